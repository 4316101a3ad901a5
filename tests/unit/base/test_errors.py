"""Each error is also its nearest built-in, and no message repeats text that could be a name."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable

import pytest

from therapy_billing import (
    FileFormatError,
    InvalidInputError,
    NotPublishedError,
    TherapyBillingError,
)
from therapy_billing.base.errors import ErrorList, put_into


@pytest.mark.parametrize(
    ("error", "built_in"),
    [
        (InvalidInputError, ValueError),
        (NotPublishedError, LookupError),
        (FileFormatError, ValueError),
    ],
)
def test_an_error_is_a_library_error_and_its_nearest_built_in(
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
def test_a_message_names_file_line_and_column_if_known(error: FileFormatError, text: str) -> None:
    assert str(error) == text


def test_a_file_error_survives_pickling() -> None:
    error = FileFormatError("bad", "day.csv", 7, "minutes")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - written in this line
    assert type(again) is FileFormatError
    assert (again.reason, again.path, again.line, again.column) == ("bad", "day.csv", 7, "minutes")
    assert again.args == error.args == ("bad", "day.csv", 7, "minutes")
    assert str(again) == str(error)


def pickled(error: TherapyBillingError) -> TherapyBillingError:
    again: TherapyBillingError = pickle.loads(pickle.dumps(error))  # noqa: S301 - written in this line
    return again


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, pickled])
@pytest.mark.parametrize("kind", [TherapyBillingError, InvalidInputError, NotPublishedError])
def test_an_error_keeps_its_field_and_code_in_a_copy(
    kind: type[TherapyBillingError], again: Callable[[TherapyBillingError], TherapyBillingError]
) -> None:
    error = again(kind("code 97161 is untimed", field="services[2].code", code="97161"))
    assert (type(error), str(error)) == (kind, "code 97161 is untimed")
    assert (error.field, error.code, error.line) == ("services[2].code", "97161", None)


def test_an_error_may_have_no_field_and_no_code() -> None:
    error = InvalidInputError("there is no claim")
    assert (error.field, error.code, error.line) == (None, None, None)
    put_into("claims", error)
    assert error.field == "claims"
    put_into("days[1]", error)
    assert error.field == "days[1].claims"


def test_the_field_of_an_error_in_a_file_is_its_column() -> None:
    error = FileFormatError("bad", "day.csv", 7, "minutes")
    assert (error.field, error.code, error.line) == ("minutes", None, 7)
    assert FileFormatError("no header", "day.csv").field is None


def listed(count: int, max_errors: int) -> list[str]:
    errors = ErrorList("day.csv", max_errors)
    for line in range(1, count + 1):
        errors.add(FileFormatError("empty", "day.csv", line))
    assert errors.count == count == sum(error.count for error in errors.listed())
    assert len(errors.group().exceptions) == len(errors.listed())
    return [str(error) for error in errors.listed()]


def test_errors_above_the_limit_are_counted_and_not_listed() -> None:
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
def test_a_limit_below_1_or_not_whole_is_refused(max_errors: object) -> None:
    with pytest.raises(
        InvalidInputError, match="max_errors must be a whole number of 1 or more, got"
    ):
        ErrorList("day.csv", max_errors)  # type: ignore[arg-type]


def test_a_count_of_errors_survives_pickling() -> None:
    error = FileFormatError("more", "day.csv", count=7)
    assert pickle.loads(pickle.dumps(error)).count == 7  # noqa: S301 - written in this line
