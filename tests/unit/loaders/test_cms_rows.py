from __future__ import annotations

import datetime
import errno
import gzip
import sys
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from tests.refusals import refusal
from tests.unit.loaders.fixtures import workbook, written
from therapy_billing.errors import FileFormatError, InvalidInputError
from therapy_billing.loaders import cms_rows
from therapy_billing.loaders.cms_rows import (
    BadCellError,
    Row,
    check_width,
    find_columns,
    gather,
    hcpcs,
    is_note,
    names_of,
    number,
    read_rows,
    wrong_kind,
)


def rows_of(folder: Path, content: bytes) -> list[Row]:
    path = folder / "some.csv"
    path.write_bytes(content)
    return [Row(line, list(cells), ended) for line, cells, ended in read_rows(str(path))]


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r"])
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_any_line_end_and_a_byte_order_mark_make_the_same_rows(
    tmp_path: Path, start: bytes, end: bytes
) -> None:
    assert rows_of(tmp_path, start + end.join([b"a,b,c,d", b"", b",,,", b"1,2,3,4", b""])) == [
        Row(1, ["a", "b", "c", "d"], ended=True),
        Row(4, ["1", "2", "3", "4"], ended=True),
    ]


def test_only_the_last_row_lacks_its_line_end(tmp_path: Path) -> None:
    assert [row.ended for row in rows_of(tmp_path, b"a,b,c,d\n1,2,3,4")] == [True, False]
    long = b"1,2,3,4\n" * 40
    assert all(row.ended for row in rows_of(tmp_path, long))
    assert [row.ended for row in rows_of(tmp_path, long + b"5,6,7,8")][-2:] == [True, False]
    assert [row.ended for row in rows_of(tmp_path, b"1,2,3,4\n" * 29 + b"5,6,7,8")][-1] is False


def test_ctrl_z_ends_a_row_and_makes_none(tmp_path: Path) -> None:
    assert rows_of(tmp_path, b"1,2,3,4\x1a") == [Row(1, ["1", "2", "3", "4"], ended=True)]
    assert len(rows_of(tmp_path, b"1,2,3,4\r\n\x1a,,,\r\n")) == 1
    assert len(rows_of(tmp_path, b"1,2,3,4\n\x1a\n5,6,7,8\n")) == 2


def test_a_line_that_is_not_utf_8_is_cp1252(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, b"\x93a\x94,b,c,d\n" + "é,2,3,4\n".encode())
    assert [row.cells[0] for row in rows] == ["“a”", "é"]


def test_a_quoted_cell_may_hold_line_ends(tmp_path: Path) -> None:
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
        (b'a,b,c,d\n"1,2', "line 2: no CSV: unexpected end of data; is the file cut short?"),
        ("a,b,c,d\n".encode("utf-16"), "some.csv: no text of one byte a character"),
        (b"\xd0\xcf\x11\xe0 old", "some.csv: an xls file of old Excel"),
        (b"PK\x03\x04 not whole", "some.csv: no whole archive or xlsx"),
        (b"\x1f\x8b not whole", "some.csv: no whole archive or xlsx"),
    ],
)
def test_what_is_no_text_of_rows_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(FileFormatError, match=message.replace("(", r"\(")):
        rows_of(tmp_path, content)


