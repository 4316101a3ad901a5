"""
NCCI edits: which code pairs are not paid together (PTP), and how many units of a code are paid (MUE).

Four kinds of answers are kept separate: an edit is in force; there is none on that day; an edit is listed, but the
data does not show whether it is in force on that day; the data has no answer. A PTP file is cumulative. It also lists
deleted pairs, so it can answer for days before its quarter. An MUE file answers only for its own quarter, and so does a
PTP list without history, and only if no file with history decides. A list of pairs without dates never shows that a pair
is in force.

For a day between two quarters in the data, two files that agree give the answer. Its source is marked as derived, because
no file is for that day.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any, Literal, TypeAlias, TypeVar

import attrs

from therapy_billing.base.data_loader import read_rows_of, read_toml
from therapy_billing.base.dates import parse_date
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.codes.code_book import parse_code
from therapy_billing.law.sources import Source, Verification, parse_source
from therapy_billing.ncci.records import (
    NOT_APPLICABLE,
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
_NO_LIMIT = "no limit is published; CMS does not publish every limit"
_NOT_READ = "not read"

_Known: TypeAlias = tuple[PtpFile, tuple[PtpEdit, ...]]
"""A file, and its rows for a pair."""


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
            is used, but a PTP file with history that decides goes before a list without history. A list of pairs without
            dates never decides an answer. If no dated file decides it, a remark names the list that has the pair, unless a
            dated file for the same or a later quarter includes both codes.
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
        cumulative. The first answer that is in force or clean is used. A list without history is used only if no file
        with history decides. If the two disagree, a remark names the list. If no file decides, and the day is between
        the quarters of two files, the last file before the day is compared with the first file after it. If no file is
        for the day's quarter or a later one, the last file before the day is used.

        ==============================  ============================================================
        The day is                      Answer for a direction
        ==============================  ============================================================
        in the file's quarter           in force, if the dates of a row include the day, or a row
                                        without a first day is not deleted; undated, if a row without
                                        a first day is deleted on the day or later; otherwise clean
        before the file's quarter       in force, if the dates of a row include the day; undated, if
                                        a row without a first day is not deleted before the day;
                                        otherwise clean
        before the quarter of a list    undated, if it has the pair; otherwise date out of range
        without history
        between the quarters of two     in force (derived), if both files have the pair as active; the
        files, and the later one        indicator is unknown (None) if they differ; clean (derived), if
        does not decide                 neither has it; otherwise undated
        after every file                undated, if a row is not deleted before the day; otherwise
                                        date out of range
        any day, if no file includes    not in the data; date out of range if there is no dated file
        the codes                       for the setting
        ==============================  ============================================================

        The pair is in force if either direction is. Otherwise, it is undated if either direction is. It is clean only
        if both directions are. A list of pairs without dates never decides an answer, because it includes deleted
        pairs. It is only named in a remark.

        If a practitioner pair is undated because the practitioner files end before the day, a remark gives the answer for
        outpatient hospitals, if the data has one. It does not decide, because CMS publishes the settings separately.

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
        (<EditState.IN_FORCE: 'in-force'>, '97530')
        >>> edits.pair("97530", "97140", date(2020, 1, 1)).state
        <EditState.CLEAN: 'clean'>
        >>> for day in (date(2026, 9, 30), date(2026, 10, 1)):
        ...     answer = edits.pair("97150", "97110", day, "outpatient-hospital")
        ...     print(answer.state, answer.source.verified.value, answer.remarks)
        EditState.IN_FORCE derived ('no file in the data is for 2026-09-30; the files for the quarters from 2024-07-01 and 2026-10-01 have 97150/97110 as active',)
        EditState.IN_FORCE secondary ()
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
        the last file before the day and the first      in force (derived)
        one after it have the same limit
        neither of these two files has the code         clean (derived)
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

        >>> answers = [Edits.bundled().limit("97535", day) for day in (date(2026, 6, 30), date(2026, 7, 1))]
        >>> [(answer.state.value, answer.limit.units) for answer in answers]
        [('in-force', 8), ('undated', 8)]
        >>> answer = Edits.bundled().limit("97535", date(2026, 3, 31))
        >>> answer.state.value, answer.source.verified.value
        ('in-force', 'derived')
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
        # A derived answer goes first, because its source and remark say that no file is for the day.
        answers.sort(key=_is_exact)
        remarks = dict.fromkeys(remark for each in answers for remark in each.remarks)
        named = dict.fromkeys(source for each in answers for source in each.more_sources)
        return attrs.evolve(answers[0], remarks=tuple(remarks), more_sources=tuple(named))

    def _direction(self, column1: str, column2: str, on: date, setting: EditSetting) -> PairAnswer:
        """Return the answer for this direction of a pair."""
        pair = column1, column2
        known = [
            (file, rows)
            for file in self._ptp[setting]
            if (rows := file.rows(column1, column2)) is not None
        ]
        if not known:
            return self._not_known(pair, setting)
        ended = [each for each in known if each[0].effective_through < on]
        # If several files are for one quarter, max returns the first.
        before = max(ended, key=lambda each: each[0].effective_from) if ended else None
        if before is not None and len(ended) == len(known):
            return self._after(*before, pair, on)
        later, answer = _from_later(known[len(ended) :], pair, on)
        if (
            before is None
            or on >= later[0].effective_from
            or answer.state in (EditState.IN_FORCE, EditState.CLEAN)
        ):
            return answer
        return _between(before, later, pair, on) or answer

    def _not_known(self, pair: tuple[str, str], setting: EditSetting) -> PairAnswer:
        """Return the answer if no dated file includes the codes."""
        extract = self._extract(*pair, setting, date.min)
        if not self._ptp[setting]:
            return PairAnswer(EditState.OUT_OF_RANGE, remarks=extract)
        missing = f"no dated PTP file in the data has both {pair[0]} and {pair[1]}"
        return PairAnswer(EditState.NOT_IN_DATA, remarks=(missing, *extract) if extract else ())

    def _after(
        self, file: PtpFile, rows: tuple[PtpEdit, ...], pair: tuple[str, str], on: date
    ) -> PairAnswer:
        """Return the answer for a day after the quarter of *file*, the last file that contains the pair's codes."""
        name = "/".join(pair)
        extract = self._extract(*pair, file.setting, file.effective_from)
        ends = f"the PTP data for these codes ends on {file.effective_through}"
        active = _listed(rows, on)
        if active:
            known = f"the file for the quarter from {file.effective_from} lists {name} as active, and {ends}"
            hospital, sources = self._hospital(file.setting, pair, on)
            return PairAnswer(
                EditState.UNDATED,
                _first(active),
                file.source,
                (known, *extract, *hospital),
                sources,
            )
        deleted = [row.deleted_on for row in rows if row.deleted_on is not None]
        remarks = [ends]
        if deleted:
            remarks.append(
                f"the file for the quarter from {file.effective_from} lists {name} as deleted "
                f"on {max(deleted)}"
            )
        return PairAnswer(EditState.OUT_OF_RANGE, None, file.source, (*remarks, *extract))

    def _hospital(
        self, setting: EditSetting, pair: tuple[str, str], on: date
    ) -> tuple[tuple[str, ...], tuple[Source, ...]]:
        """Return a remark about a practitioner pair in the outpatient hospital data, and its source, if it decides."""
        if setting is not EditSetting.PRACTITIONER:
            return (), ()
        low, high = sorted(pair)
        answer = self._pair(low, high, on, EditSetting.OUTPATIENT_HOSPITAL)
        if answer.source is None or answer.state not in (EditState.IN_FORCE, EditState.CLEAN):
            return (), ()
        named = answer.edit or pair
        name = "/".join((named.column1, named.column2) if isinstance(named, PtpEdit) else named)
        found = "is in force" if answer.edit else "is not in force"
        derived = answer.source.verified is Verification.DERIVED
        reading = " (our own reading of two files)" if derived else ""
        return (f"for outpatient hospitals, {name} {found} on {on}{reading}",), (answer.source,)

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
        files = [file for file in self._mue[setting] if file.holds(code)]
        if not files:
            known = self._mue[setting]
            return LimitAnswer(EditState.NOT_IN_DATA if known else EditState.OUT_OF_RANGE)
        for file in files:
            if file.effective_from <= on <= file.effective_through:
                row = file.row(code)
                return LimitAnswer(
                    EditState.CLEAN if row is None else EditState.IN_FORCE,
                    row,
                    file.effective_from,
                    file.source,
                    (_NO_LIMIT,) if row is None else (),
                )
        before = [file for file in files if file.effective_through < on]
        after = [file for file in files if on < file.effective_from]
        if before and after:
            # If several files are for one quarter, max returns the first.
            agreed = _agreed(max(before, key=_quarter), after[0], code, on)
            if agreed is not None:
                return agreed
        listed = [file for file in files if file.row(code)]
        if not listed:
            return LimitAnswer(EditState.OUT_OF_RANGE)
        ended = [file for file in listed if file.effective_through < on]
        file = max(ended, key=_quarter) if ended else listed[0]
        remark = f"the limit is for the quarter that begins {file.effective_from}; the data has no limit for {on}"
        return LimitAnswer(
            EditState.UNDATED, file.row(code), file.effective_from, file.source, (remark,)
        )


