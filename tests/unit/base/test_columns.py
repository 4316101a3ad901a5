"""Columns, and the cells of rows."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.unit.cms_files import written
from therapy_billing.base.columns import (
    BadCellError,
    check_width,
    find_columns,
    gather,
    hcpcs,
    is_note,
    number,
)
from therapy_billing.base.errors import ErrorList, FileFormatError, InvalidInputError
from therapy_billing.base.rows import Row, read_rows, wrong_kind


def test_all_bad_rows_are_reported_with_the_fault_that_ends_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", ["1,2,3,4", "x,2,3,4", '"5,6,7,8'])

    def read(row: Row) -> None:
        if row.cells[0] == "x":
            raise BadCellError("first", "an x")

    with pytest.raises(ExceptionGroup) as caught:
        gather(ErrorList(str(path)), read_rows(str(path)), read)
    assert [str(error) for error in caught.value.exceptions] == [
        f"{path}, line 2, column first: an x",
        f"{path}, line 3: not valid CSV: unexpected end of data; is the file cut short?",
    ]
    with pytest.raises(FileFormatError, match="line 3: not valid CSV"):
        gather(ErrorList(str(path)), read_rows(str(path)), lambda _: None)
    with pytest.raises(FileFormatError, match="the file has no data rows; is it cut short"):
        gather(ErrorList(str(path)), iter(()), read)


def test_a_row_needs_one_cell_per_caption_and_nothing_after() -> None:
    check_width(Row(1, ["1", "2", " "], ended=True), 2)
    for cells in (["1"], ["1", "2", "3"]):
        with pytest.raises(BadCellError, match=rf"^{len(cells)} cells?, expected 2$"):
            check_width(Row(1, cells, ended=True), 2)


def test_a_column_is_found_by_the_first_caption_that_fits() -> None:
    wanted = {"pe": ("NEW PE", "(OLD )?PE")}
    assert find_columns(["A", "OLD PE", "NEW PE"], wanted, "a.csv", 1) == {"pe": 2}
    assert find_columns(["A", "OLD PE"], wanted, "a.csv", 1) == {"pe": 1}
    with pytest.raises(FileFormatError, match="column pe: 2 columns have this caption"):
        find_columns(["PE", "OLD PE"], wanted, "a.csv", 1)
    with pytest.raises(FileFormatError, match="column pe: no column has this caption"):
        find_columns(["A"], wanted, "a.csv", 1)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", "0.00"),
        ("1", "1.00"),
        (".45", "0.45"),
        ("0.4", "0.40"),
        ("0.45000000000000001", "0.45"),
    ],
)
def test_a_number_has_the_decimals_that_are_published(text: str, value: str) -> None:
    assert str(number(text, 2)) == str(Decimal(value))


@pytest.mark.parametrize("text", ["", "-0.01", "NA", "0.455", "1e2", "1,5", "0.45 ", ".", "٣"])
def test_text_that_is_not_a_published_number_is_refused(text: str) -> None:
    with pytest.raises(
        InvalidInputError,
        match=r"expected (a number|zero or a positive number|at most 2 decimal places)",
    ):
        number(text, 2)


def test_a_code_gets_its_leading_zeros_back() -> None:
    assert [hcpcs(text) for text in ("100", "1999", "GXXX1", "0791T")] == [
        "00100",
        "01999",
        "GXXX1",
        "0791T",
    ]
    for text in ("9711O0", "g0283", "TRL-", "", "99", "2000", "9711"):
        with pytest.raises(InvalidInputError, match="expected a five-character code"):
            hcpcs(text)


def test_a_footnote_fills_only_its_first_cell_and_is_not_a_number() -> None:
    assert is_note(Row(1, ["*Note", "", " "], ended=True))
    assert not is_note(Row(1, ["10112", "", ""], ended=True))
    assert not is_note(Row(1, ["*Note", "AL", ""], ended=True))


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("2025 National Physician Fee Schedule Relative Value File", "found a PPRRVU file"),
        ("ADDENDUM E (GPCIs)", "found a GPCI file"),
        ("Locality,Fee Schedule  Area,,", "found a file of counties by locality"),
        ("AK995010210201", "found a ZIP5 file"),
        ('"2025","01112","05","76145"', "found a file of payment amounts"),
        ("Column 1\tColumn 2\t*=in existence\tEffective", "found an NCCI PTP file"),
        ("HCPCS/CPT Code,Practitioner Services MUE Values,a,b", "found an MUE file"),
        ("name,minutes,b,c", "found a table with the column minutes and 3 others"),
        ("some text", "found no known kind of file"),
    ],
)
def test_a_file_of_another_kind_is_named(tmp_path: Path, content: str, found: str) -> None:
    path = written(tmp_path, "a.csv", [content])
    wanted = "something else"
    assert str(wrong_kind(str(path), wanted)) == f"{path}: expected {wanted}, {found}"
