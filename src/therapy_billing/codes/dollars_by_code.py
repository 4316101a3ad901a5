"""Read dollars by code, such as rates and charges."""

from __future__ import annotations

from collections.abc import Mapping

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.money import Usd, parse_usd
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.codes.code_book import parse_code

__all__ = ["parse_dollars_by_code"]


def parse_dollars_by_code(values: object, what: str) -> dict[str, Usd]:
    """
    Return dollars per unit, by code.

    Args:
        values: A mapping of codes to amounts.
        what: The name of the argument, for the message.

    Raises:
        InvalidInputError: If a code or an amount is not valid, or a code is listed twice.

    >>> parse_dollars_by_code({"97110": "35.00"}, "rates")
    {'97110': Decimal('35.00')}
    """
    if not isinstance(values, Mapping):
        msg = f"{what} must be a Mapping such as {{'97110': '35.00'}}, got {safe_repr(values)}"
        raise InvalidInputError(msg, field=what)
    dollars: dict[str, Usd] = {}
    for key, amount in values.items():
        code = parse_code(key, field=what)
        if code in dollars:
            msg = f"{what} has {code} twice: give each code once"
            raise InvalidInputError(msg, field=what, code=code)
        try:
            dollars[code] = parse_usd(amount, what=f"{what}[{code!r}]")
        except InvalidInputError as error:
            error.field, error.code = what, code
            raise
    return dollars
