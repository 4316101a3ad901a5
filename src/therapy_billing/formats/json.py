"""Priced days and findings as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from therapy_billing.batch.records import CheckedDay
from therapy_billing.explanations.records import Explanation
from therapy_billing.findings.records import Findings, Severity
from therapy_billing.pricing.records import PricedDay

__all__ = ["checked_log_json", "day_json"]


def day_json(
    patient: str,
    payer: str,
    day: PricedDay,
    skipped_lines: Sequence[int] = (),
    explanation: Explanation | None = None,
) -> str:
    """
    Return a priced day as one line of JSON; amounts are texts, so nothing is rounded.

    Args:
        patient: The log's own key.
        payer: Name of the payer.
        day: The day.
        skipped_lines: Lines of the log that belong to the day and could not be read.
        explanation: Its steps, to be added.
    """
    record: dict[str, Any] = {
        "patient": patient,
        **day.to_dict(),
        "payer": payer,
        "skipped_lines": list(skipped_lines),
    }
    if explanation is not None:
        record["explanation"] = explanation.to_dict()["steps"]
    return json.dumps(record)


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
        {
            "patient": each.day.patient,
            "date_of_service": each.day.date_of_service.isoformat(),
            "payer": each.priced.payer,
            "skipped_lines": list(each.day.skipped_lines),
            **each.findings.at_least(severity).to_dict(),
            "remarks": list(each.priced.remarks),
        }
        for each in checked
    ]
    return json.dumps({"days": days, "schedule": schedule.at_least(severity).to_dict()}) + "\n"
