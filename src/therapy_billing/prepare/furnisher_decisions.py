"""Minutes that make no unit because of who furnished them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import attrs

from therapy_billing.base.wording import listed
from therapy_billing.codes.code_book import known_code
from therapy_billing.codes.roles import Clinician, Discipline, ServiceClass
from therapy_billing.findings.report import rule_of
from therapy_billing.law.sources import Source, Verification
from therapy_billing.payers.furnishers import FurnisherRule, Furnishers, Payable
from therapy_billing.payers.payer_argument import policy_of
from therapy_billing.payers.policy import FeeBasis
from therapy_billing.prepare.open_decisions import OpenDecision, OpenOption, unchanged
from therapy_billing.prepare.records import DecisionKind, DecisionMaker, DecisionScope
from therapy_billing.prepare.visit_inputs import VisitInputs
from therapy_billing.units.records import UnbilledService
from therapy_billing.visits.services import Service
from therapy_billing.visits.sessions import Session

__all__ = ["furnisher_decisions"]

_ANSWER = Source("The payer's answer, as the biller recorded it", "", "", Verification.UNVERIFIED)


def furnisher_decisions(visit: VisitInputs) -> Iterator[OpenDecision]:
    """
    Yield a decision for unbilled services that could be billed.

    They are services of a student that may be the therapist's own, and services of a role for which no source says whether
    the payer pays.
    """
    alone = _alone(visit)
    of_roles: dict[tuple[Discipline, Clinician, ServiceClass], list[UnbilledService]] = {}
    for service in visit.unbilled:
        if service.rule is not None and service.rule.payable is Payable.THERAPISTS_OWN:
            if _key(service) not in alone:
                yield _of_student(visit, service)
        elif not service.is_refused:
            kind = known_code(service.code).service_class
            of_roles.setdefault((service.discipline, service.clinician, kind), []).append(service)
    # A counting method is no payer, so nobody can be asked. Medicare's part of an amount is not known for such a role.
    if visit.policy.money.fee_basis is FeeBasis.ANY_SCHEDULE or visit.policy.money.cost_sharing:
        return
    for services in of_roles.values():
        if alone.isdisjoint(map(_key, services)):
            yield _of_role(visit, services)


def _of_student(visit: VisitInputs, service: UnbilledService) -> OpenDecision:
    return OpenDecision(
        kind=DecisionKind.UNBILLED,
        subject=(service.discipline.value, service.code, service.clinician.value),
        day=visit.date_of_service,
        question=f"{service.discipline.value}: is {service.code} by {service.who} billed?",
        answered_by=DecisionMaker.CLINICIAN,
        options=(
            OpenOption("not-billed", f"Do not bill {service.code}.", unchanged),
            OpenOption(
                "therapist",
                f"Bill {service.code} as the therapist's own service.",
                partial(_by_therapist, service),
                "The therapist was in the room, directed the whole service, and treated nobody else.",
            ),
        ),
        facts=(service.sentence, service.reason),
        rule=rule_of("furnisher-scope"),
        figures=() if service.rule is None else (service.rule.source,),
        discipline=service.discipline,
        codes=(service.code,),
    )


def _of_role(visit: VisitInputs, services: Sequence[UnbilledService]) -> OpenDecision:
    """Return the decision about a role. What a payer pays for is the same for all codes of a class."""
    first = services[0]
    codes = tuple(dict.fromkeys(service.code for service in services))
    of_assistant = first.clinician is Clinician.ASSISTANT
    kind = known_code(first.code).service_class
    return OpenDecision(
        kind=DecisionKind.UNBILLED,
        subject=(first.discipline.value, first.clinician.value, kind.value),
        day=visit.date_of_service,
        question=f"{first.discipline.value}: does the payer pay for {listed(codes)} by {first.who}?",
        answered_by=DecisionMaker.BILLER,
        scope=DecisionScope.PAYER_YEAR,
        options=(
            OpenOption("not-billed", f"Do not bill {listed(codes)}.", unchanged),
            OpenOption(
                "payer-pays",
                f"Bill {listed(codes)}: the payer pays for it at its full rate.",
                partial(_paid, first),
                f"The payer said that it pays for a service by {first.who} at its full rate.",
            ),
        ),
        facts=(first.reason,),
        rule=rule_of("assistant-scope" if of_assistant else "furnisher-scope"),
        figures=() if first.rule is None else (first.rule.source,),
        discipline=first.discipline,
        codes=codes,
    )


def _key(service: UnbilledService) -> tuple[str, Discipline, Clinician]:
    return service.code, service.discipline, service.clinician


def _alone(visit: VisitInputs) -> set[tuple[str, Discipline, Clinician]]:
    """Return the add-on codes whose first code is not documented. They cannot be billed."""
    codes = {(each.code, own.discipline) for own in visit.documented for each in own.services}
    return {
        (each.code, own.discipline, each.clinician)
        for own in visit.documented
        for each in own.services
        if (firsts := known_code(each.code).adds_to)
        and codes.isdisjoint((first, own.discipline) for first in firsts)
    }


def _by_therapist(unbilled: UnbilledService, visit: VisitInputs) -> VisitInputs:
    def corrected(session: Session, service: Service) -> Service:
        same = (service.code, service.clinician) == (unbilled.code, unbilled.clinician)
        if session.discipline is not unbilled.discipline or not same:
            return service
        return attrs.evolve(service, clinician=Clinician.THERAPIST)

    return visit.with_services(corrected)


def _paid(unbilled: UnbilledService, visit: VisitInputs) -> VisitInputs:
    _, name = policy_of(visit.payer, visit.date_of_service)
    rule = FurnisherRule(
        payer=name,
        clinician=unbilled.clinician,
        discipline=unbilled.discipline,
        service=known_code(unbilled.code).service_class,
        payable=Payable.YES,
        payment_share=1,
        source=_ANSWER,
    )
    policy = visit.policy
    table = Furnishers([rule]).added_to(policy.furnishers)
    return visit.with_policy(attrs.evolve(policy, furnishers=table))
