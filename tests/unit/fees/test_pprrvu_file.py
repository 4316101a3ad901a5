from __future__ import annotations

import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.unit.cms_files import (
    GPCI_HEAD,
    PPRRVU_HEAD,
    PPRRVU_ROWS,
    faults,
    published,
    workbook,
    written,
)
from therapy_billing.base.errors import FileFormatError, InvalidInputError
from therapy_billing.fees.bundled_tables import load_releases, load_rvus
from therapy_billing.fees.pprrvu_file import RvuFile, read_pprrvu
from therapy_billing.fees.records import Rvu

LINES = (*PPRRVU_HEAD, *PPRRVU_ROWS)


def rvu(code: str, mult: str, work: str, out: str, inside: str, malpractice: str) -> Rvu:
    figures = Decimal(work), Decimal(out), Decimal(inside), Decimal(malpractice)
    return Rvu(code, "A", *figures, mult)


RVUS = {
    "97110": rvu("97110", "5", "0.45", "0.40", "0.40", "0.01"),
    "97530": rvu("97530", "5", "0.44", "0.66", "0.65", "0.02"),
    "45378": rvu("45378", "2", "3.26", "6.44", "1.79", "0.43"),
}
FIRST_53 = rvu("45378", "2", "1.63", "3.22", "0.90", "0.22")


def fixed(
    code: str = "97110",
    work: str = "0.45",
    out: str = "0.40",
    total: str = "0.86",
    factor: str = "34.8931",
    base: str = "",
    plus: str = "",
) -> str:
    rest = f"{total:>7}{'0.86':>6}7XXX.00.00.0050000"
    return f"{code:<57}A{plus:1}{work:>6}{out:>7}  {'0.40':>7}NA{'0.01':>6}{rest}{base:>12}{factor:>8} 090 99      0.00   0.00   0.00"


def test_rows_without_and_with_modifier_are_separate(tmp_path: Path) -> None:
    path = written(tmp_path, "PPRRVU23_OCT.csv", LINES, "\r\n")
    assert read_pprrvu(path) == RvuFile(
        path=str(path),
        title="2023 National Physician Fee Schedule Relative Value File October Release",
        year=2023,
        effective_from=date(2023, 10, 1),
        released=date(2023, 9, 1),
        conversion_factor=Decimal("33.8872"),
        rvus=RVUS,
        by_modifier={("45378", "53"): FIRST_53},
    )


@pytest.mark.parametrize("end", ["\r", "\n"])
def test_line_ends_byte_order_mark_ctrl_z_and_tabs_change_nothing(tmp_path: Path, end: str) -> None:
    lines = [line.replace(",", "\t") for line in LINES]
    path = written(tmp_path, "a.txt", ["\ufeff" + lines[0], *lines[1:], "\x1a" + "\t" * 11], end)
    assert read_pprrvu(path).rvus == RVUS
    path.write_bytes("\n".join(LINES).encode())
    assert read_pprrvu(path).rvus == RVUS


def test_a_workbook_is_read_the_same_way(tmp_path: Path) -> None:
    rows: list[list[object]] = [list(line.split(",")) for line in PPRRVU_HEAD]
    rows.append(["97110", None, None, "A", 0.45, 0.4, None, 0.40000000000000002, 0.01, 5, 33.8872])
    rows.append([100, None, None, "J", 0, 0, None, 0, 0, 9, 33.8872, 0])
    read = read_pprrvu(workbook(tmp_path, "a.xlsx", rows))
    assert read.rvus["97110"] == RVUS["97110"]
    assert read.rvus["00100"].status == "J"


def test_columns_are_found_by_heading_in_any_position(tmp_path: Path) -> None:
    def moved(line: str) -> str:
        *cells, factor, payment = line.split(",")
        return ",".join([*cells, "PRIC IND" if cells[0] == "HCPCS" else "9", factor, payment])

    lines = [*PPRRVU_HEAD[:2], *map(moved, LINES[2:])]
    assert read_pprrvu(written(tmp_path, "a.csv", lines)).rvus == RVUS


