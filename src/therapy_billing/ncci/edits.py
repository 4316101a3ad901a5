"""
NCCI edits: which two codes are not paid together (PTP), and how many units of a code are (MUE).

Four things are never mixed: an edit in force, a day known to have none, an edit that no source held
dates for the day, and what the data does not hold. A PTP file is cumulative: it lists deleted pairs
too, and so answers for the days before its quarter. An MUE file answers for its own quarter only. A list
without dates never puts a pair in force.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any, Literal, TypeVar

import attrs

from therapy_billing.base.data_loader import read_text, read_toml
from therapy_billing.base.dates import parse_date
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.codes.code_book import parse_code
from therapy_billing.law.sources import parse_source
from therapy_billing.ncci.records import (
    EditCoverage,
    EditSetting,
    EditState,
    LimitAnswer,
    MueFile,
    MueLimit,
    PairAnswer,
    PtpEdit,
    PtpFile,
    parse_edit_setting,
)

__all__ = ["Edits"]

_REMEMBERED = 1 << 16


def _files(value: Iterable[PtpFile | MueFile]) -> tuple[PtpFile | MueFile, ...]:
    given: object = value
    if isinstance(given, str) or not isinstance(given, Iterable):
        msg = f"files holds what read_ncci_ptp and read_ncci_mue return, not {safe_repr(given)}"
        raise InvalidInputError(msg)
    files = tuple(value)
    for file in files:
        if not isinstance(file, PtpFile | MueFile):
            msg = "files holds what read_ncci_ptp and read_ncci_mue return, not " + safe_repr(file)
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
    @cache
    def bundled(cls) -> Edits:
        """
        Return the edits that come with the library: those among the therapy codes.

        A PTP file was searched for the codes of its rows and those of the MUE file of its quarter; an MUE
        file, for the codes of its rows.
        """
        return cls(_bundled_files())

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
        self,
        code: str,
        other: str,
        date_of_service: date | str,
        setting: EditSetting | str = EditSetting.PRACTITIONER,
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
            date_of_service: The day.
            setting: Whose claim it is.

        Raises:
            InvalidInputError: If a code, the day or the setting is none.

        >>> edits = Edits.bundled()
        >>> answer = edits.pair("97530", "97140", date(2019, 12, 31))
        >>> answer.state, answer.edit.column2
        (<EditState.UNDATED: 'undated'>, '97530')
        >>> edits.pair("97530", "97140", date(2020, 1, 1)).state
        <EditState.CLEAN: 'clean'>
        >>> answer = edits.pair("97530", "97140", date(2026, 3, 2))
        >>> answer.state, answer.remarks[1]
        (<EditState.OUT_OF_RANGE: 'date-out-of-range'>, 'the file for the quarter from 2024-07-01 lists 97140/97530 as deleted on 2019-12-31')
        """
        # One order, so that of a file in parts the same part is told.
        low, high = sorted((parse_code(code), parse_code(other, what="other")))
        day, whose = parse_date(date_of_service), parse_edit_setting(setting)
        answer: PairAnswer | None = self._answers.get((low, high, day, whose))
        if answer is None:
            answer = self._pair(low, high, day, whose)
            self._remember((low, high, day, whose), answer)
        return answer

    def limit(
        self,
        code: str,
        date_of_service: date | str,
        setting: EditSetting | str = EditSetting.PRACTITIONER,
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
            date_of_service: The day.
            setting: Whose claim it is.

        Raises:
            InvalidInputError: If the code, the day or the setting is none.

        >>> answers = [Edits.bundled().limit("97110", day) for day in (date(2024, 9, 30), date(2024, 10, 1))]
        >>> [(answer.state.value, answer.limit.units) for answer in answers]
        [('in-force', 6), ('undated', 6)]
        """
        code = parse_code(code)
        day, whose = parse_date(date_of_service), parse_edit_setting(setting)
        answer: LimitAnswer | None = self._answers.get((code, day, whose))
        if answer is None:
            answer = self._limit(code, day, whose)
            self._remember((code, day, whose), answer)
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
        for state in (EditState.NOT_IN_DATA, EditState.OUT_OF_RANGE):
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
            return PairAnswer(EditState.OUT_OF_RANGE, remarks=extract)
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
        return PairAnswer(EditState.OUT_OF_RANGE, None, file.source, (*remarks, *extract))

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
        return LimitAnswer(EditState.OUT_OF_RANGE)


def _bundled_files() -> tuple[PtpFile | MueFile, ...]:
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
    return tuple(files)


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


_File = TypeVar("_File", PtpFile, MueFile)


def _by_setting(files: Iterable[_File]) -> Mapping[EditSetting, tuple[_File, ...]]:
    """Return the files by setting, in order of quarters; of one quarter, in the order given."""
    in_order = sorted(files, key=lambda file: file.effective_from)
    return {
        setting: tuple(file for file in in_order if file.setting is setting)
        for setting in EditSetting
    }


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
