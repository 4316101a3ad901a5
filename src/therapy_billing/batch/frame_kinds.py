"""
Read the dataframes of pandas, Polars, PyArrow, and DuckDB, and write tables as dataframes of the same library.

Each library has one class. It reads a column in its raw form, takes rows of the caller's own columns, and builds a dataframe from a
table. The module calls the libraries directly: text costs 10 to 20 ns per row, and categorical columns are not read at all.
No library is imported that the caller has not imported, except PyArrow and Polars for an Arrow stream.
"""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import require_type
from therapy_billing.base.wording import counted, did_you_mean, listed, unknown_name
from therapy_billing.batch.columns import NO_CODE, NULL, Coded, FrameColumns, Kind, Table
from therapy_billing.batch.raw_columns import (
    Distinct,
    Moments,
    Numbers,
    RawColumn,
    cents_of,
    coded_of,
    dates_of,
    patients_of,
    sequence_of,
    whole_of,
)

__all__ = ["COLUMNS", "REQUIRED", "FrameSource", "check_renamed", "read_frame", "resolve_names"]

REQUIRED = ("patient", "date_of_service", "code", "minutes")
_PARSERS: Final[Mapping[str, Callable[[RawColumn, str], Any]]] = {
    "patient": lambda raw, _: patients_of(raw),
    "date_of_service": dates_of,
    "code": coded_of,
    "minutes": whole_of,
    "discipline": coded_of,
    "clinician": coded_of,
    "payer": coded_of,
    "locality": coded_of,
    "setting": coded_of,
    "modifiers": coded_of,
    "units": whole_of,
    "charge": cents_of,
    "sequence": sequence_of,
}
COLUMNS = tuple(_PARSERS)
"""The columns that a frame may have, by our names."""

NativeFrame: TypeAlias = Any
"""A dataframe of any library."""
NativeColumn: TypeAlias = Any
"""A column of any library."""

_MOST_NAMES = 30
"""How many columns of a frame a message lists."""
_NEVER_MISSING: Final = (Kind.COUNT, Kind.FLAG)
_PLACES: Final = {Kind.CENTS: 2, Kind.SHARE: 4}
_DIGITS = 18
_SECONDS = 86_400
_PER_SECOND: Final = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def read_frame(frame: object, names: Mapping[str, str]) -> tuple[FrameColumns, FrameSource]:
    """
    Read the columns of a frame that the kernel needs. The frame is read once.

    Args:
        frame: A pandas DataFrame, a Polars DataFrame or LazyFrame, a PyArrow Table, RecordBatch, or RecordBatchReader, a DuckDB
            relation, or any other object with ``__arrow_c_stream__``.
        names: The frame's name for each of :data:`COLUMNS` that has another name in the frame.

    Returns:
        The columns, and the source that writes results as dataframes of the same library.

    Raises:
        InvalidInputError: If *frame* is nothing of the kind, if a required or renamed column is missing, if a column name is not
            unique, or if a column has a type that does not fit. No message shows a patient's data.
    """
    check_renamed(names)
    source = _open(frame, names)
    return FrameColumns(**{ours: _column(source, ours) for ours in source.names}), source


def check_renamed(names: Mapping[str, str]) -> None:
    """
    Check that *names* renames only :data:`COLUMNS`.

    Raises:
        InvalidInputError: If it is no mapping, or names another column.
    """
    require_type(names, Mapping, "columns")
    for name, theirs in names.items():
        if name not in _PARSERS:
            raise InvalidInputError(unknown_name("column", name, COLUMNS), field="columns")
        if not isinstance(theirs, Hashable):
            msg = f"columns[{name!r}] must be the name of a column, got {safe_repr(theirs)}"
            raise InvalidInputError(msg, field="columns")


def _column(source: FrameSource, ours: str) -> Any:  # noqa: ANN401 - what FrameColumns takes
    theirs = source.names[ours]
    try:
        raw = source.raw(theirs)
    # PyArrow raises NotImplementedError; the other libraries raise TypeError for a list or another value without a hash.
    except (NotImplementedError, TypeError) as error:
        msg = f"column {theirs!r} of the frame has a type that cannot be read: use numbers, text, or dates"
        raise InvalidInputError(msg, field=ours) from error
    return _PARSERS[ours](raw, ours)


