"""Contract rules as plain numbers."""

from __future__ import annotations

import decimal
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.refusals import refusal
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.fees.rules import percent_of
from therapy_billing.pricing.rules.contracts import cap_day, lesser_of_charge, share_out


def usd(cents: int) -> Decimal:
    """Return whole *cents* as dollars."""
    return Decimal(f"{cents // 100}.{cents % 100:02}")


def dollars(*amounts: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(amount) for amount in amounts)


def texts(amounts: Sequence[Decimal]) -> list[str]:
    return [str(amount) for amount in amounts]


amount = st.integers(0, 50_000).map(usd)
amounts = st.lists(amount, max_size=9)
lines = st.lists(amount, min_size=1, max_size=9)
# With few distinct small weights, equal weights and equal remainders are common.
small = st.lists(st.integers(0, 4).map(Decimal), min_size=1, max_size=6)


class TestLesserOfCharge:
    @pytest.mark.parametrize(
        ("charge", "expected"),
        [("0.00", "0.00"), ("40.41", "40.41"), ("40.42", "40.42"), ("40.43", "40.42")],
    )
    def test_a_charge_a_cent_below_the_fee_is_allowed_and_a_cent_above_is_not(
        self, charge: str, expected: str
    ) -> None:
        assert lesser_of_charge(Decimal("40.42"), Decimal(charge)) == Decimal(expected)

    def test_without_a_charge_the_fee_is_allowed(self) -> None:
        assert lesser_of_charge(Decimal("40.42"), None) == Decimal("40.42")

    @given(amount, amount)
    def test_it_is_one_of_the_two_and_above_neither(
        self, allowed: Decimal, charge: Decimal
    ) -> None:
        least = lesser_of_charge(allowed, charge)
        assert least in (allowed, charge)
        assert least <= allowed
        assert least <= charge


class TestShareOut:
    @pytest.mark.parametrize(
        ("total", "weights", "expected"),
        [
            ("100", ("1", "1", "1"), ["33.34", "33.33", "33.33"]),
            ("0.02", ("1", "1", "1"), ["0.01", "0.01", "0.00"]),
            ("95.00", ("3", "1"), ["71.25", "23.75"]),
            ("10.00", ("0.01", "0.02"), ["3.33", "6.67"]),
            ("10.00", ("0.02", "0.01"), ["6.67", "3.33"]),
            ("10.00", ("7.35",), ["10.00"]),
            ("10.00", ("5", "0"), ["10.00", "0.00"]),
            ("0.00", ("5", "1"), ["0.00", "0.00"]),
        ],
    )
    def test_the_odd_cents_go_to_the_largest_remainders(
        self, total: str, weights: tuple[str, ...], expected: list[str]
    ) -> None:
        assert texts(share_out(Decimal(total), dollars(*weights))) == expected

    def test_of_equal_remainders_the_earlier_line_takes_the_cent_whatever_its_weight(self) -> None:
        assert texts(share_out(Decimal("0.02"), dollars("1", "3"))) == ["0.01", "0.01"]
        assert texts(share_out(Decimal("0.02"), dollars("3", "1"))) == ["0.02", "0.00"]

    def test_weights_of_zero_only_make_equal_shares(self) -> None:
        assert texts(share_out(Decimal("0.05"), dollars("0", "0", "0"))) == ["0.02", "0.02", "0.01"]

    def test_without_lines_there_is_no_share(self) -> None:
        assert share_out(Decimal("10.00"), ()) == ()

    @pytest.mark.parametrize("wrong", ["-0.01", "NaN", "-Infinity"])
    def test_a_negative_total_or_weight_is_an_error(self, wrong: str) -> None:
        message = "an amount must be zero or more, got "
        for call in (
            lambda: share_out(Decimal(wrong), dollars("1")),
            lambda: share_out(Decimal(1), dollars("1", wrong)),
        ):
            assert refusal(InvalidInputError, call).startswith(message)

    def test_a_tenth_of_a_cent_is_refused(self) -> None:
        message = "an amount must be rounded to the cent, got 1.001"
        assert refusal(InvalidInputError, lambda: share_out(Decimal("1.001"), dollars("1"))) == (
            message
        )

    @given(amount, lines)
    def test_the_shares_add_up_to_the_total(self, total: Decimal, weights: list[Decimal]) -> None:
        assert sum(share_out(total, weights)) == total

    @given(amount, lines | small)
    def test_a_share_is_less_than_a_cent_away_from_its_exact_part(
        self, total: Decimal, weights: list[Decimal]
    ) -> None:
        whole = sum(map(Fraction, weights))
        for share, weight in zip(share_out(total, weights), weights, strict=True):
            part = Fraction(weight) / whole if whole else Fraction(1, len(weights))
            assert abs(Fraction(share) - Fraction(total) * part) < Fraction(1, 100)
            assert share >= 0
            assert share.as_tuple().exponent == -2

    @given(amount, lines | small)
    def test_a_larger_weight_never_takes_less(self, total: Decimal, weights: list[Decimal]) -> None:
        ranked = sorted(zip(weights, share_out(total, weights), strict=True))
        taken = [share for _, share in ranked]
        assert taken == sorted(taken)

    @given(amount, small, st.data())
    def test_the_order_of_equal_weights_changes_no_share(
        self, total: Decimal, weights: list[Decimal], data: st.DataObject
    ) -> None:
        # Weights of 1 and 1.00 are equal.
        rewritten = [data.draw(st.sampled_from((weight, weight + usd(0)))) for weight in weights]
        assert share_out(total, rewritten) == share_out(total, weights)

    @given(amount, lines | small, st.data())
    def test_a_permutation_moves_the_shares_with_their_lines_if_no_remainders_tie(
        self, total: Decimal, weights: list[Decimal], data: st.DataObject
    ) -> None:
        whole = sum(map(Fraction, weights))
        rests = [Fraction(total) * 100 * Fraction(w) / whole % 1 for w in weights] if whole else []
        order = data.draw(st.permutations(range(len(weights))))
        shares = share_out(total, weights)
        moved = share_out(total, [weights[place] for place in order])
        if len(set(rests)) == len(weights):
            assert moved == tuple(shares[place] for place in order)
        elif len(set(weights)) == 1:
            assert Counter(moved) == Counter(shares)
        assert sum(moved) == sum(shares)

    @given(amount, lines, st.integers(2, 9))
    def test_only_the_proportion_of_the_weights_counts(
        self, total: Decimal, weights: list[Decimal], times: int
    ) -> None:
        assert share_out(total, [weight * times for weight in weights]) == share_out(total, weights)


