"""Findings about unit limits of NCCI."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.unit.checks.claims_to_check import (
    DENY,
    RATES,
    REVIEW,
    advice_to_load,
    answers,
    check,
    limit_edits,
    line,
    only,
    told,
)
from therapy_billing import Policy, UnitMethod
from therapy_billing.ncci.records import EditSetting
from therapy_billing.payers.policy import EditProgram


class TestLimit:
    SEVEN = (
        "7 units of 97110, at most 6 (adjudication indicator 3: all units of the day are denied; "
        "an appeal may show the need)"
    )

    def test_the_limit_is_paid_and_one_unit_more_denies_all(self) -> None:
        at_limit = check("ncci-mue", line("97110", "GP", units=6), fees=RATES)
        beyond = check("ncci-mue", line("97110", "GP", units=7), fees=RATES)
        assert told(at_limit) == []
        assert answers(at_limit) == [("clean", (), "")]
        assert told(beyond) == [("deny", (0,), self.SEVEN)]
        assert beyond[0].action == "bill 6 at most; if more is needed, have the record show why"
        assert beyond[0].at_stake == Decimal("210.00")
        assert [source.title for source in beyond[0].figures] == [
            "NCCI MUE values, practitioner, quarter from 2024-07-01"
        ]

    def test_the_units_of_the_day_are_added_over_lines_and_the_assistants_split(self) -> None:
        def found(first: int, second: int, *modifiers: str) -> list[tuple[Any, ...]]:
            lines = (
                line("97110", "GP", units=first),
                line("97140", "GP"),
                line("97110", "GP", *modifiers, units=second),
            )
            return told(check("ncci-mue", *lines))

        assert found(4, 2, "CQ") == []
        assert found(4, 3, "CQ") == [("deny", (0, 2), self.SEVEN)]
        assert found(4, 3, "59") == [("deny", (0, 2), self.SEVEN)]
        assert found(4, 3) == [("deny", (0, 2), self.SEVEN)]

    def test_indicator_2_denies_for_good(self) -> None:
        found = check("ncci-mue", line("97161", "GP", units=2))
        assert told(found) == [
            (
                "deny",
                (0,),
                (
                    "2 units of 97161, at most 1 (adjudication indicator 2: all units of the day "
                    "are denied, for good)"
                ),
            )
        ]

    def test_indicator_1_looks_at_each_line_on_its_own(self) -> None:
        edits = limit_edits("97110", 6, 1)
        lines = line("97110", "GP", units=6), line("97110", "GP", "59", units=6)
        more = line("97110", "GP", units=7), line("97110", "GP", "59", units=6)
        assert told(check("ncci-mue", *lines, edits=edits)) == []
        found = only(check("ncci-mue", *more, edits=edits, fees=RATES))
        assert (found.severity, found.lines) == (DENY, (0,))
        assert found.at_stake == Decimal("210.00")
        assert "at most 6 (adjudication indicator 1: each line on its own)" in found.message

    def test_a_limit_of_the_line_tells_the_units_of_the_line(self) -> None:
        lines = line("97110", "GP", units=7), line("97110", "GP", "59", units=6)
        found = only(check("ncci-mue", *lines, edits=limit_edits("97110", 6, 1)))
        assert found.message.startswith("7 units of 97110, at most 6 ")

    def test_of_several_lines_beyond_it_the_longest_is_told(self) -> None:
        lines = line("97110", "GP", units=7), line("97110", "GP", "59", units=8)
        found = only(check("ncci-mue", *lines, edits=limit_edits("97110", 6, 1)))
        assert found.lines == (0, 1)
        assert found.message.startswith("8 units of 97110, at most 6 ")

    def test_a_limit_of_practitioners_is_none_of_hospitals(self) -> None:
        lines, edits = line("97110", "GP", units=7), limit_edits("97110", 6, 3)
        found = [
            len(check("ncci-mue", lines, edits=edits, edit_setting=setting))
            for setting in EditSetting
        ]
        assert found == [1, 0]

    def test_indicators_2_and_3_add_up_what_indicator_1_does_not(self) -> None:
        lines = line("97110", "GP", units=6), line("97110", "GP", "59", units=1)
        found = [
            told(check("ncci-mue", *lines, edits=limit_edits("97110", 6, mai))) for mai in (1, 2, 3)
        ]
        assert [len(each) for each in found] == [0, 1, 1]

    def test_medicaid_looks_at_each_line_on_its_own(self) -> None:
        medicaid = Policy(UnitMethod.CMS_EIGHT_MINUTE).with_changes(edits=EditProgram.NCCI_MEDICAID)
        edits = limit_edits("97110", 6, 3)
        apart = line("97110", "GP", units=6), line("97110", "GP", "CQ", units=6)
        beyond = line("97110", "GP", units=7), line("97110", "GP", "CQ", units=6)
        assert told(check("ncci-mue", *apart, payer=medicaid, edits=edits)) == []
        found = only(check("ncci-mue", *beyond, payer=medicaid, edits=edits))
        assert (found.severity, found.lines) == (DENY, (0,))
        assert "(adjudication indicator 3: each line on its own)" in found.message

    def test_of_a_limit_of_0_no_unit_is_paid(self) -> None:
        found = only(check("ncci-mue", line("97014", "GP")))
        assert told([found]) == [("deny", (0,), "97014 has a limit of 0: no unit of it is paid")]
        assert found.action == "take 97014 off"

    @pytest.mark.parametrize("code", ["97010", "97602"])
    @pytest.mark.parametrize(
        ("day", "undated"),
        [
            ("2024-08-01", ""),
            (
                "2024-10-01",
                "; the limit is of the quarter from 2024-07-01; that of 2024-10-01 is not held",
            ),
        ],
    )
    def test_a_bundled_code_is_noted_and_not_denied(
        self, code: str, day: str, undated: str
    ) -> None:
        found = only(check("ncci-mue", line(code, "GP", units=2), day=day))
        assert told([found]) == [
            (
                "info",
                (0,),
                f"{code} has a limit of 0: it is bundled, and no unit of it is paid apart{undated}",
            )
        ]
        assert found.action == f"expect no payment of {code}"

    def test_outside_the_quarters_held_a_limit_of_0_is_no_reason_to_take_the_code_off(self) -> None:
        found = only(check("ncci-mue", line("97014", "GP"), day="2024-10-01"))
        assert found.severity is REVIEW
        assert found.message.startswith("1 unit of 97014, and the limit held is 0, of the quarter ")
        assert found.action == advice_to_load("2024-10-01", "MUE", "")

    def test_a_bundled_code_with_a_limit_is_denied_beyond_it(self) -> None:
        edits = limit_edits("97010", 1, 3)
        assert told(check("ncci-mue", line("97010", "GP"), edits=edits)) == []
        assert only(check("ncci-mue", line("97010", "GP", units=2), edits=edits)).severity is DENY

    def test_beyond_it_only_together_pt_and_ot_are_for_somebody_to_look_at(self) -> None:
        together = line("97110", "GP", units=6), line("97110", "GO", units=1)
        alone = line("97110", "GP", units=7), line("97110", "GO", units=1)
        assert told(check("ncci-mue", *together)) == [
            (
                "review",
                (0, 1),
                self.SEVEN
                + "; no plan of care is beyond it alone, and two disciplines are different practitioners",
            )
        ]
        assert told(check("ncci-mue", *alone)) == [("deny", (0,), self.SEVEN)]

    def test_only_the_lines_of_the_plan_that_is_beyond_it_alone_are_denied(self) -> None:
        lines = (
            line("97110", "GP", units=4),
            line("97110", "GO", units=2),
            line("97110", "GP", "CQ", units=3),
        )
        found = only(check("ncci-mue", *lines, fees=RATES))
        assert told([found]) == [("deny", (0, 2), self.SEVEN)]
        assert found.at_stake == Decimal("210.00")
        both = line("97110", "GP", units=7), line("97110", "GO", units=8)
        (each,) = told(check("ncci-mue", *both))
        assert each[:2] == ("deny", (0, 1))
        assert each[2].startswith("15 units of 97110, at most 6 ")

    def test_a_line_without_a_plan_shows_no_other_practitioner(self) -> None:
        found = only(check("ncci-mue", line("97110", "GP", units=6), line("97110", units=1)))
        assert found.severity is DENY

    @pytest.mark.parametrize(
        ("day", "quarter"), [("2024-03-31", "2024-04-01"), ("2024-10-01", "2024-07-01")]
    )
    def test_outside_the_quarters_held_a_limit_is_undated(self, day: str, quarter: str) -> None:
        remark = f"of the quarter from {quarter}; that of {day} is not held"
        within = check("ncci-mue", line("97110", "GP", units=6), day=day)
        beyond = check("ncci-mue", line("97110", "GP", units=7), day=day)
        assert answers(within) == [("date-out-of-range", ("97110",), remark)]
        seven = f"7 units of 97110, and the limit held is 6, {remark}"
        assert told(beyond) == [("review", (0,), seven)]
        assert beyond[0].action == advice_to_load(day, "MUE", "")
        assert answers(beyond) == [("finding", ("97110",), "")]

    @pytest.mark.parametrize("day", ["2024-04-01", "2024-09-30", "2026-04-01", "2026-06-30"])
    def test_within_the_quarters_held_it_denies(self, day: str) -> None:
        found = check("ncci-mue", line("97110", "GP", units=7), day=day)
        assert told(found) == [("deny", (0,), self.SEVEN)]

    def test_a_code_outside_the_data_is_not_in_the_data(self) -> None:
        found = check("ncci-mue", line("99213", units=9), line("97110", "GP"), line("99214"))
        assert answers(found) == [
            ("not-in-data", ("99213", "99214"), "the edits held are those of therapy codes")
        ]

    def test_a_code_without_a_published_limit_is_clean(self) -> None:
        found = check("ncci-mue", line("97112", "GP", units=9), edits=limit_edits("97110", 6, 3))
        assert answers(found) == [("clean", (), "")]
