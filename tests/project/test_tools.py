"""The project's own rules, checked by its tools: one run of pytest checks everything."""

from __future__ import annotations

import ast
import inspect
import os
import re
import subprocess
import sys
from enum import Enum
from pathlib import Path

import pytest

import therapy_billing
from tests.paths import ROOT, SOURCE


def run(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    # The console script of a tool stands beside the interpreter that runs the tests.
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


def test_ruff_finds_nothing_to_mend() -> None:
    assert_clean(run("ruff", "check", "--no-cache", "."))


def test_ruff_would_format_nothing_anew() -> None:
    assert_clean(run("ruff", "format", "--no-cache", "--check", "."))


def test_no_import_breaks_the_layers() -> None:
    assert_clean(run("lint-imports", "--no-cache"))


@pytest.mark.parametrize(
    ("module", "planted", "contract"),
    [
        (
            "codes/code_book.py",
            "import therapy_billing.payers.catalog",
            "Subpackages import only from those below",
        ),
        ("helpers.py", "", "Subpackages import only from those below"),
        ("units/rules.py", "import therapy_billing.codes.code_book", "Rules look nothing up"),
        (
            "formats/csv.py",
            "import therapy_billing.formats.json",
            "No format knows another",
        ),
        ("base/money.py", "import numpy", "attrs and dateutil, and nothing else from outside"),
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
    said = done.stdout + done.stderr
    assert f"{contract} BROKEN" in said or (not planted and "helpers" in said), said


def test_the_source_imports_attrs_dateutil_and_the_standard_library_only() -> None:
    roots = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                roots |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                roots.add((node.module or "").partition(".")[0])
    extras = {"openpyxl"}  # imported where an xlsx file is read, and only there
    own = {"attrs", "dateutil", "therapy_billing"}
    assert roots - set(sys.stdlib_module_names) == own | extras


# Both builders write the generated pages, so they run one after the other.
@pytest.mark.xdist_group("documentation")
@pytest.mark.parametrize("builder", ["html", "doctest"])
def test_the_documentation_builds_without_a_warning(tmp_path: Path, builder: str) -> None:
    assert_clean(
        run("sphinx-build", "-q", "-n", "-W", "--keep-going", "-b", builder, "docs", str(tmp_path))
    )


def test_the_examples_of_the_readme_print_what_it_shows() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "doctest", "README.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert_clean(done)
    assert ">>> " in (ROOT / "README.md").read_text(encoding="utf-8")


def test_continuous_integration_runs_the_test_command_of_the_readme() -> None:
    commands = re.findall(
        r"^python3 -m venv .+$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert len(commands) == 2
    assert commands[1] in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_version_is_the_one_that_the_changelog_opens_with() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    version = re.search(r'^version = "(.+)"', project, re.MULTILINE)
    first = re.search(r"^## \[?([0-9.]+)\]?", changelog, re.MULTILINE)
    assert version is not None
    assert first is not None
    assert first.group(1) == version.group(1)


def test_the_public_interface_is_the_one_that_was_reviewed() -> None:
    lines = [
        line
        for name in sorted(therapy_billing.__all__)
        for line in public_lines(name, getattr(therapy_billing, name))
    ]
    snapshot = ROOT / "tests" / "unit" / "public_api.txt"
    assert snapshot.read_text(encoding="utf-8").splitlines() == lines, (
        f"if the change is meant, write these lines to {snapshot.name}:\n" + "\n".join(lines)
    )


def public_lines(name: str, value: object) -> list[str]:
    """Name, kind, signature and public members of a public name, a line each."""
    if not isinstance(value, type):
        shown = inspect.signature(value) if callable(value) else f": {type(value).__name__}"
        return [f"{name}{shown}"]
    if issubclass(value, Exception | Enum):
        bases = ", ".join(base.__name__ for base in value.__bases__)
        members = [f"    {name}.{member}" for member in getattr(value, "__members__", ())]
        return [f"class {name}({bases})", *members]
    lines = [f"class {name}{inspect.signature(value)}"]
    for member, held in sorted(vars(value).items()):
        if member.startswith("_"):
            continue
        function = held.__func__ if isinstance(held, classmethod) else held
        if inspect.isfunction(function):
            lines.append(f"    {name}.{member}{inspect.signature(function)}")
        else:
            lines.append(f"    {name}.{member}")
    return lines
