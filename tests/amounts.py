"""Amounts of priced days, for tests in which they are never None."""

from __future__ import annotations

from decimal import Decimal

from therapy_billing import PricedDay


def allowed_of(day: PricedDay) -> Decimal:
    """Return the dollars allowed for *day*, which has at least one price."""
    assert day.allowed is not None
    return day.allowed
