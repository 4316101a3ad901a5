"""Fixtures for the code choice tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from therapy_billing.code_choice.activities import Activities


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str], Activities]:
    def read(text: str) -> Activities:
        path = tmp_path / "own.toml"
        path.write_bytes(text.encode())
        return Activities.from_file(path)

    return read
