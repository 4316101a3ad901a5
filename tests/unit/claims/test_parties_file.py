"""Read who is involved in a clinic's claims from a TOML file."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest

from therapy_billing import FileFormatError
from therapy_billing.base.library_files import read_library_text
from therapy_billing.claims import (
    Accident,
    Address,
    Adjustment,
    BillingContact,
    BillingProvider,
    ClaimHeader,
    ClaimParties,
    Coverage,
    Organization,
    PartiesFile,
    Patient,
    Person,
    PriorPayment,
    Provider,
    Receiver,
    ServiceFacility,
    Submitter,
    Subscriber,
    read_parties_file,
)
from therapy_billing.claims.parties_file import PARTIES_KEYS, PATIENT_KEYS, fault_of_patient
from therapy_billing.claims.party_tables import keys_of
from therapy_billing.codes.roles import Discipline

Read = Callable[[str], PartiesFile]
THERAPIST = Provider(Person("Tee", "Terry"), "1987654328", "225100000X")


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def call(text: str) -> PartiesFile:
        path = tmp_path / "parties.toml"
        path.write_text(text, encoding="utf-8")
        return read_parties_file(path)

    return call


@pytest.fixture
def faults(read: Read) -> Callable[[str], list[str]]:
    def call(text: str) -> list[str]:
        with pytest.raises(ExceptionGroup) as caught:
            read(text)
        errors = caught.value.exceptions
        assert all(type(error) is FileFormatError for error in errors)
        return [str(error).partition("parties.toml, ")[2] for error in errors]

    return call


def test_every_table_of_a_file_is_read(read: Read) -> None:
    found = read("""
        reference = "B1"
        [submitter]
        name = "Clinic"
        id = "C1"
        contact = { name = "Desk", phone = "5555550100", extension = "7", email = "a@b.example", fax = "5555550101" }
        [receiver]
        name = "House"
        id = "H1"
        [billing_provider]
        last = "Solo"
        first = "Sue"
        npi = "1234567893"
        tax_id = "123456789"
        tax_id_kind = "SY"
        taxonomy = "225100000X"
        address = { line1 = "1 Main St", line2 = "Suite 2", city = "Columbus", state = "oh", zip_code = "432150001" }
        pay_to_address = { line1 = "PO Box 1" }
        contact = { name = "Sue" }
        [supervising_provider]
        last = "Boss"
        [service_facility]
        name = "East"
        npi = "1234567893"
        [header]
        place_of_service = "11"
        [charges]
        97110 = 60.00
        G0283 = 22
        [providers."T-1"]
        last = "Tee"
        first = "Terry"
        npi = "1987654328"
        taxonomy = "225100000X"
        [providers]
        "A-1" = "T-1"
        [disciplines]
        PT = "T-1"
        [patients."P-1"]
        account = "A1"
    """)
    assert (found.reference, found.receiver) == ("B1", Receiver(Organization("House"), "H1"))
    assert found.submitter == Submitter(
        Organization("Clinic"),
        "C1",
        BillingContact("Desk", "5555550100", "7", "a@b.example", "5555550101"),
    )
    assert found.charges == {"97110": Decimal("60.00"), "G0283": Decimal("22.00")}
    assert found.providers == {"T-1": THERAPIST, "A-1": THERAPIST}
    assert found.disciplines == {Discipline.PT: THERAPIST}
    patient = found.patients["P-1"]
    assert patient.header == ClaimHeader("A1", "11")
    assert patient.pointers is None
    assert patient.parties == ClaimParties(
        BillingProvider(
            Person("Solo", "Sue"),
            "1234567893",
            Address("1 Main St", "Suite 2", "Columbus", "OH", "432150001"),
            "123456789",
            "SY",
            "225100000X",
            BillingContact("Sue"),
            Address("PO Box 1"),
        ),
        supervising_provider=Provider(Person("Boss")),
        service_facility=ServiceFacility(Organization("East"), "1234567893"),
    )


def test_every_key_of_a_patient_is_read(read: Read) -> None:
    found = read("""
        [header]
        frequency = "1"
        note = "for all"
        [billing_provider]
        name = "Clinic"
        [providers."DR-1"]
        last = "Roe"
        [patients."P-1"]
        account = "A1"
        frequency = "7"
        payer_claim_number = "ICN"
        onset = 2026-01-15
        last_seen = "3/2/2026"
        patient_paid = 20
        diagnoses = ["m5450", "M25561"]
        pointers = { 97110 = [1], g0283 = [2, 1] }
        accident = { causes = ["AA"], occurred_on = 2026-01-10, state = "OH" }
        referring_provider = "DR-1"
        rendering_provider = { last = "Tee", npi = "1987654328" }
        supervising_provider = { name = "Group" }
        billing_provider = { name = "Other" }
        coverage = { payer = "medicare", order = "S", msp_type = "12", payer_address = { line1 = "PO Box 9" } }
        subscriber = { last = "Doe", first = "Jane", middle = "Q", suffix = "JR", member_id = "1EG4TE5MK73" }
        patient = { last = "Doe", birth_date = 2010-01-02, sex = "f", address = { zip_code = "43215" } }
        [[patients."P-1".prior_payments]]
        paid = 96.00
        paid_on = 2026-03-20
        coverage = { payer_id = "PLAN01" }
        subscriber = { name = "Employer" }
        adjustments = [{ group = "CO", reason = "45", amount = 40.5 }, { group = "PR", reason = "2", amount = "8" }]
    """)
    patient = found.patients["P-1"]
    assert patient.pointers == {"97110": (1,), "G0283": (2, 1)}
    assert patient.header == ClaimHeader(
        "A1",
        frequency="7",
        payer_claim_number="ICN",
        onset="2026-01-15",
        last_seen="2026-03-02",
        patient_paid="20.00",
        note="for all",
        diagnoses=["M5450", "M25561"],
        accident=Accident(["AA"], "2026-01-10", "OH"),
    )
    assert patient.parties == ClaimParties(
        BillingProvider(Organization("Other")),
        Coverage("medicare", payer_address=Address("PO Box 9"), order="S", msp_type="12"),
        Subscriber(Person("Doe", "Jane", "Q", "JR"), "1EG4TE5MK73"),
        Patient(Person("Doe"), Address(zip_code="43215"), datetime.date(2010, 1, 2), "F"),
        Provider(Person("Tee"), "1987654328"),
        Provider(Person("Roe")),
        Provider(Organization("Group")),
        prior_payments=[
            PriorPayment(
                Coverage(payer_id="PLAN01"),
                Subscriber(Organization("Employer")),
                96,
                [Adjustment("CO", "45", "40.50"), Adjustment("PR", "2", 8)],
                "2026-03-20",
            )
        ],
    )


def test_a_coverage_has_what_the_table_of_its_payer_has(read: Read) -> None:
    found = read("""
        [payers.medicare]
        payer = "medicare"
        payer_id = "15202"
        filing_indicator = "MB"
        [payers.plan]
        payer_id = "PLAN01"
        [patients.a]
        coverage = { payer = "medicare", order = "P" }
        [patients.b]
        coverage = { payer = "plan", payer_id = "OTHER" }
        prior_payments = [{ coverage = { payer = "medicare" } }]
        [patients.c]
        coverage = { payer = "aetna" }
    """)
    coverages = {key: each.parties.coverage for key, each in found.patients.items()}
    assert coverages == {
        "a": Coverage("medicare", payer_id="15202", filing_indicator="MB", order="P"),
        "b": Coverage(payer_id="OTHER"),
        "c": Coverage("aetna"),
    }
    (prior,) = found.patients["b"].parties.prior_payments
    assert prior.coverage == Coverage("medicare", payer_id="15202", filing_indicator="MB")


def test_one_list_of_pointers_is_for_every_code(read: Read) -> None:
    assert read("[patients.a]\npointers = [2, 1]").patients["a"].pointers == (2, 1)


def test_an_empty_file_is_no_fault(read: Read) -> None:
    found = read("")
    assert (found.submitter, found.receiver, found.reference) == (None, None, None)
    assert (found.charges, found.providers, found.disciplines, found.patients) == ({}, {}, {}, {})


def test_all_faults_are_reported_at_once_with_line_and_path(
    faults: Callable[[str], list[str]],
) -> None:
    text = """\
