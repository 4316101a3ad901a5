"""Lengths of time in calendar months and days."""

from __future__ import annotations

import re
from datetime import date
from typing import SupportsIndex

import attrs

from therapy_billing.base.dates import parse_date
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import parse_whole

__all__ = ["Duration", "parse_duration"]

_DURATION = re.compile(r"(\d{1,3})[ -]?(day|week|month)s?", re.IGNORECASE)
_DAYS_OF_A_WEEK = 7
_MOST_MONTHS, _MOST_DAYS = 999, 6_993
"""The longest durations that a string with three digits can express: 999 months or 999 weeks."""


def _months(value: SupportsIndex) -> int:
    return parse_whole(value, "months", 0, _MOST_MONTHS)


def _days(value: SupportsIndex) -> int:
    return parse_whole(value, "days", 0, _MOST_DAYS)


@attrs.frozen
class Duration:
    """
    A length of time in calendar months and days.

    Args:
        months: Months, added first. One month after January 31 is the last day of February.
        days: Days, added after the months.

    Raises:
        InvalidInputError: If both are zero, or either is not a whole number, negative, or too large.

    >>> Duration(months=1).after(date(2026, 1, 31)), Duration(days=84).after(date(2026, 1, 1))
    (datetime.date(2026, 2, 28), datetime.date(2026, 3, 26))
    """

    months: int = attrs.field(default=0, converter=_months, kw_only=True)
    days: int = attrs.field(default=0, converter=_days, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not self.months and not self.days:
            msg = "a duration must be longer than zero: give months or days"
            raise InvalidInputError(msg, field="days")

    def after(self, day: date) -> date:
        """
        Return the date that is this long after *day*.

        Raises:
            InvalidInputError: If the result is after the year 9999, the last year that datetime supports.
        """
        from dateutil.relativedelta import (  # noqa: PLC0415 - only plans of care need it
            relativedelta,
        )

        day = parse_date(day, what="day")
        try:
            return day + relativedelta(months=self.months, days=self.days)
        except (OverflowError, ValueError):
            msg = f"{self} after {day} is after the year 9999"
            raise InvalidInputError(msg, field="day") from None


def parse_duration(value: object) -> Duration:
    """
    Return *value* as a duration.

    Args:
        value: A :class:`~therapy_billing.chart.Duration`; a string such as ``12 weeks``, ``90 days``, or ``3 months``; or a
            dateutil ``relativedelta`` of whole years, months, weeks, and days.

    Raises:
        InvalidInputError: If it is none of these, or its length is zero or too long.

    >>> parse_duration("12 weeks"), parse_duration("3 months")
    (Duration(months=0, days=84), Duration(months=3, days=0))
    """
    if isinstance(value, Duration):
        return value
    if isinstance(value, str):
        match = _DURATION.fullmatch(value.strip())
        if match is not None:
            count, unit = int(match[1]), match[2].lower()
            if unit == "month":
                return Duration(months=count)
            return Duration(days=count * (_DAYS_OF_A_WEEK if unit == "week" else 1))
    else:
        from dateutil.relativedelta import (  # noqa: PLC0415 - only plans of care need it
            relativedelta,
        )

        if isinstance(value, relativedelta):
            months, days = value.years * 12 + value.months, value.days
            if value == relativedelta(months=months, days=days):
                return Duration(months=months, days=days)
    msg = f"duration must be a string such as '12 weeks', '90 days', or '3 months', got {safe_repr(value)}"
    raise InvalidInputError(msg, field="duration")
