"""What the checks of a submission read, and the report that each of them fills."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cached_property
from typing import TypeVar, overload

import attrs

from therapy_billing.claims.coverage import Coverage, LinePayment, Patient, Subscriber
from therapy_billing.claims.professional_claim import (
    ClaimHeader,
    ClaimParties,
    ProfessionalClaim,
    ServiceLine,
)
from therapy_billing.claims.segment_remarks import SegmentRemark
from therapy_billing.claims.submission import Submission
from therapy_billing.claims.submission_texts import texts_of, walk_records
from therapy_billing.findings.records import Answer, Findings, Severity
from therapy_billing.findings.report import Report
from therapy_billing.law.rule_book import Rule
from therapy_billing.law.sources import Verification
from therapy_billing.payers.claim_rules import ClaimRules
from therapy_billing.payers.policy import Policy

__all__ = [
    "CODE_FORM",
    "MEDICARE_PART_B",
    "SELF",
    "SubmissionReport",
    "SubmittedClaim",
    "SubmittedClaims",
    "records_of",
    "shown_code",
]

T = TypeVar("T")
U = TypeVar("U")
V = TypeVar("V")

MEDICARE_PART_B = "MB"
"""The filing indicator of Medicare Part B."""
SELF = "18"
"""The relationship of a patient who is the subscriber."""


CODE_FORM = re.compile(r"[0-9A-Z][0-9]{3}[0-9A-Z]")
"""The form of a HCPCS code."""


def shown_code(code: str | None) -> str:
    """Return *code* for a message. Text that is not a code is never shown, because it could be a name."""
    return code if code is not None and CODE_FORM.fullmatch(code) else "the line"


class SubmissionReport:
    """
    Collect what one check of a submission finds, each at its path.

    A rule that rests only on sources which were not read never denies: its denials become reviews.

    Args:
        rule: The id of the rule.
    """

    def __init__(self, rule: str) -> None:
        self._report = Report(rule)
        levels = {source.verified for source in self._report.rule.sources}
        self._worst = Severity.REVIEW if levels == {Verification.UNVERIFIED} else Severity.DENY
        self._open: dict[tuple[Answer, str], list[str]] = {}

    @property
    def rule(self) -> Rule:
        """The rule."""
        return self._report.rule

    def deny(self, path: str, message: str, action: str, *, code: str | None = None) -> None:
        """Add a denial at *path*."""
        self._add(self._worst, path, message, action, code)

    def review(self, path: str, message: str, action: str, *, code: str | None = None) -> None:
        """Add a finding at *path* that someone has to look at."""
        self._add(Severity.REVIEW, path, message, action, code)

    def _add(
        self, severity: Severity, path: str, message: str, action: str, code: str | None
    ) -> None:
        codes = (code,) if code is not None and CODE_FORM.fullmatch(code) else ()
        self._report.add(severity, message, action, codes=codes, path=path)

    def leave_open(self, answer: Answer, remark: str, path: str) -> None:
        """Answer that the rule was not checked at *path*; *remark* says why."""
        self._open.setdefault((answer, remark), []).append(path)

    def findings(self) -> Findings:
        """Return the findings, and the answers."""
        for (answer, remark), paths in self._open.items():
            self._report.answer(answer, remark, filter(None, paths))
        return self._report.findings()


@overload
def records_of(
    records: Iterable[tuple[str, object]], one: type[T], /
) -> Iterator[tuple[str, T]]: ...
@overload
def records_of(
    records: Iterable[tuple[str, object]], one: type[T], two: type[U], /
) -> Iterator[tuple[str, T | U]]: ...
@overload
def records_of(
    records: Iterable[tuple[str, object]], one: type[T], two: type[U], three: type[V], /
) -> Iterator[tuple[str, T | U | V]]: ...
def records_of(
    records: Iterable[tuple[str, object]], *kinds: type[object]
) -> Iterator[tuple[str, object]]:
    """Yield the records of one of *kinds*, with their paths."""
    for path, record in records:
        if isinstance(record, kinds):
            yield path, record


@attrs.frozen(slots=False)
class SubmittedClaim:
    """
    One claim of a submission, with the policy of its payer.

    Args:
        path: The path of the claim, such as ``claims[0]``.
        claim: The claim.
        policy: The policy of the payer on the first date of service; None if it is not known.
        why: Why the policy is not known: the answer of the rules that need it, and the remark.
    """

    path: str
    claim: ProfessionalClaim
    policy: Policy | None
    why: tuple[Answer, str]

    @property
    def header(self) -> ClaimHeader:
        """The header of the claim."""
        return self.claim.header

    @property
    def parties(self) -> ClaimParties:
        """The parties of the claim."""
        return self.claim.parties

    def at(self, field: str) -> str:
        """Return the path of a field of the claim."""
        return f"{self.path}.{field}"

    @cached_property
    def records(self) -> tuple[tuple[str, object], ...]:
        """Every record of the claim, with its path."""
        return tuple(walk_records(self.claim, self.path))

    @cached_property
    def lines(self) -> tuple[tuple[str, ServiceLine], ...]:
        """The lines, with their paths."""
        lines = self.claim.lines
        return tuple((self.at(f"lines[{index}]"), line) for index, line in enumerate(lines))

    @cached_property
    def first_day(self) -> date | None:
        """The first date of service; None if no line has one."""
        days = [line.date_of_service for _, line in self.lines]
        return min((day for day in days if day is not None), default=None)

    @cached_property
    def line_payments(self) -> tuple[tuple[str, LinePayment], ...]:
        """The payments of all lines, with their paths."""
        return tuple(records_of(self.records, LinePayment))

    @property
    def coverage(self) -> Coverage:
        """The coverage. If the claim has none, an empty one."""
        return self.parties.coverage or Coverage()

    @property
    def is_medicare(self) -> bool:
        """Whether the claim is for Medicare Part B."""
        return self.coverage.filing_indicator == MEDICARE_PART_B

    @property
    def patient(self) -> tuple[str, Patient | Subscriber] | None:
        """The record of the patient, with its path. None if the claim does not have it."""
        if self.parties.patient is not None:
            return self.at("parties.patient"), self.parties.patient
        if self.parties.subscriber is None or self.coverage.relationship not in (None, SELF):
            return None
        return self.at("parties.subscriber"), self.parties.subscriber

    def payer_rules(self, report: SubmissionReport) -> ClaimRules | None:
        """Return what the payer accepts on a claim. If its policy is not known, say so in *report*."""
        if self.policy is not None:
            return self.policy.claims
        report.leave_open(*self.why, self.path)
        return None

    def not_stated(self, report: SubmissionReport, what: str) -> None:
        """Answer that *what* the payer wants is not in the data."""
        report.leave_open(Answer.NOT_IN_DATA, f"{what} is not in the data", self.path)


@attrs.frozen(slots=False)
class SubmittedClaims:
    """
    Everything that a check of a submission can use.

    Args:
        submission: The submission.
        claims: Its claims.
        filed_on: The date of the file; None if it is not known.
        remarks: What the reader of the file found odd; None if no file was read.
    """

    submission: Submission
    claims: tuple[SubmittedClaim, ...]
    filed_on: date | None = None
    remarks: tuple[SegmentRemark, ...] | None = None

    @cached_property
    def records(self) -> tuple[tuple[str, object], ...]:
        """Every record of the submission, with its path."""
        alone = attrs.evolve(self.submission, claims=())
        of_claims = (each for claim in self.claims for each in claim.records)
        return (*walk_records(alone), *of_claims)

    @property
    def texts(self) -> Iterator[tuple[str, str, int]]:
        """Every text that a claim file carries, with its path and the most characters that it may have."""
        # They are not kept, because the paths take more memory than the submission.
        return texts_of(self.records)
