"""Dated legal numbers with one series that the test defines."""

from __future__ import annotations

import datetime
from decimal import Decimal

from therapy_billing import Source
from therapy_billing.law import Parameter, Parameters, Timeline, Verification


def own_numbers(
    name: str, *values: tuple[str | None, str], through: str = "2026-12-31"
) -> Parameters:
    """Return numbers with only the series *name*, from pairs of effective date and amount."""
    source = Source("own", "", "", Verification.UNVERIFIED)
    entries = tuple(
        (
            None if first is None else datetime.date.fromisoformat(first),
            Parameter(Decimal(amount), "days", source),
        )
        for first, amount in values
    )
    return Parameters({name: Timeline(name, entries, datetime.date.fromisoformat(through))})
