"""Services that make no unit because of who furnished them: only the clinician's own time counts them."""

from __future__ import annotations

import itertools

import pytest

from therapy_billing import (
    MEDICARE,
    PAYERS,
    FeeSchedule,
    Findings,
    ScheduleEntry,
    Session,
    TimedService,
    UntimedService,
    check_schedule,
)
from therapy_billing.findings.records import Answer
from therapy_billing.payers import PayerLike
from therapy_billing.schedule.schedule_checks import SCHEDULE_RULES, TIME_RULES, check_times
from therapy_billing.visits.services import Service

DAY = "2026-10-05"
OVERLAPS = {"minutes-once", "patient-overlap", "co-treatment", "training-meanwhile"}
WASHINGTON = PAYERS["washington-workers-compensation"].on(DAY).with_changes(method="cpt-midpoint")


def service(start: str, end: str, clinician: str, code: str = "97110") -> TimedService:
    """Return a service with times."""
    return TimedService(code, start=f"{DAY} {start}", end=f"{DAY} {end}", clinician=clinician)


def overlaps(found: Findings) -> set[str]:
    """Return the rules of overlaps that were found."""
    return {finding.rule.id for finding in found} & OVERLAPS


def at_once(first: str, second: str, payer: PayerLike) -> set[str]:
    """Return the overlaps of two services of one patient at the same time."""
    services = [service("9:00", "9:30", first), service("9:15", "9:45", second)]
    return overlaps(check_times(Session(DAY, "PT", services), payer))


class TestOnePatient:
    @pytest.mark.parametrize("role", ["student", "aide", "athletic-trainer"])
    def test_unbilled_minutes_overlap_nothing(self, role: str) -> None:
        assert at_once("therapist", role, MEDICARE) == set()
        assert at_once(role, "therapist", MEDICARE) == set()
        assert at_once(role, role, MEDICARE) == set()

    @pytest.mark.parametrize("role", ["therapist", "assistant", "physician"])
    def test_billed_minutes_do(self, role: str) -> None:
        assert at_once("therapist", role, MEDICARE) == {"patient-overlap"}

    def test_the_payer_decides(self) -> None:
        for role in ("student", "athletic-trainer"):
            assert at_once("therapist", role, WASHINGTON) == {"patient-overlap"}
        assert at_once("therapist", "aide", WASHINGTON) == set()

    def test_without_a_policy_for_the_day_every_service_counts(self) -> None:
        services = [
            TimedService(
                "97110", start=f"1999-03-02 {start}", end=f"1999-03-02 {end}", clinician=role
            )
            for start, end, role in (("9:00", "9:30", "therapist"), ("9:15", "9:45", "student"))
        ]
        found = check_times(Session("1999-03-02", "PT", services), MEDICARE)
        assert overlaps(found) == {"patient-overlap"}


class TestOneClinician:
    def entries(self, *roles: str) -> list[ScheduleEntry]:
        """Return one entry per role, all at the same time with one clinician and different patients."""
        return [
            ScheduleEntry(f"k{index}", f"p{index}", "c", DAY, "PT", service("9:00", "9:30", role))
            for index, role in enumerate(roles)
        ]

    @pytest.mark.parametrize("fees", [None, FeeSchedule.medicare(DAY, state="OH")])
    def test_only_billed_minutes_count_once(self, fees: FeeSchedule | None) -> None:
        for roles in itertools.product(("therapist", "student"), repeat=3):
            found = check_schedule(self.entries(*roles), MEDICARE, fees)
            billed = [index for index, role in enumerate(roles) if role == "therapist"]
            entries = [each.entries for each in found if each.rule.id == "minutes-once"]
            wanted = [tuple(f"k{index}" for index in billed)] if len(billed) > 1 else []
            assert entries == wanted, roles


NOTHING = "no service makes units, because of who furnished it"
LEFT_OUT = "; services that make no units were left out"


def schedule(*services: Service, clinician: str = "c") -> list[ScheduleEntry]:
    """Return the services of one patient and one clinician as entries."""
    return [
        ScheduleEntry(f"k{index}", "p", clinician, DAY, "PT", each)
        for index, each in enumerate(services)
    ]


def found_by(*services: Service, payer: PayerLike = MEDICARE) -> list[set[str]]:
    """Return the rules that are found in a schedule, without the clinician's own, and in one session."""
    rules = [
        {finding.rule.id for finding in found}
        for found in (
            check_schedule(schedule(*services), payer),
            check_times(Session(DAY, "PT", services), payer),
        )
    ]
    return [rules[0] - {"impossible-day"}, rules[1]]


def remarks(found: Findings, rule: str) -> list[tuple[Answer, str]]:
    return [(each.answer, each.remark) for each in found.answers if each.rule.id == rule]


