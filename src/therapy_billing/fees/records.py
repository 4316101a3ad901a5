"""Records of the tables that CMS publishes: relative values, locality indices, ZIP codes, counties, amounts."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import attrs

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.money import EXACT, Usd
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import checked
from therapy_billing.base.whole_numbers import as_whole
from therapy_billing.law.sources import Source

__all__ = [
    "CountyLocality",
    "Gpci",
    "PublishedAmount",
    "Rvu",
    "RvuRelease",
    "ZipArea",
    "parse_locality",
    "parse_mac",
]


@attrs.frozen(field_transformer=checked)
class Rvu:
    """
    Relative value units of one code in one release of the Medicare file.

    Args:
        code: The code.
        status: STATUS CODE; empty when the file holds none.
        work: Work.
        practice_expense: Practice expense outside a facility.
        practice_expense_facility: Practice expense in a facility.
        malpractice: Malpractice.
        mppr_indicator: MULT PROC; empty when the file holds none.
    """

    code: str
    status: str
    work: Decimal
    practice_expense: Decimal
    practice_expense_facility: Decimal
    malpractice: Decimal
    mppr_indicator: str

    @property
    def total(self) -> Decimal:
        """Sum outside a facility."""
        return EXACT.add(EXACT.add(self.work, self.practice_expense), self.malpractice)


@attrs.frozen(field_transformer=checked)
class RvuRelease:
    """
    A release of the Medicare relative value file.

    Args:
        name: Its name, such as ``RVU20A``.
        effective_from: First date of service as published.
        assumption: What was assumed about it; empty when nothing was.
        source: The file.
    """

    name: str
    effective_from: date
    assumption: str
    source: Source


@attrs.frozen(field_transformer=checked)
class Gpci:
    """
    Geographic practice cost indices of one Medicare payment locality.

    Args:
        mac: Number of the Medicare contractor, five digits.
        locality: Number of the locality, two digits.
        state: State, two letters.
        name: Name of the locality.
        work: Index of work, with the floor in force.
        practice_expense: Index of practice expense.
        malpractice: Index of malpractice.
    """

    mac: str
    locality: str
    state: str
    name: str
    work: Decimal
    practice_expense: Decimal
    malpractice: Decimal

    def __str__(self) -> str:
        return f"{self.title}, {self.state} (MAC {self.mac}, locality {self.locality})"

    @property
    def title(self) -> str:
        """The name in capitals and small letters, but for the states in it."""
        return re.sub(r"\b(Dc|Md|Va)\b", lambda state: state[0].upper(), self.name.title())


@attrs.frozen(field_transformer=checked)
class ZipArea:
    """
    The Medicare payment locality of a five-digit ZIP code.

    Args:
        zip_code: Five digits.
        state: State, two letters.
        mac: Number of the Medicare contractor, five digits.
        locality: Number of the locality, two digits.
        plus_four: Whether the ZIP code is split between localities, so that ZIP+4 is needed.
    """

    zip_code: str
    state: str
    mac: str
    locality: str
    plus_four: bool


@attrs.frozen(field_transformer=checked)
class CountyLocality:
    """
    The counties of one Medicare payment locality, as the county file words them.

    Args:
        mac: Number of the Medicare contractor, five digits.
        locality: Number of the locality, two digits.
        state: Name of the state, in full.
        area: Name of the fee schedule area.
        counties: The counties.
        counties_cut: Whether the list may go on: fixed-width text has no room for a long one.
    """

    mac: str
    locality: str
    state: str
    area: str
    counties: str
    counties_cut: bool = False


@attrs.frozen
class PublishedAmount:
    """
    Amounts of a code in a locality, as the national payment amount file gives them.

    Args:
        year: Calendar year.
        mac: Number of the Medicare contractor, five digits.
        locality: Number of the locality, two digits.
        code: The code.
        modifier: 26, TC or 53; empty for the whole service.
        status: STATUS CODE.
        mppr_indicator: MULT PROC.
        nonfacility: Dollars outside a facility.
        facility: Dollars in a facility.
        reduced: Dollars with the practice expense halved, in an office; None where the file has none.
        reduced_institution: The same in an institution.
    """

    year: int
    mac: str
    locality: str
    code: str
    modifier: str
    status: str
    mppr_indicator: str
    nonfacility: Usd
    facility: Usd
    reduced: Usd | None
    reduced_institution: Usd | None


def parse_mac(value: object) -> str:
    """
    Return *value* as the number of a Medicare contractor: five digits, lost zeros put back.

    >>> parse_mac("2102"), parse_mac(15202)
    ('02102', '15202')
    """
    return _digits(value, 5, "mac", "15202")


def parse_locality(value: object) -> str:
    """
    Return *value* as the number of a locality: two digits, lost zeros put back.

    >>> parse_locality("1"), parse_locality(0)
    ('01', '00')
    """
    return _digits(value, 2, "locality", "00")


def _digits(value: object, width: int, what: str, example: str) -> str:
    number = as_whole(value)
    text = value
    if number is not None and 0 <= number < 10**width:
        text = str(number)
    if isinstance(text, str):
        text = text.strip()
        if text.isascii() and text.isdigit() and len(text) <= width:
            return text.zfill(width)
    msg = f"{what} is a number of up to {width} digits such as '{example}', not {safe_repr(value)}"
    raise InvalidInputError(msg, field=what)
