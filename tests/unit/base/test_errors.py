"""Errors are their nearest built-ins too, and no message repeats what could be a name."""

from __future__ import annotations

import enum
import pickle
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from therapy_billing import (
    FileFormatError,
    InvalidInputError,
    NotPublishedError,
    TherapyBillingError,
    UnitMethod,
)
from therapy_billing.base.errors import ErrorList, is_missing, shown


@pytest.mark.parametrize(
    ("error", "built_in"),
    [
        (InvalidInputError, ValueError),
        (NotPublishedError, LookupError),
        (FileFormatError, ValueError),
    ],
)
def test_an_error_is_of_the_library_and_its_nearest_built_in(
    error: type[Exception], built_in: type[Exception]
) -> None:
    assert issubclass(error, TherapyBillingError)
    assert issubclass(error, built_in)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (FileFormatError("no header", "day.csv"), "day.csv: no header"),
        (FileFormatError("no header", "day.csv", 1), "day.csv, line 1: no header"),
        (FileFormatError("bad", "day.csv", 7, "minutes"), "day.csv, line 7, column minutes: bad"),
        (FileFormatError("bad", "day.csv", column="minutes"), "day.csv, column minutes: bad"),
    ],
)
def test_a_place_in_a_file_is_told_as_far_as_it_is_known(error: FileFormatError, text: str) -> None:
    assert str(error) == text


def test_a_place_in_a_file_comes_back_from_a_pickle() -> None:
    error = FileFormatError("bad", "day.csv", 7, "minutes")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - written in this line
    assert type(again) is FileFormatError
    assert (again.reason, again.path, again.line, again.column) == ("bad", "day.csv", 7, "minutes")
    assert again.args == error.args == ("bad", "day.csv", 7, "minutes")
    assert str(again) == str(error)


class Colour(enum.Enum):
    """An enum of the caller."""

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
        ("Rosa Invented", "a text of 13 characters"),
        ("Rosa", "a text of 4 characters"),
        ("Rosa17", "a text of 6 characters"),
        ("123456", "a text of 6 characters"),
        ("1234.123456", "a text of 11 characters"),
        ("1/123456", "a text of 8 characters"),
        ("3/2/2026 9:05 AM", "a text of 16 characters"),
        ("2026-03-02 Rosa", "a text of 15 characters"),
        ("2026-03-02 09:05 97530", "a text of 22 characters"),
        ("", "a text of 0 characters"),
        ("-", "a text of 1 characters"),
        ("5\n5", "a text of 3 characters"),
        (True, "True"),
        (7, "7"),
        (-99_999, "-99999"),
        (99_999, "99999"),
        (100_000, "a number outside 99999"),
        (-100_000, "a number outside 99999"),
        (7.5, "7.5"),
        (float("inf"), "a number outside 99999"),
        (float("nan"), "NaN (a missing value)"),
        (10**400, "a number outside 99999"),
        (Decimal("40.42"), "40.42"),
        (Decimal("99999.01"), "a number outside 99999"),
        (Decimal("NaN"), "NaN (a missing value)"),
        (Decimal("-Infinity"), "a number outside 99999"),
        (UnitMethod.CPT_MIDPOINT, "'cpt-midpoint'"),
        (Colour.RED, "3"),
        (None, "None"),
        (["Rosa Invented"], "a list"),
        ({"Rosa": "Invented"}, "a dict"),
        (b"Rosa Invented", "a bytes"),
        (UnitMethod, "a EnumType"),
    ],
)
def test_a_value_is_shown_only_where_it_can_be_no_name(value: object, text: str) -> None:
    assert shown(value) == text


@pytest.mark.parametrize(
    "number",
    ["123-45-6789", "123 45 6789", "123.45.6789", "555-123-4567", "555-1234", "(555) 123-4567"],
)
def test_the_number_of_a_person_is_not_shown_however_it_is_grouped(number: str) -> None:
    assert number not in shown(number)


@given(st.text(st.characters(categories=["L", "Zs"]), min_size=1))
def test_no_text_of_letters_and_spaces_is_shown(text: str) -> None:
    assert shown(text) == f"a text of {len(text)} characters"


def listed(count: int, max_errors: int) -> list[str]:
    errors = ErrorList("day.csv", max_errors)
    for line in range(1, count + 1):
        errors.add(FileFormatError("empty", "day.csv", line))
    assert errors.count == count == sum(error.count for error in errors.listed())
    assert len(errors.group().exceptions) == len(errors.listed())
    return [str(error) for error in errors.listed()]


def test_errors_beyond_the_limit_are_counted_and_not_listed() -> None:
    two = ["day.csv, line 1: empty", "day.csv, line 2: empty"]
    assert listed(2, 2) == two
    assert listed(3, 2) == [*two, "day.csv: 1 more error is not listed"]
    assert listed(1_236, 2) == [*two, "day.csv: 1,234 more errors are not listed"]


def test_the_error_that_ends_the_reading_is_always_listed() -> None:
    errors = ErrorList("day.csv", 1)
    for line in (1, 2):
        errors.add(FileFormatError("empty", "day.csv", line))
    errors.add(FileFormatError("no CSV", "day.csv", 3), always=True)
    assert [str(error) for error in errors.listed()] == [
        "day.csv, line 1: empty",
        "day.csv, line 3: no CSV",
        "day.csv: 1 more error is not listed",
    ]
    assert errors.group().message == "3 bad rows in day.csv"


@pytest.mark.parametrize("max_errors", [0, -1, True, "10", 1.5, None])
def test_a_limit_that_is_no_whole_number_from_1_is_refused(max_errors: object) -> None:
    with pytest.raises(InvalidInputError, match="max_errors must be a whole number from 1, got"):
        ErrorList("day.csv", max_errors)  # type: ignore[arg-type]


def test_a_count_of_errors_comes_back_from_a_pickle() -> None:
    error = FileFormatError("more", "day.csv", count=7)
    assert pickle.loads(pickle.dumps(error)).count == 7  # noqa: S301 - written in this line


class Array:
    """Compares cell by cell, as an array of numpy or a table of pandas does."""

    def __ne__(self, other: object) -> Array:  # type: ignore[override]
        return self

    def __bool__(self) -> bool:
        msg = "the truth value of an array is ambiguous"
        raise ValueError(msg)


class NAType:
    """Behaves as ``pandas.NA``."""

    def __ne__(self, other: object) -> NAType:  # type: ignore[override]
        return self

    def __bool__(self) -> bool:
        msg = "boolean value of NA is ambiguous"
        raise TypeError(msg)


def test_an_array_is_not_missing_and_na_is() -> None:
    assert not is_missing(Array())
    assert is_missing(NAType())
    assert (shown(Array()), shown(NAType())) == ("a Array", "NA (a missing value)")
