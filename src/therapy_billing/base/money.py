"""
Dollars as exact decimals. Dollar amounts are rounded only in this module.

Every operation uses its own decimal context. Changes to Python's global context do not affect any amount.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Any, TypeAlias, TypeVar

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.safe_repr import safe_repr

__all__ = [
    "EXACT",
    "ZERO",
    "Usd",
    "cents",
    "dollars",
    "from_cents",
    "parse_number",
    "parse_usd",
    "rounded_part",
    "times",
    "total",
    "whole_cents",
]

Usd: TypeAlias = Decimal

ZERO: Usd = Decimal("0.00")
EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
_CENT = Decimal("0.01")
_LARGEST = 10**12
_NO_AMOUNT = "{} must be a number of dollars such as '40.42', got {}"
_PLAIN = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?")


def dollars(amount: Usd | None) -> str:
    """
    Return *amount* in words.

    >>> dollars(Usd("1234.50")), dollars(None)
    ('$1,234.50', 'not known')
    """
    return "not known" if amount is None else f"${amount:,}"


def cents(amount: Decimal) -> Usd:
    """
    Return *amount* dollars rounded to the nearest cent (half a cent rounds up).

    Source:
        Rounding once, at the end, reproduces 763 published Medicare amounts exactly. They are for 2025 and for
        four codes that are not therapy codes.

    >>> cents(Decimal("40.420352")), cents(Decimal("0.005")), cents(Decimal("0.00499"))
    (Decimal('40.42'), Decimal('0.01'), Decimal('0.00'))
    """
    return EXACT.quantize(amount, _CENT)


def whole_cents(amount: Usd) -> int:
    """
    Return *amount* dollars as whole cents.

    >>> whole_cents(Decimal("40.42"))
    4042
    """
    return int(EXACT.scaleb(amount, 2))


def from_cents(amount: int) -> Usd:
    """
    Return whole cents as dollars.

    >>> from_cents(4042), from_cents(0)
    (Decimal('40.42'), Decimal('0.00'))
    """
    return EXACT.scaleb(Decimal(amount), -2)


WholeNumber = TypeVar("WholeNumber", bound=Any)
"""An int, or an array of them. A rule that is one expression works for both."""


def rounded_part(amount: WholeNumber, numerator: Any, denominator: Any) -> WholeNumber:  # noqa: ANN401 - an int or an array
    """
    Return the fraction *numerator*/*denominator* of *amount*, rounded to a whole number. Half rounds up.

    Args:
        amount: A whole number that is not negative, such as cents, or an array of them.
        numerator: The numerator, not negative: an int or an array.
        denominator: The denominator, more than zero: an int or an array.

    >>> [rounded_part(cents, 17, 20) for cents in (9, 10, 11)]
    [8, 9, 9]
    """
    part: WholeNumber = (2 * amount * numerator + denominator) // (2 * denominator)
    return part


def times(amount: Usd, units: int) -> Usd:
    """
    Return *amount* dollars times *units*, exact.

    >>> times(Decimal("40.42"), 3)
    Decimal('121.26')
    """
    return EXACT.multiply(amount, Decimal(units))


def total(amounts: Iterable[Usd]) -> Usd:
    """
    Return the exact sum of *amounts* in dollars. If there are no amounts, return zero.

    >>> total([Decimal("40.42"), Decimal("0.08")]), total([])
    (Decimal('40.50'), Decimal('0.00'))
    """
    add, found = EXACT.add, ZERO
    for amount in amounts:
        found = add(found, amount)
    return found


def parse_number(value: object) -> Decimal | None:
    """
    Return a Decimal, a string of digits, or an int as an exact number, or None if it is nothing of the kind.

    >>> parse_number("0.85"), parse_number(85), parse_number(0.85), parse_number("85 %")
    (Decimal('0.85'), Decimal('85'), None, None)
    """
    if isinstance(value, bool) or not isinstance(value, Decimal | str | int):
        return None
    if isinstance(value, str) and not _PLAIN.fullmatch(value.strip()):
        return None
    number = Decimal(value)
    return number if number.is_finite() else None


def parse_usd(value: object, *, zero: bool = False, what: str = "an amount") -> Usd:
    """
    Return *value* as dollars, exact to the cent.

    Args:
        value: A positive amount: a Decimal, a string such as ``"40.42"``, or an int.
        zero: Whether zero is allowed.
        what: The name of the argument, for the message.

    Raises:
        InvalidInputError: If it is a float, is not a number, is negative, is zero although *zero* is false, is above 10**12, or has a
            fraction of a cent.

    >>> parse_usd("40.42")
    Decimal('40.42')
    """
    if isinstance(value, bool) or not isinstance(value, Decimal | str | int):
        msg = (
            f"{what} must be a Decimal, a string such as '40.42', or an int; got {safe_repr(value)}"
        )
        raise InvalidInputError(msg)
    try:
        amount = Decimal(value)
    except InvalidOperation:
        raise InvalidInputError(_NO_AMOUNT.format(what, safe_repr(value))) from None
    if not amount.is_finite() or amount < 0 or (amount == 0 and not zero):
        if zero:
            msg = f"{what} must be zero or more, got {safe_repr(value)}"
            raise InvalidInputError(msg)
        msg = f"{what} must be above zero, got {safe_repr(value)}: leave out a code without a price"
        raise InvalidInputError(msg)
    if isinstance(value, str) and not _PLAIN.fullmatch(value.strip()):
        raise InvalidInputError(_NO_AMOUNT.format(what, safe_repr(value)))
    if amount > _LARGEST:
        msg = f"{what} must be at most {_LARGEST}, got {safe_repr(value)}"
        raise InvalidInputError(msg)
    rounded = abs(cents(amount)) if amount.is_zero() else cents(amount)
    if rounded != amount:
        msg = f"{what} must be rounded to the cent, got {safe_repr(value)}"
        raise InvalidInputError(msg)
    return rounded
