"""Services shared by the tests."""

from __future__ import annotations

import datetime

from dateutil import tz

DAY = datetime.date(2026, 3, 2)
NINE = datetime.datetime(2026, 3, 2, 9, 0)  # noqa: DTZ001 - the clinic's wall clock
NEW_YORK = tz.gettz("America/New_York")
NAME = "Rosa Invented"
SHOWN_NAME = "a string of 13 characters"


class Count:
    """A whole number of another library: not an int, but convertible with ``__index__``."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __index__(self) -> int:
        return self.number


def at(text: str, zone: datetime.tzinfo | None = None) -> datetime.datetime:
    """Return a moment in New York, or in *zone*."""
    return datetime.datetime.fromisoformat(text).replace(tzinfo=zone or NEW_YORK)