class TestCapDay:
    @pytest.mark.parametrize(
        ("maximum", "expected"),
        [
            ("100.01", ["60.00", "40.00"]),
            ("100.00", ["60.00", "40.00"]),
            ("99.99", ["59.99", "40.00"]),
            ("50.00", ["30.00", "20.00"]),
            ("0.01", ["0.01", "0.00"]),
            ("0.00", ["0.00", "0.00"]),
        ],
    )
    def test_a_day_is_cut_from_the_first_cent_above_the_maximum(
        self, maximum: str, expected: list[str]
    ) -> None:
        assert texts(cap_day(dollars("60.00", "40.00"), Decimal(maximum))) == expected

    def test_amounts_within_the_maximum_are_returned_as_they_were(self) -> None:
        assert texts(cap_day([Decimal(60), Decimal("40.0")], Decimal(100))) == ["60", "40.0"]

    def test_a_day_without_lines_has_nothing_to_cut(self) -> None:
        assert cap_day([], Decimal(0)) == ()

    def test_a_negative_maximum_or_amount_is_an_error(self) -> None:
        message = "an amount must be zero or more, got -1"
        day = dollars("60.00")
        assert refusal(InvalidInputError, lambda: cap_day(day, Decimal(-1))) == message
        assert refusal(InvalidInputError, lambda: cap_day([Decimal(-1)], Decimal(1))) == message

    @given(amounts, amount)
    def test_the_day_is_the_lesser_of_its_sum_and_the_maximum(
        self, day: list[Decimal], maximum: Decimal
    ) -> None:
        assert sum(cap_day(day, maximum)) == min(sum(day), maximum)

    @given(amounts | small, amount)
    def test_no_line_is_raised_or_becomes_negative(
        self, day: list[Decimal], maximum: Decimal
    ) -> None:
        for before, after in zip(day, cap_day(day, maximum), strict=True):
            assert 0 <= after <= before

    @given(amounts | small, amount)
    def test_a_day_that_was_cut_is_not_cut_again(
        self, day: list[Decimal], maximum: Decimal
    ) -> None:
        once = cap_day(day, maximum)
        assert cap_day(once, maximum) == once

    @given(amounts | small, amount)
    def test_a_larger_line_is_never_left_with_less(
        self, day: list[Decimal], maximum: Decimal
    ) -> None:
        left = [after for _, after in sorted(zip(day, cap_day(day, maximum), strict=True))]
        assert left == sorted(left)


class TestPercentOf:
    @pytest.mark.parametrize(
        ("amount", "percent", "expected"),
        [
            ("40.42", "100", "40.42"),
            ("40.42", "110", "44.46"),
            ("40.42", "87.25", "35.27"),
            ("0.01", "49.99", "0.00"),
            ("0.01", "50", "0.01"),
            ("0.03", "50", "0.02"),
            ("0.01", "149.99", "0.01"),
            ("0.01", "150", "0.02"),
        ],
    )
    def test_half_a_cent_is_rounded_up_and_less_is_not(
        self, amount: str, percent: str, expected: str
    ) -> None:
        assert str(percent_of(Decimal(amount), Decimal(percent))) == expected

    @given(amount, st.integers(1, 10_000_000).map(lambda n: Decimal(n).scaleb(-4)))
    def test_it_is_the_exact_product_rounded_once(self, amount: Decimal, percent: Decimal) -> None:
        exact = Fraction(amount) * Fraction(percent)
        assert percent_of(amount, percent) * 100 == (exact + Fraction(1, 2)) // 1

    @given(amount, amount, st.integers(1, 1000).map(Decimal))
    def test_more_is_never_made_less(self, one: Decimal, other: Decimal, percent: Decimal) -> None:
        less, more = sorted((one, other))
        assert percent_of(less, percent) <= percent_of(more, percent)


def test_a_program_that_changes_its_decimal_context_changes_no_amount() -> None:
    with decimal.localcontext() as context:
        context.prec = 2
        context.rounding = decimal.ROUND_DOWN
        assert str(percent_of(Decimal("40.42"), Decimal(110))) == "44.46"
        assert texts(share_out(Decimal("123.45"), dollars("12.34", "56.78"))) == ["22.04", "101.41"]
        assert texts(cap_day(dollars("123.45", "12.34"), Decimal("99.99"))) == ["90.90", "9.09"]
        assert str(lesser_of_charge(Decimal("123.45"), Decimal("123.44"))) == "123.44"
