"""Records as plain values."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import attrs
import pytest

from tests.refusals import refusal
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    ClaimLine,
    Discipline,
    FileFormatError,
    InvalidInputError,
    ScheduleEntry,
    Session,
    TimedService,
    compare_payers,
    load_codes,
    read_treatment_log,
    to_dict,
)
from therapy_billing.base.record_dicts import DictRecord
from therapy_billing.visits import LogDay


class Side(enum.Enum):
    """An enum of the tests."""

    LEFT = "left"


class Pair(NamedTuple):
    """A NamedTuple of the tests."""

    first: object
    second: object


@attrs.frozen
class Holder(DictRecord):
    """A record without a declaration."""

    value: Any
    _hidden: int = 1
    _shown: int = 2

    @property
    def shown(self) -> int:
        """A private field with a public property."""
        return self._shown


@attrs.frozen
class Declared:
    """A record that declares its entries."""

    _dict_fields = ("count", "*inner", "inner.first", "renamed=inner.second", "*missing", "second")

    inner: Pair
    second: str = "a later entry"
    missing: None = None
    left_out: int = 7

    @property
    def count(self) -> int:
        """A derived value."""
        return 2


SERVICE = TimedService("97110", 15, activity="squats")
ON = "2026-03-02"


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ("97110", "97110"),
        (15, 15),
        (True, True),
        (None, None),
        (Decimal("12.50"), "12.50"),
        (Decimal("1E+2"), "1E+2"),
        (date(2026, 3, 2), "2026-03-02"),
        (datetime(2026, 3, 2, 9, 5, tzinfo=UTC), "2026-03-02T09:05:00+00:00"),
        (Side.LEFT, "left"),
        ((1, ("a", None)), [1, ["a", None]]),
        ([Side.LEFT], ["left"]),
        (frozenset({"97530", "97110"}), ["97110", "97530"]),
        (Pair(Side.LEFT, ()), {"first": "left", "second": []}),
        (FileFormatError("empty", "day.csv", 2), "day.csv, line 2: empty"),
        (
            {Side.LEFT: 1, None: 2, ("15202", "00"): 3, 4: Decimal(5)},
            {"left": 1, "": 2, "15202-00": 3, "4": "5"},
        ),
        (MappingProxyType({date(2026, 3, 2): Side.LEFT}), {"2026-03-02": "left"}),
    ],
)
def test_each_type_is_converted(value: object, plain: object) -> None:
    assert to_dict(Holder(value))["value"] == plain
    assert type(to_dict(Holder(value))["value"]) is type(plain)


def test_a_record_returns_its_public_fields_in_order_by_default() -> None:
    assert list(to_dict(Holder(0)).items()) == [("value", 0), ("shown", 2)]
    assert list(to_dict(load_codes()["97110"]))[:2] == ["code", "label"]
    assert "validity" in to_dict(load_codes()["97110"])["sources"]


def test_a_declaration_adds_renames_unpacks_and_leaves_out() -> None:
    assert list(to_dict(Declared(Pair(1, 2))).items()) == [
        ("count", 2),
        ("first", 1),
        ("second", "a later entry"),
        ("renamed", 2),
    ]


def test_the_method_returns_what_the_function_returns() -> None:
    line = ClaimLine("97110", 2, ("GP",))
    assert line.to_dict() == to_dict(line)


def test_a_dict_includes_the_keys_that_a_repr_hides() -> None:
    entry = ScheduleEntry("row 7", "P-1", "T-1", ON, "PT", SERVICE)
    day = LogDay("P-1", date(2026, 3, 2), "", [Session(ON, "PT", [SERVICE])], 2, schedule=(entry,))
    shown = to_dict(day)
    assert shown["patient"] == shown["schedule"][0]["patient"] == "P-1"
    assert shown["schedule"][0]["treated_by"] == "T-1"
    assert shown["schedule"][0]["discipline"] == Discipline.PT.value
    assert "P-1" not in repr(day)


def test_equal_claims_have_no_lines_that_differ() -> None:
    comparison = compare_payers(Session(ON, "PT", [SERVICE]), MEDICARE, CPT_MIDPOINT)
    assert to_dict(comparison)["lines"] == []


def test_the_errors_of_a_log_become_messages(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(
        "patient,date,discipline,code,minutes\n"
        "P-1,2026-03-02,PT,97110,15\n"
        "P-2,2026-03-02,PT,97110,many\n"
    )
    log = read_treatment_log(path, keep_going=True)
    assert to_dict(log)["errors"] == [str(log.errors[0])]


@pytest.mark.parametrize(
    ("value", "field", "kind"),
    [
        (1.5, "value", "float"),
        (Pair(1, 1.5), "value.second", "float"),
        ((Holder({"97110": (1.5,)}),), "value.value", "float"),
        ({1.5: 1}, "value", "float"),
        (b"97110", "value", "bytes"),
    ],
)
def test_a_value_that_cannot_be_converted_is_refused_with_its_field(
    value: object, field: str, kind: str
) -> None:
    assert refusal(InvalidInputError, lambda: to_dict(Holder(value))) == (
        f"{field} must be a string, a flag, a whole number, a Decimal, a date, an enum, or a record "
        f"to become a dict, got {kind}"
    )


def test_the_path_names_the_field_that_is_unpacked() -> None:
    message = refusal(InvalidInputError, lambda: to_dict(Declared(Pair(1.5, 2))))
    assert message.startswith("inner.first must be")


@pytest.mark.parametrize("value", ["97110", {"code": "97110"}, (1, 2), ClaimLine, None])
def test_what_is_not_a_record_is_refused(value: object) -> None:
    message = refusal(InvalidInputError, lambda: to_dict(value))
    assert message.startswith("record must be a record such as a Session, got ")


def test_changing_a_dict_does_not_change_the_record() -> None:
    codes: Mapping[str, int] = {"97110": 2}
    holder = Holder(codes)
    to_dict(holder)["value"]["97110"] = 3
    assert to_dict(holder)["value"] == {"97110": 2}
