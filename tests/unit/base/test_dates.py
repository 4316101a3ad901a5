"""Dates and times: what is read, and what is refused because it would be a guess."""

from __future__ import annotations

import contextlib
import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil import tz
from hypothesis import given
from hypothesis import strategies as st

from tests.refusals import refusal
from therapy_billing import InvalidInputError
from therapy_billing.base.dates import MINUTES_OF_A_DAY, elapsed_seconds, parse_date, parse_datetime

DAY = datetime.date(2026, 3, 2)
NEW_YORK = tz.gettz("America/New_York")
NAME: Any = "Rosa Invented"


def wall(text: str) -> datetime.datetime:
    """Return a wall-clock time without a time zone."""
    return datetime.datetime.fromisoformat(text)


def new_york(text: str, fold: int = 0) -> datetime.datetime:
    """Return a wall-clock time in New York."""
    return wall(text).replace(tzinfo=NEW_YORK, fold=fold)


def test_a_day_has_1440_minutes() -> None:
    assert MINUTES_OF_A_DAY == 24 * 60


class TestDays:
    @pytest.mark.parametrize(
        "value",
        [
            DAY,
            datetime.datetime(2026, 3, 2),  # noqa: DTZ001 - as dataframes hold days
            "2026-03-02",
            " 2026-03-02 ",
            "3/2/2026",
            "03/02/2026",
            "March 2, 2026",
            "2 Mar 2026",
            "Mar-02-2026",
            "2026 March 2",
        ],
    )
    def test_a_date_is_read(self, value: object) -> None:
        day = parse_date(value)
        assert (day, type(day)) == (DAY, datetime.date)

    def test_the_29th_of_february_is_a_day_of_leap_years_only(self) -> None:
        leap = datetime.date(2024, 2, 29)
        for text in ("2024-02-29", "2/29/2024", "February 29, 2024"):
            assert parse_date(text) == leap
        for text in ("2026-02-29", "2/29/2026"):
            with pytest.raises(InvalidInputError):
                parse_date(text)

    @pytest.mark.parametrize(
        ("value", "shown"),
        [
            ("13/2/2026", "'13/2/2026'"),
            ("2/30/2026", "'2/30/2026'"),
            ("2026-02-30", "'2026-02-30'"),
            ("2026-13-01", "'2026-13-01'"),
            ("3/2/26", "'3/2/26'"),
            ("3/2", "a string of 3 characters"),
            ("2026", "'2026'"),
            ("20260302", "a string of 8 characters"),
            ("March 2026", "a string of 10 characters"),
            ("March 2", "a string of 7 characters"),
            ("March 2, 26", "a string of 11 characters"),
            ("March 32, 2026", "a string of 14 characters"),
            ("3/2/2026x", "a string of 9 characters"),
            ("Monday", "a string of 6 characters"),
            ("Tuesday, March 2, 2026", "a string of 22 characters"),
            ("", "an empty string"),
            (NAME, "a string of 13 characters"),
            ("Rosa Invented 2026", "a string of 18 characters"),
            ("Rosa 3/2/2026", "a string of 13 characters"),
            ("2026-03-02 09:05", "'2026-03-02 09:05'"),
            ("2026-03-02 00:00", "'2026-03-02 00:00'"),
            ("2026-03-02T09:05:00Z", "'2026-03-02T09:05:00Z'"),
            ("March 2, 2026 9 AM", "a string of 18 characters"),
            ("March 2, 2026 UTC", "a string of 17 characters"),
            ("March 2, 2026 EST", "a string of 17 characters"),
            ("2026-03-02+05:00", "'2026-03-02+05:00'"),
            (20260302, "a number above 99999"),
            (None, "None"),
            (datetime.time(9), "a time"),
        ],
    )
    def test_anything_but_a_full_date_is_refused(self, value: object, shown: str) -> None:
        example = "must be a date such as 2026-03-02 or 3/2/2026 (month first), got"
        assert refusal(InvalidInputError, lambda: parse_date(value)) == (
            f"date_of_service {example} {shown}"
        )
        assert refusal(InvalidInputError, lambda: parse_date(value, what="on")) == (
            f"on {example} {shown}"
        )

    @pytest.mark.parametrize(
        "text",
        [
            "2026-03-02T09",
            "2026-03-02 09",
            "2026-03-02T0905",
            "2026-03-02 0905",
            "2026-03-02T23Z",
            "March 2, 2026 0905",
            "March 2, 2026 T09",
            "March 2, 2026 12:00 AM",
            "3/2/2026 0:00",
            "2026-03-02T00",
        ],
    )
    def test_text_with_a_time_is_not_a_date(self, text: str) -> None:
        with pytest.raises(InvalidInputError):
            parse_date(text)

    @pytest.mark.parametrize(
        "moment",
        [
            datetime.datetime(2026, 3, 2, 0, 0, 0, 1),  # noqa: DTZ001
            datetime.datetime(2026, 3, 2, 9, 5),  # noqa: DTZ001
            datetime.datetime(2026, 3, 2, tzinfo=datetime.UTC),
        ],
    )
    def test_a_datetime_with_a_time_or_zone_is_not_a_date(self, moment: datetime.datetime) -> None:
        assert refusal(InvalidInputError, lambda: parse_date(moment, what="on")) == (
            "on must be a date, got a datetime: use its .date() in the clinic's time zone"
        )

    @given(st.dates(datetime.date(1000, 1, 1)))
    def test_every_day_is_read_back_from_its_texts(self, day: datetime.date) -> None:
        assert parse_date(day.isoformat()) == day
        assert parse_date(f"{day.month}/{day.day}/{day.year}") == day
        assert parse_date(f"{day:%B} {day.day}, {day.year}") == day


