"""
Whether a clinic's schedule can be true: whose minutes were told more than once, or are more than there were.

Entries are put in an order of their own first, so the order in which they come changes nothing. Each rule looks
at all of them by itself. A service without start and end has no place in the day: the rules of overlap say
so of it and never call it clean.

Dollars are those of the patients' whole days, as `price_day` tells them: as documented, and with the units
taken off that minutes told twice made. Which of them stand is the biller's choice, so those go whose loss is least.
"""

from __future__ import annotations

import heapq
import itertools
import re
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, TypeAlias

from therapy_billing.base.dates import MINUTES_OF_A_DAY
from therapy_billing.base.errors import (
    InvalidInputError,
    NotPublishedError,
    each_of,
    see_kind,
    shown,
)
from therapy_billing.base.money import EXACT, Usd, total
from therapy_billing.base.wording import counted, listed
from therapy_billing.checks.claimed_day import with_units, without_refusals
from therapy_billing.claims.claim_lines import build_claim
from therapy_billing.claims.records import Claim, ClaimLine
from therapy_billing.codes.code_book import QUARTER, Contact, load_codes, quarter_codes
from therapy_billing.codes.modifiers import Clinician, Discipline
from therapy_billing.fees.fee_schedule import FeeSchedule
from therapy_billing.findings.records import (
    Answer,
    CheckAnswer,
    Finding,
    Findings,
    Severity,
    gathered,
    rule_of,
)
from therapy_billing.payers.medicare import MEDICARE
from therapy_billing.payers.policy import Policy, UnitMethod
from therapy_billing.pricing.day import price_day
from therapy_billing.schedule.rules import (
    Overlap,
    Stay,
    near_minimum,
    overlaps,
    share_minutes,
    union_length,
)
from therapy_billing.units.allocator import UnitsBy, count_minutes, policy_of
from therapy_billing.units.rules import units_of
from therapy_billing.visits.services import (
    ScheduleEntry,
    Service,
    Session,
    TimedService,
    UntimedService,
)

__all__ = ["check_schedule", "check_times", "microseconds_of"]

_MICROSECOND = timedelta(microseconds=1)
_MINUTE = timedelta(minutes=1) // _MICROSECOND
_ZERO = datetime(1, 1, 1)  # noqa: DTZ001 - moments without a time zone are counted from one without
_ZERO_UTC = datetime(1, 1, 1, tzinfo=UTC)
_GROUP_CODES = {Discipline.PT: "97150", Discipline.OT: "97150", Discipline.SLP: "92508"}
_NUMBER = re.compile(r"([0-9]{1,18})")
_NO_CLOCK = "{} of {} services have no start and end: give them to see what they overlap"


class _Row(NamedTuple):
    """A service with its place in time, in microseconds; no place where it was not clocked."""

    key: str
    patient: str
    treated_by: str
    day: date
    discipline: Discipline
    session: Hashable
    service: Service
    contact: Contact
    patient_present: bool
    span: tuple[int, int] | None

    @property
    def attended(self) -> bool:
        return self.contact in (Contact.ONE_ON_ONE, Contact.GROUP)


_Policies: TypeAlias = Mapping[date, Policy | None]


def check_schedule(
    entries: Iterable[ScheduleEntry],
    payer: UnitsBy = MEDICARE,
    *,
    worked: Mapping[str, int] | None = None,
    fees: FeeSchedule | None = None,
    near_days: int = 20,
    near_minutes: int = 2,
    near_share: int = 50,
    least_average: int = 12,
    working_day: int = 480,
) -> Findings:
    """
    Return which entries of a schedule cannot all be billed as they stand.

    Findings point at entries by their keys. Supervised modalities may overlap anything, and remote monitoring
    has no place in the day. Caregiver training takes the clinician's time and not the patient's. An entry of
    therapist and assistant together takes the time of the clinician it names; a second
    entry, the same but for its key and clinician, has the other one's time and adds nothing to the patient's
    minutes.

    Args:
        entries: All entries of the clinic, of any days, patients and clinicians, in any order.
        payer: Who pays: a payer, a policy or a method. It decides units and dollars, and nothing else.
        worked: Minutes that each clinician worked on each of the days, by the clinician's key. Without it
            only the 1,440 minutes of a day, and *working_day*, limit the clinician's minutes.
        fees: The fee schedule; with it findings of ``minutes-once``, ``patient-overlap`` and
            ``co-treatment`` tell the dollars allowed for the patients' whole days, as documented and with each
            minute counted once. They tell none where a code is no quarter by itself, as that of an evaluation
            or a group, or has no price, or the schedule is of other days. The other findings tell none.
        near_days: Fewest patients' days of a clinician that make a pattern.
        near_minutes: Most minutes above the fewest of the day's units that count as near.
        near_share: Percent of near days from which the pattern is told.
        least_average: Minutes a unit below which the average is reported.
        working_day: Most minutes of a clinician, or of one patient, that need no review. These five are our
            own choice; no source has such figures.

    Raises:
        InvalidInputError: If there is no entry, some times name a time zone and others do not, or a
            number is out of its range.

    Source:
        NCCI Policy Manual, ch. XI, section P; guides to one-on-one, group and co-treatment under Part B.

    >>> def entry(key, patient, start, end):
    ...     service = TimedService("97110", start=f"2026-03-02 {start}", end=f"2026-03-02 {end}")
    ...     return ScheduleEntry(key, patient, "clinician-1", "2026-03-02", "PT", service)
    >>> after = check_schedule([entry("a", "p1", "9:00", "9:30"), entry("b", "p2", "9:30", "10:00")])
    >>> [finding.rule.id for finding in after]
    []
    >>> at_once = check_schedule([entry("a", "p1", "9:00", "9:30"), entry("b", "p2", "9:29", "10:00")])
    >>> [(finding.rule.id, finding.entries) for finding in at_once]
    [('minutes-once', ('a', 'b'))]
    """
    minutes_worked = _checked_worked(worked)
    pattern = _Pattern(
        _whole(near_days, "near_days", 1, None),
        _whole(near_minutes, "near_minutes", 0, QUARTER),
        _whole(near_share, "near_share", 1, 100),
        _whole(least_average, "least_average", 0, QUARTER),
    )
    _require_working_day(working_day)
    if fees is not None:
        see_kind(fees, FeeSchedule, "fees")
    rows = _rows_of(entries)
    policies = _policies(rows, payer)
    streams = _told_once(rows)
    counted = _Counted(policies, None if fees is None else _Dollars(streams, payer, fees))
    return gathered(
        [
            _minutes_once(rows, counted),
            _patient_overlap(streams, counted),
            _co_treatment(streams, counted),
            _group_of_two(rows),
            _total_treatment(streams),
            _patient_day(streams, working_day),
            _identical_rows(rows, lambda row: row.treated_by),
            _impossible_day(rows, minutes_worked, working_day),
            _near_minimum(streams, policies, pattern),
        ]
    )


