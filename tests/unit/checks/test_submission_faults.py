"""Every fault of a submission is found at its path, with its severity, and nothing else is found."""

from __future__ import annotations

from datetime import date

import pytest

from tests.submissions import EXAMPLES
from tests.unit.checks.submissions_to_check import changed, faults
from therapy_billing.checks import SUBMISSION_CHECKS
from therapy_billing.claims import (
    Accident,
    Address,
    Adjustment,
    BillingContact,
    Organization,
    Person,
    Provider,
    ServiceLine,
)

DAY = date(2026, 3, 2)
LATER = date(2026, 4, 16)
"""The day after the date of the file."""

FILE: list[tuple[str, str, object, list[str]]] = [
    ("medicare_primary", "reference", None, ["deny claim-submission @"]),
    ("medicare_primary", "purpose", "01", ["deny claim-submission @"]),
    ("medicare_primary", "purpose", None, ["deny claim-submission @"]),
    ("medicare_primary", "use", "XX", ["deny claim-submission @"]),
    ("medicare_primary", "use", "RP", []),
    ("medicare_primary", "claims", (), ["deny claim-submission @"]),
    ("medicare_primary", "submitter", None, ["deny claim-submitter @"]),
    ("medicare_primary", "submitter.id", None, ["deny claim-submitter @"]),
    ("medicare_primary", "submitter.contact", None, ["deny claim-submitter @"]),
    ("medicare_primary", "submitter.name", None, ["deny claim-name @"]),
    (
        "medicare_primary",
        "submitter.name",
        Person("Sender", "Sally", None, "JR"),
        ["deny claim-lost-field submitter.name.suffix"],
    ),
    (
        "medicare_primary",
        "submitter.contact",
        BillingContact("Billing Desk"),
        ["deny claim-contact @"],
    ),
    ("medicare_primary", "submitter.contact.phone", "555-0100", ["deny claim-contact @"]),
    ("medicare_primary", "submitter.contact.fax", "555010", ["deny claim-contact @"]),
    ("medicare_primary", "submitter.contact.email", "nobody", ["deny claim-contact @"]),
    (
        "medicare_primary",
        "submitter.contact",
        BillingContact(email="A@B.COM", extension="7"),
        ["deny claim-contact submitter.contact.extension"],
    ),
    (
        "medicare_primary",
        "submitter.contact",
        BillingContact("D", "5555550100", "7", "A@B.COM", "5555550102"),
        ["deny claim-contact @"],
    ),
    ("medicare_primary", "receiver", None, ["deny claim-receiver @"]),
    ("medicare_primary", "receiver.id", None, ["deny claim-receiver @"]),
    ("medicare_primary", "receiver.name", None, ["deny claim-name @"]),
    ("medicare_primary", "receiver.name", Organization(), ["deny claim-name receiver.name.name"]),
]

TEXTS: list[tuple[str, str, object, list[str]]] = [
    ("medicare_primary", ".header.account", "ACCT*1", ["deny claim-characters @"]),
    ("medicare_primary", ".header.account", "ACCT>1", ["deny claim-characters @"]),
    ("medicare_primary", ".header.account", "ACCT`1", ["deny claim-characters @"]),
    ("medicare_primary", ".header.account", "ACCTÉ", ["deny claim-characters @"]),
    ("medicare_primary", ".header.account", "ACCT\t1", ["deny claim-characters @"]),
    ("medicare_primary", ".header.account", " ACCT1", ["deny claim-characters @"]),
    ("medicare_primary", ".header.account", "ACCT1 ", ["deny claim-characters @"]),
    ("medicare_primary", ".header.account", "A" * 20, []),
    ("medicare_primary", ".header.account", "A" * 21, ["review claim-account @"]),
    (
        "medicare_primary",
        ".header.account",
        "A" * 39,
        ["deny claim-length @", "review claim-account @"],
    ),
    ("medicare_primary", ".header.account", None, ["deny claim-account @"]),
    ("medicare_primary", ".header.account", "A" * 38, ["review claim-account @"]),
    ("medicare_primary", ".header.note", "A" * 80, []),
    ("medicare_primary", ".header.note", "A" * 81, ["deny claim-length @"]),
    ("medicare_primary", ".lines[0].note", "A" * 81, ["deny claim-length @"]),
    ("medicare_primary", ".header.authorization", "A" * 51, ["deny claim-length @"]),
    ("medicare_primary", ".parties.subscriber.name.last", "A" * 61, ["deny claim-length @"]),
    ("medicare_primary", "receiver.id", "C", ["deny claim-length @"]),
    ("medicare_primary", "receiver.id", "CH", []),
    ("medicare_primary", ".parties.coverage.payer_id", "1", ["deny claim-length @"]),
    ("medicare_primary", ".parties.subscriber.address.city", "C", ["deny claim-length @"]),
    ("commercial_dependent", ".parties.subscriber.member_id", "1", ["deny claim-length @"]),
    ("every_field", ".parties.coverage.payer_address.zip_code", "M5", ["deny claim-length @"]),
    ("every_field", ".parties.coverage.payer_address.zip_code", "M5V", []),
]

