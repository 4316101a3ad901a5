"""
Units of a patient's day.

Sessions of a discipline are pooled, each discipline is counted apart, ties are listed and one split
is chosen, and the payer's caps come last, on every split alike.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, NamedTuple, SupportsIndex, TypeAlias

import attrs

from therapy_billing.base.dates import parse_date
from therapy_billing.base.errors import InvalidInputError, see_kind, shown
from therapy_billing.codes.code_book import (
    QUARTER,
    CodeFacts,
    known_code,
    quarter_codes,
    refused_by_medicare,
)
from therapy_billing.codes.modifiers import Clinician, Discipline
from therapy_billing.payers.payer import Payer
from therapy_billing.payers.policy import FeeBasis, Policy, TiePolicy, UnitMethod
from therapy_billing.units.rules import (
    BilledUnit,
    cap_units,
    first_period,
    midpoint_minutes,
    share_by_leftovers,
)
from therapy_billing.visits.services import (
    Allocation,
    AssistantMinutes,
    CapCut,
    Pool,
    Service,
    Session,
    Stream,
    TimedService,
    UntimedService,
    by_midpoint,
    timed_services,
)

if TYPE_CHECKING:
    from therapy_billing.fees.fee_schedule import FeeSchedule

__all__ = [
    "Counted",
    "Treatment",
    "UnitsBy",
    "allocate_units",
    "count_minutes",
    "most_units",
    "policy_of",
    "require_payer",
]

Treatment: TypeAlias = Session | Iterable[Session] | Mapping[str, SupportsIndex]
"""What can be allocated: a session, the sessions of a patient's day, or minutes by code."""

UnitsBy: TypeAlias = Payer | Policy | UnitMethod
"""What decides the units: a payer, a policy, or a bare method."""

_MOST_SPLITS = 10_000

_BARE = {method: Policy(method, fee_basis=FeeBasis.ANY_SCHEDULE) for method in UnitMethod}
"""The policy of a bare method, which belongs to no payer."""

_Services: TypeAlias = tuple[Service, ...]
_Groups: TypeAlias = list[tuple[Discipline | None, list[_Services]]]
_Extras: TypeAlias = tuple[int, ...]


def allocate_units(
    treatment: Treatment,
    payer: UnitsBy,
    *,
    date_of_service: date | str | None = None,
    fees: FeeSchedule | None = None,
) -> Allocation:
    """
    Return the units of a patient's day.

    Args:
        treatment: A session; the sessions of one patient on one day, in any disciplines; or whole
            minutes by timed code, taken as one discipline.
        payer: Who pays, or what a payer does: a payer, a policy or a method.
        date_of_service: The day of minutes by code. Without it only codes still in force are taken.
            A session has its own.
        fees: The amounts that ``TiePolicy.HIGHEST_FEE`` compares.

    Returns:
        The units by code, every admissible split, and the facts that decided them.

    Raises:
        InvalidInputError: If there is nothing to count, days differ, a code did not exist on the day,
            is not timed, or is not taken by Medicare.
        NotPublishedError: If the payer's policy is not known on the day.

    Source:
        CMS Pub. 100-04, ch. 5, section 20.2; see :func:`explain` for each step's own.

    >>> from therapy_billing import MEDICARE, allocate_units
    >>> result = allocate_units({"97530": 20, "97110": 20, "97112": 8}, MEDICARE)
    >>> result.units
    {'97530': 1, '97110': 1, '97112': 1}
    """
    day, groups = _grouped(treatment, date_of_service)
    policy, name = policy_of(payer, day)
    if fees is not None:
        see_kind(fees, _fee_schedule(), "fees")
    if policy.tie_policy is TiePolicy.HIGHEST_FEE:
        _given(fees, policy).require(day)

    counted = [_count(discipline, group, policy, fees) for discipline, group in groups]
    pools = tuple([pool for pool, _, _ in counted])
    _, choices, plain = counted[0]
    if plain and len(counted) == len(choices) == 1 and not policy.capped:
        # Most days: one discipline, no family, no tie, no cap. _combined would give the same.
        streams = pools[0].streams
        codes = tuple([stream[0] for stream in streams])
        uncapped = tuple(map(operator.add, [stream[4] for stream in streams], choices[0]))
        splits: tuple[_Extras, ...] = (uncapped,)
        cuts: tuple[CapCut, ...] = ()
    else:
        all_choices = [choices for _, choices, _ in counted]
        pools, codes, splits, uncapped, cuts = _combined(pools, all_choices, groups, policy)
    return Allocation(day, name, policy, codes, splits, uncapped, pools, cuts)