def check_times(
    sessions: Session | Iterable[Session],
    payer: UnitsBy = MEDICARE,
    *,
    fees: FeeSchedule | None = None,
    working_day: int = 480,
) -> Findings:
    """
    Return which times of one patient's day cannot all be billed as they stand.

    Sessions name no clinicians and no other patient; :func:`check_schedule` looks at these. Caregiver training
    takes none of the patient's time.

    Args:
        sessions: The sessions of one patient on one day, in any disciplines.
        payer: Who pays: a payer, a policy or a method. It decides units and dollars, and nothing else.
        fees: The fee schedule; with it findings tell dollars as those of :func:`check_schedule` do.
        working_day: Most minutes of the patient's day that need no review. It is our own choice; no source
            has such a figure.

    Raises:
        InvalidInputError: If there is no session, they are of several days, some times name a time zone and
            others do not, or a number is out of its range.

    Source:
        As for :func:`check_schedule`.

    >>> def services(start):
    ...     return [
    ...         TimedService("97110", start="2026-03-02 9:00", end="2026-03-02 9:30"),
    ...         TimedService("97140", start=f"2026-03-02 {start}", end="2026-03-02 9:45"),
    ...     ]
    >>> len(check_times(Session("2026-03-02", "PT", services("9:30"))))
    0
    >>> [finding.codes for finding in check_times(Session("2026-03-02", "PT", services("9:29")))]
    [('97110', '97140')]
    >>> def unclocked(*minutes):
    ...     return Session("2026-03-02", "PT", [TimedService("97110", each) for each in minutes])
    >>> for minutes in ((240, 240), (300, 181), (1400, 41)):
    ...     print([(each.rule.id, each.severity.value) for each in check_times(unclocked(*minutes))])
    [('identical-rows', 'review')]
    [('patient-day', 'review')]
    [('patient-day', 'deny')]
    """
    given = each_of(sessions, Session, "sessions")
    _require_working_day(working_day)
    if len({session.date_of_service for session in given}) != 1:
        msg = "times are checked for one day: give at least one session, and all of one day"
        raise InvalidInputError(msg)
    # Nobody is named: every service counts as another clinician's, so each overlap is the patient's.
    rows = _in_order(
        _row(
            "", "", f"{place} {number}", session.date_of_service, session.discipline, place, service
        )
        for place, session in enumerate(given)
        for number, service in enumerate(session.services)
    )
    dollars = None if fees is None else _Dollars(rows, payer, fees)
    counted = _Counted(_policies(rows, payer), dollars)
    return gathered(
        [
            _patient_overlap(rows, counted),
            _co_treatment(rows, counted),
            _total_treatment(rows),
            _patient_day(rows, working_day),
            _identical_rows(rows, lambda _: ""),
            _training_meanwhile(rows),
        ]
    )


def microseconds_of(moment: datetime) -> int:
    """
    Return *moment* as whole microseconds, to be compared with others that name a time zone as it does.

    >>> at = datetime.fromisoformat
    >>> microseconds_of(at("2026-03-02T09:00:01")) - microseconds_of(at("2026-03-02T09:00"))
    1000000
    >>> microseconds_of(at("2026-03-02T09:00-05:00")) - microseconds_of(at("2026-03-02T14:00+00:00"))
    0
    """
    # From a zero in UTC: two moments of one time zone would subtract by wall clock.
    return (moment - (_ZERO if moment.tzinfo is None else _ZERO_UTC)) // _MICROSECOND


def _checked_worked(worked: Mapping[str, int] | None) -> Mapping[str, int]:
    """Return the minutes worked by clinician, after seeing that a day has them; without any, none."""
    given: object = {} if worked is None else worked
    if not isinstance(given, Mapping):
        msg = f"worked is minutes by clinician, not {shown(given)}"
        raise InvalidInputError(msg)
    for minutes in given.values():
        _whole(minutes, "worked, of each clinician,", 0, MINUTES_OF_A_DAY)
    return given


def _whole(value: object, what: str, least: int, most: int | None) -> int:
    if (
        isinstance(value, bool)
        or not isinstance(value, int)
        or value < least
        or (most is not None and value > most)
    ):
        upper = "" if most is None else f" to {most}"
        msg = f"{what} is a whole number from {least}{upper}, not {shown(value)}"
        raise InvalidInputError(msg)
    return value


def _require_working_day(minutes: int) -> None:
    _whole(minutes, "working_day", 1, MINUTES_OF_A_DAY)


