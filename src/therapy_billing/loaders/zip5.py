"""
The ZIP5 file of CMS: five-digit ZIP codes to Medicare contractor and payment locality.

Fixed width, without header: positions 1-2 state, 3-7 ZIP code, 8-12 carrier, 13-14 pricing locality,
21 plus four flag, 76-80 year and quarter. The last five prove that a row is whole.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from types import MappingProxyType

from therapy_billing.loaders.cms_rows import BadCellError, Row, gather, read_rows, wrong_kind
from therapy_billing.tables import ZipArea

__all__ = ["read_zip5"]

_ROW = re.compile(r"([A-Z]{2})(\d{5})(\d{5})(\d{2}).{6}([01]).{54}20\d{2}[1-4]\s*", re.ASCII)
_STARTS = re.compile(r"[A-Z]{2}\d", re.ASCII)
# The carriers once split Kansas and Missouri into an eastern and a western half.
_HALVES = {"EK": "KS", "WK": "KS", "EM": "MO", "WM": "MO"}


def read_zip5(path: str | os.PathLike[str]) -> Mapping[str, ZipArea]:
    """
    Return the areas of a ZIP5 file by ZIP code.

    A ZIP code that is split between localities stands once, with the flag that ZIP+4 is needed. One
    that stands twice is an error, unless all its rows have that flag: then the first is kept, as
    none of them is to be relied on. Halves of a state (EK, WK, EM, WM) become the state.

    Args:
        path: The file, such as ``ZIP5_OCT2025.txt``.

    Raises:
        ExceptionGroup: Of FileFormatError, one for each bad row.
        FileFormatError: If it is no ZIP5 file.
        OSError: If it cannot be read.

    Source:
        ZIP5lyout.txt, the record layout that comes with the file.
    """
    where = os.fspath(path)
    first = next(read_rows(where), None)
    if first is None or len(first.cells) != 1 or not _STARTS.match(first.cells[0]):
        raise wrong_kind(where, "a ZIP5 file")
    areas: dict[str, ZipArea] = {}

    def read(row: Row) -> None:
        match = _ROW.fullmatch(row.cells[0])
        if match is None:
            raise BadCellError(
                None,
                f"{len(row.cells[0])} characters that do not fit the layout: state, ZIP code, "
                "carrier and locality, 0 or 1 at position 21, year and quarter at 76-80",
            )
        state, zip_code, mac, locality, flag = match.groups()
        area = ZipArea(zip_code, _HALVES.get(state, state), mac, locality, flag == "1")
        before = areas.setdefault(zip_code, area)
        if before is not area and not (before.plus_four and area.plus_four):
            raise BadCellError("zip_code", f"{zip_code} stands twice, and not both need ZIP+4")

    gather(where, read_rows(where), read)
    return MappingProxyType(areas)
