"""Test the CSV output: exact rows, and no cell that a spreadsheet reads as a formula."""

from __future__ import annotations

import csv
import io
from datetime import date

import attrs
import pytest

from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    Accumulators,
    Claim,
    ClaimLine,
    FeeSchedule,
    PricedDay,
    Session,
    TimedService,
    UntimedService,
    bill_day,
    price_day,
)
from therapy_billing.base.csv_cells import formula_safe
from therapy_billing.base.library_files import DataVersion
from therapy_billing.formats.csv import CSV_COLUMNS, csv_header, csv_rows
from therapy_billing.visits.services import Service

RATES = FeeSchedule.from_rates({"97530": "40.42", "97110": "30.00", "97161": "100.00"})
FORMULA_SIGNS = tuple("=+-@|\uff1d\uff0b\uff0d\uff20")
BLANKS = " \t\r\n\x00\ufeff\u00a0"


def a_day() -> PricedDay:
    services: list[Service] = [
        TimedService("97530", 20),
        TimedService("97110", 20),
        UntimedService("97161", 30),
    ]
    return bill_day(Session(date(2026, 3, 2), "PT", services), MEDICARE, RATES)


def rows_of(day: PricedDay, *rest: tuple[int, ...]) -> list[dict[str, str]]:
    """Return the rows of a day by column name."""
    text = csv_header() + csv_rows("P-1", "medicare", day, *rest)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row for row in rows if None in row or None in row.values()] == []
    return rows


def test_a_service_that_is_not_billed_has_a_row_with_the_reason() -> None:
    services: list[Service] = [
        TimedService("97110", 20),
        TimedService("97530", 15, clinician="student"),
        UntimedService("97161", clinician="aide"),
    ]
    rows = rows_of(bill_day(Session(date(2026, 3, 2), "PT", services), MEDICARE, RATES))
    columns = ("discipline", "code", "modifiers", "minutes", "units", "allowed", "unpriced")
    assert [tuple(row[column] for column in columns) for row in rows[1:]] == [
        (
            "PT",
            "97530",
            "",
            "15",
            "0",
            "0.00",
            "by a student: the payer pays only for the therapist's own service, not for one by a student",
        ),
        (
            "PT",
            "97161",
            "",
            "",
            "0",
            "0.00",
            "by an aide: the payer does not pay for a service by an aide",
        ),
    ]


def test_the_header_names_the_columns_in_order() -> None:
    assert csv_header() == (
        '"patient","date_of_service","payer","discipline","code","modifiers","minutes","units",'
        '"allowed","mppr_reduction","deductible","coinsurance","assistant_reduction",'
        '"sequestration","medicare_pays","patient_responsibility","kx","unpriced","tied",'
        '"skipped_lines","remarks","data"\n'
    )
    assert next(csv.reader([csv_header()])) == list(CSV_COLUMNS)


def test_each_row_names_the_library_and_the_packs() -> None:
    day = attrs.evolve(a_day(), data=DataVersion("26.13.0", ("medicare-2027 1f3a9c2e",)))
    assert [row["data"] for row in rows_of(day)] == [
        "therapy_billing 26.13.0; data packs: medicare-2027 1f3a9c2e"
    ] * 3


def test_a_day_has_one_row_per_claim_line() -> None:
    day = a_day()
    remarks = "; ".join(day.remarks)
    assert "the deductible is treated as met" in remarks
    assert csv_rows("P-1", "medicare", day) == (
        '"P-1","2026-03-02","medicare","PT","97530","GP","20","2","80.84","0.00","0.00","16.17",'
        f'"0.00","1.29","63.38","16.17","unknown","","yes","","{remarks}","{day.data}"\n'
        '"P-1","2026-03-02","medicare","PT","97110","GP","20","1","30.00","0.00","0.00","6.00",'
        f'"0.00","0.48","23.52","6.00","unknown","","yes","","{remarks}","{day.data}"\n'
        '"P-1","2026-03-02","medicare","PT","97161","GP","","1","100.00","0.00","0.00","20.00",'
        f'"0.00","1.60","78.40","20.00","unknown","","yes","","{remarks}","{day.data}"\n'
    )


def test_the_amounts_of_a_line_are_in_their_columns() -> None:
    fees = FeeSchedule.medicare("2026-03-02", mac="15202", locality="00")
    services = [TimedService("97110", 12), TimedService("97110", 14, clinician="assistant")]
    year = Accumulators(2026, "273.00", "2480.00")
    day = bill_day(Session("2026-03-02", "PT", services), MEDICARE, fees, year, attestations=["KX"])
    rows = rows_of(day)
    assert [(row["modifiers"], row["minutes"], row["units"]) for row in rows] == [
        ("GP CQ KX", "", "1") if line.claim_line.assistant else ("GP KX", "26", "1")
        for line in day.lines
    ]
    for row, line in zip(rows, day.lines, strict=True):
        assert line.share is not None
        assert (row["allowed"], row["mppr_reduction"]) == (
            str(line.allowed),
            str(line.mppr_reduction),
        )
        assert {name: row[name] for name in line.share._fields} == {
            name: str(amount) for name, amount in line.share._asdict().items()
        }
        assert row["patient_responsibility"] == str(line.patient_responsibility)
        assert (row["kx"], row["unpriced"]) == ("applied", "")
    assert sorted(row["mppr_reduction"] for row in rows) == ["0.00", "6.25"]
    assert next(row["assistant_reduction"] for row in rows) == "0.00"
    assert [row["assistant_reduction"] for row in rows][1] != "0.00"


