"""Every kind of dataframe gives the lines and statuses of the scalar path, in its own kind."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

import pytest

from tests.parity.cases import FrameResult, bill_frame, check_parity
from tests.parity.generate import medicare_fees, nasty, ordinary

pa = pytest.importorskip("pyarrow")
duckdb = pytest.importorskip("duckdb")
pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")


def _pandas(table: Any) -> Any:  # noqa: ANN401 - the libraries have no types
    return table.to_pandas()


def _arrow_pandas(table: Any) -> Any:  # noqa: ANN401
    return table.to_pandas(types_mapper=pd.ArrowDtype)


def _categorical_pandas(table: Any) -> Any:  # noqa: ANN401
    frame = table.to_pandas()
    texts = [name for name in ("patient", "code", "discipline", "clinician") if name in frame]
    return frame.astype(dict.fromkeys(texts, "category"))


def _polars(table: Any) -> Any:  # noqa: ANN401
    return pl.from_arrow(table)


def _lazy(table: Any) -> Any:  # noqa: ANN401
    return pl.from_arrow(table).lazy()


def _reader(table: Any) -> Any:  # noqa: ANN401
    return table.to_reader(max_chunksize=7)


def _chunked_dictionaries(table: Any) -> Any:  # noqa: ANN401
    parts = [table.slice(start, 50) for start in range(0, len(table), 50)]
    return pa.concat_tables([_as_dictionaries(part) for part in parts])


def _as_dictionaries(table: Any) -> Any:  # noqa: ANN401
    for name in ("patient", "code", "discipline"):
        index = table.column_names.index(name)
        table = table.set_column(index, name, table[name].dictionary_encode())
    return table


def _duckdb(table: Any) -> Any:  # noqa: ANN401
    return duckdb.connect().from_arrow(table)


def _stream(table: Any) -> Any:  # noqa: ANN401
    class Stream:
        def __arrow_c_stream__(self, requested_schema: object = None) -> Any:  # noqa: ANN401
            return table.__arrow_c_stream__(requested_schema)

    return Stream()


KINDS: dict[str, tuple[Callable[[Any], Any], type]] = {
    "pandas": (_pandas, pd.DataFrame),
    "pandas with Arrow types": (_arrow_pandas, pd.DataFrame),
    "pandas with categories": (_categorical_pandas, pd.DataFrame),
    "Polars": (_polars, pl.DataFrame),
    "lazy Polars": (_lazy, pl.LazyFrame),
    "PyArrow reader": (_reader, pa.Table),
    "PyArrow chunks": (_chunked_dictionaries, pa.Table),
    "DuckDB": (_duckdb, duckdb.DuckDBPyRelation),
    "Arrow stream": (_stream, pa.Table),
}


def _as_arrow(frame: Any) -> Any:  # noqa: ANN401
    """Return a frame of any kind as a PyArrow table."""
    if isinstance(frame, pa.Table):
        return frame
    if isinstance(frame, pl.LazyFrame):
        return frame.collect().to_arrow()
    if isinstance(frame, pl.DataFrame):
        return frame.to_arrow()
    if isinstance(frame, pd.DataFrame):
        return pa.Table.from_pandas(frame, preserve_index=False)
    return pa.RecordBatchReader.from_stream(frame).read_all()


class _ArrowResult:
    """A result with its tables as PyArrow tables."""

    def __init__(self, result: FrameResult, kind: type) -> None:
        assert isinstance(result.lines, kind)
        assert isinstance(result.rows, kind)
        self.lines = _as_arrow(result.lines)
        self.rows = _as_arrow(result.rows)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("rows", [ordinary, nasty], ids=["ordinary", "nasty"])
def test_every_kind_of_frame_has_the_lines_of_the_scalar_path(
    name: str, rows: Callable[..., Any]
) -> None:
    convert, kind = KINDS[name]

    def bill(table: object, **arguments: Any) -> _ArrowResult:  # noqa: ANN401
        return _ArrowResult(bill_frame(convert(table), **arguments), kind)

    given = ordinary(Random(7), 4, 6) if rows is ordinary else nasty(Random(7))[:400]
    check_parity(given, bill=bill, fees=partial(medicare_fees), accumulators="start-at-zero")
