"""A value as a message may show it, without a name or a number of a patient."""

from __future__ import annotations

import re
from decimal import Decimal
from enum import Enum

__all__ = ["is_missing", "safe_repr"]

# What a message may repeat of a text: a code, a number of up to five digits, a day, a time. The number of
# a person, in any grouping, is none of these.
_HARMLESS = re.compile(
    r"(?=.*\d)("
    r"[0-9A-Za-z]{1,5}"
    r"|[+-]?\$?\d{1,5}(\.\d{1,5})?"
    r"|(\d{4}-\d{1,2}-\d{1,2}|\d{1,2}/\d{1,2}/\d{2,4})?[T ]?"
    r"(\d{1,2}:\d{1,2}(:\d{1,2}(\.\d{1,6})?)?)?([+-]\d\d:?\d\d|Z)?"
    r")"
)

_LARGEST_SHOWN = 99_999
_OUTSIDE = f"a number outside {_LARGEST_SHOWN}"


def is_missing(value: object) -> bool:
    """
    Return whether *value* is None, NaN, ``pandas.NaT``, ``pandas.NA`` or the like.

    >>> is_missing(float("nan")), is_missing(0), is_missing("")
    (True, False, False)
    """
    if value is None:
        return True
    if isinstance(value, Decimal):
        # A signaling NaN refuses to be compared.
        return value.is_nan()
    try:
        return bool(value != value)  # noqa: PLR0124 - only a missing value differs from itself
    except TypeError:
        # pandas.NA: no comparison with it is true or false.
        return True
    except ValueError:
        # An array or a table compares cell by cell.
        return False


def safe_repr(value: object) -> str:
    """
    Return *value* as a message may show it.

    A text could be the name or the number of a patient that slipped into the wrong argument, so
    only what looks like a code, a number, a date or a time is repeated.

    >>> safe_repr("9753O"), safe_repr("Rosa Invented"), safe_repr(7.5)
    ("'9753O'", 'a text of 13 characters', '7.5')
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
            return (
                repr(value) if _HARMLESS.fullmatch(value) else f"a text of {len(value)} characters"
            )
        case int() | float() | Decimal():
            return str(value) if -_LARGEST_SHOWN <= value <= _LARGEST_SHOWN else _OUTSIDE
        case _:
            return f"a {type(value).__name__}"
