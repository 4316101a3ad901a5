"""
Sort the rows of files by patient with DuckDB, and cut them into blocks of whole patients.

The rows are sorted by a hash of the patient and by their number, because two numbers sort much faster than texts. The hash also
decides in which part of the output a patient is. Each block is then put in the order of patients and dates.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from therapy_billing.base.errors import FileFormatError, InvalidInputError
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import require_text
from therapy_billing.batch.file_input import InputFiles, quoted

if TYPE_CHECKING:
    import duckdb

__all__ = ["Block", "connected", "count_rows", "sorted_blocks"]

ArrowTable = Any
"""A PyArrow Table, which has no types."""

_HASHES = 2**64
_LINE = re.compile(r"CSV Error on Line: (\d+)")
_FILE = re.compile(r"^\s*file = (.+)$", re.MULTILINE)
_MEMORY = re.compile(r"\d+(\.\d+)? ?[KMGT]i?B", re.IGNORECASE)


@attrs.frozen(eq=False)
class Block:
    """
    The rows of some patients.

    Args:
        part: The part of the output that has these patients.
        rows: The rows, by their number in the input, with our names of the columns.
        numbers: The number of each row in the input.
        ends: Whether this is the last block of the part.
    """

    part: int
    rows: ArrowTable
    numbers: Any
    ends: bool


def check_memory_limit(memory_limit: str) -> str:
    """
    Return *memory_limit*.

    Raises:
        InvalidInputError: If it is not a number with a unit.

    >>> check_memory_limit("1GB")
    '1GB'
    """
    require_text(memory_limit, "memory_limit")
    if not _MEMORY.fullmatch(memory_limit):
        msg = f"memory_limit must be a number with a unit, such as '1GB', got {safe_repr(memory_limit)}"
        raise InvalidInputError(msg, field="memory_limit")
    return memory_limit


@contextmanager
def connected(
    memory_limit: str, spill: Path, threads: int, files: InputFiles
) -> Iterator[duckdb.DuckDBPyConnection]:
    """
    Open DuckDB, and turn its errors into the library's own.

    Raises:
        InvalidInputError: If *memory_limit* is too small.
        ModuleNotFoundError: If DuckDB or PyArrow is not installed.
        FileFormatError: If a file cannot be read. The message does not repeat its text.
        OSError: If the disk is full, or a file cannot be opened.
    """
    try:
        import duckdb  # noqa: PLC0415 - optional
        import pyarrow as pa  # noqa: F401, PLC0415 - optional
    except ModuleNotFoundError as error:
        msg = "bill_file needs DuckDB and PyArrow: pip install 'therapy-billing[files]'"
        raise ModuleNotFoundError(msg, name=error.name) from error
    settings: dict[str, Any] = {
        "memory_limit": memory_limit,
        "temp_directory": str(spill / "sort"),
        "threads": threads,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    try:
        with duckdb.connect(config=settings) as connection:
            yield connection
    except duckdb.OutOfMemoryException as error:
        raise _too_little(error, memory_limit, spill) from None
    except duckdb.IOException as error:
        raise _unreadable(str(error), files, spill) from None
    except duckdb.Error as error:
        raise _malformed(str(error), files) from None


def _too_little(error: Exception, memory_limit: str, spill: Path) -> Exception:
    if "max_temp_directory_size" in str(error) or "No space left" in str(error):
        return _full(spill)
    msg = f"memory_limit={memory_limit} is too small to sort the rows: give more, or fewer threads"
    return InvalidInputError(msg, field="memory_limit")


def _full(spill: Path) -> OSError:
    msg = (
        f"no space left in {spill.parent} to sort the rows: free some, or give another spill_folder"
    )
    return OSError(msg)


def _unreadable(text: str, files: InputFiles, spill: Path) -> Exception:
    if "No space left" in text or str(spill) in text:
        return _full(spill)
    return _malformed(text, files)


def _malformed(text: str, files: InputFiles) -> FileFormatError:
    """Return the error without the text of the file, which DuckDB repeats."""
    file, line = _FILE.search(text), _LINE.search(text)
    path = file.group(1) if file else files.paths[0]
    number = int(line.group(1)) if line else None
    if "not utf-8" in text:
        return FileFormatError("not UTF-8 text: save the file as CSV in UTF-8", path, number)
    if "Expected Number of Columns" in text:
        reason = f"the line must have as many cells as the header, {len(files.header)}"
        return FileFormatError(reason, path, number)
    if "quote" in text:
        return FileFormatError("a quotation mark is missing or is in the wrong place", path, number)
    several = len(files.paths) > 1 and file is None
    reason = "this file or another one is damaged" if several else "the file is damaged"
    kind = "CSV" if files.is_csv else "Parquet"
    return FileFormatError(f"not readable as {kind}: {reason}", path, number)


def count_rows(connection: duckdb.DuckDBPyConnection, files: InputFiles) -> int:
    """Return how many rows the files have. CSV files are read for it."""
    ((count,),) = connection.sql(f"SELECT count(*) FROM {files.table()}").fetchall()  # noqa: S608 - quoted
    return int(count)


def sorted_blocks(
    connection: duckdb.DuckDBPyConnection,
    files: InputFiles,
    names: Mapping[str, str],
    *,
    parts: int,
    first: int,
    size: int,
) -> Iterator[Block]:
    """
    Yield the rows of the parts from *first* on as blocks. Each part has at least one block.

    The blocks depend only on the rows and on *parts* and *size*, so they are the same when a run is resumed.

    Args:
        connection: DuckDB.
        files: The files.
        names: DuckDB's name for each of our columns.
        parts: How many parts there are.
        first: The first part that is needed.
        size: How many rows a block has at most, unless a patient has more.
    """
    width = -(-_HASHES // parts)
    own = ", ".join(f"{quoted(theirs)} AS {ours}" for ours, theirs in names.items())
    numbered = f"SELECT {own}, row_number() OVER () - 1 AS _row FROM {files.table()}"  # noqa: S608 - quoted
    # Rows without a patient belong to no one, and may be anywhere.
    hashed = f"SELECT *, CASE WHEN patient IS NULL THEN hash(_row) ELSE hash(patient) END AS _hash FROM ({numbered})"  # noqa: S608
    relation = connection.sql(
        f"SELECT * FROM ({hashed}) WHERE _hash >= {first * width}::UBIGINT ORDER BY _hash, _row"  # noqa: S608
    )
    # DuckDB 1 has only the second name.
    read = getattr(relation, "to_arrow_reader", None) or relation.fetch_arrow_reader
    reader = read(size)
    empty = reader.schema.empty_table()
    yield from _cut(_tables(reader, files), empty, parts, first, size, width)


def _tables(reader: Any, files: InputFiles) -> Iterator[ArrowTable]:  # noqa: ANN401 - PyArrow has no types
    """Yield the batches. With some versions of DuckDB, its errors come from PyArrow."""
    import pyarrow as pa  # noqa: PLC0415 - optional

    try:
        for batch in reader:
            yield pa.Table.from_batches([batch])
    except pa.ArrowException as error:
        raise _malformed(str(error), files) from None


def _cut(
    tables: Iterator[ArrowTable],
    waiting: ArrowTable,
    parts: int,
    first: int,
    size: int,
    width: int,
) -> Iterator[Block]:
    """Cut sorted rows between patients and between parts. *waiting* has no rows yet."""
    import pyarrow as pa  # noqa: PLC0415 - optional

    part = first
    for table in tables:
        waiting = pa.concat_tables([waiting, table])
        while len(waiting) > size:
            hashes = waiting.column("_hash").to_numpy()
            while int(hashes[0]) // width > part:
                yield _block(part, waiting.slice(0, 0), ends=True)
                part += 1
            rows = int(np.searchsorted(hashes, hashes[size], side="left"))
            if rows == 0:
                # One patient has more rows than a block.
                rows = int(np.searchsorted(hashes, hashes[0], side="right"))
                if rows == len(hashes):
                    break
            of_part = _rows_below(hashes, part, width)
            rows = min(rows, of_part)
            ends = rows == of_part
            yield _block(part, waiting.slice(0, rows), ends=ends)
            part += ends
            waiting = waiting.slice(rows)
    while part < parts:
        rows = _rows_below(waiting.column("_hash").to_numpy(), part, width)
        yield _block(part, waiting.slice(0, rows), ends=True)
        part += 1
        waiting = waiting.slice(rows)


def _rows_below(hashes: Any, part: int, width: int) -> int:  # noqa: ANN401
    """Return how many rows are in parts up to *part*."""
    end = (part + 1) * width
    if end >= _HASHES:
        return len(hashes)
    return int(np.searchsorted(hashes, np.uint64(end), side="left"))


def _block(part: int, rows: ArrowTable, *, ends: bool) -> Block:
    numbers = rows.column("_row").to_numpy()
    return Block(part, rows.drop_columns(["_hash", "_row"]), numbers, ends)
