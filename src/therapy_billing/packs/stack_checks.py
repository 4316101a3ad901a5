"""
Check data packs before anything is used: their files, the cells of their tables, and what they change.

All faults of all packs are collected. Nothing here may look anything up through the loader, because the packs are not in use yet.
"""

from __future__ import annotations

import csv
import os
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import attrs

from therapy_billing.base.data_merge import cells_of, merging_form
from therapy_billing.base.data_packs import MANIFEST, Pack, read_pack
from therapy_billing.base.data_stack import LIBRARY, DataStack, merge_packs
from therapy_billing.base.errors import FileFormatError
from therapy_billing.base.library_files import read_library_text
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.toml_files import TomlFile, TomlReader, parse_toml
from therapy_billing.base.wording import counted
from therapy_billing.codes.own_codes import BOOK_FILES, CodeFile, faults_of_code_files
from therapy_billing.codes.period_codes import faults_of_period_codes
from therapy_billing.law.parameters import faults_of_series
from therapy_billing.packs.table_forms import CELLS, EDIT_CAPTIONS, RELEASE_FORMS
from therapy_billing.payers.payer_files import faults_of_addition, faults_of_payer
from therapy_billing.payers.payer_terms import BUNDLED_NAMES

__all__ = ["load_stack", "verify_pack"]

_DAY = timedelta(days=1)
_FOLDERS = ("codes", "edits", "fees", "parameters/medicare", "payers")


def verify_pack(path: str | os.PathLike[str]) -> Pack:
    """
    Check a data pack against ``pack.toml`` and the library's data, and return it.

    Args:
        path: A folder with ``pack.toml``, or a zip file of one.

    Raises:
        FileFormatError: If it is not a data pack.
        ExceptionGroup: With one FileFormatError for each fault in the pack, with its file and line.
        OSError: If a file cannot be read.
    """
    pack = Pack.from_folder(path)
    load_stack((os.fspath(path),))
    return pack


def load_stack(paths: Sequence[str]) -> DataStack:
    """
    Return the library's data with the packs at *paths* on top.

    Raises:
        ExceptionGroup: With one FileFormatError for each fault in any pack, with its file and line.
        OSError: If a file cannot be read.
    """
    packs: list[Pack] = []
    faults: list[FileFormatError] = []
    for number, path in enumerate(paths):
        if path in paths[:number]:
            faults.append(FileFormatError("the data pack is given twice: give it once", path))
            continue
        try:
            packs.append(read_pack(path))
        except FileFormatError as error:
            faults.append(error)
        except ExceptionGroup as group:
            faults += [each for each in group.exceptions if isinstance(each, FileFormatError)]
    stack, of_merging = merge_packs(packs)
    faults += of_merging
    view = _View(stack)
    for pack in packs:
        faults += _faults_of_pack(pack, view)
    faults += _faults_of_stack(view)
    if faults:
        msg = f"bad data packs: {', '.join(paths)}"
        # A fault of the merged data may be one of a pack's own file as well.
        unique = {str(fault): fault for fault in faults}
        raise ExceptionGroup(msg, list(unique.values()))
    return stack


@attrs.frozen
class _View:
    """The merged data, and the library's own data where no pack adds anything."""

    stack: DataStack

    def toml(self, path: str) -> Mapping[str, Any]:
        if self.stack.has(path):
            return self.stack.toml(path)
        return tomllib.loads(read_library_text(path))

    def rows(self, path: str) -> list[dict[str, str]]:
        lines = (
            self.stack.rows(path) if self.stack.has(path) else read_library_text(path).splitlines()
        )
        return list(csv.DictReader(lines))

    def exists(self, path: str) -> bool:
        """Return whether the library or a pack has the data file *path*, and a pack may have it."""
        if self.stack.has(path):
            return True
        try:
            read_library_text(path)
        except OSError:
            return False
        return merging_form(path) is not None

    def where(self, path: str) -> str:
        """Return the data file *path* of the last pack that has it, as messages show it."""
        packs = [pack for pack in self.stack.packs if path in pack.paths()]
        return packs[-1].where(path) if packs else path

    def payer_file(self, name: str) -> TomlFile:
        path = f"payers/{name}.toml"
        if name in BUNDLED_NAMES:
            file = parse_toml(read_library_text(path), path)
        else:
            pack = next(each for each in self.stack.packs if path in each.paths())
            file = parse_toml(pack.text(path), pack.where(path))
        return attrs.evolve(file, table=self.stack.toml(path)) if self.stack.has(path) else file


