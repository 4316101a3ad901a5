"""
Data packs: a folder, or a zip file of one, in the form of the library's ``data``, with a ``pack.toml`` that describes it.

``pack.toml`` names the pack, its period, the files that it was made from, its tables with their SHA-256, the assumptions of its
author, the corrections of earlier values, and what was verified. See the page on data packs in the documentation.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import attrs

from therapy_billing.base.archives import LARGEST, damage_reported, too_large
from therapy_billing.base.errors import FileFormatError, InvalidInputError
from therapy_billing.base.record_dicts import DictRecord
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.toml_files import (
    TEXT,
    Form,
    TomlFile,
    TomlReader,
    day_form,
    parse_toml,
    tables_form,
)
from therapy_billing.base.validation import require_path, require_text
from therapy_billing.base.wording import named_briefly

__all__ = [
    "MANIFEST",
    "Assumption",
    "CodesFile",
    "Correction",
    "Pack",
    "PackCheck",
    "PackSource",
    "PackTable",
    "read_pack",
    "rows_of_table",
]

T = TypeVar("T")

MANIFEST = "pack.toml"
OWN_CODES = "codes/own.toml"
_FOLDERS = ("codes", "edits", "fees", "parameters", "payers")
_ENDINGS = (".toml", ".csv")
_OF_WINDOWS = ("desktop.ini", "thumbs.db")
_SHORT = 8
_HASH = re.compile("[0-9a-f]{64}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@attrs.frozen
class PackSource(DictRecord):
    """
    A file that a pack was made from.

    Args:
        name: Its name. If it was inside a zip file, the name of the zip file comes first.
        sha256: The SHA-256 of its contents.
        kind: What it is, such as ``pprrvu`` or ``ptp``.
        release: The release, such as ``RVU27A``. Empty if it has none.
        rows: How many rows were read.
    """

    name: str
    sha256: str
    kind: str
    release: str
    rows: int


@attrs.frozen
class PackTable(DictRecord):
    """
    A data file of a pack.

    Args:
        path: Its path in the pack, such as ``fees/mpfs_rvu.csv``.
        sha256: The SHA-256 of its contents.
        rows: The rows of a CSV file, or the tables in the arrays of a TOML file.
    """

    path: str
    sha256: str
    rows: int


@attrs.frozen
class Assumption(DictRecord):
    """
    What the author of a pack assumes, because no source says it.

    Args:
        id: A short name, such as ``policy-unchanged``.
        text: The assumption, as a clause without a period.
        by: The author: name and role.
        made_on: When the author made it; None if the author gave no date.
        effective_from: The first date of service that rests on it.
        effective_through: The last date of service that rests on it.
        files: The data files whose values rest on it. ``payers/*.toml`` stands for every payer.
    """

    id: str
    text: str
    by: str
    made_on: date | None
    effective_from: date
    effective_through: date
    files: tuple[str, ...]

    def covers(self, path: str) -> bool:
        """Return whether the values of the data file *path* rest on it."""
        require_text(path, "path")
        return any(_matches(path, each) for each in self.files)


def _matches(path: str, pattern: str) -> bool:
    folder, _, name = pattern.rpartition("/")
    if not name.startswith("*"):
        return path == pattern
    return path.rpartition("/")[0] == folder and path.endswith(name[1:])


@attrs.frozen
class Correction(DictRecord):
    """
    An earlier value that a pack changes on purpose.

    Args:
        file: The data file.
        key: The key of the row, with its parts joined by a slash, such as ``2026-01-01`` or ``RVU26C/97110``.
        source: Why the value is changed.
    """

    file: str
    key: str
    source: str


@attrs.frozen
class PackCheck(DictRecord):
    """
    What was verified when the pack was made.

    Args:
        what: What was compared, such as ``amounts``.
        against: What it was compared with. Empty if nothing was at hand.
        compared: How many values were compared. All of them agreed.
    """

    what: str
    against: str
    compared: int


@attrs.frozen(repr=False)
class Pack(DictRecord):
    """
    A data pack.

    Args:
        path: Its folder or zip file, as the caller gave it.
        name: Its name.
        effective_from: The first date of service that it is about.
        effective_through: The last date of service that it is about.
        remark: What else to know about it; may be empty.
        sources: The files that it was made from.
        tables: Its data files, as ``pack.toml`` lists them. Empty if it lists none.
        assumptions: What its author assumes.
        corrections: The earlier values that it changes.
        checks: What was verified when it was made.
        sha256: The SHA-256 over the paths and the contents of its files.
        contents: Its files by path.
        manifest: ``pack.toml``, with the line of each entry.
    """

    path: str
    name: str
    effective_from: date
    effective_through: date
    remark: str
    sources: tuple[PackSource, ...]
    tables: tuple[PackTable, ...]
    assumptions: tuple[Assumption, ...]
    corrections: tuple[Correction, ...]
    checks: tuple[PackCheck, ...]
    sha256: str
    _contents: Mapping[str, bytes] = attrs.field(eq=False)
    manifest: TomlFile = attrs.field(eq=False)

    _dict_fields = (
        "name",
        "path",
        "sha256",
        "effective_from",
        "effective_through",
        "remark",
        "sources",
        "tables",
        "assumptions",
        "corrections",
        "checks",
    )

    @classmethod
    def from_folder(cls, path: str | os.PathLike[str]) -> Pack:
        """
        Read a data pack, and compare its data files with ``pack.toml``.

        :func:`~therapy_billing.packs.verify_pack` also checks their contents.

        Args:
            path: A folder with ``pack.toml``, or a zip file of one.

        Raises:
            FileFormatError: If it is not a folder or a zip file with ``pack.toml``, or that file is not valid TOML.
            ExceptionGroup: With one FileFormatError for each fault in ``pack.toml``, for each data file that differs from it,
                and for each file that is meant to be a data file but would not be read.
            OSError: If a file cannot be read.
        """
        where = require_path(path)
        contents, strays = _of_folder(where) if Path(where).is_dir() else _of_zip(where)
        if MANIFEST not in contents:
            msg = f"no {MANIFEST}: a data pack is a folder, or a zip file of one, with {MANIFEST} in it"
            raise FileFormatError(msg, where)
        manifest = parse_toml(
            _text(contents[MANIFEST], f"{where}/{MANIFEST}"), f"{where}/{MANIFEST}"
        )
        pack = _read_manifest(cls, where, manifest, contents)
        faults = [*strays, *_changed(pack, contents)]
        if not faults and not pack.paths():
            reason = f"no data file: a data pack has files in {', '.join(_FOLDERS[:-1])}, or {_FOLDERS[-1]}"
            faults = [FileFormatError(reason, where)]
        if faults:
            msg = f"bad data pack {where}"
            raise ExceptionGroup(msg, faults)
        return pack

    @classmethod
    def from_codes_file(cls, path: str | os.PathLike[str]) -> Pack:
        """
        Read a file of your own codes, in the form of ``codes/own.toml``, as a data pack without ``pack.toml``.

        Raises:
            FileFormatError: If it is not UTF-8.
            OSError: If the file cannot be read.
        """
        where = require_path(path)
        content = Path(where).read_bytes()
        _text(content, where)
        return cls(
            path=where,
            name=re.sub(r"[^A-Za-z0-9._-]+", "-", Path(where).stem),
            effective_from=date.min,
            effective_through=date.max,
            remark="",
            sources=(),
            tables=(),
            assumptions=(),
            corrections=(),
            checks=(),
            sha256=_hash_of({OWN_CODES: content}),
            contents={OWN_CODES: content},
            manifest=TomlFile(where, "", {}),
        )

    @property
    def short_hash(self) -> str:
        """The first eight characters of the SHA-256."""
        return self.sha256[:_SHORT]

    @property
    def label(self) -> str:
        """The name and the short hash."""
        return f"{self.name} {self.short_hash}"

    def paths(self) -> tuple[str, ...]:
        """Return the paths of its data files, sorted, without ``pack.toml``."""
        return tuple(sorted(path for path in self._contents if path != MANIFEST))

    def text(self, path: str) -> str:
        """
        Return the text of the data file *path*.

        Raises:
            InvalidInputError: If the pack has no such file.
            FileFormatError: If it is not UTF-8.
        """
        require_text(path, "path")
        if path not in self._contents:
            has = named_briefly(self.paths(), "files") if self.paths() else "none"
            msg = f"path must be a data file of the pack ({has}), got {safe_repr(path)}"
            raise InvalidInputError(msg, field="path")
        return _text(self._contents[path], self.where(path))

    def where(self, path: str) -> str:
        """Return the data file *path* as messages show it."""
        require_text(path, "path")
        if self.manifest.path == self.path:
            return self.path  # a file of codes
        return f"{self.path}/{path}"

    def __repr__(self) -> str:
        return f"<Pack {self.label}, {self.effective_from} to {self.effective_through}>"


class CodesFile(str):
    """The path of a file of codes, whatever its name is."""

    __slots__ = ()


def read_pack(path: str) -> Pack:
    """
    Read a data pack, or a file of your own codes: a :class:`CodesFile`, or a file whose name ends in ``.toml``.

    Raises:
        FileFormatError: If it is not a data pack, or a file of codes is not UTF-8.
        ExceptionGroup: With one FileFormatError for each fault in ``pack.toml`` and the names of the files.
        OSError: If a file cannot be read.
    """
    of_codes = isinstance(path, CodesFile) or (path.endswith(".toml") and not Path(path).is_dir())
    return Pack.from_codes_file(path) if of_codes else Pack.from_folder(path)


def rows_of_table(path: str, text: str) -> int:
    r"""
    Return the rows of a CSV file, or the number of tables in the arrays of a TOML file.

    >>> rows_of_table("fees/gpci.csv", "mac,locality\n15202,00\n"), rows_of_table("a.toml", "[[value]]\n[[value]]\n")
    (1, 2)
    """
    if path.endswith(".csv"):
        return max(len(text.splitlines()) - 1, 0)
    table = parse_toml(text, path).table
    return sum(len(rows) for rows in table.values() if isinstance(rows, list))


def _hash_of(contents: Mapping[str, bytes]) -> str:
    lines = [f"{path} {_sha256(content)}\n" for path, content in sorted(contents.items())]
    return _sha256("".join(lines).encode())


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _text(content: bytes, where: str) -> str:
    try:
        return content.decode("utf-8-sig")  # some editors begin a file with a byte order mark
    except UnicodeDecodeError:
        raise FileFormatError("not UTF-8; save the file as UTF-8", where) from None


def _of_folder(where: str) -> tuple[dict[str, bytes], list[FileFormatError]]:
    """Return the files of a pack in a folder, and a fault for each file that would not be read."""
    folder = Path(where)
    if not (folder / MANIFEST).is_file():
        return {}, []  # the folder may be a large one that was given by mistake
    found = {file.relative_to(folder).as_posix(): file for file in _files_in(folder)}
    strays = [_stray(path, where) for path in found if _is_stray(path)]
    return {path: file.read_bytes() for path, file in found.items() if _is_data(path)}, strays


def _files_in(folder: Path) -> list[Path]:
    """Return the files in *folder* and the folders in it, in order. A folder may be a link, but not to a folder that it is in."""
    files: list[Path] = []
    around = {str(folder): frozenset({os.path.realpath(folder)})}
    for root, folders, names in os.walk(folder, followlinks=True):
        files += (Path(root, name) for name in names)
        real = {name: os.path.realpath(Path(root, name)) for name in folders}
        folders[:] = [
            name for name in folders if real[name] not in around[root] and not _is_hidden(name)
        ]
        around |= {str(Path(root, name)): around[root] | {real[name]} for name in folders}
    return sorted(files)


def _of_zip(where: str) -> tuple[dict[str, bytes], list[FileFormatError]]:
    """
    Return the files of a pack in a zip file, and a fault for each file that would not be read.

    The pack may be in a folder in the zip file.
    """
    from zipfile import ZipFile, is_zipfile  # noqa: PLC0415 - few packs are zip files

    if Path(where).is_file() and not is_zipfile(where):
        raise FileFormatError("a data pack is a folder, or a zip file of one", where)
    with damage_reported(where), ZipFile(where) as archive:
        # A program that does not follow the standard for zip files may write backslashes.
        members = [(each.filename.replace("\\", "/"), each) for each in archive.infolist()]
        if sum(each.file_size for _, each in members) > LARGEST:
            raise too_large(where)
        paths = [path for path, _ in members if not path.endswith("/")]
        repeated = next((path for path, times in Counter(paths).items() if times > 1), None)
        if repeated is not None:
            msg = f"{repeated} is in the zip file twice: make the zip file again"
            raise FileFormatError(msg, where)
        read = {path: archive.read(each) for path, each in members if not path.endswith("/")}
    tops = [path for path in read if path.rpartition("/")[2] == MANIFEST and not _is_hidden(path)]
    if len(tops) > 1:
        msg = f"the zip file has several data packs ({', '.join(sorted(tops))}): unpack it, and use each of them by itself"
        raise FileFormatError(msg, where)
    folder = "".join(tops).removesuffix(MANIFEST)
    inside = {path.removeprefix(folder): read[path] for path in read if path.startswith(folder)}
    strays = [_stray(path, where) for path in sorted(inside) if _is_stray(path)]
    for path in sorted(read.keys() - {f"{folder}{each}" for each in inside}):
        if _is_data(path) or _is_stray(path):
            msg = f"the file is not in the folder of {MANIFEST}, so it would not be read: move it there, or remove it"
            strays.append(FileFormatError(msg, f"{where}/{path}"))
    return {path: content for path, content in inside.items() if _is_data(path)}, strays


def _is_hidden(path: str) -> bool:
    return any(part.startswith((".", "__")) for part in path.split("/"))


def _is_data(path: str) -> bool:
    """Return whether *path* may be a data file. Python files belong to an installed distribution, and others are notes."""
    return not _is_hidden(path) and path.endswith(_ENDINGS)


def _is_stray(path: str) -> bool:
    """Return whether *path* is meant to be a data file, but would not be read."""
    name = path.rpartition("/")[2].lower()
    if _is_hidden(path) or path.endswith(_ENDINGS) or name.startswith("readme"):
        return False
    if name.endswith((".py", ".pyc", ".pyi")) or name in ("py.typed", *_OF_WINDOWS):
        return False
    folder, has_folder, _ = path.lower().partition("/")
    return bool(has_folder and folder in _FOLDERS) or any(ending in name for ending in _ENDINGS)


def _stray(path: str, where: str) -> FileFormatError:
    msg = "the file would not be read, because its name does not end in .toml or .csv in lower case: rename or remove it"
    return FileFormatError(msg, f"{where}/{path}")


def _changed(pack: Pack, contents: Mapping[str, bytes]) -> list[FileFormatError]:
    """Return a fault for each data file that differs from ``pack.toml``."""
    if not pack.tables:
        return []
    faults: list[FileFormatError] = []
    listed = {table.path: table for table in pack.tables}
    for number, table in enumerate(pack.tables):
        line = pack.manifest.line(("table", number))
        if table.path not in contents:
            msg = f"{table.path} is not in the pack"
            faults.append(FileFormatError(msg, pack.where(MANIFEST), line))
        elif _sha256(contents[table.path]) != table.sha256:
            rows = table.rows
            if table.path.endswith(".csv"):
                rows = rows_of_table(table.path, pack.text(table.path))
            count = "" if rows == table.rows else f" ({rows} rows, not {table.rows})"
            msg = f"changed after the pack was made{count}: its SHA-256 is not the one in {MANIFEST}; get the pack again"
            faults.append(FileFormatError(msg, pack.where(table.path)))
    for path in pack.paths():
        if path not in listed:
            msg = f"the file is not among the tables of {MANIFEST}: list it there, or remove every [[table]]"
            faults.append(FileFormatError(msg, pack.where(path)))
    return faults


def _read_manifest(
    kind: type[Pack], where: str, file: TomlFile, contents: Mapping[str, bytes]
) -> Pack:
    reader = TomlReader(file)
    top = reader.terms(file.table, _TOP)
    reader.require(file.table, ("name", "from", "through"))
    sources = _records(reader, top, "source", _SOURCE, PackSource)
    tables = _records(reader, top, "table", _TABLE, PackTable)
    assumptions = _records(reader, top, "assumption", _ASSUMPTION, _assumption, ("date",))
    corrections = _records(reader, top, "correction", _CORRECTION, Correction)
    checks = _records(reader, top, "check", _CHECK, PackCheck)
    first, last = top.get("from"), top.get("through")
    if first is not None and last is not None and last < first:
        reader.fault(("through",), f"must not be before {first}")
    for number, assumption in enumerate(assumptions):
        if assumption.effective_through < assumption.effective_from:
            reader.fault(
                ("assumption", number, "through"), f"must not be before {assumption.effective_from}"
            )
    reader.refuse("bad data pack")
    return kind(
        path=where,
        name=top["name"],
        effective_from=top["from"],
        effective_through=top["through"],
        remark=top.get("remark", ""),
        sources=sources,
        tables=tables,
        assumptions=assumptions,
        corrections=corrections,
        checks=checks,
        sha256=_hash_of(contents),
        contents=contents,
        manifest=file,
    )


def _records(
    reader: TomlReader,
    top: Mapping[str, Any],
    name: str,
    forms: Mapping[str, Form],
    make: Callable[..., T],
    optional: tuple[str, ...] = (),
) -> tuple[T, ...]:
    """Return the records of an array of tables. A table with a fault makes none."""
    records: list[T] = []
    for number, row in enumerate(top.get(name, ())):
        known = len(reader.faults)
        terms = reader.terms(row, forms, at=(name, number))
        reader.require(row, [key for key in forms if key not in optional], at=(name, number))
        if len(reader.faults) == known:
            records.append(make(**terms))
    return tuple(records)


def _assumption(**terms: Any) -> Assumption:  # noqa: ANN401 - terms of several types
    first, last = terms.pop("from"), terms.pop("through")
    return Assumption(
        made_on=terms.pop("date", None), effective_from=first, effective_through=last, **terms
    )


def _named(value: str) -> str:
    if not _NAME.fullmatch(value):
        msg = "a name of letters, digits, hyphens, underscores, and periods belongs here, such as medicare-2027"
        raise InvalidInputError(msg)
    return value


def _hashed(value: str) -> str:
    if not _HASH.fullmatch(value):
        msg = "a SHA-256 of 64 lower-case hexadecimal digits belongs here"
        raise InvalidInputError(msg)
    return value


def _counted(value: int) -> int:
    if value < 0:
        msg = "zero or a positive number belongs here"
        raise InvalidInputError(msg)
    return value


def _paths(value: list[object]) -> tuple[str, ...]:
    if not value or not all(isinstance(each, str) for each in value):
        msg = 'a list of data files such as ["payers/*.toml"] belongs here'
        raise InvalidInputError(msg)
    return tuple(map(str, value))


_COUNT: Form = ((int,), "a number of rows belongs here", _counted)
_SHA256: Form = ((str,), "a SHA-256 belongs here", _hashed)
_MAY_BE_EMPTY: Form = ((str,), "text belongs here", str.strip)
_DAYS: Mapping[str, Form] = {key: day_form(key) for key in ("from", "through")}
_SOURCE: Mapping[str, Form] = {
    "name": TEXT,
    "sha256": _SHA256,
    "kind": TEXT,
    "release": _MAY_BE_EMPTY,
    "rows": _COUNT,
}
_TABLE: Mapping[str, Form] = {"path": TEXT, "sha256": _SHA256, "rows": _COUNT}
_ASSUMPTION: Mapping[str, Form] = {
    "id": TEXT,
    "text": TEXT,
    "by": TEXT,
    "date": day_form("date"),
    **_DAYS,
    "files": ((list,), "a list of data files belongs here", _paths),
}
_CORRECTION: Mapping[str, Form] = {"file": TEXT, "key": TEXT, "source": TEXT}
_CHECK: Mapping[str, Form] = {"what": TEXT, "against": _MAY_BE_EMPTY, "compared": _COUNT}
_TOP: Mapping[str, Form] = {
    "name": ((str,), "a name such as medicare-2027 belongs here", _named),
    **_DAYS,
    "remark": TEXT,
    **{
        name: tables_form(name) for name in ("source", "table", "assumption", "correction", "check")
    },
}
