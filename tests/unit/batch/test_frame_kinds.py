from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from therapy_billing import InvalidInputError
from therapy_billing.batch.columns import BAD, NO_DATE, NULL, Coded, FrameColumns, Kind, Table
from therapy_billing.batch.frame_kinds import COLUMNS, read_frame

Data: TypeAlias = "dict[str, list[Any]]"
Frame: TypeAlias = Any

ROWS: Data = {
    "patient": ["P-1", "P-1", None, "P-2"],
    "date_of_service": [date(2026, 3, 2), date(2026, 3, 2), None, date(2026, 3, 4)],
    "code": ["97110", "97140", "97110", None],
    "minutes": [23, None, 15, 8],
    "charge": [Decimal("35.10"), None, Decimal("0.00"), Decimal("1234.56")],
    "notes": ["not", "a", "needed", "column"],
}
MONDAY = date(2026, 3, 2).toordinal() - date(1970, 1, 1).toordinal()
ARROW = pa.table(ROWS)
CONNECTION = duckdb.connect()


class Stream:
    """A stream of any library, which can be read once."""

    def __init__(self, table: pa.Table) -> None:
        self.reader = table.to_reader(max_chunksize=3)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.reader.__arrow_c_stream__(requested_schema)


def encoded(data: Data) -> pa.Table:
    """Return the texts in dictionaries, with another dictionary in each chunk."""
    table = pa.table(data)
    chunks = [table.slice(0, 2), table.slice(2).combine_chunks()]
    parts = []
    for chunk in chunks:
        columns = {
            name: column.combine_chunks().dictionary_encode()
            if pa.types.is_string(column.type)
            else column
            for name, column in zip(chunk.column_names, chunk.columns, strict=True)
        }
        parts.append(pa.table(columns))
    return pa.concat_tables(parts)


def recast(data: Data, kind: pa.DataType) -> pa.Table:
    table = pa.table(data)
    texts = [field.name for field in table.schema if pa.types.is_string(field.type)]
    for name in texts:
        at = table.column_names.index(name)
        table = table.set_column(at, name, table.column(name).cast(kind))
    return table


KINDS: dict[str, Callable[[Data], Frame]] = {
    "pandas": pd.DataFrame,
    "pandas object": lambda data: pd.DataFrame(data, dtype=object),
    "pandas python strings": lambda data: pd.DataFrame(data).astype(
        {"patient": "string[python]", "code": "string[python]"}
    ),
    "pandas categorical": lambda data: pd.DataFrame(data).astype(
        {"patient": "category", "code": "category"}
    ),
    "pandas nullable": lambda data: pd.DataFrame(data).astype({"minutes": "Int64"}),
    "pandas nullable float": lambda data: pd.DataFrame(data).astype({"minutes": "Float64"}),
    "pandas datetime64": lambda data: pd.DataFrame(data).assign(
        date_of_service=pd.to_datetime(pd.Series(data["date_of_service"]))
    ),
    "pandas of PyArrow": lambda data: pa.table(data).to_pandas(types_mapper=pd.ArrowDtype),
    "Polars": pl.DataFrame,
    "Polars lazy": pl.LazyFrame,
    "Polars categorical": lambda data: pl.DataFrame(data).with_columns(
        pl.col("patient", "code").cast(pl.Categorical)
    ),
    "Polars enum": lambda data: pl.DataFrame(data).with_columns(
        pl.col("code").cast(pl.Enum(["x", "97110", "97140"]))
    ),
    "Polars float": lambda data: pl.DataFrame(data).with_columns(
        pl.col("minutes").cast(pl.Float32)
    ),
    "Polars unsigned": lambda data: pl.DataFrame(data).with_columns(
        pl.col("minutes").cast(pl.UInt64)
    ),
    "Polars datetime": lambda data: pl.DataFrame(data).with_columns(
        pl.col("date_of_service").cast(pl.Datetime("ms"))
    ),
    "PyArrow": pa.table,
    "PyArrow batch": lambda data: pa.table(data).to_batches()[0],
    "PyArrow reader": lambda data: pa.table(data).to_reader(max_chunksize=3),
    "PyArrow large_string": lambda data: recast(data, pa.large_string()),
    "PyArrow string_view": lambda data: recast(data, pa.string_view()),
    "PyArrow dictionary": encoded,
    "DuckDB": lambda data: CONNECTION.from_arrow(pa.table(data)),
    "another stream": lambda data: Stream(pa.table(data)),
}