def _faults_of_pack(pack: Pack, view: _View) -> Iterator[FileFormatError]:
    """Yield what is wrong with the contents of the files of *pack*."""
    for path in pack.paths():
        folder, _, name = path.rpartition("/")
        if path.endswith(".csv"):
            yield from _faults_of_cells(pack, path)
            continue
        try:
            file = parse_toml(pack.text(path), pack.where(path))
        except FileFormatError:
            continue  # merging reported it
        stem = name.removesuffix(".toml")
        if folder == "parameters/medicare":
            yield from faults_of_series(file, stem)
        elif folder == "payers" and _is_known(stem, pack, view):
            yield from faults_of_addition(file)
        elif path == "codes/periods.toml":
            yield from faults_of_period_codes(file, view.toml(path)["source"])
        elif path in RELEASE_FORMS:
            yield from _faults_of_releases(path, file)
    yield from _faults_of_edits(pack)


def _is_known(name: str, pack: Pack, view: _View) -> bool:
    """Return whether the library or an earlier pack has the payer *name*."""
    earlier = view.stack.packs[: view.stack.packs.index(pack)]
    return name in BUNDLED_NAMES or any(f"payers/{name}.toml" in each.paths() for each in earlier)


def _faults_of_releases(path: str, file: TomlFile) -> list[FileFormatError]:
    reader = TomlReader(file)
    for name, (forms, optional) in RELEASE_FORMS[path].items():
        for number, row in _tables(file.table, name):
            reader.terms(row, forms, at=(name, number))
            reader.require(row, [key for key in forms if key not in optional], at=(name, number))
            if name == "release" and ("applied" in row) != ("assumption" in row):
                reason = "applied and assumption go together: a stand-in for a release says what it assumes"
                reader.fault((name, number), reason)
    return reader.errors()


def _faults_of_cells(pack: Pack, path: str) -> Iterator[FileFormatError]:
    """Yield each cell that does not have the form of its column."""
    lines = pack.text(path).splitlines()
    captions = lines[0].split(",") if lines else []
    forms = [CELLS.get(caption) for caption in captions]
    for number, line in enumerate(lines[1:], 2):
        cells = cells_of(line) or ()
        if path == "fees/mpfs_rvu.csv" and '"' in line:
            yield FileFormatError("no cell has quotes here", pack.where(path), number)
        for caption, form, cell in zip(captions, forms, cells, strict=False):
            if form is not None and not form[0].fullmatch(cell):
                reason = f"{form[1]} belongs here, got {safe_repr(cell)}"
                yield FileFormatError(reason, pack.where(path), number, caption)


def _faults_of_edits(pack: Pack) -> Iterator[FileFormatError]:
    """Yield what is wrong between ``edits/releases.toml`` of *pack* and its tables."""
    tables = {path for path in pack.paths() if path.startswith("edits/") and path.endswith(".csv")}
    releases = "edits/releases.toml"
    named: dict[str, str] = {}
    if releases in pack.paths():
        for number, row in _tables(_table_of(pack, releases), "file"):
            table = f"edits/{str(row.get('table', '')).replace('-', '_')}.csv"
            named[table] = str(row.get("kind", ""))
            if table not in tables:
                line = parse_toml(pack.text(releases), releases).line(("file", number, "table"))
                reason = f"the table {table} is not in the pack"
                yield FileFormatError(reason, pack.where(releases), line, "table")
    for path in sorted(tables):
        if path not in named:
            reason = f"no [[file]] of {releases} names this table"
            yield FileFormatError(reason, pack.where(path))
            continue
        captions = EDIT_CAPTIONS.get(named[path], "")
        lines = pack.text(path).splitlines()
        if not lines or lines[0] != captions:
            yield FileFormatError(f"the first line must be {captions}", pack.where(path), 1)
            continue
        yield from _repeats(pack, path, lines)


