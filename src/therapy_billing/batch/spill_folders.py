"""
Temporary folders for large sorts, which are removed even if a run is killed.

Each folder has a lock file, which its run holds open. The operating system releases the lock when the process ends, however it ends,
so the next run can remove the folder.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

if sys.platform == "win32":  # pragma: no cover - the tests run elsewhere
    import msvcrt
else:
    import fcntl

__all__ = ["locked", "spill_folder", "sweep"]

_PREFIX = ".therapy-billing-spill-"
_LOCK = "lock"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """
    Hold the lock of the file at *path*, which is made if it does not exist.

    Raises:
        BlockingIOError: If another run holds it.
        OSError: If the file cannot be written.
    """
    path.touch(0o600)
    with path.open("r+b") as file:
        _lock(file)
        yield


def _lock(file: IO[bytes]) -> None:
    if sys.platform == "win32":  # pragma: no cover - the tests run elsewhere
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise BlockingIOError(*error.args) from error
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def spill_folder(parent: Path) -> Iterator[Path]:
    """
    Make a temporary folder in *parent*, and remove it in the end. The folders of runs that were killed are removed first.

    Raises:
        OSError: If the folder cannot be made.
    """
    sweep(parent)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
    try:
        with locked(folder / _LOCK):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep(parent: Path) -> int:
    """Remove the temporary folders of runs that have ended, and return how many there were."""
    count = 0
    for lock in sorted(parent.glob(f"{_PREFIX}*/{_LOCK}")):
        try:
            # Removed before the lock is released, so that two runs do not remove one folder. Windows removes the lock file last.
            with locked(lock):
                shutil.rmtree(lock.parent, ignore_errors=True)
            shutil.rmtree(lock.parent, ignore_errors=True)
        except OSError:
            # Its run is alive, or it is another user's.
            continue
        count += 1
    return count
