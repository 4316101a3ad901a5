"""
Plant one fault in an ordinary day: in the claim, in the record, or in both.

Each fault is a function that takes a correct day and returns the faulty day, or None if the fault does not apply to
the day. `FAULTS` lists the faults with the rules of which at least one must report them.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import NamedTuple

import attrs

from tests.ordinary_days import DAY, OrdinaryDay, is_timed, paired, with_span
from therapy_billing import (
    MEDICARE,
    Accumulators,
    Claim,
    ClaimLine,
    Edits,
    FeeSchedule,
    Session,
    build_claim,
)
from therapy_billing.checks.day import check_claim
from therapy_billing.codes.code_book import load_codes
from therapy_billing.codes.modifiers import distinct_modifiers
from therapy_billing.findings.records import Finding, Severity
from therapy_billing.schedule.schedule_checks import check_times
from therapy_billing.visits.services import Service, service

__all__ = [
    "FAULTS",
    "ROLES",
    "BilledDay",
    "Fault",
    "FaultyDay",
    "check_faulty",
    "plant_faults",
]


class BilledDay(NamedTuple):
    """A correct day, and the lines of its claim."""

    day: OrdinaryDay
    lines: tuple[ClaimLine, ...]


@attrs.frozen
class FaultyDay:
    """
    A day with one planted fault.

    Args:
        fault: The name of the fault.
        sessions: The record.
        lines: The lines of the claim.
        accumulators: The year-to-date amounts before the day.
    """

    fault: str
    sessions: tuple[Session, ...]
    lines: tuple[ClaimLine, ...]
    accumulators: Accumulators

    @property
    def claim(self) -> Claim:
        return Claim(DAY, self.lines)


class Planted(NamedTuple):
    """What a fault changes; None keeps what the correct day has."""

    lines: Sequence[ClaimLine] | None = None
    sessions: Sequence[Session] | None = None
    accumulators: Accumulators | None = None


Plant = Callable[[BilledDay, Random], Planted | None]


class Fault(NamedTuple):
    """A kind of fault, and the rules of which at least one must report it."""

    plant: Plant
    rules: tuple[str, ...]


_PLAN = {"PT": "GP", "OT": "GO", "SLP": "GN"}
_ASSISTANT = {"PT": "CQ", "OT": "CO"}
_RE_EVALUATION = {"PT": "97164", "OT": "97168"}
_MUE = {"97110": 6, "97112": 4, "97116": 4, "97140": 6, "97530": 6}
"""The practitioner limits of 2026-04-01."""


def plant_faults(days: Iterable[BilledDay], seed: int) -> Iterator[FaultyDay]:
    """Yield each day with one fault. Of the faults that apply to a day, take the one with the fewest days so far."""
    planted: Counter[str] = Counter()
    for index, day in enumerate(days):
        rng = Random(f"{seed} fault {index}")
        for name in sorted(FAULTS, key=lambda each: (planted[each], rng.random())):
            change = FAULTS[name].plant(day, rng)
            if change is not None:
                planted[name] += 1
                yield FaultyDay(
                    name,
                    tuple(change.sessions or day.day.sessions),
                    tuple(change.lines or day.lines),
                    change.accumulators or day.day.accumulators,
                )
                break


def check_faulty(day: FaultyDay, fees: FeeSchedule, edits: Edits) -> list[Finding]:
    """Return the findings about the claim and about the times of a faulty day that are not only informative."""
    of_claim = check_claim(
        day.claim, MEDICARE, fees, day.accumulators, sessions=day.sessions, edits=edits
    )
    found = (*of_claim, *check_times(day.sessions, MEDICARE, fees=fees))
    return [each for each in found if each.severity is not Severity.INFO]


# Lines.


def _choose(
    day: BilledDay, rng: Random, wanted: Callable[[ClaimLine], bool] = lambda _: True
) -> tuple[int, ClaimLine] | None:
    found = [(index, line) for index, line in enumerate(day.lines) if wanted(line)]
    return rng.choice(found) if found else None


def _with_line(day: BilledDay, index: int, line: ClaimLine) -> list[ClaimLine]:
    return [line if at == index else each for at, each in enumerate(day.lines)]


def _with_modifiers(day: BilledDay, index: int, *modifiers: str) -> list[ClaimLine]:
    return _with_line(day, index, attrs.evolve(day.lines[index], modifiers=modifiers))


def _plan_of(line: ClaimLine) -> str:
    assert line.discipline is not None
    return str(line.discipline.value)


def one_unit_too_many(day: BilledDay, rng: Random) -> Planted | None:
    chosen = _choose(day, rng, lambda line: is_timed(line.code))
    if chosen is None:
        return None
    index, line = chosen
    return Planted(_with_line(day, index, attrs.evolve(line, units=line.units + 1)))


def code_not_in_the_record(day: BilledDay, rng: Random) -> Planted | None:
    recorded = {each.code for session in day.day.sessions for each in session.services}
    _, line = rng.choice(list(enumerate(day.lines)))
    other = {
        "PT": ("97110", "97112", "97140", "97530", "97116", "97035"),
        "OT": ("97110", "97530", "97535", "97140", "97533"),
        "SLP": ("92507", "92526", "97129"),
    }
    code = rng.choice([each for each in other[_plan_of(line)] if each not in recorded] or ["97755"])
    if code == "97755":
        return None
    return Planted([*day.lines, ClaimLine(code, 1, (_PLAN[_plan_of(line)],))])


def no_plan_modifier(day: BilledDay, rng: Random) -> Planted | None:
    index, line = rng.choice(list(enumerate(day.lines)))
    kept = [each for each in line.modifiers if each not in _PLAN.values()]
    return Planted(_with_modifiers(day, index, *kept))


def two_plan_modifiers(day: BilledDay, rng: Random) -> Planted | None:
    index, line = rng.choice(list(enumerate(day.lines)))
    other = rng.choice([each for each in _PLAN.values() if each not in line.modifiers])
    return Planted(_with_modifiers(day, index, *line.modifiers, other))


def assistant_modifier_of_another_plan(day: BilledDay, rng: Random) -> Planted | None:
    chosen = _choose(day, rng, lambda line: not line.assistant and _plan_of(line) in _ASSISTANT)
    if chosen is None:
        return None
    index, line = chosen
    other = "CO" if _plan_of(line) == "PT" else "CQ"
    return Planted(_with_modifiers(day, index, *line.modifiers, other))


def assistant_modifier_without_a_plan(day: BilledDay, rng: Random) -> Planted | None:
    chosen = _choose(day, rng, lambda line: line.assistant)
    if chosen is None:
        return None
    index, line = chosen
    kept = [each for each in line.modifiers if each not in _PLAN.values()]
    return Planted(_with_modifiers(day, index, *kept))


def no_assistant_modifier(day: BilledDay, rng: Random) -> Planted | None:
    if any(line.assistant for line in day.lines):
        merged: Counter[tuple[str, tuple[str, ...]]] = Counter()
        for line in day.lines:
            kept = tuple(each for each in line.modifiers if each not in _ASSISTANT.values())
            merged[line.code, kept] += line.units
        return Planted([ClaimLine(code, units, kept) for (code, kept), units in merged.items()])
    chosen = _choose(
        day,
        rng,
        lambda line: (
            _plan_of(line) in _ASSISTANT
            and load_codes()[line.code].assistant_modifier
            and load_codes()[line.code].evaluation_of is None
            and load_codes()[line.code].add_on is None
            and load_codes()[line.code].adds_to is None
        ),
    )
    if chosen is None:
        return None
    _, line = chosen
    return Planted(
        sessions=_changed(day, _plan_of(line), {line.code}, lambda each: _by(each, "assistant"))
    )


def one_code_on_two_lines(day: BilledDay, rng: Random) -> Planted | None:
    chosen = _choose(day, rng, lambda line: line.units > 1 and is_timed(line.code))
    if chosen is None:
        return None
    index, line = chosen
    return Planted(
        [
            *_with_line(day, index, attrs.evolve(line, units=line.units - 1)),
            attrs.evolve(line, units=1),
        ]
    )


def five_modifiers(day: BilledDay, rng: Random) -> Planted | None:
    index, line = rng.choice(list(enumerate(day.lines)))
    further = [each for each in ("59", "KX", "76", "22", "XU") if each not in line.modifiers]
    return Planted(
        _with_modifiers(day, index, *line.modifiers, *further[: 5 - len(line.modifiers)])
    )


def kx_with_ga(day: BilledDay, rng: Random) -> Planted | None:
    index, line = rng.choice(list(enumerate(day.lines)))
    kept = [each for each in line.modifiers if each != "KX"]
    return Planted(_with_modifiers(day, index, *kept, "KX", "GA"))


def no_kx_above_the_threshold(day: BilledDay, rng: Random) -> Planted | None:
    lines = [
        attrs.evolve(line, modifiers=[each for each in line.modifiers if each != "KX"])
        for line in day.lines
    ]
    above = Decimal(rng.randrange(2500, 2900))
    return Planted(lines, accumulators=Accumulators(DAY.year, Decimal(283), above, above))


def untimed_code_with_two_units(day: BilledDay, rng: Random) -> Planted | None:
    chosen = _choose(day, rng, lambda line: not is_timed(line.code))
    if chosen is None:
        return None
    index, line = chosen
    return Planted(_with_line(day, index, attrs.evolve(line, units=2)))


def add_on_without_its_first_code(day: BilledDay, rng: Random) -> Planted | None:
    add_ons = ("97130", "97551")
    chosen = _choose(day, rng, lambda line: line.code in add_ons)
    if chosen is not None:
        first = load_codes()[chosen[1].code].adds_to
        return Planted([line for line in day.lines if line.code not in first])
    index, line = rng.choice(list(enumerate(day.lines)))
    code = rng.choice(add_ons)
    if any(each.code in ("97129", "97550") for each in day.lines if each is not line):
        return None
    return Planted(_with_line(day, index, attrs.evolve(line, code=code, units=1)))


def ended_or_refused_code(day: BilledDay, rng: Random) -> Planted | None:
    # 97014 and 97127 were never valid for Medicare; the others ended in 2013, 2016, 2017, and 2019.
    index, line = rng.choice(list(enumerate(day.lines)))
    codes = {
        "PT": ("97014", "97001", "97002", "97762"),
        "OT": ("97003", "97532", "97762", "G0515", "97127"),
        "SLP": ("92506", "97532", "G0515", "97127"),
    }
    code = rng.choice(codes[_plan_of(line)])
    return Planted(_with_line(day, index, attrs.evolve(line, code=code)))


def evaluation_under_the_wrong_plan(day: BilledDay, rng: Random) -> Planted | None:
    chosen = _choose(day, rng, lambda line: len(load_codes()[line.code].disciplines) == 1)
    if chosen is None:
        return None
    index, line = chosen
    plan = _PLAN[_plan_of(line)]
    other = rng.choice([each for each in _PLAN.values() if each != plan])
    changed = [other if each == plan else each for each in line.modifiers]
    return Planted(_with_modifiers(day, index, *changed))


def evaluation_and_re_evaluation(day: BilledDay, rng: Random) -> Planted | None:
    found = [
        line
        for line in day.lines
        if load_codes()[line.code].evaluation_of is not None
        and line.code not in _RE_EVALUATION.values()
    ]
    if not found:
        return None
    plan = _plan_of(rng.choice(found))
    return _added(day, plan, _RE_EVALUATION[plan], 20)


# The record.


def _by(given: Service, clinician: str) -> Service:
    return service(
        given.code,
        None if given.start else given.minutes,
        start=given.start,
        end=given.end,
        clinician=clinician,
        body_region=given.body_region,
        activity=given.activity,
    )


def _changed(
    day: BilledDay, plan: str, codes: set[str], change: Callable[[Service], Service]
) -> list[Session]:
    """Return the sessions, with the services of these codes under one plan of care changed."""
    return [
        Session(
            DAY,
            session.discipline,
            [
                change(each) if session.discipline.value == plan and each.code in codes else each
                for each in session.services
            ],
        )
        for session in day.day.sessions
    ]


def _added(
    day: BilledDay,
    plan: str,
    code: str,
    minutes: int,
    *modifiers: str,
    at: datetime | None = None,
) -> Planted:
    """Return the day with one more service at the end of a session, or at a given time, and its line."""
    sessions = list(day.day.sessions)
    at_end = max(
        index for index, session in enumerate(sessions) if session.discipline.value == plan
    )
    more = service(code, minutes)
    if day.day.clocked:
        start = at or max(each.end for session in sessions for each in session.services if each.end)
        more = with_span(more, start, start + timedelta(minutes=minutes))
    sessions[at_end] = Session(DAY, sessions[at_end].discipline, [*sessions[at_end].services, more])
    return Planted([*day.lines, ClaimLine(code, 1, (_PLAN[plan], *modifiers))], sessions)


def evaluation_by_an_assistant(day: BilledDay, rng: Random) -> Planted | None:
    found = [line for line in day.lines if load_codes()[line.code].evaluation_of is not None]
    if not found:
        return None
    line = rng.choice(found)
    return Planted(
        sessions=_changed(day, _plan_of(line), {line.code}, lambda each: _by(each, "assistant"))
    )


def treatment_by_an_slp_assistant(day: BilledDay, _: Random) -> Planted | None:
    found = [line for line in day.lines if _plan_of(line) == "SLP"]
    if not found:
        return None
    codes = {line.code for line in found}
    return Planted(sessions=_changed(day, "SLP", codes, lambda each: _by(each, "assistant")))


def _furnished_by(role: str) -> Plant:
    """Return a fault: the minutes of a billed code were furnished by someone whom Medicare does not pay."""

    def plant(day: BilledDay, rng: Random) -> Planted | None:
        line = rng.choice(day.lines)
        return Planted(
            sessions=_changed(day, _plan_of(line), {line.code}, lambda each: _by(each, role))
        )

    return plant


def pair_without_its_modifier(day: BilledDay, rng: Random) -> Planted | None:
    distinct = distinct_modifiers()
    if any(not distinct.isdisjoint(line.modifiers) for line in day.lines):
        return Planted(
            [
                attrs.evolve(line, modifiers=[m for m in line.modifiers if m not in distinct])
                for line in day.lines
            ]
        )
    chosen = _choose(day, rng, lambda line: _plan_of(line) in _ASSISTANT)
    if chosen is None:
        return None
    plan = _plan_of(chosen[1])
    return _add_paired(day, rng, plan, 1, ("97150", "97542", "97012", "97113", "97140", "97110"))


def pair_with_indicator_0(day: BilledDay, rng: Random) -> Planted | None:
    codes = ("97124", "97750", "97763", "G0283", "97032", "97760")
    for line in day.lines:
        if planted := _add_paired(day, rng, _plan_of(line), 0, codes, "59"):
            return planted
    return None


def _add_paired(
    day: BilledDay, rng: Random, plan: str, indicator: int, codes: Sequence[str], *modifiers: str
) -> Planted | None:
    """Add a service that is a pair with a code of the day, with the modifiers; None if no code is."""
    there = {line.code for line in day.lines}
    own = {line.code for line in day.lines if _plan_of(line) == plan}
    further = [
        code
        for code in codes
        if code not in there
        if any((pair := paired(code, each)) and pair[0] == indicator for each in own)
    ]
    if not further:
        return None
    code = rng.choice(further)
    return _added(day, plan, code, 15, *modifiers)


def speech_with_cognition(day: BilledDay, _: Random) -> Planted | None:
    codes = {line.code: index for index, line in enumerate(day.lines) if _plan_of(line) == "SLP"}
    if "92507" in codes and "97129" not in codes:
        return _added(day, "SLP", "97129", 15, "59")
    if "97129" in codes and "92507" not in codes:
        return _added(day, "SLP", "92507", 30, "59")
    return None


def units_above_the_limit(day: BilledDay, rng: Random) -> Planted | None:
    chosen = _choose(
        day,
        rng,
        lambda line: (
            line.code in _MUE
            and sum(each.code == line.code for each in day.lines) == 1
            and sum(each.code == line.code for s in day.day.sessions for each in s.services) == 1
        ),
    )
    if chosen is None:
        return None
    index, line = chosen
    minutes = 15 * (_MUE[line.code] + rng.choice((1, 1, 2)))
    longer = _changed(
        day,
        _plan_of(line),
        {line.code},
        lambda each: service(
            each.code, minutes, clinician=each.clinician, body_region=each.body_region
        ),
    )
    if day.day.clocked:
        # Every later service of the day starts later.
        longer = _moved(longer, day.day.sessions, {line.code}, minutes)
    made = {
        (each.code, each.modifiers[0]): each.units for each in build_claim(longer, MEDICARE).lines
    }
    return Planted(
        _with_line(day, index, attrs.evolve(line, units=made[line.code, line.modifiers[0]])),
        longer,
    )


def _moved(
    longer: Sequence[Session], before: Sequence[Session], codes: set[str], minutes: int
) -> list[Session]:
    shift = timedelta()
    sessions = []
    for session, old in zip(longer, before, strict=True):
        services = []
        for each, given in zip(session.services, old.services, strict=True):
            if given.start is None or given.end is None:
                services.append(each)
                continue
            start, end = given.start + shift, given.end + shift
            if each.code in codes and each.start is None:
                end = start + timedelta(minutes=minutes)
                shift += end - start - (given.end - given.start)
            services.append(with_span(each, start, end))
        sessions.append(Session(DAY, session.discipline, services))
    return sessions


def impossible_minutes(day: BilledDay, rng: Random) -> Planted | None:
    session = rng.choice(day.day.sessions)
    attended = [each for each in session.services if each.code not in _NOT_ATTENDED]
    if not attended:
        return None
    chosen = rng.choice(attended)
    minutes = rng.choice((600, 720, 1440))

    def change(each: Service) -> Service:
        if each is not chosen:
            return each
        if each.start is not None:
            return with_span(each, each.start, each.start + timedelta(minutes=minutes))
        return service(each.code, minutes, clinician=each.clinician)

    return Planted(sessions=_changed(day, session.discipline.value, {chosen.code}, change))


_NOT_ATTENDED = ("G0283", "97012", "97016", "97018", "97022", "97550", "97551")
"""Supervised modalities, and training without the patient."""


def same_minutes_twice(day: BilledDay, rng: Random) -> Planted | None:
    if not day.day.clocked:
        return None
    found = [
        (session, one, two)
        for session in day.day.sessions
        for one, two in itertools.pairwise(
            each
            for each in session.services
            if each.start is not None
            and load_codes()[each.code].contact.value == "one-on-one"
            and each.code not in _NOT_ATTENDED
            and (each.minutes or 0) > 5
        )
        if one.code != two.code
    ]
    if not found:
        return None
    session, one, two = rng.choice(found)
    assert one.start is not None
    assert two.minutes is not None
    start = one.start + timedelta(minutes=rng.choice((0, 0, 1, 3)))
    moved = with_span(two, start, start + timedelta(minutes=two.minutes))
    return Planted(
        sessions=_changed(
            day,
            session.discipline.value,
            {two.code},
            lambda each: moved if each is two else each,
        )
    )


def _with_group_meanwhile(day: BilledDay, rng: Random, *modifiers: str) -> Planted | None:
    """Bill a group at the time of a one-on-one service that is a pair with it."""
    there = {line.code for line in day.lines}
    found = [
        (index, line, each)
        for index, line in enumerate(day.lines)
        for session in day.day.sessions
        for each in session.services
        if each.code == line.code
        and session.discipline is line.discipline
        and each.start is not None
        and paired("97150", each.code) == (1, "97150", each.code)
    ]
    if not found or "97150" in there:
        return None
    index, line, each = rng.choice(found)
    planted = _added(day, _plan_of(line), "97150", each.minutes or 0, at=each.start)
    kept = [m for m in line.modifiers if m not in distinct_modifiers()]
    lines = [*_with_modifiers(day, index, *kept, *modifiers), (planted.lines or ())[-1]]
    return Planted(lines, planted.sessions)


def distinct_without_evidence(day: BilledDay, rng: Random) -> Planted | None:
    """Bill 59 for a pair, although the record shows neither times nor regions."""
    if day.day.clocked:
        return None
    chosen = _choose(day, rng, lambda line: paired("97150", line.code) == (1, "97150", line.code))
    if chosen is None or any(line.code == "97150" for line in day.lines):
        return None
    index, line = chosen
    planted = _added(day, _plan_of(line), "97150", 30)
    kept = [m for m in line.modifiers if m not in distinct_modifiers()]
    lines = [*_with_modifiers(day, index, *kept, "59"), (planted.lines or ())[-1]]
    return Planted(lines, planted.sessions)


def group_minutes_billed_one_on_one(day: BilledDay, rng: Random) -> Planted | None:
    return _with_group_meanwhile(day, rng)


def distinct_at_overlapping_times(day: BilledDay, rng: Random) -> Planted | None:
    return _with_group_meanwhile(day, rng, "59")


ROLES = ("student", "aide", "athletic-trainer")
"""Roles whose minutes Medicare does not pay."""
ROLE_RULES = ("furnisher-scope",)
"""The rule that reports them: their minutes make no unit to bill."""

FAULTS: Mapping[str, Fault] = {
    "one unit too many": Fault(one_unit_too_many, ("units-of-minutes",)),
    "code not in the record": Fault(code_not_in_the_record, ("units-of-minutes",)),
    "no GP, GO, or GN": Fault(no_plan_modifier, ("plan-modifier",)),
    "two plan modifiers": Fault(two_plan_modifiers, ("plan-modifier",)),
    "CQ with GO, or CO with GP": Fault(
        assistant_modifier_of_another_plan, ("assistant-modifier-plan",)
    ),
    "CQ or CO without a plan": Fault(
        assistant_modifier_without_a_plan, ("assistant-modifier-plan",)
    ),
    "no CQ or CO": Fault(no_assistant_modifier, ("assistant-modifier-missing",)),
    "evaluation by an assistant": Fault(evaluation_by_an_assistant, ("assistant-scope",)),
    "SLP assistant": Fault(treatment_by_an_slp_assistant, ("assistant-scope",)),
    **{role: Fault(_furnished_by(role), ROLE_RULES) for role in ROLES},
    "evaluation and re-evaluation": Fault(evaluation_and_re_evaluation, ("one-evaluation",)),
    "evaluation under the wrong plan": Fault(evaluation_under_the_wrong_plan, ("discipline-only",)),
    "untimed code with 2 units": Fault(
        untimed_code_with_two_units, ("once-a-day", "units-of-minutes")
    ),
    "add-on without its first code": Fault(add_on_without_its_first_code, ("add-on-alone",)),
    "pair without its modifier": Fault(pair_without_its_modifier, ("ncci-ptp",)),
    "pair with indicator 0": Fault(pair_with_indicator_0, ("ncci-ptp",)),
    "speech with cognition": Fault(speech_with_cognition, ("ncci-ptp", "distinct-service")),
    "units above the limit": Fault(units_above_the_limit, ("ncci-mue",)),
    "59 at overlapping times": Fault(distinct_at_overlapping_times, ("distinct-service",)),
    "59 without separate times or regions": Fault(distinct_without_evidence, ("distinct-service",)),
    "same minutes twice": Fault(same_minutes_twice, ("patient-overlap",)),
    "group minutes billed one-on-one": Fault(
        group_minutes_billed_one_on_one, ("patient-overlap", "ncci-ptp")
    ),
    "ended or refused code": Fault(ended_or_refused_code, ("payable-code",)),
    "one code on two lines": Fault(one_code_on_two_lines, ("one-line-a-code",)),
    "five modifiers": Fault(five_modifiers, ("modifier-count",)),
    "KX with GA": Fault(kx_with_ga, ("kx-with-liability",)),
    "no KX above the threshold": Fault(no_kx_above_the_threshold, ("kx-threshold",)),
    "impossible minutes": Fault(impossible_minutes, ("patient-day",)),
}
"""Each kind of fault by name."""