def _repeats(pack: Pack, path: str, lines: Sequence[str]) -> Iterator[FileFormatError]:
    """Yield each row of a table of edits that repeats an earlier one, or has another number of cells."""
    captions = lines[0].split(",")
    keys = [name for name in ("code", "column1", "column2", "effective_from") if name in captions]
    seen: dict[tuple[str, ...], int] = {}
    for number, line in enumerate(lines[1:], 2):
        cells = cells_of(line)
        if cells is None or len(cells) != len(captions):
            found = "quotes are left open" if cells is None else counted(len(cells), "cell")
            reason = f"{found}, expected {len(captions)} cells"
            yield FileFormatError(reason, pack.where(path), number)
            continue
        row = dict(zip(captions, cells, strict=True))
        key = tuple(row[name] for name in keys)
        if key in seen:
            reason = f"{'/'.join(filter(None, key))} is also on line {seen[key]}"
            yield FileFormatError(reason, pack.where(path), number)
        seen.setdefault(key, number)


def _tables(table: Mapping[str, Any], name: str) -> list[tuple[int, dict[str, Any]]]:
    """Return the tables of an array with their numbers. Merging reports an array of anything else."""
    rows = table.get(name, [])
    every = enumerate(rows) if isinstance(rows, list) else ()
    return [(number, row) for number, row in every if isinstance(row, dict)]


def _table_of(pack: Pack, path: str) -> Mapping[str, Any]:
    try:
        return parse_toml(pack.text(path), pack.where(path)).table
    except FileFormatError:
        return {}  # merging reported it


def _faults_of_stack(view: _View) -> Iterator[FileFormatError]:
    """Yield what is wrong with the merged data."""
    yield from _faults_of_codes(view.stack.packs)
    yield from _overlaps(view)
    for pack in view.stack.packs:
        yield from _idle_assumptions(pack, view)
    for name in view.stack.names_in("payers"):
        yield from faults_of_payer(name, view.payer_file)
    if any(path.startswith("fees/") for pack in view.stack.packs for path in pack.paths()):
        yield from _faults_of_fees(view)
    yield from _faults_of_quarters(view)


def _faults_of_codes(packs: Sequence[Pack]) -> list[FileFormatError]:
    """Return what is wrong with the codes of the packs, in their order."""
    added = [(pack, path) for pack in packs for path in BOOK_FILES if path in pack.paths()]
    if not added:
        return []
    files = [
        CodeFile(path, parse_toml(read_library_text(path), f"{LIBRARY}/{path}"))
        for path in BOOK_FILES
    ]
    for pack, path in added:
        corrected = frozenset(each.key for each in pack.corrections if each.file == path)
        with suppress(FileFormatError):  # merging reported it
            files.append(CodeFile(path, parse_toml(pack.text(path), pack.where(path)), corrected))
    return faults_of_code_files(files)


def _overlaps(view: _View) -> Iterator[FileFormatError]:
    """Yield each code of a period that has two rows for one day."""
    path = "codes/periods.toml"
    if not view.stack.has(path):
        return
    rows = [row for row in view.toml(path)["code"] if type(row.get("from")) is date]
    rows.sort(key=lambda row: (str(row.get("code")), row["from"]))
    for row, after in pairwise(rows):
        if row.get("code") == after.get("code") and row.get("through", date.max) >= after["from"]:
            reason = (
                f"{row['code']} has two rows for {after['from']}: end the row from {row['from']} before, with a [[correction]] in "
                "pack.toml"
            )
            yield FileFormatError(reason, view.where(path))


def _idle_assumptions(pack: Pack, view: _View) -> Iterator[FileFormatError]:
    """Yield each assumption about files that no result can rest on."""
    for number, assumption in enumerate(pack.assumptions):
        for pattern in assumption.files:
            folder, _, name = pattern.rpartition("/")
            known = folder in _FOLDERS if name in ("*.toml", "*.csv") else view.exists(pattern)
            if not known:
                line = pack.manifest.line(("assumption", number, "files"))
                reason = f"{safe_repr(pattern)} is no data file: name one, or all of a folder, such as payers/*.toml"
                yield FileFormatError(reason, pack.where(MANIFEST), line)


