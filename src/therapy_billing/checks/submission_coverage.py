"""Check the coverage of the claims: the payer, the order of payers, the subscriber, and the patient."""

from __future__ import annotations

from collections.abc import Iterator

from therapy_billing.base.wording import word_key
from therapy_billing.checks.submission_rules import repeats
from therapy_billing.checks.submitted_claims import (
    MEDICARE_PART_B,
    SELF,
    SubmissionReport,
    SubmittedClaim,
    SubmittedClaims,
    records_of,
)
from therapy_billing.claims.coverage import Coverage, Patient, PriorPayment, Subscriber
from therapy_billing.claims.identifiers import Mbi
from therapy_billing.claims.parties import Organization
from therapy_billing.claims.professional_claim import ClaimParties

__all__ = [
    "check_birth_date",
    "check_mbi",
    "check_member_id",
    "check_msp_type",
    "check_patient",
    "check_payer",
    "check_payer_filing",
    "check_payer_order",
    "check_primary_payers",
    "check_property_casualty",
    "check_sex",
    "check_subscriber",
]

_FILING = frozenset(
    [
        "11",
        "12",
        "13",
        "14",
        "15",
        "16",
        "17",
        "AM",
        "BL",
        "CH",
        "CI",
        "DS",
        "FI",
        "HM",
        "LM",
        "MA",
        "MB",
        "MC",
        "OF",
        "TV",
        "VA",
        "WC",
        "ZZ",
    ]
)
_RELATIONSHIPS = frozenset(["01", "18", "19", "20", "21", "39", "40", "53", "G8"])
_MSP_TYPES = frozenset(["12", "13", "14", "15", "16", "41", "42", "43", "47"])
_ORDERS = tuple("PSTABCDEFGH")
"""The letters for the order of payers, in that order. U is for an order that is not known."""
_CASUALTY = ("WC", "AM")


