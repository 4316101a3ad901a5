"""Test the progress line, and long logs."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable
from typing import TypeAlias

import pytest

from tests.unit.cli.commands import MEDICARE_2026, ROW, Run, a_long_log, write, write_log
from therapy_billing.cli import log_options
from therapy_billing.cli.command import main
from therapy_billing.visits.treatment_log import StoredLog, open_log

OnTerminal: TypeAlias = Callable[..., str]


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def on_screen(written: str) -> list[str]:
    """Return the lines that a terminal shows. A carriage return goes back to the start of the line."""
    lines = []
    for line in written.split("\n"):
        shown: list[str] = []
        for part in line.split("\r"):
            shown[: len(part)] = part
        lines.append("".join(shown).rstrip())
    return lines


@pytest.fixture
def on_terminal(monkeypatch: pytest.MonkeyPatch) -> OnTerminal:
    """Run the command on a terminal, and return what is written to its standard error."""

    def call(*arguments: str) -> str:
        stream = Terminal()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stderr", stream)
            main(arguments)
        return stream.getvalue()

    return call


def test_a_terminal_shows_the_rows_read(on_terminal: OnTerminal) -> None:
    written = on_terminal("bill", a_long_log(500, 4), "--csv")
    assert written == f"\r1000 rows read\r2000 rows read\r{' ' * 14}\r"
    assert on_screen(written) == [""]


def test_a_terminal_shows_the_days_billed(on_terminal: OnTerminal) -> None:
    assert on_terminal("bill", a_long_log(1001), "--csv").split("\r") == [
        "",
        "1000 rows read",
        f"[{' ' * 30}] 0 of 1001 patient-days",
        f"[{'#' * 29} ] 1000 of 1001 patient-days",
        " " * 58,
        "",
    ]


def test_a_thousand_days_show_no_bar(on_terminal: OnTerminal) -> None:
    assert "patient-days" not in on_terminal("bill", a_long_log(1000), "--csv")


def test_a_short_log_shows_no_progress(on_terminal: OnTerminal) -> None:
    assert on_terminal("bill", a_long_log(999), "--csv") == ""


def test_a_long_log_shows_no_progress_without_a_terminal(run: Run) -> None:
    outcome = run("bill", a_long_log(1001), "--csv")
    assert (outcome.status, outcome.err) == (0, "")


def test_a_progress_line_of_any_length_is_cleared(
    on_terminal: OnTerminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StoredLog, "__len__", lambda _: 1_000_001)
    a_long_log(1001)
    written = on_terminal("bill", "log.csv", "--csv")
    assert "] 1000 of 1000001 patient-days" in written
    assert on_screen(written) == [""]


def test_a_shorter_text_covers_the_longer_one_before_it(
    on_terminal: OnTerminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = open_log(write_log(ROW))

    def read(*_: object, progress: Callable[[int], None], **__: object) -> object:
        for rows in (1000, 10, 1):
            progress(rows)
        return log

    monkeypatch.setattr(log_options, "open_log", read)
    assert on_terminal("bill", "log.csv", "--csv") == (
        f"\r1000 rows read\r10 rows read  \r1 rows read \r{' ' * 11}\r"
    )


@pytest.mark.parametrize("bad", ["P-1,2026-03-02,PT,97110,x", "P-x,2026-03-02,PT,97014,"])
@pytest.mark.parametrize("options", [[], ["--keep-going"]])
def test_the_progress_line_is_cleared_before_an_error(
    on_terminal: OnTerminal, bad: str, options: list[str]
) -> None:
    written = on_terminal("bill", write_log(*[ROW] * 1000, bad), *options, "--csv")
    assert on_screen(written)[0].startswith("therapy-billing: log.csv, line 1002")


def test_the_progress_line_is_cleared_before_errors_about_fees(on_terminal: OnTerminal) -> None:
    written = on_terminal("bill", a_long_log(1000), "--fees", write("nonsense", name="fees.csv"))
    assert on_screen(written)[0].startswith("therapy-billing: fees.csv, line 1")


def test_two_thousand_rows_make_five_hundred_days_with_correct_totals(run: Run) -> None:
    # 4 x 8 minutes of one code are 32 minutes: 2 units, one at $29.06 and one at $22.21.
    log = a_long_log(500, 4)
    assert run("bill", log).out.splitlines()[-7:-4] == [
        "500 patient-days: 1000 timed units, 0 untimed units.",
        (
            "medicare: $25,635.00 allowed. Of $25,635.00, Medicare pays $20,100.00 and patients owe "
            "$5,125.00."
        ),
        f"Fee schedule: {MEDICARE_2026}.",
    ]
    rows = list(csv.DictReader(io.StringIO(run("bill", log, "--csv").out)))
    assert [row["patient"] for row in rows] == [f"P-{number}" for number in range(500)]
    assert {(row["minutes"], row["units"], row["allowed"]) for row in rows} == {
        ("32", "2", "51.27")
    }


def test_an_output_larger_than_the_memory_limit_is_complete(run: Run) -> None:
    out = run("bill", a_long_log(500, 4), "--json", "--explain").out
    assert len(out) > 1 << 20
    days = json.loads(out)
    assert [day["patient"] for day in days] == [f"P-{number}" for number in range(500)]


def test_a_longer_log_only_adds_its_own_rows(run: Run) -> None:
    short, long = (run("bill", a_long_log(days), "--csv").out for days in (10, 100))
    assert long.startswith(short)
    assert long.count("\n") - 1 == 10 * (short.count("\n") - 1)


def test_a_terminal_shows_the_days_checked(on_terminal: OnTerminal) -> None:
    assert on_terminal("check", a_long_log(1001)).split("\r") == [
        "",
        "1000 rows read",
        f"[{' ' * 30}] 0 of 1001 patient-days",
        f"[{'#' * 29} ] 1000 of 1001 patient-days",
        " " * 58,
        "",
    ]
