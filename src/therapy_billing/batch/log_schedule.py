"""
Check the schedule of all days of a log, a part at a time.

The days of a log are checked one at a time, and what is kept of them are counts, the payers, and the first and last time of
each date. After the last day, the days are read again, date by date, and checked as soon as no later date has a service at the
same time. This is usually a date at a time: it is more only if someone is treated at every moment from one date to the next.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import TypeAlias

from therapy_billing.base.dates import microseconds_of
from therapy_billing.base.errors import FileFormatError, TherapyBillingError
from therapy_billing.batch.log_terms import LogTerms
from therapy_billing.findings.records import Answer, Findings
from therapy_billing.findings.report import answer_all
from therapy_billing.payers.payer import Payer
from therapy_billing.payers.policy import Policy
from therapy_billing.schedule.rows import makes_units
from therapy_billing.schedule.schedule_checks import SCHEDULE_RULES, EntryChecks
from therapy_billing.visits.schedule_entries import ScheduleEntry
from therapy_billing.visits.treatment_log import LogDay, StoredLog, TreatmentLog

__all__ = ["LogSchedule"]

_Entries: TypeAlias = list[tuple[LogDay, ScheduleEntry]]
"""Entries, each with its patient-day, which has its payer."""
_Span: TypeAlias = tuple[float, float]
"""The first and the last time of a date, in microseconds."""

_NO_TIME: _Span = (float("inf"), -float("inf"))


class LogSchedule:
    """
    The schedule of all days of a log.

    Args:
        log: The log.
        terms: What applies to every day.
    """

    def __init__(self, log: TreatmentLog | StoredLog, terms: LogTerms) -> None:
        self._log = log
        self._terms = terms
        self._payers: dict[str, Payer] = {}
        # The rows, and the first and last time of each date: of services whose times have a UTC offset (True) or have
        # none (False), and of services without times (None).
        self._rows: dict[bool | None, int] = {None: 0, False: 0, True: 0}
        self._spans: dict[bool | None, dict[date, _Span]] = {
            None: {},
            False: {},
            True: {},
        }
        self._lost: set[tuple[str, date]] = set()

    def add(self, day: LogDay, payer: Payer) -> None:
        """Add a day of the log."""
        if day.schedule:
            self._payers[payer.name] = payer
        for entry in day.schedule:
            kind = _has_offset(entry)
            spans, day_of_entry = self._spans[kind], entry.date_of_service
            first, last = spans.get(day_of_entry, _NO_TIME)
            for moment in (entry.service.start, entry.service.end):
                if moment is not None:
                    clocked = microseconds_of(moment)
                    first, last = min(first, clocked), max(last, clocked)
            spans[day_of_entry] = first, last
            self._rows[kind] += 1

    def lose(self, day: LogDay) -> None:
        """Leave out a day that could not be checked."""
        self._lost.add((day.patient, day.date_of_service))

    def check(self, days: Iterable[LogDay]) -> tuple[Findings, list[FileFormatError]]:
        """
        Return the findings about the schedule, and the rows that could not be included.

        Args:
            days: All days, in the order of the run.
        """
        # Times with and without a UTC offset cannot be compared, so the smaller group is left out.
        odd = min((True, False), key=self._rows.__getitem__)
        errors = []
        if self._rows[odd]:
            errors = [
                FileFormatError(
                    "only some start times have a UTC offset; the schedule check skipped this row: give every "
                    "time an offset, or set the time zone",
                    self._log.path,
                    _line_of(entry),
                    "start",
                )
                for day in self._checked(days)
                for entry in day.schedule
                if _has_offset(entry) is odd
            ]
        spans = self._spans[None] | self._spans[not odd]
        if not spans:
            return _no_schedule("no row has a clinician in treated_by"), errors
        try:
            checks = self._checks(spans)
            for part in _parts(self._by_date(), _first_dates(spans)):
                self._add_part(checks, [each for each in part if _has_offset(each[1]) is not odd])
            return checks.findings(), errors
        except TherapyBillingError as error:
            errors.append(FileFormatError(f"the schedule was not checked: {error}", self._log.path))
            return _no_schedule("the schedule could not be checked; see the errors"), errors

    def _checks(self, dates: Collection[date]) -> EntryChecks:
        named = list(self._payers.values())
        payer = named[0] if len(named) == 1 else self._terms.payer
        # ``fees_on`` returns the fees for one day and one payer. With several days or payers, no dollars are shown.
        day = min(dates)
        one = len(named) == len(dates) == 1
        return EntryChecks(payer, self._terms.fees_on(day, payer.on(day)) if one else None)

    def _add_part(self, checks: EntryChecks, part: _Entries) -> None:
        """Check a part. The entries make units under their own payer's policy on the day."""
        terms = self._terms
        policies: dict[tuple[str, date], Policy] = {}
        billed = []
        for day, entry in part:
            payer = terms.payer_of(day)
            known = payer.name, entry.date_of_service
            if known not in policies:
                policies[known] = terms.policy_on(payer, entry.date_of_service)
            if makes_units(entry.service, entry.discipline, entry.date_of_service, policies[known]):
                billed.append(entry)
        checks.add([entry for _, entry in part], billed)

    def _checked(self, days: Iterable[LogDay]) -> Iterator[LogDay]:
        """Yield the days that were not lost."""
        return (day for day in days if (day.patient, day.date_of_service) not in self._lost)

    def _by_date(self) -> Iterator[tuple[date, _Entries]]:
        """Yield the entries of each date together, in date order."""
        if isinstance(self._log, StoredLog):
            for days in self._log.by_date():
                checked = list(self._checked(days))
                entries = [(day, entry) for day in checked for entry in day.schedule]
                if entries:
                    yield checked[0].date_of_service, entries
            return
        # A caller's own LogDay may have entries of other dates.
        of_dates: dict[date, _Entries] = {}
        for day in self._checked(self._log.days):
            for entry in day.schedule:
                of_dates.setdefault(entry.date_of_service, []).append((day, entry))
        yield from sorted(of_dates.items(), key=lambda each: each[0])


