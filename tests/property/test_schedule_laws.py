"""Compare schedules with a grid of minutes that shows who was with whom in each minute."""

from __future__ import annotations

import datetime
import itertools
import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.amounts import allowed_of
from therapy_billing import (
    MEDICARE,
    Claim,
    ClaimLine,
    FeeSchedule,
    Session,
    TimedService,
    UntimedService,
    build_claim,
    price_day,
)
from therapy_billing.findings.records import Finding, Findings, Severity
from therapy_billing.schedule.rules import Stay, overlaps, share_minutes, union_length
from therapy_billing.schedule.schedule_checks import check_schedule
from therapy_billing.visits.schedule_entries import ScheduleEntry

LAW = settings(deadline=None, max_examples=300)
OPENING = datetime.datetime(2026, 3, 2, 9)  # noqa: DTZ001 - a clinic's clock
ONE_ON_ONE = ("97110", "97530", "97161", "97550")
GROUP = ("97150", "97552")
ABSENT = ("97550", "97552")
NO_CLINICIAN = ("G0283", "98980")
PLANS = {"T": "PT", "U": "PT", "V": "OT"}


class Given(NamedTuple):
    """A service on the grid. Its minutes count from opening time and exclude the end minute."""

    key: str
    patient: str
    clinician: str
    code: str
    start: int
    length: int

    @property
    def minutes(self) -> range:
        return range(self.start, self.start + self.length)

    @property
    def entry(self) -> ScheduleEntry:
        """The service as an entry of a schedule."""
        start = OPENING + datetime.timedelta(minutes=self.start)
        end = start + datetime.timedelta(minutes=self.length)
        timed = self.code in ("97110", "97530", "97140", "97550")
        service = (TimedService if timed else UntimedService)(self.code, start=start, end=end)
        day, plan = OPENING.date(), PLANS[self.clinician]
        return ScheduleEntry(self.key, self.patient, self.clinician, day, plan, service)


SERVICES = st.tuples(
    st.sampled_from("AB"),
    st.sampled_from("TUV"),
    st.sampled_from((*ONE_ON_ONE, *GROUP, *GROUP, *NO_CLINICIAN)),
    st.integers(0, 40),
    st.integers(0, 12),
)
SCHEDULES = st.lists(SERVICES, min_size=1, max_size=12).map(
    lambda services: [Given(str(index), *service) for index, service in enumerate(services)]
)


def checked(schedule: Iterable[Given]) -> Findings:
    return check_schedule([each.entry for each in schedule], MEDICARE)


def involved(found: Iterable[Finding]) -> set[str]:
    return {key for finding in found for key in finding.entries}


def present(schedule: Iterable[Given], minute: int) -> list[Given]:
    """Return the services in *minute* for which a clinician is present."""
    return [each for each in schedule if minute in each.minutes and each.code not in NO_CLINICIAN]


def by(services: Iterable[Given], owner: Callable[[Given], Hashable]) -> list[list[Given]]:
    """Return the services grouped by owner."""
    owned: dict[Hashable, list[Given]] = {}
    for each in services:
        owned.setdefault(owner(each), []).append(each)
    return list(owned.values())


def doubled_for_clinicians(schedule: Sequence[Given]) -> list[set[str]]:
    """Return the keys of the services in each clinician's minute that is counted more than once."""
    return [
        {each.key for each in services}
        for minute in range(60)
        for services in by(present(schedule, minute), lambda each: each.clinician)
        if len(services) > 1
        and (
            any(each.code in ONE_ON_ONE for each in services)
            or len({each.code in ABSENT for each in services}) > 1
        )
    ]


def doubled_for_patients(schedule: Sequence[Given]) -> set[str]:
    """Return the keys of services in minutes when the patient or the caregivers are with two clinicians or in two groups."""
    return {
        each.key
        for minute in range(60)
        for services in by(
            present(schedule, minute),
            lambda each: (each.patient, PLANS[each.clinician], each.code in ABSENT),
        )
        for each in services
        if len({other.clinician for other in services}) > 1
        or (
            each.code in GROUP
            and sum(other.code in GROUP and other.clinician == each.clinician for other in services)
            > 1
        )
    }


