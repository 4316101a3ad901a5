"""Who provided a service, what kind of service it was, under which plan of care, and in which setting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from therapy_billing.base.choices import Choice, parse_choice

__all__ = [
    "Clinician",
    "Discipline",
    "ServiceClass",
    "Setting",
    "parse_clinician",
    "parse_discipline",
    "parse_service_class",
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
    """
    Who provided a service.

    The payer's policy says whose services it pays: see :class:`~therapy_billing.payers.Furnishers`.
    """

    THERAPIST = "therapist"
    """The therapist. For a student under Medicare, record the therapist only for the therapist's own service."""
    ASSISTANT = "assistant"
    """
    A physical therapist assistant, occupational therapy assistant, or SLP assistant, working separately from the
    therapist.
    """
    TOGETHER = "together"
    """Therapist and assistant at the same time. Their minutes are counted once."""
    STUDENT = "student"
    """A student in training to be a therapist or an assistant."""
    AIDE = "aide"
    """An aide or technician."""
    ATHLETIC_TRAINER = "athletic-trainer"
    CLINICAL_FELLOW = "clinical-fellow"
    """An SLP clinical fellow without a license. A fellow with a provisional license is a therapist."""
    PHYSICIAN = "physician"
    """A physician or nonphysician practitioner who furnishes therapy."""

    # With credentials this short, a similar word is often another role: CNA is not CNS, and DPM is not DPT.
    __sure_hints__: ClassVar[bool] = True
    __aliases__: ClassVar[Mapping[str, str]] = {
        "PT": "therapist",
        "DPT": "therapist",
        "physical therapist": "therapist",
        "OT": "therapist",
        "OTR": "therapist",
        "OTR/L": "therapist",
        "occupational therapist": "therapist",
        "SLP": "therapist",
        "CCC-SLP": "therapist",
        "speech-language pathologist": "therapist",
        "PTA": "assistant",
        "LPTA": "assistant",
        "PT assistant": "assistant",
        "physical therapist assistant": "assistant",
        "physical therapy assistant": "assistant",
        "OTA": "assistant",
        "COTA": "assistant",
        "COTA/L": "assistant",
        "OT assistant": "assistant",
        "occupational therapy assistant": "assistant",
        "SLPA": "assistant",
        "SLP assistant": "assistant",
        "both": "together",
        "SPT": "student",
        "SPTA": "student",
        "OTS": "student",
        "OTAS": "student",
        "PT/S": "student",
        "OT/S": "student",
        "intern": "student",
        "student therapist": "student",
        "student PT": "student",
        "PT student": "student",
        "student PTA": "student",
        "PTA student": "student",
        "student OT": "student",
        "OT student": "student",
        "student OTA": "student",
        "OTA student": "student",
        "student SLP": "student",
        "SLP student": "student",
        "tech": "aide",
        "technician": "aide",
        "rehab aide": "aide",
        "rehab tech": "aide",
        "therapy aide": "aide",
        "PT aide": "aide",
        "OT aide": "aide",
        "SLP aide": "aide",
        "PT tech": "aide",
        "OT tech": "aide",
        "ATC": "athletic-trainer",
        "NPP": "physician",
        "doctor": "physician",
        "MD": "physician",
        "DO": "physician",
        "PA": "physician",
        "PA-C": "physician",
        "physician assistant": "physician",
        "NP": "physician",
        "nurse practitioner": "physician",
        "CNS": "physician",
        "clinical nurse specialist": "physician",
    }


# A faster hash, as for Discipline, because every service is looked up by clinician.
Clinician.__hash__ = object.__hash__  # type: ignore[method-assign]


class ServiceClass(Choice):
    """What kind of service it is, when a payer's rules depend on who furnishes it."""

    EVALUATION = "evaluation"
    RE_EVALUATION = "re-evaluation"
    SKILLED_TREATMENT = "skilled-treatment"
    """Treatment of one patient, and every service without a class of its own."""
    GROUP = "group"
    """Treatment of several patients at the same time."""
    MAINTENANCE_SETUP = "maintenance-setup"
    """To design a maintenance program, or to assess the patient for it."""
    MAINTENANCE_TREATMENT = "maintenance-treatment"
    """To treat the patient under a maintenance program."""
    RTM_MANAGEMENT = "rtm-management"
    """Setup and management of remote therapeutic monitoring."""
    RTM_DEVICE = "rtm-device"
    """The supply of a device for remote therapeutic monitoring."""
    CAREGIVER_TRAINING = "caregiver-training"
    INCIDENT_TO = "incident-to"
    """A therapy service that is billed incident to a physician's service."""
    DOCUMENTATION = "documentation"
    """To write a treatment note."""
    PROGRESS_REPORT = "progress-report"
    PLAN_OF_CARE = "plan-of-care"
    CERTIFICATION = "certification"
    """To certify a plan of care."""

    __aliases__: ClassVar[Mapping[str, str]] = {
        "treatment": "skilled-treatment",
        "reevaluation": "re-evaluation",
        "maintenance program: setup": "maintenance-setup",
        "maintenance program: treatment": "maintenance-treatment",
        "incident to a physician": "incident-to",
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


def parse_service_class(value: ServiceClass | str, *, what: str = "service") -> ServiceClass:
    """
    Return *value* as a class of service.

    >>> parse_service_class("treatment"), parse_service_class("group")
    (<ServiceClass.SKILLED_TREATMENT: 'skilled-treatment'>, <ServiceClass.GROUP: 'group'>)
    """
    return value if type(value) is ServiceClass else parse_choice(value, ServiceClass, what)


def parse_setting(value: Setting | str, *, what: str = "setting") -> Setting:
    """
    Return *value* as a setting.

    >>> parse_setting("non-facility"), parse_setting("office")
    (<Setting.NON_FACILITY: 'non-facility'>, <Setting.NON_FACILITY: 'non-facility'>)
    """
    return value if type(value) is Setting else parse_choice(value, Setting, what)
