"""
What documentation owes, counted: days since, days covered, visits and units in a row.

Days are ordinals, so no rule reads a calendar: who adds months to a day does it before. Whether the first
day of a period counts as day 0 or as day 1 is not settled by the sources; a period ends here on its first
day plus its length, and its very last day is told apart from the days before it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple

__all__ = [
    "Run",
    "beyond",
    "certified_through",
    "days_late",
    "days_left",
    "run_of_reports",
    "run_of_visits",
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
