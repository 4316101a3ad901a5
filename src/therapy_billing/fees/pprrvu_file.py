"""
The relative value files of CMS (PPRRVU), of any release: csv, text with tabs, xlsx, and fixed width.

Columns are found by their captions, which stand in several rows above one another: positions move
between years, as in 2026, when PRIC IND came before CONV FACTOR. Of the fixed-width text, which has
neither captions nor title, the layout is the one of 2025; its totals prove each row. The base code of
an endoscopy family may stand before its conversion factor.
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
    # In a transition, payment was made from the transitioned values.
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
# The positions of 1: code, modifier, 8: description, 58: status, 60: work, 66: non-facility PE,
# 75: facility PE, 84: MP, 90: both totals, 116: MULT PROC, 128: endoscopy base code, 133: conversion
# factor, both one further where PRIC IND comes before them, 150: for OPPS.
_FIXED = re.compile(
    r"([0-9A-Z]{5})(..).{50}([A-Z]).(.{6})(.{7})(?:  |NA)(.{7})(?:  |NA)(.{6})(.{7})(.{6})"
    r".{13}(\d).{9,10} +(?:[0-9A-Z]{5} +)?(\d+\.\d{4}) .{9}( *\d+\.\d\d){3}\s*",
    re.ASCII,
)

_Cells: TypeAlias = tuple[str, ...]


@attrs.frozen(field_transformer=checked)
class RvuFile:
    """
    A relative value file.

    Args:
        path: The file, as the caller named it.
        title: Its title; empty for fixed width, which has none.
        year: Calendar year.
        effective_from: First date of service: the day that the title says is effective, else the
            first of the month of its release. A file released again keeps the month of its title.
        released: The day that it was released; None where it does not tell.
        conversion_factor: Dollars a unit, its CONV FACTOR column.
        rvus: Of each code, the whole service.
        by_modifier: Of a code with 26, TC or 53, by code and modifier.
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
    Return what a relative value file holds.

    A file that was cut between two rows cannot be told from a whole one; cut within a row, it can.

    Args:
        path: The file: csv, txt or xlsx, of any release, also in CMS's zip archive of the release.
            Fixed-width text is named as CMS names it (``PPRRVU25_JAN.txt``), since nothing in it
            shows the release.
        codes: The codes to keep; None keeps all. The rows of all are checked.
        max_errors: How many bad rows are listed; the last error gives the number of the others.

    Raises:
        ExceptionGroup: Of FileFormatError, one for each bad row; a code that stands twice is one.
        FileFormatError: If it is no such file, or the file as a whole cannot be read.
        InvalidInputError: If one of *codes* is no code, or openpyxl is needed and not installed.
        OSError: If it cannot be read.

    Source:
        CMS, National Physician Fee Schedule Relative Value File, its record layout.
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
            msg = f"{factor}, but {factors[0]} in the first row; a file has one"
            raise BadCellError("CONV FACTOR", msg)
        if found.setdefault((rvu.code, modifier), rvu) is not rvu:
            raise BadCellError("HCPCS", f"{rvu.code} with this modifier stood before")

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
    """Return the titles, the rows of codes, and what takes the cells of _COLUMNS from a row."""
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
    """Return what takes the cells of _COLUMNS from a row under the stacked captions of *head*."""
    width = len(head[-1].cells)
    # A title is alone in its row, and no caption.
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
        msg = "fixed width, but not in the layout of 2025; use the csv or xlsx of the same release"
        raise FileFormatError(msg, where, first.line)
    return chain([first], data)


def _fixed_cells(row: Row) -> _Cells:
    match = _FIXED.fullmatch(row.cells[0])
    if match is None:
        msg = f"{len(row.cells[0])} characters that do not fit the layout; is the row cut?"
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
            raise BadCellError(column, "not the sum of work, practice expense and malpractice")
    return code, mod, status, work, out, inside, mp, mult, factor


def _release(titles: Sequence[str], where: str) -> tuple[str, date, date | None]:
    """Return the title, the first date of service, and the day of release."""
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
            "Release'; fixed-width text is named like PPRRVU25_JAN.txt"
        )
        raise FileFormatError(msg, where) from None


def _rvu(cells: _Cells) -> tuple[str, Rvu, Decimal]:
    """Return the modifier, the RVUs and the conversion factor of a row."""
    code, modifier, status, *figures, mult, factor = map(str.strip, cells)
    if not _MODIFIER.fullmatch(modifier):
        raise BadCellError("MOD", f"expected two characters or nothing, not {safe_repr(modifier)}")
    if not _STATUS.fullmatch(status):
        raise BadCellError("STATUS CODE", f"expected one letter, not {safe_repr(status)}")
    if not _INDICATOR.fullmatch(mult):
        raise BadCellError("MULT PROC", f"expected one digit, not {safe_repr(mult)}")
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
        msg = "expected dollars a unit above zero"
        raise InvalidInputError(msg)
    return factor