class TestMoments:
    @pytest.mark.parametrize(
        ("text", "moment"),
        [
            ("2026-03-02 09:05", "2026-03-02 09:05"),
            ("2026-03-02T09:05:30", "2026-03-02 09:05:30"),
            (" 2026-03-02 9:05 ", "2026-03-02 09:05"),
            ("2026-03-02T9:05", "2026-03-02 09:05"),
            ("3/2/2026 9:05 AM", "2026-03-02 09:05"),
            ("3/2/2026T09:05", "2026-03-02 09:05"),
            ("3/2/2026 9 pm", "2026-03-02 21:00"),
            ("3/2/2026 9:05a.m.", "2026-03-02 09:05"),
            ("3/2/2026 12:05 AM", "2026-03-02 00:05"),
            ("3/2/2026 12:05 PM", "2026-03-02 12:05"),
            ("March 2, 2026 9:05 AM", "2026-03-02 09:05"),
            ("2026-03-02 00:00", "2026-03-02 00:00"),
        ],
    )
    def test_text_with_date_and_time_is_read(self, text: str, moment: str) -> None:
        assert parse_datetime(text, what="start") == wall(moment)

    @pytest.mark.parametrize(
        ("text", "hours"),
        [
            ("2026-03-02 09:05-05:00", -5),
            ("2026-03-02 9:05 -0500", -5),
            ("2026-03-02T09:05:00Z", 0),
            ("2026-03-02 9:05 AM UTC", 0),
            ("3/2/2026 9:05 AM +01:00", 1),
        ],
    )
    def test_an_offset_is_read(self, text: str, hours: int) -> None:
        moment = parse_datetime(text, what="start")
        assert moment.replace(tzinfo=None) == wall("2026-03-02 09:05")
        assert moment.utcoffset() == datetime.timedelta(hours=hours)

    @pytest.mark.parametrize(
        ("text", "moment"),
        [
            ("09:05", "2026-03-02 09:05"),
            ("9:05", "2026-03-02 09:05"),
            ("09:05:30", "2026-03-02 09:05:30"),
            ("9:05 PM", "2026-03-02 21:05"),
            ("9 am", "2026-03-02 09:00"),
            ("0:05", "2026-03-02 00:05"),
            ("2026-03-03 09:05", "2026-03-03 09:05"),
            ("3/3/2026 9:05", "2026-03-03 09:05"),
        ],
    )
    def test_a_clock_time_gets_the_given_date_unless_it_has_one(
        self, text: str, moment: str
    ) -> None:
        assert parse_datetime(text, what="start", on=DAY) == wall(moment)

    @pytest.mark.parametrize(
        ("value", "shown"),
        [
            ("09:05", "'09:05'"),
            ("9 AM", "a string of 4 characters"),
            ("2026-03-02", "'2026-03-02'"),
            ("2026-03-02T0905", "a string of 15 characters"),
            ("2026-03-02 25:00", "'2026-03-02 25:00'"),
            ("2026-03-02 24:00", "'2026-03-02 24:00'"),
            ("2026-03-02 13:05 PM", "a string of 19 characters"),
            ("2026-02-30 09:05", "'2026-02-30 09:05'"),
            ("2026-03-02 9:05 March 3", "a string of 23 characters"),
            ("3/2/2026 9:05 3/3/2026", "a string of 22 characters"),
            ("March 2 9:05", "a string of 12 characters"),
            ("2026-03-02 09:05 America/New_York", "a string of 33 characters"),
            ("2026-03-02 09:05 Rosa Invented", "a string of 30 characters"),
            (f"{NAME} 9:05", "a string of 18 characters"),
            (NAME, "a string of 13 characters"),
            ("", "an empty string"),
            (905, "905"),
            (None, "None"),
            (DAY, "a date"),
            (datetime.time(9, 5), "a time"),
        ],
    )
    def test_anything_but_a_date_and_time_is_refused(self, value: object, shown: str) -> None:
        assert refusal(InvalidInputError, lambda: parse_datetime(value, what="end")) == (
            f"end must be a date and time such as 2026-03-02 09:05, got {shown}"
        )

    @pytest.mark.parametrize(
        ("value", "shown"),
        [
            ("24:00", "'24:00'"),
            ("12:60", "'12:60'"),
            ("9:05 2/3", "a string of 8 characters"),
            ("9:05 PM tomorrow", "a string of 16 characters"),
            ("905", "'905'"),
            (NAME, "a string of 13 characters"),
            (f"9:05 {NAME}", "a string of 18 characters"),
        ],
    )
    def test_anything_but_a_clock_time_is_refused_if_the_date_is_given(
        self, value: str, shown: str
    ) -> None:
        message = refusal(InvalidInputError, lambda: parse_datetime(value, what="end", on=DAY))
        assert message == f"end must be a time such as 09:05, got {shown}"

    @pytest.mark.parametrize(
        "text", ["3/2/2026 9:05 AM EST", "3/2/2026 9:05 AM PDT", "2026-03-02 9:05 CET"]
    )
    def test_a_time_zone_name_is_refused(self, text: str) -> None:
        message = "write the time zone as a UTC offset such as -05:00, not as a name"
        assert refusal(InvalidInputError, lambda: parse_datetime(text, what="start")) == message

    def test_a_datetime_is_returned_unchanged(self) -> None:
        for moment in (wall("2026-03-02 09:05"), new_york("2026-03-02 09:05")):
            assert parse_datetime(moment, what="start") is moment
        zoned = parse_datetime(wall("2026-03-02 09:05"), what="start", on=DAY, zone=NEW_YORK)
        assert zoned.tzinfo is None

    @pytest.mark.parametrize(
        ("text", "skipped"),
        [
            ("2026-03-08 01:59:59", False),
            ("2026-03-08 02:00", True),
            ("2026-03-08 02:59:59", True),
            ("2026-03-08 03:00", False),
        ],
    )
    def test_a_clock_time_that_the_change_skips_is_refused(
        self,
        text: str,
        skipped: bool,  # noqa: FBT001
    ) -> None:
        message = "start does not exist that night: the change to daylight saving time skips it"
        if skipped:
            assert message == refusal(
                InvalidInputError, lambda: parse_datetime(new_york(text), what="start")
            )
            assert message == refusal(
                InvalidInputError, lambda: parse_datetime(text, what="start", zone=NEW_YORK)
            )
        else:
            placed = parse_datetime(text, what="start", zone=NEW_YORK)
            assert placed == new_york(text) == parse_datetime(new_york(text), what="start")
            assert placed.tzinfo is NEW_YORK

    @pytest.mark.parametrize(
        ("text", "twice"),
        [
            ("2026-11-01 00:59:59", False),
            ("2026-11-01 01:00:00", True),
            ("2026-11-01 01:59:59", True),
            ("2026-11-01 02:00:00", False),
        ],
    )
    def test_a_clock_time_that_occurs_twice_needs_its_offset(
        self,
        text: str,
        twice: bool,  # noqa: FBT001
    ) -> None:
        if twice:
            message = refusal(
                InvalidInputError, lambda: parse_datetime(text, what="end", zone=NEW_YORK)
            )
            assert message == (
                "end occurs twice that night because clocks go back: add its UTC offset"
            )
            with_offset = parse_datetime(f"{text}-05:00", what="end", zone=NEW_YORK)
            assert with_offset.utcoffset() == datetime.timedelta(hours=-5)
            # The fold of a datetime says which of the two times it is.
            assert parse_datetime(new_york(text, fold=1), what="end").fold == 1
        else:
            assert parse_datetime(text, what="end", zone=NEW_YORK) == new_york(text)


