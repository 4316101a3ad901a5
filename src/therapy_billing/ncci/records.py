"""NCCI pairs and unit limits, the files that list them, and answers about them."""

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
"""The indicator of a pair that was deleted as of its first day, and so never was an edit."""

_CODE = re.compile(r"[0-9A-Z]{5}", re.ASCII)


class EditSetting(Choice):
    """Whose claims an edit is for: CMS publishes the two apart."""

    PRACTITIONER = "practitioner"
    OUTPATIENT_HOSPITAL = "outpatient-hospital"

    __aliases__: ClassVar[Mapping[str, str]] = {
        "physician": "practitioner",
        "hospital": "outpatient-hospital",
        "outpatient": "outpatient-hospital",
    }


# As for Discipline: each pair of codes of a day is looked up by its setting.
EditSetting.__hash__ = object.__hash__  # type: ignore[method-assign]


class EditState(Enum):
    """What is known of an edit on a day."""

    IN_FORCE = "in-force"
    CLEAN = "clean"
    """The data covers the day and the codes, and has no edit."""
    UNDATED = "undated"
    """A dated file lists an edit, but nothing held shows whether it is in force on that day."""
    NOT_IN_DATA = "not-in-data"
    """No data of a code."""
    OUT_OF_RANGE = "date-out-of-range"
    """The codes are known, the day is not; a pair deleted before it stays deleted until a file shows otherwise."""


def parse_edit_setting(value: EditSetting | str, *, what: str = "setting") -> EditSetting:
    """
    Return the setting that *value* names.

    Raises:
        InvalidInputError: If it names none.

    >>> parse_edit_setting("Outpatient Hospital")
    <EditSetting.OUTPATIENT_HOSPITAL: 'outpatient-hospital'>
    """
    return value if type(value) is EditSetting else parse_choice(value, EditSetting, what)


@attrs.frozen
class PtpEdit:
    """
    A pair of codes of which one is denied when both are billed for a patient's day.

    Args:
        column1: The code that is paid.
        column2: The code that is denied.
        indicator: 0 when no modifier allows both, 1 when one does, 9 for a pair that never was an edit.
        effective_from: First day in force; None where the source does not tell.
        deleted_on: Last day in force; None while it is not deleted. Before the first day: it never was.
        rationale: Why, in CMS's words.
        setting: Whose claims it is for.
        prior_to_1996: Whether CMS marks it as in existence before 1996.
    """

    column1: str
    column2: str
    indicator: int
    effective_from: date | None
    deleted_on: date | None
    rationale: str
    setting: EditSetting
    prior_to_1996: bool = False

    def __attrs_post_init__(self) -> None:
        _check_code(self.column1, "column1")
        _check_code(self.column2, "column2")
        require_text(self.rationale, "rationale")
        require_type(self.indicator, int, "indicator")
        require_type(self.setting, EditSetting, "setting")
        require_flag(self.prior_to_1996, "prior_to_1996")
        for name, day in (
            ("effective_from", self.effective_from),
            ("deleted_on", self.deleted_on),
        ):
            if day is not None:
                require_type(day, date, name)
        if self.indicator not in (0, 1, NOT_APPLICABLE):
            msg = f"indicator is 0, 1 or 9, not {safe_repr(self.indicator)}"
            raise InvalidInputError(msg, field="indicator")


