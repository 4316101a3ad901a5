"""Code pairs that NCCI bundles: a modifier for distinct services, or only one of the codes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import attrs

from therapy_billing.base.wording import listed
from therapy_billing.checks.edit_checks import distinct_advice
from therapy_billing.claims.records import ClaimLine
from therapy_billing.codes.roles import Discipline
from therapy_billing.findings.records import Finding
from therapy_billing.ncci.records import EditState
from therapy_billing.prepare.open_decisions import OpenDecision, OpenOption, unchanged
from therapy_billing.prepare.records import DecisionKind, DecisionMaker
from therapy_billing.prepare.visit_inputs import VisitInputs

__all__ = ["distinct_decisions"]

_SENTENCES = re.compile(r"(?<=\.) ")
_ANY_DISTINCT = "59"


class _Pair(NamedTuple):
    """
    A pair of billed codes that the payer denies or may deny.

    Args:
        first: The code that is paid.
        second: The code that is denied.
        finding: The finding about the pair.
        suggested: The attestations that the record supports.
        in_force: Whether the denial is certain. If not, no file of edits is for the date.
        exclusive: Whether no modifier allows both codes.
    """

    first: str
    second: str
    finding: Finding
    suggested: tuple[tuple[str, str], ...]
    in_force: bool
    exclusive: bool


def distinct_decisions(visit: VisitInputs) -> Iterator[OpenDecision]:
    """
    Yield a decision for each billed code that NCCI bundles into other billed codes.

    One modifier on its lines answers all of its pairs. If it is not known whether a pair is in force, only a modifier that the
    record supports is offered, because leaving off a payable code costs its pay.
    """
    # A modifier on one code can settle pairs of another code. Each code is asked about as if no other was answered, so an
    # answer does not take the question away from another answer.
    left = {(each.first, each.second) for each in _pairs(visit)}
    by_code: dict[str, dict[str, _Pair]] = {}
    for pair in _pairs(visit.without_distinct):
        by_code.setdefault(pair.second, {}).setdefault(pair.first, pair)
    for code, pairs in by_code.items():
        # An attestation is for all lines of a code, so one decision is for all of its plans of care.
        plans = {line.discipline for line in _lines(visit) if line.code == code}
        plan = plans.pop() if len(plans) == 1 else None
        options = [*_attesting(visit, code, tuple(pairs.values()))]
        certain = [pair for pair in pairs.values() if pair.in_force]
        options += [_without(plan, code)] if certain else []
        options += [_without(None, pair.first) for pair in certain if pair.exclusive]
        if options:
            needed = any((each.first, each.second) in left for each in pairs.values())
            yield _decision(visit, code, plan, tuple(pairs.values()), options, needed=needed)


def _lines(visit: VisitInputs) -> tuple[ClaimLine, ...]:
    return () if visit.claimed_day is None else visit.claimed_day.lines


def _pairs(visit: VisitInputs) -> Iterator[_Pair]:
    day = visit.claimed_day
    if day is None:
        return
    evaluations = {
        frozenset(each.codes): each for each in visit.claim_findings.of_rule("one-evaluation")
    }
    for finding in visit.claim_findings.of_rule("ncci-ptp"):
        indexes, _ = finding.denied or (finding.lines, 0)
        second = day.lines[indexes[0]]
        first = next(code for code in finding.codes if code != second.code)
        answer = day.edits.pair(first, second.code, day.date_of_service, day.edit_setting)
        # If no file is for the date, the finding suggests nothing, because a modifier may not be needed.
        advice = distinct_advice(day, first, second.code)
        never = advice.condition is not None and advice.condition.never
        known = answer.state is not EditState.UNDATED
        one = evaluations.pop(frozenset((first, second.code)), None)
        exclusive = (
            one is not None or never or (answer.edit is not None and answer.edit.indicator == 0)
        )
        yield _Pair(
            first,
            second.code,
            finding,
            () if exclusive else finding.suggested if known else advice.suggested,
            known or one is not None,
            exclusive,
        )
    for finding in evaluations.values():
        line = day.lines[finding.lines[0]]
        first = next(code for code in finding.codes if code != line.code)
        yield _Pair(first, line.code, finding, (), in_force=True, exclusive=True)


def _decision(
    visit: VisitInputs,
    code: str,
    plan: Discipline | None,
    pairs: Sequence[_Pair],
    options: Iterable[OpenOption],
    *,
    needed: bool,
) -> OpenDecision:
    firsts = tuple(pair.first for pair in pairs)
    under = "" if plan is None else f"{plan.value}: "
    question = f"{under}was {code} separate from {listed(firsts)}?"
    if all(pair.exclusive for pair in pairs):
        question = f"{under}{code} cannot be billed with {listed(firsts, 'or')}. What is billed?"
    elif not any(option.attests for option in options):
        question = f"{under}the record does not show that {code} was separate from {listed(firsts)}. What is billed?"
    risks = [pair.finding.at_stake for pair in pairs if not pair.in_force]
    known = [risk for risk in risks if risk is not None]
    return OpenDecision(
        kind=DecisionKind.DISTINCT,
        subject=(*(() if plan is None else (plan.value,)), code),
        day=visit.date_of_service,
        question=f"{question[0].upper()}{question[1:]}",
        answered_by=DecisionMaker.CLINICIAN,
        options=(
            OpenOption(
                "as-is", f"Bill {code} with {listed(firsts)}, without a modifier.", unchanged
            ),
            *options,
        ),
        facts=tuple(_facts(pairs)),
        rule=pairs[0].finding.rule,
        figures=tuple(dict.fromkeys(source for pair in pairs for source in pair.finding.figures)),
        discipline=plan,
        codes=(code, *firsts),
        settles=("ncci-ptp", "one-evaluation"),
        needed=needed,
        # Several pairs may deny the same line.
        may_be_denied=max(known) if known and len(known) == len(risks) else None,
    )


def _facts(pairs: Sequence[_Pair]) -> Iterator[str]:
    """Yield what the findings say, without their dollars: these change with the fees, and the decision does not."""
    for pair in pairs:
        about = f"{pair.second} with {pair.first}: " if len(pairs) > 1 else ""
        for sentence in _SENTENCES.split(pair.finding.detail):
            if "$" not in sentence:
                yield f"{about}{sentence}"


def _attesting(visit: VisitInputs, code: str, pairs: Sequence[_Pair]) -> Iterator[OpenOption]:
    """Yield an option for each modifier on *code* that the record supports for every pair and that the payer takes."""
    allowed = visit.policy.modifiers.allowed_modifiers
    modifiers = [
        next((modifier for modifier, on in pair.suggested if on == code), "") for pair in pairs
    ]
    if not all(modifiers):
        return
    firsts = listed([pair.first for pair in pairs])
    for modifier in dict.fromkeys((modifiers[0], _ANY_DISTINCT)):
        if allowed is not None and modifier not in allowed:
            continue
        label = f"Bill {code} with {modifier}."
        if modifier != modifiers[0]:
            label = f"Bill {code} with {modifier}, for a payer that does not take {modifiers[0]}."
        yield OpenOption(
            modifier,
            label,
            partial(_attest, modifier, code),
            f"{code} was separate from {firsts}, and the record shows it.",
        )


def _without(plan: Discipline | None, code: str) -> OpenOption:
    return OpenOption(
        f"without-{code}", f"Leave {code} off the claim.", partial(_leave_off, plan, code)
    )


def _attest(modifier: str, code: str, visit: VisitInputs) -> VisitInputs:
    return attrs.evolve(visit, distinct=(*visit.distinct, (modifier, code)))


def _leave_off(plan: Discipline | None, code: str, visit: VisitInputs) -> VisitInputs:
    return visit.without(plan, (code,))
