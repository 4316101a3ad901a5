"""What is wrong with a claim, a day, a schedule or a note: findings, and what was checked without one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from html import escape
from typing import Any, overload

import attrs

from therapy_billing.base.errors import InvalidInputError, require_text, shown
from therapy_billing.base.money import Usd
from therapy_billing.law.rule_book import Rule, load_rules
from therapy_billing.law.sources import Source

__all__ = ["Answer", "CheckAnswer", "Finding", "Findings", "Severity", "parse_severity"]


class Severity(Enum):
    """What a finding leads to when nothing is done."""

    DENY = "deny"
    """The payer denies or returns it, or takes back what it paid."""
    REVIEW = "review"
    """Somebody has to look: the record decides, or no source held settles it."""
    NOTE = "note"
    """Good to know; the claim stands."""

    @property
    def rank(self) -> int:
        """0 for the gravest."""
        return list(Severity).index(self)


class Answer(Enum):
    """What a check has to say; no answer stands for another."""

    CLEAN = "clean"
    """Checked, and nothing was found."""
    FINDING = "finding"
    NOT_IN_DATA = "not-in-data"
    """The data does not hold what was asked."""
    NOT_COVERED = "date-not-covered"
    """The data holds it for other dates of service only."""


def parse_severity(value: object) -> Severity:
    """
    Return the severity that *value* names.

    >>> parse_severity("deny")
    <Severity.DENY: 'deny'>
    """
    if isinstance(value, Severity):
        return value
    if isinstance(value, str) and value.strip().lower() in {each.value for each in Severity}:
        return Severity(value.strip().lower())
    msg = f"severity is deny, review or note, not {shown(value)}"
    raise InvalidInputError(msg)


@attrs.frozen(kw_only=True)
class Finding:
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
        at_stake: Dollars allowed that are lost when nothing is done; None where it was not priced.
        suggested: Attestations that would settle it, such as ``("XU", "97116")``, for whom the record
            bears them out.
        figures: Citations of figures, beyond the rule's own sources.
        denied: Places of the lines that are not paid when nothing is done, and how many of their units
            together; None where the finding does not name them.
    """

    rule: Rule
    severity: Severity
    message: str
    action: str
    lines: tuple[int, ...] = ()
    codes: tuple[str, ...] = ()
    entries: tuple[str, ...] = attrs.field(default=(), repr=False)
    at_stake: Usd | None = None
    suggested: tuple[tuple[str, str], ...] = ()
    figures: tuple[Source, ...] = ()
    denied: tuple[tuple[int, ...], int] | None = attrs.field(default=None, repr=False)

    @property
    def citation(self) -> tuple[Source, ...]:
        """Where it is written: the sources of the rule and of the figures."""
        return tuple(dict.fromkeys(self.rule.sources + self.figures))

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as plain values that JSON can hold."""
        return {
            "rule": self.rule.id,
            "severity": self.severity.value,
            "message": self.message,
            "action": self.action,
            "lines": list(self.lines),
            "codes": list(self.codes),
            "entries": list(self.entries),
            "at_stake": None if self.at_stake is None else str(self.at_stake),
            "suggested": [list(attestation) for attestation in self.suggested],
            "citation": [source.to_dict() for source in self.citation],
        }


@attrs.frozen(kw_only=True)
class CheckAnswer:
    """
    What one check had to say.

    Args:
        rule: The rule that was checked.
        answer: The answer.
        about: What it is about: codes, or pairs of them.
        remark: Which data answered, and what it does not hold.
    """

    rule: Rule
    answer: Answer
    about: tuple[str, ...] = ()
    remark: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as plain values that JSON can hold."""
        return {
            "rule": self.rule.id,
            "answer": self.answer.value,
            "about": list(self.about),
            "remark": self.remark,
        }


