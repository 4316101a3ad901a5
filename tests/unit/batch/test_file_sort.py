from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from therapy_billing import FileFormatError, InvalidInputError
from therapy_billing.batch import file_sort
from therapy_billing.batch.file_input import InputFiles, find_input
from therapy_billing.batch.file_sort import connected, sorted_blocks

HEADER = "patient,date_of_service,code,minutes\n"


@pytest.fixture
def found(tmp_path: Path) -> InputFiles:
    path = tmp_path / "visits.csv"
    rows = "".join(f"{index % 7:03},2026-03-02,97530,{index}\n" for index in range(100))
    path.write_text(HEADER + rows)
    return find_input(path)


def read(files: InputFiles, tmp_path: Path, memory_limit: str = "1GB") -> int:
    with connected(memory_limit, tmp_path / "spill", 1, files) as connection:
        names = files.names(connection, {})
        blocks = sorted_blocks(connection, files, names, parts=1, first=0, size=10)
        return sum(len(block.rows) for block in blocks)


@pytest.mark.parametrize("parts", [1, 2, 9, 1000])
@pytest.mark.parametrize("size", [1, 10, 40, 99, 100, 1000])
def test_blocks_have_whole_patients(
    found: InputFiles, tmp_path: Path, parts: int, size: int
) -> None:
    with connected("1GB", tmp_path / "spill", 1, found) as connection:
        names = found.names(connection, {})
        blocks = list(sorted_blocks(connection, found, names, parts=parts, first=0, size=size))
    patients = [set(block.rows.column("patient").to_pylist()) for block in blocks]
    assert sum(map(len, patients)) == len(set().union(*patients)) == 7
    assert [block.part for block in blocks if block.ends] == list(range(parts))
    assert [block.part for block in blocks] == sorted(block.part for block in blocks)
    assert sorted(number for block in blocks for number in block.numbers) == list(range(100))
    assert all(
        len(block.rows) <= size or len(each) == 1
        for block, each in zip(blocks, patients, strict=True)
    )
    for block in blocks:
        assert [str(number) for number in block.numbers] == block.rows.column("minutes").to_pylist()


@pytest.mark.parametrize("first", [1, 5, 8])
def test_later_parts_have_the_same_blocks(found: InputFiles, tmp_path: Path, first: int) -> None:
    with connected("1GB", tmp_path / "spill", 1, found) as connection:
        names = found.names(connection, {})
        every = list(sorted_blocks(connection, found, names, parts=9, first=0, size=10))
        later = list(sorted_blocks(connection, found, names, parts=9, first=first, size=10))
    assert [(block.part, block.numbers.tolist()) for block in later] == [
        (block.part, block.numbers.tolist()) for block in every if block.part >= first
    ]


class TestErrors:
    """Messages name the file and the line, and do not repeat its text."""

    @pytest.mark.parametrize(
        ("row", "message"),
        [
            (
                b"Jane Doe,2026-03-02,97530,23,5",
                "line 3: the line must have as many cells as the header, 4",
            ),
            (b"Jane Doe,2026-03-02", "line 3: the line must have as many cells as the header, 4"),
            (b"Jane \xff,2026-03-02,97530,23", "line 3: not UTF-8"),
            (b'"Jane Doe" x,2026-03-02,97530,23', "line 3: a quotation mark"),
        ],
        ids=["more", "fewer", "bytes", "quotes"],
    )
    def test_bad_lines(self, tmp_path: Path, row: bytes, message: str) -> None:
        path = tmp_path / "visits.csv"
        path.write_bytes(HEADER.encode() + b"1,2026-03-02,97530,23\n" + row + b"\n")
        with pytest.raises(FileFormatError, match=message) as caught:
            read(find_input(path), tmp_path)
        assert "Jane" not in str(caught.value)
        assert str(caught.value).startswith(str(path))

    def test_a_damaged_parquet_file(self, tmp_path: Path) -> None:
        path = tmp_path / "visits.parquet"
        path.write_bytes(b"PAR1" + bytes(100) + b"PAR1")
        with pytest.raises(FileFormatError, match="not readable as Parquet: the file is damaged"):
            read(find_input(path), tmp_path)
        (tmp_path / "more.parquet").write_bytes(b"PAR1" + bytes(100) + b"PAR1")
        with pytest.raises(FileFormatError, match="this file or another one is damaged"):
            read(find_input(f"{tmp_path}/*.parquet"), tmp_path)

    def test_too_little_memory(self, tmp_path: Path) -> None:
        path = tmp_path / "visits.csv"
        path.write_text(HEADER + "1,2026-03-02,97530,23\n" * 100_000)
        with pytest.raises(InvalidInputError, match="memory_limit=1MB is too small"):
            read(find_input(path), tmp_path, "1MB")

    @pytest.mark.parametrize(
        "error",
        [
            duckdb.IOException("could not write: No space left on device"),
            duckdb.OutOfMemoryException("failed to offload: max_temp_directory_size"),
        ],
    )
    def test_no_space_to_sort(self, found: InputFiles, tmp_path: Path, error: Exception) -> None:
        with (
            pytest.raises(OSError, match=f"no space left in {tmp_path} to sort the rows"),
            connected("1GB", tmp_path / "spill", 1, found),
        ):
            raise error

    def test_a_file_that_is_gone(self, found: InputFiles, tmp_path: Path) -> None:
        Path(found.paths[0]).unlink()
        with pytest.raises(FileFormatError, match="not readable as CSV"):
            read(found, tmp_path)

    def test_an_error_of_pyarrow(self, found: InputFiles) -> None:
        def batches() -> Iterator[object]:
            raise pa.ArrowInvalid("CSV Error on Line: 7\nOriginal Line: Jane Doe")
            yield

        with pytest.raises(FileFormatError, match="line 7: not readable as CSV") as caught:
            list(file_sort._tables(batches(), found))  # noqa: SLF001 - depends on the version of DuckDB
        assert "Jane" not in str(caught.value)
