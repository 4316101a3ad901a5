"""
Read the relative value files of CMS (PPRRVU) of any release: csv, tab-separated text, xlsx, and fixed width.

Columns are found by their headings, which span several rows, because the positions of columns change from
year to year: in 2026, PRIC IND moved before CONV FACTOR. A fixed-width file has no headings and no title. It
is read in the 2025 layout, and the totals of each row are checked. In some rows of such a file, the base code of an
endoscopy family comes before the conversion factor.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import chain, islice
from operator import itemgetter
from types import MappingProxyType
from typing import TypeAlias

import attrs

from therapy_billing.base.columns import (
    BadCellError,
    check_width,
    find_columns,
    gather,
    hcpcs,
    number,
    parsed,
)
from therapy_billing.base.dates import parse_date
from therapy_billing.base.errors import MAX_ERRORS, ErrorList, FileFormatError, InvalidInputError
from therapy_billing.base.money import EXACT
from therapy_billing.base.rows import HEAD_ROWS, Row, names_of, read_rows, wrong_kind
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import checked, require_path
from therapy_billing.base.wording import plain
from therapy_billing.codes.code_book import parse_codes
from therapy_billing.fees.records import Rvu

__all__ = ["RvuFile", "read_pprrvu"]

_KIND = "a PPRRVU file"
_COLUMNS: Mapping[str, Sequence[str]] = {
    "HCPCS": ("HCPCS",),
    "MOD": ("MOD(IFIER)?",),
    "STATUS CODE": ("STATUS CODE",),
    "WORK RVU": ("WORK RVU",),
    # In transition years, files have both values, and Medicare paid by the transitioned ones.
    "NON-FAC PE RVU": (
        "TRANSITIONED NON-FAC(ILITY)? PE RVU",
        "(FULLY IMPLEMENTED )?NON-FAC(ILITY)? PE RVU",
    ),
    "FACILITY PE RVU": (
        "TRANSITIONED FAC(ILITY)? PE RVU",
        "(FULLY IMPLEMENTED )?FAC(ILITY)? PE RVU",
    ),
    "MP RVU": ("(MP|MALPRACTICE) RVU",),
    "MULT PROC": ("MULT(IPLE)? PROC",),
    "CONV FACTOR": ("CONV(ERSION)? FACTOR",),
}
_RVU_COLUMNS = ("WORK RVU", "NON-FAC PE RVU", "FACILITY PE RVU", "MP RVU")
_MONTHS = "JANUARY|FEBRUARY|MARCH|APRIL|MAY|JUNE|JULY|AUGUST|SEPTEMBER|OCTOBER|NOVEMBER|DECEMBER"
_TITLE = re.compile(rf"\b(20\d\d) .*RELATIVE VALUE FILE.*?\b({_MONTHS})\b")
_EFFECTIVE = re.compile(r"\bEFFECTIVE ((?:[A-Z]+ \d{1,2},? |\d{1,2}/\d{1,2}/)20\d\d)\b")
_RELEASED = re.compile(r"\bRELEASED (\d{1,2}/\d{1,2}/20\d\d)\b")
_FILE_NAME = re.compile(r"PPRRVU(?:20)?(\d\d)_?([A-Z]{3})")
_MODIFIER = re.compile(r"([0-9A-Z]{2})?", re.ASCII)
_STATUS = re.compile(r"[A-Z]", re.ASCII)
_INDICATOR = re.compile(r"\d", re.ASCII)
_CENTS = re.compile(r"\s*\d*\.\d\d\s*", re.ASCII)
# Positions, counted from 1: 1 code and modifier, 8 description, 58 status, 60 work, 66 non-facility PE,
# 75 facility PE, 84 MP, 90 both totals, 116 MULT PROC, 128 endoscopy base code, 133 conversion factor,
# 150 OPPS fields. If PRIC IND comes first, the base code and the conversion factor start one position later.
_FIXED = re.compile(
    r"([0-9A-Z]{5})(..).{50}([A-Z]).(.{6})(.{7})(?:  |NA)(.{7})(?:  |NA)(.{6})(.{7})(.{6})"
    r".{13}(\d).{9,10} +(?:[0-9A-Z]{5} +)?(\d+\.\d{4}) .{9}( *\d+\.\d\d){3}\s*",
    re.ASCII,
)

_Cells: TypeAlias = tuple[str, ...]


@attrs.frozen(field_transformer=checked)
class RvuFile:
    """
    The contents of a relative value file.

    Args:
        path: The path, as given by the caller.
        title: The title of the file; empty for a fixed-width file, which has no title.
        year: The calendar year.
        effective_from: The first date of service: the effective date in the title or, without one, the first
            day of the month in the title or file name. A reissued file keeps the month of its old title.
        released: The date of release; None if the file does not give it.
        conversion_factor: Dollars per RVU, from the CONV FACTOR column.
        rvus: The RVUs of each code without a modifier (the whole service), by code.
        by_modifier: The RVUs of rows with a modifier (26, TC, or 53), by code and modifier.
    """

    path: str
    title: str
    year: int
    effective_from: date
    released: date | None
    conversion_factor: Decimal
    rvus: Mapping[str, Rvu] = attrs.field(repr=False)
    by_modifier: Mapping[tuple[str, str], Rvu] = attrs.field(repr=False)


def read_pprrvu(
    path: str | os.PathLike[str],
    *,
    codes: Collection[str] | None = None,
    max_errors: int = MAX_ERRORS,
) -> RvuFile:
    """
    Read a relative value file.

    A file that was cut off within a row is an error. A file that was cut off between two rows looks complete,
    so this function cannot detect it.

    Args:
        path: The file: csv, txt, or xlsx, of any release, alone or in the zip archive of the CMS release. A
            fixed-width file must have the name that CMS gave it (``PPRRVU25_JAN.txt``), because its
            content does not show the release.
        codes: The codes to keep; None keeps all codes. All rows are checked either way.
        max_errors: The maximum number of bad rows to list. If there are more, the last error gives the
            number of errors not listed.

    Raises:
        ExceptionGroup: With one FileFormatError for each bad row. A code that appears twice
            with the same modifier is an error.
        FileFormatError: If the file is not a relative value file, or part of it cannot be read.
        InvalidInputError: If one of *codes* is not a valid code, or openpyxl is needed and not installed.
        OSError: If the file cannot be read.

    Source:
        CMS, National Physician Fee Schedule Relative Value File, record layout.
    """
    where = require_path(path)
    errors = ErrorList(where, max_errors)
    kept = None if codes is None else set(parse_codes(codes))
    titles, rows, cells_of = _opened(where)
    title, effective_from, released = _release(titles, where)
    factors: list[Decimal] = []
    found: dict[tuple[str, str], Rvu] = {}

    def read(row: Row) -> None:
        modifier, rvu, factor = _rvu(cells_of(row))
        factors.append(factor)
        if factor != factors[0]:
            msg = f"{factor} is not the factor of the first row, {factors[0]}: all rows must have the same factor"
            raise BadCellError("CONV FACTOR", msg)
        if found.setdefault((rvu.code, modifier), rvu) is not rvu:
            raise BadCellError("HCPCS", f"{rvu.code} appears twice with the same modifier")

    gather(errors, rows, read)
    if kept is not None:
        found = {key: rvu for key, rvu in found.items() if rvu.code in kept}
    return RvuFile(
        path=where,
        title=title,
        year=effective_from.year,
        effective_from=effective_from,
        released=released,
        conversion_factor=factors[0],
        rvus=MappingProxyType({code: rvu for (code, mod), rvu in found.items() if not mod}),
        by_modifier=MappingProxyType({key: rvu for key, rvu in found.items() if key[1]}),
    )


def _opened(where: str) -> tuple[list[str], Iterator[Row], Callable[[Row], _Cells]]:
    """Return the title lines, the rows of codes, and a function that picks the cells of _COLUMNS from a row."""
    rows = read_rows(where, _KIND)
    head: list[Row] = []
    for row in islice(rows, HEAD_ROWS):
        line = row.cells[0]
        if len(row.cells) == 1 and (line.startswith("HDR") or _FIXED.fullmatch(line)):
            return [], _fixed_rows(chain([row], rows), where), _fixed_cells
        head.append(row)
        if plain(line) == "HCPCS":
            return [" ".join(" ".join(r.cells).split()) for r in head], rows, _picker(head, where)
    raise wrong_kind(where, _KIND)


def _picker(head: Sequence[Row], where: str) -> Callable[[Row], _Cells]:
    """Return a function that picks the cells of _COLUMNS from a row, given the heading rows *head*."""
    width = len(head[-1].cells)
    # A row with only one cell is a title, not column headings.
    stack = [row.cells for row in head if sum(map(bool, map(str.strip, row.cells))) > 1]
    captions = [
        plain(" ".join(cells[i] for cells in stack if i < len(cells))) for i in range(width)
    ]
    take = itemgetter(*find_columns(captions, _COLUMNS, where, head[-1].line).values())

    def pick(row: Row) -> _Cells:
        check_width(row, width)
        if not row.ended and not _CENTS.fullmatch(row.cells[width - 1]):
            raise BadCellError(None, "the file ends within this row")
        cells: _Cells = take(row.cells)
        return cells

    return pick


def _fixed_rows(rows: Iterator[Row], where: str) -> Iterator[Row]:
    data = (row for row in rows if not row.cells[0].startswith("HDR"))
    first = next(data, None)
    if first is None:
        return data
    if not _FIXED.fullmatch(first.cells[0]):
        msg = "not in the 2025 fixed-width layout; use the csv or xlsx file of the same release"
        raise FileFormatError(msg, where, first.line)
    return chain([first], data)


def _fixed_cells(row: Row) -> _Cells:
    match = _FIXED.fullmatch(row.cells[0])
    if match is None:
        msg = f"the {len(row.cells[0])} characters do not fit the layout; is the row cut off?"
        raise BadCellError(None, msg)
    code, mod, status, work, out, inside, mp, total_out, total_inside, mult, factor, _ = (
        match.groups()
    )
    for column, expense, total in (
        ("NON-FACILITY TOTAL", out, total_out),
        ("FACILITY TOTAL", inside, total_inside),
    ):
        parts = [parsed(column, _two_places, text.strip()) for text in (work, expense, mp, total)]
        if EXACT.add(EXACT.add(parts[0], parts[1]), parts[2]) != parts[3]:
            raise BadCellError(column, "must be the sum of work, practice expense, and malpractice")
    return code, mod, status, work, out, inside, mp, mult, factor


def _release(titles: Sequence[str], where: str) -> tuple[str, date, date | None]:
    """Return the title, the first date of service, and the date of release."""
    whole = plain(" ".join(titles))
    try:
        if titles:
            title = next((t for t in titles if "RELATIVE VALUE FILE" in t.upper()), "")
            named = _TITLE.search(title.upper())
            year, month = named.groups() if named else ("", "")
        else:
            title = ""
            named = _FILE_NAME.search(plain(" ".join(reversed(names_of(where, _KIND)))))
            year, month = (f"20{named[1]}", named[2]) if named else ("", "")
        effective, released = _EFFECTIVE.search(whole), _RELEASED.search(whole)
        return (
            title,
            parse_date(effective[1] if effective else f"{month} 1, {year}"),
            parse_date(released[1]) if released else None,
        )
    except InvalidInputError:
        msg = (
            "no title such as '2025 National Physician Fee Schedule Relative Value File January "
            "Release'; a fixed-width file needs its CMS name, such as PPRRVU25_JAN.txt"
        )
        raise FileFormatError(msg, where) from None


def _rvu(cells: _Cells) -> tuple[str, Rvu, Decimal]:
    """Return the modifier, the RVUs, and the conversion factor of a row."""
    code, modifier, status, *figures, mult, factor = map(str.strip, cells)
    if not _MODIFIER.fullmatch(modifier):
        raise BadCellError("MOD", f"must be two characters or empty, got {safe_repr(modifier)}")
    if not _STATUS.fullmatch(status):
        raise BadCellError("STATUS CODE", f"must be one letter, got {safe_repr(status)}")
    if not _INDICATOR.fullmatch(mult):
        raise BadCellError("MULT PROC", f"must be one digit, got {safe_repr(mult)}")
    work, out, inside, mp = (
        parsed(column, _two_places, text)
        for column, text in zip(_RVU_COLUMNS, figures, strict=True)
    )
    rvu = Rvu(
        code=parsed("HCPCS", hcpcs, code),
        status=status,
        work=work,
        practice_expense=out,
        practice_expense_facility=inside,
        malpractice=mp,
        mppr_indicator=mult,
    )
    return modifier, rvu, parsed("CONV FACTOR", _factor, factor)


def _two_places(text: str) -> Decimal:
    return number(text, 2)


def _factor(text: str) -> Decimal:
    factor = number(text, 4)
    if factor.is_zero():
        msg = "must be dollars per RVU, more than zero"
        raise InvalidInputError(msg)
    return factor
