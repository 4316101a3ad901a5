"""
What goes in, and the units that come out: services, sessions, allocations.

Records are frozen and hold nothing of a patient. A constructor refuses what makes the record
meaningless; whether a claim is sound is another question.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from html import escape
from typing import Any, NamedTuple, SupportsIndex, TypeAlias

import attrs

from therapy_billing.base.dates import (
    MINUTES_OF_A_DAY,
    elapsed_seconds,
    parse_date,
    parse_datetime,
)
from therapy_billing.base.errors import InvalidInputError, require_text, see_kind, shown
from therapy_billing.base.validation import checked
from therapy_billing.base.wording import counted
from therapy_billing.codes.code_book import (
    QUARTER,
    CodeFacts,
    UnitOf,
    code_in_force,
    known_code,
    load_codes,
    parse_code,
    parse_units,
    quarter_codes,
)
from therapy_billing.codes.modifiers import (
    Clinician,
    Discipline,
    parse_clinician,
    parse_discipline,
)
from therapy_billing.payers.policy import FirstPeriod, Policy, UnitMethod

__all__ = [
    "Allocation",
    "AssistantMinutes",
    "CapCut",
    "CountedCode",
    "Pool",
    "ScheduleEntry",
    "Service",
    "Session",
    "TimedService",
    "UntimedService",
]


def _minutes(value: SupportsIndex, what: str) -> int:
    try:
        if isinstance(value, bool):
            raise TypeError  # noqa: TRY301 - a flag is no number of minutes, as any other wrong type
        minutes = operator.index(value)
    except TypeError:
        msg = (
            f"{what} is a whole number as an int, not {shown(value)}: payers count whole minutes, "
            "so round down, or give start and end"
        )
        raise InvalidInputError(msg) from None
    if not 0 <= minutes <= MINUTES_OF_A_DAY:
        msg = f"{what} is from 0 to {MINUTES_OF_A_DAY}, not {shown(minutes)}"
        raise InvalidInputError(msg)
    return minutes


def _clocked(start: datetime, end: datetime) -> int:
    """Return the whole seconds from *start* to *end*."""
    seconds = elapsed_seconds(start, end)
    if seconds < 0:
        msg = "end is before start; over midnight, give end the next day's date"
        raise InvalidInputError(msg)
    if seconds > MINUTES_OF_A_DAY * 60:
        msg = "end is more than a day after start: check both dates"
        raise InvalidInputError(msg)
    return int(seconds)


def clocked_minutes(
    minutes: SupportsIndex | None,
    start: datetime | None,
    end: datetime | None,
    *,
    what: str = "minutes",
) -> int | None:
    """
    Return the whole minutes that *minutes*, or *start* and *end*, tell; None when neither is given.

    Raises:
        InvalidInputError: If the two disagree, or only one of *start* and *end* is given.
    """
    whole = None if minutes is None else _minutes(minutes, what)
    if start is None and end is None:
        return whole
    if start is None or end is None:
        msg = "start and end go together"
        raise InvalidInputError(msg)
    clocked = _clocked(start, end) // 60
    if whole not in (None, clocked):
        msg = f"minutes is {whole}, but from start to end are {clocked} whole minutes"
        raise InvalidInputError(msg)
    return clocked


def _see_texts(body_region: str | None, activity: str | None) -> None:
    # A long log has millions of services: a text costs no further call.
    if type(body_region) is not str:
        require_text(body_region, "body_region", optional=True)
    if type(activity) is not str:
        require_text(activity, "activity", optional=True)


def _refuse_untimed(facts: CodeFacts) -> None:
    code = facts.code
    if facts.unit_of is UnitOf.CALENDAR_MONTH:
        msg = (
            f"code {code} counts the minutes of a calendar month: add the month up, then record "
            f"UntimedService('{code}') once"
        )
    else:
        msg = f"code {code} is untimed: record UntimedService('{code}')"
    if facts.medicare_instead:
        msg += f"; Medicare takes {' or '.join(facts.medicare_instead)} in its place"
    if facts.effective_through is not None:
        successors = " or ".join(facts.replaced_by)
        msg += f"; {code} ended on {facts.effective_through}, since then it is {successors}"
    raise InvalidInputError(msg)


@attrs.frozen(init=False)
class TimedService:
    """
    Minutes of one timed code given to a patient one-on-one.

    Args:
        code: The code, such as ``"97530"``.
        minutes: Whole minutes of treatment, 0 to 1440; may be left out when *start* and *end* are
            given, and must agree with them otherwise.
        start: When it began: a datetime, or a text with its day.
        end: When it ended. Elapsed time counts, also over a clock change; seconds are floored.
        clinician: Who gave it.
        body_region: Where, in the clinic's words; no display shows it.
        activity: What was done, in the clinic's words; no display shows it.

    Raises:
        InvalidInputError: If the code is not a timed one, or the time makes no sense.

    >>> TimedService("97530", start="2026-03-02 09:00", end="2026-03-02 09:23:40").minutes
    23
    """

    code: str
    minutes: int
    start: datetime | None = None
    end: datetime | None = None
    clinician: Clinician = Clinician.THERAPIST
    body_region: str | None = attrs.field(default=None, repr=False)
    activity: str | None = attrs.field(default=None, repr=False)

    def __init__(
        self,
        code: str,
        minutes: SupportsIndex | None = None,
        *,
        start: datetime | str | None = None,
        end: datetime | str | None = None,
        clinician: Clinician | str = Clinician.THERAPIST,
        body_region: str | None = None,
        activity: str | None = None,
    ) -> None:
        code = parse_code(code)
        facts = known_code(code)
        if body_region is not None or activity is not None:
            _see_texts(body_region, activity)
        if not facts.timed:
            _refuse_untimed(facts)
        began = None if start is None else parse_datetime(start, what="start")
        ended = None if end is None else parse_datetime(end, what="end")
        whole = clocked_minutes(minutes, began, ended)
        if whole is None:
            msg = f"code {code} is timed: give minutes, or start and end"
            raise InvalidInputError(msg)
        self.__attrs_init__(
            code, whole, began, ended, parse_clinician(clinician), body_region, activity
        )

    @property
    def floored_seconds(self) -> int:
        """The seconds beyond whole minutes that start and end held and no payer counts."""
        if self.start is None or self.end is None:
            return 0
        return _clocked(self.start, self.end) % 60


@attrs.frozen(init=False)
class UntimedService:
    """
    A service that is billed without regard to its minutes: an evaluation, a group, a modality.

    Args:
        code: The code, such as ``"97161"``.
        minutes: Its whole minutes, if documented; they join the total treatment time and never make
            timed units. Of a code that counts a calendar month (98979 to 98981) they are the minutes of
            the month, added up; those of 98981 are the ones beyond 98980.
        units: 1, or more for codes counted by area, and for 98981.
        start: When it began; with *end* it tells the minutes, as for :class:`TimedService`.
        end: When it ended.
        clinician: Who gave it.
        body_region: Where, in the clinic's words; no display shows it.
        activity: What was done, in the clinic's words; no display shows it.

    Raises:
        InvalidInputError: If the code is a timed one, or a number or the time makes no sense.

    >>> UntimedService("97161", minutes=35).units
    1
    """

    code: str
    minutes: int | None = None
    units: int = 1
    start: datetime | None = None
    end: datetime | None = None
    clinician: Clinician = Clinician.THERAPIST
    body_region: str | None = attrs.field(default=None, repr=False)
    activity: str | None = attrs.field(default=None, repr=False)

    def __init__(
        self,
        code: str,
        minutes: SupportsIndex | None = None,
        *,
        units: int = 1,
        start: datetime | str | None = None,
        end: datetime | str | None = None,
        clinician: Clinician | str = Clinician.THERAPIST,
        body_region: str | None = None,
        activity: str | None = None,
    ) -> None:
        code = parse_code(code)
        facts = known_code(code)
        if body_region is not None or activity is not None:
            _see_texts(body_region, activity)
        if facts.timed:
            msg = f"code {code} is timed: record TimedService('{code}', minutes=...)"
            raise InvalidInputError(msg)
        if parse_units(units, least=1) > 1 and facts.once:
            often = "calendar month" if facts.once_a_month else "day"
            msg = f"code {code} is billed once a {often}: units is 1, not {shown(units)}"
            raise InvalidInputError(msg)
        began = None if start is None else parse_datetime(start, what="start")
        ended = None if end is None else parse_datetime(end, what="end")
        whole = clocked_minutes(minutes, began, ended)
        self.__attrs_init__(
            code, whole, units, began, ended, parse_clinician(clinician), body_region, activity
        )


Service: TypeAlias = TimedService | UntimedService


def require_month_minutes(service: UntimedService, on: date) -> None:
    """
    Refuse documented minutes of a calendar month that do not make the units of *service*.

    Rule ``month-minutes``. A service without minutes, and one that counts no month, passes.

    Args:
        service: A service; the caller added its month up.
        on: Date of service: the message names no code that begins later.

    Raises:
        InvalidInputError: If the minutes are too few, or too many, for the code.

    >>> day = date(2026, 3, 31)
    >>> require_month_minutes(UntimedService("98980", 20), day)
    >>> require_month_minutes(UntimedService("98980", 19), day)
    Traceback (most recent call last):
        ...
    therapy_billing.base.errors.InvalidInputError: code 98980 needs 20 or more minutes in the calendar month, got 19; 98979 needs 10 to 19
    """
    facts = known_code(service.code)
    if facts.month_minutes is None or service.minutes is None:
        return
    code, minutes = service.code, service.minutes
    fewest, most = facts.month_minutes
    if facts.beyond is not None:
        if minutes < fewest * service.units:
            msg = (
                f"{code} x{service.units} needs {fewest * service.units} minutes in the calendar month "
                f"beyond those of {facts.beyond}, got {minutes}"
            )
            raise InvalidInputError(msg)
    elif minutes < fewest or (most is not None and minutes > most):
        others = "".join(
            f"; {other} needs {_range(*each.month_minutes)}"
            for other, each in load_codes().items()
            if each.once_a_month and each.month_minutes is not None and other != code
            if each.effective_from is None or each.effective_from <= on
        )
        msg = (
            f"code {code} needs {_range(fewest, most)} minutes in the calendar month, "
            f"got {minutes}{others}"
        )
        raise InvalidInputError(msg)


def _range(fewest: int, most: int | None) -> str:
    return f"{fewest} or more" if most is None else f"{fewest} to {most}"


@attrs.frozen(init=False)
class Session:
    """
    What one patient received on one day under one plan of care.

    Args:
        date_of_service: The day, as a date or a text.
        discipline: The plan of care: PT, OT or SLP.
        services: The services, in the order documented; at least one.

    Raises:
        InvalidInputError: If a code did not exist on that day, a service began on another day, the
            documented minutes of a calendar month do not make the units of its code, or there is no
            service.

    >>> day = Session("2026-03-02", "PT", [UntimedService("97161", 35), TimedService("97110", 15)])
    >>> day.timed_minutes, day.treatment_minutes
    (15, 50)
    """

    date_of_service: date
    discipline: Discipline
    services: tuple[Service, ...]

    def __init__(
        self,
        date_of_service: date | str,
        discipline: Discipline | str,
        services: Iterable[Service],
    ) -> None:
        day = parse_date(date_of_service)
        if not isinstance(services, list | tuple):
            see_kind(services, Iterable, "services")
        given = tuple(services)
        if not given:
            msg = "a session has at least one service"
            raise InvalidInputError(msg)
        for service in given:
            if not isinstance(service, TimedService | UntimedService):
                msg = f"services holds TimedService and UntimedService, not {shown(service)}"
                raise InvalidInputError(msg)
            code_in_force(service.code, day)
            if service.start is not None and service.start.date() != day:
                msg = f"a service of {service.code} begins on another day than {day}"
                raise InvalidInputError(msg)
            if isinstance(service, UntimedService):
                require_month_minutes(service, day)
        self.__attrs_init__(day, parse_discipline(discipline), given)

    @classmethod
    def from_minutes(
        cls,
        minutes: Mapping[str, SupportsIndex],
        *,
        date_of_service: date | str,
        discipline: Discipline | str,
    ) -> Session:
        """
        Return a session of timed codes, from their minutes.

        >>> Session.from_minutes(
        ...     {"97530": 20, "97112": 8}, date_of_service="2026-03-02", discipline="PT"
        ... ).timed_minutes
        28
        """
        day = parse_date(date_of_service)
        see_kind(minutes, Mapping, "minutes")
        return cls(day, discipline, timed_services(minutes, day))

    @property
    def timed_minutes(self) -> int:
        """Minutes of all timed services."""
        return sum(
            service.minutes for service in self.services if isinstance(service, TimedService)
        )

    @property
    def treatment_minutes(self) -> int:
        """Minutes of all services, timed and untimed."""
        return sum(service.minutes or 0 for service in self.services)

    @property
    def floored_seconds(self) -> int:
        """Seconds beyond whole minutes, over all services."""
        return sum(
            service.floored_seconds
            for service in self.services
            if isinstance(service, TimedService)
        )


def _key(value: str, *, what: str = "key") -> str:
    given: object = value
    if not isinstance(given, str) or not given.strip():
        msg = f"{what} is a text that is not empty, not {shown(given)}"
        raise InvalidInputError(msg)
    return given


def _discipline(value: Discipline | str) -> Discipline:
    return parse_discipline(value)


def _date_of_service(value: date | str) -> date:
    return parse_date(value)


@attrs.frozen(field_transformer=checked)
class ScheduleEntry:
    """
    A service of a clinic's day: who gave it to whom.

    Args:
        key: The caller's key of the entry, by which findings point at it.
        patient: The caller's key of the patient; no display shows it.
        treated_by: The caller's key of the clinician; no display shows it.
        date_of_service: The day.
        discipline: The plan of care.
        service: What was given; its start and end place it in the day.

    Raises:
        InvalidInputError: If a key is empty, a value is none of these, or the service began on another
            day.

    >>> ScheduleEntry(
    ...     "row 7", "patient-1", "clinician-1", "2026-03-02", "PT", TimedService("97530", 15)
    ... ).discipline
    <Discipline.PT: 'PT'>
    """

    key: str = attrs.field(converter=_key, repr=False)
    patient: str = attrs.field(converter=_key, repr=False)
    treated_by: str = attrs.field(converter=_key, repr=False)
    date_of_service: date = attrs.field(converter=_date_of_service)
    discipline: Discipline = attrs.field(converter=_discipline)
    service: Service = attrs.field()

    @service.validator
    def _check_service(self, _: object, value: object) -> None:
        if not isinstance(value, TimedService | UntimedService):
            msg = f"service is a TimedService or an UntimedService, not {shown(value)}"
            raise InvalidInputError(msg)
        if value.start is not None and value.start.date() != self.date_of_service:
            # In another day it would overlap nothing, and look clean.
            msg = f"a service of {value.code} begins on another day than {self.date_of_service}"
            raise InvalidInputError(msg)


def timed_services(
    minutes: Mapping[str, SupportsIndex], on: date | None
) -> tuple[TimedService, ...]:
    """
    Return a timed service for each code of *minutes*, after seeing that it exists on *on*.

    Raises:
        InvalidInputError: If a code did not exist on that day or is not timed.
    """
    services = []
    for code, whole in minutes.items():
        # In force first: of a code that ended, the message names the code that took its place.
        code_in_force(parse_code(code), on)
        services.append(TimedService(code, whole))
    return tuple(services)


@attrs.frozen
class CountedCode:
    """
    How the minutes of a timed code, or of a family with its add-on, were counted.

    Args:
        code: The code, or the one of the family's first unit.
        add_on: The code of the family's further units.
        minutes: Minutes of the day.
        first_units: 1 when the family's longer first period was reached, else 0.
        whole_units: Units of full periods.
        leftover: Minutes beyond them.
        period: Minutes of one unit after the first period.
        extra_units: 1 when the leftover minutes took a unit, else 0.
        tied: Whether another code had the same claim to that unit.

    >>> CountedCode("97129", "97130", 38, 1, 1, 8, 15, 1, False).units_by_code
    (('97129', 1), ('97130', 2))
    """

    code: str
    add_on: str | None
    minutes: int
    first_units: int
    whole_units: int
    leftover: int
    period: int
    extra_units: int
    tied: bool

    @property
    def units(self) -> int:
        """Units before caps."""
        return self.first_units + self.whole_units + self.extra_units

    @property
    def units_by_code(self) -> tuple[tuple[str, int], ...]:
        """Units before caps: in a family the first unit is the code's, the others the add-on's."""
        if self.add_on is None:
            return ((self.code, self.units),)
        first = min(self.units, 1)
        return ((self.code, first), (self.add_on, self.units - first))


def by_midpoint(facts: CodeFacts, policy: Policy) -> bool:
    """Return whether a period longer than a quarter makes its unit at the midpoint, or in full."""
    if _midpoint_is_settled(facts, policy.method):
        return True
    return policy.first_period is FirstPeriod.MIDPOINT and _has_choice(facts, policy.method)


def _midpoint_is_settled(facts: CodeFacts, method: UnitMethod) -> bool:
    match method:
        case UnitMethod.CMS_EIGHT_MINUTE:
            return facts.midpoint_under_cms
        case UnitMethod.CPT_MIDPOINT:
            return facts.midpoint_settled
        case UnitMethod.STARTED_QUARTER | UnitMethod.FULL_QUARTER:
            # Vendors describe these methods for 15-minute codes only: elsewhere full time.
            return False


def _has_choice(facts: CodeFacts, method: UnitMethod) -> bool:
    """Return whether ``FirstPeriod.MIDPOINT`` applies where the midpoint is not settled."""
    quarters_only = method in (UnitMethod.STARTED_QUARTER, UnitMethod.FULL_QUARTER)
    return facts.first_of_family or not quarters_only


def open_readings(counted: CountedCode, policy: Policy) -> Iterator[tuple[str, str]]:
    """
    Yield what no source settles about the units of *counted*: a rule's id, and a sentence.

    Only periods longer than a quarter are open. A unit that was lost to a reading, or that rests on one,
    is named with the other reading; so is each first period whose minimum is not settled.
    """
    facts = further = known_code(counted.code)
    first = facts.unit_minutes or 0
    if counted.add_on is not None and first > QUARTER:
        reading = _open_first(counted, facts, policy, first)
        if reading is not None:
            yield "first-period", reading
        if not counted.first_units:
            return
        further = known_code(counted.add_on)
    period, left, method = counted.period, counted.leftover, policy.method
    fewest = period // 2 + 1
    if period == QUARTER or left < fewest or _midpoint_is_settled(further, method):
        return
    minutes = f"{left} minutes" if left == counted.minutes else f"{left} further minutes"
    if counted.extra_units:
        reading = (
            f"{further.code}: {minutes} make a unit by FirstPeriod.MIDPOINT. This is not settled: "
            f"FirstPeriod.FULL requires all {period} minutes"
        )
    else:
        other = "FirstPeriod.MIDPOINT" if _has_choice(further, method) else "the midpoint"
        reading = (
            f"{further.code}: {minutes} make no unit, because all {period} minutes are required. "
            f"This is not settled for {method.value}: {other} would make one from {fewest} minutes"
        )
    yield "full-period", reading


def _open_first(counted: CountedCode, facts: CodeFacts, policy: Policy, period: int) -> str | None:
    """Return what is not settled about a family's longer first *period*; None where nothing is."""
    fewest, minutes = period // 2 + 1, counted.minutes
    if _midpoint_is_settled(facts, policy.method) or minutes < fewest:
        return None
    if not counted.first_units:
        return (
            f"{counted.code}: {minutes} minutes make no unit, because all {period} minutes of the "
            f"first period are required. This is not settled: FirstPeriod.MIDPOINT would make one "
            f"from {fewest} minutes"
        )
    if minutes < period:
        return (
            f"{counted.code}: {minutes} minutes make the first unit by FirstPeriod.MIDPOINT. This is "
            f"not settled: FirstPeriod.FULL requires all {period} minutes"
        )
    if facts.midpoint_settled:
        return None
    return (
        f"{counted.code}: whether the first unit needs all {period} minutes or {fewest} is not "
        f"settled; {minutes} minutes make it either way"
    )


