"""Whether the documented activities speak for the codes that were chosen."""

from __future__ import annotations

from datetime import date

from therapy_billing import Session, TimedService, UntimedService
from therapy_billing.activities import Activities
from therapy_billing.findings import Findings, Severity
from therapy_billing.pipeline.code_review import review_codes
from therapy_billing.records import Service

DAY = date(2024, 8, 1)
STEP_UPS = "step-ups 3x10 for quadriceps strength"
BALANCE = "balance on foam pad"


def session(*services: Service, discipline: str = "PT") -> Session:
    return Session(DAY, discipline, services)


def told(findings: Findings) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(each.rule.id, each.severity.value, each.codes) for each in findings]


def answers(findings: Findings) -> list[tuple[str, str, str]]:
    return [(each.rule.id, each.answer.value, each.remark) for each in findings.answers]


def test_an_activity_that_speaks_for_the_code_has_no_finding() -> None:
    found = review_codes(session(TimedService("97110", 15, activity=STEP_UPS)))
    assert told(found) == []
    assert answers(found) == [("code-choice", "clean", ""), ("code-choice-warning", "clean", "")]


def test_an_activity_that_speaks_for_another_code_is_a_question_to_the_clinician() -> None:
    found = review_codes(session(TimedService("97112", 15, activity=STEP_UPS)))
    assert told(found) == [("code-choice", "review", ("97112", "97110"))]
    assert found[0].message.startswith("the activity recorded for 97112 speaks for 97110: ")
    assert found[0].action == ("see whether 97110 was given, or record what makes it 97112")
    assert found[0].figures
    assert len(set(found[0].figures)) == len(found[0].figures)
    assert found[0].at_stake is None
    assert answers(found) == [
        ("code-choice", "finding", ""),
        ("code-choice-warning", "clean", ""),
    ]


def test_a_sign_that_a_payer_may_question_the_code_is_a_note() -> None:
    found = review_codes(session(TimedService("97530", 15, activity=STEP_UPS)))
    assert told(found) == [
        ("code-choice", "review", ("97530", "97110")),
        ("code-choice-warning", "note", ("97530",)),
    ]
    warning = found[1]
    assert warning.severity is Severity.NOTE
    assert warning.message.startswith("97530: ")
    assert warning.action == "record what needed a clinician's skill"
    assert len(warning.figures) == 1
    assert [answer for _, answer, _ in answers(found)] == ["finding", "finding"]


def test_a_record_without_activities_answers_nothing() -> None:
    for activity in (None, "", "  "):
        found = review_codes(session(TimedService("97530", 15, activity=activity)))
        assert told(found) == []
        assert answers(found) == [
            ("code-choice", "not-in-data", "no activity is recorded"),
            ("code-choice-warning", "not-in-data", "no activity is recorded"),
        ]


def test_what_is_silent_and_what_does_not_tell_are_answered_beside_the_rest() -> None:
    found = review_codes(
        session(
            TimedService("97110", 15, activity=STEP_UPS),
            TimedService("97140", 15),
            UntimedService("97161"),
            TimedService("97140", 15),
            TimedService("97112", 15, activity="patient tolerated treatment well"),
        )
    )
    assert told(found) == []
    for rule in ("code-choice", "code-choice-warning"):
        assert [
            (each.answer.value, each.about, each.remark)
            for each in found.answers
            if each.rule.id == rule
        ] == [
            ("not-in-data", ("97140", "97161"), "no activity is recorded"),
            ("not-in-data", ("97112",), "the activity does not tell"),
        ]


def test_an_activity_that_does_not_tell_makes_no_clean_answer() -> None:
    unclear = TimedService("97112", 15, activity="patient tolerated treatment well")
    differs = TimedService("97112", 15, activity=STEP_UPS)
    assert answers(review_codes(session(unclear))) == [
        ("code-choice", "not-in-data", "the activity does not tell"),
        ("code-choice-warning", "not-in-data", "the activity does not tell"),
    ]
    assert answers(review_codes(session(unclear, differs))) == [
        ("code-choice", "finding", ""),
        ("code-choice", "not-in-data", "the activity does not tell"),
        ("code-choice-warning", "not-in-data", "the activity does not tell"),
    ]


def test_no_session_has_no_answer() -> None:
    assert review_codes([]) == Findings()


def test_services_of_all_sessions_are_looked_at_in_their_order() -> None:
    sessions = [
        session(TimedService("97110", 15, activity=BALANCE), TimedService("97140", 15)),
        session(TimedService("97112", 15, activity=STEP_UPS), discipline="OT"),
    ]
    found = review_codes(iter(sessions))
    assert [each.codes for each in found] == [("97110", "97112"), ("97112", "97110")]


def test_a_code_that_the_catalogue_does_not_weigh_has_no_finding() -> None:
    found = review_codes(session(UntimedService("97161", activity=STEP_UPS)))
    assert told(found) == []
    assert answers(found) == [("code-choice", "clean", ""), ("code-choice-warning", "clean", "")]


def test_the_catalogue_that_comes_with_the_library_is_the_one_asked() -> None:
    day = session(TimedService("97530", 15, activity=STEP_UPS))
    assert review_codes(day) == review_codes(day, activities=Activities.bundled())


def test_no_word_of_an_activity_that_the_catalogue_does_not_hold_is_displayed() -> None:
    activity = f"{STEP_UPS} with zorblatt quokkafield"
    found = review_codes(session(TimedService("97530", 15, activity=activity)))
    assert len(found) > 0
    for display in (str(found), repr(found), found._repr_html_(), repr(found.to_dict())):
        assert "zorblatt" not in display
        assert "quokkafield" not in display
