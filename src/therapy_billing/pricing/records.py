"""
A patient's day in money: what is allowed, what Medicare pays, what the patient owes, and the year so far.

The parts of each line add up to its allowed amount to the cent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from enum import Enum
from html import escape
from typing import Any

import attrs

from therapy_billing.base.errors import InvalidInputError, see_kind, shown
from therapy_billing.base.money import EXACT, Usd, parse_usd, total
from therapy_billing.base.validation import checked
from therapy_billing.claims.records import Claim, ClaimLine
from therapy_billing.codes.modifiers import Discipline, Setting
from therapy_billing.fees.contract import Contract
from therapy_billing.fees.fee_schedule import Price
from therapy_billing.law.parameters import Parameter
from therapy_billing.pricing.rules.cost_sharing import CostShare
from therapy_billing.visits.services import Allocation

__all__ = [
    "Accumulators",
    "Bucket",
    "KxState",
    "MedicareTerms",
    "PricedDay",
    "PricedLine",
    "ThresholdState",
    "total_of",
]

_ZERO = Usd("0.00")
_FIRST_YEAR, _LAST_YEAR = 1966, 9999


class Bucket(Enum):
    """The plans of care whose allowed amounts of a year are counted together."""

    PT_SLP = "PT and SLP"
    OT = "OT"


BUCKET_OF = {
    Discipline.PT: Bucket.PT_SLP,
    Discipline.SLP: Bucket.PT_SLP,
    Discipline.OT: Bucket.OT,
}
"""The bucket of each plan of care."""


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


def _year(value: int) -> int:
    given: object = value
    if (
        isinstance(given, bool)
        or not isinstance(given, int)
        or not _FIRST_YEAR <= given <= _LAST_YEAR
    ):
        msg = f"year is a calendar year such as 2026, not {shown(given)}"
        raise InvalidInputError(msg)
    return value


def _not_negative(value: Usd | str | int, *, what: str = "an amount") -> Usd:
    return parse_usd(value, zero=True, what=what)


@attrs.frozen(field_transformer=checked)
class Accumulators:
    """
    What a beneficiary's calendar year holds so far, of all providers.

    Args:
        year: The calendar year.
        deductible_met: Dollars of the Part B deductible that the patient has met.
        pt_slp: Dollars allowed for PT and SLP together.
        ot: Dollars allowed for OT.

    Raises:
        InvalidInputError: If a value is none of these.

    >>> Accumulators(2026, pt_slp="2450.00").pt_slp
    Decimal('2450.00')
    """

    year: int = attrs.field(converter=_year)
    deductible_met: Usd = attrs.field(default=_ZERO, converter=_not_negative)
    pt_slp: Usd = attrs.field(default=_ZERO, converter=_not_negative)
    ot: Usd = attrs.field(default=_ZERO, converter=_not_negative)

    def allowed(self, bucket: Bucket) -> Usd:
        """Return the dollars allowed so far in *bucket*."""
        see_kind(bucket, Bucket, "bucket")
        return self.pt_slp if bucket is Bucket.PT_SLP else self.ot

    def to_dict(self) -> dict[str, Any]:
        """Return the year as plain values that JSON can hold; amounts are texts."""
        return {
            "year": self.year,
            "deductible_met": str(self.deductible_met),
            "pt_slp": str(self.pt_slp),
            "ot": str(self.ot),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Accumulators:
        """
        Return the year that :meth:`to_dict` gave.

        Raises:
            InvalidInputError: If a name is missing or another one is there.

        >>> Accumulators.from_dict(Accumulators(2026, ot="12.50").to_dict()).ot
        Decimal('12.50')
        """
        names = {field.name for field in attrs.fields(cls)}
        given: object = values
        if not isinstance(given, Mapping) or set(given) != names:
            msg = f"values must hold {', '.join(sorted(names))}, each once, and nothing else"
            raise InvalidInputError(msg)
        return cls(**values)


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
class ThresholdState:
    """
    Where a bucket stands against the annual threshold.

    Args:
        bucket: The plans of care counted together.
        before: Dollars allowed in the year before the day.
        after: Dollars allowed with it.
        threshold: Dollars beyond which lines need KX.
        review_threshold: Dollars beyond which claims may be reviewed.
    """

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

    def to_dict(self) -> dict[str, Any]:
        """Return the state as plain values that JSON can hold; amounts are texts."""
        return {
            "bucket": self.bucket.value,
            "before": str(self.before),
            "after": str(self.after),
            "threshold": str(self.threshold),
            "beyond": self.beyond,
            "may_be_reviewed": self.may_be_reviewed,
        }


@attrs.frozen
class PricedLine:
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
        in_full: Whether the line holds the one unit of the day that MPPR leaves in full.
    """

    claim_line: ClaimLine
    price: Price | None
    unpriced: str
    unit_amounts: tuple[Usd, ...]
    allowed: Usd | None
    share: CostShare | None
    kx: KxState
    in_full: bool = False

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
    def discipline(self) -> Discipline | None:
        """The plan of care; None when the line names none."""
        return self.claim_line.discipline

    @property
    def mppr_reduction(self) -> Usd | None:
        """Dollars that MPPR took from the line; None where the line has no amount."""
        if self.price is None:
            return None if self.allowed is None else _ZERO
        full = EXACT.multiply(self.price.amount, Usd(len(self.unit_amounts)))
        return EXACT.subtract(full, self.units_total)

    @property
    def units_total(self) -> Usd:
        """Dollars of its units after MPPR, before the charge and the contract's limits."""
        return total(self.unit_amounts)

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

    def to_dict(self) -> dict[str, Any]:
        """Return the line as plain values that JSON can hold; amounts are texts, None is unknown."""
        share = {} if self.share is None else self.share._asdict()
        return {
            "discipline": self.discipline.value if self.discipline else None,
            **self.claim_line.to_dict(),
            "unit_amounts": [str(amount) for amount in self.unit_amounts],
            "allowed": _text(self.allowed),
            "mppr_reduction": _text(self.mppr_reduction),
            **{name: _text(share.get(name)) for name in CostShare._fields},
            "patient_responsibility": _text(self.patient_responsibility),
            "provider_receives": _text(self.provider_receives),
            "kx": self.kx.value,
            "unpriced": self.unpriced,
        }


