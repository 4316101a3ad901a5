"""
The parties of a claim: people, organizations, addresses, providers, the submitter, and the receiver.

A field that was not given is None. :func:`~therapy_billing.check_submission` lists what is missing or wrong.
Names and addresses are kept in capital letters, as on a claim. No ``repr`` shows a value.
"""

from __future__ import annotations

from typing import TypeAlias

import attrs

from therapy_billing.base.validation import checked
from therapy_billing.claims.record_fields import PrivateRecord, capitals, refusal, text

__all__ = [
    "Address",
    "BillingContact",
    "BillingProvider",
    "Name",
    "Organization",
    "Person",
    "Provider",
    "Receiver",
    "ServiceFacility",
    "Submitter",
    "as_name",
]


@attrs.frozen(repr=False, field_transformer=checked)
class Address(PrivateRecord):
    """
    A mailing or street address.

    Args:
        line1: The street, or the PO box of a pay-to address.
        line2: The second line, such as a suite.
        city: The city.
        state: The two-letter state.
        zip_code: The ZIP code without a dash: nine digits for providers, five or nine for people.
        country: The country code, only outside the United States.

    Raises:
        InvalidInputError: If a value is not a string, or is empty.

    >>> Address("100 Main Street", None, "Columbus", "OH", "432150001")
    <Address: line1, city, state, zip_code>
    """

    line1: str | None = capitals(55)
    line2: str | None = capitals(55)
    city: str | None = capitals(30)
    state: str | None = capitals(2)
    zip_code: str | None = text(15)
    country: str | None = capitals(3)


@attrs.frozen(repr=False, field_transformer=checked)
class Person(PrivateRecord):
    """
    The name of a person.

    Args:
        last: Last name.
        first: First name.
        middle: Middle name or initial.
        suffix: A suffix such as ``JR``. Leave out credentials.

    Raises:
        InvalidInputError: If a value is not a string, or is empty.

    >>> Person("Doe", "Jane").last
    'DOE'
    """

    last: str | None = capitals(60)
    first: str | None = capitals(35)
    middle: str | None = capitals(25)
    suffix: str | None = capitals(10)


@attrs.frozen(repr=False, field_transformer=checked)
class Organization(PrivateRecord):
    """
    The name of an organization.

    Args:
        name: The name.

    Raises:
        InvalidInputError: If the name is not a string, or is empty.
    """

    name: str | None = capitals(60)


Name: TypeAlias = Person | Organization
"""The name of a person or of an organization."""


def as_name(value: Name | None, *, what: str = "") -> Name | None:
    """Return *value*, which must be a name or None."""
    if value is None or isinstance(value, Person | Organization):
        return value
    raise refusal(what, "a Person or an Organization", value)


@attrs.frozen(repr=False, field_transformer=checked)
class BillingContact(PrivateRecord):
    """
    Whom to call about a claim.

    Args:
        name: The name of a person or a department.
        phone: 10 digits.
        extension: The extension of the phone.
        email: The email address.
        fax: 10 digits.

    Raises:
        InvalidInputError: If a value is not a string, or is empty.
    """

    name: str | None = capitals(60)
    phone: str | None = text(10)
    extension: str | None = text(20)
    email: str | None = text(256)
    fax: str | None = text(10)


@attrs.frozen(repr=False, field_transformer=checked)
class Submitter(PrivateRecord):
    """
    Who sends the file: the clinic, its billing service, or its clearinghouse (loop 1000A).

    Args:
        name: The person or organization.
        id: The identifier that the receiver assigned.
        contact: Whom to call about the file.

    Raises:
        InvalidInputError: If a value has the wrong type.
    """

    name: Name | None = attrs.field(default=None, converter=as_name)
    id: str | None = text(80)
    contact: BillingContact | None = None


@attrs.frozen(repr=False, field_transformer=checked)
class Receiver(PrivateRecord):
    """
    Who receives the file: a payer or a clearinghouse (loop 1000B).

    Args:
        name: The organization.
        id: The receiver's identifier.

    Raises:
        InvalidInputError: If a value has the wrong type.
    """

    name: Organization | None = None
    id: str | None = text(80)


@attrs.frozen(repr=False, field_transformer=checked)
class BillingProvider(PrivateRecord):
    """
    Who bills: the clinic, or a therapist in solo practice (loops 2000A, 2010AA, and 2010AB).

    Args:
        name: The organization, or the person.
        npi: The NPI of the billing provider.
        address: The street address, with a nine-digit ZIP code. Not a PO box.
        tax_id: The tax number, 9 digits.
        tax_id_kind: ``"EI"`` for an employer identification number, ``"SY"`` for a social security number.
        taxonomy: The taxonomy code, such as ``"261QP2000X"``.
        contact: Whom to call, if it is not the submitter's contact.
        pay_to_address: The address for payments, if it is not *address*. It may be a PO box.

    Raises:
        InvalidInputError: If a value has the wrong type.
    """

    name: Name | None = attrs.field(default=None, converter=as_name)
    npi: str | None = text(10)
    address: Address | None = None
    tax_id: str | None = text(9)
    tax_id_kind: str | None = capitals(2)
    taxonomy: str | None = capitals(10)
    contact: BillingContact | None = None
    pay_to_address: Address | None = None


@attrs.frozen(repr=False, field_transformer=checked)
class Provider(PrivateRecord):
    """
    A rendering, referring, or supervising provider.

    For a Medicare therapy claim, the referring provider is the physician or nonphysician practitioner who certified
    the plan of care.

    Args:
        name: The person. A rendering provider may be an organization.
        npi: The provider's own NPI.
        taxonomy: The taxonomy code of a rendering provider, such as ``"225100000X"``.

    Raises:
        InvalidInputError: If a value has the wrong type.
    """

    name: Name | None = attrs.field(default=None, converter=as_name)
    npi: str | None = text(10)
    taxonomy: str | None = capitals(10)


@attrs.frozen(repr=False, field_transformer=checked)
class ServiceFacility(PrivateRecord):
    """
    The place where the services were furnished, if it is not the billing provider's address (loop 2310C).

    Args:
        name: The organization.
        npi: The NPI of the facility.
        address: The street address, with a nine-digit ZIP code.

    Raises:
        InvalidInputError: If a value has the wrong type.
    """

    name: Organization | None = None
    npi: str | None = text(10)
    address: Address | None = None
