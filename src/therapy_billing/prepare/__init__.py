"""
Prepare a visit: what is ready, what blocks, and what a person must decide.

- :func:`prepare_visit` returns a :class:`PreparedVisit`: the claim, its price, the findings, the deadlines, and the decisions.
  A :class:`VisitStatus` says whether the visit can be billed.
- A :class:`Decision` has a :class:`DecisionKind`, a :class:`DecisionMaker` who may answer, and the dollars of each
  :class:`DecisionOption`. A :class:`DecisionScope` says what one answer is for. A :class:`Choice` answers it. An
  :class:`OutdatedChoice` was not applied.
- :meth:`PreparedVisit.worklist` returns what to do, as :class:`WorkItem` records of a :class:`WorkKind`.
- :func:`prepare_log` prepares all visits of a log. Its :class:`PreparingRun` yields :class:`PreparedDay` records. A
  :class:`LogChoice` is a choice about one of the visits.
- :func:`write_decisions` writes the decisions of a log as :class:`DecisionRow` records to a file, and :func:`read_decisions`
  reads the answers. :data:`DECISION_COLUMNS` describes the columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = [
    "DECISION_COLUMNS",
    "Choice",
    "Decision",
    "DecisionKind",
    "DecisionMaker",
    "DecisionOption",
    "DecisionRow",
    "DecisionScope",
    "LogChoice",
    "OutdatedChoice",
    "PreparedDay",
    "PreparedVisit",
    "PreparingRun",
    "VisitStatus",
    "WorkItem",
    "WorkKind",
    "prepare_log",
    "prepare_visit",
    "read_decisions",
    "write_decisions",
]

if TYPE_CHECKING:
    from therapy_billing.prepare.decisions_file import (
        DECISION_COLUMNS,
        DecisionRow,
        LogChoice,
        read_decisions,
        write_decisions,
    )
    from therapy_billing.prepare.log import PreparedDay, PreparingRun, prepare_log
    from therapy_billing.prepare.prepared_visit import (
        PreparedVisit,
        VisitStatus,
        WorkItem,
        WorkKind,
    )
    from therapy_billing.prepare.records import (
        Choice,
        Decision,
        DecisionKind,
        DecisionMaker,
        DecisionOption,
        DecisionScope,
        OutdatedChoice,
    )
    from therapy_billing.prepare.visit import prepare_visit
else:
    from therapy_billing.base.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "prepare.decisions_file": (
                "DECISION_COLUMNS",
                "DecisionRow",
                "LogChoice",
                "read_decisions",
                "write_decisions",
            ),
            "prepare.log": ("PreparedDay", "PreparingRun", "prepare_log"),
            "prepare.prepared_visit": ("PreparedVisit", "VisitStatus", "WorkItem", "WorkKind"),
            "prepare.records": (
                "Choice",
                "Decision",
                "DecisionKind",
                "DecisionMaker",
                "DecisionOption",
                "DecisionScope",
                "OutdatedChoice",
            ),
            "prepare.visit": ("prepare_visit",),
        },
    )