def policy_of(payer: UnitsBy, day: date | None) -> tuple[Policy, str]:
    """
    Return what *payer* does on *day*, and its name for results.

    Raises:
        InvalidInputError: If it is neither a payer, a policy nor a method.
        NotPublishedError: If the payer's policy is not known on the day.
    """
    match payer:
        case Payer():
            return payer.on(day), payer.name
        case Policy():
            return payer, payer.method.value
        case UnitMethod():
            return _BARE[payer], payer.value
        case _:
            raise _no_payer(payer, "payer")


def require_payer(payer: object, what: str) -> None:
    """
    Refuse what is neither a payer, a policy nor a method.

    Raises:
        InvalidInputError: If it is none of these; *what* is the name of the argument.
    """
    if not isinstance(payer, Payer | Policy | UnitMethod):
        raise _no_payer(payer, what)


def _no_payer(payer: object, what: str) -> InvalidInputError:
    msg = f"{what} is a Payer such as MEDICARE, a Policy or a UnitMethod, not {shown(payer)}"
    return InvalidInputError(msg)


def _grouped(
    treatment: Treatment, date_of_service: date | str | None
) -> tuple[date | None, _Groups]:
    """Return the day, and the services of each session by discipline."""
    day = None if date_of_service is None else parse_date(date_of_service)
    if isinstance(treatment, Session):
        if day is None:
            return treatment.date_of_service, [(treatment.discipline, [treatment.services])]
        return _pooled((treatment,), day)
    if isinstance(treatment, Mapping):
        if not treatment:
            msg = "there are no minutes to count: give at least one code"
            raise InvalidInputError(msg)
        return day, [(None, [timed_services(treatment, day)])]
    if isinstance(treatment, Iterable):
        return _pooled(treatment, day)
    msg = f"treatment is sessions or minutes by code, not {shown(treatment)}"
    raise InvalidInputError(msg)


def _pooled(sessions: Iterable[Session], day: date | None) -> tuple[date | None, _Groups]:
    """Return the day that the sessions share, and their services by discipline."""
    groups: dict[Discipline, list[_Services]] = {}
    for session in sessions:
        if not isinstance(session, Session):
            msg = f"treatment is sessions or minutes by code; a sequence holds {shown(session)}"
            raise InvalidInputError(msg)
        if day is None:
            day = session.date_of_service
        elif day != session.date_of_service:
            msg = f"units are counted for one day at a time: {day} and {session.date_of_service}"
            raise InvalidInputError(msg)
        groups.setdefault(session.discipline, []).append(session.services)
    if not groups:
        msg = "there is no session to count"
        raise InvalidInputError(msg)
    return day, list(groups.items())


def _count(
    discipline: Discipline | None,
    group: list[_Services],
    policy: Policy,
    fees: FeeSchedule | None,
) -> tuple[Pool, list[_Extras], bool]:
    """
    Count one discipline.

    Returns:
        It, every way to give its extra units with the chosen one first, and whether all its codes
        are of 15 minutes and in no family.
    """
    minutes: dict[str, int] = {}
    untimed: list[UntimedService] = []
    untimed_minutes = seconds = 0
    alone = True
    for services in group:
        for service in services:
            if service.clinician is not Clinician.THERAPIST:
                alone = False
            if isinstance(service, TimedService):
                code = service.code
                minutes[code] = minutes.get(code, 0) + service.minutes
                if service.start is not None:
                    seconds += service.floored_seconds
            else:
                untimed.append(service)
                untimed_minutes += service.minutes or 0
    if policy.medicare_codes:
        _refuse_for_medicare(minutes)
        if untimed:
            _refuse_for_medicare([service.code for service in untimed])

    streams, extras, tied, open_units, pooled_minutes, plain = count_minutes(minutes, policy)
    choices = [tuple(extras)]
    if tied:
        choices = _choices(extras, _ranked(tied, streams, policy, fees), open_units)
    units, repeats = _untimed_units(untimed)
    pool = Pool(
        discipline,
        len(group),
        tuple(streams),
        choices[0],
        tied,
        units,
        repeats,
        pooled_minutes,
        open_units,
        sum(minutes.values()) + untimed_minutes,
        seconds,
        () if alone else _assistants(group),
    )
    return pool, choices, plain