def facts(columns: FrameColumns) -> dict[str, Any]:
    assert columns.charge is not None
    return {
        "same patient": bool(columns.patient[0] == columns.patient[1] != columns.patient[3]),
        "no patient": (columns.patient == NULL).tolist(),
        "days": columns.date_of_service.tolist(),
        "codes": columns.code.texts(),
        "minutes": columns.minutes.tolist(),
        "charge": columns.charge.tolist(),
        "others": [name for name in COLUMNS if getattr(columns, name) is None],
    }


@pytest.mark.parametrize("kind", KINDS)
def test_frames_of_every_library_have_the_same_columns(kind: str) -> None:
    columns, source = read_frame(KINDS[kind](ROWS), {})
    assert facts(columns) == {
        "same patient": True,
        "no patient": [False, False, True, False],
        "days": [MONDAY, MONDAY, NO_DATE, MONDAY + 2],
        "codes": ["97110", "97140", "97110", None],
        "minutes": [23, NULL, 15, 8],
        "charge": [3510, NULL, 0, 123456],
        "others": [
            "discipline",
            "clinician",
            "payer",
            "locality",
            "setting",
            "modifiers",
            "units",
            "sequence",
        ],
    }
    assert source.names == {name: name for name in ROWS if name != "notes"}
    assert source.values("patient", np.array([3, 0])) == ["P-2", "P-1"]


CENTS = np.array([3510, NULL, -(10**15) - 7], np.int64)
TABLE = Table(
    {
        "row": (Kind.ROW, np.array([0, 3, 3])),
        "code": (Kind.TEXT, Coded(np.array([1, -1, 0], np.int32), ("97110", "97530"))),
        "units": (Kind.WHOLE, np.array([3, 1, 2])),
        "full_units": (Kind.WHOLE, np.array([3, NULL, 2])),
        "allowed": (Kind.CENTS, CENTS),
        "share": (Kind.SHARE, np.array([8500, NULL, 1])),
        "full_rate": (Kind.FLAG, np.array([True, False, True])),
    },
    3,
)
KEYS = {"patient": "patient", "day": "date_of_service"}
WRITTEN: Data = {
    "patient": ["P-1", "P-2", "P-2"],
    "day": [date(2026, 3, 2), date(2026, 3, 4), date(2026, 3, 4)],
    "code": ["97530", None, "97110"],
    "units": [3, 1, 2],
    "full_units": [3, None, 2],
    "allowed": [Decimal("35.10"), None, Decimal("-10000000000000.07")],
    "share": [Decimal("0.8500"), None, Decimal("0.0001")],
    "full_rate": [True, False, True],
}


def contents(frame: Frame) -> Data:
    """Return the columns of a frame of any library as lists."""
    if isinstance(frame, pl.LazyFrame):
        frame = frame.collect()
    if isinstance(frame, duckdb.DuckDBPyRelation):
        frame = pa.table(frame)
    if isinstance(frame, pa.Table):
        columns = frame.to_pydict()
    elif isinstance(frame, pl.DataFrame):
        columns = frame.to_dict(as_series=False)
    else:
        columns = {name: frame[name].tolist() for name in frame.columns}
    return {name: [plain(value) for value in values] for name, values in columns.items()}


def plain(value: object) -> object:
    if pd.isna(value):
        return None
    return value.date() if isinstance(value, datetime) else value


@pytest.mark.parametrize("kind", KINDS)
def test_results_are_frames_of_the_callers_library(kind: str) -> None:
    frame = KINDS[kind](ROWS)
    written = read_frame(frame, {})[1].write(TABLE, KEYS)
    is_arrow = isinstance(frame, Stream | pa.RecordBatch | pa.RecordBatchReader)
    assert type(written) is (pa.Table if is_arrow else type(frame))
    assert contents(written) == WRITTEN


