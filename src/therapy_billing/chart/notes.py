"""Treatment notes: what was done, and who signed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import SupportsIndex

import attrs

from therapy_billing.base.validation import as_tuple, checked, parse_whole, require_type
from therapy_billing.chart.converters import (
    as_code,
    as_minutes,
    as_optional_day,
    as_text,
    may_be_day,
    must_be_text,
)
from therapy_billing.chart.credentials import author_of
from therapy_billing.codes.roles import Clinician, Discipline, parse_clinician, parse_discipline
from therapy_billing.visits.sessions import Session

__all__ = ["NoteEntry", "Practice", "TreatmentNote"]


@attrs.frozen(field_transformer=checked)
class NoteEntry:
    """
    What a treatment note says about one service.

    Args:
        code: The code, such as ``"97530"``.
        minutes: The whole minutes of the service; None if the note states none for this code.
        activity: What was done: the task, technique, exercise, or instruction.
        body_region: The muscle group, joint, or region that was treated.
        focus: What the service works on: the parameter that an exercise trains, the impairment of
            movement control, or the gait deviation.
        functional_goal: The goal in daily life that the service serves.
        one_on_one: True if the note says that no other patient was treated during these minutes, False if
            it says that another was, and None if it does not say.

    Raises:
        InvalidInputError: If the code is not in the data, or an argument is invalid.

    >>> NoteEntry("97110", 15, activity="  ").activity is None
    True
    """

    code: str = attrs.field(converter=as_code)
    minutes: int | None = attrs.field(default=None, converter=as_minutes)
    activity: str | None = attrs.field(
        default=None, converter=as_text, validator=must_be_text, repr=False
    )
    body_region: str | None = attrs.field(
        default=None, converter=as_text, validator=must_be_text, repr=False
    )
    focus: str | None = attrs.field(
        default=None, converter=as_text, validator=must_be_text, repr=False
    )
    functional_goal: str | None = attrs.field(
        default=None, converter=as_text, validator=must_be_text, repr=False
    )
    one_on_one: bool | None = None


def _entries(value: Iterable[NoteEntry]) -> tuple[NoteEntry, ...]:
    return as_tuple(value, NoteEntry, "entries")


@attrs.frozen(field_transformer=checked)
class TreatmentNote:
    """
    A treatment note for one patient and one day, under one plan of care.

    Args:
        date_of_service: The day of treatment; None if the note has no date.
        discipline: The discipline of the plan of care.
        entries: The services that the note names.
        goals: The specific goals that were worked on.
        response: How the patient responded and improved.
        skilled_need: Why the treatment was necessary and required a therapist's skill.
        progression: How complexity, resistance, or duration was increased, or why it was not.
        assessment: The assessment, if one was done that day.
        timed_minutes: Total minutes of timed codes.
        total_minutes: Total treatment minutes, timed and untimed.
        signed: Whether the note is signed.
        credentials: The credentials of the person or persons who signed.
        clinician: Who wrote the note.
        cosigned: Whether the therapist also signed.
        key: The caller's key. Findings refer to the note by it. It is not shown when the note is
            displayed.

    Raises:
        InvalidInputError: If an argument is invalid.

    >>> TreatmentNote("2026-03-02", "PT", [NoteEntry("97110")], timed_minutes=15).total_minutes is None
    True
    """

    date_of_service: date | None = attrs.field(converter=as_optional_day, validator=may_be_day)
    discipline: Discipline = attrs.field(converter=parse_discipline)
    entries: tuple[NoteEntry, ...] = attrs.field(default=(), converter=_entries)
    goals: str | None = attrs.field(
        default=None, converter=as_text, validator=must_be_text, repr=False, kw_only=True
    )
    response: str | None = attrs.field(
        default=None, converter=as_text, validator=must_be_text, repr=False, kw_only=True
    )
    skilled_need: str | None = attrs.field(
        default=None, converter=as_text, validator=must_be_text, repr=False, kw_only=True
    )
    progression: str | None = attrs.field(
        default=None, converter=as_text, validator=must_be_text, repr=False, kw_only=True
    )
    assessment: str | None = attrs.field(
        default=None, converter=as_text, validator=must_be_text, repr=False, kw_only=True
    )
    timed_minutes: int | None = attrs.field(default=None, converter=as_minutes, kw_only=True)
    total_minutes: int | None = attrs.field(default=None, converter=as_minutes, kw_only=True)
    signed: bool = attrs.field(default=False, kw_only=True)
    credentials: str | None = attrs.field(
        default=None, converter=as_text, validator=must_be_text, repr=False, kw_only=True
    )
    clinician: Clinician = attrs.field(
        default=Clinician.THERAPIST, converter=parse_clinician, kw_only=True
    )
    cosigned: bool = attrs.field(default=False, kw_only=True)
    key: str | None = attrs.field(
        default=None, converter=as_text, validator=must_be_text, repr=False, kw_only=True
    )

    @property
    def author(self) -> Clinician:
        """
        The role of the person who wrote the note: *clinician*, or what credentials such as PTA or SPT show.

        The credentials decide only if *clinician* is the therapist. With a therapist's license in them, as in
        "SPT; A. Jones, PT" or "PT, ATC", the therapist is the author. "PT student" and "PT aide" show no license.
        Credentials do not show whether a clinical fellow has a license, so give *clinician* for a fellow.

        >>> [TreatmentNote("2026-03-02", "PT", credentials=each).author.value for each in ("PT, ATC", "ATC", "SPT")]
        ['therapist', 'athletic-trainer', 'student']
        """
        if self.clinician is not Clinician.THERAPIST or self.credentials is None:
            return self.clinician
        return author_of(self.credentials)

    @property
    def by_assistant(self) -> bool:
        """Whether an assistant wrote the note, according to *clinician* or credentials such as PTA or COTA."""
        return self.author is Clinician.ASSISTANT

    @classmethod
    def for_session(
        cls,
        session: Session,
        *,
        focus: Mapping[str, str] | None = None,
        functional_goals: Mapping[str, str] | None = None,
        one_on_one: bool | None = None,
        goals: str | None = None,
        response: str | None = None,
        skilled_need: str | None = None,
        progression: str | None = None,
        assessment: str | None = None,
        signed: bool = False,
        credentials: str | None = None,
        clinician: Clinician | str = Clinician.THERAPIST,
        cosigned: bool = False,
        key: str | None = None,
    ) -> TreatmentNote:
        """
        Return a note with the codes, minutes, activities, and body regions of *session*.

        It has all documented services and minutes, including those that are not billed.

        Args:
            session: The session that the note documents.
            focus: What each service works on, by code.
            functional_goals: The goal in daily life that each service serves, by code.
            one_on_one: What the note says about one-on-one contact, for every service.
            goals: The specific goals that were worked on.
            response: How the patient responded and improved.
            skilled_need: Why the treatment was necessary and required a therapist's skill.
            progression: How complexity, resistance, or duration was increased, or why it was not.
            assessment: The assessment, if one was done that day.
            signed: Whether the note is signed.
            credentials: The credentials of the person who signed.
            clinician: Who wrote the note.
            cosigned: Whether the therapist also signed.
            key: The caller's key. Findings refer to the note by it.

        >>> day = Session.from_minutes({"97110": 15}, date_of_service="2026-03-02", discipline="PT")
        >>> note = TreatmentNote.for_session(day)
        >>> note.timed_minutes, note.total_minutes, note.signed
        (15, 15, False)
        """
        require_type(session, Session, "session")
        worked_on = {} if focus is None else focus
        served = {} if functional_goals is None else functional_goals
        require_type(worked_on, Mapping, "focus")
        require_type(served, Mapping, "functional_goals")
        return cls(
            session.date_of_service,
            session.discipline,
            [
                NoteEntry(
                    service.code,
                    service.minutes,
                    service.activity,
                    service.body_region,
                    worked_on.get(service.code),
                    served.get(service.code),
                    one_on_one,
                )
                for service in session.services
            ],
            goals=goals,
            response=response,
            skilled_need=skilled_need,
            progression=progression,
            assessment=assessment,
            timed_minutes=session.timed_minutes,
            total_minutes=session.treatment_minutes,
            signed=signed,
            credentials=credentials,
            clinician=clinician,
            cosigned=cosigned,
            key=key,
        )


def _visits(value: SupportsIndex, *, what: str = "assessment_every_visits") -> int:
    return parse_whole(value, what, 1)


@attrs.frozen(kw_only=True, field_transformer=checked)
class Practice:
    """
    What a practice requires of its own notes.

    Args:
        assessment_every_visits: How many visits in a row must include at least one assessment. One guide
            advises an assessment every two or three visits.
        progression: Whether every note must state how the treatment was progressed.
        one_on_one_statement: Whether every note must state that contact was one-on-one.

    Raises:
        InvalidInputError: If an argument is invalid.

    >>> attrs.evolve(Practice(), assessment_every_visits=2).assessment_every_visits
    2
    """

    assessment_every_visits: int = attrs.field(default=3, converter=_visits)
    progression: bool = True
    one_on_one_statement: bool = True
