"""
Check a submission before it is sent. Reports everything that is missing or wrong at once, each at its path.

Each check is a function in a ``submission_...`` module. It looks at the whole submission and is independent of the
others. Its rule is in ``data/rules/claims.toml``. The rules about codes, units, and edits are those of
:func:`~therapy_billing.check_claim`; they are not repeated here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date

import attrs

from therapy_billing.base.dates import parse_date
from therapy_billing.base.errors import InvalidInputError, NotPublishedError
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import as_tuple, require_type
from therapy_billing.base.wording import did_you_mean
from therapy_billing.checks import (
    submission_addresses,
    submission_amounts,
    submission_coverage,
    submission_dates,
    submission_files,
    submission_headers,
    submission_lines,
    submission_payments,
    submission_providers,
)
from therapy_billing.checks.submitted_claims import (
    MEDICARE_PART_B,
    SubmissionReport,
    SubmittedClaim,
    SubmittedClaims,
)
from therapy_billing.claims.coverage import Coverage
from therapy_billing.claims.professional_claim import ProfessionalClaim
from therapy_billing.claims.segment_remarks import SegmentRemark
from therapy_billing.claims.submission import Submission
from therapy_billing.findings.records import Answer, Finding, Findings, Severity
from therapy_billing.findings.report import merge_findings, with_assumptions
from therapy_billing.payers.catalog import PAYERS
from therapy_billing.payers.payer import Payer

__all__ = ["SUBMISSION_CHECKS", "SubmissionError", "check_submission"]

_NO_PAYER = (Answer.NOT_IN_DATA, "the payer is not known")
_NO_DATE = (Answer.NOT_IN_DATA, "the claim has no date of service")
_TURNED_OFF = "turned off by the caller"
_CLAIM = re.compile(r"claims\[([0-9]+)\]")


class SubmissionError(InvalidInputError):
    """
    A submission cannot be sent, because it has denials.

    Args:
        findings: What :func:`~therapy_billing.check_submission` found, with at least one denial.

    Attributes:
        findings: The same findings.
    """

    def __init__(self, findings: Findings) -> None:
        denials = [finding for finding in findings if finding.severity is Severity.DENY]
        if not denials:
            msg = "findings must have at least one denial"
            raise InvalidInputError(msg, field="findings")
        first = denials[0]
        count = "1 denial" if len(denials) == 1 else f"{len(denials)} denials: the first is"
        msg = f"the submission has {count} at {first.path}: {first.message}"
        super().__init__(msg, field=first.path)
        self.findings = findings

    def __reduce__(self) -> tuple[type[SubmissionError], tuple[Findings]]:
        return type(self), (self.findings,)


def check_submission(
    submission: Submission,
    *,
    payers: Mapping[str, Payer] | None = None,
    without: Iterable[str] = (),
    filed_on: date | str | None = None,
    remarks: Iterable[SegmentRemark] | None = None,
) -> Findings:
    """
    Check a submission before it is sent.

    Every finding has the path of what is missing or wrong, such as ``claims[0].lines[2].charge``. A denial is a fault
    that a source names. A rule that rests only on sources which were not read gives a review.

    The codes, units, and modifiers of a day are checked by :func:`~therapy_billing.check_claim` and
    :func:`~therapy_billing.check_day`.

    Args:
        submission: The submission.
        payers: Payers by name, in addition to those of the library. The coverage of a claim names its payer. Without a
            name, a claim to Medicare Part B is checked against the rules of Medicare.
        without: Ids of rules to turn off, from :data:`~therapy_billing.checks.SUBMISSION_CHECKS`.
        filed_on: The date of the file. Without it, dates in the future are not found.
        remarks: What the reader of a file found odd. None if the submission was not read from a file.

    Returns:
        The findings, in the order of the claims, and the answer of each rule. No text has a name, an identifier, or
        another value of a person.

    Raises:
        InvalidInputError: If an argument has the wrong type, or a rule id is unknown.

    Source:
        ``data/rules/claims.toml``. Each finding cites its own sources.

    >>> from therapy_billing.claims import ClaimHeader, ProfessionalClaim
    >>> found = check_submission(Submission(claims=[ProfessionalClaim(ClaimHeader(diagnoses=["M54.50"]))]))
    >>> [finding.message for finding in found if finding.path == "claims[0].header.diagnoses[0]"]
    ['the diagnosis has a decimal point']
    """
    require_type(submission, Submission, "submission")
    known = _payers(payers)
    off = _rule_ids(without)
    submitted = SubmittedClaims(
        submission,
        tuple(
            _submitted(f"claims[{index}]", claim, known)
            for index, claim in enumerate(submission.claims)
        ),
        None if filed_on is None else parse_date(filed_on, what="filed_on"),
        None if remarks is None else as_tuple(remarks, SegmentRemark, "remarks"),
    )
    reports = []
    for rule, check in _CHECKS.items():
        report = SubmissionReport(rule)
        if rule in off:
            report.leave_open(Answer.NOT_APPLICABLE, _TURNED_OFF, "")
        else:
            check(submitted, report)
        reports.append(report.findings())
    found = merge_findings(reports)
    for claim in {id(each.policy): each for each in submitted.claims}.values():
        found = with_assumptions(found, claim.first_day, claim.policy)
    return attrs.evolve(found, found=tuple(sorted(found.found, key=_place)))


def _place(finding: Finding) -> tuple[int, int, int, str]:
    """Return the key for the order of findings: those of the file first, then claim by claim, the worst first."""
    claim = _CLAIM.match(finding.path)
    number = -1 if claim is None else int(claim[1])
    return number, finding.severity.rank, SUBMISSION_CHECKS.index(finding.rule.id), finding.path


def _payers(payers: Mapping[str, Payer] | None) -> Mapping[str, Payer]:
    if payers is None:
        return PAYERS
    require_type(payers, Mapping, "payers")
    for payer in payers.values():
        require_type(payer, Payer, "payers")
    return payers


def _rule_ids(without: Iterable[str]) -> frozenset[str]:
    given: object = without
    if isinstance(given, str) or not isinstance(given, Iterable):
        msg = f"without must be a list of rule ids, got {safe_repr(given)}"
        raise InvalidInputError(msg, field="without")
    ids = tuple(given)
    for rule in ids:
        if not isinstance(rule, str) or rule not in _CHECKS:
            hint = did_you_mean(rule, _CHECKS)
            msg = f"unknown rule id in without: use ids from SUBMISSION_CHECKS{hint}"
            raise InvalidInputError(msg, field="without")
    return frozenset(ids)


def _submitted(path: str, claim: ProfessionalClaim, payers: Mapping[str, Payer]) -> SubmittedClaim:
    """Return a claim with the policy of its payer on the first date of service."""
    payer = _payer_of(claim.parties.coverage or Coverage(), payers)
    if payer is None:
        return SubmittedClaim(path, claim, None, _NO_PAYER)
    unknown = SubmittedClaim(path, claim, None, _NO_DATE)
    if unknown.first_day is None:
        return unknown
    try:
        policy = payer.on(unknown.first_day)
    except NotPublishedError as error:
        return SubmittedClaim(path, claim, None, (Answer.OUT_OF_RANGE, str(error)))
    return SubmittedClaim(path, claim, policy, _NO_PAYER)


def _payer_of(coverage: Coverage, payers: Mapping[str, Payer]) -> Payer | None:
    name = coverage.payer
    if name is None:
        name = "medicare" if coverage.filing_indicator == MEDICARE_PART_B else ""
    for known in (payers, PAYERS):
        if name in known:
            return known[name]
    return None


_CHECKS: Mapping[str, Callable[[SubmittedClaims, SubmissionReport], None]] = {
    "claim-submission": submission_files.check_submission_header,
    "claim-submitter": submission_files.check_submitter,
    "claim-receiver": submission_files.check_receiver,
    "claim-contact": submission_addresses.check_contacts,
    "claim-file": submission_files.check_reading,
    "claim-characters": submission_files.check_characters,
    "claim-length": submission_files.check_lengths,
    "claim-lost-field": submission_files.check_lost_fields,
    "claim-name": submission_providers.check_names,
    "claim-address": submission_addresses.check_addresses,
    "claim-zip": submission_addresses.check_zip_codes,
    "claim-po-box": submission_addresses.check_po_box,
    "claim-billing-provider": submission_providers.check_billing_provider,
    "claim-npi": submission_providers.check_npis,
    "claim-tax-id": submission_providers.check_tax_id,
    "claim-taxonomy": submission_providers.check_taxonomy,
    "claim-rendering-provider": submission_providers.check_rendering_provider,
    "claim-referring-provider": submission_providers.check_referring_provider,
    "claim-person-provider": submission_providers.check_person_providers,
    "claim-service-facility": submission_providers.check_service_facility,
    "claim-payer": submission_coverage.check_payer,
    "claim-payer-filing": submission_coverage.check_payer_filing,
    "claim-payer-order": submission_coverage.check_payer_order,
    "claim-primary-payers": submission_coverage.check_primary_payers,
    "claim-msp-type": submission_coverage.check_msp_type,
    "claim-subscriber": submission_coverage.check_subscriber,
    "claim-member-id": submission_coverage.check_member_id,
    "claim-mbi": submission_coverage.check_mbi,
    "claim-patient": submission_coverage.check_patient,
    "claim-birth-date": submission_coverage.check_birth_date,
    "claim-sex": submission_coverage.check_sex,
    "claim-property-casualty": submission_coverage.check_property_casualty,
    "claim-account": submission_headers.check_account,
    "claim-repeated-account": submission_headers.check_repeated_account,
    "claim-header-codes": submission_headers.check_header_codes,
    "claim-place-of-service": submission_headers.check_place_of_service,
    "claim-frequency": submission_headers.check_frequency,
    "claim-payer-number": submission_headers.check_payer_number,
    "claim-payer-frequency": submission_headers.check_payer_frequency,
    "claim-accident": submission_headers.check_accident,
    "claim-diagnosis-count": submission_headers.check_diagnosis_count,
    "claim-diagnosis-duplicate": submission_headers.check_diagnosis_duplicate,
    "claim-diagnosis-form": submission_headers.check_diagnosis_form,
    "claim-diagnosis-icd10-date": submission_dates.check_icd10_date,
    "claim-icd-9-qualifier": submission_files.check_icd9_qualifier,
    "claim-date": submission_dates.check_date,
    "claim-date-range": submission_dates.check_date_range,
    "claim-date-in-future": submission_dates.check_future_dates,
    "claim-date-before-birth": submission_dates.check_date_before_birth,
    "claim-date-before-accident": submission_dates.check_date_before_accident,
    "claim-line-count": submission_lines.check_line_count,
    "claim-line-number": submission_lines.check_line_numbers,
    "claim-code-form": submission_lines.check_code_form,
    "claim-modifier-count": submission_lines.check_modifier_count,
    "claim-modifier-repeated": submission_lines.check_modifier_repeated,
    "claim-plan-modifier": submission_lines.check_plan_modifier,
    "claim-pointer": submission_lines.check_pointers,
    "claim-duplicate": submission_lines.check_duplicate_lines,
    "claim-charge": submission_amounts.check_charges,
    "claim-total": submission_amounts.check_total,
    "claim-total-adds-up": submission_files.check_total_adds_up,
    "claim-units": submission_amounts.check_units,
    "claim-amount": submission_amounts.check_amounts,
    "claim-cob-payment": submission_payments.check_payments,
    "claim-cob-date": submission_payments.check_payment_dates,
    "claim-cob-balance-line": submission_payments.check_line_balance,
    "claim-cob-balance-claim": submission_payments.check_claim_balance,
    "claim-adjustments": submission_payments.check_adjustments,
}

SUBMISSION_CHECKS = tuple(_CHECKS)
"""The ids of the rules that a submission is checked against."""
