"""What the days of a log add up to: days, units, ties, and each payer's dollars."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from therapy_billing.base.money import EXACT, ZERO, Usd
from therapy_billing.base.validation import require_type
from therapy_billing.pricing.records import PricedDay

__all__ = ["LogTotals", "PayerTotals", "Remarks"]


@attrs.define
class PayerTotals:
    """
    Dollars of one payer's days; those of different payers are never added.

    Args:
        allowed: Dollars allowed; None where no line has a price.
        shared: The part of them whose payment is known.
        medicare_pays: Dollars that Medicare pays of *shared*.
        patient_responsibility: Dollars that patients owe of *shared*.
        unpriced_lines: Lines without a price.
    """

    allowed: Usd | None = None
    shared: Usd = ZERO
    medicare_pays: Usd = ZERO
    patient_responsibility: Usd = ZERO
    unpriced_lines: int = 0

    def add(self, day: PricedDay) -> None:
        """Add a day."""
        require_type(day, PricedDay, "day")
        self.unpriced_lines += sum(line.allowed is None for line in day.lines)
        if day.allowed is None:
            return
        self.allowed = EXACT.add(self.allowed or ZERO, day.allowed)
        if day.medicare_pays is not None and day.patient_responsibility is not None:
            self.shared = EXACT.add(self.shared, day.allowed)
            self.medicare_pays = EXACT.add(self.medicare_pays, day.medicare_pays)
            self.patient_responsibility = EXACT.add(
                self.patient_responsibility, day.patient_responsibility
            )


@attrs.define
class Remarks:
    """What the days of a log assume: each remark once, with the payers that it is about."""

    payers: dict[str, None] = attrs.field(factory=dict)
    by_remark: dict[str, dict[str, None]] = attrs.field(factory=dict)

    def add(self, payer: str, remarks: Iterable[str]) -> None:
        """Add the remarks on a day of *payer*."""
        self.payers[payer] = None
        for remark in remarks:
            self.by_remark.setdefault(remark, {})[payer] = None


@attrs.define
class LogTotals:
    """
    What the days of a log add up to, so far.

    Args:
        days: Patient-days.
        timed_units: Units of timed codes.
        untimed_units: Units of untimed codes.
        tied_days: Days with a tie to decide.
        kx_lines: Lines beyond the annual threshold without KX.
        payers: Dollars by the name of the payer.
        fees: The fee schedules that gave amounts, in the order in which they came up.
        remarks: What the days assume.
    """

    days: int = 0
    timed_units: int = 0
    untimed_units: int = 0
    tied_days: int = 0
    kx_lines: int = 0
    payers: dict[str, PayerTotals] = attrs.field(factory=dict)
    fees: dict[str, None] = attrs.field(factory=dict)
    remarks: Remarks = attrs.field(factory=Remarks)

    def add(self, day: PricedDay) -> None:
        """Add a day."""
        require_type(day, PricedDay, "day")
        self.days += 1
        for allocation in day.allocations:
            self.timed_units += allocation.total_units
            self.untimed_units += sum(allocation.untimed_units.values())
            self.tied_days += allocation.tied
        self.kx_lines += len(day.kx_suggested)
        self.payers.setdefault(day.payer, PayerTotals()).add(day)
        if day.allowed is not None:
            self.fees[day.fees] = None
        self.remarks.add(day.payer, day.remarks)
