"""
A patient's day in money: what is allowed, what Medicare pays, what the patient owes, and the year so far.

The parts of each line add up to its allowed amount to the cent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from enum import Enum

import attrs

from therapy_billing.base.format_registry import as_html
from therapy_billing.base.money import EXACT, ZERO, Usd, total
from therapy_billing.base.record_dicts import DictRecord
from therapy_billing.claims.records import Claim, ClaimLine
from therapy_billing.codes.roles import Discipline, Setting
from therapy_billing.fees.contract import Contract
from therapy_billing.fees.prices import Price
from therapy_billing.law.parameters import Parameter
from therapy_billing.pricing.accumulators import Accumulators, Bucket
from therapy_billing.pricing.rules.cost_sharing import CostShare
from therapy_billing.units.allocation_record import Allocation

__all__ = [
    "KxState",
    "MedicareTerms",
    "PricedDay",
    "PricedLine",
    "ThresholdState",
    "total_of",
]


class KxState(Enum):
    """Whether a line needs KX."""

    NOT_NEEDED = "not needed"
    SUGGESTED = "suggested"
    """The line lies beyond the annual threshold, and nobody has attested that it is necessary."""
    NOT_CLAIMED = "not claimed"
    """The line is beyond the threshold and has GA, GX, GY, or GZ: the biller expects a denial."""
    APPLIED = "applied"
    UNKNOWN = "unknown"
    """Nobody told what was allowed before in the year, or under which plan of care the line stands."""


@attrs.frozen
class MedicareTerms:
    """
    The numbers of law of a day, each with its source.

    Args:
        assistant_payment: Part of Medicare's share that is paid for an assistant's unit.
        coinsurance: The patient's part after the deductible.
        sequestration: Part that sequestration takes from Medicare's payment.
        deductible: Dollars of the year's Part B deductible.
        kx_threshold: Dollars of the year beyond which lines need KX, in each bucket; None for a payer
            that knows no KX.
        medical_review_threshold: Dollars of the year beyond which claims may be reviewed.
    """

    assistant_payment: Parameter
    coinsurance: Parameter
    sequestration: Parameter
    deductible: Parameter
    kx_threshold: Parameter | None
    medical_review_threshold: Parameter


@attrs.frozen
class ThresholdState(DictRecord):
    """
    Where a bucket stands against the annual threshold.

    Args:
        bucket: The plans of care counted together.
        before: Dollars allowed in the year before the day.
        after: Dollars allowed with it.
        threshold: Dollars beyond which lines need KX.
        review_threshold: Dollars beyond which claims may be reviewed.
    """

    _dict_fields = ("bucket", "before", "after", "threshold", "beyond", "may_be_reviewed")

    bucket: Bucket
    before: Usd
    after: Usd
    threshold: Usd
    review_threshold: Usd

    @property
    def beyond(self) -> bool:
        """Whether the year is beyond the threshold."""
        return self.after > self.threshold

    @property
    def may_be_reviewed(self) -> bool:
        """Whether the year is beyond the threshold of targeted medical review."""
        return self.after > self.review_threshold


@attrs.frozen
class PricedLine(DictRecord):
    """
    A claim line with its money.

    Args:
        claim_line: The line, with KX where it was applied.
        price: What the schedule says of one unit; None when it has no price.
        unpriced: Why there is no price; empty when there is one.
        unit_amounts: Dollars of each unit after MPPR, before the charge and the contract's limits.
        allowed: Dollars allowed for the line; None without a price.
        share: How they are shared; None without a price, or where the payer's sharing is not known.
        kx: Whether the line needs KX.
        full_rate: Whether the line holds the one unit of the day that MPPR leaves in full.
    """

    _dict_fields = (
        "discipline",
        "*claim_line",
        "unit_amounts",
        "allowed",
        "mppr_reduction",
        "*_share_parts",
        "patient_responsibility",
        "provider_receives",
        "kx",
        "unpriced",
    )

    claim_line: ClaimLine
    price: Price | None
    unpriced: str
    unit_amounts: tuple[Usd, ...]
    allowed: Usd | None
    share: CostShare | None
    kx: KxState
    full_rate: bool = False

    @property
    def code(self) -> str:
        """The code."""
        return self.claim_line.code

    @property
    def units(self) -> int:
        """Units billed."""
        return self.claim_line.units

    @property
    def modifiers(self) -> tuple[str, ...]:
        """Its modifiers, in their order."""
        return self.claim_line.modifiers

    @property
    def keys(self) -> tuple[str, ...]:
        """The caller's keys of the services behind the line."""
        return self.claim_line.keys

    @property
    def discipline(self) -> Discipline | None:
        """The plan of care; None when the line names none."""
        return self.claim_line.discipline

    @property
    def mppr_reduction(self) -> Usd | None:
        """Dollars that MPPR took from the line; None where the line has no amount."""
        if self.price is None:
            return None if self.allowed is None else ZERO
        full = EXACT.multiply(self.price.amount, Usd(len(self.unit_amounts)))
        return EXACT.subtract(full, self.units_total)

    @property
    def units_total(self) -> Usd:
        """Dollars of its units after MPPR, before the charge and the contract's limits."""
        return total(self.unit_amounts)

    @property
    def _share_parts(self) -> Mapping[str, Usd | None]:
        return dict.fromkeys(CostShare._fields) if self.share is None else self.share._asdict()

    @property
    def medicare_pays(self) -> Usd | None:
        """Dollars that Medicare pays; None where that is not known."""
        return None if self.share is None else self.share.medicare_pays

    @property
    def patient_responsibility(self) -> Usd | None:
        """Dollars that the patient owes: deductible and coinsurance; None where that is not known."""
        if self.share is None:
            return None
        return EXACT.add(self.share.deductible, self.share.coinsurance)

    @property
    def provider_receives(self) -> Usd | None:
        """Dollars that the provider gets from both; None where that is not known."""
        pays, owes = self.medicare_pays, self.patient_responsibility
        return None if pays is None or owes is None else EXACT.add(pays, owes)


