"""Messages that the command writes to standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from therapy_billing.base.wording import counted, printable

__all__ = ["count_errors", "remark", "report", "say"]


def report(errors: Sequence[Exception]) -> None:
    """Write each error on its own line."""
    for error in errors:
        say(str(error))


def remark(remarks: Iterable[str]) -> None:
    """Write each remark on its own line."""
    for each in remarks:
        say(f"remark: {each}")


def say(text: str) -> None:
    """Write *text* on its own line."""
    sys.stderr.write(f"therapy-billing: {printable(text)}\n")


def count_errors(errors: Sequence[Exception]) -> str:
    """Return the number of errors as text, including errors that are not listed."""
    return counted(sum(getattr(error, "count", 1) for error in errors), "error")
