"""Check addresses, ZIP codes, and contacts of a submission."""

from __future__ import annotations

import re
from collections.abc import Iterator

from therapy_billing.checks.submission_rules import is_po_box
from therapy_billing.checks.submitted_claims import SubmissionReport, SubmittedClaims, records_of
from therapy_billing.claims.identifiers import Zip9
from therapy_billing.claims.parties import Address, BillingContact, BillingProvider, ServiceFacility

__all__ = ["check_addresses", "check_contacts", "check_po_box", "check_state", "check_zip_codes"]

_HOME = (None, "US")
"""The country codes of an address in the United States."""
_WITH_STATES = (None, "US", "CA")
_ZIP = re.compile(r"[0-9]{5}(?:[0-9]{4})?")
_STATES = frozenset(
    [
        "AL",
        "AK",
        "AZ",
        "AR",
        "CA",
        "CO",
        "CT",
        "DE",
        "DC",
        "FL",
        "GA",
        "HI",
        "ID",
        "IL",
        "IN",
        "IA",
        "KS",
        "KY",
        "LA",
        "ME",
        "MD",
        "MA",
        "MI",
        "MN",
        "MS",
        "MO",
        "MT",
        "NE",
        "NV",
        "NH",
        "NJ",
        "NM",
        "NY",
        "NC",
        "ND",
        "OH",
        "OK",
        "OR",
        "PA",
        "RI",
        "SC",
        "SD",
        "TN",
        "TX",
        "UT",
        "VT",
        "VA",
        "WA",
        "WV",
        "WI",
        "WY",
        "AS",
        "FM",
        "GU",
        "MH",
        "MP",
        "PR",
        "PW",
        "VI",
        "AA",
        "AE",
        "AP",
    ]
)
"""The states, territories, and military codes of the postal service."""
_PROVINCES = frozenset(
    ["AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"]
)
_COUNTRY = re.compile(r"[A-Z]{2,3}")
_PHONE = re.compile(r"[0-9]{10}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_MOST_NUMBERS = 3
"""How many numbers and addresses the segment of a contact has room for."""


def check_state(
    path: str, state: str | None, country: str | None, report: SubmissionReport
) -> None:
    """Check that *state* is a state of the United States or a province of Canada, if *country* is one of them."""
    states = _STATES if country in _HOME else _PROVINCES
    if country in _WITH_STATES and state is not None and state not in states:
        report.deny(path, "the state is not a code of two letters", "use a code such as OH.")


def check_addresses(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that the billing provider and the patient have an address, and that each address is complete."""
    for path, provider in records_of(submitted.records, BillingProvider):
        if provider.address is None:
            report.deny(
                f"{path}.address", "the address is missing", "add the street address of the clinic."
            )
    for claim in submitted.claims:
        if claim.patient is not None and claim.patient[1].address is None:
            report.deny(
                f"{claim.patient[0]}.address",
                "the address of the patient is missing",
                "add the patient's address.",
            )
    for path, address in records_of(submitted.records, Address):
        in_states = address.country in _WITH_STATES
        missing = [
            (field, words)
            for field, words, needed in (
                ("line1", "street", True),
                ("city", "city", True),
                ("state", "state", in_states),
                ("zip_code", "ZIP code", address.country in _HOME),
            )
            if needed and getattr(address, field) is None
        ]
        for field, words in missing:
            report.deny(f"{path}.{field}", f"the {words} is missing", f"add the {words}.")
        check_state(f"{path}.state", address.state, address.country, report)
        if address.country is not None and not _COUNTRY.fullmatch(address.country):
            report.deny(
                f"{path}.country",
                "the country is not two or three letters",
                "use a country code such as CA, or leave it out for the United States.",
            )


def check_zip_codes(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that ZIP codes have nine digits for the billing provider and facilities, and five or nine for others."""
    nine = {
        f"{path}.address"
        for path, _ in records_of(submitted.records, BillingProvider, ServiceFacility)
    }
    for path, address in records_of(submitted.records, Address):
        if address.zip_code is None or address.country not in _HOME:
            continue
        if path in nine and not Zip9.is_valid(address.zip_code):
            report.deny(
                f"{path}.zip_code",
                "the ZIP code does not have nine digits",
                "write the full nine-digit ZIP code without a dash.",
            )
        elif not _ZIP.fullmatch(address.zip_code):
            report.deny(
                f"{path}.zip_code",
                "the ZIP code has neither five nor nine digits",
                "write five or nine digits without a dash.",
            )


def check_po_box(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that the address of the billing provider is a street address."""
    for path, provider in records_of(submitted.records, BillingProvider):
        address = provider.address or Address()
        for field, street in (("line1", address.line1), ("line2", address.line2)):
            if street is not None and is_po_box(street):
                report.deny(
                    f"{path}.address.{field}",
                    "the address of the billing provider is a PO box or a lockbox",
                    "give the street address, and put the PO box into pay_to_address.",
                )


def check_contacts(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that a contact can be reached, and that the claim file has room for it."""
    for path, contact in records_of(submitted.records, BillingContact):
        ways = [contact.phone, contact.email, contact.fax]
        if ways == [None, None, None]:
            report.deny(
                path,
                "the contact has no phone, email address, or fax",
                "add a phone number or an email address.",
            )
        for field, message, action in _bad_numbers(contact):
            report.deny(f"{path}.{field}", message, action)
        if len([each for each in (*ways, contact.extension) if each is not None]) > _MOST_NUMBERS:
            report.deny(
                path,
                "the contact has a phone, an extension, an email address, and a fax",
                "leave one out: a claim file has room for three.",
            )


def _bad_numbers(contact: BillingContact) -> Iterator[tuple[str, str, str]]:
    """Yield the field, the message, and the action for each number that is not valid."""
    for field in ("phone", "fax"):
        number = getattr(contact, field)
        if number is not None and not _PHONE.fullmatch(number):
            yield field, f"the {field} is not 10 digits", "write 10 digits without dashes."
    if contact.extension is not None and contact.phone is None:
        yield "extension", "the extension has no phone", "add the phone, or remove the extension."
    if contact.email is not None and not _EMAIL.fullmatch(contact.email):
        yield "email", "the email address has no name and domain", "correct the email address."
