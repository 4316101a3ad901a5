"""How long a plan is certified and when its signatures are due, as its rules say."""

from __future__ import annotations

import datetime

import pytest

from tests.refusals import refusal
from tests.unit.chart.records_of_care import again, plan
from therapy_billing import InvalidInputError
from therapy_billing.chart.certifications import (
    _CERTIFIED_DAYS,
    _CERTIFIED_DAYS_BEFORE_2008,
    _NINETY_DAYS_FROM,
    ORDER_SIGNED_WITHIN,
    PLAN_SENT_WITHIN,
    RELIEF_FROM,
    SIGNED_WITHIN,
    order_due,
    periods_of,
    signature_due,
)
from therapy_billing.findings.report import rule_of


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("certification-period", f"{_CERTIFIED_DAYS} calendar days from the initial treatment"),
        (
            "certification-period",
            f"before {_NINETY_DAYS_FROM.year}, {_CERTIFIED_DAYS_BEFORE_2008} days",
        ),
        ("recertification", f"at least every {_CERTIFIED_DAYS} days"),
        ("certification-timely", f"in the {SIGNED_WITHIN} days after the initial treatment"),
        ("verbal-order", f"within {ORDER_SIGNED_WITHIN} days"),
        ("referral-relief", f"within {PLAN_SENT_WITHIN} days of the evaluation"),
    ],
)
def test_the_days_are_those_of_the_rule(rule: str, words: str) -> None:
    assert words in rule_of(rule).statement


def test_an_order_stands_for_the_signature_from_the_day_of_its_rule() -> None:
    assert rule_of("referral-relief").effective_from == RELIEF_FROM


def test_no_word_of_a_reason_is_in_the_repr_of_a_period() -> None:
    given = plan(
        delay_reason="Rosa was away",
        recertifications=[again(None, "2026-03-01", delay_reason="Rosa again")],
    )
    periods = periods_of(given)
    assert [period.reason_given for period in periods] == [True, True]
    assert "Rosa" not in repr(periods)


def test_a_signature_that_is_due_beyond_the_calendar_is_refused() -> None:
    last = datetime.date(9999, 12, 31)
    in_time = plan("1 day", first="9999-12-02", certified_on=None)
    assert (signature_due(in_time), order_due(datetime.date(9999, 12, 18))) == (last, last)
    beyond = plan("1 day", first="9999-12-03", certified_on=None)
    assert refusal(InvalidInputError, lambda: signature_due(beyond)) == (
        "Duration(months=0, days=29) after 9999-12-03 lies beyond the year 9999, the last of "
        "the calendar"
    )
    assert refusal(InvalidInputError, lambda: order_due(datetime.date(9999, 12, 19))) == (
        "Duration(months=0, days=13) after 9999-12-19 lies beyond the year 9999, the last of "
        "the calendar"
    )
