"""
The syntax of X12 files: delimiters, segments, faults, characters, and the form of numbers and dates.

Nothing here knows a transaction such as 837 or 835. :mod:`therapy_billing.base.x12_reading` splits a file into
segments, and :mod:`therapy_billing.base.x12_writing` writes one.
"""

from __future__ import annotations

import re
import string
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

import attrs

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.money import EXACT
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import LARGEST, checked, parse_whole

__all__ = [
    "RESERVED",
    "SEGMENT_NAME",
    "CharacterFault",
    "Delimiters",
    "Segment",
    "X12Fault",
    "character_fault",
    "parse_x12_date",
    "parse_x12_number",
    "shown_segment",
    "x12_date",
    "x12_number",
    "x12_time",
]

RESERVED = "*:^~>`"
"""Characters that no value may contain. Clearinghouses reject them even in files with other delimiters."""

# The basic and extended character sets of X12. They are recalled, not read in the standard.
_BASIC = string.ascii_uppercase + string.digits + " !\"&'()*+,-./:;?="
_EXTENDED = string.ascii_lowercase + "%~@[]_{}\\|<>#$"
_ALLOWED = frozenset(_BASIC + _EXTENDED) - set(RESERVED)

SEGMENT_NAME = re.compile("[A-Z][A-Z0-9]{1,2}")
"""The form of a segment name such as ``ISA`` or ``N3``."""
# Envelopes, 837P and 837I, 835, 277CA, and 999.
_SEGMENT_NAMES = (
    "ISA IEA GS GE ST SE TA1 AMT BHT CAS CL1 CLM CN1 CR1 CR2 CR3 CRC CTP CUR DMG DTP FRM HCP HI HL K3 LIN LQ LX MEA "
    "MIA MOA N3 N4 NM1 NTE OI PAT PER PRV PS1 PWK QTY REF SBR SV1 SV2 SV5 SVD BPR CLP DTM N1 PLB RDM SVC TRN TS2 TS3 "
    "STC AK1 AK2 AK9 CTX IK3 IK4 IK5"
)
_KNOWN_SEGMENTS = frozenset(_SEGMENT_NAMES.split())

# Skipping blanks between segments would also skip these.
_NO_DELIMITERS = frozenset("\0\t\v\f\x1a ")
_LINE_ENDS = frozenset("\r\n")
_NUMBER = re.compile(r"[+-]?([0-9]{1,18}(\.[0-9]{0,18})?|\.[0-9]{1,18})", re.ASCII)
_DATE = re.compile("[0-9]{8}", re.ASCII)


def shown_segment(name: str) -> str:
    """
    Return the name of a segment if it is one, or an empty string.

    A name that no transaction of this library has may be a part of a person's name, if a terminator is in the wrong place.

    >>> shown_segment("NM1"), shown_segment("LEE")
    ('NM1', '')
    """
    return name if name in _KNOWN_SEGMENTS else ""


@attrs.frozen(field_transformer=checked)
class Delimiters:
    r"""
    The four delimiters of an X12 interchange.

    Args:
        element: The character between elements.
        component: The character between the components of an element.
        repetition: The character between repeated elements. It is empty in files of older versions, which repeat none.
        segment: The character after each segment. Only files that are read may use CR or LF.

    Raises:
        InvalidInputError: If one is not a single ASCII character, is a letter, digit, or blank, or is used twice.

    >>> Delimiters(element="|", segment="\n").element
    '|'
    """

    element: str = "*"
    component: str = ":"
    repetition: str = "^"
    segment: str = "~"

    def __attrs_post_init__(self) -> None:
        used: set[str] = set()
        for field in ("element", "component", "repetition", "segment"):
            delimiter = getattr(self, field)
            if field == "repetition" and not delimiter:
                continue
            fault = _delimiter_fault(delimiter, line_end=field == "segment")
            if not fault and delimiter in used:
                fault = "must differ from the other delimiters"
            if fault:
                msg = f"{field} {fault}, such as '*', ':', '^', or '~'"
                raise InvalidInputError(msg, field=field)
            used.add(delimiter)

    def __str__(self) -> str:
        return self.element + self.component + self.repetition + self.segment


def _delimiter_fault(delimiter: str, *, line_end: bool) -> str:
    """Return why *delimiter* cannot be used, or an empty string."""
    if len(delimiter) != 1 or not delimiter.isascii():
        return "must be one ASCII character"
    if delimiter.isalnum() or delimiter in _NO_DELIMITERS:
        return "must not be a letter, a digit, or a blank"
    return "must not be a line break" if delimiter in _LINE_ENDS and not line_end else ""


@attrs.frozen(repr=False)
class Segment:
    """
    A segment of an X12 file, such as ``REF*EI*123456789~``.

    Args:
        name: Its name, such as ``REF``.
        elements: Its elements after the name, as written.
        position: The number of the segment in the file, counted from 1.
        delimiters: The delimiters of its interchange.

    >>> line = Segment("SV1", ("HC:97530:GP", "120", "UN", "2"), 29)
    >>> line[2], line[9], line.components(1)
    ('120', '', ('HC', '97530', 'GP'))
    >>> line
    Segment(SV1, 4 elements, position 29)
    """

    name: str
    elements: tuple[str, ...]
    position: int
    delimiters: Delimiters = attrs.field(default=Delimiters(), eq=False)

    def __getitem__(self, number: int) -> str:
        """Return the element *number*, counted from 1, or an empty string if it is absent."""
        return self.elements[number - 1] if 0 < number <= len(self.elements) else ""

    def components(self, number: int) -> tuple[str, ...]:
        """Return the components of the element *number*, counted from 1, or an empty tuple if it is absent."""
        value = self[number]
        return tuple(value.split(self.delimiters.component)) if value else ()

    def component(self, number: int, part: int) -> str:
        """Return the component *part* of the element *number*, both from 1, or an empty string if it is absent."""
        parts = self.components(number)
        return parts[part - 1] if 0 < part <= len(parts) else ""

    def repetitions(self, number: int) -> tuple[str, ...]:
        """Return the repetitions of the element *number*, counted from 1, or an empty tuple if it is absent."""
        value, mark = self[number], self.delimiters.repetition
        if not value:
            return ()
        return tuple(value.split(mark)) if mark else (value,)

    # The elements are those of a patient, and a display must not show them.
    def __repr__(self) -> str:
        name = shown_segment(self.name) or "not a name"
        return f"Segment({name}, {len(self.elements)} elements, position {self.position})"


