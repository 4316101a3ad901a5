"""Priced days as JSON: an object a patient-day."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from therapy_billing.law.rule_book import Explanation
from therapy_billing.pricing.records import PricedDay

__all__ = ["day_json"]


def day_json(
    patient: str,
    payer: str,
    day: PricedDay,
    lines_left_out: Sequence[int] = (),
    explanation: Explanation | None = None,
) -> str:
    """
    Return a priced day as one line of JSON; amounts are texts, so nothing is rounded.

    Args:
        patient: The log's own key.
        payer: Name of the payer.
        day: The day.
        lines_left_out: Lines of the log that belong to the day and could not be read.
        explanation: Its steps, to be added.
    """
    record: dict[str, Any] = {
        "patient": patient,
        **day.to_dict(),
        "payer": payer,
        "lines_left_out": list(lines_left_out),
    }
    if explanation is not None:
        record["explanation"] = explanation.to_dict()["steps"]
    return json.dumps(record)
