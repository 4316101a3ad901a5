from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.unit.cms_files import (
    GPCI_HEAD,
    GPCI_ROWS,
    PPRRVU_HEAD,
    faults,
    published,
    workbook,
    written,
)
from therapy_billing.base.errors import FileFormatError
from therapy_billing.fees.bundled_tables import load_gpcis
from therapy_billing.fees.gpci_file import GpciFile, read_gpci
from therapy_billing.fees.records import Gpci

NOTES = ('"MAC Assignments as of November 22, 2023",,,,,,', ",,,,,,", "*Work GPCI reflects,,,,,,")
LINES = (*GPCI_HEAD, *GPCI_ROWS, *NOTES)


def gpci(
    mac: str, locality: str, state: str, name: str, work: str, expense: str, malpractice: str
) -> Gpci:
    indices = Decimal(work), Decimal(expense), Decimal(malpractice)
    return Gpci(mac, locality, state, name, *indices)


INDICES = {
    ("02102", "01"): gpci("02102", "01", "AK", "ALASKA", "1.500", "1.081", "0.592"),
    ("15202", "00"): gpci("15202", "00", "OH", "OHIO", "1.000", "0.910", "0.975"),
    ("01112", "75"): gpci("01112", "75", "CA", "REST OF CALIFORNIA, CA", "1.017", "1.093", "0.662"),
}
FIXED_HEAD = (
    "ADDENDUM E. FINAL CY 2025 GEOGRAPHIC PRACTICE COST INDICES (GPCIs)",
    "",
    "Medicare Admi State  Locality    Locality Name    2025 PW GPCI2025 PE GPCI2025 MP GPCI",
)
FIXED_ROWS = (
    "02102         AK     01   ALASKA*                 1.500       1.081       0.592",
    "15202         OH      0   OHIO                    1.000       0.910       0.975",
    "1112          CA     75   REST OF  CALIFORNIA, CA 1.017       1.093       0.662",
)
FIXED_NOTES = ("MAC Assignments as of November 22, 2023", "", "*Work GPCI reflects a 1.5 floor")


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_zeros_are_restored_and_footnotes_and_asterisks_are_removed(
    tmp_path: Path, end: str
) -> None:
    path = written(tmp_path, "GPCI2023.csv", LINES, end)
    title = "ADDENDUM E. FINAL CY 2023 GEOGRAPHIC PRACTICE COST INDICES (GPCIs)"
    assert read_gpci(path) == GpciFile(str(path), title, 2023, date(2023, 1, 1), INDICES)


def test_fixed_width_is_read_from_both_ends(tmp_path: Path) -> None:
    read = read_gpci(written(tmp_path, "a.txt", [*FIXED_HEAD, *FIXED_ROWS, *FIXED_NOTES], "\r\n"))
    assert (read.year, read.indices) == (2025, INDICES)


def test_a_workbook_loses_the_noise_of_its_floats(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        [GPCI_HEAD[0]],
        [],
        list(GPCI_HEAD[1].split(",")),
        [2102, "AK", 1, "ALASKA*", 1.5, 1.0809999999999999, 0.59199999999999997],
        ["15202", "OH", "00", "OHIO", 1, 0.91, 0.975],
        ["MAC Assignments"],
    ]
    indices = read_gpci(workbook(tmp_path, "a.xlsx", rows)).indices
    assert list(indices.values()) == list(INDICES.values())[:2]


@pytest.mark.parametrize("order", [(".999", "1.000"), ("1.000", ".999")])
def test_the_work_index_with_the_floor_is_used_if_both_are_there(
    tmp_path: Path, order: tuple[str, str]
) -> None:
    words = ["without 1.0 Floor", "with 1.0 Floor"]
    if order[0] == "1.000":
        words.reverse()
    captions = ",".join(f"2026 PW GPCI ({text})***" for text in words)
    head = f"MAC,State,Locality Number,Locality Name,{captions},2026 PE GPCI,2026 MP GPCI"
    row = f"15202,OH,00,OHIO,{','.join(order)},0.91,0.975"
    read = read_gpci(written(tmp_path, "a.csv", [head, row]))
    assert (read.year, read.indices["15202", "00"].work) == (2026, Decimal("1.000"))
    fixed = "15202  OH  00  OHIO  0.999  1.000  0.910  0.975"
    read = read_gpci(written(tmp_path, "a.txt", [*FIXED_HEAD, fixed]))
    assert read.indices["15202", "00"] == INDICES["15202", "00"]


def test_a_file_with_the_work_index_without_the_floor_only_is_refused(tmp_path: Path) -> None:
    lines = [line.replace("with 1.0", "without 1.0") for line in LINES]
    with pytest.raises(FileFormatError, match="line 2, column work: no column has this caption"):
        read_gpci(written(tmp_path, "a.csv", lines))


