"""Explanations of results: every step with its rule, its outcome and its figures."""

from __future__ import annotations

import datetime
from typing import Any

import attrs
import pytest

from tests.refusals import refusal
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    FeeSchedule,
    FirstPeriod,
    InvalidInputError,
    NotPublishedError,
    Policy,
    Session,
    TiePolicy,
    TimedService,
    UnitMethod,
    UntimedService,
    allocate_units,
    bill_day,
    explain,
    explain_amount,
    load_codes,
    load_rules,
)
from therapy_billing.pipeline.allocation import Treatment, UnitsBy

DAY = datetime.date(2026, 3, 2)


def told(treatment: Treatment, payer: UnitsBy) -> list[tuple[str, str]]:
    """Return rule and outcome of each step."""
    steps = explain(allocate_units(treatment, payer)).steps
    return [(step.rule.id, step.outcome) for step in steps]


def test_the_eight_minute_rule_is_told_from_the_total_to_the_tie() -> None:
    assert told({"97530": 20, "97110": 20}, MEDICARE) == [
        ("pooled-day", "one session, 40 timed minutes: 97530 20, 97110 20"),
        ("cms-eight-minute", "40 minutes make 3 units (3 units are 38 to 52 minutes)"),
        (
            "cms-whole-quarters",
            "full quarters make 2 units: 97530 x1 and 5 left, 97110 x1 and 5 left",
        ),
        ("cms-most-minutes", "1 unit is left for the most leftover minutes"),
        (
            "cms-tie",
            (
                "97530, 97110 have 5 leftover minutes each and 1 unit to take: "
                "the clinician may choose"
            ),
        ),
        ("tie-policy", "the code documented first takes it: 97530"),
    ]


def test_sure_takers_are_told_before_a_tie() -> None:
    assert told({"97530": 14, "97110": 9, "97112": 9}, MEDICARE)[3:] == [
        ("cms-most-minutes", "2 units are left for the most leftover minutes: 97530 with 14"),
        (
            "cms-tie",
            (
                "97110, 97112 have 9 leftover minutes each and 1 unit to take: "
                "the clinician may choose"
            ),
        ),
        ("tie-policy", "the code documented first takes it: 97110"),
    ]


def test_sure_takers_are_listed_in_the_order_documented() -> None:
    assert told({"97530": 18, "97140": 13, "97116": 10, "97035": 8}, MEDICARE)[3:] == [
        (
            "cms-most-minutes",
            "2 units are left for the most leftover minutes: 97140 with 13, 97116 with 10",
        )
    ]


@pytest.mark.parametrize(
    ("minutes", "outcome"),
    [
        (0, "0 minutes make 0 units (0 units are 0 to 7 minutes)"),
        (7, "7 minutes make 0 units (0 units are 0 to 7 minutes)"),
        (8, "8 minutes make 1 unit (1 unit is 8 to 22 minutes)"),
        (22, "22 minutes make 1 unit (1 unit is 8 to 22 minutes)"),
        (23, "23 minutes make 2 units (2 units are 23 to 37 minutes)"),
    ],
)
def test_the_row_of_the_table_is_told(minutes: int, outcome: str) -> None:
    assert told({"97530": minutes}, MEDICARE)[1] == ("cms-eight-minute", outcome)


def test_the_row_follows_the_fewest_minutes_of_the_policy() -> None:
    policy = Policy(UnitMethod.CMS_EIGHT_MINUTE, minimum_minutes=10)
    assert told({"97530": 25}, policy)[1:] == [
        ("cms-eight-minute", "25 minutes make 2 units (2 units are 25 to 39 minutes)"),
        ("cms-whole-quarters", "full quarters make 1 unit: 97530 x1 and 10 left"),
        ("cms-most-minutes", "1 unit is left for the most leftover minutes: 97530 with 10"),
    ]