LOST_VALUES: list[tuple[str, str, object, list[str]]] = [
    (
        "medicare_primary",
        ".parties.referring_provider.taxonomy",
        "208100000X",
        ["deny claim-lost-field @"],
    ),
    (
        "medicare_primary",
        ".lines[0].supervising_provider",
        Provider(Person("Poe", "Paula"), "1245319599", "208100000X"),
        ["deny claim-lost-field .lines[0].supervising_provider.taxonomy"],
    ),
    (
        "medicare_secondary",
        ".parties.prior_payments[0].subscriber.birth_date",
        date(1950, 1, 1),
        ["deny claim-lost-field @"],
    ),
    (
        "medicare_secondary",
        ".parties.prior_payments[0].subscriber.sex",
        "F",
        ["deny claim-lost-field @"],
    ),
    (
        "medicare_secondary",
        ".parties.prior_payments[0].coverage.provider_id",
        "LEGACY1",
        ["deny claim-lost-field @"],
    ),
]

NAMES: list[tuple[str, str, object, list[str]]] = [
    ("medicare_primary", ".parties.subscriber.name", None, ["deny claim-name @"]),
    ("medicare_primary", ".parties.subscriber.name.last", None, ["deny claim-name @"]),
    ("medicare_primary", ".parties.subscriber.name.first", None, ["review claim-name @"]),
    ("medicare_primary", ".parties.rendering_provider.name", None, ["deny claim-name @"]),
    ("medicare_primary", ".parties.billing_provider.name", None, ["deny claim-name @"]),
    ("medicare_primary", ".parties.billing_provider.name.name", None, ["deny claim-name @"]),
    ("commercial_dependent", ".parties.patient.name", None, ["deny claim-name @"]),
    ("medicare_secondary", ".parties.service_facility.name", None, ["deny claim-name @"]),
]

ADDRESSES: list[tuple[str, str, object, list[str]]] = [
    ("medicare_primary", ".parties.billing_provider.address", None, ["deny claim-address @"]),
    ("medicare_primary", ".parties.billing_provider.address.line1", None, ["deny claim-address @"]),
    (
        "medicare_primary",
        ".parties.billing_provider.address.line1",
        "PO Box 12",
        ["deny claim-po-box @"],
    ),
    (
        "medicare_primary",
        ".parties.billing_provider.address.line2",
        "Lock Box 4",
        ["deny claim-po-box @"],
    ),
    (
        "medicare_primary",
        ".parties.billing_provider.address.zip_code",
        "43215",
        ["deny claim-zip @"],
    ),
    (
        "medicare_primary",
        ".parties.billing_provider.address.zip_code",
        "43215-0001",
        ["deny claim-zip @"],
    ),
    (
        "medicare_primary",
        ".parties.billing_provider.address.zip_code",
        None,
        ["deny claim-address @"],
    ),
    (
        "medicare_primary",
        ".parties.billing_provider.pay_to_address",
        Address("PO Box 12", None, "Columbus", "OH", "43215"),
        [],
    ),
    (
        "medicare_primary",
        ".parties.billing_provider.pay_to_address",
        Address("PO Box 12", None, "Columbus", "OH"),
        ["deny claim-address .parties.billing_provider.pay_to_address.zip_code"],
    ),
    (
        "medicare_secondary",
        ".parties.service_facility.address",
        None,
        ["deny claim-service-facility @"],
    ),
    (
        "medicare_secondary",
        ".parties.service_facility.address.zip_code",
        "43213",
        ["deny claim-zip @"],
    ),
    ("medicare_primary", ".parties.subscriber.address", None, ["deny claim-address @"]),
    ("medicare_primary", ".parties.subscriber.address.city", None, ["deny claim-address @"]),
    ("medicare_primary", ".parties.subscriber.address.state", None, ["deny claim-address @"]),
    ("medicare_primary", ".parties.subscriber.address.state", "O1", ["deny claim-address @"]),
    ("medicare_primary", ".parties.subscriber.address.state", "QQ", ["deny claim-address @"]),
    ("medicare_primary", ".parties.subscriber.address.state", "ON", ["deny claim-address @"]),
    ("medicare_primary", ".parties.subscriber.address.zip_code", "43215", []),
    ("medicare_primary", ".parties.subscriber.address.zip_code", "4321", ["deny claim-zip @"]),
    ("medicare_primary", ".parties.subscriber.address.country", "US", []),
    ("medicare_primary", ".parties.subscriber.address.country", "U5", ["deny claim-address @"]),
    (
        "medicare_primary",
        ".parties.subscriber.address",
        Address("1 High Street", None, "London", None, None, "GB"),
        [],
    ),
    (
        "medicare_primary",
        ".parties.subscriber.address",
        Address("1 King Street", None, "Toronto", None, "M5V 2T6", "CA"),
        ["deny claim-address .parties.subscriber.address.state"],
    ),
    ("commercial_dependent", ".parties.patient.address", None, ["deny claim-address @"]),
    (
        "commercial_dependent",
        ".parties.subscriber.address",
        Address("200 Elm Street"),
        [
            "deny claim-address .parties.subscriber.address.city",
            "deny claim-address .parties.subscriber.address.state",
            "deny claim-address .parties.subscriber.address.zip_code",
        ],
    ),
]

