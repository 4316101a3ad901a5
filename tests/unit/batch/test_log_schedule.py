"""Test the schedule of a log, which is checked in parts: what comes together, and what does not depend on the parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.unit.batch.logs import log_of
from therapy_billing import Findings, ScheduleEntry, Session, TimedService
from therapy_billing.batch import log_schedule
from therapy_billing.batch.checking import check_log
from therapy_billing.schedule.schedule_checks import EntryChecks
from therapy_billing.visits import LogDay
from therapy_billing.visits.treatment_log import open_log

MARCH_2 = date(2026, 3, 2)


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Return the dates of each part that is checked, in a list that fills during the test."""
    seen: list[list[str]] = []
    add = EntryChecks.add

    def keep(
        checks: EntryChecks,
        entries: Iterable[ScheduleEntry],
        billed: Iterable[ScheduleEntry] | None = None,
    ) -> None:
        given = list(entries)
        seen.append(sorted({str(each.date_of_service)[5:] for each in given}))
        add(checks, given, billed)

    monkeypatch.setattr(EntryChecks, "add", keep)
    return seen


def a_row(start: str, minutes: int = 30, patient: str = "P-1", **cells: str) -> dict[str, Any]:
    """Return a row of the clinician T-1 that starts at a date and time."""
    moment = datetime.fromisoformat(start)
    return {
        "patient": patient,
        "date": start[:10],
        "discipline": "PT",
        "code": "97110",
        "start": moment.isoformat(),
        "end": (moment + timedelta(minutes=minutes)).isoformat(),
        "treated_by": "T-1",
    } | cells


def checked(
    rows: Iterable[Mapping[str, Any]], *, rows_in_memory: int = 2
) -> tuple[Findings, list[str]]:
    """Return the findings about the schedule, and the errors."""
    log = open_log(rows, keep_going=True, payers=None, rows_in_memory=rows_in_memory)
    run = check_log(log, keep_going=True)
    list(run)
    return run.schedule, [str(error) for error in run.errors]


def entries_of(findings: Findings, rule: str) -> list[tuple[str, ...]]:
    return [each.entries for each in findings.of_rule(rule)]


class TestParts:
    def test_each_date_is_a_part(self, parts: list[list[str]]) -> None:
        checked([a_row(f"2026-03-{day:02} 09:00") for day in (4, 2, 3)])
        assert parts == [["03-02"], ["03-03"], ["03-04"]]

    def test_dates_that_overlap_after_midnight_are_one_part(self, parts: list[list[str]]) -> None:
        found, _ = checked(
            [
                a_row("2026-03-02 09:00"),
                a_row("2026-03-03 23:45", patient="P-2"),
                a_row("2026-03-04 00:14", patient="P-3"),
                a_row("2026-03-05 09:00"),
            ]
        )
        assert parts == [["03-02"], ["03-03", "03-04"], ["03-05"]]
        assert entries_of(found, "minutes-once") == [("line 2", "line 3")]

    def test_dates_that_touch_after_midnight_are_two_parts(self, parts: list[list[str]]) -> None:
        found, _ = checked(
            [
                a_row("2026-03-03 23:45", patient="P-2"),
                a_row("2026-03-04 00:15", patient="P-3"),
            ]
        )
        assert parts == [["03-03"], ["03-04"]]
        assert entries_of(found, "minutes-once") == []

    def test_a_date_without_times_does_not_end_a_part(self, parts: list[list[str]]) -> None:
        no_time = {"start": "", "end": "", "minutes": 20}
        found, _ = checked(
            [
                a_row("2026-03-02 23:45-12:00", patient="P-2"),
                a_row("2026-03-03 09:00-12:00", patient="P-4") | no_time,
                a_row("2026-03-04 01:50+14:00", patient="P-3"),
                a_row("2026-03-05 09:00-12:00", patient="P-4") | no_time,
            ]
        )
        assert parts == [["03-02", "03-03", "03-04"], ["03-05"]]
        assert entries_of(found, "minutes-once") == [("line 1", "line 3")]

    def test_a_later_date_with_an_earlier_time_is_in_the_same_part(
        self, parts: list[list[str]]
    ) -> None:
        checked([a_row("2026-03-02 23:45-12:00"), a_row("2026-03-03 00:00+14:00")])
        assert parts == [["03-02", "03-03"]]


