"""Test the wheel and the sdist: their files, and the README examples in an empty environment."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.paths import ROOT, SOURCE


def run(*arguments: str | Path, cwd: Path = ROOT) -> str:
    done = subprocess.run(
        [str(argument) for argument in arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the wheel and the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-d", folder)
    return folder


def members(path: Path) -> set[str]:
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            return set(wheel.namelist())
    with tarfile.open(path) as sdist:
        return {name.partition("/")[2] for name in sdist.getnames()}


def test_the_wheel_has_every_module_and_data_file_and_no_tests(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    files = {name for name in members(wheel) if name.startswith("therapy_billing/")}
    assert files == {
        f"therapy_billing/{path.relative_to(SOURCE).as_posix()}"
        for path in SOURCE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert not [name for name in members(wheel) if name.startswith(("tests", "docs"))]


def test_the_sdist_has_what_its_tests_need(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    files = members(sdist)
    for folder in ("src", "tests", "docs", "scripts", "benchmarks"):
        tracked = [path for path in (ROOT / folder).rglob("*.py") if "_build" not in path.parts]
        assert {path.relative_to(ROOT).as_posix() for path in tracked} <= files
    assert {"README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "pyproject.toml"} <= files


@pytest.mark.parametrize("package", ["*.whl", "*.tar.gz"])
def test_a_package_in_an_empty_environment_runs_the_readme_examples(
    built: Path, tmp_path: Path, package: str
) -> None:
    (path,) = built.glob(package)
    run(sys.executable, "-m", "venv", tmp_path / "env")
    programs = tmp_path / "env" / ("Scripts" if sys.platform == "win32" else "bin")
    run(programs / "python", "-m", "pip", "install", "-q", path)
    installed = json.loads(run(programs / "python", "-m", "pip", "list", "--format", "json"))
    names = {row["name"].lower() for row in installed} - {"pip", "setuptools"}
    # Old releases of dateutil need six; newer releases need tzdata.
    assert names - {"six", "tzdata"} == {"attrs", "python-dateutil", "therapy-billing"}

    shutil.copy(ROOT / "README.md", tmp_path)
    run(programs / "python", "-m", "doctest", "README.md", cwd=tmp_path)
    log = tmp_path / "clinic_day.csv"
    log.write_text(run(programs / "therapy-billing", "example"), encoding="utf-8")
    bill = (programs / "therapy-billing", "bill", log, "--locality", "15202-00")
    assert "patient-days:" in run(*bill, cwd=tmp_path)
    where = "import therapy_billing; print(therapy_billing.__file__)"
    assert str(tmp_path) in run(programs / "python", "-c", where, cwd=tmp_path)
