"""
Run the tests with the lowest supported dependencies, and with every supported Python that is installed.

Each run has its own environment. The Python versions come from the classifiers in ``pyproject.toml`` and are looked
up on the path and in the folders given with ``--pythons``. Copy the printed table to ``docs/versions.md``. The page
must show that the tests passed for every version in the classifiers::

    python scripts/test_versions.py
    python scripts/test_versions.py 3.12 3.13 --pythons FOLDER_OF_3.12 FOLDER_OF_3.13
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TESTS = ("tests/unit", "tests/property", "src")


def supported() -> list[str]:
    """Return the Python versions in the classifiers, such as 3.11."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found = (re.search(r"Python :: (3\.\d+)$", text) for text in project["classifiers"])
    return [match[1] for match in found if match]


def lowest() -> list[str]:
    """Return the dependencies at their lowest supported versions, such as attrs==23.2.0."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [requirement.replace(">=", "==") for requirement in project["dependencies"]]


def interpreter(version: str, folders: list[str]) -> str | None:
    """Return the program for a Python version, or None if it is not installed."""
    name = f"python{version}"
    for path in (*(str(Path(folder) / name) for folder in folders), name):
        # A version manager may put a program on the path that only prints how to install Python.
        if shutil.which(path) and subprocess.run([path, "-c", ""], check=False).returncode == 0:
            return path
    return None


def tested(python: str, pins: list[str]) -> tuple[bool, str, str]:
    """Run the tests; return whether they passed, the versions used, and the last line of pytest."""
    with tempfile.TemporaryDirectory() as folder:
        env = Path(folder) / "bin" / "python"
        subprocess.run([python, "-m", "venv", folder], check=True)
        install = [str(env), "-m", "pip", "install", "-q", "-e", f"{ROOT}[test]", *pins]
        subprocess.run(install, check=True)
        show = (
            "import platform; from importlib.metadata import version as v;"
            "print(platform.python_version(), 'attrs', v('attrs'), 'dateutil', v('python-dateutil'))"
        )
        versions = subprocess.run(
            [str(env), "-c", show], check=True, capture_output=True, text=True
        ).stdout.strip()
        done = subprocess.run(
            [str(env), "-m", "pytest", "-q", "--numprocesses=auto", *TESTS],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    last = done.stdout.strip().splitlines()[-1].strip("= ")
    if done.returncode:
        sys.stderr.write(done.stdout[-5000:])
    return done.returncode == 0, versions, last


def main() -> int:
    """Print the table; return 0 if every run passed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "versions", metavar="PYTHON", nargs="*", help="run only these versions (for example 3.12)"
    )
    parser.add_argument(
        "--pythons",
        metavar="FOLDER",
        nargs="*",
        default=[],
        help="additional folders to search for Python",
    )
    parsed = parser.parse_args()
    folders, versions = parsed.pythons, supported()
    runs = [(versions[0], lowest()), *((version, []) for version in versions)]
    if parsed.versions:
        runs = [(version, []) for version in parsed.versions]
    print("| Python and dependencies | tests |\n| --- | --- |", flush=True)
    passed = True
    for version, pins in runs:
        python = interpreter(version, folders)
        if python is None:
            print(f"| {version} | not installed here |", flush=True)
            continue
        ok, ran_on, last = tested(python, pins)
        passed &= ok
        print(f"| {ran_on}{' (the lowest)' if pins else ''} | {last} |", flush=True)
    return 0 if passed else 1


if __name__ == "__main__":
    raise SystemExit(main())
