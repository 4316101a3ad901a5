"""Find the known codes that an unknown code was probably meant to be."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["near_codes"]

_MOST = 3
_NEAR = 100
"""How far the number of a code may be from an unknown one, if they differ in more than one character."""
_PAIR = 2
_LOOK_ALIKE = str.maketrans("OILSB", "01158")
"""Digits for the letters that look like them."""


def near_codes(code: str, known: Mapping[str, int]) -> tuple[str, ...]:
    """
    Return up to three *known* codes that are near *code*, the nearest first.

    A code with one different character, or with two neighbors swapped, is nearer than a code whose number is close.

    Args:
        code: Five characters.
        known: The rank of each known code. Among codes of one kind, those of a lower rank come first.

    >>> near_codes("97111", {"97110": 0, "97112": 0, "97150": 0, "97151": 1, "97530": 0})
    ('97110', '97112', '97151')
    >>> near_codes("79110", {"97110": 0}), near_codes("9711O", {"97110": 0}), near_codes("12345", {"97110": 0})
    (('97110',), ('97110',), ())
    """
    found = []
    for other, rank in known.items():
        mistyped = _mistyped(code, other)
        distance = _distance(code, other)
        if mistyped or (distance is not None and distance <= _NEAR):
            away = 10**5 if distance is None else distance
            found.append((not mistyped, rank, away, other))
    return tuple(other for *_, other in sorted(found)[:_MOST])


def _mistyped(code: str, other: str) -> bool:
    """Return whether the codes differ in one character, or in two neighbors that were swapped."""
    if len(code) != len(other):
        return False
    places = [place for place, char in enumerate(code) if char != other[place]]
    if len(places) <= 1:
        return True
    first, last = places[0], places[-1]
    swapped = code[first] + code[last] == other[last] + other[first]
    return swapped and len(places) == last - first + 1 == _PAIR


def _distance(code: str, other: str) -> int | None:
    """Return the difference of the numbers of two codes, or None if they begin with different letters."""
    numbers = [_number(each, other) for each in (code, other)]
    if numbers[0] is None or numbers[1] is None:
        return None
    return abs(numbers[0] - numbers[1])


def _number(code: str, other: str) -> int | None:
    same_letter = code[0] == other[0] and code[0].isalpha()
    digits = (code[1:] if same_letter else code).translate(_LOOK_ALIKE)
    return int(digits) if digits.isdecimal() else None
