"""
Make one change to the kernel at a time, and report which changes no test notices.

Each change, a *mutant*, is made in a copy of the library. A part of the tests runs against it, until the first failure. A mutant
that passes them all has *survived*: a case is missing, or the change has no effect. Changes that are known to have no effect are
in ``scripts/equivalent_mutants.toml``, with the reason. The same seed draws the same mutants from the same source::

    python scripts/kernel_mutants.py --seed 1 --number 150
    python scripts/kernel_mutants.py --seed 1 --number 150 --again output.txt
    python scripts/kernel_mutants.py --only years.py
    python scripts/kernel_mutants.py --list
"""

from __future__ import annotations

import argparse
import ast
import copy
import fnmatch
import os
import pickle
import shutil
import signal
import sys
import tempfile
import time
import tomllib
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, NoReturn

import pytest

# The tests are not installed.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.parity import cases, test_kernel  # noqa: F401 - loaded once, before the runs

import therapy_billing.batch

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "therapy_billing/batch"
MODULES = ("kernel/*.py", "frames.py", "frame_terms.py", "row_status.py")
EQUIVALENT = ROOT / "scripts" / "equivalent_mutants.toml"
_KERNEL = "tests/parity/test_kernel.py"
_ORDINARY = (
    "medicare-one-schedule",
    "medicare-distinct",
    "medicare-kx-of-pt",
    "medicare-without-fees",
    "medicare-second",
    "second-own",
    "kx-without-sharing",
    "sharing-without-kx",
    "percent-of-medicare",
    "assistant-percent-odd",
    "assistant-units-2020-assistant-percentage-method",
    "code-terms-of-methods",
    "accepted-modifiers",
    "amount-per-day",
    "cap-per-codes",
    "cap-per-session",
    "cap-evaluation",
    "cap-dollars-discipline",
    "cap-rvus",
    "caps-together",
    "contract-percent-all",
    "contract-per-visit-lesser",
    "contract-lesser-maximum",
    "new-york-no-fault-values",
    "tie-highest-fee",
    "texas-workers-compensation-factor",
)
TESTS = (
    f"{_KERNEL}::TestOrder",
    f"{_KERNEL}::TestColumns",
    f"{_KERNEL}::TestPayers::test_days_on_a_boundary[medicare-kx-attested]",
    f"{_KERNEL}::TestPayers::test_nasty_days[medicare]",
    "tests/parity/test_boundaries.py",
    "tests/parity/test_edges.py",
    "tests/unit/batch/kernel",
    "tests/unit/batch/test_frames.py",
    "tests/unit/batch/test_frame_terms.py",
    f"{_KERNEL}::TestPayers::test_days_of_several_payers[0]",
    f"{_KERNEL}::TestPayers::test_nasty_days[cap-visits]",
    f"{_KERNEL}::TestPayers::test_nasty_days[contract-lesser-maximum]",
    f"{_KERNEL}::TestPayers::test_days_on_a_boundary[tie-preferred-codes]",
    f"{_KERNEL}::TestPayers::test_days_on_a_boundary[assistant-units-2022-assistant-exact]",
    f"{_KERNEL}::TestYears",
    *(f"{_KERNEL}::TestPayers::test_ordinary_days[{name}]" for name in _ORDINARY),
    f"{_KERNEL}::TestPayers::test_nasty_days[code-terms]",
)
"""The tests: first those that notice most changes."""
_LONGEST = 4
"""A mutant may run this many times as long as the library itself. An endless loop is noticed like a failure."""


class Mutant(NamedTuple):
    """
    One change of a module.

    Args:
        module: The module, below the package.
        line: The line of the change.
        within: The function or class that holds it.
        change: The code before and after.
        source: The module with the change.
    """

    module: str
    line: int
    within: str
    change: str
    source: str

    def __str__(self) -> str:
        return f"{self.module}:{self.line} {self.within}: {self.change}"


class Equivalent(NamedTuple):
    """A change without an effect."""

    module: str
    within: str
    change: str
    why: str


# Changes. Each takes a node of a copy of the tree, and returns the node that replaces it.

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}
_COMBINED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
_RENAMED = {
    "minimum": "maximum",
    "maximum": "minimum",
    "min": "max",
    "max": "min",
    "logical_and": "logical_or",
    "logical_or": "logical_and",
    "any": "all",
    "all": "any",
}


