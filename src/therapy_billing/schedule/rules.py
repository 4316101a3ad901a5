"""
Who was where: minutes of one clinician or one patient that were told more than once.

Intervals go from a start up to an end that is not in them, as whole numbers of any one fixed step of time,
so what follows at once does not overlap. Overlapping intervals are told as one overlap, never pair by pair:
a day of a thousand services at once is one overlap of a thousand, and not half a million.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import NamedTuple

from therapy_billing.units.rules import units_of

__all__ = ["Overlap", "Stay", "near_minimum", "overlaps", "share_minutes", "union_length"]


class Stay(NamedTuple):
    """
    An interval of somebody's time.

    Args:
        owner: Whose time it is.
        part: What it is spent on; stays of one part may overlap.
        start: When it begins.
        end: When it ends; not before it begins.
    """

    owner: Hashable
    part: Hashable
    start: int
    end: int


class Overlap(NamedTuple):
    """
    Stays of one owner that hang together by overlaps of different parts.

    Args:
        places: Places of the stays, ascending.
        there: Time from the first start to the last end, without a gap.
        shared: Time of it with more than one part.
        spent: Time of each part, counted once within the part.
    """

    places: tuple[int, ...]
    there: int
    shared: int
    spent: tuple[tuple[Hashable, int], ...]


def overlaps(stays: Sequence[Stay]) -> list[Overlap]:
    """
    Return where an owner's time was spent on more than one part at once.

    A stay is in one overlap at most. Rules ``minutes-once`` (a clinician's time, each one-on-one service a
    part, all groups of patients one, all groups of caregivers another), ``patient-overlap`` (a patient's time,
    each clinician a part), ``co-treatment`` (a patient's time, each discipline a part), ``group-of-two`` (a
    group's time, each patient a part).

    Args:
        stays: The stays, in any order.

    Source:
        NCCI Policy Manual, ch. XI, section P: one therapy service for the same 15 minutes.

    >>> overlaps([Stay("one clinician", "first", 0, 30), Stay("one clinician", "second", 30, 60)])
    []
    >>> overlaps([Stay("one clinician", "first", 0, 31), Stay("one clinician", "second", 30, 60)])
    [Overlap(places=(0, 1), there=60, shared=1, spent=(('first', 31), ('second', 30)))]
    """
    owned: dict[Hashable, list[int]] = {}
    for place, (owner, _, start, end) in enumerate(stays):
        if start < end:
            owned.setdefault(owner, []).append(place)
    return [
        overlap
        for places in owned.values()
        if len(places) > 1
        for overlap in _overlaps_of_one(stays, places)
    ]


def _overlaps_of_one(stays: Sequence[Stay], places: Sequence[int]) -> list[Overlap]:
    # Ends come before starts of the same moment. While two parts are open, every open stay is in the
    # last overlap found: so nothing is compared pair by pair.
    events = [(stays[place].start, 1, place) for place in places]
    events += [(stays[place].end, 0, place) for place in places]
    events.sort()
    open_parts: dict[Hashable, int] = {}
    waiting: dict[int, None] = {}
    joined: list[list[int]] = []
    shared: list[int] = []
    open_joined = before = 0
    for moment, begins, place in events:
        if len(open_parts) > 1:
            shared[-1] += moment - before
        before = moment
        part = stays[place].part
        if begins:
            open_parts[part] = open_parts.get(part, 0) + 1
            waiting[place] = None
            if len(open_parts) > 1:
                if not open_joined:
                    joined.append([])
                    shared.append(0)
                joined[-1].extend(waiting)
                open_joined += len(waiting)
                waiting.clear()
            continue
        open_parts[part] -= 1
        if not open_parts[part]:
            del open_parts[part]
        if place in waiting:
            del waiting[place]
        else:
            open_joined -= 1
    return [
        _overlap(stays, sorted(group), time) for group, time in zip(joined, shared, strict=True)
    ]


def _overlap(stays: Sequence[Stay], places: Sequence[int], shared: int) -> Overlap:
    parts: dict[Hashable, list[tuple[int, int]]] = {}
    for place in places:
        _, part, start, end = stays[place]
        parts.setdefault(part, []).append((start, end))
    first = min(stays[place].start for place in places)
    last = max(stays[place].end for place in places)
    spent = tuple([(part, union_length(intervals)) for part, intervals in parts.items()])
    return Overlap(tuple(places), last - first, shared, spent)


def union_length(intervals: Iterable[tuple[int, int]]) -> int:
    """
    Return the time that lies in at least one of the intervals. Rule ``minutes-once``.

    >>> union_length([(0, 30), (30, 45)]), union_length([(0, 30), (29, 45)]), union_length([])
    (45, 45, 0)
    """
    length = 0
    reached: int | None = None
    for start, end in sorted(intervals):
        if reached is None or start > reached:
            length += end - start
            reached = end
        elif end > reached:
            length += end - reached
            reached = end
    return length


def share_minutes(minutes: int, parties: int) -> tuple[int, ...]:
    """
    Return an even split of *minutes* that several parties gave together. Rule ``co-treatment``.

    Args:
        minutes: Whole minutes of the joint time.
        parties: How many shared it, at least one.

    Returns:
        Whole minutes of each, which add up to *minutes* and never to more.

    Source:
        Guides to co-treatment under Part B: the parts add up to the joint time at most.

    >>> share_minutes(60, 2), share_minutes(61, 2)
    ((30, 30), (31, 30))
    """
    each, rest = divmod(minutes, parties)
    return tuple(each + (place < rest) for place in range(parties))


def near_minimum(minutes: int, *, unit_minutes: int, partial_minutes: int, within: int) -> bool:
    """
    Return whether *minutes* make their last unit by few minutes only. Rule ``near-minimum``.

    Args:
        minutes: Whole minutes, not negative.
        unit_minutes: Minutes of one unit.
        partial_minutes: Fewest minutes of a partial unit that count as one.
        within: Most minutes above the fewest that still count as near.

    Returns:
        False also where they make no unit, or fill every unit.

    Source:
        General knowledge: about 15 minutes a unit are expected on average.

    >>> [near_minimum(m, unit_minutes=15, partial_minutes=8, within=2) for m in (7, 8, 10, 11)]
    [False, True, True, False]
    """
    units = units_of(minutes, unit_minutes=unit_minutes, partial_minutes=partial_minutes)
    fewest = (units - 1) * unit_minutes + partial_minutes
    return minutes <= fewest + within and minutes < units * unit_minutes
