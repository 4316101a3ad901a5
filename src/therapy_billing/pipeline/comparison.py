"""What a minute more, a minute less or another method would change."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import date
from html import escape
from typing import NamedTuple

import attrs

from therapy_billing.codes import QUARTER
from therapy_billing.fee_schedules import FeeSchedule
from therapy_billing.modifiers import Discipline
from therapy_billing.pipeline.allocation import (
    Treatment,
    UnitsBy,
    allocate_units,
    count_minutes,
)
from therapy_billing.policies import Policy
from therapy_billing.records import Allocation, Pool, Session
from therapy_billing.rules.units import units_of

__all__ = ["Comparison", "Margin", "compare_methods", "margins"]


@attrs.frozen
class Margin:
    """
    How far minutes are from the next unit, and from losing one, before caps.

    Args:
        discipline: The plan of care; None when the caller named none.
        code: The code, or the first of a family; None for the discipline's whole day.
        minutes: Minutes documented.
        units: Units now.
        to_next_unit: Fewest minutes more that make one unit more for sure: on this code, or for the
            day on the code where it takes fewest.
        to_spare: Most minutes that may fall away without the loss of a unit; None when no unit can
            be lost.
    """

    discipline: Discipline | None
    code: str | None
    minutes: int
    units: int
    to_next_unit: int
    to_spare: int | None


def margins(allocation: Allocation) -> tuple[Margin, ...]:
    """
    Return the margins of each discipline's day and of each of its codes, before caps.

    Args:
        allocation: The result of :func:`allocate_units`.

    >>> from therapy_billing import MEDICARE
    >>> day = allocate_units({"97530": 20, "97110": 20}, MEDICARE)
    >>> [(row.code, row.units, row.to_next_unit, row.to_spare) for row in margins(day)]
    [(None, 3, 13, 2), ('97530', 2, 16, 0), ('97110', 1, 1, 15)]
    """
    return tuple(
        row
        for pool in allocation.pools
        if pool.streams
        for row in _margins(pool, allocation.policy)
    )


class _Outlook(NamedTuple):
    """Units of a code, sure and possible over all admissible splits, and units of the day."""

    sure: int
    possible: int
    day: int


def _outlook(minutes: Mapping[str, int], code: str, by: int, policy: Policy) -> _Outlook:
    """Return what the units are when the minutes of *code* change *by* some."""
    counted = count_minutes({**minutes, code: minutes[code] + by}, policy)
    units = [
        first + whole + extra
        for (_, _, _, first, whole, *_), extra in zip(counted.streams, counted.extras, strict=True)
    ]
    place = list(minutes).index(code)
    sure = units[place]
    return _Outlook(sure, sure + (place in counted.tied), sum(units) + counted.open_units)


def _margins(pool: Pool, policy: Policy) -> list[Margin]:
    minutes = {counted.code: counted.minutes for counted in pool.counted}
    total = sum(counted.units for counted in pool.counted)
    codes, day_next, day_spare = [], [], []
    for counted in pool.counted:
        code, units = counted.code, counted.units
        to_next = next(
            by for by in itertools.count(1) if _outlook(minutes, code, by, policy).sure > units
        )
        day_next.append(
            next(by for by in itertools.count(1) if _outlook(minutes, code, by, policy).day > total)
        )
        less = [_outlook(minutes, code, -by, policy) for by in range(counted.minutes + 1)]
        lost = [by - 1 for by, outlook in enumerate(less) if outlook.possible < units]
        day_spare += [by - 1 for by, outlook in enumerate(less) if outlook.day < total]
        to_spare = min(lost, default=None)
        codes.append(Margin(pool.discipline, code, counted.minutes, units, to_next, to_spare))
    if pool.pooled_minutes is not None:
        # Minutes can fall away on several codes of the total, which no single code tells.
        pooled = units_of(
            pool.pooled_minutes,
            unit_minutes=QUARTER,
            partial_minutes=policy.partial_minutes,
        )
        if pooled:
            needed = (pooled - 1) * QUARTER + policy.partial_minutes
            day_spare.append(pool.pooled_minutes - needed)
    spare = min(day_spare, default=None)
    day = Margin(pool.discipline, None, sum(minutes.values()), total, min(day_next), spare)
    return [day, *codes]


@attrs.frozen
class Comparison:
    """
    Two ways to count the same treatment.

    Args:
        first: Units under the first payer or method.
        second: Units under the second.
    """

    first: Allocation
    second: Allocation

    @property
    def difference(self) -> Mapping[str, int]:
        """Units of each code under the second less those under the first."""
        first, second = self.first.units, self.second.units
        return {
            code: second.get(code, 0) - first.get(code, 0)
            for code in dict.fromkeys((*first, *second))
        }

    @property
    def total_difference(self) -> int:
        """Total units under the second less those under the first."""
        return self.second.total_units - self.first.total_units

    def __str__(self) -> str:
        names = f"{self.first.payer} {self.first.total_units}, {self.second.payer}"
        changed = ", ".join(f"{code} {by:+d}" for code, by in self.difference.items() if by)
        return f"{names} {self.second.total_units} units; {changed or 'no difference'}"

    def _repr_html_(self) -> str:
        first, second = self.first.units, self.second.units
        rows = "".join(
            f"<tr><td>{escape(code)}</td><td>{first.get(code, 0)}</td>"
            f"<td>{second.get(code, 0)}</td><td>{by:+d}</td></tr>"
            for code, by in self.difference.items()
        )
        return (
            f"<table><thead><tr><th>code</th><th>{escape(self.first.payer)}</th>"
            f"<th>{escape(self.second.payer)}</th><th>difference</th></tr></thead>"
            f"<tbody>{rows}</tbody></table>"
        )


def compare_methods(
    treatment: Treatment,
    first: UnitsBy,
    second: UnitsBy,
    *,
    date_of_service: date | str | None = None,
    fees: FeeSchedule | None = None,
) -> Comparison:
    """
    Return how two payers or methods count the same treatment.

    Args:
        treatment: As for :func:`allocate_units`.
        first: A payer, a policy or a method.
        second: Another one.
        date_of_service: The day of minutes by code.
        fees: The amounts that ``TiePolicy.HIGHEST_FEE`` compares.

    >>> from therapy_billing import CPT_MIDPOINT, MEDICARE
    >>> print(compare_methods({"97110": 10, "97124": 10}, MEDICARE, CPT_MIDPOINT))
    medicare 1, cpt-midpoint 2 units; 97124 +1
    """
    given = treatment if isinstance(treatment, Session | Mapping) else tuple(treatment)
    return Comparison(
        allocate_units(given, first, date_of_service=date_of_service, fees=fees),
        allocate_units(given, second, date_of_service=date_of_service, fees=fees),
    )
