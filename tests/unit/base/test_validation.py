"""Checks of record fields against their annotations."""

from __future__ import annotations

import inspect
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import attrs
import pytest

from tests.refusals import refusal
from therapy_billing import InvalidInputError
from therapy_billing.base.choices import Choice
from therapy_billing.base.validation import checked, require_key, require_path


class Priced(Protocol):
    """Anything with a price."""

    price: int


def _not_empty(value: str, *, what: str = "text") -> str:
    if not value:
        msg = f"{what} is empty"
        raise InvalidInputError(msg)
    return value


class Side(Choice):
    """A side of the body."""

    LEFT = "left"
    RIGHT = "right"


@attrs.frozen(field_transformer=checked)
class Visit:
    day: date
    signed: bool
    _note: str | None = None
    fee: Decimal = Decimal(1)
    codes: tuple[str, ...] = ()
    units: int | str = 1
    priced: Priced | None = None
    region: str = attrs.field(default="knee", converter=_not_empty)
    asked: bool | None = None
    side: Side = Side.LEFT
    visits: int = 1
    total: int = attrs.field(init=False, default=0)


def test_a_path_is_text_that_can_be_a_file_name() -> None:
    for wrong in ("a\0b", "\ud800", b"day.csv", 7, ""):
        with pytest.raises(InvalidInputError) as caught:
            require_path(wrong, "log")
        assert caught.value.field == "log"
    assert require_path("M\u00e4rz\udcff.csv") == "M\u00e4rz\udcff.csv"


class NumpyBool:
    """Behave as a NumPy flag, which is not a bool."""

    def __bool__(self) -> bool:
        return True


NumpyBool.__module__, NumpyBool.__name__ = "numpy", "bool_"
ON = date(2026, 3, 2)


def test_valid_values_are_not_changed() -> None:
    visit = Visit(ON, True, "", Decimal(2), ("97110",), "2", asked=False)  # noqa: FBT003
    assert attrs.astuple(visit)[:6] == (ON, True, "", Decimal(2), ("97110",), "2")
    assert (visit.priced, visit.asked, visit.total) == (None, False, 0)


def test_a_numpy_flag_becomes_a_bool() -> None:
    flag: Any = NumpyBool()
    assert Visit(ON, flag).signed is True


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"codes": ["97110", 7]}, "codes[1] must be a str, got 7"),
        ({"day": datetime(2026, 3, 2)}, "day must be a date, got a datetime"),  # noqa: DTZ001
        ({"side": "middle"}, "side must be left or right, got a string of 6 characters"),
        ({"visits": 1.5}, "visits must be a whole number, got 1.5"),
        ({"day": "2026-03-02"}, "day must be a date, got '2026-03-02'"),
        ({"day": None}, "day must be a date, got None"),
        ({"signed": None}, "signed must be True or False, got None"),
        ({"signed": " No "}, "signed must be True or False, got ' No '"),
        ({"signed": "Rosa"}, "signed must be True or False, got a string of 4 characters"),
        ({"asked": 1}, "asked must be True or False, got 1"),
        ({"note": 5}, "note must be a string, got 5; use None if there is none"),
        ({"region": ""}, "region is empty"),
        ({"fee": Decimal("NaN")}, "fee must be a Decimal, got NaN (a missing value)"),
        ({"fee": 1}, "fee must be a Decimal, got 1"),
        ({"codes": None}, "codes must be a tuple or a list, got None"),
        ({"units": float("nan")}, "units must have a value, got NaN (a missing value)"),
        ({"priced": float("nan")}, "priced must have a value, got NaN (a missing value)"),
    ],
)
def test_bad_values_are_refused_with_the_field_name(given: dict[str, Any], message: str) -> None:
    values: dict[str, Any] = {"day": ON, "signed": True, **given}
    assert refusal(InvalidInputError, lambda: Visit(**values)) == message


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"day": None}, "day"),
        ({"note": 5}, "note"),
        ({"region": ""}, "region"),
        ({"codes": ["97110", 7]}, "codes[1]"),
        ({"priced": float("nan")}, "priced"),
        ({"side": 7}, "side"),
        ({"visits": 1.5}, "visits"),
    ],
)
def test_each_refusal_carries_its_field(given: dict[str, Any], field: str) -> None:
    values: dict[str, Any] = {"day": ON, "signed": True, **given}
    with pytest.raises(InvalidInputError) as caught:
        Visit(**values)
    assert caught.value.field == field


def test_choices_and_whole_numbers_are_read_as_callers_write_them() -> None:
    values: dict[str, Any] = {"day": ON, "signed": True, "side": " RIGHT", "visits": 2.0}
    visit = Visit(**values)
    assert (visit.side, visit.visits, type(visit.visits)) == (Side.RIGHT, 2, int)


def test_a_list_becomes_a_tuple() -> None:
    codes: Any = ["97110"]
    assert Visit(ON, True, codes=codes).codes == ("97110",)  # noqa: FBT003


def test_the_signature_keeps_its_annotations() -> None:
    parameters = inspect.signature(Visit).parameters
    assert [str(parameters[name].annotation) for name in ("signed", "note", "region")] == [
        "bool",
        "str | None",
        "str",
    ]


def test_a_path_is_text_or_a_path_object() -> None:
    assert require_path("a.csv") == require_path(Path("a.csv")) == "a.csv"
    assert refusal(InvalidInputError, lambda: require_path("a\0b")) == (
        "path must be the path of a file, got a string of 3 characters"
    )
    in_bytes: Any = b"a.csv"
    assert refusal(InvalidInputError, lambda: require_path(in_bytes, "folder")) == (
        "folder must be the path of a file, got a bytes"
    )


def test_a_bytes_path_is_refused() -> None:
    class InBytes:
        def __fspath__(self) -> bytes:
            return b"a.csv"

    assert refusal(InvalidInputError, lambda: require_path(InBytes())) == (
        "path must be the path of a file, got a InBytes"
    )


@pytest.mark.parametrize("key", ["row 7", " 7 "])
def test_a_key_is_any_text_and_stays_as_it_is(key: str) -> None:
    assert require_key(key) == key


@pytest.mark.parametrize(
    ("key", "got"),
    [
        ("", "an empty string"),
        (" \t", "an empty string"),
        (None, "None"),
        (float("nan"), "NaN (a missing value)"),
        (12345, "an int"),
        (["12345"], "a list"),
    ],
)
def test_a_bad_key_is_refused_and_not_shown(key: object, got: str) -> None:
    assert refusal(InvalidInputError, lambda: require_key(key, "patient")) == (
        f"patient must be a string that is not empty, got {got}"
    )
