"""
The arithmetic that turns minutes into units.

The eight-minute rule has three steps. The day's total minutes set the number of units. Each code keeps
one unit for each full quarter (15 minutes). The remaining units go to the codes with the most leftover
minutes. Sharing the units in proportion to minutes is wrong on some days. For example, codes with 40 and 9
minutes make 3 units in total. Under the rule, the first code gets all 3: it has two full quarters and the most
leftover minutes (10). In proportion to minutes, the first code would get only 2.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from therapy_billing.base.money import WholeNumber

__all__ = [
    "BilledUnit",
    "CutUnit",
    "LeftoverShares",
    "UnitCap",
    "cap_units",
    "first_period",
    "midpoint_minutes",
    "share_by_leftovers",
    "units_of",
]


def units_of(
    minutes: WholeNumber, *, unit_minutes: int, partial_minutes: WholeNumber
) -> WholeNumber:
    """
    Return the units that *minutes* make: all full units, plus one if enough minutes are left over.

    The rules ``cms-eight-minute``, ``cpt-midpoint``, ``started-quarter``, and ``full-quarter`` use
    different values of *partial_minutes*. *minutes* is the day's total or the minutes of one code. The numbers are ints or arrays.

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
    units: WholeNumber = (minutes + unit_minutes - partial_minutes) // unit_minutes
    return units


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
        minutes: Minutes that made the unit. A unit of an untimed code has the minutes of a full quarter, so a cap treats
            it like one.
    """

    pool: int
    code_index: int
    number: int
    code: str
    minutes: int


class UnitCap(NamedTuple):
    """
    A cap, as applied to the units of a day.

    Args:
        rule: Id of the rule.
        limit: How many units the cap keeps.
        counts: Indexes of the units that count.
        may_lose: Indexes of the units that the cap may remove.
        words: The payer's cap in words, if *limit* does not say it: the cap may be for each provider.
    """

    rule: str
    limit: int
    counts: frozenset[int]
    may_lose: frozenset[int]
    words: str = ""


class CutUnit(NamedTuple):
    """
    A unit that a cap removed.

    Args:
        rule: Id of the rule of the cap.
        limit: How many units the cap keeps.
        unit: The unit.
        words: The payer's cap in words, if *limit* does not say it.
    """

    rule: str
    limit: int
    unit: BilledUnit
    words: str = ""


def cap_units(
    units: Sequence[BilledUnit], caps: Sequence[UnitCap], *, worth: Mapping[str, Decimal]
) -> Iterator[tuple[CutUnit, ...]]:
    """
    Yield every legal way to apply *caps*, the preferred way first: the removed units in the order removed.

    Rules ``cap-per-code``, ``cap-per-codes``, ``cap-per-session``, ``cap-per-provider``, ``cap-per-discipline``,
    ``cap-per-day``, and ``cap-tie``. The caps apply in the given order. Each cap removes the units with the fewest minutes. If units of several codes have
    equal minutes, the claim may keep any of them, so each choice is a way of its own. The preferred way removes the unit
    with the lowest *worth*, and among equals the last unit of the code that was documented last. If the first code of a
    family loses its unit, its add-on code loses all units.

    Args:
        units: The units of the day.
        caps: The caps, from the narrowest to the widest. Another order might keep one more unit if caps overlap; the
            function does not try other orders.
        worth: How much the tie policy prefers each code; a code that is not listed has 0.

    Source:
        Our own conservative reading: payers state limits but do not say which unit to drop.

    >>> day = [BilledUnit(0, 0, 0, "97530", 15), BilledUnit(0, 1, 0, "97110", 9), BilledUnit(0, 2, 0, "97112", 9)]
    >>> every = frozenset(range(3))
    >>> for way in cap_units(day, [UnitCap("cap-per-day", 2, every, every)], worth={}):
    ...     print([cut.unit.code for cut in way])
    ['97112']
    ['97110']
    """
    yield from _ways(units, caps, frozenset(range(len(units))), (), worth)


def _ways(
    units: Sequence[BilledUnit],
    caps: Sequence[UnitCap],
    kept: frozenset[int],
    removed: tuple[CutUnit, ...],
    worth: Mapping[str, Decimal],
) -> Iterator[tuple[CutUnit, ...]]:
    if not caps:
        yield removed
        return
    cap, *further = caps
    excess = len(kept & cap.counts) - cap.limit
    losing = sorted(kept & cap.may_lose, key=lambda index: units[index].minutes)
    if excess <= 0:
        yield from _ways(units, further, kept, removed, worth)
        return
    last = units[losing[min(excess, len(losing)) - 1]].minutes if losing else 0
    sure = [index for index in losing if units[index].minutes < last]
    equal = [index for index in losing if units[index].minutes == last]
    for chosen in _choices(units, equal, excess - len(sure), worth):
        gone = [*_ordered(units, sure, worth), *chosen]
        gone += _add_ons(units, kept.difference(gone), gone)
        cut = tuple(CutUnit(cap.rule, cap.limit, units[index], cap.words) for index in gone)
        yield from _ways(units, further, kept.difference(gone), (*removed, *cut), worth)


def _ordered(
    units: Sequence[BilledUnit], indexes: Iterable[int], worth: Mapping[str, Decimal]
) -> list[int]:
    """
    Return *indexes* in the order in which a cap removes the units.

    Of each code or family, the last unit goes first, whatever it is worth, because an add-on code needs its first code.
    """
    groups: dict[tuple[int, int], list[int]] = {}
    for index in sorted(indexes, key=lambda each: (-units[each].minutes, units[each].number)):
        groups.setdefault((units[index].pool, units[index].code_index), []).append(index)

    def next_to_go(group: list[int]) -> tuple[object, ...]:
        unit = units[group[-1]]
        return (unit.minutes, worth.get(unit.code, 0), -unit.pool, -unit.code_index)

    order = []
    left = list(groups.values())
    while left:
        group = min(left, key=next_to_go)
        order.append(group.pop())
        left = [each for each in left if each]
    return order


def _choices(
    units: Sequence[BilledUnit], equal: Sequence[int], count: int, worth: Mapping[str, Decimal]
) -> Iterator[list[int]]:
    """Yield every way to remove *count* of the *equal* units, the preferred way first."""
    order = _ordered(units, equal, worth)
    sizes: dict[tuple[int, int], int] = {}
    ranked = []
    for index in order:
        key = units[index].pool, units[index].code_index
        ranked.append((key, sizes.get(key, 0), index))
        sizes[key] = ranked[-1][1] + 1
    if count >= len(order):
        yield order
        return
    preferred = order[:count]
    yield preferred
    for taken in _shares(list(sizes.values()), count):
        most = dict(zip(sizes, taken, strict=True))
        chosen = [index for key, place, index in ranked if place < most[key]]
        if chosen != preferred:
            yield chosen


def _shares(sizes: Sequence[int], count: int) -> Iterator[tuple[int, ...]]:
    """Yield every way to take *count* items from groups of *sizes*."""
    if not sizes:
        yield ()
        return
    first, *further = sizes
    for taken in range(min(first, count), max(0, count - sum(further)) - 1, -1):
        for rest in _shares(further, count - taken):
            yield (taken, *rest)


def _add_ons(units: Sequence[BilledUnit], kept: Iterable[int], gone: Sequence[int]) -> list[int]:
    """Return the kept units of each family whose first unit is gone: an add-on code cannot be billed without it."""
    without = {units[index][:2] for index in gone if units[index].number == 0}
    add_ons = [index for index in kept if units[index][:2] in without]
    return sorted(add_ons, key=lambda index: (units[index].minutes, -units[index].number))
