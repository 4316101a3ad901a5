"""The text of a refusal: messages are public, so tests compare the whole of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

__all__ = ["refusal"]


def refusal(error: type[Exception], call: Callable[[], object]) -> str:
    """Return the message of the *error* that *call* raises; a subclass of it is another error."""
    with pytest.raises(error) as caught:
        call()
    assert type(caught.value) is error
    return str(caught.value)
