"""From units to claim lines: each code under its plan, the units of an assistant on their own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import partial

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
from therapy_billing.codes.dollars_by_code import parse_dollars_by_code
from therapy_billing.codes.modifiers import assistant_modifiers, plan_modifiers
from therapy_billing.codes.roles import Setting, parse_setting
from therapy_billing.fees.fee_schedule import FeeSchedule
from therapy_billing.law.parameters import BUNDLED, Parameters
from therapy_billing.payers.payer_argument import PayerLike
from therapy_billing.units.allocation_record import Allocation
from therapy_billing.units.allocator import Treatment, allocate_units

__all__ = ["Charges", "build_claim"]

Charges = Mapping[str, Decimal | str | int]
"""What the provider charges for one unit, in dollars, by code."""


def build_claim(
    sessions: Treatment | Allocation,
    payer: PayerLike | None = None,
    fees: FeeSchedule | None = None,
    *,
    date_of_service: date | str | None = None,
    setting: Setting | str | None = None,
    charges: Charges | None = None,
    parameters: Parameters = BUNDLED,
) -> Claim:
    """
    Return the claim of a patient's day.

    A code has one line, or two when some of its units were furnished in whole or in part by an
    assistant: the first without CQ or CO, the second with it. Codes without a unit have none. Each line
    has the keys of the services of its code and discipline; both lines of a code have all of them.

    Args:
        sessions: Sessions or minutes as for :func:`~therapy_billing.allocate_units`; or the units it returned.
        payer: Who pays, or what a payer does; left out with units, which know it.
        fees: The amounts that ``TiePolicy.HIGHEST_FEE`` compares.
        date_of_service: The day of minutes by code.
        setting: Where the services were given; None leaves it to the fee schedule. Lines of a critical
            access hospital carry no CQ or CO.
        charges: Dollars of one unit by code; every billed code then has one.
        parameters: The numbers that law sets.

    Raises:
        InvalidInputError: As :func:`~therapy_billing.allocate_units`; if no day is named; or a charge is missing.
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
    require_type(parameters, Parameters, "parameters")
    allocation, day = _units_of(sessions, payer, date_of_service, fees)
    policy = allocation.policy
    exceeding: Exceeds | None = None
    where = None if setting is None else parse_setting(setting)
    if takes_assistant_modifiers(policy, where or (None if fees is None else fees.setting)):
        exceeding = partial(
            ARITHMETIC_RULES[policy.modifiers.assistant_arithmetic],
            de_minimis=parameters.on("assistant_de_minimis", day).amount,
        )
    prices = None if charges is None else parse_dollars_by_code(charges, "charges")

    lines: list[ClaimLine] = []
    shares: list[AssistantShare] = []
    by_discipline = allocation.by_discipline
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
            splitter = UnitSplitter(pool, discipline, units_of, policy, exceeding)
            with_units = splitter.units_with()
            shares += splitter.shares
        for code, units in (*units_of.items(), *pool.untimed):
            by_assistant = with_units.get(code, 0)
            for count, modifiers in ((units - by_assistant, plan), (by_assistant, assistant)):
                if count:
                    charge = None if prices is None else times(_charge(code, prices), count)
                    line = ClaimLine(code, count, modifiers, charge)
                    lines.append(evolve(line, keys=keys[code]) if code in keys else line)
    return Claim(day, tuple(lines), allocation, tuple(shares), where)


def _units_of(
    sessions: Treatment | Allocation,
    payer: PayerLike | None,
    date_of_service: date | str | None,
    fees: FeeSchedule | None,
) -> tuple[Allocation, date]:
    """Return the units and their day."""
    if not isinstance(sessions, Allocation):
        if payer is None:
            msg = "payer is needed to make units of sessions: give MEDICARE or another payer"
            raise InvalidInputError(msg, field="payer")
        sessions = allocate_units(sessions, payer, date_of_service=date_of_service, fees=fees)
    elif payer is not None:
        msg = "units know their payer: leave payer out, or give sessions"
        raise InvalidInputError(msg, field="payer")
    day = sessions.date_of_service
    if day is None:
        msg = "a claim is of a day: give date_of_service when the units are made"
        raise InvalidInputError(msg, field="date_of_service")
    if date_of_service is not None and parse_date(date_of_service) != day:
        msg = f"the units are of {day}, not of {parse_date(date_of_service)}"
        raise InvalidInputError(msg, field="date_of_service")
    return sessions, day


def _charge(code: str, charges: Mapping[str, Usd]) -> Usd:
    if code not in charges:
        msg = f"charges has none for {code}: give one for every billed code, or none at all"
        raise InvalidInputError(msg, field="charges", code=code)
    return charges[code]
