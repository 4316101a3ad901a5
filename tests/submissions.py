"""Submissions of every kind, with invented people and payers. Each one can be sent as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

import attrs

from therapy_billing.claims import (
    Accident,
    Address,
    Adjustment,
    BillingContact,
    BillingProvider,
    ClaimHeader,
    ClaimParties,
    Coverage,
    LinePayment,
    Organization,
    Patient,
    Person,
    PriorPayment,
    ProfessionalClaim,
    Provider,
    Receiver,
    ServiceFacility,
    ServiceLine,
    Submission,
    Submitter,
    Subscriber,
)

__all__ = [
    "BILLING_PROVIDER",
    "CREATED",
    "EXAMPLES",
    "HEADER",
    "MEDICARE",
    "REFERRING",
    "RENDERING",
    "auto_accident",
    "commercial_dependent",
    "every_field",
    "many_claims",
    "medicare_primary",
    "medicare_secondary",
    "replacement",
    "solo_practice",
    "subscriber_and_dependent",
    "void",
    "workers_compensation",
]

CREATED = datetime(2026, 4, 15, 12, 0)  # noqa: DTZ001 - the clock time in the file has no time zone
DAY = date(2026, 3, 2)

SUBMITTER = Submitter(
    Organization("Sample Therapy Clinic"), "CLINIC01", BillingContact("Billing Desk", "5555550100")
)
RECEIVER = Receiver(Organization("Sample Clearinghouse"), "CH01")
BILLING_PROVIDER = BillingProvider(
    Organization("Sample Therapy Clinic"),
    "1234567893",
    Address("100 Main Street", None, "Columbus", "OH", "432150001"),
    "123456789",
    "EI",
    "261QP2000X",
)
REFERRING = Provider(Person("Roe", "Richard"), "1555555550")
RENDERING = Provider(Person("Therapist", "Terry"), "1987654328", "225100000X")
FACILITY = ServiceFacility(
    Organization("Sample Therapy East"),
    "1234567893",
    Address("7 East Ave", None, "Columbus", "OH", "432130001"),
)
HOME = Address("200 Elm Street", None, "Columbus", "OH", "432150002")
JANE = Subscriber(Person("Doe", "Jane"), "1EG4TE5MK73", HOME, date(1950, 1, 1), "F")
MEDICARE = Coverage(
    payer_name="Medicare Part B",
    payer_id="15202",
    filing_indicator="MB",
    order="P",
    relationship="18",
)
PLAN = Coverage(
    payer_name="Sample Commercial Plan",
    payer_id="PLAN01",
    filing_indicator="CI",
    order="P",
    relationship="18",
    group_number="GRP100",
)
HEADER = ClaimHeader(
    "ACCT-1003",
    "11",
    "1",
    signature_on_file="Y",
    assignment="A",
    benefits_assigned="Y",
    release="Y",
    diagnoses=("M5450", "M25561"),
)
PARTIES = ClaimParties(
    BILLING_PROVIDER,
    MEDICARE,
    JANE,
    rendering_provider=RENDERING,
    referring_provider=REFERRING,
)
LINES = (
    ServiceLine("97530", 2, 120, ("GP", "KX"), DAY, pointers=[1], line_number="1003-1"),
    ServiceLine("97140", 1, 80, ("GP", "KX", "59"), DAY, pointers=[1, 2], line_number="1003-2"),
    ServiceLine("97110", 1, "60.50", ("GP", "CQ", "KX"), DAY, pointers=[2], line_number="1003-3"),
)


def _sent(*claims: ProfessionalClaim) -> Submission:
    return Submission(SUBMITTER, RECEIVER, claims, "BATCH0001")


def medicare_primary() -> Submission:
    """Medicare as the only payer, with a prior authorization and an onset date."""
    header = attrs.evolve(HEADER, authorization="AUTH12345", onset=date(2026, 1, 15))
    return _sent(ProfessionalClaim(header, PARTIES, LINES))


def _paid(
    paid: int, contractual: int, share: int, code: str, units: int, *modifiers: str
) -> LinePayment:
    adjustments = (Adjustment("CO", "45", contractual), Adjustment("PR", "2", share))
    return LinePayment("PLAN01", paid, code, modifiers, units, None, adjustments, date(2026, 3, 20))


def medicare_secondary() -> Submission:
    """Medicare after a group plan of a working person, with what the plan paid for each line."""
    lines = (
        attrs.evolve(LINES[0], modifiers=("GP",), payments=[_paid(64, 40, 16, "97530", 2, "GP")]),
        attrs.evolve(LINES[1], modifiers=("GP",), payments=[_paid(32, 40, 8, "97140", 1, "GP")]),
    )
    prior = PriorPayment(
        PLAN,
        Subscriber(Person("Doe", "Jane"), "XYZ123456"),
        96,
        benefits_assigned="Y",
        release="Y",
    )
    coverage = attrs.evolve(MEDICARE, order="S", msp_type="12")
    parties = attrs.evolve(
        PARTIES, coverage=coverage, prior_payments=[prior], service_facility=FACILITY
    )
    return _sent(ProfessionalClaim(HEADER, parties, lines))


def commercial_dependent() -> Submission:
    """A child of the subscriber of a commercial plan."""
    parties = attrs.evolve(
        PARTIES,
        coverage=attrs.evolve(PLAN, relationship="19"),
        subscriber=Subscriber(Person("Doe", "John"), "XYZ123456"),
        patient=Patient(Person("Doe", "Sam", "Lee"), HOME, date(2015, 1, 1), "M"),
        rendering_provider=attrs.evolve(RENDERING, taxonomy="235Z00000X"),
    )
    header = attrs.evolve(HEADER, account="ACCT-2001", diagnoses=("F802",))
    line = ServiceLine("92507", 1, 120, ("GN",), DAY, pointers=[1], line_number="2001-1")
    return _sent(ProfessionalClaim(header, parties, (line,)))


def _again(frequency: str) -> Submission:
    submission = commercial_dependent()
    claim = submission.claims[0]
    header = attrs.evolve(claim.header, frequency=frequency, payer_claim_number="20260410000123")
    return attrs.evolve(submission, claims=(attrs.evolve(claim, header=header),))


def replacement() -> Submission:
    """A claim that replaces one the payer already decided."""
    return _again("7")


def void() -> Submission:
    """A claim that voids one the payer already decided."""
    return _again("8")


def workers_compensation() -> Submission:
    """An employee whose employer is the subscriber."""
    parties = attrs.evolve(
        PARTIES,
        coverage=Coverage(
            payer_name="Sample WC Carrier",
            payer_id="WC01",
            filing_indicator="WC",
            order="P",
            relationship="20",
        ),
        subscriber=Subscriber(Organization("Sample Employer"), "EMP100"),
        patient=Patient(Person("Doe", "Joe"), HOME, date(1980, 1, 1), "M"),
    )
    header = attrs.evolve(
        HEADER,
        account="ACCT-3001",
        property_casualty_number="WC0001234",
        accident=Accident(("EM",), date(2026, 2, 10)),
        diagnoses=("S83511A",),
    )
    line = ServiceLine("97110", 1, 60, ("GP",), DAY, pointers=[1], line_number="3001-1")
    return _sent(ProfessionalClaim(header, parties, (line,)))


def auto_accident() -> Submission:
    """An auto accident, with a PO box that receives the payments and a line of several days."""
    parties = attrs.evolve(
        PARTIES,
        billing_provider=attrs.evolve(
            BILLING_PROVIDER,
            pay_to_address=Address("PO Box 12", None, "Columbus", "OH", "432150012"),
        ),
        coverage=Coverage(
            payer_name="Sample Auto Carrier",
            payer_id="AUTO01",
            filing_indicator="AM",
            order="P",
            relationship="18",
        ),
        subscriber=Subscriber(Person("Doe", "Amy"), "AUTO9", HOME, date(1980, 1, 1), "F"),
    )
    header = attrs.evolve(
        HEADER,
        account="ACCT-4001",
        property_casualty_number="AU0001234",
        accident=Accident(("AA",), date(2026, 2, 10), "OH"),
        diagnoses=("S134XXA",),
    )
    line = ServiceLine("97140", 1, 60, ("GP",), DAY, DAY, [1], "4001-1")
    return _sent(ProfessionalClaim(header, parties, (line,)))


def solo_practice() -> Submission:
    """A therapist who bills under a social security number and treats alone."""
    provider = attrs.evolve(
        BILLING_PROVIDER,
        name=Person("Therapist", "Terry", "T", "JR"),
        npi="1987654328",
        tax_id_kind="SY",
        taxonomy="225100000X",
    )
    parties = attrs.evolve(PARTIES, billing_provider=provider, rendering_provider=None)
    return attrs.evolve(
        _sent(ProfessionalClaim(HEADER, parties, LINES)),
        submitter=Submitter(
            Person("Therapist", "Terry"), "SOLO01", BillingContact(email="BILLING@EXAMPLE.COM")
        ),
    )


def many_claims(count: int = 12) -> Submission:
    """Claims of *count* patients of two billing providers. Every third one is a dependent."""
    west = attrs.evolve(BILLING_PROVIDER, npi="1245319599", taxonomy=None)
    claims = []
    for number in range(count):
        child = number % 3 == 2
        base = (commercial_dependent() if child else medicare_primary()).claims[0]
        lines = tuple(
            attrs.evolve(
                line,
                line_number=f"{number}-{index}",
                date_of_service=DAY + timedelta(days=number % 28),
            )
            for index, line in enumerate(base.lines, start=1)
        )
        parties = base.parties
        if number >= count // 2:
            parties = attrs.evolve(parties, billing_provider=west)
        header = attrs.evolve(base.header, account=f"ACCT-{5000 + number}")
        claims.append(ProfessionalClaim(header, parties, lines))
    return _sent(*claims)


def subscriber_and_dependent() -> Submission:
    """One claim of a subscriber, and one of the subscriber's child."""
    child = commercial_dependent().claims[0]
    parties = attrs.evolve(
        PARTIES,
        coverage=PLAN,
        subscriber=Subscriber(Person("Doe", "John"), "XYZ123456", HOME, date(1985, 5, 5), "M"),
    )
    line = attrs.evolve(LINES[0], modifiers=("GP",))
    return _sent(ProfessionalClaim(HEADER, parties, (line,)), child)


