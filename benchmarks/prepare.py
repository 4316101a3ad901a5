"""
Measure the speed of prepared visits: ``python benchmarks/prepare.py``.

The script prepares logs of up to 10,000 visits in which every second visit has a tie, and compares a visit with billing and checking
the same day. Each figure is processor time, and each ratio compares two figures of the same run. Copy the table to
docs/performance.md.
"""

from __future__ import annotations

import time
import timeit
import tracemalloc
from collections.abc import Callable
from datetime import date
from functools import partial

from therapy_billing import MEDICARE, Accumulators, FeeSchedule, Session, bill_day, check_day
from therapy_billing.prepare import prepare_log, prepare_visit
from therapy_billing.visits import LogDay

COUNTS = (300, 1_000, 3_000, 10_000)
DAY = date(2026, 3, 2)
FEES = FeeSchedule.medicare(DAY, locality="OH")
YEAR = Accumulators(2026, deductible_met=283)
TIED = {"97530": 23, "97110": 20, "97112": 8}
PLAIN = {"97530": 23, "97110": 20, "97112": 10}


def seconds(call: Callable[[], object], number: int = 1, repeat: int = 3) -> float:
    # Processor time, because a run takes minutes, and others use the machine.
    return min(timeit.repeat(call, timer=time.process_time, number=number, repeat=repeat)) / number


def session(minutes: dict[str, int]) -> Session:
    return Session.from_minutes(minutes, date_of_service=DAY, discipline="PT")


def log_of(count: int) -> list[LogDay]:
    visits = [session(TIED), session(PLAIN)]
    return [
        LogDay(f"P-{index}", DAY, "", (visits[index % 2],), index + 2) for index in range(count)
    ]


def prepare(log: list[LogDay]) -> None:
    years = {day.patient: YEAR for day in log}
    run = prepare_log(log, fees=lambda _: FEES, accumulators=years)
    for _ in run:
        pass
    if len(run.worklist()) != len(log) // 2:
        msg = "every second visit must have one decision"
        raise RuntimeError(msg)


def peak(call: Callable[[], object]) -> float:
    """Return the most megabytes that *call* needs at once, besides what exists already."""
    tracemalloc.start()
    call()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / 1e6


def bill_and_check(day: Session) -> None:
    bill_day(day, MEDICARE, FEES, YEAR)
    check_day(day, MEDICARE, FEES, YEAR)


def main() -> None:
    """Print both tables."""
    print("| visit | bill and check it | prepare it | ratio |\n| --- | --- | --- | --- |")
    for name, minutes in (("without a decision", PLAIN), ("with a tie of two codes", TIED)):
        day = session(minutes)
        both = seconds(partial(bill_and_check, day), 100)
        own = seconds(partial(prepare_visit, day, MEDICARE, FEES, YEAR), 100)
        print(f"| {name} | {both * 1e3:.2f} ms | {own * 1e3:.2f} ms | {own / both:.1f} |")
    print(
        "\n| visits of the log | ms per visit | time, smallest log = 1 | MB |\n| --- | --- | --- | --- |"
    )
    first = 0.0
    for count in COUNTS:
        log = log_of(count)
        taken = seconds(partial(prepare, log), repeat=1)
        first = first or taken
        memory = peak(partial(prepare, log)) if count <= COUNTS[2] else 0.0
        shown = f"{memory:.1f}" if memory else "not measured"
        print(f"| {count:,} | {taken / count * 1e3:.2f} | {taken / first:.1f} | {shown} |")


if __name__ == "__main__":
    main()
