"""Pairs, limits, add-ons, once a day: the edges of each rule on plain values."""

from __future__ import annotations

import itertools

import pytest

from therapy_billing.checks.rules import (
    add_ons_alone,
    beyond_cap,
    beyond_limit,
    beyond_once,
    denied_column_two,
    duplicate_lines,
    excess_units,
    paid_apart,
    plan_is_allowed,
    separate_regions,
    separate_times,
)


class TestPairs:
    def test_indicator_0_denies_every_line_of_column_2_whatever_is_marked(self) -> None:
        for marks in itertools.product([False, True], repeat=4):
            column_one, column_two = list(marks[:2]), list(marks[2:])
            for either_column in (False, True):
                denied = denied_column_two(
                    column_one, column_two, indicator=0, either_column=either_column
                )
                assert denied == (0, 1)

    @pytest.mark.parametrize("either_column", [False, True])
    def test_indicator_1_denies_the_lines_of_column_2_that_are_not_marked(
        self, *, either_column: bool
    ) -> None:
        def denied(column_two: list[bool]) -> tuple[int, ...]:
            return denied_column_two([False], column_two, indicator=1, either_column=either_column)

        assert denied([False]) == (0,)
        assert denied([True]) == ()
        assert denied([True, False, True, False]) == (1, 3)

    def test_a_mark_on_column_1_counts_only_where_either_column_may_carry_it(self) -> None:
        def denied(*, either_column: bool) -> tuple[int, ...]:
            return denied_column_two([True], [False], indicator=1, either_column=either_column)

        assert denied(either_column=True) == ()
        assert denied(either_column=False) == (0,)

    def test_one_line_of_column_1_without_a_mark_is_enough_to_deny(self) -> None:
        def denied(column_one: list[bool]) -> tuple[int, ...]:
            return denied_column_two(column_one, [False], indicator=1, either_column=True)

        assert denied([True, True]) == ()
        assert denied([True, False]) == (0,)


class TestLimits:
    @pytest.mark.parametrize(
        ("units", "limit", "denied"),
        [
            ([6], 6, ()),
            ([7], 6, (0,)),
            ([4, 2], 6, ()),
            ([4, 3], 6, (0, 1)),
            ([1, 1, 5], 6, (0, 1, 2)),
            ([1], 0, (0,)),
            ([], 0, ()),
        ],
    )
    def test_a_limit_of_the_day_adds_the_lines_up_and_denies_them_all(
        self, units: list[int], limit: int, denied: tuple[int, ...]
    ) -> None:
        assert beyond_limit(units, limit=limit, by_line=False) == denied

    @pytest.mark.parametrize(
        ("units", "limit", "denied"),
        [
            ([6, 6], 6, ()),
            ([7, 6], 6, (0,)),
            ([6, 7, 8], 6, (1, 2)),
            ([1], 0, (0,)),
        ],
    )
    def test_a_limit_of_the_line_looks_at_each_line_alone(
        self, units: list[int], limit: int, denied: tuple[int, ...]
    ) -> None:
        assert beyond_limit(units, limit=limit, by_line=True) == denied


class TestOnce:
    def test_add_ons_stand_alone_until_their_first_code_is_somewhere_on_the_claim(self) -> None:
        adds_to = {"97130": ["97129"], "97598": ["97597"], "97814": ["97810", "97813"]}
        assert add_ons_alone(["97130", "97598"], adds_to=adds_to) == (0, 1)
        assert add_ons_alone(["97130", "97598", "97129"], adds_to=adds_to) == (1,)
        assert add_ons_alone(["97129", "97130", "97130"], adds_to=adds_to) == ()
        assert add_ons_alone(["97129", "97110"], adds_to=adds_to) == ()
        assert add_ons_alone(["97814", "97811"], adds_to=adds_to) == (0,)
        for first in ("97810", "97813"):
            assert add_ons_alone(["97814", first], adds_to=adds_to) == ()

    @pytest.mark.parametrize(
        ("units", "beyond"), [([], False), ([1], False), ([2], True), ([1, 1], True)]
    )
    def test_once_is_one_unit_over_all_lines(self, units: list[int], *, beyond: bool) -> None:
        assert beyond_once(units) is beyond

    def test_lines_are_the_same_by_code_and_by_the_set_of_their_modifiers(self) -> None:
        lines = [
            ("97110", ("GP", "CQ")),
            ("97110", ("GP",)),
            ("97110", ("CQ", "GP")),
            ("97140", ("GP",)),
            ("97110", ("GP",)),
            ("97110", ("GP", "CQ")),
        ]
        assert duplicate_lines(lines) == ((0, 2, 5), (1, 4))
        assert duplicate_lines(lines[:2] + lines[3:4]) == ()
        assert duplicate_lines([]) == ()


