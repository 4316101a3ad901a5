"""
Test that a log that does not fit in memory gives the results of one that does.

- Days, errors, remarks, and the order of the days are equal, whatever the order of the rows and however few rows fit.
- Memory grows with the number of patients, and not with the number of rows.
"""

from __future__ import annotations

import subprocess
import sys
from functools import cache, partial
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from therapy_billing import Accumulators, FeeSchedule
from therapy_billing.batch import bill_log, check_log
from therapy_billing.visits.treatment_log import (
    StoredLog,
    TreatmentLog,
    open_log,
    read_treatment_log,
)

OHIO = cache(partial(FeeSchedule.medicare, locality="OH"))
PAYERS = ("medicare", "cpt-midpoint")
SEEDS = st.integers(0, 2**32)


def a_row(rng: Random) -> dict[str, str | int]:
    """Return a row of one of a few patients. One row in six is bad."""
    start = rng.randrange(8)
    row: dict[str, str | int] = {
        "patient": rng.choice(["A", "a", "B", "C c", "Cc"]),
        "date": f"2026-0{rng.randrange(1, 3)}-0{rng.randrange(1, 5)}",
        "discipline": rng.choice(["PT", "PT", "OT"]),
        "code": rng.choice(["97110", "97112", "97530"]),
        "session": rng.choice(["", "", "2"]),
        "attest": rng.choice([""] * 9 + ["59", "XU"]),
        "payer": rng.choice([""] * 20 + ["medicare", "cpt-midpoint"]),
        "treated_by": rng.choice(["", "T-1", "T-2"]),
    }
    if rng.random() < 0.5:
        row |= {"start": f"{8 + start}:00", "end": f"{8 + start}:2{rng.randrange(3)}"}
    else:
        row["minutes"] = rng.randrange(60)
    if rng.random() < 1 / 6:
        row[rng.choice(["patient", "date", "discipline", "code", "minutes"])] = rng.choice(
            ["", "x"]
        )
    return row


def a_log(seed: int, rows: int) -> list[dict[str, str | int]]:
    rng = Random(seed)
    return [a_row(rng) for _ in range(rows)]


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.integers(1, 60), st.integers(1, 30), st.integers(1, 30))
def test_a_stored_log_has_the_days_of_a_log_in_memory(
    seed: int, rows: int, in_memory: int, max_errors: int
) -> None:
    log = a_log(seed, rows)
    read = read_treatment_log(log, keep_going=True, max_errors=max_errors)
    stored = open_log(log, keep_going=True, max_errors=max_errors, rows_in_memory=in_memory)
    assert isinstance(stored, StoredLog)
    found = stored.in_memory()
    assert (found.days, found.rows) == (read.days, read.rows)
    assert [str(each) for each in found.errors] == [str(each) for each in read.errors]
    assert stored.remarks == read.remarks
    assert len(stored) == len(read.days)
    assert sorted(stored, key=lambda day: day.line) == list(read.days)


@settings(max_examples=15, deadline=None)
@given(SEEDS, st.integers(1, 40), st.integers(1, 20))
def test_a_stored_log_is_billed_and_checked_as_a_log_in_memory(
    seed: int, rows: int, in_memory: int
) -> None:
    log = a_log(seed, rows)
    years = {key: Accumulators(2026, deductible_met=283) for key in "AaB"} if rows % 2 else None

    def results(source: StoredLog | TreatmentLog) -> tuple[object, ...]:
        billed = bill_log(source, fees=OHIO, accumulators=years, keep_going=True)
        checked = check_log(source, fees=OHIO, accumulators=years, keep_going=True)
        return (
            list(billed),
            billed.totals,
            [str(each) for each in billed.errors],
            billed.remarks,
            list(checked),
            checked.schedule,
            checked.gaps,
            [str(each) for each in checked.errors],
        )

    stored = open_log(log, payers=PAYERS, keep_going=True, rows_in_memory=in_memory)
    assert results(stored) == results(read_treatment_log(log, payers=PAYERS, keep_going=True))


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.integers(1, 60), st.integers(1, 30))
def test_bad_rows_are_the_same_errors(seed: int, rows: int, in_memory: int) -> None:
    log = a_log(seed, rows)

    def errors(rows_in_memory: int | None) -> list[str]:
        try:
            open_log(log, rows_in_memory=rows_in_memory)
        except ExceptionGroup as group:
            return [group.message, *map(str, group.exceptions)]
        return []

    assert errors(in_memory) == errors(None)


MEMORY = """
import sys, tracemalloc
from therapy_billing.batch import bill_log
from therapy_billing.visits.treatment_log import open_log

work, rows_of_a_day = sys.argv[1], int(sys.argv[2])

def log(rows):
    # Every 50th day is of the same patient. With one row in a run, the rows of a day are far from each other.
    days = rows // 4
    for number in range(rows):
        day = number // 4 if rows_of_a_day == 4 else number % days
        visit = day // 50
        yield {
            "patient": f"P-{day % 50}", "date": f"{2010 + visit // 336}-{1 + visit // 28 % 12:02}-{1 + visit % 28:02}",
            "discipline": "PT", "code": "97110", "minutes": 20, "payer": "cpt-midpoint", "activity": f"row {number}",
        }

def most(rows):
    tracemalloc.start()
    for day in open_log(log(rows), rows_in_memory=1000) if work == "read" else bill_log(log(rows)):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak

most(8000)
print((most(24_000) - most(8000)) / 16_000)
"""


@pytest.mark.parametrize(("work", "run"), [("read", "4"), ("read", "1"), ("bill", "4")])
def test_a_row_of_a_known_patient_takes_a_few_bytes_of_memory(work: str, run: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, work, run], capture_output=True, text=True, check=True
    )
    # The order and the offset of a patient-day take 12 bytes, and a day has 4 rows. A row in memory takes more than 250.
    assert -20 < float(done.stdout) < 20
