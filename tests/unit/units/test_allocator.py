"""Units of a day: pooling, families, ties, caps, untimed codes and every refusal."""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Context, Decimal, localcontext
from functools import partial
from typing import Any, cast

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.refusals import refusal
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    Allocation,
    CapCut,
    Discipline,
    FeeSchedule,
    FirstPeriod,
    InvalidInputError,
    NotPublishedError,
    Payer,
    Policy,
    Session,
    TiePolicy,
    TimedService,
    Timeline,
    UnitMethod,
    UntimedService,
    allocate_units,
)
from therapy_billing.codes.code_book import load_codes, quarter_codes
from therapy_billing.payers.policy import FeeBasis
from therapy_billing.units.allocator import Treatment, UnitsBy, count_minutes, policy_of

DAY = datetime.date(2026, 3, 2)
CMS = Policy(UnitMethod.CMS_EIGHT_MINUTE)
MIDPOINT = Policy(UnitMethod.CPT_MIDPOINT)
STARTED = Policy(UnitMethod.STARTED_QUARTER)
FULL = Policy(UnitMethod.FULL_QUARTER)
POLICIES = {"cms": CMS, "midpoint": MIDPOINT, "started": STARTED, "full": FULL}
IN_FORCE = tuple(code for code in sorted(quarter_codes()) if load_codes()[code].replaced_by == ())


def session(
    minutes: Mapping[str, int], discipline: str = "PT", day: datetime.date = DAY
) -> Session:
    """Return a session of *minutes* by timed code."""
    return Session.from_minutes(minutes, date_of_service=day, discipline=discipline)


def units(treatment: Treatment, payer: UnitsBy) -> dict[str, int]:
    """Return the units of each timed code."""
    return dict(allocate_units(treatment, payer).units)


def capped(
    treatment: Treatment,
    *,
    per_code: int | Mapping[str, int] | None = None,
    per_codes: Sequence[tuple[Sequence[str], int]] = (),
    per_session: int | None = None,
    per_day: int | None = None,
    method: UnitMethod = UnitMethod.CMS_EIGHT_MINUTE,
) -> Allocation:
    """Return the units of *treatment* under caps."""
    policy = Policy(
        method,
        cap_per_code=per_code,
        cap_per_codes=per_codes,
        cap_per_session=per_session,
        cap_per_day=per_day,
    )
    return allocate_units(treatment, policy)


class TestTheDay:
    def test_minutes_by_code_without_a_day_have_none(self) -> None:
        result = allocate_units({"97530": 20, "97110": 20, "97112": 8}, MEDICARE)
        assert result.date_of_service is None
        assert result.payer == "medicare"
        assert result.units == {"97530": 1, "97110": 1, "97112": 1}
        assert list(result.units) == ["97530", "97110", "97112"]
        assert result.total_units == 3
        assert result.timed_minutes == result.treatment_minutes == 48
        (pool,) = result.pools
        assert (pool.discipline, pool.sessions, pool.pooled_minutes) == (None, 1, 48)

    @pytest.mark.parametrize("day", [DAY, "2026-03-02", "3/2/2026"])
    def test_minutes_by_code_have_the_day_given(self, day: datetime.date | str) -> None:
        result = allocate_units({"97530": 20}, MEDICARE, date_of_service=day)
        assert result.date_of_service == DAY

    def test_a_session_brings_its_own_day(self) -> None:
        alone = allocate_units(session({"97530": 20}), MEDICARE)
        assert alone.date_of_service == DAY
        again = allocate_units(session({"97530": 20}), MEDICARE, date_of_service=DAY)
        assert again == alone

    def test_minutes_of_a_session_and_bare_minutes_make_the_same_units(self) -> None:
        minutes = {"97530": 33, "97110": 7}
        assert units(session(minutes), MEDICARE) == units(minutes, MEDICARE)
        assert units(minutes, MEDICARE) == {"97530": 2, "97110": 1}

    def test_zero_minutes_stay_listed_with_no_unit(self) -> None:
        result = allocate_units({"97530": 0}, MEDICARE)
        assert result.units == {"97530": 0}
        assert result.admissible == ({"97530": 0},)
        assert result.tied is False

    def test_sessions_of_two_days_are_refused(self) -> None:
        other = session({"97530": 20}, day=datetime.date(2026, 3, 3))
        message = refusal(
            InvalidInputError,
            lambda: allocate_units([session({"97530": 20}), other], MEDICARE),
        )
        assert message == "units are counted for one day at a time: 2026-03-02 and 2026-03-03"

    def test_a_session_of_another_day_than_the_one_given_is_refused(self) -> None:
        message = refusal(
            InvalidInputError,
            lambda: allocate_units(session({"97530": 20}), MEDICARE, date_of_service="2026-03-01"),
        )
        assert message == "units are counted for one day at a time: 2026-03-01 and 2026-03-02"

    def test_nothing_to_count_is_refused(self) -> None:
        assert refusal(InvalidInputError, lambda: allocate_units({}, MEDICARE)) == (
            "there are no minutes to count: give at least one code"
        )
        assert refusal(InvalidInputError, lambda: allocate_units([], MEDICARE)) == (
            "there is no session to count"
        )
        assert refusal(InvalidInputError, lambda: allocate_units(iter(()), MEDICARE)) == (
            "there is no session to count"
        )

    @pytest.mark.parametrize(
        ("held", "shown"),
        [
            (1, "1"),
            ("Rosa Invented", "a text of 13 characters"),
            (TimedService("97530", 20), "a TimedService"),
            (None, "None"),
        ],
    )
    def test_a_sequence_of_anything_but_sessions_is_refused(self, held: object, shown: str) -> None:
        sessions = cast("list[Session]", [session({"97530": 20}), held])
        message = refusal(InvalidInputError, lambda: allocate_units(sessions, MEDICARE))
        assert message == (f"treatment is sessions or minutes by code; a sequence holds {shown}")

    def test_a_name_in_place_of_the_treatment_is_not_shown(self) -> None:
        treatment = cast("list[Session]", "Rosa Invented")
        message = refusal(InvalidInputError, lambda: allocate_units(treatment, MEDICARE))
        assert message == (
            "treatment is sessions or minutes by code; a sequence holds a text of 1 characters"
        )

    def test_a_name_in_place_of_the_day_is_not_shown(self) -> None:
        message = refusal(
            InvalidInputError,
            lambda: allocate_units({"97530": 20}, MEDICARE, date_of_service="Rosa Invented"),
        )
        assert message == (
            "date_of_service is a day such as 2026-03-02 or 3/2/2026 (month first), "
            "not a text of 13 characters"
        )

    def test_sessions_may_come_from_a_generator(self) -> None:
        result = allocate_units((session({"97530": m}) for m in (7, 7)), MEDICARE)
        assert result.units == {"97530": 1}


