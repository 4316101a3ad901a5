"""Test the sentences about units as properties, on days with one to five 15-minute codes."""

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

# Ties and unit boundaries occur at only a few values, so these are drawn often.
AMOUNTS = st.integers(0, 120) | st.sampled_from((0, 7, 8, 10, 15, 20, 22, 23, 30, 37, 38))
DAYS = st.dictionaries(st.sampled_from(CODES), AMOUNTS, min_size=1, max_size=5)
SEVERAL_CODES = st.dictionaries(st.sampled_from(CODES), AMOUNTS, min_size=2, max_size=5)
METHODS = st.sampled_from(UnitMethod)


def legal_splits(allocation: Allocation) -> frozenset[Split]:
    """Return the legal splits of *allocation* as a set."""
    return frozenset(as_split(units) for units in allocation.admissible)


def added(*splits: Mapping[str, int]) -> dict[str, int]:
    """Return the sum of the units of each code over *splits*."""
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
    """Return a session with one timed service for each of *parts*, in order."""
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
    """Draw the minutes of a day, and the same minutes in parts in any order."""
    day = draw(DAYS)
    parts: list[tuple[str, int]] = []
    for code, minutes in day.items():
        inner = draw(st.sets(st.integers(1, minutes - 1), max_size=3)) if minutes > 1 else set()
        cuts = [0, *sorted(inner), minutes]
        parts.extend((code, end - start) for start, end in itertools.pairwise(cuts))
    return day, draw(st.permutations(parts))


@st.composite
def reordered_days(draw: st.DrawFn) -> tuple[dict[str, int], dict[str, int]]:
    """Draw the minutes of a day, and the same minutes with the codes in any order."""
    day = draw(SEVERAL_CODES)
    return day, dict(draw(st.permutations(list(day.items()))))


