"""Ties: which of the tied codes have the units that are left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

import attrs

from therapy_billing.base.wording import listed
from therapy_billing.codes.roles import Discipline
from therapy_billing.findings.report import rule_of
from therapy_billing.prepare.open_decisions import OpenDecision, OpenOption
from therapy_billing.prepare.records import DecisionKind, DecisionMaker
from therapy_billing.prepare.visit_inputs import VisitInputs
from therapy_billing.units.allocation_record import Allocation

__all__ = ["tie_decisions"]


def tie_decisions(visit: VisitInputs) -> Iterator[OpenDecision]:
    """Yield a decision for each discipline whose minutes have more than one legal split."""
    allocation = None if visit.priced is None else visit.priced.allocation
    if allocation is None or not allocation.tied:
        return
    splits = visit.legal_splits
    for pool in allocation.disciplines:
        plan = pool.discipline
        if plan is None or plan in visit.split:
            continue
        own: list[Mapping[str, int]] = []
        for split in splits:
            same = all(split[each] == splits[0][each] for each in split if each is not plan)
            if same and split[plan] not in own:
                own.append(split[plan])
        if len(own) > 1:
            yield _decision(visit, allocation, plan, own)


def _decision(
    visit: VisitInputs,
    allocation: Allocation,
    plan: Discipline,
    splits: list[Mapping[str, int]],
) -> OpenDecision:
    codes = tuple(code for code in splits[0] if len({split[code] for split in splits}) > 1)
    facts = list(visit.minutes_of(plan, codes))
    rule = "cms-tie"
    # The units that every split gives are not in question.
    left = sum(splits[0][code] - min(split[code] for split in splits) for code in codes)
    units = "has the unit that is left" if left == 1 else f"have the {left} units that are left"
    question = f"{plan.value}: which of {listed(codes, 'or')} {units}?"
    cuts = [cut for cut in allocation.capped_units if cut.discipline is plan]
    if cuts:
        rule = "cap-tie"
        question = f"{plan.value}: which units of {listed(codes, 'or')} are billed under the cap?"
        facts += dict.fromkeys(f"cap of {cut.words}" for cut in cuts)
    return OpenDecision(
        kind=DecisionKind.TIE,
        subject=(plan.value,),
        day=visit.date_of_service,
        question=question,
        answered_by=DecisionMaker.CLINICIAN,
        options=tuple(_option(plan, split, codes) for split in splits),
        facts=tuple(facts),
        rule=rule_of(rule),
        discipline=plan,
        codes=codes,
    )


def _option(plan: Discipline, split: Mapping[str, int], codes: tuple[str, ...]) -> OpenOption:
    return OpenOption(
        " ".join(f"{code}={split[code]}" for code in codes),
        _label(split, codes),
        partial(_choose, plan, split),
    )


def _label(split: Mapping[str, int], codes: tuple[str, ...]) -> str:
    with_units = listed([f"{code} x{split[code]}" for code in codes if split[code]])
    without = listed([code for code in codes if not split[code]])
    return f"Bill {with_units}{f', not {without}' if without else ''}."


def _choose(plan: Discipline, split: Mapping[str, int], visit: VisitInputs) -> VisitInputs:
    return attrs.evolve(visit, split={**visit.split, plan: dict(split)})
