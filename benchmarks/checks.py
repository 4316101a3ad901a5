"""
Measure the speed of checking a day: ``python benchmarks/checks.py``.

Each figure is the best of several repeats, and each ratio compares two figures of the same run. Copy the table to
docs/performance.md.
"""

from __future__ import annotations

import timeit
from collections.abc import Callable
from datetime import date

from therapy_billing import (
    MEDICARE,
    Accumulators,
    FeeSchedule,
    Session,
    TimedService,
    UntimedService,
    bill_day,
    build_claim,
)
from therapy_billing.checks.day import check_claim, check_day

DAY = date(2024, 8, 1)
"""A date of service in a quarter that has bundled edits."""
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
WITH_GROUP = (*SESSIONS, Session(DAY, "PT", [UntimedService("97150", 30)]))
"""The same day with group therapy, which forms an NCCI pair with each of the other codes."""
FEES = FeeSchedule.medicare(DAY)
YEAR = Accumulators(2024, deductible_met=240, pt_slp=1000)


def seconds(call: Callable[[], object], number: int, repeat: int = 5) -> float:
    return min(timeit.repeat(call, number=number, repeat=repeat)) / number


def show_day() -> None:
    claim = build_claim(SESSIONS, MEDICARE)
    billed = seconds(lambda: bill_day(SESSIONS, MEDICARE, FEES, YEAR), 1_000)
    rows = {
        f"`bill_day`, two disciplines, six codes, {len(claim.lines)} lines": billed,
        "`check_day` of that day": seconds(lambda: check_day(SESSIONS, MEDICARE, FEES, YEAR), 500),
        "the same without fees": seconds(lambda: check_day(SESSIONS, MEDICARE), 500),
        "`check_claim` of its claim": seconds(lambda: check_claim(claim, MEDICARE), 500),
    }
    found = len(check_day(WITH_GROUP, MEDICARE, FEES, YEAR))
    rows[f"`check_day` with group therapy, {found} findings with dollars"] = seconds(
        lambda: check_day(WITH_GROUP, MEDICARE, FEES, YEAR), 500
    )
    for name, took in rows.items():
        print(f"| {name} | {took * 1e3:.2f} ms | {took / billed:.1f} |")


def show_growth() -> None:
    few, many = (
        seconds(lambda: check_day(SESSIONS, MEDICARE, FEES, YEAR), count, 3) * count
        for count in (1_000, 10_000)
    )
    print(f"| `check_day` of 10,000 days | {many:.1f} s | {many / few:.1f}x of 1,000 |")


if __name__ == "__main__":
    print("| measured | figure | ratio |")
    print("| --- | --- | --- |")
    show_day()
    show_growth()
