"""The arithmetic of minutes and units, with both sides of each boundary."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial

import pytest

from therapy_billing.units.rules import (
    BilledUnit,
    LeftoverShares,
    UnitCap,
    cap_units,
    first_period,
    midpoint_minutes,
    share_by_leftovers,
    units_of,
)

# The table of CMS Pub. 100-04, ch. 5, section 20.2, continued by its pattern: the fewest and most minutes.
CMS_TABLE = (
    (0, 0, 7),
    (1, 8, 22),
    (2, 23, 37),
    (3, 38, 52),
    (4, 53, 67),
    (5, 68, 82),
    (6, 83, 97),
    (7, 98, 112),
    (8, 113, 127),
    (9, 128, 142),
)


def shares(*minutes: int, partial_minutes: int = 8) -> LeftoverShares:
    """Share the units of *minutes* among 15-minute codes."""
    return share_by_leftovers(minutes, unit_minutes=15, partial_minutes=partial_minutes)


def unit(
    minutes: int, *, pool: int = 0, code_index: int = 0, number: int = 0, code: str = "97530"
) -> BilledUnit:
    """Return a unit made from *minutes*."""
    return BilledUnit(pool, code_index, number, code, minutes)


class TestUnitsOf:
    @pytest.mark.parametrize(("units", "fewest", "most"), CMS_TABLE)
    def test_each_row_of_the_table_starts_and_ends_at_its_minutes(
        self, units: int, fewest: int, most: int
    ) -> None:
        assert units_of(fewest, unit_minutes=15, partial_minutes=8) == units
        assert units_of(most, unit_minutes=15, partial_minutes=8) == units
        assert units_of(most + 1, unit_minutes=15, partial_minutes=8) == units + 1

    @pytest.mark.parametrize(
        ("unit_minutes", "partial_minutes", "first", "second"),
        [
            (15, 1, 1, 16),
            (15, 8, 8, 23),
            (15, 10, 10, 25),
            (15, 15, 15, 30),
            (30, 16, 16, 46),
            (30, 30, 30, 60),
            (60, 31, 31, 91),
            (60, 60, 60, 120),
            (1, 1, 1, 2),
        ],
    )
    def test_a_unit_begins_with_the_fewest_minutes_of_a_partial_one(
        self, unit_minutes: int, partial_minutes: int, first: int, second: int
    ) -> None:
        counted = [
            units_of(minutes, unit_minutes=unit_minutes, partial_minutes=partial_minutes)
            for minutes in (0, first - 1, first, second - 1, second)
        ]
        assert counted == [0, 0, 1, 1, 2]

    def test_a_day_of_1440_minutes_has_96_quarters(self) -> None:
        assert units_of(1440, unit_minutes=15, partial_minutes=8) == 96
        assert units_of(1440, unit_minutes=15, partial_minutes=15) == 96


def test_the_midpoint_is_passed_by_the_first_whole_minute_beyond_half() -> None:
    assert [midpoint_minutes(period) for period in (1, 2, 14, 15, 16, 30, 60, 120)] == [
        1,
        2,
        8,
        8,
        9,
        16,
        31,
        61,
    ]


class TestShareByLeftovers:
    def test_no_minutes_share_nothing(self) -> None:
        assert shares() == LeftoverShares(0, (), (), 0)
        assert shares(0) == LeftoverShares(0, (), (), 0)
        assert shares(0, 0) == LeftoverShares(0, (), (), 0)

    @pytest.mark.parametrize(
        ("minutes", "expected"),
        [
            ((7,), LeftoverShares(0, (), (), 0)),
            ((8,), LeftoverShares(1, (0,), (), 0)),
            ((15,), LeftoverShares(1, (), (), 0)),
            ((22,), LeftoverShares(1, (), (), 0)),
            ((23,), LeftoverShares(2, (0,), (), 0)),
            ((30,), LeftoverShares(2, (), (), 0)),
        ],
    )
    def test_one_code_takes_a_unit_for_eight_leftover_minutes_and_none_for_seven(
        self, minutes: tuple[int, ...], expected: LeftoverShares
    ) -> None:
        assert shares(*minutes) == expected

    @pytest.mark.parametrize(
        ("minutes", "expected"),
        [
            ((24, 23), LeftoverShares(3, (0,), (), 0)),
            ((23, 24), LeftoverShares(3, (1,), (), 0)),
            ((33, 7), LeftoverShares(3, (1,), (), 0)),
            ((35, 7), LeftoverShares(3, (1,), (), 0)),
            ((25, 12), LeftoverShares(2, (1,), (), 0)),
            ((23, 7), LeftoverShares(2, (0,), (), 0)),
            ((23, 10), LeftoverShares(2, (1,), (), 0)),
            ((20, 10), LeftoverShares(2, (1,), (), 0)),
            ((18, 13, 10, 8), LeftoverShares(3, (1, 2), (), 0)),
            ((30, 15, 8), LeftoverShares(4, (2,), (), 0)),
        ],
    )
    def test_the_most_leftover_minutes_take_the_units_that_are_left(
        self, minutes: tuple[int, ...], expected: LeftoverShares
    ) -> None:
        assert shares(*minutes) == expected

    @pytest.mark.parametrize(
        ("minutes", "expected"),
        [
            ((20, 20), LeftoverShares(3, (), (0, 1), 1)),
            ((8, 8), LeftoverShares(1, (), (0, 1), 1)),
            ((7, 7), LeftoverShares(1, (), (0, 1), 1)),
            ((7, 7, 7), LeftoverShares(1, (), (0, 1, 2), 1)),
            ((23, 8), LeftoverShares(2, (), (0, 1), 1)),
            # Two units remain for three equal codes; the code with fewer minutes gets none.
            ((10, 10, 10, 5), LeftoverShares(2, (), (0, 1, 2), 2)),
            # One code gets a unit in any case; two equal codes are tied for the other unit.
            ((14, 9, 9), LeftoverShares(2, (0,), (1, 2), 1)),
            ((9, 14, 9), LeftoverShares(2, (1,), (0, 2), 1)),
            ((9, 13, 9, 14, 2), LeftoverShares(3, (1, 3), (0, 2), 1)),
        ],
    )
    def test_equal_leftovers_across_the_last_unit_leave_it_open(
        self, minutes: tuple[int, ...], expected: LeftoverShares
    ) -> None:
        assert shares(*minutes) == expected

    @pytest.mark.parametrize(
        ("minutes", "expected"),
        [
            ((14, 14), LeftoverShares(2, (0, 1), (), 0)),
            ((12, 12, 1), LeftoverShares(2, (0, 1), (), 0)),
            ((1, 12, 12), LeftoverShares(2, (1, 2), (), 0)),
            ((11, 12), LeftoverShares(2, (0, 1), (), 0)),
        ],
    )
    def test_equal_leftovers_that_all_take_a_unit_leave_nothing_open(
        self, minutes: tuple[int, ...], expected: LeftoverShares
    ) -> None:
        assert shares(*minutes) == expected

    @pytest.mark.parametrize(
        ("partial_minutes", "expected"),
        [
            (1, LeftoverShares(2, (0, 1), (), 0)),
            (5, LeftoverShares(2, (0, 1), (), 0)),
            (6, LeftoverShares(1, (), (0, 1), 1)),
            (15, LeftoverShares(1, (), (0, 1), 1)),
        ],
    )
    def test_the_fewest_minutes_of_a_partial_unit_are_those_given(
        self, partial_minutes: int, expected: LeftoverShares
    ) -> None:
        assert shares(10, 10, partial_minutes=partial_minutes) == expected

    def test_units_of_another_length_are_shared_by_their_own_leftovers(self) -> None:
        shared = share_by_leftovers([70, 25], unit_minutes=60, partial_minutes=31)
        assert shared == LeftoverShares(2, (1,), (), 0)
        shared = share_by_leftovers([70, 20], unit_minutes=60, partial_minutes=31)
        assert shared == LeftoverShares(1, (), (), 0)

    def test_sure_and_open_units_with_the_full_quarters_are_the_units_of_the_total(self) -> None:
        for minutes in itertools.product(range(46), range(0, 46, 7), (0, 7, 8, 14)):
            shared = shares(*minutes)
            whole = sum(given // 15 for given in minutes)
            assert shared.total_units == (sum(minutes) + 7) // 15
            assert whole + len(shared.sure) + shared.open_units == shared.total_units
            assert shared.open_units < len(shared.tied) or not shared.tied
            assert bool(shared.open_units) is bool(shared.tied)
            assert not set(shared.sure) & set(shared.tied)


class TestFirstPeriod:
    @pytest.mark.parametrize(
        ("minutes", "expected"),
        [(0, (0, 0)), (29, (0, 0)), (30, (1, 0)), (31, (1, 1)), (38, (1, 8)), (45, (1, 15))],
    )
    def test_all_thirty_minutes_make_the_first_unit_when_all_are_needed(
        self, minutes: int, expected: tuple[int, int]
    ) -> None:
        assert first_period(minutes, first_minutes=30, needed_minutes=30) == expected

    @pytest.mark.parametrize(
        ("minutes", "expected"),
        [(15, (0, 0)), (16, (1, 0)), (29, (1, 0)), (30, (1, 0)), (31, (1, 1)), (60, (1, 30))],
    )
    def test_half_of_the_minutes_makes_the_unit_but_leaves_nothing_before_the_period_is_full(
        self, minutes: int, expected: tuple[int, int]
    ) -> None:
        assert first_period(minutes, first_minutes=30, needed_minutes=16) == expected


def _code_is(code: str, each: BilledUnit) -> bool:
    return each.code == code


def _codes_is(codes: Collection[str], each: BilledUnit) -> bool:
    return each.code in codes


def _pool_is(pool: int, each: BilledUnit) -> bool:
    return each.pool == pool


def first_way(
    day: list[BilledUnit],
    *,
    per_code: Mapping[str, int],
    per_codes: Sequence[tuple[Collection[str], int]] = (),
    per_pool: Mapping[int, int],
    per_day: int | None,
    exceeding: Mapping[int, Collection[int]] | None = None,
) -> list[tuple[str, int, BilledUnit]]:
    """Return the units that the preferred way removes, under caps of codes, sets, disciplines, and the day."""

    def where(holds: Callable[[BilledUnit], bool]) -> frozenset[int]:
        return frozenset(index for index, each in enumerate(day) if holds(each))

    caps = []
    for code, limit in per_code.items():
        own = where(partial(_code_is, code))
        caps.append(UnitCap("cap-per-code", limit, own, own))
    for codes, limit in per_codes:
        own = where(partial(_codes_is, codes))
        caps.append(UnitCap("cap-per-codes", limit, own, own))
    for pool, limit in per_pool.items():
        own = where(partial(_pool_is, pool))
        may_lose = own
        if exceeding is not None:
            may_lose = frozenset(index for index in own if day[index].code_index in exceeding[pool])
        caps.append(UnitCap("cap-per-session", limit, own, may_lose))
    if per_day is not None:
        every = where(lambda _: True)
        caps.append(UnitCap("cap-per-day", per_day, every, every))
    return [(cut.rule, cut.limit, cut.unit) for cut in next(cap_units(day, caps, worth={}))]


class TestCapUnits:
    def test_no_cap_takes_nothing(self) -> None:
        assert first_way([unit(15), unit(8)], per_code={}, per_pool={}, per_day=None) == []
        assert first_way([], per_code={"97530": 0}, per_pool={0: 0}, per_day=0) == []

    @pytest.mark.parametrize(("limit", "removed"), [(0, 3), (1, 2), (2, 1), (3, 0), (4, 0)])
    def test_a_day_cap_removes_exactly_the_units_above_it(self, limit: int, removed: int) -> None:
        day = [unit(15, code_index=0), unit(14, code_index=1), unit(13, code_index=2)]
        cuts = first_way(day, per_code={}, per_pool={}, per_day=limit)
        fewest_first = [day[2], day[1], day[0]]
        assert cuts == [("cap-per-day", limit, each) for each in fewest_first[:removed]]

    def test_the_unit_with_the_fewest_minutes_is_removed_first(self) -> None:
        day = [unit(9, code_index=0), unit(15, code_index=1), unit(8, code_index=2)]
        cuts = first_way(day, per_code={}, per_pool={}, per_day=1)
        assert [cut.minutes for _, _, cut in cuts] == [8, 9]

    def test_equal_units_are_removed_from_the_last_discipline_code_and_unit(
        self,
    ) -> None:
        day = [
            unit(15, pool=pool, code_index=code_index, number=number)
            for pool in (0, 1)
            for code_index in (0, 1)
            for number in (0, 1)
        ]
        cuts = first_way(day, per_code={}, per_pool={}, per_day=0)
        assert [cut for _, _, cut in cuts] == day[::-1]

    def test_an_add_on_is_removed_with_its_own_first_unit_only(self) -> None:
        first = unit(15, code="97129")
        further = [unit(15, number=1, code="97130"), unit(8, number=2, code="97130")]
        others = [
            unit(8, code_index=1),
            unit(8, pool=1, code="97130"),
            unit(7, pool=1, code_index=1),
        ]
        cuts = first_way(
            [first, *further, *others], per_code={"97129": 0}, per_pool={}, per_day=None
        )
        assert cuts == [
            ("cap-per-code", 0, first),
            ("cap-per-code", 0, further[1]),
            ("cap-per-code", 0, further[0]),
        ]

    def test_an_add_on_keeps_the_units_that_its_own_cap_left(self) -> None:
        family = [
            unit(15, code="97129"),
            unit(15, number=1, code="97130"),
            unit(8, number=2, code="97130"),
        ]
        cuts = first_way(family, per_code={"97130": 1}, per_pool={}, per_day=2)
        assert cuts == [("cap-per-code", 1, family[2])]

    def test_a_removed_add_on_does_not_count_for_the_day_cap(self) -> None:
        family = [unit(15, code="97129"), unit(15, number=1, code="97130")]
        other = unit(8, code_index=1)
        cuts = first_way([*family, other], per_code={"97129": 0}, per_pool={}, per_day=1)
        assert [cut for _, _, cut in cuts] == family

    def test_a_code_cap_does_not_touch_other_codes(self) -> None:
        day = [
            unit(15, code_index=0, number=0, code="97530"),
            unit(9, code_index=0, number=1, code="97530"),
            unit(8, code_index=1, number=0, code="97110"),
        ]
        cuts = first_way(day, per_code={"97530": 1}, per_pool={}, per_day=None)
        assert cuts == [("cap-per-code", 1, day[1])]
        assert first_way(day, per_code={"97530": 2}, per_pool={}, per_day=None) == []
        assert first_way(day, per_code={"97112": 0}, per_pool={}, per_day=None) == []

    def test_a_cap_of_a_code_counts_it_over_all_disciplines(self) -> None:
        day = [unit(15, pool=0), unit(12, pool=1)]
        cuts = first_way(day, per_code={"97530": 1}, per_pool={}, per_day=None)
        assert cuts == [("cap-per-code", 1, day[1])]

    def test_a_session_cap_counts_each_discipline_separately(self) -> None:
        day = [
            unit(15, pool=0, number=0),
            unit(10, pool=0, number=1),
            unit(9, pool=1, number=0),
        ]
        cuts = first_way(day, per_code={}, per_pool={0: 1, 1: 1}, per_day=None)
        assert cuts == [("cap-per-session", 1, day[1])]
        cuts = first_way(day, per_code={}, per_pool={1: 0}, per_day=None)
        assert cuts == [("cap-per-session", 0, day[2])]

    def test_caps_apply_in_the_order_of_code_session_and_day(self) -> None:
        day = [
            unit(15, code_index=0, number=0, code="97530"),
            unit(14, code_index=0, number=1, code="97530"),
            unit(8, code_index=1, number=0, code="97110"),
            unit(13, code_index=2, number=0, code="97112"),
            unit(15, pool=1, code_index=0, number=0, code="97535"),
        ]
        cuts = first_way(day, per_code={"97530": 1}, per_pool={0: 2}, per_day=1)
        assert cuts == [
            ("cap-per-code", 1, day[1]),
            ("cap-per-session", 2, day[2]),
            ("cap-per-day", 1, day[3]),
            ("cap-per-day", 1, day[4]),
        ]

    def test_a_unit_removed_by_one_cap_does_not_count_for_later_caps(self) -> None:
        day = [unit(15, number=0), unit(8, number=1)]
        cuts = first_way(day, per_code={"97530": 1}, per_pool={0: 1}, per_day=1)
        assert cuts == [("cap-per-code", 1, day[1])]

    def test_the_units_given_stay_as_they_were(self) -> None:
        day = [unit(8), unit(15, number=1)]
        first_way(day, per_code={}, per_pool={}, per_day=0)
        assert day == [unit(8), unit(15, number=1)]

    def test_only_codes_of_sessions_above_the_cap_lose_units(self) -> None:
        day = [
            unit(15, code_index=0, number=0, code="97530"),
            unit(15, code_index=0, number=1, code="97530"),
            unit(8, code_index=1, number=0, code="97110"),
            unit(8, pool=1, code_index=1, number=0, code="97110"),
        ]
        cuts = first_way(
            day, per_code={}, per_pool={0: 2, 1: 0}, per_day=None, exceeding={0: {0}, 1: {1}}
        )
        assert cuts == [("cap-per-session", 2, day[1]), ("cap-per-session", 0, day[3])]
        every = first_way(day, per_code={}, per_pool={0: 2, 1: 0}, per_day=None)
        assert every == [("cap-per-session", 2, day[2]), ("cap-per-session", 0, day[3])]
        none = first_way(day, per_code={}, per_pool={0: 2}, per_day=None, exceeding={0: ()})
        assert none == []


class TestCapsOfSets:
    @pytest.mark.parametrize(("limit", "removed"), [(0, 3), (1, 2), (2, 1), (3, 0), (4, 0)])
    def test_a_set_loses_exactly_the_units_above_its_cap(self, limit: int, removed: int) -> None:
        day = [
            unit(15, code_index=0, code="97110"),
            unit(14, code_index=1, code="97112"),
            unit(13, pool=1, code_index=0, code="97110"),
        ]
        other = unit(1, code_index=2, code="97530")
        cuts = first_way(
            [*day, other],
            per_code={},
            per_codes=[(("97110", "97112"), limit)],
            per_pool={},
            per_day=None,
        )
        assert cuts == [("cap-per-codes", limit, each) for each in day[::-1][:removed]]

    def test_a_unit_removed_by_one_set_does_not_count_for_another(self) -> None:
        day = [
            unit(15, code_index=0, code="97110"),
            unit(8, code_index=1, code="97112"),
            unit(9, code_index=2, code="97116"),
        ]
        sets = [(("97110", "97112"), 1), (("97112", "97116"), 1)]
        cuts = first_way(day, per_code={}, per_codes=sets, per_pool={}, per_day=None)
        assert cuts == [("cap-per-codes", 1, day[1])]

    def test_overlapping_sets_apply_in_the_given_order(self) -> None:
        day = [
            unit(8, code_index=0, code="97110"),
            unit(9, code_index=1, code="97112"),
            unit(10, code_index=2, code="97116"),
        ]
        sets = [(("97110", "97112"), 1), (("97112", "97116"), 1)]
        one_way = first_way(day, per_code={}, per_codes=sets, per_pool={}, per_day=None)
        assert [cut for _, _, cut in one_way] == day[:2]
        other_way = first_way(day, per_code={}, per_codes=sets[::-1], per_pool={}, per_day=None)
        assert [cut for _, _, cut in other_way] == [day[1]]

    def test_sets_come_after_single_codes_and_before_sessions(self) -> None:
        day = [
            unit(15, code_index=0, number=0, code="97110"),
            unit(14, code_index=0, number=1, code="97110"),
            unit(12, code_index=1, code="97112"),
            unit(11, code_index=2, code="97530"),
            unit(10, code_index=3, code="97535"),
        ]
        cuts = first_way(
            day,
            per_code={"97110": 1},
            per_codes=[(("97110", "97112"), 1)],
            per_pool={0: 2},
            per_day=1,
        )
        assert cuts == [
            ("cap-per-code", 1, day[1]),
            ("cap-per-codes", 1, day[2]),
            ("cap-per-session", 2, day[4]),
            ("cap-per-day", 1, day[3]),
        ]

    def test_an_add_on_is_removed_with_its_first_unit_before_the_next_set(self) -> None:
        family = [
            unit(15, code_index=1, code="97129"),
            unit(15, code_index=1, number=1, code="97130"),
        ]
        other = unit(15, code_index=0, code="97110")
        cuts = first_way(
            [*family, other],
            per_code={},
            per_codes=[(("97110", "97129"), 1), (("97110", "97130"), 1)],
            per_pool={},
            per_day=None,
        )
        assert cuts == [("cap-per-codes", 1, family[0]), ("cap-per-codes", 1, family[1])]

    def test_an_add_on_removed_by_a_code_cap_does_not_count_for_a_set(self) -> None:
        family = [
            unit(15, code_index=1, code="97129"),
            unit(15, code_index=1, number=1, code="97130"),
        ]
        other = unit(8, code_index=0, code="97110")
        cuts = first_way(
            [*family, other],
            per_code={"97129": 0},
            per_codes=[(("97110", "97130"), 1)],
            per_pool={},
            per_day=None,
        )
        assert [cut for _, _, cut in cuts] == family
