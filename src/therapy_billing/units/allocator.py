"""
Turn a patient's day into billable units.

Pool the minutes of each discipline and count each discipline separately. List every legal split and
choose one. Then apply the payer's caps to every split.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, SupportsIndex, TypeAlias

import attrs

from therapy_billing.base.dates import parse_date
from therapy_billing.base.errors import InvalidInputError, NotPublishedError
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import parse_whole, require_type
from therapy_billing.codes.code_book import known_code, parse_code, refused_by_medicare
from therapy_billing.codes.roles import Clinician, Discipline, parse_discipline
from therapy_billing.payers.payer_argument import PayerLike, policy_of
from therapy_billing.payers.policy import UNKNOWN_METHOD, Policy, TiePolicy
from therapy_billing.units.allocation_record import Allocation
from therapy_billing.units.caps import CappedDay, UnitsByDiscipline, WantedUnits, combine_and_cap
from therapy_billing.units.counting import count_minutes
from therapy_billing.units.furnished import (
    add_first_codes,
    other_furnishers,
    split_by_furnisher,
)
from therapy_billing.units.records import (
    AssistantMinutes,
    DisciplineUnits,
    ExtraUnits,
    MinuteSplit,
    ModifiedMinutes,
    ServiceGroups,
    Services,
    UnbilledService,
)
from therapy_billing.units.ties import fee_schedule_class, rank_tied, require_fees, tied_choices
from therapy_billing.units.untimed import untimed_units
from therapy_billing.visits.services import Service, TimedService, UntimedService, timed_services
from therapy_billing.visits.sessions import Session

if TYPE_CHECKING:
    from therapy_billing.fees.fee_schedule import FeeSchedule

__all__ = ["Split", "Treatment", "allocate_units", "legal_splits"]

Treatment: TypeAlias = Session | Iterable[Session] | Mapping[str, SupportsIndex]
"""Input of :func:`allocate_units`: a session, the sessions of a patient's day, or minutes by code."""

Split: TypeAlias = Mapping[str, SupportsIndex] | Mapping[Discipline, Mapping[str, SupportsIndex]]
"""
The legal split that the clinician chose: units by code, such as ``{"97112": 1}``, or for each discipline units by code. Codes
that it does not name may have any units.
"""


def allocate_units(
    sessions: Treatment,
    payer: PayerLike,
    fees: FeeSchedule | None = None,
    *,
    date_of_service: date | str | None = None,
    split: Split | None = None,
) -> Allocation:
    """
    Return the units of a patient's day.

    Args:
        sessions: A session; the sessions of one patient on one day, in any discipline; or whole
            minutes by timed code, which are treated as one discipline.
        payer: A payer, a payer policy, or a counting method.
        fees: The fee schedule for ``TiePolicy.HIGHEST_FEE``. Other tie policies do not use it.
        date_of_service: The date of service for minutes by code. Without it, codes that are no
            longer active are rejected. Sessions have their own date.
        split: The legal split that the treating clinician chose, if units are tied: units by code, such as
            ``{"97112": 1}``, or for each discipline units by code. None lets the payer's tie policy choose.

    Returns:
        The units by code, every legal split, and the facts that decided them.

    Raises:
        InvalidInputError: If there is nothing to count, the sessions have different dates, no legal split has the
            units in *split*, a code was not active on the date, a code is not timed, or Medicare does not accept a code
            or has it outside its therapy benefit.
        NotPublishedError: If the payer's policy is not known for that date, or no source says how the payer counts
            units.

    Source:
        CMS Pub. 100-04, ch. 5, section 20.2. :func:`~therapy_billing.explain` gives the source of each step.

    >>> from therapy_billing import MEDICARE, allocate_units
    >>> result = allocate_units({"97530": 20, "97110": 20, "97112": 8}, MEDICARE)
    >>> result.units
    {'97530': 1, '97110': 1, '97112': 1}
    >>> tied = {"97530": 23, "97110": 20, "97112": 8}
    >>> [allocate_units(tied, MEDICARE, split=chosen).units["97112"] for chosen in (None, {"97112": 1})]
    [0, 1]
    """
    wanted = () if split is None else _wanted_units(split)
    day, name, policy, capped = _count_day(sessions, payer, fees, date_of_service, wanted)
    return Allocation(
        day,
        name,
        policy,
        capped.codes,
        capped.splits,
        capped.uncapped,
        capped.pools,
        capped.cuts,
        capped.untimed_codes,
        bool(wanted),
    )


