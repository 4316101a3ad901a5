"""
Read procedure-to-procedure (PTP) files of the National Correct Coding Initiative: txt, csv, or xlsx.

CMS publishes the file for each quarter and setting in several parts, divided by the column 1 code. Each part is read
separately. Columns are found by their captions, which take up several rows.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import chain, islice
from operator import itemgetter

from therapy_billing.base.columns import (
    BadCellError,
    check_width,
    find_columns,
    gather,
    hcpcs,
    parsed,
)
from therapy_billing.base.dates import parse_date, quarter_end
from therapy_billing.base.errors import MAX_ERRORS, ErrorList, FileFormatError, InvalidInputError
from therapy_billing.base.rows import HEAD_ROWS, Row, names_of, read_rows, wrong_kind
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import require_flag, require_path
from therapy_billing.base.wording import plain
from therapy_billing.codes.code_book import load_codes, parse_codes
from therapy_billing.law.sources import Source, Verification
from therapy_billing.ncci.records import (
    NOT_APPLICABLE,
    EditSetting,
    PtpEdit,
    PtpFile,
    parse_edit_setting,
)

__all__ = ["read_ncci_ptp", "release_of"]

_KIND = "an NCCI PTP file"
_COLUMNS: Mapping[str, Sequence[str]] = {
    "Column 1": ("COLUMN ?1",),
    "Column 2": ("COLUMN ?2",),
    "prior to 1996": (r"\* ?= ?IN EXISTENCE PRIOR TO 1996",),
    "Effective Date": ("EFFECTIVE DATE",),
    "Deletion Date": (r"DELETION DATE( \* ?= ?NO DATA)?",),
    "Modifier": ("MODIFIER( 0 ?= ?NOT ALLOWED 1 ?= ?ALLOWED 9 ?= ?NOT APPLICABLE)?",),
    "Rationale": ("(PTP EDIT )?RATIONALE",),
}
_DAY = re.compile(r"(19|20)\d{6}", re.ASCII)
_INDICATORS = {"0": 0, "1": 1, "9": NOT_APPLICABLE}
_SETTING_WORDS = {
    EditSetting.PRACTITIONER: re.compile(r"CCIPRA|PRACTITIONER"),
    EditSetting.OUTPATIENT_HOSPITAL: re.compile(r"CCIOP[HC]|HOSPITAL"),
}
_OTHERS = re.compile(r"MEDICAID|\bMCD|DME|DURABLE|ADDITIONS|DELETIONS|REVISIONS")
_VERSION = re.compile(r"\bV(\d\d)([0-3])R\d")
_EFFECTIVE = re.compile(r"\bEFF(?:ECTIVE)? (\d\d) (\d\d) (20\d\d)\b")
_QUARTER = re.compile(r"\b(20\d\d) ?Q([1-4])\b")
_FIRST_YEAR = 1996
"""The year in which the first NCCI edits took effect."""
_FIRST_VERSION = 1994
"""The year of file version 0. For example, version 32.0 began on January 1, 2026."""


def read_ncci_ptp(
    path: str | os.PathLike[str],
    *,
    setting: EditSetting | str | None = None,
    quarter: date | str | None = None,
    codes: Collection[str] | None = None,
    every_code: bool = False,
    max_errors: int = MAX_ERRORS,
) -> PtpFile:
    """
    Return the edits in a PTP file, or in one part of it, without duplicates.

    A file that is cut off within a row is an error. A file that is cut off between two rows looks complete, so this
    function cannot detect it.

    Args:
        path: The file: txt, csv, or xlsx, optionally in a gzip or zip archive.
        setting: Whose claims the file is for. Needed if the file name does not show it. The name
            ``ccipra-v322r0-f4.txt`` shows it.
        quarter: First day of its quarter. Needed if the file name does not show it.
        codes: Keep only pairs of these codes. None keeps pairs of the therapy codes in
            :func:`~therapy_billing.load_codes`. All rows are checked in any case.
        every_code: Whether to keep all pairs and ignore *codes*.
        max_errors: How many bad rows to list. The last error says how many are not listed.

    Raises:
        ExceptionGroup: Of FileFormatError, one for each bad row.
        FileFormatError: If it is not a PTP file, or the file as a whole cannot be read.
        InvalidInputError: If the setting or the quarter is unknown or contradictory; if the quarter is before 1996;
            if one of *codes* is not a code; or if openpyxl is needed and not installed.
        OSError: If the file cannot be read.

    Source:
        CMS, Medicare NCCI procedure-to-procedure edits.
    """
    where = require_path(path)
    errors = ErrorList(where, max_errors)
    if setting is not None:
        setting = parse_edit_setting(setting)
    if quarter is not None:
        quarter = parse_date(quarter, what="quarter")
    kept: frozenset[str] | None = None
    wanted = load_codes() if codes is None else parse_codes(codes)
    if not require_flag(every_code, "every_code"):
        kept = frozenset(wanted)
    rows, cells_of = _opened(where)
    edit_setting, first = release_of(where, setting, quarter, kind=_KIND)
    edits: dict[PtpEdit, None] = {}
    rationales: set[str] = set()
    column1_codes: set[str] = set()

    def read(row: Row) -> None:
        column1, column2, existed, begun, deleted, indicator, rationale = cells_of(row)
        column1 = parsed("Column 1", _code, column1)
        column2 = parsed("Column 2", _code, column2)
        since = parsed("Effective Date", _day, begun)
        until = None if deleted == "*" else parsed("Deletion Date", _deletion, deleted)
        if indicator not in _INDICATORS:
            raise BadCellError("Modifier", f"expected 0, 1, or 9, not {safe_repr(indicator)}")
        if existed not in ("", "*"):
            raise BadCellError(
                "prior to 1996", f"expected * or an empty cell, not {safe_repr(existed)}"
            )
        if not rationale or not (row.ended or rationale in rationales):
            raise BadCellError("Rationale", "empty, or cut off at the end of the file")
        rationales.add(rationale)
        column1_codes.add(column1)
        if kept is None or (column1 in kept and column2 in kept):
            edit = PtpEdit(
                column1=column1,
                column2=column2,
                indicator=_INDICATORS[indicator],
                effective_from=since,
                deleted_on=until,
                rationale=rationale,
                setting=edit_setting,
                prior_to_1996=existed == "*",
            )
            edits[edit] = None

    gather(errors, rows, read)
    title = f"NCCI PTP edits, {edit_setting.value}, quarter from {first}"
    source = Source(title, names_of(where, _KIND)[-1], "", Verification.DATA_FILE)
    within = min(column1_codes), max(column1_codes)
    return PtpFile(edit_setting, first, tuple(edits), source, kept, within)


def release_of(
    path: str,
    setting: EditSetting | str | None,
    quarter: date | str | None,
    caption: str = "",
    *,
    kind: str | None = None,
) -> tuple[EditSetting, date]:
    """
    Return the setting and the first day of the quarter of a file, from its name or from the arguments.

    Args:
        path: The file.
        setting: The setting that the caller gave, or None.
        quarter: The first day that the caller gave, or None.
        caption: A caption in the file that may show the setting.
        kind: The kind of file, to find the right one in an archive of several files.

    Raises:
        FileFormatError: If the name shows that the file is not a full quarterly Medicare file: for example, that
            it lists only changes.
        InvalidInputError: If the setting or the quarter is unknown, the name and the arguments contradict each
            other, or the quarter is before 1996, when NCCI edits began.
    """
    text = " ".join(re.sub("[^0-9A-Z]+", " ", name.upper()) for name in names_of(path, kind))
    if _OTHERS.search(text):
        msg = "the name is that of a Medicaid, DME supplier, or changes-only file; use the full Medicare file"
        raise FileFormatError(msg, path)
    settings = {
        word for word, mark in _SETTING_WORDS.items() if mark.search(f"{text} {caption.upper()}")
    }
    if setting is not None:
        settings.add(parse_edit_setting(setting))
    quarters = {
        date(_FIRST_VERSION + int(year), 1 + 3 * int(minor), 1)
        for year, minor in _VERSION.findall(text)
    }
    quarters |= {date(int(year), 3 * int(n) - 2, 1) for year, n in _QUARTER.findall(text)}
    quarters |= {parse_date(f"{year}-{m}-{d}") for m, d, year in _EFFECTIVE.findall(text)}
    if quarter is not None:
        quarters.add(parse_date(quarter, what="quarter"))
    for what, found, example in (
        (
            "setting",
            {found.value for found in settings},
            "setting='practitioner' (--edits-setting practitioner)",
        ),
        (
            "quarter",
            {str(found) for found in quarters},
            "quarter='2026-07-01' (--edits-quarter 2026-07-01)",
        ),
    ):
        if len(found) > 1:
            values = ", ".join(sorted(found))
            msg = f"{path}: the file name and the arguments disagree on the {what}: {values}"
            raise InvalidInputError(msg)
        if not found:
            msg = (
                f"{path}: the file name does not show the {what}: add an argument such as {example}"
            )
            raise InvalidInputError(msg)
    first = quarters.pop()
    if first.year < _FIRST_YEAR:
        msg = f"{path}: there were no NCCI edits in the quarter from {first}; the first are from {_FIRST_YEAR}"
        raise InvalidInputError(msg, field="quarter")
    quarter_end(first)
    return settings.pop(), first


def _opened(where: str) -> tuple[Iterator[Row], Callable[[Row], Sequence[str]]]:
    """Return the rows of edits, and a function that returns the cells of _COLUMNS in a row."""
    rows = read_rows(where, _KIND)
    stack: list[Row] = []
    for row in islice(rows, HEAD_ROWS):
        first = plain(row.cells[0])
        if re.fullmatch(_COLUMNS["Column 1"][0], first):
            stack.append(row)
        elif stack and first:
            return chain([row], rows), _picker(stack, where)
        elif stack:
            stack.append(row)
    raise wrong_kind(where, _KIND)


def _picker(stack: Sequence[Row], where: str) -> Callable[[Row], Sequence[str]]:
    width = len(stack[0].cells)
    captions = [
        plain(" ".join(row.cells[i] for row in stack if i < len(row.cells))) for i in range(width)
    ]
    take = itemgetter(*find_columns(captions, _COLUMNS, where, stack[0].line).values())

    def pick(row: Row) -> Sequence[str]:
        check_width(row, width)
        return [cell.strip() for cell in take(row.cells)]

    return pick


@lru_cache(maxsize=1 << 15)
def _code(text: str) -> str:
    return hcpcs(text)


@lru_cache(maxsize=4096)
def _day(text: str) -> date:
    if _DAY.fullmatch(text):
        try:
            return date(int(text[:4]), int(text[4:6]), int(text[6:]))
        except ValueError:
            pass
    msg = f"expected a date such as 20260701, not {safe_repr(text)}"
    raise InvalidInputError(msg)


@lru_cache(maxsize=4096)
def _deletion(text: str) -> date:
    try:
        return _day(text)
    except InvalidInputError as error:
        msg = f"{error}; use * if the pair is not deleted"
        raise InvalidInputError(msg) from None