def test_a_day_without_leftover_units_says_so() -> None:
    assert told({"97530": 15, "97110": 0}, MEDICARE)[2:] == [
        (
            "cms-whole-quarters",
            "full quarters make 1 unit: 97530 x1 and 0 left, 97110 x0 and 0 left",
        ),
        ("cms-most-minutes", "0 units are left for the most leftover minutes"),
    ]


@pytest.mark.parametrize(
    ("tie_policy", "outcome"),
    [
        (TiePolicy.DOCUMENTED_ORDER, "the code documented first takes it: 97530, 97110"),
        (TiePolicy.PREFERRED_CODES, "the order of preferred codes decides: 97110, 97112"),
        (
            TiePolicy.HIGHEST_FEE,
            "the higher fee decides between them, and only between them: 97530, 97112",
        ),
    ],
)
def test_the_tie_policy_and_those_it_chose_are_told(tie_policy: TiePolicy, outcome: str) -> None:
    policy = Policy(
        UnitMethod.CMS_EIGHT_MINUTE, tie_policy=tie_policy, preferred_codes=("97112", "97110")
    )
    fees = FeeSchedule.from_rates({"97530": 30, "97110": 20, "97112": 40})
    minutes = {"97530": 10, "97110": 10, "97112": 10}
    result = allocate_units(minutes, policy, fees=fees)
    assert [step.outcome for step in explain(result).steps][-2:] == [
        (
            "97530, 97110, 97112 have 10 leftover minutes each and 2 units to take: "
            "the clinician may choose"
        ),
        outcome,
    ]


def test_disciplines_sessions_untimed_codes_seconds_and_caps_are_told() -> None:
    day = [
        Session(
            DAY,
            "PT",
            [
                TimedService("97530", start="2026-03-02 09:00", end="2026-03-02 09:23:30"),
                UntimedService("97150", 20),
                UntimedService("97161"),
            ],
        ),
        Session(DAY, "PT", [UntimedService("97150", 20), UntimedService("97597", units=3)]),
        Session(DAY, "OT", [UntimedService("97165", 40)]),
    ]
    assert told(day, Policy(UnitMethod.CMS_EIGHT_MINUTE, cap_per_day=1)) == [
        ("pooled-day", "PT: 2 sessions, 23 timed minutes: 97530 23"),
        ("cms-eight-minute", "23 minutes make 2 units (2 units are 23 to 37 minutes)"),
        ("cms-whole-quarters", "full quarters make 1 unit: 97530 x1 and 8 left"),
        ("cms-most-minutes", "1 unit is left for the most leftover minutes: 97530 with 8"),
        ("untimed-once", "97150 is untimed: 1 unit, documented 2 times"),
        ("untimed-once", "97161 is untimed: 1 unit"),
        ("untimed-once", "97597 is untimed: 3 units"),
        ("untimed-once", "97165 is untimed: 1 unit"),
        ("whole-minutes", "30 seconds were floored"),
        ("cap-per-day", "the cap of 1 takes 1 unit of 97530, with 8 minutes behind it"),
    ]


def test_each_cap_is_told_by_its_own_rule() -> None:
    policy = Policy(UnitMethod.CMS_EIGHT_MINUTE, cap_per_code=2, cap_per_session=1, cap_per_day=0)
    assert told({"97530": 45}, policy)[-3:] == [
        ("cap-per-code", "the cap of 2 takes 1 unit of 97530, with 15 minutes behind it"),
        ("cap-per-session", "the cap of 1 takes 1 unit of 97530, with 15 minutes behind it"),
        ("cap-per-day", "the cap of 0 takes 1 unit of 97530, with 15 minutes behind it"),
    ]


