from __future__ import annotations

import gzip
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from errno import ENOSPC
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import duckdb
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest

from therapy_billing import MEDICARE, Accumulators, FeeSchedule, FileFormatError, InvalidInputError
from therapy_billing.batch import file_run, files
from therapy_billing.batch.files import FileBill, bill_file, text_progress
from therapy_billing.batch.frames import bill_frame
from therapy_billing.batch.row_status import RowStatus

Table: TypeAlias = Any
"""A PyArrow Table, which has no types."""
MONDAY = date(2026, 3, 2)


def visits(patients: int = 30, days: int = 3) -> pa.Table:
    """Return services of invented patients, with many days between the days of a patient."""
    rows = [
        {
            "patient": f"{number:05d}",
            "date_of_service": MONDAY + timedelta(days=7 * day),
            "discipline": "PT",
            "code": code,
            "minutes": 8 + (number + day) % 20,
            "locality": "15202-00",
            "sequence": sequence,
        }
        for day in range(days)
        for number in range(patients)
        for sequence, code in enumerate(("97530", "97110", "97112"), 1)
    ]
    return pa.Table.from_pylist(rows)


ROWS = visits()
OTHER = pa.Table.from_pylist([{**row, "minutes": 30} for row in ROWS.to_pylist()])


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "BLOCK_ROWS", 40)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "visits.parquet"
    pq.write_table(ROWS, path)
    return path


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files of a run, except the lock."""
    return {
        str(each.relative_to(folder)): each.read_bytes()
        for each in sorted(folder.rglob("*"))
        if each.is_file() and each.name != ".lock"
    }


def plain(table: Table) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table.to_pylist()
    return sorted(rows, key=lambda row: [str(value) for value in row.values()][:5])


def lines_of(found: FileBill) -> list[dict[str, Any]]:
    return plain(pa.concat_tables([_decoded(pq.read_table(path)) for path in found.lines]))


def rows_of(found: FileBill) -> list[dict[str, Any]]:
    tables = [_decoded(pq.read_table(path)) for path in found.rows]
    return sorted(pa.concat_tables(tables).to_pylist(), key=lambda row: row["row"])


def _decoded(table: Table) -> Table:
    return pa.table(
        {
            name: column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column
            for name, column in zip(table.column_names, table.columns, strict=True)
        }
    )


class TestResults:
    """The lines, the statuses, and the counts are those of bill_frame."""

    @pytest.mark.parametrize("parts", [1, 4, 50])
    @pytest.mark.parametrize("threads", [1, 2])
    def test_parts_and_threads(
        self, source: Path, tmp_path: Path, parts: int, threads: int
    ) -> None:
        found = bill_file(source, tmp_path / "out", parts=parts, threads=threads)
        wanted = bill_frame(ROWS)
        assert len(found.lines) == len(found.rows) == parts
        assert lines_of(found) == plain(wanted.lines)
        assert rows_of(found) == wanted.rows.to_pylist()
        assert found.counts == wanted.counts

    def test_threads_do_not_change_a_byte(self, source: Path, tmp_path: Path) -> None:
        one, two = tmp_path / "one", tmp_path / "two"
        bill_file(source, one, parts=3)
        bill_file(source, two, parts=3, threads=3)
        assert contents(one) == contents(two)

    def test_a_patient_with_more_rows_than_a_block(self, tmp_path: Path) -> None:
        path = tmp_path / "visits.parquet"
        table = pa.concat_tables([visits(1, 40), visits(30, 1)])
        pq.write_table(table, path)
        found = bill_file(path, tmp_path / "out", parts=2, accumulators="start-at-zero")
        wanted = bill_frame(table, accumulators="start-at-zero")
        assert lines_of(found) == plain(wanted.lines)

    def test_only_one_patient(self, tmp_path: Path) -> None:
        path = tmp_path / "visits.parquet"
        pq.write_table(visits(1, 40), path)
        found = bill_file(path, tmp_path / "out")
        assert found.counts.rows == 120

    def test_rows_without_a_patient_are_spread(self, tmp_path: Path) -> None:
        path = tmp_path / "visits.parquet"
        table = ROWS.set_column(0, "patient", pa.nulls(len(ROWS), pa.string()))
        pq.write_table(table, path)
        found = bill_file(path, tmp_path / "out", parts=2)
        assert found.counts.rows_by_status == {RowStatus.MISSING_VALUE: len(ROWS)}
        assert all(pq.read_metadata(path).num_rows for path in found.rows)

    def test_no_rows(self, tmp_path: Path) -> None:
        path = tmp_path / "visits.parquet"
        pq.write_table(ROWS.slice(0, 0), path)
        found = bill_file(path, tmp_path / "out")
        assert (found.counts.rows, found.counts.lines) == (0, 0)
        assert pq.read_table(found.lines[0]).column_names[:2] == ["patient", "date_of_service"]

    def test_amounts_of_patients(self, source: Path, tmp_path: Path) -> None:
        years = {f"{number:05d}": Accumulators(2026, "257.00", "2400.00") for number in range(30)}
        arguments: dict[str, Any] = {"fees": FeeSchedule.medicare, "accumulators": years}
        found = bill_file(source, tmp_path / "out", **arguments)
        assert lines_of(found) == plain(bill_frame(ROWS, **arguments).lines)

    def test_csv_cells_stay_text(self, tmp_path: Path) -> None:
        path = tmp_path / "visits.csv"
        pc.write_csv(ROWS, path)
        found = bill_file(path, tmp_path / "out", fees=FeeSchedule.medicare)
        wanted = plain(bill_frame(ROWS, fees=FeeSchedule.medicare).lines)
        assert lines_of(found) == [
            {**line, "date_of_service": str(line["date_of_service"])} for line in wanted
        ]

    def test_a_bad_cell_is_a_status(self, tmp_path: Path) -> None:
        path = tmp_path / "visits.csv"
        path.write_text(
            "mrn;date_of_service;code;minutes;units;sequence\n"
            "001;3/2/2026;97530;23;;1\n"
            "002;3/2/2026;97530;many;;1\n"
            "003;someday;97530;23;;1\n"
            "004;3/2/2026;G0283;;1;1\n"
            ';3/2/2026;"97;530";23;;1\n'
        )
        found = bill_file(path, tmp_path / "out", columns={"patient": "mrn"}, discipline="PT")
        assert [row["status"] for row in rows_of(found)] == [
            "billed",
            "bad-value",
            "missing-value",
            "billed",
            "missing-value",
        ]
        assert lines_of(found)[0]["patient"] == "001"

    def test_csv_output(self, source: Path, tmp_path: Path) -> None:
        found = bill_file(source, tmp_path / "out", fees=FeeSchedule.medicare, format="csv")
        assert [path.name for path in found.lines] == ["part-00000.csv"]
        text = found.lines[0].read_text().splitlines()
        assert text[0].startswith('"patient","date_of_service","locality","discipline"')
        assert len(text) == 1 + found.counts.lines
        assert found.rows[0].read_text().splitlines()[1].endswith('"billed",')

    def test_order_code_needs_no_sequence(self, source: Path, tmp_path: Path) -> None:
        found = bill_file(source, tmp_path / "out", order="code")
        assert lines_of(found) == plain(bill_frame(ROWS, order="code").lines)

    def test_the_default_number_of_parts_grows_with_the_input(
        self, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(files, "_PART_BYTES", 10_000)
        packed = len(bill_file(source, tmp_path / "one").lines)
        pc.write_csv(ROWS, tmp_path / "visits.csv")
        text = len(bill_file(tmp_path / "visits.csv", tmp_path / "two").lines)
        assert packed == 1 + 8 * source.stat().st_size // 10_000
        assert text == 1 + (tmp_path / "visits.csv").stat().st_size // 10_000


class TestFileBill:
    def test_the_text_has_counts_and_no_patients(self, tmp_path: Path) -> None:
        path = tmp_path / "visits.parquet"
        rows = visits(2, 1).to_pylist()
        rows[0]["minutes"] = -1
        pq.write_table(pa.Table.from_pylist(rows), path)
        found = bill_file(path, tmp_path / "out")
        assert repr(found) == "<FileBill 6 rows in, 2 lines out; 1 day billed, 1 refused>"
        assert str(found) == (
            "6 rows in, 2 lines out; 1 day billed, 1 refused; 3 rows not billed: 1 bad-value, 2 other-row"
        )

    def test_nothing_refused(self, source: Path, tmp_path: Path) -> None:
        assert str(bill_file(source, tmp_path / "out")).endswith("0 rows not billed")

    def test_no_other_user_can_read_the_output(self, source: Path, tmp_path: Path) -> None:
        found = bill_file(source, tmp_path / "out")
        for path in (*found.lines, *found.rows, found.folder / "run.json"):
            assert path.stat().st_mode & 0o077 == 0


KILLED = """
import os, signal, sys
from therapy_billing.batch import files
files.BLOCK_ROWS = 40

