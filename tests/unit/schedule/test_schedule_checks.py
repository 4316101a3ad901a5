"""Impossible and possible schedules: both sides of each boundary."""

from __future__ import annotations

import attrs
import pytest

from tests.finding_text import said
from tests.refusals import refusal
from tests.unit.schedule.entries import (
    CLEAN,
    DAY,
    answers,
    entry,
    only,
    reported,
    service,
    service_on,
)
from therapy_billing import InvalidInputError, Policy, Session, TimedService, UntimedService
from therapy_billing.findings.records import Answer, Findings, Severity
from therapy_billing.schedule.schedule_checks import check_schedule, check_times
from therapy_billing.visits.schedule_entries import ScheduleEntry
from therapy_billing.visits.services import Service


class TestCaregiverTraining:
    """Given in the patient's absence: it takes the clinician's time, and not the patient's."""

    CODES = ("97550", "97551", "97552", "G0541", "G0542", "G0543")

    @pytest.mark.parametrize("code", CODES)
    def test_it_overlaps_no_treatment_of_the_patient(self, code: str) -> None:
        for plan in ("PT", "OT"):
            treated = service("97110", "9:00", "9:30")
            trained = service(code, "9:00", "9:30")
            given = [entry("1", treated), entry("2", trained, by="U", discipline=plan)]
            found = check_schedule(given)
            for rule in ("patient-overlap", "co-treatment", "minutes-once"):
                assert answers(found, rule) == CLEAN
            sessions = [Session(DAY, "PT", [treated]), Session(DAY, plan, [trained])]
            assert reported(check_times(sessions)) == []

    @pytest.mark.parametrize("code", CODES)
    @pytest.mark.parametrize(("start", "count"), [("9:30", 0), ("9:29", 1)])
    def test_it_takes_the_clinicians_time(self, code: str, start: str, count: int) -> None:
        for patient in "AB":
            given = [
                entry("1", service("97110", "9:00", "9:30")),
                entry("2", service(code, start, "10:00"), patient=patient),
            ]
            found = check_schedule(given).of_rule("minutes-once")
            assert reported(Findings(found)) == [("minutes-once", "deny", ("1", "2"))] * count

    def test_a_message_names_the_caregivers(self) -> None:
        given = [
            entry("1", service("97110", "9:00", "9:30")),
            entry("2", service("97550", "9:00", "9:30"), patient="B"),
            entry("3", service("97550", "9:00", "9:30"), patient="C"),
        ]
        assert only(check_schedule(given)).detail.startswith(
            "The clinician furnished 97110 one-on-one to one patient and 97550 to the caregivers of 2 "
            "patients at overlapping times. 90 minutes are documented in 30 minutes of clock time."
        )

    def test_a_group_of_caregivers_is_no_group_of_patients(self) -> None:
        patients = [entry(key, service("97150", "9:00", "9:30"), patient=key) for key in "AB"]
        caregivers = [entry(key, service("97552", "9:00", "9:30"), patient=key) for key in "CD"]
        assert reported(check_schedule(patients)) == reported(check_schedule(caregivers)) == []
        finding = only(check_schedule([*patients, *caregivers]))
        assert said(finding) == (
            "30 minutes counted more than once for one clinician. The clinician furnished "
            "97150 to a group and 97552 to a group of caregivers at overlapping times. 60 "
            "minutes are documented in 30 minutes of clock time."
        )
        apart = [patients[0], attrs.evolve(caregivers[0], treated_by="U")]
        assert [rule for rule, *_ in reported(check_schedule(apart))] == ["group-of-two"] * 2
        both = [patients[0], caregivers[0]]
        assert len(check_schedule(both).of_rule("group-of-two")) == 2

    def test_two_kinds_of_groups_do_not_share_the_minutes_worked(self) -> None:
        given = [
            entry(code + key, UntimedService(code, 30), patient=key)
            for code in ("97150", "97552")
            for key in "AB"
        ]
        clocked = [
            entry("1", service("97150", "9:00", "9:30")),
            entry("2", service("97552", "9:30", "10:00")),
        ]
        for entries in (given, clocked):
            for worked, count in ((60, 0), (59, 1)):
                found = check_schedule(entries, worked={"T": worked})
                assert len(found.of_rule("impossible-day")) == count

    def test_two_clinicians_who_train_caregivers_at_once_are_for_review(self) -> None:
        for plan, rule in (("PT", "patient-overlap"), ("OT", "co-treatment")):
            given = [
                entry("1", service("97550", "9:00", "9:30")),
                entry("2", service("97550", "9:29", "10:00"), by="U", discipline=plan),
            ]
            assert reported(check_schedule(given)) == [(rule, "review", ("1", "2"))]
            given[1] = attrs.evolve(given[1], service=service("97550", "9:30", "10:00"))
            assert reported(check_schedule(given)) == []

    def test_two_disciplines_train_and_do_not_treat(self) -> None:
        given = [
            entry("1", service("97550", "9:00", "9:30")),
            entry("2", service("97550", "9:00", "9:30"), by="U", discipline="OT"),
        ]
        finding = only(check_schedule(given))
        assert said(finding).startswith(
            "OT and PT trained one patient's caregivers together for 30"
        )
        # Half of the time would make no unit for either.
        assert finding.action.startswith(
            "bill all joint minutes under one discipline, because 97550 is billed once a day. "
        )

    def test_shares_of_a_code_that_is_billed_once_a_day_are_not_advised(self) -> None:
        cognition = service("97129", "9:00", "9:30")
        given = [
            entry("1", cognition, discipline="OT"),
            entry("2", cognition, by="U", discipline="SLP"),
        ]
        finding = next(iter(check_schedule(given).of_rule("co-treatment")))
        assert finding.action.startswith(
            "bill all joint minutes under one discipline, because 97129 is billed once a day. "
        )
        given[1] = attrs.evolve(given[1], service=service("97533", "9:00", "9:30"))
        finding = next(iter(check_schedule(given).of_rule("co-treatment")))
        assert finding.action.startswith(
            "share the joint minutes (for example 15 OT + 15 SLP of 30)"
        )

    def test_one_clinician_with_two_groups_of_one_patients_caregivers_is_denied(self) -> None:
        given = [entry(key, service("97552", "9:00", "9:30")) for key in "12"]
        assert ("patient-overlap", "deny", ("1", "2")) in reported(check_schedule(given))

    def test_it_does_not_show_when_the_patient_was_there(self) -> None:
        # 30 minutes have times, and 31 more minutes have none.
        given: list[Service] = [service("97110", "9:00", "9:30"), TimedService("97530", 31)]
        absent = [service("97550", "10:00", "10:45"), service("98980", "11:00", "11:30")]
        finding = only(check_times(Session(DAY, "PT", [*given, *absent])))
        assert finding.rule.id == "total-treatment"
        assert finding.message == "61 PT minutes documented in 30 minutes of clock time"
        assert finding.detail.endswith(
            "31 of the minutes are of services without start and end times."
        )
        assert finding.codes == ("97110", "97530")
        unclocked = [given[0], TimedService("97550", 45)]
        assert reported(check_times(Session(DAY, "PT", unclocked))) == []
        assert answers(check_times(Session(DAY, "PT", [given[1], *absent])), "total-treatment") == [
            (
                Answer.NOT_IN_DATA,
                "no start and end times",
            )
        ]

    @pytest.mark.parametrize(("start", "open_"), [("9:29", True), ("9:30", False)])
    def test_without_clinicians_it_is_open_whether_one_gave_both(
        self, start: str, *, open_: bool
    ) -> None:
        given = [service("97110", "9:00", "9:30"), service("97550", start, "10:00")]
        found = check_times(Session(DAY, "PT", given))
        remark = (
            "caregivers were trained while the patient was treated; use check_schedule, or "
            "treated_by in a log, to show whether one clinician furnished both"
        )
        assert reported(found) == []
        not_applicable = "sessions do not name clinicians; use check_schedule"
        assert answers(found, "minutes-once") == [
            (Answer.NOT_IN_DATA, remark) if open_ else (Answer.NOT_APPLICABLE, not_applicable)
        ]


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
        not_checked = [(Answer.NOT_IN_DATA, "no start and end times")]
        assert remarks == dict.fromkeys(self.OVERLAPS, not_checked)

    def test_two_groups_of_a_patient_without_a_clock_are_open(self) -> None:
        found = check_schedule([entry(key, UntimedService("97150")) for key in "12"])
        assert answers(found, "patient-overlap") == [(Answer.NOT_IN_DATA, "no start and end times")]

    def test_what_was_clocked_does_not_make_the_rest_clean(self) -> None:
        found = check_schedule(
            [
                entry("1", service("97110", "9:00", "9:30")),
                entry("2", service("97110", "9:30", "10:00"), patient="B"),
                entry("3", TimedService("97530", 10), patient="C"),
            ],
            worked={"T": 480},
        )
        assert answers(found, "minutes-once") == [
            (
                Answer.NOT_IN_DATA,
                "1 of 3 services have no start and end times",
            ),
        ]

    def test_a_service_alone_on_its_day_overlaps_nothing(self) -> None:
        found = check_schedule([entry("1", TimedService("97110", 30))])
        assert all(answers(found, rule) == CLEAN for rule in self.OVERLAPS)

    def test_a_finding_is_reported_with_what_is_open(self) -> None:
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
            "entries must have at least one entry"
        )

    def test_what_is_no_entry(self) -> None:
        given: list[ScheduleEntry] = ["Rosa Invented"]  # type: ignore[list-item]
        assert refusal(InvalidInputError, lambda: check_schedule(given)) == (
            "entries must contain only ScheduleEntry, got a string of 13 characters"
        )

    def test_times_with_and_without_a_zone(self) -> None:
        zoned = TimedService("97110", start=f"{DAY} 09:00Z", end=f"{DAY} 09:30Z")
        given = [entry("1", zoned)]
        given += [entry(key, service("97110", "9:00", "9:30")) for key in "23"]
        message = "give a time zone for all times or for none: 1 services have one, 2 do not"
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
            assert reported(found) == []

    @pytest.mark.parametrize("minutes", [-1, 1441, True, 7.5, "480"])
    def test_minutes_worked_that_no_day_has(self, minutes: object) -> None:
        worked: dict[str, int] = {"T": minutes}  # type: ignore[dict-item]
        given = [entry("1", TimedService("97110", 30))]
        assert refusal(InvalidInputError, lambda: check_schedule(given, worked=worked)).startswith(
            "worked must be "
        )

    def test_minutes_worked_without_a_clinician(self) -> None:
        given = [entry("1", TimedService("97110", 30))]
        worked: dict[str, int] = 480  # type: ignore[assignment]
        assert refusal(InvalidInputError, lambda: check_schedule(given, worked=worked)) == (
            "worked must be a Mapping, got 480"
        )

    def test_thresholds_out_of_their_range(self) -> None:
        given = [entry("1", TimedService("97110", 30))]
        calls = {
            "near_days must be 1 or more, got 0": lambda: check_schedule(given, near_days=0),
            "near_minutes must be from 0 to 15, got 16": lambda: check_schedule(
                given, near_minutes=16
            ),
            "near_share must be from 1 to 100, got 0": lambda: check_schedule(given, near_share=0),
            "least_average must be from 0 to 15, got 16": lambda: check_schedule(
                given, least_average=16
            ),
        }
        assert [refusal(InvalidInputError, call) for call in calls.values()] == list(calls)

    def test_sessions_that_are_none(self) -> None:
        given: list[Session] = [7]  # type: ignore[list-item]
        assert refusal(InvalidInputError, lambda: check_times(given)) == (
            "sessions must contain only Session, got 7"
        )

    def test_sessions_of_no_day_or_two(self) -> None:
        two = [Session(day, "PT", [TimedService("97110", 15)]) for day in (DAY, "2026-03-03")]
        message = "sessions must be for one date of service: give at least one session, all for the same date"
        assert refusal(InvalidInputError, lambda: check_times([])) == message
        assert refusal(InvalidInputError, lambda: check_times(two)) == message

    def test_a_payer_that_is_none(self) -> None:
        payer: Policy = 7  # type: ignore[assignment]
        given = [entry("1", UntimedService("97161"))]
        assert refusal(InvalidInputError, lambda: check_schedule(given, payer)) == (
            "payer must be a Payer such as MEDICARE, a Policy, a UnitMethod, or the name of a payer or method, got 7"
        )


