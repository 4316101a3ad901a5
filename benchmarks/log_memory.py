"""
Compare the time and memory of a long log with the old way: ``python benchmarks/log_memory.py [OLD]``.

OLD is a checkout of an older version, and both run the command. Without it, the old way is ``read_treatment_log``, which keeps
all rows in memory. Each run is a process of its own, old and new alternate, and the best of several runs counts. The bytes
per row are the growth of the peak memory from the short to the long log.
"""

from __future__ import annotations

import csv
import os
import random
import subprocess
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

SHORT, LONG = 20_000, 100_000
ROWS_OF_A_DAY = 4
ROUNDS = 3
WITH_OVERLAPS, WITHOUT_OVERLAPS = "with overlaps", "without overlaps"
CODES = ("97110", "97112", "97140", "97530")
PROGRAM = """
import os, resource, sys, time
way, what, log = sys.argv[1:]
sys.stdout = open(os.devnull, "w")
from therapy_billing import read_treatment_log
from therapy_billing.batch import bill_log, check_log
from therapy_billing.cli.command import main
start = time.process_time()
if way == "command":
    main([what, log, "--locality", "OH", *(["--csv"] if what == "bill" else [])])
else:
    work = bill_log if what == "bill" else check_log
    for day in work(read_treatment_log(log) if way == "memory" else log):
        pass
seconds = time.process_time() - start
print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, file=sys.stderr)
"""


def write_log(path: Path, rows: int, patients: int, order: str, clinicians: str) -> None:
    """
    Write a log of days with four services each.

    With clinicians "with overlaps", the services of all patients are at the same times, so every row is in a finding. With "without overlaps", each
    clinician treats five patients one after the other.
    """
    rng = random.Random(1)  # noqa: S311 - the same log each time
    first = date(2023, 1, 2)
    days = []
    for number in range(rows // ROWS_OF_A_DAY):
        visit, index = divmod(number, patients)
        days.append((first + timedelta(days=visit % 1250), f"P-{index:06}"))
    if order == "by patient":
        days.sort(key=lambda each: each[1])
    lines = []
    for day, patient in days:
        clinician, turn = divmod(int(patient[2:]), 5)
        start = 480 + 92 * turn
        for index, code in enumerate(CODES):
            minutes = rng.choice((8, 15, 20, 23))
            if clinicians == WITHOUT_OVERLAPS:
                who = f"C-{clinician}"
            else:
                start = 540 + 30 * index
                who = f"C-{rng.randrange(12)}" if clinicians else ""
            clock = [f"{at // 60}:{at % 60:02}" for at in (start, start + minutes)]
            start += minutes
            lines.append([patient, day, "PT", code, minutes, *clock, who])
    if order == "in random order":
        rng.shuffle(lines)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["patient", "date", "discipline", "code", "minutes", "start", "end", "treated_by"]
        )
        writer.writerows(lines)


def measure(checkout: Path, way: str, what: str, log: Path) -> tuple[float, int]:
    """Return the seconds and the peak memory of a run."""
    env = {**os.environ, "PYTHONPATH": str(checkout / "src")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, way, what, str(log)],
        env=env,
        check=True,
        capture_output=True,
        text=True,
    )
    seconds, peak = done.stderr.splitlines()[-1].split()
    return float(seconds), int(peak)


def compare(old: Path | None, folder: Path) -> None:
    here = Path(__file__).parents[1]
    ways = ((old, "command"), (here, "command")) if old else ((here, "memory"), (here, "file"))
    print("| log | old s | new s | time, old = 1 | old bytes per row | new bytes per row |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for what, clinicians, patients, order in (
        ("bill", WITH_OVERLAPS, 100, "by date"),
        ("bill", WITH_OVERLAPS, 100, "by patient"),
        ("bill", WITH_OVERLAPS, 5000, "by date"),
        ("bill", WITH_OVERLAPS, 100, "in random order"),
        ("check", "", 100, "by date"),
        ("check", WITHOUT_OVERLAPS, 100, "by date"),
        ("check", WITH_OVERLAPS, 100, "by date"),
    ):
        logs = [folder / f"{rows}.csv" for rows in (SHORT, LONG)]
        for path, rows in zip(logs, (SHORT, LONG), strict=True):
            write_log(path, rows, patients, order, clinicians)
        # Checking takes ten times as long as billing.
        rounds = ROUNDS if what == "bill" else 1
        short = [measure(*way, what, logs[0])[1] for way in ways]
        runs = [[measure(*way, what, logs[1]) for way in ways] for _ in range(rounds)]
        seconds = [min(run[index][0] for run in runs) for index in (0, 1)]
        grown = [
            (min(run[index][1] for run in runs) - short[index]) / (LONG - SHORT) for index in (0, 1)
        ]
        name = f"`{what}`, {LONG:,} rows, {patients:,} patients, {order}"
        if what == "check":
            name += f", clinicians {clinicians}" if clinicians else ", without clinicians"
        print(
            f"| {name} | {seconds[0]:.2f} | {seconds[1]:.2f} | {seconds[1] / seconds[0]:.2f} | "
            f"{grown[0]:,.0f} | {grown[1]:,.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        compare(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else None, Path(made))
