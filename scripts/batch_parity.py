"""
Compare ``bill_frame`` with the scalar path on a million rows, to the cent.

The rows come from ``tests/parity/generate.py``: ordinary days, days of every kind that is rare or wrong, and days on a boundary, in
shuffled order, of several payers, with year-to-date amounts. All rows are billed as one frame. Then each share of
the patients is billed again with the reference in ``tests/parity/reference.py``, and every line and the status of every row are
compared. The reference bills about 9,000 rows per second and process::

    python scripts/batch_parity.py --rows 1000000 --seed 1 --processes 2
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

import attrs
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# The generator and the reference are part of the tests, which are not installed.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.parity.cases import check_parity, table_of
from tests.parity.generate import amounts_before, nasty, ordinary, planted, several_payers

import therapy_billing
from therapy_billing import Accumulators
from therapy_billing.batch.frames import BilledFrame, bill_frame

SHARE_ROWS = 10_000
"""About how many rows are drawn and compared at once."""
ORDINARY_PATIENTS, VISITS = 16, 12
ARGUMENTS = {
    name: value
    for name, value in several_payers(Random(0), ())[1].arguments.items()
    if name in ("payer", "fees")
}


@attrs.frozen
class Share:
    """
    A share of the patients.

    Args:
        rows: Their rows. The patients of other shares have other names.
        years: Their year-to-date amounts before the rows.
        kinds: How many rows are of each kind.
    """

    rows: list[dict[str, Any]]
    years: dict[str, Accumulators]
    kinds: Mapping[str, int]


@attrs.frozen
class Compared:
    """What the comparison of a share found."""

    number: int
    statuses: Mapping[str, int]
    lines: int
    difference: str


@attrs.frozen
class Result:
    """The result of ``bill_frame`` for a share."""

    lines: Any
    rows: Any


def draw_share(seed: int, number: int) -> Share:
    """Return a share of the patients."""
    rng = Random(f"{seed}-{number}")
    rows: list[dict[str, Any]] = []
    years: dict[str, Accumulators] = {}
    kinds: Counter[str] = Counter()

    def add(kind: str, drawn: Sequence[Mapping[str, Any]], amounts: Mapping[Any, Any]) -> None:
        prefix = f"{number:04}-{len(kinds)}-"
        named = [
            {**row, "patient": None if (name := row["patient"]) is None else f"{prefix}{name}"}
            for row in drawn
        ]
        rows.extend(named)
        years.update((f"{prefix}{name}", year) for name, year in amounts.items())
        kinds[kind] += len(named)

    bad, boundaries = nasty(rng), planted(rng, 300)
    add("rare or wrong", bad, amounts_before(rng, bad))
    add("on a boundary", boundaries.rows, boundaries.accumulators)
    while len(rows) < SHARE_ROWS:
        # Each call has patients with the same names, and another order of the rows.
        usual = ordinary(rng, ORDINARY_PATIENTS, VISITS)
        prefix = f"{number:04}-{len(rows)}-"
        named = [{**row, "patient": f"{prefix}{row['patient']}"} for row in usual]
        years |= amounts_before(rng, named)
        rows += named
        kinds["ordinary"] += len(named)
    if number % 2:
        rows, _ = several_payers(rng, rows)
    else:
        rows = [{**row, "payer": None} for row in rows]
    rng.shuffle(rows)
    return Share(rows, years, kinds)


def compare(seed: int, number: int, result: Result) -> Compared:
    """Compare the result for a share with the reference."""
    share = draw_share(seed, number)

    def bill(_: object, **__: Any) -> Result:  # noqa: ANN401 - the arguments of bill_frame
        return result

    difference = ""
    try:
        check_parity(share.rows, bill=bill, **ARGUMENTS, accumulators=share.years)
    except AssertionError as error:
        difference = str(error)
    statuses = Counter(result.rows.column("status").to_pylist())
    return Compared(number, statuses, len(result.lines), difference)


def results_of(result: BilledFrame, starts: Sequence[int]) -> Iterator[Result]:
    """Yield the part of the result for each share. *starts* are the first rows of the shares, and the number of rows."""
    patients = result.lines.column("patient").combine_chunks()
    # The first letters of a patient's name are the number of the share.
    share = pc.cast(pc.utf8_slice_codeunits(patients, 0, 4), pa.int64()).to_numpy()
    order = np.argsort(share, kind="stable")
    ends = np.searchsorted(share[order], np.arange(len(starts)))
    for number in range(len(starts) - 1):
        lines = result.lines.take(pa.array(order[ends[number] : ends[number + 1]]))
        rows = result.rows.slice(starts[number], starts[number + 1] - starts[number])
        rows = rows.set_column(0, "row", pc.subtract(rows.column("row"), starts[number]))
        yield Result(lines, rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the counts and the differences. Return 1 if there are any."""
    parser = argparse.ArgumentParser(description="Compare bill_frame with the scalar path.")
    parser.add_argument("--rows", type=int, default=1_000_000, help="the minimum number of rows")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args(arguments)
    start = time.perf_counter()
    starts, years, kinds = [0], dict[str, Accumulators](), Counter[str]()
    tables: list[Any] = []
    while starts[-1] < options.rows:
        share = draw_share(options.seed, len(tables))
        tables.append(table_of(share.rows))
        starts.append(starts[-1] + len(share.rows))
        years.update(share.years)
        kinds.update(share.kinds)
        _progress(f"{starts[-1]:,} rows drawn")
    drawn = time.perf_counter()
    frame = pa.concat_tables(tables).combine_chunks()
    used = time.process_time()
    result = bill_frame(frame, **ARGUMENTS, accumulators=years)
    billed, used = time.perf_counter(), time.process_time() - used
    parts = results_of(result, starts)
    differences, statuses, compared = [], Counter[str](), 0
    with ProcessPoolExecutor(options.processes) as pool:
        numbers = range(len(tables))
        for each in pool.map(compare, [options.seed] * len(tables), numbers, parts):
            statuses.update(each.statuses)
            compared += each.lines
            if each.difference:
                differences.append(f"share {each.number}: {each.difference}")
            _progress(f"{each.number + 1} of {len(tables)} shares compared")
    done = time.perf_counter()
    counts = result.counts
    print(f"Seed {options.seed}, {counts.rows:,} rows of {len(years):,} patients:")
    print("  " + ", ".join(f"{number:,} {kind}" for kind, number in sorted(kinds.items())))
    print(f"Days billed: {counts.days:,}, with a tie: {counts.tied_days:,}")
    print(f"Days not billed: {counts.refused_days:,}")
    print(f"Days by the scalar path: {counts.scalar_days:,}")
    print(f"Lines compared: {compared:,} of {counts.lines:,}")
    print("Rows by status:")
    for status, number in statuses.most_common():
        print(f"  {status:18} {number:9,}")
    print(f"Shares that differ: {len(differences)} of {len(tables)}")
    print(f"bill_frame: {billed - drawn:.1f} s ({used:.1f} s of processor time)")
    print(f"reference and comparison, {options.processes} processes: {done - billed:.1f} s")
    print(f"drawing the rows: {drawn - start:.1f} s")
    versions = {"Python": platform.python_version(), "NumPy": np.__version__}
    versions |= {"PyArrow": pa.__version__, "therapy_billing": therapy_billing.__version__}
    print(", ".join(f"{name} {version}" for name, version in versions.items()))
    for difference in differences:
        print(f"\n{difference}")
    return int(bool(differences) or compared != counts.lines)


def _progress(text: str) -> None:
    print(f"\r{text}   ", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
