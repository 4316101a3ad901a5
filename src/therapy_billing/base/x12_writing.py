"""Write X12 files: segments, envelopes, counts, and control numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import require_text
from therapy_billing.base.wording import listed
from therapy_billing.base.x12 import Delimiters, character_fault, x12_date, x12_time
from therapy_billing.base.x12_envelope import ID_QUALIFIERS

__all__ = ["Usage", "X12Writer", "require_value"]

Usage = Literal["P", "T"]

_OF_NUMBERS = frozenset(".-")
_LONGEST_ID = 15
_CONTROL_NUMBER = re.compile("[0-9]{1,9}", re.ASCII)
_SHORTEST_ST02 = 4


def require_value(
    value: str,
    field: str,
    longest: int,
    *,
    delimiters: Delimiters | None = None,
    empty: bool = False,
) -> str:
    """
    Return *value* if X12 can carry it as an element or component.

    A value is never shortened or changed: a different name or number would be another person's.

    Args:
        value: The text of the element.
        field: The record field that it comes from, for the error.
        longest: The maximum number of characters.
        delimiters: The delimiters of the file.
        empty: Whether an empty string is allowed.

    Raises:
        InvalidInputError: If it is empty, too long, starts or ends with a space, or has a character that a
            value must not contain. The message does not show the value.

    >>> require_value("SAMPLE CLINIC", "billing_provider.name", 60)
    'SAMPLE CLINIC'
    >>> require_value("SAMPLE: CLINIC", "billing_provider.name", 60)
    Traceback (most recent call last):
        ...
    therapy_billing.base.errors.InvalidInputError: billing_provider.name cannot be written to X12: character 7 (':' is reserved as a delimiter)
    """
    if not isinstance(value, str):
        msg = f"{field} must be a string, got {safe_repr(value)}"
        raise InvalidInputError(msg, field=field)
    if not value and not empty:
        msg = f"{field} must not be empty in an X12 file"
        raise InvalidInputError(msg, field=field)
    if len(value) > longest:
        msg = f"{field} must have at most {longest} characters in an X12 file, got {len(value)}"
        raise InvalidInputError(msg, field=field)
    fault = character_fault(value, delimiters)
    if fault is not None:
        msg = f"{field} cannot be written to X12: character {fault.position} ({fault.reason})"
        raise InvalidInputError(msg, field=field)
    if value != value.strip(" "):
        msg = f"{field} must not start or end with a space in an X12 file"
        raise InvalidInputError(msg, field=field)
    return value


class _Open:
    """A level that is open: the segment that ends it, its control number, and what it contains so far."""

    def __init__(self, end: str, control: str) -> None:
        self.end = end
        self.control = control
        self.count = 0


class X12Writer:
    """
    Write one interchange. Counts and control numbers of the closing segments follow from the opening ones.

    Args:
        delimiters: The delimiters, by default ``*``, ``:``, ``^``, and ``~``.
        newline: Whether a line break follows each segment.

    Raises:
        InvalidInputError: If the terminator is a line break, there is no repetition separator, or a delimiter is ``.``
            or ``-``.

    >>> writer = X12Writer(newline=False)
    >>> writer.add("SV1", ("HC", "97530", "GP", ""), "120", "UN", "2", "", "")
    >>> writer.text()
    'SV1*HC:97530:GP*120*UN*2~'
    """

    def __init__(self, delimiters: Delimiters | None = None, *, newline: bool = True) -> None:
        marks = Delimiters() if delimiters is None else delimiters
        if marks.segment in "\r\n":
            msg = "segment must not be a line break in a file that is written, such as '~'"
            raise InvalidInputError(msg, field="delimiters.segment")
        if not marks.repetition:
            msg = "repetition must be one character in a file that is written, such as '^'"
            raise InvalidInputError(msg, field="delimiters.repetition")
        for field in ("element", "component", "repetition", "segment"):
            if getattr(marks, field) in _OF_NUMBERS:
                msg = f"{field} must not be '.' or '-', which amounts and date ranges need"
                raise InvalidInputError(msg, field=f"delimiters.{field}")
        self.delimiters = marks
        self._end = marks.segment + ("\n" if newline else "")
        self._segments: list[str] = []
        self._open: list[_Open] = []

    def value(self, value: str, field: str, longest: int, *, empty: bool = False) -> str:
        """Return *value* if this file can carry it. See :func:`require_value`."""
        return require_value(value, field, longest, delimiters=self.delimiters, empty=empty)

    def add(self, name: str, *elements: str | Sequence[str]) -> None:
        """
        Add a segment. Trailing empty elements and components are left out.

        Args:
            name: The name of the segment.
            elements: The elements. A sequence of strings is an element with components.

        Raises:
            InvalidInputError: If a value has a character that a value must not contain. Check values with
                :meth:`value` first: its error names the field of the record.
        """
        done = [name]
        for number, element in enumerate(elements, start=1):
            parts = (element,) if isinstance(element, str) else element
            for part in parts:
                if part:
                    place = f"{name}{number:02}"
                    self.value(part, place, len(part))
            done.append(_joined(parts, self.delimiters.component))
        self._segments.append(_joined(done, self.delimiters.element))
        if self._open and self._open[-1].end == "SE":
            self._open[-1].count += 1

    def interchange(
        self,
        sender: str,
        receiver: str,
        created: datetime,
        control_number: int | str,
        *,
        usage: Usage,
        sender_qualifier: str = "ZZ",
        receiver_qualifier: str = "ZZ",
        acknowledgment: bool = False,
    ) -> None:
        """
        Start the interchange with its ISA segment, which has a fixed width of 106 characters.

        Args:
            sender: The sender's id (ISA06), at most 15 characters.
            receiver: The receiver's id (ISA08), at most 15 characters.
            created: Date and time of the file.
            control_number: One to nine digits. It must be unique for the sender, so the caller gives it.
            usage: ``P`` for production, ``T`` for a test.
            sender_qualifier: ISA05, one of :data:`ID_QUALIFIERS`.
            receiver_qualifier: ISA07, one of :data:`ID_QUALIFIERS`.
            acknowledgment: Whether to ask for a TA1.

        Raises:
            InvalidInputError: If a value is not one of these.
        """
        control = _digits(control_number).zfill(9)
        require_text(usage, "usage")
        if usage not in ("P", "T"):
            msg = f"usage must be 'P' (production) or 'T' (test), got {safe_repr(usage)}"
            raise InvalidInputError(msg, field="usage")
        marks = self.delimiters
        elements = [
            *("ISA", "00", " " * 10, "00", " " * 10),
            _qualifier(sender_qualifier, "sender_qualifier"),
            self._id(sender, "sender"),
            _qualifier(receiver_qualifier, "receiver_qualifier"),
            self._id(receiver, "receiver"),
            *(x12_date(created)[2:], x12_time(created), marks.repetition, "00501", control),
            *("1" if acknowledgment else "0", usage, marks.component),
        ]
        self._segments.append(marks.element.join(elements))
        self._open.append(_Open("IEA", control))

    def _id(self, value: str, field: str) -> str:
        return self.value(value, field, _LONGEST_ID).ljust(_LONGEST_ID)

    def group(
        self,
        kind: str,
        sender: str,
        receiver: str,
        created: datetime,
        control_number: int | str,
        *,
        version: str,
    ) -> None:
        """
        Start a functional group with its GS segment.

        Args:
            kind: GS01, such as ``HC`` for claims.
            sender: GS02, at most 15 characters.
            receiver: GS03, at most 15 characters.
            created: Date and time of the group.
            control_number: One to nine digits.
            version: GS08, such as ``005010X222A1``.

        Raises:
            InvalidInputError: If a value is not one of these.
        """
        control = str(int(_digits(control_number)))
        names = (
            self.value(sender, "sender", _LONGEST_ID),
            self.value(receiver, "receiver", _LONGEST_ID),
        )
        day, clock = x12_date(created), x12_time(created)
        self.add("GS", kind, *names, day, clock, control, "X", version)
        self._start("GE", control)

    def transaction(self, kind: str, control_number: int | str, *, version: str = "") -> None:
        """
        Start a transaction with its ST segment.

        Args:
            kind: ST01, such as ``837``.
            control_number: One to nine digits, filled with zeros to four.
            version: ST03, such as ``005010X222A1``.

        Raises:
            InvalidInputError: If the control number is not 1 to 9 digits.
        """
        control = _digits(control_number).zfill(_SHORTEST_ST02)
        self._start("SE", control)
        self.add("ST", kind, control, version)

    def _start(self, end: str, control: str) -> None:
        self._open[-1].count += 1
        self._open.append(_Open(end, control))

    def end(self) -> None:
        """Close the innermost level that is open: the transaction, the group, or the interchange."""
        level = self._open[-1]
        # SE counts itself, but GE and IEA count only what they close.
        count = level.count + (level.end == "SE")
        self.add(level.end, str(count), level.control)
        self._open.pop()

    def finish(self) -> None:
        """Close everything that is open."""
        while self._open:
            self.end()

    def text(self) -> str:
        """Return the file."""
        return "".join(segment + self._end for segment in self._segments)


def _joined(parts: Sequence[str], mark: str) -> str:
    """Join *parts* without the empty ones at the end."""
    last = len(parts)
    while last and not parts[last - 1]:
        last -= 1
    return mark.join(parts[:last])


def _digits(control_number: int | str) -> str:
    digits = str(control_number)
    if isinstance(control_number, bool) or not _CONTROL_NUMBER.fullmatch(digits):
        msg = f"control_number must be 1 to 9 digits, got {safe_repr(control_number)}"
        raise InvalidInputError(msg, field="control_number")
    return digits


def _qualifier(value: str, field: str) -> str:
    require_text(value, field)
    if value not in ID_QUALIFIERS:
        msg = f"{field} must be {listed(ID_QUALIFIERS, 'or')}, got {safe_repr(value)}"
        raise InvalidInputError(msg, field=field)
    return value
