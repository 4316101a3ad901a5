"""
Tables of a set of data, in a form that can be compared: a data pack, the library's own data, or the data in use on a day.

A table is compared by key. Some tables are whole: a key that is missing does not exist. Others only add to earlier data. The
tables of edits answer only for the codes that their files were searched for. A PTP file with history answers for earlier days
as well, so the pairs of all files are compared, each with its last known state.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

import attrs

from therapy_billing.base.choices import Choice
from therapy_billing.base.data_loader import read_rows_of, read_toml
from therapy_billing.base.data_packs import Pack
from therapy_billing.base.dates import parse_date
from therapy_billing.base.errors import FileFormatError
from therapy_billing.base.library_files import read_library_text
from therapy_billing.base.toml_files import parse_toml
from therapy_billing.base.validation import require_type
from therapy_billing.law.parameters import SERIES
from therapy_billing.ncci.records import NOT_APPLICABLE, EditSetting

__all__ = ["ChangeKind", "DataView", "ViewTable", "answers_for", "tables_of"]

_BOOKS = ("codes/therapy.toml", "codes/other_programs.toml", "codes/own.toml")
_RVUS: Mapping[str, str] = {
    "work RVU": "work_rvu",
    "office practice expense RVU": "pe_rvu_nonfacility",
    "facility practice expense RVU": "pe_rvu_facility",
    "malpractice RVU": "mp_rvu",
}
_INDICES: Mapping[str, str] = {
    "work index": "work_gpci",
    "practice expense index": "pe_gpci",
    "malpractice index": "mp_gpci",
}
_ACTIVE_LIST, _PTP, _MUE = "ptp-active", "ptp", "mue"
_NOT_READ = "not read"
_NO_END = "9999-12-31"

Searched: TypeAlias = "tuple[frozenset[str], tuple[str, str] | None]"
_Rows: TypeAlias = "dict[str, dict[str, str]]"


class ChangeKind(Choice):
    """What a change is about."""

    CODES = "codes"
    """The code book."""
    FEE_CODES = "fee-codes"
    """The codes in the fee schedule."""
    STATUS = "status"
    """STATUS CODE."""
    MPPR = "mppr"
    """The MULT PROC indicator."""
    RVUS = "rvus"
    LOCALITIES = "localities"
    """Localities and their indices."""
    PARAMETERS = "parameters"
    """The conversion factors and the other numbers that the law sets."""
    PAIRS = "pairs"
    """NCCI pairs."""
    LIMITS = "limits"
    """Unit limits (MUE)."""
    ZIP_CODES = "zip-codes"
    """The localities of ZIP codes."""


@attrs.frozen
class ViewTable:
    """
    A table of a set of data.

    Args:
        rows: The values of each key, by name.
        whole: Whether a key that is missing does not exist.
        codes: For edits, the codes that the files were searched for. None for other tables.
        searched: For pairs, the codes that each file was searched for, and its first and last column 1 code or, if it has every
            column 1 code, None. Empty for other tables.
    """

    rows: Mapping[str, Mapping[str, str]] = attrs.field(repr=False)
    whole: bool
    codes: frozenset[str] | None = attrs.field(default=None, repr=False)
    searched: tuple[Searched, ...] = attrs.field(default=(), repr=False)


_Tables: TypeAlias = "dict[tuple[ChangeKind, EditSetting | None], ViewTable]"


@attrs.frozen(repr=False)
class DataView:
    """
    A set of data to compare with :func:`pack_changes`.

    Args:
        name: What the set is called in results.
        tables: Each table by its kind, and for edits by their setting.
    """

    name: str
    _tables: Mapping[tuple[ChangeKind, EditSetting | None], ViewTable]

    @classmethod
    def active(cls, on: date | str) -> DataView:
        """Return the data in use, the library's and that of the packs: the latest release and quarter on the day *on*."""
        day = parse_date(on, what="on")
        return cls("the data in use", _tables(_Reader(_active_toml, read_rows_of), day, whole=True))

    @classmethod
    def library(cls) -> DataView:
        """Return the library's own data, without packs: its latest release and quarter."""
        return cls("library", _tables(_Reader(_library_toml, _library_rows), None, whole=True))

    @classmethod
    def of_pack(cls, pack: Pack) -> DataView:
        """
        Return the pack's own tables: its latest release and quarter.

        Raises:
            FileFormatError: If a table does not have the right form.
            InvalidInputError: If *pack* is not a pack.
        """
        require_type(pack, Pack, "pack")
        try:
            return cls(pack.name, _tables(_of_pack(pack), None, whole=False))
        except FileFormatError:
            raise
        # A table without a column or a key, or with values of another type. The checks of packs name each of them.
        except (AttributeError, LookupError, TypeError, ValueError):
            msg = "a data file does not have the right form; `therapy-billing data verify` lists every fault"
            raise FileFormatError(msg, pack.path) from None

    def __repr__(self) -> str:
        return f"<DataView {self.name}>"


