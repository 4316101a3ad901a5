"""The share of a line's amount that a payer allows, because of who furnished it."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import attrs
import pytest

from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    PAYERS,
    Claim,
    ClaimLine,
    Contract,
    FeeSchedule,
    Payer,
    PayerLike,
    Policy,
    PricedDay,
    Session,
    Source,
    TimedService,
    UntimedService,
    bill_day,
    build_claim,
    price_day,
)
from therapy_billing.law import Verification
from therapy_billing.payers.furnishers import FurnisherRule, Furnishers, Payable

DAY = "2026-10-05"
CODES = ("97161", "97110", "97530", "97129", "97130", "92507", "97150", "98977")
RATES = FeeSchedule.from_rates(dict.fromkeys(CODES, "10.10"))
HUMANA, UNITED = PAYERS["humana"], PAYERS["unitedhealthcare"]
WASHINGTON = PAYERS["washington-workers-compensation"].on(DAY).with_changes(method="cpt-midpoint")
PAID_85 = WASHINGTON.with_changes(assistant_percent=85)


def bill(
    *services: TimedService | UntimedService,
    payer: PayerLike = HUMANA,
    discipline: str = "PT",
    fees: FeeSchedule = RATES,
) -> PricedDay:
    """Bill one session with the rates."""
    return bill_day(Session(DAY, discipline, services), payer, fees)


def paying(payer: Payer, clinician: str, service: str, *, share: str | None = None) -> Policy:
    """Return the payer's policy with one row of furnishers: it pays the role for the class of service."""
    rule = FurnisherRule(
        payer="acme",
        clinician=clinician,
        discipline="PT",
        service=service,
        payable=Payable.YES,
        payment_share=share,
        source=Source("A letter", "", "", Verification.OFFICIAL),
    )
    return attrs.evolve(payer.on(DAY), furnishers=Furnishers([rule]))


def amounts(day: PricedDay) -> dict[tuple[str, bool], str | None]:
    """Return the allowed amount of each line, by code and whether it has an assistant modifier."""
    return {
        (line.code, line.claim_line.assistant): None if line.allowed is None else str(line.allowed)
        for line in day.lines
    }


def by(clinician: str, code: str = "97110", minutes: int = 15) -> TimedService:
    """Return one service."""
    return TimedService(code, minutes, clinician=clinician)


class TestModifiers:
    def test_the_modifier_separates_the_units_of_an_assistant(self) -> None:
        day = bill(by("therapist"), by("assistant"))
        assert amounts(day) == {("97110", False): "10.10", ("97110", True): "8.59"}
        assert [line.furnisher_share for line in day.lines] == [1, Decimal("0.85")]

    def test_a_small_part_of_an_assistant_takes_nothing_off(self) -> None:
        day = bill(by("therapist", minutes=30), by("assistant", minutes=1))
        assert amounts(day) == {("97110", False): "20.20"}

    def test_slp_has_no_modifier_so_an_assistants_line_needs_a_share(self) -> None:
        service = UntimedService("92507", clinician="assistant")
        for payer in (UNITED, HUMANA, PAYERS["tricare"]):
            day = bill(service, payer=payer, discipline="SLP")
            assert amounts(day) == {("92507", False): None}
            assert day.lines[0].unpriced == (
                "what the payer pays for 92507 furnished by an SLP assistant is not known: "
                "set assistant_percent in its policy"
            )
        policy = UNITED.on(DAY).with_changes(assistant_percent=50)
        assert amounts(bill(service, payer=policy, discipline="SLP")) == {("92507", False): "5.05"}

    def test_a_code_without_the_modifier_has_its_full_amount(self) -> None:
        day = bill(UntimedService("98977", clinician="assistant"))
        assert amounts(day) == {("98977", False): "10.10"}


