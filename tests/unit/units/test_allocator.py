"""Units of a day: pooling, families, ties, caps, untimed codes, and every error."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any, cast

import pytest

from tests.refusals import refusal
from tests.unit.units.treated_days import CMS, DAY, FULL, MIDPOINT, session, units
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    PAYERS,
    Discipline,
    InvalidInputError,
    NotPublishedError,
    Payer,
    Policy,
    Session,
    TimedService,
    UnitMethod,
    UntimedService,
    allocate_units,
)
from therapy_billing.law import Timeline
from therapy_billing.payers.payer_argument import PayerLike, policy_of
from therapy_billing.payers.policy import FeeBasis
from therapy_billing.units.allocator import Treatment


class TestTheDay:
    def test_minutes_by_code_without_a_day_have_none(self) -> None:
        result = allocate_units({"97530": 20, "97110": 20, "97112": 8}, MEDICARE)
        assert result.date_of_service is None
        assert result.payer == "medicare"
        assert result.units == {"97530": 1, "97110": 1, "97112": 1}
        assert list(result.units) == ["97530", "97110", "97112"]
        assert result.total_units == 3
        assert result.timed_minutes == result.treatment_minutes == 48
        (pool,) = result.disciplines
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
        assert (
            message
            == "dates of service differ (2026-03-02 and 2026-03-03): count one day at a time"
        )

    def test_a_session_of_another_day_than_the_one_given_is_refused(self) -> None:
        message = refusal(
            InvalidInputError,
            lambda: allocate_units(session({"97530": 20}), MEDICARE, date_of_service="2026-03-01"),
        )
        assert (
            message
            == "dates of service differ (2026-03-01 and 2026-03-02): count one day at a time"
        )

    def test_nothing_to_count_is_refused(self) -> None:
        assert refusal(InvalidInputError, lambda: allocate_units({}, MEDICARE)) == (
            "there are no minutes to count: give the minutes of at least one code"
        )
        assert refusal(InvalidInputError, lambda: allocate_units([], MEDICARE)) == (
            "there are no sessions to count: give at least one Session"
        )
        assert refusal(InvalidInputError, lambda: allocate_units(iter(()), MEDICARE)) == (
            "there are no sessions to count: give at least one Session"
        )

    @pytest.mark.parametrize(
        ("item", "shown"),
        [
            (1, "1"),
            ("Rosa Invented", "a string of 13 characters"),
            (TimedService("97530", 20), "a TimedService"),
            (None, "None"),
        ],
    )
    def test_a_sequence_of_anything_but_sessions_is_refused(self, item: object, shown: str) -> None:
        sessions = cast("list[Session]", [session({"97530": 20}), item])
        message = refusal(InvalidInputError, lambda: allocate_units(sessions, MEDICARE))
        assert message == (f"every item of sessions must be a Session, got {shown}")

    def test_a_name_given_as_the_treatment_is_not_shown(self) -> None:
        treatment = cast("list[Session]", "Rosa Invented")
        message = refusal(InvalidInputError, lambda: allocate_units(treatment, MEDICARE))
        assert message == ("every item of sessions must be a Session, got a string of 1 character")

    def test_a_name_given_as_the_date_is_not_shown(self) -> None:
        message = refusal(
            InvalidInputError,
            lambda: allocate_units({"97530": 20}, MEDICARE, date_of_service="Rosa Invented"),
        )
        assert message == (
            "date_of_service must be a date such as 2026-03-02 or 3/2/2026 (month first), got a string of 13 characters"
        )

    def test_sessions_may_come_from_a_generator(self) -> None:
        result = allocate_units((session({"97530": m}) for m in (7, 7)), MEDICARE)
        assert result.units == {"97530": 1}


class TestCodesOfTheDay:
    def test_an_ended_code_is_counted_on_its_last_day_and_refused_after(self) -> None:
        result = allocate_units({"97532": 10}, MEDICARE, date_of_service="2017-12-31")
        assert result.units == {"97532": 1}
        message = refusal(
            InvalidInputError,
            lambda: allocate_units({"97532": 10}, MEDICARE, date_of_service="2018-01-01"),
        )
        assert message == "code 97532 ended on 2017-12-31: use 97127 or G0515"

    def test_an_ended_code_without_a_date_is_refused_with_its_successors(self) -> None:
        message = refusal(InvalidInputError, lambda: allocate_units({"97532": 10}, MEDICARE))
        assert message == (
            "code 97532 ended on 2017-12-31: use 97129 or 97130, "
            "or give date_of_service for an earlier service"
        )

    def test_an_untimed_code_that_ended_is_refused_with_its_successors_first(self) -> None:
        message = refusal(
            InvalidInputError,
            lambda: allocate_units({"97127": 10}, MEDICARE, date_of_service="2020-01-01"),
        )
        assert message == "code 97127 ended on 2019-12-31: use 97129 or 97130"

    def test_an_untimed_code_among_minutes_is_refused(self) -> None:
        message = refusal(InvalidInputError, lambda: allocate_units({"97161": 30}, MEDICARE))
        assert message == "code 97161 is untimed: record UntimedService('97161')"

    def test_a_name_among_the_codes_is_not_shown(self) -> None:
        message = refusal(
            InvalidInputError, lambda: allocate_units({"Rosa Invented": 30}, MEDICARE)
        )
        assert message == (
            "code must be five characters such as '97530' or 'G0283', got a string of 13 characters"
        )

    def test_codes_written_in_two_ways_are_one_code(self) -> None:
        assert units({"g0237": 4, " G0237 ": 4}, MEDICARE) == {"G0237": 1}

    def test_medicare_refuses_97014_and_names_g0283(self) -> None:
        day = Session(DAY, "PT", [UntimedService("97014")])
        message = refusal(InvalidInputError, lambda: allocate_units(day, MEDICARE))
        assert message == "Medicare does not accept code 97014: use G0283"

    def test_medicare_refuses_97127_while_it_was_in_force_and_names_g0515(self) -> None:
        day = Session("2018-06-01", "SLP", [UntimedService("97127")])
        message = refusal(InvalidInputError, lambda: allocate_units(day, MEDICARE))
        assert message == "Medicare does not accept code 97127: use G0515"

    def test_medicare_refuses_a_timed_code_without_a_substitute(self) -> None:
        message = refusal(
            InvalidInputError, lambda: allocate_units({"97530": 15, "S8948": 15}, MEDICARE)
        )
        assert message == "Medicare does not accept code S8948"

    def test_another_payer_accepts_a_code_that_medicare_refuses(self) -> None:
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
            FULL.with_changes(fee_basis=FeeBasis.ANY_SCHEDULE),
            "full-quarter",
        )

    @pytest.mark.parametrize(
        ("payer", "shown"),
        [
            (7, "7"),
            (None, "None"),
            (Policy, "a type"),
        ],
    )
    def test_anything_else_is_refused(self, payer: object, shown: str) -> None:
        message = refusal(
            InvalidInputError,
            lambda: allocate_units({"97530": 20}, cast("PayerLike", payer)),
        )
        assert message == (
            "payer must be a Payer such as MEDICARE, a Policy, a UnitMethod, or the name of a payer or method, "
            f"got {shown}"
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

    def test_each_day_is_counted_by_the_policy_of_that_date(self) -> None:
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
            "harbor plan has changed how it counts units: give date_of_service"
        )


class TestUnknownMethod:
    @pytest.mark.parametrize(
        ("payer", "name"),
        [
            (PAYERS["aetna"], "aetna"),
            (PAYERS["aetna"].on(DAY), "the payer"),
            (Policy("unknown"), "the payer"),
        ],
        ids=["payer", "policy of a payer", "policy"],
    )
    def test_no_units_are_counted(self, payer: PayerLike, name: str) -> None:
        def count() -> object:
            return allocate_units({"97110": 30}, payer, date_of_service=DAY)

        assert refusal(NotPublishedError, count) == (
            f"no source says how {name} counts units: name a method "
            "(with_changes(method='cms-eight-minute'), or --method cms-eight-minute)"
        )

    def test_a_named_method_counts(self) -> None:
        named = PAYERS["aetna"].on(DAY).with_changes(method="cms-eight-minute")
        assert allocate_units({"97110": 30}, named, date_of_service=DAY).units == {"97110": 2}


class TestPooling:
    def test_sessions_of_one_discipline_are_counted_together(self) -> None:
        day = [session({"97530": 7}), session({"97530": 7, "97110": 1})]
        result = allocate_units(day, MEDICARE)
        assert result.units == {"97530": 1, "97110": 0}
        (pool,) = result.disciplines
        assert (pool.discipline, pool.sessions) == (Discipline.PT, 2)
        assert pool.pooled_minutes == 15

    def test_disciplines_are_counted_separately(self) -> None:
        day = [session({"97530": 7}, "PT"), session({"97530": 7}, "OT")]
        result = allocate_units(day, MEDICARE)
        assert result.units == {"97530": 0}
        assert [pool.discipline for pool in result.disciplines] == [Discipline.PT, Discipline.OT]
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

    def test_sessions_are_pooled_across_a_session_of_another_discipline(self) -> None:
        day = [
            session({"97530": 7}, "PT"),
            session({"97535": 20}, "OT"),
            session({"97110": 7}, "PT"),
        ]
        result = allocate_units(day, MEDICARE)
        assert [(pool.discipline, pool.sessions) for pool in result.disciplines] == [
            (Discipline.PT, 2),
            (Discipline.OT, 1),
        ]
        assert result.total_units == 2

    def test_seconds_are_floored_for_each_service_and_reported(self) -> None:
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
def test_no_error_quotes_a_name(call: Callable[[], object]) -> None:
    message = refusal(InvalidInputError, call)
    assert "Rosa" not in message
    assert "Invented" not in message


def test_a_treatment_that_is_neither_sessions_nor_minutes_is_refused() -> None:
    number: Any = 5
    assert refusal(InvalidInputError, lambda: allocate_units(number, MEDICARE)) == (
        "sessions must be a Session, several Sessions, or minutes by code; got 5"
    )