PROVIDERS: list[tuple[str, str, object, list[str]]] = [
    ("medicare_primary", ".parties.billing_provider", None, ["deny claim-billing-provider @"]),
    ("medicare_primary", ".parties.billing_provider.npi", None, ["deny claim-npi @"]),
    ("medicare_primary", ".parties.billing_provider.npi", "1234567890", ["deny claim-npi @"]),
    ("medicare_primary", ".parties.rendering_provider.npi", "198765432", ["deny claim-npi @"]),
    ("medicare_primary", ".parties.rendering_provider.npi", None, ["deny claim-npi @"]),
    (
        "medicare_primary",
        ".parties.rendering_provider.npi",
        "1234567893",
        ["review claim-rendering-provider .parties.rendering_provider"],
    ),
    ("medicare_primary", ".parties.referring_provider.npi", None, ["deny claim-npi @"]),
    ("medicare_secondary", ".parties.service_facility.npi", None, []),
    ("medicare_secondary", ".parties.service_facility.npi", "1234567890", ["deny claim-npi @"]),
    (
        "medicare_primary",
        ".lines[0].rendering_provider",
        Provider(Person("T", "T"), "1234567890"),
        ["deny claim-npi .lines[0].rendering_provider.npi"],
    ),
    ("medicare_primary", ".parties.billing_provider.tax_id", None, ["deny claim-tax-id @"]),
    ("medicare_primary", ".parties.billing_provider.tax_id", "12-3456789", ["deny claim-tax-id @"]),
    ("medicare_primary", ".parties.billing_provider.tax_id_kind", None, ["deny claim-tax-id @"]),
    ("medicare_primary", ".parties.billing_provider.tax_id_kind", "XX", ["deny claim-tax-id @"]),
    (
        "medicare_primary",
        ".parties.billing_provider.taxonomy",
        "261QP2000",
        ["deny claim-taxonomy @"],
    ),
    ("medicare_primary", ".parties.billing_provider.taxonomy", None, []),
    ("medicare_primary", ".parties.rendering_provider", None, ["deny claim-rendering-provider @"]),
    ("solo_practice", ".parties.rendering_provider", None, []),
    (
        "commercial_dependent",
        ".lines[0].rendering_provider",
        Provider(Person("Therapist", "Tom"), "1245319599"),
        [],
    ),
    ("medicare_primary", ".parties.rendering_provider.name", Organization("Sample Group"), []),
    ("medicare_primary", ".parties.referring_provider", None, ["deny claim-referring-provider @"]),
    ("commercial_dependent", ".parties.referring_provider", None, []),
    (
        "medicare_primary",
        ".parties.referring_provider.name",
        Organization("Sample Group"),
        ["deny claim-person-provider @"],
    ),
    (
        "medicare_primary",
        ".lines[0].supervising_provider",
        Provider(Organization("Sample Group"), "1245319599"),
        ["deny claim-person-provider .lines[0].supervising_provider.name"],
    ),
]