def _first_dates(spans: Mapping[date, _Span]) -> set[date]:
    """
    Return the dates that a part can start with: no service of the date or of a later one starts before all services of earlier dates have ended.

    >>> days = [date(2026, 3, day) for day in (2, 3, 4)]
    >>> [day.day for day in _first_dates(dict(zip(days, [(9, 17), (33, 49), (48, 65)])))]
    [3]
    """
    days = sorted(spans)
    ends = itertools.accumulate((spans[day][1] for day in days), max)
    starts = [*itertools.accumulate((spans[day][0] for day in reversed(days)), min)]
    return {
        day
        for day, end, start in zip(days[1:], ends, reversed(starts[:-1]), strict=False)
        if end <= start
    }


def _parts(
    by_date: Iterable[tuple[date, _Entries]], first_dates: Collection[date]
) -> Iterator[_Entries]:
    """Yield the entries in parts, each with all entries of one or more dates."""
    part: _Entries = []
    for day, entries in by_date:
        if day in first_dates:
            yield part
            part = []
        part += entries
    yield part


def _no_schedule(remark: str) -> Findings:
    return answer_all(SCHEDULE_RULES, Answer.NOT_IN_DATA, remark)


def _line_of(entry: ScheduleEntry) -> int | None:
    """Return the log line that an entry comes from, or None. The log reader puts it into the key, such as ``line 12``."""
    word, _, number = entry.key.partition(" ")
    return int(number) if word == "line" and number.isdecimal() else None


def _has_offset(entry: ScheduleEntry) -> bool | None:
    """Return whether the start of an entry has a UTC offset. None if it has no start."""
    start = entry.service.start
    return None if start is None else start.tzinfo is not None
