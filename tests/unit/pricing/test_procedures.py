"""Amounts of casts, splints, and strappings, and of codes that no therapist bills."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.refusals import refusal
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    PAYERS,
    Claim,
    ClaimLine,
    Contract,
    FeeSchedule,
    NotPublishedError,
    PricedDay,
    load_codes,
    price_day,
)
from therapy_billing.payers.payer_argument import PayerLike

ON = "2026-03-02"
OFFICE = FeeSchedule.medicare(ON)
SEVERAL = (
    "Medicare pays less for several procedures on one day (MULT PROC 2), and that is not modeled"
)
PROCEDURES = [code for code, facts in load_codes().items() if facts.mppr_indicator == "2"]
NOT_THERAPISTS = [code for code, facts in load_codes().items() if not facts.for_therapists]


def priced(
    *codes: str, payer: PayerLike = MEDICARE, fees: FeeSchedule = OFFICE, units: int = 1
) -> PricedDay:
    lines = [ClaimLine(code, units, ("GO",)) for code in codes]
    return price_day([Claim(ON, lines)], payer, fees)


class TestProcedures:
    def test_the_procedures_are_the_27_casts_splints_and_strappings(self) -> None:
        assert len(PROCEDURES) == 27
        assert all(code.startswith("29") for code in PROCEDURES)

    @pytest.mark.parametrize("code", PROCEDURES)
    def test_one_unit_has_the_amount_of_the_fee_schedule(self, code: str) -> None:
        (line,) = priced(code).lines
        assert (line.allowed, line.unpriced) == (OFFICE.amount(code), "")
        assert refusal(NotPublishedError, lambda: OFFICE.amount(code, 2)) == (
            f"no amount for 2 units of {code} in {OFFICE.name}: {SEVERAL}"
        )
        (both,) = priced(code, units=2).lines
        assert (both.allowed, both.unpriced) == (None, SEVERAL)

    @pytest.mark.parametrize("payer", [MEDICARE, CPT_MIDPOINT], ids=["medicare", "cpt-midpoint"])
    def test_two_procedures_of_a_day_have_no_amount_and_other_lines_keep_theirs(
        self, payer: PayerLike
    ) -> None:
        day = priced("29125", "97530", "29130", payer=payer)
        assert [line.unpriced for line in day.lines] == [SEVERAL, "", SEVERAL]
        assert [line.allowed for line in day.lines] == [None, OFFICE.amount("97530"), None]
        assert day.complete is False
        assert day.allowed == OFFICE.amount("97530")

    def test_procedures_on_two_claims_of_a_day_are_several(self) -> None:
        claims = [Claim(ON, [ClaimLine("29125", 1, (plan,))]) for plan in ("GO", "GP")]
        day = price_day(claims, MEDICARE, OFFICE)
        assert [line.unpriced for line in day.lines] == [SEVERAL, SEVERAL]

    def test_a_percentage_of_medicare_is_treated_like_medicare(self) -> None:
        fees = FeeSchedule.from_contract(Contract("plan", percent_of_medicare=110), OFFICE)
        payer = PAYERS["highmark"]
        assert priced("29125", payer=payer, fees=fees).lines[0].allowed is not None
        two = priced("29125", "29130", payer=payer, fees=fees)
        assert [line.unpriced for line in two.lines] == [SEVERAL, SEVERAL]

    def test_flat_rates_are_the_payers_own_and_have_no_reduction(self) -> None:
        fees = FeeSchedule.from_rates({"29125": "60.00", "29130": "40.00"})
        day = priced("29125", "29130", payer=CPT_MIDPOINT, fees=fees)
        assert day.allowed == Decimal("100.00")


class TestNotForTherapists:
    @pytest.mark.parametrize("code", NOT_THERAPISTS)
    def test_medicare_has_no_amount_and_says_why(self, code: str) -> None:
        (line,) = priced(code).lines
        assert line.allowed is None
        assert line.unpriced == f"{code} is not a therapist's code (unverified)"

    def test_a_price_of_the_payers_own_is_used(self) -> None:
        fees = FeeSchedule.from_rates({"97153": "20.00"})
        (line,) = priced("97153", payer=CPT_MIDPOINT, fees=fees).lines
        assert line.allowed == Decimal("20.00")
