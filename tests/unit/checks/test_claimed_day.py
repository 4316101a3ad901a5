"""Dollars at stake."""

from __future__ import annotations

from decimal import Decimal
from typing import Unpack

from tests.amounts import allowed_of
from tests.unit.checks.claims_to_check import (
    DAY,
    DENY,
    RATES,
    REVIEW,
    Given,
    check,
    claim,
    line,
    only,
    pt,
    rules,
    timed,
    untimed,
)
from therapy_billing import (
    MEDICARE,
    ClaimLine,
    Contract,
    FeeSchedule,
    Policy,
    TimedService,
    UnitMethod,
    price_day,
)
from therapy_billing.checks.day import check_claim, check_day
from therapy_billing.findings.records import Findings
from therapy_billing.payers.payer_argument import PayerLike
from therapy_billing.payers.policy import EditProgram


class TestStakeOfTheDay:
    """The day as billed minus the day without everything that is denied."""

    NO_PLAN = line("97110", units=2)
    """97110 without GP, GO, or GN, which Medicare denies."""

    @staticmethod
    def found(*lines: ClaimLine, payer: PayerLike = MEDICARE, **given: Unpack[Given]) -> Findings:
        return check_claim(claim(*lines), payer, **given)

    @staticmethod
    def stakes(found: Findings) -> list[Decimal | None]:
        return [each.at_stake for each in found if each.severity is DENY]

    def test_a_line_that_several_findings_deny_counts_once(self) -> None:
        found = self.found(line("97150", "GP"), self.NO_PLAN, fees=RATES)
        assert self.stakes(found) == [Decimal("60.00"), Decimal("60.00")]
        assert found.at_stake == Decimal("60.00")

    def test_lines_that_different_findings_deny_add_up(self) -> None:
        found = self.found(
            line("97150", "GP"), line("97110", "GP"), line("97116", "GP"), fees=RATES
        )
        assert self.stakes(found) == [Decimal("30.00"), Decimal("25.00")]
        assert found.at_stake == Decimal("55.00")

    def test_under_mppr_it_is_the_day_priced_without_them_all(self) -> None:
        fees = FeeSchedule.medicare(DAY, locality="15202-00")
        lines = line("97150", "GP"), line("97110", "GP"), line("97116", "GP")
        found = self.found(*lines, fees=fees)
        allowed = [
            allowed_of(price_day(claim(*kept), MEDICARE, fees)) for kept in (lines, lines[:1])
        ]
        assert found.at_stake == allowed[0] - allowed[1]
        assert found.at_stake != sum(each or 0 for each in self.stakes(found))

    def test_where_all_is_denied_it_is_all_that_is_allowed(self) -> None:
        found = self.found(self.NO_PLAN, line("97140"), fees=RATES)
        assert found.at_stake == Decimal("88.00")

    def test_the_unit_that_is_paid_of_a_code_of_once_a_day_is_not_at_stake(self) -> None:
        found = self.found(line("97161", "GP", units=3), fees=RATES)
        assert [each.rule.id for each in found] == ["ncci-mue", "once-a-day"]
        assert only(self.once(found)).at_stake == Decimal("200.00")
        # The limit denies all of them.
        assert found.at_stake == Decimal("300.00")
        without_limit = check_claim(
            claim(line("97161", "GP", units=3), line("97110")),
            MEDICARE,
            RATES,
            checks=["once-a-day", "plan-modifier"],
        )
        assert without_limit.at_stake == Decimal("230.00")

    @staticmethod
    def once(found: Findings) -> Findings:
        return Findings(found.of_rule("once-a-day"))

    def test_units_that_one_finding_denies_may_be_those_that_another_does(self) -> None:
        capped = Policy(UnitMethod.CMS_EIGHT_MINUTE).with_changes(
            medicare_codes=True,
            cap_per_code=(("97110", 2),),
            cap_per_day=3,
        )
        lines = line("97110", "GP", units=4), line("97116", "GP")
        found = self.found(*lines, payer=capped, fees=RATES)
        # The two units above the cap of the code are also the units above the cap of the day.
        assert self.stakes(found) == [Decimal("60.00"), Decimal("55.00")]
        assert found.at_stake == Decimal("60.00")
        unmarked = line("97110", units=1), line("97116", "GP", units=3)
        found = self.found(*unmarked, payer=capped, fees=RATES)
        assert self.stakes(found) == [Decimal("25.00"), Decimal("30.00")]
        assert found.at_stake == Decimal("30.00")

    def test_what_is_no_denial_is_not_in_it(self) -> None:
        found = self.found(line("97110", "GP", units=6), line("97110", "GO"), fees=RATES)
        assert only(found).severity is REVIEW
        assert (only(found).at_stake, found.at_stake) == (Decimal("210.00"), Decimal(0))
        assert found.at_least("deny").at_stake == Decimal(0)

    def test_it_is_not_known_without_fees_or_the_price_of_a_denied_line(self) -> None:
        assert self.found(self.NO_PLAN).at_stake is None
        unpriced = line("97113")
        assert self.found(self.NO_PLAN, unpriced, fees=RATES).at_stake is None
        beside = self.found(self.NO_PLAN, line("97113", "GP"), fees=RATES)
        assert beside.at_stake == Decimal("60.00")

    def test_it_is_not_known_where_a_denial_does_not_name_its_units(self) -> None:
        record = pt(TimedService("97110", 30, clinician="assistant"))
        found = self.found(line("97110", "GP", units=2), fees=RATES, sessions=record)
        assert rules(found) == [("assistant-modifier-missing", ("97110",))]
        assert found.at_stake is None

    def test_findings_of_a_severity_keep_it(self) -> None:
        found = self.found(line("97150", "GP"), self.NO_PLAN, fees=RATES)
        assert found.at_least("deny").at_stake == found.at_stake

    def test_one_evaluation_is_paid_where_pairs_deny_the_others(self) -> None:
        lines = line("97161", "GP"), line("97164", "GP")
        found = self.found(*lines, fees=RATES)
        assert {each.rule.id for each in found} == {"ncci-ptp", "one-evaluation"}
        assert found.at_stake == Decimal("70.00")


