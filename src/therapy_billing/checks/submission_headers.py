"""Check the headers of the claims: account, codes, frequency, accident, and diagnoses."""

from __future__ import annotations

import re

from therapy_billing.checks.submission_addresses import check_state
from therapy_billing.checks.submission_rules import looks_like_icd9, repeats
from therapy_billing.checks.submitted_claims import (
    SubmissionReport,
    SubmittedClaim,
    SubmittedClaims,
    records_of,
)
from therapy_billing.claims.coverage import PriorPayment
from therapy_billing.claims.identifiers import DiagnosisCode
from therapy_billing.claims.professional_claim import Accident

__all__ = [
    "check_accident",
    "check_account",
    "check_diagnosis_count",
    "check_diagnosis_duplicate",
    "check_diagnosis_form",
    "check_frequency",
    "check_header_codes",
    "check_payer_frequency",
    "check_payer_number",
    "check_place_of_service",
    "check_repeated_account",
]

_SAFE_ACCOUNT = 20
"""How many characters of an account number every payer returns."""
_MOST_DIAGNOSES = 12
_MOST_CAUSES = 2
_CODES = {
    "signature_on_file": (("Y", "N"), "Y or N"),
    "assignment": (("A", "B", "C"), "A, B, or C"),
    "benefits_assigned": (("Y", "N", "W"), "Y, N, or W"),
    "release": (("Y", "I"), "Y or I"),
}
"""The fields of a header that must have one of a few codes."""
_DELAYS = frozenset(["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "15"])
_PLACE = re.compile(r"[0-9]{2}")
_CAUSES = frozenset({"AA", "EM", "OA"})
_ORIGINAL = "1"
_CORRECTIONS = ("7", "8")


def check_account(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that each claim has an account number that comes back in full."""
    for claim in submitted.claims:
        account = claim.header.account
        if account is None:
            report.deny(
                claim.at("header.account"),
                "the account number is missing",
                "add a number of your own; the payer's answers repeat it.",
            )
        elif len(account) > _SAFE_ACCOUNT:
            report.review(
                claim.at("header.account"),
                f"the account number has {len(account)} characters",
                f"use up to {_SAFE_ACCOUNT}: some payers cut off the rest.",
            )


def check_repeated_account(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that no two claims have the same account number and a date of service in common."""
    seen: set[tuple[object, object]] = set()
    for claim in submitted.claims:
        account = claim.header.account
        days = {line.date_of_service for _, line in claim.lines} - {None}
        keys = {(account, day) for day in days if account is not None}
        if not seen.isdisjoint(keys):
            report.review(
                claim.at("header.account"),
                "another claim of the submission has the same account number and date of service",
                "send the claim once, or give it an account number of its own.",
            )
        seen |= keys


def check_header_codes(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check signature, assignment, benefits, release, patient signature, and delay reason."""
    for claim in submitted.claims:
        header = claim.header
        for field, (codes, words) in _CODES.items():
            _check_code(report, claim.at(f"header.{field}"), getattr(header, field), codes, words)
        if header.patient_signature not in (None, "P"):
            report.deny(
                claim.at("header.patient_signature"),
                "the source of the patient's signature is not P",
                "use P, or leave it out.",
            )
        if header.delay_reason is not None and header.delay_reason not in _DELAYS:
            report.deny(
                claim.at("header.delay_reason"),
                "the delay reason is not in the code list",
                "use a number from 1 to 11, or 15.",
            )
        for path, prior in records_of(claim.records, PriorPayment):
            for field in ("benefits_assigned", "release"):
                _check_code(report, f"{path}.{field}", getattr(prior, field), *_CODES[field])


def _check_code(
    report: SubmissionReport, path: str, value: str | None, codes: tuple[str, ...], words: str
) -> None:
    if value not in codes:
        name = path.rpartition(".")[2].replace("_", " ")
        wrong = "missing" if value is None else "not in the code list"
        report.deny(path, f"the code for {name} is {wrong}", f"use {words}.")


def check_place_of_service(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that the place of service is given, and has two digits."""
    for claim in submitted.claims:
        if claim.header.place_of_service is None:
            report.deny(
                claim.at("header.place_of_service"),
                "the place of service is missing",
                "add the code, such as 11 for an office.",
            )
        places = [(claim.at("header"), claim.header.place_of_service)]
        places += [(path, line.place_of_service) for path, line in claim.lines]
        for path, place in places:
            if place is not None and not _PLACE.fullmatch(place):
                report.deny(
                    f"{path}.place_of_service",
                    "the place of service is not two digits",
                    "use a code such as 11 for an office.",
                )


def check_frequency(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that a claim is an original, a replacement, or a void."""
    for claim in submitted.claims:
        frequency = claim.header.frequency
        if frequency is None or frequency not in (_ORIGINAL, *_CORRECTIONS):
            wrong = "missing" if frequency is None else "not 1, 7, or 8"
            report.deny(
                claim.at("header.frequency"),
                f"the frequency is {wrong}",
                "use 1 for an original, 7 for a replacement, or 8 for a void.",
            )


def check_payer_number(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that a replacement or void has the payer's claim number, and that an original has none."""
    for claim in submitted.claims:
        path = claim.at("header.payer_claim_number")
        frequency, number = claim.header.frequency, claim.header.payer_claim_number
        if frequency in _CORRECTIONS and number is None:
            kind = "replacement" if frequency == "7" else "void"
            report.deny(
                path,
                f"the {kind} does not have the payer's number of the earlier claim",
                "add the number from the payer's answer.",
            )
        elif frequency == _ORIGINAL and number is not None:
            report.deny(
                path,
                "the claim is an original, but has the payer's number of an earlier claim",
                "remove the number, or use the frequency 7 or 8.",
            )


def check_payer_frequency(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that the payer accepts the frequency."""
    for claim in submitted.claims:
        frequency = claim.header.frequency
        rules = claim.payer_rules(report) if frequency in _CORRECTIONS else None
        if rules is None:
            continue
        if rules.claim_frequencies is None:
            claim.not_stated(report, "which frequencies the payer accepts")
        elif frequency not in rules.claim_frequencies:
            report.deny(
                claim.at("header.frequency"),
                f"the payer may not accept the frequency {frequency}",
                "ask the payer how to correct a claim; Medicare reopens it.",
            )


def check_accident(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that an accident has a cause and a date, and an auto accident its state."""
    for claim in submitted.claims:
        accident = claim.header.accident
        if accident is not None:
            _check_causes(claim, accident, report)
            if accident.occurred_on is None:
                # An illness that comes from work need not have begun with an accident.
                add = report.review if accident.causes == ("EM",) else report.deny
                add(
                    claim.at("header.accident.occurred_on"),
                    "the date of the accident is missing",
                    "add the date.",
                )
            check_state(claim.at("header.accident.state"), accident.state, accident.country, report)
            if "AA" in accident.causes and accident.state is None and accident.country is None:
                report.deny(
                    claim.at("header.accident.state"),
                    "the state of the auto accident is missing",
                    "add the two-letter state.",
                )


def _check_causes(claim: SubmittedClaim, accident: Accident, report: SubmissionReport) -> None:
    path = claim.at("header.accident.causes")
    if not accident.causes:
        report.deny(path, "the accident has no cause", "use AA for auto, EM for work, or OA.")
    for index, cause in enumerate(accident.causes):
        if cause not in _CAUSES:
            report.deny(f"{path}[{index}]", "the cause is not AA, EM, or OA", "use AA, EM, or OA.")
    for index in repeats(accident.causes):
        report.deny(f"{path}[{index}]", "the cause is given twice", "give each cause once.")
    if len(accident.causes) > _MOST_CAUSES:
        report.deny(path, "the accident has more than two causes", "give up to two causes.")


def check_diagnosis_count(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that a claim has from 1 to 12 diagnoses."""
    for claim in submitted.claims:
        count = len(claim.header.diagnoses)
        if not count:
            report.deny(
                claim.at("header.diagnoses"), "the diagnosis is missing", "add an ICD-10-CM code."
            )
        elif count > _MOST_DIAGNOSES:
            report.deny(
                claim.at("header.diagnoses"),
                f"the claim has {count} diagnoses; it has room for {_MOST_DIAGNOSES}",
                "leave out the diagnoses that no line points to.",
            )


def check_diagnosis_duplicate(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that no diagnosis is given twice."""
    for claim in submitted.claims:
        codes = claim.header.diagnoses
        for index in repeats(codes):
            report.deny(
                claim.at(f"header.diagnoses[{index}]"),
                "the diagnosis is given twice",
                "give it once, and correct the pointers of the lines.",
            )


def check_diagnosis_form(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that each diagnosis is an ICD-10-CM code without a decimal point."""
    for claim in submitted.claims:
        for index, code in enumerate(claim.header.diagnoses):
            if DiagnosisCode.is_valid(code):
                continue
            message, action = (
                "the diagnosis is not 3 to 7 letters and digits, as an ICD-10-CM code has",
                "use an ICD-10-CM code such as M5450.",
            )
            if looks_like_icd9(code):
                message = "the diagnosis looks like an ICD-9-CM code"
            elif DiagnosisCode.is_valid(code.replace(".", "", 1)):
                message = "the diagnosis has a decimal point"
                action = "remove the decimal point."
            report.deny(claim.at(f"header.diagnoses[{index}]"), message, action)
