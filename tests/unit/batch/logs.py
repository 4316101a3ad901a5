"""Logs with invented patients for the batch tests."""

from __future__ import annotations

from datetime import date
from functools import partial

from therapy_billing import FeeSchedule, Session, TreatmentLog
from therapy_billing.base.errors import FileFormatError
from therapy_billing.visits import LogDay

OHIO = partial(FeeSchedule.medicare, locality="15202-00")


def treated(
    patient: str,
    day: str,
    minutes: int = 30,
    *,
    line: int = 2,
    payer: str = "",
    code: str = "97530",
    skipped_lines: tuple[int, ...] = (),
) -> LogDay:
    visit = Session.from_minutes({code: minutes}, date_of_service=day, discipline="PT")
    return LogDay(
        patient, date.fromisoformat(day), payer, (visit,), line, skipped_lines=skipped_lines
    )


def log_of(*days: LogDay, errors: tuple[FileFormatError, ...] = ()) -> TreatmentLog:
    return TreatmentLog(days, errors, len(days) + len(errors), "clinic.csv")
