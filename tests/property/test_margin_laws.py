"""Compare margins with a search over every change of minutes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from hypothesis import given, settings
from hypothesis import strategies as st

from therapy_billing import MEDICARE, Policy, UnitMethod, allocate_units, unit_margins
from therapy_billing.payers import Counting, FirstPeriod
from therapy_billing.scenarios import UnitMargin

MINUTES = st.integers(0, 70) | st.sampled_from((0, 7, 8, 14, 15, 22, 23))
CODES = st.sampled_from(("97530", "97110", "97112", "97140", "97129", "97550", "96125", "92607"))
QUARTERS = st.sampled_from(("97530", "97110", "97112", "97140"))
PER_CODE = st.sampled_from(
    (UnitMethod.CPT_MIDPOINT, UnitMethod.STARTED_QUARTER, UnitMethod.FULL_QUARTER)
)
POLICIES = st.builds(
    lambda method, period: Policy(Counting(method, first_period=period)),
    st.sampled_from(UnitMethod),
    st.sampled_from(FirstPeriod),
)
FAMILY = {"97129": "97130", "97550": "97551", "92607": "92608"}


def code_units(minutes: Mapping[str, int], policy: Policy, code: str) -> list[int]:
    """Return the units of *code*, including its add-on code, in each legal split."""
    splits = allocate_units(minutes, policy).admissible
    return [split[code] + split.get(FAMILY.get(code, ""), 0) for split in splits]


def day_units(minutes: Mapping[str, int], policy: Policy) -> int:
    """Return the total units of *minutes*."""
    return allocate_units(minutes, policy).total_units


def first_more(units: Callable[[int], int], wanted: int) -> int:
    """Return the fewest minutes, from 1, for which *units* returns at least *wanted*."""
    return next(by for by in range(1, 1440) if units(by) >= wanted)


def most_fewer(units: Callable[[int], int], wanted: int, minutes: int) -> int | None:
    """Return the most minutes that can be dropped while *units* is at least *wanted*. None means all of them."""
    failing = [by for by in range(minutes + 1) if units(by) < wanted]
    return failing[0] - 1 if failing else None


def changed(minutes: Mapping[str, int], code: str, by: int) -> dict[str, int]:
    """Return *minutes* with the minutes of *code* changed by *by*."""
    return {**minutes, code: minutes[code] + by}


def rows_by_code(minutes: Mapping[str, int], policy: Policy) -> dict[str | None, UnitMargin]:
    """Return the margins of one discipline by code. The key None is the whole day."""
    return {row.code: row for row in unit_margins(allocate_units(minutes, policy))}


class TestMarginsByBruteForce:
    @given(st.dictionaries(CODES, MINUTES, min_size=1, max_size=3), POLICIES)
    def test_a_codes_margins_are_what_counting_again_finds(
        self, minutes: dict[str, int], policy: Policy
    ) -> None:
        rows = rows_by_code(minutes, policy)
        assert list(rows) == [None, *minutes]
        for code, given_minutes in minutes.items():
            row = rows[code]
            units = code_units(minutes, policy, code)[0]
            assert (row.units, row.minutes) == (units, given_minutes)

            def fewest(by: int, code: str = code) -> int:
                return min(code_units(changed(minutes, code, by), policy, code))

            def most(by: int, code: str = code) -> int:
                return max(code_units(changed(minutes, code, -by), policy, code))

            assert row.to_next_unit == first_more(fewest, units + 1)
            assert row.to_spare == most_fewer(most, units, given_minutes)

    @given(st.dictionaries(CODES, MINUTES, min_size=1, max_size=3), POLICIES)
    def test_the_days_next_unit_is_on_the_code_that_needs_the_fewest_minutes(
        self, minutes: dict[str, int], policy: Policy
    ) -> None:
        day = rows_by_code(minutes, policy)[None]
        total = day_units(minutes, policy)
        assert (day.units, day.minutes) == (total, sum(minutes.values()))

        def units(by: int, code: str) -> int:
            return day_units(changed(minutes, code, by), policy)

        assert day.to_next_unit == min(
            first_more(partial(units, code=code), total + 1) for code in minutes
        )

    @settings(max_examples=60)
    @given(st.dictionaries(CODES, st.integers(0, 40), min_size=1, max_size=2), POLICIES)
    def test_the_days_minutes_to_spare_can_be_dropped_from_any_codes(
        self, minutes: dict[str, int], policy: Policy
    ) -> None:
        day = rows_by_code(minutes, policy)[None]
        total = day_units(minutes, policy)

        def fewest(by: int) -> int:
            first, *second = minutes
            ways = range(by + 1) if second else (by,)
            left = [
                {first: minutes[first] - way}
                | {code: minutes[code] - (by - way) for code in second}
                for way in ways
            ]
            return min(day_units(day, policy) for day in left if min(day.values()) >= 0)

        assert day.to_spare == most_fewer(fewest, total, sum(minutes.values()))

    @given(st.dictionaries(QUARTERS, MINUTES, min_size=1, max_size=4))
    def test_medicares_margins_of_the_day_depend_only_on_the_total(
        self, minutes: dict[str, int]
    ) -> None:
        (day, *_) = unit_margins(allocate_units(minutes, MEDICARE))
        total = sum(minutes.values())
        units = (total + 7) // 15
        assert (day.code, day.discipline, day.units, day.minutes) == (None, None, units, total)
        assert day.to_next_unit == 15 * units + 8 - total
        assert day.to_spare == (total - (15 * units - 7) if units else None)

    @given(st.dictionaries(QUARTERS, MINUTES, min_size=1, max_size=4), PER_CODE)
    def test_margins_of_a_separately_counted_code_do_not_depend_on_other_codes(
        self, minutes: dict[str, int], method: UnitMethod
    ) -> None:
        rows = rows_by_code(minutes, Policy(method))
        for code, given_minutes in minutes.items():
            assert rows[code] == rows_by_code({code: given_minutes}, Policy(method))[code]
        spare = [rows[code].to_spare for code in minutes]
        assert rows[None].to_spare == min((s for s in spare if s is not None), default=None)
        assert rows[None].to_next_unit == min(rows[code].to_next_unit for code in minutes)
