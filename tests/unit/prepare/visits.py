"""Visits and choices that the tests of prepared visits share."""

from __future__ import annotations

from typing import Any

from therapy_billing import (
    Accumulators,
    Choice,
    Decision,
    FeeSchedule,
    PreparedVisit,
    Session,
    TimedService,
    UntimedService,
    prepare_visit,
)
from therapy_billing.prepare import DecisionKind
from therapy_billing.visits.services import Service

DAY = "2026-03-02"
PAIRS = "2024-08-01"
"""A date in the only quarter with practitioner pairs of all therapy codes in the data."""
FEES = FeeSchedule.medicare(DAY, locality="OH")
FEES_2024 = FeeSchedule.medicare(PAIRS, locality="OH")
MET = Accumulators(2026, deductible_met=283)
MET_2024 = Accumulators(2024, deductible_met=240)
ABOVE = Accumulators(2026, deductible_met=283, pt_slp="2470.00")


def pt(*services: Service, on: str = DAY) -> Session:
    return Session(on, "PT", services)


def timed(
    code: str, minutes: int | None, clinician: str = "therapist", **times: str
) -> TimedService:
    return TimedService(code, minutes, clinician=clinician, **times)


def prepared(*sessions: Session, **more: Any) -> PreparedVisit:  # noqa: ANN401 - the arguments of prepare_visit
    """Prepare a visit for Medicare in Ohio, with the deductible met."""
    of_2024 = sessions[0].date_of_service.year == 2024
    given: dict[str, Any] = {
        "payer": "medicare",
        "fees": FEES_2024 if of_2024 else FEES,
        "accumulators": MET_2024 if of_2024 else MET,
        **more,
    }
    return prepare_visit(sessions, **given)


def choice(decision: Decision, option: str) -> Choice:
    return Choice(decision.id, option, "A. Invented, PT", "2026-03-03 09:30")


def only(visit: PreparedVisit, kind: DecisionKind) -> Decision:
    (found,) = (each for each in visit.decisions if each.kind is kind)
    return found


def names(decision: Decision) -> list[str]:
    return [option.name for option in decision.options]


def billed(visit: PreparedVisit) -> list[tuple[str, int, tuple[str, ...]]]:
    """Return the lines of the claim as code, units, and modifiers."""
    assert visit.claim is not None
    return [(line.code, line.units, line.modifiers) for line in visit.claim.lines]


GROUP_BY_BOTH = (UntimedService("97150"), UntimedService("97150", clinician="assistant"))
TIED = pt(timed("97530", 23), timed("97110", 20), timed("97112", 8))
