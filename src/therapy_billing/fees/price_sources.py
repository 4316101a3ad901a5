"""The sources of a fee schedule's prices: rates, a percentage of Medicare, or Medicare's relative values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Protocol

import attrs

from therapy_billing.base.errors import NotPublishedError
from therapy_billing.base.money import EXACT, Usd, cents
from therapy_billing.codes.roles import Setting
from therapy_billing.fees.localities import NATIONAL
from therapy_billing.fees.prices import FeeCoverage, Price
from therapy_billing.fees.records import Gpci, Rvu
from therapy_billing.fees.rules import part_of_amount, percent_of, unit_amount
from therapy_billing.law.parameters import Parameter
from therapy_billing.law.sources import Source

__all__ = [
    "BaseSchedule",
    "FlatRates",
    "MedicareRates",
    "PercentOfMedicare",
    "PriceSource",
    "RelativeValues",
    "VisitRate",
]

_ONE = Decimal(1)
_SUBJECT = "5"
"""The MULT PROC value of codes that are subject to the therapy MPPR."""
_NOT_SUBJECT = "the code is not subject to MPPR in this schedule"


class PriceSource(Protocol):
    """The source of a fee schedule's prices."""

    @property
    def codes(self) -> Iterable[str]:
        """The codes in the source, with or without a price."""

    def find(self, code: str) -> Price | str:
        """Return the price of *code*, or why it has no price."""


@attrs.frozen
class FlatRates:
    """One rate for each code."""

    rates: Mapping[str, Usd] = attrs.field(hash=False)
    source: Source

    @property
    def codes(self) -> Iterable[str]:
        """The codes that have a rate."""
        return self.rates

    def find(self, code: str) -> Price | str:
        """Return the price of *code*, or why it has no price."""
        amount = self.rates.get(code)
        if amount is None:
            return "the code is not in the schedule"
        return Price(
            code=code,
            amount=amount,
            practice_expense=None,
            reduced_amount=None,
            not_reduced=_NOT_SUBJECT,
            formula=f"flat rate ${amount}",
            reduced_formula="",
            rule="flat-rate",
            release="",
            sources=(self.source,),
        )


@attrs.frozen
class RelativeValues:
    """The relative value of each code, times one conversion factor."""

    values: Mapping[str, Decimal] = attrs.field(hash=False)
    factor: Usd
    source: Source

    @property
    def codes(self) -> Iterable[str]:
        """The codes that have a relative value."""
        return self.values

    def find(self, code: str) -> Price | str:
        """Return the price of *code*, or why it has no price."""
        value = self.values.get(code)
        if value is None:
            return "the code is not in the schedule"
        return Price(
            code=code,
            amount=cents(EXACT.multiply(value, self.factor)),
            practice_expense=None,
            reduced_amount=None,
            not_reduced=_NOT_SUBJECT,
            formula=f"{value} RVUs x ${self.factor}",
            reduced_formula="",
            rule="relative-values",
            release="",
            sources=(self.source,),
        )


class BaseSchedule(Protocol):
    """The Medicare schedule that a percentage applies to."""

    def price(self, code: str) -> Price:
        """Return the price of *code*, or raise NotPublishedError."""

    def coverage(self) -> FeeCoverage:
        """Return the dates, codes, and localities of the schedule."""

    def assumptions_on(self, day: date) -> tuple[str, ...]:
        """Return the assumptions behind the amounts on *day*."""

    def data_assumptions_on(self, day: date) -> tuple[str, ...]:
        """Return what data packs assume about the data behind the amounts on *day*."""

    def is_for_setting(self, setting: Setting) -> bool:
        """Return whether the amounts apply in *setting*."""


@attrs.frozen
class PercentOfMedicare:
    """A percentage of Medicare's amounts."""

    base: BaseSchedule
    percent: Decimal
    source: Source

    @property
    def codes(self) -> Iterable[str]:
        """The codes that have a price in the Medicare schedule."""
        return self.base.coverage().codes

    def find(self, code: str) -> Price | str:
        """Return the price of *code*, or why it has no price."""
        try:
            price = self.base.price(code)
        except NotPublishedError as error:
            return str(error)
        reduced, reduced_formula = price.reduced_amount, price.reduced_formula
        if reduced is not None:
            reduced_formula = f"{self.percent} % of ${reduced}: {reduced_formula}"
            reduced = percent_of(reduced, self.percent)
        return attrs.evolve(
            price,
            amount=percent_of(price.amount, self.percent),
            reduced_amount=reduced,
            formula=f"{self.percent} % of ${price.amount}: {price.formula}",
            reduced_formula=reduced_formula,
            rule="percent-of-medicare",
            sources=(self.source, *price.sources),
        )


@attrs.frozen
class VisitRate:
    """A contract that pays one amount per visit instead of an amount per code."""

    @property
    def codes(self) -> Iterable[str]:
        """No codes, because the contract does not pay by code."""
        return ()

    def find(self, code: str) -> Price | str:  # noqa: ARG002 - the same for every code
        """Return why no code has a price."""
        return "the contract pays one amount per visit"


