"""The published and derived examples of edits: an outcome changes here only together with its source."""

from __future__ import annotations

import datetime
import tomllib
from collections import Counter
from typing import NotRequired, TypedDict, cast

import pytest

from tests.paths import EXAMPLE_FILES
from therapy_billing import MEDICARE, Claim, ClaimLine
from therapy_billing.checks.day import check_claim

EXAMPLES_FILE = EXAMPLE_FILES / "edits.toml"
CHECKED = ("ncci-ptp", "ncci-mue", "discipline-only", "one-evaluation", "add-on-alone")
VERIFIED_WORDS = {"official", "secondary", "data-file", "derived", "unverified"}


class ExampleLine(TypedDict):
    """A line of the claim."""

    code: str
    units: int
    modifiers: list[str]


class Outcome(TypedDict):
    """What a rule finds about a code."""

    rule: str
    severity: str
    code: str


class ExampleSource(TypedDict):
    """Where an example comes from."""

    title: str
    section: str


class Example(TypedDict):
    """A claim and its findings."""

    id: str
    date_of_service: datetime.date
    setting: NotRequired[str]
    lines: list[ExampleLine]
    found: list[Outcome]
    source: ExampleSource
    verified: str


def load_examples() -> list[Example]:
    """Read the examples in the order of their file."""
    document = tomllib.loads(EXAMPLES_FILE.read_text(encoding="utf-8"))
    return cast("list[Example]", document["example"])


EXAMPLES = load_examples()
by_id = pytest.mark.parametrize("example", EXAMPLES, ids=[each["id"] for each in EXAMPLES])


def found_in(example: Example, lines: list[ClaimLine]) -> set[tuple[str, str, str]]:
    """Return the rule, severity, and code of each finding; for a pair, the column 2 code."""
    found = check_claim(
        Claim(example["date_of_service"], lines),
        MEDICARE,
        edit_setting=example.get("setting", "practitioner"),
        checks=CHECKED,
    )
    return {
        (each.rule.id, each.severity.value, code)
        for each in found
        for code in (each.codes[:1] if each.rule.id == "ncci-ptp" else each.codes)
    }


def lines_of(example: Example) -> list[ClaimLine]:
    """Return the lines of *example*."""
    return [
        ClaimLine(line["code"], line["units"], tuple(line["modifiers"]))
        for line in example["lines"]
    ]


def expected_of(example: Example) -> set[tuple[str, str, str]]:
    """Return the findings that *example* expects."""
    return {(each["rule"], each["severity"], each["code"]) for each in example["found"]}


@by_id
def test_an_example_is_denied_and_paid_as_its_source_says(example: Example) -> None:
    assert found_in(example, lines_of(example)) == expected_of(example)


@by_id
def test_an_example_comes_out_the_same_with_its_lines_turned_round(example: Example) -> None:
    assert found_in(example, lines_of(example)[::-1]) == expected_of(example)


@by_id
def test_an_example_names_its_source_and_how_far_it_was_verified(example: Example) -> None:
    source = example["source"]
    assert source["title"].strip()
    assert source["section"].strip()
    assert example["verified"] in VERIFIED_WORDS


def test_no_two_examples_have_the_same_id() -> None:
    counted = Counter(example["id"] for example in EXAMPLES)
    assert [name for name, count in counted.items() if count > 1] == []


def test_denials_and_payments_are_both_among_the_examples() -> None:
    severities = {each["severity"] for example in EXAMPLES for each in example["found"]}
    assert severities == {"deny", "review", "info"}
    assert any(not example["found"] for example in EXAMPLES)
