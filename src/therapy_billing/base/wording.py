"""Put counts, lists, and captions into words for messages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from therapy_billing.base.safe_repr import safe_repr

__all__ = [
    "capitalized",
    "counted",
    "did_you_mean",
    "in_words",
    "listed",
    "named_briefly",
    "near_word",
    "ordinal",
    "plain",
    "printable",
    "sentence",
    "unknown_name",
    "word_key",
]

_FEW = 3
_GAPS = re.compile(r"[\s_-]+")
_ALIKE, _SURE = 0.6, 0.9
"""How similar a string must be to a known word to suggest that word, and to be sure the string is not a person's name."""
_LONGEST = 100
"""Longer strings are not compared, because that is slow."""


def counted(count: int, noun: str) -> str:
    """
    Return *count* with its noun, singular or plural.

    >>> counted(1, "unit"), counted(2, "unit")
    ('1 unit', '2 units')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def capitalized(text: str) -> str:
    """
    Return *text* with a capital letter at its start.

    >>> capitalized("no notes were given"), capitalized("97110 is not billed"), capitalized("")
    ('No notes were given', '97110 is not billed', '')
    """
    return text[:1].upper() + text[1:]


def in_words(band: tuple[int, int | None]) -> str:
    """
    Return a minimum and a maximum in words. A maximum of None is no upper limit.

    >>> in_words((10, 19)), in_words((20, None))
    ('10 to 19', '20 or more')
    """
    fewest, most = band
    return f"{fewest} or more" if most is None else f"{fewest} to {most}"


def named_briefly(words: Sequence[str], noun: str) -> str:
    """
    Return up to three *words*, or the first one and the number of the others.

    >>> named_briefly(["note-date", "note-minutes"], "rules")
    'note-date and note-minutes'
    >>> named_briefly(["note-date", "note-minutes", "plan-author", "certifier"], "rules")
    'note-date and 3 other rules'
    """
    return listed(words) if len(words) <= _FEW else f"{words[0]} and {len(words) - 1} other {noun}"


def ordinal(number: int) -> str:
    """
    Return *number* as an ordinal.

    >>> [ordinal(number) for number in (1, 2, 3, 10, 11, 12, 13, 21, 112)]
    ['1st', '2nd', '3rd', '10th', '11th', '12th', '13th', '21st', '112th']
    """
    teens = number % 100 in (11, 12, 13)
    return f"{number}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def word_key(text: str) -> str:
    """
    Return *text* in the form for comparing names: lower case, with ``-`` instead of spaces and ``_``.

    >>> word_key(" Critical access_hospital ")
    'critical-access-hospital'
    """
    return _GAPS.sub("-", text.strip().lower())


def near_word(value: object, words: Iterable[str], *, sure: bool = False) -> str | None:
    """
    Return the word that *value* was probably meant to be, or None if no word is similar.

    With *sure*, return a word only if it is so similar that *value* can safely be repeated in a message.

    >>> near_word("Medicar", ["medicare", "humana"]), near_word("kx treshold", ["kx_threshold"])
    ('medicare', 'kx_threshold')
    """
    import difflib  # noqa: PLC0415 - only a message needs it

    if not isinstance(value, str) or len(value) > _LONGEST:
        return None
    by_key = {word_key(word): word for word in words}
    near = difflib.get_close_matches(word_key(value), list(by_key), 1, _SURE if sure else _ALIKE)
    return by_key[near[0]] if near else None


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """
    Return a question for the end of a message if *name* is similar to one of the *known* names, else an
    empty string.

    >>> did_you_mean("medcare", ["medicare", "humana"]), did_you_mean("acme", ["medicare"])
    ('; did you mean medicare?', '')
    """
    near = near_word(name, known)
    return "" if near is None else f"; did you mean {near}?"


def listed(words: Sequence[str], last: str = "and") -> str:
    """
    Return *words* as a list, with *last* before the last word.

    >>> listed(["97110", "97112"]), listed(["97110", "97112", "97530"], "or")
    ('97110 and 97112', '97110, 97112, or 97530')
    """
    comma = "," if len(words) >= _FEW else ""
    return f"{comma} {last} ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def plain(text: str) -> str:
    """
    Return *text* in upper case with single spaces.

    >>> plain(" Facility  PE RVU")
    'FACILITY PE RVU'
    """
    return " ".join(text.upper().split())


def printable(text: str) -> str:
    r"""
    Return *text* with every character that could control a terminal replaced by a question mark.

    >>> printable("P-1\x1b[2J")
    'P-1?[2J'
    """
    return "".join(char if char.isprintable() else "?" for char in text)


def sentence(text: str) -> str:
    """
    Return *text* with a capital letter and a period.

    >>> sentence("the deductible is treated as met")
    'The deductible is treated as met.'
    """
    return f"{capitalized(text).rstrip('.')}."


def unknown_name(what: str, name: object, known: Iterable[str]) -> str:
    """
    Return the message for a *name* that is not one of the *known* names.

    The name is repeated only if it is very similar to a known name. Any other string could be a patient's name.

    >>> unknown_name("payer", "medcare", ["medicare", "humana"])
    "unknown payer 'medcare': use medicare, humana; did you mean medicare?"
    >>> unknown_name("payer", "Rosa Invented", ["medicare", "humana"])
    'unknown payer (a string of 13 characters): use medicare, humana'
    """
    names = list(known)
    hint = did_you_mean(name, names)
    shown = repr(name) if near_word(name, names, sure=True) else f"({safe_repr(name)})"
    return f"unknown {what} {shown}: use {', '.join(names)}{hint}"
