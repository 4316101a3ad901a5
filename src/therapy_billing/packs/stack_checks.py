"""
Check data packs before anything is used: their files, the cells of their tables, and what they change.

All faults of all packs are collected. Nothing here may look anything up through the loader, because the packs are not in use yet.
"""

from __future__ import annotations

import csv
import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from itertools import pairwise
from typing import Any

import attrs

from therapy_billing.base.data_packs import Pack
from therapy_billing.base.data_stack import LIBRARY, DataStack, merge_packs
from therapy_billing.base.errors import FileFormatError
from therapy_billing.base.library_files import read_library_text
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.toml_files import TomlFile, TomlReader, parse_toml
from therapy_billing.base.wording import counted
from therapy_billing.codes.own_codes import CODE_FILES, CodeFile, faults_of_code_files
from therapy_billing.codes.period_codes import faults_of_period_codes
from therapy_billing.law.parameters import faults_of_series
from therapy_billing.packs.table_forms import CELLS, EDIT_CAPTIONS, RELEASE_FORMS
from therapy_billing.payers.payer_files import faults_of_addition, faults_of_payer
from therapy_billing.payers.payer_terms import BUNDLED_NAMES

__all__ = ["load_stack", "verify_pack"]


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
    for path in paths:
        try:
            read = Pack.from_codes_file if path.endswith(".toml") else Pack.from_folder
            packs.append(read(path))
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
    for number, cells in enumerate(csv.reader(lines[1:]), 2):
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
    for number, cells in enumerate(csv.reader(lines[1:]), 2):
        if len(cells) != len(captions):
            reason = f"{counted(len(cells), 'cell')}, expected {len(captions)}"
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
    for name in view.stack.names_in("payers"):
        yield from faults_of_payer(name, view.payer_file)
    if any(path.startswith("fees/") for pack in view.stack.packs for path in pack.paths()):
        yield from _faults_of_fees(view)
    yield from _faults_of_quarters(view)


def _faults_of_codes(packs: Sequence[Pack]) -> list[FileFormatError]:
    """Return what is wrong with the codes of the packs, in their order."""
    added = [(pack, path) for pack in packs for path in CODE_FILES if path in pack.paths()]
    if not added:
        return []
    files = [
        CodeFile(path, parse_toml(read_library_text(path), f"{LIBRARY}/{path}"))
        for path in CODE_FILES
    ]
    for pack, path in added:
        corrected = frozenset(each.key for each in pack.corrections if each.file == path)
        with suppress(FileFormatError):  # merging reported it
            files.append(CodeFile(path, parse_toml(pack.text(path), pack.where(path)), corrected))
    return faults_of_code_files(files)


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
            yield FileFormatError(f"no row is for {each}, which {path} lists", table)
        for each in sorted(of_rows - of_releases):
            yield FileFormatError(f"{path} does not list {each}, which has rows", table)
    zips = view.toml("fees/zip5_releases.toml")
    if zips.get("release") and "known_through" not in zips:
        yield FileFormatError("known_through is missing", "fees/zip5_releases.toml")
    yield from _years_without_release(view.toml("fees/releases.toml"))
    yield from _missing_localities(view)


def _years_without_release(table: Mapping[str, Any]) -> Iterator[FileFormatError]:
    """Yield each release that would apply after the end of its calendar year."""
    path = "fees/releases.toml"
    rows = [*table["release"], *table.get("gap", ())]
    days = sorted(row.get("applied", row["from"]) for row in rows)
    for first, after in [*pairwise(days), (days[-1], table["known_through"])]:
        if after > date(first.year, 12, 31) and after != date(first.year + 1, 1, 1):
            reason = (
                f"the release that applies from {first} ends on {first.year}-12-31: add the release of January {first.year + 1}, or "
                "a [[gap]]"
            )
            yield FileFormatError(reason, path)
    for row in table["release"]:
        if "applied" in row and row["applied"].year != row["from"].year:
            reason = (
                f"{row['name']} is of {row['from'].year}: it cannot stand in from {row['applied']}"
            )
            yield FileFormatError(reason, path)


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
                yield FileFormatError(reason, "fees/gpci.csv")


def _faults_of_quarters(view: _View) -> Iterator[FileFormatError]:
    """Yield each edit of a pack that differs from an earlier file for the same quarter and setting."""
    path = "edits/releases.toml"
    if not view.stack.has(path):
        return
    earlier: dict[tuple[object, ...], tuple[str, str]] = {}
    allowed = {(each.file, each.key) for pack in view.stack.packs for each in pack.corrections}
    for file in view.toml(path).get("file", ()):
        table = f"edits/{file.get('table', file['kind']).replace('-', '_')}.csv"
        if file["kind"] == "ptp-undated" or ("codes" in file and not view.stack.has(table)):
            continue  # pairs without dates, or a table that is not there
        for row in _rows_of_quarter(view, file, table):
            name, value = _edit_of(row)
            key = file["kind"], file["setting"], file["from"], name
            before, where = earlier.setdefault(key, (value, table))
            if where != table and before != value and (table, name) not in allowed:
                reason = (
                    f"{name} has {value} for the quarter from {file['from']}, but {where} has {before}: declare a "
                    "[[correction]] in pack.toml if that is right"
                )
                yield FileFormatError(reason, table)


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
    """Return the key of an edit, and its value in words."""
    if "code" in row:
        return row["code"], f"{row['units']} units, MAI {row.get('mai', '')}"
    began = row.get("effective_from", "")
    name = "/".join(filter(None, (row["column1"], row["column2"], began)))
    ended = row.get("deleted_on") or "none"
    return name, f"indicator {row['indicator']}, deletion date {ended}"
