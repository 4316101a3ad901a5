"""Rows that the tests share."""

from __future__ import annotations

from pathlib import Path

from therapy_billing.base.rows import Row, read_rows


def read(path: Path) -> list[Row]:
    return [Row(line, list(cells), ended) for line, cells, ended in read_rows(str(path))]
