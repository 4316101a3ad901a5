"""
Compare every point of a grid of minutes with the oracle.

Examples are not enough. Splitting units in proportion to minutes passes all of Medicare's published examples but is
wrong on about one day in thirty. Each grid is one test with a loop, because one test per point would take longer to
report than to compute.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable, Mapping

import pytest

from tests.oracle import (
    as_split,
    day_units,
    full_units,
    manual_splits,
    manual_splits_unpruned,
    midpoint_units,
    started_units,
)
from therapy_billing import MEDICARE, UnitMethod, allocate_units

CODES = ("97530", "97110", "97140", "97112")
SAMPLED_DAYS = 20_000
SAMPLED_SHORT_DAYS = 5_000
DIFFERENCES_SHOWN = 5


def days_of(amounts: Iterable[tuple[int, ...]]) -> Iterable[dict[str, int]]:
    """Yield each point of a grid as minutes by code."""
    return (dict(zip(CODES, point, strict=False)) for point in amounts)


def report(differences: list[str], points: int) -> str:
    """Return the number of points that differ, and the first few of them."""
    shown = "\n".join(differences[:DIFFERENCES_SHOWN])
    return f"{len(differences)} of {points} days differ, the first:\n{shown}"


def assert_medicare_agrees(days: Iterable[dict[str, int]], *, expected_points: int) -> None:
    """Compare the total, legal splits, chosen split, and tie of each day with the oracle."""
    points = 0
    differences: list[str] = []
    for minutes in days:
        points += 1
        allocation = allocate_units(minutes, MEDICARE)
        wanted = manual_splits(minutes)
        total = day_units(sum(minutes.values()))
        admissible = [as_split(units) for units in allocation.admissible]
        agrees = (
            allocation.total_units == total
            and len(admissible) == len(wanted)
            and frozenset(admissible) == wanted
            and as_split(allocation.units) == admissible[0]
            and allocation.tied is (len(wanted) > 1)
        )
        if not agrees:
            differences.append(
                f"{minutes}: got {allocation.total_units} units as "
                f"{[dict(units) for units in allocation.admissible]} (tied: {allocation.tied}), "
                f"oracle {total} units as {sorted(sorted(split) for split in wanted)}"
            )
    assert points == expected_points
    assert not differences, report(differences, points)


def test_medicare_agrees_with_the_oracle_on_every_day_of_two_codes() -> None:
    grid = itertools.product(range(61), repeat=2)
    assert_medicare_agrees(days_of(grid), expected_points=61**2)


def test_medicare_agrees_with_the_oracle_on_every_day_of_three_codes() -> None:
    grid = itertools.product(range(46), repeat=3)
    assert_medicare_agrees(days_of(grid), expected_points=46**3)


def test_medicare_agrees_with_the_oracle_on_sampled_days_of_four_codes() -> None:
    # Short days are sampled too, because they often have several codes with leftover minutes and no full quarter.
    draw = random.Random(20260302)
    longest = [60] * SAMPLED_DAYS + [15] * SAMPLED_SHORT_DAYS
    sample = (tuple(draw.randint(0, most) for _ in range(4)) for most in longest)
    assert_medicare_agrees(days_of(sample), expected_points=SAMPLED_DAYS + SAMPLED_SHORT_DAYS)


@pytest.mark.parametrize(
    ("method", "oracle"),
    [
        (UnitMethod.CPT_MIDPOINT, midpoint_units),
        (UnitMethod.STARTED_QUARTER, started_units),
        (UnitMethod.FULL_QUARTER, full_units),
    ],
    ids=["cpt-midpoint", "started-quarter", "full-quarter"],
)
def test_each_per_code_method_agrees_with_counting_minute_by_minute(
    method: UnitMethod, oracle: Callable[[Mapping[str, int]], dict[str, int]]
) -> None:
    points = 0
    differences: list[str] = []
    for minutes in days_of(itertools.product(range(61), repeat=2)):
        points += 1
        allocation = allocate_units(minutes, method)
        wanted = oracle(minutes)
        agrees = (
            dict(allocation.units) == wanted
            and allocation.total_units == sum(wanted.values())
            and [dict(units) for units in allocation.admissible] == [wanted]
            and allocation.tied is False
        )
        if not agrees:
            differences.append(f"{minutes}: got {dict(allocation.units)}, oracle {wanted}")
    assert points == 61**2
    assert not differences, report(differences, points)


def test_the_oracle_loses_no_split_by_dropping_unit_counts_early() -> None:
    two_codes = itertools.product(range(46), repeat=2)
    draw = random.Random(20260302)
    three_codes = (tuple(draw.randint(0, 40) for _ in range(3)) for _ in range(300))
    for minutes in days_of(itertools.chain(two_codes, three_codes)):
        assert manual_splits(minutes) == manual_splits_unpruned(minutes), minutes
