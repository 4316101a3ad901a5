"""Compare who may furnish what, and what a day then bills, with an oracle that reads the table of facts."""

from __future__ import annotations

import csv
from datetime import date

import pytest

from tests.furnisher_oracle import (
    COLUMNS,
    DISCIPLINES,
    FILE,
    ROLES,
    SERVICES,
    boundary_days,
    furnisher_row,
    load_rows,
)
from tests.paths import FACTS
from therapy_billing import MEDICARE, PAYERS, Clinician, Discipline, Setting
from therapy_billing.codes.roles import ServiceClass

WITH_ROWS = tuple(dict.fromkeys(row.payer for row in load_rows()))
WITHOUT_ROWS = tuple(sorted({payer.name for payer in PAYERS.values()} - set(WITH_ROWS)))
TODAY = date(2026, 10, 5)
DAYS = [*boundary_days(), TODAY]
by_payer = pytest.mark.parametrize("payer", [*WITH_ROWS, *WITHOUT_ROWS])


def days_of(payer: str) -> list[date]:
    """Return the days on which the payer's policy is known."""
    first = PAYERS[payer].policies.entries[0][0] or date.min
    return [day for day in DAYS if day >= first]


def compare(payer: str, day: date, setting: Setting | None = None) -> tuple[int, set[int]]:
    """Compare every role, discipline, and class. Return the number of cases, and the rows that answered."""
    table = PAYERS[payer].on(day).furnishers
    cases, met = 0, set()
    hospital = setting is Setting.CRITICAL_ACCESS_HOSPITAL
    for role in (*ROLES, "together"):
        own = "therapist" if role == "together" else role
        for discipline in DISCIPLINES:
            for service in SERVICES:
                cases += 1
                case = payer, role, discipline, service, day
                row = furnisher_row(payer, own, discipline, service, day, hospital=hospital)
                if row is None:
                    asked = Clinician(role), Discipline(discipline), ServiceClass(service)
                    assert table.find(*asked, day, setting) is None, case
                    continue
                met.add(row.number)
                rule = table.rule(role, discipline, service, day, setting)
                assert rule.payable.value == row.payable, case
                assert rule.modifier == row.modifier, case
                assert rule.payment_share == row.share, case
                assert rule.source.verified.value == row.verified, case
                assert (rule.effective_from, rule.effective_through) == (row.first, row.last), case
                assert bool(rule.supervision) == row.supervised, case
                assert rule.payer == payer, case
    return cases, met


class TestTable:
    """The tables of the payers are the rows of the table of facts, on every day and for every role."""

    def test_the_copy_is_the_table_of_facts(self) -> None:
        path = FACTS / "furnisher_rules.csv"
        if not path.is_file():
            pytest.skip("the fact tables are not available, so the copy was not compared")
        with path.open(encoding="utf-8", newline="") as file:
            wanted = [{name: row[name] for name in COLUMNS} for row in csv.DictReader(file)]
        with FILE.open(encoding="utf-8", newline="") as file:
            assert list(csv.DictReader(file)) == wanted

    def test_the_table_has_85_rows_of_9_payers(self) -> None:
        assert len(load_rows()) == 85
        assert len(WITH_ROWS) == 9
        assert (len(DAYS), len(WITHOUT_ROWS)) == (29, 14)

    @by_payer
    def test_every_role_discipline_and_class_has_the_answer_of_its_row(self, payer: str) -> None:
        days = days_of(payer)
        assert len(days) == 29
        assert sum(compare(payer, day)[0] for day in days) == len(days) * 8 * 3 * 14

    @by_payer
    def test_a_critical_access_hospital_has_its_own_row(self, payer: str) -> None:
        for day in days_of(payer):
            compare(payer, day, Setting.CRITICAL_ACCESS_HOSPITAL)

    @by_payer
    def test_other_settings_have_the_general_rows(self, payer: str) -> None:
        for setting in (Setting.NON_FACILITY, Setting.FACILITY):
            compare(payer, TODAY, setting)

    def test_each_row_answers_at_least_once(self) -> None:
        met: set[int] = set()
        for payer in WITH_ROWS:
            for day in DAYS:
                for setting in (None, Setting.CRITICAL_ACCESS_HOSPITAL):
                    met |= compare(payer, day, setting)[1]
        assert met == {row.number for row in load_rows()} == set(range(1, 86))

    def test_the_library_has_no_rule_without_a_row(self) -> None:
        words = {
            (row.payer, role.split(" in ")[0], discipline, row.service, row.first, row.last)
            for row in load_rows()
            for role, disciplines in row.roles
            for discipline in disciplines
        }
        rules = [
            (
                payer.name,
                rule.clinician.value,
                rule.discipline.value,
                rule.service.value,
                rule.effective_from,
                rule.effective_through,
            )
            for payer in PAYERS.values()
            for rule in payer.on(TODAY).furnishers.rules
        ]
        assert set(rules) == words

    def test_the_table_is_the_same_on_every_day(self) -> None:
        for day in DAYS:
            assert MEDICARE.on(day).furnishers == MEDICARE.on(TODAY).furnishers
