"""The names of the package: one list, written in three places, and loaded on first use."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import therapy_billing

FACADE: Any = therapy_billing
HOMES: dict[str, tuple[str, ...]] = FACADE._HOME  # noqa: SLF001 - the list is what is compared
SOURCE = Path(str(therapy_billing.__file__))


def imports_for_type_checkers() -> dict[str, str]:
    """Return the module of each name that type checkers are shown, read without running it."""
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    (block,) = (
        node
        for node in tree.body
        if isinstance(node, ast.If)
        and isinstance(node.test, ast.Name)
        and node.test.id == "TYPE_CHECKING"
    )
    return {
        alias.name: str(statement.module).removeprefix("therapy_billing.")
        for statement in block.body
        if isinstance(statement, ast.ImportFrom)
        for alias in statement.names
    }


def run(code: str) -> str:
    """Return what *code* prints in a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def test_the_homes_the_list_and_the_imports_of_type_checkers_agree() -> None:
    homes = {name: module for module, names in HOMES.items() for name in names}
    assert homes == imports_for_type_checkers()
    assert sorted(homes) == sorted(therapy_billing.__all__)
    assert len(set(therapy_billing.__all__)) == len(therapy_billing.__all__)


def test_each_home_lists_its_names_once_and_in_order() -> None:
    assert list(HOMES) == sorted(HOMES)
    for module, names in HOMES.items():
        assert len(set(names)) == len(names), module


@pytest.mark.parametrize("name", therapy_billing.__all__)
def test_a_name_is_that_of_its_home(name: str) -> None:
    home = importlib.import_module(f"therapy_billing.{imports_for_type_checkers()[name]}")
    assert getattr(therapy_billing, name) is getattr(home, name)
    assert name in home.__all__


def test_dir_lists_every_name_before_it_was_used() -> None:
    assert set(therapy_billing.__all__) <= set(dir(therapy_billing))
    assert dir(therapy_billing) == sorted(dir(therapy_billing))
    listed = (
        "import therapy_billing as t; print(set(t.__all__) <= set(dir(t)), 'MEDICARE' in vars(t))"
    )
    assert run(listed) == "True False"


def test_a_name_is_looked_up_once() -> None:
    code = "import therapy_billing as t; t.MEDICARE; print('MEDICARE' in vars(t))"
    assert run(code) == "True"


@pytest.mark.parametrize("name", ["medicare", "allocate", "Rosa", "__path_of__"])
def test_a_name_that_is_not_there_is_an_attribute_error_that_names_it(name: str) -> None:
    with pytest.raises(AttributeError) as caught:
        getattr(therapy_billing, name)
    assert str(caught.value) == f"module 'therapy_billing' has no attribute '{name}'"
    assert not hasattr(therapy_billing, name)


def test_a_name_that_is_not_there_cannot_be_imported() -> None:
    with pytest.raises(ImportError, match="cannot import name 'medicare'"):
        exec("from therapy_billing import medicare", {})  # noqa: S102 - as a caller writes it


def test_importing_the_package_loads_no_reader_of_files() -> None:
    code = (
        "import sys; before = set(sys.modules); import therapy_billing; "
        "print(*sorted(set(sys.modules) - before))"
    )
    loaded = set(run(code).split())
    assert loaded.isdisjoint({"csv", "json", "tomllib", "dateutil", "dateutil.parser", "attr"})
    assert {name for name in loaded if name.startswith("therapy_billing")} == {"therapy_billing"}


def test_counting_whole_minutes_loads_neither_dateutil_nor_csv() -> None:
    code = (
        "import sys; from therapy_billing import MEDICARE, allocate_units; "
        "allocate_units({'97530': 20}, MEDICARE); "
        "print(*sorted({'csv', 'json', 'dateutil.parser', 'dateutil.tz'} & set(sys.modules)))"
    )
    assert run(code) == ""