COVERAGE: list[tuple[str, str, object, list[str]]] = [
    ("medicare_primary", ".parties.coverage", None, ["deny claim-payer @"]),
    ("medicare_primary", ".parties.coverage.payer_name", None, ["deny claim-payer @"]),
    ("medicare_primary", ".parties.coverage.payer_id", None, ["deny claim-payer @"]),
    ("medicare_primary", ".parties.coverage.payer_id_kind", "XX", ["deny claim-payer @"]),
    ("medicare_primary", ".parties.coverage.payer_id_kind", None, ["deny claim-payer @"]),
    ("commercial_dependent", ".parties.coverage.filing_indicator", None, ["deny claim-payer @"]),
    ("commercial_dependent", ".parties.coverage.filing_indicator", "XX", ["deny claim-payer @"]),
    ("medicare_primary", ".parties.coverage.payer", "medicare", []),
    (
        "commercial_dependent",
        ".parties.coverage.payer",
        " Medicare",
        ["review claim-payer-filing .parties.coverage.filing_indicator"],
    ),
    ("medicare_primary", ".parties.coverage.order", None, ["deny claim-payer-order @"]),
    (
        "medicare_primary",
        ".parties.coverage.order",
        "X",
        ["deny claim-payer-order @", "deny claim-msp-type .parties.coverage.msp_type"],
    ),
    (
        "medicare_primary",
        ".parties.coverage.order",
        "U",
        ["deny claim-msp-type .parties.coverage.msp_type"],
    ),
    (
        "commercial_dependent",
        ".parties.coverage.order",
        "S",
        ["deny claim-payer-order .parties.prior_payments"],
    ),
    (
        "medicare_secondary",
        ".parties.coverage.order",
        "P",
        [
            "deny claim-payer-order .parties.prior_payments[0].coverage.order",
            "deny claim-msp-type .parties.coverage.msp_type",
        ],
    ),
    ("medicare_secondary", ".parties.coverage.order", "T", []),
    (
        "medicare_secondary",
        ".parties.prior_payments[0].coverage.order",
        "S",
        ["deny claim-payer-order @"],
    ),
    (
        "medicare_secondary",
        ".parties.prior_payments[0].coverage.order",
        "T",
        ["review claim-payer-order @"],
    ),
    (
        "medicare_secondary",
        ".parties.prior_payments[0].coverage.order",
        None,
        ["deny claim-payer-order @"],
    ),
    (
        "medicare_secondary",
        ".parties.prior_payments[0].coverage",
        None,
        [
            "deny claim-subscriber @",
            "deny claim-cob-payment .lines[0].payments[0].payer_id",
            "deny claim-cob-payment .lines[1].payments[0].payer_id",
            "deny claim-cob-date .parties.prior_payments[0].paid_on",
            "deny claim-cob-balance-claim .parties.prior_payments[0].paid",
        ],
    ),
    (
        "medicare_secondary",
        ".parties.prior_payments[0].subscriber",
        None,
        ["deny claim-subscriber @"],
    ),
    (
        "medicare_secondary",
        ".parties.prior_payments",
        (),
        [
            "deny claim-payer-order @",
            "deny claim-cob-payment .lines[0].payments[0].payer_id",
            "deny claim-cob-payment .lines[1].payments[0].payer_id",
        ],
    ),
    ("medicare_secondary", ".parties.coverage.msp_type", None, ["deny claim-msp-type @"]),
    ("medicare_secondary", ".parties.coverage.msp_type", "99", ["deny claim-msp-type @"]),
    ("medicare_primary", ".parties.coverage.msp_type", "12", ["deny claim-msp-type @"]),
    ("commercial_dependent", ".parties.coverage.msp_type", "12", ["review claim-msp-type @"]),
    ("medicare_primary", ".parties.subscriber", None, ["deny claim-subscriber @"]),
    ("medicare_primary", ".parties.subscriber.member_id", None, ["deny claim-member-id @"]),
    ("medicare_primary", ".parties.subscriber.member_id", "1EG4-TE5-MK73", ["deny claim-mbi @"]),
    ("medicare_primary", ".parties.subscriber.member_id", "1SG4TE5MK73", ["deny claim-mbi @"]),
    ("commercial_dependent", ".parties.subscriber.member_id", None, ["deny claim-member-id @"]),
    (
        "medicare_secondary",
        ".parties.prior_payments[0].subscriber.member_id",
        None,
        ["deny claim-member-id @"],
    ),
    (
        "medicare_secondary",
        ".parties.prior_payments[0].coverage.filing_indicator",
        "MB",
        ["deny claim-mbi .parties.prior_payments[0].subscriber.member_id"],
    ),
    ("medicare_primary", ".parties.coverage.relationship", None, ["deny claim-patient @"]),
    (
        "medicare_primary",
        ".parties.coverage.relationship",
        "99",
        ["deny claim-patient @", "deny claim-patient .parties.patient"],
    ),
    (
        "medicare_primary",
        ".parties.coverage.relationship",
        "01",
        ["deny claim-patient .parties.patient"],
    ),
    (
        "commercial_dependent",
        ".parties.coverage.relationship",
        "18",
        ["deny claim-patient .parties.patient"],
    ),
    ("commercial_dependent", ".parties.patient", None, ["deny claim-patient @"]),
    ("workers_compensation", ".parties.patient", None, ["deny claim-patient @"]),
    (
        "medicare_secondary",
        ".parties.prior_payments[0].coverage.relationship",
        None,
        ["deny claim-patient @"],
    ),
    ("medicare_primary", ".parties.subscriber.birth_date", None, ["deny claim-birth-date @"]),
    ("commercial_dependent", ".parties.patient.birth_date", None, ["deny claim-birth-date @"]),
    ("medicare_primary", ".parties.subscriber.sex", None, ["deny claim-sex @"]),
    ("medicare_primary", ".parties.subscriber.sex", "X", ["deny claim-sex @"]),
    ("commercial_dependent", ".parties.patient.sex", None, ["deny claim-sex @"]),
    (
        "commercial_dependent",
        ".parties.subscriber.birth_date",
        date(1985, 1, 1),
        ["deny claim-sex .parties.subscriber.sex"],
    ),
    (
        "commercial_dependent",
        ".parties.subscriber.sex",
        "F",
        ["deny claim-birth-date .parties.subscriber.birth_date"],
    ),
    (
        "workers_compensation",
        ".header.property_casualty_number",
        None,
        ["review claim-property-casualty @"],
    ),
    ("auto_accident", ".header.accident.state", "ZZ", ["deny claim-accident @"]),
    ("auto_accident", ".header.accident.state", "ON", ["deny claim-accident @"]),
    (
        "commercial_dependent",
        ".parties.coverage.filing_indicator",
        "MB",
        ["deny claim-mbi .parties.subscriber.member_id", "review claim-patient .parties.patient"],
    ),
    ("workers_compensation", ".header.accident", None, ["review claim-property-casualty @"]),
    (
        "workers_compensation",
        ".header.accident.causes",
        ("OA",),
        ["review claim-property-casualty .header.accident"],
    ),
    (
        "auto_accident",
        ".header.accident.causes",
        ("EM",),
        ["review claim-property-casualty .header.accident"],
    ),
]

