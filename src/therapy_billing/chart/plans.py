"""Plans of care and their certifications, and progress reports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import ClassVar

import attrs

from therapy_billing.base.choices import Choice, parse_choice
from therapy_billing.base.durations import Duration, parse_duration
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.validation import as_tuple, checked
from therapy_billing.chart.converters import (
    as_day,
    as_optional_day,
    as_text,
    may_be_day,
    must_be_day,
    must_be_text,
)
from therapy_billing.codes.roles import Clinician, Discipline, parse_clinician, parse_discipline

__all__ = ["CertifyingRole", "PlanOfCare", "ProgressReport", "Recertification", "parse_certifier"]


class CertifyingRole(Choice):
    """Who signs a certification."""

    PHYSICIAN = "physician"
    NONPHYSICIAN_PRACTITIONER = "nonphysician-practitioner"
    """A physician assistant, clinical nurse specialist or nurse practitioner."""
    CHIROPRACTOR = "chiropractor"
    """Who may not certify."""

    __aliases__: ClassVar[Mapping[str, str]] = {
        "MD": "physician",
        "DO": "physician",
        "NPP": "nonphysician-practitioner",
        "NP": "nonphysician-practitioner",
        "PA": "nonphysician-practitioner",
        "CNS": "nonphysician-practitioner",
        "DC": "chiropractor",
    }


def parse_certifier(value: CertifyingRole | str, *, what: str = "certified_by") -> CertifyingRole:
    """
    Return who *value* names.

    >>> parse_certifier("physician"), parse_certifier("NPP")
    (<CertifyingRole.PHYSICIAN: 'physician'>, <CertifyingRole.NONPHYSICIAN_PRACTITIONER: 'nonphysician-practitioner'>)
    """
    return parse_choice(value, CertifyingRole, what)


def _require_end(first: date, duration: Duration, what: str) -> None:
    """Refuse an interval that ends beyond the calendar; *what* is the field of its first day."""
    try:
        duration.after(first)
    except InvalidInputError as error:
        error.field = what
        raise


def _duration(value: object) -> Duration:
    return parse_duration(value)


@attrs.frozen(field_transformer=checked)
class Recertification:
    """
    The certification of a further interval of treatment.

    Args:
        certified_on: The date of the signature; None while it is missing.
        effective_from: First day of the interval.
        duration: How long it is planned.
        certified_by: Who signed.
        delay_reason: Why a late signature was late, as the record tells; no display shows it.

    Raises:
        InvalidInputError: If a value is none of these, or the interval ends beyond the calendar.

    >>> Recertification("2026-03-30", "2026-04-01", "6 weeks").duration.days
    42
    """

    certified_on: date | None = attrs.field(converter=as_optional_day, validator=may_be_day)
    effective_from: date = attrs.field(converter=as_day, validator=must_be_day)
    duration: Duration = attrs.field(converter=_duration)
    certified_by: CertifyingRole = attrs.field(
        default=CertifyingRole.PHYSICIAN, converter=parse_certifier, kw_only=True
    )
    delay_reason: str | None = attrs.field(
        default=None, converter=as_text, validator=must_be_text, repr=False, kw_only=True
    )

    def __attrs_post_init__(self) -> None:
        _require_end(self.effective_from, self.duration, "effective_from")


def _recertifications(value: Iterable[Recertification]) -> tuple[Recertification, ...]:
    given = as_tuple(value, Recertification, "recertifications")
    return tuple(sorted(given, key=lambda each: each.effective_from))


@attrs.frozen(field_transformer=checked)
class PlanOfCare:
    """
    A plan of care, and what certifies it.

    Args:
        discipline: The plan of care.
        initial_treatment: The first day of treatment; the evaluation counts.
        duration: How long treatment is planned: ``"12 weeks"``, ``"90 days"``, ``"3 months"``, or a
            dateutil ``relativedelta``.
        certified_on: The date of the physician's signature; None while it is missing.
        certified_by: Who signed.
        verbal_order_on: The date of a verbal order to certify; None without one.
        recertifications: Those of further intervals; they are put in the order of their first days.
        established_by: Who established the plan.
        referral_signed_on: The date of a physician's signed order or referral on file; None without one,
            or where it has no signature or no date.
        plan_sent_on: The day on which the plan was sent to the physician.
        delay_reason: Why a late signature was late, as the record tells; no display shows it.

    Raises:
        InvalidInputError: If a value is none of these, a signature is earlier than the verbal order
            that it confirms, a further interval does not begin after the initial treatment, or the
            plan ends beyond the calendar.

    >>> PlanOfCare("PT", "2026-01-05", "12 weeks", certified_on="2026-01-20").duration.days
    84
    """

    discipline: Discipline = attrs.field(converter=parse_discipline)
    initial_treatment: date = attrs.field(converter=as_day, validator=must_be_day)
    duration: Duration = attrs.field(converter=_duration)
    certified_on: date | None = attrs.field(
        default=None, converter=as_optional_day, validator=may_be_day, kw_only=True
    )
    certified_by: CertifyingRole = attrs.field(
        default=CertifyingRole.PHYSICIAN, converter=parse_certifier, kw_only=True
    )
    verbal_order_on: date | None = attrs.field(
        default=None, converter=as_optional_day, validator=may_be_day, kw_only=True
    )
    recertifications: tuple[Recertification, ...] = attrs.field(
        default=(), converter=_recertifications, kw_only=True
    )
    established_by: Clinician = attrs.field(
        default=Clinician.THERAPIST, converter=parse_clinician, kw_only=True
    )
    referral_signed_on: date | None = attrs.field(
        default=None, converter=as_optional_day, validator=may_be_day, kw_only=True
    )
    plan_sent_on: date | None = attrs.field(
        default=None, converter=as_optional_day, validator=may_be_day, kw_only=True
    )
    delay_reason: str | None = attrs.field(
        default=None, converter=as_text, validator=must_be_text, repr=False, kw_only=True
    )

    def __attrs_post_init__(self) -> None:
        _require_end(self.initial_treatment, self.duration, "initial_treatment")
        verbal, signed = self.verbal_order_on, self.certified_on
        if verbal is not None and signed is not None and signed < verbal:
            msg = f"certified_on {signed} is before verbal_order_on {verbal}, which it confirms"
            raise InvalidInputError(msg, field="certified_on")
        for each in self.recertifications:
            if each.effective_from <= self.initial_treatment:
                msg = (
                    f"a recertification from {each.effective_from} does not begin after "
                    f"initial_treatment {self.initial_treatment}"
                )
                raise InvalidInputError(msg, field="recertifications")


@attrs.frozen(field_transformer=checked)
class ProgressReport:
    """
    A report of a patient's progress.

    Args:
        written_on: Its date.
        written_by: Who wrote it: the therapist, also for a physician or nonphysician practitioner;
            an assistant; or both together.
        signed: Whether it is signed.

    Raises:
        InvalidInputError: If a value is none of these.

    >>> ProgressReport("2026-03-02", "assistant", signed=True).written_by
    <Clinician.ASSISTANT: 'assistant'>
    """

    written_on: date = attrs.field(converter=as_day, validator=must_be_day)
    written_by: Clinician = attrs.field(converter=parse_clinician)
    signed: bool
