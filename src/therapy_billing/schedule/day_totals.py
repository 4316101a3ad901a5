"""Find sessions, patients, and clinicians with more documented minutes than are possible."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date

from therapy_billing.base.dates import MINUTES_OF_A_DAY
from therapy_billing.base.wording import counted, listed
from therapy_billing.codes.code_book import Contact
from therapy_billing.findings.records import Answer, Findings, Severity
from therapy_billing.findings.report import Report
from therapy_billing.schedule.overlaps import NO_CLOCK, Sweep
from therapy_billing.schedule.reports import find_rows
from therapy_billing.schedule.rows import MINUTE, Row, minutes_in_words
from therapy_billing.schedule.rules import union_length
from therapy_billing.visits.services import TimedService

__all__ = [
    "IdenticalRows",
    "ImpossibleDay",
    "PatientDay",
    "TotalTreatment",
    "check_training_meanwhile",
]


class TotalTreatment:
    """Find sessions with more minutes than their start and end times allow. Rule ``total-treatment``."""

    def __init__(self) -> None:
        self._report = Report("total-treatment")
        self._sessions = self._unclocked = self._untimed = 0

    def add(self, rows: Sequence[Row]) -> None:
        """Check a part of the schedule."""
        sessions: dict[Hashable, list[Row]] = {}
        for row in rows:
            sessions.setdefault(row.session, []).append(row)
        self._sessions += len(sessions)
        for members in sessions.values():
            # Services in the patient's absence do not show when the patient was there.
            present = [row for row in members if row.patient_present]
            spans = [row.span for row in present if row.span is not None]
            without = [row for row in present if row.span is None and row.attended]
            minutes = sum(row.service.minutes or 0 for row in without)
            if not minutes:
                continue
            if not spans:
                self._unclocked += 1
                continue
            there = _from_first_to_last(spans)
            clocked = union_length(row.span for row in present if row.span and row.attended)
            # Clinics that record times only for timed codes have an evaluation before or after these times.
            timed = sum(
                row.service.minutes or 0 for row in without if isinstance(row.service, TimedService)
            )
            documented = clocked + timed * MINUTE
            if documented <= there < clocked + minutes * MINUTE:
                self._untimed += 1
            if documented > there:
                find_rows(
                    self._report,
                    Severity.REVIEW,
                    f"{documented // MINUTE} {members[0].discipline.value} minutes documented in "
                    f"{minutes_in_words(there)} of clock time",
                    "give the start and end times of every service, or correct the minutes.",
                    [row for row in present if row.attended],
                    detail=(
                        f"The clock time runs from the first start to the last end. {timed} of the "
                        "minutes are of services without start and end times."
                    ),
                )

    def findings(self) -> Findings:
        """Return the findings and answers for all parts."""
        if self._unclocked:
            remark = (
                f"{self._unclocked} of {self._sessions} sessions have no start and end times; the first and last "
                "service need them"
            )
            self._report.answer(
                Answer.NOT_IN_DATA, remark if self._unclocked < self._sessions else NO_CLOCK
            )
        if self._untimed:
            remark = (
                f"{self._untimed} of {self._sessions} sessions have untimed services without start and end times, "
                "which may be before the first start or after the last end"
            )
            self._report.answer(Answer.NOT_IN_DATA, remark)
        return self._report.findings()


def _from_first_to_last(spans: Sequence[tuple[int, int]]) -> int:
    return max(end for _, end in spans) - min(start for start, _ in spans)


class PatientDay:
    """Find patients with more minutes than a day, or a working day, has. Rule ``patient-day``."""

    def __init__(self, working_day: int) -> None:
        self._working_day = working_day
        self._report = Report("patient-day")

    def add(self, rows: Sequence[Row]) -> None:
        """Check a part of the schedule."""
        days: dict[tuple[str, date], list[Row]] = {}
        for row in rows:
            if row.attended and row.patient_present:
                days.setdefault((row.patient, row.day), []).append(row)
        for (_, day), members in days.items():
            # Other rules report minutes that were recorded twice. Here each minute counts once.
            clocked = union_length(row.span for row in members if row.span) // MINUTE
            without = sum(row.service.minutes or 0 for row in members if row.span is None)
            documented = clocked + without
            if documented > self._working_day:
                severity, limit = _limit_of_a_day(documented, self._working_day)
                message = f"{documented} minutes documented for one patient on {day}"
                action = "check whether rows were recorded twice, and correct the minutes."
                find_rows(self._report, severity, message, action, members, detail=limit)

    def findings(self) -> Findings:
        """Return the findings and answers for all parts."""
        return self._report.findings()


def _limit_of_a_day(minutes: int, working_day: int) -> tuple[Severity, str]:
    if minutes > MINUTES_OF_A_DAY:
        return Severity.DENY, f"A day has {MINUTES_OF_A_DAY:,} minutes."
    return Severity.REVIEW, f"That is more than a working day of {working_day} minutes."


class IdenticalRows:
    """
    Find identical rows without start and end times. Rule ``identical-rows``.

    Args:
        clinician: Return the clinician of a row. Rows of different clinicians are not identical.
    """

    def __init__(self, clinician: Callable[[Row], str]) -> None:
        self._clinician = clinician
        self._report = Report("identical-rows")

    def add(self, rows: Sequence[Row]) -> None:
        """Check a part of the schedule."""
        same: dict[Hashable, list[Row]] = {}
        for row in rows:
            if row.span is None:
                what = (
                    row.patient,
                    row.day,
                    row.discipline,
                    self._clinician(row),
                    *row.what_was_done,
                )
                same.setdefault(what, []).append(row)
        for members in same.values():
            service = members[0].service
            if len(members) > 1:
                minutes = (
                    "" if service.minutes is None else f" ({counted(service.minutes, 'minute')})"
                )
                find_rows(
                    self._report,
                    Severity.REVIEW,
                    f"{service.code}{minutes} recorded {len(members)} times for one patient",
                    "keep one row if the service was recorded twice. If the services were separate, give "
                    "the start and end times of each, or combine them in one row.",
                    members,
                    detail=f"The {members[0].discipline.value} rows are identical.",
                )

    def findings(self) -> Findings:
        """Return the findings and answers for all parts."""
        return self._report.findings()


def check_training_meanwhile(rows: Sequence[Row]) -> Findings:
    """Answer that ``minutes-once`` is not checked if caregivers were trained while the patient was treated."""
    sweep = Sweep(lambda row: row.patient, lambda _, row: row.patient_present)
    report = Report("minutes-once")
    if not sweep.overlaps(row for row in rows if row.attended):
        return report.not_applicable("sessions do not name clinicians; use check_schedule")
    remark = (
        "caregivers were trained while the patient was treated; use check_schedule, or treated_by "
        "in a log, to show whether one clinician furnished both"
    )
    report.answer(Answer.NOT_IN_DATA, remark)
    return report.findings()


class ImpossibleDay:
    """
    Find clinicians with more minutes than they worked or, if that is not given, than a working day. Rule ``impossible-day``.

    Args:
        worked: The minutes that each clinician worked on each day, by the clinician's key.
        working_day: The most minutes on a day without review.
    """

    def __init__(self, worked: Mapping[str, int], working_day: int) -> None:
        self._worked = worked
        self._working_day = working_day
        self._report = Report("impossible-day")
        self._days = self._open_days = 0

    def add(self, rows: Sequence[Row]) -> None:
        """Check a part of the schedule."""
        days: dict[tuple[str, date], list[Row]] = {}
        for row in rows:
            if row.attended:
                days.setdefault((row.treated_by, row.day), []).append(row)
        self._days += len(days)
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
            if clinician in self._worked:
                one_on_one = sum(row.service.minutes or 0 for row in alone)
                if one_on_one + grouped > self._worked[clinician]:
                    exceeds = (
                        Severity.DENY,
                        f"The clinician worked {self._worked[clinician]} minutes.",
                    )
            else:
                # Other rules report minutes that were recorded twice. Here each minute counts once.
                without = sum(row.service.minutes or 0 for row in alone if row.span is None)
                clocked = union_length(row.span for row in alone if row.span) // MINUTE
                one_on_one = clocked + without
                whole = all(row.span is not None for row in members)
                if whole:
                    grouped = (
                        union_length(row.span for row in members if row.span) // MINUTE - clocked
                    )
                if one_on_one + grouped > self._working_day:
                    exceeds = _limit_of_a_day(one_on_one + grouped, self._working_day)
                self._open_days += int(not whole and one_on_one + grouped <= MINUTES_OF_A_DAY)
            if exceeds is None:
                continue
            severity, limit = exceeds
            minutes = {"one-on-one": one_on_one, "group": grouped}
            given = listed([f"{count} {kind}" for kind, count in minutes.items() if count])
            message = f"{given} minutes documented for one clinician on {day}"
            action = "check who furnished which minutes and when, and bill only those minutes."
            if severity is Severity.REVIEW:
                action += (
                    " If the clinician worked longer, give the minutes worked (argument worked)."
                )
            find_rows(self._report, severity, message, action, members, detail=limit)

    def findings(self) -> Findings:
        """Return the findings and answers for all parts."""
        if self._open_days:
            self._report.answer(
                Answer.NOT_IN_DATA,
                f"{self._open_days} of {self._days} clinician days have services without start and end "
                "times; give the times, or the minutes worked (argument worked)",
            )
        return self._report.findings()


def _minutes_of_groups(rows: Iterable[Row]) -> int:
    """Return the shortest time that the groups could have taken. Each group counts once."""
    clocked: dict[str, list[tuple[int, int]]] = {}
    longest: dict[str, int] = {}
    for row in rows:
        code = row.service.code
        if row.span is None:
            longest[code] = max(longest.get(code, 0), row.service.minutes or 0)
        else:
            clocked.setdefault(code, []).append(row.span)
    # A service without start and end times may belong to a group of services with times.
    beyond = sum(
        max(0, minutes - union_length(clocked.get(code, ())) // MINUTE)
        for code, minutes in longest.items()
    )
    return union_length(itertools.chain(*clocked.values())) // MINUTE + beyond
