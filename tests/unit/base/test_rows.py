from __future__ import annotations

import datetime
import errno
import gzip
import sys
import tracemalloc
import zipfile
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from tests.refusals import refusal
from tests.unit.cms_files import (
    GPCI_HEAD,
    MUE_HEAD,
    PPRRVU_HEAD,
    PTP_HEAD,
    workbook,
    written,
)
from therapy_billing.base import rows as cms_rows
from therapy_billing.base.errors import ErrorList, FileFormatError, InvalidInputError
from therapy_billing.base.rows import (
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
from therapy_billing.fees.county_file import read_locality_counties
from therapy_billing.fees.gpci_file import read_gpci
from therapy_billing.fees.pprrvu_file import read_pprrvu
from therapy_billing.fees.published_amounts_file import read_published_amounts
from therapy_billing.fees.zip5_file import read_zip5
from therapy_billing.ncci.mue_file import read_ncci_mue
from therapy_billing.ncci.ptp_file import read_ncci_ptp


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


def test_ctrl_z_as_a_workbook_escapes_it_makes_no_row(tmp_path: Path) -> None:
    path = workbook(
        tmp_path, "a.xlsx", [["a", "b_x000D_"], ["_x001A_"], ["_x005F_x001A_", "_x0041_"]]
    )
    assert [list(row.cells) for row in read_rows(str(path))] == [
        ["a", "b\r"],
        ["_x001A_", "_x0041_"],
    ]
    assert len(rows_of(tmp_path, b"1,2,3,4\r\n_x001A_,,,\r\n")) == 1


@pytest.mark.parametrize("line", [b"\x931\x94,2,3,4\n", "\u201c1\u201d,2,3,4\n".encode()])
def test_a_byte_order_mark_is_no_part_of_a_first_line_in_any_encoding(
    tmp_path: Path, line: bytes
) -> None:
    assert rows_of(tmp_path, b"\xef\xbb\xbf" + line)[0].cells[0] == "\u201c1\u201d"


def test_commas_of_prose_delimit_nothing(tmp_path: Path) -> None:
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
        f"{path}: a row of more than 20 characters, in no file of CMS"
    )


def test_a_workbook_is_no_wider_or_longer_than_a_file_of_cms(
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
            with pytest.raises(FileFormatError, match="a workbook of more than"):
                list(read_rows(path))


def test_a_text_is_no_wider_or_longer_than_a_file_of_cms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b,c,d\n\n1,2,3,4\n")
    monkeypatch.setattr(cms_rows, "_MOST_CELLS", 4)
    monkeypatch.setattr(cms_rows, "_MOST_LINES", 3)
    assert [len(row.cells) for row in read_rows(str(path))] == [4, 4]
    monkeypatch.setattr(cms_rows, "_MOST_CELLS", 3)
    assert refusal(FileFormatError, lambda: list(read_rows(str(path)))) == (
        f"{path}, line 1: a row of more than 3 cells, in no file of CMS"
    )
    monkeypatch.setattr(cms_rows, "_MOST_LINES", 2)
    assert refusal(FileFormatError, lambda: list(read_rows(str(path)))) == (
        f"{path}: more than 2 lines, no file of CMS"
    )


def test_the_empty_columns_that_excel_writes_are_read(tmp_path: Path) -> None:
    (row,) = rows_of(tmp_path, b"1,2,3,4" + b"," * 16_380 + b"\n")
    assert (row.cells[:4], len(row.cells)) == (["1", "2", "3", "4"], 16_384)


def test_the_styles_of_a_workbook_are_no_larger_than_in_a_file_of_cms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workbook(tmp_path, "a.xlsx", [["a"]])
    with zipfile.ZipFile(path) as parts:
        held = sum(
            part.file_size
            for part in parts.infolist()
            if part.filename not in ("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml")
        )
    monkeypatch.setattr(cms_rows, "_LARGEST_PARTS", held)
    assert len(list(read_rows(str(path)))) == 1
    monkeypatch.setattr(cms_rows, "_LARGEST_PARTS", held - 1)
    with pytest.raises(FileFormatError, match="a workbook with larger styles and other parts"):
        list(read_rows(str(path)))


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
    for name in ("a.TXT", "a.csv"):
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


GPCIS = "a GPCI file"
NO_GPCI = "none of them named like a GPCI file, unpack it and give one"


@pytest.mark.parametrize(
    ("names", "read_name"),
    [
        (["ANES2025.csv", "GPCI2025.csv"], "GPCI2025.csv"),
        (["ANES2025.csv", "in/rvu25a/gpci2025.CSV", "GPCI2025.TXT"], "in/rvu25a/gpci2025.CSV"),
        (["ANES2025.csv", "GPCI2025.txt", "GPCI2025.xlsx"], "GPCI2025.txt"),
        (["GPCI2025.txt", "gpci_25.csv"], "gpci_25.csv"),
        (["any.csv"], "any.csv"),
    ],
)
def test_of_an_archive_of_many_files_the_one_of_its_kind_is_read(
    tmp_path: Path, names: list[str], read_name: str
) -> None:
    path = str(archive(tmp_path / "rvu.zip", dict.fromkeys(names, TEXT)))
    assert names_of(path, GPCIS) == ("rvu.zip", read_name)
    assert len(list(read_rows(path, GPCIS))) == 2


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["ANES.csv", "LOCCO.csv"], f"2 files, {NO_GPCI}: ANES.csv, LOCCO.csv"),
        (
            ["GPCI25.csv", "GPCI26.csv", "GPCI25.txt", "ANES.csv"],
            "4 files, 3 of them named like a GPCI file, unpack it and give one: GPCI25.csv, GPCI26.csv",
        ),
        (
            ["GPCI25.csv", "GPCI26.txt"],
            "2 files, 2 of them named like a GPCI file, unpack it and give one: GPCI25.csv, GPCI26.txt",
        ),
        (
            ["a/GPCI25.csv", "b/GPCI25.csv"],
            (
                "2 files, 2 of them named like a GPCI file, unpack it and give one: a/GPCI25.csv, "
                "b/GPCI25.csv"
            ),
        ),
    ],
)
def test_of_an_archive_with_none_or_several_of_a_kind_none_is_read(
    tmp_path: Path, names: list[str], message: str
) -> None:
    path = archive(tmp_path / "rvu.zip", dict.fromkeys(names, TEXT))
    assert refusal(FileFormatError, lambda: read_rows(str(path), GPCIS)) == (
        f"{path}: a zip archive of {message}"
    )