class TestWithoutModifiers:
    @pytest.mark.parametrize("role", ["assistant", "student", "athletic-trainer"])
    @pytest.mark.parametrize(
        "service",
        [
            ("97110", 15),
            ("97150", None),
        ],
    )
    def test_a_line_of_one_role_has_the_callers_percentage(
        self, role: str, service: tuple[str, int | None]
    ) -> None:
        code, minutes = service
        own = by(role) if minutes else UntimedService(code, clinician=role)
        assert amounts(bill(own, payer=WASHINGTON)) == {(code, False): None}
        assert amounts(bill(own, payer=PAID_85)) == {(code, False): "8.59"}

    def test_a_line_of_two_roles_has_an_amount_only_if_they_are_paid_alike(self) -> None:
        for other in ("therapist", "together", "physician"):
            day = bill(by(other), by("student"), payer=PAID_85)
            assert amounts(day) == {("97110", False): None}
            assert day.lines[0].unpriced == (
                "97110 has units of several roles that the payer pays differently, and no modifier separates them: ask the payer for the amount"
            )
        assert amounts(bill(by("assistant"), by("student"), payer=PAID_85)) == {
            ("97110", False): "17.17"
        }
        full = WASHINGTON.with_changes(assistant_percent=100)
        assert amounts(bill(by("therapist"), by("student"), payer=full)) == {
            ("97110", False): "20.20"
        }

    def test_other_codes_of_the_day_are_not_affected(self) -> None:
        day = bill(by("student"), by("therapist", "97530"), payer=PAID_85)
        assert amounts(day) == {("97110", False): "8.59", ("97530", False): "10.10"}

    def test_a_family_is_one_service(self) -> None:
        student, therapist = by("student", "97129"), by("therapist", "97129")
        further = by("student", "97130")
        both = {("97129", False): "8.59", ("97130", False): "8.59"}
        assert amounts(bill(student, further, payer=PAID_85)) == both
        unknown = dict.fromkeys(both)
        assert amounts(bill(therapist, further, payer=PAID_85)) == unknown
        assert amounts(bill(therapist, by("therapist", "97130"), payer=PAID_85)) == {
            ("97129", False): "10.10",
            ("97130", False): "10.10",
        }

    def test_a_service_of_0_minutes_furnishes_nothing(self) -> None:
        assert amounts(bill(by("student"), by("therapist", minutes=0), payer=PAID_85)) == {
            ("97110", False): "8.59"
        }

    def test_a_claim_without_sessions_has_full_amounts_unless_a_modifier_shows_more(self) -> None:
        claim = build_claim(Session(DAY, "PT", [by("student")]), WASHINGTON)
        bare = type(claim)(claim.date_of_service, claim.lines)
        (line,) = price_day(bare, WASHINGTON, RATES).lines
        assert line.allowed == Decimal("10.10")

    def test_a_line_without_a_plan_of_care_has_no_known_share(self) -> None:
        claim = Claim(DAY, [ClaimLine("97110", 1, ("CQ",)), ClaimLine("97110", 1, ("GP", "CQ"))])
        day = price_day(claim, HUMANA, RATES)
        assert [line.allowed for line in day.lines] == [None, Decimal("8.59")]

    def test_a_method_alone_takes_nothing_off(self) -> None:
        day = bill(by("assistant"), payer=CPT_MIDPOINT)
        assert amounts(day) == {("97110", False): "10.10"}


class TestEvaluations:
    EVALUATION = UntimedService("97161", 20, clinician="assistant")

    @pytest.mark.parametrize(
        ("payer", "reason"),
        [
            (UNITED, "the payer does not pay 97161 furnished by an assistant"),
            (HUMANA, "no source says that the payer pays 97161 furnished by an assistant"),
            (MEDICARE, "Medicare does not pay 97161 furnished by an assistant"),
        ],
    )
    def test_one_by_an_assistant_has_no_amount(self, payer: Payer, reason: str) -> None:
        for percent in (None, 85):
            policy = payer.on(DAY).with_changes(assistant_percent=percent)
            day = bill(self.EVALUATION, by("therapist"), payer=policy)
            assert [(line.allowed is None, line.unpriced) for line in day.lines] == [
                (False, ""),
                (True, reason),
            ]

    @pytest.mark.parametrize(("minutes", "paid"), [(1, True), (2, True), (3, False), (20, False)])
    def test_a_part_above_the_de_minimis_share_has_no_amount_either(
        self, minutes: int, *, paid: bool
    ) -> None:
        services = [
            UntimedService("97161", 20),
            UntimedService("97161", minutes, clinician="assistant"),
        ]
        for payer in (MEDICARE, UNITED, HUMANA):
            (line,) = bill(*services, payer=payer).lines
            assert line.claim_line.assistant is not paid
            assert (line.allowed is not None) is paid

    def test_a_payer_that_pays_evaluations_has_an_amount(self) -> None:
        policy = paying(HUMANA, "assistant", "evaluation", share="0.5")
        assert amounts(bill(self.EVALUATION, payer=policy)) == {("97161", True): "5.05"}

    def test_under_a_method_alone_it_has_its_amount(self) -> None:
        day = bill(self.EVALUATION, payer=CPT_MIDPOINT)
        assert amounts(day) == {("97161", False): "10.10"}

    def test_the_therapists_own_units_are_named(self) -> None:
        services = [by("therapist", "96125", 60), by("assistant", "96125", 60)]
        day = bill_day(
            Session(DAY, "OT", services), UNITED, FeeSchedule.from_rates({"96125": "10"})
        )
        reasons = {line.unpriced for line in day.lines}
        assert reasons == {
            "the payer does not pay 96125 furnished by an assistant; the therapist's own minutes make 1 unit"
        }


class TestCostSharing:
    def test_a_share_of_another_role_than_an_assistant_is_not_modeled(self) -> None:
        policy = paying(MEDICARE, "student", "skilled-treatment")
        services = by("student"), by("assistant", "97530")
        day = bill(*services, payer=policy, fees=FeeSchedule.medicare(DAY, locality="OH"))
        student, assistant = day.lines
        assert (student.allowed, student.unpriced) == (
            None,
            "how Medicare's cost sharing applies to 97110 furnished by a student is not modeled",
        )
        assert assistant.allowed is not None


