"""
The medical record: treatment notes, plans of care, progress reports, authorizations, and deadlines.

- Records: :class:`TreatmentNote` with its :class:`NoteEntry` rows, :class:`PlanOfCare` with
  :class:`Recertification` and :class:`Duration`, :class:`ProgressReport`, :class:`Authorization`.
- Checks: :func:`check_note`, :func:`check_notes`, :func:`check_plan`, :func:`check_progress`,
  :func:`check_authorization`. :class:`Practice` holds what a practice requires of its own notes.
- Planning: :func:`upcoming_deadlines` and :func:`authorization_balance`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = [
    "Authorization",
    "AuthorizationBalance",
    "CertifyingRole",
    "Deadline",
    "Duration",
    "NoteEntry",
    "PlanOfCare",
    "Practice",
    "ProgressReport",
    "Recertification",
    "TreatmentNote",
    "authorization_balance",
    "check_authorization",
    "check_note",
    "check_notes",
    "check_plan",
    "check_progress",
    "upcoming_deadlines",
]

if TYPE_CHECKING:
    from therapy_billing.base.durations import Duration
    from therapy_billing.chart.authorization_checks import (
        AuthorizationBalance,
        authorization_balance,
        check_authorization,
    )
    from therapy_billing.chart.authorizations import Authorization
    from therapy_billing.chart.deadlines import Deadline, upcoming_deadlines
    from therapy_billing.chart.note_checks import check_note, check_notes
    from therapy_billing.chart.notes import NoteEntry, Practice, TreatmentNote
    from therapy_billing.chart.plan_checks import check_plan
    from therapy_billing.chart.plans import (
        CertifyingRole,
        PlanOfCare,
        ProgressReport,
        Recertification,
    )
    from therapy_billing.chart.progress_reports import check_progress
else:
    from therapy_billing.base.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "base.durations": ("Duration",),
            "chart.authorization_checks": (
                "AuthorizationBalance",
                "authorization_balance",
                "check_authorization",
            ),
            "chart.authorizations": ("Authorization",),
            "chart.deadlines": ("Deadline", "upcoming_deadlines"),
            "chart.note_checks": ("check_note", "check_notes"),
            "chart.notes": ("NoteEntry", "Practice", "TreatmentNote"),
            "chart.plan_checks": ("check_plan",),
            "chart.plans": ("CertifyingRole", "PlanOfCare", "ProgressReport", "Recertification"),
            "chart.progress_reports": ("check_progress",),
        },
    )