class TestCodesOfTheDay:
    def test_a_code_of_the_past_is_counted_on_its_last_day_and_refused_after(self) -> None:
        result = allocate_units({"97532": 10}, MEDICARE, date_of_service="2017-12-31")
        assert result.units == {"97532": 1}
        message = refusal(
            InvalidInputError,
            lambda: allocate_units({"97532": 10}, MEDICARE, date_of_service="2018-01-01"),
        )
        assert message == "code 97532 ended on 2017-12-31; since then it is 97127 or G0515"

    def test_a_code_of_the_past_without_a_day_is_refused_with_what_it_is_now(self) -> None:
        message = refusal(InvalidInputError, lambda: allocate_units({"97532": 10}, MEDICARE))
        assert message == (
            "code 97532 ended on 2017-12-31; since then it is 97129 or 97130: "
            "give date_of_service if the service was before"
        )

    def test_an_untimed_code_that_ended_is_refused_with_its_successors_first(self) -> None:
        message = refusal(
            InvalidInputError,
            lambda: allocate_units({"97127": 10}, MEDICARE, date_of_service="2020-01-01"),
        )
        assert message == "code 97127 ended on 2019-12-31; since then it is 97129 or 97130"

    def test_an_untimed_code_among_minutes_is_refused(self) -> None:
        message = refusal(InvalidInputError, lambda: allocate_units({"97161": 30}, MEDICARE))
        assert message == "code 97161 is untimed: record UntimedService('97161')"

    def test_a_name_among_the_codes_is_not_shown(self) -> None:
        message = refusal(
            InvalidInputError, lambda: allocate_units({"Rosa Invented": 30}, MEDICARE)
        )
        assert message == (
            "a code is a text of five characters such as '97530' or 'G0283', "
            "not a text of 13 characters"
        )

    def test_codes_written_in_two_ways_are_one_code(self) -> None:
        assert units({"g0237": 4, " G0237 ": 4}, MEDICARE) == {"G0237": 1}

    def test_medicare_refuses_97014_and_names_g0283(self) -> None:
        day = Session(DAY, "PT", [UntimedService("97014")])
        message = refusal(InvalidInputError, lambda: allocate_units(day, MEDICARE))
        assert message == "Medicare does not take code 97014: use G0283"

    def test_medicare_refuses_97127_while_it_was_in_force_and_names_g0515(self) -> None:
        day = Session("2018-06-01", "SLP", [UntimedService("97127")])
        message = refusal(InvalidInputError, lambda: allocate_units(day, MEDICARE))
        assert message == "Medicare does not take code 97127: use G0515"

    def test_medicare_refuses_a_timed_code_that_it_has_nothing_for(self) -> None:
        message = refusal(
            InvalidInputError, lambda: allocate_units({"97530": 15, "S8948": 15}, MEDICARE)
        )
        assert message == "Medicare does not take code S8948"

    def test_another_payer_takes_what_medicare_refuses(self) -> None:
        day = Session(DAY, "PT", [UntimedService("97014"), TimedService("S8948", 15)])
        result = allocate_units(day, CPT_MIDPOINT)
        assert result.units == {"S8948": 1}
        assert result.untimed_units == {"97014": 1}
        with_untimed = Session(DAY, "PT", [UntimedService("G0283"), TimedService("97530", 15)])
        assert allocate_units(with_untimed, MEDICARE).untimed_units == {"G0283": 1}


class TestWhoDecides:
    def test_a_payer_a_policy_and_a_method_decide_with_their_names(self) -> None:
        assert policy_of(MEDICARE, DAY) == (MEDICARE.on(DAY), "medicare")
        assert policy_of(CMS, DAY) == (CMS, "cms-eight-minute")
        assert policy_of(UnitMethod.FULL_QUARTER, None) == (
            attrs.evolve(FULL, fee_basis=FeeBasis.ANY_SCHEDULE),
            "full-quarter",
        )

    @pytest.mark.parametrize(
        ("payer", "shown"),
        [
            ("medicare", "a text of 8 characters"),
            ("Rosa Invented", "a text of 13 characters"),
            (None, "None"),
            (Policy, "a type"),
        ],
    )
    def test_anything_else_is_refused(self, payer: object, shown: str) -> None:
        message = refusal(
            InvalidInputError,
            lambda: allocate_units({"97530": 20}, cast("UnitsBy", payer)),
        )
        assert message == (
            f"payer is a Payer such as MEDICARE, a Policy or a UnitMethod, not {shown}"
        )

    def test_a_day_before_the_payers_policy_is_refused(self) -> None:
        first = allocate_units({"97530": 20}, MEDICARE, date_of_service="2000-04-01")
        assert first.units == {"97530": 1}
        message = refusal(
            NotPublishedError,
            lambda: allocate_units({"97530": 20}, MEDICARE, date_of_service="2000-03-31"),
        )
        assert message == (
            "medicare's policy is known from 2000-04-01 through 2026-12-31, not on 2000-03-31"
        )

    def test_a_payer_that_changed_counts_each_day_by_its_policy(self) -> None:
        changed = Payer(
            "harbor plan",
            Timeline(
                "the policy of harbor plan",
                ((None, MIDPOINT), (datetime.date(2026, 3, 2), CMS)),
                datetime.date(2026, 12, 31),
            ),
        )
        minutes = {"97110": 10, "97124": 10}
        before = allocate_units(minutes, changed, date_of_service="2026-03-01")
        since = allocate_units(minutes, changed, date_of_service="2026-03-02")
        assert (before.total_units, since.total_units) == (2, 1)
        assert refusal(InvalidInputError, lambda: allocate_units(minutes, changed)) == (
            "harbor plan has changed its policy over time: give date_of_service"
        )


class TestPooling:
    def test_sessions_of_one_discipline_are_counted_together(self) -> None:
        day = [session({"97530": 7}), session({"97530": 7, "97110": 1})]
        result = allocate_units(day, MEDICARE)
        assert result.units == {"97530": 1, "97110": 0}
        (pool,) = result.pools
        assert (pool.discipline, pool.sessions) == (Discipline.PT, 2)
        assert pool.pooled_minutes == 15

    def test_disciplines_are_counted_apart(self) -> None:
        day = [session({"97530": 7}, "PT"), session({"97530": 7}, "OT")]
        result = allocate_units(day, MEDICARE)
        assert result.units == {"97530": 0}
        assert [pool.discipline for pool in result.pools] == [Discipline.PT, Discipline.OT]
        assert result.by_discipline == {
            Discipline.PT: {"97530": 0},
            Discipline.OT: {"97530": 0},
        }

    def test_units_of_one_code_add_up_over_disciplines(self) -> None:
        day = [
            session({"97530": 24, "97110": 23}, "PT"),
            session({"97535": 8, "97530": 22}, "OT"),
        ]
        result = allocate_units(day, MEDICARE)
        assert result.units == {"97530": 3, "97110": 1, "97535": 1}
        assert result.by_discipline == {
            Discipline.PT: {"97530": 2, "97110": 1},
            Discipline.OT: {"97535": 1, "97530": 1},
        }
        assert result.documented_minutes == {"97530": 46, "97110": 23, "97535": 8}

    def test_a_session_between_two_of_another_discipline_breaks_no_pool(self) -> None:
        day = [
            session({"97530": 7}, "PT"),
            session({"97535": 20}, "OT"),
            session({"97110": 7}, "PT"),
        ]
        result = allocate_units(day, MEDICARE)
        assert [(pool.discipline, pool.sessions) for pool in result.pools] == [
            (Discipline.PT, 2),
            (Discipline.OT, 1),
        ]
        assert result.total_units == 2

    def test_seconds_are_floored_for_each_service_and_told(self) -> None:
        day = Session(
            DAY,
            "PT",
            [
                TimedService("97530", start="2026-03-02 09:00", end="2026-03-02 09:07:40"),
                TimedService("97530", start="2026-03-02 09:10", end="2026-03-02 09:10:50"),
                TimedService("97110", 5),
            ],
        )
        result = allocate_units(day, MEDICARE)
        assert result.timed_minutes == 12
        assert result.floored_seconds == 90
        assert result.units == {"97530": 1, "97110": 0}


class TestOtherTimeBases:
    @pytest.mark.parametrize(
        ("policy", "counted"),
        [
            (CMS, (0, 0, 1, 1, 2)),
            (MIDPOINT, (0, 0, 1, 1, 2)),
            (STARTED, (0, 0, 0, 1, 1)),
            (FULL, (0, 0, 0, 1, 1)),
        ],
        ids=POLICIES,
    )
    def test_a_code_of_an_hour_counts_alone(self, policy: Policy, counted: tuple[int, ...]) -> None:
        minutes = (0, 30, 31, 90, 91) if policy in (CMS, MIDPOINT) else (0, 30, 59, 60, 119)
        assert tuple(units({"96125": m}, policy)["96125"] for m in minutes) == counted

    def test_a_code_of_an_hour_stays_out_of_the_days_total(self) -> None:
        result = allocate_units({"97530": 7, "96125": 30, "97110": 7}, MEDICARE)
        assert result.units == {"97530": 1, "96125": 0, "97110": 0}
        assert result.admissible == (
            {"97530": 1, "96125": 0, "97110": 0},
            {"97530": 0, "96125": 0, "97110": 1},
        )
        assert result.pools[0].pooled_minutes == 14
        assert result.timed_minutes == 44

    def test_the_own_units_of_an_hour_code_and_those_of_the_total_add_up(self) -> None:
        result = allocate_units({"96125": 91, "97530": 23, "97110": 24}, MEDICARE)
        assert result.units == {"96125": 2, "97530": 1, "97110": 2}
        assert result.pools[0].pooled_minutes == 47