def write(kind: str, table: Table, data: Data = ROWS) -> Frame:
    return read_frame(KINDS[kind](data), {})[1].write(table, {})


MONEY = {"allowed": (18, 2), "share": (18, 4)}


def test_pyarrow_results_have_exact_decimals_and_dictionaries() -> None:
    types = dict(
        zip((table := write("PyArrow", TABLE)).column_names, table.schema.types, strict=True)
    )
    assert {name: types[name] for name in MONEY} == {
        name: pa.decimal128(*size) for name, size in MONEY.items()
    }
    assert types["code"] == pa.dictionary(pa.int32(), pa.string())
    assert [types["full_units"], types["full_rate"]] == [pa.int64(), pa.bool_()]


def test_polars_results_have_exact_decimals_and_categories() -> None:
    types = write("Polars", TABLE).schema
    assert {name: types[name] for name in MONEY} == {
        name: pl.Decimal(*size) for name, size in MONEY.items()
    }
    assert [types["code"], types["full_units"], types["full_rate"]] == [
        pl.Categorical(),
        pl.Int64(),
        pl.Boolean(),
    ]


def test_pandas_results_have_decimal_objects_and_nullable_numbers_only_where_needed() -> None:
    types = write("pandas", TABLE).dtypes.astype(str).to_dict()
    assert types == {
        "code": "category",
        "units": "int64",
        "full_units": "Int64",
        "allowed": "object",
        "share": "object",
        "full_rate": "bool",
    }


def test_pandas_results_have_pyarrow_types_if_the_frame_has() -> None:
    types = write("pandas of PyArrow", TABLE).dtypes.tolist()
    assert all(isinstance(kind, pd.ArrowDtype) for kind in types)


def test_duckdb_results_are_relations_of_the_callers_connection() -> None:
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE visits AS SELECT 'P-1' AS patient, DATE '2026-03-02' AS \"the \"\"day\"\"\", '97110' AS code, 23 AS minutes"
    )
    columns, source = read_frame(connection.table("visits"), {"date_of_service": 'the "day"'})
    assert columns.date_of_service.tolist() == [MONDAY]
    first, second = (
        source.write(
            Table({"row": (Kind.ROW, np.array([0])), "units": (Kind.WHOLE, np.array([units]))}, 1),
            {"patient": "patient"},
        )
        for units in (2, 3)
    )
    first.create("lines")
    second.insert_into("lines")
    assert connection.sql("SELECT * FROM visits JOIN lines USING (patient)").fetchall() == [
        ("P-1", date(2026, 3, 2), "97110", 23, 2),
        ("P-1", date(2026, 3, 2), "97110", 23, 3),
    ]
    assert connection.sql("SELECT DISTINCT name FROM (SHOW TABLES) ORDER BY 1").fetchall() == [
        ("lines",),
        ("visits",),
    ]


EMPTY = ARROW.schema.empty_table()


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({name: [] for name in ROWS}),
        EMPTY.to_pandas(types_mapper=pd.ArrowDtype),
        pl.DataFrame(EMPTY),
        EMPTY,
        pa.Table.from_batches([], ARROW.schema),
        EMPTY.to_reader(),
        CONNECTION.from_arrow(EMPTY),
    ],
    ids=lambda frame: type(frame).__name__,
)
def test_a_frame_without_rows_has_columns_and_results_without_rows(frame: object) -> None:
    columns, source = read_frame(frame, {})
    assert len(columns) == 0
    none = np.array([], np.int64)
    nothing = Table(
        {
            "row": (Kind.ROW, none),
            "code": (Kind.TEXT, Coded(none.astype(np.int32), ())),
            "units": (Kind.WHOLE, none),
            "allowed": (Kind.CENTS, none),
        },
        0,
    )
    written = contents(source.write(nothing, KEYS))
    assert not any(written.values())


def with_column(name: str, values: object) -> pa.Table:
    """Return a frame with other values in a column."""
    table = pa.table(
        {
            "patient": ["P"] * 2,
            "date_of_service": ["2026-03-02"] * 2,
            "code": ["97110"] * 2,
            "minutes": [8, 8],
        }
    )
    if name in table.column_names:
        table = table.drop_columns(name)
    return table.append_column(name, values)


