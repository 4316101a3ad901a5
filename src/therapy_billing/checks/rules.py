"""Which lines of a day a payer's edits deny: pairs, limits, add-ons, once a day."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import TypeAlias

__all__ = [
    "add_ons_alone",
    "beyond_cap",
    "beyond_limit",
    "beyond_once",
    "denied_column_two",
    "duplicate_lines",
    "excess_units",
    "exclusive_lines",
    "paid_apart",
    "plan_is_allowed",
    "separate_regions",
    "separate_times",
]

Span: TypeAlias = "tuple[int, int] | None"
"""Start and end of a service on one scale; None where it was not clocked."""

Region: TypeAlias = tuple[str, str]
"""A region of the body, and its side; empty where none is told."""


def denied_column_two(
    column_one: Sequence[bool], column_two: Sequence[bool], *, indicator: int, either_column: bool
) -> tuple[int, ...]:
    """
    Return which lines of the column-2 code a procedure-to-procedure edit denies. Rule ``ncci-ptp``.

    Args:
        column_one: Of each line of the column-1 code, whether it says that it is distinct (59, XE, XP,
            XS, XU).
        column_two: The same of the column-2 code.
        indicator: 0 when no modifier passes the edit, 1 when one does; 9 is no edit.
        either_column: Whether the modifier may stand on column 1 as well.

    Returns:
        Places in *column_two*.

    Source:
        NCCI Policy Manual: column 1 is paid. CR 11168: either column since 2019-07-01.

    >>> denied_column_two([False], [False, True], indicator=1, either_column=False)
    (0,)
    >>> denied_column_two([True], [False, True], indicator=1, either_column=True)
    ()
    >>> denied_column_two([True], [True], indicator=0, either_column=True)
    (0,)
    """
    if indicator == 0:
        return tuple(range(len(column_two)))
    if either_column and all(column_one):
        return ()
    return tuple(place for place, distinct in enumerate(column_two) if not distinct)


def beyond_limit(units: Sequence[int], *, limit: int, by_line: bool) -> tuple[int, ...]:
    """
    Return which lines of a code a medically unlikely edit denies. Rule ``ncci-mue``.

    An edit of the day adds all lines up, and denies them all when they are too many.

    Args:
        units: Units of each line of the code on the day.
        limit: Most units.
        by_line: Whether each line is compared on its own (adjudication indicator 1).

    Returns:
        Places of the lines that are denied.

    Source:
        Medicare contractors on the adjudication indicator, as secondary sources report them.

    >>> beyond_limit([4, 2], limit=6, by_line=False), beyond_limit([4, 3], limit=6, by_line=False)
    ((), (0, 1))
    >>> beyond_limit([7, 6], limit=6, by_line=True)
    (0,)
    """
    if by_line:
        return tuple(place for place, count in enumerate(units) if count > limit)
    return tuple(range(len(units))) if sum(units) > limit else ()


def add_ons_alone(codes: Sequence[str], *, adds_to: Mapping[str, str]) -> tuple[int, ...]:
    """
    Return which lines are add-ons without the code that they add to. Rule ``add-on-alone``.

    Args:
        codes: The code of each line.
        adds_to: The first code of each add-on.

    >>> add_ons_alone(["97130", "97129"], adds_to={"97130": "97129"})
    ()
    >>> add_ons_alone(["97110", "97130"], adds_to={"97130": "97129"})
    (1,)
    """
    there = set(codes)
    return tuple(
        place for place, code in enumerate(codes) if code in adds_to and adds_to[code] not in there
    )


def beyond_once(units: Sequence[int]) -> bool:
    """
    Return whether what is billed once a day is billed more often.

    Rule ``once-a-day`` for a code, ``one-evaluation`` for the evaluations of a discipline.

    Args:
        units: Units of each of its lines.

    >>> beyond_once([1]), beyond_once([1, 1]), beyond_once([2])
    (False, True, True)
    """
    return sum(units) > 1


def exclusive_lines(
    codes: Sequence[str], *, one: Collection[str], other: Collection[str]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """
    Return which lines are of two sets of codes that exclude each other. Rule ``exclusive-codes``.

    Args:
        codes: The code of each line.
        one: Codes of which none goes with any of *other*.
        other: The codes they exclude.

    Returns:
        Places of the lines of *one* and of *other*; none unless both are on the claim.

    Source:
        Guides to CMS CR 14250 on 98979 and 98980, and on the device codes of 2 and of 16 days.

    >>> exclusive_lines(["98980", "97110", "98979"], one=["98979"], other=["98980", "98981"])
    ((2,), (0,))
    >>> exclusive_lines(["98980", "98981"], one=["98979"], other=["98980", "98981"])
    ((), ())
    """
    ones = tuple(place for place, code in enumerate(codes) if code in one)
    others = tuple(place for place, code in enumerate(codes) if code in other)
    return (ones, others) if ones and others else ((), ())


def duplicate_lines(lines: Sequence[tuple[str, Collection[str]]]) -> tuple[tuple[int, ...], ...]:
    """
    Return the places of lines with the same code and the same modifiers. Rule ``one-line-a-code``.

    Args:
        lines: Code and modifiers of each line; the order of modifiers does not matter.

    >>> duplicate_lines([("97110", ("GP",)), ("97110", ("GP", "CQ")), ("97110", ("CQ", "GP"))])
    ((1, 2),)
    """
    places: dict[Hashable, list[int]] = {}
    for place, (code, modifiers) in enumerate(lines):
        places.setdefault((code, frozenset(modifiers)), []).append(place)
    return tuple(tuple(same) for same in places.values() if len(same) > 1)


def plan_is_allowed(plan: Hashable, *, plans: Collection[Hashable]) -> bool:
    """
    Return whether a code may stand under a plan of care. Rule ``discipline-only``.

    Args:
        plan: The plan of care of the line.
        plans: Those that may carry the code.

    >>> plan_is_allowed("GP", plans=("GP",)), plan_is_allowed("GO", plans=("GP",))
    (True, False)
    """
    return plan in plans


def excess_units(billed: int, *, made: int) -> int:
    """
    Return the units that no documented minutes stand behind. Rule ``units-of-minutes``.

    Args:
        billed: Units on the claim.
        made: Most units that the documented minutes make.

    >>> excess_units(3, made=3), excess_units(4, made=3), excess_units(2, made=3)
    (0, 1, 0)
    """
    return max(0, billed - made)


def beyond_cap(units: Sequence[int], *, limit: int) -> int:
    """
    Return the units beyond a payer's cap. Rule ``payer-cap``.

    Args:
        units: Units of each line that the cap is on.
        limit: Most units together.

    >>> beyond_cap([2, 2], limit=4), beyond_cap([2, 3], limit=4)
    (0, 1)
    """
    return max(0, sum(units) - limit)


def paid_apart(status: str | None, *, refused: bool) -> bool | None:
    """
    Return whether Medicare pays a code apart; None where it bundles it. Rule ``payable-code``.

    Args:
        status: STATUS CODE of the fee schedule; B is bundled.
        refused: Whether Medicare does not take the code, or does not cover it.

    >>> paid_apart("A", refused=False), paid_apart("I", refused=True), paid_apart("B", refused=False)
    (True, False, None)
    """
    if refused:
        return False
    return None if status == "B" else True


def separate_times(first: Sequence[Span], second: Sequence[Span]) -> bool | None:
    """
    Return whether the record shows that two codes were given at separate times. Rule ``distinct-service``.

    Args:
        first: Start and end of each service of one code.
        second: Of the other.

    Returns:
        None where a service was not clocked, or there is none. An end at the other's start is separate.

    >>> separate_times([(0, 15)], [(15, 30)]), separate_times([(0, 15)], [(14, 30)])
    (True, False)
    >>> separate_times([(0, 15)], [None]) is None
    True
    """
    begun = [times for times in first if times is not None]
    other = [times for times in second if times is not None]
    if any(a < d and c < b for a, b in begun for c, d in other):
        return False
    if len(begun) < len(first) or len(other) < len(second) or not begun or not other:
        return None
    return True


def separate_regions(
    first: Collection[Region | None], second: Collection[Region | None]
) -> bool | None:
    """
    Return whether the record names separate regions of the body for two codes. Rule ``distinct-service``.

    Args:
        first: Region and side of each service of one code, as a closed list names them; None where the
            record names none, or none of the list.
        second: Of the other.

    Returns:
        None where a service has none, there is no service, or a side is not told.

    >>> separate_regions([("knee", "left")], [("neck", "")]), separate_regions([("neck", "")], [("neck", "")])
    (True, False)
    >>> separate_regions([("knee", "left")], [("knee", "right")])
    True
    >>> separate_regions([("knee", "")], [("knee", "left")]) is None, separate_regions([("neck", "")], [None]) is None
    (True, True)
    """
    pairs = [(one, other) for one in first for other in second]
    if any(one is not None and one == other for one, other in pairs):
        return False
    apart = [
        one is not None and other is not None and (one[0] != other[0] or bool(one[1] and other[1]))
        for one, other in pairs
    ]
    return True if apart and all(apart) else None
