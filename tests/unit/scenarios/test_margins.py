"""Test minutes to the next unit and minutes to spare."""

from __future__ import annotations

import pytest

from tests.unit.scenarios.scenarios_for_tests import CMS, DAY
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    Discipline,
    Policy,
    Session,
    TimedService,
    UnitMethod,
    UntimedService,
    allocate_units,
    unit_margins,
)
from therapy_billing.scenarios import UnitMargin


class TestMargins:
    @pytest.mark.parametrize(
        ("minutes", "units", "to_next_unit", "to_spare"),
        [(0, 0, 8, None), (7, 0, 1, None), (8, 1, 15, 0), (22, 1, 1, 14), (23, 2, 15, 0)],
    )
    def test_one_code_has_the_margins_of_its_day(
        self, minutes: int, units: int, to_next_unit: int, to_spare: int | None
    ) -> None:
        day, code = unit_margins(allocate_units({"97530": minutes}, MEDICARE))
        assert day == UnitMargin(None, None, minutes, units, to_next_unit, to_spare)
        assert code == UnitMargin(None, "97530", minutes, units, to_next_unit, to_spare)

    def test_a_tied_code_needs_enough_for_a_unit_in_every_split(self) -> None:
        rows = unit_margins(allocate_units({"97530": 20, "97110": 20}, MEDICARE))
        assert [(row.code, row.units, row.to_next_unit, row.to_spare) for row in rows] == [
            (None, 3, 13, 2),
            ("97530", 2, 16, 0),
            ("97110", 1, 1, 15),
        ]

    def test_each_discipline_has_its_own_rows_and_one_without_timed_codes_has_none(self) -> None:
        day = [
            Session(DAY, "PT", [TimedService("97530", 8)]),
            Session(DAY, "OT", [TimedService("97535", 7)]),
            Session(DAY, "SLP", [UntimedService("92507", 30)]),
        ]
        assert unit_margins(allocate_units(day, MEDICARE)) == (
            UnitMargin(Discipline.PT, None, 8, 1, 15, 0),
            UnitMargin(Discipline.PT, "97530", 8, 1, 15, 0),
            UnitMargin(Discipline.OT, None, 7, 0, 1, None),
            UnitMargin(Discipline.OT, "97535", 7, 0, 1, None),
        )

    def test_the_days_minutes_to_spare_may_come_from_several_codes(self) -> None:
        # No single code can lose 15 minutes, but losing 15 minutes in total loses a unit.
        day, *codes = unit_margins(
            allocate_units({"97530": 13, "97110": 12, "97112": 12}, MEDICARE)
        )
        assert (day.units, day.to_spare) == (2, 14)
        assert [(row.units, row.to_spare) for row in codes] == [(1, 1), (1, 0), (0, None)]

    def test_caps_do_not_matter(self) -> None:
        policy = CMS.with_changes(cap_per_day=1)
        day, _ = unit_margins(allocate_units({"97530": 30}, policy))
        assert (day.units, day.to_next_unit, day.to_spare) == (2, 8, 7)

    def test_the_minimum_minutes_of_a_policy_change_the_margins(self) -> None:
        policy = Policy(UnitMethod.CMS_EIGHT_MINUTE).with_changes(minimum_minutes=10)
        day, _ = unit_margins(allocate_units({"97530": 26}, policy))
        assert (day.units, day.to_next_unit, day.to_spare) == (2, 14, 1)

    def test_a_family_is_one_row_under_its_first_code(self) -> None:
        rows = unit_margins(allocate_units({"97129": 15, "97130": 8}, MEDICARE))
        assert [(row.code, row.minutes, row.units) for row in rows] == [
            (None, 23, 2),
            ("97129", 23, 2),
        ]

    def test_a_method_that_counts_codes_separately_also_has_margins_for_the_day(self) -> None:
        day, first, second = unit_margins(allocate_units({"97530": 9, "97110": 20}, CPT_MIDPOINT))
        assert (day.units, day.to_next_unit, day.to_spare) == (2, 3, 1)
        assert [(row.code, row.to_next_unit) for row in (first, second)] == [
            ("97530", 14),
            ("97110", 3),
        ]