class TestElapsedSeconds:
    @pytest.mark.parametrize(
        ("start", "end", "seconds"),
        [
            ("2026-03-02 09:00", "2026-03-02 09:00", 0),
            ("2026-03-02 09:00", "2026-03-02 09:00:01", 1),
            ("2026-03-02 09:00", "2026-03-02 08:59:59", -1),
            ("2026-03-08 01:30", "2026-03-08 03:30", 3600),
            ("2026-03-08 01:30", "2026-03-08 01:59", 29 * 60),
            ("2026-11-01 00:30", "2026-11-01 02:30", 3 * 3600),
        ],
    )
    def test_elapsed_seconds_are_right_across_a_clock_change(
        self, start: str, end: str, seconds: int
    ) -> None:
        assert elapsed_seconds(new_york(start), new_york(end)) == seconds
        assert elapsed_seconds(wall(start), wall(end)) == (wall(end) - wall(start)).total_seconds()

    def test_the_two_repeated_times_are_an_hour_apart(self) -> None:
        first, second = new_york("2026-11-01 01:30"), new_york("2026-11-01 01:30", fold=1)
        assert elapsed_seconds(first, second) == 3600

    def test_a_moment_with_a_zone_and_one_without_are_refused(self) -> None:
        zoned, bare = new_york("2026-03-02 09:00"), wall("2026-03-02 09:10")
        message = "start and end must both have a time zone, or neither"
        assert refusal(InvalidInputError, lambda: elapsed_seconds(zoned, bare)) == message
        assert refusal(InvalidInputError, lambda: elapsed_seconds(bare, zoned)) == message