def test_a_family_in_the_total_is_told_with_its_first_period_and_its_add_on() -> None:
    assert told({"97550": 53, "97530": 4}, MEDICARE) == [
        ("pooled-day", "one session, 57 timed minutes: 97550 53, 97530 4"),
        ("first-period", "97550: 53 minutes make the unit of the first 30 minutes"),
        ("cms-eight-minute", "27 minutes make 2 units (2 units are 23 to 37 minutes)"),
        (
            "cms-whole-quarters",
            "full quarters make 1 unit: 97550 x1 and 8 left, 97530 x0 and 4 left",
        ),
        ("cms-most-minutes", "1 unit is left for the most leftover minutes: 97550 with 8"),
        ("add-on-family", "3 units are 97550 x1, 97551 x2"),
    ]


def test_a_family_of_quarters_is_told_without_a_first_period() -> None:
    assert [rule for rule, _ in told({"97129": 30}, MEDICARE)] == [
        "pooled-day",
        "cms-eight-minute",
        "cms-whole-quarters",
        "cms-most-minutes",
        "add-on-family",
    ]
    assert told({"97129": 30}, MEDICARE)[-1] == (
        "add-on-family",
        "2 units are 97129 x1, 97130 x1",
    )
    assert [rule for rule, _ in told({"97129": 22}, MEDICARE)][-1] == "cms-most-minutes"


def test_a_first_period_that_was_not_reached_ends_the_story_of_its_family() -> None:
    not_reached = ("first-period", "97550: 29 minutes do not make the unit of the first 30 minutes")
    for payer in (MEDICARE, CPT_MIDPOINT):
        assert told({"97550": 29}, payer) == [
            ("pooled-day", "one session, 29 timed minutes: 97550 29"),
            not_reached,
        ]
    assert told({"97550": 29, "97530": 8}, MEDICARE)[1:3] == [
        not_reached,
        ("cms-eight-minute", "8 minutes make 1 unit (1 unit is 8 to 22 minutes)"),
    ]


def test_half_of_a_first_period_is_told_where_it_is_enough() -> None:
    policy = Policy(UnitMethod.CPT_MIDPOINT, first_period=FirstPeriod.MIDPOINT)
    assert told({"97550": 16}, policy)[1:] == [
        ("first-period", "97550: 16 minutes make the unit of the first 30 minutes"),
        ("cpt-midpoint", "97551: 0 units of 15 minutes; 0 leftover minutes make no unit"),
    ]


@pytest.mark.parametrize(
    ("method", "rule", "outcome"),
    [
        ("cpt-midpoint", "cpt-midpoint", "1 unit of 15 minutes; 8 leftover minutes take a unit"),
        (
            "started-quarter",
            "started-quarter",
            "1 unit of 15 minutes; 8 leftover minutes take a unit",
        ),
        ("full-quarter", "full-quarter", "1 unit of 15 minutes; 8 leftover minutes make no unit"),
    ],
)
def test_a_code_alone_is_told_by_the_rule_of_its_method(
    method: str, rule: str, outcome: str
) -> None:
    assert told({"97530": 23}, UnitMethod(method)) == [
        ("pooled-day", "one session, 23 timed minutes: 97530 23"),
        (rule, f"97530: {outcome}"),
    ]


@pytest.mark.parametrize(
    ("method", "hour", "half_hour"),
    [
        (
            UnitMethod.CMS_EIGHT_MINUTE,
            ("cpt-midpoint", "take a unit"),
            ("full-period", "make no unit"),
        ),
        (
            UnitMethod.CPT_MIDPOINT,
            ("cpt-midpoint", "take a unit"),
            ("cpt-midpoint", "take a unit"),
        ),
        (
            UnitMethod.STARTED_QUARTER,
            ("full-period", "make no unit"),
            ("full-period", "make no unit"),
        ),
        (
            UnitMethod.FULL_QUARTER,
            ("full-period", "make no unit"),
            ("full-period", "make no unit"),
        ),
    ],
)
def test_another_time_base_is_told_by_its_own_rule(
    method: UnitMethod, hour: tuple[str, str], half_hour: tuple[str, str]
) -> None:
    rule, taken = hour
    assert told({"96125": 91}, method)[1] == (
        rule,
        f"96125: 1 unit of 60 minutes; 31 leftover minutes {taken}",
    )
    rule, taken = half_hour
    assert told({"92607": 76}, method)[1:3] == [
        ("first-period", "92607: 76 minutes make the unit of the first 60 minutes"),
        (rule, f"92608: 0 units of 30 minutes; 16 leftover minutes {taken}"),
    ]


