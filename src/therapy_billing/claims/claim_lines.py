"""From units to claim lines: each code under its plan, the units of an assistant on their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from therapy_billing.base.dates import parse_date
from therapy_billing.base.errors import InvalidInputError, see_kind, shown
from therapy_billing.base.money import Usd, parse_usd, times
from therapy_billing.claims.records import AssistantShare, Claim, ClaimLine
from therapy_billing.claims.rules.assistants import (
    AssistantUnits,
    Exceeds,
    exceeds,
    exceeds_by_percentage,
    exceeds_by_simple_method,
    not_payable_by_assistants,
    split_units_2020,
    split_units_2022,
)
from therapy_billing.claims.rules.line_modifiers import ordered
from therapy_billing.codes.code_book import QUARTER, known_code, parse_code, therapist_only_codes
from therapy_billing.codes.modifiers import (
    ASSISTANT_MODIFIERS,
    DISCIPLINE_MODIFIERS,
    DISTINCT_MODIFIERS,
    Discipline,
    Setting,
    parse_discipline,
    parse_setting,
)
from therapy_billing.fees.fee_schedule import FeeSchedule
from therapy_billing.law.parameters import BUNDLED, Parameters
from therapy_billing.payers.policy import AssistantArithmetic, AssistantRule, Policy
from therapy_billing.units.allocator import Treatment, UnitsBy, allocate_units, most_units
from therapy_billing.visits.services import Allocation, AssistantMinutes, Pool

__all__ = [
    "Attestations",
    "Attested",
    "Charges",
    "build_claim",
    "is_evaluation_by_assistant",
    "parse_attestations",
    "takes_assistant_modifiers",
    "units_of_therapists",
    "with_distinct",
]

Charges = Mapping[str, Decimal | str | int]
"""What the provider charges for one unit, in dollars, by code."""

Attested = Iterable[str | tuple[str, str | Discipline]]
"""
What the caller attests: ``"KX"``, or ``("KX", Discipline.PT)`` for one plan of care; ``("XU", "97116")`` that
the services of a code were distinct, by 59, XE, XP, XS or XU.
"""


class Attestations(NamedTuple):
    """
    What was attested.

    Args:
        kx: The plans of care for which KX is attested; None stands for all of them.
        distinct: The modifier of each code whose services were distinct.
    """

    kx: frozenset[Discipline | None]
    distinct: Mapping[str, str]


_ARITHMETIC: dict[AssistantArithmetic, Callable[..., bool]] = {
    AssistantArithmetic.EXACT: exceeds,
    AssistantArithmetic.SIMPLE: exceeds_by_simple_method,
    AssistantArithmetic.PERCENTAGE: exceeds_by_percentage,
}


def build_claim(
    treatment: Treatment | Allocation,
    payer: UnitsBy | None = None,
    *,
    date_of_service: date | str | None = None,
    fees: FeeSchedule | None = None,
    setting: Setting | str | None = None,
    charges: Charges | None = None,
    parameters: Parameters = BUNDLED,
) -> Claim:
    """
    Return the claim of a patient's day.

    A code has one line, or two when some of its units were furnished in whole or in part by an
    assistant: the first without CQ or CO, the second with it. Codes without a unit have none.

    Args:
        treatment: Sessions or minutes as for :func:`allocate_units`; or the units it returned.
        payer: Who pays, or what a payer does; left out with units, which know it.
        date_of_service: The day of minutes by code.
        fees: The amounts that ``TiePolicy.HIGHEST_FEE`` compares.
        setting: Where the services were given; None leaves it to the fee schedule. Lines of a critical
            access hospital carry no CQ or CO.
        charges: Dollars of one unit by code; every billed code then has one.
        parameters: The numbers that law sets.

    Raises:
        InvalidInputError: As :func:`allocate_units`; if no day is named; or a charge is missing.
        NotPublishedError: If the payer's policy is not known on the day.

    Source:
        CMS Pub. 100-04, ch. 5, section 20.1, and the CMS therapy services page for CQ and CO.

    >>> from therapy_billing import MEDICARE, Session, TimedService
    >>> day = Session("2026-03-02", "PT", [
    ...     TimedService("97110", 12), TimedService("97110", 14, clinician="assistant"),
    ... ])
    >>> [(line.code, line.modifiers, line.units) for line in build_claim(day, MEDICARE).lines]
    [('97110', ('GP',), 1), ('97110', ('GP', 'CQ'), 1)]
    """
    see_kind(parameters, Parameters, "parameters")
    allocation, day = _units_of(treatment, payer, date_of_service, fees)
    policy = allocation.policy
    exceeding: Exceeds | None = None
    where = None if setting is None else parse_setting(setting)
    if takes_assistant_modifiers(policy, where or (None if fees is None else fees.setting)):
        exceeding = partial(
            _ARITHMETIC[policy.assistant_arithmetic],
            de_minimis=parameters.on("assistant_de_minimis", day).amount,
        )
    prices = None if charges is None else _per_unit(charges)

    lines: list[ClaimLine] = []
    shares: list[AssistantShare] = []
    by_discipline = allocation.by_discipline
    for pool in allocation.pools:
        with_units: dict[str, int] = {}
        discipline = pool.discipline
        if exceeding and pool.assistants and discipline in ASSISTANT_MODIFIERS:
            units_of = by_discipline[discipline]
            splitter = _Splitter(pool, discipline, units_of, policy, exceeding)
            with_units = splitter.units_with()
            shares += splitter.shares
        billed = [*by_discipline[pool.discipline].items(), *pool.untimed]
        for code, units in billed:
            lines += _lines(pool.discipline, code, units, with_units.get(code, 0), prices)
    return Claim(day, tuple(lines), allocation, tuple(shares), where)


def is_evaluation_by_assistant(line: ClaimLine) -> bool:
    """
    Return whether CQ or CO stands on a code that only a therapist may furnish.

    >>> is_evaluation_by_assistant(ClaimLine("97161", 1, ("GP", "CQ")))
    True
    """
    return line.assistant and line.code in therapist_only_codes()


def units_of_therapists(allocation: Allocation) -> dict[tuple[Discipline | None, str], int]:
    """
    Return the units that Medicare pays of codes whose other units rest on an assistant's unpaid minutes.

    Medicare pays no evaluation by an assistant, and nothing of an SLP assistant. So the therapist's own minutes
    are counted without them. A code with as many units as before is left out.

    >>> from therapy_billing import MEDICARE, Session, TimedService
    >>> services = [TimedService("97533", 15), TimedService("97533", 15, clinician="assistant")]
    >>> units_of_therapists(allocate_units(Session("2026-03-02", "SLP", services), MEDICARE))
    {(<Discipline.SLP: 'SLP'>, '97533'): 1}
    """
    found: dict[tuple[Discipline | None, str], int] = {}
    for pool in allocation.pools:
        # Minutes of therapist and assistant together are the therapist's.
        parts = {part.code: part for part in pool.assistants if part.assistant != 0}
        unpaid = not_payable_by_assistants(
            parts,
            recognized=pool.discipline is not Discipline.SLP,
            therapist_only=therapist_only_codes(),
        )
        if not unpaid:
            continue
        for code, _ in pool.untimed:
            if code in unpaid and parts[code].total == parts[code].assistant:
                found[pool.discipline, code] = 0
        minutes = {
            stream[0]: stream[2]
            - sum(parts[code].assistant or 0 for code in stream[:2] if code in unpaid)
            for stream in pool.streams
        }
        own = most_units(
            {code: given for code, given in minutes.items() if given}, allocation.policy
        )
        for code, units in allocation.by_discipline[pool.discipline].items():
            if own.get(code, 0) < units:
                found[pool.discipline, code] = own.get(code, 0)
    return found


def takes_assistant_modifiers(policy: Policy, setting: Setting | None) -> bool:
    """Return whether lines under *policy* in *setting* carry CQ or CO for an assistant's units."""
    return (
        policy.assistants is not AssistantRule.NONE
        and setting is not Setting.CRITICAL_ACCESS_HOSPITAL
    )


