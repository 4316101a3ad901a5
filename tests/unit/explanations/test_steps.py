"""Test explanations: each step with its rule, outcome, and figures."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import attrs
import pytest

from tests.refusals import refusal
from tests.unit.fees.schedules import rvu, rvu_file
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    PAYERS,
    Accumulators,
    Claim,
    ClaimLine,
    Contract,
    FeeSchedule,
    InvalidInputError,
    NotPublishedError,
    Policy,
    PricedDay,
    Session,
    TiePolicy,
    TimedService,
    UnitMethod,
    UntimedService,
    allocate_units,
    bill_day,
    build_claim,
    explain,
    load_codes,
    price_day,
)
from therapy_billing.explanations import explain_amount
from therapy_billing.law import load_rules
from therapy_billing.payers import AssistantArithmetic, FirstPeriod
from therapy_billing.payers.payer_argument import PayerLike
from therapy_billing.units.allocator import Treatment

DAY = datetime.date(2026, 3, 2)


def steps_of(treatment: Treatment, payer: PayerLike) -> list[tuple[str, str]]:
    """Return the rule and the outcome of each step."""
    steps = explain(allocate_units(treatment, payer)).steps
    return [(step.rule.id, step.outcome) for step in steps]


def test_the_eight_minute_rule_is_explained_from_the_total_to_the_tie() -> None:
    assert steps_of({"97530": 20, "97110": 20}, MEDICARE) == [
        ("pooled-day", "40 timed minutes in one session (97530 20, 97110 20)."),
        ("cms-eight-minute", "40 minutes make 3 units; 3 units cover 38 to 52 minutes."),
        (
            "cms-whole-quarters",
            "Full quarters make 2 units: 97530 x1 (5 minutes left), 97110 x1 (5 minutes left).",
        ),
        ("cms-most-minutes", "1 unit is left; it goes to the code with the most leftover minutes."),
        (
            "cms-tie",
            (
                "97530 and 97110 are tied for 1 unit, with 5 leftover minutes each, so the clinician may choose."
            ),
        ),
        ("tie-policy", "Ties go to the code documented first: 97530."),
    ]


def test_units_without_a_tie_come_before_the_tie() -> None:
    assert steps_of({"97530": 14, "97110": 9, "97112": 9}, MEDICARE)[3:] == [
        (
            "cms-most-minutes",
            "2 units are left; they go to the codes with the most leftover minutes: 97530 (14 minutes).",
        ),
        (
            "cms-tie",
            (
                "97110 and 97112 are tied for 1 unit, with 9 leftover minutes each, so the clinician may choose."
            ),
        ),
        ("tie-policy", "Ties go to the code documented first: 97110."),
    ]


def test_units_without_a_tie_are_listed_in_documented_order() -> None:
    assert steps_of({"97530": 18, "97140": 13, "97116": 10, "97035": 8}, MEDICARE)[3:] == [
        (
            "cms-most-minutes",
            "2 units are left; they go to the codes with the most leftover minutes: 97140 (13 minutes), 97116 (10 minutes).",
        )
    ]


@pytest.mark.parametrize(
    ("minutes", "outcome"),
    [
        (0, "0 minutes make 0 units; 0 units cover 0 to 7 minutes."),
        (7, "7 minutes make 0 units; 0 units cover 0 to 7 minutes."),
        (8, "8 minutes make 1 unit; 1 unit covers 8 to 22 minutes."),
        (22, "22 minutes make 1 unit; 1 unit covers 8 to 22 minutes."),
        (23, "23 minutes make 2 units; 2 units cover 23 to 37 minutes."),
    ],
)
def test_the_minute_range_of_the_units_is_given(minutes: int, outcome: str) -> None:
    assert steps_of({"97530": minutes}, MEDICARE)[1] == ("cms-eight-minute", outcome)


def test_the_minute_range_follows_the_minimum_minutes_of_the_policy() -> None:
    policy = Policy(UnitMethod.CMS_EIGHT_MINUTE).with_changes(minimum_minutes=10)
    assert steps_of({"97530": 25}, policy)[1:] == [
        ("cms-eight-minute", "25 minutes make 2 units; 2 units cover 25 to 39 minutes."),
        ("cms-whole-quarters", "Full quarters make 1 unit: 97530 x1 (10 minutes left)."),
        (
            "cms-most-minutes",
            "1 unit is left; it goes to the code with the most leftover minutes: 97530 (10 minutes).",
        ),
    ]


def test_a_day_without_leftover_units_says_so() -> None:
    assert steps_of({"97530": 15, "97110": 0}, MEDICARE)[2:] == [
        (
            "cms-whole-quarters",
            "Full quarters make 1 unit: 97530 x1 (0 minutes left), 97110 x0 (0 minutes left).",
        ),
        ("cms-most-minutes", "No unit is left for the leftover minutes."),
    ]


@pytest.mark.parametrize(
    ("tie_policy", "outcome"),
    [
        (TiePolicy.DOCUMENTED_ORDER, "Ties go to the code documented first: 97530 and 97110."),
        (TiePolicy.PREFERRED_CODES, "Ties go to the preferred code: 97110 and 97112."),
        (
            TiePolicy.HIGHEST_FEE,
            "Ties go to the code with the highest fee: 97530 and 97112.",
        ),
    ],
)
def test_the_tie_policy_and_the_chosen_codes_are_given(tie_policy: TiePolicy, outcome: str) -> None:
    policy = Policy(UnitMethod.CMS_EIGHT_MINUTE).with_changes(
        tie_policy=tie_policy, preferred_codes=("97112", "97110")
    )
    fees = FeeSchedule.from_rates({"97530": 30, "97110": 20, "97112": 40})
    minutes = {"97530": 10, "97110": 10, "97112": 10}
    result = allocate_units(minutes, policy, fees=fees)
    assert [step.outcome for step in explain(result).steps][-2:] == [
        (
            "97530, 97110, and 97112 are tied for 2 units, with 10 leftover minutes each, so the clinician may choose."
        ),
        outcome,
    ]


def test_disciplines_sessions_untimed_codes_seconds_and_caps_are_explained() -> None:
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
    assert steps_of(day, Policy(UnitMethod.CMS_EIGHT_MINUTE).with_changes(cap_per_day=1)) == [
        ("pooled-day", "PT: 23 timed minutes in 2 sessions (97530 23)."),
        ("cms-eight-minute", "23 minutes make 2 units; 2 units cover 23 to 37 minutes."),
        ("cms-whole-quarters", "Full quarters make 1 unit: 97530 x1 (8 minutes left)."),
        (
            "cms-most-minutes",
            "1 unit is left; it goes to the code with the most leftover minutes: 97530 (8 minutes).",
        ),
        ("untimed-once", "97150 is untimed and makes 1 unit, although it was documented 2 times."),
        ("untimed-once", "97161 is untimed and makes 1 unit."),
        ("untimed-once", "97597 is untimed and makes 3 units."),
        ("untimed-once", "97165 is untimed and makes 1 unit."),
        ("whole-minutes", "Not counted: 30 seconds left over after whole minutes."),
        ("cap-per-day", "The cap of 1 unit removes 1 unit of 97530, which came from 8 minutes."),
    ]


def test_each_cap_has_its_own_rule() -> None:
    policy = Policy(UnitMethod.CMS_EIGHT_MINUTE).with_changes(
        cap_per_code=2, cap_per_session=1, cap_per_day=0
    )
    assert steps_of({"97530": 45}, policy)[-3:] == [
        ("cap-per-code", "The cap of 2 units removes 1 unit of 97530, which came from 15 minutes."),
        (
            "cap-per-session",
            "The cap of 1 unit for each session removes 1 unit of 97530, which came from 15 minutes.",
        ),
        ("cap-per-day", "The cap of 0 units removes 1 unit of 97530, which came from 15 minutes."),
    ]


def test_a_family_in_the_total_is_explained_with_its_first_period_and_add_on() -> None:
    assert steps_of({"97550": 53, "97530": 4}, MEDICARE) == [
        ("pooled-day", "57 timed minutes in one session (97550 53, 97530 4)."),
        (
            "first-period",
            "97550: 53 minutes are enough for the first unit, a period of 30 minutes.",
        ),
        ("cms-eight-minute", "27 minutes make 2 units; 2 units cover 23 to 37 minutes."),
        (
            "cms-whole-quarters",
            "Full quarters make 1 unit: 97550 x1 (8 minutes left), 97530 x0 (4 minutes left).",
        ),
        (
            "cms-most-minutes",
            "1 unit is left; it goes to the code with the most leftover minutes: 97550 (8 minutes).",
        ),
        ("add-on-family", "The 3 units are billed as 97550 x1 and 97551 x2."),
        (
            "first-period",
            (
                "97550: no source settles whether the first unit needs 30 minutes or 16; 53 minutes "
                "make it either way."
            ),
        ),
    ]


def test_a_family_of_15_minute_codes_has_no_first_period_step() -> None:
    assert [rule for rule, _ in steps_of({"97129": 30}, MEDICARE)] == [
        "pooled-day",
        "cms-eight-minute",
        "cms-whole-quarters",
        "cms-most-minutes",
        "add-on-family",
    ]
    assert steps_of({"97129": 30}, MEDICARE)[-1] == (
        "add-on-family",
        "The 2 units are billed as 97129 x1 and 97130 x1.",
    )
    assert [rule for rule, _ in steps_of({"97129": 22}, MEDICARE)][-1] == "cms-most-minutes"


def test_a_first_period_that_was_not_reached_is_the_last_step_of_its_family() -> None:
    not_reached = (
        "first-period",
        "97550: 29 minutes are not enough for the first unit, a period of 30 minutes.",
    )
    for payer in (MEDICARE, CPT_MIDPOINT):
        assert steps_of({"97550": 29}, payer) == [
            ("pooled-day", "29 timed minutes in one session (97550 29)."),
            not_reached,
            (
                "first-period",
                (
                    "97550: 29 minutes make no unit; the first period requires all 30 minutes. "
                    "This is not settled: with FirstPeriod.MIDPOINT, 16 minutes make one."
                ),
            ),
        ]
    assert steps_of({"97550": 15}, MEDICARE)[1:] == [
        (
            "first-period",
            "97550: 15 minutes are not enough for the first unit, a period of 30 minutes.",
        ),
    ]
    assert steps_of({"97550": 29, "97530": 8}, MEDICARE)[1:3] == [
        not_reached,
        ("cms-eight-minute", "8 minutes make 1 unit; 1 unit covers 8 to 22 minutes."),
    ]


def test_half_of_a_first_period_is_explained_when_it_is_enough() -> None:
    policy = Policy(UnitMethod.CPT_MIDPOINT).with_changes(first_period=FirstPeriod.MIDPOINT)
    assert steps_of({"97550": 16}, policy)[1:] == [
        (
            "first-period",
            "97550: 16 minutes are enough for the first unit, a period of 30 minutes.",
        ),
        (
            "cpt-midpoint",
            "97551: full periods of 15 minutes make 0 units; 0 leftover minutes make no unit.",
        ),
        (
            "first-period",
            (
                "97550: 16 minutes make the first unit with FirstPeriod.MIDPOINT. This is not settled: "
                "FirstPeriod.FULL requires all 30 minutes."
            ),
        ),
    ]


@pytest.mark.parametrize(
    ("method", "rule", "outcome"),
    [
        (
            "cpt-midpoint",
            "cpt-midpoint",
            "full periods of 15 minutes make 1 unit; 8 leftover minutes make 1 more unit.",
        ),
        (
            "started-quarter",
            "started-quarter",
            "full periods of 15 minutes make 1 unit; 8 leftover minutes make 1 more unit.",
        ),
        (
            "full-quarter",
            "full-quarter",
            "full periods of 15 minutes make 1 unit; 8 leftover minutes make no unit.",
        ),
    ],
)
def test_a_code_counted_separately_has_the_rule_of_its_method(
    method: str, rule: str, outcome: str
) -> None:
    assert steps_of({"97530": 23}, UnitMethod(method)) == [
        ("pooled-day", "23 timed minutes in one session (97530 23)."),
        (rule, f"97530: {outcome}"),
    ]


@pytest.mark.parametrize(
    ("method", "rule", "made"),
    [
        (UnitMethod.CMS_EIGHT_MINUTE, "cpt-midpoint", "1 more unit"),
        (UnitMethod.CPT_MIDPOINT, "cpt-midpoint", "1 more unit"),
        (UnitMethod.STARTED_QUARTER, "full-period", "no unit"),
        (UnitMethod.FULL_QUARTER, "full-period", "no unit"),
    ],
)
def test_codes_with_longer_periods_have_their_own_rule(
    method: UnitMethod, rule: str, made: str
) -> None:
    assert steps_of({"96125": 91}, method)[1] == (
        rule,
        f"96125: full periods of 60 minutes make 1 unit; 31 leftover minutes make {made}.",
    )
    assert steps_of({"92607": 76}, method)[1:3] == [
        (
            "first-period",
            "92607: 76 minutes are enough for the first unit, a period of 60 minutes.",
        ),
        (rule, f"92608: full periods of 30 minutes make 0 units; 16 leftover minutes make {made}."),
    ]


def test_a_day_with_only_untimed_codes_has_no_minutes_step() -> None:
    day = Session(DAY, "PT", [UntimedService("97161", 35)])
    assert steps_of(day, MEDICARE) == [("untimed-once", "97161 is untimed and makes 1 unit.")]


def test_an_amount_is_explained_by_its_rate() -> None:
    fees = FeeSchedule.from_rates({"97530": "40.42"})
    (step,) = explain_amount("97530", fees).steps
    assert step.outcome == "97530 x1 is $40.42 ($40.42 per unit): flat rate $40.42."
    assert (step.rule.id, step.figures) == ("flat-rate", fees.price("97530").sources)
    (step,) = explain_amount("97530", FeeSchedule.medicare("2020-03-02"), units=4).steps
    assert step.outcome == (
        "97530 x4 is $161.68 ($40.42 per unit): (0.44 work + 0.66 practice expense + "
        "0.02 malpractice) RVUs from RVU20A x $36.0896."
    )


def test_a_missing_amount_is_refused() -> None:
    fees = FeeSchedule.from_rates({"97530": "40.42"})
    assert refusal(NotPublishedError, lambda: explain_amount("97110", fees)) == (
        "no price for 97110 in contract rates: the code is not in the schedule"
    )
    assert refusal(InvalidInputError, lambda: explain_amount("97530", fees, units=-1)) == (
        "units must be 0 or more, got -1"
    )


@pytest.mark.parametrize(
    ("value", "shown"),
    [("Rosa Invented", "a string of 13 characters"), (None, "None"), (MEDICARE, "a Payer")],
)
def test_only_results_can_be_explained(value: Any, shown: str) -> None:  # noqa: ANN401
    assert refusal(InvalidInputError, lambda: explain(value)) == (
        f"result must be an Allocation, a Claim, or a PricedDay, got {shown}"
    )


def test_a_tie_under_a_cap_says_that_caps_come_first() -> None:
    policy = MEDICARE.on(DAY).with_changes(cap_per_code={"97530": 1})
    steps = explain(allocate_units({"97530": 20, "97110": 20}, policy)).steps
    (step,) = [step for step in steps if step.rule.id == "tie-policy"]
    assert step.outcome == (
        "Ties go to the code documented first, among the splits that keep the most units under the "
        "caps: 97110."
    )


def test_a_step_cites_the_source_of_the_time_that_its_code_counts_by() -> None:
    steps = explain(allocate_units({"92607": 60}, MEDICARE)).steps
    (step,) = [step for step in steps if step.rule.id == "first-period"]
    assert step.figures == load_codes()["92607"].sources["time"]


# Claims and money

OHIO = FeeSchedule.medicare(DAY, mac="15202", locality="00")
RATES = FeeSchedule.from_rates({"97110": "30", "97530": "40"})


def of_assistants(claim: Claim) -> list[tuple[str, str]]:
    """Return the rule and the outcome of each step about assistants."""
    return [
        (step.rule.id, step.outcome)
        for step in explain(claim).steps
        if step.rule.id.startswith("assistant-")
    ]


def of_money(day: PricedDay) -> list[tuple[str, str]]:
    """Return the rule and the outcome of each step for hand-written claims."""
    return [(step.rule.id, step.outcome) for step in explain(day).steps]


def a_claim(*lines: tuple[Any, ...], day: object = DAY) -> Claim:
    """Return a claim with these lines. The modifiers of a line are one string."""
    assert isinstance(day, datetime.date | str)
    return Claim(
        day, [ClaimLine(code, units, mods.split(), *rest) for code, units, mods, *rest in lines]
    )


def test_a_hand_written_claim_has_no_steps() -> None:
    assert explain(a_claim(("97110", 1, "GP"))).steps == ()


def test_a_claim_is_explained_from_its_units_to_its_assistants() -> None:
    services = [TimedService("97110", 12), TimedService("97110", 14, clinician="assistant")]
    claim = build_claim(Session(DAY, "PT", services), MEDICARE)
    assert claim.allocation is not None
    steps = explain(claim).steps
    assert steps[:-3] == explain(claim.allocation).steps
    assert of_assistants(claim) == [
        (
            "assistant-whole-units",
            (
                "97110: the therapist treated for 12 minutes, the assistant for 14 minutes. Full quarters make 0 units for the therapist and 0 units for the assistant."
            ),
        ),
        (
            "assistant-units-2022",
            "97110: full quarters leave 2 units to assign, 1 with CQ. Result: 1 unit with CQ and 1 without.",
        ),
        (
            "assistant-exact",
            "97110: this rule says how the assistant's minutes are compared with 10 % of the total minutes.",
        ),
    ]
    assert [step.rule for step in steps[-3:]] == [
        load_rules()[name]
        for name in ("assistant-whole-units", "assistant-units-2022", "assistant-exact")
    ]


def test_minutes_together_and_full_quarters_have_the_rule_of_the_year() -> None:
    services = [
        TimedService("97535", 10, clinician="together"),
        TimedService("97535", 10),
        TimedService("97535", 20, clinician="assistant"),
    ]
    policy = MEDICARE.on("2021-03-02").with_changes(assistant_arithmetic=AssistantArithmetic.SIMPLE)
    assert of_assistants(build_claim(Session("2021-03-02", "OT", services), policy)) == [
        (
            "assistant-together",
            "97535: the 10 minutes of treatment together count as the therapist's.",
        ),
        (
            "assistant-whole-units",
            (
                "97535: the therapist treated for 20 minutes, the assistant for 20 minutes. Full quarters make 1 unit for the therapist and 1 unit for the assistant."
            ),
        ),
        (
            "assistant-units-2020",
            "97535: full quarters leave 1 unit to assign, 1 with CO. Result: 2 units with CO and 1 without.",
        ),
        (
            "assistant-simple-method",
            "97535: this rule says how the assistant's minutes are compared with 10 % of the total minutes.",
        ),
    ]


@pytest.mark.parametrize(
    ("services", "outcome"),
    [
        (
            [UntimedService("97150", 18), UntimedService("97150", 2, clinician="assistant")],
            "97150: the therapist treated for 18 minutes, the assistant for 2 minutes. Result: 0 units with CQ and 1 without.",
        ),
        (
            [UntimedService("97150", clinician="assistant")],
            "97150: the minutes were not documented. Result: 1 unit with CQ and 0 without.",
        ),
    ],
)
def test_an_untimed_code_is_explained_as_one_service(
    services: list[UntimedService], outcome: str
) -> None:
    claim = build_claim(Session(DAY, "PT", services), MEDICARE)
    assert of_assistants(claim)[0] == ("assistant-untimed", outcome)
    assert [rule for rule, _ in of_assistants(claim)] == ["assistant-untimed", "assistant-exact"]


def test_a_family_with_other_periods_is_explained_as_one_service() -> None:
    services = [TimedService("97550", 53), TimedService("97550", 7, clinician="assistant")]
    claim = build_claim(Session(DAY, "PT", services), MEDICARE)
    assert of_assistants(claim) == [
        (
            "assistant-other-periods",
            "97550: the therapist treated for 53 minutes, the assistant for 7 minutes. Result: 3 units with CQ and 0 without.",
        ),
        (
            "assistant-exact",
            "97550: this rule says how the assistant's minutes are compared with 10 % of the total minutes.",
        ),
    ]


def test_a_day_is_explained_line_by_line_from_minutes_to_cents() -> None:
    treated = [
        Session(
            DAY,
            "PT",
            [
                TimedService("97110", 12),
                TimedService("97110", 14, clinician="assistant"),
                UntimedService("97161", 20),
                UntimedService("97010"),
            ],
        ),
        Session(DAY, "OT", [TimedService("97530", 23)]),
    ]
    year = Accumulators(2026, "263.00", "2940.00", "100.00")
    day = bill_day(treated, MEDICARE, OHIO, year, attestations=["KX"])
    (claim,) = day.claims
    steps = explain(day).steps
    before = len(explain(claim).steps)
    assert steps[:before] == explain(claim).steps
    money = [(step.rule.id, step.outcome) for step in steps[before:]]
    release = "RVUs from RVU26C x $33.4009"
    note = (
        "January to June 2026 is priced with the July 2026 file; the January and April files are "
        "not in the library's data"
    )
    exercise = "0.45 work x 1.000 + 0.41 practice expense x 0.913"
    malpractice = "0.01 malpractice x 1.008"
    activities = "0.44 work x 1.000 + 0.60 practice expense x 0.913"
    evaluation = "1.54 work x 1.000 + 1.38 practice expense x 0.913"
    assert money == [
        (
            "medicare-locality-amount",
            f"97110 GP KX: one unit is $27.87: ({exercise} + {malpractice}) {release}; {note}.",
        ),
        (
            "mppr-reduction",
            (
                f"97110 GP KX: 1 unit at the reduced amount of $21.62: ({exercise} x 0.50 + {malpractice}) {release}; {note}. "
                "This takes $6.25 off the line."
            ),
        ),
        (
            "coinsurance",
            "97110 GP KX: the patient owes $4.32 of the $21.62 allowed, including $4.32 of coinsurance.",
        ),
        (
            "sequestration",
            "97110 GP KX: sequestration takes 2 % of what Medicare would pay, $0.35. Medicare pays $16.95.",
        ),
        (
            "medicare-locality-amount",
            f"97110 GP CQ KX: one unit is $27.87: ({exercise} + {malpractice}) {release}; {note}.",
        ),
        (
            "mppr-reduction",
            (
                f"97110 GP CQ KX: 1 unit at the reduced amount of $21.62: ({exercise} x 0.50 + {malpractice}) {release}; "
                f"{note}. This takes $6.25 off the line."
            ),
        ),
        (
            "coinsurance",
            "97110 GP CQ KX: the patient owes $4.32 of the $21.62 allowed, including $4.32 of coinsurance.",
        ),
        (
            "assistant-payment",
            "97110 GP CQ KX: an assistant treated, so Medicare pays 85 % of its share, $2.59 less.",
        ),
        (
            "sequestration",
            "97110 GP CQ KX: sequestration takes 2 % of what Medicare would pay, $0.29. Medicare pays $14.42.",
        ),
        (
            "medicare-locality-amount",
            f"97161 GP KX: one unit is $93.86: ({evaluation} + {malpractice}) {release}; {note}.",
        ),
        (
            "mppr-full-unit",
            (
                "97161 GP KX: 1 unit is paid in full ($93.86), because its practice expense of 1.38 is the highest of "
                "the day."
            ),
        ),
        (
            "part-b-deductible",
            "97161 GP KX: $20.00 of the $93.86 allowed goes toward the deductible of $283.00.",
        ),
        (
            "coinsurance",
            "97161 GP KX: the patient owes $34.77 of the $93.86 allowed, including $14.77 of coinsurance.",
        ),
        (
            "sequestration",
            "97161 GP KX: sequestration takes 2 % of what Medicare would pay, $1.18. Medicare pays $57.91.",
        ),
        (
            "medicare-locality-amount",
            f"97530 GO: one unit is $33.33: ({activities} + {malpractice}) {release}; {note}.",
        ),
        (
            "mppr-reduction",
            (
                f"97530 GO: 2 units at the reduced amount of $24.18: ({activities} x 0.50 + {malpractice}) {release}; {note}. "
                "This takes $18.30 off the line."
            ),
        ),
        (
            "coinsurance",
            "97530 GO: the patient owes $9.67 of the $48.36 allowed, including $9.67 of coinsurance.",
        ),
        (
            "sequestration",
            "97530 GO: sequestration takes 2 % of what Medicare would pay, $0.77. Medicare pays $37.92.",
        ),
        (
            "kx-threshold",
            (
                "PT and SLP: $2940.00 allowed this year before this day and $3077.10 after it; the threshold is $2480.00. KX: 97110 "
                "(applied), 97110 (applied), 97161 (applied), 97010 (applied)."
            ),
        ),
        (
            "medical-review-threshold",
            "PT and SLP: $3077.10 is above the medical review threshold of $3000.00.",
        ),
        (
            "kx-threshold",
            "OT: $100.00 allowed this year before this day and $148.36 after it; the threshold is $2480.00.",
        ),
    ]


def test_every_money_step_cites_its_figures() -> None:
    year = Accumulators(2026, "282.00", "2999.00")
    day = price_day(a_claim(("97110", 2, "GP CQ")), MEDICARE, OHIO, year)
    terms, price = day.terms, day.lines[0].price
    assert terms is not None
    assert price is not None
    kx = terms.kx_threshold
    assert kx is not None
    assert [(step.rule.id, step.figures) for step in explain(day).steps] == [
        ("medicare-locality-amount", price.sources),
        ("mppr-full-unit", ()),
        ("mppr-reduction", price.sources[-1:]),
        ("part-b-deductible", (terms.deductible.source,)),
        ("coinsurance", (terms.coinsurance.source,)),
        ("assistant-payment", (terms.assistant_payment.source,)),
        ("sequestration", (terms.sequestration.source,)),
        ("kx-threshold", (kx.source,)),
        ("medical-review-threshold", (terms.medical_review_threshold.source,)),
    ]
    assert all(step.sources for step in explain(day).steps)


def test_a_line_of_several_units_shows_the_full_unit_and_the_reduced_ones() -> None:
    outcomes = dict(of_money(price_day(a_claim(("97530", 3, "GP")), MEDICARE, OHIO)))
    assert outcomes["mppr-full-unit"] == (
        "97530 GP: 1 unit is paid in full ($33.33), because its practice expense of 0.60 is the highest of the day."
    )
    assert outcomes["mppr-reduction"].startswith(
        "97530 GP: 2 units at the reduced amount of $24.18: "
    )
    assert outcomes["mppr-reduction"].endswith(". This takes $18.30 off the line.")


def test_a_line_outside_mppr_has_no_reduction_step() -> None:
    day = price_day(a_claim(("97129", 1, "GN"), ("97530", 1, "GN")), MEDICARE, OHIO)
    rules = [rule for rule, _ in of_money(day)]
    assert rules == [
        "medicare-locality-amount",
        "coinsurance",
        "sequestration",
        "medicare-locality-amount",
        "mppr-full-unit",
        "coinsurance",
        "sequestration",
    ]


def test_a_flat_rate_has_no_medicare_share_steps() -> None:
    assert of_money(price_day(a_claim(("97530", 2, "")), CPT_MIDPOINT, RATES)) == [
        ("flat-rate", "97530: one unit is $40.00: flat rate $40.00.")
    ]


def test_a_line_without_a_price_has_no_step() -> None:
    assert of_money(price_day(a_claim(("97010", 1, "GP")), MEDICARE, OHIO)) == []


def test_a_charge_below_the_rate_has_a_step() -> None:
    day = price_day(a_claim(("97530", 2, "GP", "70.00")), MEDICARE, RATES)
    assert of_money(day)[1] == (
        "lesser-of-charge",
        "97530 GP x2: the unit amounts are $40.00 + $40.00; $70.00 is allowed.",
    )
    day = price_day(a_claim(("97530", 2, "GP", "80.00")), MEDICARE, RATES)
    assert [rule for rule, _ in of_money(day)] == ["flat-rate", "coinsurance", "sequestration"]


def test_a_contract_is_explained_by_the_terms_that_set_the_amount() -> None:
    lines = a_claim(("97530", 2, "", "50.00"), ("97110", 1, "", "20.00"))
    visits = FeeSchedule.from_contract(Contract("Visits", per_visit=90))
    assert of_money(price_day(lines, CPT_MIDPOINT, visits)) == [
        ("per-visit-rate", "97530 x2: the units have no amounts of their own; $60.00 is allowed."),
        ("per-visit-rate", "97110 x1: the units have no amounts of their own; $30.00 is allowed."),
    ]
    rates = {"97530": 40, "97110": 30}
    limited = FeeSchedule.from_contract(Contract("PPO", rates=rates, per_day_maximum=55))
    assert of_money(price_day(lines, CPT_MIDPOINT, limited)) == [
        ("flat-rate", "97530: one unit is $40.00: flat rate $40.00."),
        ("per-day-maximum", "97530 x2: the unit amounts are $40.00 + $40.00; $40.00 is allowed."),
        ("flat-rate", "97110: one unit is $30.00: flat rate $30.00."),
        ("per-day-maximum", "97110 x1: the unit amount is $30.00; $15.00 is allowed."),
    ]
    percent = FeeSchedule.from_contract(Contract("PPO", percent_of_medicare=110, mppr=True), OHIO)
    day = price_day(a_claim(("97530", 2, "GP")), CPT_MIDPOINT, percent)
    assert [rule for rule, _ in of_money(day)] == [
        "percent-of-medicare",
        "mppr-full-unit",
        "mppr-reduction",
    ]


def test_a_charge_under_a_daily_maximum_has_both_steps() -> None:
    terms = Contract("PPO", rates={"97530": 60}, per_day_maximum=30, lesser_of_charge=True)
    fees = FeeSchedule.from_contract(terms)
    day = price_day(a_claim(("97530", 1, "", "40.00")), CPT_MIDPOINT, fees)
    assert [rule for rule, _ in of_money(day)] == [
        "flat-rate",
        "lesser-of-charge",
        "per-day-maximum",
    ]


def test_a_per_visit_rate_under_a_daily_maximum_has_both_steps() -> None:
    terms = Contract("Visits", per_visit=95, per_day_maximum=90)
    fees = FeeSchedule.from_contract(terms)
    day = price_day(a_claim(("97530", 1, "")), CPT_MIDPOINT, fees)
    assert [rule for rule, _ in of_money(day)] == ["per-visit-rate", "per-day-maximum"]


def test_a_policys_daily_limit_is_named_with_a_per_visit_rate() -> None:
    policy = CPT_MIDPOINT.on(DAY).with_changes(amount_per_day="80")
    fees = FeeSchedule.from_contract(Contract("Visits", per_visit=95, lesser_of_charge=True))
    for charge, rule in (
        ("85.00", "per-day-maximum"),
        ("70.00", "lesser-of-charge"),
        (None, "per-day-maximum"),
    ):
        day = price_day(a_claim(("97530", 1, "", charge)), policy, fees)
        assert [each for each, _ in of_money(day)] == ["per-visit-rate", rule]


def test_a_nonparticipating_amount_has_its_own_rule() -> None:
    fees = FeeSchedule.medicare(DAY, participating=False)
    day = price_day(a_claim(("97530", 1, "GP")), MEDICARE, fees)
    assert "nonparticipating-amount" in [rule for rule, _ in of_money(day)]


@pytest.mark.parametrize(("day", "expected"), [("2021-12-31", False), ("2022-01-01", True)])
def test_a_step_cites_no_rule_that_was_not_in_force(day: str, expected: object) -> None:
    priced = price_day(a_claim(("97110", 1, "GP CQ"), day=day), MEDICARE, RATES)
    steps = explain(priced).steps
    assert ("assistant-payment" in [step.rule.id for step in steps]) is expected
    for step in steps:
        effective = step.rule.effective_from
        assert effective is None or effective <= priced.date_of_service


def test_a_payer_with_only_the_threshold_has_its_step() -> None:
    policy = Policy(UnitMethod.CMS_EIGHT_MINUTE).with_changes(kx=True)
    day = price_day(a_claim(("97110", 1, "GP")), policy, RATES, Accumulators(2026, 0, 2480))
    assert of_money(day)[-1] == (
        "kx-threshold",
        "PT and SLP: $2480.00 allowed this year before this day and $2510.00 after it; the threshold is $2480.00. KX: 97110 (suggested).",
    )


def test_the_full_unit_is_named_even_if_a_reduced_unit_has_the_same_amount() -> None:
    # MPPR reduces nothing if the practice expense is zero.
    rows = {
        "97110": rvu("97110", practice_expense=Decimal("0.00")),
        "97161": rvu("97161"),
    }
    fees = FeeSchedule.from_cms_files(attrs.evolve(rvu_file(2026), rvus=rows))
    policy = CPT_MIDPOINT.on("2026-03-02").with_changes(mppr=True)
    day = price_day(a_claim(("97110", 1, "GP"), ("97161", 1, "GP")), policy, fees)
    full = [outcome for rule, outcome in of_money(day) if rule == "mppr-full-unit"]
    assert [outcome.partition(":")[0] for outcome in full] == ["97161 GP"]


def test_a_line_without_a_plan_of_care_is_in_no_threshold_step() -> None:
    lines = a_claim(("97110", 1, ""), ("97530", 1, "GP"), ("97530", 1, "GO KX"))
    day = price_day(lines, MEDICARE, RATES, Accumulators(2026, 283, 2480))
    assert [outcome for rule, outcome in of_money(day) if rule == "kx-threshold"] == [
        "PT and SLP: $2480.00 allowed this year before this day and $2520.00 after it; the threshold is $2480.00. KX: 97530 (suggested).",
        "OT: $0.00 allowed this year before this day and $40.00 after it; the threshold is $2480.00. KX: 97530 (applied).",
    ]


class TestFurnishers:
    ASSISTED = Session(DAY, "PT", [TimedService("97110", 15, clinician="assistant")])

    def test_the_payers_share_is_a_step(self) -> None:
        steps = of_money(bill_day(self.ASSISTED, PAYERS["humana"], RATES))
        assert steps[-2:] == [
            ("flat-rate", "97110 GP CQ: one unit is $30.00: flat rate $30.00."),
            (
                "furnisher-share",
                "97110 GP CQ: the payer allows 85 % of its amount, because of who furnished it: $30.00 before.",
            ),
        ]

    def test_an_unknown_share_is_a_step(self) -> None:
        steps = of_money(bill_day(self.ASSISTED, PAYERS["unitedhealthcare"], RATES))
        assert steps[-1] == (
            "furnisher-share",
            "97110 GP CQ: what the payer pays for 97110 furnished by an assistant is not known: set assistant_percent in its policy.",
        )

    @pytest.mark.parametrize(
        ("clinician", "discipline", "rule", "outcome"),
        [
            (
                "assistant",
                "SLP",
                "assistant-scope",
                "the payer does not pay for a service by an SLP assistant",
            ),
            ("aide", "PT", "furnisher-scope", "the payer does not pay for a service by an aide"),
        ],
    )
    def test_a_service_that_makes_no_unit_is_a_step(
        self, clinician: str, discipline: str, rule: str, outcome: str
    ) -> None:
        service = TimedService("97530", 30, clinician=clinician)
        counted = allocate_units(Session(DAY, discipline, [service]), MEDICARE)
        (step,) = (each for each in explain(counted).steps if each.rule.id == rule)
        assert step.outcome.endswith(f": {outcome}.")
        (unbilled,) = counted.unbilled
        assert unbilled.rule is not None
        assert step.figures == (unbilled.rule.source,)

    def test_without_a_source_the_step_says_so(self) -> None:
        service = TimedService("97530", 30, clinician="aide")
        counted = allocate_units(Session(DAY, "PT", [service]), CPT_MIDPOINT)
        (step,) = (each for each in explain(counted).steps if each.rule.id == "furnisher-scope")
        assert step.outcome == (
            "30 minutes of 97530 by an aide make no unit: no source says that the payer pays for a service by an aide."
        )
        assert step.figures == ()


def test_several_claims_are_explained_in_order() -> None:
    claims = [
        build_claim(Session(DAY, discipline, [TimedService("97530", 15)]), MEDICARE)
        for discipline in ("PT", "OT")
    ]
    day = price_day(claims, MEDICARE, RATES)
    steps = explain(day).steps
    assert steps[:8] == explain(claims[0]).steps + explain(claims[1]).steps


def test_no_step_repeats_activity_or_body_region() -> None:
    services = [
        TimedService("97530", 23, body_region="Rosa's knee", activity="walks with Rosa"),
        TimedService("97530", 14, clinician="assistant", activity="walks with Rosa"),
    ]
    day = bill_day(Session(DAY, "PT", services), MEDICARE, OHIO, Accumulators(2026))
    explanation = explain(day)
    for shown in (
        str(explanation),
        repr(explanation),
        str(explanation.to_dict()),
        explanation._repr_html_(),
    ):
        assert "Rosa" not in shown
        assert "knee" not in shown


class TestCodeTerms:
    def test_the_payers_own_unit_comes_before_the_count(self) -> None:
        policy = Policy(UnitMethod.CMS_EIGHT_MINUTE).with_changes(
            code_terms=[
                {"codes": "92507", "unit_minutes": 15},
                {"codes": "97161", "unit_minutes": 30, "minimum_minutes": 16},
            ]
        )
        visit = Session(DAY, "SLP", [UntimedService("92507", 23), UntimedService("97161", 46)])
        assert steps_of(visit, policy) == [
            ("pooled-day", "SLP: 69 timed minutes in one session (92507 23, 97161 46)."),
            ("code-terms", "92507: this payer counts units of 15 minutes, in the day's total."),
            (
                "code-terms",
                "97161: this payer counts units of 30 minutes, by itself; 16 minutes of a partial unit are enough.",
            ),
            (
                "code-terms",
                "97161: full periods of 30 minutes make 1 unit; 16 leftover minutes make 1 more unit.",
            ),
            ("cms-eight-minute", "23 minutes make 2 units; 2 units cover 23 to 37 minutes."),
            ("cms-whole-quarters", "Full quarters make 1 unit: 92507 x1 (8 minutes left)."),
            (
                "cms-most-minutes",
                "1 unit is left; it goes to the code with the most leftover minutes: 92507 (8 minutes).",
            ),
        ]

    def test_an_assistants_units_of_such_a_code_are_split_by_its_period(self) -> None:
        policy = MEDICARE.on(DAY).with_changes(
            code_terms=[{"codes": "97012", "unit_minutes": 30, "minimum_minutes": 16}]
        )
        visit = Session(
            DAY,
            "PT",
            [UntimedService("97012", 30), UntimedService("97012", 30, clinician="assistant")],
        )
        rules = [step.rule.id for step in explain(build_claim(visit, policy)).steps]
        assert "assistant-other-periods" in rules
        quarters = MEDICARE.on(DAY).with_changes(
            code_terms=[{"codes": "97012", "unit_minutes": 15}]
        )
        rules = [step.rule.id for step in explain(build_claim(visit, quarters)).steps]
        assert "assistant-whole-units" in rules


def test_a_result_with_the_rule_of_another_version_is_refused() -> None:
    session = Session.from_minutes({"97110": 30}, date_of_service=DAY, discipline="PT")
    priced = bill_day(session, MEDICARE, FeeSchedule.medicare(DAY))
    (line,) = priced.lines
    assert line.price is not None
    stored = attrs.evolve(line, price=attrs.evolve(line.price, rule="a-rule-of-next-year"))
    changed = attrs.evolve(priced, lines=(stored,))
    assert refusal(InvalidInputError, lambda: explain(changed)) == (
        "the result has the id of a rule that is not in this version of the library"
    )
