"""Test that a grid in one test calls the test with every case and names the case that fails."""

from __future__ import annotations

import inspect

import pytest

from tests.grids import for_each


def test_every_combination_is_a_case_and_fixtures_are_passed_on() -> None:
    seen: list[tuple[str, int, str]] = []

    @for_each(code=["97110", "97530"], units=range(2))
    def check(fixture: str, *, code: str, units: int) -> None:
        seen.append((code, units, fixture))

    assert list(inspect.signature(check).parameters) == ["fixture"]
    check("log")
    assert seen == [
        ("97110", 0, "log"),
        ("97110", 1, "log"),
        ("97530", 0, "log"),
        ("97530", 1, "log"),
    ]


def test_a_failure_of_any_kind_names_its_case() -> None:
    @for_each(units=(1, 2))
    def check(units: int) -> None:
        with pytest.raises(ValueError, match="1"):
            int("1 unit" if units == 1 else "2")

    with pytest.raises(pytest.fail.Exception) as caught:
        check()
    assert caught.value.__notes__ == ["case: {'units': 2}"]


def test_a_grid_without_cases_is_refused() -> None:
    with pytest.raises(ValueError, match="codes has no values"):
        for_each(codes=(), units=(1, 2))
