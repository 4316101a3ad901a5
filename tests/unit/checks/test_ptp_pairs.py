"""Findings about pairs of NCCI edits."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import attrs
import pytest

from tests.amounts import allowed_of
from tests.finding_text import said
from tests.own_numbers import own_numbers
from tests.unit.checks.claims_to_check import (
    DAY,
    DENY,
    GROUP_AND_EXERCISE,
    OWN,
    PAIR_0,
    RATES,
    REVIEW,
    advice_to_load,
    answers,
    check,
    claim,
    line,
    not_applicable,
    only,
    pair_edits,
    pt,
    reported,
    slp,
    timed,
    untimed,
)
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    ClaimLine,
    FeeSchedule,
    Policy,
    Session,
    TimedService,
    UnitMethod,
    UntimedService,
    price_day,
)
from therapy_billing.checks.day import check_claim
from therapy_billing.findings.records import Finding
from therapy_billing.ncci.edits import Edits
from therapy_billing.ncci.records import EditSetting, PtpEdit, PtpFile
from therapy_billing.payers import PayerLike
from therapy_billing.payers.policy import EditProgram

NO_EDITS = Edits.from_files([])
PAIR_1 = (
    "97110 with 97150 on the same day. NCCI bundles 97110 (column 2) into 97150 "
    "(column 1) unless 59 or an X modifier shows separate services (indicator 1)."
)


class TestPair:
    def test_of_a_pair_in_force_column_2_is_denied(self) -> None:
        found = only(check("ncci-ptp", *GROUP_AND_EXERCISE))
        assert found.rule.id == "ncci-ptp"
        assert found.severity is DENY
        assert said(found) == PAIR_1
        assert found.action == (
            "give the sessions, to show whether 97110 may have 59 or an X modifier."
        )
        assert found.lines == (1, 0)
        assert found.codes == ("97110", "97150")
        assert found.at_stake is None
        assert found.suggested == ()
        assert [source.title for source in found.figures] == [
            "NCCI PTP edits, practitioner, quarter from 2024-07-01"
        ]

    def test_the_table_and_not_the_line_order_decides_column_1(self) -> None:
        found = only(check("ncci-ptp", *reversed(GROUP_AND_EXERCISE)))
        assert (said(found), found.lines) == (PAIR_1, (0, 1))

    @pytest.mark.parametrize("modifier", ["59", "XE", "XP", "XS", "XU"])
    def test_a_modifier_of_a_distinct_service_passes_indicator_1(self, modifier: str) -> None:
        marked = check("ncci-ptp", line("97150", "GP"), line("97110", "GP", modifier))
        assert reported(marked) == []
        assert answers(marked) == [("clean", (), "")]

    @pytest.mark.parametrize("modifier", ["22", "76", "77", "KX", "CQ"])
    def test_no_other_modifier_passes_it(self, modifier: str) -> None:
        marked = check("ncci-ptp", line("97150", "GP"), line("97110", "GP", modifier))
        assert reported(marked) == [("deny", (1, 0), PAIR_1)]

    @pytest.mark.parametrize("day", ["2019-07-01", "2024-08-01"])
    def test_from_july_2019_the_modifier_may_stand_on_column_1(self, day: str) -> None:
        lines = line("97150", "GP", "59"), line("97110", "GP")
        assert reported(check("ncci-ptp", *lines, day=day, edits=pair_edits(1))) == []

    def test_before_it_had_to_stand_on_column_2(self) -> None:
        day, edits = "2019-06-30", pair_edits(1)
        on_column_1 = line("97150", "GP", "59"), line("97110", "GP")
        on_column_2 = line("97150", "GP"), line("97110", "GP", "59")
        assert reported(check("ncci-ptp", *on_column_1, day=day, edits=edits)) == [
            ("deny", (1, 0), PAIR_1.replace("modifier", "modifier on 97110"))
        ]
        assert reported(check("ncci-ptp", *on_column_2, day=day, edits=edits)) == []

    def test_from_july_2019_no_column_is_named(self) -> None:
        lines, edits = GROUP_AND_EXERCISE, pair_edits(1)
        messages = [
            said(only(check("ncci-ptp", *lines, day=day, edits=edits)))
            for day in ("2019-06-30", "2019-07-01")
        ]
        assert messages == [PAIR_1.replace("modifier", "modifier on 97110"), PAIR_1]

    def test_the_column_is_a_number_of_law_and_without_it_the_answer_is_out_of_range(self) -> None:
        lines = line("97150", "GP", "59"), line("97110", "GP")
        for through, expected in (
            (str(DAY), ("finding", ("97110", "97150"), "")),
            (
                "2024-07-31",
                (
                    "date-out-of-range",
                    ("97150/97110",),
                    f"ncci_modifier_columns is known through 2024-07-31, not on {DAY}",
                ),
            ),
        ):
            numbers = own_numbers("ncci_modifier_columns", (None, "1"), through=through)
            fees = attrs.evolve(RATES, parameters=numbers)
            found = check("ncci-ptp", *lines, edits=pair_edits(1), fees=fees)
            assert answers(found) == [expected]

    def test_indicator_0_is_passed_by_no_modifier(self) -> None:
        plain = only(check("ncci-ptp", line("97140", "GP"), line("97124", "GP")))
        marked = only(check("ncci-ptp", line("97140", "GP"), line("97124", "GP", "59")))
        on_column_1 = only(check("ncci-ptp", line("97140", "GP", "59"), line("97124", "GP")))
        assert [each.severity for each in (plain, marked, on_column_1)] == [DENY] * 3
        assert said(plain) == PAIR_0
        assert said(marked) == (PAIR_0 + " The 59 or X modifier on the claim does not change that.")
        assert said(on_column_1) == said(plain)
        assert {each.action for each in (plain, marked, on_column_1)} == {
            "bill 97140 or 97124, not both."
        }

    def test_indicator_9_is_no_edit(self) -> None:
        found = check("ncci-ptp", *GROUP_AND_EXERCISE, edits=pair_edits(9))
        assert answers(found) == [("clean", (), "")]

    def test_codes_that_form_no_pair_are_clean(self) -> None:
        found = check("ncci-ptp", line("97110", "GP"), line("97112", "GP"), line("97140", "GP"))
        assert reported(found) == []
        assert answers(found) == [("clean", (), "")]

    def test_one_code_alone_forms_no_pair(self) -> None:
        assert answers(check("ncci-ptp", line("97150", "GP"))) == [("clean", (), "")]

    def test_of_the_two_lines_of_an_assistants_split_each_needs_the_modifier(self) -> None:
        def denied(first: tuple[str, ...], second: tuple[str, ...]) -> list[tuple[int, ...]]:
            lines = line("97110", *first), line("97150", "GP"), line("97110", *second)
            return [each.lines for each in check("ncci-ptp", *lines)]

        assert denied(("GP",), ("GP", "CQ")) == [(0, 2, 1)]
        assert denied(("GP", "59"), ("GP", "CQ")) == [(2, 1)]
        assert denied(("GP",), ("GP", "CQ", "59")) == [(0, 1)]
        assert denied(("GP", "59"), ("GP", "CQ", "59")) == []

    def test_of_a_split_column_1_each_line_needs_the_modifier(self) -> None:
        group, split = line("97124", "GP"), [line("97150", "GP"), line("97150", "GP", "CQ")]
        marked = [line("97150", "GP", "59"), line("97150", "GP", "CQ", "59")]
        assert len(check("ncci-ptp", group, marked[0], split[1])) == 1
        assert len(check("ncci-ptp", group, *marked)) == 0

    def test_under_two_plans_of_care_indicator_1_needs_the_modifier_as_well(self) -> None:
        unmarked = check("ncci-ptp", line("97150", "GP"), line("97110", "GO"))
        marked = check("ncci-ptp", line("97150", "GP"), line("97110", "GO", "XP"))
        plans = " The services are under plans of care of different disciplines."
        assert reported(unmarked) == [("deny", (1, 0), PAIR_1 + plans)]
        assert reported(marked) == []

    def test_indicator_0_across_disciplines_is_a_review(self) -> None:
        found = only(check("ncci-ptp", line("97140", "GP"), line("97124", "GO")))
        assert found.severity is REVIEW
        assert said(found) == (
            PAIR_0
            + " The lines are under different plans of care, and clinicians of two specialties may both bill."
        )

    def test_a_line_without_a_plan_shows_no_other_clinician(self) -> None:
        without = only(check("ncci-ptp", line("97140", "GP"), line("97124")))
        beside = only(check("ncci-ptp", line("97140"), line("97124", "GP")))
        assert [without.severity, beside.severity] == [DENY, DENY]

    def test_a_line_of_another_plan_takes_no_denial_from_the_line_of_this_one(self) -> None:
        alone = check("ncci-ptp", line("97140", "GP"), line("97124", "GP"))
        beside = check("ncci-ptp", line("97140", "GP"), line("97124", "GP"), line("97124", "GO"))
        assert [each.severity for each in alone if 1 in each.lines] == [DENY]
        assert DENY in [each.severity for each in beside if 1 in each.lines]

    def test_each_pair_of_a_day_is_found_by_itself(self) -> None:
        lines = line("97150", "GP"), line("97110", "GP"), line("97116", "GP")
        assert [each.lines for each in check("ncci-ptp", *lines)] == [(1, 0), (2, 0)]

    def test_claims_of_one_day_are_looked_at_together(self) -> None:
        found = check_claim(
            [claim(line("97150", "GP")), claim(line("97110", "GP"))], MEDICARE, checks=["ncci-ptp"]
        )
        assert reported(found) == [("deny", (1, 0), PAIR_1)]

    def test_hospitals_have_edits_of_their_own(self) -> None:
        lines = line("97161", "GP"), line("97750", "GP")
        found = [
            only(check("ncci-ptp", *lines, edit_setting=setting))
            for setting in (EditSetting.PRACTITIONER, "outpatient-hospital")
        ]
        assert ["indicator 0" in said(each) for each in found] == [True, False]
        assert ["indicator 1" in said(each) for each in found] == [False, True]


class TestUnknownIndicator:
    """The hospital files before and after 2026-03-02 have 97597/97602 with indicators 0 and 1."""

    BUNDLES = (
        "97602 with 97597 on the same day. NCCI bundles 97602 (column 2) into 97597 (column 1). It is not "
        "known whether a modifier allows both. "
    )
    REMARK = (
        "No file in the data is for 2026-03-02; the files for the quarters from 2024-07-01 and 2026-10-01 "
        "have 97597/97602 active, with indicators 0 and 1."
    )

    def found(
        self, *lines: ClaimLine, day: str = "2026-03-02"
    ) -> list[tuple[str, tuple[int, ...], str]]:
        return reported(
            check("ncci-ptp", *lines, day=day, edit_setting=EditSetting.OUTPATIENT_HOSPITAL)
        )

    def test_without_a_modifier_column_2_is_denied(self) -> None:
        lines = line("97597", "GP"), line("97602", "GP")
        assert self.found(*lines) == [("deny", (1, 0), self.BUNDLES + self.REMARK)]

    @pytest.mark.parametrize("marked", [0, 1])
    def test_with_a_modifier_it_is_a_review(self, marked: int) -> None:
        lines = [
            line(code, "GP", *(["59"] if index == marked else []))
            for index, code in enumerate(("97597", "97602"))
        ]
        assert self.found(*lines) == [("review", (1, 0), self.BUNDLES + self.REMARK)]

    def test_each_line_of_column_2_needs_the_modifier(self) -> None:
        lines = line("97597", "GP"), line("97602", "GP", "59"), line("97602", "GP", "CQ")
        assert [each[:2] for each in self.found(*lines)] == [("review", (1, 0)), ("deny", (2, 0))]

    def test_under_different_plans_it_is_a_review(self) -> None:
        plans = "The lines are under different plans of care, and clinicians of two specialties may both bill. "
        lines = line("97597", "GP"), line("97602", "GO")
        assert self.found(*lines) == [("review", (1, 0), self.BUNDLES + plans + self.REMARK)]

    @pytest.mark.parametrize(("day", "severities"), [("2024-09-30", ["deny"]), ("2026-10-01", [])])
    def test_in_the_quarters_of_the_files_the_indicator_decides(
        self, day: str, severities: list[str]
    ) -> None:
        lines = line("97597", "GP"), line("97602", "GP", "59")
        assert [each[0] for each in self.found(*lines, day=day)] == severities

    def test_an_undated_pair_may_have_an_unknown_indicator(self) -> None:
        setting = EditSetting.PRACTITIONER
        row = PtpEdit("97150", "97110", None, None, None, "invented", setting)
        edits = Edits.from_files([PtpFile(setting, date(2024, 7, 1), (row,), OWN)])
        found = only(check("ncci-ptp", *GROUP_AND_EXERCISE, day="2024-10-01", edits=edits))
        assert found.severity is REVIEW
        assert "are an NCCI pair with unknown indicator. " in said(found)

    def test_the_advice_is_to_load_the_file(self) -> None:
        lines = line("97597", "GP"), line("97602", "GP")
        found = only(
            check(
                "ncci-ptp",
                *lines,
                day="2026-03-02",
                edit_setting="outpatient-hospital",
            )
        )
        assert found.action == (
            "bill 97597 only, or load CMS's PTP file for the quarter that includes 2026-03-02 to see the "
            "indicator (--edits, or Edits.with_files)."
        )
        assert found.suggested == ()


class TestPairAnswers:
    def test_a_pair_that_the_file_lists_without_its_first_day_is_undated_before_it(self) -> None:
        found = only(check("ncci-ptp", *GROUP_AND_EXERCISE, day="2024-06-30"))
        assert found.severity is REVIEW
        assert said(found) == (
            "97110 with 97150 may be denied on 2024-06-30. 97150 (column 1) and 97110 "
            "(column 2) are an NCCI pair with indicator 1. It is not known whether the edit is in force on 2024-06-30. The file for the quarter from 2024-07-01 lists "
            "97150/97110 without a first day."
        )
        assert found.action == advice_to_load("2024-06-30")

    def test_a_pair_after_the_file_is_a_review_without_advice_to_change_the_claim(self) -> None:
        def found(day: str) -> Finding:
            record = pt(
                UntimedService("97150", body_region="neck"),
                TimedService("97110", 15, body_region="left knee"),
                on=date.fromisoformat(day),
            )
            return only(
                check("ncci-ptp", *GROUP_AND_EXERCISE, day=day, sessions=record, fees=RATES)
            )

        in_force, after = found("2024-09-30"), found("2024-10-01")
        assert (in_force.severity, in_force.at_stake) == (DENY, Decimal("30.00"))
        assert in_force.suggested == (("XS", "97110"),)
        assert (after.severity, after.lines, after.suggested) == (REVIEW, (1, 0), ())
        assert after.at_stake == Decimal("30.00")
        assert said(after) == (
            "97110 with 97150 may be denied on 2024-10-01. 97150 (column 1) and 97110 "
            "(column 2) are an NCCI pair with indicator 1. It is not known whether the edit is in force on 2024-10-01. The file for the quarter from 2024-07-01 lists "
            "97150/97110 as active, and the PTP data for these codes ends on 2024-09-30. For outpatient "
            "hospitals, 97150/97110 is in force on 2024-10-01 (our own reading of two files)."
        )
        assert after.action == advice_to_load("2024-10-01")
        assert [(source.title, source.verified.value) for source in after.figures] == [
            ("NCCI PTP edits, practitioner, quarter from 2024-07-01", "data-file"),
            (
                (
                    "Our own reading of two files: NCCI PTP edits, outpatient hospital, quarter from "
                    "2024-07-01; NCCI PTP edits, outpatient hospital, quarter from 2026-10-01"
                ),
                "derived",
            ),
        ]

    def test_a_review_of_a_practitioner_pair_cites_the_hospital_list_of_the_day(self) -> None:
        found = only(check("ncci-ptp", *GROUP_AND_EXERCISE, day="2026-11-30"))
        assert found.severity is REVIEW
        assert said(found).endswith(
            " For outpatient hospitals, 97150/97110 is in force on 2026-11-30."
        )
        assert [source.title for source in found.figures] == [
            "NCCI PTP edits, practitioner, quarter from 2024-07-01",
            "NCCI PTP edits, outpatient hospital, quarter from 2026-10-01",
        ]

    @pytest.mark.parametrize("day", ["2024-10-01", "2026-03-02", "2026-09-30"])
    def test_a_pair_that_two_quarters_have_is_denied_between_them_and_says_so(
        self, day: str
    ) -> None:
        found = only(
            check("ncci-ptp", *GROUP_AND_EXERCISE, day=day, edit_setting="outpatient-hospital")
        )
        assert found.severity is DENY
        assert said(found) == (
            f"{PAIR_1} No file in the data is for {day}; the files for the quarters from 2024-07-01 and "
            "2026-10-01 have 97150/97110 as active."
        )
        assert [source.verified.value for source in found.figures] == ["derived"]
        clean = check(
            "ncci-ptp",
            line("97110", "GP"),
            line("97112", "GP"),
            day=day,
            edit_setting="outpatient-hospital",
        )
        assert answers(clean) == [("clean", (), "")]

    @pytest.mark.parametrize("day", ["2024-10-01", "2026-03-02", "2026-10-05"])
    def test_no_pair_that_cms_deleted_is_found_after_the_files(self, day: str) -> None:
        dated = next(
            file
            for file in Edits.bundled().files
            if isinstance(file, PtpFile) and file.setting is EditSetting.PRACTITIONER
        )
        assert dated.effective_from == date(2024, 7, 1)
        active = {(row.column1, row.column2) for row in dated.edits if row.deleted_on is None}
        listed = {(row.column1, row.column2) for row in dated.edits if row.indicator != 9}
        deleted = listed - active
        deleted = {pair for pair in deleted if pair[::-1] not in active}
        assert len(deleted) == 477
        clean = 0
        for column1, column2 in deleted:
            found = check("ncci-ptp", line(column1, "GP"), line(column2, "GP"), day=day)
            assert reported(found) == []
            ((answer, about, remark),) = answers(found)
            if answer == "clean":
                clean += 1
                continue
            assert (answer, about) == ("date-out-of-range", (f"{column1}/{column2}",))
            assert f"lists {column1}/{column2} as deleted on " in remark
        # The practitioner files of 2026 have both codes of these pairs.
        assert clean == 3

    def test_a_pair_that_was_deleted_in_one_direction_is_found_in_the_other(self) -> None:
        for day, severity in (("2024-09-30", DENY), ("2024-10-01", REVIEW)):
            found = only(check("ncci-ptp", line("97530", "GP"), line("97755", "GP"), day=day))
            assert (found.severity, found.lines) == (severity, (0, 1))
            assert "97755 (column 1)" in found.detail
            assert "97530 (column 2)" in found.detail

    def test_codes_that_only_a_list_without_dates_has_are_not_in_the_data(self) -> None:
        found = check("ncci-ptp", line("98940"), line("97140", "GP"), day="2026-05-01")
        assert answers(found) == [
            (
                "not-in-data",
                ("98940/97140",),
                (
                    "no dated PTP file in the data has both 98940 and 97140; an undated extract from about 2026-04 lists 98940/97140, but it includes deleted pairs"
                ),
            )
        ]

    @pytest.mark.parametrize("column1_range", [None, ("97530", "97530")])
    def test_a_file_of_the_quarter_that_has_the_pair_in_force_denies_again(
        self, column1_range: tuple[str, str] | None
    ) -> None:
        setting, first = EditSetting.PRACTITIONER, date(2026, 1, 1)
        row = PtpEdit("97530", "97116", 1, first, None, "invented", setting)
        file = PtpFile(setting, first, (row,), OWN, None, column1_range)
        lines = line("97530", "GP"), line("97116", "GP")
        for held, expected in (
            (Edits.bundled(), []),
            (Edits.bundled().with_files([file]), ["deny"]),
        ):
            found = check("ncci-ptp", *lines, day="2026-03-02", edits=held)
            assert [each.severity.value for each in found] == expected
        denied = only(check("ncci-ptp", *lines, day="2026-03-02", edits=held))
        assert denied.figures == (OWN,)
        assert "NCCI bundles 97116 (column 2) into " in denied.detail
        assert "unless 59 or an X modifier shows separate services" in denied.detail

    def test_an_undated_pair_passes_with_the_modifier_as_well(self) -> None:
        found = check("ncci-ptp", line("97150", "GP"), line("97110", "GP", "59"), day="2026-04-01")
        assert answers(found) == [("clean", (), "")]

    def test_an_undated_pair_with_indicator_0_is_no_certain_denial(self) -> None:
        found = only(check("ncci-ptp", line("97140", "GP"), line("97124", "GP"), day="2024-10-01"))
        assert found.severity is REVIEW
        assert found.action == advice_to_load("2024-10-01")

    def test_a_pair_after_every_file_that_none_lists_is_not_covered(self) -> None:
        clean = check("ncci-ptp", line("97110", "GP"), line("97535", "GP"), day="2024-09-30")
        after = check("ncci-ptp", line("97110", "GP"), line("97535", "GP"), day="2024-10-01")
        assert answers(clean) == [("clean", (), "")]
        assert answers(after) == [
            (
                "date-out-of-range",
                ("97110/97535",),
                "the PTP data for these codes ends on 2024-09-30",
            )
        ]

    def test_the_last_day_of_a_deleted_pair_is_shown_after_every_file(self) -> None:
        setting, last = EditSetting.PRACTITIONER, date(2019, 12, 31)
        deleted = PtpEdit("97150", "97110", 1, None, last, "invented", setting)
        file = PtpFile(setting, date(2024, 7, 1), (deleted,), OWN)
        found = check(
            "ncci-ptp", *GROUP_AND_EXERCISE, day="2024-10-01", edits=Edits.from_files([file])
        )
        assert answers(found) == [
            (
                "date-out-of-range",
                ("97150/97110",),
                (
                    "the PTP data for these codes ends on 2024-09-30; the file for the quarter from 2024-07-01 "
                    "lists 97150/97110 as deleted on 2019-12-31"
                ),
            )
        ]

    def test_a_code_outside_the_data_is_not_in_the_data(self) -> None:
        found = check("ncci-ptp", line("97110", "GP"), line("99213"), line("97112", "GP"))
        assert answers(found) == [
            (
                "not-in-data",
                ("97110/99213", "99213/97112"),
                "the edits in the data are for therapy codes only",
            )
        ]

    def test_an_open_answer_comes_with_the_findings(self) -> None:
        found = check("ncci-ptp", *GROUP_AND_EXERCISE, line("99213"))
        assert reported(found) == [("deny", (1, 0), PAIR_1)]
        assert [(answer, about) for answer, about, _ in answers(found)] == [
            ("finding", ("97110", "97150")),
            ("not-in-data", ("97150/99213", "97110/99213")),
        ]

    def test_without_any_file_no_day_is_covered(self) -> None:
        for rule, about in (("ncci-ptp", ("97150/97110",)), ("ncci-mue", ("97150", "97110"))):
            found = check(rule, *GROUP_AND_EXERCISE, edits=NO_EDITS)
            assert reported(found) == []
            assert [each[:2] for each in answers(found)] == [("date-out-of-range", about)]

    def test_edits_do_not_apply_to_a_payer_that_names_none(self) -> None:
        for rule in ("ncci-ptp", "ncci-mue"):
            found = check(rule, *GROUP_AND_EXERCISE, payer=CPT_MIDPOINT)
            assert not_applicable(found) == "the payer's policy names no NCCI edits"

    def test_medicaid_edits_are_not_in_the_data(self) -> None:
        medicaid = Policy(UnitMethod.CMS_EIGHT_MINUTE).with_changes(edits=EditProgram.NCCI_MEDICAID)
        for rule in ("ncci-ptp", "ncci-mue"):
            assert answers(check(rule, *GROUP_AND_EXERCISE, payer=medicaid)) == [
                (
                    "not-in-data",
                    ("97150", "97110"),
                    "the library's edits are for Medicare; load Medicaid's edits (--edits, or Edits.with_files)",
                )
            ]
        given = check("ncci-ptp", *GROUP_AND_EXERCISE, payer=medicaid, edits=pair_edits(1))
        assert reported(given) == [("deny", (1, 0), PAIR_1)]


class TestPairStakes:
    def test_what_is_at_stake_is_the_day_with_and_without_column_2(self) -> None:
        found = only(check("ncci-ptp", *GROUP_AND_EXERCISE, fees=RATES))
        assert found.at_stake == Decimal("30.00")
        assert said(found) == (
            PAIR_1
            + " $48.00 is allowed for the day with both codes, and $18.00 if 97110 is denied."
        )

    def test_the_reduction_of_the_day_is_counted_anew_without_the_line(self) -> None:
        fees = FeeSchedule.medicare(DAY)
        lines = (*GROUP_AND_EXERCISE, line("97032", "GP"))
        both = allowed_of(price_day(claim(*lines), MEDICARE, fees))
        alone = allowed_of(price_day(claim(lines[0], lines[2]), MEDICARE, fees))
        found = only(check("ncci-ptp", *lines, fees=fees))
        assert found.at_stake == both - alone
        assert said(found) == (
            PAIR_1
            + f" ${both} is allowed for the day with both codes, and ${alone} if 97110 is denied."
        )

    def test_only_the_lines_without_the_modifier_are_at_stake(self) -> None:
        lines = line("97150", "GP"), line("97110", "GP", "59", units=2), line("97110", "GP", "CQ")
        assert only(check("ncci-ptp", *lines, fees=RATES)).at_stake == Decimal("30.00")

    def test_a_line_without_a_price_leaves_it_open(self) -> None:
        fees = FeeSchedule.from_rates({"97150": "18.00"})
        found = only(check("ncci-ptp", *GROUP_AND_EXERCISE, fees=fees))
        assert (found.at_stake, said(found)) == (None, PAIR_1)

    def test_a_line_without_a_price_elsewhere_changes_nothing(self) -> None:
        found = only(check("ncci-ptp", *GROUP_AND_EXERCISE, line("97755", "GP", "59"), fees=RATES))
        assert found.at_stake == Decimal("30.00")


class TestManual:
    """What the manual says in addition to the indicator of a pair."""

    APART = slp(untimed("92507", "9:00", "9:30"), timed("97110", "9:30", "9:45"))
    NEVER = (
        "Speech or swallowing treatment includes the exercise, re-education, group therapy, and activities "
        "that the same clinician furnishes."
    )

    def test_what_one_clinician_may_not_bill_has_no_modifier_to_suggest(self) -> None:
        lines = line("92507", "GN"), line("97110", "GN")
        for record in ((), self.APART):
            found = only(check("ncci-ptp", *lines, sessions=record))
            assert (found.severity, found.lines, found.suggested) == (DENY, (1, 0), ())
            assert found.action == "bill 92507 only."
            assert self.NEVER in found.detail
            assert [source.title for source in found.figures] == [
                "NCCI PTP edits, practitioner, quarter from 2024-07-01",
                "NCCI Policy Manual (Medicaid edition of 2025)",
            ]

    @pytest.mark.parametrize("on_column_1", [False, True])
    def test_an_attested_modifier_that_the_manual_rules_out_is_a_review(
        self, *, on_column_1: bool
    ) -> None:
        index, code, other = (0, "92507", "97110") if on_column_1 else (1, "97110", "92507")
        found = check_claim(
            claim(line("92507", "GN"), line("97110", "GN")),
            MEDICARE,
            RATES,
            sessions=self.APART,
            attestations=[("XU", code)],
            checks=["ncci-ptp", "distinct-service"],
        )
        message = f"XU on {code}, but one clinician cannot bill {code} with {other} on the same day. {self.NEVER}"
        assert reported(found) == [("review", (index,), message)]
        assert found[0].action == f"remove XU, and bill only one of {code} and {other}."
        assert found[0].at_stake == (None if on_column_1 else Decimal("30.00"))
        assert [source.title for source in found[0].figures] == [
            "NCCI Policy Manual (Medicaid edition of 2025)"
        ]

    def test_the_manual_needs_no_record_to_speak_against_a_modifier(self) -> None:
        lines = line("92507", "GN"), line("97110", "GN", "XU")
        assert [each.severity for each in check("distinct-service", *lines)] == [REVIEW]

    @pytest.mark.parametrize("plan", ["GP", "GO"])
    def test_a_re_evaluation_has_its_condition_under_any_plan(self, plan: str) -> None:
        lines, edits = (line("97164", "GP"), line("97140", plan)), pair_edits(1, "97164", "97140")
        assert only(check("ncci-ptp", *lines, edits=edits)).detail.endswith(
            " only if the patient's status changed and a re-evaluation was necessary."
        )

    def test_under_two_plans_it_does_not_speak_of_one_clinician(self) -> None:
        record = slp(untimed("92507", "9:00", "9:30")), pt(timed("97110", "9:30", "9:45"))
        unmarked = check("ncci-ptp", line("92507", "GN"), line("97110", "GP"), sessions=record)
        assert only(unmarked).suggested == (("XP", "97110"),)
        marked = line("92507", "GN"), line("97110", "GP", "XP")
        assert reported(check("distinct-service", *marked, sessions=record)) == []

    def test_it_stands_where_no_file_has_the_pair_and_for_its_payers_alone(self) -> None:
        lines = line("92507", "GN"), line("97110", "GN", "XU")
        for edits in (NO_EDITS, pair_edits(1)):
            found = check("distinct-service", *lines, sessions=self.APART, edits=edits)
            assert [each.severity for each in found] == [REVIEW]
        other = check("distinct-service", *lines, sessions=self.APART, payer=CPT_MIDPOINT)
        assert reported(other) == []

    def test_the_condition_of_a_re_evaluation_is_in_the_detail(self) -> None:
        only_if = (
            " 97164 can be billed with 97140 only if the patient's status changed and a re-evaluation was "
            "necessary."
        )
        edits = pair_edits(1, "97140", "97164")
        lines = line("97140", "GP"), line("97164", "GP")

        def found(record: Session | tuple[Session, ...]) -> Finding:
            return only(check("ncci-ptp", *lines, edits=edits, sessions=record))

        apart = found(pt(timed("97140", "9:00", "9:15"), untimed("97164", "9:15", "9:30")))
        assert apart.suggested == (("XU", "97164"),)
        assert apart.action == "attest XU on 97164 if the services were distinct."
        assert apart.detail.endswith("The record shows separate times." + only_if)
        neither = found(pt(TimedService("97140", 15), UntimedService("97164")))
        assert neither.suggested == ()
        assert neither.action == (
            "bill 97140 only, or correct the record if the services were separate."
        )
        assert neither.detail.endswith(
            "The record shows no separate times or body regions." + only_if
        )
        assert found(()).action == (
            "give the sessions, to show whether 97164 may have 59 or an X modifier."
        )
        assert found(()).detail.endswith("(indicator 1)." + only_if)
        at_once = found(pt(timed("97140", "9:00", "9:15"), untimed("97164", "9:14", "9:30")))
        assert at_once.action == "bill 97140 only."
        assert "The record shows overlapping times for the two services." in at_once.detail
        assert {len(each.figures) for each in (apart, neither, at_once)} == {2}

    def test_the_condition_of_canalith_repositioning_is_in_the_detail(self) -> None:
        record = pt(untimed("95992", "9:00", "9:30"), timed("97140", "9:30", "9:45"))
        found = only(check("ncci-ptp", line("95992", "GP"), line("97140", "GP"), sessions=record))
        assert found.suggested == (("XU", "97140"),)
        assert found.action == "attest XU on 97140 if the services were distinct."
        assert found.detail.endswith(
            "97140 can be billed with 95992 only if the exercise, re-education, manual therapy, or activities had "
            "a purpose other than canalith repositioning; 95992 includes services for repositioning."
        )


class TestAModifierThatIsNotNeeded:
    """97110 and 97140 are no NCCI pair. On 2026-03-02, only the hospital files before and after the day show that."""

    def found(self, day: str, setting: str, payer: PayerLike = MEDICARE) -> Finding:
        services = TimedService("97110", 15), TimedService("97140", 15)
        return only(
            check(
                "distinct-service",
                line("97110", "GP", "59"),
                line("97140", "GP"),
                day=day,
                payer=payer,
                sessions=Session(day, "PT", services),
                edit_setting=setting,
            )
        )

    @pytest.mark.parametrize(
        ("day", "setting", "detail"),
        [
            ("2024-08-01", "practitioner", ""),
            (
                "2026-03-02",
                "outpatient-hospital",
                (
                    "No file in the data is for 2026-03-02; the files for the quarters from 2024-07-01 and 2026-10-01 "
                    "do not have 97110 with 97140."
                ),
            ),
        ],
    )
    def test_the_finding_cites_the_answer(self, day: str, setting: str, detail: str) -> None:
        found = self.found(day, setting)
        assert (found.severity.value, found.message) == (
            "info",
            "59 on 97110 is not needed; no other code of the day forms an NCCI pair with it",
        )
        answer = Edits.bundled().pair("97110", "97140", day, setting)
        assert (found.detail, found.figures) == (detail, (answer.source,))

    def test_a_payer_without_edits_may_need_it(self) -> None:
        found = self.found("2024-08-01", "practitioner", CPT_MIDPOINT)
        assert (found.severity.value, found.message) == (
            "review",
            "59 on 97110, but the record shows no separate time or body region",
        )
