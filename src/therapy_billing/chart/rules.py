"""
What documentation owes, counted: days since, days covered, visits and units in a row.

Days are ordinals, so no rule reads a calendar: who adds months to a day does it before. Whether the first
day of a period counts as day 0 or as day 1 is not settled by the sources; a period ends here on its first
day plus its length, and its very last day is told apart from the days before it.
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
    How often something that is due once in so many days was missed.

    Args:
        missed: Places of the days on which it was due and not there, from 0.
        since: How many days have gone since it was last there, or last missed.
    """

    missed: tuple[int, ...]
    since: int


def certified_through(first: int, planned_end: int, *, most_days: int) -> int:
    """
    Return the last day of a certified period. Rule ``certification-period``.

    Args:
        first: Ordinal of its first day: of the initial treatment, or of a further interval.
        planned_end: Ordinal of the day that lies the planned duration after *first*.
        most_days: Most days from *first*: 90; 30 for signatures before 2008.

    Returns:
        Ordinal of the earlier of the two ends. By the count that takes *first* as day 1 the period ends
        a day earlier.

    Source:
        CMS Pub. 100-02, ch. 15, section 220.1.3, part B.

    >>> [certified_through(0, planned, most_days=90) for planned in (89, 90, 91)]
    [89, 90, 90]
    """
    return min(planned_end, first + most_days)


def days_left(day: int, periods: Iterable[tuple[int, int]]) -> int | None:
    """
    Return how many days after *day* are still covered. Rules ``certification-period``, ``recertification``.

    Args:
        day: Ordinal of the day.
        periods: First and last ordinal of each period, both inclusive.

    Returns:
        Days to the end of the period that covers it longest; 0 on its very last day, None on a day that
        no period covers.

    Source:
        CMS Pub. 100-02, ch. 15, section 220.1.3.

    >>> [days_left(day, [(0, 90)]) for day in (-1, 0, 89, 90, 91)]
    [None, 90, 1, 0, None]
    """
    return max((last - day for first, last in periods if first <= day <= last), default=None)


def days_late(since: int, on: int, *, within: int) -> int:
    """
    Return by how many days *on* is late.

    The rules ``certification-timely``, ``verbal-order`` and ``referral-relief``.

    Args:
        since: Ordinal of the day from which the time runs; that day itself is day 0.
        on: Ordinal of the day of the signature, or of the sending.
        within: Days within which it is in time: 30 from the initial treatment, 14 from a verbal order.

    Returns:
        Days beyond *within*; 0 for one in time.

    Source:
        CMS Pub. 100-02, ch. 15, section 220.1.3, part B: in the 30 days that follow the first day.

    >>> [days_late(0, day, within=30) for day in (29, 30, 31)]
    [0, 0, 1]
    """
    return max(0, on - since - within)


