"""Show the progress of a long log on the terminal. Nothing is written if standard error is not a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Self, TypeVar

__all__ = ["LONG_LOG", "Progress"]

T = TypeVar("T")

LONG_LOG = 1000
"""A log with more patient-days than this shows a progress bar, which is updated each time this many are done."""


class Progress:
    """A progress line. It is cleared before anything else is written."""

    _WIDTH = 30

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._shown = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.wipe()

    def show(self, text: str) -> None:
        """Replace the line with *text*."""
        if self._terminal:
            sys.stderr.write(f"\r{text:<{self._shown}}")
            sys.stderr.flush()
            self._shown = len(text)

    def bar(self, done: int, total: int) -> None:
        """Show a progress bar if the log is long."""
        if total > LONG_LOG:
            filled = self._WIDTH * done // total
            self.show(f"[{'#' * filled:<{self._WIDTH}}] {done} of {total} patient-days")

    def over(self, results: Iterable[T], total: int) -> Iterator[T]:
        """Yield the results, and show how many of the *total* patient-days are done."""
        self.bar(0, total)
        for done, result in enumerate(results):
            if done and done % LONG_LOG == 0:
                self.bar(done, total)
            yield result

    def wipe(self) -> None:
        """Clear the line."""
        if self._shown:
            self.show("")
            sys.stderr.write("\r")
            sys.stderr.flush()
