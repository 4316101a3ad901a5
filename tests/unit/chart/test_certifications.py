"""How long a plan is certified and when its signatures are due, according to its rules."""

from __future__ import annotations

import datetime

import pytest

from tests.own_numbers import own_numbers
from tests.refusals import refusal
from tests.unit.chart.records_of_care import again, plan
from therapy_billing import InvalidInputError
from therapy_billing.chart.certifications import (
    order_counts_from,
    order_due,
    periods_of,
    sending_due,
    signature_due,
    signature_lateness,
    signature_waived,
)
from therapy_billing.findings.report import rule_of
from therapy_billing.law.parameters import BUNDLED


@pytest.mark.parametrize(
    ("rule", "words", "series", "on"),
    [
        (
            "certification-period",
            "{} calendar days from the initial treatment",
            "certification_days",
            2008,
        ),
        ("certification-period", "before 2008, the limit is {} days", "certification_days", 2007),
        ("recertification", "at least every {} days", "certification_days", 2026),
        (
            "certification-timely",
            "within {} days after the initial treatment",
            "certification_signature_days",
            2026,
        ),
        ("verbal-order", "within {} days", "verbal_order_signature_days", 2026),
        ("referral-relief", "within {} days of the initial treatment", "plan_sent_days", 2025),
    ],
)
def test_the_bundled_numbers_match_the_rule_statements(
    rule: str, words: str, series: str, on: int
) -> None:
    days = BUNDLED.count(series, datetime.date(on, 1, 1))
    assert words.format(days) in rule_of(rule).statement


def test_an_order_replaces_the_signature_from_the_start_date_of_its_rule() -> None:
    assert rule_of("referral-relief").effective_from == order_counts_from(BUNDLED)
    own = own_numbers("plan_sent_days", (None, "30"))
    assert order_counts_from(own) == datetime.date.min


def test_the_repr_of_a_period_omits_the_delay_reason() -> None:
    given = plan(
        delay_reason="Rosa was away",
        recertifications=[again(None, "2026-03-01", delay_reason="Rosa again")],
    )
    periods = periods_of(given, BUNDLED)
    assert [period.reason_given for period in periods] == [True, True]
    assert "Rosa" not in repr(periods)


def test_a_signature_due_after_the_last_possible_date_raises_an_error() -> None:
    last = datetime.date(9999, 12, 31)
    in_time = plan("1 day", first="9999-12-02", certified_on=None)
    assert signature_due(in_time, BUNDLED) == sending_due(in_time, BUNDLED) == last
    assert order_due(datetime.date(9999, 12, 18), BUNDLED) == last
    beyond = plan("1 day", first="9999-12-03", certified_on=None)
    assert refusal(InvalidInputError, lambda: signature_due(beyond, BUNDLED)) == (
        "Duration(months=0, days=29) after 9999-12-03 is after the year 9999"
    )
    assert refusal(InvalidInputError, lambda: order_due(datetime.date(9999, 12, 19), BUNDLED)) == (
        "Duration(months=0, days=13) after 9999-12-19 is after the year 9999"
    )


class TestYourOwnNumbers:
    def test_a_certified_period_ends_by_the_limit_on_the_signature_date(self) -> None:
        numbers = own_numbers("certification_days", (None, "90"), ("2026-01-20", "60"))
        ends = [
            str(periods_of(plan(certified_on=signed), numbers)[0].through)
            for signed in ("2026-01-19", "2026-01-20")
        ]
        assert ends == ["2026-04-01", "2026-03-02"]

    def test_a_signature_is_due_by_the_limit_on_the_initial_treatment(self) -> None:
        numbers = own_numbers("certification_signature_days", (None, "30"), ("2026-01-02", "10"))
        due = [
            str(signature_due(plan(first=first, certified_on=None), numbers))
            for first in ("2026-01-01", "2026-01-02")
        ]
        assert due == ["2026-01-30", "2026-01-11"]

    def test_a_verbal_order_is_signed_by_the_limit_on_its_date(self) -> None:
        numbers = own_numbers("verbal_order_signature_days", (None, "14"), ("2026-01-20", "60"))
        late = [
            signature_lateness(
                plan(verbal_order_on=order, certified_on=None),
                datetime.date(2026, 2, 10),
                numbers,
            )
            for order in ("2026-01-19", "2026-01-20")
        ]
        assert late == [10, 0]

    def test_a_plan_is_sent_by_the_limit_on_the_date_of_service(self) -> None:
        numbers = own_numbers("plan_sent_days", ("2026-01-10", "5"), ("2026-02-01", "30"))
        given = plan(referral_signed_on="2025-12-29", plan_sent_on="2026-01-07", certified_on=None)
        waived = [
            signature_waived(given, datetime.date.fromisoformat(on), numbers)
            for on in ("2026-01-09", "2026-01-10", "2026-01-31", "2026-02-01")
        ]
        assert waived == [False, False, False, True]
        assert signature_waived(given, datetime.date(2026, 1, 9), BUNDLED)
