"""Run the command, and write logs for the tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeAlias

from therapy_billing import __version__

HEADER = "patient,date,discipline,code,minutes"
ROW = "P-1,2026-03-02,PT,97110,20"
MEDICARE_2026 = "Medicare national amounts outside a facility, RVU26C"
NATIONAL = "Remark: these are national amounts; give a locality for the amounts that Medicare allows there."
JULY = (
    "Remark: January to June 2026 is priced with the July 2026 file; the January and April files are "
    "not in the library's data."
)
METHOD = "cpt-midpoint is a counting method, not a payer; the amounts come from the fee schedule that was given"
NO_SHARES = "what the payer pays and what the patient owes are not known"
NO_YEAR = "Remark: no year-to-date amounts were given, so the deductible is treated as met and KX is not checked."

DATA = f"Data: therapy_billing {__version__}."


class Outcome(NamedTuple):
    """The result of a run."""

    status: int
    out: str
    err: str


Run: TypeAlias = Callable[..., Outcome]


def write(*lines: str, name: str = "log.csv") -> str:
    """Write *lines* to a file in the test's folder, and return its name."""
    Path(name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="")
    return name


def write_log(*rows: str, name: str = "log.csv") -> str:
    """Write a log of *rows* under the usual header."""
    return write(HEADER, *rows, name=name)


def refused(outcome: Outcome) -> list[str]:
    """Return the messages of a run that billed nothing, without the program name."""
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
