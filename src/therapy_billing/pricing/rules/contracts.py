"""
What a contract makes of amounts: a percentage, the charge as a limit, one sum shared over lines.

Sharing counts whole cents as integers: each line first takes the whole cents of its proportional part,
then the cents that are left go one by one to the largest remainders. Rounding every part by itself
would be simpler, and the parts would not add up to the sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from therapy_billing.base.money import EXACT, Usd, parse_usd

__all__ = ["cap_day", "lesser_of_charge", "share_out"]

_CENT = Decimal("0.01")


def lesser_of_charge(allowed: Usd, charge: Usd | None) -> Usd:
    """
    Return the lesser of *allowed* and *charge*. Rule ``lesser-of-charge``.

    Args:
        allowed: Dollars that the schedule allows.
        charge: Dollars that were charged for the same; None where no charge is known.

    Returns:
        Dollars; *allowed* where no charge is known.

    Source:
        The contract, as given.

    >>> [str(lesser_of_charge(Decimal("40.42"), Decimal(c))) for c in ("40.41", "40.42", "40.43")]
    ['40.41', '40.42', '40.42']
    """
    return allowed if charge is None else min(allowed, charge)


def share_out(total: Usd, weights: Sequence[Usd]) -> tuple[Usd, ...]:
    """
    Return *total* shared over lines in proportion to *weights*, to the cent. Rule ``per-visit-rate``.

    No share is a cent or more away from its exact part, equal weights differ by a cent at most, and a
    larger weight never takes less than a smaller one.

    Args:
        total: Dollars to share, not negative, exact to the cent.
        weights: What each line counts, such as its dollars or its units; not negative, and like an
            amount no finer than two decimals. Where all are zero, all count the same.

    Returns:
        Dollars of each line, in the order of *weights*; they add up to *total*. The cents that are left
        go to the largest remainders, of equal ones to the earlier line. Without lines there is no share.

    Raises:
        InvalidInputError: If *total* or a weight is negative or finer than a cent.

    Source:
        Own reading: contracts leave open which line takes the odd cent.

    >>> even = [Decimal(1)] * 3
    >>> [[str(part) for part in share_out(Decimal(total), even)] for total in ("0.06", "0.07", "0.08")]
    [['0.02', '0.02', '0.02'], ['0.03', '0.02', '0.02'], ['0.03', '0.03', '0.02']]
    """
    return _shares(_whole_cents(total), [_whole_cents(weight) for weight in weights])


def cap_day(amounts: Sequence[Usd], maximum: Usd) -> tuple[Usd, ...]:
    """
    Return the *amounts* of a day cut in proportion to the *maximum*. Rule ``per-day-maximum``.

    No amount is ever raised.

    Args:
        amounts: Dollars of each line of the day, not negative, exact to the cent.
        maximum: Most dollars of the day, not negative, exact to the cent.

    Returns:
        Dollars of each line, in the order of *amounts*: as they were where their sum is within the
        maximum, else the maximum shared as :func:`share_out` does.

    Raises:
        InvalidInputError: If an amount or *maximum* is negative or finer than a cent.

    Source:
        The contract, as given; that the lines are cut in proportion is an own reading.

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
    """Share *total* cents by largest remainder; as dollars."""
    whole = sum(weights)
    if not whole:
        weights = [1] * len(weights)
        whole = len(weights)
    parts = [divmod(total * weight, whole) for weight in weights]
    shares = [share for share, _ in parts]
    # Sorting is stable, so of equal remainders the earlier line comes first.
    ranked = sorted(range(len(parts)), key=lambda place: -parts[place][1])
    for place in ranked[: total - sum(shares)]:
        shares[place] += 1
    return tuple(EXACT.multiply(share, _CENT) for share in shares)
