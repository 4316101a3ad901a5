"""
The priced day: allowed amounts, Medicare's payment, patient responsibility, and year-to-date amounts.

The parts in the cost share of a line add up to the allowed amount of the line, to the cent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from enum import Enum

import attrs

from therapy_billing.base.data_loader import data_version
from therapy_billing.base.format_registry import as_html
from therapy_billing.base.library_files import DataVersion
from therapy_billing.base.money import EXACT, ZERO, Usd, total
from therapy_billing.base.record_dicts import DictRecord
from therapy_billing.base.wording import counted
from therapy_billing.claims.records import Claim, ClaimLine
from therapy_billing.codes.modifiers import load_modifiers
from therapy_billing.codes.roles import Discipline, Setting
from therapy_billing.fees.contract import Contract
from therapy_billing.fees.prices import Price
from therapy_billing.law.parameters import Parameter
from therapy_billing.pricing.accumulators import Accumulators, Bucket
from therapy_billing.pricing.rules.cost_sharing import CostShare
from therapy_billing.units.allocation_record import Allocation
from therapy_billing.units.records import UnbilledService

__all__ = [
    "CapCost",
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
    """The line is above the annual threshold, and KX has not been attested."""
    NOT_CLAIMED = "not claimed"
    """The line is above the annual threshold but has GA, GX, GY, or GZ, because the biller expects a denial."""
    APPLIED = "applied"
    UNKNOWN = "unknown"
    """The year-to-date amounts, or the plan of care of the line, are not known."""


@attrs.frozen
class MedicareTerms:
    """
    The numbers set by law for a date of service, each with its source.

    Args:
        assistant_payment: The fraction of Medicare's share that is paid for an assistant's unit, such as 0.85.
        coinsurance: The fraction that the patient pays after the deductible, such as 0.20.
        sequestration: The fraction of Medicare's payment that sequestration removes, such as 0.02.
        deductible: The Part B deductible of the year, in dollars.
        kx_threshold: The annual allowed amount for each bucket, in dollars, above which lines need KX; None
            for a payer that does not use KX.
        medical_review_threshold: The annual allowed amount for each bucket, in dollars, above which claims
            may be reviewed.
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
    A bucket's year-to-date allowed amount compared with the annual threshold.

    Args:
        bucket: PT and SLP together, or OT.
        before: Year-to-date allowed dollars before this day.
        after: Year-to-date allowed dollars after this day.
        threshold: Dollars above which lines need KX.
        review_threshold: Dollars above which claims may be reviewed.
    """

    _dict_fields = ("bucket", "before", "after", "threshold", "beyond", "may_be_reviewed")

    bucket: Bucket
    before: Usd
    after: Usd
    threshold: Usd
    review_threshold: Usd

    @property
    def beyond(self) -> bool:
        """Whether the year-to-date amount is above the threshold."""
        return self.after > self.threshold

    @property
    def may_be_reviewed(self) -> bool:
        """Whether the year-to-date amount is above the threshold for targeted medical review."""
        return self.after > self.review_threshold


@attrs.frozen
class CapCost(DictRecord):
    """
    What a payer's cap takes off a day.

    Args:
        rule: The id of the rule of the cap.
        cap: The cap in words, such as ``4 units``.
        dollars: Allowed dollars without the cap, minus allowed dollars with it; None if an amount is not known.
    """

    rule: str
    cap: str
    dollars: Usd | None

    @property
    def sentence(self) -> str:
        """What the cap takes off, in words."""
        if self.dollars is None:
            return f"the payer's cap of {self.cap} applies; what it takes off is not known"
        return f"the payer's cap of {self.cap} takes ${self.dollars:,} off the day"


@attrs.frozen
class PricedLine(DictRecord):
    """
    A claim line with its amounts.

    Args:
        claim_line: The line, with KX if it was applied.
        price: The price of one unit; None if the line has no price.
        unpriced: Why the line has no allowed amount; empty if it has one.
        unit_amounts: Dollars for each unit after MPPR, before the limits of the charge, contract, and policy.
        allowed: Dollars allowed for the line; None if there is no allowed amount.
        share: How Medicare and the patient share the allowed amount; None if there is no allowed amount, the
            payer's cost sharing is not known, or Medicare pays at cost.
        kx: Whether the line needs KX.
        full_rate: Whether the line has the unit that MPPR does not reduce.
        furnisher_share: The fraction of its amount that the payer allows because of who furnished the line, such as 0.85
            for an assistant under Humana; 1 if nothing is taken off; None if it is not known. Medicare takes its
            reduction from its payment instead: see *share*.
        denied_for: The modifier for which Medicare denies the line, GY or GZ; empty for other lines. Nothing is allowed
            for a denied line.
    """

    _dict_fields = (
        "discipline",
        "*claim_line",
        "unit_amounts",
        "furnisher_share",
        "allowed",
        "mppr_reduction",
        "*_share_parts",
        "patient_responsibility",
        "provider_receives",
        "kx",
        "unpriced",
        "denied_for",
    )

    claim_line: ClaimLine
    price: Price | None
    unpriced: str
    unit_amounts: tuple[Usd, ...]
    allowed: Usd | None
    share: CostShare | None
    kx: KxState
    full_rate: bool = False
    furnisher_share: Decimal | None = Decimal(1)
    denied_for: str = ""

    @property
    def code(self) -> str:
        """The billing code."""
        return self.claim_line.code

    @property
    def units(self) -> int:
        """Units billed."""
        return self.claim_line.units

    @property
    def modifiers(self) -> tuple[str, ...]:
        """The modifiers, in the order of the claim line."""
        return self.claim_line.modifiers

    @property
    def keys(self) -> tuple[str, ...]:
        """The caller's keys for the services on the line."""
        return self.claim_line.keys

    @property
    def discipline(self) -> Discipline | None:
        """The discipline of the plan of care; None if the line does not have exactly one of GP, GO, and GN."""
        return self.claim_line.discipline

    @property
    def mppr_reduction(self) -> Usd | None:
        """Dollars that MPPR removes from the line; None if the line has no allowed amount."""
        if self.price is None or self.allowed is None:
            return None if self.allowed is None else ZERO
        full = EXACT.multiply(self.price.amount, Usd(len(self.unit_amounts)))
        return EXACT.subtract(full, self.units_total)

    @property
    def share_in_words(self) -> str:
        """That the payer allows less because of who furnished the line; empty if it does not."""
        if self.allowed is None or self.furnisher_share in (None, 1):
            return ""
        percent = EXACT.normalize(EXACT.multiply(self.furnisher_share or ZERO, Usd(100)))
        name = " ".join((self.code, *self.modifiers))
        return f"{name}: the payer allows {percent:f} % of its amount, because of who furnished it"

    @property
    def units_total(self) -> Usd:
        """Dollars for all units after MPPR, before the furnisher's share and the limits of the charge, contract, and policy."""
        return total(self.unit_amounts)

    @property
    def _share_parts(self) -> Mapping[str, Usd | None]:
        return dict.fromkeys(CostShare._fields) if self.share is None else self.share._asdict()

    @property
    def medicare_pays(self) -> Usd | None:
        """Dollars that Medicare pays for the line; None if not known."""
        return None if self.share is None else self.share.medicare_pays

    @property
    def patient_responsibility(self) -> Usd | None:
        """
        Dollars that the patient owes (deductible and coinsurance); None if not known.

        For a denied line, this is the charge if the patient owes it, or zero if the provider bears it.
        """
        if self.denied_for and self.owed_by != "provider":
            return self.claim_line.charge if self.owed_by == "patient" else None
        if self.share is None:
            return None
        return EXACT.add(self.share.deductible, self.share.coinsurance)

    @property
    def owed_by(self) -> str:
        """
        Who owes the charge if Medicare denies the line: ``patient`` or ``provider``.

        Empty if no modifier says it, or if the modifiers contradict each other.
        """
        known = load_modifiers()
        owed = {known[modifier].owed_by for modifier in self.modifiers if modifier in known}
        who = [each for each in owed if each is not None]
        return who[0] if len(who) == 1 else ""

    @property
    def denial_in_words(self) -> str:
        """That Medicare denies the line, and who owes the charge; empty for other lines."""
        if not self.denied_for:
            return ""
        owes = {
            "patient": "the patient owes the charge",
            "provider": "the provider bears the charge",
        }.get(self.owed_by, "who owes the charge is not known: its modifiers contradict each other")
        return f"{self.code} has {self.denied_for}, so Medicare denies the line, and {owes}"

    @property
    def provider_receives(self) -> Usd | None:
        """Dollars that the provider receives from Medicare and the patient; None if not known."""
        pays, owes = self.medicare_pays, self.patient_responsibility
        return None if pays is None or owes is None else EXACT.add(pays, owes)


