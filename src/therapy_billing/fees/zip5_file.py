"""
Read the ZIP5 file of CMS: the Medicare contractor and payment locality of each five-digit ZIP code.

The text file is fixed width without a header: positions 1-2 state, 3-7 ZIP code, 8-12 carrier, 13-14
pricing locality, 21 plus four flag, 76-80 year and quarter. If the year and quarter are there, the row is
complete. The workbook and csv files have column headings.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain
from operator import itemgetter
from types import MappingProxyType

import attrs

from therapy_billing.base.columns import BadCellError, check_width, find_columns, gather, parsed
from therapy_billing.base.errors import MAX_ERRORS, ErrorList, FileFormatError
from therapy_billing.base.rows import Row, read_rows, wrong_kind
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import checked, require_path
from therapy_billing.base.wording import plain
from therapy_billing.fees.records import ZipArea, parse_locality, parse_mac

__all__ = ["Zip5File", "read_zip5", "read_zip5_file"]

_KIND = "a ZIP5 file"
_ROW = re.compile(r"([A-Z]{2})(\d{5})(\d{5})(\d{2}).{6}([01]).{54}(20\d{2}[1-4])\s*", re.ASCII)
_STARTS = re.compile(r"[A-Z]{2}\d", re.ASCII)
_COLUMNS: Mapping[str, Sequence[str]] = {
    "state": ("STATE",),
    "zip_code": ("ZIP ?CODE",),
    "carrier": ("CARRIER|MAC",),
    "locality": ("(PRICING )?LOCALITY",),
    "plus four flag": ("PLUS (4|FOUR)( FLAG)?",),
    "year and quarter": ("YEAR ?/ ?(QTR|QUARTER)",),
}
_STATE = re.compile("[A-Z]{2}")
_ZIP_CODE = re.compile(r"\d{3,5}", re.ASCII)
_QUARTER = re.compile(r"20\d{2}[1-4]", re.ASCII)
# The file may have separate letters for the eastern and the western half of Kansas and of Missouri.
_HALVES = {"EK": "KS", "WK": "KS", "EM": "MO", "WM": "MO"}


@attrs.frozen(field_transformer=checked)
class Zip5File:
    """
    The contents of a ZIP5 file.

    Args:
        path: The path, as given by the caller.
        effective_from: The first day of the quarter of the file.
        areas: The area of each ZIP code.
    """

    path: str
    effective_from: date
    areas: Mapping[str, ZipArea] = attrs.field(repr=False)


def read_zip5(
    path: str | os.PathLike[str], *, max_errors: int = MAX_ERRORS
) -> Mapping[str, ZipArea]:
    """
    Return the area of each ZIP code in a ZIP5 file, by ZIP code.

    A ZIP code that is split between localities has ``plus_four`` set: its locality depends on the ZIP+4. A
    ZIP code that appears twice is an error, unless all its rows have the plus four flag; then the first
    row is kept. Half of a state (EK, WK, EM, WM) is returned as the state (KS, MO).

    Args:
        path: The file, such as ``ZIP5_OCT2025.txt`` or ``ZIP5_OCT2025.xlsx``, alone or in a gzip or zip
            archive.
        max_errors: The maximum number of bad rows to list. If there are more, the last error gives the
            number of errors not listed.

    Raises:
        ExceptionGroup: With one FileFormatError for each bad row.
        FileFormatError: If the file is not a ZIP5 file.
        InvalidInputError: If openpyxl is needed and not installed.
        OSError: If the file cannot be read.

    Source:
        ZIP5lyout.txt, the record layout that CMS publishes with the file.
    """
    areas, _ = _read(require_path(path), max_errors)
    return areas


def read_zip5_file(path: str | os.PathLike[str], *, max_errors: int = MAX_ERRORS) -> Zip5File:
    """
    Return the areas of a ZIP5 file as :func:`read_zip5` does, with the quarter of the file.

    Args:
        path: The file.
        max_errors: The maximum number of bad rows to list.

    Raises:
        ExceptionGroup: With one FileFormatError for each bad row.
        FileFormatError: If the file is not a ZIP5 file, or its rows are for several quarters.
        InvalidInputError: If openpyxl is needed and not installed.
        OSError: If the file cannot be read.
    """
    where = require_path(path)
    areas, quarters = _read(where, max_errors)
    if len(quarters) > 1:
        msg = f"the rows are for several quarters: {', '.join(sorted(quarters))}; use the file of one quarter"
        raise FileFormatError(msg, where, column="year and quarter")
    (quarter,) = quarters
    first = date(int(quarter[:4]), 3 * int(quarter[4]) - 2, 1)
    return Zip5File(where, first, areas)


def _read(where: str, max_errors: int) -> tuple[Mapping[str, ZipArea], set[str]]:
    """Return the area of each ZIP code, and the quarters of the rows, such as 20254."""
    errors = ErrorList(where, max_errors)
    rows, cells_of = _opened(where)
    areas: dict[str, ZipArea] = {}
    quarters: set[str] = set()

    def read(row: Row) -> None:
        state, zip_code, carrier, locality, flag, quarter = map(str.strip, cells_of(row))
        if not _STATE.fullmatch(state):
            raise BadCellError("state", f"must be two letters, got {safe_repr(state)}")
        # A spreadsheet may drop the leading zeros of ZIP codes, such as those of the Northeast.
        if not _ZIP_CODE.fullmatch(zip_code):
            raise BadCellError("zip_code", f"must be five digits, got {safe_repr(zip_code)}")
        if flag not in ("0", "1"):
            raise BadCellError("plus four flag", f"must be 0 or 1, got {safe_repr(flag)}")
        if not _QUARTER.fullmatch(quarter):
            msg = f"must be a year and quarter such as 20254, got {safe_repr(quarter)}"
            raise BadCellError("year and quarter", msg)
        quarters.add(quarter)
        area = ZipArea(
            zip_code.zfill(5),
            _HALVES.get(state, state),
            parsed("carrier", parse_mac, carrier),
            parsed("locality", parse_locality, locality),
            flag == "1",
        )
        before = areas.setdefault(area.zip_code, area)
        if before is not area and not (before.plus_four and area.plus_four):
            msg = f"{area.zip_code} appears twice, but not all of its rows have the plus four flag"
            raise BadCellError("zip_code", msg)

    gather(errors, rows, read)
    return MappingProxyType(areas), quarters


def _opened(where: str) -> tuple[Iterator[Row], Callable[[Row], Sequence[str]]]:
    """Return the rows of ZIP codes, and a function that picks the cells of _COLUMNS from a row."""
    rows = read_rows(where, _KIND)
    first = next(rows, None)
    if first is not None and len(first.cells) == 1 and _STARTS.match(first.cells[0]):
        return chain([first], rows), _fixed_cells
    captions = [] if first is None else [plain(cell) for cell in first.cells]
    if first is None or not any(re.fullmatch(_COLUMNS["zip_code"][0], text) for text in captions):
        raise wrong_kind(where, _KIND)
    take = itemgetter(*find_columns(captions, _COLUMNS, where, first.line).values())

    def pick(row: Row) -> Sequence[str]:
        check_width(row, len(captions))
        cells: Sequence[str] = take(row.cells)
        return cells

    return rows, pick


def _fixed_cells(row: Row) -> Sequence[str]:
    match = _ROW.fullmatch(row.cells[0])
    if match is None:
        raise BadCellError(
            None,
            f"the {len(row.cells[0])} characters do not fit the layout: state, ZIP code, "
            "carrier, and locality at 1-14, 0 or 1 at 21, year and quarter at 76-80",
        )
    return match.groups()