@attrs.frozen
class X12Fault:
    """
    Something wrong in an X12 file that can still be read. It shows no value that could identify a person.

    Args:
        position: The number of the segment in the file, counted from 1.
        segment: The name of the segment, or an empty string if it has no valid name.
        element: The number of the element, counted from 1, or 0 for the whole segment.
        message: What is wrong.

    >>> print(X12Fault(38, "SE", 1, "says 36 segments, but the transaction has 38"))
    segment 38, SE01: says 36 segments, but the transaction has 38
    """

    position: int
    segment: str
    element: int
    message: str

    @property
    def place(self) -> str:
        """The segment or element, such as ``SE`` or ``SE01``. It is empty if the segment has no valid name."""
        return f"{self.segment}{self.element:02}" if self.element else self.segment

    def __str__(self) -> str:
        return f"segment {self.position}{', ' if self.place else ''}{self.place}: {self.message}"


class CharacterFault(NamedTuple):
    """The first character of a value that X12 does not allow: its position, counted from 1, and the reason."""

    position: int
    reason: str


def character_fault(text: str, delimiters: Delimiters | None = None) -> CharacterFault | None:
    """
    Return the first character of *text* that a value must not contain, or None if there is none.

    Args:
        text: The value of an element or component.
        delimiters: The delimiters of the file, by default ``*``, ``:``, ``^``, and ``~``.

    Source:
        The basic and extended character sets of X12, recalled. Stedi's changelog of 2026-09-24 and 2026-11-12 lists
        the reserved characters that clearinghouses reject.

    >>> character_fault("O'NEIL & SONS")
    >>> character_fault("SUITE: 4")
    CharacterFault(position=6, reason="':' is reserved as a delimiter")
    >>> character_fault("JOSÉ").reason
    'U+00C9 is not an ASCII character'
    """
    marks = "" if delimiters is None else str(delimiters)
    # Nearly every text is good, and a set checks a text 10 times as fast as a loop.
    if _ALLOWED.issuperset(text) and not any(mark in text for mark in marks):
        return None
    position, char = next(
        (position, char)
        for position, char in enumerate(text, start=1)
        if char not in _ALLOWED or char in marks
    )
    if char in RESERVED or char in marks:
        shown = repr(char) if char.isprintable() else f"U+{ord(char):04X}"
        return CharacterFault(position, f"{shown} is reserved as a delimiter")
    kind = "a printable character" if char.isascii() else "an ASCII character"
    return CharacterFault(position, f"U+{ord(char):04X} is not {kind}")


def x12_number(number: Decimal | int) -> str:
    """
    Return an amount or a quantity in the form of X12: no exponent, no plus sign, no needless zeros.

    Args:
        number: Dollars, units, or another exact number.

    Raises:
        InvalidInputError: If it is not a finite Decimal or int.

    >>> [x12_number(Decimal(text)) for text in ("120.00", "12.50", "0.00", "-0.80", "1E+3")]
    ['120', '12.5', '0', '-0.8', '1000']
    """
    exact = (
        number
        if isinstance(number, Decimal)
        else Decimal(parse_whole(number, "an amount", -LARGEST))
    )
    if not exact.is_finite():
        msg = f"an amount must be a Decimal that is a number, got {safe_repr(number)}"
        raise InvalidInputError(msg)
    return "0" if exact.is_zero() else f"{exact.normalize(EXACT):f}"


def parse_x12_number(text: str) -> Decimal:
    """
    Return a number of an X12 file as an exact Decimal.

    Raises:
        InvalidInputError: If it is not a number of digits with at most one decimal point.

    >>> parse_x12_number("120.50"), parse_x12_number("-.8")
    (Decimal('120.50'), Decimal('-0.8'))
    """
    if not _NUMBER.fullmatch(text):
        msg = f"must be a number such as 120.5, got {safe_repr(text)}"
        raise InvalidInputError(msg)
    return Decimal(text)


def x12_date(day: date) -> str:
    """
    Return a date as CCYYMMDD.

    >>> x12_date(date(2026, 3, 2))
    '20260302'
    """
    return f"{day.year:04}{day.month:02}{day.day:02}"


def parse_x12_date(text: str) -> date:
    """
    Return a date of an X12 file, written CCYYMMDD.

    Raises:
        InvalidInputError: If it is not eight digits, or there is no such day.

    >>> parse_x12_date("20260302")
    datetime.date(2026, 3, 2)
    """
    if _DATE.fullmatch(text):
        try:
            return date(int(text[:4]), int(text[4:6]), int(text[6:]))
        except ValueError:
            msg = "must be a date that exists, such as 20260302"
            raise InvalidInputError(msg) from None
    msg = f"must be a date of eight digits such as 20260302, got {safe_repr(text)}"
    raise InvalidInputError(msg)


def x12_time(moment: datetime) -> str:
    """
    Return the clock time of *moment* as HHMM.

    >>> x12_time(datetime(2026, 3, 15, 9, 5))
    '0905'
    """
    return f"{moment.hour:02}{moment.minute:02}"
