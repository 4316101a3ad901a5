"""What a payer authorized: visits, units, codes, and dates."""

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
        msg = "codes is empty: give at least one code, or None for any code"
        raise InvalidInputError(msg)
    return tuple(dict.fromkeys(codes))


def _discipline_or_none(value: Discipline | str | None) -> Discipline | None:
    return None if value is None else parse_discipline(value)


@attrs.frozen(field_transformer=checked)
class Authorization:
    """
    A payer's prior authorization.

    Args:
        visits: The maximum number of visits; None for no limit.
        units: The maximum number of units; None for no limit.
        codes: The authorized codes; None for any code.
        effective_from: The first authorized date of service; None for no limit.
        effective_through: The last authorized date of service; None for no limit.
        discipline: The authorized discipline; None for any discipline.
        key: The caller's key. Findings and deadlines refer to the authorization by it. It is not shown
            when the authorization is displayed.

    Raises:
        InvalidInputError: If an argument is invalid, or the authorization ends before it begins.

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
            msg = f"effective_through {last} is before effective_from {first}: swap or correct the dates"
            raise InvalidInputError(msg, field="effective_through")
