"""
The geographic practice cost indices of CMS (GPCI, Addendum E): csv, xlsx, and fixed width.

Where a file has the work index both with and without the floor of 1.0, the one with it is taken, by
which Medicare pays. Footnotes follow the rows; asterisks that point to them are no part of a name.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import islice
from types import MappingProxyType
from typing import TypeAlias

import attrs

from therapy_billing.base.columns import (
    BadCellError,
    check_width,
    find_columns,
    gather,
    is_note,
    number,
    parsed,
)
from therapy_billing.base.errors import MAX_ERRORS, ErrorList, FileFormatError, InvalidInputError
from therapy_billing.base.rows import HEAD_ROWS, Row, read_rows, wrong_kind
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import checked, require_path
from therapy_billing.base.wording import plain
from therapy_billing.fees.records import Gpci, parse_locality, parse_mac

__all__ = ["GpciFile", "read_gpci"]

_KIND = "a GPCI file"
_COLUMNS: Mapping[str, Sequence[str]] = {
    "mac": (r".*(CONTRACTOR|CARRIER|\bMAC\b).*",),
    "locality": ("LOCALITY( NUMBER| CODE)?",),
    "name": ("LOCALITY NAME",),
    "work": (r".*\b(PW|WORK) GPCI.*\bWITH 1.*", r".*\b(PW|WORK) GPCI(?!.*WITHOUT).*"),
    "practice expense": (r".*\b(PE|PRACTICE EXPENSE) GPCI.*",),
    "malpractice": (r".*\b(MP|MALPRACTICE) GPCI.*",),
}
_YEAR = re.compile(r"\b(20\d\d)\b")
# From both ends, as names hold spaces: contractor, state, locality, name, and the indices, of which
# the first two are work without and with the floor when there are four.
_FIXED = re.compile(
    r"\s*(\d{1,5})\s+(?:([A-Z]{2})\s+)?(\d{1,2})\s+(\S.*?)"
    r"\s+(\d\.\d{3})(?:\s+(\d\.\d{3}))?\s+(\d\.\d{3})\s+(\d\.\d{3})\s*",
    re.ASCII,
)
_STATE = re.compile(r"[A-Z]{2}", re.ASCII)
_FEWEST_CAPTIONS = 5

_Cells: TypeAlias = tuple[str, ...]


@attrs.frozen(field_transformer=checked)
class GpciFile:
    """
    A file of locality cost indices.

    Args:
        path: The file, as the caller named it.
        title: Its title.
        year: Calendar year.
        effective_from: January 1st of the year; a file released again within it does not tell from
            when its changes hold.
        indices: The indices by contractor and locality; the state is empty where the file has none.
    """

    path: str
    title: str
    year: int
    effective_from: date
    indices: Mapping[tuple[str, str], Gpci] = attrs.field(repr=False)


def read_gpci(path: str | os.PathLike[str], *, max_errors: int = MAX_ERRORS) -> GpciFile:
    """
    Return what a file of locality cost indices holds.

    Args:
        path: The file: csv, txt or xlsx, of any year, also in CMS's zip archive of the release.
        max_errors: How many bad rows are listed; the last error gives the number of the others.

    Raises:
        ExceptionGroup: Of FileFormatError, one for each bad row; a locality that stands twice is one.
        FileFormatError: If it is no such file, has no work index with the floor, or tells no year.
        InvalidInputError: If openpyxl is needed and not installed.
        OSError: If it cannot be read.

    Source:
        CMS, Addendum E, final geographic practice cost indices by state and Medicare locality.
    """
    where = require_path(path)
    errors = ErrorList(where, max_errors)
    head, rows, cells_of = _opened(where)
    year = next((int(match[1]) for text in head if (match := _YEAR.search(text))), None)
    if year is None:
        msg = "no year in the title or the captions"
        raise FileFormatError(msg, where)
    indices: dict[tuple[str, str], Gpci] = {}

    def read(row: Row) -> None:
        gpci = _gpci(cells_of(row))
        if indices.setdefault((gpci.mac, gpci.locality), gpci) is not gpci:
            raise BadCellError("locality", f"{gpci.mac}-{gpci.locality} stood before")

    gather(errors, rows, read)
    return GpciFile(where, head[0], year, date(year, 1, 1), MappingProxyType(indices))


def _opened(where: str) -> tuple[list[str], Iterator[Row], Callable[[Row], _Cells]]:
    """Return the texts of the head, the rows of localities, and what takes the cells from a row."""
    head: list[str] = []
    rows = read_rows(where, _KIND)
    for row in islice(rows, HEAD_ROWS):
        head.append(" ".join(" ".join(row.cells).split()))
        captions = [plain(cell) for cell in row.cells]
        if len(row.cells) == 1 and "GPCI" in head[-1] and "LOCALITY NAME" in captions[0]:
            return head, (r for r in rows if r.cells[0].lstrip()[:1].isdigit()), _fixed_cells
        if sum(map(bool, captions)) >= _FEWEST_CAPTIONS and "GPCI" in " ".join(captions):
            columns = find_columns(captions, _COLUMNS, where, row.line)
            columns["state"] = captions.index("STATE") if "STATE" in captions else len(captions)
            data = (r for r in rows if not is_note(r))
            return head, data, _picker(columns, len(captions))
    raise wrong_kind(where, _KIND)


def _picker(columns: Mapping[str, int], width: int) -> Callable[[Row], _Cells]:
    order = [
        columns[name]
        for name in ("mac", "state", "locality", "name", "work", "practice expense", "malpractice")
    ]

    def pick(row: Row) -> _Cells:
        check_width(row, width)
        last = row.cells[width - 1].strip()
        # 0.57 could be what is left of 0.575, and 0.575 is whole.
        if not row.ended and not re.fullmatch(r"\d\.\d{3}", last):
            raise BadCellError(None, "the file ends within this row")
        cells = (*row.cells[:width], "")
        return tuple(cells[i] for i in order)

    return pick


def _fixed_cells(row: Row) -> _Cells:
    match = _FIXED.fullmatch(row.cells[0])
    if match is None:
        msg = "expected contractor, state, locality, name and indices with three decimals"
        raise BadCellError(None, msg)
    mac, state, locality, name, work, floored, expense, malpractice = match.groups(default="")
    return mac, state, locality, name, max(work, floored), expense, malpractice


def _gpci(cells: _Cells) -> Gpci:
    mac, state, locality, name, work, expense, malpractice = map(str.strip, cells)
    if state and not _STATE.fullmatch(state):
        raise BadCellError("state", f"expected two letters, not {safe_repr(state)}")
    return Gpci(
        mac=parsed("mac", parse_mac, mac),
        locality=parsed("locality", parse_locality, locality),
        state=state,
        name=" ".join(name.replace("*", " ").split()),
        work=parsed("work", _index, work),
        practice_expense=parsed("practice expense", _index, expense),
        malpractice=parsed("malpractice", _index, malpractice),
    )


def _index(text: str) -> Decimal:
    index = number(text, 3)
    if index.is_zero():
        msg = "expected an index above zero"
        raise InvalidInputError(msg)
    return index
