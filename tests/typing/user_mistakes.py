"""Mistakes that a type checker must find on each marked line. It is type-checked, never run."""

from __future__ import annotations

import therapy_billing
from therapy_billing import (
    MEDICARE,
    Accumulators,
    Claim,
    ClaimLine,
    FeeSchedule,
    Session,
    TimedService,
    allocate_units,
    build_claim,
    check_claim,
    check_day,
    price_day,
)

TimedService(97530, minutes=20)  # MISTAKE: a code is a string
TimedService("97530", minutes=7.5)  # MISTAKE: minutes are whole
TimedService("97530", 20, "2026-03-02 09:00")  # MISTAKE: start is keyword-only
Session("2026-03-02", "PT", "97530")  # MISTAKE: services are records
allocate_units({"97530": 20}, 7)  # MISTAKE: a payer is not a number
allocate_units({"97530": "20"}, MEDICARE)  # MISTAKE: minutes are not strings
allocate_units({"97530": 20}, MEDICARE).units["97530"] = 3  # MISTAKE: a result is immutable
allocate_units({"97530": 20}, MEDICARE).payer = "other"  # MISTAKE: a result is immutable
FeeSchedule.from_rates({"97530": 40.42})  # MISTAKE: money is not a float
ClaimLine("97530", 1.5)  # MISTAKE: units are whole
ClaimLine("97530", 1, ("GP",), 40.42)  # MISTAKE: a charge is not a float
Claim("2026-03-02", ["97530"])  # MISTAKE: lines are records
Accumulators("2026")  # MISTAKE: a year is a number
Accumulators(2026, pt_slp=2450.0)  # MISTAKE: an amount is not a float
build_claim({"97530": 20}, MEDICARE, charges={"97530": 60.0})  # MISTAKE: a charge is not a float
price_day(Claim("2026-03-02", ()), MEDICARE, {"97530": 40})  # MISTAKE: fees are a FeeSchedule
check_claim(Claim("2026-03-02", ()), MEDICARE, edits="edits.zip")  # MISTAKE: edits are not a file
check_day([], MEDICARE, "OH")  # MISTAKE: fees are a FeeSchedule
price_day(
    Claim("2026-03-02", ()),
    MEDICARE,
    FeeSchedule.medicare("2026-03-02"),
    attestations=[("KX", 1)],  # MISTAKE: a plan of care is not a number
)
Claim("2026-03-02", ()).lines = ()  # MISTAKE: a claim is immutable
therapy_billing.alocate_units({"97530": 20}, MEDICARE)  # MISTAKE: the name does not exist
