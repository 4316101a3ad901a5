"""Who gave a service, under which plan of care, and in which setting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from therapy_billing.base.choices import Choice, parse_choice

__all__ = [
    "Clinician",
    "Discipline",
    "Setting",
    "parse_clinician",
    "parse_discipline",
    "parse_setting",
]


class Discipline(Choice):
    """The plan of care that a session belongs to."""

    PT = "PT"
    """Physical therapy."""
    OT = "OT"
    """Occupational therapy."""
    SLP = "SLP"
    """Speech-language pathology."""

    __aliases__: ClassVar[Mapping[str, str]] = {
        "physical therapy": "PT",
        "occupational therapy": "OT",
        "ST": "SLP",
        "speech": "SLP",
        "speech therapy": "SLP",
        "speech-language pathology": "SLP",
    }


# Every line of a day looks its discipline up several times, and Enum's own hash, of the name, takes a tenth
# of the time of check_day. A member is the only one of its kind, so the hash of the object serves as well.
Discipline.__hash__ = object.__hash__  # type: ignore[method-assign]


class Clinician(Choice):
    """Who gave a service."""

    THERAPIST = "therapist"
    ASSISTANT = "assistant"
    """A physical or occupational therapist assistant, apart from the therapist."""
    TOGETHER = "together"
    """Therapist and assistant at the same time: one stream of minutes."""

    __aliases__: ClassVar[Mapping[str, str]] = {
        "PT": "therapist",
        "OT": "therapist",
        "OTR": "therapist",
        "SLP": "therapist",
        "PTA": "assistant",
        "OTA": "assistant",
        "COTA": "assistant",
        "SLPA": "assistant",
        "both": "together",
    }


class Setting(Choice):
    """Where a service was given, as far as it decides an amount or a modifier."""

    NON_FACILITY = "non-facility"
    """An office; also what Medicare pays institutions for therapy."""
    FACILITY = "facility"
    """A facility whose practice expense has a value of its own."""
    CRITICAL_ACCESS_HOSPITAL = "critical-access-hospital"
    """A hospital that no fee schedule pays, and whose lines carry no assistant modifier."""

    __aliases__: ClassVar[Mapping[str, str]] = {
        "nonfacility": "non-facility",
        "office": "non-facility",
        "CAH": "critical-access-hospital",
    }


def parse_discipline(value: Discipline | str, *, what: str = "discipline") -> Discipline:
    """
    Return the discipline that *value* names.

    >>> parse_discipline("PT"), parse_discipline("ST")
    (<Discipline.PT: 'PT'>, <Discipline.SLP: 'SLP'>)
    """
    return value if type(value) is Discipline else parse_choice(value, Discipline, what)


def parse_clinician(value: Clinician | str, *, what: str = "clinician") -> Clinician:
    """
    Return who *value* names.

    >>> parse_clinician("assistant"), parse_clinician("PTA")
    (<Clinician.ASSISTANT: 'assistant'>, <Clinician.ASSISTANT: 'assistant'>)
    """
    return value if type(value) is Clinician else parse_choice(value, Clinician, what)


def parse_setting(value: Setting | str, *, what: str = "setting") -> Setting:
    """
    Return the setting that *value* names.

    >>> parse_setting("non-facility"), parse_setting("office")
    (<Setting.NON_FACILITY: 'non-facility'>, <Setting.NON_FACILITY: 'non-facility'>)
    """
    return value if type(value) is Setting else parse_choice(value, Setting, what)
