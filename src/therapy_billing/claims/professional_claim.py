"""
A professional claim that can be sent: its parties, its header, and its service lines (837P and CMS-1500).

A field that was not given is None. :func:`~therapy_billing.check_submission` lists what is missing or wrong.
No ``repr`` shows a value.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import attrs

from therapy_billing.base.validation import checked
from therapy_billing.claims.coverage import Coverage, LinePayment, Patient, PriorPayment, Subscriber
from therapy_billing.claims.parties import BillingProvider, Provider, ServiceFacility
from therapy_billing.claims.record_fields import (
    MOST_CHARACTERS,
    PrivateRecord,
    as_amount,
    as_codes,
    as_date,
    as_number,
    as_whole_numbers,
    capitals,
    members_of,
    text,
)

__all__ = ["Accident", "ClaimHeader", "ClaimParties", "ProfessionalClaim", "ServiceLine"]


@attrs.frozen(repr=False, field_transformer=checked)
class Accident(PrivateRecord):
    """
    The accident or the employment that a claim is related to (CLM11 and its date).

    Args:
        causes: ``"AA"`` auto accident, ``"EM"`` employment, ``"OA"`` other accident.
        occurred_on: The date of the accident.
        state: The two-letter state of an auto accident.
        country: The country code of an auto accident outside the United States.

    Raises:
        InvalidInputError: If a value has the wrong type.
    """

    causes: tuple[str, ...] = attrs.field(
        default=(), converter=as_codes, metadata={MOST_CHARACTERS: 2}
    )
    occurred_on: date | None = attrs.field(default=None, converter=as_date)
    state: str | None = capitals(2)
    country: str | None = capitals(3)


@attrs.frozen(repr=False, field_transformer=checked)
class ClaimHeader(PrivateRecord):
    """
    What a claim says once, for all its lines (loop 2300).

    Args:
        account: Your number for the claim. It comes back in every answer of the payer.
        place_of_service: The place of service code, such as ``"11"``.
        frequency: ``"1"`` original, ``"7"`` replacement, ``"8"`` void.
        payer_claim_number: The payer's number of the claim that is replaced or voided.
        signature_on_file: Whether the provider's signature is on file: ``"Y"`` or ``"N"``.
        assignment: Whether the provider accepts the payer's amount: ``"A"`` accepted, ``"B"`` for lab services only,
            ``"C"`` not accepted.
        benefits_assigned: Whether the patient assigned the benefits to the provider: ``"Y"``, ``"N"``, or ``"W"``.
        release: Whether the patient allowed the release of information: ``"Y"`` or ``"I"``.
        patient_signature: ``"P"`` if the provider signed for the patient.
        authorization: The payer's prior authorization number.
        referral: The payer's referral number.
        medical_record: The number of the medical record.
        clearinghouse_trace: A clearinghouse's number for the claim.
        property_casualty_number: The claim number of workers' compensation or auto insurance.
        onset: When the illness or injury began.
        initial_treatment: The date of the initial treatment.
        last_seen: When the patient was last seen by the physician.
        accident: The accident that the claim is related to.
        patient_paid: Dollars that the patient paid.
        delay_reason: The reason code for late filing.
        note: A note about the claim.
        diagnoses: ICD-10-CM codes without decimal points; the first is the principal diagnosis.

    Raises:
        InvalidInputError: If a value has the wrong type.
    """

    account: str | None = text(38)
    place_of_service: str | None = text(2)
    frequency: str | None = text(1)
    payer_claim_number: str | None = text(50)
    signature_on_file: str | None = capitals(1)
    assignment: str | None = capitals(1)
    benefits_assigned: str | None = capitals(1)
    release: str | None = capitals(1)
    patient_signature: str | None = capitals(1)
    authorization: str | None = text(50)
    referral: str | None = text(50)
    medical_record: str | None = text(50)
    clearinghouse_trace: str | None = text(50)
    property_casualty_number: str | None = text(50)
    onset: date | None = attrs.field(default=None, converter=as_date)
    initial_treatment: date | None = attrs.field(default=None, converter=as_date)
    last_seen: date | None = attrs.field(default=None, converter=as_date)
    accident: Accident | None = None
    patient_paid: Decimal | None = attrs.field(default=None, converter=as_amount)
    delay_reason: str | None = text(2)
    note: str | None = text(80)
    diagnoses: tuple[str, ...] = attrs.field(
        default=(), converter=as_codes, metadata={MOST_CHARACTERS: 7}
    )


def _payments(value: Iterable[LinePayment], *, what: str = "") -> tuple[LinePayment, ...]:
    return members_of(value, LinePayment, what)


@attrs.frozen(repr=False, field_transformer=checked)
class ServiceLine(PrivateRecord):
    """
    One service line of a claim (loop 2400).

    Args:
        code: The code.
        units: The number of units.
        charge: The charge for the whole line in dollars.
        modifiers: The modifiers in order. A claim line has room for four.
        date_of_service: The date of service.
        through: The last date, if the line covers several days.
        pointers: Which diagnoses of the header support the line, counted from 1. A line has room for four.
        line_number: Your number for the line, unique in the claim. It comes back in the payer's answers.
        place_of_service: The place of service, if it is not that of the header.
        rendering_provider: Who treated, if not the claim's rendering provider.
        referring_provider: Who referred, if not the claim's referring provider.
        supervising_provider: Who supervised, if not the claim's supervising provider.
        service_facility: The facility, if it is not that of the claim.
        authorization: The authorization number, if it is not that of the header.
        referral: The referral number, if it is not that of the header.
        note: A note about the line.
        payments: What other payers paid for the line.
        unit_measure: ``"UN"`` for units. Therapy always uses units; ``"MJ"`` is for minutes of anesthesia.

    Raises:
        InvalidInputError: If a value has the wrong type.

    >>> ServiceLine("97110", 2, "90", ["GP"], "2026-03-02", pointers=[1]).charge
    Decimal('90.00')
    """

    code: str | None = capitals(5)
    units: Decimal | None = attrs.field(default=None, converter=as_number)
    charge: Decimal | None = attrs.field(default=None, converter=as_amount)
    modifiers: tuple[str, ...] = attrs.field(
        default=(), converter=as_codes, metadata={MOST_CHARACTERS: 2}
    )
    date_of_service: date | None = attrs.field(default=None, converter=as_date)
    through: date | None = attrs.field(default=None, converter=as_date)
    pointers: tuple[int, ...] = attrs.field(default=(), converter=as_whole_numbers)
    line_number: str | None = text(30)
    place_of_service: str | None = text(2)
    rendering_provider: Provider | None = None
    referring_provider: Provider | None = None
    supervising_provider: Provider | None = None
    service_facility: ServiceFacility | None = None
    authorization: str | None = text(50)
    referral: str | None = text(50)
    note: str | None = text(80)
    payments: tuple[LinePayment, ...] = attrs.field(default=(), converter=_payments)
    unit_measure: str | None = capitals(2, "UN")


def _prior_payments(value: Iterable[PriorPayment], *, what: str = "") -> tuple[PriorPayment, ...]:
    return members_of(value, PriorPayment, what)


@attrs.frozen(repr=False, field_transformer=checked)
class ClaimParties(PrivateRecord):
    """
    The parties of a claim.

    Args:
        billing_provider: Who bills.
        coverage: The payer that the claim is for.
        subscriber: Whose insurance it is.
        patient: The patient. None if the subscriber is the patient.
        rendering_provider: The therapist who treated. None if the billing provider treated (solo practice).
        referring_provider: Who referred the patient. For Medicare therapy: who certified the plan of care.
        supervising_provider: Who supervised.
        service_facility: The place where the services were furnished, if it is not the billing provider's address.
        prior_payments: What other payers decided, in the order of their payment.

    Raises:
        InvalidInputError: If a value has the wrong type.
    """

    billing_provider: BillingProvider | None = None
    coverage: Coverage | None = None
    subscriber: Subscriber | None = None
    patient: Patient | None = None
    rendering_provider: Provider | None = None
    referring_provider: Provider | None = None
    supervising_provider: Provider | None = None
    service_facility: ServiceFacility | None = None
    prior_payments: tuple[PriorPayment, ...] = attrs.field(default=(), converter=_prior_payments)


def _lines(value: Iterable[ServiceLine], *, what: str = "") -> tuple[ServiceLine, ...]:
    return members_of(value, ServiceLine, what)


@attrs.frozen(repr=False, field_transformer=checked)
class ProfessionalClaim(PrivateRecord):
    """
    One claim of one patient for one payer, with lines of one day or of several days.

    Args:
        header: What the claim says once.
        parties: Who is involved.
        lines: The service lines, in order.

    Raises:
        InvalidInputError: If a value has the wrong type.
    """

    header: ClaimHeader = attrs.field(factory=ClaimHeader)
    parties: ClaimParties = attrs.field(factory=ClaimParties)
    lines: tuple[ServiceLine, ...] = attrs.field(default=(), converter=_lines)
