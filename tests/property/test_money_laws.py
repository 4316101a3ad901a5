"""Test laws about allowed amounts, shares, and thresholds on generated days."""

from __future__ import annotations

import itertools
from decimal import Decimal

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.money_oracle import FeeUnit, cost_share_cents, kx_lines, mppr_day_cents
from therapy_billing import (
    MEDICARE,
    Accumulators,
    Claim,
    ClaimLine,
    FeeSchedule,
    PricedDay,
    price_day,
)
from therapy_billing.pricing import KxState
from therapy_billing.pricing.rules.cost_sharing import share_cost
from therapy_billing.pricing.rules.thresholds import crossing_visit, lines_beyond

DAY = "2025-05-05"
OHIO = FeeSchedule.medicare(DAY, mac="15202", locality="00")
SUBJECT = ("97110", "97112", "97116", "97140", "97530", "97161", "97035", "97533", "92507", "G0283")
OTHERS = ("97129", "97130", "92610", "97597")
MODIFIERS = (("GP",), ("GP", "CQ"), ("GO",), ("GO", "CO"), ("GN",))


def in_cents(amount: Decimal | None) -> int:
    assert amount is not None
    return int(amount * 100)


def dollars(cents: int) -> Decimal:
    return Decimal(cents) / 100


lines = st.builds(
    ClaimLine,
    st.sampled_from(SUBJECT + OTHERS),
    st.integers(1, 4),
    st.sampled_from(MODIFIERS),
    st.none() | st.integers(100, 20_000).map(dollars),
)
claims = st.lists(lines, min_size=1, max_size=7).map(lambda given: Claim(DAY, given))
years = st.builds(
    Accumulators,
    st.just(2025),
    st.integers(0, 30_000).map(dollars),
    st.integers(200_000, 320_000).map(dollars),
    st.integers(200_000, 320_000).map(dollars),
)


def by_oracle(day: PricedDay) -> tuple[tuple[int, ...], int | None]:
    """Return the amounts of all units from the oracle."""
    return mppr_day_cents(
        [
            FeeUnit(
                line.code,
                in_cents(OHIO.amount(line.code)),
                in_cents(OHIO.amount(line.code, reduced=True)) if line.code in SUBJECT else 0,
                str(OHIO.price(line.code).practice_expense or 0),
                line.code in SUBJECT,
            )
            for line in day.lines
            for _ in range(line.units)
        ]
    )


class TestTheReductionOfMultipleProcedures:
    """The unit with the highest PE is paid in full; each other unit of an always-therapy code is reduced."""

    @given(claims)
    def test_the_unit_amounts_agree_with_the_oracle(self, claim: Claim) -> None:
        day = price_day(claim, MEDICARE, OHIO)
        amounts, _ = by_oracle(day)
        found = [in_cents(amount) for line in day.lines for amount in line.unit_amounts]
        assert sorted(found) == sorted(amounts)

    @given(claims)
    def test_it_never_raises_an_amount_and_pays_exactly_one_unit_in_full(
        self, claim: Claim
    ) -> None:
        day = price_day(claim, MEDICARE, OHIO)
        plain = price_day(claim, MEDICARE.on(DAY).with_changes(mppr=False), OHIO)
        full_rate = 0
        for line, full in zip(day.lines, plain.lines, strict=True):
            assert full.allowed is not None
            assert line.allowed is not None
            assert line.allowed <= full.allowed
            if line.code in SUBJECT:
                full_rate += sum(amount == OHIO.amount(line.code) for amount in line.unit_amounts)
            else:
                assert line.unit_amounts == full.unit_amounts
        assert full_rate == (1 if any(line.code in SUBJECT for line in claim.lines) else 0)

    @given(claims, st.integers(0, 6))
    def test_claims_of_a_day_are_one_day(self, claim: Claim, cut: int) -> None:
        whole = price_day(claim, MEDICARE, OHIO)
        parts = [Claim(DAY, claim.lines[:cut]), Claim(DAY, claim.lines[cut:])]
        assert price_day(parts, MEDICARE, OHIO).lines == whole.lines