@attrs.frozen(repr=False)
class PricedDay:
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
        notes: What was assumed, in sentences.
        setting: Where the services were given.
        counted_by: The payer that counted the units, where the day was priced as another one; else empty.
        paid_at_cost: Whether Medicare pays at cost, so that the amounts only count toward the annual
            threshold.
        medicare_pays_range: The least and the most that Medicare may pay, where that depends on which
            line takes the deductible first; else None.
    """

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
    notes: tuple[str, ...]
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
            for pool in () if claim.allocation is None else claim.allocation.pools:
                for counted in pool.counted:
                    minutes[pool.discipline, counted.code] = counted.minutes
            found += [minutes.pop((line.discipline, line.code), None) for line in claim.lines]
        return tuple(found)

    @property
    def not_billed(self) -> tuple[tuple[Discipline | None, str, int], ...]:
        """The documented timed codes that made no unit: plan of care, code, minutes."""
        found = []
        for allocation in self.allocations:
            units = allocation.by_discipline
            for pool in allocation.pools:
                minutes = {counted.code: counted.minutes for counted in pool.counted}
                found += [
                    (pool.discipline, code, minutes[code])
                    for code, count in units[pool.discipline].items()
                    if not count and code in minutes
                ]
        return tuple(found)

    def to_dict(self) -> dict[str, Any]:
        """Return the day as plain values that JSON can hold; amounts are texts, None is unknown."""
        allocation = self.allocation
        before, after = self.accumulators_before, self.accumulators
        return {
            **({} if allocation is None else allocation.to_dict()),
            "date_of_service": self.date_of_service.isoformat(),
            "payer": self.payer,
            "fees": self.fees,
            "setting": self.setting.value,
            "counted_by": self.counted_by,
            "paid_at_cost": self.paid_at_cost,
            "lines": [
                {**line.to_dict(), "minutes": minutes}
                for line, minutes in zip(self.lines, self.line_minutes, strict=True)
            ],
            "allowed": _text(self.allowed),
            "mppr_reduction": _text(self.mppr_reduction),
            "medicare_pays": _text(self.medicare_pays),
            "medicare_pays_range": None
            if self.medicare_pays_range is None
            else [str(amount) for amount in self.medicare_pays_range],
            "patient_responsibility": _text(self.patient_responsibility),
            "provider_receives": _text(self.provider_receives),
            "complete": self.complete,
            "thresholds": [state.to_dict() for state in self.thresholds],
            "accumulators_before": None if before is None else before.to_dict(),
            "accumulators": None if after is None else after.to_dict(),
            "notes": list(self.notes),
        }

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
        heads = (
            *("code", "modifiers", "units", "allowed", "MPPR", "deductible", "coinsurance"),
            *("assistant", "sequestration", "Medicare pays", "patient owes", "KX"),
        )
        rows = "".join(
            f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in _remittance(line))}</tr>"
            for line in self.lines
        )
        totals: dict[str, Usd | None] = {
            "allowed": self.allowed,
            "MPPR": self.mppr_reduction,
            "Medicare pays": self.medicare_pays,
            "patient owes": self.patient_responsibility,
        }
        foot = "".join(f"<td>{_text(totals.get(head)) or ''}</td>" for head in heads[1:])
        notes = [
            f"{line.code} needs KX"
            if line.allowed is None
            else f"${line.allowed} of {line.code} needs KX"
            for line in self.kx_suggested
        ]
        if self.medicare_pays_range is not None:
            least, most = self.medicare_pays_range
            notes.append(f"Medicare may pay ${least} to ${most}")
        notes += [*self.notes] if self.complete else ["some lines have no price", *self.notes]
        listed = "".join(f"<li>{escape(note)}</li>" for note in notes)
        caption = f"{self.date_of_service}, {self.payer}: {self.fees}"
        return (
            f"<table><caption>{escape(caption)}</caption>"
            f"<thead><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr></thead>"
            f"<tbody>{rows}</tbody><tfoot><tr><td>total</td>{foot}</tr></tfoot></table>"
            f"<ul>{listed}</ul>"
        )


def _remittance(line: PricedLine) -> tuple[str, ...]:
    """Return the cells of a line of a remittance."""
    share = ("",) * 4 if line.share is None else tuple(map(str, line.share[:4]))
    return (
        line.code,
        " ".join(line.modifiers),
        str(line.units),
        line.unpriced if line.allowed is None else str(line.allowed),
        _text(line.mppr_reduction) or "",
        *share,
        _text(line.medicare_pays) or "",
        _text(line.patient_responsibility) or "",
        line.kx.value,
    )


def total_of(lines: tuple[PricedLine, ...], amount: Callable[[PricedLine], Usd | None]) -> Usd:
    """Return the sum of *amount* over *lines*, leaving out those that have none."""
    return total(found for found in map(amount, lines) if found is not None)


def _text(amount: Usd | None) -> str | None:
    return None if amount is None else str(amount)
