"""Logs shared by the tests."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Mapping
from datetime import date, tzinfo
from pathlib import Path
from typing import TypeAlias

import pytest

from therapy_billing import FileFormatError, Session, TimedService
from therapy_billing.visits.treatment_log import LogDay, read_treatment_log

HEADER = "patient,date,discipline,code,minutes"
ROW = "P-1,2026-03-02,PT,97110,20"
DAY = date(2026, 3, 2)
NAME = "Rosa Invented"
KNOWN = (
    "patient, date, discipline, code, minutes, start, end, units, clinician, treated_by, attest, modifiers, session, payer, "
    "body_region, activity, key"
)
WriteLog: TypeAlias = Callable[..., Path]


def as_csv(*rows: Mapping[str, str]) -> str:
    """Return a log with a column for each name in *rows*."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def a_row(**cells: str) -> dict[str, str]:
    """Return a row of 97110 with the given cells changed or added."""
    return {"patient": "P-1", "date": "2026-03-02", "discipline": "PT", "code": "97110", **cells}


def bad_rows(
    path: Path,
    *,
    date_of_service: date | str | None = None,
    payers: Collection[str] | None = None,
    zone: tzinfo | None = None,
) -> list[str]:
    """Return the errors of the rows of a log, without the path at the start."""
    with pytest.raises(ExceptionGroup) as caught:
        read_treatment_log(path, date_of_service=date_of_service, payers=payers, zone=zone)
    errors = caught.value.exceptions
    rows = "1 bad row" if len(errors) == 1 else f"{len(errors)} bad rows"
    assert caught.value.message == f"{rows} in {path}"
    assert all(isinstance(error, FileFormatError) for error in errors)
    assert all(str(error).startswith(str(path)) for error in errors)
    return [str(error).removeprefix(f"{path}, ") for error in errors]


def refusal(path: Path, *, date_of_service: date | str | None = None) -> str:
    """Return the error for a whole log, without the path at the start."""
    with pytest.raises(FileFormatError) as caught:
        read_treatment_log(path, date_of_service=date_of_service)
    assert caught.value.path == str(path)
    return str(caught.value).removeprefix(str(path))


def only_day(path: Path, *, zone: tzinfo | None = None) -> LogDay:
    (day,) = read_treatment_log(path, zone=zone).days
    return day


def one_of_97110(minutes: int = 20) -> tuple[Session, ...]:
    return (Session(DAY, "PT", [TimedService("97110", minutes)]),)


# JSON

JSON_ROW = (
    '{"patient": "P-1", "date": "2026-03-02", "discipline": "PT", "code": "97110", "minutes": 20}'
)
