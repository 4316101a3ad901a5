"""Moments with and without a time zone."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

from therapy_billing.base.dates import microseconds_of


class TestMoments:
    def test_one_microsecond_is_counted(self) -> None:
        first = datetime.datetime(2026, 3, 2, 9)  # noqa: DTZ001 - a clinic's clock
        assert microseconds_of(first + datetime.timedelta(microseconds=1)) == (
            microseconds_of(first) + 1
        )
        assert microseconds_of(datetime.datetime(1, 1, 1)) == 0  # noqa: DTZ001 - where counting begins

    def test_elapsed_microseconds_are_counted_across_a_clock_change(self) -> None:
        zone = ZoneInfo("America/New_York")
        first, second = (
            datetime.datetime(2026, 11, 1, 1, 30, tzinfo=zone, fold=fold) for fold in (0, 1)
        )
        assert microseconds_of(second) - microseconds_of(first) == 3_600_000_000