class TestFamilies:
    @pytest.mark.parametrize("first", ["97129", "90912"])
    @pytest.mark.parametrize(
        ("minutes", "expected"), [(7, 0), (8, 1), (22, 1), (23, 2), (37, 2), (38, 3)]
    )
    def test_the_first_unit_is_the_first_codes_and_the_others_the_add_ons(
        self, first: str, minutes: int, expected: int
    ) -> None:
        add_on = load_codes()[first].add_on
        assert add_on is not None
        for policy in (CMS, MIDPOINT):
            counted = units({first: minutes}, policy)
            assert sum(counted.values()) == expected
            assert counted[first] == min(expected, 1)
            assert counted.get(add_on, 0) == max(expected - 1, 0)
            assert (add_on in counted) is (expected > 1)

    @pytest.mark.parametrize(
        ("minutes", "expected"),
        [
            ({"97129": 15, "97130": 15}, {"97129": 1, "97130": 1}),
            ({"97130": 15, "97129": 15}, {"97129": 1, "97130": 1}),
            ({"97129": 15, "97130": 7}, {"97129": 1, "97130": 0}),
            ({"97129": 15, "97130": 8}, {"97129": 1, "97130": 1}),
            ({"97129": 30, "97130": 8}, {"97129": 1, "97130": 2}),
            ({"97129": 0, "97130": 20}, {"97129": 1, "97130": 0}),
            ({"90912": 10, "90913": 13}, {"90912": 1, "90913": 1}),
        ],
    )
    def test_minutes_documented_under_the_add_on_join_those_of_the_first_code(
        self, minutes: dict[str, int], expected: dict[str, int]
    ) -> None:
        for policy in (CMS, MIDPOINT):
            assert units(minutes, policy) == expected

    @pytest.mark.parametrize(
        ("add_on", "first"),
        [
            ("97130", "97129"),
            ("90913", "90912"),
            ("97551", "97550"),
            ("92608", "92607"),
            ("97546", "97545"),
            ("G0542", "G0541"),
        ],
    )
    def test_an_add_on_without_its_first_code_is_refused(self, add_on: str, first: str) -> None:
        for policy in POLICIES.values():
            message = refusal(
                InvalidInputError,
                partial(allocate_units, {"97530": 20, add_on: 20}, policy),
            )
            assert message == (
                f"code {add_on} makes the further units of {first}: "
                f"record the first minutes under {first}"
            )

    @pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
    @pytest.mark.parametrize("code", ["97129", "90912", "97550", "92607", "97545", "G0541"])
    def test_a_family_under_two_disciplines_counts_as_each_does_alone(
        self, code: str, policy: Policy
    ) -> None:
        facts = load_codes()[code]
        for minutes in ((7, 8), (30, 30), (38, 15), (45, 180), (120, 61), (200, 0)):
            both = [session({code: minutes[0]}, "OT"), session({code: minutes[1]}, "SLP")]
            result = allocate_units(both, policy)
            alone: dict[Discipline | None, Mapping[str, int]] = {
                each.discipline: allocate_units(each, policy).by_discipline[each.discipline]
                for each in both
            }
            for discipline, share in result.by_discipline.items():
                assert {c: n for c, n in share.items() if n} == {
                    c: n for c, n in alone[discipline].items() if n
                }
                assert share.get(code, 0) <= 1
            for each in (code, facts.add_on or ""):
                assert result.units.get(each, 0) == sum(
                    share.get(each, 0) for share in alone.values()
                )

    def test_a_tie_in_each_of_two_disciplines_with_a_family_lists_every_sum(self) -> None:
        day = [
            session({"97129": 20, "97530": 20}, "OT"),
            session({"97129": 20, "97530": 20}, "SLP"),
        ]
        result = allocate_units(day, MEDICARE)
        assert result.units == {"97129": 2, "97130": 2, "97530": 2}
        assert {tuple(split.values()) for split in result.admissible} == {
            (2, 2, 2),
            (2, 1, 3),
            (2, 0, 4),
        }
        assert {sum(share.values()) for share in result.by_discipline.values()} == {3}

    def test_a_cap_on_the_first_code_takes_a_whole_family_of_one_discipline(self) -> None:
        day = [session({"97129": 38}, "OT"), session({"97129": 30}, "SLP")]
        result = capped(day, per_code={"97129": 1})
        assert result.by_discipline == {
            Discipline.OT: {"97129": 1, "97130": 2},
            Discipline.SLP: {"97129": 0, "97130": 0},
        }
        assert result.units == {"97129": 1, "97130": 2}

    def test_two_families_may_stand_under_two_disciplines(self) -> None:
        day = [session({"97129": 38}, "OT"), session({"90912": 30}, "PT")]
        assert allocate_units(day, MEDICARE).units == {
            "97129": 1,
            "97130": 2,
            "90912": 1,
            "90913": 1,
        }

    def test_further_areas_without_the_first_are_refused(self) -> None:
        day = Session(DAY, "PT", [UntimedService("97598", units=2)])
        assert refusal(InvalidInputError, lambda: allocate_units(day, MEDICARE)) == (
            "code 97598 makes the further units of 97597: record that as well"
        )

    def test_leftovers_of_a_family_compete_with_those_of_other_codes(self) -> None:
        assert units({"97129": 24, "97530": 23}, CMS) == {"97129": 1, "97130": 1, "97530": 1}
        assert units({"97129": 23, "97530": 24}, CMS) == {"97129": 1, "97530": 2}

    def test_a_tie_with_a_family_lists_the_add_on_in_every_split(self) -> None:
        result = allocate_units({"97530": 20, "97129": 20}, MEDICARE)
        assert result.admissible == (
            {"97530": 2, "97129": 1, "97130": 0},
            {"97530": 1, "97129": 1, "97130": 1},
        )

    @pytest.mark.parametrize("method", [UnitMethod.CMS_EIGHT_MINUTE, UnitMethod.CPT_MIDPOINT])
    @pytest.mark.parametrize("first", ["97550", "G0541"])
    @pytest.mark.parametrize(
        ("first_period", "minutes", "expected"),
        [
            (FirstPeriod.FULL, 29, (0, 0)),
            (FirstPeriod.FULL, 30, (1, 0)),
            (FirstPeriod.FULL, 37, (1, 0)),
            (FirstPeriod.FULL, 38, (1, 1)),
            (FirstPeriod.FULL, 45, (1, 1)),
            (FirstPeriod.FULL, 52, (1, 1)),
            (FirstPeriod.FULL, 53, (1, 2)),
            (FirstPeriod.MIDPOINT, 15, (0, 0)),
            (FirstPeriod.MIDPOINT, 16, (1, 0)),
            (FirstPeriod.MIDPOINT, 29, (1, 0)),
            (FirstPeriod.MIDPOINT, 30, (1, 0)),
            (FirstPeriod.MIDPOINT, 37, (1, 0)),
            (FirstPeriod.MIDPOINT, 38, (1, 1)),
            (FirstPeriod.MIDPOINT, 45, (1, 1)),
        ],
    )
    def test_caregiver_training_needs_its_first_thirty_minutes_or_half_of_them(
        self,
        method: UnitMethod,
        first: str,
        first_period: FirstPeriod,
        minutes: int,
        expected: tuple[int, int],
    ) -> None:
        add_on = load_codes()[first].add_on
        assert add_on is not None
        counted = units({first: minutes}, Policy(method, first_period=first_period))
        assert (counted[first], counted.get(add_on, 0)) == expected

    @pytest.mark.parametrize(
        ("policy", "add_on_units"),
        [(STARTED, (0, 1, 1, 1, 2)), (FULL, (0, 0, 0, 1, 1))],
        ids=["started", "full"],
    )
    def test_quarters_beyond_the_first_thirty_minutes_count_as_the_method_says(
        self, policy: Policy, add_on_units: tuple[int, ...]
    ) -> None:
        counted = [units({"97550": m}, policy) for m in (30, 31, 44, 45, 46)]
        assert [each["97550"] for each in counted] == [1, 1, 1, 1, 1]
        assert tuple(each.get("97551", 0) for each in counted) == add_on_units

    def test_minutes_short_of_the_first_period_make_no_unit_of_any_code(self) -> None:
        result = allocate_units({"97550": 29, "97530": 7}, MEDICARE)
        assert result.units == {"97550": 0, "97530": 0}
        assert result.pools[0].pooled_minutes == 7

    def test_minutes_beyond_the_first_period_join_the_days_total(self) -> None:
        result = allocate_units({"97550": 37, "97530": 7}, MEDICARE)
        assert result.pools[0].pooled_minutes == 14
        assert result.admissible == (
            {"97550": 1, "97551": 1, "97530": 0},
            {"97550": 1, "97551": 0, "97530": 1},
        )

    @pytest.mark.parametrize(
        ("policy", "first_period", "minutes", "expected"),
        [
            (MIDPOINT, FirstPeriod.FULL, 30, (0, 0)),
            (MIDPOINT, FirstPeriod.FULL, 31, (1, 0)),
            (MIDPOINT, FirstPeriod.FULL, 75, (1, 0)),
            (MIDPOINT, FirstPeriod.FULL, 76, (1, 1)),
            (MIDPOINT, FirstPeriod.FULL, 105, (1, 1)),
            (MIDPOINT, FirstPeriod.FULL, 106, (1, 2)),
            (MIDPOINT, FirstPeriod.MIDPOINT, 30, (0, 0)),
            (MIDPOINT, FirstPeriod.MIDPOINT, 31, (1, 0)),
            (MIDPOINT, FirstPeriod.MIDPOINT, 75, (1, 0)),
            (MIDPOINT, FirstPeriod.MIDPOINT, 76, (1, 1)),
            (CMS, FirstPeriod.FULL, 30, (0, 0)),
            (CMS, FirstPeriod.FULL, 31, (1, 0)),
            (CMS, FirstPeriod.FULL, 45, (1, 0)),
            (CMS, FirstPeriod.FULL, 75, (1, 0)),
            (CMS, FirstPeriod.FULL, 76, (1, 1)),
            (CMS, FirstPeriod.FULL, 105, (1, 1)),
            (CMS, FirstPeriod.FULL, 106, (1, 2)),
            (CMS, FirstPeriod.MIDPOINT, 30, (0, 0)),
            (CMS, FirstPeriod.MIDPOINT, 31, (1, 0)),
            (CMS, FirstPeriod.MIDPOINT, 75, (1, 0)),
            (CMS, FirstPeriod.MIDPOINT, 76, (1, 1)),
            (STARTED, FirstPeriod.FULL, 59, (0, 0)),
            (STARTED, FirstPeriod.FULL, 60, (1, 0)),
            (STARTED, FirstPeriod.MIDPOINT, 30, (0, 0)),
            (STARTED, FirstPeriod.MIDPOINT, 31, (1, 0)),
            (FULL, FirstPeriod.FULL, 59, (0, 0)),
            (FULL, FirstPeriod.FULL, 60, (1, 0)),
            (FULL, FirstPeriod.MIDPOINT, 30, (0, 0)),
            (FULL, FirstPeriod.MIDPOINT, 31, (1, 0)),
        ],
    )
    def test_a_device_evaluation_has_an_hour_and_then_half_hours(
        self, policy: Policy, first_period: FirstPeriod, minutes: int, expected: tuple[int, int]
    ) -> None:
        counted = units({"92607": minutes}, attrs.evolve(policy, first_period=first_period))
        assert (counted["92607"], counted.get("92608", 0)) == expected

    @pytest.mark.parametrize("policy", [STARTED, FULL], ids=["started", "full"])
    def test_half_hours_count_in_full_where_a_method_speaks_of_quarters(
        self, policy: Policy
    ) -> None:
        counted = [units({"92607": m}, policy).get("92608", 0) for m in (60, 89, 90, 119, 120)]
        assert counted == [0, 0, 1, 1, 2]

    @pytest.mark.parametrize(
        ("policy", "first_period", "minutes", "expected"),
        [
            (CMS, FirstPeriod.FULL, 119, (0, 0)),
            (CMS, FirstPeriod.FULL, 120, (1, 0)),
            (CMS, FirstPeriod.FULL, 179, (1, 0)),
            (CMS, FirstPeriod.FULL, 180, (1, 1)),
            (MIDPOINT, FirstPeriod.FULL, 150, (1, 0)),
            (MIDPOINT, FirstPeriod.FULL, 151, (1, 1)),
            (MIDPOINT, FirstPeriod.MIDPOINT, 60, (0, 0)),
            (MIDPOINT, FirstPeriod.MIDPOINT, 61, (1, 0)),
            (MIDPOINT, FirstPeriod.MIDPOINT, 150, (1, 0)),
            (MIDPOINT, FirstPeriod.MIDPOINT, 151, (1, 1)),
            (FULL, FirstPeriod.FULL, 179, (1, 0)),
            (FULL, FirstPeriod.FULL, 180, (1, 1)),
            (STARTED, FirstPeriod.FULL, 179, (1, 0)),
            (STARTED, FirstPeriod.FULL, 180, (1, 1)),
        ],
    )
    def test_work_hardening_has_two_hours_and_then_hours(
        self, policy: Policy, first_period: FirstPeriod, minutes: int, expected: tuple[int, int]
    ) -> None:
        counted = units({"97545": minutes}, attrs.evolve(policy, first_period=first_period))
        assert (counted["97545"], counted.get("97546", 0)) == expected

    @pytest.mark.parametrize(
        ("code", "policy", "first_period", "least"),
        [
            ("96125", CMS, FirstPeriod.FULL, 31),
            ("96125", MIDPOINT, FirstPeriod.FULL, 31),
            ("96105", CMS, FirstPeriod.FULL, 31),
            ("96105", CMS, FirstPeriod.MIDPOINT, 31),
            ("96105", MIDPOINT, FirstPeriod.FULL, 31),
            ("96105", STARTED, FirstPeriod.MIDPOINT, 60),
        ],
    )
    def test_an_hour_needs_its_half_only_where_a_source_says_so(
        self, code: str, policy: Policy, first_period: FirstPeriod, least: int
    ) -> None:
        changed = attrs.evolve(policy, first_period=first_period)
        assert units({code: least - 1}, changed) == {code: 0}
        assert units({code: least}, changed) == {code: 1}

    def test_a_settled_hour_is_no_matter_of_the_first_period(self) -> None:
        policy = Policy(UnitMethod.FULL_QUARTER, first_period=FirstPeriod.MIDPOINT)
        assert units({"96125": 59}, policy) == {"96125": 0}
        policy = Policy(UnitMethod.CPT_MIDPOINT, first_period=FirstPeriod.FULL)
        assert units({"96125": 31}, policy) == {"96125": 1}

    def test_the_fewest_minutes_of_a_policy_apply_to_quarters_only(self) -> None:
        policy = Policy(UnitMethod.CPT_MIDPOINT, minimum_minutes=10)
        assert units({"97530": 9, "97110": 10, "96125": 31}, policy) == {
            "97530": 0,
            "97110": 1,
            "96125": 1,
        }
        assert units({"97129": 24}, policy) == {"97129": 1}
        assert units({"97129": 25}, policy) == {"97129": 1, "97130": 1}

    def test_a_code_without_minutes_of_a_unit_cannot_be_counted(self) -> None:
        with pytest.raises(AssertionError, match=r"^97161$"):
            count_minutes({"97161": 20, "97129": 15}, CMS)


