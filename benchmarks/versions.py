"""
Compare the speed of two checkouts: ``python benchmarks/versions.py OLD NEW``.

Each figure is the best of several processes. The processes alternate between the two checkouts, so that other work on
the machine affects both equally. Copy the ratios to docs/performance.md.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROUNDS = 5
MEASURE = """
import contextlib, io, json, sys, time, timeit
from therapy_billing import (
    MEDICARE, Accumulators, FeeSchedule, Session, TimedService, UntimedService, allocate_units, bill_day,
    build_claim, check_day, explain, read_treatment_log,
)

day = Session.from_minutes(
    {"97530": 20, "97110": 20, "97112": 8, "97140": 10}, date_of_service="2026-03-02", discipline="PT"
)
two = [day, Session("2026-03-02", "OT", [TimedService("97530", 23), UntimedService("97165", 30)])]
family = Session("2026-03-02", "SLP", [TimedService("97129", 15), TimedService("97130", 23)])
fees = FeeSchedule.medicare("2026-03-02", locality="15202-00")
year = Accumulators(2026, deductible_met="283", pt_slp="2400")
priced = bill_day(two, MEDICARE, fees, year)
calls = {
    "`allocate_units`, one discipline": (lambda: allocate_units(day, MEDICARE), 4000),
    "`allocate_units`, two disciplines": (lambda: allocate_units(two, MEDICARE), 2000),
    "`allocate_units`, a family": (lambda: allocate_units(family, MEDICARE), 2000),
    "`build_claim`": (lambda: build_claim(day, MEDICARE), 1500),
    "`bill_day`, two disciplines": (lambda: bill_day(two, MEDICARE, fees, year), 500),
    "`check_day`, two disciplines": (lambda: check_day(two, MEDICARE, fees, year), 100),
    "`explain` of a priced day": (lambda: explain(priced), 300),
    "`repr` of a priced day": (lambda: repr(priced), 2000),
    "read a log of 5,000 rows": (lambda: read_treatment_log(sys.argv[1]), 1),
}
best = {
    name: min(timeit.repeat(call, number=number, repeat=5)) / number
    for name, (call, number) in calls.items()
}
print(json.dumps(best))
"""


def seconds(checkout: str, log: str) -> dict[str, float]:
    """Return the seconds of each call and of the commands, measured in separate processes."""
    env = {**os.environ, "PYTHONPATH": str(Path(checkout) / "src")}
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, log], env=env, check=True, capture_output=True, text=True
    )
    found: dict[str, float] = json.loads(done.stdout)
    for command in (["--version"], ["bill", log, "--locality", "15202-00"], ["check", log]):
        program = (
            "import sys, time; began = time.perf_counter();"
            "from runpy import run_module; sys.argv[0] = 'therapy-billing';"
            "import contextlib, io; out = io.StringIO()\n"
            "with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):\n"
            "    run_module('therapy_billing', run_name='__main__')\n"
            "print(time.perf_counter() - began)"
        )
        timed = subprocess.run(
            [sys.executable, "-c", program, *command],
            env=env,
            check=True,
            capture_output=True,
            text=True,
        )
        name = f"command `{command[0]}`" + (" of the log" if len(command) > 1 else "")
        found[name] = float(timed.stdout.splitlines()[-1])
    return found


def main() -> int:
    """Print the table of both checkouts."""
    old, new = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.csv"
        rows = [
            f"P-{number},2026-03-02,PT,{code},{minutes}\n"
            for number in range(1250)
            for code, minutes in (("97530", 23), ("97110", 15), ("97112", 8), ("97140", 10))
        ]
        log.write_text("patient,date,discipline,code,minutes\n" + "".join(rows), encoding="utf-8")
        runs: dict[str, list[dict[str, float]]] = {old: [], new: []}
        for _ in range(ROUNDS):
            for checkout, found in runs.items():
                found.append(seconds(checkout, str(log)))
    print("| measured | before | after | ratio |\n| --- | ---: | ---: | ---: |")
    for name in runs[old][0]:
        before, after = (min(run[name] for run in runs[checkout]) for checkout in (old, new))
        print(f"| {name} | {before * 1e6:,.1f} us | {after * 1e6:,.1f} us | {after / before:.2f} |")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
