"""Fixtures for the tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.visits.logs import WriteLog


@pytest.fixture
def write_log(tmp_path: Path) -> WriteLog:
    def write(content: str | bytes, name: str = "day.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write