def every_field() -> Submission:
    """A claim with a value in every field, for a third payer after two others."""
    address = Address("200 Elm Street", "Apartment 3", "Columbus", "OH", "432150002")
    name = Person("Doe", "Jane", "Q", "JR")
    rendering = Provider(Person("Therapist", "Terry", "T", "SR"), "1987654328", "225100000X")
    referring = Provider(Person("Roe", "Richard", "R", "III"), "1555555550")
    supervising = Provider(Person("Poe", "Paula", "P", "II"), "1245319599")
    facility = attrs.evolve(
        FACILITY, address=Address("7 East Ave", "Suite 2", "Columbus", "OH", "432130001")
    )
    coverage = Coverage(
        payer_name="Sample Auto Carrier",
        payer_id="AUTO01",
        payer_id_kind="PI",
        payer_address=Address("1 Payer Way", "Floor 2", "Toronto", "ON", "M5V2T6", "CA"),
        filing_indicator="AM",
        order="T",
        relationship="19",
        group_number="GRP300",
        group_name="Sample Group",
        provider_id="LEGACY1",
    )
    subscriber = Subscriber(name, "AUTO9", address, date(1980, 1, 1), "F")
    first = PriorPayment(
        attrs.evolve(PLAN, relationship="19", group_name="Sample Plan", payer_address=HOME),
        attrs.evolve(subscriber, member_id="XYZ123456", birth_date=None, sex=None),
        91,
        (Adjustment("PR", "3", 5, 1),),
        None,
        "ICN000001",
        5,
        "2.50",
        "Y",
        "Y",
    )
    second = PriorPayment(
        Coverage(
            payer_name="Sample Blue Plan",
            payer_id="BLUE01",
            payer_id_kind="XV",
            filing_indicator="BL",
            order="S",
            relationship="19",
            group_number="GRP200",
        ),
        Subscriber(Person("Doe", "John"), "BLUE9"),
        10,
        (Adjustment("OA", "23", 190),),
        date(2026, 3, 31),
        "ICN000002",
        benefits_assigned="N",
        release="I",
    )
    payment = attrs.evolve(
        _paid(64, 40, 16, "97530", 2, "GP", "KX"),
        bundled_line=2,
        remaining=16,
        adjustments=(
            *(Adjustment("CO", reason, amount, 1) for reason, amount in _SIX),
            Adjustment("PR", "2", 16),
        ),
    )
    lines = (
        ServiceLine(
            "97530",
            2,
            120,
            ("GP", "KX", "59", "CQ"),
            DAY,
            DAY + timedelta(days=1),
            [1, 2, 3, 4],
            "5001-1",
            "12",
            attrs.evolve(rendering, npi="1245319599"),
            attrs.evolve(referring, npi="1245319599"),
            attrs.evolve(supervising, npi="1987654328"),
            attrs.evolve(facility, npi="1245319599"),
            "AUTHLINE",
            "REFLINE",
            "A NOTE ABOUT THE LINE",
            [payment],
        ),
        ServiceLine(
            "97140",
            Decimal(2),
            80,
            ("GP",),
            DAY,
            pointers=[4],
            line_number="5001-2",
            payments=[_paid(32, 40, 8, "97140", 1)],
        ),
    )
    header = ClaimHeader(
        account="ACCT-5001",
        place_of_service="11",
        frequency="7",
        payer_claim_number="20260410000123",
        signature_on_file="Y",
        assignment="A",
        benefits_assigned="Y",
        release="Y",
        patient_signature="P",
        authorization="AUTH12345",
        referral="REF12345",
        medical_record="MRN1003",
        clearinghouse_trace="TRACE1",
        property_casualty_number="AU0001234",
        onset=date(2026, 1, 15),
        initial_treatment=date(2026, 1, 20),
        last_seen=date(2026, 2, 20),
        accident=Accident(("AA", "EM"), date(2026, 1, 14), "ON", "CA"),
        patient_paid="20.50",
        delay_reason="7",
        note="A NOTE ABOUT THE CLAIM",
        diagnoses=(
            *("S134XXA", "S233XXA", "M5450", "M25561", "M25562", "M542", "M546", "M6281"),
            *("R2689", "R262", "Z7409", "Z9181"),
        ),
    )
    parties = ClaimParties(
        attrs.evolve(
            BILLING_PROVIDER,
            address=Address("100 Main Street", "Suite 1", "Columbus", "OH", "432150001"),
            contact=BillingContact("Front Desk", "5555550101", "12", None, "5555550102"),
            pay_to_address=Address("PO Box 12", "Unit 1", "Columbus", "OH", "432150012"),
        ),
        coverage,
        subscriber,
        Patient(Person("Doe", "Sam", "Lee", "II"), address, date(2015, 1, 1), "M"),
        rendering,
        referring,
        supervising,
        facility,
        [first, second],
    )
    return Submission(
        Submitter(
            Person("Sender", "Sally", "S"),
            "CLINIC01",
            BillingContact("Billing Desk", "5555550100", "7", "BILLING@EXAMPLE.COM"),
        ),
        RECEIVER,
        (ProfessionalClaim(header, parties, lines),),
        "BATCH0002",
        "18",
        "CH",
    )


_SIX = (("45", 30), ("59", 2), ("97", 2), ("131", 2), ("137", 2), ("253", 2))

EXAMPLES: Mapping[str, Callable[[], Submission]] = {
    build.__name__: build
    for build in (
        medicare_primary,
        medicare_secondary,
        commercial_dependent,
        replacement,
        void,
        workers_compensation,
        auto_accident,
        solo_practice,
        many_claims,
        subscriber_and_dependent,
        every_field,
    )
}
"""The submissions by name."""