def dictionary(codes: list[int | None], values: list[str | None]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(
        pa.array(codes, pa.uint8()), pa.array(values, pa.string())
    )


class TestPyArrowTypes:
    def test_a_dictionary_may_have_repeated_missing_and_unused_values(self) -> None:
        texts = pa.chunked_array(
            [
                dictionary([0, 1, 2, 3], ["a", None, "b", "a", "unused"]),
                dictionary([1, None], ["b", "a", "unused too"]),
                dictionary([1, 0], ["b", "a", "unused too"]),
            ]
        )
        rows = len(texts)
        frame = pa.table(
            {
                "patient": texts,
                "date_of_service": ["2026-03-02"] * rows,
                "code": texts,
                "minutes": [8] * rows,
            }
        )
        columns, _ = read_frame(frame, {})
        assert columns.code.texts() == ["a", None, "b", "a", "a", None, "a", "b"]
        assert columns.code.values == ("a", "b")
        first, missing, other, *_ = patients = columns.patient.tolist()
        assert missing == NULL
        assert patients == [first, NULL, other, first, first, NULL, first, other]

    def test_the_same_dictionary_in_every_chunk_is_read_once(self) -> None:
        chunk = dictionary([1, 0], ["a", "b"])
        texts = pa.chunked_array([chunk, chunk])
        frame = pa.table(
            {
                "patient": texts,
                "date_of_service": ["2026-03-02"] * 4,
                "code": texts,
                "minutes": [8] * 4,
            }
        )
        assert read_frame(frame, {})[0].code.values == ("a", "b")

    @pytest.mark.parametrize(
        "kind",
        [
            pa.decimal128(9, 2),
            pa.decimal256(9, 2),
            pa.decimal32(9, 2),
            pa.decimal64(9, 2),
            pa.float64(),
            pa.float32(),
        ],
    )
    def test_money_of_every_type_is_exact(self, kind: pa.DataType) -> None:
        values = pa.array([Decimal("35.10"), None], pa.decimal128(9, 2)).cast(kind)
        columns, _ = read_frame(with_column("charge", values), {})
        assert columns.charge is not None
        assert columns.charge.tolist() == [3510, NULL]

    @pytest.mark.parametrize(
        ("kind", "second"),
        [("date32", MONDAY), ("date64", MONDAY)]
        + [(f"timestamp[{unit}]", NO_DATE) for unit in ("s", "ms", "us", "ns")],
    )
    def test_a_date_with_a_time_of_day_is_unreadable(self, kind: str, second: int) -> None:
        moments = [datetime(2026, 3, 2), datetime(2026, 3, 2, 9)]  # noqa: DTZ001
        values = pa.array(moments).cast(pa.timestamp("us")).cast(kind, safe=False)
        columns, _ = read_frame(with_column("date_of_service", values), {})
        assert columns.date_of_service.tolist() == [MONDAY, second]

    @pytest.mark.parametrize(
        ("name", "values"),
        [
            ("patient", pa.array([b"0" * 16, b"1" * 16], pa.uuid())),
            ("patient", pa.array([b"0", b"1"])),
            ("patient", pa.array([date(1950, 1, 1), date(1950, 1, 2)])),
            ("sequence", pa.array([1, 2], pa.time32("s"))),
            ("sequence", pa.array([1, 2], pa.duration("ms"))),
            ("sequence", pa.array([1, 2], pa.timestamp("s", "America/New_York"))),
            ("sequence", pa.array(["09:00", "10:00"])),
            (
                "modifiers",
                pa.RunEndEncodedArray.from_arrays(
                    pa.array([1, 2], pa.int32()), pa.array(["95", "GA"])
                ),
            ),
        ],
    )
    def test_other_types_keep_their_values_apart(self, name: str, values: pa.Array) -> None:
        columns, _ = read_frame(with_column(name, values), {})
        column = getattr(columns, name)
        first, second = (column.codes if isinstance(column, Coded) else column).tolist()
        assert first < second

    def test_a_column_of_nulls_is_missing_whatever_it_means(self) -> None:
        nulls = pa.nulls(2)
        rows = {
            "patient": nulls,
            "date_of_service": nulls,
            "code": nulls,
            "minutes": nulls,
            "charge": nulls,
            "sequence": nulls,
        }
        columns, _ = read_frame(pa.table(rows), {})
        assert columns.code.texts() == [None, None]
        assert columns.date_of_service.tolist() == [NO_DATE] * 2
        assert columns.charge is not None
        assert columns.sequence is not None
        for column in (columns.patient, columns.minutes, columns.charge, columns.sequence):
            assert column.tolist() == [NULL] * 2


UTC_TIMES = pd.to_datetime(pd.Series(["2026-03-02T15:00Z", "2026-03-02T14:00Z"])).dt.as_unit("us")


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("minutes", pd.Series([True, None], dtype="boolean"), [BAD, NULL]),
        ("minutes", pd.Series([True, False]), [BAD, BAD]),
        ("minutes", pd.Series(["23", ""], dtype=object), [23, NULL]),
        ("minutes", pd.Series([8, 9], dtype="UInt8"), [8, 9]),
        ("charge", pd.Series([35.1, None]), [3510, NULL]),
        ("sequence", UTC_TIMES, [1772463600000000, 1772460000000000]),
        ("sequence", pd.to_timedelta(pd.Series(["2h", "1h"])).dt.as_unit("s"), [7200, 3600]),
        ("sequence", pd.Series(pd.arrays.SparseArray([2, 1])), [2, 1]),
    ],
)
def test_pandas_columns_of_other_types_are_read(
    name: str, values: pd.Series, expected: list[int]
) -> None:
    frame = pd.DataFrame({key: column[:2] for key, column in ROWS.items()}).assign(**{name: values})
    column = getattr(read_frame(frame, {})[0], name)
    assert column.tolist() == expected


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("minutes", pl.Series([True, None]), [BAD, NULL]),
        ("minutes", pl.Series([23, 2**100], dtype=pl.Int128), [23, NULL]),
        ("minutes", pl.Series([Decimal("23.0"), Decimal("23.5")]), [23, BAD]),
        ("minutes", pl.Series([23, "x"], dtype=pl.Object), [23, BAD]),
        ("sequence", UTC_TIMES.pipe(pl.Series), [1772463600000000, 1772460000000000]),
        ("sequence", pl.Series([7200, 3600]).cast(pl.Duration("ms")), [7200, 3600]),
    ],
)
def test_polars_columns_of_other_types_are_read(
    name: str, values: pl.Series, expected: list[int]
) -> None:
    frame = pl.DataFrame({key: column[:2] for key, column in ROWS.items()}).with_columns(
        values.alias(name)
    )
    column = getattr(read_frame(frame, {})[0], name)
    assert column.tolist() == expected


