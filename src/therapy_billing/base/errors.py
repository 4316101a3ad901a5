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
    "MAX_ERRORS",
    "ErrorList",
    "FileFormatError",
    "InvalidInputError",
    "NotPublishedError",
    "TherapyBillingError",
    "each_of",
    "is_missing",
    "require_flag",
    "require_text",
    "see_kind",
    "shown",
]


T = TypeVar("T")

MAX_ERRORS = 1000
"""How many errors of a file are listed, unless the caller gives another number."""


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
        count: How many errors this one stands for: more than 1 for the last of a list that is full.

    >>> print(FileFormatError("not whole minutes", "day.csv", 7, "minutes"))
    day.csv, line 7, column minutes: not whole minutes
    """

    def __init__(
        self,
        reason: str,
        path: str,
        line: int | None = None,
        column: str | None = None,
        count: int = 1,
    ) -> None:
        super().__init__(reason, path, line, column, *(() if count == 1 else (count,)))
        self.reason = reason
        self.path: str = path
        self.line = line
        self.column = column
        self.count = count

    def __str__(self) -> str:
        place = self.path
        if self.line is not None:
            place += f", line {self.line}"
        if self.column is not None:
            place += f", column {self.column}"
        return f"{place}: {self.reason}"


class ErrorList:
    """
    The errors of a file: the first ones are listed, the rest are counted.

    Args:
        path: The file, as the caller named it.
        max_errors: How many errors are listed, at least 1.

    Raises:
        InvalidInputError: If *max_errors* is not a whole number from 1.

    >>> errors = ErrorList("day.csv", 1)
    >>> for line in (2, 3, 4):
    ...     errors.add(FileFormatError("empty", "day.csv", line))
    >>> for error in errors.listed():
    ...     print(error)
    day.csv, line 2: empty
    day.csv: 2 more errors are not listed
    """

    def __init__(self, path: str, max_errors: int = MAX_ERRORS) -> None:
        given: object = max_errors
        if isinstance(given, bool) or not isinstance(given, int) or given < 1:
            msg = f"max_errors must be a whole number from 1, got {shown(given)}"
            raise InvalidInputError(msg)
        self.count: int = 0
        self.path: str = path
        self._max_errors = max_errors
        self._errors: list[FileFormatError] = []

    @property
    def full(self) -> bool:
        """Whether further errors are only counted."""
        return self.count >= self._max_errors

    def add(self, error: FileFormatError, *, always: bool = False) -> None:
        """Add an error; with *always*, list it even beyond the limit, as it ended the reading."""
        if always or not self.full:
            self._errors.append(error)
        self.count += 1

    def listed(self) -> tuple[FileFormatError, ...]:
        """Return the listed errors; where there are more, the last one gives their number."""
        rest = self.count - len(self._errors)
        if not rest:
            return tuple(self._errors)
        verb = "error is" if rest == 1 else "errors are"
        reason = f"{rest:,} more {verb} not listed"
        return (*self._errors, FileFormatError(reason, self.path, count=rest))

    def group(self) -> ExceptionGroup[FileFormatError]:
        """Return the errors as one exception."""
        rows = "1 bad row" if self.count == 1 else f"{self.count:,} bad rows"
        return ExceptionGroup(f"{rows} in {self.path}", self.listed())


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
_FLAG_WORDS = frozenset({"yes", "no", "true", "false"})
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


def shown(value: object) -> str:
    """
    Return *value* as a message may show it.

    A text could be the name or the number of a patient that slipped into the wrong argument, so
    only what looks like a code, a number, a date or a time is repeated.

    >>> shown("9753O"), shown("Rosa Invented"), shown(7.5)
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
    Refuse a value that is not of its kind, or is missing.

    Raises:
        InvalidInputError: If it is not.

    >>> see_kind(7, str, "key")
    Traceback (most recent call last):
        ...
    therapy_billing.base.errors.InvalidInputError: key must be a str, got 7
    """
    if type(value) is kind and kind is not Decimal:
        return
    # NaT is a datetime, and NaN a Decimal: they are of the kind and missing all the same.
    if not isinstance(value, kind) or is_missing(value):
        article = "an" if kind.__name__[0] in "AEIOU" else "a"
        msg = f"{what} must be {article} {kind.__name__}, got {shown(value)}"
        raise InvalidInputError(msg)


def require_flag(value: object, name: str) -> bool:
    """
    Return *value*, which must be a flag: a text such as ``"no"`` would count as true.

    Raises:
        InvalidInputError: If it is neither True nor False.

    >>> require_flag("no", "mppr")
    Traceback (most recent call last):
        ...
    therapy_billing.base.errors.InvalidInputError: mppr must be True or False, got 'no'
    """
    if isinstance(value, bool):
        return value
    kind = type(value)
    if kind.__module__ == "numpy" and kind.__name__ in {"bool", "bool_"}:
        return bool(value)
    word = isinstance(value, str) and value.strip().lower() in _FLAG_WORDS
    msg = f"{name} must be True or False, got {repr(value) if word else shown(value)}"
    raise InvalidInputError(msg)


def require_text(value: object, name: str, *, optional: bool = False) -> None:
    """
    Refuse what is no text.

    Args:
        value: What was given.
        name: The name of the argument, for the message.
        optional: Whether None is allowed.

    Raises:
        InvalidInputError: If it is no text.

    >>> require_text(float("nan"), "activity", optional=True)
    Traceback (most recent call last):
        ...
    therapy_billing.base.errors.InvalidInputError: activity must be text, got NaN (a missing value); use None when there is none
    """
    if isinstance(value, str) or (optional and value is None):
        return
    msg = f"{name} must be text, got {shown(value)}"
    if optional:
        msg += "; use None when there is none"
    raise InvalidInputError(msg)
