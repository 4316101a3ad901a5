"""
Measure how fast dataframes are read and written: ``python benchmarks/frame_edges.py``.

The script reads a million services from a dataframe of each library, and writes a table of half a million lines. It also compares
ways to read text: the library's own call, which the package uses, with narwhals, and with PyArrow for frames of every library. All figures are nanoseconds
of processor time per row and column. Copy the tables to docs/performance.md.
"""

from __future__ import annotations

import time
import timeit
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

from therapy_billing.batch.columns import NULL, Coded, FrameColumns, Kind, Table
from therapy_billing.batch.frame_kinds import FrameSource, read_frame

ROWS = 1_000_000
PATIENTS = 80_000
TEXTS = ("patient", "code", "discipline", "clinician")
RANDOM = np.random.default_rng(1)


def ns(call: Callable[[], object], rows: int = ROWS) -> float:
    """Return the nanoseconds of processor time per row."""
    return min(timeit.repeat(call, timer=time.process_time, number=1, repeat=3)) / rows * 1e9


def drawn(*values: str) -> Any:  # noqa: ANN401 - PyArrow has no types
    return pa.array(np.array(values, object)[RANDOM.integers(0, len(values), ROWS)])


def services() -> Any:  # noqa: ANN401 - PyArrow has no types
    keys = np.array([f"MRN-{number:07d}" for number in range(PATIENTS)], object)
    days = np.datetime64("2026-01-01", "D") + RANDOM.integers(0, 365, ROWS)
    return pa.table(
        {
            "patient": pa.array(keys[np.sort(RANDOM.integers(0, PATIENTS, ROWS))]),
            "code": drawn("97110", "97112", "97116", "97140", "97150", "97161", "97530"),
            "discipline": drawn("PT", "OT", "SLP"),
            "clinician": drawn("therapist", "assistant"),
            "date_of_service": pa.array(days),
            "minutes": pa.array(RANDOM.integers(8, 40, ROWS)),
            "charge": pa.array(RANDOM.integers(1_000, 9_000, ROWS) / 100),
            "sequence": pa.array(np.arange(ROWS)),
        }
    )


def lines() -> Table:
    count = ROWS // 2
    cents = RANDOM.integers(0, 5_000, count)
    cents[0] = NULL
    codes = RANDOM.integers(-1, 7, count).astype(np.int32)
    columns: dict[str, Any] = {
        "row": (Kind.ROW, np.arange(0, ROWS, 2)),
        "code": (Kind.TEXT, Coded(codes, tuple(map(str, range(97110, 97117))))),
        "units": (Kind.WHOLE, RANDOM.integers(1, 4, count)),
    }
    return Table(columns | {f"amount_{n}": (Kind.CENTS, cents) for n in range(10)}, count)


def in_categories(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype(dict.fromkeys(TEXTS, "category"))


def edges() -> None:
    """Print the time to read and write a frame of each library."""
    table = services()
    frame = table.to_pandas()
    lazy = pl.DataFrame(table)
    frames = {
        "pandas": frame,
        "pandas, object columns": frame.astype(dict.fromkeys(TEXTS, object)),
        "pandas, categorical": in_categories(frame),
        "pandas, PyArrow columns": table.to_pandas(types_mapper=pd.ArrowDtype),
        "Polars": lazy,
        "Polars, categorical": lazy.with_columns(pl.col(*TEXTS).cast(pl.Categorical)),
        "PyArrow": table,
    }
    print(
        "| frame | patient | 3 texts | date | minutes | charge | all | write: key | write: amount |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    written = lines()
    for name, each in frames.items():
        _, source = read_frame(each, {})
        times = {column: ns(partial(column_of, source, column)) for column in source.names}
        amount = Table({"x": written.columns["amount_0"]}, written.length)
        key = Table({"row": written.columns["row"]}, written.length)
        figures = (
            times["patient"],
            sum(times[text] for text in TEXTS[1:]),
            times["date_of_service"],
            times["minutes"],
            times["charge"],
            ns(partial(columns_of, each)),
            ns(partial(source.write, key, {"patient": "patient"}), written.length),
            ns(partial(source.write, amount, {}), written.length),
        )
        print(f"| {name} | {' | '.join(f'{figure:.0f}' for figure in figures)} |")


def columns_of(frame: object) -> FrameColumns:
    return read_frame(frame, {})[0]


def column_of(source: FrameSource, name: str) -> object:
    from therapy_billing.batch.frame_kinds import _column  # noqa: PLC0415 - one column

    return _column(source, name)


def approaches() -> None:
    """
    Print the time of other ways to read a text, a dictionary, and a number column.

    nanoarrow is not compared, because it cannot find the distinct values of a text column.
    """
    try:
        import narwhals.stable.v2 as nw  # noqa: PLC0415 - compared only where it is installed
    except ImportError:
        print("\nnarwhals is not installed, so it is not compared")
        return
    table = services()
    print(
        "\n| column | library | own call | narwhals | PyArrow for all |\n| --- | --- | --- | --- | --- |"
    )
    for column in ("patient", "code", "code in a dictionary", "minutes"):
        name = column.partition(" ")[0]
        texts = table.column(name)
        if "dictionary" in column:
            texts = texts.dictionary_encode()
        arrow = pa.table({name: texts})
        pandas = arrow.to_pandas()
        own = {
            "pandas": (pandas, partial(pandas_own, pandas[name])),
            "Polars": (pl.DataFrame(arrow), partial(polars_own, pl.DataFrame(arrow)[name])),
            "PyArrow": (arrow, partial(arrow_own, arrow.column(name))),
        }
        for library, (frame, call) in own.items():
            through = ns(partial(narwhals_way, nw, frame, name))
            stream = ns(partial(arrow_way, frame, name))
            print(f"| {column} | {library} | {ns(call):.1f} | {through:.1f} | {stream:.1f} |")


def pandas_own(series: Any) -> object:  # noqa: ANN401 - pandas has no types
    if isinstance(series.dtype, pd.CategoricalDtype):
        return series.cat.codes.to_numpy()
    return series.to_numpy() if series.dtype.kind == "i" else series.factorize()


def polars_own(series: pl.Series) -> object:
    if series.dtype == pl.String:
        series = series.cast(pl.Categorical(pl.Categories.random()))
    return series.to_physical().to_numpy()


def arrow_own(column: Any) -> object:  # noqa: ANN401 - PyArrow has no types
    if pa.types.is_dictionary(column.type) or pa.types.is_integer(column.type):
        return [chunk.indices if hasattr(chunk, "indices") else chunk for chunk in column.chunks]
    return column.dictionary_encode()


def narwhals_way(nw: Any, frame: object, name: str) -> object:  # noqa: ANN401 - may be missing
    series = nw.from_native(frame)[name]
    if series.dtype in (nw.Int64, nw.Int8):
        return series.to_numpy()
    # narwhals has no codes of categories: a rank, or a join with the distinct values.
    distinct = series.unique().drop_nulls()
    numbered = nw.from_dict(
        {name: distinct, "number": np.arange(len(distinct))}, backend=series.implementation
    )
    joined = nw.from_native(frame).join(numbered, on=name, how="left")
    return joined["number"].to_numpy()


def arrow_way(frame: object, name: str) -> object:
    return arrow_own(pa.table(frame).column(name))


if __name__ == "__main__":
    edges()
    approaches()