def test_an_error_of_the_system_passes_through(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_rows(str(tmp_path / "none.csv"))


def test_a_workbook_has_the_numbers_that_a_person_sees(tmp_path: Path) -> None:
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


TEXT = b"a,b,c,d\n1,2,3,4\n"
ROWS = [Row(1, ["a", "b", "c", "d"], ended=True), Row(2, ["1", "2", "3", "4"], ended=True)]


def archive(path: Path, members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def read(path: Path) -> list[Row]:
    return [Row(line, list(cells), ended) for line, cells, ended in read_rows(str(path))]


@pytest.mark.parametrize("name", ["a.csv.gz", "a.csv.GZ", "a.csv"])
def test_a_gzip_archive_is_read_whatever_its_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(TEXT))
    assert read(path) == ROWS
    assert names_of(str(path)) == (name, "a.csv")


@pytest.mark.parametrize(
    "compression",
    [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA],
)
def test_the_only_file_of_a_zip_archive_is_read(tmp_path: Path, compression: int) -> None:
    members = {"read me.pdf": b"x", "in/a.csv": TEXT, "__MACOSX/in/._a.csv": b"x"}
    path = archive(tmp_path / "some.zip", members, compression)
    assert read(path) == ROWS
    assert names_of(str(path)) == ("some.zip", "in/a.csv")


def test_of_one_file_in_several_forms_the_plainest_is_read(tmp_path: Path) -> None:
    xlsx = workbook(tmp_path, "a.xlsx", [["a", "b"]]).read_bytes()
    members = {"a.xlsx": xlsx}
    path = archive(tmp_path / "a.zip", members)
    assert read(path) == [Row(1, ["a", "b"], ended=True)]
    for name in ("a.csv", "a.TXT"):
        path = archive(tmp_path / "a.zip", members := {**members, name: TEXT})
        assert read(path) == ROWS
        assert names_of(str(path))[1] == name


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"a.pdf": TEXT}, "a zip archive without a txt, csv or xlsx"),
        ({"inner.zip": b"PK"}, "a zip archive without a txt, csv or xlsx"),
        (
            {"b.csv": TEXT, "a.txt": TEXT},
            "a zip archive of 2 files, unpack it and give one: a.txt, b.csv",
        ),
        (
            {f"{n}.csv": TEXT for n in "fedcba"},
            "a zip archive of 6 files, unpack it and give one: a.csv, b.csv, c.csv, d.csv, e.csv",
        ),
        ({"a.csv": gzip.compress(TEXT)}, "an archive inside an archive; unpack the outer one"),
    ],
)
def test_a_zip_archive_of_several_files_or_of_none_is_refused(
    tmp_path: Path, members: dict[str, bytes], message: str
) -> None:
    path = archive(tmp_path / "a.zip", members)
    assert refusal(FileFormatError, lambda: read(path)) == f"{path}: {message}"


def test_a_zip_archive_with_a_name_twice_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {"a.csv": TEXT})
    with zipfile.ZipFile(path, "a") as file, pytest.warns(UserWarning, match="Duplicate name"):
        file.writestr("a.csv", TEXT)
    with pytest.raises(FileFormatError, match="a zip archive of 2 files"):
        read(path)


