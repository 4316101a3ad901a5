"""What a payer authorized: visits, units, codes, days."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import attrs

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.validation import checked
from therapy_billing.chart.converters import (
    as_count,
    as_optional_day,
    as_text,
    may_be_day,
    must_be_text,
)
from therapy_billing.codes.code_book import parse_codes
from therapy_billing.codes.roles import Discipline, parse_discipline

__all__ = ["Authorization"]


def _codes(value: Iterable[str] | None) -> tuple[str, ...] | None:
    if value is None:
        return None
    codes = parse_codes(value)
    if not codes:
        msg = "codes must have at least one code, or be None for any code"
        raise InvalidInputError(msg)
    return tuple(dict.fromkeys(codes))


def _discipline_or_none(value: Discipline | str | None) -> Discipline | None:
    return None if value is None else parse_discipline(value)


@attrs.frozen(field_transformer=checked)
class Authorization:
    """
    What a payer authorized beforehand.

    Args:
        visits: Most visits; None without a limit.
        units: Most units; None without a limit.
        codes: The codes that it is for; None for any.
        effective_from: First date of service; None without a limit.
        effective_through: Last date of service; None without a limit.
        discipline: The plan of care that it is for; None for any.
        key: The caller's key, by which findings and deadlines point at it; no display of it shows it.

    Raises:
        InvalidInputError: If a value is none of these, or the end is before the beginning.

    >>> Authorization(12, effective_through="2026-06-30").units is None
    True
    """

    visits: int | None = attrs.field(default=None, converter=as_count)
    units: int | None = attrs.field(default=None, converter=as_count)
    codes: tuple[str, ...] | None = attrs.field(default=None, converter=_codes)
    effective_from: date | None = attrs.field(
        default=None, converter=as_optional_day, validator=may_be_day, kw_only=True
    )
    effective_through: date | None = attrs.field(
        default=None, converter=as_optional_day, validator=may_be_day, kw_only=True
    )
    discipline: Discipline | None = attrs.field(
        default=None, converter=_discipline_or_none, kw_only=True
    )
    key: str | None = attrs.field(
        default=None, converter=as_text, validator=must_be_text, repr=False, kw_only=True
    )

    def __attrs_post_init__(self) -> None:
        first, last = self.effective_from, self.effective_through
        if first is not None and last is not None and last < first:
            msg = f"effective_through {last} is before effective_from {first}"
            raise InvalidInputError(msg, field="effective_through")
