"""Rows of text files and workbooks."""

from __future__ import annotations

import datetime
import re
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.refusals import refusal
from tests.unit.base.rows_to_read import READERS
from tests.unit.cms_files import workbook, written
from therapy_billing.base import rows as cms_rows
from therapy_billing.base.columns import BadCellError, gather
from therapy_billing.base.errors import ErrorList, FileFormatError, InvalidInputError
from therapy_billing.base.rows import Row, read_rows, wrong_kind


def rows_of(folder: Path, content: bytes) -> list[Row]:
    path = folder / "some.csv"
    path.write_bytes(content)
    return [Row(line, list(cells), ended) for line, cells, ended in read_rows(str(path))]


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r"])
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_any_line_ending_and_a_byte_order_mark_give_the_same_rows(
    tmp_path: Path, start: bytes, end: bytes
) -> None:
    assert rows_of(tmp_path, start + end.join([b"a,b,c,d", b"", b",,,", b"1,2,3,4", b""])) == [
        Row(1, ["a", "b", "c", "d"], ended=True),
        Row(4, ["1", "2", "3", "4"], ended=True),
    ]


def test_only_the_last_row_may_lack_a_line_ending(tmp_path: Path) -> None:
    assert [row.ended for row in rows_of(tmp_path, b"a,b,c,d\n1,2,3,4")] == [True, False]
    long = b"1,2,3,4\n" * 40
    assert all(row.ended for row in rows_of(tmp_path, long))
    assert [row.ended for row in rows_of(tmp_path, long + b"5,6,7,8")][-2:] == [True, False]
    assert [row.ended for row in rows_of(tmp_path, b"1,2,3,4\n" * 29 + b"5,6,7,8")][-1] is False


def test_ctrl_z_does_not_add_a_row(tmp_path: Path) -> None:
    assert rows_of(tmp_path, b"1,2,3,4\x1a") == [Row(1, ["1", "2", "3", "4"], ended=True)]
    assert len(rows_of(tmp_path, b"1,2,3,4\r\n\x1a,,,\r\n")) == 1
    assert len(rows_of(tmp_path, b"1,2,3,4\n\x1a\n5,6,7,8\n")) == 2


def test_an_escaped_ctrl_z_does_not_add_a_row(tmp_path: Path) -> None:
    path = workbook(
        tmp_path, "a.xlsx", [["a", "b_x000D_"], ["_x001A_"], ["_x005F_x001A_", "_x0041_"]]
    )
    assert [list(row.cells) for row in read_rows(str(path))] == [
        ["a", "b\r"],
        ["_x001A_", "_x0041_"],
    ]
    assert len(rows_of(tmp_path, b"1,2,3,4\r\n_x001A_,,,\r\n")) == 1


@pytest.mark.parametrize("line", [b"\x931\x94,2,3,4\n", "\u201c1\u201d,2,3,4\n".encode()])
def test_a_byte_order_mark_is_removed_in_any_encoding(tmp_path: Path, line: bytes) -> None:
    assert rows_of(tmp_path, b"\xef\xbb\xbf" + line)[0].cells[0] == "\u201c1\u201d"


def test_commas_in_prose_do_not_split_cells(tmp_path: Path) -> None:
    prose = b"  CLAY, JACKSON, PLATTE, ST. CLAIR, RAY\n"
    assert rows_of(tmp_path, prose)[0].cells == [prose.decode().removesuffix("\n")]


@pytest.mark.parametrize(
    ("rows", "long"),
    [
        (0, b"x" * 21),
        (40, b"x" * 21),
        (40, b'1,2,3,"' + b"\n1" * 10 + b'"'),
    ],
)
def test_a_row_that_does_not_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int, long: bytes
) -> None:
    monkeypatch.setattr(cms_rows, "_LONGEST_ROW", 20)
    lines = b"1,2,3,4\n" + b"1,2,3,4\n" * rows
    assert len(rows_of(tmp_path, lines + b"x" * 20)) == rows + 2
    path = tmp_path / "long.csv"
    path.write_bytes(lines + long)
    assert refusal(FileFormatError, lambda: list(read_rows(str(path)))) == (
        f"{path}: a row with more than 20 characters; no CMS file has one"
    )


def test_a_workbook_larger_than_any_cms_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: list[list[object]] = [["a"] * 3 + [None] * 5, ["b"], ["c"]]
    path = str(workbook(tmp_path, "a.xlsx", rows))
    monkeypatch.setattr(cms_rows, "_WIDEST", 3)
    monkeypatch.setattr(cms_rows, "_MOST_ROWS", 3)
    assert [len(row.cells) for row in read_rows(path)] == [3, 3, 3]
    for name in ("_WIDEST", "_MOST_ROWS"):
        with monkeypatch.context() as patch:
            patch.setattr(cms_rows, name, 2)
            with pytest.raises(FileFormatError, match="no CMS workbook has that many"):
                list(read_rows(path))


def test_a_text_file_larger_than_any_cms_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b,c,d\n\n1,2,3,4\n")
    monkeypatch.setattr(cms_rows, "_MOST_CELLS", 4)
    monkeypatch.setattr(cms_rows, "_MOST_LINES", 3)
    assert [len(row.cells) for row in read_rows(str(path))] == [4, 4]
    monkeypatch.setattr(cms_rows, "_MOST_CELLS", 3)
    assert refusal(FileFormatError, lambda: list(read_rows(str(path)))) == (
        f"{path}, line 1: a row with more than 3 cells; no CMS file has one"
    )
    monkeypatch.setattr(cms_rows, "_MOST_LINES", 2)
    assert refusal(FileFormatError, lambda: list(read_rows(str(path)))) == (
        f"{path}: more than 2 lines; no CMS file has that many"
    )