def shared_by_disciplines(schedule: Sequence[Given]) -> set[str]:
    """Return the keys of services in minutes when the patient or the caregivers are with two disciplines."""
    return {
        each.key
        for minute in range(60)
        for services in by(
            present(schedule, minute), lambda each: (each.patient, each.code in ABSENT)
        )
        if len({PLANS[each.clinician] for each in services}) > 1
        for each in services
    }


def groups_of_one(schedule: Sequence[Given]) -> set[str]:
    """Return the keys of group services during which the clinician treats no other patient in a group."""
    return {
        each.key
        for each in schedule
        if each.code in GROUP
        and not any(
            other.code in GROUP
            and (other.code in ABSENT) is (each.code in ABSENT)
            and (other.clinician, other.patient != each.patient) == (each.clinician, True)
            and set(other.minutes) & set(each.minutes)
            for other in schedule
        )
    }


class TestAScheduleAgainstTheGrid:
    @LAW
    @given(SCHEDULES)
    def test_only_a_clinicians_minute_counted_twice_is_a_finding(
        self, schedule: list[Given]
    ) -> None:
        found = checked(schedule).of_rule("minutes-once")
        doubled = doubled_for_clinicians(schedule)
        assert involved(found) == set().union(*doubled)
        for keys in doubled:
            assert sum(keys <= set(finding.entries) for finding in found) == 1
        assert sum(len(finding.entries) for finding in found) == len(involved(found))
        assert all(finding.severity is Severity.DENY for finding in found)

    @LAW
    @given(SCHEDULES)
    def test_a_patients_minute_with_two_clinicians_of_a_discipline_is_a_finding(
        self, schedule: list[Given]
    ) -> None:
        found = checked(schedule).of_rule("patient-overlap")
        assert involved(found) == doubled_for_patients(schedule)

    @LAW
    @given(SCHEDULES)
    def test_a_patients_minute_with_two_disciplines_is_a_finding(
        self, schedule: list[Given]
    ) -> None:
        found = checked(schedule).of_rule("co-treatment")
        assert involved(found) == shared_by_disciplines(schedule)

    @LAW
    @given(SCHEDULES)
    def test_a_group_service_without_company_is_a_finding(self, schedule: list[Given]) -> None:
        found = checked(schedule).of_rule("group-of-two")
        assert involved(found) == groups_of_one(schedule)

    @LAW
    @given(SCHEDULES, st.integers(0, 60))
    def test_more_minutes_than_were_worked_are_a_finding(
        self, schedule: list[Given], worked: int
    ) -> None:
        entries = [each.entry for each in schedule]
        found = check_schedule(entries, MEDICARE, worked=dict.fromkeys("TUV", worked))
        beyond = {
            each.key
            for services in by(schedule, lambda each: each.clinician)
            if sum(each.length for each in services if each.code in ONE_ON_ONE)
            + len(
                {
                    (minute, each.code)
                    for each in services
                    if each.code in GROUP
                    for minute in each.minutes
                }
            )
            > worked
            for each in services
            if each.code not in NO_CLINICIAN
        }
        assert involved(found.of_rule("impossible-day")) == beyond


MINUTES = st.integers(0, 1440)
CODES = ("97110", "97161", "97150", "97550", "97552", "G0283", "98980")
DAYS = st.lists(
    st.tuples(
        st.sampled_from("AB"),
        st.sampled_from("TU"),
        st.sampled_from(CODES),
        st.one_of(st.just(240), st.sampled_from([1, 15, 120, 481, 720]), MINUTES),
        st.one_of(st.none(), MINUTES),
    ),
    min_size=1,
    max_size=8,
).map(lambda rows: [Recorded(str(index), *row) for index, row in enumerate(rows)])


