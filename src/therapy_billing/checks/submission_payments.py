"""Check what earlier payers decided: payments, dates, adjustments, and whether the amounts balance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from therapy_billing.base.money import ZERO, total
from therapy_billing.checks.submission_rules import (
    adjustment_segments,
    is_scattered,
    repeats,
    unexplained,
)
from therapy_billing.checks.submitted_claims import (
    SubmissionReport,
    SubmittedClaim,
    SubmittedClaims,
    records_of,
    shown_code,
)
from therapy_billing.claims.coverage import (
    Adjustment,
    Coverage,
    LinePayment,
    PriorPayment,
)

__all__ = [
    "check_adjustments",
    "check_claim_balance",
    "check_line_balance",
    "check_payment_dates",
    "check_payments",
]

_GROUPS = frozenset({"CO", "PR", "OA", "PI", "CR"})
_REASONS_PER_SEGMENT = 6
_MOST_SEGMENTS = 5


def _priors(
    claim: SubmittedClaim,
) -> Iterator[tuple[str, PriorPayment, list[tuple[str, LinePayment]]]]:
    """Yield each earlier payer's decision with its path, and what this payer paid for the lines."""
    for index, prior in enumerate(claim.parties.prior_payments):
        payer_id = (prior.coverage or Coverage()).payer_id
        of_lines = [
            (path, payment)
            for path, payment in claim.line_payments
            if payer_id is not None and payment.payer_id == payer_id
        ]
        yield claim.at(f"parties.prior_payments[{index}]"), prior, of_lines