def test_polars_categories_do_not_include_those_of_other_frames() -> None:
    read_frame(pl.DataFrame({**ROWS, "code": ["one", "two", "three", "four"]}), {})
    columns, _ = read_frame(pl.DataFrame(ROWS), {})
    assert columns.code.values == ("97110", "97140")


@pytest.mark.parametrize(
    "kind", ["pandas", "Polars", "Polars lazy", "PyArrow", "DuckDB", "another stream"]
)
class TestRefusals:
    def refuse(self, kind: str, data: Data, names: dict[str, str]) -> InvalidInputError:
        with pytest.raises(InvalidInputError) as error:
            read_frame(KINDS[kind](data), names)
        return error.value

    def test_a_missing_column_is_named_with_the_columns_that_exist(self, kind: str) -> None:
        data: Data = {
            "MRN": ["Rosa"],
            "date_of_service": ["2026-03-02"],
            "code": ["97110"],
            "minutes": [8],
        }
        error = self.refuse(kind, data, {})
        assert str(error) == (
            "the frame has no column 'patient', only MRN, date_of_service, code, minutes: add it, or give its name "
            'with columns={"patient": "..."}'
        )
        assert error.field == "patient"

    def test_a_renamed_column_must_exist_even_if_it_is_optional(self, kind: str) -> None:
        error = self.refuse(kind, ROWS, {"units": "minute"})
        assert str(error) == (
            "the frame has no column 'minute', only patient, date_of_service, code, minutes, charge, notes: add it, or "
            'give its name with columns={"units": "..."}; did you mean minutes?'
        )

    def test_a_message_lists_at_most_30_columns(self, kind: str) -> None:
        data: Data = {"code": ["97110"]} | {f"column_{number}": [1] for number in range(40)}
        error = self.refuse(kind, data, {})
        assert "column_28, and 11 more: add it" in str(error)

    def test_names_that_may_be_data_are_not_repeated(self, kind: str) -> None:
        error = self.refuse(kind, {"Rosa Invented": ["P-2"], "97110": ["97140"]}, {})
        assert str(error) == (
            "the frame has no column 'patient'; none of its 2 columns has a known name, is there a header? "
            'Name columns with columns={"patient": "..."}'
        )

    def test_a_column_is_used_once(self, kind: str) -> None:
        error = self.refuse(kind, ROWS, {"payer": "notes", "setting": "notes"})
        assert (
            str(error)
            == "column 'notes' of the frame is used for payer and setting: give each its own column"
        )

    def test_only_known_columns_are_renamed(self, kind: str) -> None:
        error = self.refuse(kind, ROWS, {"minute": "x"})
        assert str(error).startswith("unknown column 'minute': use patient, date_of_service, code,")
        assert error.field == "columns"

    def test_a_column_of_lists_has_no_values_to_read(self, kind: str) -> None:
        error = self.refuse(kind, {**ROWS, "code": [["97110"]] * 4}, {})
        assert (
            str(error)
            == "column 'code' of the frame has a type that cannot be read: use numbers, text, or dates"
        )

    def test_a_column_of_the_wrong_meaning_is_named(self, kind: str) -> None:
        error = self.refuse(kind, {**ROWS, "date_of_service": [20260302] * 4}, {})
        assert str(error) == "the date_of_service column must hold dates, not numbers"