def legal_splits(
    sessions: Treatment,
    payer: PayerLike,
    fees: FeeSchedule | None = None,
    *,
    split: Split | None = None,
) -> tuple[UnitsByDiscipline, ...]:
    """
    Return every legal split of a tied day as units by discipline and code, the chosen one first; none if it has no tie.

    The arguments and errors are those of :func:`allocate_units`.

    >>> from therapy_billing import MEDICARE
    >>> [split[None]["97530"] for split in legal_splits({"97530": 20, "97110": 20}, MEDICARE)]
    [2, 1]
    """
    wanted = () if split is None else _wanted_units(split)
    found = _count_day(sessions, payer, fees, None, wanted)[3].by_discipline
    return found if len(found) > 1 else ()


def _count_day(
    sessions: Treatment,
    payer: PayerLike,
    fees: FeeSchedule | None,
    date_of_service: date | str | None,
    wanted: WantedUnits,
) -> tuple[date | None, str, Policy, CappedDay]:
    """Return the date, the name and policy of the payer, and the units of a day."""
    day, groups = _grouped(sessions, date_of_service)
    policy, name = policy_of(payer, day)
    if fees is not None:
        require_type(fees, fee_schedule_class(), "fees")
    if policy.counting.method is None:
        who = "the payer" if name == UNKNOWN_METHOD else name
        msg = (
            f"no source says how {who} counts units: name a method "
            "(with_changes(method='cms-eight-minute'), or --method cms-eight-minute)"
        )
        raise NotPublishedError(msg, field="payer")
    if policy.counting.tie_policy is TiePolicy.HIGHEST_FEE:
        require_fees(fees, policy).require(day)

    groups, unbilled = split_by_furnisher(groups, policy.furnishers, day)
    counted = [
        _count(discipline, group, left_out, policy, fees)
        for (discipline, group), left_out in zip(groups, unbilled, strict=True)
    ]
    capped = combine_and_cap(
        [pool for pool, _ in counted],
        [choices for _, choices in counted],
        groups,
        policy,
        fees,
        wanted,
    )
    return day, name, policy, capped


def _wanted_units(split: Split) -> WantedUnits:
    """Return the units that the caller chose, by discipline."""
    given: object = split
    if not isinstance(given, Mapping) or not given:
        raise InvalidInputError(_NO_SPLIT, field="split")
    if any(isinstance(units, Mapping) for units in given.values()):
        return tuple(
            (parse_discipline(plan, what="split"), _units_by_code(units))
            for plan, units in given.items()
        )
    return ((None, _units_by_code(given)),)


def _units_by_code(units: object) -> dict[str, int]:
    if not isinstance(units, Mapping) or not units:
        raise InvalidInputError(_NO_SPLIT, field="split")
    return {
        parse_code(code, field="split"): parse_whole(count, "split", 0)
        for code, count in units.items()
    }


_NO_SPLIT = "split must be units by code such as {'97530': 2, '97110': 1}, or for each discipline units by code"


