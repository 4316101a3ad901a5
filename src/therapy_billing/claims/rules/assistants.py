"""
Which units of a code carry the assistant modifier, CQ or CO.

Each full quarter (15 minutes) of a clinician is a unit of that clinician. The rule in force that year
decides the remaining units. Minutes that the therapist and the assistant treated together count as the
therapist's. We did not have the text of the 2022 final rule or all examples on the CMS page. The rule since
2022 follows the CMS therapy services page and secondary sources.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from therapy_billing.base.money import EXACT, WholeNumber

__all__ = [
    "AssistantUnits",
    "exceeds",
    "exceeds_by_percentage",
    "exceeds_by_simple_method",
    "split_units_2020",
    "split_units_2022",
    "whole_units",
]

Exceeds: TypeAlias = Callable[[int, int], bool]
"""A function of the assistant's minutes and all minutes. It returns whether the de minimis share is exceeded."""


class AssistantUnits(NamedTuple):
    """
    The units of a code with and without the assistant modifier.

    Args:
        therapist_whole: Units from full quarters (15 minutes) of the therapist, without the modifier.
        assistant_whole: Units from full quarters (15 minutes) of the assistant, with the modifier.
        therapist_left: Leftover minutes of the therapist.
        assistant_left: Leftover minutes of the assistant.
        left_without: Units that remain after full quarters and carry no modifier.
        left_with: Units that remain after full quarters and carry the modifier.
    """

    therapist_whole: int
    assistant_whole: int
    therapist_left: int
    assistant_left: int
    left_without: int
    left_with: int

    @property
    def units_without(self) -> int:
        """Total units without the modifier."""
        return self.therapist_whole + self.left_without

    @property
    def units_with(self) -> int:
        """Total units with the modifier."""
        return self.assistant_whole + self.left_with


def exceeds(assistant: int, total: int, *, de_minimis: Decimal) -> bool:
    """
    Return whether *assistant* minutes exceed the de minimis share of *total* minutes, without rounding.

    Rule ``assistant-exact``.

    >>> [exceeds(minutes, 20, de_minimis=Decimal("0.10")) for minutes in (2, 3)]
    [False, True]
    """
    return assistant > EXACT.multiply(Decimal(total), de_minimis)


def exceeds_by_simple_method(assistant: int, total: int, *, de_minimis: Decimal) -> bool:
    """
    Return whether *assistant* minutes exceed the de minimis share, by the simple method.

    Take the de minimis share of *total*, round to the nearest whole minute (0.5 rounds up), and add
    1 minute. If the assistant has at least this many minutes, the share is exceeded. Rule
    ``assistant-simple-method``.

    >>> [exceeds_by_simple_method(minutes, 15, de_minimis=Decimal("0.10")) for minutes in (2, 3)]
    [False, True]
    """
    minutes = EXACT.multiply(Decimal(total), de_minimis)
    return assistant >= _whole(minutes) + 1


def exceeds_by_percentage(assistant: int, total: int, *, de_minimis: Decimal) -> bool:
    """
    Return whether *assistant* minutes exceed the de minimis share, by the percentage method.

    Round the assistant's share to a whole percentage (0.5 rounds up) before comparing. Rule
    ``assistant-percentage-method``.

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
    Split the units of a code by the rule in force since 2022.

    Rules ``assistant-whole-units`` and ``assistant-units-2022``.

    If one unit remains, it carries no modifier if the therapist's leftover minutes make a unit (8 or more).
    Otherwise it carries the modifier if the assistant's leftover minutes make a unit or exceed the de minimis
    share. If two units remain, one carries the modifier if the assistant's leftover minutes exceed that share.

    Args:
        therapist: Whole minutes of the therapist, alone or together with the assistant.
        assistant: Whole minutes of the assistant alone.
        units: Units of the code on that day.
        unit_minutes: Minutes of a unit.
        fewest_minutes: Fewest minutes that make a unit.
        exceeds: Whether an assistant's minutes exceed the de minimis share of all minutes.

    Source:
        CMS therapy services page (CY 2026); pt-management.com for the order of the steps. The page
        describes two remaining units for two clinicians with 9 to 14 minutes each and 23 to 28 minutes in
        total. We apply this also if minutes of another code made the second unit (our own reading).

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
    whole = whole_units(therapist, assistant, units, unit_minutes)
    left = units - whole[0] - whole[1]
    if not left:
        return AssistantUnits(*whole, 0, 0)
    therapist_left, assistant_left = whole[2:]
    above_minimum = exceeds(assistant_left, therapist_left + assistant_left)
    if left == 1:
        with_modifier = therapist_left < fewest_minutes and (
            assistant_left >= fewest_minutes or above_minimum
        )
        return AssistantUnits(*whole, int(not with_modifier), int(with_modifier))
    without = int(therapist_left > 0) if above_minimum else left
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
    Split the units of a code by the rule of 2020 and 2021.

    All remaining units carry the modifier if the assistant's leftover minutes exceed the de minimis share.
    Rule ``assistant-units-2020``, after ``assistant-whole-units``.

    Args:
        therapist: Whole minutes of the therapist, alone or together with the assistant.
        assistant: Whole minutes of the assistant alone.
        units: Units of the code on that day.
        unit_minutes: Minutes of a unit.
        exceeds: Whether an assistant's minutes exceed the de minimis share of all minutes.

    Source:
        CY 2020 PFS final rule, 84 FR 62702, as reported by secondary sources. Two remaining units both
        carry the modifier; this is our own reading.

    >>> def tenth(part: int, whole: int) -> bool:
    ...     return exceeds(part, whole, de_minimis=Decimal("0.10"))
    >>> split_units_2020(8, 7, 1, unit_minutes=15, exceeds=tenth).units_with
    1
    """
    whole = whole_units(therapist, assistant, units, unit_minutes)
    left = units - whole[0] - whole[1]
    above_minimum = exceeds(whole[3], whole[2] + whole[3])
    return AssistantUnits(*whole, 0 if above_minimum else left, left if above_minimum else 0)


def whole_units(
    therapist: WholeNumber,
    assistant: WholeNumber,
    units: WholeNumber,
    unit_minutes: int,
    *,
    smaller: Callable[..., WholeNumber] = min,
) -> tuple[WholeNumber, WholeNumber, WholeNumber, WholeNumber]:
    """
    Return each clinician's units from full quarters (15 minutes), at most *units* in all, and their leftover minutes.

    Rule ``assistant-whole-units``. The numbers are ints, or arrays with *smaller* as their minimum.

    >>> whole_units(32, 16, 4, 15), whole_units(32, 16, 2, 15)
    ((2, 1, 2, 1), (2, 0, 2, 1))
    """
    of_therapist = smaller(therapist // unit_minutes, units)
    of_assistant = smaller(assistant // unit_minutes, units - of_therapist)
    return of_therapist, of_assistant, therapist % unit_minutes, assistant % unit_minutes


def _whole(number: Decimal) -> int:
    return int(number.to_integral_value(context=EXACT))
