"""The payer's caps on units."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.units.treated_days import DAY, IN_FORCE, capped, session
from therapy_billing import (
    Discipline,
    Policy,
    Session,
    TimedService,
    UnitMethod,
    UntimedService,
    allocate_units,
)
from therapy_billing.payers import FirstPeriod
from therapy_billing.units import CappedUnit


class TestCaps:
    def test_a_cap_for_every_code_removes_the_units_above_it(self) -> None:
        result = capped({"97530": 45, "97110": 30, "97112": 15}, per_code=2)
        assert result.units == {"97530": 2, "97110": 2, "97112": 1}
        assert result.uncapped_units == {"97530": 3, "97110": 2, "97112": 1}
        assert result.capped_units == (CappedUnit("cap-per-code", 2, "97530", None, 15, "2 units"),)

    def test_a_cap_for_single_codes_does_not_touch_the_others(self) -> None:
        result = capped({"97530": 38, "97110": 45}, per_code={"97530": 1, "97112": 0})
        assert result.units == {"97530": 1, "97110": 3}
        assert result.capped_units == (
            CappedUnit("cap-per-code", 1, "97530", None, 8, "1 unit"),
            CappedUnit("cap-per-code", 1, "97530", None, 15, "1 unit"),
        )

    @pytest.mark.parametrize(
        ("minutes", "expected"),
        [
            ({"97110": 30, "97112": 30, "97530": 15}, {"97110": 2, "97112": 2, "97530": 1}),
            ({"97110": 45, "97112": 30, "97530": 15}, {"97110": 3, "97112": 1, "97530": 1}),
            ({"97110": 40, "97112": 35, "97530": 15}, {"97110": 2, "97112": 2, "97530": 1}),
        ],
        ids=["at the cap", "one more", "the unit with fewest minutes falls"],
    )
    def test_a_cap_for_a_set_limits_its_codes_together(
        self, minutes: dict[str, int], expected: dict[str, int]
    ) -> None:
        result = capped(minutes, per_codes=[(("97110", "97112"), 4)])
        assert result.units == expected
        excess = result.uncapped_units["97110"] + result.uncapped_units["97112"] - 4
        assert [(cut.cap, cut.limit) for cut in result.capped_units] == [
            ("cap-per-codes", 4)
        ] * excess

    def test_a_unit_removed_by_a_set_shows_limit_code_discipline_and_minutes(self) -> None:
        day = [session({"97110": 30}), session({"97112": 8}, discipline="OT")]
        result = capped(day, per_codes=[(("97110", "97112"), 2)])
        assert result.units == {"97110": 2, "97112": 0}
        assert result.capped_units == (
            CappedUnit("cap-per-codes", 2, "97112", Discipline.OT, 8, "2 units"),
        )

    def test_the_split_that_a_set_cuts_least_is_chosen(self) -> None:
        result = capped({"97110": 20, "97112": 20}, per_codes=[(("97110",), 1)])
        assert result.units == {"97110": 1, "97112": 2}
        assert result.capped_units == ()

    def test_a_set_with_a_family_removes_the_add_on_first(self) -> None:
        result = capped({"97129": 45}, per_codes=[(("97129", "97130"), 2)])
        assert result.units == {"97129": 1, "97130": 1}
        assert [cut.code for cut in result.capped_units] == ["97130"]

    def test_untimed_units_do_not_count_for_a_set(self) -> None:
        day = Session(DAY, "PT", [TimedService("97110", 30), UntimedService("97161")])
        result = capped(day, per_codes=[(("97110", "97161"), 2)])
        assert result.capped_units == ()
        assert result.disciplines[0].untimed == (("97161", 1),)

    def test_a_cap_of_zero_removes_every_unit(self) -> None:
        assert capped({"97530": 30}, per_code=0).units == {"97530": 0}
        assert capped({"97530": 30}, per_code={"97530": 0}).units == {"97530": 0}
        assert capped({"97530": 30}, per_session=0).units == {"97530": 0}
        assert capped({"97530": 30}, per_day=0).units == {"97530": 0}

    @pytest.mark.parametrize(("cap", "expected"), [(1, 1), (2, 2), (3, 3), (4, 3)])
    def test_a_cap_at_or_above_the_units_changes_nothing(self, cap: int, expected: int) -> None:
        for result in (
            capped({"97530": 45}, per_code=cap),
            capped({"97530": 45}, per_session=cap),
            capped({"97530": 45}, per_day=cap),
        ):
            assert result.total_units == expected
            assert len(result.capped_units) == 3 - expected
            assert result.uncapped_units == {"97530": 3}

    def test_a_cap_of_a_session_sums_over_pooled_sessions(self) -> None:
        day = [session({"97530": 45}), session({"97110": 15})]
        result = capped(day, per_session=2)
        assert result.total_units == 3
        assert result.uncapped_units == {"97530": 3, "97110": 1}
        assert [
            (cut.cap, cut.limit, cut.discipline, cut.minutes) for cut in result.capped_units
        ] == [("cap-per-session", 2, Discipline.PT, 15)]

    def test_a_session_cap_removes_a_unit_of_the_session_above_it(self) -> None:
        day = [session({"97530": 45}), session({"97110": 15})]
        result = capped(day, per_session=2)
        assert result.units == {"97530": 2, "97110": 1}

    def test_a_code_documented_twice_in_a_session_starts_its_quarters_together(self) -> None:
        day = Session(DAY, "PT", [TimedService("97530", 20), TimedService("97530", 10)])
        assert capped(day, per_session=2).units == {"97530": 2}
        assert capped(day, per_session=2).capped_units == ()
        assert capped(day, per_session=1).units == {"97530": 1}

    def test_a_session_at_the_cap_loses_nothing_if_another_is_above_it(self) -> None:
        result = capped([session({"97530": 45}), session({"97110": 30})], per_session=2)
        assert result.units == {"97530": 2, "97110": 2}
        assert result.capped_units == (
            CappedUnit(
                "cap-per-session", 2, "97530", Discipline.PT, 15, "2 units for each session"
            ),
        )

    def test_a_family_loses_its_add_on_to_the_cap_of_the_session_it_was_in(self) -> None:
        day = [session({"97129": 15, "97130": 30}), session({"97530": 15})]
        result = capped(day, per_session=2)
        assert result.units == {"97129": 1, "97130": 1, "97530": 1}
        assert [(cut.code, cut.limit) for cut in result.capped_units] == [("97130", 2)]

    def test_sessions_at_the_cap_lose_nothing(self) -> None:
        day = [session({"97530": 30}), session({"97110": 15, "97112": 15})]
        assert capped(day, per_session=2).capped_units == ()
        below = capped(day, per_session=1)
        assert [cut.code for cut in below.capped_units] == ["97530", "97112"]
        assert below.admissible == (
            {"97530": 1, "97110": 1, "97112": 0},
            {"97530": 1, "97110": 0, "97112": 1},
        )

    @pytest.mark.parametrize("limit", [0, 1, 2, 3, 4, 5])
    @pytest.mark.parametrize("minutes", [0, 7, 15, 30, 45, 60, 75])
    @pytest.mark.parametrize("method", ["cms-eight-minute", "cpt-midpoint"])
    def test_a_code_of_one_provider_does_not_use_the_limit_of_another(
        self, limit: int, minutes: int, method: str
    ) -> None:
        for other in (0, 15, 30, 60, 75):
            services = [
                TimedService("97530", minutes, treated_by="A"),
                TimedService("97110", other, treated_by="B"),
            ]
            policy = Policy(method).with_changes(caps=[{"limit": limit, "each": "provider"}])
            result = allocate_units(Session(DAY, "PT", services), policy)
            before = allocate_units(Session(DAY, "PT", services), Policy(method)).units
            assert result.units == {code: min(limit, units) for code, units in before.items()}

    def test_a_code_of_two_providers_may_use_both_limits(self) -> None:
        services = [
            TimedService("97530", 45, treated_by="A"),
            TimedService("97530", 30, treated_by="B"),
            TimedService("97110", 30, treated_by="B"),
        ]
        policy = Policy("cpt-midpoint").with_changes(caps=[{"limit": 2, "each": "provider"}])
        result = allocate_units(Session(DAY, "PT", services), policy)
        assert result.total_units == 4
        assert {(each["97530"], each["97110"]) for each in result.admissible} == {
            (4, 0),
            (3, 1),
            (2, 2),
        }

    @pytest.mark.parametrize(
        ("limit", "evaluated", "units"),
        [
            (3, 4, {"97530": 3, "97161": 1}),
            (0, 1, {"97530": 0, "97161": 1}),
            (2, 0, {"97530": 0, "97161": 0}),
        ],
    )
    def test_a_limit_for_a_day_with_an_evaluation_keeps_the_evaluation(
        self, limit: int, evaluated: int, units: dict[str, int]
    ) -> None:
        day = Session(DAY, "PT", [TimedService("97530", 60), UntimedService("97161", 30)])
        policy = Policy("cpt-midpoint").with_changes(
            caps=[{"limit": limit, "untimed": True, "with_evaluation": evaluated}]
        )
        result = allocate_units(day, policy)
        assert {**result.units, **result.untimed_units} == units

    def test_a_unit_of_two_short_sessions_survives_the_cap_of_a_session(self) -> None:
        result = capped([session({"97530": 7}), session({"97530": 7})], per_session=1)
        assert result.units == {"97530": 1}
        assert result.capped_units == ()

    def test_an_untimed_service_counts_for_no_session(self) -> None:
        day = [
            session({"97530": 45}),
            Session(DAY, "PT", [UntimedService("97150", 60)]),
        ]
        result = capped(day, per_session=2)
        assert result.units == {"97530": 2}
        assert result.untimed_units == {"97150": 1}

    def test_a_session_cap_applies_to_each_discipline(self) -> None:
        day = [session({"97530": 45}, "PT"), session({"97535": 45}, "OT")]
        result = capped(day, per_session=2)
        assert result.units == {"97530": 2, "97535": 2}
        assert [cut.discipline for cut in result.capped_units] == [Discipline.PT, Discipline.OT]

    def test_a_cap_of_the_day_counts_all_disciplines_together(self) -> None:
        day = [session({"97530": 38}, "PT"), session({"97535": 23}, "OT")]
        result = capped(day, per_day=4)
        assert result.units == {"97530": 3, "97535": 1}
        assert result.capped_units == (
            CappedUnit("cap-per-day", 4, "97535", Discipline.OT, 8, "4 units"),
        )
        assert result.by_discipline == {
            Discipline.PT: {"97530": 3},
            Discipline.OT: {"97535": 1},
        }
        tighter = capped(day, per_day=3)
        assert [(cut.code, cut.minutes) for cut in tighter.capped_units] == [
            ("97535", 8),
            ("97530", 8),
        ]

    def test_caps_add_up_in_the_order_of_code_session_and_day(self) -> None:
        result = capped(
            {"97530": 60, "97110": 30, "97112": 15}, per_code=3, per_session=5, per_day=2
        )
        assert [(cut.cap, cut.limit, cut.code) for cut in result.capped_units] == [
            ("cap-per-code", 3, "97530"),
            ("cap-per-session", 5, "97112"),
            ("cap-per-day", 2, "97110"),
            ("cap-per-day", 2, "97110"),
            ("cap-per-day", 2, "97530"),
        ]
        assert result.units == {"97530": 2, "97110": 0, "97112": 0}

    def test_an_add_on_is_removed_before_the_first_unit_of_its_family(self) -> None:
        result = capped({"97129": 45}, per_day=2)
        assert result.units == {"97129": 1, "97130": 1}
        assert [cut.code for cut in result.capped_units] == ["97130"]
        result = capped({"97550": 60}, per_day=1)
        assert result.units == {"97550": 1, "97551": 0}
        assert [(cut.code, cut.minutes) for cut in result.capped_units] == [
            ("97551", 15),
            ("97551", 15),
        ]

    def test_the_first_unit_of_a_family_has_the_minutes_of_its_own_period(self) -> None:
        policy = Policy(UnitMethod.CMS_EIGHT_MINUTE).with_changes(
            first_period=FirstPeriod.MIDPOINT, cap_per_day=0
        )
        cuts = allocate_units({"97550": 20, "92607": 81}, policy).capped_units
        assert [(cut.code, cut.minutes) for cut in cuts] == [
            ("97550", 20),
            ("92608", 21),
            ("92607", 60),
        ]

    def test_the_unit_of_a_full_first_period_has_all_its_minutes(self) -> None:
        cuts = capped({"97550": 68}, per_day=0).capped_units
        assert [(cut.code, cut.minutes) for cut in cuts] == [
            ("97551", 8),
            ("97551", 15),
            ("97551", 15),
            ("97550", 30),
        ]

    def test_the_split_that_keeps_most_units_under_a_cap_is_chosen(self) -> None:
        result = capped({"97530": 20, "97110": 20}, per_code={"97530": 1})
        assert result.units == {"97530": 1, "97110": 2}
        assert result.admissible == ({"97530": 1, "97110": 2},)
        assert result.uncapped_units == {"97530": 1, "97110": 2}
        assert result.capped_units == ()
        assert [code.units for code in result.disciplines[0].counted] == [1, 2]

    def test_the_tie_policy_chooses_among_splits_that_lose_equally(self) -> None:
        result = capped({"97530": 20, "97110": 20, "97112": 30}, per_code={"97112": 1})
        assert result.admissible == (
            {"97530": 2, "97110": 1, "97112": 1},
            {"97530": 1, "97110": 2, "97112": 1},
        )
        assert [cut.code for cut in result.capped_units] == ["97112"]

    @pytest.mark.parametrize("code", ["97129", "97550"])
    def test_a_cap_leaves_no_add_on_without_its_first_code(self, code: str) -> None:
        result = capped({code: 45, "97110": 15}, per_code={code: 0})
        assert result.total_units == 1
        assert result.units["97110"] == 1
        assert {cut.cap for cut in result.capped_units} == {"cap-per-code"}

    def test_a_cap_that_leaves_the_first_code_leaves_its_add_on(self) -> None:
        assert capped({"97129": 45}, per_code={"97129": 1}).units == {"97129": 1, "97130": 2}

    def test_splits_that_a_cap_makes_equal_are_listed_once(self) -> None:
        result = capped({"97530": 20, "97110": 20}, per_day=2)
        assert result.admissible == ({"97530": 1, "97110": 1},)
        assert result.tied is False

    def test_a_cap_removes_no_untimed_unit(self) -> None:
        day = Session(DAY, "PT", [UntimedService("97161"), TimedService("97530", 30)])
        result = capped(day, per_day=1)
        assert result.untimed_units == {"97161": 1}
        assert result.total_units == 1

    @given(
        st.dictionaries(st.sampled_from(IN_FORCE[:6]), st.integers(0, 70), min_size=1, max_size=3),
        st.sampled_from(UnitMethod),
        st.none() | st.integers(0, 4),
        st.none() | st.integers(0, 4),
        st.none() | st.integers(0, 4),
    )
    def test_a_cap_adds_no_unit_and_is_kept(
        self,
        minutes: dict[str, int],
        method: UnitMethod,
        per_code: int | None,
        per_session: int | None,
        per_day: int | None,
    ) -> None:
        free = allocate_units(minutes, method)
        result = capped(
            minutes,
            per_code=per_code,
            per_session=per_session,
            per_day=per_day,
            method=method,
        )
        assert result.uncapped_units == free.units
        assert all(result.units[code] <= free.units[code] for code in minutes)
        assert len(result.capped_units) == free.total_units - result.total_units
        assert result.units == result.admissible[0]
        assert max(result.units.values()) <= (math.inf if per_code is None else per_code)
        assert result.total_units <= (math.inf if per_day is None else per_day)
        assert result.total_units <= (math.inf if per_session is None else per_session)
