"""
NCCI edits: which code pairs are not paid together (PTP), and how many units of a code are paid (MUE).

Four kinds of answers are kept separate: an edit is in force; there is none on that day; an edit is listed, but the
data does not show whether it is in force on that day; the data has no answer. A PTP file is cumulative. It also lists
deleted pairs, so it can answer for days before its quarter. An MUE file answers only for its own quarter. A list of
pairs without dates never shows that a pair is in force.
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
        msg = f"files must be results of read_ncci_ptp or read_ncci_mue, got {safe_repr(given)}"
        raise InvalidInputError(msg)
    files = tuple(value)
    for file in files:
        if not isinstance(file, PtpFile | MueFile):
            msg = f"files must be results of read_ncci_ptp or read_ncci_mue, got {safe_repr(file)}"
            raise InvalidInputError(msg)
    return files


@attrs.frozen(eq=False)
class Edits:
    """
    The edits in several files, looked up by date of service.

    Args:
        files: The files. If two files for the same quarter and setting include the same pair or code, the first file
            is used. A list of pairs without dates never decides an answer. If no dated file decides it, a remark names
            the list that has the pair, unless a dated file for the same or a later quarter includes both codes.
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
        Return the edits in the library's data. They are only for therapy codes.

        They are extracts of CMS files. Each MUE file has the limits of some therapy codes. Each PTP file answers for
        the codes in its own rows and in the MUE file for the same quarter and setting.
        """
        return cls(_bundled_files())

    @classmethod
    def from_files(cls, files: Iterable[PtpFile | MueFile]) -> Edits:
        """Return the edits in *files* only."""
        return cls(files)

    def with_files(self, files: Iterable[PtpFile | MueFile]) -> Edits:
        """Return these edits with *files* added. For the same quarter, *files* take precedence."""
        return Edits((*_files(files), *self.files))

    def coverage(self) -> tuple[EditCoverage, ...]:
        """Return one record per file with its quarter and number of rows, in order of precedence."""
        return tuple(map(_coverage, self.files))

    def pair(
        self,
        code: str,
        other: str,
        date_of_service: date | str,
        setting: EditSetting | str = EditSetting.PRACTITIONER,
    ) -> PairAnswer:
        """
        Return the edit for two codes on a day. The order of the codes does not matter.

        Each direction (column 1/column 2) is a separate pair. For each direction, the dated files that include the
        codes are searched: first the file for the day's quarter, then later files in order, because files are
        cumulative. The first answer that is not undated is used. If no file is for the day's quarter or a later one,
        the last file before the day is used.

        ==============================  ============================================================
        The day is                      Answer for a direction
        ==============================  ============================================================
        in the file's quarter           in force, if the dates of a row include the day, or a row
                                        without a first day is not deleted; undated, if a row without
                                        a first day is deleted on the day or later; otherwise clean
        before the file's quarter       in force, if the dates of a row include the day; undated, if
                                        a row without a first day is not deleted before the day;
                                        otherwise clean
        after every file                undated, if a row is not deleted before the day; otherwise
                                        date out of range
        any day, if no file includes    not in the data; date out of range if there is no dated file
        the codes                       for the setting
        ==============================  ============================================================

        The pair is in force if either direction is. Otherwise, it is undated if either direction is. It is clean only
        if both directions are. A list of pairs without dates never decides an answer, because it includes deleted
        pairs. It is only named in a remark.

        Args:
            code: One code.
            other: The other code.
            date_of_service: The date of service.
            setting: The provider type of the claim.

        Raises:
            InvalidInputError: If a code, the date, or the setting is not valid.

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
        # Sorted, so that both orders give the same answer, even if a file is published in parts.
        low, high = sorted((parse_code(code), parse_code(other, what="other")))
        day, edit_setting = parse_date(date_of_service), parse_edit_setting(setting)
        answer: PairAnswer | None = self._answers.get((low, high, day, edit_setting))
        if answer is None:
            answer = self._pair(low, high, day, edit_setting)
            self._remember((low, high, day, edit_setting), answer)
        return answer

    def limit(
        self,
        code: str,
        date_of_service: date | str,
        setting: EditSetting | str = EditSetting.PRACTITIONER,
    ) -> LimitAnswer:
        """
        Return the unit limit of a code on a day.

        A file was searched for a code if its ``codes`` include the code, or are None.

        ==============================================  ==========================================
        Files for the setting                           Answer
        ==============================================  ==========================================
        a file for the day's quarter has the code       in force
        a file for the day's quarter was searched for   clean: no limit is published (CMS does not
        the code and does not have it                   publish every limit)
        only other files have the code                  undated: the last limit before the day, or
                                                        the first one after it
        only other files were searched for the code     date out of range
        no file was searched for the code               not in the data
        there are no files                              date out of range
        ==============================================  ==========================================

        Args:
            code: The code.
            date_of_service: The date of service.
            setting: The provider type of the claim.

        Raises:
            InvalidInputError: If the code, the date, or the setting is not valid.

        >>> answers = [Edits.bundled().limit("97110", day) for day in (date(2024, 9, 30), date(2024, 10, 1))]
        >>> [(answer.state.value, answer.limit.units) for answer in answers]
        [('in-force', 6), ('undated', 6)]
        """
        code = parse_code(code)
        day, edit_setting = parse_date(date_of_service), parse_edit_setting(setting)
        answer: LimitAnswer | None = self._answers.get((code, day, edit_setting))
        if answer is None:
            answer = self._limit(code, day, edit_setting)
            self._remember((code, day, edit_setting), answer)
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
        # A pair is clean only if it is clean in both directions.
        for state in (EditState.NOT_IN_DATA, EditState.OUT_OF_RANGE):
            unknown = [answer for answer in answers if answer.state is state]
            if unknown:
                remarks = dict.fromkeys(remark for each in unknown for remark in each.remarks)
                return attrs.evolve(unknown[0], remarks=tuple(remarks))
        return answers[0]

    def _direction(self, column1: str, column2: str, on: date, setting: EditSetting) -> PairAnswer:
        """Return the answer for this direction of a pair."""
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
        missing = f"no dated PTP file in the data has both {column1} and {column2}"
        return PairAnswer(EditState.NOT_IN_DATA, remarks=(missing, *extract) if extract else ())

    def _after(
        self, file: PtpFile, rows: tuple[PtpEdit, ...], pair: tuple[str, str], on: date
    ) -> PairAnswer:
        """Return the answer for a day after the quarter of *file*, the last file that contains the pair's codes."""
        name = "/".join(pair)
        extract = self._extract(*pair, file.setting, file.effective_from)
        active = [row for row in rows if row.deleted_on is None or row.deleted_on >= on]
        if active:
            known = (
                f"the file for the quarter from {file.effective_from} lists {name} as active, "
                f"and the PTP data ends on {file.effective_through}"
            )
            return PairAnswer(EditState.UNDATED, _first(active), file.source, (known, *extract))
        deleted = [row.deleted_on for row in rows if row.deleted_on is not None]
        remarks = [f"the PTP data ends on {file.effective_through}"]
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
        Return a remark if a list of pairs without dates has the pair, and the list's quarter begins after the date *after*.

        Such a list includes deleted pairs, so it never puts an edit in force.
        """
        return tuple(
            f"an undated extract from about {file.effective_from:%Y-%m} lists {column1}/{column2}, but "
            "it includes deleted pairs"
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
                    ("no limit is published; CMS does not publish every limit",)
                    if row is None
                    else (),
                )
        if rows:
            before = [pair for pair in rows if pair[0].effective_through < on]
            # If several files are for one quarter, max returns the first.
            file, row = max(before, key=lambda pair: pair[0].effective_from) if before else rows[0]
            remark = f"the limit is for the quarter that begins {file.effective_from}; the data has no limit for {on}"
            return LimitAnswer(EditState.UNDATED, row, file.effective_from, file.source, (remark,))
        if files and not any(file.holds(code) for file in files):
            return LimitAnswer(EditState.NOT_IN_DATA)
        return LimitAnswer(EditState.OUT_OF_RANGE)


def _bundled_files() -> tuple[PtpFile | MueFile, ...]:
    tables = {name: _read_rows(name) for name in ("ptp", "ptp-undated", "mue")}
    files: list[PtpFile | MueFile] = []
    searched: dict[tuple[EditSetting, date], frozenset[str]] = {}
    # releases.toml must list each quarter's MUE file before its PTP file: the PTP file needs the codes of the MUE file.
    for row in read_toml("edits/releases.toml")["file"]:
        kind, setting, first = row["kind"], EditSetting(row["setting"]), row["from"]
        source = parse_source(row["source"])
        rows = [
            cells
            for cells in tables[kind]
            if cells.get("setting", setting.value) in ("both", setting.value)
            and cells.get("quarter", str(first)) == str(first)
        ]
        if kind == "mue":
            limits = tuple(_limit(cells, setting) for cells in rows)
            searched[setting, first] = codes = frozenset(limit.code for limit in limits)
            files.append(MueFile(setting, first, limits, source, codes))
        else:
            edits = tuple(_edit(cells, setting) for cells in rows)
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
    """Return the edit in a row of the library's data. None of these rows has a first day."""
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
    """Return the files by setting, in order of quarters. Files for one quarter keep their order."""
    in_order = sorted(files, key=lambda file: file.effective_from)
    return {
        setting: tuple(file for file in in_order if file.setting is setting)
        for setting in EditSetting
    }


def _on_day(file: PtpFile, edits: tuple[PtpEdit, ...], on: date) -> PairAnswer:
    """Return the answer from a file for the day's quarter or a later quarter."""
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
            "without a first day"
        )
        return PairAnswer(EditState.UNDATED, edit, file.source, (remark,))
    return PairAnswer(EditState.CLEAN, None, file.source)


def _first(edits: Iterable[PtpEdit]) -> PtpEdit:
    """Return the edit that ends first, because the rows of a pair follow each other in time."""
    return min(edits, key=lambda edit: (edit.deleted_on or date.max, edit.indicator, edit.column1))


def _coverage(file: PtpFile | MueFile) -> EditCoverage:
    kind: Literal["ptp", "mue", "ptp-undated"]
    if isinstance(file, MueFile):
        kind, rows = "mue", len(file.limits)
    else:
        kind, rows = "ptp" if file.dated else "ptp-undated", len(file.edits)
    through = file.effective_through
    return EditCoverage(kind, file.setting, file.effective_from, through, rows, file.source)
