"""Fixtures for the tests of the command."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.commands import Outcome, Run
from therapy_billing.cli.command import main


@pytest.fixture(autouse=True)
def in_a_new_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> Outcome:
        try:
            status = main(arguments)
        except SystemExit as left:
            assert isinstance(left.code, int)  # noqa: PT017 - argparse leaves with a number
            status = left.code
        return Outcome(status, *capsys.readouterr())

    return call