class TestSetting:
    def test_a_rule_for_one_setting_has_its_share_there(self, tmp_path: Path) -> None:
        file = tmp_path / "acme.toml"
        file.write_text(
            """
            name = "acme"
            known_through = 2026-12-31
            [[policy]]
            method = "cpt-midpoint"
            [[furnisher]]
            roles = ["assistant"]
            services = ["skilled-treatment"]
            payable = "yes"
            payment_share = 0.5
            source = "letter"
            [[furnisher]]
            roles = ["assistant"]
            services = ["skilled-treatment"]
            payable = "yes"
            payment_share = 0.9
            setting = "facility"
            source = "letter"
            [[source]]
            key = "letter"
            title = "A letter"
            verified = "official"
            """,
            encoding="utf-8",
        )
        acme = Payer.from_file(file)
        session = Session(DAY, "PT", [by("assistant")])
        found = [
            bill_day(session, acme, RATES, setting=setting).allowed
            for setting in (None, "office", "facility")
        ]
        assert found == [Decimal("5.05"), Decimal("5.05"), Decimal("9.09")]


class TestPerVisit:
    VISIT = FeeSchedule.from_contract(Contract("visit", per_visit="90"))
    LESSER = FeeSchedule.from_contract(Contract("visit", per_visit="90", lesser_of_charge=True))
    EVALUATION = UntimedService("97161", clinician="assistant")

    def test_a_denied_evaluation_has_no_part_of_the_visit(self) -> None:
        day = bill(self.EVALUATION, by("therapist"), payer=UNITED, fees=self.VISIT)
        assert amounts(day) == {("97161", True): None, ("97110", False): "90.00"}
        alone = bill(self.EVALUATION, payer=UNITED, fees=self.VISIT)
        assert amounts(alone) == {("97161", True): None}
        assert alone.lines[0].unpriced == "the payer does not pay 97161 furnished by an assistant"

    def test_its_charge_is_not_compared_with_the_rate(self) -> None:
        session = Session(DAY, "PT", [self.EVALUATION, by("therapist")])
        day = bill_day(session, UNITED, self.LESSER, charges={"97161": 100, "97110": 40})
        assert amounts(day) == {("97161", True): None, ("97110", False): "40.00"}

    def test_the_rate_does_not_depend_on_who_treated(self) -> None:
        day = bill(by("assistant"), payer=HUMANA, fees=self.VISIT)
        assert amounts(day) == {("97110", True): "90.00"}

    def test_a_day_of_unbilled_services_has_no_amount(self) -> None:
        day = bill(by("student"), payer=MEDICARE, fees=FeeSchedule.medicare(DAY, state="OH"))
        assert day.lines == ()
        assert day.allowed == 0
        assert repr(day).endswith("RVU26C; 1 service not billed>")
        assert ": no lines; " in repr(day)


class TestTheCallersPercentage:
    ASSISTED = Session(DAY, "PT", [TimedService("97110", 15, clinician="assistant")])

    def remarks(self, payer: PayerLike, fees: FeeSchedule = RATES) -> tuple[str, ...]:
        return bill_day(self.ASSISTED, payer, fees).remarks

    def test_a_counting_method_uses_it_too(self) -> None:
        half = CPT_MIDPOINT.on(DAY).with_changes(assistant_percent=50)
        full = bill_day(self.ASSISTED, CPT_MIDPOINT, RATES)
        reduced = bill_day(self.ASSISTED, half, RATES)
        assert full.allowed is not None
        assert reduced.allowed == (full.allowed / 2).quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert any("priced in full" in each for each in full.remarks)
        assert not any("priced in full" in each for each in reduced.remarks)

    def test_medicare_does_not_use_it_and_says_so(self) -> None:
        ohio = FeeSchedule.medicare(DAY, locality="OH")
        changed = MEDICARE.on(DAY).with_changes(assistant_percent=50)
        plain, day = (bill_day(self.ASSISTED, payer, ohio) for payer in (MEDICARE, changed))
        assert (plain.allowed, plain.medicare_pays) == (day.allowed, day.medicare_pays)
        assert any("the law sets Medicare's share" in each for each in day.remarks)

    def test_a_rate_per_visit_is_not_reduced_and_says_so(self) -> None:
        visit = FeeSchedule.from_contract(Contract("visits", per_visit="95.00"))
        day = bill_day(self.ASSISTED, UNITED, visit)
        assert str(day.allowed) == "95.00"
        assert any("the rate per visit is not reduced" in each for each in day.remarks)

    def test_a_secondary_payers_share_is_not_known(self) -> None:
        horizon = PAYERS["horizon-bcbsnj"]
        secondary = horizon.as_secondary_to(MEDICARE, DAY)
        (line,) = bill_day(self.ASSISTED, secondary, RATES).lines
        assert line.allowed is None
        full = secondary.with_changes(assistant_percent=100)
        assert bill_day(self.ASSISTED, full, RATES).complete
        alone = horizon.on(DAY).with_changes(method="cms-eight-minute")
        (line,) = bill_day(self.ASSISTED, alone, RATES).lines
        assert line.furnisher_share == Decimal("0.85")

    def test_the_remark_names_the_percentage(self) -> None:
        assert any("97110 GP CQ: the payer allows 85 % of" in each for each in self.remarks(HUMANA))
