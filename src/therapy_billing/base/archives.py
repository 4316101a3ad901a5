"""Open a data file, whether it is plain or inside a zip or gzip archive."""

from __future__ import annotations

import errno
import io
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any

from therapy_billing.base.errors import FileFormatError

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

__all__ = [
    "GZIP",
    "KINDS",
    "LARGEST",
    "OLD_EXCEL",
    "ZIP",
    "damage_reported",
    "form_of",
    "inner_path",
    "name_key",
    "open_file",
    "release_name",
    "too_large",
]

ZIP, GZIP, OLD_EXCEL = b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0"

_XLSX_PART = "[Content_Types].xml"
_READABLE = (".csv", ".txt", ".xlsx")
"""The formats that are read from an archive. If it has a file in several formats, the first format here is used."""

LARGEST = 512 * 1024 * 1024
"""Maximum number of unpacked bytes. A PTP file with 700,000 rows has about 50 million bytes."""

_LISTED = 5

KINDS: Mapping[str, tuple[re.Pattern[str], re.Pattern[str]]] = {
    "a PPRRVU file": (
        re.compile("PPRRVU"),
        re.compile(r"RELATIVE VALUE FILE|^HDR|^HCPCS "),
    ),
    "a GPCI file": (re.compile("GPCI"), re.compile(r"\bGPCI")),
    "a file of counties by locality": (
        re.compile("LOCCO"),
        re.compile(r"COUNTIES INCLUDED|FEE SCHEDULE AREA"),
    ),
    # The pattern excludes the record layout, ZIP5lyout.txt.
    "a ZIP5 file": (
        re.compile("ZIP5(?!_?LY?A?YOUT)"),
        re.compile(r"^[A-Z]{2}\d{10}|PLUS 4 FLAG"),
    ),
    "a file of payment amounts": (
        re.compile("^PF"),
        re.compile(r"^20\d\d \d{5} \d\d |^TRL"),
    ),
    "an NCCI PTP file": (re.compile("CCIPRA|CCIOP[HC]|PTP"), re.compile(r"^COLUMN ?1\b")),
    "an MUE file": (re.compile("MUE"), re.compile(r"\bMUE VALUES?\b")),
}
"""For each kind of file: a pattern for its name, and one for a row near its top. Both are for text in upper case."""


@contextmanager
def open_file(path: str, kind: str | None) -> Iterator[tuple[IO[bytes], str]]:
    """Open the file that contains the rows. Yield it with its name in the archive, or "" if it is not in one."""
    with Path(path).open("rb") as file:
        start = file.read(4)
        file.seek(0)
        if start == ZIP:
            from zipfile import ZipFile  # noqa: PLC0415 - few files are archives

            with damage_reported(path):
                archive = ZipFile(file)
            if _XLSX_PART not in archive.namelist():
                member = _member(archive, path, kind)
                with damage_reported(path):
                    packed = archive.open(member)
                yield io.BufferedReader(_Unpacked(packed.read, path)), member.filename
                return
            file.seek(0)
        elif start.startswith(GZIP):
            from gzip import GzipFile  # noqa: PLC0415 - few files are archives

            name = Path(path).name
            inner = name[:-3] if name.lower().endswith(".gz") else name
            yield io.BufferedReader(_Unpacked(GzipFile(fileobj=file).read, path)), inner
            return
        yield file, ""


def _member(archive: ZipFile, path: str, kind: str | None) -> ZipInfo:
    """Return the archive member of the given kind. If it is there in several formats, prefer csv, then txt."""
    members = [
        member
        for member in archive.infolist()
        if member.filename.lower().endswith(_READABLE)
        and not member.filename.startswith("__MACOSX/")
    ]
    if not members:
        msg = "the zip archive has no txt, csv, or xlsx file"
        raise FileFormatError(msg, path)
    named = [
        member
        for member in members
        if kind is not None and KINDS[kind][0].search(inner_path(member).name.upper())
    ]
    found = named or members
    found.sort(key=lambda member: _READABLE.index(form_of(member)))
    best = [member for member in found if form_of(member) == form_of(found[0])]
    if len({release_name(member) for member in found}) > 1 or len(best) > 1:
        what = (
            "files" if kind is None else f"files, {len(named) or 'none'} of them named like {kind}"
        )
        several = best if len(best) > 1 else found
        listed = ", ".join(sorted(member.filename for member in several)[:_LISTED])
        msg = f"the zip archive has {len(members)} {what}; unpack it and read one of them: {listed}"
        raise FileFormatError(msg, path)
    return found[0]


def inner_path(member: ZipInfo) -> PurePosixPath:
    """Return the path of a member inside its archive."""
    return PurePosixPath(member.filename)


def form_of(member: ZipInfo) -> str:
    """Return the file ending of a member, in lower case."""
    return inner_path(member).suffix.lower()


def release_name(member: ZipInfo) -> str:
    """Return the part of the name that all formats of one file share."""
    return name_key(member.filename)


def name_key(name: str) -> str:
    """
    Return the part of a file name that all formats of one file share.

    >>> name_key("PPRRVU2025_Jan.csv"), name_key("rvu25a/PPRRVU25_JAN.txt")
    ('PPRRVU25JAN', 'PPRRVU25JAN')
    """
    letters = re.sub("[^0-9A-Z]", "", PurePosixPath(name).stem.upper())
    return re.sub(r"20(?=\d\d(?!\d))", "", letters)


class _Unpacked(io.RawIOBase):
    """A stream of unpacked bytes. It limits their number and reports damage as FileFormatError."""

    def __init__(self, unpack: Callable[[int], bytes], path: str) -> None:
        self._unpack = unpack
        self._path = path
        self._left = LARGEST

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - a buffer has no type before 3.12
        view = memoryview(buffer).cast("B")
        with damage_reported(self._path):
            content = self._unpack(len(view))
        self._left -= len(content)
        if self._left < 0:
            raise too_large(self._path)
        view[: len(content)] = content
        return len(content)


def too_large(path: str) -> FileFormatError:
    """Return an error for an archive that is too large."""
    msg = f"the file unpacks to more than {LARGEST // 1024 // 1024} MiB; no CMS file is that large"
    return FileFormatError(msg, path)


@contextmanager
def damage_reported(path: str) -> Iterator[None]:
    """Raise a FileFormatError instead of the errors that a damaged archive or workbook causes."""
    # Imported here because most files are not archives.
    import lzma  # noqa: PLC0415
    import struct  # noqa: PLC0415
    import zlib  # noqa: PLC0415
    from zipfile import BadZipFile  # noqa: PLC0415

    # zipfile and openpyxl raise these for a damaged archive, archive member, XML file, or cell.
    archive = (BadZipFile, EOFError, OSError, lzma.LZMAError, struct.error, zlib.error)
    try:
        yield
    except FileFormatError:
        raise
    except (*archive, LookupError, RuntimeError, SyntaxError, TypeError, ValueError) as error:
        # An OSError with a number comes from the operating system, not from unpacking. EINVAL is the exception:
        # for a damaged archive, zipfile may seek to a point before the start of the file.
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise
        msg = "not a complete zip, gzip, or xlsx file; it may be password-protected or cut short"
        raise FileFormatError(msg, path) from None
