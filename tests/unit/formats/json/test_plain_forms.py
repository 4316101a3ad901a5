"""Test how plain values are written, read, and refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from therapy_billing import Discipline
from therapy_billing.codes.roles import ServiceClass
from therapy_billing.formats.json.faults import FaultError
from therapy_billing.formats.json.plain_forms import EnumForm
from therapy_billing.formats.json.record_forms import form_of
from therapy_billing.formats.json.tables import Definitions, TablesWritten

NEW_YORK = ZoneInfo("America/New_York")
MOST = 9007199254740991
NUMBER = "a string with a plain decimal number such as '40.42'"
WHOLE = "a whole number"
MOMENT = (
    "a date and time such as '2026-03-02T09:05:00' or '2026-03-02T09:05:00-05:00[America/New_York]'"
)


class Long(Enum):
    """An enum with more words than a message may have."""

    FIRST = "one two three four"
    SECOND = "five six seven eight"
    THIRD = "nine ten eleven twelve"


def written(value: object, hint: object) -> object:
    return form_of(hint).write(value, TablesWritten())


def read(given: object, hint: object) -> object:
    return form_of(hint).read(given, {})


def reason(call: Callable[[object, object], object], value: object, hint: object) -> str:
    with pytest.raises(FaultError) as caught:
        call(value, hint)
    return caught.value.reason


SAME: list[tuple[Any, Any, Any]] = [
    (str, "", ""),
    (str, "\ud800 \u2028", "\ud800 \u2028"),
    (bool, True, True),
    (int, 0, 0),
    (int, MOST, MOST),
    (int, -MOST, -MOST),
    (Decimal, Decimal("12.50"), "12.50"),
    (Decimal, Decimal("-0.00"), "-0.00"),
    (Decimal, Decimal("0E-10"), "0.0000000000"),
    (Decimal, Decimal("1E-7"), "0.0000001"),
    (Decimal, Decimal("9" * 60 + "." + "9" * 60), "9" * 60 + "." + "9" * 60),
    (date, date(2026, 3, 2), "2026-03-02"),
    (date, date.max, "9999-12-31"),
    (date, date.min, "0001-01-01"),
    (datetime, datetime(2026, 3, 2, 9, 5), "2026-03-02T09:05:00"),  # noqa: DTZ001
    (datetime, datetime(2026, 3, 2, 9, 5, 1, 20, tzinfo=UTC), "2026-03-02T09:05:01.000020+00:00"),
    (
        datetime,
        datetime(2026, 3, 2, 9, 5, tzinfo=timezone(timedelta(hours=5, minutes=45))),
        "2026-03-02T09:05:00+05:45",
    ),
    (
        datetime,
        datetime(2026, 3, 2, 9, 5, tzinfo=NEW_YORK),
        "2026-03-02T09:05:00-05:00[America/New_York]",
    ),
    (
        datetime,
        datetime(2026, 11, 1, 1, 30, tzinfo=NEW_YORK),
        "2026-11-01T01:30:00-04:00[America/New_York]",
    ),
    (
        datetime,
        datetime(2026, 11, 1, 1, 30, tzinfo=NEW_YORK, fold=1),
        "2026-11-01T01:30:00-05:00[America/New_York]",
    ),
    (Discipline, Discipline.PT, "PT"),
]


@pytest.mark.parametrize(("hint", "value", "plain"), SAME)
def test_a_value_is_written_and_read_back(hint: object, value: object, plain: object) -> None:
    assert written(value, hint) == plain
    assert type(written(value, hint)) is type(plain)
    again = read(plain, hint)
    assert again == value
    assert (type(again), repr(again)) == (type(value), repr(value))
    assert getattr(again, "fold", 0) == getattr(value, "fold", 0)
    assert form_of(hint).holds(value)


def test_a_large_exponent_is_written_in_full() -> None:
    assert written(Decimal("1E+2"), Decimal) == "100"


def test_a_time_may_have_z_for_its_offset() -> None:
    assert read("2026-03-02T09:05:00.5Z", datetime) == datetime(
        2026, 3, 2, 9, 5, 0, 500000, tzinfo=UTC
    )


def test_a_subclass_of_datetime_is_written_like_a_datetime() -> None:
    class Moment(datetime):
        def isoformat(self, *_: object) -> str:
            return "another form"

    assert written(Moment(2026, 3, 2, 9, 5), datetime) == "2026-03-02T09:05:00"


REFUSED: list[tuple[Any, Any, str]] = [
    (str, 23, "a string, got a whole number"),
    (str, None, "a string, got null"),
    (str, ["Rosa"], "a string, got an array"),
    (bool, 1, "true or false, got a whole number"),
    (bool, "true", "true or false, got a string"),
    (int, True, f"{WHOLE}, got a boolean"),
    (int, "23", f"{WHOLE}, got a string"),
    (int, 23.0, f"{WHOLE}, got a decimal number"),
    (int, MOST + 1, f"from -{MOST} to {MOST}, got a larger number"),
    (int, -MOST - 1, f"from -{MOST} to {MOST}, got a larger number"),
    (Decimal, 23, f"{NUMBER}, got a whole number"),
    (Decimal, 23.5, f"{NUMBER}, got a decimal number"),
    *(
        (Decimal, text, f"{NUMBER}, got a string")
        for text in ("", "NaN", "Infinity", "1e5", "1_000", " 1", "1\n", "+1", ".5", "5.", "\u0661")
    ),
    (Decimal, "9" * 61, f"{NUMBER}, got a string"),
    *(
        (date, text, "a date such as '2026-03-02', got a string")
        for text in ("3/2/2026", "20260302", "2026-02-30", "2026-W10-1", "2026-03-02\n", "")
    ),
    (date, 20260302, "a date such as '2026-03-02', got a whole number"),
    *(
        (datetime, text, f"{MOMENT}, got a string")
        for text in (
            "2026-03-02",
            "2026-03-02 09:05:00",
            "2026-03-02T09:05",
            "2026-03-02T24:05:00",
            "2026-03-02T09:05:00[America/New_York]",
            "2026-03-02T09:05:00+01:00[America/New_York]",
            "2026-03-02T09:05:00-05:00[Mars/Base]",
            "2026-03-02T09:05:00-05:00[America]",
            "2026-03-02T09:05:00-05:00[/etc/localtime]",
        )
    ),
    (datetime, 5, f"{MOMENT}, got a whole number"),
    (Discipline, "pt", "PT, OT, or SLP, got a string"),
    (Discipline, 1, "PT, OT, or SLP, got a whole number"),
    (Long, "x", "one of its values such as one two three four, got a string"),
]


@pytest.mark.parametrize(("hint", "given", "why"), REFUSED)
def test_another_value_is_refused_by_its_type(hint: object, given: object, why: str) -> None:
    assert reason(read, given, hint) == f" must be {why}"


@pytest.mark.parametrize(
    ("hint", "value", "why"),
    [
        (str, 23, "a string, got a whole number"),
        (int, True, f"{WHOLE}, got a boolean"),
        (bool, 0, "true or false, got a whole number"),
        (Decimal, Decimal("NaN"), f"{NUMBER}, got a Decimal"),
        (Decimal, Decimal("Infinity"), f"{NUMBER}, got a Decimal"),
        (Decimal, Decimal("1E+999999"), f"{NUMBER}, got a Decimal"),
        (Decimal, Decimal("0E-999999"), f"{NUMBER}, got a Decimal"),
        (Decimal, Decimal("1." + "1" * 61), f"{NUMBER}, got a Decimal"),
        (Decimal, Decimal("1E-61"), f"{NUMBER}, got a Decimal"),
        (Decimal, 5, f"{NUMBER}, got a whole number"),
        (date, datetime(2026, 3, 2, tzinfo=UTC), "a date such as '2026-03-02', got a datetime"),
        (datetime, date(2026, 3, 2), f"{MOMENT}, got a date"),
        (Discipline, "PT", "PT, OT, or SLP, got a string"),
        (int, Ellipsis, f"{WHOLE}, got an ellipsis"),
    ],
)
def test_a_value_that_cannot_be_read_back_is_not_written(
    hint: object, value: object, why: str
) -> None:
    assert reason(written, value, hint) == f" must be {why}"


def test_a_datetime_is_not_a_date_and_a_boolean_is_not_a_number() -> None:
    assert not form_of(date).holds(datetime(2026, 3, 2, tzinfo=UTC))
    assert not form_of(int).holds(True)  # noqa: FBT003 - the value is the test
    assert not EnumForm(Discipline).holds("PT")
    assert form_of(ServiceClass).holds(ServiceClass.GROUP)


@pytest.mark.parametrize(
    ("hint", "schema"),
    [
        (str, {"type": "string"}),
        (bool, {"type": "boolean"}),
        (int, {"type": "integer", "minimum": -MOST, "maximum": MOST}),
        (Decimal, {"type": "string", "pattern": r"^-?[0-9]{1,60}(\.[0-9]{1,60})?$"}),
        (
            date,
            {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "format": "date"},
        ),
        (Discipline, {"enum": ["PT", "OT", "SLP"]}),
    ],
)
def test_each_form_has_its_schema(hint: object, schema: object) -> None:
    assert form_of(hint).schema(Definitions()) == schema
