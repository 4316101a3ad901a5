"""Test the facts about codes that are counted over a period, and the codes that exclude each other."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest

from therapy_billing import load_codes
from therapy_billing.codes import (
    CodePeriod,
    MonitoringDevice,
    PeriodFamily,
    UnitOf,
    load_period_codes,
)
from therapy_billing.codes.code_book import known_through
from therapy_billing.codes.period_codes import (
    exclusive_codes,
    family_conditions,
    has_enough_days,
    is_period_code,
    latest_repeat,
    period_code_on,
    period_codes_known_through,
    share_period,
    units_of,
)

DAY = date(2026, 3, 31)
CODES = tuple(dict.fromkeys(facts.code for facts in load_period_codes()))


def days_before(count: int, day: date = DAY) -> date:
    return day - timedelta(days=count)


class TestPeriods:
    @pytest.mark.parametrize(
        ("period", "longest"),
        [(CodePeriod.DAY, 0), (CodePeriod.SEVEN_DAYS, 6), (CodePeriod.THIRTY_DAYS, 29)],
    )
    def test_two_periods_of_days_overlap_up_to_their_length(
        self, period: CodePeriod, longest: int
    ) -> None:
        for apart in range(61):
            wanted = apart <= longest
            assert share_period(period, days_before(apart), DAY) is wanted
            assert share_period(period, DAY, days_before(apart)) is wanted

    def test_a_calendar_month_ends_with_its_last_day(self) -> None:
        for first in (date(2024, 2, 1), date(2025, 12, 1), date(2026, 3, 1)):
            for other in (first + timedelta(days=count) for count in range(-40, 41)):
                same = (other.year, other.month) == (first.year, first.month)
                assert share_period(CodePeriod.CALENDAR_MONTH, first, other) is same
        assert not share_period(CodePeriod.CALENDAR_MONTH, date(2025, 3, 1), date(2026, 3, 1))

    def test_all_dates_share_an_episode(self) -> None:
        assert share_period(CodePeriod.EPISODE, date(2022, 1, 1), date(2026, 12, 31))


class TestFacts:
    def test_every_family_has_codes_and_conditions(self) -> None:
        for family in PeriodFamily:
            assert [facts for facts in load_period_codes() if facts.family is family]
            conditions, source = family_conditions(family)
            assert conditions
            assert source.title

    @pytest.mark.parametrize(
        ("word", "family"),
        [("rtm", "RTM"), ("E-Visits", "e-visit"), ("phone", "telephone"), ("rpm", "RPM")],
    )
    def test_a_family_accepts_what_billers_say(self, word: str, family: str) -> None:
        assert PeriodFamily(word).value == family

    @pytest.mark.parametrize("word", ["CBT", "behavioral", "Cognitive Behavioral"])
    def test_a_device_accepts_what_billers_say(self, word: str) -> None:
        assert MonitoringDevice(word) is MonitoringDevice.COGNITIVE_BEHAVIORAL

    def test_the_dates_of_a_code_do_not_overlap_and_leave_no_gap(self) -> None:
        for code in CODES:
            rows = [facts for facts in load_period_codes() if facts.code == code]
            for earlier, later in itertools.pairwise(rows):
                assert earlier.effective_through is not None
                assert later.effective_from - earlier.effective_through == timedelta(days=1)

    @pytest.mark.parametrize("code", CODES)
    def test_a_code_is_in_force_from_its_first_to_its_last_day(self, code: str) -> None:
        rows = [facts for facts in load_period_codes() if facts.code == code]
        first, last = rows[0].effective_from, rows[-1].effective_through
        assert is_period_code(code)
        assert period_code_on(code, days_before(1, first)) is None
        assert period_code_on(code, first) == rows[0]
        if last is None:
            assert period_code_on(code, period_codes_known_through()) == rows[-1]
        else:
            assert period_code_on(code, last) == rows[-1]
            assert period_code_on(code, last + timedelta(days=1)) is None

    def test_other_codes_are_not_counted_over_a_period(self) -> None:
        assert not is_period_code("97110")
        assert period_code_on("97110", DAY) is None

    def test_16_days_are_needed_for_a_setup_through_2025_and_2_from_2026(self) -> None:
        bands = [period_code_on("98975", date(2026, 1, 1) - timedelta(days=n)) for n in (1, 0)]
        assert [facts and facts.data_days for facts in bands] == [(16, None), (2, None)]

    @pytest.mark.parametrize("code", sorted(set(CODES) & load_codes().keys()))
    def test_facts_that_are_also_in_the_code_book_agree(self, code: str) -> None:
        rows = [facts for facts in load_period_codes() if facts.code == code]
        book = load_codes()[code]
        assert (book.effective_from or date.min) <= rows[0].effective_from
        assert book.effective_through == rows[-1].effective_through
        for facts in rows:
            if facts.family is not PeriodFamily.RTM:
                continue
            assert book.effective_from == rows[0].effective_from
            assert facts.assistant_modifier is book.assistant_modifier
            month = book.month_minutes
            assert (month is None) == (facts.minutes is None)
            assert (book.unit_of is UnitOf.CALENDAR_MONTH) == (
                facts.period is CodePeriod.CALENDAR_MONTH
            )
            if month is not None and facts.minutes is not None:
                assert facts.adds_to == book.beyond
                assert month == (facts.minutes if facts.each is None else (facts.each, None))

    def test_the_data_end_with_the_code_book(self) -> None:
        assert period_codes_known_through() == known_through()

    def test_a_first_code_and_its_add_on_code_have_the_same_period_and_family(self) -> None:
        for facts in load_period_codes():
            if facts.adds_to is not None:
                first = period_code_on(facts.adds_to, DAY)
                assert first is not None
                assert (first.family, first.period) == (facts.family, facts.period)
                assert first.minutes == (facts.minutes_before, None)
                assert first.minutes_before == 0


class TestUnits:
    @pytest.mark.parametrize(
        ("code", "units"),
        [
            ("98979", lambda minutes: int(10 <= minutes <= 19)),
            ("98980", lambda minutes: int(minutes >= 20)),
            ("98981", lambda minutes: max(0, minutes // 20 - 1)),
            ("98968", lambda minutes: int(21 <= minutes <= 30)),
            ("98972", lambda minutes: int(minutes >= 21)),
            ("98977", lambda _: 0),
        ],
    )
    def test_every_minute_makes_the_units_of_its_band(self, code: str, units: object) -> None:
        facts = period_code_on(code, DAY)
        assert facts is not None
        assert callable(units)
        for minutes in range(121):
            assert units_of(facts, minutes) == units(minutes), minutes

    def test_every_day_is_in_the_band_of_one_device_code(self) -> None:
        long, short = (period_code_on(code, DAY) for code in ("98977", "98985"))
        management = period_code_on("98980", DAY)
        assert long is not None
        assert short is not None
        assert management is not None
        for days in range(31):
            assert has_enough_days(short, days) is (2 <= days <= 15)
            assert has_enough_days(long, days) is (days >= 16)
            assert not has_enough_days(management, days)


class TestRepeats:
    def test_the_latest_repeat_in_the_period_is_named(self) -> None:
        facts = period_code_on("98977", DAY)
        assert facts is not None
        billed = [("98977", days_before(count)) for count in (30, 29, 7)]
        assert latest_repeat(facts, DAY, billed) == days_before(7)
        assert latest_repeat(facts, DAY, billed[:1]) is None
        assert latest_repeat(facts, DAY, [("98976", DAY)]) is None

    def test_an_add_on_code_may_be_repeated(self) -> None:
        facts = period_code_on("98981", DAY)
        assert facts is not None
        assert latest_repeat(facts, DAY, [("98981", DAY)]) is None


class TestExclusions:
    def test_no_code_excludes_itself_and_codes_are_in_the_data(self) -> None:
        for row in exclusive_codes():
            assert set(row.codes).isdisjoint(row.others)
            for code in row.codes + row.others:
                assert is_period_code(code) or code in load_codes()

    def test_a_pair_of_codes_has_one_row_in_a_period(self) -> None:
        pairs = [
            frozenset((one, other, row.within.value))
            for row in exclusive_codes()
            for one in row.codes
            for other in row.others
        ]
        assert len(pairs) == len(set(pairs))

    def test_an_exclusion_that_rests_on_no_source_is_for_review(self) -> None:
        for row in exclusive_codes():
            if row.source.verified.value in ("derived", "unverified"):
                assert row.severity == "review"

    def test_exclusions_work_both_ways_and_only_in_their_period(self) -> None:
        (row,) = (row for row in exclusive_codes() if "98979" in row.codes)
        march = [("98980", date(2026, 3, 1)), ("97110", date(2026, 3, 1))]
        assert list(row.excluding("98979", DAY, march)) == march[:1]
        assert list(row.excluding("98980", DAY, [("98979", date(2026, 3, 1))])) != []
        assert list(row.excluding("98979", date(2026, 4, 1), march)) == []
        assert list(row.excluding("97110", DAY, march)) == []

    def test_an_exclusion_begins_on_its_first_day(self) -> None:
        (row,) = (
            row for row in exclusive_codes() if "98984" in row.codes and "98976" in row.others
        )
        billed = [("98976", date(2025, 12, 31))]
        assert list(row.excluding("98984", date(2025, 12, 31), billed)) == []
        assert list(row.excluding("98984", date(2026, 1, 1), billed)) == billed
