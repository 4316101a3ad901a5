"""Terms of codes as records."""

from __future__ import annotations

from typing import Any

import pytest

from tests.refusals import refused
from therapy_billing import InvalidInputError, Policy
from therapy_billing.payers import Cap, CodeTerms, UnitMethod
from therapy_billing.payers.code_terms import parse_code_terms
from therapy_billing.payers.policy import code_terms_of


class TestCodeTerms:
    def test_one_code_may_be_given_without_a_list(self) -> None:
        terms = CodeTerms("92507", unit_minutes=15, max_per_day=4)
        assert terms.codes == ("92507",)
        assert terms.cap == Cap(4, codes=("92507",))

    @pytest.mark.parametrize(
        ("arguments", "sets_time"),
        [
            ({"unit_minutes": 30}, True),
            ({"method": "midpoint"}, True),
            ({"minimum_minutes": 1}, True),
            ({"max_per_day": 0}, False),
        ],
    )
    def test_a_maximum_alone_sets_no_time(
        self, arguments: dict[str, Any], *, sets_time: bool
    ) -> None:
        terms = CodeTerms(["97110", "97112"], **arguments)
        assert terms.sets_time is sets_time
        assert (terms.cap is None) is sets_time

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            ({"unit_minutes": 15}, "units of 15 minutes"),
            ({"method": "full-quarter"}, "full-quarter"),
            ({"minimum_minutes": 1}, "1 minute for a partial unit"),
            ({"max_per_day": 4}, "at most 4 units per day"),
        ],
    )
    def test_it_names_only_the_terms_that_are_given(
        self, arguments: dict[str, Any], words: str
    ) -> None:
        assert CodeTerms("97110", **arguments).words == f"97110: {words}"

    def test_it_shows_itself_in_words(self) -> None:
        terms = CodeTerms(
            ["97161", "97162"],
            unit_minutes=30,
            method="cpt-midpoint",
            minimum_minutes=16,
            max_per_day=1,
        )
        assert terms.words == (
            "97161 and 97162: units of 30 minutes, cpt-midpoint, 16 minutes for a partial unit, at most 1 unit per day"
        )

    def test_a_method_may_be_given_in_a_billers_words(self) -> None:
        terms = CodeTerms("97110", method="rule of eights")
        assert terms.method is UnitMethod.CPT_MIDPOINT

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"codes": []}, "codes is empty: give at least one code"),
            (
                {"codes": ["97110", "92507"], "minimum_minutes": 20},
                "92507 is untimed: give unit_minutes, so that its minutes make units",
            ),
            (
                {"codes": "92507", "method": "cpt-midpoint"},
                "92507 is untimed: give unit_minutes, so that its minutes make units",
            ),
            ({"codes": ["97110", "97110"]}, "codes has 97110 twice: give each code once"),
            (
                {"codes": "97110"},
                "give unit_minutes, method, minimum_minutes, or max_per_day for the codes",
            ),
            (
                {"codes": "97110", "unit_minutes": 0},
                "unit_minutes must be from 1 to 240, got 0",
            ),
            (
                {"codes": "97110", "unit_minutes": 241},
                "unit_minutes must be from 1 to 240, got 241",
            ),
            (
                {"codes": "97110", "minimum_minutes": 0},
                "minimum_minutes must be from 1 to 240, got 0",
            ),
            (
                {"codes": "97110", "unit_minutes": 15, "minimum_minutes": 16},
                "minimum_minutes must be at most unit_minutes, which is 15, got 16",
            ),
            (
                {"codes": "97110", "max_per_day": -1},
                "max_per_day must be 0 or more, got -1",
            ),
        ],
    )
    def test_wrong_terms_are_refused(self, arguments: dict[str, Any], message: str) -> None:
        with pytest.raises(InvalidInputError) as info:
            CodeTerms(**arguments)
        assert str(info.value) == message


class TestParse:
    def test_a_code_has_terms_once(self) -> None:
        terms = [
            {"codes": "92507", "unit_minutes": 15},
            {"codes": ["92526", "92507"], "max_per_day": 1},
        ]
        error = refused(lambda: parse_code_terms(terms))
        assert str(error) == "code_terms has 92507 twice: give the terms of each code once"
        assert (error.field, error.code) == ("code_terms[1]", "92507")

    def test_a_policy_finds_the_terms_of_a_code(self) -> None:
        counting = (
            Policy("cpt-midpoint")
            .with_changes(
                code_terms=[
                    {"codes": ["97161", "97162"], "unit_minutes": 30},
                    {"codes": "97110", "max_per_day": 2},
                ]
            )
            .counting
        )
        found = code_terms_of(counting, "97162")
        assert found is not None
        assert found.unit_minutes == 30
        assert code_terms_of(counting, "97110") is None
        assert code_terms_of(counting, "97112") is None
        assert counting.codes_by_minutes == {"97161", "97162"}
        assert Policy("cpt-midpoint").counting.codes_by_minutes == frozenset()
