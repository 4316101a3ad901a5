"""Test comparing two payers for the same sessions."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import ClassVar

import attrs

from tests.refusals import refusal
from tests.unit.scenarios.scenarios_for_tests import CMS, DAY
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    Accumulators,
    FeeSchedule,
    InvalidInputError,
    Policy,
    Session,
    TimedService,
    UnitMethod,
    UntimedService,
)
from therapy_billing.payers import AssistantRule
from therapy_billing.scenarios.payer_comparison import compare_payers


class TestPayerComparison:
    DAY: ClassVar[Session] = Session(
        DAY,
        "PT",
        [
            TimedService("97110", 8),
            TimedService("97124", 8, clinician="assistant"),
            UntimedService("97161"),
        ],
    )
    RATES: ClassVar[FeeSchedule] = FeeSchedule.from_rates(
        {"97110": 30, "97124": 20, "97161": 90}, effective_from="2026-01-01"
    )
    FIRST: ClassVar[Policy] = CMS.with_changes(assistant_percent=100)
    SECOND: ClassVar[Policy] = Policy(UnitMethod.CPT_MIDPOINT).with_changes(
        cap_per_code={"97110": 3, "97124": 2},
        cap_per_codes=[(("97110", "97124"), 4), (("97110",), 3)],
        assistants=AssistantRule.UNITS_2022,
        allowed_modifiers=["GP", "CQ"],
        assistant_percent=100,
    )

    def test_caps_and_code_terms_are_shown_in_words(self) -> None:
        own = self.FIRST.with_changes(
            caps=[{"limit": 4, "each": "provider"}, {"limit": 12, "of": "rvus"}],
            code_terms=[{"codes": "97124", "minimum_minutes": 10}],
        )
        diff = compare_payers(self.DAY, self.FIRST, own, self.RATES)
        assert str(diff).splitlines()[1:3] == [
            "  policy caps: not set -> [4 units per day for each provider] [12 RVUs per day]",
            "  policy code_terms: not set -> [97124: 10 minutes for a partial unit]",
        ]
        assert diff.to_dict()["fields"]["code_terms"]["second"][0]["minimum_minutes"] == 10

    def test_sentences_are_separated(self) -> None:
        own = self.FIRST.with_changes(unit_assumptions=["first sentence", "second sentence"])
        diff = compare_payers(self.DAY, self.FIRST, own)
        shown = "not set -> first sentence; second sentence"
        assert str(diff).splitlines()[1:] == [f"  policy unit_assumptions: {shown}"]

    def test_what_a_payer_accepts_on_a_claim_is_no_difference_of_a_day(self) -> None:
        own = self.FIRST.with_changes(charge_maximum=5000, needs_taxonomy=True)
        assert compare_payers(self.DAY, self.FIRST, own, self.RATES).empty

    def test_only_differences_are_listed(self) -> None:
        diff = compare_payers(self.DAY, self.FIRST, self.SECOND, self.RATES)
        assert diff.empty is False
        assert diff.fields == {
            "method": (UnitMethod.CMS_EIGHT_MINUTE, UnitMethod.CPT_MIDPOINT),
            "cap_per_code": (None, (("97110", 3), ("97124", 2))),
            "cap_per_codes": ((), ((("97110", "97124"), 4), (("97110",), 3))),
            "assistants": (AssistantRule.NONE, AssistantRule.UNITS_2022),
            "allowed_modifiers": (None, ("GP", "CQ")),
        }
        assert diff.units == {"97124": (0, 1)}
        assert diff.lines == {("97124", ("GP", "CQ")): (0, 1)}
        assert diff.money == {"allowed": (Decimal("120.00"), Decimal("140.00"))}
        assert str(diff).splitlines() == [
            "cms-eight-minute -> cpt-midpoint, 2026-03-02",
            "  policy method: cms-eight-minute -> cpt-midpoint",
            "  policy cap_per_code: not set -> 97110=3 97124=2",
            "  policy cap_per_codes: not set -> 97110+97124=4 97110=3",
            "  policy assistants: no-assistant-modifier -> assistant-units-2022",
            "  policy allowed_modifiers: not set -> GP CQ",
            "  units 97124: 0 -> 1 (+1)",
            "  line 97124 GP CQ: 0 -> 1 (+1)",
            "  money allowed: $120.00 -> $140.00 (+20.00)",
        ]
        assert diff.to_dict() == {
            "date_of_service": "2026-03-02",
            "first": "cms-eight-minute",
            "second": "cpt-midpoint",
            "fields": {
                "method": {"first": "cms-eight-minute", "second": "cpt-midpoint"},
                "cap_per_code": {"first": None, "second": [["97110", 3], ["97124", 2]]},
                "cap_per_codes": {
                    "first": [],
                    "second": [[["97110", "97124"], 4], [["97110"], 3]],
                },
                "assistants": {
                    "first": "no-assistant-modifier",
                    "second": "assistant-units-2022",
                },
                "allowed_modifiers": {"first": None, "second": ["GP", "CQ"]},
            },
            "units": {"97124": {"first": 0, "second": 1}},
            "lines": [
                {
                    "code": "97124",
                    "modifiers": ["GP", "CQ"],
                    "units": {"first": 0, "second": 1},
                }
            ],
            "money": {"allowed": {"first": "120.00", "second": "140.00"}},
        }
        assert json.loads(json.dumps(diff.to_dict())) == diff.to_dict()

    def test_without_fees_amounts_are_unknown_not_zero(self) -> None:
        diff = compare_payers(self.DAY, self.FIRST, self.SECOND)
        assert diff.money is None
        assert diff.to_dict()["money"] is None
        assert (diff.first.day, diff.second.day) == (None, None)
        assert "money" not in str(diff)

    def test_a_payer_without_cost_sharing_has_unknown_shares(self) -> None:
        fees = FeeSchedule.medicare("2026-03-02")
        diff = compare_payers({"97110": 15}, MEDICARE, CPT_MIDPOINT, fees, date_of_service=DAY)
        assert diff.money == {
            "medicare_pays": (Decimal("22.78"), None),
            "patient_responsibility": (Decimal("5.81"), None),
        }
        assert "  money medicare pays: $22.78 -> not known" in str(diff).splitlines()
        assert diff.to_dict()["money"]["medicare_pays"] == {"first": "22.78", "second": None}

    def test_a_day_with_an_unpriced_line_has_unknown_amounts(self) -> None:
        some = FeeSchedule.from_rates({"97110": 30, "97161": 90}, effective_from="2026-01-01")
        diff = compare_payers(self.DAY, self.FIRST, self.SECOND, some)
        assert diff.money == {"allowed": (Decimal("120.00"), None)}

    def test_each_payer_may_have_its_own_fees(self) -> None:
        other = FeeSchedule.from_rates(
            {"97110": 31, "97124": 21, "97161": 91}, effective_from="2026-01-01"
        )
        diff = compare_payers(self.DAY, CMS, CMS, self.RATES, other_fees=other)
        assert (diff.fields, diff.units, diff.lines) == ({}, {}, {})
        assert diff.money == {"allowed": (Decimal("120.00"), Decimal("122.00"))}
        assert diff.empty is False
        assert refusal(
            InvalidInputError, lambda: compare_payers(self.DAY, CMS, CMS, other_fees=other)
        ) == (
            "other_fees is the second payer's fee schedule: give fees for the first payer as well"
        )

    def test_attested_kx_is_on_the_lines_of_the_payer_that_uses_it(self) -> None:
        fees = FeeSchedule.medicare("2026-03-02")
        without = MEDICARE.on(DAY).with_changes(kx=False)
        diff = compare_payers(
            Session(DAY, "PT", [TimedService("97110", 15)]),
            without,
            MEDICARE,
            fees,
            accumulators=Accumulators(2026, pt_slp=2480),
            attestations=["KX"],
        )
        assert diff.lines == {
            ("97110", ("GP",)): (1, 0),
            ("97110", ("GP", "KX")): (0, 1),
        }
        assert diff.units == {}
        assert "  line 97110 GP: 1 -> 0 (-1)" in str(diff).splitlines()

    def test_setting_and_charges_apply_to_both(self) -> None:
        fees = FeeSchedule.medicare("2026-03-02")
        day = Session(DAY, "PT", [TimedService("97110", 15, clinician="assistant")])
        diff = compare_payers(
            day, MEDICARE, MEDICARE, fees, setting="critical-access-hospital", charges={"97110": 25}
        )
        assert diff.empty
        for side in (diff.first, diff.second):
            assert side.claim.lines[0].modifiers == ("GP",)
            assert side.claim.lines[0].charge == Decimal("25.00")
        unpriced = compare_payers(day, MEDICARE, MEDICARE, setting="critical-access-hospital")
        assert unpriced.first.claim.lines[0].modifiers == ("GP",)
        plain = compare_payers(day, MEDICARE, MEDICARE)
        assert plain.second.claim.lines[0].modifiers == ("GP", "CQ")

    def test_sessions_from_a_generator_are_counted_for_both(self) -> None:
        diff = compare_payers((each for each in [self.DAY]), MEDICARE, CPT_MIDPOINT)
        assert diff == compare_payers(self.DAY, MEDICARE, CPT_MIDPOINT)
        assert (diff.first.payer, diff.second.payer) == ("medicare", "cpt-midpoint")
        assert diff.first.policy == MEDICARE.on(DAY)

    def test_rates_of_the_first_payer_are_not_used_for_the_second(self) -> None:
        diff = compare_payers(self.DAY, MEDICARE, CPT_MIDPOINT, self.RATES)
        assert (diff.first.day is not None, diff.second.day is not None) == (True, True)
        assert diff.money is not None
        assert (diff.money["allowed"].first, diff.money["allowed"].second) == (
            Decimal("120.00"),
            None,
        )
        assert compare_payers(self.DAY, MEDICARE, MEDICARE, self.RATES).money == {}
        schedule = FeeSchedule.medicare(self.DAY.date_of_service)
        assert compare_payers(self.DAY, MEDICARE, CPT_MIDPOINT, schedule).money

    def test_minutes_without_a_date_are_refused(self) -> None:
        message = refusal(
            InvalidInputError, lambda: compare_payers({"97110": 15}, MEDICARE, CPT_MIDPOINT)
        )
        assert (
            message
            == "a claim needs a date of service: give date_of_service when you count the units"
        )

    def test_a_notebook_shows_both_and_escapes_names(self) -> None:
        payer = attrs.evolve(CPT_MIDPOINT, name="<b>plan</b>")
        diff = compare_payers(self.DAY, MEDICARE, payer, self.RATES, other_fees=self.RATES)
        html = diff._repr_html_()
        assert "<th>medicare</th><th>&lt;b&gt;plan&lt;/b&gt;</th><th>difference</th>" in html
        assert "<tr><td>units</td><td>97124</td><td>0</td><td>1</td><td>+1</td></tr>" in html
        assert (
            "<tr><td>policy</td><td>method</td><td>cms-eight-minute</td><td>cpt-midpoint</td>"
            "<td></td></tr>"
        ) in html
        assert (
            "<tr><td>money</td><td>allowed</td><td>$120.00</td><td>$140.00</td><td>+20.00</td></tr>"
        ) in html
        same = compare_payers(self.DAY, CMS, CMS)
        assert same._repr_html_().endswith("<tbody></tbody></table>")
