"""Remarks shown below a bill: assumptions behind the amounts, and things to check."""

from __future__ import annotations

import pytest

from tests.unit.pricing.days_to_price import (
    DEDUCTIBLE_MET,
    GIVEN_RATES,
    JULY,
    NATIONAL,
    NATIONAL_AMOUNTS,
    NO_MPPR,
    NO_PLAN,
    OHIO,
    RATES,
    claim,
)
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    Accumulators,
    Attestation,
    Claim,
    ClaimLine,
    FeeSchedule,
    Payer,
    Session,
    bill_day,
    price_day,
)

METHOD = "cpt-midpoint is a counting method, not a payer; the amounts come from the fee schedule that was given"
NO_SHARES = "what the payer pays and what the patient owes are not known"


class TestNotes:
    def test_a_day_without_assumptions_has_none(self) -> None:
        ohio = FeeSchedule.medicare("2026-07-01", locality="15202-00")
        lines = claim(("97110", 1, "GP"), day="2026-07-01")
        assert price_day(lines, MEDICARE, ohio, Accumulators(2026)).remarks == ()

    def test_assumptions_are_listed(self) -> None:
        lines = claim(("97110", 1, "GP"))
        assert price_day(lines, MEDICARE, NATIONAL).remarks == (
            NATIONAL_AMOUNTS,
            JULY,
            DEDUCTIBLE_MET,
        )
        assert price_day(lines, MEDICARE, OHIO).remarks == (JULY, DEDUCTIBLE_MET)
        assert price_day(lines, MEDICARE, RATES).remarks == (
            GIVEN_RATES,
            DEDUCTIBLE_MET,
            NO_MPPR,
        )
        assert price_day(lines, CPT_MIDPOINT, RATES).remarks == (METHOD, NO_SHARES)
        assert price_day(lines, CPT_MIDPOINT, NATIONAL).remarks == (
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
    def test_a_release_used_for_another_quarter_is_a_remark(self, day: str, months: str) -> None:
        fees = FeeSchedule.medicare(day, locality="15202-00")
        year = Accumulators(int(day[:4]), deductible_met=283)
        notes = price_day(claim(("97110", 1, "GP"), day=day), MEDICARE, fees, year).remarks
        assert len(notes) == bool(months)
        assert all(f"{months} is priced with the July" in note for note in notes)

    def test_a_line_without_a_plan_of_care_is_named_with_and_without_a_year(self) -> None:
        lines = claim(("97110", 1, ""))
        for year in (None, Accumulators(2026)):
            assert NO_PLAN in price_day(lines, MEDICARE, OHIO, year).remarks
        assert NO_PLAN not in price_day(lines, CPT_MIDPOINT, OHIO).remarks

    def test_an_attested_code_that_is_not_billed_is_a_remark(self) -> None:
        lines = claim(("97110", 1, "GP"))
        attested = [("XU", "97116"), ("59", "97110"), ("XS", "97140")]
        assert price_day(lines, CPT_MIDPOINT, RATES, attestations=attested).remarks == (
            "XU is attested for 97116, but no line has 97116",
            "XS is attested for 97140, but no line has 97140",
            METHOD,
            NO_SHARES,
        )

    def test_kx_for_a_plan_without_a_line_is_a_remark(self) -> None:
        lines = claim(("97110", 1, "GP"))
        attested: list[Attestation] = ["KX", ("KX", "OT"), ("KX", "PT"), ("KX", "ST")]
        assert price_day(lines, CPT_MIDPOINT, RATES, attestations=attested).remarks == (
            "KX is attested for OT, but no line is for OT",
            "KX is attested for SLP, but no line is for SLP",
            METHOD,
            NO_SHARES,
        )

    def test_a_charge_for_a_code_that_is_not_billed_is_a_remark(self) -> None:
        day = Session.from_minutes(
            {"97110": 20, "97140": 7}, date_of_service="2026-03-02", discipline="PT"
        )
        charges = {"97110": 60, "97140": 55, " 97530 ": 70}
        assert bill_day(day, CPT_MIDPOINT, RATES, charges=charges).remarks == (
            METHOD,
            NO_SHARES,
            "a charge was given for 97140, but no line has 97140",
            "a charge was given for 97530, but no line has 97530",
        )
        assert bill_day(day, CPT_MIDPOINT, RATES, charges={"97110": 60}).remarks == (
            METHOD,
            NO_SHARES,
        )


class TestAttestationsThatNothingUsed:
    VISIT = Session.from_minutes({"97110": 15}, date_of_service="2026-03-02", discipline="PT")
    FEES = FeeSchedule.medicare("2026-03-02")

    @pytest.mark.parametrize("attested", ["KX", ("KX", "PT")])
    @pytest.mark.parametrize(
        ("payer", "year", "used"),
        [
            (MEDICARE, Accumulators(2026), False),
            (MEDICARE, Accumulators(2026, pt_slp="2470.00"), True),
            (MEDICARE, None, False),
            (CPT_MIDPOINT, None, False),
        ],
    )
    def test_kx_on_no_line_is_a_remark(
        self, attested: Attestation, payer: Payer, year: Accumulators | None, *, used: bool
    ) -> None:
        day = bill_day(self.VISIT, payer, self.FEES, year, attestations=[attested])
        assert ("KX is attested, but no line has it" in day.remarks) is not used

    def test_a_second_modifier_for_a_distinct_service_is_a_remark(self) -> None:
        claim = Claim("2026-03-02", [ClaimLine("97110", 1, ("GP", "59"))])
        day = price_day(claim, MEDICARE, self.FEES, attestations=[("XU", "97110")])
        assert day.lines[0].modifiers == ("GP", "59")
        assert (
            "XU is attested for 97110, but its line has a different modifier for a distinct service"
            in day.remarks
        )