class FrameSource(ABC):
    """
    The caller's frame, with at least the columns that are needed.

    Args:
        frame: The frame. It was read from its source once, and is in memory.
        names: The frame's name for each of our columns that the frame has.
    """

    def __init__(self, frame: NativeFrame, names: Mapping[str, str]) -> None:
        self.names: Final = dict(names)
        self._frame = frame

    @abstractmethod
    def raw(self, name: str) -> RawColumn:
        """Return a column of the frame, by the frame's name."""

    @abstractmethod
    def values(self, name: str, rows: NDArray[np.int64]) -> list[Any]:
        """Return these rows of a column of the frame as Python objects, for example to look up patients."""

    def write(self, table: Table, take: Mapping[str, str]) -> NativeFrame:
        """
        Return *table* as a dataframe of the caller's library.

        Money and shares are exact decimals, texts are categorical, and missing values are null.

        Args:
            table: The table.
            take: The columns of the frame that come first: the name in the result, and the frame's own name. Their rows are those
                of the table's ROW column. ROW columns themselves are not written.
        """
        columns: dict[str, NativeColumn] = {}
        rows = [values for kind, values in table.columns.values() if kind is Kind.ROW]
        for ours, theirs in take.items():
            columns[ours] = self._taken(theirs, rows[0])
        for name, (kind, values) in table.columns.items():
            if kind is not Kind.ROW:
                columns[name] = self._column(kind, values)
        return self._build(columns)

    @abstractmethod
    def _taken(self, name: str, rows: Any) -> NativeColumn:  # noqa: ANN401 - an array of row indexes
        """Return these rows of a column of the frame."""

    @abstractmethod
    def _column(self, kind: Kind, values: Any) -> NativeColumn:  # noqa: ANN401 - an array or Coded
        """Return a column of a table."""

    @abstractmethod
    def _build(self, columns: dict[str, NativeColumn]) -> NativeFrame:
        """Return a dataframe with these columns."""


def resolve_names(
    present: Sequence[object], names: Mapping[str, str], what: str = "the frame"
) -> dict[str, str]:
    """
    Return the frame's name for each of our columns that the frame has.

    Args:
        present: The columns of the frame.
        names: The frame's name for each of our columns that has another name there.
        what: What has the columns, for messages.

    Raises:
        InvalidInputError: If a required or renamed column is missing, or if a needed name is not unique.
    """
    counts = Counter(present)
    found: dict[str, str] = {}
    for ours in COLUMNS:
        theirs = names.get(ours, ours)
        if counts[theirs] > 1:
            msg = f"{what} has {counts[theirs]} columns {theirs!r}, expected one"
            raise InvalidInputError(msg, field=ours)
        if counts[theirs]:
            found[ours] = theirs
    for theirs, count in Counter(found.values()).items():
        if count > 1:
            uses = listed([ours for ours, name in found.items() if name == theirs])
            msg = f"column {theirs!r} of {what} is used for {uses}: give each its own column"
            raise InvalidInputError(msg, field="columns")
    for ours in COLUMNS:
        if ours not in found and (ours in REQUIRED or ours in names):
            msg = _missing(ours, names.get(ours, ours), present, found, what)
            raise InvalidInputError(msg, field=ours)
    return found


def _missing(
    ours: str, theirs: str, present: Sequence[object], found: Mapping[str, str], what: str
) -> str:
    """Return the message about a column that is missing."""
    rename = f'columns={{"{ours}": "..."}}'
    if not found:
        # Without a header, the names may be a patient's data.
        known = f"none of its {counted(len(present), 'column')} has a known name, is there a header"
        return f"{what} has no column {theirs!r}; {known}? Name columns with {rename}"
    texts = [name for name in present if isinstance(name, str)]
    shown = texts[:_MOST_NAMES]
    if len(texts) > len(shown):
        shown.append(f"and {len(texts) - len(shown)} more")
    hint = did_you_mean(theirs, texts)
    return f"{what} has no column {theirs!r}, only {', '.join(shown)}: add it, or give its name with {rename}{hint}"


