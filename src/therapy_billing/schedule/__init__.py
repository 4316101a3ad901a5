"""
Find minutes in a clinic's schedule that are double-counted or impossible.

- :func:`check_schedule` checks the :class:`~therapy_billing.visits.ScheduleEntry` records of one or more days.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["check_schedule"]

if TYPE_CHECKING:
    from therapy_billing.schedule.schedule_checks import check_schedule
else:
    from therapy_billing.base.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(__name__, {"schedule.schedule_checks": ("check_schedule",)})