class Recorded(NamedTuple):
    """A service with or without a start. The start is in minutes after midnight."""

    key: str
    patient: str
    clinician: str
    code: str
    length: int
    start: int | None

    @property
    def entry(self) -> ScheduleEntry:
        """The service as an entry of a schedule."""
        midnight = OPENING.replace(hour=0)
        start = end = None
        if self.start is not None:
            start = midnight + datetime.timedelta(minutes=min(self.start, 1439))
            end = start + datetime.timedelta(minutes=self.length)
        timed = self.code in ("97110", "97550")
        service = (TimedService if timed else UntimedService)(
            self.code, self.length, start=start, end=end
        )
        return ScheduleEntry(self.key, self.patient, self.clinician, midnight.date(), "PT", service)


def grid_minutes(rows: Iterable[Recorded]) -> int:
    """Return the minutes that rows with a start cover on a grid, plus the lengths of the other rows."""
    covered = {
        min(row.start, 1439) + minute
        for row in rows
        if row.start is not None
        for minute in range(row.length)
    }
    return len(covered) + sum(row.length for row in rows if row.start is None)


def recorded_minutes(found: Iterable[Finding]) -> dict[tuple[str, ...], tuple[int, Severity]]:
    """Return the minutes and the severity of each finding, by its entries."""
    return {
        finding.entries: (
            sum(
                map(
                    int,
                    re.findall(
                        r"(\d+) (?:one-on-one|group|minutes documented for one patient)",
                        finding.message,
                    ),
                )
            ),
            finding.severity,
        )
        for finding in found
    }


class TestTotalsOfADay:
    @LAW
    @given(DAYS, st.integers(1, 1440))
    def test_a_patients_day_has_1440_minutes_and_a_working_day_fewer(
        self, rows: list[Recorded], working_day: int
    ) -> None:
        found = check_schedule([row.entry for row in rows], working_day=working_day)
        expected = {}
        for patient in "AB":
            treated = [
                row
                for row in rows
                if row.patient == patient and row.code in ("97110", "97161", "97150")
            ]
            minutes = grid_minutes(treated)
            if minutes > working_day:
                severity = Severity.DENY if minutes > 1440 else Severity.REVIEW
                expected[tuple(row.key for row in treated)] = (minutes, severity)
        assert recorded_minutes(found.of_rule("patient-day")) == expected

    @LAW
    @given(DAYS, st.integers(1, 1440))
    def test_nor_has_a_clinicians(self, rows: list[Recorded], working_day: int) -> None:
        # Groups are left out, because the check counts their minutes differently.
        alone = [row for row in rows if row.code not in ("97150", "97552")]
        if not alone:
            return
        found = check_schedule([row.entry for row in alone], working_day=working_day)
        expected = {}
        for clinician in "TU":
            given = [
                row
                for row in alone
                if row.clinician == clinician and row.code in ("97110", "97161", "97550")
            ]
            minutes = grid_minutes(given)
            if minutes > working_day:
                severity = Severity.DENY if minutes > 1440 else Severity.REVIEW
                expected[tuple(row.key for row in given)] = (minutes, severity)
        assert recorded_minutes(found.of_rule("impossible-day")) == expected

    @LAW
    @given(DAYS)
    def test_rows_without_a_clock_that_differ_by_their_key_alone_are_a_finding(
        self, rows: list[Recorded]
    ) -> None:
        found = check_schedule([row.entry for row in rows]).of_rule("identical-rows")
        same: dict[Hashable, list[str]] = {}
        for row in rows:
            if row.start is None:
                same.setdefault(row[1:], []).append(row.key)
        copies = {tuple(keys) for keys in same.values() if len(keys) > 1}
        assert {finding.entries for finding in found} == copies
        assert len(found) == len(copies)
        assert all(finding.severity is Severity.REVIEW for finding in found)


