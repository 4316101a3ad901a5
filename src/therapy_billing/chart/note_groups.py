"""Notes with the sessions that they document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.chart.notes import TreatmentNote
from therapy_billing.codes.roles import Discipline
from therapy_billing.visits.sessions import Session

__all__ = ["NoteGroup", "group_notes"]


class NoteGroup(NamedTuple):
    """
    Notes of a day and the sessions they belong to, of one discipline.

    Args:
        notes: The notes: several where nothing shows which note is of which session.
        places: Indexes of the sessions; none where the discipline has no session.
    """

    notes: tuple[TreatmentNote, ...]
    places: tuple[int, ...]


def group_notes(
    sessions: Sequence[Session], notes: Iterable[TreatmentNote]
) -> tuple[NoteGroup, ...]:
    """
    Return the notes of a day with their sessions.

    One note of a discipline belongs to all its sessions. As many notes as sessions are paired by the
    codes they share. Otherwise all notes of the discipline belong to all its sessions together.

    Raises:
        InvalidInputError: If a note is of another day than the sessions.
    """
    given = tuple(notes)
    for note in given:
        if note.date_of_service not in (None, sessions[0].date_of_service):
            msg = f"a note is of {note.date_of_service}, the sessions of {sessions[0].date_of_service}"
            raise InvalidInputError(msg)
    groups: list[NoteGroup] = []
    for discipline in Discipline:
        places = [place for place, each in enumerate(sessions) if each.discipline is discipline]
        written = tuple(note for note in given if note.discipline is discipline)
        if len(written) == len(places):
            groups += _paired(written, places, sessions)
        elif written:
            groups.append(NoteGroup(written, tuple(places)))
    return tuple(groups)


def _paired(
    notes: Iterable[TreatmentNote], places: Iterable[int], sessions: Sequence[Session]
) -> Iterator[NoteGroup]:
    """Yield each note with the session left that shares most codes with it."""
    left = list(places)
    for note in notes:
        named = {entry.code for entry in note.entries}
        shared = [
            len(named & {service.code for service in sessions[place].services}) for place in left
        ]
        yield NoteGroup((note,), (left.pop(shared.index(max(shared))),))
