"""Schedules that cannot be true, and those that can: both sides of each edge."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from decimal import Decimal
from zoneinfo import ZoneInfo

import attrs
import pytest
from dateutil import tz

from tests.amounts import allowed_of
from tests.refusals import refusal
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    Claim,
    ClaimLine,
    Contract,
    FeeSchedule,
    InvalidInputError,
    Payer,
    Policy,
    Session,
    TiePolicy,
    TimedService,
    UnitMethod,
    UntimedService,
    bill_day,
    check_day,
    load_codes,
    price_day,
)
from therapy_billing.findings.records import Answer, Finding, Findings, Severity
from therapy_billing.law.timeline import Timeline
from therapy_billing.schedule.schedule_checks import check_schedule, check_times, microseconds_of
from therapy_billing.visits.services import ScheduleEntry, Service

DAY = "2026-03-02"
RATES = FeeSchedule.from_rates({"97110": 30, "97530": 40, "97150": 18, "97140": 28, "92508": 23})
OHIO = FeeSchedule.medicare(DAY, mac="15202", locality="00")


def moment(clock: str, day: str = DAY) -> datetime.datetime:
    return datetime.datetime.fromisoformat(f"{day} {clock:0>5}")


def service(code: str, start: str, end: str, clinician: str = "therapist") -> Service:
    """Return a clocked service."""
    began, ended = moment(start), moment(end)
    if not load_codes()[code].timed:
        return UntimedService(code, start=began, end=ended, clinician=clinician)
    return TimedService(code, start=began, end=ended, clinician=clinician)


def service_on(day: str, code: str, start: str, end: str) -> TimedService:
    return TimedService(code, start=moment(start, day), end=moment(end, day))


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
            "53 minutes documented in 52 minutes, 1 minute of them counted more than once; by "
            "themselves they make 4 units, and 3 with each minute counted once"
        )
        assert finding.action == (
            "bill each minute for one patient and one code; correct the times if the clock is wrong"
        )

    def test_an_answer_tells_the_codes_that_were_found(self) -> None:
        found = check_schedule(
            [
                entry("1", service("97530", "9:00", "9:31")),
                entry("2", service("97110", "9:30", "9:52")),
            ]
        )
        (answer,) = [each for each in found.answers if each.rule.id == "minutes-once"]
        assert (answer.answer, answer.about) == (Answer.FINDING, ("97110", "97530"))

    def test_over_midnight_the_units_are_those_of_the_first_day(self) -> None:
        # What the payer does is known through 2026.
        last, unknown = "2026-12-31", "2027-01-01"
        late = TimedService("97110", start=moment("23:30", last), end=moment("00:30", unknown))
        given = [
            entry("1", late, day=last),
            entry("2", service_on(unknown, "97110", "00:00", "00:30"), day=unknown),
        ]
        assert only(check_schedule(given)).message.endswith(
            "by themselves they make 6 units, and 4 with each minute counted once"
        )

    def test_the_minutes_of_each_patient_make_units_of_their_own(self) -> None:
        eights = [
            entry("1", service("97110", "9:00", "9:08")),
            entry("2", service("97110", "9:07", "9:15"), patient="B"),
        ]
        assert "by themselves they make 2 units, and 1" in only(check_schedule(eights)).message

    def test_half_a_minute_makes_no_unit(self) -> None:
        given = [
            entry("1", service("97110", "09:00:00", "09:22:00")),
            entry("2", service("97110", "09:20:00", "09:20:30")),
            entry("3", service("97110", "09:15:00", "09:30:00"), patient="B"),
        ]
        # 22 minutes and 15 are a unit each, as are the 30 that were there two.
        assert "unit" not in only(check_schedule(given)).message

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
            "minutes documented in 30 minutes, less than a minute of them counted more than once"
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
            "minutes documented in 40 minutes, 10 minutes of them counted more than once"
        )
        assert finding.action == (
            "bill each minute for one patient and one code: 97161 is untimed, so take the shared "
            "minutes off 97110, or do not bill 97161; correct the times if the clock is wrong"
        )

    def test_two_untimed_services_have_no_minutes_to_take_off(self) -> None:
        given = [
            entry(patient, service("97161", "9:00", "9:30"), patient=patient) for patient in "AB"
        ]
        assert only(check_schedule(given)).action == (
            "bill only the services that have separate time on record: 97161 is untimed, so no minutes "
            "can be taken off; correct the times if the clock is wrong"
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
            "documented in 30 minutes, 30 minutes of them counted more than once"
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
            "documented in 45 minutes, 45 minutes of them counted more than once; by themselves they "
            "make 9 units, and 3 with each minute counted once, or 97150 x1 for each of 3 patients "
            "as a group"
        )
        assert finding.action == (
            "bill each minute for one patient and one code; correct the times if the clock is "
            "wrong; where contact with each was brief and intermittent, bill 97150 x1 for each "
            "patient in place of these"
        )
        assert finding.at_stake is None

    def test_speech_has_a_group_of_its_own(self) -> None:
        finding = only(check_schedule(self.at_once(discipline="SLP")))
        assert "92508 x1 for each of 3 patients" in finding.message

    def test_the_groups_of_two_plans_are_told_as_one_or_the_other(self) -> None:
        first, _, third = self.at_once()
        finding = only(check_schedule([first, attrs.evolve(third, discipline="SLP")]))
        assert "or 92508 or 97150 x1 for each of 2 patients as a group" in finding.message
        assert "bill 92508 or 97150 x1 for each patient in place" in finding.action

    def test_two_patients_are_as_many_as_a_group_takes(self) -> None:
        finding = only(check_schedule(self.at_once()[:2]))
        assert finding.message.endswith(
            "they make 6 units, and 3 with each minute counted once, or 97150 x1 for each of 2 "
            "patients as a group"
        )

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
            "they make 3 units, and 1 with each minute counted once; allowed with the rest of the "
            "day: $100.00 as documented, $40.00 once"
        )

    def test_families_of_codes_tell_no_units(self) -> None:
        entries = [
            entry("1", service("97129", "9:00", "9:15")),
            entry("2", service("97130", "9:00", "9:15"), patient="B"),
        ]
        finding = only(check_schedule(entries))
        assert "unit" not in finding.message
        assert "97150" not in finding.action


def medicare(*lines: tuple[str, int], plan: str = "GP", fees: FeeSchedule = OHIO) -> Decimal:
    """Return what Medicare allows for a patient's day of these lines."""
    claim = Claim(DAY, [ClaimLine(code, units, (plan,)) for code, units in lines])
    return allowed_of(price_day(claim, MEDICARE, fees))