def check_payments(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that each payment has its payer, its amount, and its units."""
    for claim in submitted.claims:
        priors = claim.parties.prior_payments
        ids = [(prior.coverage or Coverage()).payer_id for prior in priors]
        for index in repeats(ids):
            report.deny(
                claim.at(f"parties.prior_payments[{index}].coverage.payer_id"),
                "two earlier payers have the same identifier",
                "give each payer its own identifier, so that payments of lines can be matched.",
            )
        for path, prior, _ in _priors(claim):
            if prior.paid is None:
                report.deny(
                    f"{path}.paid",
                    "the amount that the payer paid is missing",
                    "add it, even if zero.",
                )
        for path, payment in claim.line_payments:
            _check_payment(claim, path, payment, ids, report)


def _check_payment(
    claim: SubmittedClaim,
    path: str,
    payment: LinePayment,
    ids: Sequence[str | None],
    report: SubmissionReport,
) -> None:
    if payment.payer_id is None:
        report.deny(
            f"{path}.payer_id", "the payer of the payment is missing", "add its identifier."
        )
    elif payment.payer_id not in ids:
        report.deny(
            f"{path}.payer_id",
            "the payment is not from an earlier payer of the claim",
            "use the identifier of one of the prior payments.",
        )
    if payment.paid is None:
        report.deny(
            f"{path}.paid", "the amount that the payer paid is missing", "add it, even if zero."
        )
    if payment.units is None:
        report.deny(f"{path}.units", "the units that the payer paid are missing", "add the units.")
    bundled = payment.bundled_line
    if bundled is not None and bundled not in range(1, len(claim.lines) + 1):
        report.deny(
            f"{path}.bundled_line",
            "the line that the payer bundled this one into does not exist",
            "use the number of a line, counted from 1.",
        )


def check_payment_dates(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that each decision has its date: in the lines if they have payments, otherwise once for the claim."""
    for claim in submitted.claims:
        for path, prior, of_lines in _priors(claim):
            if of_lines and prior.paid_on is not None:
                report.deny(
                    f"{path}.paid_on",
                    "the date is given for the whole claim, but the payer paid by line",
                    "give the date in the lines only.",
                )
            elif not of_lines and prior.paid_on is None:
                report.deny(
                    f"{path}.paid_on",
                    "the date of the payer's decision is missing",
                    "add the date.",
                )
            for path_of_line, payment in of_lines:
                if payment.paid_on is None:
                    report.deny(
                        f"{path_of_line}.paid_on",
                        "the date of the payer's decision is missing",
                        "add the date.",
                    )


def check_line_balance(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that what a payer paid and adjusted for a line adds up to its charge."""
    for claim in submitted.claims:
        for path, line in claim.lines:
            for payer_id in dict.fromkeys(each.payer_id for each in line.payments):
                payments = [each for each in line.payments if each.payer_id == payer_id]
                if line.charge is None or not _all_known(payments):
                    continue
                left = unexplained(line.charge, _paid(payments), _adjusted(payments))
                if left != ZERO:
                    index = line.payments.index(payments[0])
                    report.deny(
                        f"{path}.payments[{index}]",
                        f"payment and adjustments of {shown_code(line.code)} differ from "
                        f"its charge by ${abs(left):,}",
                        "correct the amounts, or add the missing adjustment.",
                        code=line.code,
                    )


def check_claim_balance(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """
    Check that what a payer paid for a claim fits its lines.

    If the payer paid by line, the payment of the claim is the sum of the payments of its lines without the adjustments
    of the claim. Otherwise, payment and adjustments add up to the charges.
    """
    for claim in submitted.claims:
        charges = [line.charge for _, line in claim.lines if line.charge is not None]
        for path, prior, of_lines in _priors(claim):
            payments = [payment for _, payment in of_lines]
            if len(charges) < len(claim.lines) or not _all_known([prior, *payments]):
                continue
            to_explain = total(_paid(payments)) if payments else total(charges)
            left = unexplained(to_explain, _paid([prior]), _adjusted([prior]))
            if left != ZERO:
                what = "the payments of its lines" if payments else "the charges"
                report.deny(
                    f"{path}.paid",
                    f"payment and adjustments of the claim differ from {what} by ${abs(left):,}",
                    "correct the amounts, or add the missing adjustment.",
                )


def _all_known(payments: Sequence[PriorPayment | LinePayment]) -> bool:
    """Return whether each payment has its amount, and each of its adjustments too."""
    return all(
        payment.paid is not None and all(each.amount is not None for each in payment.adjustments)
        for payment in payments
    )


def _paid(payments: Sequence[PriorPayment | LinePayment]) -> list[Decimal]:
    return [payment.paid for payment in payments if payment.paid is not None]


def _adjusted(payments: Sequence[PriorPayment | LinePayment]) -> list[Decimal]:
    return [
        each.amount
        for payment in payments
        for each in payment.adjustments
        if each.amount is not None
    ]


def check_adjustments(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that each adjustment has a group, a reason, and an amount, and that a file has room for all of them."""
    for path, owner in records_of(submitted.records, PriorPayment, LinePayment):
        here = f"{path}.adjustments"
        for index, adjustment in enumerate(owner.adjustments):
            _check_adjustment(f"{here}[{index}]", adjustment, report)
        groups = [each.group for each in owner.adjustments if each.group is not None]
        if is_scattered(groups):
            report.deny(
                here,
                "the adjustments of a group are not next to each other",
                "put the adjustments of each group together.",
            )
        segments = adjustment_segments(groups, reasons_per_segment=_REASONS_PER_SEGMENT)
        if segments > _MOST_SEGMENTS:
            report.deny(
                here,
                f"the adjustments need {segments} segments; a file has room for {_MOST_SEGMENTS}",
                "add up the amounts that have the same reason.",
            )
        pairs = [
            None if None in (each.group, each.reason) else (each.group, each.reason)
            for each in owner.adjustments
        ]
        for index in repeats(pairs):
            report.review(
                f"{here}[{index}]",
                "another adjustment has the same group and reason",
                "add up their amounts.",
            )


def _check_adjustment(path: str, adjustment: Adjustment, report: SubmissionReport) -> None:
    if adjustment.group not in _GROUPS:
        wrong = "missing" if adjustment.group is None else "not CO, PR, OA, PI, or CR"
        report.deny(f"{path}.group", f"the group is {wrong}", "use CO, PR, OA, PI, or CR.")
    if adjustment.reason is None:
        report.deny(
            f"{path}.reason", "the adjustment has no reason", "add the reason code, such as 45."
        )
    if adjustment.amount is None:
        report.deny(f"{path}.amount", "the adjustment has no amount", "add the dollars.")
