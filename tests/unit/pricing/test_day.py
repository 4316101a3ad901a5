"""From claim lines to money: MPPR, charges, contracts, thresholds, shares, and the year after them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from decimal import Context, Decimal, Inexact, Rounded, localcontext
from typing import Any

import attrs
import pytest

from tests.refusals import refusal
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    Accumulators,
    Bucket,
    Claim,
    ClaimLine,
    Contract,
    CostShare,
    Discipline,
    FeeSchedule,
    InvalidInputError,
    KxState,
    MedicareTerms,
    NotPublishedError,
    Parameter,
    Parameters,
    Payer,
    Policy,
    Price,
    PricedDay,
    Session,
    Setting,
    Source,
    ThresholdState,
    TiePolicy,
    TimedService,
    Timeline,
    UnitMethod,
    UntimedService,
    Verification,
    bill_day,
    build_claim,
    price_day,
    visits_to_threshold,
)

DAY = datetime.date(2026, 3, 2)
RATES = FeeSchedule.from_rates({"97530": "40.42", "97110": "30", "97161": "98.01"})
OHIO = FeeSchedule.medicare(DAY, mac="15202", locality="00")
NATIONAL = FeeSchedule.medicare(DAY)
NATIONAL_AMOUNTS = "the amounts are national: give a locality for what is paid there"
JULY = "the January and April 2026 files are not held: January to June 2026 is priced from the July file"
DEDUCTIBLE_MET = "no accumulators were given: the deductible is taken as met, and KX is not known"
GIVEN_RATES = "the amounts are the rates given, not those of Medicare's fee schedule"
NO_MPPR = "the fee schedule has no MPPR amounts: each unit is taken in full"
NO_PLAN = "lines that do not name one plan of care (GP, GO, or GN) count toward no threshold"
METHOD = (
    "cpt-midpoint is a counting method, not a payer: the amounts are those of the schedule given"
)
NO_SHARES = "what the payer pays and what the patient owes is not known"


def session(minutes: dict[str, int], day: object = DAY, discipline: str = "PT") -> Session:
    """Return a session of timed codes."""
    assert isinstance(day, datetime.date | str)
    return Session.from_minutes(minutes, date_of_service=day, discipline=discipline)


def claim(*lines: tuple[Any, ...], day: object = DAY) -> Claim:
    """Return a claim of lines, their modifiers written in one text."""
    assert isinstance(day, datetime.date | str)
    return Claim(
        day, [ClaimLine(code, units, mods.split(), *rest) for code, units, mods, *rest in lines]
    )


def allowed(day: PricedDay) -> list[str]:
    return [str(line.allowed) for line in day.lines]


def kx(day: PricedDay) -> list[str]:
    return [line.kx.value for line in day.lines]


def modifiers(day: PricedDay) -> list[str]:
    return [" ".join(line.modifiers) for line in day.lines]


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
        in_full = attrs.evolve(MEDICARE.on("2020-03-02"), mppr=False)
        for fees in (FeeSchedule.medicare("2020-03-02"), RATES):
            day = bill_day(session({"97530": minutes}, "2020-03-02"), in_full, fees)
            assert (day.lines[0].units, str(day.allowed)) == (units, total)
            assert day.complete is True

    def test_a_day_without_a_unit_has_no_line_and_no_money(self) -> None:
        day = bill_day(session({"97530": 7}), MEDICARE, OHIO, Accumulators(2026))
        assert (day.lines, str(day.allowed), day.complete) == ((), "0.00", True)
        assert day.not_billed == ((Discipline.PT, "97530", 7),)
        assert (day.thresholds, day.accumulators) == ((), Accumulators(2026))

    def test_a_cap_of_the_payer_lowers_the_amount(self) -> None:
        policy = Policy(UnitMethod.CMS_EIGHT_MINUTE, cap_per_session=2)
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
        told = [(line.discipline, line.code, line.units) for line in day.lines]
        assert told == [
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

    def test_a_day_is_needed_and_told_so(self) -> None:
        assert refusal(InvalidInputError, lambda: bill_day({"97530": 20}, MEDICARE, RATES)) == (
            "a claim is of a day: give date_of_service when the units are made"
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
        policy = Policy(UnitMethod.CMS_EIGHT_MINUTE, tie_policy=TiePolicy.HIGHEST_FEE)
        day = bill_day({"97110": 20, "97530": 20}, policy, RATES, date_of_service=DAY)
        assert day.allocation is not None
        assert day.allocation.units == {"97110": 1, "97530": 2}
        assert str(day.allowed) == "110.84"

    def test_what_cannot_be_counted_is_refused(self) -> None:
        assert refusal(InvalidInputError, lambda: bill_day([], CPT_MIDPOINT, RATES)) == (
            "there is no session to count"
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


class TestLinesWithoutAPrice:
    def test_they_stay_with_their_reason_and_out_of_every_total(self) -> None:
        day = price_day(
            claim(("97530", 1, "GP"), ("97010", 1, "GP"), ("0791T", 1, "GP")), MEDICARE, NATIONAL
        )
        assert day.complete is False
        assert allowed(day) == ["35.07", "None", "None"]
        assert str(day.allowed) == "35.07"
        assert [line.unpriced for line in day.lines] == [
            "",
            (
                f"no price for 97010 in {NATIONAL.name}: Medicare bundles it into other services "
                "(status B)"
            ),
            f"no price for 0791T in {NATIONAL.name}: each contractor prices it (status C)",
        ]
        for line in day.lines[1:]:
            assert (line.price, line.share, line.unit_amounts) == (None, None, ())

    def test_a_code_that_no_schedule_knows_is_one_of_them(self) -> None:
        day = price_day(claim(("99213", 1, "")), MEDICARE, RATES)
        assert (
            day.lines[0].unpriced == "no price for 99213 in contract rates: the code is not in it"
        )

    def test_they_count_for_no_threshold_and_no_deductible(self) -> None:
        day = price_day(
            claim(("97530", 1, "GP"), ("97010", 1, "GP")), MEDICARE, OHIO, Accumulators(2026)
        )
        assert day.accumulators == Accumulators(2026, "33.33", "33.33")

    def test_a_contract_without_a_rate_has_none_under_a_maximum_either(self) -> None:
        terms = Contract("PPO", rates={"97530": 100}, per_day_maximum=90)
        fees = FeeSchedule.from_contract(terms)
        day = price_day(claim(("97530", 1, ""), ("97110", 1, "")), CPT_MIDPOINT, fees)
        assert allowed(day) == ["90.00", "None"]
        assert day.complete is False


class TestTheReduction:
    def test_the_unit_of_the_highest_practice_expense_is_in_full_over_disciplines(self) -> None:
        day = price_day(
            [claim(("97110", 2, "GP"), ("97140", 1, "GP")), claim(("97165", 1, "GO"))],
            MEDICARE,
            OHIO,
        )
        told = [(line.code, [str(a) for a in line.unit_amounts]) for line in day.lines]
        full = OHIO.amount("97165")
        assert told == [
            ("97110", ["21.62", "21.62"]),
            ("97140", [str(OHIO.amount("97140", reduced=True))]),
            ("97165", [str(full)]),
        ]
        assert day.mppr is True

    def test_of_a_line_of_several_units_one_is_in_full(self) -> None:
        day = price_day(claim(("97530", 3, "GP")), MEDICARE, OHIO)
        assert [str(amount) for amount in day.lines[0].unit_amounts] == ["33.33", "24.18", "24.18"]

    def test_codes_that_are_not_subject_to_it_are_in_full_beside_it(self) -> None:
        day = price_day(
            claim(("97530", 1, "GN"), ("97129", 1, "GN"), ("97130", 2, "GN")), MEDICARE, OHIO
        )
        assert [str(line.mppr_reduction) for line in day.lines] == ["0.00", "0.00", "0.00"]

    def test_a_day_of_such_codes_alone_has_no_unit_in_full_to_seek(self) -> None:
        day = price_day(claim(("97129", 1, "GN"), ("97130", 2, "GN")), MEDICARE, OHIO)
        assert str(day.mppr_reduction) == "0.00"

    def test_a_payer_without_it_pays_each_unit_in_full(self) -> None:
        day = price_day(claim(("97530", 3, "GP")), CPT_MIDPOINT, OHIO)
        assert (str(day.allowed), str(day.mppr_reduction), day.mppr) == ("99.99", "0.00", False)

    def test_an_amount_that_is_not_known_is_refused(self) -> None:
        @attrs.frozen(eq=False)
        class Prices:
            codes: Iterable[str] = ("97110",)

            def find(self, code: str) -> Price | str:
                expense = Decimal("0.40")
                return Price(
                    code,
                    Decimal(30),
                    expense,
                    None,
                    "mppr_office ends",
                    "",
                    "",
                    "flat-rate",
                    "",
                    (),
                )

        fees = FeeSchedule(name="own", source=Prices())
        assert refusal(
            NotPublishedError, lambda: price_day(claim(("97110", 2, "GP")), MEDICARE, fees)
        ) == ("the MPPR amount of 97110 is not known: mppr_office ends")
        in_full = attrs.evolve(MEDICARE.on(DAY), mppr=False)
        assert str(price_day(claim(("97110", 2, "GP")), in_full, fees).allowed) == "60.00"


class TestCharges:
    @pytest.mark.parametrize(
        ("charge", "expected"), [("57.50", "57.50"), ("57.51", "57.51"), ("57.52", "57.51")]
    )
    def test_medicare_allows_the_lesser_of_charge_and_schedule(
        self, charge: str, expected: str
    ) -> None:
        day = price_day(claim(("97530", 2, "GP", charge)), MEDICARE, OHIO)
        assert allowed(day) == [expected]
        assert str(day.lines[0].units_total) == "57.51"

    def test_another_payer_allows_its_own_amount(self) -> None:
        day = price_day(claim(("97530", 2, "", "1.00")), CPT_MIDPOINT, RATES)
        assert allowed(day) == ["80.84"]

    def test_a_contract_says_whether_the_charge_counts(self) -> None:
        lines = claim(("97530", 2, "", "70.00"))
        for lesser, expected in ((True, "70.00"), (False, "80.00")):
            terms = Contract("PPO", rates={"97530": 40}, lesser_of_charge=lesser)
            fees = FeeSchedule.from_contract(terms)
            assert allowed(price_day(lines, CPT_MIDPOINT, fees)) == [expected]


class TestContracts:
    def test_a_percentage_of_medicare_is_reduced_only_where_the_contract_says_so(self) -> None:
        for mppr, expected in ((True, ["36.66", "26.60"]), (False, ["36.66", "36.66"])):
            terms = Contract("PPO", percent_of_medicare=110, mppr=mppr)
            fees = FeeSchedule.from_contract(terms, OHIO)
            for payer in (MEDICARE, CPT_MIDPOINT):
                day = price_day(claim(("97530", 2, "GP")), payer, fees)
                assert [str(amount) for amount in day.lines[0].unit_amounts] == expected
                assert (day.mppr, day.contract) == (mppr, terms)

    def test_an_amount_of_the_visit_is_shared_over_its_lines_by_units(self) -> None:
        fees = FeeSchedule.from_contract(Contract("Visits", per_visit="95.00"))
        day = price_day([claim(("97530", 2, "GP")), claim(("97010", 1, "GP"))], CPT_MIDPOINT, fees)
        assert allowed(day) == ["63.33", "31.67"]
        assert (str(day.allowed), day.complete) == ("95.00", True)

    def test_the_amount_of_the_visit_never_depends_on_the_order_of_lines(self) -> None:
        fees = FeeSchedule.from_contract(Contract("Visits", per_visit="100.00"))
        lines = [("97530", 1, "GP"), ("97110", 1, "GP"), ("97140", 1, "GP")]
        for given in (lines, lines[::-1], lines[1:] + lines[:1]):
            day = price_day(claim(*given), CPT_MIDPOINT, fees)
            assert {line.code: str(line.allowed) for line in day.lines} == {
                "97110": "33.34",
                "97140": "33.33",
                "97530": "33.33",
            }

    @pytest.mark.parametrize(
        ("lesser", "charges", "expected"),
        [
            (True, ("50.00", "40.00"), "90.00"),
            (True, ("60.00", "40.00"), "95.00"),
            (True, ("50.00", None), "95.00"),
            (False, ("50.00", "40.00"), "95.00"),
        ],
    )
    def test_an_amount_of_the_visit_is_limited_by_all_charges_together(
        self, lesser: object, charges: tuple[str | None, ...], expected: str
    ) -> None:
        terms = Contract("Visits", per_visit="95.00", lesser_of_charge=bool(lesser))
        fees = FeeSchedule.from_contract(terms)
        lines = claim(("97530", 1, "", charges[0]), ("97110", 1, "", charges[1]))
        assert str(price_day(lines, CPT_MIDPOINT, fees).allowed) == expected

    def test_a_day_without_a_line_is_paid_no_visit(self) -> None:
        fees = FeeSchedule.from_contract(
            Contract("Visits", per_visit="95.00", lesser_of_charge=True)
        )
        assert str(price_day(claim(), CPT_MIDPOINT, fees).allowed) == "0.00"

    @pytest.mark.parametrize(
        ("maximum", "expected"),
        [
            ("110.01", ["80.00", "30.00"]),
            ("110.00", ["80.00", "30.00"]),
            ("109.99", ["79.99", "30.00"]),
            ("55.00", ["40.00", "15.00"]),
        ],
    )
    def test_a_maximum_of_the_day_cuts_in_proportion(
        self, maximum: str, expected: list[str]
    ) -> None:
        terms = Contract("PPO", rates={"97530": 40, "97110": 30}, per_day_maximum=maximum)
        fees = FeeSchedule.from_contract(terms)
        day = price_day(claim(("97530", 2, ""), ("97110", 1, "")), CPT_MIDPOINT, fees)
        assert allowed(day) == expected

    def test_a_maximum_holds_for_the_amount_of_a_visit_too(self) -> None:
        terms = Contract("Visits", per_visit=95, per_day_maximum=90)
        day = price_day(claim(("97530", 1, "")), CPT_MIDPOINT, FeeSchedule.from_contract(terms))
        assert allowed(day) == ["90.00"]

    def test_the_charge_comes_before_the_maximum(self) -> None:
        terms = Contract(
            "PPO", rates={"97530": 60, "97110": 40}, per_day_maximum=80, lesser_of_charge=True
        )
        fees = FeeSchedule.from_contract(terms)
        day = price_day(claim(("97530", 1, "", 40), ("97110", 1, "", 60)), CPT_MIDPOINT, fees)
        assert allowed(day) == ["40.00", "40.00"]

    def test_a_contract_of_another_time_is_refused(self) -> None:
        terms = Contract("PPO", rates={"97530": 40}, effective_through="2026-03-01")
        fees = FeeSchedule.from_contract(terms)
        assert refusal(
            NotPublishedError, lambda: price_day(claim(("97530", 1, "")), CPT_MIDPOINT, fees)
        ).endswith("not for 2026-03-02")


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
            "a day is priced at a time: claims are of 2026-03-02 and 2026-03-03"
        )

    def test_claims_are_claims(self) -> None:
        claims: Any = 5
        assert refusal(InvalidInputError, lambda: price_day(claims, MEDICARE, RATES)) == (
            "claims holds Claim, not 5"
        )

    def test_no_claim_is_refused(self) -> None:
        assert refusal(InvalidInputError, lambda: price_day([], MEDICARE, OHIO)) == (
            "there is no claim to price"
        )

    @pytest.mark.parametrize(
        ("held", "shown"),
        [
            ("Rosa Invented", "a text of 13 characters"),
            ([None], "None"),
            (["97530"], "'97530'"),
        ],
    )
    def test_anything_but_a_claim_is_refused(self, held: Any, shown: str) -> None:  # noqa: ANN401
        assert refusal(InvalidInputError, lambda: price_day(held, MEDICARE, OHIO)) == (
            f"claims holds Claim, not {shown}"
        )

    def test_a_claim_without_a_line_is_a_day_without_money(self) -> None:
        day = price_day(claim(), MEDICARE, OHIO, Accumulators(2026))
        assert (day.lines, str(day.allowed), day.thresholds) == ((), "0.00", ())
        assert day.accumulators == Accumulators(2026)
        assert day.notes == ()


class TestShares:
    def test_a_line_is_shared_as_the_law_says(self) -> None:
        day = price_day(claim(("97110", 1, "GP CQ")), MEDICARE, NATIONAL, Accumulators(2026, 283))
        # 29.06: 23.25 is Medicare's, 19.76 of it for an assistant, less 0.40.
        assert day.lines[0].share == CostShare(
            Decimal("0.00"),
            Decimal("5.81"),
            Decimal("3.49"),
            Decimal("0.40"),
            Decimal("19.36"),
        )

    @pytest.mark.parametrize(
        ("day", "assistant", "sequestration"),
        [
            ("2019-12-31", "0.00", "0.48"),
            ("2020-01-01", "0.00", "0.48"),
            ("2021-12-31", "0.00", "0.00"),
            ("2022-01-01", "3.60", "0.00"),
            ("2022-03-31", "3.60", "0.00"),
            ("2022-04-01", "3.60", "0.20"),
            ("2022-06-30", "3.60", "0.20"),
            ("2022-07-01", "3.60", "0.41"),
        ],
    )
    def test_the_numbers_of_the_day_decide(
        self, day: str, assistant: str, sequestration: str
    ) -> None:
        priced = price_day(claim(("97110", 1, "GP CQ"), day=day), MEDICARE, RATES)
        share = priced.lines[0].share
        assert share is not None
        assert (str(share.assistant_reduction), str(share.sequestration)) == (
            assistant,
            sequestration,
        )

    @pytest.mark.parametrize(
        ("met", "expected", "after"),
        [
            ("0.00", ["98.01", "80.84"], "178.85"),
            ("150.00", ["98.01", "34.99"], "283.00"),
            ("184.99", ["98.01", "0.00"], "283.00"),
            ("282.99", ["0.01", "0.00"], "283.00"),
            ("283.00", ["0.00", "0.00"], "283.00"),
            ("300.00", ["0.00", "0.00"], "300.00"),
        ],
    )
    def test_the_deductible_falls_on_the_largest_line_first(
        self, met: str, expected: list[str], after: str
    ) -> None:
        lines = claim(("97161", 1, "GP"), ("97530", 2, "GP"))
        day = price_day(lines, MEDICARE, RATES, Accumulators(2026, met))
        assert [str(line.share.deductible) for line in day.lines if line.share] == expected
        assert day.accumulators is not None
        assert str(day.accumulators.deductible_met) == after
        swapped = price_day(Claim(DAY, lines.lines[::-1]), MEDICARE, RATES, Accumulators(2026, met))
        assert swapped.lines == day.lines[::-1]

    def test_without_a_year_the_deductible_is_taken_as_met_and_told(self) -> None:
        day = price_day(claim(("97530", 1, "GP")), MEDICARE, NATIONAL)
        assert day.lines[0].share is not None
        assert str(day.lines[0].share.deductible) == "0.00"
        assert (day.accumulators_before, day.accumulators) == (None, None)
        assert day.notes == (NATIONAL_AMOUNTS, JULY, DEDUCTIBLE_MET)

    def test_a_payer_that_shares_nothing_of_medicare_has_no_share(self) -> None:
        day = price_day(claim(("97530", 1, "GP")), CPT_MIDPOINT, RATES, Accumulators(2026))
        assert day.lines[0].share is None
        assert (day.terms, day.accumulators) == (None, Accumulators(2026))
        assert kx(day) == ["not needed"]

    def test_the_terms_of_the_day_are_kept_with_their_sources(self) -> None:
        terms = price_day(claim(("97530", 1, "GP")), MEDICARE, RATES).terms
        assert isinstance(terms, MedicareTerms)
        assert {
            name: str(getattr(terms, name).amount) for name in attrs.fields_dict(MedicareTerms)
        } == {
            "assistant_payment": "0.85",
            "coinsurance": "0.20",
            "sequestration": "0.02",
            "deductible": "283.00",
            "kx_threshold": "2480.00",
            "medical_review_threshold": "3000.00",
        }

    def test_numbers_of_the_users_own_are_taken(self) -> None:
        source = Source("own", "", "", Verification.DERIVED)
        own = Parameters(
            {
                name: Timeline(name, ((None, Parameter(Decimal(amount), "", source)),), DAY)
                for name, amount in (
                    ("assistant_payment", "0.50"),
                    ("kx_threshold", "10.00"),
                    ("part_b_deductible", "0.00"),
                )
            }
        )
        fees = attrs.evolve(RATES, parameters=own)
        day = price_day(claim(("97110", 1, "GP CQ")), MEDICARE, fees, Accumulators(2026))
        assert day.lines[0].share is not None
        assert str(day.lines[0].share.assistant_reduction) == "12.00"
        assert (kx(day), str(day.thresholds[0].threshold)) == (["suggested"], "10.00")

    def test_a_contract_keeps_the_numbers_of_its_medicare_schedule(self) -> None:
        own = Parameters(
            {
                "kx_threshold": Timeline(
                    "own",
                    (
                        (
                            None,
                            Parameter(
                                Decimal("10.00"), "", Source("", "", "", Verification.DERIVED)
                            ),
                        ),
                    ),
                    DAY,
                )
            }
        )
        medicare = FeeSchedule.medicare(DAY, parameters=own)
        fees = FeeSchedule.from_contract(Contract("PPO", percent_of_medicare=110), medicare)
        assert fees.parameters == own
        day = price_day(claim(("97110", 1, "GP")), MEDICARE, fees, Accumulators(2026))
        assert kx(day) == ["suggested"]

    def test_a_day_before_the_numbers_of_law_is_refused(self) -> None:
        with pytest.raises(NotPublishedError, match=r"not on 2015-03-02$"):
            price_day(claim(("97110", 1, "GP"), day="2015-03-02"), MEDICARE, RATES)

    @pytest.mark.parametrize("payer", [MEDICARE, CPT_MIDPOINT])
    def test_a_year_of_another_day_is_refused(self, payer: Payer) -> None:
        lines = claim(("97110", 1, "GP"))
        assert refusal(
            InvalidInputError, lambda: price_day(lines, payer, RATES, Accumulators(2025))
        ) == ("accumulators are of 2025, the day is in 2026: give that year's")


class TestTheAnnualThreshold:
    VISIT = claim(("97110", 2, "GP"), ("97140", 1, "GP"), ("97530", 1, "GO"))

    def test_the_visit_that_crosses_it_needs_kx_on_its_lines_and_ot_does_not(self) -> None:
        # The spec's example: 2,450.00 of PT and SLP, and a visit of 72.48.
        visit = claim(("97110", 2, "GP"), ("97140", 1, "GP"))
        year = Accumulators(2026, 283, "2450.00")
        day = price_day(visit, MEDICARE, NATIONAL, year)
        assert str(day.allowed) == "72.48"
        assert kx(day) == ["suggested", "suggested"]
        (state,) = day.thresholds
        assert state == ThresholdState(
            Bucket.PT_SLP,
            Decimal("2450.00"),
            Decimal("2522.48"),
            Decimal("2480.00"),
            Decimal("3000.00"),
        )
        assert day.accumulators == Accumulators(2026, 283, "2522.48")

        both = price_day([visit, claim(("97530", 1, "GO"))], MEDICARE, NATIONAL, year)
        assert kx(both) == ["suggested", "suggested", "not needed"]
        assert [state.bucket for state in both.thresholds] == [Bucket.PT_SLP, Bucket.OT]
        assert [state.beyond for state in both.thresholds] == [True, False]

    @pytest.mark.parametrize(
        ("accrued", "expected", "beyond"),
        [
            ("2449.99", "not needed", False),
            ("2450.00", "not needed", False),
            ("2450.01", "suggested", True),
        ],
    )
    def test_exactly_the_threshold_is_not_beyond_it(
        self, accrued: str, expected: str, beyond: object
    ) -> None:
        day = price_day(claim(("97110", 1, "GP")), MEDICARE, RATES, Accumulators(2026, 0, accrued))
        assert (kx(day), day.thresholds[0].beyond) == ([expected], beyond)

    def test_the_line_that_crosses_it_and_those_after_it_need_kx(self) -> None:
        # 80.84 is within 2,480.00, and the smaller lines are beyond it.
        lines = claim(("97110", 1, "GP"), ("97530", 2, "GP"))
        day = price_day(lines, MEDICARE, RATES, Accumulators(2026, 0, "2399.16"))
        assert kx(day) == ["suggested", "not needed"]
        day = price_day(lines, MEDICARE, RATES, Accumulators(2026, 0, "2399.17"))
        assert kx(day) == ["suggested", "suggested"]

    def test_pt_and_slp_are_counted_together_and_ot_apart(self) -> None:
        lines = claim(("97530", 1, "GP"), ("97530", 1, "GN"), ("97530", 1, "GO"))
        day = price_day(lines, MEDICARE, RATES, Accumulators(2026, 283, "1000.00", "2000.00"))
        assert day.accumulators == Accumulators(2026, 283, "1080.84", "2040.42")
        far = price_day(lines, MEDICARE, RATES, Accumulators(2026, 283, 0, "2450.00"))
        assert kx(far) == ["not needed", "not needed", "suggested"]
        assert [state.bucket for state in far.thresholds] == [Bucket.PT_SLP, Bucket.OT]

    def test_a_bucket_without_a_line_stays_as_it_was(self) -> None:
        year = Accumulators(2026, 283, "12.00", "2600.00")
        day = price_day(claim(("97110", 1, "GP")), MEDICARE, RATES, year)
        assert day.accumulators == Accumulators(2026, 283, "42.00", "2600.00")
        assert [state.bucket for state in day.thresholds] == [Bucket.PT_SLP]

    def test_beyond_3000_claims_may_be_reviewed(self) -> None:
        for accrued, reviewed in (("2970.00", False), ("2970.01", True)):
            year = Accumulators(2026, 283, accrued)
            day = price_day(claim(("97110", 1, "GP")), MEDICARE, RATES, year)
            assert day.thresholds[0].may_be_reviewed is reviewed

    def test_what_is_attested_is_applied_after_the_plan_and_the_assistant(self) -> None:
        lines = claim(
            ("97110", 1, "GP"), ("97110", 1, "GP CQ 59"), ("97530", 1, "59 GP"), ("97530", 1, "GO")
        )
        year = Accumulators(2026, 283, "2480.00")
        day = price_day(lines, MEDICARE, RATES, year, attestations=["KX"])
        assert modifiers(day) == ["GP KX", "GP CQ KX 59", "GP KX 59", "GO"]
        assert kx(day) == ["applied", "applied", "applied", "not needed"]
        assert day.kx_suggested == ()
        assert [line.claim_line.charge for line in day.lines] == [None] * 4

    def test_a_charge_stays_on_a_line_with_kx(self) -> None:
        year = Accumulators(2026, 283, "2480.00")
        lines = claim(("97110", 1, "GP", "25.00"))
        day = price_day(lines, MEDICARE, RATES, year, attestations=["KX"])
        assert str(day.lines[0].claim_line.charge) == "25.00"

    def test_it_may_be_attested_for_one_plan_of_care(self) -> None:
        lines = claim(("97110", 1, "GP"), ("97530", 1, "GN"), ("97530", 1, "GO"))
        year = Accumulators(2026, 283, "2480.00", "2480.00")
        day = price_day(lines, MEDICARE, RATES, year, attestations=[("KX", Discipline.PT)])
        assert kx(day) == ["applied", "suggested", "suggested"]
        two = [("KX", Discipline.SLP), ("KX", Discipline.OT)]
        day = price_day(lines, MEDICARE, RATES, year, attestations=two)
        assert kx(day) == ["suggested", "applied", "applied"]

    def test_nothing_is_applied_where_nothing_is_needed(self) -> None:
        lines = claim(("97110", 1, "GP"))
        day = price_day(lines, MEDICARE, RATES, Accumulators(2026), attestations=["KX"])
        assert (modifiers(day), kx(day)) == (["GP"], ["not needed"])

    @pytest.mark.parametrize("year", [None, Accumulators(2026), Accumulators(2026, 0, 2480)])
    def test_a_line_that_carries_it_already_keeps_it(self, year: Accumulators | None) -> None:
        day = price_day(claim(("97110", 1, "GP 59 KX")), MEDICARE, RATES, year, attestations=["KX"])
        assert (modifiers(day), kx(day)) == (["GP 59 KX"], ["applied"])

    def test_a_fifth_modifier_is_not_dropped(self) -> None:
        lines = claim(("97110", 1, "GP CQ 59 95"))
        year = Accumulators(2026, 283, "2480.00")
        assert kx(price_day(lines, MEDICARE, RATES, year)) == ["suggested"]
        day = price_day(lines, MEDICARE, RATES, year, attestations=["KX"])
        assert modifiers(day) == ["GP CQ KX 59 95"]

    def test_kx_takes_its_place_in_the_order_that_the_payer_names(self) -> None:
        policy = attrs.evolve(MEDICARE.on(DAY), modifier_order=("59", "KX", "GP"))
        year = Accumulators(2026, pt_slp="2480.00")
        day = price_day(claim(("97110", 1, "59 GP")), policy, RATES, year, attestations=["KX"])
        assert modifiers(day) == ["59 KX GP"]

    def test_lines_without_a_plan_of_care_count_for_no_threshold_and_are_told(self) -> None:
        lines = claim(("97110", 1, ""), ("97530", 1, "GP"))
        year = Accumulators(2026, 283, "2480.00")
        day = price_day(lines, MEDICARE, RATES, year, attestations=["KX"])
        assert kx(day) == ["unknown", "applied"]
        assert modifiers(day) == ["", "GP KX"]
        assert day.accumulators == Accumulators(2026, 283, "2520.42")
        assert day.notes == (GIVEN_RATES, NO_MPPR, NO_PLAN)

    def test_without_a_year_nobody_knows(self) -> None:
        day = price_day(self.VISIT, MEDICARE, RATES, attestations=["KX"])
        assert kx(day) == ["unknown"] * 3
        assert day.thresholds == ()

    def test_a_payer_without_it_counts_nothing(self) -> None:
        policy = attrs.evolve(MEDICARE.on(DAY), kx=False)
        year = Accumulators(2026, 283, "2480.00")
        day = price_day(self.VISIT, policy, RATES, year, attestations=["KX"])
        assert (kx(day), day.thresholds) == (["not needed"] * 3, ())
        assert day.notes == (GIVEN_RATES, NO_MPPR)

    def test_a_payer_with_it_alone_knows_where_the_year_stands(self) -> None:
        policy = Policy(UnitMethod.CMS_EIGHT_MINUTE, kx=True)
        year = Accumulators(2026, 0, "2450.00")
        day = price_day(claim(("97110", 2, "GP")), policy, RATES, year)
        assert kx(day) == ["suggested"]
        assert day.accumulators == Accumulators(2026, 0, "2510.00")
        assert (day.lines[0].share, day.medicare_pays) == (None, None)

    @pytest.mark.parametrize(
        ("attestations", "reason"),
        [
            (
                "KX",
                "attestations is a sequence such as ['KX', ('XU', '97116')], not a text of 2 characters",
            ),
            (["59"], "an attestation is 'KX', ('KX', Discipline.PT) or ('XU', '97116'), not '59'"),
            (
                ["Rosa Invented"],
                "an attestation is 'KX', ('KX', Discipline.PT) or ('XU', '97116'), not a text of 13 characters",
            ),
            ([("KX", "XX")], "discipline is PT, OT or SLP, not a text of 2 characters"),
            (
                [("XU", "x")],
                "a code is a text of five characters such as '97530' or 'G0283', not a text of 1 characters",
            ),
            (
                [("XU", "97116"), ("59", "97116")],
                "97116 is attested by XU and by 59: give one",
            ),
            (
                [("59", Discipline.PT)],
                "an attestation is 'KX', ('KX', Discipline.PT) or ('XU', '97116'), not a tuple",
            ),
            (
                [("KX",)],
                "an attestation is 'KX', ('KX', Discipline.PT) or ('XU', '97116'), not a tuple",
            ),
            (
                [("KX", Discipline.PT, Discipline.OT)],
                "an attestation is 'KX', ('KX', Discipline.PT) or ('XU', '97116'), not a tuple",
            ),
            (
                [None],
                "an attestation is 'KX', ('KX', Discipline.PT) or ('XU', '97116'), not None",
            ),
        ],
    )
    def test_an_attestation_that_is_none_is_refused(
        self,
        attestations: Any,  # noqa: ANN401
        reason: str,
    ) -> None:
        lines = claim(("97110", 1, "GP"))
        assert refusal(
            InvalidInputError,
            lambda: price_day(lines, MEDICARE, RATES, attestations=attestations),
        ) == (reason)


class TestNotes:
    def test_a_day_without_assumptions_has_none(self) -> None:
        ohio = FeeSchedule.medicare("2026-07-01", locality="15202-00")
        lines = claim(("97110", 1, "GP"), day="2026-07-01")
        assert price_day(lines, MEDICARE, ohio, Accumulators(2026)).notes == ()

    def test_assumptions_are_listed(self) -> None:
        lines = claim(("97110", 1, "GP"))
        assert price_day(lines, MEDICARE, NATIONAL).notes == (
            NATIONAL_AMOUNTS,
            JULY,
            DEDUCTIBLE_MET,
        )
        assert price_day(lines, MEDICARE, OHIO).notes == (JULY, DEDUCTIBLE_MET)
        assert price_day(lines, MEDICARE, RATES).notes == (
            GIVEN_RATES,
            DEDUCTIBLE_MET,
            NO_MPPR,
        )
        assert price_day(lines, CPT_MIDPOINT, RATES).notes == (METHOD, NO_SHARES)
        assert price_day(lines, CPT_MIDPOINT, NATIONAL).notes == (
            NATIONAL_AMOUNTS,
            JULY,
            METHOD,
            NO_SHARES,
        )

    @pytest.mark.parametrize(
        ("day", "months"),
        [
            ("2024-09-30", ""),
            ("2024-10-01", "October to December 2024"),
            ("2024-12-31", "October to December 2024"),
            ("2025-01-01", ""),
            ("2025-12-31", ""),
            ("2026-01-01", "January to June 2026"),
            ("2026-06-30", "January to June 2026"),
            ("2026-07-01", ""),
            ("2026-09-30", ""),
            ("2026-10-01", "October to December 2026"),
            ("2026-12-31", "October to December 2026"),
        ],
    )
    def test_a_release_that_stands_in_for_another_quarter_is_named(
        self, day: str, months: str
    ) -> None:
        fees = FeeSchedule.medicare(day, locality="15202-00")
        year = Accumulators(int(day[:4]), deductible_met=283)
        notes = price_day(claim(("97110", 1, "GP"), day=day), MEDICARE, fees, year).notes
        assert len(notes) == bool(months)
        assert all(f"{months} is priced from the July file" in note for note in notes)

    def test_a_line_without_a_plan_of_care_is_named_with_and_without_a_year(self) -> None:
        lines = claim(("97110", 1, ""))
        for year in (None, Accumulators(2026)):
            assert NO_PLAN in price_day(lines, MEDICARE, OHIO, year).notes
        assert NO_PLAN not in price_day(lines, CPT_MIDPOINT, OHIO).notes

    def test_a_code_that_is_attested_and_on_no_line_is_told(self) -> None:
        lines = claim(("97110", 1, "GP"))
        attested = [("XU", "97116"), ("59", "97110"), ("XS", "97140")]
        assert price_day(lines, CPT_MIDPOINT, RATES, attestations=attested).notes == (
            "XU is attested for 97116, which is on no line",
            "XS is attested for 97140, which is on no line",
            METHOD,
            NO_SHARES,
        )


class TestKinds:
    """What is of another kind is refused before anything is counted."""

    LINES = claim(("97110", 1, "GP"))
    RECORD = Session.from_minutes({"97110": 15}, date_of_service="2026-03-02", discipline="PT")

    def test_fees_are_a_schedule(self) -> None:
        fees: Any = "OH"
        message = (
            "fees is a FeeSchedule, such as FeeSchedule.medicare(day), not a text of 2 characters"
        )
        for call in (
            lambda: price_day(self.LINES, MEDICARE, fees),
            lambda: bill_day(self.RECORD, MEDICARE, fees),
        ):
            assert refusal(InvalidInputError, call) == message

    def test_accumulators_are_a_year(self) -> None:
        year: Any = 5
        message = "accumulators is an Accumulators, such as Accumulators(2026), not 5"
        for call in (
            lambda: price_day(self.LINES, MEDICARE, RATES, year),
            lambda: bill_day(self.RECORD, MEDICARE, RATES, year),
        ):
            assert refusal(InvalidInputError, call) == message


class TestVisitsToTheThreshold:
    @pytest.mark.parametrize(
        ("accrued", "visit"),
        [("2390.00", 3), ("2390.01", 2), ("2420.00", 2), ("2420.01", 1), ("0.00", 82)],
    )
    def test_the_visit_that_crosses_it_is_counted_from_the_next(
        self, accrued: str, visit: int
    ) -> None:
        # Visits of 30.00, the first of them on the day itself.
        day = price_day(claim(("97110", 1, "GP")), MEDICARE, RATES, Accumulators(2026, 0, accrued))
        assert visits_to_threshold(day) == {Bucket.PT_SLP: visit}

    def test_a_year_that_is_given_takes_the_place_of_the_one_after_the_day(self) -> None:
        day = price_day(claim(("97110", 1, "GP")), MEDICARE, RATES)
        assert visits_to_threshold(day, Accumulators(2026, 0, "2450.00")) == {Bucket.PT_SLP: 2}
        assert visits_to_threshold(day, Accumulators(2026, 0, "2450.01")) == {Bucket.PT_SLP: 1}

    def test_beyond_it_there_is_none_to_come(self) -> None:
        day = price_day(claim(("97110", 1, "GP")), MEDICARE, RATES, Accumulators(2026, 0, 2480))
        assert visits_to_threshold(day) == {Bucket.PT_SLP: 0}

    def test_each_bucket_of_the_day_has_its_own(self) -> None:
        lines = claim(("97110", 2, "GP"), ("97110", 1, "GN"), ("97530", 1, "GO"), ("97530", 1, ""))
        day = price_day(lines, MEDICARE, RATES, Accumulators(2026))
        # 90.00 a visit after 90.00; 40.42 a visit after 40.42.
        assert visits_to_threshold(day) == {Bucket.PT_SLP: 27, Bucket.OT: 61}

    def test_a_bucket_without_money_has_none(self) -> None:
        lines = claim(("97010", 1, "GP"), ("97530", 1, "GO"))
        day = price_day(lines, MEDICARE, OHIO, Accumulators(2026))
        assert list(visits_to_threshold(day)) == [Bucket.OT]
        empty = price_day(claim(), MEDICARE, OHIO, Accumulators(2026))
        assert visits_to_threshold(empty) == {}

    def test_the_year_must_be_told(self) -> None:
        day = price_day(claim(("97110", 1, "GP")), MEDICARE, RATES)
        assert refusal(InvalidInputError, lambda: visits_to_threshold(day)) == (
            "the year so far is needed: give accumulators here, or when the day is priced"
        )

    def test_a_year_of_another_day_is_refused(self) -> None:
        day = price_day(claim(("97110", 1, "GP")), MEDICARE, RATES)
        with pytest.raises(InvalidInputError, match="2025"):
            visits_to_threshold(day, Accumulators(2025))

    def test_a_payer_without_it_has_none(self) -> None:
        day = price_day(claim(("97110", 1, "GP")), CPT_MIDPOINT, RATES)
        assert refusal(InvalidInputError, lambda: visits_to_threshold(day, Accumulators(2026))) == (
            "cpt-midpoint knows no annual threshold"
        )
        shared = attrs.evolve(MEDICARE.on(DAY), kx=False)
        day = price_day(claim(("97110", 1, "GP")), shared, RATES, Accumulators(2026))
        assert refusal(InvalidInputError, lambda: visits_to_threshold(day)) == (
            "cms-eight-minute knows no annual threshold"
        )

    def test_a_payer_with_it_alone_has_it(self) -> None:
        policy = Policy(UnitMethod.CMS_EIGHT_MINUTE, kx=True)
        day = price_day(claim(("97110", 1, "GP")), policy, RATES, Accumulators(2026))
        assert visits_to_threshold(day) == {Bucket.PT_SLP: 82}


def test_a_payer_that_is_none_is_refused_without_repeating_it() -> None:
    payer: Any = "Rosa Invented"
    message = refusal(InvalidInputError, lambda: price_day(claim(), payer, RATES))
    assert message.endswith("not a text of 13 characters")


def test_a_state_of_kx_is_told_in_words() -> None:
    assert [state.value for state in KxState] == [
        "not needed",
        "suggested",
        "not claimed",
        "applied",
        "unknown",
    ]


class TestWhichUnitIsInFull:
    def test_of_equal_units_it_is_one_of_the_therapist(self) -> None:
        # 97110 and 97116 have the same values.
        for lines in (
            [("97110", 1, "GP CQ"), ("97116", 1, "GP")],
            [("97116", 1, "GP CQ"), ("97110", 1, "GP")],
            [("97110", 1, "GO CO"), ("97110", 1, "GP")],
        ):
            for written in (lines, lines[::-1]):
                day = price_day(claim(*written), MEDICARE, OHIO)
                assert [line.in_full for line in day.lines] == [
                    not line.claim_line.assistant for line in day.lines
                ]

    def test_of_equal_practice_expense_it_is_the_one_of_the_highest_amount(self) -> None:
        low, high = OHIO.price("97012"), OHIO.price("97032")
        assert low.practice_expense == high.practice_expense
        assert low.amount < high.amount
        day = price_day(claim(("97012", 1, "GP"), ("97032", 1, "GP")), MEDICARE, OHIO)
        assert [line.in_full for line in day.lines] == [False, True]

    def test_of_equal_lines_the_order_on_the_claim_decides_nothing(self) -> None:
        lines = [("97110", 2, "GP"), ("97110", 1, "GP")]
        one, other = (
            price_day(claim(*written), MEDICARE, OHIO) for written in (lines, lines[::-1])
        )
        assert one.lines == other.lines[::-1]


class TestTheLawOfTheDay:
    def test_own_numbers_decide_the_assistants_part_too(self) -> None:
        half = Parameter(Decimal("0.50"), "", Source("", "", "", Verification.UNVERIFIED))
        own = Parameters({"assistant_de_minimis": Timeline("own", ((None, half),), DAY)})
        treated = Session(
            DAY,
            "PT",
            [TimedService("97110", 6), TimedService("97110", 5, clinician="assistant")],
        )
        for parameters, modifiers in ((own, ("GP",)), (Parameters(), ("GP", "CQ"))):
            fees = FeeSchedule.medicare(DAY, parameters=parameters)
            assert bill_day(treated, MEDICARE, fees).lines[0].modifiers == modifiers

    def test_a_claim_is_priced_by_the_policy_of_its_day(self) -> None:
        before = Policy(UnitMethod.CMS_EIGHT_MINUTE)
        after = attrs.evolve(before, cost_sharing=True)
        payer = Payer("own", Timeline("own", ((None, before), (DAY, after)), DAY))
        earlier = DAY - datetime.timedelta(days=1)
        old = price_day(claim(("97110", 1, "GP"), day=earlier), payer, RATES)
        new = price_day(claim(("97110", 1, "GP")), payer, RATES)
        assert (old.medicare_pays, new.medicare_pays) == (None, Decimal("23.52"))

    def test_a_payer_that_shares_without_a_threshold_shares(self) -> None:
        policy = attrs.evolve(MEDICARE.on(DAY), kx=False)
        day = price_day(claim(("97110", 1, "GP")), policy, RATES, Accumulators(2026, "283.00"))
        assert (day.medicare_pays, kx(day), day.thresholds) == (
            Decimal("23.52"),
            ["not needed"],
            (),
        )
