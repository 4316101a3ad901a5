"""Minutes that were counted more than once."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

import attrs
import pytest
from dateutil import tz

from tests.finding_text import said
from tests.unit.schedule.entries import (
    CLEAN,
    DAY,
    RATES,
    answers,
    entry,
    moment,
    only,
    reported,
    service,
    service_on,
)
from therapy_billing import CPT_MIDPOINT, MEDICARE, TimedService
from therapy_billing.findings.records import Answer, Severity
from therapy_billing.schedule.schedule_checks import check_schedule
from therapy_billing.visits.schedule_entries import ScheduleEntry


class TestMinutesOnce:
    def test_services_back_to_back_are_no_finding(self) -> None:
        found = check_schedule(
            [
                entry("1", service("97110", "9:00", "9:30")),
                entry("2", service("97530", "9:30", "9:45")),
                entry("3", service("97110", "9:45", "10:00"), patient="B"),
            ]
        )
        assert reported(found) == []
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
        assert said(finding) == (
            "1 minute counted more than once for one clinician. The clinician furnished "
            "97110 and 97530 one-on-one to one patient at overlapping times. 53 minutes "
            "are documented in 52 minutes of clock time. On their own, the documented minutes make 4 units; with each minute counted once, they make 3."
        )
        assert finding.action == (
            "bill each minute for one patient and one code. Correct the times if they are wrong."
        )

    def test_an_answer_lists_the_codes_that_were_found(self) -> None:
        found = check_schedule(
            [
                entry("1", service("97530", "9:00", "9:31")),
                entry("2", service("97110", "9:30", "9:52")),
            ]
        )
        (answer,) = [each for each in found.answers if each.rule.id == "minutes-once"]
        assert (answer.answer, answer.about) == (Answer.FINDING, ("97110", "97530"))

    def test_over_midnight_the_units_are_those_of_the_first_day(self) -> None:
        # The payer's policy is known through 2026.
        last, unknown = "2026-12-31", "2027-01-01"
        late = TimedService("97110", start=moment("23:30", last), end=moment("00:30", unknown))
        given = [
            entry("1", late, day=last),
            entry("2", service_on(unknown, "97110", "00:00", "00:30"), day=unknown),
        ]
        assert said(only(check_schedule(given))).endswith(
            "On their own, the documented minutes make 6 units; with each minute counted once, they make 4."
        )

    def test_the_minutes_of_each_patient_make_units_of_their_own(self) -> None:
        eights = [
            entry("1", service("97110", "9:00", "9:08")),
            entry("2", service("97110", "9:07", "9:15"), patient="B"),
        ]
        assert (
            "On their own, the documented minutes make 2 units; with each minute counted once, they make 1."
            in said(only(check_schedule(eights)))
        )

    def test_half_a_minute_makes_no_unit(self) -> None:
        given = [
            entry("1", service("97110", "09:00:00", "09:22:00")),
            entry("2", service("97110", "09:20:00", "09:20:30")),
            entry("3", service("97110", "09:15:00", "09:30:00"), patient="B"),
        ]
        # 22 minutes and 15 are a unit each, as are the 30 that were there two.
        assert "unit" not in said(only(check_schedule(given)))

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
        assert said(finding) == (
            "less than a minute counted more than once for one clinician. The clinician "
            "furnished 97110 and 97530 one-on-one to 2 patients at overlapping times. 30 "
            "minutes are documented in 30 minutes of clock time."
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
        assert reported(found) == [("minutes-once", "deny", ("1", "2"))]

    def test_one_clinician_under_two_plans_of_care_is_reported_once(self) -> None:
        found = check_schedule(
            [
                entry("1", service("97110", "9:00", "9:30")),
                entry("2", service("97530", "9:00", "9:30"), discipline="OT"),
            ]
        )
        assert reported(found) == [("minutes-once", "deny", ("1", "2"))]

    def test_an_evaluation_takes_the_clinician_too(self) -> None:
        finding = only(
            check_schedule(
                [
                    entry("1", service("97161", "9:00", "9:30")),
                    entry("2", service("97110", "9:20", "9:40"), patient="B"),
                ]
            )
        )
        assert said(finding) == (
            "10 minutes counted more than once for one clinician. The clinician furnished "
            "97110 and 97161 one-on-one to 2 patients at overlapping times. 50 minutes are "
            "documented in 40 minutes of clock time."
        )
        assert finding.action == (
            "bill each minute for one patient and one code. 97161 is untimed, so remove the shared minutes from 97110, or do not bill 97161. Correct the times if they are "
            "wrong."
        )

    def test_two_untimed_services_have_no_minutes_to_take_off(self) -> None:
        given = [
            entry(patient, service("97161", "9:00", "9:30"), patient=patient) for patient in "AB"
        ]
        assert only(check_schedule(given)).action == (
            "bill only the services that have separate time in the record. 97161 is "
            "untimed, so no minutes can be removed. Correct the times if they are wrong."
        )

    @pytest.mark.parametrize("code", ["G0283", "98980"])
    def test_supervised_and_remote_services_overlap_anything(self, code: str) -> None:
        found = check_schedule(
            [
                entry("1", service("97110", "9:00", "9:30")),
                entry("2", service(code, "9:00", "9:30")),
                entry("3", service(code, "9:00", "9:30"), patient="B"),
            ]
        )
        assert reported(found) == []

    def test_over_midnight_it_is_found(self) -> None:
        late = TimedService("97110", start=moment("23:50"), end=moment("00:10", "2026-03-03"))
        early = TimedService(
            "97530", start=moment("00:09", "2026-03-03"), end=moment("00:30", "2026-03-03")
        )
        found = check_schedule([entry("1", late), entry("2", early, day="2026-03-03")])
        assert reported(found) == [("minutes-once", "deny", ("1", "2"))]

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
        assert (
            reported(check_schedule([entry("1", first, day=day), entry("2", second, day=day)]))
            == []
        )
        once = TimedService(
            "97110",
            start=moment("01:10", day).replace(tzinfo=zone),
            end=moment("01:25", day).replace(tzinfo=zone),
        )
        assert reported(
            check_schedule([entry("1", first, day=day), entry("2", once, day=day)])
        ) == [("minutes-once", "deny", ("1", "2"))]

    def test_times_of_two_zones_meet_in_utc(self) -> None:
        services = [
            TimedService("97110", start=f"{DAY} 09:00{zone}", end=f"{DAY} 09:30{zone}")
            for zone in ("-05:00", "-06:00")
        ]
        assert (
            reported(check_schedule([entry(str(n), each) for n, each in enumerate(services)])) == []
        )

    def test_a_day_without_the_payers_policy_shows_no_units(self) -> None:
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
        assert said(only(found)) == (
            "30 minutes counted more than once for one clinician. The clinician furnished "
            "97110 one-on-one to one patient at overlapping times. 60 minutes are "
            "documented in 30 minutes of clock time."
        )
        assert answers(found, "near-minimum") == [
            (Answer.NOT_IN_DATA, "a pattern needs at least 20 patient days"),
            (Answer.OUT_OF_RANGE, "how the payer counts units is not known for 1 of 1 days"),
        ]

    def test_a_thousand_services_at_once_are_one_finding(self) -> None:
        found = check_schedule(
            entry(f"{n:03}", service("97110", "9:00", "9:15"), patient=str(n)) for n in range(1000)
        )
        assert reported(found) == [("minutes-once", "deny", tuple(f"{n:03}" for n in range(1000)))]


class TestOneOnOneAgainstPatientsAtOnce:
    def at_once(self, *, discipline: str = "PT") -> list[ScheduleEntry]:
        return [
            entry(patient, service("97110", "9:00", "9:45"), patient=patient, discipline=discipline)
            for patient in "ABC"
        ]

    def test_three_patients_at_once_are_denied_with_the_group_as_the_other_way(self) -> None:
        finding = only(check_schedule(self.at_once()))
        assert finding.severity is Severity.DENY
        assert said(finding) == (
            "45 minutes counted more than once for one clinician. The clinician furnished "
            "97110 one-on-one to 3 patients at overlapping times. 135 minutes are "
            "documented in 45 minutes of clock time. On their own, the documented minutes make 9 units; with each minute counted once, they make 3. As a group, they make 97150 x1 for each of 3 patients."
        )
        assert finding.action == (
            "bill each minute for one patient and one code. Correct the times if they are "
            "wrong. If contact with each patient was brief and intermittent, bill 97150 x1 "
            "for each patient instead."
        )
        assert finding.at_stake is None

    def test_speech_has_a_group_of_its_own(self) -> None:
        finding = only(check_schedule(self.at_once(discipline="SLP")))
        assert "92508 x1 for each of 3 patients" in said(finding)

    def test_the_groups_of_two_plans_are_listed_as_alternatives(self) -> None:
        first, _, third = self.at_once()
        finding = only(check_schedule([first, attrs.evolve(third, discipline="SLP")]))
        assert "As a group, they make 92508 or 97150 x1 for each of 2 patients." in said(finding)
        assert "bill 92508 or 97150 x1 for each patient instead" in finding.action

    def test_two_patients_are_as_many_as_a_group_takes(self) -> None:
        finding = only(check_schedule(self.at_once()[:2]))
        assert said(finding).endswith(
            "the documented minutes make 6 units; with each minute counted once, they make 3. As a group, they make 97150 x1 for each "
            "of 2 patients."
        )

    def test_separate_passes_of_the_published_scenario_are_no_finding(self) -> None:
        # Passes of 8, 8, 8 and of 10, 5, 6 minutes: 18, 13 and 14 of 45 minutes, one unit each.
        ends = ["9:00", "9:08", "9:16", "9:24", "9:34", "9:39", "9:45"]
        entries = [
            entry(str(n), service("97110", ends[n], ends[n + 1]), patient="ABC"[n % 3])
            for n in range(6)
        ]
        found = check_schedule(entries, worked={"T": 45})
        assert reported(found) == []
        assert answers(found, "minutes-once") == answers(found, "impossible-day") == CLEAN

    def test_units_follow_the_payer(self) -> None:
        entries = [
            entry("1", service("97110", "9:00", "9:10")),
            entry("2", service("97530", "9:05", "9:15")),
        ]
        assert said(only(check_schedule(entries, CPT_MIDPOINT))).endswith(
            "the documented minutes make 2 units; with each minute counted once, they make 1."
        )
        assert "units" not in said(only(check_schedule(entries, MEDICARE)))

    def test_a_tied_unit_counts(self) -> None:
        entries = [
            entry("1", service("97110", "9:00", "9:20")),
            entry("2", service("97530", "9:00", "9:20")),
        ]
        finding = only(check_schedule(entries, fees=RATES))
        assert said(finding).endswith(
            "the documented minutes make 3 units; with each minute counted once, they make 1. For the whole day, $100.00 is "
            "allowed as documented, and $40.00 with each minute counted once."
        )

    def test_code_families_show_no_units(self) -> None:
        entries = [
            entry("1", service("97129", "9:00", "9:15")),
            entry("2", service("97130", "9:00", "9:15"), patient="B"),
        ]
        finding = only(check_schedule(entries))
        assert "unit" not in said(finding)
        assert "97150" not in finding.action


class TestPatientOverlap:
    def hands(self, start: str = "9:00", **how: str) -> list[ScheduleEntry]:
        return [
            entry("1", service("97116", "9:00", "9:30")),
            entry("2", service("97116", start, "9:45", how.get("as_", "assistant")), by="U"),
        ]

    def test_a_second_pair_of_hands_is_one_stream(self) -> None:
        finding = only(check_schedule(self.hands("9:15"), fees=RATES))
        assert (finding.rule.id, finding.severity) == ("patient-overlap", Severity.DENY)
        assert said(finding) == (
            "15 minutes counted more than once for one patient. The PT services overlap: "
            "97116. 60 minutes are documented in 45 minutes of clock time. On their own, the documented minutes make 4 "
            "units; with each minute counted once, they make 3."
        )
        assert finding.action == (
            "bill each minute once; a second clinician adds no minutes. Correct the "
            "times if one service followed the other."
        )

    @pytest.mark.parametrize(("start", "count"), [("9:30", 0), ("9:29", 1)])
    def test_one_after_the_other_is_no_finding(self, start: str, count: int) -> None:
        found = check_schedule(self.hands(start))
        assert len(found) == count
        assert (answers(found, "patient-overlap") == CLEAN) is (count == 0)

    def test_a_service_recorded_by_both_clinicians_counts_once(self) -> None:
        twins = [
            entry(key, service("97116", "9:00", "9:30", "together"), by=by)
            for key, by in ("1T", "2U")
        ]
        assert reported(check_schedule(twins)) == []

    def test_it_takes_the_time_of_both(self) -> None:
        twins = [
            entry(key, service("97116", "9:00", "9:30", "together"), by=by)
            for key, by in ("1T", "2U")
        ]
        other = entry("3", service("97110", "9:20", "9:40"), patient="B", by="U")
        assert reported(check_schedule([*twins, other])) == [("minutes-once", "deny", ("2", "3"))]

    def test_together_twice_by_one_clinician_counts_twice(self) -> None:
        twice = [entry(key, service("97116", "9:00", "9:30", "together")) for key in "12"]
        assert reported(check_schedule(twice)) == [("minutes-once", "deny", ("1", "2"))]

    def test_what_follows_what_two_gave_together_is_looked_at(self) -> None:
        twins = [
            entry(key, service("97116", "9:00", "9:30", "together"), by=by)
            for key, by in ("1T", "2U")
        ]
        third = entry("3", service("97110", "9:20", "9:40"), by="V")
        assert reported(check_schedule([*twins, third])) == [
            ("patient-overlap", "deny", ("1", "3"))
        ]

    def test_together_at_other_times_is_no_twin(self) -> None:
        given = [
            entry("1", service("97116", "9:00", "9:30", "together")),
            entry("2", service("97116", "9:00", "9:31", "together"), by="U"),
        ]
        assert reported(check_schedule(given)) == [("patient-overlap", "deny", ("1", "2"))]

    def test_an_untimed_service_keeps_its_minutes(self) -> None:
        given = [
            entry("1", service("97161", "9:00", "9:30")),
            entry("2", service("97110", "9:15", "9:45"), by="U"),
        ]
        assert only(check_schedule(given)).action == (
            "bill each minute once; a second clinician adds no minutes. 97161 is "
            "untimed, so remove the shared minutes from 97110, or do not bill 97161. Correct "
            "the times if one service followed the other."
        )

    def test_supervised_modalities_may_overlap_another_clinician(self) -> None:
        given = [
            entry("1", service("97110", "9:00", "9:30")),
            entry("2", service("G0283", "9:00", "9:30"), by="U"),
        ]
        assert reported(check_schedule(given)) == []
