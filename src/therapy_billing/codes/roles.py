"""Who gave a service, under which plan of care, and in which setting."""

from __future__ import annotations

from enum import Enum

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.safe_repr import safe_repr

__all__ = [
    "Clinician",
    "Discipline",
    "Setting",
    "parse_clinician",
    "parse_discipline",
    "parse_setting",
]


class Discipline(Enum):
    """The plan of care that a session belongs to."""

    PT = "PT"
    """Physical therapy."""
    OT = "OT"
    """Occupational therapy."""
    SLP = "SLP"
    """Speech-language pathology."""


# Every line of a day looks its discipline up several times, and Enum's own hash, of the name, takes a tenth
# of the time of check_day. A member is the only one of its kind, so the hash of the object serves as well.
Discipline.__hash__ = object.__hash__  # type: ignore[method-assign]


class Clinician(Enum):
    """Who gave a service."""

    THERAPIST = "therapist"
    ASSISTANT = "assistant"
    """A physical or occupational therapist assistant, apart from the therapist."""
    TOGETHER = "together"
    """Therapist and assistant at the same time: one stream of minutes."""


class Setting(Enum):
    """Where a service was given, as far as it decides an amount or a modifier."""

    NON_FACILITY = "non-facility"
    """An office; also what Medicare pays institutions for therapy."""
    FACILITY = "facility"
    """A facility whose practice expense has a value of its own."""
    CRITICAL_ACCESS_HOSPITAL = "critical-access-hospital"
    """A hospital that no fee schedule pays, and whose lines carry no assistant modifier."""


def parse_discipline(value: object, *, what: str = "discipline") -> Discipline:
    """
    Return the discipline that *value* names.

    >>> parse_discipline("PT")
    <Discipline.PT: 'PT'>
    """
    if isinstance(value, Discipline):
        return value
    try:
        return Discipline(value.strip().upper() if isinstance(value, str) else "")
    except ValueError:
        msg = f"{what} is PT, OT or SLP, not {safe_repr(value)}"
        raise InvalidInputError(msg) from None


def parse_clinician(value: object, *, what: str = "clinician") -> Clinician:
    """
    Return who *value* names.

    >>> parse_clinician("assistant")
    <Clinician.ASSISTANT: 'assistant'>
    """
    if isinstance(value, Clinician):
        return value
    try:
        return Clinician(value.strip().lower() if isinstance(value, str) else "")
    except ValueError:
        msg = f"{what} is therapist, assistant or together, not {safe_repr(value)}"
        raise InvalidInputError(msg) from None


def parse_setting(value: object) -> Setting:
    """
    Return the setting that *value* names.

    >>> parse_setting("non-facility"), parse_setting("office")
    (<Setting.NON_FACILITY: 'non-facility'>, <Setting.NON_FACILITY: 'non-facility'>)
    """
    if isinstance(value, Setting):
        return value
    if isinstance(value, str):
        name = value.strip().lower().replace("_", "-").replace(" ", "-")
        name = _SETTING_WORDS.get(name, name)
        if name in {setting.value for setting in Setting}:
            return Setting(name)
    words = ", ".join(setting.value for setting in Setting)
    msg = f"setting is one of {words}, not {safe_repr(value)}"
    raise InvalidInputError(msg)


_SETTING_WORDS = {
    "nonfacility": Setting.NON_FACILITY.value,
    "office": Setting.NON_FACILITY.value,
    "cah": Setting.CRITICAL_ACCESS_HOSPITAL.value,
}
