"""
Run every check of the project, and list the result of each step at the end.

The unit tests run first, with branch coverage, then the property and project tests. Lint, types, and docs run at the
same time and are reported afterward. All steps run even if one fails. Name a step to run only that step::

    python scripts/check.py
    python scripts/check.py docs
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTEST = ("-m", "pytest", "-q", "--numprocesses=auto")
COVERAGE = ("--cov", "--cov-report=term-missing:skip-covered", "--cov-fail-under=100")
SPHINX = ("sphinx-build", "-q", "-n", "-W", "--keep-going", "-d", "{scratch}/pages")

STEPS: dict[str, list[tuple[str, ...]]] = {
    "tests": [
        ("python", *PYTEST, *COVERAGE, "tests/unit"),
        # The longest tests start first, so that no long test is still running at the end.
        ("python", *PYTEST, "tests/project", "tests/property", "src"),
    ],
    "lint": [
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("lint-imports",),
    ],
    "types": [("mypy",)],
    "docs": [
        (*SPHINX, "-b", "html", "docs", "{scratch}/html"),
        (*SPHINX, "-b", "doctest", "docs", "{scratch}/doctest"),
        ("python", "-m", "doctest", "README.md"),
    ],
}
"""The commands of each step. The tests print while they run; the other steps print only if they fail."""


def command(words: tuple[str, ...], scratch: str) -> list[str]:
    """Return *words* as a command, with the program from the environment that runs this script."""
    program, *arguments = (word.format(scratch=scratch) for word in words)
    if program == "python":
        return [sys.executable, *arguments]
    installed = Path(sys.executable).parent / program
    return [str(installed) if installed.exists() else program, *arguments]


def run_quietly(step: str, scratch: str) -> tuple[bool, str]:
    """Run the commands of *step*; return whether all passed, and the output of those that failed."""
    failed = []
    for words in STEPS[step]:
        try:
            done = subprocess.run(
                command(words, scratch),
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=False,
                env={**os.environ, "NO_COLOR": "1"},
            )
        except OSError as error:
            failed.append(f"$ {' '.join(words)}\n{error}: install the 'test' extra")
            continue
        if done.returncode:
            failed.append(f"$ {' '.join(words)}\n{done.stdout}{done.stderr}")
    return not failed, "\n".join(failed)


def run_tests(scratch: str) -> bool:
    """Run the tests and show their output; return whether all passed."""
    statuses = [
        subprocess.run(command(words, scratch), cwd=ROOT, check=False).returncode
        for words in STEPS["tests"]
    ]
    return not any(statuses)


def main() -> int:
    """Run the steps; return 0 if all passed, otherwise 1."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "steps", nargs="*", metavar="STEP", help=f"{', '.join(STEPS)} (default: all)"
    )
    wanted = parser.parse_args().steps or list(STEPS)
    unknown = [step for step in wanted if step not in STEPS]
    if unknown:
        parser.error(f"unknown step {unknown[0]}: use {', '.join(STEPS)}")
    began = time.perf_counter()
    scratch = tempfile.mkdtemp()
    results: dict[str, bool] = {}
    try:
        others = [step for step in STEPS if step in wanted and step != "tests"]
        with ThreadPoolExecutor() as pool:
            # These steps use cores that the tests leave idle. Their output is printed after the tests.
            done = pool.map(run_quietly, others, [scratch] * len(others))
            if "tests" in wanted:
                results["tests"] = run_tests(scratch)
            for step, (passed, printed) in zip(others, done, strict=True):
                results[step] = passed
                if printed:
                    print(f"\n{step}:\n{printed}")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    print()
    for step, passed in results.items():
        print(f"{step}: {'passed' if passed else 'FAILED'}")
    print(f"{time.perf_counter() - began:.0f} seconds")
    return 0 if all(results.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
