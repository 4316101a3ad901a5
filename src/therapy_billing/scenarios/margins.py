"""Find how many minutes the next unit needs, and how many can be dropped without losing a unit."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import NamedTuple

import attrs

from therapy_billing.base.validation import require_type
from therapy_billing.codes.code_book import QUARTER
from therapy_billing.codes.roles import Discipline
from therapy_billing.payers.policy import Policy
from therapy_billing.units.allocation_record import Allocation
from therapy_billing.units.counting import count_minutes
from therapy_billing.units.records import DisciplineUnits
from therapy_billing.units.rules import units_of

__all__ = ["UnitMargin", "unit_margins"]


@attrs.frozen
class UnitMargin:
    """
    The minutes to the next unit and the minutes to spare, before caps.

    Args:
        discipline: The plan of care, or None if the caller did not give one.
        code: The code, or the first code of a family. None means the discipline's whole day.
        minutes: Documented minutes.
        units: Units now.
        to_next_unit: The fewest additional minutes that are sure to make one more unit. For a code, minutes of that
            code. For the whole day, minutes of whichever code needs the fewest.
        to_spare: The most minutes that can be dropped without losing a unit. None if there is no unit to lose.
    """

    discipline: Discipline | None
    code: str | None
    minutes: int
    units: int
    to_next_unit: int
    to_spare: int | None


def unit_margins(allocation: Allocation) -> tuple[UnitMargin, ...]:
    """
    Return the margins of each discipline's day and of each of its codes, before caps.

    The first record of each discipline is for the whole day, and one record per code follows. In the example,
    40 minutes make 3 units; 53 minutes would make 4, and 38 would still make 3. With 19 minutes, 97530 would lose
    its second unit to 97110.

    Args:
        allocation: The result of :func:`~therapy_billing.allocate_units`.

    >>> from therapy_billing import MEDICARE, allocate_units
    >>> day = allocate_units({"97530": 20, "97110": 20}, MEDICARE)
    >>> [(row.code, row.units, row.to_next_unit, row.to_spare) for row in unit_margins(day)]
    [(None, 3, 13, 2), ('97530', 2, 16, 0), ('97110', 1, 1, 15)]
    """
    require_type(allocation, Allocation, "allocation")
    return tuple(
        row
        for pool in allocation.disciplines
        if pool.minute_splits
        for row in _margins(pool, allocation.policy)
    )


class _Outlook(NamedTuple):
    """The fewest and the most units that a code has in any legal split, and the units of the day."""

    sure: int
    possible: int
    day: int


def _outlook(minutes: Mapping[str, int], code: str, by: int, policy: Policy) -> _Outlook:
    """Return the units if the minutes of *code* change by *by* minutes."""
    counted = count_minutes({**minutes, code: minutes[code] + by}, policy)
    units = [
        split.full_units + extra
        for split, extra in zip(counted.minute_splits, counted.extras, strict=True)
    ]
    index = list(minutes).index(code)
    sure = units[index]
    return _Outlook(sure, sure + (index in counted.tied), sum(units) + counted.open_units)


def _margins(pool: DisciplineUnits, policy: Policy) -> list[UnitMargin]:
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
        codes.append(UnitMargin(pool.discipline, code, counted.minutes, units, to_next, to_spare))
    if pool.pooled_minutes is not None:
        # The margins of single codes do not show how many minutes can be dropped from several codes together.
        pooled = units_of(
            pool.pooled_minutes,
            unit_minutes=QUARTER,
            partial_minutes=policy.counting.partial_minutes,
        )
        if pooled:
            needed = (pooled - 1) * QUARTER + policy.counting.partial_minutes
            day_spare.append(pool.pooled_minutes - needed)
    spare = min(day_spare, default=None)
    day = UnitMargin(pool.discipline, None, sum(minutes.values()), total, min(day_next), spare)
    return [day, *codes]
