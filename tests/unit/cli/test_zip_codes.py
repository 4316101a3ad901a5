"""Test the option --zip of the bill and check commands."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.cli.commands import ROW, Run, messages, refused, write, write_log
from tests.unit.zip_tables import ATLANTA, OHIO, REST_OF_GEORGIA, SPLIT, forget, zip_codes

JANUARY = "2026-01-01"
DAYS = ("P-1,2026-03-31,PT,97530,8", "P-1,2026-04-01,PT,97530,8")
COMMANDS = pytest.mark.parametrize("command", ["bill", "check"])
NO_TABLE = (
    "the data has no ZIP code table: build a data pack from CMS's ZIP5 file, "
    "or give the locality, such as '15202-00'"
)


def billed(run: Run, *options: str) -> list[dict[str, Any]]:
    """Bill two days with *options*, and return them."""
    outcome = run("bill", write_log(*DAYS), "--json", *options)
    assert (outcome.status, outcome.err) == (0, "")
    days: list[dict[str, Any]] = json.loads(outcome.out)
    return days


@COMMANDS
@pytest.mark.parametrize("zip_code", ["43215", "43215-1234"])
def test_a_zip_code_has_the_results_of_its_locality(run: Run, command: str, zip_code: str) -> None:
    log = write_log(*DAYS)
    with zip_codes(f"{JANUARY},{OHIO}", f"2026-04-01,{OHIO}"):
        outcome = run(command, log, "--zip", zip_code)
    assert outcome.status == 0
    assert outcome == run(command, log, "--locality", "15202-00")


def test_a_zip_code_is_looked_up_for_each_date_of_service(run: Run) -> None:
    with zip_codes(f"{JANUARY},{REST_OF_GEORGIA}", f"2026-04-01,{ATLANTA}"):
        days = billed(run, "--zip", "30303")
    assert [day["fees"] for day in days] == [
        "Medicare Rest Of Georgia, GA (MAC 10212, locality 99) outside a facility, RVU26C",
        "Medicare Atlanta, GA (MAC 10212, locality 01) outside a facility, RVU26C",
    ]
    assert days[0]["allowed"] < days[1]["allowed"]


def test_a_day_after_the_quarter_of_the_zip_code_file_has_a_remark(run: Run) -> None:
    remark = (
        "the locality of ZIP code 43215 comes from CMS's ZIP code file for the quarter that begins "
        "2026-01-01"
    )
    with zip_codes(f"{JANUARY},{OHIO}"):
        days = billed(run, "--zip", "43215")
        text = run("bill", write_log(*DAYS), "--zip", "43215").out
    assert [remark in day["remarks"] for day in days] == [False, True]
    assert text.count(f"Remark: {remark}.\n") == 1


@COMMANDS
def test_without_a_zip_code_table_there_is_one_error(run: Run, command: str) -> None:
    forget()
    assert refused(run(command, write_log(*DAYS), "--zip", "43215")) == [NO_TABLE]
    assert refused(run(command, write_log(*DAYS), "--zip", "43215", "--keep-going")) == [NO_TABLE]


@COMMANDS
@pytest.mark.parametrize(
    ("zip_code", "message"),
    [
        (
            "00501",
            (
                "ZIP code 00501 is not in CMS's ZIP code table (ZIP5 2026-01-01): correct it, "
                "or give the locality, such as '15202-00'"
            ),
        ),
        (
            "90265",
            "ZIP code 90265 is split between localities: give the mac and locality of its ZIP+4",
        ),
    ],
)
def test_a_zip_code_without_a_locality_is_one_error_without_a_row(
    run: Run, command: str, zip_code: str, message: str
) -> None:
    with zip_codes(f"{JANUARY},{OHIO}", f"{JANUARY},{SPLIT}"):
        assert refused(run(command, write_log(*DAYS), "--zip", zip_code)) == [message]


@COMMANDS
@pytest.mark.parametrize(("zip_code", "shown"), [("4321", "'4321'"), ("", "an empty string")])
def test_an_invalid_zip_code_is_one_error_before_the_log_is_read(
    run: Run, command: str, zip_code: str, shown: str
) -> None:
    assert refused(run(command, "none.csv", "--zip", zip_code)) == [
        f"zip_code must be five digits such as '43215', got {shown}"
    ]


def test_a_name_given_as_zip_code_is_not_repeated(run: Run) -> None:
    outcome = run("bill", write_log(ROW), "--zip", "Rosa Invented")
    assert refused(outcome)
    assert "Rosa" not in outcome.err


@pytest.mark.parametrize(
    ("first", "known_through", "line", "outside"),
    [
        ("2026-04-01", "2026-12-31", 2, "2026-03-31"),
        (JANUARY, "2026-03-31", 3, "2026-04-01"),
    ],
)
def test_a_day_outside_the_zip_code_table_is_an_error_of_its_own(
    run: Run, first: str, known_through: str, line: int, outside: str
) -> None:
    message = (
        f"log.csv, line {line}: CMS's ZIP code table is known from {first} through {known_through}, "
        f"not on {outside}"
    )
    log = write_log(*DAYS)
    with zip_codes(f"{first},{OHIO}", known_through=known_through):
        assert message in refused(run("bill", log, "--zip", "43215"))
        outcome = run("bill", log, "--zip", "43215", "--keep-going")
    assert outcome.status == 1
    assert messages(outcome)[0] == message
    assert "1 patient-day: " in outcome.out


@COMMANDS
def test_a_zip_code_and_a_locality_are_refused_together(run: Run, command: str) -> None:
    outcome = run(command, write_log(ROW), "--locality", "OH", "--zip", "43215")
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.endswith("argument --zip: not allowed with argument --locality\n")


@COMMANDS
def test_a_zip_code_is_refused_with_the_users_own_rates(run: Run, command: str) -> None:
    rates = write("code,amount", "97110,30.00", name="fees.csv")
    outcome = run(command, write_log(ROW), "--fees", rates, "--zip", "43215")
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.endswith(
        "error: --zip changes Medicare's amounts; do not use it with --fees\n"
    )