FULL_30 = (
    "{0}: {1} minutes make no unit, because all 30 minutes of the first period are required. This "
    "is not settled: FirstPeriod.MIDPOINT would make one from 16 minutes"
)
EITHER_WAY = (
    "{0}: whether the first unit needs all {2} minutes or {3} is not settled; {1} minutes make it "
    "either way"
)


class TestRemarks:
    @pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
    @pytest.mark.parametrize("code", ["97550", "G0541"])
    def test_a_first_period_that_is_not_settled_is_named_once_half_of_it_is_reached(
        self, code: str, policy: Policy
    ) -> None:
        remarks = {m: allocate_units({code: m}, policy).remarks for m in (0, 15, 16, 29, 30, 200)}
        assert remarks == {
            0: (),
            15: (),
            16: (FULL_30.format(code, 16),),
            29: (FULL_30.format(code, 29),),
            30: (EITHER_WAY.format(code, 30, 30, 16),),
            200: (EITHER_WAY.format(code, 200, 30, 16),),
        }

    def test_a_unit_by_the_midpoint_names_the_other_reading(self) -> None:
        policy = attrs.evolve(CMS, first_period=FirstPeriod.MIDPOINT)
        by_choice = (
            "97550: {} minutes make the first unit by FirstPeriod.MIDPOINT. This is not settled: "
            "FirstPeriod.FULL requires all 30 minutes"
        )
        remarks = {m: allocate_units({"97550": m}, policy).remarks for m in (15, 16, 29, 30)}
        assert remarks == {
            15: (),
            16: (by_choice.format(16),),
            29: (by_choice.format(29),),
            30: (EITHER_WAY.format("97550", 30, 30, 16),),
        }

    @pytest.mark.parametrize("policy", [CMS, MIDPOINT, CPT_MIDPOINT, MEDICARE])
    @pytest.mark.parametrize("code", ["92607", "96105", "96125"])
    def test_a_settled_hour_has_no_remark(self, code: str, policy: UnitsBy) -> None:
        for minutes in range(201):
            assert allocate_units({code: minutes}, policy).remarks == ()

    def test_a_further_hour_lost_under_the_eight_minute_rule_is_named(self) -> None:
        first = EITHER_WAY.format("97545", "{0}", 120, 61)
        lost = (
            "97546: {0} further minutes make no unit, because all 60 minutes are required. This is "
            "not settled for cms-eight-minute: FirstPeriod.MIDPOINT would make one from 31 minutes"
        )
        for minutes, left in ((150, None), (151, 31), (179, 59), (180, None), (211, 31)):
            remarks = allocate_units({"97545": minutes}, CMS).remarks
            assert remarks == (
                first.format(minutes),
                *([] if left is None else [lost.format(left)]),
            )
            assert allocate_units({"97545": minutes}, MIDPOINT).remarks == (first.format(minutes),)
        midpoint = attrs.evolve(CMS, first_period=FirstPeriod.MIDPOINT)
        assert allocate_units({"97545": 151}, midpoint).remarks == (
            first.format(151),
            (
                "97546: 31 further minutes make a unit by FirstPeriod.MIDPOINT. This is not settled: "
                "FirstPeriod.FULL requires all 60 minutes"
            ),
        )

    @pytest.mark.parametrize("policy", [STARTED, FULL], ids=["started", "full"])
    def test_an_hour_lost_to_a_method_of_quarters_is_named(self, policy: Policy) -> None:
        method = policy.method.value
        lost = (
            "{}: {} minutes make no unit, because all {} minutes are required. This is not settled "
            "for {}: the midpoint would make one from {} minutes"
        )
        remarks = {m: allocate_units({"96125": m}, policy).remarks for m in (30, 31, 59, 60, 91)}
        assert remarks == {
            30: (),
            31: (lost.format("96125", 31, 60, method, 31),),
            59: (lost.format("96125", 59, 60, method, 31),),
            60: (),
            91: (lost.format("96125", "31 further", 60, method, 31),),
        }
        assert allocate_units({"92607": 59}, policy).remarks == (
            (
                "92607: 59 minutes make no unit, because all 60 minutes of the first period are "
                "required. This is not settled: FirstPeriod.MIDPOINT would make one from 31 minutes"
            ),
        )
        assert allocate_units({"92607": 76}, policy).remarks == (
            lost.format("92608", "16 further", 30, method, 16),
        )
        midpoint = attrs.evolve(policy, first_period=FirstPeriod.MIDPOINT)
        assert allocate_units({"96125": 31}, midpoint).remarks == remarks[31]

    def test_codes_of_quarters_have_none(self) -> None:
        assert allocate_units({"97129": 7, "97530": 7}, CMS).remarks == ()
        assert allocate_units({"97530": 7}, CMS).remarks == ()

    def test_of_several_disciplines_each_is_named(self) -> None:
        day = [session({"97550": 20}, "PT"), session({"97550": 29}, "OT")]
        result = allocate_units(day, MEDICARE)
        assert result.remarks == (
            f"PT: {FULL_30.format('97550', 20)}",
            f"OT: {FULL_30.format('97550', 29)}",
        )
        assert result.to_dict()["remarks"] == list(result.remarks)
        assert all(remark in result._repr_html_() for remark in result.remarks)


