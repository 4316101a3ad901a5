"""Findings and answers about the rows of a schedule."""

from __future__ import annotations

from collections.abc import Iterable

from therapy_billing.base.money import Usd
from therapy_billing.findings.records import Answer, CheckAnswer, Finding, Findings, Severity
from therapy_billing.findings.report import rule_of
from therapy_billing.schedule.rows import Row, codes_of

__all__ = ["finding_about", "report"]


def report(rule: str, found: Iterable[Finding], *, looked: bool, remark: str = "") -> Findings:
    """Return the findings of a rule with its answers; *remark* tells what it could not look at."""
    rule_told = rule_of(rule)
    findings = tuple(found)
    answers = []
    if findings:
        codes = sorted({code for finding in findings for code in finding.codes})
        answers.append(CheckAnswer(rule=rule_told, answer=Answer.FINDING, about=tuple(codes)))
    elif looked or not remark:
        answers.append(CheckAnswer(rule=rule_told, answer=Answer.CLEAN))
    if remark:
        answers.append(CheckAnswer(rule=rule_told, answer=Answer.NOT_IN_DATA, remark=remark))
    return Findings(findings, tuple(answers))


def finding_about(
    rule: str,
    severity: Severity,
    message: str,
    action: str,
    rows: Iterable[Row],
    at_stake: Usd | None = None,
) -> Finding:
    """Return a finding about *rows*."""
    given = tuple(rows)
    return Finding(
        rule=rule_of(rule),
        severity=severity,
        message=message,
        action=action,
        codes=codes_of(given),
        entries=tuple(row.key for row in given if row.key),
        at_stake=at_stake,
    )
