"""Write priced days as CSV, one row per claim line."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from therapy_billing.base.csv_cells import formula_safe
from therapy_billing.pricing.records import PricedDay, PricedLine

__all__ = ["CSV_COLUMNS", "csv_header", "csv_rows"]

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
    "data",
)
"""
The columns, in order. Unknown amounts are empty. If a line has no price, or a service makes no unit, ``unpriced``
gives the reason. ``remarks`` lists the day's assumptions and other remarks. ``data`` names the version of the library
and the data packs.
"""


def csv_header() -> str:
    """Return the header line with the column names."""
    return _line(CSV_COLUMNS)


def csv_rows(patient: str, payer: str, day: PricedDay, skipped_lines: Sequence[int] = ()) -> str:
    """
    Return the rows of a priced day.

    Args:
        patient: The patient's key in the log.
        payer: Name of the payer.
        day: The priced day.
        skipped_lines: Line numbers of rows of this day that could not be read.
    """
    first = (formula_safe(patient), day.date_of_service.isoformat(), formula_safe(payer))
    tied = any(allocation.tied for allocation in day.allocations)
    remarks = formula_safe("; ".join((*day.remarks, *(cost.sentence for cost in day.caps))))
    last = ("yes" if tied else "no", " ".join(map(str, skipped_lines)), remarks, str(day.data))
    rows = [
        (*first, *_cells(line, minutes), *last)
        for line, minutes in zip(day.lines, day.line_minutes, strict=True)
    ]
    for discipline, code, minutes in day.not_billed:
        plan = discipline.value if discipline else ""
        rows.append((*first, plan, code, "", str(minutes), "0", "0.00", *[""] * 9, *last))
    for each in day.unbilled:
        amount = "0.00" if each.is_refused else ""
        cells = (each.discipline.value, each.code, "", _text(each.minutes), "0", amount)
        reason = f"by {each.who}: {each.reason}"
        rows.append((*first, *cells, *[""] * 8, reason, *last))
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
    # Quote every cell, so that a program that expects a different separator does not split a cell.
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerow(cells)
    return out.getvalue()
