"""Treatment notes: what was done, and who signed."""

from __future__ import annotations

import re
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
from therapy_billing.codes.roles import Clinician, Discipline, parse_clinician, parse_discipline
from therapy_billing.visits.sessions import Session

__all__ = ["NoteEntry", "Practice", "TreatmentNote"]


@attrs.frozen(field_transformer=checked)
class NoteEntry:
    """
    What a treatment note tells of one service.

    Args:
        code: The code, such as ``"97530"``.
        minutes: Its whole minutes; a note need not tell them code by code.
        activity: What was done: the task, the technique, the exercise, the instruction.
        body_region: Where: the muscle group, the joint, the region.
        focus: What it works on: the parameter of an exercise, the impairment of movement control,
            the deviation of gait.
        functional_goal: The goal in daily life that it serves.
        one_on_one: Whether the note says that nobody else was treated in these minutes; None where
            it says nothing.

    Raises:
        InvalidInputError: If the code is not a therapy code known here, or a value is none of these.

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


_ASSISTANT_CREDENTIALS = frozenset({"PTA", "LPTA", "OTA", "COTA", "SLPA"})


@attrs.frozen(field_transformer=checked)
class TreatmentNote:
    """
    What the note of a patient's day under one plan of care holds.

    Args:
        date_of_service: The day; None where the note has no date.
        discipline: The plan of care.
        entries: The services that it names.
        goals: The specific goals that were worked on.
        response: How the patient responded and improved.
        skilled_need: Why the treatment was necessary, and needed a therapist's skill.
        progression: How complexity, resistance or duration was raised, or why not.
        assessment: The assessment, where the day has one.
        timed_minutes: Total minutes of timed codes.
        total_minutes: Total treatment minutes, timed and untimed.
        signed: Whether it is signed.
        credentials: The professional identification of who signed.
        clinician: Who wrote it.
        cosigned: Whether the therapist signed too.
        key: The caller's key, by which findings point at it; no display of the note shows it.

    Raises:
        InvalidInputError: If a value is none of these.

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
    def by_assistant(self) -> bool:
        """Whether an assistant wrote it: by *clinician*, or by credentials such as PTA or COTA."""
        if self.clinician is not Clinician.THERAPIST:
            return self.clinician is Clinician.ASSISTANT
        words = re.findall("[A-Z]+", (self.credentials or "").upper())
        return not _ASSISTANT_CREDENTIALS.isdisjoint(words)

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
        Return a note with the codes, minutes, activities and regions of *session*.

        Args:
            session: What the patient received.
            focus: What each service works on, by code.
            functional_goals: The goal in daily life that each serves, by code.
            one_on_one: What the note says of contact, for every service.
            goals: As for the note itself; so are those that follow.
            response: The patient's response.
            skilled_need: Why it was necessary.
            progression: How it was raised.
            assessment: The assessment.
            signed: Whether the note is signed.
            credentials: Of who signed.
            clinician: Who wrote it.
            cosigned: Whether the therapist signed too.
            key: The caller's key.

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
    What a practice asks of its own notes.

    Args:
        assessment_every_visits: An assessment at least every so many visits; two or three are advised.
        progression: Whether every note is to tell how the treatment was raised.
        one_on_one_statement: Whether every note is to say that contact was one-on-one.

    Raises:
        InvalidInputError: If a value is none of these.

    >>> attrs.evolve(Practice(), assessment_every_visits=2).assessment_every_visits
    2
    """

    assessment_every_visits: int = attrs.field(default=3, converter=_visits)
    progression: bool = True
    one_on_one_statement: bool = True
