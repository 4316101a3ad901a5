"""Prices for one unit of a code, and tables of prices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import attrs

from therapy_billing.base.errors import NotPublishedError
from therapy_billing.base.format_registry import as_html, as_text
from therapy_billing.base.money import Usd
from therapy_billing.law.sources import Source

__all__ = ["SEVERAL_PROCEDURES", "FeeCoverage", "FeeTable", "Price", "amount_after_mppr"]

SEVERAL_PROCEDURES = (
    "Medicare pays less for several procedures on one day (MULT PROC 2), and that is not modeled"
)
"""Why several units of procedures, such as casts, have no amount."""
_PROCEDURE = "2"
"""The MULT PROC value of procedures for which Medicare pays less if a day has several of them."""


@attrs.frozen
class Price:
    """
    The price for one unit of a code.

    Args:
        code: The code.
        amount: Dollars for one unit at the full rate.
        practice_expense: The practice expense RVUs for the setting. The multiple procedure payment reduction
            (MPPR) ranks units by them. None if the code is not subject to MPPR.
        reduced_amount: Dollars for one unit after MPPR; None if there is no such amount (see
            :attr:`reduced`).
        not_reduced: Why there is no reduced amount; empty if there is one.
        formula: How the full amount was computed.
        reduced_formula: How the reduced amount was computed; empty if there is no reduced amount.
        rule: The id of the rule that sets the price.
        release: The release of the Medicare file; empty if the price does not come from a Medicare file.
        sources: The sources of the numbers.
        mult_proc: The MULT PROC value of the Medicare file; empty if the price does not come from a Medicare file, or the
            file has no value.
    """

    code: str
    amount: Usd
    practice_expense: Decimal | None
    reduced_amount: Usd | None
    not_reduced: str
    formula: str
    reduced_formula: str
    rule: str
    release: str
    sources: tuple[Source, ...]
    mult_proc: str = attrs.field(default="", kw_only=True)

    @property
    def is_procedure(self) -> bool:
        """Whether Medicare pays less for the code if a day has several procedures. That reduction is not modeled."""
        return self.mult_proc == _PROCEDURE

    @property
    def reduced(self) -> Usd | None:
        """
        Dollars for one unit after MPPR; None if the code is not subject to MPPR.

        Raises:
            NotPublishedError: If the code is subject to MPPR but the reduction is not known.
        """
        if self.practice_expense is not None and self.reduced_amount is None:
            msg = f"the MPPR amount of {self.code} is not known: {self.not_reduced}"
            raise NotPublishedError(msg)
        return self.reduced_amount


@attrs.frozen
class FeeCoverage:
    """
    The dates, codes, and localities of a fee schedule.

    Args:
        effective_from: The first date of service; None if there is no first date.
        effective_through: The last date of service; None if there is no last date.
        codes: The codes that have a price.
        without_price: For each code in the source that has no price, the reason.
        localities: The contractor and locality number of each locality in the source.
    """

    effective_from: date | None
    effective_through: date | None
    codes: tuple[str, ...]
    without_price: Mapping[str, str]
    localities: tuple[tuple[str, str], ...]


@attrs.frozen(repr=False)
class FeeTable:
    """
    A table of prices that prints itself.

    Args:
        name: The name of the fee schedule.
        prices: The prices, one per row.
    """

    name: str
    prices: tuple[Price, ...]

    def __repr__(self) -> str:
        return as_text(self)

    def _repr_html_(self) -> str:
        return as_html(self)


def amount_after_mppr(price: Price) -> str:
    """Return the table cell for the amount after MPPR; empty if the code is not subject to MPPR."""
    if price.practice_expense is not None and price.reduced_amount is None:
        return "not known"
    return str(price.reduced_amount or "")
