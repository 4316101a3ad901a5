"""Converters and validators of the fields of chart records."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, SupportsIndex, cast

import attrs

from therapy_billing.base.dates import parse_date
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.validation import parse_whole, require_text
from therapy_billing.codes.code_book import known_code, parse_code
from therapy_billing.visits.services import clocked_minutes

__all__ = [
    "as_code",
    "as_count",
    "as_day",
    "as_minutes",
    "as_optional_day",
    "as_text",
    "may_be_day",
    "must_be_day",
    "must_be_text",
]


def as_text(value: str | None) -> str | None:
    """Return a text without blanks around it; None where nothing is left."""
    given: object = value
    return (given.strip() or None) if isinstance(given, str) else value


def must_be_text(_: object, attribute: attrs.Attribute[Any], value: object) -> None:
    """Refuse what is neither text nor None."""
    require_text(value, attribute.name, optional=True)


def as_count(value: SupportsIndex | None, *, what: str = "visits") -> int | None:
    """Return a whole number from 1, or None."""
    return None if value is None else parse_whole(value, what, 1)


def as_code(value: str) -> str:
    """Return a code that is known here."""
    return known_code(parse_code(value)).code


def as_minutes(value: SupportsIndex | None, *, what: str = "minutes") -> int | None:
    """Return whole minutes, or None."""
    return clocked_minutes(value, None, None, what=what)


def as_day(value: date | str) -> date:
    """Return a date; what is none stays as it is for the validator."""
    try:
        return parse_date(value)
    except InvalidInputError:
        # Left as it is for must_be_day, which knows the name of the field.
        return cast("date", value)


def as_optional_day(value: date | str | None) -> date | None:
    """Return a date, or None."""
    return None if value is None else as_day(value)


def must_be_day(_: object, attribute: attrs.Attribute[Any], value: object) -> None:
    """Refuse what is not a date."""
    parse_date(value, what=attribute.name)


may_be_day: Callable[[Any, attrs.Attribute[Any], Any], Any] = attrs.validators.optional(must_be_day)
