"""
Compare the answers of two versions of the library.

Run it before you merge a change, to see which payers and codes the change affects. It runs both versions on generated
treatment days (all payers, methods, disciplines, assistants, dates, refused input) and reports every difference in
units, claim lines, money, findings, explanation steps, suggested codes, and errors. Texts are not compared. Each
version is a folder with a checkout, or a revision of this repository::

    python scripts/compare_answers.py main .
    python scripts/compare_answers.py v26.11.2 HEAD --explained scripts/answers/26.11.3.toml
    python scripts/compare_answers.py ../before ../after --days 500 --without steps

With ``--explained``, the report lists each difference under the sentence that explains it. The script exits with status 0 if
every difference is explained, 1 if a difference is not explained, and 2 if a version cannot be run. A file of
explanations looks like this::

    [[explanation]]
    because = "Medicare's hour codes count from 51 % of the time in the descriptor."
    expected = [
        { kind = "units", change = "more", codes = ["92607", "92608", "96105"], payer = "medicare" },
        { kind = ["lines", "money", "steps"], follows = "units" },
    ]

``answers/explanations.py`` documents what each name matches, ``answers/differences.py`` finds the differences,
``answers/days.py`` generates the days, and ``answers/checkout.py`` runs a checkout. If a public name changes, add an
adapter in ``answers/checkout.py``.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, cast

from answers.days import Day, generate_day
from answers.differences import BY_HAND, KINDS, Difference, compare_answers
from answers.explanations import Expected, Explanation, read_explanations

_ROOT = Path(__file__).resolve().parents[1]
_WORKER = Path(__file__).with_name("answers") / "checkout.py"
_SAME, _UNEXPLAINED, _FAILED = 0, 1, 2
_MOST_SHOWN = 6
_LONGEST_VALUE = 300


class Group:
    """Differences with the same kind, change, rule, and explanation (or none)."""

    def __init__(self, first: Difference) -> None:
        self.first = first
        self.days = 0
        self.calls: Counter[str] = Counter()
        self.codes: Counter[str] = Counter()
        self.payers: Counter[str] = Counter()
        self.example: Day | None = None
        self.difference = first
        self._last_day: int | None = None
        self._length = 0

    def add(self, difference: Difference, day: Day) -> None:
        """Count *difference*, and keep the shortest day as the example."""
        self.calls[difference.call] += 1
        self.codes.update(difference.codes)
        if self._last_day != day["number"]:
            self._last_day = day["number"]
            self.days += 1
            self.payers[day["payer"]] += 1
        example = _relevant(day, difference.call)
        length = len(json.dumps(example))
        if self.example is None or length < self._length:
            self.example, self.difference, self._length = example, difference, length

    def to_dict(self) -> dict[str, Any]:
        """Return the group as plain values for JSON."""
        return {
            "kind": self.first.kind,
            "change": self.first.change,
            "rule": self.first.rule,
            "days": self.days,
            "calls": dict(self.calls),
            "codes": dict(self.codes),
            "payers": dict(self.payers),
            "example": self.example,
            "call": self.difference.call,
            "old": self.difference.old,
            "new": self.difference.new,
        }

    def to_text(self, shown: set[str]) -> str:
        """Return the group as a few lines of text. Examples in *shown* are not repeated; a new example is added to *shown*."""
        name = " ".join(filter(None, (self.first.kind, self.first.rule, self.first.change)))
        lines = [f"  {name}: {_counted(self.days, 'day')}"]
        lines += [
            f"    {label}: {_most_common(counts)}"
            for label, counts in (
                ("calls", self.calls),
                ("codes", self.codes),
                ("payers", self.payers),
            )
            if counts
        ]
        old, new = _short(self.difference.old), _short(self.difference.new)
        lines.append(f"    {self.difference.call}: {old} -> {new}")
        example = json.dumps(self.example)
        number = (self.example or {})["number"]
        lines.append(f"    day {number}, as above" if example in shown else f"    {example}")
        shown.add(example)
        return "\n".join(lines)


class Report:
    """The differences of all days, in groups by explanation."""

    def __init__(self, explanations: Sequence[Explanation]) -> None:
        self.explanations = explanations
        self.days = 0
        self.days_with_differences = 0
        self._seen: set[tuple[int, Expected]] = set()
        self._groups: dict[int | None, dict[tuple[str, str, str], Group]] = {}

    def add(self, day: Day, differences: Sequence[Difference]) -> None:
        """Add the differences of a day, each under the first explanation that matches it."""
        self.days += 1
        self.days_with_differences += bool(differences)
        reasons: dict[int, int] = {}
        for number, explanation in enumerate(self.explanations):
            for index, expected in explanation.of(differences, day).items():
                if reasons.setdefault(index, number) == number:
                    self._seen.add((number, expected))
        for index, difference in enumerate(differences):
            groups = self._groups.setdefault(reasons.get(index), {})
            key = difference.kind, difference.rule, difference.change
            groups.setdefault(key, Group(difference)).add(difference, day)

    @property
    def explained(self) -> bool:
        """Whether every difference has an explanation."""
        return None not in self._groups

    def groups(self, reason: int | None) -> list[Group]:
        """Return the groups of an explanation, or those without one, sorted by kind and number of days."""
        found = self._groups.get(reason, {}).values()
        return sorted(found, key=lambda group: (KINDS.index(group.first.kind), -group.days))

    def unseen(self) -> list[tuple[str, Expected]]:
        """Return the expected differences that were not seen."""
        return [
            (explanation.because, expected)
            for number, explanation in enumerate(self.explanations)
            for expected in explanation.expected
            if (number, expected) not in self._seen
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values for JSON."""
        return {
            "days": self.days,
            "days_with_differences": self.days_with_differences,
            "explained": [
                {
                    "because": explanation.because,
                    "differences": [group.to_dict() for group in self.groups(number)],
                }
                for number, explanation in enumerate(self.explanations)
            ],
            "unexplained": [group.to_dict() for group in self.groups(None)],
            "not_seen": [
                {"because": because, **expected._asdict()} for because, expected in self.unseen()
            ],
        }

    def to_text(self) -> str:
        """Return the report as text: each explanation with its differences, then the unexplained ones."""
        same = self.days - self.days_with_differences
        differing = self.days_with_differences
        counts = f"{same:,} with the same answers, {differing:,} with differences"
        parts = [f"{_counted(self.days, 'day')}: {counts}"]
        shown: set[str] = set()
        for number, explanation in enumerate(self.explanations):
            if groups := self.groups(number):
                parts += [explanation.because, *(group.to_text(shown) for group in groups)]
        if groups := self.groups(None):
            parts += ["NOT EXPLAINED", *(group.to_text(shown) for group in groups)]
        if unseen := self.unseen():
            parts.append("Expected, but not seen in these days:")
            parts += [f"  {because}\n    {_given(expected)}" for because, expected in unseen]
        return "\n\n".join(parts) + "\n"