@attrs.frozen(repr=False)
class Findings(Sequence[Finding]):
    """
    Findings in the order of the lines that they are about, and the answer of every check.

    A sequence: ``len(findings)``, ``for finding in findings``.

    Args:
        found: The findings.
        answers: What each check had to say, also where it found nothing.
        at_stake: Dollars allowed for the day as billed, minus those without everything that is denied. A
            dollar counts once, however many findings deny it. None where that is not known: without fees,
            where a denied line has no price, or where a denial does not name the units that it takes.
    """

    found: tuple[Finding, ...] = ()
    answers: tuple[CheckAnswer, ...] = ()
    at_stake: Usd | None = None

    @overload
    def __getitem__(self, place: int) -> Finding: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Finding, ...]: ...
    def __getitem__(self, place: int | slice) -> Finding | tuple[Finding, ...]:
        return self.found[place]

    def __len__(self) -> int:
        return len(self.found)

    @property
    def would_be_denied(self) -> bool:
        """Whether a finding is of the gravest severity."""
        return any(finding.severity is Severity.DENY for finding in self.found)

    @property
    def unanswered(self) -> tuple[CheckAnswer, ...]:
        """The checks that the data could not answer."""
        open_answers = (Answer.NOT_IN_DATA, Answer.NOT_COVERED)
        return tuple(answer for answer in self.answers if answer.answer in open_answers)

    def at_least(self, severity: Severity | str) -> Findings:
        """Return the findings as grave as *severity*, or graver; the answers stay."""
        rank = parse_severity(severity).rank
        return Findings(
            tuple(finding for finding in self.found if finding.severity.rank <= rank),
            self.answers,
            self.at_stake,
        )

    def of_rule(self, rule: str) -> tuple[Finding, ...]:
        """Return the findings of the rule with the id *rule*."""
        require_text(rule, "rule")
        return tuple(finding for finding in self.found if finding.rule.id == rule)

    def to_table(self) -> str:
        """
        Return the findings as text: what was found, what to do, the source; then what is open.

        Each source is told where it first comes up; lines of the claim are counted from 1.
        """
        told: set[Source] = set()
        lines = [line for finding in self.found for line in finding_lines(finding, told)]
        lines += [answer_line(answer) for answer in self.unanswered]
        lines.append(self._summary())
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return findings and answers as plain values that JSON can hold."""
        return {
            "findings": [finding.to_dict() for finding in self.found],
            "answers": [answer.to_dict() for answer in self.answers],
            "at_stake": None if self.at_stake is None else str(self.at_stake),
        }

    def _summary(self) -> str:
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
        rules = len({answer.rule.id for answer in self.answers})
        unanswered = len(self.unanswered)
        checked = f"{rules} rules checked" if rules != 1 else "1 rule checked"
        return f"{told}; {checked}" + (f", {unanswered} not answered" if unanswered else "")

    def __str__(self) -> str:
        return self.to_table()

    def __repr__(self) -> str:
        return f"<Findings {self._summary()}>"

    def _repr_html_(self) -> str:
        rows = "".join(
            "<tr>"
            + "".join(
                f"<td>{escape(cell)}</td>"
                for cell in (
                    finding.severity.value,
                    _about(finding),
                    finding.message,
                    "" if finding.at_stake is None else f"${finding.at_stake:,}",
                    finding.action,
                    f"{finding.rule.id}: {'; '.join(map(str, finding.citation))}",
                )
            )
            + "</tr>"
            for finding in self.found
        )
        heads = ("severity", "about", "found", "at stake", "do", "rule and source")
        head = "".join(f"<th>{name}</th>" for name in heads)
        unanswered = "".join(
            f"<li>{escape(answer.answer.value)}: {escape(answer.rule.id)} "
            f"{escape(', '.join(answer.about))}; {escape(answer.remark)}</li>"
            for answer in self.unanswered
        )
        return (
            f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
            f"<ul>{unanswered}</ul><p>{escape(self._summary())}</p>"
        )


def finding_lines(finding: Finding, told: set[Source]) -> list[str]:
    """Return a finding as lines of text; its sources but for those *told*, which they join."""
    entries = f" [{', '.join(finding.entries)}]" if finding.entries else ""
    if finding.lines:
        noun = "line" if len(finding.lines) == 1 else "lines"
        entries += f" {noun} {', '.join(str(place + 1) for place in finding.lines)} of the claim"
    stake = "" if finding.at_stake is None else f" (${finding.at_stake:,} at stake)"
    sources = [source for source in finding.citation if source not in told]
    told.update(sources)
    return [
        f"{finding.severity.value:<7} {finding.rule.id}{entries}{stake}",
        f"        {finding.message}",
        f"        do: {finding.action}",
        *(f"        source: {source}" for source in sources),
    ]


def _about(finding: Finding) -> str:
    if finding.entries:
        return ", ".join(finding.entries)
    lines = ", ".join(str(place + 1) for place in finding.lines)
    return ", ".join(finding.codes) + (f" (line {lines})" if lines else "")


def answer_line(answer: CheckAnswer) -> str:
    """Return what a check could not answer as a line of text."""
    about = f" {', '.join(answer.about)}" if answer.about else ""
    return f"{answer.answer.value}: {answer.rule.id}{about}; {answer.remark}"


def rule_of(rule: str) -> Rule:
    """Return the rule with the id *rule*."""
    return load_rules()[rule]


def gathered(parts: Iterable[Findings]) -> Findings:
    """Return several findings as one, in the order of their lines, the gravest of a line first."""
    given = tuple(parts)
    found = [finding for part in given for finding in part.found]
    found.sort(key=_order)
    answers = tuple(answer for part in given for answer in part.answers)
    return Findings(tuple(found), answers, _stake_of_all(given, found))


def _stake_of_all(parts: Sequence[Findings], found: Iterable[Finding]) -> Usd | None:
    """Return what is at stake in all parts; None where several deny, as they may deny the same dollar."""
    denials = [finding for finding in found if finding.severity is Severity.DENY]
    if len(denials) == 1:
        return denials[0].at_stake
    denying = [part for part in parts if part.would_be_denied]
    if denying:
        return denying[0].at_stake if len(denying) == 1 else None
    # Nothing is denied: the part about the claim says 0.00 if it was priced, and the others say None.
    return next((part.at_stake for part in parts if part.at_stake is not None), None)


def _order(finding: Finding) -> tuple[object, ...]:
    # What is about no line comes last; the rest of the key makes the order one of the findings alone.
    first = finding.lines[0] if finding.lines else float("inf")
    return (
        first,
        finding.severity.rank,
        finding.rule.id,
        finding.lines,
        finding.codes,
        finding.message,
    )
