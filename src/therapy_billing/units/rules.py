"""
The arithmetic that turns minutes into units.

The eight-minute rule has three steps. The day's total minutes set the number of units. Each code keeps
one unit for each full quarter (15 minutes). The remaining units go to the codes with the most leftover
minutes. Sharing the units in proportion to minutes is wrong on some days. For example, codes with 40 and 9
minutes make 3 units in total. Under the rule, the first code gets all 3: it has two full quarters and the most
leftover minutes (10). In proportion to minutes, the first code would get only 2.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

__all__ = [
    "BilledUnit",
    "LeftoverShares",
    "cap_units",
    "first_period",
    "midpoint_minutes",
    "share_by_leftovers",
    "units_of",
]


def units_of(minutes: int, *, unit_minutes: int, partial_minutes: int) -> int:
    """
    Return the units that *minutes* make: all full units, plus one if enough minutes are left over.

    The rules ``cms-eight-minute``, ``cpt-midpoint``, ``started-quarter``, and ``full-quarter`` use
    different values of *partial_minutes*. *minutes* is the day's total or the minutes of one code.

    Args:
        minutes: Whole minutes, not negative.
        unit_minutes: Minutes of one unit.
        partial_minutes: Fewest leftover minutes that make another unit, 1 to *unit_minutes*.

    Returns:
        Number of units.

    Source:
        CMS Pub. 100-04, ch. 5, section 20.2. With *unit_minutes* 15 and *partial_minutes* 8, the result is
        that of the section's table: n units for 15n - 7 to 15n + 7 minutes.

    >>> [units_of(m, unit_minutes=15, partial_minutes=8) for m in (7, 8, 22, 23, 37, 38)]
    [0, 1, 1, 2, 2, 3]
    >>> [units_of(m, unit_minutes=60, partial_minutes=31) for m in (30, 31, 90, 91)]
    [0, 1, 1, 2]
    """
    return (minutes + unit_minutes - partial_minutes) // unit_minutes


def midpoint_minutes(unit_minutes: int) -> int:
    """
    Return the fewest whole minutes that pass the midpoint of a unit. Rule ``cpt-midpoint``.

    Source:
        The CPT convention as reported by AAFP and UTHealth: 8 of 15, 16 of 30, and 31 of 60 minutes.

    >>> [midpoint_minutes(unit) for unit in (15, 30, 60)]
    [8, 16, 31]
    """
    return unit_minutes // 2 + 1


class LeftoverShares(NamedTuple):
    """
    How the units that remain after full quarters are shared among the codes of a day.

    Args:
        total_units: Units from the day's total minutes.
        sure: Indexes of the codes that get an extra unit in every legal split.
        tied: Indexes of the codes that are tied for the remaining units.
        open_units: How many of the tied codes get a unit.
    """

    total_units: int
    sure: tuple[int, ...]
    tied: tuple[int, ...]
    open_units: int


def share_by_leftovers(
    minutes: Sequence[int], *, unit_minutes: int, partial_minutes: int
) -> LeftoverShares:
    """
    Return which codes get the units that remain after full quarters.

    Rules ``cms-most-minutes`` and ``cms-tie``. Each code has at most 14 leftover minutes, so it gets at
    most one of the remaining units.

    Args:
        minutes: Whole minutes of each code of the day.
        unit_minutes: Minutes of one unit.
        partial_minutes: Fewest leftover minutes of the total that make another unit.

    Returns:
        The extra units. Each code also keeps ``minutes // unit_minutes`` units for its full quarters.

    Source:
        CMS Pub. 100-04, ch. 5, section 20.2, and its worked examples.

    >>> share_by_leftovers([24, 23], unit_minutes=15, partial_minutes=8)
    LeftoverShares(total_units=3, sure=(0,), tied=(), open_units=0)
    >>> share_by_leftovers([20, 20], unit_minutes=15, partial_minutes=8)
    LeftoverShares(total_units=3, sure=(), tied=(0, 1), open_units=1)
    """
    total = units_of(sum(minutes), unit_minutes=unit_minutes, partial_minutes=partial_minutes)
    extra = total - sum([m // unit_minutes for m in minutes])
    if not extra:
        return LeftoverShares(total, (), (), 0)
    leftovers = [m % unit_minutes for m in minutes]
    ranked = sorted(leftovers)
    last = ranked[-extra]
    if extra == len(ranked) or ranked[-extra - 1] < last:
        takers = [index for index, left in enumerate(leftovers) if left >= last]
        return LeftoverShares(total, tuple(takers), (), 0)
    sure = [index for index, left in enumerate(leftovers) if left > last]
    tied = [index for index, left in enumerate(leftovers) if left == last]
    return LeftoverShares(total, tuple(sure), tuple(tied), extra - len(sure))


def first_period(minutes: int, *, first_minutes: int, needed_minutes: int) -> tuple[int, int]:
    """
    Return the units of a family's first period (0 or 1), and the minutes left for its add-on code.

    Use it for families with a first period longer than 15 minutes. Rule ``first-period``.

    Args:
        minutes: Whole minutes of the family.
        first_minutes: Minutes of the first period.
        needed_minutes: Fewest minutes that make the first unit.

    Returns:
        Units of the first period (0 or 1), and the minutes after it (0 if it made no unit).

    Source:
        Guides to 97550 and 97551: the first 30 minutes, and each additional 15.

    >>> [first_period(m, first_minutes=30, needed_minutes=30) for m in (29, 30, 38)]
    [(0, 0), (1, 0), (1, 8)]
    """
    if minutes < needed_minutes:
        return 0, 0
    return 1, max(0, minutes - first_minutes)


class BilledUnit(NamedTuple):
    """
    One unit, with the facts that decide whether a cap removes it.

    Args:
        pool: Index of its discipline.
        code_index: Index of its code or code family, in documented order.
        number: Number of the unit within the code or code family, from 0.
        code: The code.
        minutes: Minutes that made the unit.
    """

    pool: int
    code_index: int
    number: int
    code: str
    minutes: int


def cap_units(
    units: Sequence[BilledUnit],
    *,
    per_code: Mapping[str, int],
    per_codes: Sequence[tuple[Collection[str], int]] = (),
    per_pool: Mapping[int, int],
    per_day: int | None,
    exceeding: Mapping[int, Collection[int]] | None = None,
) -> list[tuple[str, int, BilledUnit]]:
    """
    Return the units that caps remove, each with the rule id and limit of its cap, in the order removed.

    Each cap removes the unit with the fewest minutes first. If units have equal minutes, it removes the
    last unit of the code that was documented last. Fees do not matter, and a full quarter is kept longer
    than a partial one. If the first code of a family loses its unit, its add-on code loses all units.

    The caps apply in this order: ``cap-per-code``, ``cap-per-codes`` (sets in the given order),
    ``cap-per-session``, ``cap-per-day``. If sets overlap, a different order of the sets might keep one more
    unit; the function does not try other orders.

    Args:
        units: The units of the day.
        per_code: Maximum units of each code with a cap.
        per_codes: Sets of codes, each with the maximum total units of its codes.
        per_pool: Maximum units of each discipline, by its index; empty if the payer does not cap sessions.
        per_day: Maximum units of the day, or None if the payer does not cap the day.
        exceeding: For each discipline, the indexes of the codes in sessions that exceed the session cap.
            Only these codes lose units to that cap. None means that all codes can lose units.

    Source:
        Our own conservative reading: payers state limits but do not say which unit to drop.

    >>> day = [BilledUnit(0, 0, 0, "97530", 15), BilledUnit(0, 1, 0, "97110", 9)]
    >>> cap_units(day, per_code={}, per_pool={}, per_day=1)
    [('cap-per-day', 1, BilledUnit(pool=0, code_index=1, number=0, code='97110', minutes=9))]
    """
    kept = sorted(
        units, key=lambda unit: (unit.minutes, -unit.pool, -unit.code_index, -unit.number)
    )
    removed: list[tuple[str, int, BilledUnit]] = []

    def remove(rule: str, limit: int, count: int, group: list[BilledUnit]) -> None:
        for unit in group[: max(0, count - limit)]:
            kept.remove(unit)
            removed.append((rule, limit, unit))

    def remove_add_ons() -> None:
        # An add-on code cannot be billed without its first code. The first unit is removed last, so
        # if it is gone, the units of the add-on code must go too.
        firsts = [cut for cut in removed if cut[2].number == 0]
        for rule, limit, first in firsts:
            for unit in [unit for unit in kept if unit[:2] == first[:2]]:
                kept.remove(unit)
                removed.append((rule, limit, unit))

    for code, limit in per_code.items():
        of_code = [unit for unit in kept if unit.code == code]
        remove("cap-per-code", limit, len(of_code), of_code)
    remove_add_ons()
    for codes, limit in per_codes:
        of_codes = [unit for unit in kept if unit.code in codes]
        remove("cap-per-codes", limit, len(of_codes), of_codes)
        remove_add_ons()
    for pool, limit in per_pool.items():
        in_pool = [unit for unit in kept if unit.pool == pool]
        losing = [
            unit for unit in in_pool if exceeding is None or unit.code_index in exceeding[pool]
        ]
        remove("cap-per-session", limit, len(in_pool), losing)
    if per_day is not None:
        remove("cap-per-day", per_day, len(kept), list(kept))
    return removed
