"""Check hand-built claims that bill the services of every role, and compare the findings with the table of facts."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.furnisher_oracle import DISCIPLINES, EVALUATIONS, ROLES, furnisher_row, is_billed
from tests.property.test_furnisher_days import (
    CODES,
    CONTRACT,
    METHODS,
    RATES,
    codes_on,
    policy_on,
    service,
)
from therapy_billing import (
    MEDICARE,
    PAYERS,
    Claim,
    ClaimLine,
    FeeSchedule,
    Finding,
    Findings,
    Session,
    TimedService,
    UntimedService,
    allocate_units,
    build_claim,
    check_claim,
)

TODAY = date(2026, 10, 5)
DAYS = (date(2020, 4, 15), date(2020, 4, 16), TODAY)
SCOPE = ("assistant-scope", "furnisher-scope")
COUNTS = (*SCOPE, "units-of-minutes")
OHIO = FeeSchedule.medicare(TODAY, state="OH")
by_payer = pytest.mark.parametrize("payer", sorted(PAYERS))


TIMED = ("97110", "97112", "97530")
MINUTES = st.integers(0, 40) | st.sampled_from((7, 8, 10, 15, 22, 23))
SERVICES = st.lists(
    st.builds(
        TimedService,
        st.sampled_from(TIMED),
        MINUTES,
        clinician=st.sampled_from(("therapist", *ROLES)),
    ),
    min_size=1,
    max_size=6,
)


class Wanted(NamedTuple):
    """The finding that the table of facts leads to."""

    rule: str
    severity: str


def wanted(payer: str, role: str, discipline: str, service_class: str, day: date) -> Wanted | None:
    """Return the finding for a line that *role* furnished alone, or None if the payer pays it or no source is needed."""
    row = furnisher_row(payer, role, discipline, service_class, day)
    if not is_billed(payer, role, discipline, service_class, day):
        refused = row is not None and row.payable != "unknown"
        rule = "assistant-scope" if role == "assistant" else "furnisher-scope"
        return Wanted(rule, "deny" if refused else "review")
    if role == "assistant" and service_class in EVALUATIONS:
        if row is not None and row.payable == "no":
            return Wanted("assistant-scope", "deny")
        return None if payer in METHODS else Wanted("assistant-scope", "review")
    return None


def about_units(found: Findings, rules: tuple[str, ...] = COUNTS) -> list[Finding]:
    """Return the findings about units on the claim, without the list of what is not billed."""
    return [each for each in found if each.rule.id in rules and each.severity.value != "info"]


def cases(day: date) -> Iterator[tuple[str, str, str]]:
    """Yield every role, discipline, and code."""
    yield from itertools.product(ROLES, DISCIPLINES, codes_on(day))


@by_payer
@pytest.mark.parametrize("day", DAYS)
def test_a_line_that_the_payer_does_not_pay_is_one_finding(payer: str, day: date) -> None:
    policy = policy_on(payer, day)
    fees = None if payer == "medicare" and day != TODAY else CONTRACT
    for role, discipline, code in cases(day):
        case = payer, role, discipline, code, day
        billed = build_claim(Session(day, discipline, [service(code, "therapist")]), policy)
        (line,) = billed.lines
        session = Session(day, discipline, [service(code, role)])
        claim = Claim(day, billed.lines)
        found = check_claim(claim, policy, fees, sessions=session, checks=COUNTS)
        expected = wanted(payer, role, discipline, CODES[code], day)
        if expected is None:
            assert about_units(found) == [], case
            continue
        (finding,) = about_units(found)
        assert (finding.rule.id, finding.severity.value) == expected, case
        assert finding.denied == ((0,), line.units), case
        assert finding.lines == (0,), case
        if fees is not None and payer != "medicare":
            assert finding.at_stake == Decimal(RATES[code]) * line.units, case
        listed = [each for each in found if each.severity.value == "info"]
        kept = is_billed(payer, role, discipline, CODES[code], day)
        assert len(listed) == (0 if kept else 1), case


@by_payer
def test_a_claim_as_the_payer_pays_it_has_no_finding(payer: str) -> None:
    policy = policy_on(payer, TODAY)
    for role, discipline, code in cases(TODAY):
        if wanted(payer, role, discipline, CODES[code], TODAY) is not None and is_billed(
            payer, role, discipline, CODES[code], TODAY
        ):
            continue
        services = [TimedService("97140", 15), service(code, role)]
        session = Session(TODAY, discipline, services)
        claim = build_claim(session, policy)
        found = check_claim(claim, policy, sessions=session, checks=COUNTS)
        assert about_units(found) == [], (payer, role, discipline, code)


def medicare(*lines: ClaimLine, session: Session) -> list[tuple[str, str, int | None, str]]:
    """Return the findings on a Medicare claim as rule, severity, denied units, and dollars."""
    found = check_claim(Claim(TODAY, lines), MEDICARE, OHIO, sessions=session, checks=COUNTS)
    return [
        (
            each.rule.id,
            each.severity.value,
            None if each.denied is None else each.denied[1],
            str(each.at_stake),
        )
        for each in about_units(found)
    ]


def pt(*services: TimedService | UntimedService) -> Session:
    """Return a PT session."""
    return Session(TODAY, "PT", services)


THERAPIST = TimedService("97110", 15)
STUDENT = TimedService("97110", 15, clinician="student")


class TestExcess:
    """Only the units that nobody's payable minutes make are denied, each once."""

    @pytest.mark.parametrize("units", [1, 2, 3, 4])
    def test_units_of_a_student_and_units_of_nobody_are_separate(self, units: int) -> None:
        line = ClaimLine("97110", units, ("GP",))
        found = medicare(line, session=pt(THERAPIST, STUDENT))
        by_rule = {rule: denied for rule, _, denied, _ in found}
        assert by_rule == {
            **({"furnisher-scope": 1} if units >= 2 else {}),
            **({"units-of-minutes": units - 2} if units >= 3 else {}),
        }
        assert {severity for _, severity, _, _ in found} <= {"deny"}

    def test_the_dollars_are_those_of_the_units_above(self) -> None:
        found = medicare(ClaimLine("97110", 2, ("GP",)), session=pt(THERAPIST, STUDENT))
        assert found == [("furnisher-scope", "deny", 1, "21.62")]

    def test_a_tie_with_a_students_minutes_is_not_denied_twice(self) -> None:
        lines = [ClaimLine(code, 1, ("GP",)) for code in ("97110", "97112")]
        session = pt(TimedService("97110", 10), TimedService("97112", 10, clinician="student"))
        assert [(rule, denied) for rule, _, denied, _ in medicare(*lines, session=session)] == [
            ("furnisher-scope", 1)
        ]

    @pytest.mark.parametrize("student", [10, 20])
    def test_a_tie_among_payable_minutes_is_found_next_to_a_student(self, student: int) -> None:
        lines = [ClaimLine(code, 1, ("GP",)) for code in ("97110", "97112", "97530")]
        session = pt(
            TimedService("97110", 10),
            TimedService("97112", 10),
            TimedService("97530", student, clinician="student"),
        )
        found = medicare(*lines, session=session)
        assert {(rule, denied) for rule, _, denied, _ in found} == {
            ("furnisher-scope", 1),
            ("units-of-minutes", 1),
        }

    def test_every_split_of_two_codes_denies_what_is_above_the_payable_units(self) -> None:
        steps = (0, 7, 8, 10, 15, 22, 23, 30)
        lines = [ClaimLine("97110", 2, ("GP",)), ClaimLine("97530", 1, ("GP",))]
        for first, second, third in itertools.product(steps, repeat=3):
            session = pt(
                TimedService("97110", first),
                TimedService("97110", second, clinician="aide"),
                TimedService("97530", third),
            )
            paid = build_claim(session, MEDICARE)
            assert paid.allocation is not None
            most = max(
                sum(min(line.units, split.get(line.code, 0)) for line in lines)
                for split in paid.allocation.admissible
            )
            denied = sum(each[2] or 0 for each in medicare(*lines, session=session))
            assert denied == 3 - most, (first, second, third)

    @settings(deadline=None, max_examples=150)
    @given(SERVICES, SERVICES, st.booleans())
    def test_what_the_minutes_bill_has_no_finding(
        self, first: list[TimedService], second: list[TimedService], two: object
    ) -> None:
        sessions = [pt(*first), Session(TODAY, "SLP", second)][: 2 if two else 1]
        for policy in (MEDICARE.on(TODAY), PAYERS["tricare"].on(TODAY)):
            claim = build_claim(sessions, policy)
            found = check_claim(claim, policy, sessions=sessions, checks=COUNTS)
            assert about_units(found) == []

    @settings(deadline=None, max_examples=150)
    @given(SERVICES, st.dictionaries(st.sampled_from(TIMED), st.integers(1, 4), min_size=1))
    def test_any_claim_is_denied_what_is_above_the_payable_units(
        self, services: list[TimedService], billed: dict[str, int]
    ) -> None:
        session = pt(*services)
        lines = [ClaimLine(code, units, ("GP",)) for code, units in billed.items()]
        paid = allocate_units(session, MEDICARE)
        most = max(
            sum(min(units, split.get(code, 0)) for code, units in billed.items())
            for split in paid.admissible
        )
        denied = sum(each[2] or 0 for each in medicare(*lines, session=session))
        assert denied == sum(billed.values()) - most

    def test_each_plan_of_care_has_its_own_services(self) -> None:
        sessions = [
            pt(THERAPIST),
            Session(TODAY, "OT", [TimedService("97110", 15, clinician="aide")]),
        ]
        lines = [ClaimLine("97110", 1, (plan,)) for plan in ("GP", "GO")]
        found = check_claim(Claim(TODAY, lines), MEDICARE, sessions=sessions, checks=COUNTS)
        (finding,) = about_units(found)
        assert (finding.rule.id, finding.denied) == ("furnisher-scope", ((1,), 1))

    def test_two_roles_are_named(self) -> None:
        session = pt(THERAPIST, TimedService("97110", 15, clinician="aide"), STUDENT)
        line = ClaimLine("97110", 3, ("GP",))
        found = check_claim(Claim(TODAY, [line]), MEDICARE, sessions=session, checks=COUNTS)
        (finding,) = about_units(found)
        assert finding.message == "2 units of 97110 furnished by an aide and a student"
        assert len(finding.figures) == 2

    def test_a_services_order_does_not_change_the_severity(self) -> None:
        roles = ("aide", "student")
        policy = PAYERS["tricare"].on(TODAY)
        claim = Claim(TODAY, [ClaimLine("97110", 2, ("GP",))])
        for order in (roles, roles[::-1]):
            session = pt(*[TimedService("97110", 15, clinician=role) for role in order])
            found = check_claim(claim, policy, sessions=session, checks=COUNTS)
            assert [each.severity.value for each in about_units(found)] == ["deny"]


def test_without_sessions_nothing_is_known_about_who_furnished_a_service() -> None:
    claim = Claim(TODAY, [ClaimLine("97110", 1, ("GP",))])
    found = check_claim(claim, MEDICARE, checks=SCOPE)
    assert len(found) == 0
    assert {each.answer.value for each in found.answers} == {"not-in-data"}


@pytest.mark.parametrize(
    ("payer", "severity"),
    [
        ("medicare", "deny"),
        ("tricare", "deny"),
        ("unitedhealthcare", "deny"),
        ("humana", "review"),
        ("horizon-bcbsnj", "review"),
        ("aetna", "review"),
    ],
)
def test_cq_on_an_evaluation_is_found_without_sessions(payer: str, severity: str) -> None:
    claim = Claim(TODAY, [ClaimLine("97161", 1, ("GP", "CQ"))])
    found = check_claim(claim, policy_on(payer, TODAY), checks=SCOPE)
    assert [each.severity.value for each in found] == [severity]