def test_the_layout_of_a_zip5_file_is_not_taken_for_it(tmp_path: Path) -> None:
    members = {"ZIP5lyout.txt": b"x", "ZIP5_OCT2025.txt": TEXT, "ZIP9_OCT2025.txt": b"x"}
    path = str(archive(tmp_path / "zip.zip", members))
    assert names_of(path, "a ZIP5 file")[1] == "ZIP5_OCT2025.txt"


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
        gather(ErrorList(str(path)), read_rows(str(path)), read)
    assert [str(error) for error in caught.value.exceptions] == [
        f"{path}, line 2, column first: an x",
        f"{path}, line 3: no CSV: unexpected end of data; is the file cut short?",
    ]
    with pytest.raises(FileFormatError, match="line 3: no CSV"):
        gather(ErrorList(str(path)), read_rows(str(path)), lambda _: None)
    with pytest.raises(FileFormatError, match="no data row; is the file cut short"):
        gather(ErrorList(str(path)), iter(()), read)


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


def test_bad_rows_beyond_the_limit_are_counted(tmp_path: Path) -> None:
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


READERS: list[tuple[Callable[..., object], str, Sequence[str]]] = [
    (read_pprrvu, "PPRRVU23_OCT.csv", PPRRVU_HEAD),
    (read_gpci, "GPCI2023.csv", GPCI_HEAD),
    (read_locality_counties, "23LOCCO.csv", ["State,Locality,MAC,Fee Schedule Area,Counties"]),
    (read_zip5, "ZIP5.txt", ["OH441011520200"]),
    (read_published_amounts, "PFREV.txt", ["2023" + "," * 15]),
    (read_ncci_ptp, "ccipra-v322r0-f1.txt", PTP_HEAD),
    (read_ncci_mue, "MCR_MUE_PractitionerServices_Eff_04-01-2026.csv", MUE_HEAD),
]


@pytest.mark.parametrize(("read_file", "name", "head"), READERS)
def test_a_small_archive_of_many_bad_rows_takes_little_memory(
    tmp_path: Path, read_file: Callable[..., object], name: str, head: Sequence[str]
) -> None:
    path = tmp_path / f"{name}.gz"
    rows = 20_000
    path.write_bytes(gzip.compress("".join(f"{line}\n" for line in head).encode() + b"1\n" * rows))
    tracemalloc.start()
    try:
        with pytest.raises(ExceptionGroup) as caught:
            read_file(path)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    *listed, rest = caught.value.exceptions
    assert len(listed) == 1000
    assert isinstance(rest, FileFormatError)
    # The sample head of a file holds a bad row or none.
    assert rest.count in (rows - 1000, rows - 999)
    assert str(rest) == f"{path}: {rest.count:,} more errors are not listed"
    # A record of each row would be more than 10 MB.
    assert most < 4_000_000


@pytest.mark.parametrize(("read_file", "name"), [reader[:2] for reader in READERS])
def test_a_small_archive_without_captions_is_not_held_in_memory(
    tmp_path: Path, read_file: Callable[..., object], name: str
) -> None:
    path = tmp_path / f"{name}.gz"
    path.write_bytes(gzip.compress(b"x\n" * 50_000))
    tracemalloc.start()
    try:
        with pytest.raises(FileFormatError):
            read_file(path)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 4_000_000


@pytest.mark.parametrize(("read_file", "name", "head"), READERS)
def test_every_reader_checks_its_limit(
    tmp_path: Path, read_file: Callable[..., object], name: str, head: Sequence[str]
) -> None:
    path = written(tmp_path, name, [*head, "x"])
    with pytest.raises(InvalidInputError, match="max_errors must be a whole number from 1"):
        read_file(path, max_errors=0)
