"""What notes and progress reports lack, on both sides of each boundary."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from tests.refusals import refusal
from tests.unit.chart.records_of_care import (
    DAY,
    DENY,
    LIGHT,
    REVIEW,
    answers,
    report,
    series,
    summaries,
)
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
NOT_COMPARED = "no session was given, so the note was not compared with what is billed"


class TestACompleteNote:
    def test_is_clean_for_every_rule(self) -> None:
        found = check_note(NOTE, SESSION)
        assert summaries(found) == []
        assert set(answers(found)) == set(note_rules())
        assert set(answers(found).values()) == {"clean", "not-applicable"}
        assert {rule for rule, answer in answers(found).items() if answer == "clean"} == {
            "note-date",
            "note-intervention",
            "note-minutes",
            "note-signature",
            "note-author",
            "note-elements-goals",
            "note-elements-response",
            "note-elements-skilled-need",
            "note-elements-progression",
            "note-elements-97110",
            "note-elements-97530",
            "note-elements-activities",
            "note-elements-contact",
        }

    def test_without_a_session_it_says_that_nothing_was_compared(self) -> None:
        found = check_note(NOTE)
        assert summaries(found) == []
        assert {rule for rule, answer in answers(found).items() if answer == "not-in-data"} == {
            "note-intervention",
            "note-minutes",
        }
        remarks = {each.rule.id: each.remark for each in found.answers}
        assert remarks["note-intervention"] == remarks["note-minutes"] == NOT_COMPARED
        assert {each.remark for each in check_note(NOTE, SESSION).answers} == {
            "",
            "the text was checked only for presence, not for what it says",
            "the note has none of these codes",
        }

    @pytest.mark.parametrize(
        ("lack", "rule"),
        [
            ({"entries": [], "timed_minutes": None}, "note-intervention"),
            ({"total_minutes": None}, "note-minutes"),
        ],
    )
    def test_without_a_session_it_still_reports_what_the_note_lacks(
        self, lack: dict[str, Any], rule: str
    ) -> None:
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
                "the note does not state the total minutes of timed codes",
            ),
            (
                {"total_minutes": None},
                DENY,
                "note-minutes",
                "the note does not state the total treatment minutes",
            ),
            ({"signed": False}, DENY, "note-signature", "the note has no signature"),
            ({"credentials": " "}, DENY, "note-signature", "the note has no credentials"),
            (
                {"clinician": "assistant"},
                LIGHT,
                "note-signature",
                "an assistant wrote the note, and no therapist cosigned it",
            ),
            (
                {"goals": "\n"},
                REVIEW,
                "note-elements-goals",
                "the note does not state the specific goals that were worked on",
            ),
            (
                {"response": None},
                REVIEW,
                "note-elements-response",
                "the note does not state how the patient responded and improved",
            ),
            (
                {"skilled_need": ""},
                REVIEW,
                "note-elements-skilled-need",
                "the note does not state why the treatment was necessary and required a therapist's skill",
            ),
            (
                {"progression": None},
                LIGHT,
                "note-elements-progression",
                "the note does not state how the treatment was progressed",
            ),
        ],
    )
    def test_each_missing_element_is_one_finding(
        self, lack: dict[str, Any], severity: str, rule: str, message: str
    ) -> None:
        found = check_note(attrs.evolve(NOTE, **lack), SESSION)
        assert summaries(found) == [(severity, rule, message)]
        assert answers(found)[rule] == "finding"
        assert found[0].action
        assert found[0].citation

    def test_an_assistant_may_write_it_if_a_therapist_cosigns(self) -> None:
        signed = attrs.evolve(NOTE, clinician="assistant", cosigned=True)
        assert summaries(check_note(signed)) == []
        assert summaries(check_note(attrs.evolve(NOTE, clinician="together"))) == []

    def test_a_note_without_any_service_is_denied_once(self) -> None:
        empty = attrs.evolve(NOTE, entries=[], timed_minutes=None)
        found = check_note(empty)
        assert summaries(found) == [(DENY, "note-intervention", "the note names no service")]
        for rule in ("note-elements-contact", "note-elements-activities", "note-elements-97110"):
            assert answers(found)[rule] == "not-applicable"

    def test_each_billed_code_that_it_does_not_name_is_denied(self) -> None:
        found = check_note(attrs.evolve(NOTE, entries=NOTE.entries[:1]), SESSION).of_rule(
            "note-intervention"
        )
        assert summaries(found) == [
            (DENY, "note-intervention", "billed but not in the note: 97110, 97161")
        ]
        assert found[0].codes == ("97110", "97161")

    def test_it_may_name_more_than_is_billed(self) -> None:
        billed = Session(DAY, "PT", SESSION.services[:2])
        assert summaries(check_note(NOTE, billed)) == []

    def test_timed_minutes_are_required_only_with_timed_codes(self) -> None:
        evaluation = attrs.evolve(
            NOTE, entries=NOTE.entries[2:], timed_minutes=None, total_minutes=30
        )
        assert summaries(check_note(evaluation)) == []
        with_timed = check_note(evaluation, SESSION).of_rule("note-minutes")
        assert summaries(with_timed) == [
            (DENY, "note-minutes", "the note does not state the total minutes of timed codes"),
            (REVIEW, "note-minutes", "the session has 60 treatment minutes, but the note has 30"),
        ]

    @pytest.mark.parametrize(
        ("timed", "total", "expected"),
        [
            (30, 60, []),
            (30, 61, []),
            (30, 59, [(REVIEW, "the session has 60 treatment minutes, but the note has 59")]),
            (
                29,
                60,
                [
                    (DENY, "the session has 30 timed minutes, but the note has 29"),
                    (
                        REVIEW,
                        "the timed services in the note add up to 30 minutes, but its timed total is 29",
                    ),
                ],
            ),
            (
                31,
                60,
                [
                    (REVIEW, "the session has 30 timed minutes, but the note has 31"),
                    (
                        REVIEW,
                        "the timed services in the note add up to 30 minutes, but its timed total is 31",
                    ),
                ],
            ),
            (
                30,
                29,
                [
                    (DENY, "the note has 30 timed minutes but only 29 total treatment minutes"),
                    (REVIEW, "the session has 60 treatment minutes, but the note has 29"),
                ],
            ),
        ],
    )
    def test_its_minutes_agree_with_each_other_and_with_the_session(
        self, timed: int, total: int, expected: list[tuple[str, str]]
    ) -> None:
        note = attrs.evolve(NOTE, timed_minutes=timed, total_minutes=total)
        found = check_note(note, SESSION).of_rule("note-minutes")
        assert [(severity, message) for severity, _, message in summaries(found)] == expected

    @pytest.mark.parametrize("role", ["student", "aide", "athletic-trainer", "clinical-fellow"])
    def test_it_need_not_have_what_is_not_billed(self, role: str) -> None:
        other = TimedService("97112", 15, activity="balance", clinician=role)
        session = Session(DAY, "PT", [*SESSION.services, other])
        assert summaries(check_note(NOTE, session)) == []
        # A counting method has no table of furnishers, so it pays for none of these roles.
        assert summaries(check_note(NOTE, session, payer="cpt-midpoint")) == []
        # Without a known policy, all services count as billed.
        early = [TimedService("97110", 20), TimedService("97112", 15, clinician=role)]
        own = TreatmentNote(
            "1999-12-31", "PT", [NoteEntry("97110")], timed_minutes=20, total_minutes=20
        )
        found = check_note(own, Session("1999-12-31", "PT", early))
        assert [each.message for each in found if "session" in each.message] == [
            "the session has 35 timed minutes, but the note has 20",
            "the session has 35 treatment minutes, but the note has 20",
        ]
        assert found.of_rule("note-intervention")[0].codes == ("97112",)

    def test_the_payer_decides_what_is_billed(self) -> None:
        session = Session(
            "2020-04-15",
            "PT",
            [TimedService("97110", 20), TimedService("97530", 15, clinician="assistant")],
        )
        note = TreatmentNote(
            "2020-04-15", "PT", [NoteEntry("97110")], timed_minutes=20, total_minutes=20
        )
        for payer, missing in (("tricare", []), ("medicare", [("97530",)])):
            found = check_note(note, session, payer=payer)
            assert [each.codes for each in found.of_rule("note-intervention")] == missing
            assert len(found.of_rule("note-minutes")) == 2 * len(missing)

    @pytest.mark.parametrize(
        ("timed", "total", "expected"),
        [
            (
                19,
                20,
                [(DENY, "the session bills 20 timed minutes, but the note has 19")],
            ),
            (20, 20, []),
            (35, 35, []),
            (36, 36, [(REVIEW, "the session has 35 timed minutes, but the note has 36")]),
            (20, 50, []),
            (
                19,
                19,
                [
                    (DENY, "the session bills 20 timed minutes, but the note has 19"),
                    (REVIEW, "the session bills 20 treatment minutes, but the note has 19"),
                ],
            ),
        ],
    )
    def test_its_minutes_may_be_those_billed_up_to_those_documented(
        self, timed: int, total: int, expected: list[tuple[str, str]]
    ) -> None:
        services = [TimedService("97110", 20), TimedService("97530", 15, clinician="student")]
        note = TreatmentNote(
            DAY, "PT", [NoteEntry("97110")], timed_minutes=timed, total_minutes=total
        )
        found = check_note(note, Session(DAY, "PT", services))
        of_minutes = summaries(found.of_rule("note-minutes"))
        assert [(severity, message) for severity, _, message in of_minutes] == expected
        assert found.of_rule("note-intervention") == ()

    def test_with_nothing_billed_it_is_not_compared(self) -> None:
        session = Session(DAY, "PT", [TimedService("97110", 20, clinician="aide")])
        for minutes in (0, 19, 21):
            entries = [attrs.evolve(NOTE.entries[1], minutes=minutes)]
            note = attrs.evolve(NOTE, entries=entries, timed_minutes=minutes, total_minutes=minutes)
            found = check_note(note, session)
            assert summaries(found) == []
            given = {each.rule.id: (each.answer.value, each.remark) for each in found.answers}
            expected = ("not-applicable", "no service of the session is billed")
            assert given["note-intervention"] == given["note-minutes"] == expected
        bare = attrs.evolve(NOTE, entries=[], timed_minutes=None, total_minutes=None)
        assert summaries(check_note(bare, session)) == [
            (DENY, "note-intervention", "the note names no service"),
            (DENY, "note-minutes", "the note does not state the total treatment minutes"),
        ]

    def test_timed_minutes_may_equal_treatment_minutes(self) -> None:
        note = attrs.evolve(NOTE, entries=NOTE.entries[:2], total_minutes=30)
        assert summaries(check_note(note)) == []

    def test_minutes_per_code_are_not_required(self) -> None:
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
    def test_each_element_of_a_code_is_required(
        self, code: str, field: str, severity: Severity, words: str
    ) -> None:
        full = NoteEntry(code, 15, "a", "b", "c", "d", one_on_one=True)
        note = attrs.evolve(NOTE, entries=[full], timed_minutes=15)
        assert summaries(check_note(note)) == []
        assert answers(check_note(note))[f"note-elements-{code}"] == "clean"
        lack: dict[str, Any] = {field: None}
        lacking = attrs.evolve(note, entries=[attrs.evolve(full, **lack)])
        found = check_note(lacking)
        assert summaries(found) == [
            (
                severity.value,
                f"note-elements-{code}",
                f"for {code}, the note does not state {words}",
            )
        ]
        assert found[0].codes == (code,)

    def test_each_of_several_entries_of_a_code_needs_its_elements(self) -> None:
        second = NoteEntry("97535", 0, one_on_one=True)
        first = attrs.evolve(second, activity="dressing")
        found = check_note(attrs.evolve(NOTE, entries=[*NOTE.entries, first, second]))
        assert [each.rule.id for each in found] == ["note-elements-97535"]

    def test_every_other_code_needs_what_was_done(self) -> None:
        alone = NoteEntry("97161", one_on_one=True)
        entries = [*NOTE.entries, NoteEntry("97150"), alone, NoteEntry("97150")]
        found = check_note(attrs.evolve(NOTE, entries=entries))
        assert summaries(found) == [
            (
                REVIEW,
                "note-elements-activities",
                "for 97150, 97161, the note does not state what was done",
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
                        "the note does not say that contact was one-on-one for 97530, 97110",
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
                        (
                            "the note says that contact was not one-on-one for 97530, 97110 / These "
                            "codes require one-on-one contact."
                        ),
                    )
                ],
                "finding",
            ),
        ],
    )
    def test_contact_must_be_one_on_one(
        self,
        statement: bool | None,  # noqa: FBT001 - a grid
        practice: Practice,
        expected: object,
        answer: str,
    ) -> None:
        entries = [attrs.evolve(entry, one_on_one=statement) for entry in NOTE.entries[:2]]
        note = attrs.evolve(NOTE, entries=[*entries, NOTE.entries[2]])
        found = check_note(note, SESSION, practice=practice)
        assert summaries(found) == expected
        assert answers(found)["note-elements-contact"] == answer

    def test_only_one_on_one_codes_require_one_on_one_contact(self) -> None:
        note = attrs.evolve(
            NOTE, entries=[NoteEntry("97150", activity="group")], timed_minutes=None
        )
        assert answers(check_note(note))["note-elements-contact"] == "not-applicable"

    def test_a_practice_may_omit_progression(self) -> None:
        note = attrs.evolve(NOTE, progression=None)
        found = check_note(note, SESSION, practice=Practice(progression=False))
        assert summaries(found) == []
        assert answers(found)["note-elements-progression"] == "not-applicable"

    def test_findings_refer_to_the_note_by_its_key(self) -> None:
        bare = TreatmentNote(None, "PT")
        assert {each.entries for each in check_note(attrs.evolve(bare, key="row 7"))} == {
            ("row 7",)
        }
        assert {each.entries for each in check_note(bare)} == {()}

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (
                {"discipline": "OT"},
                (
                    "the note is for OT, but the session is for PT: give a note and a session of the same "
                    "discipline"
                ),
            ),
            (
                {"date_of_service": "2026-03-03"},
                (
                    "the note is for 2026-03-03, but the session is for 2026-03-02: give a note and a "
                    "session of the same day"
                ),
            ),
        ],
    )
    def test_a_session_of_another_day_or_discipline_raises_an_error(
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
    def test_an_assessment_is_due_within_the_practice_s_limit(
        self, every: int, visits: int, missed: int
    ) -> None:
        found = check_notes(series("-" * visits), practice=Practice(assessment_every_visits=every))
        assert len(found) == missed
        assert answers(found)["assessment-interval"] == ("finding" if missed else "clean")

    def test_it_names_the_visits_and_the_note(self) -> None:
        found = check_notes(series("a---"))
        assert summaries(found) == [
            (
                LIGHT,
                "assessment-interval",
                (
                    "no assessment in 3 visits in a row, through 2026-03-05 / The practice requires an assessment "
                    "at least every 3 visits."
                ),
            )
        ]
        assert found[0].entries == ("row 3",)

    def test_an_assessment_on_the_third_visit_is_on_time(self) -> None:
        assert summaries(check_notes(series("--a--a"))) == []

    def test_notes_may_be_in_any_order_and_notes_of_one_day_are_one_visit(self) -> None:
        notes = series("--a--")
        again = attrs.evolve(notes[0], key=None)
        assert summaries(check_notes([*reversed(notes), again, again])) == []
        late = attrs.evolve(notes[4], assessment="text")
        assert summaries(check_notes([*notes, late, again])) == []
        missed = check_notes([*notes[:2], notes[3], attrs.evolve(notes[3], key=None)])
        assert [each.entries for each in missed] == [("row 3",)]

    def test_without_notes_the_answers_say_so(self) -> None:
        found = check_notes([])
        assert answers(found) == {
            "assessment-interval": "not-in-data",
            "progress-report": "not-in-data",
        }
        assert [each.remark for each in found.answers] == [
            "no notes were given",
            "no progress reports were given",
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
                "a note has no date: leave the note out here, and check it with check_note",
            ),
            (
                [TreatmentNote(DAY, "PT"), TreatmentNote(DAY, "OT")],
                "the notes are for PT and OT: give the notes of only one plan of care",
            ),
            ([7], "notes must contain only TreatmentNote, got 7"),
        ],
    )
    def test_notes_that_are_not_a_series_raise_an_error(self, notes: Any, message: str) -> None:  # noqa: ANN401 - wrong kinds too
        assert refusal(InvalidInputError, lambda: check_notes(notes)) == message


def by_assistant(*, signed: bool = True, cosigned: bool = False) -> TreatmentNote:
    return TreatmentNote(
        DAY, "PT", signed=signed, clinician="assistant", cosigned=cosigned, key="row 7"
    )


def furnished_by(*clinicians: str, discipline: str = "PT", code: str = "97110") -> Session:
    services = [TimedService(code, 15, clinician=clinician) for clinician in clinicians]
    return Session(DAY, discipline, services)


ALONE = (
    "only an assistant signed the note, but the session names the therapist for 97110 / "
    "If the assistant furnished these services, CQ is missing."
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
            (TreatmentNote(DAY, "PT", signed=True, clinician="student"), ["therapist"], []),
            (TreatmentNote(DAY, "PT", signed=True, credentials="SPT"), ["therapist"], []),
            (TreatmentNote(DAY, "PT", signed=True), ["student"], []),
            (TreatmentNote(DAY, "PT", signed=True), ["aide"], []),
            (by_assistant(), ["therapist", "student"], [(DENY, ALONE)]),
            (by_assistant(), ["aide"], []),
        ],
    )
    def test_an_assistant_s_note_needs_an_assistant_s_services(
        self, note: TreatmentNote, clinicians: list[str], expected: list[tuple[str, str]]
    ) -> None:
        found = check_clinician([note], [furnished_by(*clinicians)])
        assert [(severity, message) for severity, _, message in summaries(found)] == expected
        assert answers(found) == {"note-clinician": "finding" if expected else "clean"}
        assert all((each.codes, each.entries) == (("97110",), ("row 7",)) for each in found)

    @pytest.mark.parametrize(
        ("role", "expected"),
        [
            ("therapist", [(REVIEW, BOTH)]),
            ("together", [(REVIEW, BOTH)]),
            ("physician", [(REVIEW, BOTH)]),
            ("student", [(DENY, ALONE)]),
            ("aide", [(DENY, ALONE)]),
            ("athletic-trainer", [(DENY, ALONE)]),
            ("clinical-fellow", [(DENY, ALONE)]),
        ],
    )
    def test_only_a_qualified_signature_counts_as_a_second_one(
        self, role: str, expected: list[tuple[str, str]]
    ) -> None:
        other = TreatmentNote(DAY, "PT", signed=True, clinician=role)
        found = check_clinician([by_assistant(), other], [furnished_by("therapist")])
        assert [(severity, message) for severity, _, message in summaries(found)] == expected

    def test_a_therapist_s_note_for_the_same_session_makes_it_a_review(self) -> None:
        notes = [by_assistant(), TreatmentNote(DAY, "PT", signed=True)]
        found = check_clinician(notes, [furnished_by("therapist")])
        assert [(severity, message) for severity, _, message in summaries(found)] == [
            (REVIEW, BOTH)
        ]
        assert (
            summaries(
                check_clinician(notes, [furnished_by("therapist"), furnished_by("assistant")])
            )
            == []
        )

    @pytest.mark.parametrize(
        ("discipline", "code", "modifier"), [("OT", "97535", "CO"), ("PT", "97110", "CQ")]
    )
    def test_the_modifier_depends_on_the_discipline(
        self, discipline: str, code: str, modifier: str
    ) -> None:
        note = TreatmentNote(DAY, discipline, signed=True, clinician="assistant")
        (found,) = check_clinician(
            [note], [furnished_by("therapist", discipline=discipline, code=code)]
        )
        assert f"{modifier} is missing" in found.detail
        assert found.action == (
            f"record the assistant as the clinician for these services, so that {modifier} is billed. "
            "If the therapist furnished them, have the therapist sign the note."
        )

    def test_only_a_therapist_may_evaluate(self) -> None:
        note = TreatmentNote(DAY, "PT", signed=True, clinician="assistant")
        evaluation = UntimedService("97161", 30)
        (found,) = check_clinician([note], [Session(DAY, "PT", [evaluation])])
        assert found.message == (
            "only an assistant signed the note, but the session names the therapist for 97161"
        )
        assert found.detail == "An assistant may not furnish an evaluation or re-evaluation."
        assert found.action == "have the therapist who evaluated the patient sign the note."
        both = Session(DAY, "PT", [evaluation, TimedService("97110", 15)])
        (found,) = check_clinician([note], [both])
        assert "CQ is missing" in found.detail

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
    def test_credentials_show_who_wrote_a_note(
        self,
        credentials: str | None,
        by_assistant: bool,  # noqa: FBT001 - a parameter of the test
    ) -> None:
        note = TreatmentNote(DAY, "PT", signed=True, credentials=credentials)
        assert note.by_assistant is by_assistant
        assert bool(check_clinician([note], [furnished_by("therapist")])) is by_assistant
        named = attrs.evolve(note, clinician="assistant")
        assert named.by_assistant is True
        together = attrs.evolve(note, clinician="together", cosigned=True)
        assert together.by_assistant is False

    def test_slp_assistants_have_no_modifier(self) -> None:
        note = TreatmentNote(DAY, "SLP", signed=True, clinician="assistant")
        (found,) = check_clinician([note], [Session(DAY, "SLP", [UntimedService("92507")])])
        assert found.message == (
            "only an assistant signed the note, but the session names the therapist for 92507"
        )
        assert found.detail == "Medicare does not pay for services of SLP assistants."
        assert found.action == (
            "remove the services, or have the therapist who furnished them sign the note."
        )

    def test_a_service_that_is_not_billed_can_explain_the_assistant_s_note(self) -> None:
        services = [
            UntimedService("92507"),
            UntimedService("92526", clinician="assistant"),
        ]
        alone = TreatmentNote(DAY, "SLP", signed=True, clinician="assistant")
        both = attrs.evolve(alone, cosigned=True)
        for note, with_own, without in ((alone, REVIEW, DENY), (both, None, REVIEW)):
            for given, severity in ((services, with_own), (services[:1], without)):
                found = check_clinician([note], [Session(DAY, "SLP", given)])
                assert [each.severity.value for each in found] == ([severity] if severity else [])
        only_own = Session(DAY, "SLP", services[1:])
        assert summaries(check_clinician([alone], [only_own])) == []

    def test_a_code_without_assistant_modifiers_has_no_finding(self) -> None:
        device = Session(DAY, "PT", [UntimedService("98977")])
        assert summaries(check_clinician([by_assistant()], [device])) == []
