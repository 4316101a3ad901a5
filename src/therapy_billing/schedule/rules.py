"""
Find time of one clinician or one patient that was counted more than once.

An interval includes its start but not its end, so a service that starts when another one ends does not overlap
it. Times are whole numbers in any unit. Overlapping intervals make one overlap, not one per pair: a thousand
services at the same time are one overlap of a thousand, not half a million pairs.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import NamedTuple

from therapy_billing.units.rules import units_of

__all__ = ["Overlap", "Stay", "near_minimum", "overlaps", "share_minutes", "union_length"]


class Stay(NamedTuple):
    """
    An interval of one person's time.

    Args:
        owner: The person who spends the time.
        part: What the time is spent on. Stays of the same part may overlap.
        start: When the interval starts.
        end: When the interval ends; not before its start.
    """

    owner: Hashable
    part: Hashable
    start: int
    end: int


class Overlap(NamedTuple):
    """
    Stays of one owner that are connected by overlaps of different parts.

    Args:
        indexes: Indexes of the stays, ascending.
        there: Time from the first start to the last end. There is no gap in it.
        shared: The time during which two or more parts overlap.
        spent: Time of each part. Time that overlaps within one part counts once.
    """

    indexes: tuple[int, ...]
    there: int
    shared: int
    spent: tuple[tuple[Hashable, int], ...]


def overlaps(stays: Sequence[Stay]) -> list[Overlap]:
    """
    Find the times when an owner spent time on more than one part at the same time.

    A stay is in at most one overlap. Used by the rules ``minutes-once`` (owner: the clinician; each one-on-one
    service is a part, all groups of patients are one part, and all groups of caregivers are another),
    ``patient-overlap`` (owner: the patient; each clinician is a part), ``co-treatment`` (owner: the patient; each
    discipline is a part), and ``group-of-two`` (owner: the group; each patient is a part).

    Args:
        stays: The stays, in any order.

    Source:
        NCCI Policy Manual, ch. XI, section P: one therapy service for the same 15 minutes.

    >>> overlaps([Stay("one clinician", "first", 0, 30), Stay("one clinician", "second", 30, 60)])
    []
    >>> overlaps([Stay("one clinician", "first", 0, 31), Stay("one clinician", "second", 30, 60)])
    [Overlap(indexes=(0, 1), there=60, shared=1, spent=(('first', 31), ('second', 30)))]
    """
    owned: dict[Hashable, list[int]] = {}
    for index, (owner, _, start, end) in enumerate(stays):
        if start < end:
            owned.setdefault(owner, []).append(index)
    return [
        overlap
        for indexes in owned.values()
        if len(indexes) > 1
        for overlap in _overlaps_of_one(stays, indexes)
    ]


def _overlaps_of_one(stays: Sequence[Stay], indexes: Sequence[int]) -> list[Overlap]:
    # Ends are sorted before starts at the same moment. While two parts are open, every open stay belongs to
    # the last overlap, so no pairs need to be compared.
    events = [(stays[index].start, 1, index) for index in indexes]
    events += [(stays[index].end, 0, index) for index in indexes]
    events.sort()
    open_parts: dict[Hashable, int] = {}
    waiting: dict[int, None] = {}
    joined: list[list[int]] = []
    shared: list[int] = []
    open_joined = before = 0
    for moment, begins, index in events:
        if len(open_parts) > 1:
            shared[-1] += moment - before
        before = moment
        part = stays[index].part
        if begins:
            open_parts[part] = open_parts.get(part, 0) + 1
            waiting[index] = None
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
        if index in waiting:
            del waiting[index]
        else:
            open_joined -= 1
    return [
        _overlap(stays, sorted(group), time) for group, time in zip(joined, shared, strict=True)
    ]


def _overlap(stays: Sequence[Stay], indexes: Sequence[int], shared: int) -> Overlap:
    parts: dict[Hashable, list[tuple[int, int]]] = {}
    for index in indexes:
        _, part, start, end = stays[index]
        parts.setdefault(part, []).append((start, end))
    first = min(stays[index].start for index in indexes)
    last = max(stays[index].end for index in indexes)
    spent = tuple([(part, union_length(intervals)) for part, intervals in parts.items()])
    return Overlap(tuple(indexes), last - first, shared, spent)


def union_length(intervals: Iterable[tuple[int, int]]) -> int:
    """
    Return the time that is in at least one of the intervals. Rule ``minutes-once``.

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
    Return an even split of *minutes* of joint treatment. Rule ``co-treatment``.

    Args:
        minutes: Whole minutes of the joint time.
        parties: How many disciplines share it, at least one.

    Returns:
        Whole minutes for each discipline. They add up to exactly *minutes*.

    Source:
        Guides to co-treatment under Part B: the minutes of all disciplines add up to at most the joint time.

    >>> share_minutes(60, 2), share_minutes(61, 2)
    ((30, 30), (31, 30))
    """
    each, rest = divmod(minutes, parties)
    return tuple(each + (index < rest) for index in range(parties))


def near_minimum(minutes: int, *, unit_minutes: int, partial_minutes: int, within: int) -> bool:
    """
    Return whether *minutes* barely make their last unit. Rule ``near-minimum``.

    Args:
        minutes: Whole minutes, not negative.
        unit_minutes: Minutes of one unit.
        partial_minutes: Fewest leftover minutes that make a unit.
        within: Minutes above the minimum that still count as near.

    Returns:
        False if the minutes make no unit, or fill every unit.

    Source:
        General knowledge: an average of about 15 minutes per unit is expected.

    >>> [near_minimum(m, unit_minutes=15, partial_minutes=8, within=2) for m in (7, 8, 10, 11)]
    [False, True, True, False]
    """
    units = units_of(minutes, unit_minutes=unit_minutes, partial_minutes=partial_minutes)
    fewest = (units - 1) * unit_minutes + partial_minutes
    return minutes <= fewest + within and minutes < units * unit_minutes
