"""
Draw frames of ordinary documented days, for measurements of ``bill_frame``. All patients are invented.

A frame has one row per service, by patient, date, and documented order. The same seed gives the same rows. Ten million rows take
some seconds; larger frames are written in parts, each with patients of its own::

    python scripts/ordinary_frames.py 100000000 --folder /tmp/services --seed 1

What is drawn:

- Patients with 6 to 18 visits, 12 on average, every 2 to 7 days, or every 20 to 40 days for one in four. So the visits of about every
  third patient are in two or three calendar years.
- PT for 70 % of the patients, OT for 20 %, SLP for 10 %. On 8 % of the PT days of three services or more, OT treats too.
- 1 to 6 services a day: 5 %, 20 %, 30 %, 30 %, 10 %, and 5 %. SLP: 1 to 3.
- Distinct codes by the weights in ``TREATMENTS``, which include untimed codes. 4 % of the timed services are a second row of the code
  before. Code families (97129 with 97130) are not drawn.
- An evaluation on the first visit, and a re-evaluation on 3 % of the others.
- Minutes by the weights in ``MINUTES``. A quarter of them end a quarter hour, and several sums of a day make ties.
- A fifth of the PT and OT services by an assistant: on 30 % of the days, two of three services. Never an evaluation.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

__all__ = ["TEXT_COLUMNS", "UNTIMED", "draw_frame", "draw_parts", "shuffled", "with_texts"]

PLANS = ("PT", "OT", "SLP")
TREATMENTS: Mapping[str, Mapping[str, float]] = {
    "PT": {
        "97110": 0.28,
        "97112": 0.15,
        "97140": 0.17,
        "97530": 0.18,
        "97116": 0.06,
        "97535": 0.05,
        "97035": 0.03,
        "G0283": 0.05,
        "97150": 0.03,
    },
    "OT": {
        "97530": 0.28,
        "97535": 0.22,
        "97110": 0.20,
        "97112": 0.10,
        "97140": 0.12,
        "97018": 0.05,
        "97150": 0.03,
    },
    "SLP": {"92507": 0.60, "92526": 0.30, "97533": 0.10},
}
"""The codes of each discipline, and how often each is drawn first."""
EVALUATIONS = {"PT": ("97161", "97164"), "OT": ("97165", "97168"), "SLP": ("92523", "92523")}
"""The code of the first visit, and of a later one."""
UNTIMED = frozenset(
    {"G0283", "97150", "97018", "92507", "92526", "97161", "97164", "97165", "97168", "92523"}
)
MINUTES = {
    5: 0.03,
    7: 0.03,
    8: 0.10,
    10: 0.13,
    12: 0.08,
    15: 0.25,
    16: 0.05,
    18: 0.05,
    20: 0.10,
    23: 0.08,
    25: 0.04,
    30: 0.06,
}
SERVICES = (0.05, 0.20, 0.30, 0.30, 0.10, 0.05)
"""How often a day has 1 to 6 services."""
FIRST, LAST = np.datetime64("2022-01-01"), np.datetime64("2026-12-31")
LOCALITIES, SETTINGS = ("OH", "NC"), ("office", "facility")
TEXT_COLUMNS = ("patient", "discipline", "code", "clinician", "locality", "setting")
PART_ROWS = 10_000_000

_CODES = tuple(sorted({code for codes in TREATMENTS.values() for code in codes} | UNTIMED))
_TEMPLATES = 4_096
_MOST = len(SERVICES)
_MOST_OF_SLP = 3

Numbers = NDArray[Any]
Table = Any
"""A PyArrow table; PyArrow has no types."""


@attrs.frozen(eq=False)
class _Days:
    """The days of a frame: patient, plan, date, whether it is the first visit, and number of services."""

    patient: Numbers
    plan: Numbers
    date: Numbers
    is_first: NDArray[np.bool_]
    services: Numbers


def draw_frame(
    rows: int, seed: int = 0, *, localities: bool = False, first_patient: int = 0
) -> Table:
    """
    Return a table of *rows* services of ordinary days, with dictionary columns and numbers as patients.

    Args:
        rows: The number of rows. The last day may lack services.
        seed: The seed.
        localities: Whether the frame has the columns ``locality`` and ``setting``, with two values each.
        first_patient: The number of the first patient.
    """
    rng = np.random.default_rng([seed, first_patient])
    days = _draw_days(rng, rows)
    end = int(np.searchsorted(np.cumsum(days.services), rows)) + 1
    count = days.services[:end]
    day = np.repeat(np.arange(end, dtype=np.int32), count)[:rows]
    place = (np.arange(len(day)) - np.repeat(np.cumsum(count) - count, count)[:rows]).astype(
        np.int32
    )
    patient = days.patient[day]
    columns = {
        "patient": pa.array(patient + first_patient),
        "date_of_service": pa.array(days.date[day]).cast(pa.date32()),
        **_draw_services(rng, days, day, place),
        "sequence": pa.array(place.astype(np.int64)),
    }
    if localities:
        number = int(days.patient[-1]) + 1
        for name, values in (("locality", LOCALITIES), ("setting", SETTINGS)):
            columns[name] = _texts(rng.integers(0, 2, number)[patient], values)
    return pa.table(columns)


def _draw_days(rng: np.random.Generator, rows: int) -> _Days:
    """Return the days of enough patients for *rows* rows."""
    patients = rows // 24 + 50
    visits = rng.integers(6, 19, patients)
    number = int(visits.sum())
    patient = np.repeat(np.arange(patients), visits)
    is_first = np.zeros(number, np.bool_)
    is_first[np.cumsum(visits) - visits] = True
    seldom = (rng.random(patients) < 0.25)[patient]  # noqa: PLR2004 - one patient in four
    gap = np.where(seldom, rng.integers(20, 41, number), rng.integers(2, 8, number))
    gap[is_first] = 0
    passed = np.cumsum(gap)
    passed -= passed[is_first][patient]
    last = passed[np.cumsum(visits) - 1]
    start = (rng.random(patients) * ((LAST - FIRST).astype(int) - last)).astype(np.int64)
    plan = rng.choice(len(PLANS), patients, p=(0.70, 0.20, 0.10))[patient]
    services = 1 + rng.choice(_MOST, number, p=SERVICES)
    services = np.where(plan == PLANS.index("SLP"), np.minimum(services, _MOST_OF_SLP), services)
    date = (FIRST.astype(int) + start[patient] + passed).astype(np.int32)
    return _Days(patient, plan, date, is_first, services)


def _draw_services(
    rng: np.random.Generator, days: _Days, day: Numbers, place: Numbers
) -> dict[str, Any]:
    """Return the columns of the services: the row's place in its day is *place*."""
    number, rows = len(days.patient), len(day)
    template = rng.integers(0, _TEMPLATES, number, dtype=np.int32)
    # The second half of some PT days is OT.
    both = (days.plan == 0) & (days.services >= 3) & (rng.random(number) < 0.08)  # noqa: PLR2004 - as in the docstring
    plan = days.plan[day] + (both[day] & (place >= days.services[day] // 2))
    codes = _templates(rng)
    code = codes[plan, template[day], place]
    timed = np.array([each not in UNTIMED for each in _CODES])
    # The row before has the same day and discipline, and its code has minutes.
    again = np.zeros(rows, np.bool_)
    again[1:] = timed[code[:-1]] & (place[1:] > 0) & (plan[1:] == plan[:-1])
    again &= (rng.random(rows, np.float32) < 0.04) & timed[code]  # noqa: PLR2004 - as in the docstring
    repeated = np.flatnonzero(again)
    code[repeated] = code[repeated - 1]
    evaluated = days.is_first | (rng.random(number) < 0.03)  # noqa: PLR2004 - as in the docstring
    evaluations = np.array(
        [[_CODES.index(code) for code in EVALUATIONS[name]] for name in PLANS], np.int32
    )
    at = np.flatnonzero(evaluated[day] & (place == 0))
    code[at] = evaluations[plan[at], np.where(days.is_first[day[at]], 0, 1)]
    assisted = (rng.random(number) < 0.30)[day] & (rng.random(rows, np.float32) < 2 / 3)  # noqa: PLR2004 - as in the docstring
    assisted &= plan != PLANS.index("SLP")
    assisted[at] = False
    lengths, weights = np.array(list(MINUTES)), np.array(list(MINUTES.values()))
    drawn = np.searchsorted(np.cumsum(weights)[:-1], rng.random(rows, np.float32), side="right")
    return {
        "discipline": _texts(plan, PLANS),
        "code": _texts(code, _CODES),
        "minutes": pa.array(lengths[drawn].astype(np.int64)),
        "clinician": _texts(assisted, ("therapist", "assistant")),
    }


def _templates(rng: np.random.Generator) -> Numbers:
    """Return lists of distinct codes for each discipline, by weight; codes run out for SLP, which has few."""
    found = np.zeros((len(PLANS), _TEMPLATES, _MOST), np.int32)
    for plan, name in enumerate(PLANS):
        codes = np.array([_CODES.index(code) for code in TREATMENTS[name]])
        weights = np.array(list(TREATMENTS[name].values()))
        # The smallest of exponential times with these rates: drawn without replacement.
        order = np.argsort(rng.exponential(size=(_TEMPLATES, len(codes))) / weights, axis=1)
        columns = np.minimum(np.arange(_MOST), len(codes) - 1)
        found[plan] = codes[order[:, columns]]
    return found


def _texts(numbers: Numbers, values: Sequence[str]) -> Any:  # noqa: ANN401 - PyArrow has no types
    return pa.DictionaryArray.from_arrays(pa.array(numbers.astype(np.int32)), pa.array(values))


def draw_parts(
    rows: int, seed: int = 0, *, localities: bool = False, part_rows: int = PART_ROWS
) -> Iterator[Table]:
    """Yield tables of together *rows* rows. No patient is in two of them."""
    first_patient = 0
    for start in range(0, rows, part_rows):
        part = draw_frame(
            min(part_rows, rows - start), seed, localities=localities, first_patient=first_patient
        )
        first_patient = part.column("patient")[-1].as_py() + 1
        yield part


def with_texts(table: Table) -> Table:
    """Return the table with plain text columns; patients are texts such as ``"MRN-00000012"``."""
    for index, name in enumerate(table.column_names):
        column = table.column(name)
        if pa.types.is_dictionary(column.type):
            table = table.set_column(index, name, column.cast(pa.string()))
        elif name == "patient":
            numbers = column.combine_chunks().dictionary_encode()
            texts = pa.array([f"MRN-{number:08}" for number in numbers.dictionary.to_pylist()])
            keyed = pa.DictionaryArray.from_arrays(numbers.indices, texts)
            table = table.set_column(index, name, keyed.cast(pa.string()))
    return table


def shuffled(table: Table, seed: int = 0) -> Table:
    """Return the rows in a random order."""
    return table.take(pa.array(np.random.default_rng(seed).permutation(len(table))))


def main(arguments: Sequence[str] | None = None) -> int:
    """Write a frame in parts as Parquet files. Return the exit status."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - only the command writes files

    parser = argparse.ArgumentParser(description="Write ordinary days as Parquet files.")
    parser.add_argument("rows", type=int)
    parser.add_argument("--folder", type=Path, required=True, help="where the parts are written")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--part-rows", type=int, default=PART_ROWS, help="rows of a part")
    parser.add_argument("--localities", action="store_true", help="add localities and settings")
    parser.add_argument("--texts", action="store_true", help="plain texts, not dictionaries")
    parser.add_argument("--shuffled", action="store_true", help="shuffle the rows of each part")
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    parts = draw_parts(
        options.rows, options.seed, localities=options.localities, part_rows=options.part_rows
    )
    for number, table in enumerate(parts):
        table = with_texts(table) if options.texts else table  # noqa: PLW2901 - the part as asked for
        table = shuffled(table, options.seed) if options.shuffled else table  # noqa: PLW2901 - the part as asked for
        path = options.folder / f"part-{number:03}.parquet"
        pq.write_table(table, path)
        print(f"{path}: {len(table):,} rows", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
