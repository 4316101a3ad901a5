"""The deductible of a patient whose year-to-date amounts were not given."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import attrs

from therapy_billing.findings.report import rule_of
from therapy_billing.prepare.open_decisions import OpenDecision, OpenOption, unchanged
from therapy_billing.prepare.records import DecisionKind, DecisionMaker, DecisionScope
from therapy_billing.prepare.visit_inputs import VisitInputs
from therapy_billing.pricing.accumulators import Accumulators

__all__ = ["deductible_decisions"]


def deductible_decisions(visit: VisitInputs) -> Iterator[OpenDecision]:
    """Yield a decision if the deductible is treated as met because no year-to-date amounts were given."""
    day = visit.priced
    if day is None or visit.accumulators is not None or day.medicare_pays is None:
        return
    year = visit.date_of_service.year
    yield OpenDecision(
        kind=DecisionKind.DEDUCTIBLE,
        subject=(str(year),),
        day=visit.date_of_service,
        scope=DecisionScope.PATIENT_YEAR,
        question=f"Has the patient met the Part B deductible of {year}?",
        answered_by=DecisionMaker.BILLER,
        options=(
            OpenOption("met", "Yes, all of it. Whether KX is needed stays unknown.", unchanged),
            OpenOption(
                "nothing-used",
                f"No. Medicare allowed nothing for this patient in {year} before this visit.",
                partial(_first_visit, year),
            ),
        ),
        facts=("no year-to-date amounts were given; for a part of the deductible, give them",),
        rule=rule_of("part-b-deductible"),
        figures=() if day.terms is None else (day.terms.deductible.source,),
    )


def _first_visit(year: int, visit: VisitInputs) -> VisitInputs:
    return attrs.evolve(visit, accumulators=Accumulators(year))
