"""Test laws about the claim checks on generated claims, records, and days."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import attrs
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.check_oracle import Denied, Line, Program, denied_codes
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    Accumulators,
    Claim,
    ClaimLine,
    FeeSchedule,
    Payer,
    Policy,
    Session,
    TimedService,
    UnitMethod,
    UntimedService,
    allocate_units,
    build_claim,
    price_day,
)
from therapy_billing.checks.day import CHECKS, check_claim, check_day
from therapy_billing.findings.records import Answer, Finding, Findings, Severity
from therapy_billing.ncci.edits import Edits
from therapy_billing.payers.policy import EditProgram

DAY = date(2024, 8, 1)
"""A date in the only quarter for which the data has the practitioner pairs and limits of all codes below."""
CODES = (
    *("97010", "97012", "97014", "97018", "97022", "97032", "97110", "97112", "97113", "97116"),
    *("97124", "97129", "97130", "97140", "97150", "97161", "97162", "97164", "97165", "97168"),
    *("97530", "97535", "97597", "97598", "97602", "97750", "97755", "97760", "97763", "98976"),
    *("92507", "92523", "92526", "92607", "92608", "90913", "G0281", "G0283", "99213"),
)
GROUPS = (
    ("97150", "97110", "97112"),
    ("97140", "97124", "97012"),
    ("97161", "97164", "97750", "97763"),
    ("97165", "97168", "97755"),
    ("97129", "97130", "98976"),
    ("97113", "97110", "97022"),
    ("92526", "97032", "G0283"),
    ("97110",),
)
"""Codes that conflict with each other, so that findings are common."""
FIRST_UNITS = frozenset({"92607", "97129"})
"""The codes in CODES that are the first code of a family."""
TIMED = ("97110", "97112", "97116", "97124", "97140", "97530", "97535")
UNTIMED = ("97150", "97161", "97164", "97012", "97018", "G0283")
MEDICAID = Policy(UnitMethod.CMS_EIGHT_MINUTE).with_changes(edits=EditProgram.NCCI_MEDICAID)
PAYERS: dict[Program, Payer | Policy] = {
    "medicare": MEDICARE,
    "medicaid": MEDICAID,
    "none": CPT_MIDPOINT,
}
FEES = FeeSchedule.medicare(DAY)
DENIED_AS: dict[str, str] = {
    "ncci-ptp": "pair",
    "ncci-mue": "limit",
    "add-on-alone": "add-on",
    "discipline-only": "discipline",
    "one-evaluation": "evaluation",
    "plan-modifier": "plan",
    "assistant-modifier-plan": "assistant",
    "modifier-count": "count",
}
OF_WHOLE_LINES = DENIED_AS.keys() - {"one-evaluation"}
EVALUATIONS = frozenset(str(code) for code in range(97161, 97169))

codes = st.sampled_from(CODES)
pools = st.lists(st.sampled_from(GROUPS), min_size=1, max_size=2).map(
    lambda groups: sorted({code for group in groups for code in group})
) | st.just(list(CODES))
units = st.integers(1, 3) | st.integers(1, 9)
any_modifiers = st.lists(
    st.sampled_from(("GP", "GO", "GN", "CQ", "CO", "KX", "59", "XU", "76", "95")),
    max_size=6,
    unique=True,
)
of_a_plan = st.builds(
    lambda plan, more: [plan, *more],
    st.sampled_from(("GP", "GO", "GN")),
    st.lists(st.sampled_from(("CQ", "59", "XS", "KX")), max_size=3, unique=True),
)
of_one_plan = st.lists(st.sampled_from(("CQ", "59", "XS", "KX")), max_size=3, unique=True).map(
    lambda more: ["GP", *more]
)
days = st.sampled_from(
    [
        DAY,
        *(date(2024, 7, 1), date(2024, 9, 30), date(2024, 6, 30), date(2024, 10, 1)),
        *(date(2026, 4, 1), date(2019, 6, 30), date(2019, 7, 1)),
    ]
) | st.dates(date(2019, 1, 1), date(2026, 12, 31))


def lines_with(modifiers: st.SearchStrategy[list[str]]) -> st.SearchStrategy[list[ClaimLine]]:
    return pools.flatmap(
        lambda pool: st.lists(
            st.builds(ClaimLine, st.sampled_from(pool), units, modifiers), min_size=1, max_size=7
        )
    )


claim_lines = lines_with(any_modifiers | of_a_plan | of_one_plan)


@st.composite
def services(draw: st.DrawFn) -> TimedService | UntimedService:
    code = draw(st.sampled_from(TIMED + UNTIMED))
    clinician = draw(st.sampled_from(("therapist", "assistant", "together")))
    region = draw(st.sampled_from((None, "neck", "left knee")))
    kind: Callable[..., TimedService | UntimedService] = (
        TimedService if code in TIMED else UntimedService
    )
    first = draw(st.none() | st.integers(8 * 60, 10 * 60))
    minutes = draw(st.integers(1, 60))
    if first is None:
        return kind(code, minutes, clinician=clinician, body_region=region)
    start, end = (f"{DAY} {each // 60}:{each % 60:02}" for each in (first, first + minutes))
    return kind(code, start=start, end=end, clinician=clinician, body_region=region)


sessions = st.lists(
    st.builds(
        Session,
        st.just(DAY),
        st.sampled_from(("PT", "OT", "SLP")),
        st.lists(services(), min_size=1, max_size=5),
    ),
    max_size=3,
    unique_by=lambda session: session.discipline,
)
years = st.builds(
    Accumulators,
    st.just(2024),
    st.just("240.00"),
    st.integers(2000, 2500).map(str),
    st.integers(2000, 2500).map(str),
)


def key(finding: Finding, lines: list[ClaimLine], *, stake: bool = False) -> tuple[Any, ...]:
    """Return a finding with its claim lines instead of their indexes."""
    about = sorted(
        (lines[index].code, lines[index].units, lines[index].modifiers) for index in finding.lines
    )
    return (
        finding.rule.id,
        finding.severity,
        frozenset(finding.codes),
        finding.message,
        finding.detail,
        finding.action,
        finding.suggested,
        tuple(about),
        finding.at_stake if stake else None,
    )


def of_rule(findings: Iterable[Finding], rule: str) -> list[Finding]:
    return [each for each in findings if each.rule.id == rule]


class TestChecksAreIndependent:
    """Each check looks at the whole day and is independent of the others."""

    @given(
        claim_lines, sessions, st.sets(st.sampled_from(CHECKS)), st.sets(st.sampled_from(CHECKS))
    )
    def test_a_further_check_takes_no_finding_away(
        self,
        lines: list[ClaimLine],
        record: list[Session],
        some: set[str],
        others: set[str],
    ) -> None:
        def found(checks: set[str]) -> Findings:
            return check_claim(Claim(DAY, lines), MEDICARE, sessions=record, checks=checks)

        few, more, whole = found(some), found(some | others), found(set(CHECKS))
        assert Counter(few) <= Counter(more) <= Counter(whole)
        assert Counter(few) + Counter(found(others - some)) == Counter(more)

    @given(claim_lines, sessions)
    def test_all_checks_are_made_when_none_is_named(
        self, lines: list[ClaimLine], record: list[Session]
    ) -> None:
        claim = Claim(DAY, lines)
        assert check_claim(claim, MEDICARE, sessions=record) == check_claim(
            claim, MEDICARE, sessions=record, checks=CHECKS
        )


def of_any_order(findings: Iterable[Finding]) -> list[Finding]:
    """Leave out findings on the first unit of a family: the plan of care on the first line keeps that unit."""
    return [
        each
        for each in findings
        if each.rule.id != "once-a-day" or FIRST_UNITS.isdisjoint(each.codes)
    ]


class TestOrder:
    """Of all findings, only those on the first unit of a family depend on the order of a claim."""

    @settings(max_examples=300)
    @given(claim_lines, sessions, years, st.randoms(use_true_random=False))
    def test_lines_in_another_order_have_the_same_findings(
        self, lines: list[ClaimLine], record: list[Session], year: Accumulators, order: Random
    ) -> None:
        shuffled = list(lines)
        order.shuffle(shuffled)
        found = [
            Counter(
                key(each, given)
                for each in of_any_order(
                    check_claim(Claim(DAY, given), MEDICARE, FEES, year, sessions=record)
                )
            )
            for given in (lines, shuffled)
        ]
        assert found[0] == found[1]

    @settings(max_examples=300)
    @given(claim_lines, sessions, st.randoms(use_true_random=False))
    def test_lines_in_another_order_have_the_same_stakes(
        self, lines: list[ClaimLine], record: list[Session], order: Random
    ) -> None:
        shuffled = list(lines)
        order.shuffle(shuffled)
        found = [
            Counter(
                key(each, given, stake=True)
                for each in of_any_order(
                    check_claim(Claim(DAY, given), MEDICARE, FEES, sessions=record)
                )
            )
            for given in (lines, shuffled)
        ]
        assert found[0] == found[1]
        of_day = [
            check_claim(Claim(DAY, given), MEDICARE, FEES, sessions=record).at_stake
            for given in (lines, shuffled)
        ]
        assert of_day[0] == of_day[1]

    @given(claim_lines, st.randoms(use_true_random=False))
    def test_the_plan_on_the_first_line_keeps_the_first_unit_wherever_other_lines_stand(
        self, lines: list[ClaimLine], order: Random
    ) -> None:
        indexes = list(range(len(lines)))
        order.shuffle(indexes)
        firsts = iter(each for each in lines if each.code in FIRST_UNITS)
        shuffled = [
            next(firsts) if lines[index].code in FIRST_UNITS else lines[index] for index in indexes
        ]
        found = [
            Counter(
                key(each, given, stake=True)
                for each in check_claim(Claim(DAY, given), MEDICARE, FEES, checks=["once-a-day"])
            )
            for given in (lines, shuffled)
        ]
        assert found[0] == found[1]

    @given(claim_lines, sessions)
    def test_findings_come_in_the_order_of_their_lines(
        self, lines: list[ClaimLine], record: list[Session]
    ) -> None:
        found = check_claim(Claim(DAY, lines), MEDICARE, sessions=record)
        about_lines = [each for each in found if each.lines]
        firsts = [each.lines[0] for each in about_lines]
        assert firsts == sorted(firsts)
        for each in about_lines:
            assert all(0 <= index < len(lines) for index in each.lines)
            assert len(set(each.lines)) == len(each.lines)
            assert set(each.codes) == {lines[index].code for index in each.lines}

    @given(claim_lines, st.integers(0, 7))
    def test_lines_may_stand_on_several_claims_of_the_day(
        self, lines: list[ClaimLine], cut: int
    ) -> None:
        apart = [Claim(DAY, lines[:cut]), Claim(DAY, lines[cut:])]
        assert check_claim(apart, MEDICARE) == check_claim(Claim(DAY, lines), MEDICARE)


class TestInputs:
    """A check changes nothing, and the same day always has the same findings."""

    @given(claim_lines, sessions, years)
    def test_a_claim_gives_the_same_findings_twice_and_is_not_changed(
        self, lines: list[ClaimLine], record: list[Session], year: Accumulators
    ) -> None:
        claim = Claim(DAY, lines)
        before = copy.deepcopy((claim, record, year))
        first = check_claim(claim, MEDICARE, FEES, year, sessions=record)
        second = check_claim(claim, MEDICARE, FEES, year, sessions=record)
        assert first == second
        assert (claim, record, year) == before

    @given(sessions, years)
    def test_a_day_gives_the_same_findings_twice_and_is_not_changed(
        self, record: list[Session], year: Accumulators
    ) -> None:
        assume(record)
        before = copy.deepcopy((record, year))
        first = check_day(record, MEDICARE, FEES, year)
        second = check_day(record, MEDICARE, FEES, year)
        assert first == second
        assert (record, year) == before

    @settings(max_examples=300)
    @given(claim_lines, sessions, years)
    def test_dollars_at_stake_are_of_the_day(
        self, lines: list[ClaimLine], record: list[Session], year: Accumulators
    ) -> None:
        found = check_claim(Claim(DAY, lines), MEDICARE, FEES, year, sessions=record)
        for each in found:
            assert each.at_stake is None or each.at_stake >= 0


class TestStakeOfTheDay:
    """The amount at stake is the day as billed minus the day without the denied lines and units."""

    @settings(max_examples=300)
    @given(claim_lines, sessions, years)
    def test_it_is_at_least_each_denial_alone_and_at_most_the_day(
        self, lines: list[ClaimLine], record: list[Session], year: Accumulators
    ) -> None:
        found = check_claim(Claim(DAY, lines), MEDICARE, FEES, year, sessions=record)
        allowed = price_day(Claim(DAY, lines), MEDICARE, FEES, year).allowed
        denials = [each.at_stake for each in found if each.severity is Severity.DENY]
        if None in denials:
            assert found.at_stake is None
        else:
            assert found.at_stake is not None
            least = max((each or 0 for each in denials), default=0)
            assert least <= found.at_stake <= (allowed or 0)

    @settings(max_examples=300)
    @given(claim_lines)
    def test_it_is_the_price_of_the_day_with_and_without_the_lines_denied(
        self, lines: list[ClaimLine]
    ) -> None:
        found = check_claim(Claim(DAY, lines), MEDICARE, FEES, checks=sorted(OF_WHOLE_LINES))
        denials = [each for each in found if each.severity is Severity.DENY]
        assume(all(each.at_stake is not None for each in denials))
        denied = {index for each in denials if each.denied for index in each.denied[0]}
        paid = [line for index, line in enumerate(lines) if index not in denied]
        with_all, without = (
            price_day(Claim(DAY, given), MEDICARE, FEES).allowed or Decimal(0)
            for given in (lines, paid)
        )
        assert found.at_stake == with_all - without

    @settings(max_examples=300)
    @given(st.builds(ClaimLine, codes, units, any_modifiers), sessions)
    def test_denials_of_one_line_are_never_more_than_the_most_severe_of_them(
        self, line: ClaimLine, record: list[Session]
    ) -> None:
        found = check_claim(Claim(DAY, [line]), MEDICARE, FEES, sessions=record)
        denials = [each.at_stake for each in found if each.severity is Severity.DENY]
        known = [each for each in denials if each is not None]
        if len(known) == len(denials):
            assert found.at_stake == max(known, default=0)


class TestMore:
    """Adding a line to a claim does not remove a finding."""

    @given(claim_lines, st.builds(ClaimLine, codes, units, any_modifiers), days)
    def test_a_line_of_another_code_takes_no_pair_away(
        self, lines: list[ClaimLine], more: ClaimLine, day: date
    ) -> None:
        assume(more.code not in {line.code for line in lines})
        few, many = (
            {
                (each.severity, each.codes, each.lines, each.message, each.detail)
                for each in check_claim(Claim(day, given), MEDICARE, checks=["ncci-ptp"])
            }
            for given in (lines, [*lines, more])
        )
        assert few <= many

    @given(claim_lines, st.data(), st.integers(1, 9), days)
    def test_more_units_take_no_limit_away(
        self, lines: list[ClaimLine], data: st.DataObject, more: int, day: date
    ) -> None:
        index = data.draw(st.integers(0, len(lines) - 1))
        grown = list(lines)
        grown[index] = attrs.evolve(lines[index], units=lines[index].units + more)
        few, many = (
            {
                each.codes: each.severity.rank
                for each in check_claim(Claim(day, given), MEDICARE, checks=["ncci-mue"])
            }
            for given in (lines, grown)
        )
        assert few.keys() <= many.keys()
        assert all(many[codes] <= rank for codes, rank in few.items())

    @given(claim_lines, st.data(), days, st.sampled_from(("59", "XE", "XP", "XS", "XU")))
    def test_an_attested_modifier_adds_no_pair(
        self, lines: list[ClaimLine], data: st.DataObject, day: date, modifier: str
    ) -> None:
        code = data.draw(st.sampled_from([line.code for line in lines]))
        claim = Claim(day, lines)
        plain = check_claim(claim, MEDICARE, checks=["ncci-ptp"])
        attested = check_claim(
            claim, MEDICARE, checks=["ncci-ptp"], attestations=[(modifier, code)]
        )
        known = {(frozenset(each.codes), each.severity): set(each.lines) for each in plain}
        for each in attested:
            assert set(each.lines) <= known[frozenset(each.codes), each.severity]

    @given(claim_lines, sessions)
    def test_what_is_suggested_settles_the_pair_and_is_of_the_claim(
        self, lines: list[ClaimLine], record: list[Session]
    ) -> None:
        claim = Claim(DAY, lines)
        for each in check_claim(claim, MEDICARE, checks=["ncci-ptp"], sessions=record):
            if not each.suggested:
                continue
            settled = check_claim(
                claim,
                MEDICARE,
                checks=["ncci-ptp"],
                sessions=record,
                attestations=each.suggested,
            )
            assert set(each.codes) not in [set(other.codes) for other in settled]


class TestTheClaimOfTheReport:
    """The line indexes of a finding refer to the claim in the same report."""

    @given(
        claim_lines,
        sessions,
        days,
        years,
        st.sampled_from(sorted(PAYERS)),
        st.booleans(),
    )
    def test_the_codes_of_a_findings_lines_are_among_its_codes(
        self,
        lines: list[ClaimLine],
        record: list[Session],
        day: date,
        year: Accumulators,
        payer: Program,
        priced: bool,  # noqa: FBT001 - drawn by its index
    ) -> None:
        # The fees and the sessions are for one day only.
        day = DAY if priced else day
        found = check_claim(
            Claim(day, lines),
            PAYERS[payer],
            FEES if priced else None,
            year if priced else None,
            sessions=record if priced else (),
            attestations=["KX", *(("59", code) for code in dict.fromkeys(codes_of(lines)))],
        )
        assert_lines_are_of_the_claim(found)
        assert found.claim is not None
        assert codes_of(found.claim.lines) == codes_of(lines)
        if priced and record:
            assert_lines_are_of_the_claim(check_day(record, PAYERS[payer], FEES, year))


def codes_of(lines: Iterable[ClaimLine]) -> list[str]:
    return [line.code for line in lines]


def assert_lines_are_of_the_claim(found: Findings) -> None:
    assert found.claim is not None
    for finding in found:
        assert {found.claim.lines[index].code for index in finding.lines} <= set(finding.codes)


COUNTED = ("97110", "97112", "97140", "97530")
"""The codes that the tests below bill. A record has at most three of them."""
WAYS = (MEDICARE, CPT_MIDPOINT, Policy(UnitMethod.STARTED_QUARTER), Policy(UnitMethod.FULL_QUARTER))
# Equal minutes are drawn often, so that ties are common.
minutes_of_a_plan = st.sampled_from(
    [(20,), (20, 35), (8, 23), (7, 8, 15, 20, 22, 23), range(1, 61)]
).flatmap(
    lambda minutes: st.dictionaries(
        st.sampled_from(COUNTED), st.sampled_from(minutes), min_size=1, max_size=3
    )
)
units_of_a_plan = st.dictionaries(st.sampled_from(COUNTED), st.integers(1, 5), max_size=3)
caps = st.fixed_dictionaries(
    {},
    optional={
        "cap_per_code": st.integers(0, 3)
        | st.dictionaries(st.sampled_from(COUNTED), st.integers(0, 3)),
        "cap_per_codes": st.just([(("97110", "97112"), 2), (("97112", "97140"), 3)]),
        "cap_per_session": st.integers(0, 5),
        "cap_per_day": st.integers(0, 8),
    },
)


def timed_session(discipline: str, minutes: dict[str, int]) -> Session:
    return Session(DAY, discipline, [TimedService(code, count) for code, count in minutes.items()])


def is_made(billed: dict[str, int], sessions: Sequence[Session], payer: Payer | Policy) -> bool:
    """Return whether one legal split of these sessions includes all billed units."""
    return any(
        all(count <= split.get(code, 0) for code, count in billed.items())
        for split in allocate_units(sessions, payer).admissible
    )


@st.composite
def billed_of(
    draw: st.DrawFn, sessions: Sequence[Session], payer: Payer | Policy
) -> dict[str, int]:
    """Return random units, or the units of a legal split, each changed by at most one."""
    if draw(st.booleans()):
        return draw(units_of_a_plan)
    split = draw(st.sampled_from(allocate_units(sessions, payer).admissible))
    billed = {code: count + draw(st.sampled_from((-1, 0, 0, 1))) for code, count in split.items()}
    return {code: count for code, count in billed.items() if count > 0}


class TestUnitsOfMinutes:
    """Under each plan of care, a claim has no more units than its documented minutes make."""

    @settings(max_examples=500)
    @given(minutes_of_a_plan, minutes_of_a_plan, st.sampled_from(WAYS), st.data())
    def test_what_is_billed_is_accepted_when_some_split_of_the_plan_has_it(
        self,
        pt_minutes: dict[str, int],
        ot_minutes: dict[str, int],
        payer: Payer | Policy,
        data: st.DataObject,
    ) -> None:
        lines: list[ClaimLine] = []
        expected: dict[str, bool] = {}
        sessions = timed_session("PT", pt_minutes), timed_session("OT", ot_minutes)
        for plan, session in zip(("GP", "GO"), sessions, strict=True):
            billed = data.draw(billed_of([session], payer))
            lines += [ClaimLine(code, count, (plan,)) for code, count in billed.items()]
            expected[plan] = is_made(billed, [session], payer)
        assume(lines)
        found = check_claim(
            Claim(DAY, data.draw(st.permutations(lines))),
            payer,
            sessions=sessions,
            checks=["units-of-minutes"],
        )
        assert {plan: f" with {plan}" not in str(found) for plan in expected} == expected
        assert len(found.answers) == 1
        assert (found.answers[0].answer is Answer.CLEAN) is all(expected.values())

    @settings(max_examples=300)
    @given(minutes_of_a_plan, st.sampled_from(("GP", None)), st.sampled_from(WAYS), st.data())
    def test_a_line_of_the_only_plan_may_name_it_or_not(
        self,
        minutes: dict[str, int],
        plan: str | None,
        payer: Payer | Policy,
        data: st.DataObject,
    ) -> None:
        session = timed_session("PT", minutes)
        billed = data.draw(billed_of([session], payer))
        assume(billed)
        modifiers = () if plan is None else (plan,)
        lines = [ClaimLine(code, count, modifiers) for code, count in billed.items()]
        found = check_claim(Claim(DAY, lines), payer, sessions=session, checks=["units-of-minutes"])
        assert (not found) is is_made(billed, [session], payer)

    @settings(max_examples=500)
    @given(minutes_of_a_plan, minutes_of_a_plan, st.sampled_from(WAYS), st.data())
    def test_lines_that_name_none_of_several_plans_are_accepted_when_some_split_of_the_day_has_them(
        self,
        pt_minutes: dict[str, int],
        ot_minutes: dict[str, int],
        payer: Payer | Policy,
        data: st.DataObject,
    ) -> None:
        sessions = timed_session("PT", pt_minutes), timed_session("OT", ot_minutes)
        billed = data.draw(billed_of(sessions, payer))
        assume(billed)
        lines = [ClaimLine(code, count) for code, count in billed.items()]
        found = check_claim(
            Claim(DAY, lines), payer, sessions=sessions, checks=["units-of-minutes"]
        )
        assert (not found) is is_made(billed, sessions, payer)

    @given(minutes_of_a_plan, units_of_a_plan)
    def test_a_plan_that_the_record_does_not_have_makes_nothing(
        self, minutes: dict[str, int], billed: dict[str, int]
    ) -> None:
        assume(billed)
        lines = [ClaimLine(code, count, ("GP",)) for code, count in billed.items()]
        found = check_claim(
            Claim(DAY, lines),
            MEDICARE,
            sessions=timed_session("OT", minutes),
            checks=["units-of-minutes"],
        )
        assert {each.codes for each in found} == {(code,) for code in billed}

    @settings(max_examples=300)
    @given(minutes_of_a_plan, minutes_of_a_plan, units_of_a_plan, caps)
    def test_no_cap_changes_what_the_minutes_make(
        self,
        pt_minutes: dict[str, int],
        ot_minutes: dict[str, int],
        billed: dict[str, int],
        capped: dict[str, Any],
    ) -> None:
        lines = [ClaimLine(code, count, ("GP",)) for code, count in billed.items()]
        sessions = timed_session("PT", pt_minutes), timed_session("OT", ot_minutes)
        found = [
            check_claim(Claim(DAY, lines), policy, sessions=sessions, checks=["units-of-minutes"])
            for policy in (MEDICARE.on(DAY), MEDICARE.on(DAY).with_changes(**capped))
        ]
        assert found[0] == found[1]


class TestCaps:
    """A payer pays no more units of a code, a set of codes, or a day than its policy allows."""

    @settings(max_examples=300)
    @given(minutes_of_a_plan, minutes_of_a_plan, st.sampled_from(WAYS), caps)
    def test_a_claim_as_it_is_built_is_beyond_no_cap_and_no_minutes(
        self,
        pt_minutes: dict[str, int],
        ot_minutes: dict[str, int],
        payer: Payer | Policy,
        capped: dict[str, Any],
    ) -> None:
        own = payer.on(DAY) if isinstance(payer, Payer) else payer
        policy = own.with_changes(**capped)
        sessions = timed_session("PT", pt_minutes), timed_session("OT", ot_minutes)
        found = check_claim(
            build_claim(sessions, policy),
            policy,
            sessions=sessions,
            checks=["units-of-minutes", "payer-cap"],
        )
        assert {each.severity for each in found} <= {Severity.INFO}
        assert bool(found) is bool(allocate_units(sessions, policy).capped_units)

    @settings(max_examples=300)
    @given(units_of_a_plan, units_of_a_plan, caps)
    def test_a_claim_is_beyond_a_cap_when_its_units_are(
        self, gp_units: dict[str, int], go_units: dict[str, int], capped: dict[str, Any]
    ) -> None:
        policy = Policy(UnitMethod.CPT_MIDPOINT).with_changes(**capped)
        units = Counter(gp_units)
        units.update(go_units)
        lines = [
            ClaimLine(code, count, (plan,))
            for plan, billed in (("GP", gp_units), ("GO", go_units))
            for code, count in billed.items()
        ]
        own = capped.get("cap_per_code", {})
        of_code = own if isinstance(own, dict) else dict.fromkeys(units, own)
        limits = [
            *((units[code], limit) for code, limit in of_code.items()),
            *(
                (sum(units[code] for code in codes), limit)
                for codes, limit in capped.get("cap_per_codes", ())
            ),
        ]
        if "cap_per_day" in capped:
            limits.append((units.total(), capped["cap_per_day"]))
        found = check_claim(Claim(DAY, lines), policy, checks=["payer-cap"])
        assert len(found) == sum(billed > limit for billed, limit in limits)
        assert {each.severity for each in found} <= {Severity.DENY}


def denied(findings: Findings) -> set[Denied]:
    """Return the denials in *findings*, in the form that the oracle uses."""
    found: set[Denied] = set()
    for each in findings:
        if each.severity is not Severity.DENY:
            continue
        rule = each.rule.id
        if rule == "once-a-day" and each.codes[0] in EVALUATIONS:
            found.add(("evaluation", each.codes[0]))
        elif rule in DENIED_AS:
            of = each.codes[:1] if rule == "ncci-ptp" else each.codes
            found |= {(DENIED_AS[rule], code) for code in of}
    return found


def agrees(lines: list[ClaimLine], day: date, program: Program) -> None:
    edits = Edits.bundled() if program == "medicaid" else None
    found = check_claim(Claim(day, lines), PAYERS[program], edits=edits)
    expected = denied_codes(
        [Line(line.code, line.units, line.modifiers) for line in lines], day, program
    )
    assert denied(found) == expected


programs: st.SearchStrategy[Program] = st.sampled_from(("medicare", "medicaid", "none"))


class TestOracle:
    """The checks deny exactly what the specification denies."""

    @settings(max_examples=300)
    @given(lines_with(of_one_plan), days, programs)
    def test_lines_of_one_plan_are_denied_as_the_words_say(
        self, lines: list[ClaimLine], day: date, program: Program
    ) -> None:
        agrees(lines, day, program)

    @settings(max_examples=300)
    @given(lines_with(of_one_plan), programs)
    def test_they_are_in_the_quarter_that_the_data_covers(
        self, lines: list[ClaimLine], program: Program
    ) -> None:
        agrees(lines, DAY, program)

    @settings(max_examples=300)
    @given(lines_with(of_a_plan), days, programs)
    def test_lines_of_several_plans_are_denied_as_the_words_say(
        self, lines: list[ClaimLine], day: date, program: Program
    ) -> None:
        agrees(lines, day, program)

    @settings(max_examples=300)
    @given(lines_with(any_modifiers), days, programs)
    def test_lines_with_any_modifiers_are_denied_as_the_words_say(
        self, lines: list[ClaimLine], day: date, program: Program
    ) -> None:
        agrees(lines, day, program)
