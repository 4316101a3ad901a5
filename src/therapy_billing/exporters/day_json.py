"""Priced days as JSON: an object a patient-day."""

from __future__ import annotations

import json
from typing import Any

from therapy_billing.explanations import Explanation
from therapy_billing.records import PricedDay

__all__ = ["day_json"]


def day_json(
    patient: str, payer: str, day: PricedDay, explanation: Explanation | None = None
) -> str:
    """Return a priced day as one line of JSON; amounts are texts, so nothing is rounded."""
    record: dict[str, Any] = {"patient": patient, **day.to_dict(), "payer": payer}
    if explanation is not None:
        record["explanation"] = explanation.to_dict()["steps"]
    return json.dumps(record)
