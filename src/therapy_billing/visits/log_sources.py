"""Read the rows of a treatment log from a file, an open stream, or dicts."""

from __future__ import annotations

import io
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, time
from pathlib import Path
from typing import Protocol, TextIO, TypeGuard

from therapy_billing.base.choices import Choice
from therapy_billing.base.columns import BadCellError
from therapy_billing.base.dates import parse_date
from therapy_billing.base.errors import FileFormatError, InvalidInputError
from therapy_billing.base.safe_repr import is_missing, safe_repr
from therapy_billing.base.validation import LARGEST, require_path
from therapy_billing.base.whole_numbers import as_whole
from therapy_billing.visits.log_columns import NOT_UTF_8, ReadRow, Row, named_row
from therapy_billing.visits.log_csv import csv_rows
from therapy_billing.visits.log_json import json_rows

__all__ = ["LogStream", "is_stream", "rows_of_dicts", "rows_of_file", "rows_of_stream"]

_JSON_NAMES = (".json", ".jsonl", ".ndjson")


class LogStream(Protocol):
    """An open file, or any object with a ``read`` method."""

    def read(self) -> str | bytes:
        """Return everything that has not been read yet."""


def is_stream(log: object) -> TypeGuard[LogStream]:
    """Return whether *log* has a ``read`` method like an open file."""
    return callable(getattr(log, "read", None)) and not isinstance(log, type)


def rows_of_file(
    path: str | os.PathLike[str], ignored: Collection[str]
) -> tuple[str, Iterator[ReadRow]]:
    """Return the name of a file, and its rows. A name that ends in .json, .jsonl, or .ndjson means JSON."""
    where = require_path(path, "log")
    return where, _read_file(where, ignored)


def _read_file(where: str, ignored: Collection[str]) -> Iterator[ReadRow]:
    as_json = where.lower().endswith(_JSON_NAMES)
    newline = None if as_json else ""
    # Keep bytes that are not UTF-8 as surrogates, so the error can name their row.
    with Path(where).open(encoding="utf-8-sig", errors="surrogateescape", newline=newline) as file:
        yield from _rows(file, where, ignored, as_json=as_json)


def rows_of_stream(stream: LogStream, ignored: Collection[str]) -> tuple[str, Iterator[ReadRow]]:
    """Return the name of a stream, and its rows. A stream that starts with ``[`` or ``{`` is JSON."""
    name = getattr(stream, "name", None)
    where = name if isinstance(name, str) else "<stream>"
    text = _text_of_stream(stream, where)
    as_json = text.lstrip()[:1] in ("[", "{")
    file = io.StringIO(text, newline=None if as_json else "")
    return where, _rows(file, where, ignored, as_json=as_json)


def _text_of_stream(stream: LogStream, where: str) -> str:
    try:
        content: object = stream.read()
    except UnicodeError:
        raise FileFormatError(NOT_UTF_8, where) from None
    except ValueError:
        msg = "log must be a stream that is open for reading"
        raise InvalidInputError(msg) from None
    if isinstance(content, bytes):
        return content.decode("utf-8-sig", "surrogateescape")
    if isinstance(content, str):
        return content.removeprefix("\ufeff")
    msg = f"log must be a stream of text or bytes, got {safe_repr(content)} from its read()"
    raise InvalidInputError(msg)


def _rows(
    file: TextIO, where: str, ignored: Collection[str], *, as_json: bool
) -> Iterator[ReadRow]:
    return json_rows(file, where, ignored) if as_json else csv_rows(file, where, ignored)


def rows_of_dicts(
    rows: Iterable[object], ignored: Collection[str]
) -> tuple[str, Iterator[ReadRow]]:
    """Return a name for a list of dicts, and its rows. The line of a row is its row number, from 1."""
    where = "<rows>"
    numbered = enumerate(rows, start=1)
    return where, ((line, *_row(cells, where, line, ignored)) for line, cells in numbered)


def _row(
    cells: object, where: str, line: int, ignored: Collection[str]
) -> tuple[Row, FileFormatError | None]:
    if not isinstance(cells, Mapping):
        reason = f"a row must be a dict of cells by column, got {safe_repr(cells)}"
        return {}, FileFormatError(reason, where, line)
    named = {str(name).strip().lower(): cell for name, cell in cells.items()}
    if len(named) < len(cells):
        return {}, FileFormatError("a row must name each column once", where, line)
    return named_row(named, _text_of_cell, where, line, ignored)


def _text_of_cell(column: str, cell: object) -> str:
    """Return the text that a file would have for a cell; an empty string for a missing value."""
    if isinstance(cell, Choice):
        return str(cell.value)
    if isinstance(cell, str):
        # A plain string also for a subclass of str.
        return str.strip(cell)
    if is_missing(cell):
        return ""
    if isinstance(cell, date | time):
        return _text_of_moment(column, cell)
    number = as_whole(cell)
    # Python does not convert an int with thousands of digits to a string.
    if number is not None and abs(number) <= LARGEST:
        return str(number)
    raise BadCellError(column, "the cell must be a string, a whole number, a date, or a time")


def _text_of_moment(column: str, cell: date | time) -> str:
    if column != "date" or isinstance(cell, time):
        return str(cell)
    try:
        return str(parse_date(cell, what="date"))
    except InvalidInputError as error:
        raise BadCellError(column, str(error)) from None