def _faults_of_fees(view: _View) -> Iterator[FileFormatError]:
    for path, table in (
        ("fees/releases.toml", "fees/mpfs_rvu.csv"),
        ("fees/gpci_releases.toml", "fees/gpci.csv"),
        ("fees/zip5_releases.toml", "fees/zip5.csv"),
    ):
        rows = view.rows(table)
        name = "release" if "release" in (rows[0] if rows else {}) else "effective_from"
        of_rows = {row[name] for row in rows}
        releases = view.toml(path).get("release", [])
        of_releases = {str(row["name" if name == "release" else "from"]) for row in releases}
        for each in sorted(of_releases - of_rows):
            yield FileFormatError(f"no row is for {each}, which {path} lists", view.where(table))
        for each in sorted(of_rows - of_releases):
            yield FileFormatError(f"{path} does not list {each}, which has rows", view.where(table))
    zips = view.toml("fees/zip5_releases.toml")
    if zips.get("release") and "known_through" not in zips:
        yield FileFormatError("known_through is missing", view.where("fees/zip5_releases.toml"))
    for reason in _faults_of_timeline(view.toml("fees/releases.toml")):
        yield FileFormatError(reason, view.where("fees/releases.toml"))
    yield from _names_and_days(view)
    yield from _missing_localities(view)


def _faults_of_timeline(table: Mapping[str, Any]) -> Iterator[str]:
    """Yield each release that would apply after the end of its calendar year, and each gap that ends wrong."""
    gaps = {row["from"]: row["through"] for row in table.get("gap", ())}
    days = sorted([*(row.get("applied", row["from"]) for row in table["release"]), *gaps])
    for first, after in [*pairwise(days), (days[-1], table["known_through"] + _DAY)]:
        if first in gaps and gaps[first] + _DAY != after:
            yield f"the [[gap]] from {first} must go through {after - _DAY}, the day before the next release or the last day"
        if after > date(first.year + 1, 1, 1):
            yield (
                f"the release that applies from {first} ends on {first.year}-12-31: add the release of January {first.year + 1}, or "
                "a [[gap]]"
            )
    for row in table["release"]:
        if "applied" in row and row["applied"].year != row["from"].year:
            yield f"{row['name']} is of {row['from'].year}: it cannot stand in from {row['applied']}"


def _names_and_days(view: _View) -> Iterator[FileFormatError]:
    """Yield each release of a pack whose name is of another quarter than its first day, or whose rows have another day."""
    first_days = {
        row["name"]: str(row["from"]) for row in view.toml("fees/releases.toml")["release"]
    }
    for pack in view.stack.packs:
        path = "fees/releases.toml"
        for number, row in (
            _tables(_table_of(pack, path), "release") if path in pack.paths() else ()
        ):
            name, day = str(row.get("name", "")), row.get("from")
            if type(day) is date and not name.startswith(
                f"RVU{day:%y}{'ABCD'[(day.month - 1) // 3]}"
            ):
                at = parse_toml(pack.text(path), path).line(("release", number))
                reason = f"{name} is no release of the quarter of {day}: RVU27A is of January to March 2027"
                yield FileFormatError(reason, pack.where(path), at)
        path = "fees/mpfs_rvu.csv"
        lines = pack.text(path).splitlines() if path in pack.paths() else []
        for number, line in enumerate(lines[1:], 2):
            since, release = [*(cells_of(line) or ()), "", ""][:2]
            if first_days.get(release, since) != since:
                reason = f"{release} begins on {first_days[release]}, not on {since}"
                yield FileFormatError(reason, pack.where(path), number, "effective_from")


def _missing_localities(view: _View) -> Iterator[FileFormatError]:
    """Yield each locality that a release of January lacks, though the release of the year before has it."""
    years: dict[str, dict[tuple[str, str], str]] = {}
    for row in view.rows("fees/gpci.csv"):
        if row["effective_from"].endswith("-01-01"):
            key = row["mac"], row["locality"]
            years.setdefault(row["effective_from"], {})[key] = (
                f"{row['name']} {row['state']}".strip()
            )
    ended = {
        str(row["from"]): set(row.get("ended", ()))
        for row in view.toml("fees/gpci_releases.toml")["release"]
    }
    of_packs = {
        row["from"]
        for pack in view.stack.packs
        if "fees/gpci_releases.toml" in pack.paths()
        for _, row in _tables(_table_of(pack, "fees/gpci_releases.toml"), "release")
    }
    for (_, before), (year, after) in pairwise(sorted(years.items())):
        if date.fromisoformat(year) not in of_packs:
            continue
        for key in sorted(before.keys() - after.keys()):
            shown = "-".join(key)
            if shown not in ended.get(year, set()):
                reason = (
                    f"locality {shown} ({before[key]}) is missing from {year}: add its row, or list it under ended in "
                    "fees/gpci_releases.toml"
                )
                yield FileFormatError(reason, view.where("fees/gpci.csv"))


