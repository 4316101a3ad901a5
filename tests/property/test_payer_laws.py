"""Test properties of caps, payers, and the differences between payers."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.amounts import allowed_of
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    Accumulators,
    FeeSchedule,
    Payer,
    Policy,
    Session,
    TimedService,
    UnitMethod,
    allocate_units,
    bill_day,
)
from therapy_billing.law import Timeline
from therapy_billing.payers import AssistantRule, ClaimRules, Counting, ModifierRules, MoneyRules
from therapy_billing.payers.catalog import PAYERS
from therapy_billing.payers.policy import FeeBasis, policy_fields
from therapy_billing.scenarios.payer_comparison import compare_payers

DAY = datetime.date(2026, 3, 2)
CODES = ("97530", "97110", "97112", "97140", "97116", "97535")
WITH_FAMILIES = (*CODES, "97129", "97550", "92607")
LAW = settings(deadline=None, max_examples=150)

MINUTES = st.integers(0, 120) | st.sampled_from((0, 7, 8, 10, 15, 20, 22, 23, 30, 37, 38))
DAYS = st.dictionaries(st.sampled_from(CODES), MINUTES, min_size=1, max_size=5)
FAMILY_DAYS = st.dictionaries(st.sampled_from(WITH_FAMILIES), MINUTES, min_size=1, max_size=5)
LIMITS = st.integers(0, 6)
SETS = st.lists(
    st.tuples(st.lists(st.sampled_from(WITH_FAMILIES), min_size=1, unique=True), LIMITS), max_size=3
)
CAPPED_COUNTING = st.builds(
    Counting,
    st.sampled_from(UnitMethod),
    cap_per_code=st.none() | LIMITS | st.dictionaries(st.sampled_from(WITH_FAMILIES), LIMITS),
    cap_per_codes=SETS,
    cap_per_session=st.none() | LIMITS,
    cap_per_day=st.none() | LIMITS,
)
CAPPED = st.builds(Policy, CAPPED_COUNTING)
UNCAPPED: dict[str, Any] = {
    "cap_per_code": None,
    "cap_per_codes": (),
    "cap_per_session": None,
    "cap_per_day": None,
}


@st.composite
def parted_caps(draw: st.DrawFn) -> Policy:
    """Draw caps on sets of codes that have no code in common."""
    codes = draw(st.permutations(CODES))
    cuts = sorted(draw(st.sets(st.integers(1, len(codes) - 1), max_size=2)))
    parts = [codes[start:end] for start, end in itertools.pairwise([0, *cuts, len(codes)])]
    return Policy(draw(st.sampled_from(UnitMethod))).with_changes(
        cap_per_code=draw(st.dictionaries(st.sampled_from(CODES), LIMITS)),
        cap_per_codes=[(part, draw(LIMITS)) for part in parts],
        cap_per_session=draw(st.none() | LIMITS),
        cap_per_day=draw(st.none() | LIMITS),
    )


def raised(policy: Policy, field: str, index: int, by: int) -> Policy:
    """Return *policy* with one of its caps raised."""
    caps: Any = policy_fields(policy)[field]
    if field == "cap_per_code" and caps:
        code, limit = caps[index % len(caps)]
        return policy.with_changes(cap_per_code={**dict(caps), code: limit + by})
    if field == "cap_per_codes":
        sets = list(caps)
        codes, limit = sets[index % len(sets)]
        sets[index % len(sets)] = (codes, limit + by)
        return policy.with_changes(cap_per_codes=sets)
    changed: dict[str, Any] = {field: caps + by} if isinstance(caps, int) else {}
    return policy.with_changes(**changed)


def total(units: Mapping[str, int]) -> int:
    """Return the total of *units*."""
    return sum(units.values())


class TestCaps:
    """A cap only removes units. A higher cap never removes more."""

    @LAW
    @given(FAMILY_DAYS, CAPPED)
    def test_no_cap_raises_the_units_of_any_code(self, day: dict[str, int], policy: Policy) -> None:
        result = allocate_units(day, policy)
        before = result.uncapped_units
        free = allocate_units(day, policy.with_changes(**UNCAPPED))
        assert total(before) == total(free.units)
        assert all(result.units[code] <= before[code] for code in result.units)
        assert total(before) - total(result.units) == len(result.capped_units)

    @LAW
    @given(FAMILY_DAYS, CAPPED)
    def test_every_set_cap_is_kept_in_every_legal_split(
        self, day: dict[str, int], policy: Policy
    ) -> None:
        for split in allocate_units(day, policy).admissible:
            for codes, limit in policy.counting.cap_per_codes:
                assert sum(split.get(code, 0) for code in codes) <= limit

    @LAW
    @given(FAMILY_DAYS, CAPPED)
    def test_a_set_cap_removes_a_unit_only_if_it_is_exceeded(
        self, day: dict[str, int], policy: Policy
    ) -> None:
        only_sets = policy.with_changes(
            **{**UNCAPPED, "cap_per_codes": policy.counting.cap_per_codes}
        )
        result = allocate_units(day, only_sets)
        if all(
            sum(split.get(code, 0) for code in codes) <= limit
            for split in (result.uncapped_units,)
            for codes, limit in only_sets.counting.cap_per_codes
        ):
            assert result.capped_units == ()
        else:
            assert {cut.cap for cut in result.capped_units} == {"cap-per-codes"}

    @LAW
    @given(
        DAYS,
        parted_caps(),
        st.sampled_from(tuple(UNCAPPED)),
        st.integers(0, 5),
        st.integers(1, 3),
    )
    def test_raising_a_cap_never_lowers_the_total_if_sets_share_no_code(
        self, day: dict[str, int], policy: Policy, field: str, index: int, by: int
    ) -> None:
        # If sets overlap, keeping a unit under one cap can remove units under the caps of two sets with its code.
        before = total(allocate_units(day, policy).units)
        assert total(allocate_units(day, raised(policy, field, index, by)).units) >= before


PRICES = FeeSchedule.from_rates(
    {code: Decimal(20 + number) for number, code in enumerate(CODES)}, effective_from="2026-01-01"
)
AMOUNTS = st.decimals(min_value=1, max_value=400, places=2)
PARTS = st.sampled_from(("therapist", "assistant", "together"))
SESSIONS = st.lists(
    st.builds(
        lambda discipline, services: Session(
            DAY,
            discipline,
            [TimedService(code, minutes, clinician=by) for code, minutes, by in services],
        ),
        st.sampled_from(("PT", "OT")),
        st.lists(
            st.tuples(st.sampled_from(CODES), st.integers(1, 60), PARTS), min_size=1, max_size=4
        ),
    ),
    min_size=1,
    max_size=2,
)
POLICIES = st.builds(
    Policy,
    st.builds(
        Counting,
        st.sampled_from(UnitMethod),
        cap_per_codes=st.lists(
            st.tuples(st.lists(st.sampled_from(CODES), min_size=1, unique=True), LIMITS), max_size=2
        ),
        cap_per_day=st.none() | LIMITS,
    ),
    modifiers=st.builds(ModifierRules, assistants=st.sampled_from(AssistantRule), kx=st.booleans()),
    money=st.builds(
        MoneyRules,
        mppr=st.booleans(),
        cost_sharing=st.booleans(),
        amount_per_day=st.none() | AMOUNTS,
        assistant_percent=st.just(100),
    ),
)


class TestAmountPerDay:
    """The day is allowed the lesser of its amounts and the maximum, and no line is allowed more than before."""

    @LAW
    @given(SESSIONS, POLICIES, AMOUNTS)
    def test_the_day_is_allowed_the_lesser_and_no_line_gets_more(
        self, day: list[Session], policy: Policy, maximum: Decimal
    ) -> None:
        free = bill_day(day, policy.with_changes(amount_per_day=None), PRICES)
        limited = bill_day(day, policy.with_changes(amount_per_day=maximum), PRICES)
        assert limited.allowed == min(allowed_of(free), maximum)
        for before, after in zip(free.lines, limited.lines, strict=True):
            assert before.claim_line == after.claim_line
            assert before.allowed is not None
            assert after.allowed is not None
            assert after.allowed <= before.allowed


class TestDifference:
    """Exchanging the two payers reverses each difference."""

    @LAW
    @given(SESSIONS, POLICIES)
    def test_a_payer_does_not_differ_from_itself(self, day: list[Session], policy: Policy) -> None:
        year = Accumulators(2026, pt_slp=2450)
        for fees in (None, PRICES):
            same = compare_payers(day, policy, policy, fees, accumulators=year)
            assert same.empty
            assert (same.fields, same.units, same.lines) == ({}, {}, {})
            assert same.money == (None if fees is None else {})
            assert str(same).splitlines()[1:] == ["  no difference"]

    @LAW
    @given(SESSIONS, POLICIES, POLICIES)
    def test_exchanging_the_payers_exchanges_first_and_second(
        self, day: list[Session], one: Policy, other: Policy
    ) -> None:
        there = compare_payers(day, one, other, PRICES)
        back = compare_payers(day, other, one, PRICES)
        assert there.empty == back.empty
        for name in ("fields", "units", "lines", "money"):
            turned = {key: pair[::-1] for key, pair in getattr(there, name).items()}
            assert {key: tuple(pair) for key, pair in getattr(back, name).items()} == turned

    @LAW
    @given(SESSIONS, POLICIES, POLICIES)
    def test_the_changes_lead_from_the_first_payers_units_to_the_seconds(
        self, day: list[Session], one: Policy, other: Policy
    ) -> None:
        diff = compare_payers(day, one, other, PRICES)
        units = dict(allocate_units(day, one).units)
        for code, change in diff.units.items():
            assert units.pop(code, 0) == change.first
            units[code] = change.second
        second = allocate_units(day, other).units
        assert all(units.get(code, 0) == second.get(code, 0) for code in {*units, *second})


class TestInheritance:
    """On each day, a payer from a file has its base payer's policy on that day, with the file's changes up to that day."""

    @LAW
    @given(
        st.sampled_from((MEDICARE, CPT_MIDPOINT, PAYERS["humana"])),
        st.dictionaries(
            st.dates(datetime.date(2000, 4, 1), datetime.date(2026, 12, 31)),
            st.dictionaries(st.sampled_from(("cap_per_day", "cap_per_session")), LIMITS),
            max_size=4,
        ),
        st.dates(datetime.date(2000, 4, 1), datetime.date(2026, 12, 31)),
    )
    def test_a_payer_from_a_file_is_its_base_with_the_changes_up_to_that_day(
        self,
        tmp_path_factory: Any,  # noqa: ANN401 - a fixture of the whole run
        base: Payer,
        changes: dict[datetime.date, dict[str, Any]],
        on: datetime.date,
    ) -> None:
        text = f'name = "acme"\nbase = "{base.name}"\n'
        expected = base.on(on)
        if expected.money.fee_basis is FeeBasis.ANY_SCHEDULE:
            expected = expected.with_changes(fee_basis=FeeBasis.UNKNOWN)
        if base is MEDICARE:
            expected = attrs.evolve(expected, claims=ClaimRules())
        for first, fields in sorted(changes.items()):
            rows = "".join(f"{name} = {limit}\n" for name, limit in fields.items())
            text += f"[[policy]]\nfrom = {first}\n{rows}"
            if first <= on:
                expected = expected.with_changes(**fields)
        path = tmp_path_factory.getbasetemp() / "acme.toml"
        path.write_text(text, encoding="utf-8")
        assert Payer.from_file(path).on(on) == expected

    @LAW
    @given(CAPPED, POLICIES)
    def test_a_secondary_payer_counts_like_the_primary_and_keeps_its_own_money(
        self, first: Policy, second: Policy
    ) -> None:
        def payer(policy: Policy) -> Payer:
            return Payer("plan", Timeline("plan", ((None, policy),), DAY))

        behind = payer(second).as_secondary_to(payer(first), DAY)
        counting = payer(first).as_secondary_to(payer(behind), DAY)
        assert counting == first
        assert (behind.money.mppr, behind.modifiers.assistants, behind.money.amount_per_day) == (
            second.money.mppr,
            second.modifiers.assistants,
            second.money.amount_per_day,
        )