def _open(frame: NativeFrame, names: Mapping[str, str]) -> FrameSource:
    """Return the source for *frame*. If its library is not imported, it cannot be a frame of that library."""
    if _is_of(frame, "pandas", "DataFrame"):
        return _PandasFrame(frame, resolve_names(frame.columns.tolist(), names))
    if _is_of(frame, "polars", "DataFrame"):
        return _PolarsFrame(frame, resolve_names(frame.columns, names))
    if _is_of(frame, "polars", "LazyFrame"):
        from polars import selectors  # noqa: PLC0415 - the caller has imported Polars

        found = resolve_names(frame.collect_schema().names(), names)
        # Polars reads some names as regular expressions, but not in by_name.
        return _LazyFrame(frame.select(selectors.by_name(*found.values())).collect(), found)
    if _is_of(frame, "pyarrow", "Table") or _is_of(frame, "pyarrow", "RecordBatch"):
        return _ArrowFrame(frame, resolve_names(frame.schema.names, names))
    if _is_of(frame, "duckdb", "DuckDBPyRelation"):
        return _open_relation(frame, resolve_names(frame.columns, names))
    if hasattr(frame, "__arrow_c_stream__"):
        return _open_stream(frame, names)
    raise _not_a_frame(frame)


def _not_a_frame(frame: NativeFrame) -> InvalidInputError:
    kinds = (
        "a pandas or Polars DataFrame, a PyArrow Table, a DuckDB relation, or another Arrow stream"
    )
    msg = f"frame must be {kinds}, got {safe_repr(frame)}"
    return InvalidInputError(msg, field="frame")


def _is_of(frame: NativeFrame, library: str, kind: str) -> bool:
    module = sys.modules.get(library)
    return module is not None and isinstance(frame, getattr(module, kind))


def _open_relation(relation: NativeFrame, names: Mapping[str, str]) -> FrameSource:
    try:
        import pyarrow as pa  # noqa: F401, PLC0415 - DuckDB needs it, and its own message does not say so
    except ImportError:
        msg = "a DuckDB relation needs PyArrow: pip install pyarrow"
        raise InvalidInputError(msg, field="frame") from None
    quoted = ['"{}"'.format(name.replace('"', '""')) for name in names.values()]
    return _DuckFrame(relation.project(", ".join(quoted)).to_arrow_table(), names, relation)


def _open_stream(stream: NativeFrame, names: Mapping[str, str]) -> FrameSource:
    """Return the source for an Arrow stream, which can be read only once."""
    try:
        import pyarrow as pa  # noqa: PLC0415 - optional
    except ImportError:
        try:
            import polars as pl  # noqa: PLC0415 - optional
        except ImportError:
            msg = "an Arrow stream needs PyArrow or Polars: pip install pyarrow"
            raise InvalidInputError(msg, field="frame") from None
        frame = pl.DataFrame(stream)
        return _PolarsFrame(frame, resolve_names(frame.columns, names))
    try:
        reader = pa.RecordBatchReader.from_stream(stream)
    except pa.ArrowInvalid:
        # The stream of a single column, such as a Series.
        raise _not_a_frame(stream) from None
    found = resolve_names(reader.schema.names, names)
    needed = list(found.values())
    fields = [reader.schema.field(name) for name in needed]
    batches = [batch.select(needed) for batch in reader]
    return _ArrowFrame(pa.Table.from_batches(batches, pa.schema(fields)), found)


class _ArrowFrame(FrameSource):
    """A PyArrow Table or RecordBatch. Results are Tables."""

    def raw(self, name: str) -> RawColumn:
        return _raw_of_arrow(self._frame.column(name))

    def values(self, name: str, rows: NDArray[np.int64]) -> list[Any]:
        found: list[Any] = self._taken(name, rows).to_pylist()
        return found

    def _taken(self, name: str, rows: Any) -> NativeColumn:  # noqa: ANN401
        return _take_of_arrow(self._frame.column(name), rows)

    def _column(self, kind: Kind, values: Any) -> NativeColumn:  # noqa: ANN401
        return _arrow_column(kind, values)

    def _build(self, columns: dict[str, NativeColumn]) -> NativeFrame:
        import pyarrow as pa  # noqa: PLC0415 - only for frames of this library

        return pa.table(columns)