def _bundled_files() -> tuple[PtpFile | MueFile, ...]:
    tables: dict[str, list[dict[str, str]]] = {}
    files: list[PtpFile | MueFile] = []
    of_packs: list[PtpFile | MueFile] = []
    searched: dict[tuple[EditSetting, date], frozenset[str]] = {}
    # releases.toml must list each quarter's MUE file before its PTP file: the PTP file needs the codes of the MUE file.
    for row in read_toml("edits/releases.toml")["file"]:
        kind, whose, first = row["kind"], row["setting"], row["from"]
        setting, quarter = EditSetting(whose), str(first)
        source = parse_source(row["source"])
        table = row.get("table", kind)
        if table not in tables:
            tables[table] = _read_rows(table)
        rows = [
            cells
            for cells in tables[table]
            if cells.get("setting", whose) in ("both", whose)
            and cells.get("quarter", quarter) == quarter
        ]
        given = frozenset(row.get("codes", ()))
        if kind == "mue":
            limits = tuple(_limit(cells, setting) for cells in rows)
            searched[setting, first] = codes = given or frozenset(limit.code for limit in limits)
            file = MueFile(setting, first, limits, source, codes)
            (of_packs if given else files).append(file)
            continue
        edits = tuple(_edit(cells, setting) for cells in rows)
        if given:
            of_packs.append(_of_pack(row, setting, edits, source, given))
            continue
        if kind == "ptp-active":
            codes = frozenset(
                cells["code"]
                for cells in _read_rows("ptp-active-codes")
                if cells["reading"] != _NOT_READ
            )
            files.append(PtpFile(setting, first, edits, source, codes, history=False))
        else:
            codes = frozenset(code for edit in edits for code in (edit.column1, edit.column2))
            codes |= searched.get((setting, first), frozenset())
            files.append(PtpFile(setting, first, edits, source, codes, dated=kind == "ptp"))
    # The file of a data pack includes more codes than an extract in the library's data, so it goes first.
    return (*reversed(of_packs), *files)


