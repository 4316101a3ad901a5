"""
Split the library's data at the end of 2024: what a copy of the library keeps, and what was added later.

Three things stay in the copy, because no table says when they were added: facts about a code that have no date (its STATUS
CODE and MULT PROC are those of the latest release), limits of a manual that have no last day, and the list of NCCI pairs
without dates, which never decides an answer.
"""

from __future__ import annotations

import csv
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

import attrs

from therapy_billing.packs.manifest import toml_text

__all__ = ["LAST", "Later", "Table", "cut_library", "read_table", "rows_of", "split", "write_table"]

LAST = date(2024, 12, 31)
"""The last day that the copy knows."""
NEVER = date(9999, 12, 31)

Table: TypeAlias = dict[str, Any]

_DATED_FILES = (
    "parameters/medicare/*.toml",
    "payers/*.toml",
    "codes/therapy.toml",
    "codes/periods.toml",
    "fees/releases.toml",
    "fees/gpci_releases.toml",
    "edits/releases.toml",
)
_DATED_ROWS = {
    "fees/mpfs_rvu.csv": "effective_from",
    "fees/gpci.csv": "effective_from",
    "edits/mue.csv": "quarter",
}
"""The tables with rows for several years, and the column with the first day."""


@attrs.frozen
class Later:
    """
    What a file of the library says about the time after :data:`LAST`.

    Args:
        through: The last day that the library knows.
        rows: The rows that begin later, by the name of their array. A row that ends later is also here: the copy has it
            without its last day.
        ended: The rows that end later.
    """

    through: date
    rows: Mapping[str, list[Table]]
    ended: tuple[Table, ...] = ()


def read_table(path: Path) -> Table:
    """Return the tables of a TOML file, with exact numbers."""
    return tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)


def write_table(path: Path, table: Mapping[str, Any]) -> None:
    """Write a TOML file, and check that it reads back as *table*."""
    text = toml_text(table)
    if tomllib.loads(text, parse_float=Decimal) != table:
        msg = f"{path} does not read back as it was written"
        raise ValueError(msg)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def rows_of(data: Path, path: str) -> list[dict[str, str]]:
    """Return the rows of a CSV file in *data*."""
    with (data / path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def split(table: Table) -> tuple[Table, Later]:
    """Return the table of a file as it would have been at the end of :data:`LAST`, and what was added later."""
    earlier: Table = dict(table)
    later: dict[str, list[Table]] = {}
    ended: list[Table] = []
    through: date = table.get("known_through", NEVER)
    if through != NEVER:
        earlier["known_through"] = LAST
    for name, value in table.items():
        if not isinstance(value, list) or not value or not isinstance(value[0], dict):
            continue
        kept: list[Table] = []
        for row in value:
            if _first_day(row) > LAST and row.get("kind") != "ptp-undated":
                later.setdefault(name, []).append(row)
            elif row.get("through", LAST) > LAST:
                kept.append({key: each for key, each in row.items() if key != "through"})
                later.setdefault(name, []).append(row)
                ended.append(row)
            else:
                kept.append(row)
        earlier[name] = kept
    if not earlier.get("value", [None]):
        # A series must have a value. This one began after LAST, so the copy gets a value that never applies.
        first = table["value"][0]
        earlier["value"] = [{**first, "from": NEVER, "amount": Decimal("0.0000")}]
        earlier["known_through"] = date(first["from"].year - 1, 12, 31)
    return earlier, Later(through, later, tuple(ended))


def _first_day(row: Mapping[str, Any]) -> date:
    validity = row.get("validity", {})
    day: date = row.get("applied", row.get("from", validity.get("from", date.min)))
    return day


def cut_library(package: Path, copy: Path) -> None:
    """Copy the package *package* to *copy*, and cut the copy's data at the end of :data:`LAST`."""
    shutil.copytree(package, copy, ignore=shutil.ignore_patterns("__pycache__"))
    data = copy / "data"
    for path in _dated_files(data):
        earlier, _ = split(read_table(path))
        write_table(path, earlier)
    for name, column in _DATED_ROWS.items():
        lines = (data / name).read_text(encoding="utf-8").splitlines(keepends=True)
        days = (row[column] for row in rows_of(data, name))
        kept = [line for line, day in zip(lines[1:], days, strict=True) if day <= str(LAST)]
        (data / name).write_text("".join([lines[0], *kept]), encoding="utf-8", newline="\n")
    used = {
        f"{file.get('table', file['kind']).replace('-', '_')}.csv"
        for file in read_table(data / "edits/releases.toml")["file"]
    }
    for table in (data / "edits").glob("*.csv"):
        if table.name not in used:
            table.unlink()


def _dated_files(data: Path) -> Iterator[Path]:
    for pattern in _DATED_FILES:
        for path in sorted(data.glob(pattern)):
            if "known_through" in read_table(path) or path.parent.name == "edits":
                yield path
