"""
Check visits and units against what a payer authorized, and count what is left.

Several authorizations are checked together. Each unit counts against an authorization that includes its code
and discipline and is in force on that day. If several qualify, the one that ends first is used first. Units
are reported only if they cannot be divided among the authorizations without exceeding a limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple, TypeAlias, overload

from therapy_billing.base.dates import parse_date
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import as_tuple
from therapy_billing.base.wording import counted
from therapy_billing.chart.authorizations import Authorization
from therapy_billing.chart.rules import beyond, share_out
from therapy_billing.claims.records import Claim
from therapy_billing.codes.roles import Discipline
from therapy_billing.findings.own_checks import OwnCheck, run_own_checks
from therapy_billing.findings.records import Answer, Findings, Severity
from therapy_billing.findings.report import Report, merge_findings

__all__ = [
    "AuthorizationBalance",
    "Use",
    "authorization_balance",
    "check_authorization",
    "is_followed",
    "name_of",
    "use_of",
]

Visits: TypeAlias = Iterable[Claim | date | str]

_DAY = timedelta(days=1)


class AuthorizationBalance(NamedTuple):
    """
    How much of an authorization is used, and how much is left.

    Args:
        visits_used: Visits that count against the authorization. All services of a day are one visit.
        visits_left: Visits that are left; None if the authorization has no limit on visits.
        units_used: Units that count against the authorization; None if any visit was given as a date.
        units_left: Units that are left; None if the authorization has no limit on units, or if the units
            could not be counted.
    """

    visits_used: int
    visits_left: int | None
    units_used: int | None
    units_left: int | None


def check_authorization(
    authorization: Authorization | Iterable[Authorization],
    visits: Visits,
    *,
    own_checks: Iterable[OwnCheck[[tuple[Authorization, ...], tuple[Claim | date, ...]]]] = (),
) -> Findings:
    """
    Find visits and units that are not within one or several authorizations.

    Args:
        authorization: What the payer authorized. Several authorizations are checked together: each unit
            counts against at most one of them.
        visits: Claims, or the dates of visits. A date counts as one visit. Units, codes, and disciplines
            are read only from claims.
        own_checks: Your own checks, each a function of the authorizations and the visits.

    Raises:
        InvalidInputError: If there is no authorization, a visit is neither a claim nor a date, or one of
            your own checks fails.

    Source:
        The payer's authorization, as given; CARC 197 from guides to claim adjustment reason codes.

    >>> days = ["2026-03-02", "2026-03-04", "2026-03-06"]
    >>> for count in (1, 2, 3):
    ...     print([each.severity.value for each in check_authorization(Authorization(2), days[:count])])
    []
    ['info']
    ['deny']
    >>> march = Authorization(2, effective_through="2026-03-04")
    >>> len(check_authorization([march, Authorization(2, effective_from="2026-03-05")], days))
    0
    """
    seen = _checked_visits(visits)
    use = use_of(authorization, seen)
    report = Report("authorization")
    _find_other_dates(report, use)
    for index, given in enumerate(use.authorizations):
        days = list(use.units[index])
        units = list(use.units[index].values())
        name = "" if len(use.authorizations) == 1 else f"{name_of(given)}: "
        followed = bool(days) and is_followed(use, index, days[-1])
        used = {"visits": (given.visits, [1] * len(days))}
        if use.by_claims:
            used["units"] = (given.units, units)
        for what, (most, amounts) in used.items():
            if found := _used_up(what, most, amounts, days, followed=followed):
                severity, message, detail, action = found
                report.add(severity, name + message, action, detail=detail, entries=_keys([given]))
    _find_other_codes(report, use)
    if not any(use.units) and not report.has_findings:
        report.answer(Answer.NOT_IN_DATA, "no visits or claims were given")
    elif not use.by_claims and any(each.units is not None for each in use.authorizations):
        report.answer(
            Answer.NOT_IN_DATA,
            "units were not counted, because some visits were given as dates; give their claims",
        )
    own = run_own_checks(own_checks, use.authorizations, seen)
    return merge_findings([report.findings(), own])


@overload
def authorization_balance(authorization: Authorization, visits: Visits) -> AuthorizationBalance: ...
@overload
def authorization_balance(
    authorization: Iterable[Authorization], visits: Visits
) -> tuple[AuthorizationBalance, ...]: ...
def authorization_balance(
    authorization: Authorization | Iterable[Authorization], visits: Visits
) -> AuthorizationBalance | tuple[AuthorizationBalance, ...]:
    """
    Return how much of an authorization is used and left. Visits outside its dates are not counted.

    Args:
        authorization: What the payer authorized: one authorization, or several. For several, the result
            has one balance for each, in the same order.
        visits: As for :func:`~therapy_billing.chart.check_authorization`.

    Source:
        The payer's authorization, as given.

    >>> authorization_balance(Authorization(12), ["2026-03-02", "2026-03-04"])
    AuthorizationBalance(visits_used=2, visits_left=10, units_used=None, units_left=None)
    """
    use = use_of(authorization, visits)
    left = tuple(_left(use, index) for index in range(len(use.authorizations)))
    return left[0] if isinstance(authorization, Authorization) else left


def _left(use: Use, index: int) -> AuthorizationBalance:
    given, units = use.authorizations[index], use.units[index]
    visits_used = len(units)
    units_used = sum(units.values()) if use.by_claims else None
    most_visits, most_units = given.visits, given.units
    return AuthorizationBalance(
        visits_used,
        None if most_visits is None else max(0, most_visits - visits_used),
        units_used,
        None if most_units is None or units_used is None else max(0, most_units - units_used),
    )


def name_of(authorization: Authorization) -> str:
    """
    Describe an authorization in a few words, without its key.

    >>> name_of(Authorization(12, codes=["97110"], effective_through="2026-03-31", discipline="PT"))
    'the PT authorization of 12 visits for 97110 through 2026-03-31'
    """
    given = authorization
    words = ["the"]
    if given.discipline is not None:
        words.append(given.discipline.value)
    words.append("authorization")
    limits = [
        counted(most, what)
        for what, most in (("visit", given.visits), ("unit", given.units))
        if most is not None
    ]
    if limits:
        words.append(f"of {' and '.join(limits)}")
    if given.codes is not None:
        words.append(f"for {', '.join(given.codes)}")
    return " ".join([*words, *_dates(given)])


def _dates(authorization: Authorization) -> Iterator[str]:
    ends = {"from": authorization.effective_from, "through": authorization.effective_through}
    return (f"{word} {day}" for word, day in ends.items() if day is not None)


class Use(NamedTuple):
    """
    How visits count against authorizations.

    Args:
        authorizations: The authorizations, as given.
        units: For each authorization, the units that count against it on each day.
        outside: Days with a service that is authorized, but not for that day. The key lists the indexes of
            the authorizations that include the service.
        by_claims: Whether all visits are claims.
        other_codes: Billed codes that no authorization includes.
        other_plans: Billed codes that are authorized only for another discipline, each with the
            discipline on its claim line.
    """

    authorizations: tuple[Authorization, ...]
    units: tuple[Mapping[date, int], ...]
    outside: Mapping[tuple[int, ...], tuple[date, ...]]
    by_claims: bool
    other_codes: tuple[str, ...]
    other_plans: tuple[tuple[Discipline, str], ...]


def use_of(
    authorizations: Authorization | Iterable[Authorization],
    visits: Visits,
    discipline: Discipline | None = None,
) -> Use:
    """
    Count *visits* against *authorizations*.

    Args:
        authorizations: One or several authorizations.
        visits: Claims or dates.
        discipline: The discipline of visits that are given as dates; None if it is not known.

    Raises:
        InvalidInputError: If there is no authorization, or a visit is neither a claim nor a date.
    """
    given = as_tuple(authorizations, Authorization, "authorization")
    if not given:
        msg = "give at least one authorization"
        raise InvalidInputError(msg)
    services, by_claims = _services(visits, discipline)
    # Use the authorization that ends first. If two end on the same day, use the more restricted one first.
    order = sorted(range(len(given)), key=lambda index: _rank(given[index]))
    outside: dict[tuple[int, ...], dict[date, None]] = {}
    other_codes: dict[str, None] = {}
    other_plans: dict[tuple[Discipline, str], None] = {}
    demands: dict[date, list[tuple[int, list[int]]]] = {}
    for (day, code, plan), units in services.items():
        of_code = [index for index in order if _is_for(given[index], code)]
        indexes = [index for index in of_code if _is_under(given[index], plan)]
        in_force = [index for index in indexes if _is_in_force(given[index], day)]
        if in_force:
            demands.setdefault(day, []).append((units, in_force))
        elif indexes:
            outside.setdefault(tuple(sorted(indexes)), {})[day] = None
        elif code is not None and plan is not None and of_code:
            other_plans[plan, code] = None
        elif code is not None:
            other_codes[code] = None
    limits = [(each.visits, each.units if by_claims else None) for each in given]
    days = sorted(demands)
    shares = share_out([demands[day] for day in days], limits)
    taken: tuple[dict[date, int], ...] = tuple({} for _ in given)
    for day, share in zip(days, shares, strict=True):
        for index, units in share.items():
            taken[index][day] = units
    return Use(
        given,
        taken,
        {indexes: tuple(sorted(those)) for indexes, those in outside.items()},
        by_claims,
        tuple(other_codes),
        tuple(other_plans),
    )


def _services(
    visits: Visits, discipline: Discipline | None
) -> tuple[dict[tuple[date, str | None, Discipline | None], int], bool]:
    """Return the units by day, code, and discipline, and whether all visits are claims."""
    services: dict[tuple[date, str | None, Discipline | None], int] = {}
    by_claims = True
    for visit in _checked_visits(visits):
        if not isinstance(visit, Claim):
            by_claims = False
            services[visit, None, discipline] = 1
            continue
        for line in visit.lines:
            key = visit.date_of_service, line.code, line.discipline
            services[key] = services.get(key, 0) + line.units
    return services, by_claims


def _checked_visits(visits: Visits) -> tuple[Claim | date, ...]:
    """Return the visits as claims and dates."""
    given: object = visits
    if isinstance(given, str) or not isinstance(given, Iterable):
        msg = f"visits must be claims or dates, got {safe_repr(given)}"
        raise InvalidInputError(msg)
    return tuple(
        visit if isinstance(visit, Claim) else parse_date(visit, what="a visit") for visit in visits
    )


def _rank(authorization: Authorization) -> tuple[date, bool, int, bool]:
    codes = authorization.codes
    return (
        authorization.effective_through or date.max,
        codes is None,
        len(codes or ()),
        authorization.discipline is None,
    )


def _is_for(authorization: Authorization, code: str | None) -> bool:
    return code is None or authorization.codes is None or code in authorization.codes


def _is_under(authorization: Authorization, plan: Discipline | None) -> bool:
    return plan is None or authorization.discipline in (None, plan)


def _is_in_force(authorization: Authorization, day: date) -> bool:
    first, last = authorization.effective_from, authorization.effective_through
    return (first is None or first <= day) and (last is None or day <= last)


def is_followed(use: Use, index: int, after: date) -> bool:
    """
    Return whether visits after a day can count against another authorization.

    Args:
        use: How visits count against the authorizations.
        index: The index of the authorization that ends or is used up.
        after: The day on which it ends or is used up.
    """
    given = use.authorizations[index]
    for other, (another, units) in enumerate(zip(use.authorizations, use.units, strict=True)):
        shared = any(_is_for(another, code) for code in given.codes or (None,))
        if other == index or not shared or not _is_under(another, given.discipline):
            continue
        left = _left(use, other)
        first, last = another.effective_from, another.effective_through
        if any(day > after for day in units) or (
            left.visits_left != 0
            and left.units_left != 0
            and (first is None or (first - after).days <= 1)
            and (last is None or last > after)
        ):
            return True
    return False


def _find_other_dates(report: Report, use: Use) -> None:
    for indexes, days in use.outside.items():
        those = [use.authorizations[index] for index in indexes]
        message = f"visits outside the authorized dates: {', '.join(map(str, days))}"
        if len(use.authorizations) == 1:
            dates = " ".join(_dates(those[0]))
            detail = f"The authorization is valid {dates}."
        else:
            names = " and ".join(map(name_of, those))
            detail = f"These visits are outside the dates of {names}."
        action = "ask the payer to authorize these dates before you bill the visits."
        report.add(Severity.DENY, message, action, detail=detail, entries=_keys(those))


def _find_other_codes(report: Report, use: Use) -> None:
    action = "check whether another authorization includes these codes, or whether they need no authorization."
    keys = _keys(use.authorizations)
    if use.other_codes:
        codes = ", ".join(use.other_codes)
        which = (
            "the authorization does not list"
            if len(use.authorizations) == 1
            else "no authorization lists"
        )
        message = f"billed codes that {which}: {codes}"
        report.add(Severity.REVIEW, message, action, codes=use.other_codes, entries=keys)
    for plan in dict.fromkeys(plan for plan, _ in use.other_plans):
        of_plan = tuple(code for each, code in use.other_plans if each is plan)
        message = (
            f"billed under {plan.value}, but not authorized for {plan.value}: {', '.join(of_plan)}"
        )
        detail = "An authorization includes these codes, but it is for another discipline."
        report.add(Severity.REVIEW, message, action, detail=detail, codes=of_plan, entries=keys)


def _keys(authorizations: Iterable[Authorization]) -> tuple[str, ...]:
    return tuple(each.key for each in authorizations if each.key is not None)


def _used_up(
    what: str, most: int | None, amounts: Sequence[int], days: Sequence[date], *, followed: bool
) -> tuple[Severity, str, str, str] | None:
    """Return severity, message, detail, and action if visits or units reach or exceed *most*."""
    used = sum(amounts)
    if most is None or used < most:
        return None
    over = beyond(amounts, authorized=most)
    if over:
        message = f"{used} {what} used, {most} authorized"
        detail = f"The limit was first exceeded on {days[over[0]]}."
        action = f"ask the payer to authorize more {what} before you bill them."
        return Severity.DENY, message, detail, action
    if followed:
        return None
    message = f"all authorized {what} are used: {used} of {most}"
    detail = f"The last visit was on {days[-1]}."
    return Severity.INFO, message, detail, f"ask the payer for more {what} before the next visit."
