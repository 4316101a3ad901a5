"""Records of CMS tables: relative values, locality indices, ZIP codes, counties, and payment amounts."""

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
    The relative value units (RVUs) of one code in one release of the Medicare file.

    Args:
        code: The code.
        status: The STATUS CODE column; empty if the file does not have it.
        work: Work RVUs.
        practice_expense: Practice expense RVUs outside a facility.
        practice_expense_facility: Practice expense RVUs in a facility.
        malpractice: Malpractice RVUs.
        mppr_indicator: The MULT PROC column; empty if the file does not have it.
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
        """Total RVUs outside a facility."""
        return EXACT.add(EXACT.add(self.work, self.practice_expense), self.malpractice)


@attrs.frozen(field_transformer=checked)
class RvuRelease:
    """
    A release of the Medicare relative value file.

    Args:
        name: The name, such as ``RVU20A``.
        effective_from: The first date of service, as published.
        assumption: What was assumed about the release; empty if nothing was assumed.
        source: The source file.
        missing: Why there are no amounts from that day on, such as a release that is not in the data; empty for a release.
    """

    name: str
    effective_from: date
    assumption: str
    source: Source
    missing: str = ""


@attrs.frozen(field_transformer=checked)
class Gpci:
    """
    The geographic practice cost indices (GPCIs) of one Medicare payment locality.

    Args:
        mac: The number of the Medicare contractor, five digits.
        locality: The number of the locality, two digits.
        state: The state, two letters.
        name: The name of the locality.
        work: The work index, with the floor if a floor is in force.
        practice_expense: The practice expense index.
        malpractice: The malpractice index.
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
        """The name in title case; DC, MD, and VA stay in capitals."""
        return re.sub(r"\b(Dc|Md|Va)\b", lambda state: state[0].upper(), self.name.title())


@attrs.frozen(field_transformer=checked)
class ZipArea:
    """
    The Medicare payment locality of a five-digit ZIP code.

    Args:
        zip_code: The ZIP code, five digits.
        state: The state, two letters.
        mac: The number of the Medicare contractor, five digits.
        locality: The number of the locality, two digits.
        plus_four: Whether the ZIP code is split between localities, so that ZIP+4 is needed to find the
            locality.
    """

    zip_code: str
    state: str
    mac: str
    locality: str
    plus_four: bool


@attrs.frozen(field_transformer=checked)
class CountyLocality:
    """
    The counties of one Medicare payment locality, as the county file lists them.

    Args:
        mac: The number of the Medicare contractor, five digits.
        locality: The number of the locality, two digits.
        state: The full name of the state.
        area: The name of the fee schedule area.
        counties: The list of counties, as one string.
        counties_cut: Whether counties may be missing, because the fixed-width file cuts long lists.
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
    The amounts for a code in a locality, from a CMS payment amount file.

    Args:
        year: The calendar year.
        mac: The number of the Medicare contractor, five digits.
        locality: The number of the locality, two digits.
        code: The code.
        modifier: 26, TC, or 53; empty for the whole service.
        status: The status code.
        mppr_indicator: The multiple surgery indicator (MULT PROC).
        nonfacility: Dollars outside a facility.
        facility: Dollars in a facility.
        reduced: Dollars in an office after the 50 % therapy reduction of the practice expense; None if the
            file has no reduced amount.
        reduced_institution: Dollars in an institution after this reduction; None if the file has no such
            amount.
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
    Return *value* as the five-digit number of a Medicare contractor, with lost leading zeros restored.

    >>> parse_mac("2102"), parse_mac(15202)
    ('02102', '15202')
    """
    return _digits(value, 5, "mac", "15202")


def parse_locality(value: object) -> str:
    """
    Return *value* as the two-digit number of a locality, with lost leading zeros restored.

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
    msg = f"{what} must be a number of up to {width} digits such as '{example}', got {safe_repr(value)}"
    raise InvalidInputError(msg, field=what)
