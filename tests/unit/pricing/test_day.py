"""Price a day: MPPR, charges, contracts, thresholds, cost sharing, and year-to-date amounts."""

from __future__ import annotations

import datetime
from decimal import Context, Decimal, Inexact, Rounded, localcontext
from typing import Any

import pytest

from tests.refusals import refusal
from tests.unit.pricing.days_to_price import DAY, OHIO, RATES, allowed, claim, kx, modifiers
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    Accumulators,
    Claim,
    Discipline,
    FeeSchedule,
    InvalidInputError,
    NotPublishedError,
    Payer,
    Policy,
    Session,
    Setting,
    Source,
    TiePolicy,
    TimedService,
    UnitMethod,
    UntimedService,
    bill_day,
    build_claim,
    price_day,
)
from therapy_billing.law import Parameter, Parameters, Timeline, Verification


def session(minutes: dict[str, int], day: object = DAY, discipline: str = "PT") -> Session:
    """Return a session of timed codes."""
    assert isinstance(day, datetime.date | str)
    return Session.from_minutes(minutes, date_of_service=day, discipline=discipline)


class TestFromMinutes:
    @pytest.mark.parametrize(
        ("minutes", "units", "total"),
        [
            (8, 1, "40.42"),
            (22, 1, "40.42"),
            (23, 2, "80.84"),
            (37, 2, "80.84"),
            (38, 3, "121.26"),
            (52, 3, "121.26"),
            (53, 4, "161.68"),
            (67, 4, "161.68"),
        ],
    )
    def test_97530_in_2020_is_paid_as_the_published_table_says(
        self, minutes: int, units: int, total: str
    ) -> None:
        full_rate = MEDICARE.on("2020-03-02").with_changes(mppr=False)
        for fees in (FeeSchedule.medicare("2020-03-02"), RATES):
            day = bill_day(session({"97530": minutes}, "2020-03-02"), full_rate, fees)
            assert (day.lines[0].units, str(day.allowed)) == (units, total)
            assert day.complete is True

    def test_a_day_without_a_unit_has_no_line_and_no_money(self) -> None:
        day = bill_day(session({"97530": 7}), MEDICARE, OHIO, Accumulators(2026))
        assert (day.lines, str(day.allowed), day.complete) == ((), "0.00", True)
        assert day.not_billed == ((Discipline.PT, "97530", 7),)
        assert (day.thresholds, day.accumulators) == ((), Accumulators(2026))

    def test_a_cap_of_the_payer_lowers_the_amount(self) -> None:
        policy = Policy(UnitMethod.CMS_EIGHT_MINUTE).with_changes(cap_per_session=2)
        day = bill_day({"97530": 53}, policy, RATES, date_of_service=DAY)
        assert str(day.allowed) == "80.84"
        assert day.lines[0].units == 2

    def test_timed_lines_come_before_untimed_ones_discipline_by_discipline(self) -> None:
        treated = [
            Session(DAY, "PT", [UntimedService("97161", 30), TimedService("97530", 30)]),
            Session(DAY, "OT", [TimedService("97110", 15), TimedService("97530", 7)]),
        ]
        day = bill_day(treated, MEDICARE, RATES)
        assert (day.date_of_service, day.payer, day.fees) == (DAY, "medicare", RATES.name)
        lines = [(line.discipline, line.code, line.units) for line in day.lines]
        assert lines == [
            (Discipline.PT, "97530", 2),
            (Discipline.PT, "97161", 1),
            (Discipline.OT, "97110", 1),
        ]
        assert allowed(day) == ["80.84", "98.01", "30.00"]
        assert day.line_minutes == (30, None, 15)
        assert day.not_billed == ((Discipline.OT, "97530", 7),)

    def test_an_add_on_is_a_line_of_its_own(self) -> None:
        fees = FeeSchedule.from_rates({"97129": "21.67", "97130": "20.70"})
        day = bill_day(session({"97129": 38}, discipline="SLP"), MEDICARE, fees)
        assert [(line.code, line.units, str(line.allowed)) for line in day.lines] == [
            ("97129", 1, "21.67"),
            ("97130", 2, "41.40"),
        ]

    def test_a_date_is_required(self) -> None:
        assert refusal(InvalidInputError, lambda: bill_day({"97530": 20}, MEDICARE, RATES)) == (
            "a claim needs a date of service: give date_of_service when you count the units"
        )

    def test_fees_of_another_day_are_refused(self) -> None:
        fees = FeeSchedule.medicare("2020-03-31")
        name = "Medicare national amounts outside a facility, RVU20A"
        assert refusal(
            NotPublishedError,
            lambda: bill_day(session({"97530": 15}, "2020-04-01"), MEDICARE, fees),
        ) == (f"{name} is for 2020-01-01 to 2020-03-31, not for 2020-04-01")
        dated = bill_day({"97530": 15}, MEDICARE, fees, date_of_service="2020-03-31")
        assert str(dated.allowed) == "40.42"

    def test_the_fees_also_decide_a_tie_by_the_highest_fee(self) -> None:
        policy = Policy(UnitMethod.CMS_EIGHT_MINUTE).with_changes(tie_policy=TiePolicy.HIGHEST_FEE)
        day = bill_day({"97110": 20, "97530": 20}, policy, RATES, date_of_service=DAY)
        assert day.allocation is not None
        assert day.allocation.units == {"97110": 1, "97530": 2}
        assert str(day.allowed) == "110.84"

    def test_units_that_cannot_be_counted_are_an_error(self) -> None:
        assert refusal(InvalidInputError, lambda: bill_day([], CPT_MIDPOINT, RATES)) == (
            "there are no sessions to count: give at least one Session"
        )

    def test_the_setting_is_that_of_the_fees_unless_another_is_given(self) -> None:
        treated = Session(DAY, "PT", [TimedService("97110", 15, clinician="assistant")])
        facility = FeeSchedule.medicare(DAY, setting="facility")
        assert modifiers(bill_day(treated, MEDICARE, facility)) == ["GP CQ"]
        assert bill_day(treated, MEDICARE, facility).setting is Setting.FACILITY
        hospital = bill_day(treated, MEDICARE, RATES, setting="critical-access-hospital")
        assert modifiers(hospital) == ["GP"]
        assert hospital.setting is Setting.CRITICAL_ACCESS_HOSPITAL

    def test_it_is_the_price_of_the_claim(self) -> None:
        treated = session({"97530": 53, "97110": 20})
        year = Accumulators(2026, "100.00", "2450.00")
        billed = bill_day(
            treated, MEDICARE, OHIO, year, attestations=["KX"], charges={"97530": 35, "97110": 90}
        )
        made = build_claim(treated, MEDICARE, charges={"97530": 35, "97110": 90})
        assert billed == price_day(made, MEDICARE, OHIO, year, attestations=["KX"])

    def test_no_total_depends_on_the_global_decimal_context(self) -> None:
        with localcontext(Context(prec=2, traps=[Inexact, Rounded])):
            day = bill_day({"97530": 53, "97110": 38}, CPT_MIDPOINT, RATES, date_of_service=DAY)
            assert str(day.allowed) == "251.68"
            assert day.to_dict()["allowed"] == "251.68"
            assert repr(day).startswith("<PricedDay $251.68 allowed: ")


