"""
Read files of medically unlikely edits (MUE) from the National Correct Coding Initiative: csv or xlsx.

The first row is a notice in one cell with many lines. The captions follow, and they also contain line breaks.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from operator import itemgetter

from therapy_billing.base.columns import (
    BadCellError,
    check_width,
    find_columns,
    gather,
    hcpcs,
    parsed,
)
from therapy_billing.base.dates import parse_date
from therapy_billing.base.errors import MAX_ERRORS, ErrorList, InvalidInputError
from therapy_billing.base.rows import HEAD_ROWS, Row, names_of, read_rows, wrong_kind
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import require_path
from therapy_billing.base.wording import plain
from therapy_billing.codes.code_book import parse_codes
from therapy_billing.law.sources import Source, Verification
from therapy_billing.ncci.ptp_file import release_of
from therapy_billing.ncci.records import EditSetting, MueFile, MueLimit, parse_edit_setting

__all__ = ["read_ncci_mue"]

_KIND = "an MUE file"
_COLUMNS: Mapping[str, Sequence[str]] = {
    "code": ("HCPCS ?/ ?CPT CODE",),
    "units": (".*MUE VALUES?",),
    "indicator": ("MUE ADJUDICATION INDICATOR",),
    "rationale": ("MUE RATIONALE",),
}
_UNITS = re.compile(r"\d{1,6}", re.ASCII)
_INDICATOR = re.compile(r"([123])\b.*", re.ASCII)


def read_ncci_mue(
    path: str | os.PathLike[str],
    *,
    setting: EditSetting | str | None = None,
    quarter: date | str | None = None,
    codes: Collection[str] | None = None,
    max_errors: int = MAX_ERRORS,
) -> MueFile:
    """
    Return the limits in an MUE file.

    A file that is cut off within a row is an error. A file that is cut off between two rows looks complete, so this
    function cannot detect it.

    Args:
        path: The file: csv or xlsx, optionally in a gzip or zip archive.
        setting: Whose claims the file is for. Needed if neither the file name nor a caption in the file shows it.
        quarter: First day of its quarter. Needed if the file name does not show it. The name
            ``MCR_MUE_PractitionerServices_Eff_04-01-2026.csv`` shows it.
        codes: The codes to keep. None keeps all. All rows are checked in any case.
        max_errors: How many bad rows to list. The last error says how many are not listed.

    Raises:
        ExceptionGroup: Of FileFormatError, one for each bad row. A code that is listed twice is a bad row.
        FileFormatError: If it is not an MUE file, or the file as a whole cannot be read.
        InvalidInputError: If the setting or the quarter is unknown or contradictory; if the quarter is before 1996;
            if one of *codes* is not a code; or if openpyxl is needed and not installed.
        OSError: If the file cannot be read.

    Source:
        CMS, Medicare NCCI medically unlikely edits.
    """
    where = require_path(path)
    errors = ErrorList(where, max_errors)
    if setting is not None:
        setting = parse_edit_setting(setting)
    if quarter is not None:
        quarter = parse_date(quarter, what="quarter")
    kept = None if codes is None else frozenset(parse_codes(codes))
    rows, captions, line = _opened(where)
    columns = find_columns(captions, _COLUMNS, where, line)
    edit_setting, first = release_of(
        where, setting, quarter, kind=_KIND, caption=captions[columns["units"]]
    )
    take, width = itemgetter(*columns.values()), len(captions)
    limits: dict[str, MueLimit] = {}
    rationales: set[str] = set()

    def read(row: Row) -> None:
        check_width(row, width)
        code, units, indicator, rationale = map(str.strip, take(row.cells))
        mai = _INDICATOR.fullmatch(indicator)
        if mai is None:
            msg = f"expected text that begins with 1, 2, or 3, not {safe_repr(indicator)}"
            raise BadCellError("indicator", msg)
        if not rationale or not (row.ended or rationale in rationales):
            raise BadCellError("rationale", "empty, or cut off at the end of the file")
        rationales.add(rationale)
        limit = MueLimit(
            code=parsed("code", hcpcs, code),
            units=parsed("units", _units, units),
            mai=int(mai[1]),
            rationale=rationale,
            setting=edit_setting,
        )
        if limits.setdefault(limit.code, limit) is not limit:
            raise BadCellError("code", f"{limit.code} is listed twice")

    gather(errors, rows, read)
    title = f"NCCI MUE values, {edit_setting.value}, quarter from {first}"
    source = Source(title, names_of(where, _KIND)[-1], "", Verification.DATA_FILE)
    found = tuple(limit for code, limit in limits.items() if kept is None or code in kept)
    return MueFile(edit_setting, first, found, source, kept)


def _opened(where: str) -> tuple[Iterator[Row], list[str], int]:
    """Return the rows of limits, the captions, and the line of the captions."""
    rows = read_rows(where, _KIND)
    for row in islice(rows, HEAD_ROWS):
        captions = [plain(cell) for cell in row.cells]
        if any(re.fullmatch(_COLUMNS["units"][0], caption) for caption in captions):
            return rows, captions, row.line
    raise wrong_kind(where, _KIND)


def _units(text: str) -> int:
    if not _UNITS.fullmatch(text):
        msg = f"expected a whole number of units, zero or more, not {safe_repr(text)}"
        raise InvalidInputError(msg)
    return int(text)