class _DuckFrame(_ArrowFrame):
    """A DuckDB relation. Results are relations of the same connection."""

    def __init__(self, frame: NativeFrame, names: Mapping[str, str], relation: NativeFrame) -> None:
        super().__init__(frame, names)
        self._relation = relation

    def _build(self, columns: dict[str, NativeColumn]) -> NativeFrame:
        # DuckDB finds the variable by its name, unless the database has a table of this name.
        _therapy_billing_lines = super()._build(columns)
        return self._relation.query(
            "_therapy_billing_frame", "SELECT * FROM _therapy_billing_lines"
        )


class _PolarsFrame(FrameSource):
    """A Polars DataFrame."""

    def raw(self, name: str) -> RawColumn:
        import polars as pl  # noqa: PLC0415 - only for frames of this library

        series = self._frame.get_column(name)
        if series.dtype.is_decimal():
            # The text of a decimal is exact.
            series = series.cast(pl.String)
        if series.dtype == pl.String:
            # Categories of their own, because the global ones would include the texts of every other frame.
            own = hasattr(pl, "Categories")
            kind = pl.Categorical(pl.Categories.random()) if own else pl.Categorical()
            series = series.cast(kind)
        kind = series.dtype
        if isinstance(kind, pl.Categorical | pl.Enum):
            codes = series.to_physical().cast(pl.Int64).fill_null(NO_CODE).to_numpy()
            # Polars does not list the categories, so take the text of one row for each code.
            rows = np.empty(int(codes.max(initial=NO_CODE)) + 2, np.int64)
            rows[codes] = np.arange(len(codes))
            return Distinct(codes, lambda at: series.gather(rows[at]).to_list())
        if kind.is_float():
            return Numbers(series.to_numpy())
        if kind.is_integer():
            if kind != pl.UInt64:
                # Only a number of 128 bits may not fit, and it becomes null.
                series = series.cast(pl.Int64, strict=False)
            missing = series.is_null().to_numpy() if series.null_count() else None
            return Numbers(series.fill_null(0).to_numpy(), missing)
        if kind.is_temporal():
            ticks = series.to_physical().cast(pl.Int64).fill_null(NULL).to_numpy()
            if isinstance(kind, pl.Datetime) and kind.time_zone is None:
                return Moments(ticks, _PER_SECOND[kind.time_unit] * _SECONDS)
            return Moments(ticks, 1 if kind == pl.Date else None)
        return Distinct.from_objects(series.to_list())

    def values(self, name: str, rows: NDArray[np.int64]) -> list[Any]:
        found: list[Any] = self._taken(name, rows).to_list()
        return found

    def _taken(self, name: str, rows: Any) -> NativeColumn:  # noqa: ANN401
        return self._frame.get_column(name).gather(rows)

    def _column(self, kind: Kind, values: Any) -> NativeColumn:  # noqa: ANN401
        import polars as pl  # noqa: PLC0415 - only for frames of this library

        if isinstance(values, Coded):
            texts = pl.Series([*values.values, None], dtype=pl.Categorical)
            return texts.gather(_last_if_missing(values.codes, len(values.values)))
        series = pl.Series(values)
        if kind in _NEVER_MISSING:
            return series
        series = series.set(series == NULL, None)
        if kind is Kind.WHOLE:
            return series
        exact = series.cast(pl.Decimal(38, 0)) * Decimal(1).scaleb(-_PLACES[kind])
        return exact.cast(pl.Decimal(_DIGITS, _PLACES[kind]))

    def _build(self, columns: dict[str, NativeColumn]) -> NativeFrame:
        import polars as pl  # noqa: PLC0415 - only for frames of this library

        return pl.DataFrame(columns)