@attrs.frozen(field_transformer=checked)
class MueLimit:
    """
    The units of a code beyond which a claim is medically unlikely.

    Args:
        code: The code.
        units: The most that is paid; 0 means none.
        mai: 1 for a limit on a line, 2 for one on a day that nothing lifts, 3 for one on a day that
            medical records may lift.
        rationale: Why, in CMS's words.
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
            msg = f"mai is 1, 2 or 3, not {safe_repr(self.mai)}"
            raise InvalidInputError(msg, field="mai", code=self.code)


EditsByPair: TypeAlias = Mapping[tuple[str, str], tuple[PtpEdit, ...]]


@attrs.frozen(field_transformer=checked)
class PtpFile:
    """
    A quarter's PTP file, or one of the parts that it is published in.

    Args:
        setting: Whose claims it is for.
        effective_from: First day of its quarter.
        edits: Its rows, deleted ones too.
        source: The file.
        codes: The codes that both columns were limited to; None for all.
        column1_range: The first and last code of column 1 that it holds; None for all.
        dated: False for pairs that someone took from the file without dates, deleted ones too.
    """

    setting: EditSetting
    effective_from: date
    edits: tuple[PtpEdit, ...] = attrs.field(repr=False)
    source: Source
    codes: frozenset[str] | None = attrs.field(default=None, repr=False)
    column1_range: tuple[str, str] | None = None
    dated: bool = True
    effective_through: date = attrs.field(init=False)
    _by_pair: EditsByPair = attrs.field(init=False, eq=False, repr=False)

    @effective_through.default
    def _last_day(self) -> date:
        return quarter_end(self.effective_from, what="effective_from")

    @_by_pair.default
    def _indexed(self) -> EditsByPair:
        return _indexed(self.edits)

    def rows(self, column1: str, column2: str) -> tuple[PtpEdit, ...] | None:
        """Return the edits of a pair in this order; None when such pairs are not held."""
        column1, column2 = parse_code(column1, what="column1"), parse_code(column2, what="column2")
        if self.codes is not None and not (column1 in self.codes and column2 in self.codes):
            return None
        within = self.column1_range
        if within is not None and not within[0] <= column1 <= within[1]:
            return None
        return self._by_pair.get((column1, column2), ())


@attrs.frozen(field_transformer=checked)
class MueFile:
    """
    A quarter's MUE file.

    Args:
        setting: Whose claims it is for.
        effective_from: First day of its quarter.
        limits: Its rows.
        source: The file.
        codes: The codes that it was limited to; None for all.
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
        """Return whether the file was searched for *code*."""
        code = parse_code(code)
        return self.codes is None or code in self.codes

    def row(self, code: str) -> MueLimit | None:
        """Return the limit of *code*; None when the file has none."""
        code = parse_code(code)
        return self._by_code.get(code)


@attrs.frozen
class PairAnswer:
    """
    What is known of two codes on a day.

    Args:
        state: Whether an edit is in force.
        edit: The edit, in force or undated.
        source: The file that told.
        remarks: What else is known, and how far the data goes.
    """

    state: EditState
    edit: PtpEdit | None = None
    source: Source | None = None
    remarks: tuple[str, ...] = ()


@attrs.frozen
class LimitAnswer:
    """
    What is known of the units of a code on a day.

    Args:
        state: Whether a limit is in force.
        limit: The limit, in force or undated.
        quarter: First day of the quarter that it is of.
        source: The file that told.
        remarks: How far the data goes.
    """

    state: EditState
    limit: MueLimit | None = None
    quarter: date | None = None
    source: Source | None = None
    remarks: tuple[str, ...] = ()


@attrs.frozen
class EditCoverage:
    """
    What is held of one file.

    Args:
        kind: PTP, MUE, or pairs without dates.
        setting: Whose claims it is for.
        effective_from: First day of its quarter; without dates, of the probable one.
        effective_through: Last day of its quarter.
        rows: How many rows.
        source: The file.
    """

    kind: Literal["ptp", "mue", "ptp-undated"]
    setting: EditSetting
    effective_from: date
    effective_through: date
    rows: int
    source: Source


def _check_code(code: object, what: str) -> None:
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        msg = f"{what} is a text of five digits and capitals, not {safe_repr(code)}"
        raise InvalidInputError(msg, field=what)


def _indexed(edits: Iterable[PtpEdit]) -> EditsByPair:
    """Return the edits by pair, without what never was one."""
    pairs: dict[tuple[str, str], tuple[PtpEdit, ...]] = {}
    for edit in edits:
        if edit.indicator != NOT_APPLICABLE:
            pair = edit.column1, edit.column2
            pairs[pair] = (*pairs.get(pair, ()), edit)
    return pairs
