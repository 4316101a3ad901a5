"""The most that a payer allows for a day, with and without a contract's own maximum."""

from __future__ import annotations

from decimal import Decimal

import pytest

from therapy_billing import (
    MEDICARE,
    Accumulators,
    Claim,
    ClaimLine,
    Contract,
    FeeSchedule,
    Policy,
    PricedDay,
    UnitMethod,
    explain,
    price_day,
)

CLAIM = Claim("2026-03-02", [ClaimLine("97530", 1, ("GP",)), ClaimLine("97110", 2, ("GP",))])
RATES = FeeSchedule.from_rates({"97530": 60, "97110": 20}, effective_from="2026-01-01")


def priced(
    maximum: str | None, contract: Contract | None = None, *, claim: Claim = CLAIM
) -> PricedDay:
    """Return the day priced with a policy's maximum and a contract."""
    policy = Policy(UnitMethod.CPT_MIDPOINT).with_changes(amount_per_day=maximum)
    fees = RATES if contract is None else FeeSchedule.from_contract(contract)
    return price_day(claim, policy, fees)


def amounts(day: PricedDay) -> list[str]:
    """Return the allowed amount of each line."""
    return [str(line.allowed) for line in day.lines]


@pytest.mark.parametrize(
    ("maximum", "expected"),
    [
        (None, ["60.00", "40.00"]),
        ("100.01", ["60.00", "40.00"]),
        ("100.00", ["60.00", "40.00"]),
        ("99.99", ["59.99", "40.00"]),
        ("50.00", ["30.00", "20.00"]),
        ("0.01", ["0.01", "0.00"]),
    ],
)
def test_the_lines_are_cut_in_proportion_to_the_maximum_of_the_policy(
    maximum: str | None, expected: list[str]
) -> None:
    assert amounts(priced(maximum)) == expected


def test_the_order_of_lines_changes_no_amount() -> None:
    turned = Claim(CLAIM.date_of_service, CLAIM.lines[::-1])
    assert amounts(priced("99.99", claim=turned)) == ["40.00", "59.99"]


@pytest.mark.parametrize(
    ("own", "agreed", "expected"),
    [
        (None, "80.00", "80.00"),
        ("80.00", None, "80.00"),
        ("80.00", "90.00", "80.00"),
        ("90.00", "80.00", "80.00"),
        ("101.00", "102.00", "100.00"),
    ],
)
def test_the_lesser_maximum_of_policy_and_contract_applies(
    own: str | None, agreed: str | None, expected: str
) -> None:
    rates = {"97530": "60", "97110": "20"}
    contract = Contract("Blue PPO", rates=rates, per_day_maximum=agreed)
    assert str(priced(own, contract).allowed) == expected


@pytest.mark.parametrize(
    ("maximum", "expected"), [(None, "95.00"), ("95.01", "95.00"), ("94.99", "94.99")]
)
def test_a_rate_per_visit_is_limited_by_the_maximum_of_the_policy(
    maximum: str | None, expected: str
) -> None:
    assert str(priced(maximum, Contract("Blue PPO", per_visit="95")).allowed) == expected


def test_a_line_without_a_price_stays_without_one() -> None:
    claim = Claim("2026-03-02", [*CLAIM.lines, ClaimLine("97112", 1, ("GP",))])
    day = priced("50.00", claim=claim)
    assert amounts(day) == ["30.00", "20.00", "None"]
    assert day.complete is False


def test_what_is_shared_and_counted_for_the_year_is_the_amount_that_was_cut() -> None:
    capped = MEDICARE.on("2026-03-02").with_changes(amount_per_day="50.00")
    fees = FeeSchedule.medicare("2026-03-02", mac="15202", locality="00")
    day = price_day(CLAIM, capped, fees, Accumulators(2026, deductible_met=283))
    assert day.allowed == Decimal("50.00")
    assert day.patient_responsibility == Decimal("10.00")
    assert day.accumulators == Accumulators(2026, deductible_met=283, pt_slp=50)


def test_the_cut_is_explained_by_its_rule() -> None:
    steps = [step.rule.id for step in explain(priced("99.99")).steps]
    assert steps.count("per-day-maximum") == 1
    assert "per-day-maximum" not in [step.rule.id for step in explain(priced("100.00")).steps]
