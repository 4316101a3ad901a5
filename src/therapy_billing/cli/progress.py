"""A line on the terminal that shows how far a long log is; silent anywhere else."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Self, TypeVar

__all__ = ["LONG_LOG", "Progress"]

T = TypeVar("T")

LONG_LOG = 1000
"""Patient-days from which a log shows a bar, and after which it moves."""


class Progress:
    """The line; it is wiped off before anything else is written."""

    _WIDTH = 30

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._shown = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.wipe()

    def show(self, text: str) -> None:
        """Show *text* in place of what the line showed."""
        if self._terminal:
            sys.stderr.write(f"\r{text:<{self._shown}}")
            sys.stderr.flush()
            self._shown = len(text)

    def bar(self, done: int, total: int) -> None:
        """Show how many of the patient-days are done, for a long log."""
        if total > LONG_LOG:
            filled = self._WIDTH * done // total
            self.show(f"[{'#' * filled:<{self._WIDTH}}] {done} of {total} patient-days")

    def over(self, results: Iterable[T], total: int) -> Iterator[T]:
        """Yield the results of patient-days, and show how many of *total* are done."""
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
