"""Schedules of relative values with one conversion factor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.refusals import refusal, refused
from therapy_billing import FeeSchedule, NotPublishedError
from therapy_billing.fees.fee_schedule import FeeSchedule as Schedule

VALUES = FeeSchedule.from_relative_values(
    {"97110": "4.20", "g0283": "2.005"},
    "9.55",
    name="region IV",
    effective_from="2019-04-01",
    effective_through="2026-12-31",
)


def test_the_amount_is_the_value_times_the_factor_rounded_half_up() -> None:
    assert str(VALUES.amount("97110")) == "40.11"
    assert str(VALUES.amount("G0283")) == "19.15"
    price = VALUES.price("97110")
    assert (price.rule, price.formula) == ("relative-values", "4.20 RVUs x $9.55")
    assert price.practice_expense is None


def test_values_factor_and_dates_can_be_read_back() -> None:
    assert str(VALUES.relative_value("97110")) == "4.20"
    assert str(VALUES.conversion_factor) == "9.55"
    assert VALUES.coverage().codes == ("97110", "G0283")
    with pytest.raises(NotPublishedError):
        VALUES.require(None)


def test_other_schedules_have_none() -> None:
    rates = FeeSchedule.from_rates({"97110": "30.00"})
    assert rates.conversion_factor is None
    assert refusal(NotPublishedError, lambda: rates.relative_value("97110")) == (
        "contract rates has no relative values: use FeeSchedule.from_relative_values"
    )


@pytest.mark.parametrize(
    ("values", "factor", "message", "field"),
    [
        (
            {},
            "9.55",
            "values is empty: give at least one code and its relative value units",
            "values",
        ),
        (
            {"97110": 1, " 97110": 2},
            "9.55",
            "values has 97110 twice: give each code once",
            "values",
        ),
        (
            {"97110": 4.2},
            "9.55",
            "values['97110'] must be a positive number of relative value units, as a string or Decimal, got 4.2",
            "values",
        ),
        (
            {"97110": 0},
            "9.55",
            "values['97110'] must be a positive number of relative value units, as a string or Decimal, got 0",
            "values",
        ),
        (
            {"97110": "4.20"},
            -1,
            "conversion_factor must be a positive number of dollars per unit, as a string or Decimal, got -1",
            "conversion_factor",
        ),
    ],
)
def test_wrong_values_are_refused(
    values: Mapping[str, Any],
    factor: str | int,
    message: str,
    field: str,
) -> None:
    error = refused(lambda: Schedule.from_relative_values(values, factor))
    assert (str(error), error.field) == (message, field)
