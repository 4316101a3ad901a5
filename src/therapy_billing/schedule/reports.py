"""Add findings about the rows of a schedule."""

from __future__ import annotations

from collections.abc import Iterable

from therapy_billing.base.money import Usd
from therapy_billing.findings.records import Severity
from therapy_billing.findings.report import Report
from therapy_billing.schedule.rows import Row, codes_of

__all__ = ["find_rows"]


def find_rows(
    report: Report,
    severity: Severity,
    message: str,
    action: str,
    rows: Iterable[Row],
    at_stake: Usd | None = None,
    *,
    detail: str = "",
) -> None:
    """Add a finding about *rows* to *report*."""
    given = tuple(rows)
    report.add(
        severity,
        message,
        action,
        detail=detail,
        codes=codes_of(given),
        entries=(row.key for row in given if row.key),
        keys=dict.fromkeys(row.service.key for row in given if row.service.key is not None),
        at_stake=at_stake,
    )
