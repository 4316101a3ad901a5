"""
Merge a data file of the library with those of the data packs on top of it.

A later layer adds rows to tables and timelines. It never shortens a timeline, never opens a gap, and never changes an earlier
row, unless its pack declares a correction. A row that repeats an earlier one is ignored. All faults are collected, with the file
and line of both rows.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, TypeAlias

import attrs

from therapy_billing.base.dates import quarter_end, quarter_start
from therapy_billing.base.errors import FileFormatError
from therapy_billing.base.toml_files import Key, TomlFile, TomlReader, parse_toml
from therapy_billing.base.wording import counted

__all__ = ["Layer", "Merged", "cells_of", "merge_layers", "merging_form"]

Row: TypeAlias = dict[str, Any]


@attrs.frozen
class Layer:
    """
    A data file in one layer: the library or a pack.

    Args:
        where: The file, as messages show it.
        text: Its text.
        corrections: The keys of the rows that the pack corrects.
        assumed: The first and last day of each assumption of the pack about the file.
    """

    where: str
    text: str = attrs.field(repr=False)
    corrections: frozenset[str] = frozenset()
    assumed: tuple[tuple[date, date], ...] = ()

    def is_assumed(self, first: date, last: date) -> bool:
        """Return whether the assumptions cover every day from *first* through *last*."""
        day = first
        for begins, ends in sorted(self.assumed):
            if begins <= day <= ends:
                if ends >= last:
                    return True
                day = ends + timedelta(days=1)
        return False


@attrs.define
class Merged:
    """
    The result of merging a file.

    Args:
        table: The tables of a TOML file.
        lines: The lines of a CSV file.
        faults: What is wrong, each with its file and line.
        corrected: The keys of the rows that each layer corrected.
    """

    table: Row = attrs.field(factory=dict)
    lines: list[str] = attrs.field(factory=list)
    faults: list[FileFormatError] = attrs.field(factory=list)
    corrected: dict[str, set[str]] = attrs.field(factory=dict)


@attrs.frozen
class _TomlForm:
    """
    How to merge a TOML file.

    Args:
        arrays: The keys of a row by array. An array without keys takes every row that is not there yet.
        timelines: The arrays whose rows apply from a first day.
        named: The tables that have one table for each name.
        same: The values that every layer repeats.
        dated: Whether the file has ``known_through``.
        starts: The timeline that must go on without a gap. Empty if the last value applies until ``known_through``.
    """

    arrays: Mapping[str, tuple[str, ...]]
    timelines: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    dated: bool = True
    starts: str = ""


_TOML_FORMS: Sequence[tuple[str, _TomlForm]] = (
    (
        r"parameters/medicare/[a-z_]+\.toml",
        _TomlForm({"value": ("from",)}, ("value",), same=("description", "unit"), starts="value"),
    ),
    (
        r"payers/[a-z0-9-]+\.toml",
        _TomlForm(
            {"policy": ("from",), "furnisher": (), "source": ()},
            ("policy", "furnisher"),
            same=("name", "base", "remark"),
        ),
    ),
    (
        r"codes/(therapy|other_programs|own)\.toml",
        _TomlForm({"code": ("code",)}, named=("source",)),
    ),
    (
        r"codes/periods\.toml",
        _TomlForm({"code": ("code", "from")}, named=("source", "family")),
    ),
    (
        r"edits/releases\.toml",
        _TomlForm({"file": ("kind", "setting", "from", "table")}, dated=False),
    ),
    (
        r"fees/releases\.toml",
        _TomlForm(
            {"release": ("from", "applied"), "gap": ("from",)},
            ("release", "gap"),
            starts="release",
        ),
    ),
    (
        r"fees/gpci_releases\.toml",
        _TomlForm({"release": ("from",)}, ("release",), starts="release"),
    ),
    (
        r"fees/zip5_releases\.toml",
        _TomlForm({"release": ("from",)}, ("release",), starts="release"),
    ),
)
_CSV_KEYS: Mapping[str, tuple[str, ...]] = {
    "fees/mpfs_rvu.csv": ("release", "code"),
    "fees/gpci.csv": ("effective_from", "mac", "locality"),
    "fees/zip5.csv": ("effective_from", "zip"),
}
_EDIT_TABLE = re.compile(r"edits/[a-z0-9_]+\.csv")
ALLOWED = (
    "parameters/medicare/<series>.toml, payers/<name>.toml, codes/therapy.toml, codes/other_programs.toml, codes/own.toml, "
    "codes/periods.toml, edits/releases.toml and its tables, and the releases and tables in fees"
)
"""The files that a pack may have."""


def merging_form(path: str) -> _TomlForm | tuple[str, ...] | None:
    """Return how to merge the data file at *path*: the form of a TOML file, or the key of a CSV row. None if no pack may have it."""
    for pattern, form in _TOML_FORMS:
        if re.fullmatch(pattern, path):
            return form
    if path in _CSV_KEYS:
        return _CSV_KEYS[path]
    return () if _EDIT_TABLE.fullmatch(path) else None


def merge_layers(path: str, layers: Sequence[Layer]) -> Merged:
    """
    Return the contents of the data file at *path*, merged from its *layers*, the first one at the bottom.

    The file must be one that a pack may have.
    """
    form = merging_form(path)
    if isinstance(form, _TomlForm):
        return _TomlMerge(form).merge(layers)
    return _merge_csv(form or (), layers)


class _TomlMerge:
    """Merge the layers of a TOML file."""

    def __init__(self, form: _TomlForm) -> None:
        self._form = form
        self._merged = Merged()
        self._places: dict[tuple[str, ...], tuple[TomlFile, Key]] = {}

    def merge(self, layers: Sequence[Layer]) -> Merged:
        for layer in layers:
            try:
                file = parse_toml(layer.text, layer.where)
            except FileFormatError as error:
                self._merged.faults.append(error)
                continue
            if self._merged.table:
                self._add(file, layer)
            else:
                self._begin(file)
        for name in self._form.timelines:
            if name in self._merged.table:
                self._merged.table[name].sort(key=_first_day)
        return self._merged

    def _begin(self, file: TomlFile) -> None:
        reader = TomlReader(file)
        for name, value in file.table.items():
            if name in self._form.arrays:
                rows = self._merged.table[name] = list(_tables(name, value, reader))
                for number, row in enumerate(rows):
                    self._places[name, *self._key(name, row)] = file, (name, number)
            elif name not in self._form.named:
                self._merged.table[name] = value
            elif isinstance(value, dict):
                self._merged.table[name] = dict(value)
            else:
                reader.fault((name,), _NAMED.format(name))
        self._merged.faults += reader.errors()

    def _key(self, name: str, row: Mapping[str, Any]) -> tuple[str, ...]:
        fields = self._form.arrays[name] or tuple(sorted(row))
        return tuple(str(row.get(field, "")) for field in fields)

    def _add(self, file: TomlFile, layer: Layer) -> None:
        table, reader = self._merged.table, TomlReader(file)
        end: date | None = table.get("known_through")
        new_days: list[date] = []
        for name, value in file.table.items():
            if name == "known_through" and self._form.dated:
                continue
            if name in self._form.arrays:
                new_days += self._add_rows(name, value, end, reader, layer)
            elif name in self._form.named:
                self._add_named(name, value, reader)
            elif name not in self._form.same:
                reader.fault((name,), "a data pack cannot have this key")
            elif table.get(name) != value:
                reader.fault((name,), "must be as in the earlier data; leave it out")
        if self._form.dated:
            self._extend(file, end, new_days, reader, layer)
        self._merged.faults += reader.errors()

    def _extend(
        self,
        file: TomlFile,
        end: date | None,
        new_days: Sequence[date],
        reader: TomlReader,
        layer: Layer,
    ) -> None:
        """Move ``known_through``, and check that the timeline goes on without a gap."""
        through = file.table.get("known_through")
        if type(through) is not date and through is not None:
            reader.fault(("known_through",), "a date such as 2027-12-31 belongs here")
            return
        if through is None:
            if end is not None and any(day > end for day in new_days):
                reason = f"known_through is missing: the earlier data end on {end}"
                reader.fault((), reason)
            return
        if end is not None and through < end:
            reader.fault(
                ("known_through",), f"{through} would shorten the data, which end on {end}"
            )
            return
        self._merged.table["known_through"] = through
        later = [day for day in new_days if end is None or day > end]
        if later and max(later) > through:
            reader.fault(("known_through",), f"must not be before {max(later)}, the last first day")
        if end is not None and through > end:
            self._check_continuity(file, end + timedelta(days=1), later, reader, layer)

    def _check_continuity(
        self,
        file: TomlFile,
        next_day: date,
        later: Sequence[date],
        reader: TomlReader,
        layer: Layer,
    ) -> None:
        """Check that the file shows what applies from *next_day*, the day after the earlier data."""
        through = self._merged.table["known_through"]
        if self._form.starts and later:
            if min(later) > next_day:
                reason = f"the earlier data end the day before {next_day}, so this leaves a gap: begin on that day"
                reader.fault((self._form.starts, 0, "from"), reason)
        elif self._form.starts and str(self._merged.table.get("unit", "")).startswith("USD"):
            reason = f"dollars are never carried forward: add a [[value]] from {next_day}"
            reader.fault(("known_through",), reason)
        elif not self._is_shown(file, min(later, default=None), next_day, layer):
            reason = (
                f"nothing shows what applies from {next_day} through {through}: add rows from that day on, or an [[assumption]] "
                "for these days in pack.toml that names this file"
            )
            reader.fault(("known_through",), reason)

    def _is_shown(self, file: TomlFile, first: date | None, next_day: date, layer: Layer) -> bool:
        """Return whether a file shows that its last value goes on: an assumption, a new row, or a payer's new source."""
        if layer.is_assumed(next_day, self._merged.table["known_through"]) or first == next_day:
            return True
        return any(place[0] is file for key, place in self._places.items() if key[0] == "source")

    def _add_rows(
        self, name: str, rows: object, end: date | None, reader: TomlReader, layer: Layer
    ) -> list[date]:
        """Add the rows of an array, and return the first days of the rows that were added."""
        merged: list[Row] = self._merged.table.setdefault(name, [])
        old_rows = {self._key(name, row): row for row in merged}
        days: list[date] = []
        for number, row in enumerate(_tables(name, rows, reader)):
            at: Key = (name, number)
            key = self._key(name, row)
            place = self._places.get((name, *key))
            if place is not None and place[0] is reader.file:
                reader.fault(at, f"the same row is on line {place[0].line(place[1])}")
                continue
            earlier = old_rows.get(key)
            if earlier == row:
                continue
            day = _first_day(row)
            if earlier is None and self._may_begin(name, row, end, at, reader, layer):
                merged.append(row)
                days.append(day)
            elif earlier is not None and self._corrects(key, layer):
                merged[merged.index(earlier)] = row
            elif earlier is not None and place is not None:
                reader.fault(at, _is_there(name, key, *place))
                continue
            self._places[name, *key] = reader.file, at
        return days

    def _corrects(self, key: tuple[str, ...], layer: Layer) -> bool:
        joined = "/".join(filter(None, key))
        if joined not in layer.corrections:
            return False
        self._merged.corrected.setdefault(layer.where, set()).add(joined)
        return True

    def _may_begin(
        self,
        name: str,
        row: Row,
        end: date | None,
        at: Key,
        reader: TomlReader,
        layer: Layer,
    ) -> bool:
        """Return whether a new row of a timeline changes no earlier value, or is a correction. Report a fault if not."""
        if name not in self._form.timelines:
            return True
        day = _first_day(row)
        merged: list[Row] = self._merged.table[name]
        if end is None:
            end = max(map(_first_day, merged), default=date.min)
        if day > end or (name == "release" and self._replaces_stand_in(day)):
            return True
        if self._corrects(self._key(name, row), layer):
            return True
        since = "the row has no first day" if day == date.min else f"it begins on {day}"
        reason = (
            f"{since}, and would change earlier values, which are known through {end}: begin after that day, or declare a "
            "[[correction]] in pack.toml"
        )
        reader.fault(at, reason)
        return False

    def _replaces_stand_in(self, day: date) -> bool:
        """
        Return whether the data for *day* are only a stand-in for a release, or a gap, and give way to the release.

        The stand-in stays for the quarters after that of *day*.
        """
        table = self._merged.table
        for gap in table.get("gap", ()):
            if gap["from"] <= day <= gap["through"]:
                table["gap"] = [*_without_quarter(table["gap"], gap, day)]
                return True
        in_force = [row for row in table["release"] if _first_day(row) <= day]
        if not in_force:
            return False
        stand_in = max(in_force, key=_first_day)
        if "applied" not in stand_in:
            return False
        table["release"].remove(stand_in)
        later = [_first_day(row) for row in table["release"] if _first_day(row) > day]
        if stand_in["applied"] < day:
            table["release"].append(stand_in)
        next_quarter = quarter_end(quarter_start(day)) + timedelta(days=1)
        last = table.get("known_through", date.max)
        if next_quarter < min([*later, last]):
            table["release"].append({**stand_in, "applied": next_quarter})
        return True

    def _add_named(self, name: str, tables: object, reader: TomlReader) -> None:
        if not isinstance(tables, dict):
            reader.fault((name,), _NAMED.format(name))
            return
        merged = self._merged.table.setdefault(name, {})
        for key, value in tables.items():
            if merged.setdefault(key, value) != value:
                reader.fault(
                    (name, key),
                    f"the earlier data have another {name} with this name: choose another name",
                )