def _changes_of(node: ast.AST) -> Iterator[Callable[[ast.AST], ast.AST]]:
    """Yield the changes of a node."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARED:
        yield _compare
    if isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in _COMBINED:
        yield _combine
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv):
        yield _round
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        yield from [_negate] if isinstance(node.value, bool) else [_more, _less]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert | ast.Not):
        yield _operand
    if isinstance(node, ast.Attribute | ast.Name) and _name(node) in _RENAMED:
        yield _rename
    if isinstance(node, ast.Call) and _name(node.func) == "where" and len(node.args) > 1:
        yield _swap
    if _is_dropped(node):
        yield _drop


def _name(node: ast.AST) -> str:
    """Return the last part of a name; empty for other code."""
    return str(getattr(node, "attr", getattr(node, "id", "")))


def _is_dropped(node: ast.AST) -> bool:
    """Return whether a statement can be left out, and the module still has all of its names."""
    if isinstance(node, ast.Assign):
        return all(isinstance(each, ast.Subscript | ast.Attribute) for each in node.targets)
    if isinstance(node, ast.Expr):
        return not isinstance(node.value, ast.Constant | ast.Yield | ast.YieldFrom)
    return isinstance(node, ast.Continue | ast.AugAssign)


def _compare(node: ast.AST) -> ast.AST:
    assert isinstance(node, ast.Compare)  # noqa: S101 - for the types
    node.ops = [_COMPARED[type(node.ops[0])]()]
    return node


def _combine(node: ast.AST) -> ast.AST:
    assert isinstance(node, ast.BinOp | ast.AugAssign)  # noqa: S101 - for the types
    node.op = _COMBINED[type(node.op)]()
    return node


def _round(node: ast.AST) -> ast.AST:
    """Round half up instead of down."""
    assert isinstance(node, ast.BinOp)  # noqa: S101 - for the types
    half = ast.BinOp(copy.deepcopy(node.right), ast.FloorDiv(), ast.Constant(2))
    node.left = ast.BinOp(node.left, ast.Add(), half)
    return node


def _negate(node: ast.AST) -> ast.AST:
    assert isinstance(node, ast.Constant)  # noqa: S101 - for the types
    return ast.Constant(not node.value)


def _more(node: ast.AST) -> ast.AST:
    assert isinstance(node, ast.Constant)  # noqa: S101 - for the types
    assert isinstance(node.value, int)  # noqa: S101 - for the types
    return ast.Constant(node.value + 1)


def _less(node: ast.AST) -> ast.AST:
    assert isinstance(node, ast.Constant)  # noqa: S101 - for the types
    assert isinstance(node.value, int)  # noqa: S101 - for the types
    return ast.Constant(node.value - 1)


def _operand(node: ast.AST) -> ast.AST:
    assert isinstance(node, ast.UnaryOp)  # noqa: S101 - for the types
    return node.operand


def _rename(node: ast.AST) -> ast.AST:
    if isinstance(node, ast.Attribute):
        node.attr = _RENAMED[node.attr]
    elif isinstance(node, ast.Name):
        node.id = _RENAMED[node.id]
    return node


def _swap(node: ast.AST) -> ast.AST:
    assert isinstance(node, ast.Call)  # noqa: S101 - for the types
    condition, one, other = node.args
    node.args = [condition, other, one]
    return node


def _drop(node: ast.AST) -> ast.AST:
    _ = node
    return ast.Pass()


# Where a change is made

_Place = tuple[tuple[str, int | None], ...]
_NOT_RUN = frozenset({"annotation", "returns", "decorator_list", "type_params"})


def _places(
    node: ast.AST, place: _Place = (), within: str = "module"
) -> Iterator[tuple[_Place, str, ast.AST]]:
    """Yield the place of each node that runs. A place is the way to it from the root of the tree."""
    yield place, within, node
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        within = node.name if within == "module" else f"{within}.{node.name}"
    for field, value in ast.iter_fields(node):
        if field in _NOT_RUN or (isinstance(node, ast.Subscript) and _is_type(node)):
            continue
        each: object
        for index, each in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(each, ast.AST) and not _is_type(each):
                number = index if isinstance(value, list) else None
                yield from _places(each, (*place, (field, number)), within)


def _is_type(node: ast.AST) -> bool:
    """Return whether a node is a type or a flag of a keyword, such as ``X | None`` or ``keepdims=True``."""
    if isinstance(node, ast.keyword):
        return node.arg in ("eq", "frozen", "kw_only", "repr", "strict", "dtype")
    if isinstance(node, ast.AnnAssign):
        return isinstance(node.annotation, ast.Name) and node.annotation.id == "TypeAlias"
    return (
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.BitOr)
        and any(
            isinstance(each, ast.Constant) and each.value is None
            for each in (node.left, node.right)
        )
    )


def _at(tree: ast.AST, place: _Place) -> ast.AST:
    found: ast.AST = tree
    for field, number in place:
        value = getattr(found, field)
        found = value if number is None else value[number]
    return found


class Change(NamedTuple):
    """A change that can be made."""

    module: str
    within: str
    place: _Place
    change: Callable[[ast.AST], ast.AST]


@cache
def tree_of(module: str) -> ast.Module:
    """Return the code of a module."""
    return ast.parse((ROOT / "src" / PACKAGE / module).read_text())


def made(change: Change) -> Mutant:
    """Return the mutant with a change."""
    tree = tree_of(change.module)
    changed = copy.deepcopy(tree)
    parent = _at(changed, change.place[:-1])
    new = change.change(_at(changed, change.place))
    field, number = change.place[-1]
    if number is None:
        setattr(parent, field, new)
    else:
        getattr(parent, field)[number] = new
    ast.fix_missing_locations(changed)
    return Mutant(
        change.module,
        getattr(_at(tree, change.place), "lineno", 0),
        change.within,
        _difference(_statement(tree, change.place), _statement(changed, change.place)),
        ast.unparse(changed),
    )


def _statement(tree: ast.AST, place: _Place) -> str:
    """Return the code of the innermost statement at a place, without the statements in it."""
    shown: ast.AST = tree
    found = tree
    for field, number in place:
        value = getattr(found, field)
        found = value if number is None else value[number]
        if isinstance(found, ast.stmt):
            shown = found
    text = ast.unparse(shown)
    compound = isinstance(
        shown, ast.If | ast.For | ast.While | ast.With | ast.Try | ast.FunctionDef
    )
    return text.split("\n", 1)[0] if compound else " ".join(text.split())


def _difference(before: str, after: str) -> str:
    """Return the change, with as much of the code as is needed to distinguish it from others."""
    most = 150
    return f"{before[:most]} => {after[:most]}" if len(before) <= most else _part(before, after)


def _part(before: str, after: str) -> str:
    """Return the part of a long statement that changed."""
    around = 60
    start = next(
        (
            place
            for place, (one, other) in enumerate(zip(before, after, strict=False))
            if one != other
        ),
        min(len(before), len(after)),
    )
    first = max(start - around, 0)
    return f"...{before[first : start + around]}... => ...{after[first : start + around]}..."


def every_change(only: str) -> list[Change]:
    """Return the changes of the modules whose names match *only*."""
    package = ROOT / "src" / PACKAGE
    modules = sorted(
        str(path.relative_to(package)) for pattern in MODULES for path in package.glob(pattern)
    )
    return [
        Change(module, within, place, change)
        for module in modules
        if fnmatch.fnmatch(Path(module).name, only)
        for place, within, node in _places(tree_of(module))
        for change in _changes_of(node)
    ]


def known_equivalents() -> list[Equivalent]:
    """Return the changes that are known to have no effect."""
    if not EQUIVALENT.exists():
        return []
    tables = tomllib.loads(EQUIVALENT.read_text())["mutant"]
    return [Equivalent(**table) for table in tables]


# Runs


class Reference:
    """
    A plugin of pytest that keeps what the scalar path returns, because no mutant changes it.

    Args:
        kept: What it returned: for each test, one result per call.
    """

    def __init__(self, kept: dict[str, list[Any]]) -> None:
        self._kept = kept
        self._expected = vars(cases)["expected"]
        self._test = ""
        self._calls = 0
        vars(cases)["expected"] = self._once

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Note which test runs."""
        self._test, self._calls = item.nodeid, 0

    def _once(self, *rows: Any, **arguments: Any) -> Any:  # noqa: ANN401 - as the function
        results = self._kept.setdefault(self._test, [])
        if self._calls == len(results):
            results.append(self._expected(*rows, **arguments))
        self._calls += 1
        return results[self._calls - 1]