def tables_of(view: DataView) -> Mapping[tuple[ChangeKind, EditSetting | None], ViewTable]:
    """Return the tables of *view*. They are not public."""
    return view._tables  # noqa: SLF001 - a record of this module


@attrs.frozen
class _Reader:
    """How to read a data file. A file that is not there is empty."""

    toml: Callable[[str], Mapping[str, Any]]
    rows: Callable[[str], Sequence[str]]

    def table(self, path: str) -> Iterator[dict[str, str]]:
        return csv.DictReader(self.rows(path))


def _active_toml(path: str) -> Mapping[str, Any]:
    return read_toml(path, Decimal)


def _library_toml(path: str) -> Mapping[str, Any]:
    return tomllib.loads(read_library_text(path), parse_float=Decimal)


def _library_rows(path: str) -> Sequence[str]:
    return read_library_text(path).splitlines()


def _of_pack(pack: Pack) -> _Reader:
    paths = frozenset(pack.paths())

    def toml(path: str) -> Mapping[str, Any]:
        return parse_toml(pack.text(path), pack.where(path)).table if path in paths else {}

    def rows(path: str) -> Sequence[str]:
        return pack.text(path).splitlines() if path in paths else ()

    return _Reader(toml, rows)


def _tables(read: _Reader, on: date | None, *, whole: bool) -> _Tables:
    tables: _Tables = {}
    if codes := _code_book(read):
        tables[ChangeKind.CODES, None] = ViewTable(codes, whole)
    tables |= _fees(read, on)
    if localities := _localities(read, on):
        tables[ChangeKind.LOCALITIES, None] = localities
    if parameters := _parameters(read, on):
        tables[ChangeKind.PARAMETERS, None] = ViewTable(parameters, whole)
    # Without ZIP codes in the data, all those of a pack are new.
    if (zip_codes := _zip_codes(read, on)) or whole:
        tables[ChangeKind.ZIP_CODES, None] = ViewTable(zip_codes, whole=True)
    return tables | _edits(read, on)


def _zip_codes(read: _Reader, on: date | None) -> _Rows:
    """Return the ZIP codes of the latest quarter."""
    days = [row["from"] for row in read.toml("fees/zip5_releases.toml").get("release", ())]
    last = max((day for day in days if _reached(day, on)), default=None)
    return {
        row["zip"]: {
            "locality": f"{row['mac']}-{row['locality']}",
            "state": row["state"],
            "plus four": row["plus_four"],
        }
        for row in read.table("fees/zip5.csv")
        if row["effective_from"] == str(last)
    }


def _code_book(read: _Reader) -> _Rows:
    return {
        row["code"]: dict(_facts(row)) for path in _BOOKS for row in read.toml(path).get("code", ())
    }


def _facts(row: Mapping[str, Any], at: str = "") -> Iterator[tuple[str, str]]:
    """Yield the facts about a code by name, without their sources."""
    for key, value in row.items():
        if isinstance(value, Mapping):
            yield from _facts(value, f"{at}{key} ")
        elif key not in ("code", "source", "verified"):
            yield f"{at}{key}", _text(value)


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _reached(day: date, on: date | None) -> bool:
    return on is None or day <= on


