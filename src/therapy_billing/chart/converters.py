"""Converters and validators for the fields of chart records."""

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
    """Strip the spaces around a string. Return None if nothing is left, and any other value unchanged."""
    given: object = value
    return (given.strip() or None) if isinstance(given, str) else value


def must_be_text(_: object, attribute: attrs.Attribute[Any], value: object) -> None:
    """Raise an error if *value* is neither a string nor None."""
    require_text(value, attribute.name, optional=True)


def as_count(value: SupportsIndex | None, *, what: str = "visits") -> int | None:
    """Return a whole number of at least 1, or None if *value* is None."""
    return None if value is None else parse_whole(value, what, 1)


def as_code(value: str) -> str:
    """Return a code in its standard form. Raise an error if it is not in the data."""
    return known_code(parse_code(value)).code


def as_minutes(value: SupportsIndex | None, *, what: str = "minutes") -> int | None:
    """Return whole minutes, or None if *value* is None."""
    return clocked_minutes(value, None, None, what=what)


def as_day(value: date | str) -> date:
    """Convert to a date. Return an invalid value unchanged, so that the validator reports it."""
    try:
        return parse_date(value)
    except InvalidInputError:
        # must_be_day reports an invalid value with the name of the field.
        return cast("date", value)


def as_optional_day(value: date | str | None) -> date | None:
    """Convert to a date, or return None if *value* is None."""
    return None if value is None else as_day(value)


def must_be_day(_: object, attribute: attrs.Attribute[Any], value: object) -> None:
    """Raise an error if *value* is not a date."""
    parse_date(value, what=attribute.name)


may_be_day: Callable[[Any, attrs.Attribute[Any], Any], Any] = attrs.validators.optional(must_be_day)
