"""
Input records: services, sessions, schedule entries, and the treatment log.

- :class:`Session` contains the :class:`TimedService` and :class:`UntimedService` records of one visit;
  :func:`service` returns the right record for a code.
- :class:`MonitoringPeriod` has the facts about a period of remote monitoring, an e-visit, or calls. It returns each
  :class:`MonitoringCode` that they support, and each :class:`UnbilledCode`.
- :class:`ScheduleEntry` adds the patient and the clinician.
- :func:`read_treatment_log` reads a :class:`TreatmentLog` with :class:`LogDay` records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = [
    "LOG_COLUMNS",
    "LogDay",
    "LogInput",
    "MonitoringCode",
    "MonitoringPeriod",
    "ScheduleEntry",
    "Service",
    "Session",
    "TimedService",
    "TreatmentLog",
    "UnbilledCode",
    "UntimedService",
    "read_treatment_log",
    "service",
]

if TYPE_CHECKING:
    from therapy_billing.visits.log_columns import LOG_COLUMNS
    from therapy_billing.visits.monitoring_periods import (
        MonitoringCode,
        MonitoringPeriod,
        UnbilledCode,
    )
    from therapy_billing.visits.schedule_entries import ScheduleEntry
    from therapy_billing.visits.services import Service, TimedService, UntimedService, service
    from therapy_billing.visits.sessions import Session
    from therapy_billing.visits.treatment_log import (
        LogDay,
        LogInput,
        TreatmentLog,
        read_treatment_log,
    )
else:
    from therapy_billing.base.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "visits.log_columns": ("LOG_COLUMNS",),
            "visits.monitoring_periods": ("MonitoringCode", "MonitoringPeriod", "UnbilledCode"),
            "visits.schedule_entries": ("ScheduleEntry",),
            "visits.services": ("Service", "TimedService", "UntimedService", "service"),
            "visits.sessions": ("Session",),
            "visits.treatment_log": ("LogDay", "LogInput", "TreatmentLog", "read_treatment_log"),
        },
    )
