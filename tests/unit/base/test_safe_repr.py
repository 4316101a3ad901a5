"""What a message may show of a value."""

from __future__ import annotations

import enum
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from therapy_billing import UnitMethod
from therapy_billing.base.safe_repr import is_missing, safe_repr


class Color(enum.Enum):
    """A caller's enum."""

    RED = 3


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("97530", "'97530'"),
        ("9753O", "'9753O'"),
        ("G0283", "'G0283'"),
        ("7", "'7'"),
        ("2026-03-02", "'2026-03-02'"),
        ("2026-03-02 09:05", "'2026-03-02 09:05'"),
        ("2026-03-02T09:05:00Z", "'2026-03-02T09:05:00Z'"),
        ("2026-03-02 09:05:30-05:00", "'2026-03-02 09:05:30-05:00'"),
        ("09:05:30.123456+0530", "'09:05:30.123456+0530'"),
        ("3/2/2026", "'3/2/2026'"),
        ("3/2/26 9:05", "'3/2/26 9:05'"),
        ("25:61", "'25:61'"),
        ("-12.5", "'-12.5'"),
        ("+7", "'+7'"),
        ("$40.42", "'$40.42'"),
        ("12345.12345", "'12345.12345'"),
        ("12345", "'12345'"),
        ("Rosa Invented", "a string of 13 characters"),
        ("Rosa", "a string of 4 characters"),
        ("Rosa17", "a string of 6 characters"),
        ("123456", "a string of 6 characters"),
        ("1234.123456", "a string of 11 characters"),
        ("1/123456", "a string of 8 characters"),
        ("3/2/2026 9:05 AM", "a string of 16 characters"),
        ("2026-03-02 Rosa", "a string of 15 characters"),
        ("2026-03-02 09:05 97530", "a string of 22 characters"),
        ("", "an empty string"),
        ("-", "a string of 1 character"),
        ("5\n5", "a string of 3 characters"),
        (True, "True"),
        (7, "7"),
        (-99_999, "-99999"),
        (99_999, "99999"),
        (100_000, "a number above 99999"),
        (-100_000, "a number below -99999"),
        (7.5, "7.5"),
        (float("inf"), "a number above 99999"),
        (float("nan"), "NaN (a missing value)"),
        (10**400, "a number above 99999"),
        (Decimal("40.42"), "40.42"),
        (Decimal("99999.01"), "a number above 99999"),
        (Decimal("NaN"), "NaN (a missing value)"),
        (Decimal("-Infinity"), "a number below -99999"),
        (UnitMethod.CPT_MIDPOINT, "'cpt-midpoint'"),
        (Color.RED, "3"),
        (None, "None"),
        (["Rosa Invented"], "a list"),
        ({"Rosa": "Invented"}, "a dict"),
        (b"Rosa Invented", "a bytes"),
        (UnitMethod, "a EnumType"),
    ],
)
def test_a_value_is_shown_only_if_it_cannot_be_a_name(value: object, text: str) -> None:
    assert safe_repr(value) == text


@pytest.mark.parametrize(
    "number",
    ["123-45-6789", "123 45 6789", "123.45.6789", "555-123-4567", "555-1234", "(555) 123-4567"],
)
def test_a_personal_number_is_not_shown_in_any_format(number: str) -> None:
    assert number not in safe_repr(number)


@given(st.text(st.characters(categories=["L", "Zs"]), min_size=1))
def test_text_of_letters_and_spaces_is_not_shown(text: str) -> None:
    plural = "" if len(text) == 1 else "s"
    assert safe_repr(text) == f"a string of {len(text)} character{plural}"


class Array:
    """Compare cell by cell, as NumPy arrays and pandas tables do."""

    def __ne__(self, other: object) -> Array:  # type: ignore[override]
        return self

    def __bool__(self) -> bool:
        msg = "the truth value of an array is ambiguous"
        raise ValueError(msg)


class NAType:
    """Behave as ``pandas.NA``."""

    def __ne__(self, other: object) -> NAType:  # type: ignore[override]
        return self

    def __bool__(self) -> bool:
        msg = "boolean value of NA is ambiguous"
        raise TypeError(msg)


def test_an_array_is_not_missing_and_na_is() -> None:
    assert not is_missing(Array())
    assert is_missing(NAType())
    assert (safe_repr(Array()), safe_repr(NAType())) == ("a Array", "NA (a missing value)")


def test_none_is_missing() -> None:
    assert is_missing(None)
