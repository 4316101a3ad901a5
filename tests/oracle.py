"""
Turn minutes into units a second time, slowly, and from the words of the rules.

It shares no code and no formula with the library. It tries every possible split, and keeps a split if every sentence
of the rules allows it. Each sentence is a small predicate below. The order is:

1. Look up the units of the day in the table, which is a list of rows that continues in the same pattern.
2. For each code, try every number of units, and keep the numbers that the sentences about a single code allow. Such a
   sentence has the same result in every split, so dropping a number here is the same as dropping the split later.
   `manual_splits_unpruned` skips this step and must give the same result.
3. Combine the remaining numbers, and keep the splits that the sentences about the day allow.

Every code here has units of 15 minutes. There are no add-on codes and no other periods.
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
"""Pairs of code and units for every documented code, including zeros. The order does not matter."""

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
"""Units, and the fewest and most timed minutes of the day that make them, as published."""


def as_split(units: Mapping[str, int]) -> Split:
    """Return *units* as a split. Splits are equal in any order of the codes."""
    return frozenset(units.items())


def unit_rows() -> Iterator[tuple[int, int, int]]:
    """Yield the rows of the table without end. After the published rows, each row starts 15 minutes after the row before it."""
    yield from UNIT_TABLE
    units, least, most = UNIT_TABLE[-1]
    while True:
        units, least, most = units + 1, least + QUARTER, most + QUARTER
        yield units, least, most


@functools.cache
def day_units(total: int) -> int:
    """Return the units of the table row for *total* timed minutes (R2)."""
    return next(units for units, least, most in unit_rows() if least <= total <= most)


def whole_quarters(minutes: int) -> int:
    """Return the number of full quarters of an hour in *minutes*."""
    quarters = 0
    while minutes >= QUARTER:
        minutes -= QUARTER
        quarters += 1
    return quarters


def minutes_beyond(minutes: int, units: int) -> int:
    """Return the minutes left after taking *units* quarters out of *minutes*."""
    return max(0, minutes - QUARTER * units)


# Sentences about a single code. Their arguments are its minutes and the units that it would get.


def gets_its_whole_quarters(minutes: int, units: int) -> bool:
    """R3: a code with 15 minutes has at least one unit, with 30 minutes at least two, and so on."""
    return units >= whole_quarters(minutes)


def has_minutes_for_each_unit(minutes: int, units: int) -> bool:
    """R5: a unit is billed for minutes of that code, so the last unit needs at least one minute."""
    return units == 0 or minutes_beyond(minutes, units - 1) > 0


CODE_SENTENCES: tuple[Callable[[int, int], bool], ...] = (
    gets_its_whole_quarters,
    has_minutes_for_each_unit,
)


# Sentences about the day. Their arguments are the minutes of each code and the units that it would get.


def only_service_needs_eight_minutes(minutes: tuple[int, ...], units: tuple[int, ...]) -> bool:
    """R1: if there is only one timed service and it took under 8 minutes, nothing is billed."""
    given = [m for m in minutes if m > 0]
    if len(given) == 1 and given[0] < 8:
        return sum(units) == 0
    return True


def makes_the_units_of_the_day(minutes: tuple[int, ...], units: tuple[int, ...]) -> bool:
    """R2: the units of all codes add up to the units in the table for the total minutes."""
    return sum(units) == day_units(sum(minutes))


def shares_with_each_quarter(minutes: tuple[int, ...], units: tuple[int, ...]) -> bool:
    """R4: one code may not take all units if another code also reached 15 minutes."""
    for taker, taken in enumerate(units):
        takes_all = taken > 0 and taken == sum(units)
        others = [m for index, m in enumerate(minutes) if index != taker]
        if takes_all and any(m >= QUARTER for m in others):
            return False
    return True


def extra_units_follow_leftover(minutes: tuple[int, ...], units: tuple[int, ...]) -> bool:
    """
    R5 and R7: units beyond the full quarters go to the codes with the most leftover minutes.

    No code may have such a unit while another code with more leftover minutes has none. The sentence does not decide
    between codes with equal leftover minutes, so both splits stay.
    """
    quarters = [whole_quarters(m) for m in minutes]
    left = [minutes_beyond(m, q) for m, q in zip(minutes, quarters, strict=True)]
    extra = [u - q for u, q in zip(units, quarters, strict=True)]
    with_unit = [m for m, more in zip(left, extra, strict=True) if more > 0]
    without = [m for m, more in zip(left, extra, strict=True) if more <= 0]
    return not with_unit or not without or min(with_unit) >= max(without)


def short_services_join_under_the_longest(minutes: tuple[int, ...], units: tuple[int, ...]) -> bool:
    """
    R6: services of 7 minutes or less that add up to 8 make a unit of the longest of them.

    The sentence is about one unit, and its examples have two or three services, which never reach 23 minutes. Four or
    more services can, and then the table decides the number of units.
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
def _possible_units(minutes: int) -> tuple[int, ...]:
    """Return the numbers of units that the sentences about a single code allow for *minutes*."""
    # A code cannot have more units than minutes.
    every = range(minutes + 2)
    return tuple(u for u in every if all(holds(minutes, u) for holds in CODE_SENTENCES))


@functools.cache
def _allowed(minutes: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    every = itertools.product(*(_possible_units(m) for m in minutes))
    return tuple(u for u in every if all(holds(minutes, u) for holds in DAY_SENTENCES))


def manual_splits(minutes: Mapping[str, int]) -> frozenset[Split]:
    """Return every split of the day's units that the rules allow for *minutes*."""
    # Sorting the codes lets days in a different order share the cache. No sentence depends on the
    # name or the order of the codes.
    codes = sorted(minutes, key=lambda code: minutes[code])
    allowed = _allowed(tuple(minutes[code] for code in codes))
    return frozenset(frozenset(zip(codes, units, strict=True)) for units in allowed)


def manual_splits_unpruned(minutes: Mapping[str, int]) -> frozenset[Split]:
    """Return the same splits as `manual_splits`, but try every number of units for every code."""
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
    """Count one unit for each quarter of an hour in which *minutes* reach minute *reached_in*."""
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
    """Return the units of each code if a unit counts once its midpoint has passed."""
    # The midpoint is 7 min 30 s, so the eighth minute is the first one past it.
    return {code: _count_quarters(m, reached_in=8) for code, m in minutes.items()}


def started_units(minutes: Mapping[str, int]) -> dict[str, int]:
    """Return the units of each code if every started quarter of an hour counts."""
    return {code: _count_quarters(m, reached_in=1) for code, m in minutes.items()}


def full_units(minutes: Mapping[str, int]) -> dict[str, int]:
    """Return the units of each code if only full quarters of an hour count."""
    return {code: _count_quarters(m, reached_in=QUARTER) for code, m in minutes.items()}
