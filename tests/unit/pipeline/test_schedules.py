"""Schedules that cannot be true, and those that can: both sides of each edge."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from decimal import Decimal
from zoneinfo import ZoneInfo

import attrs
import pytest
from dateutil import tz

from tests.refusals import refusal
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    FeeSchedule,
    InvalidInputError,
    Payer,
    Policy,
    Session,
    TimedService,
    UnitMethod,
    UntimedService,
)
from therapy_billing.findings import Answer, Finding, Findings, Severity
from therapy_billing.pipeline.schedules import check_schedule, check_times
from therapy_billing.records import ScheduleEntry, Service

DAY = "2026-03-02"
RATES = FeeSchedule.from_rates({"97110": 30, "97530": 40, "97150": 18, "97140": 28, "92508": 23})


def moment(clock: str, day: str = DAY) -> datetime.datetime:
    return datetime.datetime.fromisoformat(f"{day} {clock:0>5}")


def service(code: str, start: str, end: str, clinician: str = "therapist") -> Service:
    """Return a clocked service."""
    began, ended = moment(start), moment(end)
    if code in ("97161", "97150", "G0283", "98980", "92508", "92507"):
        return UntimedService(code, start=began, end=ended, clinician=clinician)
    return TimedService(code, start=began, end=ended, clinician=clinician)


def entry(
    key: str,
    given: Service,
    *,
    patient: str = "A",
    by: str = "T",
    discipline: str = "PT",
    day: str = DAY,
) -> ScheduleEntry:
    return ScheduleEntry(key, patient, by, day, discipline, given)


def told(findings: Findings) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(each.rule.id, each.severity.value, each.entries) for each in findings]


def only(findings: Findings) -> Finding:
    (finding,) = findings
    return finding


def answers(findings: Findings, rule: str) -> list[tuple[Answer, str]]:
    return [(each.answer, each.remark) for each in findings.answers if each.rule.id == rule]


CLEAN = [(Answer.CLEAN, "")]


class TestMinutesOnce:
    def test_services_back_to_back_are_no_finding(self) -> None:
        found = check_schedule(
            [
                entry("1", service("97110", "9:00", "9:30")),
                entry("2", service("97530", "9:30", "9:45")),
                entry("3", service("97110", "9:45", "10:00"), patient="B"),
            ]
        )
        assert told(found) == []
        assert answers(found, "minutes-once") == CLEAN

    def test_a_minute_over_is_denied_with_its_arithmetic(self) -> None:
        finding = only(
            check_schedule(
                [
                    entry("1", service("97110", "9:00", "9:31")),
                    entry("2", service("97530", "9:30", "9:52")),
                ]
            )
        )
        assert (finding.rule.id, finding.severity) == ("minutes-once", Severity.DENY)
        assert (finding.entries, finding.codes) == (("1", "2"), ("97110", "97530"))
        assert finding.message == (
            "one clinician gave 97110 and 97530 one-on-one to one patient at times that overlap: "
            "53 minutes documented in 52 minutes, 1 minute of them told more than once; by "
            "themselves they make 4 units, and 3 with each minute counted once"
        )
        assert finding.action == (
            "bill each minute for one patient and one code; correct the times if the clock is wrong"
        )

    def test_seconds_that_vanish_in_whole_minutes_are_for_review(self) -> None:
        finding = only(
            check_schedule(
                [
                    entry("1", service("97110", "09:00:00", "09:15:01")),
                    entry("2", service("97530", "09:15:00", "09:30:00"), patient="B"),
                ]
            )
        )
        assert finding.severity is Severity.REVIEW
        assert finding.message == (
            "one clinician gave 97110 and 97530 one-on-one to 2 patients at times that overlap: 30 "
            "minutes documented in 30 minutes, less than a minute of them told more than once"
        )

    def test_a_second_that_makes_a_minute_too_many_is_denied(self) -> None:
        finding = only(
            check_schedule(
                [
                    entry("1", service("97110", "09:00:00", "09:15:00")),
                    entry("2", service("97530", "09:14:59", "09:29:59"), patient="B"),
                ]
            )
        )
        assert finding.severity is Severity.DENY

    def test_one_code_of_one_patient_overlaps_itself(self) -> None:
        found = check_schedule(
            [
                entry("1", service("97110", "9:00", "9:15")),
                entry("2", service("97110", "9:10", "9:25")),
            ]
        )
        assert told(found) == [("minutes-once", "deny", ("1", "2"))]

    def test_one_clinician_under_two_plans_of_care_is_told_once(self) -> None:
        found = check_schedule(
            [
                entry("1", service("97110", "9:00", "9:30")),
                entry("2", service("97530", "9:00", "9:30"), discipline="OT"),
            ]
        )
        assert told(found) == [("minutes-once", "deny", ("1", "2"))]

    def test_an_evaluation_takes_the_clinician_too(self) -> None:
        finding = only(
            check_schedule(
                [
                    entry("1", service("97161", "9:00", "9:30")),
                    entry("2", service("97110", "9:20", "9:40"), patient="B"),
                ]
            )
        )
        assert finding.message == (
            "one clinician gave 97110 and 97161 one-on-one to 2 patients at times that overlap: 50 "
            "minutes documented in 40 minutes, 10 minutes of them told more than once"
        )
        assert "97150" not in finding.action

    @pytest.mark.parametrize("code", ["G0283", "98980"])
    def test_supervised_and_remote_services_overlap_anything(self, code: str) -> None:
        found = check_schedule(
            [
                entry("1", service("97110", "9:00", "9:30")),
                entry("2", service(code, "9:00", "9:30")),
                entry("3", service(code, "9:00", "9:30"), patient="B"),
            ]
        )
        assert told(found) == []

    def test_over_midnight_it_is_found(self) -> None:
        late = TimedService("97110", start=moment("23:50"), end=moment("00:10", "2026-03-03"))
        early = TimedService(
            "97530", start=moment("00:09", "2026-03-03"), end=moment("00:30", "2026-03-03")
        )
        found = check_schedule([entry("1", late), entry("2", early, day="2026-03-03")])
        assert told(found) == [("minutes-once", "deny", ("1", "2"))]

    @pytest.mark.parametrize("zone", [ZoneInfo("America/New_York"), tz.gettz("America/New_York")])
    def test_over_a_clock_change_time_that_passed_counts(self, zone: datetime.tzinfo) -> None:
        day = "2026-11-01"
        first = TimedService(
            "97110",
            start=moment("00:45", day).replace(tzinfo=zone),
            end=moment("01:15", day).replace(tzinfo=zone),
        )
        second = TimedService(
            "97110",
            start=moment("01:10", day).replace(tzinfo=zone, fold=1),
            end=moment("01:25", day).replace(tzinfo=zone, fold=1),
        )
        assert told(check_schedule([entry("1", first, day=day), entry("2", second, day=day)])) == []
        once = TimedService(
            "97110",
            start=moment("01:10", day).replace(tzinfo=zone),
            end=moment("01:25", day).replace(tzinfo=zone),
        )
        assert told(check_schedule([entry("1", first, day=day), entry("2", once, day=day)])) == [
            ("minutes-once", "deny", ("1", "2"))
        ]

    def test_times_of_two_zones_meet_in_utc(self) -> None:
        services = [
            TimedService("97110", start=f"{DAY} 09:00{zone}", end=f"{DAY} 09:30{zone}")
            for zone in ("-05:00", "-06:00")
        ]
        assert told(check_schedule([entry(str(n), each) for n, each in enumerate(services)])) == []

    def test_a_day_without_the_payers_policy_tells_no_units(self) -> None:
        given = [
            ScheduleEntry(
                key,
                "A",
                "T",
                "1999-03-02",
                "PT",
                TimedService("97110", start="1999-03-02 9:00", end="1999-03-02 9:30"),
            )
            for key in "12"
        ]
        found = check_schedule(given)
        assert only(found).message == (
            "one clinician gave 97110 one-on-one to one patient at times that overlap: 60 minutes "
            "documented in 30 minutes, 30 minutes of them told more than once"
        )
        assert answers(found, "near-minimum") == [
            (Answer.NOT_IN_DATA, "fewer than 20 days of patients make no pattern"),
            (Answer.NOT_COVERED, "what the payer does is not known on 1 of 1 days"),
        ]

    def test_a_thousand_services_at_once_are_one_finding(self) -> None:
        found = check_schedule(
            entry(f"{n:03}", service("97110", "9:00", "9:15"), patient=str(n)) for n in range(1000)
        )
        assert told(found) == [("minutes-once", "deny", tuple(f"{n:03}" for n in range(1000)))]


class TestOneOnOneAgainstPatientsAtOnce:
    def at_once(self, *, discipline: str = "PT") -> list[ScheduleEntry]:
        return [
            entry(patient, service("97110", "9:00", "9:45"), patient=patient, discipline=discipline)
            for patient in "ABC"
        ]

    def test_three_patients_at_once_are_denied_with_the_group_as_the_other_way(self) -> None:
        finding = only(check_schedule(self.at_once()))
        assert finding.severity is Severity.DENY
        assert finding.message == (
            "one clinician gave 97110 one-on-one to 3 patients at times that overlap: 135 minutes "
            "documented in 45 minutes, 45 minutes of them told more than once; by themselves they "
            "make 9 units, and 3 with each minute counted once, or 97150 x1 for each of 3 patients "
            "as a group"
        )
        assert finding.action == (
            "bill each minute for one patient and one code; correct the times if the clock is "
            "wrong; where contact with each was brief and intermittent, bill 97150 x1 for each "
            "patient in place of these"
        )
        assert finding.at_stake is None

    def test_with_fees_it_tells_the_dollars_of_both(self) -> None:
        finding = only(check_schedule(self.at_once(), fees=RATES))
        assert finding.message.endswith("; $270.00 as documented, $54.00 as a group")
        assert finding.at_stake == Decimal(216)

    def test_of_one_patient_the_dearest_units_stand(self) -> None:
        finding = only(
            check_schedule(
                [
                    entry("1", service("97110", "9:00", "9:30")),
                    entry("2", service("97530", "9:00", "9:30")),
                ],
                fees=RATES,
            )
        )
        assert finding.message.endswith("; $140.00 as documented, $80.00 once")
        assert finding.at_stake == Decimal(60)

    def test_without_a_price_no_dollars_are_told(self) -> None:
        finding = only(check_schedule(self.at_once(), fees=FeeSchedule.from_rates({"97110": 30})))
        assert finding.at_stake is None
        assert "$" not in finding.message

    def test_where_the_group_pays_more_nothing_is_at_stake(self) -> None:
        fees = FeeSchedule.from_rates({"97110": 30, "97150": 500})
        finding = only(check_schedule(self.at_once(), fees=fees))
        assert finding.at_stake is None
        assert finding.message.endswith("; $270.00 as documented, $1,500.00 as a group")

    def test_speech_has_a_group_of_its_own(self) -> None:
        finding = only(check_schedule(self.at_once(discipline="SLP")))
        assert "92508 x1 for each of 3 patients" in finding.message

    def test_two_patients_are_as_many_as_a_group_takes(self) -> None:
        finding = only(check_schedule(self.at_once()[:2]))
        assert finding.message.endswith(
            "they make 6 units, and 3 with each minute counted once, or 97150 x1 for each of 2 "
            "patients as a group"
        )

    def test_what_the_group_pays_as_well_is_not_at_stake(self) -> None:
        for rate, at_stake in (("90.00", None), ("89.99", Decimal("0.03"))):
            fees = FeeSchedule.from_rates({"97110": 30, "97150": rate})
            assert only(check_schedule(self.at_once(), fees=fees)).at_stake == at_stake

    def test_separate_passes_of_the_published_scenario_are_no_finding(self) -> None:
        # Passes of 8, 8, 8 and of 10, 5, 6 minutes: 18, 13 and 14 of 45 minutes, one unit each.
        ends = ["9:00", "9:08", "9:16", "9:24", "9:34", "9:39", "9:45"]
        entries = [
            entry(str(n), service("97110", ends[n], ends[n + 1]), patient="ABC"[n % 3])
            for n in range(6)
        ]
        found = check_schedule(entries, worked={"T": 45})
        assert told(found) == []
        assert answers(found, "minutes-once") == answers(found, "impossible-day") == CLEAN

    def test_units_follow_the_payer(self) -> None:
        entries = [
            entry("1", service("97110", "9:00", "9:10")),
            entry("2", service("97530", "9:05", "9:15")),
        ]
        assert only(check_schedule(entries, CPT_MIDPOINT)).message.endswith(
            "they make 2 units, and 1 with each minute counted once"
        )
        assert "units" not in only(check_schedule(entries, MEDICARE)).message

    def test_a_tied_unit_counts(self) -> None:
        entries = [
            entry("1", service("97110", "9:00", "9:20")),
            entry("2", service("97530", "9:00", "9:20")),
        ]
        finding = only(check_schedule(entries, fees=RATES))
        assert finding.message.endswith(
            "they make 3 units, and 1 with each minute counted once; $100.00 as documented, "
            "$40.00 once"
        )

    def test_families_of_codes_tell_no_units(self) -> None:
        entries = [
            entry("1", service("97129", "9:00", "9:15")),
            entry("2", service("97130", "9:00", "9:15"), patient="B"),
        ]
        finding = only(check_schedule(entries))
        assert "unit" not in finding.message
        assert "97150" not in finding.action


class TestGroups:
    def grouped(self, *patients: str, end: str = "9:45") -> list[ScheduleEntry]:
        return [entry(f"g{each}", service("97150", "9:00", end), patient=each) for each in patients]

    def test_a_group_of_several_is_no_finding(self) -> None:
        found = check_schedule(self.grouped("A", "B", "C"))
        assert told(found) == []
        assert answers(found, "group-of-two") == CLEAN

    def test_a_group_of_one_is_for_review(self) -> None:
        finding = only(check_schedule(self.grouped("A")))
        assert (finding.rule.id, finding.severity) == ("group-of-two", Severity.REVIEW)
        assert finding.message == (
            "97150 for a group of one: the schedule has no other patient in a group of the "
            "clinician at that time"
        )
        assert finding.entries == ("gA",)

    @pytest.mark.parametrize(("start", "alone"), [("9:44", False), ("9:45", True)])
    def test_company_is_another_patient_at_the_same_time(self, start: str, *, alone: bool) -> None:
        later = entry("gB", service("97150", start, "10:30"), patient="B")
        expected = [("group-of-two", "review", (key,)) for key in ("gA", "gB")] if alone else []
        assert told(check_schedule([*self.grouped("A"), later])) == expected

    def test_the_same_patient_twice_is_no_company(self) -> None:
        again = entry("g2", service("97150", "9:00", "9:45"))
        assert told(check_schedule([*self.grouped("A"), again])) == [
            ("patient-overlap", "deny", ("g2", "gA")),
            ("group-of-two", "review", ("g2",)),
            ("group-of-two", "review", ("gA",)),
        ]

    def test_a_group_of_another_clinician_is_no_company(self) -> None:
        other = entry("gB", service("97150", "9:00", "9:45"), patient="B", by="U")
        assert [rule for rule, *_ in told(check_schedule([*self.grouped("A"), other]))] == [
            "group-of-two",
            "group-of-two",
        ]

    def test_without_a_clock_only_a_day_of_one_patient_tells_a_group_of_one(self) -> None:
        unclocked = [
            entry(key, UntimedService("97150"), patient=patient) for key, patient in ("1A", "2B")
        ]
        found = check_schedule(unclocked)
        assert told(found) == []
        assert answers(found, "group-of-two") == [
            (
                Answer.NOT_IN_DATA,
                "2 of 2 services have no start and end: give them to see what they overlap",
            )
        ]
        finding = only(check_schedule(unclocked[:1]))
        assert finding.message == (
            "97150 for a group of one: the schedule has no other patient in a group of the "
            "clinician that day"
        )

    def test_who_was_not_clocked_may_have_been_company(self) -> None:
        other = entry("gB", UntimedService("97150"), patient="B")
        found = check_schedule([*self.grouped("A"), other])
        assert told(found) == []
        assert [answer for answer, _ in answers(found, "group-of-two")] == [
            Answer.CLEAN,
            Answer.NOT_IN_DATA,
        ]

    @pytest.mark.parametrize(("start", "over"), [("9:45", False), ("9:44", True)])
    def test_one_on_one_beside_a_group_is_denied(self, start: str, *, over: bool) -> None:
        alone = entry("1", service("97110", start, "10:00"), patient="C")
        found = check_schedule([*self.grouped("A", "B"), alone])
        assert told(found) == ([("minutes-once", "deny", ("1", "gA", "gB"))] if over else [])

    def test_a_group_counts_once_beside_one_on_one(self) -> None:
        alone = entry("1", service("97110", "9:15", "9:30"), patient="C")
        assert only(check_schedule([*self.grouped("A", "B"), alone])).message == (
            "one clinician gave 97110 one-on-one to one patient and 97150 to a group at times that "
            "overlap: 60 minutes documented in 45 minutes, 15 minutes of them told more than once"
        )


class TestPatientOverlap:
    def hands(self, start: str = "9:00", **how: str) -> list[ScheduleEntry]:
        return [
            entry("1", service("97116", "9:00", "9:30")),
            entry("2", service("97116", start, "9:45", how.get("as_", "assistant")), by="U"),
        ]

    def test_a_second_pair_of_hands_is_one_stream(self) -> None:
        finding = only(check_schedule(self.hands("9:15"), fees=RATES))
        assert (finding.rule.id, finding.severity) == ("patient-overlap", Severity.DENY)
        assert finding.message == (
            "97116 for one patient under PT at times that overlap: 60 minutes documented in 45 "
            "minutes, 15 minutes of them told more than once; by themselves they make 4 units, and "
            "3 with each minute counted once"
        )
        assert finding.action == (
            "bill the minutes once, a second pair of hands adds none; correct the times if the "
            "services followed each other"
        )

    @pytest.mark.parametrize(("start", "count"), [("9:30", 0), ("9:29", 1)])
    def test_one_after_the_other_is_no_finding(self, start: str, count: int) -> None:
        found = check_schedule(self.hands(start))
        assert len(found) == count
        assert (answers(found, "patient-overlap") == CLEAN) is (count == 0)

    def test_a_service_told_by_both_who_gave_it_together_counts_once(self) -> None:
        twins = [
            entry(key, service("97116", "9:00", "9:30", "together"), by=by)
            for key, by in ("1T", "2U")
        ]
        assert told(check_schedule(twins)) == []

    def test_it_takes_the_time_of_both(self) -> None:
        twins = [
            entry(key, service("97116", "9:00", "9:30", "together"), by=by)
            for key, by in ("1T", "2U")
        ]
        other = entry("3", service("97110", "9:20", "9:40"), patient="B", by="U")
        assert told(check_schedule([*twins, other])) == [("minutes-once", "deny", ("2", "3"))]

    def test_together_twice_by_one_clinician_is_told_twice(self) -> None:
        twice = [entry(key, service("97116", "9:00", "9:30", "together")) for key in "12"]
        assert told(check_schedule(twice)) == [("minutes-once", "deny", ("1", "2"))]

    def test_together_at_other_times_is_no_twin(self) -> None:
        given = [
            entry("1", service("97116", "9:00", "9:30", "together")),
            entry("2", service("97116", "9:00", "9:31", "together"), by="U"),
        ]
        assert told(check_schedule(given)) == [("patient-overlap", "deny", ("1", "2"))]

    def test_supervised_modalities_run_beside_another_clinician(self) -> None:
        given = [
            entry("1", service("97110", "9:00", "9:30")),
            entry("2", service("G0283", "9:00", "9:30"), by="U"),
        ]
        assert told(check_schedule(given)) == []


class TestCoTreatment:
    def together(self, pt_end: str = "10:00", ot_start: str = "9:00") -> list[ScheduleEntry]:
        return [
            entry("1", service("97110", "9:00", pt_end)),
            entry("2", service("97530", ot_start, "10:00"), by="U", discipline="OT"),
        ]

    def test_sixty_and_sixty_for_sixty_is_denied_with_a_split(self) -> None:
        finding = only(check_schedule(self.together()))
        assert (finding.rule.id, finding.severity) == ("co-treatment", Severity.DENY)
        assert finding.message == (
            "OT and PT treated one patient together for 60 minutes: 60 + 60 minutes documented in "
            "60 minutes, and the joint time is billed once in total"
        )
        assert finding.action == (
            "share the joint minutes, such as 30 OT + 30 PT of 60, or bill all of them under one "
            "discipline; correct the times if the treatments followed each other"
        )

    @pytest.mark.parametrize(
        ("pt_end", "ot_start"), [("9:30", "9:30"), ("9:45", "9:45"), ("9:15", "9:15")]
    )
    def test_parts_that_add_up_to_the_period_are_no_finding(
        self, pt_end: str, ot_start: str
    ) -> None:
        found = check_schedule(self.together(pt_end, ot_start))
        assert told(found) == []
        assert answers(found, "co-treatment") == CLEAN

    def test_a_minute_too_many_is_denied(self) -> None:
        finding = only(check_schedule(self.together("9:31", "9:30")))
        assert finding.message == (
            "OT and PT treated one patient together for 1 minute: 30 + 31 minutes documented in 60 "
            "minutes, and the joint time is billed once in total"
        )

    def test_three_disciplines_share_in_three(self) -> None:
        third = entry("3", service("92507", "9:00", "10:00"), by="V", discipline="SLP")
        finding = only(check_schedule([*self.together(), third]))
        assert "such as 20 OT + 20 PT + 20 SLP of 60" in finding.action
        assert finding.message.startswith("OT, PT and SLP treated one patient together for 60")

    def test_two_patients_are_no_co_treatment(self) -> None:
        first, second = self.together()
        assert told(check_schedule([first, attrs.evolve(second, patient="B")])) == []


class TestTotalTreatment:
    def partly(self, minutes: int) -> list[ScheduleEntry]:
        return [
            entry("1", service("97161", "9:00", "9:30")),
            entry("2", TimedService("97110", minutes)),
            entry("3", service("97140", "9:45", "10:00")),
            entry("4", service("G0283", "9:00", "10:00")),
            entry("5", UntimedService("97164")),
        ]

    @pytest.mark.parametrize(("minutes", "count"), [(15, 0), (16, 1)])
    def test_minutes_fit_between_first_start_and_last_end(self, minutes: int, count: int) -> None:
        found = check_schedule(self.partly(minutes), worked={"T": 480})
        assert len(found) == count
        assert (answers(found, "total-treatment") == CLEAN) is (count == 0)

    def test_what_does_not_fit_is_for_review(self) -> None:
        finding = only(check_schedule(self.partly(16), worked={"T": 480}))
        assert (finding.rule.id, finding.severity) == ("total-treatment", Severity.REVIEW)
        assert finding.entries == ("1", "2", "3", "5")
        assert finding.message == (
            "61 minutes documented under PT, 16 of them without start and end, and the clock tells "
            "60 minutes from the first start to the last end"
        )

    def test_a_session_without_a_clock_is_not_in_the_data(self) -> None:
        found = check_schedule([entry("1", TimedService("97110", 30))])
        remark = (
            "1 of 1 sessions have no start and end: give those of the first and the last service"
        )
        assert answers(found, "total-treatment") == [(Answer.NOT_IN_DATA, remark)]


class TestImpossibleDay:
    @pytest.mark.parametrize(("worked", "count"), [(60, 0), (59, 1)])
    def test_minutes_beyond_those_worked_are_denied(self, worked: int, count: int) -> None:
        given = [
            entry("1", TimedService("97110", 45)),
            entry("2", UntimedService("97161", 15), patient="B"),
            entry("3", UntimedService("97150", 45), patient="B"),
            entry("4", UntimedService("97161"), patient="C"),
        ]
        found = check_schedule(
            [*given, entry("5", UntimedService("97150", 45), patient="C")], worked={"T": worked}
        )
        assert len(found) == count
        assert (answers(found, "impossible-day") == CLEAN) is (count == 0)
        for finding in found:
            assert (finding.rule.id, finding.severity) == ("impossible-day", Severity.DENY)
            assert finding.entries == ("1", "2", "4")
            assert finding.message == (
                "60 one-on-one minutes documented for one clinician on 2026-03-02, who worked 59"
            )

    def test_without_minutes_worked_the_clock_stands_in(self) -> None:
        given = [
            entry("1", service("97110", "9:00", "9:30")),
            entry("2", service("97150", "9:30", "10:00"), patient="B"),
            entry("3", service("97150", "9:30", "10:00"), patient="C"),
        ]
        fits = check_schedule([*given, entry("4", TimedService("97110", 30), patient="D")])
        assert told(fits) == []
        finding = only(check_schedule([*given, entry("4", TimedService("97110", 31), patient="D")]))
        assert (finding.rule.id, finding.severity) == ("impossible-day", Severity.REVIEW)
        assert finding.message == (
            "61 one-on-one minutes documented for one clinician on 2026-03-02, and the clock tells "
            "60 minutes from the first start to the last end, as the minutes worked were not given"
        )

    def test_minutes_told_twice_are_not_told_again(self) -> None:
        found = check_schedule(
            [entry(each, service("97110", "9:00", "9:30"), patient=each) for each in "AB"]
        )
        assert [rule for rule, *_ in told(found)] == ["minutes-once"]

    @pytest.mark.parametrize(("minutes", "count"), [(720, 0), (721, 1)])
    def test_without_either_a_day_has_1440_minutes(self, minutes: int, count: int) -> None:
        given = [entry(each, TimedService("97110", minutes), patient=each) for each in "AB"]
        found = check_schedule(given)
        assert len(found) == count
        if count:
            assert only(found).severity is Severity.DENY
            assert only(found).message == (
                "1442 one-on-one minutes documented for one clinician on 2026-03-02, and a day has "
                "1440"
            )
        else:
            remark = (
                "1 of 1 days of clinicians have neither minutes worked nor start and end: "
                "give worked"
            )
            assert answers(found, "impossible-day") == [(Answer.NOT_IN_DATA, remark)]

    def test_a_service_without_minutes_adds_none(self) -> None:
        given = [
            entry("1", service("97110", "9:00", "9:30")),
            entry("2", UntimedService("97161"), patient="B"),
        ]
        assert answers(check_schedule(given), "impossible-day") == CLEAN
        assert answers(check_schedule(given[1:]), "impossible-day") == CLEAN

    def test_each_day_stands_for_itself(self) -> None:
        given = [
            entry("1", TimedService("97110", 40)),
            entry("2", TimedService("97110", 40), day="2026-03-03"),
        ]
        assert told(check_schedule(given, worked={"T": 40})) == []

    def test_each_clinician_stands_alone(self) -> None:
        given = [
            entry("1", TimedService("97110", 40)),
            entry("2", TimedService("97110", 40), by="U", patient="B"),
        ]
        assert told(check_schedule(given, worked={"T": 40, "U": 39})) == [
            ("impossible-day", "deny", ("2",))
        ]


class TestNearMinimum:
    def days(
        self, minutes: Iterable[int], *, by: str = "T", codes: tuple[str, ...] = ("97110",)
    ) -> list[ScheduleEntry]:
        return [
            entry(f"{by}{n:02}{code}", TimedService(code, given), patient=f"{by}{n:02}", by=by)
            for n, given in enumerate(minutes)
            for code in codes
        ]

    def near(
        self, *entries: ScheduleEntry, payer: Payer | Policy = MEDICARE, **limits: int
    ) -> Findings:
        found = check_schedule(entries, payer, worked=None, fees=None, **limits)
        return Findings(found.of_rule("near-minimum"), found.answers)

    def test_half_of_the_days_near_the_minimum_are_a_pattern(self) -> None:
        entries = self.days([25] * 10 + [30] * 10)
        finding = only(self.near(*entries))
        assert finding.severity is Severity.NOTE
        assert finding.message == (
            "units near the minimum in one clinician: on 10 of 20 days of patients at most 2 "
            "minutes above the fewest, 13.8 minutes a unit on average"
        )
        assert finding.entries == tuple(f"T{n:02}97110" for n in range(10))

    def test_fewer_are_none(self) -> None:
        found = self.near(*self.days([25] * 9 + [30] * 11))
        assert told(found) == []
        assert answers(found, "near-minimum") == CLEAN

    def test_fewer_days_make_no_pattern(self) -> None:
        found = self.near(*self.days([8] * 19))
        assert told(found) == []
        assert answers(found, "near-minimum") == [
            (Answer.NOT_IN_DATA, "fewer than 20 days of patients make no pattern")
        ]
        assert len(self.near(*self.days([8] * 19), near_days=19)) == 1

    def test_days_without_a_unit_do_not_count(self) -> None:
        assert told(self.near(*self.days([8] * 19 + [7]))) == []

    def test_a_low_average_alone_is_a_pattern(self) -> None:
        finding = only(self.near(*self.days([11] * 20)))
        assert finding.message.endswith(
            "on 0 of 20 days of patients at most 2 minutes above the fewest, 11.0 minutes a unit "
            "on average"
        )
        assert len(finding.entries) == 20
        assert told(self.near(*self.days([12] * 20))) == []

    def test_the_caller_sets_each_threshold(self) -> None:
        near = self.days([11] * 20)
        assert told(self.near(*near, least_average=11)) == []
        assert len(self.near(*near, least_average=11, near_minutes=3)) == 1
        mixed = self.days([8] * 4 + [30] * 16)
        assert told(self.near(*mixed)) == []
        assert len(self.near(*mixed, near_share=20)) == 1

    def test_the_whole_schedule_is_told_beside_its_clinicians(self) -> None:
        entries = [*self.days([8] * 10, by="T"), *self.days([8] * 10, by="U")]
        finding = only(self.near(*entries))
        assert finding.message.startswith("units near the minimum in the whole schedule: on 20 of")
        assert (finding.entries, finding.codes) == ((), ())

    def test_a_day_counts_for_each_clinician_who_took_part(self) -> None:
        shared = [
            entry(f"{by}{n}", TimedService("97110", 4), patient=str(n), by=by)
            for n in range(20)
            for by in "TU"
        ]
        assert sorted(len(finding.entries) for finding in self.near(*shared)) == [0, 20, 20]

    def test_codes_are_pooled_as_the_payer_counts(self) -> None:
        entries = self.days([10] * 20, codes=("97110", "97140"))
        assert told(self.near(*entries)) == []
        alone = Policy(UnitMethod.CPT_MIDPOINT)
        assert len(self.near(*entries, payer=alone)) == 1
        assert told(self.near(*self.days([15] * 20), payer=Policy(UnitMethod.FULL_QUARTER))) == []

    def test_codes_of_another_period_are_left_out(self) -> None:
        found = self.near(*self.days([8] * 20, codes=("97129",)))
        assert told(found) == []
        assert [answer for answer, _ in answers(found, "near-minimum")] == [Answer.NOT_IN_DATA]


class TestWithoutAClock:
    OVERLAPS = ("minutes-once", "patient-overlap", "co-treatment")

    def test_a_schedule_without_a_clock_is_never_clean(self) -> None:
        found = check_schedule(
            [
                entry("1", TimedService("97110", 30)),
                entry("2", TimedService("97530", 30), by="U"),
                entry("3", TimedService("97530", 30), by="T"),
                entry("4", TimedService("97530", 30), by="U", discipline="OT"),
            ]
        )
        remarks = {rule: answers(found, rule) for rule in self.OVERLAPS}
        remark = "{} of {} services have no start and end: give them to see what they overlap"
        assert remarks == {
            "minutes-once": [(Answer.NOT_IN_DATA, remark.format(4, 4))],
            "patient-overlap": [(Answer.NOT_IN_DATA, remark.format(3, 3))],
            "co-treatment": [(Answer.NOT_IN_DATA, remark.format(4, 4))],
        }

    def test_part_of_the_clock_answers_for_its_part(self) -> None:
        found = check_schedule(
            [
                entry("1", service("97110", "9:00", "9:30")),
                entry("2", service("97110", "9:30", "10:00"), patient="B"),
                entry("3", TimedService("97530", 10), patient="C"),
            ],
            worked={"T": 480},
        )
        assert answers(found, "minutes-once") == [
            (Answer.CLEAN, ""),
            (
                Answer.NOT_IN_DATA,
                "1 of 3 services have no start and end: give them to see what they overlap",
            ),
        ]

    def test_a_service_alone_on_its_day_overlaps_nothing(self) -> None:
        found = check_schedule([entry("1", TimedService("97110", 30))])
        assert all(answers(found, rule) == CLEAN for rule in self.OVERLAPS)

    def test_a_finding_stands_beside_what_is_open(self) -> None:
        found = check_schedule(
            [
                entry("1", service("97110", "9:00", "9:30")),
                entry("2", service("97110", "9:00", "9:30"), patient="B"),
                entry("3", TimedService("97530", 10), patient="C"),
            ],
            worked={"T": 480},
        )
        assert [answer for answer, _ in answers(found, "minutes-once")] == [
            Answer.FINDING,
            Answer.NOT_IN_DATA,
        ]


class TestRefusals:
    def test_a_schedule_without_an_entry(self) -> None:
        assert refusal(InvalidInputError, lambda: check_schedule([])) == (
            "there is no entry to check"
        )

    def test_what_is_no_entry(self) -> None:
        given: list[ScheduleEntry] = ["Rosa Invented"]  # type: ignore[list-item]
        assert refusal(InvalidInputError, lambda: check_schedule(given)) == (
            "entries holds ScheduleEntry, not a text of 13 characters"
        )

    def test_times_with_and_without_a_zone(self) -> None:
        zoned = TimedService("97110", start=f"{DAY} 09:00Z", end=f"{DAY} 09:30Z")
        given = [entry("1", zoned)]
        given += [entry(key, service("97110", "9:00", "9:30")) for key in "23"]
        message = (
            "all times name a time zone, or none does: those of 1 services do, those of 2 do not"
        )
        assert refusal(InvalidInputError, lambda: check_schedule(given)) == message
        sessions = [Session(DAY, "PT", [each.service for each in given])]
        assert refusal(InvalidInputError, lambda: check_times(sessions)) == message

    def test_the_ends_of_each_range_are_taken(self) -> None:
        given = [entry("1", TimedService("97110", 30))]
        for worked, days, near, share, average in ((30, 1, 0, 1, 0), (1440, 10**6, 15, 100, 15)):
            found = check_schedule(
                given,
                worked={"T": worked},
                near_days=days,
                near_minutes=near,
                near_share=share,
                least_average=average,
            )
            assert told(found) == []

    @pytest.mark.parametrize("minutes", [-1, 1441, True, 7.5, "480"])
    def test_minutes_worked_that_no_day_has(self, minutes: object) -> None:
        worked: dict[str, int] = {"T": minutes}  # type: ignore[dict-item]
        given = [entry("1", TimedService("97110", 30))]
        assert refusal(InvalidInputError, lambda: check_schedule(given, worked=worked)).startswith(
            "worked, of each clinician, is a whole number from 0 to 1440, not "
        )

    def test_minutes_worked_of_nobody(self) -> None:
        given = [entry("1", TimedService("97110", 30))]
        worked: dict[str, int] = 480  # type: ignore[assignment]
        assert refusal(InvalidInputError, lambda: check_schedule(given, worked=worked)) == (
            "worked is minutes by clinician, not 480"
        )

    def test_thresholds_out_of_their_range(self) -> None:
        given = [entry("1", TimedService("97110", 30))]
        calls = {
            "near_days is a whole number from 1, not 0": lambda: check_schedule(given, near_days=0),
            "near_minutes is a whole number from 0 to 15, not 16": lambda: check_schedule(
                given, near_minutes=16
            ),
            "near_share is a whole number from 1 to 100, not 0": lambda: check_schedule(
                given, near_share=0
            ),
            "least_average is a whole number from 0 to 15, not 16": lambda: check_schedule(
                given, least_average=16
            ),
        }
        assert [refusal(InvalidInputError, call) for call in calls.values()] == list(calls)

    def test_sessions_that_are_none(self) -> None:
        given: list[Session] = [7]  # type: ignore[list-item]
        assert refusal(InvalidInputError, lambda: check_times(given)) == (
            "sessions holds Session, not 7"
        )

    def test_sessions_of_no_day_or_two(self) -> None:
        two = [Session(day, "PT", [TimedService("97110", 15)]) for day in (DAY, "2026-03-03")]
        message = "times are checked for one day: give at least one session, and all of one day"
        assert refusal(InvalidInputError, lambda: check_times([])) == message
        assert refusal(InvalidInputError, lambda: check_times(two)) == message

    def test_a_payer_that_is_none(self) -> None:
        payer: Policy = "medicare"  # type: ignore[assignment]
        given = [entry("1", UntimedService("97161"))]
        assert refusal(InvalidInputError, lambda: check_schedule(given, payer)) == (
            "payer is a Payer such as MEDICARE, a Policy or a UnitMethod, not a text of 8 characters"
        )


class TestTimesOfOneDay:
    def test_services_back_to_back_are_clean(self) -> None:
        given = Session(
            DAY, "PT", [service("97110", "9:00", "9:30"), service("97140", "9:30", "9:45")]
        )
        found = check_times(given)
        assert told(found) == []
        assert [(each.rule.id, each.answer) for each in found.answers] == [
            ("patient-overlap", Answer.CLEAN),
            ("co-treatment", Answer.CLEAN),
            ("total-treatment", Answer.CLEAN),
        ]

    def test_an_overlap_tells_the_codes_and_no_entry(self) -> None:
        given = Session(
            DAY, "PT", [service("97110", "9:00", "9:30"), service("97140", "9:15", "9:45")]
        )
        finding = only(check_times(given))
        assert (finding.rule.id, finding.severity) == ("patient-overlap", Severity.DENY)
        assert (finding.entries, finding.codes) == ((), ("97110", "97140"))
        assert finding.message == (
            "97110 and 97140 for one patient under PT at times that overlap: 60 minutes documented "
            "in 45 minutes, 15 minutes of them told more than once; by themselves they make 4 "
            "units, and 3 with each minute counted once"
        )

    def test_sessions_of_one_discipline_are_pooled(self) -> None:
        given = [
            Session(DAY, "PT", [service("97110", "9:00", "9:10")]),
            Session(DAY, "PT", [service("97140", "9:05", "9:15")]),
        ]
        # 20 minutes of the day are one unit, as are the 15 that were there.
        assert only(check_times(given)).message.endswith("5 minutes of them told more than once")

    def test_two_disciplines_at_once_are_co_treatment(self) -> None:
        given = [
            Session(DAY, "PT", [service("97110", "9:00", "10:00")]),
            Session(DAY, "OT", [service("97530", "9:00", "10:00")]),
        ]
        assert [rule for rule, *_ in told(check_times(given))] == ["co-treatment"]

    def test_sessions_apart_are_compared_with_their_own_span(self) -> None:
        given = [
            Session(DAY, "PT", [service("97110", "9:00", "9:30")]),
            Session(DAY, "PT", [TimedService("97110", 60)]),
        ]
        assert told(check_times(given)) == []
        both = [Session(DAY, "PT", [*given[0].services, *given[1].services])]
        assert told(check_times(both)) == [("total-treatment", "review", ())]

    def test_without_a_clock_it_is_not_in_the_data(self) -> None:
        given = Session(DAY, "PT", [TimedService("97110", 15), TimedService("97140", 15)])
        assert [(each.rule.id, each.answer) for each in check_times(given).answers] == [
            ("patient-overlap", Answer.NOT_IN_DATA),
            ("co-treatment", Answer.CLEAN),
            ("total-treatment", Answer.NOT_IN_DATA),
        ]


def test_no_message_names_a_key() -> None:
    keys = {"key": "entry-zebra", "patient": "patient-zebra", "by": "clinician-zebra"}
    given = [
        ScheduleEntry(
            f"{keys['key']}{n}",
            keys["patient"],
            keys["by"],
            DAY,
            plan,
            service(code, "9:00", "9:59"),
        )
        for n, (plan, code) in enumerate([("PT", "97110"), ("OT", "97530"), ("PT", "97150")])
    ]
    found = check_schedule(given, worked={keys["by"]: 1}, near_days=1)
    assert len(found) == 3
    for finding in found:
        assert "zebra" not in finding.message + finding.action + repr(finding)
    assert all("zebra" not in answer.remark for answer in found.answers)
