"""Enums that also accept text: a member's value, its name, or another word that billers use for it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import cache
from types import MappingProxyType
from typing import ClassVar, TypeVar

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.wording import listed, near_word, word_key

__all__ = ["Choice", "find_choice", "parse_choice"]


class Choice(Enum):
    """An enum that also accepts text for its members."""

    __aliases__: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """Other words that billers use for a member, each with the member's value."""
    __sure_hints__: ClassVar[bool] = False
    """Whether an error suggests a member only for a word that is almost the same as an accepted word."""

    @classmethod
    def _missing_(cls, value: object) -> Choice:
        """
        Return the member for any accepted word.

        Python calls this if no member has the value, as in ``Discipline("pt")``.
        """
        return parse_choice(value, cls, cls.__name__)


C = TypeVar("C", bound=Choice)


def parse_choice(value: object, kind: type[C], what: str) -> C:
    """
    Return the member of *kind* for *value*.

    Upper and lower case are treated as equal, and so are a space, ``_``, and ``-``.

    Args:
        value: A member, its name or value, or another word for it.
        kind: The enum.
        what: The name of the argument, for the message.

    Raises:
        InvalidInputError: If no member matches.

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
        near = near_word(value, words, sure=kind.__sure_hints__)
        shown = repr(value) if near_word(value, words, sure=True) else safe_repr(value)
        msg = f"{what} must be {listed([str(each.value) for each in kind], 'or')}, got {shown}"
        if near is not None:
            msg += f"; did you mean {words[near].value}?"
        raise InvalidInputError(msg, field=what)
    return member


def find_choice(value: object, kind: type[C]) -> C | None:
    """
    Return the member of *kind* for *value*, or None if no member matches.

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
    """Return a dict from each accepted word to its member of *kind*."""
    words = {word_key(word): kind(value) for word, value in kind.__aliases__.items()}
    for member in kind:
        words |= {word_key(member.name): member, word_key(member.value): member}
    return words
