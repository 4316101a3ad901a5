"""More minutes than a session, patient, or clinician had."""

from __future__ import annotations

import pytest

from tests.finding_text import said
from tests.refusals import refusal
from tests.unit.schedule.entries import CLEAN, DAY, answers, entry, moment, only, reported, service
from therapy_billing import (
    MEDICARE,
    InvalidInputError,
    Session,
    TimedService,
    UntimedService,
    check_day,
)
from therapy_billing.findings.records import Answer, Findings, Severity
from therapy_billing.schedule.schedule_checks import check_schedule, check_times
from therapy_billing.visits.schedule_entries import ScheduleEntry
from therapy_billing.visits.services import Service


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
        assert (
            finding.action
            == "give the start and end times of every service, or correct the minutes."
        )
        assert said(finding) == (
            "61 PT minutes documented in 60 minutes of clock time. The clock time runs "
            "from the first start to the last end. 16 of the minutes are of services without start and end times."
        )

    @pytest.mark.parametrize("minutes", [15, 16])
    def test_an_evaluation_without_times_may_be_before_the_first_start(self, minutes: int) -> None:
        given = [
            entry("1", UntimedService("97161", minutes)),
            entry("2", service("97110", "9:00", "9:15")),
            entry("3", service("97140", "9:30", "9:45")),
        ]
        found = check_schedule(given, worked={"T": 480})
        assert reported(found) == []
        remark = (
            "1 of 1 sessions have untimed services without start and end times, which may be before "
            "the first start or after the last end"
        )
        expected = CLEAN if minutes == 15 else [(Answer.NOT_IN_DATA, remark)]
        assert answers(found, "total-treatment") == expected

    def test_minutes_of_an_evaluation_without_times_are_not_counted(self) -> None:
        given = [*self.partly(16), entry("6", UntimedService("97162", 30))]
        finding = only(check_schedule(given, worked={"T": 480}))
        assert finding.message == "61 PT minutes documented in 60 minutes of clock time"

    def test_a_session_hides_no_other(self) -> None:
        clocked = entry("0", service("97110", "9:00", "9:30"), patient="0", by="S")
        without = entry("01", TimedService("97110", 30), patient="01", by="U")
        found = check_schedule([clocked, without, *self.partly(16)], worked={"T": 480})
        assert reported(found) == [("total-treatment", "review", ("1", "2", "3", "5"))]

    @pytest.mark.parametrize("count", [1, 2])
    def test_those_without_a_clock_are_counted(self, count: int) -> None:
        given = [entry(each, TimedService("97110", 30), patient=each) for each in "AB"[:count]]
        given.append(entry("C", service("97110", "9:00", "9:30"), patient="C"))
        remark = (
            f"{count} of {count + 1} sessions have no start and end times; the first and last service "
            "need them"
        )
        assert answers(check_schedule(given), "total-treatment") == [(Answer.NOT_IN_DATA, remark)]

    def test_a_session_without_a_clock_is_not_in_the_data(self) -> None:
        found = check_schedule([entry("1", TimedService("97110", 30))])
        remark = "no start and end times"
        assert answers(found, "total-treatment") == [(Answer.NOT_IN_DATA, remark)]


