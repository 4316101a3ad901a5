"""
Which units of a code carry the assistant modifier, CQ or CO.

Whole quarters first: each belongs to whoever gave it. Then the units that are left, by the rule of the
year. Minutes that therapist and assistant gave together are the therapist's. The original text of the
final rule of 2022 and the full set of examples on the CMS page were not available; the rule is as the CMS
therapy services page and secondary sources word it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from therapy_billing.base.money import EXACT

__all__ = [
    "AssistantUnits",
    "exceeds",
    "exceeds_by_percentage",
    "exceeds_by_simple_method",
    "not_payable_by_assistants",
    "split_units_2020",
    "split_units_2022",
]

Exceeds: TypeAlias = Callable[[int, int], bool]
"""Whether an assistant's minutes, of all minutes, are more than the de minimis part."""


class AssistantUnits(NamedTuple):
    """
    The units of a code by whether they carry the assistant modifier.

    Args:
        therapist_whole: Whole units of the therapist.
        assistant_whole: Whole units of the assistant; with the modifier.
        therapist_left: Minutes of the therapist beyond them.
        assistant_left: Minutes of the assistant beyond them.
        left_without: Units left that carry no modifier.
        left_with: Units left that carry it.
    """

    therapist_whole: int
    assistant_whole: int
    therapist_left: int
    assistant_left: int
    left_without: int
    left_with: int

    @property
    def units_without(self) -> int:
        """Units without the modifier."""
        return self.therapist_whole + self.left_without

    @property
    def units_with(self) -> int:
        """Units with the modifier."""
        return self.assistant_whole + self.left_with


def exceeds(assistant: int, total: int, *, de_minimis: Decimal) -> bool:
    """
    Return whether *assistant* of *total* minutes are more than the de minimis part, without rounding.

    The rule ``assistant-exact``.

    >>> [exceeds(minutes, 20, de_minimis=Decimal("0.10")) for minutes in (2, 3)]
    [False, True]
    """
    return assistant > EXACT.multiply(Decimal(total), de_minimis)


def exceeds_by_simple_method(assistant: int, total: int, *, de_minimis: Decimal) -> bool:
    """
    Return the same by the simple method: the de minimis minutes in whole minutes, half up, plus one.

    The rule ``assistant-simple-method``.

    >>> [exceeds_by_simple_method(minutes, 15, de_minimis=Decimal("0.10")) for minutes in (2, 3)]
    [False, True]
    """
    minutes = EXACT.multiply(Decimal(total), de_minimis)
    return assistant >= _whole(minutes) + 1


def exceeds_by_percentage(assistant: int, total: int, *, de_minimis: Decimal) -> bool:
    """
    Return the same by the percentage method: the assistant's part in whole percent, half up.

    The rule ``assistant-percentage-method``.

    >>> [exceeds_by_percentage(minutes, 38, de_minimis=Decimal("0.10")) for minutes in (3, 4)]
    [False, True]
    """
    if not assistant:
        return False
    percent = _whole(EXACT.divide(Decimal(100 * assistant), Decimal(total)))
    return percent > EXACT.multiply(Decimal(100), de_minimis)


