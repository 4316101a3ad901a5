"""Find when a progress report is due and whether it was written on time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from therapy_billing.base.dates import all_days
from therapy_billing.base.errors import InvalidInputError, NotPublishedError
from therapy_billing.base.validation import as_tuple, require_type
from therapy_billing.base.wording import counted, ordinal
from therapy_billing.chart.authors import (
    furnishers_of,
    is_qualified,
    is_valid_report,
    why_invalid,
)
from therapy_billing.chart.notes import TreatmentNote
from therapy_billing.chart.plans import ProgressReport
from therapy_billing.chart.rules import Run, run_of_reports
from therapy_billing.codes.roles import Discipline, parse_discipline
from therapy_billing.findings.own_checks import OwnCheck, run_own_checks
from therapy_billing.findings.records import Answer, Findings, Severity
from therapy_billing.findings.report import Report, merge_findings
from therapy_billing.law.parameters import BUNDLED, Parameters
from therapy_billing.payers.furnishers import Furnishers
from therapy_billing.payers.payer_argument import PayerLike

__all__ = [
    "check_progress",
    "days_of_valid_reports",
    "overdue_report",
    "report_interval",
    "treatment_days_left",
    "visits_of",
]


def check_progress(
    treatment_days: Iterable[date | str],
    reports: Iterable[ProgressReport],
    *,
    payer: PayerLike = "medicare",
    discipline: Discipline | str | None = None,
    parameters: Parameters = BUNDLED,
    own_checks: Iterable[OwnCheck[[tuple[date, ...], tuple[ProgressReport, ...]]]] = (),
) -> Findings:
    """
    Find the treatment days by which a progress report was due but missing.

    Args:
        treatment_days: The days of treatment under one plan of care. Each date counts once.
        reports: The reports. A report counts if it is signed and by a therapist or physician. A report by another role
            counts only if the payer's table of furnishers says so: under Medicare, a student's report counts from 2021
            if the therapist cosigned it, and an assistant's report does not count.
        payer: The payer. If its policy is not known on the last treatment day, signed reports by other roles do not
            count, and the answers include ``date-out-of-range``.
        discipline: The discipline of the plan of care. Without it, a report by another role counts only if it does in
            every discipline.
        parameters: The numbers set by law. The numbers for the last treatment day apply. If there are
            none for that day, the answer is ``date-out-of-range``.
        own_checks: Your own checks, each a function of the treatment days and the reports.

    Raises:
        InvalidInputError: If a value is not a date or not a report, or one of your own checks fails.

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
    plan = None if discipline is None else parse_discipline(discipline)
    table, unknown = furnishers_of(payer, days[-1] if days else None)
    own = run_own_checks(own_checks, tuple(days), given)
    report = Report("progress-report")
    if not days:
        report.answer(Answer.NOT_IN_DATA, "no treatment days were given")
        return merge_findings([report.findings(), own])
    try:
        every = report_interval(days, parameters)
        within = parameters.count("progress_report_delay_days", days[-1])
    except NotPublishedError as error:
        report.answer(Answer.OUT_OF_RANGE, str(error))
        return merge_findings([report.findings(), own])
    if unknown and any(each.signed and not is_qualified(each.written_by) for each in given):
        report.answer(Answer.OUT_OF_RANGE, unknown)
    valid_days = days_of_valid_reports(given, plan, table)
    for index in _run_of_reports(days, valid_days, every).missed:
        first, due = days[index - every + 1], days[index]
        within_interval = (each for each in given if first <= each.written_on <= due)
        invalid, sources = why_invalid(within_interval, plan, table)
        late = next(((day - due).days for day in valid_days if day > due), None)
        message = (
            f"no progress report by {due}, the {ordinal(every)} treatment day counting from {first}"
        )
        details = []
        if invalid:
            details.append(f"Reports not counted: {invalid}.")
        if late is None or late > within:
            severity = Severity.DENY
            action = "have the therapist write the report before you bill more visits."
        else:
            severity = Severity.REVIEW
            details.append(f"The next report is {counted(late, 'day')} late.")
            action = "document the reason for the delay in the record."
        report.add(severity, message, action, detail=" ".join(details), figures=sources)
    return merge_findings([report.findings(), own])


def report_interval(days: Sequence[date], parameters: Parameters) -> int:
    """
    Return how many treatment days an interval has, according to the number in effect on the last of *days*.

    Without *days*, return the latest number in *parameters*.
    """
    name = "progress_report_treatment_days"
    return parameters.count(name, days[-1] if days else parameters.series(name).known_through)


def treatment_days_left(
    treatment_days: Iterable[date | str],
    reports: Iterable[ProgressReport],
    *,
    payer: PayerLike = "medicare",
    discipline: Discipline | str | None = None,
    parameters: Parameters = BUNDLED,
) -> int:
    """
    Return in how many treatment days the next progress report is due: 1 if it is due on the next treatment day.

    Args:
        treatment_days: The days of treatment under one plan of care. Each date counts once.
        reports: The reports.
        payer: As for :func:`~therapy_billing.chart.check_progress`.
        discipline: As for :func:`~therapy_billing.chart.check_progress`.
        parameters: The numbers set by law. The numbers for the last treatment day apply.

    Raises:
        NotPublishedError: If *parameters* have no number for the last treatment day.

    Source:
        CMS Pub. 100-02, ch. 15, section 220.3, part D.

    >>> days = [f"2026-03-{day:02}" for day in range(2, 12)]
    >>> treatment_days_left(days[:9], []), treatment_days_left(days, [])
    (1, 10)
    """
    require_type(parameters, Parameters, "parameters")
    days = all_days(treatment_days, "treatment_days")
    given = as_tuple(reports, ProgressReport, "reports")
    plan = None if discipline is None else parse_discipline(discipline)
    table, _ = furnishers_of(payer, days[-1] if days else None)
    every = report_interval(days, parameters)
    return every - _run_of_reports(days, days_of_valid_reports(given, plan, table), every).since


def overdue_report(days: Sequence[date], valid_days: Sequence[date], every: int) -> date | None:
    """Return the first day by which a report was due and missing, if no valid report was written later."""
    missed = [days[index] for index in _run_of_reports(days, valid_days, every).missed]
    return next((due for due in missed if all(day <= due for day in valid_days)), None)


def visits_of(notes: Iterable[TreatmentNote]) -> dict[date, list[TreatmentNote]]:
    """
    Return the notes of one discipline by day, in date order.

    Raises:
        InvalidInputError: If the notes are for several disciplines, or a note has no date.
    """
    given = as_tuple(notes, TreatmentNote, "notes")
    visits: dict[date, list[TreatmentNote]] = {}
    for note in given:
        if note.date_of_service is None:
            msg = "a note has no date: leave the note out here, and check it with check_note"
            raise InvalidInputError(msg)
        visits.setdefault(note.date_of_service, []).append(note)
    disciplines = dict.fromkeys(note.discipline.value for note in given)
    if len(disciplines) > 1:
        msg = f"the notes are for {' and '.join(disciplines)}: give the notes of only one plan of care"
        raise InvalidInputError(msg)
    return {day: visits[day] for day in sorted(visits)}


def _run_of_reports(days: Iterable[date], written: Iterable[date], every: int) -> Run:
    return run_of_reports(
        [day.toordinal() for day in days],
        [day.toordinal() for day in written],
        every=every,
    )


def days_of_valid_reports(
    reports: Iterable[ProgressReport], discipline: Discipline | None, table: Furnishers
) -> list[date]:
    """Return the dates of the reports that count, earliest first."""
    return sorted(
        report.written_on for report in reports if is_valid_report(report, discipline, table)
    )
