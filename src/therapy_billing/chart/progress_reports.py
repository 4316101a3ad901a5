"""When a progress report is due, and whether it was written in time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from therapy_billing.base.dates import all_days
from therapy_billing.base.errors import InvalidInputError, NotPublishedError
from therapy_billing.base.validation import as_tuple, require_type
from therapy_billing.base.wording import counted, ordinal
from therapy_billing.chart.notes import TreatmentNote
from therapy_billing.chart.plans import ProgressReport
from therapy_billing.chart.rules import Run, run_of_reports
from therapy_billing.codes.roles import Clinician
from therapy_billing.findings.own_checks import OwnCheck, run_own_checks
from therapy_billing.findings.records import Answer, Findings, Severity
from therapy_billing.findings.report import Report, merge_findings
from therapy_billing.law.parameters import BUNDLED, Parameters

__all__ = [
    "check_progress",
    "days_of_sound_reports",
    "is_sound",
    "overdue_report",
    "report_interval",
    "treatment_days_left",
    "visits_of",
]


def check_progress(
    treatment_days: Iterable[date | str],
    reports: Iterable[ProgressReport],
    *,
    parameters: Parameters = BUNDLED,
    own_checks: Iterable[OwnCheck[[tuple[date, ...], tuple[ProgressReport, ...]]]] = (),
) -> Findings:
    """
    Return by which treatment days a progress report was missing.

    Args:
        treatment_days: The days of treatment under one plan of care; a date counts once.
        reports: The reports. One that is not signed, or is by an assistant alone, does not count.
        parameters: The numbers that law sets; those of the last treatment day count. Where they have
            none for that day, the answer is ``date-out-of-range``.
        own_checks: Your own checks, each a function of the treatment days and the reports.

    Raises:
        InvalidInputError: If a value is no day or no report, or an own check fails.

    Source:
        CMS Pub. 100-02, ch. 15, section 220.3, part D.

    >>> days = [f"2026-03-{day:02}" for day in range(2, 13)]
    >>> for on in ("2026-03-11", "2026-03-12"):
    ...     print(len(check_progress(days, [ProgressReport(on, "therapist", signed=True)])))
    0
    1
    """
    require_type(parameters, Parameters, "parameters")
    days = all_days(treatment_days, "treatment_days")
    given = as_tuple(reports, ProgressReport, "reports")
    own = run_own_checks(own_checks, tuple(days), given)
    report = Report("progress-report")
    if not days:
        report.answer(Answer.NOT_IN_DATA, "no treatment day is given")
        return merge_findings([report.findings(), own])
    try:
        every = report_interval(days, parameters)
        within = parameters.count("progress_report_delay_days", days[-1])
    except NotPublishedError as error:
        report.answer(Answer.OUT_OF_RANGE, str(error))
        return merge_findings([report.findings(), own])
    sound_days = days_of_sound_reports(given)
    for place in _run_of_reports(days, sound_days, every).missed:
        first, due = days[place - every + 1], days[place]
        unsound = sum(first <= each.written_on <= due for each in given if not is_sound(each))
        late = next(((day - due).days for day in sound_days if day > due), None)
        message = f"no progress report by {due}, the {ordinal(every)} treatment day since {first}"
        if unsound:
            message += f"; {unsound} unsigned, or by an assistant alone, do not count"
        if late is None or late > within:
            action = "have the therapist write the report before more is billed"
            report.add(Severity.DENY, message, action)
        else:
            message += f"; the next one is {counted(late, 'day')} late"
            action = "have the reason for the delay in the record"
            report.add(Severity.REVIEW, message, action)
    return merge_findings([report.findings(), own])


def report_interval(days: Sequence[date], parameters: Parameters) -> int:
    """Return the treatment days of an interval by the last of *days*; of none, the last number known."""
    name = "progress_report_treatment_days"
    return parameters.count(name, days[-1] if days else parameters.series(name).known_through)


def treatment_days_left(
    treatment_days: Iterable[date | str],
    reports: Iterable[ProgressReport],
    *,
    parameters: Parameters = BUNDLED,
) -> int:
    """
    Return on which treatment day from now the next progress report is due at the latest.

    Args:
        treatment_days: The days of treatment under one plan of care; a date counts once.
        reports: The reports.
        parameters: The numbers that law sets; those of the last treatment day count.

    Raises:
        NotPublishedError: If *parameters* have none for that day.

    Source:
        CMS Pub. 100-02, ch. 15, section 220.3, part D.

    >>> days = [f"2026-03-{day:02}" for day in range(2, 12)]
    >>> treatment_days_left(days[:9], []), treatment_days_left(days, [])
    (1, 10)
    """
    require_type(parameters, Parameters, "parameters")
    days = all_days(treatment_days, "treatment_days")
    given = as_tuple(reports, ProgressReport, "reports")
    every = report_interval(days, parameters)
    return every - _run_of_reports(days, days_of_sound_reports(given), every).since


def overdue_report(
    days: Sequence[date], reports: Iterable[ProgressReport], every: int
) -> date | None:
    """Return the first treatment day by which a report was due that nobody has written since."""
    sound_days = days_of_sound_reports(as_tuple(reports, ProgressReport, "reports"))
    missed = [days[place] for place in _run_of_reports(days, sound_days, every).missed]
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


def _run_of_reports(days: Iterable[date], written: Iterable[date], every: int) -> Run:
    return run_of_reports(
        [day.toordinal() for day in days],
        [day.toordinal() for day in written],
        every=every,
    )


def is_sound(report: ProgressReport) -> bool:
    """Return whether a report counts: signed, and not by an assistant alone."""
    return report.signed and report.written_by is not Clinician.ASSISTANT


def days_of_sound_reports(reports: Iterable[ProgressReport]) -> list[date]:
    """Return the dates of the reports that count, in order."""
    return sorted(report.written_on for report in reports if is_sound(report))
