"""
Measure the speed of checking a schedule: ``python benchmarks/schedule.py``.

Each figure is the best of several repeats, and each ratio compares two figures of the same run. Copy the table to
docs/performance.md.
"""

from __future__ import annotations

import timeit
from collections.abc import Callable
from datetime import datetime, timedelta

from therapy_billing import MEDICARE, FeeSchedule, TimedService
from therapy_billing.schedule.schedule_checks import check_schedule
from therapy_billing.visits.schedule_entries import ScheduleEntry

CODES = ("97110", "97112", "97140", "97530")
OPENING = datetime(2026, 3, 2, 8)  # noqa: DTZ001 - the clinic's local time
A_DAY = 32
"""Number of 15-minute services in a clinician's eight-hour day."""


def entry(index: int, start: datetime, minutes: int = 15) -> ScheduleEntry:
    end = start + timedelta(minutes=minutes)
    service = TimedService(CODES[index % len(CODES)], start=start, end=end)
    patient, clinician = f"patient {index // 4}", f"clinician {index // A_DAY % 40}"
    return ScheduleEntry(str(index), patient, clinician, start.date(), "PT", service)


def working_days(count: int, minutes: int = 15) -> list[ScheduleEntry]:
    """Return *count* services of 40 clinicians, one every 15 minutes. Longer services overlap the next one."""
    return [
        entry(
            index,
            OPENING + timedelta(days=index // A_DAY // 40, minutes=index % A_DAY * 15),
            minutes,
        )
        for index in range(count)
    ]


def at_once(count: int) -> list[ScheduleEntry]:
    """Return *count* services of one clinician that all overlap each other."""
    return [
        ScheduleEntry(
            str(index),
            f"patient {index}",
            "clinician",
            OPENING.date(),
            "PT",
            TimedService("97110", start=OPENING, end=OPENING + timedelta(minutes=15)),
        )
        for index in range(count)
    ]


def without_clock(count: int) -> list[ScheduleEntry]:
    return [
        ScheduleEntry(
            given.key,
            given.patient,
            given.treated_by,
            given.date_of_service,
            given.discipline,
            TimedService(given.service.code, given.service.minutes),
        )
        for given in working_days(count)
    ]


def show(
    name: str, make: Callable[[int], list[ScheduleEntry]], fees: FeeSchedule | None = None
) -> None:
    few, many = make(10_000), make(100_000)
    first = min(timeit.repeat(lambda: check_schedule(few, MEDICARE, fees=fees), number=1, repeat=5))
    tenfold = min(
        timeit.repeat(lambda: check_schedule(many, MEDICARE, fees=fees), number=1, repeat=3)
    )
    found = len(check_schedule(many, MEDICARE, fees=fees))
    print(f"| {name} | {first:.2f} s | {tenfold:.2f} s | {tenfold / first:.1f}x | {found} |")


if __name__ == "__main__":
    print("| `check_schedule` | 10,000 services | 100,000 services | ratio | findings in 100,000 |")
    print("| --- | --- | --- | --- | --- |")
    show("days back to back", working_days)
    show("each service overlaps the next by a minute", lambda count: working_days(count, 16))
    show("all services at once", at_once)
    show("no clock times", without_clock)
    ohio = FeeSchedule.medicare(OPENING.date(), mac="15202", locality="00")
    show("all services at once, with fees", at_once, ohio)
    flat = FeeSchedule.from_rates(dict.fromkeys(CODES, 30))
    show("days back to back, with fees", working_days, flat)
    show(
        "each service overlaps the next by five minutes, with fees",
        lambda count: working_days(count, 20),
        flat,
    )