class TestTies:
    def test_the_code_documented_first_takes_the_open_unit(self) -> None:
        result = allocate_units({"97530": 20, "97110": 20}, MEDICARE)
        assert result.units == {"97530": 2, "97110": 1}
        assert result.admissible == ({"97530": 2, "97110": 1}, {"97530": 1, "97110": 2})
        assert result.tied is True
        (pool,) = result.pools
        assert (pool.tied, pool.open_units, pool.extra_units) == ((0, 1), 1, (1, 0))
        assert units({"97110": 20, "97530": 20}, MEDICARE) == {"97110": 2, "97530": 1}

    def test_preferred_codes_take_the_open_unit_in_their_order(self) -> None:
        policy = Policy(
            UnitMethod.CMS_EIGHT_MINUTE,
            tie_policy=TiePolicy.PREFERRED_CODES,
            preferred_codes=("97140", "97110"),
        )
        minutes = {"97530": 7, "97110": 7, "97140": 7}
        result = allocate_units(minutes, policy)
        assert result.admissible == (
            {"97530": 0, "97110": 0, "97140": 1},
            {"97530": 0, "97110": 1, "97140": 0},
            {"97530": 1, "97110": 0, "97140": 0},
        )
        assert units({"97530": 7, "97110": 7}, policy) == {"97530": 0, "97110": 1}
        assert units({"97530": 7, "97112": 7}, policy) == {"97530": 1, "97112": 0}

    def test_preferred_codes_move_no_unit_that_the_rule_settles(self) -> None:
        policy = Policy(
            UnitMethod.CMS_EIGHT_MINUTE,
            tie_policy=TiePolicy.PREFERRED_CODES,
            preferred_codes=("97110",),
        )
        assert units({"97530": 24, "97110": 23}, policy) == {"97530": 2, "97110": 1}

    def test_a_preferred_add_on_speaks_for_its_family_once_the_first_unit_is_made(self) -> None:
        policy = Policy(
            UnitMethod.CMS_EIGHT_MINUTE,
            tie_policy=TiePolicy.PREFERRED_CODES,
            preferred_codes=("97130",),
        )
        assert units({"97530": 20, "97129": 20}, policy) == {
            "97530": 1,
            "97129": 1,
            "97130": 1,
        }
        # With one first and one further unit the next is a further one again.
        caregiver = attrs.evolve(policy, preferred_codes=("97551",))
        assert units({"97530": 20, "97550": 50}, caregiver) == {
            "97530": 1,
            "97550": 1,
            "97551": 2,
        }
        # Here the open unit would be the family's first, so the add-on is not what is preferred.
        assert units({"97530": 7, "97129": 7}, policy) == {"97530": 1, "97129": 0}

    def test_the_highest_fee_takes_the_open_unit(self) -> None:
        policy = Policy(UnitMethod.CMS_EIGHT_MINUTE, tie_policy=TiePolicy.HIGHEST_FEE)
        minutes = {"97110": 20, "97530": 20, "97140": 1}
        fees = FeeSchedule.from_rates({"97530": "35.07", "97110": "35.06", "97140": "99"})
        result = allocate_units(minutes, policy, fees=fees)
        assert result.units == {"97110": 1, "97530": 2, "97140": 0}
        dearer = FeeSchedule.from_rates({"97530": "35.07", "97110": "35.08", "97140": "99"})
        result = allocate_units(minutes, policy, fees=dearer)
        assert result.units == {"97110": 2, "97530": 1, "97140": 0}

    def test_equal_fees_leave_the_unit_to_the_code_documented_first(self) -> None:
        policy = Policy(UnitMethod.CMS_EIGHT_MINUTE, tie_policy=TiePolicy.HIGHEST_FEE)
        fees = FeeSchedule.from_rates({"97530": "30", "97110": "30"})
        result = allocate_units({"97110": 20, "97530": 20}, policy, fees=fees)
        assert result.units == {"97110": 2, "97530": 1}

    def test_the_highest_fee_compares_the_add_on_once_the_first_unit_is_made(self) -> None:
        policy = Policy(UnitMethod.CMS_EIGHT_MINUTE, tie_policy=TiePolicy.HIGHEST_FEE)
        fees = FeeSchedule.from_rates({"97530": "30", "97129": "40", "97130": "20"})
        result = allocate_units({"97129": 20, "97530": 20}, policy, fees=fees)
        assert result.units == {"97129": 1, "97530": 2, "97130": 0}
        result = allocate_units({"97530": 7, "97129": 7}, policy, fees=fees)
        assert result.units == {"97530": 0, "97129": 1}

    def test_the_highest_fee_is_found_under_any_decimal_context(self) -> None:
        policy = Policy(UnitMethod.CMS_EIGHT_MINUTE, tie_policy=TiePolicy.HIGHEST_FEE)
        fees = FeeSchedule.from_rates({"97530": "40.42", "97110": "40.41"})
        with localcontext(Context(prec=2)):
            result = allocate_units({"97110": 20, "97530": 20}, policy, fees=fees)
        assert result.units == {"97110": 1, "97530": 2}

    def test_the_highest_fee_without_fees_is_refused_tie_or_not(self) -> None:
        policy = Policy(UnitMethod.CMS_EIGHT_MINUTE, tie_policy=TiePolicy.HIGHEST_FEE)
        message = "TiePolicy.HIGHEST_FEE compares amounts: give fees, a FeeSchedule"
        for minutes in ({"97530": 20}, {"97110": 20, "97530": 20}):
            assert message == refusal(
                InvalidInputError,
                partial(allocate_units, minutes, policy),
            )

    def test_dated_fees_are_refused_for_another_day_and_without_one(self) -> None:
        policy = Policy(UnitMethod.CMS_EIGHT_MINUTE, tie_policy=TiePolicy.HIGHEST_FEE)
        fees = FeeSchedule.from_rates({"97530": "35", "97110": "29"}, effective_from="2026-03-02")
        minutes = {"97110": 20, "97530": 20}
        result = allocate_units(minutes, policy, fees=fees, date_of_service="2026-03-02")
        assert result.units == {"97110": 1, "97530": 2}
        name = "contract rates is for days from 2026-03-02 on"
        assert refusal(
            NotPublishedError,
            lambda: allocate_units(minutes, policy, fees=fees, date_of_service="2026-03-01"),
        ) == (f"{name}, not for 2026-03-01")
        assert refusal(NotPublishedError, lambda: allocate_units(minutes, policy, fees=fees)) == (
            f"{name}, not for an unnamed day"
        )

    def test_a_tied_code_without_a_fee_is_refused(self) -> None:
        policy = Policy(UnitMethod.CMS_EIGHT_MINUTE, tie_policy=TiePolicy.HIGHEST_FEE)
        fees = FeeSchedule.from_rates({"97530": "35"})
        assert refusal(
            NotPublishedError,
            lambda: allocate_units({"97110": 20, "97530": 20}, policy, fees=fees),
        ) == ("no price for 97110 in contract rates: the code is not in it")

    def test_per_code_methods_have_no_ties(self) -> None:
        for policy in (MIDPOINT, STARTED, FULL):
            result = allocate_units({"97110": 20, "97530": 20}, policy)
            assert result.tied is False
            assert result.pools[0].pooled_minutes is None
            assert (result.pools[0].tied, result.pools[0].open_units) == ((), 0)

    def test_ties_of_two_disciplines_combine(self) -> None:
        day = [
            session({"97530": 20, "97110": 20}, "PT"),
            session({"97535": 20, "97542": 20}, "OT"),
        ]
        result = allocate_units(day, MEDICARE)
        assert result.admissible == (
            {"97530": 2, "97110": 1, "97535": 2, "97542": 1},
            {"97530": 2, "97110": 1, "97535": 1, "97542": 2},
            {"97530": 1, "97110": 2, "97535": 2, "97542": 1},
            {"97530": 1, "97110": 2, "97535": 1, "97542": 2},
        )

    def test_splits_that_come_out_alike_are_listed_once(self) -> None:
        minutes = {"97530": 20, "97110": 20}
        result = allocate_units([session(minutes, "PT"), session(minutes, "OT")], MEDICARE)
        assert result.admissible == (
            {"97530": 4, "97110": 2},
            {"97530": 3, "97110": 3},
            {"97530": 2, "97110": 4},
        )

    def test_twenty_four_equal_codes_are_refused(self) -> None:
        minutes = dict.fromkeys(IN_FORCE[:24], 7)
        assert len(minutes) == 24
        message = refusal(InvalidInputError, lambda: allocate_units(minutes, CMS))
        assert message == (
            f"{math.comb(24, 11)} splits are admissible, more than 10000: so many equal codes on "
            "a day look like a mistake in the record"
        )

    def test_ten_thousand_splits_are_listed_and_more_are_refused(self) -> None:
        policy = Policy(UnitMethod.CMS_EIGHT_MINUTE, minimum_minutes=15)
        one_of_25 = session(dict.fromkeys(IN_FORCE[:25], 1), "PT")
        three_of_6 = session(dict.fromkeys(IN_FORCE[:6], 8), "OT")
        again = session(dict.fromkeys(IN_FORCE[6:12], 8), "SLP")
        result = allocate_units([one_of_25, three_of_6, again], policy)
        assert math.prod(len(pool.tied) for pool in result.pools) == 25 * 6 * 6
        assert result.tied is True
        two_of_7 = session(dict.fromkeys(IN_FORCE[6:13], 5), "SLP")
        message = refusal(
            InvalidInputError, lambda: allocate_units([one_of_25, three_of_6, two_of_7], policy)
        )
        assert message == (
            "10500 splits are admissible, more than 10000: so many equal codes on a day look like "
            "a mistake in the record"
        )


