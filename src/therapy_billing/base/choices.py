"""Enums that are also chosen by text: a member's value, its name, or what billers call it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import cache
from types import MappingProxyType
from typing import ClassVar, TypeVar

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.wording import near_word, word_key

__all__ = ["Choice", "find_choice", "parse_choice"]


class Choice(Enum):
    """An enum whose members are also chosen by text."""

    __aliases__: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """What billers call a member, in lower case, and the member's value."""

    @classmethod
    def _missing_(cls, value: object) -> Choice:
        """Return the member that *value* names in other words: what ``Discipline("pt")`` calls."""
        return parse_choice(value, cls, cls.__name__)


C = TypeVar("C", bound=Choice)


def parse_choice(value: object, kind: type[C], what: str) -> C:
    """
    Return the member of *kind* that *value* is or names, in any case; spaces, ``_`` and ``-`` are alike.

    Raises:
        InvalidInputError: If it names none; *what* is the name of the argument.

    >>> class Color(Choice):
    ...     BLUE = "blue"
    ...     DARK_RED = "dark-red"
    >>> parse_choice(" Dark Red ", Color, "color")
    <Color.DARK_RED: 'dark-red'>
    >>> parse_choice("darkred", Color, "color")
    Traceback (most recent call last):
        ...
    therapy_billing.base.errors.InvalidInputError: color must be blue or dark-red, got 'darkred'; did you mean dark-red?
    """
    member = find_choice(value, kind)
    if member is None:
        words = _words_of(kind)
        *others, last = (each.value for each in kind)
        comma = "," if len(others) > 1 else ""
        near = near_word(value, words)
        shown = repr(value) if near_word(value, words, sure=True) else safe_repr(value)
        msg = f"{what} must be {', '.join(others)}{comma} or {last}, got {shown}"
        if near is not None:
            msg += f"; did you mean {words[near].value}?"
        raise InvalidInputError(msg, field=what)
    return member


def find_choice(value: object, kind: type[C]) -> C | None:
    """
    Return the member of *kind* that *value* is or names; None when it names none.

    >>> class Color(Choice):
    ...     RED = "red"
    >>> find_choice("red", Color), find_choice("blue", Color)
    (<Color.RED: 'red'>, None)
    """
    if isinstance(value, kind):
        return value
    return _words_of(kind).get(word_key(value)) if isinstance(value, str) else None


@cache
def _words_of(kind: type[C]) -> dict[str, C]:
    """Return every word for each member of *kind*."""
    words = {word_key(word): kind(value) for word, value in kind.__aliases__.items()}
    for member in kind:
        words |= {word_key(member.name): member, word_key(member.value): member}
    return words
