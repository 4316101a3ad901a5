"""
Run every check of the project, and list the result of each step at the end.

The unit tests and the comparison of frames with the scalar path run first, with branch coverage, then the property and
project tests. Lint, types, docs, and the browser tests run at the same time and are reported afterward. All steps run even
if one fails. Without Chromium, the last lines list what was not tested in a browser. Name a step to run only that step::

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

from chromium_program import install_chromium

ROOT = Path(__file__).resolve().parents[1]
PYTEST = ("-m", "pytest", "-q", "--numprocesses=auto")
COVERAGE = ("--cov", "--cov-report=term-missing:skip-covered", "--cov-fail-under=100")
SPHINX = ("sphinx-build", "-q", "-n", "-W", "--keep-going", "-d", "{scratch}/pages")

STEPS: dict[str, list[tuple[str, ...]]] = {
    "tests": [
        ("python", *PYTEST, *COVERAGE, "tests/parity", "tests/unit"),
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
    "browser": [("python", *PYTEST[:3], "--numprocesses=0", "tests/browser")],
}
"""The commands of each step. The tests print while they run; the other steps print only if they fail."""

NOT_TESTED = """
NOT TESTED IN A BROWSER, because Chromium is not installed:
- prepared visits as HTML: 400 and 1100 pixels, light and dark, print, contrast, and table headers
- docs/examples/emr_page.py, from minutes to a claim, with the mouse and the keyboard
Install Chromium (apt-get install chromium), and run: python scripts/check.py browser
"""

WORDS = {True: "passed", False: "FAILED", None: "NOT RUN"}


def command(words: tuple[str, ...], scratch: str) -> list[str]:
    """Return *words* as a command, with the program from the environment that runs this script."""
    program, *arguments = (word.format(scratch=scratch) for word in words)
    if program == "python":
        return [sys.executable, *arguments]
    installed = Path(sys.executable).parent / program
    return [str(installed) if installed.exists() else program, *arguments]


def run_quietly(step: str, scratch: str) -> tuple[bool | None, str]:
    """
    Run the commands of *step*; return whether all passed, and the output of those that failed.

    The browser tests do not run without Chromium. Then the first value is None.
    """
    if step == "browser" and install_chromium() is None:
        return None, ""
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
    results: dict[str, bool | None] = {}
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
        print(f"{step}: {WORDS[passed]}")
    print(f"{time.perf_counter() - began:.0f} seconds")
    if None in results.values():
        print(NOT_TESTED)
    return 1 if False in results.values() else 0


if __name__ == "__main__":
    raise SystemExit(main())
