"""The rules behind the claim checks, as functions of plain values."""

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
"""Start and end of a service as whole numbers in any unit of time; None if they were not recorded."""

Region: TypeAlias = tuple[str, str]
"""A body region and its side; the side is empty if the record names none."""


def denied_column_two(
    column_one: Sequence[bool], column_two: Sequence[bool], *, indicator: int, either_column: bool
) -> tuple[int, ...]:
    """
    Return which lines of the column 2 code a PTP edit denies. Rule ``ncci-ptp``.

    Args:
        column_one: For each line of the column 1 code, whether it has 59, XE, XP, XS, or XU.
        column_two: The same for each line of the column 2 code.
        indicator: 0 if no modifier allows both codes, 1 if a modifier does. A pair with 9 has no edit, so do
            not pass it.
        either_column: Whether the modifier may be on the column 1 code instead.

    Returns:
        Indexes into *column_two*.

    Source:
        NCCI Policy Manual: the column 1 code is paid. CR 11168: since 2019-07-01, the modifier may be on
        either code.

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
    return tuple(index for index, distinct in enumerate(column_two) if not distinct)


def beyond_limit(units: Sequence[int], *, limit: int, by_line: bool) -> tuple[int, ...]:
    """
    Return which lines of a code a medically unlikely edit (MUE) denies. Rule ``ncci-mue``.

    A per-day edit adds the units of all lines, and denies all lines if the sum is above the limit.

    Args:
        units: Units of each line of the code on the day.
        limit: Highest number of units that is paid.
        by_line: Whether each line is compared separately (adjudication indicator 1).

    Returns:
        Indexes of the denied lines.

    Source:
        Medicare contractors on the adjudication indicator, as reported by secondary sources.

    >>> beyond_limit([4, 2], limit=6, by_line=False), beyond_limit([4, 3], limit=6, by_line=False)
    ((), (0, 1))
    >>> beyond_limit([7, 6], limit=6, by_line=True)
    (0,)
    """
    if by_line:
        return tuple(index for index, count in enumerate(units) if count > limit)
    return tuple(range(len(units))) if sum(units) > limit else ()


def add_ons_alone(
    codes: Sequence[str], *, adds_to: Mapping[str, Collection[str]]
) -> tuple[int, ...]:
    """
    Return which lines have an add-on code without its first code. Rule ``add-on-alone``.

    Args:
        codes: The code of each line.
        adds_to: The first codes that each add-on code may follow.

    Returns:
        Indexes of the add-on lines.

    >>> add_ons_alone(["97130", "97129"], adds_to={"97130": ["97129"]})
    ()
    >>> add_ons_alone(["97110", "97130"], adds_to={"97130": ["97129"]})
    (1,)
    """
    there = set(codes)
    return tuple(
        index
        for index, code in enumerate(codes)
        if code in adds_to and there.isdisjoint(adds_to[code])
    )


def beyond_once(units: Sequence[int]) -> bool:
    """
    Return whether something that is billed once a day is billed more than once.

    Rule ``once-a-day`` for a code, ``one-evaluation`` for the evaluations of a discipline.

    Args:
        units: Units of each line.

    >>> beyond_once([1]), beyond_once([1, 1]), beyond_once([2])
    (False, True, True)
    """
    return sum(units) > 1


def exclusive_lines(
    codes: Sequence[str], *, one: Collection[str], other: Collection[str]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """
    Return the lines with codes from two lists that exclude each other. Rule ``exclusive-codes``.

    Args:
        codes: The code of each line.
        one: Codes that are not billed together with a code in *other*.
        other: Codes that are not billed together with a code in *one*.

    Returns:
        Indexes of the lines with a code in *one*, and of the lines with a code in *other*. Both are empty
        unless the claim has codes from both lists.

    Source:
        Guides to CMS CR 14250 on 98979 and 98980, and on the device codes for 2 and for 16 days.

    >>> exclusive_lines(["98980", "97110", "98979"], one=["98979"], other=["98980", "98981"])
    ((2,), (0,))
    >>> exclusive_lines(["98980", "98981"], one=["98979"], other=["98980", "98981"])
    ((), ())
    """
    ones = tuple(index for index, code in enumerate(codes) if code in one)
    others = tuple(index for index, code in enumerate(codes) if code in other)
    return (ones, others) if ones and others else ((), ())


def duplicate_lines(lines: Sequence[tuple[str, Collection[str]]]) -> tuple[tuple[int, ...], ...]:
    """
    Return groups of lines with the same code and the same modifiers. Rule ``one-line-a-code``.

    Args:
        lines: Code and modifiers of each line. The order of the modifiers does not matter.

    Returns:
        The indexes of each group of two or more lines.

    >>> duplicate_lines([("97110", ("GP",)), ("97110", ("GP", "CQ")), ("97110", ("CQ", "GP"))])
    ((1, 2),)
    """
    indexes: dict[Hashable, list[int]] = {}
    for index, (code, modifiers) in enumerate(lines):
        indexes.setdefault((code, frozenset(modifiers)), []).append(index)
    return tuple(tuple(same) for same in indexes.values() if len(same) > 1)


def plan_is_allowed(plan: Hashable, *, plans: Collection[Hashable]) -> bool:
    """
    Return whether a code can be billed under a plan of care. Rule ``discipline-only``.

    Args:
        plan: The plan of care of the line.
        plans: The plans of care that the code can be billed under.

    >>> plan_is_allowed("GP", plans=("GP",)), plan_is_allowed("GO", plans=("GP",))
    (True, False)
    """
    return plan in plans


def excess_units(billed: int, *, made: int) -> int:
    """
    Return how many units the documented minutes do not support. Rule ``units-of-minutes``.

    Args:
        billed: Units on the claim.
        made: Highest number of units that the documented minutes make.

    >>> excess_units(3, made=3), excess_units(4, made=3), excess_units(2, made=3)
    (0, 1, 0)
    """
    return max(0, billed - made)


def beyond_cap(units: Sequence[int], *, limit: int) -> int:
    """
    Return how many units are above a payer's cap. Rule ``payer-cap``.

    Args:
        units: Units of each line that the cap applies to.
        limit: Highest number of units in total.

    >>> beyond_cap([2, 2], limit=4), beyond_cap([2, 3], limit=4)
    (0, 1)
    """
    return max(0, sum(units) - limit)


def paid_apart(status: str | None, *, refused: bool) -> bool | None:
    """
    Return whether Medicare pays a code separately; None if it bundles the code. Rule ``payable-code``.

    Args:
        status: STATUS CODE in the fee schedule: Medicare bundles B, does not cover N, and does not accept I. If it is
            None, only *refused* decides.
        refused: Whether Medicare does not accept or does not cover the code.

    >>> paid_apart("A", refused=False), paid_apart("N", refused=False), paid_apart("B", refused=False)
    (True, False, None)
    """
    if refused or status in ("I", "N"):
        return False
    return None if status == "B" else True


def separate_times(first: Sequence[Span], second: Sequence[Span]) -> bool | None:
    """
    Return whether the record shows separate times for two codes. Rule ``distinct-service``.

    Args:
        first: Start and end of each service with one code.
        second: Start and end of each service with the other code.

    Returns:
        False if any times overlap. True if no times overlap; a service may start at the moment when another
        one ends. None if a time is missing, or a code has no service.

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
    Return whether the record names separate body regions for two codes. Rule ``distinct-service``.

    Args:
        first: Region and side of each service with one code; None if the record names no region that is in
            our list.
        second: The same for the other code.

    Returns:
        False if both codes have a service with the same region and side. True if all regions or sides are
        different. None if a region or a needed side is missing, or a code has no service.

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
    separate = [
        one is not None and other is not None and (one[0] != other[0] or bool(one[1] and other[1]))
        for one, other in pairs
    ]
    return True if separate and all(separate) else None
