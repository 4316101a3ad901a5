"""Add findings about the rows of a schedule, which is checked in one or more parts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from therapy_billing.base.money import Usd
from therapy_billing.findings.records import Findings, Severity
from therapy_billing.findings.report import Report
from therapy_billing.schedule.rows import Row, codes_of

__all__ = ["RankedReport", "RowsCheck", "check_rows", "find_rows"]


class RowsCheck(Protocol):
    """
    A check of the rows of a schedule, which come in one or more parts.

    Each part has all rows of its dates. The dates of a part are after those of the parts before it, and so are all
    times, so no service overlaps a service of another part.
    """

    def add(self, rows: Sequence[Row]) -> None:
        """Check a part of the schedule."""

    def findings(self) -> Findings:
        """Return the findings and answers for all parts."""


def check_rows(check: RowsCheck, rows: Sequence[Row]) -> Findings:
    """Return the findings and answers of *check* for a schedule in one part."""
    check.add(rows)
    return check.findings()


class RankedReport(Report):
    """A report whose findings have ranks. The findings of a rank come in the order in which they were added."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self._ranks: list[tuple[int, ...]] = []

    def rank(self, *rank: int) -> None:
        """Give the finding that was added last its rank."""
        self._ranks.append(rank)

    def findings(self, *, about: Iterable[str] = (), remark: str = "") -> Findings:
        """Return the findings and answers, with the findings in the order of their ranks."""
        order = sorted(range(len(self._found)), key=self._ranks.__getitem__)
        self._found = [self._found[index] for index in order]
        self._ranks.sort()
        return super().findings(about=about, remark=remark)


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
