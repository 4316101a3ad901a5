"""Billed and checked days as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence

import attrs

from therapy_billing.batch.records import BilledDay, CheckedDay
from therapy_billing.explanations.records import Explanation
from therapy_billing.findings.records import Findings, Severity

__all__ = ["billed_day_json", "checked_log_json"]


def billed_day_json(billed: BilledDay, explanation: Explanation | None = None) -> str:
    """
    Return a billed day as one line of JSON; amounts are text, so nothing is rounded.

    Args:
        billed: The day.
        explanation: Its steps, to be added.
    """
    steps = {} if explanation is None else {"explanation": explanation.to_dict()["steps"]}
    return json.dumps(billed.to_dict() | steps)


def checked_log_json(
    checked: Sequence[CheckedDay], schedule: Findings, severity: Severity | str
) -> str:
    """
    Return what was found in a log as one line of JSON.

    Args:
        checked: The checked days.
        schedule: What was found in the schedule of all of them.
        severity: The lowest severity shown.
    """
    days = [
        attrs.evolve(each, findings=each.findings.at_least(severity)).to_dict() for each in checked
    ]
    return json.dumps({"days": days, "schedule": schedule.at_least(severity).to_dict()}) + "\n"
