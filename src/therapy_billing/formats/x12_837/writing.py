"""Write a submission as an X12 837P file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, cast

from therapy_billing.base.dates import parse_datetime
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.validation import parse_whole, require_flag, require_type
from therapy_billing.base.x12 import Delimiters, x12_date, x12_time
from therapy_billing.base.x12_writing import Usage, X12Writer
from therapy_billing.checks.submission import SubmissionError, check_submission
from therapy_billing.claims.parties import BillingProvider, Person, Receiver, Submitter
from therapy_billing.claims.professional_claim import ProfessionalClaim
from therapy_billing.claims.submission import Submission
from therapy_billing.formats.x12_837.claim_segments import ClaimSegments
from therapy_billing.formats.x12_837.record_segments import (
    RecordSegments,
    cannot_be_written,
    refuse_given,
    required,
)

if TYPE_CHECKING:
    from therapy_billing.payers.payer import Payer

__all__ = ["GUIDE", "write_837p"]

GUIDE = "005010X222A1"
"""The version of the implementation guide that is written."""

_LONGEST_ID = 15
_TAX_ID_KINDS = ("EI", "SY")
_SELF = "18"
_MOST_NUMBER = 999_999_999


def write_837p(
    submission: Submission,
    *,
    control_number: int,
    created: datetime | str,
    usage: str,
    sender_id: str | None = None,
    receiver_id: str | None = None,
    sender_qualifier: str = "ZZ",
    receiver_qualifier: str = "ZZ",
    group_control_number: int | None = None,
    transaction_control_number: int = 1,
    acknowledgment: bool = False,
    delimiters: Delimiters | None = None,
    newline: bool = True,
    payers: Mapping[str, Payer] | None = None,
    without: Iterable[str] = (),
) -> str:
    """
    Return a submission as the text of an X12 837P file (005010X222A1).

    The submission is checked first, and a submission that a payer would deny is refused. Nothing is shortened,
    replaced, or left out: what an 837P cannot carry is refused with the path of its field. The same arguments always
    return the same text.

    The claims keep their order. A hierarchical level of the billing provider serves all claims that follow each other
    and have the same billing provider. Adjustments are written by group.

    Args:
        submission: The claims.
        control_number: The number of the file (ISA13), from 1 to 999,999,999. It must be new for each file.
        created: Date and time of the file.
        usage: ``"T"`` for a test, ``"P"`` for production.
        sender_id: ISA06 and GS02. None for the submitter's id.
        receiver_id: ISA08 and GS03. None for the receiver's id.
        sender_qualifier: The kind of the sender's id (ISA05). ``"ZZ"`` is an id that both sides agreed on.
        receiver_qualifier: The kind of the receiver's id (ISA07).
        group_control_number: GS06. None for *control_number*.
        transaction_control_number: ST02, written with at least four digits.
        acknowledgment: Whether to ask for a TA1 acknowledgment (ISA14).
        delimiters: The delimiters. None for ``*``, ``:``, ``^``, and ``~``.
        newline: Whether a line break follows each segment.
        payers: Your own payers, by name. Their rules are checked.
        without: The ids of rules that are not checked.

    Raises:
        SubmissionError: If a finding of :func:`~therapy_billing.check_submission` is a denial. It has all findings.
        InvalidInputError: If an argument is wrong, or an 837P cannot carry a value of the submission.

    Source:
        The element usage in the pyx12 maps of 005010X222A1, which are a secondary source.
    """
    require_type(submission, Submission, "submission")
    moment = parse_datetime(created, what="created")
    control = parse_whole(control_number, "control_number", 1, _MOST_NUMBER)
    group = control
    if group_control_number is not None:
        group = parse_whole(group_control_number, "group_control_number", 1, _MOST_NUMBER)
    transaction = parse_whole(
        transaction_control_number, "transaction_control_number", 1, _MOST_NUMBER
    )
    require_flag(acknowledgment, "acknowledgment")
    require_flag(newline, "newline")
    if delimiters is not None:
        require_type(delimiters, Delimiters, "delimiters")
    _refuse_denials(submission, moment, payers, without)
    out = X12Writer(delimiters, newline=newline)
    submitter = required(submission.submitter, "submitter")
    receiver = required(submission.receiver, "receiver")
    sender = _envelope_id(out, sender_id, "sender_id", submitter.id, "submitter.id")
    addressee = _envelope_id(out, receiver_id, "receiver_id", receiver.id, "receiver.id")
    out.interchange(
        sender,
        addressee,
        moment,
        control,
        # The writer refuses any other text.
        usage=cast("Usage", usage),
        sender_qualifier=sender_qualifier,
        receiver_qualifier=receiver_qualifier,
        acknowledgment=acknowledgment,
    )
    out.group("HC", sender, addressee, moment, group, version=GUIDE)
    out.transaction("837", transaction, version=GUIDE)
    _Transaction(out).write(submission, submitter, receiver, moment)
    out.finish()
    return out.text()


def _refuse_denials(
    submission: Submission,
    created: datetime,
    payers: Mapping[str, Payer] | None,
    without: Iterable[str],
) -> None:
    """Refuse a submission with a finding that is a denial."""
    findings = check_submission(submission, payers=payers, without=without, filed_on=created.date())
    if findings.has_denials:
        raise SubmissionError(findings)


def _envelope_id(
    out: X12Writer, given: str | None, argument: str, value: str | None, path: str
) -> str:
    if given is not None:
        return out.value(given, argument, _LONGEST_ID)
    return out.value(required(value, path), path, _LONGEST_ID)


class _Transaction:
    """Write the loops of one transaction, ST to SE."""

    def __init__(self, out: X12Writer) -> None:
        self._segments = RecordSegments(out)
        self._claims = ClaimSegments(self._segments)
        self._add = out.add
        self._level = 0

    def write(
        self, submission: Submission, submitter: Submitter, receiver: Receiver, created: datetime
    ) -> None:
        if not submission.claims:
            msg = "claims must have at least one claim to write an 837P"
            raise InvalidInputError(msg, field="claims")
        segments = self._segments
        purpose, use = segments.texts(submission, "", "purpose", "use")
        reference = segments.needed(submission, "reference", "")
        self._add("BHT", "0019", purpose, reference, x12_date(created), x12_time(created), use)
        if isinstance(submitter.name, Person):
            why = "loop 1000A has no element for it"
            refuse_given(submitter.name, "submitter.name", why, "suffix")
        identifier = segments.text(submitter, "id", "submitter")
        segments.name("41", submitter.name, "submitter", ("46", identifier), default="2")
        segments.contact(submitter.contact, "submitter.contact")
        identifier = segments.text(receiver, "id", "receiver")
        segments.name("40", receiver.name, "receiver", ("46", identifier), default="2")
        last: BillingProvider | None = None
        level = 0
        for index, claim in enumerate(submission.claims):
            path = f"claims[{index}]"
            at = f"{path}.parties.billing_provider"
            provider = required(claim.parties.billing_provider, at)
            if provider != last:
                level, last = self._next_level(), provider
                self._billing_provider(provider, level, at)
            self._subscriber(claim, level, f"{path}.parties")
            self._claims.claim(claim, path)

    def _next_level(self) -> int:
        self._level += 1
        return self._level

    def _billing_provider(self, provider: BillingProvider, level: int, path: str) -> None:
        """Write loops 2000A to 2010AB."""
        segments = self._segments
        self._add("HL", str(level), "", "20", "1")
        taxonomy = segments.text(provider, "taxonomy", path)
        if taxonomy:
            self._add("PRV", "BI", "PXC", taxonomy)
        npi = segments.text(provider, "npi", path)
        segments.name("85", provider.name, path, ("XX", npi), default="2")
        segments.address(provider.address, f"{path}.address")
        kind, tax_id = segments.texts(provider, path, "tax_id_kind", "tax_id")
        if kind or tax_id:
            required(provider.tax_id, f"{path}.tax_id")
            if kind not in _TAX_ID_KINDS:
                at = f"{path}.tax_id_kind"
                raise cannot_be_written(at, "it must be EI or SY")
            self._add("REF", kind, tax_id)
        segments.contact(provider.contact, f"{path}.contact")
        if provider.pay_to_address is not None:
            self._add("NM1", "87", "1" if isinstance(provider.name, Person) else "2")
            segments.address(provider.pay_to_address, f"{path}.pay_to_address")

    def _subscriber(self, claim: ProfessionalClaim, parent: int, path: str) -> None:
        """Write loops 2000B to 2010CA."""
        segments, parties, header = self._segments, claim.parties, claim.header
        coverage = required(parties.coverage, f"{path}.coverage")
        subscriber = required(parties.subscriber, f"{path}.subscriber")
        patient = parties.patient
        level = self._next_level()
        self._add("HL", str(level), str(parent), "22", "0" if patient is None else "1")
        relationship = segments.text(coverage, "relationship", f"{path}.coverage")
        if patient is None and relationship not in ("", _SELF):
            at = f"{path}.coverage.relationship"
            raise cannot_be_written(at, "without a patient it must be 18")
        own = relationship if patient is None else ""
        self._claims.subscriber_information(coverage, f"{path}.coverage", own)
        at = f"{path}.subscriber"
        member, sex = segments.texts(subscriber, at, "member_id", "sex")
        segments.name("IL", subscriber.name, at, ("MI", member))
        segments.address(subscriber.address, f"{at}.address")
        segments.demographics(subscriber.birth_date, sex)
        at = path.removesuffix("parties") + "header"
        if patient is None:
            segments.reference("Y4", header, "property_casualty_number", at)
        self._claims.payer(coverage, f"{path}.coverage")
        segments.reference("G2", coverage, "provider_id", f"{path}.coverage")
        if patient is not None:
            self._add("HL", str(self._next_level()), str(level), "23", "0")
            self._add("PAT", relationship)
            segments.name("QC", patient.name, f"{path}.patient")
            segments.address(patient.address, f"{path}.patient.address")
            sex = segments.text(patient, "sex", f"{path}.patient")
            segments.demographics(patient.birth_date, sex)
            segments.reference("Y4", header, "property_casualty_number", at)
