"""The nearest known codes for an unknown one."""

from __future__ import annotations

import pytest

from therapy_billing.codes.code_book import unknown_code
from therapy_billing.codes.near_codes import near_codes

ADD = "not in the data: add it with use_data or --codes"


class TestNearCodes:
    @pytest.mark.parametrize("unknown", ["97111", "87110", "9711O", "79110", "91710", "97101"])
    def test_one_wrong_character_or_two_swapped_neighbors_are_near(self, unknown: str) -> None:
        assert near_codes(unknown, {"97110": 0}) == ("97110",)

    @pytest.mark.parametrize("unknown", ["17910", "79101", "9X11X"])
    def test_two_other_differences_are_not_near(self, unknown: str) -> None:
        assert near_codes(unknown, {"97110": 0}) == ()

    def test_numbers_up_to_100_apart_are_near(self) -> None:
        assert near_codes("97110", {"97210": 0, "97023": 0, "97211": 0}) == ("97210", "97023")
        assert near_codes("97110", {"97009": 0}) == ()

    def test_codes_with_the_same_letter_are_compared_by_their_numbers(self) -> None:
        assert near_codes("G0275", {"G0283": 0, "00283": 0, "S0276": 0}) == ("G0283",)
        assert near_codes("G0275", {"S0275": 0}) == ("S0275",)

    def test_a_mistyped_code_comes_before_a_close_number(self) -> None:
        assert near_codes("97109", {"97113": 0, "97189": 0}) == ("97189", "97113")

    def test_a_lower_rank_comes_first_and_then_the_closer_number(self) -> None:
        known = {"97113": 1, "97114": 0, "97115": 0, "97118": 0}
        assert near_codes("97111", known) == ("97114", "97115", "97118")

    @pytest.mark.parametrize("text", ["9", "9711", "971100"])
    def test_text_of_another_length_is_not_near(self, text: str) -> None:
        assert near_codes(text, {"97110": 0}) == ()

    def test_a_code_is_near_itself(self) -> None:
        assert near_codes("97110", {"97110": 0}) == ("97110",)


class TestUnknownCode:
    @pytest.mark.parametrize(
        ("code", "near"),
        [
            ("97111", "97110, 97112, or 97113"),
            ("9711O", "97110, 97112, or 97113"),
            ("97159", "97150, 97169, or 97139"),
        ],
    )
    def test_therapy_codes_come_first(self, code: str, near: str) -> None:
        assert unknown_code(code) == f"{ADD}; did you mean {near}?"

    def test_codes_in_force_come_before_ended_ones(self) -> None:
        # 97532 ended on 2017-12-31.
        assert unknown_code("97531").startswith(f"{ADD}; did you mean 97530,")

    @pytest.mark.parametrize("code", ["12345", "99213", "T1027"])
    def test_without_a_near_code_the_message_only_says_how_to_add_it(self, code: str) -> None:
        assert unknown_code(code) == ADD
