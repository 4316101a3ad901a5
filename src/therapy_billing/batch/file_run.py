"""Bill sorted blocks of rows, and write each part of the output when it is complete."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from errno import ENOSPC
from pathlib import Path
from typing import Any, TypeAlias

import attrs
import numpy as np

from therapy_billing.base.errors import FileFormatError, InvalidInputError
from therapy_billing.batch.file_sort import Block
from therapy_billing.batch.frame_kinds import read_frame
from therapy_billing.batch.frame_terms import FrameTerms
from therapy_billing.batch.frames import FrameCounts, bill_columns
from therapy_billing.batch.kernel.rows import KnownTerms
from therapy_billing.batch.raw_columns import sequence_kind
from therapy_billing.batch.row_status import RowStatus
from therapy_billing.batch.run_folder import TABLES, RunFolder

__all__ = ["FileProgress", "FileRun"]

FileProgress: TypeAlias = Callable[[int, int], object]
"""A function that is called with the number of rows that are done and the number of all rows."""

_MOST_ERRORS = 100
_OWN = ("patient", "date_of_service", "payer", "locality", "setting")


@attrs.frozen(eq=False)
class _Billed:
    """A billed block as PyArrow tables."""

    block: Block
    lines: Any
    rows: Any
    counts: FrameCounts
    sequence: str | None


class FileRun:
    """
    The billing of sorted blocks.

    Args:
        folder: The folder of the output.
        terms: The terms.
        names: The files' name for each of our columns.
        source: The input, for messages.
        stops: Whether to stop at the first rows that cannot be billed.
    """

    def __init__(
        self,
        folder: RunFolder,
        terms: FrameTerms,
        names: Mapping[str, str],
        source: str,
        *,
        stops: bool,
    ) -> None:
        self._folder = folder
        self._terms = terms
        self._own = {name: name for name in _OWN if name in names}
        self._source = source
        self._stops = stops
        self._known = KnownTerms()
        self._is_csv = folder.suffix == ".csv"
        self._writers: dict[str, Any] = {}

    def bill(
        self, blocks: Iterator[Block], threads: int, progress: FileProgress | None, total: int
    ) -> None:
        """Bill the blocks, and write each part when it is complete."""
        done = sum(each.rows for each in self._folder.done)
        of_part: list[FrameCounts] = []
        try:
            if progress is not None:
                progress(done, total)
            for billed in _in_order(self._bill, blocks, threads):
                if self._stops and billed.counts.refused_rows:
                    raise self._errors(billed)
                self._check_sequence(billed.sequence)
                self._write(billed)
                of_part.append(billed.counts)
                if billed.block.ends:
                    self._close()
                    self._folder.finish(sum(of_part[1:], of_part[0]))
                    of_part = []
                done += billed.counts.rows
                if progress is not None:
                    progress(done, total)
        finally:
            self._abandon()

    def _bill(self, block: Block) -> _Billed:
        table, sequence = block.rows, None
        if self._terms.order is None:
            table, sequence = _with_sequence(block.rows)
        given, source = read_frame(table, {})
        lines, rows, counts = bill_columns(given, source, self._terms, known=self._known)
        statuses = source.write(rows, {}).set_column(0, "row", [block.numbers])
        form = _without_dictionaries if self._is_csv else _canonical
        return _Billed(
            block, form(source.write(lines, self._own)), form(statuses), counts, sequence
        )

    def _check_sequence(self, kind: str | None) -> None:
        """Refuse a column with numbers and times, which have no order among each other."""
        known = self._folder.sequence = self._folder.sequence or kind
        if kind not in (None, known):
            msg = "the sequence column has numbers in some rows and times in others: give only one of them"
            raise InvalidInputError(msg, field="sequence")

    def _write(self, billed: _Billed) -> None:
        for table, rows in zip(TABLES, (billed.lines, billed.rows), strict=True):
            path = self._folder.unfinished(table)
            with _clear_errors(path):
                if table not in self._writers:
                    path.unlink(missing_ok=True)
                    # Only the user can read it.
                    path.touch(0o600)
                    self._writers[table] = _open_writer(path, rows.schema, is_csv=self._is_csv)
                self._writers[table].write(rows)

    def _close(self) -> None:
        for table in TABLES:
            with _clear_errors(self._folder.unfinished(table)):
                self._writers.pop(table).close()

    def _abandon(self) -> None:
        """Remove the files of a part that is not complete."""
        for writer in self._writers.values():
            with suppress(OSError):
                writer.close()
        self._writers.clear()
        if len(self._folder.done) < self._folder.parts:
            for table in TABLES:
                self._folder.unfinished(table).unlink(missing_ok=True)

    def _errors(self, billed: _Billed) -> ExceptionGroup[FileFormatError]:
        """Return the errors of the first rows of a block that were not billed."""
        good = {status.value for status in RowStatus if status.is_billed}
        found = [row for row in billed.rows.to_pylist() if row["status"] not in good]
        found.sort(key=lambda row: row["row"])
        errors = [
            FileFormatError(row["reason"], self._source, row["row"] + 1)
            for row in found[:_MOST_ERRORS]
        ]
        msg = f"rows were not billed; the first {len(errors)} that were found are listed, by the number of the row"
        return ExceptionGroup(msg, errors)


def _with_sequence(rows: Any) -> tuple[Any, str | None]:  # noqa: ANN401 - PyArrow has no types
    """Return *rows*, and whether the texts of the documented order are numbers or times."""
    import pyarrow as pa  # noqa: PLC0415 - optional

    place = rows.schema.get_field_index("sequence")
    if place < 0 or not pa.types.is_string(rows.schema.field(place).type):
        return rows, None
    column = rows.column(place).combine_chunks().dictionary_encode()
    return rows.set_column(place, "sequence", column), sequence_kind(column.dictionary.to_pylist())


def _in_order(
    bill: Callable[[Block], _Billed], blocks: Iterable[Block], threads: int
) -> Iterator[_Billed]:
    """Bill blocks in several threads, and yield them in order. No more blocks are in memory than needed."""
    if threads == 1:
        yield from map(bill, blocks)
        return
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[_Billed]] = deque()
        for block in blocks:
            waiting.append(pool.submit(bill, block))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


@contextmanager
def _clear_errors(path: Path) -> Iterator[None]:
    """Say which file cannot be written."""
    try:
        yield
    except OSError as error:
        if error.errno == ENOSPC:
            msg = f"no space left for {path}: free some, then make the same call again to go on"
            raise OSError(ENOSPC, msg) from error
        raise


def _open_writer(path: Path, schema: Any, *, is_csv: bool) -> Any:  # noqa: ANN401 - PyArrow has no types
    if is_csv:
        from pyarrow.csv import CSVWriter  # noqa: PLC0415 - optional

        return CSVWriter(path, schema)
    from pyarrow.parquet import ParquetWriter  # noqa: PLC0415 - optional

    # Cents as whole numbers of 8 bytes are faster to write than decimals of 16 bytes.
    # Only columns that queries select by have statistics, because those of all columns cost a fifth of the time.
    selected = [name for name in ("patient", "date_of_service", "row") if name in schema.names]
    return ParquetWriter(path, schema, store_decimal_as_integer=True, write_statistics=selected)


def _without_dictionaries(table: Any) -> Any:  # noqa: ANN401 - PyArrow has no types
    """Return *table* with texts instead of dictionaries, which CSV files cannot have."""
    import pyarrow as pa  # noqa: PLC0415 - optional

    return pa.table(
        {
            name: column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column
            for name, column in zip(table.column_names, table.columns, strict=True)
        }
    )


def _canonical(table: Any) -> Any:  # noqa: ANN401 - PyArrow has no types
    """Return *table* with dictionaries that depend only on its rows, so that the bytes of a file do too."""
    import pyarrow as pa  # noqa: PLC0415 - optional

    return pa.table(
        {
            name: _sorted_dictionary(column) if pa.types.is_dictionary(column.type) else column
            for name, column in zip(table.column_names, table.columns, strict=True)
        }
    )


def _sorted_dictionary(column: Any) -> Any:  # noqa: ANN401 - PyArrow has no types
    """Return a column with only the texts that rows have, in order."""
    import pyarrow as pa  # noqa: PLC0415 - optional

    (array,) = column.chunks
    codes = array.indices.fill_null(-1).to_numpy()
    texts = array.dictionary.to_pylist()
    is_used = np.zeros(len(texts) + 1, np.bool_)
    is_used[codes] = True
    used = sorted(np.flatnonzero(is_used[:-1]).tolist(), key=texts.__getitem__)
    places = np.full(len(texts) + 1, -1, np.int32)
    places[used] = np.arange(len(used), dtype=np.int32)
    numbers = places[codes]
    return pa.DictionaryArray.from_arrays(
        pa.array(numbers, mask=numbers < 0), pa.array([texts[each] for each in used], pa.string())
    )
