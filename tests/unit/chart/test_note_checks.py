"""What notes and progress reports lack: both sides of each edge, and nothing of a text."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from tests.refusals import refusal
from tests.unit.chart.records_of_care import DAY, DENY, LIGHT, REVIEW, answers, report, series, told
from therapy_billing import InvalidInputError, Session, TimedService, UntimedService
from therapy_billing.chart.note_checks import check_clinician, check_note, check_notes, note_rules
from therapy_billing.chart.note_elements import OTHER_CODES, note_elements
from therapy_billing.chart.notes import NoteEntry, Practice, TreatmentNote
from therapy_billing.findings.records import Answer, Severity

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


class TestANoteThatHoldsEverything:
    def test_is_clean_of_every_rule(self) -> None:
        found = check_note(NOTE, SESSION)
        assert told(found) == []
        assert set(answers(found)) == set(note_rules())
        assert set(answers(found).values()) == {"clean", "not-applicable"}
        assert {rule for rule, answer in answers(found).items() if answer == "clean"} == {
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
        assert {rule for rule, answer in answers(found).items() if answer == "not-in-data"} == {
            "note-intervention",
            "note-minutes",
        }
        remarks = {each.rule.id: each.remark for each in found.answers}
        assert remarks["note-intervention"] == remarks["note-minutes"] == NOT_COMPARED
        assert {each.remark for each in check_note(NOTE, SESSION).answers} == {
            "",
            "that a text is there was checked, not what it says",
            "the note has no such code",
        }

    @pytest.mark.parametrize(
        ("lack", "rule"),
        [
            ({"entries": [], "timed_minutes": None}, "note-intervention"),
            ({"total_minutes": None}, "note-minutes"),
        ],
    )
    def test_alone_still_tells_what_it_lacks_itself(self, lack: dict[str, Any], rule: str) -> None:
        found = check_note(attrs.evolve(NOTE, **lack))
        assert [each.rule.id for each in found] == [rule]
        assert [(each.answer, each.remark) for each in found.answers if each.rule.id == rule] == [
            (Answer.FINDING, ""),
            (Answer.NOT_IN_DATA, NOT_COMPARED),
        ]


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
        for rule in ("note-elements-contact", "note-elements-activities", "note-elements-97110"):
            assert answers(found)[rule] == "not-applicable"

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
            for code, elements in note_elements().items()
            if code not in (None, OTHER_CODES)
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
        found = check_note(note, SESSION, practice=practice)
        assert told(found) == expected
        assert answers(found)["note-elements-contact"] == answer

    def test_contact_is_asked_of_one_on_one_codes_only(self) -> None:
        note = attrs.evolve(
            NOTE, entries=[NoteEntry("97150", activity="group")], timed_minutes=None
        )
        assert answers(check_note(note))["note-elements-contact"] == "not-applicable"

    def test_a_practice_may_leave_progression_out(self) -> None:
        note = attrs.evolve(NOTE, progression=None)
        found = check_note(note, SESSION, practice=Practice(progression=False))
        assert told(found) == []
        assert answers(found)["note-elements-progression"] == "not-applicable"

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
        found = check_notes(series("-" * visits), practice=Practice(assessment_every_visits=every))
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


def by_assistant(*, signed: bool = True, cosigned: bool = False) -> TreatmentNote:
    return TreatmentNote(
        DAY, "PT", signed=signed, clinician="assistant", cosigned=cosigned, key="row 7"
    )


def given_by(*clinicians: str, discipline: str = "PT", code: str = "97110") -> Session:
    services = [TimedService(code, 15, clinician=clinician) for clinician in clinicians]
    return Session(DAY, discipline, services)


ALONE = (
    "only an assistant signed the note, and the session names the therapist for 97110: CQ is missing "
    "if the assistant gave it"
)
BOTH = ALONE.replace("only an", "an")


class TestClinician:
    @pytest.mark.parametrize(
        ("note", "clinicians", "expected"),
        [
            (by_assistant(), ["therapist"], [(DENY, ALONE)]),
            (by_assistant(), ["assistant"], []),
            (by_assistant(), ["together"], []),
            (by_assistant(), ["therapist", "assistant"], [(REVIEW, ALONE)]),
            (by_assistant(), ["therapist", "together"], [(REVIEW, ALONE)]),
            (by_assistant(cosigned=True), ["therapist"], [(REVIEW, BOTH)]),
            (by_assistant(cosigned=True), ["therapist", "assistant"], []),
            (
                by_assistant(signed=False),
                ["therapist"],
                [(REVIEW, ALONE.replace("signed", "wrote"))],
            ),
            (TreatmentNote(DAY, "PT", signed=True), ["therapist"], []),
            (TreatmentNote(DAY, "PT", signed=True), ["assistant"], []),
            (TreatmentNote(DAY, "PT", signed=True, clinician="together"), ["therapist"], []),
        ],
    )
    def test_an_assistant_s_note_is_of_an_assistant_s_services(
        self, note: TreatmentNote, clinicians: list[str], expected: list[tuple[str, str]]
    ) -> None:
        found = check_clinician([note], [given_by(*clinicians)])
        assert [(severity, message) for severity, _, message in told(found)] == expected
        assert answers(found) == {"note-clinician": "finding" if expected else "clean"}
        assert all((each.codes, each.entries) == (("97110",), ("row 7",)) for each in found)

    def test_a_therapist_s_note_of_the_same_session_makes_it_a_review(self) -> None:
        notes = [by_assistant(), TreatmentNote(DAY, "PT", signed=True)]
        found = check_clinician(notes, [given_by("therapist")])
        assert [(severity, message) for severity, _, message in told(found)] == [(REVIEW, BOTH)]
        assert told(check_clinician(notes, [given_by("therapist"), given_by("assistant")])) == []

    @pytest.mark.parametrize(
        ("discipline", "code", "modifier"), [("OT", "97535", "CO"), ("PT", "97110", "CQ")]
    )
    def test_the_modifier_is_that_of_the_discipline(
        self, discipline: str, code: str, modifier: str
    ) -> None:
        note = TreatmentNote(DAY, discipline, signed=True, clinician="assistant")
        (found,) = check_clinician(
            [note], [given_by("therapist", discipline=discipline, code=code)]
        )
        assert f"{modifier} is missing" in found.message
        assert found.action == (
            "record the assistant as the clinician of what the assistant gave, so that "
            f"{modifier} is billed, or have the therapist sign what the therapist gave"
        )

    def test_an_evaluation_is_the_therapists(self) -> None:
        note = TreatmentNote(DAY, "PT", signed=True, clinician="assistant")
        evaluation = UntimedService("97161", 30)
        (found,) = check_clinician([note], [Session(DAY, "PT", [evaluation])])
        assert found.message == (
            "only an assistant signed the note, and the session names the therapist for 97161; an "
            "assistant furnishes no evaluation"
        )
        assert found.action == "have the therapist who evaluated the patient sign the note"
        both = Session(DAY, "PT", [evaluation, TimedService("97110", 15)])
        (found,) = check_clinician([note], [both])
        assert "CQ is missing" in found.message

    @pytest.mark.parametrize(
        ("credentials", "by_assistant"),
        [
            ("PTA", True),
            ("pta, CLT", True),
            ("LPTA", True),
            ("COTA/L", True),
            ("SLPA", True),
            ("PT, DPT", False),
            ("OTR/L", False),
            ("PT (supervising the PTAs)", False),
            ("", False),
            (None, False),
        ],
    )
    def test_credentials_tell_who_wrote_a_note(
        self,
        credentials: str | None,
        by_assistant: bool,  # noqa: FBT001 - a parameter of the test
    ) -> None:
        note = TreatmentNote(DAY, "PT", signed=True, credentials=credentials)
        assert note.by_assistant is by_assistant
        assert bool(check_clinician([note], [given_by("therapist")])) is by_assistant
        named = attrs.evolve(note, clinician="assistant")
        assert named.by_assistant is True
        together = attrs.evolve(note, clinician="together", cosigned=True)
        assert together.by_assistant is False

    def test_slp_assistants_have_no_modifier(self) -> None:
        note = TreatmentNote(DAY, "SLP", signed=True, clinician="assistant")
        (found,) = check_clinician([note], [Session(DAY, "SLP", [UntimedService("92507")])])
        assert found.message == (
            "only an assistant signed the note, and the session names the therapist for 92507; "
            "Medicare pays no services of SLP assistants"
        )
        assert found.action == (
            "take the services off, or have the therapist who furnished them sign the note"
        )

    def test_a_code_that_takes_no_modifier_misses_none(self) -> None:
        device = Session(DAY, "PT", [UntimedService("98977")])
        assert told(check_clinician([by_assistant()], [device])) == []