_NAMED = "[{}.NAME] tables belong here"


def _tables(name: str, value: object, reader: TomlReader) -> list[Row]:
    """Return the tables of an array. Report a fault if it is anything else."""
    if isinstance(value, list) and all(isinstance(row, dict) for row in value):
        return value
    reader.fault((name,), f"one or more [[{name}]] tables belong here")
    return []


def _without_quarter(gaps: Iterable[Row], gap: Row, day: date) -> Iterator[Row]:
    """Yield the gaps, with the quarter of *day* taken out of *gap*."""
    first = quarter_start(day)
    last = quarter_end(first)
    for each in gaps:
        if each is not gap:
            yield each
            continue
        if each["from"] < day:
            yield {**each, "through": day - timedelta(days=1)}
        if last < each["through"]:
            yield {**each, "from": last + timedelta(days=1)}


def _first_day(row: Mapping[str, Any]) -> date:
    day = row.get("applied", row.get("from"))
    return day if type(day) is date else date.min


def _is_there(name: str, key: tuple[str, ...], file: TomlFile, at: Key) -> str:
    shown = "/".join(filter(None, key))
    place = f"{file.path}, line {file.line(at)}"
    return f"{shown} is already in {place}, with other values: leave this [[{name}]] out, or declare a [[correction]] in pack.toml"


