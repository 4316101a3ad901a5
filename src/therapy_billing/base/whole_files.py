"""Write a file completely or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

__all__ = ["write_whole"]


def write_whole(path: str | os.PathLike[str], text: str) -> None:
    """
    Write *text* to a file as UTF-8, or leave the file as it was. Only the user who writes it can read it.

    Raises:
        OSError: If the file cannot be written.
    """
    out = Path(path)
    handle, temporary = tempfile.mkstemp(dir=out.absolute().parent, prefix=".new-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        Path(temporary).replace(out)
    finally:
        Path(temporary).unlink(missing_ok=True)