class TestFindingsStand:
    @LAW
    @given(SCHEDULES, st.data())
    def test_the_order_of_entries_changes_no_finding(
        self, schedule: list[Given], data: st.DataObject
    ) -> None:
        assert checked(data.draw(st.permutations(schedule))) == checked(schedule)

    @LAW
    @given(SCHEDULES, st.data())
    def test_nor_does_it_where_entries_share_a_key(
        self, schedule: list[Given], data: st.DataObject
    ) -> None:
        same = [each._replace(key="visit") for each in schedule]
        assert checked(data.draw(st.permutations(same))) == checked(same)

    @LAW
    @given(SCHEDULES)
    def test_a_check_changes_nothing_that_it_was_given(self, schedule: list[Given]) -> None:
        entries, worked = [each.entry for each in schedule], {"T": 10}
        first = check_schedule(entries, MEDICARE, worked=worked)
        assert entries == [each.entry for each in schedule]
        assert worked == {"T": 10}
        assert check_schedule(entries, MEDICARE, worked=worked) == first

    @LAW
    @given(SCHEDULES, SCHEDULES)
    def test_other_patients_of_other_clinicians_take_no_finding_away(
        self, schedule: list[Given], others: list[Given]
    ) -> None:
        unrelated = [
            ScheduleEntry(
                f"other {each.key}",
                f"other {each.patient}",
                f"other {each.clinician}",
                each.entry.date_of_service,
                each.entry.discipline,
                each.entry.service,
            )
            for each in others
        ]
        before = checked(schedule)
        after = check_schedule([*(each.entry for each in schedule), *unrelated], MEDICARE)
        assert len(after) == len(before) + len(checked(others))
        assert all(finding in after.found for finding in before)

    @LAW
    @given(SCHEDULES)
    def test_entries_are_named_by_few_findings_each(self, schedule: list[Given]) -> None:
        named = [key for finding in checked(schedule) for key in finding.entries]
        assert all(named.count(each.key) <= 6 for each in schedule)


OHIO = FeeSchedule.medicare(OPENING.date(), mac="15202", locality="00")
AT_ONCE = st.lists(
    st.builds(
        Given,
        # All keys have the same width, so that they sort in the same order as their numbers.
        key=st.uuids().map(lambda key: f"{key.int:039}"),
        patient=st.sampled_from("AB"),
        clinician=st.just("T"),
        code=st.sampled_from(["97110", "97530", "97140"]),
        start=st.integers(0, 40),
        length=st.integers(5, 30),
    ),
    min_size=2,
    max_size=6,
)


def claimed(schedule: Iterable[Given]) -> dict[str, tuple[ClaimLine, ...]]:
    """Return the lines of each patient's claim for the day."""
    services: dict[str, list[TimedService]] = {}
    # Sort by key, because ties go to the first service.
    for each in sorted(schedule):
        services.setdefault(each.patient, []).append(TimedService(each.code, each.length))
    return {
        patient: build_claim(Session(OPENING.date(), "PT", given), MEDICARE).lines
        for patient, given in services.items()
    }


def allowed(lines: Iterable[ClaimLine]) -> Decimal:
    return allowed_of(price_day(Claim(OPENING.date(), lines), MEDICARE, OHIO))


def worth(units: Iterable[tuple[str, str]]) -> Decimal:
    """Return what Medicare allows for *units*. Each is one unit of a code for a patient."""
    lines: dict[str, Counter[str]] = {}
    for patient, code in units:
        lines.setdefault(patient, Counter())[code] += 1
    return sum(
        (
            allowed([ClaimLine(code, count, ("GP",)) for code, count in sorted(of_patient.items())])
            for of_patient in lines.values()
        ),
        Decimal("0.00"),
    )


