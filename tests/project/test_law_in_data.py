"""Test that dates and numbers set by law, CMS, or a payer are in dated data with sources, not in code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.paths import DATA, SOURCE
from therapy_billing.law.parameters import SERIES, load_parameter

# The base package reads dates and needs some of its own. The policies in the payers package have dates.
ELSEWHERE = ("base", "payers")
MODULES = sorted(
    path for path in SOURCE.rglob("*.py") if path.relative_to(SOURCE).parts[0] not in ELSEWHERE
)


def dates_in(code: str) -> Iterator[int]:
    """Yield the line of each literal date in *code*, except in docstring examples."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("date", "datetime.date"):
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            if given and all(isinstance(each, ast.Constant) for each in given):
                yield node.lineno


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_module_has_a_literal_date(path: Path) -> None:
    assert list(dates_in(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "code",
    ["FROM = date(2015, 1, 1)", "datetime.date(2015, month=1, day=1)", "x >= date(2019, 7, 1)"],
)
def test_a_planted_date_is_found(code: str) -> None:
    assert list(dates_in(code)) == [1]


@pytest.mark.parametrize("code", ['"""date(2015, 1, 1)"""', "date(first.year, 12, 31)", "date.max"])
def test_code_without_a_literal_date_is_not_found(code: str) -> None:
    assert list(dates_in(code)) == []


@pytest.mark.parametrize("name", SERIES)
def test_every_number_of_a_series_has_a_source_and_a_verification(name: str) -> None:
    table = (DATA / f"parameters/medicare/{name}.toml").read_text(encoding="utf-8")
    values = table.count("[[value]]")
    assert values > 0
    assert table.count("\nverified = ") == table.count("\nsource   = ") == values
    entries = load_parameter(f"medicare/{name}").entries
    assert len(entries) == values
    for _, value in entries:
        assert value.source.title.strip() == value.source.title != ""
        assert value.source.verified.value
        assert value.unit