class TestImpossibleDay:
    UNCLOCKED = "1 of {} clinician days have services without start and end times; give the times, or the minutes worked (argument worked)"

    @pytest.mark.parametrize(("worked", "count"), [(105, 0), (104, 1)])
    def test_minutes_beyond_those_worked_are_denied(self, worked: int, count: int) -> None:
        given = [
            entry("1", TimedService("97110", 45)),
            entry("2", UntimedService("97161", 15), patient="B"),
            entry("3", UntimedService("97150", 45), patient="B"),
            entry("4", UntimedService("97161"), patient="C"),
            entry("5", UntimedService("97150", 44), patient="C"),
            entry("6", UntimedService("G0283", 30), patient="C"),
            entry("7", UntimedService("98980", 30), patient="C"),
        ]
        found = check_schedule(given, worked={"T": worked})
        assert len(found) == count
        assert (answers(found, "impossible-day") == CLEAN) is (count == 0)
        for finding in found:
            assert (finding.rule.id, finding.severity) == ("impossible-day", Severity.DENY)
            assert finding.action == (
                "check who furnished which minutes and when, and bill only those minutes."
            )
            assert finding.entries == ("1", "2", "3", "4", "5")
            assert said(finding) == (
                "60 one-on-one and 45 group minutes documented for one clinician on "
                "2026-03-02. The clinician worked 104 minutes."
            )

    @pytest.mark.parametrize(("worked", "count"), [(45, 0), (44, 1)])
    def test_only_the_kind_of_minutes_that_exists_is_shown(self, worked: int, count: int) -> None:
        for given, kind in (
            (TimedService("97110", 45), "one-on-one"),
            (UntimedService("97150", 45), "group"),
        ):
            other = entry("2", UntimedService("97150"), patient="B")
            found = check_schedule([entry("1", given), other], worked={"T": worked})
            messages = [said(each) for each in found.of_rule("impossible-day")]
            assert (
                messages
                == [
                    f"45 {kind} minutes documented for one clinician on 2026-03-02. The clinician worked 44 minutes."
                ]
                * count
            )

    @pytest.mark.parametrize(
        ("groups", "minutes"),
        [
            # A group counts once for all patients, and groups at the same time count once.
            ([service("97150", "9:00", "10:00"), service("97150", "9:00", "10:00")], 60),
            ([service("97150", "9:00", "10:00"), service("97150", "9:30", "10:30")], 90),
            ([service("97150", "9:00", "10:00"), service("97150", "10:00", "10:30")], 90),
            ([service("97150", "9:00", "10:00"), service("92508", "9:00", "10:00")], 60),
            ([service("97150", "09:00:00", "09:10:59")], 10),
            # A patient without times may have been in a group with times.
            ([service("97150", "9:00", "10:00"), UntimedService("97150", 60)], 60),
            ([service("97150", "9:00", "10:00"), UntimedService("97150", 61)], 61),
            ([service("97150", "9:00", "10:00"), UntimedService("92508", 20)], 80),
            ([UntimedService("97150", 60), UntimedService("97150", 45)], 60),
            ([UntimedService("97150", 60), UntimedService("92508", 45)], 105),
        ],
    )
    def test_a_group_counts_once(self, groups: list[Service], minutes: int) -> None:
        given = [
            entry(
                str(place),
                each,
                patient=str(place),
                discipline="SLP" if each.code == "92508" else "PT",
            )
            for place, each in enumerate(groups)
        ]
        for worked, count in ((minutes, 0), (minutes - 1, 1)):
            found = check_schedule(given, worked={"T": worked})
            assert len(found.of_rule("impossible-day")) == count

    def test_one_on_one_with_a_group_of_others_does_not_fit_into_the_group(self) -> None:
        given = [
            entry("1", TimedService("97110", 45)),
            *(entry(each, UntimedService("97150", 60), patient=each) for each in "BC"),
        ]
        assert reported(check_schedule(given, worked={"T": 60})) == [
            ("impossible-day", "deny", ("1", "B", "C"))
        ]
        assert reported(check_schedule(given, worked={"T": 105})) == []

    def test_a_day_that_was_clocked_needs_no_minutes_worked(self) -> None:
        given = [
            entry("1", service("97110", "9:00", "9:30")),
            entry("2", service("97150", "9:30", "10:00"), patient="B"),
            entry("3", service("97150", "9:30", "10:00"), patient="C"),
            entry("4", UntimedService("G0283"), patient="C"),
        ]
        assert answers(check_schedule(given), "impossible-day") == CLEAN

    @pytest.mark.parametrize(
        "unclocked",
        [
            TimedService("97110", 45),
            TimedService("97110", 1),
            UntimedService("97150", 45),
            UntimedService("97161"),
        ],
    )
    def test_without_minutes_worked_one_clocked_service_is_no_clock_of_the_day(
        self, unclocked: Service
    ) -> None:
        given = [
            entry("1", service("97110", "9:00", "9:15")),
            entry("2", unclocked, patient="B"),
        ]
        found = check_schedule(given)
        assert found.of_rule("impossible-day") == ()
        assert answers(found, "impossible-day") == [(Answer.NOT_IN_DATA, self.UNCLOCKED.format(1))]

    def test_times_of_one_clinician_are_not_reported_for_another(self) -> None:
        given = [
            entry("1", service("97110", "9:00", "9:30")),
            entry("2", TimedService("97110", 30), patient="B", by="U"),
        ]
        assert answers(check_schedule(given), "impossible-day") == [
            (Answer.NOT_IN_DATA, self.UNCLOCKED.format(2)),
        ]
        assert answers(check_schedule(given, worked={"U": 30}), "impossible-day") == CLEAN

    def test_minutes_counted_twice_are_not_reported_again(self) -> None:
        found = check_schedule(
            [entry(each, service("97110", "9:00", "9:30"), patient=each) for each in "AB"]
        )
        assert [rule for rule, *_ in reported(found)] == ["minutes-once"]

    @pytest.mark.parametrize(("minutes", "count"), [(675, 0), (676, 1)])
    def test_without_either_a_day_has_1440_minutes(self, minutes: int, count: int) -> None:
        given = [entry(each, TimedService("97110", minutes), patient=each) for each in "AB"]
        given += [entry(each, service("97110", "9:00", "9:30"), patient=each) for each in "CD"]
        given += [entry(each, UntimedService("97150", 59), patient=each) for each in "EF"]
        # Its length is not known, so it adds nothing.
        given.append(entry("G", UntimedService("97161"), patient="G"))
        found = check_schedule(given, working_day=1440)
        findings = found.of_rule("impossible-day")
        assert len(findings) == count
        if count:
            assert findings[0].severity is Severity.DENY
            assert said(findings[0]) == (
                "1382 one-on-one and 59 group minutes documented for one clinician on "
                "2026-03-02. A day has 1,440 minutes."
            )
        else:
            assert answers(found, "impossible-day") == [
                (Answer.NOT_IN_DATA, self.UNCLOCKED.format(1))
            ]

    @pytest.mark.parametrize("clocked", [True, False])
    @pytest.mark.parametrize(("more", "count"), [(0, 0), (1, 1)])
    def test_more_than_a_working_day_is_for_review(
        self, more: int, count: int, *, clocked: bool
    ) -> None:
        given = [
            entry("1", service("97110", "8:00", "14:00")),
            entry("2", service("97550", "14:00", "15:00"), patient="B"),
            entry("3", service("97150", "15:00", "15:30"), patient="C"),
            entry("4", service("97150", "15:00", "15:30"), patient="D"),
        ]
        last = (
            service("97552", "15:30", f"16:{more:02}")
            if clocked
            else UntimedService("97552", 30 + more)
        )
        given += [entry(key, last, patient=key) for key in "EF"]
        found = check_schedule(given)
        assert len(found) == count
        for finding in found:
            assert (finding.rule.id, finding.severity) == ("impossible-day", Severity.REVIEW)
            assert finding.entries == ("1", "2", "3", "4", "E", "F")
            assert said(finding) == (
                "420 one-on-one and 61 group minutes documented for one clinician on "
                "2026-03-02. That is more than a working day of 480 minutes."
            )
            assert finding.action == (
                "check who furnished which minutes and when, and bill only those minutes. If "
                "the clinician worked longer, give the minutes worked (argument worked)."
            )
        open_day = [] if clocked else [(Answer.NOT_IN_DATA, self.UNCLOCKED.format(1))]
        expected = [] if clocked and not count else open_day
        told_of = answers(found, "impossible-day")
        assert [each for each in told_of if each[0] is Answer.NOT_IN_DATA] == expected
        assert reported(check_schedule(given, worked={"T": 481})) == []
        assert reported(check_schedule(given, working_day=481)) == []

    @pytest.mark.parametrize(("end", "severity"), [("00:00", "review"), ("00:01", "deny")])
    def test_a_clocked_day_has_1440_minutes_too(self, end: str, severity: str) -> None:
        given = [
            entry("1", service("97110", "0:00", "12:00")),
            entry(
                "2",
                TimedService("97110", start=moment("12:00"), end=moment(end, "2026-03-03")),
                patient="B",
            ),
        ]
        assert reported(Findings(check_schedule(given).of_rule("impossible-day"))) == [
            ("impossible-day", severity, ("1", "2"))
        ]

    def test_each_day_that_is_open_is_counted(self) -> None:
        given = [entry(each, TimedService("97110", 30), patient=each, by=each) for each in "AB"]
        assert answers(check_schedule(given), "impossible-day") == [
            (Answer.NOT_IN_DATA, "2" + self.UNCLOCKED.format(2)[1:])
        ]

    def test_a_day_of_supervised_services_alone_is_clean(self) -> None:
        given = [entry("1", UntimedService("G0283", 30)), entry("2", UntimedService("98980"))]
        assert answers(check_schedule(given), "impossible-day") == CLEAN
        assert answers(check_schedule(given, worked={"T": 0}), "impossible-day") == CLEAN

    def test_each_day_stands_for_itself(self) -> None:
        given = [
            entry("1", TimedService("97110", 40)),
            entry("2", TimedService("97110", 40), day="2026-03-03"),
        ]
        assert reported(check_schedule(given, worked={"T": 40})) == []

    def test_each_clinician_stands_alone(self) -> None:
        given = [
            entry("1", TimedService("97110", 40)),
            entry("2", TimedService("97110", 40), by="U", patient="B"),
        ]
        assert reported(check_schedule(given, worked={"T": 40, "U": 39})) == [
            ("impossible-day", "deny", ("2",))
        ]


