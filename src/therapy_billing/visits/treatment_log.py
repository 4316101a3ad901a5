"""
A clinic's treatment log: a line a service, as CSV or JSON.

Every bad row is reported, with its line and column and never with the text of a cell: a shifted column
could hold a name. The reader keeps the log's own patient key and nothing else of a patient.
"""

from __future__ import annotations

import csv
import difflib
import json
import os
import re
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, datetime, tzinfo
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import attrs

from therapy_billing.base.dates import is_moment_form, parse_date, parse_datetime
from therapy_billing.base.errors import (
    MAX_ERRORS,
    ErrorList,
    FileFormatError,
    InvalidInputError,
    NotPublishedError,
    each_of,
    require_flag,
    require_text,
    see_kind,
    shown,
)
from therapy_billing.base.rows import BadCellError
from therapy_billing.base.validation import require_path
from therapy_billing.codes.code_book import code_in_force, known_through, load_codes, parse_code
from therapy_billing.codes.modifiers import (
    DISTINCT_MODIFIERS,
    Clinician,
    Discipline,
    parse_clinician,
    parse_discipline,
)
from therapy_billing.visits.services import (
    ScheduleEntry,
    Service,
    Session,
    TimedService,
    UntimedService,
    clocked_minutes,
    require_month_minutes,
)

__all__ = ["LOG_COLUMNS", "LogDay", "TreatmentLog", "read_treatment_log"]

LOG_COLUMNS: Mapping[str, str] = {
    "patient": "the log's own key of the patient; required",
    "date": "date of service, 2026-03-02 or 3/2/2026; required",
    "discipline": "PT, OT or SLP; required",
    "code": "HCPCS or CPT code; required",
    "minutes": "whole minutes; of a timed code, where start and end are not given",
    "start": "when it began, 09:05, 9:05 AM or with its day",
    "end": "when it ended",
    "units": "units of an untimed code counted by area or month; 1 when empty",
    "clinician": "therapist, assistant or together; therapist when empty",
    "treated_by": "the log's own key of the clinician who treated",
    "attest": "59, XE, XP, XS or XU, where the clinician attests that the service was distinct",
    "session": "which session of the day, where there are several",
    "payer": "name of the payer; the same on every row of a patient's day",
    "body_region": "where, in the clinic's words",
    "activity": "what was done, in the clinic's words",
}
"""The columns that a log may have, in any order, with what they hold."""

_REQUIRED = ("patient", "date", "discipline", "code")
_WHOLE = re.compile(r"\d{1,4}", re.ASCII)
_EVERY = 1000

_Row: TypeAlias = dict[str, str]
_ReadRow: TypeAlias = tuple[int, _Row, FileFormatError | None]
"""The line on which a row begins, its readable cells, and what is wrong with the others."""
_T = TypeVar("_T")


@attrs.frozen
class LogDay:
    """
    What a patient received on a day, as the log tells.

    Args:
        patient: The log's own key; no display shows it.
        date_of_service: The day.
        payer: Name of the payer as the log writes it; empty when it names none.
        sessions: The sessions, in the order of the log.
        line: Line of the log where the day begins.
        lines_left_out: Lines of the day that could not be read, so that its minutes are not whole.
            Once the log has more bad rows than are listed, only the first further one of a day.
        schedule: Each service with its line as the key ``line 7``, where the log tells who treated.
        attestations: The modifiers that clinicians attest, each with its code.
    """

    patient: str = attrs.field(repr=False)
    date_of_service: date
    payer: str
    sessions: tuple[Session, ...]
    line: int
    lines_left_out: tuple[int, ...] = ()
    schedule: tuple[ScheduleEntry, ...] = attrs.field(default=(), repr=False)
    attestations: tuple[tuple[str, str], ...] = ()


