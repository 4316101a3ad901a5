"""Who treats, and under which plan of care."""

from __future__ import annotations

from enum import Enum

from therapy_billing.errors import InvalidInputError, shown

__all__ = ["Clinician", "Discipline", "parse_clinician", "parse_discipline"]


class Discipline(Enum):
    """The plan of care that a session belongs to."""

    PT = "PT"
    """Physical therapy."""
    OT = "OT"
    """Occupational therapy."""
    SLP = "SLP"
    """Speech-language pathology."""


class Clinician(Enum):
    """Who gave a service."""

    THERAPIST = "therapist"
    ASSISTANT = "assistant"
    """A physical or occupational therapist assistant, apart from the therapist."""
    TOGETHER = "together"
    """Therapist and assistant at the same time: one stream of minutes."""


def parse_discipline(value: object) -> Discipline:
    """
    Return the discipline that *value* names.

    >>> parse_discipline("PT")
    <Discipline.PT: 'PT'>
    """
    if isinstance(value, Discipline):
        return value
    try:
        return Discipline(value.strip().upper() if isinstance(value, str) else value)
    except ValueError:
        msg = f"discipline is PT, OT or SLP, not {shown(value)}"
        raise InvalidInputError(msg) from None


def parse_clinician(value: object) -> Clinician:
    """
    Return who *value* names.

    >>> parse_clinician("assistant")
    <Clinician.ASSISTANT: 'assistant'>
    """
    if isinstance(value, Clinician):
        return value
    try:
        return Clinician(value.strip().lower() if isinstance(value, str) else value)
    except ValueError:
        msg = f"clinician is therapist, assistant or together, not {shown(value)}"
        raise InvalidInputError(msg) from None