class TestDollarsAtStake:
    @settings(deadline=None, max_examples=100)
    @given(AT_ONCE)
    def test_they_are_the_least_that_taking_the_units_off_loses(
        self, schedule: list[Given]
    ) -> None:
        found = check_schedule([each.entry for each in schedule], MEDICARE, fees=OHIO)
        lines = claimed(schedule)
        for finding in found.of_rule("minutes-once"):
            if finding.at_stake is None:
                assert "$" not in finding.message + finding.detail
                continue
            named = [each for each in schedule if each.key in finding.entries]
            patients = {each.patient for each in named}
            told_twice = {(each.patient, each.code) for each in named}
            units = [
                (patient, line.code)
                for patient in sorted(patients)
                for line in lines[patient]
                for _ in range(line.units)
            ]
            removable = sum(unit in told_twice for unit in units)
            alone, once = map(
                int,
                re.findall(r"make (\d+) units?; with .*? once, they make (\d+)\.", finding.detail)[
                    0
                ],
            )
            stand = len(units) - max(0, min(alone, removable) - once)
            rest = [unit for unit in units if unit not in told_twice]
            ways = {
                tuple(sorted([*rest, *kept]))
                for kept in itertools.combinations(
                    [unit for unit in units if unit in told_twice], stand - len(rest)
                )
            }
            documented, most = worth(units), max(map(worth, ways))
            assert finding.at_stake == documented - most
            assert f"${documented:,} is allowed as documented, and ${most:,} with" in finding.detail

    @LAW
    @given(SCHEDULES, st.data())
    def test_the_order_of_entries_changes_none_of_them(
        self, schedule: list[Given], data: st.DataObject
    ) -> None:
        first, second = (
            check_schedule([each.entry for each in given], MEDICARE, fees=OHIO)
            for given in (schedule, data.draw(st.permutations(schedule)))
        )
        assert first == second

    @LAW
    @given(SCHEDULES)
    def test_fees_take_no_finding_away(self, schedule: list[Given]) -> None:
        priced = check_schedule([each.entry for each in schedule], MEDICARE, fees=OHIO)
        plain = checked(schedule)
        assert priced.answers == plain.answers
        for finding, without in zip(priced, plain, strict=True):
            assert finding.message == without.message
            assert finding.detail.startswith(without.detail)
            assert (finding.rule, finding.entries) == (without.rule, without.entries)
            assert finding.at_stake is None or finding.at_stake >= 0


INTERVALS = st.tuples(
    st.sampled_from("xy"), st.sampled_from("abc"), st.integers(0, 30), st.integers(0, 8)
)


class TestOverlapsAgainstTheGrid:
    @LAW
    @given(st.lists(INTERVALS, max_size=12))
    def test_its_figures_are_those_of_the_grid(
        self, intervals: list[tuple[str, str, int, int]]
    ) -> None:
        stays = [
            Stay(owner, part, start, start + length) for owner, part, start, length in intervals
        ]
        for overlap in overlaps(stays):
            members = [stays[index] for index in overlap.indexes]
            cells = [{*range(stay.start, stay.end)} for stay in members]
            covered = set().union(*cells)
            assert len({stay.owner for stay in members}) == 1
            assert overlap.there == len(covered) == max(covered) - min(covered) + 1
            parts = {
                cell: {stay.part for stay, of in zip(members, cells, strict=True) if cell in of}
                for cell in covered
            }
            assert overlap.shared == sum(len(of) > 1 for of in parts.values()) > 0
            assert dict(overlap.spent) == {
                part: sum(part in of for of in parts.values())
                for part in {stay.part for stay in members}
            }

    @given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 8)), max_size=10))
    def test_a_union_is_as_long_as_the_cells_it_covers(
        self, intervals: list[tuple[int, int]]
    ) -> None:
        spans = [(start, start + length) for start, length in intervals]
        assert union_length(spans) == len({cell for span in spans for cell in range(*span)})

    @given(st.integers(0, 1440), st.integers(1, 5))
    def test_joint_minutes_are_split_evenly_and_never_doubled(
        self, minutes: int, parties: int
    ) -> None:
        shares = share_minutes(minutes, parties)
        assert (sum(shares), len(shares)) == (minutes, parties)
        assert max(shares) - min(shares) <= 1
