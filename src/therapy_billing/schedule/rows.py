"""The rows of a schedule, each with its start and end, in a fixed order."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from typing import NamedTuple, TypeAlias

import attrs

from therapy_billing.base.dates import MICROSECOND, microseconds_of
from therapy_billing.base.errors import InvalidInputError, NotPublishedError
from therapy_billing.base.wording import counted, listed
from therapy_billing.codes.code_book import Contact, load_codes, quarter_codes
from therapy_billing.codes.roles import Clinician, Discipline
from therapy_billing.payers.payer_argument import PayerLike, policy_of
from therapy_billing.payers.policy import Policy
from therapy_billing.visits.schedule_entries import ScheduleEntry
from therapy_billing.visits.services import Service, TimedService, UntimedService

__all__ = [
    "MINUTE",
    "PoliciesByDay",
    "Row",
    "all_quarters",
    "alternatives",
    "billed_rows",
    "codes_of",
    "in_order",
    "makes_units",
    "minutes_in_words",
    "policies_by_day",
    "row_of",
    "rows_of",
    "timed_codes",
    "untimed_codes",
    "without_second_clinician",
]

MINUTE = timedelta(minutes=1) // MICROSECOND

_NUMBER = re.compile(r"([0-9]{1,18})")


class Row(NamedTuple):
    """A service with its start and end in microseconds; ``span`` is None if they were not recorded."""

    key: str
    patient: str
    treated_by: str
    day: date
    discipline: Discipline
    session: Hashable
    service: Service
    contact: Contact
    patient_present: bool
    span: tuple[int, int] | None

    @property
    def what_was_done(self) -> tuple[object, ...]:
        """The fields of the service without the caller's key."""
        kind = type(self.service)
        names = (field.name for field in attrs.fields(kind) if field.name != "key")
        return (kind, *(getattr(self.service, name) for name in names))

    @property
    def attended(self) -> bool:
        """Whether a clinician is with the patient, the caregivers, or the group."""
        return self.contact in (Contact.ONE_ON_ONE, Contact.GROUP)


PoliciesByDay: TypeAlias = Mapping[date, Policy | None]


def rows_of(entries: Iterable[ScheduleEntry]) -> list[Row]:
    """Return the entries as rows, in order."""
    rows = []
    for entry in entries:
        day, service = entry.date_of_service, entry.service
        patient, discipline = entry.patient, entry.discipline
        session = (patient, discipline, day)
        rows.append(row_of(entry.key, patient, entry.treated_by, day, discipline, session, service))
    return in_order(rows)


def row_of(
    key: str,
    patient: str,
    treated_by: str,
    day: date,
    discipline: Discipline,
    session: Hashable,
    service: Service,
) -> Row:
    """Return a service as a row, with its start and end."""
    start, end = service.start, service.end
    span = None if start is None or end is None else (microseconds_of(start), microseconds_of(end))
    facts = load_codes()[service.code]
    contact, present = facts.contact, facts.patient_present
    return Row(key, patient, treated_by, day, discipline, session, service, contact, present, span)


def in_order(rows: Iterable[Row]) -> list[Row]:
    """Return the rows in an order that does not depend on the input order."""

    def order(row: Row) -> tuple[object, ...]:
        plan, code = row.discipline.value, row.service.code
        return (row.day, _natural(row.key), row.patient, row.treated_by, plan, code)

    ordered = sorted(rows, key=order)
    starts = [row.service.start for row in ordered if row.service.start is not None]
    zoned = sum(start.tzinfo is not None for start in starts)
    if 0 < zoned < len(starts):
        msg = (
            f"give a time zone for all times or for none: {zoned} services have one, "
            f"{len(starts) - zoned} do not"
        )
        raise InvalidInputError(msg, field="entries")
    return ordered


def _natural(key: str) -> list[tuple[int, str]]:
    """Return a sort key that puts line 9 before line 10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in _NUMBER.split(key)]


def policies_by_day(rows: Iterable[Row], payer: PayerLike) -> PoliciesByDay:
    """Return the payer's policy for each day; None if it is not known."""
    policies: dict[date, Policy | None] = {}
    for day in dict.fromkeys(row.day for row in rows):
        policies[day] = None
        with suppress(NotPublishedError):
            policies[day] = policy_of(payer, day)[0]
    return policies


def billed_rows(rows: Iterable[Row], policies: PoliciesByDay) -> list[Row]:
    """
    Return the rows that make units. If the policy of a day is not known, all its rows are kept.

    Minutes that the payer does not pay because of who furnished them are never billed, so they are not billed twice.
    """
    return [
        row for row in rows if makes_units(row.service, row.discipline, row.day, policies[row.day])
    ]


def makes_units(service: Service, discipline: Discipline, day: date, policy: Policy | None) -> bool:
    """Return whether a service makes units. A service of a day without a known policy does."""
    kind = load_codes()[service.code].service_class
    return policy is None or policy.furnishers.makes_units(service.clinician, discipline, kind, day)


def without_second_clinician(rows: Sequence[Row]) -> list[Row]:
    """Return the rows without the second clinician's row for a service furnished together."""
    first: dict[tuple[object, ...], str] = {}
    kept = []
    for row in rows:
        service = row.service
        if service.clinician is Clinician.TOGETHER:
            same = (row.session, service.code, service.minutes, row.span)
            if first.setdefault(same, row.treated_by) != row.treated_by:
                continue
        kept.append(row)
    return kept


def codes_of(rows: Iterable[Row]) -> tuple[str, ...]:
    """Return the codes of *rows*, sorted."""
    return tuple(sorted({row.service.code for row in rows}))


def untimed_codes(rows: Iterable[Row]) -> tuple[str, ...]:
    """Return the untimed codes of *rows*, sorted."""
    return codes_of(row for row in rows if isinstance(row.service, UntimedService))


def timed_codes(rows: Iterable[Row]) -> tuple[str, ...]:
    """Return the timed codes of *rows*, sorted."""
    return codes_of(row for row in rows if isinstance(row.service, TimedService))


def minutes_in_words(microseconds: int) -> str:
    """Return microseconds as whole minutes in words."""
    minutes = microseconds // MINUTE
    if not minutes:
        return "less than a minute"
    return counted(minutes, "minute")


def all_quarters(rows: Iterable[Row]) -> bool:
    """Return whether every code is a 15-minute code that is not part of a family."""
    return quarter_codes().issuperset([row.service.code for row in rows])


def alternatives(codes: Iterable[str]) -> str:
    """Return the different *codes* as a list with "or"."""
    return listed(sorted(set(codes)), "or")
