"""
The errors that the library raises.

Each error is also its nearest built-in, so ``except ValueError`` works as expected.
"""

from __future__ import annotations

from typing import Any

from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.whole_numbers import as_whole

__all__ = [
    "MAX_ERRORS",
    "ErrorList",
    "FileFormatError",
    "InvalidInputError",
    "NotPublishedError",
    "TherapyBillingError",
    "UnknownNameError",
    "put_into",
]

MAX_ERRORS = 1000
"""How many errors of a file are listed, unless the caller gives another number."""


class TherapyBillingError(Exception):
    """
    Base of every error that this library raises on purpose.

    Args:
        message: What is wrong, then what would be right.
        field: The argument or the field of a record that is wrong, such as ``minutes`` or
            ``services[2].start``; None where the message is about no single one.
        code: The HCPCS code concerned; None where there is none.

    Attributes:
        line: Line of the file, the first is 1; None where there is no file.

    >>> InvalidInputError("minutes must be from 0 to 1440, got 1441", field="minutes").field
    'minutes'
    """

    line: int | None = None

    def __init__(self, message: str, *, field: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.field = field
        self.code = code


class InvalidInputError(TherapyBillingError, ValueError):
    """A value that makes no sense where it was given; the message says what would."""


class NotPublishedError(TherapyBillingError, LookupError):
    """A figure that the library does not hold, for a date or a code; never a guess instead."""


class UnknownNameError(InvalidInputError, KeyError):
    """A name that a collection does not have; the message lists those that it has."""

    def __str__(self) -> str:
        # KeyError shows its key in quotes; this is a sentence.
        return str(self.args[0])


class FileFormatError(TherapyBillingError, ValueError):
    """
    A place in a file that cannot be read.

    Args:
        reason: What was found and what would be right, without the text of the cell.
        path: The file, as the caller named it.
        line: Line of the file, the first is 1.
        column: Name of the column, or None when the whole line is meant; also the ``field``.
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
        super().__init__(reason, field=column)
        # What makes the error again: copies and pickles call the class with it.
        self.args: tuple[Any, ...] = (reason, path, line, column, *(() if count == 1 else (count,)))
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


def put_into(place: str, error: TherapyBillingError) -> None:
    """
    Put *place*, the argument or record that holds what is wrong, in front of the field of *error*.

    >>> error = InvalidInputError("minutes must be a whole number, got 7.5", field="minutes")
    >>> put_into("services[2]", error)
    >>> error.field
    'services[2].minutes'
    """
    error.field = place if error.field is None else f"{place}.{error.field}"


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
        most = as_whole(max_errors)
        if most is None or most < 1:
            msg = f"max_errors must be a whole number from 1, got {safe_repr(max_errors)}"
            raise InvalidInputError(msg, field="max_errors")
        self.count: int = 0
        self.path: str = path
        self._max_errors = most
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
