"""The file that a command writes, which must not be one that it reads."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.validation import require_path

__all__ = ["inputs_of", "new_file"]

_FILES = ("log", "parties", "fees", "accumulators")
_LISTS = ("payers", "data", "codes", "edits")


def new_file(path: str, inputs: Iterable[str]) -> Path:
    """
    Return the path of the file to write.

    Raises:
        InvalidInputError: If *path* is one of *inputs*, or cannot be a file.
    """
    out = Path(require_path(path, "--out"))
    if out.is_dir() or not out.absolute().parent.is_dir():
        msg = "--out must be a file in a folder that exists"
        raise InvalidInputError(msg, field="--out")
    if out.exists() and any(out.samefile(each) for each in inputs if Path(each).exists()):
        msg = "--out is a file that the command reads: choose another name"
        raise InvalidInputError(msg, field="--out")
    return out


def inputs_of(parsed: argparse.Namespace) -> Iterator[str]:
    """Yield the paths of the files that a command reads, except a file of decisions."""
    options = vars(parsed)
    yield from (options[name] for name in _FILES if options.get(name) is not None)
    for name in _LISTS:
        yield from options.get(name, ())
