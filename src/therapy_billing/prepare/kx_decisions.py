"""KX and liability: services above the annual threshold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import attrs

from therapy_billing.codes.code_book import first_of_family
from therapy_billing.codes.modifiers import assistant_modifiers, liability_modifiers
from therapy_billing.codes.roles import Clinician, Discipline
from therapy_billing.findings.report import rule_of
from therapy_billing.prepare.open_decisions import OpenDecision, OpenOption, unchanged
from therapy_billing.prepare.records import DecisionKind, DecisionMaker
from therapy_billing.prepare.visit_inputs import VisitInputs
from therapy_billing.pricing.accumulators import BUCKET_OF
from therapy_billing.pricing.records import PricedLine
from therapy_billing.visits.services import Service
from therapy_billing.visits.sessions import Session

__all__ = ["kx_decisions", "liability_decisions"]


def kx_decisions(visit: VisitInputs) -> Iterator[OpenDecision]:
    """Yield a decision for each discipline with lines above the annual threshold that have no KX."""
    for plan, lines in _above(visit):
        yield OpenDecision(
            kind=DecisionKind.KX,
            subject=(plan.value,),
            day=visit.date_of_service,
            question=_question(visit, plan),
            answered_by=DecisionMaker.CLINICIAN,
            options=(
                OpenOption(
                    "no-kx",
                    "Bill them without KX; the payer denies them.",
                    partial(_decline, plan),
                ),
                OpenOption(
                    "attest",
                    "Bill them with KX.",
                    partial(_attest, plan),
                    "The services are medically necessary, and the record shows why.",
                ),
            ),
            facts=visit.minutes_of(plan),
            rule=rule_of("kx-threshold"),
            discipline=plan,
            codes=_codes(lines),
            settles=("kx-threshold",),
        )


def liability_decisions(visit: VisitInputs) -> Iterator[OpenDecision]:
    """
    Yield a decision for each discipline for which the clinician decided not to attest KX.

    It is asked only if services can put GA and GZ on the lines above the threshold without changing another line.
    """
    for plan, lines in _above(visit):
        if plan not in visit.without_kx or not all(
            _units(visit, lines, modifier) == _units(_mark(lines, modifier, visit))
            for modifier in _LIABILITY
        ):
            continue
        yield OpenDecision(
            kind=DecisionKind.LIABILITY,
            subject=(plan.value,),
            day=visit.date_of_service,
            question=f"{plan.value}: did the patient sign an ABN before the treatment? A later one is not valid.",
            answered_by=DecisionMaker.PATIENT,
            options=(
                OpenOption(
                    "no-modifier", "Bill them without GA and GZ; the payer denies them.", unchanged
                ),
                *(
                    OpenOption(modifier, label, partial(_mark, lines, modifier), attests)
                    for modifier, (label, attests) in _LIABILITY.items()
                ),
            ),
            facts=visit.minutes_of(plan),
            rule=rule_of("liability-modifiers"),
            discipline=plan,
            codes=_codes(lines),
            settles=("kx-threshold",),
        )


_LIABILITY = {
    "GA": (
        "Yes: bill them with GA. A denial is expected, and the patient then owes the charge.",
        "An ABN for these services was signed before the treatment and is on file.",
    ),
    "GZ": (
        "No: bill them with GZ. Medicare denies them, and the provider bears the charge.",
        "A denial as not medically necessary is expected, and no ABN is on file.",
    ),
}
"""The label of each modifier's option, and what its author attests."""


def _above(visit: VisitInputs) -> Iterator[tuple[Discipline, Sequence[PricedLine]]]:
    """Yield each discipline with its lines above the threshold that have neither KX nor a modifier for liability."""
    lines = () if visit.priced is None else visit.priced.kx_suggested
    for plan in Discipline:
        if own := [line for line in lines if line.discipline is plan]:
            yield plan, own


def _question(visit: VisitInputs, plan: Discipline) -> str:
    words = []
    for state in () if visit.priced is None else visit.priced.thresholds:
        if state.bucket is BUCKET_OF[plan]:
            used = f"${state.before:,} was allowed for {state.bucket.value} before this visit"
            words.append(f"{used}; the threshold is ${state.threshold:,}.")
            if state.may_be_reviewed:
                words.append(f"Above ${state.review_threshold:,}, Medicare may review the claim.")
    return " ".join(
        (f"{plan.value}:", *words, "Are the services of this visit medically necessary?")
    )


def _codes(lines: Sequence[PricedLine]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line.code for line in lines))


def _decline(plan: Discipline, visit: VisitInputs) -> VisitInputs:
    return attrs.evolve(visit, without_kx=visit.without_kx | {plan})


def _attest(plan: Discipline, visit: VisitInputs) -> VisitInputs:
    return attrs.evolve(visit, attestations=(*visit.attestations, ("KX", plan)))


def _mark(above: Sequence[PricedLine], modifier: str, visit: VisitInputs) -> VisitInputs:
    """Return the inputs with *modifier* on the services of the lines *above* the threshold."""
    lines = () if visit.priced is None else visit.priced.lines
    below = {_family(line) for line in lines if line not in above}
    of_assistant = set(assistant_modifiers().values())

    def is_above(session: Session, service: Service) -> bool:
        family = (session.discipline, first_of_family(service.code))
        own = [line for line in above if _family(line) == family]
        if family not in below:
            return bool(own)
        assisted = service.clinician is Clinician.ASSISTANT
        return any(
            assisted is not of_assistant.isdisjoint(line.modifiers)
            and set(service.modifiers).issubset(line.modifiers)
            for line in own
        )

    def marked(session: Session, service: Service) -> Service:
        if not liability_modifiers().isdisjoint(service.modifiers):
            return service
        if not is_above(session, service):
            return service
        return attrs.evolve(service, modifiers=(*service.modifiers, modifier))

    return visit.with_services(marked)


def _family(line: PricedLine) -> tuple[Discipline | None, str]:
    return line.discipline, first_of_family(line.code)


def _units(
    visit: VisitInputs, marked: Sequence[PricedLine] = (), modifier: str = ""
) -> Mapping[object, int]:
    """Return the units of the claim by code and modifiers, with *modifier* on the lines in *marked*."""
    units: dict[object, int] = {}
    for line in () if visit.priced is None else visit.priced.lines:
        modifiers = (*line.modifiers, modifier) if line in marked else line.modifiers
        key = line.code, frozenset(modifiers)
        units[key] = units.get(key, 0) + line.units
    return units
