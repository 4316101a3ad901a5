"""What the command says on its standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from therapy_billing.base.wording import counted, printable

__all__ = ["count_errors", "remark", "report", "say"]


def report(errors: Sequence[Exception]) -> None:
    """Write each error on a line of its own."""
    for error in errors:
        say(str(error))


def remark(remarks: Iterable[str]) -> None:
    """Write each remark on a line of its own."""
    for each in remarks:
        say(f"remark: {each}")


def say(text: str) -> None:
    """Write *text* on a line of its own."""
    sys.stderr.write(f"therapy-billing: {printable(text)}\n")


def count_errors(errors: Sequence[Exception]) -> str:
    """Return how many errors there are, including those that are not listed."""
    return counted(sum(getattr(error, "count", 1) for error in errors), "error")
