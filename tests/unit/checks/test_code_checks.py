"""Whether the documented activities support the codes that were chosen."""

from __future__ import annotations

import tomllib
from datetime import date
from typing import Any

import pytest

from tests.finding_text import said
from tests.grids import for_each
from tests.paths import EXAMPLE_FILES
from tests.refusals import refusal
from therapy_billing import MEDICARE, InvalidInputError, Session, TimedService, UntimedService
from therapy_billing.chart.notes import NoteEntry, TreatmentNote
from therapy_billing.checks.code_checks import check_codes
from therapy_billing.checks.day import check_day
from therapy_billing.code_choice.activities import Activities
from therapy_billing.code_choice.rules import CODES
from therapy_billing.code_choice.suggestion import suggest_code
from therapy_billing.findings.records import Findings, Severity
from therapy_billing.visits.services import Service

DAY = date(2024, 8, 1)
STEP_UPS = "step-ups 3x10 for quadriceps strength"
BALANCE = "balance on foam pad"
SIT_TO_STAND = "sit-to-stand x10"
TOILET = "rise from the toilet at home"
LABELED: list[dict[str, Any]] = [
    entry
    for entry in tomllib.loads((EXAMPLE_FILES / "code_choice.toml").read_text("utf-8"))["entry"]
    if "purpose" in entry
]


def session(*services: Service, discipline: str = "PT") -> Session:
    return Session(DAY, discipline, services)


def reported(findings: Findings) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(each.rule.id, each.severity.value, each.codes) for each in findings]


def answers(findings: Findings) -> list[tuple[str, str, str]]:
    return [(each.rule.id, each.answer.value, each.remark) for each in findings.answers]


def test_an_activity_that_speaks_for_the_code_has_no_finding() -> None:
    found = check_codes(session(TimedService("97110", 15, activity=STEP_UPS)))
    assert reported(found) == []
    assert answers(found) == [("code-choice", "clean", ""), ("code-choice-warning", "clean", "")]


def test_an_activity_that_speaks_for_another_code_is_a_question_to_the_clinician() -> None:
    found = check_codes(session(TimedService("97112", 15, activity=STEP_UPS)))
    assert reported(found) == [("code-choice", "review", ("97112", "97110"))]
    assert said(found[0]).startswith("the activity recorded for 97112 supports 97110. ")
    assert found[0].detail
    assert found[0].action == (
        "check whether 97110 was furnished; if not, record what makes the service 97112."
    )
    assert found[0].figures
    assert len(set(found[0].figures)) == len(found[0].figures)
    assert found[0].at_stake is None
    assert answers(found) == [
        ("code-choice", "finding", ""),
        ("code-choice-warning", "clean", ""),
    ]


def test_a_sign_that_a_payer_may_question_the_code_is_an_info() -> None:
    found = check_codes(session(TimedService("97530", 15, activity=STEP_UPS)))
    assert reported(found) == [
        ("code-choice", "review", ("97530", "97110")),
        ("code-choice-warning", "info", ("97530",)),
    ]
    warning = found[1]
    assert warning.severity is Severity.INFO
    assert said(warning).startswith("the record may not support 97530. ")
    assert warning.detail
    assert warning.action == "record what required a clinician's skill."
    assert len(warning.figures) == 1
    assert [answer for _, answer, _ in answers(found)] == ["finding", "finding"]


def test_a_record_without_activities_answers_nothing() -> None:
    for activity in (None, "", "  "):
        found = check_codes(session(TimedService("97530", 15, activity=activity)))
        assert reported(found) == []
        assert answers(found) == [
            ("code-choice", "not-in-data", "no activity is recorded"),
            ("code-choice-warning", "not-in-data", "no activity is recorded"),
        ]


def test_missing_and_unclear_activities_are_answered_with_the_rest() -> None:
    found = check_codes(
        session(
            TimedService("97110", 15, activity=STEP_UPS),
            TimedService("97140", 15),
            UntimedService("97161"),
            TimedService("97140", 15),
            TimedService("97112", 15, activity="patient tolerated treatment well"),
        )
    )
    assert reported(found) == []
    for rule in ("code-choice", "code-choice-warning"):
        assert [
            (each.answer.value, each.about, each.remark)
            for each in found.answers
            if each.rule.id == rule
        ] == [
            ("not-in-data", ("97140", "97161"), "no activity is recorded"),
            ("not-in-data", ("97112",), "the recorded activity does not point to a code"),
        ]