# Why a code has no price, by its STATUS CODE in the Medicare file.
_NO_PRICE = {
    "B": "Medicare bundles the code into other services (status B)",
    "C": "each Medicare contractor sets its own price for the code (status C)",
    "E": "a regulation excludes the code from the fee schedule (status E)",
    "I": "Medicare does not accept the code (status I)",
    "J": "the code is anesthesia, which is priced by time (status J)",
    "M": "the code only reports a measurement and has no payment (status M)",
    "N": "Medicare does not cover the code (status N)",
    "P": "Medicare bundles or excludes the code (status P)",
    "X": "the law excludes the code from the fee schedule (status X)",
}


@attrs.frozen
class MedicareRates:
    """
    Medicare prices from relative values, locality indices, and a conversion factor.

    Args:
        rvus: The RVUs of the release, by code.
        release: The name of the release.
        assumption: What was assumed about the release; empty if nothing was assumed.
        gpci: The indices of the locality.
        factor: The conversion factor, in dollars per RVU.
        reduction: The fraction of the practice expense that MPPR removes, or why it is not known.
        participation: The fraction of the fee schedule amount that a nonparticipating provider is allowed;
            None for a participating provider.
        setting: Where the services are provided. The setting decides which practice expense RVUs are used.
        later: RVUs of the next release. STATUS CODE and MULT PROC come from it if this release has neither.
        sources: The source files.
    """

    rvus: Mapping[str, Rvu]
    release: str
    assumption: str
    gpci: Gpci
    factor: Parameter
    reduction: Parameter | str
    participation: Parameter | None
    setting: Setting
    later: Mapping[str, Rvu]
    sources: tuple[Source, ...]

    @property
    def codes(self) -> Iterable[str]:
        """The codes in the source, with or without a price."""
        return self.rvus

    def find(self, code: str) -> Price | str:
        """Return the price of *code*, or why it has no price."""
        rvu = self.rvus.get(code)
        if rvu is None:
            return "the code is not in the schedule"
        named = rvu if rvu.status else self.later.get(code, rvu)
        if named.status in _NO_PRICE:
            return _NO_PRICE[named.status]
        expense = rvu.practice_expense
        if self.setting is Setting.FACILITY:
            expense = rvu.practice_expense_facility
        if not any((rvu.work, expense, rvu.malpractice)):
            return "the code has no RVUs in the Medicare file"
        amount, formula = self._amount(rvu, expense, None)
        subject = named.mppr_indicator == _SUBJECT
        reduced, reduced_formula = None, ""
        sources = self.sources
        rule = "medicare-national-amount" if self.gpci == NATIONAL else "medicare-locality-amount"
        if self.participation is not None:
            rule, sources = "nonparticipating-amount", (*sources, self.participation.source)
        not_reduced = _NOT_SUBJECT
        if subject and isinstance(self.reduction, Parameter):
            reduced, reduced_formula = self._amount(rvu, expense, self.reduction)
            sources, not_reduced = (*sources, self.reduction.source), ""
        elif subject and isinstance(self.reduction, str):
            not_reduced = self.reduction
        return Price(
            code=code,
            amount=amount,
            practice_expense=expense if subject else None,
            reduced_amount=reduced,
            not_reduced=not_reduced,
            formula=formula,
            reduced_formula=reduced_formula,
            rule=rule,
            release=self.release,
            sources=sources,
            mult_proc=named.mppr_indicator or "",
        )

    def _amount(self, rvu: Rvu, expense: Decimal, reduction: Parameter | None) -> tuple[Usd, str]:
        """Return the amount for one unit and its formula. If *reduction* is given, reduce the practice expense."""
        part = _ONE if reduction is None else _ONE - reduction.amount
        gpci = self.gpci
        amount = unit_amount(
            work=rvu.work,
            practice_expense=expense,
            malpractice=rvu.malpractice,
            work_gpci=gpci.work,
            practice_expense_gpci=gpci.practice_expense,
            malpractice_gpci=gpci.malpractice,
            conversion_factor=self.factor.amount,
            practice_expense_part=part,
        )
        index = (
            ("", "", "")
            if gpci == NATIONAL
            else (
                f" x {gpci.work}",
                f" x {gpci.practice_expense}",
                f" x {gpci.malpractice}",
            )
        )
        taken = "" if reduction is None else f" x {part}"
        formula = (
            f"({rvu.work} work{index[0]} + {expense} practice expense{index[1]}{taken} + "
            f"{rvu.malpractice} malpractice{index[2]}) RVUs from {self.release} x ${self.factor.amount}"
        )
        if self.participation is not None:
            amount = part_of_amount(amount, self.participation.amount)
            formula = f"{self.participation.amount} of {formula}"
        return amount, f"{formula}; {self.assumption}" if self.assumption else formula
