"""Accept whole numbers of several types: int, NumPy integers, and floats without a fraction."""

from __future__ import annotations

import math
import operator
from numbers import Rational, Real

__all__ = ["as_whole"]


def as_whole(value: object) -> int | None:
    """
    Return *value* as an int, or None if it is not a whole number.

    >>> as_whole(20), as_whole(20.0), as_whole(20.5), as_whole("20"), as_whole(True)
    (20, 20, None, None, None)
    """
    if isinstance(value, bool):
        return None
    try:
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        pass
    # NumPy floats are Real too. A Decimal is not. A Fraction is Rational and is refused, because counts are never
    # given as fractions.
    if isinstance(value, Real) and not isinstance(value, Rational) and math.isfinite(value):
        number = float(value)
        return int(number) if number.is_integer() else None
    return None
