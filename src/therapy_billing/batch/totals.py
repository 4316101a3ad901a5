"""Totals of a log: days, units, ties, and each payer's dollars."""

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
    Totals of one payer's days. Dollars of different payers are never added together.

    Args:
        allowed: Dollars allowed, or None if no line has a price.
        shared: The dollars of *allowed* for which Medicare's and the patient's shares are known.
        medicare_pays: The dollars of *shared* that Medicare pays.
        patient_responsibility: The dollars of *shared* that patients owe.
        unpriced_lines: Number of lines without a price.
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
    """Each different remark on the days of a log, such as an assumption, with the payers that it applies to."""

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
    Totals of the days of a log so far.

    Args:
        days: Number of patient-days.
        timed_units: Units of timed codes.
        untimed_units: Units of untimed codes.
        tied_days: Number of allocations with a tie to decide. In a log, each day has one allocation, so this is
            the number of days with a tie.
        kx_lines: Number of claim lines above the annual threshold without KX.
        payers: Dollars by payer name.
        fees: The fee schedules that were used, in order of first use.
        remarks: Assumptions and other remarks on the days.
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
