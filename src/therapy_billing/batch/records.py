"""A patient-day of a log, billed or checked."""

from __future__ import annotations

import attrs

from therapy_billing.base.record_dicts import DictRecord
from therapy_billing.findings.records import Findings
from therapy_billing.pricing.records import PricedDay
from therapy_billing.visits.treatment_log import LogDay

__all__ = ["BilledDay", "CheckedDay"]


@attrs.frozen
class BilledDay(DictRecord):
    """
    A billed patient-day of a log.

    Its dict is what ``bill --json`` writes for a day: the priced day with the patient's key.

    Args:
        day: The day as read from the log.
        priced: The priced day. Its ``payer`` is the payer's name.
    """

    _dict_fields = ("day.patient", "*priced", "day.skipped_lines")

    day: LogDay
    priced: PricedDay


@attrs.frozen
class CheckedDay(DictRecord):
    """
    A checked patient-day of a log.

    Its dict is what ``check --json`` writes for a day: the findings with the patient's key.

    Args:
        day: The day as read from the log.
        findings: The findings of the day.
        priced: The priced day. Its ``payer`` is the payer's name.
    """

    _dict_fields = (
        "day.patient",
        "day.date_of_service",
        "priced.payer",
        "day.skipped_lines",
        "*findings",
        "priced.remarks",
    )

    day: LogDay
    findings: Findings
    priced: PricedDay
