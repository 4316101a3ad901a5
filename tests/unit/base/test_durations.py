"""Lengths of time."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest
from dateutil.relativedelta import relativedelta

from tests.refusals import refusal
from therapy_billing import InvalidInputError
from therapy_billing.base.durations import Duration, parse_duration
from therapy_billing.chart.plans import PlanOfCare, Recertification

NO_DURATION = "duration must be a string such as '12 weeks', '90 days', or '3 months', got {}"


class TestDuration:
    @pytest.mark.parametrize(
        ("value", "months", "days"),
        [
            ("12 weeks", 0, 84),
            (" 1 Week ", 0, 7),
            ("12-week", 0, 84),
            ("90 days", 0, 90),
            ("1day", 0, 1),
            ("3 months", 3, 0),
            ("999 weeks", 0, 6993),
            (relativedelta(weeks=12), 0, 84),
            (relativedelta(years=1, months=1, days=3), 13, 3),
            (Duration(months=2), 2, 0),
        ],
    )
    def test_text_of_a_plan_is_read(self, value: object, months: int, days: int) -> None:
        assert parse_duration(value) == Duration(months=months, days=days)

    @pytest.mark.parametrize(
        ("value", "shown"),
        [
            ("twelve weeks", "a string of 12 characters"),
            ("1000 days", "a string of 9 characters"),
            ("-3 weeks", "a string of 8 characters"),
            ("12 weeks or so", "a string of 14 characters"),
            ("90", "'90'"),
            (90, "90"),
            (relativedelta(days=1, hour=3), "a relativedelta"),
            (relativedelta(hours=12), "a relativedelta"),
            (datetime.timedelta(days=90), "a timedelta"),
        ],
    )
    def test_anything_but_a_duration_is_refused(self, value: object, shown: str) -> None:
        assert refusal(InvalidInputError, lambda: parse_duration(value)) == NO_DURATION.format(
            shown
        )

    @pytest.mark.parametrize(
        "call", [lambda: parse_duration("0 weeks"), Duration, lambda: parse_duration("0 months")]
    )
    def test_a_zero_duration_is_refused(self, call: Callable[[], object]) -> None:
        assert (
            refusal(InvalidInputError, call)
            == "a duration must be longer than zero: give months or days"
        )

    @pytest.mark.parametrize(
        ("call", "message"),
        [
            (lambda: Duration(days=-1), "days must be from 0 to 6993, got -1"),
            (lambda: Duration(days=6994), "days must be from 0 to 6993, got 6994"),
            (lambda: Duration(months=1000), "months must be from 0 to 999, got 1000"),
            (lambda: Duration(months=True), "months must be a whole number, got True"),
            (
                lambda: parse_duration(relativedelta(months=-1)),
                "months must be from 0 to 999, got -1",
            ),
            (
                lambda: parse_duration(relativedelta(days=1.5)),  # type: ignore[arg-type]
                "days must be a whole number, got 1.5",
            ),
        ],
    )
    def test_its_parts_are_whole_numbers(self, call: Callable[[], object], message: str) -> None:
        assert refusal(InvalidInputError, call) == message

    @pytest.mark.parametrize(
        ("duration", "day", "after"),
        [
            ("1 month", "2026-01-31", "2026-02-28"),
            ("1 month", "2028-01-31", "2028-02-29"),
            ("12 months", "2028-02-29", "2029-02-28"),
            ("3 months", "2026-11-30", "2027-02-28"),
            ("1 day", "2028-02-28", "2028-02-29"),
            ("1 day", "2026-02-28", "2026-03-01"),
            ("1 day", "2026-12-31", "2027-01-01"),
        ],
    )
    def test_months_end_on_the_last_day_of_a_shorter_month(
        self, duration: str, day: str, after: str
    ) -> None:
        found = parse_duration(duration).after(datetime.date.fromisoformat(day))
        assert found == datetime.date.fromisoformat(after)

    @pytest.mark.parametrize(
        ("duration", "day", "message"),
        [
            ("999 months", "9990-01-01", "Duration(months=999, days=0) after 9990-01-01"),
            ("1 month", "9999-12-01", "Duration(months=1, days=0) after 9999-12-01"),
            ("1 day", "9999-12-31", "Duration(months=0, days=1) after 9999-12-31"),
        ],
    )
    def test_an_end_after_the_calendar_is_refused(
        self, duration: str, day: str, message: str
    ) -> None:
        refused = f"{message} is after the year 9999"
        given = parse_duration(duration)
        calls: tuple[Callable[[], object], ...] = (
            lambda: given.after(datetime.date.fromisoformat(day)),
            lambda: PlanOfCare("PT", day, duration),
            lambda: Recertification(None, day, duration),
        )
        assert [refusal(InvalidInputError, call) for call in calls] == [refused] * 3

    def test_it_may_end_on_the_last_day_of_the_calendar(self) -> None:
        last = datetime.date(9999, 12, 31)
        assert PlanOfCare("PT", "9999-12-30", "1 day").initial_treatment < last
        assert Duration(days=1).after(datetime.date(9999, 12, 30)) == last

    def test_months_are_added_before_days(self) -> None:
        assert Duration(months=1, days=1).after(datetime.date(2026, 1, 31)) == datetime.date(
            2026, 3, 1
        )
