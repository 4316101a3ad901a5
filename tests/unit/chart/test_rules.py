"""The counting rules, on both sides of each boundary."""

from __future__ import annotations

import pytest

from therapy_billing.chart.rules import (
    Run,
    beyond,
    certified_through,
    days_late,
    days_left,
    run_of_reports,
    run_of_visits,
    share_out,
)


class TestCertifiedThrough:
    @pytest.mark.parametrize(
        ("planned_end", "through"), [(101, 101), (189, 189), (190, 190), (191, 190), (465, 190)]
    )
    def test_it_is_the_earlier_of_the_plan_s_end_and_ninety_days(
        self, planned_end: int, through: int
    ) -> None:
        assert certified_through(100, planned_end, most_days=90) == through

    def test_another_legal_limit_gives_another_end(self) -> None:
        assert certified_through(100, 190, most_days=30) == 130


class TestDaysLeft:
    @pytest.mark.parametrize(
        ("day", "left"), [(99, None), (100, 90), (189, 1), (190, 0), (191, None)]
    )
    def test_it_counts_to_the_last_day_of_the_period(self, day: int, left: int | None) -> None:
        assert days_left(day, [(100, 190)]) == left

    def test_the_latest_end_of_overlapping_periods_counts(self) -> None:
        assert days_left(190, [(100, 190), (185, 275), (300, 390)]) == 85

    def test_days_in_a_gap_have_no_days_left(self) -> None:
        periods = [(100, 190), (193, 283)]
        assert [days_left(day, periods) for day in (190, 191, 192, 193)] == [0, None, None, 90]

    def test_without_a_period_there_are_no_days_left(self) -> None:
        assert days_left(100, []) is None


class TestDaysLate:
    @pytest.mark.parametrize(
        ("on", "within", "late"),
        [
            (100, 30, 0),
            (129, 30, 0),
            (130, 30, 0),
            (131, 30, 1),
            (160, 30, 30),
            (114, 14, 0),
            (115, 14, 1),
            (90, 30, 0),
        ],
    )
    def test_the_first_day_is_day_0(self, on: int, within: int, late: int) -> None:
        assert days_late(100, on, within=within) == late


class TestRunOfReports:
    @pytest.mark.parametrize(
        ("count", "run"),
        [
            (0, Run((), 0)),
            (9, Run((), 9)),
            (10, Run((9,), 0)),
            (11, Run((9,), 1)),
            (20, Run((9, 19), 0)),
        ],
    )
    def test_without_a_report_every_tenth_day_misses_one(self, count: int, run: Run) -> None:
        assert run_of_reports(range(count), [], every=10) == run

    @pytest.mark.parametrize(
        ("on", "missed"), [(-1, (9,)), (0, ()), (8, ()), (9, ()), (10, (9,)), (14, (9,))]
    )
    def test_a_report_counts_from_the_first_through_the_tenth_day(
        self, on: int, missed: tuple[int, ...]
    ) -> None:
        assert run_of_reports(range(10), [on], every=10).missed == missed

    @pytest.mark.parametrize(
        ("reports", "run"),
        [
            ([9, 19], Run((), 0)),
            ([19, 9], Run((), 0)),
            ([9, 20], Run((19,), 0)),
            ([6, 16], Run((), 3)),
            ([6, 17], Run((16,), 2)),
            ([2, 9, 19], Run((), 0)),
            ([3], Run((13,), 6)),
            ([10], Run((9,), 9)),
        ],
    )
    def test_the_next_interval_begins_with_the_next_treatment_day(
        self, reports: list[int], run: Run
    ) -> None:
        assert run_of_reports(range(20), reports, every=10) == run

    def test_a_report_on_a_day_without_treatment_ends_the_interval_too(self) -> None:
        days = [day * 2 for day in range(12)]
        assert run_of_reports(days, [5], every=10) == Run((), 9)
        assert run_of_reports(days, [18], every=10) == Run((), 2)
        assert run_of_reports(days, [19], every=10) == Run((9,), 2)

    def test_a_report_after_the_last_treatment_day_ends_the_interval(self) -> None:
        assert run_of_reports(range(7), [30], every=10) == Run((), 0)


