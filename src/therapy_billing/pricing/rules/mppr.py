"""
The therapy multiple procedure payment reduction (MPPR): every unit of the day but one is reduced.

The units are those of all always-therapy codes that one billing group gives a patient on a day,
whatever the discipline and the claim.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from therapy_billing.base.money import Usd

__all__ = ["RankedLine", "full_rate_line"]


class RankedLine(NamedTuple):
    """
    What ranks the units of a line.

    Args:
        practice_expense: RVU of practice expense of one unit, of the setting.
        amount: Dollars of one unit in full.
        order: What decides between units that are equal in both; it changes no allowed amount of the day.
    """

    practice_expense: Decimal
    amount: Usd
    order: tuple[Any, ...]


def full_rate_line(lines: Sequence[RankedLine]) -> int:
    """
    Return the place of the line that holds the one unit paid in full.

    The rule ``mppr-full-unit``.

    It is the unit with the highest practice expense; of equal ones, the one with the highest amount;
    of those still equal, the first by *order*.

    Args:
        lines: Lines with at least one unit subject to the reduction; at least one line.

    Source:
        Novitas and NGS pages on the therapy MPPR; 42 U.S.C. 1395m(k)(7).

    >>> evaluation = RankedLine(Decimal("1.38"), Decimal("97.86"), ("97161",))
    >>> sensory = RankedLine(Decimal("1.33"), Decimal("60.79"), ("97533",))
    >>> full_rate_line([sensory, evaluation])
    1
    >>> full_rate_line([RankedLine(Decimal(8), Decimal(20), ("B",)), RankedLine(Decimal(10), Decimal(18), ("A",))])
    1
    """
    best = 0
    for place in range(1, len(lines)):
        this, that = lines[place], lines[best]
        if this[:2] > that[:2] or (this[:2] == that[:2] and this.order < that.order):
            best = place
    return best
