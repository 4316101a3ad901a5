"""Test the public names: a short list at the root, the rest in the subpackages, each imported on first use."""

from __future__ import annotations

import ast
import importlib
import inspect
import pydoc
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import therapy_billing
from tests.grids import for_each
from tests.paths import SOURCE

SUBPACKAGES = sorted(
    path.parent.name
    for path in SOURCE.glob("*/__init__.py")
    if "__all__" in path.read_text(encoding="utf-8")
)
PACKAGES = ["therapy_billing", *(f"therapy_billing.{name}" for name in SUBPACKAGES)]
NAMES = [
    (package, name) for package in PACKAGES for name in importlib.import_module(package).__all__
]


def imports_for_type_checkers(package: ModuleType) -> dict[str, str]:
    """Return the module of each name in the TYPE_CHECKING imports, without running the code."""
    tree = ast.parse(Path(str(package.__file__)).read_text(encoding="utf-8"))
    (block,) = (
        node
        for node in tree.body
        if isinstance(node, ast.If)
        and isinstance(node.test, ast.Name)
        and node.test.id == "TYPE_CHECKING"
    )
    return {
        alias.name: str(statement.module)
        for statement in block.body
        if isinstance(statement, ast.ImportFrom)
        for alias in statement.names
    }


def run(code: str) -> str:
    """Return the output of *code* in a new interpreter."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize("name", PACKAGES)
def test_type_checkers_see_the_public_names(name: str) -> None:
    package = importlib.import_module(name)
    assert sorted(imports_for_type_checkers(package)) == sorted(package.__all__)
    assert len(set(package.__all__)) == len(package.__all__)


@for_each(path=NAMES)
def test_a_public_name_is_the_object_in_its_module(path: tuple[str, str]) -> None:
    package, name = path
    public = importlib.import_module(package)
    home = importlib.import_module(imports_for_type_checkers(public)[name])
    assert getattr(public, name) is getattr(home, name)
    assert name in home.__all__


def test_a_public_name_stands_for_one_object() -> None:
    objects: dict[str, set[int]] = {}
    for package, name in NAMES:
        objects.setdefault(name, set()).add(id(getattr(importlib.import_module(package), name)))
    assert [name for name, found in objects.items() if len(found) > 1] == []


@pytest.mark.parametrize("name", PACKAGES)
def test_no_module_has_the_name_of_a_public_name(name: str) -> None:
    # Python sets an imported module as an attribute of its package, and it would hide the public name.
    package = importlib.import_module(name)
    modules = {path.stem for path in Path(str(package.__file__)).parent.iterdir()}
    assert modules.isdisjoint(package.__all__)


def test_the_root_has_about_seventy_names() -> None:
    assert 55 <= len(therapy_billing.__all__) <= 77


def test_every_subpackage_except_the_internal_ones_is_public() -> None:
    every = {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    assert every - set(SUBPACKAGES) == {"base", "cli"}


@pytest.mark.parametrize("name", PACKAGES)
def test_dir_lists_the_public_names_and_nothing_else(name: str) -> None:
    package = importlib.import_module(name)
    more = {"__version__", *SUBPACKAGES} if package is therapy_billing else set()
    assert dir(package) == sorted({*package.__all__, *more})


def test_dir_imports_nothing() -> None:
    assert run("import therapy_billing as t; dir(t); print('MEDICARE' in vars(t))") == "False"


def test_a_name_is_looked_up_once() -> None:
    code = "import therapy_billing as t; t.MEDICARE; print('MEDICARE' in vars(t))"
    assert run(code) == "True"


def test_a_subpackage_needs_no_separate_import() -> None:
    assert run("import therapy_billing as t; print(t.chart.check_note.__name__)") == "check_note"


@pytest.mark.parametrize("name", PACKAGES[1:])
def test_the_docstring_of_a_subpackage_names_its_functions(name: str) -> None:
    package = importlib.import_module(name)
    functions = [each for each in package.__all__ if inspect.isfunction(getattr(package, each))]
    assert [each for each in functions if f":func:`{each}`" not in str(package.__doc__)] == []


def test_help_starts_with_the_path_and_the_five_calls() -> None:
    page = pydoc.plain(pydoc.render_doc(therapy_billing))
    opening = page[: page.index("PACKAGE CONTENTS")]
    assert "From minutes to money" in opening
    for call in ("bill_day(", "check_day(", "allocate_units(", "explain(", "bill_log("):
        assert call in opening
    for subpackage in SUBPACKAGES:
        assert f"\n    {subpackage} " in opening or subpackage in ("checks", "findings")


def test_the_version_is_a_public_attribute() -> None:
    assert therapy_billing.__version__.split(".")[0].isdigit()


@pytest.mark.parametrize("package", PACKAGES)
@pytest.mark.parametrize("name", ["Medicare", "allocate", "Rosa", "__path_of__"])
def test_an_unknown_name_is_an_attribute_error_with_the_name(package: str, name: str) -> None:
    module = importlib.import_module(package)
    with pytest.raises(AttributeError) as caught:
        getattr(module, name)
    assert str(caught.value) == f"module '{package}' has no attribute '{name}'"
    assert not hasattr(module, name)


def test_an_unknown_name_cannot_be_imported() -> None:
    with pytest.raises(ImportError, match="cannot import name 'medicare'"):
        exec("from therapy_billing import medicare", {})  # noqa: S102 - as a caller writes it


def test_importing_the_package_imports_no_file_readers() -> None:
    code = (
        "import sys; before = set(sys.modules); import therapy_billing; "
        "print(*sorted(set(sys.modules) - before))"
    )
    loaded = set(run(code).split())
    assert loaded.isdisjoint({"csv", "json", "tomllib", "dateutil", "dateutil.parser", "attr"})
    assert {name for name in loaded if name.startswith("therapy_billing")} == {
        "therapy_billing",
        "therapy_billing.base",
        "therapy_billing.base.lazy_names",
    }


def test_counting_whole_minutes_imports_neither_dateutil_nor_csv() -> None:
    code = (
        "import sys; from therapy_billing import MEDICARE, allocate_units; "
        "allocate_units({'97530': 20}, MEDICARE); "
        "print(*sorted({'csv', 'json', 'dateutil.parser', 'dateutil.tz'} & set(sys.modules)))"
    )
    assert run(code) == ""