class TestStakeOfACheckedDay:
    def test_a_day_has_the_stake_of_its_claim(self) -> None:
        record = pt(untimed("97150", "9:00", "9:30"), timed("97110", "9:30", "9:45"))
        found = check_day(record, MEDICARE, RATES)
        assert found.at_stake == Decimal("30.00")
        clean = check_day(pt(timed("97110", "9:30", "9:45")), MEDICARE, RATES)
        assert (clean.has_denials, clean.at_stake) == (False, Decimal(0))
        assert check_day(record, MEDICARE).at_stake is None

    def test_of_times_alone_it_is_that_of_the_only_denial(self) -> None:
        record = pt(timed("97110", "9:00", "9:30"), timed("97112", "9:15", "9:45"))
        found = check_day(record, MEDICARE, RATES)
        (denied,) = (each for each in found if each.severity is DENY)
        assert denied.rule.id == "patient-overlap"
        assert found.at_stake == denied.at_stake == Decimal("30.00")

    def test_of_claim_and_times_together_it_is_not_known(self) -> None:
        record = pt(
            untimed("97150", "10:00", "10:30"),
            timed("97110", "9:00", "9:30"),
            timed("97112", "9:15", "9:45"),
        )
        found = check_day(record, MEDICARE, RATES)
        denied = {each.rule.id for each in found if each.severity is DENY}
        assert denied == {"ncci-ptp", "patient-overlap"}
        assert found.at_stake is None


class TestStakes:
    def test_without_fees_no_dollars_are_shown(self) -> None:
        assert only(check("ncci-mue", line("97110", "GP", units=7))).at_stake is None

    def test_a_rate_for_the_visit_is_at_stake_with_its_only_line(self) -> None:
        fees = FeeSchedule.from_contract(Contract("visit", per_visit="100.00"))
        policy = Policy(UnitMethod.CMS_EIGHT_MINUTE).with_changes(edits=EditProgram.NCCI_MEDICARE)
        alone = check("ncci-mue", line("97110", "GP", units=7), fees=fees, payer=policy)
        beside = check(
            "ncci-mue",
            line("97110", "GP", units=7),
            line("97140", "GP"),
            fees=fees,
            payer=policy,
        )
        assert only(alone).at_stake == Decimal("100.00")
        assert only(beside).at_stake == Decimal("0.00")