class _LazyFrame(_PolarsFrame):
    """A Polars LazyFrame. It was collected once, and results are LazyFrames."""

    def _build(self, columns: dict[str, NativeColumn]) -> NativeFrame:
        return super()._build(columns).lazy()


class _PandasFrame(FrameSource):
    """A pandas DataFrame. Results have PyArrow types if the caller's frame has any."""

    def raw(self, name: str) -> RawColumn:
        import pandas as pd  # noqa: PLC0415 - only for frames of this library

        series = self._frame[name]
        kind = series.dtype
        if isinstance(kind, pd.ArrowDtype) or getattr(kind, "storage", None) == "pyarrow":
            import pyarrow as pa  # noqa: PLC0415 - only for frames of this library

            return _raw_of_arrow(pa.array(series.array))
        if isinstance(kind, pd.CategoricalDtype):
            texts = kind.categories
            return Distinct(series.cat.codes.to_numpy(), lambda at: texts.take(at).tolist())
        return _raw_of_pandas(series)

    def values(self, name: str, rows: NDArray[np.int64]) -> list[Any]:
        found: list[Any] = self._taken(name, rows).tolist()
        return found

    def _taken(self, name: str, rows: Any) -> NativeColumn:  # noqa: ANN401
        return self._frame[name].array.take(rows)

    def _column(self, kind: Kind, values: Any) -> NativeColumn:  # noqa: ANN401
        import pandas as pd  # noqa: PLC0415 - only for frames of this library

        if any(isinstance(dtype, pd.ArrowDtype) for dtype in self._frame.dtypes):
            return pd.arrays.ArrowExtensionArray(_arrow_column(kind, values))
        if isinstance(values, Coded):
            return pd.Categorical.from_codes(values.codes, pd.Index(values.values))
        if kind in _NEVER_MISSING:
            return values
        missing = values == NULL
        if kind is Kind.WHOLE:
            has_missing = missing.any()
            whole = np.where(missing, 0, values)
            return pd.arrays.IntegerArray(whole, missing) if has_missing else values
        codes, distinct = pd.factorize(values)
        amounts = np.array([_decimal(number, kind) for number in distinct.tolist()], object)
        return amounts[codes]

    def _build(self, columns: dict[str, NativeColumn]) -> NativeFrame:
        import pandas as pd  # noqa: PLC0415 - only for frames of this library

        return pd.DataFrame(columns, copy=False)


def _raw_of_pandas(series: NativeColumn) -> RawColumn:
    """Return a pandas Series, neither categorical nor of PyArrow, as a raw column."""
    import pandas as pd  # noqa: PLC0415 - only for frames of this library

    kind: Any = series.dtype
    if isinstance(kind, pd.DatetimeTZDtype):
        return Moments(series.dt.tz_convert(None).to_numpy().view(np.int64), None)
    plain: Any = kind if isinstance(kind, np.dtype) else getattr(kind, "numpy_dtype", None)
    match plain.kind if plain else None:
        case "i" | "u":
            missing = None if plain is kind else series.isna().to_numpy()
            return Numbers(series.to_numpy(plain, na_value=0), missing)
        case "f":
            return Numbers(series.to_numpy(plain, na_value=np.nan))
        case "M":
            per_day = _PER_SECOND[np.datetime_data(plain)[0]] * _SECONDS
            return Moments(series.to_numpy().view(np.int64), per_day)
        case "m":
            return Moments(series.to_numpy().view(np.int64), None)
        case _:
            codes, objects = pd.factorize(series)
            return Distinct(codes, lambda at: objects.take(at).tolist())


def _decimal(number: int, kind: Kind) -> Decimal | None:
    return None if number == NULL else Decimal(number).scaleb(-_PLACES[kind])


def _last_if_missing(codes: NDArray[np.int32], last: int) -> NDArray[np.int32]:
    return np.where(codes == NO_CODE, last, codes)


