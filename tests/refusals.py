"""Return the messages of errors. They are public, so tests compare them in full."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from therapy_billing import InvalidInputError

__all__ = ["refusal", "refused"]


def refusal(error: type[Exception], call: Callable[[], object]) -> str:
    """Return the message of the *error* that *call* raises. A subclass of *error* fails the test."""
    with pytest.raises(error) as caught:
        call()
    assert type(caught.value) is error
    return str(caught.value)


def refused(call: Callable[[], object]) -> InvalidInputError:
    """Return the InvalidInputError that *call* raises, to compare its message and its field."""
    with pytest.raises(InvalidInputError) as caught:
        call()
    return caught.value
