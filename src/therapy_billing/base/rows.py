"""
Rows of the files that CMS publishes, whatever wrote them: text of any line end and encoding, or xlsx,
as they are or in a gzip or zip archive.

A text is streamed line by line. Lines end with CRLF, LF or a bare CR; a line that is not UTF-8 is
cp1252, as the descriptors of some releases are; Ctrl-Z, the end of file of DOS, counts for nothing,
also as Excel escapes it. A file without commas and tabs is fixed width: its rows are one cell, the
whole line. Commas before a space are prose: the lists of counties are full of them.
"""

from __future__ import annotations

import codecs
import csv
import errno
import io
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any, NamedTuple, TypeVar

from therapy_billing.base.errors import (
    ErrorList,
    FileFormatError,
    InvalidInputError,
    shown,
)
from therapy_billing.base.money import EXACT

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

__all__ = [
    "HEAD_ROWS",
    "BadCellError",
    "Row",
    "check_width",
    "find_columns",
    "gather",
    "hcpcs",
    "is_note",
    "names_of",
    "number",
    "parsed",
    "plain",
    "read_rows",
    "wrong_kind",
]

_T = TypeVar("_T")

_ZIP, _GZIP, _OLD_EXCEL = b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0"
_XLSX_PART = "[Content_Types].xml"
_READABLE = (".csv", ".txt", ".xlsx")
"""What is read of an archive, the first that it has of a file in several forms."""
_LARGEST = 512 * 1024 * 1024
"""Bytes unpacked; 700,000 rows of a PTP file are some 50 million."""
_LONGEST_ROW = 1024 * 1024
"""Characters; the copyright notice of an MUE file has some 3,000."""
_WIDEST, _MOST_ROWS = 256, 1_048_576
"""Columns and rows of a workbook; a PPRRVU file has 32 columns, and Excel this many rows."""
_MOST_CELLS, _MOST_LINES = 16_384, 4 * _MOST_ROWS
"""Cells of a row, and lines, of a text: the columns of Excel, which writes empty ones too; a PTP file has 700,000 lines."""
_LARGEST_PARTS = 4 * 1024 * 1024
"""Bytes of the XML that openpyxl holds as a whole, such as styles; CMS's workbooks have some 34,000."""
_NOT_HELD = ("xl/worksheets/", "xl/sharedstrings", "xl/pivotcache/")
"""Parts that are read row by row, or not at all."""
HEAD_ROWS = 100
"""Rows among which the captions of a file are looked for."""
_CTRL_Z, _ESCAPED_CTRL_Z = "\x1a", "_x001A_"
# What a workbook escapes: characters that XML cannot hold, and the underscore of what looks like one.
_ESCAPED = re.compile(r"_x(00[01][0-9A-F]|005F)_")
# Titles and footnotes hold commas too; a row of the narrowest delimited file has four of them.
_FEWEST_DELIMITERS = 3
_DELIMITERS = {",": re.compile(",(?! )"), "\t": re.compile("\t")}
_PEEKED = 30
_LISTED = 5
_CODE = re.compile(r"[0-9A-Z]{5}", re.ASCII)
# Of 00100 to 01999, the codes that a spreadsheet takes for numbers, their zeros lost.
_ANESTHESIA = re.compile(r"[1-9]\d\d|1\d{3}", re.ASCII)
_NUMBER = re.compile(r"\d{1,9}(?:\.\d*)?|\.\d+", re.ASCII)
# Binary floats of a spreadsheet come within this of the decimal that was published.
_NOISE = Decimal("1E-9")
_KINDS: Mapping[str, tuple[re.Pattern[str], re.Pattern[str]]] = {
    "a PPRRVU file": (
        re.compile("PPRRVU"),
        re.compile(r"RELATIVE VALUE FILE|^HDR|^HCPCS "),
    ),
    "a GPCI file": (re.compile("GPCI"), re.compile(r"\bGPCI")),
    "a file of counties by locality": (
        re.compile("LOCCO"),
        re.compile(r"COUNTIES INCLUDED|FEE SCHEDULE AREA"),
    ),
    # Not its record layout, ZIP5lyout.txt.
    "a ZIP5 file": (
        re.compile("ZIP5(?!_?LY?A?YOUT)"),
        re.compile(r"^[A-Z]{2}\d{10}|PLUS 4 FLAG"),
    ),
    "a file of payment amounts": (
        re.compile("^PF"),
        re.compile(r"^20\d\d \d{5} \d\d |^TRL"),
    ),
    "an NCCI PTP file": (re.compile("CCIPRA|CCIOP[HC]|PTP"), re.compile(r"^COLUMN ?1\b")),
    "an MUE file": (re.compile("MUE"), re.compile(r"\bMUE VALUES?\b")),
}
"""Of each kind, what its file name and what one of its first rows holds, in capitals."""


