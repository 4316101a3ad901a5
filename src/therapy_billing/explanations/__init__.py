"""
Explain a result step by step, with the rule and source of each step.

- :func:`explain` explains an allocation, a claim, or a priced day. :func:`explain_amount` explains the fee of a code.
- Both return an :class:`Explanation`, which is a series of :class:`Step` records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["Explanation", "Step", "explain", "explain_amount"]

if TYPE_CHECKING:
    from therapy_billing.explanations.records import Explanation, Step
    from therapy_billing.explanations.steps import explain, explain_amount
else:
    from therapy_billing.base.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "explanations.records": ("Explanation", "Step"),
            "explanations.steps": ("explain", "explain_amount"),
        },
    )
