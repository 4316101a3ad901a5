"""Files that are not CMS data files: what an error calls them, for every reader of CMS files."""

from __future__ import annotations

import gzip
import io
import tomllib
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.paths import CMS_FILES, DATA
from tests.refusals import refusal
from tests.unit.base.rows_to_read import READERS
from tests.unit.cms_files import MUE_HEAD, PTP_HEAD, workbook
from therapy_billing.base.errors import FileFormatError
from therapy_billing.base.file_kinds import LOOKED_AT, foreign_kind, kind_of_table
from therapy_billing.base.rows import is_kind, read_rows, wrong_kind
from therapy_billing.visits.log_columns import LOG_COLUMNS

RELEASE = "; use the csv, txt, or xlsx of the release"
PDF, IMAGE, WORD = f"a PDF file{RELEASE}", f"an image{RELEASE}", f"a Word document{RELEASE}"
PAGE = "an HTML page, such as CMS's license page; accept the license and save the file itself"
XML, SETTINGS = f"an XML file{RELEASE}", "a TOML or INI file"
OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
NAME = "Mary Smith"
"""A value that no error may repeat."""
LOG = ",".join(LOG_COLUMNS)


def parts(*names: str) -> bytes:
    """Return a zip archive with empty parts of these names."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in ("[Content_Types].xml", *names):
            archive.writestr(name, "")
    return content.getvalue()


STARTS = [
    (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", PDF),
    (b"\xef\xbb\xbf\n%PDF-1.4\n", PDF),
    (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", IMAGE),
    (b"\xff\xd8\xff\xe0\0\x10JFIF\0", IMAGE),
    (b"GIF89a\1\0\1\0", IMAGE),
    (b"II*\0\x08\0\0\0", IMAGE),
    (b"MM\0*\0\0\0\x08", IMAGE),
    (b"RIFF\x24\0\0\0WEBPVP8 ", IMAGE),
    (b"BM\x36\0\x0c\0\0\0\0\0\x36", IMAGE),
    (b"\0\0\0\x18ftypheic", IMAGE),
    (b"{\\rtf1\\ansi " + NAME.encode(), WORD),
    (b"<!DOCTYPE html>\r\n<html lang='en'>" + NAME.encode(), PAGE),
    (b"  <HTML><HEAD>", PAGE),
    (b"<!-- saved from url -->\n<html>", PAGE),
    (b"<?xml version='1.0'?><!DOCTYPE html PUBLIC '-//W3C//DTD XHTML'>", PAGE),
    (b"<table><tr><td>Column 1</td></tr></table>", PAGE),
    (b"<?xml version='1.0'?><Workbook>" + NAME.encode(), XML),
    (b"<Bundle xmlns='http://hl7.org/fhir'>", XML),
    (b"ISA*00*          *00*          *ZZ*1*ZZ*2~GS*HP*A*B~ST*835*0001~BPR*I", "an X12 835 file"),
    (b"ISA*00*          *00*          ~\nGS*HC*A*B~\nST*837*0001*005010X222A1~", "an X12 837 file"),
    (b"ISA|00|          |00|          ~GS|FA|A|B~ST|999|0001~", "an X12 999 file"),
    (b"ST*835*1234~BPR*I*1922.86", "an X12 835 file"),
    (b"GS*HP*SENDER*RECEIVER~ST*835*0001~", "an X12 835 file"),
    (b"ISA*00*          *00*          ~", "an X12 file"),
    (b'{"patient": "Mary Smith", "minutes": 23}', "a JSON file"),
    (b'{"patient":"Mary Smith","date":"2026-03-02","code":"97110","minutes":23}', "a JSON file"),
    (b"[\n  {\n", "a JSON file"),
    (b"{}", "a JSON file"),
    (b"[1, 2]", "a JSON file"),
    (b"[true]", "a JSON file"),
    (b"# My payer\n\n[payer.mine]\nmethod = 'cms'\n", SETTINGS),
    (b"[[file]]\nkind = 'mue'\n", SETTINGS),
    (b'name = "Mary Smith"\n', SETTINGS),
    (b"; settings\nkey=value\n", SETTINGS),
    (b"SQLite format 3\0\x10\0\1\1\0\x40\x20\x20\0\0\0\x0c", "binary data"),
    (b"\x7fELF\2\1\1\0\0\0\0\0\0\0\0\0", "binary data"),
]
TABLES = [
    (LOG, "a treatment log"),
    (f"Date,Patient,Code,Minutes\n2026-03-02,{NAME},97110,23", "a treatment log"),
    ('"patient","date","discipline","code"', "a treatment log"),
    ("patient;date;discipline;code", "a treatment log"),
    (f"code,amount\n97110,{NAME}", "a table with the columns code and amount"),
    (
        "cpt\tmodifier\tprice\tnotes",
        "a table with the columns cpt, modifier, price, and 1 other",
    ),
    (
        "code,amount,state,locality,year,mac",
        "a table with the columns code, amount, state, locality, and 2 others",
    ),
    (f"97110,{NAME},23,PT", "a table with 4 columns that no CMS file has"),
    (f"A letter about {NAME}", "no known kind of file"),
]


@pytest.mark.parametrize(("start", "found"), STARTS, ids=range(len(STARTS)))
def test_content_that_is_not_of_cms_is_named(tmp_path: Path, start: bytes, found: str) -> None:
    path = tmp_path / "ccipra-v322r0-f4.txt"
    path.write_bytes(start)
    message = refusal(FileFormatError, lambda: read_rows(str(path), "an NCCI PTP file"))
    assert message == f"{path}: expected an NCCI PTP file, found {found}"
    assert NAME not in message
    assert refusal(FileFormatError, lambda: read_rows(str(path))) == (
        f"{path}: expected a CMS data file, found {found}"
    )


@pytest.mark.parametrize(("content", "found"), TABLES)
def test_a_table_is_named_by_captions_that_are_known_words(
    tmp_path: Path, content: str, found: str
) -> None:
    path = tmp_path / "some.csv"
    path.write_text(content, encoding="utf-8")
    message = str(wrong_kind(str(path), "an NCCI PTP file"))
    assert message == f"{path}: expected an NCCI PTP file, found {found}"
    assert NAME not in message


def test_a_workbook_with_other_columns_is_named_in_the_same_way(tmp_path: Path) -> None:
    path = workbook(
        tmp_path, "log.xlsx", [["patient", "date", "code"], [NAME, "2026-03-02", 97110]]
    )
    assert str(wrong_kind(str(path), "an MUE file")).endswith("found a treatment log")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (parts("word/document.xml"), f"expected an MUE file, found {WORD}"),
        (parts("ppt/slides/slide1.xml"), f"expected an MUE file, found a presentation{RELEASE}"),
        (OLD_EXCEL, "an old Excel file (xls); use the csv or xlsx of the same release"),
        (OLD_EXCEL + b"\0" * 20_000 + "WordDocument".encode("utf-16-le"), WORD),
        (
            OLD_EXCEL + "EncryptedPackage".encode("utf-16-le"),
            "a workbook with a password; save it without one",
        ),
        (gzip.compress(b"%PDF-1.7", mtime=0), f"expected an MUE file, found {PDF}"),
    ],
    ids=["docx", "pptx", "xls", "doc", "locked", "gz"],
)
def test_an_office_or_packed_file_is_named(tmp_path: Path, content: bytes, found: str) -> None:
    path = tmp_path / "MUE.csv"
    path.write_bytes(content)
    message = refusal(FileFormatError, lambda: list(read_rows(str(path), "an MUE file")))
    assert message == f"{path}: {found}"


@pytest.mark.parametrize(("read_file", "name", "head"), READERS)
def test_every_reader_names_a_wrong_file(
    tmp_path: Path, read_file: Callable[..., object], name: str, head: Sequence[str]
) -> None:
    assert head
    path = tmp_path / name
    for content, found in [*STARTS, *((text.encode(), found) for text, found in TABLES)]:
        path.write_bytes(content)
        message = refusal(FileFormatError, lambda: read_file(path))
        assert ": expected a" in message
        assert message.endswith(f", found {found}")


@pytest.mark.parametrize(("read_file", "name", "head"), READERS)
def test_every_reader_says_that_a_file_is_empty(
    tmp_path: Path, read_file: Callable[..., object], name: str, head: Sequence[str]
) -> None:
    assert head
    path = tmp_path / name
    for content in (b"", b"\n\r\n", b"\xef\xbb\xbf"):
        path.write_bytes(content)
        assert ": empty, expected a" in refusal(FileFormatError, lambda: read_file(path))


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"HCPCS,MOD,STATUS\n",
        b"AK995010210201\n",
        b"HDR  2025 PHYSICIAN FEE SCHEDULE",
        b"ST. CLAIR, JACKSON\n",
        b"GS is no segment,1,2,3\n",
        b"Column 1\tColumn 2\t*=in existence\n",
        b"BM is no image\n",
        b"97110,,,A,0.45\r\n\x1a",
        b"a\0b",
        "97110,caf\xe9,1,2".encode("latin-1"),
    ],
)
def test_text_that_a_cms_file_may_begin_with_is_not_named(start: bytes) -> None:
    assert foreign_kind(start) is None


def test_the_librarys_own_data_files_are_settings() -> None:
    for file in DATA.rglob("*.toml"):
        content = file.read_bytes()
        # A file that only data packs fill has nothing but comments.
        if tomllib.loads(content.decode()):
            assert foreign_kind(content[:LOOKED_AT]) == SETTINGS


def test_the_words_of_a_log_are_the_columns_that_it_may_have() -> None:
    for column in LOG_COLUMNS:
        assert kind_of_table([column, "x"]) == f"a table with the column {column} and 1 other"


def test_a_row_near_the_top_shows_the_kind(tmp_path: Path) -> None:
    for head, mue in ((MUE_HEAD, True), (PTP_HEAD, False)):
        path = tmp_path / "a.csv"
        path.write_text("\n".join(head), encoding="utf-8")
        assert is_kind(str(path), "an MUE file") is mue
        assert is_kind(str(path), "an NCCI PTP file") is not mue


@pytest.mark.skipif(
    not CMS_FILES.is_dir(), reason="the published files are not available, so none was looked at"
)
class TestPublishedFiles:
    def test_no_file_of_cms_is_taken_for_another_kind(self) -> None:
        files = [path for path in CMS_FILES.iterdir() if path.suffix in (".csv", ".txt")]
        assert len(files) > 5
        for path in files:
            assert foreign_kind(path.read_bytes()[:LOOKED_AT]) is None

    def test_claims_and_remittances_are_x12_files(self) -> None:
        folder = CMS_FILES.parent / "x12"
        texts = [
            path for path in (*folder.glob("*.txt"), *folder.glob("valid/*")) if path.is_file()
        ]
        found = {foreign_kind(path.read_bytes()[:LOOKED_AT]) for path in texts}
        assert texts
        assert found <= {f"an X12 {kind} file" for kind in ("835", "837", "999", "277")}
