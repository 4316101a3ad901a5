"""
A clinic's treatment log: a line a service, as CSV or JSON.

Every bad row is reported, with its line and column and never with the text of a cell: a shifted column
could hold a name. The reader keeps the log's own patient key and nothing else of a patient.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime, tzinfo
from functools import lru_cache
from typing import TypeVar

import attrs

from therapy_billing.base.columns import BadCellError
from therapy_billing.base.dates import is_moment_form, parse_date, parse_datetime
from therapy_billing.base.errors import (
    MAX_ERRORS,
    ErrorList,
    FileFormatError,
    InvalidInputError,
    NotPublishedError,
)
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import (
    as_tuple,
    checked,
    require_flag,
    require_path,
    require_text,
    require_type,
)
from therapy_billing.codes.code_book import code_in_force, known_through, load_codes, parse_code
from therapy_billing.codes.modifiers import distinct_modifiers
from therapy_billing.codes.roles import Clinician, Discipline, parse_clinician, parse_discipline
from therapy_billing.visits.log_columns import LOG_COLUMNS, REQUIRED, Row
from therapy_billing.visits.log_csv import csv_rows
from therapy_billing.visits.log_json import CONTROL, json_rows
from therapy_billing.visits.schedule_entries import ScheduleEntry
from therapy_billing.visits.services import (
    Service,
    TimedService,
    UntimedService,
    clocked_minutes,
    require_month_minutes,
)
from therapy_billing.visits.sessions import Session

__all__ = ["LogDay", "TreatmentLog", "read_treatment_log"]

_WHOLE = re.compile(r"\d{1,4}", re.ASCII)
_EVERY = 1000

_T = TypeVar("_T")


def _sessions(value: Iterable[Session]) -> tuple[Session, ...]:
    return as_tuple(value, Session, "sessions")


@attrs.frozen(field_transformer=checked)
class LogDay:
    """
    What a patient received on a day, as the log tells.

    Args:
        patient: The log's own key; no display shows it.
        date_of_service: The day.
        payer: Name of the payer as the log writes it; empty when it names none.
        sessions: The sessions, in the order of the log.
        line: Line of the log where the day begins.
        skipped_lines: Lines of the day that could not be read, so that its minutes are incomplete.
            Once the log has more bad rows than are listed, only the first further one of a day.
        schedule: Each service with its line as the key ``line 7``, where the log tells who treated.
        attestations: The modifiers that clinicians attest, each with its code.
    """

    patient: str = attrs.field(repr=False)
    date_of_service: date
    payer: str
    sessions: tuple[Session, ...] = attrs.field(converter=_sessions)
    line: int
    skipped_lines: tuple[int, ...] = ()
    schedule: tuple[ScheduleEntry, ...] = attrs.field(default=(), repr=False)
    attestations: tuple[tuple[str, str], ...] = ()

    def __attrs_post_init__(self) -> None:
        for session in self.sessions:
            if session.date_of_service != self.date_of_service:
                msg = f"a session of {session.date_of_service} is not of the day {self.date_of_service}"
                raise InvalidInputError(msg)


def _days(value: Iterable[LogDay]) -> tuple[LogDay, ...]:
    return as_tuple(value, LogDay, "days")


def _errors(value: Iterable[FileFormatError]) -> tuple[FileFormatError, ...]:
    return as_tuple(value, FileFormatError, "errors")


@attrs.frozen(field_transformer=checked)
class TreatmentLog:
    """
    A log that was read.

    Args:
        days: The patient-days, in the order in which they begin.
        errors: The rows and days that could not be read; where there are more than are listed, the
            last one gives the number of the others.
        rows: How many rows were read, good and bad.
        path: The file, as the caller named it.
    """

    days: tuple[LogDay, ...] = attrs.field(converter=_days)
    errors: tuple[FileFormatError, ...] = attrs.field(converter=_errors)
    rows: int
    path: str = "the log"

    @property
    def error_count(self) -> int:
        """How many errors there are, listed or not."""
        return sum(error.count for error in self.errors)

    @property
    def schedule(self) -> tuple[ScheduleEntry, ...]:
        """The services of every day with who treated, in the order of the days."""
        return tuple(entry for day in self.days for entry in day.schedule)


def read_treatment_log(
    path: str | os.PathLike[str],
    *,
    date_of_service: date | str | None = None,
    payer: str | None = None,
    payers: Collection[str] | None = None,
    zone: tzinfo | None = None,
    keep_going: bool = False,
    max_errors: int = MAX_ERRORS,
    progress: Callable[[int], None] | None = None,
) -> TreatmentLog:
    """
    Return the patient-days of a log.

    Args:
        path: A CSV file, or a JSON file (an array of objects, or an object a line) when its name
            ends in ``.json``, ``.jsonl`` or ``.ndjson``. :data:`LOG_COLUMNS` names the columns.
        date_of_service: The day of every row, in place of the column ``date``.
        payer: The payer of every row, in place of the column ``payer``.
        payers: The names that the column ``payer`` may hold; None takes any.
        zone: The time zone of clock times without one, for elapsed minutes over a clock change.
        keep_going: Whether to return the good rows and list the bad ones.
        max_errors: How many bad rows are listed; the last error gives the number of the others.
        progress: Called now and then with the number of rows read.

    Raises:
        ExceptionGroup: Of FileFormatError, one for each bad row, unless *keep_going*.
        FileFormatError: If the file as a whole cannot be read.
    """
    where = require_path(path)
    require_flag(keep_going, "keep_going")
    require_text(payer, "payer", optional=True)
    known = None if payers is None else as_tuple(payers, str, "payers")
    if zone is not None:
        require_type(zone, tzinfo, "zone")
    if progress is not None and not callable(progress):
        msg = f"progress must be a function of the number of rows, got {safe_repr(progress)}"
        raise InvalidInputError(msg)
    as_json = where.lower().endswith((".json", ".jsonl", ".ndjson"))
    default_day = None if date_of_service is None else parse_date(date_of_service)
    given = {"date": default_day, "payer": payer}
    ignored = {column for column, value in given.items() if value is not None}
    errors = ErrorList(where, max_errors)
    reader = _LogReader(where, default_day, payer, known, zone, errors)
    rows = 0
    try:
        read_rows = json_rows if as_json else csv_rows
        for line, row, error in read_rows(where, ignored):
            rows += 1
            reader.add(line, row, error)
            if progress is not None and rows % _EVERY == 0:
                progress(rows)
    except FileFormatError as error:
        if not errors.count:
            raise
        errors.add(error, always=True)
        keep_going = False
    if rows == 0:
        msg = "there is no row to bill"
        raise FileFormatError(msg, where)
    days = reader.days()
    if errors.count and not keep_going:
        raise errors.group()
    return TreatmentLog(days, errors.listed(), rows, where)


@attrs.define
class _Day:
    line: int
    payer: str
    sessions: dict[tuple[Discipline, str], list[Service]] = attrs.field(factory=dict)
    clocked: set[tuple[Discipline, str, datetime, datetime]] = attrs.field(factory=set)
    schedule: list[ScheduleEntry] = attrs.field(factory=list)
    attested: dict[str, str] = attrs.field(factory=dict)

    def add(self, row: Row, payer: str, given: tuple[Discipline, Service]) -> None:
        """Add a service of the day, or refuse it and change nothing."""
        discipline, service = given
        if payer != self.payer:
            raise BadCellError("payer", f"another payer than on line {self.line}, same day")
        attested, before = row.get("attest", "").upper(), self.attested.get(service.code, "")
        if attested and attested not in distinct_modifiers():
            raise BadCellError("attest", f"not readable; {LOG_COLUMNS['attest']}")
        if attested and before not in ("", attested):
            raise BadCellError(
                "attest", f"another modifier than {before} of {service.code}, same day"
            )
        if isinstance(service, TimedService) and service.start and service.end:
            clocked = (discipline, service.code, service.start, service.end)
            if clocked in self.clocked:
                raise BadCellError("start", "the same code at the same time is in the log already")
            self.clocked.add(clocked)
        if attested:
            self.attested[service.code] = attested
        self.sessions.setdefault((discipline, row.get("session", "")), []).append(service)


class _LogReader:
    """Gathers rows into patient-days, and what is wrong with the others."""

    def __init__(
        self,
        where: str,
        day: date | None,
        payer: str | None,
        payers: Collection[str] | None,
        zone: tzinfo | None,
        errors: ErrorList,
    ) -> None:
        self._errors = errors
        self._where = where
        self._day = day
        self._payer = payer
        self._payers = payers
        self._zone = zone
        self._days: dict[tuple[str, date], _Day] = {}
        self._bad_lines: dict[tuple[str, date], list[int]] = {}

    def add(self, line: int, row: Row, error: FileFormatError | None) -> None:
        if error is None:
            try:
                self._add(line, row)
            except BadCellError as bad:
                error = FileFormatError(bad.reason, self._where, line, bad.column)
        if error is not None:
            self._leave_out(line, row)
            self._errors.add(error)

    def _leave_out(self, line: int, row: Row) -> None:
        """Remember the patient-day of a bad row, where the row names it."""
        try:
            day = self._day or parse_date(row.get("date"))
        except InvalidInputError:
            return
        patient = row.get("patient")
        if patient:
            lines = self._bad_lines.setdefault((patient, day), [])
            if not lines or not self._errors.full:
                lines.append(line)

    def days(self) -> tuple[LogDay, ...]:
        """Return the days, in the order in which they begin."""
        return tuple(
            LogDay(
                patient,
                day,
                content.payer,
                tuple(
                    Session(day, discipline, services)
                    for (discipline, _), services in content.sessions.items()
                ),
                content.line,
                tuple(self._bad_lines.get((patient, day), ())),
                tuple(content.schedule),
                tuple((modifier, code) for code, modifier in content.attested.items()),
            )
            for (patient, day), content in self._days.items()
        )

    def _add(self, line: int, row: Row) -> None:
        for column in REQUIRED:
            if not row.get(column) and not (column == "date" and self._day is not None):
                raise BadCellError(column, f"empty; {LOG_COLUMNS[column]}")
        day = self._day or _parsed("date", _day_of, row["date"])
        discipline = _parsed("discipline", parse_discipline, row["discipline"])
        for column in ("patient", "treated_by"):
            if CONTROL.search(row.get(column, "")):
                raise BadCellError(column, "a key without control characters belongs here")
        payer = row.get("payer", "") if self._payer is None else self._payer
        if payer and self._payers is not None and payer not in self._payers:
            raise BadCellError("payer", f"not a payer known here: {', '.join(self._payers)}")
        service = self._service(row, day)
        key = (row["patient"], day)
        treated_by = row.get("treated_by")
        entries = []
        if treated_by:
            entry = (f"line {line}", row["patient"], treated_by, day, discipline, service)
            entries = [_checked("treated_by", lambda: ScheduleEntry(*entry))]
        content = self._days.get(key) or _Day(line, payer)
        content.add(row, payer, (discipline, service))
        content.schedule += entries
        self._days[key] = content

    def _service(self, row: Row, day: date) -> Service:
        code = _parsed("code", parse_code, row["code"])
        if code not in load_codes():
            raise BadCellError("code", "not among the therapy codes known here")
        if day > known_through():
            raise BadCellError("date", f"codes are known through {known_through()}")
        facts = _checked("code", lambda: code_in_force(code, day))
        clinician = Clinician.THERAPIST
        if row.get("clinician"):
            clinician = _parsed("clinician", parse_clinician, row["clinician"])
        minutes = _parsed("minutes", _whole, row["minutes"]) if row.get("minutes") else None
        start, end = self._moment(row, "start", day), self._moment(row, "end", day)
        blamed = "minutes" if start is None and end is None else "end"
        if facts.timed:
            if row.get("units"):
                raise BadCellError("units", f"code {code} is timed: its minutes make its units")
            return _checked(
                blamed,
                lambda: TimedService(
                    code,
                    minutes,
                    start=start,
                    end=end,
                    clinician=clinician,
                    body_region=row.get("body_region") or None,
                    activity=row.get("activity") or None,
                ),
            )
        _checked(blamed, lambda: clocked_minutes(minutes, start, end))
        units = _parsed("units", _whole, row["units"]) if row.get("units") else 1
        service = _checked(
            "units",
            lambda: UntimedService(
                code,
                minutes,
                units=units,
                start=start,
                end=end,
                clinician=clinician,
                body_region=row.get("body_region") or None,
                activity=row.get("activity") or None,
            ),
        )
        _checked(blamed, lambda: require_month_minutes(service, day))
        return service

    def _moment(self, row: Row, column: str, day: date) -> datetime | None:
        text = row.get(column)
        if not text:
            return None
        if not is_moment_form(text):
            raise BadCellError(column, f"not readable; {LOG_COLUMNS[column]}")
        moment = _checked(
            column, lambda: parse_datetime(text, what=column, on=day, zone=self._zone)
        )
        if column == "start" and moment.date() != day:
            raise BadCellError(column, "begins on another day than the date of service")
        return moment


def _parsed(column: str, parse: Callable[[str], _T], text: str) -> _T:
    """Parse a cell; what it holds could be anything, so the reason tells only what belongs there."""
    try:
        return parse(text)
    except (InvalidInputError, NotPublishedError):
        raise BadCellError(column, f"not readable; {LOG_COLUMNS[column]}") from None


def _checked(column: str, build: Callable[[], _T]) -> _T:
    """Build from cells that were parsed; the reason may name codes, minutes and times."""
    try:
        return build()
    except (InvalidInputError, NotPublishedError) as error:
        raise BadCellError(column, str(error)) from None


@lru_cache(maxsize=1024)
def _day_of(text: str) -> date:
    return parse_date(text)


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        msg = "no whole number"
        raise InvalidInputError(msg)
    return int(text)
