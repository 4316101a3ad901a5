"""
Fee schedules: what a unit of a code is worth, and where that amount comes from.

The amounts here are of one unit taken alone: before the multiple procedure payment reduction (MPPR),
locality (GPCI) and every other adjustment.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import Any

import attrs

from therapy_billing.bundled import read_text, read_toml
from therapy_billing.codes import parse_code, parse_units
from therapy_billing.dates import parse_date
from therapy_billing.errors import (
    FileFormatError,
    InvalidInputError,
    NotPublishedError,
    shown,
)
from therapy_billing.money import EXACT, Usd, cents, parse_usd, times
from therapy_billing.parameters import load_parameter
from therapy_billing.sources import Source, Verification
from therapy_billing.timeline import Timeline

__all__ = [
    "BEFORE_ADJUSTMENTS",
    "FeeSchedule",
    "Price",
    "Rvu",
    "RvuRelease",
    "load_releases",
    "load_rvus",
]

BEFORE_ADJUSTMENTS = "before MPPR, GPCI and adjustments"


@attrs.frozen
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


@attrs.frozen
class RvuRelease:
    """
    A release of the Medicare relative value file.

    Args:
        name: Its name, such as ``RVU20A``.
        effective_from: First date of service as published.
        note: What was assumed about it; empty when nothing was.
        source: The file.
    """

    name: str
    effective_from: date
    note: str
    source: Source


@attrs.frozen
class Price:
    """
    The amount of one unit of a code.

    Args:
        code: The code.
        amount: Dollars.
        formula: How it was computed, as text.
        rule: Id of the rule.
        sources: Where the figures come from.
    """

    code: str
    amount: Usd
    formula: str
    rule: str
    sources: tuple[Source, ...]


def _copied_prices(prices: Mapping[str, Price]) -> Mapping[str, Price]:
    return dict(prices)


def _copied_reasons(reasons: Mapping[str, str]) -> Mapping[str, str]:
    return dict(reasons)


@attrs.frozen(repr=False)
class FeeSchedule:
    """
    Amounts by code.

    Build one with :meth:`from_rates` or :meth:`medicare`.

    Args:
        name: What it is, in a sentence.
        prices: The price of one unit by code.
        missing: Why a code of the source has no price, by code.
        effective_from: First date of service it is for; None without a limit.
        effective_through: Last date of service it is for; None without a limit.
    """

    name: str
    _prices: Mapping[str, Price] = attrs.field(converter=_copied_prices, hash=False)
    _missing: Mapping[str, str] = attrs.field(factory=dict, converter=_copied_reasons, hash=False)
    effective_from: date | None = None
    effective_through: date | None = None

    def __attrs_post_init__(self) -> None:
        first, last = self.effective_from, self.effective_through
        if first is not None and last is not None and last < first:
            msg = f"effective_through {last} is before effective_from {first}"
            raise InvalidInputError(msg)

    @classmethod
    def from_rates(
        cls,
        rates: Mapping[str, Decimal | str | int] | str | os.PathLike[str],
        *,
        name: str = "contract rates",
        effective_from: date | str | None = None,
        effective_through: date | str | None = None,
    ) -> FeeSchedule:
        """
        Return a schedule of flat rates.

        Args:
            rates: Dollars of one unit by code, as texts or Decimals; or the path of a CSV file with
                the columns ``code`` and ``amount``.
            name: What to call it in results.
            effective_from: First date of service it is for.
            effective_through: Last date of service it is for.

        Raises:
            InvalidInputError: If a code or an amount is none, or there is no rate.
            ExceptionGroup: Of FileFormatError, one for each bad line of a file.

        >>> FeeSchedule.from_rates({"97530": "40.42"}).amount("97530", 3)
        Decimal('121.26')
        """
        if isinstance(rates, Mapping):
            amounts = {parse_code(code): parse_usd(rate) for code, rate in rates.items()}
            if len(amounts) < len(rates):
                msg = "a code has two rates: name each code once"
                raise InvalidInputError(msg)
        elif isinstance(rates, str | os.PathLike):
            amounts = _read_rates(rates)
        else:
            msg = f"rates is amounts by code or the path of a CSV file, not {shown(rates)}"
            raise InvalidInputError(msg)
        if not amounts:
            msg = "a fee schedule has at least one rate"
            raise InvalidInputError(msg)
        source = Source(name, "", "", Verification.UNVERIFIED)
        return cls(
            name=f"{name}, {BEFORE_ADJUSTMENTS}",
            prices={
                code: Price(code, amount, f"flat rate ${amount}", "flat-rate", (source,))
                for code, amount in amounts.items()
            },
            effective_from=None if effective_from is None else parse_date(effective_from),
            effective_through=None if effective_through is None else parse_date(effective_through),
        )

    @classmethod
    def medicare(cls, on: date | str) -> FeeSchedule:
        """
        Return the national Medicare amounts in force on a date of service, outside a facility.

        The sum of the RVUs times the conversion factor, rounded once; from 2026 for those who are not
        qualifying APM participants.

        Args:
            on: Date of service.

        Raises:
            NotPublishedError: If the date lies outside the releases held (2019-10-01 to 2026-12-31).

        >>> FeeSchedule.medicare("2020-03-02").amount("97530", 4)
        Decimal('161.68')
        """
        return _medicare(parse_date(on, what="on"))

    @property
    def prices(self) -> Mapping[str, Price]:
        """The price of one unit by code; it cannot be changed."""
        return MappingProxyType(self._prices)

    @property
    def missing(self) -> Mapping[str, str]:
        """Why a code of the source has no price, by code; it cannot be changed."""
        return MappingProxyType(self._missing)

    def price(self, code: str) -> Price:
        """
        Return the price of one unit of *code*.

        Raises:
            NotPublishedError: If the schedule has none; the message says why.
        """
        code = parse_code(code)
        price = self._prices.get(code)
        if price is None:
            reason = self._missing.get(code, "the code is not in it")
            msg = f"no price for {code} in {self.name}: {reason}"
            raise NotPublishedError(msg)
        return price

    def amount(self, code: str, units: int = 1) -> Usd:
        """
        Return the dollars of *units* units of *code*: each unit rounded, then multiplied.

        Raises:
            NotPublishedError: If the schedule has no price for the code. It is never zero.
            InvalidInputError: If *units* is no whole number, or negative.

        >>> FeeSchedule.from_rates({"97530": "40.42"}).amount("97530")
        Decimal('40.42')
        """
        return times(self.price(code).amount, parse_units(units))

    def require(self, day: date | None) -> None:
        """
        See that the schedule is for *day*.

        Raises:
            NotPublishedError: If it is not, or if it is dated and *day* is None.
        """
        first, last = (
            self.effective_from or date.min,
            self.effective_through or date.max,
        )
        dated = (first, last) != (date.min, date.max)
        if dated and (day is None or not first <= day <= last):
            msg = f"{self.name} is for {first} to {last}, not for {day or 'an unnamed day'}"
            raise NotPublishedError(msg)

    def __repr__(self) -> str:
        return f"<FeeSchedule {self.name}; {len(self.prices)} codes>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(price.code)}</td><td>{price.amount}</td></tr>"
            for price in self.prices.values()
        )
        return (
            f"<table><caption>{escape(self.name)}</caption>"
            f"<thead><tr><th>code</th><th>$ a unit</th></tr></thead><tbody>{rows}</tbody></table>"
        )


def _read_rates(path: str | os.PathLike[str]) -> dict[str, Usd]:
    """Read a CSV file with the columns code and amount, all bad lines at once."""
    amounts: dict[str, Usd] = {}
    bad: list[FileFormatError] = []
    where = os.fspath(path)
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise FileFormatError("not UTF-8; save the file as UTF-8", where) from None
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        if sorted(header) != ["amount", "code"]:
            raise FileFormatError("the first line names the columns code and amount", where, 1)
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if len(row) != len(header):
                reason = "a line has a code and an amount"
                bad.append(FileFormatError(reason, where, reader.line_num))
                continue
            cells = dict(zip(header, row, strict=True))
            column = "code"
            try:
                code = parse_code(cells[column])
                if code in amounts:
                    reason = f"{code} has a rate already"
                    bad.append(FileFormatError(reason, where, reader.line_num, column))
                column = "amount"
                amounts[code] = parse_usd(cells[column].strip().removeprefix("$"))
            except InvalidInputError as error:
                bad.append(FileFormatError(str(error), where, reader.line_num, column))
    except csv.Error as error:
        bad.append(FileFormatError(f"no CSV: {error}", where, reader.line_num))
    if bad:
        msg = f"bad lines in {where}"
        raise ExceptionGroup(msg, bad)
    return amounts


@cache
def load_releases() -> Timeline[RvuRelease]:
    """Return the releases of the Medicare file by the first date of service they are used for."""
    table = read_toml("fees/releases.toml")

    def release(row: dict[str, Any]) -> RvuRelease:
        derived = "applied" in row
        verified = Verification.DERIVED if derived else Verification.DATA_FILE
        return RvuRelease(
            row["name"],
            row["from"],
            row.get("note", ""),
            Source(row["source"], "", "", verified),
        )

    return Timeline(
        subject="the Medicare relative value file",
        entries=tuple((row.get("applied", row["from"]), release(row)) for row in table["release"]),
        known_through=table["known_through"],
    )


@cache
def load_rvus() -> Mapping[str, Mapping[str, Rvu]]:
    """Return the RVUs of the therapy codes by release name and code."""
    releases: dict[str, dict[str, Rvu]] = {}
    for row in csv.DictReader(read_text("fees/mpfs_rvu.csv").splitlines()):
        releases.setdefault(row["release"], {})[row["code"]] = Rvu(
            code=row["code"],
            status=row["status"],
            work=Decimal(row["work_rvu"]),
            practice_expense=Decimal(row["pe_rvu_nonfacility"]),
            practice_expense_facility=Decimal(row["pe_rvu_facility"]),
            malpractice=Decimal(row["mp_rvu"]),
            mppr_indicator=row["mult_proc"],
        )
    return releases


# What the STATUS CODE of the Medicare file says of codes that have no price of their own.
_NO_PRICE = {
    "B": "Medicare bundles it into other services (status B)",
    "C": "each contractor prices it (status C)",
    "I": "Medicare does not take it (status I)",
    "N": "Medicare does not cover it (status N)",
}


_NO_RVUS = "it has no relative values in the Medicare file"


def _medicare(on: date) -> FeeSchedule:
    releases, factors = load_releases(), load_parameter("medicare/conversion_factors")
    first = max(releases.period(on)[0], factors.period(on)[0])
    last = min(releases.period(on)[1], factors.period(on)[1])
    return _medicare_schedule(first, last)


@cache
def _medicare_schedule(first: date, last: date) -> FeeSchedule:
    release = load_releases().on(first)
    factor = load_parameter("medicare/conversion_factors").on(first)
    prices: dict[str, Price] = {}
    missing: dict[str, str] = {}
    for rvu in load_rvus()[release.name].values():
        reason = _NO_PRICE.get(rvu.status or _status_after(rvu.code, first), "")
        if not reason and not rvu.total:
            reason = _NO_RVUS
        if reason:
            missing[rvu.code] = reason
            continue
        formula = (
            f"({rvu.work} work + {rvu.practice_expense} practice expense + {rvu.malpractice} "
            f"malpractice) RVU of {release.name} x ${factor.amount}"
        )
        if release.note:
            formula += f"; {release.note}"
        prices[rvu.code] = Price(
            code=rvu.code,
            amount=cents(EXACT.multiply(rvu.total, factor.amount)),
            formula=formula,
            rule="medicare-national-amount",
            sources=(release.source, factor.source),
        )
    return FeeSchedule(
        name=f"Medicare national amounts outside a facility, {release.name}, {BEFORE_ADJUSTMENTS}",
        prices=prices,
        missing=missing,
        effective_from=first,
        effective_through=last,
    )


def _status_after(code: str, day: date) -> str:
    """Return the status of *code* in the first release after *day* that names one."""
    for first, release in load_releases().entries:
        rvu = load_rvus()[release.name].get(code)
        if first is not None and first > day and rvu is not None and rvu.status:
            return rvu.status
    return ""
