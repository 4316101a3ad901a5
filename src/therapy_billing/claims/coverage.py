"""
Coverage: the payer, the subscriber, the patient, and what another payer already paid.

A field that was not given is None. No ``repr`` shows a value.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import attrs

from therapy_billing.base.validation import checked
from therapy_billing.claims.parties import Address, Name, Person, as_name
from therapy_billing.claims.record_fields import (
    MOST_CHARACTERS,
    PrivateRecord,
    as_amount,
    as_codes,
    as_date,
    as_number,
    as_whole_number,
    capitals,
    members_of,
    text,
)

__all__ = [
    "Adjustment",
    "Coverage",
    "LinePayment",
    "Patient",
    "PriorPayment",
    "Subscriber",
]


@attrs.frozen(repr=False, field_transformer=checked)
class Coverage(PrivateRecord):
    """
    One payer of a patient, and how the patient is covered (loops 2000B and 2010BB, or 2320 and 2330B).

    Args:
        payer: The name of the payer in the library, such as ``"medicare"``. Its rules are checked. None if the library
            does not know the payer; with the filing indicator ``"MB"``, the rules of Medicare are checked.
        payer_name: The payer's name on the claim.
        payer_id: The payer's identifier.
        payer_id_kind: ``"PI"`` for a payer identifier, ``"XV"`` for a national plan identifier.
        payer_address: The payer's address, if the payer wants it.
        filing_indicator: The kind of payer: ``"MB"`` Medicare Part B, ``"16"`` Medicare Advantage HMO, ``"CI"``
            commercial, ``"BL"`` Blue Cross, ``"MC"`` Medicaid, ``"WC"`` workers' compensation, ``"AM"`` auto,
            ``"CH"`` Tricare, ``"VA"`` Veterans Affairs, ``"HM"`` HMO, ``"ZZ"`` other.
        order: The order in which payers pay: ``"P"`` primary, ``"S"`` secondary, ``"T"`` tertiary.
        relationship: How the patient is related to the subscriber: ``"18"`` self, ``"01"`` spouse, ``"19"`` child,
            ``"20"`` employee, ``"21"`` unknown, ``"G8"`` other.
        group_number: The group or policy number.
        group_name: The name of the group or plan, if there is no group number.
        msp_type: Why Medicare is not primary: ``"12"`` working aged, ``"13"`` ESRD, ``"14"`` no-fault, ``"15"``
            workers' compensation, ``"16"`` federal, ``"41"`` black lung, ``"42"`` VA, ``"43"`` disabled, ``"47"``
            liability.
        provider_id: An identifier that the payer assigned to the billing provider, if the payer still wants it.

    Raises:
        InvalidInputError: If a value is not a string, or is empty.
    """

    payer: str | None = text(80)
    payer_name: str | None = capitals(60)
    payer_id: str | None = text(80)
    payer_id_kind: str | None = capitals(2, "PI")
    payer_address: Address | None = None
    filing_indicator: str | None = capitals(2)
    order: str | None = capitals(1)
    relationship: str | None = capitals(2)
    group_number: str | None = text(50)
    group_name: str | None = capitals(60)
    msp_type: str | None = text(2)
    provider_id: str | None = text(50)


@attrs.frozen(repr=False, field_transformer=checked)
class Subscriber(PrivateRecord):
    """
    Whose insurance it is. For workers' compensation, this may be the employer.

    Args:
        name: The person, or the employer.
        member_id: The member number. For Medicare, the Medicare number without dashes.
        address: The address. A claim needs it if the subscriber is the patient.
        birth_date: The date of birth. A claim needs it if the subscriber is the patient.
        sex: ``"F"``, ``"M"``, or ``"U"`` (unknown).

    Raises:
        InvalidInputError: If a value has the wrong type. The message shows no value.
    """

    name: Name | None = attrs.field(default=None, converter=as_name)
    member_id: str | None = text(80)
    address: Address | None = None
    birth_date: date | None = attrs.field(default=None, converter=as_date)
    sex: str | None = capitals(1)


@attrs.frozen(repr=False, field_transformer=checked)
class Patient(PrivateRecord):
    """
    The patient, if the patient is not the subscriber (loops 2000C and 2010CA).

    Args:
        name: The person.
        address: The address.
        birth_date: The date of birth.
        sex: ``"F"``, ``"M"``, or ``"U"`` (unknown).

    Raises:
        InvalidInputError: If a value has the wrong type. The message shows no value.
    """

    name: Person | None = None
    address: Address | None = None
    birth_date: date | None = attrs.field(default=None, converter=as_date)
    sex: str | None = capitals(1)


@attrs.frozen(repr=False, field_transformer=checked)
class Adjustment(PrivateRecord):
    """
    An amount that a payer did not pay, and why (a CAS segment).

    Args:
        group: Who owes the amount: ``"CO"`` contractual, ``"PR"`` patient, ``"OA"`` other, ``"PI"`` payer initiated,
            ``"CR"`` correction.
        reason: The claim adjustment reason code, such as ``"45"``.
        amount: Dollars. It may be negative.
        quantity: The units, if the payer gave them.

    Raises:
        InvalidInputError: If a value has the wrong type.

    >>> Adjustment("CO", "45", "40").amount
    Decimal('40.00')
    """

    group: str | None = capitals(2)
    reason: str | None = capitals(5)
    amount: Decimal | None = attrs.field(default=None, converter=as_amount)
    quantity: Decimal | None = attrs.field(default=None, converter=as_number)


def _adjustments(value: Iterable[Adjustment], *, what: str = "") -> tuple[Adjustment, ...]:
    return members_of(value, Adjustment, what)


@attrs.frozen(repr=False, field_transformer=checked)
class LinePayment(PrivateRecord):
    """
    What another payer paid for one service line (loop 2430).

    Args:
        payer_id: The identifier of that payer, as in the coverage of its :class:`PriorPayment`.
        paid: Dollars paid for the line. Zero is allowed.
        code: The code that the payer paid.
        modifiers: The modifiers that the payer paid.
        units: The units that the payer paid.
        bundled_line: The number of the line into which the payer bundled this one, from 1.
        adjustments: What the payer did not pay, and why.
        paid_on: When the payer decided.
        remaining: What the patient still owes, if the payer gave it.

    Raises:
        InvalidInputError: If a value has the wrong type.
    """

    payer_id: str | None = text(80)
    paid: Decimal | None = attrs.field(default=None, converter=as_amount)
    code: str | None = capitals(5)
    modifiers: tuple[str, ...] = attrs.field(
        default=(), converter=as_codes, metadata={MOST_CHARACTERS: 2}
    )
    units: Decimal | None = attrs.field(default=None, converter=as_number)
    bundled_line: int | None = attrs.field(default=None, converter=as_whole_number)
    adjustments: tuple[Adjustment, ...] = attrs.field(default=(), converter=_adjustments)
    paid_on: date | None = attrs.field(default=None, converter=as_date)
    remaining: Decimal | None = attrs.field(default=None, converter=as_amount)


@attrs.frozen(repr=False, field_transformer=checked)
class PriorPayment(PrivateRecord):
    """
    What another payer decided about the claim before this payer is billed (loops 2320 to 2330B).

    Args:
        coverage: The other payer.
        subscriber: Whose insurance with the other payer it is.
        paid: Dollars that the other payer paid for the claim. Zero is allowed.
        adjustments: What it did not pay for the whole claim, and why. Adjustments of lines are in the lines.
        paid_on: When it decided. Give the date here or in the lines, not in both.
        claim_number: The other payer's number of the claim.
        remaining: What the patient still owes, if the payer gave it.
        noncovered: The charge that the payer does not cover, if the payer gave it.
        benefits_assigned: Whether that payer pays the provider: ``"Y"``, ``"N"``, or ``"W"``.
        release: Whether the patient allowed the release of information: ``"Y"`` or ``"I"``.

    Raises:
        InvalidInputError: If a value has the wrong type.
    """

    coverage: Coverage | None = None
    subscriber: Subscriber | None = None
    paid: Decimal | None = attrs.field(default=None, converter=as_amount)
    adjustments: tuple[Adjustment, ...] = attrs.field(default=(), converter=_adjustments)
    paid_on: date | None = attrs.field(default=None, converter=as_date)
    claim_number: str | None = text(50)
    remaining: Decimal | None = attrs.field(default=None, converter=as_amount)
    noncovered: Decimal | None = attrs.field(default=None, converter=as_amount)
    benefits_assigned: str | None = capitals(1)
    release: str | None = capitals(1)