def _rows_of(entries: Iterable[ScheduleEntry]) -> list[_Row]:
    rows = []
    for entry in each_of(entries, ScheduleEntry, "entries"):
        day, service = entry.date_of_service, entry.service
        patient, discipline = entry.patient, entry.discipline
        session = (patient, discipline, day)
        rows.append(_row(entry.key, patient, entry.treated_by, day, discipline, session, service))
    if not rows:
        msg = "there is no entry to check"
        raise InvalidInputError(msg)
    return _in_order(rows)


def _row(
    key: str,
    patient: str,
    treated_by: str,
    day: date,
    discipline: Discipline,
    session: Hashable,
    service: Service,
) -> _Row:
    start, end = service.start, service.end
    span = None if start is None or end is None else (microseconds_of(start), microseconds_of(end))
    facts = load_codes()[service.code]
    contact, present = facts.contact, facts.patient_present
    return _Row(key, patient, treated_by, day, discipline, session, service, contact, present, span)


def _in_order(rows: Iterable[_Row]) -> list[_Row]:
    def order(row: _Row) -> tuple[object, ...]:
        plan, code = row.discipline.value, row.service.code
        return (row.day, _natural(row.key), row.patient, row.treated_by, plan, code)

    ordered = sorted(rows, key=order)
    starts = [row.service.start for row in ordered if row.service.start is not None]
    zoned = sum(start.tzinfo is not None for start in starts)
    if 0 < zoned < len(starts):
        msg = (
            f"all times name a time zone, or none does: those of {zoned} services do, "
            f"those of {len(starts) - zoned} do not"
        )
        raise InvalidInputError(msg)
    return ordered


