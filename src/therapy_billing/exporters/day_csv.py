"""Priced days as CSV: a row a line of the day."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from therapy_billing.records import PricedDay

__all__ = ["CSV_COLUMNS", "csv_header", "csv_rows", "formula_safe"]

CSV_COLUMNS = (
    "patient",
    "date_of_service",
    "payer",
    "discipline",
    "code",
    "minutes",
    "units",
    "amount",
    "unpriced",
    "tied",
    "lines_left_out",
)
"""The columns, in order; ``amount`` is empty where ``unpriced`` says why."""


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


def csv_rows(patient: str, payer: str, day: PricedDay, lines_left_out: Sequence[int] = ()) -> str:
    """
    Return the rows of a priced day.

    Args:
        patient: The log's own key.
        payer: Name of the payer.
        day: The day.
        lines_left_out: Lines of the log that belong to the day and could not be read.
    """
    return "".join(
        _line(
            (
                formula_safe(patient),
                "" if day.date_of_service is None else day.date_of_service.isoformat(),
                formula_safe(payer),
                line.discipline.value if line.discipline else "",
                line.code,
                "" if line.minutes is None else str(line.minutes),
                str(line.units),
                "" if line.amount is None else str(line.amount),
                formula_safe(line.unpriced),
                "yes" if day.allocation.tied else "no",
                " ".join(map(str, lines_left_out)),
            )
        )
        for line in day.lines
    )


def _line(cells: tuple[str, ...]) -> str:
    out = io.StringIO()
    # Every cell in quotes: a program that splits at another mark finds no cell inside a cell.
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerow(cells)
    return out.getvalue()
