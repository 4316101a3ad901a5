"""A value of a wrong kind is refused by what it was given as, and never by an attribute that it lacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.refusals import refusal
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    FeeSchedule,
    InvalidInputError,
    PlanOfCare,
    ScheduleEntry,
    Session,
    TimedService,
    TreatmentNote,
    authorization_balance,
    bill_day,
    check_authorization,
    check_codes,
    check_day,
    check_note,
    check_plan,
    check_schedule,
    compare_payers,
    suggest_code,
    upcoming_deadlines,
)

ON = "2026-03-02"
DAY = Session(ON, "PT", [TimedService("97110", 15)])
NOTE = TreatmentNote.for_session(DAY)
ENTRY = ScheduleEntry("1", "P-1", "T-1", ON, "PT", TimedService("97110", 15))
WRONG: Any = "Rosa Invented"
TOLD = "a text of 13 characters"


@pytest.mark.parametrize(
    ("call", "what"),
    [
        (lambda: check_note(WRONG), "note must be a TreatmentNote, got"),
        (lambda: check_note(NOTE, WRONG), "session must be a Session, got"),
        (lambda: check_note(NOTE, DAY, practice=WRONG), "practice must be a Practice, got"),
        (lambda: check_plan(WRONG, ON), "plan must be a PlanOfCare, got"),
        (lambda: check_authorization(WRONG, []), "authorization holds Authorization, not"),
        (lambda: authorization_balance(WRONG, []), "authorization holds Authorization, not"),
        (lambda: upcoming_deadlines(WRONG, first=ON, last=ON), "plan must be a PlanOfCare, got"),
        (
            lambda: upcoming_deadlines(
                PlanOfCare("PT", ON, "30 days"), first=ON, last=ON, practice=WRONG
            ),
            "practice must be a Practice, got",
        ),
        (lambda: check_codes(WRONG), "sessions holds Session, not"),
        (lambda: check_codes([WRONG]), "sessions holds Session, not"),
        (lambda: suggest_code("squats", activities=WRONG), "activities must be an Activities, got"),
        (lambda: check_schedule(WRONG), "entries holds ScheduleEntry, not"),
        (lambda: check_schedule([ENTRY], fees=WRONG), "fees must be a FeeSchedule, got"),
        (
            lambda: compare_payers(DAY, MEDICARE, CPT_MIDPOINT, WRONG),
            "fees must be a FeeSchedule, got",
        ),
        (
            lambda: compare_payers(
                DAY, MEDICARE, CPT_MIDPOINT, FeeSchedule.medicare(ON), other_fees=WRONG
            ),
            "other_fees must be a FeeSchedule, got",
        ),
        (
            lambda: bill_day(DAY, MEDICARE, FeeSchedule.medicare(ON), charges=WRONG),
            "charges must be a Mapping, got",
        ),
        (lambda: check_day(DAY, MEDICARE, notes=WRONG), "notes holds TreatmentNote, not"),
        (lambda: check_day(DAY, MEDICARE, plans=WRONG), "plans holds PlanOfCare, not"),
    ],
)
def test_a_text_is_refused_by_what_it_was_given_as(call: Callable[[], object], what: str) -> None:
    assert refusal(InvalidInputError, call) == f"{what} {TOLD}"


def test_nothing_is_no_services_and_no_entries() -> None:
    nothing: Any = None
    assert refusal(InvalidInputError, lambda: Session(ON, "PT", nothing)) == (
        "services must be an Iterable, got None"
    )
    assert refusal(InvalidInputError, lambda: check_schedule(nothing)) == (
        "entries holds ScheduleEntry, not None"
    )