def test_an_unclear_activity_makes_no_clean_answer() -> None:
    unclear = TimedService("97112", 15, activity="patient tolerated treatment well")
    differs = TimedService("97112", 15, activity=STEP_UPS)
    assert answers(check_codes(session(unclear))) == [
        ("code-choice", "not-in-data", "the recorded activity does not point to a code"),
        ("code-choice-warning", "not-in-data", "the recorded activity does not point to a code"),
    ]
    assert answers(check_codes(session(unclear, differs))) == [
        ("code-choice", "finding", ""),
        ("code-choice", "not-in-data", "the recorded activity does not point to a code"),
        ("code-choice-warning", "not-in-data", "the recorded activity does not point to a code"),
    ]


def test_without_a_service_nothing_is_answered() -> None:
    assert answers(check_codes([])) == [
        ("code-choice", "not-in-data", "no services were given"),
        ("code-choice-warning", "not-in-data", "no services were given"),
    ]


def test_services_of_all_sessions_are_looked_at_in_their_order() -> None:
    sessions = [
        session(TimedService("97110", 15, activity=BALANCE), TimedService("97140", 15)),
        session(TimedService("97112", 15, activity=STEP_UPS), discipline="OT"),
    ]
    found = check_codes(iter(sessions))
    assert [each.codes for each in found] == [("97110", "97112"), ("97112", "97110")]


def test_a_code_that_the_catalogue_does_not_weigh_has_no_finding() -> None:
    found = check_codes(session(UntimedService("97161", activity=STEP_UPS)))
    assert reported(found) == []
    assert answers(found) == [("code-choice", "clean", ""), ("code-choice-warning", "clean", "")]


def test_the_catalogue_that_comes_with_the_library_is_the_one_asked() -> None:
    day = session(TimedService("97530", 15, activity=STEP_UPS))
    assert check_codes(day) == check_codes(day, activities=Activities.bundled())


def test_no_word_of_an_activity_that_is_not_in_the_catalog_is_displayed() -> None:
    activity = f"{STEP_UPS} with zorblatt quokkafield"
    found = check_codes(session(TimedService("97530", 15, activity=activity)))
    assert len(found) > 0
    for display in (str(found), repr(found), found._repr_html_(), repr(found.to_dict())):
        assert "zorblatt" not in display
        assert "quokkafield" not in display


def note(*entries: NoteEntry, discipline: str = "PT", goals: str | None = None) -> TreatmentNote:
    return TreatmentNote(DAY, discipline, entries, goals=goals)


def doubted(findings: Findings) -> list[tuple[str, ...]]:
    return [each.codes for each in findings.of_rule("code-choice")]