class TestUntimedCodes:
    def test_an_untimed_code_is_one_unit_however_long_and_often(self) -> None:
        day = [
            Session(DAY, "PT", [UntimedService("97150", 40), UntimedService("97161", 35)]),
            Session(DAY, "PT", [UntimedService("97150", 20), TimedService("97530", 7)]),
        ]
        result = allocate_units(day, MEDICARE)
        assert result.untimed_units == {"97150": 1, "97161": 1}
        assert result.units == {"97530": 0}
        assert (result.timed_minutes, result.treatment_minutes) == (7, 102)
        (pool,) = result.pools
        assert pool.untimed == (("97150", 1), ("97161", 1))
        assert pool.repeats == (("97150", 2),)

    def test_a_day_without_a_timed_code_has_no_timed_unit(self) -> None:
        result = allocate_units(Session(DAY, "PT", [UntimedService("97161")]), MEDICARE)
        assert result.units == {}
        assert result.total_units == 0
        assert result.admissible == ({},)
        assert result.treatment_minutes == 0

    def test_areas_add_up(self) -> None:
        day = Session(
            DAY,
            "PT",
            [
                UntimedService("97597"),
                UntimedService("97598", units=2),
                UntimedService("97598", units=3),
            ],
        )
        result = allocate_units(day, MEDICARE)
        assert result.untimed_units == {"97597": 1, "97598": 5}
        assert result.pools[0].repeats == ()

    def test_months_add_up(self) -> None:
        day = Session(DAY, "PT", [UntimedService("98980"), UntimedService("98981", units=2)])
        assert allocate_units(day, MEDICARE).untimed_units == {"98980": 1, "98981": 2}

    def test_a_month_documented_twice_is_one_unit(self) -> None:
        day = Session(DAY, "PT", [UntimedService("98980", 25), UntimedService("98980")])
        result = allocate_units(day, MEDICARE)
        assert result.untimed_units == {"98980": 1}
        assert result.pools[0].repeats == (("98980", 2),)

    @pytest.mark.parametrize(
        ("first", "further", "units", "needed"),
        [
            (39, None, 1, 40),
            (20, None, 1, 40),
            (59, None, 2, 60),
            (20, None, 2, 60),
        ],
    )
    def test_further_periods_of_a_month_that_its_minutes_do_not_make_are_refused(
        self, first: int, further: int | None, units: int, needed: int
    ) -> None:
        services = [UntimedService("98980", first), UntimedService("98981", further, units=units)]
        day = Session(DAY, "PT", services)
        assert refusal(InvalidInputError, lambda: allocate_units(day, MEDICARE)) == (
            f"98981 x{units} needs {needed} minutes in the calendar month with those of 98980, "
            f"got {first}"
        )

    @pytest.mark.parametrize(
        ("first", "further", "units"),
        [(40, None, 1), (60, None, 2), (20, 20, 1), (39, 20, 1), (20, 40, 2), (None, 20, 1)],
    )
    def test_further_periods_that_the_month_makes_are_counted(
        self, first: int | None, further: int | None, units: int
    ) -> None:
        services = [UntimedService("98980", first), UntimedService("98981", further, units=units)]
        result = allocate_units(Session(DAY, "PT", services), MEDICARE)
        assert result.untimed_units == {"98980": 1, "98981": units}

    def test_a_month_that_is_documented_in_part_is_not_judged(self) -> None:
        services = [
            UntimedService("98980", 25),
            UntimedService("98980"),
            UntimedService("98981"),
        ]
        result = allocate_units(Session(DAY, "PT", services), MEDICARE)
        assert result.untimed_units == {"98980": 1, "98981": 1}
        further = Session(DAY, "PT", [UntimedService("98981", 20)])
        assert allocate_units(further, MEDICARE).untimed_units == {"98981": 1}

    def test_each_discipline_bills_its_own_untimed_code(self) -> None:
        day = [
            Session(DAY, "PT", [UntimedService("97150")]),
            Session(DAY, "OT", [UntimedService("97150"), UntimedService("97165")]),
        ]
        result = allocate_units(day, MEDICARE)
        assert result.untimed_units == {"97150": 2, "97165": 1}
        assert [pool.untimed for pool in result.pools] == [
            (("97150", 1),),
            (("97150", 1), ("97165", 1)),
        ]


