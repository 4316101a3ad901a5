"""Findings about unit limits of NCCI."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.finding_text import said
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
    reported,
)
from therapy_billing import Policy, UnitMethod
from therapy_billing.ncci.records import EditSetting
from therapy_billing.payers.policy import EditProgram


class TestLimit:
    SEVEN = "7 units of 97110 exceed the limit of 6. All units of the day are denied unless an appeal shows that they were necessary (adjudication indicator 3)."

    def test_the_limit_is_paid_and_one_unit_more_denies_all(self) -> None:
        at_limit = check("ncci-mue", line("97110", "GP", units=6), fees=RATES)
        beyond = check("ncci-mue", line("97110", "GP", units=7), fees=RATES)
        assert reported(at_limit) == []
        assert answers(at_limit) == [("clean", (), "")]
        assert reported(beyond) == [("deny", (0,), self.SEVEN)]
        assert (
            beyond[0].action
            == "bill at most 6 units. If more were necessary, show why in the record."
        )
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
            return reported(check("ncci-mue", *lines))

        assert found(4, 2, "CQ") == []
        assert found(4, 3, "CQ") == [("deny", (0, 2), self.SEVEN)]
        assert found(4, 3, "59") == [("deny", (0, 2), self.SEVEN)]
        assert found(4, 3) == [("deny", (0, 2), self.SEVEN)]

    def test_indicator_2_denies_for_good(self) -> None:
        found = check("ncci-mue", line("97161", "GP", units=2))
        assert reported(found) == [
            (
                "deny",
                (0,),
                (
                    "2 units of 97161 exceed the limit of 1. All units of the day are denied, and "
                    "no appeal can change that (adjudication indicator 2)."
                ),
            )
        ]

    def test_indicator_1_looks_at_each_line_on_its_own(self) -> None:
        edits = limit_edits("97110", 6, 1)
        lines = line("97110", "GP", units=6), line("97110", "GP", "59", units=6)
        more = line("97110", "GP", units=7), line("97110", "GP", "59", units=6)
        assert reported(check("ncci-mue", *lines, edits=edits)) == []
        found = only(check("ncci-mue", *more, edits=edits, fees=RATES))
        assert (found.severity, found.lines) == (DENY, (0,))
        assert found.at_stake == Decimal("210.00")
        assert "exceed the limit of 6. Each claim line is compared" in said(found)
        assert "the limit separately (adjudication indicator 1)." in said(found)

    def test_a_limit_per_line_shows_the_units_of_the_line(self) -> None:
        lines = line("97110", "GP", units=7), line("97110", "GP", "59", units=6)
        found = only(check("ncci-mue", *lines, edits=limit_edits("97110", 6, 1)))
        assert said(found).startswith("7 units of 97110 exceed the limit of 6. ")

    def test_of_several_lines_above_the_limit_the_largest_is_shown(self) -> None:
        lines = line("97110", "GP", units=7), line("97110", "GP", "59", units=8)
        found = only(check("ncci-mue", *lines, edits=limit_edits("97110", 6, 1)))
        assert found.lines == (0, 1)
        assert said(found).startswith("8 units of 97110 exceed the limit of 6. ")

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
            reported(check("ncci-mue", *lines, edits=limit_edits("97110", 6, mai)))
            for mai in (1, 2, 3)
        ]
        assert [len(each) for each in found] == [0, 1, 1]

    def test_medicaid_looks_at_each_line_on_its_own(self) -> None:
        medicaid = Policy(UnitMethod.CMS_EIGHT_MINUTE).with_changes(edits=EditProgram.NCCI_MEDICAID)
        edits = limit_edits("97110", 6, 3)
        apart = line("97110", "GP", units=6), line("97110", "GP", "CQ", units=6)
        beyond = line("97110", "GP", units=7), line("97110", "GP", "CQ", units=6)
        assert reported(check("ncci-mue", *apart, payer=medicaid, edits=edits)) == []
        found = only(check("ncci-mue", *beyond, payer=medicaid, edits=edits))
        assert (found.severity, found.lines) == (DENY, (0,))
        assert "Each claim line is compared with the limit separately" in said(found)
        assert "(adjudication indicator 3)" in said(found)

    def test_of_a_limit_of_0_no_unit_is_paid(self) -> None:
        found = only(check("ncci-mue", line("97014", "GP")))
        assert reported([found]) == [("deny", (0,), "97014 has a unit limit of 0 and is not paid")]
        assert found.action == "take 97014 off the claim."

    @pytest.mark.parametrize("code", ["97010", "97602"])
    @pytest.mark.parametrize(
        ("day", "undated"),
        [
            ("2024-08-01", ""),
            (
                "2024-03-31",
                (
                    " The limit of 0 is for the quarter that starts 2024-04-01; the data has no limit for "
                    "2024-03-31."
                ),
            ),
            (
                "2024-10-01",
                (
                    " No file in the data is for 2024-10-01; the files for the quarters from 2024-07-01 and "
                    "2026-04-01 have the same limit."
                ),
            ),
        ],
    )
    def test_a_bundled_code_is_an_info_and_not_a_denial(
        self, code: str, day: str, undated: str
    ) -> None:
        found = only(check("ncci-mue", line(code, "GP", units=2), day=day))
        assert reported([found]) == [
            (
                "info",
                (0,),
                f"{code} is bundled and not paid separately. The unit limit of {code} is 0.{undated}",
            )
        ]
        assert found.action == f"expect no payment for {code}."

    def test_an_undated_limit_of_0_is_no_reason_to_remove_the_code(self) -> None:
        found = only(check("ncci-mue", line("97014", "GP"), day="2024-03-31"))
        assert found.severity is REVIEW
        assert said(found).startswith(
            "1 unit of 97014 may be above the limit of 0. The limit of 0 is for the quarter "
        )
        assert found.action == advice_to_load("2024-03-31", "MUE", "")

    def test_a_bundled_code_with_a_limit_is_denied_beyond_it(self) -> None:
        edits = limit_edits("97010", 1, 3)
        assert reported(check("ncci-mue", line("97010", "GP"), edits=edits)) == []
        assert only(check("ncci-mue", line("97010", "GP", units=2), edits=edits)).severity is DENY

    def test_pt_and_ot_above_the_limit_only_together_are_a_review(self) -> None:
        together = line("97110", "GP", units=6), line("97110", "GO", units=1)
        alone = line("97110", "GP", units=7), line("97110", "GO", units=1)
        assert reported(check("ncci-mue", *together)) == [
            (
                "review",
                (0, 1),
                self.SEVEN
                + " Under each plan of care, the units are within the limit, and two disciplines count as different practitioners.",
            )
        ]
        assert reported(check("ncci-mue", *alone)) == [("deny", (0,), self.SEVEN)]

    def test_only_the_lines_of_the_plan_that_is_beyond_it_alone_are_denied(self) -> None:
        lines = (
            line("97110", "GP", units=4),
            line("97110", "GO", units=2),
            line("97110", "GP", "CQ", units=3),
        )
        found = only(check("ncci-mue", *lines, fees=RATES))
        assert reported([found]) == [("deny", (0, 2), self.SEVEN)]
        assert found.at_stake == Decimal("210.00")
        both = line("97110", "GP", units=7), line("97110", "GO", units=8)
        (each,) = reported(check("ncci-mue", *both))
        assert each[:2] == ("deny", (0, 1))
        assert each[2].startswith("15 units of 97110 exceed the limit of 6. ")

    def test_a_line_without_a_plan_shows_no_other_practitioner(self) -> None:
        found = only(check("ncci-mue", line("97110", "GP", units=6), line("97110", units=1)))
        assert found.severity is DENY

    @pytest.mark.parametrize(
        ("day", "quarter", "code", "limit"),
        [("2024-03-31", "2024-04-01", "97110", 6), ("2026-07-01", "2026-04-01", "97535", 8)],
    )
    def test_outside_the_quarters_in_the_data_a_limit_is_undated(
        self, day: str, quarter: str, code: str, limit: int
    ) -> None:
        remark = (
            f"the limit is for the quarter that begins {quarter}; the data has no limit for {day}"
        )
        within = check("ncci-mue", line(code, "GP", units=limit), day=day)
        beyond = check("ncci-mue", line(code, "GP", units=limit + 1), day=day)
        assert answers(within) == [("date-out-of-range", (code,), remark)]
        message = (
            f"{limit + 1} units of {code} may be above the limit of {limit}. The limit of {limit} is for the "
            f"quarter that starts {quarter}; the data has no limit for {day}."
        )
        assert reported(beyond) == [("review", (0,), message)]
        assert beyond[0].action == advice_to_load(day, "MUE", "")
        assert answers(beyond) == [("finding", (code,), "")]

    @pytest.mark.parametrize("day", ["2024-10-01", "2026-03-31"])
    def test_between_two_quarters_with_the_same_limit_it_denies_and_says_so(self, day: str) -> None:
        found = only(check("ncci-mue", line("97110", "GP", units=7), day=day))
        assert reported([found]) == [
            (
                "deny",
                (0,),
                (
                    f"7 units of 97110 exceed the limit of 6. No file in the data is for {day}; the files for the "
                    "quarters from 2024-07-01 and 2026-04-01 have the same limit. All units of the day are "
                    "denied unless an appeal shows that they were necessary (adjudication indicator 3)."
                ),
            )
        ]
        assert [source.verified.value for source in found.figures] == ["derived"]
        assert "quarter from 2024-07-01; NCCI MUE values, " in found.figures[0].title

    @pytest.mark.parametrize("day", ["2024-04-01", "2024-09-30", "2026-04-01", "2026-12-31"])
    def test_within_the_quarters_in_the_data_it_denies(self, day: str) -> None:
        found = check("ncci-mue", line("97110", "GP", units=7), day=day)
        assert reported(found) == [("deny", (0,), self.SEVEN)]

    def test_a_code_outside_the_data_is_not_in_the_data(self) -> None:
        found = check("ncci-mue", line("99213", units=9), line("97110", "GP"), line("99214"))
        assert answers(found) == [
            ("not-in-data", ("99213", "99214"), "the edits in the data are for therapy codes only")
        ]

    def test_a_code_without_a_published_limit_is_clean(self) -> None:
        found = check("ncci-mue", line("97112", "GP", units=9), edits=limit_edits("97110", 6, 3))
        assert answers(found) == [("clean", (), "")]