def dollars(finding: Finding) -> str:
    """Return what the message says of dollars; empty where it tells none."""
    _, colon, amounts = finding.message.partition("; allowed with the rest of the day: ")
    assert bool(colon) == ("$" in finding.message) == (finding.at_stake is not None)
    return amounts


class TestDollars:
    def told_twice(
        self, *codes: str, patients: str = "AA", end: str = "9:30"
    ) -> list[ScheduleEntry]:
        return [
            entry(f"{place}", service(code, "9:00", end), patient=patient)
            for place, (code, patient) in enumerate(zip(codes, patients, strict=True))
        ]

    def test_two_codes_at_once_lose_what_medicare_reduces(self) -> None:
        day = "2024-08-01"
        ohio = FeeSchedule.medicare(day, mac="15202", locality="00")
        given = [
            ScheduleEntry(
                code,
                "A",
                "T",
                day,
                "PT",
                TimedService(code, start=f"{day} 9:00", end=f"{day} 9:30"),
            )
            for code in ("97110", "97140")
        ]
        finding = only(check_schedule(given, fees=ohio))
        documented, once = (
            allowed_of(price_day(Claim(day, lines), MEDICARE, ohio))
            for lines in (
                [ClaimLine("97110", 2, ("GP",)), ClaimLine("97140", 2, ("GP",))],
                [ClaimLine("97110", 2, ("GP",))],
            )
        )
        assert (documented, once) == (Decimal("90.29"), Decimal("49.75"))
        assert dollars(finding) == "$90.29 as documented, $49.75 once"
        assert finding.at_stake == documented - once == Decimal("40.54")
        assert finding.at_stake is not None
        sessions = Session(day, "PT", [each.service for each in given])
        of_day = only(check_times(sessions, fees=ohio))
        assert (of_day.rule.id, of_day.at_stake) == ("patient-overlap", finding.at_stake)
        assert dollars(of_day) == dollars(finding)
        assert dollars(only(check_times(sessions))) == ""

    def test_rates_know_no_reduction_and_the_dearest_units_stand(self) -> None:
        finding = only(check_schedule(self.told_twice("97110", "97530"), fees=RATES))
        assert dollars(finding) == "$140.00 as documented, $80.00 once"
        assert finding.at_stake == Decimal(60)

    def test_a_group_in_place_of_them_is_in_no_amount(self) -> None:
        given = self.told_twice("97110", "97110", "97110", patients="ABC", end="9:45")
        finding = only(check_schedule(given, fees=RATES))
        assert finding.message.endswith(
            "and 3 with each minute counted once, or 97150 x1 for each of 3 patients as a group; "
            "allowed with the rest of the day: $270.00 as documented, $90.00 once"
        )
        assert finding.at_stake == Decimal(180)

    def test_each_patient_has_a_unit_in_full_while_one_is_left(self) -> None:
        given = self.told_twice("97110", "97110", "97110", patients="ABC", end="9:45")
        finding = only(check_schedule(given, fees=OHIO))
        documented, once = 3 * medicare(("97110", 3)), 3 * medicare(("97110", 1))
        assert dollars(finding) == f"${documented} as documented, ${once} once"
        assert finding.at_stake == documented - once

    def test_what_else_a_patient_had_that_day_keeps_the_unit_in_full(self) -> None:
        given = self.told_twice("97110", "97110", patients="AB", end="9:15")
        alone = only(check_schedule(given, fees=OHIO))
        assert alone.at_stake == medicare(("97110", 1))
        given.append(entry("3", service("97530", "10:00", "10:30"), patient="B"))
        finding = only(check_schedule(given, fees=OHIO))
        both, rest = medicare(("97110", 1), ("97530", 2)), medicare(("97530", 2))
        assert dollars(finding) == (
            f"${medicare(('97110', 1)) + both} as documented, ${medicare(('97110', 1)) + rest} once"
        )
        assert finding.at_stake == both - rest < medicare(("97110", 1))

    def test_what_the_rest_of_the_day_lacks_a_price_for_takes_no_dollars_away(self) -> None:
        given = self.told_twice("97110", "97110", patients="AB", end="9:15")
        given.append(entry("3", UntimedService("G0283"), patient="B"))
        finding = only(check_schedule(given, fees=RATES))
        assert dollars(finding) == "$60.00 as documented, $30.00 once"

    @pytest.mark.parametrize(("minutes", "documented"), [(7, 56), (8, 86)])
    def test_units_are_those_that_the_payer_makes_of_the_day(
        self, minutes: int, documented: int
    ) -> None:
        given = [
            entry("1", service("97140", "9:00", "9:15")),
            entry("2", service("97140", "9:00", "9:15"), patient="B"),
            entry("3", TimedService("97110", minutes), patient="B"),
        ]
        (finding,) = check_schedule(given, fees=RATES).of_rule("minutes-once")
        assert dollars(finding) == f"${documented}.00 as documented, ${documented - 28}.00 once"

    def test_a_unit_that_the_highest_fee_decides_is_worth_that_fee(self) -> None:
        payer = Policy(UnitMethod.CMS_EIGHT_MINUTE, tie_policy=TiePolicy.HIGHEST_FEE)
        given = self.told_twice("97110", "97530", end="9:20")
        finding = only(check_schedule(given, payer, fees=RATES))
        assert dollars(finding) == "$110.00 as documented, $40.00 once"

    def test_the_payer_counts_as_on_the_day(self) -> None:
        methods = (
            ("2025-01-01", UnitMethod.CPT_MIDPOINT), ("2026-03-03", UnitMethod.CMS_EIGHT_MINUTE),
        )  # fmt: skip
        policies = tuple((moment("0:00", on).date(), Policy(method)) for on, method in methods)
        payer = Payer("plan", Timeline("the policy", policies, moment("0:00", "2026-12-31").date()))
        given = self.told_twice("97110", "97530", end="9:10")
        finding = only(check_schedule(given, payer, fees=RATES))
        assert dollars(finding) == "$70.00 as documented, $40.00 once"

    def test_an_assistants_units_are_taken_off_as_any(self) -> None:
        given = [
            entry("1", service("97110", "9:00", "9:15")),
            entry("2", service("97110", "9:05", "9:35", "assistant"), by="U"),
        ]
        finding = only(check_schedule(given, fees=OHIO))
        assert finding.rule.id == "patient-overlap"
        assert finding.at_stake == medicare(("97110", 3)) - medicare(("97110", 2))

    def test_co_treatment_loses_the_joint_time(self) -> None:
        given = [
            entry("1", service("97110", "9:00", "10:00")),
            entry("2", service("97530", "9:00", "10:00"), by="U", discipline="OT"),
        ]
        finding = only(check_schedule(given, fees=OHIO))
        claims = [
            Claim(DAY, [ClaimLine("97110", 4, ("GP",))]),
            Claim(DAY, [ClaimLine("97530", 4, ("GO",))]),
        ]
        documented = allowed_of(price_day(claims, MEDICARE, OHIO))
        once = medicare(("97530", 4), plan="GO")
        assert finding.rule.id == "co-treatment"
        assert dollars(finding) == f"${documented} as documented, ${once} once"
        assert finding.at_stake == documented - once

    def test_a_code_told_twice_under_one_plan_is_not_taken_off_the_other(self) -> None:
        given = [
            entry("1", service("97110", "9:00", "9:15")),
            entry("2", service("97110", "9:00", "9:15"), patient="B"),
            *(
                entry(
                    f"{patient}3",
                    service("97110", "10:00", "10:15"),
                    patient=patient,
                    by=patient,
                    discipline="OT",
                )
                for patient in "AB"
            ),
        ]
        finding = only(check_schedule(given, fees=OHIO))
        sessions = [Session(DAY, plan, [TimedService("97110", 15)]) for plan in ("PT", "OT")]
        both = allowed_of(bill_day(sessions, MEDICARE, OHIO))
        assert finding.at_stake == both - medicare(("97110", 1))

    def test_a_cap_of_the_day_may_leave_nothing_at_stake(self) -> None:
        for cap, stake in ((2, "0.00"), (3, "30.00"), (4, "60.00")):
            payer = Policy(UnitMethod.CPT_MIDPOINT, cap_per_day=cap)
            finding = only(check_schedule(self.told_twice("97110", "97110"), payer, fees=RATES))
            assert finding.at_stake == Decimal(stake)
            assert dollars(finding) == f"${30 * cap}.00 as documented, $60.00 once"

    def test_fewer_units_than_stand_with_each_minute_once_lose_nothing(self) -> None:
        payer = Policy(UnitMethod.CPT_MIDPOINT, cap_per_day=1)
        finding = only(check_schedule(self.told_twice("97110", "97110"), payer, fees=RATES))
        assert dollars(finding) == "$30.00 as documented, $30.00 once"

    def test_an_amount_for_the_day_bounds_what_is_at_stake(self) -> None:
        payer = Policy(UnitMethod.CPT_MIDPOINT, amount_per_day="100")
        finding = only(check_schedule(self.told_twice("97110", "97110"), payer, fees=RATES))
        assert dollars(finding) == "$100.00 as documented, $60.00 once"

    def test_nothing_is_left_of_a_visit_of_which_no_unit_is(self) -> None:
        given = self.told_twice("97110", "97530", patients="AB", end="9:15")
        finding = only(check_schedule(given, fees=RATES))
        assert dollars(finding) == "$70.00 as documented, $40.00 once"
        seven = self.told_twice("97110", "97110", end="9:07")
        assert only(check_schedule(seven, fees=RATES)).message.endswith(
            "by themselves they make 1 unit, and 0 with each minute counted once; allowed with the "
            "rest of the day: $30.00 as documented, $0.00 once"
        )

    @pytest.mark.parametrize(("units", "priced"), [(96, True), (97, False)])
    def test_more_units_than_a_day_has_quarters_are_not_priced(
        self, units: int, *, priced: bool
    ) -> None:
        given = self.told_twice("97110", "97110", patients="AB", end="9:15")
        given.append(entry("3", TimedService("97110", 15 * (units - 1)), patient="B"))
        (finding,) = check_schedule(given, fees=RATES).of_rule("minutes-once")
        assert (dollars(finding) != "") is priced

    def test_without_a_price_no_dollars_are_told(self) -> None:
        given = self.told_twice("97110", "97530")
        for rates in ({"97110": 30}, {"97530": 40}):
            assert dollars(only(check_schedule(given, fees=FeeSchedule.from_rates(rates)))) == ""

    def test_a_contract_that_pays_the_visit_tells_none(self) -> None:
        visit = FeeSchedule.from_contract(Contract("north plan", per_visit="100"))
        assert dollars(only(check_schedule(self.told_twice("97110", "97530"), fees=visit))) == ""

    @pytest.mark.parametrize(
        ("first", "last", "priced"),
        [
            (DAY, DAY, True),
            ("2026-03-03", None, False),
            (None, "2026-03-01", False),
        ],
    )
    def test_a_schedule_of_other_days_tells_none(
        self, first: str | None, last: str | None, *, priced: bool
    ) -> None:
        fees = FeeSchedule.from_rates({"97110": 30}, effective_from=first, effective_through=last)
        finding = only(check_schedule(self.told_twice("97110", "97110"), fees=fees))
        assert (dollars(finding) != "") is priced

    def test_a_day_that_makes_no_claim_tells_none(self) -> None:
        given = self.told_twice("97110", "97110", patients="AB")
        rates = FeeSchedule.from_rates({"97110": 30, "97129": 20, "97130": 20})
        base = entry("8", TimedService("97129", 15), patient="B", by="U")
        add_on = entry("9", TimedService("97130", 15), patient="B", by="U")
        (alone,), (whole,) = (
            check_schedule([*given, *more], fees=rates).of_rule("minutes-once")
            for more in ((add_on,), (base, add_on))
        )
        assert (dollars(alone) == "", dollars(whole) == "") == (True, False)

    def test_evaluations_groups_and_days_tell_none(self) -> None:
        rates = FeeSchedule.from_rates({"97110": 30, "97150": 18, "97161": 90})
        for code in ("97161", "97150"):
            given = [
                entry("1", service(code, "9:00", "9:30")),
                *self.told_twice("97150", patients="D", end="9:01"),
                entry("2", service("97110", "9:15", "9:45"), patient="B"),
            ]
            found = check_schedule(given, fees=rates, worked={"T": 1})
            assert dollars(found.of_rule("minutes-once")[0]) == ""
            assert dollars(found.of_rule("impossible-day")[0]) == ""

    def test_a_service_told_by_two_who_gave_it_together_is_in_the_day_once(self) -> None:
        twins = [
            entry(key, service("97110", "9:00", "9:30", "together"), by=by)
            for key, by in ("1T", "2U")
        ]
        other = entry("3", service("97110", "9:00", "9:30"), patient="B", by="U")
        finding = only(check_schedule([*twins, other], fees=RATES))
        assert dollars(finding) == "$120.00 as documented, $60.00 once"

    def test_over_midnight_each_day_is_priced_by_itself(self) -> None:
        given = [
            entry(
                "1",
                TimedService("97110", start=moment("23:30"), end=moment("00:30", "2026-03-03")),
            ),
            entry("2", service_on("2026-03-03", "97110", "00:00", "00:30"), day="2026-03-03"),
        ]
        finding = only(check_schedule(given, fees=OHIO))
        documented = medicare(("97110", 4)) + medicare(("97110", 2))
        # Of 6 units 4 stand: the one in full of each day, and two more.
        once = medicare(("97110", 3)) + medicare(("97110", 1))
        assert dollars(finding) == f"${documented} as documented, ${once} once"

    def test_a_patient_in_two_findings_has_one_day(self) -> None:
        given = [
            *self.told_twice("97110", "97110", patients="AB", end="9:15"),
            entry("8", service("97110", "10:00", "10:15")),
            entry("9", service("97110", "10:00", "10:15"), patient="C"),
        ]
        for finding in check_schedule(given, fees=RATES):
            assert dollars(finding) == "$90.00 as documented, $60.00 once"


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
        assert finding.action == (
            "add the entries of the other patients, or bill what was given one-on-one"
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
        assert told(check_schedule([*self.grouped("A", "B"), later])) == [
            ("group-of-two", "review", ("h",))
        ]

    def test_the_patient_without_a_clock_is_no_company_of_the_same(self) -> None:
        again = entry("h", UntimedService("97150"))
        assert told(check_schedule([*self.grouped("A"), again])) == [
            ("group-of-two", "review", ("gA",)),
            ("group-of-two", "review", ("h",)),
        ]

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
            "overlap: 60 minutes documented in 45 minutes, 15 minutes of them counted more than once"
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
            "minutes, 15 minutes of them counted more than once; by themselves they make 4 units, and "
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

    def test_what_follows_what_two_gave_together_is_looked_at(self) -> None:
        twins = [
            entry(key, service("97116", "9:00", "9:30", "together"), by=by)
            for key, by in ("1T", "2U")
        ]
        third = entry("3", service("97110", "9:20", "9:40"), by="V")
        assert told(check_schedule([*twins, third])) == [("patient-overlap", "deny", ("1", "3"))]

    def test_together_at_other_times_is_no_twin(self) -> None:
        given = [
            entry("1", service("97116", "9:00", "9:30", "together")),
            entry("2", service("97116", "9:00", "9:31", "together"), by="U"),
        ]
        assert told(check_schedule(given)) == [("patient-overlap", "deny", ("1", "2"))]

    def test_an_untimed_service_keeps_its_minutes(self) -> None:
        given = [
            entry("1", service("97161", "9:00", "9:30")),
            entry("2", service("97110", "9:15", "9:45"), by="U"),
        ]
        assert only(check_schedule(given)).action == (
            "bill the minutes once, a second pair of hands adds none: 97161 is untimed, so take the "
            "shared minutes off 97110, or do not bill 97161; correct the times if the services "
            "followed each other"
        )

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
            "60 minutes, and the joint time is billed once in total; by themselves they make 8 "
            "units, and 4 with each minute counted once"
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
        third = entry("3", service("97129", "9:00", "10:00"), by="V", discipline="SLP")
        finding = only(check_schedule([*self.together(), third]))
        assert "such as 20 OT + 20 PT + 20 SLP of 60" in finding.action
        assert finding.message.startswith("OT, PT and SLP treated one patient together for 60")

    def test_a_third_who_joins_for_a_minute_gets_no_third_of_the_joint_time(self) -> None:
        third = entry("3", service("97129", "9:59", "10:20"), by="V", discipline="SLP")
        finding = only(check_schedule([*self.together("9:30"), third]))
        assert finding.action == (
            "share the joint minutes, or bill all of them under one discipline; correct the times if "
            "the treatments followed each other"
        )

    END = "; correct the times if the treatments followed each other"

    @pytest.mark.parametrize(
        ("services", "action"),
        [
            (
                [("PT", "97110", "9:00", "10:00"), ("SLP", "92507", "9:00", "10:00")],
                (
                    "bill the joint time under one discipline: 92507 is untimed, and no minutes can be "
                    "shared with it; the record shows no minutes of one discipline alone, so bill nothing "
                    "else for that time"
                ),
            ),
            (
                [("PT", "97110", "9:30", "10:00"), ("SLP", "92507", "9:00", "10:00")],
                (
                    "bill the joint time under one discipline: 92507 is untimed, and no minutes can be "
                    "shared with it; for the minutes of one discipline alone (0 PT + 30 SLP), bill timed "
                    "codes as documented, and an untimed code only where they support it"
                ),
            ),
            (
                [("PT", "97161", "9:00", "9:45"), ("OT", "97165", "9:15", "10:00")],
                (
                    "bill the joint time under one discipline: 97161 and 97165 are untimed, and no minutes "
                    "can be shared with them; for the minutes of one discipline alone (15 OT + 15 PT), bill "
                    "an untimed code only where they support it"
                ),
            ),
            (
                [("PT", "97150", "9:00", "9:45"), ("SLP", "92508", "9:00", "9:45")],
                (
                    "bill the joint time under one discipline: 92508 and 97150 are untimed, and no minutes "
                    "can be shared with them; the record shows no minutes of one discipline alone, so bill "
                    "nothing else for that time"
                ),
            ),
            (
                [
                    ("PT", "97161", "9:00", "9:30"),
                    ("PT", "97110", "9:30", "10:00"),
                    ("OT", "97530", "9:00", "10:00"),
                ],
                (
                    "bill the joint time under one discipline: 97161 is untimed, and no minutes can be "
                    "shared with it (time that is not billed as 97161 can be shared by 97110 and 97530); "
                    "the record shows no minutes of one discipline alone, so bill nothing else for that time"
                ),
            ),
            (
                [
                    ("PT", "97110", "9:00", "10:00"),
                    ("OT", "97530", "9:00", "10:00"),
                    ("SLP", "92507", "9:30", "10:10"),
                ],
                (
                    "bill the joint time under one discipline: 92507 is untimed, and no minutes can be "
                    "shared with it (time that is not billed as 92507 can be shared by 97110 and 97530); "
                    "for the minutes of one discipline alone (0 OT + 0 PT + 10 SLP), bill timed codes as "
                    "documented, and an untimed code only where they support it"
                ),
            ),
        ],
    )
    def test_untimed_codes_have_no_minutes_to_share(
        self, services: list[tuple[str, str, str, str]], action: str
    ) -> None:
        given = [
            entry(f"{n}", service(code, start, end), by=plan, discipline=plan)
            for n, (plan, code, start, end) in enumerate(services)
        ]
        (finding,) = check_schedule(given).of_rule("co-treatment")
        assert finding.action == action + self.END
        assert finding.severity is Severity.DENY

    def test_one_clinician_under_two_plans_hides_no_other_patients_co_treatment(self) -> None:
        alone = [
            entry("0", service("97110", "8:00", "8:30"), patient="0", by="S"),
            entry("01", service("97530", "8:00", "8:30"), patient="0", by="S", discipline="OT"),
        ]
        assert told(check_schedule([*alone, *self.together()])) == [
            ("co-treatment", "deny", ("1", "2")),
            ("minutes-once", "deny", ("0", "01")),
        ]

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
        assert finding.action == "give start and end of every service, or correct the minutes"
        assert finding.message == (
            "61 minutes documented under PT, 16 of them without start and end, and the clock tells "
            "60 minutes from the first start to the last end"
        )

    def test_a_session_hides_no_other(self) -> None:
        clocked = entry("0", service("97110", "9:00", "9:30"), patient="0", by="S")
        without = entry("01", TimedService("97110", 30), patient="01", by="U")
        found = check_schedule([clocked, without, *self.partly(16)], worked={"T": 480})
        assert told(found) == [("total-treatment", "review", ("1", "2", "3", "5"))]

    @pytest.mark.parametrize("count", [1, 2])
    def test_beside_those_without_a_clock_the_others_are_clean(self, count: int) -> None:
        given = [entry(each, TimedService("97110", 30), patient=each) for each in "AB"[:count]]
        given.append(entry("C", service("97110", "9:00", "9:30"), patient="C"))
        remark = (
            f"{count} of {count + 1} sessions have no start and end: give those of the first and "
            "the last service"
        )
        assert answers(check_schedule(given), "total-treatment") == [
            (Answer.CLEAN, ""),
            (Answer.NOT_IN_DATA, remark),
        ]

    def test_a_session_without_a_clock_is_not_in_the_data(self) -> None:
        found = check_schedule([entry("1", TimedService("97110", 30))])
        remark = (
            "1 of 1 sessions have no start and end: give those of the first and the last service"
        )
        assert answers(found, "total-treatment") == [(Answer.NOT_IN_DATA, remark)]


class TestImpossibleDay:
    UNCLOCKED = (
        "1 of {} days of clinicians have services without start and end: give worked, or start "
        "and end of every service"
    )

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
                "see who gave which of them and when, and bill no more than that"
            )
            assert finding.entries == ("1", "2", "3", "4", "5")
            assert finding.message == (
                "60 one-on-one and 45 group minutes documented for one clinician on 2026-03-02, "
                "who worked 104"
            )

    @pytest.mark.parametrize(("worked", "count"), [(45, 0), (44, 1)])
    def test_minutes_of_one_kind_are_told_alone(self, worked: int, count: int) -> None:
        for given, kind in (
            (TimedService("97110", 45), "one-on-one"),
            (UntimedService("97150", 45), "group"),
        ):
            other = entry("2", UntimedService("97150"), patient="B")
            found = check_schedule([entry("1", given), other], worked={"T": worked})
            messages = [each.message for each in found.of_rule("impossible-day")]
            assert (
                messages
                == [f"45 {kind} minutes documented for one clinician on 2026-03-02, who worked 44"]
                * count
            )

    @pytest.mark.parametrize(
        ("groups", "minutes"),
        [
            # All patients of a group are in it at once; groups side by side share the time.
            ([service("97150", "9:00", "10:00"), service("97150", "9:00", "10:00")], 60),
            ([service("97150", "9:00", "10:00"), service("97150", "9:30", "10:30")], 90),
            ([service("97150", "9:00", "10:00"), service("97150", "10:00", "10:30")], 90),
            ([service("97150", "9:00", "10:00"), service("92508", "9:00", "10:00")], 60),
            ([service("97150", "09:00:00", "09:10:59")], 10),
            # Who was not clocked may have been in the groups that were.
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

    def test_one_on_one_beside_a_group_of_others_does_not_fit_into_the_group(self) -> None:
        given = [
            entry("1", TimedService("97110", 45)),
            *(entry(each, UntimedService("97150", 60), patient=each) for each in "BC"),
        ]
        assert told(check_schedule(given, worked={"T": 60})) == [
            ("impossible-day", "deny", ("1", "B", "C"))
        ]
        assert told(check_schedule(given, worked={"T": 105})) == []

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

    def test_what_the_clock_tells_of_one_clinician_is_not_told_of_another(self) -> None:
        given = [
            entry("1", service("97110", "9:00", "9:30")),
            entry("2", TimedService("97110", 30), patient="B", by="U"),
        ]
        assert answers(check_schedule(given), "impossible-day") == [
            (Answer.CLEAN, ""),
            (Answer.NOT_IN_DATA, self.UNCLOCKED.format(2)),
        ]
        assert answers(check_schedule(given, worked={"U": 30}), "impossible-day") == CLEAN

    def test_minutes_told_twice_are_not_told_again(self) -> None:
        found = check_schedule(
            [entry(each, service("97110", "9:00", "9:30"), patient=each) for each in "AB"]
        )
        assert [rule for rule, *_ in told(found)] == ["minutes-once"]

    @pytest.mark.parametrize(("minutes", "count"), [(675, 0), (676, 1)])
    def test_without_either_a_day_has_1440_minutes(self, minutes: int, count: int) -> None:
        given = [entry(each, TimedService("97110", minutes), patient=each) for each in "AB"]
        given += [entry(each, service("97110", "9:00", "9:30"), patient=each) for each in "CD"]
        given += [entry(each, UntimedService("97150", 59), patient=each) for each in "EF"]
        # Nobody knows how long it was: it adds nothing.
        given.append(entry("G", UntimedService("97161"), patient="G"))
        found = check_schedule(given, working_day=1440)
        findings = found.of_rule("impossible-day")
        assert len(findings) == count
        if count:
            assert findings[0].severity is Severity.DENY
            assert findings[0].message == (
                "1382 one-on-one and 59 group minutes documented for one clinician on 2026-03-02, "
                "and a day has 1440"
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
            assert finding.message == (
                "420 one-on-one and 61 group minutes documented for one clinician on 2026-03-02, more "
                "than the 480 of a working day"
            )
            assert finding.action == (
                "see who gave which of them and when, and bill no more than that; give worked if the "
                "clinician worked longer"
            )
        open_day = [] if clocked else [(Answer.NOT_IN_DATA, self.UNCLOCKED.format(1))]
        expected = [] if clocked and not count else open_day
        told_of = answers(found, "impossible-day")
        assert [each for each in told_of if each[0] is Answer.NOT_IN_DATA] == expected
        assert told(check_schedule(given, worked={"T": 481})) == []
        assert told(check_schedule(given, working_day=481)) == []

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
        assert told(Findings(check_schedule(given).of_rule("impossible-day"))) == [
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
        assert told(check_schedule(given, worked={"T": 40})) == []

    def test_each_clinician_stands_alone(self) -> None:
        given = [
            entry("1", TimedService("97110", 40)),
            entry("2", TimedService("97110", 40), by="U", patient="B"),
        ]
        assert told(check_schedule(given, worked={"T": 40, "U": 39})) == [
            ("impossible-day", "deny", ("2",))
        ]


class TestPatientDay:
    @pytest.mark.parametrize(
        ("minutes", "severity"), [(480, None), (481, "review"), (1440, "review"), (1441, "deny")]
    )
    def test_its_minutes_are_those_of_a_day(self, minutes: int, severity: str | None) -> None:
        # 60 minutes, two at once among them, a group, and what is without start and end.
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
        limit = "more than the 480 of a working day" if minutes <= 1440 else "and a day has 1440"
        message = (
            f"{minutes} minutes of treatment documented for one patient on 2026-03-02, {limit}"
        )
        action = "correct the minutes, and see whether rows were recorded twice"
        checks = ((check_times(sessions), ()), (check_schedule(entries), ("0", "1", "2", "4", "5")))
        for found, keys in checks:
            findings = found.of_rule("patient-day")
            assert [
                (each.severity.value, each.message, each.action, each.entries) for each in findings
            ] == ([(severity, message, action, keys)] if severity else [])
            assert (answers(found, "patient-day") == CLEAN) is (severity is None)

    def test_seventy_two_hours_are_denied(self) -> None:
        day = Session.from_minutes(
            {"97110": 1440, "97530": 1440, "97140": 1440}, date_of_service=DAY, discipline="PT"
        )
        assert told(check_times(day)) == [("patient-day", "deny", ())]
        assert check_day(day, MEDICARE).would_be_denied

    @pytest.mark.parametrize(("end", "severity"), [("00:00", "review"), ("00:01", "deny")])
    def test_over_midnight_minutes_count_for_the_day_of_the_start(
        self, end: str, severity: str
    ) -> None:
        given = [
            service("97110", "0:00", "12:00"),
            TimedService("97110", start=moment("12:00"), end=moment(end, "2026-03-03")),
        ]
        assert told(check_times(Session(DAY, "PT", given))) == [("patient-day", severity, ())]

    def test_each_patient_and_each_day_stand_alone(self) -> None:
        given = [
            entry("1", TimedService("97110", 300)),
            entry("2", TimedService("97110", 300), patient="B", by="U"),
            entry("3", TimedService("97110", 300), day="2026-03-03"),
        ]
        assert told(check_schedule(given)) == []
        assert told(check_schedule(given, working_day=299)) == [
            (rule, "review", (key,)) for rule in ("impossible-day", "patient-day") for key in "123"
        ]

    def test_the_caller_sets_the_working_day(self) -> None:
        day = Session(DAY, "PT", [TimedService("97110", 500)])
        assert told(check_times(day, working_day=500)) == []
        assert told(check_times(day, working_day=499)) == [("patient-day", "review", ())]
        assert told(check_times(day, working_day=1440)) == []

    @pytest.mark.parametrize("minutes", [0, 1441, True, 7.5])
    def test_a_working_day_out_of_its_range(self, minutes: object) -> None:
        given: int = minutes  # type: ignore[assignment]
        message = f"working_day is a whole number from 1 to 1440, not {minutes}"
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
        assert finding.message == (
            "97110 of 15 minutes was recorded 3 times for one patient under PT, in rows that do not "
            "differ"
        )
        assert finding.action == (
            "keep one if it was recorded twice; if these were separate services, give start and end "
            "of each, or add them up in one row"
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
        assert told(check_schedule(given)) == [("minutes-once", "deny", ("1", "2"))]
        day = Session(DAY, "PT", [each.service for each in given])
        assert told(check_times(day)) == [("patient-overlap", "deny", ())]

    def test_what_two_gave_together_is_no_copy(self) -> None:
        given = TimedService("97110", 15, clinician="together")
        twins = [entry("1", given), entry("2", given, by="U")]
        assert told(check_schedule(twins)) == []
        again = [*twins, entry("3", given)]
        assert told(check_schedule(again)) == [("identical-rows", "review", ("1", "3"))]

    def test_sessions_of_one_day_are_compared(self) -> None:
        one = Session(DAY, "PT", [UntimedService("97161")])
        finding = only(check_times([one, one]))
        assert finding.message.startswith("97161 was recorded 2 times for one patient under PT, in")
        assert told(check_times([one, Session(DAY, "OT", [TimedService("97110", 15)])])) == []


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
            assert told(check_times(sessions)) == []

    @pytest.mark.parametrize("code", CODES)
    @pytest.mark.parametrize(("start", "count"), [("9:30", 0), ("9:29", 1)])
    def test_it_takes_the_clinicians_time(self, code: str, start: str, count: int) -> None:
        for patient in "AB":
            given = [
                entry("1", service("97110", "9:00", "9:30")),
                entry("2", service(code, start, "10:00"), patient=patient),
            ]
            found = check_schedule(given).of_rule("minutes-once")
            assert told(Findings(found)) == [("minutes-once", "deny", ("1", "2"))] * count

    def test_a_message_names_the_caregivers(self) -> None:
        given = [
            entry("1", service("97110", "9:00", "9:30")),
            entry("2", service("97550", "9:00", "9:30"), patient="B"),
            entry("3", service("97550", "9:00", "9:30"), patient="C"),
        ]
        assert only(check_schedule(given)).message.startswith(
            "one clinician gave 97110 one-on-one to one patient and 97550 to the caregivers of 2 "
            "patients at times that overlap: 90 minutes documented in 30 minutes"
        )

    def test_a_group_of_caregivers_is_no_group_of_patients(self) -> None:
        patients = [entry(key, service("97150", "9:00", "9:30"), patient=key) for key in "AB"]
        caregivers = [entry(key, service("97552", "9:00", "9:30"), patient=key) for key in "CD"]
        assert told(check_schedule(patients)) == told(check_schedule(caregivers)) == []
        finding = only(check_schedule([*patients, *caregivers]))
        assert finding.message == (
            "one clinician gave 97150 to a group and 97552 to a group of caregivers at times that "
            "overlap: 60 minutes documented in 30 minutes, 30 minutes of them counted more than once"
        )
        apart = [patients[0], attrs.evolve(caregivers[0], treated_by="U")]
        assert [rule for rule, *_ in told(check_schedule(apart))] == ["group-of-two"] * 2
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
            assert told(check_schedule(given)) == [(rule, "review", ("1", "2"))]
            given[1] = attrs.evolve(given[1], service=service("97550", "9:30", "10:00"))
            assert told(check_schedule(given)) == []

    def test_two_disciplines_train_and_do_not_treat(self) -> None:
        given = [
            entry("1", service("97550", "9:00", "9:30")),
            entry("2", service("97550", "9:00", "9:30"), by="U", discipline="OT"),
        ]
        finding = only(check_schedule(given))
        assert finding.message.startswith(
            "OT and PT trained one patient's caregivers together for 30"
        )
        # Half of the time would make no unit for either.
        assert finding.action.startswith(
            "bill all of the joint minutes under one discipline: 97550 is billed once a day; "
        )

    def test_shares_of_a_code_that_is_billed_once_a_day_are_not_advised(self) -> None:
        cognition = service("97129", "9:00", "9:30")
        given = [
            entry("1", cognition, discipline="OT"),
            entry("2", cognition, by="U", discipline="SLP"),
        ]
        finding = next(iter(check_schedule(given).of_rule("co-treatment")))
        assert finding.action.startswith(
            "bill all of the joint minutes under one discipline: 97129 is billed once a day; "
        )
        given[1] = attrs.evolve(given[1], service=service("97533", "9:00", "9:30"))
        finding = next(iter(check_schedule(given).of_rule("co-treatment")))
        assert finding.action.startswith("share the joint minutes, such as 15 OT + 15 SLP of 30")

    def test_one_clinician_with_two_groups_of_one_patients_caregivers_is_denied(self) -> None:
        given = [entry(key, service("97552", "9:00", "9:30")) for key in "12"]
        assert ("patient-overlap", "deny", ("1", "2")) in told(check_schedule(given))

    def test_it_tells_nothing_of_when_the_patient_was_there(self) -> None:
        # 30 minutes of treatment were clocked, and 31 more documented.
        given: list[Service] = [service("97110", "9:00", "9:30"), TimedService("97530", 31)]
        absent = [service("97550", "10:00", "10:45"), service("98980", "11:00", "11:30")]
        finding = only(check_times(Session(DAY, "PT", [*given, *absent])))
        assert finding.rule.id == "total-treatment"
        assert finding.message.startswith("61 minutes documented under PT, 31 of them without")
        assert finding.codes == ("97110", "97530")
        unclocked = [given[0], TimedService("97550", 45)]
        assert told(check_times(Session(DAY, "PT", unclocked))) == []
        assert answers(check_times(Session(DAY, "PT", [given[1], *absent])), "total-treatment") == [
            (
                Answer.NOT_IN_DATA,
                "1 of 1 sessions have no start and end: give those of the first and the last service",
            )
        ]

    @pytest.mark.parametrize(("start", "open_"), [("9:29", True), ("9:30", False)])
    def test_without_clinicians_it_is_open_whether_one_gave_both(
        self, start: str, *, open_: bool
    ) -> None:
        given = [service("97110", "9:00", "9:30"), service("97550", start, "10:00")]
        found = check_times(Session(DAY, "PT", given))
        remark = (
            "caregivers were trained while the patient was treated, and sessions do not name "
            "clinicians: check_schedule, or treated_by in a log, shows whether one clinician gave both"
        )
        assert told(found) == []
        assert answers(found, "minutes-once") == [(Answer.NOT_IN_DATA, remark)] * open_


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
        assert finding.action == "see that the minutes are those of the record, each time"

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
        assert len(self.near(*self.days([7] + [8] * 20))) == 1

    def test_days_on_which_the_payer_is_not_known_do_not_count(self) -> None:
        unknown = entry("0", TimedService("97110", 8), day="2000-03-31")
        entries = self.days([8] * 20)
        assert len(self.near(unknown, *entries)) == 1
        assert told(self.near(unknown, *entries[1:])) == []

    def test_the_share_is_met_exactly(self) -> None:
        entries = self.days([8] * 50 + [30])
        # 50 of 51 are more than 98 percent, and less than 99.
        assert len(self.near(*entries, near_share=98, least_average=0)) == 1
        assert told(self.near(*entries, near_share=99, least_average=0)) == []

    def test_half_a_minute_more_is_no_minute(self) -> None:
        second = TimedService("97110", start=moment("09:00:00"), end=moment("09:00:30"))
        given = [entry("1", TimedService("97110", 10)), entry("2", second)]
        finding = only(self.near(*given, near_days=1, least_average=0))
        assert finding.message.endswith("10.0 minutes a unit on average")

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

    def test_two_groups_of_a_patient_without_a_clock_are_open(self) -> None:
        found = check_schedule([entry(key, UntimedService("97150")) for key in "12"])
        assert answers(found, "patient-overlap") == [
            (
                Answer.NOT_IN_DATA,
                "2 of 2 services have no start and end: give them to see what they overlap",
            )
        ]

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
            ("patient-day", Answer.CLEAN),
            ("identical-rows", Answer.CLEAN),
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
            "in 45 minutes, 15 minutes of them counted more than once; by themselves they make 4 "
            "units, and 3 with each minute counted once"
        )

    @pytest.mark.parametrize(("day", "known"), [("2000-04-01", True), ("2000-03-31", False)])
    def test_units_are_told_of_days_on_which_the_payer_is_known(
        self, day: str, *, known: bool
    ) -> None:
        both = [service_on(day, code, "9:00", "9:30") for code in ("97110", "97140")]
        assert ("4 units" in only(check_times(Session(day, "PT", both))).message) is known

    def test_sessions_of_one_discipline_are_pooled(self) -> None:
        given = [
            Session(DAY, "PT", [service("97110", "9:00", "9:10")]),
            Session(DAY, "PT", [service("97140", "9:05", "9:15")]),
        ]
        # 20 minutes of the day are one unit, as are the 15 that were there.
        assert only(check_times(given)).message.endswith("5 minutes of them counted more than once")

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
            ("patient-day", Answer.CLEAN),
            ("identical-rows", Answer.CLEAN),
        ]


class TestMoments:
    def test_one_microsecond_is_one(self) -> None:
        first = datetime.datetime(2026, 3, 2, 9)  # noqa: DTZ001 - a clinic's clock
        assert microseconds_of(first + datetime.timedelta(microseconds=1)) == (
            microseconds_of(first) + 1
        )
        assert microseconds_of(datetime.datetime(1, 1, 1)) == 0  # noqa: DTZ001 - where counting begins

    def test_a_zone_of_two_offsets_counts_what_passed(self) -> None:
        zone = ZoneInfo("America/New_York")
        first, second = (
            datetime.datetime(2026, 11, 1, 1, 30, tzinfo=zone, fold=fold) for fold in (0, 1)
        )
        assert microseconds_of(second) - microseconds_of(first) == 3_600_000_000


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


def test_keys_are_told_in_the_order_of_their_numbers() -> None:
    given = [entry(f"line {number}", service("97110", "9:00", "9:30")) for number in (10, 9, 2)]
    (found,) = check_schedule(given).of_rule("minutes-once")
    assert found.entries == ("line 2", "line 9", "line 10")
