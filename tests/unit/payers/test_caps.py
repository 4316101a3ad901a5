"""Caps as records: what they limit, for whom, and in words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.refusals import refused
from therapy_billing import InvalidInputError, Policy
from therapy_billing.payers import Cap, CapEach, CapOf
from therapy_billing.payers.caps import counts_code, limit_on_day, parse_caps


class TestCap:
    @pytest.mark.parametrize(
        ("cap", "rule", "words"),
        [
            (Cap(4), "cap-per-day", "4 units per day"),
            (Cap("4.00"), "cap-per-day", "4 units per day"),
            (Cap("-0", of="rvus"), "cap-rvus", "0 RVUs per day"),
            (Cap("90.00", of="dollars"), "cap-dollars", "$90.00 per day"),
            (Cap("7.50", of="rvus"), "cap-rvus", "7.5 RVUs per day"),
            (Cap(4, each=["session", "discipline"]), "cap-per-session", "4 units for each session"),
            (Cap(1), "cap-per-day", "1 unit per day"),
            (Cap("4", codes="97110"), "cap-per-codes", "4 units per day of 97110"),
            (Cap(4, each="code"), "cap-per-code", "4 units per day for each code"),
            (Cap(4, each=["session"]), "cap-per-session", "4 units for each session"),
            (
                Cap(4, each=("discipline", "provider"), codes=["97110", "97112"]),
                "cap-per-provider",
                "4 units per day of 97110 and 97112 for each provider and discipline",
            ),
            (
                Cap(4, each=CapEach.DISCIPLINE, untimed=True),
                "cap-per-discipline",
                "4 units per day, untimed codes included, for each discipline",
            ),
            (Cap("143.66", of="dollars"), "cap-dollars", "$143.66 per day"),
            (
                Cap("8", of=CapOf.RVUS, with_evaluation="13.5", with_re_evaluation=11),
                "cap-rvus",
                "8 RVUs per day (13.5 with an evaluation, 11 with a re-evaluation)",
            ),
            (
                Cap(30, of="visits", each="discipline"),
                "cap-visits",
                "30 visits per year for each discipline",
            ),
            (
                Cap(2, codes=["97110", "97112", "97113", "97116", "97124", "97140", "97530"]),
                "cap-per-codes",
                "2 units per day of 7 codes (97110 to 97530)",
            ),
            (Cap(None), "cap-per-day", "an unknown number of units per day"),
            (
                Cap("Unknown", of="rvu"),
                "cap-rvus",
                "an unknown number of RVUs per day",
            ),
        ],
    )
    def test_it_names_its_rule_and_shows_itself_in_words(
        self, cap: Cap, rule: str, words: str
    ) -> None:
        assert cap.rule == rule
        assert cap.words == words

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"limit": -1}, "limit must be a number of 0 or more, or 'unknown', got -1"),
            ({"limit": 4.0}, "limit must be a number of 0 or more, or 'unknown', got 4.0"),
            ({"limit": True}, "limit must be a number of 0 or more, or 'unknown', got True"),
            ({"limit": "4.5"}, "limit must be a whole number of units, got 4.5"),
            (
                {"limit": 4, "with_evaluation": "unknown"},
                "with_evaluation must be a number: if it is not known, give limit 'unknown' instead",
            ),
            (
                {"limit": 30, "of": "visits", "codes": "97110"},
                "a cap of visits cannot be for single codes, because visits are not counted by code: leave codes out",
            ),
            (
                {"limit": "2.5", "of": "visits"},
                "limit must be a whole number of visits, got 2.5",
            ),
            (
                {"limit": 4, "with_evaluation": "4.5"},
                "with_evaluation must be a whole number of units, got 4.5",
            ),
            (
                {"limit": 4, "with_re_evaluation": -2},
                "with_re_evaluation must be a number of 0 or more, or 'unknown', got -2",
            ),
            (
                {"limit": 4, "each": "day"},
                "each must be code, session, provider, or discipline, got a string of 3 characters",
            ),
            ({"limit": 4, "each": 3}, "each must be a list such as ['discipline'], got 3"),
            (
                {"limit": 4, "codes": ["97110", "97110"]},
                "codes has 97110 twice: give each code once",
            ),
            (
                {"limit": 4, "of": "dollars", "each": "session"},
                "a cap of dollars cannot be for each session: use discipline, or leave each out",
            ),
            (
                {"limit": 4, "of": "rvus", "each": ["provider", "discipline"]},
                "a cap of rvus cannot be for each provider: use discipline, or leave each out",
            ),
            (
                {"limit": 4, "of": "visits", "untimed": True},
                "untimed is for a cap of units; a cap of visits includes every code: leave it out",
            ),
        ],
    )
    def test_a_wrong_cap_is_refused(self, arguments: dict[str, Any], message: str) -> None:
        with pytest.raises(InvalidInputError) as info:
            Cap(**arguments)
        assert str(info.value) == message

    def test_dollars_with_a_fraction_of_a_cent_are_refused(self) -> None:
        error = refused(lambda: Cap("143.665", of="dollars"))
        assert str(error) == "limit must be rounded to the cent, got 143.665"
        assert error.field == "limit"

    @pytest.mark.parametrize(
        ("codes", "limit", "without_evaluation"),
        [
            ([], 12, 12),
            (["97110", "99999"], 12, 12),
            (["97110", "97161"], 18, 12),
            (["97164"], 15, 15),
            (["97164", "97161"], 18, 12),
        ],
    )
    def test_an_evaluation_sets_the_limit_before_a_re_evaluation(
        self, codes: list[str], limit: int, without_evaluation: int
    ) -> None:
        cap = Cap(12, of="rvus", with_evaluation=18, with_re_evaluation=15)
        assert limit_on_day(cap, codes) == Decimal(limit)
        cap = Cap(12, of="rvus", with_re_evaluation=15)
        assert limit_on_day(cap, codes) == Decimal(without_evaluation)
        cap = Cap(12, of="rvus", with_evaluation=18)
        assert limit_on_day(cap, codes) == Decimal(18 if "97161" in codes else 12)
        assert limit_on_day(Cap(4), codes) == Decimal(4)

    @pytest.mark.parametrize(
        ("cap", "timed", "untimed"),
        [
            (Cap(4), True, False),
            (Cap(4, untimed=True), True, True),
            (Cap(4, untimed=False), True, False),
            (Cap(4, codes=["97110", "97161"]), True, True),
            (Cap(4, codes=["97110", "97161"], untimed=False), True, False),
            (Cap(4, codes=["97112"]), False, False),
        ],
    )
    def test_untimed_units_count_if_asked_or_if_their_code_is_named(
        self, cap: Cap, *, timed: bool, untimed: bool
    ) -> None:
        assert counts_code(cap, "97110", timed=True) is timed
        assert counts_code(cap, "97161", timed=False) is untimed


class TestParseCaps:
    def test_mappings_and_records_may_be_mixed(self) -> None:
        assert parse_caps([Cap(4), {"limit": 2, "each": "code"}]) == (Cap(4), Cap(2, each="code"))

    @pytest.mark.parametrize(
        ("value", "message", "field"),
        [
            ("4", "caps must be a list such as [Cap(...)], got a string of 1 characters", "caps"),
            (
                {"limit": 4},
                "caps must be a list such as [Cap(...)], got a dict of 1 item",
                "caps",
            ),
            ([4], "caps[0] must be a Cap or a mapping of its arguments, got 4", "caps[0]"),
            ([{"of": "units"}], "caps[0] lacks limit: give limit", "caps[0]"),
            ([Cap(1), {"limit": -1}], None, "caps[1].limit"),
        ],
    )
    def test_anything_else_is_refused(self, value: object, message: str | None, field: str) -> None:
        error = refused(lambda: parse_caps(value))  # type: ignore[arg-type]
        assert error.field == field
        if message is not None:
            assert str(error).startswith(message.split(", got")[0])

    def test_an_unknown_argument_is_named(self) -> None:
        error = refused(lambda: parse_caps([{"limit": 4, "codez": ["97110"]}]))
        assert str(error).startswith(
            "caps[0]: unknown argument (a string of 5 characters): use limit, of"
        )
        assert str(error).endswith("did you mean codes?")


class TestUnitCaps:
    def test_short_ways_become_caps_from_the_narrowest_to_the_widest(self) -> None:
        counting = (
            Policy("cpt-midpoint")
            .with_changes(
                cap_per_day=9,
                caps=[{"limit": 8, "each": "discipline"}, {"limit": 7, "each": "provider"}],
                cap_per_session=6,
                cap_per_codes=[(("97110", "97112"), 5)],
                code_terms=[{"codes": "92507", "max_per_day": 4}],
                cap_per_code={"97530": 3},
            )
            .counting
        )
        assert [(cap.rule, int(cap.limit or 0)) for cap in counting.unit_caps] == [
            ("cap-per-code", 3),
            ("cap-per-codes", 4),
            ("cap-per-codes", 5),
            ("cap-per-session", 6),
            ("cap-per-provider", 7),
            ("cap-per-discipline", 8),
            ("cap-per-day", 9),
        ]
        assert counting.without_caps().unit_caps == ()
        assert counting.without_caps().code_terms == ()

    def test_other_caps_stay_without_caps_on_units(self) -> None:
        caps: list[dict[str, object]] = [{"limit": 4}, {"limit": "90", "of": "dollars"}]
        counting = Policy("cpt-midpoint").with_changes(caps=caps, cap_per_code=2).counting
        assert counting.without_caps().caps == (Cap("90", of="dollars"),)
        assert counting.other_caps == (Cap("90", of="dollars"),)

    @pytest.mark.parametrize(
        ("changes", "capped"),
        [
            ({}, False),
            ({"cap_per_code": 0}, True),
            ({"cap_per_codes": [(("97110",), 2)]}, True),
            ({"cap_per_session": 2}, True),
            ({"cap_per_day": 2}, True),
            ({"caps": [{"limit": 2}]}, True),
            ({"caps": [{"limit": "unknown"}]}, False),
            ({"caps": [{"limit": 2, "of": "dollars"}]}, False),
            ({"code_terms": [{"codes": "92507", "unit_minutes": 15}]}, False),
            ({"code_terms": [{"codes": "92507", "max_per_day": 1}]}, True),
        ],
    )
    def test_a_policy_is_capped_if_a_cap_on_units_has_a_number(
        self, changes: dict[str, Any], *, capped: bool
    ) -> None:
        assert Policy("cpt-midpoint").with_changes(**changes).counting.capped is capped
