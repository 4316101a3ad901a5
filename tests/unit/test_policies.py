"""Policies and payers: what they hold, by day, and what they refuse."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from functools import partial
from typing import Any, cast

import attrs
import pytest

from tests.refusals import refusal
from therapy_billing import (
    AssistantArithmetic,
    AssistantRule,
    FirstPeriod,
    InvalidInputError,
    NotPublishedError,
    Payer,
    Policy,
    TiePolicy,
    Timeline,
    UnitMethod,
)

NAME: Any = "Rosa Invented"
METHOD_NAME: Any = "cms-eight-minute"
NOTHING: Any = None
METHODS = (
    "UnitMethod.CMS_EIGHT_MINUTE, UnitMethod.CPT_MIDPOINT, UnitMethod.STARTED_QUARTER, "
    "UnitMethod.FULL_QUARTER"
)
TIES = "TiePolicy.DOCUMENTED_ORDER, TiePolicy.PREFERRED_CODES, TiePolicy.HIGHEST_FEE"
MIDPOINT = Policy(UnitMethod.CPT_MIDPOINT)


def policy(**values: Any) -> Policy:  # noqa: ANN401 - wrong types are what is tested
    """Return a policy with *values*."""
    return Policy(UnitMethod.CMS_EIGHT_MINUTE, **values)


def day(text: str) -> datetime.date:
    """Return the day that *text* writes."""
    return datetime.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("method", "minutes"),
    [
        (UnitMethod.CMS_EIGHT_MINUTE, 8),
        (UnitMethod.CPT_MIDPOINT, 8),
        (UnitMethod.STARTED_QUARTER, 1),
        (UnitMethod.FULL_QUARTER, 15),
    ],
)
def test_a_method_has_its_own_fewest_minutes_of_a_partial_quarter(
    method: UnitMethod, minutes: int
) -> None:
    assert Policy(method).minimum_minutes is None
    assert Policy(method).partial_minutes == minutes
    assert Policy(method, minimum_minutes=15).partial_minutes == 15


def test_a_policy_takes_documented_order_full_periods_and_no_cap_unless_told() -> None:
    plain = Policy(UnitMethod.CMS_EIGHT_MINUTE)
    assert plain == Policy(
        method=UnitMethod.CMS_EIGHT_MINUTE,
        minimum_minutes=None,
        first_period=FirstPeriod.FULL,
        tie_policy=TiePolicy.DOCUMENTED_ORDER,
        preferred_codes=(),
        cap_per_code=None,
        cap_per_session=None,
        cap_per_day=None,
        medicare_codes=False,
        assistants=AssistantRule.NONE,
        assistant_arithmetic=AssistantArithmetic.EXACT,
        mppr=False,
        cost_sharing=False,
        kx=False,
    )
    assert plain.capped is False


@pytest.mark.parametrize("minutes", [1, 8, 15])
def test_the_fewest_minutes_are_from_1_to_15(minutes: int) -> None:
    assert policy(minimum_minutes=minutes).partial_minutes == minutes


@pytest.mark.parametrize(
    ("minutes", "shown"),
    [
        (0, "0"),
        (16, "16"),
        (-8, "-8"),
        (True, "True"),
        (8.0, "8.0"),
        ("8", "'8'"),
        (NAME, "a text of 13 characters"),
    ],
)
def test_other_fewest_minutes_are_refused(minutes: object, shown: str) -> None:
    assert refusal(InvalidInputError, lambda: policy(minimum_minutes=minutes)) == (
        f"minimum_minutes is a whole number from 1 to 15, not {shown}"
    )


@pytest.mark.parametrize("minutes", [1, 8, 14])
def test_a_full_quarter_has_fifteen_minutes_and_no_fewer(minutes: int) -> None:
    assert refusal(
        InvalidInputError, lambda: Policy(UnitMethod.FULL_QUARTER, minimum_minutes=minutes)
    ) == (f"a full quarter has 15 minutes: minimum_minutes cannot be {minutes}")
    assert Policy(UnitMethod.FULL_QUARTER, minimum_minutes=15).partial_minutes == 15


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            partial(Policy, METHOD_NAME),
            f"method is one of {METHODS}, not a text of 16 characters",
        ),
        (partial(Policy, NAME), f"method is one of {METHODS}, not a text of 13 characters"),
        (partial(Policy, NOTHING), f"method is one of {METHODS}, not a NoneType"),
        (
            partial(policy, first_period="full"),
            (
                "first_period is one of FirstPeriod.FULL, FirstPeriod.MIDPOINT, "
                "not a text of 4 characters"
            ),
        ),
        (
            partial(policy, tie_policy=NAME),
            f"tie_policy is one of {TIES}, not a text of 13 characters",
        ),
        (
            partial(policy, tie_policy=FirstPeriod.FULL),
            f"tie_policy is one of {TIES}, not 'full'",
        ),
        (
            partial(policy, assistants="assistant-units-2022"),
            (
                "assistants is one of AssistantRule.NONE, AssistantRule.UNITS_2020, "
                "AssistantRule.UNITS_2022, not a text of 20 characters"
            ),
        ),
        (
            partial(policy, assistants=True),
            (
                "assistants is one of AssistantRule.NONE, AssistantRule.UNITS_2020, "
                "AssistantRule.UNITS_2022, not True"
            ),
        ),
        (
            partial(policy, assistant_arithmetic=NAME),
            (
                "assistant_arithmetic is one of AssistantArithmetic.EXACT, "
                "AssistantArithmetic.SIMPLE, AssistantArithmetic.PERCENTAGE, "
                "not a text of 13 characters"
            ),
        ),
    ],
)
def test_a_choice_by_anything_but_its_enum_is_refused(
    call: Callable[[], object], message: str
) -> None:
    assert refusal(InvalidInputError, call) == message


@pytest.mark.parametrize("cap", ["cap_per_code", "cap_per_session", "cap_per_day"])
class TestCaps:
    @pytest.mark.parametrize("units", [0, 1, 96])
    def test_a_cap_is_a_whole_number_of_units(self, cap: str, units: int) -> None:
        capped = policy(**{cap: units})
        assert getattr(capped, cap) == units
        assert capped.capped is True

    def test_no_cap_is_none(self, cap: str) -> None:
        assert getattr(policy(**{cap: None}), cap) is None
        assert policy(**{cap: None}).capped is False

    @pytest.mark.parametrize(("units", "shown"), [(-1, "-1"), (True, "True"), (False, "False")])
    def test_a_cap_below_zero_or_a_flag_is_refused(
        self, cap: str, units: object, shown: str
    ) -> None:
        assert refusal(InvalidInputError, partial(policy, **{cap: units})) == (
            f"{cap} is a whole number of units, not {shown}"
        )

    @pytest.mark.parametrize(
        ("units", "shown"),
        [(2.5, "2.5"), ("4", "'4'"), (NAME, "a text of 13 characters")],
    )
    def test_a_cap_of_another_type_is_refused(self, cap: str, units: object, shown: str) -> None:
        assert shown in refusal(InvalidInputError, partial(policy, **{cap: units}))


class TestCapsOfCodes:
    def test_caps_of_single_codes_are_kept_in_order_and_hashable(self) -> None:
        mapped = policy(cap_per_code={" g0283 ": 1, "97530": 4})
        assert mapped.cap_per_code == (("G0283", 1), ("97530", 4))
        assert mapped == policy(cap_per_code=[("G0283", 1), ("97530", 4)])
        assert hash(mapped) == hash(policy(cap_per_code=(("G0283", 1), ("97530", 4))))

    def test_a_changed_copy_keeps_them(self) -> None:
        mapped = policy(cap_per_code={"97530": 4})
        changed = attrs.evolve(mapped, cap_per_day=2)
        assert (changed.cap_per_code, changed.cap_per_day) == ((("97530", 4),), 2)

    def test_an_empty_mapping_caps_nothing(self) -> None:
        assert policy(cap_per_code={}).cap_per_code == ()

    @pytest.mark.parametrize(
        ("cap", "shown"),
        [
            (-1, "-1"),
            (True, "True"),
            (1.5, "1.5"),
            (NAME, "a text of 13 characters"),
            (None, "a NoneType"),
        ],
    )
    def test_a_cap_of_a_code_that_is_no_number_is_refused(self, cap: object, shown: str) -> None:
        assert refusal(InvalidInputError, lambda: policy(cap_per_code={"97530": cap})) == (
            f"cap_per_code is a whole number of units, not {shown}"
        )

    def test_a_cap_of_what_is_no_code_is_refused(self) -> None:
        assert refusal(InvalidInputError, lambda: policy(cap_per_code={NAME: 4})) == (
            "a code is a text of five characters such as '97530' or 'G0283', "
            "not a text of 13 characters"
        )


def test_preferred_codes_are_read_as_codes() -> None:
    assert policy(preferred_codes=[" g0237 ", "97530"]).preferred_codes == ("G0237", "97530")
    assert refusal(InvalidInputError, lambda: policy(preferred_codes=[NAME])) == (
        "a code is a text of five characters such as '97530' or 'G0283', "
        "not a text of 13 characters"
    )
    assert refusal(InvalidInputError, lambda: policy(preferred_codes="97530")) == (
        "a code is a text of five characters such as '97530' or 'G0283', not '9'"
    )


def test_a_changed_copy_is_checked_again() -> None:
    assert attrs.evolve(MIDPOINT, cap_per_day=4).cap_per_day == 4
    assert refusal(InvalidInputError, lambda: attrs.evolve(MIDPOINT, cap_per_day=-1)) == (
        "cap_per_day is a whole number of units, not -1"
    )
    eight = attrs.evolve(MIDPOINT, minimum_minutes=8)
    assert refusal(
        InvalidInputError, lambda: attrs.evolve(eight, method=UnitMethod.FULL_QUARTER)
    ) == ("a full quarter has 15 minutes: minimum_minutes cannot be 8")


class TestPayer:
    def test_a_payer_with_one_policy_has_it_without_a_day(self) -> None:
        payer = Payer(
            "plan", Timeline("the policy", ((day("2020-01-01"), MIDPOINT),), day("2020-12-31"))
        )
        assert payer.on(None) is MIDPOINT
        assert payer.on(day("2020-01-01")) is MIDPOINT
        assert payer.on("12/31/2020") is MIDPOINT
        message = "the policy is known from 2020-01-01 through 2020-12-31, not on "
        for outside in ("2019-12-31", "2021-01-01"):
            assert refusal(NotPublishedError, partial(payer.on, day(outside))) == message + outside

    def test_a_payer_that_changed_is_asked_with_a_day(self) -> None:
        payer = Payer(
            "plan",
            Timeline(
                "the policy", ((None, MIDPOINT), (day("2020-07-01"), policy())), day("2020-12-31")
            ),
        )
        assert payer.on(day("2020-06-30")) is MIDPOINT
        assert payer.on(day("2020-07-01")) == policy()
        assert refusal(InvalidInputError, lambda: payer.on(None)) == (
            "plan has changed its policy over time: give date_of_service"
        )

    @pytest.mark.parametrize(
        "money",
        [
            {"assistants": AssistantRule.UNITS_2020},
            {"assistant_arithmetic": AssistantArithmetic.SIMPLE},
            {"mppr": True},
            {"cost_sharing": True},
            {"kx": True},
        ],
        ids=str,
    )
    def test_a_payer_that_changed_only_modifiers_and_money_is_asked_without_a_day(
        self, money: dict[str, Any]
    ) -> None:
        old, new = MIDPOINT, attrs.evolve(MIDPOINT, **money)
        payer = Payer(
            "plan",
            Timeline("the policy", ((None, old), (day("2020-07-01"), new)), day("2020-12-31")),
        )
        assert payer.on(None) is new
        assert payer.on("2020-06-30") is old

    @pytest.mark.parametrize(
        "units",
        [
            {"minimum_minutes": 9},
            {"first_period": FirstPeriod.MIDPOINT},
            {"tie_policy": TiePolicy.HIGHEST_FEE},
            {"preferred_codes": ("97530",)},
            {"cap_per_code": 4},
            {"cap_per_session": 4},
            {"cap_per_day": 4},
            {"medicare_codes": True},
        ],
        ids=str,
    )
    def test_a_payer_that_changed_how_units_are_counted_is_asked_with_a_day(
        self, units: dict[str, Any]
    ) -> None:
        changed = attrs.evolve(MIDPOINT, **units)
        # Also where it came back to what it was.
        for entries in (
            ((None, MIDPOINT), (day("2020-07-01"), changed)),
            ((None, MIDPOINT), (day("2020-07-01"), changed), (day("2020-08-01"), MIDPOINT)),
        ):
            payer = Payer("plan", Timeline("the policy", entries, day("2020-12-31")))
            assert refusal(InvalidInputError, partial(payer.on, None)) == (
                "plan has changed its policy over time: give date_of_service"
            )

    def test_a_name_in_place_of_the_day_is_not_shown(self) -> None:
        payer = Payer("plan", Timeline("the policy", ((None, MIDPOINT),), day("2020-12-31")))
        assert refusal(InvalidInputError, lambda: payer.on(NAME)) == (
            "date_of_service is a day such as 2026-03-02 or 3/2/2026 (month first), "
            "not a text of 13 characters"
        )


@pytest.mark.parametrize("caps", [["97530"], [5], [("97530", 1, 2)], [("97530",)]])
def test_caps_of_codes_that_are_no_pairs_are_refused(caps: object) -> None:
    assert refusal(
        InvalidInputError, lambda: Policy(UnitMethod.CPT_MIDPOINT, cap_per_code=cast("Any", caps))
    ) == ("cap_per_code is a number of units, or a mapping of codes to numbers")
