"""
Find what would change with more or fewer minutes, another counting method, or another payer.

- :func:`unit_margins` returns the minutes to the next unit and the minutes to spare, as :class:`UnitMargin` records.
- :func:`compare_methods` returns a :class:`Comparison`. :func:`compare_payers` returns a :class:`PayerComparison`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = [
    "Change",
    "Comparison",
    "PayerComparison",
    "PayerSide",
    "UnitMargin",
    "compare_methods",
    "compare_payers",
    "unit_margins",
]

if TYPE_CHECKING:
    from therapy_billing.scenarios.margins import UnitMargin, unit_margins
    from therapy_billing.scenarios.methods import Comparison, compare_methods
    from therapy_billing.scenarios.payer_comparison import (
        Change,
        PayerComparison,
        PayerSide,
        compare_payers,
    )
else:
    from therapy_billing.base.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "scenarios.methods": ("Comparison", "compare_methods"),
            "scenarios.payer_comparison": (
                "Change",
                "PayerComparison",
                "PayerSide",
                "compare_payers",
            ),
            "scenarios.margins": ("UnitMargin", "unit_margins"),
        },
    )