Stream: TypeAlias = tuple[str, str | None, int, int, int, int, int, int | None]
"""
Minutes of a code or family, cut into full units and a leftover: code, add_on, minutes, first_units,
whole_units, leftover, period, and the fewest leftover minutes that make a unit of the code alone,
None where they join the day's total. A plain tuple, as a long log makes millions of them.
"""


class AssistantMinutes(NamedTuple):
    """
    The part that an assistant took in a code of the day.

    Args:
        code: The code.
        total: Minutes of the code; None where an untimed code was documented without.
        assistant: Minutes of the assistant alone; None as for *total*.
        together: Minutes of therapist and assistant together.
    """

    code: str
    total: int | None
    assistant: int | None
    together: int


@attrs.frozen
class Pool:
    """
    The timed services of one discipline on the day, counted together.

    Args:
        discipline: The plan of care; None when the caller named none.
        sessions: How many sessions were pooled.
        streams: Its timed codes, or families, in the order documented; :attr:`counted` tells more.
        extra_units: 1 for each of them whose leftover minutes took a unit, else 0.
        tied: Places of those with equal claims to a unit that was left.
        untimed: Its untimed codes with their units.
        repeats: Untimed codes documented more than once and billed once, with how often.
        pooled_minutes: Minutes that entered the day's total under the eight-minute rule; None for
            methods that count each code alone.
        open_units: Units that equal leftovers left to the clinician's choice.
        treatment_minutes: Minutes of its services, timed and untimed.
        floored_seconds: Seconds that start and end held beyond whole minutes.
        assistants: The codes in which an assistant took part.
    """

    discipline: Discipline | None
    sessions: int
    streams: tuple[Stream, ...] = attrs.field(repr=False)
    extra_units: tuple[int, ...]
    tied: tuple[int, ...]
    untimed: tuple[tuple[str, int], ...]
    repeats: tuple[tuple[str, int], ...]
    pooled_minutes: int | None
    open_units: int
    treatment_minutes: int
    floored_seconds: int
    assistants: tuple[AssistantMinutes, ...] = ()

    @property
    def counted(self) -> tuple[CountedCode, ...]:
        """Its timed codes, or families, in the order documented."""
        return tuple(
            CountedCode(*stream[:7], extra, place in self.tied)
            for place, (stream, extra) in enumerate(
                zip(self.streams, self.extra_units, strict=True)
            )
        )