def _grouped(
    sessions: Treatment, date_of_service: date | str | None
) -> tuple[date | None, ServiceGroups]:
    """Return the date of service, and the services of each session by discipline."""
    day = None if date_of_service is None else parse_date(date_of_service)
    if isinstance(sessions, Session):
        if day is None:
            return sessions.date_of_service, [(sessions.discipline, [_services(sessions)])]
        return _pooled((sessions,), day)
    if isinstance(sessions, Mapping):
        if not sessions:
            msg = "there are no minutes to count: give the minutes of at least one code"
            raise InvalidInputError(msg, field="sessions")
        return day, [(None, [timed_services(sessions, day, what="sessions")])]
    if isinstance(sessions, Iterable):
        return _pooled(sessions, day)
    msg = f"sessions must be a Session, several Sessions, or minutes by code; got {safe_repr(sessions)}"
    raise InvalidInputError(msg, field="sessions")


def _pooled(sessions: Iterable[Session], day: date | None) -> tuple[date | None, ServiceGroups]:
    """Return the date that the sessions share, and their services by discipline."""
    groups: dict[Discipline, list[Services]] = {}
    for index, session in enumerate(sessions):
        if not isinstance(session, Session):
            msg = f"every item of sessions must be a Session, got {safe_repr(session)}"
            raise InvalidInputError(msg, field=f"sessions[{index}]")
        if day is None:
            day = session.date_of_service
        elif day != session.date_of_service:
            msg = f"dates of service differ ({day} and {session.date_of_service}): count one day at a time"
            raise InvalidInputError(msg, field="date_of_service")
        groups.setdefault(session.discipline, []).append(_services(session))
    if not groups:
        msg = "there are no sessions to count: give at least one Session"
        raise InvalidInputError(msg, field="sessions")
    return day, list(groups.items())


def _services(session: Session) -> Services:
    """Return the services of a session; a service without a key gets the key of the session."""
    if session.key is None:
        return session.services
    return tuple(
        attrs.evolve(service, key=session.key) if service.key is None else service
        for service in session.services
    )


def _count(
    discipline: Discipline | None,
    group: list[Services],
    unbilled: tuple[UnbilledService, ...],
    policy: Policy,
    fees: FeeSchedule | None,
) -> tuple[DisciplineUnits, list[ExtraUnits]]:
    """Count one discipline. Return it with every way to assign its extra units, the chosen one first."""
    minutes: dict[str, int] = {}
    untimed: list[UntimedService] = []
    by_payer = policy.counting.codes_by_minutes
    untimed_minutes = seconds = 0
    therapist_only = True
    keyed = modified = False
    for services in group:
        for service in services:
            if service.clinician is not Clinician.THERAPIST:
                therapist_only = False
            if service.key is not None:
                keyed = True
            if service.modifiers:
                modified = True
            if isinstance(service, TimedService) or service.code in by_payer:
                code = service.code
                minutes[code] = minutes.get(code, 0) + _counted_minutes(service)
                if service.start is not None:
                    seconds += service.floored_seconds
            else:
                untimed.append(service)
                untimed_minutes += service.minutes or 0
    if policy.counting.medicare_codes:
        _refuse_for_medicare(minutes)
        _refuse_for_medicare([service.code for service in untimed])

    elsewhere = {service.code for service in unbilled}
    add_first_codes(minutes, elsewhere)
    splits, extras, tied, open_units, pooled_minutes = count_minutes(minutes, policy)
    choices = [tuple(extras)]
    if tied:
        choices = tied_choices(extras, rank_tied(tied, splits, policy, fees), open_units)
    units, repeats = untimed_units(untimed, elsewhere)
    pool = DisciplineUnits(
        discipline,
        len(group),
        tuple(splits),
        choices[0],
        tied,
        units,
        repeats,
        pooled_minutes,
        open_units,
        sum(minutes.values()) + untimed_minutes,
        seconds,
        () if therapist_only else _assistants(group),
        _keys(group, splits) if keyed else (),
        unbilled,
        () if therapist_only else other_furnishers(group),
        _by_modifiers(group) if modified else (),
        _providers(group) if policy.counting.caps else 0,
    )
    return pool, choices


