"""Write billed and checked days as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence

import attrs

from therapy_billing.batch.gaps import Gap
from therapy_billing.batch.records import BilledDay, CheckedDay
from therapy_billing.explanations.records import Explanation
from therapy_billing.findings.records import Findings, Severity

__all__ = ["billed_day_json", "checked_log_json"]


def billed_day_json(billed: BilledDay, explanation: Explanation | None = None) -> str:
    """
    Return a billed day as one line of JSON. Amounts are strings, so nothing is rounded.

    Args:
        billed: The billed day.
        explanation: The explanation of the day, if it should be included.
    """
    steps = {} if explanation is None else {"explanation": explanation.to_dict()["steps"]}
    return json.dumps(billed.to_dict() | steps)


def checked_log_json(
    checked: Sequence[CheckedDay],
    schedule: Findings,
    gaps: Sequence[Gap],
    severity: Severity | str,
) -> str:
    """
    Return the findings of a log as one line of JSON.

    An answer that is the same on every day is listed only once, under ``gaps``.

    Args:
        checked: The checked days.
        schedule: The findings about the schedule of all days.
        gaps: The rules that could not be checked.
        severity: The lowest severity to include.
    """
    days = [
        attrs.evolve(each, findings=_without(each.findings, gaps).at_least(severity)).to_dict()
        for each in checked
    ]
    record = {
        "days": days,
        "schedule": schedule.at_least(severity).to_dict(),
        "gaps": [gap.to_dict() for gap in gaps],
    }
    return json.dumps(record) + "\n"


def _without(findings: Findings, gaps: Sequence[Gap]) -> Findings:
    """Return *findings* without the answers that are the same on every day."""
    of_every_day = {
        (gap.rule.id, gap.answer, gap.about, gap.remark)
        for gap in gaps
        if gap.days == gap.of_days and not gap.varies
    }
    answers = (
        each
        for each in findings.answers
        if (each.rule.id, each.answer, each.about, each.remark) not in of_every_day
    )
    return attrs.evolve(findings, answers=tuple(answers))
