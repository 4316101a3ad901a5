"""Whole numbers as callers have them: ints, those of NumPy, and floats without a fraction."""

from __future__ import annotations

import math
import operator
from numbers import Rational, Real

__all__ = ["as_whole"]


def as_whole(value: object) -> int | None:
    """
    Return *value* as an int; None when it is no whole number.

    >>> as_whole(20), as_whole(20.0), as_whole(20.5), as_whole("20"), as_whole(True)
    (20, 20, None, None, None)
    """
    if isinstance(value, bool):
        return None
    try:
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        pass
    # NumPy's floats are real numbers too. A Decimal is not, and a fraction is for money or a factor.
    if isinstance(value, Real) and not isinstance(value, Rational) and math.isfinite(value):
        number = float(value)
        return int(number) if number.is_integer() else None
    return None