def _natural(key: str) -> list[tuple[int, str]]:
    """Return what orders *key* as a person would: line 9 before line 10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in _NUMBER.split(key)]


def _policies(rows: Iterable[_Row], payer: UnitsBy) -> _Policies:
    """Return what the payer does on each day; None where that is not known."""
    policies: dict[date, Policy | None] = {}
    for day in dict.fromkeys(row.day for row in rows):
        policies[day] = None
        with suppress(NotPublishedError):
            policies[day] = policy_of(payer, day)[0]
    return policies


def _told_once(rows: Sequence[_Row]) -> list[_Row]:
    """Return the rows but those by which a second clinician tells a service given together."""
    first: dict[tuple[object, ...], str] = {}
    kept = []
    for row in rows:
        service = row.service
        if service.clinician is Clinician.TOGETHER:
            told = (row.session, service.code, service.minutes, row.span)
            if first.setdefault(told, row.treated_by) != row.treated_by:
                continue
        kept.append(row)
    return kept


class _Sweep(NamedTuple):
    """Overlaps with their rows, and how many of how many rows have no place in time."""

    found: list[tuple[Overlap, list[_Row]]]
    unclocked: int
    looked_at: int


def _swept(
    rows: Iterable[_Row],
    owner: Callable[[_Row], Hashable],
    part: Callable[[int, _Row], Hashable],
) -> _Sweep:
    stays, clocked = [], []
    parts: dict[Hashable, set[Hashable]] = {}
    unclocked = []
    for place, row in enumerate(rows):
        whose, spent_on = owner(row), part(place, row)
        parts.setdefault((whose, row.day), set()).add(spent_on)
        if row.span is None:
            unclocked.append((whose, row.day))
        else:
            stays.append(Stay(whose, spent_on, *row.span))
            clocked.append(row)
    found = [(overlap, [clocked[place] for place in overlap.places]) for overlap in overlaps(stays)]
    # What is alone on its day overlaps nothing, whenever it was.
    open_rows = sum(len(parts[whose]) > 1 for whose in unclocked)
    return _Sweep(found, open_rows, len(clocked) + open_rows)


def _told(rule: str, found: Iterable[Finding], *, looked: bool, remark: str = "") -> Findings:
    """Return the findings of a rule with its answers; *remark* tells what it could not look at."""
    rule_told = rule_of(rule)
    findings = tuple(found)
    answers = []
    if findings:
        codes = sorted({code for finding in findings for code in finding.codes})
        answers.append(CheckAnswer(rule=rule_told, answer=Answer.FINDING, about=tuple(codes)))
    elif looked or not remark:
        answers.append(CheckAnswer(rule=rule_told, answer=Answer.CLEAN))
    if remark:
        answers.append(CheckAnswer(rule=rule_told, answer=Answer.NOT_IN_DATA, remark=remark))
    return Findings(findings, tuple(answers))


def _told_of_overlaps(rule: str, found: Iterable[Finding], *sweeps: _Sweep) -> Findings:
    unclocked = sum(sweep.unclocked for sweep in sweeps)
    looked_at = sum(sweep.looked_at for sweep in sweeps)
    remark = _NO_CLOCK.format(unclocked, looked_at) if unclocked else ""
    return _told(rule, found, looked=unclocked < looked_at, remark=remark)


def _finding(
    rule: str,
    severity: Severity,
    message: str,
    action: str,
    rows: Iterable[_Row],
    at_stake: Usd | None = None,
) -> Finding:
    given = tuple(rows)
    return Finding(
        rule=rule_of(rule),
        severity=severity,
        message=message,
        action=action,
        codes=_codes(given),
        entries=tuple(row.key for row in given if row.key),
        at_stake=at_stake,
    )


def _codes(rows: Iterable[_Row]) -> tuple[str, ...]:
    return tuple(sorted({row.service.code for row in rows}))


def _untimed_codes(rows: Iterable[_Row]) -> tuple[str, ...]:
    return _codes(row for row in rows if isinstance(row.service, UntimedService))


def _timed_codes(rows: Iterable[_Row]) -> tuple[str, ...]:
    return _codes(row for row in rows if isinstance(row.service, TimedService))


def _are_untimed(codes: Sequence[str]) -> str:
    return f"{listed(codes)} {'is' if len(codes) == 1 else 'are'} untimed"


def _once(rows: Sequence[_Row], advice: str) -> str:
    """Return *advice* to bill minutes once, as it fits codes that have no minutes to give up."""
    untimed, timed = _untimed_codes(rows), _timed_codes(rows)
    if not untimed:
        return advice
    if not timed:
        return (
            "bill only the services that have separate time on record: "
            f"{_are_untimed(untimed)}, so no minutes can be taken off"
        )
    return (
        f"{advice}: {_are_untimed(untimed)}, so take the shared minutes off {listed(timed)}, or do "
        f"not bill {listed(untimed, 'or')}"
    )


def _minutes(microseconds: int) -> str:
    minutes = microseconds // _MINUTE
    if not minutes:
        return "less than a minute"
    return counted(minutes, "minute")


def _documented(overlap: Overlap) -> int:
    """Return the whole minutes of all parts."""
    return sum(microseconds // _MINUTE for _, microseconds in overlap.spent)


def _severity(overlap: Overlap) -> Severity:
    # Seconds told twice may vanish in whole minutes, and then no payer has paid them twice.
    excess = _documented(overlap) * _MINUTE > overlap.there
    return Severity.DENY if excess else Severity.REVIEW


def _minutes_once(rows: Sequence[_Row], counted: _Counted) -> Findings:
    attended = [row for row in rows if row.attended]
    sweep = _swept(
        attended,
        lambda row: row.treated_by,
        # The patients of one group, and of groups side by side, share the clinician; caregivers who are
        # trained in a group do so without them.
        lambda place, row: place if row.contact is Contact.ONE_ON_ONE else _group_kind(row),
    )
    found = [_told_twice(overlap, members, counted) for overlap, members in sweep.found]
    return _told_of_overlaps("minutes-once", found, sweep)


def _group_kind(row: _Row) -> str:
    return "patients" if row.patient_present else "caregivers"


def _to_whom(rows: Sequence[_Row]) -> Iterator[str]:
    """Yield the codes of *rows* with those who received them."""
    for alone, present, whom in (
        (True, True, "one-on-one to {}"),
        (True, False, "to the caregivers of {}"),
        (False, True, "to a group"),
        (False, False, "to a group of caregivers"),
    ):
        given = [
            row
            for row in rows
            if (row.contact is Contact.ONE_ON_ONE, row.patient_present) == (alone, present)
        ]
        if given:
            count = len({row.patient for row in given})
            patients = "one patient" if count == 1 else f"{count} patients"
            yield f"{listed(_codes(given))} {whom.format(patients)}"


def _told_twice(overlap: Overlap, rows: Sequence[_Row], counted: _Counted) -> Finding:
    patients = {row.patient: row for row in rows}
    message = (
        f"one clinician gave {listed(list(_to_whom(rows)))} at times that overlap: "
        f"{_documented(overlap)} minutes documented in "
        f"{_minutes(overlap.there)}, {_minutes(overlap.shared)} of them counted more than once"
    )
    action = _once(rows, "bill each minute for one patient and one code")
    action += "; correct the times if the clock is wrong"
    group: Sequence[str] = ()
    if len(patients) > 1 and _all_quarters(rows):
        group = [_GROUP_CODES[row.discipline] for row in patients.values()]
        action += (
            "; where contact with each was brief and intermittent, bill "
            f"{_alternatives(group)} x1 for each patient in place of these"
        )
    arithmetic, at_stake = counted.arithmetic(overlap, rows, group)
    severity = _severity(overlap)
    return _finding("minutes-once", severity, message + arithmetic, action, rows, at_stake)


def _alternatives(codes: Iterable[str]) -> str:
    return " or ".join(sorted(set(codes)))


def _all_quarters(rows: Iterable[_Row]) -> bool:
    return quarter_codes().issuperset([row.service.code for row in rows])


class _Counted(NamedTuple):
    """What minutes told twice are worth in units, and with fees in dollars."""

    policies: _Policies
    dollars: _Dollars | None

    def arithmetic(
        self, overlap: Overlap, rows: Sequence[_Row], group: Sequence[str] = ()
    ) -> tuple[str, Usd | None]:
        """Return units and dollars as documented and counted once, and the dollars between them."""
        policy = self.policies[rows[0].day]
        if policy is None or not _all_quarters(rows):
            return "", None
        units = _units_alone(rows, policy)
        once = units_of(
            overlap.there // _MINUTE, unit_minutes=QUARTER, partial_minutes=policy.partial_minutes
        )
        if units <= once:
            return "", None
        told = (
            f"; by themselves they make {counted(units, 'unit')}, and {once} with each minute "
            "counted once"
        )
        if group:
            told += f", or {_alternatives(group)} x1 for each of {len(group)} patients as a group"
        if self.dollars is None:
            return told, None
        try:
            documented, lost = self.dollars.lost(rows, units, once)
        except (InvalidInputError, NotPublishedError):
            # The day makes no claim, or it has no price: the times are wrong all the same.
            return told, None
        instead = EXACT.subtract(documented, lost)
        told += (
            f"; allowed with the rest of the day: ${documented:,} as documented, ${instead:,} once"
        )
        return told, lost


def _units_alone(rows: Iterable[_Row], policy: Policy) -> int:
    """Return the units that the minutes of the rows make by themselves."""
    pools: dict[tuple[str, Discipline, date], dict[str, int]] = {}
    for row in rows:
        minutes = pools.setdefault((row.patient, row.discipline, row.day), {})
        code = row.service.code
        minutes[code] = minutes.get(code, 0) + (row.service.minutes or 0)
    counted = [count_minutes(minutes, policy) for minutes in pools.values()]
    return sum(
        sum(stream[4] for stream in pool.streams) + sum(pool.extras) + pool.open_units
        for pool in counted
    )


class _Visit(NamedTuple):
    """The claim of a patient's day, and which of its codes were told twice."""

    day: date
    lines: tuple[ClaimLine, ...]
    told_twice: Collection[tuple[Discipline | None, str]]

    def is_told_twice(self, line: ClaimLine) -> bool:
        return (line.discipline, line.code) in self.told_twice


