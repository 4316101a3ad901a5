"""
The errors that the library raises.

Each one is also a built-in error, such as a ValueError or a LookupError, so ``except ValueError`` works as expected.
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
"""How many errors per file are listed by default."""


class TherapyBillingError(Exception):
    """
    Base class of the library's own errors.

    Args:
        message: What is wrong, then what would be right.
        field: The argument or record field that is wrong, such as ``minutes`` or ``services[2].start``. None if the
            message is not about a single field.
        code: The HCPCS code that the message is about, or None.

    Attributes:
        line: The line of the file, counted from 1. None if there is no file, or the whole file is wrong.

    >>> InvalidInputError("minutes must be from 0 to 1440, got 1441", field="minutes").field
    'minutes'
    """

    line: int | None = None

    def __init__(self, message: str, *, field: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.field = field
        self.code = code


class InvalidInputError(TherapyBillingError, ValueError):
    """An argument or field has an invalid value. The message says what would be valid."""


class NotPublishedError(TherapyBillingError, LookupError):
    """The data has no value for this date or code. The library never guesses one."""


class UnknownNameError(InvalidInputError, KeyError):
    """A collection has no item with this name. The message lists the valid names."""

    def __str__(self) -> str:
        # KeyError would put quotes around the message.
        return str(self.args[0])


class FileFormatError(TherapyBillingError, ValueError):
    """
    A file, or a line or cell of it, cannot be read.

    Args:
        reason: What is wrong and what would be right, without text that could identify a patient.
        path: The file, as the caller gave it.
        line: The line of the file, counted from 1.
        column: The name of the column, or None for the whole line. It is also the ``field``.
        count: How many errors this one represents. It is more than 1 only for the last error of a full list.

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
        # copy and pickle call the class with these arguments.
        self.args: tuple[Any, ...] = (reason, path, line, column, *(() if count == 1 else (count,)))
        self.reason = reason
        self.path: str = path
        self.line = line
        self.column = column
        self.count = count

    def __str__(self) -> str:
        where = self.path
        if self.line is not None:
            where += f", line {self.line}"
        if self.column is not None:
            where += f", column {self.column}"
        return f"{where}: {self.reason}"


def put_into(owner: str, error: TherapyBillingError) -> None:
    """
    Put *owner*, the argument or record that contains the bad value, in front of the field of *error*.

    >>> error = InvalidInputError("minutes must be a whole number, got 7.5", field="minutes")
    >>> put_into("services[2]", error)
    >>> error.field
    'services[2].minutes'
    """
    error.field = owner if error.field is None else f"{owner}.{error.field}"


class ErrorList:
    """
    The errors in a file. The first ones are listed; the others are only counted.

    Args:
        path: The file, as the caller gave it.
        max_errors: How many errors to list, at least 1.

    Raises:
        InvalidInputError: If *max_errors* is not a whole number of 1 or more.

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
            msg = f"max_errors must be a whole number of 1 or more, got {safe_repr(max_errors)}"
            raise InvalidInputError(msg, field="max_errors")
        self.count: int = 0
        self.path: str = path
        self._max_errors = most
        self._errors: list[FileFormatError] = []

    @property
    def full(self) -> bool:
        """Whether the list is full, so that more errors are only counted."""
        return self.count >= self._max_errors

    def add(self, error: FileFormatError, *, always: bool = False) -> None:
        """Add an error. Use *always* for an error that ends the reading: it is listed even if the list is full."""
        if always or not self.full:
            self._errors.append(error)
        self.count += 1

    def listed(self) -> tuple[FileFormatError, ...]:
        """Return the listed errors. If there are more, a last error gives the number of the others."""
        rest = self.count - len(self._errors)
        if not rest:
            return tuple(self._errors)
        verb = "error is" if rest == 1 else "errors are"
        reason = f"{rest:,} more {verb} not listed"
        return (*self._errors, FileFormatError(reason, self.path, count=rest))

    def group(self) -> ExceptionGroup[FileFormatError]:
        """Return the errors as one exception group."""
        rows = "1 bad row" if self.count == 1 else f"{self.count:,} bad rows"
        return ExceptionGroup(f"{rows} in {self.path}", self.listed())
