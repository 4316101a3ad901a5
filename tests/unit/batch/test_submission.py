"""Make a submission of claims from a treatment log and a parties file."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from therapy_billing import FeeSchedule, FileFormatError, InvalidInputError
from therapy_billing.base.library_files import read_library_text
from therapy_billing.batch import ClaimSpan, LogSubmission, submission_of_log
from therapy_billing.checks import check_submission
from therapy_billing.claims import (
    PartiesFile,
    Person,
    ProfessionalClaim,
    Provider,
    read_parties_file,
)
from therapy_billing.pricing import Accumulators
from therapy_billing.visits import LogDay

Read = Callable[[str], PartiesFile]
HEAD = """
reference = "B1"
[submitter]
name = "Clinic"
[receiver]
name = "House"
[billing_provider]
name = "Clinic"
npi = "1234567893"
[charges]
97110 = 60
97140 = 58.50
[payers.medicare]
payer = "medicare"
filing_indicator = "MB"
"""
PEOPLE = """
[providers.T-1]
last = "Tee"
npi = "1987654328"
[providers.T-2]
last = "Ess"
npi = "1555555550"
[providers.SOLO]
last = "Solo"
npi = "1234567893"
[providers]
"A-1" = "T-1"
[disciplines]
OT = "T-2"
"""
MEDICARE = """
[patients.P-1]
account = "A1"
coverage = { payer = "medicare" }
diagnoses = ["M5450"]
"""
KX_UNKNOWN = "KX was not checked for some lines: give the fees and the year-to-date amounts of their patients"
TEE = Provider(Person("Tee"), "1987654328")
ESS = Provider(Person("Ess"), "1555555550")


@pytest.fixture
def parties(tmp_path: Path) -> Read:
    def call(text: str) -> PartiesFile:
        path = tmp_path / "parties.toml"
        path.write_text(HEAD + text, encoding="utf-8")
        return read_parties_file(path)

    return call


def row(code: str = "97110", minutes: object = 20, **cells: object) -> dict[str, object]:
    given = {"patient": "P-1", "date": "2026-03-02", "discipline": "PT"}
    return {**given, "code": code, "minutes": minutes, **cells}


def only(made: LogSubmission) -> ProfessionalClaim:
    (claim,) = made.submission.claims
    return claim


def rendering(claim: ProfessionalClaim) -> tuple[Provider | None, list[Provider | None]]:
    """Return the rendering provider of the claim, and of each line."""
    return claim.parties.rendering_provider, [line.rendering_provider for line in claim.lines]


def errors_of(call: Callable[[], object]) -> list[str]:
    with pytest.raises(ExceptionGroup) as caught:
        call()
    assert all(type(error) is FileFormatError for error in caught.value.exceptions)
    return [str(error).rpartition("/")[2] for error in caught.value.exceptions]


class TestClaims:
    def test_a_visit_becomes_a_claim_with_its_parties(self, parties: Read) -> None:
        made = submission_of_log([row(), row("97140", 30, key="k-2")], parties(MEDICARE))
        claim = only(made)
        assert (made.errors, made.remarks, made.log_lines) == ((), (KX_UNKNOWN,), (1,))
        assert made.submission.reference == "B1"
        assert claim.header.account == "A1-20260302"
        lines: list[tuple[object, ...]] = [
            (line.code, line.units, line.charge, line.modifiers, line.pointers, line.line_number)
            for line in claim.lines
        ]
        assert lines == [
            ("97110", 1, Decimal("60.00"), ("GP",), (1,), "20260302-1"),
            ("97140", 2, Decimal("117.00"), ("GP",), (1,), "20260302-2"),
        ]
        assert claim.lines[0].date_of_service == datetime.date(2026, 3, 2)
        assert repr(made) == "<LogSubmission: submission, log_lines, remarks>"

    def test_each_visit_has_a_claim_and_the_visits_of_a_patient_are_together(
        self, parties: Read
    ) -> None:
        other = '[patients.P-2]\ncoverage = { payer = "medicare" }\n'
        log = [row(date="2026-03-04"), row(patient="P-2"), row()]
        made = submission_of_log(log, parties(MEDICARE + other))
        accounts = [claim.header.account for claim in made.submission.claims]
        assert accounts == ["A1-20260302", "A1-20260304", None]
        assert made.log_lines == (3, 1, 2)

    def test_a_claim_per_patient_has_all_days_and_the_account_as_given(self, parties: Read) -> None:
        log = [row(date="2026-03-04"), row(), row("97140")]
        for per in ("patient", ClaimSpan.PATIENT):
            made = submission_of_log(log, parties(MEDICARE), per=per)
            claim = only(made)
            assert (claim.header.account, made.log_lines) == ("A1", (1,))
            numbers = [line.line_number for line in claim.lines]
            assert numbers == ["20260302-1", "20260302-2", "20260304-3"]

    def test_a_code_without_a_charge_has_none(self, parties: Read) -> None:
        claim = only(submission_of_log([row("97530", 20)], parties(MEDICARE)))
        assert [line.charge for line in claim.lines] == [None]

    def test_a_day_without_units_has_no_claim(self, parties: Read) -> None:
        made = submission_of_log([row(minutes=7)], parties(MEDICARE))
        assert made.submission.claims == ()
        assert made.remarks == ("line 1: the day has no unit to bill, so it has no claim",)

    def test_kx_is_added_as_the_day_is_priced(self, parties: Read) -> None:
        made = submission_of_log(
            [row()],
            parties(MEDICARE),
            "medicare",
            FeeSchedule.medicare,
            {"P-1": Accumulators(2026, pt_slp="2480")},
            attestations=["KX"],
        )
        assert only(made).lines[0].modifiers == ("GP", "KX")


class TestWhatIsLeftToDecide:
    def test_days_with_a_tie_are_counted(self, parties: Read) -> None:
        tied = [row("97110", 20), row("97112", 20)]
        next_day = [{**each, "date": "2026-03-03"} for each in tied]
        made = submission_of_log(tied, parties(MEDICARE))
        assert made.remarks[0] == (
            "1 day has a tie to decide; the claims have the split that bill shows first"
        )
        made = submission_of_log([*tied, *next_day], parties(MEDICARE))
        assert made.remarks[0].startswith("2 days have a tie to decide")

    def test_lines_above_the_threshold_without_kx_are_counted(self, parties: Read) -> None:
        year = {"P-1": Accumulators(2026, pt_slp="2480")}
        for log, words in (
            ([row()], "1 line is above the annual threshold without KX"),
            ([row(), row("97140", 15)], "2 lines are above the annual threshold without KX"),
        ):
            made = submission_of_log(log, parties(MEDICARE), "medicare", FeeSchedule.medicare, year)
            (remark,) = made.remarks
            assert remark.startswith(words)
            assert "KX" not in only(made).lines[0].modifiers

    def test_a_day_below_the_threshold_has_nothing_to_decide(self, parties: Read) -> None:
        year = {"P-1": Accumulators(2026)}
        made = submission_of_log([row()], parties(MEDICARE), "medicare", FeeSchedule.medicare, year)
        assert made.remarks == ()


class TestWhatIsNotBilled:
    def test_a_service_that_makes_no_unit_is_a_remark(self, parties: Read) -> None:
        log = [row(), row("97112", clinician="aide")]
        made = submission_of_log(log, parties(PEOPLE + MEDICARE))
        assert [line.code for line in only(made).lines] == ["97110"]
        assert made.remarks[0] == (
            "line 1: 20 minutes of 97112 by an aide make no unit: the payer does not pay for a service by an aide"
        )


class TestPointers:
    def test_several_diagnoses_without_pointers_leave_them_out(self, parties: Read) -> None:
        text = MEDICARE.replace('"M5450"', '"M5450", "M25561"')
        assert only(submission_of_log([row()], parties(text))).lines[0].pointers == ()

    def test_pointers_by_code_apply_to_the_lines_of_the_code(self, parties: Read) -> None:
        text = MEDICARE + "pointers = { 97110 = [2, 1], 97140 = [1] }"
        claim = only(submission_of_log([row(), row("97140")], parties(text)))
        assert [line.pointers for line in claim.lines] == [(2, 1), (1,)]

    def test_a_code_without_pointers_is_an_error_of_the_parties_file(self, parties: Read) -> None:
        text = MEDICARE + "pointers = { 97140 = [1] }"
        assert errors_of(lambda: submission_of_log([row()], parties(text))) == [
            (
                "parties.toml, line 21, column patients.*.pointers: pointers has no entry for 97110: "
                "name each code of the claim"
            )
        ]
        made = submission_of_log([row()], parties(text), keep_going=True)
        assert (made.submission.claims, made.log_lines, len(made.errors)) == ((), (), 1)


class TestPayers:
    NO_PAYER = '[patients.P-1]\ncoverage = { filing_indicator = "CI" }\n'

    def test_units_are_counted_for_the_payer_of_the_coverage(self, parties: Read) -> None:
        log = [row("97110", 8), row("97140", 8)]
        text = '[patients.P-1]\ncoverage = { payer = "cpt-midpoint" }\n'
        claim = only(submission_of_log(log, parties(text)))
        assert len(claim.lines) == 2
        assert len(only(submission_of_log(log, parties(MEDICARE))).lines) == 1

    def test_a_coverage_without_a_payer_gets_that_of_the_log(self, parties: Read) -> None:
        claim = only(submission_of_log([row(payer="cpt-midpoint")], parties(self.NO_PAYER)))
        assert claim.parties.coverage is not None
        assert claim.parties.coverage.payer == "cpt-midpoint"

    def test_without_any_payer_a_remark_says_how_units_were_counted(self, parties: Read) -> None:
        made = submission_of_log([row()], parties(self.NO_PAYER))
        claim = only(made)
        assert claim.parties.coverage is not None
        assert claim.parties.coverage.payer is None
        assert made.remarks == (
            KX_UNKNOWN,
            (
                "line 1: neither the log nor the coverage names a payer of the library, so the units are "
                "counted for medicare"
            ),
        )
        part_b = self.NO_PAYER.replace("CI", "MB")
        assert submission_of_log([row()], parties(part_b)).remarks == (KX_UNKNOWN,)

    def test_a_patient_without_coverage_has_a_claim_without_one(self, parties: Read) -> None:
        claim = only(submission_of_log([row()], parties('[patients.P-1]\naccount = "A1"')))
        assert claim.parties.coverage is None

    def test_the_log_and_the_coverage_must_name_one_payer(self, parties: Read) -> None:
        reason = "not the payer of the patient's coverage, or of an earlier day: use one payer"
        log = [row(payer="cpt-midpoint")]
        assert errors_of(lambda: submission_of_log(log, parties(MEDICARE))) == [
            f"<rows>, line 1, column payer: {reason}"
        ]
        made = submission_of_log([row(payer="Medicare")], parties(MEDICARE))
        assert len(made.submission.claims) == 1

    def test_two_payers_of_a_patient_in_the_log_are_an_error(self, parties: Read) -> None:
        log = [
            row(),
            row(payer="medicare", date="2026-03-03"),
            row(payer="cpt-midpoint", date="2026-03-04"),
        ]
        made = submission_of_log(log, parties(self.NO_PAYER), keep_going=True)
        assert [error.line for error in made.errors] == [3]
        assert len(made.submission.claims) == 2

    def test_an_unknown_payer_is_an_error_of_the_parties_file(self, parties: Read) -> None:
        text = '[patients.P-1]\ncoverage = { payer = "mediare" }\n'
        log = [row(), row(date="2026-03-04")]
        (error,) = errors_of(lambda: submission_of_log(log, parties(text)))
        assert error == (
            "parties.toml, line 17, column patients.*.coverage: payer is neither the key of one of the [payers] nor a "
            "payer of the library"
        )


class TestRenderingProviders:
    def test_one_clinician_of_all_lines_is_that_of_the_claim(self, parties: Read) -> None:
        log = [row(treated_by="T-1"), row("97140", treated_by="T-1")]
        claim = only(submission_of_log(log, parties(PEOPLE + MEDICARE)))
        assert rendering(claim) == (TEE, [None, None])

    def test_several_clinicians_are_named_line_by_line(self, parties: Read) -> None:
        log = [row(treated_by="T-1"), row("97140", treated_by="T-2")]
        claim = only(submission_of_log(log, parties(PEOPLE + MEDICARE)))
        assert rendering(claim) == (TEE, [None, ESS])
        usual = MEDICARE + 'rendering_provider = "T-2"'
        claim = only(submission_of_log(log, parties(PEOPLE + usual)))
        assert rendering(claim) == (ESS, [TEE, None])

    def test_a_line_of_an_unknown_clinician_does_not_get_that_of_another_line(
        self, parties: Read
    ) -> None:
        known, unknown = row(treated_by="T-1"), row("97140")
        for log, lines in (([known, unknown], [TEE, None]), ([unknown, known], [None, TEE])):
            made = submission_of_log(log, parties(PEOPLE + MEDICARE))
            assert rendering(only(made)) == (None, lines)
            found = check_submission(made.submission).of_rule("claim-rendering-provider")
            assert [each.path for each in found] == ["claims[0].parties.rendering_provider"]

    def test_an_assistants_line_names_the_provider_who_bills(self, parties: Read) -> None:
        log = [
            row(minutes=15, treated_by="T-2"),
            row(minutes=15, treated_by="A-1", clinician="assistant"),
        ]
        made = submission_of_log(log, parties(PEOPLE + MEDICARE))
        claim = only(made)
        assert [line.modifiers for line in claim.lines] == [("GP",), ("GP", "CQ")]
        assert rendering(claim) == (ESS, [None, TEE])
        assert made.remarks == (KX_UNKNOWN,)

    def test_a_line_of_two_clinicians_names_the_first_and_says_so(self, parties: Read) -> None:
        log = [row(treated_by="T-2"), row(treated_by="T-1")]
        made = submission_of_log(log, parties(PEOPLE + MEDICARE))
        assert rendering(only(made)) == (ESS, [None])
        assert made.remarks == (
            KX_UNKNOWN,
            "line 1: 2 clinicians furnished 97110, and its claim line names the first",
        )

    def test_an_add_on_code_has_the_clinician_of_its_family(self, parties: Read) -> None:
        log = [row("97129", 38, treated_by="T-1"), row("97140", treated_by="T-2")]
        claim = only(submission_of_log(log, parties(PEOPLE + MEDICARE)))
        assert [line.code for line in claim.lines] == ["97129", "97130", "97140"]
        assert rendering(claim) == (TEE, [None, None, ESS])

    def test_without_a_key_the_discipline_decides(self, parties: Read) -> None:
        log = [row("97535", 15, discipline="OT"), row(treated_by="T-1")]
        claim = only(submission_of_log(log, parties(PEOPLE + MEDICARE)))
        assert rendering(claim) == (ESS, [None, TEE])

    def test_solo_practice_names_no_rendering_provider(self, parties: Read) -> None:
        claim = only(submission_of_log([row(treated_by="SOLO")], parties(PEOPLE + MEDICARE)))
        assert rendering(claim) == (None, [None])

    def test_keys_are_ignored_if_the_file_has_no_providers(self, parties: Read) -> None:
        claim = only(submission_of_log([row(treated_by="T-7")], parties(MEDICARE)))
        assert rendering(claim) == (None, [None])

    def test_an_unknown_key_is_an_error_that_does_not_show_it(self, parties: Read) -> None:
        log = [row(treated_by="Rosa"), row(treated_by="T-1", date="2026-03-03")]
        text = PEOPLE + MEDICARE
        assert errors_of(lambda: submission_of_log(log, parties(text))) == [
            (
                "<rows>, line 1, column treated_by: [providers] of the parties file lacks the key of a "
                "clinician of this day"
            )
        ]


class TestErrors:
    def test_a_patient_without_a_table_is_an_error(self, parties: Read) -> None:
        log = [row(patient="Rosa"), row()]
        message = "<rows>, line 1, column patient: the parties file has no table for this patient"
        assert errors_of(lambda: submission_of_log(log, parties(MEDICARE))) == [message]
        made = submission_of_log(log, parties(MEDICARE), keep_going=True)
        assert [str(error) for error in made.errors] == [message]
        assert made.log_lines == (2,)

    def test_a_day_with_bad_rows_has_no_claim(self, parties: Read) -> None:
        log = [row(), row(minutes="x"), row(date="2026-03-03")]
        made = submission_of_log(log, parties(MEDICARE), keep_going=True)
        assert made.log_lines == (3,)
        assert [str(error) for error in made.errors][1] == (
            "<rows>, line 1: line 2 could not be read, so this day has no claim"
        )
        log.append(row(minutes="y"))
        made = submission_of_log(log, parties(MEDICARE), keep_going=True)
        assert "lines 2 and 4 could not be read" in str(made.errors[2])
        with pytest.raises(ExceptionGroup):
            submission_of_log(log, parties(MEDICARE))

    @pytest.mark.parametrize(
        ("line", "field"),
        [
            ('payer_claim_number = "ICN"', "payer_claim_number"),
            ("patient_paid = 20", "patient_paid"),
            ("prior_payments = [{ paid = 5 }]", "prior_payments"),
        ],
    )
    def test_what_belongs_to_one_claim_needs_one_visit(
        self, parties: Read, line: str, field: str
    ) -> None:
        log = [row(), row(date="2026-03-03")]
        found = parties(MEDICARE + line)
        assert errors_of(lambda: submission_of_log(log, found)) == [
            (
                f"parties.toml, line 21, column patients.*.{field}: belongs to one claim, but the log has 2 "
                "visits of this patient: send each visit with a file of its own"
            )
        ]
        assert len(submission_of_log(log, found, per="patient").submission.claims) == 1
        assert len(submission_of_log(log[:1], found).submission.claims) == 1

    def test_a_day_that_cannot_be_billed_is_an_error(self, parties: Read) -> None:
        log = [row(date="1999-03-02", code="97110"), row()]
        made = submission_of_log(log, parties(MEDICARE), keep_going=True)
        assert [error.line for error in made.errors] == [1]
        assert made.log_lines == (2,)

    def test_log_days_are_accepted(self, parties: Read) -> None:
        from therapy_billing import Session  # noqa: PLC0415

        visit = Session.from_minutes({"97110": 20}, date_of_service="2026-03-02", discipline="PT")
        day = LogDay("P-1", visit.date_of_service, "", (visit,), 7)
        assert submission_of_log([day], parties(MEDICARE)).log_lines == (7,)

    def test_wrong_arguments_are_refused(self, parties: Read) -> None:
        wrong: Any = "parties.toml"
        with pytest.raises(InvalidInputError, match="parties must be a PartiesFile, got"):
            submission_of_log([row()], wrong)
        with pytest.raises(
            InvalidInputError, match="per must be visit or patient, got a string of 3 characters"
        ):
            submission_of_log([row()], parties(MEDICARE), per="day")
        wrong = "yes"
        with pytest.raises(InvalidInputError, match="keep_going must be True or False"):
            submission_of_log([row()], parties(MEDICARE), keep_going=wrong)


def test_the_example_log_and_its_parties_make_claims_without_a_finding(tmp_path: Path) -> None:
    for name in ("clinic_day.csv", "clinic_day_parties.toml"):
        (tmp_path / name).write_text(read_library_text(f"logs/{name}"), encoding="utf-8")
    found = read_parties_file(tmp_path / "clinic_day_parties.toml")
    made = submission_of_log(tmp_path / "clinic_day.csv", found)
    assert len(made.submission.claims) == 12
    assert not check_submission(made.submission, filed_on="2026-03-15")