class Row(NamedTuple):
    """
    A row that holds something.

    Args:
        line: The line on which it begins, the first is 1.
        cells: Its cells, as written.
        ended: Whether a line end follows; False for a last row that may have been cut.
    """

    line: int
    cells: Sequence[str]
    ended: bool


class BadCellError(Exception):
    """A cell that cannot be read; the reason never holds its text."""

    def __init__(self, column: str | None, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason


def read_rows(path: str, kind: str | None = None) -> Iterator[Row]:
    """
    Yield the rows of a file that are not empty; of an archive, those of one file in it.

    Args:
        path: The file.
        kind: What the file is, such as ``a GPCI file``; of an archive of several files, the one named
            as such is read.

    Raises:
        FileFormatError: If it is neither text nor xlsx, its quotes are not closed, or an archive is
            damaged, larger than 512 MiB, or has no file of the kind, or several.
        InvalidInputError: If it is xlsx and openpyxl is not installed.
        OSError: If it cannot be opened.
    """
    with _opened(path, kind) as (file, name):
        start = file.read(4)
    if start == _ZIP:
        return _xlsx_rows(path, kind)
    if start == _OLD_EXCEL:
        msg = "an xls file of old Excel; use the csv or xlsx of the same release"
        raise FileFormatError(msg, path)
    if start.startswith(_GZIP) and name:
        msg = "an archive inside an archive; unpack the outer one"
        raise FileFormatError(msg, path)
    return _text_rows(path, kind)


def names_of(path: str, kind: str | None = None) -> tuple[str, ...]:
    """
    Return the names of a file: its own, and of an archive, also that of the file in it.

    Raises:
        FileFormatError: As :func:`read_rows` does of an archive.
        OSError: If it cannot be opened.
    """
    with _opened(path, kind) as (_, name):
        return (Path(path).name, name) if name else (Path(path).name,)


@contextmanager
def _opened(path: str, kind: str | None) -> Iterator[tuple[IO[bytes], str]]:
    """Open the bytes that hold the rows, with the name that they have in an archive."""
    with Path(path).open("rb") as file:
        start = file.read(4)
        file.seek(0)
        if start == _ZIP:
            from zipfile import ZipFile  # noqa: PLC0415 - few files are archives

            with _damage_told(path):
                archive = ZipFile(file)
            if _XLSX_PART not in archive.namelist():
                member = _member(archive, path, kind)
                with _damage_told(path):
                    packed = archive.open(member)
                yield io.BufferedReader(_Unpacked(packed.read, path)), member.filename
                return
            file.seek(0)
        elif start.startswith(_GZIP):
            from gzip import GzipFile  # noqa: PLC0415 - few files are archives

            name = Path(path).name
            inner = name[:-3] if name.lower().endswith(".gz") else name
            yield io.BufferedReader(_Unpacked(GzipFile(fileobj=file).read, path)), inner
            return
        yield file, ""


def _member(archive: ZipFile, path: str, kind: str | None) -> ZipInfo:
    """Return the file of an archive that is of the kind; of several forms of it, the plainest."""
    members = [
        member
        for member in archive.infolist()
        if member.filename.lower().endswith(_READABLE)
        and not member.filename.startswith("__MACOSX/")
    ]
    if not members:
        msg = "a zip archive without a txt, csv or xlsx"
        raise FileFormatError(msg, path)
    named = [
        member
        for member in members
        if kind is not None and _KINDS[kind][0].search(_inner(member).name.upper())
    ]
    found = named or members
    found.sort(key=lambda member: _READABLE.index(_form(member)))
    best = [member for member in found if _form(member) == _form(found[0])]
    if len({_release_name(member) for member in found}) > 1 or len(best) > 1:
        what = (
            "files" if kind is None else f"files, {len(named) or 'none'} of them named like {kind}"
        )
        several = best if len(best) > 1 else found
        listed = ", ".join(sorted(member.filename for member in several)[:_LISTED])
        msg = f"a zip archive of {len(members)} {what}, unpack it and give one: {listed}"
        raise FileFormatError(msg, path)
    return found[0]


def _inner(member: ZipInfo) -> PurePosixPath:
    return PurePosixPath(member.filename)


def _form(member: ZipInfo) -> str:
    return _inner(member).suffix.lower()


def _release_name(member: ZipInfo) -> str:
    """Return what the forms of one file have in common: PPRRVU25_JAN of PPRRVU2025_Jan.csv."""
    letters = re.sub("[^0-9A-Z]", "", _inner(member).stem.upper())
    return re.sub(r"20(?=\d\d(?!\d))", "", letters)


class _Unpacked(io.RawIOBase):
    """Bytes out of an archive: no more than fit, and what is damaged is told as such."""

    def __init__(self, unpack: Callable[[int], bytes], path: str) -> None:
        self._unpack = unpack
        self._path = path
        self._left = _LARGEST

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - a buffer has no type before 3.12
        view = memoryview(buffer).cast("B")
        with _damage_told(self._path):
            content = self._unpack(len(view))
        self._left -= len(content)
        if self._left < 0:
            raise _too_large(self._path)
        view[: len(content)] = content
        return len(content)


def _too_large(path: str) -> FileFormatError:
    msg = f"an archive of more than {_LARGEST // 1024 // 1024} MiB unpacked, no file of CMS"
    return FileFormatError(msg, path)


@contextmanager
def _damage_told(path: str) -> Iterator[None]:
    """Raise what a damaged archive or workbook causes as FileFormatError."""
    # Loaded by whatever reads archives; most readers meet none.
    import lzma  # noqa: PLC0415
    import struct  # noqa: PLC0415
    import zlib  # noqa: PLC0415
    from zipfile import BadZipFile  # noqa: PLC0415

    # What zipfile and openpyxl let through: the archive, its members, their XML, the values in it.
    archive = (BadZipFile, EOFError, OSError, lzma.LZMAError, struct.error, zlib.error)
    try:
        yield
    except FileFormatError:
        raise
    except (*archive, LookupError, RuntimeError, SyntaxError, TypeError, ValueError) as error:
        # Told by the system, not by what unpacks; a place before the file's start is EINVAL.
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise
        msg = "no whole archive or xlsx; is it encrypted, or cut short?"
        raise FileFormatError(msg, path) from None


def _text_rows(path: str, kind: str | None) -> Iterator[Row]:
    # latin-1 reads any byte, and so keeps Python's own reading of line ends at hand.
    with _opened(path, kind) as (content, _), io.TextIOWrapper(content, encoding="latin-1") as file:
        lines = _Lines(file, path)
        head = list(islice(lines, _PEEKED))
        most, delimiter = max(
            (len(mark.findall(line)), name)
            for name, mark in _DELIMITERS.items()
            for line in ["", *head]
        )
        again = chain(head, lines)
        if most < _FEWEST_DELIMITERS or head[0].startswith("HDR"):
            for number_of, line in enumerate(again, start=1):
                lines.begin_row()
                if line.strip():
                    yield Row(number_of, (line.removesuffix("\n"),), line.endswith("\n"))
            return
        reader = csv.reader(again, delimiter=delimiter, strict=True)
        while True:
            line_number = reader.line_num + 1
            lines.begin_row()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                msg = f"no CSV: {error}; is the file cut short?"
                raise FileFormatError(msg, path, line_number) from None
            if len(cells) > _MOST_CELLS:
                msg = f"a row of more than {_MOST_CELLS:,} cells, in no file of CMS"
                raise FileFormatError(msg, path, line_number)
            if any(map(str.strip, cells)):
                ended = lines.ended or reader.line_num < len(head)
                yield Row(line_number, cells, ended)


class _Lines:
    """Iterates over decoded lines, and remembers whether the last one was ended."""

    def __init__(self, file: IO[str], path: str) -> None:
        self._file = file
        self._path = path
        self._left = _LONGEST_ROW * _PEEKED
        self._lines_left = _MOST_LINES
        self._first = True
        self.ended = True

    def begin_row(self) -> None:
        self._left = _LONGEST_ROW

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._file.readline(_LONGEST_ROW + 1)
        if not line:
            raise StopIteration
        self._left -= len(line)
        if self._left < 0 or len(line) > _LONGEST_ROW:
            msg = f"a row of more than {_LONGEST_ROW:,} characters, in no file of CMS"
            raise FileFormatError(msg, self._path)
        self._lines_left -= 1
        if self._lines_left < 0:
            msg = f"more than {_MOST_LINES:,} lines, no file of CMS"
            raise FileFormatError(msg, self._path)
        if "\0" in line:
            msg = "no text of one byte a character (UTF-16?); save it as CSV UTF-8, or use the xlsx"
            raise FileFormatError(msg, self._path)
        if not line.isascii():
            content = line.encode("latin-1")
            line = _decoded(content.removeprefix(codecs.BOM_UTF8) if self._first else content)
        self._first = False
        if _CTRL_Z in line or _ESCAPED_CTRL_Z in line:
            kept = line.replace(_CTRL_Z, "").replace(_ESCAPED_CTRL_Z, "")
            line = kept.removesuffix("\n") + "\n"
        self.ended = line.endswith("\n")
        return line


def _decoded(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", errors="replace")


def _xlsx_rows(path: str, kind: str | None) -> Iterator[Row]:
    """Yield the rows of the first sheet, numbers with the digits that a person sees."""
    try:
        import openpyxl  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        msg = "to read xlsx, install openpyxl: pip install 'therapy-billing[excel]'"
        raise InvalidInputError(msg) from None
    from zipfile import ZipFile  # noqa: PLC0415 - loaded by openpyxl; most readers meet no xlsx

    # Opened here, so that the name of the file does not matter, and it is closed in any case.
    with _opened(path, kind) as (file, name), _damage_told(path):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            whole = io.BytesIO(file.read()) if name else file
            # What a part declares is the most that is unpacked of it.
            parts = ZipFile(whole).infolist()
            if sum(part.file_size for part in parts) > _LARGEST:
                raise _too_large(path)
            held = (
                part.file_size
                for part in parts
                if part.filename.endswith((".xml", ".rels"))
                and not part.filename.lower().startswith(_NOT_HELD)
            )
            if sum(held) > _LARGEST_PARTS:
                msg = "a workbook with larger styles and other parts than any file of CMS has"
                raise FileFormatError(msg, path)
            workbook = openpyxl.load_workbook(whole, read_only=True, data_only=True)
        width = 0
        for line, values in enumerate(workbook.worksheets[0].iter_rows(values_only=True), 1):
            filled = next((n for n in range(len(values), 0, -1) if values[n - 1] is not None), 0)
            if filled > _WIDEST or line > _MOST_ROWS:
                msg = f"a workbook of more than {_WIDEST} columns or {_MOST_ROWS:,} rows, no file of CMS"
                raise FileFormatError(msg, path, line)
            cells = [_text(value) for value in values[:filled]]
            width = max(width, len(cells))
            if any(map(str.strip, cells)):
                yield Row(line, cells + [""] * (width - len(cells)), ended=True)


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case float():
            # 0.86899999999999999 is how a spreadsheet stores the published 0.869.
            return f"{value:.10g}"
        case _:
            return _ESCAPED.sub(_unescaped, str(value))


def _unescaped(escaped: re.Match[str]) -> str:
    return chr(int(escaped[1], 16)).replace(_CTRL_Z, "")


def gather(errors: ErrorList, rows: Iterable[Row], read: Callable[[Row], None]) -> None:
    """
    Call *read* for each row, and report all rows that it refuses at once.

    Raises:
        ExceptionGroup: Of FileFormatError, one for each row of which *read* raises BadCellError, as far
            as *errors* lists them.
        FileFormatError: If there is no row.
    """
    count = 0
    try:
        for count, row in enumerate(rows, start=1):  # noqa: B007 - counted for what follows
            try:
                read(row)
            except BadCellError as bad:
                errors.add(FileFormatError(bad.reason, errors.path, row.line, bad.column))
    except FileFormatError as error:
        if not errors.count:
            raise
        errors.add(error, always=True)
    if errors.count:
        raise errors.group()
    if not count:
        msg = "no data row; is the file cut short?"
        raise FileFormatError(msg, errors.path)


def check_width(row: Row, width: int) -> None:
    """
    Check that *row* has a cell under each of *width* captions, and nothing beyond.

    Raises:
        BadCellError: If it has not: the row is cut, or a stray comma shifted its cells.
    """
    if len(row.cells) < width or any(map(str.strip, row.cells[width:])):
        raise BadCellError(None, f"{len(row.cells)} cells, expected {width}")


def find_columns(
    captions: Sequence[str], wanted: Mapping[str, Sequence[str]], path: str, line: int
) -> dict[str, int]:
    """
    Return the index of each wanted column.

    Args:
        captions: The captions, through :func:`plain`.
        wanted: For each column, by the name that messages give it, the patterns that the whole
            caption may fit; the first that one fits is taken.
        path: The file.
        line: Line of the captions.

    Raises:
        FileFormatError: If a column is missing, or a pattern fits two.
    """
    columns: dict[str, int] = {}
    for name, patterns in wanted.items():
        for pattern in patterns:
            found = [i for i, text in enumerate(captions) if re.fullmatch(pattern, text)]
            if len(found) > 1:
                msg = f"{len(found)} columns are captioned like this, expected one"
                raise FileFormatError(msg, path, line, name)
            if found:
                columns[name] = found[0]
                break
        else:
            msg = f"no column is captioned like this, among {len(captions)} columns"
            raise FileFormatError(msg, path, line, name)
    return columns


def hcpcs(text: str) -> str:
    """
    Return a code as a file has it; CMS publishes placeholders too, such as GXXX1 in July 2026.

    Raises:
        InvalidInputError: If it is not five digits and capitals.

    >>> hcpcs("97530"), hcpcs("100")
    ('97530', '00100')
    """
    code = text.zfill(5) if _ANESTHESIA.fullmatch(text) else text
    if not _CODE.fullmatch(code):
        msg = f"expected a code of five characters, not {shown(text)}"
        raise InvalidInputError(msg)
    return code


def plain(text: str) -> str:
    """
    Return *text* in capitals and with single spaces.

    >>> plain(" Facility  PE RVU")
    'FACILITY PE RVU'
    """
    return " ".join(text.upper().split())


def is_note(row: Row) -> bool:
    """Return whether *row* is a footnote: only its first cell is filled, and with no number."""
    first, *others = map(str.strip, row.cells)
    return not any(others) and not first.isdigit()


@lru_cache(maxsize=4096)
def number(text: str, places: int) -> Decimal:
    """
    Return the number that *text* holds, with as many decimals as are published.

    Raises:
        InvalidInputError: If it is empty, negative, no plain number, or finer than published.

    >>> number("1", 3), number(".45", 2), number("0.86899999999999999", 3)
    (Decimal('1.000'), Decimal('0.45'), Decimal('0.869'))
    """
    if not text:
        msg = "empty, expected a number; an empty cell is never zero"
        raise InvalidInputError(msg)
    if not _NUMBER.fullmatch(text):
        msg = f"expected a number from 0 with {places} decimals, not {shown(text)}"
        raise InvalidInputError(msg)
    exact = Decimal(text)
    published = EXACT.quantize(exact, Decimal(1).scaleb(-places))
    if abs(EXACT.subtract(exact, published)) > _NOISE:
        msg = f"expected at most {places} decimals, not {shown(text)}"
        raise InvalidInputError(msg)
    return published


def parsed(column: str, parse: Callable[[str], _T], text: str) -> _T:
    """
    Return what *parse* makes of a cell.

    Raises:
        BadCellError: If it raises InvalidInputError.
    """
    try:
        return parse(text)
    except InvalidInputError as error:
        raise BadCellError(column, str(error)) from None


def wrong_kind(path: str, wanted: str) -> FileFormatError:
    """Return an error that says what *path* holds in place of *wanted*, as its first rows show."""
    head = [plain(" ".join(row.cells)) for row in islice(read_rows(path, wanted), _PEEKED)]
    if not head:
        return FileFormatError(f"empty, expected {wanted}", path)
    found = [kind for kind, (_, mark) in _KINDS.items() if any(mark.search(text) for text in head)]
    if wanted in found:
        reason = f"looks like {wanted}, but without its rows; use the csv or xlsx of the release"
    else:
        reason = f"expected {wanted}, found {found[0] if found else 'none of the kinds read here'}"
    return FileFormatError(reason, path)
