"""
The therapy multiple procedure payment reduction (MPPR): one unit per day is paid in full.

It applies to all units of always-therapy codes that one billing group bills for a patient on a day, across
disciplines and claims.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from therapy_billing.base.money import Usd

__all__ = ["RankedLine", "full_rate_line"]


class RankedLine(NamedTuple):
    """
    The values that rank a line under MPPR.

    Args:
        practice_expense: Practice expense RVUs of one unit in the setting.
        amount: Dollars of one unit at the full rate.
        order: A sort key that decides between lines with the same practice expense and amount. It does not
            change the total allowed for the day.
    """

    practice_expense: Decimal
    amount: Usd
    order: tuple[Any, ...]


def full_rate_line(lines: Sequence[RankedLine]) -> int:
    """
    Return the index of the line with the one unit that is paid in full.

    Applies the rule ``mppr-full-unit``. The unit with the highest practice expense is paid in full. If
    several units tie, the unit with the highest amount is paid in full. If units still tie, the unit of the
    first line by *order* is paid in full.

    Args:
        lines: The lines with units that are subject to MPPR; at least one line.

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
    for index in range(1, len(lines)):
        this, that = lines[index], lines[best]
        if this[:2] > that[:2] or (this[:2] == that[:2] and this.order < that.order):
            best = index
    return best