def check_payer(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that each claim has a payer, and each payer a name, an identifier, and a filing indicator."""
    for claim in submitted.claims:
        if claim.parties.coverage is None:
            report.deny(claim.at("parties.coverage"), "the payer is missing", "add the coverage.")
    for path, coverage in records_of(submitted.records, Coverage):
        for field, words in (
            ("payer_name", "name of the payer"),
            ("payer_id", "identifier of the payer"),
            ("filing_indicator", "filing indicator"),
        ):
            if getattr(coverage, field) is None:
                report.deny(f"{path}.{field}", f"the {words} is missing", f"add the {words}.")
        if coverage.payer_id_kind not in ("PI", "XV"):
            report.deny(
                f"{path}.payer_id_kind",
                "the kind of the payer's identifier is neither PI nor XV",
                "use PI for a payer identifier, or XV for a national plan identifier.",
            )
        if coverage.filing_indicator not in (None, *_FILING):
            report.deny(
                f"{path}.filing_indicator",
                "the filing indicator is not in the code list",
                "use a code such as MB for Medicare Part B, or CI for a commercial payer.",
            )


def check_payer_filing(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that a claim under the rules of Medicare goes to Medicare Part B."""
    for path, coverage in records_of(submitted.records, Coverage):
        named = coverage.payer is not None and word_key(coverage.payer) == "medicare"
        if named and coverage.filing_indicator not in (None, MEDICARE_PART_B):
            report.review(
                f"{path}.filing_indicator",
                "the rules are those of Medicare, but the filing indicator is not MB",
                "use MB, or name the payer whose rules apply.",
            )


def check_payer_order(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that each payer has an order, that no two have the same, and that earlier payers are included."""
    for path, coverage in records_of(submitted.records, Coverage):
        if coverage.order is None:
            report.deny(
                f"{path}.order",
                "the order of the payer is missing",
                "use P for primary, S for secondary, or T for tertiary.",
            )
        elif coverage.order not in (*_ORDERS, "U"):
            report.deny(
                f"{path}.order",
                "the order of the payer is not in the code list",
                "use P for primary, S for secondary, or T for tertiary.",
            )
    for claim in submitted.claims:
        _check_order_of(claim, report)


def _check_order_of(claim: SubmittedClaim, report: SubmissionReport) -> None:
    own = claim.coverage.order
    priors = [(payment.coverage or Coverage()).order for payment in claim.parties.prior_payments]
    again = repeats([own, *priors])
    for index in again:
        order = priors[index - 1]
        report.deny(
            claim.at(f"parties.prior_payments[{index - 1}].coverage.order"),
            "two payers are primary" if order == "P" else "two payers have the same order",
            "give each payer an order of its own.",
        )
    if own in _ORDERS[1:] and not priors:
        report.deny(
            claim.at("parties.prior_payments"),
            "the payer is not primary, but no earlier payer is given",
            "add what the earlier payer decided, or make this payer primary.",
        )
    for index, order in enumerate(priors):
        if own in _ORDERS and order in _ORDERS and _ORDERS.index(order) > _ORDERS.index(own):
            report.review(
                claim.at(f"parties.prior_payments[{index}].coverage.order"),
                "a payer that decided earlier comes after the payer of the claim",
                "correct the order, or remove the payment.",
            )


def check_primary_payers(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that no more payers come before the payer than it accepts on an electronic claim."""
    for claim in submitted.claims:
        before = len(claim.parties.prior_payments)
        rules = claim.payer_rules(report) if before else None
        if rules is None:
            continue
        if rules.earlier_payers_maximum is None:
            claim.not_stated(report, "how many earlier payers the payer accepts electronically")
        elif before > rules.earlier_payers_maximum:
            report.deny(
                claim.at("parties.prior_payments"),
                f"{before} payers come before this one; electronically, it accepts "
                f"{rules.earlier_payers_maximum}",
                "send the claim on paper.",
            )


def check_msp_type(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that a claim says why Medicare is secondary, and only then."""
    for path, coverage in records_of(submitted.records, Coverage):
        here = f"{path}.msp_type"
        is_medicare = coverage.filing_indicator == MEDICARE_PART_B
        if coverage.msp_type is None:
            if is_medicare and coverage.order not in (None, "P"):
                report.deny(
                    here,
                    "the reason why Medicare is not primary is missing",
                    "add the type, such as 12 for a working aged person.",
                )
        elif coverage.msp_type not in _MSP_TYPES:
            report.deny(
                here,
                "the Medicare secondary payer type is not in the code list",
                "use a code such as 12 for a working aged person.",
            )
        elif not is_medicare:
            report.review(
                here,
                "a Medicare secondary payer type is given for another payer",
                "remove it, unless this payer asks for it.",
            )
        elif coverage.order == "P":
            report.deny(
                here,
                "a Medicare secondary payer type is given, but Medicare is primary",
                "remove the type, or make Medicare secondary.",
            )


def check_subscriber(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that each coverage has a subscriber, and each earlier decision a coverage."""
    for claim in submitted.claims:
        if claim.parties.subscriber is None:
            report.deny(
                claim.at("parties.subscriber"), "the subscriber is missing", "add the subscriber."
            )
    for path, prior in records_of(submitted.records, PriorPayment):
        if prior.coverage is None:
            report.deny(
                f"{path}.coverage", "the coverage of the earlier payer is missing", "add it."
            )
        if prior.subscriber is None:
            report.deny(
                f"{path}.subscriber", "the subscriber of the earlier payer is missing", "add it."
            )


def check_member_id(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that each subscriber has a member number."""
    for path, subscriber in records_of(submitted.records, Subscriber):
        if subscriber.member_id is None:
            report.deny(
                f"{path}.member_id",
                "the member number is missing",
                "add the number from the insurance card.",
            )


def check_mbi(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check the form of Medicare numbers."""
    for claim in submitted.claims:
        for path, owner in records_of(claim.records, ClaimParties, PriorPayment):
            coverage, subscriber = owner.coverage, owner.subscriber
            if coverage is None or coverage.filing_indicator != MEDICARE_PART_B:
                continue
            member_id = None if subscriber is None else subscriber.member_id
            if member_id is not None and not Mbi.is_valid(member_id):
                report.deny(
                    f"{path}.subscriber.member_id",
                    "the Medicare number does not have the form of one",
                    "write the 11 characters of the card in capital letters and without dashes.",
                )


def check_patient(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that the relationship to the subscriber is given, and that the patient is given if it is another person."""
    for path, coverage in records_of(submitted.records, Coverage):
        if coverage.relationship is None:
            report.deny(
                f"{path}.relationship",
                "the relationship of the patient to the subscriber is missing",
                "use 18 for self, 01 for the spouse, or 19 for a child.",
            )
        elif coverage.relationship not in _RELATIONSHIPS:
            report.deny(
                f"{path}.relationship",
                "the relationship of the patient to the subscriber is not in the code list",
                "use 18 for self, 01 for the spouse, or 19 for a child.",
            )
    for claim in submitted.claims:
        parties, is_self = claim.parties, claim.coverage.relationship == SELF
        subscriber = parties.subscriber or Subscriber()
        if parties.patient is not None and claim.coverage.filing_indicator == MEDICARE_PART_B:
            report.review(
                claim.at("parties.patient"),
                "Medicare covers each person under a number of their own, but another person is the subscriber",
                "make the patient the subscriber, with the patient's own Medicare number.",
            )
        if parties.patient is None and isinstance(subscriber.name, Organization):
            message = "the subscriber is an organization, and no patient is given"
        elif parties.patient is None and claim.coverage.relationship is not None and not is_self:
            message = "the patient is not the subscriber, but no patient is given"
        elif parties.patient is not None and is_self:
            message = "the relationship is self, but the patient is given as another person"
        else:
            continue
        report.deny(
            claim.at("parties.patient"),
            message,
            "add the patient with the relationship, or leave out the patient and use 18.",
        )


def check_birth_date(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that the patient's date of birth is given, and that no one has a sex without it."""
    for claim in submitted.claims:
        for path, person in _with_birth(claim):
            if person.birth_date is None:
                report.deny(
                    f"{path}.birth_date", "the date of birth is missing", "add the date of birth."
                )


def check_sex(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that the patient's sex is given, and in the code list."""
    for claim in submitted.claims:
        for path, person in _with_birth(claim):
            if person.sex not in ("F", "M", "U"):
                wrong = "missing" if person.sex is None else "not in the code list"
                report.deny(f"{path}.sex", f"the sex is {wrong}", "use F, M, or U for unknown.")


def _with_birth(claim: SubmittedClaim) -> Iterator[tuple[str, Patient | Subscriber]]:
    """Yield the patient, and a subscriber who is not the patient if a birth date or a sex is given."""
    path, subscriber = claim.at("parties.subscriber"), claim.parties.subscriber
    if claim.patient is not None:
        yield claim.patient
    if (
        subscriber is not None
        and subscriber is not (claim.patient or ("", None))[1]
        and (subscriber.birth_date, subscriber.sex) != (None, None)
    ):
        yield path, subscriber


def check_property_casualty(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that a claim to workers' compensation or auto insurance has the carrier's number and the cause."""
    for claim in submitted.claims:
        if claim.coverage.filing_indicator not in _CASUALTY:
            continue
        if claim.header.property_casualty_number is None:
            report.deny(
                claim.at("header.property_casualty_number"),
                "the claim number of the carrier is missing",
                "add the number that the carrier gave to the injury.",
            )
        cause = "EM" if claim.coverage.filing_indicator == "WC" else "AA"
        accident = claim.header.accident
        if accident is None or cause not in accident.causes:
            report.deny(
                claim.at("header.accident"),
                f"the claim does not have the cause {cause}, which its payer is for",
                f"add the accident with the cause {cause}, or correct the payer.",
            )