HEADERS: list[tuple[str, str, object, list[str]]] = [
    ("medicare_primary", ".header.place_of_service", None, ["deny claim-place-of-service @"]),
    ("medicare_primary", ".header.place_of_service", "1", ["deny claim-place-of-service @"]),
    ("medicare_primary", ".lines[0].place_of_service", "1A", ["deny claim-place-of-service @"]),
    ("medicare_primary", ".header.signature_on_file", None, ["deny claim-header-codes @"]),
    ("medicare_primary", ".header.signature_on_file", "P", ["deny claim-header-codes @"]),
    ("medicare_primary", ".header.assignment", "D", ["deny claim-header-codes @"]),
    # Two codes together are not a code.
    ("medicare_primary", ".header.signature_on_file", "YN", ["deny claim-header-codes @"]),
    ("medicare_primary", ".header.assignment", "AB", ["deny claim-header-codes @"]),
    ("medicare_primary", ".header.assignment", "ABC", ["deny claim-header-codes @"]),
    ("medicare_primary", ".header.benefits_assigned", "NW", ["deny claim-header-codes @"]),
    ("medicare_primary", ".header.release", "YI", ["deny claim-header-codes @"]),
    ("medicare_primary", ".header.frequency", "78", ["deny claim-frequency @"]),
    ("medicare_primary", ".parties.subscriber.sex", "FM", ["deny claim-sex @"]),
    (
        "medicare_secondary",
        ".parties.prior_payments[0].release",
        "YI",
        ["deny claim-header-codes @"],
    ),
    ("medicare_primary", ".lines[0].unit_measure", "UNMJ", ["deny claim-units @"]),
    ("medicare_primary", "purpose", "0018", ["deny claim-submission @"]),
    ("medicare_primary", "use", "CHRP", ["deny claim-submission @"]),
    ("medicare_primary", ".header.benefits_assigned", None, ["deny claim-header-codes @"]),
    ("medicare_primary", ".header.release", "N", ["deny claim-header-codes @"]),
    ("medicare_primary", ".header.patient_signature", "S", ["deny claim-header-codes @"]),
    ("medicare_primary", ".header.delay_reason", "12", ["deny claim-header-codes @"]),
    ("medicare_primary", ".header.delay_reason", "11", []),
    (
        "medicare_secondary",
        ".parties.prior_payments[0].benefits_assigned",
        None,
        ["deny claim-header-codes @"],
    ),
    (
        "medicare_secondary",
        ".parties.prior_payments[0].release",
        "N",
        ["deny claim-header-codes @"],
    ),
    ("medicare_primary", ".header.frequency", None, ["deny claim-frequency @"]),
    ("medicare_primary", ".header.frequency", "6", ["deny claim-frequency @"]),
    (
        "medicare_primary",
        ".header.frequency",
        "8",
        ["deny claim-payer-number .header.payer_claim_number", "review claim-payer-frequency @"],
    ),
    (
        "commercial_dependent",
        ".header.frequency",
        "7",
        ["deny claim-payer-number .header.payer_claim_number"],
    ),
    (
        "commercial_dependent",
        ".header.payer_claim_number",
        "2026041",
        ["deny claim-payer-number @"],
    ),
    (
        "auto_accident",
        ".header.accident",
        Accident(),
        [
            "deny claim-accident .header.accident.causes",
            "deny claim-accident .header.accident.occurred_on",
            "review claim-property-casualty @",
        ],
    ),
    ("auto_accident", ".header.accident.occurred_on", None, ["deny claim-accident @"]),
    ("auto_accident", ".header.accident.state", None, ["deny claim-accident @"]),
    (
        "auto_accident",
        ".header.accident.country",
        "CA",
        ["deny claim-accident .header.accident.state"],
    ),
    (
        "auto_accident",
        ".header.accident.causes",
        ("AA", "XX"),
        ["deny claim-accident .header.accident.causes[1]"],
    ),
    (
        "auto_accident",
        ".header.accident.causes",
        ("AA", "AA"),
        ["deny claim-accident .header.accident.causes[1]"],
    ),
    ("auto_accident", ".header.accident.causes", ("AA", "EM", "OA"), ["deny claim-accident @"]),
    ("workers_compensation", ".header.accident.occurred_on", None, ["review claim-accident @"]),
    (
        "auto_accident",
        ".header.accident.causes",
        (),
        ["deny claim-accident @", "review claim-property-casualty .header.accident"],
    ),
]

