"""The annual therapy threshold: which lines need KX, and when a patient will get there."""

from __future__ import annotations

from collections.abc import Sequence

from therapy_billing.base.money import EXACT, Usd

__all__ = ["crossing_visit", "lines_beyond"]


def lines_beyond(
    accrued: Usd, amounts: Sequence[Usd], *, threshold: Usd
) -> tuple[tuple[bool, ...], Usd]:
    """
    Return which lines lie beyond the threshold, and the allowed dollars of the year after them.

    The rule ``kx-threshold``.

    Beyond lie the line that crosses it, and those after it.

    Args:
        accrued: Allowed dollars of the year before these lines.
        amounts: Allowed dollars of each line, in order.
        threshold: Dollars; a sum equal to it is not beyond.

    Source:
        42 U.S.C. 1395l(g). That exactly the threshold is not beyond it is the common reading; no
        official text on that case was seen.

    >>> from decimal import Decimal
    >>> lines = (Decimal("30.00"), Decimal("0.01"), Decimal("10.00"))
    >>> lines_beyond(Decimal("2450.00"), lines, threshold=Decimal("2480.00"))
    ((False, True, True), Decimal('2490.01'))
    """
    beyond = []
    for amount in amounts:
        accrued = EXACT.add(accrued, amount)
        beyond.append(accrued > threshold)
    return tuple(beyond), accrued


def crossing_visit(accrued: Usd, per_visit: Usd, *, threshold: Usd) -> int:
    """
    Return which visit from now crosses the threshold; 0 when it is crossed already.

    Args:
        accrued: Allowed dollars of the year so far.
        per_visit: Allowed dollars of each visit, above zero.
        threshold: Dollars; a sum equal to it is not beyond.

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
