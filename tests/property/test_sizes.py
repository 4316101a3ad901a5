"""Test that long texts and large archives use little memory and are read to the end."""

from __future__ import annotations

import gzip
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.unit.base.rows_to_read import READERS
from therapy_billing import suggest_code
from therapy_billing.base.errors import FileFormatError
from therapy_billing.code_choice.rules import CODES


@pytest.mark.parametrize(("read_file", "name", "head"), READERS)
def test_a_small_archive_with_many_bad_rows_uses_little_memory(
    tmp_path: Path, read_file: Callable[..., object], name: str, head: Sequence[str]
) -> None:
    path = tmp_path / f"{name}.gz"
    rows = 20_000
    path.write_bytes(gzip.compress("".join(f"{line}\n" for line in head).encode() + b"1\n" * rows))
    tracemalloc.start()
    try:
        with pytest.raises(ExceptionGroup) as caught:
            read_file(path)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    *listed, rest = caught.value.exceptions
    assert len(listed) == 1000
    assert isinstance(rest, FileFormatError)
    # Only the start of the file is sampled, and it has at most one bad row.
    assert rest.count in (rows - 1000, rows - 999)
    assert str(rest) == f"{path}: {rest.count:,} more errors are not listed"
    # One record per row would use more than 10 MB.
    assert most < 4_000_000


@pytest.mark.parametrize(("read_file", "name"), [reader[:2] for reader in READERS])
def test_a_small_archive_without_a_header_is_not_kept_in_memory(
    tmp_path: Path, read_file: Callable[..., object], name: str
) -> None:
    path = tmp_path / f"{name}.gz"
    path.write_bytes(gzip.compress(b"x\n" * 50_000))
    tracemalloc.start()
    try:
        with pytest.raises(FileFormatError):
            read_file(path)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 4_000_000


@pytest.mark.parametrize(
    "unit", ["balance ", "a", "to improve strength for ", "no not ", "3x10 ", "unknwon\n", "w/"]
)
def test_a_very_long_text_is_read_to_its_end(unit: str) -> None:
    text = (unit * 100_000)[:100_000]
    assert suggest_code(text, text).code in {*CODES, None}
    assert suggest_code(f"{text}.\nCanalith repositioning").statement.startswith("no suggestion: ")
