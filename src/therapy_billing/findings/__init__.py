"""
Findings and answers: what a check reports.

- :class:`Finding` says what is wrong, what it costs, and how to fix it; :class:`Severity` says how bad it is.
- :class:`CheckAnswer` says whether a rule could be checked; :class:`Answer` lists the possible answers.
- :class:`Findings` contains findings and answers. :class:`Report` builds the findings of one rule, which may be your own.
- :data:`OwnCheck` is the type of a check of your own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["Answer", "CheckAnswer", "Finding", "Findings", "OwnCheck", "Report", "Severity"]

if TYPE_CHECKING:
    from therapy_billing.findings.own_checks import OwnCheck
    from therapy_billing.findings.records import Answer, CheckAnswer, Finding, Findings, Severity
    from therapy_billing.findings.report import Report
else:
    from therapy_billing.base.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "findings.own_checks": ("OwnCheck",),
            "findings.records": ("Answer", "CheckAnswer", "Finding", "Findings", "Severity"),
            "findings.report": ("Report",),
        },
    )
