"""Run the command, and logs that the tests share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeAlias

HEADER = "patient,date,discipline,code,minutes"
ROW = "P-1,2026-03-02,PT,97110,20"
MEDICARE_2026 = "Medicare national amounts outside a facility, RVU26C"
NATIONAL = "remark: the amounts are national: give a locality for what is paid there"
JULY = (
    "remark: the January and April 2026 files are not held: January to June 2026 is priced from the July "
    "file"
)
METHOD = (
    "cpt-midpoint is a counting method, not a payer: the amounts are those of the schedule given"
)
NO_SHARES = "what the payer pays and what the patient owes is not known"
NO_YEAR = "remark: no accumulators were given: the deductible is taken as met, and KX is not known"


class Outcome(NamedTuple):
    """How a run ended."""

    status: int
    out: str
    err: str


Run: TypeAlias = Callable[..., Outcome]


def write(*lines: str, name: str = "log.csv") -> str:
    """Write *lines* to a file of this test's folder and return its name."""
    Path(name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="")
    return name


def write_log(*rows: str, name: str = "log.csv") -> str:
    """Write a log of *rows* under the usual header."""
    return write(HEADER, *rows, name=name)


def refused(outcome: Outcome) -> list[str]:
    """Return the lines of an outcome that billed nothing, without the name of the program."""
    assert outcome.status == 2
    assert outcome.out == ""
    return messages(outcome)


def messages(outcome: Outcome) -> list[str]:
    lines = outcome.err.splitlines()
    assert all(line.startswith("therapy-billing: ") for line in lines)
    return [line.removeprefix("therapy-billing: ") for line in lines]


def a_long_log(days: int, rows_a_day: int = 1) -> str:
    """Write a log of *days* patients with *rows_a_day* rows each."""
    rows = (f"P-{patient},2026-03-02,PT,97110,8" for patient in range(days))
    return write_log(*(row for row in rows for _ in range(rows_a_day)))