UNPAID = pytest.mark.parametrize("role", ["student", "aide", "athletic-trainer"])


class TestEveryCheck:
    """Each check finds something if a therapist furnished the services, and nothing if an unpaid person did."""

    CASES: tuple[tuple[str, list[tuple[str, int]]], ...] = (
        ("patient-day", [("97110", 300), ("97530", 300)]),
        ("identical-rows", [("97110", 30), ("97110", 30)]),
    )

    @UNPAID
    @pytest.mark.parametrize(("rule", "given"), CASES)
    def test_minutes_without_times(
        self, role: str, rule: str, given: list[tuple[str, int]]
    ) -> None:
        for who, wanted in (("therapist", {rule}), (role, set())):
            services = [TimedService(code, minutes, clinician=who) for code, minutes in given]
            assert found_by(*services) == [wanted, wanted]
        paid = TimedService("97140", 20)
        unpaid = [TimedService(code, minutes, clinician=role) for code, minutes in given]
        assert found_by(paid, *unpaid) == [set(), set()]

    @UNPAID
    def test_a_session_longer_than_its_clock_time(self, role: str) -> None:
        paid = service("9:00", "9:30", "therapist", "97140")
        for who, wanted in (("therapist", {"total-treatment"}), (role, set())):
            assert found_by(paid, TimedService("97110", 15, clinician=who)) == [wanted, wanted]

    @UNPAID
    def test_a_group_of_one(self, role: str) -> None:
        for who, wanted in (("therapist", {"group-of-two"}), (role, set())):
            group = UntimedService("97150", start=f"{DAY} 9:00", end=f"{DAY} 9:30", clinician=who)
            assert found_by(group)[0] == wanted

    @UNPAID
    def test_the_clinicians_own_time_counts(self, role: str) -> None:
        given = schedule(TimedService("97110", 600, clinician=role))
        assert [each.rule.id for each in check_schedule(given)] == ["impossible-day"]

    def test_the_payer_decides(self) -> None:
        services = [TimedService("97110", 300, clinician="student") for _ in range(2)]
        assert found_by(*services, payer=WASHINGTON) == [{"patient-day", "identical-rows"}] * 2


class TestAnswers:
    @UNPAID
    def test_if_no_row_is_left_no_rule_applies(self, role: str) -> None:
        for each in (service("9:00", "9:30", role), TimedService("97110", 30, clinician=role)):
            found = check_schedule(schedule(each))
            assert [answer.rule.id for answer in found.answers] == [
                *(rule for rule in SCHEDULE_RULES if rule != "impossible-day"),
                "impossible-day",
            ]
            for rule in SCHEDULE_RULES:
                if rule != "impossible-day":
                    assert remarks(found, rule) == [(Answer.NOT_APPLICABLE, NOTHING)]
            timed = check_times(Session(DAY, "PT", [each]))
            assert [answer.rule.id for answer in timed.answers] == list(TIME_RULES)
            assert {(answer.answer, answer.remark) for answer in timed.answers} == {
                (Answer.NOT_APPLICABLE, NOTHING)
            }

    @UNPAID
    def test_times_of_rows_that_were_left_out_are_mentioned(self, role: str) -> None:
        paid = [TimedService("97110", 15), TimedService("97140", 15)]
        clocked = service("9:00", "9:30", role)
        unclocked = TimedService("97530", 15, clinician=role)
        for unpaid, suffix in ((clocked, LEFT_OUT), (unclocked, "")):
            wanted = [(Answer.NOT_IN_DATA, f"no start and end times{suffix}")]
            found = check_schedule(schedule(*paid, unpaid))
            assert remarks(found, "minutes-once") == wanted
            assert remarks(found, "total-treatment") == wanted
            assert remarks(found, "patient-day") == [(Answer.CLEAN, "")]
            assert remarks(found, "near-minimum") == [
                (Answer.NOT_IN_DATA, "a pattern needs at least 20 patient days")
            ]
            timed = check_times(Session(DAY, "PT", [*paid, unpaid]))
            assert remarks(timed, "total-treatment") == wanted


def test_without_amounts_for_the_payer_the_finding_stands() -> None:
    services = [service("9:00", "9:30", "therapist"), service("9:15", "9:45", "therapist")]
    fees = FeeSchedule.medicare(DAY, state="OH")
    given = Session(DAY, "PT", services)
    found = [
        check_times(given, payer, fees=fees)
        for payer in (MEDICARE, WASHINGTON.with_changes(fee_basis="unknown"))
    ]
    assert [overlaps(each) for each in found] == [{"patient-overlap"}] * 2
    assert [each.found[0].at_stake is None for each in found] == [False, True]
