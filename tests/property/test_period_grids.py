"""Compare every minute of a day with the published bands, for codes with hour and half-hour periods."""

from __future__ import annotations

import tomllib
from collections import Counter
from typing import TypedDict, cast

import pytest

from tests.paths import EXAMPLE_FILES
from therapy_billing import CPT_MIDPOINT, MEDICARE, UnitMethod, allocate_units, load_codes

PAYERS = {"cms-eight-minute": MEDICARE, "cpt-midpoint": CPT_MIDPOINT}
MOST_MINUTES = 300


class Period(TypedDict):
    """The fewest minutes for each unit of a code, and their source."""

    code: str
    further: str
    first: int
    next: int
    every: int
    methods: list[str]
    source: dict[str, str]
    verified: str


def load_periods() -> list[Period]:
    """Read the periods in file order."""
    path = EXAMPLE_FILES / "periods.toml"
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    return cast("list[Period]", document["period"])


CASES = [(period, method) for period in load_periods() for method in period["methods"]]
IDS = [f"{period['code']}-{method}" for period, method in CASES]


def wanted(period: Period, minutes: int) -> Counter[str]:
    """Count the units one by one, up to the last one that is reached."""
    units: Counter[str] = Counter()
    if minutes >= period["first"]:
        units[period["code"]] += 1
    reached = period["next"]
    while minutes >= reached:
        units[period["further"]] += 1
        reached += period["every"]
    return units


@pytest.mark.parametrize(("period", "method"), CASES, ids=IDS)
def test_each_minute_makes_the_units_of_its_band(period: Period, method: str) -> None:
    for minutes in range(MOST_MINUTES + 1):
        expected = wanted(period, minutes)
        for payer in (PAYERS[method], UnitMethod(method)):
            units = allocate_units({period["code"]: minutes}, payer).units
            assert {code: count for code, count in units.items() if count} == expected, minutes


@pytest.mark.parametrize(("period", "method"), CASES, ids=IDS)
def test_minutes_may_also_be_recorded_under_the_add_on(period: Period, method: str) -> None:
    code, further = period["code"], period["further"]
    if further == code:
        return
    for minutes in range(0, MOST_MINUTES + 1, 7):
        split = {code: minutes // 2, further: minutes - minutes // 2}
        units = allocate_units(split, PAYERS[method]).units
        assert {each: count for each, count in units.items() if count} == wanted(period, minutes)


def test_every_longer_period_code_has_bands_for_both_methods() -> None:
    longer = {
        code
        for code, facts in load_codes().items()
        if (facts.unit_minutes or 0) > 15 and not facts.adds_to
    }
    given = Counter((period["code"], method) for period, method in CASES)
    assert set(given) == {(code, method) for code in longer for method in PAYERS}
    assert set(given.values()) == {1}


def test_each_band_names_its_source() -> None:
    for period in load_periods():
        assert period["source"]["title"].strip()
        assert period["verified"] in {"official", "secondary", "derived", "unverified"}
