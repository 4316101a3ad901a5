"""Margins against counting again by brute force; two methods, and two payers, side by side."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.refusals import refusal
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    Accumulators,
    AssistantRule,
    Comparison,
    Discipline,
    FeeSchedule,
    FirstPeriod,
    InvalidInputError,
    Margin,
    Policy,
    Session,
    TiePolicy,
    TimedService,
    UnitMethod,
    UntimedService,
    allocate_units,
    compare_methods,
    margins,
)
from therapy_billing.scenarios.comparison import diff_payers

DAY = datetime.date(2026, 3, 2)
CMS = Policy(UnitMethod.CMS_EIGHT_MINUTE)
MINUTES = st.integers(0, 70) | st.sampled_from((0, 7, 8, 14, 15, 22, 23))
CODES = st.sampled_from(("97530", "97110", "97112", "97140", "97129", "97550", "96125", "92607"))
QUARTERS = st.sampled_from(("97530", "97110", "97112", "97140"))
PER_CODE = st.sampled_from(
    (UnitMethod.CPT_MIDPOINT, UnitMethod.STARTED_QUARTER, UnitMethod.FULL_QUARTER)
)
POLICIES = st.builds(
    Policy,
    st.sampled_from(UnitMethod),
    first_period=st.sampled_from(FirstPeriod),
)
FAMILY = {"97129": "97130", "97550": "97551", "92607": "92608"}


def code_units(minutes: Mapping[str, int], policy: Policy, code: str) -> list[int]:
    """Return the units of *code*, or of its family, in every admissible split."""
    splits = allocate_units(minutes, policy).admissible
    return [split[code] + split.get(FAMILY.get(code, ""), 0) for split in splits]


def day_units(minutes: Mapping[str, int], policy: Policy) -> int:
    """Return all units of *minutes*."""
    return allocate_units(minutes, policy).total_units


def first_more(units: Callable[[int], int], wanted: int) -> int:
    """Return the fewest minutes from 1 that bring the *units* to those *wanted*."""
    return next(by for by in range(1, 1440) if units(by) >= wanted)


def most_fewer(units: Callable[[int], int], wanted: int, minutes: int) -> int | None:
    """Return the most minutes up to which *units* stay at those *wanted*; None: all of them."""
    failing = [by for by in range(minutes + 1) if units(by) < wanted]
    return failing[0] - 1 if failing else None


def changed(minutes: Mapping[str, int], code: str, by: int) -> dict[str, int]:
    """Return *minutes* with those of *code* changed *by* some."""
    return {**minutes, code: minutes[code] + by}


def rows_by_code(minutes: Mapping[str, int], policy: Policy) -> dict[str | None, Margin]:
    """Return the margins of one discipline by code; None is the day."""
    return {row.code: row for row in margins(allocate_units(minutes, policy))}


class TestMarginsByBruteForce:
    @given(st.dictionaries(CODES, MINUTES, min_size=1, max_size=3), POLICIES)
    def test_a_codes_margins_are_what_counting_again_finds(
        self, minutes: dict[str, int], policy: Policy
    ) -> None:
        rows = rows_by_code(minutes, policy)
        assert list(rows) == [None, *minutes]
        for code, given_minutes in minutes.items():
            row = rows[code]
            units = code_units(minutes, policy, code)[0]
            assert (row.units, row.minutes) == (units, given_minutes)

            def fewest(by: int, code: str = code) -> int:
                return min(code_units(changed(minutes, code, by), policy, code))

            def most(by: int, code: str = code) -> int:
                return max(code_units(changed(minutes, code, -by), policy, code))

            assert row.to_next_unit == first_more(fewest, units + 1)
            assert row.to_spare == most_fewer(most, units, given_minutes)

    @given(st.dictionaries(CODES, MINUTES, min_size=1, max_size=3), POLICIES)
    def test_the_days_next_unit_is_on_the_code_where_it_takes_fewest_minutes(
        self, minutes: dict[str, int], policy: Policy
    ) -> None:
        day = rows_by_code(minutes, policy)[None]
        total = day_units(minutes, policy)
        assert (day.units, day.minutes) == (total, sum(minutes.values()))

        def units(by: int, code: str) -> int:
            return day_units(changed(minutes, code, by), policy)

        assert day.to_next_unit == min(
            first_more(partial(units, code=code), total + 1) for code in minutes
        )

    @settings(max_examples=60)
    @given(st.dictionaries(CODES, st.integers(0, 40), min_size=1, max_size=2), POLICIES)
    def test_the_day_spares_what_may_fall_away_anywhere_without_the_loss_of_a_unit(
        self, minutes: dict[str, int], policy: Policy
    ) -> None:
        day = rows_by_code(minutes, policy)[None]
        total = day_units(minutes, policy)

        def fewest(by: int) -> int:
            first, *second = minutes
            ways = range(by + 1) if second else (by,)
            left = [
                {first: minutes[first] - way}
                | {code: minutes[code] - (by - way) for code in second}
                for way in ways
            ]
            return min(day_units(day, policy) for day in left if min(day.values()) >= 0)

        assert day.to_spare == most_fewer(fewest, total, sum(minutes.values()))

    @given(st.dictionaries(QUARTERS, MINUTES, min_size=1, max_size=4))
    def test_the_day_of_medicare_depends_on_its_total_only(self, minutes: dict[str, int]) -> None:
        (day, *_) = margins(allocate_units(minutes, MEDICARE))
        total = sum(minutes.values())
        units = (total + 7) // 15
        assert (day.code, day.discipline, day.units, day.minutes) == (None, None, units, total)
        assert day.to_next_unit == 15 * units + 8 - total
        assert day.to_spare == (total - (15 * units - 7) if units else None)

    @given(st.dictionaries(QUARTERS, MINUTES, min_size=1, max_size=4), PER_CODE)
    def test_margins_of_a_code_counted_alone_do_not_depend_on_the_others(
        self, minutes: dict[str, int], method: UnitMethod
    ) -> None:
        rows = rows_by_code(minutes, Policy(method))
        for code, given_minutes in minutes.items():
            assert rows[code] == rows_by_code({code: given_minutes}, Policy(method))[code]
        spare = [rows[code].to_spare for code in minutes]
        assert rows[None].to_spare == min((s for s in spare if s is not None), default=None)
        assert rows[None].to_next_unit == min(rows[code].to_next_unit for code in minutes)


class TestMargins:
    @pytest.mark.parametrize(
        ("minutes", "units", "to_next_unit", "to_spare"),
        [(0, 0, 8, None), (7, 0, 1, None), (8, 1, 15, 0), (22, 1, 1, 14), (23, 2, 15, 0)],
    )
    def test_one_code_has_the_margins_of_its_day(
        self, minutes: int, units: int, to_next_unit: int, to_spare: int | None
    ) -> None:
        day, code = margins(allocate_units({"97530": minutes}, MEDICARE))
        assert day == Margin(None, None, minutes, units, to_next_unit, to_spare)
        assert code == Margin(None, "97530", minutes, units, to_next_unit, to_spare)

    def test_a_tied_code_needs_enough_for_a_unit_in_every_split(self) -> None:
        rows = margins(allocate_units({"97530": 20, "97110": 20}, MEDICARE))
        assert [(row.code, row.units, row.to_next_unit, row.to_spare) for row in rows] == [
            (None, 3, 13, 2),
            ("97530", 2, 16, 0),
            ("97110", 1, 1, 15),
        ]

    def test_each_discipline_has_its_own_rows_and_one_without_timed_codes_has_none(self) -> None:
        day = [
            Session(DAY, "PT", [TimedService("97530", 8)]),
            Session(DAY, "OT", [TimedService("97535", 7)]),
            Session(DAY, "SLP", [UntimedService("92507", 30)]),
        ]
        assert margins(allocate_units(day, MEDICARE)) == (
            Margin(Discipline.PT, None, 8, 1, 15, 0),
            Margin(Discipline.PT, "97530", 8, 1, 15, 0),
            Margin(Discipline.OT, None, 7, 0, 1, None),
            Margin(Discipline.OT, "97535", 7, 0, 1, None),
        )

    def test_the_day_spares_what_falls_away_on_several_codes_at_once(self) -> None:
        # No code has 15 minutes to lose, and 15 minutes in all would lose a unit.
        day, *codes = margins(allocate_units({"97530": 13, "97110": 12, "97112": 12}, MEDICARE))
        assert (day.units, day.to_spare) == (2, 14)
        assert [(row.units, row.to_spare) for row in codes] == [(1, 1), (1, 0), (0, None)]

    def test_caps_are_left_aside(self) -> None:
        policy = attrs.evolve(CMS, cap_per_day=1)
        day, _ = margins(allocate_units({"97530": 30}, policy))
        assert (day.units, day.to_next_unit, day.to_spare) == (2, 8, 7)

    def test_the_fewest_minutes_of_a_policy_move_the_margins(self) -> None:
        policy = Policy(UnitMethod.CMS_EIGHT_MINUTE, minimum_minutes=10)
        day, _ = margins(allocate_units({"97530": 26}, policy))
        assert (day.units, day.to_next_unit, day.to_spare) == (2, 14, 1)

    def test_a_family_is_one_row_under_its_first_code(self) -> None:
        rows = margins(allocate_units({"97129": 15, "97130": 8}, MEDICARE))
        assert [(row.code, row.minutes, row.units) for row in rows] == [
            (None, 23, 2),
            ("97129", 23, 2),
        ]


class TestComparison:
    def test_two_payers_count_one_treatment(self) -> None:
        result = compare_methods({"97110": 10, "97124": 10}, MEDICARE, CPT_MIDPOINT)
        assert result.first == allocate_units({"97110": 10, "97124": 10}, MEDICARE)
        assert result.second == allocate_units({"97110": 10, "97124": 10}, CPT_MIDPOINT)
        assert result.difference == {"97110": 0, "97124": 1}
        assert result.total_difference == 1
        assert str(result) == "medicare 1, cpt-midpoint 2 units; 97124 +1"

    def test_the_second_may_have_fewer(self) -> None:
        result = compare_methods({"97530": 33, "97110": 7}, MEDICARE, UnitMethod.FULL_QUARTER)
        assert result.difference == {"97530": 0, "97110": -1}
        assert result.total_difference == -1
        assert str(result) == "medicare 3, full-quarter 2 units; 97110 -1"

    def test_every_code_that_changes_is_told(self) -> None:
        result = compare_methods({"97530": 7, "97110": 7}, CPT_MIDPOINT, UnitMethod.STARTED_QUARTER)
        assert str(result) == "cpt-midpoint 0, started-quarter 2 units; 97530 +1, 97110 +1"

    def test_agreement_is_told(self) -> None:
        result = compare_methods({"97530": 15}, MEDICARE, CPT_MIDPOINT)
        assert str(result) == "medicare 1, cpt-midpoint 1 units; no difference"
        assert (result.difference, result.total_difference) == ({"97530": 0}, 0)

    def test_a_code_that_one_of_them_bills_only_is_in_the_difference(self) -> None:
        result = compare_methods({"97129": 16}, UnitMethod.FULL_QUARTER, UnitMethod.STARTED_QUARTER)
        assert result.difference == {"97129": 0, "97130": 1}
        html = result._repr_html_()
        assert "<tr><td>97130</td><td>0</td><td>1</td><td>+1</td></tr>" in html
        turned = compare_methods({"97129": 16}, UnitMethod.STARTED_QUARTER, UnitMethod.FULL_QUARTER)
        assert turned.difference == {"97129": 0, "97130": -1}
        html = turned._repr_html_()
        assert "<tr><td>97130</td><td>1</td><td>0</td><td>-1</td></tr>" in html

    def test_sessions_from_a_generator_are_counted_for_both(self) -> None:
        sessions = [
            Session.from_minutes({"97530": 7}, date_of_service=DAY, discipline="PT")
            for _ in range(2)
        ]
        result = compare_methods((each for each in sessions), MEDICARE, CPT_MIDPOINT)
        assert result == compare_methods(sessions, MEDICARE, CPT_MIDPOINT)
        assert result.first.pools[0].sessions == result.second.pools[0].sessions == 2
        alone = compare_methods(sessions[0], MEDICARE, CPT_MIDPOINT)
        assert alone.first.pools[0].sessions == 1

    def test_day_and_fees_go_to_both(self) -> None:
        policy = attrs.evolve(CMS, tie_policy=TiePolicy.HIGHEST_FEE)
        fees = FeeSchedule.from_rates({"97530": 30, "97110": 20})
        result = compare_methods(
            {"97110": 20, "97530": 20}, policy, policy, date_of_service="2026-03-02", fees=fees
        )
        assert result.first == result.second
        assert result.first.units == {"97110": 1, "97530": 2}
        assert result.first.date_of_service == DAY

    def test_what_cannot_be_counted_is_refused(self) -> None:
        message = refusal(
            InvalidInputError, lambda: compare_methods(iter(()), MEDICARE, CPT_MIDPOINT)
        )
        assert message == "there is no session to count"

    def test_a_notebook_shows_both_and_no_markup_of_a_name(self) -> None:
        payer = attrs.evolve(CPT_MIDPOINT, name="<b>plan</b>")
        shown: Any = compare_methods({"97110": 10, "97124": 10}, MEDICARE, payer)
        assert isinstance(shown, Comparison)
        assert shown._repr_html_() == (
            "<table><thead><tr><th>code</th><th>medicare</th><th>&lt;b&gt;plan&lt;/b&gt;</th>"
            "<th>difference</th></tr></thead><tbody>"
            "<tr><td>97110</td><td>1</td><td>1</td><td>+0</td></tr>"
            "<tr><td>97124</td><td>0</td><td>1</td><td>+1</td></tr></tbody></table>"
        )


class TestPayerDifference:
    DAY: ClassVar[Session] = Session(
        DAY,
        "PT",
        [
            TimedService("97110", 8),
            TimedService("97124", 8, clinician="assistant"),
            UntimedService("97161"),
        ],
    )
    RATES: ClassVar[FeeSchedule] = FeeSchedule.from_rates(
        {"97110": 30, "97124": 20, "97161": 90}, effective_from="2026-01-01"
    )
    FIRST: ClassVar[Policy] = CMS
    SECOND: ClassVar[Policy] = Policy(
        UnitMethod.CPT_MIDPOINT,
        cap_per_code={"97110": 3, "97124": 2},
        cap_per_codes=[(("97110", "97124"), 4), (("97110",), 3)],
        assistants=AssistantRule.UNITS_2022,
        allowed_modifiers=["GP", "CQ"],
    )

    def test_only_what_differs_is_told(self) -> None:
        diff = diff_payers(self.FIRST, self.SECOND, self.DAY, self.RATES)
        assert diff.empty is False
        assert diff.fields == {
            "method": (UnitMethod.CMS_EIGHT_MINUTE, UnitMethod.CPT_MIDPOINT),
            "cap_per_code": (None, (("97110", 3), ("97124", 2))),
            "cap_per_codes": ((), ((("97110", "97124"), 4), (("97110",), 3))),
            "assistants": (AssistantRule.NONE, AssistantRule.UNITS_2022),
            "allowed_modifiers": (None, ("GP", "CQ")),
        }
        assert diff.units == {"97124": (0, 1)}
        assert diff.lines == {("97124", ("GP", "CQ")): (0, 1)}
        assert diff.money == {"allowed": (Decimal("120.00"), Decimal("140.00"))}
        assert str(diff).splitlines() == [
            "cms-eight-minute -> cpt-midpoint, 2026-03-02",
            "  policy method: cms-eight-minute -> cpt-midpoint",
            "  policy cap_per_code: not set -> 97110=3 97124=2",
            "  policy cap_per_codes: not set -> 97110+97124=4 97110=3",
            "  policy assistants: no-assistant-modifier -> assistant-units-2022",
            "  policy allowed_modifiers: not set -> GP CQ",
            "  units 97124: 0 -> 1 (+1)",
            "  line 97124 GP CQ: 0 -> 1 (+1)",
            "  money allowed: $120.00 -> $140.00 (+20.00)",
        ]
        assert diff.to_dict() == {
            "date_of_service": "2026-03-02",
            "first": "cms-eight-minute",
            "second": "cpt-midpoint",
            "fields": {
                "method": {"first": "cms-eight-minute", "second": "cpt-midpoint"},
                "cap_per_code": {"first": None, "second": [["97110", 3], ["97124", 2]]},
                "cap_per_codes": {
                    "first": [],
                    "second": [[["97110", "97124"], 4], [["97110"], 3]],
                },
                "assistants": {
                    "first": "no-assistant-modifier",
                    "second": "assistant-units-2022",
                },
                "allowed_modifiers": {"first": None, "second": ["GP", "CQ"]},
            },
            "units": {"97124": {"first": 0, "second": 1}},
            "lines": [
                {
                    "code": "97124",
                    "modifiers": ["GP", "CQ"],
                    "units": {"first": 0, "second": 1},
                }
            ],
            "money": {"allowed": {"first": "120.00", "second": "140.00"}},
        }
        assert json.loads(json.dumps(diff.to_dict())) == diff.to_dict()

    def test_without_fees_money_is_not_known_and_not_zero(self) -> None:
        diff = diff_payers(self.FIRST, self.SECOND, self.DAY)
        assert diff.money is None
        assert diff.to_dict()["money"] is None
        assert (diff.first.day, diff.second.day) == (None, None)
        assert "money" not in str(diff)

    def test_a_payer_that_shares_nothing_has_no_known_shares(self) -> None:
        fees = FeeSchedule.medicare("2026-03-02")
        diff = diff_payers(MEDICARE, CPT_MIDPOINT, {"97110": 15}, fees, date_of_service=DAY)
        assert diff.money == {
            "medicare_pays": (Decimal("22.78"), None),
            "patient_responsibility": (Decimal("5.81"), None),
        }
        assert "  money medicare pays: $22.78 -> not known" in str(diff).splitlines()
        assert diff.to_dict()["money"]["medicare_pays"] == {"first": "22.78", "second": None}

    def test_a_day_with_a_line_without_a_price_has_no_known_amount(self) -> None:
        some = FeeSchedule.from_rates({"97110": 30, "97161": 90}, effective_from="2026-01-01")
        diff = diff_payers(self.FIRST, self.SECOND, self.DAY, some)
        assert diff.money == {"allowed": (Decimal("120.00"), None)}

    def test_each_payer_may_have_its_own_fees(self) -> None:
        other = FeeSchedule.from_rates(
            {"97110": 31, "97124": 21, "97161": 91}, effective_from="2026-01-01"
        )
        diff = diff_payers(CMS, CMS, self.DAY, self.RATES, other_fees=other)
        assert (diff.fields, diff.units, diff.lines) == ({}, {}, {})
        assert diff.money == {"allowed": (Decimal("120.00"), Decimal("122.00"))}
        assert diff.empty is False
        assert refusal(
            InvalidInputError, lambda: diff_payers(CMS, CMS, self.DAY, other_fees=other)
        ) == ("other_fees are those of the second payer: give the first payer's fees as well")

    def test_kx_that_is_attested_is_on_the_lines_of_the_payer_that_needs_it(self) -> None:
        fees = FeeSchedule.medicare("2026-03-02")
        without = attrs.evolve(MEDICARE.on(DAY), kx=False)
        diff = diff_payers(
            without,
            MEDICARE,
            Session(DAY, "PT", [TimedService("97110", 15)]),
            fees,
            accumulators=Accumulators(2026, pt_slp=2480),
            attestations=["KX"],
        )
        assert diff.lines == {
            ("97110", ("GP",)): (1, 0),
            ("97110", ("GP", "KX")): (0, 1),
        }
        assert diff.units == {}
        assert "  line 97110 GP: 1 -> 0 (-1)" in str(diff).splitlines()

    def test_setting_and_charges_go_to_both(self) -> None:
        fees = FeeSchedule.medicare("2026-03-02")
        day = Session(DAY, "PT", [TimedService("97110", 15, clinician="assistant")])
        diff = diff_payers(
            MEDICARE, MEDICARE, day, fees, setting="critical-access-hospital", charges={"97110": 25}
        )
        assert diff.empty
        for side in (diff.first, diff.second):
            assert side.claim.lines[0].modifiers == ("GP",)
            assert side.claim.lines[0].charge == Decimal("25.00")
        unpriced = diff_payers(MEDICARE, MEDICARE, day, setting="critical-access-hospital")
        assert unpriced.first.claim.lines[0].modifiers == ("GP",)
        plain = diff_payers(MEDICARE, MEDICARE, day)
        assert plain.second.claim.lines[0].modifiers == ("GP", "CQ")

    def test_sessions_from_a_generator_are_counted_for_both(self) -> None:
        diff = diff_payers(MEDICARE, CPT_MIDPOINT, (each for each in [self.DAY]))
        assert diff == diff_payers(MEDICARE, CPT_MIDPOINT, self.DAY)
        assert (diff.first.payer, diff.second.payer) == ("medicare", "cpt-midpoint")
        assert diff.first.policy == MEDICARE.on(DAY)

    def test_rates_of_the_first_payer_are_of_no_other(self) -> None:
        diff = diff_payers(MEDICARE, CPT_MIDPOINT, self.DAY, self.RATES)
        assert (diff.first.day is not None, diff.second.day is not None) == (True, True)
        assert diff.money is not None
        assert (diff.money["allowed"].first, diff.money["allowed"].second) == (
            Decimal("120.00"),
            None,
        )
        assert diff_payers(MEDICARE, MEDICARE, self.DAY, self.RATES).money == {}
        schedule = FeeSchedule.medicare(self.DAY.date_of_service)
        assert diff_payers(MEDICARE, CPT_MIDPOINT, self.DAY, schedule).money

    def test_minutes_without_a_day_are_refused(self) -> None:
        message = refusal(
            InvalidInputError, lambda: diff_payers(MEDICARE, CPT_MIDPOINT, {"97110": 15})
        )
        assert message == "a claim is of a day: give date_of_service when the units are made"

    def test_a_notebook_shows_both_and_no_markup_of_a_name(self) -> None:
        payer = attrs.evolve(CPT_MIDPOINT, name="<b>plan</b>")
        diff = diff_payers(MEDICARE, payer, self.DAY, self.RATES, other_fees=self.RATES)
        html = diff._repr_html_()
        assert "<th>medicare</th><th>&lt;b&gt;plan&lt;/b&gt;</th><th>difference</th>" in html
        assert "<tr><td>units</td><td>97124</td><td>0</td><td>1</td><td>+1</td></tr>" in html
        assert (
            "<tr><td>policy</td><td>method</td><td>cms-eight-minute</td><td>cpt-midpoint</td>"
            "<td></td></tr>"
        ) in html
        assert (
            "<tr><td>money</td><td>allowed</td><td>$120.00</td><td>$140.00</td><td>+20.00</td></tr>"
        ) in html
        same = diff_payers(CMS, CMS, self.DAY)
        assert same._repr_html_().endswith("<tbody></tbody></table>")
