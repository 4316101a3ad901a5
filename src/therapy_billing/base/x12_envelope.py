"""Find wrong values in the segments that open an interchange, a group, or a transaction: ISA, GS, and ST."""

from __future__ import annotations

import re
from collections.abc import Iterator

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.x12 import Segment, parse_x12_date

__all__ = ["ID_QUALIFIERS", "LONG_TIME", "opening_faults"]

ID_QUALIFIERS = ("01", "14", "20", "27", "28", "29", "30", "33", "ZZ")
"""The qualifiers of ISA05 and ISA07. ``ZZ`` is an id that both sides agreed on, ``30`` is a federal tax id."""

_GROUP_CODES = {"837": "HC", "835": "HP", "277": "HN", "999": "FA", "278": "HI"}
"""GS01 by ST01."""
_CONTROL_NUMBER = re.compile("[0-9]{9}", re.ASCII)
_TIME = re.compile("([01][0-9]|2[0-3])[0-5][0-9]", re.ASCII)
LONG_TIME = re.compile("([01][0-9]|2[0-3])[0-5][0-9]([0-5][0-9]([0-9]{1,2})?)?", re.ASCII)
"""The form of a clock time with or without seconds and their fractions."""
_WITH_TEXT = {1: "03", 3: "01"}
"""ISA01 and ISA03 if the element after it has text: additional data, or a password."""
_VERSION = slice(0, 5)


def opening_faults(segment: Segment, outer: Segment | None) -> Iterator[tuple[int, str]]:
    """
    Yield what is wrong in a segment that opens a level: the number of the element, and a message without its value.

    Args:
        segment: An ISA, GS, or ST segment.
        outer: The segment that opened the level around it. None if there is none.

    Source:
        The element usage in the pyx12 maps of the control segments, which are a secondary source.

    >>> list(opening_faults(Segment("ST", ("835", "0001"), 3), Segment("GS", ("HC",), 2)))
    [(1, 'does not belong to the code in GS01')]
    """
    if segment.name == "ISA":
        yield from _isa_faults(segment)
    elif segment.name == "GS":
        yield from _gs_faults(segment)
        if outer is None:
            return
        # ISA12 is 00501 if GS08 is 005010X222A1.
        if segment[8] and segment[8][_VERSION] != outer[12]:
            yield 8, "is not of the version in ISA12"
    elif outer is not None:
        group = _GROUP_CODES.get(segment[1])
        if group is not None and group != outer[1]:
            yield 1, "does not belong to the code in GS01"
        if segment[3] and segment[3] != outer[8]:
            yield 3, "differs from GS08"


def _gs_faults(segment: Segment) -> Iterator[tuple[int, str]]:
    for number in (2, 3):
        if not segment[number].strip():
            yield number, "is empty"
    try:
        parse_x12_date(segment[4])
    except InvalidInputError:
        yield 4, "is not a date of eight digits"
    if not LONG_TIME.fullmatch(segment[5]):
        yield 5, "is not a time"
    if segment[7] != "X":
        yield 7, "is not X"


def _isa_faults(segment: Segment) -> Iterator[tuple[int, str]]:
    for number in (1, 3):
        if segment[number] not in {"00", _WITH_TEXT[number]}:
            yield number, "is not a known qualifier, such as 00"
    for number in (5, 7):
        if segment[number] not in ID_QUALIFIERS:
            yield number, "is not a known qualifier, such as ZZ"
    try:
        # The year has two digits.
        parse_x12_date(f"20{segment[9]}")
    except InvalidInputError:
        yield 9, "is not a date of six digits"
    if not _TIME.fullmatch(segment[10]):
        yield 10, "is not a time of four digits"
    if not _CONTROL_NUMBER.fullmatch(segment[13]):
        yield 13, "is not a number of nine digits"
    if segment[14] not in {"0", "1"}:
        yield 14, "is neither 0 nor 1"
    if segment[15] not in {"P", "T"}:
        yield 15, "is neither P for production nor T for a test"