class TestClaimsOfADay:
    def test_they_are_one_day(self) -> None:
        first, second = claim(("97530", 2, "GP")), claim(("97530", 1, "GO"), ("97110", 1, "GO"))
        day = price_day(iter([first, second]), MEDICARE, OHIO)
        assert day.claims == (first, second)
        assert [line.code for line in day.lines] == ["97530", "97530", "97110"]
        together = price_day(Claim(DAY, first.lines + second.lines), MEDICARE, OHIO)
        assert day.lines == together.lines

    def test_two_days_are_refused(self) -> None:
        given = [claim(("97530", 1, "GP")), claim(("97530", 1, "GP"), day="2026-03-03")]
        assert refusal(InvalidInputError, lambda: price_day(given, MEDICARE, OHIO)) == (
            "all claims must have the same date of service, got 2026-03-02 and 2026-03-03: "
            "price each day separately"
        )

    def test_claims_are_claims(self) -> None:
        claims: Any = 5
        assert refusal(InvalidInputError, lambda: price_day(claims, MEDICARE, RATES)) == (
            "claims must contain only Claim, got 5"
        )

    def test_no_claim_is_refused(self) -> None:
        assert refusal(InvalidInputError, lambda: price_day([], MEDICARE, OHIO)) == (
            "claims is empty: give at least one claim"
        )

    @pytest.mark.parametrize(
        ("held", "shown"),
        [
            ("Rosa Invented", "a string of 13 characters"),
            ([None], "None"),
            (["97530"], "'97530'"),
        ],
    )
    def test_anything_but_a_claim_is_refused(self, held: Any, shown: str) -> None:  # noqa: ANN401
        assert refusal(InvalidInputError, lambda: price_day(held, MEDICARE, OHIO)) == (
            f"claims must contain only Claim, got {shown}"
        )

    def test_a_claim_without_a_line_is_a_day_without_money(self) -> None:
        day = price_day(claim(), MEDICARE, OHIO, Accumulators(2026))
        assert (day.lines, str(day.allowed), day.thresholds) == ((), "0.00", ())
        assert day.accumulators == Accumulators(2026)
        assert day.remarks == ()