class TestUnitsOfTheDay:
    """R2: the total minutes of all timed services set the units of the day."""

    @LAW
    @given(DAYS)
    def test_the_total_is_the_table_row_for_the_minutes_of_all_codes(
        self, day: dict[str, int]
    ) -> None:
        assert allocate_units(day, MEDICARE).total_units == day_units(sum(day.values()))

    @LAW
    @given(DAYS, METHODS)
    def test_the_units_of_every_legal_split_add_up_to_the_total(
        self, day: dict[str, int], method: UnitMethod
    ) -> None:
        allocation = allocate_units(day, method)
        assert sum(allocation.units.values()) == allocation.total_units
        assert {sum(units.values()) for units in allocation.admissible} == {allocation.total_units}

    @LAW
    @given(DAYS, METHODS)
    def test_every_legal_split_names_every_documented_code_and_no_other(
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
    """R1: if there is only one timed service, under 8 minutes are not billed."""

    @LAW
    @given(st.sampled_from(CODES), st.integers(0, 7))
    def test_a_single_service_of_seven_minutes_or_less_makes_no_unit(
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
    """R3: a code with 15 minutes has at least one unit, with 30 minutes at least two, and so on."""

    @LAW
    @given(DAYS, METHODS)
    def test_no_legal_split_gives_a_code_less_than_its_whole_quarters(
        self, day: dict[str, int], method: UnitMethod
    ) -> None:
        for units in allocate_units(day, method).admissible:
            assert all(units[code] >= whole_quarters(day[code]) for code in day)

    @LAW
    @given(DAYS, METHODS)
    def test_no_legal_split_gives_a_code_more_than_its_started_quarters(
        self, day: dict[str, int], method: UnitMethod
    ) -> None:
        most = started_units(day)
        for units in allocate_units(day, method).admissible:
            assert all(units[code] <= most[code] for code in day)


class TestSharing:
    """R4: one code may not take all units if another code also reached 15 minutes."""

    @LAW
    @given(SEVERAL_CODES)
    def test_a_code_of_fifteen_minutes_is_never_left_out_of_an_legal_split(
        self, day: dict[str, int]
    ) -> None:
        long_enough = {code for code, minutes in day.items() if minutes >= 15}
        for units in allocate_units(day, MEDICARE).admissible:
            assert long_enough <= {code for code, count in units.items() if count > 0}


class TestMostMinutes:
    """R5 and R7: units beyond the full quarters go to the codes with the most leftover minutes; any tied code may get one."""

    @LAW
    @given(DAYS)
    def test_medicares_legal_splits_are_those_of_the_oracle(self, day: dict[str, int]) -> None:
        allocation = allocate_units(day, MEDICARE)
        assert legal_splits(allocation) == manual_splits(day)

    @LAW
    @given(SEVERAL_CODES, st.data())
    def test_exchanging_two_codes_with_equal_minutes_gives_a_legal_split(
        self, day: dict[str, int], data: st.DataObject
    ) -> None:
        one, other = data.draw(st.permutations(list(day)))[:2]
        allocation = allocate_units({**day, other: day[one]}, MEDICARE)
        admissible = legal_splits(allocation)
        for units in allocation.admissible:
            exchanged = {**units, one: units[other], other: units[one]}
            assert as_split(exchanged) in admissible


class TestShortServices:
    """R6: services of 7 minutes or less that add up to 8 make a unit of the longest one."""

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
    """The CPT convention: each code is counted only from its own minutes."""

    @LAW
    @given(DAYS)
    def test_the_midpoint_method_counts_the_eighth_minute_of_each_quarter(
        self, day: dict[str, int]
    ) -> None:
        assert allocate_units(day, UnitMethod.CPT_MIDPOINT).units == midpoint_units(day)

    @LAW
    @given(DAYS)
    def test_the_started_quarter_method_counts_every_started_quarter(
        self, day: dict[str, int]
    ) -> None:
        assert allocate_units(day, UnitMethod.STARTED_QUARTER).units == started_units(day)

    @LAW
    @given(DAYS)
    def test_the_full_quarter_method_counts_only_full_quarters(self, day: dict[str, int]) -> None:
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
    """Design: what may be billed depends on the minutes, not on their order."""

    @LAW
    @given(reordered_days(), METHODS)
    def test_the_order_of_the_services_never_changes_the_legal_splits(
        self, days: tuple[dict[str, int], dict[str, int]], method: UnitMethod
    ) -> None:
        day, reordered = days
        one, other = allocate_units(day, method), allocate_units(reordered, method)
        assert legal_splits(one) == legal_splits(other)
        assert one.total_units == other.total_units


class TestPooling:
    """R11: units are counted for the day of a discipline, no matter how its minutes are divided."""

    @LAW
    @given(days_in_parts(), METHODS)
    def test_minutes_in_several_services_count_as_the_same_minutes_in_one(
        self, days: tuple[dict[str, int], list[tuple[str, int]]], method: UnitMethod
    ) -> None:
        day, parts = days
        pooled = allocate_units(session_of(parts), method)
        whole = allocate_units(day, method)
        assert legal_splits(pooled) == legal_splits(whole)
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
        assert legal_splits(pooled) == legal_splits(whole)
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
    """R12: the minutes of PT and OT are added up separately and never combined."""

    @LAW
    @given(DAYS, DAYS, METHODS, st.booleans())
    def test_two_disciplines_have_the_same_units_as_each_by_itself(
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
        assert legal_splits(both) == {
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
    """R10: an untimed code is one unit for any time, and adds nothing to the timed minutes."""

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
    """Design: one of several legal splits is chosen, by default in documented order."""

    @LAW
    @given(DAYS, METHODS)
    def test_the_chosen_split_comes_first_among_different_legal_splits(
        self, day: dict[str, int], method: UnitMethod
    ) -> None:
        allocation = allocate_units(day, method)
        assert allocation.units == allocation.admissible[0]
        assert len(legal_splits(allocation)) == len(allocation.admissible)
        assert allocation.tied is (len(allocation.admissible) > 1)

    @LAW
    @given(DAYS)
    def test_the_chosen_split_has_the_unit_at_the_first_difference(
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

    def test_the_first_documented_of_two_equal_services_gets_the_odd_unit(self) -> None:
        one_way = allocate_units({"97530": 20, "97110": 20}, MEDICARE)
        other_way = allocate_units({"97110": 20, "97530": 20}, MEDICARE)
        assert one_way.units == {"97530": 2, "97110": 1}
        assert other_way.units == {"97530": 1, "97110": 2}
