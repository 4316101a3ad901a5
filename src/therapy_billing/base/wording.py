"""Counts, lists, and captions as words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from therapy_billing.base.safe_repr import safe_repr

__all__ = [
    "counted",
    "did_you_mean",
    "listed",
    "named_briefly",
    "plain",
    "printable",
    "unknown_name",
]

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


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """
    Return a question for the end of a message where *name* is almost one of the *known* names.

    >>> did_you_mean("medcare", ["medicare", "humana"]), did_you_mean("acme", ["medicare"])
    ('; did you mean medicare?', '')
    """
    import difflib  # noqa: PLC0415 - only a message needs it

    near = difflib.get_close_matches(name.lower(), list(known), 1)
    return f"; did you mean {near[0]}?" if near else ""


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


def unknown_name(what: str, name: object, known: Iterable[str]) -> str:
    """
    Return the message for a *name* that is none of the *known* ones.

    The name is repeated where it is almost a known one; another text could be that of a patient.

    >>> unknown_name("payer", "medcare", ["medicare", "humana"])
    "unknown payer 'medcare': use medicare, humana; did you mean medicare?"
    >>> unknown_name("payer", "Rosa Invented", ["medicare", "humana"])
    'unknown payer a text of 13 characters: use medicare, humana'
    """
    names = list(known)
    hint = did_you_mean(name, names) if isinstance(name, str) else ""
    shown = repr(name) if hint else safe_repr(name)
    return f"unknown {what} {shown}: use {', '.join(names)}{hint}"
