"""
Suggest the code that the words of a treatment note support.

- :func:`suggest_code` returns a :class:`CodeSuggestion`. It has a :class:`RankedCode` for each code, with the
  :class:`CodeReason` records of that code, and any :class:`CodeWarning`.
- :class:`Activities` is the catalog of :class:`ActivityType` records; add your own with ``Activities.from_file``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = [
    "Activities",
    "ActivityType",
    "CodeReason",
    "CodeSuggestion",
    "CodeWarning",
    "RankedCode",
    "suggest_code",
]

if TYPE_CHECKING:
    from therapy_billing.code_choice.activities import Activities
    from therapy_billing.code_choice.records import (
        ActivityType,
        CodeReason,
        CodeSuggestion,
        CodeWarning,
        RankedCode,
    )
    from therapy_billing.code_choice.suggestion import suggest_code
else:
    from therapy_billing.base.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "code_choice.activities": ("Activities",),
            "code_choice.records": (
                "ActivityType",
                "CodeReason",
                "CodeSuggestion",
                "CodeWarning",
                "RankedCode",
            ),
            "code_choice.suggestion": ("suggest_code",),
        },
    )
