"""Split a text into words without endings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

__all__ = [
    "CLAUSE_STOP",
    "FILLER_WORDS",
    "SENTENCE_STOP",
    "SPELLING_LENGTHS",
    "split_words",
    "without_one_letter",
]

SENTENCE_STOP, CLAUSE_STOP = ".", ","

FILLER_WORDS: Mapping[str, tuple[str, ...]] = dict.fromkeys(
    ("the", "a", "an", "her", "his", "their", "my"), ()
)
"""Words that are skipped, so that a phrase matches with or without them."""
_TOKEN = re.compile(
    r"w/[oc](?![a-z])|w/|[a-z]+(?:'[a-z]+)?|[0-9]+(?:\.[0-9]+)?|#|[.!?;\n]|[,()\u2013\u2014]"
)
_SPELLED = str.maketrans({"\u00d7": "x", "\u2019": "'", "\r": "\n"})
_SHORT = 3
"""Words with at most this many letters lose no further ending."""

SPELLING_LENGTHS = range(6, 25)
"""The lengths of words that are checked for misspelling. Shorter words are too similar to other words."""


def split_words(text: str, meant: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """
    Yield the words of *text* without endings, ``#`` for each number, and ``SENTENCE_STOP`` or ``CLAUSE_STOP`` for punctuation.

    Args:
        text: Any text.
        meant: The words that each abbreviation stands for; no words for a word to skip.
    """
    for found in _TOKEN.finditer(unicodedata.normalize("NFKC", text).lower().translate(_SPELLED)):
        word = found[0]
        if word in ".!?;\n":
            yield SENTENCE_STOP
        elif word in ",()\u2013\u2014":
            yield CLAUSE_STOP
        elif word[0] in "#0123456789":
            yield "#"
        elif word in meant:
            yield from meant[word]
        else:
            yield _stem(word)


def _stem(word: str) -> str:
    """
    Return *word* without its ending, in American spelling. The result may not be a real word.

    >>> [_stem(word) for word in ("squatting", "squats", "mobilisation", "mobilization", "swing")]
    ['squat', 'squat', 'mobilization', 'mobilization', 'swing']
    """
    word = word.removesuffix("'s").replace("isation", "ization").replace("ae", "e")
    for ending, left in (
        ("ies", "y"),
        ("ied", "y"),
        ("ing", ""),
        ("ed", ""),
        ("es", ""),
        ("s", ""),
    ):
        if word.endswith(ending) and _can_lose(word, ending):
            word = word.removesuffix(ending) + left
            break
    if len(word) <= _SHORT:
        return word
    if len(word) > _SHORT + 1:
        word = word.removesuffix("e")
    if word[-1] == word[-2]:
        word = word[:-1]
    if word.endswith("is"):
        return f"{word[:-1]}z"
    return f"{word[:-3]}or" if word.endswith("our") else word


def _can_lose(word: str, ending: str) -> bool:
    rest = word.removesuffix(ending)
    match ending:
        case "es":
            return rest.endswith(("s", "x", "z", "ch", "sh"))
        case "s":
            return len(rest) > 1 and not rest.endswith(("s", "u", "i"))
        case "ed" if rest.endswith("e"):
            return False
        case _:
            return len(rest) >= _SHORT and re.search("[aeiouy]", rest) is not None


def without_one_letter(word: str) -> Iterator[str]:
    """Yield *word*, then *word* without each of its letters in turn."""
    yield word
    for index in range(len(word)):
        yield word[:index] + word[index + 1 :]
