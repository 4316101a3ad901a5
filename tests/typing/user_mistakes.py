"""Mistakes that a user's type checker must find, each on the line that says so; never run."""

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

TimedService(97530, minutes=20)  # MISTAKE: a code is a text
TimedService("97530", minutes=7.5)  # MISTAKE: minutes are whole
TimedService("97530", 20, "2026-03-02 09:00")  # MISTAKE: start goes by keyword
Session("2026-03-02", "PT", "97530")  # MISTAKE: services are records
allocate_units({"97530": 20}, 7)  # MISTAKE: a payer is no number
allocate_units({"97530": "20"}, MEDICARE)  # MISTAKE: minutes are no text
allocate_units({"97530": 20}, MEDICARE).units["97530"] = 3  # MISTAKE: a result does not change
allocate_units({"97530": 20}, MEDICARE).payer = "other"  # MISTAKE: a result does not change
FeeSchedule.from_rates({"97530": 40.42})  # MISTAKE: money is no float
ClaimLine("97530", 1.5)  # MISTAKE: units are whole
ClaimLine("97530", 1, ("GP",), 40.42)  # MISTAKE: a charge is no float
Claim("2026-03-02", ["97530"])  # MISTAKE: lines are records
Accumulators("2026")  # MISTAKE: a year is a number
Accumulators(2026, pt_slp=2450.0)  # MISTAKE: an amount is no float
build_claim({"97530": 20}, MEDICARE, charges={"97530": 60.0})  # MISTAKE: a charge is no float
price_day(Claim("2026-03-02", ()), MEDICARE, {"97530": 40})  # MISTAKE: fees are a schedule
check_claim(Claim("2026-03-02", ()), MEDICARE, edits="edits.zip")  # MISTAKE: edits are no file
check_day([], MEDICARE, "OH")  # MISTAKE: fees are a schedule
price_day(
    Claim("2026-03-02", ()),
    MEDICARE,
    FeeSchedule.medicare("2026-03-02"),
    attestations=[("KX", 1)],  # MISTAKE: a plan of care is no number
)
Claim("2026-03-02", ()).lines = ()  # MISTAKE: a claim does not change
therapy_billing.alocate_units({"97530": 20}, MEDICARE)  # MISTAKE: no such name