@pytest.mark.parametrize("text", ["2026-03-02 9:05 GMT+3", "2026-03-02 9:05 EST-5"])
def test_a_zone_name_with_a_number_is_refused(text: str) -> None:
    assert refusal(InvalidInputError, lambda: parse_datetime(text, what="start")) == (
        "write the time zone as a UTC offset such as -05:00, not as a name"
    )


@pytest.mark.parametrize("text", ["2026-03-02 24:00", "2026-03-02T24:00:00", "3/2/2026 24:00"])
def test_the_hour_24_is_refused(text: str) -> None:
    message = refusal(InvalidInputError, lambda: parse_datetime(text, what="end"))
    assert message.startswith("end must be a date and time such as")


@pytest.mark.parametrize(
    "text",
    [
        "9:00-9:20",
        "9:00-09:30",
        "9:20 9:40",
        "10:00 AM PM",
        "9:00 and 9:30",
        "9:00 3/2",
        "9:00 2",
        "9:00 Mar",
        "at 9:00",
        "9:00,5",
        "9:00+5",
        "0:30 PM",
        "13:30 AM",
        "9:60",
        "9:00:60",
        "9",
        "9:00:00.1234567",
    ],
)
def test_a_cell_needs_exactly_one_clock_time(text: str) -> None:
    with pytest.raises(InvalidInputError):
        parse_datetime(text, what="start", on=datetime.date(2026, 3, 2))


