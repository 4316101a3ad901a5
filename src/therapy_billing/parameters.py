"""Dated numbers that law or a payer sets, each with its own citation."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

import attrs

from therapy_billing.bundled import read_toml
from therapy_billing.sources import Source, Verification
from therapy_billing.timeline import Timeline

__all__ = ["Parameter", "load_parameter"]


@attrs.frozen
class Parameter:
    """
    A number in force for some time.

    Args:
        amount: The number, exact.
        unit: Its unit.
        source: Where it comes from and how far that was verified.
    """

    amount: Decimal
    unit: str
    source: Source


@cache
def load_parameter(name: str) -> Timeline[Parameter]:
    """
    Return the values of the series *name*, such as ``medicare/conversion_factors``.

    >>> from datetime import date
    >>> load_parameter("medicare/conversion_factors").on(date(2024, 3, 9)).amount
    Decimal('33.2875')
    """
    table = read_toml(f"parameters/{name}.toml", parse_float=Decimal)
    return Timeline(
        subject=name.rpartition("/")[2].replace("_", " "),
        entries=tuple(
            (
                row["from"],
                Parameter(
                    amount=row["amount"],
                    unit=table["unit"],
                    source=Source(row["source"], "", "", Verification(row["verified"])),
                ),
            )
            for row in table["value"]
        ),
        known_through=table["known_through"],
    )
