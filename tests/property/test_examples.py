"""Test the published worked examples. A figure may change only together with its source."""

from __future__ import annotations

import datetime
import tomllib
from collections import Counter
from typing import NotRequired, TypedDict, cast

import pytest

from tests.paths import EXAMPLE_FILES
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    Discipline,
    Session,
    TimedService,
    UnitMethod,
    UntimedService,
    allocate_units,
)

EXAMPLES_FILE = EXAMPLE_FILES / "units.toml"
PAYERS = {"cms-eight-minute": MEDICARE, "cpt-midpoint": CPT_MIDPOINT}
VERIFIED_WORDS = {"official", "secondary", "data-file", "derived", "unverified"}


class ExampleSource(TypedDict):
    """The source of a published example."""

    title: str
    section: NotRequired[str]
    url: NotRequired[str]


class Example(TypedDict):
    """The minutes of a day, and the units that may be billed for them."""

    id: str
    method: str
    minutes: dict[str, int]
    untimed: NotRequired[list[str]]
    total_minutes: int
    total_units: int
    admissible: list[dict[str, int]]
    source: ExampleSource
    verified: str


def load_examples() -> list[Example]:
    """Read the examples in file order."""
    document = tomllib.loads(EXAMPLES_FILE.read_text(encoding="utf-8"))
    return cast("list[Example]", document["example"])


EXAMPLES = load_examples()
by_id = pytest.mark.parametrize("example", EXAMPLES, ids=[each["id"] for each in EXAMPLES])


def session_of(example: Example) -> Session:
    """Return the minutes of *example* as a session."""
    return Session(
        date_of_service=datetime.date(2026, 3, 2),
        discipline=Discipline.PT,
        services=(
            *(TimedService(code, minutes=m) for code, m in example["minutes"].items()),
            *(UntimedService(code) for code in example.get("untimed", [])),
        ),
    )


@by_id
def test_an_example_is_billed_as_its_source_says(example: Example) -> None:
    allocation = allocate_units(session_of(example), PAYERS[example["method"]])
    admissible = [dict(units) for units in allocation.admissible]
    assert allocation.total_units == example["total_units"]
    assert len(admissible) == len(example["admissible"])
    assert all(units in example["admissible"] for units in admissible)
    assert all(units in admissible for units in example["admissible"])
    assert dict(allocation.units) == admissible[0]
    assert allocation.tied is (len(example["admissible"]) > 1)
    assert dict(allocation.untimed_units) == dict.fromkeys(example.get("untimed", []), 1)


@by_id
def test_minutes_by_code_give_the_same_result_as_a_session(
    example: Example,
) -> None:
    by_payer = allocate_units(session_of(example), PAYERS[example["method"]])
    by_method = allocate_units(example["minutes"], UnitMethod(example["method"]))
    assert by_method.units == by_payer.units
    assert by_method.admissible == by_payer.admissible


@by_id
def test_an_example_adds_up(example: Example) -> None:
    assert sum(example["minutes"].values()) == example["total_minutes"]
    assert example["admissible"]
    for units in example["admissible"]:
        assert units.keys() == example["minutes"].keys()
        assert sum(units.values()) == example["total_units"]


@by_id
def test_an_example_has_a_source_and_a_verification(example: Example) -> None:
    source = example["source"]
    assert source["title"].strip()
    assert (source.get("section", "") + source.get("url", "")).strip()
    assert all(source.values())
    assert example["verified"] in VERIFIED_WORDS


def test_no_two_examples_have_the_same_id() -> None:
    counted = Counter(example["id"] for example in EXAMPLES)
    assert [name for name, count in counted.items() if count > 1] == []
