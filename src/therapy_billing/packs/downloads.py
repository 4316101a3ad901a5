"""
Recognize and read the files of CMS in downloads: files, folders, and zip archives as CMS publishes them.

In this order: unpack the archives; recognize each file by its rows, not by its name; read one form (csv, txt, or xlsx) of
each file; report every fault of every file together. The relative values come first, because the other files are read only
for the codes in the code book and in the new relative values.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from datetime import date
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, TypeAlias

import attrs

from therapy_billing.base.archives import (
    GZIP,
    KINDS,
    LARGEST,
    ZIP,
    damage_reported,
    name_key,
    too_large,
)
from therapy_billing.base.errors import FileFormatError, InvalidInputError
from therapy_billing.base.record_dicts import DictRecord
from therapy_billing.base.rows import HEAD_ROWS, read_rows
from therapy_billing.base.validation import require_path
from therapy_billing.base.wording import counted, named_briefly, plain
from therapy_billing.codes.code_book import load_codes, parse_code
from therapy_billing.fees.county_file import read_locality_counties
from therapy_billing.fees.gpci_file import GpciFile, read_gpci
from therapy_billing.fees.pprrvu_file import RvuFile, read_pprrvu
from therapy_billing.fees.published_amounts_file import read_published_amounts
from therapy_billing.fees.records import CountyLocality, PublishedAmount
from therapy_billing.fees.zip5_file import Zip5File, read_zip5_file
from therapy_billing.ncci.mue_file import read_ncci_mue
from therapy_billing.ncci.ptp_file import read_ncci_ptp
from therapy_billing.ncci.records import MueFile, PtpFile
from therapy_billing.packs.manifest import sha256_of

if TYPE_CHECKING:
    from gzip import GzipFile

__all__ = ["THERAPY_MPPR", "Download", "Downloads", "SkippedFile", "paths_of", "read_downloads"]

THERAPY_MPPR = "5"
"""The MULT PROC indicator of codes that are subject to the therapy MPPR."""

Content: TypeAlias = (
    RvuFile
    | GpciFile
    | tuple[CountyLocality, ...]
    | Zip5File
    | tuple[PublishedAmount, ...]
    | PtpFile
    | MueFile
)

_FORMS = (".csv", ".txt", ".xlsx")
_PACKED = (".zip", ".gz")
_NO_TABLE = "its rows are missing"
_MOST_DEEP = 3
"""How deep archives may be nested."""
_LONGEST_NAME = 200
_CHUNK = 1 << 20
_NAMES = {
    "a PPRRVU file": "pprrvu",
    "a GPCI file": "gpci",
    "a file of counties by locality": "counties",
    "a ZIP5 file": "zip5",
    "a file of payment amounts": "amounts",
    "an NCCI PTP file": "ptp",
    "an MUE file": "mue",
}
# Files of other prices also begin with a column of codes. Only the relative values have these words.
_OF_RVUS = re.compile(r"RELATIVE VALUE FILE|^HDR|\bRVU\b")
_AMOUNTS_OF = re.compile(r"\bPF(?:ALL|REV) ?(?:20)?(\d\d) ?([A-D]R?)\b")
_COUNTIES_OF = re.compile(r"\b(?:20)?(\d\d) ?LOCCO")
_PTP_DAY = re.compile(r"(19|20)\d{6}", re.ASCII)
_PART = re.compile(r"\bF([1-4])\b")


@attrs.frozen
class Download:
    """
    A file of CMS that was read.

    Args:
        name: The file and, if it is in an archive or a folder, where, such as ``rvu27a.zip/PPRRVU27_JAN.csv``.
        kind: pprrvu, gpci, counties, zip5, amounts, ptp, or mue.
        sha256: The hash of the file itself, in hexadecimal.
        release: The release, such as ``RVU27A``, ``GPCI 2027``, or ``MUE practitioner 2027 Q1``. Empty if neither the rows
            nor the name show it.
        rows: The number of rows that were read. Of a PTP file and of an amounts file, only rows for known codes count.
        content: The rows.
    """

    name: str
    kind: str
    sha256: str
    release: str
    rows: int
    content: Content = attrs.field(repr=False)


@attrs.frozen
class SkippedFile(DictRecord):
    """A file that was not read, and why."""

    name: str
    reason: str


@attrs.frozen
class Downloads:
    """
    What was found in downloads.

    Args:
        files: The files that were read, sorted by kind and name.
        skipped: The files that were not read.
    """

    files: tuple[Download, ...]
    skipped: tuple[SkippedFile, ...]

    def of_kind(self, kind: str) -> tuple[Download, ...]:
        """Return the files of one kind."""
        return tuple(file for file in self.files if file.kind == kind)


@attrs.frozen
class _File:
    """A file on disk: its path, its name for messages, and the folder or archive that it was found in."""

    path: str
    name: str
    inside: str


def read_downloads(
    downloads: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
) -> Downloads:
    """
    Read the CMS files in *downloads*.

    A file is recognized by its rows. Documents, record layouts, files of other kinds, and files that only mention a kind are
    skipped. If a folder or an
    archive has a file in several forms, only the csv is read, or else the txt, or else the xlsx.

    Args:
        downloads: Files, folders, and zip or gzip archives.

    Raises:
        ExceptionGroup: With one FileFormatError for each fault in any file.
        InvalidInputError: If there is no CMS file among them.
        OSError: If a file cannot be read.
    """
    paths = paths_of(downloads)
    faults: list[FileFormatError] = []
    skipped: list[SkippedFile] = []
    with tempfile.TemporaryDirectory() as folder:
        unpacker = _Unpacker(Path(folder), faults, skipped)
        found = [file for path in paths for file in unpacker.files_of(path)]
        known = list(_recognized(found, faults, skipped))
        read = list(_read_all(known, faults, skipped))
    if faults:
        msg = f"{counted(len(faults), 'fault')} in the downloads"
        raise ExceptionGroup(msg, faults)
    if not read:
        names = [file.name for file in skipped]
        files = f"; skipped {named_briefly(names, 'files')}" if names else ""
        msg = f"no CMS file in the downloads: give a PPRRVU, GPCI, ZIP5, PTP, or MUE file, for example{files}"
        raise InvalidInputError(msg, field="downloads")
    # The name of a file may show its release, so equal files of two releases are not the same.
    by_name = sorted(read, key=lambda file: file.name, reverse=True)
    unique = {(file.sha256, file.kind, file.release): file for file in by_name}
    in_order = sorted(unique.values(), key=lambda file: (file.kind, file.name))
    return Downloads(tuple(in_order), tuple(sorted(skipped, key=lambda file: file.name)))


def paths_of(downloads: object) -> tuple[str, ...]:
    """
    Return the path, or the paths, in *downloads*.

    Raises:
        InvalidInputError: If *downloads* is neither.
    """
    if isinstance(downloads, str | bytes) or not isinstance(downloads, Iterable):
        return (require_path(downloads, "downloads"),)
    return tuple(require_path(path, "downloads") for path in downloads)


class _Unpacker:
    """Find the files in folders and archives. Members of archives are unpacked to *folder*."""

    def __init__(
        self, folder: Path, faults: list[FileFormatError], skipped: list[SkippedFile]
    ) -> None:
        self._folder = folder
        self._faults = faults
        self._skipped = skipped
        self._count = 0

    def files_of(self, path: str) -> Iterator[_File]:
        """Yield the files in *path*, which the caller gave."""
        given = Path(path)
        if not given.is_dir():
            # A file that was given by itself is always read, so each one is its own group.
            yield from self._opened(_File(path, given.name, path), 0)
            return
        for file in sorted(each for each in given.rglob("*") if each.is_file()):
            # Not the name of the folder, so that the names do not depend on where the files are.
            inner = PurePosixPath(*file.relative_to(given).parts)
            if _is_hidden(inner):
                continue
            yield from self._opened(_File(str(file), str(inner), str(file.parent)), 0)

    def _opened(self, file: _File, depth: int) -> Iterator[_File]:
        with Path(file.path).open("rb") as content:
            start = content.read(4)
        if start.startswith(GZIP):
            yield from self._from_gzip(file, depth)
        elif start == ZIP and not file.name.lower().endswith(".xlsx"):
            yield from self._from_zip(file, depth)
        else:
            yield file

    def _from_gzip(self, file: _File, depth: int) -> Iterator[_File]:
        import gzip  # noqa: PLC0415 - few files are archives

        base = PurePosixPath(file.name).name
        inner = base[:-3] if base.lower().endswith(".gz") else base
        try:
            with damage_reported(file.name), gzip.open(file.path) as content:
                target = self._unpacked(content, inner, file.name)
        except FileFormatError as error:
            self._faults.append(error)
            return
        yield from self._inner(_File(target, f"{file.name}/{inner}", file.inside), depth)

    def _from_zip(self, file: _File, depth: int) -> Iterator[_File]:
        from zipfile import ZipFile  # noqa: PLC0415 - few files are archives

        found: list[_File] = []
        try:
            with damage_reported(file.name), ZipFile(file.path) as archive:
                for member in sorted(archive.infolist(), key=lambda member: member.filename):
                    inner = PurePosixPath(file.name, member.filename.lstrip("/"))
                    if member.is_dir() or _is_hidden(PurePosixPath(member.filename)):
                        continue
                    if inner.suffix.lower() not in (*_FORMS, *_PACKED):
                        self._skipped.append(
                            SkippedFile(str(inner), "not a csv, txt, or xlsx file")
                        )
                        continue
                    with archive.open(member) as content:
                        name = f"{PurePosixPath(file.name).name} {inner.name}"
                        target = self._unpacked(content, name, file.name)
                    found.append(_File(target, str(inner), f"{file.path}/{inner.parent}"))
        except FileFormatError as error:
            self._faults.append(error)
            return
        for each in found:
            yield from self._inner(each, depth)

    def _inner(self, file: _File, depth: int) -> Iterator[_File]:
        if depth < _MOST_DEEP:
            yield from self._opened(file, depth + 1)
            return
        msg = f"archives inside archives, more than {_MOST_DEEP} deep; unpack them"
        self._faults.append(FileFormatError(msg, file.name))

    def _unpacked(self, content: IO[bytes] | GzipFile, name: str, archive: str) -> str:
        """Write *content* to a file whose name has the archive's and the member's: both may show the release."""
        self._count += 1
        target = self._folder / str(self._count) / name[-_LONGEST_NAME:]
        target.parent.mkdir()
        left = LARGEST
        with target.open("wb") as file:
            while chunk := content.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise too_large(archive)
                file.write(chunk)
        return str(target)


def _is_hidden(path: PurePosixPath) -> bool:
    """Return whether a file is one of those that operating systems add to folders and archives."""
    return any(part.startswith((".", "__MACOSX")) for part in path.parts) or path.name in (
        "Thumbs.db",
        "desktop.ini",
    )


def _recognized(
    files: Iterable[_File], faults: list[FileFormatError], skipped: list[SkippedFile]
) -> Iterator[tuple[str, _File]]:
    """Yield one form of each file of a known kind, with its kind."""
    groups: dict[tuple[str, str], list[_File]] = {}
    for file in files:
        groups.setdefault((file.inside, name_key(file.name)), []).append(file)
    for group in groups.values():
        group.sort(key=_form)
        chosen: str | None = None
        for file in group:
            if chosen is not None:
                reason = f"another form of {chosen}, which was read"
                skipped.append(SkippedFile(file.name, reason))
                continue
            kind = _kind_of(file, faults, skipped)
            if kind is not None:
                chosen = file.name
                yield kind, file


def _form(file: _File) -> tuple[int, str]:
    suffix = PurePosixPath(file.name).suffix.lower()
    return _FORMS.index(suffix) if suffix in _FORMS else len(_FORMS), file.name


def _kind_of(file: _File, faults: list[FileFormatError], skipped: list[SkippedFile]) -> str | None:
    """Return the kind of a file from its first rows, or None if the kind is not known."""
    try:
        head = [plain(" ".join(row.cells)) for row in islice(read_rows(file.path), HEAD_ROWS)]
    except (FileFormatError, InvalidInputError) as error:
        reason = error.reason if isinstance(error, FileFormatError) else str(error)
        path = PurePosixPath(file.name)
        named = any(name.search(path.name.upper()) for name, _ in KINDS.values())
        if named and path.suffix.lower() in _FORMS:
            faults.append(FileFormatError(reason, file.name, error.line))
        else:
            skipped.append(SkippedFile(file.name, reason))
        return None
    kinds = [kind for kind, (_, mark) in KINDS.items() if any(map(mark.search, head))]
    if "a PPRRVU file" in kinds and not any(map(_OF_RVUS.search, head)):
        kinds.remove("a PPRRVU file")
    if not kinds:
        skipped.append(SkippedFile(file.name, "not a CMS file that is read"))
        return None
    name = PurePosixPath(file.name).name.upper()
    return next((kind for kind in kinds if KINDS[kind][0].search(name)), kinds[0])


def _read_all(
    files: Collection[tuple[str, _File]],
    faults: list[FileFormatError],
    skipped: list[SkippedFile],
) -> Iterator[Download]:
    codes = {*load_codes()}
    for kind in KINDS:
        for kind_of_file, file in files:
            if kind_of_file != kind:
                continue
            try:
                content, rows, release = _READERS[kind](file, codes)
            except (FileFormatError, InvalidInputError) as error:
                if _is_no_table(error, kind, file):
                    skipped.append(SkippedFile(file.name, _renamed(error, file).reason))
                else:
                    faults.append(_renamed(error, file))
                continue
            except ExceptionGroup as group:
                faults += [_renamed(error, file) for error in group.exceptions]
                continue
            sha256 = sha256_of(Path(file.path).read_bytes())
            yield Download(file.name, _NAMES[kind], sha256, release, rows, content)


def _is_no_table(error: Exception, kind: str, file: _File) -> bool:
    """Return whether a file only mentions a kind of table: it has neither its rows nor a name of CMS."""
    named = KINDS[kind][0].search(PurePosixPath(file.name).name.upper())
    return not named and isinstance(error, FileFormatError) and _NO_TABLE in error.reason


def _renamed(error: Exception, file: _File) -> FileFormatError:
    """Return *error* with the name of the file in the download, not that of its unpacked copy."""
    if isinstance(error, FileFormatError):
        return FileFormatError(error.reason, file.name, error.line, error.column, error.count)
    return FileFormatError(str(error).removeprefix(f"{file.path}: "), file.name)


_Read: TypeAlias = tuple[Content, int, str]


def _pprrvu(file: _File, codes: set[str]) -> _Read:
    content = read_pprrvu(file.path)
    for code, rvu in content.rvus.items():
        # CMS also publishes placeholders, such as GXXX1, which no file of payment amounts has.
        with suppress(InvalidInputError):
            codes |= {parse_code(code)} if rvu.mppr_indicator == THERAPY_MPPR else set()
    first = content.effective_from
    # A release that takes effect within a quarter is a reissued one, such as RVU24AR from March 9, 2024.
    reissued = "" if first.day == 1 and first.month % 3 == 1 else "R"
    release = f"RVU{first:%y}{'ABCD'[(first.month - 1) // 3]}{reissued}"
    return content, len(content.rvus) + len(content.by_modifier), release


def _gpci(file: _File, _: set[str]) -> _Read:
    content = read_gpci(file.path)
    return content, len(content.indices), f"GPCI {content.year}"


def _counties(file: _File, _: set[str]) -> _Read:
    content = read_locality_counties(file.path)
    year = _COUNTIES_OF.search(_words(file))
    return content, len(content), f"LOCCO 20{year[1]}" if year else ""


def _zip5(file: _File, _: set[str]) -> _Read:
    content = read_zip5_file(file.path)
    first = content.effective_from
    return content, len(content.areas), f"ZIP5 {first.year} Q{(first.month + 2) // 3}"


def _amounts(file: _File, codes: set[str]) -> _Read:
    content = read_published_amounts(file.path, codes=sorted(codes))
    named = _AMOUNTS_OF.search(_words(file))
    if named is None:
        return content, len(content), ""
    years = sorted({row.year for row in content} - {2000 + int(named[1])})
    if years:
        msg = f"the name shows a release of 20{named[1]}, but YEAR is {years[0]} in its rows; use the file with its own name"
        raise FileFormatError(msg, file.path, column="YEAR")
    return content, len(content), f"RVU{named[1]}{named[2]}"


def _ptp(file: _File, codes: set[str]) -> _Read:
    content = read_ncci_ptp(file.path, codes=sorted(codes))
    _refuse_repeats(file, content)
    part = _PART.search(_words(file))
    release = f"PTP {content.setting.value} {_quarter(content)}{f' f{part[1]}' if part else ''}"
    return content, len(content.edits), release


def _refuse_repeats(file: _File, content: PtpFile) -> None:
    """Refuse a pair with two different rows from one day."""
    counts = Counter((edit.column1, edit.column2, edit.effective_from) for edit in content.edits)
    repeated = {key for key, count in counts.items() if count > 1}
    if not repeated:
        return
    lines: dict[tuple[str, str, date | None], list[int]] = {key: [] for key in repeated}
    # The file is read again, because the lines of 700,000 rows would need much memory.
    for row in read_rows(file.path):
        cells = [cell.strip() for cell in row.cells]
        first = next(filter(_PTP_DAY.fullmatch, cells), "")
        for key, found in lines.items():
            if cells[:2] == [*key[:2]] and first == f"{key[2]:%Y%m%d}":
                found.append(row.line)
    faults = [
        FileFormatError(
            f"{key[0]}/{key[1]} from {key[2]} is also on line {found[0]}, with other values; use the file as CMS published it",
            file.path,
            line,
        )
        for key, found in sorted(lines.items(), key=str)
        for line in found[1:]
    ]
    msg = f"{counted(len(faults), 'bad row')} in {file.name}"
    raise ExceptionGroup(msg, faults)


def _mue(file: _File, _: set[str]) -> _Read:
    content = read_ncci_mue(file.path)
    return content, len(content.limits), f"MUE {content.setting.value} {_quarter(content)}"


def _quarter(file: PtpFile | MueFile) -> str:
    first = file.effective_from
    return f"{first.year} Q{(first.month + 2) // 3}"


def _words(file: _File) -> str:
    """Return the name of a file in capital letters, with a space for every other character."""
    return re.sub("[^0-9A-Z]+", " ", file.name.upper())


_READERS: dict[str, Callable[[_File, set[str]], _Read]] = {
    "a PPRRVU file": _pprrvu,
    "a GPCI file": _gpci,
    "a file of counties by locality": _counties,
    "a ZIP5 file": _zip5,
    "a file of payment amounts": _amounts,
    "an NCCI PTP file": _ptp,
    "an MUE file": _mue,
}