def _of_pack(
    row: Mapping[str, Any],
    setting: EditSetting,
    edits: tuple[PtpEdit, ...],
    source: Source,
    codes: frozenset[str],
) -> PtpFile:
    """Return a PTP file of a data pack, which names the codes and the range of column 1 codes that it was searched for."""
    within = (row["column1_from"], row["column1_through"]) if "column1_from" in row else None
    history = row["kind"] != "ptp-active"
    return PtpFile(setting, row["from"], edits, source, codes, within, history=history)


def _read_rows(kind: str) -> list[dict[str, str]]:
    return list(csv.DictReader(read_rows_of(f"edits/{kind.replace('-', '_')}.csv")))


def _limit(cells: dict[str, str], setting: EditSetting) -> MueLimit:
    units, mai = int(cells["units"]), int(cells["mai"])
    return MueLimit(cells["code"], units, mai, cells["rationale"], setting)


def _edit(cells: dict[str, str], setting: EditSetting) -> PtpEdit:
    """Return the edit in a row of the library's data. Some tables have no first day, last day, or rationale."""
    begun, deleted = cells.get("effective_from"), cells.get("deleted_on")
    return PtpEdit(
        column1=cells["column1"],
        column2=cells["column2"],
        indicator=int(cells["indicator"]),
        effective_from=date.fromisoformat(begun) if begun else None,
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


def _is_exact(answer: PairAnswer) -> bool:
    return answer.source is None or answer.source.verified is not Verification.DERIVED


def _listed(edits: Iterable[PtpEdit], on: date) -> list[PtpEdit]:
    """Return the edits with dates that include *on*. An edit without a first day may have begun later."""
    return [
        edit
        for edit in edits
        if (edit.effective_from is None or edit.effective_from <= on)
        and (edit.deleted_on is None or edit.deleted_on >= on)
    ]


def _on_day(file: PtpFile, edits: tuple[PtpEdit, ...], on: date) -> PairAnswer:
    """Return the answer from a file for the day's quarter or a later quarter."""
    listed = _listed(edits, on)
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


def _from_later(
    known: Sequence[_Known], pair: tuple[str, str], on: date
) -> tuple[_Known, PairAnswer]:
    """Return the first file for the day's quarter or later that decides, or else the first one, with its answer."""
    answers: dict[tuple[date, bool], tuple[_Known, PairAnswer]] = {}
    for file, rows in known:
        decides = _on_day if file.history or file.effective_from <= on else _before_list
        # If several files are for one quarter, the first one is used.
        kind = file.effective_from, file.history
        answers.setdefault(kind, ((file, rows), decides(file, rows, on)))
    found = list(answers.values())
    decided = [each for each in found if each[1].state in (EditState.IN_FORCE, EditState.CLEAN)]
    exact = [each for each in decided if each[0][0].history]
    lists = [each for each in decided if not each[0][0].history]
    if not exact:
        return (lists or found)[0]
    # A list shows no first days, and it may have been read by eye, so a file with history goes before it.
    (file, rows), answer = exact[0]
    if lists:
        answer = _compared(answer, file, lists[0][1], lists[0][0][0], pair)
    return (file, rows), answer


def _compared(
    answer: PairAnswer, file: PtpFile, other: PairAnswer, other_file: PtpFile, pair: tuple[str, str]
) -> PairAnswer:
    """Return the answer of a file with history, with a remark if a list for the same day disagrees."""
    name = "/".join(pair)
    on_list = f"the list of active pairs for the quarter from {other_file.effective_from}"
    in_file = f"the file for the quarter from {file.effective_from}"
    if other.edit is None and answer.edit is None:
        return answer
    if other.edit is None:
        remark = f"{on_list} does not have {name}, but {in_file} has it"
    elif answer.edit is None:
        remark = f"{on_list} has {name}, but {in_file} shows no edit"
    elif other.edit.indicator != answer.edit.indicator:
        remark = (
            f"{on_list} has {name} with indicator {other.edit.indicator}, but {in_file} has "
            f"{answer.edit.indicator}"
        )
    else:
        return answer
    return attrs.evolve(answer, remarks=(remark,), more_sources=(other_file.source,))


def _before_list(file: PtpFile, edits: tuple[PtpEdit, ...], on: date) -> PairAnswer:
    """Return the answer for a day before the quarter of a list without history."""
    remark = f"the PTP data for these codes begins on {file.effective_from}"
    listed = _listed(edits, on)
    if not listed:
        return PairAnswer(EditState.OUT_OF_RANGE, None, file.source, (remark,))
    return PairAnswer(EditState.UNDATED, _first(listed), file.source, (remark,))


def _between(before: _Known, later: _Known, pair: tuple[str, str], on: date) -> PairAnswer | None:
    """Return the answer for a day between the quarters of two files, or None if the later file shows a change."""
    old_file, new_file = before[0], later[0]
    if any(
        edit.deleted_on and old_file.effective_through < edit.deleted_on < on for edit in later[1]
    ):
        return None
    old, new = _listed(before[1], on), _listed(later[1], on)
    name, sources = "/".join(pair), (old_file.source, new_file.source)
    first, second = old_file.effective_from, new_file.effective_from
    if old and not new:
        remark = (
            f"the file for the quarter from {first} lists {name} as active, and the file for the quarter "
            f"from {second} no longer has it"
        )
        return PairAnswer(EditState.UNDATED, _first(old), sources[0], (remark,), sources[1:])
    if new and not old:
        remark = (
            f"the file for the quarter from {second} lists {name} as active, and the file for the quarter "
            f"from {first} does not"
        )
        return PairAnswer(EditState.UNDATED, _first(new), sources[1], (remark,), sources[:1])
    no_file = f"no file in the data is for {on}"
    both = f"the files for the quarters from {first} and {second}"
    if not old:
        remark = f"{no_file}; {both} do not have {' with '.join(sorted(pair))}"
        return PairAnswer(EditState.CLEAN, None, _derived(*sources), (remark,))
    edit, now = _first(old), _first(new)
    remark, indicator = f"{no_file}; {both} have {name} as active", edit.indicator
    if indicator != now.indicator:
        remark = (
            f"{no_file}; {both} have {name} active, with indicators {indicator} and {now.indicator}"
        )
        indicator = None
    edit = attrs.evolve(edit, indicator=indicator, deleted_on=now.deleted_on)
    return PairAnswer(EditState.IN_FORCE, edit, _derived(*sources), (remark,))


def _derived(first: Source, second: Source) -> Source:
    """Return the source of an answer that two files support for a day between their quarters."""
    return Source(
        f"Our own reading of two files: {first.title}; {second.title}",
        "no file is for a day between the two quarters",
        "",
        Verification.DERIVED,
    )


def _agreed(first: MueFile, second: MueFile, code: str, on: date) -> LimitAnswer | None:
    """Return the limit that two files agree on, for a day between their quarters, or None if they differ."""
    old, new = first.row(code), second.row(code)
    if (old and (old.units, old.mai)) != (new and (new.units, new.mai)):
        return None
    remark = (
        f"no file in the data is for {on}; the files for the quarters from {first.effective_from} and "
        f"{second.effective_from} have {'no limit' if old is None else 'the same limit'}"
    )
    return LimitAnswer(
        EditState.CLEAN if old is None else EditState.IN_FORCE,
        old,
        first.effective_from,
        _derived(first.source, second.source),
        (remark,) if old else (remark, _NO_LIMIT),
    )


def _quarter(file: PtpFile | MueFile) -> date:
    return file.effective_from


def _first(edits: Iterable[PtpEdit]) -> PtpEdit:
    """Return the edit that ends first, because the rows of a pair follow each other in time."""
    return min(
        edits,
        key=lambda edit: (
            edit.deleted_on or date.max,
            # An unknown indicator comes last.
            NOT_APPLICABLE if edit.indicator is None else edit.indicator,
            edit.column1,
        ),
    )


def _coverage(file: PtpFile | MueFile) -> EditCoverage:
    kind: Literal["ptp", "ptp-active", "mue", "ptp-undated"]
    if isinstance(file, MueFile):
        kind, rows = "mue", len(file.limits)
    else:
        kind, rows = "ptp" if file.dated else "ptp-undated", len(file.edits)
        if file.dated and not file.history:
            kind = "ptp-active"
    through = file.effective_through
    return EditCoverage(kind, file.setting, file.effective_from, through, rows, file.source)
