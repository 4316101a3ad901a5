"""The annual therapy threshold: which lines need KX, and which visit goes above the threshold."""

from __future__ import annotations

from collections.abc import Sequence

from therapy_billing.base.money import EXACT, Usd

__all__ = ["crossing_visit", "lines_beyond"]


def lines_beyond(
    accrued: Usd, amounts: Sequence[Usd], *, threshold: Usd
) -> tuple[tuple[bool, ...], Usd]:
    """
    Return whether each line is above the threshold, and the year-to-date allowed dollars after the lines.

    Applies the rule ``kx-threshold``. The line that crosses the threshold is above it, and so are the
    lines after it.

    Args:
        accrued: Year-to-date allowed dollars before these lines.
        amounts: Allowed dollars of each line, in order.
        threshold: The annual threshold in dollars. A sum equal to the threshold is not above it.

    Source:
        42 U.S.C. 1395l(g). The common reading is that a sum equal to the threshold is not above it; we found no
        official text on that case.

    >>> from decimal import Decimal
    >>> lines = (Decimal("30.00"), Decimal("0.01"), Decimal("10.00"))
    >>> lines_beyond(Decimal("2450.00"), lines, threshold=Decimal("2480.00"))
    ((False, True, True), Decimal('2490.01'))
    """
    above = []
    for amount in amounts:
        accrued = EXACT.add(accrued, amount)
        above.append(accrued > threshold)
    return tuple(above), accrued


def crossing_visit(accrued: Usd, per_visit: Usd, *, threshold: Usd) -> int:
    """
    Return which visit goes above the threshold: 1 is the next visit; 0 means that the amount is already above.

    Args:
        accrued: Year-to-date allowed dollars.
        per_visit: Allowed dollars of each visit, more than zero.
        threshold: The annual threshold in dollars. A sum equal to the threshold is not above it.

    >>> from decimal import Decimal
    >>> crossing_visit(Decimal("2280.00"), Decimal("100.00"), threshold=Decimal("2480.00"))
    3
    >>> crossing_visit(Decimal("2280.01"), Decimal("100.00"), threshold=Decimal("2480.00"))
    2
    """
    left = EXACT.subtract(threshold, accrued)
    if left < 0:
        return 0
    return int(EXACT.divide_int(left, per_visit)) + 1
