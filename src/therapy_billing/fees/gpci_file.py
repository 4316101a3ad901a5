"""
Read CMS files of the geographic practice cost indices (GPCI, Addendum E): csv, xlsx, and fixed width.

If a file has the work index both with and without the floor of 1.0, the index with the floor is used,
because Medicare's payment uses it. Footnotes after the rows are skipped, and asterisks are removed from the
locality names.
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
# The name may contain spaces, so match from both ends: contractor, state, locality, name, and the indices.
# If there are four indices, the first is the work index without the floor, and the second is with it.
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
    The contents of a GPCI file.

    Args:
        path: The path, as given by the caller.
        title: The title of the file.
        year: The calendar year.
        effective_from: January 1 of the year, even for a file that was reissued during the year: the file
            does not say when its changes take effect.
        indices: The indices by contractor and locality number. The state is empty if the file
            does not give one.
    """

    path: str
    title: str
    year: int
    effective_from: date
    indices: Mapping[tuple[str, str], Gpci] = attrs.field(repr=False)


def read_gpci(path: str | os.PathLike[str], *, max_errors: int = MAX_ERRORS) -> GpciFile:
    """
    Read a GPCI file.

    Args:
        path: The file: csv, txt, or xlsx, of any year, alone or in the zip archive of the CMS release.
        max_errors: The maximum number of bad rows to list. If there are more, the last error gives the
            number of errors not listed.

    Raises:
        ExceptionGroup: With one FileFormatError for each bad row. A locality that appears twice is an error.
        FileFormatError: If the file is not a GPCI file, has only the work index without the floor, or has
            no year.
        InvalidInputError: If openpyxl is needed and not installed.
        OSError: If the file cannot be read.

    Source:
        CMS, Addendum E, final geographic practice cost indices by state and Medicare locality.
    """
    where = require_path(path)
    errors = ErrorList(where, max_errors)
    head, rows, cells_of = _opened(where)
    year = next((int(match[1]) for text in head if (match := _YEAR.search(text))), None)
    if year is None:
        msg = "no year in the title or column headings: use the file as CMS published it"
        raise FileFormatError(msg, where)
    indices: dict[tuple[str, str], Gpci] = {}

    def read(row: Row) -> None:
        gpci = _gpci(cells_of(row))
        if indices.setdefault((gpci.mac, gpci.locality), gpci) is not gpci:
            raise BadCellError("locality", f"{gpci.mac}-{gpci.locality} appears twice")

    gather(errors, rows, read)
    return GpciFile(where, head[0], year, date(year, 1, 1), MappingProxyType(indices))


def _opened(where: str) -> tuple[list[str], Iterator[Row], Callable[[Row], _Cells]]:
    """Return the heading lines, the rows of localities, and a function that picks the cells from a row."""
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
        # A file that was cut off could end with 0.57 instead of 0.575. An index with three decimals is complete.
        if not row.ended and not re.fullmatch(r"\d\.\d{3}", last):
            raise BadCellError(None, "the file ends within this row")
        cells = (*row.cells[:width], "")
        return tuple(cells[i] for i in order)

    return pick


def _fixed_cells(row: Row) -> _Cells:
    match = _FIXED.fullmatch(row.cells[0])
    if match is None:
        msg = "expected contractor, state, locality, name, and indices with three decimals"
        raise BadCellError(None, msg)
    mac, state, locality, name, work, floored, expense, malpractice = match.groups(default="")
    return mac, state, locality, name, max(work, floored), expense, malpractice


def _gpci(cells: _Cells) -> Gpci:
    mac, state, locality, name, work, expense, malpractice = map(str.strip, cells)
    if state and not _STATE.fullmatch(state):
        raise BadCellError("state", f"must be two letters, got {safe_repr(state)}")
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
        msg = "must be more than zero"
        raise InvalidInputError(msg)
    return index
