"""Price claims for the payer that they record."""

from __future__ import annotations

from datetime import date

import pytest

from tests.refusals import refusal
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    Claim,
    ClaimLine,
    FeeSchedule,
    InvalidInputError,
    Payer,
    Policy,
    Session,
    UnitMethod,
    build_claim,
    price_day,
)
from therapy_billing.law import Timeline

DAY = Session.from_minutes(
    {"97530": 23, "97110": 20}, date_of_service="2026-03-02", discipline="PT"
)
FEES = FeeSchedule.medicare("2026-03-02", locality="OH")
RATES = FeeSchedule.from_rates({"97530": "40.00", "97110": "30.00"})
ACME = Payer("acme", Timeline("acme", ((None, Policy("cpt-midpoint")),), date.max))


@pytest.mark.parametrize(("payer", "fees"), [(MEDICARE, FEES), (CPT_MIDPOINT, FEES), (ACME, RATES)])
def test_without_a_payer_the_recorded_payer_is_used(payer: Payer, fees: FeeSchedule) -> None:
    claim = build_claim(DAY, payer)
    assert price_day(claim, None, fees) == price_day(claim, payer, fees)


@pytest.mark.parametrize("method", [UnitMethod.FULL_QUARTER, Policy("full-quarter")])
def test_a_claim_of_a_bare_method_records_no_payer(method: UnitMethod | Policy) -> None:
    claim = build_claim(DAY, method)
    assert refusal(InvalidInputError, lambda: price_day(claim, None, RATES)) == (
        "give payer: the claims record the method full-quarter but no payer"
    )


@pytest.mark.parametrize(
    "claims",
    [
        [Claim("2026-03-02", [ClaimLine("97110", 1)])],
        [build_claim(DAY, MEDICARE), Claim("2026-03-02", [ClaimLine("97110", 1)])],
        [build_claim(DAY, MEDICARE), build_claim(DAY, ACME)],
    ],
)
def test_claims_without_one_recorded_payer_need_it(claims: list[Claim]) -> None:
    assert refusal(InvalidInputError, lambda: price_day(claims, None, FEES)) == (
        "give payer: the claims record no payer, or not all the same payer"
    )


def test_a_claim_moved_to_a_day_with_other_law_is_refused() -> None:
    claim = build_claim(DAY, MEDICARE)
    moved = Claim("2019-03-02", claim.lines, claim.allocation)
    assert "medicare counted these units for 2026-03-02" in refusal(
        InvalidInputError, lambda: price_day(moved, None, None)
    )