def progress(done, total):
    if done > total * {share}:
        os.kill(os.getpid(), signal.SIGKILL)

files.bill_file({source!r}, {out!r}, parts=5, accumulators="start-at-zero", progress=progress)
"""


class TestResume:
    """A run that was killed goes on, and its output is the same byte for byte."""

    @pytest.mark.parametrize("share", [0, 0.5, 0.9])
    @pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 on this system")
    def test_after_kill_9(self, source: Path, tmp_path: Path, share: float) -> None:
        whole, out = tmp_path / "whole", tmp_path / "out"
        arguments: dict[str, Any] = {"parts": 5, "accumulators": "start-at-zero"}
        bill_file(source, whole, **arguments)
        script = KILLED.format(share=share, source=str(source), out=str(out))
        killed = subprocess.run([sys.executable, "-c", script], check=False)
        assert killed.returncode == -signal.SIGKILL
        before = json.loads((out / "run.json").read_text())["done"]
        assert len(before) < 5
        assert list(tmp_path.glob(".therapy-billing-spill-*"))
        kept = {path: path.stat().st_mtime_ns for path in (out / "lines").glob("*.parquet")}
        found = bill_file(source, out, **arguments)
        assert contents(out) == contents(whole)
        assert found.counts.rows == len(ROWS)
        assert {path: path.stat().st_mtime_ns for path in kept} == kept
        assert not list(tmp_path.glob(".therapy-billing-spill-*"))

    def stopped(self, source: Path, out: Path, after: int) -> None:
        """Run until some rows are done."""

        def stop(done: int, _: int) -> None:
            if done > after:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            bill_file(source, out, parts=5, progress=stop)

    def test_nothing_unfinished_is_left(self, source: Path, tmp_path: Path) -> None:
        out = tmp_path / "out"
        self.stopped(source, out, 150)
        done = len(json.loads((out / "run.json").read_text())["done"])
        assert 0 < done < 5
        assert len(list(out.rglob("part-*"))) == 2 * done

    def test_a_finished_run_reads_nothing(self, source: Path, tmp_path: Path) -> None:
        first = bill_file(source, tmp_path / "out", parts=3)
        calls: list[tuple[int, int]] = []
        second = bill_file(source, tmp_path / "out", progress=lambda *each: calls.append(each))
        assert second == first
        assert calls == []

    def test_a_removed_part_is_made_again(self, source: Path, tmp_path: Path) -> None:
        found = bill_file(source, tmp_path / "out", parts=3)
        whole = contents(found.folder)
        found.rows[1].unlink()
        bill_file(source, tmp_path / "out")
        assert contents(found.folder) == whole

    def test_progress_goes_on(self, source: Path, tmp_path: Path) -> None:
        out = tmp_path / "out"
        self.stopped(source, out, 100)
        calls: list[tuple[int, int]] = []
        bill_file(source, out, progress=lambda *each: calls.append(each))
        done = [each for each, _ in calls]
        assert 0 < done[0] < done[-1] == len(ROWS)
        assert {total for _, total in calls} == {len(ROWS)}

    def test_changed_input(self, source: Path, tmp_path: Path) -> None:
        out = tmp_path / "out"
        self.stopped(source, out, 100)
        pq.write_table(OTHER, source)
        with pytest.raises(InvalidInputError, match=r"source has changed.*resume=False"):
            bill_file(source, out)
        found = bill_file(source, out, resume=False)
        assert lines_of(found) == plain(bill_frame(OTHER).lines)

    @pytest.mark.parametrize(
        ("arguments", "name"),
        [
            ({"payer": "cpt-midpoint"}, "payer has"),
            ({"payers": {"medicare": MEDICARE}}, "payers has"),
            ({"fees": FeeSchedule.medicare}, "fees has"),
            ({"accumulators": "start-at-zero"}, "accumulators has"),
            ({"accumulators": {"00001": Accumulators(2026)}}, "accumulators has"),
            ({"locality": "OH", "clinician": "assistant"}, "clinician and locality have"),
            ({"setting": "facility"}, "setting has"),
            ({"order": "code"}, "order has"),
            ({"charges": {"97530": "80.00"}}, "charges has"),
            ({"format": "csv"}, "format has"),
            ({"policy_changes": {"cap_per_day": 4}}, "policy_changes has"),
            ({"parts": 7}, "parts has"),
        ],
    )
    def test_other_arguments(
        self, source: Path, tmp_path: Path, arguments: dict[str, Any], name: str
    ) -> None:
        bill_file(source, tmp_path / "out", parts=1)
        with pytest.raises(InvalidInputError, match=name):
            bill_file(source, tmp_path / "out", **{"parts": 1, **arguments})

    def test_a_folder_of_something_else(self, source: Path, tmp_path: Path) -> None:
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "run.json").write_text("[]")
        with pytest.raises(InvalidInputError, match="not empty, and no run made it"):
            bill_file(source, tmp_path / "out", resume=False)
        with pytest.raises(InvalidInputError, match="not empty, and no run made it"):
            bill_file(source, tmp_path)

    def test_a_run_that_is_alive(self, source: Path, tmp_path: Path) -> None:
        def again(*_: int) -> None:
            bill_file(source, tmp_path / "out")

        with pytest.raises(InvalidInputError, match="another run is writing"):
            bill_file(source, tmp_path / "out", progress=again)


class TestSequence:
    """The documented order is the same in every block."""

    def table(self, sequences: Callable[[int], object]) -> pa.Table:
        return ROWS.set_column(
            6, "sequence", pa.array([sequences(index) for index in range(len(ROWS))], pa.string())
        )

    def test_times(self, tmp_path: Path) -> None:
        table = self.table(lambda index: f"{9 + index % 3:02}:30")
        pq.write_table(table, tmp_path / "visits.parquet")
        found = bill_file(tmp_path / "visits.parquet", tmp_path / "out")
        assert lines_of(found) == plain(bill_frame(table).lines)

    def test_numbers_and_times(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        times = {f"{number:05d}" for number in range(15)}
        patients = ROWS.column("patient").to_pylist()
        table = self.table(
            lambda index: f"09:{index % 60:02}" if patients[index] in times else str(index)
        )
        pq.write_table(table, tmp_path / "visits.parquet")
        monkeypatch.setattr(files, "BLOCK_ROWS", 3)
        with pytest.raises(InvalidInputError, match="numbers in some rows and times in others"):
            bill_file(tmp_path / "visits.parquet", tmp_path / "out")
        assert bill_file(tmp_path / "visits.parquet", tmp_path / "other", order="rows").counts.lines

    def test_none(self, tmp_path: Path) -> None:
        pq.write_table(ROWS.drop_columns(["sequence"]), tmp_path / "visits.parquet")
        with pytest.raises(InvalidInputError, match="the documented order"):
            bill_file(tmp_path / "visits.parquet", tmp_path / "out")
        assert bill_file(tmp_path / "visits.parquet", tmp_path / "out", order="rows").counts.lines


class TestErrors:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"format": "xlsx"}, "format must be 'parquet' or 'csv'"),
            ({"on_error": "stop"}, "on_error must be 'status' or 'raise'"),
            ({"threads": 0}, "threads must be 1 or more"),
            (
                {"progress": "yes"},
                "progress must be a function such as text_progress, got a string",
            ),
            ({"parts": 0}, "parts must be from 1 to 10000"),
            ({"resume": "no"}, "resume must be"),
            ({"memory_limit": "much"}, "memory_limit must be a number with a unit"),
            ({"columns": {"person": "mrn"}}, "column"),
            ({"columns": {"patient": "mrn"}}, "the file has no column 'mrn'"),
        ],
    )
    def test_arguments(
        self, source: Path, tmp_path: Path, arguments: dict[str, Any], message: str
    ) -> None:
        with pytest.raises(InvalidInputError, match=message):
            bill_file(source, tmp_path / "out", **arguments)
        assert not (tmp_path / "out").exists()

    def test_raise(self, tmp_path: Path) -> None:
        rows = ROWS.to_pylist()
        rows[4]["minutes"] = rows[5]["minutes"] = -1
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / "visits.parquet")
        with pytest.raises(ExceptionGroup, match="the first 3 that were found") as caught:
            bill_file(tmp_path / "visits.parquet", tmp_path / "out", on_error="raise")
        errors = [error for error in caught.value.exceptions if isinstance(error, FileFormatError)]
        assert [error.line for error in errors] == [4, 5, 6]
        assert not list((tmp_path / "out").rglob("part-*"))

    def test_duckdb_is_not_installed(
        self, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "duckdb", None)
        with pytest.raises(ModuleNotFoundError, match=r"pip install 'therapy-billing\[files\]'"):
            bill_file(source, tmp_path / "out")

    def test_the_output_is_a_file(self, source: Path) -> None:
        with pytest.raises(FileExistsError):
            bill_file(source, source)

    def test_the_disk_is_full(
        self, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        opened = file_run._open_writer  # noqa: SLF001 - a disk cannot be filled in a test

        class Full:
            def __init__(self, path: Path, schema: object, *, is_csv: bool) -> None:
                self.writer = opened(path, schema, is_csv=is_csv)
                self.count = 0

            def write(self, table: Table) -> None:
                self.count += 1
                if self.count > 1:
                    raise OSError(ENOSPC, "Error writing bytes to file")
                self.writer.write(table)

            def close(self) -> None:
                self.writer.close()
                raise OSError(ENOSPC, "Error writing bytes to file")

        monkeypatch.setattr(file_run, "_open_writer", Full)
        with pytest.raises(OSError, match=r"no space left for .*make the same call again"):
            bill_file(source, tmp_path / "out", parts=1)
        assert not list((tmp_path / "out").rglob("part-*"))
        with pytest.raises(OSError, match="no space left for "):
            bill_file(source, tmp_path / "out", parts=1, memory_limit="200MB")
        monkeypatch.undo()
        assert bill_file(source, tmp_path / "out", parts=1).counts.lines

    def test_another_error_while_writing(
        self, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object, **__: object) -> None:
            raise PermissionError("no")

        monkeypatch.setattr(file_run, "_open_writer", fail)
        with pytest.raises(PermissionError, match="no"):
            bill_file(source, tmp_path / "out")


class TestProgress:
    def test_rows_done_and_all_rows(self, source: Path, tmp_path: Path) -> None:
        calls: list[tuple[int, int]] = []
        bill_file(source, tmp_path / "out", progress=lambda *each: calls.append(each))
        assert calls[0] == (0, len(ROWS))
        assert calls[-1] == (len(ROWS), len(ROWS))
        assert [done for done, _ in calls] == sorted({done for done, _ in calls})

    def test_text(self, capsys: pytest.CaptureFixture[str]) -> None:
        text_progress(500_000, 1_000_000)
        text_progress(1_000_000, 1_000_000)
        text_progress(0, 0)
        assert capsys.readouterr().err == (
            f"\r[{'#' * 15}{' ' * 15}] 500,000 of 1,000,000 rows"
            f"\r[{'#' * 30}] 1,000,000 of 1,000,000 rows\n"
            f"\r[{'#' * 30}] 0 of 0 rows\n"
        )

    def test_none_by_default(
        self, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        bill_file(source, tmp_path / "out")
        assert capsys.readouterr() == ("", "")


class TestSpillFolder:
    def test_next_to_the_output_by_default(self, source: Path, tmp_path: Path) -> None:
        found: list[Path] = []
        out = tmp_path / "new" / "out"
        bill_file(
            source,
            out,
            progress=lambda *_: found.extend(out.parent.glob(".therapy-billing-spill-*")),
        )
        assert found
        assert [each.name for each in out.parent.iterdir()] == ["out"]

    def test_another_folder(self, source: Path, tmp_path: Path) -> None:
        found: list[Path] = []
        fast = tmp_path / "fast"
        bill_file(
            source,
            tmp_path / "out",
            spill_folder=fast,
            progress=lambda *_: found.extend(fast.iterdir()),
        )
        assert found
        assert not list(fast.iterdir())


def test_a_packed_file_has_the_same_lines(tmp_path: Path) -> None:
    path = tmp_path / "visits.csv.gz"
    with gzip.open(path, "wb") as file:
        pc.write_csv(ROWS, file)
    assert bill_file(path, tmp_path / "out").counts == bill_frame(ROWS).counts


def test_versions_are_part_of_the_arguments(source: Path, tmp_path: Path) -> None:
    bill_file(source, tmp_path / "out", fees=partial(FeeSchedule.medicare, locality="OH"))
    arguments = json.loads((tmp_path / "out" / "run.json").read_text())["arguments"]
    assert f"duckdb {duckdb.__version__}" in arguments["libraries"]
    assert arguments["version"].startswith("therapy_billing ")
