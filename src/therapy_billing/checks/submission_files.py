"""Check what concerns the whole file: its header, submitter, receiver, characters, lengths, and how it was read."""

from __future__ import annotations

from therapy_billing.base.wording import counted
from therapy_billing.base.x12 import character_fault
from therapy_billing.checks.submitted_claims import SubmissionReport, SubmittedClaims, records_of
from therapy_billing.claims.coverage import PriorPayment
from therapy_billing.claims.parties import Person
from therapy_billing.findings.records import Answer

__all__ = [
    "check_characters",
    "check_icd9_qualifier",
    "check_lengths",
    "check_lost_fields",
    "check_reading",
    "check_receiver",
    "check_submission_header",
    "check_submitter",
    "check_total_adds_up",
]

_PURPOSES = ("00", "18")
_USES = ("CH", "RP", "31")
_NO_FILE = "no file was read"
_OWN_RULES = ("total", "icd-9-qualifier", "fifth-modifier")
"""The kinds of remarks that have a rule of their own."""
_DENIED = frozenset(
    {
        *("bad-date", "bad-number", "envelope", "hierarchy", "numbering", "order"),
        "principal-diagnosis",
    }
)
"""The kinds of remarks about faults for which a file is rejected."""
_LEAST = {"id": 2, "member_id": 2, "payer_id": 2, "city": 2, "zip_code": 3}
"""The fewest characters of the fields for which a claim file has a minimum above 1."""
_CHECKED_FORMS = frozenset(
    {
        *("npi", "tax_id", "tax_id_kind", "taxonomy", "phone", "fax", "line_number"),
        *("payer_id_kind", "filing_indicator", "order", "relationship", "msp_type", "sex"),
        *("frequency", "signature_on_file", "assignment", "benefits_assigned", "release"),
        *("patient_signature", "delay_reason", "place_of_service", "causes", "diagnoses"),
        *("code", "modifiers", "unit_measure", "group", "purpose", "use"),
    }
)
"""The fields whose form another rule checks, and with it their length."""


def check_submission_header(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that there is a claim, and check the reference, the purpose, and the use."""
    submission = submitted.submission
    if not submitted.claims:
        report.deny("claims", "the submission has no claim", "add a claim.")
    if submission.reference is None:
        report.deny(
            "reference", "the number of the submission is missing", "add a number of your own."
        )
    if submission.purpose not in _PURPOSES:
        report.deny(
            "purpose",
            "the purpose is neither 00 nor 18",
            "use 00 for an original, or 18 if it is sent again.",
        )
    if submission.use not in _USES:
        report.deny(
            "use",
            "the use is neither CH nor RP",
            "use CH for claims that ask for payment, or RP for reports.",
        )


def check_submitter(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that the submitter is given, with its identifier and a contact."""
    submitter = submitted.submission.submitter
    if submitter is None:
        report.deny("submitter", "the submitter is missing", "add who sends the file.")
        return
    if submitter.id is None:
        report.deny(
            "submitter.id",
            "the identifier of the submitter is missing",
            "add the identifier that the receiver assigned.",
        )
    if submitter.contact is None:
        report.deny(
            "submitter.contact",
            "the contact of the submitter is missing",
            "add a name with a phone number or an email address.",
        )


def check_receiver(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that the receiver is given, with its identifier."""
    receiver = submitted.submission.receiver
    if receiver is None:
        report.deny("receiver", "the receiver is missing", "add the payer or the clearinghouse.")
    elif receiver.id is None:
        report.deny(
            "receiver.id", "the identifier of the receiver is missing", "add the identifier."
        )


def check_characters(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that each text has only characters that a claim file can carry, and no blanks at its ends."""
    for path, text, _ in submitted.texts:
        fault = character_fault(text)
        if fault is not None:
            report.deny(
                path, f"character {fault.position}: {fault.reason}", "replace the character."
            )
        if text != text.strip(" "):
            report.deny(path, "the text starts or ends with a blank", "remove the blank.")


def check_lengths(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that each text has no more characters than a claim can carry, and no fewer than it needs."""
    for path, text, most in submitted.texts:
        field = path.rpartition(".")[2].partition("[")[0]
        if len(text) > most and field not in _CHECKED_FORMS:
            report.deny(
                path,
                f"the text has {len(text)} characters; a claim has room for {most}",
                "shorten it.",
            )
        least = _LEAST.get(field, 1)
        if len(text) < least:
            report.deny(
                path,
                f"the text has {counted(len(text), 'character')}; a claim needs at least {least}",
                "correct it.",
            )


def check_lost_fields(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Find values for which a claim file has no room, so that they would be lost."""
    submitter = submitted.submission.submitter
    if (
        submitter is not None
        and isinstance(submitter.name, Person)
        and submitter.name.suffix is not None
    ):
        _lost(report, "submitter.name.suffix", "suffix of a submitter")
    for path, prior in records_of(submitted.records, PriorPayment):
        if prior.subscriber is not None and prior.subscriber.birth_date is not None:
            _lost(report, f"{path}.subscriber.birth_date", "birth date with an earlier payer")
        if prior.subscriber is not None and prior.subscriber.sex is not None:
            _lost(report, f"{path}.subscriber.sex", "sex with an earlier payer")
        if prior.coverage is not None and prior.coverage.provider_id is not None:
            _lost(report, f"{path}.coverage.provider_id", "provider identifier of an earlier payer")
    for claim in submitted.claims:
        for path, owner in ((claim.at("parties"), claim.parties), *claim.lines):
            for role in ("referring_provider", "supervising_provider"):
                provider = getattr(owner, role)
                if provider is not None and provider.taxonomy is not None:
                    words = f"taxonomy code of a {role.replace('_', ' ')}"
                    _lost(report, f"{path}.{role}.taxonomy", words)


def _lost(report: SubmissionReport, path: str, what: str) -> None:
    report.deny(path, f"a claim file has no room for the {what}", "leave it out.")


def check_total_adds_up(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Report claims of a file whose total is not the sum of the charges of their lines."""
    _check_remarks(submitted, report, "total", "correct the total or the charges of the lines.")


def check_icd9_qualifier(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Report diagnoses of a file with the qualifier of ICD-9-CM."""
    _check_remarks(
        submitted, report, "icd-9-qualifier", "use the qualifier ABK or ABF and ICD-10-CM codes."
    )


def _check_remarks(
    submitted: SubmittedClaims, report: SubmissionReport, kind: str, action: str
) -> None:
    if submitted.remarks is None:
        report.leave_open(Answer.NOT_APPLICABLE, _NO_FILE, "claims")
        return
    for remark in submitted.remarks:
        if remark.kind == kind:
            path = remark.place
            report.deny(path, remark.message, action)


def check_reading(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Report what could not be read in a file."""
    if submitted.remarks is None:
        report.leave_open(Answer.NOT_APPLICABLE, _NO_FILE, "claims")
        return
    for remark in submitted.remarks:
        if remark.kind not in _OWN_RULES:
            add = report.deny if remark.kind in _DENIED else report.review
            path = remark.place
            add(path, remark.message, "look at the segment of the file.")
