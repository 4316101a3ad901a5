"""
Measure the speed of counting units and billing logs: ``python benchmarks/allocation.py``.

Each figure is the best of several repeats, which other work on the machine affects least. Each ratio compares two
figures of the same run. Copy the table to docs/performance.md.
"""

from __future__ import annotations

import csv
import gc
import io
import os
import subprocess
import sys
import tempfile
import timeit
import tracemalloc
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path

from therapy_billing import MEDICARE, Session, allocate_units, read_treatment_log
from therapy_billing.cli.command import main

MINUTES = {"97530": 20, "97110": 20, "97112": 8, "97140": 10}


def bare_units(minutes: dict[str, int]) -> dict[str, int]:
    """Apply the rule in a loop over a dict, without ties, checks, or explanations."""
    total = 0
    for given in minutes.values():
        total += given
    units = {code: given // 15 for code, given in minutes.items()}
    left = (total + 7) // 15 - sum(units.values())
    for code in sorted(minutes, key=lambda code: -(minutes[code] % 15))[:left]:
        units[code] += 1
    return units


def bare_units_with_ties(minutes: dict[str, int]) -> tuple[dict[str, int], list[str]]:
    """Apply the whole rule in a loop over a dict, and find the tied codes."""
    total = 0
    for given in minutes.values():
        total += given
    units = {code: given // 15 for code, given in minutes.items()}
    left = (total + 7) // 15 - sum(units.values())
    tied: list[str] = []
    if left:
        ranked = sorted(minutes, key=lambda code: -(minutes[code] % 15))
        last = minutes[ranked[left - 1]] % 15
        if left < len(ranked) and minutes[ranked[left]] % 15 == last:
            tied = [code for code in ranked if minutes[code] % 15 == last]
        for code in ranked[:left]:
            units[code] += 1
    return units, tied


def microseconds(call: Callable[[], object], number: int = 50_000) -> float:
    return min(timeit.repeat(call, number=number, repeat=7)) / number * 1e6


def import_milliseconds(statement: str) -> float:
    """Return the time of an import in a new process, without the start of the interpreter."""
    program = f"import time; t = time.perf_counter(); {statement}; print(time.perf_counter() - t)"
    runs = [
        float(
            subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout
        )
        for _ in range(15)
    ]
    return min(runs) * 1e3


def write_log(path: Path, rows: int) -> None:
    """Write a log with four rows per patient-day."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("patient", "date", "discipline", "payer", "code", "minutes"))
        for row in range(rows):
            code = ("97530", "97110", "97112", "97140")[row % 4]
            writer.writerow(
                (f"P-{row // 4}", "2026-03-02", "PT", "medicare", code, 8 + row * 7 % 31)
            )


def bill_seconds(path: Path) -> float:
    with redirect_stdout(io.StringIO()):
        return timeit.timeit(lambda: main(["bill", str(path), "--csv"]), number=1)


def peak_megabytes(call: Callable[[], object]) -> float:
    gc.collect()
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def row(name: str, *figures: str) -> None:
    print(f"| {name} | {' | '.join(figures)} |")


def show_allocation() -> None:
    session = Session.from_minutes(MINUTES, date_of_service="2026-03-02", discipline="PT")
    ours = microseconds(lambda: allocate_units(session, MEDICARE))
    bare = microseconds(lambda: bare_units(MINUTES))
    ties = microseconds(lambda: bare_units_with_ties(MINUTES))
    row("`allocate_units`, four codes", f"{ours:.2f} us", "1")
    row("bare dict loop, no ties", f"{bare:.2f} us", f"{ours / bare:.1f}x slower than this")
    row("bare dict loop with ties", f"{ties:.2f} us", f"{ours / ties:.1f}x slower than this")


def show_imports() -> None:
    base = import_milliseconds("import attrs, dateutil")
    ours = import_milliseconds("import therapy_billing")
    used = import_milliseconds("from therapy_billing import MEDICARE, Session, allocate_units")
    row("`import attrs, dateutil`", f"{base:.1f} ms", "1")
    row("`import therapy_billing`", f"{ours:.1f} ms", f"{ours / base:.2f}")
    row("the same plus `allocate_units`", f"{used:.1f} ms", f"{used / base:.2f}")


def show_logs() -> None:
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder) / "small.csv", Path(folder) / "large.csv"
        write_log(small, 10_000)
        write_log(large, 100_000)
        bill_seconds(small)
        one, ten = bill_seconds(small), bill_seconds(large)
        row("bill a log of 10,000 rows", f"{one:.2f} s", "1")
        row("bill a log of 100,000 rows", f"{ten:.2f} s", f"{ten / one:.1f}")
        sessions = Path(folder) / "sessions.csv"
        write_log(sessions, 400_000)
        row(
            "bill a log of 100,000 sessions, 400,000 rows",
            f"{bill_seconds(sessions):.2f} s",
            "-",
        )
        reading = peak_megabytes(lambda: read_treatment_log(large))
        billing = peak_megabytes(lambda: _bill_to_null(large))
        row("peak memory, log of 100,000 rows read", f"{reading:.0f} MB", "1")
        row("peak memory, the same log billed", f"{billing:.0f} MB", f"{billing / reading:.2f}")


def _bill_to_null(path: Path) -> None:
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        main(["bill", str(path), "--csv"])


if __name__ == "__main__":
    print("| measured | best time or peak | ratio |\n|---|---:|---:|")
    show_allocation()
    show_imports()
    show_logs()