def cells_of(line: str) -> list[str] | None:
    """
    Return the cells of a line of a CSV file. None if it is not a whole row, because quotes are left open.

    >>> cells_of('15202,"TOLEDO, OH"'), cells_of('15202,"TOLEDO')
    (['15202', 'TOLEDO, OH'], None)
    """
    try:
        return next(csv.reader([line], strict=True), [])
    except csv.Error:
        return None


def _merge_csv(keys: tuple[str, ...], layers: Sequence[Layer]) -> Merged:
    merged = Merged()
    if not keys:
        return _only_table(layers)
    captions = layers[0].text.splitlines()[0].split(",")
    indexes = [captions.index(name) for name in keys]
    rows: dict[tuple[str, ...], tuple[list[str], str, str, int]] = {}
    releases: set[str] = set()
    for layer in layers:
        lines = layer.text.splitlines()
        if not lines or lines[0].split(",") != captions:
            reason = f"the first line must be {','.join(captions)}"
            merged.faults.append(FileFormatError(reason, layer.where, 1))
            continue
        begun: set[str] = set()
        for number, line in enumerate(lines[1:], 2):
            cells = cells_of(line)
            reason = _fault_of_line(cells, len(captions))
            if cells is not None and not reason:
                key = tuple(cells[index] for index in indexes)
                reason = _fault_of_row(key, cells, rows.get(key), layer, releases)
                corrects = key in rows and rows[key][0] != cells
                if not reason and (corrects or key not in rows):
                    if corrects or key[0] in releases:
                        merged.corrected.setdefault(layer.where, set()).add("/".join(key))
                    rows[key] = cells, line, layer.where, number
                    begun.add(key[0])
            if reason:
                merged.faults.append(FileFormatError(reason, layer.where, number))
        releases |= begun
    merged.lines = [",".join(captions), *(line for _, line, *_ in rows.values())]
    return merged