@pytest.mark.parametrize("word", ["FULLY IMPLEMENTED", "TRANSITIONED"])
def test_earlier_captions_of_practice_expense_are_known(tmp_path: Path, word: str) -> None:
    above = f",,,,,{word},,{word},,,,"
    lines = [*PPRRVU_HEAD[:2], above, *LINES[2:]]
    assert read_pprrvu(written(tmp_path, "a.csv", lines)).rvus == RVUS


def test_only_the_codes_asked_for_are_kept_and_all_rows_checked(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", LINES)
    read = read_pprrvu(path, codes=["97110", "45378"])
    assert (set(read.rvus), set(read.by_modifier)) == ({"97110", "45378"}, {("45378", "53")})
    with pytest.raises(InvalidInputError, match="codes must be a sequence such as"):
        read_pprrvu(path, codes="97110")
    bad = written(tmp_path, "a.csv", [*LINES, "97112,,,A,-0.45,0.40,,0.40,0.01,5,33.8872,0.00"])
    assert len(faults(lambda: read_pprrvu(bad, codes=["97110"]))) == 1


@pytest.mark.parametrize(
    ("title", "day"),
    [
        ("2022 National Physician Fee Schedule Relative Value File January Release", "2022-01-01"),
        ("2024 NATIONAL PHYSICIAN FEE SCHEDULE RELATIVE VALUE FILE APRIL RELEASE", "2024-04-01"),
        ("2023 National Relative Value File July Release (Revised)", "2023-07-01"),
        ("2024 Relative Value File January Release Effective March 9 2024", "2024-03-09"),
        ("2024 Relative Value File January Release - effective 3/9/2024", "2024-03-09"),
    ],
)
def test_the_title_has_the_first_date_of_service(tmp_path: Path, title: str, day: str) -> None:
    read = read_pprrvu(written(tmp_path, "a.csv", [f",,{title},", *LINES[2:]]))
    assert (read.title, read.effective_from, read.released) == (
        title,
        date.fromisoformat(day),
        None,
    )


@pytest.mark.parametrize(
    "title",
    [
        "National Physician Fee Schedule Relative Value File",
        "2024 Relative Value File January Release effective 13/9/2024",
        "some other title",
    ],
)
def test_a_file_without_a_release_in_its_title_is_an_error(tmp_path: Path, title: str) -> None:
    with pytest.raises(FileFormatError, match="no title such as '2025 National Physician Fee"):
        read_pprrvu(written(tmp_path, "a.csv", [f",,{title},", *LINES[2:]]))


def test_all_bad_rows_are_reported_with_line_and_column(tmp_path: Path) -> None:
    rows = [
        "9711,,,A,0.45,0.40,,0.40,0.01,5,33.8872,0.00",
        "97112,A,,A,0.45,0.40,,0.40,0.01,5,33.8872,0.00",
        "97112,,,,0.45,0.40,,0.40,0.01,5,33.8872,0.00",
        "97112,,,A,,0.40,,0.40,0.01,5,33.8872,0.00",
        "97112,,,A,0.45,-0.40,,0.40,0.01,5,33.8872,0.00",
        "97112,,,A,0.45,0.40,,NA,0.01,5,33.8872,0.00",
        "97112,,,A,0.45,0.40,,0.40,0.011,5,33.8872,0.00",
        "97112,,,A,0.45,0.40,,0.40,0.01,,33.8872,0.00",
        "97112,,,A,0.45,0.40,,0.40,0.01,5,33.8873,0.00",
        "97112,,,A,0.45,0.40,,0.40,0.01,5,0.0000,0.00",
        "97112,,,A,0.45,0.40,,0.40,0.01,5",
        "97112,,some, words,A,0.45,0.40,,0.40,0.01,5,33.8872,0.00",
        PPRRVU_ROWS[0],
        PPRRVU_ROWS[2],
    ]
    number = "expected zero or a positive number with 2 decimal places, not"
    assert faults(lambda: read_pprrvu(written(tmp_path, "a.csv", [*LINES, *rows]))) == [
        "line 9, column HCPCS: expected a five-character code, not '9711'",
        "line 10, column MOD: must be two characters or empty, got a string of 1 character",
        "line 11, column STATUS CODE: must be one letter, got an empty string",
        "line 12, column WORK RVU: empty, expected a number; an empty cell is not read as zero",
        f"line 13, column NON-FAC PE RVU: {number} '-0.40'",
        f"line 14, column FACILITY PE RVU: {number} a string of 2 characters",
        "line 15, column MP RVU: expected at most 2 decimal places, not '0.011'",
        "line 16, column MULT PROC: must be one digit, got an empty string",
        "line 17, column CONV FACTOR: 33.8873 is not the factor of the first row, 33.8872: all rows must have the same factor",
        "line 18, column CONV FACTOR: must be dollars per RVU, more than zero",
        "line 19: 10 cells, expected 12",
        "line 20: 13 cells, expected 12",
        "line 21, column HCPCS: 97110 appears twice with the same modifier",
        "line 22, column HCPCS: 45378 appears twice with the same modifier",
    ]


def test_a_file_without_rows_or_with_a_missing_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="the file has no data rows; is it cut short"):
        read_pprrvu(written(tmp_path, "a.csv", PPRRVU_HEAD))
    lines = [line.replace("FACTOR", "RATE") for line in LINES]
    with pytest.raises(
        FileFormatError, match="line 4, column CONV FACTOR: no column has this caption"
    ):
        read_pprrvu(written(tmp_path, "a.csv", lines))


