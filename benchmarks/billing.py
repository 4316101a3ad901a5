"""
Measure the speed from minutes to dollars: ``python benchmarks/billing.py [PPRRVU.csv]``.

Each figure is the best of several repeats, and each ratio compares two figures of the same run. If you give a relative
value file, the time to read it is shown too. Copy the table to docs/performance.md.
"""

from __future__ import annotations

import subprocess
import sys
import timeit
from collections.abc import Callable
from datetime import date
from pathlib import Path

from therapy_billing import (
    MEDICARE,
    Accumulators,
    Claim,
    FeeSchedule,
    Session,
    TimedService,
    allocate_units,
    bill_day,
    build_claim,
    price_day,
)
from therapy_billing.fees import read_pprrvu
from therapy_billing.law import Parameters
from therapy_billing.law.parameters import BUNDLED

DAY = date(2026, 3, 2)
SESSIONS = (
    Session(
        DAY,
        "PT",
        [
            TimedService("97110", 13),
            TimedService("97110", 23, clinician="assistant"),
            TimedService("97140", 30),
            TimedService("97112", 16),
        ],
    ),
    Session(
        DAY,
        "OT",
        [
            TimedService("97530", 20),
            TimedService("97535", 12, clinician="assistant"),
            TimedService("97533", 20),
        ],
    ),
)
YEAR = Accumulators(2026, deductible_met=200, pt_slp=2400)


def microseconds(call: Callable[[], object], number: int = 2_000) -> float:
    return min(timeit.repeat(call, number=number, repeat=7)) / number * 1e6


def row(name: str, *figures: str) -> None:
    print(f"| {name} | {' | '.join(figures)} |")


def show_day(fees: FeeSchedule) -> None:
    claim = build_claim(SESSIONS, MEDICARE)
    day = microseconds(lambda: bill_day(SESSIONS, MEDICARE, fees, YEAR, attestations=["KX"]))
    units = microseconds(lambda: allocate_units(SESSIONS, MEDICARE))
    lines = microseconds(lambda: build_claim(SESSIONS, MEDICARE))
    money = microseconds(lambda: price_day(claim, MEDICARE, fees, YEAR, attestations=["KX"]))
    name = f"two disciplines, six codes, {len(claim.lines)} lines, assistants, MPPR, KX"
    row(f"`bill_day`, {name}", f"{day:.0f} us", "1")
    row("`allocate_units` of that day", f"{units:.0f} us", f"{units / day:.2f}")
    row("`build_claim` of that day", f"{lines:.0f} us", f"{lines / day:.2f}")
    row("`price_day` of that claim", f"{money:.0f} us", f"{money / day:.2f}")


def show_growth(fees: FeeSchedule) -> None:
    def days(count: int) -> float:
        def run() -> None:
            for _ in range(count):
                bill_day(SESSIONS, MEDICARE, fees, YEAR)

        return min(timeit.repeat(run, number=1, repeat=3))

    few, many = days(1_000), days(10_000)
    row("10,000 days", f"{many:.2f} s", f"{many / few:.1f}x of 1,000")

    claim = build_claim(SESSIONS, MEDICARE)
    short, long = Claim(DAY, claim.lines * 10), Claim(DAY, claim.lines * 100)
    one = microseconds(lambda: price_day(short, MEDICARE, fees, YEAR), 100)
    ten = microseconds(lambda: price_day(long, MEDICARE, fees, YEAR), 10)
    row("a day with ten times the lines", f"{ten / 1000:.1f} ms", f"{ten / one:.1f}x")


def show_schedules() -> None:
    program = (
        "import time; from therapy_billing import FeeSchedule; t = time.perf_counter(); "
        "fees = FeeSchedule.medicare('2026-03-02', mac='15202', locality='00'); "
        "fees.amount('97110'); print(time.perf_counter() - t)"
    )
    first = min(
        float(
            subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout
        )
        for _ in range(7)
    )
    same = microseconds(lambda: FeeSchedule.medicare(DAY, mac="15202", locality="00"))
    localities = FeeSchedule.medicare(DAY).coverage().localities
    remaining = iter(localities)

    def another() -> None:
        mac, locality = next(remaining)
        FeeSchedule.medicare(DAY, mac=mac, locality=locality).amount("97110")

    other = timeit.timeit(another, number=len(localities)) / len(localities) * 1e6
    changed = iter(
        [Parameters({"kx_threshold": BUNDLED.series("kx_threshold")}) for _ in range(50)]
    )

    def with_parameters() -> None:
        FeeSchedule.medicare(DAY, mac="15202", locality="00", parameters=next(changed))

    own = timeit.timeit(with_parameters, number=50) / 50 * 1e6
    row("`FeeSchedule.medicare`, first call in a process", f"{first * 1e3:.1f} ms", "1")
    row("another locality and one price", f"{other / 1e3:.3f} ms", f"{other / 1e6 / first:.4f}")
    row("with a changed parameter", f"{own / 1e3:.3f} ms", f"{own / 1e6 / first:.4f}")
    row("the same schedule again", f"{same / 1e3:.4f} ms", f"{same / 1e6 / first:.5f}")


def show_reading(path: Path) -> None:
    lines = len(path.read_bytes().split(b"\r"))
    plain = timeit.timeit(lambda: path.read_text(encoding="cp1252").split(","), number=1)
    ours = min(timeit.repeat(lambda: read_pprrvu(path), number=1, repeat=3))
    row(
        f"`read_pprrvu`, {lines} lines",
        f"{ours:.2f} s",
        f"{ours / plain:.0f}x the time of `str.split`",
    )


if __name__ == "__main__":
    print("| measured | figure | ratio |")
    print("| --- | --- | --- |")
    schedule = FeeSchedule.medicare(DAY, mac="15202", locality="00")
    show_day(schedule)
    show_growth(schedule)
    show_schedules()
    for argument in sys.argv[1:]:
        show_reading(Path(argument))