def _fault_of_line(cells: Sequence[str] | None, width: int) -> str:
    if cells is None:
        return "quotes are left open: each row is one line"
    return "" if len(cells) == width else f"{counted(len(cells), 'cell')}, expected {width}"


def _fault_of_row(
    key: tuple[str, ...],
    cells: Sequence[str],
    earlier: tuple[list[str], str, str, int] | None,
    layer: Layer,
    releases: Collection[str],
) -> str:
    """Return why a row cannot be added, or an empty string."""
    name = "/".join(key)
    correct = "leave it out, or declare a [[correction]] in pack.toml"
    if earlier is None:
        if key[0] not in releases or key[0].startswith("RVU") or name in layer.corrections:
            return ""
        return f"{name} is new in a release that is there already: {correct}"
    if earlier[2] == layer.where:
        return f"{name} is also on line {earlier[3]}"
    if earlier[0] == cells or name in layer.corrections:
        return ""
    return f"{name} is already in {earlier[2]}, line {earlier[3]}, with other values: {correct}"


def _only_table(layers: Sequence[Layer]) -> Merged:
    """Return the table of edits. Each layer must use table names of its own."""
    merged = Merged(lines=layers[0].text.splitlines())
    for layer in layers[1:]:
        reason = f"{layers[0].where} is there already: give the table another name, also in edits/releases.toml"
        merged.faults.append(FileFormatError(reason, layer.where))
    return merged