def _fees(read: _Reader, on: date | None) -> _Tables:
    table = read.toml("fees/releases.toml")
    releases = [
        (first, row["name"])
        for row in table.get("release", ())
        if _reached(first := row.get("applied", row["from"]), on)
    ]
    name = max(releases)[1] if releases else None
    rows = {row["code"]: row for row in read.table("fees/mpfs_rvu.csv") if row["release"] == name}
    if not rows:
        return {}
    for row in table.get("correction", ()):
        if row["release"] == name and row["code"] in rows:
            rows[row["code"]] |= {key: row[key] for key in ("status", "mult_proc")}
    return {
        (ChangeKind.FEE_CODES, None): ViewTable({code: {} for code in rows}, whole=True),
        (ChangeKind.STATUS, None): _columns(rows, {"STATUS CODE": "status"}),
        (ChangeKind.MPPR, None): _columns(rows, {"MULT PROC": "mult_proc"}),
        (ChangeKind.RVUS, None): _columns(rows, _RVUS),
    }


def _columns(rows: Mapping[str, Mapping[str, str]], columns: Mapping[str, str]) -> ViewTable:
    """Return some columns of the fee schedule, under the names that results use."""
    chosen = {code: {name: row[key] for name, key in columns.items()} for code, row in rows.items()}
    return ViewTable(chosen, whole=True)


def _localities(read: _Reader, on: date | None) -> ViewTable | None:
    by_day: dict[date, _Rows] = {}
    for row in read.table("fees/gpci.csv"):
        indices = {name: row[key] for name, key in _INDICES.items()}
        key = f"{row['mac']}-{row['locality']}"
        values = {"name": row["name"], "state": row["state"], **indices}
        by_day.setdefault(date.fromisoformat(row["effective_from"]), {})[key] = values
    days = [day for day in sorted(by_day) if _reached(day, on)]
    if not days:
        return None
    # A file released during a year has only the localities that changed.
    year = [day for day in days if day.year == days[-1].year]
    merged: _Rows = {}
    for day in year:
        merged |= by_day[day]
    return ViewTable(merged, whole=year[0].month == 1)


def _parameters(read: _Reader, on: date | None) -> _Rows:
    found: _Rows = {}
    for name in SERIES:
        values = read.toml(f"parameters/medicare/{name}.toml").get("value", ())
        amounts = [
            row["amount"] for row in values if "from" not in row or _reached(row["from"], on)
        ]
        if amounts:
            found[name] = {"amount": str(amounts[-1])}
    return found


def _edits(read: _Reader, on: date | None) -> _Tables:
    files: dict[tuple[str, EditSetting, date], list[Mapping[str, Any]]] = {}
    for row in read.toml("edits/releases.toml").get("file", ()):
        kind = _PTP if row["kind"] == _ACTIVE_LIST else row["kind"]
        # A list of pairs without dates shows no pair in force.
        if kind in (_PTP, _MUE) and _reached(row["from"], on):
            files.setdefault((kind, EditSetting(row["setting"]), row["from"]), []).append(row)
    # In this order, a later quarter replaces an earlier one.
    tables: _Tables = {}
    by_setting: dict[EditSetting, _Pairs] = {}
    for (kind, setting, first), rows in sorted(files.items(), key=lambda item: item[0][2]):
        if kind == _MUE:
            # The files of a pack list their codes. They have more of them than an extract in the library's data.
            best = [row for row in rows if "codes" in row] or rows
            tables[ChangeKind.LIMITS, setting] = _limits(read, best)
            continue
        pairs = by_setting.setdefault(setting, _Pairs())
        searched = files.get((_MUE, setting, first), ())
        for row in sorted(rows, key=lambda row: "codes" in row):
            pairs.add(read, row, searched)
    for setting, pairs in by_setting.items():
        codes = frozenset[str]().union(*(codes for codes, _ in pairs.searched))
        tables[ChangeKind.PAIRS, setting] = ViewTable(
            pairs.rows, whole=True, codes=codes, searched=tuple(pairs.searched)
        )
    return tables


