"""Findings about a claim, a day, a schedule, or a note, and the answer of each check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, overload

import attrs

from therapy_billing.base.choices import Choice, parse_choice
from therapy_billing.base.data_loader import data_version
from therapy_billing.base.format_registry import as_html, as_text
from therapy_billing.base.library_files import DataVersion
from therapy_billing.base.money import Usd
from therapy_billing.base.record_dicts import DictRecord
from therapy_billing.base.validation import checked, require_text
from therapy_billing.base.wording import counted
from therapy_billing.law.rule_book import Rule
from therapy_billing.law.sources import Source

if TYPE_CHECKING:
    from therapy_billing.claims.records import Claim

__all__ = [
    "Answer",
    "CheckAnswer",
    "Finding",
    "Findings",
    "Severity",
    "parse_severity",
]


class Severity(Choice):
    """What happens if nothing is done about a finding."""

    DENY = "deny"
    """The payer denies or returns the claim, or takes back what it paid."""
    REVIEW = "review"
    """Someone has to look: the record decides, or no source in the data settles the question."""
    INFO = "info"
    """Good to know; the claim can be billed."""

    __aliases__: ClassVar[Mapping[str, str]] = {
        "denial": "deny",
        "information": "info",
    }

    @property
    def rank(self) -> int:
        """The position of the severity, from 0 for the most severe."""
        return list(Severity).index(self)


class Answer(Choice):
    """The result of one check. The five answers are different; none implies another."""

    CLEAN = "clean"
    """Checked, and nothing was found."""
    FINDING = "finding"
    """Checked, and something was found."""
    NOT_IN_DATA = "not-in-data"
    """Not checked: something that the check needs is not in the library's data, or the caller did not give it."""
    OUT_OF_RANGE = "date-out-of-range"
    """Not checked: the data that the check needs is for other dates of service only."""
    NOT_APPLICABLE = "not-applicable"
    """The rule does not apply to this payer, date, setting, or record."""


_OPEN = (Answer.NOT_IN_DATA, Answer.OUT_OF_RANGE)


def parse_severity(value: Severity | str, *, what: str = "severity") -> Severity:
    """
    Return the severity that *value* names.

    >>> parse_severity("deny")
    <Severity.DENY: 'deny'>
    """
    return value if type(value) is Severity else parse_choice(value, Severity, what)


@attrs.frozen(kw_only=True, field_transformer=checked)
class Finding(DictRecord):
    """
    One thing that is wrong, that someone has to look at, or that is good to know.

    Args:
        rule: The rule that the finding is about, with its sources.
        severity: What happens if nothing is done.
        message: What is wrong, in one sentence without a period. It contains no key and no text from the
            record.
        action: What to do about it, as one or more sentences that follow "Fix:".
        detail: The reason or the evidence, as whole sentences; may be empty.
        lines: Indexes of the claim lines that the finding is about, from 0.
        codes: The codes that the finding is about.
        entries: Your keys for the schedule entries that the finding is about. Only the text table, the
            HTML table, and JSON show them.
        keys: Your keys for the services behind *lines*. Only JSON shows them.
        at_stake: Allowed dollars that are lost if nothing is done; None if they are not known.
        suggested: Attestations that would resolve the finding, such as ``("XU", "97116")``. They are
            suggested only if the record supports them.
        figures: Sources of the numbers in the finding, in addition to the rule's own sources.
        denied: Indexes of the lines with units that are not paid if nothing is done, and the total number of
            those units; None if the finding does not say how many units are denied.
        path: The field of a submission that the finding is about, such as ``claims[0].header.account``. Empty for other findings.
    """

    _dict_fields = (
        "rule=rule.id",
        "severity",
        "message",
        "detail",
        "action",
        "lines",
        "codes",
        "entries",
        "keys",
        "at_stake",
        "suggested",
        "citation",
        "path",
    )

    rule: Rule
    severity: Severity
    message: str
    action: str
    detail: str = ""
    lines: tuple[int, ...] = ()
    codes: tuple[str, ...] = ()
    entries: tuple[str, ...] = attrs.field(default=(), repr=False)
    keys: tuple[str, ...] = attrs.field(default=(), repr=False)
    at_stake: Usd | None = None
    suggested: tuple[tuple[str, str], ...] = ()
    figures: tuple[Source, ...] = ()
    denied: tuple[tuple[int, ...], int] | None = attrs.field(default=None, repr=False)
    path: str = ""

    @property
    def citation(self) -> tuple[Source, ...]:
        """The sources of the rule and of the figures, each once."""
        return tuple(dict.fromkeys(self.rule.sources + self.figures))


