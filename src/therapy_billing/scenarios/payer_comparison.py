"""Compare the same sessions under two payers: policies, units, claim lines, and dollars."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from enum import Enum
from typing import Generic, NamedTuple, TypeVar

import attrs

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.format_registry import as_html, as_text
from therapy_billing.base.money import EXACT, Usd
from therapy_billing.base.record_dicts import DictRecord
from therapy_billing.base.validation import require_type
from therapy_billing.claims.attestations import Attestation
from therapy_billing.claims.claim_lines import Charges, build_claim
from therapy_billing.claims.records import Claim
from therapy_billing.codes.roles import Setting
from therapy_billing.fees.fee_schedule import FeeSchedule
from therapy_billing.law.parameters import BUNDLED
from therapy_billing.payers.caps import Cap
from therapy_billing.payers.claim_rules import ClaimRules
from therapy_billing.payers.code_terms import CodeTerms
from therapy_billing.payers.payer import Payer
from therapy_billing.payers.payer_argument import PayerLike, policy_of, resolve_payer
from therapy_billing.payers.policy import FeeBasis, Policy, policy_fields
from therapy_billing.pricing.accumulators import Accumulators
from therapy_billing.pricing.day import price_day
from therapy_billing.pricing.records import PricedDay
from therapy_billing.scenarios.methods import kept
from therapy_billing.units.allocator import Treatment

__all__ = ["Change", "PayerComparison", "PayerSide", "compare_payers"]

_SENTENCES = frozenset({"unit_assumptions", "amount_assumptions"})
"""The fields of a policy that have sentences."""
K = TypeVar("K")
T = TypeVar("T")


class Change(NamedTuple, Generic[T]):
    """
    A value that differs between two payers.

    Args:
        first: The value under the first payer.
        second: The value under the second payer.
    """

    first: T
    second: T


@attrs.frozen
class PayerSide:
    """
    A treatment under one payer.

    Args:
        payer: The payer's name.
        policy: The payer's policy on the date of service.
        claim: The claim.
        day: The priced day, or None if no fee schedule was given.
    """

    payer: str
    policy: Policy
    claim: Claim
    day: PricedDay | None


@attrs.frozen
class PayerComparison(DictRecord):
    """
    The differences between two payers for one treatment.

    Args:
        first: The treatment under the first payer.
        second: The same treatment under the second payer.
    """

    _dict_fields = (
        "first.claim.date_of_service",
        "first=first.payer",
        "second=second.payer",
        "fields",
        "units",
        "lines=_changed_lines",
        "money",
    )

    first: PayerSide
    second: PayerSide

    @property
    def fields(self) -> Mapping[str, Change[object]]:
        """
        Policy fields that differ on the date of service, by name. Names are unique across the policy's parts.

        What a payer accepts on a claim, :class:`~therapy_billing.payers.ClaimRules`, is left out: it changes no units and
        no dollars.
        """
        first, second = policy_fields(self.first.policy), policy_fields(self.second.policy)
        pairs: dict[str, Change[object]] = {
            name: Change(first[name], second[name])
            for name in first
            if name not in attrs.fields_dict(ClaimRules)
        }
        return {name: pair for name, pair in pairs.items() if pair.first != pair.second}

    @property
    def units(self) -> Mapping[str, Change[int]]:
        """Units by code, for timed and untimed codes that have different units."""
        return _changed(*(_units_of(side) for side in (self.first, self.second)))

    @property
    def lines(self) -> Mapping[tuple[str, tuple[str, ...]], Change[int]]:
        """Units of the claim lines that differ, by code and modifiers, including KX if it was applied."""
        return _changed(*(_lines_of(side) for side in (self.first, self.second)))

    @property
    def _changed_lines(self) -> tuple[Mapping[str, object], ...]:
        return tuple(
            {"code": code, "modifiers": modifiers, "units": units}
            for (code, modifiers), units in self.lines.items()
        )

    @property
    def money(self) -> Mapping[str, Change[Usd | None]] | None:
        """
        The dollar amounts that differ: allowed, paid by Medicare, owed by the patient.

        None if no fee schedule was given. A single amount is None if it is not known, because a line has no price
        or because the payer's share is unknown.
        """
        if self.first.day is None or self.second.day is None:
            return None
        first, second = _money_of(self.first.day), _money_of(self.second.day)
        pairs = {name: Change(first[name], second[name]) for name in first}
        return {name: pair for name, pair in pairs.items() if pair.first != pair.second}

    @property
    def empty(self) -> bool:
        """Whether the treatments have no differences, as far as the amounts are known."""
        return not (self.fields or self.units or self.lines or self.money)

    def __str__(self) -> str:
        return as_text(self)

    def _repr_html_(self) -> str:
        return as_html(self)

    def rows(self) -> Iterator[tuple[str, str, str, str, str]]:
        """
        Yield each difference as text: kind, name, first value, second value, and the change.

        The text and HTML displays show these rows.
        """
        for name, field in self.fields.items():
            yield "policy", name, _shown(name, field.first), _shown(name, field.second), ""
        for code, units in self.units.items():
            yield "units", code, *_counted(units)
        for (code, modifiers), units in self.lines.items():
            yield "line", " ".join((code, *modifiers)), *_counted(units)
        for name, (first, second) in (self.money or {}).items():
            by = ""
            if first is not None and second is not None:
                by = f" ({EXACT.subtract(second, first):+})"
            label = name.replace("_", " ")
            yield "money", label, _dollars(first), _dollars(second), by


def compare_payers(
    sessions: Treatment,
    first: PayerLike,
    second: PayerLike,
    fees: FeeSchedule | None = None,
    *,
    other_fees: FeeSchedule | None = None,
    accumulators: Accumulators | None = None,
    attestations: Iterable[Attestation] = (),
    date_of_service: date | str | None = None,
    setting: Setting | str | None = None,
    charges: Charges | None = None,
) -> PayerComparison:
    """
    Compare one treatment under two payers: policy, units, claim lines, and dollars.

    Args:
        sessions: As for :func:`~therapy_billing.bill_day`.
        first: A payer, a policy, or a method.
        second: Another payer, policy, or method.
        fees: The fee schedule for the day. Without it, dollars are not compared.
        other_fees: The fee schedule for the second payer. If it is None and *fees* is a Medicare
            schedule, *fees* is used for both payers. One payer's own rates are not used for another payer.
        accumulators: The patient's year-to-date amounts before the day.
        attestations: As for :func:`~therapy_billing.bill_day`.
        date_of_service: The date of service, if *sessions* are minutes by code.
        setting: Facility or office, where the services were furnished. None uses the setting of each fee schedule.
        charges: What the provider charges for one unit of each code, in dollars.

    Raises:
        InvalidInputError: As for :func:`~therapy_billing.bill_day`, or if only *other_fees* is given.
        NotPublishedError: As for :func:`~therapy_billing.bill_day`.

    >>> from therapy_billing import CPT_MIDPOINT, MEDICARE, Session
    >>> day = Session.from_minutes({"97110": 8, "97124": 8}, date_of_service="2026-03-02", discipline="PT")
    >>> diff = compare_payers(day, MEDICARE, CPT_MIDPOINT)
    >>> dict(diff.units), diff.money
    ({'97124': Change(first=0, second=1)}, None)
    """
    first, second = resolve_payer(first, "first"), resolve_payer(second, "second")
    if fees is None and other_fees is not None:
        msg = "other_fees is the second payer's fee schedule: give fees for the first payer as well"
        raise InvalidInputError(msg, field="fees")
    for what, schedule in (("fees", fees), ("other_fees", other_fees)):
        if schedule is not None:
            require_type(schedule, FeeSchedule, what)
    given = kept(sessions)
    sides = []
    if other_fees is None:
        # The rates of a contract belong to one payer.
        own = fees is not None and fees.basis is FeeBasis.CONTRACT
        several = isinstance(first, Payer) and isinstance(second, Payer)
        other_fees = None if own and several and first != second else fees
    for payer, schedule in ((first, fees), (second, other_fees)):
        claim = build_claim(
            given,
            payer,
            date_of_service=date_of_service,
            fees=schedule,
            setting=setting,
            charges=charges,
            parameters=BUNDLED if schedule is None else schedule.parameters,
        )
        day = None
        if fees is not None:
            day = price_day(claim, payer, schedule, accumulators, attestations=attestations)
        policy, name = policy_of(payer, claim.date_of_service)
        sides.append(PayerSide(name, policy, claim, day))
    return PayerComparison(*sides)


def _changed(first: Mapping[K, int], second: Mapping[K, int]) -> dict[K, Change[int]]:
    pairs = {
        key: Change(first.get(key, 0), second.get(key, 0))
        for key in dict.fromkeys((*first, *second))
    }
    return {key: pair for key, pair in pairs.items() if pair.first != pair.second}


def _lines_of(side: PayerSide) -> Counter[tuple[str, tuple[str, ...]]]:
    lines = side.claim.lines
    if side.day is not None:
        lines = tuple(line.claim_line for line in side.day.lines)
    found: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for line in lines:
        found[line.code, line.modifiers] += line.units
    return found


def _units_of(side: PayerSide) -> Counter[str]:
    found: Counter[str] = Counter()
    for line in side.claim.lines:
        found[line.code] += line.units
    return found


def _money_of(day: PricedDay) -> dict[str, Usd | None]:
    if not day.complete:
        return dict.fromkeys(("allowed", "medicare_pays", "patient_responsibility"))
    return {
        "allowed": day.allowed,
        "medicare_pays": day.medicare_pays,
        "patient_responsibility": day.patient_responsibility,
    }


def _counted(units: Change[int]) -> tuple[str, str, str]:
    return str(units.first), str(units.second), f" ({units.second - units.first:+d})"


def _dollars(amount: Usd | None) -> str:
    return "not known" if amount is None else f"${amount}"


def _shown(name: str, value: object) -> str:
    """Return the value of the policy field *name* as text."""
    match value:
        case None | ():
            return "not set"
        case Enum():
            return str(value.value)
        case tuple() if name in _SENTENCES:
            return "; ".join(map(str, value))
        case tuple():
            return " ".join(_in_words(each) for each in value)
        case _:
            return str(value)


def _in_words(part: object) -> str:
    match part:
        case (tuple() as codes, units):
            return f"{'+'.join(codes)}={units}"
        case (code, units):
            return f"{code}={units}"
        case Cap() | CodeTerms():
            return f"[{part.words}]"
        case _:
            return str(part)
