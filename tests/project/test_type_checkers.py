"""Test what type checkers report for the library and for user code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.paths import ROOT

TYPING = ROOT / "tests" / "typing"
MISTAKES = {
    number
    for number, line in enumerate(
        (TYPING / "user_mistakes.py").read_text(encoding="utf-8").splitlines(), start=1
    )
    if "# MISTAKE" in line
}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        # Pyright's engine finds packages through the first Python on the path.
        env={
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        },
    )


@pytest.fixture(scope="module")
def pyright(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[int]]:
    """Return the lines with errors by file, from pyright's engine in strict mode on user code."""
    settings = tmp_path_factory.mktemp("pyright") / "pyrightconfig.json"
    settings.write_text(
        json.dumps(
            {
                "include": [str(TYPING)],
                "typeCheckingMode": "strict",
                "failOnWarnings": False,
                "reportUnusedExpression": False,
            }
        ),
        encoding="utf-8",
    )
    done = run(
        "basedpyright", "--project", str(settings), "--outputjson", "--pythonpath", sys.executable
    )
    found: dict[str, set[int]] = {}
    for row in json.loads(done.stdout)["generalDiagnostics"]:
        if row["severity"] == "error":
            lines = found.setdefault(Path(row["file"]).name, set())
            lines.add(row["range"]["start"]["line"] + 1)
    return found


def test_mypy_finds_exactly_the_planted_mistakes() -> None:
    done = run("mypy", "--strict", "--no-incremental", "tests/typing/user_mistakes.py")
    found = {int(line.split(":")[1]) for line in done.stdout.splitlines() if ": error:" in line}
    assert found == MISTAKES, done.stdout


def test_pyright_infers_every_type_in_user_code(pyright: dict[str, set[int]]) -> None:
    assert pyright.get("user_code.py", set()) == set()


def test_pyright_finds_exactly_the_planted_mistakes(pyright: dict[str, set[int]]) -> None:
    assert pyright["user_mistakes.py"] == MISTAKES


def test_every_public_name_has_a_complete_type() -> None:
    done = run(
        "basedpyright", "--verifytypes", "therapy_billing", "--ignoreexternal", "--outputjson"
    )
    report = json.loads(done.stdout)["typeCompleteness"]
    assert report["completenessScore"] == 1.0, done.stdout[-3000:]