def run_tests(
    folder: Path, tests: Sequence[str], kept: dict[str, list[Any]], keep: Path | None = None
) -> int:
    """Run tests with the modules in *folder*, and return the exit status of pytest. *keep* is where *kept* is written."""
    therapy_billing.batch.__path__ = [str(folder)]
    words = [
        "-x",
        "-q",
        "--assert=plain",
        "--numprocesses=0",
        "-pno:cacheprovider",
        "-oaddopts=-pno:logging",
    ]
    status = pytest.main([*words, *tests], plugins=[Reference(kept)])
    if keep is not None:
        keep.write_bytes(pickle.dumps(kept))
    return int(status)


def first_run(folder: Path, tests: Sequence[str]) -> tuple[dict[str, list[Any]], float]:
    """Run the tests without a mutant. Return what the scalar path returned, and how many seconds the tests took."""
    output, kept_file = folder.parent / "output", folder.parent / "kept"
    began = time.perf_counter()
    process = os.fork()
    if not process:
        _end(output, lambda: run_tests(folder, tests, {}, kept_file))
    if os.waitpid(process, 0)[1]:
        sys.exit(f"the tests do not pass without a mutant:\n{output.read_text()}")
    return pickle.loads(kept_file.read_bytes()), time.perf_counter() - began  # noqa: S301 - own file