def _assistants(group: list[_Services]) -> tuple[AssistantMinutes, ...]:
    """Return the part that an assistant took in each code, in the order documented."""
    minutes: dict[str, dict[Clinician, int]] = {}
    untold: set[str] = set()
    for services in group:
        for service in services:
            of_code = minutes.setdefault(service.code, {})
            clinician, given = service.clinician, service.minutes
            of_code[clinician] = of_code.get(clinician, 0) + (given or 0)
            if given is None:
                untold.add(service.code)
    parts = []
    for code, of_code in minutes.items():
        together = of_code.get(Clinician.TOGETHER, 0)
        told = code not in untold and sum(of_code.values()) > 0
        if Clinician.ASSISTANT in of_code and not told:
            parts.append(AssistantMinutes(code, None, None, together))
        elif len(of_code) > 1 or Clinician.THERAPIST not in of_code:
            assistant = of_code.get(Clinician.ASSISTANT, 0)
            parts.append(AssistantMinutes(code, sum(of_code.values()), assistant, together))
    return tuple(parts)


class Counted(NamedTuple):
    """
    The units of one discipline before a tie is decided.

    Args:
        streams: The minutes of each code or family, cut into full units and a leftover.
        extras: 1 for each of them that is sure of a unit for its leftover minutes, else 0.
        tied: Places of those with equal claims to the units that are left.
        open_units: How many of the tied ones take a unit.
        pooled_minutes: Minutes of the day's total; None for methods that count each code alone.
        plain: Whether all codes are of 15 minutes and in no family.
    """

    streams: list[Stream]
    extras: list[int]
    tied: tuple[int, ...]
    open_units: int
    pooled_minutes: int | None
    plain: bool


