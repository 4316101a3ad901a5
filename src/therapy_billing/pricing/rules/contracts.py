"""
Contract terms for amounts: the charge as a limit, an amount per visit, and a maximum per day.

Shares are computed in whole cents. Each line first gets the whole cents of its proportional share;
the leftover cents go, one per line, to the lines with the largest remainders. Rounding each share
separately would be simpler, but the shares would not always add up to the total.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from therapy_billing.base.money import EXACT, Usd, parse_usd

__all__ = ["cap_day", "lesser_of_charge", "share_out"]

_CENT = Decimal("0.01")


def lesser_of_charge(allowed: Usd, charge: Usd | None) -> Usd:
    """
    Return the lesser of *allowed* and *charge*. Applies the rule ``lesser-of-charge``.

    Args:
        allowed: Dollars that the fee schedule or contract allows.
        charge: Dollars that the provider charges for the same services; None if not known.

    Returns:
        Dollars; *allowed* if the charge is not known.

    Source:
        42 U.S.C. 1395l for Medicare; for other payers, the contract.

    >>> [str(lesser_of_charge(Decimal("40.42"), Decimal(c))) for c in ("40.41", "40.42", "40.43")]
    ['40.41', '40.42', '40.42']
    """
    return allowed if charge is None else min(allowed, charge)


def share_out(total: Usd, weights: Sequence[Usd]) -> tuple[Usd, ...]:
    """
    Divide *total* among lines in proportion to *weights*, to the cent. Applies the rule ``per-visit-rate``.

    Every share is less than a cent away from its exact value. Lines with equal weights differ by at most
    one cent. A line with a larger weight never gets less than a line with a smaller weight.

    Args:
        total: Dollars to divide: not negative, in whole cents.
        weights: The weight of each line, such as its dollars or its units: not negative, with at most two
            decimal places. If all weights are zero, the total is divided equally.

    Returns:
        Dollars of each line, in the order of *weights*. They add up to *total*. Leftover cents go to the
        lines with the largest remainders; if remainders are equal, to the earlier line. Without weights, the
        result is empty.

    Raises:
        InvalidInputError: If *total* or a weight is negative or has more than two decimal places.

    Source:
        Our own reading: contracts do not say which line gets a leftover cent.

    >>> even = [Decimal(1)] * 3
    >>> [[str(part) for part in share_out(Decimal(total), even)] for total in ("0.06", "0.07", "0.08")]
    [['0.02', '0.02', '0.02'], ['0.03', '0.02', '0.02'], ['0.03', '0.03', '0.02']]
    """
    return _shares(_whole_cents(total), [_whole_cents(weight) for weight in weights])


def cap_day(amounts: Sequence[Usd], maximum: Usd) -> tuple[Usd, ...]:
    """
    Reduce the *amounts* of a day in proportion if they exceed *maximum*.

    Applies the rules ``per-day-maximum``, ``cap-dollars``, and ``cap-rvus``. No amount is ever raised.

    Args:
        amounts: Dollars of each line of the day: not negative, in whole cents.
        maximum: The most dollars allowed for the day: not negative, in whole cents.

    Returns:
        Dollars of each line, in the order of *amounts*. If their sum is within the maximum, they are
        unchanged. Otherwise :func:`share_out` divides the maximum among the lines.

    Raises:
        InvalidInputError: If an amount or *maximum* is negative or has more than two decimal places.

    Source:
        The contract. Reducing the lines in proportion is our own reading.

    >>> day = [Decimal("60.00"), Decimal("40.00")]
    >>> [[str(part) for part in cap_day(day, Decimal(most))] for most in ("100", "99.99", "99.98")]
    [['60.00', '40.00'], ['59.99', '40.00'], ['59.99', '39.99']]
    """
    counted = [_whole_cents(amount) for amount in amounts]
    most = _whole_cents(maximum)
    return tuple(amounts) if sum(counted) <= most else _shares(most, counted)


def _whole_cents(amount: Usd) -> int:
    return int(EXACT.multiply(parse_usd(amount, zero=True), 100))


def _shares(total: int, weights: Sequence[int]) -> tuple[Usd, ...]:
    """Divide *total* cents in proportion to *weights*, as :func:`share_out` does, and return dollars."""
    whole = sum(weights)
    if not whole:
        weights = [1] * len(weights)
        whole = len(weights)
    parts = [divmod(total * weight, whole) for weight in weights]
    shares = [share for share, _ in parts]
    # The sort is stable: if remainders are equal, the earlier line comes first.
    ranked = sorted(range(len(parts)), key=lambda index: -parts[index][1])
    for index in ranked[: total - sum(shares)]:
        shares[index] += 1
    return tuple(EXACT.multiply(share, _CENT) for share in shares)
