"""Find groups that have only one patient."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from therapy_billing.codes.code_book import Contact
from therapy_billing.findings.records import Findings, Severity
from therapy_billing.findings.report import Report
from therapy_billing.schedule.overlaps import Sweep, group_kind, report_overlaps
from therapy_billing.schedule.reports import find_rows
from therapy_billing.schedule.rows import Row

__all__ = ["GroupOfTwo"]


class GroupOfTwo:
    """Find groups that have only one patient. Rule ``group-of-two``."""

    def __init__(self) -> None:
        self._report = Report("group-of-two")
        self._sweep = Sweep(
            lambda row: (row.treated_by, group_kind(row)), lambda _, row: row.patient
        )

    def add(self, rows: Sequence[Row]) -> None:
        """Check a part of the schedule."""
        grouped = [row for row in rows if row.contact is Contact.GROUP]
        found = self._sweep.overlaps(grouped)
        with_others = {id(row) for _, members, _ in found for row in members}
        without_times: dict[tuple[str, date, str], set[str]] = {}
        patients: dict[tuple[str, date, str], set[str]] = {}
        for row in grouped:
            day = (row.treated_by, row.day, group_kind(row))
            patients.setdefault(day, set()).add(row.patient)
            if row.span is None:
                without_times.setdefault(day, set()).add(row.patient)
        for row in grouped:
            day = (row.treated_by, row.day, group_kind(row))
            if id(row) in with_others:
                continue
            # A patient without start and end times may have been in any group of the day.
            others = patients[day] if row.span is None else without_times.get(day, set())
            if others <= {row.patient}:
                find_rows(
                    self._report,
                    Severity.REVIEW,
                    f"{row.service.code} for a group of one",
                    "add the entries of the other patients, or bill a one-on-one code if no one else was treated.",
                    (row,),
                    detail=(
                        "The schedule has no other patient in a group with this clinician "
                        f"{'that day' if row.span is None else 'at that time'}."
                    ),
                )

    def findings(self) -> Findings:
        """Return the findings and answers for all parts."""
        return report_overlaps(self._report, self._sweep)
