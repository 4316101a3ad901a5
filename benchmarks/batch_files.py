"""
Measure bill_file: ``python benchmarks/batch_files.py [ROWS]``.

The script writes invented services as CSV and Parquet, and bills them with ``bill_file`` and ``bill_frame``, each in a process of its
own with one thread. It prints microseconds of processor time per row and the largest memory of the process. Of more than 4,000,000
rows, it writes only Parquet, in pieces with other patients, and calls only ``bill_file``. Copy the table to docs/batch.md.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from therapy_billing import FeeSchedule
from therapy_billing.batch.files import bill_file
from therapy_billing.batch.frames import bill_frame

ROWS = 2_000_000
MOST_ROWS_AT_ONCE = 4_000_000
DAYS_OF_PATIENT = 20
ASSISTANTS = 0.2
CODES = {
    "PT": ("97110", "97112", "97140", "97530", "97116"),
    "OT": ("97530", "97535", "97110", "97112", "97140"),
}
ARGUMENTS: dict[str, Any] = {"fees": FeeSchedule.medicare, "accumulators": "start-at-zero"}


def services(rows: int, piece: int = 0) -> Any:  # noqa: ANN401 - PyArrow has no types
    """Return ordinary days: 3 to 5 timed services each, in the order in which a clinic records them."""
    random = np.random.default_rng(1 + piece)
    days = rows // 4
    patients = max(1, days // DAYS_OF_PATIENT)
    patient = random.integers(0, patients, days)
    day = np.sort(random.integers(0, 360, days))
    # A patient has one visit a day.
    _, first = np.unique(day * patients + patient, return_index=True)
    patient, day = patient[first], day[first]
    sizes = random.integers(3, 6, len(day))
    of_day = np.repeat(np.arange(len(day)), sizes)
    sequence = np.arange(len(of_day)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    discipline = (patient % 4 == 0).astype(int)
    starts = random.integers(0, 5, len(day))
    codes = np.array(list(CODES.values()), object)
    assistant = (random.random(len(day)) < ASSISTANTS).astype(int)
    keys = np.array([f"{number + piece * patients:08d}" for number in range(patients)], object)
    columns = {
        "patient": keys[patient[of_day]],
        "date_of_service": (np.datetime64("2026-01-02", "D") + day)[of_day],
        "discipline": np.array(list(CODES), object)[discipline[of_day]],
        "code": codes[discipline[of_day], (starts[of_day] + sequence) % 5],
        "minutes": random.choice([8, 10, 12, 15, 15, 20, 23, 30], len(of_day)),
        "clinician": np.array(["therapist", "assistant"], object)[assistant[of_day]],
        "locality": np.array(["15202-00", "OH"], object)[patient[of_day] % 2],
        "sequence": sequence + 1,
    }
    return pa.table({name: pa.array(values) for name, values in columns.items()})


def write(rows: int, text: str, packed: str) -> None:
    """Write the services as Parquet, and as CSV if they are not many."""
    table = services(min(rows, MOST_ROWS_AT_ONCE))
    if rows <= MOST_ROWS_AT_ONCE:
        pc.write_csv(table, text)
    with pq.ParquetWriter(packed, table.schema) as writer:
        writer.write_table(table)
        for piece in range(1, -(-rows // MOST_ROWS_AT_ONCE)):
            writer.write_table(services(MOST_ROWS_AT_ONCE, piece))


def measure(kind: str, source: str, out: str) -> None:
    """Bill one input, and print the figures as JSON."""
    wall, start = time.perf_counter(), time.process_time()
    if kind == "bill_frame":
        counts = bill_frame(pq.read_table(source), **ARGUMENTS).counts
    else:
        counts = bill_file(source, out, **ARGUMENTS).counts
    figures = {
        "rows": counts.rows,
        "lines": counts.lines,
        "refused": counts.refused_days,
        "processor": time.process_time() - start,
        "wall": time.perf_counter() - wall,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(figures))


def main(rows: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        text, packed = Path(folder, "visits.csv"), Path(folder, "visits.parquet")
        # In a process of its own, because the largest memory of this process would count for those that it starts.
        subprocess.run([sys.executable, __file__, str(rows), str(text), str(packed)], check=True)
        print("| | rows | lines | days refused | µs per row | seconds | memory, MB |")
        print("| --- | --- | --- | --- | --- | --- | --- |")
        for name, kind, source in (
            ("bill_frame, PyArrow from Parquet", "bill_frame", packed),
            ("bill_file, Parquet", "bill_file", packed),
            ("bill_file, CSV", "bill_file", text),
        ):
            if rows > MOST_ROWS_AT_ONCE and (kind, source) != ("bill_file", packed):
                continue
            out = Path(folder, f"out-{source.suffix[1:]}")
            command = [sys.executable, __file__, kind, str(source), str(out)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            figures = json.loads(done.stdout)
            per_row = figures["processor"] / figures["rows"] * 1e6
            print(
                f"| {name} | {figures['rows']:,} | {figures['lines']:,} | {figures['refused']:,} | {per_row:.2f} "
                f"| {figures['wall']:.1f} | {figures['memory']:.0f} |"
            )


if __name__ == "__main__":
    if len(sys.argv) == 4:  # noqa: PLR2004 - called by itself
        if sys.argv[1].isdecimal():
            write(int(sys.argv[1]), *sys.argv[2:])
        else:
            measure(*sys.argv[1:])
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
