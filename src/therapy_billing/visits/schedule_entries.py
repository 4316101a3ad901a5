"""One row of a clinic's schedule: the service, the patient, and the clinician."""

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
    One service in a clinic's schedule, with its patient and clinician.

    Args:
        key: The caller's key for the entry. Findings use it to point at the entry.
        patient: The caller's key for the patient. It is never displayed.
        treated_by: The caller's key for the clinician. It is never displayed.
        date_of_service: The date of service.
        discipline: The discipline.
        service: The service. Its start and end give the time of day.

    Raises:
        InvalidInputError: If a key is empty, a value is not valid, or the service starts on a day other than the
            date of service.

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
            msg = f"service must be a TimedService or an UntimedService, got {safe_repr(value)}"
            raise InvalidInputError(msg, field="service")
        if value.start is not None and value.start.date() != self.date_of_service:
            # A service with the wrong day overlaps no other service, so a real overlap would be missed.
            msg = f"{value.code} starts on a day other than the date of service, {self.date_of_service}"
            raise InvalidInputError(msg, field="service.start", code=value.code)
