"""
Measure JSON out and back, and compare it with cattrs: ``python benchmarks/json_records.py [DAYS]``.

cattrs gets strict hooks, so that it also refuses "23" for 23, and the same tables for citations, rules, and policies. Without
the tables, each day would repeat its policy. Figures in one table are from one run. Copy it to docs/json.md.
"""

from __future__ import annotations

import json
import sys
import time
import tracemalloc
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple, get_type_hints

from therapy_billing import (
    MEDICARE,
    Accumulators,
    FeeSchedule,
    PricedDay,
    Session,
    TimedService,
    UntimedService,
    bill_day,
    from_json,
    to_json,
)
from therapy_billing.formats.json.record_forms import record_form
from therapy_billing.formats.json.tables import TABLES, TablesWritten
from therapy_billing.pricing.rules.cost_sharing import CostShare
from therapy_billing.units.records import AssistantMinutes, MinuteSplit, ModifiedMinutes

DAY = date(2026, 3, 2)
CODES = ("97110", "97112", "97116", "97140", "97530")


class Way(NamedTuple):
    """One way to write days as text and read them back."""

    name: str
    write: Callable[[list[PricedDay]], str]
    read: Callable[[str], Any]


def billed_days(count: int) -> list[PricedDay]:
    """Return *count* priced days, with 40 different sessions."""
    fees = FeeSchedule.medicare(DAY, locality="OH")
    days = []
    for number in range(40):
        services = [
            TimedService(code, 8 + (number + index) % 23, key=f"row {index}")
            for index, code in enumerate(CODES)
        ]
        services[0] = TimedService(CODES[0], 20, clinician="assistant", key="row 0")
        session = Session(DAY, "PT", [*services, UntimedService("97161", 30)])
        days.append(bill_day(session, MEDICARE, fees, Accumulators(2026, pt_slp=2000 + number)))
    return [days[number % 40] for number in range(count)]


def exactly(kind: type) -> Callable[[Any, Any], Any]:
    """Return a hook of cattrs that accepts only values of *kind*."""

    def hook(value: object, _: object) -> object:
        if type(value) is not kind:
            raise TypeError(kind)
        return value

    return hook


def add_plain_hooks(converter: Any) -> None:  # noqa: ANN401 - cattrs may be absent
    """Make *converter* exact and strict."""
    for named in (AssistantMinutes, CostShare, MinuteSplit, ModifiedMinutes):
        # cattrs does not resolve the hints of a NamedTuple.
        named.__annotations__ = get_type_hints(named)
    for kind in (str, int, bool):
        converter.register_structure_hook(kind, exactly(kind))
    converter.register_unstructure_hook(Decimal, str)
    converter.register_structure_hook(Decimal, lambda value, _: Decimal(value))
    converter.register_unstructure_hook(date, date.isoformat)
    converter.register_structure_hook(date, lambda value, _: date.fromisoformat(value))


class Shared:
    """The tables of one document, for the hooks of cattrs."""

    def __init__(self, converter: Any) -> None:  # noqa: ANN401 - cattrs may be absent
        self.written = TablesWritten()
        self.read: dict[str, dict[str, object]] = {}
        for table, kind in TABLES.items():
            converter.register_unstructure_hook(kind, self._writer(table, kind))
            converter.register_structure_hook(kind, self._reader(table))

    def _writer(self, table: str, kind: type) -> Callable[[Any], str]:
        form = record_form(kind)
        return lambda value: self.written.key_of(table, value, form.write)

    def _reader(self, table: str) -> Callable[[Any, Any], object]:
        return lambda key, _: self.read[table][key]

    def load(self, document: dict[str, Any]) -> None:
        """Read the tables of *document*."""
        self.read.clear()
        for table, kind in TABLES.items():
            form = record_form(kind)
            self.read[table] = {}
            for key, given in document.get(table, {}).items():
                self.read[table][key] = form.read(given, self.read)


def cattrs_way(*, detailed: bool) -> Way:
    """Return the way through cattrs. With *detailed*, its errors have a path."""
    import cattrs  # noqa: PLC0415 - the benchmark runs without it

    converter = cattrs.Converter(forbid_extra_keys=True, detailed_validation=detailed)
    add_plain_hooks(converter)
    shared = Shared(converter)

    def write(days: list[PricedDay]) -> str:
        records = converter.unstructure(days)
        document = {**shared.written.entries(), "records": records}
        return json.dumps(document, separators=(",", ":"))

    def read(text: str) -> object:
        document = json.loads(text)
        shared.load(document)
        return converter.structure(document["records"], tuple[PricedDay, ...])

    name = "cattrs, errors with paths" if detailed else "cattrs, errors without paths"
    return Way(name, write, read)


def measure(way: Way, days: list[PricedDay]) -> tuple[float, float, int]:
    """Return the CPU milliseconds per day out and back, and the peak of memory in MB."""
    out, back = [], []
    for _ in range(2):
        start = time.process_time()
        text = way.write(days)
        middle = time.process_time()
        found = way.read(text)
        back.append(time.process_time() - middle)
        out.append(middle - start)
        same = list(found) == days
        del found, text
        if not same:
            msg = f"{way.name} does not return equal days"
            raise ValueError(msg)
    tracemalloc.start()
    way.read(way.write(days))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return min(out) / len(days) * 1e3, min(back) / len(days) * 1e3, peak // 10**6


def main() -> None:
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    own = Way("the library", to_json, from_json)
    ways = [own]
    try:
        ways += [cattrs_way(detailed=False), cattrs_way(detailed=True)]
    except ImportError:
        print("cattrs is not installed, so only the library is measured")
    print(f"one document of {most:,} days has {len(to_json(billed_days(most))) / 1e6:.0f} MB\n")
    print("| days | way | out, ms a day | back, ms a day | ratio to the library | peak MB |")
    print("| --- | --- | --- | --- | --- | --- |")
    for count in (most // 10, most):
        days = billed_days(count)
        base = 0.0
        for way in ways:
            out, back, peak = measure(way, days)
            base = base or out + back
            print(
                f"| {count:,} | {way.name} | {out:.3f} | {back:.3f} "
                f"| {(out + back) / base:.2f} | {peak:,} |"
            )


if __name__ == "__main__":
    main()
