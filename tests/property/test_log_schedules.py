"""
Test that the schedule of a log does not depend on the parts in which it is checked.

- The text and the JSON of the findings and errors are those of a check of all entries at once, byte for byte.
- Memory grows with the number of patients, clinicians, and dates, and not with the number of rows.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timedelta
from random import Random
from typing import Any
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from therapy_billing import to_json
from therapy_billing.batch import log_schedule
from therapy_billing.batch.log_schedule import LogSchedule
from therapy_billing.batch.log_terms import LogTerms
from therapy_billing.visits.treatment_log import StoredLog, TreatmentLog, open_log

CODES = ["97110", "97530", "97140", "97112", "97150", "97161", "97165", "97550", "97014"]
MINUTES = (8, 9, 15, 20, 23, 30, 60)
DAY_STARTS = (480, 485, 495, 510, 525)
LATE_STARTS = (0, 5, 480, 1400, 1425, 1439)
OFFSETS = (("",), ("",), ("-05:00",), ("-10:00", "+14:00", "-05:00"), ("", "", "-05:00"))


def a_log(seed: int, rows: int) -> list[dict[str, Any]]:
    """Return rows of a few patients and clinicians, who overlap in many ways, also after midnight."""
    rng = Random(seed)
    starts = rng.choice((DAY_STARTS, LATE_STARTS))
    offsets = rng.choice(OFFSETS)
    dates = rng.choice((1, 2, 5, 25))
    untimed = rng.choice((0.0, 0.2, 0.8))
    log = []
    for _ in range(rows):
        midnight = datetime(2026, 3, 2) + timedelta(days=rng.randrange(dates))  # noqa: DTZ001
        row: dict[str, Any] = {
            "patient": f"P-{rng.randrange(4)}",
            "date": midnight.date(),
            "discipline": rng.choice(["PT", "PT", "OT"]),
            "code": rng.choice(CODES),
            "clinician": rng.choice(["therapist"] * 6 + ["assistant", "student", "together"]),
            "treated_by": rng.choice(["", "T-1", "T-1", "T-2", "T-3"]),
            "payer": rng.choice([""] * 9 + ["humana", "washington-workers-compensation"]),
            "key": rng.choice(["", "", "a", "b"]),
        }
        if rng.random() < untimed:
            row["minutes"] = rng.choice((*MINUTES, 300, 481))
        else:
            start = midnight + timedelta(minutes=rng.choice(starts))
            end = start + timedelta(minutes=rng.choice(MINUTES))
            offset = rng.choice(offsets)
            row |= {"start": start.isoformat() + offset, "end": end.isoformat() + offset}
        log.append(row)
    return log


def results(log: StoredLog | TreatmentLog, terms: LogTerms) -> tuple[str, str, list[str]]:
    """Return the text and the JSON of the findings, and the errors."""
    schedule = LogSchedule(log, terms)
    days = list(log.days if isinstance(log, TreatmentLog) else log)
    for number, day in enumerate(days):
        if number % 7 == 5:
            schedule.lose(day)
        else:
            schedule.add(day, terms.payer_of(day))
    found, errors = schedule.check(days)
    return found.to_table(), to_json(found), [str(error) for error in errors]


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 80), st.integers(1, 30))
def test_the_findings_in_parts_are_those_of_all_entries_at_once(
    seed: int, rows: int, in_memory: int
) -> None:
    log = open_log(a_log(seed, rows), keep_going=True, rows_in_memory=in_memory)
    assert isinstance(log, StoredLog)
    terms = LogTerms(None, "medicare", None, (), None, None)
    with patch.object(log_schedule, "_first_dates", lambda _: set()):
        at_once = results(log, terms)
    assert results(log, terms) == at_once


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 60))
def test_a_stored_log_has_the_schedule_of_a_log_in_memory(seed: int, rows: int) -> None:
    stored = open_log(a_log(seed, rows), keep_going=True, rows_in_memory=1)
    assert isinstance(stored, StoredLog)
    terms = LogTerms(None, "medicare", None, (), None, None)
    schedules = []
    for log, days in ((stored, list(stored)), (stored.in_memory(), list(stored))):
        schedule = LogSchedule(log, terms)
        for day in days:
            schedule.add(day, terms.payer_of(day))
        found, errors = schedule.check(days)
        schedules.append((to_json(found), [str(error) for error in errors]))
    assert schedules[0] == schedules[1]


MEMORY = """
import tracemalloc
from datetime import date, timedelta
from therapy_billing.batch.log_schedule import LogSchedule
from therapy_billing.batch.log_terms import LogTerms
from therapy_billing.visits.treatment_log import open_log

def log(rows):
    # Ten clinicians treat 50 patients a day, one after the other, with two services each.
    for number in range(rows):
        visit, patient = divmod(number // 2, 50)
        minute = 480 + 60 * (patient % 5) + 30 * (number % 2)
        yield {
            "patient": f"P-{patient}", "date": date(2020, 1, 1) + timedelta(days=visit), "discipline": "PT", "code": "97110",
            "start": f"{minute // 60}:{minute % 60:02}", "end": f"{minute // 60}:{minute % 60 + 28:02}",
            "treated_by": f"T-{patient // 5}", "payer": "cpt-midpoint", "activity": f"row {number}",
        }

def most(rows):
    tracemalloc.start()
    stored = open_log(log(rows), rows_in_memory=500)
    terms = LogTerms(None, "medicare", None, (), None, None)
    schedule = LogSchedule(stored, terms)
    for day in stored:
        schedule.add(day, terms.payer_of(day))
    found, errors = schedule.check(stored)
    assert not found and not errors
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak

most(1000)
print((most(6000) - most(1000)) / 5000)
"""


def test_a_row_of_a_known_clinician_takes_a_few_bytes_of_memory() -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True
    )
    # A row takes about 20 bytes for its key, and a patient-day, here two rows, takes 16. An entry in memory takes about 1,800.
    assert -20 < float(done.stdout) < 60