def parse_attestations(attestations: Attested) -> Attestations:
    """
    Return what *attestations* attest.

    Raises:
        InvalidInputError: If one of them is no attestation, or a code has two modifiers.

    >>> parse_attestations(["KX", ("XU", "97116")]).distinct
    {'97116': 'XU'}
    """
    given: object = attestations
    if isinstance(given, str) or not isinstance(given, Iterable):
        msg = f"attestations is a sequence such as ['KX', ('XU', '97116')], not {shown(given)}"
        raise InvalidInputError(msg)
    kx: set[Discipline | None] = set()
    distinct: dict[str, str] = {}
    for attestation in given:
        match attestation:
            case str("KX"):
                kx.add(None)
            case (str("KX"), plan):
                kx.add(parse_discipline(plan))
            case (str(modifier), str(value)) if modifier in DISTINCT_MODIFIERS:
                _attest(distinct, parse_code(value), modifier)
            case _:
                msg = (
                    "an attestation is 'KX', ('KX', Discipline.PT) or ('XU', '97116'), "
                    f"not {shown(attestation)}"
                )
                raise InvalidInputError(msg)
    return Attestations(frozenset(kx), distinct)


def _attest(distinct: dict[str, str], code: str, modifier: str) -> None:
    if distinct.setdefault(code, modifier) != modifier:
        msg = f"{code} is attested by {distinct[code]} and by {modifier}: give one"
        raise InvalidInputError(msg)


