"""One row of a clinic's schedule: who gave which service to whom."""

from __future__ import annotations

from datetime import date

import attrs

from therapy_billing.base.dates import parse_date
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import checked, require_key
from therapy_billing.codes.roles import Discipline, parse_discipline
from therapy_billing.visits.services import Service, TimedService, UntimedService

__all__ = ["ScheduleEntry"]


def _key(value: str, *, what: str = "key") -> str:
    return require_key(value, what)


def _date_of_service(value: date | str) -> date:
    return parse_date(value)


@attrs.frozen(field_transformer=checked)
class ScheduleEntry:
    """
    A service of a clinic's day: who gave it to whom.

    Args:
        key: The caller's key of the entry, by which findings point at it.
        patient: The caller's key of the patient; no display shows it.
        treated_by: The caller's key of the clinician; no display shows it.
        date_of_service: The day.
        discipline: The plan of care.
        service: What was given; its start and end place it in the day.

    Raises:
        InvalidInputError: If a key is empty, a value is none of these, or the service began on another
            day.

    >>> ScheduleEntry(
    ...     "row 7", "patient-1", "clinician-1", "2026-03-02", "PT", TimedService("97530", 15)
    ... ).discipline
    <Discipline.PT: 'PT'>
    """

    key: str = attrs.field(converter=_key, repr=False)
    patient: str = attrs.field(converter=_key, repr=False)
    treated_by: str = attrs.field(converter=_key, repr=False)
    date_of_service: date = attrs.field(converter=_date_of_service)
    discipline: Discipline = attrs.field(converter=parse_discipline)
    service: Service = attrs.field()

    @service.validator
    def _check_service(self, _: object, value: object) -> None:
        if not isinstance(value, TimedService | UntimedService):
            msg = f"service is a TimedService or an UntimedService, not {safe_repr(value)}"
            raise InvalidInputError(msg, field="service")
        if value.start is not None and value.start.date() != self.date_of_service:
            # In another day it would overlap nothing, and look clean.
            msg = f"a service of {value.code} begins on another day than {self.date_of_service}"
            raise InvalidInputError(msg, field="service.start", code=value.code)
