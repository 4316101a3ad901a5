"""What a record lacks, and what is due: both sides of each edge, and nothing of a text."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from typing import Any

import attrs
import pytest

from tests.refusals import refusal
from therapy_billing import (
    Claim,
    ClaimLine,
    InvalidInputError,
    Session,
    TimedService,
    UntimedService,
    load_codes,
)
from therapy_billing.documentation import (
    Authorization,
    NoteEntry,
    PlanOfCare,
    Practice,
    ProgressReport,
    Recertification,
    TreatmentNote,
)
from therapy_billing.findings import Answer, Findings, Severity, rule_of
from therapy_billing.pipeline.documentation_checks import (
    _ELEMENTS,
    _RELIEF_FROM,
    AuthorizationLeft,
    authorization_left,
    certification_end,
    check_authorization,
    check_note,
    check_notes,
    check_plan,
    check_progress,
    due_dates,
    treatment_days_left,
)

DAY = datetime.date(2026, 3, 2)
SESSION = Session(
    DAY,
    "PT",
    [
        TimedService("97530", 20, activity="task", body_region="arm"),
        TimedService("97110", 10, activity="exercise", body_region="knee"),
        UntimedService("97161", 30, activity="evaluation"),
    ],
)
NOTE = TreatmentNote.for_session(
    SESSION,
    focus={"97110": "strength"},
    functional_goals={"97530": "goal"},
    one_on_one=True,
    goals="goals",
    response="response",
    skilled_need="need",
    progression="progression",
    signed=True,
    credentials="PT, DPT",
)
NOT_COMPARED = "what is billed was not compared: no session is given"
DENY, REVIEW, LIGHT = "deny", "review", "note"


def told(findings: Iterable[Any]) -> list[tuple[str, str, str]]:
    """Return severity, rule and message of each."""
    return [(each.severity.value, each.rule.id, each.message) for each in findings]


def answers(findings: Findings) -> dict[str, str]:
    """Return the answer of each rule, after seeing that it fits what was found."""
    for each in findings.answers:
        assert (each.answer is Answer.FINDING) == bool(findings.of_rule(each.rule.id))
        assert (each.answer in (Answer.NOT_IN_DATA, Answer.NOT_COVERED)) <= bool(each.remark)
    named = [answer.rule.id for answer in findings.answers]
    assert len(set(named)) == len(named)
    return {answer.rule.id: answer.answer.value for answer in findings.answers}


def days(count: int, first: datetime.date = DAY) -> list[datetime.date]:
    """Return *count* days, one after another."""
    return [first + datetime.timedelta(days=each) for each in range(count)]


def report(
    on: datetime.date | str, by: str = "therapist", *, signed: bool = True
) -> ProgressReport:
    return ProgressReport(on, by, signed=signed)


class TestANoteThatHoldsEverything:
    def test_is_clean_of_every_rule(self) -> None:
        found = check_note(NOTE, SESSION)
        assert told(found) == []
        assert set(answers(found).values()) == {"clean"}
        assert set(answers(found)) == {
            "note-date",
            "note-intervention",
            "note-minutes",
            "note-signature",
            "note-elements-goals",
            "note-elements-response",
            "note-elements-skilled-need",
            "note-elements-progression",
            "note-elements-97110",
            "note-elements-97530",
            "note-elements-activities",
            "note-elements-contact",
        }

    def test_alone_says_that_it_was_compared_with_nothing(self) -> None:
        found = check_note(NOTE)
        assert told(found) == []
        remarks = {each.rule.id: each.remark for each in found.answers}
        assert remarks["note-intervention"] == remarks["note-minutes"] == NOT_COMPARED
        assert {each.remark for each in check_note(NOTE, SESSION).answers} == {
            "",
            "that a text is there was checked, not what it says",
        }


class TestCheckNote:
    @pytest.mark.parametrize(
        ("lack", "severity", "rule", "message"),
        [
            ({"date_of_service": None}, DENY, "note-date", "the note has no date of treatment"),
            (
                {"timed_minutes": None},
                DENY,
                "note-minutes",
                "the note does not tell the total minutes of timed codes",
            ),
            (
                {"total_minutes": None},
                DENY,
                "note-minutes",
                "the note does not tell the total treatment minutes",
            ),
            ({"signed": False}, DENY, "note-signature", "the note has no signature"),
            ({"credentials": " "}, DENY, "note-signature", "the note has no credentials"),
            (
                {"clinician": "assistant"},
                LIGHT,
                "note-signature",
                "an assistant wrote the note and no therapist signed it too",
            ),
            (
                {"goals": "\n"},
                REVIEW,
                "note-elements-goals",
                "the note does not tell the specific goals that were worked on",
            ),
            (
                {"response": None},
                REVIEW,
                "note-elements-response",
                "the note does not tell how the patient responded and improved",
            ),
            (
                {"skilled_need": ""},
                REVIEW,
                "note-elements-skilled-need",
                "the note does not tell why the treatment was necessary and skilled",
            ),
            (
                {"progression": None},
                LIGHT,
                "note-elements-progression",
                "the note does not tell how the treatment was raised",
            ),
        ],
    )
    def test_each_lack_is_one_finding(
        self, lack: dict[str, Any], severity: str, rule: str, message: str
    ) -> None:
        found = check_note(attrs.evolve(NOTE, **lack), SESSION)
        assert told(found) == [(severity, rule, message)]
        assert answers(found)[rule] == "finding"
        assert found[0].action
        assert found[0].citation

    def test_an_assistant_may_write_it_where_a_therapist_signs_too(self) -> None:
        signed = attrs.evolve(NOTE, clinician="assistant", cosigned=True)
        assert told(check_note(signed)) == []
        assert told(check_note(attrs.evolve(NOTE, clinician="together"))) == []

    def test_a_note_without_any_service_is_denied_once(self) -> None:
        empty = attrs.evolve(NOTE, entries=[], timed_minutes=None)
        found = check_note(empty)
        assert told(found) == [(DENY, "note-intervention", "the note names no service")]
        assert "note-elements-contact" not in answers(found)
        assert "note-elements-activities" not in answers(found)

    def test_each_billed_code_that_it_does_not_name_is_denied(self) -> None:
        found = check_note(attrs.evolve(NOTE, entries=NOTE.entries[:1]), SESSION).of_rule(
            "note-intervention"
        )
        assert told(found) == [
            (DENY, "note-intervention", "billed and not in the note: 97110, 97161")
        ]
        assert found[0].codes == ("97110", "97161")

    def test_it_may_name_more_than_is_billed(self) -> None:
        billed = Session(DAY, "PT", SESSION.services[:2])
        assert told(check_note(NOTE, billed)) == []

    def test_minutes_of_timed_codes_are_asked_of_notes_with_timed_codes_only(self) -> None:
        evaluation = attrs.evolve(
            NOTE, entries=NOTE.entries[2:], timed_minutes=None, total_minutes=30
        )
        assert told(check_note(evaluation)) == []
        with_timed = check_note(evaluation, SESSION).of_rule("note-minutes")
        assert told(with_timed) == [
            (DENY, "note-minutes", "the note does not tell the total minutes of timed codes"),
            (REVIEW, "note-minutes", "the session has 60 treatment minutes and the note tells 30"),
        ]

    @pytest.mark.parametrize(
        ("timed", "total", "expected"),
        [
            (30, 60, []),
            (30, 61, []),
            (30, 59, [(REVIEW, "the session has 60 treatment minutes and the note tells 59")]),
            (
                29,
                60,
                [
                    (DENY, "the session has 30 timed minutes and the note tells 29"),
                    (REVIEW, "the timed services of the note are 30 minutes and its total is 29"),
                ],
            ),
            (
                31,
                60,
                [
                    (REVIEW, "the session has 30 timed minutes and the note tells 31"),
                    (REVIEW, "the timed services of the note are 30 minutes and its total is 31"),
                ],
            ),
            (
                30,
                29,
                [
                    (DENY, "the note tells 30 timed minutes and only 29 treatment minutes"),
                    (REVIEW, "the session has 60 treatment minutes and the note tells 29"),
                ],
            ),
        ],
    )
    def test_its_minutes_agree_with_each_other_and_with_what_is_billed(
        self, timed: int, total: int, expected: list[tuple[str, str]]
    ) -> None:
        note = attrs.evolve(NOTE, timed_minutes=timed, total_minutes=total)
        found = check_note(note, SESSION).of_rule("note-minutes")
        assert [(severity, message) for severity, _, message in told(found)] == expected

    def test_as_many_timed_as_treatment_minutes_are_right(self) -> None:
        note = attrs.evolve(NOTE, entries=NOTE.entries[:2], total_minutes=30)
        assert told(check_note(note)) == []

    def test_minutes_code_by_code_are_not_asked_for(self) -> None:
        entries = [
            attrs.evolve(NOTE.entries[0], minutes=29),
            attrs.evolve(NOTE.entries[1], minutes=None),
        ]
        assert check_note(attrs.evolve(NOTE, entries=entries)).of_rule("note-minutes") == ()

    @pytest.mark.parametrize(
        ("code", "field", "severity", "words"),
        [
            (code, element.field, element.severity, element.words)
            for code, elements in _ELEMENTS.items()
            for element in elements
        ],
    )
    def test_each_element_of_a_code_is_asked_for(
        self, code: str, field: str, severity: Severity, words: str
    ) -> None:
        full = NoteEntry(code, 15, "a", "b", "c", "d", one_on_one=True)
        note = attrs.evolve(NOTE, entries=[full], timed_minutes=15)
        assert told(check_note(note)) == []
        assert answers(check_note(note))[f"note-elements-{code}"] == "clean"
        lack: dict[str, Any] = {field: None}
        lacking = attrs.evolve(note, entries=[attrs.evolve(full, **lack)])
        found = check_note(lacking)
        assert told(found) == [
            (severity.value, f"note-elements-{code}", f"for {code} the note does not tell {words}")
        ]
        assert found[0].codes == (code,)

    def test_the_codes_with_elements_are_those_that_are_told_apart(self) -> None:
        assert {
            code: [element.field for element in elements] for code, elements in _ELEMENTS.items()
        } == {
            "97110": ["activity", "focus", "body_region"],
            "97112": ["activity", "focus"],
            "97116": ["activity", "focus"],
            "97140": ["activity", "body_region"],
            "97530": ["activity", "functional_goal", "minutes"],
            "97535": ["activity"],
        }
        assert set(_ELEMENTS) <= set(load_codes())

    def test_of_several_entries_of_a_code_each_tells_its_elements(self) -> None:
        second = NoteEntry("97535", 0, one_on_one=True)
        first = attrs.evolve(second, activity="dressing")
        found = check_note(attrs.evolve(NOTE, entries=[*NOTE.entries, first, second]))
        assert [each.rule.id for each in found] == ["note-elements-97535"]

    def test_what_was_done_is_asked_of_every_other_code(self) -> None:
        alone = NoteEntry("97161", one_on_one=True)
        entries = [*NOTE.entries, NoteEntry("97150"), alone, NoteEntry("97150")]
        found = check_note(attrs.evolve(NOTE, entries=entries))
        assert told(found) == [
            (
                REVIEW,
                "note-elements-activities",
                "for 97150, 97161 the note does not tell what was done",
            )
        ]
        answer = next(a for a in found.answers if a.rule.id == "note-elements-activities")
        assert answer.about == ("97161", "97150")

    @pytest.mark.parametrize(
        ("statement", "practice", "expected", "answer"),
        [
            (True, Practice(), [], "clean"),
            (
                None,
                Practice(),
                [
                    (
                        LIGHT,
                        "note-elements-contact",
                        "for 97530, 97110 the note does not tell that contact was one-on-one",
                    )
                ],
                "finding",
            ),
            (None, Practice(one_on_one_statement=False), [], "not-in-data"),
            (
                False,
                Practice(one_on_one_statement=False),
                [
                    (
                        DENY,
                        "note-elements-contact",
                        "by the note, contact was not one-on-one as these codes ask: 97530, 97110",
                    )
                ],
                "finding",
            ),
        ],
    )
    def test_contact_was_one_on_one(
        self,
        statement: bool | None,  # noqa: FBT001 - a grid
        practice: Practice,
        expected: object,
        answer: str,
    ) -> None:
        entries = [attrs.evolve(entry, one_on_one=statement) for entry in NOTE.entries[:2]]
        note = attrs.evolve(NOTE, entries=[*entries, NOTE.entries[2]])
        found = check_note(note, SESSION, practice)
        assert told(found) == expected
        assert answers(found)["note-elements-contact"] == answer

    def test_contact_is_asked_of_one_on_one_codes_only(self) -> None:
        note = attrs.evolve(
            NOTE, entries=[NoteEntry("97150", activity="group")], timed_minutes=None
        )
        assert "note-elements-contact" not in answers(check_note(note))

    def test_a_practice_may_leave_progression_out(self) -> None:
        note = attrs.evolve(NOTE, progression=None)
        found = check_note(note, SESSION, Practice(progression=False))
        assert told(found) == []
        assert "note-elements-progression" not in answers(found)

    def test_findings_point_at_the_note_by_its_key(self) -> None:
        bare = TreatmentNote(None, "PT")
        assert {each.entries for each in check_note(attrs.evolve(bare, key="row 7"))} == {
            ("row 7",)
        }
        assert {each.entries for each in check_note(bare)} == {()}

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"discipline": "OT"}, "the note is of OT and the session of PT"),
            (
                {"date_of_service": "2026-03-03"},
                "the note is of 2026-03-03 and the session of 2026-03-02",
            ),
        ],
    )
    def test_a_session_of_another_day_or_plan_is_refused(
        self, change: dict[str, Any], message: str
    ) -> None:
        note = attrs.evolve(NOTE, **change)
        assert refusal(InvalidInputError, lambda: check_note(note, SESSION)) == message


def series(visits: str) -> list[TreatmentNote]:
    """Return the notes of *visits*, a letter each: ``a`` with an assessment, ``-`` without."""
    return [
        TreatmentNote(day, "PT", assessment="text" if each == "a" else None, key=f"row {place}")
        for place, (day, each) in enumerate(zip(days(len(visits)), visits, strict=True))
    ]


class TestCheckNotes:
    @pytest.mark.parametrize(
        ("every", "visits", "missed"),
        [
            (3, 2, 0),
            (3, 3, 1),
            (3, 4, 1),
            (3, 5, 1),
            (3, 6, 2),
            (2, 1, 0),
            (2, 2, 1),
            (2, 3, 1),
            (2, 4, 2),
            (4, 3, 0),
            (4, 4, 1),
        ],
    )
    def test_an_assessment_is_due_every_so_many_visits(
        self, every: int, visits: int, missed: int
    ) -> None:
        found = check_notes(series("-" * visits), Practice(assessment_every_visits=every))
        assert len(found) == missed
        assert answers(found)["assessment-interval"] == ("finding" if missed else "clean")

    def test_it_names_the_visits_and_the_note(self) -> None:
        found = check_notes(series("a---"))
        assert told(found) == [
            (
                LIGHT,
                "assessment-interval",
                "3 visits in a row, through 2026-03-05, have no assessment; one is due every 3 visits",
            )
        ]
        assert found[0].entries == ("row 3",)

    def test_an_assessment_on_the_third_visit_is_in_time(self) -> None:
        assert told(check_notes(series("--a--a"))) == []

    def test_notes_may_come_in_any_order_and_several_of_a_day_are_one_visit(self) -> None:
        notes = series("--a--")
        again = attrs.evolve(notes[0], key=None)
        assert told(check_notes([*reversed(notes), again, again])) == []
        late = attrs.evolve(notes[4], assessment="text")
        assert told(check_notes([*notes, late, again])) == []
        missed = check_notes([*notes[:2], notes[3], attrs.evolve(notes[3], key=None)])
        assert [each.entries for each in missed] == [("row 3",)]

    def test_without_notes_it_answers_that_there_are_none(self) -> None:
        found = check_notes([])
        assert answers(found) == {
            "assessment-interval": "not-in-data",
            "progress-report": "not-in-data",
        }
        assert [each.remark for each in found.answers] == [
            "no note is given",
            "no reports are given: give reports",
        ]

    def test_the_days_of_the_notes_are_the_treatment_days(self) -> None:
        notes = series("a" * 10)
        assert len(check_notes(notes, reports=[])) == 1
        assert len(check_notes(notes[:9], reports=[])) == 0
        assert len(check_notes(notes, reports=[report("2026-03-11")])) == 0

    @pytest.mark.parametrize(
        ("notes", "message"),
        [
            (
                [TreatmentNote(None, "PT")],
                "a note of the series has no date: check_note tells of it, leave it out here",
            ),
            (
                [TreatmentNote(DAY, "PT"), TreatmentNote(DAY, "OT")],
                "notes of one plan of care make a series, not of PT and OT",
            ),
            ([7], "notes holds TreatmentNote, not 7"),
        ],
    )
    def test_what_makes_no_series_is_refused(self, notes: Any, message: str) -> None:  # noqa: ANN401 - wrong kinds too
        assert refusal(InvalidInputError, lambda: check_notes(notes)) == message


class TestCheckProgress:
    @pytest.mark.parametrize(
        ("count", "expected"),
        [
            (9, []),
            (10, ["no progress report by 2026-03-11, the 10th treatment day since 2026-03-02"]),
            (19, ["no progress report by 2026-03-11, the 10th treatment day since 2026-03-02"]),
            (
                20,
                [
                    "no progress report by 2026-03-11, the 10th treatment day since 2026-03-02",
                    "no progress report by 2026-03-21, the 10th treatment day since 2026-03-12",
                ],
            ),
        ],
    )
    def test_ten_treatment_days_have_a_report(self, count: int, expected: list[str]) -> None:
        found = check_progress(days(count), [])
        assert told(found) == [(DENY, "progress-report", message) for message in expected]
        assert answers(found) == {"progress-report": "finding" if expected else "clean"}

    def test_a_date_is_one_treatment_day_however_many_sessions(self) -> None:
        assert told(check_progress([*days(9), *days(9)], [])) == []
        assert len(check_progress([*days(10), *days(9)], [])) == 1

    @pytest.mark.parametrize(
        ("on", "severity", "late"),
        [
            ("2026-03-02", None, ""),
            ("2026-03-11", None, ""),
            ("2026-03-12", REVIEW, "; the next one is 1 day late"),
            ("2026-03-18", REVIEW, "; the next one is 7 days late"),
            ("2026-03-19", DENY, ""),
            ("2026-03-01", DENY, ""),
        ],
    )
    def test_a_report_is_written_by_the_tenth_treatment_day(
        self, on: str, severity: str | None, late: str
    ) -> None:
        found = check_progress(days(10), [report(on)])
        assert told(found) == (
            []
            if severity is None
            else [
                (
                    severity,
                    "progress-report",
                    f"no progress report by 2026-03-11, the 10th treatment day since 2026-03-02{late}",
                )
            ]
        )

    @pytest.mark.parametrize(
        ("by", "signed", "counts"),
        [
            ("therapist", True, True),
            ("together", True, True),
            ("assistant", True, False),
            ("therapist", False, False),
        ],
    )
    def test_a_report_by_an_assistant_alone_or_unsigned_does_not_count(
        self,
        by: str,
        signed: bool,  # noqa: FBT001 - a grid
        counts: bool,  # noqa: FBT001 - a grid
    ) -> None:
        found = check_progress(days(10), [report("2026-03-11", by, signed=signed)])
        assert told(found) == (
            []
            if counts
            else [
                (
                    DENY,
                    "progress-report",
                    (
                        "no progress report by 2026-03-11, the 10th treatment day since 2026-03-02; "
                        "1 unsigned, or by an assistant alone, do not count"
                    ),
                )
            ]
        )

    def test_unsound_reports_are_told_of_their_own_interval_only(self) -> None:
        unsound = [report(day, "assistant") for day in ("2026-03-01", "2026-03-02", "2026-03-12")]
        assert "; 1 unsigned" in check_progress(days(10), unsound)[0].message

    def test_without_treatment_days_there_is_nothing_to_look_at(self) -> None:
        found = check_progress([], [])
        assert [each.remark for each in found.answers] == ["no treatment day is given"]
        assert answers(found) == {"progress-report": "not-in-data"}

    @pytest.mark.parametrize(
        ("treated", "reports", "message"),
        [
            ("2026-03-02", [], "treatment_days holds days, not '2026-03-02'"),
            (7, [], "treatment_days holds days, not 7"),
            (
                ["soon"],
                [],
                (
                    "a day of treatment_days is a day such as 2026-03-02 or 3/2/2026 (month first), "
                    "not a text of 4 characters"
                ),
            ),
            ([], ["2026-03-02"], "reports holds ProgressReport, not '2026-03-02'"),
        ],
    )
    def test_what_makes_no_sense_is_refused(
        self,
        treated: Any,  # noqa: ANN401 - wrong kinds too
        reports: Any,  # noqa: ANN401 - wrong kinds too
        message: str,
    ) -> None:
        assert refusal(InvalidInputError, lambda: check_progress(treated, reports)) == message


@pytest.mark.parametrize(
    ("count", "reports", "left"),
    [
        (0, [], 10),
        (1, [], 9),
        (9, [], 1),
        (10, [], 10),
        (7, ["2026-03-08"], 10),
        (8, ["2026-03-08"], 9),
    ],
)
def test_the_treatment_days_left_are_those_to_the_tenth(
    count: int, reports: list[str], left: int
) -> None:
    assert treatment_days_left(days(count), [report(on) for on in reports]) == left


def plan(duration: str = "6 months", first: str = "2026-01-01", **given: Any) -> PlanOfCare:  # noqa: ANN401 - terms of many kinds
    terms: dict[str, Any] = {"certified_on": "2026-01-20", **given}
    return PlanOfCare("PT", first, duration, **terms)


def again(on: str | None, first: str, duration: str = "90 days", **given: Any) -> Recertification:  # noqa: ANN401 - as above
    return Recertification(on, first, duration, **given)


RULES_OF_A_PLAN = {
    "plan-author",
    "certifier",
    "certification-period",
    "certification-timely",
    "verbal-order",
    "referral-relief",
    "recertification",
    "delayed-certification",
}


class TestCertificationPeriod:
    @pytest.mark.parametrize(
        ("first", "duration", "end"),
        [
            ("2026-01-01", "89 days", "2026-03-31"),
            ("2026-01-01", "90 days", "2026-04-01"),
            ("2026-01-01", "91 days", "2026-04-01"),
            ("2026-01-01", "12 weeks", "2026-03-26"),
            ("2026-01-31", "1 month", "2026-02-28"),
            ("2028-01-31", "1 month", "2028-02-29"),
            ("2028-02-29", "1 month", "2028-03-29"),
            ("2028-02-29", "12 months", "2028-05-29"),
            ("2027-12-01", "3 months", "2028-02-29"),
            ("2026-12-01", "3 months", "2027-03-01"),
            ("2026-07-01", "3 months", "2026-09-29"),
        ],
    )
    def test_it_ends_with_the_plan_or_ninety_days_after_the_first(
        self, first: str, duration: str, end: str
    ) -> None:
        found = certification_end(plan(duration, first, certified_on=None))
        assert str(found) == end

    @pytest.mark.parametrize(
        ("signed", "end"), [("2007-12-31", "2008-01-30"), ("2008-01-01", "2008-03-30")]
    )
    def test_signatures_before_2008_certify_thirty_days(self, signed: str, end: str) -> None:
        assert str(certification_end(plan(first="2007-12-31", certified_on=signed))) == end

    def test_without_a_signature_the_first_day_decides_between_thirty_and_ninety(self) -> None:
        assert str(certification_end(plan(first="2007-12-31", certified_on=None))) == "2008-01-30"
        assert str(certification_end(plan(first="2008-01-01", certified_on=None))) == "2008-03-31"

    @pytest.mark.parametrize(
        ("duration", "on", "severity", "message"),
        [
            ("6 months", "2026-01-01", None, ""),
            ("6 months", "2026-03-31", None, ""),
            (
                "6 months",
                "2026-04-01",
                REVIEW,
                (
                    "2026-04-01 is the very last day of its interval; if the first day counts as day 1, "
                    "the interval was over on 2026-03-31"
                ),
            ),
            (
                "6 months",
                "2026-04-02",
                DENY,
                "the interval from 2026-01-01 was over on 2026-04-01, 1 day before 2026-04-02",
            ),
            (
                "6 months",
                "2026-04-03",
                DENY,
                "the interval from 2026-01-01 was over on 2026-04-01, 2 days before 2026-04-03",
            ),
            (
                "6 months",
                "2025-12-31",
                DENY,
                "2025-12-31 is before the initial treatment on 2026-01-01",
            ),
            ("4 weeks", "2026-01-28", None, ""),
            (
                "4 weeks",
                "2026-01-29",
                REVIEW,
                (
                    "2026-01-29 is the very last day of its interval; if the first day counts as day 1, "
                    "the interval was over on 2026-01-28"
                ),
            ),
            (
                "4 weeks",
                "2026-01-30",
                DENY,
                "the interval from 2026-01-01 was over on 2026-01-29, 1 day before 2026-01-30",
            ),
        ],
    )
    def test_the_last_day_is_looked_at_and_the_next_is_not_covered(
        self, duration: str, on: str, severity: str | None, message: str
    ) -> None:
        found = check_plan(plan(duration), on)
        expected = [] if severity is None else [(severity, "certification-period", message)]
        assert told(found) == expected
        assert set(answers(found)) == RULES_OF_A_PLAN

    def test_a_recertification_covers_the_days_after_it(self) -> None:
        given = plan(recertifications=[again("2026-03-20", "2026-03-25", "60 days")])
        assert str(certification_end(given)) == "2026-05-24"
        for on in ("2026-04-01", "2026-04-02", "2026-05-23"):
            assert told(check_plan(given, on)) == []
        assert told(check_plan(given, "2026-05-24"))[0][0] == REVIEW
        assert told(check_plan(given, "2026-05-25")) == [
            (
                DENY,
                "certification-period",
                "the interval from 2026-03-25 was over on 2026-05-24, 1 day before 2026-05-25",
            )
        ]

    def test_a_gap_between_intervals_is_not_covered(self) -> None:
        given = plan(recertifications=[again("2026-03-20", "2026-04-04")])
        severities = [
            [each.severity.value for each in check_plan(given, f"2026-04-0{day}")]
            for day in (1, 2, 3, 4)
        ]
        assert severities == [[REVIEW], [DENY], [DENY], []]


class TestInitialSignature:
    @pytest.mark.parametrize(
        ("signed", "late"),
        [
            ("2025-12-20", None),
            ("2026-01-01", None),
            ("2026-01-30", None),
            ("2026-01-31", None),
            ("2026-02-01", "31 days after the initial treatment on 2026-01-01: 1 day late"),
            ("2026-03-02", "60 days after the initial treatment on 2026-01-01: 30 days late"),
        ],
    )
    def test_it_is_dated_in_the_thirty_days_after_the_first(
        self, signed: str, late: str | None
    ) -> None:
        found = check_plan(plan(certified_on=signed, delay_reason="reason"), "2026-01-15")
        expected = [(REVIEW, "certification-timely", f"the plan was signed on {signed}, {late}")]
        assert told(found) == (expected if late else [])
        assert answers(found)["delayed-certification"] == "clean"

    def test_a_late_one_needs_its_reason(self) -> None:
        found = check_plan(plan(certified_on="2026-02-01", delay_reason="  "), "2026-01-15")
        assert told(found)[1] == (
            REVIEW,
            "delayed-certification",
            (
                "the interval from 2026-01-01 was certified late, on 2026-02-01, and no reason for the "
                "delay is given"
            ),
        )
        assert len(found) == 2

    @pytest.mark.parametrize(
        ("on", "severity", "message"),
        [
            ("2026-01-01", LIGHT, "no dated signature is on the plan yet; it is due by 2026-01-30"),
            ("2026-01-31", LIGHT, "no dated signature is on the plan yet; it is due by 2026-01-30"),
            (
                "2026-02-01",
                DENY,
                "no dated signature is on the plan, 31 days after the initial treatment on 2026-01-01",
            ),
        ],
    )
    def test_a_missing_one_is_denied_after_thirty_days(
        self, on: str, severity: str, message: str
    ) -> None:
        found = check_plan(plan(certified_on=None), on)
        assert told(found) == [(severity, "certification-timely", message)]
        remarks = {each.rule.id: each.remark for each in found.answers}
        assert remarks["certifier"] == remarks["delayed-certification"] == "no signature is given"

    @pytest.mark.parametrize(
        ("ordered", "signed", "expected"),
        [
            ("2026-01-31", "2026-02-14", []),
            (
                "2026-01-31",
                "2026-02-15",
                [
                    (
                        "the plan was signed on 2026-02-15, 45 days after the initial treatment on "
                        "2026-01-01: 15 days late"
                    ),
                    (
                        "the verbal order of 2026-01-31 was signed on 2026-02-15, 15 days after it: "
                        "1 day late"
                    ),
                ],
            ),
            (
                "2026-02-01",
                "2026-02-02",
                [
                    (
                        "the plan was signed on 2026-02-02, 32 days after the initial treatment on "
                        "2026-01-01: 2 days late"
                    )
                ],
            ),
            (
                "2026-01-05",
                "2026-01-20",
                [
                    (
                        "the verbal order of 2026-01-05 was signed on 2026-01-20, 15 days after it: "
                        "1 day late"
                    )
                ],
            ),
            ("2026-01-05", "2026-01-19", []),
        ],
    )
    def test_a_verbal_order_in_time_is_signed_in_fourteen_days(
        self, ordered: str, signed: str, expected: list[str]
    ) -> None:
        given = plan(certified_on=signed, verbal_order_on=ordered, delay_reason="reason")
        found = check_plan(given, "2026-01-15")
        assert [each.message for each in found] == expected
        assert {each.severity for each in found} <= {Severity.REVIEW}

    @pytest.mark.parametrize(
        ("on", "expected"),
        [
            (
                "2026-02-08",
                [
                    (
                        LIGHT,
                        "verbal-order",
                        (
                            "the verbal order of 2026-01-25 is not signed yet; the signature is due by "
                            "2026-02-07"
                        ),
                    )
                ],
            ),
            (
                "2026-02-09",
                [
                    (
                        DENY,
                        "certification-timely",
                        (
                            "no dated signature is on the plan, 39 days after the initial treatment on "
                            "2026-01-01"
                        ),
                    ),
                    (
                        REVIEW,
                        "verbal-order",
                        "the verbal order of 2026-01-25 is not signed, 15 days after it",
                    ),
                ],
            ),
        ],
    )
    def test_a_verbal_order_that_is_not_signed_holds_for_fourteen_days(
        self, on: str, expected: list[tuple[str, str, str]]
    ) -> None:
        given = plan(certified_on=None, verbal_order_on="2026-01-25")
        assert told(check_plan(given, on)) == expected

    def test_a_chiropractor_certifies_nothing(self) -> None:
        found = check_plan(plan(certified_by="chiropractor"), "2026-01-15")
        message = "a chiropractor certified the interval from 2026-01-01"
        assert told(found) == [(DENY, "certifier", message)]

    def test_a_nonphysician_practitioner_certifies(self) -> None:
        assert told(check_plan(plan(certified_by="npp"), "2026-01-15")) == []

    @pytest.mark.parametrize(
        ("by", "expected"),
        [
            ("therapist", []),
            ("together", []),
            ("assistant", [(REVIEW, "plan-author", "an assistant established the plan of care")]),
        ],
    )
    def test_an_assistant_does_not_establish_a_plan(self, by: str, expected: object) -> None:
        assert told(check_plan(plan(established_by=by), "2026-01-15")) == expected


class TestReferralRelief:
    def test_it_begins_on_the_day_of_its_rule(self) -> None:
        assert rule_of("referral-relief").effective_from == _RELIEF_FROM

    @pytest.mark.parametrize(
        ("sent", "expected"),
        [
            (
                "2026-01-31",
                [
                    (
                        REVIEW,
                        "referral-relief",
                        (
                            "the signature rests on the order of 2025-12-20 and on the plan sent on "
                            "2026-01-31"
                        ),
                    )
                ],
            ),
            (
                "2026-02-01",
                [
                    (
                        DENY,
                        "certification-timely",
                        (
                            "no dated signature is on the plan, 58 days after the initial treatment on "
                            "2026-01-01"
                        ),
                    ),
                    (
                        REVIEW,
                        "referral-relief",
                        (
                            "the plan was sent on 2026-02-01, 1 day late: the order does not stand for "
                            "the signature"
                        ),
                    ),
                ],
            ),
        ],
    )
    def test_an_order_stands_for_the_signature_when_the_plan_was_sent_in_thirty_days(
        self, sent: str, expected: list[tuple[str, str, str]]
    ) -> None:
        given = plan(certified_on=None, referral_signed_on="2025-12-20", plan_sent_on=sent)
        assert told(check_plan(given, "2026-02-28")) == expected

    def test_the_signature_is_then_not_in_the_data(self) -> None:
        given = plan(certified_on=None, referral_signed_on="2025-12-20", plan_sent_on="2026-01-02")
        found = check_plan(given, "2026-02-28")
        assert answers(found)["certification-timely"] == "not-in-data"
        remarks = {each.rule.id: each.remark for each in found.answers}
        assert remarks["certification-timely"] == (
            "no signature is given; an order on file may stand for it: see referral-relief"
        )

    @pytest.mark.parametrize(
        ("on", "answer", "severities"),
        [("2024-12-31", "date-not-covered", [DENY]), ("2025-01-01", "finding", [REVIEW])],
    )
    def test_it_is_for_dates_of_service_from_2025(
        self, on: str, answer: str, severities: list[str]
    ) -> None:
        given = plan(
            first="2024-11-20",
            certified_on=None,
            referral_signed_on="2024-11-18",
            plan_sent_on="2024-11-21",
        )
        found = check_plan(given, on)
        assert answers(found)["referral-relief"] == answer
        assert [each.severity.value for each in found] == severities

    @pytest.mark.parametrize("missing", ["referral_signed_on", "plan_sent_on"])
    def test_order_and_sending_are_both_needed(self, missing: str) -> None:
        terms: dict[str, Any] = {"referral_signed_on": "2025-12-20", "plan_sent_on": "2026-01-02"}
        found = check_plan(plan(certified_on=None, **(terms | {missing: None})), "2026-02-28")
        assert answers(found)["referral-relief"] == "not-in-data"
        assert [each.rule.id for each in found] == ["certification-timely"]

    @pytest.mark.parametrize(
        ("signed", "rules"),
        [
            ("2026-01-31", []),
            ("2026-02-01", ["certification-timely", "delayed-certification", "referral-relief"]),
        ],
    )
    def test_a_signature_in_time_needs_no_relief(self, signed: str, rules: list[str]) -> None:
        given = plan(
            certified_on=signed, referral_signed_on="2025-12-20", plan_sent_on="2026-01-02"
        )
        assert [each.rule.id for each in check_plan(given, "2026-02-28")] == rules


class TestRecertification:
    @pytest.mark.parametrize(
        ("signed", "late"),
        [
            ("2026-04-01", None),
            ("2026-04-02", "1 day after the interval before it was over"),
            ("2026-05-01", "30 days after the interval before it was over"),
        ],
    )
    def test_it_is_signed_before_the_interval_before_it_is_over(
        self, signed: str, late: str | None
    ) -> None:
        given = plan(recertifications=[again(signed, "2026-04-02", delay_reason="reason")])
        message = f"the recertification from 2026-04-02 was signed on {signed}, {late}"
        expected = [(REVIEW, "recertification", message)]
        assert told(check_plan(given, "2026-04-10")) == (expected if late else [])
        assert told(check_plan(given, "2026-03-10")) == []

    def test_a_late_one_needs_its_reason(self) -> None:
        given = plan(recertifications=[again("2026-04-02", "2026-04-02")])
        found = check_plan(given, "2026-04-10")
        assert [each.rule.id for each in found] == ["delayed-certification", "recertification"]
        assert "from 2026-04-02 was certified late, on 2026-04-02" in found[0].message

    def test_one_without_a_signature_covers_nothing_of_its_own(self) -> None:
        given = plan(recertifications=[again(None, "2026-03-25")])
        assert told(check_plan(given, "2026-03-30")) == []
        message = "the recertification from 2026-03-25 has no dated signature"
        assert told(check_plan(given, "2026-04-02")) == [(DENY, "recertification", message)]
        assert [each.rule.id for each in check_plan(given, "2026-06-24")] == [
            "certification-period"
        ]

    def test_a_signed_one_over_the_day_is_enough(self) -> None:
        given = plan(
            recertifications=[
                again(None, "2026-03-25", "20 days"),
                again("2026-03-26", "2026-03-26"),
            ]
        )
        assert told(check_plan(given, "2026-04-02")) == []

    def test_without_one_that_has_begun_there_is_nothing_to_look_at(self) -> None:
        given = plan(recertifications=[again(None, "2026-04-02")])
        found = check_plan(given, "2026-04-01")
        assert answers(found)["recertification"] == "not-in-data"
        answer = next(each for each in found.answers if each.rule.id == "recertification")
        assert answer.remark == "no recertification is given that begins by 2026-04-01"

    def test_a_chiropractor_recertifies_nothing(self) -> None:
        given = plan(
            recertifications=[again("2026-03-25", "2026-03-25", certified_by="chiropractor")]
        )
        assert told(check_plan(given, "2026-03-24")) == []
        message = "a chiropractor certified the interval from 2026-03-25"
        assert told(check_plan(given, "2026-03-25")) == [(DENY, "certifier", message)]


def claim(on: str, *lines: tuple[str, int]) -> Claim:
    return Claim(on, [ClaimLine(code, units, ("GP",)) for code, units in lines])


class TestAuthorization:
    @pytest.mark.parametrize(
        ("count", "expected"),
        [
            (11, []),
            (12, [(LIGHT, "all 12 visits authorized were used, the last on 2026-03-13")]),
            (13, [(DENY, "13 visits were used of 12 authorized, too many from 2026-03-14 on")]),
            (15, [(DENY, "15 visits were used of 12 authorized, too many from 2026-03-14 on")]),
        ],
    )
    def test_visits_stay_within_their_number(
        self, count: int, expected: list[tuple[str, str]]
    ) -> None:
        found = check_authorization(Authorization(12), reversed(days(count)))
        assert [(severity, message) for severity, _, message in told(found)] == expected
        assert answers(found)["authorization"] == ("finding" if expected else "clean")

    @pytest.mark.parametrize(
        ("last", "expected"),
        [
            (3, []),
            (4, [(LIGHT, "all 8 units authorized were used, the last on 2026-03-04")]),
            (5, [(DENY, "9 units were used of 8 authorized, too many from 2026-03-04 on")]),
        ],
    )
    def test_units_stay_within_their_number(
        self, last: int, expected: list[tuple[str, str]]
    ) -> None:
        claims = [
            claim("2026-03-02", ("97110", 2), ("97530", 2)),
            claim("2026-03-04", ("97110", last)),
        ]
        found = check_authorization(Authorization(units=8), claims)
        assert [(severity, message) for severity, _, message in told(found)] == expected

    @pytest.mark.parametrize(
        ("first", "through", "outside", "dates"),
        [
            ("2026-03-02", "2026-03-04", [], ""),
            ("2026-03-03", None, ["2026-03-02"], "from 2026-03-03"),
            (None, "2026-03-03", ["2026-03-04"], "through 2026-03-03"),
            (
                "2026-03-03",
                "2026-03-03",
                ["2026-03-02", "2026-03-04"],
                "from 2026-03-03 through 2026-03-03",
            ),
        ],
    )
    def test_visits_are_on_its_dates(
        self, first: str | None, through: str | None, outside: list[str], dates: str
    ) -> None:
        given = Authorization(9, effective_from=first, effective_through=through)
        found = check_authorization(given, days(3))
        message = f"the authorization is {dates}, and visits are outside: {', '.join(outside)}"
        assert told(found) == ([(DENY, "authorization", message)] if outside else [])
        assert authorization_left(given, days(3)).visits_used == 3 - len(outside)

    def test_only_its_codes_use_it(self) -> None:
        given = Authorization(2, 4, ["97110"], key="A1")
        claims = [
            claim("2026-03-02", ("97110", 2), ("97530", 2)),
            claim("2026-03-04", ("97530", 2), ("97140", 1)),
        ]
        assert authorization_left(given, claims) == AuthorizationLeft(1, 1, 2, 2)
        found = check_authorization(given, claims)
        assert told(found) == [
            (
                REVIEW,
                "authorization",
                "billed and not among the codes of the authorization: 97530, 97140",
            )
        ]
        assert (found[0].codes, found[0].entries) == (("97530", "97140"), ("A1",))

    def test_two_claims_of_a_day_are_one_visit(self) -> None:
        claims = [claim("2026-03-02", ("97110", 2)), claim("2026-03-02", ("97530", 3))]
        assert authorization_left(Authorization(3, 9), claims) == AuthorizationLeft(1, 2, 5, 4)

    def test_nothing_is_left_of_what_was_used_up(self) -> None:
        claims = [claim("2026-03-02", ("97110", 2)), claim("2026-03-03", ("97110", 3))]
        assert authorization_left(Authorization(1, 4), claims) == AuthorizationLeft(2, 0, 5, 0)
        assert authorization_left(Authorization(), claims) == AuthorizationLeft(2, None, 5, None)

    def test_days_alone_tell_no_units(self) -> None:
        given = Authorization(3, 9)
        visits: list[Claim | datetime.date | str] = [
            claim("2026-03-02", ("97110", 2)),
            "2026-03-03",
            "2026-03-02",
        ]
        assert authorization_left(given, visits) == AuthorizationLeft(2, 1, None, None)
        found = check_authorization(given, visits)
        assert answers(found) == {"authorization": "not-in-data"}
        assert found.answers[0].remark == "units were not counted: give claims in place of days"

    def test_without_visits_there_is_nothing_to_look_at(self) -> None:
        found = check_authorization(Authorization(3), [])
        assert answers(found) == {"authorization": "not-in-data"}
        assert found.answers[0].remark == "no visit or claim is given"

    @pytest.mark.parametrize(
        ("visits", "message"),
        [
            ("2026-03-02", "visits holds claims or days, not '2026-03-02'"),
            (claim("2026-03-02", ("97110", 2)), "visits holds claims or days, not a Claim"),
            (
                [7],
                "a visit is a day such as 2026-03-02 or 3/2/2026 (month first), not 7",
            ),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, visits: Any, message: str) -> None:  # noqa: ANN401 - wrong kinds too
        assert (
            refusal(InvalidInputError, lambda: check_authorization(Authorization(), visits))
            == message
        )


def due(*args: PlanOfCare, **given: Any) -> list[tuple[str, str, str]]:  # noqa: ANN401 - terms of many kinds
    """Return what is due in the years around: what, by when, and the rule."""
    window = {"first": "2020-01-01", "last": "2030-01-01"}
    return [
        (each.what, str(each.by), each.rule.id) for each in due_dates(*args, **(window | given))
    ]


AGAIN = ("recertification", "2026-03-31", "recertification")
SIGN = ("certification", "2026-01-30", "certification-timely")


class TestDueDates:
    def test_nothing_is_due_of_nothing(self) -> None:
        assert due() == []

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ({}, [AGAIN]),
            ({"certified_by": "chiropractor"}, [SIGN, AGAIN]),
            ({"certified_on": None}, [SIGN, AGAIN]),
            (
                {"certified_on": None, "verbal_order_on": "2026-01-31"},
                [("signature of the verbal order", "2026-02-13", "verbal-order"), AGAIN],
            ),
            (
                {"certified_on": None, "verbal_order_on": "2026-02-01"},
                [SIGN, ("signature of the verbal order", "2026-02-14", "verbal-order"), AGAIN],
            ),
            (
                {"certified_on": None, "referral_signed_on": "2025-12-20"},
                [SIGN, ("sending of the plan", "2026-01-30", "referral-relief"), AGAIN],
            ),
            (
                {
                    "certified_on": None,
                    "referral_signed_on": "2025-12-20",
                    "plan_sent_on": "2026-01-31",
                },
                [AGAIN],
            ),
            (
                {
                    "certified_on": None,
                    "referral_signed_on": "2025-12-20",
                    "plan_sent_on": "2026-02-01",
                },
                [SIGN, AGAIN],
            ),
            (
                {
                    "recertifications": [
                        again(None, "2026-03-30", "30 days"),
                        again("2026-03-29", "2026-04-10", "30 days"),
                        again("2026-03-29", "2026-05-10", certified_by="chiropractor"),
                    ]
                },
                [
                    AGAIN,
                    ("recertification", "2026-05-09", "recertification"),
                    ("recertification", "2026-08-07", "recertification"),
                ],
            ),
        ],
    )
    def test_signatures_are_due_by_the_stricter_day(
        self, given: dict[str, Any], expected: list[tuple[str, str, str]]
    ) -> None:
        assert due(plan(**given)) == expected

    def test_an_order_of_2024_asks_for_no_sending(self) -> None:
        given = plan(first="2024-12-31", certified_on=None, referral_signed_on="2024-12-20")
        assert [what for what, _, _ in due(given)] == ["certification", "recertification"]

    @pytest.mark.parametrize(
        ("first", "last", "expected"),
        [
            ("2026-01-24", "2026-01-29", []),
            ("2026-01-24", "2026-01-30", [SIGN]),
            ("2026-01-30", "2026-01-30", [SIGN]),
            ("2026-01-31", "2026-03-30", []),
            ("2026-01-31", "2026-03-31", [AGAIN]),
        ],
    )
    def test_the_window_holds_both_of_its_days(
        self, first: str, last: str, expected: list[tuple[str, str, str]]
    ) -> None:
        assert due(plan(certified_on=None), first=first, last=last) == expected

    def test_a_window_that_ends_before_it_begins_is_refused(self) -> None:
        call: Callable[[], object] = lambda: due_dates(first="2026-01-02", last="2026-01-01")  # noqa: E731 - one call
        assert refusal(InvalidInputError, call) == "last 2026-01-01 is before first 2026-01-02"

    @pytest.mark.parametrize(
        ("treated", "planned", "reports", "by"),
        [
            (9, 1, [], "2026-03-11"),
            (9, 0, [], None),
            (8, 1, [], None),
            (8, 2, [], "2026-03-11"),
            (0, 10, [], "2026-03-11"),
            (10, 10, [], "2026-03-21"),
            (10, 9, [], None),
            (9, 10, ["2026-03-10"], "2026-03-20"),
            (9, 10, ["2026-03-09"], "2026-03-19"),
        ],
    )
    def test_a_progress_report_is_due_on_the_tenth_planned_day_of_its_interval(
        self, treated: int, planned: int, reports: list[str], by: str | None
    ) -> None:
        given = days(treated + planned)
        found = due(
            treatment_days=given[:treated],
            planned_days=given,
            reports=[report(on) for on in reports],
        )
        assert found == ([] if by is None else [("progress report", by, "progress-report")])

    @pytest.mark.parametrize(
        ("every", "assessed", "planned", "by"),
        [
            (3, "--", 1, "2026-03-04"),
            (3, "--", 0, None),
            (3, "-a", 2, None),
            (3, "-a", 3, "2026-03-06"),
            (2, "-a", 2, "2026-03-05"),
            (3, "", 3, None),
        ],
    )
    def test_an_assessment_is_due_on_its_planned_visit(
        self, every: int, assessed: str, planned: int, by: str | None
    ) -> None:
        found = due(
            notes=series(assessed),
            planned_days=days(len(assessed) + planned)[len(assessed) :],
            practice=Practice(assessment_every_visits=every),
        )
        assert found == ([] if by is None else [("assessment", by, "assessment-interval")])

    def test_the_days_of_the_notes_are_treatment_days(self) -> None:
        found = due(notes=series("a" * 9), planned_days=days(10))
        assert found == [("progress report", "2026-03-11", "progress-report")]

    def test_an_authorization_is_due_at_its_end_and_its_last_visit(self) -> None:
        given = [
            Authorization(3, effective_from="2026-03-03", effective_through="2026-03-31"),
            Authorization(7),
            Authorization(units=5),
        ]
        found = due(treatment_days=days(4), planned_days=days(6), authorizations=given)
        assert found == [
            ("authorization", "2026-03-05", "authorization"),
            ("authorization", "2026-03-31", "authorization"),
        ]

    def test_each_says_what_to_do_and_where_it_is_written(self) -> None:
        found = due_dates(
            plan(certified_on=None), first="2026-01-30", last="2026-01-30", practice=Practice()
        )
        assert [each.statement for each in found] == [
            "obtain the dated signature, within 30 days of the initial treatment on 2026-01-01"
        ]
        assert found[0].to_dict()["citation"]


def test_no_day_is_read_from_the_clock() -> None:
    with pytest.raises(TypeError):
        due_dates()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        check_plan(plan())  # type: ignore[call-arg]