class TestKinds:
    """Arguments of the wrong type are errors before anything is computed."""

    LINES = claim(("97110", 1, "GP"))
    RECORD = Session.from_minutes({"97110": 15}, date_of_service="2026-03-02", discipline="PT")

    def test_fees_are_a_schedule(self) -> None:
        fees: Any = "OH"
        message = "fees must be a FeeSchedule, such as FeeSchedule.medicare(day), got a string of 2 characters"
        for call in (
            lambda: price_day(self.LINES, MEDICARE, fees),
            lambda: bill_day(self.RECORD, MEDICARE, fees),
        ):
            assert refusal(InvalidInputError, call) == message

    def test_accumulators_are_a_year(self) -> None:
        year: Any = 5
        message = "accumulators must be an Accumulators, such as Accumulators(2026), got 5"
        for call in (
            lambda: price_day(self.LINES, MEDICARE, RATES, year),
            lambda: bill_day(self.RECORD, MEDICARE, RATES, year),
        ):
            assert refusal(InvalidInputError, call) == message


def test_an_invalid_payer_is_an_error_that_does_not_repeat_it() -> None:
    payer: Any = "Rosa Invented"
    message = refusal(InvalidInputError, lambda: price_day(claim(), payer, RATES))
    assert message.startswith("unknown payer (a string of 13 characters): use medicare")


class TestTheLawOfTheDay:
    def test_own_numbers_decide_the_assistants_part_too(self) -> None:
        half = Parameter(Decimal("0.50"), "", Source("", "", "", Verification.UNVERIFIED))
        own = Parameters({"assistant_de_minimis": Timeline("own", ((None, half),), DAY)})
        treated = Session(
            DAY,
            "PT",
            [TimedService("97110", 6), TimedService("97110", 5, clinician="assistant")],
        )
        for parameters, expected in ((own, ("GP",)), (Parameters(), ("GP", "CQ"))):
            fees = FeeSchedule.medicare(DAY, parameters=parameters)
            assert bill_day(treated, MEDICARE, fees).lines[0].modifiers == expected

    def test_a_claim_is_priced_by_the_policy_of_its_day(self) -> None:
        before = Policy(UnitMethod.CMS_EIGHT_MINUTE)
        after = before.with_changes(cost_sharing=True)
        payer = Payer("own", Timeline("own", ((None, before), (DAY, after)), DAY))
        earlier = DAY - datetime.timedelta(days=1)
        old = price_day(claim(("97110", 1, "GP"), day=earlier), payer, RATES)
        new = price_day(claim(("97110", 1, "GP")), payer, RATES)
        assert (old.medicare_pays, new.medicare_pays) == (None, Decimal("23.52"))

    def test_a_payer_with_cost_sharing_but_no_threshold_has_shares(self) -> None:
        policy = MEDICARE.on(DAY).with_changes(kx=False)
        day = price_day(claim(("97110", 1, "GP")), policy, RATES, Accumulators(2026, "283.00"))
        assert (day.medicare_pays, kx(day), day.thresholds) == (
            Decimal("23.52"),
            ["not needed"],
            (),
        )


def test_a_policy_or_method_does_not_price_units_of_another() -> None:
    wrong: Any = 7
    message = refusal(
        InvalidInputError,
        lambda: price_day(claim(("97110", 1, "GP")), MEDICARE, RATES, repriced_as=wrong),
    )
    assert message.startswith(
        "repriced_as must be a Payer such as MEDICARE, a Policy, a UnitMethod"
    )


class TestTheClaimToSend:
    def test_it_has_the_lines_of_all_claims_with_kx(self) -> None:
        physical = build_claim(session({"97110": 30}), MEDICARE)
        occupational = build_claim(session({"97530": 30}, discipline="OT"), MEDICARE)
        year = Accumulators(2026, pt_slp="3000", ot="3000")
        priced = price_day([physical, occupational], MEDICARE, OHIO, year, attestations=["KX"])
        assert [(line.code, line.modifiers) for line in priced.claim.lines] == [
            ("97110", ("GP", "KX")),
            ("97530", ("GO", "KX")),
        ]
        assert priced.claim.allocation is None
        assert priced.claim.date_of_service == DAY
        assert priced.claim.setting is priced.setting

    def test_it_keeps_the_units_and_the_assistants_of_one_claim(self) -> None:
        together = [
            TimedService("97110", 12),
            TimedService("97110", 14, clinician="assistant"),
        ]
        built = build_claim(Session(DAY, "PT", together), MEDICARE)
        priced = price_day(built, MEDICARE, OHIO)
        assert priced.claim.allocation == built.allocation
        assert priced.claim.assistants == built.assistants
        assert len(built.assistants) == 1
        assert priced.claim.lines == built.lines
