"""The command: what it prints, where it prints it, and with what status it ends."""

from __future__ import annotations

import csv
import importlib
import io
import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.commands import (
    JULY,
    MEDICARE_2026,
    METHOD,
    NATIONAL,
    NO_SHARES,
    NO_YEAR,
    ROW,
    Run,
    a_long_log,
    refused,
    write,
    write_log,
)
from therapy_billing.cli.command import main


def process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "therapy_billing", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1", **environment},
        check=False,
    )


# The example

# Counted by hand from sections 1 and 2 of the rules: total minutes of the discipline to units, full
# quarters first, then the most leftover minutes. Amounts are RVUs of RVU26C times 33.4009, with half of
# the practice expense on every always-therapy unit but the one where it is highest.
EXAMPLE_DAYS: dict[str, tuple[dict[str, int], dict[str, int], bool, str]] = {
    # 51 minutes are 3 units; 8 are left on 97530 and on 97112.
    "P-1001": ({"97530": 2, "97110": 1, "97112": 0}, {"G0283": 1}, True, "91.85"),
    # 7 minutes are no unit, and the evaluation's own minutes make none.
    "P-1002": ({"97110": 0}, {"97162": 1}, False, "97.86"),
    # The manual's 20 and 20.
    "P-1003": ({"97530": 2, "97112": 1}, {}, True, "85.00"),
    # PT is the 18, 13, 10 and 8 that Highmark printed; OT has 38 minutes, 9 and 14 left.
    "P-1004": (
        {"97110": 1, "97140": 1, "97116": 1, "97035": 0, "97535": 2, "97530": 1},
        {},
        False,
        "148.46",
    ),
    "P-1005": ({"97760": 1}, {"97165": 1}, False, "132.10"),
    # 38 minutes of a family: the first unit, and two of its add-on.
    "P-1006": ({"97129": 1, "97130": 2}, {"92507": 1}, False, "140.61"),
    # Two sessions of PT are 31 minutes: 22 and 9, with 7 and 9 left.
    "P-1007": ({"97110": 1, "97116": 1}, {"92526": 1}, False, "128.59"),
    "P-1008": ({"97110": 1}, {"97150": 1}, False, "43.09"),
    # Each code alone, past its midpoint.
    "P-1009": ({"97110": 1, "97124": 1}, {}, False, "58.79"),
    "P-1010": ({"97110": 2, "97140": 2}, {}, False, "113.56"),
    # 32 minutes are the first 30 and 2 of the add-on, which join the 15 of the other code.
    "P-1011": ({"97550": 1, "97533": 1}, {}, False, "113.56"),
    # Three times 7 are 21 minutes: one unit, on any of them.
    "P-1012": ({"97112": 1, "97110": 0, "97140": 0}, {}, True, "32.73"),
}


@pytest.fixture
def example_log(run: Run) -> str:
    outcome = run("example")
    assert (outcome.status, outcome.err) == (0, "")
    Path("example.csv").write_text(outcome.out, encoding="utf-8", newline="")
    return "example.csv"


def test_the_example_is_a_log_that_bills_cleanly(run: Run, example_log: str) -> None:
    outcome = run("bill", example_log)
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out.splitlines()[-10:] == [
        "12 patient-days: 28 timed units, 6 untimed units. 3 days have a tie to decide.",
        "medicare: $1,013.85 allowed; of $1,013.85 Medicare pays $785.20 and patients owe $202.75",
        "cpt-midpoint: $172.35 allowed",
        f"amounts: {MEDICARE_2026}",
        NATIONAL,
        JULY,
        NO_YEAR.replace("remark", "remark (medicare)"),
        f"remark (cpt-midpoint): {METHOD}",
        f"remark (cpt-midpoint): {NO_SHARES}",
        (
            "remark (medicare): 97550: whether the first unit needs all 30 minutes or 16 is not settled; 32 "
            "minutes make it either way"
        ),
    ]


def test_the_days_of_the_example_are_as_counted_by_hand(run: Run, example_log: str) -> None:
    days: list[dict[str, Any]] = json.loads(run("bill", example_log, "--json").out)
    assert {
        day["patient"]: (day["units"], day["untimed_units"], day["tied"], day["allowed"])
        for day in days
    } == EXAMPLE_DAYS
    assert all(day["complete"] for day in days)
    assert {day["patient"]: day["floored_seconds"] for day in days if day["floored_seconds"]} == {
        "P-1004": 60
    }


def test_the_example_as_csv_adds_up_to_the_same(run: Run, example_log: str) -> None:
    rows = list(csv.DictReader(io.StringIO(run("bill", example_log, "--csv").out)))
    cents: dict[str, int] = {}
    for row in rows:
        amount = int(row["allowed"].replace(".", ""))
        cents[row["patient"]] = cents.get(row["patient"], 0) + amount
    assert cents == {
        key: int(total.replace(".", "")) for key, (_, _, _, total) in EXAMPLE_DAYS.items()
    }