class _Dollars:
    """What patients' days are worth: as documented, and with units taken off."""

    def __init__(self, rows: Iterable[_Row], payer: UnitsBy, fees: FeeSchedule) -> None:
        self._payer = payer
        self._fees = fees
        self._rows: dict[tuple[str, date], list[_Row]] = {}
        for row in rows:
            self._rows.setdefault((row.patient, row.day), []).append(row)
        self._claimed: dict[tuple[str, date], tuple[ClaimLine, ...]] = {}
        self._priced: dict[tuple[date, tuple[ClaimLine, ...]], Usd] = {}

    def lost(self, rows: Iterable[_Row], units: int, once: int) -> tuple[Usd, Usd]:
        """
        Return what is allowed for the days of *rows*, and the least that is lost of it.

        Args:
            rows: The services whose minutes were told twice.
            units: Units that they make by themselves.
            once: Units that are left with each minute counted once.

        Raises:
            InvalidInputError: If a day makes no claim, such as one with an add-on alone.
            NotPublishedError: If one of the services has no price, or the day none.
        """
        told_twice: dict[tuple[str, date], set[tuple[Discipline | None, str]]] = {}
        for row in rows:
            self._fees.price(row.service.code)
            codes = told_twice.setdefault((row.patient, row.day), set())
            codes.add((row.discipline, row.service.code))
        visits = [
            _Visit(day, self._lines_of(patient, day), codes)
            for (patient, day), codes in told_twice.items()
        ]
        # Caps, and the day's other minutes, may have left fewer units than the services make alone.
        claimed = sum(
            line.units for visit in visits for line in visit.lines if visit.is_told_twice(line)
        )
        ways = [way for place, visit in enumerate(visits) for way in self._cheapest(place, visit)]
        heapq.heapify(ways)
        losses = []
        for _ in range(min(units, claimed) - once):
            loss, place, fewer = heapq.heappop(ways)
            losses.append(loss)
            for way in self._cheapest(place, visits[place]._replace(lines=fewer)):
                heapq.heappush(ways, way)
        documented = total(self._allowed(visit.day, visit.lines) for visit in visits)
        return documented, total(losses)

    def _lines_of(self, patient: str, day: date) -> tuple[ClaimLine, ...]:
        """Return the lines of all that the patient received that day."""
        found = self._claimed.get((patient, day))
        if found is None:
            plans: dict[Discipline, list[Service]] = {}
            for row in self._rows[patient, day]:
                plans.setdefault(row.discipline, []).append(row.service)
            fees = self._fees
            policy, _ = policy_of(self._payer, day)
            if not fees.gives_amounts_to(policy.fee_basis):
                msg = "this payer's fees are not known"
                raise NotPublishedError(msg)
            found = build_claim(
                [Session(day, plan, services) for plan, services in plans.items()],
                without_refusals(policy),
                fees=fees,
                setting=fees.setting,
                parameters=fees.parameters,
            ).lines
            if sum(line.units for line in found) > MINUTES_OF_A_DAY // QUARTER:
                # Nobody is paid for more than a day has, and units come off one by one.
                msg = f"more units than quarters of an hour on {day}"
                raise InvalidInputError(msg)
            self._claimed[patient, day] = found
        return found

    def _cheapest(self, place: int, visit: _Visit) -> list[tuple[Usd, int, tuple[ClaimLine, ...]]]:
        """Return the unit told twice whose loss is least: the loss, *place*, the lines without it."""
        day, lines, _ = visit
        worth = self._allowed(day, lines)
        ways = []
        for number, line in enumerate(lines):
            if visit.is_told_twice(line):
                rest = (with_units(line, line.units - 1),) if line.units > 1 else ()
                fewer = (*lines[:number], *rest, *lines[number + 1 :])
                ways.append((EXACT.subtract(worth, self._allowed(day, fewer)), place, fewer))
        return sorted(ways, key=lambda way: way[0])[:1]

    def _allowed(self, day: date, lines: tuple[ClaimLine, ...]) -> Usd:
        # The same lines come again and again: patients alike, and each unit taken off.
        found = self._priced.get((day, lines))
        if found is None:
            priced = price_day(Claim(day, lines), self._payer, self._fees)
            found = priced.allowed or Usd("0.00")
            self._priced[day, lines] = found
        return found


def _overlap_severity(overlap: Overlap, rows: Sequence[_Row]) -> Severity:
    # Two clinicians may train two caregivers of a patient at once.
    two_caregivers = not rows[0].patient_present and len({row.treated_by for row in rows}) > 1
    return Severity.REVIEW if two_caregivers else _severity(overlap)