def start(
    mutant: Mutant, folder: Path, tests: Sequence[str], kept: dict[str, list[Any]], limit: float
) -> int:
    """Start the tests with a mutant, and return the number of the process."""
    process = os.fork()
    if not process:
        # The process ends with a signal if the change makes an endless loop.
        signal.alarm(int(limit))
        (folder / mutant.module).write_text(mutant.source)
        _end(Path(os.devnull), lambda: run_tests(folder, tests, kept))
    return process


def _end(output: Path, run: Callable[[], int]) -> NoReturn:
    """Run tests, and end the process. What they print goes to a file."""
    status = 1
    try:
        with output.open("w") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        status = run()
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        sys.stderr.flush()
        os._exit(status)


def results(
    chosen: Sequence[Mutant], tests: Sequence[str], workers: int, scratch: Path
) -> Iterator[tuple[Mutant, str]]:
    """Yield each mutant with its result, as the runs end."""
    equivalent = {each[:3] for each in known_equivalents()}
    package = ROOT / "src" / PACKAGE
    folders = [scratch / str(number) / "batch" for number in range(workers)]
    for folder in folders:
        # A compiled file is not used, because a mutant may have the size and the time of the module itself.
        shutil.copytree(package, folder, ignore=shutil.ignore_patterns("__pycache__"))
    kept, seconds = first_run(folders[0], tests)
    limit = _LONGEST * seconds + 10
    running: dict[int, tuple[Mutant, Path]] = {}
    waiting = list(reversed(chosen))
    while waiting or running:
        while waiting and folders:
            mutant = waiting.pop()
            if (mutant.module, mutant.within, mutant.change) in equivalent:
                yield mutant, "equivalent"
                continue
            folder = folders.pop()
            running[start(mutant, folder, tests, kept, limit)] = mutant, folder
        if running:
            process, status = os.wait()
            mutant, folder = running.pop(process)
            shutil.copy(package / mutant.module, folder / mutant.module)
            folders.append(folder)
            yield mutant, "killed" if status else "SURVIVED"


def main() -> int:
    """Run a sample; return 0 if every mutant of it was noticed or has no effect, otherwise 1."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=1, help="draws the sample (default: 1)")
    parser.add_argument("--number", type=int, default=150, help="mutants to run (default: 150)")
    parser.add_argument("--only", default="*", metavar="MODULE", help="such as years.py")
    parser.add_argument("--workers", type=int, default=1, help="runs at the same time")
    parser.add_argument("--list", action="store_true", help="list all mutants, and run none")
    parser.add_argument("tests", nargs="*", help="tests to run instead of the usual ones")
    parser.add_argument("--again", type=Path, metavar="OUTPUT", help="only its survivors")
    given = parser.parse_args()
    every = every_change(given.only)
    if given.list:
        print(*(made(each) for each in every), sep="\n")
        return 0
    sample = Random(given.seed).sample(every, min(given.number, len(every)))
    chosen = [made(each) for each in sample]
    if given.again:
        lines = given.again.read_text().splitlines()
        chosen = [each for each in chosen if f"SURVIVED  {each}" in lines]
    counts: Counter[str] = Counter()
    os.chdir(ROOT)
    sys.dont_write_bytecode = True
    with tempfile.TemporaryDirectory() as scratch:
        for mutant, result in results(chosen, given.tests or TESTS, given.workers, Path(scratch)):
            counts[result] += 1
            print(f"{result}  {mutant}", flush=True)
    print(f"\n{len(chosen)} of {len(every)} mutants: {dict(counts)}")
    return 1 if counts["SURVIVED"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
