"""The bundled log, with its faults corrected, has no finding."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from therapy_billing.base.library_files import read_library_text
from therapy_billing.cli.command import main

DAY = "2024-08-01"
ATTESTED = {("P-1007", "97110"), ("P-1008", "97110")}
"""Pairs of that quarter that 59 or an X modifier allows: furnished at separate times, and attested."""
FORBIDDEN = ("P-1006", "92507")
"""Codes that the manual does not allow one clinician with the other code, even with an attestation."""


def rows_in_order() -> list[dict[str, str]]:
    """Return the rows of the log, one after another in time, on a day with edits in the data."""
    rows = list(csv.DictReader(io.StringIO(read_library_text("logs/clinic_day.csv"))))
    clocks: dict[str, datetime] = {}
    for row in rows:
        minutes = int(row["minutes"] or 0)
        if row["start"]:
            form = "%H:%M:%S" if row["start"].count(":") == 2 else "%H:%M"
            ended = datetime.strptime(row["end"], form if row["end"].count(":") == 2 else "%H:%M")  # noqa: DTZ007
            began = datetime.strptime(row["start"], form)  # noqa: DTZ007
            minutes = (ended - began) // timedelta(minutes=1)
        begins = clocks.get(row["patient"], datetime(2024, 8, 1, 8))  # noqa: DTZ001
        clocks[row["patient"]] = begins + timedelta(minutes=minutes)
        row["start"] = f"{begins:%H:%M}"
        row["end"] = f"{clocks[row['patient']]:%H:%M}"
        row["minutes"] = ""
        row["date"] = DAY
        row["treated_by"] = f"T-{row['patient']}-{row['discipline']}"
        row["attest"] = "XU" if (row["patient"], row["code"]) in ATTESTED else ""
    # A group has at least two patients; the log shows one of them.
    group = next(row for row in rows if row["code"] == "97150")
    return [*rows, group | {"patient": "P-1013"}]


def clean_rows() -> list[dict[str, str]]:
    """Return these rows without the codes that no modifier allows."""
    return [row for row in rows_in_order() if (row["patient"], row["code"]) != FORBIDDEN]


def checked(
    rows: list[dict[str, str]], folder: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[int, dict[str, list[str]]]:
    """Return the exit status, and the rules of the findings for each patient."""
    log, years = folder / "day.csv", folder / "years.json"
    with log.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    year = {"year": 2024, "deductible_met": "240", "pt_slp": "0", "ot": "0"}
    years.write_text(json.dumps({row["patient"]: year for row in rows}), encoding="utf-8")
    status = main(["check", str(log), "--json", "--locality", "OH", "--accumulators", str(years)])
    record = json.loads(capsys.readouterr().out)
    found = {
        day["patient"]: [finding["rule"] for finding in day["findings"]] for day in record["days"]
    }
    found["schedule"] = [finding["rule"] for finding in record["schedule"]["findings"]]
    return status, {about: rules for about, rules in found.items() if rules}


def test_the_clinic_day_made_clean_has_no_finding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert checked(clean_rows(), tmp_path, capsys) == (0, {})


@pytest.mark.parametrize(("patient", "code"), sorted(ATTESTED))
def test_a_pair_without_an_attestation_is_denied(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], patient: str, code: str
) -> None:
    rows = clean_rows()
    for row in rows:
        if (row["patient"], row["code"]) == (patient, code):
            row["attest"] = ""
    assert checked(rows, tmp_path, capsys) == (1, {patient: ["ncci-ptp"]})


@pytest.mark.parametrize(
    ("attested", "expected"),
    [("", (1, {"P-1006": ["ncci-ptp"]})), ("XU", (0, {"P-1006": ["distinct-service"]}))],
)
def test_what_the_manual_forbids_one_clinician_is_found_attested_or_not(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    attested: str,
    expected: tuple[int, dict[str, list[str]]],
) -> None:
    rows = rows_in_order()
    for row in rows:
        if (row["patient"], row["code"]) == ("P-1006", "97129"):
            row["attest"] = attested
    assert checked(rows, tmp_path, capsys) == expected


def test_a_clinician_with_two_patients_at_once_would_be_denied(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = clean_rows()
    for row in rows:
        if row["patient"] in ("P-1001", "P-1002"):
            row["treated_by"] = "T-1"
    status, found = checked(rows, tmp_path, capsys)
    assert status == 1
    assert set(found) == {"schedule"}