class TestTimesOfOneDay:
    def test_services_back_to_back_are_clean(self) -> None:
        given = Session(
            DAY, "PT", [service("97110", "9:00", "9:30"), service("97140", "9:30", "9:45")]
        )
        found = check_times(given)
        assert reported(found) == []
        assert [(each.rule.id, each.answer) for each in found.answers] == [
            ("patient-overlap", Answer.CLEAN),
            ("co-treatment", Answer.CLEAN),
            ("total-treatment", Answer.CLEAN),
            ("patient-day", Answer.CLEAN),
            ("identical-rows", Answer.CLEAN),
            ("minutes-once", Answer.NOT_APPLICABLE),
        ]

    def test_an_overlap_lists_the_codes_and_no_entry(self) -> None:
        given = Session(
            DAY, "PT", [service("97110", "9:00", "9:30"), service("97140", "9:15", "9:45")]
        )
        finding = only(check_times(given))
        assert (finding.rule.id, finding.severity) == ("patient-overlap", Severity.DENY)
        assert (finding.entries, finding.codes) == ((), ("97110", "97140"))
        assert said(finding) == (
            "15 minutes counted more than once for one patient. The PT services overlap: "
            "97110 and 97140. 60 minutes are documented in 45 minutes of clock time. On their own, the documented minutes "
            "make 4 units; with each minute counted once, they make 3."
        )

    @pytest.mark.parametrize(("day", "known"), [("2000-04-01", True), ("2000-03-31", False)])
    def test_units_are_shown_for_days_with_a_known_policy(self, day: str, *, known: bool) -> None:
        both = [service_on(day, code, "9:00", "9:30") for code in ("97110", "97140")]
        assert ("4 units" in said(only(check_times(Session(day, "PT", both))))) is known

    def test_sessions_of_one_discipline_are_pooled(self) -> None:
        given = [
            Session(DAY, "PT", [service("97110", "9:00", "9:10")]),
            Session(DAY, "PT", [service("97140", "9:05", "9:15")]),
        ]
        # 20 minutes of the day are one unit, as are the 15 that were there.
        assert (
            only(check_times(given)).message == "5 minutes counted more than once for one patient"
        )

    def test_two_disciplines_at_once_are_co_treatment(self) -> None:
        given = [
            Session(DAY, "PT", [service("97110", "9:00", "10:00")]),
            Session(DAY, "OT", [service("97530", "9:00", "10:00")]),
        ]
        assert [rule for rule, *_ in reported(check_times(given))] == ["co-treatment"]

    def test_separate_sessions_are_compared_with_their_own_span(self) -> None:
        given = [
            Session(DAY, "PT", [service("97110", "9:00", "9:30")]),
            Session(DAY, "PT", [TimedService("97110", 60)]),
        ]
        assert reported(check_times(given)) == []
        both = [Session(DAY, "PT", [*given[0].services, *given[1].services])]
        assert reported(check_times(both)) == [("total-treatment", "review", ())]

    def test_without_a_clock_it_is_not_in_the_data(self) -> None:
        given = Session(DAY, "PT", [TimedService("97110", 15), TimedService("97140", 15)])
        assert [(each.rule.id, each.answer) for each in check_times(given).answers] == [
            ("patient-overlap", Answer.NOT_IN_DATA),
            ("co-treatment", Answer.CLEAN),
            ("total-treatment", Answer.NOT_IN_DATA),
            ("patient-day", Answer.CLEAN),
            ("identical-rows", Answer.CLEAN),
            ("minutes-once", Answer.NOT_APPLICABLE),
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
        assert "zebra" not in said(finding) + finding.action + repr(finding)
    assert all("zebra" not in answer.remark for answer in found.answers)


def test_keys_are_listed_in_numeric_order() -> None:
    given = [entry(f"line {number}", service("97110", "9:00", "9:30")) for number in (10, 9, 2)]
    (found,) = check_schedule(given).of_rule("minutes-once")
    assert found.entries == ("line 2", "line 9", "line 10")


@pytest.mark.parametrize("payer", ["medicare", "washington-workers-compensation"])
@pytest.mark.parametrize("helper", ["therapist", "student", "aide"])
def test_minutes_that_nobody_bills_overlap_with_nothing(payer: str, helper: str) -> None:
    treated = service("97530", "9:00", "9:30")
    helped = service("97110", "9:00", "9:30", helper)
    is_paid = helper == "therapist" or (helper, payer) == (
        "student",
        "washington-workers-compensation",
    )
    found = check_times(Session(DAY, "PT", [treated, helped]), payer)
    assert bool(found.of_rule("patient-overlap")) is is_paid
    given = [entry("1", treated), entry("2", helped, patient="B")]
    assert bool(check_schedule(given, payer).of_rule("minutes-once")) is is_paid


def test_a_day_of_unbilled_services_has_nothing_to_check() -> None:
    helped = service("97110", "9:00", "9:30", "aide")
    assert len(check_times(Session(DAY, "PT", [helped]))) == 0
    assert len(check_schedule([entry("1", helped)])) == 0


def test_a_payer_that_nobody_knows_how_to_count_has_overlaps_but_no_units() -> None:
    treated = [service("97530", "9:00", "9:30"), service("97110", "9:15", "9:45")]
    for payer in ("aetna", "medicare"):
        (found,) = check_times(Session(DAY, "PT", treated), payer).of_rule("patient-overlap")
        assert ("units" in found.detail) is (payer == "medicare")


def test_near_minimum_patterns_leave_out_unbilled_minutes_and_unknown_methods() -> None:
    days = [f"2026-03-{number:02}" for number in range(1, 31)]
    given = [
        ScheduleEntry(day, day, "T", day, "PT", TimedService("97110", 8, clinician=clinician))
        for day in days
        for clinician in ("aide",)
    ]
    assert check_schedule(given).of_rule("near-minimum") == ()
    by_therapist = [attrs.evolve(each, service=TimedService("97110", 8)) for each in given]
    assert check_schedule(by_therapist).of_rule("near-minimum") != ()
    unknown = check_schedule(by_therapist, "aetna")
    assert unknown.of_rule("near-minimum") == ()
    remarks = [each.remark for each in unknown.answers if each.rule.id == "near-minimum"]
    assert any("not known for 30 of 30 days" in remark for remark in remarks)
