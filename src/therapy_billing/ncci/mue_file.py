"""
The medically unlikely edits (MUE) of the National Correct Coding Initiative: csv, xlsx.

A notice comes first, in one cell of many lines; the captions follow, and hold line ends of their own.
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
    Return the limits that an MUE file holds.

    A file that was cut between two rows cannot be told from a whole one; cut within a row, it can.

    Args:
        path: The file: csv or xlsx, also in a gzip or zip archive.
        setting: Whose claims it is for, where neither its name nor its caption tells.
        quarter: First day of its quarter, where its name does not tell
            (``MCR_MUE_PractitionerServices_Eff_04-01-2026.csv``).
        codes: The codes to keep; None keeps all. All rows are checked.
        max_errors: How many bad rows are listed; the last error gives the number of the others.

    Raises:
        ExceptionGroup: Of FileFormatError, one for each bad row; a code that stands twice is one.
        FileFormatError: If it is no such file, or the file as a whole cannot be read.
        InvalidInputError: If neither its name nor the caller tells setting and quarter, or they
            differ; if one of *codes* is no code; if openpyxl is needed and not installed.
        OSError: If it cannot be read.

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
    whose, first = release_of(
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
            msg = f"expected a text that begins with 1, 2 or 3, not {safe_repr(indicator)}"
            raise BadCellError("indicator", msg)
        if not rationale or not (row.ended or rationale in rationales):
            raise BadCellError("rationale", "empty, or cut where the file ends")
        rationales.add(rationale)
        limit = MueLimit(
            code=parsed("code", hcpcs, code),
            units=parsed("units", _units, units),
            mai=int(mai[1]),
            rationale=rationale,
            setting=whose,
        )
        if limits.setdefault(limit.code, limit) is not limit:
            raise BadCellError("code", f"{limit.code} stood before")

    gather(errors, rows, read)
    title = f"NCCI MUE values, {whose.value}, quarter from {first}"
    source = Source(title, names_of(where, _KIND)[-1], "", Verification.DATA_FILE)
    found = tuple(limit for code, limit in limits.items() if kept is None or code in kept)
    return MueFile(whose, first, found, source, kept)


def _opened(where: str) -> tuple[Iterator[Row], list[str], int]:
    """Return the rows of limits, and the captions with their line."""
    rows = read_rows(where, _KIND)
    for row in islice(rows, HEAD_ROWS):
        captions = [plain(cell) for cell in row.cells]
        if any(re.fullmatch(_COLUMNS["units"][0], caption) for caption in captions):
            return rows, captions, row.line
    raise wrong_kind(where, _KIND)


def _units(text: str) -> int:
    if not _UNITS.fullmatch(text):
        msg = f"expected whole units from 0, not {safe_repr(text)}"
        raise InvalidInputError(msg)
    return int(text)
