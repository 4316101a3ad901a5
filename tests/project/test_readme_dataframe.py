"""Test the README's example of a dataframe. It needs pandas, so the doctests of the README leave it out."""

from __future__ import annotations

import re

import pytest

from tests.paths import ROOT


def test_the_example_of_a_dataframe_bills_every_row(capsys: pytest.CaptureFixture[str]) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(import pandas.+?)```", readme, re.DOTALL)
    names: dict[str, object] = {}
    exec(example, names)  # noqa: S102 - the text is ours
    assert repr(names["billed"]) == (
        "<BilledFrame 2 rows in, 2 lines out; 1 day billed, 0 refused>"
    )
    assert "57.51" in capsys.readouterr().out
