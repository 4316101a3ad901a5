"""Whether units carry CQ or CO, if the record leaves it open."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial

import attrs

from therapy_billing.base.wording import listed
from therapy_billing.claims.assistant_units import takes_assistant_modifiers
from therapy_billing.codes.code_book import known_code, therapist_only_codes
from therapy_billing.codes.modifiers import assistant_modifiers
from therapy_billing.codes.roles import Clinician, Discipline
from therapy_billing.findings.records import Finding
from therapy_billing.findings.report import rule_of
from therapy_billing.payers.policy import AssistantArithmetic
from therapy_billing.prepare.open_decisions import OpenDecision, OpenOption, unchanged
from therapy_billing.prepare.records import DecisionKind, DecisionMaker, DecisionScope
from therapy_billing.prepare.visit_inputs import VisitInputs
from therapy_billing.visits.services import Service
from therapy_billing.visits.sessions import Session

__all__ = ["assistant_decisions"]


def assistant_decisions(visit: VisitInputs) -> Iterator[OpenDecision]:
    """
    Yield a decision if the record does not settle which units carry CQ or CO.

    An assistant signed the note of services recorded for the therapist; both furnished an untimed code without documented
    minutes; or the methods of comparing the minutes with 10 % give different lines.
    """
    day = visit.priced
    if day is None or not takes_assistant_modifiers(visit.policy, day.setting):
        return
    yield from _of_notes(visit)
    yield from _of_shared_codes(visit)
    yield from _of_methods(visit)


def _of_notes(visit: VisitInputs) -> Iterator[OpenDecision]:
    """Yield a decision for each discipline in which an assistant signed the note of services by the therapist."""
    for plan, modifier in assistant_modifiers().items():
        if not any(note.discipline is plan for note in visit.notes):
            continue
        for finding in visit.records_of(plan).of_rule("note-clinician"):
            codes = tuple(code for code in finding.codes if code not in therapist_only_codes())
            if codes:
                yield _who_treated(visit, plan, modifier, codes, finding)


def _who_treated(
    visit: VisitInputs, plan: Discipline, modifier: str, codes: tuple[str, ...], finding: Finding
) -> OpenDecision:
    return OpenDecision(
        kind=DecisionKind.ASSISTANT,
        subject=(plan.value, "note"),
        day=visit.date_of_service,
        question=f"{plan.value}: an assistant signed the note. Who furnished {listed(codes)}?",
        answered_by=DecisionMaker.CLINICIAN,
        options=(
            OpenOption("therapist", f"The therapist: bill without {modifier}.", unchanged),
            OpenOption(
                "assistant",
                f"The assistant: bill with {modifier}.",
                partial(_record_as, plan, codes, Clinician.THERAPIST, Clinician.ASSISTANT),
            ),
        ),
        facts=(finding.message, "if both treated, correct the session"),
        rule=finding.rule,
        discipline=plan,
        codes=codes,
        settles=("note-clinician",),
    )


def _of_shared_codes(visit: VisitInputs) -> Iterator[OpenDecision]:
    """Yield a decision for each untimed code that both furnished without documented minutes."""
    day = visit.priced
    for pool in () if day is None or day.allocation is None else day.allocation.disciplines:
        for part in pool.assistants:
            plan = pool.discipline
            if part.total is not None or plan is None or plan not in assistant_modifiers():
                continue
            shared = _clinicians(visit, plan, part.code) - {Clinician.ASSISTANT}
            settled = part.code in therapist_only_codes()
            if settled or not shared or not known_code(part.code).assistant_modifier:
                continue
            modifier = assistant_modifiers()[plan]
            yield OpenDecision(
                kind=DecisionKind.ASSISTANT,
                subject=(plan.value, part.code),
                day=visit.date_of_service,
                question=f"Did the assistant furnish more than 10 % of {part.code}?",
                answered_by=DecisionMaker.CLINICIAN,
                options=(
                    OpenOption("more", f"Yes: bill {part.code} with {modifier}.", unchanged),
                    OpenOption(
                        "at-most",
                        f"No: bill {part.code} without {modifier}.",
                        partial(_without_assistant, plan, part.code),
                        "The assistant furnished at most 10 % of the service.",
                    ),
                ),
                facts=(
                    f"{part.code}: the therapist and the assistant treated, without minutes for each",
                ),
                rule=rule_of("assistant-untimed"),
                discipline=plan,
                codes=(part.code,),
            )


def _of_methods(visit: VisitInputs) -> Iterator[OpenDecision]:
    """Yield a decision if the ways to compare an assistant's minutes with 10 % give different lines."""
    day = visit.priced
    if day is None or not any(share.assistant_minutes for share in day.claim.assistants):
        return
    own = visit.policy.modifiers.assistant_arithmetic
    # Every method is an option on every day, so that one answer is for all claims of the year.
    methods = tuple(dict.fromkeys((own, *AssistantArithmetic)))
    days = [_compare_by(method, visit).priced for method in methods]
    results = dict.fromkeys(() if each is None else each.claim.lines for each in days)
    if len(results) == 1:
        return
    every = dict.fromkeys(line for lines in results for line in lines)
    changed = (line.code for line in every if not all(line in lines for lines in results))
    codes = tuple(dict.fromkeys(changed))
    yield OpenDecision(
        kind=DecisionKind.ASSISTANT,
        subject=("method",),
        day=visit.date_of_service,
        question="By which method does the practice compare an assistant's minutes with 10 %?",
        answered_by=DecisionMaker.BILLER,
        scope=DecisionScope.PAYER_YEAR,
        options=tuple(
            OpenOption(
                method.value,
                _MARKED[method],
                partial(_compare_by, method),
                ""
                if method is own
                else "The practice uses this method for all claims to this payer.",
            )
            for method in methods
        ),
        facts=(
            "the methods give different lines for minutes that the therapist and the assistant shared",
        ),
        rule=rule_of(own.value),
        codes=codes,
    )


_MARKED = {
    AssistantArithmetic.EXACT: "Compare the exact minutes.",
    AssistantArithmetic.SIMPLE: "Round 10 % of the minutes to a whole minute, and add 1 minute.",
    AssistantArithmetic.PERCENTAGE: "Round the assistant's percentage to a whole number.",
}


def _without_assistant(plan: Discipline, code: str, visit: VisitInputs) -> VisitInputs:
    def kept(session: Session, service: Service) -> Service | None:
        own = session.discipline is plan and service.code == code
        return None if own and service.clinician is Clinician.ASSISTANT else service

    return visit.with_services(kept)


def _compare_by(method: AssistantArithmetic, visit: VisitInputs) -> VisitInputs:
    if visit.policy.modifiers.assistant_arithmetic is method:
        return visit
    return visit.with_policy(visit.policy.with_changes(assistant_arithmetic=method))


def _clinicians(visit: VisitInputs, plan: Discipline, code: str) -> set[Clinician]:
    return {
        service.clinician
        for session in visit.billed
        if session.discipline is plan
        for service in session.services
        if service.code == code
    }


def _record_as(
    plan: Discipline,
    codes: Collection[str],
    before: Clinician,
    after: Clinician,
    visit: VisitInputs,
) -> VisitInputs:
    def corrected(session: Session, service: Service) -> Service:
        if session.discipline is plan and service.code in codes and service.clinician is before:
            return attrs.evolve(service, clinician=after)
        return service

    return visit.with_services(corrected)
