"""Test properties of every kind of cap, and of the dollars that caps take off a day."""

from __future__ import annotations

import datetime
from collections import Counter
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from therapy_billing import (
    FeeSchedule,
    Policy,
    PricedDay,
    Session,
    TiePolicy,
    TimedService,
    UnitMethod,
    UntimedService,
    allocate_units,
    bill_day,
    build_claim,
    check_claim,
)
from therapy_billing.payers import Cap
from therapy_billing.payers.caps import counts_code
from therapy_billing.units import Allocation
from therapy_billing.visits.services import Service

DAY = datetime.date(2026, 3, 2)
TIMED = ("97530", "97110", "97112", "97129")
UNTIMED = ("97161", "97012", "97597")
LAW = settings(deadline=None, max_examples=200)
RATES = FeeSchedule.from_rates(
    {"97530": "40.42", "97110": "30.00", "97112": "35.17", "97129": "25.00", "97130": "24.99"}
    | {"97161": "98.01", "97012": "15.00", "97597": "80.00"}
)
OHIO = FeeSchedule.medicare(DAY, locality="OH")
EACH = st.sets(st.sampled_from(("code", "session", "provider", "discipline")), max_size=2)
CAPS = st.lists(
    st.builds(
        Cap,
        st.integers(0, 5),
        each=EACH,
        codes=st.lists(st.sampled_from((*TIMED, *UNTIMED)), max_size=3, unique=True),
        untimed=st.sampled_from((None, True, False)),
        with_evaluation=st.none() | st.integers(0, 5),
    ),
    min_size=1,
    max_size=3,
)
MONEY_CAPS = st.lists(
    st.builds(
        Cap,
        st.decimals(0, 200, places=2),
        of=st.just("dollars"),
        each=st.sampled_from(((), ("discipline",))),
        codes=st.lists(st.sampled_from((*TIMED, *UNTIMED)), max_size=2, unique=True),
    ),
    max_size=2,
)
METHODS = st.sampled_from(UnitMethod)


@st.composite
def sessions(draw: st.DrawFn) -> list[Session]:
    """Draw one to three sessions of PT and OT with one to three services each."""
    found = []
    for _ in range(draw(st.integers(1, 3))):
        services: list[Service] = []
        for _ in range(draw(st.integers(1, 3))):
            who = draw(st.sampled_from(("T-1", "T-2")))
            if draw(st.booleans()):
                minutes = draw(st.sampled_from((7, 8, 15, 22, 23, 30, 38)))
                code = draw(st.sampled_from(TIMED))
                services.append(TimedService(code, minutes, treated_by=who))
            else:
                services.append(UntimedService(draw(st.sampled_from(UNTIMED)), treated_by=who))
        found.append(Session(DAY, draw(st.sampled_from(("PT", "OT"))), services))
    return found


def all_units(made: Allocation) -> Counter[str]:
    return Counter(dict(made.units)) + Counter(dict(made.untimed_units))


def allowed(day: PricedDay) -> Decimal:
    assert day.allowed is not None
    return day.allowed


class TestUnits:
    """A cap only removes units, and what it removes is listed."""

    @LAW
    @given(sessions(), METHODS, CAPS)
    def test_no_cap_adds_a_unit_of_any_code(
        self, day: list[Session], method: UnitMethod, caps: list[Cap]
    ) -> None:
        free = allocate_units(day, Policy(method))
        made = allocate_units(day, Policy(method).with_changes(caps=caps))
        assert all_units(made) <= Counter(made.uncapped_units) + Counter(free.untimed_units)
        assert sum(made.uncapped_units.values()) == free.total_units
        gone = all_units(free).total() - all_units(made).total()
        assert gone == len(made.capped_units)
        assert gone >= 0

    @LAW
    @given(sessions(), METHODS, CAPS, st.sampled_from(TiePolicy))
    def test_every_legal_split_keeps_the_same_number_of_units_and_every_limit_of_the_day(
        self, day: list[Session], method: UnitMethod, caps: list[Cap], ties: TiePolicy
    ) -> None:
        policy = Policy(method).with_changes(
            caps=caps, tie_policy=ties, preferred_codes=("97112", "97012"), fee_basis="contract"
        )
        made = allocate_units(day, policy, RATES)
        kept = {sum(split.values()) for split in made.admissible}
        assert len(kept) == 1
        assert len(set(made.splits)) == len(made.splits)
        for cap in caps:
            if cap.each or cap.with_evaluation is not None or cap.limit is None:
                continue
            for split in made.admissible:
                counted = sum(
                    units
                    for code, units in split.items()
                    if counts_code(cap, code, timed=code not in UNTIMED)
                    or (code == "97130" and counts_code(cap, code, timed=True))
                )
                assert counted <= cap.limit

    @LAW
    @given(sessions(), METHODS, CAPS)
    def test_a_claim_with_the_units_that_are_left_is_above_no_cap(
        self, day: list[Session], method: UnitMethod, caps: list[Cap]
    ) -> None:
        policy = Policy(method).with_changes(caps=caps)
        claim = build_claim(day, policy)
        if claim.lines:
            found = check_claim(claim, policy, sessions=day, checks=["payer-cap"])
            assert not found.has_denials


class TestDollars:
    """The dollars of caps are the difference between the day without caps and the day with them."""

    @LAW
    @given(sessions(), METHODS, CAPS, MONEY_CAPS, st.booleans())
    def test_they_add_up_to_the_difference_of_two_prices(
        self,
        day: list[Session],
        method: UnitMethod,
        caps: list[Cap],
        money: list[Cap],
        mppr: bool,  # noqa: FBT001
    ) -> None:
        fees = OHIO if mppr else RATES
        own: dict[str, Any] = {"fee_basis": "medicare-fee-schedule", "mppr": mppr}
        free = Policy(method).with_changes(**own)
        without = bill_day(day, free, fees)
        capped = bill_day(day, free.with_changes(caps=[*caps, *money]), fees)
        if not without.lines or not without.complete:
            return
        costs = [cost.dollars for cost in capped.caps]
        assert None not in costs
        total = sum((cost for cost in costs if cost is not None), Decimal(0))
        # A tie may be decided differently so that the caps remove fewer units, so price what was counted before the caps.
        before = allowed(without) if not without.allocation or not without.allocation.tied else None
        if before is not None and capped.lines:
            assert before - allowed(capped) == total
        assert all(cost >= 0 for cost in costs if cost is not None) or mppr

    @LAW
    @given(sessions(), METHODS, MONEY_CAPS)
    def test_a_cap_on_dollars_changes_no_unit_and_raises_no_line(
        self, day: list[Session], method: UnitMethod, money: list[Cap]
    ) -> None:
        free = bill_day(day, Policy(method), RATES)
        capped = bill_day(day, Policy(method).with_changes(caps=money), RATES)
        for before, after in zip(free.lines, capped.lines, strict=True):
            assert before.units == after.units
            assert before.allowed is not None
            assert after.allowed is not None
            assert after.allowed <= before.allowed
        for cap in money:
            if not cap.each and not cap.codes and cap.limit is not None and capped.lines:
                assert allowed(capped) <= cap.limit
