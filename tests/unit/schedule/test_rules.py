"""Intervals of time: overlaps, total time, even splits, and units near the minimum."""

from __future__ import annotations

import itertools

import pytest

from therapy_billing.schedule.rules import (
    Overlap,
    Stay,
    near_minimum,
    overlaps,
    share_minutes,
    union_length,
)


def stays(*intervals: tuple[str, int, int], owner: str = "owner") -> list[Stay]:
    """Return stays of one owner: part, start, end."""
    return [Stay(owner, part, start, end) for part, start, end in intervals]


class TestOverlaps:
    def test_what_begins_as_the_other_ends_does_not_overlap(self) -> None:
        assert overlaps(stays(("a", 0, 30), ("b", 30, 60))) == []

    def test_one_step_over_is_an_overlap_of_one(self) -> None:
        assert overlaps(stays(("a", 0, 31), ("b", 30, 60))) == [
            Overlap(indexes=(0, 1), there=60, shared=1, spent=(("a", 31), ("b", 30)))
        ]

    def test_what_has_no_length_overlaps_nothing(self) -> None:
        assert overlaps(stays(("a", 0, 30), ("b", 10, 10))) == []

    def test_stays_of_one_part_may_overlap(self) -> None:
        assert overlaps(stays(("a", 0, 30), ("a", 10, 40))) == []

    def test_stays_of_two_owners_may_overlap(self) -> None:
        assert overlaps([Stay("one", "a", 0, 30), Stay("other", "b", 0, 30)]) == []

    def test_a_chain_is_one_overlap_and_only_its_doubled_time_is_shared(self) -> None:
        assert overlaps(stays(("a", 0, 30), ("b", 20, 50), ("c", 40, 70))) == [
            Overlap((0, 1, 2), there=70, shared=20, spent=(("a", 30), ("b", 30), ("c", 30)))
        ]

    def test_two_overlaps_with_time_between_are_two(self) -> None:
        found = overlaps(stays(("a", 0, 10), ("b", 5, 15), ("c", 15, 25), ("d", 20, 30)))
        assert [(overlap.indexes, overlap.shared) for overlap in found] == [
            ((0, 1), 5),
            ((2, 3), 5),
        ]

    def test_a_part_counts_once_however_many_stays_it_has(self) -> None:
        assert overlaps(stays(("group", 0, 45), ("group", 0, 45), ("alone", 30, 60))) == [
            Overlap((0, 1, 2), there=60, shared=15, spent=(("group", 45), ("alone", 30)))
        ]

    def test_a_stay_that_ended_before_the_overlap_is_not_in_it(self) -> None:
        found = overlaps(stays(("group", 0, 10), ("group", 0, 45), ("alone", 20, 30)))
        assert [overlap.indexes for overlap in found] == [(1, 2)]

    def test_a_stay_of_the_same_part_joins_when_the_overlap_goes_on(self) -> None:
        found = overlaps(
            stays(("group", 0, 30), ("a", 5, 10), ("group", 12, 40), ("b", 20, 25), ("c", 35, 50))
        )
        assert [overlap.indexes for overlap in found] == [(0, 1, 2, 3, 4)]

    def test_three_at_once_share_their_time_once(self) -> None:
        assert overlaps(stays(("a", 0, 45), ("b", 0, 45), ("c", 0, 45))) == [
            Overlap((0, 1, 2), there=45, shared=45, spent=(("a", 45), ("b", 45), ("c", 45)))
        ]

    def test_a_thousand_at_once_are_one_overlap_that_names_each_once(self) -> None:
        found = overlaps([Stay("owner", part, 0, 15) for part in range(1000)])
        assert [overlap.indexes for overlap in found] == [tuple(range(1000))]

    def test_the_order_of_stays_changes_only_their_places(self) -> None:
        given = stays(("a", 0, 30), ("b", 20, 50), ("c", 40, 70), ("d", 80, 90))
        for order in itertools.permutations(range(4)):
            (overlap,) = overlaps([given[place] for place in order])
            assert sorted(order[place] for place in overlap.indexes) == [0, 1, 2]
            assert (overlap.there, overlap.shared) == (70, 20)


@pytest.mark.parametrize(
    ("intervals", "length"),
    [
        ([], 0),
        ([(0, 30)], 30),
        ([(0, 30), (30, 45)], 45),
        ([(0, 30), (29, 45)], 45),
        ([(0, 30), (31, 45)], 44),
        ([(0, 60), (10, 20)], 60),
        ([(10, 20), (0, 60)], 60),
        ([(10, 20), (10, 20)], 10),
        ([(0, 0)], 0),
    ],
)
def test_time_counts_once_in_a_union(intervals: list[tuple[int, int]], length: int) -> None:
    assert union_length(intervals) == length


@pytest.mark.parametrize(
    ("minutes", "parties", "shares"),
    [(60, 2, (30, 30)), (61, 2, (31, 30)), (60, 1, (60,)), (1, 3, (1, 0, 0)), (0, 2, (0, 0))],
)
def test_joint_minutes_are_shared_without_a_minute_more(
    minutes: int, parties: int, shares: tuple[int, ...]
) -> None:
    assert share_minutes(minutes, parties) == shares
    assert sum(shares) == minutes


@pytest.mark.parametrize(
    ("minutes", "near"),
    [
        *((minutes, False) for minutes in (0, 7, 11, 15, 22, 26, 37)),
        *((minutes, True) for minutes in (8, 10, 23, 25, 38, 40, 53)),
    ],
)
def test_minutes_are_near_the_minimum_up_to_two_above_the_lower_edge(
    minutes: int, *, near: bool
) -> None:
    assert near_minimum(minutes, unit_minutes=15, partial_minutes=8, within=2) is near


@pytest.mark.parametrize(("minutes", "near"), [(14, False), (15, False), (30, False), (31, False)])
def test_full_units_are_never_near_the_minimum(minutes: int, *, near: bool) -> None:
    assert near_minimum(minutes, unit_minutes=15, partial_minutes=15, within=2) is near


@pytest.mark.parametrize(("within", "minutes", "near"), [(0, 8, True), (0, 9, False)])
def test_without_a_margin_only_the_fewest_minutes_are_near(
    within: int, minutes: int, *, near: bool
) -> None:
    assert near_minimum(minutes, unit_minutes=15, partial_minutes=8, within=within) is near
