"""Lengths of time in months and days of the calendar."""

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
"""What three digits of a text can tell: 999 months, 999 weeks."""


def _months(value: SupportsIndex) -> int:
    return parse_whole(value, "months", 0, _MOST_MONTHS)


def _days(value: SupportsIndex) -> int:
    return parse_whole(value, "days", 0, _MOST_DAYS)


@attrs.frozen
class Duration:
    """
    A length of time in months and days of the calendar.

    Args:
        months: Months, added first: a month from January 31 ends on the last of February.
        days: Days, added to them.

    Raises:
        InvalidInputError: If it is not longer than nothing.

    >>> Duration(months=1).after(date(2026, 1, 31)), Duration(days=84).after(date(2026, 1, 1))
    (datetime.date(2026, 2, 28), datetime.date(2026, 3, 26))
    """

    months: int = attrs.field(default=0, converter=_months, kw_only=True)
    days: int = attrs.field(default=0, converter=_days, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not self.months and not self.days:
            msg = "a duration is longer than nothing: give months or days"
            raise InvalidInputError(msg, field="days")

    def after(self, day: date) -> date:
        """
        Return the day that lies this long after *day*.

        Raises:
            InvalidInputError: If it lies beyond the year 9999, the last of the calendar.
        """
        from dateutil.relativedelta import (  # noqa: PLC0415 - only plans of care need it
            relativedelta,
        )

        day = parse_date(day, what="day")
        try:
            return day + relativedelta(months=self.months, days=self.days)
        except (OverflowError, ValueError):
            msg = f"{self} after {day} lies beyond the year 9999, the last of the calendar"
            raise InvalidInputError(msg, field="day") from None


def parse_duration(value: object) -> Duration:
    """
    Return *value* as a duration.

    Args:
        value: A :class:`~therapy_billing.chart.Duration`; a text such as ``12 weeks``, ``90 days`` or ``3 months``; or a
            dateutil ``relativedelta`` of whole years, months, weeks and days.

    Raises:
        InvalidInputError: If it is none of these, or not longer than nothing.

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
    msg = f"duration is a time such as '12 weeks', '90 days' or '3 months', not {safe_repr(value)}"
    raise InvalidInputError(msg, field="duration")
