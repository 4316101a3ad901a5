"""
A slow second opinion on minutes to units, written from the words of the rules.

It shares no code and no formula with the library. Every split that can be thought of is tried, and
a split stays when each sentence of the rules, a small predicate below, lets it stay. The order is:

1. Look the units of the day up in the table, kept as rows and continued by its pattern.
2. For each code think of every number of units, and keep those that the sentences about one code
   alone allow. A sentence that reads only one code says the same in every split, so dropping the
   number here or the whole split later is the same; `manual_splits_unpruned` leaves this step out
   and must agree.
3. Combine the numbers that are left, and keep the splits that the sentences about the day allow.

Every code here has a unit of 15 minutes and stands alone: no add-on codes, no other time basis.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Mapping

__all__ = [
    "Split",
    "as_split",
    "day_units",
    "full_units",
    "manual_splits",
    "manual_splits_unpruned",
    "midpoint_units",
    "started_units",
]

Split = frozenset[tuple[str, int]]
"""Units of every documented code, zeros included, as pairs: the order of the codes says nothing."""

QUARTER = 15

UNIT_TABLE = (
    (0, 0, 7),
    (1, 8, 22),
    (2, 23, 37),
    (3, 38, 52),
    (4, 53, 67),
    (5, 68, 82),
    (6, 83, 97),
    (7, 98, 112),
    (8, 113, 127),
)
"""Units, and the least and the most timed minutes of the day that make them, as published."""


def as_split(units: Mapping[str, int]) -> Split:
    """Return *units* as a split, which compares equal whatever the order of the codes."""
    return frozenset(units.items())


def unit_rows() -> Iterator[tuple[int, int, int]]:
    """Yield the rows of the table without end: beyond two hours each row is 15 minutes later."""
    yield from UNIT_TABLE
    units, least, most = UNIT_TABLE[-1]
    while True:
        units, least, most = units + 1, least + QUARTER, most + QUARTER
        yield units, least, most


@functools.cache
def day_units(total: int) -> int:
    """Return the units of the row of the table that holds *total* timed minutes (R2)."""
    return next(units for units, least, most in unit_rows() if least <= total <= most)


def whole_quarters(minutes: int) -> int:
    """Return how often a full quarter of an hour can be taken out of *minutes*."""
    quarters = 0
    while minutes >= QUARTER:
        minutes -= QUARTER
        quarters += 1
    return quarters


def minutes_beyond(minutes: int, units: int) -> int:
    """Return the minutes that are left of *minutes* when *units* quarters are taken out of them."""
    return max(0, minutes - QUARTER * units)


# Sentences about one code alone: the minutes of the code, the units it would get.


def gets_its_whole_quarters(minutes: int, units: int) -> bool:
    """R3: a code given for 15 minutes has a unit at least, for 30 minutes two, and so on."""
    return units >= whole_quarters(minutes)


def has_minutes_for_each_unit(minutes: int, units: int) -> bool:
    """R5: a unit is given for minutes of that code, so the last unit of a code must hold some."""
    return units == 0 or minutes_beyond(minutes, units - 1) > 0


CODE_SENTENCES: tuple[Callable[[int, int], bool], ...] = (
    gets_its_whole_quarters,
    has_minutes_for_each_unit,
)


# Sentences about the day: the minutes of each code, the units each would get.


def only_service_needs_eight_minutes(minutes: tuple[int, ...], units: tuple[int, ...]) -> bool:
    """R1: when one timed service is all there was and took under 8 minutes, nothing is billed."""
    given = [m for m in minutes if m > 0]
    if len(given) == 1 and given[0] < 8:
        return sum(units) == 0
    return True


def makes_the_units_of_the_day(minutes: tuple[int, ...], units: tuple[int, ...]) -> bool:
    """R2: the units of all codes are those of the table for the minutes of all codes."""
    return sum(units) == day_units(sum(minutes))


def shares_with_each_quarter(minutes: tuple[int, ...], units: tuple[int, ...]) -> bool:
    """R4: one code may not take all the units when another code reached 15 minutes too."""
    for taker, taken in enumerate(units):
        takes_all = taken > 0 and taken == sum(units)
        others = [m for place, m in enumerate(minutes) if place != taker]
        if takes_all and any(m >= QUARTER for m in others):
            return False
    return True


def extra_units_follow_leftover(minutes: tuple[int, ...], units: tuple[int, ...]) -> bool:
    """
    R5 and R7: units beyond the whole quarters go where the most minutes are left over.

    No code may have such a unit while another with more minutes left over has none. Between equal
    leftovers the sentence is silent, so either split stays.
    """
    quarters = [whole_quarters(m) for m in minutes]
    left = [minutes_beyond(m, q) for m, q in zip(minutes, quarters, strict=True)]
    extra = [u - q for u, q in zip(units, quarters, strict=True)]
    with_unit = [m for m, more in zip(left, extra, strict=True) if more > 0]
    without = [m for m, more in zip(left, extra, strict=True) if more <= 0]
    return not with_unit or not without or min(with_unit) >= max(without)


def short_services_join_under_the_longest(minutes: tuple[int, ...], units: tuple[int, ...]) -> bool:
    """
    R6: services of 7 minutes or less that reach 8 together make a unit, under the longest of them.

    The sentence speaks of one unit and is illustrated with two and three services, which never
    reach 23 minutes. Four or more may, and then the table decides how many units there are.
    """
    together = sum(minutes)
    if any(m > 7 for m in minutes) or not 8 <= together <= 22:
        return True
    billed = [m for m, u in zip(minutes, units, strict=True) if u > 0]
    return sum(units) == 1 and billed == [max(minutes)]


DAY_SENTENCES: tuple[Callable[[tuple[int, ...], tuple[int, ...]], bool], ...] = (
    makes_the_units_of_the_day,
    only_service_needs_eight_minutes,
    shares_with_each_quarter,
    extra_units_follow_leftover,
    short_services_join_under_the_longest,
)


@functools.cache
def _thinkable(minutes: int) -> tuple[int, ...]:
    """Return the units that a code of *minutes* may have by the sentences about one code alone."""
    # More units than minutes is past anything that could be thought of.
    every = range(minutes + 2)
    return tuple(u for u in every if all(holds(minutes, u) for holds in CODE_SENTENCES))


@functools.cache
def _allowed(minutes: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    every = itertools.product(*(_thinkable(m) for m in minutes))
    return tuple(u for u in every if all(holds(minutes, u) for holds in DAY_SENTENCES))


def manual_splits(minutes: Mapping[str, int]) -> frozenset[Split]:
    """Return every split of the day's units over the codes of *minutes* that the rules allow."""
    # One sorted day stands for all its orders: no sentence reads a code's name or its place, so
    # exchanging two codes exchanges their units in every split and changes nothing else.
    codes = sorted(minutes, key=lambda code: minutes[code])
    allowed = _allowed(tuple(minutes[code] for code in codes))
    return frozenset(frozenset(zip(codes, units, strict=True)) for units in allowed)