referense = "B1"
reference = " "
submitter = "Clinic"
[receiver]
last = "House"
[billing_provider]
name = "Clinic"
last = "Solo"
address = { line1 = "1 Main St", zip_code = 43215 }
[header]
frequency = ""
onset = 2026-01-15T09:00:00
[charges]
9711 = 60.00
97112 = "60.00"
97530 = true
97140 = 0
[payers.plan]
payer_idd = "1"
[payers]
other = 5
[providers."Rosa Invented"]
npi = 1987654328
[providers]
"T-2" = "Rosa Inventad"
"T-3" = 5
[disciplines]
PT = "T-9"
XX = "T-2"
OT = { last = "Oaks" }
[patients]
"Ann Invented" = 5
[patients."Jane Invented"]
acount = "A1"
diagnoses = "M5450"
pointers = { 97110 = [1], 97112 = "1", 9711 = [1], 97140 = [true] }
referring_provider = "T-8"
coverage = { payer = 5 }
prior_payments = [5]
accident = { causes = [5], state = "" }
subscriber = { birth_date = "Rosa" }
patient_paid = "x"
[patients."P-2"]
pointers = ["1"]
prior_payments = [{ paid = 1, adjustments = [{ amount = "x" }] }]
"""
    quoted = "a string in quotation marks belongs here"
    code = "code must be five characters such as '97530' or 'G0283', got"
    dollars = "dollars for one unit, such as 60.00, belong here"
    numbers = "a list such as [1, 2], or a table of such lists by code, belongs here"
    key = "the key of one of the [providers], in quotation marks, belongs here"
    nobody = "no provider in [providers] has this key"
    assert faults(text) == [
        (
            "line 1, column referense: not one of reference, submitter, receiver, billing_provider, "
            "supervising_provider, service_facility, header, charges, payers, providers, disciplines, "
            "patients; did you mean reference?"
        ),
        "line 2, column reference: must not be empty: leave it out if it is not known",
        "line 3, column submitter: a table belongs here",
        "line 5, column receiver.last: not a key of this table",
        (
            "line 7, column billing_provider.name: an organization has a name, a person has last and "
            "first: use one of them"
        ),
        f"line 9, column billing_provider.address.zip_code: {quoted}",
        "line 11, column header.frequency: frequency must not be empty: leave it out if it is not known",
        "line 12, column header.onset: a date such as 2026-03-02 belongs here",
        f"line 14, column charges.9711: {code} '9711'",
        f"line 15, column charges.97112: {dollars}",
        f"line 16, column charges.97530: {dollars}",
        "line 17, column charges.97140: the charge must be above zero, got 0: leave out a code without a price",
        "line 19, column payers.plan.payer_idd: not a key of this table; did you mean payer_id?",
        "line 21, column payers.other: a table belongs here",
        f"line 23, column providers.*.npi: {quoted}",
        f"line 25, column providers.*: {nobody}",
        "line 26, column providers.*: a table belongs here",
        f"line 28, column disciplines.PT: {nobody}",
        "line 29, column disciplines.XX: not a key of this table",
        f"line 30, column disciplines.OT: {key}",
        "line 32, column patients.*: a table belongs here",
        "line 34, column patients.*.acount: not a key of this table; did you mean account?",
        "line 35, column patients.*.diagnoses: a list of strings in quotation marks belongs here",
        f"line 36, column patients.*.pointers.97112: {numbers}",
        f"line 36, column patients.*.pointers.9711: {code} '9711'",
        f"line 36, column patients.*.pointers.97140: {numbers}",
        f"line 37, column patients.*.referring_provider: {nobody}",
        f"line 38, column patients.*.coverage.payer: {quoted}",
        "line 39, column patients.*.prior_payments: tables belong here",
        "line 40, column patients.*.accident.causes: causes[0] must be a string, got an int",
        (
            "line 40, column patients.*.accident.state: state must not be empty: leave it out if it is "
            "not known"
        ),
        (
            "line 41, column patients.*.subscriber.birth_date: birth_date must be a date such as "
            "2026-03-02, got a str"
        ),
        (
            "line 42, column patients.*.patient_paid: patient_paid must be a Decimal, an int, or a string "
            "of digits, got a str"
        ),
        f"line 44, column patients.*.pointers: {numbers}",
        (
            "line 45, column patients.*.prior_payments.adjustments.amount: amount must be a Decimal, an "
            "int, or a string of digits, got a str"
        ),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '[patients."Rosa Invented"]\n[patients."Rosa Invented"]\n',
            "line 2: not valid TOML: Cannot declare a key twice",
        ),
        (
            'a = { "Rosa Invented" = 1, "Rosa Invented" = 2 }\n',
            "line 1: not valid TOML: Duplicate inline table key a key",
        ),
        ('[patients."Rosa\n', "line 1: not valid TOML: Illegal character a key"),
        ("reference = \n", "line 1: not valid TOML: Invalid value"),
    ],
)
def test_a_file_that_is_no_toml_is_refused_without_its_keys(
    read: Read, text: str, message: str
) -> None:
    with pytest.raises(FileFormatError) as caught:
        read(text)
    assert str(caught.value).partition("parties.toml, ")[2] == message


def test_records_show_no_value(read: Read) -> None:
    found = read('[patients."Rosa Invented"]\nsubscriber = { last = "Invented" }')
    assert repr(found) == "<PartiesFile: file, charges, providers, disciplines, patients>"
    assert repr(found.patients["Rosa Invented"]) == "<PatientParties: header, parties>"
    error = fault_of_patient(found, "Rosa Invented", "pointers", "not there")
    assert str(error).endswith("parties.toml, line 1, column patients.*.pointers: not there")


def test_the_keys_are_the_fields_of_the_records() -> None:
    of_records = [
        *(field.name for field in attrs.fields(ClaimHeader)),
        *(field.name for field in attrs.fields(ClaimParties)),
    ]
    assert list(PATIENT_KEYS) == [*of_records, "pointers"]
    assert keys_of(Receiver) == ("name", "id")
    assert keys_of(Patient)[:4] == ("last", "first", "middle", "suffix")
    assert set(PARTIES_KEYS) >= {"patients", "providers", "charges"}


def test_the_parties_of_the_example_log_have_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "parties.toml"
    path.write_text(read_library_text("logs/clinic_day_parties.toml"), encoding="utf-8")
    assert len(read_parties_file(path).patients) == 12


def test_the_path_must_be_a_path() -> None:
    wrong: Any = 5
    with pytest.raises(ValueError, match="path must be the path of a file"):
        read_parties_file(wrong)


def test_a_patient_table_at_the_top_of_the_file_does_not_show_its_key(
    faults: Callable[[str], list[str]],
) -> None:
    text = '["P-1001".subscriber]\nlast = "Alder"\n[patient."P-1002"]\naccount = "1"'
    known = "reference, submitter, receiver, billing_provider"
    first, second = faults(text)
    assert first.startswith(f"line 1, column *: not one of {known}")
    assert second.startswith(f"line 3, column patient: not one of {known}")
    assert second.endswith("; did you mean patients?")
