from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.unit.cms_files import faults, published, workbook, written
from therapy_billing.base.errors import FileFormatError
from therapy_billing.fees.records import ZipArea
from therapy_billing.fees.zip5_file import read_zip5, read_zip5_file


def line(state: str, zip_code: str, locality: str, flag: str = "0") -> str:
    return f"{state}{zip_code}{locality}R     {flag} A{'':52}20254"


ROWS = [line("OH", "44101", "1520200"), line("EK", "66101", "0520200", "1")]


def test_a_row_becomes_an_area_and_half_a_state_the_state(tmp_path: Path) -> None:
    assert dict(read_zip5(written(tmp_path, "ZIP5.txt", ROWS, "\r\n"))) == {
        "44101": ZipArea("44101", "OH", "15202", "00", plus_four=False),
        "66101": ZipArea("66101", "KS", "05202", "00", plus_four=True),
    }


def test_all_bad_rows_are_reported(tmp_path: Path) -> None:
    rows = [*ROWS, line("OH", "441O1", "1520200"), line("OH", "44102", "1520200", "2"), ROWS[0]]
    reported = faults(lambda: read_zip5(written(tmp_path, "ZIP5.txt", rows)))
    assert [text.partition(":")[0] for text in reported] == [
        "line 3",
        "line 4",
        "line 5, column zip_code",
    ]
    assert "80 characters do not fit the layout" in reported[0]
    assert reported[2].endswith(
        "44101 appears twice, but not all of its rows have the plus four flag"
    )


def test_a_repeated_zip_code_keeps_the_first_row_if_all_need_plus_four(
    tmp_path: Path,
) -> None:
    rows = [ROWS[1], line("WM", "66101", "0530202", "1")]
    assert read_zip5(written(tmp_path, "ZIP5.txt", rows))["66101"].mac == "05202"
    rows = [ROWS[1], line("WM", "66101", "0530202", "0")]
    assert len(faults(lambda: read_zip5(written(tmp_path, "ZIP5.txt", rows)))) == 1


def test_a_cut_file_is_an_error_or_a_prefix_of_right_rows(tmp_path: Path) -> None:
    whole = "".join(f"{row}\r\n" for row in ROWS).encode()
    right = list(read_zip5(written(tmp_path, "ZIP5.txt", ROWS)).items())
    path = tmp_path / "cut.txt"
    read = 0
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        try:
            areas = list(read_zip5(path).items())
        except (FileFormatError, ExceptionGroup):
            continue
        read += 1
        assert areas == right[: len(areas)]
    assert read == 5


CAPTIONS: list[object] = [
    *("STATE", "ZIP CODE", "CARRIER", "LOCALITY", "RURAL IND", "LAB CB LOCALITY", "RURAL IND2"),
    *("PLUS 4 FLAG", "PART B DRUG INDICATOR", "YEAR/QTR"),
]


def cells(
    state: str, zip_code: object, carrier: object, locality: object, flag: object = 0
) -> list[object]:
    return [state, zip_code, carrier, locality, None, "Z9", None, flag, "A", 20254]


def test_a_workbook_is_read_the_same_way(tmp_path: Path) -> None:
    rows = [CAPTIONS, cells("OH", "44101", "15202", "00"), cells("EK", 66101, 5202, 0, "1")]
    whole = dict(read_zip5(written(tmp_path, "ZIP5.txt", ROWS)))
    assert dict(read_zip5(workbook(tmp_path, "ZIP5_OCT2025.xlsx", [*rows, ["_x001A_"]]))) == whole
    rows = [CAPTIONS, cells("PR", 601, 9202, 20), cells("MA", 1001, 14212, 99)]
    assert set(read_zip5(workbook(tmp_path, "a.xlsx", rows))) == {"00601", "01001"}


def test_all_bad_rows_of_a_workbook_are_listed(tmp_path: Path) -> None:
    good = cells("OH", "44101", "15202", "00")
    rows = [
        CAPTIONS,
        good,
        good,
        cells("Ohio", "44102", "15202", "00"),
        cells("OH", "4410A", "15202", "00"),
        cells("OH", "44102", "152020", "00"),
        cells("OH", "44102", "15202", "000"),
        cells("OH", "44102", "15202", "00", None),
        [*good[:9], 20255],
        [*good, "more"],
    ]
    found = faults(lambda: read_zip5(workbook(tmp_path, "a.xlsx", rows)))
    assert [text.partition(":")[0] for text in found] == [
        "line 3, column zip_code",
        "line 4, column state",
        "line 5, column zip_code",
        "line 6, column carrier",
        "line 7, column locality",
        "line 8, column plus four flag",
        "line 9, column year and quarter",
        "line 10",
    ]


def test_a_workbook_without_a_column_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path, "a.xlsx", [CAPTIONS[:7], cells("OH", "44101", "15202", "00")[:7]])
    with pytest.raises(FileFormatError, match="column plus four flag: no column has this caption"):
        read_zip5(path)


@pytest.mark.parametrize("content", ["", "a,b,c,d", "ZIP codes"])
def test_another_kind_of_file_is_refused(tmp_path: Path, content: str) -> None:
    path = written(tmp_path, "a.txt", [content] if content else [])
    with pytest.raises(FileFormatError, match="expected a ZIP5 file"):
        read_zip5(path)


def test_a_file_shows_its_quarter(tmp_path: Path) -> None:
    file = read_zip5_file(
        workbook(tmp_path, "a.xlsx", [CAPTIONS, cells("OH", "44101", "15202", "00")])
    )
    assert (file.effective_from, list(file.areas)) == (date(2025, 10, 1), ["44101"])


def test_rows_for_several_quarters_are_not_one_release(tmp_path: Path) -> None:
    rows = [cells("OH", "44101", "15202", "00"), [*cells("OH", "44102", "15202", "00")[:9], 20261]]
    path = workbook(tmp_path, "a.xlsx", [CAPTIONS, *rows])
    assert len(read_zip5(path)) == 2
    with pytest.raises(FileFormatError, match="the rows are for several quarters: 20254, 20261"):
        read_zip5_file(path)


def test_the_file_of_cms_has_a_locality_for_each_zip_code() -> None:
    areas = read_zip5(published("ZIP5_OCT2025.txt"))
    assert len(areas) == 42_956
    assert sum(area.plus_four for area in areas.values()) == 580
    assert areas["44101"].mac == "15202"
    assert {"KS", "MO"} < {area.state for area in areas.values()}


def test_the_workbook_of_cms_equals_its_text() -> None:
    text = read_zip5(published("ZIP5_OCT2025.txt"))
    assert read_zip5(published("ZIP5_OCT2025.xlsx")) == text
