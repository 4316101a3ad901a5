"""Treatment notes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from tests.refusals import refusal
from tests.unit.chart.values import DAY, NO_DAY, PRIVATE
from therapy_billing import (
    Clinician,
    Discipline,
    InvalidInputError,
    Session,
    TimedService,
    UntimedService,
)
from therapy_billing.chart.notes import NoteEntry, Practice, TreatmentNote


class TestNoteEntry:
    def test_a_blank_text_counts_as_missing(self) -> None:
        entry = NoteEntry("97530", 20, "  ", "\t\n", "", " ")
        assert (entry.activity, entry.body_region, entry.focus, entry.functional_goal) == (
            None,
            None,
            None,
            None,
        )

    def test_it_accepts_what_a_clinic_writes(self) -> None:
        entry = NoteEntry(" g0283 ", None, " pads ", one_on_one=False)
        assert (entry.code, entry.minutes, entry.activity, entry.one_on_one) == (
            "G0283",
            None,
            "pads",
            False,
        )

    @pytest.mark.parametrize(
        ("call", "message"),
        [
            (
                lambda: NoteEntry("12345"),
                "code '12345' is not in the data: add it with use_data or --codes",
            ),
            (lambda: NoteEntry("97110", -1), "minutes must be from 0 to 1440, got -1"),
            (
                lambda: NoteEntry("97110", activity=7),  # type: ignore[arg-type]
                "activity must be a string, got 7; use None if there is none",
            ),
            (
                lambda: NoteEntry("97110", one_on_one="yes"),  # type: ignore[arg-type]
                "one_on_one must be True or False, got 'yes'",
            ),
        ],
    )
    def test_an_invalid_argument_raises_an_error(
        self, call: Callable[[], object], message: str
    ) -> None:
        assert refusal(InvalidInputError, call) == message


class TestTreatmentNote:
    def test_only_the_discipline_is_required(self) -> None:
        note = TreatmentNote(None, "ot")
        assert (note.date_of_service, note.discipline, note.entries) == (None, Discipline.OT, ())
        assert (note.timed_minutes, note.total_minutes, note.signed, note.cosigned) == (
            None,
            None,
            False,
            False,
        )
        assert (note.clinician, note.key, note.goals) == (Clinician.THERAPIST, None, None)

    @pytest.mark.parametrize(
        ("call", "message"),
        [
            (
                lambda: TreatmentNote("soon", "PT"),
                NO_DAY.format("date_of_service", "a string of 4 characters"),
            ),
            (
                lambda: TreatmentNote(DAY, "PT", 7),  # type: ignore[arg-type]
                "entries must contain only NoteEntry, got 7",
            ),
            (
                lambda: TreatmentNote(DAY, "PT", ["97110"]),  # type: ignore[list-item]
                "entries must contain only NoteEntry, got '97110'",
            ),
            (
                lambda: TreatmentNote(DAY, "PT", signed=None),  # type: ignore[arg-type]
                "signed must be True or False, got None",
            ),
            (
                lambda: TreatmentNote(DAY, "PT", total_minutes=1441),
                "total_minutes must be from 0 to 1440, got 1441",
            ),
        ],
    )
    def test_an_invalid_argument_raises_an_error(
        self, call: Callable[[], object], message: str
    ) -> None:
        assert refusal(InvalidInputError, call) == message

    def test_for_session_copies_codes_minutes_and_texts(self) -> None:
        session = Session(
            DAY,
            "PT",
            [
                UntimedService("97161", 30),
                TimedService("97530", 20, activity="lifting", body_region="arm"),
                TimedService("97530", 5, clinician="assistant"),
            ],
        )
        note = TreatmentNote.for_session(
            session,
            focus={"97530": "strength", "97110": "not given"},
            functional_goals={"97530": "shopping"},
            one_on_one=True,
            goals="g",
            response="r",
            skilled_need="s",
            progression="p",
            assessment="a",
            signed=True,
            credentials="PT",
            clinician="together",
            cosigned=True,
            key="row 7",
        )
        assert note == TreatmentNote(
            DAY,
            "PT",
            [
                NoteEntry("97161", 30, one_on_one=True),
                NoteEntry("97530", 20, "lifting", "arm", "strength", "shopping", one_on_one=True),
                NoteEntry("97530", 5, None, None, "strength", "shopping", one_on_one=True),
            ],
            goals="g",
            response="r",
            skilled_need="s",
            progression="p",
            assessment="a",
            timed_minutes=25,
            total_minutes=55,
            signed=True,
            credentials="PT",
            clinician=Clinician.TOGETHER,
            cosigned=True,
            key="row 7",
        )

    def test_for_session_keeps_minutes_that_are_not_billed(self) -> None:
        services = [TimedService("97110", 20), TimedService("97530", 15, clinician="student")]
        note = TreatmentNote.for_session(Session(DAY, "PT", services))
        assert (note.timed_minutes, note.total_minutes, len(note.entries)) == (35, 35, 2)

    def test_for_session_adds_no_text_of_its_own(self) -> None:
        session = Session.from_minutes({"97110": 15}, date_of_service=DAY, discipline="PT")
        expected = TreatmentNote(
            DAY, "PT", [NoteEntry("97110", 15)], timed_minutes=15, total_minutes=15
        )
        assert TreatmentNote.for_session(session) == expected

    def test_the_repr_omits_texts_and_key(self) -> None:
        entry = NoteEntry("97530", 20, PRIVATE, PRIVATE, PRIVATE, PRIVATE)
        texts: dict[str, Any] = dict.fromkeys(
            (
                "goals",
                "response",
                "skilled_need",
                "progression",
                "assessment",
                "credentials",
                "key",
            ),
            PRIVATE,
        )
        note = attrs.evolve(TreatmentNote(DAY, "PT", [entry]), **texts)
        assert note.goals == note.key == PRIVATE
        assert "Rosa" not in f"{entry!r} {entry} {note!r} {note}"


class TestPractice:
    def test_the_default_is_an_assessment_every_third_visit(self) -> None:
        assert Practice() == Practice(
            assessment_every_visits=3, progression=True, one_on_one_statement=True
        )
        assert attrs.evolve(Practice(), assessment_every_visits=1).assessment_every_visits == 1

    @pytest.mark.parametrize(("value", "shown"), [(1.5, "1.5"), (None, "None"), (True, "True")])
    def test_the_number_of_visits_must_be_a_whole_number(self, value: object, shown: str) -> None:
        message = refusal(
            InvalidInputError,
            lambda: Practice(assessment_every_visits=value),  # type: ignore[arg-type]
        )
        assert message == f"assessment_every_visits must be a whole number, got {shown}"
