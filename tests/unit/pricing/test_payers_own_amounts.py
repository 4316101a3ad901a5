"""Percentages of Medicare, other conversion factors, units of the payer's own, and Medicare as the second payer."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.refusals import refused
from tests.unit.pricing.days_to_price import DAY, OHIO, RATES, claim
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    PAYERS,
    Accumulators,
    FeeSchedule,
    InvalidInputError,
    Payer,
    Policy,
    Session,
    UntimedService,
    bill_day,
    price_day,
)
from therapy_billing.law import Timeline
from therapy_billing.payers import FeeBasis

LINES = claim(("97530", 2, "GP"))


class TestPercentOfMedicare:
    @pytest.mark.parametrize("percent", [100, 190, 200])
    @pytest.mark.parametrize("mppr", [False, True])
    def test_each_unit_is_the_percentage_of_medicares(self, percent: int, *, mppr: bool) -> None:
        policy = Policy("cpt-midpoint").with_changes(
            fee_basis="percent-of-medicare", percent_of_medicare=percent, mppr=mppr
        )
        day = price_day(LINES, policy, OHIO)
        schedule = OHIO.at_percent(Decimal(percent))
        second = schedule.amount("97530", reduced=mppr)
        assert day.lines[0].unit_amounts == (schedule.amount("97530"), second)
        assert day.fees == f"{percent} % of {OHIO.name}"
        assert (day.medicare_pays, day.patient_responsibility) == (None, None)

    def test_rates_of_the_caller_apply_as_they_are(self) -> None:
        policy = Policy("cpt-midpoint").with_changes(
            fee_basis="percent-of-medicare",
            percent_of_medicare=200,
            amount_assumptions=["it pays 80 %"],
        )
        day = price_day(LINES, policy, RATES)
        assert str(day.allowed) == "80.84"
        assert "it pays 80 %" in day.remarks

    def test_the_fee_basis_needs_a_percentage(self) -> None:
        error = refused(
            lambda: Policy("cpt-midpoint").with_changes(fee_basis="percent-of-medicare")
        )
        assert str(error) == (
            "fee_basis 'percent-of-medicare' needs percent_of_medicare: give it, such as 200 for 200 %"
        )

    @pytest.mark.parametrize("percent", [200, "200", Decimal(200)])
    def test_a_percentage_may_be_any_exact_number(self, percent: Decimal | str | int) -> None:
        assert OHIO.at_percent(percent) == OHIO.at_percent(Decimal(200))

    @pytest.mark.parametrize("percent", [0, -100, "9.99", 1001, 2.0, None])
    def test_a_percentage_of_a_schedule_is_checked(self, percent: object) -> None:
        with pytest.raises(InvalidInputError, match="percent must be"):
            OHIO.at_percent(percent)  # type: ignore[arg-type]

    def test_another_fee_basis_does_not_use_it(self) -> None:
        changed = PAYERS["michigan-no-fault"].with_changes(
            percent_of_medicare=250, method="cpt-midpoint"
        )
        assert price_day(LINES, changed, OHIO).fees.startswith("250 % of ")
        contract = changed.with_changes(fee_basis="contract")
        assert price_day(LINES, contract, OHIO).allowed is None

    def test_another_conversion_factor_is_not_medicares(self) -> None:
        own = FeeSchedule.medicare(DAY, locality="OH", conversion_factor="66.80")
        for payer in (PAYERS["michigan-no-fault"], MEDICARE):
            day = price_day(LINES, payer, own)
            assert day.allowed is None
            assert day.lines[0].unpriced == "the fees have another payer's conversion factor"

    def test_a_percentage_needs_medicares_amounts(self) -> None:
        error = refused(lambda: RATES.at_percent(Decimal(200)))
        assert str(error) == "a percentage of Medicare needs FeeSchedule.medicare(...)"

    def test_a_percentage_out_of_range_is_refused(self) -> None:
        for percent in (2, 1001):
            with pytest.raises(InvalidInputError):
                Policy("cpt-midpoint").with_changes(
                    fee_basis="percent-of-medicare", percent_of_medicare=percent
                )


class TestConversionFactor:
    def test_relative_values_and_localities_are_medicares(self) -> None:
        own = FeeSchedule.medicare(DAY, locality="OH", conversion_factor="66.80")
        twice = FeeSchedule.medicare(DAY, locality="OH", conversion_factor="33.40")
        assert abs(own.amount("97530") - 2 * twice.amount("97530")) <= 1
        assert own.name.startswith(
            "Medicare Ohio, OH (MAC 15202, locality 00) outside a facility, with a"
        )
        assert own.basis is FeeBasis.OWN_CONVERSION_FACTOR

    def test_it_applies_to_a_payer_that_medicares_amounts_do_not_fit(self) -> None:
        policy = Policy("cpt-midpoint").with_changes(fee_basis="own-conversion-factor", mppr=True)
        for fees in (OHIO, None):
            none = price_day(LINES, policy, fees)
            assert none.allowed is None
            assert none.lines[0].unpriced == "this payer has its own conversion factor"
            assert none.remarks[0].startswith(
                "no amounts: this payer multiplies Medicare's relative values"
            )
        own = FeeSchedule.medicare(DAY, locality="OH", conversion_factor="66.80")
        day = price_day(LINES, policy, own)
        assert day.lines[0].unit_amounts == (own.amount("97530"), own.amount("97530", reduced=True))

    @pytest.mark.parametrize("factor", [0, "-1", 33.4, "x"])
    def test_anything_but_a_positive_number_is_refused(self, factor: object) -> None:
        error = refused(lambda: FeeSchedule.medicare(DAY, conversion_factor=factor))  # type: ignore[arg-type]
        assert str(error).startswith(
            "conversion_factor must be a positive number of dollars per unit, as a string or Decimal"
        )
        assert error.field == "conversion_factor"


class TestUnitsOfThePayersOwn:
    def test_medicares_amount_for_another_unit_does_not_apply(self) -> None:
        policy = CPT_MIDPOINT.on(DAY).with_changes(
            code_terms=[{"codes": "92507", "unit_minutes": 15}]
        )
        visit = Session(DAY, "SLP", [UntimedService("92507", 45)])
        day = bill_day(visit, policy, OHIO)
        assert day.lines[0].units == 3
        assert day.lines[0].allowed is None
        assert day.lines[0].unpriced == (
            "the payer counts 92507 in units of 15 minutes, and Medicare's amount is for another unit: "
            "give the payer's rates"
        )
        rates = FeeSchedule.from_rates({"92507": "25.00"})
        assert str(bill_day(visit, policy, rates).allowed) == "75.00"

    def test_medicares_amount_applies_to_the_same_unit(self) -> None:
        policy = CPT_MIDPOINT.on(DAY).with_changes(
            code_terms=[{"codes": "97530", "unit_minutes": 15, "max_per_day": 4}]
        )
        assert price_day(LINES, policy, OHIO).complete


class TestMedicareSecond:
    SECOND = MEDICARE.as_secondary_to(CPT_MIDPOINT, DAY)
    REMARK = "Medicare pays second: what it pays depends on what the first payer paid, so its payment is not known"

    def test_its_payment_is_not_known(self) -> None:
        day = price_day(LINES, self.SECOND, OHIO, Accumulators(2026))
        first = price_day(LINES, MEDICARE, OHIO, Accumulators(2026))
        assert day.allowed == first.allowed
        assert (day.medicare_pays, day.patient_responsibility, day.provider_receives) == (None,) * 3
        assert day.accumulators is None
        assert self.REMARK in day.remarks
        assert self.REMARK not in first.remarks

    def test_nothing_is_assumed_about_the_deductible(self) -> None:
        day = price_day(LINES, self.SECOND, OHIO)
        assert not any("deductible" in remark for remark in day.remarks)

    def test_another_payers_year_goes_on(self) -> None:
        second = CPT_MIDPOINT.as_secondary_to(MEDICARE, DAY)
        day = price_day(LINES, second, RATES, Accumulators(2026, pt_visits=3))
        assert day.accumulators is not None
        assert day.accumulators.pt_visits == 4

    def test_caps_on_units_are_the_first_payers_and_other_caps_its_own(self) -> None:
        def payer(name: str, limit: int) -> Payer:
            caps: list[dict[str, Any]] = [{"limit": limit}, {"limit": limit, "of": "dollars"}]
            policy = Policy("cpt-midpoint").with_changes(caps=caps)
            return Payer(name, Timeline(name, ((None, policy),), MEDICARE.policies.known_through))

        counting = payer("second", 2).as_secondary_to(payer("first", 4), DAY).counting
        assert [(cap.of.value, int(cap.limit or 0)) for cap in counting.caps] == [
            ("units", 4),
            ("dollars", 2),
        ]
