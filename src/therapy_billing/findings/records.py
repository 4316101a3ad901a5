"""What is wrong with a claim, a day, a schedule or a note: findings, and what was checked without one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, overload

import attrs

from therapy_billing.base.choices import Choice, parse_choice
from therapy_billing.base.format_registry import as_html, as_text
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
    """What a finding leads to when nothing is done."""

    DENY = "deny"
    """The payer denies or returns it, or takes back what it paid."""
    REVIEW = "review"
    """Somebody has to look: the record decides, or no source held settles it."""
    INFO = "info"
    """Good to know; the claim stands."""

    __aliases__: ClassVar[Mapping[str, str]] = {
        "denial": "deny",
        "information": "info",
    }

    @property
    def rank(self) -> int:
        """0 for the gravest."""
        return list(Severity).index(self)


class Answer(Choice):
    """What a check has to say; no answer stands for another."""

    CLEAN = "clean"
    """Checked, and nothing was found."""
    FINDING = "finding"
    NOT_IN_DATA = "not-in-data"
    """The data does not hold what was asked."""
    OUT_OF_RANGE = "date-out-of-range"
    """The data holds it for other dates of service only."""
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
    One thing that is wrong, or that somebody has to look at.

    Args:
        rule: The rule that it breaks, with its sources.
        severity: What it leads to.
        message: What was found, in a sentence without a key or a word of the record.
        action: What to do about it.
        lines: Places of the lines of the claim that it is about, from 0.
        codes: The codes that it is about.
        entries: The caller's keys of the entries that it is about; no display but the table, the page
            and JSON shows them.
        keys: The caller's keys of the services behind *lines*; shown only in JSON.
        at_stake: Dollars allowed that are lost when nothing is done; None where it was not priced.
        suggested: Attestations that would settle it, such as ``("XU", "97116")``, for whom the record
            bears them out.
        figures: Citations of figures, beyond the rule's own sources.
        denied: Places of the lines that are not paid when nothing is done, and how many of their units
            together; None where the finding does not name them.
    """

    _dict_fields = (
        "rule=rule.id",
        "severity",
        "message",
        "action",
        "lines",
        "codes",
        "entries",
        "keys",
        "at_stake",
        "suggested",
        "citation",
    )

    rule: Rule
    severity: Severity
    message: str
    action: str
    lines: tuple[int, ...] = ()
    codes: tuple[str, ...] = ()
    entries: tuple[str, ...] = attrs.field(default=(), repr=False)
    keys: tuple[str, ...] = attrs.field(default=(), repr=False)
    at_stake: Usd | None = None
    suggested: tuple[tuple[str, str], ...] = ()
    figures: tuple[Source, ...] = ()
    denied: tuple[tuple[int, ...], int] | None = attrs.field(default=None, repr=False)

    @property
    def citation(self) -> tuple[Source, ...]:
        """Where it is written: the sources of the rule and of the figures."""
        return tuple(dict.fromkeys(self.rule.sources + self.figures))


@attrs.frozen(kw_only=True)
class CheckAnswer(DictRecord):
    """
    What one check had to say.

    Args:
        rule: The rule that was checked.
        answer: The answer.
        about: What it is about: codes, or pairs of them.
        remark: Which data answered, and what it does not hold.
    """

    _dict_fields = ("rule=rule.id", "answer", "about", "remark")

    rule: Rule
    answer: Answer
    about: tuple[str, ...] = ()
    remark: str = ""


@attrs.frozen(repr=False)
class Findings(DictRecord, Sequence[Finding]):
    """
    Findings in the order of the lines that they are about, and the answer of every check.

    A sequence: ``len(findings)``, ``for finding in findings``.

    Args:
        found: The findings.
        answers: What each check had to say, also where it found nothing.
        at_stake: Dollars allowed for the day as billed, minus those without everything that is denied. A
            dollar counts once, however many findings deny it. None where that is not known: without fees,
            where a denied line has no price, or where a denial does not name the units that it takes.
        claim: The claim whose lines the findings point to, with the modifiers that attestations put on
            them; None where the report is not about a claim.
    """

    _dict_fields = ("findings=found", "answers", "at_stake")

    found: tuple[Finding, ...] = ()
    answers: tuple[CheckAnswer, ...] = ()
    at_stake: Usd | None = None
    claim: Claim | None = None

    @overload
    def __getitem__(self, place: int) -> Finding: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Finding, ...]: ...
    def __getitem__(self, place: int | slice) -> Finding | tuple[Finding, ...]:
        return self.found[place]

    def __len__(self) -> int:
        return len(self.found)

    @property
    def has_denials(self) -> bool:
        """Whether a finding is of the gravest severity."""
        return any(finding.severity is Severity.DENY for finding in self.found)

    @property
    def unanswered(self) -> tuple[CheckAnswer, ...]:
        """The checks that the data could not answer."""
        return tuple(answer for answer in self.answers if answer.answer in _OPEN)

    def at_least(self, severity: Severity | str) -> Findings:
        """Return the findings as grave as *severity*, or graver; the answers stay."""
        rank = parse_severity(severity).rank
        found = tuple(finding for finding in self.found if finding.severity.rank <= rank)
        return attrs.evolve(self, found=found)

    def of_rule(self, rule: str) -> tuple[Finding, ...]:
        """Return the findings of the rule with the id *rule*."""
        require_text(rule, "rule")
        return tuple(finding for finding in self.found if finding.rule.id == rule)

    def to_table(self) -> str:
        """
        Return the findings as text: what was found, what to do, the source; then what is open.

        Each source is told where it first comes up; lines of the claim are counted from 1.
        """
        return as_text(self)

    @property
    def summary(self) -> str:
        """How many findings of each severity, what is at stake, and how much was checked."""
        if not self.found:
            told = "no finding"
        else:
            counts = (
                (sum(finding.severity is severity for finding in self.found), severity.value)
                for severity in Severity
            )
            told = ", ".join(f"{count} {word}" for count, word in counts if count)
            if self.at_stake:
                told += f", ${self.at_stake:,} at stake"
        checked = self._rules(Answer.CLEAN, Answer.FINDING)
        told += f"; {counted(checked, 'rule')} checked"
        for count, words in (
            (self._rules(*_OPEN), "not answered"),
            (self._rules(Answer.NOT_APPLICABLE), "not applicable"),
        ):
            told += f", {count} {words}" if count else ""
        return told

    def _rules(self, *kinds: Answer) -> int:
        """Return how many rules have an answer of one of the *kinds*."""
        return len({answer.rule.id for answer in self.answers if answer.answer in kinds})

    def __str__(self) -> str:
        return self.to_table()

    def __repr__(self) -> str:
        return f"<Findings {self.summary}>"

    def _repr_html_(self) -> str:
        return as_html(self)