@attrs.frozen
class _TimedLine:
    """A priced line with its minutes, for the day's dict."""

    _dict_fields = ("*line", "minutes")

    line: PricedLine
    minutes: int | None


@attrs.frozen(repr=False)
class PricedDay(DictRecord):
    """
    A patient's priced day: its lines, their amounts, and the new year-to-date amounts.

    Args:
        date_of_service: The date of service.
        payer: The name of the payer.
        claims: The claims that were priced.
        lines: The priced lines of all claims, in the order of the claims.
        fees: The name of the fee schedule; if there are no amounts, the reason.
        terms: The numbers set by law for the day; None for a payer with neither Medicare cost sharing nor KX.
        accumulators_before: The year-to-date amounts before the day; None if not given.
        accumulators: The year-to-date amounts after the day; None if not given.
        mppr: Whether the payer or the contract applies the multiple procedure payment reduction.
        contract: The contract that applied; None if there was none.
        thresholds: The state of each bucket that the day's lines count toward; empty if no accumulators were
            given.
        remarks: Assumptions behind the amounts, and things to check.
        setting: Where the services were provided.
        counted_by: The payer that counted the units, if the day was priced for a different payer; otherwise
            empty.
        paid_at_cost: Whether Medicare pays at cost, so that the amounts count only toward the annual threshold.
        medicare_pays_range: The least and the most that Medicare may pay, if the payment depends on which
            line the deductible is applied to first; otherwise None.
        caps: What each of the payer's caps takes off the day, in the order in which they apply.
        assumptions: What data packs assume about the data behind the day. The remarks include it.
        data: The version of the library and the data packs that the day rests on.
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
        "unbilled",
        "allowed",
        "mppr_reduction",
        "medicare_pays",
        "medicare_pays_range",
        "patient_responsibility",
        "provider_receives",
        "complete",
        "caps",
        "thresholds",
        "accumulators_before",
        "accumulators",
        "remarks",
        "data",
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
    caps: tuple[CapCost, ...] = ()
    assumptions: tuple[str, ...] = ()
    data: DataVersion = attrs.field(factory=data_version)

    @property
    def allocations(self) -> tuple[Allocation, ...]:
        """The allocation of each claim that was built from minutes."""
        return tuple(claim.allocation for claim in self.claims if claim.allocation is not None)

    @property
    def allocation(self) -> Allocation | None:
        """The allocation of the first claim that was built from minutes; None if there is none."""
        return next(iter(self.allocations), None)

    @property
    def claim(self) -> Claim:
        """The claim to send: the lines of all claims, with the attested modifiers (KX, 59, and the X modifiers)."""
        allocations = self.allocations
        return Claim(
            self.date_of_service,
            [line.claim_line for line in self.lines],
            allocations[0] if len(allocations) == 1 else None,
            tuple(share for claim in self.claims for share in claim.assistants),
            self.setting,
        )

    @property
    def allowed(self) -> Usd | None:
        """Dollars allowed for the lines with an allowed amount (see :attr:`complete`); None if no line has one."""
        return self._sum(lambda line: line.allowed)

    @property
    def medicare_pays(self) -> Usd | None:
        """Dollars that Medicare pays for the lines with an allowed amount; None if not known."""
        return self._shared(lambda line: line.medicare_pays)

    @property
    def patient_responsibility(self) -> Usd | None:
        """Dollars that the patient owes for the lines with an allowed amount; None if not known."""
        return self._shared(lambda line: line.patient_responsibility)

    @property
    def provider_receives(self) -> Usd | None:
        """Dollars that the provider receives for the lines with an allowed amount; None if not known."""
        return self._shared(lambda line: line.provider_receives)

    def _shared(self, amount: Callable[[PricedLine], Usd | None]) -> Usd | None:
        unknown = any(amount(line) is None and line.allowed is not None for line in self.lines)
        return None if self.terms is None or unknown else self._sum(amount)

    @property
    def mppr_reduction(self) -> Usd | None:
        """Dollars that MPPR removes from the day; None if no line has an allowed amount."""
        return self._sum(lambda line: line.mppr_reduction)

    def _sum(self, amount: Callable[[PricedLine], Usd | None]) -> Usd | None:
        """Return the sum of *amount* over the lines where it is not None; None if no line has an allowed amount."""
        if self.lines and all(line.allowed is None for line in self.lines):
            return None
        if not self.lines and not all(service.is_refused for service in self.unbilled):
            # Nothing is billed only because it is not known whether the payer pays.
            return None
        return total_of(self.lines, amount)

    @property
    def complete(self) -> bool:
        """Whether every line has an allowed amount."""
        return all(line.allowed is not None for line in self.lines)

    @property
    def kx_suggested(self) -> tuple[PricedLine, ...]:
        """The lines above the annual threshold that need KX but have no attestation."""
        return tuple(line for line in self.lines if line.kx is KxState.SUGGESTED)

    @property
    def line_minutes(self) -> tuple[int | None, ...]:
        """The minutes of each line's timed code; None for untimed codes and for later lines of the same code."""
        return tuple(minutes for claim in self.claims for minutes in claim.line_minutes)

    @property
    def _timed_lines(self) -> tuple[_TimedLine, ...]:
        return tuple(map(_TimedLine, self.lines, self.line_minutes))

    @property
    def unbilled(self) -> tuple[UnbilledService, ...]:
        """The documented services that make no unit, because of who furnished them."""
        return tuple(service for each in self.allocations for service in each.unbilled)

    @property
    def not_billed(self) -> tuple[tuple[Discipline | None, str, int], ...]:
        """The documented timed codes with no unit, each as discipline, code, and minutes."""
        found = []
        for allocation in self.allocations:
            units = allocation.by_discipline
            for pool in allocation.disciplines:
                minutes = {each.code: each.minutes for each in pool.counted}
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
            owed = self.patient_responsibility
            shared = f", Medicare ${self.medicare_pays}, patient {'not known' if owed is None else f'${owed}'}"
        missing = "" if self.complete or self.allowed is None else "; some lines have no price"
        counted_by = f"; units counted by {self.counted_by}" if self.counted_by else ""
        amounts = "no amounts" if self.allowed is None else f"${self.allowed} allowed"
        unbilled = f"; {counted(len(self.unbilled), 'service')} not billed" if self.unbilled else ""
        what = f"{lines or 'no lines'}; {self.fees}{counted_by}{missing}{unbilled}"
        return f"<PricedDay {amounts}{shared}: {what}>"

    def _repr_html_(self) -> str:
        return as_html(self)


def total_of(lines: tuple[PricedLine, ...], amount: Callable[[PricedLine], Usd | None]) -> Usd:
    """Return the sum of *amount* over the *lines* where it is not None."""
    return total(found for found in map(amount, lines) if found is not None)
