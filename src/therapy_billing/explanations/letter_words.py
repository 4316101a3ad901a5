"""Words of a letter for people who do not know the library."""

from __future__ import annotations

import re
from collections.abc import Iterable

from therapy_billing.base.wording import listed
from therapy_billing.pricing.records import PricedLine

__all__ = ["codes_of", "plain_words", "shorter"]

_CLAUSES = re.compile(r"(?<=[:;.]) ")
_REPEATED = re.compile(r" in one session| minutes?(?= left\))")
_NAME_OF_CODE = re.compile(r"[a-z]_[a-z]|--[a-z]|[a-z]\(|\b[A-Z][A-Za-z]+\.[A-Za-z]")


def codes_of(lines: Iterable[PricedLine]) -> str:
    """Return the codes of *lines* in words, each once."""
    return listed(list(dict.fromkeys(line.code for line in lines)))


def plain_words(text: str) -> str:
    """
    Return *text* without the clauses that name a function, an option, or a field of the library.

    >>> plain_words("what the payer pays is not known: set assistant_percent in its policy")
    'what the payer pays is not known'
    """
    clauses = [clause for clause in _CLAUSES.split(text) if not _NAME_OF_CODE.search(clause)]
    return " ".join(clauses).rstrip(" :;.")


def shorter(text: str) -> str:
    """
    Return the words of a step about minutes without those that its table repeats.

    >>> shorter("PT: 20 timed minutes in one session (97110 20).")
    'PT: 20 timed minutes (97110 20).'
    >>> shorter("Full quarters make 1 unit: 97110 x1 (5 minutes left).")
    'Full quarters make 1 unit: 97110 x1 (5 left).'
    """
    return _REPEATED.sub("", text)
