"""Each fault that is planted in a valid 837P is reported, by the checks that the list of faults names and no others."""

from __future__ import annotations

import re
import tomllib

import planted_faults
import pytest

from tests.paths import DATA
from tests.x12_faults import BASES, FAULTS_FILE, X12Fault, base_file, load_faults
from tests.x12_validators import pyx12_errors, x12sdk_dropped, x12sdk_errors
from therapy_billing.base.errors import FileFormatError
from therapy_billing.checks import check_submission
from therapy_billing.findings import Severity
from therapy_billing.formats import parse_837p

FILED_ON = re.compile(r"(?<=\*)(20\d{6})\*1200\*CH~")
FAULTS = load_faults()
REPEATED = {"claim-file", "total", "icd-9-qualifier", "fifth-modifier"}
"""The rule that reports each remark which has no rule of its own, and the remarks that have one."""
REVIEWS = {"auto_accident": {"claim-property-casualty"}}
"""The rules that report a valid file: it has no claim number of the carrier, which no guide demands."""
NOT_OF_A_FILE = {"claim-file", "claim-payer-filing"}
"""The rule of all remarks, and one about the library's name of a payer, which no file has."""
SLOW = [fault for fault in FAULTS if fault.topic in {"character", "envelope"}]


def reports(text: str, filed_on: str) -> set[str]:
    """Return the rules and the kinds of remark that report something about the file *text*."""
    try:
        read = parse_837p(text, names=True)
    except FileFormatError:
        return {"file-format"}
    found = {remark.kind for remark in read.remarks}
    for index, submission in enumerate(read.submissions):
        # Each remark is one of the file, so the checks get the remarks once.
        remarks = () if index else read.remarks
        findings = check_submission(submission, filed_on=filed_on, remarks=remarks)
        found |= {each.rule.id for each in findings if each.severity is not Severity.INFO}
    return found - REPEATED


def filed_on(base: str) -> str:
    """Return the date in the segment that begins the transaction set of the valid file *base*."""
    found = FILED_ON.search(base_file(base))
    assert found is not None
    return f"{found[1][:4]}-{found[1][4:6]}-{found[1][6:]}"


class TestValidFiles:
    """Two independent validators and our own checks accept the files in which the faults are planted."""

    @pytest.mark.parametrize("base", BASES)
    def test_both_validators_accept_a_valid_file(self, base: str) -> None:
        text = base_file(base)
        assert (pyx12_errors(text), x12sdk_errors(text), x12sdk_dropped(text)) == ([], [], [])

    @pytest.mark.parametrize("base", BASES)
    def test_our_checks_report_nothing_in_a_valid_file(self, base: str) -> None:
        assert reports(base_file(base), filed_on(base)) == REVIEWS.get(base, set())

    @pytest.mark.parametrize("base", BASES)
    def test_a_valid_file_can_be_sent(self, base: str) -> None:
        (submission,) = parse_837p(base_file(base), names=True).submissions
        assert not check_submission(submission, filed_on=filed_on(base)).has_denials


class TestFaults:
    """Every planted fault is found."""

    @pytest.mark.parametrize("fault", FAULTS, ids=[fault.id for fault in FAULTS])
    def test_exactly_the_listed_checks_report_a_fault(self, fault: X12Fault) -> None:
        found = reports(fault.text, filed_on(fault.file)) - REVIEWS.get(fault.file, set())
        assert found == set(fault.ours)

    def test_no_fault_is_missed(self) -> None:
        assert [fault.id for fault in FAULTS if not fault.ours] == []

    @pytest.mark.parametrize("fault", SLOW, ids=[fault.id for fault in SLOW])
    def test_validators_still_see_what_the_list_says(self, fault: X12Fault) -> None:
        assert planted_faults.measured(fault) == fault.seen_by

    def test_ids_are_unique(self) -> None:
        assert len({fault.id for fault in FAULTS}) == len(FAULTS)

    def test_every_rule_about_claims_has_a_planted_fault(self) -> None:
        rules = tomllib.loads((DATA / "rules" / "claims.toml").read_text("utf-8"))["rule"]
        planted = {name for fault in FAULTS for name in fault.ours}
        assert {rule["id"] for rule in rules} - planted == NOT_OF_A_FILE


class TestPage:
    """The page lists what the tests hold."""

    def test_page_matches_the_list_of_faults(self) -> None:
        assert planted_faults.PAGE.read_text("utf-8") == planted_faults.page(FAULTS)

    def test_measuring_again_keeps_the_list_as_it_is(self) -> None:
        text = FAULTS_FILE.read_text("utf-8")
        seen_by = (fault.seen_by for fault in FAULTS)
        assert planted_faults.with_measured(text, seen_by) == text