@pytest.mark.parametrize(
    "frame",
    [
        pd.concat([pd.DataFrame(ROWS), pd.DataFrame(ROWS)[["code"]]], axis=1),
        pa.Table.from_arrays([*ARROW.columns, ARROW["code"]], [*ARROW.column_names, "code"]),
    ],
    ids=["pandas", "PyArrow"],
)
def test_a_name_that_two_columns_have_is_refused(frame: object) -> None:
    with pytest.raises(InvalidInputError, match="the frame has 2 columns 'code', expected one"):
        read_frame(frame, {})


@pytest.mark.parametrize(
    ("frame", "shown"),
    [([ROWS], "a list"), ("visits.csv", "a string of 10 characters"), (None, "None")],
)
def test_another_object_is_not_a_frame(frame: object, shown: str) -> None:
    with pytest.raises(InvalidInputError) as error:
        read_frame(frame, {})
    assert str(error.value) == (
        "frame must be a pandas or Polars DataFrame, a PyArrow Table, a DuckDB relation, or another Arrow stream, got "
        f"{shown}"
    )


class TestWithoutPyArrow:
    @pytest.fixture(autouse=True)
    def _without_pyarrow(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "pyarrow", None)

    def test_a_stream_becomes_a_polars_frame(self) -> None:
        stream = Stream(ARROW)
        columns, source = read_frame(stream, {})
        assert columns.minutes.tolist() == [23, NULL, 15, 8]
        assert contents(source.write(TABLE, KEYS)) == WRITTEN

    def test_a_stream_needs_a_library(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "polars", None)
        with pytest.raises(InvalidInputError, match="an Arrow stream needs PyArrow or Polars"):
            read_frame(Stream(ARROW), {})

    def test_a_relation_needs_pyarrow(self) -> None:
        relation = CONNECTION.sql(
            "SELECT 1 AS patient, 2 AS date_of_service, 3 AS code, 4 AS minutes"
        )
        with pytest.raises(InvalidInputError, match="a DuckDB relation needs PyArrow"):
            read_frame(relation, {})

    @pytest.mark.parametrize("kind", ["pandas object", "Polars"])
    def test_other_frames_need_nothing(self, kind: str) -> None:
        assert contents(write(kind, TABLE))["allowed"] == WRITTEN["allowed"]
