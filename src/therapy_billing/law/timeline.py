"""Values that change on known dates. Look up the value in force on a day."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Generic, TypeVar

import attrs

from therapy_billing.base.dates import parse_date
from therapy_billing.base.errors import InvalidInputError, NotPublishedError
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import checked, require_type

__all__ = ["Timeline"]

T = TypeVar("T")
_PAIR = 2


@attrs.frozen(field_transformer=checked)
class Timeline(Generic[T]):
    """
    Values by their first day.

    Args:
        subject: What the values are, for messages.
        entries: Pairs of a first day and a value, in date order. The first day of the first entry is None if no
            source names it.
        known_through: The last day on which the last value is known to apply. ``date.max`` if no source names one.

    >>> rate = Timeline("rate", ((date(2020, 1, 1), 1), (date(2021, 7, 1), 2)), date(2021, 12, 31))
    >>> rate.on(date(2021, 6, 30)), rate.on(date(2021, 7, 1))
    (1, 2)
    """

    subject: str
    entries: tuple[tuple[date | None, T], ...]
    known_through: date

    def __attrs_post_init__(self) -> None:
        for index, entry in enumerate(self.entries):
            given: object = entry
            if not isinstance(given, tuple) or len(given) != _PAIR:
                msg = f"each entry must be a pair of first day and value, got {safe_repr(given)}"
                raise InvalidInputError(msg, field=f"entries[{index}]")
            if given[0] is not None:
                require_type(given[0], date, f"entries[{index}]")
        days = [first or date.min for first, _ in self.entries]
        if not days or any(later <= earlier for earlier, later in pairwise(days)):
            msg = f"the timeline of {self.subject} must have at least one entry, with first days in order"
            raise InvalidInputError(msg, field="entries")

    def on(self, date_of_service: date) -> T:
        """
        Return the value in force on *date_of_service*.

        Raises:
            NotPublishedError: If *date_of_service* is before the first entry or after ``known_through``.
        """
        day = date_of_service
        if type(day) is not date:
            day = parse_date(day)
        if day <= self.known_through:
            for first, value in reversed(self.entries):
                if first is None or first <= day:
                    return value
        first_day = self.entries[0][0]
        since = f" from {first_day}" if first_day else ""
        through = "" if self.known_through == date.max else f" through {self.known_through}"
        msg = f"{self.subject} is known{since}{through}, not on {day}"
        raise NotPublishedError(msg, field="date_of_service")

    def period(self, date_of_service: date) -> tuple[date, date]:
        """
        Return the first and last day of the period in which the value for *date_of_service* is in force.

        Raises:
            NotPublishedError: If *date_of_service* is before the first entry or after ``known_through``.
        """
        day = parse_date(date_of_service)
        self.on(day)
        starts = [first or date.min for first, _ in self.entries]
        first = max(start for start in starts if start <= day)
        later = [start - timedelta(days=1) for start in starts if start > day]
        return first, min([*later, self.known_through])
