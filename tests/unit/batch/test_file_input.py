from __future__ import annotations

import gzip
import os
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from therapy_billing import FileFormatError, InvalidInputError
from therapy_billing.batch.file_input import find_input, quoted

HEADER = "patient,date_of_service,code,minutes\n"
ROW = "0042,2026-03-02,97530,23\n"
TABLE = pa.table(
    {"patient": ["0042"], "date_of_service": ["2026-03-02"], "code": ["97530"], "minutes": [23]}
)


def read(source: Path | str, columns: dict[str, str] | None = None) -> list[tuple[object, ...]]:
    """Return the rows that DuckDB reads, with the columns in our order."""
    found = find_input(source)
    with duckdb.connect() as connection:
        names = found.names(connection, columns or {})
        own = ", ".join(quoted(name) for name in names.values())
        return connection.sql(f"SELECT {own} FROM {found.table()}").fetchall()  # noqa: S608 - quoted


def write(path: Path, text: str = HEADER + ROW) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


CELLS = ("0042", "2026-03-02", "97530", "23")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_csv_of_every_form(tmp_path: Path, separator: str, end: str, mark: str) -> None:
    text = mark + (HEADER + ROW).replace(",", separator).replace("\n", end)
    assert read(write(tmp_path / "visits.csv", text)) == [CELLS]


@pytest.mark.parametrize("name", ["visits.txt", "visits.TSV", "visits", "it's [1]*.csv", "a?.csv"])
def test_names_of_csv_files(tmp_path: Path, name: str) -> None:
    assert read(write(tmp_path / name)) == [CELLS]


@pytest.mark.parametrize("name", ["visits.parquet", "visits.pq", "visits", "visits.PARQUET"])
def test_names_of_parquet_files(tmp_path: Path, name: str) -> None:
    pq.write_table(TABLE, tmp_path / name)
    assert read(tmp_path / name) == [(*CELLS[:3], 23)]


def test_gzip(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "visits.csv.gz", "wt") as file:
        file.write(HEADER + ROW)
    assert find_input(tmp_path / "visits.csv.gz").is_packed
    assert read(tmp_path / "visits.csv.gz") == [CELLS]


def test_a_pattern(tmp_path: Path) -> None:
    for name in ("b", "a"):
        write(tmp_path / f"{name}.csv", HEADER + ROW.replace("0042", name))
    write(tmp_path / "other.txt", "not,read\n")
    assert [row[0] for row in read(f"{tmp_path}/?.csv")] == ["a", "b"]
    assert find_input(f"{tmp_path}/?.csv").size == 2 * (tmp_path / "a.csv").stat().st_size


def test_a_folder_with_columns_in_its_names(tmp_path: Path) -> None:
    for payer in ("medicare", "humana"):
        write(tmp_path / f"payer={payer}" / "locality=15202-00" / "visits.csv")
    write(tmp_path / "_SUCCESS", "")
    write(tmp_path / "payer=humana" / ".visits.csv.crc", "")
    write(tmp_path / "README", "")
    assert [row[-2:] for row in read(tmp_path)] == [
        ("humana", "15202-00"),
        ("medicare", "15202-00"),
    ]
    assert [row[-2] for row in read(f"{tmp_path}/*/*/*.csv")] == ["humana", "medicare"]
    assert read(tmp_path / "payer=humana")[0][-1] == "15202-00"


def test_a_folder_of_parquet_files(tmp_path: Path) -> None:
    for code in ("97110", "97530"):
        folder = tmp_path / f"code={code}"
        folder.mkdir()
        pq.write_table(TABLE.drop_columns(["code"]), folder / "visits.parquet")
    assert [row[2] for row in read(tmp_path)] == ["97110", "97530"]


def test_parquet_files_with_other_columns(tmp_path: Path) -> None:
    pq.write_table(TABLE, tmp_path / "1.parquet")
    pq.write_table(TABLE.append_column("payer", [["medicare"]]), tmp_path / "2.parquet")
    assert [row[-1] for row in read(tmp_path)] == [None, "medicare"]


def test_repeated_and_empty_names(tmp_path: Path) -> None:
    text = (
        "Code,code,,patient,minutes,date_of_service,,note,note\nx,97530,,0042,23,2026-03-02,,a,b\n"
    )
    assert read(write(tmp_path / "visits.csv", text)) == [CELLS]


def test_spaces_around_names(tmp_path: Path) -> None:
    assert read(write(tmp_path / "visits.csv", HEADER.replace(",", ", ") + ROW)) == [CELLS]


def test_renamed_columns(tmp_path: Path) -> None:
    text = '"the ""MRN""",date_of_service,code,minutes\n' + ROW
    path = write(tmp_path / "visits.csv", text)
    assert read(path, {"patient": 'the "MRN"'}) == [CELLS]


def test_the_identity_changes_with_the_file(tmp_path: Path) -> None:
    path = write(tmp_path / "visits.csv")
    before = find_input(path).identity()
    assert find_input(os.path.relpath(path)).identity() == before
    os.utime(path, ns=(1, 1))
    assert find_input(path).identity() != before


class TestErrors:
    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("visits.csv", "No such file"),
            ("visits-*.csv", "matches no file"),
            ("", "has no CSV or Parquet file"),
        ],
    )
    def test_missing_files(self, tmp_path: Path, name: str, message: str) -> None:
        with pytest.raises(FileNotFoundError, match=message):
            find_input(f"{tmp_path}/{name}")

    def test_both_kinds(self, tmp_path: Path) -> None:
        write(tmp_path / "visits.csv")
        pq.write_table(TABLE, tmp_path / "visits.parquet")
        with pytest.raises(InvalidInputError, match="both CSV and Parquet"):
            find_input(tmp_path)

    @pytest.mark.parametrize("content", ["", "PA", HEADER, "PAR1 and nothing else"])
    def test_not_parquet(self, tmp_path: Path, content: str) -> None:
        with pytest.raises(FileFormatError, match="not a Parquet file"):
            find_input(write(tmp_path / "visits.parquet", content))

    @pytest.mark.parametrize("content", ["", "\n", ",,\n"])
    def test_no_header(self, tmp_path: Path, content: str) -> None:
        with pytest.raises(FileFormatError, match="no header"):
            find_input(write(tmp_path / "visits.csv", content))

    def test_not_utf_8(self, tmp_path: Path) -> None:
        path = tmp_path / "visits.csv"
        path.write_bytes(HEADER.encode("utf-16"))
        with pytest.raises(FileFormatError, match="not UTF-8"):
            find_input(path)

    def test_not_gzip(self, tmp_path: Path) -> None:
        with pytest.raises(FileFormatError, match="not a gzip file"):
            find_input(write(tmp_path / "visits.csv.gz"))

    def test_other_headers(self, tmp_path: Path) -> None:
        write(tmp_path / "1.csv")
        write(tmp_path / "2.csv", "code,patient,date_of_service,minutes\n")
        with pytest.raises(FileFormatError, match=r"2\.csv, line 1: its header differs"):
            find_input(tmp_path)

    def test_missing_columns(self, tmp_path: Path) -> None:
        path = write(tmp_path / "1.csv", "patient,code\n")
        with pytest.raises(
            InvalidInputError, match="the file has no column 'date_of_service', only"
        ):
            read(path)
        write(tmp_path / "2.csv", "patient,code\n")
        with pytest.raises(
            InvalidInputError, match="the input has no column 'date_of_service', only"
        ):
            read(tmp_path)

    def test_not_a_path(self) -> None:
        with pytest.raises(InvalidInputError, match="source must be the path of a file"):
            find_input(7)  # type: ignore[arg-type]
