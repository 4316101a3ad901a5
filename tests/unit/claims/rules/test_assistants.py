"""CQ and CO: which units of a code carry the modifier, with both sides of each boundary."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from decimal import ROUND_DOWN, Context, Decimal, localcontext
from typing import Any, TypedDict, cast

import pytest

from tests.money_oracle import assistant_units_2020, assistant_units_2022
from tests.paths import EXAMPLE_FILES
from therapy_billing import MEDICARE, Session, TimedService, build_claim
from therapy_billing.claims.rules.assistants import (
    AssistantUnits,
    exceeds,
    exceeds_by_percentage,
    exceeds_by_simple_method,
    split_units_2020,
    split_units_2022,
)
from therapy_billing.law import Verification

EXAMPLES_FILE = EXAMPLE_FILES / "assistants.toml"
VERIFIED_WORDS = {member.value for member in Verification}
TENTH = Decimal("0.10")


class Example(TypedDict):
    """The minutes of a day, and the units that carry the modifier."""

    id: str
    services: dict[str, tuple[int, int]]
    total_units: int
    outcomes: list[dict[str, list[int]]]
    minutes: str
    source: dict[str, str]
    verified: str


class Trigger(TypedDict):
    """The fewest assistant minutes that add the modifier to a service."""

    id: str
    total_minutes: int
    simple: int
    exact: int
    source: dict[str, str]
    verified: str


DOCUMENT: dict[str, Any] = tomllib.loads(EXAMPLES_FILE.read_text(encoding="utf-8"))
EXAMPLES = cast("list[Example]", DOCUMENT["example"])
TRIGGERS = cast("list[Trigger]", DOCUMENT["trigger"])
by_example = pytest.mark.parametrize("example", EXAMPLES, ids=[each["id"] for each in EXAMPLES])
by_trigger = pytest.mark.parametrize("trigger", TRIGGERS, ids=[each["id"] for each in TRIGGERS])


def more_than_a_tenth(assistant: int, total: int) -> bool:
    """Return whether the assistant has more than 10 %, without rounding."""
    return exceeds(assistant, total, de_minimis=TENTH)


def split_2022(therapist: int, assistant: int, units: int) -> AssistantUnits:
    """Split 15-minute units by the rule since 2022."""
    return split_units_2022(
        therapist,
        assistant,
        units,
        unit_minutes=15,
        fewest_minutes=8,
        exceeds=more_than_a_tenth,
    )


def split_2020(therapist: int, assistant: int, units: int) -> AssistantUnits:
    """Split 15-minute units by the rule of 2020."""
    return split_units_2020(therapist, assistant, units, unit_minutes=15, exceeds=more_than_a_tenth)


def by_modifier(split: AssistantUnits) -> tuple[int, int]:
    """Return the units without the modifier, and the units with it."""
    return split.units_without, split.units_with


class TestTheWorkedExamples:
    @by_example
    def test_the_units_of_an_example_are_split_as_its_source_says(self, example: Example) -> None:
        for outcome in example["outcomes"]:
            for code, (therapist, assistant) in example["services"].items():
                split = split_2022(therapist, assistant, sum(outcome[code]))
                assert list(by_modifier(split)) == outcome[code]

    @by_example
    def test_the_claim_of_an_example_is_one_of_its_outcomes(self, example: Example) -> None:
        services = [
            TimedService(code, minutes, clinician=clinician)
            for code, (therapist, assistant) in example["services"].items()
            for minutes, clinician in ((therapist, "therapist"), (assistant, "assistant"))
        ]
        claim = build_claim(Session("2026-03-02", "PT", services), MEDICARE)
        found = {
            code: [
                sum(
                    each.units
                    for each in claim.lines
                    if (each.code, each.assistant) == (code, with_it)
                )
                for with_it in (False, True)
            ]
            for code in example["services"]
        }
        assert found in example["outcomes"]

    @by_example
    def test_an_example_adds_up_and_names_its_source(self, example: Example) -> None:
        minutes = sum(map(sum, example["services"].values()))
        assert (minutes + 7) // 15 == example["total_units"]
        for outcome in example["outcomes"]:
            assert outcome.keys() == example["services"].keys()
            assert sum(map(sum, outcome.values())) == example["total_units"]
        assert example["source"]["title"].strip()
        assert example["verified"] in VERIFIED_WORDS
        assert example["minutes"] in {"given", "chosen"}

    def test_no_example_is_repeated(self) -> None:
        ids = [example["id"] for example in EXAMPLES] + [trigger["id"] for trigger in TRIGGERS]
        assert len(set(ids)) == len(ids)
        wanted = {"CQ-1", "CQ-2", "CQ-4", "CQ-5", "CQ-6", "CQ-7", "CQ-8", "CQ-9", "CQ-10", "CQ-11"}
        assert {*wanted, "CQ-14"} <= set(ids)


class TestDeMinimis:
    @by_trigger
    def test_the_modifier_starts_at_the_minutes_of_the_table(self, trigger: Trigger) -> None:
        total = trigger["total_minutes"]
        for call, least in (
            (exceeds_by_simple_method, trigger["simple"]),
            (exceeds, trigger["exact"]),
        ):
            found = [a for a in range(total + 1) if call(a, total, de_minimis=TENTH)]
            assert found == list(range(least, total + 1))
        assert trigger["verified"] in VERIFIED_WORDS
        assert trigger["source"]["title"].strip()

    @pytest.mark.parametrize(
        ("assistant", "total", "exact", "simple", "percentage"),
        [
            # Exactly 10 % never adds the modifier.
            (1, 10, False, False, False),
            (2, 20, False, False, False),
            (6, 60, False, False, False),
            (7, 60, True, True, True),
            # 10.53 % rounds to 11 %; 4 of 38 minutes are fewer than the 5 of the simple method.
            (4, 38, True, False, True),
            # 10.5 % rounds half up to 11 %, and 10.45 % rounds to 10 %.
            (21, 200, True, True, True),
            (23, 220, True, True, False),
            (2, 15, True, False, True),
            (3, 15, True, True, True),
            (0, 0, False, False, False),
            (0, 15, False, False, False),
            (15, 15, True, True, True),
            (1, 1, True, True, True),
        ],
    )
    def test_the_three_methods_differ_by_their_rounding(
        self, assistant: int, total: int, *, exact: bool, simple: bool, percentage: bool
    ) -> None:
        ways: list[tuple[Callable[..., bool], bool]] = [
            (exceeds, exact),
            (exceeds_by_simple_method, simple),
            (exceeds_by_percentage, percentage),
        ]
        for call, expected in ways:
            assert call(assistant, total, de_minimis=TENTH) is expected, call

    def test_the_de_minimis_share_is_an_argument(self) -> None:
        for call in (exceeds, exceeds_by_simple_method, exceeds_by_percentage):
            assert call(4, 20, de_minimis=TENTH)
            assert not call(4, 20, de_minimis=Decimal("0.20"))

    def test_the_callers_decimal_rounding_changes_nothing(self) -> None:
        with localcontext(Context(prec=1, rounding=ROUND_DOWN)):
            assert exceeds_by_simple_method(3, 15, de_minimis=TENTH)
            assert not exceeds_by_simple_method(2, 15, de_minimis=TENTH)
            assert exceeds_by_percentage(4, 38, de_minimis=TENTH)
            assert not exceeds(10, 100, de_minimis=TENTH)


class TestSplitSince2022:
    @pytest.mark.parametrize(
        ("therapist", "assistant", "units", "expected"),
        [
            # One unit remains: the therapist's 8 minutes decide, else the assistant's, else 10 %.
            (7, 8, 1, (0, 1)),
            (8, 7, 1, (1, 0)),
            (8, 14, 1, (1, 0)),
            (7, 14, 1, (0, 1)),
            (7, 1, 1, (0, 1)),
            (7, 0, 1, (1, 0)),
            (0, 7, 1, (0, 1)),
            # Two units remain: 9 to 14 minutes each, 23 to 28 together.
            (9, 14, 2, (1, 1)),
            (14, 9, 2, (1, 1)),
            (14, 14, 2, (1, 1)),
            (12, 14, 2, (1, 1)),
            # Two units remain, and another code's minutes made the second one.
            (14, 2, 2, (1, 1)),
            (14, 1, 2, (2, 0)),
            (15, 15, 2, (1, 1)),
            (14, 15, 2, (1, 1)),
            (15, 14, 2, (1, 1)),
            (0, 0, 0, (0, 0)),
        ],
    )
    def test_each_boundary_on_both_sides(
        self, therapist: int, assistant: int, units: int, expected: tuple[int, int]
    ) -> None:
        assert by_modifier(split_2022(therapist, assistant, units)) == expected

    def test_full_quarters_belong_to_the_clinician_who_treated(self) -> None:
        assert split_2022(37, 23, 4) == AssistantUnits(
            therapist_whole=2,
            assistant_whole=1,
            therapist_left=7,
            assistant_left=8,
            left_without=0,
            left_with=1,
        )

    def test_whole_quarters_are_never_more_than_the_units(self) -> None:
        assert by_modifier(split_2022(30, 30, 3)) == (2, 1)
        assert by_modifier(split_2022(30, 30, 1)) == (1, 0)
        assert by_modifier(split_2022(0, 30, 1)) == (0, 1)
        assert by_modifier(split_2022(30, 30, 0)) == (0, 0)

    def test_the_assistant_has_both_units_without_therapist_minutes(self) -> None:
        assert by_modifier(split_2022(0, 14, 2)) == (0, 2)

    def test_unit_minutes_and_fewest_minutes_come_from_the_payer(self) -> None:
        split = split_units_2022(
            9, 9, 1, unit_minutes=30, fewest_minutes=16, exceeds=lambda _part, _all: False
        )
        assert by_modifier(split) == (1, 0)
        fewer = split_units_2022(
            9, 9, 1, unit_minutes=30, fewest_minutes=9, exceeds=lambda _part, _all: True
        )
        assert by_modifier(fewer) == (1, 0)

    def test_every_minute_agrees_with_the_rule_text(self) -> None:
        for therapist in range(61):
            for assistant in range(61):
                alone = (therapist + assistant + 7) // 15
                # Minutes of other codes can take away the code's last unit, or make it.
                for units in (alone, alone + (therapist % 15 + assistant % 15 in range(16, 23))):
                    expected = assistant_units_2022(therapist, assistant, units)
                    assert by_modifier(split_2022(therapist, assistant, units)) == expected


class TestSplitOf2020:
    @pytest.mark.parametrize(
        ("therapist", "assistant", "units", "expected"),
        [
            (9, 1, 1, (1, 0)),
            (8, 1, 1, (0, 1)),
            (8, 7, 1, (0, 1)),
            (14, 14, 2, (0, 2)),
            (14, 1, 2, (2, 0)),
            (13, 23, 2, (0, 2)),
            (30, 0, 2, (2, 0)),
            (0, 0, 0, (0, 0)),
        ],
    )
    def test_ten_percent_decides_every_remaining_unit(
        self, therapist: int, assistant: int, units: int, expected: tuple[int, int]
    ) -> None:
        assert by_modifier(split_2020(therapist, assistant, units)) == expected

    def test_the_parts_of_a_split_are_listed(self) -> None:
        assert split_2020(38, 23, 4) == AssistantUnits(2, 1, 8, 8, 0, 1)

    def test_every_minute_agrees_with_the_rule_text(self) -> None:
        for therapist in range(61):
            for assistant in range(61):
                units = (therapist + assistant + 7) // 15
                expected = assistant_units_2020(therapist, assistant, units)
                assert by_modifier(split_2020(therapist, assistant, units)) == expected


class TestMinutesOfTheDeMinimisShare:
    """The share is computed from the leftover minutes, and only if the fewest minutes do not decide."""

    def test_it_compares_the_leftover_minutes_of_both(self) -> None:
        asked: list[tuple[int, int]] = []

        def never(assistant: int, total: int) -> bool:
            asked.append((assistant, total))
            return False

        split_units_2022(21, 17, 3, unit_minutes=15, fewest_minutes=8, exceeds=never)
        assert asked == [(2, 8)]

    def test_eight_assistant_minutes_need_no_share(self) -> None:
        def never(assistant: int, total: int) -> bool:
            assert assistant <= total
            return False

        eight = split_units_2022(7, 8, 1, unit_minutes=15, fewest_minutes=8, exceeds=never)
        seven = split_units_2022(7, 7, 1, unit_minutes=15, fewest_minutes=8, exceeds=never)
        assert (eight.left_with, seven.left_with) == (1, 0)

    def test_one_therapist_minute_gets_one_of_two_remaining_units(self) -> None:
        def always(assistant: int, total: int) -> bool:
            return assistant <= total

        split = split_units_2022(1, 14, 2, unit_minutes=15, fewest_minutes=8, exceeds=always)
        assert (split.left_without, split.left_with) == (1, 1)
