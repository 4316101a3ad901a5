"""Plans of care, their certifications, and progress reports."""

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
    """A physician assistant, clinical nurse specialist, or nurse practitioner."""
    CHIROPRACTOR = "chiropractor"
    """A chiropractor may not certify a plan of care."""

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
    Return the role that *value* names.

    >>> parse_certifier("physician"), parse_certifier("NPP")
    (<CertifyingRole.PHYSICIAN: 'physician'>, <CertifyingRole.NONPHYSICIAN_PRACTITIONER: 'nonphysician-practitioner'>)
    """
    return parse_choice(value, CertifyingRole, what)


def _require_end(first: date, duration: Duration, what: str) -> None:
    """Raise an error that names the field *what* if an interval ends after the last date that Python supports."""
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
        duration: The planned length of treatment.
        certified_by: Who signed.
        delay_reason: The reason for a late signature, as documented in the record. It is never displayed.

    Raises:
        InvalidInputError: If an argument is invalid, or the interval ends after the last date that Python
            supports.

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
    A plan of care and its certifications.

    Args:
        discipline: The discipline of the plan.
        initial_treatment: The first day of treatment, which can be the evaluation.
        duration: The planned length of treatment: ``"12 weeks"``, ``"90 days"``, ``"3 months"``, or a
            dateutil ``relativedelta``.
        certified_on: The date of the physician's signature; None while it is missing.
        certified_by: Who signed.
        verbal_order_on: The date of a verbal order to certify the plan; None if there was none.
        recertifications: The recertifications of further intervals. They are sorted by first day.
        established_by: Who established the plan.
        referral_signed_on: The date of a physician's signed order or referral on file; None if there is
            none, or if it is not signed or not dated.
        plan_sent_on: The day on which the plan was sent to the physician; None if it was not sent.
        delay_reason: The reason for a late signature, as documented in the record. It is never displayed.

    Raises:
        InvalidInputError: If an argument is invalid, a signature is earlier than the verbal order that it
            confirms, a further interval does not start after the initial treatment, or the plan ends
            after the last date that Python supports.

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
            msg = f"certified_on {signed} is before verbal_order_on {verbal}: the signature cannot be dated before the order"
            raise InvalidInputError(msg, field="certified_on")
        for each in self.recertifications:
            if each.effective_from <= self.initial_treatment:
                msg = (
                    f"a recertification starts on {each.effective_from}, but must start after "
                    f"initial_treatment {self.initial_treatment}"
                )
                raise InvalidInputError(msg, field="recertifications")


@attrs.frozen(field_transformer=checked)
class ProgressReport:
    """
    A report of a patient's progress.

    Args:
        written_on: The date of the report.
        written_by: Who wrote it, such as the therapist or an assistant.
        signed: Whether the report is signed.
        cosigned: Whether the therapist also signed. This matters for a student's report.

    Raises:
        InvalidInputError: If an argument is invalid.

    >>> ProgressReport("2026-03-02", "assistant", signed=True).written_by
    <Clinician.ASSISTANT: 'assistant'>
    """

    written_on: date = attrs.field(converter=as_day, validator=must_be_day)
    written_by: Clinician = attrs.field(converter=parse_clinician)
    signed: bool
    cosigned: bool = attrs.field(default=False, kw_only=True)