class TestCaps:
    def test_a_cap_of_every_code_takes_what_is_beyond_it(self) -> None:
        result = capped({"97530": 45, "97110": 30, "97112": 15}, per_code=2)
        assert result.units == {"97530": 2, "97110": 2, "97112": 1}
        assert result.uncapped_units == {"97530": 3, "97110": 2, "97112": 1}
        assert result.cuts == (CapCut("cap-per-code", 2, "97530", None, 15),)

    def test_a_cap_of_single_codes_spares_the_others(self) -> None:
        result = capped({"97530": 38, "97110": 45}, per_code={"97530": 1, "97112": 0})
        assert result.units == {"97530": 1, "97110": 3}
        assert result.cuts == (
            CapCut("cap-per-code", 1, "97530", None, 8),
            CapCut("cap-per-code", 1, "97530", None, 15),
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
    def test_a_cap_of_a_set_holds_for_its_codes_together(
        self, minutes: dict[str, int], expected: dict[str, int]
    ) -> None:
        result = capped(minutes, per_codes=[(("97110", "97112"), 4)])
        assert result.units == expected
        beyond = result.uncapped_units["97110"] + result.uncapped_units["97112"] - 4
        assert [(cut.cap, cut.limit) for cut in result.cuts] == [("cap-per-codes", 4)] * beyond

    def test_a_cut_of_a_set_tells_its_limit_code_discipline_and_minutes(self) -> None:
        day = [session({"97110": 30}), session({"97112": 8}, discipline="OT")]
        result = capped(day, per_codes=[(("97110", "97112"), 2)])
        assert result.units == {"97110": 2, "97112": 0}
        assert result.cuts == (CapCut("cap-per-codes", 2, "97112", Discipline.OT, 8),)

    def test_the_split_that_a_set_cuts_least_is_chosen(self) -> None:
        result = capped({"97110": 20, "97112": 20}, per_codes=[(("97110",), 1)])
        assert result.units == {"97110": 1, "97112": 2}
        assert result.cuts == ()

    def test_a_set_with_a_family_takes_the_add_on_first(self) -> None:
        result = capped({"97129": 45}, per_codes=[(("97129", "97130"), 2)])
        assert result.units == {"97129": 1, "97130": 1}
        assert [cut.code for cut in result.cuts] == ["97130"]

    def test_untimed_units_are_beside_a_set(self) -> None:
        day = Session(DAY, "PT", [TimedService("97110", 30), UntimedService("97161")])
        result = capped(day, per_codes=[(("97110", "97161"), 2)])
        assert result.cuts == ()
        assert result.pools[0].untimed == (("97161", 1),)

    def test_a_cap_of_zero_takes_every_unit(self) -> None:
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
            assert len(result.cuts) == 3 - expected
            assert result.uncapped_units == {"97530": 3}

    def test_a_cap_of_a_session_sums_over_pooled_sessions(self) -> None:
        day = [session({"97530": 45}), session({"97110": 15})]
        result = capped(day, per_session=2)
        # The first session counts for 2 units, the second for the 1 quarter that it started.
        assert result.total_units == 3
        assert result.uncapped_units == {"97530": 3, "97110": 1}
        assert [(cut.cap, cut.limit, cut.discipline, cut.minutes) for cut in result.cuts] == [
            ("cap-per-session", 3, Discipline.PT, 15)
        ]

    def test_a_cap_of_a_session_takes_the_unit_of_the_session_that_exceeds_it(self) -> None:
        day = [session({"97530": 45}), session({"97110": 15})]
        result = capped(day, per_session=2)
        assert result.units == {"97530": 2, "97110": 1}

    def test_a_code_documented_twice_in_a_session_starts_its_quarters_together(self) -> None:
        day = Session(DAY, "PT", [TimedService("97530", 20), TimedService("97530", 10)])
        assert capped(day, per_session=2).units == {"97530": 2}
        assert capped(day, per_session=2).cuts == ()
        assert capped(day, per_session=1).units == {"97530": 1}

    def test_a_session_at_the_cap_loses_nothing_to_one_beyond_it(self) -> None:
        result = capped([session({"97530": 45}), session({"97110": 30})], per_session=2)
        assert result.units == {"97530": 2, "97110": 2}
        assert result.cuts == (CapCut("cap-per-session", 4, "97530", Discipline.PT, 15),)

    def test_a_family_loses_its_add_on_to_the_cap_of_the_session_it_was_in(self) -> None:
        day = [session({"97129": 15, "97130": 30}), session({"97530": 15})]
        result = capped(day, per_session=2)
        assert result.units == {"97129": 1, "97130": 1, "97530": 1}
        assert [(cut.code, cut.limit) for cut in result.cuts] == [("97130", 3)]

    def test_sessions_at_the_cap_lose_nothing(self) -> None:
        day = [session({"97530": 30}), session({"97110": 15, "97112": 15})]
        assert capped(day, per_session=2).cuts == ()
        assert [cut.code for cut in capped(day, per_session=1).cuts] == ["97112", "97110"]

    def test_a_unit_of_two_short_sessions_survives_the_cap_of_a_session(self) -> None:
        result = capped([session({"97530": 7}), session({"97530": 7})], per_session=1)
        assert result.units == {"97530": 1}
        assert result.cuts == ()

    def test_an_untimed_service_counts_for_no_session(self) -> None:
        day = [
            session({"97530": 45}),
            Session(DAY, "PT", [UntimedService("97150", 60)]),
        ]
        result = capped(day, per_session=2)
        assert result.units == {"97530": 2}
        assert result.untimed_units == {"97150": 1}

    def test_a_cap_of_a_session_holds_in_each_discipline(self) -> None:
        day = [session({"97530": 45}, "PT"), session({"97535": 45}, "OT")]
        result = capped(day, per_session=2)
        assert result.units == {"97530": 2, "97535": 2}
        assert [cut.discipline for cut in result.cuts] == [Discipline.PT, Discipline.OT]

    def test_a_cap_of_the_day_counts_all_disciplines_together(self) -> None:
        day = [session({"97530": 38}, "PT"), session({"97535": 23}, "OT")]
        result = capped(day, per_day=4)
        assert result.units == {"97530": 3, "97535": 1}
        assert result.cuts == (CapCut("cap-per-day", 4, "97535", Discipline.OT, 8),)
        assert result.by_discipline == {
            Discipline.PT: {"97530": 3},
            Discipline.OT: {"97535": 1},
        }
        tighter = capped(day, per_day=3)
        assert [(cut.code, cut.minutes) for cut in tighter.cuts] == [("97535", 8), ("97530", 8)]

    def test_caps_add_up_in_the_order_of_code_session_and_day(self) -> None:
        result = capped(
            {"97530": 60, "97110": 30, "97112": 15}, per_code=3, per_session=5, per_day=2
        )
        assert [(cut.cap, cut.limit, cut.code) for cut in result.cuts] == [
            ("cap-per-code", 3, "97530"),
            ("cap-per-session", 5, "97112"),
            ("cap-per-day", 2, "97110"),
            ("cap-per-day", 2, "97110"),
            ("cap-per-day", 2, "97530"),
        ]
        assert result.units == {"97530": 2, "97110": 0, "97112": 0}

    def test_an_add_on_falls_before_the_first_unit_of_its_family(self) -> None:
        result = capped({"97129": 45}, per_day=2)
        assert result.units == {"97129": 1, "97130": 1}
        assert [cut.code for cut in result.cuts] == ["97130"]
        result = capped({"97550": 60}, per_day=1)
        assert result.units == {"97550": 1, "97551": 0}
        assert [(cut.code, cut.minutes) for cut in result.cuts] == [("97551", 15), ("97551", 15)]

    def test_the_first_unit_of_a_family_has_the_minutes_of_its_own_period_behind_it(self) -> None:
        policy = Policy(
            UnitMethod.CMS_EIGHT_MINUTE, first_period=FirstPeriod.MIDPOINT, cap_per_day=0
        )
        cuts = allocate_units({"97550": 20, "92607": 81}, policy).cuts
        assert [(cut.code, cut.minutes) for cut in cuts] == [
            ("97550", 20),
            ("92608", 21),
            ("92607", 60),
        ]

    def test_a_first_period_that_was_full_has_all_its_minutes_behind_its_unit(self) -> None:
        cuts = capped({"97550": 68}, per_day=0).cuts
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
        assert result.cuts == ()
        assert [code.units for code in result.pools[0].counted] == [1, 2]

    def test_of_splits_that_lose_alike_the_one_by_the_tie_policy_is_chosen(self) -> None:
        result = capped({"97530": 20, "97110": 20, "97112": 30}, per_code={"97112": 1})
        assert result.admissible == (
            {"97530": 2, "97110": 1, "97112": 1},
            {"97530": 1, "97110": 2, "97112": 1},
        )
        assert [cut.code for cut in result.cuts] == ["97112"]

    @pytest.mark.parametrize("code", ["97129", "97550"])
    def test_a_cap_leaves_no_add_on_without_its_first_code(self, code: str) -> None:
        result = capped({code: 45, "97110": 15}, per_code={code: 0})
        assert result.total_units == 1
        assert result.units["97110"] == 1
        assert {cut.cap for cut in result.cuts} == {"cap-per-code"}

    def test_a_cap_that_leaves_the_first_code_leaves_its_add_on(self) -> None:
        assert capped({"97129": 45}, per_code={"97129": 1}).units == {"97129": 1, "97130": 2}

    def test_splits_that_a_cap_makes_alike_are_listed_once(self) -> None:
        result = capped({"97530": 20, "97110": 20}, per_day=2)
        assert result.admissible == ({"97530": 1, "97110": 1},)
        assert result.tied is False

    def test_a_cap_takes_no_untimed_unit(self) -> None:
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
        assert len(result.cuts) == free.total_units - result.total_units
        assert result.units == result.admissible[0]
        assert max(result.units.values()) <= (math.inf if per_code is None else per_code)
        assert result.total_units <= (math.inf if per_day is None else per_day)
        assert result.total_units <= (math.inf if per_session is None else per_session)


def test_the_result_is_json_and_complete() -> None:
    policy = Policy(UnitMethod.CMS_EIGHT_MINUTE, cap_per_day=2)
    day = Session(
        DAY,
        "PT",
        [
            TimedService("97530", 20),
            TimedService("97110", 20),
            UntimedService("97161", 35),
        ],
    )
    told = allocate_units(day, policy).to_dict()
    assert json.loads(json.dumps(told)) == told
    assert told == {
        "date_of_service": "2026-03-02",
        "payer": "cms-eight-minute",
        "method": "cms-eight-minute",
        "units": {"97530": 1, "97110": 1},
        "total_units": 2,
        "admissible": [{"97530": 1, "97110": 1}],
        "tied": False,
        "uncapped_units": {"97530": 2, "97110": 1},
        "untimed_units": {"97161": 1},
        "timed_minutes": 40,
        "treatment_minutes": 75,
        "floored_seconds": 0,
        "remarks": [],
        "cuts": [
            {
                "cap": "cap-per-day",
                "limit": 2,
                "code": "97530",
                "discipline": "PT",
                "minutes": 5,
            }
        ],
    }


@pytest.mark.parametrize(
    "call",
    [
        lambda: allocate_units({"97530": cast("int", "Rosa Invented")}, MEDICARE),
        lambda: allocate_units(cast("Treatment", ["Rosa Invented"]), MEDICARE),
        lambda: allocate_units({"97530": 20}, MEDICARE, date_of_service="Rosa Invented 2026"),
        lambda: allocate_units({"Rosa": 20}, MEDICARE),
        lambda: allocate_units({"97530": cast("int", Decimal(20))}, MEDICARE),
    ],
)
def test_no_refusal_repeats_a_name(call: Callable[[], object]) -> None:
    message = refusal(InvalidInputError, call)
    assert "Rosa" not in message
    assert "Invented" not in message


def test_a_treatment_that_is_neither_sessions_nor_minutes_is_refused() -> None:
    number: Any = 5
    assert refusal(InvalidInputError, lambda: allocate_units(number, MEDICARE)) == (
        "treatment is sessions or minutes by code, not 5"
    )