class TestRunOfVisits:
    @pytest.mark.parametrize(
        ("assessed", "every", "run"),
        [
            ("--", 3, Run((), 2)),
            ("---", 3, Run((2,), 0)),
            ("----", 3, Run((2,), 1)),
            ("--a", 3, Run((), 0)),
            ("a--a", 3, Run((), 0)),
            ("a---a", 3, Run((3,), 0)),
            ("------", 3, Run((2, 5), 0)),
            ("-", 2, Run((), 1)),
            ("--", 2, Run((1,), 0)),
            ("-a-a", 2, Run((), 0)),
            ("a", 1, Run((), 0)),
            ("-", 1, Run((0,), 0)),
            ("", 3, Run((), 0)),
        ],
    )
    def test_an_assessment_is_due_within_the_limit(
        self, assessed: str, every: int, run: Run
    ) -> None:
        assert run_of_visits([each == "a" for each in assessed], every=every) == run


class TestBeyond:
    @pytest.mark.parametrize(
        ("amounts", "authorized", "indexes"),
        [
            ([], 1, ()),
            ([1] * 12, 12, ()),
            ([1] * 13, 12, (12,)),
            ([4, 4, 4], 12, ()),
            ([4, 4, 5], 12, (2,)),
            ([4, 9, 0, 1], 12, (1, 2, 3)),
        ],
    )
    def test_exactly_the_authorized_amount_does_not_exceed_it(
        self, amounts: list[int], authorized: int, indexes: tuple[int, ...]
    ) -> None:
        assert beyond(amounts, authorized=authorized) == indexes


class TestShareOut:
    """Services are divided among authorizations so that as few as possible exceed them."""

    def test_the_first_of_two_equal_ones_is_used_up_first(self) -> None:
        days = [[(1, [0, 1])]] * 3
        assert share_out(days, [(2, None), (2, None)]) == ({0: 1}, {0: 1}, {1: 1})

    def test_room_is_kept_for_a_service_that_only_one_authorization_lists(self) -> None:
        days = [[(1, [0, 1])], [(1, [0])]]
        assert share_out(days, [(1, None), (1, None)]) == ({1: 1}, {0: 1})

    def test_services_of_a_day_are_one_visit_of_the_same_authorization(self) -> None:
        days = [[(2, [0, 1]), (1, [1])], [(1, [0])]]
        assert share_out(days, [(1, None), (1, None)]) == ({1: 3}, {0: 1})

    def test_units_are_divided_if_one_authorization_has_too_few_left(self) -> None:
        assert share_out([[(3, [0, 1])]], [(None, 2), (None, 2)]) == ({0: 2, 1: 1},)

    def test_units_without_room_count_against_the_last(self) -> None:
        days = [[(2, [0, 1])], [(3, [0, 1])]]
        assert share_out(days, [(None, 2), (None, 1)]) == ({0: 2}, {1: 3})
        assert share_out([[(1, [0])]] * 3, [(1, None)]) == ({0: 1}, {0: 1}, {0: 1})

    def test_visits_and_units_are_limited_separately(self) -> None:
        days = [[(1, [0, 1])], [(4, [0, 1])], [(1, [0])]]
        # The last day needs the only visit of the first authorization; the second has enough units.
        assert share_out(days, [(1, 9), (2, 5)]) == ({1: 1}, {1: 4}, {0: 1})

    def test_of_two_divisions_with_the_same_rest_the_one_with_fewer_excess_units_counts(
        self,
    ) -> None:
        days = [[(2, [0, 1]), (2, [0])], [(1, [1])]]
        assert share_out(days, [(None, 2), (1, None)]) == ({1: 2, 0: 2}, {1: 1})

    def test_without_days_nothing_is_used(self) -> None:
        assert share_out([], [(1, None)]) == ()
