"""Small invented PTP and MUE files, and the state of a pair in them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from therapy_billing.law.sources import Source, Verification
from therapy_billing.ncci.edits import Edits
from therapy_billing.ncci.records import (
    EditSetting,
    EditState,
    MueFile,
    MueLimit,
    PtpEdit,
    PtpFile,
)

PRACTITIONER, HOSPITAL = EditSetting.PRACTITIONER, EditSetting.OUTPATIENT_HOSPITAL
IN_FORCE, CLEAN, UNDATED = EditState.IN_FORCE, EditState.CLEAN, EditState.UNDATED
NOT_IN_DATA, OUT_OF_RANGE = EditState.NOT_IN_DATA, EditState.OUT_OF_RANGE


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def source(title: str) -> Source:
    return Source(title, "", "", Verification.DATA_FILE)


def edit(
    column1: str = "97140",
    column2: str = "97530",
    indicator: int | None = 1,
    first: str | None = None,
    last: str | None = None,
    setting: EditSetting = PRACTITIONER,
) -> PtpEdit:
    first_day, last_day = (None if text is None else day(text) for text in (first, last))
    return PtpEdit(column1, column2, indicator, first_day, last_day, "why", setting)


CODES = frozenset({"97110", "97140", "97530"})


def ptp(
    quarter: str,
    *edits: PtpEdit,
    codes: Iterable[str] | None = CODES,
    column1_range: tuple[str, str] | None = None,
    setting: EditSetting = PRACTITIONER,
    dated: bool = True,
    history: bool = True,
    title: str = "",
) -> PtpFile:
    return PtpFile(
        setting,
        day(quarter),
        edits,
        source(title or quarter),
        None if codes is None else frozenset(codes),
        column1_range,
        dated,
        history,
    )


def mue(
    quarter: str,
    limits: dict[str, int],
    *,
    codes: Iterable[str] | None = CODES,
    setting: EditSetting = PRACTITIONER,
    title: str = "",
) -> MueFile:
    rows = tuple(MueLimit(code, units, 3, "why", setting) for code, units in limits.items())
    kept = None if codes is None else frozenset(codes)
    return MueFile(setting, day(quarter), rows, source(title or quarter), kept)


def state(edits: Edits, on: str, code: str = "97140", other: str = "97530") -> EditState:
    """Return the state of a pair, after checking that the reversed pair has the same state."""
    answer, turned = edits.pair(code, other, day(on)), edits.pair(other, code, day(on))
    assert answer == turned
    assert (answer.edit is not None) == (answer.state in (IN_FORCE, UNDATED))
    return answer.state