class TestCodes:
    def test_a_plan_is_allowed_where_it_is_named(self) -> None:
        assert plan_is_allowed("PT", plans=("PT", "OT"))
        assert not plan_is_allowed("SLP", plans=("PT", "OT"))
        assert not plan_is_allowed("PT", plans=())

    @pytest.mark.parametrize(
        ("billed", "made", "excess"), [(2, 3, 0), (3, 3, 0), (4, 3, 1), (1, 0, 1)]
    )
    def test_excess_is_what_is_billed_beyond_what_was_made(
        self, billed: int, made: int, excess: int
    ) -> None:
        assert excess_units(billed, made=made) == excess

    @pytest.mark.parametrize(
        ("units", "limit", "beyond"),
        [([], 0, 0), ([4], 4, 0), ([5], 4, 1), ([2, 2], 4, 0), ([2, 3], 4, 1), ([1, 1], 0, 2)],
    )
    def test_a_cap_is_of_all_its_lines_together(
        self, units: list[int], limit: int, beyond: int
    ) -> None:
        assert beyond_cap(units, limit=limit) == beyond

    @pytest.mark.parametrize(
        ("status", "refused", "paid"),
        [
            ("A", False, True),
            ("R", False, True),
            ("C", False, True),
            (None, False, True),
            ("B", False, None),
            ("I", True, False),
            ("B", True, False),
        ],
    )
    def test_a_code_is_paid_bundled_or_refused(
        self, status: str | None, *, refused: bool, paid: bool | None
    ) -> None:
        assert paid_apart(status, refused=refused) is paid


class TestApart:
    def test_times_are_separate_when_one_ends_where_the_other_begins(self) -> None:
        assert separate_times([(0, 15)], [(15, 30)]) is True
        assert separate_times([(15, 30)], [(0, 15)]) is True
        assert separate_times([(0, 15)], [(14, 30)]) is False
        assert separate_times([(14, 30)], [(0, 15)]) is False

    def test_one_time_within_another_is_not_separate(self) -> None:
        assert separate_times([(0, 60)], [(20, 30)]) is False
        assert separate_times([(20, 30)], [(0, 60)]) is False

    def test_of_several_services_none_may_overlap(self) -> None:
        assert separate_times([(0, 15), (30, 45)], [(15, 30)]) is True
        assert separate_times([(0, 15), (29, 45)], [(15, 30)]) is False

    def test_a_service_without_a_clock_leaves_it_open_unless_the_others_overlap(self) -> None:
        assert separate_times([None], [(0, 15)]) is None
        assert separate_times([(0, 15)], [None]) is None
        assert separate_times([(0, 15), None], [(15, 30)]) is None
        assert separate_times([(0, 15), None], [(14, 30)]) is False
        assert separate_times([], [(0, 15)]) is None
        assert separate_times([(0, 15)], []) is None

    def test_regions_are_separate_when_none_is_named_for_both(self) -> None:
        left, right, neck = ("knee", "left"), ("hip", "right"), ("neck", "")
        assert separate_regions([left], [neck]) is True
        assert separate_regions([left], [("hip", "left")]) is True
        assert separate_regions([left], [left]) is False
        assert separate_regions([left, neck], [right, neck]) is False
        assert separate_regions([left, neck], [right]) is True

    def test_the_sides_of_one_region_are_separate_if_both_are_named(self) -> None:
        left, right, untold = (("knee", side) for side in ("left", "right", ""))
        assert separate_regions([left], [right]) is True
        assert separate_regions([right], [left]) is True
        assert separate_regions([untold], [left]) is None
        assert separate_regions([left], [untold]) is None
        assert separate_regions([untold], [untold]) is False

    def test_a_missing_region_leaves_it_open_unless_another_is_named_for_both(
        self,
    ) -> None:
        neck, knee = ("neck", ""), ("knee", "left")
        assert separate_regions([None], [neck]) is None
        assert separate_regions([neck], [None]) is None
        assert separate_regions([None], [None]) is None
        assert separate_regions([neck], [knee, None]) is None
        assert separate_regions([neck, None], [knee, neck]) is False
        assert separate_regions([], [neck]) is None
        assert separate_regions([neck], []) is None