def test_the_empty_columns_that_excel_writes_are_read(tmp_path: Path) -> None:
    (row,) = rows_of(tmp_path, b"1,2,3,4" + b"," * 16_380 + b"\n")
    assert (row.cells[:4], len(row.cells)) == (["1", "2", "3", "4"], 16_384)


def test_a_workbook_with_very_large_styles_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workbook(tmp_path, "a.xlsx", [["a"]])
    with zipfile.ZipFile(path) as parts:
        kept = sum(
            part.file_size
            for part in parts.infolist()
            if part.filename not in ("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml")
        )
    monkeypatch.setattr(cms_rows, "_LARGEST_PARTS", kept)
    assert len(list(read_rows(str(path)))) == 1
    monkeypatch.setattr(cms_rows, "_LARGEST_PARTS", kept - 1)
    with pytest.raises(
        FileFormatError, match="the styles and other parts of the workbook are larger"
    ):
        list(read_rows(str(path)))


def test_a_line_that_is_not_utf_8_is_cp1252(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, b"\x93a\x94,b,c,d\n" + "é,2,3,4\n".encode())
    assert [row.cells[0] for row in rows] == ["“a”", "é"]


def test_a_quoted_cell_may_contain_line_breaks(tmp_path: Path) -> None:
    assert rows_of(tmp_path, b'"a\r\nb",c,d,e\r\n1,2,3,4\r\n')[1].line == 3


def test_tabs_delimit_and_a_text_without_delimiters_is_one_cell(tmp_path: Path) -> None:
    assert rows_of(tmp_path, b"a, b\tc\td\te\n")[0].cells == ["a, b", "c", "d", "e"]
    assert rows_of(tmp_path, b"  a, b\n\n  c  d") == [
        Row(1, ["  a, b"], ended=True),
        Row(3, ["  c  d"], ended=False),
    ]
    assert rows_of(tmp_path, b"HDR a\n1,2,3,4\n")[1].cells == ["1,2,3,4"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'a,b,c,d\n"1,2', "line 2: not valid CSV: unexpected end of data; is the file cut short?"),
        ("a,b,c,d\n".encode("utf-16"), "some.csv: the text contains null bytes"),
        (b"\xd0\xcf\x11\xe0 old", "some.csv: an old Excel file (xls)"),
        (b"PK\x03\x04 not whole", "some.csv: not a complete zip, gzip, or xlsx file"),
        (b"\x1f\x8b not whole", "some.csv: not a complete zip, gzip, or xlsx file"),
    ],
)
def test_files_that_are_not_text_are_refused(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(FileFormatError, match=re.escape(message)):
        rows_of(tmp_path, content)


def test_a_system_error_passes_through(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_rows(str(tmp_path / "none.csv"))


def test_a_workbook_has_the_numbers_that_excel_shows(tmp_path: Path) -> None:
    day = datetime.date(2026, 1, 1)
    path = workbook(tmp_path, "named.csv", [["a", None, "c"], [], [0.86899999999999999, 1, day]])
    assert [Row(r.line, list(r.cells), r.ended) for r in read_rows(str(path))] == [
        Row(1, ["a", "", "c"], ended=True),
        Row(3, ["0.869", "1", "2026-01-01 00:00:00"], ended=True),
    ]


def test_without_openpyxl_a_workbook_names_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workbook(tmp_path, "a.xlsx", [["a"]])
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(InvalidInputError, match=r"pip install 'therapy-billing\[excel\]'"):
        list(read_rows(str(path)))


def test_an_empty_file_and_another_layout_give_different_messages(tmp_path: Path) -> None:
    empty, cut = written(tmp_path, "a.csv", []), written(tmp_path, "b.csv", ["ADDENDUM E (GPCIs)"])
    assert str(wrong_kind(str(empty), "a GPCI file")).endswith("a.csv: empty, expected a GPCI file")
    assert "looks like a GPCI file, but its rows are missing" in str(
        wrong_kind(str(cut), "a GPCI file")
    )


def test_bad_rows_above_the_limit_are_counted(tmp_path: Path) -> None:
    path = str(written(tmp_path, "a.csv", ["1,2,3,4"] * 7))

    def refuse(_: Row) -> None:
        raise BadCellError(None, "bad")

    with pytest.raises(ExceptionGroup) as caught:
        gather(ErrorList(path, 2), read_rows(path), refuse)
    assert [str(error) for error in caught.value.exceptions] == [
        f"{path}, line 1: bad",
        f"{path}, line 2: bad",
        f"{path}: 5 more errors are not listed",
    ]
    assert caught.value.message == f"7 bad rows in {path}"


@pytest.mark.parametrize(("read_file", "name", "head"), READERS)
def test_every_reader_checks_its_limit(
    tmp_path: Path, read_file: Callable[..., object], name: str, head: Sequence[str]
) -> None:
    path = written(tmp_path, name, [*head, "x"])
    with pytest.raises(InvalidInputError, match="max_errors must be a whole number of 1 or more"):
        read_file(path, max_errors=0)