def _patient_overlap(rows: Sequence[_Row], counted: _Counted) -> Findings:
    attended = [row for row in rows if row.attended]
    hands = _swept(
        attended,
        # The time of the patient, and apart from it that of the patient's caregivers.
        lambda row: (row.patient, row.discipline, row.patient_present),
        lambda _, row: row.treated_by,
    )
    # A clinician's own services are told by minutes-once, which takes groups side by side for one.
    groups = _swept(
        [row for row in attended if row.contact is Contact.GROUP],
        lambda row: (row.patient, row.discipline, row.patient_present, row.treated_by),
        lambda place, _: place,
    )
    found = []
    for overlap, members in (*hands.found, *groups.found):
        message = (
            f"{listed(_codes(members))} for one patient under {members[0].discipline.value} at "
            f"times that overlap: {_documented(overlap)} minutes documented in "
            f"{_minutes(overlap.there)}, {_minutes(overlap.shared)} of them counted more than once"
        )
        arithmetic, at_stake = counted.arithmetic(overlap, members)
        action = _once(members, "bill the minutes once, a second pair of hands adds none")
        action += "; correct the times if the services followed each other"
        found.append(
            _finding(
                "patient-overlap",
                _overlap_severity(overlap, members),
                message + arithmetic,
                action,
                members,
                at_stake,
            )
        )
    return _told_of_overlaps("patient-overlap", found, hands, groups)


