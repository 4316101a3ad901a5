"""The page on claims: its tables list the keys of a parties file, and its tables in TOML make claims without a finding."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from tests.paths import DOCS
from tests.x12_validators import pyx12_errors, x12sdk_errors
from therapy_billing.base.library_files import read_library_text
from therapy_billing.batch import LogSubmission, submission_of_log
from therapy_billing.checks import check_submission
from therapy_billing.claims import (
    Address,
    BillingContact,
    BillingProvider,
    ClaimHeader,
    ClaimParties,
    Coverage,
    Patient,
    PriorPayment,
    Provider,
    Receiver,
    ServiceFacility,
    Submitter,
    Subscriber,
    read_parties_file,
)
from therapy_billing.claims.parties_file import PARTIES_KEYS
from therapy_billing.claims.party_tables import keys_of
from therapy_billing.formats import parse_837p, write_837p

PAGE = (DOCS / "claims.md").read_text(encoding="utf-8")
EXAMPLE = read_library_text("logs/clinic_day_parties.toml")


def table(head: str) -> dict[str, str]:
    """Return the second cells of the first table whose head starts with *head* and its section, by the first cells."""
    rows = PAGE[PAGE.index(head) :].split("\n\n", 1)[0].splitlines()[2:]
    cells = [row.strip("| ").split(" | ") for row in rows]
    return {each[0]: each[1] for each in cells}


def names(text: str) -> list[str]:
    return re.findall(r"`\[?([a-z0-9_]+)[^`]*`", text)


def keys(head: str) -> list[str]:
    return [name for first in table(head) for name in names(first)]


def blocks() -> list[str]:
    return re.findall(r"^```toml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        ("| key of `coverage` |", Coverage),
        ("| key of `subscriber` |", Subscriber),
        ("| key of `patient` |", Patient),
        ("| key of `prior_payments` |", PriorPayment),
    ],
)
def test_a_table_lists_the_keys_of_its_record(head: str, kind: type) -> None:
    assert keys(head) == list(keys_of(kind))


def test_the_tables_of_the_file_and_of_a_patient_list_their_keys() -> None:
    assert keys("| key | contents |\n") == list(PARTIES_KEYS)
    of_patient = PAGE[PAGE.index("### The table of a patient") :]
    head = of_patient.index("| key | contents | 837P |")
    rows = of_patient[head:].split("\n\n", 1)[0].splitlines()[2:]
    found = [names(row.split(" | ")[0])[0] for row in rows]
    assert found == [*keys_of(ClaimParties), "pointers"]
    of_header = PAGE[PAGE.index("### The header of a claim") :]
    rows = of_header.split("| --- | --- | --- |\n", 1)[1].split("\n\n", 1)[0].splitlines()
    assert [names(row.split(" | ")[0])[0] for row in rows] == list(keys_of(ClaimHeader))


def test_the_table_of_providers_lists_the_keys_of_their_records() -> None:
    listed = {first: names(second) for first, second in table("| table | keys |").items()}
    assert listed == {
        "`submitter`": list(keys_of(Submitter)),
        "`receiver`": list(keys_of(Receiver)),
        "`billing_provider`": list(keys_of(BillingProvider)),
        "`service_facility`": list(keys_of(ServiceFacility)),
        "any other provider": list(keys_of(Provider)),
        "`address`, `pay_to_address`, `payer_address`": list(keys_of(Address)),
        "`contact`": list(keys_of(BillingContact)),
    }


def made_with(tmp_path: Path, *changes: tuple[str, str]) -> LogSubmission:
    """Return the claims of the example log, with changes to its parties."""
    text = EXAMPLE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    parties, log = tmp_path / "parties.toml", tmp_path / "log.csv"
    parties.write_text(text, encoding="utf-8")
    log.write_text(read_library_text("logs/clinic_day.csv"), encoding="utf-8")
    return submission_of_log(log, read_parties_file(parties))


def test_the_replacement_on_the_page_makes_a_claim_that_can_be_sent(tmp_path: Path) -> None:
    replacement, _ = blocks()
    head = '[patients."P-1009"]\n'
    made = made_with(tmp_path, (head, replacement))
    assert not check_submission(made.submission)
    (changed,) = (claim for claim in made.submission.claims if claim.header.frequency == "7")
    assert changed.header.payer_claim_number == "2026123456789"
    void = replacement.replace('"7"', '"8"')
    assert not check_submission(made_with(tmp_path, (head, void)).submission)


def test_the_secondary_claim_on_the_page_can_be_sent(tmp_path: Path) -> None:
    _, secondary = blocks()
    head, coverage, prior = re.split(
        r"(?m)(?=^coverage = \{ payer = \"medicare\"|^\[\[)", secondary
    )
    own = 'coverage = { payer = "medicare", order = "P", relationship = "18" }\n'
    made = made_with(
        tmp_path, (own, coverage), ('[patients."P-1002"]\n', f'{prior}\n[patients."P-1002"]\n')
    )
    assert head == '[patients."P-1001"]\n'
    assert not check_submission(made.submission)
    text = write_837p(made.submission, control_number=1, created="2026-03-25 12:00", usage="T")
    (read,) = parse_837p(text, names=True).submissions
    (payment,) = read.claims[0].parties.prior_payments
    assert payment.paid == Decimal(150)
    assert len(payment.adjustments) == 2


def test_two_validators_accept_the_claims_of_the_example(tmp_path: Path) -> None:
    made = made_with(tmp_path)
    text = write_837p(made.submission, control_number=1, created="2026-03-25 12:00", usage="T")
    assert (pyx12_errors(text), x12sdk_errors(text)) == ([], [])


def test_the_page_says_that_nothing_is_certified() -> None:
    words = " ".join(PAGE.split())
    assert "not certified, and they were not tested with a payer" in words
    assert "did not read the implementation guides (TR3)" in words
