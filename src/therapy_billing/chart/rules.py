"""
Count what the documentation rules limit: days late, days left, treatment days, visits, and units.

Days are ordinals, so that no rule needs a calendar. A caller that adds months to a date does so beforehand.
The sources do not say whether the first day of a certified period is day 0 or day 1. Here it is day 0, and
:func:`days_left` returns 0 for the last day, so that a caller can treat that day differently.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from math import inf
from typing import NamedTuple, TypeAlias

__all__ = [
    "Run",
    "beyond",
    "certified_through",
    "days_late",
    "days_left",
    "run_of_reports",
    "run_of_visits",
    "share_out",
]


class Run(NamedTuple):
    """
    When a recurring item was missed.

    Args:
        missed: Indexes, from 0, of the days by which the item was due but missing.
        since: The number of days since the item was last present or last missed.
    """

    missed: tuple[int, ...]
    since: int


def certified_through(first: int, planned_end: int, *, most_days: int) -> int:
    """
    Return the last day of a certified period. Rule ``certification-period``.

    Args:
        first: Ordinal of its first day: the initial treatment, or the first day of a further interval.
        planned_end: Ordinal of *first* plus the planned duration.
        most_days: Maximum number of days from *first*: 90, or 30 for signatures before 2008.

    Returns:
        Ordinal of the planned end or of the last day within the limit, whichever is earlier. If *first*
        counts as day 1, the period ends one day earlier.

    Source:
        CMS Pub. 100-02, ch. 15, section 220.1.3, part B.

    >>> [certified_through(0, planned, most_days=90) for planned in (89, 90, 91)]
    [89, 90, 90]
    """
    return min(planned_end, first + most_days)


def days_left(day: int, periods: Iterable[tuple[int, int]]) -> int | None:
    """
    Return how many days of certification are left after *day*. Rules ``certification-period``, ``recertification``.

    Args:
        day: Ordinal of the day.
        periods: First and last ordinal of each period, both inclusive.

    Returns:
        Days from *day* to the latest end of a period that includes it: 0 on the last day, and None if no
        period includes *day*.

    Source:
        CMS Pub. 100-02, ch. 15, section 220.1.3.

    >>> [days_left(day, [(0, 90)]) for day in (-1, 0, 89, 90, 91)]
    [None, 90, 1, 0, None]
    """
    return max((last - day for first, last in periods if first <= day <= last), default=None)


def days_late(since: int, on: int, *, within: int) -> int:
    """
    Return how many days late *on* is.

    Rules ``certification-timely``, ``verbal-order``, and ``referral-relief``.

    Args:
        since: Ordinal of the day from which the deadline is counted. That day is day 0.
        on: Ordinal of the day on which the plan was signed or sent.
        within: Days allowed: 30 from the initial treatment, 14 from a verbal order.

    Returns:
        Days after the deadline; 0 if on time.

    Source:
        CMS Pub. 100-02, ch. 15, section 220.1.3, part B. The 30 days are those that follow the first day.

    >>> [days_late(0, day, within=30) for day in (29, 30, 31)]
    [0, 0, 1]
    """
    return max(0, on - since - within)


def run_of_reports(days: Sequence[int], reports: Iterable[int], *, every: int) -> Run:
    """
    Find missing progress reports. Rule ``progress-report``.

    An interval ends with its last report. If it has no report, it ends with the day by which one was due.
    The next interval starts on the next treatment day.

    Args:
        days: Ordinals of the treatment days, ascending, each once.
        reports: Ordinals of the dates of the reports that count.
        every: The number of treatment days in an interval: 10.

    Returns:
        The indexes in *days* by which a report was due but missing, and the number of treatment days in
        the open interval.

    Source:
        CMS Pub. 100-02, ch. 15, section 220.3, part D.

    >>> [run_of_reports(range(10), [on], every=10).missed for on in (9, 10)]
    [(), (9,)]
    """
    written = sorted(reports)
    missed = []
    first = 0
    while first < len(days):
        due = first + every - 1
        # Use the latest report of the interval; an earlier one would start the next interval earlier.
        index = (bisect_right(written, days[due]) if due < len(days) else len(written)) - 1
        if index >= 0 and written[index] >= days[first]:
            first = bisect_right(days, written[index])
        elif due < len(days):
            missed.append(due)
            first = due + 1
        else:
            break
    return Run(tuple(missed), len(days) - first)


def run_of_visits(assessed: Iterable[bool], *, every: int) -> Run:
    """
    Find missing assessments. Rule ``assessment-interval``.

    Args:
        assessed: Whether each visit has an assessment, in the order of the visits.
        every: The number of visits in a row that must include an assessment. The practice chooses it.

    Returns:
        The indexes of the visits by which an assessment was due but missing, and the number of visits
        since the last assessment, or since the last visit by which one was due but missing.

    Source:
        A practice-facing description of 97530: an assessment every two or three visits.

    >>> [run_of_visits([True] + [False] * count, every=3).missed for count in (2, 3)]
    [(), (3,)]
    """
    missed = []
    since = 0
    for index, present in enumerate(assessed):
        since = 0 if present else since + 1
        if since == every:
            missed.append(index)
            since = 0
    return Run(tuple(missed), since)


def beyond(amounts: Iterable[int], *, authorized: int) -> tuple[int, ...]:
    """
    Return the indexes at which the running total is above the authorized number. Rule ``authorization``.

    Args:
        amounts: Visits or units of each day, in date order.
        authorized: The maximum number of visits or units.

    Source:
        The payer's authorization, as given.

    >>> beyond([1, 1, 1], authorized=3), beyond([1, 1, 1], authorized=2)
    ((), (2,))
    """
    return tuple(index for index, used in enumerate(accumulate(amounts)) if used > authorized)


_Room: TypeAlias = tuple[tuple[float, float], ...]
"""Visits and units that are left on each authorization."""

_MAX_DIVISIONS = 100
"""How many divisions are kept at most. If there are more, units may be reported although a dropped division has room for them."""


class _Division(NamedTuple):
    """
    A way of dividing the services of the days so far among the authorizations.

    Args:
        room: What is left on each authorization.
        used_today: The authorizations that the services of the current day use.
        short: The units of the current day that no authorization has room for.
        today: The units of the current day, each with the index of its authorization.
        before: The division of the previous days; None at the start.
    """

    room: _Room
    used_today: frozenset[int]
    short: int
    today: tuple[tuple[int, int], ...]
    before: _Division | None


def share_out(
    days: Sequence[Sequence[tuple[int, Sequence[int]]]],
    limits: Sequence[tuple[int | None, int | None]],
) -> tuple[Mapping[int, int], ...]:
    """
    Return the units of each day that count against each authorization. Rule ``authorization``.

    Units are within the limits if some way of dividing them among the authorizations has room for them.
    Earlier days take precedence. If several divisions work, the result uses the first-listed authorizations
    of each service first. Units that no division has room for count against the last-listed authorization
    of their service, above its limit.

    In the example, the first authorization has one visit. The service of the last day needs it, so the service
    of the first day counts against the second authorization.

    Args:
        days: The services of each day, in date order. Each service is a pair: its units, and the
            indexes in *limits* of the authorizations that include it. At least one authorization includes it.
        limits: The maximum visits and units of each authorization; None for no limit. Each day on which
            units count against an authorization is one visit.

    Source:
        The payer's authorizations, as given.

    >>> share_out([[(1, [0, 1])], [(1, [1])], [(1, [0])]], [(1, None), (2, None)])
    ({1: 1}, {1: 1}, {0: 1})
    """
    last = {
        index: day for day, services in enumerate(days) for _, those in services for index in those
    }
    binding = _binding(days, limits)
    can_replace = _Substitutes(days, binding, last)
    divisions = [_Division(binding, frozenset(), 0, (), None)]
    for day, services in enumerate(days):
        divisions = [_Division(each.room, frozenset(), 0, (), each) for each in divisions]
        for units, indexes in services:
            filled = [
                (index, all(can_replace(day, index, other) for other in indexes[at + 1 :]))
                for at, index in enumerate(indexes)
            ]
            reached: dict[tuple[_Room, frozenset[int]], _Division] = {}
            for division in divisions:
                for after in _divide(division, units, filled):
                    known = reached.setdefault((after.room, after.used_today), after)
                    if after.short < known.short:
                        reached[after.room, after.used_today] = after
            divisions = list(reached.values())[:_MAX_DIVISIONS]
        fewest = min(each.short for each in divisions)
        left: dict[_Room, _Division] = {}
        for each in divisions:
            if each.short == fewest:
                # What is left on an authorization after the last day that can use it makes no difference.
                room = tuple(
                    amounts if last.get(index, day) > day else (0, 0)
                    for index, amounts in enumerate(each.room)
                )
                left.setdefault(room, each._replace(room=room))
        divisions = list(_undominated(list(left.values())))
    taken: list[dict[int, int]] = []
    step = divisions[0]
    while step.before is not None:
        shares: dict[int, int] = {}
        for index, units in step.today:
            shares[index] = shares.get(index, 0) + units
        taken.append(shares)
        step = step.before
    return tuple(reversed(taken))


def _binding(
    days: Sequence[Sequence[tuple[int, Sequence[int]]]],
    limits: Sequence[tuple[int | None, int | None]],
) -> _Room:
    """Return the limits, with infinity in place of each limit that *days* cannot exceed."""
    room = []
    for index, (visits, units) in enumerate(limits):
        own = [
            sum(units for units, indexes in services if index in indexes)
            for services in days
            if any(index in indexes for _, indexes in services)
        ]
        room.append(
            (
                inf if visits is None or visits >= len(own) else visits,
                inf if units is None or units >= sum(own) else units,
            )
        )
    return tuple(room)


class _Substitutes:
    """Find the day from which an authorization can be used before a later-listed one without losing room for any unit."""

    def __init__(
        self,
        days: Sequence[Sequence[tuple[int, Sequence[int]]]],
        room: _Room,
        last: Mapping[int, int],
    ) -> None:
        self._days = days
        self._room = room
        self._last = last
        self._since: dict[tuple[int, int], int] = {}

    def __call__(self, day: int, first: int, other: int) -> bool:
        """Return whether *first* can be used before *other* from *day* on without losing room for any unit."""
        limits, others = self._room[first], self._room[other]
        if limits == (inf, inf):
            return True
        one_kind = inf in limits and [each < inf for each in limits] == [
            each < inf for each in others
        ]
        if not one_kind and others != (inf, inf):
            return False
        if (first, other) not in self._since:
            different = [
                index
                for index, services in enumerate(self._days)
                for _, those in services
                if (first in those) != (other in those)
                and (first in those or index <= self._last[first])
            ]
            self._since[first, other] = max(different, default=-1) + 1
        return day >= self._since[first, other]


def _divide(
    division: _Division, units: int, filled: Sequence[tuple[int, bool]]
) -> Iterator[_Division]:
    """
    Add *units* to *division* and yield one result for each way to divide them among the authorizations.

    The flag of each authorization says whether it must take as many units as it has room for.
    """
    (index, fill), *others = filled
    visits, most = division.room[index]
    used = index in division.used_today
    fits = int(min(units, most)) if used or visits else 0
    choices = range(fits, fits + 1)
    if not fill and most < inf:
        choices = range(fits, -1, -1)
    elif not fill and fits and not used:
        # Without a unit limit, the visit is used for all units or for none.
        choices = range(fits, -1, -fits)
    for taken in choices:
        beyond_all = 0 if others else units - taken
        after = division._replace(short=division.short + beyond_all)
        if taken + beyond_all:
            after = after._replace(today=(*division.today, (index, taken + beyond_all)))
        if taken:
            amounts = (visits if used else visits - 1, most - taken)
            after = after._replace(
                room=(*division.room[:index], amounts, *division.room[index + 1 :]),
                used_today=division.used_today | {index},
            )
        if others:
            yield from _divide(after, units - taken, others)
        else:
            yield after


def _undominated(divisions: Sequence[_Division]) -> Iterator[_Division]:
    """Yield the *divisions*, but drop each division if another one leaves at least as much of every authorization."""
    for division in divisions:
        if not any(
            other is not division
            and all(
                visits <= more_visits and units <= more_units
                for (visits, units), (more_visits, more_units) in zip(
                    division.room, other.room, strict=True
                )
            )
            for other in divisions
        ):
            yield division
