"""What a check of a record found of a rule, and its answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from therapy_billing.findings.records import (
    Answer,
    CheckAnswer,
    Finding,
    Findings,
    Severity,
    rule_of,
)

__all__ = ["Fault", "answered"]


class Fault(NamedTuple):
    """What a finding of a rule says."""

    severity: Severity
    message: str
    action: str
    codes: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()


def answered(
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
