"""Check the dates of a submission: of services, accidents, births, and payments."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from therapy_billing.checks.submitted_claims import (
    SubmissionReport,
    SubmittedClaim,
    SubmittedClaims,
    records_of,
)
from therapy_billing.claims.coverage import LinePayment, PriorPayment
from therapy_billing.findings.records import Answer

__all__ = [
    "check_date",
    "check_date_before_accident",
    "check_date_before_birth",
    "check_date_range",
    "check_future_dates",
    "check_icd10_date",
]

_HEADER_DATES = ("onset", "initial_treatment", "last_seen")


def check_date(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that each line has a date of service."""
    for claim in submitted.claims:
        for path, line in claim.lines:
            if line.date_of_service is None:
                report.deny(
                    f"{path}.date_of_service", "the date of service is missing", "add the date."
                )


def check_date_range(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that no line ends before it starts."""
    for claim in submitted.claims:
        for path, line in claim.lines:
            first, last = line.date_of_service, line.through
            if first is not None and last is not None and last < first:
                report.deny(
                    f"{path}.through",
                    f"the last date, {last}, is before the first date, {first}",
                    "correct the dates.",
                )


def check_future_dates(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that no date of service, accident, illness, or payment is after the date of the file."""
    filed_on = submitted.filed_on
    if filed_on is None:
        report.leave_open(Answer.NOT_IN_DATA, "the date of the file was not given", "claims")
        return
    for claim in submitted.claims:
        for path, day in _dates(claim):
            if day > filed_on:
                report.deny(
                    path,
                    f"the date is after the date of the file, {filed_on}",
                    "correct the date, or send the claim later.",
                )


def _dates(claim: SubmittedClaim) -> Iterator[tuple[str, date]]:
    """Yield the dates of a claim that cannot be in the future, with their paths."""
    dated: list[tuple[str, date | None]] = []
    for path, line in claim.lines:
        dated += [
            (f"{path}.date_of_service", line.date_of_service),
            (f"{path}.through", line.through),
        ]
    dated += [(claim.at(f"header.{name}"), getattr(claim.header, name)) for name in _HEADER_DATES]
    if claim.header.accident is not None:
        dated.append((claim.at("header.accident.occurred_on"), claim.header.accident.occurred_on))
    if claim.patient is not None:
        dated.append((f"{claim.patient[0]}.birth_date", claim.patient[1].birth_date))
    dated += [
        (f"{path}.paid_on", payment.paid_on)
        for path, payment in records_of(claim.records, PriorPayment, LinePayment)
    ]
    yield from ((path, day) for path, day in dated if day is not None)


def check_date_before_birth(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that no service is before the patient's birth."""
    for claim in submitted.claims:
        born = None if claim.patient is None else claim.patient[1].birth_date
        for path, line in claim.lines:
            day = line.date_of_service
            if born is not None and day is not None and day < born:
                report.deny(
                    f"{path}.date_of_service",
                    "the date of service is before the patient's date of birth",
                    "correct the date of service or the date of birth.",
                )


def check_date_before_accident(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that no service is before the accident that the claim is related to."""
    for claim in submitted.claims:
        accident = claim.header.accident
        occurred_on = None if accident is None else accident.occurred_on
        for path, line in claim.lines:
            day = line.date_of_service
            if occurred_on is not None and day is not None and day < occurred_on:
                report.deny(
                    f"{path}.date_of_service",
                    f"the date of service, {day}, is before the accident",
                    "correct the date of the accident, or bill the line on a claim of its own.",
                )


def check_icd10_date(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that no claim with ICD-10-CM codes has services before they were in use."""
    first = report.rule.effective_from or date.min
    for claim in submitted.claims:
        for path, line in claim.lines:
            day = line.date_of_service
            if claim.header.diagnoses and day is not None and day < first:
                report.deny(
                    f"{path}.date_of_service",
                    f"the service is before {first}, when ICD-10-CM codes started",
                    "correct the date; a claim for that time needs ICD-9-CM codes.",
                )
