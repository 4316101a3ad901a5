"""
Read the rows of files that CMS publishes: text or xlsx, plain or in a gzip or zip archive.

Text is read line by line. Lines end with CRLF, LF, or CR. A line that is not UTF-8 is read as cp1252, because some
releases have descriptors in that encoding. Ctrl-Z, the end-of-file mark of DOS, is ignored, and so is the escaped form
of it that Excel writes. In a file with fixed columns, which has few commas or tabs, the whole line is one cell. A comma
before a space is not a delimiter but part of the text, as in the lists of counties.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import warnings
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import IO, NamedTuple

from therapy_billing.base.archives import (
    GZIP,
    KINDS,
    LARGEST,
    OLD_EXCEL,
    ZIP,
    damage_reported,
    open_file,
    too_large,
)
from therapy_billing.base.errors import FileFormatError, InvalidInputError
from therapy_billing.base.file_kinds import (
    LOOKED_AT,
    foreign_kind,
    kind_of_table,
    kind_of_workbook,
    old_office_kind,
)
from therapy_billing.base.wording import plain

__all__ = ["HEAD_ROWS", "Row", "is_kind", "names_of", "read_rows", "wrong_kind"]

_LONGEST_ROW = 1024 * 1024
"""Maximum number of characters in a row. The copyright notice of an MUE file has about 3,000."""
_WIDEST, _MOST_ROWS = 256, 1_048_576
"""Maximum number of columns and rows in a workbook. A PPRRVU file has 32 columns. Excel allows 1,048,576 rows."""
_MOST_CELLS, _MOST_LINES = 16_384, 4 * _MOST_ROWS
"""
Maximum number of cells in a row, and of lines in a text file. Excel has 16,384 columns and can write empty ones. A PTP
file has 700,000 lines.
"""
_LARGEST_PARTS = 4 * 1024 * 1024
"""Maximum size in bytes of the XML parts that openpyxl loads whole, such as styles. CMS workbooks need 34,000."""
_STREAMED = ("xl/worksheets/", "xl/sharedstrings", "xl/pivotcache/")
"""Parts of a workbook that are read row by row or not at all."""
HEAD_ROWS = 100
"""The captions of a file are expected within this many rows."""
_CTRL_Z, _ESCAPED_CTRL_Z = "\x1a", "_x001A_"
# A workbook escapes characters that XML does not allow, and also the underscore in text that looks like an escape.
_ESCAPED = re.compile(r"_x(00[01][0-9A-F]|005F)_")
# Titles and footnotes contain commas too. The narrowest delimited file has four columns: three delimiters per row.
_FEWEST_DELIMITERS = 3
_DELIMITERS = {",": re.compile(",(?! )"), "\t": re.compile("\t")}
_PEEKED = 30


class Row(NamedTuple):
    """
    A row that is not empty.

    Args:
        line: The line on which it begins, counted from 1.
        cells: Its cells, as written.
        ended: Whether a line ending follows. False for a last row that may be cut off.
    """

    line: int
    cells: Sequence[str]
    ended: bool


def read_rows(path: str, kind: str | None = None) -> Iterator[Row]:
    """
    Yield the rows of a file that are not empty. If it is an archive, read one file in it.

    Args:
        path: The file.
        kind: The kind of file, such as ``a GPCI file``. If an archive contains several files, the one with a name of
            this kind is read.

    Raises:
        FileFormatError: If the file is neither text nor xlsx, or has an unclosed quote; or if the archive is
            damaged, is larger than 512 MiB, or does not have exactly one file of the kind.
        InvalidInputError: If the file is xlsx and openpyxl is not installed.
        OSError: If the file cannot be opened.
    """
    with open_file(path, kind) as (file, name):
        start = file.read(LOOKED_AT)
        if start.startswith(OLD_EXCEL):
            raise FileFormatError(old_office_kind(start + file.read(_LARGEST_PARTS)), path)
    if start.startswith(ZIP):
        return _xlsx_rows(path, kind)
    if start.startswith(GZIP) and name:
        msg = "an archive inside an archive; unpack the outer one"
        raise FileFormatError(msg, path)
    foreign = foreign_kind(start)
    if foreign is not None:
        msg = f"expected {kind or 'a CMS data file'}, found {foreign}"
        raise FileFormatError(msg, path)
    return _text_rows(path, kind)


def names_of(path: str, kind: str | None = None) -> tuple[str, ...]:
    """
    Return the name of a file. If it is an archive, also return the name of the file in it.

    Raises:
        FileFormatError: If the archive is damaged, or does not have exactly one file of the kind.
        OSError: If the file cannot be opened.
    """
    with open_file(path, kind) as (_, name):
        return (Path(path).name, name) if name else (Path(path).name,)


def _text_rows(path: str, kind: str | None) -> Iterator[Row]:
    # latin-1 decodes any byte, so Python's own handling of line endings can be used.
    with (
        open_file(path, kind) as (content, _),
        io.TextIOWrapper(content, encoding="latin-1") as file,
    ):
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
                msg = f"not valid CSV: {error}; is the file cut short?"
                raise FileFormatError(msg, path, line_number) from None
            if len(cells) > _MOST_CELLS:
                msg = f"a row with more than {_MOST_CELLS:,} cells; no CMS file has one"
                raise FileFormatError(msg, path, line_number)
            if any(map(str.strip, cells)):
                ended = lines.ended or reader.line_num < len(head)
                yield Row(line_number, cells, ended)


class _Lines:
    """Iterate over decoded lines, and remember whether the last one has a line ending."""

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
            msg = f"a row with more than {_LONGEST_ROW:,} characters; no CMS file has one"
            raise FileFormatError(msg, self._path)
        self._lines_left -= 1
        if self._lines_left < 0:
            msg = f"more than {_MOST_LINES:,} lines; no CMS file has that many"
            raise FileFormatError(msg, self._path)
        if "\0" in line:
            msg = "the text contains null bytes (is it UTF-16?); save it as CSV UTF-8, or use the xlsx"
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
    """Yield the rows of the first sheet. Numbers are rounded to 10 significant digits."""
    try:
        import openpyxl  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        msg = "to read xlsx, install openpyxl: pip install 'therapy-billing[excel]'"
        raise InvalidInputError(msg) from None
    from zipfile import ZipFile  # noqa: PLC0415 - openpyxl imports it; most files are not xlsx

    # The file is opened here, because openpyxl would check the ending of its name. The file is also always closed.
    with open_file(path, kind) as (file, name), damage_reported(path):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            whole = io.BytesIO(file.read()) if name else file
            # zipfile never unpacks more of a part than its declared size.
            parts = ZipFile(whole).infolist()
            other = kind_of_workbook([part.filename for part in parts])
            if other is not None:
                msg = f"expected {kind or 'a CMS data file'}, found {other}"
                raise FileFormatError(msg, path)
            if sum(part.file_size for part in parts) > LARGEST:
                raise too_large(path)
            loaded = (
                part.file_size
                for part in parts
                if part.filename.endswith((".xml", ".rels"))
                and not part.filename.lower().startswith(_STREAMED)
            )
            if sum(loaded) > _LARGEST_PARTS:
                msg = "the styles and other parts of the workbook are larger than in any CMS file"
                raise FileFormatError(msg, path)
            workbook = openpyxl.load_workbook(whole, read_only=True, data_only=True)
        width = 0
        for line, values in enumerate(workbook.worksheets[0].iter_rows(values_only=True), 1):
            filled = next((n for n in range(len(values), 0, -1) if values[n - 1] is not None), 0)
            if filled > _WIDEST or line > _MOST_ROWS:
                msg = f"more than {_WIDEST} columns or {_MOST_ROWS:,} rows; no CMS workbook has that many"
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
            # A spreadsheet stores the published 0.869 as 0.86899999999999999.
            return f"{value:.10g}"
        case _:
            return _ESCAPED.sub(_unescaped, str(value))


def _unescaped(escaped: re.Match[str]) -> str:
    return chr(int(escaped[1], 16)).replace(_CTRL_Z, "")


def is_kind(path: str, kind: str) -> bool:
    """Return whether a row near the top of a file shows that its kind is *kind*, such as ``an MUE file``."""
    mark = KINDS[kind][1]
    head = islice(read_rows(path, kind), HEAD_ROWS)
    return any(mark.search(plain(" ".join(row.cells))) for row in head)


def wrong_kind(path: str, wanted: str) -> FileFormatError:
    """Return an error that says which kind of file is *wanted*, and which kind *path* is, judged by its first rows."""
    rows = list(islice(read_rows(path, wanted), _PEEKED))
    if not rows:
        return FileFormatError(f"empty, expected {wanted}", path)
    head = [plain(" ".join(row.cells)) for row in rows]
    found = [kind for kind, (_, mark) in KINDS.items() if any(mark.search(text) for text in head)]
    if wanted in found:
        reason = (
            f"looks like {wanted}, but its rows are missing; use the csv or xlsx of the release"
        )
    else:
        reason = f"expected {wanted}, found {found[0] if found else kind_of_table(rows[0].cells)}"
    return FileFormatError(reason, path)