@attrs.frozen
class TreatmentLog:
    """
    A log that was read.

    Args:
        days: The patient-days, in the order in which they begin.
        errors: The rows and days that could not be read; where there are more than are listed, the
            last one gives the number of the others.
        rows: How many rows were read, good and bad.
    """

    days: tuple[LogDay, ...]
    errors: tuple[FileFormatError, ...]
    rows: int

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
    known = None if payers is None else each_of(payers, str, "payers")
    if zone is not None:
        see_kind(zone, tzinfo, "zone")
    if progress is not None and not callable(progress):
        msg = f"progress must be a function of the number of rows, got {shown(progress)}"
        raise InvalidInputError(msg)
    as_json = where.lower().endswith((".json", ".jsonl", ".ndjson"))
    default_day = None if date_of_service is None else parse_date(date_of_service)
    given = {"date": default_day, "payer": payer}
    ignored = {column for column, value in given.items() if value is not None}
    errors = ErrorList(where, max_errors)
    reader = _LogReader(where, default_day, payer, known, zone, errors)
    rows = 0
    try:
        read_rows = _json_rows if as_json else _csv_rows
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
    return TreatmentLog(days, errors.listed(), rows)


@attrs.define
class _Day:
    line: int
    payer: str
    sessions: dict[tuple[Discipline, str], list[Service]] = attrs.field(factory=dict)
    clocked: set[tuple[Discipline, str, datetime, datetime]] = attrs.field(factory=set)
    schedule: list[ScheduleEntry] = attrs.field(factory=list)
    attested: dict[str, str] = attrs.field(factory=dict)

    def add(self, row: _Row, payer: str, given: tuple[Discipline, Service]) -> None:
        """Add a service of the day, or refuse it and change nothing."""
        discipline, service = given
        if payer != self.payer:
            raise BadCellError("payer", f"another payer than on line {self.line}, same day")
        attested, before = row.get("attest", "").upper(), self.attested.get(service.code, "")
        if attested and attested not in DISTINCT_MODIFIERS:
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

    def add(self, line: int, row: _Row, error: FileFormatError | None) -> None:
        if error is None:
            try:
                self._add(line, row)
            except BadCellError as bad:
                error = FileFormatError(bad.reason, self._where, line, bad.column)
        if error is not None:
            self._leave_out(line, row)
            self._errors.add(error)

    def _leave_out(self, line: int, row: _Row) -> None:
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

    def _add(self, line: int, row: _Row) -> None:
        for column in _REQUIRED:
            if not row.get(column) and not (column == "date" and self._day is not None):
                raise BadCellError(column, f"empty; {LOG_COLUMNS[column]}")
        day = self._day or _parsed("date", _day_of, row["date"])
        discipline = _parsed("discipline", parse_discipline, row["discipline"])
        for column in ("patient", "treated_by"):
            if _CONTROL.search(row.get(column, "")):
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

    def _service(self, row: _Row, day: date) -> Service:
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

    def _moment(self, row: _Row, column: str, day: date) -> datetime | None:
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


def _csv_rows(where: str, ignored: Collection[str]) -> Iterator[_ReadRow]:
    """Yield each row of a CSV file with the line on which it begins."""
    # Bytes that are not UTF-8 survive as surrogates, so that their row can be named.
    with Path(where).open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        lines = _LogLines(file)
        reader = csv.reader(lines, strict=True)
        header: list[str] | None = None
        while True:
            line = lines.begin_row()
            try:
                cells = next(reader)
            except StopIteration:
                break
            except csv.Error as error:
                if header is None:
                    msg = f"no CSV: {error}"
                    raise FileFormatError(msg, where, line) from None
                lines.return_all_but_first()
                yield line, {}, FileFormatError(f"no CSV: {error}", where, line)
                continue
            if header is None:
                if any(cell.strip() for cell in cells):
                    header = _header(cells, where, line, ignored)
            elif any(cell.strip() for cell in cells):
                if len(cells) != len(header):
                    lines.return_all_but_first()
                yield line, *_row(header, cells, where, line, ignored)
        if header is None:
            msg = f"empty; the first line names the columns: {', '.join(LOG_COLUMNS)}"
            raise FileFormatError(msg, where, 1)


