"""
Test what a prepared visit promises.

- Without choices it is what `bill_day` bills, and its findings are those of `check_day`.
- No default attests anything.
- The dollars of an option are those of `bill_day` with that answer.
- The order of the choices does not matter, and the same choices give the same bytes.
- No decision is offered that the rules do not leave open.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from decimal import Decimal
from random import Random
from typing import Any

import attrs
import pytest

from tests.oracle import as_split, manual_splits
from tests.ordinary_days import MIXES, draw_days
from therapy_billing import (
    MEDICARE,
    PAYERS,
    Accumulators,
    Choice,
    Decision,
    Discipline,
    Edits,
    FeeSchedule,
    PreparedVisit,
    PricedDay,
    Session,
    TimedService,
    UntimedService,
    bill_day,
    check_day,
    from_json,
    prepare_visit,
    to_json,
)
from therapy_billing.payers import FeeBasis
from therapy_billing.payers.furnishers import FurnisherRule, Furnishers, Payable
from therapy_billing.prepare import DecisionKind

DAY = "2024-08-01"
"""A date in the only quarter with practitioner pairs of all therapy codes in the data."""
FEES = FeeSchedule.medicare(DAY, locality="OH")
NEAR_THRESHOLD = Accumulators(2024, deductible_met=240, pt_slp="2300.00", ot="2325.00")
SEVERAL = {
    "a student, and both on a group": (
        Session(
            DAY,
            "PT",
            [
                TimedService("97110", 20, clinician="student"),
                TimedService("97112", 23),
                TimedService("97530", 23),
                TimedService("97530", 3, clinician="assistant"),
                UntimedService("97150"),
                UntimedService("97150", clinician="assistant"),
            ],
        ),
    ),
    "ties in two disciplines": (
        Session.from_minutes({"97530": 20, "97110": 20}, date_of_service=DAY, discipline="PT"),
        Session.from_minutes(
            {"97530": 20, "97535": 20, "97110": 20}, date_of_service=DAY, discipline="OT"
        ),
    ),
}
KINDS = {
    "a student, and both on a group": {
        DecisionKind.UNBILLED,
        DecisionKind.ASSISTANT,
        DecisionKind.DISTINCT,
    },
    "ties in two disciplines": {DecisionKind.TIE},
}
CLAIM_FIELDS = {
    "allowed": "allowed",
    "payer_pays": "medicare_pays",
    "patient_owes": "patient_responsibility",
}


def choice(decision: Decision, option: str) -> Choice:
    return Choice(decision.id, option, "A. Invented", "2026-03-03 09:00")


def billed_with(  # noqa: C901 - one case for each kind of answer
    sessions: Iterable[Session],
    accumulators: Accumulators | None,
    answers: Mapping[DecisionKind, list[tuple[Decision, str]]],
) -> PricedDay:
    """Bill the day with the answers, by the arguments of `bill_day` that mean the same."""
    changed = list(sessions)
    attestations: list[Any] = []
    split: dict[Discipline, dict[str, int]] = {}
    policy = MEDICARE.on(DAY)
    for decision, option in itertools.chain.from_iterable(answers.values()):
        match decision.kind, option:
            case DecisionKind.TIE, _:
                assert decision.discipline is not None
                units = (part.split("=") for part in option.split())
                split[decision.discipline] = {code: int(count) for code, count in units}
            case DecisionKind.KX, "attest":
                attestations.append(("KX", decision.discipline))
            case DecisionKind.LIABILITY, "GA" | "GZ":
                changed = [_with_modifier(each, decision, option) for each in changed]
            case DecisionKind.DISTINCT, "59" | "XU" | "XS" | "XP":
                attestations.append((option, decision.codes[0]))
            case DecisionKind.DEDUCTIBLE, "nothing-used":
                accumulators = Accumulators(2024)
            case DecisionKind.ASSISTANT, "at-most":
                changed = [_furnished_by(each, decision, "assistant") for each in changed]
            case DecisionKind.ASSISTANT, str(method) if method.startswith("assistant-"):
                policy = policy.with_changes(assistant_arithmetic=method)
            case DecisionKind.UNBILLED, "therapist":
                changed = [_furnished_by(each, decision, "student") for each in changed]
            case _, str(leave) if leave.startswith("without-"):
                changed = [
                    attrs.evolve(
                        each,
                        services=[own for own in each.services if own.code != leave[8:]],
                    )
                    for each in changed
                ]
            case _, "no-kx" | "no-modifier" | "as-is" | "met" | "more" | "not-billed":
                pass
            case unknown:
                pytest.fail(f"no call of bill_day for {unknown}")
    payer = MEDICARE if policy == MEDICARE.on(DAY) else policy
    return bill_day(
        changed, payer, FEES, accumulators, attestations=attestations, split=split or None
    )


def _with_modifier(session: Session, decision: Decision, modifier: str) -> Session:
    if session.discipline is not decision.discipline:
        return session
    return attrs.evolve(
        session,
        services=[
            attrs.evolve(each, modifiers=(modifier,)) if each.code in decision.codes else each
            for each in session.services
        ],
    )


def _furnished_by(session: Session, decision: Decision, before: str) -> Session:
    return attrs.evolve(
        session,
        services=[
            attrs.evolve(each, clinician="therapist")
            if each.code in decision.codes and each.clinician.value == before
            else each
            for each in session.services
        ],
    )


def amounts(day: PricedDay) -> tuple[Decimal | None, ...]:
    return tuple(getattr(day, name) for name in CLAIM_FIELDS.values())


def all_answers(
    sessions: Iterable[Session], year: Accumulators | None, seed: int
) -> tuple[PreparedVisit, list[Choice], dict[DecisionKind, list[tuple[Decision, str]]]]:
    """Answer every decision, also those that an answer opens, and compare the dollars of each option on the way."""
    rng = Random(seed)
    choices: list[Choice] = []
    answers: dict[DecisionKind, list[tuple[Decision, str]]] = {kind: [] for kind in DecisionKind}
    while True:
        visit = prepare_visit(sessions, MEDICARE, FEES, year, decisions=choices)
        assert not visit.outdated
        assert all(not option.attests for each in visit.decisions for option in each.options[:1])
        for decision in visit.open_decisions:
            for option in decision.options:
                with_it = {
                    **answers,
                    decision.kind: [*answers[decision.kind], (decision, option.name)],
                }
                day = billed_with(sessions, year, with_it)
                shown = tuple(getattr(option, name) for name in CLAIM_FIELDS)
                if option.at_stake == 0:
                    assert shown == amounts(day), (decision.id, option.name)
                else:
                    assert shown == (day.allowed, None, None), (decision.id, option.name)
                assert option.lines == day.claim.lines
        if not visit.open_decisions:
            return visit, choices, answers
        decision = visit.open_decisions[0]
        picked = rng.choice(decision.options).name
        choices.append(choice(decision, picked))
        answers[decision.kind].append((decision, picked))


@pytest.mark.parametrize("name", SEVERAL)
@pytest.mark.parametrize("year", [None, NEAR_THRESHOLD])
def test_dollars_of_options_are_those_of_bill_day(name: str, year: Accumulators | None) -> None:
    seen = set()
    for seed in range(4):
        visit, choices, answers = all_answers(SEVERAL[name], year, seed)
        assert visit.priced is not None
        assert amounts(visit.priced) == amounts(billed_with(SEVERAL[name], year, answers))
        again = prepare_visit(SEVERAL[name], MEDICARE, FEES, year, decisions=choices[::-1])
        assert to_json(again) == to_json(visit)
        assert from_json(to_json(visit)) == visit
        for decision in visit.decisions:
            chosen = decision.option(decision.chosen)
            assert chosen.allowed == visit.priced.allowed
            assert chosen.lines == visit.priced.claim.lines
            seen.add(decision.kind)
    of_year = (
        {DecisionKind.DEDUCTIBLE} if year is None else {DecisionKind.KX, DecisionKind.LIABILITY}
    )
    assert seen == KINDS[name] | of_year


@pytest.mark.parametrize("mix", MIXES)
def test_the_defaults_together_are_bill_day_and_check_day(mix: str) -> None:
    fees = FeeSchedule.medicare("2026-10-05", locality="OH")
    edits = Edits.bundled()
    for day in draw_days(MIXES[mix], 12, 17, fees):
        given: dict[str, Any] = {"attestations": day.attestations}
        visit = prepare_visit(day.sessions, MEDICARE, fees, day.accumulators, edits=edits, **given)
        assert visit.priced == bill_day(day.sessions, MEDICARE, fees, day.accumulators, **given)
        if not visit.priced.unbilled:
            assert visit.findings == check_day(
                day.sessions, MEDICARE, fees, day.accumulators, edits=edits, **given
            )
        assert not any(option.attests for each in visit.decisions for option in each.options[:1])


def test_a_tie_is_offered_exactly_if_the_manual_leaves_it_open() -> None:
    codes = ("97530", "97110", "97112")
    for minutes in itertools.product(range(5, 24), range(5, 24), (0, 8, 20)):
        day = {code: count for code, count in zip(codes, minutes, strict=True) if count}
        visit = prepare_visit(
            Session.from_minutes(day, date_of_service=DAY, discipline="PT"), MEDICARE
        )
        legal = manual_splits(day)
        ties = [each for each in visit.decisions if each.kind is DecisionKind.TIE]
        assert bool(ties) is (len(legal) > 1), day
        for tie in ties:
            offered = [
                as_split(dict.fromkeys(day, 0) | {line.code: line.units for line in option.lines})
                for option in tie.options
            ]
            assert len(offered) == len(set(offered)), day
            assert set(offered) == legal, day


def test_an_unknown_unit_method_is_a_decision_for_every_payer_without_one() -> None:
    day = Session.from_minutes({"97110": 20, "97112": 10}, date_of_service=DAY, discipline="PT")
    for name, payer in PAYERS.items():
        unknown = payer.on(DAY).counting.method is None
        visit = prepare_visit(day, name)
        kinds = [decision.kind for decision in visit.decisions]
        assert (DecisionKind.UNIT_METHOD in kinds) is unknown, name
        assert (visit.claim is None) is unknown, name
        for option in visit.decisions[0].options if unknown else ():
            policy = payer.on(DAY).with_changes(method=option.name)
            assert option.lines == bill_day(day, policy, None).claim.lines
            decided = prepare_visit(day, name, decisions=[choice(visit.decisions[0], option.name)])
            assert decided.claim is not None
            assert decided.claim.lines == option.lines


def test_an_answer_about_a_furnisher_is_bill_day_for_a_payer_that_says_so() -> None:
    day = Session(
        DAY, "PT", [TimedService("97110", 30, clinician="aide"), TimedService("97112", 15)]
    )
    payer = next(
        each
        for each in PAYERS.values()
        if each.on(DAY).counting.method is not None
        and each.on(DAY).money.fee_basis is not FeeBasis.ANY_SCHEDULE
        and each.on(DAY).furnishers.find("aide", "PT", "skilled-treatment", DAY) is None
    )
    visit = prepare_visit(day, payer)
    (decision,) = (each for each in visit.decisions if each.kind is DecisionKind.UNBILLED)
    policy = payer.on(DAY)
    rule = FurnisherRule(
        payer=payer.name,
        clinician="aide",
        discipline="PT",
        service="skilled-treatment",
        payable=Payable.YES,
        source=decision.rule.sources[0],
    )
    paid = attrs.evolve(policy, furnishers=Furnishers([rule]).added_to(policy.furnishers))
    assert decision.option("payer-pays").lines == bill_day(day, paid, None).claim.lines
    decided = prepare_visit(day, payer, decisions=[choice(decision, "payer-pays")])
    assert (
        [line.units for line in decided.priced.claim.lines] == [2, 1] if decided.priced else False
    )
