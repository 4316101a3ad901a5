"""Match treatment notes with the sessions that they document."""

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
    Notes of one discipline on one day, and the sessions that they document.

    Args:
        notes: The notes. There are several if they could not be paired with the sessions one to one.
        session_indexes: Indexes of the sessions; empty if the discipline has no session.
    """

    notes: tuple[TreatmentNote, ...]
    session_indexes: tuple[int, ...]


def group_notes(
    sessions: Sequence[Session], notes: Iterable[TreatmentNote]
) -> tuple[NoteGroup, ...]:
    """
    Match the notes of a day with its sessions.

    If a discipline has as many notes as sessions, each note is paired with the remaining session that shares
    the most codes with it. Otherwise, all notes of the discipline are matched with all its sessions.

    Raises:
        InvalidInputError: If a note has a different date from the sessions.
    """
    given = tuple(notes)
    for note in given:
        if note.date_of_service not in (None, sessions[0].date_of_service):
            msg = (
                f"a note is for {note.date_of_service}, but the sessions are for "
                f"{sessions[0].date_of_service}: give notes and sessions of the same day"
            )
            raise InvalidInputError(msg)
    groups: list[NoteGroup] = []
    for discipline in Discipline:
        indexes = [index for index, each in enumerate(sessions) if each.discipline is discipline]
        written = tuple(note for note in given if note.discipline is discipline)
        if len(written) == len(indexes):
            groups += _paired(written, indexes, sessions)
        elif written:
            groups.append(NoteGroup(written, tuple(indexes)))
    return tuple(groups)


def _paired(
    notes: Iterable[TreatmentNote], indexes: Iterable[int], sessions: Sequence[Session]
) -> Iterator[NoteGroup]:
    """Yield each note with the remaining session that shares the most codes with it."""
    left = list(indexes)
    for note in notes:
        named = {entry.code for entry in note.entries}
        shared = [
            len(named & {service.code for service in sessions[index].services}) for index in left
        ]
        yield NoteGroup((note,), (left.pop(shared.index(max(shared))),))
