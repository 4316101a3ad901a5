"""
Minutes to units.

The order of steps under the eight-minute rule: the total of the day sets how many units there are;
each code keeps the full quarters it was given; the units that remain go to the most leftover
minutes. Sharing the units in proportion to the minutes would reproduce the published examples and
still be wrong for some days (25 and 12 minutes, 33 and 7 minutes), so nothing here is proportional.
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
    Return the units that *minutes* make: the full ones, and one more for a long enough rest.

    Rules ``cms-eight-minute``, ``cpt-midpoint``, ``started-quarter``, ``full-quarter``: they differ in
    what counts as long enough, and in whether *minutes* is the day's total or one code's.

    Args:
        minutes: Whole minutes, not negative.
        unit_minutes: Minutes of one unit.
        partial_minutes: Fewest minutes of a partial unit that count as one, 1 to *unit_minutes*.

    Returns:
        Units.

    Source:
        CMS Pub. 100-04, ch. 5, section 20.2; for 15 and 8 minutes its table, 15n - 7 to 15n + 7.

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
        The CPT convention as AAFP and UTHealth report it: 8 of 15, 16 of 30, 31 of 60 minutes.

    >>> [midpoint_minutes(unit) for unit in (15, 30, 60)]
    [8, 16, 31]
    """
    return unit_minutes // 2 + 1


class LeftoverShares(NamedTuple):
    """
    How a day's units fall to its codes.

    Args:
        total_units: Units of the total.
        sure: Positions of the codes that take an extra unit in every admissible split.
        tied: Positions of the codes with equal claims to the units that are left.
        open_units: How many of the tied codes take one.
    """

    total_units: int
    sure: tuple[int, ...]
    tied: tuple[int, ...]
    open_units: int


def share_by_leftovers(
    minutes: Sequence[int], *, unit_minutes: int, partial_minutes: int
) -> LeftoverShares:
    """
    Return which codes take the units that the full quarters leave. Rules ``cms-most-minutes``, ``cms-tie``.

    Never more units are left than codes with leftover minutes: leftovers of at most 14 minutes each
    make at most one unit each.

    Args:
        minutes: Whole minutes of each code of the day.
        unit_minutes: Minutes of one unit.
        partial_minutes: Fewest minutes of a partial unit of the total.

    Returns:
        The shares; each code also keeps ``minutes // unit_minutes`` units.

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
        takers = [place for place, left in enumerate(leftovers) if left >= last]
        return LeftoverShares(total, tuple(takers), (), 0)
    sure = [place for place, left in enumerate(leftovers) if left > last]
    tied = [place for place, left in enumerate(leftovers) if left == last]
    return LeftoverShares(total, tuple(sure), tuple(tied), extra - len(sure))


def first_period(minutes: int, *, first_minutes: int, needed_minutes: int) -> tuple[int, int]:
    """
    Return the unit of a family's longer first period, and the minutes left for its add-on.

    Rule ``first-period``.

    Args:
        minutes: Whole minutes of the family.
        first_minutes: Minutes of the first period.
        needed_minutes: Fewest minutes that make its unit.

    Returns:
        1 or 0 units, and the minutes beyond the first period.

    Source:
        Guides to 97550 and 97551: first 30 minutes, each further 15.

    >>> [first_period(m, first_minutes=30, needed_minutes=30) for m in (29, 30, 38)]
    [(0, 0), (1, 0), (1, 8)]
    """
    if minutes < needed_minutes:
        return 0, 0
    return 1, max(0, minutes - first_minutes)


class BilledUnit(NamedTuple):
    """
    One unit, with what a cap needs to know of it.

    Args:
        pool: Position of its discipline.
        place: Position of its code, in the order documented.
        number: Which unit of the code it is, from 0.
        code: The code.
        minutes: Minutes that stand behind it.
    """

    pool: int
    place: int
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
    Return the units that caps take, each with the cap's rule id and limit, in the order taken.

    A cap first takes the unit with the fewest minutes behind it; of equals the code documented last,
    and of one code its last unit. So neither the fee nor chance decides, an add-on goes before its
    first unit, and a full quarter outlives a partial one. Rules ``cap-per-code``,
    ``cap-per-codes``, ``cap-per-session``, ``cap-per-day``, in this order; sets of codes in the order
    given. Where sets overlap, another order or choice might keep a unit more: none is searched for.

    Args:
        units: The units of the day.
        per_code: Most units of each code that has a cap.
        per_codes: Codes, and the most units of all of them together.
        per_pool: Most units of each discipline by its position, where sessions are capped.
        per_day: Most units of the day, None without a cap.
        exceeding: Places of the codes of sessions that go beyond the cap of a session, by discipline;
            only they lose units by it. None takes them all.

    Source:
        Own reading, conservative: payers state limits and leave open which unit falls.

    >>> day = [BilledUnit(0, 0, 0, "97530", 15), BilledUnit(0, 1, 0, "97110", 9)]
    >>> cap_units(day, per_code={}, per_pool={}, per_day=1)
    [('cap-per-day', 1, BilledUnit(pool=0, place=1, number=0, code='97110', minutes=9))]
    """
    kept = sorted(units, key=lambda unit: (unit.minutes, -unit.pool, -unit.place, -unit.number))
    taken: list[tuple[str, int, BilledUnit]] = []

    def take(rule: str, limit: int, held: int, group: list[BilledUnit]) -> None:
        for unit in group[: max(0, held - limit)]:
            kept.remove(unit)
            taken.append((rule, limit, unit))

    def take_add_ons() -> None:
        # No add-on stands without the first unit of its family, which falls last of its own code.
        firsts = [cut for cut in taken if cut[2].number == 0]
        for rule, limit, first in firsts:
            for unit in [unit for unit in kept if unit[:2] == first[:2]]:
                kept.remove(unit)
                taken.append((rule, limit, unit))

    for code, limit in per_code.items():
        of_code = [unit for unit in kept if unit.code == code]
        take("cap-per-code", limit, len(of_code), of_code)
    take_add_ons()
    for codes, limit in per_codes:
        of_codes = [unit for unit in kept if unit.code in codes]
        take("cap-per-codes", limit, len(of_codes), of_codes)
        take_add_ons()
    for pool, limit in per_pool.items():
        in_pool = [unit for unit in kept if unit.pool == pool]
        losing = [unit for unit in in_pool if exceeding is None or unit.place in exceeding[pool]]
        take("cap-per-session", limit, len(in_pool), losing)
    if per_day is not None:
        take("cap-per-day", per_day, len(kept), list(kept))
    return taken
