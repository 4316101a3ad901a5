"""Every rule of a function's list is answered for any records."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.checks.claims_to_check import claim, line
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    PAYERS,
    Accumulators,
    Authorization,
    Edits,
    FeeSchedule,
    Findings,
    NoteEntry,
    PlanOfCare,
    ScheduleEntry,
    Session,
    TimedService,
    TreatmentNote,
    UntimedService,
    check_claim,
    check_day,
    check_schedule,
)
from therapy_billing.chart import (
    Practice,
    ProgressReport,
    check_authorization,
    check_note,
    check_notes,
    check_plan,
    check_progress,
)
from therapy_billing.chart.note_checks import note_rules
from therapy_billing.chart.plan_checks import PLAN_RULES
from therapy_billing.checks import check_codes
from therapy_billing.checks.day import CHECKS
from therapy_billing.payers.payer_argument import PayerLike
from therapy_billing.schedule.schedule_checks import SCHEDULE_RULES, TIME_RULES, check_times

ON = "2024-08-01"
OFFICE = FeeSchedule.medicare(ON)
CLOCKED = TimedService("97110", start=f"{ON} 9:00", end=f"{ON} 9:30", activity="leg raises 3x10")
UNCLOCKED = TimedService("97140", 15)
TRAINING = TimedService("97550", start=f"{ON} 9:00", end=f"{ON} 9:30")
NOTE = TreatmentNote(ON, "PT", [NoteEntry("97110", 30), NoteEntry("97150", 15)])
PLAN = PlanOfCare("PT", ON, "12 weeks")
SETTINGS = ["office", "critical-access-hospital"]
PAYERS_TO_CHECK: list[PayerLike] = [MEDICARE, CPT_MIDPOINT, PAYERS["nevada-medicaid"]]

DAY_RULES = {
    *CHECKS,
    *TIME_RULES,
    *note_rules(),
    *PLAN_RULES,
    "note-clinician",
    "code-choice",
    "code-choice-warning",
}


def answered(findings: Findings) -> set[str]:
    assert all(
        finding.rule.id in {each.rule.id for each in findings.answers} for finding in findings
    )
    return {answer.rule.id for answer in findings.answers}


@pytest.mark.parametrize("payer", PAYERS_TO_CHECK, ids=lambda payer: payer.name)
@pytest.mark.parametrize("setting", SETTINGS)
class TestClaimsAndDays:
    @pytest.mark.parametrize(
        "records",
        [
            {},
            {"fees": OFFICE},
            {"fees": OFFICE, "accumulators": Accumulators(2024)},
            {"sessions": Session(ON, "PT", [CLOCKED, UNCLOCKED])},
            {"edits": Edits(())},
        ],
    )
    @pytest.mark.parametrize("codes", [(), ("97110",), ("97150", "97110", "97161", "99213")])
    def test_check_claim(
        self, payer: PayerLike, setting: str, records: dict[str, Any], codes: tuple[str, ...]
    ) -> None:
        if "critical" in setting:
            records = {name: each for name, each in records.items() if name != "fees"}
        billed = claim(*(line(code, "GP") for code in codes))
        assert answered(check_claim(billed, payer, setting=setting, **records)) == set(CHECKS)

    @pytest.mark.parametrize(
        "records",
        [
            {},
            {"notes": NOTE},
            {"notes": [NOTE, NOTE]},
            {"notes": NOTE, "practice": Practice(progression=False)},
            {"notes": TreatmentNote(ON, "OT")},
            {"plans": PLAN},
            {"plans": PlanOfCare("OT", ON, "12 weeks")},
            {"notes": NOTE, "plans": PLAN, "edits": Edits(())},
            {"times": False},
        ],
    )
    @pytest.mark.parametrize(
        "services", [(CLOCKED,), (UNCLOCKED, UntimedService("97161")), (CLOCKED, TRAINING)]
    )
    def test_check_day(
        self, payer: PayerLike, setting: str, records: dict[str, Any], services: tuple[Any, ...]
    ) -> None:
        day = Session(ON, "PT", services)
        assert answered(check_day(day, payer, setting=setting, **records)) == DAY_RULES


@pytest.mark.parametrize("services", [(CLOCKED,), (UNCLOCKED,), (CLOCKED, TRAINING)])
def test_schedules_and_times(services: tuple[TimedService, ...]) -> None:
    entries = [
        ScheduleEntry(f"row {index}", "p-1", "t-1", ON, "PT", service)
        for index, service in enumerate(services)
    ]
    for payer in PAYERS_TO_CHECK:
        assert answered(check_schedule(entries, payer)) == set(SCHEDULE_RULES)
        assert answered(check_times(Session(ON, "PT", services), payer)) == set(TIME_RULES)


@pytest.mark.parametrize("note", [NOTE, TreatmentNote(ON, "PT"), TreatmentNote(None, "OT")])
@pytest.mark.parametrize("practice", [Practice(), Practice(progression=False)])
def test_notes(note: TreatmentNote, practice: Practice) -> None:
    assert answered(check_note(note, practice=practice)) == set(note_rules())
    if note.date_of_service is not None:
        for notes in ([], [note]):
            for reports in (None, [], [ProgressReport(ON, "therapist", signed=True)]):
                assert answered(check_notes(notes, practice=practice, reports=reports)) == {
                    "assessment-interval",
                    "progress-report",
                }


@pytest.mark.parametrize("on", ["2024-07-31", "2024-08-01", "2024-12-01", "2025-08-01"])
def test_plans_reports_authorizations_and_codes(on: str) -> None:
    signed = "2024-08-02"
    for plan in (
        PLAN,
        PlanOfCare("PT", ON, "12 weeks", certified_on=signed),
        PlanOfCare("PT", ON, "12 weeks", verbal_order_on=signed),
        PlanOfCare("PT", ON, "12 weeks", referral_signed_on=ON, plan_sent_on=signed),
    ):
        assert answered(check_plan(plan, on)) == set(PLAN_RULES)
    for days in ([], [on]):
        assert answered(check_progress(days, [])) == {"progress-report"}
        assert answered(check_authorization(Authorization(1), days)) == {"authorization"}
    sessions: list[list[Session]] = [[], [Session(on, "PT", [UntimedService("97161")])]]
    for each in sessions:
        assert answered(check_codes(each)) == {"code-choice", "code-choice-warning"}
