"""
Measure the speed of ``bill_frame``: ``python benchmarks/batch.py [--rows 100000 1000000 10000000]``.

Each figure is the best of several calls in a process of its own, after a first call with ten rows, so data files are read
already. Ratios compare with a copy of the columns that the kernel reads, in the same process. The peak is the memory above that
before the calls. ``--profile`` shows where the time goes, ``--blocks`` compares sizes of blocks. Copy the tables to docs/performance.md.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

# The generator is one of the scripts, which are not installed.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

from ordinary_frames import UNTIMED, draw_frame, shuffled, with_texts

from therapy_billing import FeeSchedule, InvalidInputError, Session, bill_day
from therapy_billing.batch.columns import FrameColumns
from therapy_billing.batch.frame_kinds import FrameSource, read_frame
from therapy_billing.batch.frame_terms import FrameTerms, frame_terms
from therapy_billing.batch.frames import bill_columns, bill_frame
from therapy_billing.batch.kernel.arrangement import BLOCK_ROWS, arranged, blocks
from therapy_billing.batch.kernel.compiled import CompiledTerms
from therapy_billing.batch.kernel.rows import RowReader
from therapy_billing.batch.kernel.segments import bits_for, index_of_runs, marks, sorted_index
from therapy_billing.batch.kernel.units import Entries, Services, count_units
from therapy_billing.visits.services import service

ROWS = (100_000, 1_000_000, 10_000_000)
LOCALITY = "OH"
BLOCKS = (8_192, 16_384, 32_768, 65_536, 131_072)
SCALAR_DAYS = 3_000
CHECKED_ROWS = 200_000
"""How many rows the units of the other libraries are compared on."""
COLUMNS = ("code", "minutes", "discipline", "clinician")
POOL = ("patient", "date_of_service", "discipline")
ENTRY = (*POOL, "code")

Frame = Any
"""A dataframe of any library."""


@attrs.frozen
class Measured:
    """Seconds of processor and of wall-clock time, of the system for the process, of a copy; and bytes of memory."""

    cpu: float
    wall: float
    system: float
    copy: float
    peak: int


@attrs.frozen
class Target:
    """The least million rows per second, of one of the measurements, at a million rows."""

    name: str
    least: float


TARGETS = (
    Target("units, grouped", 80),
    Target("units, any order", 10),
    Target("columns, grouped", 7),
    Target("columns, any order", 4.5),
    Target("frame, PyArrow, texts", 4),
    Target("frame, Polars, texts", 4),
    Target("frame, pandas, texts", 4),
)
LEAST_OF_TWO_THREADS = 1.6
MOST_GROWTH = 0.15


# What is measured. Each function prepares a call.


def read(table: Frame) -> tuple[FrameColumns, FrameSource]:
    return read_frame(table, {})


def terms_of(years: str | None, *, fees: bool = True) -> FrameTerms:
    found = FeeSchedule.medicare if fees else None
    return frame_terms("medicare", found, years, locality=LOCALITY)


def prepare_columns(
    table: Frame, years: str | None, *, threads: int = 1, block_rows: int = BLOCK_ROWS
) -> Callable[[], object]:
    columns, source = read(table)
    terms = terms_of(years)
    bill_columns(*read(table.slice(0, 10)), terms)
    return partial(bill_columns, columns, source, terms, threads=threads, block_rows=block_rows)


def prepare_frame(table: Frame, library: str) -> Callable[[], object]:
    frame = frame_of(table, library)
    more: dict[str, Any] = {"accumulators": "start-at-zero", "fees": FeeSchedule.medicare}
    more["locality"] = LOCALITY
    bill_frame(frame_of(table.slice(0, 10), library), **more)
    return partial(bill_frame, frame, **more)


def frame_of(table: Frame, library: str) -> Frame:
    match library:
        case "Polars":
            import polars as pl  # noqa: PLC0415 - one library per process

            frame = pl.DataFrame(table)
            categories = [
                name for name, kind in frame.schema.items() if kind in (pl.Categorical, pl.Enum)
            ]
            return frame.with_columns(pl.col(categories).cast(pl.Categorical))
        case "pandas":
            return table.to_pandas()
        case _:
            return table


def services_of(columns: FrameColumns) -> tuple[list[Services], CompiledTerms, NDArray[Any]]:
    """Return the prepared rows of every block, the terms, and whether each day takes CQ and CO."""
    reader = RowReader(columns, terms_of(None, fees=False))
    compiled = reader.compiled
    found, takes = [], np.zeros(0, np.bool_)
    for block in blocks(columns.patient):
        rows = reader.read(block)
        first = np.flatnonzero(marks(rows.patient) | marks(rows.date))
        period = compiled.period_of_day[rows.date[first] - compiled.first_day]
        regime = compiled.regimes_of(
            rows.payer[first], period, rows.locality[first], rows.setting[first]
        )
        policy = compiled.regimes["policy"][regime]
        takes = np.ones(max(len(takes), len(first)), np.bool_)
        day = index_of_runs(first, len(rows.row))
        each = {"day": day} | {column: getattr(rows, column) for column in COLUMNS}
        found.append(services_from(each, policy))
    return found, compiled, takes


def services_from(columns: dict[str, NDArray[Any]], policy: NDArray[Any]) -> Services:
    return Services(
        **columns, units=None, modifiers=None, charge=None, policy=policy, days=len(policy)
    )


def prepare_units(table: Frame) -> Callable[[], object]:
    """Prepare to count the units of rows that are in documented order."""
    every, compiled, takes = services_of(read(table)[0])

    def call() -> list[Entries]:
        return [count_units(each, compiled, takes[: each.days]) for each in every]

    return call


def prepare_units_any_order(table: Frame) -> Callable[[], object]:
    """Prepare to sort rows by patient, date, and documented order, and to count their units."""
    grouped = read(table)[0]
    every, compiled, _ = services_of(grouped)
    rng = np.random.default_rng(1)
    order = rng.permutation(len(grouped))
    patient, date = grouped.patient[order], grouped.date_of_service[order]
    assert grouped.sequence is not None  # noqa: S101 - drawn frames have it
    sequence = grouped.sequence[order]
    columns = {
        name: np.concatenate([getattr(each, name) for each in every])[order] for name in COLUMNS
    }
    policy = np.concatenate([each.policy[each.day] for each in every])[order]

    def call() -> list[Entries]:
        rows = arranged(patient, date)
        assert rows is not None  # noqa: S101 - the rows are shuffled
        found = []
        for block in blocks(patient[rows]):
            at = rows[block]
            first = marks(patient[at]) | marks(date[at])
            day = np.cumsum(first) - 1
            days = int(day[-1]) + 1
            place = sequence[at]
            keys = [(day, bits_for(days)), (place, bits_for(int(place.max()) + 1))]
            at = at[sorted_index(keys, len(at))]
            taken = {name: column[at] for name, column in columns.items()}
            each = services_from({"day": day} | taken, policy[at[first]])
            found.append(count_units(each, compiled, np.ones(days, np.bool_)))
        return found

    return call


def prepare_scalar(table: Frame) -> Callable[[], object]:
    """Prepare to bill a sample of days one by one. The fee schedules are found before."""
    days: dict[tuple[object, Any], dict[str, list[Any]]] = {}
    for row in table.slice(0, SCALAR_DAYS * 4).to_pylist():
        day = days.setdefault((row["patient"], row["date_of_service"]), {})
        made = service(
            row["code"],
            row["minutes"],
            clinician=row["clinician"],
        )
        day.setdefault(row["discipline"], []).append(made)
    fees = {on: FeeSchedule.medicare(on, locality=LOCALITY) for _, on in days}

    def call() -> None:
        for (_, on), sessions in days.items():
            bill_day(
                [Session(on, plan, services) for plan, services in sessions.items()],
                "medicare",
                fees[on],
            )

    return call


# The same units in other libraries: codes with the most minutes over a quarter of an hour win, then the first documented.


def polars_units(frame: Frame) -> Frame:
    import polars as pl  # noqa: PLC0415 - one library per process

    minutes = pl.col("minutes")
    entries = frame.group_by(ENTRY).agg(minutes.sum(), pl.len(), pl.col("sequence").min())
    timed = ~pl.col("code").cast(pl.String).is_in(sorted(UNTIMED))
    given = pl.when("timed").then(minutes).otherwise(0)
    extra = (given.sum() + 7) // 15 - (given // 15).sum()
    # The fewest minutes are first, so that untimed codes never win.
    most_first = pl.when("timed").then(given % 15 * 1_000 - pl.col("sequence")).otherwise(-1_000)
    rank = most_first.rank("ordinal", descending=True)
    won = (rank <= extra).over(POOL).cast(pl.Int64)
    units = pl.when("timed").then(minutes // 15 + won).otherwise("len")
    return entries.lazy().with_columns(timed=timed).select(*ENTRY, units=units).collect()


def duckdb_units(connection: Any) -> Frame:  # noqa: ANN401 - a connection
    untimed = ", ".join(f"'{code}'" for code in sorted(UNTIMED))
    return connection.sql(f"""
        WITH entries AS (
            SELECT patient, date_of_service, discipline, code, sum(minutes)::BIGINT AS minutes, count(*) AS count,
                min(sequence) AS sequence, code NOT IN ({untimed}) AS timed
            FROM services GROUP BY ALL
        ), ranked AS (
            SELECT *, minutes // 15 AS quarters,
                (sum(minutes) OVER pool + 7) // 15 - sum(minutes // 15) OVER pool AS extra,
                row_number() OVER (
                    PARTITION BY patient, date_of_service, discipline, timed ORDER BY minutes % 15 DESC, sequence
                ) AS place
            FROM entries WINDOW pool AS (PARTITION BY patient, date_of_service, discipline, timed)
        )
        SELECT patient, date_of_service, discipline, code,
            CASE WHEN timed THEN quarters + (place <= extra)::BIGINT ELSE count END AS units
        FROM ranked
    """).to_arrow_table()  # noqa: S608 - the codes are fixed


def pandas_units(frame: Frame) -> Frame:
    by_entry = frame.groupby(list(ENTRY), sort=False, observed=True)
    entries = by_entry.agg(
        minutes=("minutes", "sum"), count=("minutes", "size"), sequence=("sequence", "min")
    ).reset_index()
    entries["units"] = entries["count"]
    timed = entries[~entries["code"].isin(UNTIMED)].copy()
    timed["quarters"], timed["left"] = timed["minutes"] // 15, timed["minutes"] % 15
    timed = timed.sort_values(["left", "sequence"], ascending=[False, True])
    pools = timed.groupby(list(POOL), sort=False, observed=True)
    extra = (pools["minutes"].transform("sum") + 7) // 15 - pools["quarters"].transform("sum")
    entries.loc[timed.index, "units"] = timed["quarters"] + (pools.cumcount() < extra)
    return entries[[*ENTRY, "units"]]


def units_in(library: str, table: Frame) -> Callable[[], Frame]:
    if library == "DuckDB":
        import duckdb  # noqa: PLC0415 - one library per process

        connection = duckdb.connect(config={"threads": 1})
        connection.register("given", table)
        connection.execute("CREATE TABLE services AS SELECT * FROM given")
        return partial(duckdb_units, connection)
    frame = frame_of(table, library)
    return partial(polars_units if library == "Polars" else pandas_units, frame)


def prepare_units_in(table: Frame, library: str) -> Callable[[], object]:
    """Prepare to count the units with another library, after a check that they are those of the kernel."""
    some = table.slice(0, CHECKED_ROWS)
    wanted = kernel_units(some)
    found = units_in(library, some)()
    if not isinstance(found, pa.Table):
        found = found.to_arrow() if library == "Polars" else pa.Table.from_pandas(found)
    columns = [*(found.column(name).cast(pa.string()).to_pylist() for name in ENTRY)]
    units = found.column("units").to_pylist()
    if sorted(zip(*columns, units, strict=True)) != wanted:
        msg = f"the units of {library} differ from those of the kernel"
        raise AssertionError(msg)
    return units_in(library, table)


def kernel_units(table: Frame) -> list[tuple[Any, ...]]:
    columns = read(table)[0]
    every, compiled, takes = services_of(columns)
    first = np.flatnonzero(marks(columns.patient) | marks(columns.date_of_service))
    patients = table.column("patient").take(first).cast(pa.string()).to_pylist()
    dates = table.column("date_of_service").take(first).cast(pa.string()).to_pylist()
    found, start = [], 0
    for each in every:
        entries = count_units(each, compiled, takes[: each.days])
        for day, plan, code, units in zip(
            entries.day.tolist(),
            entries.discipline.tolist(),
            entries.code.tolist(),
            (entries.first + entries.further).tolist(),
            strict=True,
        ):
            at = start + day
            name = ("PT", "OT", "SLP")[plan]
            found.append((patients[at], dates[at], name, compiled.codes.codes[code], units))
        start += each.days
    return sorted(found)


PREPARE: dict[str, Callable[[Frame], Callable[[], object]]] = {
    "units, grouped": prepare_units,
    "units, any order": prepare_units_any_order,
    "columns, grouped": partial(prepare_columns, years="start-at-zero"),
    "columns, any order": lambda table: prepare_columns(shuffled(table), "start-at-zero"),
    "columns, grouped, no year": partial(prepare_columns, years=None),
    "columns, any order, no year": lambda table: prepare_columns(shuffled(table), None),
    "columns, grouped, 2 threads": partial(prepare_columns, years="start-at-zero", threads=2),
    "frame, PyArrow, dictionaries": partial(prepare_frame, library="PyArrow"),
    "frame, PyArrow, texts": lambda table: prepare_frame(with_texts(table), "PyArrow"),
    "frame, Polars, dictionaries": partial(prepare_frame, library="Polars"),
    "frame, Polars, texts": lambda table: prepare_frame(with_texts(table), "Polars"),
    "frame, pandas, dictionaries": partial(prepare_frame, library="pandas"),
    "frame, pandas, texts": lambda table: prepare_frame(with_texts(table), "pandas"),
    "units in Polars": partial(prepare_units_in, library="Polars"),
    "units in DuckDB": partial(prepare_units_in, library="DuckDB"),
    "units in pandas": partial(prepare_units_in, library="pandas"),
    "bill_day, a sample of days": prepare_scalar,
}


# Measuring


def peak_kilobytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def system_seconds() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_stime


def forget_peak() -> None:
    """Start the peak at the present memory where the system can. Else the peak of the preparation counts as the baseline."""
    path = Path("/proc/self/clear_refs")
    if path.exists():
        path.write_text("5", encoding="ascii")


def measure(call: Callable[[], object], repeats: int, copy: float = 0.0) -> Measured:
    best = (float("inf"),) * 3
    gc.collect()
    forget_peak()
    before = peak_kilobytes()
    for _ in range(repeats):
        wall, cpu, system = time.perf_counter(), time.process_time(), system_seconds()
        call()
        spent = (
            time.process_time() - cpu,
            time.perf_counter() - wall,
            system_seconds() - system,
        )
        best = min(best, spent)
    return Measured(*best, copy, (peak_kilobytes() - before) * 1024)


def copy_seconds(table: Frame) -> float:
    """Return the processor time of a copy of the columns that the kernel reads."""
    columns = read(table)[0]
    arrays = [getattr(columns, field.name) for field in attrs.fields(FrameColumns)]
    arrays = [getattr(each, "codes", each) for each in arrays if each is not None]
    best = float("inf")
    for _ in range(5):
        start = time.process_time()
        copies = [each.copy() for each in arrays]
        best = min(best, time.process_time() - start)
        del copies
    return best


def measure_here(name: str, path: str) -> Measured:
    with pa.OSFile(path) as file:
        table = pa.ipc.open_file(file).read_all()
    copy = copy_seconds(table)
    call = PREPARE[name](table)
    rows = len(table)
    if name.startswith("bill_day"):
        # Extrapolated from a sample.
        found = measure(call, 3)
        scale = rows / min(rows, SCALAR_DAYS * 4)
        return Measured(found.cpu * scale, found.wall * scale, found.system * scale, copy, 0)
    return measure(call, 7 if rows <= ROWS[0] else 3 if rows <= ROWS[1] else 2, copy)


def measured_apart(name: str, path: Path) -> Measured:
    """Measure in a process of its own, on one thread."""
    done = subprocess.run(
        [sys.executable, __file__, "--measure", name, str(path)],
        env={**os.environ, "POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1"},
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        msg = f"{name}: {done.stderr.splitlines()[-1]}"
        raise InvalidInputError(msg)
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def compile_seconds() -> Iterator[tuple[str, float]]:
    """Yield the seconds to bill frames whose rows need almost no time."""
    ten, usual = draw_frame(10), draw_frame(3_000, 1)
    calls = {
        "10 rows, the first call of a process": ten,
        "10 rows, a later call": ten,
        "3,000 rows of all 20 quarters, the first call": usual,
        "3,000 rows of all 20 quarters, a later call": usual,
    }
    for name, table in calls.items():
        start = time.process_time()
        bill_frame(
            table, fees=FeeSchedule.medicare, locality=LOCALITY, accumulators="start-at-zero"
        )
        yield name, time.process_time() - start


def write(path: Path, rows: int) -> Path:
    table = draw_frame(rows, 1).combine_chunks()
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table, max_chunksize=rows)
    return path


# Tables


def show(sizes: Sequence[int], names: Sequence[str]) -> None:
    print(
        "| measured | rows | million rows per second | by the clock | ns per row | of which system | copies | peak MB |"
    )
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |", flush=True)
    found: dict[tuple[str, int], Measured] = {}
    with tempfile.TemporaryDirectory() as folder:
        for rows in sizes:
            path = write(Path(folder) / f"{rows}.arrow", rows)
            for name in names:
                each = found[name, rows] = measured_apart(name, path)
                print(
                    f"| {name} | {rows:,} | {rows / each.cpu / 1e6:.3g} | {rows / each.wall / 1e6:.3g} | "
                    f"{each.cpu / rows * 1e9:.1f} | {each.system / rows * 1e9:.1f} | {each.cpu / each.copy:.1f} | "
                    f"{each.peak / 1e6:,.0f} |",
                    flush=True,
                )
            path.unlink()
    show_targets(found, sizes)


def show_targets(found: dict[tuple[str, int], Measured], sizes: Sequence[int]) -> None:
    print("\n| target | measured | met |\n| --- | ---: | --- |")
    middle = ROWS[1] if ROWS[1] in sizes else sizes[-1]
    for target in TARGETS:
        if (target.name, middle) in found:
            reached = middle / found[target.name, middle].cpu / 1e6
            met = "yes" if reached >= target.least else "no"
            print(f"| {target.name}: {target.least} million rows/s | {reached:.3g} | {met} |")
    one, two = ("columns, grouped", middle), ("columns, grouped, 2 threads", middle)
    if one in found and two in found:
        times = found[one].wall / found[two].wall
        met = "yes" if times >= LEAST_OF_TWO_THREADS else "no"
        print(f"| two threads: {LEAST_OF_TWO_THREADS} times as fast | {times:.2f} | {met} |")
    if {ROWS[1], ROWS[2]} <= set(sizes):
        for name in sorted({name for name, _ in found}):
            growth = found[name, ROWS[2]].cpu / found[name, ROWS[1]].cpu / 10 - 1
            met = "yes" if growth <= MOST_GROWTH else "no"
            what = f"{name}: ten million rows cost {MOST_GROWTH:.0%} more per row at most"
            print(f"| {what} | {growth:+.0%} | {met} |")


def show_compile_time() -> None:
    print("\n| compiled terms | seconds |\n| --- | ---: |")
    for name, seconds in compile_seconds():
        print(f"| {name} | {seconds:.3f} |")


def show_blocks(rows: int) -> None:
    columns, source = read(draw_frame(rows, 1))
    terms = terms_of("start-at-zero")
    bill_columns(columns, source, terms)
    print("\n| rows of a block | ns per row | of which system |\n| --- | ---: | ---: |")
    found = {size: Measured(1e9, 1e9, 0, 0, 0) for size in BLOCKS}
    # The sizes alternate, so that other work on the machine affects all of them.
    for _ in range(4):
        for size in BLOCKS:
            call = partial(bill_columns, columns, source, terms, block_rows=size)
            found[size] = min(found[size], measure(call, 1), key=lambda each: each.cpu)
    for size, each in found.items():
        print(f"| {size:,} | {each.cpu / rows * 1e9:.1f} | {each.system / rows * 1e9:.1f} |")


def show_profile(rows: int) -> None:
    table = draw_frame(rows, 1)
    for name in ("units, grouped", "columns, grouped", "columns, any order"):
        call = PREPARE[name](table)
        call()
        # The time of the profiler itself falls on functions that are called often, such as those that compile terms.
        profile = cProfile.Profile(time.process_time)
        profile.runcall(call)
        profile.create_stats()
        stats: dict[tuple[str, int, str], tuple[Any, ...]] = vars(profile)["stats"]
        print(f"\n| {name}: function | calls | ns per row |\n| --- | ---: | ---: |")
        for (file, line, what), each in sorted(stats.items(), key=lambda item: -item[1][2])[:20]:
            where = what if file == "~" else f"{Path(file).name}:{line} {what}"
            print(f"| {where} | {each[1]:,} | {each[2] / rows * 1e9:.1f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the speed of bill_frame.")
    parser.add_argument("--rows", type=int, nargs="+", default=ROWS, help="sizes of the frames")
    parser.add_argument("--only", nargs="+", default=[""], help="measure what starts with these")
    parser.add_argument("--profile", action="store_true", help="show where the time goes")
    parser.add_argument("--blocks", action="store_true", help="compare sizes of blocks")
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(attrs.asdict(measure_here(*options.measure))))
    elif options.profile:
        show_profile(options.rows[-1] if options.rows != ROWS else ROWS[1])
    elif options.blocks:
        show_blocks(options.rows[-1] if options.rows != ROWS else ROWS[1])
    else:
        show(options.rows, [name for name in PREPARE if name.startswith(tuple(options.only))])
        if options.only == [""]:
            show_compile_time()


if __name__ == "__main__":
    main()
