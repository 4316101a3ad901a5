"""GA, GX, GY, and GZ: who owes the charge of a denied line."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.unit.pricing.days_to_price import DAY, OHIO, RATES
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    Accumulators,
    Claim,
    ClaimLine,
    PricedDay,
    explain,
    price_day,
)

YEAR = Accumulators(2026)
GA = "97110 has GA, so a denial is expected; the amounts apply only if Medicare pays; if it does not, the patient owes the charge"
GX = GA.replace("GA", "GX") + " (general knowledge)"
GY = (
    "97110 has GY, so Medicare denies the line, and the patient owes the charge (general knowledge)"
)
GZ = "97110 has GZ, so Medicare denies the line, and the provider bears the charge"


def priced(
    modifier: str, charge: str | None = "60.00", year: Accumulators | None = YEAR
) -> PricedDay:
    lines = [
        ClaimLine("97110", 1, ("GP", modifier), charge),
        ClaimLine("97530", 1, ("GP",), None if charge is None else "70.00"),
    ]
    return price_day(Claim(DAY, lines), MEDICARE, OHIO, year)


class TestMedicare:
    @pytest.mark.parametrize(
        ("modifier", "allowed", "pays", "owes", "owed_by", "remark"),
        [
            ("GA", "21.62", "0.00", "21.62", "patient", GA),
            ("GX", "21.62", "0.00", "21.62", "patient", GX),
            ("GY", "0.00", "0.00", "60.00", "patient", GY),
            ("GZ", "0.00", "0.00", "0.00", "provider", GZ),
        ],
    )
    def test_gy_and_gz_are_not_paid_and_each_says_who_owes(
        self, modifier: str, allowed: str, pays: str, owes: str, owed_by: str, remark: str
    ) -> None:
        day = priced(modifier)
        line = day.lines[0]
        assert str(line.allowed) == allowed
        assert str(line.medicare_pays) == pays
        assert str(line.patient_responsibility) == owes
        assert line.owed_by == owed_by
        assert line.unpriced == ""
        assert [each for each in day.remarks if each.startswith("97110 has")] == [remark]
        assert day.complete

    def test_a_denied_line_takes_no_deductible_no_threshold_and_no_full_unit(self) -> None:
        day = priced("GZ")
        alone = price_day(
            Claim(DAY, [ClaimLine("97530", 1, ("GP",), "70.00")]), MEDICARE, OHIO, YEAR
        )
        assert day.accumulators is not None
        assert alone.accumulators is not None
        assert day.accumulators.pt_slp == alone.accumulators.pt_slp == day.lines[1].allowed
        assert day.accumulators.deductible_met == alone.accumulators.deductible_met
        assert [line.full_rate for line in day.lines] == [False, True]
        assert day.allowed == alone.allowed
        assert (day.lines[0].unit_amounts, day.lines[0].mppr_reduction) == ((), Decimal(0))

    def test_without_a_charge_it_is_not_known_what_the_patient_owes(self) -> None:
        day = priced("GY", None)
        assert day.lines[0].patient_responsibility is None
        assert day.patient_responsibility is None
        assert day.provider_receives is None
        assert str(day.medicare_pays) == "0.00"
        assert "patient not known" in repr(day)
        assert str(priced("GZ", None).patient_responsibility) == str(day.lines[1].allowed)

    def test_the_first_of_two_decides(self) -> None:
        line = ClaimLine("97110", 1, ("GP", "GX", "GY"), "60.00")
        day = price_day(Claim(DAY, [line]), MEDICARE, OHIO, YEAR)
        assert day.lines[0].denied_for == "GY"
        assert str(day.patient_responsibility) == "60.00"
        assert [each for each in day.remarks if each.startswith("97110 has")] == [GY]

    @pytest.mark.parametrize("pair", [("GA", "GZ"), ("GY", "GZ"), ("GZ", "GX")])
    def test_modifiers_that_contradict_each_other_leave_open_who_owes(
        self, pair: tuple[str, str]
    ) -> None:
        line = ClaimLine("97110", 1, ("GP", *pair), "60.00")
        (denied,) = price_day(Claim(DAY, [line]), MEDICARE, OHIO, YEAR).lines
        assert (denied.owed_by, denied.patient_responsibility) == ("", None)
        assert denied.denial_in_words.endswith(
            "who owes the charge is not known: its modifiers contradict each other"
        )

    def test_it_is_in_the_dict_and_the_explanation(self) -> None:
        day = priced("GZ")
        assert [line["denied_for"] for line in day.to_dict()["lines"]] == ["GZ", ""]
        steps = [(step.rule.id, step.outcome) for step in explain(day).steps]
        assert ("liability-modifiers", f"{GZ}.") in steps
        assert not [outcome for rule, outcome in steps if outcome.startswith("97110 GP GZ")]

    def test_a_line_without_them_is_not_denied(self) -> None:
        line = priced("GA").lines[1]
        assert (line.denied_for, line.owed_by, line.denial_in_words) == ("", "", "")


class TestOtherPayers:
    @pytest.mark.parametrize("modifier", ["GY", "GZ"])
    def test_what_they_then_pay_is_not_known(self, modifier: str) -> None:
        claim = Claim(DAY, [ClaimLine("97110", 1, ("GP", modifier)), ClaimLine("97530", 1)])
        day = price_day(claim, CPT_MIDPOINT, RATES)
        assert day.lines[0].allowed is None
        assert day.lines[0].unpriced == (
            f"97110 has {modifier}, so a denial is expected, and what this payer then pays is not known"
        )
        assert str(day.lines[1].allowed) == "40.42"
        assert not day.complete

    def test_ga_changes_no_amount(self) -> None:
        claim = Claim(DAY, [ClaimLine("97110", 1, ("GP", "GA"))])
        assert str(price_day(claim, CPT_MIDPOINT, RATES).allowed) == "30.00"
