"""
Read the CMS file of the counties in each Medicare payment locality (25LOCCO): csv, xlsx, and fixed width.

Only the first row of each state contains the name of the state. A locality that two contractors serve is
marked with an asterisk and may appear twice with the same text. The fixed-width file cuts the list of
counties after 58 characters and omits the name of California.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import TypeAlias

from therapy_billing.base.columns import (
    BadCellError,
    check_width,
    find_columns,
    gather,
    is_note,
    parsed,
)
from therapy_billing.base.errors import MAX_ERRORS, ErrorList
from therapy_billing.base.rows import HEAD_ROWS, Row, read_rows, wrong_kind
from therapy_billing.base.validation import require_path
from therapy_billing.base.wording import plain
from therapy_billing.fees.bundled_tables import load_gpcis
from therapy_billing.fees.records import CountyLocality, parse_locality, parse_mac

__all__ = ["read_locality_counties"]

_KIND = "a file of counties by locality"
_COLUMNS: Mapping[str, Sequence[str]] = {
    "mac": (r".*(CONTRACTOR|CARRIER|\bMAC\b).*",),
    "locality": ("LOCALITY( NUMBER| CODE)?",),
    "state": ("STATE",),
    "area": ("FEE SCHEDULE AREA",),
    "counties": ("COUNTIES",),
}
# In a row without the name of a state, that column has spaces.
_FIXED = re.compile(
    r"\s*(\d{1,5})\s+(\d{1,2})(?: {2,18}(\S.*?) {2,}| {19,})(\S.*?) {2,}(\S.*?)\s*", re.ASCII
)
_FIXED_COUNTIES = 58
_MISSING_STATE_NAMES = {"CA": "CALIFORNIA"}

_Cells: TypeAlias = Sequence[str]


def read_locality_counties(
    path: str | os.PathLike[str], *, max_errors: int = MAX_ERRORS
) -> tuple[CountyLocality, ...]:
    """
    Read the localities of a county file, in the order of the file.

    Args:
        path: The file, such as ``25LOCCO.csv``: csv, txt, or xlsx, alone or in the zip archive of
            the CMS release. The txt file cuts long lists of counties; see ``CountyLocality.counties_cut``.
        max_errors: The maximum number of bad rows to list. If there are more, the last error gives the
            number of errors not listed.

    Raises:
        ExceptionGroup: With one FileFormatError for each bad row. A locality that appears twice with
            different text is an error.
        FileFormatError: If the file is not a county file.
        InvalidInputError: If openpyxl is needed and not installed.
        OSError: If the file cannot be read.

    Source:
        CMS, counties included in localities.
    """
    where = require_path(path)
    errors = ErrorList(where, max_errors)
    rows, cells_of = _opened(where)
    localities: dict[tuple[str, str], CountyLocality] = {}
    state = letters = ""

    def read(row: Row) -> None:
        nonlocal state, letters
        cells = (" ".join(cell.replace("*", " ").split()) for cell in cells_of(row))
        mac, locality, named, area, counties = cells
        if not row.ended:
            raise BadCellError(None, "the file ends within this row, so counties may be missing")
        for name, cell in (("area", area), ("counties", counties)):
            if not cell:
                raise BadCellError(name, "must not be empty")
        key = parsed("mac", parse_mac, mac), parsed("locality", parse_locality, locality)
        known = _states().get(key, letters)
        if named:
            state = named
        elif not state or (letters and known != letters):
            # Do not carry a state name over to a row for a different state.
            state = _MISSING_STATE_NAMES.get(known, "")
        letters = known
        if not state:
            raise BadCellError("state", "must not be empty: no earlier row has a state")
        found = CountyLocality(
            *key,
            state=state,
            area=area,
            counties=counties,
            # A list cut at a space is one character short of the column width, because the trailing space is stripped.
            counties_cut=len(row.cells) == 1 and len(counties) >= _FIXED_COUNTIES - 1,
        )
        if localities.setdefault(key, found) != found:
            msg = f"{found.mac}-{found.locality} appears twice with different text"
            raise BadCellError("locality", msg)

    gather(errors, rows, read)
    return tuple(localities.values())


@cache
def _states() -> Mapping[tuple[str, str], str]:
    """Return the state of each locality in the library's data."""
    years = load_gpcis().entries
    return {key: gpci.state for _, indices in years for key, gpci in indices.items()}


def _opened(where: str) -> tuple[Iterator[Row], Callable[[Row], _Cells]]:
    """Return the rows of localities, and a function that picks the cells of _COLUMNS from a row."""
    rows = read_rows(where, _KIND)
    for row in islice(rows, HEAD_ROWS):
        captions = [plain(cell) for cell in row.cells]
        if "FEE SCHEDULE AREA" in captions:
            columns = find_columns(captions, _COLUMNS, where, row.line)
            return (r for r in rows if not is_note(r)), _picker(columns, len(captions))
        if len(captions) == 1 and "FEE SCHEDULE AREA" in captions[0]:
            return (r for r in rows if r.cells[0].lstrip()[:1].isdigit()), _fixed_cells
    raise wrong_kind(where, _KIND)


def _picker(columns: Mapping[str, int], width: int) -> Callable[[Row], _Cells]:
    def pick(row: Row) -> _Cells:
        check_width(row, width)
        return [row.cells[i] for i in columns.values()]

    return pick


def _fixed_cells(row: Row) -> _Cells:
    match = _FIXED.fullmatch(row.cells[0])
    if match is None:
        msg = "expected contractor, locality, state (or spaces), fee schedule area, and counties"
        raise BadCellError(None, msg)
    return match.groups(default="")
