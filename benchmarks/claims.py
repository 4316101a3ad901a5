"""
Measure the speed of claim files: ``python benchmarks/claims.py``.

The script writes, reads, and checks 837P files of up to 10,000 claims, and lets two independent validators, pyx12 and
x12sdk, read a file of the same claims. Each figure is processor time, and each ratio compares two figures of the same run. Copy the table to
docs/performance.md.
"""

from __future__ import annotations

import sys
import time
import timeit
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path

# The example claims are part of the tests, which are not installed.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.submissions import CREATED, many_claims
from tests.x12_validators import pyx12_errors, x12sdk_copy, x12sdk_errors

from therapy_billing.checks import check_submission
from therapy_billing.claims import Submission
from therapy_billing.formats import parse_837p, write_837p

COUNTS = (1_000, 3_000, 10_000)
SAMPLE = 300
"""How many claims the validators read, because they take longer."""


def seconds(call: Callable[[], object], repeat: int = 3) -> float:
    # Processor time, because a run takes minutes, and others use the machine.
    return min(timeit.repeat(call, timer=time.process_time, number=1, repeat=repeat))


def peak(call: Callable[[], object]) -> float:
    """Return the most megabytes that *call* needs at once, besides what exists already."""
    tracemalloc.start()
    call()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / 1e6


def write(submission: Submission) -> str:
    return write_837p(submission, control_number=1, created=CREATED, usage="T")


def check(submission: Submission) -> None:
    findings = check_submission(submission, filed_on=CREATED.date())
    if findings.has_denials:
        raise RuntimeError(findings[0].message)


def read(text: str, count: int) -> None:
    found = parse_837p(text, names=True)
    if found.remarks or sum(len(each.claims) for each in found.submissions) != count:
        msg = "the file does not read back"
        raise RuntimeError(msg)


def row(name: str, *figures: str) -> None:
    print(f"| {name} | {' | '.join(figures)} |")


def show_growth() -> None:
    """Print the times of files of different sizes."""
    first: dict[str, float] = {}
    for count in COUNTS:
        submission = many_claims(count)
        text = write(submission)
        times = {
            "`write_837p`": seconds(partial(write, submission)),
            "`check_submission`": seconds(partial(check, submission)),
            "`parse_837p` with names": seconds(partial(read, text, count)),
        }
        first = first or times
        for name, took in times.items():
            times_as_long = f"{took / first[name]:.1f} times the time for {COUNTS[0]:,} claims"
            row(
                f"{name}, {count:,} claims, {len(text) / 1e6:.1f} MB",
                f"{took:.2f} s, {took / count * 1e6:.0f} us per claim",
                "1" if count == COUNTS[0] else times_as_long,
            )
        if count == COUNTS[-1]:
            for name, call in (
                ("`write_837p`", partial(write, submission)),
                ("`parse_837p`", partial(read, text, count)),
            ):
                row(f"peak memory of {name}, {count:,} claims", f"{peak(call):.0f} MB", "-")


def show_others() -> None:
    """Print the times of the validators next to ours, for the same file."""
    submission = many_claims(SAMPLE)
    text = write(submission)
    if pyx12_errors(text) or x12sdk_errors(text):
        msg = "a validator rejects the file"
        raise RuntimeError(msg)
    ours = seconds(partial(read, text, SAMPLE))
    others = {
        "`parse_837p` with names": ours,
        "`parse_837p` and `check_submission`": ours + seconds(partial(check, submission)),
        "`write_837p`, with its check": seconds(partial(write, submission)),
        "pyx12 validates": seconds(partial(pyx12_errors, text)),
        "x12sdk reads, validates, and writes again": seconds(partial(x12sdk_copy, text)),
    }
    for name, took in others.items():
        row(
            f"{name}, the same file of {SAMPLE} claims",
            f"{took / SAMPLE * 1e6:.0f} us per claim",
            f"{took / ours:.1f} times `parse_837p`",
        )


if __name__ == "__main__":
    print("| measured | figure | ratio |")
    print("| --- | --- | --- |")
    show_growth()
    show_others()
