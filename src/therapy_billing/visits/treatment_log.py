"""
Read a clinic's treatment log: one row per service, as CSV, JSON, or dicts.

Every bad row is reported with its line and column. Errors never quote a cell, because a shifted column
could contain a name. The only identifier of a patient that the reader keeps is the patient key.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date, datetime, tzinfo
from functools import lru_cache
from typing import Any, TypeAlias, TypeVar

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
    require_key,
    require_text,
    require_type,
)
from therapy_billing.base.wording import word_key
from therapy_billing.codes.code_book import (
    code_in_force,
    known_through,
    load_codes,
    parse_code,
    unknown_code,
)
from therapy_billing.codes.modifiers import parse_modifiers, parse_service_modifiers
from therapy_billing.codes.roles import Clinician, parse_clinician, parse_discipline
from therapy_billing.visits.day_store import ROWS_IN_MEMORY, DayStore
from therapy_billing.visits.log_columns import LOG_COLUMNS, REQUIRED, ReadRow, Row
from therapy_billing.visits.log_days import LogDay, ServiceRow
from therapy_billing.visits.log_json import CONTROL
from therapy_billing.visits.log_sources import (
    LogStream,
    is_stream,
    rows_of_dicts,
    rows_of_file,
    rows_of_stream,
)
from therapy_billing.visits.schedule_entries import ScheduleEntry
from therapy_billing.visits.services import (
    Service,
    UntimedService,
    clocked_minutes,
    require_month_minutes,
    service,
)

__all__ = ["LogDay", "LogInput", "StoredLog", "TreatmentLog", "open_log", "read_treatment_log"]

# Dataframes write 23 as 23.0 if the column has empty cells.
_WHOLE = re.compile(r"(\d{1,4})(?:\.0+)?", re.ASCII)
_EVERY = 1000
_MOST_LISTED = 10

_T = TypeVar("_T")


def _days(value: Iterable[LogDay]) -> tuple[LogDay, ...]:
    return as_tuple(value, LogDay, "days")


def _errors(value: Iterable[FileFormatError]) -> tuple[FileFormatError, ...]:
    return as_tuple(value, FileFormatError, "errors")


@attrs.frozen(field_transformer=checked)
class TreatmentLog:
    """
    A treatment log, as read.

    Args:
        days: The patient-days, in the order of their first rows.
        errors: An error for each row that could not be read. If there are more errors than the limit, the
            last one gives the number of errors that are not listed.
        rows: How many rows were read, good and bad.
        path: The path of the file, the name of the stream, ``<stream>``, or ``<rows>``.
    """

    days: tuple[LogDay, ...] = attrs.field(converter=_days)
    errors: tuple[FileFormatError, ...] = attrs.field(converter=_errors)
    rows: int
    path: str = "the log"

    @property
    def error_count(self) -> int:
        """How many errors there are, including errors that are not listed."""
        return sum(error.count for error in self.errors)

    @property
    def remarks(self) -> tuple[str, ...]:
        """
        Remarks about the log as a whole. They never show a key.

        Patient keys that differ only in case or spaces probably belong to one patient. The days and the
        year-to-date amounts of that patient are then split between the keys.
        """
        return _remarks((day.patient, day.line) for day in self.days)

    @property
    def schedule(self) -> tuple[ScheduleEntry, ...]:
        """The services of all rows that name the clinician, in the order of the days."""
        return tuple(entry for day in self.days for entry in day.schedule)


def _remarks(first_lines: Iterable[tuple[str, int]]) -> tuple[str, ...]:
    """Return the remarks about a log with these patient keys, each with the line where it occurs first."""
    first: dict[str, tuple[str, int]] = {}
    variants: dict[str, str] = {}
    for patient, line in first_lines:
        bare = "".join(patient.split()).casefold()
        key, before = first.setdefault(bare, (patient, line))
        if key != patient:
            variants.setdefault(patient, f"lines {before} and {line}")
    if not variants:
        return ()
    listed = list(variants.values())[:_MOST_LISTED]
    if len(variants) > len(listed):
        listed.append(f"{len(variants) - len(listed):,} more")
    remark = (
        "patient keys that differ only in case or spaces are treated as different patients; use one "
        f"key per patient: {'; '.join(listed)}"
    )
    return (remark,)


class StoredLog:
    """
    A treatment log, as read. Its days are not all in memory: they are made again each time you iterate over them.

    Iterating yields each patient's days in date order. The order of the patients stays as in the log.

    Args:
        store: The patient-days.
        errors: An error for each row that could not be read, as for :class:`~therapy_billing.TreatmentLog`.
        rows: How many rows were read, good and bad.
        path: The path of the file, or another name.
    """

    def __init__(
        self, store: DayStore, errors: tuple[FileFormatError, ...], rows: int, path: str
    ) -> None:
        self._store = store
        self.errors: tuple[FileFormatError, ...] = errors
        self.rows: int = rows
        self.path: str = path

    def __len__(self) -> int:
        return len(self._store)

    def __iter__(self) -> Iterator[LogDay]:
        return self._store.in_date_order()

    def by_date(self) -> Iterator[list[LogDay]]:
        """Yield the days of each date together, in date order."""
        return self._store.by_date()

    @property
    def first_date(self) -> date | None:
        """The date of service of the first good row."""
        return self._store.first_date

    @property
    def payers(self) -> tuple[str, ...]:
        """The payers as the days name them, in the order of the log."""
        return tuple(self._store.payers.values())

    @property
    def remarks(self) -> tuple[str, ...]:
        """Remarks about the log as a whole, as for :class:`~therapy_billing.TreatmentLog`."""
        return _remarks(self._store.first_lines)

    def in_memory(self, *, forget: bool = False) -> TreatmentLog:
        """Return the log with all days in memory; with *forget*, this log is empty afterward."""
        days = self._store.in_log_order(forget=forget)
        return TreatmentLog(days, self.errors, self.rows, self.path)


LogInput: TypeAlias = "TreatmentLog | str | os.PathLike[str] | LogStream | Iterable[Mapping[str, Any]] | Iterable[LogDay]"
"""
Input of :func:`read_treatment_log`.

