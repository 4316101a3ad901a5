"""The columns of a treatment log, and the type of a row."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TypeAlias

from therapy_billing.base.columns import BadCellError
from therapy_billing.base.errors import FileFormatError

__all__ = ["LOG_COLUMNS", "NOT_UTF_8", "REQUIRED", "UTF_16", "ReadRow", "Row", "named_row"]

LOG_COLUMNS: Mapping[str, str] = {
    "patient": "your own key for the patient (required)",
    "date": "date of service, such as 2026-03-02 or 3/2/2026 (required)",
    "discipline": "PT, OT, or SLP (required)",
    "code": "HCPCS or CPT code (required)",
    "minutes": "whole minutes (a timed code needs minutes, or start and end)",
    "start": "start time, such as 09:05 or 9:05 AM, with or without a date",
    "end": "end time, in the same form as start",
    "units": "units of an untimed code billed by area, cast, form, or month (1 if empty)",
    "clinician": "therapist, assistant, together, student, aide, athletic-trainer, clinical-fellow, or physician (therapist if empty)",
    "treated_by": "your own key for the clinician who treated",
    "attest": "59, XE, XP, XS, or XU, if the clinician attests that the service was distinct",
    "modifiers": "other modifiers of the service, such as 95 or GA RT, separated by spaces",
    "session": "which session of the day, if there is more than one",
    "payer": "name of the payer (the same on every row of a patient's day)",
    "body_region": "the body region treated, in the clinic's words",
    "activity": "the activity, in the clinic's words",
    "key": "your own key for the row (claim lines and findings repeat it)",
}
"""The columns that a log may have, in any order, with their contents."""

REQUIRED = ("patient", "date", "discipline", "code")

Row: TypeAlias = dict[str, str]

ReadRow: TypeAlias = tuple[int, Row, FileFormatError | None]
"""The line where a row starts, its readable cells, and the first error in the row or None."""

NOT_UTF_8 = "not UTF-8; save the file as UTF-8"

UTF_16 = ("\udcff\udcfe", "\udcfe\udcff")
"""The byte order marks of UTF-16, as surrogates."""


def named_row(
    cells: Mapping[str, object],
    text_of: Callable[[str, object], str],
    where: str,
    line: int,
    ignored: Collection[str],
) -> tuple[Row, FileFormatError | None]:
    """
    Return a row from cells by column name, and the first error in it.

    Args:
        cells: The cells by column name; None is an empty cell.
        text_of: A function that returns the text of a cell from its column and value, or raises BadCellError.
        where: The name of the log, for messages.
        line: The line of the row, for messages.
        ignored: Columns to skip.
    """
    row: Row = {}
    error = None
    for column, cell in cells.items():
        if cell is None or column in ignored:
            continue
        if column not in LOG_COLUMNS:
            reason = f"unknown column; the columns are {', '.join(LOG_COLUMNS)}"
            error = error or FileFormatError(reason, where, line)
            continue
        try:
            row[column] = text_of(column, cell)
        except BadCellError as bad:
            error = error or FileFormatError(bad.reason, where, line, bad.column)
    return row, error