def with_distinct(
    lines: Sequence[ClaimLine], attestations: Attestations, *, order: Sequence[str] = ()
) -> list[ClaimLine]:
    """
    Return the lines, those of attested codes with the modifier that tells a distinct service.

    A line that has such a modifier keeps it. The others have their modifiers in the payer's *order*. An
    attested code that made no unit is on no line, and changes none.

    >>> lines = [ClaimLine("97530", 1, ("GP",)), ClaimLine("97116", 1, ("GP",))]
    >>> [line.modifiers for line in with_distinct(lines, parse_attestations([("XU", "97116")]))]
    [('GP',), ('GP', 'XU')]
    """
    attested = attestations.distinct
    if not attested:
        return list(lines)
    return [
        ClaimLine(
            line.code,
            line.units,
            ordered((*line.modifiers, attested[line.code]), order=order),
            line.charge,
        )
        if line.code in attested and DISTINCT_MODIFIERS.isdisjoint(line.modifiers)
        else line
        for line in lines
    ]


def _units_of(
    treatment: Treatment | Allocation,
    payer: UnitsBy | None,
    date_of_service: date | str | None,
    fees: FeeSchedule | None,
) -> tuple[Allocation, date]:
    """Return the units and their day."""
    if not isinstance(treatment, Allocation):
        if payer is None:
            msg = "payer is needed to make units of sessions: give MEDICARE or another payer"
            raise InvalidInputError(msg)
        treatment = allocate_units(treatment, payer, date_of_service=date_of_service, fees=fees)
    elif payer is not None:
        msg = "units know their payer: leave payer out, or give sessions"
        raise InvalidInputError(msg)
    day = treatment.date_of_service
    if day is None:
        msg = "a claim is of a day: give date_of_service when the units are made"
        raise InvalidInputError(msg)
    if date_of_service is not None and parse_date(date_of_service) != day:
        msg = f"the units are of {day}, not of {parse_date(date_of_service)}"
        raise InvalidInputError(msg)
    return treatment, day


def _per_unit(charges: Charges) -> dict[str, Usd]:
    see_kind(charges, Mapping, "charges")
    prices = {
        parse_code(code): parse_usd(amount, what=f"the charge of {code}")
        for code, amount in charges.items()
    }
    if len(prices) < len(charges):
        msg = "a code has two charges: name each code once"
        raise InvalidInputError(msg)
    return prices


def _lines(
    discipline: Discipline | None,
    code: str,
    units: int,
    with_assistant: int,
    charges: Mapping[str, Usd] | None,
) -> list[ClaimLine]:
    """Return the lines of a code: the units without the assistant modifier, then those with it."""
    plan = () if discipline is None else (DISCIPLINE_MODIFIERS[discipline],)
    lines = []
    for count, assistant in ((units - with_assistant, False), (with_assistant, True)):
        if not count:
            continue
        modifiers = plan
        if assistant and discipline is not None:
            modifiers = (*plan, ASSISTANT_MODIFIERS[discipline])
        charge = None
        if charges is not None:
            if code not in charges:
                msg = f"charges has none for {code}: give one for every billed code, or none at all"
                raise InvalidInputError(msg)
            charge = times(charges[code], count)
        lines.append(ClaimLine(code, count, modifiers, charge))
    return lines


