"""
Remove 2025 and 2026 from the library's data, rebuild them with data packs, and compare every answer with the library.

The script copies the library to a temporary folder and cuts the data of the copy at the end of 2024. It rebuilds the two
years with two packs. ``data build`` makes one from files in the format of CMS and a form with numbers. The other one is
written by hand from the library's own rows: the payers, the codes that begin later, and the hospital pairs without history.
Then the script verifies:

- the cut copy refuses every day of 2025 and 2026;
- every fact about a code, policy, NCCI pair, and unit limit equals the library's;
- every Medicare amount of a release that was rebuilt equals the library's: each code, locality, and setting, in full and reduced;
- every day of a quarter whose release was not rebuilt is refused, and the message names the release;
- generated days have equal units, lines, modifiers, money, and findings.

With ``--cms``, the PPRRVU and GPCI files are those that CMS published; their names are in ``rebuild/files.py``. An NCCI file
is used if the folder has it. The script writes all other files from the library's own tables::

    python scripts/rebuild_years.py --cms ../cms
    python scripts/rebuild_years.py --days 200 --seed 2

The script exits with status 0 if nothing differs, 1 if something does, and 2 if a step cannot be run.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any, TypeAlias

import attrs
from answers.days import Day, generate_day
from rebuild.by_hand import write_by_hand
from rebuild.cut import LAST, cut_library
from rebuild.files import FEE_FILES, write_edit_files, write_fee_files, write_numbers
from rebuild.worker import LEFT_OUT

from therapy_billing import PAYERS, UnitMethod

__all__ = ["Difference", "compare", "main"]

_SOURCE = Path(__file__).resolve().parents[1] / "src"
_SCRIPTS = Path(__file__).resolve().parent
_DATA = _SOURCE / "therapy_billing" / "data"
_SAME, _DIFFERENT, _FAILED = 0, 1, 2
_THROUGH = date(2026, 12, 31)
_DAY = timedelta(days=1)
_GAPS = {
    "RVU25B": (date(2025, 4, 1), date(2025, 6, 30)),
    "RVU26A": (date(2026, 1, 1), date(2026, 3, 31)),
    "RVU26B": (date(2026, 4, 1), date(2026, 6, 30)),
}
"""The releases that are not rebuilt, because no file of them was at hand, and the first and last day of their quarters."""
_QUARTERS = (
    date(2025, 1, 1),
    date(2025, 7, 1),
    date(2025, 10, 1),
    date(2026, 7, 1),
    date(2026, 10, 1),
)
"""The first day of each quarter that is compared. The last one is priced with the release of July in both libraries."""
_Fields: TypeAlias = dict[str, Any]
"""Names of fields, each with the names of the fields of its records."""
_AUTHOR = "the author of the proof"
_MOST_SHOWN = 10
_LONGEST_VALUE = 200
_RECORDS = ("answers", "findings", "lines")
_NO_PRICE = re.compile(r"\bno price for (\w{5}) in ")
_NOT_IN_TABLE = re.compile(rf"{_NO_PRICE.pattern}.*: the code is not in the schedule$")
_MEDICARE_WEIGHT, _PAYER_WEIGHT = 60, 4


@attrs.frozen
class Difference:
    """
    Two answers to one question.

    Args:
        where: The question, and the part of the answer.
        library: What the library answers.
        rebuilt: What the copy with the packs answers.
    """

    where: str
    library: object
    rebuilt: object

    @property
    def only_in_file(self) -> str:
        """
        The code, if neither answer has an amount because the library's table does not have the code. Otherwise, empty.

        The relative value files of CMS have the status of such a code, so the rebuilt answer has another reason.
        """
        found = _NOT_IN_TABLE.search(str(self.library))
        other = found and _NO_PRICE.search(str(self.rebuilt))
        return found[1] if found and other and found[1] == other[1] else ""

    def __str__(self) -> str:
        return (
            f"{self.where}: {_short(self.library)} in the library, {_short(self.rebuilt)} rebuilt"
        )


class StepError(Exception):
    """A step that cannot be run."""


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."


def compare(library: object, rebuilt: object, where: str) -> Iterator[Difference]:
    """Yield each place where two answers differ."""
    if library == rebuilt:
        return
    if isinstance(library, dict) and isinstance(rebuilt, dict):
        for key in sorted(library.keys() | rebuilt.keys()):
            yield from compare(library.get(key), rebuilt.get(key), f"{where}, {key}")
    elif isinstance(library, list) and isinstance(rebuilt, list) and len(library) == len(rebuilt):
        for number, (one, other) in enumerate(zip(library, rebuilt, strict=True)):
            yield from compare(one, other, f"{where}[{number}]")
    else:
        yield Difference(where, library, rebuilt)


@attrs.frozen
class _Library:
    """A library to ask: the folder of the package, a folder for its compiled modules, and the packs on top."""

    folder: Path
    compiled: Path
    packs: tuple[Path, ...] = ()

    def environment(self) -> dict[str, str]:
        """Return the environment of a process that uses this library."""
        # Each library runs several times, so its compiled modules are kept, but not next to the source.
        kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        return {
            **kept,
            "PYTHONPATH": os.pathsep.join((str(self.folder), str(_SCRIPTS))),
            "PYTHONPYCACHEPREFIX": str(self.compiled),
            "THERAPY_BILLING_DATA": os.pathsep.join(map(str, self.packs)),
        }

    @contextmanager
    def asked(self, task: str, *arguments: str) -> Iterator[Iterator[dict[str, Any]]]:
        """Run a task of the worker, and yield its answers."""
        worker = str(_SCRIPTS / "rebuild" / "worker.py")
        # -P keeps modules next to the worker from hiding modules of the library.
        command = [sys.executable, "-P", worker, task, *arguments]
        with subprocess.Popen(
            command, env=self.environment(), stdout=subprocess.PIPE, text=True
        ) as process:
            try:
                yield map(json.loads, process.stdout or ())
                if process.wait():
                    msg = f"the worker stopped with status {process.returncode}: {task}"
                    raise StepError(msg)
            finally:
                process.kill()


@attrs.frozen
class _Proof:
    """The full library, the cut copy, the copy with the packs, and the differences so far."""

    full: _Library
    cut: _Library
    rebuilt: _Library
    folder: Path
    differences: list[Difference] = attrs.field(factory=list)
    other_reasons: Counter[str] = attrs.field(factory=Counter)

    def _add(self, found: Iterable[Difference]) -> int:
        """Add differences, except other reasons for a missing amount, and return how many were added."""
        before = len(self.differences)
        for each in found:
            if each.only_in_file:
                self.other_reasons[each.only_in_file] += 1
            else:
                self.differences.append(each)
        return len(self.differences) - before

    def refusals(self) -> None:
        """Verify that the cut copy answers nothing about the two years."""
        with self.cut.asked("refusals", str(LAST + _DAY), str(_THROUGH)) as answers:
            (found,) = answers
        self.differences.extend(
            Difference(f"the cut copy, {each}", "refused", "answered") for each in found["answered"]
        )
        print(
            f"Cut: the copy ends on {LAST}. {found['asked']:,} look-ups for days from {LAST + _DAY} through {_THROUGH}, "
            f"{len(found['answered']):,} answered"
        )

    def amounts(self, localities: int) -> None:
        """Compare the amounts of the quarters that were rebuilt, in the first *localities* localities, or in all (0)."""
        count = different = 0
        for library, rebuilt in self._both("amounts", str(localities), *map(str, _QUARTERS)):
            different += self._add(compare(library, rebuilt, library["of"]))
            count += sum(map(len, library["amounts"].values()))
        print(
            f"Amounts: {count:,} compared, on the first day of {len(_QUARTERS)} quarters; {different:,} differences"
        )

    def facts(self) -> None:
        """Compare the facts about codes, and the policies, pairs, and limits of the quarters that were rebuilt."""
        counts: Counter[str] = Counter()
        different = 0
        for library, rebuilt in self._both("facts", *map(str, _QUARTERS)):
            counts[library["kind"]] += 1
            different += self._add(compare(library, rebuilt, library["of"]))
        listed = ", ".join(f"{number:,} {kind}" for kind, number in counts.items())
        print(f"Facts: {listed}; {different:,} differences")

    def gaps(self) -> None:
        """Verify that every day of a missing release is refused, and that the message names the release."""
        days = {
            str(first + number * _DAY): release
            for release, (first, last) in _GAPS.items()
            for number in range((last - first).days + 1)
        }
        before = len(self.differences)
        with self.rebuilt.asked("gaps", *days) as answers:
            for answer in answers:
                release = days[answer["of"]]
                if f"({release}) is not in the data" not in answer["message"]:
                    where = f"Medicare amounts on {answer['of']}"
                    refusal = f"refused, because {release} is not in the data"
                    self.differences.append(Difference(where, refusal, answer["message"]))
        print(
            f"Missing releases: {len(days):,} days of {', '.join(_GAPS)}, "
            f"{len(self.differences) - before:,} not refused by name"
        )

    def days(self, count: int, seed: int) -> None:
        """Compare the answers for generated days."""
        path = self.folder / "days.jsonl"
        days = [_generated(number, seed) for number in range(count)]
        path.write_text("".join(f"{json.dumps(day)}\n" for day in days), encoding="utf-8")
        calls: Counter[str] = Counter()
        refused: Counter[str] = Counter()
        fields: _Fields = {}
        different = 0
        for day, (library, rebuilt) in zip(days, self._both("days", str(path)), strict=True):
            calls.update(library.keys())
            refused.update(call for call, answer in library.items() if "error" in answer)
            for call, answer in library.items():
                if "error" not in answer:
                    _add_fields(answer, fields.setdefault(call, {}))
            where = f"day {day['number']}, {day['date']}, {day['payer']}"
            different += bool(self._add(compare(library, rebuilt, where)))
        payers = {day["payer"] for day in days}
        settings = Counter((day["fees"] or {}).get("setting") for day in days if day["fees"])
        accumulators = sum(day["accumulators"] is not None for day in days)
        print(
            f"Days: {count:,} days, {len(payers)} payers and methods, {accumulators:,} with year-to-date amounts, "
            f"{settings['facility']:,} in a facility; {different:,} days with differences"
        )
        print("Compared, with the number of answers and of refusals:")
        for call, number in sorted(calls.items()):
            print(
                f"  {call} ({number:,}, {refused[call]:,} refused): {_listed(fields.get(call, {}))}"
            )
        print(f"Not compared: {', '.join(sorted(LEFT_OUT))}, and remarks about assumptions")

    def _both(self, *task: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """Yield the answers of the library and of the copy with the packs."""
        with self.full.asked(*task) as library, self.rebuilt.asked(*task) as rebuilt:
            for one, other in zip_longest(library, rebuilt):
                if one is None or other is None:
                    which = "the library" if one is None else "the copy with the packs"
                    msg = f"{which} has fewer answers than the other one: {task[0]}"
                    raise StepError(msg)
                yield one, other


def _add_fields(answer: object, fields: _Fields) -> None:
    """Add the names of the fields of an answer, and of the records in it that are compared field by field."""
    records = answer if isinstance(answer, list) else [answer]
    for record in records:
        for name, value in record.items() if isinstance(record, dict) else ():
            inner: _Fields = fields.setdefault(name, {})
            if name in _RECORDS:
                _add_fields(value, inner)


def _listed(fields: _Fields) -> str:
    return ", ".join(
        f"{name} ({_listed(inner)})" if inner else name for name, inner in sorted(fields.items())
    )


@cache
def _dates() -> tuple[date, ...]:
    """Return the dates of the quarters that are compared."""
    days = map(date.fromordinal, range(LAST.toordinal() + 1, _THROUGH.toordinal() + 1))
    gaps = _GAPS.values()
    return tuple(day for day in days if not any(first <= day <= last for first, last in gaps))


def _generated(number: int, seed: int) -> Day:
    """Return a generated day of the quarters that are compared."""
    dates = _dates()
    payers = {
        name: _PAYER_WEIGHT if payer.on(dates[0]).counting.method else 1
        for name, payer in PAYERS.items()
    }
    payers |= {f"method {method.value}": _PAYER_WEIGHT for method in UnitMethod}
    payers["medicare"] = _MEDICARE_WEIGHT
    day = generate_day(number, seed, dates, payers)
    if day["fees"]:
        # The generator gives a few days the fees of the next year, which may be those of a missing release.
        day["fees"]["date"] = day["date"]
    return day


def _rebuild(folder: Path, cms: Path | None) -> _Proof:
    """Cut a copy of the library, and make the two packs."""
    copy, by_hand, rebuilt = folder / "copy", folder / "by-hand", folder / "rebuilt"
    cut_library(_SOURCE / "therapy_billing", copy / "therapy_billing")
    write_by_hand(_DATA, by_hand, _THROUGH)
    downloads = folder / "downloads"
    downloads.mkdir()
    if cms is None:
        write_fee_files(_DATA, downloads)
    else:
        for name in FEE_FILES.values():
            shutil.copyfile(cms / name, downloads / name)
    edits, extracts = write_edit_files(_DATA, downloads)
    published = [path.name for path in edits if cms and (cms / path.name).is_file()]
    for name in published:
        shutil.copyfile(f"{cms}/{name}", downloads / name)
    numbers = folder / "numbers.toml"
    count = write_numbers(_DATA, numbers, _THROUGH, extracts)
    compiled = folder / "compiled"
    cut = _Library(copy, compiled)
    command = [sys.executable, "-m", "therapy_billing", "data", "build", str(downloads)]
    command += ["--out", str(rebuilt), "--through", str(_THROUGH), "--numbers", str(numbers)]
    command += ["--by", _AUTHOR]
    done = subprocess.run(
        command,
        env=_Library(copy, compiled, (by_hand,)).environment(),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        msg = f"the pack was not built:\n{done.stdout}{done.stderr}"
        raise StepError(msg)
    by_hand_files = sum(path.is_file() for path in by_hand.rglob("*"))
    of_cms = len(published) + (len(FEE_FILES) if cms else 0)
    print(f"By hand: a pack of {by_hand_files} files, with what no file of CMS has")
    print(
        f"Built: a pack from {len(FEE_FILES)} PPRRVU and GPCI files, {len(edits)} NCCI files, and {count} numbers; "
        f"{of_cms} of the files are those of CMS, the others are written in CMS's format"
    )
    return _Proof(
        full=_Library(_SOURCE, compiled),
        cut=cut,
        rebuilt=_Library(copy, compiled, (by_hand, rebuilt)),
        folder=folder,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the proof. Return the exit status."""
    summary, _, details = (__doc__ or "").strip().partition("\n")
    parser = argparse.ArgumentParser(
        description=summary,
        epilog=details,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--cms", type=Path, metavar="FOLDER", help="folder with the PPRRVU and GPCI files of CMS"
    )
    parser.add_argument(
        "--days", type=int, default=5000, help="number of days to generate (default: 5000)"
    )
    parser.add_argument(
        "--seed", type=int, default=1, help="seed of the generated days (default: 1)"
    )
    parser.add_argument(
        "--localities",
        type=int,
        default=0,
        help="number of localities whose amounts are compared (default: all)",
    )
    parsed = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        try:
            proof = _rebuild(Path(folder), parsed.cms)
            proof.refusals()
            proof.amounts(parsed.localities)
            proof.facts()
            proof.gaps()
            proof.days(parsed.days, parsed.seed)
        except (OSError, StepError) as error:
            print(f"rebuild_years: {error}", file=sys.stderr)
            return _FAILED
    if proof.other_reasons:
        print(
            f"No amount in either, for another reason: {', '.join(sorted(proof.other_reasons))} "
            f"({proof.other_reasons.total():,} answers). CMS's files have the status of these codes; the library's table does "
            "not have the codes"
        )
    for difference in proof.differences[:_MOST_SHOWN]:
        print(f"DIFFERENT {difference}")
    total = len(proof.differences)
    print(f"Differences: {total:,}" if total else "Nothing differs.")
    return _DIFFERENT if total else _SAME


if __name__ == "__main__":
    raise SystemExit(main())