The path of a file; an open stream of text or bytes; one dict per row; one :class:`~therapy_billing.visits.LogDay` per
patient-day; or a :class:`~therapy_billing.visits.TreatmentLog`.
"""


def read_treatment_log(
    log: LogInput,
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
    Read a treatment log and return its patient-days.

    Rows of a patient-day may be anywhere in the log, so all rows are read before anything is returned.
    All days are in memory, so memory use grows with the number of rows. :func:`~therapy_billing.bill_log` and
    :func:`~therapy_billing.check_log` need less memory if you give them the log itself.

    Args:
        log: The log in one of these forms. :data:`~therapy_billing.visits.LOG_COLUMNS` describes their columns.

            - The path of a CSV file, or of a JSON file (an array of objects, or one object per line) if its
              name ends in ``.json``, ``.jsonl``, or ``.ndjson``.
            - An open stream of text or bytes. It is JSON if it starts with ``[`` or ``{``, else CSV. It is
              read to its end and not closed.
            - Dicts, one per row, from any iterable; a generator is read once. A cell is a string, a
              whole number (or a float such as 20.0), a date, a time, or None. In messages, the line of a
              row is its row number, from 1.
            - :class:`~therapy_billing.visits.LogDay` records, or a :class:`~therapy_billing.TreatmentLog`; these are used as they are.
        date_of_service: The date of every row. The column ``date`` is then ignored.
        payer: The payer of every row. The column ``payer`` is then ignored.
        payers: The names allowed in the column ``payer``; None allows any.
        zone: The time zone for clock times without one. It matters only across a clock change.
        keep_going: Whether to return the good rows and list the bad rows as errors.
        max_errors: How many bad rows to list. If there are more, one more error gives the number of the rest.
        progress: A function that is called from time to time with the number of rows read.

    Raises:
        ExceptionGroup: If rows are bad and *keep_going* is False. Contains a FileFormatError for each
            listed row.
        FileFormatError: If the log as a whole cannot be read.
        InvalidInputError: If an argument has the wrong type, or a log that has already been read is given
            with a date, payer, or time zone.
        OSError: If the file cannot be opened.

    >>> row = {"patient": "P-1", "date": "2026-03-02", "discipline": "PT", "code": "97110", "minutes": 23}
    >>> [day.sessions[0].timed_minutes for day in read_treatment_log([row]).days]
    [23]
    """
    opened = open_log(
        log,
        date_of_service=date_of_service,
        payer=payer,
        payers=payers,
        zone=zone,
        keep_going=keep_going,
        max_errors=max_errors,
        progress=progress,
        rows_in_memory=None,
    )
    if isinstance(opened, TreatmentLog):
        return opened
    return opened.in_memory(forget=opened is not log)


