"""Priced days as CSV: a row a line of the day."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from therapy_billing.pricing.records import PricedDay, PricedLine

__all__ = ["CSV_COLUMNS", "csv_header", "csv_rows", "formula_safe"]

CSV_COLUMNS = (
    "patient",
    "date_of_service",
    "payer",
    "discipline",
    "code",
    "modifiers",
    "minutes",
    "units",
    "allowed",
    "mppr_reduction",
    "deductible",
    "coinsurance",
    "assistant_reduction",
    "sequestration",
    "medicare_pays",
    "patient_responsibility",
    "kx",
    "unpriced",
    "tied",
    "skipped_lines",
    "remarks",
)
"""
The columns, in order. An amount is empty where it is not known, and ``unpriced`` says why; ``remarks`` says
what the amounts of the day assume.
"""


def formula_safe(text: str) -> str:
    """
    Return *text* so that no spreadsheet takes it for a formula.

    Spreadsheets start a formula at =, +, - or @, some after blanks or control characters; an
    apostrophe in front makes the cell a text.

    >>> formula_safe("=1+1"), formula_safe("P-1001")
    ("'=1+1", 'P-1001')
    """
    start = text.lstrip(" \t\r\n\x00\ufeff\u00a0")[:1]
    if start in tuple("=+-@|\uff1d\uff0b\uff0d\uff20") or text[:1] in tuple("\t\r\n\x00"):
        return f"'{text}"
    return text


def csv_header() -> str:
    """Return the line that names the columns."""
    return _line(CSV_COLUMNS)


def csv_rows(patient: str, payer: str, day: PricedDay, skipped_lines: Sequence[int] = ()) -> str:
    """
    Return the rows of a priced day.

    Args:
        patient: The log's own key.
        payer: Name of the payer.
        day: The day.
        skipped_lines: Lines of the log that belong to the day and could not be read.
    """
    first = (formula_safe(patient), day.date_of_service.isoformat(), formula_safe(payer))
    tied = any(allocation.tied for allocation in day.allocations)
    remarks = formula_safe("; ".join(day.remarks))
    last = ("yes" if tied else "no", " ".join(map(str, skipped_lines)), remarks)
    rows = [
        (*first, *_cells(line, minutes), *last)
        for line, minutes in zip(day.lines, day.line_minutes, strict=True)
    ]
    for discipline, code, minutes in day.not_billed:
        plan = discipline.value if discipline else ""
        rows.append((*first, plan, code, "", str(minutes), "0", "0.00", *[""] * 9, *last))
    return "".join(map(_line, rows))


def _cells(line: PricedLine, minutes: int | None) -> tuple[str, ...]:
    share = line.share
    return (
        line.discipline.value if line.discipline else "",
        line.code,
        " ".join(line.modifiers),
        _text(minutes),
        str(line.units),
        _text(line.allowed),
        _text(line.mppr_reduction),
        *(("", "", "", "") if share is None else map(str, share[:4])),
        _text(line.medicare_pays),
        _text(line.patient_responsibility),
        line.kx.value,
        formula_safe(line.unpriced),
    )


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _line(cells: tuple[str, ...]) -> str:
    out = io.StringIO()
    # Every cell in quotes: a program that splits at another mark finds no cell inside a cell.
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerow(cells)
    return out.getvalue()
