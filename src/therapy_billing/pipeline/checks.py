"""
Whether a claim stands: every finding about a patient's day, and what was checked without one.

Each check looks at the whole day by itself and knows of no other, so a further check never takes a finding
away. A check is a function here and its rule in ``data/rules``; ``CHECKS`` names them all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cached_property
from itertools import combinations
from typing import TypeVar

import attrs

from therapy_billing.claims import Claim, ClaimLine
from therapy_billing.codes import CodeFacts, TherapyClass, load_codes
from therapy_billing.documentation import PlanOfCare, Practice, TreatmentNote
from therapy_billing.errors import InvalidInputError, shown
from therapy_billing.fee_schedules import FeeSchedule
from therapy_billing.findings import (
    Answer,
    CheckAnswer,
    Finding,
    Findings,
    Severity,
    gathered,
    rule_of,
)
from therapy_billing.modifiers import (
    ASSISTANT_MODIFIERS,
    DISCIPLINE_MODIFIERS,
    DISTINCT_MODIFIERS,
    Discipline,
    Setting,
)
from therapy_billing.money import EXACT, Usd, cents
from therapy_billing.ncci import (
    Edits,
    EditSetting,
    EditState,
    LimitAnswer,
    MueLimit,
    PairAnswer,
    PtpEdit,
    bundled_edits,
    parse_edit_setting,
)
from therapy_billing.pipeline.allocation import UnitsBy, allocate_units, policy_of
from therapy_billing.pipeline.claim_lines import (
    Attested,
    Charges,
    build_claim,
    parse_attestations,
    with_distinct,
)
from therapy_billing.pipeline.code_review import review_codes
from therapy_billing.pipeline.documentation_checks import check_note, check_plan
from therapy_billing.pipeline.pricing import price_day
from therapy_billing.pipeline.schedules import check_times
from therapy_billing.policies import AssistantRule, EditProgram, Policy, TiePolicy
from therapy_billing.priced_days import Accumulators, KxState, PricedDay
from therapy_billing.records import Allocation, Service, Session
from therapy_billing.rules.edits import (
    add_ons_alone,
    beyond_limit,
    beyond_once,
    denied_column_two,
    duplicate_lines,
    excess_units,
    paid_apart,
    plan_is_allowed,
    separate_regions,
    separate_times,
)
from therapy_billing.rules.line_modifiers import (
    assistant_faults,
    beyond_fourth,
    not_taken,
    ordered,
    plans_named,
    unmarked_units,
)
from therapy_billing.sources import Source

__all__ = ["CHECKS", "check_claim", "check_day"]

_MOST_MODIFIERS = 4
# Moments are seconds from these, so that no result depends on the zone of the machine.
_ZERO, _ZERO_UTC = datetime(1970, 1, 1), datetime(1970, 1, 1, tzinfo=UTC)  # noqa: DTZ001
_PLANS = tuple(DISCIPLINE_MODIFIERS.values())
_BELONGS_TO = {
    modifier: DISCIPLINE_MODIFIERS[discipline]
    for discipline, modifier in ASSISTANT_MODIFIERS.items()
}
_X_FROM = date(2015, 1, 1)
_EITHER_COLUMN_FROM = date(2019, 7, 1)
_DISCIPLINE_ONLY_FROM = date(2018, 1, 1)
_ONE_LINE_FROM = date(2021, 4, 19)
_BY_LINE = 1
_NOT_HELD = "the edits held are those of therapy codes"
_MEDICAID = "the edits held are those of Medicare: give those of Medicaid as edits"
_MAI = {
    1: "each line on its own",
    2: "all units of the day are denied, for good",
    3: "all units of the day are denied; an appeal may show the need",
}


def check_claim(
    claims: Claim | Iterable[Claim],
    payer: UnitsBy,
    fees: FeeSchedule | None = None,
    accumulators: Accumulators | None = None,
    *,
    sessions: Session | Iterable[Session] = (),
    attestations: Attested = (),
    edits: Edits | None = None,
    edit_setting: EditSetting | str = EditSetting.PRACTITIONER,
    checks: Collection[str] | None = None,
) -> Findings:
    """
    Return what is wrong with the claims that one billing group bills for a patient's day.

    Nothing is changed and nothing stops it: all findings come back, in the order of the lines.

    Args:
        claims: All claims of the day.
        payer: A payer, a policy or a method.
        fees: The fee schedule; with it each finding tells the dollars at stake.
        accumulators: The beneficiary's year before the day; with *fees* it tells which lines need KX.
        sessions: What the record holds of the day: it bears out distinct services, units and the part of
            an assistant. Without it these are not checked.
        attestations: As for :func:`bill_day`; ``("XU", "97116")`` attests that the code's services were
            distinct. Nothing is applied without it.
        edits: The NCCI edits; None takes those that come with the library.
        edit_setting: Whose edits: of practitioners or of outpatient hospitals.
        checks: Ids of the rules to check, of :data:`CHECKS`; None checks them all.

    Raises:
        InvalidInputError: If there is no claim, they are of several days, or a name is no check.
        NotPublishedError: If the payer's policy, or the fee schedule, is not known on the day.

    Source:
        NCCI Policy Manual; CMS Pub. 100-02, ch. 15, section 220; each finding cites its own.

    >>> from therapy_billing import MEDICARE, Claim, ClaimLine
    >>> found = check_claim(Claim("2024-08-01", [ClaimLine("97161", 1, ("GP",)), ClaimLine("97164", 1)]), MEDICARE)
    >>> [(finding.rule.id, finding.severity.value) for finding in found if finding.lines == (1,)]
    [('plan-modifier', 'deny')]
    """
    given = _each(claims, Claim, "claims")
    if len({claim.date_of_service for claim in given}) != 1:
        msg = "a day is checked at a time: give at least one claim, and all of one day"
        raise InvalidInputError(msg)
    day = given[0].date_of_service
    policy, _ = policy_of(payer, day)
    attested = parse_attestations(attestations)
    billed = [line for claim in given for line in claim.lines]
    lines = with_distinct(billed, attested, order=policy.modifier_order)
    record = _each(sessions, Session, "sessions")
    if any(session.date_of_service != day for session in record):
        msg = f"sessions are of the claim's day, {day}"
        raise InvalidInputError(msg)
    context = _Day(
        day, tuple(lines), policy, record, edits, parse_edit_setting(edit_setting), fees,
        accumulators, tuple(("KX", plan) if plan else "KX" for plan in attested.kx),
    )  # fmt: skip
    return gathered(_CHECKS[name](context) for name in _names(checks))


def check_day(
    sessions: Session | Iterable[Session],
    payer: UnitsBy,
    fees: FeeSchedule | None = None,
    accumulators: Accumulators | None = None,
    *,
    notes: Iterable[TreatmentNote] = (),
    plans: Iterable[PlanOfCare] = (),
    practice: Practice | None = None,
    attestations: Attested = (),
    charges: Charges | None = None,
    edits: Edits | None = None,
    edit_setting: EditSetting | str = EditSetting.PRACTITIONER,
    times: bool = True,
) -> Findings:
    """
    Return what is wrong with a patient's day: its claim, its times, its codes and its notes.

    Args:
        sessions: The sessions of one patient on one day.
        payer: A payer, a policy or a method.
        fees: The fee schedule; with it each finding tells the dollars at stake.
        accumulators: The beneficiary's year before the day.
        notes: The treatment notes of the day; each is compared with the sessions of its discipline.
        plans: The plans of care of the day.
        practice: The practice's own settings; None takes their defaults.
        attestations: As for :func:`check_claim`.
        charges: Dollars that the provider charges for one unit, by code.
        edits: The NCCI edits; None takes those that come with the library.
        edit_setting: Whose edits: of practitioners or of outpatient hospitals.
        times: Whether the times of the sessions are checked; False where :func:`check_schedule` does.

    Raises:
        InvalidInputError: As :func:`bill_day`; if a note is of another day.
        NotPublishedError: As :func:`bill_day`.

    >>> from therapy_billing import MEDICARE, Session
    >>> day = Session.from_minutes({"97110": 30, "97140": 15}, date_of_service="2024-08-01", discipline="PT")
    >>> found = check_day(day, MEDICARE)
    >>> len(found), found.would_be_denied
    (0, False)
    >>> [answer.rule.id for answer in found.unanswered if answer.rule.id.startswith("ncci")]
    []
    """
    given = _each(sessions, Session, "sessions")
    if not given:
        msg = "there is no session to check"
        raise InvalidInputError(msg)
    policy, _ = policy_of(payer, given[0].date_of_service)
    setting = Setting.NON_FACILITY if fees is None else fees.setting
    claim = build_claim(given, _billing_all(policy), fees=fees, setting=setting, charges=charges)
    parts = [
        check_claim(
            claim,
            payer,
            fees,
            accumulators,
            sessions=given,
            attestations=attestations,
            edits=edits,
            edit_setting=edit_setting,
        ),
        review_codes(given),
    ]
    if times:
        parts.append(check_times(given, payer))
    settings = Practice() if practice is None else practice
    parts += [
        check_note(note, session, settings) for note, session in _notes_of(given, tuple(notes))
    ]
    parts += [check_plan(plan, claim.date_of_service) for plan in plans]
    return gathered(parts)


_Kind = TypeVar("_Kind", Claim, Session)


def _each(given: _Kind | Iterable[_Kind], kind: type[_Kind], name: str) -> tuple[_Kind, ...]:
    """Return one or several of *given* as a tuple, after seeing that each is of its kind."""
    if isinstance(given, kind):
        return (given,)
    several: object = given
    if not isinstance(several, Iterable) or isinstance(several, str):
        several = (given,)
    values = tuple(several)
    for value in values:
        if not isinstance(value, kind):
            msg = f"{name} holds {kind.__name__}, not {shown(value)}"
            raise InvalidInputError(msg)
    return values


def _billing_all(policy: Policy) -> Policy:
    """Return *policy* without refusing codes: a check tells of them, and stops at none."""
    return attrs.evolve(policy, medicare_codes=False)


def _counted_units(day: _Day) -> Allocation:
    """Return the units of the record, with every split that the rule admits; no fee decides one."""
    policy = attrs.evolve(_billing_all(day.policy), tie_policy=TiePolicy.DOCUMENTED_ORDER)
    return allocate_units(day.sessions, policy)


def _notes_of(
    sessions: Sequence[Session], notes: Sequence[TreatmentNote]
) -> Iterator[tuple[TreatmentNote, Session | None]]:
    """Yield each note with what it has to agree with: its session, or all of its plan of care."""
    for note in notes:
        if note.date_of_service not in (None, sessions[0].date_of_service):
            msg = f"a note is of {note.date_of_service}, the sessions of {sessions[0].date_of_service}"
            raise InvalidInputError(msg)
    for discipline in Discipline:
        of_plan = [session for session in sessions if session.discipline is discipline]
        written = [note for note in notes if note.discipline is discipline]
        if len(written) == 1 and of_plan:
            services = [service for session in of_plan for service in session.services]
            yield written[0], Session(of_plan[0].date_of_service, discipline, services)
        elif len(written) == len(of_plan):
            yield from _paired(written, of_plan)
        else:
            # Nothing tells which note is of which services.
            yield from ((note, None) for note in written)


def _paired(
    notes: Sequence[TreatmentNote], sessions: Sequence[Session]
) -> Iterator[tuple[TreatmentNote, Session]]:
    """Yield each note with the session left that shares most codes with it."""
    left = list(sessions)
    for note in notes:
        named = {entry.code for entry in note.entries}
        shared = [len(named & {service.code for service in each.services}) for each in left]
        yield note, left.pop(shared.index(max(shared)))


@attrs.frozen(slots=False)
class _Day:
    """All that a check may look at."""

    date: date
    lines: tuple[ClaimLine, ...]
    policy: Policy
    sessions: tuple[Session, ...]
    given_edits: Edits | None
    edit_setting: EditSetting
    fees: FeeSchedule | None
    accumulators: Accumulators | None
    kx_attested: Attested

    @cached_property
    def edits(self) -> Edits:
        return bundled_edits() if self.given_edits is None else self.given_edits

    @property
    def lacks_edits(self) -> bool:
        """Whether the payer has edits of its own, and none were given."""
        return self.policy.edits is EditProgram.NCCI_MEDICAID and self.given_edits is None

    @cached_property
    def priced(self) -> PricedDay | None:
        return None if self.fees is None else self.price(self.lines)

    @cached_property
    def places(self) -> Mapping[str, tuple[int, ...]]:
        """Places of the lines of each code."""
        places: dict[str, list[int]] = {}
        for place, line in enumerate(self.lines):
            places.setdefault(line.code, []).append(place)
        return {code: tuple(found) for code, found in places.items()}

    def price(self, lines: Sequence[ClaimLine]) -> PricedDay | None:
        if self.fees is None:
            return None
        return price_day(
            Claim(self.date, lines),
            self.policy,
            self.fees,
            self.accumulators,
            attestations=self.kx_attested,
        )

    def facts(self, code: str) -> CodeFacts | None:
        return load_codes().get(code)

    def stake(self, denied: Collection[int]) -> Usd | None:
        """Return the dollars allowed that go when the lines at *denied* are not paid."""
        return self.stake_of(
            denied, [line for place, line in enumerate(self.lines) if place not in set(denied)]
        )

    def stake_of(self, changed: Collection[int], paid: Sequence[ClaimLine]) -> Usd | None:
        """
        Return the dollars allowed that go when *paid* is all that is paid.

        None without fees, and where a line at *changed* has no price.
        """
        before, after = self.priced, self.price(paid)
        if before is None or after is None:
            return None
        if any(before.lines[place].allowed is None for place in changed):
            return None
        # Without the unit in full another is in full; where charges cap lines, that can be more.
        return max(Usd("0.00"), EXACT.subtract(before.allowed, after.allowed))

    def by_worth(self, places: Iterable[int]) -> list[int]:
        """Return *places* by what is allowed for a unit, the least first, whatever their order."""

        def worth(place: int) -> tuple[object, ...]:
            line = self.lines[place]
            allowed = None if self.priced is None else self.priced.lines[place].allowed
            a_unit = EXACT.divide(allowed or Usd(0), Usd(line.units))
            return (a_unit, line.units, line.code, line.modifiers)

        return sorted(places, key=worth)

    def by_plan(self, places: Iterable[int]) -> list[list[int]]:
        """Return *places* by plan of care; a line that names none could belong to each."""
        plans: dict[Discipline, list[int]] = {}
        anywhere = []
        for place in places:
            plan = self.lines[place].discipline
            if plan is None:
                anywhere.append(place)
            else:
                plans.setdefault(plan, []).append(place)
        return [sorted([*own, *anywhere]) for own in plans.values()] or [anywhere]


class _Check:
    """Gathers what one rule finds, and what it answers."""

    def __init__(self, rule: str, day: _Day) -> None:
        self.rule = rule_of(rule)
        self.day = day
        self.found: list[Finding] = []
        self.answers: list[CheckAnswer] = []
        # False where the payer knows no such rule; then there is nothing to answer.
        self.asked = True
        self._not_held: dict[tuple[Answer, str], list[str]] = {}

    def find(
        self,
        severity: Severity,
        message: str,
        action: str,
        lines: Sequence[int],
        *,
        denied: Collection[int] = (),
        stake: Usd | None = None,
        suggested: tuple[tuple[str, str], ...] = (),
        figures: Iterable[Source] = (),
    ) -> None:
        at_stake = self.day.stake(denied) if denied else stake
        codes = tuple(dict.fromkeys(self.day.lines[place].code for place in lines))
        self.found.append(
            Finding(
                rule=self.rule,
                severity=severity,
                message=message,
                action=action,
                lines=tuple(lines),
                codes=codes,
                at_stake=at_stake,
                suggested=suggested,
                figures=tuple(figures),
            )
        )

    def unanswered(self, answer: Answer, about: Iterable[str], remark: str) -> None:
        self.answers.append(
            CheckAnswer(
                rule=self.rule, answer=answer, about=tuple(dict.fromkeys(about)), remark=remark
            )
        )

    def not_held(self, state: EditState, remarks: Iterable[str], about: str) -> None:
        """Gather what the edits do not hold; what they know to be clean is passed over."""
        if state in (EditState.NOT_IN_DATA, EditState.NOT_COVERED):
            remark = "; ".join(remarks) or _NOT_HELD
            self._not_held.setdefault((Answer(state.value), remark), []).append(about)

    def findings(self) -> Findings:
        if not self.asked:
            return Findings()
        for (answer, remark), about in self._not_held.items():
            self.unanswered(answer, about, remark)
        if self.found:
            codes = dict.fromkeys(code for finding in self.found for code in finding.codes)
            self.answers.insert(
                0, CheckAnswer(rule=self.rule, answer=Answer.FINDING, about=tuple(codes))
            )
        elif not self.answers:
            self.answers.append(CheckAnswer(rule=self.rule, answer=Answer.CLEAN))
        return Findings(tuple(self.found), tuple(self.answers))


def _ncci_ptp(day: _Day) -> Findings:
    check = _Check("ncci-ptp", day)
    if not _has_edits(check, day):
        return check.findings()
    for code, other in combinations(day.places, 2):
        answer = day.edits.pair(code, other, day.date, day.edit_setting)
        if answer.edit is None:
            check.not_held(answer.state, answer.remarks, f"{code}/{other}")
        else:
            _pair(check, day, answer, answer.edit)
    return check.findings()


def _has_edits(check: _Check, day: _Day) -> bool:
    """Return whether there are edits to ask; where there are none, the check has answered."""
    if day.policy.edits is EditProgram.NONE:
        check.asked = False
        return False
    if day.lacks_edits:
        check.unanswered(Answer.NOT_IN_DATA, day.places, _MEDICAID)
        return False
    return True


def _pair(check: _Check, day: _Day, answer: PairAnswer, edit: PtpEdit) -> None:
    """Look at the lines of one pair, whose edit is in force or undated."""
    column_one, column_two = day.places[edit.column1], day.places[edit.column2]
    denied = denied_column_two(
        [_distinct(day.lines[place]) for place in column_one],
        [_distinct(day.lines[place]) for place in column_two],
        indicator=edit.indicator,
        either_column=day.date >= _EITHER_COLUMN_FROM,
    )
    plans = {day.lines[place].discipline for place in column_one}
    by_severity: dict[Severity, list[int]] = {}
    for place in [column_two[place] for place in denied]:
        plan = day.lines[place].discipline
        severity = Severity.DENY
        if answer.state is EditState.UNDATED:
            severity = Severity.REVIEW
        elif edit.indicator == 0 and plan is not None and plans.isdisjoint({None, plan}):
            # The manual lets clinicians of different specialties bill both; the file does not tell it.
            severity = Severity.REVIEW
        by_severity.setdefault(severity, []).append(place)
    for severity, places in by_severity.items():
        _denied_pair(check, day, (edit, answer), places, severity)


def _denied_pair(
    check: _Check,
    day: _Day,
    asked: tuple[PtpEdit, PairAnswer],
    places: Sequence[int],
    severity: Severity,
) -> None:
    """Tell of the lines of column 2 that a pair denies."""
    edit, answer = asked
    first, second = edit.column1, edit.column2
    undated = answer.state is EditState.UNDATED
    message = (
        f"{first} (column 1) and {second} (column 2) form a pair with indicator {edit.indicator}: "
        f"{second} {'would be' if undated else 'is'} denied"
    )
    suggested: tuple[tuple[str, str], ...] = ()
    if edit.indicator == 0:
        marked = any(_distinct(day.lines[place]) for place in places)
        message += ", and no modifier passes it" + (" as 59 or X would have it" if marked else "")
        action = f"bill {first} or {second}, not both"
    else:
        on = f" on {second}" if day.date < _EITHER_COLUMN_FROM else ""
        message += f" without 59 or an X modifier{on}"
        suggested, action = _distinct_advice(day, first, second)
    if undated:
        message += "; undated: " + "; ".join(answer.remarks)
        action += "; load the NCCI file of the quarter to be sure"
    stake = day.stake(places)
    if stake is not None and day.priced is not None:
        message += (
            f"; ${day.priced.allowed} is allowed with both, "
            f"${EXACT.subtract(day.priced.allowed, stake)} when {second} is denied"
        )
    check.find(
        severity,
        message,
        action,
        (*places, *day.places[first]),
        stake=stake,
        suggested=suggested,
        figures=() if answer.source is None else (answer.source,),
    )


def _distinct(line: ClaimLine) -> bool:
    return not DISTINCT_MODIFIERS.isdisjoint(line.modifiers)


def _services(day: _Day, code: str) -> list[Service]:
    return [
        service for session in day.sessions for service in session.services if service.code == code
    ]


def _seconds(services: Iterable[Service]) -> list[tuple[float, float] | None]:
    seconds: list[tuple[float, float] | None] = []
    for service in services:
        if service.start is None or service.end is None:
            seconds.append(None)
        else:
            zero = _ZERO if service.start.tzinfo is None else _ZERO_UTC
            seconds.append(
                ((service.start - zero).total_seconds(), (service.end - zero).total_seconds())
            )
    return seconds


def _shown_apart(day: _Day, first: str, second: str) -> tuple[bool | None, bool | None]:
    """Return whether the record shows separate times, and separate regions, of two codes."""
    one, other = _services(day, first), _services(day, second)
    # A clock that names a zone and one that names none cannot be laid beside each other.
    zones = {service.start.tzinfo is None for service in (*one, *other) if service.start}
    return (
        separate_times(_seconds(one), _seconds(other)) if len(zones) == 1 else None,
        separate_regions(
            [service.body_region or "" for service in one],
            [service.body_region or "" for service in other],
        ),
    )


def _distinct_advice(day: _Day, first: str, second: str) -> tuple[tuple[tuple[str, str], ...], str]:
    """Return the modifier that the record bears out, and what to do."""
    times, regions = _shown_apart(day, first, second)
    if times is False:
        return (), f"the record has both at the same time: bill {first} alone"
    if times or regions:
        modifier = "59"
        if day.date >= _X_FROM:
            modifier = "XU" if times else "XS"
        shows = "separate times" if times else "separate regions of the body"
        return (
            ((modifier, second),),
            f"the record shows {shows}: attest {modifier} on {second} if the services were distinct",
        )
    if not day.sessions:
        return (
            (),
            f"give the sessions: their times tell whether 59 or an X modifier fits on {second}",
        )
    return (
        (),
        f"the record shows neither separate times nor regions: bill {first} alone, or record them first",
    )


def _distinct_service(day: _Day) -> Findings:
    check = _Check("distinct-service", day)
    marked = [place for place, line in enumerate(day.lines) if _distinct(line)]
    if marked and not day.sessions:
        codes = [day.lines[place].code for place in marked]
        remark = "give the sessions: only the record shows whether services were distinct"
        check.unanswered(Answer.NOT_IN_DATA, codes, remark)
        marked = []
    for place in marked:
        code = day.lines[place].code
        others = [other for other in day.places if other != code]
        paired = [other for other in others if _form_a_pair(day, code, other)]
        shown_apart = [_shown_apart(day, other, code) for other in paired or others]
        modifier = next(each for each in day.lines[place].modifiers if each in DISTINCT_MODIFIERS)
        # Each pair has to be borne out; where none is known, one code to be distinct from is enough.
        borne_out = [bool(times or regions) for times, regions in shown_apart]
        if all(borne_out) if paired else any(borne_out):
            continue
        message = f"{modifier} on {code}: the record shows no separate time or region for it"
        if any(times is False for times, _ in shown_apart):
            message = f"{modifier} on {code}: the record has it at the same time as another code"
        check.find(
            Severity.REVIEW,
            message,
            f"take {modifier} off, or record when and where {code} was given",
            (place,),
            denied=(place,),
        )
    return check.findings()


def _form_a_pair(day: _Day, code: str, other: str) -> bool:
    if day.policy.edits is EditProgram.NONE or day.lacks_edits:
        return False
    return day.edits.pair(code, other, day.date, day.edit_setting).edit is not None


def _ncci_mue(day: _Day) -> Findings:
    check = _Check("ncci-mue", day)
    if not _has_edits(check, day):
        return check.findings()
    for code, places in day.places.items():
        answer = day.edits.limit(code, day.date, day.edit_setting)
        if answer.limit is None:
            check.not_held(answer.state, answer.remarks, code)
            continue
        by_line = answer.limit.mai == _BY_LINE or day.policy.edits is EditProgram.NCCI_MEDICAID
        units = [day.lines[place].units for place in places]
        denied = [
            places[place]
            for place in beyond_limit(units, limit=answer.limit.units, by_line=by_line)
        ]
        if denied:
            _limit(check, day, (answer.limit, answer), denied, by_line=by_line)
        elif answer.state is EditState.UNDATED:
            check.not_held(EditState.NOT_COVERED, answer.remarks, code)
    return check.findings()


def _limit(
    check: _Check,
    day: _Day,
    asked: tuple[MueLimit, LimitAnswer],
    denied: Sequence[int],
    *,
    by_line: bool,
) -> None:
    """Tell of the lines of one code that are beyond its limit."""
    limit, answer = asked
    places = day.places[limit.code]
    alone = {
        place
        for own in day.by_plan(places)
        if beyond_limit([day.lines[each].units for each in own], limit=limit.units, by_line=by_line)
        for place in own
    }
    # What another practitioner billed within the limit is not denied with it.
    denied = [place for place in denied if place in alone] or denied
    units = [day.lines[place].units for place in denied]
    billed = max(units) if by_line else sum(units)
    message = (
        f"{_counted(billed)} of {limit.code}, at most {limit.units} (adjudication indicator "
        f"{limit.mai}: {_MAI[_BY_LINE if by_line else limit.mai]})"
    )
    action = f"bill {limit.units} at most; if more is needed, have the record show why"
    if not limit.units:
        action = f"take {limit.code} off: no unit of it is paid"
    if not alone:
        message += "; no plan of care is beyond it alone, and PT and OT are different practitioners"
    undated = answer.state is EditState.UNDATED
    if undated:
        message += "; undated: " + "; ".join(answer.remarks)
        action += "; load the MUE file of the quarter to be sure"
    check.find(
        Severity.DENY if alone and not undated else Severity.REVIEW,
        message,
        action,
        denied,
        denied=denied,
        figures=() if answer.source is None else (answer.source,),
    )


def _add_on_alone(day: _Day) -> Findings:
    check = _Check("add-on-alone", day)
    adds_to = {
        code: facts.adds_to
        for code in day.places
        if (facts := day.facts(code)) is not None and facts.adds_to is not None
    }
    for place in add_ons_alone([line.code for line in day.lines], adds_to=adds_to):
        code = day.lines[place].code
        check.find(
            Severity.DENY,
            f"{code} adds to {adds_to[code]}, which is not on the claim",
            f"bill {adds_to[code]} first, or take {code} off",
            (place,),
            denied=(place,),
        )
    return check.findings()


def _discipline_only(day: _Day) -> Findings:
    check = _Check("discipline-only", day)
    if day.date < _DISCIPLINE_ONLY_FROM:
        check.unanswered(
            Answer.NOT_COVERED, (), f"known from {_DISCIPLINE_ONLY_FROM}, not on {day.date}"
        )
        return check.findings()
    for place, line in enumerate(day.lines):
        facts, plan = day.facts(line.code), line.discipline
        if facts is None or plan is None or plan_is_allowed(plan, plans=facts.disciplines):
            continue
        allowed = " or ".join(DISCIPLINE_MODIFIERS[each] for each in facts.disciplines)
        check.find(
            Severity.DENY,
            f"{line.code} belongs to {allowed} alone, and the line has {DISCIPLINE_MODIFIERS[plan]}",
            f"bill it under {allowed}, or bill the code of this plan of care",
            (place,),
            denied=(place,),
            figures=facts.sources["disciplines"],
        )
    return check.findings()


def _once_a_day(day: _Day) -> Findings:
    check = _Check("once-a-day", day)
    for code, places in day.places.items():
        facts = day.facts(code)
        first_of_family = facts is not None and facts.timed and facts.add_on is not None
        if facts is None or not (facts.once or first_of_family):
            continue
        for of_plan in day.by_plan(places):
            units = [day.lines[place].units for place in of_plan]
            if not beyond_once(units):
                continue
            further = f"; further time is {facts.add_on}" if first_of_family else ""
            rest = [line for place, line in enumerate(day.lines) if place not in of_plan]
            once = _of_units(day.lines[of_plan[0]], 1)
            check.find(
                Severity.DENY,
                f"{code} is billed once a day, not {sum(units)} times{further}",
                f"bill one unit of {code}",
                of_plan,
                stake=day.stake_of(of_plan, [*rest, once]),
                figures=facts.sources["time"],
            )
    return check.findings()


def _one_evaluation(day: _Day) -> Findings:
    check = _Check("one-evaluation", day)
    by_kind: dict[Discipline, list[int]] = {}
    for place, line in enumerate(day.lines):
        facts = day.facts(line.code)
        if facts is not None and facts.evaluation_of is not None:
            by_kind.setdefault(facts.evaluation_of, []).append(place)
    for kind, places in by_kind.items():
        plans = {day.lines[place].discipline for place in places} - {None}
        several = len({day.lines[place].code for place in places}) > 1 or len(plans) > 1
        # One code under one plan is for the rule of once a day.
        if several and beyond_once([day.lines[place].units for place in places]):
            codes = ", ".join(sorted({day.lines[place].code for place in places}))
            check.find(
                Severity.DENY,
                f"{codes}: a day has one {kind.value} evaluation or re-evaluation",
                "bill the one that was given",
                places,
                denied=day.by_worth(places)[1:],
            )
    return check.findings()


def _one_line_a_code(day: _Day) -> Findings:
    check = _Check("one-line-a-code", day)
    for places in duplicate_lines([(line.code, line.modifiers) for line in day.lines]):
        code = day.lines[places[0]].code
        # The contractor tells of Medicare's timed codes; elsewhere a duplicate is the payer's to judge.
        rejected = day.policy.medicare_codes and day.date >= _ONE_LINE_FROM and _is_timed(day, code)
        check.find(
            Severity.DENY if rejected else Severity.REVIEW,
            f"{code} stands on {len(places)} lines with the same modifiers",
            "add the units up on one line",
            places,
            denied=day.by_worth(places)[1:],
        )
    return check.findings()


def _plan_modifier(day: _Day) -> Findings:
    check = _Check("plan-modifier", day)
    for place, line in enumerate(day.lines):
        named = plans_named(line.modifiers, plans=_PLANS)
        facts = day.facts(line.code)
        if len(named) > 1:
            check.find(
                Severity.DENY,
                f"{line.code} names {' and '.join(named)}: a line belongs to one plan of care",
                "keep the modifier of the plan under which it was given",
                (place,),
                denied=(place,),
            )
        elif (
            not named
            and day.policy.medicare_codes
            and facts is not None
            and facts.therapy_class is not TherapyClass.NOT_COVERED
        ):
            always = facts.therapy_class is TherapyClass.ALWAYS
            check.find(
                Severity.DENY if always else Severity.NOTE,
                f"{line.code} is {'always' if always else 'sometimes'} therapy and has no GP, GO or GN",
                "add the modifier of the plan of care"
                + ("" if always else ", if it was given under one"),
                (place,),
                denied=(place,) if always else (),
                figures=facts.sources["therapy"],
            )
    return check.findings()


def _assistant_modifier_plan(day: _Day) -> Findings:
    check = _Check("assistant-modifier-plan", day)
    for place, line in enumerate(day.lines):
        facts = day.facts(line.code)
        for modifier in assistant_faults(line.modifiers, belongs_to=_BELONGS_TO):
            check.find(
                Severity.DENY,
                f"{modifier} on {line.code} stands without {_BELONGS_TO[modifier]}",
                f"bill {modifier} with {_BELONGS_TO[modifier]} on the same line, or take it off",
                (place,),
                denied=(place,),
            )
        if line.assistant and facts is not None and not facts.assistant_modifier:
            check.find(
                Severity.DENY,
                f"{line.code} takes no assistant modifier",
                "take CQ or CO off",
                (place,),
                denied=(place,),
                figures=facts.sources["assistant"],
            )
    return check.findings()


def _modifier_count(day: _Day) -> Findings:
    check = _Check("modifier-count", day)
    for place, line in enumerate(day.lines):
        wanted = ordered(line.modifiers, order=day.policy.modifier_order)
        extra = beyond_fourth(wanted, most=_MOST_MODIFIERS)
        if extra:
            check.find(
                Severity.DENY,
                f"{line.code} has {len(line.modifiers)} modifiers, and a claim line holds "
                f"{_MOST_MODIFIERS}: no room for {', '.join(extra)}",
                "leave out one that the payer does not need, and keep it in the record",
                (place,),
                denied=(place,),
            )
    return check.findings()


def _modifier_order(day: _Day) -> Findings:
    check = _Check("modifier-order", day)
    for place, line in enumerate(day.lines):
        wanted = ordered(line.modifiers, order=day.policy.modifier_order)
        if wanted != line.modifiers:
            check.find(
                Severity.NOTE,
                f"{line.code} has {' '.join(line.modifiers)}; the payer's order is {' '.join(wanted)}",
                "write them in the payer's order",
                (place,),
            )
    return check.findings()


def _modifier_allowed(day: _Day) -> Findings:
    check = _Check("modifier-allowed", day)
    check.asked = day.policy.allowed_modifiers is not None
    for place, line in enumerate(day.lines):
        foreign = not_taken(line.modifiers, allowed=day.policy.allowed_modifiers)
        if foreign:
            check.find(
                Severity.REVIEW,
                f"{line.code} has {', '.join(foreign)}, which the payer does not take",
                f"take {', '.join(foreign)} off, or ask the payer",
                (place,),
                denied=(place,),
            )
    return check.findings()


def _payable_code(day: _Day) -> Findings:
    check = _Check("payable-code", day)
    unknown = []
    for place, line in enumerate(day.lines):
        facts = day.facts(line.code)
        if facts is None:
            unknown.append(line.code)
            continue
        first, last = facts.effective_from, facts.effective_through
        instead = (
            f"; it takes {' or '.join(facts.medicare_instead)}" if facts.medicare_instead else ""
        )
        if (first and day.date < first) or (last and day.date > last):
            check.find(
                Severity.DENY,
                f"{line.code} is not a code of {day.date}",
                f"bill {' or '.join(facts.replaced_by) or 'the code of that day'}",
                (place,),
                denied=(place,),
                figures=facts.sources["validity"],
            )
            continue
        if not day.policy.medicare_codes:
            continue
        refused = facts.medicare_refuses or facts.therapy_class is TherapyClass.NOT_COVERED
        paid = paid_apart(facts.medicare_status, refused=refused)
        if paid is False:
            check.find(
                Severity.DENY,
                f"Medicare does not pay {line.code}{instead}",
                f"bill {' or '.join(facts.medicare_instead) or 'nothing for it'}",
                (place,),
                denied=(place,),
                figures=facts.sources.get("medicare", ()),
            )
        elif paid is None:
            check.find(
                Severity.NOTE,
                f"{line.code} is bundled: Medicare pays nothing apart for it",
                "expect no payment of this line",
                (place,),
                figures=facts.sources["medicare"],
            )
    if unknown:
        check.unanswered(Answer.NOT_IN_DATA, unknown, "not among the therapy codes known here")
    return check.findings()


def _units_of_minutes(day: _Day) -> Findings:
    check = _Check("units-of-minutes", day)
    if not day.sessions:
        remark = "give the sessions: their minutes tell the units"
        check.unanswered(Answer.NOT_IN_DATA, (), remark)
        return check.findings()
    made = _counted_units(day)
    untimed = made.untimed_units
    told = 0
    for code, places in day.places.items():
        billed = sum(day.lines[place].units for place in places)
        most = max(split.get(code, 0) for split in made.admissible) + untimed.get(code, 0)
        excess = excess_units(billed, made=most)
        if not excess:
            _of_plans(check, day, made, code)
            continue
        told += excess * _is_timed(day, code)
        documented = code in made.codes or code in untimed
        why = f"the minutes make {most}" if documented else "the record does not hold it"
        check.find(
            Severity.DENY,
            f"{_counted(billed)} of {code} billed, and {why}",
            f"bill {most}" if most else f"take {code} off",
            places,
            stake=day.stake_of(places, list(_lessened(day, places, excess))),
        )
    timed = [place for place, line in enumerate(day.lines) if _is_timed(day, line.code)]
    billed = sum(day.lines[place].units for place in timed)
    excess = excess_units(billed, made=made.total_units)
    # Of equal leftovers each code may have the unit, and not all of them.
    if excess > told:
        check.find(
            Severity.DENY,
            f"{billed} timed units billed, and the {made.timed_minutes} timed minutes make "
            f"{made.total_units}",
            f"bill {made.total_units} timed units",
            timed,
            stake=day.stake_of(timed, list(_lessened(day, timed, excess))),
        )
    return check.findings()


def _of_plans(check: _Check, day: _Day, made: Allocation, code: str) -> None:
    """Tell of units of *code* under a plan of care that the minutes of another plan made."""
    for pool in made.pools:
        places = [
            place for place in day.places[code] if day.lines[place].discipline is pool.discipline
        ]
        shares = made.by_discipline[pool.discipline]
        open_to = {
            each
            for place in pool.tied
            if not pool.extra_units[place]
            for each in pool.streams[place][:2]
        }
        most = shares.get(code, 0) + (code in open_to) + dict(pool.untimed).get(code, 0)
        billed = sum(day.lines[place].units for place in places)
        if excess := excess_units(billed, made=most):
            plan = DISCIPLINE_MODIFIERS[pool.discipline] if pool.discipline else "no plan"
            check.find(
                Severity.DENY,
                f"{_counted(billed)} of {code} billed under {plan}, and its minutes make {most}",
                f"bill {most} under {plan}",
                places,
                stake=day.stake_of(places, list(_lessened(day, places, excess))),
            )


def _is_timed(day: _Day, code: str) -> bool:
    facts = day.facts(code)
    return facts is not None and facts.timed


def _of_units(line: ClaimLine, units: int) -> ClaimLine:
    """Return *line* with other units, its charge in proportion."""
    charge = line.charge
    if charge is not None:
        charge = cents(EXACT.divide(EXACT.multiply(charge, Usd(units)), Usd(line.units)))
    return attrs.evolve(line, units=units, charge=charge)


def _counted(units: int) -> str:
    return "1 unit" if units == 1 else f"{units} units"


def _lessened(day: _Day, places: Sequence[int], by: int) -> Iterator[ClaimLine]:
    """Yield the lines, those at *places* with *by* units fewer in all, the least in worth first."""
    taken: dict[int, int] = {}
    for place in day.by_worth(places):
        taken[place] = min(by, day.lines[place].units)
        by -= taken[place]
    for place, line in enumerate(day.lines):
        units = line.units - taken.get(place, 0)
        if units:
            yield line if units == line.units else _of_units(line, units)


def _assistant_modifier_missing(day: _Day) -> Findings:
    check = _Check("assistant-modifier-missing", day)
    check.asked = day.policy.assistants is not AssistantRule.NONE
    if not day.sessions:
        remark = "give the sessions: they tell what an assistant furnished"
        check.unanswered(Answer.NOT_IN_DATA, (), remark)
        return check.findings()
    furnished = _furnished(day)
    for (plan, code), wanted in furnished.items():
        places = [
            place
            for place in day.places.get(code, ())
            if day.lines[place].discipline in (plan, None)
        ]
        units = sum(day.lines[place].units for place in places)
        marked = sum(day.lines[place].units for place in places if day.lines[place].assistant)
        if unmarked := unmarked_units(wanted, marked=marked, units=units):
            check.find(
                Severity.DENY,
                f"{_counted(unmarked)} of {code} furnished by an assistant without CQ or CO",
                f"bill {marked + unmarked} with CQ or CO on a line of their own",
                places,
            )
    return check.findings()


def _furnished(day: _Day) -> dict[tuple[Discipline | None, str], int]:
    """Return the units that an assistant furnished, by plan of care and code, as they are billed."""
    # Of equal leftovers the code counts that has the unit on the claim.
    beyond = {
        code: units - sum(day.lines[place].units for place in day.places.get(code, ()))
        for code, units in _counted_units(day).units.items()
    }
    policy = attrs.evolve(
        _billing_all(day.policy),
        tie_policy=TiePolicy.PREFERRED_CODES,
        preferred_codes=tuple(sorted(beyond, key=beyond.__getitem__)),
    )
    setting = Setting.NON_FACILITY if day.fees is None else day.fees.setting
    units: dict[tuple[Discipline | None, str], int] = {}
    for line in build_claim(day.sessions, policy, setting=setting).lines:
        if line.assistant:
            key = (line.discipline, line.code)
            units[key] = units.get(key, 0) + line.units
    return units


def _kx_threshold(day: _Day) -> Findings:
    check = _Check("kx-threshold", day)
    check.asked = day.policy.kx
    if day.priced is None or day.accumulators is None:
        remark = "give fees and accumulators: the year's allowed amounts tell which lines need KX"
        check.unanswered(Answer.NOT_IN_DATA, (), remark)
        return check.findings()
    for place, line in enumerate(day.priced.lines):
        if line.kx is not KxState.SUGGESTED or line.discipline is None:
            continue
        check.find(
            Severity.DENY,
            f"{line.code} lies beyond the annual threshold and has no KX",
            "attest KX if the record shows that the service is necessary",
            (place,),
            stake=line.allowed,
            suggested=(("KX", line.discipline.value),),
        )
    return check.findings()


_CHECKS: Mapping[str, Callable[[_Day], Findings]] = {
    "plan-modifier": _plan_modifier,
    "assistant-modifier-plan": _assistant_modifier_plan,
    "assistant-modifier-missing": _assistant_modifier_missing,
    "modifier-count": _modifier_count,
    "modifier-order": _modifier_order,
    "modifier-allowed": _modifier_allowed,
    "payable-code": _payable_code,
    "discipline-only": _discipline_only,
    "one-line-a-code": _one_line_a_code,
    "once-a-day": _once_a_day,
    "one-evaluation": _one_evaluation,
    "add-on-alone": _add_on_alone,
    "units-of-minutes": _units_of_minutes,
    "ncci-ptp": _ncci_ptp,
    "distinct-service": _distinct_service,
    "ncci-mue": _ncci_mue,
    "kx-threshold": _kx_threshold,
}

CHECKS = tuple(_CHECKS)
"""The ids of the rules that a claim is checked against."""


def _names(checks: Collection[str] | None) -> list[str]:
    if checks is None:
        return list(CHECKS)
    given: object = checks
    if isinstance(given, str) or not isinstance(given, Collection):
        msg = f"checks is a collection of ids of rules, not {shown(given)}"
        raise InvalidInputError(msg)
    for name in checks:
        if name not in CHECKS:
            msg = f"a check is one of {', '.join(CHECKS)}"
            raise InvalidInputError(msg)
    return [name for name in CHECKS if name in checks]