class TestFindings:
    def test_the_overlaps_of_a_clinician_come_together_in_the_order_of_the_first_rows(
        self,
    ) -> None:
        rows = [
            a_row(f"2026-03-{day:02} {hour}", patient=f"{clinician} {number}", treated_by=clinician)
            for day, clinicians in ((2, ("T-2", "T-1")), (3, ("T-1", "T-2")))
            for clinician in clinicians
            for number, hour in enumerate(("09:00", "09:15"))
        ]
        found, _ = checked(rows)
        assert entries_of(found, "minutes-once") == [
            ("line 1", "line 2"),
            ("line 7", "line 8"),
            ("line 3", "line 4"),
            ("line 5", "line 6"),
        ]

    def test_a_service_of_no_length_does_not_put_its_clinician_first(self) -> None:
        rows = [a_row("2026-03-02 08:00", 0, patient="P-9", treated_by="T-2")] + [
            a_row(f"2026-03-{day:02} {hour}", patient=f"{clinician} {hour}", treated_by=clinician)
            for day, clinician in ((2, "T-1"), (3, "T-2"), (3, "T-1"))
            for hour in ("09:00", "09:15")
        ]
        found, _ = checked(rows)
        assert entries_of(found, "minutes-once") == [
            ("line 2", "line 3"),
            ("line 6", "line 7"),
            ("line 4", "line 5"),
        ]

    def test_overlaps_of_a_patients_clinicians_come_before_those_of_one_clinicians_groups(
        self,
    ) -> None:
        rows = [
            a_row(f"2026-03-{day:02} {hour}", code="97150", treated_by=clinician)
            for day, clinicians in ((2, ("T-1", "T-1")), (3, ("T-1", "T-2")))
            for hour, clinician in zip(("09:00", "09:15"), clinicians, strict=True)
        ]
        found, _ = checked(rows)
        assert entries_of(found, "patient-overlap") == [("line 3", "line 4"), ("line 1", "line 2")]

    def test_a_pattern_names_the_rows_and_services_of_all_dates(self) -> None:
        rows = [
            {
                "patient": "P-1",
                "date": str(MARCH_2 + timedelta(days=day)),
                "discipline": "PT",
                "code": ("97110", "97530")[day % 2],
                "minutes": 8 if day > 3 else 14,
                "treated_by": "T-1",
                "key": "" if day % 3 else f"visit {day}",
            }
            for day in range(24)
        ]
        found, _ = checked(rows)
        (finding,) = found.of_rule("near-minimum")
        assert finding.entries == tuple(f"line {line}" for line in range(5, 25))
        assert finding.keys == tuple(f"visit {day}" for day in range(6, 24, 3))
        assert finding.codes == ("97110", "97530")

    def test_rows_of_several_dates_are_counted_together(self) -> None:
        rows = [
            a_row(f"2026-03-{day:02} 09:00", patient=patient)
            | {"start": "", "end": "", "minutes": 20}
            for day in (2, 3)
            for patient in ("P-1", "P-2")
        ]
        found, _ = checked([*rows, a_row("2026-03-03 09:00", patient="P-3")])
        remarks = {each.rule.id: each.remark for each in found.unanswered}
        assert remarks["minutes-once"] == "4 of 5 services have no start and end times"
        assert remarks["total-treatment"].startswith("4 of 5 sessions have no start")
        assert remarks["impossible-day"].startswith("2 of 2 clinician days have services without")


class TestRowsThatAreLeftOut:
    def test_they_are_errors_in_the_order_of_the_days(self) -> None:
        rows = [a_row(f"2026-03-{day:02} 09:00", patient=f"P-{day}") for day in (2, 3, 4)]
        odd = [
            a_row("2026-03-09 09:00-05:00", patient="P-9"),
            a_row("2026-03-08 09:00-05:00", patient="P-8"),
        ]
        found, errors = checked([*odd, *rows])
        assert [error.split(",")[1] for error in errors] == [" line 1", " line 2"]
        assert found.of_rule("minutes-once") == ()

    def test_a_tie_leaves_out_the_rows_with_an_offset(self, parts: list[list[str]]) -> None:
        _, errors = checked([a_row("2026-03-02 09:00-05:00"), a_row("2026-03-03 09:00")])
        assert len(errors) == 1
        assert [part for part in parts if part] == [["03-03"]]

    def test_a_day_that_could_not_be_checked_is_in_no_part(self, parts: list[list[str]]) -> None:
        rows = [
            a_row("2026-03-02 09:00", patient="P-1"),
            a_row("2026-03-02 09:00", patient="P-2", payer="nobody"),
            a_row("2026-03-03 09:00", patient="P-2", payer="nobody"),
        ]
        found, errors = checked(rows)
        assert len(errors) == 2
        assert parts == [["03-02"]]
        assert len(found) == 0


def test_entries_of_a_callers_own_day_may_have_other_dates(parts: list[list[str]]) -> None:
    def days() -> Iterator[LogDay]:
        for line, day in ((2, MARCH_2), (3, MARCH_2 + timedelta(days=1))):
            other = date(2026, 3, 9)
            service = TimedService("97110", start=f"{other} 9:00", end=f"{other} 9:30")
            entry = ScheduleEntry(f"line {line}", f"P-{line}", "T-1", other, "PT", service)
            visit = Session(day, "PT", [TimedService("97110", 30)])
            yield LogDay(f"P-{line}", day, "", (visit,), line, schedule=(entry,))

    run = check_log(log_of(*days()))
    list(run)
    assert parts == [["03-09"]]
    assert entries_of(run.schedule, "minutes-once") == [("line 2", "line 3")]


def test_first_dates_follow_a_gap_in_which_nobody_is_treated() -> None:
    days = [date(2026, 3, day) for day in (2, 3, 4, 5)]
    for spans, wanted in (
        ([(9, 17), (17, 20), (19, 30), (30, 31)], {3, 5}),
        ([(9, 40), (17, 20), (21, 30), (40, 41)], {5}),
        ([(9, 10), (17, 20), (8, 9), (40, 41)], {5}),
    ):
        found = log_schedule._first_dates(dict(zip(days, spans, strict=True)))  # noqa: SLF001
        assert {day.day for day in found} == wanted
