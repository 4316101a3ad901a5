"""
Explain a result step by step, with the rule and source of each step.

- :func:`explain` explains an allocation, a claim, or a priced day. :func:`explain_amount` explains the fee of a code.
- Both return an :class:`Explanation`, which is a series of :class:`Step` records.
- The letter of an explanation is a :class:`Letter` on one page, for a :class:`LetterAudience`. It has a :class:`LetterLine` for
  each line of the table, and :class:`LetterSection` records of :class:`LetterStatement` records, which refer to
  :class:`LetterCitation` records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = [
    "Explanation",
    "Letter",
    "LetterAudience",
    "LetterCitation",
    "LetterLine",
    "LetterSection",
    "LetterStatement",
    "Step",
    "explain",
    "explain_amount",
]

if TYPE_CHECKING:
    from therapy_billing.explanations.letter_records import (
        Letter,
        LetterAudience,
        LetterCitation,
        LetterLine,
        LetterSection,
        LetterStatement,
    )
    from therapy_billing.explanations.records import Explanation
    from therapy_billing.explanations.step_record import Step
    from therapy_billing.explanations.steps import explain, explain_amount
else:
    from therapy_billing.base.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "explanations.letter_records": (
                "Letter",
                "LetterAudience",
                "LetterCitation",
                "LetterLine",
                "LetterSection",
                "LetterStatement",
            ),
            "explanations.records": ("Explanation",),
            "explanations.step_record": ("Step",),
            "explanations.steps": ("explain", "explain_amount"),
        },
    )