@attrs.frozen
class _EditFile:
    """
    A file of edits of the library or of a pack.

    Args:
        kind: The kind, setting, and quarter. Two files of one kind must agree on the codes that both were searched for.
        table: The path of its table.
        codes: The codes that it was searched for.
        column1: The first and last column 1 code that it was searched for.
        values: Its edits, in words, by code or by pair.
    """

    kind: tuple[str, str, date]
    table: str
    codes: frozenset[str]
    column1: tuple[str, str]
    values: Mapping[str, str]

    def answers(self, name: str) -> bool:
        """Return whether the file was searched for a code or a pair."""
        first, _, other = name.partition("/")
        within = self.column1[0] <= first <= self.column1[1]
        return first in self.codes and (not other or (within and other in self.codes))


_EVERY_CODE = ("", "~")


def _faults_of_quarters(view: _View) -> Iterator[FileFormatError]:
    """Yield each edit of a pack that differs from an earlier file for the same quarter and setting."""
    path = "edits/releases.toml"
    if not view.stack.has(path):
        return
    allowed = {(each.file, each.key) for pack in view.stack.packs for each in pack.corrections}
    earlier: list[_EditFile] = []
    for row in view.toml(path).get("file", ()):
        table = f"edits/{row.get('table', row['kind']).replace('-', '_')}.csv"
        if row["kind"] == "ptp-undated" or ("codes" in row and not view.stack.has(table)):
            continue  # pairs without dates, or a table that is not there
        file = _edit_file(view, row, table, earlier)
        for other in earlier if "codes" in row else ():
            if other.kind == file.kind:
                yield from _differences(view, other, file, allowed)
        earlier.append(file)


def _edit_file(
    view: _View, row: Mapping[str, Any], table: str, earlier: Sequence[_EditFile]
) -> _EditFile:
    values: dict[str, set[str]] = {}
    for cells in _rows_of_quarter(view, row, table):
        name, value = _edit_of(cells)
        if value:
            values.setdefault(name, set()).add(value)
    codes = {code for name in values for code in name.split("/")}
    if "codes" in row:
        codes = set(row["codes"])
    else:
        # A PTP file of the library was also searched for the codes with a limit in the same quarter.
        codes = codes.union(
            *(each.codes for each in earlier if each.kind[1:] == (row["setting"], row["from"]))
        )
    within = (row.get("column1_from", _EVERY_CODE[0]), row.get("column1_through", _EVERY_CODE[1]))
    in_words = {name: " and ".join(sorted(each)) for name, each in values.items()}
    kind = row["kind"], row["setting"], row["from"]
    return _EditFile(kind, table, frozenset(codes), within, in_words)


def _differences(
    view: _View, before: _EditFile, file: _EditFile, allowed: Collection[tuple[str, str]]
) -> Iterator[FileFormatError]:
    """Yield the edits on which two files for one quarter disagree. That a file has no edit counts as well."""
    for name in sorted(before.values.keys() | file.values.keys()):
        if not (before.answers(name) and file.answers(name)):
            continue
        old, new = before.values.get(name, "none"), file.values.get(name, "none")
        if old != new and (file.table, name) not in allowed:
            reason = (
                f"{name}: {new} for the quarter from {file.kind[2]}, but {before.table} has {old}: declare a [[correction]] in "
                "pack.toml if that is right"
            )
            yield FileFormatError(reason, view.where(file.table))


def _rows_of_quarter(
    view: _View, file: Mapping[str, Any], table: str
) -> Iterator[Mapping[str, str]]:
    """Yield the rows of a table that are for the setting and the quarter of *file*."""
    setting, quarter = file["setting"], str(file["from"])
    for row in view.rows(table):
        whole = None not in row and None not in row.values() and {"code", "column1"} & row.keys()
        if (
            whole
            and row.get("setting", setting) in ("both", setting)
            and row.get("quarter", quarter) == quarter
        ):
            yield row


def _edit_of(row: Mapping[str, str]) -> tuple[str, str]:
    """Return the code or the pair of an edit, and its value in words. A pair that was never in force has no value."""
    if "code" in row:
        return row["code"], f"{row['units']} units, MAI {row.get('mai', '')}"
    ended = row.get("deleted_on") or "none"
    value = f"indicator {row['indicator']}, deletion date {ended}"
    return f"{row['column1']}/{row['column2']}", "" if row["indicator"] == "9" else value
