"""Test what the command prints, on which stream, and its exit status."""

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
    DATA,
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
    """Run the command in a separate process."""
    return subprocess.run(
        [sys.executable, "-m", "therapy_billing", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1", **environment},
        check=False,
    )


# The example

# Counted by hand with the eight-minute rule: total minutes of the discipline to units, full quarters
# first, then the most leftover minutes. Amounts are the RVUs of RVU26C times 33.4009, with half the
# practice expense on each always-therapy unit except the one with the highest practice expense.
EXAMPLE_DAYS: dict[str, tuple[dict[str, int], dict[str, int], bool, str]] = {
    # 51 minutes make 3 units; 97530 and 97112 have 8 minutes left each.
    "P-1001": ({"97530": 2, "97110": 1, "97112": 0}, {"G0283": 1}, True, "91.85"),
    # 7 minutes make no unit, and the minutes of the evaluation do not count.
    "P-1002": ({"97110": 0}, {"97162": 1}, False, "97.86"),
    # The manual's example with 20 and 20 minutes.
    "P-1003": ({"97530": 2, "97112": 1}, {}, True, "85.00"),
    # PT is Highmark's example (18, 13, 10, 8). OT has 38 minutes, with 9 and 14 left.
    "P-1004": (
        {"97110": 1, "97140": 1, "97116": 1, "97035": 0, "97535": 2, "97530": 1},
        {},
        False,
        "148.46",
    ),
    "P-1005": ({"97760": 1}, {"97165": 1}, False, "132.10"),
    # 38 minutes of a family: the first unit and two units of its add-on code.
    "P-1006": ({"97129": 1, "97130": 2}, {"92507": 1}, False, "140.61"),
    # Two PT sessions have 31 minutes (22 and 9), with 7 and 9 left.
    "P-1007": ({"97110": 1, "97116": 1}, {"92526": 1}, False, "128.59"),
    "P-1008": ({"97110": 1}, {"97150": 1}, False, "43.09"),
    # Each code separately, past its midpoint.
    "P-1009": ({"97110": 1, "97124": 1}, {}, False, "58.79"),
    "P-1010": ({"97110": 2, "97140": 2}, {}, False, "113.56"),
    # 32 minutes are the first 30 and 2 of the add-on code, which join the 15 of the other code.
    "P-1011": ({"97550": 1, "97533": 1}, {}, False, "113.56"),
    # 3 x 7 are 21 minutes: one unit, on any of the codes.
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
    assert outcome.out.splitlines()[-13:] == [
        "12 patient-days: 28 timed units, 6 untimed units. 3 days have a tie to decide.",
        "medicare: $1,013.85 allowed. Of $1,013.85, Medicare pays $785.20 and patients owe $202.75.",
        "cpt-midpoint: $172.35 allowed.",
        f"Fee schedule: {MEDICARE_2026}.",
        NATIONAL,
        JULY,
        NO_YEAR.replace("Remark", "Remark (medicare)"),
        (
            "Remark (medicare): how units of 92526 are counted is general knowledge, not confirmed by a "
            "source."
        ),
        f"Remark (cpt-midpoint): {METHOD}.",
        f"Remark (cpt-midpoint): {NO_SHARES}.",
        (
            "Remark (cpt-midpoint): units that an assistant furnished are priced in full, because a "
            "counting method names no percentage."
        ),
        (
            "Remark (medicare): 97550: no source settles whether the first unit needs 30 minutes or 16; 32 "
            "minutes make it either way."
        ),
        DATA,
    ]


def test_the_days_of_the_example_match_the_hand_count(run: Run, example_log: str) -> None:
    days: list[dict[str, Any]] = json.loads(run("bill", example_log, "--json").out)
    assert {
        day["patient"]: (day["units"], day["untimed_units"], day["tied"], day["allowed"])
        for day in days
    } == EXAMPLE_DAYS
    assert all(day["complete"] for day in days)
    assert {day["patient"]: day["floored_seconds"] for day in days if day["floored_seconds"]} == {
        "P-1004": 60
    }


def test_the_example_as_csv_has_the_same_totals(run: Run, example_log: str) -> None:
    rows = list(csv.DictReader(io.StringIO(run("bill", example_log, "--csv").out)))
    cents: dict[str, int] = {}
    for row in rows:
        amount = int(row["allowed"].replace(".", ""))
        cents[row["patient"]] = cents.get(row["patient"], 0) + amount
    assert cents == {
        key: int(total.replace(".", "")) for key, (_, _, _, total) in EXAMPLE_DAYS.items()
    }


class ClosedPipe(io.StringIO):
    """A pipe that its reader has closed."""

    def write(self, _: str) -> int:
        raise BrokenPipeError


class FullDisk(io.StringIO):
    """A file on a full disk. The error does not name a file."""

    def write(self, _: str) -> int:
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("arguments", [["example"], ["units", "97530=20"]])
def test_a_closed_pipe_is_not_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    monkeypatch.setattr(sys, "stdout", ClosedPipe())
    assert main(arguments) == 0
    # Whatever is still written at exit is discarded.
    assert sys.stdout.name == os.devnull
    sys.stdout.close()
    assert capsys.readouterr().err == ""


def test_an_output_that_cannot_be_written_has_a_plain_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdout", FullDisk())
    assert main(["example"]) == 2
    message = capsys.readouterr().err
    assert message.endswith("No space left on device\n")
    assert "None" not in message


# Separate processes


def test_importing_the_main_module_runs_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    module = importlib.import_module("therapy_billing.__main__")
    assert module.main is main
    assert capsys.readouterr() == ("", "")


def test_the_module_runs_as_the_command() -> None:
    done = process("units", "97530=20", "97110=20", "97112=8", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["total_units"] == 3


def test_the_exit_status_shows_what_was_billed() -> None:
    good, bad = write_log(ROW, name="good.csv"), write_log(ROW, "P-2", name="bad.csv")
    assert process("bill", good).returncode == 0
    assert process("bill", bad, "--keep-going").returncode == 1
    nothing = process("bill", bad)
    assert (nothing.returncode, nothing.stdout) == (2, "")
    assert nothing.stderr == (
        "therapy-billing: bad.csv, line 3: the row has 1 cell, but the header names 5 columns\n"
        "therapy-billing: 1 error, so nothing was billed; --keep-going bills the good rows\n"
    )
    assert process("--version").stdout == f"{version('therapy-billing')}\n"


def test_reading_only_the_head_of_a_long_output_is_not_an_error() -> None:
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
def test_a_pipe_closed_from_the_start_is_not_an_error(
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


def test_a_key_outside_the_output_encoding_is_escaped() -> None:
    log = write_log("Ñ-1,2026-03-02,PT,97110,20")
    done = process("bill", log, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == "\\xd1-1  2026-03-02  medicare"


def test_the_locale_of_the_machine_does_not_change_how_a_log_is_read() -> None:
    log = write_log("Ñ-1,2026-03-02,PT,97110,20")
    done = process("bill", log, "--json", PYTHONUTF8="0", LC_ALL="C", PYTHONCOERCECLOCALE="0")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)[0]["patient"] == "Ñ-1"


@pytest.mark.parametrize("zone", ["localtime", "posixrules", "Factory", "EST5EDT"])
def test_a_time_zone_that_differs_by_machine_is_refused(run: Run, zone: str) -> None:
    assert refused(run("bill", write_log(ROW), "--timezone", zone)) == [
        "--timezone must be an IANA name such as America/New_York"
    ]


def test_keep_going_is_not_suggested_when_it_is_set(run: Run) -> None:
    row = '{"patient": "P-1", "date": "2026-03-02", "discipline": "PT", "code": "97110"'
    log = write(f'[{row}, "minutes": "x"}},', "x]", name="day.json")
    assert refused(run("bill", log, "--keep-going"))[-1] == "2 errors, so nothing was billed"


def test_a_preferred_code_outside_therapy_is_refused(run: Run) -> None:
    assert refused(run("bill", write_log(ROW), "--prefer", "99213")) == [
        "code '99213' is not in the data: add it with use_data or --codes"
    ]


@pytest.mark.parametrize("command", [["units", "97530=20"], ["bill", "log.csv"]])
def test_commands_without_checks_do_not_import_the_checks(command: list[str]) -> None:
    write_log(ROW)
    code = (
        "import sys; from therapy_billing.cli.command import main; "
        f"main({command!r}); "
        "print([name for name in sys.modules if name.startswith('therapy_billing.checks')])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]"