class TestShares:
    """Deductible, coinsurance, assistant reduction, sequestration, and payment add up to the allowed amount."""

    @given(claims, years)
    def test_the_parts_of_every_line_add_up_to_its_allowed_amount(
        self, claim: Claim, year: Accumulators
    ) -> None:
        day = price_day(claim, MEDICARE, OHIO, year)
        for line in day.lines:
            assert line.share is not None
            assert sum(line.share) == line.allowed
            assert min(line.share) >= 0
        parts = itertools.chain.from_iterable(line.share or () for line in day.lines)
        assert sum(parts) == day.allowed

    @given(
        st.integers(0, 100_000),
        st.integers(0, 30_000),
        st.sampled_from([Decimal("0.85"), Decimal(1)]),
        st.sampled_from([0, 1, 2]),
    )
    def test_the_shares_of_a_line_agree_with_the_oracle(
        self, allowed: int, left: int, part: Decimal, sequestration: int
    ) -> None:
        share = share_cost(
            dollars(allowed),
            deductible_left=dollars(left),
            coinsurance=Decimal("0.20"),
            assistant_part=part,
            sequestration=dollars(sequestration),
        )
        expected = cost_share_cents(
            allowed, left, assistant=part < 1, sequestration_percent=sequestration
        )
        assert {name: in_cents(amount) for name, amount in share._asdict().items()} == {
            name: expected[name] for name in share._fields
        }

    @given(claims, years)
    def test_the_deductible_of_a_year_is_never_exceeded(
        self, claim: Claim, year: Accumulators
    ) -> None:
        day = price_day(claim, MEDICARE, OHIO, year)
        assert day.accumulators is not None
        assert day.accumulators.deductible_met <= max(Decimal(257), year.deductible_met)
        owed = sum((line.share.deductible for line in day.lines if line.share), Decimal(0))
        assert day.accumulators.deductible_met == year.deductible_met + owed


class TestOrder:
    """The order of claims and lines on a day changes nothing."""

    @settings(max_examples=60)
    @given(claims, years, st.randoms(use_true_random=False))
    def test_a_permutation_of_lines_changes_no_line_and_no_total(
        self, claim: Claim, year: Accumulators, random: object
    ) -> None:
        shuffled = list(claim.lines)
        random.shuffle(shuffled)  # type: ignore[attr-defined]
        one = price_day(claim, MEDICARE, OHIO, year)
        other = price_day(Claim(DAY, shuffled), MEDICARE, OHIO, year)
        assert sorted(map(repr, one.lines)) == sorted(map(repr, other.lines))
        assert one.thresholds == other.thresholds
        assert one.accumulators == other.accumulators
        assert one.medicare_pays == other.medicare_pays


class TestTheAnnualThreshold:
    """KX belongs on the line that crosses the threshold and on the lines after it."""

    @given(
        st.integers(0, 400_000),
        st.lists(st.integers(0, 50_000), max_size=6),
        st.integers(1, 300_000),
    )
    def test_lines_above_the_threshold_agree_with_the_oracle(
        self, accrued: int, amounts: list[int], threshold: int
    ) -> None:
        found, after = lines_beyond(
            dollars(accrued), [dollars(a) for a in amounts], threshold=dollars(threshold)
        )
        assert in_cents(after) == accrued + sum(amounts)
        assert list(found) == kx_lines(accrued, amounts, threshold)

    @given(claims, years, st.integers(0, 50_000))
    def test_a_higher_year_to_date_amount_never_removes_kx(
        self, claim: Claim, year: Accumulators, more: int
    ) -> None:
        later = attrs.evolve(year, pt_slp=year.pt_slp + dollars(more), ot=year.ot + dollars(more))
        before = price_day(claim, MEDICARE, OHIO, year)
        after = price_day(claim, MEDICARE, OHIO, later)
        for line, same in zip(before.lines, after.lines, strict=True):
            assert line.kx is KxState.NOT_NEEDED or same.kx is not KxState.NOT_NEEDED

    @given(claims, years)
    def test_it_changes_no_money(self, claim: Claim, year: Accumulators) -> None:
        plain = price_day(claim, MEDICARE, OHIO, year)
        attested = price_day(claim, MEDICARE, OHIO, year, attestations=["KX"])
        assert not attested.kx_suggested
        for line, same in zip(plain.lines, attested.lines, strict=True):
            assert (line.allowed, line.share) == (same.allowed, same.share)

    @given(st.integers(0, 300_000), st.integers(1, 50_000), st.integers(1, 300_000))
    def test_the_crossing_visit_is_the_first_above_the_threshold(
        self, accrued: int, per_visit: int, threshold: int
    ) -> None:
        visit = crossing_visit(dollars(accrued), dollars(per_visit), threshold=dollars(threshold))
        assert accrued + visit * per_visit > threshold
        assert visit == 0 or accrued + (visit - 1) * per_visit <= threshold
