"""Values by their first day, tested at the boundaries."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from tests.refusals import refusal
from therapy_billing import InvalidInputError, NotPublishedError
from therapy_billing.law import Timeline


def day(text: str) -> datetime.date:
    """Return *text* as a date."""
    return datetime.date.fromisoformat(text)


RATE = Timeline(
    "the rate", ((day("2020-01-01"), "old"), (day("2024-02-29"), "new")), day("2024-12-31")
)
SINCE_EVER = Timeline(
    "the rule", ((None, "first"), (day("2020-01-01"), "second")), day("2020-12-31")
)


@pytest.mark.parametrize(
    ("on", "rate", "first", "last"),
    [
        ("2020-01-01", "old", "2020-01-01", "2024-02-28"),
        ("2024-02-28", "old", "2020-01-01", "2024-02-28"),
        ("2024-02-29", "new", "2024-02-29", "2024-12-31"),
        ("2024-12-31", "new", "2024-02-29", "2024-12-31"),
    ],
)
def test_a_value_applies_from_its_first_day_to_the_day_before_the_next(
    on: str, rate: str, first: str, last: str
) -> None:
    assert RATE.on(day(on)) == rate
    assert RATE.period(day(on)) == (day(first), day(last))


@pytest.mark.parametrize("on", ["2019-12-31", "2025-01-01"])
def test_a_day_outside_what_is_known_is_refused(on: str) -> None:
    message = f"the rate is known from 2020-01-01 through 2024-12-31, not on {on}"
    assert refusal(NotPublishedError, lambda: RATE.on(day(on))) == message
    assert refusal(NotPublishedError, lambda: RATE.period(day(on))) == message


def test_a_value_without_a_first_day_applies_to_every_earlier_day() -> None:
    assert SINCE_EVER.on(datetime.date.min) == "first"
    assert SINCE_EVER.on(day("2019-12-31")) == "first"
    assert SINCE_EVER.on(day("2020-01-01")) == "second"
    assert SINCE_EVER.period(day("2019-12-31")) == (datetime.date.min, day("2019-12-31"))
    message = "the rule is known through 2020-12-31, not on 2021-01-01"
    assert refusal(NotPublishedError, lambda: SINCE_EVER.on(day("2021-01-01"))) == message


@pytest.mark.parametrize(
    "entries",
    [
        (),
        ((day("2020-01-02"), 1), (day("2020-01-01"), 2)),
        ((day("2020-01-01"), 1), (day("2020-01-01"), 2)),
        ((day("2020-01-01"), 1), (None, 2)),
        ((None, 1), (None, 2)),
    ],
)
def test_entries_that_are_missing_or_out_of_order_are_refused(
    entries: tuple[tuple[datetime.date | None, int], ...],
) -> None:
    message = "the timeline of the rate must have at least one entry, with first days in order"
    refused = refusal(InvalidInputError, lambda: Timeline("the rate", entries, day("2020-12-31")))
    assert refused == message


def test_one_entry_is_a_timeline() -> None:
    single = Timeline("the rate", ((day("2020-01-01"), 1),), day("2020-01-01"))
    assert single.on(day("2020-01-01")) == 1
    assert single.period(day("2020-01-01")) == (day("2020-01-01"), day("2020-01-01"))


def test_a_day_may_be_text() -> None:
    single = Timeline("the rate", ((day("2020-01-01"), 1),), day("2020-01-01"))
    text: Any = "1/1/2020"
    assert single.on(text) == 1


@pytest.mark.parametrize("entry", [None, (), (day("2026-01-01"),), [day("2026-01-01"), 1], 7])
def test_an_entry_is_a_pair_of_first_day_and_value(entry: Any) -> None:  # noqa: ANN401
    with pytest.raises(InvalidInputError) as caught:
        Timeline("rate", ((None, 1), entry), day("2026-12-31"))
    assert str(caught.value).startswith("each entry must be a pair of first day and value, got ")
    assert caught.value.field == "entries[1]"