def test_a_damaged_archive_is_never_read_as_whole(tmp_path: Path) -> None:
    text = b"".join(b"%d,b,c,d\n" % n for n in range(300))
    zipped = archive(tmp_path / "a.zip", {"a.csv": text}).read_bytes()
    packed, path = gzip.compress(text), tmp_path / "a"
    refused = 0
    for whole in (zipped, packed):
        for size in range(4, len(whole), 7):
            path.write_bytes(whole[:size])
            with pytest.raises(FileFormatError, match="no whole archive or xlsx"):
                read(path)
            refused += 1
    assert refused > 100
    # A bit of what is packed: its checksum tells.
    for whole in (zipped, packed):
        damaged = bytearray(whole)
        damaged[len(whole) // 2] ^= 1
        path.write_bytes(damaged)
        with pytest.raises(FileFormatError, match="no whole archive or xlsx"):
            read(path)


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_damage_that_other_methods_of_packing_tell_is_told(
    tmp_path: Path, compression: int
) -> None:
    path = archive(tmp_path / "a.zip", {"a.csv": TEXT}, compression)
    packed = bytearray(path.read_bytes())
    start = 30 + len("a.csv") + 4
    packed[start : start + 12] = b"\xff" * 12
    path.write_bytes(packed)
    with pytest.raises(FileFormatError, match="no whole archive or xlsx"):
        read(path)


def test_an_error_of_the_system_is_none_of_the_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_none(*_: object) -> bytes:
        raise OSError(errno.EIO, "Input/output error")

    path = archive(tmp_path / "a.zip", {"a.csv": TEXT})
    monkeypatch.setattr(zipfile.ZipExtFile, "read", read_none)
    with pytest.raises(OSError, match="Input/output error") as caught:
        read(path)
    assert not isinstance(caught.value, FileFormatError)


def test_an_encrypted_archive_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {"a.csv": TEXT})
    packed = bytearray(path.read_bytes())
    packed[6] |= 1
    packed[packed.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(packed)
    assert refusal(FileFormatError, lambda: read(path)) == (
        f"{path}: no whole archive or xlsx; is it encrypted, or cut short?"
    )


def test_an_archive_of_more_than_the_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = b"1,2,3,4\n" * 262_144
    packed, zipped = tmp_path / "a.csv.gz", archive(tmp_path / "a.zip", {"a.csv": text})
    packed.write_bytes(gzip.compress(text))
    xlsx = workbook(tmp_path, "a.xlsx", [["a"]])
    monkeypatch.setattr(cms_rows, "_LARGEST", len(text))
    assert len(read(packed)) == len(read(zipped)) == 262_144
    monkeypatch.setattr(cms_rows, "_LARGEST", len(text) - 1)
    for path in (packed, zipped):
        assert refusal(FileFormatError, lambda: read(path)) == (  # noqa: B023 - called at once
            f"{path}: an archive of more than 1 MiB unpacked, no file of CMS"
        )
    with zipfile.ZipFile(xlsx) as parts:
        size = sum(part.file_size for part in parts.infolist())
    monkeypatch.setattr(cms_rows, "_LARGEST", size)
    assert len(read(xlsx)) == 1
    monkeypatch.setattr(cms_rows, "_LARGEST", size - 1)
    with pytest.raises(FileFormatError, match="an archive of more than 0 MiB unpacked"):
        read(xlsx)


def test_all_bad_rows_are_told_at_once_with_the_fault_that_ends_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", ["1,2,3,4", "x,2,3,4", '"5,6,7,8'])

    def read(row: Row) -> None:
        if row.cells[0] == "x":
            raise BadCellError("first", "an x")

    with pytest.raises(ExceptionGroup) as caught:
        gather(str(path), read_rows(str(path)), read)
    assert [str(error) for error in caught.value.exceptions] == [
        f"{path}, line 2, column first: an x",
        f"{path}, line 3: no CSV: unexpected end of data; is the file cut short?",
    ]
    with pytest.raises(FileFormatError, match="line 3: no CSV"):
        gather(str(path), read_rows(str(path)), lambda _: None)
    with pytest.raises(FileFormatError, match="no data row; is the file cut short"):
        gather(str(path), iter(()), read)


def test_a_row_has_a_cell_under_each_caption_and_none_beyond() -> None:
    check_width(Row(1, ["1", "2", " "], ended=True), 2)
    for cells in (["1"], ["1", "2", "3"]):
        with pytest.raises(BadCellError, match=f"{len(cells)} cells, expected 2"):
            check_width(Row(1, cells, ended=True), 2)


def test_a_column_is_found_by_the_first_caption_that_fits() -> None:
    wanted = {"pe": ("NEW PE", "(OLD )?PE")}
    assert find_columns(["A", "OLD PE", "NEW PE"], wanted, "a.csv", 1) == {"pe": 2}
    assert find_columns(["A", "OLD PE"], wanted, "a.csv", 1) == {"pe": 1}
    with pytest.raises(FileFormatError, match="column pe: 2 columns are captioned like this"):
        find_columns(["PE", "OLD PE"], wanted, "a.csv", 1)
    with pytest.raises(FileFormatError, match="column pe: no column is captioned like this"):
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
def test_what_is_no_published_number_is_refused_and_never_zero(text: str) -> None:
    with pytest.raises(InvalidInputError, match=r"expected (a number|at most 2 decimals)"):
        number(text, 2)


def test_a_code_has_five_characters_and_its_zeros_back() -> None:
    assert [hcpcs(text) for text in ("100", "1999", "GXXX1", "0791T")] == [
        "00100",
        "01999",
        "GXXX1",
        "0791T",
    ]
    for text in ("9711O0", "g0283", "TRL-", "", "99", "2000", "9711"):
        with pytest.raises(InvalidInputError, match="expected a code of five characters"):
            hcpcs(text)


def test_a_footnote_fills_only_its_first_cell_and_with_no_number() -> None:
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
        ("name,minutes,b,c", "found none of the kinds read here"),
    ],
)
def test_a_file_of_another_kind_is_named(tmp_path: Path, content: str, found: str) -> None:
    path = written(tmp_path, "a.csv", [content])
    wanted = "something else"
    assert str(wrong_kind(str(path), wanted)) == f"{path}: expected {wanted}, {found}"


def test_an_empty_file_and_one_in_another_layout_are_told_apart(tmp_path: Path) -> None:
    empty, cut = written(tmp_path, "a.csv", []), written(tmp_path, "b.csv", ["ADDENDUM E (GPCIs)"])
    assert str(wrong_kind(str(empty), "a GPCI file")).endswith("a.csv: empty, expected a GPCI file")
    assert "looks like a GPCI file, but without its rows" in str(
        wrong_kind(str(cut), "a GPCI file")
    )
