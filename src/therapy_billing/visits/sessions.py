"""The services of one patient in one visit, under one discipline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import SupportsIndex

import attrs

from therapy_billing.base.dates import parse_date
from therapy_billing.base.errors import InvalidInputError, TherapyBillingError, put_into
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import require_key, require_type
from therapy_billing.codes.code_book import code_in_force
from therapy_billing.codes.roles import Discipline, parse_discipline
from therapy_billing.visits.services import (
    Service,
    TimedService,
    UntimedService,
    require_month_minutes,
    timed_services,
)

__all__ = ["Session"]


def _require_on(service: Service, day: date) -> None:
    """Raise an error if *service* is not a service, or is not valid on *day*."""
    if not isinstance(service, TimedService | UntimedService):
        msg = f"every item of services must be a TimedService or an UntimedService, got {safe_repr(service)}"
        raise InvalidInputError(msg)
    code_in_force(service.code, day)
    if service.start is not None and service.start.date() != day:
        msg = f"{service.code} starts on a day other than the date of service, {day}"
        raise InvalidInputError(msg, field="start", code=service.code)
    if isinstance(service, UntimedService):
        require_month_minutes(service, day)


@attrs.frozen(init=False)
class Session:
    """
    The services of one patient in one visit, under one discipline.

    Args:
        date_of_service: The date of service, as a date or a string.
        discipline: The discipline: PT, OT, or SLP.
        services: The services, in documented order; at least one.
        key: The caller's key, such as the key of the visit. Services without a key of their own use it.
            It is never displayed.

    Raises:
        InvalidInputError: If a code was not active on that date, a service starts on a day other than the
            date of service, the minutes documented for a calendar month do not support the units of their
            code, or there are no services.

    >>> day = Session("2026-03-02", "PT", [UntimedService("97161", 35), TimedService("97110", 15)])
    >>> day.timed_minutes, day.treatment_minutes
    (15, 50)
    """

    date_of_service: date
    discipline: Discipline
    services: tuple[Service, ...]
    key: str | None = attrs.field(default=None, repr=False)

    def __init__(
        self,
        date_of_service: date | str,
        discipline: Discipline | str,
        services: Iterable[Service],
        *,
        key: str | None = None,
    ) -> None:
        day = parse_date(date_of_service)
        if not isinstance(services, list | tuple):
            require_type(services, Iterable, "services")
        given = tuple(services)
        if not given:
            msg = "services must contain at least one service"
            raise InvalidInputError(msg, field="services")
        for index, service in enumerate(given):
            try:
                _require_on(service, day)
            except TherapyBillingError as error:
                put_into(f"services[{index}]", error)
                raise
        if key is not None:
            require_key(key)
        self.__attrs_init__(day, parse_discipline(discipline), given, key)

    @classmethod
    def from_minutes(
        cls,
        minutes: Mapping[str, SupportsIndex],
        *,
        date_of_service: date | str,
        discipline: Discipline | str,
        key: str | None = None,
    ) -> Session:
        """
        Return a session from minutes by timed code.

        >>> Session.from_minutes(
        ...     {"97530": 20, "97112": 8}, date_of_service="2026-03-02", discipline="PT"
        ... ).timed_minutes
        28
        """
        day = parse_date(date_of_service)
        require_type(minutes, Mapping, "minutes")
        if not minutes:
            msg = "minutes must contain at least one code"
            raise InvalidInputError(msg, field="minutes")
        return cls(day, discipline, timed_services(minutes, day), key=key)

    @property
    def timed_minutes(self) -> int:
        """Total minutes of all timed services."""
        return sum(
            service.minutes for service in self.services if isinstance(service, TimedService)
        )

    @property
    def treatment_minutes(self) -> int:
        """Total minutes of all services, timed and untimed."""
        return sum(service.minutes or 0 for service in self.services)

    @property
    def floored_seconds(self) -> int:
        """Seconds left over after whole minutes, summed over all timed services."""
        return sum(
            service.floored_seconds
            for service in self.services
            if isinstance(service, TimedService)
        )