def test_each_row_of_a_day_lists_the_skipped_lines() -> None:
    rows = rows_of(a_day(), (3, 14))
    assert [row["skipped_lines"] for row in rows] == ["3 14"] * 3


def test_every_cell_is_quoted_and_a_quote_in_a_key_is_doubled() -> None:
    session = Session(date(2026, 3, 2), "OT", [TimedService("97530", 8)])
    day = bill_day(session, CPT_MIDPOINT, RATES)
    assert csv_rows('P",1', "cpt-midpoint", day, (3,)) == (
        '"P"",1","2026-03-02","cpt-midpoint","OT","97530","GO","8","1","40.42","0.00","","","","",'
        f'"","","not needed","","no","3","{"; ".join(day.remarks)}","{day.data}"\n'
    )


def test_a_code_without_units_has_a_row_without_amounts() -> None:
    session = Session(date(2026, 3, 2), "OT", [TimedService("97530", 7)])
    day = bill_day(session, MEDICARE, RATES)
    assert csv_rows("P-1", "medicare", day) == (
        '"P-1","2026-03-02","medicare","OT","97530","","7","0","0.00","","","","","","","","","",'
        f'"no","","{"; ".join(day.remarks)}","{day.data}"\n'
    )
    day = bill_day({"97530": 7}, MEDICARE, RATES, date_of_service="2026-03-02")
    (row,) = rows_of(day)
    assert (row["discipline"], row["tied"], row["skipped_lines"]) == ("", "no", "")


def test_minutes_without_a_discipline_have_an_empty_cell() -> None:
    day = bill_day({"97530": 20}, MEDICARE, RATES, date_of_service="2026-03-02")
    (row,) = rows_of(day)
    assert (row["discipline"], row["modifiers"], row["minutes"]) == ("", "", "20")


def test_a_hand_written_claim_has_no_minutes_and_no_tie() -> None:
    day = price_day(Claim("2026-03-02", [ClaimLine("97530", 2, ("GO",))]), MEDICARE, RATES)
    (row,) = rows_of(day, (3, 14))
    assert (row["minutes"], row["tied"], row["skipped_lines"]) == ("", "no", "3 14")


def test_a_line_without_a_price_has_a_reason_and_no_amount() -> None:
    day = bill_day(Session(date(2026, 3, 2), "PT", [TimedService("97112", 20)]), MEDICARE, RATES)
    (row,) = rows_of(day)
    assert {name for name, cell in row.items() if cell == ""} == {
        "allowed",
        "mppr_reduction",
        "deductible",
        "coinsurance",
        "assistant_reduction",
        "sequestration",
        "medicare_pays",
        "patient_responsibility",
        "skipped_lines",
    }
    assert (
        row["unpriced"] == "no price for 97112 in contract rates: the code is not in the schedule"
    )


@pytest.mark.parametrize(
    "key", ["=1+1", "+1", "-1", "@x", "\t=1", "\uff1d1", "  =1", 'P",=1', "P\n=1", "P,=1", "P'1"]
)
def test_a_key_is_read_back_as_one_cell(key: str) -> None:
    text = csv_header() + csv_rows(key, "medicare", a_day())
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["patient"] for row in rows] == [formula_safe(key)] * 3
    assert [None in row for row in rows] == [False] * 3
    assert not any(
        cell.lstrip(BLANKS).startswith(FORMULA_SIGNS) for row in rows for cell in row.values()
    )


@pytest.mark.parametrize("payer", ["=1+1", "@x"])
def test_no_payer_name_starts_a_formula(payer: str) -> None:
    rows = csv.reader(io.StringIO(csv_rows("P-1", payer, a_day())))
    assert {row[2] for row in rows} == {f"'{payer}"}


@pytest.mark.parametrize("mark", [";", "\t"], ids=["semicolon", "tab"])
def test_a_spreadsheet_with_another_separator_finds_no_formula(mark: str) -> None:
    # In some countries, spreadsheets split at semicolons, and some offer tabs.
    text = csv_header() + csv_rows(f"P-1{mark}=1+1", "medicare", a_day())
    cells = [cell for row in csv.reader(io.StringIO(text), delimiter=mark) for cell in row]
    assert [cell for cell in cells if cell.lstrip(BLANKS).startswith(FORMULA_SIGNS)] == []
