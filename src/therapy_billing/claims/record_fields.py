"""
Fields of the records that name people, payers, and accounts on a claim.

The fields accept any text, because one check of the whole submission lists everything that is wrong. They refuse
values of the wrong type and empty text: leave out what is not known. No ``repr`` and no message shows a value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import date
from decimal import Decimal
from typing import Any, SupportsIndex, TypeVar

import attrs

from therapy_billing.base.dates import parse_date
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.money import cents, parse_number
from therapy_billing.base.safe_repr import is_missing
from therapy_billing.base.validation import LARGEST, parse_whole

__all__ = [
    "MOST_CHARACTERS",
    "PrivateRecord",
    "as_amount",
    "as_codes",
    "as_date",
    "as_number",
    "as_whole_number",
    "as_whole_numbers",
    "capitals",
    "members_of",
    "refusal",
    "text",
]

T = TypeVar("T")

MOST_CHARACTERS = "most_characters"
"""The key in the metadata of a field for the number of characters that a claim can carry."""

_CAPITALS = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")


class PrivateRecord:
    """A record whose ``repr`` lists the fields that have a value, and never the values."""

    __slots__ = ()

    def __repr__(self) -> str:
        kind: Any = type(self)
        given = [
            field.name
            for field in attrs.fields(kind)
            if getattr(self, field.name) not in (None, ())
        ]
        return f"<{kind.__name__}: {', '.join(given) or 'empty'}>"


def _kind(value: object) -> str:
    """Return a description of the type of *value*, without the value."""
    if is_missing(value):
        return "a missing value"
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"


def refusal(what: str, wanted: str, value: object) -> InvalidInputError:
    """Return the error for a value of the wrong type. The message never shows the value."""
    return InvalidInputError(f"{what} must be {wanted}, got {_kind(value)}", field=what)


def _text(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise refusal(what, "a string", value)
    if not value.strip():
        msg = f"{what} must not be empty: leave it out if it is not known"
        raise InvalidInputError(msg, field=what)
    # str() of an enum with text values would return the name of the member.
    return str.__str__(value)


def _in_capitals(value: object, what: str) -> str:
    return _text(value, what).translate(_CAPITALS)


def _members(value: object, what: str) -> Iterable[tuple[str, object]]:
    """Return each member of *value* with its path."""
    # A set has no order, and a mapping would lose its values.
    if isinstance(value, str | AbstractSet | Mapping) or not isinstance(value, Iterable):
        raise refusal(what, "a list", value)
    return ((f"{what}[{index}]", each) for index, each in enumerate(value))


def text(most: int, default: str | None = None) -> Any:  # noqa: ANN401 - what attrs.field returns
    """Return a field for text that is kept as given. A claim can carry *most* characters."""

    def convert(value: str | None, *, what: str = "") -> str | None:
        return None if value is None else _text(value, what)

    return attrs.field(default=default, converter=convert, metadata={MOST_CHARACTERS: most})


def capitals(most: int, default: str | None = None) -> Any:  # noqa: ANN401 - what attrs.field returns
    """Return a field for a name, an address, or a code. Claims have these in capital letters."""

    def convert(value: str | None, *, what: str = "") -> str | None:
        return None if value is None else _in_capitals(value, what)

    return attrs.field(default=default, converter=convert, metadata={MOST_CHARACTERS: most})


def as_codes(value: Iterable[str], *, what: str = "") -> tuple[str, ...]:
    """Return *value*, several codes, as a tuple in capital letters."""
    return tuple(_in_capitals(each, path) for path, each in _members(value, what))


def members_of(value: object, kind: type[T], what: str) -> tuple[T, ...]:
    """Return *value*, an iterable of records of *kind*, as a tuple."""
    found = []
    for path, each in _members(value, what):
        if not isinstance(each, kind):
            raise refusal(path, f"a {kind.__name__}", each)
        found.append(each)
    return tuple(found)


def as_date(value: date | str | None, *, what: str = "") -> date | None:
    """Return *value* as a date, or None. The message never shows it, because it may be a birth date."""
    if value is None:
        return None
    try:
        return parse_date(value, what=what)
    except InvalidInputError:
        raise refusal(what, "a date such as 2026-03-02", value) from None


def as_number(value: Decimal | str | int | None, *, what: str = "") -> Decimal | None:
    """Return *value* as an exact number, or None."""
    if value is None:
        return None
    number = parse_number(value)
    if number is None:
        raise refusal(what, "a Decimal, an int, or a string of digits", value)
    if abs(number) > LARGEST:
        msg = f"{what} must be at most {LARGEST}"
        raise InvalidInputError(msg, field=what)
    return number


def as_amount(value: Decimal | str | int | None, *, what: str = "") -> Decimal | None:
    """Return *value* as dollars, or None. A fraction of a cent is kept, and a check reports it."""
    number = as_number(value, what=what)
    if number is None:
        return None
    rounded = cents(number)
    return rounded if rounded == number else number


def as_whole_number(value: SupportsIndex | None, *, what: str = "") -> int | None:
    """Return *value* as a whole number, or None."""
    return None if value is None else parse_whole(value, what)


def as_whole_numbers(value: Iterable[SupportsIndex], *, what: str = "") -> tuple[int, ...]:
    """Return *value* as a tuple of whole numbers."""
    return tuple(parse_whole(each, path) for path, each in _members(value, what))
