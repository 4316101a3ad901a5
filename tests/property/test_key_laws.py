"""Test that the caller's keys of services appear on the claim lines and change nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.payers_that_count import PAYERS_THAT_COUNT
from therapy_billing import (
    MEDICARE,
    PAYERS,
    Claim,
    Clinician,
    Discipline,
    FeeSchedule,
    PricedDay,
    Session,
    bill_day,
    build_claim,
    check_day,
    service,
)
from therapy_billing.visits.services import Service

ON = "2026-03-02"
FEES = FeeSchedule.medicare(ON, locality="OH")
CODES = ("97530", "97110", "97140", "97129", "97130", "97161", "97150", "97750")
FAMILY = frozenset({"97129", "97130"})
LAW = settings(deadline=None, max_examples=200)

KEYS = st.none() | st.sampled_from("abcd")
SERVICES = st.builds(
    service,
    st.sampled_from(CODES),
    st.integers(0, 60),
    clinician=st.sampled_from(Clinician),
    key=KEYS,
)
DAYS = st.lists(
    st.builds(
        Session,
        st.just(ON),
        st.sampled_from((Discipline.PT, Discipline.OT)),
        st.lists(SERVICES, min_size=1, max_size=5),
        key=KEYS,
    ),
    min_size=1,
    max_size=3,
).map(lambda day: [with_first_of_family(session) for session in day])


def with_first_of_family(session: Session) -> Session:
    """Return the session with its add-on code 97130 replaced by 97129."""
    codes = {each.code for each in session.services}
    if "97130" in codes and "97129" not in codes:
        return attrs.evolve(session, services=(*session.services, service("97129", 15)))
    return session


def without_keys(day: Sequence[Session]) -> list[Session]:
    return [
        attrs.evolve(
            session, key=None, services=[attrs.evolve(each, key=None) for each in session.services]
        )
        for session in day
    ]


def bare_claim(claim: Claim) -> Claim:
    """Return the claim without keys."""
    lines = tuple(attrs.evolve(line, keys=()) for line in claim.lines)
    units = claim.allocation
    if units is not None:
        pools = tuple(
            attrs.evolve(
                pool,
                keys=(),
                unbilled=tuple(attrs.evolve(each, keys=()) for each in pool.unbilled),
            )
            for pool in units.disciplines
        )
        units = attrs.evolve(units, disciplines=pools)
    return attrs.evolve(claim, lines=lines, allocation=units)


def bare_day(day: PricedDay) -> PricedDay:
    lines = tuple(
        attrs.evolve(line, claim_line=attrs.evolve(line.claim_line, keys=())) for line in day.lines
    )
    return attrs.evolve(day, lines=lines, claims=tuple(map(bare_claim, day.claims)))


def makes_units(each: Service, session: Session) -> bool:
    """Return whether the payer pays a service: Medicare pays therapists, physicians, and PT and OT assistants."""
    if each.clinician is Clinician.ASSISTANT:
        return session.discipline is not Discipline.SLP
    return each.clinician in (Clinician.THERAPIST, Clinician.TOGETHER, Clinician.PHYSICIAN)


def counts_on(each: Service, code: str) -> bool:
    """Return whether a service counts on the line of *code*."""
    return each.code == code or FAMILY.issuperset((each.code, code))


class TestKeys:
    @LAW
    @given(DAYS)
    def test_a_lines_keys_are_those_of_the_services_of_its_code_and_discipline(
        self, day: list[Session]
    ) -> None:
        for line in build_claim(day, MEDICARE).lines:
            keys = dict.fromkeys(
                each.key or session.key
                for session in day
                if session.discipline is line.discipline
                for each in session.services
                if counts_on(each, line.code) and makes_units(each, session)
            )
            assert line.keys == tuple(key for key in keys if key is not None)

    @LAW
    @given(DAYS, st.sampled_from(sorted(PAYERS_THAT_COUNT)))
    def test_keys_do_not_change_results(self, day: list[Session], payer: str) -> None:
        keyed = bill_day(day, PAYERS[payer], None)
        assert bare_day(keyed) == bill_day(without_keys(day), PAYERS[payer], None)

    @settings(deadline=None, max_examples=60)
    @given(DAYS)
    def test_keys_do_not_change_money_or_findings(self, day: list[Session]) -> None:
        bare = without_keys(day)
        assert bare_day(bill_day(day, MEDICARE, FEES)) == bill_day(bare, MEDICARE, FEES)
        found, expected = check_day(day, MEDICARE, FEES), check_day(bare, MEDICARE, FEES)
        assert found.answers == expected.answers
        assert found.at_stake == expected.at_stake
        assert [attrs.evolve(finding, keys=()) for finding in found] == list(expected)