def test_a_day_of_untimed_codes_only_is_told_without_minutes() -> None:
    day = Session(DAY, "PT", [UntimedService("97161", 35)])
    assert told(day, MEDICARE) == [("untimed-once", "97161 is untimed: 1 unit")]


def test_a_priced_day_adds_its_amounts_to_the_steps_of_its_units() -> None:
    day = Session(
        "2025-10-06",
        "PT",
        [TimedService("97530", 30), TimedService("97110", 1), UntimedService("97010")],
    )
    fees = FeeSchedule.medicare("2025-10-06")
    priced = bill_day(day, MEDICARE, fees)
    steps = explain(priced).steps
    assert steps[:-1] == explain(priced.allocation).steps
    assert steps[-1].rule is load_rules()["medicare-national-amount"]
    assert steps[-1].outcome == (
        "97530 x2 is $69.22; a unit is (0.44 work + 0.62 practice expense + 0.01 malpractice) RVU "
        "of RVU25D x $32.3465"
    )
    assert steps[-1].figures == fees.price("97530").sources


def test_an_amount_is_explained_by_its_rate() -> None:
    fees = FeeSchedule.from_rates({"97530": "40.42"})
    (step,) = explain_amount(fees, "97530").steps
    assert step.outcome == "97530 x1 is $40.42, $40.42 a unit: flat rate $40.42"
    assert (step.rule.id, step.figures) == ("flat-rate", fees.price("97530").sources)
    (step,) = explain_amount(FeeSchedule.medicare("2020-03-02"), "97530", 4).steps
    assert step.outcome == (
        "97530 x4 is $161.68, $40.42 a unit: (0.44 work + 0.66 practice expense + "
        "0.02 malpractice) RVU of RVU20A x $36.0896"
    )


def test_an_amount_that_there_is_not_is_refused() -> None:
    fees = FeeSchedule.from_rates({"97530": "40.42"})
    assert refusal(NotPublishedError, lambda: explain_amount(fees, "97110")) == (
        "no price for 97110 in contract rates, before MPPR, GPCI and adjustments: "
        "the code is not in it"
    )
    assert refusal(InvalidInputError, lambda: explain_amount(fees, "97530", -1)) == (
        "units is a whole number from 0, not -1"
    )


@pytest.mark.parametrize(
    ("value", "shown"),
    [("Rosa Invented", "a text of 13 characters"), (None, "a NoneType"), (MEDICARE, "a Payer")],
)
def test_anything_but_a_result_is_refused(value: Any, shown: str) -> None:  # noqa: ANN401
    assert refusal(InvalidInputError, lambda: explain(value)) == (
        f"explain takes an Allocation or a PricedDay, not {shown}"
    )


def test_a_tie_under_a_cap_tells_that_the_caps_were_looked_at_first() -> None:
    policy = attrs.evolve(MEDICARE.on(DAY), cap_per_code={"97530": 1})
    steps = explain(allocate_units({"97530": 20, "97110": 20}, policy)).steps
    (step,) = [step for step in steps if step.rule.id == "tie-policy"]
    kept = "of the splits that keep most units under the caps"
    assert step.outcome == f"{kept}, the code documented first takes it: 97110"


def test_a_step_cites_the_source_of_the_time_that_its_code_counts_by() -> None:
    steps = explain(allocate_units({"92607": 60}, MEDICARE)).steps
    (step,) = [step for step in steps if step.rule.id == "first-period"]
    assert step.figures == load_codes()["92607"].sources["time"]
