"""Counts, lists, and captions as words."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["counted", "listed", "named_briefly", "plain", "printable"]

_FEW = 3


def counted(count: int, noun: str) -> str:
    """
    Return *count* with its noun.

    >>> counted(1, "unit"), counted(2, "unit")
    ('1 unit', '2 units')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def named_briefly(words: Sequence[str], noun: str) -> str:
    """
    Return up to three *words*, or the first one and how many others there are.

    >>> named_briefly(["note-date", "note-minutes"], "rules")
    'note-date and note-minutes'
    >>> named_briefly(["note-date", "note-minutes", "plan-author", "certifier"], "rules")
    'note-date and 3 other rules'
    """
    return listed(words) if len(words) <= _FEW else f"{words[0]} and {len(words) - 1} other {noun}"


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
