"""When a progress report is due, and whether it was written in time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from therapy_billing.base.dates import all_days
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.validation import as_tuple
from therapy_billing.base.wording import counted
from therapy_billing.chart.notes import TreatmentNote
from therapy_billing.chart.plans import ProgressReport
from therapy_billing.chart.rules import Run, run_of_reports
from therapy_billing.codes.roles import Clinician
from therapy_billing.findings.records import Findings, Severity
from therapy_billing.findings.report import Fault, report

__all__ = [
    "REPORT_EVERY",
    "check_progress",
    "days_of_sound_reports",
    "is_sound",
    "overdue_report",
    "treatment_days_left",
    "visits_of",
]

# The rule progress-report cites the sources of both.
REPORT_EVERY = 10
_REPORT_DELAYED_WITHIN = 7


def check_progress(
    treatment_days: Iterable[date | str], reports: Iterable[ProgressReport]
) -> Findings:
    """
    Return by which treatment days a progress report was missing.

    Args:
        treatment_days: The days of treatment under one plan of care; a date counts once.
        reports: The reports. One that is not signed, or is by an assistant alone, does not count.

    Raises:
        InvalidInputError: If a value is no day or no report.

    Source:
        CMS Pub. 100-02, ch. 15, section 220.3, part D.

    >>> days = [f"2026-03-{day:02}" for day in range(2, 13)]
    >>> for on in ("2026-03-11", "2026-03-12"):
    ...     print(len(check_progress(days, [ProgressReport(on, "therapist", signed=True)])))
    0
    1
    """
    days = all_days(treatment_days, "treatment_days")
    given = as_tuple(reports, ProgressReport, "reports")
    sound_days = days_of_sound_reports(given)
    faults = []
    for place in _run_of_reports(days, sound_days).missed:
        first, due = days[place - REPORT_EVERY + 1], days[place]
        unsound = sum(first <= each.written_on <= due for each in given if not is_sound(each))
        late = next(((day - due).days for day in sound_days if day > due), None)
        message = f"no progress report by {due}, the {REPORT_EVERY}th treatment day since {first}"
        if unsound:
            message += f"; {unsound} unsigned, or by an assistant alone, do not count"
        if late is None or late > _REPORT_DELAYED_WITHIN:
            action = "have the therapist write the report before more is billed"
            faults.append(Fault(Severity.DENY, message, action))
        else:
            message += f"; the next one is {counted(late, 'day')} late"
            action = "have the reason for the delay in the record"
            faults.append(Fault(Severity.REVIEW, message, action))
    nothing = "" if days else "no treatment day is given"
    return report("progress-report", faults, unknown=nothing)


def treatment_days_left(
    treatment_days: Iterable[date | str], reports: Iterable[ProgressReport]
) -> int:
    """
    Return on which treatment day from now the next progress report is due at the latest.

    Args:
        treatment_days: The days of treatment under one plan of care; a date counts once.
        reports: The reports.

    Source:
        CMS Pub. 100-02, ch. 15, section 220.3, part D.

    >>> days = [f"2026-03-{day:02}" for day in range(2, 12)]
    >>> treatment_days_left(days[:9], []), treatment_days_left(days, [])
    (1, 10)
    """
    days = all_days(treatment_days, "treatment_days")
    given = as_tuple(reports, ProgressReport, "reports")
    return REPORT_EVERY - _run_of_reports(days, days_of_sound_reports(given)).since


def overdue_report(days: Iterable[date], reports: Iterable[ProgressReport]) -> date | None:
    """Return the first treatment day by which a report was due that nobody has written since."""
    treated, sound_days = (
        list(days),
        days_of_sound_reports(as_tuple(reports, ProgressReport, "reports")),
    )
    missed = [treated[place] for place in _run_of_reports(treated, sound_days).missed]
    return next((due for due in missed if all(day <= due for day in sound_days)), None)


def visits_of(notes: Iterable[TreatmentNote]) -> dict[date, list[TreatmentNote]]:
    """
    Return the notes of each day in the order of the days, after seeing that they make a series.

    Raises:
        InvalidInputError: If notes are of several plans of care, or one has no date.
    """
    given = as_tuple(notes, TreatmentNote, "notes")
    visits: dict[date, list[TreatmentNote]] = {}
    for note in given:
        if note.date_of_service is None:
            msg = "a note of the series has no date: check_note tells of it, leave it out here"
            raise InvalidInputError(msg)
        visits.setdefault(note.date_of_service, []).append(note)
    disciplines = dict.fromkeys(note.discipline.value for note in given)
    if len(disciplines) > 1:
        msg = f"notes of one plan of care make a series, not of {' and '.join(disciplines)}"
        raise InvalidInputError(msg)
    return {day: visits[day] for day in sorted(visits)}


def _run_of_reports(days: Iterable[date], written: Iterable[date]) -> Run:
    return run_of_reports(
        [day.toordinal() for day in days],
        [day.toordinal() for day in written],
        every=REPORT_EVERY,
    )


def is_sound(report: ProgressReport) -> bool:
    """Return whether a report counts: signed, and not by an assistant alone."""
    return report.signed and report.written_by is not Clinician.ASSISTANT


def days_of_sound_reports(reports: Iterable[ProgressReport]) -> list[date]:
    """Return the dates of the reports that count, in order."""
    return sorted(report.written_on for report in reports if is_sound(report))
