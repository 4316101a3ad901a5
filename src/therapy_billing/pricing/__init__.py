"""
Price claim lines.

- :func:`bill_day` turns sessions into a :class:`PricedDay`; :func:`price_day` does the same from claims.
- :class:`Accumulators` contains the patient's year-to-date amounts; :func:`visits_to_threshold` counts the
  visits until the annual threshold.
- :class:`PricedLine`, :class:`CostShare`, :class:`ThresholdState`, and :class:`KxState` are parts of the result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = [
    "Accumulators",
    "Bucket",
    "CapCost",
    "CostShare",
    "KxState",
    "MedicareTerms",
    "PricedDay",
    "PricedLine",
    "ThresholdState",
    "bill_day",
    "price_day",
    "visits_to_threshold",
]

if TYPE_CHECKING:
    from therapy_billing.pricing.accumulators import Accumulators, Bucket
    from therapy_billing.pricing.annual_threshold import visits_to_threshold
    from therapy_billing.pricing.day import bill_day, price_day
    from therapy_billing.pricing.records import (
        CapCost,
        KxState,
        MedicareTerms,
        PricedDay,
        PricedLine,
        ThresholdState,
    )
    from therapy_billing.pricing.rules.cost_sharing import CostShare
else:
    from therapy_billing.base.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "pricing.accumulators": ("Accumulators", "Bucket"),
            "pricing.annual_threshold": ("visits_to_threshold",),
            "pricing.day": ("bill_day", "price_day"),
            "pricing.records": (
                "CapCost",
                "KxState",
                "MedicareTerms",
                "PricedDay",
                "PricedLine",
                "ThresholdState",
            ),
            "pricing.rules.cost_sharing": ("CostShare",),
        },
    )
