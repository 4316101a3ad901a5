"""Rules for the modifiers of services: which units of a code carry them."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["share_units"]


def share_units(
    units: int, minutes: Sequence[int], *, unit_minutes: int, most: Sequence[int] | None = None
) -> tuple[int, ...]:
    """
    Divide the *units* of a code among groups of its services, such as those with modifier 95. Rule ``modifier-units``.

    Each group first gets its full periods. The units that are left go to the groups with the most leftover minutes, to the
    earlier group if they are equal. If a cap left fewer units than full periods, the groups with the fewest minutes lose
    units first.

    Args:
        units: The units of the code.
        minutes: The minutes of each group, in documented order.
        unit_minutes: Minutes of one unit.
        most: The most units that each group can have; None if there is no limit. Their sum is at least *units*.

    Returns:
        The units of each group.

    Source:
        Our own reading, after the eight-minute rule. No source says how to divide the units.

    >>> [share_units(units, [23, 15], unit_minutes=15) for units in (1, 2, 3)]
    [(1, 0), (1, 1), (2, 1)]
    >>> share_units(2, [0, 40], unit_minutes=15, most=[1, 1])
    (1, 1)
    """
    limits = [units] * len(minutes) if most is None else list(most)
    shares = [
        min(given // unit_minutes, limit) for given, limit in zip(minutes, limits, strict=True)
    ]
    while sum(shares) > units:
        index = min(
            (index for index, share in enumerate(shares) if share),
            key=lambda index: (minutes[index], -index),
        )
        shares[index] -= 1
    while sum(shares) < units:
        index = max(
            (index for index, share in enumerate(shares) if share < limits[index]),
            key=lambda index: (minutes[index] - shares[index] * unit_minutes, -index),
        )
        shares[index] += 1
    return tuple(shares)