def _raw_of_arrow(column: NativeColumn) -> RawColumn:
    """Return a PyArrow array or chunked array as a raw column."""
    import pyarrow as pa  # noqa: PLC0415 - only for frames of this library
    from pyarrow import compute, types  # noqa: PLC0415 - only for frames of this library

    if not isinstance(column, pa.ChunkedArray):
        column = pa.chunked_array([column])
    if isinstance(column.type, pa.BaseExtensionType):
        column = column.cast(column.type.storage_type)
    kind = column.type
    if types.is_run_end_encoded(kind):
        column = compute.run_end_decode(column)
        kind = column.type
    if types.is_floating(kind):
        return Numbers(column.to_numpy())
    if types.is_integer(kind):
        missing = column.is_null().to_numpy() if column.null_count else None
        return Numbers(column.fill_null(0).to_numpy(), missing)
    if types.is_temporal(kind) and not types.is_interval(kind):
        ticks = column.cast(f"int{kind.bit_width}").cast("int64").fill_null(NULL).to_numpy()
        return Moments(ticks, _arrow_ticks(kind))
    if types.is_decimal(kind):
        # The smaller decimals have no distinct values.
        column = column.cast(pa.decimal256(kind.precision, kind.scale))
    if not types.is_dictionary(kind):
        column = column.dictionary_encode()
    return _distinct_of_arrow(column.chunks)


def _arrow_ticks(kind: Any) -> int | None:  # noqa: ANN401 - PyArrow has no types
    """Return the ticks per day of a PyArrow type of dates, or None if it has no dates or has a time zone."""
    from pyarrow import types  # noqa: PLC0415 - only for frames of this library

    if types.is_date32(kind):
        return 1
    if types.is_date64(kind):
        return _PER_SECOND["ms"] * _SECONDS
    if types.is_timestamp(kind) and kind.tz is None:
        return _PER_SECOND[kind.unit] * _SECONDS
    return None


def _distinct_of_arrow(chunks: Sequence[Any]) -> Distinct:
    """Return dictionary arrays, each possibly with a dictionary of its own, as one column."""
    import pyarrow as pa  # noqa: PLC0415 - only for frames of this library
    from pyarrow import types  # noqa: PLC0415 - only for frames of this library

    dictionaries: list[Any] = []
    codes: list[NDArray[Any]] = []
    first = last = 0
    for chunk in chunks:
        if not dictionaries or not chunk.dictionary.equals(dictionaries[-1]):
            dictionaries.append(chunk.dictionary)
            first, last = last, last + len(chunk.dictionary)
        own = chunk.indices
        if first or not types.is_signed_integer(own.type):
            own = own.cast("int64")
        own = own.fill_null(NO_CODE - first).to_numpy()
        codes.append(own + first if first else own)

    if not codes:
        return Distinct.from_objects([])

    def pick(at: NDArray[np.int64]) -> list[object]:
        found: list[object] = _take_of_arrow(pa.chunked_array(dictionaries), at).to_pylist()
        return found

    return Distinct(codes[0] if len(codes) == 1 else np.concatenate(codes), pick)


def _take_of_arrow(column: NativeColumn, rows: NDArray[np.int64]) -> NativeColumn:
    if str(column.type) == "string_view":
        # PyArrow takes no rows of this type.
        return column.cast("large_string").take(rows).cast(column.type)
    return column.take(rows)


def _arrow_column(kind: Kind, values: Any) -> NativeColumn:  # noqa: ANN401 - an array or Coded
    """Return a column of a table as a PyArrow array."""
    import pyarrow as pa  # noqa: PLC0415 - only for frames of this library

    if isinstance(values, Coded):
        codes = pa.array(values.codes, mask=values.codes == NO_CODE)
        texts = pa.array(values.values, pa.string())
        return pa.DictionaryArray.from_arrays(codes, texts)
    if kind in _NEVER_MISSING:
        return pa.array(values)
    missing = values == NULL
    if kind is Kind.WHOLE:
        return pa.array(values, mask=missing)
    # A decimal of 128 bits is the whole number of cents, low half first.
    halves = np.stack([values, values >> 63], axis=1)
    present = pa.array(~missing).buffers()[1]
    kind_of_decimal = pa.decimal128(_DIGITS, _PLACES[kind])
    return pa.Array.from_buffers(kind_of_decimal, len(values), [present, pa.py_buffer(halves)])