def manual_splits_unpruned(minutes: Mapping[str, int]) -> frozenset[Split]:
    """Return the same as `manual_splits`, trying every number of units for every code."""
    amounts = tuple(minutes.values())
    most = day_units(sum(amounts)) + 1
    return frozenset(
        frozenset(zip(minutes, units, strict=True))
        for units in itertools.product(range(most + 1), repeat=len(amounts))
        if all(holds(amounts, units) for holds in DAY_SENTENCES)
        and all(
            holds(m, u) for m, u in zip(amounts, units, strict=True) for holds in CODE_SENTENCES
        )
    )


def _count_quarters(minutes: int, *, reached_in: int) -> int:
    """Walk through *minutes* and count a unit in minute *reached_in* of each quarter of an hour."""
    units = 0
    in_quarter = 0
    for _ in range(minutes):
        in_quarter += 1
        if in_quarter == reached_in:
            units += 1
        if in_quarter == QUARTER:
            in_quarter = 0
    return units


def midpoint_units(minutes: Mapping[str, int]) -> dict[str, int]:
    """Return each code's own units when a unit is reached once its midpoint has passed."""
    # The midpoint is 7 min 30 s, so the first whole minute past it is the eighth.
    return {code: _count_quarters(m, reached_in=8) for code, m in minutes.items()}


def started_units(minutes: Mapping[str, int]) -> dict[str, int]:
    """Return each code's own units when every quarter of an hour that was started counts."""
    return {code: _count_quarters(m, reached_in=1) for code, m in minutes.items()}


def full_units(minutes: Mapping[str, int]) -> dict[str, int]:
    """Return each code's own units when only quarters of an hour that were completed count."""
    return {code: _count_quarters(m, reached_in=QUARTER) for code, m in minutes.items()}
