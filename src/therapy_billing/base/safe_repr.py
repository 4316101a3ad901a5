"""Show a value in a message without revealing a patient's name or number."""

from __future__ import annotations

import re
from decimal import Decimal
from enum import Enum

__all__ = ["is_missing", "safe_repr"]

# A message may repeat a code, a number of up to five digits, a date, or a time. Phone numbers and most member numbers
# match none of these.
_HARMLESS = re.compile(
    r"(?=.*\d)("
    r"[0-9A-Za-z]{1,5}"
    r"|[+-]?\$?\d{1,5}(\.\d{1,5})?"
    r"|(\d{4}-\d{1,2}-\d{1,2}|\d{1,2}/\d{1,2}/\d{2,4})?[T ]?"
    r"(\d{1,2}:\d{1,2}(:\d{1,2}(\.\d{1,6})?)?)?([+-]\d\d:?\d\d|Z)?"
    r")"
)

_LARGEST_SHOWN = 99_999


def is_missing(value: object) -> bool:
    """
    Return whether *value* is missing: None, NaN, ``pandas.NaT``, ``pandas.NA``, or similar.

    >>> is_missing(float("nan")), is_missing(0), is_missing("")
    (True, False, False)
    """
    if value is None:
        return True
    if isinstance(value, Decimal):
        # Comparing a signaling NaN raises an error.
        return value.is_nan()
    try:
        return bool(value != value)  # noqa: PLR0124 - only a missing value differs from itself
    except TypeError:
        # Comparisons with pandas.NA are neither true nor false.
        return True
    except ValueError:
        # Arrays and tables compare cell by cell, and their result has no truth value.
        return False


def safe_repr(value: object) -> str:
    """
    Return a description of *value* that is safe to show in a message.

    A string may be a patient's name or number that was passed as the wrong argument. A string is repeated only if it
    looks like a code, a number, a date, or a time.

    >>> safe_repr("9753O"), safe_repr("Rosa Invented"), safe_repr(7.5)
    ("'9753O'", 'a string of 13 characters', '7.5')
    """
    if value is None:
        return "None"
    if is_missing(value):
        nan = isinstance(value, float | Decimal)
        return f"{'NaN' if nan else type(value).__name__.removesuffix('Type')} (a missing value)"
    match value:
        case Enum():
            return repr(value.value)
        case str():
            return _safe_text(value)
        case int() | float() | Decimal():
            return _safe_number(value)
        case _:
            return f"a {type(value).__name__}"


def _safe_text(value: str) -> str:
    if _HARMLESS.fullmatch(value):
        return repr(value)
    plural = "" if len(value) == 1 else "s"
    return f"a string of {len(value)} character{plural}" if value else "an empty string"


def _safe_number(value: float | Decimal) -> str:
    if -_LARGEST_SHOWN <= value <= _LARGEST_SHOWN:
        return str(value)
    return f"a number above {_LARGEST_SHOWN}" if value > 0 else f"a number below -{_LARGEST_SHOWN}"
