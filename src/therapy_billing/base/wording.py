"""Counts, lists, and captions as words."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["counted", "listed", "plain", "printable"]


def counted(count: int, noun: str) -> str:
    """
    Return *count* with its noun.

    >>> counted(1, "unit"), counted(2, "unit")
    ('1 unit', '2 units')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def listed(words: Sequence[str], last: str = "and") -> str:
    """
    Return *words* with commas, and *last* before the last one.

    >>> listed(["97110"]), listed(["97110", "97112", "97530"], "or")
    ('97110', '97110, 97112 or 97530')
    """
    return f" {last} ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def plain(text: str) -> str:
    """
    Return *text* in capitals and with single spaces.

    >>> plain(" Facility  PE RVU")
    'FACILITY PE RVU'
    """
    return " ".join(text.upper().split())


def printable(text: str) -> str:
    r"""
    Return *text* with every character that could steer a terminal replaced.

    >>> printable("P-1\x1b[2J")
    'P-1?[2J'
    """
    return "".join(char if char.isprintable() else "?" for char in text)
