"""The files that a run reads: one CSV or Parquet file, the files that a pattern matches, or those in a folder."""

from __future__ import annotations

import csv
import gzip
import os
import zlib
from collections.abc import Mapping, Sequence
from glob import glob, has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from therapy_billing.base.errors import FileFormatError, InvalidInputError
from therapy_billing.base.validation import require_path
from therapy_billing.batch.frame_kinds import resolve_names

if TYPE_CHECKING:
    import duckdb

__all__ = ["InputFiles", "find_input", "quoted"]

_PARQUET = (".parquet", ".pq")
_TEXT = (".csv", ".tsv", ".txt")
_ZIPPED = ".gz"
_MAGIC = b"PAR1"
_SEPARATORS = ",;\t|"


@attrs.frozen(kw_only=True)
class InputFiles:
    """
    The files that a run reads.

    Args:
        paths: The files, in the order in which their rows are numbered.
        is_csv: Whether they are CSV files; otherwise they are Parquet files.
        header: The columns of CSV files.
        separator: What separates the cells of CSV files.
        folders: The columns that are in the names of the folders, such as ``payer`` for ``payer=medicare``.
    """

    paths: tuple[str, ...]
    is_csv: bool
    header: tuple[str, ...] = ()
    separator: str = ","
    folders: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """The size of all files in bytes."""
        return sum(Path(path).stat().st_size for path in self.paths)

    @property
    def is_packed(self) -> bool:
        """Whether a byte of the files holds much more than a byte of text."""
        return not self.is_csv or any(path.endswith(_ZIPPED) for path in self.paths)

    def identity(self) -> list[list[Any]]:
        """Return each file with its size and the time when it was changed."""
        found = [(os.path.realpath(path), Path(path).stat()) for path in self.paths]
        return [[path, facts.st_size, facts.st_mtime_ns] for path, facts in found]

    def names(
        self, connection: duckdb.DuckDBPyConnection, columns: Mapping[str, str]
    ) -> dict[str, str]:
        """
        Return DuckDB's name for each of our columns that the files have.

        Raises:
            InvalidInputError: If a required or renamed column is missing, or a name is not unique.
        """
        present: Sequence[str] = [
            *self.header,
            *(name for name in self.folders if name not in self.header),
        ]
        if not self.is_csv:
            present = connection.sql(f"SELECT * FROM {self.table()}").columns  # noqa: S608 - quoted
        what = "the file" if len(self.paths) == 1 else "the input"
        found = resolve_names(present, columns, what)
        own = dict(zip(self.header, _unique(self.header), strict=True))
        return {ours: own.get(theirs, theirs) for ours, theirs in found.items()}

    def table(self) -> str:
        """Return the SQL that reads the files. The cells of CSV files are text."""
        paths = ", ".join(quoted(_literal(path), "'") for path in self.paths)
        folders = f"hive_partitioning={bool(self.folders)}"
        if self.folders:
            folders += ", hive_types_autocast=false"
        if not self.is_csv:
            several = len(self.paths) > 1
            return f"read_parquet([{paths}], union_by_name={several}, {folders})"
        types = ", ".join(f"{quoted(name, chr(39))}: 'VARCHAR'" for name in _unique(self.header))
        return (
            f"read_csv([{paths}], auto_detect=false, header=true, columns={{{types}}}, "
            f"delim={quoted(self.separator, chr(39))}, quote='\"', escape='\"', {folders})"
        )


def quoted(text: str, mark: str = '"') -> str:
    """
    Return *text* between quotation marks of SQL.

    >>> print(quoted('units "a" or "b" only'), quoted("it's", "'"))
    "units ""a"" or ""b"" only" 'it''s'
    """
    return mark + text.replace(mark, 2 * mark) + mark


def _literal(path: str) -> str:
    """Return *path* as a pattern that matches nothing else."""
    return "".join(f"[{each}]" if each in "*?[" else each for each in path)


def _unique(header: Sequence[str]) -> list[str]:
    """Return the names of the columns, where needed with another name. DuckDB does not distinguish ``Code`` from ``code``."""
    names: dict[str, str] = {}
    for place, name in enumerate(header):
        own = name
        while not own or own.lower() in names:
            own = f"{own}_{place}"
        names[own.lower()] = own
    return list(names.values())