def open_log(
    log: LogInput | StoredLog,
    *,
    date_of_service: date | str | None = None,
    payer: str | None = None,
    payers: Collection[str] | None = None,
    zone: tzinfo | None = None,
    keep_going: bool = False,
    max_errors: int = MAX_ERRORS,
    progress: Callable[[int], None] | None = None,
    rows_in_memory: int | None = ROWS_IN_MEMORY,
) -> StoredLog | TreatmentLog:
    """
    Read a log as :func:`read_treatment_log` does, but keep only some of its rows in memory.

    The other rows are in a temporary file until the log that is returned is deleted. A log that has already been read is
    returned as it is.

    Args:
        log: As for :func:`read_treatment_log`, or what this function returned.
        date_of_service: As for :func:`read_treatment_log`.
        payer: As for :func:`read_treatment_log`.
        payers: As for :func:`read_treatment_log`.
        zone: As for :func:`read_treatment_log`.
        keep_going: As for :func:`read_treatment_log`.
        max_errors: As for :func:`read_treatment_log`.
        progress: As for :func:`read_treatment_log`.
        rows_in_memory: How many rows to keep in memory. None keeps all, and no file is made.

    Raises:
        OSError: As for :func:`read_treatment_log`, or if the temporary file cannot be written.
    """
    require_flag(keep_going, "keep_going")
    require_text(payer, "payer", optional=True)
    _require_zone_and_progress(zone, progress)
    known = None if payers is None else as_tuple(payers, str, "payers")
    default_day = None if date_of_service is None else parse_date(date_of_service)
    given = {"date": default_day, "payer": payer}
    ignored = {column for column, value in given.items() if value is not None}
    source = _source_of(log, ignored)
    if isinstance(source, TreatmentLog | StoredLog):
        if ignored or zone is not None:
            msg = "this log has already been read: leave out date_of_service, payer, and zone"
            raise InvalidInputError(msg)
        return source
    where, read_rows = source
    errors = ErrorList(where, max_errors)
    store = DayStore(zone, rows_in_memory)
    reader = _LogReader(where, default_day, payer, known, zone, errors, store)
    rows = 0
    try:
        for line, row, error in read_rows:
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
        msg = "the log has no rows to bill"
        raise FileFormatError(msg, where)
    if errors.count and not keep_going:
        raise errors.group()
    return StoredLog(store, errors.listed(), rows, where)


def _require_zone_and_progress(zone: object, progress: object) -> None:
    if zone is not None:
        require_type(zone, tzinfo, "zone")
    if progress is not None and not callable(progress):
        msg = (
            f"progress must be a function that takes the number of rows, got {safe_repr(progress)}"
        )
        raise InvalidInputError(msg)


def _source_of(
    log: object, ignored: Collection[str]
) -> TreatmentLog | StoredLog | tuple[str, Iterator[ReadRow]]:
    """Return the log if it has already been read, else its name and its rows."""
    if isinstance(log, TreatmentLog | StoredLog):
        return log
    if isinstance(log, str | os.PathLike):
        return rows_of_file(log, ignored)
    if is_stream(log):
        return rows_of_stream(log, ignored)
    if isinstance(log, Iterable) and not isinstance(log, Mapping | type):
        records = iter(log)
        begin = tuple(itertools.islice(records, 1))
        everything = itertools.chain(begin, records)
        first = begin[0] if begin else {}
        if isinstance(first, LogDay):
            days = as_tuple(everything, LogDay, "log")
            services = (len(session.services) for day in days for session in day.sessions)
            return TreatmentLog(days, (), sum(services))
        if first is None or isinstance(first, Mapping):
            return rows_of_dicts(everything, ignored)
    msg = (
        "log must be a path, an open text or binary stream, dicts (one per row), LogDay records, or a "
        f"TreatmentLog, got {safe_repr(log)}"
    )
    raise InvalidInputError(msg, field="log")