class ClosedPipe(io.StringIO):
    """A pipe whose reader has gone."""

    def write(self, _: str) -> int:
        raise BrokenPipeError


class FullDisk(io.StringIO):
    """A file on a disk without space; the error of a write names no file."""

    def write(self, _: str) -> int:
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("arguments", [["example"], ["units", "97530=20"]])
def test_a_reader_that_has_seen_enough_is_no_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    monkeypatch.setattr(sys, "stdout", ClosedPipe())
    assert main(arguments) == 0
    # What is still written at exit goes nowhere.
    assert sys.stdout.name == os.devnull
    sys.stdout.close()
    assert capsys.readouterr().err == ""


def test_an_output_that_cannot_be_written_is_told_in_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdout", FullDisk())
    assert main(["example"]) == 2
    told = capsys.readouterr().err
    assert told.endswith("No space left on device\n")
    assert "None" not in told


# In a process of its own


def test_importing_the_main_module_runs_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    module = importlib.import_module("therapy_billing.__main__")
    assert module.main is main
    assert capsys.readouterr() == ("", "")


def test_the_module_runs_as_the_command() -> None:
    done = process("units", "97530=20", "97110=20", "97112=8", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["total_units"] == 3


def test_the_status_of_a_process_tells_what_was_billed() -> None:
    good, bad = write_log(ROW, name="good.csv"), write_log(ROW, "P-2", name="bad.csv")
    assert process("bill", good).returncode == 0
    assert process("bill", bad, "--keep-going").returncode == 1
    nothing = process("bill", bad)
    assert (nothing.returncode, nothing.stdout) == (2, "")
    assert nothing.stderr == (
        "therapy-billing: bad.csv, line 3: 1 cells, but the header names 5 columns\n"
        "therapy-billing: 1 error, nothing was billed; --keep-going bills the rest\n"
    )
    assert process("--version").stdout == f"{version('therapy-billing')}\n"


def test_the_head_of_a_long_output_ends_the_command_quietly() -> None:
    log = a_long_log(1000)
    with subprocess.Popen(
        [sys.executable, "-m", "therapy_billing", "bill", log],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert running.stdout.readline() == "P-0  2026-03-02  medicare\n"
        running.stdout.close()
        assert running.stderr.read() == ""
    assert running.returncode == 0


@pytest.mark.parametrize("arguments", [["bill", "log.csv"], ["example"], ["units", "97530=20"]])
def test_a_pipe_that_is_closed_from_the_start_ends_the_command_quietly(
    arguments: list[str],
) -> None:
    write_log(ROW)
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "therapy_billing", *arguments],
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_key_that_the_output_cannot_hold_ends_in_no_traceback() -> None:
    log = write_log("Ñ-1,2026-03-02,PT,97110,20")
    done = process("bill", log, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == "\\xd1-1  2026-03-02  medicare"


def test_the_locale_of_the_machine_changes_no_reading_of_a_log() -> None:
    log = write_log("Ñ-1,2026-03-02,PT,97110,20")
    done = process("bill", log, "--json", PYTHONUTF8="0", LC_ALL="C", PYTHONCOERCECLOCALE="0")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)[0]["patient"] == "Ñ-1"


@pytest.mark.parametrize("zone", ["localtime", "posixrules", "Factory", "EST5EDT"])
def test_a_zone_that_differs_by_machine_is_refused(run: Run, zone: str) -> None:
    assert refused(run("bill", write_log(ROW), "--timezone", zone)) == [
        "--timezone is a name such as America/New_York"
    ]


def test_going_on_is_not_advised_to_one_who_asked_for_it(run: Run) -> None:
    row = '{"patient": "P-1", "date": "2026-03-02", "discipline": "PT", "code": "97110"'
    log = write(f'[{row}, "minutes": "x"}},', "x]", name="day.json")
    assert refused(run("bill", log, "--keep-going"))[-1] == "2 errors, nothing was billed"


def test_a_preferred_code_that_is_no_therapy_code_is_refused(run: Run) -> None:
    assert refused(run("bill", write_log(ROW), "--prefer", "99213")) == [
        "code '99213' is not among the therapy codes known here: see load_codes()"
    ]


@pytest.mark.parametrize("command", [["units", "97530=20"], ["bill", "log.csv"]])
def test_what_checks_nothing_loads_no_check(command: list[str]) -> None:
    write_log(ROW)
    code = (
        "import sys; from therapy_billing.cli.command import main; "
        f"main({command!r}); "
        "print([name for name in sys.modules if name.startswith('therapy_billing.checks')])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]"
