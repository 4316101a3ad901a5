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
from therapy_billing.base.wording import plain

__all__ = ["HEAD_ROWS", "Row", "names_of", "read_rows", "wrong_kind"]

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
    with open_file(path, kind) as (file, name):
        start = file.read(4)
    if start == ZIP:
        return _xlsx_rows(path, kind)
    if start == OLD_EXCEL:
        msg = "an xls file of old Excel; use the csv or xlsx of the same release"
        raise FileFormatError(msg, path)
    if start.startswith(GZIP) and name:
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
    with open_file(path, kind) as (_, name):
        return (Path(path).name, name) if name else (Path(path).name,)


def _text_rows(path: str, kind: str | None) -> Iterator[Row]:
    # latin-1 reads any byte, and so keeps Python's own reading of line ends at hand.
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
    with open_file(path, kind) as (file, name), damage_reported(path):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            whole = io.BytesIO(file.read()) if name else file
            # What a part declares is the most that is unpacked of it.
            parts = ZipFile(whole).infolist()
            if sum(part.file_size for part in parts) > LARGEST:
                raise too_large(path)
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


def wrong_kind(path: str, wanted: str) -> FileFormatError:
    """Return an error that says what *path* holds in place of *wanted*, as its first rows show."""
    head = [plain(" ".join(row.cells)) for row in islice(read_rows(path, wanted), _PEEKED)]
    if not head:
        return FileFormatError(f"empty, expected {wanted}", path)
    found = [kind for kind, (_, mark) in KINDS.items() if any(mark.search(text) for text in head)]
    if wanted in found:
        reason = f"looks like {wanted}, but without its rows; use the csv or xlsx of the release"
    else:
        reason = f"expected {wanted}, found {found[0] if found else 'none of the kinds read here'}"
    return FileFormatError(reason, path)
