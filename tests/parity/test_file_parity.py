"""Test `bill_file` against the scalar path: CSV and Parquet files, folders, and several parts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import attrs
import pytest

from tests.parity.cases import check_parity
from tests.parity.generate import (
    amounts_before,
    medicare_fees,
    nasty,
    ordinary,
    payers,
    several_payers,
)

pa = pytest.importorskip("pyarrow")
pytest.importorskip("duckdb")

import pyarrow.csv as pc  # noqa: E402 - skipped without PyArrow
import pyarrow.dataset as ds  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402

from therapy_billing.batch import files  # noqa: E402

Write = Callable[[Any, Path], Path]


@attrs.frozen
class Result:
    """The tables of all parts."""

    lines: Any
    rows: Any


def as_parquet(table: Any, folder: Path) -> Path:  # noqa: ANN401 - pyarrow has no types
    pq.write_table(table, folder / "visits.parquet", row_group_size=50)
    return folder / "visits.parquet"


def as_several(table: Any, folder: Path) -> Path:  # noqa: ANN401
    for start in range(0, len(table), 70):
        pq.write_table(table.slice(start, 70), folder / f"visits-{start:06}.parquet")
    return folder


def as_csv(table: Any, folder: Path) -> Path:  # noqa: ANN401
    pc.write_csv(table, folder / "visits.csv")
    return folder / "visits.csv"


def bill(write: Write, folder: Path, parts: int) -> Callable[..., Result]:
    """Return a `bill_frame` that goes through files."""

    def through_files(frame: Any, **arguments: Any) -> Result:  # noqa: ANN401
        source = folder / "in"
        source.mkdir()
        found = files.bill_file(write(frame, source), folder / "out", parts=parts, **arguments)
        lines = pa.concat_tables([plain(pq.read_table(path)) for path in found.lines])
        rows = pa.concat_tables([plain(pq.read_table(path)) for path in found.rows])
        if "patient" in frame.column_names and write is as_csv:
            day = lines.column("date_of_service").cast(pa.date32())
            place = lines.column_names.index("date_of_service")
            lines = lines.set_column(place, "date_of_service", day)
        return Result(lines, rows.sort_by("row"))

    return through_files


def plain(table: Any) -> Any:  # noqa: ANN401
    return pa.table(
        {
            name: column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column
            for name, column in zip(table.column_names, table.columns, strict=True)
        }
    )


@pytest.mark.parametrize("parts", [1, 6])
@pytest.mark.parametrize("write", [as_parquet, as_several, as_csv])
class TestFiles:
    @pytest.fixture(autouse=True)
    def _small_blocks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(files, "BLOCK_ROWS", 60)

    def test_ordinary_days(self, write: Write, parts: int, tmp_path: Path) -> None:
        rows = ordinary(Random(11), 15, 8)
        years = amounts_before(Random(11), rows)
        check_parity(
            rows, bill=bill(write, tmp_path, parts), fees=medicare_fees, accumulators=years
        )

    def test_days_of_several_payers(self, write: Write, parts: int, tmp_path: Path) -> None:
        rows, case = several_payers(Random(5), ordinary(Random(5), 12, 8))
        check_parity(
            rows,
            bill=bill(write, tmp_path, parts),
            accumulators=amounts_before(Random(5), rows),
            **case.arguments,
        )

    def test_nasty_days(self, write: Write, parts: int, tmp_path: Path) -> None:
        case = next(each for each in payers() if each.name == "medicare")
        rows = nasty(Random("files"))
        check_parity(rows, bill=bill(write, tmp_path, parts), **case.arguments)


def test_a_folder_for_each_payer(tmp_path: Path) -> None:
    """A column in the names of the folders is a column like any other."""
    rows, case = several_payers(Random(8), ordinary(Random(8), 10, 6))
    # The folders decide the order of the rows.
    rows = sorted((row for row in rows if row["payer"]), key=lambda row: str(row["payer"]))

    def write(table: Any, folder: Path) -> Path:  # noqa: ANN401
        kind = ds.partitioning(pa.schema([("payer", pa.string())]), flavor="hive")
        ds.write_dataset(table, folder, format="parquet", partitioning=kind)
        return folder

    check_parity(rows, bill=bill(write, tmp_path, 3), **case.arguments)
