"""Who provided a service, under which plan of care, and in which setting."""

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
    """The discipline of a session's plan of care."""

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


# Each claim line looks up its discipline several times. Enum hashes the name, which would make up a tenth of the
# running time of check_day. Each member exists only once, so the faster hash of the object is just as correct.
Discipline.__hash__ = object.__hash__  # type: ignore[method-assign]


class Clinician(Choice):
    """Who provided a service."""

    THERAPIST = "therapist"
    ASSISTANT = "assistant"
    """A physical therapist assistant or occupational therapy assistant, working separately from the therapist."""
    TOGETHER = "together"
    """Therapist and assistant at the same time. Their minutes are counted once."""

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
    """Office, facility, or critical access hospital. The setting affects amounts and modifiers."""

    NON_FACILITY = "non-facility"
    """An office. Medicare also pays institutions at this rate for therapy."""
    FACILITY = "facility"
    """A facility. The fee schedule has separate practice expense values for it."""
    CRITICAL_ACCESS_HOSPITAL = "critical-access-hospital"
    """A hospital that is not paid by the fee schedule. Its claim lines have no assistant modifiers."""

    __aliases__: ClassVar[Mapping[str, str]] = {
        "nonfacility": "non-facility",
        "office": "non-facility",
        "CAH": "critical-access-hospital",
    }


def parse_discipline(value: Discipline | str, *, what: str = "discipline") -> Discipline:
    """
    Return *value* as a discipline.

    >>> parse_discipline("PT"), parse_discipline("ST")
    (<Discipline.PT: 'PT'>, <Discipline.SLP: 'SLP'>)
    """
    return value if type(value) is Discipline else parse_choice(value, Discipline, what)


def parse_clinician(value: Clinician | str, *, what: str = "clinician") -> Clinician:
    """
    Return *value* as a clinician.

    >>> parse_clinician("assistant"), parse_clinician("PTA")
    (<Clinician.ASSISTANT: 'assistant'>, <Clinician.ASSISTANT: 'assistant'>)
    """
    return value if type(value) is Clinician else parse_choice(value, Clinician, what)


def parse_setting(value: Setting | str, *, what: str = "setting") -> Setting:
    """
    Return *value* as a setting.

    >>> parse_setting("non-facility"), parse_setting("office")
    (<Setting.NON_FACILITY: 'non-facility'>, <Setting.NON_FACILITY: 'non-facility'>)
    """
    return value if type(value) is Setting else parse_choice(value, Setting, what)
