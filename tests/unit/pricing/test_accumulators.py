"""A patient's year-to-date amounts."""

from __future__ import annotations

import json
from decimal import Decimal
from functools import partial
from typing import Any

import attrs
import pytest

from tests.refusals import refusal
from therapy_billing import Accumulators, Discipline, InvalidInputError
from therapy_billing.pricing import Bucket
from therapy_billing.pricing.accumulators import BUCKET_OF


class TestAccumulators:
    def test_a_year_starts_at_zero(self) -> None:
        year = Accumulators(2026)
        assert list(map(str, attrs.astuple(year)[:4])) == ["2026", "0.00", "0.00", "0.00"]
        assert [year.visits(discipline) for discipline in Discipline] == [None, None, None]
        assert repr(Accumulators(2026, pt_visits=3)).endswith(", ot=Decimal('0.00'), pt_visits=3)")

    def test_amounts_may_be_texts_and_whole_numbers(self) -> None:
        year = Accumulators(2026, "283", 2450, Decimal("12.50"))
        assert attrs.astuple(year)[:4] == (2026, Decimal(283), Decimal(2450), Decimal("12.50"))
        assert str(year.pt_slp) == "2450.00"

    @pytest.mark.parametrize(
        ("year", "wanted"),
        [
            (1965, "from 1966 to 9999, got 1965"),
            (10000, "from 1966 to 9999, got 10000"),
            (True, "a whole number, got True"),
            ("2026", "a whole number, got '2026': use int('2026')"),
            (2026.5, "a whole number, got 2026.5"),
            (None, "a whole number, got None"),
        ],
    )
    def test_an_invalid_year_is_an_error(self, year: Any, wanted: str) -> None:  # noqa: ANN401
        assert refusal(InvalidInputError, lambda: Accumulators(year)) == (f"year must be {wanted}")

    @pytest.mark.parametrize("year", [1966, 9999])
    def test_the_first_and_the_last_year_are_taken(self, year: int) -> None:
        assert Accumulators(year).year == year

    @pytest.mark.parametrize(
        ("amount", "reason"),
        [
            ("-0.01", "{} must be zero or more, got '-0.01'"),
            (1.5, "{} must be a Decimal, a string such as '40.42', or an int; got 1.5"),
            ("0.001", "{} must be rounded to the cent, got '0.001'"),
            (
                "Rosa Invented",
                "{} must be a number of dollars such as '40.42', got a string of 13 characters",
            ),
            (None, "{} must be a Decimal, a string such as '40.42', or an int; got None"),
        ],
    )
    @pytest.mark.parametrize("name", ["deductible_met", "pt_slp", "ot"])
    def test_an_invalid_amount_is_an_error(
        self,
        name: str,
        amount: Any,  # noqa: ANN401
        reason: str,
    ) -> None:
        call = partial(Accumulators, 2026, **{name: amount})
        assert refusal(InvalidInputError, call) == reason.format(name)

    def test_pt_and_slp_share_a_bucket_and_ot_has_its_own(self) -> None:
        year = Accumulators(2026, pt_slp=20, ot=30)
        assert [str(year.allowed(bucket)) for bucket in Bucket] == ["20.00", "30.00"]
        assert BUCKET_OF == {
            Discipline.PT: Bucket.PT_SLP,
            Discipline.SLP: Bucket.PT_SLP,
            Discipline.OT: Bucket.OT,
        }

    def test_from_dict_restores_it(self) -> None:
        year = Accumulators(2026, "257.01", "2480.00", "0.00")
        values = json.loads(json.dumps(year.to_dict()))
        assert values == {
            "year": 2026,
            "deductible_met": "257.01",
            "pt_slp": "2480.00",
            "ot": "0.00",
            "pt_visits": None,
            "ot_visits": None,
            "slp_visits": None,
        }
        assert Accumulators.from_dict(values) == year
        without = {name: value for name, value in values.items() if not name.endswith("visits")}
        assert Accumulators.from_dict(without) == year

    def test_visits_are_kept_by_discipline(self) -> None:
        year = Accumulators(2026, pt_visits=1, ot_visits=0, slp_visits=366)
        assert [year.visits(name) for name in ("PT", "ot", "ST")] == [1, 0, 366]
        assert Accumulators.from_dict(year.to_dict()) == year

    @pytest.mark.parametrize("visits", [-1, 367, 2.5, "3"])
    @pytest.mark.parametrize("name", ["pt_visits", "ot_visits", "slp_visits"])
    def test_invalid_visits_are_an_error(self, name: str, visits: Any) -> None:  # noqa: ANN401
        call = partial(Accumulators, 2026, **{name: visits})
        assert refusal(InvalidInputError, call).startswith(f"{name} must be ")

    @pytest.mark.parametrize(
        "values",
        [
            {},
            {"year": 2026, "deductible_met": 0, "pt_slp": 0},
            {"year": 2026, "deductible_met": 0, "pt_slp": 0, "ot": 0, "slp": 0},
            {"year": 2026, "deductible_met": 0, "pt_slp": 0, "Rosa Invented": 0},
            [2026, 0, 0, 0],
            "Rosa Invented",
            None,
        ],
    )
    def test_values_of_anything_else_are_refused(self, values: Any) -> None:  # noqa: ANN401
        assert refusal(InvalidInputError, lambda: Accumulators.from_dict(values)) == (
            "values must be a mapping with exactly these keys: deductible_met, ot, pt_slp, year; and optionally ot_visits, pt_visits, slp_visits"
        )

    def test_values_are_checked_as_those_of_the_constructor(self) -> None:
        values = {"year": "2026", "deductible_met": "0", "pt_slp": "0", "ot": "0"}
        assert refusal(InvalidInputError, lambda: Accumulators.from_dict(values)) == (
            "year must be a whole number, got '2026': use int('2026')"
        )