@pytest.mark.parametrize(
    ("text", "hour"),
    [("12 AM", 0), ("12:30 a.m.", 0), ("1 am", 1), ("12 PM", 12), ("11:59:59 pm", 23), ("0:00", 0)],
)
def test_am_and_pm_hours_are_read(text: str, hour: int) -> None:
    assert parse_datetime(text, what="start", on=datetime.date(2026, 3, 2)).hour == hour


@pytest.mark.parametrize(
    ("offset", "known"),
    [
        ("-12:00", True),
        ("-12:15", False),
        ("+14:00", True),
        ("+14:15", False),
        ("+05:45", True),
        ("-09:20", False),
        ("-0500", True),
        ("Z", True),
    ],
)
def test_only_offsets_that_countries_use_are_read(offset: str, *, known: bool) -> None:
    text = f"2026-03-02 09:00{offset}"
    if known:
        assert parse_datetime(text, what="start").tzinfo is not None
    else:
        with pytest.raises(InvalidInputError):
            parse_datetime(text, what="start")


def test_the_fraction_of_a_second_is_kept() -> None:
    assert parse_datetime("2026-03-02 09:00:01.25", what="start").microsecond == 250_000


SKIPS = "start does not exist that night: the change to daylight saving time skips it"
TWICE = "start occurs twice that night because clocks go back: add its UTC offset"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("America/New_York", "2026-03-08 01:59:59", None),
        ("America/New_York", "2026-03-08 02:00", SKIPS),
        ("America/New_York", "2026-03-08 02:59:59", SKIPS),
        ("America/New_York", "2026-03-08 03:00", None),
        ("America/New_York", "2026-11-01 00:59:59", None),
        ("America/New_York", "2026-11-01 01:00", TWICE),
        ("America/New_York", "2026-11-01 01:59:59", TWICE),
        ("America/New_York", "2026-11-01 02:00", None),
        ("Europe/Berlin", "2026-03-29 02:30", SKIPS),
        ("Europe/Berlin", "2026-10-25 02:30", TWICE),
        ("Australia/Lord_Howe", "2026-10-04 01:59", None),
        ("Australia/Lord_Howe", "2026-10-04 02:15", SKIPS),
        ("Australia/Lord_Howe", "2026-10-04 02:30", None),
        ("Australia/Lord_Howe", "2026-04-05 01:29", None),
        ("Australia/Lord_Howe", "2026-04-05 01:45", TWICE),
        ("Australia/Lord_Howe", "2026-04-05 02:00", None),
        ("Pacific/Apia", "2011-12-30 12:00", SKIPS),
        ("America/Phoenix", "2026-03-08 02:30", None),
        ("America/Phoenix", "2026-11-01 01:30", None),
        ("UTC", "2026-03-08 02:30", None),
    ],
)
@pytest.mark.parametrize("library", ["zoneinfo", "dateutil"])
def test_skipped_and_repeated_times_are_distinguished_in_any_zone(
    library: str, name: str, text: str, message: str | None
) -> None:
    zone = ZoneInfo(name) if library == "zoneinfo" else tz.gettz(name)
    aware = wall(text).replace(tzinfo=zone)
    if message is None:
        assert parse_datetime(text, what="start", zone=zone) == aware
    else:
        assert message == refusal(
            InvalidInputError, lambda: parse_datetime(text, what="start", zone=zone)
        )
    if message == SKIPS:
        for fold in (0, 1):
            moment = aware.replace(fold=fold)
            assert message == refusal(
                InvalidInputError,
                lambda: parse_datetime(moment, what="start"),  # noqa: B023 - called at once
            )
    else:
        # The fold of a datetime says which of the two it is.
        first, second = (parse_datetime(aware.replace(fold=fold), what="start") for fold in (0, 1))
        assert (elapsed_seconds(first, second) > 0) is (message == TWICE)


