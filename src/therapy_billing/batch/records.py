"""A patient-day of a log, billed or checked."""

from __future__ import annotations

import attrs

from therapy_billing.findings.records import Findings
from therapy_billing.pricing.records import PricedDay
from therapy_billing.visits.treatment_log import LogDay

__all__ = ["BilledDay", "CheckedDay"]


@attrs.frozen
class BilledDay:
    """
    A patient-day of a log in dollars.

    Args:
        day: The day, as the log has it.
        priced: The day in dollars; its ``payer`` is the name of the payer.
    """

    day: LogDay
    priced: PricedDay


@attrs.frozen
class CheckedDay:
    """
    A patient-day of a log with what was found.

    Args:
        day: The day, as the log has it.
        findings: What was found.
        priced: The day in dollars; its ``payer`` is the name of the payer.
    """

    day: LogDay
    findings: Findings
    priced: PricedDay