def _counted_minutes(service: Service) -> int:
    """Return the minutes of a service whose units come from its minutes."""
    if isinstance(service, TimedService):
        return service.minutes
    if service.minutes is None:
        msg = f"this payer counts {service.code} by its minutes: give the minutes, or start and end"
        raise InvalidInputError(msg, field="sessions", code=service.code)
    if service.units > 1:
        msg = (
            f"this payer counts {service.code} by its minutes: leave units out, got {service.units}"
        )
        raise InvalidInputError(msg, field="sessions", code=service.code)
    return service.minutes


def _keys(
    group: list[Services], splits: Iterable[MinuteSplit]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the keys of the services behind each code's units, without repeats, in documented order."""
    families = {
        code: (split.code, split.add_on)
        for split in splits
        if split.add_on is not None
        for code in (split.code, split.add_on)
    }
    keys: dict[str, dict[str, None]] = {}
    for services in group:
        for service in services:
            if service.key is not None:
                for code in families.get(service.code, (service.code,)):
                    keys.setdefault(code, {})[service.key] = None
    return tuple((code, tuple(of_code)) for code, of_code in keys.items())


def _providers(group: list[Services]) -> int:
    """Return how many people treated; 0 if it is not known for every service."""
    named = {service.treated_by for services in group for service in services}
    return 0 if None in named else len(named)


def _by_modifiers(group: list[Services]) -> tuple[ModifiedMinutes, ...]:
    """Return the services of each code that has modifiers of its own, by these modifiers, in documented order."""
    every = [service for services in group for service in services]
    codes = {service.code for service in every if service.modifiers}
    found: dict[tuple[str, tuple[str, ...]], ModifiedMinutes] = {}
    for service in every:
        if service.code not in codes:
            continue
        key = service.code, service.modifiers
        before = found.get(key, ModifiedMinutes(*key, 0, 0, 0))
        minutes = service.minutes or 0
        by_assistant = service.clinician is Clinician.ASSISTANT
        found[key] = before._replace(
            minutes=before.minutes + minutes,
            assistant=before.assistant + (minutes if by_assistant else 0),
            units=before.units + (service.units if isinstance(service, UntimedService) else 0),
        )
    return tuple(found.values())


def _assistants(group: list[Services]) -> tuple[AssistantMinutes, ...]:
    """Return the minutes of each code of which an assistant furnished at least some, in documented order."""
    minutes: dict[str, dict[Clinician, int]] = {}
    undocumented: set[str] = set()
    for services in group:
        for service in services:
            of_code = minutes.setdefault(service.code, {})
            clinician, given = service.clinician, service.minutes
            of_code[clinician] = of_code.get(clinician, 0) + (given or 0)
            if given is None:
                undocumented.add(service.code)
    parts = []
    for code, of_code in minutes.items():
        together = of_code.get(Clinician.TOGETHER, 0)
        documented = code not in undocumented and sum(of_code.values()) > 0
        if Clinician.ASSISTANT in of_code and not documented:
            parts.append(AssistantMinutes(code, None, None, together))
        elif Clinician.ASSISTANT in of_code or Clinician.TOGETHER in of_code:
            assistant = of_code.get(Clinician.ASSISTANT, 0)
            parts.append(AssistantMinutes(code, sum(of_code.values()), assistant, together))
    return tuple(parts)


def _refuse_for_medicare(codes: Collection[str]) -> None:
    if refused_by_medicare().isdisjoint(codes):
        return
    code = next(code for code in codes if code in refused_by_medicare())
    facts = known_code(code)
    if not facts.medicare_refuses:
        msg = (
            f"code {code} ({facts.program.value}) is not in Medicare's therapy benefit: "
            "leave it out, or count it for another payer"
        )
        raise InvalidInputError(msg, field="sessions", code=code)
    msg = f"Medicare does not accept code {code}"
    instead = facts.medicare_instead
    if instead:
        msg += f": use {' or '.join(instead)}"
    raise InvalidInputError(msg, field="sessions", code=code)
