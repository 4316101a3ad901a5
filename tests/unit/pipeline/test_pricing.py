"""Lines of a day with their amounts, and lines that have none."""

from __future__ import annotations

import datetime
from decimal import Context, Decimal, Inexact, Rounded, localcontext

import pytest

from tests.refusals import refusal
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    Discipline,
    FeeSchedule,
    InvalidInputError,
    NotPublishedError,
    Policy,
    PricedLine,
    Session,
    TiePolicy,
    TimedService,
    UnitMethod,
    UntimedService,
    bill_day,
)

DAY = datetime.date(2026, 3, 2)
RATES = FeeSchedule.from_rates({"97530": "40.42", "97110": "30", "97161": "98.01"})


def session(minutes: dict[str, int], day: str) -> Session:
    """Return a session of physical therapy."""
    return Session.from_minutes(minutes, date_of_service=day, discipline="PT")


@pytest.mark.parametrize(
    ("minutes", "units", "total"),
    [
        (7, 0, "0.00"),
        (8, 1, "40.42"),
        (22, 1, "40.42"),
        (23, 2, "80.84"),
        (37, 2, "80.84"),
        (38, 3, "121.26"),
        (52, 3, "121.26"),
        (53, 4, "161.68"),
        (67, 4, "161.68"),
    ],
)
def test_97530_in_2020_is_paid_as_the_published_table_says(
    minutes: int, units: int, total: str
) -> None:
    for fees in (FeeSchedule.medicare("2020-03-02"), RATES):
        day = bill_day(session({"97530": minutes}, "2020-03-02"), MEDICARE, fees)
        assert (day.lines[0].units, str(day.total)) == (units, total)
        assert day.complete is True


def test_a_cap_of_the_payer_lowers_the_amount() -> None:
    policy = Policy(UnitMethod.CMS_EIGHT_MINUTE, cap_per_session=2)
    day = bill_day({"97530": 53}, policy, RATES)
    assert str(day.total) == "80.84"
    assert day.lines[0].units == 2


def test_timed_lines_come_before_untimed_ones_discipline_by_discipline() -> None:
    day = [
        Session(DAY, "PT", [UntimedService("97161", 30), TimedService("97530", 30)]),
        Session(DAY, "OT", [TimedService("97110", 15), TimedService("97530", 7)]),
    ]
    priced = bill_day(day, MEDICARE, RATES)
    assert priced.date_of_service == DAY
    assert priced.fees == RATES.name
    price = RATES.price("97530")
    assert priced.lines[0] == PricedLine(
        Discipline.PT,
        "97530",
        2,
        30,
        Decimal("80.84"),
        formula="flat rate $40.42",
        rule="flat-rate",
        sources=price.sources,
    )
    told = [(line.discipline, line.code, line.units, line.minutes) for line in priced.lines]
    assert told == [
        (Discipline.PT, "97530", 2, 30),
        (Discipline.PT, "97161", 1, None),
        (Discipline.OT, "97110", 1, 15),
        (Discipline.OT, "97530", 0, 7),
    ]
    assert [str(line.amount) for line in priced.lines] == ["80.84", "98.01", "30.00", "0.00"]
    assert str(priced.total) == "208.85"


def test_an_add_on_is_a_line_of_its_own() -> None:
    fees = FeeSchedule.from_rates({"97129": "21.67", "97130": "20.70"})
    day = bill_day({"97129": 38}, MEDICARE, fees)
    assert [(line.code, line.units, str(line.amount)) for line in day.lines] == [
        ("97129", 1, "21.67"),
        ("97130", 2, "41.40"),
    ]


def test_a_line_without_a_unit_is_zero_whether_it_has_a_price_or_not() -> None:
    day = bill_day({"97530": 23, "97112": 4}, MEDICARE, RATES)
    assert day.lines[1] == PricedLine(None, "97112", 0, 4, Decimal("0.00"))
    assert day.complete is True


def test_a_line_without_a_price_stays_with_its_reason_and_out_of_the_total() -> None:
    day = Session(
        "2025-10-06",
        "PT",
        [TimedService("97530", 15), UntimedService("97010", 10), UntimedService("97039")],
    )
    priced = bill_day(day, MEDICARE, FeeSchedule.medicare("2025-10-06"))
    assert priced.complete is False
    assert str(priced.total) == "34.61"
    name = "Medicare national amounts outside a facility, RVU25D, before MPPR, GPCI and adjustments"
    assert priced.lines[1:] == (
        PricedLine(
            Discipline.PT,
            "97010",
            1,
            None,
            None,
            unpriced=(
                f"no price for 97010 in {name}: Medicare bundles it into other services (status B)"
            ),
        ),
        PricedLine(
            Discipline.PT,
            "97039",
            1,
            None,
            None,
            unpriced=f"no price for 97039 in {name}: each contractor prices it (status C)",
        ),
    )


def test_a_timed_line_without_a_price_keeps_its_minutes() -> None:
    (line,) = bill_day({"97112": 23}, MEDICARE, RATES).lines
    assert (line.units, line.minutes, line.amount) == (2, 23, None)
    assert line.unpriced == (
        "no price for 97112 in contract rates, before MPPR, GPCI and adjustments: "
        "the code is not in it"
    )


def test_fees_of_another_day_are_refused() -> None:
    fees = FeeSchedule.medicare("2020-03-31")
    name = "Medicare national amounts outside a facility, RVU20A, before MPPR, GPCI and adjustments"
    assert refusal(
        NotPublishedError, lambda: bill_day(session({"97530": 15}, "2020-04-01"), MEDICARE, fees)
    ) == (f"{name} is for 2020-01-01 to 2020-03-31, not for 2020-04-01")
    assert refusal(NotPublishedError, lambda: bill_day({"97530": 15}, MEDICARE, fees)) == (
        f"{name} is for 2020-01-01 to 2020-03-31, not for an unnamed day"
    )
    dated = bill_day({"97530": 15}, MEDICARE, fees, date_of_service="2020-03-31")
    assert str(dated.total) == "40.42"


def test_the_fees_also_decide_a_tie_by_the_highest_fee() -> None:
    policy = Policy(UnitMethod.CMS_EIGHT_MINUTE, tie_policy=TiePolicy.HIGHEST_FEE)
    day = bill_day({"97110": 20, "97530": 20}, policy, RATES)
    assert day.allocation.units == {"97110": 1, "97530": 2}
    assert str(day.total) == "110.84"


def test_what_cannot_be_counted_is_refused() -> None:
    assert refusal(InvalidInputError, lambda: bill_day([], CPT_MIDPOINT, RATES)) == (
        "there is no session to count"
    )


def test_no_total_depends_on_the_global_decimal_context() -> None:
    with localcontext(Context(prec=2, traps=[Inexact, Rounded])):
        day = bill_day({"97530": 53, "97110": 38}, CPT_MIDPOINT, RATES)
        assert str(day.total) == "251.68"
        assert day.to_dict()["total"] == "251.68"
        assert repr(day).startswith("<PricedDay $251.68 for ")
