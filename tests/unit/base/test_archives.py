"""Files in zip and gzip archives."""

from __future__ import annotations

import errno
import gzip
import zipfile
from pathlib import Path

import pytest

from tests.refusals import refusal
from tests.unit.base.rows_for_tests import read
from tests.unit.cms_files import workbook
from therapy_billing.base import archives
from therapy_billing.base import rows as cms_rows
from therapy_billing.base.errors import FileFormatError
from therapy_billing.base.rows import Row, names_of, read_rows


def limit_size(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    for module in (archives, cms_rows):
        monkeypatch.setattr(module, "LARGEST", size)


TEXT = b"a,b,c,d\n1,2,3,4\n"
ROWS = [Row(1, ["a", "b", "c", "d"], ended=True), Row(2, ["1", "2", "3", "4"], ended=True)]


def archive(path: Path, members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


@pytest.mark.parametrize("name", ["a.csv.gz", "a.csv.GZ", "a.csv"])
def test_a_gzip_archive_is_read_whatever_its_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(TEXT))
    assert read(path) == ROWS
    assert names_of(str(path)) == (name, "a.csv")


@pytest.mark.parametrize(
    "compression",
    [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA],
)
def test_the_only_file_of_a_zip_archive_is_read(tmp_path: Path, compression: int) -> None:
    members = {"read me.pdf": b"x", "in/a.csv": TEXT, "__MACOSX/in/._a.csv": b"x"}
    path = archive(tmp_path / "some.zip", members, compression)
    assert read(path) == ROWS
    assert names_of(str(path)) == ("some.zip", "in/a.csv")


def test_the_simplest_format_of_a_file_is_read(tmp_path: Path) -> None:
    xlsx = workbook(tmp_path, "a.xlsx", [["a", "b"]]).read_bytes()
    members = {"a.xlsx": xlsx}
    path = archive(tmp_path / "a.zip", members)
    assert read(path) == [Row(1, ["a", "b"], ended=True)]
    for name in ("a.TXT", "a.csv"):
        path = archive(tmp_path / "a.zip", members := {**members, name: TEXT})
        assert read(path) == ROWS
        assert names_of(str(path))[1] == name


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"a.pdf": TEXT}, "the zip archive has no txt, csv, or xlsx file"),
        ({"inner.zip": b"PK"}, "the zip archive has no txt, csv, or xlsx file"),
        (
            {"b.csv": TEXT, "a.txt": TEXT},
            "the zip archive has 2 files; unpack it and read one of them: a.txt, b.csv",
        ),
        (
            {f"{n}.csv": TEXT for n in "fedcba"},
            "the zip archive has 6 files; unpack it and read one of them: a.csv, b.csv, c.csv, d.csv, e.csv",
        ),
        ({"a.csv": gzip.compress(TEXT)}, "an archive inside an archive; unpack the outer one"),
    ],
)
def test_a_zip_archive_of_several_files_or_of_none_is_refused(
    tmp_path: Path, members: dict[str, bytes], message: str
) -> None:
    path = archive(tmp_path / "a.zip", members)
    assert refusal(FileFormatError, lambda: read(path)) == f"{path}: {message}"


GPCIS = "a GPCI file"
NO_GPCI = "none of them named like a GPCI file; unpack it and read one of them"


@pytest.mark.parametrize(
    ("names", "read_name"),
    [
        (["ANES2025.csv", "GPCI2025.csv"], "GPCI2025.csv"),
        (["ANES2025.csv", "in/rvu25a/gpci2025.CSV", "GPCI2025.TXT"], "in/rvu25a/gpci2025.CSV"),
        (["ANES2025.csv", "GPCI2025.txt", "GPCI2025.xlsx"], "GPCI2025.txt"),
        (["GPCI2025.txt", "gpci_25.csv"], "gpci_25.csv"),
        (["any.csv"], "any.csv"),
    ],
)
def test_an_archive_of_many_files_is_searched_for_the_right_kind(
    tmp_path: Path, names: list[str], read_name: str
) -> None:
    path = str(archive(tmp_path / "rvu.zip", dict.fromkeys(names, TEXT)))
    assert names_of(path, GPCIS) == ("rvu.zip", read_name)
    assert len(list(read_rows(path, GPCIS))) == 2


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["ANES.csv", "LOCCO.csv"], f"2 files, {NO_GPCI}: ANES.csv, LOCCO.csv"),
        (
            ["GPCI25.csv", "GPCI26.csv", "GPCI25.txt", "ANES.csv"],
            "4 files, 3 of them named like a GPCI file; unpack it and read one of them: GPCI25.csv, GPCI26.csv",
        ),
        (
            ["GPCI25.csv", "GPCI26.txt"],
            "2 files, 2 of them named like a GPCI file; unpack it and read one of them: GPCI25.csv, GPCI26.txt",
        ),
        (
            ["a/GPCI25.csv", "b/GPCI25.csv"],
            (
                "2 files, 2 of them named like a GPCI file; unpack it and read one of them: a/GPCI25.csv, "
                "b/GPCI25.csv"
            ),
        ),
    ],
)
def test_an_archive_with_no_file_or_several_files_of_a_kind_is_refused(
    tmp_path: Path, names: list[str], message: str
) -> None:
    path = archive(tmp_path / "rvu.zip", dict.fromkeys(names, TEXT))
    assert refusal(FileFormatError, lambda: read_rows(str(path), GPCIS)) == (
        f"{path}: the zip archive has {message}"
    )


