"""The columns of a treatment log, and its rows as they are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from therapy_billing.base.errors import FileFormatError

__all__ = ["LOG_COLUMNS", "NOT_UTF_8", "REQUIRED", "UTF_16", "ReadRow", "Row"]

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
}
"""The columns that a log may have, in any order, with what they hold."""

REQUIRED = ("patient", "date", "discipline", "code")

Row: TypeAlias = dict[str, str]

ReadRow: TypeAlias = tuple[int, Row, FileFormatError | None]
"""The line on which a row begins, its readable cells, and what is wrong with the others."""

NOT_UTF_8 = "not UTF-8; save the file as UTF-8"

UTF_16 = ("\udcff\udcfe", "\udcfe\udcff")
"""What the byte order marks of UTF-16 are as surrogates."""
