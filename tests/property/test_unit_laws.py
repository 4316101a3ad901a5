"""The sentences about units as properties, for days of one to five 15-minute codes."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Mapping, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracle import (
    Split,
    as_split,
    day_units,
    full_units,
    manual_splits,
    midpoint_units,
    started_units,
    whole_quarters,
)
from therapy_billing import (
    MEDICARE,
    Allocation,
    Discipline,
    Session,
    TimedService,
    UnitMethod,
    UntimedService,
    allocate_units,
)

DAY = datetime.date(2026, 3, 2)
CODES = ("97530", "97110", "97112", "97140", "97116", "97535", "97035", "97124", "97542")
UNTIMED_CODES = ("97161", "97164", "97150", "G0283", "97012")

LAW = settings(deadline=None, max_examples=200)

# Leftovers meet, and units tip over, at few values; drawing them often makes ties common.
AMOUNTS = st.integers(0, 120) | st.sampled_from((0, 7, 8, 10, 15, 20, 22, 23, 30, 37, 38))
DAYS = st.dictionaries(st.sampled_from(CODES), AMOUNTS, min_size=1, max_size=5)
SEVERAL_CODES = st.dictionaries(st.sampled_from(CODES), AMOUNTS, min_size=2, max_size=5)
METHODS = st.sampled_from(UnitMethod)


def admissible_splits(allocation: Allocation) -> frozenset[Split]:
    """Return the admissible splits of *allocation* without their order."""
    return frozenset(as_split(units) for units in allocation.admissible)


def added(*splits: Mapping[str, int]) -> dict[str, int]:
    """Return the units of each code, added over *splits*."""
    return {
        code: sum(units.get(code, 0) for units in splits)
        for code in dict.fromkeys(itertools.chain.from_iterable(splits))
    }


def session_of(
    parts: Sequence[tuple[str, int]],
    *,
    discipline: Discipline = Discipline.PT,
    untimed: Sequence[str] = (),
) -> Session:
    """Return a session with one timed service for each of *parts*, in their order."""
    timed = tuple(TimedService(code, minutes=minutes) for code, minutes in parts)
    return Session(
        date_of_service=DAY,
        discipline=discipline,
        services=(*timed, *(UntimedService(code) for code in untimed)),
    )


@st.composite
def days_in_parts(
    draw: st.DrawFn,
) -> tuple[dict[str, int], list[tuple[str, int]]]:
    """Draw the minutes of a day, and the same minutes in parts that come in any order."""
    day = draw(DAYS)
    parts: list[tuple[str, int]] = []
    for code, minutes in day.items():
        inner = draw(st.sets(st.integers(1, minutes - 1), max_size=3)) if minutes > 1 else set()
        cuts = [0, *sorted(inner), minutes]
        parts.extend((code, end - start) for start, end in itertools.pairwise(cuts))
    return day, draw(st.permutations(parts))


@st.composite
def reordered_days(draw: st.DrawFn) -> tuple[dict[str, int], dict[str, int]]:
    """Draw the minutes of a day, and the same with its codes in any order."""
    day = draw(SEVERAL_CODES)
    return day, dict(draw(st.permutations(list(day.items()))))


class TestUnitsOfTheDay:
    """R2: the minutes of all timed services of the day, taken together, make its units."""

    @LAW
    @given(DAYS)
    def test_the_total_is_the_row_of_the_table_that_holds_the_minutes_of_all_codes(
        self, day: dict[str, int]
    ) -> None:
        assert allocate_units(day, MEDICARE).total_units == day_units(sum(day.values()))

    @LAW
    @given(DAYS, METHODS)
    def test_the_units_of_every_admissible_split_add_up_to_the_total(
        self, day: dict[str, int], method: UnitMethod
    ) -> None:
        allocation = allocate_units(day, method)
        assert sum(allocation.units.values()) == allocation.total_units
        assert {sum(units.values()) for units in allocation.admissible} == {allocation.total_units}

    @LAW
    @given(DAYS, METHODS)
    def test_every_admissible_split_names_every_documented_code_and_no_other(
        self, day: dict[str, int], method: UnitMethod
    ) -> None:
        allocation = allocate_units(day, method)
        assert all(units.keys() == day.keys() for units in allocation.admissible)

    @LAW
    @given(DAYS, METHODS, st.data())
    def test_one_more_minute_of_any_service_never_removes_a_unit_from_the_total(
        self, day: dict[str, int], method: UnitMethod, data: st.DataObject
    ) -> None:
        code = data.draw(st.sampled_from(list(day)))
        longer = {**day, code: day[code] + 1}
        before = allocate_units(day, method).total_units
        assert allocate_units(longer, method).total_units - before in {0, 1}

    @LAW
    @given(DAYS)
    def test_the_payer_medicare_counts_by_the_eight_minute_method(
        self, day: dict[str, int]
    ) -> None:
        by_payer = allocate_units(day, MEDICARE)
        by_method = allocate_units(day, UnitMethod.CMS_EIGHT_MINUTE)
        assert by_payer.units == by_method.units
        assert by_payer.admissible == by_method.admissible


class TestOnlyService:
    """R1: when one timed service is all there was, under 8 minutes of it are not billed."""

    @LAW
    @given(st.sampled_from(CODES), st.integers(0, 7))
    def test_an_only_service_of_seven_minutes_or_less_makes_no_unit(
        self, code: str, minutes: int
    ) -> None:
        assert allocate_units({code: minutes}, MEDICARE).units == {code: 0}

    @LAW
    @given(st.sampled_from(CODES), st.integers(0, 120))
    def test_medicare_and_the_cpt_midpoint_agree_on_a_single_code(
        self, code: str, minutes: int
    ) -> None:
        medicare = allocate_units({code: minutes}, MEDICARE)
        midpoint = allocate_units({code: minutes}, UnitMethod.CPT_MIDPOINT)
        assert medicare.units == midpoint.units
        assert medicare.tied is midpoint.tied is False


class TestWholeQuarters:
    """R3: a code given for 15 minutes has one unit at least, for 30 minutes two, and so on."""

    @LAW
    @given(DAYS, METHODS)
    def test_no_admissible_split_gives_a_code_less_than_its_whole_quarters(
        self, day: dict[str, int], method: UnitMethod
    ) -> None:
        for units in allocate_units(day, method).admissible:
            assert all(units[code] >= whole_quarters(day[code]) for code in day)

    @LAW
    @given(DAYS, METHODS)
    def test_no_admissible_split_gives_a_code_more_than_its_started_quarters(
        self, day: dict[str, int], method: UnitMethod
    ) -> None:
        most = started_units(day)
        for units in allocate_units(day, method).admissible:
            assert all(units[code] <= most[code] for code in day)


class TestSharing:
    """R4: one code may not take all the units when another code reached 15 minutes too."""

    @LAW
    @given(SEVERAL_CODES)
    def test_a_code_of_fifteen_minutes_is_never_left_out_of_an_admissible_split(
        self, day: dict[str, int]
    ) -> None:
        long_enough = {code for code, minutes in day.items() if minutes >= 15}
        for units in allocate_units(day, MEDICARE).admissible:
            assert long_enough <= {code for code, count in units.items() if count > 0}


class TestMostMinutes:
    """R5 and R7: units beyond the whole quarters go where most minutes are left, or to either."""

    @LAW
    @given(DAYS)
    def test_medicare_admits_the_splits_of_the_oracle_and_no_other(
        self, day: dict[str, int]
    ) -> None:
        allocation = allocate_units(day, MEDICARE)
        assert admissible_splits(allocation) == manual_splits(day)

    @LAW
    @given(SEVERAL_CODES, st.data())
    def test_exchanging_two_codes_of_equal_minutes_leads_to_an_admissible_split(
        self, day: dict[str, int], data: st.DataObject
    ) -> None:
        one, other = data.draw(st.permutations(list(day)))[:2]
        allocation = allocate_units({**day, other: day[one]}, MEDICARE)
        admissible = admissible_splits(allocation)
        for units in allocation.admissible:
            exchanged = {**units, one: units[other], other: units[one]}
            assert as_split(exchanged) in admissible


class TestShortServices:
    """R6: services of 7 minutes or less that reach 8 together make a unit under the longest."""

    @LAW
    @given(st.dictionaries(st.sampled_from(CODES), st.integers(1, 7), min_size=2, max_size=3))
    def test_two_or_three_short_services_make_one_unit_under_one_of_the_longest(
        self, day: dict[str, int]
    ) -> None:
        allocation = allocate_units(day, MEDICARE)
        if sum(day.values()) < 8:
            assert allocation.total_units == 0
            return
        longest = {code for code, minutes in day.items() if minutes == max(day.values())}
        assert allocation.total_units == 1
        assert {
            code for units in allocation.admissible for code, count in units.items() if count
        } == longest


class TestEachCodeAlone:
    """The CPT convention: each code is counted from its own minutes, and none lends any."""

    @LAW
    @given(DAYS)
    def test_the_midpoint_method_counts_the_eighth_minute_of_each_quarter(
        self, day: dict[str, int]
    ) -> None:
        assert allocate_units(day, UnitMethod.CPT_MIDPOINT).units == midpoint_units(day)

    @LAW
    @given(DAYS)
    def test_the_started_quarter_method_counts_every_quarter_that_was_begun(
        self, day: dict[str, int]
    ) -> None:
        assert allocate_units(day, UnitMethod.STARTED_QUARTER).units == started_units(day)

    @LAW
    @given(DAYS)
    def test_the_full_quarter_method_counts_only_quarters_that_were_completed(
        self, day: dict[str, int]
    ) -> None:
        assert allocate_units(day, UnitMethod.FULL_QUARTER).units == full_units(day)

    @LAW
    @given(
        DAYS,
        st.sampled_from(
            (UnitMethod.CPT_MIDPOINT, UnitMethod.STARTED_QUARTER, UnitMethod.FULL_QUARTER)
        ),
    )
    def test_the_units_of_a_code_are_the_same_with_and_without_the_other_codes(
        self, day: dict[str, int], method: UnitMethod
    ) -> None:
        together = allocate_units(day, method)
        alone = added(*(allocate_units({c: m}, method).units for c, m in day.items()))
        assert together.units == alone
        assert together.tied is False


class TestOrder:
    """Design: what may be billed depends on the minutes, not on the order they are written in."""

    @LAW
    @given(reordered_days(), METHODS)
    def test_the_order_of_the_services_never_changes_the_admissible_splits(
        self, days: tuple[dict[str, int], dict[str, int]], method: UnitMethod
    ) -> None:
        day, reordered = days
        one, other = allocate_units(day, method), allocate_units(reordered, method)
        assert admissible_splits(one) == admissible_splits(other)
        assert one.total_units == other.total_units


class TestPooling:
    """R11: units are counted for the day of a discipline, however its minutes were spread."""

    @LAW
    @given(days_in_parts(), METHODS)
    def test_minutes_in_several_services_count_as_the_same_minutes_in_one(
        self, days: tuple[dict[str, int], list[tuple[str, int]]], method: UnitMethod
    ) -> None:
        day, parts = days
        pooled = allocate_units(session_of(parts), method)
        whole = allocate_units(day, method)
        assert admissible_splits(pooled) == admissible_splits(whole)
        assert pooled.total_units == whole.total_units

    @LAW
    @given(days_in_parts(), METHODS, st.data())
    def test_minutes_in_several_sessions_of_a_discipline_count_as_in_one(
        self,
        days: tuple[dict[str, int], list[tuple[str, int]]],
        method: UnitMethod,
        data: st.DataObject,
    ) -> None:
        day, parts = days
        size = data.draw(st.integers(1, len(parts)))
        sessions = [session_of(parts[start : start + size]) for start in range(0, len(parts), size)]
        pooled = allocate_units(sessions, method)
        whole = allocate_units(day, method)
        assert admissible_splits(pooled) == admissible_splits(whole)
        assert pooled.total_units == whole.total_units

    @LAW
    @given(DAYS, METHODS)
    def test_a_session_made_from_minutes_counts_as_the_bare_minutes(
        self, day: dict[str, int], method: UnitMethod
    ) -> None:
        session = Session.from_minutes(day, date_of_service="2026-03-02", discipline="PT")
        bare = allocate_units(day, method)
        for allocation in (allocate_units(session, method), allocate_units([session], method)):
            assert allocation.units == bare.units
            assert allocation.admissible == bare.admissible


class TestDisciplines:
    """R12: the minutes of PT and of OT are added up apart, and never lend each other any."""

    @LAW
    @given(DAYS, DAYS, METHODS, st.booleans())
    def test_two_disciplines_have_the_units_that_each_has_alone(
        self,
        pt_day: dict[str, int],
        ot_day: dict[str, int],
        method: UnitMethod,
        ot_comes_first: bool,  # noqa: FBT001
    ) -> None:
        pt = session_of(list(pt_day.items()), discipline=Discipline.PT)
        ot = session_of(list(ot_day.items()), discipline=Discipline.OT)
        both = allocate_units([ot, pt] if ot_comes_first else [pt, ot], method)
        pt_alone, ot_alone = allocate_units(pt, method), allocate_units(ot, method)
        assert both.total_units == pt_alone.total_units + ot_alone.total_units
        assert both.units == added(pt_alone.units, ot_alone.units)

    @LAW
    @given(DAYS, DAYS)
    def test_any_split_of_one_discipline_goes_with_any_split_of_the_other(
        self, pt_day: dict[str, int], ot_day: dict[str, int]
    ) -> None:
        pt = session_of(list(pt_day.items()), discipline=Discipline.PT)
        ot = session_of(list(ot_day.items()), discipline=Discipline.OT)
        both = allocate_units([pt, ot], MEDICARE)
        assert admissible_splits(both) == {
            as_split(added(dict(one), dict(other)))
            for one in manual_splits(pt_day)
            for other in manual_splits(ot_day)
        }

    def test_leftovers_of_pt_and_of_ot_do_not_make_a_unit_together(self) -> None:
        pt = session_of([("97530", 7)], discipline=Discipline.PT)
        ot = session_of([("97535", 7)], discipline=Discipline.OT)
        assert allocate_units([pt, ot], MEDICARE).total_units == 0
        joined = session_of([("97530", 7), ("97535", 7)], discipline=Discipline.PT)
        assert allocate_units(joined, MEDICARE).total_units == 1


class TestUntimed:
    """R10: an untimed code is one unit whatever it took, and adds nothing to the timed minutes."""

    @LAW
    @given(
        DAYS,
        st.lists(st.sampled_from(UNTIMED_CODES), min_size=1, max_size=3, unique=True),
        METHODS,
    )
    def test_untimed_services_never_change_the_timed_units(
        self, day: dict[str, int], untimed: list[str], method: UnitMethod
    ) -> None:
        parts = list(day.items())
        without = allocate_units(session_of(parts), method)
        with_untimed = allocate_units(session_of(parts, untimed=untimed), method)
        assert with_untimed.units == without.units
        assert with_untimed.admissible == without.admissible
        assert with_untimed.total_units == without.total_units
        assert without.untimed_units == {}
        assert with_untimed.untimed_units == dict.fromkeys(untimed, 1)


class TestTiePolicy:
    """Design: of several admissible splits one is chosen, first, by the order of documentation."""

    @LAW
    @given(DAYS, METHODS)
    def test_the_chosen_split_comes_first_among_different_admissible_splits(
        self, day: dict[str, int], method: UnitMethod
    ) -> None:
        allocation = allocate_units(day, method)
        assert allocation.units == allocation.admissible[0]
        assert len(admissible_splits(allocation)) == len(allocation.admissible)
        assert allocation.tied is (len(allocation.admissible) > 1)

    @LAW
    @given(DAYS)
    def test_where_another_split_first_differs_the_chosen_one_has_the_unit(
        self, day: dict[str, int]
    ) -> None:
        chosen = allocate_units(day, MEDICARE).units
        for split in manual_splits(day) - {as_split(chosen)}:
            other = dict(split)
            first_difference = next(code for code in day if chosen[code] != other[code])
            assert chosen[first_difference] > other[first_difference]

    @LAW
    @given(days_in_parts())
    def test_a_code_in_several_services_ranks_by_the_first_of_them(
        self, days: tuple[dict[str, int], list[tuple[str, int]]]
    ) -> None:
        day, parts = days
        documented = {code: day[code] for code, _ in parts}
        pooled = allocate_units(session_of(parts), MEDICARE)
        assert pooled.units == allocate_units(documented, MEDICARE).units

    def test_the_first_documented_of_two_equal_services_carries_the_odd_unit(self) -> None:
        one_way = allocate_units({"97530": 20, "97110": 20}, MEDICARE)
        other_way = allocate_units({"97110": 20, "97530": 20}, MEDICARE)
        assert one_way.units == {"97530": 2, "97110": 1}
        assert other_way.units == {"97530": 1, "97110": 2}
