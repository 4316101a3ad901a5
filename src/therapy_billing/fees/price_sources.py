"""Where the prices of a schedule come from: rates, a percentage, or Medicare's relative values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Protocol

import attrs

from therapy_billing.base.errors import NotPublishedError
from therapy_billing.base.money import Usd
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
    "VisitRate",
]

_ONE = Decimal(1)
_SUBJECT = "5"
"""The MULT PROC of the codes that the therapy reduction is for."""
_NOT_SUBJECT = "the code is not subject to MPPR there"


class PriceSource(Protocol):
    """Where a schedule takes its prices from."""

    @property
    def codes(self) -> Iterable[str]:
        """The codes that the source knows, priced or not."""

    def find(self, code: str) -> Price | str:
        """Return the price of *code*, or why it has none."""


@attrs.frozen
class FlatRates:
    """One rate for each code."""

    rates: Mapping[str, Usd] = attrs.field(hash=False)
    source: Source

    @property
    def codes(self) -> Iterable[str]:
        """The codes that the source knows, priced or not."""
        return self.rates

    def find(self, code: str) -> Price | str:
        """Return the price of *code*, or why it has none."""
        amount = self.rates.get(code)
        if amount is None:
            return "the code is not in it"
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


class BaseSchedule(Protocol):
    """The schedule of Medicare that a percentage is taken of."""

    def price(self, code: str) -> Price:
        """Return the price of *code*, or raise NotPublishedError."""

    def coverage(self) -> FeeCoverage:
        """Return what the schedule can answer."""

    def assumptions_on(self, day: date) -> tuple[str, ...]:
        """Return what its amounts assume on *day*."""

    def is_for_setting(self, setting: Setting) -> bool:
        """Return whether its amounts hold in *setting*."""


@attrs.frozen
class PercentOfMedicare:
    """A percentage of Medicare's amounts."""

    base: BaseSchedule
    percent: Decimal
    source: Source

    @property
    def codes(self) -> Iterable[str]:
        """The codes that the source knows, priced or not."""
        return self.base.coverage().codes

    def find(self, code: str) -> Price | str:
        """Return the price of *code*, or why it has none."""
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
    """A contract that pays the visit, not the code."""

    @property
    def codes(self) -> Iterable[str]:
        """The codes that the source knows, priced or not."""
        return ()

    def find(self, code: str) -> Price | str:  # noqa: ARG002 - whatever the code
        """Return the price of *code*, or why it has none."""
        return "the contract pays one amount for the visit"


# What the STATUS CODE of the Medicare file says of codes that have no price of their own.
_NO_PRICE = {
    "B": "Medicare bundles it into other services (status B)",
    "C": "each contractor prices it (status C)",
    "E": "the law excludes it from the fee schedule (status E)",
    "I": "Medicare does not take it (status I)",
    "J": "it is anesthesia, priced by time (status J)",
    "M": "it is a measurement without payment (status M)",
    "N": "Medicare does not cover it (status N)",
    "P": "Medicare bundles it or excludes it (status P)",
    "X": "the law excludes it from the fee schedule (status X)",
}


@attrs.frozen
class MedicareRates:
    """
    Relative values, indices and factor, with the reduction of the setting.

    Args:
        rvus: The release, by code.
        release: Name of the release.
        assumption: What was assumed about it; empty when nothing was.
        gpci: Indices of the locality.
        factor: Conversion factor.
        reduction: Part of the practice expense that MPPR takes; or why it is not known.
        participation: Part of the schedule that is allowed; None for those who participate.
        setting: Which practice expense counts.
        later: Where a release names no status or MULT PROC: those of the next one that does.
        sources: The files.
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
        """The codes that the source knows, priced or not."""
        return self.rvus

    def find(self, code: str) -> Price | str:
        """Return the price of *code*, or why it has none."""
        rvu = self.rvus.get(code)
        if rvu is None:
            return "the code is not in it"
        named = rvu if rvu.status else self.later.get(code, rvu)
        if named.status in _NO_PRICE:
            return _NO_PRICE[named.status]
        expense = rvu.practice_expense
        if self.setting is Setting.FACILITY:
            expense = rvu.practice_expense_facility
        if not any((rvu.work, expense, rvu.malpractice)):
            return "it has no relative values in the Medicare file"
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
        )

    def _amount(self, rvu: Rvu, expense: Decimal, reduction: Parameter | None) -> tuple[Usd, str]:
        """Return the amount of a unit and its formula, with the practice expense reduced or not."""
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
            f"{rvu.malpractice} malpractice{index[2]}) RVU of {self.release} x ${self.factor.amount}"
        )
        if self.participation is not None:
            amount = part_of_amount(amount, self.participation.amount)
            formula = f"{self.participation.amount} of {formula}"
        return amount, f"{formula}; {self.assumption}" if self.assumption else formula
