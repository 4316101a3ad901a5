from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from therapy_billing.batch.spill_folders import locked, spill_folder, sweep

ENDS = """
import os
from pathlib import Path
from therapy_billing.batch.spill_folders import spill_folder

with spill_folder(Path({parent!r})) as folder:
    (folder / "rows").write_text("x" * 1000)
    os._exit(3)
"""


def leave(parent: Path) -> None:
    """Let a process end without removing its folder."""
    ended = subprocess.run([sys.executable, "-c", ENDS.format(parent=str(parent))], check=False)
    assert ended.returncode == 3


def test_the_folder_is_removed(tmp_path: Path) -> None:
    with spill_folder(tmp_path) as folder:
        (folder / "rows").write_text("x")
        assert folder.parent == tmp_path
        assert folder.stat().st_mode & 0o077 == 0
    assert not list(tmp_path.iterdir())


def test_the_folder_is_removed_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError), spill_folder(tmp_path):
        raise KeyError
    assert not list(tmp_path.iterdir())


def test_the_next_run_removes_the_folders_of_dead_runs(tmp_path: Path) -> None:
    leave(tmp_path)
    leave(tmp_path)
    assert len(list(tmp_path.iterdir())) == 1
    with spill_folder(tmp_path) as folder:
        assert list(tmp_path.iterdir()) == [folder]


def test_folders_of_runs_that_are_alive_are_kept(tmp_path: Path) -> None:
    with spill_folder(tmp_path) as first, spill_folder(tmp_path) as second:
        assert sweep(tmp_path) == 0
        assert sorted(tmp_path.iterdir()) == sorted([first, second])


def test_other_folders_are_kept(tmp_path: Path) -> None:
    (tmp_path / "spill").mkdir()
    (tmp_path / "spill" / "lock").touch()
    assert sweep(tmp_path) == 0
    assert (tmp_path / "spill" / "lock").exists()


def test_a_lock_has_one_holder(tmp_path: Path) -> None:
    with locked(tmp_path / "lock"), pytest.raises(BlockingIOError), locked(tmp_path / "lock"):
        pass
    with locked(tmp_path / "lock"):
        pass
