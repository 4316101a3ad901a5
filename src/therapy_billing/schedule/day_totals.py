"""Minutes that one day cannot hold: of a session, a patient, or a clinician."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date

from therapy_billing.base.dates import MINUTES_OF_A_DAY
from therapy_billing.base.wording import counted, listed
from therapy_billing.codes.code_book import Contact
from therapy_billing.findings.records import Answer, Findings, Severity
from therapy_billing.findings.report import Report
from therapy_billing.schedule.overlaps import NO_CLOCK, sweep_overlaps
from therapy_billing.schedule.reports import find_rows
from therapy_billing.schedule.rows import MINUTE, Row, minutes_in_words
from therapy_billing.schedule.rules import union_length

__all__ = [
    "check_identical_rows",
    "check_impossible_day",
    "check_patient_day",
    "check_total_treatment",
    "check_training_meanwhile",
]


def check_total_treatment(rows: Sequence[Row]) -> Findings:
    """Find sessions with more minutes than their clock has. Rule ``total-treatment``."""
    sessions: dict[Hashable, list[Row]] = {}
    for row in rows:
        sessions.setdefault(row.session, []).append(row)
    report = Report("total-treatment")
    unclocked = 0
    for members in sessions.values():
        # What was given in the patient's absence does not show when the patient was there.
        present = [row for row in members if row.patient_present]
        spans = [row.span for row in present if row.span is not None]
        without = [row for row in present if row.span is None and row.attended]
        minutes = sum(row.service.minutes or 0 for row in without)
        if not minutes:
            continue
        if not spans:
            unclocked += 1
            continue
        there = _from_first_to_last(spans)
        clocked = union_length(row.span for row in present if row.span and row.attended)
        documented = clocked + minutes * MINUTE
        if documented > there:
            find_rows(
                report,
                Severity.REVIEW,
                f"{documented // MINUTE} minutes documented under "
                f"{members[0].discipline.value}, {minutes} of them without start and end, and "
                f"the clock tells {minutes_in_words(there)} from the first start to the last end",
                "give start and end of every service, or correct the minutes",
                [row for row in present if row.attended],
            )
    if unclocked:
        remark = (
            f"{unclocked} of {len(sessions)} sessions have no start and end: give those of the first "
            "and the last service"
        )
        report.answer(Answer.NOT_IN_DATA, remark if unclocked < len(sessions) else NO_CLOCK)
    return report.findings()


def _from_first_to_last(spans: Sequence[tuple[int, int]]) -> int:
    return max(end for _, end in spans) - min(start for start, _ in spans)


def check_patient_day(rows: Sequence[Row], working_day: int) -> Findings:
    """Find patients with more minutes than a day has. Rule ``patient-day``."""
    days: dict[tuple[str, date], list[Row]] = {}
    for row in rows:
        if row.attended and row.patient_present:
            days.setdefault((row.patient, row.day), []).append(row)
    report = Report("patient-day")
    for (_, day), members in days.items():
        # Minutes recorded twice are another finding: here each counts once.
        clocked = union_length(row.span for row in members if row.span) // MINUTE
        without = sum(row.service.minutes or 0 for row in members if row.span is None)
        documented = clocked + without
        if documented > working_day:
            severity, limit = _limit_of_a_day(documented, working_day)
            message = (
                f"{documented} minutes of treatment documented for one patient on {day}, {limit}"
            )
            action = "correct the minutes, and see whether rows were recorded twice"
            find_rows(report, severity, message, action, members)
    return report.findings()


def _limit_of_a_day(minutes: int, working_day: int) -> tuple[Severity, str]:
    if minutes > MINUTES_OF_A_DAY:
        return Severity.DENY, f"and a day has {MINUTES_OF_A_DAY}"
    return Severity.REVIEW, f"more than the {working_day} of a working day"


def check_identical_rows(rows: Sequence[Row], clinician: Callable[[Row], str]) -> Findings:
    """Find rows that do not differ. Rule ``identical-rows``."""
    same: dict[Hashable, list[Row]] = {}
    for row in rows:
        if row.span is None:
            what = (row.patient, row.day, row.discipline, clinician(row), *row.what_was_done)
            same.setdefault(what, []).append(row)
    report = Report("identical-rows")
    for members in same.values():
        service = members[0].service
        if len(members) > 1:
            minutes = "" if service.minutes is None else f" of {counted(service.minutes, 'minute')}"
            find_rows(
                report,
                Severity.REVIEW,
                f"{service.code}{minutes} was recorded {len(members)} times for one patient "
                f"under {members[0].discipline.value}, in rows that do not differ",
                "keep one if it was recorded twice; if these were separate services, give start "
                "and end of each, or add them up in one row",
                members,
            )
    return report.findings()


def check_training_meanwhile(rows: Sequence[Row]) -> Findings:
    """Return that nobody knows who trained caregivers while the patient was treated, where that was so."""
    sweep = sweep_overlaps(
        [row for row in rows if row.attended],
        lambda row: row.patient,
        lambda _, row: row.patient_present,
    )
    report = Report("minutes-once")
    if not sweep.found:
        return report.not_applicable("sessions do not name clinicians: see check_schedule")
    remark = (
        "caregivers were trained while the patient was treated, and sessions do not name "
        "clinicians: check_schedule, or treated_by in a log, shows whether one clinician gave both"
    )
    report.answer(Answer.NOT_IN_DATA, remark)
    return report.findings()


def check_impossible_day(
    rows: Sequence[Row], worked: Mapping[str, int], working_day: int
) -> Findings:
    """Find clinicians with more minutes than they worked. Rule ``impossible-day``."""
    days: dict[tuple[str, date], list[Row]] = {}
    for row in rows:
        if row.attended:
            days.setdefault((row.treated_by, row.day), []).append(row)
    report = Report("impossible-day")
    open_days = 0
    for (clinician, day), members in days.items():
        alone = [row for row in members if row.contact is Contact.ONE_ON_ONE]
        grouped = sum(
            _minutes_of_groups(
                row
                for row in members
                if row.contact is Contact.GROUP and row.patient_present is present
            )
            for present in (True, False)
        )
        exceeds: tuple[Severity, str] | None = None
        if clinician in worked:
            one_on_one = sum(row.service.minutes or 0 for row in alone)
            if one_on_one + grouped > worked[clinician]:
                exceeds = (Severity.DENY, f"who worked {worked[clinician]}")
        else:
            # Minutes recorded twice are another finding: here each counts once.
            without = sum(row.service.minutes or 0 for row in alone if row.span is None)
            clocked = union_length(row.span for row in alone if row.span) // MINUTE
            one_on_one = clocked + without
            whole = all(row.span is not None for row in members)
            if whole:
                grouped = union_length(row.span for row in members if row.span) // MINUTE - clocked
            if one_on_one + grouped > working_day:
                exceeds = _limit_of_a_day(one_on_one + grouped, working_day)
            open_days += int(not whole and one_on_one + grouped <= MINUTES_OF_A_DAY)
        if exceeds is None:
            continue
        severity, limit = exceeds
        minutes = {"one-on-one": one_on_one, "group": grouped}
        given = listed([f"{count} {kind}" for kind, count in minutes.items() if count])
        message = f"{given} minutes documented for one clinician on {day}, {limit}"
        action = "see who gave which of them and when, and bill no more than that"
        if severity is Severity.REVIEW:
            action += "; give worked if the clinician worked longer"
        find_rows(report, severity, message, action, members)
    _see_open_days(report, open_days, len(days))
    return report.findings()


def _see_open_days(report: Report, open_days: int, days: int) -> None:
    if open_days:
        report.answer(
            Answer.NOT_IN_DATA,
            f"{open_days} of {days} days of clinicians have services without start and end: give "
            "worked, or start and end of every service",
        )


def _minutes_of_groups(rows: Iterable[Row]) -> int:
    """Return the fewest minutes in which the groups can have been, each for all of its patients."""
    clocked: dict[str, list[tuple[int, int]]] = {}
    longest: dict[str, int] = {}
    for row in rows:
        code = row.service.code
        if row.span is None:
            longest[code] = max(longest.get(code, 0), row.service.minutes or 0)
        else:
            clocked.setdefault(code, []).append(row.span)
    # Who was not clocked may have been in the groups that were.
    beyond = sum(
        max(0, minutes - union_length(clocked.get(code, ())) // MINUTE)
        for code, minutes in longest.items()
    )
    return union_length(itertools.chain(*clocked.values())) // MINUTE + beyond
