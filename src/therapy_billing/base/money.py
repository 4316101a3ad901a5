"""
Dollars: exact decimals, and the only place where an amount is rounded.

Every operation runs in a context of its own, so a program that changes the global decimal context
changes no amount here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import TypeAlias

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.safe_repr import safe_repr

__all__ = ["EXACT", "ZERO", "Usd", "cents", "parse_usd", "times", "total"]

Usd: TypeAlias = Decimal

ZERO: Usd = Decimal("0.00")
EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
_CENT = Decimal("0.01")
_LARGEST = 10**12
_NO_AMOUNT = "{} is a plain number of dollars such as '40.42', not {}"
_PLAIN = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?")


def cents(amount: Decimal) -> Usd:
    """
    Return *amount* in dollars rounded to the cent, half up.

    Source:
        763 published Medicare amounts come out exactly with one half-up rounding at the end.

    >>> cents(Decimal("40.420352")), cents(Decimal("0.005")), cents(Decimal("0.00499"))
    (Decimal('40.42'), Decimal('0.01'), Decimal('0.00'))
    """
    return EXACT.quantize(amount, _CENT)


def times(amount: Usd, units: int) -> Usd:
    """
    Return *amount* dollars taken *units* times, exact.

    >>> times(Decimal("40.42"), 3)
    Decimal('121.26')
    """
    return EXACT.multiply(amount, Decimal(units))


def total(amounts: Iterable[Usd]) -> Usd:
    """
    Return the sum of *amounts* dollars, exact; of none it is zero.

    >>> total([Decimal("40.42"), Decimal("0.08")]), total([])
    (Decimal('40.50'), Decimal('0.00'))
    """
    add, found = EXACT.add, ZERO
    for amount in amounts:
        found = add(found, amount)
    return found


def parse_usd(value: object, *, zero: bool = False, what: str = "an amount") -> Usd:
    """
    Return *value* as dollars, exact to the cent.

    Args:
        value: A positive amount as a Decimal, a text such as ``"40.42"`` or a whole number.
        zero: Whether nothing is an amount too.
        what: The name of the argument, for the message.

    Raises:
        InvalidInputError: If it is a float, not a number, not positive, or finer than a cent.

    >>> parse_usd("40.42")
    Decimal('40.42')
    """
    if isinstance(value, bool) or not isinstance(value, Decimal | str | int):
        msg = f"{what} is a Decimal, a text or an int, not {safe_repr(value)}: write '40.42'"
        raise InvalidInputError(msg)
    try:
        amount = Decimal(value)
    except InvalidOperation:
        raise InvalidInputError(_NO_AMOUNT.format(what, safe_repr(value))) from None
    if not amount.is_finite() or amount < 0 or (amount == 0 and not zero):
        if zero:
            msg = f"{what} is zero or above, not {safe_repr(value)}"
            raise InvalidInputError(msg)
        msg = f"{what} is above zero, not {safe_repr(value)}; leave a code without a price out"
        raise InvalidInputError(msg)
    if isinstance(value, str) and not _PLAIN.fullmatch(value.strip()):
        raise InvalidInputError(_NO_AMOUNT.format(what, safe_repr(value)))
    if amount > _LARGEST:
        msg = f"{what} is at most {_LARGEST}, not {safe_repr(value)}"
        raise InvalidInputError(msg)
    rounded = abs(cents(amount)) if amount.is_zero() else cents(amount)
    if rounded != amount:
        msg = f"{what} is exact to the cent, not {safe_repr(value)}"
        raise InvalidInputError(msg)
    return rounded
