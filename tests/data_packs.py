"""Write data packs for the tests. All numbers in them are invented."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from therapy_billing.base.data_packs import rows_of_table
from therapy_billing.base.errors import FileFormatError

__all__ = [
    "AN_ASSUMPTION",
    "HEAD",
    "NO_CODE",
    "an_assumption",
    "faults_of",
    "table_of",
    "write_pack",
    "zip_pack",
]

HEAD = 'name = "next-year"\nfrom = 2027-01-01\nthrough = 2027-12-31\n'

NO_CODE = {"codes/own.toml": ""}
"""The files of a pack that adds nothing."""


def an_assumption(*files: str, day: str = "date = 2026-12-30\n") -> str:
    """Return an assumption of a pack about *files*."""
    names = ", ".join(f'"{file}"' for file in files)
    return (
        '\n[[assumption]]\nid = "unchanged"\ntext = "nothing changes in 2027"\nby = "Ann Lee, biller"\n'
        f"{day}from = 2027-01-01\nthrough = 2027-12-31\nfiles = [{names}]\n"
    )


AN_ASSUMPTION = an_assumption("payers/*.toml", "codes/therapy.toml")


def write_pack(folder: Path, files: Mapping[str, str], manifest: str = HEAD) -> Path:
    """Write a pack with *files*, by their paths in it, and return its folder."""
    for path, text in {**files, "pack.toml": manifest}.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8", newline="")
    return folder


def zip_pack(folder: Path, place: Path, inside: str = "") -> Path:
    """Write the pack in *folder* as a zip file, in the folder *inside* of it, and return the zip file."""
    with zipfile.ZipFile(place, "w") as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, f"{inside}{file.relative_to(folder).as_posix()}")
    return place


def table_of(path: str, text: str) -> str:
    """Return the ``[[table]]`` of a data file."""
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return (
        f'\n[[table]]\npath = "{path}"\nsha256 = "{sha256}"\nrows = {rows_of_table(path, text)}\n'
    )


def faults_of(read: Callable[[], object], folder: Path) -> list[str]:
    """Return what is wrong with a pack, with the paths relative to its *folder*."""
    with pytest.raises(ExceptionGroup) as caught:
        read()
    assert all(type(error) is FileFormatError for error in caught.value.exceptions)
    return [str(error).replace(f"{folder}/", "") for error in caught.value.exceptions]