def _rows_of_file(read: _Reader, file: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    table = file.get("table", file["kind"]).replace("-", "_")
    setting, quarter = file["setting"], str(file["from"])
    for row in read.table(f"edits/{table}.csv"):
        if (
            row.get("setting", setting) in ("both", setting)
            and row.get("quarter", quarter) == quarter
        ):
            yield row


def _limits(read: _Reader, files: Iterable[Mapping[str, Any]]) -> ViewTable:
    rows: _Rows = {}
    codes: set[str] = set()
    for file in files:
        found = {row["code"]: row for row in _rows_of_file(read, file)}
        rows |= {code: {"units": row["units"], "MAI": row["mai"]} for code, row in found.items()}
        codes.update(file.get("codes", found))
    return ViewTable(rows, whole=True, codes=frozenset(codes))


class _Pairs:
    """The last known state of each pair. Add the files in order of their quarters."""

    def __init__(self) -> None:
        self.rows: _Rows = {}
        self.searched: list[Searched] = []

    def add(
        self, read: _Reader, file: Mapping[str, Any], searched: Collection[Mapping[str, Any]]
    ) -> None:
        found = list(_rows_of_file(read, file))
        codes = frozenset(file.get("codes") or _codes_of(read, file, found, searched))
        within = (file["column1_from"], file["column1_through"]) if "column1_from" in file else None
        answers: Searched = codes, within
        # A list of the pairs in force does not show when another pair was deleted.
        if file["kind"] != _ACTIVE_LIST:
            self.rows = {
                key: row for key, row in self.rows.items() if not answers_for(answers, key)
            }
        self.rows |= _states(found)
        self.searched.append(answers)


def answers_for(searched: Searched, pair: str) -> bool:
    """Return whether a file with these codes and column 1 codes answers for a pair such as ``97530/97140``."""
    codes, within = searched
    column1, _, column2 = pair.partition("/")
    return {column1, column2} <= codes and (within is None or within[0] <= column1 <= within[1])


def _states(rows: Iterable[Mapping[str, str]]) -> _Rows:
    """Return the last state of each pair that was ever in force, and its earlier periods if it has any."""
    by_pair: dict[str, list[Mapping[str, str]]] = {}
    for row in rows:
        if _was_in_force(row):
            by_pair.setdefault(f"{row['column1']}/{row['column2']}", []).append(row)
    states: _Rows = {}
    for pair, found in by_pair.items():
        # A file without first days may list the pair in force before the deleted one.
        *earlier, last = sorted(
            found, key=lambda row: (_first_day(row), row.get("deleted_on") or _NO_END)
        )
        state = {"indicator": last["indicator"]}
        if first := _first_day(last):
            state["first day"] = first
        if deleted := last.get("deleted_on"):
            state["last day"] = deleted
        if earlier:
            state["before"] = ", ".join(
                f"{_first_day(row) or 'unknown'} to {row.get('deleted_on') or 'unknown'} "
                f"(indicator {row['indicator']})"
                for row in earlier
            )
        states[pair] = state
    return states


def _first_day(row: Mapping[str, str]) -> str:
    return row.get("effective_from") or ""


def _was_in_force(row: Mapping[str, str]) -> bool:
    """Return whether a pair was ever in force. CMS marks one that never was with indicator 9, or with a last day before the first."""
    deleted = row.get("deleted_on")
    return row["indicator"] != str(NOT_APPLICABLE) and not (deleted and deleted < _first_day(row))


def _codes_of(
    read: _Reader,
    file: Mapping[str, Any],
    rows: Iterable[Mapping[str, str]],
    searched: Collection[Mapping[str, Any]],
) -> Iterator[str]:
    """Yield the codes that a file answers for, if it does not list them."""
    if file["kind"] == _ACTIVE_LIST:
        for row in read.table("edits/ptp_active_codes.csv"):
            if row["reading"] != _NOT_READ:
                yield row["code"]
        return
    for pair in rows:
        yield pair["column1"]
        yield pair["column2"]
    # The library's pairs were read for the codes with a unit limit in the same quarter, too.
    yield from _limits(read, searched).codes or ()
