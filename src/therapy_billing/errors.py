"""
The errors that the library raises, and how it shows a value in their messages.

Each error is also its nearest built-in, so ``except ValueError`` works as expected.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from enum import Enum
from typing import TypeVar

__all__ = [
    "FileFormatError",
    "InvalidInputError",
    "NotPublishedError",
    "TherapyBillingError",
    "each_of",
    "see_kind",
    "shown",
]


T = TypeVar("T")


class TherapyBillingError(Exception):
    """Base of every error that this library raises on purpose."""


class InvalidInputError(TherapyBillingError, ValueError):
    """A value that makes no sense where it was given; the message says what would."""


class NotPublishedError(TherapyBillingError, LookupError):
    """A figure that the library does not hold, for a date or a code; never a guess instead."""


class FileFormatError(TherapyBillingError, ValueError):
    """
    A place in a file that cannot be read.

    Args:
        reason: What was found and what would be right, without the text of the cell.
        path: The file, as the caller named it.
        line: Line of the file, the first is 1.
        column: Name of the column, or None when the whole line is meant.

    >>> print(FileFormatError("not whole minutes", "day.csv", 7, "minutes"))
    day.csv, line 7, column minutes: not whole minutes
    """

    def __init__(
        self, reason: str, path: str, line: int | None = None, column: str | None = None
    ) -> None:
        super().__init__(reason, path, line, column)
        self.reason = reason
        self.path = path
        self.line = line
        self.column = column

    def __str__(self) -> str:
        place = self.path
        if self.line is not None:
            place += f", line {self.line}"
        if self.column is not None:
            place += f", column {self.column}"
        return f"{place}: {self.reason}"


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


def shown(value: object) -> str:
    """
    Return *value* as a message may show it.

    A text could be the name or the number of a patient that slipped into the wrong argument, so
    only what looks like a code, a number, a date or a time is repeated.

    >>> shown("9753O"), shown("Rosa Invented"), shown(7.5)
    ("'9753O'", 'a text of 13 characters', '7.5')
    """
    match value:
        case Enum():
            return repr(value.value)
        case str():
            return (
                repr(value) if _HARMLESS.fullmatch(value) else f"a text of {len(value)} characters"
            )
        case Decimal() if not value.is_finite():
            return _OUTSIDE
        case int() | float() | Decimal():
            return str(value) if -_LARGEST_SHOWN <= value <= _LARGEST_SHOWN else _OUTSIDE
        case _:
            return f"a {type(value).__name__}"


def each_of(given: object, kind: type[T], what: str) -> tuple[T, ...]:
    """
    Return one or several of a kind as a tuple.

    Raises:
        InvalidInputError: If something else is among them.

    >>> each_of("a", str, "keys"), each_of(["a", "b"], str, "keys")
    (('a',), ('a', 'b'))
    """
    if isinstance(given, kind):
        return (given,)
    values: tuple[object, ...] = (given,)
    if isinstance(given, Iterable) and not isinstance(given, str):
        values = tuple(given)
    found = []
    for value in values:
        if not isinstance(value, kind):
            msg = f"{what} holds {kind.__name__}, not {shown(value)}"
            raise InvalidInputError(msg)
        found.append(value)
    return tuple(found)


def see_kind(value: object, kind: type, what: str) -> None:
    """
    Refuse a value that is not of its kind.

    Raises:
        InvalidInputError: If it is not.

    >>> see_kind(7, str, "key")
    Traceback (most recent call last):
        ...
    therapy_billing.errors.InvalidInputError: key is of the kind str, not 7
    """
    if not isinstance(value, kind):
        msg = f"{what} is of the kind {kind.__name__}, not {shown(value)}"
        raise InvalidInputError(msg)