def run_of_reports(days: Sequence[int], reports: Iterable[int], *, every: int) -> Run:
    """
    Return where progress reports are missing. Rule ``progress-report``.

    An interval ends with its last report, or with the day by which one was due; the next one begins with
    the next treatment day.

    Args:
        days: Ordinals of the treatment days, ascending, each once.
        reports: Ordinals of the reports that count.
        every: Treatment days of an interval: 10.

    Returns:
        The places in *days* by which a report was due and not there, and the treatment days of the
        interval that is open.

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
        # The latest report of the interval: an earlier one would make the next begin earlier.
        place = (bisect_right(written, days[due]) if due < len(days) else len(written)) - 1
        if place >= 0 and written[place] >= days[first]:
            first = bisect_right(days, written[place])
        elif due < len(days):
            missed.append(due)
            first = due + 1
        else:
            break
    return Run(tuple(missed), len(days) - first)


def run_of_visits(assessed: Iterable[bool], *, every: int) -> Run:
    """
    Return where assessments are missing. Rule ``assessment-interval``.

    Args:
        assessed: Whether each visit has an assessment, in the order of the visits.
        every: The practice's own number: one assessment in so many visits.

    Returns:
        The places of the visits that should have had one at the latest, and the visits since the last.

    Source:
        A practice-facing description of 97530: an assessment every two or three visits.

    >>> [run_of_visits([True] + [False] * count, every=3).missed for count in (2, 3)]
    [(), (3,)]
    """
    missed = []
    since = 0
    for place, there in enumerate(assessed):
        since = 0 if there else since + 1
        if since == every:
            missed.append(place)
            since = 0
    return Run(tuple(missed), since)


def beyond(amounts: Iterable[int], *, authorized: int) -> tuple[int, ...]:
    """
    Return the places at which the sum is above what was authorized. Rule ``authorization``.

    Args:
        amounts: Visits or units of each day, in the order of the days.
        authorized: Most of them.

    Source:
        The payer's authorization, as given.

    >>> beyond([1, 1, 1], authorized=3), beyond([1, 1, 1], authorized=2)
    ((), (2,))
    """
    return tuple(place for place, used in enumerate(accumulate(amounts)) if used > authorized)


_Room: TypeAlias = tuple[tuple[float, float], ...]
"""Visits and units left of each authorization."""

_MOST_COURSES = 100
"""Divisions kept at a time. With more, a visit may be reported as beyond though another division includes it."""


class _Course(NamedTuple):
    """A division so far: what is left, the authorizations used on the day, and what each day took."""

    room: _Room
    used_today: frozenset[int]
    short: int
    today: tuple[tuple[int, int], ...]
    before: _Course | None


def share_out(
    days: Sequence[Sequence[tuple[int, Sequence[int]]]],
    limits: Sequence[tuple[int | None, int | None]],
) -> tuple[Mapping[int, int], ...]:
    """
    Return the units of each day that count against each authorization. Rule ``authorization``.

    Units are covered where some division over the authorizations covers them, those of earlier days first.
    Of several such divisions, the one is taken that uses up the first authorizations of each service
    first. Units that no division covers count against the last authorization of their service, beyond
    its limit.

    Args:
        days: The services of each day, in the order of the days: their units, and the indexes in
            *limits* of the authorizations that are for them, at least one.
        limits: Most visits and most units of each authorization; None without a limit. A day on which
            units count against an authorization is one visit of it.

    Source:
        The payer's authorizations, as given.

    >>> share_out([[(1, [0, 1])], [(1, [1])], [(1, [0])]], [(1, None), (2, None)])
    ({1: 1}, {1: 1}, {0: 1})
    """
    last = {
        place: day for day, services in enumerate(days) for _, those in services for place in those
    }
    binding = _binding(days, limits)
    stands_in = _Substitutes(days, binding, last)
    courses = [_Course(binding, frozenset(), 0, (), None)]
    for day, services in enumerate(days):
        courses = [_Course(each.room, frozenset(), 0, (), each) for each in courses]
        for units, places in services:
            filled = [
                (place, all(stands_in(day, place, other) for other in places[at + 1 :]))
                for at, place in enumerate(places)
            ]
            reached: dict[tuple[_Room, frozenset[int]], _Course] = {}
            for course in courses:
                for after in _divisions(course, units, filled):
                    known = reached.setdefault((after.room, after.used_today), after)
                    if after.short < known.short:
                        reached[after.room, after.used_today] = after
            courses = list(reached.values())[:_MOST_COURSES]
        fewest = min(each.short for each in courses)
        left: dict[_Room, _Course] = {}
        for each in courses:
            if each.short == fewest:
                # What is left of an authorization after its last day makes no difference.
                room = tuple(
                    amounts if last.get(place, day) > day else (0, 0)
                    for place, amounts in enumerate(each.room)
                )
                left.setdefault(room, each._replace(room=room))
        courses = list(_undominated(list(left.values())))
    taken: list[dict[int, int]] = []
    step = courses[0]
    while step.before is not None:
        shares: dict[int, int] = {}
        for place, units in step.today:
            shares[place] = shares.get(place, 0) + units
        taken.append(shares)
        step = step.before
    return tuple(reversed(taken))


def _binding(
    days: Sequence[Sequence[tuple[int, Sequence[int]]]],
    limits: Sequence[tuple[int | None, int | None]],
) -> _Room:
    """Return the limits, infinite where *days* cannot reach them."""
    room = []
    for place, (visits, units) in enumerate(limits):
        own = [
            sum(units for units, places in services if place in places)
            for services in days
            if any(place in places for _, places in services)
        ]
        room.append(
            (
                inf if visits is None or visits >= len(own) else visits,
                inf if units is None or units >= sum(own) else units,
            )
        )
    return tuple(room)


class _Substitutes:
    """Shows where a later authorization can stand in for an earlier one, so that the earlier goes first."""

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
        """Return whether nothing is lost by using *first* before *other* from *day* on."""
        limits, others = self._room[first], self._room[other]
        if limits == (inf, inf):
            return True
        one_kind = inf in limits and [each < inf for each in limits] == [
            each < inf for each in others
        ]
        if not one_kind and others != (inf, inf):
            return False
        if (first, other) not in self._since:
            apart = [
                place
                for place, services in enumerate(self._days)
                for _, those in services
                if (first in those) != (other in those)
                and (first in those or place <= self._last[first])
            ]
            self._since[first, other] = max(apart, default=-1) + 1
        return day >= self._since[first, other]


def _divisions(
    course: _Course, units: int, places: Sequence[tuple[int, bool]]
) -> Iterator[_Course]:
    """
    Yield *course* with *units* divided over authorizations, the first ones first.

    Each authorization comes with whether as much as fits counts against it.
    """
    (place, fill), *others = places
    visits, most = course.room[place]
    used = place in course.used_today
    fits = int(min(units, most)) if used or visits else 0
    choices = range(fits, fits + 1)
    if not fill and most < inf:
        choices = range(fits, -1, -1)
    elif not fill and fits and not used:
        # Without a limit of units the visit is used for all of them, or not at all.
        choices = range(fits, -1, -fits)
    for taken in choices:
        beyond_all = 0 if others else units - taken
        after = course._replace(short=course.short + beyond_all)
        if taken + beyond_all:
            after = after._replace(today=(*course.today, (place, taken + beyond_all)))
        if taken:
            amounts = (visits if used else visits - 1, most - taken)
            after = after._replace(
                room=(*course.room[:place], amounts, *course.room[place + 1 :]),
                used_today=course.used_today | {place},
            )
        if others:
            yield from _divisions(after, units - taken, others)
        else:
            yield after


def _undominated(courses: Sequence[_Course]) -> Iterator[_Course]:
    """Yield those of *courses* of which no other leaves as much of each authorization, or more."""
    for course in courses:
        if not any(
            other is not course
            and all(
                visits <= more_visits and units <= more_units
                for (visits, units), (more_visits, more_units) in zip(
                    course.room, other.room, strict=True
                )
            )
            for other in courses
        ):
            yield course
