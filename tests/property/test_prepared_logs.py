"""
Test what a clinic does with a log: prepare it, fill in the decisions file, and prepare it again until nothing is open.

- Without choices, the visits are what `bill_log` bills.
- Every choice is in the file that is written, and is read back equal.
- The answers open no decision without end.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from random import Random

import attrs
import pytest

from tests.ordinary_days import DAY, MIXES, draw_days
from therapy_billing import Accumulators, FeeSchedule
from therapy_billing.batch import Years, bill_log
from therapy_billing.prepare import (
    LogChoice,
    PreparedDay,
    VisitStatus,
    prepare_log,
    read_decisions,
    write_decisions,
)
from therapy_billing.visits import LogDay

OHIO = cache(partial(FeeSchedule.medicare, locality="OH"))
PATIENTS = [f"00{number}" for number in range(12)]
PAYERS = ("medicare", "medicare", "medicare", "cpt-midpoint", "ohio-medicaid")
ROUNDS = 4


def a_log(rng: Random) -> list[LogDay]:
    """Return days of a few patients, each with several visits and payers."""
    days: dict[tuple[str, str], LogDay] = {}
    for mix in MIXES.values():
        for drawn in draw_days(mix, 40, 5, OHIO(DAY)):
            patient, on = rng.choice(PATIENTS), DAY - timedelta(days=rng.randrange(80))
            if drawn.clocked:
                continue
            sessions = [attrs.evolve(each, date_of_service=on) for each in drawn.sessions]
            day = LogDay(patient, on, rng.choice(PAYERS), sessions, len(days) + 2)
            days.setdefault((patient, str(on)), day)
    return list(days.values())


def years(rng: Random) -> Years:
    return {
        patient: Accumulators(
            2026,
            deductible_met=rng.choice([0, 100, 283]),
            pt_slp=rng.choice([0, 2300, 2470]),
            ot=rng.choice([0, 2470]),
        )
        for patient in PATIENTS
    }


def fill_in(path: Path, rng: Random) -> None:
    """Answer every open row of a decisions file with any of its options, as a person does in a spreadsheet."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if not row["option"]:
            options = [option.partition(": ")[0] for option in row["options"].split(" | ")]
            answer = {
                "option": rng.choice(options),
                "author": "A. I.",
                "decided_at": "3/3/2026 14:05",
            }
            row.update(answer)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def as_billed(days: Sequence[LogDay], given: Years | None, prepared: Sequence[PreparedDay]) -> int:
    """Return how many prepared days are equal to those of bill_log. None may differ."""
    run = bill_log(days, fees=OHIO, accumulators=given, keep_going=True)
    billed: Mapping[int, object] = {each.day.line: each.priced for each in run}
    both = [each for each in prepared if each.day.line in billed]
    assert [each.visit.priced for each in both] == [billed[each.day.line] for each in both]
    return len(both)


def prepared_with(
    choices: tuple[LogChoice, ...], days: Sequence[LogDay], given: Years | None, path: Path
) -> tuple[list[PreparedDay], bool]:
    """Prepare the log, write the decisions file, and return the days and whether a decision is open."""
    run = prepare_log(days, fees=OHIO, accumulators=given, decisions=choices)
    prepared = list(run)
    rows = run.decision_rows()
    assert {each.choice for each in rows} - {None} == {each.choice for each in choices}
    write_decisions(rows, path)
    assert set(read_decisions(path)) == set(choices)
    return prepared, any(each.is_open for each in rows)


@pytest.mark.parametrize("known", [False, True], ids=["no years", "years"])
def test_a_log_is_prepared_until_nothing_is_open(tmp_path: Path, *, known: bool) -> None:
    rng, path = Random(11), tmp_path / "work.csv"
    days = a_log(rng)
    given = years(rng) if known else None
    prepared, is_open = prepared_with((), days, given, path)
    assert is_open
    assert as_billed(days, given, prepared) > len(days) / 4
    for _ in range(ROUNDS):
        fill_in(path, rng)
        prepared, is_open = prepared_with(read_decisions(path), days, given, path)
    assert not is_open
    left = {each.visit.status for each in prepared if not each.visit.outdated}
    assert left <= {VisitStatus.READY, VisitStatus.BLOCKED}
