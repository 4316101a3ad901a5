"""Check charges, totals, units, and other numbers of the claims."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from therapy_billing.base.money import ZERO, total
from therapy_billing.checks.submission_rules import has_part_of_a_cent
from therapy_billing.checks.submitted_claims import (
    SubmissionReport,
    SubmittedClaim,
    SubmittedClaims,
    records_of,
    shown_code,
)
from therapy_billing.claims.coverage import Adjustment, LinePayment, PriorPayment

__all__ = ["check_amounts", "check_charges", "check_total", "check_units"]

_CHARGEABLE = "CH"
_MOST_UNITS = 9_999
"""The most units of a claim line elsewhere in the library."""


def check_charges(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that each line has a charge that is not negative."""
    for claim in submitted.claims:
        for path, line in claim.lines:
            if line.charge is None:
                report.deny(
                    f"{path}.charge",
                    f"the charge of {shown_code(line.code)} is missing",
                    "add the charge in dollars.",
                )
            elif line.charge < ZERO:
                report.deny(
                    f"{path}.charge",
                    f"the charge of {shown_code(line.code)} is negative",
                    "give the charge; use a void to take a claim back.",
                )


def check_total(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that the charges of a claim add up to more than zero, and to no more than the payer accepts."""
    for claim in submitted.claims:
        charges = [line.charge for _, line in claim.lines if line.charge is not None]
        if not charges or len(charges) < len(claim.lines):
            continue
        charged = total(charges)
        if charged <= ZERO and submitted.submission.use == _CHARGEABLE:
            report.deny(
                claim.at("lines"),
                "the charges of the claim add up to zero or less",
                "add the charges, or use RP if the claim only reports services.",
            )
        rules = claim.payer_rules(report)
        if rules is not None and rules.charge_maximum is None:
            claim.not_stated(report, "the highest amount that the payer accepts")
        most = None if rules is None else rules.charge_maximum
        if most is not None and charged > most:
            report.deny(
                claim.at("lines"),
                f"the charges add up to ${charged:,}; the payer accepts ${most:,}",
                "split the claim.",
            )


def check_units(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that each line has units above zero, and whole units if the payer wants them."""
    for claim in submitted.claims:
        for path, line in claim.lines:
            if line.units is None:
                report.deny(f"{path}.units", "the units are missing", "add the units.")
            elif line.units <= ZERO:
                report.deny(f"{path}.units", "the units are not above zero", "give 1 unit or more.")
            elif line.units != line.units.to_integral_value():
                _check_part_of_a_unit(claim, f"{path}.units", line.units, report)
            elif line.units > _MOST_UNITS:
                report.review(
                    f"{path}.units",
                    f"the line has {line.units:,f} units",
                    "check the number; it may be a date or an amount.",
                )
            if line.unit_measure not in ("UN", "MJ"):
                report.deny(
                    f"{path}.unit_measure", "the measure is neither UN nor MJ", "use UN for units."
                )
            elif line.unit_measure == "MJ":
                report.review(
                    f"{path}.unit_measure",
                    "the line is in minutes, which are for anesthesia",
                    "use UN for units.",
                )


def _check_part_of_a_unit(
    claim: SubmittedClaim, path: str, units: Decimal, report: SubmissionReport
) -> None:
    wanted = None if claim.policy is None else claim.policy.claims.needs_whole_units
    if wanted is False:
        return
    # No method of counting makes a part of a unit, so the units are wrong even if the payer's rule is not known.
    add = report.deny if wanted else report.review
    add(path, f"the units, {units.normalize():f}, are not whole", "give whole units.")


def check_amounts(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that no amount has a part of a cent, and that no payment is negative."""
    for claim in submitted.claims:
        for path, amount, may_be_negative in _amounts(claim):
            if amount is None:
                continue
            if has_part_of_a_cent(amount):
                report.deny(path, "the amount has more than two decimals", "round it to cents.")
            if amount < ZERO and not may_be_negative:
                report.deny(path, "the amount is negative", "give an amount of zero or more.")


def _amounts(claim: SubmittedClaim) -> Iterator[tuple[str, Decimal | None, bool]]:
    """Yield the path and the value of each amount, and whether it may be negative or another rule checks that."""
    yield claim.at("header.patient_paid"), claim.header.patient_paid, False
    for path, line in claim.lines:
        yield f"{path}.charge", line.charge, True
    for path, prior in records_of(claim.records, PriorPayment, LinePayment):
        yield f"{path}.paid", prior.paid, False
        yield f"{path}.remaining", prior.remaining, False
        if isinstance(prior, PriorPayment):
            yield f"{path}.noncovered", prior.noncovered, False
    for path, adjustment in records_of(claim.records, Adjustment):
        yield f"{path}.amount", adjustment.amount, True