@attrs.frozen
class _TimedLine:
    """A line of a day and the minutes behind it, as the day's dict shows them."""

    _dict_fields = ("*line", "minutes")

    line: PricedLine
    minutes: int | None


@attrs.frozen(repr=False)
class PricedDay(DictRecord):
    """
    A patient's day: its lines, their money, and the year after it.

    Args:
        date_of_service: The day.
        payer: Name of the payer.
        claims: The claims that were priced.
        lines: Their lines, in the same order.
        fees: What the fee schedule is, in a sentence; why there are no amounts, where it gives none.
        terms: The numbers of law that shared the amounts; None where the payer's are not known.
        accumulators_before: The year before the day; None when the caller told none.
        accumulators: The year after it; None likewise.
        mppr: Whether the payer or the contract applies the multiple procedure payment reduction.
        contract: The contract whose terms applied; None without one.
        thresholds: Where the buckets of the day's lines stand; empty without accumulators.
        remarks: What was assumed, in sentences.
        setting: Where the services were given.
        counted_by: The payer that counted the units, where the day was priced as another one; else empty.
        paid_at_cost: Whether Medicare pays at cost, so that the amounts only count toward the annual
            threshold.
        medicare_pays_range: The least and the most that Medicare may pay, where that depends on which
            line takes the deductible first; else None.
    """

    _dict_fields = (
        "*allocation",
        "date_of_service",
        "payer",
        "fees",
        "setting",
        "counted_by",
        "paid_at_cost",
        "lines=_timed_lines",
        "allowed",
        "mppr_reduction",
        "medicare_pays",
        "medicare_pays_range",
        "patient_responsibility",
        "provider_receives",
        "complete",
        "thresholds",
        "accumulators_before",
        "accumulators",
        "remarks",
    )

    date_of_service: date
    payer: str
    claims: tuple[Claim, ...] = attrs.field(repr=False)
    lines: tuple[PricedLine, ...]
    fees: str
    terms: MedicareTerms | None
    accumulators_before: Accumulators | None
    accumulators: Accumulators | None
    mppr: bool
    contract: Contract | None
    thresholds: tuple[ThresholdState, ...]
    remarks: tuple[str, ...]
    setting: Setting = Setting.NON_FACILITY
    counted_by: str = ""
    paid_at_cost: bool = False
    medicare_pays_range: tuple[Usd, Usd] | None = None

    @property
    def allocations(self) -> tuple[Allocation, ...]:
        """The units of each claim that was made from minutes."""
        return tuple(claim.allocation for claim in self.claims if claim.allocation is not None)

    @property
    def allocation(self) -> Allocation | None:
        """The units of the first claim that was made from minutes; None when none was."""
        return next(iter(self.allocations), None)

    @property
    def allowed(self) -> Usd | None:
        """Dollars allowed for the lines that have a price, see :attr:`complete`; None when none has."""
        return self._sum(lambda line: line.allowed)

    @property
    def medicare_pays(self) -> Usd | None:
        """Dollars that Medicare pays for them; None where that is not known."""
        return self._shared(lambda line: line.medicare_pays)

    @property
    def patient_responsibility(self) -> Usd | None:
        """Dollars that the patient owes for them; None where that is not known."""
        return self._shared(lambda line: line.patient_responsibility)

    @property
    def provider_receives(self) -> Usd | None:
        """Dollars that the provider gets for them; None where that is not known."""
        return self._shared(lambda line: line.provider_receives)

    def _shared(self, amount: Callable[[PricedLine], Usd | None]) -> Usd | None:
        unknown = any(line.share is None and line.allowed is not None for line in self.lines)
        return None if self.terms is None or unknown else self._sum(amount)

    @property
    def mppr_reduction(self) -> Usd | None:
        """Dollars that MPPR took from the day; None when no line has a price."""
        return self._sum(lambda line: line.mppr_reduction)

    def _sum(self, amount: Callable[[PricedLine], Usd | None]) -> Usd | None:
        """Return the sum over the lines that have *amount*; None when none of several lines has."""
        if self.lines and all(line.allowed is None for line in self.lines):
            return None
        return total_of(self.lines, amount)

    @property
    def complete(self) -> bool:
        """Whether every line has an amount."""
        return all(line.allowed is not None for line in self.lines)

    @property
    def kx_suggested(self) -> tuple[PricedLine, ...]:
        """The lines beyond the threshold that nobody has attested."""
        return tuple(line for line in self.lines if line.kx is KxState.SUGGESTED)

    @property
    def line_minutes(self) -> tuple[int | None, ...]:
        """Minutes behind each line's timed code, on the first of its lines; None elsewhere."""
        found: list[int | None] = []
        for claim in self.claims:
            minutes: dict[tuple[Discipline | None, str], int] = {}
            for pool in () if claim.allocation is None else claim.allocation.disciplines:
                for counted in pool.counted:
                    minutes[pool.discipline, counted.code] = counted.minutes
            found += [minutes.pop((line.discipline, line.code), None) for line in claim.lines]
        return tuple(found)

    @property
    def _timed_lines(self) -> tuple[_TimedLine, ...]:
        return tuple(map(_TimedLine, self.lines, self.line_minutes))

    @property
    def not_billed(self) -> tuple[tuple[Discipline | None, str, int], ...]:
        """The documented timed codes that made no unit: plan of care, code, minutes."""
        found = []
        for allocation in self.allocations:
            units = allocation.by_discipline
            for pool in allocation.disciplines:
                minutes = {counted.code: counted.minutes for counted in pool.counted}
                found += [
                    (pool.discipline, code, minutes[code])
                    for code, count in units[pool.discipline].items()
                    if not count and code in minutes
                ]
        return tuple(found)

    def __repr__(self) -> str:
        lines = ", ".join(
            f"{line.code} {' '.join(line.modifiers)} x{line.units}".replace("  ", " ")
            for line in self.lines
        )
        shared = ""
        if self.medicare_pays is not None:
            shared = f", Medicare ${self.medicare_pays}, patient ${self.patient_responsibility}"
        missing = "" if self.complete or self.allowed is None else "; some lines have no price"
        counted_by = f"; units counted by {self.counted_by}" if self.counted_by else ""
        amounts = "no amounts" if self.allowed is None else f"${self.allowed} allowed"
        return f"<PricedDay {amounts}{shared}: {lines}; {self.fees}{counted_by}{missing}>"

    def _repr_html_(self) -> str:
        return as_html(self)


def total_of(lines: tuple[PricedLine, ...], amount: Callable[[PricedLine], Usd | None]) -> Usd:
    """Return the sum of *amount* over *lines*, leaving out those that have none."""
    return total(found for found in map(amount, lines) if found is not None)
