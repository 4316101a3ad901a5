"""Dollars by code."""

from __future__ import annotations

from decimal import Decimal

import pytest

from therapy_billing import InvalidInputError
from therapy_billing.codes.dollars_by_code import parse_dollars_by_code


def test_codes_and_amounts_are_read_as_callers_write_them() -> None:
    assert parse_dollars_by_code({" g0283": "12.50", 97110: 35}, "rates") == {
        "G0283": Decimal("12.50"),
        "97110": Decimal(35),
    }


@pytest.mark.parametrize(
    ("values", "message", "code"),
    [
        (None, "rates must be a Mapping such as {'97110': '35.00'}, got None", None),
        (
            {"9711": "1"},
            "code must be five characters such as '97530' or 'G0283', got '9711'",
            None,
        ),
        ({"97110": "1", 97110: "1"}, "rates has 97110 twice: give each code once", "97110"),
        (
            {"97110": 1.5},
            "rates['97110'] must be a Decimal, a string such as '40.42', or an int; got 1.5",
            "97110",
        ),
    ],
)
def test_a_bad_amount_is_refused_with_its_code(
    values: object, message: str, code: str | None
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_dollars_by_code(values, "rates")
    assert (str(caught.value), caught.value.field, caught.value.code) == (message, "rates", code)
