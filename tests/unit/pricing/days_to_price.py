"""Days and fees that the tests share."""

from __future__ import annotations

import datetime
from typing import Any

from therapy_billing import Claim, ClaimLine, FeeSchedule, PricedDay

DAY = datetime.date(2026, 3, 2)
RATES = FeeSchedule.from_rates({"97530": "40.42", "97110": "30", "97161": "98.01"})
OHIO = FeeSchedule.medicare(DAY, mac="15202", locality="00")
NATIONAL = FeeSchedule.medicare(DAY)
NATIONAL_AMOUNTS = "the amounts are national: give a locality for what is paid there"
JULY = "the January and April 2026 files are not held: January to June 2026 is priced from the July file"
DEDUCTIBLE_MET = "no accumulators were given: the deductible is taken as met, and KX is not known"
GIVEN_RATES = "the amounts are the rates given, not those of Medicare's fee schedule"
NO_MPPR = "the fee schedule has no MPPR amounts: each unit is taken in full"
NO_PLAN = "lines that do not name one plan of care (GP, GO, or GN) count toward no threshold"


def claim(*lines: tuple[Any, ...], day: object = DAY) -> Claim:
    """Return a claim of lines, their modifiers written in one text."""
    assert isinstance(day, datetime.date | str)
    return Claim(
        day, [ClaimLine(code, units, mods.split(), *rest) for code, units, mods, *rest in lines]
    )


def allowed(day: PricedDay) -> list[str]:
    return [str(line.allowed) for line in day.lines]


def kx(day: PricedDay) -> list[str]:
    return [line.kx.value for line in day.lines]


def modifiers(day: PricedDay) -> list[str]:
    return [" ".join(line.modifiers) for line in day.lines]
