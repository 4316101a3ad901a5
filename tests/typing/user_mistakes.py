"""Mistakes that a user's type checker must find, each on the line that says so; never run."""

from __future__ import annotations

import therapy_billing
from therapy_billing import MEDICARE, FeeSchedule, Session, TimedService, allocate_units

TimedService(97530, minutes=20)  # MISTAKE: a code is a text
TimedService("97530", minutes=7.5)  # MISTAKE: minutes are whole
TimedService("97530", 20, "2026-03-02 09:00")  # MISTAKE: start goes by keyword
Session("2026-03-02", "PT", "97530")  # MISTAKE: services are records
allocate_units({"97530": 20}, "medicare")  # MISTAKE: a payer is no text
allocate_units({"97530": "20"}, MEDICARE)  # MISTAKE: minutes are no text
allocate_units({"97530": 20}, MEDICARE).units["97530"] = 3  # MISTAKE: a result does not change
allocate_units({"97530": 20}, MEDICARE).payer = "other"  # MISTAKE: a result does not change
FeeSchedule.from_rates({"97530": 40.42})  # MISTAKE: money is no float
therapy_billing.alocate_units({"97530": 20}, MEDICARE)  # MISTAKE: no such name