def _relevant(day: Day, call: str) -> Day:
    """Return the parts of *day* that *call* used."""
    by_hand = call in BY_HAND
    others = {
        "sessions": not by_hand,
        "claim": by_hand,
        "question": call == "suggest_code",
        "repriced_as": call == "price_day, another payer",
    }
    parts = {
        name: value
        for name, value in day.items()
        if name != "commands" and value not in (None, []) and others.get(name, True)
    }
    if call.startswith("command "):
        name = call.removeprefix("command ")
        parts["arguments"] = next(
            each["arguments"] for each in day["commands"] if each["arguments"][0] == name
        )
    return {name: _filled(value) for name, value in parts.items()}


def _filled(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return *value* without empty entries."""
    if isinstance(value, list):
        return [_filled(each) for each in value]
    if isinstance(value, dict):
        return {name: _filled(each) for name, each in value.items() if each not in (None, [])}
    return value


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _most_common(counts: Counter[str]) -> str:
    shown = [f"{name} {count:,}" for name, count in counts.most_common(_MOST_SHOWN)]
    rest = len(counts) - len(shown)
    return ", ".join([*shown, f"and {rest} more"] if rest else shown)


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."


def _given(expected: Expected) -> str:
    given = {name: value for name, value in expected._asdict().items() if value}
    return json.dumps(given)


@contextmanager
def _checkout(version: str) -> Iterator[Path]:
    """Yield the folder of a version: the given folder, or a temporary worktree of the revision."""
    if Path(version, "src", "therapy_billing").is_dir():
        yield Path(version).resolve()
        return
    git = shutil.which("git")
    if git is None:
        msg = f"{version} is not a folder with a checkout, and git was not found"
        raise OSError(msg)
    with tempfile.TemporaryDirectory() as folder:
        tree = str(Path(folder, "tree"))
        commit = f"{version}^{{commit}}"
        added = [git, "worktree", "add", "--quiet", "--detach", tree, commit]
        done = subprocess.run(added, cwd=_ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            msg = f"{version} is neither a folder with a checkout nor a revision: {done.stderr.strip()}"
            raise OSError(msg)
        try:
            yield Path(tree)
        finally:
            subprocess.run([git, "worktree", "remove", "--force", tree], cwd=_ROOT, check=True)


@contextmanager
def _answers(checkout: Path, days: Path) -> Iterator[IO[str]]:
    """Run a checkout in a separate process, and yield the stream of its answers."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(checkout / "src"),
        "PYTHONHASHSEED": "0",
    }
    # -P keeps modules next to the worker from hiding modules of the library.
    command = [sys.executable, "-P", str(_WORKER), str(checkout), str(days)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield cast("IO[str]", process.stdout)
        finally:
            process.kill()


def compare(
    versions: tuple[str, str],
    days: Iterable[Day],
    explanations: Sequence[Explanation] = (),
    kinds: Sequence[str] = KINDS,
) -> Report:
    """
    Answer *days* with two versions side by side, and return the report.

    Raises:
        OSError: If a version does not exist or cannot be run.
    """
    report = Report(explanations)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        path = folder / "days.jsonl"
        with path.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(day) + "\n" for day in days)
        checkouts = [stack.enter_context(_checkout(version)) for version in versions]
        old, new = (stack.enter_context(_answers(checkout, path)) for checkout in checkouts)
        for line in stack.enter_context(path.open(encoding="utf-8")):
            before, after = old.readline(), new.readline()
            if not before or not after:
                stopped = versions[0] if not before else versions[1]
                msg = f"{stopped} stopped after {_counted(report.days, 'day')}"
                raise OSError(msg)
            found = (
                [] if before == after else compare_answers(json.loads(before), json.loads(after))
            )
            report.add(json.loads(line), [each for each in found if each.kind in kinds])
    return report


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command described at the top of this file."""
    summary, _, details = (__doc__ or "").strip().partition("\n")
    parser = argparse.ArgumentParser(
        description=summary,
        epilog=details,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("old", metavar="OLD", help="the old version: a folder or a revision")
    parser.add_argument("new", metavar="NEW", help="the new version: a folder or a revision")
    parser.add_argument(
        "--days", type=int, default=5000, help="number of days to generate (default: 5000)"
    )
    parser.add_argument(
        "--seed", type=int, default=1, help="seed of the generated days (default: 1)"
    )
    parser.add_argument("--only", type=int, metavar="N", help="compare only day N of the seed")
    parser.add_argument(
        "--explained", type=Path, metavar="TOML", help="TOML file of expected differences"
    )
    parser.add_argument(
        "--without",
        choices=KINDS,
        action="append",
        default=[],
        help="leave out differences of this kind; can be repeated",
    )
    parser.add_argument("--json", action="store_true", help="write the report as JSON")
    parsed = parser.parse_args(arguments)
    numbers = range(parsed.days) if parsed.only is None else (parsed.only,)
    try:
        explanations = [] if parsed.explained is None else read_explanations(parsed.explained)
        report = compare(
            (parsed.old, parsed.new),
            (generate_day(number, parsed.seed) for number in numbers),
            explanations,
            [kind for kind in KINDS if kind not in parsed.without],
        )
    except (OSError, ValueError) as error:
        print(f"compare_answers: {error}", file=sys.stderr)
        return _FAILED
    print(json.dumps(report.to_dict(), indent=2) if parsed.json else report.to_text(), end="")
    return _SAME if report.explained else _UNEXPLAINED


if __name__ == "__main__":
    raise SystemExit(main())