def count_minutes(minutes: Mapping[str, int], policy: Policy) -> Counted:
    """
    Return the units of *minutes* by timed code, before ties and caps.

    Raises:
        InvalidInputError: If an add-on stands without the code it adds to.
    """
    on_total = policy.method is UnitMethod.CMS_EIGHT_MINUTE
    streams: list[Stream]
    plain = quarter_codes().issuperset(minutes)
    if plain:
        needed = None if on_total else policy.partial_minutes
        streams = [
            (code, None, given, 0, given // QUARTER, given % QUARTER, QUARTER, needed)
            for code, given in minutes.items()
        ]
    else:
        streams = [_stream(code, given, policy) for code, given in _families(minutes).items()]
    if not on_total:
        return Counted(streams, [_alone_units(stream) for stream in streams], (), 0, None, plain)

    places: Sequence[int] = range(len(streams))
    pooled = list(minutes.values())
    if not plain:
        places = [place for place, stream in enumerate(streams) if stream[7] is None]
        pooled = [streams[place][4] * QUARTER + streams[place][5] for place in places]
    _, sure, equal, open_units = share_by_leftovers(
        pooled, unit_minutes=QUARTER, partial_minutes=policy.partial_minutes
    )
    extras = [0] * len(streams)
    if len(places) < len(streams):
        extras = [_alone_units(stream) for stream in streams]
    for position in sure:
        extras[places[position]] = 1
    tied = tuple([places[position] for position in equal]) if equal else ()
    return Counted(streams, extras, tied, open_units, sum(pooled), plain)


def most_units(minutes: Mapping[str, int], policy: Policy) -> dict[str, int]:
    """
    Return the most units of each code that a split of *minutes* by timed code has, before caps.

    >>> most_units({"97530": 8, "97110": 8}, Policy(UnitMethod.CMS_EIGHT_MINUTE))
    {'97530': 1, '97110': 1}
    """
    counted = count_minutes(minutes, policy)
    most: dict[str, int] = {}
    for place, (stream, extra) in enumerate(zip(counted.streams, counted.extras, strict=True)):
        code, add_on, units = stream[0], stream[1], stream[3] + stream[4]
        units += int(place in counted.tied or extra)
        most[code] = units if add_on is None else min(units, 1)
        if add_on is not None:
            most[add_on] = units - most[code]
    return most


def _alone_units(stream: Stream) -> int:
    """Return 1 when the leftover minutes make a unit of the code alone, else 0."""
    leftover, needed = stream[5], stream[7]
    return int(needed is not None and leftover >= needed)


def _families(minutes: Mapping[str, int]) -> dict[str, int]:
    """Return the minutes by code, those of an add-on with the code it adds to."""
    families: dict[str, int] = {}
    for code, given in minutes.items():
        first = known_code(code).adds_to or code
        if first not in minutes:
            msg = (
                f"code {code} makes the further units of {first}: "
                f"record the first minutes under {first}"
            )
            raise InvalidInputError(msg)
        families[first] = families.get(first, 0) + given
    return families


def _stream(code: str, minutes: int, policy: Policy) -> Stream:
    """Cut the minutes of a code or family into full units and a leftover."""
    facts = known_code(code)
    add_on, period = facts.add_on, _period(facts)
    first_units, rest, further = 0, minutes, facts
    if add_on is not None and period > QUARTER:
        further = known_code(add_on)
        first_units, rest = first_period(
            minutes, first_minutes=period, needed_minutes=_alone(facts, policy)
        )
        period = _period(further)
        if not first_units:
            # Minutes short of the first period make no unit of this family, and none of another.
            return code, add_on, minutes, 0, 0, minutes, period, minutes + 1
    whole, leftover = divmod(rest, period)
    on_total = period == QUARTER and policy.method is UnitMethod.CMS_EIGHT_MINUTE
    needed = None if on_total else _alone(further, policy)
    return code, add_on, minutes, first_units, whole, leftover, period, needed


def _period(facts: CodeFacts) -> int:
    if facts.unit_minutes is None:
        raise AssertionError(facts.code)
    return facts.unit_minutes


def _alone(facts: CodeFacts, policy: Policy) -> int:
    """Return the fewest leftover minutes that make a unit of a code counted alone."""
    period = _period(facts)
    if period == QUARTER:
        return policy.partial_minutes
    return midpoint_minutes(period) if by_midpoint(facts, policy) else period


def _choices(extras: Sequence[int], ranked: tuple[int, ...], open_units: int) -> list[_Extras]:
    """Return every way to give *open_units* to the tied codes, the first *ranked* first."""
    _refuse_many_splits(math.comb(len(ranked), open_units))
    choices = []
    for takers in itertools.combinations(ranked, open_units):
        choice = list(extras)
        for place in takers:
            choice[place] = 1
        choices.append(tuple(choice))
    return choices


def _ranked(
    tied: tuple[int, ...], streams: Sequence[Stream], policy: Policy, fees: FeeSchedule | None
) -> tuple[int, ...]:
    """Return the tied codes in the order in which the tie policy gives them a unit."""

    def next_code(place: int) -> str:
        code, add_on, _, first, whole, *_ = streams[place]
        return add_on if add_on is not None and first + whole else code

    match policy.tie_policy:
        case TiePolicy.DOCUMENTED_ORDER:
            return tied
        case TiePolicy.PREFERRED_CODES:
            rank = {code: number for number, code in enumerate(policy.preferred_codes)}
            return tuple(sorted(tied, key=lambda place: rank.get(next_code(place), len(rank))))
        case TiePolicy.HIGHEST_FEE:
            schedule = _given(fees, policy)
            # Reversed, not negated: a minus would round by the program's decimal context.
            return tuple(
                sorted(tied, key=lambda place: schedule.amount(next_code(place)), reverse=True)
            )


@cache
def _fee_schedule() -> type[FeeSchedule]:
    from therapy_billing.fees.fee_schedule import (  # noqa: PLC0415 - units alone need no amounts
        FeeSchedule,
    )

    return FeeSchedule


def _given(fees: FeeSchedule | None, policy: Policy) -> FeeSchedule:
    if fees is None:
        msg = "TiePolicy.HIGHEST_FEE compares amounts: give fees, a FeeSchedule"
        raise InvalidInputError(msg)
    if not fees.gives_amounts_to(policy.fee_basis):
        msg = (
            "TiePolicy.HIGHEST_FEE compares the payer's amounts, and Medicare's fee schedule is not its own: "
            "give its rates or its contract"
        )
        raise InvalidInputError(msg)
    return fees


_Pairs: TypeAlias = tuple[tuple[str, int], ...]


def _untimed_units(untimed: Sequence[UntimedService]) -> tuple[_Pairs, _Pairs]:
    """Return units of untimed codes, and how often each was documented that is billed once."""
    if not untimed:
        return (), ()
    units: dict[str, int] = {}
    times: Counter[tuple[str, Clinician]] = Counter()
    for service in untimed:
        code = service.code
        facts = known_code(code)
        if facts.adds_to is not None and all(other.code != facts.adds_to for other in untimed):
            msg = f"code {code} makes the further units of {facts.adds_to}: record that as well"
            raise InvalidInputError(msg)
        if facts.beyond is not None:
            _require_month(code, facts.beyond, untimed)
        if facts.once:
            units[code] = 1
            times[code, service.clinician] += 1
        else:
            units[code] = units.get(code, 0) + service.units
    # What therapist and assistant gave of one service is documented by each.
    most: dict[str, int] = {}
    for (code, _), count in times.items():
        most[code] = max(count, most.get(code, 0))
    return tuple(units.items()), tuple((code, n) for code, n in most.items() if n > 1)


def _require_month(code: str, first: str, untimed: Sequence[UntimedService]) -> None:
    """
    Refuse units of *code* that the minutes of the month do not make together with those of *first*.

    Only where those of *first* are documented; they may be all minutes of the month.
    """
    minutes = [service.minutes for service in untimed if service.code == first]
    if not minutes or None in minutes:
        return
    units = sum(service.units for service in untimed if service.code == code)
    given = sum(service.minutes or 0 for service in untimed if service.code in (first, code))
    needed = _fewest(first) + units * _fewest(code)
    if given < needed:
        msg = (
            f"{code} x{units} needs {needed} minutes in the calendar month with those of {first}, "
            f"got {given}"
        )
        raise InvalidInputError(msg)


def _fewest(code: str) -> int:
    """Return the fewest minutes of the calendar month that make a unit of *code*; 0 if it counts none."""
    month = known_code(code).month_minutes
    return 0 if month is None else month[0]


def _combined(
    pools: Sequence[Pool], choices: Sequence[list[_Extras]], groups: _Groups, policy: Policy
) -> tuple[tuple[Pool, ...], tuple[str, ...], tuple[_Extras, ...], _Extras, tuple[CapCut, ...]]:
    """
    Return the pools, codes, splits, the uncapped split and the cuts, over all disciplines.

    Caps can take more from one admissible split than from another: those that keep most units stay.
    """
    _refuse_many_splits(math.prod(map(len, choices)))
    ways = list(itertools.product(*choices))
    uncapped = [_units(pools, way) for way in ways]
    capped = uncapped
    cuts: tuple[CapCut, ...] = ()
    chosen = 0
    if policy.capped:
        results = [_capped(pools, way, groups, policy) for way in ways]
        capped = [units for units, _ in results]
        kept = [sum(units.values()) for units in capped]
        chosen = kept.index(max(kept))
        cuts = results[chosen][1]
        capped = [units for units, total in zip(capped, kept, strict=True) if total == max(kept)]
        pools = [
            attrs.evolve(pool, extra_units=extras)
            for pool, extras in zip(pools, ways[chosen], strict=True)
        ]
    documented = {service.code for _, group in groups for given in group for service in given}
    codes = tuple(
        code for code in uncapped[0] if code in documented or any(split[code] for split in uncapped)
    )
    splits = dict.fromkeys(tuple(split[code] for code in codes) for split in capped)
    return (
        tuple(pools),
        codes,
        tuple(splits),
        tuple(uncapped[chosen][code] for code in codes),
        cuts,
    )


def _units(pools: Sequence[Pool], way: Sequence[_Extras]) -> dict[str, int]:
    """Return units by code, over all disciplines, when the extra units are given this *way*."""
    units: dict[str, int] = {}
    for pool, extras in zip(pools, way, strict=True):
        for (code, add_on, _, first, whole, *_), extra in zip(pool.streams, extras, strict=True):
            total = first + whole + extra
            own = total if add_on is None else min(total, 1)
            units[code] = units.get(code, 0) + own
            if add_on is not None:
                units[add_on] = units.get(add_on, 0) + total - own
    return units


def _capped(
    pools: Sequence[Pool], way: Sequence[_Extras], groups: _Groups, policy: Policy
) -> tuple[dict[str, int], tuple[CapCut, ...]]:
    """Return units by code under the policy's caps, and what the caps took."""
    units = _units(pools, way)
    caps = policy.cap_per_code
    per_code = dict.fromkeys(units, caps) if isinstance(caps, int) else dict(caps or ())
    per_pool: dict[int, int] = {}
    exceeding: dict[int, set[int]] = {}
    limit = policy.cap_per_session
    if limit is not None:
        # A session counts for no more units than quarters that its codes started: so pooling keeps
        # a unit made of two short sessions, and a long session lends its excess to no other.
        for place, (_, group) in enumerate(groups):
            quarters = [_quarters(services) for services in group]
            per_pool[place] = sum(min(limit, sum(started.values())) for started in quarters)
            codes = {
                code for started in quarters if sum(started.values()) > limit for code in started
            }
            exceeding[place] = {
                number
                for number, stream in enumerate(pools[place].streams)
                if not codes.isdisjoint(stream[:2])
            }
    cuts = []
    for cap, most, unit in cap_units(
        _billed_units(pools, way),
        per_code=per_code,
        per_codes=policy.cap_per_codes,
        per_pool=per_pool,
        per_day=policy.cap_per_day,
        exceeding=exceeding,
    ):
        units[unit.code] -= 1
        cuts.append(CapCut(cap, most, unit.code, pools[unit.pool].discipline, unit.minutes))
    return units, tuple(cuts)


def _billed_units(pools: Sequence[Pool], way: Sequence[_Extras]) -> list[BilledUnit]:
    """Return each unit with the minutes behind it."""
    units = []
    for pool_place, (pool, extras) in enumerate(zip(pools, way, strict=True)):
        for place, (counted, extra) in enumerate(zip(pool.counted, extras, strict=True)):
            whole_minutes = counted.whole_units * counted.period
            behind = [counted.minutes - whole_minutes - counted.leftover] * counted.first_units
            behind += [counted.period] * counted.whole_units + [counted.leftover] * extra
            for number, minutes in enumerate(behind):
                code = counted.add_on if number and counted.add_on else counted.code
                units.append(BilledUnit(pool_place, place, number, code, minutes))
    return units


def _quarters(services: _Services) -> Counter[str]:
    """Return how many quarters of an hour each code of a session started."""
    minutes: Counter[str] = Counter()
    for service in services:
        if isinstance(service, TimedService):
            minutes[service.code] += service.minutes
    return Counter({code: -(-given // QUARTER) for code, given in minutes.items()})


def _refuse_many_splits(count: int) -> None:
    if count > _MOST_SPLITS:
        msg = (
            f"{count} splits are admissible, more than {_MOST_SPLITS}: so many equal codes on a "
            "day look like a mistake in the record"
        )
        raise InvalidInputError(msg)


def _refuse_for_medicare(codes: Collection[str]) -> None:
    if refused_by_medicare().isdisjoint(codes):
        return
    code = next(code for code in codes if code in refused_by_medicare())
    msg = f"Medicare does not take code {code}"
    instead = known_code(code).medicare_instead
    if instead:
        msg += f": use {' or '.join(instead)}"
    raise InvalidInputError(msg)