DIAGNOSES: list[tuple[str, str, object, list[str]]] = [
    (
        "medicare_primary",
        ".header.diagnoses",
        (),
        [
            "deny claim-diagnosis-count @",
            "deny claim-pointer .lines[0].pointers[0]",
            "deny claim-pointer .lines[1].pointers[0]",
            "deny claim-pointer .lines[1].pointers[1]",
            "deny claim-pointer .lines[2].pointers[0]",
        ],
    ),
    (
        "every_field",
        ".header.diagnoses",
        ("M5450", "M25561", "M542", "M546", *(f"M54{n}" for n in "0123579AB")),
        ["deny claim-diagnosis-count @", "deny claim-diagnosis-duplicate .header.diagnoses[6]"],
    ),
    (
        "medicare_primary",
        ".header.diagnoses",
        ("M5450", "M5450"),
        ["deny claim-diagnosis-duplicate .header.diagnoses[1]"],
    ),
    (
        "medicare_primary",
        ".header.diagnoses",
        ("M54.50", "M25561"),
        ["deny claim-diagnosis-form .header.diagnoses[0]"],
    ),
    (
        "medicare_primary",
        ".header.diagnoses",
        ("7242", "724.2"),
        [
            "deny claim-diagnosis-form .header.diagnoses[0]",
            "deny claim-diagnosis-form .header.diagnoses[1]",
        ],
    ),
    (
        "medicare_primary",
        ".header.diagnoses",
        ("BACK", "M5450"),
        ["deny claim-diagnosis-form .header.diagnoses[0]"],
    ),
    ("medicare_primary", ".lines[0].pointers", (), ["deny claim-pointer @"]),
    (
        "medicare_primary",
        ".lines[0].pointers",
        (1, 2, 1),
        ["deny claim-pointer .lines[0].pointers[2]"],
    ),
    ("medicare_primary", ".lines[0].pointers", (0,), ["deny claim-pointer .lines[0].pointers[0]"]),
    ("medicare_primary", ".lines[0].pointers", (3,), ["deny claim-pointer .lines[0].pointers[0]"]),
    ("every_field", ".lines[0].pointers", (1, 2, 3, 4, 5), ["deny claim-pointer @"]),
]

DATES: list[tuple[str, str, object, list[str]]] = [
    ("medicare_primary", ".lines[0].date_of_service", None, ["deny claim-date @"]),
    (
        "medicare_primary",
        ".lines[0].date_of_service",
        date(2015, 9, 30),
        ["deny claim-diagnosis-icd10-date @"],
    ),
    ("medicare_primary", ".lines[0].date_of_service", date(2026, 4, 15), []),
    ("medicare_primary", ".lines[0].date_of_service", LATER, ["deny claim-date-in-future @"]),
    ("medicare_primary", ".lines[0].through", date(2026, 3, 1), ["deny claim-date-range @"]),
    ("medicare_primary", ".lines[0].through", DAY, []),
    ("medicare_primary", ".lines[0].through", LATER, ["deny claim-date-in-future @"]),
    ("medicare_primary", ".parties.subscriber.birth_date", DAY, []),
    (
        "medicare_primary",
        ".parties.subscriber.birth_date",
        date(2026, 3, 3),
        [
            "deny claim-date-before-birth .lines[0].date_of_service",
            "deny claim-date-before-birth .lines[1].date_of_service",
            "deny claim-date-before-birth .lines[2].date_of_service",
        ],
    ),
    (
        "medicare_primary",
        ".parties.subscriber.birth_date",
        LATER,
        [
            "deny claim-date-in-future @",
            "deny claim-date-before-birth .lines[0].date_of_service",
            "deny claim-date-before-birth .lines[1].date_of_service",
            "deny claim-date-before-birth .lines[2].date_of_service",
        ],
    ),
    ("medicare_primary", ".header.onset", LATER, ["deny claim-date-in-future @"]),
    ("medicare_primary", ".header.initial_treatment", LATER, ["deny claim-date-in-future @"]),
    ("medicare_primary", ".header.last_seen", LATER, ["deny claim-date-in-future @"]),
    ("auto_accident", ".header.accident.occurred_on", DAY, []),
    (
        "auto_accident",
        ".header.accident.occurred_on",
        date(2026, 3, 3),
        ["deny claim-date-before-accident .lines[0].date_of_service"],
    ),
    (
        "auto_accident",
        ".header.accident.occurred_on",
        LATER,
        [
            "deny claim-date-in-future @",
            "deny claim-date-before-accident .lines[0].date_of_service",
        ],
    ),
    ("medicare_secondary", ".lines[0].payments[0].paid_on", LATER, ["deny claim-date-in-future @"]),
]

