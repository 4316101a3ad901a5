"""Several findings to one report, with the answer of each check."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from therapy_billing.base.money import Usd
from therapy_billing.findings.records import Answer, CheckAnswer, Finding, Findings, Severity
from therapy_billing.law.rule_book import Rule, load_rules

__all__ = ["Fault", "merge_findings", "out_of_range", "report", "rule_of"]


class Fault(NamedTuple):
    """What a finding of a rule says."""

    severity: Severity
    message: str
    action: str
    codes: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()


def report(
    rule: str,
    faults: Iterable[Fault] = (),
    *,
    about: tuple[str, ...] = (),
    unknown: str = "",
    remark: str = "",
) -> Findings:
    """
    Return the *faults* as findings, with the answer of *rule*.

    Args:
        rule: Its id.
        faults: What was found.
        about: The codes that were looked at.
        unknown: What is not in the data; empty where all of it is.
        remark: What else belongs to the answer.
    """
    named = rule_of(rule)
    found = tuple(
        Finding(
            rule=named,
            severity=fault.severity,
            message=fault.message,
            action=fault.action,
            codes=fault.codes,
            entries=fault.entries,
        )
        for fault in faults
    )
    answer = Answer.FINDING if found else Answer.NOT_IN_DATA if unknown else Answer.CLEAN
    return Findings(
        found, (CheckAnswer(rule=named, answer=answer, about=about, remark=unknown or remark),)
    )


def out_of_range(rule: str, remark: str) -> Findings:
    """Return the answer that *rule* has no data for the day."""
    answer = CheckAnswer(rule=rule_of(rule), answer=Answer.OUT_OF_RANGE, remark=remark)
    return Findings((), (answer,))


def rule_of(rule: str) -> Rule:
    """Return the rule with the id *rule*."""
    return load_rules()[rule]


def merge_findings(parts: Iterable[Findings]) -> Findings:
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
    denying = [part for part in parts if part.has_denials]
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
