"""Test the project's own rules: imports, sizes, commands, versions, and the public API."""

from __future__ import annotations

import ast
import inspect
import os
import re
import subprocess
import sys
import typing
from enum import Enum
from pathlib import Path

import pytest

import therapy_billing
from tests.paths import ROOT, SOURCE
from tests.public_names import PACKAGES, PUBLIC, names_of

LAYERS = "Subpackages import only from those below"
CYCLES = "No import cycles"
PURE = "Rules do not look anything up"
FORMATS = "Formats do not import each other"
OUTSIDE = "No third-party imports except attrs and dateutil"


def run(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    # The console script of a tool is in the same folder as the interpreter that runs the tests.
    program = Path(sys.executable).parent / arguments[0]
    return subprocess.run(
        [str(program), *arguments[1:]],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NO_COLOR": "1"},
    )


def assert_clean(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("module", "planted", "contract"),
    [
        ("codes/code_book.py", "import therapy_billing.payers.catalog", LAYERS),
        ("claims/records.py", "import therapy_billing.code_choice.records", LAYERS),
        ("helpers.py", "", LAYERS),
        ("units/ties.py", "import therapy_billing.units.caps", CYCLES),
        ("payers/policy.py", "import therapy_billing.payers.catalog", CYCLES),
        ("units/rules.py", "import therapy_billing.codes.code_book", PURE),
        ("pricing/rules/mppr.py", "import therapy_billing.law.parameters", PURE),
        ("claims/rules/assistants.py", "import datetime", PURE),
        ("formats/csv.py", "import therapy_billing.formats.json", FORMATS),
        ("base/money.py", "import numpy", OUTSIDE),
    ],
)
def test_a_planted_import_breaks_its_contract(
    tmp_path: Path, module: str, planted: str, contract: str
) -> None:
    for path in (*SOURCE.rglob("*.py"), ROOT / "pyproject.toml"):
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    target = tmp_path / "src" / "therapy_billing" / module
    text = target.read_text(encoding="utf-8") if target.exists() else ""
    target.write_text(f"{text}\n{planted}\n", encoding="utf-8")
    program = (
        "import sys; sys.path.insert(0, 'src');"
        "from importlinter.cli import lint_imports_command as command; command()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "--no-cache"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NO_COLOR": "1"},
    )
    assert done.returncode != 0
    output = done.stdout + done.stderr
    assert f"{contract} BROKEN" in output or (not planted and "helpers" in output), output


def test_rules_import_only_value_types_money_errors_and_rules() -> None:
    allowed = {
        "__future__",
        "bisect",
        "collections.abc",
        "decimal",
        "enum",
        "itertools",
        "math",
        "typing",
        "therapy_billing.base.errors",
        "therapy_billing.base.money",
    }
    paths = [*SOURCE.glob("*/rules.py"), *SOURCE.glob("*/rules/*.py")]
    assert len(paths) >= 12
    for path in paths:
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        names = {
            alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names
        }
        names |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
        assert {name for name in names if ".rules" not in name} <= allowed, path


def test_no_subpackage_has_more_than_an_eighth_of_the_code() -> None:
    lines: dict[str, int] = {}
    for path in SOURCE.rglob("*.py"):
        package = path.relative_to(SOURCE).parts[0]
        if "kernel" in path.parts:
            package = "batch/kernel"
        lines[package] = lines.get(package, 0) + len(path.read_text(encoding="utf-8").splitlines())
    assert max(lines.values()) <= sum(lines.values()) / 8, lines


def test_each_module_has_a_docstring() -> None:
    for path in SOURCE.rglob("*.py"):
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path


def test_the_source_imports_only_attrs_dateutil_and_the_standard_library() -> None:
    roots = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                roots |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                roots.add((node.module or "").partition(".")[0])
    # openpyxl is imported only when an .xlsx file is read, the others only for dataframes.
    extras = {"duckdb", "numpy", "openpyxl", "pandas", "polars", "pyarrow"}
    own = {"attrs", "dateutil", "therapy_billing"}
    assert roots - set(sys.stdlib_module_names) == own | extras


def test_continuous_integration_runs_the_test_command_of_the_readme() -> None:
    commands = re.findall(
        r"^python3 -m venv .+$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert len(commands) == 2
    assert commands[1] in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_version_is_the_first_one_in_the_changelog() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    version = re.search(r'^version = "(.+)"', project, re.MULTILINE)
    first = re.search(r"^## \[?([0-9.]+)\]?", changelog, re.MULTILINE)
    assert version is not None
    assert first is not None
    assert first.group(1) == version.group(1) == therapy_billing.__version__


def test_the_public_interface_matches_the_reviewed_snapshot() -> None:
    lines = all_public_lines()
    snapshot = ROOT / "tests" / "project" / "public_api.txt"
    assert snapshot.read_text(encoding="utf-8").splitlines() == lines, (
        f"if you meant this change, write these lines to {snapshot.name}:\n" + "\n".join(lines)
    )


def all_public_lines() -> list[str]:
    """Return the public API by package. The root repeats names of its subpackages."""
    below = {name for package in PACKAGES[1:] for name in names_of(package)}
    lines = []
    for package in PACKAGES:
        lines.append(f"[{package}]")
        for name in names_of(package):
            if package == "therapy_billing" and name in below:
                lines.append(name)
            else:
                lines += public_lines(name, getattr(PUBLIC, name))
    return lines


def public_lines(name: str, value: object) -> list[str]:
    """Return the name, kind, signature, and public members of a public name, one per line."""
    if not isinstance(value, type):
        if typing.get_origin(value) is not None:
            return [f"{name}: type {value}"]
        shown = inspect.signature(value) if callable(value) else f": {type(value).__name__}"
        return [f"{name}{shown}"]
    if issubclass(value, Exception | Enum):
        names = ", ".join(base.__name__ for base in value.__bases__)
        members = [f"    {name}.{member}" for member in getattr(value, "__members__", ())]
        return [f"class {name}({names})", *members]
    if typing.is_typeddict(value):
        return [f"class {name}({', '.join(value.__annotations__)})"]
    lines = [f"class {name}{inspect.signature(value)}"]
    bases = [
        base for base in reversed(value.__mro__) if base.__module__.startswith("therapy_billing")
    ]
    member_by_name = {member: found for base in bases for member, found in vars(base).items()}
    for member, found in sorted(member_by_name.items()):
        if member.startswith("_"):
            continue
        function = found.__func__ if isinstance(found, classmethod) else found
        if inspect.isfunction(function):
            lines.append(f"    {name}.{member}{inspect.signature(function)}")
        else:
            lines.append(f"    {name}.{member}")
    return lines
