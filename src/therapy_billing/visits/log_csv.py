"""Read the rows of a treatment log in CSV."""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Collection, Iterable, Iterator

from therapy_billing.base.errors import FileFormatError
from therapy_billing.base.wording import counted, did_you_mean
from therapy_billing.visits.log_columns import (
    LOG_COLUMNS,
    NOT_UTF_8,
    REQUIRED,
    UTF_16,
    ReadRow,
    Row,
)

__all__ = ["csv_rows"]


def csv_rows(file: Iterable[str], where: str, ignored: Collection[str]) -> Iterator[ReadRow]:
    """Yield each row of a CSV file, with the line where it starts."""
    lines = _LogLines(iter(file))
    reader = csv.reader(lines, strict=True)
    header: list[str] | None = None
    while True:
        line = lines.begin_row()
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            if header is None:
                msg = f"not valid CSV: {error}"
                raise FileFormatError(msg, where, line) from None
            lines.return_all_but_first()
            yield line, {}, FileFormatError(f"not valid CSV: {error}", where, line)
            continue
        if header is None:
            if any(cell.strip() for cell in cells):
                header = _header(cells, where, line, ignored)
        elif any(cell.strip() for cell in cells):
            if len(cells) != len(header):
                lines.return_all_but_first()
            yield line, *_row(header, cells, where, line, ignored)
    if header is None:
        msg = f"the file is empty; the first line must name the columns: {', '.join(LOG_COLUMNS)}"
        raise FileFormatError(msg, where, 1)


class _LogLines:
    """
    The lines of a file. After a bad row, the reader can go back to the second line of that row.

    An unclosed quote makes all lines up to the next quote part of the row, but these lines may be good rows.
    """

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._returned: deque[str] = deque()
        self._row: list[str] = []
        self._next = 1

    def __iter__(self) -> _LogLines:
        return self

    def __next__(self) -> str:
        line = self._returned.popleft() if self._returned else next(self._lines)
        self._row.append(line)
        self._next += 1
        return line

    def begin_row(self) -> int:
        """Return the number of the line where the next row starts."""
        self._row = []
        return self._next

    def return_all_but_first(self) -> None:
        back = self._row[1:]
        self._returned.extendleft(reversed(back))
        self._next -= len(back)


def _header(cells: list[str], where: str, line: int, ignored: Collection[str]) -> list[str]:
    """Return the columns. Errors do not quote the header, which could be a row of patient data."""
    if cells[0].startswith(UTF_16):
        raise FileFormatError(NOT_UTF_8, where)
    header = [cell.strip().lower() for cell in cells]
    known = ", ".join(LOG_COLUMNS)
    if len(header) == 1 and re.search(r"[;\t|]", header[0]):
        msg = "columns must be separated by commas"
        raise FileFormatError(msg, where, line)
    for number, name in enumerate(header, start=1):
        if name not in LOG_COLUMNS:
            msg = f"column {number} is unknown; the columns are {known}{did_you_mean(name, LOG_COLUMNS)}"
            raise FileFormatError(msg, where, line)
        if header.count(name) > 1:
            raise FileFormatError("the header names this column twice", where, line, name)
    for column in REQUIRED:
        if column not in header and column not in ignored:
            msg = f"missing from the header; expected {LOG_COLUMNS[column]}"
            raise FileFormatError(msg, where, line, column)
    return header


def _row(
    header: list[str], cells: list[str], where: str, line: int, ignored: Collection[str]
) -> tuple[Row, FileFormatError | None]:
    if len(cells) != len(header):
        msg = (
            f"the row has {counted(len(cells), 'cell')}, but the header names {len(header)} columns"
        )
        return {}, FileFormatError(msg, where, line)
    row: Row = {}
    error = None
    for column, cell in zip(header, cells, strict=True):
        if column in ignored:
            continue
        if cell.isascii() or _is_text(cell):
            row[column] = cell.strip()
        else:
            error = error or FileFormatError(NOT_UTF_8, where, line, column)
    return row, error


def _is_text(cell: str) -> bool:
    try:
        cell.encode()
    except UnicodeEncodeError:
        return False
    return True