class TestNotes:
    """The check uses the text of a note as ``suggest_code`` does."""

    @for_each(entry=LABELED, code=CODES)
    def test_the_review_agrees_with_the_suggestion(self, entry: dict[str, Any], code: str) -> None:
        activity, goal = entry["activity"], entry["purpose"]
        suggestion = suggest_code(activity, goal)
        expected = [(code, suggestion.code)] if suggestion.contradicts(code) else []
        with_activity = session(TimedService(code, 15, activity=activity))
        bare = session(TimedService(code, 15))
        goal_of_entry = note(NoteEntry(code, functional_goal=goal))
        for day, written in (
            (with_activity, goal_of_entry),
            (with_activity, note(NoteEntry(code, activity=activity, focus=goal))),
            (with_activity, TreatmentNote.for_session(with_activity, goals=goal)),
            (bare, note(NoteEntry(code, activity=activity, functional_goal=goal))),
        ):
            assert doubted(check_codes(day, notes=written)) == expected
        if code == entry["label"]:
            assert doubted(check_day(with_activity, MEDICARE, notes=goal_of_entry)) == expected

    def test_a_goal_settles_a_doubt_and_raises_one(self) -> None:
        for code, without, with_goal in (
            ("97530", [("97530", "97110")], []),
            ("97110", [], [("97110", "97530")]),
        ):
            day = session(TimedService(code, 15, activity=SIT_TO_STAND))
            assert doubted(check_codes(day)) == without
            goal = note(NoteEntry(code, functional_goal=TOILET))
            assert doubted(check_codes(day, notes=goal)) == with_goal

    @pytest.mark.parametrize("discipline", ["PT", "OT"])
    def test_a_note_is_of_its_discipline_and_its_codes(self, discipline: str) -> None:
        day = session(TimedService("97530", 15, activity=SIT_TO_STAND))
        written = note(NoteEntry("97530", functional_goal=TOILET), discipline=discipline)
        assert doubted(check_codes(day, notes=written)) == (
            [] if discipline == "PT" else [("97530", "97110")]
        )
        other = note(NoteEntry("97110", functional_goal=TOILET))
        assert doubted(check_codes(day, notes=other)) == [("97530", "97110")]

    def test_entries_of_a_code_are_those_of_its_services_in_order(self) -> None:
        day = session(
            TimedService("97530", 15, activity=SIT_TO_STAND),
            TimedService("97530", 15, activity="lifts boxes from floor to shelf"),
        )
        entries = NoteEntry("97530", functional_goal=TOILET), NoteEntry("97530")
        assert doubted(check_codes(day, notes=note(*entries))) == []
        other = note(*reversed(entries))
        assert doubted(check_codes(day, notes=other)) == [("97530", "97110")]

    def test_one_entry_is_for_all_services_of_its_code(self) -> None:
        day = session(*[TimedService("97530", 15, activity=SIT_TO_STAND)] * 2)
        assert doubted(check_codes(day, notes=note(NoteEntry("97530")))) != []
        goal = note(NoteEntry("97530", functional_goal=TOILET))
        assert doubted(check_codes(day, notes=goal)) == []

    def test_each_session_has_the_note_that_shares_its_codes(self) -> None:
        days = [
            session(TimedService("97530", 15, activity=SIT_TO_STAND)),
            session(TimedService("97110", 15, activity=SIT_TO_STAND)),
        ]
        notes = [
            note(NoteEntry("97110", focus="quadriceps strength")),
            note(NoteEntry("97530", functional_goal=TOILET)),
        ]
        assert doubted(check_codes(days, notes=notes)) == []

    def test_two_notes_of_a_session_count_together(self) -> None:
        day = session(TimedService("97530", 15, activity=SIT_TO_STAND))
        notes = [note(NoteEntry("97530")), note(NoteEntry("97530", functional_goal=TOILET))]
        assert doubted(check_codes(day, notes=notes)) == []

    def test_goals_of_a_whole_note_settle_a_doubt_and_raise_none(self) -> None:
        day = session(
            TimedService("97110", 15, activity=SIT_TO_STAND),
            TimedService("97530", 15, activity=SIT_TO_STAND),
        )
        entries = NoteEntry("97110"), NoteEntry("97530")
        assert doubted(check_codes(day, notes=note(*entries))) == [("97530", "97110")]
        assert doubted(check_codes(day, notes=note(*entries, goals=TOILET))) == []
        strength = note(*entries, goals="quadriceps strength")
        assert doubted(check_codes(day, notes=strength)) == [("97530", "97110")]

    def test_a_note_of_another_day_is_refused(self) -> None:
        written = TreatmentNote("2024-08-02", "PT")
        assert refusal(
            InvalidInputError,
            lambda: check_codes(session(TimedService("97110", 15)), notes=written),
        ) == (
            "a note is for 2024-08-02, but the sessions are for 2024-08-01: give notes and sessions of the same day"
        )

    def test_no_word_of_a_note_is_displayed(self) -> None:
        day = session(TimedService("97530", 15, activity=STEP_UPS))
        entry = NoteEntry(
            "97530", activity="zorblatt", focus="zorblatt", functional_goal="zorblatt"
        )
        found = check_codes(day, notes=note(entry, goals="zorblatt"))
        assert len(found) > 0
        assert "zorblatt" not in f"{found} {found!r} {found._repr_html_()} {found.to_dict()}"