def _co_treatment(rows: Sequence[_Row], counted: _Counted) -> Findings:
    sweep = _swept(
        [row for row in rows if row.attended],
        lambda row: (row.patient, row.patient_present),
        lambda _, row: row.discipline.value,
    )
    found = []
    for overlap, members in sweep.found:
        alone = any(row.contact is Contact.ONE_ON_ONE for row in members)
        if alone and len({row.treated_by for row in members}) == 1:
            # One clinician under two plans of care: that is told by minutes-once.
            continue
        spent = sorted((str(plan), there // _MINUTE) for plan, there in overlap.spent)
        plans = [plan for plan, _ in spent]
        did = (
            "treated one patient"
            if members[0].patient_present
            else "trained one patient's caregivers"
        )
        message = (
            f"{listed(plans)} {did} together for {_minutes(overlap.shared)}: "
            f"{' + '.join(str(minutes) for _, minutes in spent)} minutes documented in "
            f"{_minutes(overlap.there)}, and the joint time is billed once in total"
        )
        action = (
            f"{_joint_advice(overlap, members, plans)}; correct the times if the treatments "
            "followed each other"
        )
        arithmetic, at_stake = counted.arithmetic(overlap, members)
        severity = _overlap_severity(overlap, members)
        found.append(
            _finding("co-treatment", severity, message + arithmetic, action, members, at_stake)
        )
    return _told_of_overlaps("co-treatment", found, sweep)


def _is_once_a_day_under_several(code: str, rows: Sequence[_Row]) -> bool:
    """Return whether *code* makes the first unit of a family, and two disciplines or more recorded it."""
    disciplines = {row.discipline for row in rows if row.service.code == code}
    return load_codes()[code].first_of_family and len(disciplines) > 1


def _joint_advice(overlap: Overlap, rows: Sequence[_Row], plans: Sequence[str]) -> str:
    """Return what to do with the minutes of two disciplines or more, as far as they can be split."""
    untimed, timed = _untimed_codes(rows), _timed_codes(rows)
    if not untimed:
        once = [code for code in timed if _is_once_a_day_under_several(code, rows)]
        if once:
            verb = "is" if len(once) == 1 else "are"
            return f"bill all of the joint minutes under one discipline: {listed(once)} {verb} billed once a day"
        joint = overlap.shared // _MINUTE
        split = ""
        # Who was there for a part of the joint time only might be given more than that by an even split.
        spent = sum(there for _, there in overlap.spent)
        if spent - overlap.there == overlap.shared * (len(plans) - 1):
            shares = zip(share_minutes(joint, len(plans)), plans, strict=True)
            split = " + ".join(f"{minutes} {plan}" for minutes, plan in shares)
            split = f", such as {split} of {joint}"
        return f"share the joint minutes{split}, or bill all of them under one discipline"
    advice = (
        f"bill the joint time under one discipline: {_are_untimed(untimed)}, and no minutes can be "
        f"shared with {'it' if len(untimed) == 1 else 'them'}"
    )
    if len({row.discipline for row in rows if row.service.code in timed}) > 1:
        advice += f" (time that is not billed as {listed(untimed, 'or')} can be shared by {listed(timed)})"
    # An overlap has no gap: what the others leave of it is the discipline's alone.
    alone = {}
    for plan in plans:
        others = [row.span for row in rows if row.span and row.discipline.value != plan]
        alone[plan] = (overlap.there - union_length(others)) // _MINUTE
    if not any(alone.values()):
        return (
            f"{advice}; the record shows no minutes of one discipline alone, so bill nothing else "
            "for that time"
        )
    own = " + ".join(f"{minutes} {plan}" for plan, minutes in alone.items())
    as_documented = "timed codes as documented, and " if timed else ""
    return (
        f"{advice}; for the minutes of one discipline alone ({own}), bill {as_documented}an untimed "
        "code only where they support it"
    )


def _group_of_two(rows: Sequence[_Row]) -> Findings:
    grouped = [row for row in rows if row.contact is Contact.GROUP]
    sweep = _swept(
        grouped, lambda row: (row.treated_by, _group_kind(row)), lambda _, row: row.patient
    )
    in_company = {id(row) for _, members in sweep.found for row in members}
    unplaced: dict[tuple[str, date, str], set[str]] = {}
    patients: dict[tuple[str, date, str], set[str]] = {}
    for row in grouped:
        day = (row.treated_by, row.day, _group_kind(row))
        patients.setdefault(day, set()).add(row.patient)
        if row.span is None:
            unplaced.setdefault(day, set()).add(row.patient)
    found = []
    for row in grouped:
        day = (row.treated_by, row.day, _group_kind(row))
        if id(row) in in_company:
            continue
        # Who was not clocked may have been in any group of the day.
        others = patients[day] if row.span is None else unplaced.get(day, set())
        if others <= {row.patient}:
            found.append(
                _finding(
                    "group-of-two",
                    Severity.REVIEW,
                    f"{row.service.code} for a group of one: the schedule has no other patient in "
                    f"a group of the clinician {'that day' if row.span is None else 'at that time'}",
                    "add the entries of the other patients, or bill what was given one-on-one",
                    (row,),
                )
            )
    return _told_of_overlaps("group-of-two", found, sweep)


def _total_treatment(rows: Sequence[_Row]) -> Findings:
    sessions: dict[Hashable, list[_Row]] = {}
    for row in rows:
        sessions.setdefault(row.session, []).append(row)
    found = []
    unclocked = 0
    for members in sessions.values():
        # What was given in the patient's absence does not show when the patient was there.
        present = [row for row in members if row.patient_present]
        spans = [row.span for row in present if row.span is not None]
        without = [row for row in present if row.span is None and row.attended]
        minutes = sum(row.service.minutes or 0 for row in without)
        if not minutes:
            continue
        if not spans:
            unclocked += 1
            continue
        there = _from_first_to_last(spans)
        clocked = union_length(row.span for row in present if row.span and row.attended)
        documented = clocked + minutes * _MINUTE
        if documented > there:
            found.append(
                _finding(
                    "total-treatment",
                    Severity.REVIEW,
                    f"{documented // _MINUTE} minutes documented under "
                    f"{members[0].discipline.value}, {minutes} of them without start and end, and "
                    f"the clock tells {_minutes(there)} from the first start to the last end",
                    "give start and end of every service, or correct the minutes",
                    [row for row in present if row.attended],
                )
            )
    remark = (
        f"{unclocked} of {len(sessions)} sessions have no start and end: give those of the first "
        "and the last service"
        if unclocked
        else ""
    )
    return _told("total-treatment", found, looked=unclocked < len(sessions), remark=remark)


def _from_first_to_last(spans: Sequence[tuple[int, int]]) -> int:
    return max(end for _, end in spans) - min(start for start, _ in spans)


def _patient_day(rows: Sequence[_Row], working_day: int) -> Findings:
    days: dict[tuple[str, date], list[_Row]] = {}
    for row in rows:
        if row.attended and row.patient_present:
            days.setdefault((row.patient, row.day), []).append(row)
    found = []
    for (_, day), members in days.items():
        # Minutes recorded twice are another finding: here each counts once.
        clocked = union_length(row.span for row in members if row.span) // _MINUTE
        without = sum(row.service.minutes or 0 for row in members if row.span is None)
        documented = clocked + without
        if documented > working_day:
            severity, limit = _limit_of_a_day(documented, working_day)
            message = (
                f"{documented} minutes of treatment documented for one patient on {day}, {limit}"
            )
            action = "correct the minutes, and see whether rows were recorded twice"
            found.append(_finding("patient-day", severity, message, action, members))
    return _told("patient-day", found, looked=True)


def _limit_of_a_day(minutes: int, working_day: int) -> tuple[Severity, str]:
    if minutes > MINUTES_OF_A_DAY:
        return Severity.DENY, f"and a day has {MINUTES_OF_A_DAY}"
    return Severity.REVIEW, f"more than the {working_day} of a working day"


def _identical_rows(rows: Sequence[_Row], clinician: Callable[[_Row], str]) -> Findings:
    same: dict[Hashable, list[_Row]] = {}
    for row in rows:
        if row.span is None:
            what = (row.patient, row.day, row.discipline, clinician(row), row.service)
            same.setdefault(what, []).append(row)
    found = []
    for members in same.values():
        service = members[0].service
        if len(members) > 1:
            minutes = "" if service.minutes is None else f" of {counted(service.minutes, 'minute')}"
            found.append(
                _finding(
                    "identical-rows",
                    Severity.REVIEW,
                    f"{service.code}{minutes} was recorded {len(members)} times for one patient "
                    f"under {members[0].discipline.value}, in rows that do not differ",
                    "keep one if it was recorded twice; if these were separate services, give start "
                    "and end of each, or add them up in one row",
                    members,
                )
            )
    return _told("identical-rows", found, looked=True)


def _training_meanwhile(rows: Sequence[_Row]) -> Findings:
    """Return that nobody knows who trained caregivers while the patient was treated, where that was so."""
    sweep = _swept(
        [row for row in rows if row.attended],
        lambda row: row.patient,
        lambda _, row: row.patient_present,
    )
    if not sweep.found:
        return Findings()
    remark = (
        "caregivers were trained while the patient was treated, and sessions do not name "
        "clinicians: check_schedule, or treated_by in a log, shows whether one clinician gave both"
    )
    return _told("minutes-once", (), looked=False, remark=remark)


def _impossible_day(rows: Sequence[_Row], worked: Mapping[str, int], working_day: int) -> Findings:
    days: dict[tuple[str, date], list[_Row]] = {}
    for row in rows:
        if row.attended:
            days.setdefault((row.treated_by, row.day), []).append(row)
    found = []
    open_days = 0
    for (clinician, day), members in days.items():
        alone = [row for row in members if row.contact is Contact.ONE_ON_ONE]
        grouped = sum(
            _minutes_of_groups(
                row
                for row in members
                if row.contact is Contact.GROUP and row.patient_present is present
            )
            for present in (True, False)
        )
        exceeds: tuple[Severity, str] | None = None
        if clinician in worked:
            one_on_one = sum(row.service.minutes or 0 for row in alone)
            if one_on_one + grouped > worked[clinician]:
                exceeds = (Severity.DENY, f"who worked {worked[clinician]}")
        else:
            # Minutes recorded twice are another finding: here each counts once.
            without = sum(row.service.minutes or 0 for row in alone if row.span is None)
            clocked = union_length(row.span for row in alone if row.span) // _MINUTE
            one_on_one = clocked + without
            whole = all(row.span is not None for row in members)
            if whole:
                grouped = union_length(row.span for row in members if row.span) // _MINUTE - clocked
            if one_on_one + grouped > working_day:
                exceeds = _limit_of_a_day(one_on_one + grouped, working_day)
            open_days += int(not whole and one_on_one + grouped <= MINUTES_OF_A_DAY)
        if exceeds is None:
            continue
        severity, limit = exceeds
        minutes = {"one-on-one": one_on_one, "group": grouped}
        given = listed([f"{count} {kind}" for kind, count in minutes.items() if count])
        message = f"{given} minutes documented for one clinician on {day}, {limit}"
        action = "see who gave which of them and when, and bill no more than that"
        if severity is Severity.REVIEW:
            action += "; give worked if the clinician worked longer"
        found.append(_finding("impossible-day", severity, message, action, members))
    remark = (
        f"{open_days} of {len(days)} days of clinicians have services without start and end: give "
        "worked, or start and end of every service"
        if open_days
        else ""
    )
    return _told("impossible-day", found, looked=open_days < len(days), remark=remark)


def _minutes_of_groups(rows: Iterable[_Row]) -> int:
    """Return the fewest minutes in which the groups can have been, each for all of its patients."""
    clocked: dict[str, list[tuple[int, int]]] = {}
    longest: dict[str, int] = {}
    for row in rows:
        code = row.service.code
        if row.span is None:
            longest[code] = max(longest.get(code, 0), row.service.minutes or 0)
        else:
            clocked.setdefault(code, []).append(row.span)
    # Who was not clocked may have been in the groups that were.
    beyond = sum(
        max(0, minutes - union_length(clocked.get(code, ())) // _MINUTE)
        for code, minutes in longest.items()
    )
    return union_length(itertools.chain(*clocked.values())) // _MINUTE + beyond


class _Pattern(NamedTuple):
    """When units near the minimum are told."""

    days: int
    within: int
    share: int
    average: int


class _Tally:
    """Patients' days with units: how many, their minutes and units, and those near the minimum."""

    def __init__(self) -> None:
        self.days = self.near_days = self.minutes = self.units = 0
        self.rows: list[_Row] = []
        self.near_rows: list[_Row] = []

    def add(self, rows: Sequence[_Row], minutes: int, units: int, *, near: bool) -> None:
        self.days += 1
        self.near_days += near
        self.minutes += minutes
        self.units += units
        self.rows += rows
        if near:
            self.near_rows += rows


def _near_minimum(rows: Sequence[_Row], policies: _Policies, pattern: _Pattern) -> Findings:
    sessions: dict[Hashable, list[_Row]] = {}
    for row in rows:
        if isinstance(row.service, TimedService):
            sessions.setdefault(row.session, []).append(row)
    schedule = _Tally()
    clinicians: dict[str, _Tally] = {}
    for members in sessions.values():
        policy = policies[members[0].day]
        if policy is None:
            continue
        totals, partial = _totals(members, policy.method), policy.partial_minutes
        units = [
            units_of(minutes, unit_minutes=QUARTER, partial_minutes=partial) for minutes in totals
        ]
        if not any(units):
            continue
        near = all(
            near_minimum(
                minutes,
                unit_minutes=QUARTER,
                partial_minutes=partial,
                within=pattern.within,
            )
            for minutes, made in zip(totals, units, strict=True)
            if made
        )
        of_day = (sum(totals), sum(units))
        schedule.add((), *of_day, near=near)
        parts: dict[str, list[_Row]] = {}
        for row in members:
            parts.setdefault(row.treated_by, []).append(row)
        for clinician, part in parts.items():
            clinicians.setdefault(clinician, _Tally()).add(part, *of_day, near=near)
    tallies = [("one clinician", tally) for tally in clinicians.values()]
    if len(tallies) > 1:
        tallies.append(("the whole schedule", schedule))
    enough = [(who, tally) for who, tally in tallies if tally.days >= pattern.days]
    found = [
        _pattern_told(who, tally, pattern) for who, tally in enough if _is_near(tally, pattern)
    ]
    remark = "" if enough else f"fewer than {pattern.days} days of patients make no pattern"
    told = _told("near-minimum", found, looked=bool(enough), remark=remark)
    unknown = sum(policy is None for policy in policies.values())
    if not unknown:
        return told
    answer = CheckAnswer(
        rule=rule_of("near-minimum"),
        answer=Answer.NOT_COVERED,
        remark=f"what the payer does is not known on {unknown} of {len(policies)} days",
    )
    return Findings(told.found, (*told.answers, answer))


def _totals(rows: Sequence[_Row], method: UnitMethod) -> list[int]:
    """Return the minutes that make units together; none where a code is no quarter by itself."""
    if not _all_quarters(rows):
        return []
    minutes: dict[str, int] = {}
    for row in rows:
        code = row.service.code
        minutes[code] = minutes.get(code, 0) + (row.service.minutes or 0)
    by_code = list(minutes.values())
    return [sum(by_code)] if method is UnitMethod.CMS_EIGHT_MINUTE else by_code


def _is_near(tally: _Tally, pattern: _Pattern) -> bool:
    often = tally.near_days * 100 >= pattern.share * tally.days
    return often or tally.minutes < pattern.average * tally.units


def _pattern_told(who: str, tally: _Tally, pattern: _Pattern) -> Finding:
    return _finding(
        "near-minimum",
        Severity.NOTE,
        f"units near the minimum in {who}: on {tally.near_days} of {tally.days} days of patients at "
        f"most {pattern.within} minutes above the fewest, {tally.minutes / tally.units:.1f} minutes "
        "a unit on average",
        "see that the minutes are those of the record, each time",
        tally.near_rows or tally.rows,
    )