def test_another_kind_of_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="expected a PPRRVU file, found a GPCI file"):
        read_pprrvu(written(tmp_path, "a.csv", GPCI_HEAD))


def test_a_cut_file_is_an_error_or_a_prefix_of_right_rows(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", LINES, "\r\n")
    whole = path.read_bytes()
    right = [*RVUS.items(), (("45378", "53"), FIRST_53)]
    sizes = set()
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        try:
            read = read_pprrvu(path)
        except (FileFormatError, ExceptionGroup):
            continue
        found = [*read.rvus.items(), *read.by_modifier.items()]
        sizes.add(len(found))
        assert all(item in right for item in found)
        assert read.conversion_factor == Decimal("33.8872")
    assert sizes == {1, 2, 3, 4}


def test_fixed_width_is_read_by_its_layout_and_the_release_by_its_name(tmp_path: Path) -> None:
    head = ["HDR CPT CODES AND DESCRIPTIONS ONLY ARE COPYRIGHT", "HDR RESERVED.  "]
    rows = [fixed(), fixed("4537853", out="0.50", total="0.96")]
    read = read_pprrvu(written(tmp_path, "PPRRVU21_OCT.txt", [*head, *rows], "\r\n"))
    assert read.rvus == {"97110": RVUS["97110"]}
    assert read.by_modifier["45378", "53"].practice_expense == Decimal("0.50")
    assert (read.title, read.released, read.conversion_factor) == ("", None, Decimal("34.8931"))
    assert read.effective_from == date(2021, 10, 1)
    named = written(tmp_path, "PPRRVU2026_Jul_nonQPP.txt", rows)
    assert read_pprrvu(named).effective_from == date(2026, 7, 1)


def test_fixed_width_has_endoscopy_base_codes_and_plus_signs(tmp_path: Path) -> None:
    rows = [fixed(), fixed("43239", base="43235"), fixed("0653T", base="0652T", plus="+")]
    assert {len(row) for row in rows} == {171}
    read = read_pprrvu(written(tmp_path, "PPRRVU23_OCT.txt", rows, "\r\n"))
    assert set(read.rvus) == {"97110", "43239", "0653T"}
    assert read.conversion_factor == Decimal("34.8931")
    for base in ("4323", "432355", "43-35"):
        path = written(tmp_path, "PPRRVU23_OCT.txt", [fixed(), fixed("43239", base=base)])
        assert len(faults(lambda: read_pprrvu(path))) == 1  # noqa: B023 - called at once


def test_fixed_width_in_an_archive_has_its_release_in_the_name_inside(tmp_path: Path) -> None:
    path = tmp_path / "rvu22a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("rvu22a/PPRRVU22_JAN.TXT", f"HDR\r\n{fixed()}\r\n\x1a")
        archive.writestr("rvu22a/GPCI2022.csv", "")
    assert read_pprrvu(path).effective_from == date(2022, 1, 1)


def test_ctrl_z_in_the_last_row_of_a_workbook_is_no_row(tmp_path: Path) -> None:
    rows: list[list[object]] = [list(line.split(",")) for line in [*PPRRVU_HEAD, PPRRVU_ROWS[0]]]
    path = workbook(tmp_path, "a.xlsx", [*rows, ["_x001A_"]])
    assert set(read_pprrvu(path).rvus) == {"97110"}
    assert len(faults(lambda: read_pprrvu(workbook(tmp_path, "a.xlsx", [*rows, ["_x0041_"]])))) == 1


@pytest.mark.parametrize("name", ["rvus.txt", "PPRRVU20_V0618.txt", "PPRRVU21_XYZ.txt"])
def test_fixed_width_with_a_name_without_a_release_is_an_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(
        FileFormatError, match="a fixed-width file needs its CMS name, such as PPRRVU25_JAN"
    ):
        read_pprrvu(written(tmp_path, name, [fixed()]))


def test_fixed_width_in_another_layout_is_refused_as_a_whole(tmp_path: Path) -> None:
    path = written(tmp_path, "PPRRVU21_OCT.txt", ["HDR", fixed().replace("A ", "A   ", 1)])
    with pytest.raises(FileFormatError, match="line 2: not in the 2025 fixed-width layout"):
        read_pprrvu(path)
    with pytest.raises(FileFormatError, match="no data row"):
        read_pprrvu(written(tmp_path, "PPRRVU21_OCT.txt", ["HDR", "HDR"]))


def test_fixed_width_rows_are_proved_by_their_totals(tmp_path: Path) -> None:
    rows = [
        fixed(),
        fixed("97112", total="0.87"),
        fixed("97116", out="0.41", work="0.44"),
        fixed("97140")[:-4],
        fixed("97150", out="0.4x"),
    ]
    path = written(tmp_path, "PPRRVU21_OCT.txt", rows)
    number = "expected zero or a positive number with 2 decimal places, not"
    wrong = "must be the sum of work, practice expense, and malpractice"
    assert faults(lambda: read_pprrvu(path)) == [
        f"line 2, column NON-FACILITY TOTAL: {wrong}",
        f"line 3, column FACILITY TOTAL: {wrong}",
        "line 4: the 167 characters do not fit the layout; is the row cut off?",
        f"line 5, column NON-FACILITY TOTAL: {number} a string of 4 characters",
    ]


@pytest.mark.parametrize(
    ("name", "release"),
    [
        ("PPRRVU25_JAN.csv", "RVU25A"),
        ("PPRRVU2025_Jul.csv", "RVU25C"),
        ("PPRRVU2026_Jul_nonQPP.csv", "RVU26C"),
    ],
)
def test_the_bundled_rvus_are_those_of_the_file_of_cms(name: str, release: str) -> None:
    read = read_pprrvu(published(name))
    bundled = load_rvus(release)
    assert len(bundled) >= 170
    assert {code: read.rvus[code] for code in bundled} == bundled
    assert load_releases().on(read.effective_from).name == release
    assert load_releases().on(read.effective_from).effective_from == read.effective_from


def test_the_forms_of_a_release_of_cms_agree() -> None:
    tiny = read_pprrvu(published("rvu25d_tiny.zip"))
    whole = read_pprrvu(published("PPRRVU2025_Oct.txt"))
    assert len(whole.rvus) + len(whole.by_modifier) == 19_090
    assert len(tiny.rvus) == 10
    assert {code: whole.rvus[code] for code in tiny.rvus} == tiny.rvus
    assert tiny.effective_from == whole.effective_from == date(2025, 10, 1)


def test_the_workbook_of_cms_that_ends_with_ctrl_z_has_five_codes() -> None:
    codes = ["97110", "97112", "97140", "97161", "97530"]
    read = read_pprrvu(published("PPRRVU25_JAN_ctrlz.xlsx"))
    assert sorted(read.rvus) == codes
    assert read.rvus == read_pprrvu(published("PPRRVU25_JAN.csv"), codes=codes).rvus