def find_input(source: str | os.PathLike[str] | Sequence[str | os.PathLike[str]]) -> InputFiles:
    """
    Find the files at *source*.

    Args:
        source: A CSV or Parquet file, a pattern such as ``"visits/*.parquet"``, or a folder.

    Raises:
        FileNotFoundError: If there is no such file, or none that a folder or pattern could mean.
        InvalidInputError: If there are both CSV and Parquet files.
        FileFormatError: If a file is not what its name says, or CSV files have different headers.
        OSError: If a file cannot be read.
    """
    where = require_path(source, "source")
    paths = _paths(where)
    kinds = {_is_csv(path) for path in paths}
    if len(kinds) > 1:
        msg = "source has both CSV and Parquet files: give a pattern such as 'visits/*.parquet'"
        raise InvalidInputError(msg, field="source")
    root = where if Path(where).is_dir() else os.path.dirname(where)  # noqa: PTH120 - keeps a pattern
    folders = tuple(dict.fromkeys(name for path in paths for name in _folder_columns(path, root)))
    if kinds == {False}:
        for path in paths:
            _check_parquet(path)
        return InputFiles(paths=paths, is_csv=False, folders=folders)
    header, separator = _header_of(paths[0])
    for path in paths[1:]:
        if _header_of(path) != (header, separator):
            reason = f"its header differs from that of {paths[0]}: give CSV files with the same columns in the same order"
            raise FileFormatError(reason, path, 1)
    return InputFiles(paths=paths, is_csv=True, header=header, separator=separator, folders=folders)


def _paths(where: str) -> tuple[str, ...]:
    path = Path(where)
    if path.is_dir():
        found = [
            str(each)
            for each in path.rglob("*")
            if each.is_file() and not _is_hidden(each.relative_to(path)) and _has_known_name(each)
        ]
        what = "has no CSV or Parquet file"
    elif path.exists() or not has_magic(where):
        # Opening a file that does not exist raises the usual error.
        with path.open("rb"):
            found = [where]
        what = ""
    else:
        matches = glob(where, recursive=True)  # noqa: PTH207 - also takes absolute patterns
        found = [each for each in matches if Path(each).is_file()]
        what = "matches no file"
    if not found:
        msg = f"{where} {what}"
        raise FileNotFoundError(msg)
    return tuple(sorted(found))


def _is_hidden(path: Path) -> bool:
    """Return whether other programs made the file for themselves, such as ``_SUCCESS`` or ``.part.crc``."""
    return any(part.startswith((".", "_")) for part in path.parts)


def _has_known_name(path: Path) -> bool:
    name = path.name.lower()
    return name.removesuffix(_ZIPPED).endswith(_TEXT) or name.endswith(_PARQUET)


def _folder_columns(path: str, root: str) -> list[str]:
    """Return the columns in the names of the folders between *root* and the file."""
    within = Path(path).parent
    fixed = [part for part in Path(root).parts if not has_magic(part)]
    parts = within.parts[len(fixed) :]
    return [part.partition("=")[0] for part in parts if "=" in part]


def _is_csv(path: str) -> bool:
    name = path.lower()
    if name.endswith(_PARQUET):
        return False
    if name.removesuffix(_ZIPPED).endswith(_TEXT):
        return True
    with Path(path).open("rb") as file:
        return file.read(len(_MAGIC)) != _MAGIC


def _check_parquet(path: str) -> None:
    with Path(path).open("rb") as file:
        start = file.read(len(_MAGIC))
        file.seek(-min(len(_MAGIC), Path(path).stat().st_size), os.SEEK_END)
        end = file.read()
    if not start == end == _MAGIC:
        reason = "not a Parquet file, or not a complete one"
        raise FileFormatError(reason, path)


def _header_of(path: str) -> tuple[tuple[str, ...], str]:
    """Return the columns of a CSV file, and the separator that gives most of them."""
    unpack: Any = gzip.open if path.endswith(_ZIPPED) else open
    try:
        with unpack(path, "rb") as file:
            line = file.readline().decode("utf-8-sig")
    except UnicodeDecodeError:
        reason = "not UTF-8 text: save the file as CSV in UTF-8"
        raise FileFormatError(reason, path, 1) from None
    except (gzip.BadGzipFile, EOFError, zlib.error):
        reason = "not a gzip file, or not a complete one"
        raise FileFormatError(reason, path) from None
    separator = max(_SEPARATORS, key=lambda each: (line.count(each), -_SEPARATORS.index(each)))
    header = [name.strip() for name in next(csv.reader([line], delimiter=separator), [])]
    if not any(header):
        reason = "no header: the first line must have the names of the columns"
        raise FileFormatError(reason, path, 1)
    return tuple(header), separator
