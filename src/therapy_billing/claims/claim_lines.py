"""Build claim lines from units: one line per code, and a separate line for an assistant's units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache, partial

from attrs import evolve

from therapy_billing.base.dates import parse_date
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.money import Usd, times
from therapy_billing.base.validation import require_type
from therapy_billing.claims.assistant_units import (
    ARITHMETIC_RULES,
    UnitSplitter,
    takes_assistant_modifiers,
)
from therapy_billing.claims.records import AssistantShare, Claim, ClaimLine
from therapy_billing.claims.rules.assistants import Exceeds
from therapy_billing.claims.rules.line_modifiers import ordered
from therapy_billing.claims.rules.service_modifiers import share_units
from therapy_billing.codes.code_book import QUARTER, first_of_family, known_code
from therapy_billing.codes.dollars_by_code import parse_dollars_by_code
from therapy_billing.codes.modifiers import assistant_modifiers, load_modifiers, plan_modifiers
from therapy_billing.codes.roles import Setting, parse_setting
from therapy_billing.fees.fee_schedule import FeeSchedule
from therapy_billing.law.parameters import BUNDLED, Parameters
from therapy_billing.payers.payer_argument import PayerLike
from therapy_billing.payers.policy import Policy
from therapy_billing.units.allocation_record import Allocation
from therapy_billing.units.allocator import Split, Treatment, allocate_units
from therapy_billing.units.records import DisciplineUnits, ModifiedMinutes
from therapy_billing.units.unit_terms import is_timed, unit_terms

__all__ = ["Charges", "build_claim", "require_known_modifiers"]

Charges = Mapping[str, Decimal | str | int]
"""The charge for one unit, in dollars, by code."""


def build_claim(
    sessions: Treatment | Allocation,
    payer: PayerLike | None = None,
    fees: FeeSchedule | None = None,
    *,
    date_of_service: date | str | None = None,
    setting: Setting | str | None = None,
    charges: Charges | None = None,
    parameters: Parameters = BUNDLED,
    split: Split | None = None,
) -> Claim:
    """
    Build the claim for a patient's day.

    Each code of a discipline has one line, or two lines if only some of its units carry CQ or CO. Codes
    without units have no line. Each line has the keys of all services of its code and discipline.

    Args:
        sessions: Sessions or minutes as for :func:`~therapy_billing.allocate_units`, or the allocation that it
            returned.
        payer: A payer, a payer policy, or a counting method. Leave it out if you pass an allocation,
            which already has a payer.
        fees: The fee schedule for ``TiePolicy.HIGHEST_FEE``. Its setting is used if *setting* is None.
        date_of_service: The date of service for minutes by code.
        setting: Where the services were furnished. None means the setting of *fees*. Claim lines of a critical access
            hospital carry no CQ or CO.
        charges: The charge for one unit in dollars, by code. If given, every billed code needs one.
        parameters: The numbers set by law, such as the de minimis share of an assistant's minutes.
        split: As for :func:`~therapy_billing.allocate_units`. Leave it out if you pass an allocation.

    Raises:
        InvalidInputError: As for :func:`~therapy_billing.allocate_units`; also if there is no date of service or a
            charge is missing.
        NotPublishedError: If the payer's policy is not known for that date.

    Source:
        CMS Pub. 100-04, ch. 5, section 20.1, and the CMS therapy services page for CQ and CO.

    >>> from therapy_billing import MEDICARE, Session, TimedService
    >>> day = Session("2026-03-02", "PT", [
    ...     TimedService("97110", 12), TimedService("97110", 14, clinician="assistant"),
    ... ])
    >>> [(line.code, line.modifiers, line.units) for line in build_claim(day, MEDICARE).lines]
    [('97110', ('GP',), 1), ('97110', ('GP', 'CQ'), 1)]
    """
    require_type(parameters, Parameters, "parameters")
    allocation, day = _units_of(sessions, payer, date_of_service, fees, split)
    policy = allocation.policy
    exceeding: Exceeds | None = None
    given_setting = None if setting is None else parse_setting(setting)
    if takes_assistant_modifiers(policy, given_setting or (None if fees is None else fees.setting)):
        exceeding = partial(
            ARITHMETIC_RULES[policy.modifiers.assistant_arithmetic],
            de_minimis=parameters.on("assistant_de_minimis", day).amount,
        )
    prices = None if charges is None else parse_dollars_by_code(charges, "charges")

    lines: list[ClaimLine] = []
    shares: list[AssistantShare] = []
    by_discipline, untimed_of = allocation.by_discipline, allocation.untimed_by_discipline
    of_plans, of_assistants = plan_modifiers(), assistant_modifiers()
    for pool in allocation.disciplines:
        with_units: dict[str, int] = {}
        discipline = pool.discipline
        units_of = by_discipline[discipline]
        plan = () if discipline is None else (of_plans[discipline],)
        assistant = plan
        keys = dict(pool.keys)
        if exceeding and pool.assistants and discipline is not None and discipline in of_assistants:
            assistant = (*plan, of_assistants[discipline])
            splitter = UnitSplitter(
                pool, discipline, (units_of, untimed_of[discipline]), policy, exceeding
            )
            with_units = splitter.units_with()
            shares += splitter.shares
        for code, units in (*units_of.items(), *untimed_of[discipline].items()):
            for count, carried, own in _groups(code, units, with_units.get(code, 0), pool, policy):
                added = assistant if carried else plan
                modifiers = _in_order((*added, *own), policy.modifiers.modifier_order)
                charge = None if prices is None else times(_charge(code, prices), count)
                line = ClaimLine(code, count, modifiers, charge)
                lines.append(evolve(line, keys=keys[code]) if code in keys else line)
    return Claim(day, tuple(lines), allocation, tuple(shares), given_setting)


def _groups(
    code: str, units: int, by_assistant: int, pool: DisciplineUnits, policy: Policy
) -> Iterator[tuple[int, bool, tuple[str, ...]]]:
    """Yield the units of each line of *code*, whether they carry CQ or CO, and the modifiers of their services."""
    if not pool.modified:
        yield from _lines(units, by_assistant, ())
        return
    first = first_of_family(code)
    groups = [each for each in pool.modified if each.code == code] or [
        # All minutes of a family may be documented under its first code.
        each
        for each in pool.modified
        if each.code == first
    ]
    if not groups:
        groups = [ModifiedMinutes(code, (), 0, 0, 0)]
    for each in groups:
        require_known_modifiers(each.modifiers, policy)
    shares = [units]
    if not is_timed(code, policy) and known_code(code).once:
        # One unit a day has all modifiers that its services have.
        groups = [
            groups[0]._replace(
                modifiers=tuple(dict.fromkeys(name for each in groups for name in each.modifiers))
            )
        ]
    elif len(groups) > 1 and not is_timed(code, policy):
        shares = list(share_units(units, [each.units for each in groups], unit_minutes=1))
    elif len(groups) > 1:
        period = unit_terms(code, policy).period
        shares = list(share_units(units, [each.minutes for each in groups], unit_minutes=period))
    of_assistant = [by_assistant]
    if len(groups) > 1:
        of_assistant = list(
            share_units(
                by_assistant,
                [each.assistant for each in groups],
                unit_minutes=QUARTER,
                most=shares,
            )
        )
    for each, share, carried in zip(groups, shares, of_assistant, strict=True):
        yield from _lines(share, carried, each.modifiers)


def _lines(
    units: int, by_assistant: int, modifiers: tuple[str, ...]
) -> Iterator[tuple[int, bool, tuple[str, ...]]]:
    for count, by in ((units - by_assistant, False), (by_assistant, True)):
        if count:
            yield count, by, modifiers


def require_known_modifiers(modifiers: tuple[str, ...], policy: Policy) -> None:
    """Refuse a modifier that neither the library nor the payer knows."""
    rules = policy.modifiers
    for modifier in modifiers:
        if modifier in load_modifiers() or modifier in rules.modifier_order:
            continue
        if modifier not in (rules.allowed_modifiers or ()):
            msg = (
                f"modifier {modifier} is not in the library's data: correct it, or list it in modifier_order or "
                "allowed_modifiers of the payer's policy"
            )
            raise InvalidInputError(msg, field="modifiers")


@lru_cache(maxsize=1024)
def _in_order(modifiers: tuple[str, ...], order: tuple[str, ...]) -> tuple[str, ...]:
    return ordered(modifiers, order=order)


def _units_of(
    sessions: Treatment | Allocation,
    payer: PayerLike | None,
    date_of_service: date | str | None,
    fees: FeeSchedule | None,
    split: Split | None,
) -> tuple[Allocation, date]:
    """Return the units and their date of service."""
    if not isinstance(sessions, Allocation):
        if payer is None:
            msg = "a payer is required with sessions: give MEDICARE or another payer"
            raise InvalidInputError(msg, field="payer")
        sessions = allocate_units(
            sessions, payer, date_of_service=date_of_service, fees=fees, split=split
        )
    elif payer is not None:
        msg = "this allocation already has a payer; leave payer out, or pass sessions instead"
        raise InvalidInputError(msg, field="payer")
    elif split is not None:
        msg = "this allocation already has a split; leave split out, or pass sessions instead"
        raise InvalidInputError(msg, field="split")
    day = sessions.date_of_service
    if day is None:
        msg = "a claim needs a date of service: give date_of_service when you count the units"
        raise InvalidInputError(msg, field="date_of_service")
    if date_of_service is not None and parse_date(date_of_service) != day:
        msg = f"the units are for {day}, but date_of_service is {parse_date(date_of_service)}"
        raise InvalidInputError(msg, field="date_of_service")
    return sessions, day


def _charge(code: str, charges: Mapping[str, Usd]) -> Usd:
    if code not in charges:
        msg = f"charges has no charge for {code}: give a charge for every billed code, or leave charges out"
        raise InvalidInputError(msg, field="charges", code=code)
    return charges[code]
