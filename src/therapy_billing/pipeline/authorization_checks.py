"""Whether visits and units lie within what a payer authorized, and what is left of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from therapy_billing.claims import Claim
from therapy_billing.dates import parse_date
from therapy_billing.documentation import Authorization
from therapy_billing.errors import InvalidInputError, see_kind, shown
from therapy_billing.findings import Findings, Severity
from therapy_billing.pipeline.faults import Fault, answered
from therapy_billing.rules.documentation import beyond

__all__ = ["AuthorizationLeft", "authorization_left", "check_authorization", "is_authorized"]


class AuthorizationLeft(NamedTuple):
    """
    What was used of an authorization, and what is left.

    Args:
        visits_used: Days with a visit on its dates.
        visits_left: Visits that are left; None without a limit.
        units_used: Units of its codes on its dates; None where a visit was given without its claim.
        units_left: Units that are left; None without a limit, or where they could not be counted.
    """

    visits_used: int
    visits_left: int | None
    units_used: int | None
    units_left: int | None


def check_authorization(
    authorization: Authorization, visits: Iterable[Claim | date | str]
) -> Findings:
    """
    Return which visits and units lie beyond an authorization.

    Args:
        authorization: What the payer authorized.
        visits: The claims that it is for, or days of visits alone; a date is one visit. Units and codes
            are counted from claims only.

    Raises:
        InvalidInputError: If a visit is neither a claim nor a day.

    Source:
        The payer's authorization, as given; CARC 197 from guides to claim adjustment reason codes.

    >>> days = ["2026-03-02", "2026-03-04", "2026-03-06"]
    >>> for count in (1, 2, 3):
    ...     print([each.severity.value for each in check_authorization(Authorization(2), days[:count])])
    []
    ['note']
    ['deny']
    """
    use = _use(authorization, visits)
    faults = [
        *_outside(authorization, use),
        *_used_up("visits", authorization.visits, [1] * len(use.days), use.days),
    ]
    if use.by_claims:
        units = list(use.units.values())
        faults += _used_up("units", authorization.units, units, use.days)
    if use.other_codes:
        codes = ", ".join(use.other_codes)
        message = f"billed and not among the codes of the authorization: {codes}"
        action = "see whether another authorization covers it, or whether it needs none"
        faults.append(Fault(Severity.REVIEW, message, action, use.other_codes))
    unknown = ""
    if not use.days and not use.outside and not use.other_codes:
        unknown = "no visit or claim is given"
    elif authorization.units is not None and not use.by_claims:
        unknown = "units were not counted: give claims in place of days"
    key = () if authorization.key is None else (authorization.key,)
    return answered(
        "authorization", [fault._replace(entries=key) for fault in faults], unknown=unknown
    )


def authorization_left(
    authorization: Authorization, visits: Iterable[Claim | date | str]
) -> AuthorizationLeft:
    """
    Return what is used and left of an authorization; visits outside its dates use nothing.

    Args:
        authorization: What the payer authorized.
        visits: As for :func:`check_authorization`.

    Source:
        The payer's authorization, as given.

    >>> authorization_left(Authorization(12), ["2026-03-02", "2026-03-04"])
    AuthorizationLeft(visits_used=2, visits_left=10, units_used=None, units_left=None)
    """
    use = _use(authorization, visits)
    visits_used = len(use.days)
    units_used = sum(use.units.values()) if use.by_claims else None
    most_visits, most_units = authorization.visits, authorization.units
    return AuthorizationLeft(
        visits_used,
        None if most_visits is None else max(0, most_visits - visits_used),
        units_used,
        None if most_units is None or units_used is None else max(0, most_units - units_used),
    )


def is_authorized(authorization: Authorization, day: date) -> bool:
    """Return whether *day* is one of the dates of *authorization*."""
    first, last = authorization.effective_from, authorization.effective_through
    return (first is None or first <= day) and (last is None or day <= last)


class _Use(NamedTuple):
    """The visits of an authorization: units of each day on its dates, days outside, codes it is not for."""

    units: Mapping[date, int]
    outside: tuple[date, ...]
    by_claims: bool
    other_codes: tuple[str, ...]

    @property
    def days(self) -> tuple[date, ...]:
        """The days on its dates."""
        return tuple(self.units)


def _use(authorization: Authorization, visits: Iterable[Claim | date | str]) -> _Use:
    see_kind(authorization, Authorization, "authorization")
    given: object = visits
    if isinstance(given, str) or not isinstance(given, Iterable):
        msg = f"visits holds claims or days, not {shown(given)}"
        raise InvalidInputError(msg)
    units: dict[date, int] = {}
    others: dict[str, None] = {}
    by_claims = True
    for visit in visits:
        if not isinstance(visit, Claim):
            by_claims = False
            units.setdefault(parse_date(visit, what="a visit"), 0)
            continue
        for line in visit.lines:
            if authorization.codes is None or line.code in authorization.codes:
                day = visit.date_of_service
                units[day] = units.get(day, 0) + line.units
            else:
                others[line.code] = None
    days = sorted(units)
    return _Use(
        {day: units[day] for day in days if is_authorized(authorization, day)},
        tuple(day for day in days if not is_authorized(authorization, day)),
        by_claims,
        tuple(others),
    )


def _outside(authorization: Authorization, use: _Use) -> Iterator[Fault]:
    if use.outside:
        ends = {"from": authorization.effective_from, "through": authorization.effective_through}
        dates = " ".join(f"{word} {day}" for word, day in ends.items() if day is not None)
        days = ", ".join(map(str, use.outside))
        message = f"the authorization is {dates}, and visits are outside: {days}"
        action = "ask the payer for an authorization of these days before billing them"
        yield Fault(Severity.DENY, message, action)


def _used_up(
    what: str, most: int | None, amounts: Sequence[int], days: Sequence[date]
) -> Iterator[Fault]:
    """Yield what is to be said of visits or units that reach, or pass, the *most* authorized."""
    used = sum(amounts)
    if most is None or used < most:
        return
    over = beyond(amounts, authorized=most)
    if over:
        message = f"{used} {what} were used of {most} authorized, too many from {days[over[0]]} on"
        yield Fault(Severity.DENY, message, "ask the payer for more before billing them")
    else:
        message = f"all {most} {what} authorized were used, the last on {days[-1]}"
        yield Fault(Severity.NOTE, message, "ask the payer for more before the next visit")
