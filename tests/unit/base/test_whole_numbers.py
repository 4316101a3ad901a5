"""Whole numbers of several types."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from numbers import Real
from typing import Any

import pytest

from tests.refusals import refusal
from therapy_billing import Accumulators, Authorization, ClaimLine, InvalidInputError, Session
from therapy_billing.base.validation import parse_whole
from therapy_billing.base.whole_numbers import as_whole


class Int64:
    """Behave as a NumPy integer, which is not an int."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __index__(self) -> int:
        return self.value


class Float32:
    """Behave as ``numpy.float32``, which is a Real but not a float."""

    def __init__(self, value: float) -> None:
        self.value = value

    def __float__(self) -> float:
        return self.value


Real.register(Float32)


@pytest.mark.parametrize("value", [20, Int64(20), 20.0, Float32(20.0)])
def test_a_whole_number_becomes_an_int(value: object) -> None:
    whole = as_whole(value)
    assert (whole, type(whole)) == (20, int)


@pytest.mark.parametrize(
    "value",
    [
        True,
        False,
        20.5,
        Float32(20.5),
        math.nan,
        math.inf,
        "20",
        b"20",
        None,
        Decimal(20),
        Fraction(20),
        20j,
        [20],
    ],
)
def test_anything_else_returns_none(value: object) -> None:
    assert as_whole(value) is None


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (-1, "count must be from 0 to 9, got -1"),
        (10.0, "count must be from 0 to 9, got 10"),
        (1.5, "count must be a whole number, got 1.5; round it"),
        ("7", "count must be a whole number, got '7': use int('7')"),
        ("Rosa", "count must be a whole number, got a string of 4 characters; round it"),
        (None, "count must be a whole number, got None; round it"),
    ],
)
def test_numbers_out_of_range_or_not_whole_are_refused(value: object, message: str) -> None:
    assert (
        refusal(InvalidInputError, lambda: parse_whole(value, "count", 0, 9, hint="; round it"))
        == message
    )


def test_every_number_has_an_upper_limit() -> None:
    assert parse_whole(10**12, "count") == 10**12
    assert refusal(InvalidInputError, lambda: parse_whole(10**5000, "count", 1)) == (
        "count must be 1 or more, got a number above 99999"
    )


@pytest.mark.parametrize("whole", [Int64(2), 2.0, Float32(2.0)])
def test_units_minutes_visits_and_years_are_read_the_same_way(whole: Any) -> None:  # noqa: ANN401
    assert ClaimLine("97110", whole).units == 2
    assert Authorization(whole, whole) == Authorization(2, 2)
    assert Accumulators(Int64(2026)).year == 2026
    minutes = {"97110": whole}
    visit = Session.from_minutes(minutes, date_of_service="2026-03-02", discipline="PT")
    assert visit.timed_minutes == 2
