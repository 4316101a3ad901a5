"""Findings that the lines of a claim decide."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import attrs
import pytest

from tests.finding_text import said
from tests.own_numbers import own_numbers
from tests.unit.checks.claims_to_check import (
    DAY,
    DENY,
    GROUP_AND_EXERCISE,
    RATES,
    REVIEW,
    answers,
    check,
    claim,
    line,
    not_applicable,
    only,
    reported,
)
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    Accumulators,
    FeeSchedule,
    Policy,
    Session,
    UnitMethod,
    UntimedService,
    bill_day,
    build_claim,
)
from therapy_billing.checks.day import check_claim, check_day
from therapy_billing.claims.attestations import Attestation
from therapy_billing.payers.policy import COMMON_ORDER


class TestAddOn:
    @pytest.mark.parametrize(
        ("add_on", "first"),
        [
            ("90913", "90912"),
            ("92608", "92607"),
            ("97130", "97129"),
            ("97546", "97545"),
            ("97551", "97550"),
            ("97598", "97597"),
        ],
    )
    def test_an_add_on_needs_its_first_code(self, add_on: str, first: str) -> None:
        found = only(check("add-on-alone", line("97110", "GN"), line(add_on, "GN")))
        assert reported([found]) == [
            ("deny", (1,), f"{add_on} without {first}. {add_on} is an add-on code for {first}.")
        ]
        assert found.action == f"add {first} if it was furnished, or take {add_on} off the claim."
        beside = check("add-on-alone", line(add_on, "GN"), line(first, "GN"))
        assert answers(beside) == [("clean", (), "")]

    def test_the_first_code_may_stand_on_another_claim_of_the_day(self) -> None:
        claims = [claim(line("97130", "GN")), claim(line("97129", "GN"))]
        assert reported(check_claim(claims, MEDICARE, checks=["add-on-alone"])) == []

    def test_the_line_is_at_stake(self) -> None:
        fees = FeeSchedule.from_rates({"97130": "20.00", "97110": "30.00"})
        lines = line("97130", "GN", units=2), line("97110", "GN")
        assert only(check("add-on-alone", *lines, fees=fees)).at_stake == Decimal("40.00")


class TestDisciplineOnly:
    def test_it_is_known_from_2018(self) -> None:
        before = check("discipline-only", line("97161", "GO"), day="2017-12-31")
        since = check("discipline-only", line("97161", "GO"), day="2018-01-01", fees=RATES)
        assert reported(before) == []
        assert answers(before) == [
            (
                "date-out-of-range",
                (),
                "the sources for this rule start on 2018-01-01, and 2017-12-31 is earlier",
            )
        ]
        assert reported(since) == [("deny", (0,), "97161 has GO, but can be billed with GP only")]
        assert since[0].action == "bill 97161 with GP, or bill the OT code for the service."
        assert since[0].at_stake == Decimal("100.00")

    @pytest.mark.parametrize(
        ("plan", "codes"),
        [
            ("GP", ("97161", "97162", "97163", "97164")),
            ("GO", ("97165", "97166", "97167", "97168")),
            ("GN", ("92521", "92522", "92523", "92524", "92597", "92607")),
        ],
    )
    def test_a_code_of_one_plan_stands_under_no_other(
        self, plan: str, codes: tuple[str, ...]
    ) -> None:
        for code in codes:
            for named in ("GP", "GO", "GN"):
                found = check("discipline-only", line(code, named), fees=FeeSchedule.medicare(DAY))
                assert bool(found.found) is (named != plan)
                for each in found:
                    assert said(each) == f"{code} has {named}, but can be billed with {plan} only"
                    assert each.figures

    @pytest.mark.parametrize("plan", ["GP", "GO", "GN"])
    def test_treatment_belongs_to_every_plan(self, plan: str) -> None:
        lines = [line(code, plan) for code in ("97110", "97530", "92507", "92608", "97129")]
        assert answers(check("discipline-only", *lines)) == [("clean", (), "")]

    def test_a_line_of_no_plan_or_of_two_and_a_foreign_code_are_not_its_matter(self) -> None:
        lines = line("97161"), line("97161", "GO", "GN"), line("99213", "GP")
        assert reported(check("discipline-only", *lines)) == []


class TestOnceADay:
    def test_an_untimed_code_is_billed_once(self) -> None:
        assert reported(check("once-a-day", line("97150", "GP"))) == []
        found = only(check("once-a-day", line("97150", "GP", units=2), fees=RATES))
        assert reported([found]) == [("deny", (0,), "2 units of 97150, which is billed once a day")]
        assert found.action == "bill 1 unit of 97150."
        assert found.at_stake == Decimal("18.00")
        assert found.figures

    def test_its_lines_are_added_up_under_one_plan(self) -> None:
        split = line("97150", "GP"), line("97140", "GP"), line("97150", "GP", "CQ")
        assert reported(check("once-a-day", *split)) == [
            ("deny", (0, 2), "2 units of 97150, which is billed once a day")
        ]
        assert reported(check("once-a-day", line("97150", "GP"), line("97150", "GO"))) == []
        both = line("97150", "GP"), line("97150", "GO", units=3), line("97150", "GP")
        assert reported(check("once-a-day", *both)) == [
            ("deny", (0, 2), "2 units of 97150, which is billed once a day"),
            ("deny", (1,), "3 units of 97150, which is billed once a day"),
        ]

    def test_a_plan_that_bills_it_once_hides_none_that_bills_it_twice(self) -> None:
        lines = line("97150", "GP"), line("97150", "GO", units=2)
        assert [each.lines for each in check("once-a-day", *lines)] == [(1,)]

    def test_the_first_unit_of_a_family_is_billed_once(self) -> None:
        once = check("once-a-day", line("97129", "GN"), line("97130", "GN", units=3))
        twice = check("once-a-day", line("97129", "GN", units=2))
        assert reported(once) == []
        assert reported(twice) == [
            (
                "deny",
                (0,),
                "2 units of 97129, which is billed once a day. Bill additional time with 97130.",
            )
        ]

    @pytest.mark.parametrize(
        ("code", "period"),
        [
            *((code, "day") for code in ("97129", "90912", "92607", "97545", "97550", "G0541")),
            ("98979", "calendar month"),
            ("98980", "calendar month"),
        ],
    )
    def test_a_first_unit_under_a_second_plan_is_found_on_the_second(
        self, code: str, period: str
    ) -> None:
        lines = line("97110", "GP"), line(code, "GO"), line(code, "GN"), line("97140", "GP")
        found = only(check("once-a-day", *lines, day="2026-03-02"))
        assert reported([found]) == [
            (
                "review",
                (2,),
                (
                    f"{code} under more than one plan of care. A patient can have {code} once a {period}, and it is already billed under another plan of care."
                ),
            )
        ]
        assert found.action == f"bill {code} under one plan of care."
        assert found.figures

    def test_each_plan_after_the_first_is_found_with_what_it_loses(self) -> None:
        fees = FeeSchedule.from_rates({"97129": "22.00", "97130": "21.00"})
        lines = (
            line("97129", "GO", units=2),
            line("97130", "GO"),
            line("97129", "GN", units=2),
            line("97129", "GP"),
        )
        found = check("once-a-day", *lines, fees=fees)
        another = "97129 under more than one plan of care. A patient can have 97129 once a day, and it is already billed under another plan of care."
        assert sorted(reported(found), key=lambda each: each[1]) == [
            (
                "deny",
                (0,),
                "2 units of 97129, which is billed once a day. Bill additional time with 97130.",
            ),
            ("review", (2,), another),
            ("review", (3,), another),
        ]
        assert {each.lines: each.at_stake for each in found} == {
            (0,): Decimal("22.00"),
            (2,): Decimal("44.00"),
            (3,): Decimal("22.00"),
        }

    def test_a_line_without_a_plan_counts_with_the_first(self) -> None:
        lines = line("97129"), line("97129", "GO"), line("97129", "GN")
        assert reported(check("once-a-day", *lines)) == [
            (
                "deny",
                (0, 1),
                "2 units of 97129, which is billed once a day. Bill additional time with 97130.",
            ),
            (
                "review",
                (2,),
                (
                    "97129 under more than one plan of care. A patient can have 97129 once a day, and it is already billed under another plan of care."
                ),
            ),
        ]

    def test_a_day_with_a_family_under_two_plans_is_billed_with_a_finding(self) -> None:
        sessions = [
            Session.from_minutes({"97129": 30}, date_of_service=DAY, discipline="OT"),
            Session.from_minutes({"97129": 15}, date_of_service=DAY, discipline="SLP"),
        ]
        priced = bill_day(sessions, MEDICARE, FeeSchedule.medicare(DAY))
        assert [(each.code, each.units, each.claim_line.modifiers) for each in priced.lines] == [
            ("97129", 1, ("GO",)),
            ("97130", 1, ("GO",)),
            ("97129", 1, ("GN",)),
        ]
        found = [each for each in check_day(sessions, MEDICARE) if each.rule.id == "once-a-day"]
        assert reported(found) == [
            (
                "review",
                (2,),
                (
                    "97129 under more than one plan of care. A patient can have 97129 once a day, and it is already billed under another plan of care."
                ),
            )
        ]
        backwards = check_day(sessions[::-1], MEDICARE)
        (second,) = [each for each in backwards if each.rule.id == "once-a-day"]
        claim = build_claim(sessions[::-1], MEDICARE)
        assert [claim.lines[place].modifiers for place in second.lines] == [("GO",)]

    @pytest.mark.parametrize("code", ["97150", "98975", "98977", "98981", "97597", "97130"])
    def test_other_codes_may_stand_under_two_plans(self, code: str) -> None:
        assert reported(check("once-a-day", line(code, "GP"), line(code, "GO"))) == []

    def test_a_month_is_billed_once(self) -> None:
        assert reported(check("once-a-day", line("98980", "GP", units=2))) == [
            ("deny", (0,), "2 units of 98980, which is billed once a calendar month")
        ]

    def test_timed_codes_areas_further_periods_and_foreign_codes_are_billed_as_often_as_they_were(
        self,
    ) -> None:
        for code in ("97110", "97597", "98981", "99213"):
            assert answers(check("once-a-day", line(code, "GP", units=2))) == [("clean", (), "")]

    @pytest.mark.parametrize("code", ["98975", "98977"])
    def test_a_set_up_or_a_supply_is_billed_once_a_day(self, code: str) -> None:
        found = check("once-a-day", line(code, "GP", units=2))
        assert reported(found) == [("deny", (0,), f"2 units of {code}, which is billed once a day")]

    def test_a_code_without_a_price_has_no_stake_of_zero(self) -> None:
        found = only(check("once-a-day", line("97039", "GP", units=2), fees=RATES))
        assert found.at_stake is None

    def test_a_charge_never_makes_the_stake_negative(self) -> None:
        fees = FeeSchedule.medicare(DAY)
        found = only(check("once-a-day", line("97150", "GP", units=2, charge="10"), fees=fees))
        assert found.at_stake is not None
        assert Decimal(0) <= found.at_stake <= Decimal(10)


class TestExclusiveCodes:
    @pytest.mark.parametrize(
        ("one", "other", "severity"),
        [
            ("98979", "98980", "deny"),
            ("98979", "98981", "deny"),
            ("98984", "98976", "deny"),
            ("98985", "98977", "deny"),
            ("98986", "98978", "review"),
            ("97552", "97550", "review"),
            ("97552", "97551", "review"),
            ("G0543", "G0541", "review"),
            ("G0543", "G0542", "review"),
        ],
    )
    def test_two_codes_for_one_thing_are_found_in_either_order_and_under_any_plan(
        self, one: str, other: str, severity: str
    ) -> None:
        for plans in (("GP", "GP"), ("GP", "GO")):
            for codes in ((one, other), (other, one)):
                lines = [line(code, plan) for code, plan in zip(codes, plans, strict=True)]
                found = only(
                    check("exclusive-codes", *lines, line("97110", "GP"), day="2026-03-02")
                )
                assert (found.severity.value, found.lines) == (severity, (0, 1))
                assert said(found).startswith(
                    f"{one} with {other} on the same claim. These codes are for the same "
                )
                assert found.action == "bill the one that the record supports."
                assert found.figures

    def test_each_month_is_one_finding_and_the_shorter_code_is_at_stake(self) -> None:
        fees = FeeSchedule.from_rates({"98979": "30.00", "98980": "50.00", "98981": "40.00"})
        lines = line("98980", "GP"), line("98981", "GP", units=2), line("98979", "GP")
        found = only(check("exclusive-codes", *lines, day="2026-01-01", fees=fees))
        assert reported([found]) == [
            (
                "deny",
                (0, 1, 2),
                (
                    "98979 with 98980 and 98981 on the same claim. These codes are for the same calendar "
                    "month; 98979 is for 10 to 19 minutes, 98980 for 20 or more."
                ),
            )
        ]
        assert found.at_stake == Decimal("30.00")

    @pytest.mark.parametrize(
        "codes",
        [
            ("98979",),
            ("98980", "98981"),
            ("98984", "98977"),
            ("98985", "98976"),
            ("98984", "98980"),
            ("98975",),
            ("97550", "97551"),
            ("97552", "G0541"),
        ],
    )
    def test_codes_that_do_not_exclude_each_other_are_clean(self, codes: tuple[str, ...]) -> None:
        # The check period-limit compares the other days of the period.
        lines = [line(code, "GP") for code in codes]
        found = check("exclusive-codes", *lines, day="2026-03-02")
        assert answers(found) == [("clean", (), "")]

    def test_before_2026_a_month_and_a_device_had_one_code(self) -> None:
        lines = line("98979", "GP"), line("98980", "GP"), line("98984", "GP"), line("98976", "GP")
        assert reported(check("exclusive-codes", *lines, day="2025-12-31")) == []
        assert len(check("exclusive-codes", *lines, day="2026-01-01")) == 2


class TestOneEvaluation:
    def test_a_day_has_one_of_each_discipline(self) -> None:
        assert reported(check("one-evaluation", line("97162", "GP"), line("97165", "GO"))) == []
        found = check(
            "one-evaluation", line("97164", "GP"), line("97165", "GO"), line("97162", "GP")
        )
        assert reported(found) == [
            (
                "deny",
                (0, 2),
                (
                    "97164 with 97162 on the same day. A day can have one PT evaluation or "
                    "re-evaluation."
                ),
            )
        ]
        assert found[0].action == "bill the one that was performed."

    def test_both_disciplines_may_have_one_too_many(self) -> None:
        lines = [line(code, "GP") for code in ("97161", "97164", "97166", "97168")]
        assert reported(check("one-evaluation", *lines)) == [
            (
                "deny",
                (0, 1),
                (
                    "97164 with 97161 on the same day. A day can have one PT evaluation or "
                    "re-evaluation."
                ),
            ),
            (
                "deny",
                (2, 3),
                (
                    "97168 with 97166 on the same day. A day can have one OT evaluation or "
                    "re-evaluation."
                ),
            ),
        ]

    def test_the_stake_does_not_depend_on_the_order_of_lines(self) -> None:
        lines = line("97161", "GP"), line("97164", "GP")
        stakes = {
            only(check("one-evaluation", *order, fees=RATES)).at_stake
            for order in (lines, lines[::-1])
        }
        assert len(stakes) == 1

    def test_all_but_the_dearest_are_at_stake(self) -> None:
        fees = FeeSchedule.from_rates({"97161": "100.00", "97162": "101.00", "97164": "70.00"})
        lines = [line(code, "GP") for code in ("97162", "97164", "97161")]
        for order in (lines, lines[::-1]):
            assert only(check("one-evaluation", *order, fees=fees)).at_stake == Decimal("170.00")

    def test_of_two_the_one_without_a_price_is_not_paid_and_its_stake_not_known(self) -> None:
        fees = FeeSchedule.from_rates({"97164": "0.50"})
        lines = line("97164", "GP"), line("97161", "GP")
        assert only(check("one-evaluation", *lines, fees=fees)).at_stake is None

    def test_one_code_twice_is_for_the_check_of_once_a_day(self) -> None:
        twice = line("97161", "GP", units=2)
        assert reported(check("one-evaluation", twice)) == []
        assert len(check("once-a-day", twice)) == 1

    def test_one_code_under_two_plans_is_two_evaluations(self) -> None:
        for code in ("97161", "97165"):
            found = check_claim(
                claim(line(code, "GP"), line(code, "GO")),
                MEDICARE,
                checks=["one-evaluation", "once-a-day"],
            )
            assert [(each.severity, each.lines) for each in found] == [(DENY, (0, 1))]

    def test_one_code_twice_is_found_though_a_line_names_no_plan(self) -> None:
        found = check_claim(
            claim(line("97161", "GP"), line("97161")),
            CPT_MIDPOINT,
            checks=["one-evaluation", "once-a-day"],
        )
        assert [each.severity for each in found] == [DENY]


class TestOneLine:
    @pytest.mark.parametrize(
        ("day", "severity"), [("2021-04-18", "review"), ("2021-04-19", "deny")]
    )
    def test_equal_lines_are_rejected_from_april_2021(self, day: str, severity: str) -> None:
        lines = line("97110", "GP"), line("97140", "GP"), line("97110", "GP", units=2)
        found = check("one-line-a-code", *lines, day=day)
        assert reported(found) == [
            (severity, (0, 2), "97110 is on 2 lines with the same modifiers")
        ]
        assert found[0].action == "add the units together on one line."

    def test_where_one_of_them_is_paid_all_but_one_are_at_stake(self) -> None:
        lines = line("97110", "GP"), line("97110", "GP"), line("97110", "GP", units=2)
        found = only(check("one-line-a-code", *lines, day="2021-04-18", fees=RATES))
        assert (found.severity, found.at_stake) == (REVIEW, Decimal("60.00"))

    def test_lines_that_differ_by_a_modifier_are_two(self) -> None:
        for modifiers in (("GP", "CQ"), ("GO",), ("GP", "59")):
            lines = line("97110", "GP"), line("97110", *modifiers)
            assert answers(check("one-line-a-code", *lines)) == [("clean", (), "")]

    def test_the_order_of_modifiers_makes_no_other_line(self) -> None:
        lines = line("97110", "GP", "CQ"), line("97110", "CQ", "GP"), line("97110", "GP", "CQ")
        found = only(check("one-line-a-code", *lines, fees=RATES))
        assert reported([found]) == [
            ("deny", (0, 1, 2), "97110 is on 3 lines with the same modifiers")
        ]
        assert found.at_stake == Decimal("90.00")

    @pytest.mark.parametrize(("day", "stake"), [("2021-04-18", "30.00"), ("2021-04-19", "90.00")])
    def test_where_they_are_rejected_all_are_at_stake_and_before_all_but_the_dearest(
        self, day: str, stake: str
    ) -> None:
        lines = line("97110", "GP"), line("97110", "GP", units=2)
        stakes = {
            only(check("one-line-a-code", *order, day=day, fees=RATES)).at_stake
            for order in (lines, lines[::-1])
        }
        assert stakes == {Decimal(stake)}


class TestPlanModifier:
    @pytest.mark.parametrize("plan", ["GP", "GO", "GN"])
    def test_one_plan_is_what_a_line_has(self, plan: str) -> None:
        assert answers(check("plan-modifier", line("97110", "59", plan))) == [("clean", (), "")]

    def test_an_always_therapy_line_without_a_plan_is_returned(self) -> None:
        found = only(check("plan-modifier", line("97110", "59"), fees=RATES))
        assert reported([found]) == [
            ("deny", (0,), '97110 has no GP, GO, or GN. 97110 is an "always therapy" code.')
        ]
        assert found.action == "add the modifier of the plan of care."
        assert found.at_stake == Decimal("30.00")
        assert found.figures

    def test_a_sometimes_therapy_line_without_a_plan_may_be_right(self) -> None:
        fees = FeeSchedule.from_rates({"97597": "80.00"})
        found = only(check("plan-modifier", line("97597"), fees=fees))
        assert reported([found]) == [
            ("info", (0,), '97597 has no GP, GO, or GN. 97597 is a "sometimes therapy" code.')
        ]
        assert (
            found.action
            == "add the modifier of the plan of care if the service was furnished under one."
        )
        assert found.at_stake is None

    def test_a_sometimes_therapy_line_of_a_recorded_session_needs_its_plan(self) -> None:
        fees = FeeSchedule.from_rates({"97597": "80.00"})
        record = Session(DAY, "PT", [UntimedService("97597")])
        found = only(check("plan-modifier", line("97597"), fees=fees, sessions=record))
        assert reported([found]) == [
            (
                "deny",
                (0,),
                (
                    '97597 has no GP, GO, or GN. 97597 is a "sometimes therapy" code, and the record '
                    "shows that PT furnished it."
                ),
            )
        ]
        assert found.action == "add the modifier of the plan of care."
        assert found.at_stake == Decimal("80.00")
        twice = [record, record, Session(DAY, "OT", record.services)]
        found = only(check("plan-modifier", line("97597"), sessions=twice))
        assert found.detail.endswith("the record shows that PT and OT furnished it.")
        other = Session(DAY, "PT", [UntimedService("97605")])
        assert [
            each.severity.value for each in check("plan-modifier", line("97597"), sessions=other)
        ] == ["info"]

    def test_a_code_that_is_not_covered_is_not_called_sometimes_therapy(self) -> None:
        found = check("plan-modifier", line("97169"))
        assert "97169 is sometimes therapy and has no GP, GO or GN" not in [
            said(each) for each in found
        ]

    def test_two_plans_on_a_line_contradict_each_other(self) -> None:
        lines = line("97110", "GP", "GO")
        found = only(check("plan-modifier", lines, payer=CPT_MIDPOINT, fees=RATES))
        assert reported([found]) == [
            ("deny", (0,), "97110 has GP and GO. A claim line belongs to one plan of care.")
        ]
        assert (
            found.action
            == "keep only the modifier of the plan of care under which 97110 was furnished."
        )
        assert found.at_stake == Decimal("30.00")

    def test_a_payer_that_is_not_medicare_is_not_known_to_want_one(self) -> None:
        lines = line("97110"), line("97597"), line("97169"), line("99213"), line("97140", "GP")
        found = check("plan-modifier", *lines, line("97110"), payer=CPT_MIDPOINT)
        assert reported(found) == []
        assert answers(found) == [
            (
                "not-in-data",
                ("97110", "97597"),
                "it is not known whether this payer requires GP, GO, or GN",
            )
        ]
        named = check("plan-modifier", line("97110", "GP"), payer=CPT_MIDPOINT)
        assert answers(named) == [("clean", (), "")]

    def test_a_line_with_its_plan_hides_none_without(self) -> None:
        found = check("plan-modifier", line("97140", "GP"), line("99213"), line("97110"))
        assert [each.lines for each in found] == [(2,)]

    def test_a_foreign_code_needs_none(self) -> None:
        assert reported(check("plan-modifier", line("99213"))) == []


class TestAssistantPlan:
    @pytest.mark.parametrize("modifiers", [("GP", "CQ"), ("GO", "CO"), ("CQ", "GP"), ("GN",)])
    def test_each_stands_with_its_plan(self, modifiers: tuple[str, ...]) -> None:
        found = check("assistant-modifier-plan", line("97110", *modifiers))
        assert answers(found) == [("clean", (), "")]

    @pytest.mark.parametrize(
        ("modifiers", "missing"),
        [(("GO", "CQ"), "GP"), (("GN", "CQ"), "GP"), (("GP", "CO"), "GO"), (("CO",), "GO")],
    )
    def test_it_stands_with_no_other(self, modifiers: tuple[str, ...], missing: str) -> None:
        modifier = modifiers[-1]
        found = only(check("assistant-modifier-plan", line("97110", *modifiers), fees=RATES))
        assert reported([found]) == [("deny", (0,), f"{modifier} on 97110 without {missing}")]
        assert found.action == (
            f"bill {modifier} with {missing} on the same line, or remove {modifier}."
        )
        assert found.at_stake == Decimal("30.00")

    def test_a_supply_takes_none(self) -> None:
        assert reported(check("assistant-modifier-plan", line("98975", "GP", "CQ"))) == []
        fees = FeeSchedule.from_rates({"98976": "40.00"})
        found = only(check("assistant-modifier-plan", line("98976", "GP", "CQ"), fees=fees))
        assert reported([found]) == [("deny", (0,), "98976 does not take CQ or CO")]
        assert found.action == "remove CQ or CO."
        assert found.at_stake == Decimal("40.00")
        assert found.figures

    def test_both_faults_of_a_line_are_found(self) -> None:
        found = check("assistant-modifier-plan", line("98976", "GO", "CQ"))
        assert sorted(said(each) for each in found) == [
            "98976 does not take CQ or CO",
            "CQ on 98976 without GP",
        ]


class TestRoomAndOrder:
    def test_four_modifiers_fit_and_five_do_not(self) -> None:
        four = "GP", "CQ", "KX", "59"
        assert answers(check("modifier-count", line("97110", *four))) == [("clean", (), "")]
        found = only(check("modifier-count", line("97110", *four, "95"), fees=RATES))
        assert reported([found]) == [
            (
                "deny",
                (0,),
                "97110 has 5 modifiers; a claim line has room for 4. There is no room for 95.",
            )
        ]
        assert found.action == (
            "leave out a modifier that the payer does not need, and keep it in your own record."
        )
        assert found.at_stake == Decimal("30.00")

    def test_how_many_fit_is_a_number_of_law_and_without_it_the_answer_is_out_of_range(
        self,
    ) -> None:
        modifiers = line("97110", "GP", "CQ", "KX", "59")
        numbers = own_numbers("claim_line_modifiers", (None, "3"), through=str(DAY))
        fees = attrs.evolve(RATES, parameters=numbers)
        assert "a claim line has room for 3. There is no room for 59." in (
            said(only(check("modifier-count", modifiers, fees=fees)))
        )
        numbers = own_numbers("claim_line_modifiers", (None, "3"), through="2024-07-31")
        fees = attrs.evolve(RATES, parameters=numbers)
        remark = f"claim_line_modifiers is known through 2024-07-31, not on {DAY}"
        assert answers(check("modifier-count", modifiers, fees=fees)) == [
            ("date-out-of-range", (), remark)
        ]

    def test_the_payers_order_decides_which_modifier_has_no_room(self) -> None:
        lines = line("97110", "95", "GP", "CQ", "KX", "59", "76")
        policy = MEDICARE.on(DAY).with_changes(modifier_order=("76", "95"))
        assert "no room for 95 and 76" in said(only(check("modifier-count", lines)))
        assert "no room for KX and 59" in said(only(check("modifier-count", lines, payer=policy)))

    def test_an_attested_modifier_stands_in_the_payers_order(self) -> None:
        policy = MEDICARE.on(DAY).with_changes(modifier_order=("59", "GP"))
        lines, attested = GROUP_AND_EXERCISE, [("59", "97110")]
        found = check("modifier-order", *lines, payer=policy, attestations=attested)
        assert answers(found) == [("clean", (), "")]

    def test_an_attested_modifier_without_room_is_reported_and_not_dropped(self) -> None:
        lines = line("97110", "GP", "CQ", "KX", "95"), line("97150", "GP")
        found = check("modifier-count", *lines, attestations=[("XU", "97110")])
        assert reported(found) == [
            (
                "deny",
                (0,),
                "97110 has 5 modifiers; a claim line has room for 4. There is no room for 95.",
            )
        ]

    def test_modifiers_in_another_order_than_the_payers_are_an_info(self) -> None:
        policy = MEDICARE.on(DAY).with_changes(modifier_order=("GP", "CQ", "59"))
        clean = check("modifier-order", line("97110", "GP", "CQ", "59"), payer=policy)
        assert answers(clean) == [("clean", (), "")]
        found = only(
            check("modifier-order", line("97110", "59", "GP", "CQ"), payer=policy, fees=RATES)
        )
        assert reported([found]) == [
            ("info", (0,), "97110 has 59 GP CQ; the payer's order is GP CQ 59")
        ]
        assert found.action == "put the modifiers in the payer's order."
        assert found.at_stake is None

    def test_the_order_does_not_apply_to_a_payer_that_sets_none(self) -> None:
        same = MEDICARE.on(DAY).with_changes(modifier_order=COMMON_ORDER)
        for payer in (MEDICARE, CPT_MIDPOINT, same):
            found = check("modifier-order", line("97110", "59", "GP", "CQ"), payer=payer)
            assert not_applicable(found) == "the payer's policy sets no order of modifiers"

    def test_kx_that_is_attested_counts_where_the_line_needs_it(self) -> None:
        policy = MEDICARE.on(DAY).with_changes(
            modifier_order=("GP", "CQ", "KX", "59", "95"),
            allowed_modifiers=("GP", "CQ", "59", "95"),
        )
        rules_of_modifiers = ["modifier-count", "modifier-order", "modifier-allowed"]

        def found(
            attestations: Iterable[Attestation], before: str
        ) -> list[tuple[str, tuple[int, ...], str]]:
            return reported(
                check_claim(
                    claim(line("97110", "CQ", "GP", "59", "95")),
                    policy,
                    RATES,
                    Accumulators(2024, deductible_met="240.00", pt_slp=before),
                    attestations=attestations,
                    checks=rules_of_modifiers,
                )
            )

        order = "97110 has CQ GP 59 95; the payer's order is GP CQ 59 95"
        assert found((), "2330.00") == [("info", (0,), order)]
        assert found(["KX"], "2000.00") == [("info", (0,), order)]
        five = found(["KX"], "2330.00")
        assert five[:2] == [
            (
                "deny",
                (0,),
                "97110 has 5 modifiers; a claim line has room for 4. There is no room for 95.",
            ),
            ("review", (0,), "97110 has KX, which the payer does not accept"),
        ]
        assert order not in [message for _, _, message in five]

    def test_a_payer_may_want_59_first(self) -> None:
        policy = MEDICARE.on(DAY).with_changes(modifier_order=("59", "GP"))
        assert reported(check("modifier-order", line("97110", "59", "GP"), payer=policy)) == []
        assert reported(check("modifier-order", line("97110", "GP", "59"), payer=policy)) == [
            ("info", (0,), "97110 has GP 59; the payer's order is 59 GP")
        ]

    def test_a_payer_may_take_some_modifiers_only(self) -> None:
        policy = MEDICARE.on(DAY).with_changes(allowed_modifiers=("GP", "59"))
        clean = check("modifier-allowed", line("97110", "GP", "59"), payer=policy)
        assert answers(clean) == [("clean", (), "")]
        found = only(
            check("modifier-allowed", line("97110", "GP", "CQ", "KX"), payer=policy, fees=RATES)
        )
        assert reported([found]) == [
            ("review", (0,), "97110 has CQ and KX, which the payer does not accept")
        ]
        assert found.action == "remove CQ and KX, or ask the payer."
        assert found.at_stake == Decimal("30.00")

    def test_a_payer_that_names_none_takes_any(self) -> None:
        found = check("modifier-allowed", line("97110", "ZZ"))
        assert not_applicable(found) == "the payer's policy lists no allowed modifiers"


class TestPayableCode:
    def test_a_code_that_medicare_does_not_take_has_one_that_it_takes(self) -> None:
        fees = FeeSchedule.from_rates({"97014": "15.00", "G0283": "14.00"})
        found = only(check("payable-code", line("97014", "GP"), line("G0283", "GP"), fees=fees))
        assert reported([found]) == [("deny", (0,), "Medicare does not pay 97014")]
        assert found.action == "bill G0283 instead."
        assert found.at_stake == Decimal("15.00")
        assert found.figures

    @pytest.mark.parametrize("code", ["97169", "97170", "97171", "97172", "97037"])
    def test_a_code_that_is_not_covered_is_not_paid(self, code: str) -> None:
        found = only(check("payable-code", line(code, "GP")))
        assert reported([found]) == [("deny", (0,), f"Medicare does not pay {code}")]
        assert found.action == "do not bill it to Medicare."

    @pytest.mark.parametrize("code", ["97010", "97602"])
    def test_a_bundled_code_is_not_paid_separately(self, code: str) -> None:
        found = only(check("payable-code", line(code, "GP")))
        assert reported([found]) == [
            ("info", (0,), f"{code} is bundled; Medicare does not pay it separately")
        ]
        assert found.action == "expect no payment for this line."
        assert found.figures

    @pytest.mark.parametrize(
        ("code", "day", "fault"),
        [
            ("97127", "2019-12-31", ""),
            (
                "97127",
                "2020-01-01",
                "code 97127 ended on 2019-12-31: use 97129 or 97130",
            ),
            (
                "97129",
                "2019-12-31",
                "code 97129 begins on 2020-01-01: use 97127 or G0515 before then",
            ),
            ("97129", "2020-01-01", ""),
            ("97161", "2016-12-31", "code 97161 begins on 2017-01-01: use 97001 before then"),
            ("97161", "2017-01-01", ""),
            ("97001", "2016-12-31", ""),
            (
                "97001",
                "2017-01-01",
                "code 97001 ended on 2016-12-31: use 97161, 97162, or 97163",
            ),
        ],
    )
    def test_a_code_is_one_of_its_days(self, code: str, day: str, fault: str) -> None:
        found = check("payable-code", line(code, "GP"), day=day)
        messages = [said(each) for each in found if said(each).startswith("code ")]
        assert messages == ([fault] if fault else [])

    def test_a_code_of_another_day_is_denied_and_at_stake(self) -> None:
        fees = FeeSchedule.from_rates({"97127": "90.00"})
        ended = only(check("payable-code", line("97127", "GN"), day="2020-01-01", fees=fees))
        not_yet = only(check("payable-code", line("97129", "GN"), day="2019-12-31"))
        assert (ended.severity, not_yet.severity) == (DENY, DENY)
        assert ended.action == not_yet.action == "bill a code that is valid on the date of service."
        assert ended.at_stake == Decimal("90.00")
        assert ended.figures

    def test_a_day_after_the_end_of_the_codes_is_not_covered(self) -> None:
        policy = Policy(UnitMethod.CPT_MIDPOINT)
        lines = line("97127"), line("97110")
        last = check("payable-code", lines[1], day="2026-12-31", payer=policy)
        after = check("payable-code", *lines, day="2027-01-01", payer=policy)
        assert answers(last) == [("clean", (), "")]
        assert [each.lines for each in after] == [(0,)]
        assert answers(after) == [
            ("finding", ("97127",), ""),
            (
                "date-out-of-range",
                ("97110",),
                "codes are known through 2026-12-31, not on 2027-01-01",
            ),
        ]

    def test_a_code_that_is_not_known_is_not_in_the_data(self) -> None:
        found = check("payable-code", line("97110", "GP"), line("99213"))
        assert answers(found) == [
            ("not-in-data", ("99213",), "not in the data: add it with use_data or --codes")
        ]

    def test_a_payer_that_is_not_medicare_is_asked_for_the_days_of_a_code_alone(self) -> None:
        assert reported(check("payable-code", line("97014"), payer=CPT_MIDPOINT)) == []
        ended = check("payable-code", line("97110"), line("97127"), payer=CPT_MIDPOINT)
        assert [said(each) for each in ended] == [
            "code 97127 ended on 2019-12-31: use 97129 or 97130"
        ]

    def test_after_the_codes_end_each_line_is_reported(self) -> None:
        policy = Policy(UnitMethod.CPT_MIDPOINT)
        found = check("payable-code", line("97110"), line("97140"), day="2027-01-04", payer=policy)
        remark = "codes are known through 2026-12-31, not on 2027-01-04"
        assert answers(found) == [
            ("date-out-of-range", (code,), remark) for code in ("97110", "97140")
        ]

    def test_each_line_is_looked_at_after_one_that_is_not_paid(self) -> None:
        lines = line("99213"), line("97127", "GN"), line("97014", "GP"), line("97010", "GP")
        assert [each.lines for each in check("payable-code", *lines)] == [(1,), (2,), (3,)]
