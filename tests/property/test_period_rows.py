"""
Every row of the table of facts ``tests/examples/period_codes.csv`` is compared with the results of the library.

A row that cannot be compared is in ``NOT_USABLE`` with its reason.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from tests.paths import EXAMPLE_FILES
from therapy_billing import (
    MEDICARE,
    Claim,
    ClaimLine,
    Edits,
    MonitoringPeriod,
    allocate_units,
    check_claim,
    load_codes,
)
from therapy_billing.codes import PeriodCode, PeriodFamily
from therapy_billing.codes.period_codes import exclusive_codes, period_code_on

with (EXAMPLE_FILES / "period_codes.csv").open(encoding="utf-8", newline="") as file:
    ROWS = tuple(csv.DictReader(file))

NOT_USABLE: Mapping[str, str] = {
    "92626": "the first hour is counted by allocate_units if the code is in the code book",
    "92627": "derived from 15 minutes, as recalled; older pages of ASHA say 30 minutes",
    "92605": "bundled, never paid by Medicare; counted by allocate_units if the code is in the code book",
    "92618": "bundled, never paid by Medicare; counted by allocate_units if the code is in the code book",
    "96112": "counted by allocate_units if the code is in the code book",
    "96113": "counted by allocate_units if the code is in the code book",
}
"""Rows without a comparison here, each with its reason."""

COUNTED_IN_A_DAY = ("caregiver training", "hour codes of SLP", "work conditioning")
PERIOD_ROWS = [
    row for row in ROWS if row["family"] not in COUNTED_IN_A_DAY and row["code"] != "RTM family"
]
GROUPS = ("97552", "G0543")
DAY_ROWS = [
    row
    for row in ROWS
    if row["family"] in COUNTED_IN_A_DAY and row["code"] not in (*NOT_USABLE, *GROUPS)
]
ANSWERED = date(2026, 3, 31)


def name_of(row: Mapping[str, str]) -> str:
    return f"{row['code']}-{row['effective_from'] or 'undated'}"


def number(text: str) -> int | None:
    return int(text) if text else None


def day_in(row: Mapping[str, str]) -> date:
    """Return a date on which the row is in force."""
    last = date.fromisoformat(row["effective_through"] or "2026-12-31")
    return min(last, ANSWERED)


def facts_of(row: Mapping[str, str]) -> PeriodCode:
    facts = period_code_on(row["code"], day_in(row))
    assert facts is not None
    return facts


def period_of(row: Mapping[str, str], day: date, **given: Any) -> MonitoringPeriod:  # noqa: ANN401
    """Return a period with all other facts that the code of the row needs."""
    facts = facts_of(row)
    monitored = facts.family in (PeriodFamily.RTM, PeriodFamily.RPM)
    all_facts: dict[str, Any] = {"family": facts.family, "earlier": ()}
    if monitored:
        all_facts |= {"setup": facts.setup, "live_contact": True}
        all_facts |= {"device": facts.device} if facts.device else {}
    return MonitoringPeriod(day, **{**all_facts, **given})


def units(row: Mapping[str, str], day: date, **given: Any) -> int:  # noqa: ANN401 - any facts
    found = {each.code: each.units for each in period_of(row, day, **given).codes}
    return found.get(row["code"], 0)


def enough(row: Mapping[str, str]) -> dict[str, Any]:
    """Return the fewest minutes and days with data that make the code of the row."""
    minutes, days = number(row["minutes_from"]), number(row["days_from"])
    return ({"minutes": minutes} if minutes else {}) | ({"days_of_data": days} if days else {})


def test_every_row_is_compared_or_has_a_reason() -> None:
    compared = {*map(name_of, PERIOD_ROWS), *map(name_of, DAY_ROWS)}
    others = {*NOT_USABLE, *GROUPS, "RTM family"}
    assert len(ROWS) == 47
    assert len(compared) + len(others) == len(ROWS)
    assert {row["code"] for row in ROWS if name_of(row) not in compared} == others
    assert all(NOT_USABLE.values())


@pytest.mark.parametrize("row", PERIOD_ROWS, ids=name_of)
class TestPeriodCodes:
    def test_the_facts_are_those_of_the_row(self, row: dict[str, str]) -> None:
        facts = facts_of(row)
        family = {"e-visits and calls": ("e-visit", "telephone", "virtual-check-in")}.get(
            row["family"], (row["family"],)
        )
        assert facts.family.value in family
        assert facts.period.value == row["period"].removesuffix(" before and after")
        assert facts.adds_to == (row["base_codes"] or None)
        assert str(facts.effective_from) == row["effective_from"]
        assert str(facts.effective_through or "") == row["effective_through"]
        assert facts.therapist is (row["therapist_may_bill"] == "yes")
        modifier = {"yes": True, "no": False, "": None}[row["assistant_modifier"]]
        assert facts.assistant_modifier is modifier
        # Only our own reading says that 98986 is like 98984 and 98985.
        level = {"recalled": "unverified"}.get(row["verified"], row["verified"])
        assert facts.source.verified.value == ("derived" if row["code"] == "98986" else level)
        if row["address"].startswith("https"):
            assert facts.source.url == row["address"]

    def test_the_band_makes_one_unit_and_less_makes_none(self, row: dict[str, str]) -> None:
        if row["code"] == "99091":
            # Its 30 minutes are not part of the minutes of a period, so no period makes it.
            assert facts_of(row).minutes == (30, None)
            assert units(row, day_in(row), minutes=30, days_of_data=30) == 0
            return
        first, day = enough(row), day_in(row)
        assert units(row, day, **first) == 1
        for name, fewest in first.items():
            assert units(row, day, **{**first, name: fewest - 1}) == 0
        most = number(row["days_to"])
        if most is not None:
            assert units(row, day, days_of_data=most) == 1
            assert most == 30 or units(row, day, days_of_data=most + 1) == 0
        self.above(row, day)

    @staticmethod
    def above(row: dict[str, str], day: date) -> None:
        """Compare the minutes above the band: an add-on code joins, or another code follows."""
        most = number(row["minutes_to"])
        if most is None:
            return
        assert units(row, day, minutes=most) == 1
        add_on = {"98980": "98981", "99457": "99458"}.get(row["code"])
        more = period_of(row, day, minutes=most + 1)
        found = {each.code: each.units for each in more.codes}
        assert found.get(row["code"], 0) == (1 if add_on else 0)
        assert add_on is None or found[add_on] == 1

    def test_each_further_unit_of_an_add_on_code_needs_its_full_minutes(
        self, row: dict[str, str]
    ) -> None:
        if row["relation"] == "addon":
            found = [units(row, ANSWERED, minutes=minutes) for minutes in (39, 40, 59, 60, 79, 80)]
            assert found == [0, 1, 1, 2, 2, 3]

    def test_the_code_is_billed_on_its_dates_only(self, row: dict[str, str]) -> None:
        if row["code"] == "99091":
            return
        first = date.fromisoformat(row["effective_from"])
        assert units(row, first, **enough(row)) == 1
        if row["code"] != "98975" or not row["effective_through"]:
            before = units(row, first - timedelta(days=1), **enough(row))
            # Through 2025, 98975 has another row, and needs 16 days.
            assert before == 0
        if row["effective_through"]:
            after = date.fromisoformat(row["effective_through"]) + timedelta(days=1)
            assert units(row, after, **enough(row)) == (1 if row["code"] == "98975" else 0)

    def test_the_limit_is_once_in_the_period(self, row: dict[str, str]) -> None:
        if row["code"] == "99091" or row["relation"] == "addon":
            return
        day = day_in(row)
        apart = {"30 days": 30, "7 days": 7, "7 days before and after": 7}.get(row["period"])
        cases: dict[date, int] = {day: 0}
        if apart is not None:
            cases |= {day - timedelta(days=apart - 1): 0, day - timedelta(days=apart): 1}
        elif row["period"] == "calendar month":
            cases |= {day.replace(day=1): 0, day.replace(day=1) - timedelta(days=1): 1}
        else:
            cases |= {date(2022, 1, 1): 0}
        for billed, wanted in cases.items():
            assert units(row, day, **enough(row), earlier=[(row["code"], billed)]) == wanted

    def test_each_exclusion_is_in_the_data_or_an_ncci_pair(self, row: dict[str, str]) -> None:
        code = row["code"]
        listed = set(re.findall(r"\b(?:9[0-9]{4}|G[0-9]{4})\b", row["exclusive_with"])) - {code}
        if row["exclusive_with"] == "the other bands of its family":
            listed = {
                other["code"]
                for other in PERIOD_ROWS
                if facts_of(other).family is facts_of(row).family and other["code"] != code
            }
        for other in listed:
            ours = [each for each in exclusive_codes() if other in each.against(code)]
            pair = Edits.bundled().pair(code, other, date(2024, 8, 1))
            assert ours or pair.edit is not None, other


@pytest.mark.parametrize("row", DAY_ROWS, ids=name_of)
def test_codes_that_are_counted_in_a_day_have_the_units_of_their_band(row: dict[str, str]) -> None:
    code = row["code"]
    first = row["base_codes"] or code
    fewest, most = number(row["minutes_from"]), number(row["minutes_to"])

    def made(minutes: int) -> int:
        return allocate_units({first: minutes}, MEDICARE).units.get(code, 0)

    if code in ("97550", "G0541"):
        # From which minute the first unit is reached is not settled. The full 30 minutes are the default.
        assert fewest is None
        assert [made(minutes) for minutes in (15, 16, 29, 30)] == [0, 0, 0, 1]
        for minutes in (16, 29):
            (remark,) = allocate_units({code: minutes}, MEDICARE).remarks
            assert "This is not settled" in remark
        return
    assert fewest is not None
    assert [made(fewest - 1), made(fewest)] == [0, 1]
    if most is not None:
        assert made(most) == 1
        # A code with an add-on code stays at one unit, and any other code has two.
        assert made(most + 1) == (1 if load_codes()[code].add_on else 2)


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_code_excludes_the_codes_of_one_patient(group: str) -> None:
    (row,) = (row for row in ROWS if row["code"] == group)
    for other in re.findall(r"\b(?:97[0-9]{3}|G[0-9]{4})\b", row["exclusive_with"]):
        claim = Claim(ANSWERED, [ClaimLine(code, 1, ("GP",)) for code in (group, other)])
        (found,) = check_claim(claim, MEDICARE, checks=["exclusive-codes"])
        assert found.severity.value == "review"


def test_the_two_families_exclude_each_other_in_a_calendar_month() -> None:
    (row,) = (row for row in ROWS if row["code"] == "RTM family")
    assert row["exclusive_with"] == "RPM family in the same calendar month"
    families = [
        sorted({each["code"] for each in PERIOD_ROWS if each["family"] == family})
        for family in ("RTM", "RPM")
    ]
    for ones, others in (families, families[::-1]):
        for code in ones:
            for other in others:
                for billed, wanted in ((date(2026, 3, 1), 1), (date(2026, 2, 28), 0)):
                    claim = Claim(ANSWERED, [ClaimLine(code, 1, ("GP",))])
                    earlier = Claim(billed, [ClaimLine(other, 1, ("GP",))])
                    found = check_claim(claim, MEDICARE, earlier=earlier, checks=["period-limit"])
                    named = [each for each in found if other in each.message]
                    excluded = [each for each in named if f" with {other} of " in each.message]
                    assert [each.severity.value for each in excluded] == ["deny"] * wanted
    assert MonitoringPeriod(ANSWERED).remarks[-1] == (
        "not checked: one practitioner bills RTM for a patient in 30 days (secondary)"
    )
