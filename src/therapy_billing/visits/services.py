"""One service of a patient: minutes of a timed code, or an untimed code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import SupportsIndex, TypeAlias

import attrs

from therapy_billing.base.dates import MINUTES_OF_A_DAY, elapsed_seconds, parse_datetime
from therapy_billing.base.errors import InvalidInputError, TherapyBillingError
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import parse_whole, require_key, require_text
from therapy_billing.base.wording import counted, in_words, listed
from therapy_billing.codes.code_book import (
    CodeFacts,
    UnitOf,
    code_in_force,
    known_code,
    load_codes,
    parse_code,
)
from therapy_billing.codes.modifiers import parse_service_modifiers
from therapy_billing.codes.roles import Clinician, parse_clinician

__all__ = [
    "Service",
    "TimedService",
    "UntimedService",
    "clocked_minutes",
    "require_month_minutes",
    "service",
    "timed_services",
]


_ROUND_DOWN = "; round partial minutes down, or give start and end"


def _clocked(start: datetime, end: datetime) -> int:
    """Return the whole seconds from *start* to *end*."""
    seconds = elapsed_seconds(start, end)
    if seconds < 0:
        msg = "end is before start: if the service ended after midnight, give end with the next day's date"
        raise InvalidInputError(msg, field="end")
    if seconds > MINUTES_OF_A_DAY * 60:
        msg = "end is more than a day after start: check both dates"
        raise InvalidInputError(msg, field="end")
    return int(seconds)


def _floored_seconds(start: datetime | None, end: datetime | None) -> int:
    return 0 if start is None or end is None else _clocked(start, end) % 60


def clocked_minutes(
    minutes: SupportsIndex | None,
    start: datetime | None,
    end: datetime | None,
    *,
    what: str = "minutes",
) -> int | None:
    """
    Return the whole minutes from *minutes*, or from *start* to *end*; None if neither is given.

    Raises:
        InvalidInputError: If *minutes* disagrees with *start* and *end*, or only one of *start* and
            *end* is given.
    """
    whole = None
    if minutes is not None:
        whole = parse_whole(minutes, what, 0, MINUTES_OF_A_DAY, hint=_ROUND_DOWN)
    if start is None and end is None:
        return whole
    if start is None or end is None:
        msg = "give both start and end, or neither"
        raise InvalidInputError(msg, field="start" if start is None else "end")
    clocked = _clocked(start, end) // 60
    if whole not in (None, clocked):
        msg = (
            f"minutes is {whole}, but start to end is {clocked} whole minutes: correct one of them"
        )
        raise InvalidInputError(msg, field=what)
    return clocked


def _require_texts(body_region: str | None, activity: str | None) -> None:
    # A long log has millions of services, so skip the call for plain strings.
    if type(body_region) is not str:
        require_text(body_region, "body_region", optional=True)
    if type(activity) is not str:
        require_text(activity, "activity", optional=True)


def _refuse_untimed(facts: CodeFacts) -> None:
    code = facts.code
    if facts.unit_of is UnitOf.CALENDAR_MONTH:
        msg = (
            f"code {code} is billed by the minutes of a calendar month: add them up, then record "
            f"UntimedService('{code}') once"
        )
    else:
        msg = f"code {code} is untimed: record UntimedService('{code}')"
    if facts.medicare_instead:
        msg += f"; Medicare requires {' or '.join(facts.medicare_instead)} instead"
    if facts.effective_through is not None:
        msg += f"; {code} is valid through {facts.effective_through}"
        if facts.replaced_by:
            msg += f"; use {listed(facts.replaced_by, 'or')} after that date"
    raise InvalidInputError(msg, field="code", code=code)


@attrs.frozen(init=False)
class TimedService:
    """
    One-on-one minutes of one timed code.

    Args:
        code: The code, such as ``"97530"``.
        minutes: Whole minutes of treatment, 0 to 1440. Leave it out if you give *start* and *end*; if
            you give all three, they must agree.
        start: Start time: a datetime, or a string with the date.
        end: End time, in the same form. Minutes are elapsed time, even across a clock change. Seconds
            after the last whole minute are dropped.
        clinician: Who treated: therapist, assistant, or together.
        body_region: The body region treated, in the clinic's words. It is never displayed.
        activity: The activity, in the clinic's words. It is never displayed.
        key: The caller's key, such as the row of the EMR. Claim lines and findings repeat it; it is never
            displayed.
        modifiers: The modifiers of the service, such as ``("95",)`` or ``("GA", "RT")``. GP, GO, GN, CQ, and CO follow
            from the session and the clinician; KX, 59, and X modifiers are attested when the day is billed.
        treated_by: The caller's key for the person who treated. It is never displayed. Caps for each provider use it.

    Raises:
        InvalidInputError: If the code is not timed, or the minutes or times are not valid.

    >>> TimedService("97530", start="2026-03-02 09:00", end="2026-03-02 09:23:40").minutes
    23
    """

    code: str
    minutes: int
    start: datetime | None = None
    end: datetime | None = None
    clinician: Clinician = Clinician.THERAPIST
    body_region: str | None = attrs.field(default=None, repr=False)
    activity: str | None = attrs.field(default=None, repr=False)
    key: str | None = attrs.field(default=None, repr=False)
    modifiers: tuple[str, ...] = ()
    treated_by: str | None = attrs.field(default=None, repr=False)

    def __init__(
        self,
        code: str,
        minutes: SupportsIndex | None = None,
        *,
        start: datetime | str | None = None,
        end: datetime | str | None = None,
        clinician: Clinician | str = Clinician.THERAPIST,
        body_region: str | None = None,
        activity: str | None = None,
        key: str | None = None,
        modifiers: Iterable[str] = (),
        treated_by: str | None = None,
    ) -> None:
        code = parse_code(code)
        facts = known_code(code)
        if body_region is not None or activity is not None:
            _require_texts(body_region, activity)
        if key is not None:
            require_key(key)
        if treated_by is not None:
            require_key(treated_by, "treated_by")
        if not facts.timed:
            _refuse_untimed(facts)
        began = None if start is None else parse_datetime(start, what="start")
        ended = None if end is None else parse_datetime(end, what="end")
        whole = clocked_minutes(minutes, began, ended)
        if whole is None:
            msg = f"code {code} is timed: give minutes, or start and end"
            raise InvalidInputError(msg, field="minutes", code=code)
        self.__attrs_init__(
            code,
            whole,
            began,
            ended,
            parse_clinician(clinician),
            body_region,
            activity,
            key,
            parse_service_modifiers(modifiers),
            treated_by,
        )

    @property
    def floored_seconds(self) -> int:
        """Seconds left over after whole minutes. No payer counts them."""
        return _floored_seconds(self.start, self.end)


@attrs.frozen(init=False)
class UntimedService:
    """
    A service under an untimed code, such as an evaluation, a group, or a supervised modality.

    Args:
        code: The code, such as ``"97161"``.
        minutes: Whole minutes, if documented. They count as treatment time and never make timed units.
            For a code that is billed by the minutes of a calendar month (98979 to 98981), give the total
            minutes of the month. Under 98981, give only minutes that are not recorded under 98980.
        units: Usually 1. Only codes billed by area, by application, or by instrument, and add-on codes for further minutes
            of a month (98981, 99458), may have more than 1.
        start: Start time. With *end* it gives the minutes, as for :class:`~therapy_billing.TimedService`.
        end: End time.
        clinician: Who treated: therapist, assistant, or together.
        body_region: The body region treated, in the clinic's words. It is never displayed.
        activity: The activity, in the clinic's words. It is never displayed.
        key: The caller's key, such as the row of the EMR. Claim lines and findings repeat it; it is never
            displayed.
        modifiers: The modifiers of the service, such as ``("95",)`` or ``("GA", "RT")``. GP, GO, GN, CQ, and CO follow
            from the session and the clinician; KX, 59, and X modifiers are attested when the day is billed.
        treated_by: The caller's key for the person who treated. It is never displayed. Caps for each provider use it.

    Raises:
        InvalidInputError: If the code is timed, or the minutes, units, or times are not valid.

    >>> UntimedService("97161", minutes=35).units
    1
    """

    code: str
    minutes: int | None = None
    units: int = 1
    start: datetime | None = None
    end: datetime | None = None
    clinician: Clinician = Clinician.THERAPIST
    body_region: str | None = attrs.field(default=None, repr=False)
    activity: str | None = attrs.field(default=None, repr=False)
    key: str | None = attrs.field(default=None, repr=False)
    modifiers: tuple[str, ...] = ()
    treated_by: str | None = attrs.field(default=None, repr=False)

    def __init__(
        self,
        code: str,
        minutes: SupportsIndex | None = None,
        *,
        units: int = 1,
        start: datetime | str | None = None,
        end: datetime | str | None = None,
        clinician: Clinician | str = Clinician.THERAPIST,
        body_region: str | None = None,
        activity: str | None = None,
        key: str | None = None,
        modifiers: Iterable[str] = (),
        treated_by: str | None = None,
    ) -> None:
        code = parse_code(code)
        facts = known_code(code)
        if body_region is not None or activity is not None:
            _require_texts(body_region, activity)
        if key is not None:
            require_key(key)
        if treated_by is not None:
            require_key(treated_by, "treated_by")
        if facts.timed:
            msg = f"code {code} is timed: record TimedService('{code}', minutes=...)"
            raise InvalidInputError(msg, field="code", code=code)
        units = parse_whole(units, "units", 1)
        if units > 1 and facts.once:
            often = "calendar month" if facts.once_a_month else "day"
            msg = f"code {code} is billed once a {often}: units must be 1, got {safe_repr(units)}"
            raise InvalidInputError(msg, field="units", code=code)
        began = None if start is None else parse_datetime(start, what="start")
        ended = None if end is None else parse_datetime(end, what="end")
        whole = clocked_minutes(minutes, began, ended)
        self.__attrs_init__(
            code,
            whole,
            units,
            began,
            ended,
            parse_clinician(clinician),
            body_region,
            activity,
            key,
            parse_service_modifiers(modifiers),
            treated_by,
        )

    @property
    def floored_seconds(self) -> int:
        """Seconds left over after whole minutes, if start and end are given. No payer counts them."""
        return _floored_seconds(self.start, self.end)


Service: TypeAlias = TimedService | UntimedService
"""A timed or an untimed service."""


def service(
    code: str,
    minutes: SupportsIndex | None = None,
    units: int | None = None,
    *,
    start: datetime | str | None = None,
    end: datetime | str | None = None,
    clinician: Clinician | str = Clinician.THERAPIST,
    body_region: str | None = None,
    activity: str | None = None,
    key: str | None = None,
    modifiers: Iterable[str] = (),
    treated_by: str | None = None,
) -> Service:
    """
    Return a TimedService or an UntimedService, depending on *code*.

    Use it for rows of an EMR that do not say whether a code is timed.

    Args:
        code: The code.
        minutes: Whole minutes of treatment. A timed code needs them, or *start* and *end*. They are
            optional for an untimed code.
        units: Units of an untimed code; None means 1. A timed code must not have units.
        start: As for :class:`~therapy_billing.TimedService`.
        end: As for :class:`~therapy_billing.TimedService`.
        clinician: As for :class:`~therapy_billing.TimedService`.
        body_region: As for :class:`~therapy_billing.TimedService`.
        activity: As for :class:`~therapy_billing.TimedService`.
        key: As for :class:`~therapy_billing.TimedService`.
        modifiers: As for :class:`~therapy_billing.TimedService`.
        treated_by: As for :class:`~therapy_billing.TimedService`.

    Raises:
        InvalidInputError: As for the two records; also if a timed code has units.

    >>> service("97110", 23), service("97161", 35)
    (TimedService(code='97110', minutes=23, ...), UntimedService(code='97161', minutes=35, units=1, ...))
    """
    known = parse_code(code)
    if not known_code(known).timed:
        return UntimedService(
            known,
            minutes,
            units=1 if units is None else units,
            start=start,
            end=end,
            clinician=clinician,
            body_region=body_region,
            activity=activity,
            key=key,
            modifiers=modifiers,
            treated_by=treated_by,
        )
    if units is not None:
        msg = f"code {known} is timed, so its units come from its minutes: give minutes and leave units out"
        raise InvalidInputError(msg)
    return TimedService(
        known,
        minutes,
        start=start,
        end=end,
        clinician=clinician,
        body_region=body_region,
        activity=activity,
        key=key,
        modifiers=modifiers,
        treated_by=treated_by,
    )


def require_month_minutes(service: UntimedService, on: date) -> None:
    """
    Raise an error if the minutes documented for a calendar month do not support the units of *service*.

    Rule ``month-minutes``. Services without minutes, and codes that are not billed by the minutes of a month, always pass.

    Args:
        service: The service, with its minutes of the month.
        on: Date of service. The message does not suggest codes that become active after it.

    Raises:
        InvalidInputError: If the minutes are too few or too many for the code.

    >>> day = date(2026, 3, 31)
    >>> require_month_minutes(UntimedService("98980", 20), day)
    >>> require_month_minutes(UntimedService("98980", 19), day)
    Traceback (most recent call last):
        ...
    therapy_billing.base.errors.InvalidInputError: code 98980 needs 20 or more minutes in the calendar month, got 19; 98979 needs 10 to 19
    """
    facts = known_code(service.code)
    if facts.month_minutes is None or service.minutes is None:
        return
    code, minutes = service.code, service.minutes
    fewest, most = facts.month_minutes
    if facts.beyond is not None:
        if minutes < fewest * service.units:
            msg = (
                f"{code} x{service.units} needs at least {fewest * service.units} minutes in the calendar month "
                f"in addition to the minutes of {facts.beyond}; got {counted(minutes, 'additional minute')}"
            )
            raise InvalidInputError(msg, field="minutes", code=code)
    elif minutes < fewest or (most is not None and minutes > most):
        others = "".join(
            f"; {other} needs {in_words(each.month_minutes)}"
            for other, each in load_codes().items()
            if each.once_a_month and each.month_minutes is not None and other != code
            if each.disciplines == facts.disciplines
            if each.effective_from is None or each.effective_from <= on
        )
        msg = (
            f"code {code} needs {in_words(facts.month_minutes)} minutes in the calendar month, "
            f"got {minutes}{others}"
        )
        raise InvalidInputError(msg, field="minutes", code=code)


def timed_services(
    minutes: Mapping[str, SupportsIndex], on: date | None, *, what: str = "minutes"
) -> tuple[TimedService, ...]:
    """
    Return a timed service for each code of *minutes*, after checking that the code is active on *on*.

    Raises:
        InvalidInputError: If a code was not active on that date or is not timed.
    """
    services = []
    for key, whole in minutes.items():
        code = parse_code(key, field=what)
        try:
            # Check the dates first, so that the error for an ended code names its replacement.
            code_in_force(code, on)
            services.append(TimedService(code, whole))
        except TherapyBillingError as error:
            error.field, error.code = what, code
            raise
    return tuple(services)
