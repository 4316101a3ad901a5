"""The price of one unit of a code, and tables of prices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import attrs

from therapy_billing.base.errors import NotPublishedError
from therapy_billing.base.format_registry import as_html, as_text
from therapy_billing.base.money import Usd
from therapy_billing.law.sources import Source

__all__ = ["FeeCoverage", "FeeTable", "Price", "amount_after_mppr"]


@attrs.frozen
class Price:
    """
    The amount of one unit of a code.

    Args:
        code: The code.
        amount: Dollars in full.
        practice_expense: What ranks the code under the multiple procedure payment reduction (MPPR):
            its practice expense RVU in the setting; None where the code is not subject to MPPR.
        reduced_amount: Dollars of one unit after MPPR; None where there is none, see :attr:`reduced`.
        not_reduced: Why there is no reduced amount; empty where there is one.
        formula: How the full amount was computed, as text.
        reduced_formula: How the reduced one was; empty without one.
        rule: Id of the rule.
        release: The release of the file that made it; empty where there is none.
        sources: Where the figures come from.
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

    @property
    def reduced(self) -> Usd | None:
        """
        Dollars of one unit after MPPR; None where the code is not subject to MPPR.

        Raises:
            NotPublishedError: If the code is subject to MPPR and the reduction is not known.
        """
        if self.practice_expense is not None and self.reduced_amount is None:
            msg = f"the MPPR amount of {self.code} is not known: {self.not_reduced}"
            raise NotPublishedError(msg)
        return self.reduced_amount


@attrs.frozen
class FeeCoverage:
    """
    What a fee schedule can answer.

    Args:
        effective_from: First date of service; None without a limit.
        effective_through: Last date of service; None without a limit.
        codes: Codes that have a price.
        without_price: Why a code of the source has none, by code.
        localities: Localities of the source, by contractor and number.
    """

    effective_from: date | None
    effective_through: date | None
    codes: tuple[str, ...]
    without_price: Mapping[str, str]
    localities: tuple[tuple[str, str], ...]


@attrs.frozen(repr=False)
class FeeTable:
    """
    Prices as a table that shows itself.

    Args:
        name: The schedule.
        prices: A price a row.
    """

    name: str
    prices: tuple[Price, ...]

    def __repr__(self) -> str:
        return as_text(self)

    def _repr_html_(self) -> str:
        return as_html(self)


def amount_after_mppr(price: Price) -> str:
    """Return the cell of the amount after MPPR; empty for a code that is not subject to it."""
    if price.practice_expense is not None and price.reduced_amount is None:
        return "not known"
    return str(price.reduced_amount or "")
