"""
The counties that make up each Medicare payment locality (25LOCCO): csv and xlsx.

The state stands on the first of its rows only. A locality that two contractors serve, marked with an
asterisk, may stand twice in the same words.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

from therapy_billing.loaders.cms_rows import (
    BadCellError,
    Row,
    check_width,
    find_columns,
    gather,
    is_note,
    parsed,
    plain,
    read_rows,
    wrong_kind,
)
from therapy_billing.tables import CountyLocality, parse_locality, parse_mac

__all__ = ["read_locality_counties"]

_COLUMNS: Mapping[str, Sequence[str]] = {
    "mac": (r".*(CONTRACTOR|CARRIER|\bMAC\b).*",),
    "locality": ("LOCALITY( NUMBER| CODE)?",),
    "state": ("STATE",),
    "area": ("FEE SCHEDULE AREA",),
    "counties": ("COUNTIES",),
}


def read_locality_counties(path: str | os.PathLike[str]) -> tuple[CountyLocality, ...]:
    """
    Return the localities of a county file, in its order.

    Args:
        path: The file, such as ``25LOCCO.csv``.

    Raises:
        ExceptionGroup: Of FileFormatError, one for each bad row; a locality that stands twice, in
            other words, is one.
        FileFormatError: If it is no such file, or fixed width.
        InvalidInputError: If openpyxl is needed and not installed.
        OSError: If it cannot be read.

    Source:
        CMS, counties included in localities.
    """
    where = os.fspath(path)
    rows, columns, width = _opened(where)
    localities: dict[tuple[str, str], CountyLocality] = {}
    state = ""

    def read(row: Row) -> None:
        nonlocal state
        check_width(row, width)
        if not row.ended:
            raise BadCellError(None, "the file ends within this row: its counties may be cut")
        cells = {
            name: " ".join(row.cells[i].replace("*", " ").split()) for name, i in columns.items()
        }
        state = cells["state"] or state
        for name in ("area", "counties"):
            if not cells[name]:
                raise BadCellError(name, "empty")
        if not state:
            raise BadCellError("state", "empty, and no row before names one")
        place = CountyLocality(
            mac=parsed("mac", parse_mac, cells["mac"]),
            locality=parsed("locality", parse_locality, cells["locality"]),
            state=state,
            area=cells["area"],
            counties=cells["counties"],
        )
        if localities.setdefault((place.mac, place.locality), place) != place:
            raise BadCellError("locality", f"{place.mac}-{place.locality} stood before")

    gather(where, rows, read)
    return tuple(localities.values())


def _opened(where: str) -> tuple[Iterator[Row], dict[str, int], int]:
    """Return the rows of localities, the columns, and how many there are."""
    rows = read_rows(where)
    for row in rows:
        captions = [plain(cell) for cell in row.cells]
        if "FEE SCHEDULE AREA" in captions:
            columns = find_columns(captions, _COLUMNS, where, row.line)
            data = (r for r in rows if not is_note(r))
            return data, columns, len(captions)
    raise wrong_kind(where, "a file of counties by locality")