class _LogReader:
    """Put good rows into a store of patient-days, and collect the errors of bad rows."""

    def __init__(
        self,
        where: str,
        day: date | None,
        payer: str | None,
        payers: Collection[str] | None,
        zone: tzinfo | None,
        errors: ErrorList,
        store: DayStore,
    ) -> None:
        self._errors = errors
        self._where = where
        self._day = day
        self._payer = payer
        self._payers = None if payers is None else {word_key(name): name for name in payers}
        self._zone = zone
        self._store = store

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
        """Record the line of a bad row under its patient-day, if the row has a patient and a date."""
        try:
            day = self._day or parse_date(row.get("date"))
        except InvalidInputError:
            return
        patient = row.get("patient")
        if patient:
            self._store.skip(patient, day, line, only_first=self._errors.full)

    def _add(self, line: int, row: Row) -> None:
        for column in REQUIRED:
            if not row.get(column) and not (column == "date" and self._day is not None):
                raise BadCellError(column, f"empty; expected {LOG_COLUMNS[column]}")
        day = self._day or _parsed("date", _day_of, row["date"])
        discipline = _parsed("discipline", parse_discipline, row["discipline"])
        treated_by = row.get("treated_by")
        if treated_by:
            _checked("treated_by", lambda: require_key(treated_by, "treated_by"))
        for column in ("patient", "treated_by", "key"):
            if CONTROL.search(row.get(column, "")):
                raise BadCellError(column, "a key must not contain control characters")
        payer = row.get("payer", "") if self._payer is None else self._payer
        if payer and self._payers is not None:
            named = self._payers.get(word_key(payer))
            if named is None:
                raise BadCellError(
                    "payer", f"unknown payer; use one of {', '.join(self._payers.values())}"
                )
            payer = named
        made = self._service(row, day)
        session, attest = row.get("session", ""), row.get("attest", "").upper()
        self._store.add(
            row["patient"], day, ServiceRow(line, payer, discipline, session, attest, made)
        )

    def _service(self, row: Row, day: date) -> Service:
        code = _parsed("code", parse_code, row["code"])
        if code not in load_codes():
            raise BadCellError("code", unknown_code(code))
        if day > known_through():
            raise BadCellError(
                "date", f"date out of range; the library's codes go through {known_through()}"
            )
        facts = _checked("code", lambda: code_in_force(code, day))
        clinician = Clinician.THERAPIST
        if row.get("clinician"):
            clinician = _parsed("clinician", parse_clinician, row["clinician"])
        minutes = _parsed("minutes", _whole, row["minutes"]) if row.get("minutes") else None
        start, end = self._moment(row, "start", day), self._moment(row, "end", day)
        error_column = "minutes" if start is None and end is None else "end"
        if facts.timed and row.get("units"):
            raise BadCellError(
                "units",
                f"code {code} is timed, so its units come from its minutes; leave units empty",
            )
        if not facts.timed:
            _checked(error_column, lambda: clocked_minutes(minutes, start, end))
        units = _parsed("units", _whole, row["units"]) if row.get("units") else None
        modifiers: tuple[str, ...] = ()
        if row.get("modifiers"):
            modifiers = _modifiers(row["modifiers"])
        made = _checked(
            error_column if facts.timed else "units",
            lambda: service(
                code,
                minutes,
                units,
                start=start,
                end=end,
                clinician=clinician,
                body_region=row.get("body_region") or None,
                activity=row.get("activity") or None,
                key=row.get("key") or None,
                modifiers=modifiers,
                treated_by=row.get("treated_by") or None,
            ),
        )
        if isinstance(made, UntimedService):
            _checked(error_column, lambda: require_month_minutes(made, day))
        return made

    def _moment(self, row: Row, column: str, day: date) -> datetime | None:
        text = row.get(column)
        if not text:
            return None
        if not is_moment_form(text):
            raise BadCellError(column, f"not readable; expected {LOG_COLUMNS[column]}")
        moment = _checked(
            column, lambda: parse_datetime(text, what=column, on=day, zone=self._zone)
        )
        if column == "start" and moment.date() != day:
            raise BadCellError(column, "starts on a day other than the date of service")
        return moment


def _parsed(column: str, parse: Callable[[str], _T], text: str) -> _T:
    """Parse a cell. The error never quotes the cell, which could contain patient data."""
    try:
        return parse(text)
    except (InvalidInputError, NotPublishedError):
        raise BadCellError(column, f"not readable; expected {LOG_COLUMNS[column]}") from None


def _checked(column: str, build: Callable[[], _T]) -> _T:
    """Build a record from parsed cells. The error may quote codes, minutes, and times."""
    try:
        return build()
    except (InvalidInputError, NotPublishedError) as error:
        raise BadCellError(column, str(error)) from None


def _modifiers(text: str) -> tuple[str, ...]:
    modifiers = _parsed("modifiers", _split_modifiers, text)
    return _checked("modifiers", lambda: parse_service_modifiers(modifiers))


def _split_modifiers(text: str) -> tuple[str, ...]:
    return parse_modifiers(text.replace(",", " ").split(), what="modifiers")


@lru_cache(maxsize=1024)
def _day_of(text: str) -> date:
    return parse_date(text)


def _whole(text: str) -> int:
    found = _WHOLE.fullmatch(text)
    if found is None:
        msg = "not a whole number"
        raise InvalidInputError(msg)
    return int(found[1])
