"""Rules for the modifiers of one claim line: required, contradictory, or too many modifiers, and their order."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

__all__ = [
    "assistant_faults",
    "contradicts_kx",
    "not_taken",
    "ordered",
    "plans_named",
    "unmarked_units",
    "without_room",
]


def plans_named(modifiers: Sequence[str], *, plans: Collection[str]) -> tuple[str, ...]:
    """
    Return the modifiers of a line that name a plan of care (GP, GO, GN). Rule ``plan-modifier``.

    A therapy line needs exactly one of them.

    Args:
        modifiers: The modifiers of the line.
        plans: All modifiers that name a plan of care.

    >>> plans_named(["GP", "59"], plans={"GP", "GO", "GN"}), plans_named(["59"], plans={"GP"})
    (('GP',), ())
    """
    return tuple(modifier for modifier in modifiers if modifier in plans)


def assistant_faults(modifiers: Sequence[str], *, belongs_to: Mapping[str, str]) -> tuple[str, ...]:
    """
    Return the assistant modifiers that lack their plan modifier. Rule ``assistant-modifier-plan``.

    Args:
        modifiers: The modifiers of the line.
        belongs_to: The plan modifier that each assistant modifier needs.

    >>> pairs = {"CQ": "GP", "CO": "GO"}
    >>> assistant_faults(["GP", "CQ"], belongs_to=pairs), assistant_faults(["GO", "CQ"], belongs_to=pairs)
    ((), ('CQ',))
    """
    return tuple(
        modifier
        for modifier in modifiers
        if modifier in belongs_to and belongs_to[modifier] not in modifiers
    )


def unmarked_units(furnished: int, *, marked: int, units: int) -> int:
    """
    Return how many of an assistant's units are missing CQ or CO. Rule ``assistant-modifier-missing``.

    Args:
        furnished: Units that an assistant furnished in whole or in part.
        marked: Units on lines with CQ or CO.
        units: Units of the code on the claim.

    >>> unmarked_units(2, marked=2, units=3), unmarked_units(2, marked=1, units=3), unmarked_units(2, marked=0, units=1)
    (0, 1, 1)
    """
    return max(0, min(furnished, units) - marked)


def not_taken(modifiers: Sequence[str], *, allowed: Collection[str] | None) -> tuple[str, ...]:
    """
    Return the modifiers that a payer does not accept. Rule ``modifier-allowed``.

    Args:
        modifiers: The modifiers of the line.
        allowed: The modifiers that the payer accepts; None means any.

    >>> not_taken(["GP", "CQ"], allowed=("GP", "59")), not_taken(["GP", "CQ"], allowed=None)
    (('CQ',), ())
    """
    if allowed is None:
        return ()
    return tuple(modifier for modifier in modifiers if modifier not in allowed)


def without_room(modifiers: Sequence[str], *, most: int) -> tuple[str, ...]:
    """
    Return the modifiers that do not fit on a claim line. Rule ``modifier-count``.

    Args:
        modifiers: The modifiers of the line, the most important first.
        most: How many modifiers fit on a line.

    >>> without_room(["GP", "CQ", "KX", "59"], most=4), without_room(["GP", "CQ", "KX", "59", "95"], most=4)
    ((), ('95',))
    """
    return tuple(modifiers[most:])


def ordered(modifiers: Sequence[str], *, order: Sequence[str]) -> tuple[str, ...]:
    """
    Return *modifiers* in the order that a payer requires. Rule ``modifier-order``.

    Args:
        modifiers: The modifiers of the line.
        order: The modifiers that have a fixed rank. All other modifiers follow in their given order.

    >>> ordered(["59", "GP", "LT"], order=("GP", "KX", "59"))
    ('GP', '59', 'LT')
    """
    rank = {modifier: index for index, modifier in enumerate(order)}
    return tuple(sorted(modifiers, key=lambda modifier: rank.get(modifier, len(order))))


def contradicts_kx(modifiers: Sequence[str], *, not_necessary: Collection[str]) -> tuple[str, ...]:
    """
    Return the modifiers that contradict KX on the same line. Rule ``kx-with-liability``.

    Args:
        modifiers: The modifiers of the line.
        not_necessary: The modifiers that report an expected denial as not medically necessary (GA, GZ).

    Source:
        General knowledge: KX attests medical necessity; GA and GZ report an expected denial because the service
        is not medically necessary. A Medicare contractor says the same about KX and GA on claims for equipment.

    >>> lines = (("GP", "KX", "GA"), ("GP", "GA"), ("GP", "KX"))
    >>> [contradicts_kx(modifiers, not_necessary=("GA", "GZ")) for modifiers in lines]
    [('GA',), (), ()]
    """
    if "KX" not in modifiers:
        return ()
    return tuple(modifier for modifier in modifiers if modifier in not_necessary)
