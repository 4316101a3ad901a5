"""The columns of a treatment log, and its rows as they are read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TypeAlias

from therapy_billing.base.columns import BadCellError
from therapy_billing.base.errors import FileFormatError

__all__ = ["LOG_COLUMNS", "NOT_UTF_8", "REQUIRED", "UTF_16", "ReadRow", "Row", "named_row"]

LOG_COLUMNS: Mapping[str, str] = {
    "patient": "the log's own key of the patient; required",
    "date": "date of service, 2026-03-02 or 3/2/2026; required",
    "discipline": "PT, OT or SLP; required",
    "code": "HCPCS or CPT code; required",
    "minutes": "whole minutes; of a timed code, where start and end are not given",
    "start": "when it began, 09:05, 9:05 AM or with its day",
    "end": "when it ended",
    "units": "units of an untimed code counted by area or month; 1 when empty",
    "clinician": "therapist, assistant or together; therapist when empty",
    "treated_by": "the log's own key of the clinician who treated",
    "attest": "59, XE, XP, XS or XU, where the clinician attests that the service was distinct",
    "session": "which session of the day, where there are several",
    "payer": "name of the payer; the same on every row of a patient's day",
    "body_region": "where, in the clinic's words",
    "activity": "what was done, in the clinic's words",
    "key": "the log's own key of the row; it comes back on lines and findings",
}
"""The columns that a log may have, in any order, with what they hold."""

REQUIRED = ("patient", "date", "discipline", "code")

Row: TypeAlias = dict[str, str]

ReadRow: TypeAlias = tuple[int, Row, FileFormatError | None]
"""The line on which a row begins, its readable cells, and what is wrong with the others."""

NOT_UTF_8 = "not UTF-8; save the file as UTF-8"

UTF_16 = ("\udcff\udcfe", "\udcfe\udcff")
"""What the byte order marks of UTF-16 are as surrogates."""


def named_row(
    cells: Mapping[str, object],
    text_of: Callable[[str, object], str],
    where: str,
    line: int,
    ignored: Collection[str],
) -> tuple[Row, FileFormatError | None]:
    """
    Return a row whose cells are named, and the first thing that is wrong with it.

    Args:
        cells: The cells by name; None is an empty one.
        text_of: Returns the text of a cell, from its column and value, or raises BadCellError.
        where: The name of the log, for messages.
        line: The line of the row, for messages.
        ignored: Columns that are not read.
    """
    row: Row = {}
    error = None
    for column, cell in cells.items():
        if cell is None or column in ignored:
            continue
        if column not in LOG_COLUMNS:
            reason = f"a name is none of {', '.join(LOG_COLUMNS)}"
            error = error or FileFormatError(reason, where, line)
            continue
        try:
            row[column] = text_of(column, cell)
        except BadCellError as bad:
            error = error or FileFormatError(bad.reason, where, line, bad.column)
    return row, error