LINES: list[tuple[str, str, object, list[str]]] = [
    ("medicare_primary", ".lines", (), ["deny claim-line-count @"]),
    ("medicare_primary", ".lines[0].line_number", None, ["review claim-line-number @"]),
    ("medicare_primary", ".lines[0].line_number", "A" * 30, []),
    ("medicare_primary", ".lines[0].line_number", "A" * 31, ["deny claim-line-number @"]),
    (
        "medicare_primary",
        ".lines[0].line_number",
        "1003-2",
        ["deny claim-line-number .lines[1].line_number"],
    ),
    ("medicare_primary", ".lines[0].code", None, ["deny claim-code-form @"]),
    ("medicare_primary", ".lines[0].code", "9753", ["deny claim-code-form @"]),
    ("medicare_primary", ".lines[0].code", "97-30", ["deny claim-code-form @"]),
    (
        "medicare_primary",
        ".lines[0].modifiers",
        ("GP", "KX", "59", "CQ", "95"),
        ["deny claim-modifier-count @"],
    ),
    (
        "medicare_primary",
        ".lines[0].modifiers",
        ("GP", "KX", "GP"),
        ["deny claim-modifier-repeated .lines[0].modifiers[2]"],
    ),
    (
        "medicare_primary",
        ".lines[0].modifiers",
        ("GP", "K"),
        ["deny claim-code-form .lines[0].modifiers[1]"],
    ),
    ("medicare_primary", ".lines[0].modifiers", ("KX",), ["deny claim-plan-modifier @"]),
    ("medicare_primary", ".lines[0].modifiers", (), ["deny claim-plan-modifier @"]),
    ("medicare_primary", ".lines[0].modifiers", ("GP", "GO"), ["review claim-plan-modifier @"]),
    ("commercial_dependent", ".lines[0].modifiers", (), []),
    (
        "medicare_primary",
        ".lines[1]",
        ServiceLine("97530", 2, 120, ("KX", "GP"), DAY, pointers=[1], line_number="1003-2"),
        ["deny claim-duplicate @"],
    ),
    (
        "commercial_dependent",
        ".lines",
        [
            ServiceLine("92507", 1, 120, ("GN",), DAY, pointers=[1], line_number=str(n))
            for n in range(2)
        ],
        ["review claim-duplicate .lines[1]"],
    ),
    ("medicare_primary", ".lines[0].charge", None, ["deny claim-charge @"]),
    ("medicare_primary", ".lines[0].charge", -1, ["deny claim-charge @"]),
    ("medicare_primary", ".lines[0].charge", 0, []),
    ("medicare_primary", ".lines[0].charge", "120.005", ["deny claim-amount @"]),
    ("medicare_primary", ".lines[0].charge", "99859.49", []),
    ("medicare_primary", ".lines[0].charge", "99859.50", ["deny claim-total .lines"]),
    ("commercial_dependent", ".lines[0].charge", 0, ["deny claim-total .lines"]),
    ("commercial_dependent", ".lines[0].charge", 1000000, []),
    ("medicare_primary", ".lines[0].units", None, ["deny claim-units @"]),
    ("medicare_primary", ".lines[0].units", 0, ["deny claim-units @"]),
    ("medicare_primary", ".lines[0].units", -1, ["deny claim-units @"]),
    ("medicare_primary", ".lines[0].units", 9_999, []),
    ("medicare_primary", ".lines[0].units", 10_000, ["review claim-units @"]),
    ("medicare_primary", ".lines[0].units", "1.5", ["review claim-units @"]),
    ("commercial_dependent", ".lines[0].units", "1.5", ["review claim-units @"]),
    ("medicare_primary", ".lines[0].unit_measure", "MJ", ["review claim-units @"]),
    ("medicare_primary", ".lines[0].unit_measure", None, ["deny claim-units @"]),
    ("medicare_primary", ".header.patient_paid", "-1", ["deny claim-amount @"]),
    ("medicare_primary", ".header.patient_paid", "1.005", ["deny claim-amount @"]),
]

