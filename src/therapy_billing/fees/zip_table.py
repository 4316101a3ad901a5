"""
Find the Medicare locality of a ZIP code in the ZIP code table of a data pack.

A release of the table has more than 40,000 rows. They stay lines of text in sorted order: one look-up is a binary search
that parses one row.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from datetime import date
from functools import cache, lru_cache

import attrs

from therapy_billing.base.data_loader import days_of_assumptions, read_rows_of, read_toml
from therapy_billing.base.dates import parse_date
from therapy_billing.base.errors import InvalidInputError, NotPublishedError
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.whole_numbers import as_whole
from therapy_billing.fees.records import ZipArea
from therapy_billing.law.timeline import Timeline

__all__ = [
    "NO_ZIP_TERMS",
    "ZipTerms",
    "locality_of_zip",
    "parse_zip_code",
    "require_one_locality",
    "zip_terms",
]


_FILES = _RELEASES, _ROWS = "fees/zip5_releases.toml", "fees/zip5.csv"
_ZIP_CODE = re.compile(r"([0-9]{5})(?:-?([0-9]{4}))?")
_DIGITS, _MONTHS = 5, 3
_OR_LOCALITY = "or give the locality, such as '15202-00'"


@attrs.frozen
class ZipTerms:
    """
    What is assumed about the locality of a ZIP code.

    Args:
        remarks: The first day, the last day, and the text of each remark on a locality from the table of an earlier quarter.
        assumed_files: The files of the table about which a data pack assumes something.
    """

    remarks: tuple[tuple[date, date, str], ...] = ()
    assumed_files: tuple[str, ...] = ()


NO_ZIP_TERMS = ZipTerms()
"""Nothing is assumed."""


def parse_zip_code(value: object) -> str:
    """
    Return *value* as a ZIP code of five digits, or as a ZIP+4 such as ``43215-1234``.

    A string needs all its digits; the hyphen of a ZIP+4 may be missing. A whole number of up to five digits is a ZIP code
    whose leading zeros were lost, as in a spreadsheet.

    Raises:
        InvalidInputError: If *value* is not a ZIP code.

    >>> parse_zip_code("43215"), parse_zip_code("432151234"), parse_zip_code(2108)
    ('43215', '43215-1234', '02108')
    """
    number = as_whole(value)
    if number is not None and 0 <= number < 10**_DIGITS:
        return str(number).zfill(_DIGITS)
    match = _ZIP_CODE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        msg = f"zip_code must be five digits such as '43215', got {safe_repr(value)}"
        raise InvalidInputError(msg, field="zip_code")
    return "-".join(filter(None, match.groups()))


def locality_of_zip(zip_code: str | int, date_of_service: date | str) -> ZipArea:
    """
    Return the area of a ZIP code on a date of service.

    Args:
        zip_code: The ZIP code where the services are provided: five digits, or a ZIP+4; its last four digits are not
            used. Whole numbers are accepted too: ``2108`` is 02108.
        date_of_service: The date of service.

    Raises:
        NotPublishedError: If the data has no ZIP code table, or the date is outside of it; or if the ZIP code is not in
            the table or is split between localities.
        InvalidInputError: If the ZIP code or the date is not valid.
    """
    given = parse_zip_code(zip_code)
    day = parse_date(date_of_service)
    digits = given[:_DIGITS]
    area = _areas_of(digits).on(day)
    if area is None:
        msg = (
            f"ZIP code {digits} is not in CMS's ZIP code table ({_releases().on(day)}): "
            f"correct it, {_OR_LOCALITY}"
        )
        raise NotPublishedError(msg, field="zip_code")
    require_one_locality(area, "zip_code", is_plus_four=given != digits)
    return area


def require_one_locality(area: ZipArea, field: str, *, is_plus_four: bool = False) -> None:
    """
    Refuse a ZIP code that is split between localities.

    Args:
        area: The area of the ZIP code.
        field: The argument that gave the ZIP code.
        is_plus_four: Whether the argument was a ZIP+4, so that the message says why it is not enough.

    Raises:
        NotPublishedError: If the ZIP code is split.
    """
    if area.plus_four:
        msg = (
            f"ZIP code {area.zip_code} is split between localities: "
            "give the mac and locality of its ZIP+4"
        )
        if is_plus_four:
            msg += "; the table has only five digits of each ZIP code"
        raise NotPublishedError(msg, field=field)


def zip_terms(
    zip_code: str | int, date_of_service: date, period: tuple[date, date]
) -> tuple[tuple[date, date], ZipTerms]:
    """
    Return the part of *period* in which a ZIP code keeps its locality, and what is assumed about the locality.

    Args:
        zip_code: A ZIP code that :func:`locality_of_zip` accepts.
        date_of_service: The date of service, within *period*.
        period: The first and last day.

    Returns:
        The first and last day of the part, and what is assumed.
    """
    return _terms(parse_zip_code(zip_code)[:_DIGITS], date_of_service, period)


@lru_cache(maxsize=4096)
def _terms(digits: str, day: date, period: tuple[date, date]) -> tuple[tuple[date, date], ZipTerms]:
    same_first, same_last = _areas_of(digits).period(day)
    first, last = max(period[0], same_first), min(period[1], same_last)
    releases = _releases()
    remarks = []
    for start in (start for start, _ in releases.entries if start is not None):
        since = max(_next_quarter(start), first)
        through = min(releases.period(start)[1], last)
        if since <= through:
            remark = (
                f"the locality of ZIP code {digits} comes from CMS's ZIP code file for the quarter "
                f"that begins {start}"
            )
            remarks.append((since, through, remark))
    return (first, last), ZipTerms(tuple(remarks), tuple(filter(days_of_assumptions, _FILES)))


def _next_quarter(day: date) -> date:
    """Return the first day after the quarter that includes *day*."""
    month = day.month + _MONTHS - (day.month - 1) % _MONTHS
    return date(day.year + month // 13, (month - 1) % 12 + 1, 1)


@cache
def _releases() -> Timeline[str]:
    """Return the names of the releases by their first day."""
    table = read_toml(_RELEASES)
    rows = table.get("release", [])
    if not rows:
        msg = f"the data has no ZIP code table: build a data pack from CMS's ZIP5 file, {_OR_LOCALITY}"
        raise NotPublishedError(msg, field="zip_code")
    entries = sorted((row["from"], row["name"]) for row in rows)
    return Timeline("CMS's ZIP code table", tuple(entries), table["known_through"])


@cache
def _lines() -> Sequence[str]:
    """Return the rows of all releases as sorted text. A row starts with the first day of its release and the ZIP code."""
    return sorted(read_rows_of(_ROWS)[1:])


@lru_cache(maxsize=4096)
def _areas_of(digits: str) -> Timeline[ZipArea | None]:
    """Return the areas of a ZIP code by date; None while the ZIP code is not in the table."""
    releases = _releases()
    entries: list[tuple[date | None, ZipArea | None]] = []
    for first, _ in releases.entries:
        area = _area_in(f"{first},{digits},")
        if not entries or entries[-1][1] != area:
            entries.append((first, area))
    return Timeline(releases.subject, tuple(entries), releases.known_through)


def _area_in(start: str) -> ZipArea | None:
    """Return the area in the row that begins with *start*, or None if there is no such row."""
    lines = _lines()
    index = bisect_left(lines, start)
    if index == len(lines) or not lines[index].startswith(start):
        return None
    _, zip_code, state, mac, locality, plus_four = lines[index].split(",")
    return ZipArea(zip_code, state, mac, locality, plus_four == "1")
