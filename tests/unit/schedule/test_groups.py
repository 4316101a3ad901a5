"""Groups of one patient."""

from __future__ import annotations

import pytest

from tests.finding_text import said
from tests.unit.schedule.entries import CLEAN, DAY, answers, entry, moment, only, reported, service
from therapy_billing import UntimedService
from therapy_billing.findings.records import Answer, Severity
from therapy_billing.schedule.schedule_checks import check_schedule
from therapy_billing.visits.schedule_entries import ScheduleEntry


class TestGroups:
    def grouped(self, *patients: str, end: str = "9:45") -> list[ScheduleEntry]:
        return [entry(f"g{each}", service("97150", "9:00", end), patient=each) for each in patients]

    def test_a_group_of_several_is_no_finding(self) -> None:
        found = check_schedule(self.grouped("A", "B", "C"))
        assert reported(found) == []
        assert answers(found, "group-of-two") == CLEAN

    def test_a_group_of_one_is_for_review(self) -> None:
        finding = only(check_schedule(self.grouped("A")))
        assert (finding.rule.id, finding.severity) == ("group-of-two", Severity.REVIEW)
        assert said(finding) == (
            "97150 for a group of one. The schedule has no other patient in a group with this clinician at that time."
        )
        assert finding.entries == ("gA",)
        assert finding.action == (
            "add the entries of the other patients, or bill a one-on-one code if no one else was treated."
        )

    def test_findings_come_by_day_before_they_come_by_key(self) -> None:
        given = [
            entry(
                key,
                UntimedService("97150", start=moment("9:00", on), end=moment("9:30", on)),
                day=on,
            )
            for key, on in (("1", "2026-03-03"), ("2", DAY))
        ]
        assert [each.entries for each in check_schedule(given)] == [("2",), ("1",)]

    def test_a_group_of_one_is_found_after_a_group_of_several(self) -> None:
        later = entry("h", service("97150", "10:00", "10:30"), patient="C")
        assert reported(check_schedule([*self.grouped("A", "B"), later])) == [
            ("group-of-two", "review", ("h",))
        ]

    def test_the_patient_without_a_clock_is_no_company_of_the_same(self) -> None:
        again = entry("h", UntimedService("97150"))
        assert reported(check_schedule([*self.grouped("A"), again])) == [
            ("group-of-two", "review", ("gA",)),
            ("group-of-two", "review", ("h",)),
        ]

    @pytest.mark.parametrize(("start", "alone"), [("9:44", False), ("9:45", True)])
    def test_company_is_another_patient_at_the_same_time(self, start: str, *, alone: bool) -> None:
        later = entry("gB", service("97150", start, "10:30"), patient="B")
        expected = [("group-of-two", "review", (key,)) for key in ("gA", "gB")] if alone else []
        assert reported(check_schedule([*self.grouped("A"), later])) == expected

    def test_the_same_patient_twice_is_no_company(self) -> None:
        again = entry("g2", service("97150", "9:00", "9:45"))
        assert reported(check_schedule([*self.grouped("A"), again])) == [
            ("patient-overlap", "deny", ("g2", "gA")),
            ("group-of-two", "review", ("g2",)),
            ("group-of-two", "review", ("gA",)),
        ]

    def test_a_group_of_another_clinician_is_no_company(self) -> None:
        other = entry("gB", service("97150", "9:00", "9:45"), patient="B", by="U")
        assert [rule for rule, *_ in reported(check_schedule([*self.grouped("A"), other]))] == [
            "group-of-two",
            "group-of-two",
        ]

    def test_without_times_only_a_day_of_one_patient_shows_a_group_of_one(self) -> None:
        unclocked = [
            entry(key, UntimedService("97150"), patient=patient) for key, patient in ("1A", "2B")
        ]
        found = check_schedule(unclocked)
        assert reported(found) == []
        assert answers(found, "group-of-two") == [(Answer.NOT_IN_DATA, "no start and end times")]
        finding = only(check_schedule(unclocked[:1]))
        assert said(finding) == (
            "97150 for a group of one. The schedule has no other patient in a group with this clinician that day."
        )

    def test_who_was_not_clocked_may_have_been_company(self) -> None:
        other = entry("gB", UntimedService("97150"), patient="B")
        found = check_schedule([*self.grouped("A"), other])
        assert reported(found) == []
        assert [answer for answer, _ in answers(found, "group-of-two")] == [
            Answer.NOT_IN_DATA,
        ]

    @pytest.mark.parametrize(("start", "over"), [("9:45", False), ("9:44", True)])
    def test_one_on_one_with_a_group_is_denied(self, start: str, *, over: bool) -> None:
        alone = entry("1", service("97110", start, "10:00"), patient="C")
        found = check_schedule([*self.grouped("A", "B"), alone])
        assert reported(found) == ([("minutes-once", "deny", ("1", "gA", "gB"))] if over else [])

    def test_a_group_counts_once_with_one_on_one(self) -> None:
        alone = entry("1", service("97110", "9:15", "9:30"), patient="C")
        assert said(only(check_schedule([*self.grouped("A", "B"), alone]))) == (
            "15 minutes counted more than once for one clinician. The clinician furnished "
            "97110 one-on-one to one patient and 97150 to a group at overlapping times. 60 "
            "minutes are documented in 45 minutes of clock time."
        )