EARLIER_PAYERS: list[tuple[str, str, object, list[str]]] = [
    ("medicare_secondary", ".parties.prior_payments[0].paid", None, ["deny claim-cob-payment @"]),
    (
        "medicare_secondary",
        ".parties.prior_payments[0].paid",
        97,
        ["deny claim-cob-balance-claim @"],
    ),
    (
        "medicare_secondary",
        ".parties.prior_payments[0].paid",
        -96,
        ["deny claim-amount @", "deny claim-cob-balance-claim @"],
    ),
    ("medicare_secondary", ".parties.prior_payments[0].remaining", -1, ["deny claim-amount @"]),
    (
        "medicare_secondary",
        ".parties.prior_payments[0].noncovered",
        "0.005",
        ["deny claim-amount @"],
    ),
    (
        "medicare_secondary",
        ".parties.prior_payments[0].paid_on",
        date(2026, 3, 20),
        ["deny claim-cob-date @"],
    ),
    (
        "medicare_secondary",
        ".parties.prior_payments[0].adjustments",
        [Adjustment("CO", "45", 1)],
        ["deny claim-cob-balance-claim .parties.prior_payments[0].paid"],
    ),
    (
        "medicare_secondary",
        ".parties.prior_payments[0].coverage.payer_id",
        "PLAN02",
        [
            "deny claim-cob-payment .lines[0].payments[0].payer_id",
            "deny claim-cob-payment .lines[1].payments[0].payer_id",
            "deny claim-cob-date .parties.prior_payments[0].paid_on",
            "deny claim-cob-balance-claim .parties.prior_payments[0].paid",
        ],
    ),
    (
        "medicare_secondary",
        ".lines[0].payments[0].payer_id",
        None,
        [
            "deny claim-cob-payment @",
            "deny claim-cob-balance-claim .parties.prior_payments[0].paid",
        ],
    ),
    (
        "medicare_secondary",
        ".lines[0].payments[0].payer_id",
        "PLAN02",
        [
            "deny claim-cob-payment @",
            "deny claim-cob-balance-claim .parties.prior_payments[0].paid",
        ],
    ),
    ("medicare_secondary", ".lines[0].payments[0].paid", None, ["deny claim-cob-payment @"]),
    (
        "medicare_secondary",
        ".lines[0].payments[0].paid",
        "64.01",
        [
            "deny claim-cob-balance-line .lines[0].payments[0]",
            "deny claim-cob-balance-claim .parties.prior_payments[0].paid",
        ],
    ),
    ("medicare_secondary", ".lines[0].payments[0].units", None, ["deny claim-cob-payment @"]),
    ("medicare_secondary", ".lines[0].payments[0].code", None, ["deny claim-code-form @"]),
    (
        "medicare_secondary",
        ".lines[0].payments[0].modifiers",
        ("GP", "KX", "59", "CQ", "95"),
        ["deny claim-modifier-count @"],
    ),
    ("medicare_secondary", ".lines[0].payments[0].bundled_line", 0, ["deny claim-cob-payment @"]),
    ("medicare_secondary", ".lines[0].payments[0].bundled_line", 2, []),
    ("medicare_secondary", ".lines[0].payments[0].bundled_line", 3, ["deny claim-cob-payment @"]),
    ("medicare_secondary", ".lines[0].payments[0].paid_on", None, ["deny claim-cob-date @"]),
    ("medicare_secondary", ".lines[0].payments[0].remaining", "-0.01", ["deny claim-amount @"]),
    (
        "medicare_secondary",
        ".lines[0].payments",
        (),
        ["deny claim-cob-balance-claim .parties.prior_payments[0].paid"],
    ),
    ("medicare_secondary", ".lines[0].charge", None, ["deny claim-charge @"]),
    (
        "medicare_secondary",
        ".lines[0].charge",
        119,
        ["deny claim-cob-balance-line .lines[0].payments[0]"],
    ),
    (
        "medicare_secondary",
        ".lines[0].payments[0].adjustments[0].group",
        None,
        ["deny claim-adjustments @"],
    ),
    (
        "medicare_secondary",
        ".lines[0].payments[0].adjustments[0].group",
        "XX",
        ["deny claim-adjustments @"],
    ),
    (
        "medicare_secondary",
        ".lines[0].payments[0].adjustments[0].reason",
        None,
        ["deny claim-adjustments @"],
    ),
    (
        "medicare_secondary",
        ".lines[0].payments[0].adjustments[0].amount",
        None,
        ["deny claim-adjustments @"],
    ),
    (
        "medicare_secondary",
        ".lines[0].payments[0].adjustments[0].amount",
        "40.005",
        ["deny claim-amount @", "deny claim-cob-balance-line .lines[0].payments[0]"],
    ),
    (
        "medicare_secondary",
        ".lines[0].payments[0].adjustments",
        [Adjustment("CO", "45", 40), Adjustment("PR", "2", 10), Adjustment("CO", "59", 6)],
        ["deny claim-adjustments @"],
    ),
    (
        "medicare_secondary",
        ".lines[0].payments[0].adjustments",
        [Adjustment("CO", "45", 40), Adjustment("CO", "45", 16)],
        ["review claim-adjustments .lines[0].payments[0].adjustments[1]"],
    ),
    (
        "medicare_secondary",
        ".lines[0].payments[0].adjustments",
        [*(Adjustment("CO", str(n), 1) for n in range(40)), Adjustment("PR", "2", 16)],
        ["deny claim-adjustments @"],
    ),
    (
        "medicare_secondary",
        ".lines[0].payments[0].adjustments",
        [
            *(Adjustment("CO", str(n), 1) for n in range(24)),
            *(Adjustment("PR", str(n), 2) for n in range(7)),
            Adjustment("OA", "1", 18),
        ],
        ["deny claim-adjustments @"],
    ),
    ("every_field", ".parties.prior_payments[1].paid_on", None, ["deny claim-cob-date @"]),
    ("every_field", ".parties.prior_payments[1].paid", 11, ["deny claim-cob-balance-claim @"]),
    (
        "every_field",
        ".parties.prior_payments[1].coverage.payer_id",
        "PLAN01",
        [
            "deny claim-cob-payment @",
            "deny claim-cob-date .parties.prior_payments[1].paid_on",
            "deny claim-cob-balance-claim .parties.prior_payments[1].paid",
        ],
    ),
]

FAULTS = [
    *FILE,
    *TEXTS,
    *LOST_VALUES,
    *NAMES,
    *ADDRESSES,
    *PROVIDERS,
    *COVERAGE,
    *HEADERS,
    *DIAGNOSES,
    *DATES,
    *LINES,
    *EARLIER_PAYERS,
]
"""
Each row has the example, the path, the new value, and what is found.

A path that starts with a dot is in the first claim. The path ``@`` is the changed one.
"""


def full(path: str, at: str) -> str:
    return at if path == "@" else f"claims[0]{path}" if path.startswith(".") else path


@pytest.mark.parametrize(
    ("example", "path", "value", "expected"),
    FAULTS,
    ids=[f"{number}-{row[1]}" for number, row in enumerate(FAULTS)],
)
def test_a_changed_value_gives_exactly_these_findings(
    example: str, path: str, value: object, expected: list[str]
) -> None:
    at = full(path, "")
    found = faults(changed(EXAMPLES[example](), at, value))
    assert found == [
        f"{severity} {rule} {full(where, at)}"
        for severity, rule, where in (each.split(" ") for each in expected)
    ]


def test_each_rule_about_claims_has_a_fault_and_a_clean_value() -> None:
    found = {each.split(" ")[1] for row in FAULTS for each in row[3]}
    elsewhere = {
        "claim-file",
        "claim-icd-9-qualifier",
        "claim-primary-payers",
        "claim-repeated-account",
        "claim-total-adds-up",
    }
    assert set(SUBMISSION_CHECKS) == found | elsewhere
    assert any(not row[3] for row in FAULTS)
