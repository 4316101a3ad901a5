"""Test comparing methods for the same minutes."""

from __future__ import annotations

from typing import Any

import attrs

from tests.refusals import refusal
from tests.unit.scenarios.scenarios_for_tests import CMS, DAY
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    FeeSchedule,
    InvalidInputError,
    Session,
    TiePolicy,
    UnitMethod,
    allocate_units,
    compare_methods,
)
from therapy_billing.scenarios import Comparison


class TestComparison:
    def test_two_payers_count_one_treatment(self) -> None:
        result = compare_methods({"97110": 10, "97124": 10}, MEDICARE, CPT_MIDPOINT)
        assert result.first == allocate_units({"97110": 10, "97124": 10}, MEDICARE)
        assert result.second == allocate_units({"97110": 10, "97124": 10}, CPT_MIDPOINT)
        assert result.difference == {"97110": 0, "97124": 1}
        assert result.total_difference == 1
        assert str(result) == "medicare 1, cpt-midpoint 2 units; 97124 +1"

    def test_the_second_may_have_fewer_units(self) -> None:
        result = compare_methods({"97530": 33, "97110": 7}, MEDICARE, UnitMethod.FULL_QUARTER)
        assert result.difference == {"97530": 0, "97110": -1}
        assert result.total_difference == -1
        assert str(result) == "medicare 3, full-quarter 2 units; 97110 -1"

    def test_every_code_with_a_difference_is_listed(self) -> None:
        result = compare_methods({"97530": 7, "97110": 7}, CPT_MIDPOINT, UnitMethod.STARTED_QUARTER)
        assert str(result) == "cpt-midpoint 0, started-quarter 2 units; 97530 +1, 97110 +1"

    def test_no_difference_says_so(self) -> None:
        result = compare_methods({"97530": 15}, MEDICARE, CPT_MIDPOINT)
        assert str(result) == "medicare 1, cpt-midpoint 1 units; no difference"
        assert (result.difference, result.total_difference) == ({"97530": 0}, 0)

    def test_a_code_that_only_one_bills_is_in_the_difference(self) -> None:
        result = compare_methods({"97129": 16}, UnitMethod.FULL_QUARTER, UnitMethod.STARTED_QUARTER)
        assert result.difference == {"97129": 0, "97130": 1}
        html = result._repr_html_()
        assert "<tr><td>97130</td><td>0</td><td>1</td><td>+1</td></tr>" in html
        turned = compare_methods({"97129": 16}, UnitMethod.STARTED_QUARTER, UnitMethod.FULL_QUARTER)
        assert turned.difference == {"97129": 0, "97130": -1}
        html = turned._repr_html_()
        assert "<tr><td>97130</td><td>1</td><td>0</td><td>-1</td></tr>" in html

    def test_sessions_from_a_generator_are_counted_for_both(self) -> None:
        sessions = [
            Session.from_minutes({"97530": 7}, date_of_service=DAY, discipline="PT")
            for _ in range(2)
        ]
        result = compare_methods((each for each in sessions), MEDICARE, CPT_MIDPOINT)
        assert result == compare_methods(sessions, MEDICARE, CPT_MIDPOINT)
        assert result.first.disciplines[0].sessions == result.second.disciplines[0].sessions == 2
        alone = compare_methods(sessions[0], MEDICARE, CPT_MIDPOINT)
        assert alone.first.disciplines[0].sessions == 1

    def test_date_and_fees_apply_to_both(self) -> None:
        policy = CMS.with_changes(tie_policy=TiePolicy.HIGHEST_FEE)
        fees = FeeSchedule.from_rates({"97530": 30, "97110": 20})
        result = compare_methods(
            {"97110": 20, "97530": 20}, policy, policy, date_of_service="2026-03-02", fees=fees
        )
        assert result.first == result.second
        assert result.first.units == {"97110": 1, "97530": 2}
        assert result.first.date_of_service == DAY

    def test_what_cannot_be_counted_is_refused(self) -> None:
        message = refusal(
            InvalidInputError, lambda: compare_methods(iter(()), MEDICARE, CPT_MIDPOINT)
        )
        assert message == "there are no sessions to count: give at least one Session"

    def test_a_notebook_shows_both_and_escapes_names(self) -> None:
        payer = attrs.evolve(CPT_MIDPOINT, name="<b>plan</b>")
        shown: Any = compare_methods({"97110": 10, "97124": 10}, MEDICARE, payer)
        assert isinstance(shown, Comparison)
        assert shown._repr_html_() == (
            "<table><thead><tr><th>code</th><th>medicare</th><th>&lt;b&gt;plan&lt;/b&gt;</th>"
            "<th>difference</th></tr></thead><tbody>"
            "<tr><td>97110</td><td>1</td><td>1</td><td>+0</td></tr>"
            "<tr><td>97124</td><td>0</td><td>1</td><td>+1</td></tr></tbody></table>"
        )
