"""
A patient-day of a treatment log, and its rows in a compact form that can be stored in a file.

The rows of a day stay in the compact form until the whole log has been read. Its records are then built once, and
their services are not checked again, because each row was checked when it was read.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta, timezone, tzinfo
from typing import Any, TypeAlias

import attrs

from therapy_billing.base.columns import BadCellError
from therapy_billing.base.dates import parse_date
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.validation import as_tuple, checked
from therapy_billing.codes.modifiers import distinct_modifiers
from therapy_billing.codes.roles import Clinician, Discipline
from therapy_billing.visits.log_columns import LOG_COLUMNS
from therapy_billing.visits.schedule_entries import ScheduleEntry
from therapy_billing.visits.services import Service, TimedService, UntimedService
from therapy_billing.visits.sessions import Session

__all__ = ["DayRows", "LogDay", "ServiceRow"]

_MINUTE = timedelta(minutes=1)
# Where a packed row has these cells.
_DISCIPLINE, _CODE, _START, _END = 1, 3, 6, 7
_CLINICIANS = {each.value: each for each in Clinician}
_DISCIPLINES = {each.value: each for each in Discipline}

Moment: TypeAlias = tuple[str, int, int | bool | None]
"""A time without its time zone, its fold, and its zone: True for the zone of the log, minutes from UTC, or None."""


def _date_of_service(value: date | str) -> date:
    return parse_date(value)


def _sessions(value: Iterable[Session]) -> tuple[Session, ...]:
    return as_tuple(value, Session, "sessions")


@attrs.frozen(field_transformer=checked)
class LogDay:
    """
    The services of one patient on one day, as read from a log.

    Args:
        patient: The patient key in the log. It is never displayed.
        date_of_service: The date of service.
        payer: Name of the payer as written in the log; empty if the log names no payer.
        sessions: The sessions, in the order of the log.
        line: The first line of the day in the log.
        skipped_lines: Lines of the day that could not be read, so the minutes of the day are incomplete.
            Once the limit of listed errors is reached, a bad row is added only if its day has no
            skipped line yet.
        schedule: The services of rows that name the clinician, each with a key such as ``line 7``.
        attestations: The attested modifiers, each with its code.
    """

    patient: str = attrs.field(repr=False)
    date_of_service: date = attrs.field(converter=_date_of_service)
    payer: str
    sessions: tuple[Session, ...] = attrs.field(converter=_sessions)
    line: int
    skipped_lines: tuple[int, ...] = ()
    schedule: tuple[ScheduleEntry, ...] = attrs.field(default=(), repr=False)
    attestations: tuple[tuple[str, str], ...] = ()

    def __attrs_post_init__(self) -> None:
        for index, session in enumerate(self.sessions):
            if session.date_of_service != self.date_of_service:
                msg = f"the session is for {session.date_of_service}, but date_of_service is {self.date_of_service}"
                raise InvalidInputError(msg, field=f"sessions[{index}].date_of_service")


@attrs.frozen
class ServiceRow:
    """A row of the log that was read without an error, with the cells that are not part of its service."""

    line: int
    payer: str
    discipline: Discipline
    session: str
    attest: str
    service: Service


class DayRows:
    """
    The good rows of a patient-day so far, and the lines of its bad rows.

    Args:
        patient: The patient key.
        day: The date of service.
        zone: The time zone of clock times without one.
        values: What ``to_tuple`` returned, if the rows were stored.

    Attributes:
        number: The number of days of the log before this one.
        line: The line of the first good row.
        payer: The payer of the first good row.
        skipped_lines: The lines of bad rows.
    """

    __slots__ = (
        "_attested",
        "_rows",
        "_spans",
        "_zone",
        "day",
        "line",
        "number",
        "patient",
        "payer",
        "skipped_lines",
    )

    def __init__(
        self,
        patient: str,
        day: date,
        zone: tzinfo | None,
        values: tuple[int, int, str, list[int], dict[str, str], list[tuple[Any, ...]]]
        | None = None,
    ) -> None:
        self.patient: str = patient
        self.day: date = day
        self.number: int
        self.line: int
        self.payer: str
        self.skipped_lines: list[int]
        self._zone = zone
        if values is None:
            values = 0, 0, "", [], {}, []
        self.number, self.line, self.payer, self.skipped_lines, self._attested, self._rows = values
        self._spans: dict[tuple[Discipline, str], set[tuple[datetime, datetime]]] = {}

    def __len__(self) -> int:
        return len(self._rows) + len(self.skipped_lines)

    @property
    def has_services(self) -> bool:
        """Whether any row of the day was good."""
        return bool(self._rows)

    def add(self, row: ServiceRow) -> None:
        """Add a row to the day, or raise an error and change nothing."""
        service, attested = row.service, row.attest
        if self._rows and row.payer != self.payer:
            raise BadCellError(
                "payer",
                f"differs from the payer on line {self.line} for the same patient and day; "
                "use the same payer on both lines",
            )
        if attested:
            before = self._attested.get(service.code, "")
            if attested not in distinct_modifiers():
                raise BadCellError("attest", f"not readable; expected {LOG_COLUMNS['attest']}")
            if before not in ("", attested):
                raise BadCellError(
                    "attest",
                    f"{service.code} already has {before} on this day; use one modifier for a code",
                )
        if isinstance(service, TimedService) and service.start and service.end:
            span, spans = (service.start, service.end), self._spans_of(row.discipline, service.code)
            if span in spans:
                raise BadCellError(
                    "start",
                    "the log already has this code with the same start and end; remove the duplicate row",
                )
            spans.add(span)
        if attested:
            self._attested[service.code] = attested
        if not self._rows:
            self.line, self.payer = row.line, row.payer
        self._rows.append(self._packed(row))

    def log_day(self) -> LogDay:
        """Return the day with its records. It needs at least one good row."""
        sessions: dict[tuple[Discipline, str], list[Service]] = {}
        schedule = []
        for line, named, session, *cells in self._rows:
            discipline, service = _DISCIPLINES[named], self._service(*cells)
            sessions.setdefault((discipline, session), []).append(service)
            if service.treated_by:
                schedule.append(
                    ScheduleEntry(
                        f"line {line}",
                        self.patient,
                        service.treated_by,
                        self.day,
                        discipline,
                        service,
                    )
                )
        return LogDay(
            self.patient,
            self.day,
            self.payer,
            tuple(
                Session(self.day, discipline, services)
                for (discipline, _), services in sessions.items()
            ),
            self.line,
            tuple(self.skipped_lines),
            tuple(schedule),
            tuple((modifier, code) for code, modifier in self._attested.items()),
        )

    def to_tuple(self) -> tuple[Any, ...]:
        """Return everything except the patient and the date, as plain values that :mod:`marshal` can write."""
        return (
            self.number,
            self.line,
            self.payer,
            self.skipped_lines,
            self._attested,
            self._rows,
        )

    def _spans_of(self, discipline: Discipline, code: str) -> set[tuple[datetime, datetime]]:
        """Return the start and end times of the rows with a code. The set is kept, and ``add`` adds to it."""
        found = self._spans.get((discipline, code))
        if found is None:
            found = self._spans[discipline, code] = set()
            for row in self._rows:
                if row[_CODE] == code and row[_DISCIPLINE] == discipline.value:
                    start, end = self._datetime(row[_START]), self._datetime(row[_END])
                    if start and end:
                        found.add((start, end))
        return found

    def _packed(self, row: ServiceRow) -> tuple[Any, ...]:
        """Return a row as the cells that ``log_day`` reads. Timed services have 0 units."""
        service = row.service
        return (
            row.line,
            row.discipline.value,
            row.session,
            service.code,
            service.minutes,
            0 if isinstance(service, TimedService) else service.units,
            None if service.start is None else self._moment(service.start),
            None if service.end is None else self._moment(service.end),
            service.clinician.value,
            service.body_region,
            service.activity,
            service.key,
            service.modifiers,
            service.treated_by,
        )

    def _moment(self, moment: datetime) -> Moment:
        zone = moment.tzinfo
        if zone is None:
            return moment.isoformat(), moment.fold, None
        # Times with a zone of their own have a UTC offset in whole minutes.
        offset = zone is self._zone or (moment.utcoffset() or timedelta()) // _MINUTE
        return moment.replace(tzinfo=None).isoformat(), moment.fold, offset

    def _datetime(self, moment: Moment | None) -> datetime | None:
        if moment is None:
            return None
        text, fold, offset = moment
        found = datetime.fromisoformat(text)
        if offset is None:
            return found
        zone = self._zone if offset is True else timezone(offset * _MINUTE)
        return found.replace(tzinfo=zone, fold=fold)

    def _service(
        self,
        code: str,
        minutes: Any,  # noqa: ANN401 - None only for an untimed service
        units: int,
        start: Moment | None,
        end: Moment | None,
        clinician: str,
        *texts: Any,  # noqa: ANN401 - the last five fields of a service
    ) -> Service:
        """Return a service from the cells of a row. They were checked when the row was read."""
        times = self._datetime(start), self._datetime(end), _CLINICIANS[clinician]
        if units:
            untimed = UntimedService.__new__(UntimedService)
            untimed.__attrs_init__(code, minutes, units, *times, *texts)
            return untimed
        timed = TimedService.__new__(TimedService)
        timed.__attrs_init__(code, minutes, *times, *texts)
        return timed
