"""Count the same treatment under two payers or methods."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import attrs

from therapy_billing.base.format_registry import as_html, as_text
from therapy_billing.fees.fee_schedule import FeeSchedule
from therapy_billing.payers.payer_argument import PayerLike, resolve_payer
from therapy_billing.units.allocation_record import Allocation
from therapy_billing.units.allocator import Treatment, allocate_units
from therapy_billing.visits.sessions import Session

__all__ = ["Comparison", "compare_methods", "kept"]


@attrs.frozen
class Comparison:
    """
    Two ways to count the same treatment.

    Args:
        first: Units under the first payer or method.
        second: Units under the second payer or method.
    """

    first: Allocation
    second: Allocation

    @property
    def difference(self) -> Mapping[str, int]:
        """Units of each code under the second payer or method, minus its units under the first."""
        first, second = self.first.units, self.second.units
        return {
            code: second.get(code, 0) - first.get(code, 0)
            for code in dict.fromkeys((*first, *second))
        }

    @property
    def total_difference(self) -> int:
        """Total units under the second payer or method, minus the total under the first."""
        return self.second.total_units - self.first.total_units

    def __str__(self) -> str:
        return as_text(self)

    def _repr_html_(self) -> str:
        return as_html(self)


def compare_methods(
    sessions: Treatment,
    first: PayerLike,
    second: PayerLike,
    fees: FeeSchedule | None = None,
    *,
    date_of_service: date | str | None = None,
) -> Comparison:
    """
    Count the same treatment under two payers or methods.

    Args:
        sessions: As for :func:`~therapy_billing.allocate_units`.
        first: A payer, a policy, or a method.
        second: Another payer, policy, or method.
        fees: The fee schedule that ``TiePolicy.HIGHEST_FEE`` uses.
        date_of_service: The date of service, if *sessions* are minutes by code.

    >>> from therapy_billing import CPT_MIDPOINT, MEDICARE
    >>> print(compare_methods({"97110": 10, "97124": 10}, MEDICARE, CPT_MIDPOINT))
    medicare 1, cpt-midpoint 2 units; 97124 +1
    """
    first, second = resolve_payer(first, "first"), resolve_payer(second, "second")
    given = kept(sessions)
    return Comparison(
        allocate_units(given, first, date_of_service=date_of_service, fees=fees),
        allocate_units(given, second, date_of_service=date_of_service, fees=fees),
    )


def kept(sessions: Treatment) -> Treatment:
    """Return *sessions* in a form that can be iterated over twice."""
    if isinstance(sessions, Session | Mapping) or not isinstance(sessions, Iterable):
        return sessions
    return tuple(sessions)
