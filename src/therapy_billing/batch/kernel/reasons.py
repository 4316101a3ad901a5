"""Texts with numbers, such as the reasons why rows were not billed."""

from __future__ import annotations

from threading import RLock

__all__ = ["Reasons"]


class Reasons:
    """
    Texts, each with a number. Number 0 is the empty text.

    >>> reasons = Reasons()
    >>> reasons.number("patient is missing"), reasons.number(""), reasons.texts
    (1, 0, ('', 'patient is missing'))
    """

    def __init__(self) -> None:
        self._numbers = {"": 0}
        self._lock = RLock()

    def number(self, text: str) -> int:
        """Return the number of *text*."""
        with self._lock:
            return self._numbers.setdefault(text, len(self._numbers))

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text, by number."""
        return tuple(self._numbers)
