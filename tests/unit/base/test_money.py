"""Dollars: exact, positive, rounded half up once, and independent of the global context."""

from __future__ import annotations

import decimal
from collections.abc import Callable
from decimal import Context, Decimal, Inexact, InvalidOperation, Rounded, localcontext
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.refusals import refusal
from therapy_billing import InvalidInputError
from therapy_billing.base.money import EXACT, cents, parse_usd, times

NAME: Any = "Rosa Invented"


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("40.420352", "40.42"),
        ("0.004999", "0.00"),
        ("0.005", "0.01"),
        ("0.015", "0.02"),
        ("2.675", "2.68"),
        ("2.6749999999999999999999999999", "2.67"),
        ("-0.005", "-0.01"),
        ("7", "7.00"),
    ],
)
def test_half_a_cent_is_rounded_up_and_less_is_not(amount: str, expected: str) -> None:
    assert str(cents(Decimal(amount))) == expected


@pytest.mark.parametrize(("units", "expected"), [(0, "0.00"), (1, "40.42"), (96, "3880.32")])
def test_an_amount_is_multiplied_exactly(units: int, expected: str) -> None:
    assert str(times(Decimal("40.42"), units)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("40.42", "40.42"),
        (" 40.42 ", "40.42"),
        ("0.01", "0.01"),
        ("29", "29.00"),
        (29, "29.00"),
        (Decimal("29.5"), "29.50"),
        (Decimal("29.5000"), "29.50"),
    ],
)
def test_a_plain_number_of_dollars_is_read_to_the_cent(
    value: Decimal | str | int, expected: str
) -> None:
    assert str(parse_usd(value)) == expected


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (40.42, "40.42"),
        (float("nan"), "NaN (a missing value)"),
        (True, "True"),
        (None, "None"),
        (b"40.42", "a bytes"),
        ([NAME], "a list"),
    ],
)
def test_an_amount_of_another_type_is_refused(value: object, shown: str) -> None:
    assert refusal(InvalidInputError, lambda: parse_usd(value)) == (
        f"an amount must be a Decimal, a string such as '40.42', or an int; got {shown}"
    )


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (NAME, "a string of 13 characters"),
        ("", "an empty string"),
        ("$40.42", "'$40.42'"),
        ("40,42", "a string of 5 characters"),
        ("40.42.1", "a string of 7 characters"),
        ("1:2", "'1:2'"),
    ],
)
def test_text_that_is_not_a_number_is_refused(value: str, shown: str) -> None:
    assert refusal(InvalidInputError, lambda: parse_usd(value)) == (
        f"an amount must be a number of dollars such as '40.42', got {shown}"
    )


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("0", "'0'"),
        (0, "0"),
        (Decimal("-0.00"), "-0.00"),
        ("-0.01", "'-0.01'"),
        (-100_000, "a number below -99999"),
        ("NaN", "a string of 3 characters"),
        ("Infinity", "a string of 8 characters"),
        (Decimal("Infinity"), "a number above 99999"),
        (Decimal("NaN"), "NaN (a missing value)"),
        (Decimal("sNaN"), "NaN (a missing value)"),
    ],
)
def test_an_amount_that_is_not_above_zero_is_refused(value: object, shown: str) -> None:
    assert refusal(InvalidInputError, lambda: parse_usd(value)) == (
        f"an amount must be above zero, got {shown}: leave out a code without a price"
    )


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("40.425", "'40.425'"),
        (Decimal("0.001"), "0.001"),
        ("0.0000000000000000000000000000001", "a string of 33 characters"),
    ],
)
def test_an_amount_finer_than_a_cent_is_refused(value: object, shown: str) -> None:
    assert refusal(InvalidInputError, lambda: parse_usd(value)) == (
        f"an amount must be rounded to the cent, got {shown}"
    )


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("1000000000000.01", "a string of 16 characters"),
        (Decimal("1e70"), "a number above 99999"),
        (10**70, "a number above 99999"),
    ],
)
def test_an_amount_above_a_million_millions_is_refused(value: object, shown: str) -> None:
    assert str(parse_usd(10**12)) == "1000000000000.00"
    assert refusal(InvalidInputError, lambda: parse_usd(value)) == (
        f"an amount must be at most 1000000000000, got {shown}"
    )


@given(st.integers(1, 10**12))
def test_every_whole_number_of_cents_is_read_as_it_was_written(in_cents: int) -> None:
    written = f"{in_cents // 100}.{in_cents % 100:02}"
    assert str(parse_usd(written)) == written


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (partial(cents, Decimal("40.420352")), "40.42"),
        (partial(times, Decimal("40.42"), 4), "161.68"),
        (partial(parse_usd, "123456.78"), "123456.78"),
        (partial(parse_usd, Decimal("123456.78")), "123456.78"),
        (partial(EXACT.add, Decimal("0.44"), Decimal("123.66")), "124.10"),
    ],
)
def test_no_amount_depends_on_the_global_context(
    call: Callable[[], Decimal], expected: str
) -> None:
    hostile = Context(prec=2, rounding=decimal.ROUND_UP, traps=[Inexact, Rounded, InvalidOperation])
    with localcontext(hostile):
        assert str(call()) == expected


def test_text_is_refused_in_a_context_without_traps() -> None:
    with localcontext(Context(traps=[])):
        with pytest.raises(InvalidInputError):
            parse_usd(NAME)
        with pytest.raises(InvalidInputError):
            parse_usd("40.425")


@pytest.mark.parametrize(
    ("text", "shown"),
    [("1e70", "'1e70'"), ("1E+999999", "a string of 9 characters"), ("1e1", "'1e1'")],
)
def test_an_amount_with_an_exponent_is_refused(text: str, shown: str) -> None:
    assert refusal(InvalidInputError, lambda: parse_usd(text)) == (
        f"an amount must be a number of dollars such as '40.42', got {shown}"
    )


class TestZeroAmounts:
    @pytest.mark.parametrize("value", [0, "0", "0.00", " 0 ", Decimal(0), Decimal("-0.00"), "-0"])
    def test_zero_is_read_if_it_is_allowed(self, value: Decimal | str | int) -> None:
        assert str(parse_usd(value, zero=True)) == "0.00"

    @pytest.mark.parametrize(("value", "expected"), [("0.01", "0.01"), (29, "29.00")])
    def test_amounts_above_zero_are_read(self, value: str | int, expected: str) -> None:
        assert str(parse_usd(value, zero=True)) == expected

    @pytest.mark.parametrize(
        ("value", "shown"),
        [
            ("-0.01", "'-0.01'"),
            (-1, "-1"),
            ("NaN", "a string of 3 characters"),
            (Decimal("sNaN"), "NaN (a missing value)"),
            (Decimal("Infinity"), "a number above 99999"),
        ],
    )
    def test_negative_amounts_and_text_are_refused(self, value: object, shown: str) -> None:
        assert refusal(InvalidInputError, lambda: parse_usd(value, zero=True)) == (
            f"an amount must be zero or more, got {shown}"
        )

    @pytest.mark.parametrize(
        ("value", "message"),
        [
            ("0.001", "an amount must be rounded to the cent, got '0.001'"),
            ("0e9", "an amount must be a number of dollars such as '40.42', got '0e9'"),
            (False, "an amount must be a Decimal, a string such as '40.42', or an int; got False"),
            (0.0, "an amount must be a Decimal, a string such as '40.42', or an int; got 0.0"),
        ],
    )
    def test_the_same_formats_are_refused(self, value: object, message: str) -> None:
        assert refusal(InvalidInputError, lambda: parse_usd(value, zero=True)) == message
