"""
Check a claim or a patient's day before it is billed.

- :func:`check_claim` checks a claim. :func:`check_day` checks a day with its minutes, notes, and plans of care.
- :func:`check_submission` checks claims before they are sent. :data:`SUBMISSION_CHECKS` lists its rules.
- :class:`SubmissionError` is raised if a submission with denials is to be written.
- :func:`check_codes` compares the documented activities with the codes.
- :data:`CHECKS` lists the rules that a claim is checked against.
- A check of your own is a function that takes a :class:`ClaimedDay`. It adds findings to the :class:`ClaimReport` that
  ``day.report(rule)`` returns, and returns the ``findings()`` of that report. Pass it as ``own_checks=[...]``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = [
    "CHECKS",
    "SUBMISSION_CHECKS",
    "ClaimReport",
    "ClaimedDay",
    "SubmissionError",
    "check_claim",
    "check_codes",
    "check_day",
    "check_submission",
]

if TYPE_CHECKING:
    from therapy_billing.checks.claimed_day import ClaimedDay, ClaimReport
    from therapy_billing.checks.code_checks import check_codes
    from therapy_billing.checks.day import CHECKS, check_claim, check_day
    from therapy_billing.checks.submission import (
        SUBMISSION_CHECKS,
        SubmissionError,
        check_submission,
    )
else:
    from therapy_billing.base.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "checks.claimed_day": ("ClaimReport", "ClaimedDay"),
            "checks.code_checks": ("check_codes",),
            "checks.day": ("CHECKS", "check_claim", "check_day"),
            "checks.submission": ("SUBMISSION_CHECKS", "SubmissionError", "check_submission"),
        },
    )