@pytest.mark.parametrize(
    ("text", "within"),
    [
        ("9999-12-31 23:59-00:15", False),
        ("9999-12-31 23:59-12:00", False),
        ("9999-12-31 11:59-12:00", True),
        ("9999-12-31 23:59+00:00", True),
        ("9999-12-31 23:59+14:00", True),
        ("0001-01-01 00:00+00:15", False),
        ("0001-01-01 13:59+14:00", False),
        ("0001-01-01 14:00+14:00", True),
        ("0001-01-01 00:00-12:00", True),
        ("0001-01-01 00:00", True),
        ("9999-12-31 23:59:59.999999", True),
    ],
)
def test_a_time_outside_the_range_of_utc_is_refused(
    text: str,
    within: bool,  # noqa: FBT001
) -> None:
    for value in (text, wall(text)):
        if within:
            assert parse_datetime(value, what="start") == wall(text)
        else:
            assert refusal(
                InvalidInputError,
                lambda: parse_datetime(value, what="start"),  # noqa: B023 - called at once
            ) == ("start must be within the years 1 to 9999 in UTC; check its date")


@pytest.mark.parametrize(
    ("name", "text", "within"),
    [
        ("America/New_York", "0001-01-01 00:00", True),
        ("America/New_York", "9999-12-31 18:59", True),
        ("America/New_York", "9999-12-31 19:00", False),
        ("Europe/Berlin", "0001-01-01 00:00", False),
        ("Europe/Berlin", "9999-12-31 23:59", True),
        ("UTC", "0001-01-01 00:00", True),
        ("UTC", "9999-12-31 23:59", True),
    ],
)
def test_the_first_and_last_days_of_the_calendar_depend_on_the_zone(
    name: str,
    text: str,
    within: bool,  # noqa: FBT001
) -> None:
    zone = ZoneInfo(name)
    if within:
        assert parse_datetime(text, what="end", zone=zone).tzinfo is zone
    else:
        with pytest.raises(InvalidInputError, match="end must be within the years 1 to 9999"):
            parse_datetime(text, what="end", zone=zone)


def test_a_time_zone_without_an_offset_is_refused() -> None:
    class Nowhere(datetime.tzinfo):
        def utcoffset(self, _: datetime.datetime | None) -> None:
            return None

        dst = tzname = utcoffset

    moment = wall("2026-03-02 09:05").replace(tzinfo=Nowhere())
    assert refusal(InvalidInputError, lambda: parse_datetime(moment, what="start")) == (
        "start has a time zone without a UTC offset"
    )


@pytest.mark.parametrize(
    "text", ["\u0662\u0660\u0662\u0666-03-02", "\uff11/2/2026", "2026-03-0\u0662"]
)
def test_digits_of_other_scripts_are_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="date_of_service must be a date such as"):
        parse_date(text)
    with pytest.raises(InvalidInputError, match="start must be a date and time such as"):
        parse_datetime(f"{text} 9:00", what="start")


@given(st.text(max_size=20) | st.from_regex(r"\A[A-Za-z]{3,9}\.?[ -]\d{1,2},?[ -]\d{4}\Z"))
def test_any_text_is_a_date_or_refused(text: str) -> None:
    with contextlib.suppress(InvalidInputError):
        assert isinstance(parse_date(text), datetime.date)