@attrs.frozen(kw_only=True)
class CheckAnswer(DictRecord):
    """
    The answer of one check.

    Args:
        rule: The rule that was checked.
        answer: The answer.
        about: What the answer is about: codes, or pairs of codes.
        remark: Why the rule was not checked or does not apply, or what limits the answer.
    """

    _dict_fields = ("rule=rule.id", "answer", "about", "remark")

    rule: Rule
    answer: Answer
    about: tuple[str, ...] = ()
    remark: str = ""


@attrs.frozen(repr=False)
class Findings(DictRecord, Sequence[Finding]):
    """
    The findings in claim line order, and the answer of every check.

    It is a sequence of findings: ``len(findings)`` and ``for finding in findings`` work.

    Args:
        found: The findings.
        answers: The answer of each check, including the checks that found nothing.
        at_stake: The allowed dollars of the day as billed, minus the allowed dollars without the denied
            units. Each dollar counts once, even if several findings deny it. None if it is not known: there
            are no fees, a denied line has no price, a denial does not say how many units it denies, or several merged
            reports have denials.
        claim: The claim that the line indexes refer to, with the modifiers that attestations added; None
            if the report is not about a claim.
        assumptions: What data packs assume about the data behind the findings.
        data: The version of the library and the data packs that the findings rest on.
    """

    _dict_fields = ("findings=found", "answers", "at_stake", "assumptions", "data")

    found: tuple[Finding, ...] = ()
    answers: tuple[CheckAnswer, ...] = ()
    at_stake: Usd | None = None
    claim: Claim | None = None
    assumptions: tuple[str, ...] = ()
    data: DataVersion = attrs.field(factory=data_version)

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Finding, ...]: ...
    def __getitem__(self, index: int | slice) -> Finding | tuple[Finding, ...]:
        return self.found[index]

    def __len__(self) -> int:
        return len(self.found)

    @property
    def has_denials(self) -> bool:
        """Whether at least one finding is a denial."""
        return any(finding.severity is Severity.DENY for finding in self.found)

    @property
    def unanswered(self) -> tuple[CheckAnswer, ...]:
        """The answers of checks that could not run, because data is missing or is for other dates."""
        return tuple(answer for answer in self.answers if answer.answer in _OPEN)

    def at_least(self, severity: Severity | str) -> Findings:
        """Return the findings that are at least as severe as *severity*, with all answers."""
        rank = parse_severity(severity).rank
        found = tuple(finding for finding in self.found if finding.severity.rank <= rank)
        return attrs.evolve(self, found=found)

    def of_rule(self, rule: str) -> tuple[Finding, ...]:
        """Return the findings on the rule with the id *rule*."""
        require_text(rule, "rule")
        return tuple(finding for finding in self.found if finding.rule.id == rule)

    def to_table(self) -> str:
        """
        Return the findings as text, followed by the checks that could not run and a summary.

        Each source is printed once, with the first finding that cites it. Claim lines are counted from 1.
        """
        return as_text(self)

    @property
    def summary(self) -> str:
        """The findings by severity, the dollars at stake, and how many rules were checked or not answered."""
        if not self.found:
            text = "no finding"
        else:
            counts = (
                (sum(finding.severity is severity for finding in self.found), severity.value)
                for severity in Severity
            )
            text = ", ".join(f"{count} {word}" for count, word in counts if count)
            if self.at_stake:
                text += f", ${self.at_stake:,} at stake"
        checked = self._rules(Answer.CLEAN, Answer.FINDING)
        text += f"; {counted(checked, 'rule')} checked"
        for count, words in (
            (self._rules(*_OPEN), "not answered"),
            (self._rules(Answer.NOT_APPLICABLE), "not applicable"),
        ):
            text += f", {count} {words}" if count else ""
        return text

    def _rules(self, *kinds: Answer) -> int:
        """Return how many rules have at least one answer of these *kinds*."""
        return len({answer.rule.id for answer in self.answers if answer.answer in kinds})

    def __str__(self) -> str:
        return self.to_table()

    def __repr__(self) -> str:
        return f"<Findings {self.summary}>"

    def _repr_html_(self) -> str:
        return as_html(self)
