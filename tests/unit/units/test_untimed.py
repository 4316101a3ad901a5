"""Units of untimed codes, and minutes of a calendar month."""

from __future__ import annotations

import pytest

from tests.refusals import refusal
from tests.unit.units.treated_days import DAY
from therapy_billing import (
    MEDICARE,
    InvalidInputError,
    Session,
    TimedService,
    UntimedService,
    allocate_units,
)


class TestUntimedCodes:
    def test_an_untimed_code_is_one_unit_whatever_its_length(self) -> None:
        day = [
            Session(DAY, "PT", [UntimedService("97150", 40), UntimedService("97161", 35)]),
            Session(DAY, "PT", [UntimedService("97150", 20), TimedService("97530", 7)]),
        ]
        result = allocate_units(day, MEDICARE)
        assert result.untimed_units == {"97150": 1, "97161": 1}
        assert result.units == {"97530": 0}
        assert (result.timed_minutes, result.treatment_minutes) == (7, 102)
        (pool,) = result.disciplines
        assert pool.untimed == (("97150", 1), ("97161", 1))
        assert pool.repeats == (("97150", 2),)

    def test_a_day_without_a_timed_code_has_no_timed_unit(self) -> None:
        result = allocate_units(Session(DAY, "PT", [UntimedService("97161")]), MEDICARE)
        assert result.units == {}
        assert result.total_units == 0
        assert result.admissible == ({},)
        assert result.treatment_minutes == 0

    def test_areas_add_up(self) -> None:
        day = Session(
            DAY,
            "PT",
            [
                UntimedService("97597"),
                UntimedService("97598", units=2),
                UntimedService("97598", units=3),
            ],
        )
        result = allocate_units(day, MEDICARE)
        assert result.untimed_units == {"97597": 1, "97598": 5}
        assert result.disciplines[0].repeats == ()

    def test_months_add_up(self) -> None:
        day = Session(DAY, "PT", [UntimedService("98980"), UntimedService("98981", units=2)])
        assert allocate_units(day, MEDICARE).untimed_units == {"98980": 1, "98981": 2}

    def test_a_month_documented_twice_is_one_unit(self) -> None:
        day = Session(DAY, "PT", [UntimedService("98980", 25), UntimedService("98980")])
        result = allocate_units(day, MEDICARE)
        assert result.untimed_units == {"98980": 1}
        assert result.disciplines[0].repeats == (("98980", 2),)

    @pytest.mark.parametrize(
        ("first", "further", "units", "needed"),
        [
            (39, None, 1, 40),
            (20, None, 1, 40),
            (59, None, 2, 60),
            (20, None, 2, 60),
        ],
    )
    def test_further_periods_of_a_month_that_its_minutes_do_not_make_are_refused(
        self, first: int, further: int | None, units: int, needed: int
    ) -> None:
        services = [UntimedService("98980", first), UntimedService("98981", further, units=units)]
        day = Session(DAY, "PT", services)
        assert refusal(InvalidInputError, lambda: allocate_units(day, MEDICARE)) == (
            f"98981 x{units} needs at least {needed} minutes in the calendar month, including the minutes "
            f"of 98980; got {first} minutes in total"
        )

    @pytest.mark.parametrize(
        ("first", "further", "units"),
        [(40, None, 1), (60, None, 2), (20, 20, 1), (39, 20, 1), (20, 40, 2), (None, 20, 1)],
    )
    def test_further_periods_that_the_month_makes_are_counted(
        self, first: int | None, further: int | None, units: int
    ) -> None:
        services = [UntimedService("98980", first), UntimedService("98981", further, units=units)]
        result = allocate_units(Session(DAY, "PT", services), MEDICARE)
        assert result.untimed_units == {"98980": 1, "98981": units}

    def test_a_partly_documented_month_is_not_checked(self) -> None:
        services = [
            UntimedService("98980", 25),
            UntimedService("98980"),
            UntimedService("98981"),
        ]
        result = allocate_units(Session(DAY, "PT", services), MEDICARE)
        assert result.untimed_units == {"98980": 1, "98981": 1}
        further = Session(DAY, "PT", [UntimedService("98981", 20)])
        assert allocate_units(further, MEDICARE).untimed_units == {"98981": 1}

    def test_each_discipline_bills_its_own_untimed_code(self) -> None:
        day = [
            Session(DAY, "PT", [UntimedService("97150")]),
            Session(DAY, "OT", [UntimedService("97150"), UntimedService("97165")]),
        ]
        result = allocate_units(day, MEDICARE)
        assert result.untimed_units == {"97150": 2, "97165": 1}
        assert [pool.untimed for pool in result.disciplines] == [
            (("97150", 1),),
            (("97150", 1), ("97165", 1)),
        ]
