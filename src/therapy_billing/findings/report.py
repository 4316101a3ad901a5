"""Build the findings and answers for one rule, and merge the reports of several rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import attrs

from therapy_billing.base.choices import parse_choice
from therapy_billing.base.data_loader import data_assumptions
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.money import Usd
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import as_tuple, require_text
from therapy_billing.base.wording import sentence
from therapy_billing.codes.code_book import CODE_FILES
from therapy_billing.findings.records import (
    Answer,
    CheckAnswer,
    Finding,
    Findings,
    Severity,
    parse_severity,
)
from therapy_billing.law.rule_book import Rule, load_rules
from therapy_billing.law.sources import Source
from therapy_billing.payers.policy import Policy

__all__ = [
    "Report",
    "answer_all",
    "as_sentences",
    "merge_findings",
    "rule_of",
    "with_assumptions",
]


class Report:
    """
    Collect what one check finds, and what it could not check.

    The library's checks build their results with it. Use it in a check of your own as well.

    Args:
        rule: The rule that is checked: a :class:`~therapy_billing.Rule` of your own, or the id of one of the library's rules.

    Raises:
        InvalidInputError: If the library has no rule with that id.

    >>> rule = Rule(id="acme-59-first", statement="Acme wants 59 before every other modifier.")
    >>> report = Report(rule)
    >>> report.findings().answers[0].answer
    <Answer.CLEAN: 'clean'>
    >>> report.add(Severity.DENY, "97110 has GP before 59", "put 59 first.", codes=["97110"])
    >>> report.findings()
    <Findings 1 deny; 1 rule checked>
    """

    def __init__(self, rule: Rule | str) -> None:
        self.rule: Rule = rule if isinstance(rule, Rule) else rule_of(rule)
        self._found: list[Finding] = []
        self._others: list[CheckAnswer] = []

    @property
    def has_findings(self) -> bool:
        """Whether the report has at least one finding so far."""
        return bool(self._found)

    def add(
        self,
        severity: Severity | str,
        message: str,
        action: str,
        *,
        detail: str = "",
        lines: Iterable[int] = (),
        codes: Iterable[str] = (),
        entries: Iterable[str] = (),
        keys: Iterable[str] = (),
        at_stake: Usd | None = None,
        suggested: tuple[tuple[str, str], ...] = (),
        figures: Iterable[Source] = (),
        denied: tuple[tuple[int, ...], int] | None = None,
        path: str = "",
    ) -> None:
        """
        Add a finding. The arguments are those of :class:`~therapy_billing.Finding`.

        Raises:
            InvalidInputError: If *severity* is unknown, or an argument has the wrong type.
        """
        require_text(message, "message")
        require_text(action, "action")
        require_text(detail, "detail")
        require_text(path, "path")
        self._found.append(
            Finding(
                rule=self.rule,
                severity=parse_severity(severity),
                message=message,
                action=action,
                detail=detail,
                lines=as_tuple(lines, int, "lines"),
                codes=as_tuple(codes, str, "codes"),
                entries=as_tuple(entries, str, "entries"),
                keys=as_tuple(keys, str, "keys"),
                at_stake=at_stake,
                suggested=_suggested(suggested),
                figures=as_tuple(figures, Source, "figures"),
                denied=_denied(denied),
                path=path,
            )
        )

    def answer(self, answer: Answer | str, remark: str, about: Iterable[str] = ()) -> None:
        """
        Add an answer that says why the rule was not checked or does not apply.

        Args:
            answer: Not in data, date out of range, or not applicable.
            remark: The reason; if data is missing, which data.
            about: The codes that the answer is about.

        Raises:
            InvalidInputError: If *answer* is not one of these three, *remark* is not a string, or *about* is not a
                list of strings.
        """
        found = parse_choice(answer, Answer, "answer")
        if found in (Answer.CLEAN, Answer.FINDING):
            msg = f"answer must be not-in-data, date-out-of-range, or not-applicable, got {found.value}"
            raise InvalidInputError(msg, field="answer")
        require_text(remark, "remark")
        self._others.append(self._check_answer(found, as_tuple(about, str, "about"), remark))

    def not_applicable(self, remark: str) -> Findings:
        """Answer that the rule does not apply, and return the report; *remark* says why."""
        self.answer(Answer.NOT_APPLICABLE, remark)
        return self.findings()

    def findings(self, *, about: Iterable[str] = (), remark: str = "") -> Findings:
        """
        Return the findings and answers. The answer is clean only if nothing was found and no other answer was
        added.

        Args:
            about: The codes that were checked; the codes of the findings if left out.
            remark: What limits the answer, if it is clean or finding.
        """
        require_text(remark, "remark")
        given = as_tuple(about, str, "about")
        named = given or [code for each in self._found for code in each.codes]
        answers = list(self._others)
        if self._found:
            answers.insert(0, self._check_answer(Answer.FINDING, named, remark))
        elif not answers:
            answers.append(self._check_answer(Answer.CLEAN, named, remark))
        return Findings(tuple(self._found), tuple(answers))

    def _check_answer(self, answer: Answer, about: Iterable[str], remark: str) -> CheckAnswer:
        return CheckAnswer(
            rule=self.rule, answer=answer, about=tuple(dict.fromkeys(about)), remark=remark
        )


def _suggested(value: Any) -> tuple[tuple[str, str], ...]:  # noqa: ANN401 - a caller may give anything
    """Return the attestations that would resolve a finding."""
    match value:
        case [*pairs] if all(
            isinstance(each, tuple) and list(map(type, each)) == [str, str] for each in pairs
        ):
            return tuple(pairs)
    msg = f"suggested must be attestations such as [('XU', '97116')], got {safe_repr(value)}"
    raise InvalidInputError(msg, field="suggested")


def _denied(value: Any) -> tuple[tuple[int, ...], int] | None:  # noqa: ANN401 - a caller may give anything
    """Return the indexes of the denied lines, and how many of their units are denied."""
    match value:
        case None:
            return None
        case ([*lines], int(units)) if all(type(line) is int for line in lines):
            return tuple(lines), units
    msg = f"denied must be lines and units such as ((0, 1), 2), got {safe_repr(value)}"
    raise InvalidInputError(msg, field="denied")


def as_sentences(texts: Iterable[str]) -> str:
    """
    Return *texts* as sentences, each with a capital letter and a period; empty ones are left out.

    >>> as_sentences(["both can be billed", "", "The units agree."])
    'Both can be billed. The units agree.'
    """
    return " ".join(sentence(text) for text in texts if text)


def rule_of(rule: str) -> Rule:
    """
    Return the library's rule with the id *rule*.

    Raises:
        InvalidInputError: If the library has no such rule.
    """
    given: object = rule
    if not isinstance(given, str) or given not in load_rules():
        msg = f"unknown rule {safe_repr(given)}: use an id from load_rules(), or a Rule of your own"
        raise InvalidInputError(msg)
    return load_rules()[given]


def answer_all(
    rules: Iterable[str], answer: Answer, remark: str, about: Iterable[str] = ()
) -> Findings:
    """Return the same *answer* for each of *rules*, because none of them was checked."""
    reports = [Report(rule) for rule in rules]
    codes = tuple(about)
    for report in reports:
        report.answer(answer, remark, codes)
    return merge_findings(report.findings() for report in reports)


def merge_findings(parts: Iterable[Findings]) -> Findings:
    """Merge several reports into one, in claim line order, with the most severe finding of a line first."""
    given = tuple(parts)
    found = [finding for part in given for finding in part.found]
    found.sort(key=_order)
    answers = tuple(answer for part in given for answer in part.answers)
    claim = next((part.claim for part in given if part.claim is not None), None)
    assumed = dict.fromkeys(each for part in given for each in part.assumptions)
    return Findings(tuple(found), answers, _stake_of_all(given, found), claim, tuple(assumed))


def with_assumptions(
    found: Findings, day: date | None, policy: Policy | None, *paths: str
) -> Findings:
    """
    Return *found* with what data packs assume about the codes, the payer, and more data files on *day*.

    Args:
        found: The findings.
        day: The date of service; None if there is none.
        policy: The payer's policy on that day; None without one.
        paths: More data files that the findings rest on.
    """
    of_policy = () if policy is None else policy.assumptions
    assumed = (*found.assumptions, *of_policy, *data_assumptions(day, *CODE_FILES, *paths))
    return attrs.evolve(found, assumptions=tuple(dict.fromkeys(assumed))) if assumed else found


def _stake_of_all(parts: Sequence[Findings], found: Iterable[Finding]) -> Usd | None:
    """Return the dollars at stake; None if several reports deny, because they may deny the same dollar."""
    denials = [finding for finding in found if finding.severity is Severity.DENY]
    if len(denials) == 1:
        return denials[0].at_stake
    denying = [part for part in parts if part.has_denials]
    if denying:
        return denying[0].at_stake if len(denying) == 1 else None
    # Nothing is denied: the report on the claim has 0.00 if the claim was priced; the others have None.
    return next((part.at_stake for part in parts if part.at_stake is not None), None)


def _order(finding: Finding) -> tuple[object, ...]:
    # Findings without a line come last. The rest of the key keeps the order independent of the input.
    first = finding.lines[0] if finding.lines else float("inf")
    return (
        first,
        finding.severity.rank,
        finding.rule.id,
        finding.lines,
        finding.codes,
        finding.message,
        finding.detail,
        finding.path,
    )
