"""Claims and fees for several test modules."""

from __future__ import annotations

import datetime
from typing import Any

from therapy_billing import Claim, ClaimLine, FeeSchedule, PricedDay

DAY = datetime.date(2026, 3, 2)
RATES = FeeSchedule.from_rates({"97530": "40.42", "97110": "30", "97161": "98.01"})
OHIO = FeeSchedule.medicare(DAY, mac="15202", locality="00")
NATIONAL = FeeSchedule.medicare(DAY)
NATIONAL_AMOUNTS = (
    "these are national amounts; give a locality for the amounts that Medicare allows there"
)
JULY = "January to June 2026 is priced with the July 2026 file; the January and April files are not in the library's data"
DEDUCTIBLE_MET = (
    "no year-to-date amounts were given, so the deductible is treated as met and KX is not checked"
)
GIVEN_RATES = "the amounts come from the rates that were given, not from Medicare's fee schedule"
NO_MPPR = "the fee schedule has no MPPR amounts, so every unit is priced in full"
NO_PLAN = "lines without exactly one of GP, GO, or GN do not count toward the annual threshold"


def claim(*lines: tuple[Any, ...], day: object = DAY) -> Claim:
    """Return a claim with *lines*; the modifiers of a line are one string."""
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
