"""Test the sentences about unbilled services as properties, on days of every role under every payer."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import date
from random import Random

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.furnisher_oracle import is_billed
from therapy_billing import (
    PAYERS,
    Accumulators,
    Allocation,
    Claim,
    Clinician,
    FeeSchedule,
    Policy,
    Service,
    Session,
    TimedService,
    UnitMethod,
    UntimedService,
    allocate_units,
    bill_day,
    build_claim,
    load_codes,
)

LAW = settings(deadline=None, max_examples=150)
DAYS = st.sampled_from(
    [date(2020, 4, 15), date(2020, 4, 16), date(2021, 12, 31), date(2022, 1, 1), date(2026, 10, 5)]
)
TIMED = ("97110", "97112", "97140", "97530", "97535")
FAMILY = ("97129", "97130")
UNTIMED = ("97161", "97164", "97150", "92507", "97014")
ROLES = [each.value for each in Clinician]
DISCIPLINE = st.sampled_from(("PT", "OT", "SLP"))
MINUTES = st.integers(0, 60) | st.sampled_from((7, 8, 10, 15, 22, 23, 30))
SERVICES = st.lists(
    st.one_of(
        st.builds(TimedService, st.sampled_from(TIMED), MINUTES, clinician=st.sampled_from(ROLES)),
        st.builds(
            UntimedService,
            st.sampled_from(UNTIMED),
            st.none() | MINUTES,
            clinician=st.sampled_from(ROLES),
        ),
    ),
    min_size=1,
    max_size=6,
)
PAYER = st.sampled_from(sorted(PAYERS))
METHODS = st.sampled_from(UnitMethod)
CODES = (*TIMED, *FAMILY, *UNTIMED)
FEES = FeeSchedule.from_rates({code: f"{30 + index}.10" for index, code in enumerate(CODES)})
YEAR = Accumulators(2026, deductible_met=100)
OHIO = FeeSchedule.medicare("2026-10-05", state="OH")


def policy_on(payer: str, day: date, method: UnitMethod) -> Policy:
    """Return a payer's policy with a method. Medicare's codes are not refused, so that every code may be drawn."""
    policy = PAYERS[payer].on(day)
    return policy.with_changes(method=method, medicare_codes=False)


def unbilled(counted: Allocation) -> Counter[tuple[str, str, str, int | None]]:
    """Return what makes no unit, without its order."""
    return Counter(
        (each.discipline.value, each.code, each.clinician.value, each.minutes)
        for each in counted.unbilled
    )


def lines(claim: Claim) -> Counter[tuple[str, int, tuple[str, ...]]]:
    """Return the lines of a claim, without their order."""
    return Counter((line.code, line.units, line.modifiers) for line in claim.lines)


class TestUnpaidServices:
    """Minutes of someone whom the payer does not pay make no unit and no line."""

    @LAW
    @given(SERVICES, st.data(), PAYER, METHODS, DAYS, DISCIPLINE)
    def test_one_more_changes_no_unit_and_no_line(
        self,
        services: list[Service],
        data: st.DataObject,
        payer: str,
        method: UnitMethod,
        day: date,
        discipline: str,
    ) -> None:
        policy = policy_on(payer, day, method)
        unpaid = [
            (role, code)
            for role in ROLES
            for code in (*TIMED, *UNTIMED)
            if not is_billed(payer, role, discipline, load_codes()[code].service_class.value, day)
        ]
        role, code = data.draw(st.sampled_from(unpaid))
        minutes = data.draw(MINUTES)
        more: Service = (
            UntimedService(code, minutes, clinician=role)
            if code in UNTIMED
            else TimedService(code, minutes, clinician=role)
        )
        index = data.draw(st.integers(0, len(services)))
        before = allocate_units(Session(day, discipline, services), policy)
        longer = [*services[:index], more, *services[index:]]
        after = allocate_units(Session(day, discipline, longer), policy)
        assert (after.units, after.untimed_units) == (before.units, before.untimed_units)
        assert after.admissible == before.admissible
        assert build_claim(after).lines == build_claim(before).lines
        assert sum(unbilled(after).values()) - sum(unbilled(before).values()) in (0, 1)

    @LAW
    @given(SERVICES, st.sampled_from(("student", "aide", "clinical-fellow")), MINUTES, DISCIPLINE)
    def test_one_more_changes_no_dollar(
        self, services: list[Service], role: str, minutes: int, discipline: str
    ) -> None:
        more = TimedService("97110", minutes, clinician=role)
        for payer, fees, year in (("medicare", OHIO, YEAR), ("humana", FEES, None)):
            days = [
                bill_day(Session("2026-10-05", discipline, each), payer, fees, year)
                for each in (services, [more, *services])
                if each and "97014" not in {service.code for service in each}
            ]
            for first, second in itertools.pairwise(days):
                # If nothing is billed because it is not known whether the payer pays, there is no amount.
                if first.lines:
                    assert first.allowed == second.allowed
                    assert first.medicare_pays == second.medicare_pays
                    assert first.patient_responsibility == second.patient_responsibility
                assert first.accumulators == second.accumulators
                assert [attrs.astuple(line) for line in first.lines] == [
                    attrs.astuple(line) for line in second.lines
                ]

    @LAW
    @given(SERVICES, st.data(), PAYER, METHODS, DAYS, DISCIPLINE)
    def test_a_role_that_is_not_paid_never_raises_the_units(
        self,
        services: list[Service],
        data: st.DataObject,
        payer: str,
        method: UnitMethod,
        day: date,
        discipline: str,
    ) -> None:
        policy = policy_on(payer, day, method)
        index = data.draw(st.integers(0, len(services) - 1))
        code = load_codes()[services[index].code].service_class.value
        unpaid = [role for role in ROLES if not is_billed(payer, role, discipline, code, day)]
        role = data.draw(st.sampled_from(unpaid))
        units = []
        for clinician in ("therapist", role):
            changed = [*services]
            changed[index] = attrs.evolve(services[index], clinician=Clinician(clinician))
            counted = allocate_units(Session(day, discipline, changed), policy)
            units.append((counted.total_units, sum(counted.untimed_units.values())))
        assert units[1][0] <= units[0][0]
        assert units[1][1] <= units[0][1]

    @LAW
    @given(SERVICES, SERVICES, PAYER, METHODS, DAYS)
    def test_no_minute_is_lost(
        self,
        first: list[Service],
        second: list[Service],
        payer: str,
        method: UnitMethod,
        day: date,
    ) -> None:
        sessions = [Session(day, "PT", first), Session(day, "SLP", second)]
        counted = allocate_units(sessions, policy_on(payer, day, method))
        documented = sum(service.minutes or 0 for service in (*first, *second))
        left_out = sum(each.minutes or 0 for each in counted.unbilled)
        assert counted.treatment_minutes + left_out == documented
        for session in sessions:
            for service in session.services:
                kind = load_codes()[service.code].service_class.value
                plan = session.discipline.value
                billed = is_billed(payer, service.clinician.value, plan, kind, day)
                listed = any(
                    (each.discipline.value, each.code, each.clinician)
                    == (plan, service.code, service.clinician)
                    for each in counted.unbilled
                )
                assert listed is not billed

    @LAW
    @given(SERVICES, st.randoms(), PAYER, METHODS, DAYS, DISCIPLINE)
    def test_the_order_of_services_does_not_matter(
        self,
        services: list[Service],
        random: Random,
        payer: str,
        method: UnitMethod,
        day: date,
        discipline: str,
    ) -> None:
        policy = policy_on(payer, day, method)
        other = [*services]
        random.shuffle(other)
        half = len(other) // 2
        first = allocate_units(Session(day, discipline, services), policy)
        parts = [part for part in (other[:half], other[half:]) if part]
        second = allocate_units([Session(day, discipline, part) for part in parts], policy)
        assert unbilled(first) == unbilled(second)
        assert first.untimed_units == {
            code: second.untimed_units[code] for code in first.untimed_units
        }
        assert first.total_units == second.total_units


class TestKeys:
    """Every key of a service is on a line, in a code without units, or in the list of unbilled services."""

    @LAW
    @given(SERVICES, PAYER, METHODS, DAYS, DISCIPLINE)
    def test_no_key_is_lost(
        self,
        services: list[Service],
        payer: str,
        method: UnitMethod,
        day: date,
        discipline: str,
    ) -> None:
        keyed = [attrs.evolve(each, key=f"k{index}") for index, each in enumerate(services)]
        counted = allocate_units(Session(day, discipline, keyed), policy_on(payer, day, method))
        claim = build_claim(counted)
        of_lines = {key: line.code for line in claim.lines for key in line.keys}
        of_unbilled = {key: each.code for each in counted.unbilled for key in each.keys}
        without_units = {code for code, units in counted.units.items() if units == 0}
        assert not of_lines.keys() & of_unbilled.keys()
        for service in keyed:
            assert service.key is not None
            kind = load_codes()[service.code].service_class.value
            if not is_billed(payer, service.clinician.value, discipline, kind, day):
                assert of_unbilled[service.key] == service.code
            elif service.code not in without_units:
                assert of_lines[service.key] == service.code


class TestFamilies:
    """The first minutes of a family that the payer pays make the first code's unit."""

    @LAW
    @given(
        st.lists(st.tuples(st.sampled_from(FAMILY), MINUTES, st.sampled_from(ROLES)), min_size=1),
        METHODS,
        DAYS,
    )
    def test_the_minutes_that_are_paid_make_the_units(
        self, parts: list[tuple[str, int, str]], method: UnitMethod, day: date
    ) -> None:
        parts = [("97129", 10, "student"), *parts]
        services = [TimedService(code, minutes, clinician=role) for code, minutes, role in parts]
        policy = policy_on("medicare", day, method)
        counted = allocate_units(Session(day, "SLP", services), policy)
        paid = [
            (code, minutes)
            for code, minutes, role in parts
            if is_billed("medicare", role, "SLP", "skilled-treatment", day)
        ]
        total = sum(minutes for _, minutes in paid)
        alone = allocate_units(Session(day, "SLP", [TimedService("97129", total)]), policy)
        assert counted.total_units == alone.total_units
        assert counted.units.get("97129", 0) == min(1, counted.total_units)
        assert counted.timed_minutes == total