def split_units_2022(
    therapist: int,
    assistant: int,
    units: int,
    *,
    unit_minutes: int,
    fewest_minutes: int,
    exceeds: Exceeds,
) -> AssistantUnits:
    """
    Return the units of a code by the rule in force since 2022.

    The rules ``assistant-whole-units`` and ``assistant-units-2022``.

    Of one unit left, the therapist's with the fewest minutes that make a unit is without the modifier,
    whatever the assistant adds; else the assistant's with as many carries it; else the de minimis part
    decides. Of two units left, one is the therapist's and one is the assistant's.

    Args:
        therapist: Whole minutes of the therapist, alone or together with the assistant.
        assistant: Whole minutes of the assistant alone.
        units: Units of the code, as the minutes of the day made them.
        unit_minutes: Minutes of a unit.
        fewest_minutes: Fewest minutes that make a unit.
        exceeds: Whether minutes of an assistant are more than the de minimis part of all.

    Source:
        CMS therapy services page (CY 2026); the order of the steps as pt-management.com gives it. The
        page tells of two units left where each of the two gave 9 to 14 minutes, 23 to 28 together. That
        they are shared alike where the minutes of another code made the second unit is a reading.

    >>> def tenth(part: int, whole: int) -> bool:
    ...     return exceeds(part, whole, de_minimis=Decimal("0.10"))
    >>> def split(therapist: int, assistant: int, units: int) -> tuple[int, int]:
    ...     found = split_units_2022(
    ...         therapist, assistant, units, unit_minutes=15, fewest_minutes=8, exceeds=tenth
    ...     )
    ...     return found.units_without, found.units_with
    >>> split(13, 23, 2), split(12, 14, 2), split(6, 5, 1), split(8, 7, 1)
    ((1, 1), (1, 1), (0, 1), (1, 0))
    """
    whole = _whole_units(therapist, assistant, units, unit_minutes)
    left = units - whole[0] - whole[1]
    if not left:
        return AssistantUnits(*whole, 0, 0)
    therapist_left, assistant_left = whole[2:]
    in_part = exceeds(assistant_left, therapist_left + assistant_left)
    if left == 1:
        with_modifier = therapist_left < fewest_minutes and (
            assistant_left >= fewest_minutes or in_part
        )
        return AssistantUnits(*whole, int(not with_modifier), int(with_modifier))
    without = int(therapist_left > 0) if in_part else left
    return AssistantUnits(*whole, without, left - without)


def split_units_2020(
    therapist: int,
    assistant: int,
    units: int,
    *,
    unit_minutes: int,
    exceeds: Exceeds,
) -> AssistantUnits:
    """
    Return the units of a code by the rule of 2020 and 2021: the de minimis part decides every unit left.

    The rule ``assistant-units-2020``, after ``assistant-whole-units``.

    Args:
        therapist: Whole minutes of the therapist, alone or together with the assistant.
        assistant: Whole minutes of the assistant alone.
        units: Units of the code, as the minutes of the day made them.
        unit_minutes: Minutes of a unit.
        exceeds: Whether minutes of an assistant are more than the de minimis part of all.

    Source:
        CY 2020 PFS final rule, 84 FR 62702, as secondary sources report it. That two units left both
        carry the modifier is a reading.

    >>> def tenth(part: int, whole: int) -> bool:
    ...     return exceeds(part, whole, de_minimis=Decimal("0.10"))
    >>> split_units_2020(8, 7, 1, unit_minutes=15, exceeds=tenth).units_with
    1
    """
    whole = _whole_units(therapist, assistant, units, unit_minutes)
    left = units - whole[0] - whole[1]
    in_part = exceeds(whole[3], whole[2] + whole[3])
    return AssistantUnits(*whole, 0 if in_part else left, left if in_part else 0)


def not_payable_by_assistants(
    codes: Iterable[str], *, recognized: bool, therapist_only: Collection[str]
) -> frozenset[str]:
    """
    Return the codes furnished by assistants for which Medicare does not pay. Rule ``assistant-scope``.

    Args:
        codes: The codes that an assistant furnished, in whole or in part.
        recognized: Whether Medicare recognizes assistants of the discipline: those of PT and OT, not of SLP.
        therapist_only: The evaluations, which no assistant furnishes.

    Source:
        CMS Pub. 100-02, ch. 15, sections 230.1.C, 230.2.C, and 230.3.C.

    >>> evaluations = {"97161"}
    >>> not_payable_by_assistants(["97161", "97110"], recognized=True, therapist_only=evaluations)
    frozenset({'97161'})
    >>> not_payable_by_assistants(["92507"], recognized=False, therapist_only=evaluations)
    frozenset({'92507'})
    """
    return frozenset(code for code in codes if not recognized or code in therapist_only)


def _whole_units(
    therapist: int, assistant: int, units: int, unit_minutes: int
) -> tuple[int, int, int, int]:
    """Return the whole units of each, never more than there are, and the minutes beyond them."""
    of_therapist = min(therapist // unit_minutes, units)
    of_assistant = min(assistant // unit_minutes, units - of_therapist)
    return of_therapist, of_assistant, therapist % unit_minutes, assistant % unit_minutes


def _whole(number: Decimal) -> int:
    return int(number.to_integral_value(context=EXACT))
