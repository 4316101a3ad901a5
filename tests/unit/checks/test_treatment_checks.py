"""Findings that compare a claim with the record."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import attrs
import pytest

from tests.finding_text import said
from tests.unit.checks.claims_to_check import (
    DAY,
    RATES,
    Given,
    answers,
    check,
    claim,
    line,
    not_applicable,
    only,
    ot,
    pt,
    reported,
    rules,
    slp,
)
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    Accumulators,
    ClaimLine,
    FeeSchedule,
    Policy,
    Setting,
    TiePolicy,
    TimedService,
    UnitMethod,
    UntimedService,
    allocate_units,
    build_claim,
)
from therapy_billing.checks.day import check_claim, check_day
from therapy_billing.claims.attestations import Attestation
from therapy_billing.findings.records import Findings, Severity


class TestUnits:
    RECORD = pt(TimedService("97110", 38), UntimedService("97161", 30))
    BOTH = (
        "2 units billed for tied leftover minutes that make 1 unit. The leftover minutes of "
        "97112 and 97110 are equal, and together they make 1 unit."
    )

    def test_without_the_record_units_are_not_known(self) -> None:
        assert answers(check("units-of-minutes", line("97110", "GP"))) == [
            ("not-in-data", (), "no sessions were given, so there are no minutes to compare")
        ]

    def test_units_that_another_policy_counted_are_reviewed(self) -> None:
        claim = build_claim(pt(TimedService("97110", 10), TimedService("97124", 10)), CPT_MIDPOINT)
        (found,) = check_claim(claim, MEDICARE).of_rule("units-of-minutes")
        assert (found.severity, found.lines) == (Severity.REVIEW, (0, 1))
        assert said(found) == (
            "the units were counted for cpt-midpoint; this payer may count differently"
        )
        assert check_claim(claim, CPT_MIDPOINT).of_rule("units-of-minutes") == ()

    def test_the_units_of_the_minutes_and_fewer_are_clean(self) -> None:
        for units in (1, 2, 3):
            lines = line("97110", "GP", units=units), line("97161", "GP")
            found = check("units-of-minutes", *lines, sessions=self.RECORD)
            assert answers(found) == [("clean", (), "")]

    def test_one_unit_more_than_the_minutes_make_is_found(self) -> None:
        found = only(
            check(
                "units-of-minutes",
                line("97110", "GP", units=4),
                sessions=self.RECORD,
                fees=RATES,
            )
        )
        assert reported([found]) == [("deny", (0,), "4 units of 97110 billed; the minutes make 3")]
        assert found.action == "bill 3 units."
        assert found.at_stake == Decimal("30.00")

    def test_the_units_of_a_split_are_added_up(self) -> None:
        lines = line("97110", "GP", units=2), line("97110", "GP", "CQ", units=2)
        found = only(check("units-of-minutes", *lines, sessions=self.RECORD, fees=RATES))
        assert reported([found]) == [
            ("deny", (0, 1), "4 units of 97110 billed; the minutes make 3")
        ]
        assert found.at_stake == Decimal("30.00")

    def test_a_line_that_loses_all_its_units_is_gone(self) -> None:
        lines = line("97110", "GP", units=3), line("97110", "GP", "CQ", units=2)
        found = only(check("units-of-minutes", *lines, sessions=self.RECORD, fees=RATES))
        assert found.at_stake == Decimal("60.00")

    def test_a_code_that_is_not_in_the_record_is_found(self) -> None:
        lines = line("97110", "GP", units=3), line("97140", "GP"), line("97150", "GP")
        found = check("units-of-minutes", *lines, sessions=self.RECORD)
        assert reported(found) == [
            ("deny", (1,), "1 unit of 97140 billed; 97140 is not in the record"),
            ("deny", (2,), "1 unit of 97150 billed; 97150 is not in the record"),
        ]
        assert [each.action for each in found] == [
            "take 97140 off the claim.",
            "take 97150 off the claim.",
        ]

    def test_a_code_whose_minutes_make_no_unit_is_found(self) -> None:
        record = pt(TimedService("97110", 30), TimedService("97140", 7))
        found = only(check("units-of-minutes", line("97140", "GP"), sessions=record))
        assert reported([found]) == [("deny", (0,), "1 unit of 97140 billed; the minutes make 0")]
        assert found.action == "take 97140 off the claim."

    def test_an_untimed_code_has_the_units_of_the_record(self) -> None:
        found = check("units-of-minutes", line("97161", "GP", units=2), sessions=self.RECORD)
        assert reported(found) == [("deny", (0,), "2 units of 97161 billed; the minutes make 1")]

    def test_of_a_tie_either_split_is_fine_and_both_are_not(self) -> None:
        record = pt(TimedService("97112", 20), TimedService("97110", 20))

        def found(first: int, second: int) -> list[tuple[Any, ...]]:
            lines = line("97112", "GP", units=first), line("97110", "GP", units=second)
            return reported(check("units-of-minutes", *lines, sessions=record))

        assert found(2, 1) == []
        assert found(1, 2) == []
        assert found(2, 2) == [("deny", (0, 1), self.BOTH)]
        assert found(3, 1) == [("deny", (0,), "3 units of 97112 billed; the minutes make 2")]

    def test_units_of_equal_leftovers_that_are_billed_twice_have_their_stake(self) -> None:
        record = pt(TimedService("97112", 20), TimedService("97110", 20))
        lines = line("97112", "GP", units=2), line("97110", "GP", units=2)
        found = only(check("units-of-minutes", *lines, sessions=record, fees=RATES))
        assert found.action == "bill 1 unit fewer."
        assert found.at_stake == Decimal("30.00")

    def test_the_unit_that_is_least_in_worth_is_at_stake_and_no_other_line_of_the_day(self) -> None:
        record = pt(
            TimedService("97112", 20), TimedService("97116", 20), UntimedService("97161", 30)
        )
        lines = line("97112", "GP", units=2), line("97116", "GP", units=2), line("97161", "GP")
        found = only(check("units-of-minutes", *lines, sessions=record, fees=RATES))
        assert found.at_stake == Decimal("25.00")

    def test_the_stake_of_too_many_timed_units_does_not_depend_on_the_order(self) -> None:
        record = pt(TimedService("97112", 20), TimedService("97110", 20))
        lines = line("97112", "GP", units=2), line("97110", "GP", units=2)
        stakes = {
            only(check("units-of-minutes", *order, sessions=record, fees=RATES)).at_stake
            for order in (lines, lines[::-1])
        }
        assert len(stakes) == 1

    def test_units_that_the_highest_fee_decides_are_checked_with_the_fees(self) -> None:
        policy = MEDICARE.on(DAY).with_changes(tie_policy=TiePolicy.HIGHEST_FEE)
        for minutes in (20, 30):
            record = pt(
                TimedService("97112", 20), TimedService("97110", minutes, clinician="assistant")
            )
            lines = line("97112", "GP"), line("97110", "GP", "CQ", units=2)
            found = check_claim(claim(*lines), policy, RATES, sessions=record)
            assert reported(found) == []

    def test_units_are_those_of_the_plan_of_care_that_the_record_has(self) -> None:
        record = pt(TimedService("97110", 15)), ot(TimedService("97110", 15))
        right = line("97110", "GP"), line("97110", "GO")
        wrong = line("97110", "GP", units=2)
        assert reported(check("units-of-minutes", *right, sessions=record)) == []
        found = only(check("units-of-minutes", wrong, sessions=record, fees=RATES))
        assert reported([found]) == [
            ("deny", (0,), "2 units of 97110 billed with GP; the minutes make 1")
        ]
        assert found.action == "bill 1 unit."
        assert found.at_stake == Decimal("30.00")

    def test_a_plan_of_care_that_the_record_does_not_have_makes_nothing(self) -> None:
        record = ot(TimedService("97110", 15))
        found = only(check("units-of-minutes", line("97110", "GP"), sessions=record, fees=RATES))
        assert reported([found]) == [
            ("deny", (0,), "1 unit of 97110 billed with GP; 97110 is not in the record")
        ]
        assert found.at_stake == Decimal("30.00")
        assert reported(check("units-of-minutes", line("97110", "GO"), sessions=record)) == []

    def test_what_one_plan_left_unbilled_is_no_unit_of_another(self) -> None:
        services = TimedService("97110", 20), TimedService("97112", 20)
        lines = (
            line("97110", "GP", units=2),
            line("97112", "GP", units=2),
            line("97110", "GO"),
            line("97112", "GO"),
        )
        found = only(
            check("units-of-minutes", *lines, sessions=(pt(*services), ot(*services)), fees=RATES)
        )
        assert reported([found]) == [
            (
                "deny",
                (0, 1),
                (
                    "2 units billed for tied leftover minutes that make 1 unit. The leftover minutes of "
                    "97110 and 97112 with GP are equal, and together they make 1 unit."
                ),
            )
        ]
        assert found.at_stake == Decimal("30.00")

    def test_tied_leftovers_with_a_smaller_one_make_one_unit(self) -> None:
        record = pt(TimedService("97110", 20), TimedService("97112", 20), TimedService("97140", 18))

        def found(*units: int) -> list[tuple[str, tuple[int, ...], str]]:
            codes = ("97110", "97112", "97140")
            lines = [
                line(code, "GP", units=count)
                for code, count in zip(codes, units, strict=True)
                if count
            ]
            return reported(check("units-of-minutes", *lines, sessions=record))

        message = (
            "2 units billed for tied leftover minutes that make 1 unit. The leftover minutes of "
            "97110 and 97112 are equal, and together they make 1 unit."
        )
        assert found(2, 2, 0) == [("deny", (0, 1), message)]
        assert found(2, 1, 1) == found(1, 2, 1) == []
        assert found(1, 1, 2) == [("deny", (2,), "2 units of 97140 billed; the minutes make 1")]

    def test_a_unit_that_is_left_unbilled_pays_for_no_other_code(self) -> None:
        record = pt(TimedService("97110", 35), TimedService("97112", 34), TimedService("97140", 20))
        lines = line("97110", "GP", units=3), line("97112", "GP"), line("97140", "GP", units=2)
        assert reported(check("units-of-minutes", *lines, sessions=record)) == [
            (
                "deny",
                (0, 2),
                (
                    "2 units billed for tied leftover minutes that make 1 unit. The leftover minutes of "
                    "97110 and 97140 are equal, and together they make 1 unit."
                ),
            )
        ]

    def test_two_units_that_equal_leftovers_leave_open_are_billed_twice_and_not_three_times(
        self,
    ) -> None:
        codes = "97110", "97112", "97140"
        record = pt(*(TimedService(code, 25) for code in codes))
        assert allocate_units(record, MEDICARE).total_units == 5
        two = [line(code, "GP", units=count) for code, count in zip(codes, (2, 2, 1), strict=True)]
        three = [line(code, "GP", units=2) for code in codes]
        assert reported(check("units-of-minutes", *two, sessions=record)) == []
        found = only(check("units-of-minutes", *three, sessions=record, fees=RATES))
        assert said(found) == (
            "3 units billed for tied leftover minutes that make 2 units. The leftover minutes of "
            "97110, 97112, and 97140 are equal, and together they make 2 units."
        )
        assert (found.action, found.at_stake) == ("bill 1 unit fewer.", Decimal("28.00"))

    def test_lines_without_a_plan_belong_to_the_only_one(self) -> None:
        record = pt(TimedService("97112", 20), TimedService("97110", 20))
        lines = line("97112", units=2), line("97110", units=2)
        assert reported(check("units-of-minutes", *lines, sessions=record)) == [
            ("deny", (0, 1), self.BOTH)
        ]
        split = line("97110", "GP"), line("97110", units=2)
        assert reported(check("units-of-minutes", *split, sessions=record)) == [
            ("deny", (0, 1), "3 units of 97110 billed; the minutes make 2")
        ]

    def test_of_several_plans_lines_without_one_are_compared_with_all(self) -> None:
        record = pt(TimedService("97110", 30)), ot(TimedService("97110", 15))

        def found(*lines: ClaimLine) -> list[tuple[str, tuple[int, ...], str]]:
            return reported(check("units-of-minutes", *lines, sessions=record))

        four = "4 units of 97110 billed; the minutes make 3"
        assert found(line("97110", units=3)) == []
        assert found(line("97110", units=4)) == [("deny", (0,), four)]
        assert found(line("97110", "GP", "GO", units=4)) == [("deny", (0,), four)]
        assert found(line("97110", "GP", units=2), line("97110")) == []
        assert found(line("97110", "GP", units=2), line("97110", units=2)) == [
            ("deny", (0, 1), four)
        ]
        assert found(line("97140")) == [
            ("deny", (0,), "1 unit of 97140 billed; 97140 is not in the record")
        ]

    def test_an_excess_unit_of_one_plan_is_reported_once(self) -> None:
        record = pt(TimedService("97110", 15)), ot(TimedService("97535", 15))
        lines = line("97110"), line("97140", "GP")
        assert len(check("units-of-minutes", *lines, sessions=record)) == 1

    def test_of_several_plans_equal_leftovers_are_billed_once_by_lines_without_one(self) -> None:
        services = TimedService("97110", 20), TimedService("97112", 20)
        record = pt(*services), ot(*services)
        assert allocate_units(record, MEDICARE).total_units == 6
        six = line("97110", units=4), line("97112", units=2)
        eight = line("97110", units=4), line("97112", units=4)
        assert reported(check("units-of-minutes", *six, sessions=record)) == []
        found = only(check("units-of-minutes", *eight, sessions=record, fees=RATES))
        assert reported([found]) == [
            (
                "deny",
                (0, 1),
                (
                    "8 timed units billed, but no legal split of the minutes makes them. The minutes make 6 "
                    "units."
                ),
            )
        ]
        assert (found.action, found.at_stake) == ("bill 2 units fewer.", Decimal("60.00"))

    def test_units_that_fit_no_split_though_their_sum_does_are_one_too_many(self) -> None:
        record = (
            pt(TimedService("97110", 20), TimedService("97112", 20)),
            ot(TimedService("97530", 20), TimedService("97535", 20)),
        )
        lines = line("97110", units=2), line("97112", units=2), line("97530"), line("97535")
        found = only(check("units-of-minutes", *lines, sessions=record, fees=RATES))
        assert (found.action, found.at_stake) == ("bill 1 unit fewer.", Decimal("30.00"))

    def test_a_code_under_no_plan_is_found_with_a_line_without_a_plan(self) -> None:
        record = pt(TimedService("97110", 15)), ot(TimedService("97535", 15))
        found = check("units-of-minutes", line("97110"), line("97140", "GP"), sessions=record)
        assert reported(found)[-1] == (
            "deny",
            (1,),
            "1 unit of 97140 billed with GP; 97140 is not in the record",
        )

    def test_what_one_plan_left_open_is_no_unit_of_another_for_lines_without_one(self) -> None:
        record = (
            pt(TimedService("97110", 20), TimedService("97112", 20)),
            ot(TimedService("97530", 20), TimedService("97535", 20)),
        )
        right = line("97110", units=2), line("97112"), line("97530", units=2), line("97535")
        swapped = line("97110", units=2), line("97112", units=2), line("97530"), line("97535")
        assert reported(check("units-of-minutes", *right, sessions=record)) == []
        assert len(check("units-of-minutes", *swapped, sessions=record)) == 1

    def test_what_a_cap_takes_is_no_fault_of_the_minutes(self) -> None:
        caps: list[dict[str, Any]] = [
            {"cap_per_day": 2},
            {"cap_per_code": 2},
            {"cap_per_session": 2},
            {"cap_per_codes": [(("97110",), 2)]},
        ]
        for cap in caps:
            policy = MEDICARE.on(DAY).with_changes(**cap)
            three, four = (
                check(
                    "units-of-minutes",
                    line("97110", "GP", units=units),
                    sessions=self.RECORD,
                    payer=policy,
                )
                for units in (3, 4)
            )
            assert answers(three) == [("clean", (), "")]
            assert reported(four) == [("deny", (0,), "4 units of 97110 billed; the minutes make 3")]

    @pytest.mark.parametrize(
        "cap",
        [
            {"cap_per_day": 4},
            {"cap_per_code": 2},
            {"cap_per_session": 2},
            {"cap_per_codes": [(("97110", "97112"), 4)]},
        ],
    )
    def test_what_a_cap_takes_is_no_fault_of_lines_without_a_plan(
        self, cap: dict[str, Any]
    ) -> None:
        services = TimedService("97110", 20), TimedService("97112", 20)
        policy = MEDICARE.on(DAY).with_changes(**cap)
        lines = line("97110", units=4), line("97112", units=2)
        record = pt(*services), ot(*services)
        assert allocate_units(record, policy).total_units == 4
        assert reported(check("units-of-minutes", *lines, sessions=record, payer=policy)) == []

    def test_a_code_outside_the_record_hides_no_excess_timed_unit(self) -> None:
        record = pt(TimedService("97112", 20), TimedService("97110", 20))
        lines = line("97112", "GP", units=2), line("97110", "GP", units=2), line("G0283", "GP")
        found = check("units-of-minutes", *lines, sessions=record)
        assert reported(found) == [
            ("deny", (0, 1), self.BOTH),
            ("deny", (2,), "1 unit of G0283 billed; G0283 is not in the record"),
        ]

    def test_the_payers_own_method_makes_the_units(self) -> None:
        record = pt(TimedService("97112", 8), TimedService("97110", 8))
        lines = line("97112", "GP"), line("97110", "GP")
        assert reported(check("units-of-minutes", *lines, sessions=record)) == [
            ("deny", (0, 1), self.BOTH)
        ]
        midpoint = check("units-of-minutes", *lines, sessions=record, payer=CPT_MIDPOINT)
        assert reported(midpoint) == []

    def test_a_family_has_the_units_of_its_minutes(self) -> None:
        record = slp(TimedService("97129", 45))
        lines = line("97129", "GN"), line("97130", "GN", units=2)
        assert reported(check("units-of-minutes", *lines, sessions=record)) == []
        more = line("97129", "GN"), line("97130", "GN", units=3)
        assert reported(check("units-of-minutes", *more, sessions=record)) == [
            ("deny", (1,), "3 units of 97130 billed; the minutes make 2")
        ]

    def test_the_further_units_of_a_family_share_equal_leftovers(self) -> None:
        record = slp(TimedService("97129", 20), TimedService("97110", 20))
        assert [dict(split) for split in allocate_units(record, MEDICARE).admissible] == [
            {"97129": 1, "97130": 1, "97110": 1},
            {"97129": 1, "97130": 0, "97110": 2},
        ]
        further, exercise = line("97130", "GN"), line("97110", "GN", units=2)
        for lines in ((line("97129", "GN"), further, exercise), (further, exercise)):
            assert len(check("units-of-minutes", *lines, sessions=record)) == 1

    def test_the_first_unit_of_a_family_is_the_code_and_the_further_ones_its_add_on(self) -> None:
        for minutes, code, billed, made in ((45, "97129", 2, 1), (15, "97130", 1, 0)):
            found = check(
                "units-of-minutes",
                line(code, "GN", units=billed),
                sessions=slp(TimedService("97129", minutes)),
            )
            assert [said(each).partition("; ")[2] for each in found] == [f"the minutes make {made}"]

    @pytest.mark.parametrize(("further", "count"), [(1, 0), (2, 1)])
    def test_further_units_of_a_family_that_are_sure_take_no_leftover(
        self, further: int, count: int
    ) -> None:
        # 35 and 20 minutes make four units: two, one, and one that either may have.
        record = slp(TimedService("97129", 35), TimedService("97110", 20))
        lines = line("97130", "GN", units=further), line("97110", "GN", units=2)
        assert len(check("units-of-minutes", *lines, sessions=record)) == count

    def test_an_unknown_code_is_not_in_the_record(self) -> None:
        found = check("units-of-minutes", line("99213"), sessions=self.RECORD)
        assert reported(found) == [
            ("deny", (0,), "1 unit of 99213 billed; 99213 is not in the record")
        ]

    def test_a_charge_never_makes_the_stake_negative(self) -> None:
        lines = line("97110", "GP", units=4, charge="10.00")
        fees = FeeSchedule.medicare(DAY)
        found = only(check("units-of-minutes", lines, sessions=self.RECORD, fees=fees))
        assert found.at_stake == Decimal("2.50")

    def test_a_code_without_a_price_has_no_stake_of_zero(self) -> None:
        record = pt(TimedService("97110", 15))
        found = only(check("units-of-minutes", line("97755", "GP"), sessions=record, fees=RATES))
        assert found.at_stake is None

    def test_a_record_of_a_code_that_medicare_refuses_stops_no_check(self) -> None:
        record = pt(UntimedService("97014"), TimedService("97110", 15))
        lines = line("97014", "GP"), line("97110", "GP")
        found = check_claim(claim(*lines), MEDICARE, sessions=record)
        assert ("payable-code", ("97014",)) in rules(found)


class TestPayerCap:
    RULE = "payer-cap"
    RECORD = pt(TimedService("97110", 38), TimedService("97112", 15))

    def found(self, *lines: ClaimLine, **caps: Any) -> Findings:  # noqa: ANN401 - fields of a policy
        policy = Policy(UnitMethod.CPT_MIDPOINT).with_changes(**caps)
        return check(self.RULE, *lines, payer=policy, fees=RATES)

    def test_a_payer_without_a_cap_is_not_judged_by_one(self) -> None:
        for payer in (MEDICARE, CPT_MIDPOINT):
            found = check(self.RULE, line("97110", units=99), payer=payer, sessions=self.RECORD)
            assert not_applicable(found) == "the payer's policy has no caps"

    @pytest.mark.parametrize("cap", [2, {"97110": 2}, [("97110", 2), ("97150", 0)]])
    def test_a_cap_of_a_code_is_reached_and_not_passed(
        self, cap: int | dict[str, int] | list[tuple[str, int]]
    ) -> None:
        at = self.found(line("97110"), line("97112", units=2), line("97110"), cap_per_code=cap)
        assert answers(at) == [("clean", (), "")]
        beyond = only(
            self.found(line("97110"), line("97112"), line("97110", units=2), cap_per_code=cap)
        )
        assert reported([beyond]) == [("deny", (0, 2), "3 units of 97110; the payer pays 2 a day")]
        assert (beyond.action, beyond.at_stake) == ("bill 2 units.", Decimal("30.00"))

    def test_a_cap_of_several_codes_is_of_their_units_together(self) -> None:
        caps = [(("97110", "97112"), 3), (("97140",), 0)]
        at = self.found(line("97110", units=2), line("97112"), cap_per_codes=caps)
        assert answers(at) == [("clean", (), "")]
        beyond = self.found(
            line("97110", units=2), line("97112", units=2), line("97140"), cap_per_codes=caps
        )
        assert reported(beyond) == [
            ("deny", (0, 1), "4 units of 97110 and 97112; the payer pays 3 a day"),
            ("deny", (2,), "1 unit of 97140; the payer pays 0 a day"),
        ]
        assert [each.at_stake for each in beyond] == [Decimal("30.00"), Decimal("28.00")]

    def test_a_cap_of_the_day_is_of_all_timed_units_of_all_plans(self) -> None:
        lines = line("97110", "GP", units=2), line("97535", "GO", units=2), line("97161", "GP")
        assert answers(self.found(*lines, cap_per_day=4)) == [("clean", (), "")]
        found = only(self.found(*lines, line("99213"), cap_per_day=3))
        assert reported([found]) == [
            ("deny", (0, 1), "4 units of 97110 and 97535; the payer pays 3 a day")
        ]
        assert found.at_stake == Decimal("30.00")

    def test_each_cap_is_found_by_itself(self) -> None:
        found = self.found(
            line("97110", units=2),
            line("97112"),
            cap_per_code=1,
            cap_per_codes=[(("97110", "97112"), 2)],
            cap_per_day=2,
        )
        assert [(each.lines, said(each)) for each in found] == [
            ((0,), "2 units of 97110; the payer pays 1 a day"),
            ((0, 1), "3 units of 97110 and 97112; the payer pays 2 a day"),
            ((0, 1), "3 units of 97110 and 97112; the payer pays 2 a day"),
        ]

    def test_caps_of_one_code_and_of_several_codes_apply_together(self) -> None:
        found = self.found(
            line("97110", units=2),
            line("97112"),
            cap_per_code={"97110": 1},
            cap_per_codes=[(("97110", "97112"), 2)],
        )
        assert sorted(each.lines for each in found) == [(0,), (0, 1)]

    def test_a_cap_of_the_session_is_of_each_session_of_a_plan(self) -> None:
        policy = Policy(UnitMethod.CPT_MIDPOINT).with_changes(cap_per_session=2)
        session, other = pt(TimedService("97110", 60)), ot(TimedService("97535", 30))
        lines = line("97110", "GP", units=4), line("97535", "GO", units=2)
        once, twice = (
            check(self.RULE, *lines, payer=policy, fees=RATES, sessions=sessions).at_least("deny")
            for sessions in ([session, other], [session, session, other])
        )
        assert reported(once) == [("deny", (0,), "4 units of 97110; the payer pays 2 a day")]
        assert once[0].at_stake == Decimal("60.00")
        assert reported(twice) == []

    def test_a_unit_without_a_price_is_no_stake_of_zero(self) -> None:
        assert only(self.found(line("97755", units=2), cap_per_code=1)).at_stake is None

    def test_units_that_a_cap_removes_are_an_info(self) -> None:
        policy = Policy(UnitMethod.CPT_MIDPOINT).with_changes(cap_per_code={"97110": 1, "97112": 1})
        lines = line("97112"), line("97110")
        found = only(check(self.RULE, *lines, payer=policy, fees=RATES, sessions=self.RECORD))
        assert reported([found]) == [
            (
                "info",
                (1,),
                (
                    "the payer's cap removes 2 units of 97110. The documented minutes make 2 units of 97110 more than the payer pays."
                ),
            )
        ]
        assert (
            found.action
            == "expect no payment for the minutes above the cap, and keep them in the record."
        )
        assert found.at_stake is None
        assert reported(check(self.RULE, *lines, payer=policy)) == []

    def test_a_code_that_a_cap_removes_is_an_info_without_a_line(self) -> None:
        policy = Policy(UnitMethod.CPT_MIDPOINT).with_changes(cap_per_codes=[(("97112",), 0)])
        found = check(self.RULE, line("97110", units=3), payer=policy, sessions=self.RECORD)
        assert reported(found) == [
            (
                "info",
                (),
                (
                    "the payer's cap removes 1 unit of 97112. The documented minutes make 1 unit of 97112 more than the payer pays."
                ),
            )
        ]

    def test_a_cap_of_the_session_needs_the_record(self) -> None:
        policy = Policy(UnitMethod.CPT_MIDPOINT).with_changes(cap_per_session=2)
        found = check(self.RULE, line("97110", units=9), payer=policy)
        assert answers(found) == [
            ("not-in-data", (), "no sessions were given, and the cap is per session")
        ]

    @pytest.mark.parametrize(("units", "found"), [(2, []), (3, ["deny"])])
    def test_a_cap_of_a_discipline_is_of_each_plan(self, units: int, found: list[str]) -> None:
        caps = [{"limit": 3, "each": "discipline", "untimed": True}]
        lines = line("97161", "GP"), line("97110", "GP", units=units), line("97110", "GO", units=3)
        findings = self.found(*lines, caps=caps)
        assert [finding.severity.value for finding in findings] == found
        assert all(finding.lines == (0, 1) for finding in findings)

    @pytest.mark.parametrize(("code", "limit"), [("97161", 3), ("97164", 2), ("97012", 1)])
    def test_an_evaluation_sets_another_limit(self, code: str, limit: int) -> None:
        caps = [{"limit": 1, "with_evaluation": 3, "with_re_evaluation": 2}]
        for units in (limit, limit + 1):
            findings = self.found(line(code, "GP"), line("97110", "GP", units=units), caps=caps)
            assert bool(findings) is (units > limit)

    def test_a_cap_of_the_provider_is_of_each_person_who_treated(self) -> None:
        caps = [{"limit": 2, "each": "provider"}]
        policy = Policy(UnitMethod.CPT_MIDPOINT).with_changes(caps=caps)
        own = (
            TimedService("97110", 60, treated_by="T-1"),
            TimedService("97112", 60, treated_by="T-2"),
        )
        for units in (2, 3):
            lines = line("97110", "GP", units=2), line("97112", "GP", units=units)
            found = check(self.RULE, *lines, sessions=pt(*own), payer=policy)
            assert len([each for each in found if each.severity.value == "deny"]) == units - 2
        assert answers(self.found(line("97110", "GP", units=9), caps=caps)) == [
            ("not-in-data", (), "no sessions were given, and the cap is per provider")
        ]

    def test_a_provider_of_two_plans_has_one_cap(self) -> None:
        caps = [{"limit": 2, "each": "provider"}]
        policy = Policy(UnitMethod.CPT_MIDPOINT).with_changes(caps=caps)
        record = (
            pt(TimedService("97110", 30, treated_by="T-1")),
            ot(TimedService("97535", 30, treated_by="T-1")),
        )
        lines = line("97110", "GP", units=2), line("97535", "GO")
        (found,) = (
            each
            for each in check(self.RULE, *lines, sessions=record, payer=policy)
            if each.severity.value == "deny"
        )
        assert found.message == "3 units of 97110 and 97535; the payer pays 2 a day"

    def test_a_cap_of_each_code_and_provider_is_of_each_code(self) -> None:
        caps = [{"limit": 1, "each": ["code", "provider"]}]
        policy = Policy(UnitMethod.CPT_MIDPOINT).with_changes(caps=caps)
        record = pt(TimedService("97110", 15), TimedService("97112", 15))
        lines = line("97110", "GP", units=2), line("97112", "GP")
        (found,) = check(self.RULE, *lines, sessions=record, payer=policy)
        assert found.lines == (0,)

    def test_a_cap_without_a_number_is_not_checked(self) -> None:
        caps = [{"limit": "unknown", "codes": ["97110", "97161"]}]
        assert answers(
            self.found(line("97110", "GP", units=9), line("97112", "GP"), caps=caps)
        ) == [
            (
                "not-in-data",
                ("97110",),
                "the payer has a cap for these codes, and no source gives its number",
            )
        ]
        assert answers(self.found(line("97112", "GP"), caps=caps)) == [("clean", (), "")]

    def test_a_code_that_the_payer_counts_by_minutes_may_have_several_units_a_day(self) -> None:
        terms = [{"codes": "92507", "unit_minutes": 15, "max_per_day": 4}]
        policy = Policy(UnitMethod.CPT_MIDPOINT).with_changes(code_terms=terms)
        for units in (4, 5):
            lines = (line("92507", "GN", units=units),)
            assert list(check("once-a-day", *lines, payer=policy)) == []
            assert len(check(self.RULE, *lines, payer=policy)) == units - 4
        assert len(check("once-a-day", line("92507", "GN", units=4), payer=CPT_MIDPOINT)) == 1

    def test_a_day_as_it_is_billed_under_a_cap_is_beyond_none(self) -> None:
        policy = MEDICARE.on(DAY).with_changes(cap_per_day=3)
        found = check_day(self.RECORD, policy, RATES)
        assert [each.rule.id for each in found] == [self.RULE]
        assert reported(found) == [
            (
                "info",
                (0,),
                (
                    "the payer's cap removes 1 unit of 97110. The documented minutes make 1 unit of 97110 more than the payer pays."
                ),
            )
        ]


class TestAssistantMissing:
    RULE = "assistant-modifier-missing"
    RECORD = pt(TimedService("97110", 30, clinician="assistant"), TimedService("97140", 15))

    def test_without_the_record_it_is_not_known_who_gave_what(self) -> None:
        assert answers(check(self.RULE, line("97110", "GP"))) == [
            (
                "not-in-data",
                (),
                "no sessions were given, so it is not known what an assistant furnished",
            )
        ]

    def test_a_payer_or_a_day_without_the_modifier_misses_none(self) -> None:
        remark = "the payer does not use CQ and CO on this date"
        other = check(self.RULE, line("97110", "GP"), payer=CPT_MIDPOINT)
        assert not_applicable(other) == remark
        before = pt(TimedService("97110", 15, clinician="assistant"), on=date(2019, 12, 31))
        since = pt(TimedService("97110", 15, clinician="assistant"), on=date(2020, 1, 1))
        lines = line("97110", "GP")
        earlier = check(self.RULE, lines, day="2019-12-31", sessions=before)
        assert not_applicable(earlier) == remark
        assert len(check(self.RULE, lines, day="2020-01-01", sessions=since)) == 1

    def test_each_unit_of_the_assistant_carries_it(self) -> None:
        def found(*lines: ClaimLine) -> list[tuple[Any, ...]]:
            return reported(check(self.RULE, *lines, sessions=self.RECORD))

        assert found(line("97110", "GP", "CQ", units=2), line("97140", "GP")) == []
        assert found(line("97110", "GP", units=2), line("97140", "GP")) == [
            ("deny", (0,), "2 units of 97110 furnished by an assistant but billed without CQ or CO")
        ]
        assert found(line("97110", "GP"), line("97110", "GP", "CQ")) == [
            (
                "deny",
                (0, 1),
                "1 unit of 97110 furnished by an assistant but billed without CQ or CO",
            )
        ]
        assert found(line("97110", "GP")) == [
            ("deny", (0,), "1 unit of 97110 furnished by an assistant but billed without CQ or CO")
        ]

    def test_the_units_of_the_therapist_need_none(self) -> None:
        record = pt(TimedService("97110", 15, clinician="assistant"), TimedService("97110", 15))
        lines = line("97110", "GP"), line("97110", "GP", "CQ")
        found = check(self.RULE, *lines, sessions=record)
        assert answers(found) == [("clean", (), "")]

    def test_a_critical_access_hospital_misses_none(self) -> None:
        hospital = attrs.evolve(RATES, setting=Setting.CRITICAL_ACCESS_HOSPITAL)
        lines = line("97110", "GP", units=2), line("97140", "GP")
        office, other = (
            check(self.RULE, *lines, sessions=self.RECORD, fees=fees) for fees in (RATES, hospital)
        )
        assert len(office) == 1
        assert answers(other) == [("clean", (), "")]

    def test_the_given_setting_overrides_that_of_the_fees(self) -> None:
        hospital = attrs.evolve(RATES, setting=Setting.CRITICAL_ACCESS_HOSPITAL)
        lines = line("97110", "GP", units=2), line("97140", "GP")

        def found(fees: FeeSchedule | None, setting: Setting | str) -> int:
            return len(
                check_claim(
                    claim(*lines),
                    MEDICARE,
                    fees,
                    sessions=self.RECORD,
                    setting=setting,
                    checks=[self.RULE],
                )
            )

        assert found(None, "critical-access-hospital") == 0
        assert found(RATES, Setting.CRITICAL_ACCESS_HOSPITAL) == 0
        assert found(hospital, Setting.NON_FACILITY) == 1

    def test_what_to_do_names_all_units_that_carry_it(self) -> None:
        lines = line("97110", "GP"), line("97110", "GP", "CQ")
        found = only(check(self.RULE, *lines, sessions=self.RECORD))
        assert found.action == "bill 2 units with CQ or CO on a separate line."

    def test_more_than_a_tenth_is_in_part_and_a_tenth_is_not(self) -> None:
        def found(assistant: int, therapist: int) -> int:
            day = date(2021, 8, 2)
            record = pt(
                TimedService("97110", assistant, clinician="assistant"),
                TimedService("97110", therapist),
                on=day,
            )
            return len(check(self.RULE, line("97110", "GP"), day=day, sessions=record))

        assert found(1, 9) == 0
        assert found(1, 8) == 1

    def test_a_modifier_under_one_plan_does_not_stand_for_another(self) -> None:
        record = [
            pt(TimedService("97110", 15, clinician="assistant")),
            ot(TimedService("97110", 15)),
        ]
        lines = line("97110", "GP"), line("97110", "GO", "CO")
        found = check(self.RULE, *lines, sessions=record)
        assert [said(each) for each in found] == [
            "1 unit of 97110 furnished by an assistant but billed without CQ or CO"
        ]

    def test_a_line_of_no_plan_needs_it_as_well(self) -> None:
        found = check(self.RULE, line("97110", units=2), sessions=self.RECORD)
        assert reported(found) == [
            ("deny", (0,), "2 units of 97110 furnished by an assistant but billed without CQ or CO")
        ]

    @pytest.mark.parametrize("first", ["therapist", "assistant"])
    def test_of_a_tie_the_split_that_is_billed_counts(self, first: str) -> None:
        for by_therapist, by_assistant in (("97112", "97110"), ("97110", "97112")):
            services = (
                TimedService(by_therapist, 20),
                TimedService(by_assistant, 20, clinician="assistant"),
            )
            record = pt(*(services if first == "therapist" else reversed(services)))
            lines = (
                line(by_therapist, "GP"), line(by_assistant, "GP", "CQ"), line(by_assistant, "GP"),
            )  # fmt: skip
            found = check(self.RULE, *lines, sessions=record)
            assert [said(each) for each in found] == [
                f"1 unit of {by_assistant} furnished by an assistant but billed without CQ or CO"
            ]

    @pytest.mark.parametrize("first", ["97110", "97542"])
    def test_a_tie_under_one_plan_does_not_decide_the_tie_under_another(self, first: str) -> None:
        # Under each plan, 97110 is tied with another code: 97116 for PT, 97542 for OT.
        clinician = {"97110": "therapist", "97542": "assistant"}
        other = "97542" if first == "97110" else "97110"
        record = [
            pt(TimedService("97110", 25), TimedService("97116", 10), TimedService("97112", 15)),
            ot(*(TimedService(code, 9, clinician=clinician[code]) for code in (first, other))),
        ]
        by_pt = line("97110", "GP", units=2), line("97112", "GP")
        for code, modifiers, count in (
            ("97542", ("GO",), 1),
            ("97542", ("GO", "CO"), 0),
            ("97110", ("GO",), 0),
        ):
            found = check(self.RULE, *by_pt, line(code, *modifiers), sessions=record)
            assert len(found) == count


class TestThreshold:
    RULE = "kx-threshold"
    LINES = line("97110", "GP"), line("97535", "GO")

    def found(
        self, before: str, *lines: ClaimLine, attestations: Iterable[Attestation] = ()
    ) -> Findings:
        year = Accumulators(2024, deductible_met="240.00", pt_slp=before)
        return check(
            self.RULE,
            *(lines or self.LINES),
            fees=RATES,
            accumulators=year,
            attestations=attestations,
        )

    def test_a_day_that_ends_at_the_threshold_needs_none(self) -> None:
        found = self.found("2300.00")
        assert reported(found) == []
        assert answers(found) == [("clean", (), "")]

    def test_a_cent_beyond_needs_it(self) -> None:
        found = only(self.found("2300.01"))
        assert reported([found]) == [
            ("deny", (0,), "97110 is above the annual threshold and has no KX")
        ]
        assert (
            found.action == "attest KX if the record shows that the service is medically necessary."
        )
        assert found.at_stake == Decimal("30.00")
        assert found.suggested == (("KX", "PT"),)

    def test_the_threshold_of_ot_is_another_one(self) -> None:
        year = Accumulators(2024, deductible_met="240.00", ot="2330.00")
        found = check(self.RULE, *self.LINES, fees=RATES, accumulators=year)
        assert [(each.lines, each.suggested) for each in found] == [((1,), (("KX", "OT"),))]

    def test_a_line_that_carries_kx_or_whose_plan_is_attested_needs_no_more(self) -> None:
        assert reported(self.found("2330.00", line("97110", "GP", "KX"))) == []
        assert reported(self.found("2330.00", attestations=["KX"])) == []
        assert reported(self.found("2330.00", attestations=[("KX", "PT")])) == []
        assert len(self.found("2330.00", attestations=[("KX", "OT")])) == 1

    def test_a_line_of_no_plan_counts_towards_no_threshold(self) -> None:
        found = self.found("2330.00", line("97110"), line("97140", "GP", "GO"))
        assert reported(found) == []
        assert answers(found) == [
            (
                "not-in-data",
                ("97110", "97140"),
                "a line without GP, GO, or GN does not count toward a threshold",
            )
        ]

    def test_a_line_without_a_price_leaves_it_open_whatever_is_found_of_the_others(self) -> None:
        lines = line("97755", "GP"), line("97110", "GP")
        unknown = (
            "not-in-data",
            ("97755",),
            "a line without a price cannot be counted toward the threshold",
        )
        assert answers(self.found("2300.00", *lines)) == [unknown]
        found = self.found("2300.01", *lines)
        assert answers(found) == [("finding", ("97755", "97110"), ""), unknown]
        assert [each.at_stake for each in found] == [None, Decimal("30.00")]

    def test_without_fees_and_the_year_it_is_not_known(self) -> None:
        remark = "fees and year-to-date amounts (accumulators) are needed"
        year = Accumulators(2024)
        parts: list[Given] = [{}, {"fees": RATES}, {"accumulators": year}]
        for given in parts:
            assert answers(check(self.RULE, *self.LINES, **given)) == [("not-in-data", (), remark)]

    def test_the_threshold_does_not_apply_to_a_payer_without_one(self) -> None:
        found = check(self.RULE, *self.LINES, payer=CPT_MIDPOINT)
        assert not_applicable(found) == "the payer has no annual threshold"


class TestAssistantScope:
    def test_a_service_of_an_slp_assistant_is_denied_only_if_it_is_billed(self) -> None:
        record = slp(
            UntimedService("92507", clinician="assistant"), UntimedService("92526", minutes=30)
        )
        assert [
            each.severity.value
            for each in check("assistant-scope", line("92526", "GN"), sessions=record)
        ] == ["info"]
        billed = line("92526", "GN"), line("92507", "GN")
        found = check("assistant-scope", *billed, sessions=record).at_least("deny")[0]
        assert (found.lines, said(found).partition(":")[0]) == (
            (1,),
            (
                "1 unit of 92507 furnished by an SLP assistant. The payer does not pay for a "
                "service by an SLP assistant."
            ),
        )


class TestUnitsWithUnpaidMinutes:
    """Unpaid minutes share the total of the day, so another code can have more units without them."""

    def test_a_unit_that_only_exists_without_the_unpaid_minutes_is_not_denied(self) -> None:
        record = slp(TimedService("97112", 9, clinician="assistant"), TimedService("97530", 53))
        (billed,) = build_claim(record, MEDICARE).lines
        assert (billed.code, billed.units) == ("97530", 4)
        assert reported(check("units-of-minutes", billed, sessions=record)) == []
        more = line("97530", "GN", units=5)
        assert reported(check("units-of-minutes", more, sessions=record))[0][0] == "deny"

    def test_a_unit_of_unpaid_minutes_is_reported_once(self) -> None:
        record = slp(TimedService("97533", 20, clinician="assistant"), TimedService("97530", 20))
        billed = line("97530", "GN"), line("97533", "GN")
        assert reported(check("units-of-minutes", *billed, sessions=record)) == []
        (found,) = check("assistant-scope", *billed, sessions=record).at_least("deny")
        assert (found.codes, found.denied) == (("97533",), ((1,), 1))

    def test_lines_without_a_plan_are_compared_with_either_count(self) -> None:
        record = slp(TimedService("97112", 9, clinician="assistant"), TimedService("97530", 53))
        assert reported(check("units-of-minutes", line("97530", units=4), sessions=record)) == []
        found = check("units-of-minutes", line("97530", units=5), sessions=record)
        assert [each.severity.value for each in found] == ["deny"]