@attrs.frozen
class CapCut:
    """
    A unit that a payer's cap took.

    Args:
        cap: The cap: ``cap-per-code``, ``cap-per-session`` or ``cap-per-day``.
        limit: Most units under it.
        code: The code that lost the unit.
        discipline: The plan of care it was under.
        minutes: Minutes that stood behind the unit.
    """

    cap: str
    limit: int
    code: str
    discipline: Discipline | None
    minutes: int


@attrs.frozen(repr=False)
class Allocation:
    """
    Units of a patient's day, and the facts that decided them.

    Args:
        date_of_service: The day; None when the caller named none.
        payer: Name of the payer or the method.
        policy: What the payer does.
        codes: Every documented timed code, and each add-on that took a unit.
        splits: Units by code, in the order of *codes*: the chosen split first, then every other
            that the rule admits, after caps.
        uncapped_split: The chosen split before caps.
        pools: The counting, by discipline.
        cuts: Units that caps took, in the order taken.
    """

    date_of_service: date | None
    payer: str
    policy: Policy
    codes: tuple[str, ...]
    splits: tuple[tuple[int, ...], ...]
    uncapped_split: tuple[int, ...]
    pools: tuple[Pool, ...]
    cuts: tuple[CapCut, ...]

    @property
    def units(self) -> Mapping[str, int]:
        """Units of every documented timed code, zeros included."""
        return dict(zip(self.codes, self.splits[0], strict=True))

    @property
    def total_units(self) -> int:
        """All timed units."""
        return sum(self.splits[0])

    @property
    def admissible(self) -> tuple[Mapping[str, int], ...]:
        """Every split that the rule admits, the chosen one first."""
        return tuple(dict(zip(self.codes, split, strict=True)) for split in self.splits)

    @property
    def tied(self) -> bool:
        """Whether the rule admits more than one split."""
        return len(self.splits) > 1

    @property
    def uncapped_units(self) -> Mapping[str, int]:
        """Units before the payer's caps."""
        return dict(zip(self.codes, self.uncapped_split, strict=True))

    @property
    def untimed_units(self) -> Mapping[str, int]:
        """Units of the untimed codes, over all disciplines."""
        units: dict[str, int] = {}
        for pool in self.pools:
            for code, times in pool.untimed:
                units[code] = units.get(code, 0) + times
        return units

    @property
    def by_discipline(self) -> Mapping[Discipline | None, Mapping[str, int]]:
        """Timed units of each plan of care, after caps."""
        shares: dict[Discipline | None, dict[str, int]] = {}
        for pool in self.pools:
            share = shares.setdefault(pool.discipline, {})
            for stream, extra in zip(pool.streams, pool.extra_units, strict=True):
                code, add_on, units = stream[0], stream[1], stream[3] + stream[4] + extra
                if add_on is None:
                    share[code] = units
                    continue
                share[code] = min(units, 1)
                if add_on in self.codes:
                    share[add_on] = units - share[code]
        for cut in self.cuts:
            shares[cut.discipline][cut.code] -= 1
        return shares

    @property
    def timed_minutes(self) -> int:
        """Minutes of all timed services."""
        return sum(code.minutes for pool in self.pools for code in pool.counted)

    @property
    def treatment_minutes(self) -> int:
        """Minutes of all services, timed and untimed."""
        return sum(pool.treatment_minutes for pool in self.pools)

    @property
    def floored_seconds(self) -> int:
        """Seconds that start and end held beyond whole minutes."""
        return sum(pool.floored_seconds for pool in self.pools)

    @property
    def documented_minutes(self) -> Mapping[str, int]:
        """Minutes of each timed code or family, over all disciplines."""
        minutes: dict[str, int] = {}
        for pool in self.pools:
            for each in pool.counted:
                minutes[each.code] = minutes.get(each.code, 0) + each.minutes
        return minutes

    @property
    def remarks(self) -> tuple[str, ...]:
        """
        What no source settles about these units, with the other reading.

        >>> from therapy_billing import MEDICARE, allocate_units
        >>> for remark in allocate_units({"97550": 20}, MEDICARE).remarks:
        ...     print(remark)
        97550: 20 minutes make no unit, because all 30 minutes of the first period are required. This is not settled: FirstPeriod.MIDPOINT would make one from 16 minutes
        """
        if quarter_codes().issuperset(self.codes):
            return ()
        several = len(self.pools) > 1
        return tuple(
            f"{pool.discipline.value}: {reading}" if several and pool.discipline else reading
            for pool in self.pools
            for code in pool.counted
            for _, reading in open_readings(code, self.policy)
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain values that JSON can hold."""
        day = self.date_of_service
        return {
            "date_of_service": day.isoformat() if day else None,
            "payer": self.payer,
            "method": self.policy.method.value,
            "units": self.units,
            "total_units": self.total_units,
            "admissible": list(self.admissible),
            "tied": self.tied,
            "uncapped_units": self.uncapped_units,
            "untimed_units": self.untimed_units,
            "timed_minutes": self.timed_minutes,
            "treatment_minutes": self.treatment_minutes,
            "floored_seconds": self.floored_seconds,
            "remarks": list(self.remarks),
            "cuts": [
                {
                    "cap": cut.cap,
                    "limit": cut.limit,
                    "code": cut.code,
                    "discipline": cut.discipline.value if cut.discipline else None,
                    "minutes": cut.minutes,
                }
                for cut in self.cuts
            ],
        }

    def __repr__(self) -> str:
        shares = ", ".join(f"{code} x{units}" for code, units in self.units.items())
        total = self.total_units
        notes = [
            f"{counted(total, 'unit')} of {self.timed_minutes} timed minutes",
            self.payer,
        ]
        if self.tied:
            notes.append(f"tied, {len(self.splits)} admissible splits")
        if self.cuts:
            notes.append(f"capped from {sum(self.uncapped_split)}")
        return f"<Allocation {shares or 'no timed code'}; {'; '.join(notes)}>"

    def _repr_html_(self) -> str:
        minutes = self.documented_minutes
        rows = [
            f"<tr><td>{escape(code)}</td><td>{minutes.get(code, '')}</td><td>{units}</td></tr>"
            for code, units in self.units.items()
        ]
        rows += [
            f"<tr><td>{escape(code)}</td><td>untimed</td><td>{units}</td></tr>"
            for code, units in self.untimed_units.items()
        ]
        foot = (repr(self)[1:-1], *self.remarks)
        return (
            "<table><thead><tr><th>code</th><th>minutes</th><th>units</th></tr></thead>"
            f"<tbody>{''.join(rows)}</tbody>"
            f"<tfoot>{''.join(f'<tr><td colspan=3>{escape(each)}</td></tr>' for each in foot)}"
            "</tfoot></table>"
        )