def test_the_layout_of_a_zip5_file_is_not_read_as_one(tmp_path: Path) -> None:
    members = {"ZIP5lyout.txt": b"x", "ZIP5_OCT2025.txt": TEXT, "ZIP9_OCT2025.txt": b"x"}
    path = str(archive(tmp_path / "zip.zip", members))
    assert names_of(path, "a ZIP5 file")[1] == "ZIP5_OCT2025.txt"


def test_a_zip_archive_with_a_name_twice_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {"a.csv": TEXT})
    with zipfile.ZipFile(path, "a") as file, pytest.warns(UserWarning, match="Duplicate name"):
        file.writestr("a.csv", TEXT)
    with pytest.raises(FileFormatError, match="the zip archive has 2 files"):
        read(path)


def test_a_damaged_archive_is_never_read_as_whole(tmp_path: Path) -> None:
    text = b"".join(b"%d,b,c,d\n" % n for n in range(300))
    zipped = archive(tmp_path / "a.zip", {"a.csv": text}).read_bytes()
    packed, path = gzip.compress(text), tmp_path / "a"
    refused = 0
    for whole in (zipped, packed):
        for size in range(4, len(whole), 7):
            path.write_bytes(whole[:size])
            with pytest.raises(FileFormatError, match="not a complete zip, gzip, or xlsx file"):
                read(path)
            refused += 1
    assert refused > 100
    # One bit of the compressed data is changed, and its checksum shows it.
    for whole in (zipped, packed):
        damaged = bytearray(whole)
        damaged[len(whole) // 2] ^= 1
        path.write_bytes(damaged)
        with pytest.raises(FileFormatError, match="not a complete zip, gzip, or xlsx file"):
            read(path)


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_damage_is_reported_for_every_compression_method(tmp_path: Path, compression: int) -> None:
    path = archive(tmp_path / "a.zip", {"a.csv": TEXT}, compression)
    packed = bytearray(path.read_bytes())
    start = 30 + len("a.csv") + 4
    packed[start : start + 12] = b"\xff" * 12
    path.write_bytes(packed)
    with pytest.raises(FileFormatError, match="not a complete zip, gzip, or xlsx file"):
        read(path)


def test_a_system_error_is_not_reported_as_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_none(*_: object) -> bytes:
        raise OSError(errno.EIO, "Input/output error")

    path = archive(tmp_path / "a.zip", {"a.csv": TEXT})
    monkeypatch.setattr(zipfile.ZipExtFile, "read", read_none)
    with pytest.raises(OSError, match="Input/output error") as caught:
        read(path)
    assert not isinstance(caught.value, FileFormatError)


def test_an_encrypted_archive_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {"a.csv": TEXT})
    packed = bytearray(path.read_bytes())
    packed[6] |= 1
    packed[packed.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(packed)
    assert refusal(FileFormatError, lambda: read(path)) == (
        f"{path}: not a complete zip, gzip, or xlsx file; it may be password-protected or cut short"
    )


def test_an_archive_above_the_size_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = 2048
    text = b"1,2,3,%b\n" % (b"4" * 1017) * rows
    packed, zipped = tmp_path / "a.csv.gz", archive(tmp_path / "a.zip", {"a.csv": text})
    packed.write_bytes(gzip.compress(text))
    xlsx = workbook(tmp_path, "a.xlsx", [["a"]])
    limit_size(monkeypatch, len(text))
    assert len(read(packed)) == len(read(zipped)) == rows
    limit_size(monkeypatch, len(text) - 1)
    for path in (packed, zipped):
        assert refusal(FileFormatError, lambda: read(path)) == (  # noqa: B023 - called at once
            f"{path}: the file unpacks to more than 1 MiB; no CMS file is that large"
        )
    with zipfile.ZipFile(xlsx) as parts:
        size = sum(part.file_size for part in parts.infolist())
    limit_size(monkeypatch, size)
    assert len(read(xlsx)) == 1
    limit_size(monkeypatch, size - 1)
    with pytest.raises(FileFormatError, match="the file unpacks to more than 0 MiB"):
        read(xlsx)