class _Splitter:
    """Tells the assistant's units of one plan of care apart, and keeps why."""

    def __init__(
        self,
        pool: Pool,
        discipline: Discipline,
        units: Mapping[str, int],
        policy: Policy,
        exceeding: Exceeds,
    ) -> None:
        self.shares: list[AssistantShare] = []
        self._pool = pool
        self._discipline = discipline
        self._units = units
        self._policy = policy
        self._exceeds = exceeding
        self._arithmetic = policy.assistant_arithmetic.value
        self._parts = {part.code: part for part in pool.assistants}

    def units_with(self) -> dict[str, int]:
        """Return the units that carry the modifier, by code."""
        found: dict[str, int] = {}
        for code, add_on, minutes, *_ in self._pool.streams:
            if code in self._parts or add_on in self._parts:
                found |= self._timed(code, add_on, minutes)
        for code, units in self._pool.untimed:
            if code in self._parts and known_code(code).assistant_modifier:
                part = self._parts[code]
                in_part = part.assistant is None or part.total is None
                in_part = in_part or self._exceeds(part.assistant or 0, part.total or 0)
                found[code] = units if in_part else 0
                self._keep(code, part, AssistantUnits(0, 0, 0, 0, units - found[code], found[code]))
        return found

    def _timed(self, code: str, add_on: str | None, minutes: int) -> dict[str, int]:
        """Return the units with the modifier of a timed code, or of a family with its add-on."""
        codes = [code] if add_on is None else [code, add_on]
        units = sum([self._units.get(each, 0) for each in codes])
        parts = [self._parts[each] for each in codes if each in self._parts]
        assistant = sum([part.assistant or 0 for part in parts])
        together = sum([part.together for part in parts])
        split = self._split(minutes - assistant, assistant, units, quarters=_in_quarters(codes))
        self._keep(code, AssistantMinutes(code, minutes, assistant, together), split)
        if add_on is None:
            return {code: split.units_with}
        # The family's first unit carries it when the assistant took part in the minutes documented
        # under its code; the add-on has the rest.
        first = self._units.get(code, 0)
        own = self._parts.get(code)
        in_first = own is not None and self._exceeds(own.assistant or 0, own.total or 0)
        further = self._units.get(add_on, 0)
        of_first = min(first, split.units_with) if in_first else max(split.units_with - further, 0)
        return {code: of_first, add_on: split.units_with - of_first}

    def _split(
        self, therapist: int, assistant: int, units: int, *, quarters: bool
    ) -> AssistantUnits:
        if not quarters:
            # No source tells of other periods: all units are one service.
            in_part = self._exceeds(assistant, therapist + assistant)
            return AssistantUnits(0, 0, 0, 0, 0 if in_part else units, units if in_part else 0)
        if self._policy.assistants is AssistantRule.UNITS_2020:
            return split_units_2020(
                therapist, assistant, units, unit_minutes=QUARTER, exceeds=self._exceeds
            )
        return split_units_2022(
            therapist,
            assistant,
            units,
            unit_minutes=QUARTER,
            fewest_minutes=self._policy.partial_minutes,
            exceeds=self._exceeds,
        )

    def _keep(self, code: str, part: AssistantMinutes, split: AssistantUnits) -> None:
        therapist = None
        if part.total is not None and part.assistant is not None:
            therapist = part.total - part.assistant
        self.shares.append(
            AssistantShare(
                code,
                self._discipline,
                self._policy.assistants.value,
                self._arithmetic,
                therapist,
                part.assistant,
                part.together,
                split.therapist_whole,
                split.assistant_whole,
                split.left_without,
                split.left_with,
            )
        )


def _in_quarters(codes: list[str]) -> bool:
    """Whether every unit of the codes is a quarter of an hour."""
    return all([known_code(code).unit_minutes == QUARTER for code in codes])
