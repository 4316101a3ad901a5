"""NCCI pairs and unit limits, the files that contain them, and the answers of lookups."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from typing import ClassVar, Literal, TypeAlias

import attrs

from therapy_billing.base.choices import Choice, parse_choice
from therapy_billing.base.dates import quarter_end
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import (
    checked,
    parse_whole,
    require_flag,
    require_text,
    require_type,
)
from therapy_billing.codes.code_book import parse_code
from therapy_billing.law.sources import Source

__all__ = [
    "NOT_APPLICABLE",
    "EditCoverage",
    "EditSetting",
    "EditState",
    "EditsByPair",
    "LimitAnswer",
    "MueFile",
    "MueLimit",
    "PairAnswer",
    "PtpEdit",
    "PtpFile",
    "parse_edit_setting",
]

NOT_APPLICABLE = 9
"""The indicator of a pair that was deleted as of its first day, so it was never in force."""

_CODE = re.compile(r"[0-9A-Z]{5}", re.ASCII)
_THERAPY_PART = "90000"
"""Most therapy codes begin here. A few, such as 20560, are in earlier parts."""


class EditSetting(Choice):
    """Whose claims an edit is for. CMS publishes separate files for each setting."""

    PRACTITIONER = "practitioner"
    OUTPATIENT_HOSPITAL = "outpatient-hospital"

    __aliases__: ClassVar[Mapping[str, str]] = {
        "physician": "practitioner",
        "hospital": "outpatient-hospital",
        "outpatient": "outpatient-hospital",
    }


# A faster hash, as for Discipline, because every pair of codes is looked up by setting.
EditSetting.__hash__ = object.__hash__  # type: ignore[method-assign]


class EditState(Enum):
    """What the data shows about an edit on a day."""

    IN_FORCE = "in-force"
    CLEAN = "clean"
    """No edit is in force. The data includes the codes and the day, or the files before and after the day agree."""
    UNDATED = "undated"
    """A dated file lists an edit, but the data does not show whether it is in force on that day."""
    NOT_IN_DATA = "not-in-data"
    """The data does not include one of the codes."""
    OUT_OF_RANGE = "date-out-of-range"
    """
    The data includes the codes but not the day, or there is no dated file for the setting. For a day after the last
    file ends, this is also the answer for a pair that the last file lists as deleted before that day.
    """


def parse_edit_setting(value: EditSetting | str, *, what: str = "setting") -> EditSetting:
    """
    Return *value* as an edit setting.

    Raises:
        InvalidInputError: If it is not a setting.

    >>> parse_edit_setting("Outpatient Hospital")
    <EditSetting.OUTPATIENT_HOSPITAL: 'outpatient-hospital'>
    """
    return value if type(value) is EditSetting else parse_choice(value, EditSetting, what)


@attrs.frozen
class PtpEdit:
    """
    A pair of codes. If both are billed for a patient on one day, one of them is denied, unless a modifier allows both.

    Args:
        column1: The code that is paid.
        column2: The code that is denied.
        indicator: 0 if no modifier allows both codes, 1 if a modifier can, 9 for a pair that was never in force. None if it
            is not known on the day, because two files have different indicators and no file is for the day.
        effective_from: First day in force, or None if the source does not show it.
        deleted_on: Last day in force, or None if the pair is not deleted. If the last day is before the first day, the pair was
            never in force.
        rationale: The reason, in CMS's words.
        setting: Whose claims it is for.
        prior_to_1996: Whether CMS marks it as in existence before 1996.
    """

    column1: str
    column2: str
    indicator: int | None
    effective_from: date | None
    deleted_on: date | None
    rationale: str
    setting: EditSetting
    prior_to_1996: bool = False

    def __attrs_post_init__(self) -> None:
        _check_code(self.column1, "column1")
        _check_code(self.column2, "column2")
        require_text(self.rationale, "rationale")
        if self.indicator is not None:
            require_type(self.indicator, int, "indicator")
        require_type(self.setting, EditSetting, "setting")
        require_flag(self.prior_to_1996, "prior_to_1996")
        for name, day in (
            ("effective_from", self.effective_from),
            ("deleted_on", self.deleted_on),
        ):
            if day is not None:
                require_type(day, date, name)
        if self.indicator not in (0, 1, NOT_APPLICABLE, None):
            msg = f"indicator must be 0, 1, or 9, got {safe_repr(self.indicator)}"
            raise InvalidInputError(msg, field="indicator")


@attrs.frozen(field_transformer=checked)
class MueLimit:
    """
    The maximum number of units of a code. CMS considers more units medically unlikely.

    Args:
        code: The code.
        units: The maximum number of units that are paid. 0 means that no unit is paid.
        mai: 1 for a limit per claim line, 2 for a limit per day without exceptions, 3 for a limit per day that
            medical records may override.
        rationale: The reason, in CMS's words.
        setting: Whose claims it is for.
    """

    code: str
    units: int
    mai: int
    rationale: str
    setting: EditSetting

    def __attrs_post_init__(self) -> None:
        _check_code(self.code, "code")
        parse_whole(self.units, "units")
        if self.mai not in (1, 2, 3):
            msg = f"mai must be 1, 2, or 3, got {safe_repr(self.mai)}"
            raise InvalidInputError(msg, field="mai", code=self.code)


EditsByPair: TypeAlias = Mapping[tuple[str, str], tuple[PtpEdit, ...]]


@attrs.frozen(field_transformer=checked)
class PtpFile:
    """
    A PTP file for one quarter, or one of its published parts.

    Args:
        setting: Whose claims it is for.
        effective_from: First day of its quarter.
        edits: Its rows, including deleted ones.
        source: The file.
        codes: The codes that were kept when the file was read: a row was kept if both of its codes are among them. None if
            all were kept. For a list without history, the codes with all of their pairs in the list.
        column1_range: The first and last column 1 code in the file. None for all column 1 codes.
        dated: False if the rows are a plain list of pairs without dates. Such a list also includes deleted pairs.
        history: False if the rows are only the pairs in force in the quarter, without deleted pairs and without first
            days. Such a list answers only for its own quarter.
    """

    setting: EditSetting
    effective_from: date
    edits: tuple[PtpEdit, ...] = attrs.field(repr=False)
    source: Source
    codes: frozenset[str] | None = attrs.field(default=None, repr=False)
    column1_range: tuple[str, str] | None = None
    dated: bool = True
    history: bool = True
    effective_through: date = attrs.field(init=False)
    _by_pair: EditsByPair = attrs.field(init=False, eq=False, repr=False)

    @effective_through.default
    def _last_day(self) -> date:
        return quarter_end(self.effective_from, what="effective_from")

    @_by_pair.default
    def _indexed(self) -> EditsByPair:
        return _indexed(self.edits)

    def rows(self, column1: str, column2: str) -> tuple[PtpEdit, ...] | None:
        """
        Return the edits of *column1* with *column2*, or None if the file does not include these codes.

        A list without history may have pairs of a code that is not among its ``codes``. It answers for those pairs only.
        """
        column1, column2 = parse_code(column1, what="column1"), parse_code(column2, what="column2")
        if not self.history and (found := self._by_pair.get((column1, column2))):
            return found
        if self.codes is not None and not (column1 in self.codes and column2 in self.codes):
            return None
        within = self.column1_range
        if within is not None and not within[0] <= column1 <= within[1]:
            return None
        return self._by_pair.get((column1, column2), ())

    @property
    def remarks(self) -> tuple[str, ...]:
        """
        Return a remark if this is a part of the CMS file that ends before most therapy codes.

        CMS divides the file for a quarter into four parts, f1 to f4, by column 1 code.
        """
        within = self.column1_range
        if within is None or within[1] >= _THERAPY_PART:
            return ()
        return (
            f"this part has the column 1 codes {within[0]} to {within[1]}; most therapy codes are in part f4",
        )


@attrs.frozen(field_transformer=checked)
class MueFile:
    """
    An MUE file for one quarter.

    Args:
        setting: Whose claims it is for.
        effective_from: First day of its quarter.
        limits: Its rows.
        source: The file.
        codes: The codes that were kept. None if all were kept.
    """

    setting: EditSetting
    effective_from: date
    limits: tuple[MueLimit, ...] = attrs.field(repr=False)
    source: Source
    codes: frozenset[str] | None = attrs.field(default=None, repr=False)
    effective_through: date = attrs.field(init=False)
    _by_code: Mapping[str, MueLimit] = attrs.field(init=False, eq=False, repr=False)

    @effective_through.default
    def _last_day(self) -> date:
        return quarter_end(self.effective_from, what="effective_from")

    @_by_code.default
    def _indexed(self) -> Mapping[str, MueLimit]:
        return {limit.code: limit for limit in self.limits}

    def holds(self, code: str) -> bool:
        """Return whether *code* is among the codes that were kept, even if it has no limit."""
        code = parse_code(code)
        return self.codes is None or code in self.codes

    def row(self, code: str) -> MueLimit | None:
        """Return the limit of *code*, or None if the file has no limit for it."""
        code = parse_code(code)
        return self._by_code.get(code)


@attrs.frozen
class PairAnswer:
    """
    The edit for two codes on a day.

    Args:
        state: Whether an edit is in force.
        edit: The edit, in force or undated.
        source: The file with the answer. If two files support it and no file is for the day, a source that names both
            and is verified as ``derived``.
        remarks: Other information, such as where the data ends.
        more_sources: Other files that the remarks refer to.
    """

    state: EditState
    edit: PtpEdit | None = None
    source: Source | None = None
    remarks: tuple[str, ...] = ()
    more_sources: tuple[Source, ...] = ()


@attrs.frozen
class LimitAnswer:
    """
    The unit limit of a code on a day.

    Args:
        state: Whether a limit is in force.
        limit: The limit, in force or undated.
        quarter: First day of the quarter that the limit is for. If two files support the answer, the earlier quarter.
        source: The file with the answer. If two files support it and no file is for the day, a source that names both
            and is verified as ``derived``.
        remarks: Other information, such as where the data ends.
    """

    state: EditState
    limit: MueLimit | None = None
    quarter: date | None = None
    source: Source | None = None
    remarks: tuple[str, ...] = ()


@attrs.frozen
class EditCoverage:
    """
    The contents of one file of edits.

    Args:
        kind: PTP, PTP without history (only pairs in force in the quarter), MUE, or pairs without dates.
        setting: Whose claims it is for.
        effective_from: First day of its quarter. For pairs without dates, the probable quarter.
        effective_through: Last day of its quarter.
        rows: The number of rows.
        source: The file.
    """

    kind: Literal["ptp", "ptp-active", "mue", "ptp-undated"]
    setting: EditSetting
    effective_from: date
    effective_through: date
    rows: int
    source: Source


def _check_code(code: object, what: str) -> None:
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        msg = f"{what} must be five characters, each a digit or a capital letter, got {safe_repr(code)}"
        raise InvalidInputError(msg, field=what)


def _indexed(edits: Iterable[PtpEdit]) -> EditsByPair:
    """Return the edits by pair, without edits that were never in force."""
    pairs: dict[tuple[str, str], tuple[PtpEdit, ...]] = {}
    for edit in edits:
        if edit.indicator != NOT_APPLICABLE:
            pair = edit.column1, edit.column2
            pairs[pair] = (*pairs.get(pair, ()), edit)
    return pairs
