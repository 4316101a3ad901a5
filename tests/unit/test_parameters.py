"""Dated numbers with their citations."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from tests.refusals import refusal
from therapy_billing import NotPublishedError, Source, Verification
from therapy_billing.parameters import Parameter, load_parameter

SERIES = "medicare/conversion_factors"


@pytest.mark.parametrize(
    ("on", "amount"),
    [
        ("2019-01-01", "36.0391"),
        ("2019-12-31", "36.0391"),
        ("2020-01-01", "36.0896"),
        ("2021-01-01", "34.8931"),
        ("2022-01-01", "34.6062"),
        ("2023-01-01", "33.8872"),
        ("2024-01-01", "32.7442"),
        ("2024-03-08", "32.7442"),
        ("2024-03-09", "33.2875"),
        ("2024-12-31", "33.2875"),
        ("2025-01-01", "32.3465"),
        ("2025-12-31", "32.3465"),
        ("2026-01-01", "33.4009"),
        ("2026-12-31", "33.4009"),
    ],
)
def test_the_conversion_factor_is_that_of_the_day(on: str, amount: str) -> None:
    factor = load_parameter(SERIES).on(datetime.date.fromisoformat(on))
    assert str(factor.amount) == amount
    assert factor.unit == "USD per RVU"


@pytest.mark.parametrize("on", ["2018-12-31", "2027-01-01"])
def test_a_day_without_a_conversion_factor_is_refused(on: str) -> None:
    day = datetime.date.fromisoformat(on)
    assert refusal(NotPublishedError, lambda: load_parameter(SERIES).on(day)) == (
        f"conversion factors is known from 2019-01-01 through 2026-12-31, not on {on}"
    )


def test_a_number_has_its_own_citation() -> None:
    assert load_parameter(SERIES).on(datetime.date(2019, 12, 31)) == Parameter(
        Decimal("36.0391"),
        "USD per RVU",
        Source(
            "Table of conversion factors, andrewallenbruce/arkrvu; equals the CY 2019 RVU data",
            "",
            "",
            Verification.SECONDARY,
        ),
    )


def test_a_series_that_is_not_there_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        load_parameter("medicare/no_such_series")