class _LogLines:
    """
    The lines of a file, of which a bad row gives back all but its first.

    A quote that is not closed swallows the lines up to the next quote, and they may be good rows.
    """

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._returned: deque[str] = deque()
        self._row: list[str] = []
        self._next = 1

    def __iter__(self) -> _LogLines:
        return self

    def __next__(self) -> str:
        line = self._returned.popleft() if self._returned else next(self._lines)
        self._row.append(line)
        self._next += 1
        return line

    def begin_row(self) -> int:
        """Return the number of the line on which the next row begins."""
        self._row = []
        return self._next

    def return_all_but_first(self) -> None:
        back = self._row[1:]
        self._returned.extendleft(reversed(back))
        self._next -= len(back)


def _header(cells: list[str], where: str, line: int, ignored: Collection[str]) -> list[str]:
    """Return the columns; a header that is not one could be a row, so its texts are not shown."""
    header = [cell.strip().lower() for cell in cells]
    known = ", ".join(LOG_COLUMNS)
    if len(header) == 1 and re.search(r"[;\t|]", header[0]):
        msg = "columns are separated by commas"
        raise FileFormatError(msg, where, line)
    for number, name in enumerate(header, start=1):
        if name not in LOG_COLUMNS:
            near = difflib.get_close_matches(name, LOG_COLUMNS, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            msg = f"column {number} is none of {known}{hint}"
            raise FileFormatError(msg, where, line)
        if header.count(name) > 1:
            raise FileFormatError("named twice", where, line, name)
    for column in _REQUIRED:
        if column not in header and column not in ignored:
            msg = f"missing; {LOG_COLUMNS[column]}"
            raise FileFormatError(msg, where, line, column)
    return header


def _row(
    header: list[str], cells: list[str], where: str, line: int, ignored: Collection[str]
) -> tuple[_Row, FileFormatError | None]:
    if len(cells) != len(header):
        msg = f"{len(cells)} cells, but the header names {len(header)} columns"
        return {}, FileFormatError(msg, where, line)
    row: _Row = {}
    error = None
    for column, cell in zip(header, cells, strict=True):
        if column in ignored:
            continue
        if cell.isascii() or _is_text(cell):
            row[column] = cell.strip()
        else:
            error = error or FileFormatError(_NOT_UTF_8, where, line, column)
    return row, error


def _is_text(cell: str) -> bool:
    try:
        cell.encode()
    except UnicodeEncodeError:
        return False
    return True


def _json_rows(where: str, ignored: Collection[str]) -> Iterator[_ReadRow]:
    """Yield each object of a JSON array, or of lines of JSON, with the line on which it begins."""
    # Bytes that are not UTF-8 survive as surrogates, so that their row can be named.
    text = Path(where).read_text(encoding="utf-8-sig", errors="surrogateescape")
    if text.startswith(_UTF_16):
        raise FileFormatError(_NOT_UTF_8, where)
    decoder = json.JSONDecoder(
        object_pairs_hook=_object,
        parse_float=_NoText,
        parse_constant=_NoText,
        parse_int=str,
        strict=False,
    )
    if text.lstrip().startswith("["):
        yield from _json_array(text, decoder, where, ignored)
        return
    for line, content in enumerate(text.split("\n"), start=1):
        if content.strip():
            try:
                value = decoder.decode(content)
            except json.JSONDecodeError as error:
                yield line, {}, FileFormatError(f"no JSON: {error.msg}", where, line)
            except RecursionError:
                yield line, {}, FileFormatError(_TOO_DEEP, where, line)
            else:
                yield line, *_json_row(value, where, line, ignored)


def _json_array(
    text: str, decoder: json.JSONDecoder, where: str, ignored: Collection[str]
) -> Iterator[_ReadRow]:
    """Yield each object of an array; what follows an object without a certain end cannot be read."""
    place = _skip(text, text.index("[") + 1)
    line, counted = 1, 0
    while place < len(text) and text[place] != "]":
        line += text.count("\n", counted, place)
        counted = place
        value, fault = None, None
        try:
            value, place = decoder.raw_decode(text, place)
        except json.JSONDecodeError as error:
            fault = FileFormatError(f"no JSON: {error.msg}", where, error.lineno)
        except RecursionError:
            fault = FileFormatError(_TOO_DEEP, where, line)
        if fault is None:
            yield line, *_json_row(value, where, line, ignored)
        else:
            end = _end_of_object(text, place)
            if end is None:
                raise fault
            place = end
            yield line, {}, fault
        place = _skip(text, place)
        if text.startswith(",", place):
            place = _skip(text, place + 1)
        elif not text.startswith("]", place):
            msg = "no JSON: a comma or ] is missing after this row"
            raise FileFormatError(msg, where, line)
    if not text.startswith("]", place) or _skip(text, place + 1) < len(text):
        msg = "no JSON: the array is not closed, or something follows it"
        raise FileFormatError(msg, where, line)


def _end_of_object(text: str, place: int) -> int | None:
    """
    Return where the object at *place* ends although it cannot be read; None where that is not certain.

    A quote that is not closed makes the end uncertain: the next rows would be taken for its text.
    """
    depth = 0
    if not text.startswith("{", place):
        return None
    for part in _JSON_PART.finditer(text, place):
        if part[0] == '"':
            return None
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(part[0], 0)
        if depth == 0:
            return part.end() if part[0] == "}" else None
    return None


_NOT_UTF_8 = "not UTF-8; save the file as UTF-8"
_UTF_16 = ("\udcff\udcfe", "\udcfe\udcff")
"""What the byte order marks of UTF-16 are as surrogates."""
# A text in quotes, on one line and without braces; else each mark by itself.
_JSON_PART = re.compile(r'"(?:[^"\\{}\r\n]|\\.)*"|["\[\]{}]')
# A byte that is not UTF-8, as a surrogate; JSON's own escapes make the other ones.
_BAD_BYTE = re.compile("[\udc80-\udcff]")
_TOO_DEEP = "no JSON of a treatment log: nested too deep"
# Control characters and halves of characters: no key has them, and they steer what shows it.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_SPACE = re.compile(r"[ \t\r\n]*")


def _skip(text: str, place: int) -> int:
    """Return the place of the next character that is no white space."""
    return next(_SPACE.finditer(text, place)).end()


class _NoText(str):
    """A JSON number with decimals, or NaN: no cell holds one."""

    __slots__ = ()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any] | list[tuple[str, Any]]:
    """Return a JSON object; its pairs when a name stands twice, as one of the two would be lost."""
    row = {name.strip().lower(): value for name, value in pairs}
    return row if len(row) == len(pairs) else pairs


def _json_row(
    value: object, where: str, line: int, ignored: Collection[str]
) -> tuple[_Row, FileFormatError | None]:
    if not isinstance(value, dict):
        return {}, FileFormatError("a row is an object that names each column once", where, line)
    row: _Row = {}
    error = None
    for column, cell in value.items():
        if cell is None or column in ignored:
            continue
        if column not in LOG_COLUMNS:
            reason = f"a name is none of {', '.join(LOG_COLUMNS)}"
            error = error or FileFormatError(reason, where, line)
        elif isinstance(cell, str) and _BAD_BYTE.search(cell):
            error = error or FileFormatError(_NOT_UTF_8, where, line, column)
        elif isinstance(cell, str) and not isinstance(cell, _NoText):
            row[column] = cell.strip()
        else:
            reason = "a text or a whole number belongs here"
            error = error or FileFormatError(reason, where, line, column)
    return row, error