def test_a_file_without_states_leaves_them_empty(tmp_path: Path) -> None:
    head = "MAC,Locality,Locality Name,2020 PW GPCI,2020 PE GPCI,2020 MP GPCI"
    read = read_gpci(written(tmp_path, "a.csv", [head, "15202,00,OHIO,1.000,0.910,0.975"]))
    assert read.indices["15202", "00"].state == ""
    fixed = "15202  00  OHIO  1.000  0.910  0.975"
    read = read_gpci(written(tmp_path, "a.txt", [*FIXED_HEAD, fixed]))
    assert read.indices["15202", "00"].state == ""


def test_all_bad_rows_are_reported_with_line_and_column(tmp_path: Path) -> None:
    rows = [
        "1O112,AL,00,ALABAMA,1,0.869,0.575",
        "10112,AL,100,ALABAMA,1,0.869,0.575",
        "10112,Ala,00,ALABAMA,1,0.869,0.575",
        "10112,AL,00,ALABAMA,,0.869,0.575",
        "10112,AL,00,ALABAMA,1,-0.869,0.575",
        "10112,AL,00,ALABAMA,1,0.869,0.000",
        "10112,AL,00",
        "10112",
        "10112,AL,00,ALABAMA,1,0.869,0.575,0.5",
        "02102,AK,01,ALASKA,1.5,1.081,0.592",
    ]
    reported = faults(
        lambda: read_gpci(written(tmp_path, "a.csv", [*GPCI_HEAD, *GPCI_ROWS, *rows]))
    )
    assert reported == [
        "line 6, column mac: mac must be a number of up to 5 digits such as '15202', got '1O112'",
        "line 7, column locality: locality must be a number of up to 2 digits such as '00', got '100'",
        "line 8, column state: must be two letters, got a string of 3 characters",
        "line 9, column work: empty, expected a number; an empty cell is not read as zero",
        "line 10, column practice expense: expected zero or a positive number with 3 decimal places, not '-0.869'",
        "line 11, column malpractice: must be more than zero",
        "line 12: 3 cells, expected 7",
        "line 13: 1 cell, expected 7",
        "line 14: 8 cells, expected 7",
        "line 15, column locality: 02102-01 appears twice",
    ]


def test_a_bad_row_of_fixed_width_is_reported(tmp_path: Path) -> None:
    rows = [*FIXED_ROWS, "10112  AL  00  ALABAMA  1.000  0.869  0.57", "10112  AL"]
    reported = faults(lambda: read_gpci(written(tmp_path, "a.txt", [*FIXED_HEAD, *rows])))
    assert [text.partition(": expected contractor, state")[0] for text in reported] == [
        "line 7",
        "line 8",
    ]


def test_a_file_without_a_year_or_without_rows_is_refused(tmp_path: Path) -> None:
    lines = [line.replace("2023", "") for line in LINES]
    with pytest.raises(
        FileFormatError,
        match="no year in the title or column headings: use the file as CMS published it",
    ):
        read_gpci(written(tmp_path, "a.csv", lines))
    with pytest.raises(FileFormatError, match="the file has no data rows; is it cut short"):
        read_gpci(written(tmp_path, "a.csv", [*GPCI_HEAD, *NOTES]))


def test_another_kind_of_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="expected a GPCI file, found a PPRRVU file"):
        read_gpci(written(tmp_path, "a.csv", PPRRVU_HEAD))


@pytest.mark.parametrize("lines", [LINES, (*FIXED_HEAD, *FIXED_ROWS, *FIXED_NOTES), LINES[:4]])
def test_a_cut_file_is_an_error_or_a_prefix_of_right_rows(
    tmp_path: Path, lines: tuple[str, ...]
) -> None:
    path = written(tmp_path, "a.csv", lines, "\r\n")
    whole = path.read_bytes()
    right = list(read_gpci(path).indices.items())
    sizes = set()
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        try:
            found = list(read_gpci(path).indices.items())
        except (FileFormatError, ExceptionGroup):
            continue
        sizes.add(len(found))
        assert found == right[: len(found)]
    assert max(sizes) == len(right)


@pytest.mark.parametrize("name", ["GPCI2025.csv", "GPCI2025.txt", "GPCI2025.xlsx", "GPCI2026.csv"])
def test_the_bundled_indices_are_those_of_the_file_of_cms(name: str) -> None:
    read = read_gpci(published(name))
    assert len(read.indices) == 109
    assert read.indices == load_gpcis().on(read.effective_from)
