"""
NCCI edits: which two codes are not paid together (PTP), and how many units of a code are (MUE).

Four things are never mixed: an edit in force, a day known to have none, an edit that no source held
dates for the day, and what the data does not hold. A PTP file is cumulative: it lists deleted pairs
too, and so answers for the days before its quarter. An MUE file answers for its own quarter only. A list
without dates never puts a pair in force.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from functools import cache
from typing import Any, Literal, TypeAlias, TypeVar

import attrs

from therapy_billing.base.data_loader import read_text, read_toml
from therapy_billing.base.dates import parse_date
from therapy_billing.base.errors import (
    InvalidInputError,
    require_flag,
    require_text,
    see_kind,
    shown,
)
from therapy_billing.base.validation import checked
from therapy_billing.codes.code_book import parse_code, parse_units
from therapy_billing.law.sources import Source, parse_source

__all__ = [
    "EditCoverage",
    "EditSetting",
    "EditState",
    "Edits",
    "LimitAnswer",
    "MueFile",
    "MueLimit",
    "PairAnswer",
    "PtpEdit",
    "PtpFile",
    "bundled_edits",
    "parse_edit_setting",
    "quarter_end",
]

NOT_APPLICABLE = 9
"""The indicator of a pair that was deleted as of its first day, and so never was an edit."""

_REMEMBERED = 1 << 16
_CODE = re.compile(r"[0-9A-Z]{5}", re.ASCII)


class EditSetting(Enum):
    """Whose claims an edit is for: CMS publishes the two apart."""

    PRACTITIONER = "practitioner"
    OUTPATIENT_HOSPITAL = "outpatient-hospital"


class EditState(Enum):
    """What is known of an edit on a day."""

    IN_FORCE = "in-force"
    CLEAN = "clean"
    """The data covers the day and the codes, and has no edit."""
    UNDATED = "undated"
    """A dated file lists an edit, but nothing held shows whether it is in force on that day."""
    NOT_IN_DATA = "not-in-data"
    """No data of a code."""
    NOT_COVERED = "date-not-covered"
    """The codes are known, the day is not; a pair deleted before it stays deleted until a file shows otherwise."""


# Members are the only ones of their kind, and Enum's own hash, of the name, is slow.
EditSetting.__hash__ = object.__hash__  # type: ignore[method-assign]


def parse_edit_setting(value: object, *, what: str = "setting") -> EditSetting:
    """
    Return the setting that *value* names.

    Raises:
        InvalidInputError: If it names none.

    >>> parse_edit_setting("Outpatient Hospital")
    <EditSetting.OUTPATIENT_HOSPITAL: 'outpatient-hospital'>
    """
    if isinstance(value, EditSetting):
        return value
    if isinstance(value, str):
        name = value.strip().lower().replace("_", "-").replace(" ", "-")
        for setting in EditSetting:
            if name == setting.value:
                return setting
    words = " or ".join(setting.value for setting in EditSetting)
    msg = f"{what} is {words}, not {shown(value)}"
    raise InvalidInputError(msg)


def quarter_end(first: date) -> date:
    """
    Return the last day of the calendar quarter that begins on *first*.

    Raises:
        InvalidInputError: If no quarter begins on it.

    >>> quarter_end(date(2024, 1, 1)), quarter_end(date(2024, 10, 1))
    (datetime.date(2024, 3, 31), datetime.date(2024, 12, 31))
    """
    if first.day != 1 or first.month not in (1, 4, 7, 10):
        msg = f"a quarter begins on the first of January, April, July or October, not on {first}"
        raise InvalidInputError(msg)
    return first.replace(month=first.month + 2, day=30 if first.month in (4, 7) else 31)


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
        see_kind(self.indicator, int, "indicator")
        see_kind(self.setting, EditSetting, "setting")
        require_flag(self.prior_to_1996, "prior_to_1996")
        for name, day in (
            ("effective_from", self.effective_from),
            ("deleted_on", self.deleted_on),
        ):
            if day is not None:
                see_kind(day, date, name)
        if self.indicator not in (0, 1, NOT_APPLICABLE):
            msg = f"indicator is 0, 1 or 9, not {shown(self.indicator)}"
            raise InvalidInputError(msg)


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
        parse_units(self.units)
        if self.mai not in (1, 2, 3):
            msg = f"mai is 1, 2 or 3, not {shown(self.mai)}"
            raise InvalidInputError(msg)


_Pairs: TypeAlias = Mapping[tuple[str, str], tuple[PtpEdit, ...]]


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
    _by_pair: _Pairs = attrs.field(init=False, eq=False, repr=False)

    @effective_through.default
    def _last_day(self) -> date:
        return quarter_end(self.effective_from)

    @_by_pair.default
    def _indexed(self) -> _Pairs:
        return _indexed(self.edits)

    def rows(self, column1: str, column2: str) -> tuple[PtpEdit, ...] | None:
        """Return the edits of a pair in this order; None when such pairs are not held."""
        require_text(column1, "column1")
        require_text(column2, "column2")
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
        return quarter_end(self.effective_from)

    @_by_code.default
    def _indexed(self) -> Mapping[str, MueLimit]:
        return {limit.code: limit for limit in self.limits}

    def holds(self, code: str) -> bool:
        """Return whether the file was searched for *code*."""
        require_text(code, "code")
        return self.codes is None or code in self.codes

    def row(self, code: str) -> MueLimit | None:
        """Return the limit of *code*; None when the file has none."""
        require_text(code, "code")
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


def _files(value: Iterable[PtpFile | MueFile]) -> tuple[PtpFile | MueFile, ...]:
    given: object = value
    if isinstance(given, str) or not isinstance(given, Iterable):
        msg = f"files holds what read_ncci_ptp and read_ncci_mue return, not {shown(given)}"
        raise InvalidInputError(msg)
    files = tuple(value)
    for file in files:
        if not isinstance(file, PtpFile | MueFile):
            msg = "files holds what read_ncci_ptp and read_ncci_mue return, not " + shown(file)
            raise InvalidInputError(msg)
    return files


@attrs.frozen(eq=False)
class Edits:
    """
    The edits of some files, to be asked by day.

    Args:
        files: The files; where two of a quarter and setting hold a pair or a code, the first counts.
            Pairs without dates decide nothing: an answer that no dated file settles names them in a
            remark, unless a file of their own quarter or a later one holds the pair.
    """

    files: tuple[PtpFile | MueFile, ...] = attrs.field(converter=_files, repr=False)
    _ptp: Mapping[EditSetting, tuple[PtpFile, ...]] = attrs.field(init=False, repr=False)
    _undated: Mapping[EditSetting, tuple[PtpFile, ...]] = attrs.field(init=False, repr=False)
    _mue: Mapping[EditSetting, tuple[MueFile, ...]] = attrs.field(init=False, repr=False)
    _answers: dict[tuple[object, ...], Any] = attrs.field(init=False, factory=dict, repr=False)

    @_ptp.default
    def _sorted_ptp(self) -> Mapping[EditSetting, tuple[PtpFile, ...]]:
        return _by_setting(f for f in self.files if isinstance(f, PtpFile) and f.dated)

    @_undated.default
    def _sorted_undated(self) -> Mapping[EditSetting, tuple[PtpFile, ...]]:
        return _by_setting(f for f in self.files if isinstance(f, PtpFile) and not f.dated)

    @_mue.default
    def _sorted_mue(self) -> Mapping[EditSetting, tuple[MueFile, ...]]:
        return _by_setting(f for f in self.files if isinstance(f, MueFile))

    @classmethod
    def from_files(cls, files: Iterable[PtpFile | MueFile]) -> Edits:
        """Return the edits of *files* alone."""
        return cls(files)

    def with_files(self, files: Iterable[PtpFile | MueFile]) -> Edits:
        """Return these edits with *files* before them: of one quarter, *files* count."""
        return Edits((*_files(files), *self.files))

    def coverage(self) -> tuple[EditCoverage, ...]:
        """Return what is held, a record a file, in the order in which they count."""
        return tuple(map(_coverage, self.files))

    def pair(
        self, code: str, other: str, on: date, setting: EditSetting = EditSetting.PRACTITIONER
    ) -> PairAnswer:
        """
        Return what is known of two codes on a day; the order of the arguments does not matter.

        Each direction (column 1/column 2) is a pair of its own. For each, ask the dated files that hold
        it: the one for the day's quarter, else those for later quarters in order, since files are
        cumulative, until one is not undated; else the last one before the day.

        ==============================  ============================================================
        the day lies                    answer for a direction
        ==============================  ============================================================
        in the file's quarter           in force: a row whose dates hold it, or one that is not
                                        deleted; undated: a row not deleted before, its first day
                                        not known; clean
        before it                       in force: a row whose two dates hold it; undated as above;
                                        clean
        after every file                undated: a row that is not deleted before; not covered
        no file holds the direction     not in the data; not covered where no file of the setting is
                                        held
        ==============================  ============================================================

        The pair is in force where a direction is, else undated where a direction is, and clean only where
        both are. A list without dates decides nothing: it holds deleted pairs too, so a remark names it.

        Args:
            code: One code.
            other: The other one.
            on: Date of service.
            setting: Whose claim it is.

        Raises:
            InvalidInputError: If a code, the day or the setting is none.

        >>> edits = bundled_edits()
        >>> answer = edits.pair("97530", "97140", date(2019, 12, 31))
        >>> answer.state, answer.edit.column2
        (<EditState.UNDATED: 'undated'>, '97530')
        >>> edits.pair("97530", "97140", date(2020, 1, 1)).state
        <EditState.CLEAN: 'clean'>
        >>> answer = edits.pair("97530", "97140", date(2026, 3, 2))
        >>> answer.state, answer.remarks[1]
        (<EditState.NOT_COVERED: 'date-not-covered'>, 'the file for the quarter from 2024-07-01 lists 97140/97530 as deleted on 2019-12-31')
        """
        key = code, other, on, setting
        answer: PairAnswer | None = self._answers.get(key)
        if answer is None:
            day, whose = parse_date(on, what="on"), parse_edit_setting(setting)
            # One order, so that of a file in parts the same part is told.
            low, high = sorted((parse_code(code), parse_code(other, what="other")))
            answer = self._pair(low, high, day, whose)
            self._remember(key, answer)
        return answer

    def limit(
        self, code: str, on: date, setting: EditSetting = EditSetting.PRACTITIONER
    ) -> LimitAnswer:
        """
        Return what is known of the units of a code on a day.

        ==============================================  ==========================================
        files of the setting                            answer
        ==============================================  ==========================================
        one of the day's quarter has the code           in force
        one of the day's quarter holds all, or was      clean: no limit is published, and CMS
        searched for the code, and has it not           keeps some to itself
        others have it                                  undated: the last before, else the first
                                                        after
        others were searched for it                     not covered
        none was searched for it                        not in the data
        there is none                                   not covered
        ==============================================  ==========================================

        Args:
            code: The code.
            on: Date of service.
            setting: Whose claim it is.

        Raises:
            InvalidInputError: If the code, the day or the setting is none.

        >>> answers = [bundled_edits().limit("97110", day) for day in (date(2024, 9, 30), date(2024, 10, 1))]
        >>> [(answer.state.value, answer.limit.units) for answer in answers]
        [('in-force', 6), ('undated', 6)]
        """
        key = code, on, setting
        answer: LimitAnswer | None = self._answers.get(key)
        if answer is None:
            day, whose = parse_date(on, what="on"), parse_edit_setting(setting)
            answer = self._limit(parse_code(code), day, whose)
            self._remember(key, answer)
        return answer

    def _remember(self, key: tuple[object, ...], answer: object) -> None:
        if len(self._answers) >= _REMEMBERED:
            self._answers.clear()
        self._answers[key] = answer

    def _pair(self, code: str, other: str, on: date, setting: EditSetting) -> PairAnswer:
        answers = [
            self._direction(column1, column2, on, setting)
            for column1, column2 in ((code, other), (other, code))
        ]
        for state in (EditState.IN_FORCE, EditState.UNDATED):
            listed = {each.edit: each for each in answers if each.edit and each.state is state}
            if listed:
                return listed[_first(listed)]
        # A pair is clean only where it is clean in both directions.
        for state in (EditState.NOT_IN_DATA, EditState.NOT_COVERED):
            unknown = [answer for answer in answers if answer.state is state]
            if unknown:
                remarks = dict.fromkeys(remark for each in unknown for remark in each.remarks)
                return attrs.evolve(unknown[0], remarks=tuple(remarks))
        return answers[0]

    def _direction(self, column1: str, column2: str, on: date, setting: EditSetting) -> PairAnswer:
        """Return what is known of a pair in this direction alone."""
        last: tuple[PtpFile, tuple[PtpEdit, ...]] | None = None
        undated: PairAnswer | None = None
        for file in self._ptp[setting]:
            rows = file.rows(column1, column2)
            if rows is None or (last and last[0].effective_from == file.effective_from):
                continue
            last = file, rows
            if on <= file.effective_through:
                answer = _on_day(file, rows, on)
                if answer.state is not EditState.UNDATED:
                    return answer
                undated = undated or answer
        if undated is not None:
            return undated
        if last is not None:
            return self._after(*last, (column1, column2), on)
        extract = self._extract(column1, column2, setting, date.min)
        if not self._ptp[setting]:
            return PairAnswer(EditState.NOT_COVERED, remarks=extract)
        unheld = f"no dated PTP file held has both {column1} and {column2}"
        return PairAnswer(EditState.NOT_IN_DATA, remarks=(unheld, *extract) if extract else ())

    def _after(
        self, file: PtpFile, rows: tuple[PtpEdit, ...], pair: tuple[str, str], on: date
    ) -> PairAnswer:
        """Return the answer for a day after *file*, the last one that holds the pair."""
        name = "/".join(pair)
        extract = self._extract(*pair, file.setting, file.effective_from)
        active = [row for row in rows if row.deleted_on is None or row.deleted_on >= on]
        if active:
            known = (
                f"the file for the quarter from {file.effective_from} lists {name} as active, "
                f"and the PTP edits held end on {file.effective_through}"
            )
            return PairAnswer(EditState.UNDATED, _first(active), file.source, (known, *extract))
        deleted = [row.deleted_on for row in rows if row.deleted_on is not None]
        remarks = [f"PTP edits are held through {file.effective_through}"]
        if deleted:
            remarks.append(
                f"the file for the quarter from {file.effective_from} lists {name} as deleted "
                f"on {max(deleted)}"
            )
        return PairAnswer(EditState.NOT_COVERED, None, file.source, (*remarks, *extract))

    def _extract(
        self, column1: str, column2: str, setting: EditSetting, after: date
    ) -> tuple[str, ...]:
        """
        Return a remark where a list without dates, of a later quarter than that from *after*, has a pair.

        Such a list holds deleted pairs too, so it never puts an edit in force.
        """
        return tuple(
            f"an extract of about {file.effective_from:%Y-%m} lists {column1}/{column2}, but without "
            "dates and with deleted pairs"
            for file in self._undated[setting]
            if after < file.effective_from and file.rows(column1, column2)
        )[:1]

    def _limit(self, code: str, on: date, setting: EditSetting) -> LimitAnswer:
        files = self._mue[setting]
        rows = [(file, row) for file in files if (row := file.row(code)) is not None]
        for file in files:
            if file.effective_from <= on <= file.effective_through and file.holds(code):
                row = file.row(code)
                return LimitAnswer(
                    EditState.CLEAN if row is None else EditState.IN_FORCE,
                    row,
                    file.effective_from,
                    file.source,
                    ("no limit is published; CMS keeps some to itself",) if row is None else (),
                )
        if rows:
            before = [held for held in rows if held[0].effective_through < on]
            # Of one quarter, max takes the first.
            file, row = max(before, key=lambda held: held[0].effective_from) if before else rows[0]
            remark = f"of the quarter from {file.effective_from}; that of {on} is not held"
            return LimitAnswer(EditState.UNDATED, row, file.effective_from, file.source, (remark,))
        if files and not any(file.holds(code) for file in files):
            return LimitAnswer(EditState.NOT_IN_DATA)
        return LimitAnswer(EditState.NOT_COVERED)


@cache
def bundled_edits() -> Edits:
    """
    Return the edits that come with the library: those among the therapy codes.

    A PTP file was searched for the codes of its rows and those of the MUE file of its quarter; an MUE
    file, for the codes of its rows.
    """
    tables = {name: _read_rows(name) for name in ("ptp", "ptp-undated", "mue")}
    files: list[PtpFile | MueFile] = []
    searched: dict[tuple[EditSetting, date], frozenset[str]] = {}
    # An MUE file comes before the PTP file of its quarter.
    for row in read_toml("edits/releases.toml")["file"]:
        kind, setting, first = row["kind"], EditSetting(row["setting"]), row["from"]
        source = parse_source(row["source"])
        held = [
            cells
            for cells in tables[kind]
            if cells.get("setting", setting.value) in ("both", setting.value)
            and cells.get("quarter", str(first)) == str(first)
        ]
        if kind == "mue":
            limits = tuple(_limit(cells, setting) for cells in held)
            searched[setting, first] = codes = frozenset(limit.code for limit in limits)
            files.append(MueFile(setting, first, limits, source, codes))
        else:
            edits = tuple(_edit(cells, setting) for cells in held)
            codes = frozenset(code for edit in edits for code in (edit.column1, edit.column2))
            codes |= searched.get((setting, first), frozenset())
            files.append(PtpFile(setting, first, edits, source, codes, dated=kind == "ptp"))
    return Edits(tuple(files))


def _read_rows(kind: str) -> list[dict[str, str]]:
    text = read_text(f"edits/{kind.replace('-', '_')}.csv")
    return list(csv.DictReader(text.splitlines()))


def _limit(cells: dict[str, str], setting: EditSetting) -> MueLimit:
    units, mai = int(cells["units"]), int(cells["mai"])
    return MueLimit(cells["code"], units, mai, cells["rationale"], setting)


def _edit(cells: dict[str, str], setting: EditSetting) -> PtpEdit:
    """Return the edit of a bundled row; none of them tells a first day."""
    deleted = cells.get("deleted_on")
    return PtpEdit(
        column1=cells["column1"],
        column2=cells["column2"],
        indicator=int(cells["indicator"]),
        effective_from=None,
        deleted_on=date.fromisoformat(deleted) if deleted else None,
        rationale=cells.get("rationale", ""),
        setting=setting,
        prior_to_1996=cells.get("prior_to_1996") == "*",
    )


def _check_code(code: object, what: str) -> None:
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        msg = f"{what} is a text of five digits and capitals, not {shown(code)}"
        raise InvalidInputError(msg)


_File = TypeVar("_File", PtpFile, MueFile)


def _by_setting(files: Iterable[_File]) -> Mapping[EditSetting, tuple[_File, ...]]:
    """Return the files by setting, in order of quarters; of one quarter, in the order given."""
    in_order = sorted(files, key=lambda file: file.effective_from)
    return {
        setting: tuple(file for file in in_order if file.setting is setting)
        for setting in EditSetting
    }


def _indexed(edits: Iterable[PtpEdit]) -> _Pairs:
    """Return the edits by pair, without what never was one."""
    pairs: dict[tuple[str, str], tuple[PtpEdit, ...]] = {}
    for edit in edits:
        if edit.indicator != NOT_APPLICABLE:
            pair = edit.column1, edit.column2
            pairs[pair] = (*pairs.get(pair, ()), edit)
    return pairs


def _on_day(file: PtpFile, edits: tuple[PtpEdit, ...], on: date) -> PairAnswer:
    """Return the answer of a file for the day's quarter, or for a later one."""
    listed = [
        edit
        for edit in edits
        if (edit.effective_from is None or edit.effective_from <= on)
        and (edit.deleted_on is None or edit.deleted_on >= on)
    ]
    within = file.effective_from <= on
    dated = [
        edit
        for edit in listed
        if edit.effective_from is not None or (within and edit.deleted_on is None)
    ]
    if dated:
        return PairAnswer(EditState.IN_FORCE, _first(dated), file.source)
    if listed:
        edit = _first(listed)
        remark = (
            f"the file for the quarter from {file.effective_from} lists {edit.column1}/{edit.column2} "
            "without its first day"
        )
        return PairAnswer(EditState.UNDATED, edit, file.source, (remark,))
    return PairAnswer(EditState.CLEAN, None, file.source)


def _first(edits: Iterable[PtpEdit]) -> PtpEdit:
    """Return the edit that ends first: the rows of a pair follow one another."""
    return min(edits, key=lambda edit: (edit.deleted_on or date.max, edit.indicator, edit.column1))


def _coverage(file: PtpFile | MueFile) -> EditCoverage:
    kind: Literal["ptp", "mue", "ptp-undated"]
    if isinstance(file, MueFile):
        kind, rows = "mue", len(file.limits)
    else:
        kind, rows = "ptp" if file.dated else "ptp-undated", len(file.edits)
    through = file.effective_through
    return EditCoverage(kind, file.setting, file.effective_from, through, rows, file.source)