class TestPatientDay:
    @pytest.mark.parametrize(
        ("minutes", "severity"), [(480, None), (481, "review"), (1440, "review"), (1441, "deny")]
    )
    def test_its_minutes_are_those_of_a_day(self, minutes: int, severity: str | None) -> None:
        # 60 minutes with two services at once, a group, and services without start and end.
        given = [
            service("97110", "9:00", "9:25"),
            service("97110", "9:20", "9:30"),
            service("97150", "9:30", "10:00"),
            service("G0283", "9:00", "20:00"),
            TimedService("97530", (minutes - 60) // 2),
            UntimedService("97161", minutes - 60 - (minutes - 60) // 2),
            UntimedService("G0283", 90),
            UntimedService("98980", 90),
            UntimedService("97552", 90),
            TimedService("97550", 90),
        ]
        sessions = [Session(DAY, "PT", given[:5]), Session(DAY, "OT", given[5:])]
        entries = [
            entry(f"{n}", each, discipline="PT" if n < 5 else "OT", by=f"{n}")
            for n, each in enumerate(given)
        ]
        limit = (
            "That is more than a working day of 480 minutes."
            if minutes <= 1440
            else "A day has 1,440 minutes."
        )
        message = f"{minutes} minutes documented for one patient on 2026-03-02. {limit}"
        action = "check whether rows were recorded twice, and correct the minutes."
        checks = ((check_times(sessions), ()), (check_schedule(entries), ("0", "1", "2", "4", "5")))
        for found, keys in checks:
            findings = found.of_rule("patient-day")
            assert [
                (each.severity.value, said(each), each.action, each.entries) for each in findings
            ] == ([(severity, message, action, keys)] if severity else [])
            assert (answers(found, "patient-day") == CLEAN) is (severity is None)

    def test_seventy_two_hours_are_denied(self) -> None:
        day = Session.from_minutes(
            {"97110": 1440, "97530": 1440, "97140": 1440}, date_of_service=DAY, discipline="PT"
        )
        assert reported(check_times(day)) == [("patient-day", "deny", ())]
        assert check_day(day, MEDICARE).has_denials

    @pytest.mark.parametrize(("end", "severity"), [("00:00", "review"), ("00:01", "deny")])
    def test_over_midnight_minutes_count_for_the_day_of_the_start(
        self, end: str, severity: str
    ) -> None:
        given = [
            service("97110", "0:00", "12:00"),
            TimedService("97110", start=moment("12:00"), end=moment(end, "2026-03-03")),
        ]
        assert reported(check_times(Session(DAY, "PT", given))) == [("patient-day", severity, ())]

    def test_each_patient_and_each_day_stand_alone(self) -> None:
        given = [
            entry("1", TimedService("97110", 300)),
            entry("2", TimedService("97110", 300), patient="B", by="U"),
            entry("3", TimedService("97110", 300), day="2026-03-03"),
        ]
        assert reported(check_schedule(given)) == []
        assert reported(check_schedule(given, working_day=299)) == [
            (rule, "review", (key,)) for rule in ("impossible-day", "patient-day") for key in "123"
        ]

    def test_the_caller_sets_the_working_day(self) -> None:
        day = Session(DAY, "PT", [TimedService("97110", 500)])
        assert reported(check_times(day, working_day=500)) == []
        assert reported(check_times(day, working_day=499)) == [("patient-day", "review", ())]
        assert reported(check_times(day, working_day=1440)) == []

    @pytest.mark.parametrize(
        ("minutes", "wanted"),
        [
            (0, "from 1 to 1440"),
            (1441, "from 1 to 1440"),
            (True, "a whole number"),
            (7.5, "a whole number"),
        ],
    )
    def test_a_working_day_out_of_its_range(self, minutes: object, wanted: str) -> None:
        given: int = minutes  # type: ignore[assignment]
        message = f"working_day must be {wanted}, got {minutes}"
        day = Session(DAY, "PT", [TimedService("97110", 15)])
        one = [entry("1", TimedService("97110", 15))]
        for call in (
            lambda: check_times(day, working_day=given),
            lambda: check_schedule(one, working_day=given),
        ):
            assert refusal(InvalidInputError, call) == message


class TestIdenticalRows:
    def test_the_same_row_twice_is_for_review(self) -> None:
        given = [
            entry(key, TimedService("97110", 15, body_region="knee", activity="squats"))
            for key in "123"
        ]
        finding = only(check_schedule(given))
        assert (finding.rule.id, finding.severity) == ("identical-rows", Severity.REVIEW)
        assert (finding.entries, finding.codes) == (("1", "2", "3"), ("97110",))
        assert said(finding) == (
            "97110 (15 minutes) recorded 3 times for one patient. The PT rows are identical."
        )
        assert finding.action == (
            "keep one row if the service was recorded twice. If the services were "
            "separate, give the start and end times of each, or combine them in one row."
        )

    @pytest.mark.parametrize(
        "other",
        [
            TimedService("97530", 15),
            TimedService("97110", 16),
            TimedService("97110", 15, clinician="assistant"),
            TimedService("97110", 15, body_region="knee"),
            TimedService("97110", 15, activity="squats"),
            service("97110", "9:00", "9:15"),
        ],
    )
    def test_rows_that_differ_are_no_finding(self, other: Service) -> None:
        first = TimedService("97110", 15)
        both = [entry("1", first), entry("2", other)]
        sessions = Session(DAY, "PT", [first, other])
        for found in (check_schedule(both), check_times(sessions)):
            assert answers(found, "identical-rows") == CLEAN

    @pytest.mark.parametrize(
        "change",
        [{"patient": "B"}, {"by": "U"}, {"discipline": "OT"}, {"day": "2026-03-03"}],
    )
    def test_nor_are_those_of_others_or_of_another_day(self, change: dict[str, str]) -> None:
        given = TimedService("97110", 15)
        both = [entry("1", given), entry("2", given, **change)]
        assert answers(check_schedule(both), "identical-rows") == CLEAN

    def test_with_start_and_end_the_overlap_is_the_finding(self) -> None:
        given = [entry(key, service("97110", "9:00", "9:15")) for key in "12"]
        assert reported(check_schedule(given)) == [("minutes-once", "deny", ("1", "2"))]
        day = Session(DAY, "PT", [each.service for each in given])
        assert reported(check_times(day)) == [("patient-overlap", "deny", ())]

    def test_what_two_gave_together_is_no_copy(self) -> None:
        given = TimedService("97110", 15, clinician="together")
        twins = [entry("1", given), entry("2", given, by="U")]
        assert reported(check_schedule(twins)) == []
        again = [*twins, entry("3", given)]
        assert reported(check_schedule(again)) == [("identical-rows", "review", ("1", "3"))]

    def test_sessions_of_one_day_are_compared(self) -> None:
        one = Session(DAY, "PT", [UntimedService("97161")])
        finding = only(check_times([one, one]))
        assert said(finding) == "97161 recorded 2 times for one patient. The PT rows are identical."
        assert reported(check_times([one, Session(DAY, "OT", [TimedService("97110", 15)])])) == []
