"""The same sessions billed to two payers: lines, units, modifiers, and dollars."""

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
from therapy_billing.payers.payer import Payer
from therapy_billing.payers.payer_argument import PayerLike, policy_of, resolve_payer
from therapy_billing.payers.policy import FeeBasis, Policy, policy_fields
from therapy_billing.pricing.accumulators import Accumulators
from therapy_billing.pricing.day import price_day
from therapy_billing.pricing.records import PricedDay
from therapy_billing.scenarios.methods import kept
from therapy_billing.units.allocator import Treatment

__all__ = ["Change", "PayerComparison", "PayerSide", "compare_payers"]

K = TypeVar("K")


T = TypeVar("T")


class Change(NamedTuple, Generic[T]):
    """
    What one payer makes of something, and what another one does.

    Args:
        first: Under the first payer.
        second: Under the second.
    """

    first: T
    second: T


@attrs.frozen
class PayerSide:
    """
    A treatment under one payer.

    Args:
        payer: The payer's name.
        policy: Its policy on the day.
        claim: The claim.
        day: Its money; None where no fee schedule was given.
    """

    payer: str
    policy: Policy
    claim: Claim
    day: PricedDay | None


@attrs.frozen
class PayerComparison(DictRecord):
    """
    One treatment under two payers: only what differs.

    Args:
        first: The treatment under the first payer.
        second: The same under the second.
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
        """Fields of the policy that differ on the day, by name; the names of all its parts differ."""
        first, second = policy_fields(self.first.policy), policy_fields(self.second.policy)
        pairs: dict[str, Change[object]] = {
            name: Change(first[name], second[name]) for name in first
        }
        return {name: pair for name, pair in pairs.items() if pair.first != pair.second}

    @property
    def units(self) -> Mapping[str, Change[int]]:
        """Units of the codes whose units differ, timed and untimed."""
        return _changed(*(_units_of(side) for side in (self.first, self.second)))

    @property
    def lines(self) -> Mapping[tuple[str, tuple[str, ...]], Change[int]]:
        """Units of the claim lines that differ, by code and modifiers; KX where it was applied."""
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
        Dollars allowed, paid by Medicare and owed by the patient, those that differ.

        None where no fee schedule was given. A single amount is None where it is not known: a line has
        no price, or the payer's sharing is not known.
        """
        if self.first.day is None or self.second.day is None:
            return None
        first, second = _money_of(self.first.day), _money_of(self.second.day)
        pairs = {name: Change(first[name], second[name]) for name in first}
        return {name: pair for name, pair in pairs.items() if pair.first != pair.second}

    @property
    def empty(self) -> bool:
        """Whether nothing differs that is known of both."""
        return not (self.fields or self.units or self.lines or self.money)

    def __str__(self) -> str:
        return as_text(self)

    def _repr_html_(self) -> str:
        return as_html(self)

    def rows(self) -> Iterator[tuple[str, str, str, str, str]]:
        """
        Yield what differs as texts: its kind, its name, first, second, and by how much.

        Text and HTML show these rows.
        """
        for name, field in self.fields.items():
            yield "policy", name, _shown(field.first), _shown(field.second), ""
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
    Return what another payer changes in a treatment: policy, units, claim lines and money.

    Args:
        sessions: As for :func:`~therapy_billing.bill_day`.
        first: A payer, a policy or a method.
        second: Another one.
        fees: The fee schedule of the day; without it money is not compared.
        other_fees: That of the second payer; None takes Medicare's schedule for both, and the rates of the
            first payer for no other payer.
        accumulators: The beneficiary's year before the day.
        attestations: As for :func:`~therapy_billing.bill_day`.
        date_of_service: The day of minutes by code.
        setting: Where the services were given; None takes the one of each fee schedule.
        charges: Dollars that the provider charges for one unit, by code.

    Raises:
        InvalidInputError: As :func:`~therapy_billing.bill_day`; if only the second payer has a fee schedule.
        NotPublishedError: As :func:`~therapy_billing.bill_day`.

    >>> from therapy_billing import CPT_MIDPOINT, MEDICARE, Session
    >>> day = Session.from_minutes({"97110": 8, "97124": 8}, date_of_service="2026-03-02", discipline="PT")
    >>> diff = compare_payers(day, MEDICARE, CPT_MIDPOINT)
    >>> dict(diff.units), diff.money
    ({'97124': Change(first=0, second=1)}, None)
    """
    first, second = resolve_payer(first, "first"), resolve_payer(second, "second")
    if fees is None and other_fees is not None:
        msg = "other_fees are those of the second payer: give the first payer's fees as well"
        raise InvalidInputError(msg, field="fees")
    for what, schedule in (("fees", fees), ("other_fees", other_fees)):
        if schedule is not None:
            require_type(schedule, FeeSchedule, what)
    given = kept(sessions)
    sides = []
    if other_fees is None:
        # Rates are of one payer.
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
            **({} if schedule is None else {"parameters": schedule.parameters}),
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


def _shown(value: object) -> str:
    """Return a field of a policy as text."""
    match value:
        case None | ():
            return "not set"
        case Enum():
            return str(value.value)
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
        case _:
            return str(part)
