"""The record Allocation: its properties, its dict, and its displays."""

from __future__ import annotations

import json

import attrs

from tests.unit.units.treated_days import DAY
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    Allocation,
    Discipline,
    Policy,
    Session,
    TimedService,
    UnitMethod,
    UntimedService,
    allocate_units,
)
from therapy_billing.base.data_loader import data_version
from therapy_billing.units import CappedUnit


def test_the_result_is_json_and_complete() -> None:
    policy = Policy(UnitMethod.CMS_EIGHT_MINUTE).with_changes(cap_per_day=2)
    day = Session(
        DAY,
        "PT",
        [
            TimedService("97530", 20),
            TimedService("97110", 20),
            UntimedService("97161", 35),
        ],
    )
    result = allocate_units(day, policy).to_dict()
    assert json.loads(json.dumps(result)) == result
    assert result == {
        "data": data_version().to_dict(),
        "date_of_service": "2026-03-02",
        "payer": "cms-eight-minute",
        "method": "cms-eight-minute",
        "units": {"97530": 1, "97110": 1},
        "total_units": 2,
        "admissible": [{"97530": 1, "97110": 1}],
        "tied": False,
        "uncapped_units": {"97530": 2, "97110": 1},
        "untimed_units": {"97161": 1},
        "unbilled": [],
        "timed_minutes": 40,
        "treatment_minutes": 75,
        "floored_seconds": 0,
        "remarks": [],
        "capped_units": [
            {
                "cap": "cap-per-day",
                "limit": 2,
                "code": "97530",
                "discipline": "PT",
                "minutes": 5,
                "words": "2 units",
            }
        ],
    }


def cut_day() -> Allocation:
    """Return a day that uses every part of a result."""
    day = [
        Session(DAY, "PT", [TimedService("97530", 38), UntimedService("97161", 30)]),
        Session(DAY, "OT", [TimedService("97535", 20), TimedService("97129", 30)]),
    ]
    return allocate_units(day, Policy(UnitMethod.CMS_EIGHT_MINUTE).with_changes(cap_per_day=5))


class TestAllocation:
    def test_it_shows_units_minutes_and_payer(self) -> None:
        assert repr(allocate_units({"97530": 8}, MEDICARE)) == (
            "<Allocation 97530 x1; 1 unit from 8 timed minutes; medicare>"
        )
        assert repr(allocate_units({"97530": 7}, CPT_MIDPOINT)) == (
            "<Allocation 97530 x0; 0 units from 7 timed minutes; cpt-midpoint>"
        )
        assert repr(allocate_units({"97530": 20, "97110": 20}, MEDICARE)) == (
            "<Allocation 97530 x2, 97110 x1; 3 units from 40 timed minutes; medicare; "
            "tied, 2 legal splits>"
        )
        untimed = Session(DAY, "PT", [UntimedService("97161", 35)])
        assert repr(allocate_units(untimed, MEDICARE)) == (
            "<Allocation no timed code; 0 units from 0 timed minutes; medicare>"
        )

    def test_it_shows_what_a_cap_removed(self) -> None:
        assert repr(cut_day()) == (
            "<Allocation 97530 x2, 97535 x1, 97129 x1, 97130 x1; 5 units from 88 timed minutes; "
            "cms-eight-minute; capped from 6>"
        )

    def test_it_adds_up_over_disciplines(self) -> None:
        result = cut_day()
        assert result.total_units == 5
        assert result.capped_units == (
            CappedUnit("cap-per-day", 5, "97530", Discipline.PT, 8, "5 units"),
        )
        assert result.uncapped_units == {"97530": 3, "97535": 1, "97129": 1, "97130": 1}
        assert result.by_discipline == {
            Discipline.PT: {"97530": 2},
            Discipline.OT: {"97535": 1, "97129": 1, "97130": 1},
        }
        assert result.documented_minutes == {"97530": 38, "97535": 20, "97129": 30}
        assert (result.timed_minutes, result.treatment_minutes) == (88, 118)
        assert result.untimed_units == {"97161": 1}

    def test_an_add_on_that_is_in_no_split_is_in_no_discipline(self) -> None:
        result = allocate_units({"97129": 15}, MEDICARE)
        assert result.by_discipline == {None: {"97129": 1}}

    def test_a_notebook_shows_one_row_per_code(self) -> None:
        shown = cut_day()._repr_html_()
        assert shown == (
            "<table><thead><tr><th>code</th><th>minutes</th><th>units</th></tr></thead><tbody>"
            "<tr><td>97530</td><td>38</td><td>2</td></tr>"
            "<tr><td>97535</td><td>20</td><td>1</td></tr>"
            "<tr><td>97129</td><td>30</td><td>1</td></tr>"
            "<tr><td>97130</td><td></td><td>1</td></tr>"
            "<tr><td>97161</td><td>untimed</td><td>1</td></tr></tbody>"
            "<tfoot><tr><td colspan=3>Allocation 97530 x2, 97535 x1, 97129 x1, 97130 x1; "
            "5 units from 88 timed minutes; cms-eight-minute; capped from 6</td></tr></tfoot></table>"
        )

    def test_a_notebook_escapes_markup_in_a_payers_name(self) -> None:
        payer = attrs.evolve(MEDICARE, name="<b>plan & co</b>")
        shown = allocate_units({"97530": 8}, payer)._repr_html_()
        assert "&lt;b&gt;plan &amp; co&lt;/b&gt;" in shown
        assert "<b>" not in shown

    def test_without_a_day_and_a_discipline_its_values_are_null(self) -> None:
        result = allocate_units(
            {"97530": 30}, Policy(UnitMethod.CPT_MIDPOINT).with_changes(cap_per_code=1)
        ).to_dict()
        assert result["date_of_service"] is None
        assert result["capped_units"] == [
            {
                "cap": "cap-per-code",
                "limit": 1,
                "code": "97530",
                "discipline": None,
                "minutes": 15,
                "words": "1 unit",
            }
        ]
        assert json.loads(json.dumps(result)) == result
