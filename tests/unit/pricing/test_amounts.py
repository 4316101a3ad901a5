"""The allowed amount of each line."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import attrs
import pytest

from tests.refusals import refusal
from tests.unit.pricing.days_to_price import DAY, NATIONAL, OHIO, RATES, allowed, claim
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    Accumulators,
    Contract,
    FeeSchedule,
    NotPublishedError,
    price_day,
)
from therapy_billing.fees import Price


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
                f"no price for 97010 in {NATIONAL.name}: Medicare bundles the code into other services "
                "(status B)"
            ),
            f"no price for 0791T in {NATIONAL.name}: each Medicare contractor sets its own price for the code (status C)",
        ]
        for line in day.lines[1:]:
            assert (line.price, line.share, line.unit_amounts) == (None, None, ())

    def test_a_code_in_no_schedule_is_a_line_without_a_price(self) -> None:
        day = price_day(claim(("99213", 1, "")), MEDICARE, RATES)
        assert (
            day.lines[0].unpriced
            == "no price for 99213 in contract rates: the code is not in the schedule"
        )

    def test_they_do_not_count_toward_a_threshold_or_deductible(self) -> None:
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
        lines = [(line.code, [str(a) for a in line.unit_amounts]) for line in day.lines]
        full = OHIO.amount("97165")
        assert lines == [
            ("97110", ["21.62", "21.62"]),
            ("97140", [str(OHIO.amount("97140", reduced=True))]),
            ("97165", [str(full)]),
        ]
        assert day.mppr is True

    def test_of_a_line_of_several_units_one_is_in_full(self) -> None:
        day = price_day(claim(("97530", 3, "GP")), MEDICARE, OHIO)
        assert [str(amount) for amount in day.lines[0].unit_amounts] == ["33.33", "24.18", "24.18"]

    def test_codes_that_are_not_subject_to_mppr_stay_in_full(self) -> None:
        day = price_day(
            claim(("97530", 1, "GN"), ("97129", 1, "GN"), ("97130", 2, "GN")), MEDICARE, OHIO
        )
        assert [str(line.mppr_reduction) for line in day.lines] == ["0.00", "0.00", "0.00"]

    def test_a_day_with_only_such_codes_has_no_full_rate_unit(self) -> None:
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
        full_rate = MEDICARE.on(DAY).with_changes(mppr=False)
        assert str(price_day(claim(("97110", 2, "GP")), full_rate, fees).allowed) == "60.00"


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
    def test_a_percentage_of_medicare_is_reduced_only_if_the_contract_says_so(self) -> None:
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

    def test_a_maximum_also_limits_the_amount_per_visit(self) -> None:
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


class TestWhichUnitIsInFull:
    def test_of_equal_units_it_is_one_of_the_therapist(self) -> None:
        # 97110 and 97116 have the same RVUs.
        for lines in (
            [("97110", 1, "GP CQ"), ("97116", 1, "GP")],
            [("97116", 1, "GP CQ"), ("97110", 1, "GP")],
            [("97110", 1, "GO CO"), ("97110", 1, "GP")],
        ):
            for written in (lines, lines[::-1]):
                day = price_day(claim(*written), MEDICARE, OHIO)
                assert [line.full_rate for line in day.lines] == [
                    not line.claim_line.assistant for line in day.lines
                ]

    def test_of_equal_practice_expense_it_is_the_one_of_the_highest_amount(self) -> None:
        low, high = OHIO.price("97012"), OHIO.price("97032")
        assert low.practice_expense == high.practice_expense
        assert low.amount < high.amount
        day = price_day(claim(("97012", 1, "GP"), ("97032", 1, "GP")), MEDICARE, OHIO)
        assert [line.full_rate for line in day.lines] == [False, True]

    def test_the_order_of_equal_lines_on_the_claim_does_not_matter(self) -> None:
        lines = [("97110", 2, "GP"), ("97110", 1, "GP")]
        one, other = (
            price_day(claim(*written), MEDICARE, OHIO) for written in (lines, lines[::-1])
        )
        assert one.lines == other.lines[::-1]
