"""Whether a claim stands: each check on both sides of its edge, and clean days without a finding."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, TypedDict, Unpack

import attrs
import pytest

from tests.amounts import allowed_of
from tests.refusals import refusal
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    Accumulators,
    Claim,
    ClaimLine,
    Contract,
    FeeSchedule,
    InvalidInputError,
    NotPublishedError,
    Policy,
    Session,
    Setting,
    Source,
    TiePolicy,
    TimedService,
    UnitMethod,
    UntimedService,
    Verification,
    allocate_units,
    bill_day,
    build_claim,
    price_day,
)
from therapy_billing.chart.note_checks import check_note
from therapy_billing.chart.plan_checks import check_plan
from therapy_billing.chart.records import NoteEntry, PlanOfCare, Practice, TreatmentNote
from therapy_billing.checks.day import CHECKS, check_claim, check_day
from therapy_billing.claims.claim_lines import Attested
from therapy_billing.findings.records import Answer, CheckAnswer, Finding, Findings, Severity
from therapy_billing.ncci.edits import (
    Edits,
    EditSetting,
    MueFile,
    MueLimit,
    PtpEdit,
    PtpFile,
    bundled_edits,
)
from therapy_billing.payers.policy import COMMON_ORDER, EditProgram
from therapy_billing.units.allocator import UnitsBy
from therapy_billing.visits.services import Service

DAY = date(2024, 8, 1)
"""Of the one quarter for which pairs and limits of practitioners are held."""
DENY, REVIEW, NOTE = Severity.DENY, Severity.REVIEW, Severity.NOTE
OWN = Source("invented", "", "", Verification.UNVERIFIED)
RATES = FeeSchedule.from_rates(
    {
        "97110": "30.00",
        "97112": "31.00",
        "97116": "25.00",
        "97124": "22.00",
        "97140": "28.00",
        "97150": "18.00",
        "97161": "100.00",
        "97164": "70.00",
        "97530": "35.00",
        "97535": "33.00",
    }
)
NO_EDITS = Edits.from_files([])


def line(code: str, *modifiers: str, units: int = 1, charge: str | None = None) -> ClaimLine:
    return ClaimLine(code, units, modifiers, None if charge is None else Decimal(charge))


class Given(TypedDict, total=False):
    """What a check may be given beside claim and payer."""

    fees: FeeSchedule
    accumulators: Accumulators
    sessions: Session | Iterable[Session]
    attestations: Attested
    edits: Edits
    edit_setting: EditSetting | str


class Clocked(TypedDict, total=False):
    """What a service may tell beside its code and its clock."""

    clinician: str
    body_region: str
    activity: str


def claim(*lines: ClaimLine, day: date | str = DAY) -> Claim:
    return Claim(day, lines)


def check(
    rule: str,
    *lines: ClaimLine,
    day: date | str = DAY,
    payer: UnitsBy = MEDICARE,
    **given: Unpack[Given],
) -> Findings:
    """Return what one rule finds on a claim."""
    return check_claim(claim(*lines, day=day), payer, checks=[rule], **given)


def told(findings: Iterable[Finding]) -> list[tuple[str, tuple[int, ...], str]]:
    return [(each.severity.value, each.lines, each.message) for each in findings]


def rules(findings: Iterable[Finding]) -> list[tuple[str, tuple[str, ...]]]:
    return [(each.rule.id, each.codes) for each in findings]


def answers(findings: Findings) -> list[tuple[str, tuple[str, ...], str]]:
    return [(each.answer.value, each.about, each.remark) for each in findings.answers]


def only(findings: Findings) -> Finding:
    assert len(findings) == 1
    return findings[0]


def timed(
    code: str, start: str, end: str, *, on: date = DAY, **more: Unpack[Clocked]
) -> TimedService:
    return TimedService(code, start=f"{on} {start}", end=f"{on} {end}", **more)


def untimed(
    code: str, start: str, end: str, *, on: date = DAY, **more: Unpack[Clocked]
) -> UntimedService:
    return UntimedService(code, start=f"{on} {start}", end=f"{on} {end}", **more)


def pt(*services: Service, on: date = DAY) -> Session:
    return Session(on, "PT", services)


def ot(*services: Service, on: date = DAY) -> Session:
    return Session(on, "OT", services)


def slp(*services: Service, on: date = DAY) -> Session:
    return Session(on, "SLP", services)


def pair_edits(indicator: int, column1: str = "97150", column2: str = "97110") -> Edits:
    """Return edits with one pair that is in force from 2010 on, and nothing else."""
    edit = PtpEdit(
        column1, column2, indicator, date(2010, 1, 1), None, "invented", EditSetting.PRACTITIONER
    )
    return Edits.from_files([PtpFile(EditSetting.PRACTITIONER, date(2024, 7, 1), (edit,), OWN)])


def limit_edits(code: str, units: int, mai: int) -> Edits:
    """Return edits with the limit of one code in the third quarter of 2024."""
    limit = MueLimit(code, units, mai, "invented", EditSetting.PRACTITIONER)
    return Edits.from_files([MueFile(EditSetting.PRACTITIONER, date(2024, 7, 1), (limit,), OWN)])


GROUP_AND_EXERCISE = (line("97150", "GP"), line("97110", "GP"))
PAIR_1 = (
    "97150 (column 1) and 97110 (column 2) form a pair with indicator 1: "
    "97110 is denied without 59 or an X modifier"
)
PAIR_0 = "97140 (column 1) and 97124 (column 2) form a pair with indicator 0: 97124 is denied"


class TestPair:
    def test_of_a_pair_in_force_column_2_is_denied(self) -> None:
        found = only(check("ncci-ptp", *GROUP_AND_EXERCISE))
        assert found.rule.id == "ncci-ptp"
        assert found.severity is DENY
        assert found.message == PAIR_1
        assert found.action == (
            "give the sessions: their times tell whether 59 or an X modifier fits on 97110"
        )
        assert found.lines == (1, 0)
        assert found.codes == ("97110", "97150")
        assert found.at_stake is None
        assert found.suggested == ()
        assert [source.title for source in found.figures] == [
            "NCCI PTP edits, practitioner, quarter from 2024-07-01"
        ]

    def test_the_table_and_not_the_order_of_lines_tells_column_1(self) -> None:
        found = only(check("ncci-ptp", *reversed(GROUP_AND_EXERCISE)))
        assert (found.message, found.lines) == (PAIR_1, (0, 1))

    @pytest.mark.parametrize("modifier", ["59", "XE", "XP", "XS", "XU"])
    def test_a_modifier_of_a_distinct_service_passes_indicator_1(self, modifier: str) -> None:
        marked = check("ncci-ptp", line("97150", "GP"), line("97110", "GP", modifier))
        assert told(marked) == []
        assert answers(marked) == [("clean", (), "")]

    @pytest.mark.parametrize("modifier", ["22", "76", "77", "KX", "CQ"])
    def test_no_other_modifier_passes_it(self, modifier: str) -> None:
        marked = check("ncci-ptp", line("97150", "GP"), line("97110", "GP", modifier))
        assert told(marked) == [("deny", (1, 0), PAIR_1)]

    @pytest.mark.parametrize("day", ["2019-07-01", "2024-08-01"])
    def test_from_july_2019_the_modifier_may_stand_on_column_1(self, day: str) -> None:
        lines = line("97150", "GP", "59"), line("97110", "GP")
        assert told(check("ncci-ptp", *lines, day=day, edits=pair_edits(1))) == []

    def test_before_it_had_to_stand_on_column_2(self) -> None:
        day, edits = "2019-06-30", pair_edits(1)
        on_column_1 = line("97150", "GP", "59"), line("97110", "GP")
        on_column_2 = line("97150", "GP"), line("97110", "GP", "59")
        assert told(check("ncci-ptp", *on_column_1, day=day, edits=edits)) == [
            ("deny", (1, 0), f"{PAIR_1} on 97110")
        ]
        assert told(check("ncci-ptp", *on_column_2, day=day, edits=edits)) == []

    def test_from_july_2019_no_column_is_named(self) -> None:
        lines, edits = GROUP_AND_EXERCISE, pair_edits(1)
        messages = [
            only(check("ncci-ptp", *lines, day=day, edits=edits)).message
            for day in ("2019-06-30", "2019-07-01")
        ]
        assert messages == [f"{PAIR_1} on 97110", PAIR_1]

    def test_indicator_0_is_passed_by_no_modifier(self) -> None:
        plain = only(check("ncci-ptp", line("97140", "GP"), line("97124", "GP")))
        marked = only(check("ncci-ptp", line("97140", "GP"), line("97124", "GP", "59")))
        on_column_1 = only(check("ncci-ptp", line("97140", "GP", "59"), line("97124", "GP")))
        assert [each.severity for each in (plain, marked, on_column_1)] == [DENY] * 3
        assert plain.message == PAIR_0 + ", and no modifier passes it"
        assert marked.message == PAIR_0 + ", and no modifier passes it as 59 or X would have it"
        assert on_column_1.message == plain.message
        assert {each.action for each in (plain, marked, on_column_1)} == {
            "bill 97140 or 97124, not both"
        }

    def test_indicator_9_is_no_edit(self) -> None:
        found = check("ncci-ptp", *GROUP_AND_EXERCISE, edits=pair_edits(9))
        assert answers(found) == [("clean", (), "")]

    def test_codes_that_form_no_pair_are_clean(self) -> None:
        found = check("ncci-ptp", line("97110", "GP"), line("97112", "GP"), line("97140", "GP"))
        assert told(found) == []
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
        assert told(unmarked) == [("deny", (1, 0), PAIR_1)]
        assert told(marked) == []

    def test_under_two_plans_of_care_indicator_0_is_for_somebody_to_look_at(self) -> None:
        found = only(check("ncci-ptp", line("97140", "GP"), line("97124", "GO")))
        assert found.severity is REVIEW
        assert found.message == PAIR_0 + ", and no modifier passes it"

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
        assert told(found) == [("deny", (1, 0), PAIR_1)]

    def test_hospitals_have_edits_of_their_own(self) -> None:
        lines = line("97161", "GP"), line("97750", "GP")
        found = [
            only(check("ncci-ptp", *lines, edit_setting=setting))
            for setting in (EditSetting.PRACTITIONER, "outpatient-hospital")
        ]
        assert ["indicator 0" in each.message for each in found] == [True, False]
        assert ["indicator 1" in each.message for each in found] == [False, True]


class TestPairAnswers:
    def test_a_pair_that_the_file_lists_without_its_first_day_is_undated_before_it(self) -> None:
        found = only(check("ncci-ptp", *GROUP_AND_EXERCISE, day="2024-06-30"))
        assert found.severity is REVIEW
        assert found.message == (
            "97150 (column 1) and 97110 (column 2) are a pair with indicator 1, and whether it is in "
            "force on 2024-06-30 is not known: the file for the quarter from 2024-07-01 lists "
            "97150/97110 without its first day"
        )
        assert found.action == self.load("2024-06-30")

    @staticmethod
    def load(day: str, file: str = "PTP", which: str = " or a later one") -> str:
        return (
            f"load CMS's {file} file for the quarter of {day}{which} (--edits, or Edits.with_files) "
            "before you change the claim"
        )

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
        assert after.message == (
            "97150 (column 1) and 97110 (column 2) are a pair with indicator 1, and whether it is in "
            "force on 2024-10-01 is not known: the file for the quarter from 2024-07-01 lists "
            "97150/97110 as active, and the PTP edits held end on 2024-09-30; an extract of about "
            "2026-04 lists 97150/97110, but without dates and with deleted pairs"
        )
        assert after.action == self.load("2024-10-01")
        assert [source.title for source in after.figures] == [
            "NCCI PTP edits, practitioner, quarter from 2024-07-01"
        ]

    @pytest.mark.parametrize("day", ["2024-10-01", "2026-03-02", "2026-10-05"])
    def test_no_pair_that_cms_deleted_is_found_after_the_files(self, day: str) -> None:
        dated, extract = (
            next(
                file
                for file in bundled_edits().files
                if isinstance(file, PtpFile)
                and file.setting is EditSetting.PRACTITIONER
                and file.dated is with_dates
            )
            for with_dates in (True, False)
        )
        active = {(row.column1, row.column2) for row in dated.edits if row.deleted_on is None}
        listed = {(row.column1, row.column2) for row in dated.edits if row.indicator != 9}
        deleted = listed - active
        deleted = {pair for pair in deleted if pair[::-1] not in active}
        relisted = deleted & {(row.column1, row.column2) for row in extract.edits}
        assert len(relisted) == 54
        for column1, column2 in deleted:
            found = check("ncci-ptp", line(column1, "GP"), line(column2, "GP"), day=day)
            assert told(found) == []
            ((answer, about, remark),) = answers(found)
            assert (answer, about) == ("date-not-covered", (f"{column1}/{column2}",))
            assert f"lists {column1}/{column2} as deleted on " in remark

    def test_a_pair_that_was_deleted_in_one_direction_is_found_in_the_other(self) -> None:
        for day, severity in (("2024-09-30", DENY), ("2024-10-01", REVIEW)):
            found = only(check("ncci-ptp", line("97530", "GP"), line("97755", "GP"), day=day))
            assert (found.severity, found.lines) == (severity, (0, 1))
            assert found.message.startswith("97755 (column 1) and 97530 (column 2) ")

    def test_codes_that_only_a_list_without_dates_has_are_not_in_the_data(self) -> None:
        found = check("ncci-ptp", line("98940"), line("97140", "GP"), day="2026-05-01")
        assert answers(found) == [
            (
                "not-in-data",
                ("98940/97140",),
                (
                    "no dated PTP file held has both 98940 and 97140; an extract of about 2026-04 lists "
                    "98940/97140, but without dates and with deleted pairs"
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
            (bundled_edits(), []),
            (bundled_edits().with_files([file]), ["deny"]),
        ):
            found = check("ncci-ptp", *lines, day="2026-03-02", edits=held)
            assert [each.severity.value for each in found] == expected
        denied = only(check("ncci-ptp", *lines, day="2026-03-02", edits=held))
        assert denied.figures == (OWN,)
        assert "97116 is denied without 59 or an X modifier" in denied.message

    def test_an_undated_pair_passes_with_the_modifier_as_well(self) -> None:
        found = check("ncci-ptp", line("97150", "GP"), line("97110", "GP", "59"), day="2026-04-01")
        assert answers(found) == [("clean", (), "")]

    def test_an_undated_pair_with_indicator_0_is_no_certain_denial(self) -> None:
        found = only(check("ncci-ptp", line("97140", "GP"), line("97124", "GP"), day="2024-10-01"))
        assert found.severity is REVIEW
        assert found.action == self.load("2024-10-01")

    def test_a_pair_after_every_file_that_none_lists_is_not_covered(self) -> None:
        clean = check("ncci-ptp", line("97110", "GP"), line("97112", "GP"), day="2024-09-30")
        after = check("ncci-ptp", line("97110", "GP"), line("97112", "GP"), day="2024-10-01")
        assert answers(clean) == [("clean", (), "")]
        assert answers(after) == [
            ("date-not-covered", ("97110/97112",), "PTP edits are held through 2024-09-30")
        ]

    def test_of_a_pair_that_was_deleted_the_last_day_is_told_after_every_file(self) -> None:
        setting, last = EditSetting.PRACTITIONER, date(2019, 12, 31)
        deleted = PtpEdit("97150", "97110", 1, None, last, "invented", setting)
        file = PtpFile(setting, date(2024, 7, 1), (deleted,), OWN)
        found = check(
            "ncci-ptp", *GROUP_AND_EXERCISE, day="2024-10-01", edits=Edits.from_files([file])
        )
        assert answers(found) == [
            (
                "date-not-covered",
                ("97150/97110",),
                (
                    "PTP edits are held through 2024-09-30; the file for the quarter from 2024-07-01 "
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
                "the edits held are those of therapy codes",
            )
        ]

    def test_what_is_open_stands_beside_what_was_found(self) -> None:
        found = check("ncci-ptp", *GROUP_AND_EXERCISE, line("99213"))
        assert told(found) == [("deny", (1, 0), PAIR_1)]
        assert [(answer, about) for answer, about, _ in answers(found)] == [
            ("finding", ("97110", "97150")),
            ("not-in-data", ("97150/99213", "97110/99213")),
        ]

    def test_without_any_file_no_day_is_covered(self) -> None:
        for rule, about in (("ncci-ptp", ("97150/97110",)), ("ncci-mue", ("97150", "97110"))):
            found = check(rule, *GROUP_AND_EXERCISE, edits=NO_EDITS)
            assert told(found) == []
            assert [each[:2] for each in answers(found)] == [("date-not-covered", about)]

    def test_a_payer_without_edits_is_asked_for_none(self) -> None:
        for rule in ("ncci-ptp", "ncci-mue"):
            assert check(rule, *GROUP_AND_EXERCISE, payer=CPT_MIDPOINT) == Findings()

    def test_medicaid_has_edits_of_its_own_that_are_not_held(self) -> None:
        medicaid = Policy(UnitMethod.CMS_EIGHT_MINUTE, edits=EditProgram.NCCI_MEDICAID)
        for rule in ("ncci-ptp", "ncci-mue"):
            assert answers(check(rule, *GROUP_AND_EXERCISE, payer=medicaid)) == [
                (
                    "not-in-data",
                    ("97150", "97110"),
                    "the edits held are those of Medicare: give those of Medicaid as edits",
                )
            ]
        given = check("ncci-ptp", *GROUP_AND_EXERCISE, payer=medicaid, edits=pair_edits(1))
        assert told(given) == [("deny", (1, 0), PAIR_1)]


class TestSuggestions:
    LINES = line("97150", "GP"), line("97110", "GP")

    def found(self, *services: Service, day: date = DAY) -> Finding:
        sessions = [Session(day, "PT", services)]
        return only(check("ncci-ptp", *self.LINES, day=day, sessions=sessions, edits=pair_edits(1)))

    def test_separate_times_bear_out_xu(self) -> None:
        found = self.found(untimed("97150", "9:00", "9:30"), timed("97110", "9:30", "9:45"))
        assert found.suggested == (("XU", "97110"),)
        assert found.action == (
            "the record shows separate times: attest XU on 97110 if the services were distinct"
        )

    def test_separate_regions_bear_out_xs(self) -> None:
        found = self.found(
            UntimedService("97150", body_region="neck"),
            TimedService("97110", 15, body_region="left knee"),
        )
        assert found.suggested == (("XS", "97110"),)
        assert found.action == (
            "the record shows separate regions of the body: attest XS on 97110 if the services were "
            "distinct"
        )

    def test_separate_times_come_before_separate_regions(self) -> None:
        found = self.found(
            untimed("97150", "9:00", "9:30", body_region="neck"),
            timed("97110", "9:30", "9:45", body_region="left knee"),
        )
        assert found.suggested == (("XU", "97110"),)

    @pytest.mark.parametrize(
        ("day", "by_time", "by_region"),
        [(date(2014, 12, 31), "59", "59"), (date(2015, 1, 1), "XU", "XS")],
    )
    def test_before_2015_there_was_59_alone(self, day: date, by_time: str, by_region: str) -> None:
        apart = self.found(
            untimed("97150", "9:00", "9:30", on=day),
            timed("97110", "9:30", "9:45", on=day),
            day=day,
        )
        regions = self.found(
            UntimedService("97150", body_region="neck"),
            TimedService("97110", 15, body_region="left knee"),
            day=day,
        )
        assert apart.suggested == ((by_time, "97110"),)
        assert regions.suggested == ((by_region, "97110"),)

    def test_before_2015_59_passes_as_it_does_today(self) -> None:
        lines = line("97150", "GP"), line("97110", "GP", "59")
        for day in ("2014-12-31", "2015-01-01"):
            assert told(check("ncci-ptp", *lines, day=day, edits=pair_edits(1))) == []

    def test_a_time_of_one_service_alone_bears_out_nothing(self) -> None:
        found = self.found(untimed("97150", "9:00", "9:30"), TimedService("97110", 15))
        assert found.suggested == ()

    def test_one_minute_of_overlap_bears_out_nothing(self) -> None:
        found = self.found(untimed("97150", "9:00", "9:30"), timed("97110", "9:29", "9:45"))
        assert found.suggested == ()
        assert found.action == "the record has both at the same time: bill 97150 alone"

    def test_overlap_bears_out_nothing_though_the_regions_differ(self) -> None:
        found = self.found(
            untimed("97150", "9:00", "9:30", body_region="neck"),
            timed("97110", "9:29", "9:45", body_region="left knee"),
        )
        assert found.suggested == ()

    def test_times_that_all_name_a_zone_are_laid_beside_each_other(self) -> None:
        group = untimed("97150", "9:00-04:00", "9:30-04:00")
        apart = self.found(group, timed("97110", "8:30-05:00", "8:45-05:00"))
        at_once = self.found(group, timed("97110", "8:29-05:00", "8:44-05:00"))
        assert apart.suggested == (("XU", "97110"),)
        assert at_once.suggested == ()

    def test_times_of_which_one_names_a_zone_bear_out_nothing(self) -> None:
        found = self.found(
            untimed("97150", "9:00", "9:30"),
            timed("97110", "9:10-04:00", "9:25-04:00"),
        )
        assert found.suggested == ()

    def test_a_record_that_shows_neither_bears_out_nothing(self) -> None:
        found = self.found(UntimedService("97150"), TimedService("97110", 15))
        assert found.suggested == ()
        assert found.action == (
            "the record shows neither separate times nor regions: bill 97150 alone, or record them "
            "first"
        )

    @pytest.mark.parametrize(("group", "exercise"), [(None, "neck"), ("neck", None)])
    def test_the_region_of_one_service_alone_bears_out_nothing(
        self, group: str | None, exercise: str | None
    ) -> None:
        found = self.found(
            UntimedService("97150", body_region=group),
            TimedService("97110", 15, body_region=exercise),
        )
        assert found.suggested == ()

    def test_the_same_region_bears_out_nothing(self) -> None:
        found = self.found(
            UntimedService("97150", body_region="neck"),
            TimedService("97110", 15, body_region="Neck"),
        )
        assert found.suggested == ()

    @pytest.mark.parametrize(
        ("day", "modifier"), [(date(2014, 12, 31), "59"), (date(2015, 1, 1), "XP")]
    )
    def test_two_plans_of_care_bear_out_xp_by_themselves(self, day: date, modifier: str) -> None:
        lines = line("97150", "GP"), line("97110", "GO")
        clocked = (
            Session(day, "PT", [untimed("97150", "9:00", "9:30", on=day)]),
            Session(day, "OT", [timed("97110", "9:30", "9:45", on=day)]),
        )
        for record in ((), clocked):
            found = only(check("ncci-ptp", *lines, day=day, sessions=record, edits=pair_edits(1)))
            assert found.suggested == ((modifier, "97110"),)
            assert found.action == (
                f"they are under plans of care of different disciplines: attest {modifier} on 97110 "
                "if the services were distinct"
            )

    def test_the_same_minutes_bear_out_nothing_under_two_plans_either(self) -> None:
        record = pt(untimed("97150", "9:00", "9:30")), ot(timed("97110", "9:29", "9:45"))
        lines = line("97150", "GP"), line("97110", "GO")
        found = only(check("ncci-ptp", *lines, sessions=record))
        assert found.suggested == ()
        assert found.action == "the record has both at the same time: bill 97150 alone"

    def test_a_line_of_the_same_plan_or_of_none_leaves_the_clinician_open(self) -> None:
        for more in (line("97110", "GP"), line("97110")):
            lines = line("97150", "GP"), line("97110", "GO"), more
            assert [each.suggested for each in check("ncci-ptp", *lines)] == [()]

    @pytest.mark.parametrize(
        ("one", "other", "suggested"),
        [
            ("neck", "left knee", (("XS", "97110"),)),
            ("L knee", "right knee", (("XS", "97110"),)),
            ("L knee", "left knee", ()),
            ("knee", "left knee", ()),
            ("left lower extremity", "left knee", ()),
            ("left knee and foot", "neck", ()),
            ("left right knee", "neck", ()),
            ("left neck", "right neck", ()),
            ("neck", "cervical spine", ()),
        ],
    )
    def test_regions_are_separate_by_a_closed_list_and_by_side(
        self, one: str, other: str, suggested: tuple[tuple[str, str], ...]
    ) -> None:
        found = self.found(
            UntimedService("97150", body_region=one),
            TimedService("97110", 15, body_region=other),
        )
        assert found.suggested == suggested

    def test_indicator_0_has_no_modifier_to_suggest(self) -> None:
        found = only(
            check(
                "ncci-ptp",
                *self.LINES,
                edits=pair_edits(0),
                sessions=pt(untimed("97150", "9:00", "9:30"), timed("97110", "9:30", "9:45")),
            )
        )
        assert found.suggested == ()

    def test_a_modifier_is_applied_only_when_it_is_attested(self) -> None:
        sessions = pt(untimed("97150", "9:00", "9:30"), timed("97110", "9:30", "9:45"))
        given = claim(*self.LINES)
        suggested = only(check_claim(given, MEDICARE, sessions=sessions))
        assert suggested.suggested == (("XU", "97110"),)
        attested = check_claim(given, MEDICARE, sessions=sessions, attestations=suggested.suggested)
        assert told(attested) == []
        assert given == claim(*self.LINES)

    def test_an_attested_modifier_does_not_pass_indicator_0(self) -> None:
        found = check(
            "ncci-ptp",
            line("97140", "GP"),
            line("97124", "GP"),
            attestations=[("59", "97124")],
        )
        assert told(found) == [
            ("deny", (1, 0), PAIR_0 + ", and no modifier passes it as 59 or X would have it")
        ]


class TestPairStakes:
    def test_what_is_at_stake_is_the_day_with_and_without_column_2(self) -> None:
        found = only(check("ncci-ptp", *GROUP_AND_EXERCISE, fees=RATES))
        assert found.at_stake == Decimal("30.00")
        assert found.message == (
            PAIR_1 + "; $48.00 is allowed with both, $18.00 when 97110 is denied"
        )

    def test_the_reduction_of_the_day_is_counted_anew_without_the_line(self) -> None:
        fees = FeeSchedule.medicare(DAY)
        lines = (*GROUP_AND_EXERCISE, line("97032", "GP"))
        both = allowed_of(price_day(claim(*lines), MEDICARE, fees))
        alone = allowed_of(price_day(claim(lines[0], lines[2]), MEDICARE, fees))
        found = only(check("ncci-ptp", *lines, fees=fees))
        assert found.at_stake == both - alone
        assert found.message == (
            PAIR_1 + f"; ${both} is allowed with both, ${alone} when 97110 is denied"
        )

    def test_only_the_lines_without_the_modifier_are_at_stake(self) -> None:
        lines = line("97150", "GP"), line("97110", "GP", "59", units=2), line("97110", "GP", "CQ")
        assert only(check("ncci-ptp", *lines, fees=RATES)).at_stake == Decimal("30.00")

    def test_a_line_without_a_price_leaves_it_open(self) -> None:
        fees = FeeSchedule.from_rates({"97150": "18.00"})
        found = only(check("ncci-ptp", *GROUP_AND_EXERCISE, fees=fees))
        assert (found.at_stake, found.message) == (None, PAIR_1)

    def test_a_line_without_a_price_elsewhere_changes_nothing(self) -> None:
        found = only(check("ncci-ptp", *GROUP_AND_EXERCISE, line("97755", "GP", "59"), fees=RATES))
        assert found.at_stake == Decimal("30.00")


class TestDistinctService:
    LINES = line("97150", "GP"), line("97110", "GP", "59")
    OVERLAP = "59 on 97110: the record has it at the same time as another code"
    NOTHING = "59 on 97110: the record shows no separate time or region for it"

    def test_without_the_record_nothing_is_borne_out(self) -> None:
        found = check("distinct-service", *self.LINES)
        assert told(found) == []
        assert answers(found) == [
            (
                "not-in-data",
                ("97110",),
                "give the sessions: only the record shows whether services were distinct",
            )
        ]
        assert answers(check("distinct-service", *GROUP_AND_EXERCISE)) == [("clean", (), "")]

    def test_a_record_of_separate_times_or_regions_bears_it_out(self) -> None:
        times = pt(untimed("97150", "9:00", "9:30"), timed("97110", "9:30", "9:45"))
        regions = pt(
            UntimedService("97150", body_region="neck"),
            TimedService("97110", 15, body_region="left knee"),
        )
        for record in (times, regions):
            found = check("distinct-service", *self.LINES, sessions=record)
            assert answers(found) == [("clean", (), "")]

    def test_a_record_of_the_same_time_contradicts_it(self) -> None:
        record = pt(untimed("97150", "9:00", "9:30"), timed("97110", "9:29", "9:45"))
        found = only(check("distinct-service", *self.LINES, sessions=record, fees=RATES))
        assert told([found]) == [("deny", (1,), self.OVERLAP)]
        assert found.action == "take 59 off, or record when and where 97110 was given"
        assert found.at_stake == Decimal("30.00")

    def test_a_record_of_nothing_does_not_bear_it_out(self) -> None:
        record = pt(UntimedService("97150"), TimedService("97110", 15))
        found = check("distinct-service", *self.LINES, sessions=record)
        assert told(found) == [("review", (1,), self.NOTHING)]

    def test_a_modifier_beside_no_other_code_is_not_borne_out(self) -> None:
        record = pt(timed("97110", "9:30", "9:45"))
        found = check("distinct-service", line("97110", "GP", "59"), sessions=record)
        assert told(found) == [("review", (0,), self.NOTHING)]

    def test_a_modifier_on_column_1_is_borne_out_as_one_on_column_2(self) -> None:
        lines = line("97150", "GP", "XU"), line("97110", "GP")
        apart = pt(untimed("97150", "9:00", "9:30"), timed("97110", "9:30", "9:45"))
        at_once = pt(untimed("97150", "9:00", "9:30"), timed("97110", "9:29", "9:45"))
        assert told(check("distinct-service", *lines, sessions=apart)) == []
        assert told(check("distinct-service", *lines, sessions=at_once)) == [
            ("deny", (0,), "XU on 97150: the record has it at the same time as another code")
        ]

    def test_where_no_pair_is_known_one_code_to_be_distinct_from_is_enough(self) -> None:
        record = pt(
            timed("97112", "9:00", "9:20"),
            timed("97110", "9:10", "9:25"),
            timed("97116", "10:00", "10:15"),
        )
        lines = line("97112", "GP"), line("97110", "GP", "59"), line("97116", "GP")
        for payer in (MEDICARE, CPT_MIDPOINT):
            both = check("distinct-service", *lines, sessions=record, payer=payer)
            alone = check("distinct-service", *lines[:2], sessions=record, payer=payer)
            assert told(both) == []
            assert told(alone) == [("deny", (1,), self.OVERLAP)]

    def test_only_the_pairs_of_the_payer_and_of_its_setting_have_to_be_borne_out(self) -> None:
        record = pt(
            untimed("97150", "9:00", "9:30"),
            timed("97110", "9:10", "9:25"),
            timed("97116", "10:00", "10:15"),
        )
        lines = (*self.LINES, line("97116", "GP"))
        pair = [("deny", (1,), self.OVERLAP)]
        for payer, expected in ((MEDICARE, pair), (CPT_MIDPOINT, [])):
            assert told(check("distinct-service", *lines, sessions=record, payer=payer)) == expected
        for setting, expected in (("practitioner", pair), ("outpatient-hospital", [])):
            found = check(
                "distinct-service",
                *lines,
                sessions=record,
                edits=pair_edits(1),
                edit_setting=setting,
            )
            assert told(found) == expected

    def test_a_line_that_is_borne_out_bears_out_no_other(self) -> None:
        record = pt(
            untimed("97150", "9:00", "9:30"),
            timed("97110", "9:30", "9:45"),
            timed("97116", "9:10", "9:25"),
        )
        lines = (*self.LINES, line("97116", "GP", "59"))
        assert [each.lines for each in check("distinct-service", *lines, sessions=record)] == [(2,)]

    def test_of_two_pairs_each_is_borne_out(self) -> None:
        def found(second_group: str) -> list[tuple[str, tuple[int, ...], str]]:
            record = pt(
                untimed("97150", "9:00", "9:30"),
                timed("97110", "9:30", "9:45"),
                timed("97113", second_group, "10:15"),
            )
            lines = (*self.LINES, line("97113", "GP", "59"))
            marked = check("distinct-service", *lines, sessions=record)
            return [each for each in told(marked) if 1 in each[1]]

        assert found("9:45") == []
        assert found("9:44") == [("deny", (1,), self.OVERLAP)]

    def test_a_third_code_at_another_time_does_not_bear_out_the_pair(self) -> None:
        record = pt(
            untimed("97150", "9:00", "9:30"),
            timed("97110", "9:10", "9:25"),
            timed("97112", "10:00", "10:15"),
        )
        lines = (*self.LINES, line("97112", "GP"))
        assert told(check("distinct-service", *lines, sessions=record)) == [
            ("deny", (1,), self.OVERLAP)
        ]

    def test_two_plans_of_care_bear_it_out_unless_the_minutes_are_the_same(self) -> None:
        lines = line("97150", "GP"), line("97110", "GO", "XP")
        told_apart = pt(UntimedService("97150")), ot(TimedService("97110", 15))
        clocked = pt(untimed("97150", "9:00", "9:30")), ot(timed("97110", "9:30", "9:45"))
        at_once = pt(untimed("97150", "9:00", "9:30")), ot(timed("97110", "9:29", "9:45"))
        for record in (told_apart, clocked):
            assert answers(check("distinct-service", *lines, sessions=record)) == [
                ("clean", (), "")
            ]
        assert told(check("distinct-service", *lines, sessions=at_once)) == [
            ("deny", (1,), "XP on 97110: the record has it at the same time as another code")
        ]

    @pytest.mark.parametrize("modifier", ["XE", "XP", "XS", "XU"])
    def test_before_2015_an_x_modifier_passes_nothing_and_is_not_looked_at(
        self, modifier: str
    ) -> None:
        lines = line("97150", "GP"), line("97110", "GP", modifier)
        for day, pairs, marked in (("2014-12-31", 1, 0), ("2015-01-01", 0, 1)):
            record = pt(
                UntimedService("97150"), TimedService("97110", 15), on=date.fromisoformat(day)
            )
            found = [
                check(rule, *lines, day=day, sessions=record, edits=pair_edits(1))
                for rule in ("ncci-ptp", "distinct-service")
            ]
            assert [len(each) for each in found] == [pairs, marked]

    def test_an_attested_code_on_no_line_is_noted_with_or_without_a_record(self) -> None:
        for record in ((), pt(TimedService("97110", 15))):
            found = only(
                check(
                    "distinct-service",
                    line("97110", "GP"),
                    sessions=record,
                    attestations=[("XU", "97116")],
                )
            )
            assert told([found]) == [("note", (), "XU is attested for 97116, which is on no line")]
            assert found.action == "see whether the code is the one that was meant"


class TestManual:
    """What the manual says beyond the indicator of a pair."""

    APART = slp(untimed("92507", "9:00", "9:30"), timed("97110", "9:30", "9:45"))
    NEVER = (
        "exercise, re-education, group and activities are part of speech and swallowing treatment by "
        "one clinician"
    )

    def test_what_one_clinician_may_not_bill_has_no_modifier_to_suggest(self) -> None:
        lines = line("92507", "GN"), line("97110", "GN")
        for record in ((), self.APART):
            found = only(check("ncci-ptp", *lines, sessions=record))
            assert (found.severity, found.lines, found.suggested) == (DENY, (1, 0), ())
            assert found.action == f"bill 92507 alone: {self.NEVER}"
            assert [source.title for source in found.figures] == [
                "NCCI PTP edits, practitioner, quarter from 2024-07-01",
                "NCCI Policy Manual (Medicaid edition of 2025)",
            ]

    @pytest.mark.parametrize("on_column_1", [False, True])
    def test_a_modifier_that_is_attested_all_the_same_is_for_somebody_to_look_at(
        self, *, on_column_1: bool
    ) -> None:
        place, code, other = (0, "92507", "97110") if on_column_1 else (1, "97110", "92507")
        found = check_claim(
            claim(line("92507", "GN"), line("97110", "GN")),
            MEDICARE,
            RATES,
            sessions=self.APART,
            attestations=[("XU", code)],
            checks=["ncci-ptp", "distinct-service"],
        )
        assert told(found) == [("review", (place,), f"XU on {code} beside {other}: {self.NEVER}")]
        assert found[0].action == f"take XU off, and bill one of {code} and {other}"
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
        assert only(check("ncci-ptp", *lines, edits=edits)).action.endswith(
            ", only where the patient's status changed and a re-evaluation was necessary"
        )

    def test_under_two_plans_it_does_not_speak_of_one_clinician(self) -> None:
        record = slp(untimed("92507", "9:00", "9:30")), pt(timed("97110", "9:30", "9:45"))
        unmarked = check("ncci-ptp", line("92507", "GN"), line("97110", "GP"), sessions=record)
        assert only(unmarked).suggested == (("XP", "97110"),)
        marked = line("92507", "GN"), line("97110", "GP", "XP")
        assert told(check("distinct-service", *marked, sessions=record)) == []

    def test_it_stands_where_no_file_has_the_pair_and_for_its_payers_alone(self) -> None:
        lines = line("92507", "GN"), line("97110", "GN", "XU")
        for edits in (NO_EDITS, pair_edits(1)):
            found = check("distinct-service", *lines, sessions=self.APART, edits=edits)
            assert [each.severity for each in found] == [REVIEW]
        other = check("distinct-service", *lines, sessions=self.APART, payer=CPT_MIDPOINT)
        assert told(other) == []

    def test_of_a_re_evaluation_the_condition_stands_in_what_to_do(self) -> None:
        only_where = ", only where the patient's status changed and a re-evaluation was necessary"
        edits = pair_edits(1, "97140", "97164")
        lines = line("97140", "GP"), line("97164", "GP")

        def found(record: Session | tuple[Session, ...]) -> Finding:
            return only(check("ncci-ptp", *lines, edits=edits, sessions=record))

        apart = found(pt(timed("97140", "9:00", "9:15"), untimed("97164", "9:15", "9:30")))
        assert apart.suggested == (("XU", "97164"),)
        assert apart.action == (
            "the record shows separate times: attest XU on 97164 if the services were distinct"
            + only_where
        )
        neither = found(pt(TimedService("97140", 15), UntimedService("97164")))
        assert neither.suggested == ()
        assert neither.action == (
            "the record shows neither separate times nor regions: bill 97140 alone, or record them "
            "first" + only_where
        )
        assert found(()).action == (
            "give the sessions: their times tell whether 59 or an X modifier fits on 97164"
            + only_where
        )
        at_once = found(pt(timed("97140", "9:00", "9:15"), untimed("97164", "9:14", "9:30")))
        assert at_once.action == "the record has both at the same time: bill 97140 alone"
        assert {len(each.figures) for each in (apart, neither, at_once)} == {2}

    def test_of_canalith_repositioning_the_condition_stands_in_what_to_do(self) -> None:
        record = pt(untimed("95992", "9:00", "9:30"), timed("97140", "9:30", "9:45"))
        found = only(check("ncci-ptp", line("95992", "GP"), line("97140", "GP"), sessions=record))
        assert found.suggested == (("XU", "97140"),)
        assert found.action == (
            "the record shows separate times: attest XU on 97140 if the services were distinct, only "
            "where it was given for another purpose than canalith repositioning, which includes it"
        )


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
        medicaid = Policy(UnitMethod.CMS_EIGHT_MINUTE, edits=EditProgram.NCCI_MEDICAID)
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
                "note",
                (0,),
                f"{code} has a limit of 0: it is bundled, and no unit of it is paid apart{undated}",
            )
        ]
        assert found.action == f"expect no payment of {code}"

    def test_outside_the_quarters_held_a_limit_of_0_is_no_reason_to_take_the_code_off(self) -> None:
        found = only(check("ncci-mue", line("97014", "GP"), day="2024-10-01"))
        assert found.severity is REVIEW
        assert found.message.startswith("1 unit of 97014, and the limit held is 0, of the quarter ")
        assert found.action == TestPairAnswers.load("2024-10-01", "MUE", "")

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
        assert answers(within) == [("date-not-covered", ("97110",), remark)]
        seven = f"7 units of 97110, and the limit held is 6, {remark}"
        assert told(beyond) == [("review", (0,), seven)]
        assert beyond[0].action == TestPairAnswers.load(day, "MUE", "")
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


class TestAddOn:
    @pytest.mark.parametrize(
        ("add_on", "first"),
        [
            ("90913", "90912"),
            ("92608", "92607"),
            ("97130", "97129"),
            ("97546", "97545"),
            ("97551", "97550"),
            ("97598", "97597"),
        ],
    )
    def test_an_add_on_stands_beside_its_first_code(self, add_on: str, first: str) -> None:
        found = only(check("add-on-alone", line("97110", "GN"), line(add_on, "GN")))
        assert told([found]) == [
            ("deny", (1,), f"{add_on} adds to {first}, which is not on the claim")
        ]
        assert found.action == f"bill {first} first, or take {add_on} off"
        beside = check("add-on-alone", line(add_on, "GN"), line(first, "GN"))
        assert answers(beside) == [("clean", (), "")]

    def test_the_first_code_may_stand_on_another_claim_of_the_day(self) -> None:
        claims = [claim(line("97130", "GN")), claim(line("97129", "GN"))]
        assert told(check_claim(claims, MEDICARE, checks=["add-on-alone"])) == []

    def test_the_line_is_at_stake(self) -> None:
        fees = FeeSchedule.from_rates({"97130": "20.00", "97110": "30.00"})
        lines = line("97130", "GN", units=2), line("97110", "GN")
        assert only(check("add-on-alone", *lines, fees=fees)).at_stake == Decimal("40.00")


class TestDisciplineOnly:
    def test_it_is_known_from_2018(self) -> None:
        before = check("discipline-only", line("97161", "GO"), day="2017-12-31")
        since = check("discipline-only", line("97161", "GO"), day="2018-01-01", fees=RATES)
        assert told(before) == []
        assert answers(before) == [
            ("date-not-covered", (), "known from 2018-01-01, not on 2017-12-31")
        ]
        assert told(since) == [("deny", (0,), "97161 belongs to GP alone, and the line has GO")]
        assert since[0].action == "bill it under GP, or bill the code of this plan of care"
        assert since[0].at_stake == Decimal("100.00")

    @pytest.mark.parametrize(
        ("plan", "codes"),
        [
            ("GP", ("97161", "97162", "97163", "97164")),
            ("GO", ("97165", "97166", "97167", "97168")),
            ("GN", ("92521", "92522", "92523", "92524", "92597", "92607")),
        ],
    )
    def test_a_code_of_one_plan_stands_under_no_other(
        self, plan: str, codes: tuple[str, ...]
    ) -> None:
        for code in codes:
            for named in ("GP", "GO", "GN"):
                found = check("discipline-only", line(code, named), fees=FeeSchedule.medicare(DAY))
                assert bool(found.found) is (named != plan)
                for each in found:
                    assert (
                        each.message == f"{code} belongs to {plan} alone, and the line has {named}"
                    )
                    assert each.figures

    @pytest.mark.parametrize("plan", ["GP", "GO", "GN"])
    def test_treatment_belongs_to_every_plan(self, plan: str) -> None:
        lines = [line(code, plan) for code in ("97110", "97530", "92507", "92608", "97129")]
        assert answers(check("discipline-only", *lines)) == [("clean", (), "")]

    def test_a_line_of_no_plan_or_of_two_and_a_foreign_code_are_not_its_matter(self) -> None:
        lines = line("97161"), line("97161", "GO", "GN"), line("99213", "GP")
        assert told(check("discipline-only", *lines)) == []


class TestOnceADay:
    def test_an_untimed_code_is_billed_once(self) -> None:
        assert told(check("once-a-day", line("97150", "GP"))) == []
        found = only(check("once-a-day", line("97150", "GP", units=2), fees=RATES))
        assert told([found]) == [("deny", (0,), "97150 is billed once a day, not 2 times")]
        assert found.action == "bill one unit of 97150"
        assert found.at_stake == Decimal("18.00")
        assert found.figures

    def test_its_lines_are_added_up_under_one_plan(self) -> None:
        split = line("97150", "GP"), line("97140", "GP"), line("97150", "GP", "CQ")
        assert told(check("once-a-day", *split)) == [
            ("deny", (0, 2), "97150 is billed once a day, not 2 times")
        ]
        assert told(check("once-a-day", line("97150", "GP"), line("97150", "GO"))) == []
        both = line("97150", "GP"), line("97150", "GO", units=3), line("97150", "GP")
        assert told(check("once-a-day", *both)) == [
            ("deny", (0, 2), "97150 is billed once a day, not 2 times"),
            ("deny", (1,), "97150 is billed once a day, not 3 times"),
        ]

    def test_a_plan_that_bills_it_once_hides_none_that_bills_it_twice(self) -> None:
        lines = line("97150", "GP"), line("97150", "GO", units=2)
        assert [each.lines for each in check("once-a-day", *lines)] == [(1,)]

    def test_the_first_unit_of_a_family_is_billed_once(self) -> None:
        once = check("once-a-day", line("97129", "GN"), line("97130", "GN", units=3))
        twice = check("once-a-day", line("97129", "GN", units=2))
        assert told(once) == []
        assert told(twice) == [
            (
                "deny",
                (0,),
                "97129 is billed once a day, not 2 times; further time is 97130",
            )
        ]

    @pytest.mark.parametrize(
        ("code", "period"),
        [
            *((code, "day") for code in ("97129", "90912", "92607", "97545", "97550", "G0541")),
            ("98979", "calendar month"),
            ("98980", "calendar month"),
        ],
    )
    def test_a_first_unit_under_a_second_plan_is_found_on_the_second(
        self, code: str, period: str
    ) -> None:
        lines = line("97110", "GP"), line(code, "GO"), line(code, "GN"), line("97140", "GP")
        found = only(check("once-a-day", *lines, day="2026-03-02"))
        assert told([found]) == [
            (
                "review",
                (2,),
                (
                    f"{code} can be billed once a {period} for a patient, and another plan of care already "
                    "bills it"
                ),
            )
        ]
        assert found.action == f"bill {code} under one plan of care"
        assert found.figures

    def test_each_plan_after_the_first_is_found_with_what_it_loses(self) -> None:
        fees = FeeSchedule.from_rates({"97129": "22.00", "97130": "21.00"})
        lines = (
            line("97129", "GO", units=2),
            line("97130", "GO"),
            line("97129", "GN", units=2),
            line("97129", "GP"),
        )
        found = check("once-a-day", *lines, fees=fees)
        another = "97129 can be billed once a day for a patient, and another plan of care already bills it"
        assert sorted(told(found), key=lambda each: each[1]) == [
            ("deny", (0,), "97129 is billed once a day, not 2 times; further time is 97130"),
            ("review", (2,), another),
            ("review", (3,), another),
        ]
        assert {each.lines: each.at_stake for each in found} == {
            (0,): Decimal("22.00"),
            (2,): Decimal("44.00"),
            (3,): Decimal("22.00"),
        }

    def test_a_line_without_a_plan_counts_with_the_first(self) -> None:
        lines = line("97129"), line("97129", "GO"), line("97129", "GN")
        assert told(check("once-a-day", *lines)) == [
            ("deny", (0, 1), "97129 is billed once a day, not 2 times; further time is 97130"),
            (
                "review",
                (2,),
                "97129 can be billed once a day for a patient, and another plan of care already bills it",
            ),
        ]

    def test_a_day_with_a_family_under_two_plans_is_billed_with_a_finding(self) -> None:
        sessions = [
            Session.from_minutes({"97129": 30}, date_of_service=DAY, discipline="OT"),
            Session.from_minutes({"97129": 15}, date_of_service=DAY, discipline="SLP"),
        ]
        priced = bill_day(sessions, MEDICARE, FeeSchedule.medicare(DAY))
        assert [(each.code, each.units, each.claim_line.modifiers) for each in priced.lines] == [
            ("97129", 1, ("GO",)),
            ("97130", 1, ("GO",)),
            ("97129", 1, ("GN",)),
        ]
        found = [each for each in check_day(sessions, MEDICARE) if each.rule.id == "once-a-day"]
        assert told(found) == [
            (
                "review",
                (2,),
                "97129 can be billed once a day for a patient, and another plan of care already bills it",
            )
        ]
        backwards = check_day(sessions[::-1], MEDICARE)
        (second,) = [each for each in backwards if each.rule.id == "once-a-day"]
        claim = build_claim(sessions[::-1], MEDICARE)
        assert [claim.lines[place].modifiers for place in second.lines] == [("GO",)]

    @pytest.mark.parametrize("code", ["97150", "98975", "98977", "98981", "97597", "97130"])
    def test_other_codes_may_stand_under_two_plans(self, code: str) -> None:
        assert told(check("once-a-day", line(code, "GP"), line(code, "GO"))) == []

    def test_a_month_is_billed_once(self) -> None:
        assert told(check("once-a-day", line("98980", "GP", units=2))) == [
            ("deny", (0,), "98980 is billed once a calendar month, not 2 times")
        ]

    def test_timed_codes_areas_further_periods_and_foreign_codes_are_billed_as_often_as_they_were(
        self,
    ) -> None:
        for code in ("97110", "97597", "98981", "99213"):
            assert answers(check("once-a-day", line(code, "GP", units=2))) == [("clean", (), "")]

    @pytest.mark.parametrize("code", ["98975", "98977"])
    def test_a_set_up_or_a_supply_is_billed_once_a_day(self, code: str) -> None:
        found = check("once-a-day", line(code, "GP", units=2))
        assert told(found) == [("deny", (0,), f"{code} is billed once a day, not 2 times")]

    def test_a_code_without_a_price_has_no_stake_of_zero(self) -> None:
        found = only(check("once-a-day", line("97039", "GP", units=2), fees=RATES))
        assert found.at_stake is None

    def test_a_charge_never_makes_the_stake_negative(self) -> None:
        fees = FeeSchedule.medicare(DAY)
        found = only(check("once-a-day", line("97150", "GP", units=2, charge="10"), fees=fees))
        assert found.at_stake is not None
        assert Decimal(0) <= found.at_stake <= Decimal(10)


class TestExclusiveCodes:
    @pytest.mark.parametrize(
        ("one", "other", "severity"),
        [
            ("98979", "98980", "deny"),
            ("98979", "98981", "deny"),
            ("98984", "98976", "deny"),
            ("98985", "98977", "deny"),
            ("98986", "98978", "review"),
            ("97552", "97550", "review"),
            ("97552", "97551", "review"),
            ("G0543", "G0541", "review"),
            ("G0543", "G0542", "review"),
        ],
    )
    def test_two_codes_for_one_thing_are_found_in_either_order_and_under_any_plan(
        self, one: str, other: str, severity: str
    ) -> None:
        for plans in (("GP", "GP"), ("GP", "GO")):
            for codes in ((one, other), (other, one)):
                lines = [line(code, plan) for code, plan in zip(codes, plans, strict=True)]
                found = only(
                    check("exclusive-codes", *lines, line("97110", "GP"), day="2026-03-02")
                )
                assert (found.severity.value, found.lines) == (severity, (0, 1))
                assert found.message.startswith(f"{one} with {other}: both bill the same ")
                assert found.action == "bill the one that the record shows"
                assert found.figures

    def test_each_month_is_one_finding_and_the_shorter_code_is_at_stake(self) -> None:
        fees = FeeSchedule.from_rates({"98979": "30.00", "98980": "50.00", "98981": "40.00"})
        lines = line("98980", "GP"), line("98981", "GP", units=2), line("98979", "GP")
        found = only(check("exclusive-codes", *lines, day="2026-01-01", fees=fees))
        assert told([found]) == [
            (
                "deny",
                (0, 1, 2),
                (
                    "98979 with 98980 and 98981: both bill the same calendar month; 98979 is for 10 to 19 minutes, "
                    "98980 for 20 or more"
                ),
            )
        ]
        assert found.at_stake == Decimal("30.00")

    @pytest.mark.parametrize(
        ("codes", "of_period"),
        [
            (("98979",), [("98979",)]),
            (("98980", "98981"), [("98980", "98981")]),
            (("98984", "98977"), [("98984",), ("98977",)]),
            (("98985", "98976"), [("98976",), ("98985",)]),
            (("98984", "98980"), [("98980",), ("98984",)]),
            (("98975",), []),
            (("97550", "97551"), []),
            (("97552", "G0541"), []),
        ],
    )
    def test_codes_that_do_not_exclude_each_other_stand_as_far_as_the_day_shows(
        self, codes: tuple[str, ...], of_period: list[tuple[str, ...]]
    ) -> None:
        lines = [line(code, "GP") for code in codes]
        found = check("exclusive-codes", *lines, day="2026-03-02")
        remark = "only this day was compared: other days of the period may bill the other code"
        assert answers(found) == (
            [("not-in-data", each, remark) for each in of_period] or [("clean", (), "")]
        )

    def test_before_2026_a_month_and_a_device_had_one_code(self) -> None:
        lines = line("98979", "GP"), line("98980", "GP"), line("98984", "GP"), line("98976", "GP")
        assert told(check("exclusive-codes", *lines, day="2025-12-31")) == []
        assert len(check("exclusive-codes", *lines, day="2026-01-01")) == 2


class TestOneEvaluation:
    def test_a_day_has_one_of_each_discipline(self) -> None:
        assert told(check("one-evaluation", line("97162", "GP"), line("97165", "GO"))) == []
        found = check(
            "one-evaluation", line("97164", "GP"), line("97165", "GO"), line("97162", "GP")
        )
        assert told(found) == [
            ("deny", (0, 2), "97162, 97164: a day has one PT evaluation or re-evaluation")
        ]
        assert found[0].action == "bill the one that was given"

    def test_both_disciplines_may_have_one_too_many(self) -> None:
        lines = [line(code, "GP") for code in ("97161", "97164", "97166", "97168")]
        assert told(check("one-evaluation", *lines)) == [
            ("deny", (0, 1), "97161, 97164: a day has one PT evaluation or re-evaluation"),
            ("deny", (2, 3), "97166, 97168: a day has one OT evaluation or re-evaluation"),
        ]

    def test_the_stake_does_not_depend_on_the_order_of_lines(self) -> None:
        lines = line("97161", "GP"), line("97164", "GP")
        stakes = {
            only(check("one-evaluation", *order, fees=RATES)).at_stake
            for order in (lines, lines[::-1])
        }
        assert len(stakes) == 1

    def test_all_but_the_dearest_are_at_stake(self) -> None:
        fees = FeeSchedule.from_rates({"97161": "100.00", "97162": "101.00", "97164": "70.00"})
        lines = [line(code, "GP") for code in ("97162", "97164", "97161")]
        for order in (lines, lines[::-1]):
            assert only(check("one-evaluation", *order, fees=fees)).at_stake == Decimal("170.00")

    def test_of_two_the_one_without_a_price_is_not_paid_and_its_stake_not_known(self) -> None:
        fees = FeeSchedule.from_rates({"97164": "0.50"})
        lines = line("97164", "GP"), line("97161", "GP")
        assert only(check("one-evaluation", *lines, fees=fees)).at_stake is None

    def test_one_code_twice_is_for_the_check_of_once_a_day(self) -> None:
        twice = line("97161", "GP", units=2)
        assert told(check("one-evaluation", twice)) == []
        assert len(check("once-a-day", twice)) == 1

    def test_one_code_under_two_plans_is_two_evaluations(self) -> None:
        for code in ("97161", "97165"):
            found = check_claim(
                claim(line(code, "GP"), line(code, "GO")),
                MEDICARE,
                checks=["one-evaluation", "once-a-day"],
            )
            assert [(each.severity, each.lines) for each in found] == [(DENY, (0, 1))]

    def test_one_code_twice_is_found_though_a_line_names_no_plan(self) -> None:
        found = check_claim(
            claim(line("97161", "GP"), line("97161")),
            CPT_MIDPOINT,
            checks=["one-evaluation", "once-a-day"],
        )
        assert [each.severity for each in found] == [DENY]


class TestOneLine:
    @pytest.mark.parametrize(
        ("day", "severity"), [("2021-04-18", "review"), ("2021-04-19", "deny")]
    )
    def test_equal_lines_are_rejected_from_april_2021(self, day: str, severity: str) -> None:
        lines = line("97110", "GP"), line("97140", "GP"), line("97110", "GP", units=2)
        found = check("one-line-a-code", *lines, day=day)
        assert told(found) == [
            (severity, (0, 2), "97110 stands on 2 lines with the same modifiers")
        ]
        assert found[0].action == "add the units up on one line"

    def test_where_one_of_them_is_paid_all_but_one_are_at_stake(self) -> None:
        lines = line("97110", "GP"), line("97110", "GP"), line("97110", "GP", units=2)
        found = only(check("one-line-a-code", *lines, day="2021-04-18", fees=RATES))
        assert (found.severity, found.at_stake) == (REVIEW, Decimal("60.00"))

    def test_lines_that_differ_by_a_modifier_are_two(self) -> None:
        for modifiers in (("GP", "CQ"), ("GO",), ("GP", "59")):
            lines = line("97110", "GP"), line("97110", *modifiers)
            assert answers(check("one-line-a-code", *lines)) == [("clean", (), "")]

    def test_the_order_of_modifiers_makes_no_other_line(self) -> None:
        lines = line("97110", "GP", "CQ"), line("97110", "CQ", "GP"), line("97110", "GP", "CQ")
        found = only(check("one-line-a-code", *lines, fees=RATES))
        assert told([found]) == [
            ("deny", (0, 1, 2), "97110 stands on 3 lines with the same modifiers")
        ]
        assert found.at_stake == Decimal("90.00")

    @pytest.mark.parametrize(("day", "stake"), [("2021-04-18", "30.00"), ("2021-04-19", "90.00")])
    def test_where_they_are_rejected_all_are_at_stake_and_before_all_but_the_dearest(
        self, day: str, stake: str
    ) -> None:
        lines = line("97110", "GP"), line("97110", "GP", units=2)
        stakes = {
            only(check("one-line-a-code", *order, day=day, fees=RATES)).at_stake
            for order in (lines, lines[::-1])
        }
        assert stakes == {Decimal(stake)}


class TestPlanModifier:
    @pytest.mark.parametrize("plan", ["GP", "GO", "GN"])
    def test_one_plan_is_what_a_line_has(self, plan: str) -> None:
        assert answers(check("plan-modifier", line("97110", "59", plan))) == [("clean", (), "")]

    def test_an_always_therapy_line_without_a_plan_is_returned(self) -> None:
        found = only(check("plan-modifier", line("97110", "59"), fees=RATES))
        assert told([found]) == [("deny", (0,), "97110 is always therapy and has no GP, GO or GN")]
        assert found.action == "add the modifier of the plan of care"
        assert found.at_stake == Decimal("30.00")
        assert found.figures

    def test_a_sometimes_therapy_line_without_a_plan_may_be_right(self) -> None:
        fees = FeeSchedule.from_rates({"97597": "80.00"})
        found = only(check("plan-modifier", line("97597"), fees=fees))
        assert told([found]) == [
            ("note", (0,), "97597 is sometimes therapy and has no GP, GO or GN")
        ]
        assert found.action == "add the modifier of the plan of care, if it was given under one"
        assert found.at_stake is None

    def test_a_code_that_is_not_covered_is_not_called_sometimes_therapy(self) -> None:
        found = check("plan-modifier", line("97169"))
        assert "97169 is sometimes therapy and has no GP, GO or GN" not in [
            each.message for each in found
        ]

    def test_two_plans_on_a_line_contradict_each_other(self) -> None:
        lines = line("97110", "GP", "GO")
        found = only(check("plan-modifier", lines, payer=CPT_MIDPOINT, fees=RATES))
        assert told([found]) == [
            ("deny", (0,), "97110 names GP and GO: a line belongs to one plan of care")
        ]
        assert found.action == "keep the modifier of the plan under which it was given"
        assert found.at_stake == Decimal("30.00")

    def test_a_payer_that_is_not_medicare_is_not_known_to_want_one(self) -> None:
        lines = line("97110"), line("97597"), line("97169"), line("99213"), line("97140", "GP")
        found = check("plan-modifier", *lines, line("97110"), payer=CPT_MIDPOINT)
        assert told(found) == []
        assert answers(found) == [
            (
                "not-in-data",
                ("97110", "97597"),
                "whether this payer wants GP, GO or GN is not known",
            )
        ]
        named = check("plan-modifier", line("97110", "GP"), payer=CPT_MIDPOINT)
        assert answers(named) == [("clean", (), "")]

    def test_a_line_with_its_plan_hides_none_without(self) -> None:
        found = check("plan-modifier", line("97140", "GP"), line("99213"), line("97110"))
        assert [each.lines for each in found] == [(2,)]

    def test_a_foreign_code_needs_none(self) -> None:
        assert told(check("plan-modifier", line("99213"))) == []


class TestAssistantPlan:
    @pytest.mark.parametrize("modifiers", [("GP", "CQ"), ("GO", "CO"), ("CQ", "GP"), ("GN",)])
    def test_each_stands_with_its_plan(self, modifiers: tuple[str, ...]) -> None:
        found = check("assistant-modifier-plan", line("97110", *modifiers))
        assert answers(found) == [("clean", (), "")]

    @pytest.mark.parametrize(
        ("modifiers", "missing"),
        [(("GO", "CQ"), "GP"), (("GN", "CQ"), "GP"), (("GP", "CO"), "GO"), (("CO",), "GO")],
    )
    def test_it_stands_with_no_other(self, modifiers: tuple[str, ...], missing: str) -> None:
        modifier = modifiers[-1]
        found = only(check("assistant-modifier-plan", line("97110", *modifiers), fees=RATES))
        assert told([found]) == [("deny", (0,), f"{modifier} on 97110 stands without {missing}")]
        assert found.action == f"bill {modifier} with {missing} on the same line, or take it off"
        assert found.at_stake == Decimal("30.00")

    def test_a_supply_takes_none(self) -> None:
        assert told(check("assistant-modifier-plan", line("98975", "GP", "CQ"))) == []
        fees = FeeSchedule.from_rates({"98976": "40.00"})
        found = only(check("assistant-modifier-plan", line("98976", "GP", "CQ"), fees=fees))
        assert told([found]) == [("deny", (0,), "98976 takes no assistant modifier")]
        assert found.action == "take CQ or CO off"
        assert found.at_stake == Decimal("40.00")
        assert found.figures

    def test_both_faults_of_a_line_are_found(self) -> None:
        found = check("assistant-modifier-plan", line("98976", "GO", "CQ"))
        assert sorted(each.message for each in found) == [
            "98976 takes no assistant modifier",
            "CQ on 98976 stands without GP",
        ]


class TestRoomAndOrder:
    def test_four_modifiers_fit_and_five_do_not(self) -> None:
        four = "GP", "CQ", "KX", "59"
        assert answers(check("modifier-count", line("97110", *four))) == [("clean", (), "")]
        found = only(check("modifier-count", line("97110", *four, "95"), fees=RATES))
        assert told([found]) == [
            (
                "deny",
                (0,),
                "97110 has 5 modifiers, and a claim line holds 4: no room for 95",
            )
        ]
        assert found.action == (
            "leave out one that the payer does not need, and keep it in the record"
        )
        assert found.at_stake == Decimal("30.00")

    def test_the_payers_order_tells_which_has_no_room(self) -> None:
        lines = line("97110", "95", "GP", "CQ", "KX", "59", "76")
        policy = attrs.evolve(MEDICARE.on(DAY), modifier_order=("76", "95"))
        assert "no room for 95, 76" in only(check("modifier-count", lines)).message
        assert "no room for KX, 59" in only(check("modifier-count", lines, payer=policy)).message

    def test_an_attested_modifier_stands_in_the_payers_order(self) -> None:
        policy = attrs.evolve(MEDICARE.on(DAY), modifier_order=("59", "GP"))
        lines, attested = GROUP_AND_EXERCISE, [("59", "97110")]
        found = check("modifier-order", *lines, payer=policy, attestations=attested)
        assert answers(found) == [("clean", (), "")]

    def test_an_attested_modifier_that_has_no_room_is_told_and_not_dropped(self) -> None:
        lines = line("97110", "GP", "CQ", "KX", "95"), line("97150", "GP")
        found = check("modifier-count", *lines, attestations=[("XU", "97110")])
        assert told(found) == [
            (
                "deny",
                (0,),
                "97110 has 5 modifiers, and a claim line holds 4: no room for 95",
            )
        ]

    def test_modifiers_in_another_order_than_the_payer_names_are_noted(self) -> None:
        policy = attrs.evolve(MEDICARE.on(DAY), modifier_order=("GP", "CQ", "59"))
        clean = check("modifier-order", line("97110", "GP", "CQ", "59"), payer=policy)
        assert answers(clean) == [("clean", (), "")]
        found = only(
            check("modifier-order", line("97110", "59", "GP", "CQ"), payer=policy, fees=RATES)
        )
        assert told([found]) == [
            ("note", (0,), "97110 has 59 GP CQ; the payer's order is GP CQ 59")
        ]
        assert found.action == "write them in the payer's order"
        assert found.at_stake is None

    def test_a_payer_that_names_no_order_of_its_own_is_not_asked(self) -> None:
        same = attrs.evolve(MEDICARE.on(DAY), modifier_order=COMMON_ORDER)
        for payer in (MEDICARE, CPT_MIDPOINT, same):
            found = check("modifier-order", line("97110", "59", "GP", "CQ"), payer=payer)
            assert found == Findings()

    def test_kx_that_is_attested_counts_where_the_line_needs_it(self) -> None:
        policy = attrs.evolve(
            MEDICARE.on(DAY),
            modifier_order=("GP", "CQ", "KX", "59", "95"),
            allowed_modifiers=("GP", "CQ", "59", "95"),
        )
        rules_of_modifiers = ["modifier-count", "modifier-order", "modifier-allowed"]

        def found(attestations: Attested, before: str) -> list[tuple[str, tuple[int, ...], str]]:
            return told(
                check_claim(
                    claim(line("97110", "CQ", "GP", "59", "95")),
                    policy,
                    RATES,
                    Accumulators(2024, deductible_met="240.00", pt_slp=before),
                    attestations=attestations,
                    checks=rules_of_modifiers,
                )
            )

        order = "97110 has CQ GP 59 95; the payer's order is GP CQ 59 95"
        assert found((), "2330.00") == [("note", (0,), order)]
        assert found(["KX"], "2000.00") == [("note", (0,), order)]
        five = found(["KX"], "2330.00")
        assert five[:2] == [
            (
                "deny",
                (0,),
                "97110 has 5 modifiers, and a claim line holds 4: no room for 95",
            ),
            ("review", (0,), "97110 has KX, which the payer does not take"),
        ]
        assert order not in [message for _, _, message in five]

    def test_a_payer_may_want_59_first(self) -> None:
        policy = attrs.evolve(MEDICARE.on(DAY), modifier_order=("59", "GP"))
        assert told(check("modifier-order", line("97110", "59", "GP"), payer=policy)) == []
        assert told(check("modifier-order", line("97110", "GP", "59"), payer=policy)) == [
            ("note", (0,), "97110 has GP 59; the payer's order is 59 GP")
        ]

    def test_a_payer_may_take_some_modifiers_only(self) -> None:
        policy = attrs.evolve(MEDICARE.on(DAY), allowed_modifiers=("GP", "59"))
        clean = check("modifier-allowed", line("97110", "GP", "59"), payer=policy)
        assert answers(clean) == [("clean", (), "")]
        found = only(
            check("modifier-allowed", line("97110", "GP", "CQ", "KX"), payer=policy, fees=RATES)
        )
        assert told([found]) == [
            ("review", (0,), "97110 has CQ, KX, which the payer does not take")
        ]
        assert found.action == "take CQ, KX off, or ask the payer"
        assert found.at_stake == Decimal("30.00")

    def test_a_payer_that_names_none_takes_any(self) -> None:
        assert check("modifier-allowed", line("97110", "ZZ")) == Findings()


class TestPayableCode:
    def test_a_code_that_medicare_does_not_take_has_one_that_it_takes(self) -> None:
        fees = FeeSchedule.from_rates({"97014": "15.00", "G0283": "14.00"})
        found = only(check("payable-code", line("97014", "GP"), line("G0283", "GP"), fees=fees))
        assert told([found]) == [("deny", (0,), "Medicare does not pay 97014; it takes G0283")]
        assert found.action == "bill G0283"
        assert found.at_stake == Decimal("15.00")
        assert found.figures

    @pytest.mark.parametrize("code", ["97169", "97170", "97171", "97172", "97037"])
    def test_a_code_that_is_not_covered_is_not_paid(self, code: str) -> None:
        found = only(check("payable-code", line(code, "GP")))
        assert told([found]) == [("deny", (0,), f"Medicare does not pay {code}")]
        assert found.action == "bill nothing for it"

    @pytest.mark.parametrize("code", ["97010", "97602"])
    def test_a_bundled_code_is_not_paid_apart(self, code: str) -> None:
        found = only(check("payable-code", line(code, "GP")))
        assert told([found]) == [
            ("note", (0,), f"{code} is bundled: Medicare pays nothing apart for it")
        ]
        assert found.action == "expect no payment of this line"
        assert found.figures

    @pytest.mark.parametrize(
        ("code", "day", "fault"),
        [
            ("97127", "2019-12-31", ""),
            (
                "97127",
                "2020-01-01",
                "code 97127 ended on 2019-12-31; since then it is 97129 or 97130",
            ),
            (
                "97129",
                "2019-12-31",
                "code 97129 begins on 2020-01-01; before, it was 97127 or G0515",
            ),
            ("97129", "2020-01-01", ""),
            ("97161", "2016-12-31", "code 97161 begins on 2017-01-01; before, it was 97001"),
            ("97161", "2017-01-01", ""),
            ("97001", "2016-12-31", ""),
            (
                "97001",
                "2017-01-01",
                "code 97001 ended on 2016-12-31; since then it is 97161, 97162 or 97163",
            ),
        ],
    )
    def test_a_code_is_one_of_its_days(self, code: str, day: str, fault: str) -> None:
        found = check("payable-code", line(code, "GP"), day=day)
        messages = [each.message for each in found if each.message.startswith("code ")]
        assert messages == ([fault] if fault else [])

    def test_a_code_of_another_day_is_denied_and_at_stake(self) -> None:
        fees = FeeSchedule.from_rates({"97127": "90.00"})
        ended = only(check("payable-code", line("97127", "GN"), day="2020-01-01", fees=fees))
        not_yet = only(check("payable-code", line("97129", "GN"), day="2019-12-31"))
        assert (ended.severity, not_yet.severity) == (DENY, DENY)
        assert ended.action == not_yet.action == "bill the code of that day"
        assert ended.at_stake == Decimal("90.00")
        assert ended.figures

    def test_a_day_after_the_end_of_the_codes_is_not_covered(self) -> None:
        policy = Policy(UnitMethod.CPT_MIDPOINT)
        lines = line("97127"), line("97110")
        last = check("payable-code", lines[1], day="2026-12-31", payer=policy)
        after = check("payable-code", *lines, day="2027-01-01", payer=policy)
        assert answers(last) == [("clean", (), "")]
        assert [each.lines for each in after] == [(0,)]
        assert answers(after) == [
            ("finding", ("97127",), ""),
            (
                "date-not-covered",
                ("97110",),
                "codes are known through 2026-12-31, not on 2027-01-01",
            ),
        ]

    def test_a_code_that_is_not_known_is_not_in_the_data(self) -> None:
        found = check("payable-code", line("97110", "GP"), line("99213"))
        assert answers(found) == [
            ("not-in-data", ("99213",), "not among the therapy codes known here")
        ]

    def test_a_payer_that_is_not_medicare_is_asked_for_the_days_of_a_code_alone(self) -> None:
        assert told(check("payable-code", line("97014"), payer=CPT_MIDPOINT)) == []
        ended = check("payable-code", line("97110"), line("97127"), payer=CPT_MIDPOINT)
        assert [each.message for each in ended] == [
            "code 97127 ended on 2019-12-31; since then it is 97129 or 97130"
        ]

    def test_after_the_days_of_the_codes_each_line_is_told(self) -> None:
        policy = Policy(UnitMethod.CPT_MIDPOINT)
        found = check("payable-code", line("97110"), line("97140"), day="2027-01-04", payer=policy)
        remark = "codes are known through 2026-12-31, not on 2027-01-04"
        assert answers(found) == [
            ("date-not-covered", (code,), remark) for code in ("97110", "97140")
        ]

    def test_each_line_is_looked_at_after_one_that_is_not_paid(self) -> None:
        lines = line("99213"), line("97127", "GN"), line("97014", "GP"), line("97010", "GP")
        assert [each.lines for each in check("payable-code", *lines)] == [(1,), (2,), (3,)]


class TestUnits:
    RECORD = pt(TimedService("97110", 38), UntimedService("97161", 30))
    BOTH = "97112, 97110: equal leftover minutes make 1 unit more, and 2 are billed"

    def test_without_the_record_units_are_not_known(self) -> None:
        assert answers(check("units-of-minutes", line("97110", "GP"))) == [
            ("not-in-data", (), "give the sessions: their minutes make the units")
        ]

    def test_units_that_another_policy_counted_are_reviewed(self) -> None:
        claim = build_claim(pt(TimedService("97110", 10), TimedService("97124", 10)), CPT_MIDPOINT)
        (found,) = check_claim(claim, MEDICARE).of_rule("units-of-minutes")
        assert (found.severity, found.lines) == (Severity.REVIEW, (0, 1))
        assert found.message == (
            "cpt-midpoint counted the units, and this payer may count them differently"
        )
        assert check_claim(claim, CPT_MIDPOINT).of_rule("units-of-minutes") == ()

    def test_the_units_of_the_minutes_and_fewer_are_clean(self) -> None:
        for units in (1, 2, 3):
            lines = line("97110", "GP", units=units), line("97161", "GP")
            found = check("units-of-minutes", *lines, sessions=self.RECORD)
            assert answers(found) == [("clean", (), "")]

    def test_one_unit_more_than_the_minutes_make_is_found(self) -> None:
        found = only(
            check(
                "units-of-minutes",
                line("97110", "GP", units=4),
                sessions=self.RECORD,
                fees=RATES,
            )
        )
        assert told([found]) == [("deny", (0,), "4 units of 97110 billed, and the minutes make 3")]
        assert found.action == "bill 3"
        assert found.at_stake == Decimal("30.00")

    def test_the_units_of_a_split_are_added_up(self) -> None:
        lines = line("97110", "GP", units=2), line("97110", "GP", "CQ", units=2)
        found = only(check("units-of-minutes", *lines, sessions=self.RECORD, fees=RATES))
        assert told([found]) == [
            ("deny", (0, 1), "4 units of 97110 billed, and the minutes make 3")
        ]
        assert found.at_stake == Decimal("30.00")

    def test_a_line_that_loses_all_its_units_is_gone(self) -> None:
        lines = line("97110", "GP", units=3), line("97110", "GP", "CQ", units=2)
        found = only(check("units-of-minutes", *lines, sessions=self.RECORD, fees=RATES))
        assert found.at_stake == Decimal("60.00")

    def test_a_code_that_the_record_does_not_hold_is_found(self) -> None:
        lines = line("97110", "GP", units=3), line("97140", "GP"), line("97150", "GP")
        found = check("units-of-minutes", *lines, sessions=self.RECORD)
        assert told(found) == [
            ("deny", (1,), "1 unit of 97140 billed, and the record does not hold it"),
            ("deny", (2,), "1 unit of 97150 billed, and the record does not hold it"),
        ]
        assert [each.action for each in found] == ["take 97140 off", "take 97150 off"]

    def test_a_code_whose_minutes_make_no_unit_is_found(self) -> None:
        record = pt(TimedService("97110", 30), TimedService("97140", 7))
        found = only(check("units-of-minutes", line("97140", "GP"), sessions=record))
        assert told([found]) == [("deny", (0,), "1 unit of 97140 billed, and the minutes make 0")]
        assert found.action == "take 97140 off"

    def test_an_untimed_code_has_the_units_of_the_record(self) -> None:
        found = check("units-of-minutes", line("97161", "GP", units=2), sessions=self.RECORD)
        assert told(found) == [("deny", (0,), "2 units of 97161 billed, and the minutes make 1")]

    def test_of_a_tie_either_split_is_fine_and_both_are_not(self) -> None:
        record = pt(TimedService("97112", 20), TimedService("97110", 20))

        def found(first: int, second: int) -> list[tuple[Any, ...]]:
            lines = line("97112", "GP", units=first), line("97110", "GP", units=second)
            return told(check("units-of-minutes", *lines, sessions=record))

        assert found(2, 1) == []
        assert found(1, 2) == []
        assert found(2, 2) == [("deny", (0, 1), self.BOTH)]
        assert found(3, 1) == [("deny", (0,), "3 units of 97112 billed, and the minutes make 2")]

    def test_units_of_equal_leftovers_that_are_billed_twice_have_their_stake(self) -> None:
        record = pt(TimedService("97112", 20), TimedService("97110", 20))
        lines = line("97112", "GP", units=2), line("97110", "GP", units=2)
        found = only(check("units-of-minutes", *lines, sessions=record, fees=RATES))
        assert found.action == "bill 1 unit fewer"
        assert found.at_stake == Decimal("30.00")

    def test_the_unit_that_is_least_in_worth_is_at_stake_and_no_other_line_of_the_day(self) -> None:
        record = pt(
            TimedService("97112", 20), TimedService("97116", 20), UntimedService("97161", 30)
        )
        lines = line("97112", "GP", units=2), line("97116", "GP", units=2), line("97161", "GP")
        found = only(check("units-of-minutes", *lines, sessions=record, fees=RATES))
        assert found.at_stake == Decimal("25.00")

    def test_the_stake_of_too_many_timed_units_does_not_depend_on_the_order(self) -> None:
        record = pt(TimedService("97112", 20), TimedService("97110", 20))
        lines = line("97112", "GP", units=2), line("97110", "GP", units=2)
        stakes = {
            only(check("units-of-minutes", *order, sessions=record, fees=RATES)).at_stake
            for order in (lines, lines[::-1])
        }
        assert len(stakes) == 1

    def test_units_that_the_highest_fee_decides_are_checked_with_the_fees(self) -> None:
        policy = attrs.evolve(MEDICARE.on(DAY), tie_policy=TiePolicy.HIGHEST_FEE)
        for minutes in (20, 30):
            record = pt(
                TimedService("97112", 20), TimedService("97110", minutes, clinician="assistant")
            )
            lines = line("97112", "GP"), line("97110", "GP", "CQ", units=2)
            found = check_claim(claim(*lines), policy, RATES, sessions=record)
            assert told(found) == []

    def test_units_are_those_of_the_plan_of_care_that_the_record_has(self) -> None:
        record = pt(TimedService("97110", 15)), ot(TimedService("97110", 15))
        right = line("97110", "GP"), line("97110", "GO")
        wrong = line("97110", "GP", units=2)
        assert told(check("units-of-minutes", *right, sessions=record)) == []
        found = only(check("units-of-minutes", wrong, sessions=record, fees=RATES))
        assert told([found]) == [
            ("deny", (0,), "2 units of 97110 billed under GP, and the minutes make 1")
        ]
        assert found.action == "bill 1"
        assert found.at_stake == Decimal("30.00")

    def test_a_plan_of_care_that_the_record_does_not_have_makes_nothing(self) -> None:
        record = ot(TimedService("97110", 15))
        found = only(check("units-of-minutes", line("97110", "GP"), sessions=record, fees=RATES))
        assert told([found]) == [
            ("deny", (0,), "1 unit of 97110 billed under GP, and the record does not hold it")
        ]
        assert found.at_stake == Decimal("30.00")
        assert told(check("units-of-minutes", line("97110", "GO"), sessions=record)) == []

    def test_what_one_plan_left_unbilled_is_no_unit_of_another(self) -> None:
        services = TimedService("97110", 20), TimedService("97112", 20)
        lines = (
            line("97110", "GP", units=2),
            line("97112", "GP", units=2),
            line("97110", "GO"),
            line("97112", "GO"),
        )
        found = only(
            check("units-of-minutes", *lines, sessions=(pt(*services), ot(*services)), fees=RATES)
        )
        assert told([found]) == [
            (
                "deny",
                (0, 1),
                "97110, 97112 under GP: equal leftover minutes make 1 unit more, and 2 are billed",
            )
        ]
        assert found.at_stake == Decimal("30.00")

    def test_equal_leftovers_beside_a_lesser_one_make_one_unit(self) -> None:
        record = pt(TimedService("97110", 20), TimedService("97112", 20), TimedService("97140", 18))

        def found(*units: int) -> list[tuple[str, tuple[int, ...], str]]:
            codes = ("97110", "97112", "97140")
            lines = [
                line(code, "GP", units=count)
                for code, count in zip(codes, units, strict=True)
                if count
            ]
            return told(check("units-of-minutes", *lines, sessions=record))

        message = "97110, 97112: equal leftover minutes make 1 unit more, and 2 are billed"
        assert found(2, 2, 0) == [("deny", (0, 1), message)]
        assert found(2, 1, 1) == found(1, 2, 1) == []
        assert found(1, 1, 2) == [("deny", (2,), "2 units of 97140 billed, and the minutes make 1")]

    def test_a_unit_that_is_left_unbilled_pays_for_no_other_code(self) -> None:
        record = pt(TimedService("97110", 35), TimedService("97112", 34), TimedService("97140", 20))
        lines = line("97110", "GP", units=3), line("97112", "GP"), line("97140", "GP", units=2)
        assert told(check("units-of-minutes", *lines, sessions=record)) == [
            (
                "deny",
                (0, 2),
                "97110, 97140: equal leftover minutes make 1 unit more, and 2 are billed",
            )
        ]

    def test_two_units_that_equal_leftovers_leave_open_are_billed_twice_and_not_three_times(
        self,
    ) -> None:
        codes = "97110", "97112", "97140"
        record = pt(*(TimedService(code, 25) for code in codes))
        assert allocate_units(record, MEDICARE).total_units == 5
        two = [line(code, "GP", units=count) for code, count in zip(codes, (2, 2, 1), strict=True)]
        three = [line(code, "GP", units=2) for code in codes]
        assert told(check("units-of-minutes", *two, sessions=record)) == []
        found = only(check("units-of-minutes", *three, sessions=record, fees=RATES))
        assert found.message == (
            "97110, 97112, 97140: equal leftover minutes make 2 units more, and 3 are billed"
        )
        assert (found.action, found.at_stake) == ("bill 1 unit fewer", Decimal("28.00"))

    def test_lines_without_a_plan_belong_to_the_only_one(self) -> None:
        record = pt(TimedService("97112", 20), TimedService("97110", 20))
        lines = line("97112", units=2), line("97110", units=2)
        assert told(check("units-of-minutes", *lines, sessions=record)) == [
            ("deny", (0, 1), self.BOTH)
        ]
        split = line("97110", "GP"), line("97110", units=2)
        assert told(check("units-of-minutes", *split, sessions=record)) == [
            ("deny", (0, 1), "3 units of 97110 billed, and the minutes make 2")
        ]

    def test_of_several_plans_lines_without_one_are_compared_with_all(self) -> None:
        record = pt(TimedService("97110", 30)), ot(TimedService("97110", 15))

        def found(*lines: ClaimLine) -> list[tuple[str, tuple[int, ...], str]]:
            return told(check("units-of-minutes", *lines, sessions=record))

        four = "4 units of 97110 billed, and the minutes make 3"
        assert found(line("97110", units=3)) == []
        assert found(line("97110", units=4)) == [("deny", (0,), four)]
        assert found(line("97110", "GP", "GO", units=4)) == [("deny", (0,), four)]
        assert found(line("97110", "GP", units=2), line("97110")) == []
        assert found(line("97110", "GP", units=2), line("97110", units=2)) == [
            ("deny", (0, 1), four)
        ]
        assert found(line("97140")) == [
            ("deny", (0,), "1 unit of 97140 billed, and the record does not hold it")
        ]

    def test_a_unit_that_one_plan_has_too_many_is_told_once(self) -> None:
        record = pt(TimedService("97110", 15)), ot(TimedService("97535", 15))
        lines = line("97110"), line("97140", "GP")
        assert len(check("units-of-minutes", *lines, sessions=record)) == 1

    def test_of_several_plans_equal_leftovers_are_billed_once_by_lines_without_one(self) -> None:
        services = TimedService("97110", 20), TimedService("97112", 20)
        record = pt(*services), ot(*services)
        assert allocate_units(record, MEDICARE).total_units == 6
        six = line("97110", units=4), line("97112", units=2)
        eight = line("97110", units=4), line("97112", units=4)
        assert told(check("units-of-minutes", *six, sessions=record)) == []
        found = only(check("units-of-minutes", *eight, sessions=record, fees=RATES))
        assert told([found]) == [
            (
                "deny",
                (0, 1),
                "8 timed units billed, and no split of the minutes has them: they make 6",
            )
        ]
        assert (found.action, found.at_stake) == ("bill 2 units fewer", Decimal("60.00"))

    def test_units_that_fit_no_split_though_their_sum_does_are_one_too_many(self) -> None:
        record = (
            pt(TimedService("97110", 20), TimedService("97112", 20)),
            ot(TimedService("97530", 20), TimedService("97535", 20)),
        )
        lines = line("97110", units=2), line("97112", units=2), line("97530"), line("97535")
        found = only(check("units-of-minutes", *lines, sessions=record, fees=RATES))
        assert (found.action, found.at_stake) == ("bill 1 unit fewer", Decimal("30.00"))

    def test_a_code_that_no_plan_holds_is_found_beside_a_line_without_one(self) -> None:
        record = pt(TimedService("97110", 15)), ot(TimedService("97535", 15))
        found = check("units-of-minutes", line("97110"), line("97140", "GP"), sessions=record)
        assert told(found)[-1] == (
            "deny",
            (1,),
            "1 unit of 97140 billed under GP, and the record does not hold it",
        )

    def test_what_one_plan_left_open_is_no_unit_of_another_for_lines_without_one(self) -> None:
        record = (
            pt(TimedService("97110", 20), TimedService("97112", 20)),
            ot(TimedService("97530", 20), TimedService("97535", 20)),
        )
        right = line("97110", units=2), line("97112"), line("97530", units=2), line("97535")
        swapped = line("97110", units=2), line("97112", units=2), line("97530"), line("97535")
        assert told(check("units-of-minutes", *right, sessions=record)) == []
        assert len(check("units-of-minutes", *swapped, sessions=record)) == 1

    def test_what_a_cap_takes_is_no_fault_of_the_minutes(self) -> None:
        caps: list[dict[str, Any]] = [
            {"cap_per_day": 2},
            {"cap_per_code": 2},
            {"cap_per_session": 2},
            {"cap_per_codes": [(("97110",), 2)]},
        ]
        for cap in caps:
            policy = attrs.evolve(MEDICARE.on(DAY), **cap)
            three, four = (
                check(
                    "units-of-minutes",
                    line("97110", "GP", units=units),
                    sessions=self.RECORD,
                    payer=policy,
                )
                for units in (3, 4)
            )
            assert answers(three) == [("clean", (), "")]
            assert told(four) == [("deny", (0,), "4 units of 97110 billed, and the minutes make 3")]

    @pytest.mark.parametrize(
        "cap",
        [
            {"cap_per_day": 4},
            {"cap_per_code": 2},
            {"cap_per_session": 2},
            {"cap_per_codes": [(("97110", "97112"), 4)]},
        ],
    )
    def test_what_a_cap_takes_is_no_fault_of_lines_without_a_plan(
        self, cap: dict[str, Any]
    ) -> None:
        services = TimedService("97110", 20), TimedService("97112", 20)
        policy = attrs.evolve(MEDICARE.on(DAY), **cap)
        lines = line("97110", units=4), line("97112", units=2)
        record = pt(*services), ot(*services)
        assert allocate_units(record, policy).total_units == 4
        assert told(check("units-of-minutes", *lines, sessions=record, payer=policy)) == []

    def test_a_code_that_is_not_held_hides_no_unit_beyond_the_timed_minutes(self) -> None:
        record = pt(TimedService("97112", 20), TimedService("97110", 20))
        lines = line("97112", "GP", units=2), line("97110", "GP", units=2), line("G0283", "GP")
        found = check("units-of-minutes", *lines, sessions=record)
        assert told(found) == [
            ("deny", (0, 1), self.BOTH),
            ("deny", (2,), "1 unit of G0283 billed, and the record does not hold it"),
        ]

    def test_the_payers_own_method_makes_the_units(self) -> None:
        record = pt(TimedService("97112", 8), TimedService("97110", 8))
        lines = line("97112", "GP"), line("97110", "GP")
        assert told(check("units-of-minutes", *lines, sessions=record)) == [
            ("deny", (0, 1), self.BOTH)
        ]
        midpoint = check("units-of-minutes", *lines, sessions=record, payer=CPT_MIDPOINT)
        assert told(midpoint) == []

    def test_a_family_has_the_units_of_its_minutes(self) -> None:
        record = slp(TimedService("97129", 45))
        lines = line("97129", "GN"), line("97130", "GN", units=2)
        assert told(check("units-of-minutes", *lines, sessions=record)) == []
        more = line("97129", "GN"), line("97130", "GN", units=3)
        assert told(check("units-of-minutes", *more, sessions=record)) == [
            ("deny", (1,), "3 units of 97130 billed, and the minutes make 2")
        ]

    def test_the_further_units_of_a_family_share_equal_leftovers(self) -> None:
        record = slp(TimedService("97129", 20), TimedService("97110", 20))
        assert [dict(split) for split in allocate_units(record, MEDICARE).admissible] == [
            {"97129": 1, "97130": 1, "97110": 1},
            {"97129": 1, "97130": 0, "97110": 2},
        ]
        further, exercise = line("97130", "GN"), line("97110", "GN", units=2)
        for lines in ((line("97129", "GN"), further, exercise), (further, exercise)):
            assert len(check("units-of-minutes", *lines, sessions=record)) == 1

    def test_the_first_unit_of_a_family_is_the_code_and_the_further_ones_its_add_on(self) -> None:
        for minutes, code, billed, made in ((45, "97129", 2, 1), (15, "97130", 1, 0)):
            found = check(
                "units-of-minutes",
                line(code, "GN", units=billed),
                sessions=slp(TimedService("97129", minutes)),
            )
            assert [each.message.partition(", and ")[2] for each in found] == [
                f"the minutes make {made}"
            ]

    @pytest.mark.parametrize(("further", "count"), [(1, 0), (2, 1)])
    def test_further_units_of_a_family_that_are_sure_take_no_leftover(
        self, further: int, count: int
    ) -> None:
        # 35 and 20 minutes make four units: two, one, and one that either may have.
        record = slp(TimedService("97129", 35), TimedService("97110", 20))
        lines = line("97130", "GN", units=further), line("97110", "GN", units=2)
        assert len(check("units-of-minutes", *lines, sessions=record)) == count

    def test_a_code_that_is_not_known_is_not_held_by_the_record(self) -> None:
        found = check("units-of-minutes", line("99213"), sessions=self.RECORD)
        assert told(found) == [
            ("deny", (0,), "1 unit of 99213 billed, and the record does not hold it")
        ]

    def test_a_charge_never_makes_the_stake_negative(self) -> None:
        lines = line("97110", "GP", units=4, charge="10.00")
        fees = FeeSchedule.medicare(DAY)
        found = only(check("units-of-minutes", lines, sessions=self.RECORD, fees=fees))
        assert found.at_stake == Decimal("2.50")

    def test_a_code_without_a_price_has_no_stake_of_zero(self) -> None:
        record = pt(TimedService("97110", 15))
        found = only(check("units-of-minutes", line("97755", "GP"), sessions=record, fees=RATES))
        assert found.at_stake is None

    def test_a_record_of_a_code_that_medicare_refuses_stops_no_check(self) -> None:
        record = pt(UntimedService("97014"), TimedService("97110", 15))
        lines = line("97014", "GP"), line("97110", "GP")
        found = check_claim(claim(*lines), MEDICARE, sessions=record)
        assert ("payable-code", ("97014",)) in rules(found)


class TestPayerCap:
    RULE = "payer-cap"
    RECORD = pt(TimedService("97110", 38), TimedService("97112", 15))

    def found(self, *lines: ClaimLine, **caps: Any) -> Findings:  # noqa: ANN401 - fields of a policy
        policy = Policy(UnitMethod.CPT_MIDPOINT, **caps)
        return check(self.RULE, *lines, payer=policy, fees=RATES)

    def test_a_payer_without_a_cap_is_not_asked(self) -> None:
        for payer in (MEDICARE, CPT_MIDPOINT):
            found = check(self.RULE, line("97110", units=99), payer=payer, sessions=self.RECORD)
            assert found == Findings()

    @pytest.mark.parametrize("cap", [2, {"97110": 2}, [("97110", 2), ("97150", 0)]])
    def test_a_cap_of_a_code_is_reached_and_not_passed(
        self, cap: int | dict[str, int] | list[tuple[str, int]]
    ) -> None:
        at = self.found(line("97110"), line("97112", units=2), line("97110"), cap_per_code=cap)
        assert answers(at) == [("clean", (), "")]
        beyond = only(
            self.found(line("97110"), line("97112"), line("97110", units=2), cap_per_code=cap)
        )
        assert told([beyond]) == [("deny", (0, 2), "3 units of 97110, and the payer takes 2 a day")]
        assert (beyond.action, beyond.at_stake) == ("bill 2", Decimal("30.00"))

    def test_a_cap_of_several_codes_is_of_their_units_together(self) -> None:
        caps = [(("97110", "97112"), 3), (("97140",), 0)]
        at = self.found(line("97110", units=2), line("97112"), cap_per_codes=caps)
        assert answers(at) == [("clean", (), "")]
        beyond = self.found(
            line("97110", units=2), line("97112", units=2), line("97140"), cap_per_codes=caps
        )
        assert told(beyond) == [
            ("deny", (0, 1), "4 units of 97110, 97112, and the payer takes 3 a day"),
            ("deny", (2,), "1 unit of 97140, and the payer takes 0 a day"),
        ]
        assert [each.at_stake for each in beyond] == [Decimal("30.00"), Decimal("28.00")]

    def test_a_cap_of_the_day_is_of_all_timed_units_of_all_plans(self) -> None:
        lines = line("97110", "GP", units=2), line("97535", "GO", units=2), line("97161", "GP")
        assert answers(self.found(*lines, cap_per_day=4)) == [("clean", (), "")]
        found = only(self.found(*lines, line("99213"), cap_per_day=3))
        assert told([found]) == [
            ("deny", (0, 1), "4 units of 97110, 97535, and the payer takes 3 a day")
        ]
        assert found.at_stake == Decimal("30.00")

    def test_each_cap_is_found_by_itself(self) -> None:
        found = self.found(
            line("97110", units=2),
            line("97112"),
            cap_per_code=1,
            cap_per_codes=[(("97110", "97112"), 2)],
            cap_per_day=2,
        )
        assert [(each.lines, each.message) for each in found] == [
            ((0,), "2 units of 97110, and the payer takes 1 a day"),
            ((0, 1), "3 units of 97110, 97112, and the payer takes 2 a day"),
            ((0, 1), "3 units of 97110, 97112, and the payer takes 2 a day"),
        ]

    def test_the_caps_of_codes_and_of_several_codes_stand_beside_each_other(self) -> None:
        found = self.found(
            line("97110", units=2),
            line("97112"),
            cap_per_code={"97110": 1},
            cap_per_codes=[(("97110", "97112"), 2)],
        )
        assert sorted(each.lines for each in found) == [(0,), (0, 1)]

    def test_a_cap_of_the_session_is_of_each_session_of_a_plan(self) -> None:
        policy = Policy(UnitMethod.CPT_MIDPOINT, cap_per_session=2)
        session, other = pt(TimedService("97110", 60)), ot(TimedService("97535", 30))
        lines = line("97110", "GP", units=4), line("97535", "GO", units=2)
        once, twice = (
            check(self.RULE, *lines, payer=policy, fees=RATES, sessions=sessions).at_least("deny")
            for sessions in ([session, other], [session, session, other])
        )
        assert told(once) == [("deny", (0,), "4 units of 97110, and the payer takes 2 a day")]
        assert once[0].at_stake == Decimal("60.00")
        assert told(twice) == []

    def test_a_unit_without_a_price_is_no_stake_of_zero(self) -> None:
        assert only(self.found(line("97755", units=2), cap_per_code=1)).at_stake is None

    def test_what_a_cap_takes_of_the_record_is_noted(self) -> None:
        policy = Policy(UnitMethod.CPT_MIDPOINT, cap_per_code={"97110": 1, "97112": 1})
        lines = line("97112"), line("97110")
        found = only(check(self.RULE, *lines, payer=policy, fees=RATES, sessions=self.RECORD))
        assert told([found]) == [
            ("note", (1,), "the payer's cap takes 2 units of 97110 that the minutes make")
        ]
        assert found.action == "expect no payment of it, and keep the minutes in the record"
        assert found.at_stake is None
        assert told(check(self.RULE, *lines, payer=policy)) == []

    def test_what_a_cap_takes_whole_is_noted_though_no_line_is_of_it(self) -> None:
        policy = Policy(UnitMethod.CPT_MIDPOINT, cap_per_codes=[(("97112",), 0)])
        found = check(self.RULE, line("97110", units=3), payer=policy, sessions=self.RECORD)
        assert told(found) == [
            ("note", (), "the payer's cap takes 1 unit of 97112 that the minutes make")
        ]

    def test_a_cap_of_the_session_needs_the_record(self) -> None:
        policy = Policy(UnitMethod.CPT_MIDPOINT, cap_per_session=2)
        found = check(self.RULE, line("97110", units=9), payer=policy)
        assert answers(found) == [
            ("not-in-data", (), "give the sessions: the cap is on each of them")
        ]

    def test_a_day_as_it_is_billed_under_a_cap_is_beyond_none(self) -> None:
        policy = attrs.evolve(MEDICARE.on(DAY), cap_per_day=3)
        found = check_day(self.RECORD, policy, RATES)
        assert [each.rule.id for each in found] == [self.RULE]
        assert told(found) == [
            ("note", (0,), "the payer's cap takes 1 unit of 97110 that the minutes make")
        ]


class TestAssistantMissing:
    RULE = "assistant-modifier-missing"
    RECORD = pt(TimedService("97110", 30, clinician="assistant"), TimedService("97140", 15))

    def test_without_the_record_it_is_not_known_who_gave_what(self) -> None:
        assert answers(check(self.RULE, line("97110", "GP"))) == [
            ("not-in-data", (), "give the sessions: they tell what an assistant furnished")
        ]

    def test_a_payer_or_a_day_without_the_modifier_misses_none(self) -> None:
        assert check(self.RULE, line("97110", "GP"), payer=CPT_MIDPOINT) == Findings()
        before = pt(TimedService("97110", 15, clinician="assistant"), on=date(2019, 12, 31))
        since = pt(TimedService("97110", 15, clinician="assistant"), on=date(2020, 1, 1))
        lines = line("97110", "GP")
        assert check(self.RULE, lines, day="2019-12-31", sessions=before) == Findings()
        assert len(check(self.RULE, lines, day="2020-01-01", sessions=since)) == 1

    def test_each_unit_of_the_assistant_carries_it(self) -> None:
        def found(*lines: ClaimLine) -> list[tuple[Any, ...]]:
            return told(check(self.RULE, *lines, sessions=self.RECORD))

        assert found(line("97110", "GP", "CQ", units=2), line("97140", "GP")) == []
        assert found(line("97110", "GP", units=2), line("97140", "GP")) == [
            ("deny", (0,), "2 units of 97110 furnished by an assistant without CQ or CO")
        ]
        assert found(line("97110", "GP"), line("97110", "GP", "CQ")) == [
            ("deny", (0, 1), "1 unit of 97110 furnished by an assistant without CQ or CO")
        ]
        assert found(line("97110", "GP")) == [
            ("deny", (0,), "1 unit of 97110 furnished by an assistant without CQ or CO")
        ]

    def test_the_units_of_the_therapist_need_none(self) -> None:
        record = pt(TimedService("97110", 15, clinician="assistant"), TimedService("97110", 15))
        lines = line("97110", "GP"), line("97110", "GP", "CQ")
        found = check(self.RULE, *lines, sessions=record)
        assert answers(found) == [("clean", (), "")]

    def test_a_critical_access_hospital_misses_none(self) -> None:
        hospital = attrs.evolve(RATES, setting=Setting.CRITICAL_ACCESS_HOSPITAL)
        lines = line("97110", "GP", units=2), line("97140", "GP")
        office, other = (
            check(self.RULE, *lines, sessions=self.RECORD, fees=fees) for fees in (RATES, hospital)
        )
        assert len(office) == 1
        assert answers(other) == [("clean", (), "")]

    def test_the_place_that_is_told_counts_before_that_of_the_fees(self) -> None:
        hospital = attrs.evolve(RATES, setting=Setting.CRITICAL_ACCESS_HOSPITAL)
        lines = line("97110", "GP", units=2), line("97140", "GP")

        def found(fees: FeeSchedule | None, setting: Setting | str) -> int:
            return len(
                check_claim(
                    claim(*lines),
                    MEDICARE,
                    fees,
                    sessions=self.RECORD,
                    setting=setting,
                    checks=[self.RULE],
                )
            )

        assert found(None, "critical-access-hospital") == 0
        assert found(RATES, Setting.CRITICAL_ACCESS_HOSPITAL) == 0
        assert found(hospital, Setting.NON_FACILITY) == 1

    def test_what_to_do_names_all_units_that_carry_it(self) -> None:
        lines = line("97110", "GP"), line("97110", "GP", "CQ")
        found = only(check(self.RULE, *lines, sessions=self.RECORD))
        assert found.action == "bill 2 with CQ or CO on a line of their own"

    def test_more_than_a_tenth_is_in_part_and_a_tenth_is_not(self) -> None:
        def found(assistant: int, therapist: int) -> int:
            day = date(2021, 8, 2)
            record = pt(
                TimedService("97110", assistant, clinician="assistant"),
                TimedService("97110", therapist),
                on=day,
            )
            return len(check(self.RULE, line("97110", "GP"), day=day, sessions=record))

        assert found(1, 9) == 0
        assert found(1, 8) == 1

    def test_a_modifier_under_one_plan_does_not_stand_for_another(self) -> None:
        record = [
            pt(TimedService("97110", 15, clinician="assistant")),
            ot(TimedService("97110", 15)),
        ]
        lines = line("97110", "GP"), line("97110", "GO", "CO")
        found = check(self.RULE, *lines, sessions=record)
        assert [each.message for each in found] == [
            "1 unit of 97110 furnished by an assistant without CQ or CO"
        ]

    def test_a_line_of_no_plan_needs_it_as_well(self) -> None:
        found = check(self.RULE, line("97110", units=2), sessions=self.RECORD)
        assert told(found) == [
            ("deny", (0,), "2 units of 97110 furnished by an assistant without CQ or CO")
        ]

    @pytest.mark.parametrize("first", ["therapist", "assistant"])
    def test_of_a_tie_the_split_that_is_billed_counts(self, first: str) -> None:
        for by_therapist, by_assistant in (("97112", "97110"), ("97110", "97112")):
            services = (
                TimedService(by_therapist, 20),
                TimedService(by_assistant, 20, clinician="assistant"),
            )
            record = pt(*(services if first == "therapist" else reversed(services)))
            lines = (
                line(by_therapist, "GP"), line(by_assistant, "GP", "CQ"), line(by_assistant, "GP"),
            )  # fmt: skip
            found = check(self.RULE, *lines, sessions=record)
            assert [each.message for each in found] == [
                f"1 unit of {by_assistant} furnished by an assistant without CQ or CO"
            ]


class TestThreshold:
    RULE = "kx-threshold"
    LINES = line("97110", "GP"), line("97535", "GO")

    def found(self, before: str, *lines: ClaimLine, attestations: Attested = ()) -> Findings:
        year = Accumulators(2024, deductible_met="240.00", pt_slp=before)
        return check(
            self.RULE,
            *(lines or self.LINES),
            fees=RATES,
            accumulators=year,
            attestations=attestations,
        )

    def test_a_day_that_ends_at_the_threshold_needs_none(self) -> None:
        found = self.found("2300.00")
        assert told(found) == []
        assert answers(found) == [("clean", (), "")]

    def test_a_cent_beyond_needs_it(self) -> None:
        found = only(self.found("2300.01"))
        assert told([found]) == [
            ("deny", (0,), "97110 lies beyond the annual threshold and has no KX")
        ]
        assert found.action == "attest KX if the record shows that the service is necessary"
        assert found.at_stake == Decimal("30.00")
        assert found.suggested == (("KX", "PT"),)

    def test_the_threshold_of_ot_is_another_one(self) -> None:
        year = Accumulators(2024, deductible_met="240.00", ot="2330.00")
        found = check(self.RULE, *self.LINES, fees=RATES, accumulators=year)
        assert [(each.lines, each.suggested) for each in found] == [((1,), (("KX", "OT"),))]

    def test_a_line_that_carries_kx_or_whose_plan_is_attested_needs_no_more(self) -> None:
        assert told(self.found("2330.00", line("97110", "GP", "KX"))) == []
        assert told(self.found("2330.00", attestations=["KX"])) == []
        assert told(self.found("2330.00", attestations=[("KX", "PT")])) == []
        assert len(self.found("2330.00", attestations=[("KX", "OT")])) == 1

    def test_a_line_of_no_plan_counts_towards_no_threshold(self) -> None:
        found = self.found("2330.00", line("97110"), line("97140", "GP", "GO"))
        assert told(found) == []
        assert answers(found) == [
            (
                "not-in-data",
                ("97110", "97140"),
                "without GP, GO or GN no threshold counts them",
            )
        ]

    def test_a_line_without_a_price_leaves_it_open_whatever_is_found_of_the_others(self) -> None:
        lines = line("97755", "GP"), line("97110", "GP")
        unknown = (
            "not-in-data",
            ("97755",),
            "without a price, nobody knows what of the threshold they take",
        )
        assert answers(self.found("2300.00", *lines)) == [unknown]
        found = self.found("2300.01", *lines)
        assert answers(found) == [("finding", ("97755", "97110"), ""), unknown]
        assert [each.at_stake for each in found] == [None, Decimal("30.00")]

    def test_without_fees_and_the_year_it_is_not_known(self) -> None:
        remark = "give fees and accumulators: the year's allowed amounts tell which lines need KX"
        year = Accumulators(2024)
        parts: list[Given] = [{}, {"fees": RATES}, {"accumulators": year}]
        for given in parts:
            assert answers(check(self.RULE, *self.LINES, **given)) == [("not-in-data", (), remark)]

    def test_a_payer_without_the_threshold_is_not_asked(self) -> None:
        assert check(self.RULE, *self.LINES, payer=CPT_MIDPOINT) == Findings()


class TestStakeOfTheDay:
    """The day as billed minus the day without everything that is denied."""

    NO_PLAN = line("97110", units=2)
    """97110 without GP, GO or GN, which Medicare denies."""

    @staticmethod
    def found(*lines: ClaimLine, payer: UnitsBy = MEDICARE, **given: Unpack[Given]) -> Findings:
        return check_claim(claim(*lines), payer, **given)

    @staticmethod
    def stakes(found: Findings) -> list[Decimal | None]:
        return [each.at_stake for each in found if each.severity is DENY]

    def test_a_line_that_several_findings_deny_counts_once(self) -> None:
        found = self.found(line("97150", "GP"), self.NO_PLAN, fees=RATES)
        assert self.stakes(found) == [Decimal("60.00"), Decimal("60.00")]
        assert found.at_stake == Decimal("60.00")

    def test_lines_that_different_findings_deny_add_up(self) -> None:
        found = self.found(
            line("97150", "GP"), line("97110", "GP"), line("97116", "GP"), fees=RATES
        )
        assert self.stakes(found) == [Decimal("30.00"), Decimal("25.00")]
        assert found.at_stake == Decimal("55.00")

    def test_under_mppr_it_is_the_day_priced_without_them_all(self) -> None:
        fees = FeeSchedule.medicare(DAY, locality="15202-00")
        lines = line("97150", "GP"), line("97110", "GP"), line("97116", "GP")
        found = self.found(*lines, fees=fees)
        allowed = [
            allowed_of(price_day(claim(*kept), MEDICARE, fees)) for kept in (lines, lines[:1])
        ]
        assert found.at_stake == allowed[0] - allowed[1]
        assert found.at_stake != sum(each or 0 for each in self.stakes(found))

    def test_where_all_is_denied_it_is_all_that_is_allowed(self) -> None:
        found = self.found(self.NO_PLAN, line("97140"), fees=RATES)
        assert found.at_stake == Decimal("88.00")

    def test_the_unit_that_is_paid_of_a_code_of_once_a_day_is_not_at_stake(self) -> None:
        found = self.found(line("97161", "GP", units=3), fees=RATES)
        assert [each.rule.id for each in found] == ["ncci-mue", "once-a-day"]
        assert only(self.once(found)).at_stake == Decimal("200.00")
        # The limit denies all of them.
        assert found.at_stake == Decimal("300.00")
        without_limit = check_claim(
            claim(line("97161", "GP", units=3), line("97110")),
            MEDICARE,
            RATES,
            checks=["once-a-day", "plan-modifier"],
        )
        assert without_limit.at_stake == Decimal("230.00")

    @staticmethod
    def once(found: Findings) -> Findings:
        return Findings(found.of_rule("once-a-day"))

    def test_units_that_one_finding_denies_may_be_those_that_another_does(self) -> None:
        capped = Policy(
            UnitMethod.CMS_EIGHT_MINUTE,
            medicare_codes=True,
            cap_per_code=(("97110", 2),),
            cap_per_day=3,
        )
        lines = line("97110", "GP", units=4), line("97116", "GP")
        found = self.found(*lines, payer=capped, fees=RATES)
        # Two units beyond the cap of the code are also those beyond the cap of the day.
        assert self.stakes(found) == [Decimal("60.00"), Decimal("55.00")]
        assert found.at_stake == Decimal("60.00")
        unmarked = line("97110", units=1), line("97116", "GP", units=3)
        found = self.found(*unmarked, payer=capped, fees=RATES)
        assert self.stakes(found) == [Decimal("25.00"), Decimal("30.00")]
        assert found.at_stake == Decimal("30.00")

    def test_what_is_no_denial_is_not_in_it(self) -> None:
        found = self.found(line("97110", "GP", units=6), line("97110", "GO"), fees=RATES)
        assert only(found).severity is REVIEW
        assert (only(found).at_stake, found.at_stake) == (Decimal("210.00"), Decimal(0))
        assert found.at_least("deny").at_stake == Decimal(0)

    def test_it_is_not_known_without_fees_or_the_price_of_a_denied_line(self) -> None:
        assert self.found(self.NO_PLAN).at_stake is None
        unpriced = line("97113")
        assert self.found(self.NO_PLAN, unpriced, fees=RATES).at_stake is None
        beside = self.found(self.NO_PLAN, line("97113", "GP"), fees=RATES)
        assert beside.at_stake == Decimal("60.00")

    def test_it_is_not_known_where_a_denial_does_not_name_its_units(self) -> None:
        record = pt(TimedService("97110", 30, clinician="assistant"))
        found = self.found(line("97110", "GP", units=2), fees=RATES, sessions=record)
        assert rules(found) == [("assistant-modifier-missing", ("97110",))]
        assert found.at_stake is None

    def test_findings_of_a_severity_keep_it(self) -> None:
        found = self.found(line("97150", "GP"), self.NO_PLAN, fees=RATES)
        assert found.at_least("deny").at_stake == found.at_stake

    def test_one_evaluation_is_paid_where_pairs_deny_the_others(self) -> None:
        lines = line("97161", "GP"), line("97164", "GP")
        found = self.found(*lines, fees=RATES)
        assert {each.rule.id for each in found} == {"ncci-ptp", "one-evaluation"}
        assert found.at_stake == Decimal("70.00")


class TestStakeOfACheckedDay:
    def test_a_day_has_the_stake_of_its_claim(self) -> None:
        record = pt(untimed("97150", "9:00", "9:30"), timed("97110", "9:30", "9:45"))
        found = check_day(record, MEDICARE, RATES)
        assert found.at_stake == Decimal("30.00")
        clean = check_day(pt(timed("97110", "9:30", "9:45")), MEDICARE, RATES)
        assert (clean.would_be_denied, clean.at_stake) == (False, Decimal(0))
        assert check_day(record, MEDICARE).at_stake is None

    def test_of_times_alone_it_is_that_of_the_only_denial(self) -> None:
        record = pt(timed("97110", "9:00", "9:30"), timed("97112", "9:15", "9:45"))
        found = check_day(record, MEDICARE, RATES)
        (denied,) = (each for each in found if each.severity is DENY)
        assert denied.rule.id == "patient-overlap"
        assert found.at_stake == denied.at_stake == Decimal("30.00")

    def test_of_claim_and_times_together_it_is_not_known(self) -> None:
        record = pt(
            untimed("97150", "10:00", "10:30"),
            timed("97110", "9:00", "9:30"),
            timed("97112", "9:15", "9:45"),
        )
        found = check_day(record, MEDICARE, RATES)
        denied = {each.rule.id for each in found if each.severity is DENY}
        assert denied == {"ncci-ptp", "patient-overlap"}
        assert found.at_stake is None


class TestStakes:
    def test_without_fees_no_dollars_are_told(self) -> None:
        assert only(check("ncci-mue", line("97110", "GP", units=7))).at_stake is None

    def test_a_rate_for_the_visit_is_at_stake_with_its_only_line(self) -> None:
        fees = FeeSchedule.from_contract(Contract("visit", per_visit="100.00"))
        policy = Policy(UnitMethod.CMS_EIGHT_MINUTE, edits=EditProgram.NCCI_MEDICARE)
        alone = check("ncci-mue", line("97110", "GP", units=7), fees=fees, payer=policy)
        beside = check(
            "ncci-mue",
            line("97110", "GP", units=7),
            line("97140", "GP"),
            fees=fees,
            payer=policy,
        )
        assert only(alone).at_stake == Decimal("100.00")
        assert only(beside).at_stake == Decimal("0.00")


class TestCalls:
    CLAIM = claim(line("97110", "GP"))

    def test_every_check_has_a_rule_and_an_answer_for_medicare(self) -> None:
        found = check_claim(self.CLAIM, MEDICARE)
        not_asked = ("modifier-order", "modifier-allowed", "payer-cap")
        asked = [name for name in CHECKS if name not in not_asked]
        assert [answer.rule.id for answer in found.answers] == asked
        assert all(isinstance(answer, CheckAnswer) for answer in found.answers)
        assert {answer.answer for answer in found.answers} == {Answer.CLEAN, Answer.NOT_IN_DATA}

    def test_the_checks_named_are_made_in_the_order_of_all(self) -> None:
        named = {"ncci-ptp", "plan-modifier"}
        found = check_claim(self.CLAIM, MEDICARE, checks=named)
        assert [answer.rule.id for answer in found.answers] == ["plan-modifier", "ncci-ptp"]
        assert check_claim(self.CLAIM, MEDICARE, checks=[]) == Findings()

    def test_a_claim_without_a_line_is_clean(self) -> None:
        found = check_claim(claim(), MEDICARE, FeeSchedule.medicare(DAY), Accumulators(2024))
        assert told(found) == []

    def test_there_is_a_claim_and_all_are_of_a_day(self) -> None:
        message = "a day is checked at a time: give at least one claim, and all of one day"
        other = claim(line("97110", "GP"), day="2024-08-02")
        assert refusal(InvalidInputError, lambda: check_claim([], MEDICARE)) == message
        assert refusal(InvalidInputError, lambda: check_claim([self.CLAIM, other], MEDICARE)) == (
            message
        )

    def test_claims_are_claims(self) -> None:
        given: Any = ["97110"]
        assert refusal(InvalidInputError, lambda: check_claim(given, MEDICARE)) == (
            "claims holds Claim, not '97110'"
        )

    def test_what_is_no_sequence_of_claims_is_refused(self) -> None:
        given: Any = 5
        assert refusal(InvalidInputError, lambda: check_claim(given, MEDICARE)) == (
            "claims holds Claim, not 5"
        )

    def test_sessions_are_sessions(self) -> None:
        message = "sessions holds Session, not 5"
        number: Any = 5
        several: Any = [pt(TimedService("97110", 15)), 5]
        for wrong in (number, several):
            with pytest.raises(InvalidInputError) as of_claim:
                check_claim(self.CLAIM, MEDICARE, sessions=wrong)
            with pytest.raises(InvalidInputError) as of_day:
                check_day(wrong, MEDICARE)
            assert [str(of_claim.value), str(of_day.value)] == [message, message]

    def test_a_text_is_no_sequence(self) -> None:
        text: Any = "97110"
        assert refusal(InvalidInputError, lambda: check_claim(text, MEDICARE)) == (
            "claims holds Claim, not '97110'"
        )

    def test_sessions_are_of_the_day(self) -> None:
        record = pt(TimedService("97110", 15), on=date(2024, 8, 2))
        assert (
            refusal(InvalidInputError, lambda: check_claim(self.CLAIM, MEDICARE, sessions=record))
            == "sessions are of the claim's day, 2024-08-01"
        )

    def test_checks_are_ids_of_rules(self) -> None:
        assert (
            refusal(InvalidInputError, lambda: check_claim(self.CLAIM, MEDICARE, checks="ncci-ptp"))
            == "checks is a collection of ids of rules, not a text of 8 characters"
        )
        number: Any = 5
        assert (
            refusal(InvalidInputError, lambda: check_claim(self.CLAIM, MEDICARE, checks=number))
            == "checks is a collection of ids of rules, not 5"
        )
        assert (
            refusal(
                InvalidInputError, lambda: check_claim(self.CLAIM, MEDICARE, checks=["ncci-pairs"])
            )
            == f"a check is one of {', '.join(CHECKS)}"
        )

    def test_an_attestation_of_a_code_on_no_line_is_noted_and_changes_nothing_else(self) -> None:
        plain = check_claim(self.CLAIM, MEDICARE)
        found = check_claim(self.CLAIM, MEDICARE, attestations=[("XU", "97116"), ("59", "97140")])
        assert told(plain) == []
        assert told(found) == [
            ("note", (), "59 is attested for 97140, which is on no line"),
            ("note", (), "XU is attested for 97116, which is on no line"),
        ]

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({"fees": "OH"}, "fees must be a FeeSchedule, got a text of 2 characters"),
            ({"accumulators": 5}, "accumulators must be an Accumulators, got 5"),
            ({"edits": "x"}, "edits must be an Edits, got a text of 1 characters"),
            (
                {"fees": RATES, "accumulators": RATES},
                "accumulators must be an Accumulators, got",
            ),
        ],
    )
    def test_what_is_of_another_kind_is_refused(self, given: Any, message: str) -> None:  # noqa: ANN401
        record = pt(TimedService("97110", 15))
        for call in (
            lambda: check_claim(self.CLAIM, MEDICARE, **given),
            lambda: check_day(record, MEDICARE, **given),
        ):
            assert refusal(InvalidInputError, call).startswith(message)

    def test_a_setting_is_one(self) -> None:
        record = pt(TimedService("97110", 15))
        message = refusal(
            InvalidInputError, lambda: check_claim(self.CLAIM, MEDICARE, setting="home")
        )
        assert message.startswith("setting is ")
        assert message == refusal(
            InvalidInputError, lambda: check_day(record, MEDICARE, setting="home")
        )

    def test_an_edit_setting_is_one(self) -> None:
        assert (
            refusal(
                InvalidInputError, lambda: check_claim(self.CLAIM, MEDICARE, edit_setting="home")
            )
            == "edit_setting is practitioner or outpatient-hospital, not a text of 4 characters"
        )

    def test_a_day_that_the_payer_does_not_know_is_refused(self) -> None:
        late = claim(line("97110", "GP"), day="2027-01-01")
        with pytest.raises(NotPublishedError):
            check_claim(late, MEDICARE)

    def test_a_note_is_of_the_day(self) -> None:
        note = TreatmentNote("2024-08-02", "PT")
        assert (
            refusal(
                InvalidInputError,
                lambda: check_day(pt(TimedService("97110", 15)), MEDICARE, notes=[note]),
            )
            == "a note is of 2024-08-02, the sessions of 2024-08-01"
        )

    def test_a_day_without_a_session_is_refused(self) -> None:
        assert refusal(InvalidInputError, lambda: check_day([], MEDICARE)) == (
            "there is no session to check"
        )

    def test_claims_and_sessions_may_be_told_one_after_the_other(self) -> None:
        record = pt(TimedService("97110", 15))
        found = check_claim(iter([self.CLAIM]), MEDICARE, sessions=iter([record]))
        assert found == check_claim(self.CLAIM, MEDICARE, sessions=record)


YEAR = Accumulators(2024, deductible_met="240.00", pt_slp="500.00", ot="500.00")
FEES = FeeSchedule.medicare(DAY)
PT_SERVICES: tuple[Service, ...] = (
    untimed("97161", "8:00", "8:30"),
    timed("97110", "8:30", "9:00"),
    timed("97112", "9:00", "9:15"),
    untimed("97012", "9:20", "9:35", clinician="assistant"),
    timed("97140", "9:35", "9:50", clinician="assistant"),
)
OT_SERVICES: tuple[Service, ...] = (
    timed("97535", "10:00", "10:30"),
    timed("97530", "10:30", "10:45", clinician="assistant"),
)
SLP_SERVICES: tuple[Service, ...] = (untimed("92523", "11:00", "11:45"),)
CLEAN_DAY = pt(*PT_SERVICES), ot(*OT_SERVICES), slp(*SLP_SERVICES)
ATTESTED = [("XU", "97140")]


def day_of(
    pt_services: Iterable[Service] = PT_SERVICES,
    ot_services: Iterable[Service] = OT_SERVICES,
) -> tuple[Session, ...]:
    return pt(*pt_services), ot(*ot_services), slp(*SLP_SERVICES)


def instead(services: Iterable[Service], of: str, by: Service) -> tuple[Service, ...]:
    return tuple(by if service.code == of else service for service in services)


class TestDay:
    """A day written clean has no finding, and one that is spoilt in one way has one."""

    def test_a_clean_day_has_no_finding(self) -> None:
        found = check_day(CLEAN_DAY, MEDICARE, FEES, YEAR, attestations=ATTESTED)
        assert told(found) == []
        assert not found.would_be_denied

    def test_its_claim_is_clean_as_it_is_billed(self) -> None:
        billed = bill_day(CLEAN_DAY, MEDICARE, FEES, YEAR, attestations=ATTESTED)
        lines = [each.claim_line for each in billed.lines]
        found = check_claim(Claim(DAY, lines), MEDICARE, FEES, YEAR, sessions=CLEAN_DAY)
        assert told(found) == []

    @pytest.mark.parametrize(
        ("spoilt", "attested", "expected"),
        [
            pytest.param(CLEAN_DAY, [], [("ncci-ptp", ("97140", "97012"))], id="not attested"),
            pytest.param(
                day_of((*PT_SERVICES, untimed("97150", "9:50", "10:00"))),
                [("XU", code) for code in ("97140", "97110", "97112", "97535")],
                [("ncci-ptp", ("97530", "97150"))],
                id="a group, distinct from all but one",
            ),
            pytest.param(
                day_of((*PT_SERVICES, timed("97124", "9:50", "10:00"))),
                ATTESTED,
                [("ncci-ptp", ("97124", "97140"))],
                id="a pair that nothing passes",
            ),
            pytest.param(
                day_of((*PT_SERVICES, untimed("97164", "9:50", "10:00"))),
                [*ATTESTED, ("XU", "97164")],
                [("one-evaluation", ("97161", "97164")), ("ncci-ptp", ("97164", "97161"))],
                id="a second evaluation",
            ),
            pytest.param(
                day_of((*PT_SERVICES, untimed("92524", "9:50", "10:00"))),
                ATTESTED,
                [("discipline-only", ("92524",))],
                id="an evaluation of another plan",
            ),
            pytest.param(
                day_of(instead(PT_SERVICES, "97140", timed("97140", "9:30", "9:45"))),
                ATTESTED,
                [("distinct-service", ("97140",))],
                id="attested, and given at the same time",
            ),
            pytest.param(
                day_of((*PT_SERVICES, timed("97116", "9:40", "9:55"))),
                ATTESTED,
                [("patient-overlap", ("97116", "97140"))],
                id="minutes told twice",
            ),
            pytest.param(
                day_of(
                    (*PT_SERVICES, timed("97110", "7:00", "8:00"), timed("97110", "6:30", "7:00"))
                ),
                ATTESTED,
                [("ncci-mue", ("97110",))],
                id="more units than the limit",
            ),
            pytest.param(
                day_of((*PT_SERVICES, untimed("97010", "9:50", "10:00"))),
                ATTESTED,
                [("ncci-mue", ("97010",)), ("payable-code", ("97010",))],
                id="a bundled code",
            ),
        ],
    )
    def test_a_day_that_is_spoilt_has_the_finding_that_is_meant(
        self,
        spoilt: tuple[Session, ...],
        attested: list[tuple[str, str]],
        expected: list[tuple[str, tuple[str, ...]]],
    ) -> None:
        found = check_day(spoilt, MEDICARE, FEES, YEAR, attestations=attested)
        assert sorted(rules(found)) == sorted(expected)

    LINES = (
        line("97110", "GP", units=2),
        line("97112", "GP"),
        line("97140", "GP", "CQ", "XU"),
        line("97161", "GP"),
        line("97012", "GP", "CQ"),
        line("97535", "GO", units=2),
        line("97530", "GO", "CO"),
        line("92523", "GN"),
    )

    def test_a_code_that_medicare_refuses_stops_no_check_of_the_day(self) -> None:
        day = day_of((*PT_SERVICES, untimed("97014", "9:50", "10:00")))
        found = check_day(day, MEDICARE, FEES, YEAR, attestations=ATTESTED)
        assert sorted(rules(found)) == [("ncci-mue", ("97014",)), ("payable-code", ("97014",))]

    def test_the_lines_that_are_spoilt_are_those_of_the_clean_day(self) -> None:
        built = build_claim(CLEAN_DAY, MEDICARE).lines
        assert {each.code: each.units for each in built} == {
            each.code: each.units for each in self.LINES
        }
        found = check_claim(claim(*self.LINES), MEDICARE, FEES, YEAR, sessions=CLEAN_DAY)
        assert told(found) == []

    @pytest.mark.parametrize(
        ("code", "spoilt", "expected"),
        [
            ("97110", [line("97110", units=2)], {"plan-modifier"}),
            ("97110", [line("97110", "GP", "GO", units=2)], {"plan-modifier"}),
            ("97535", [line("97535", "GO", "CQ", units=2)], {"assistant-modifier-plan"}),
            ("97530", [line("97530", "GO")], {"assistant-modifier-missing"}),
            ("97110", [line("97110", "GP", units=3)], {"units-of-minutes"}),
            ("97110", [line("97110", "GP"), line("97110", "GP")], {"one-line-a-code"}),
            ("97140", [line("97140", "GP", "CQ", "XU", "76", "77")], {"modifier-count"}),
            ("97140", [line("97140", "GP", "CQ")], {"ncci-ptp"}),
            ("97161", [line("97161", "GO")], {"discipline-only", "units-of-minutes"}),
            (
                "97161",
                [line("97161", "GP", units=2)],
                {"units-of-minutes", "once-a-day", "ncci-mue"},
            ),
            ("97112", [line("97112", "GP"), line("97116", "GP")], {"units-of-minutes"}),
            (
                "92523",
                [line("92523", "GN"), line("97130", "GN")],
                {"add-on-alone", "units-of-minutes"},
            ),
            (
                "97012",
                [line("97014", "GP", "CQ")],
                {"payable-code", "units-of-minutes", "ncci-mue"},
            ),
        ],
    )
    def test_a_claim_that_is_spoilt_has_the_findings_that_are_meant(
        self, code: str, spoilt: list[ClaimLine], expected: set[str]
    ) -> None:
        lines = [new for each in self.LINES for new in (spoilt if each.code == code else [each])]
        found = check_claim(claim(*lines), MEDICARE, FEES, YEAR, sessions=CLEAN_DAY)
        assert {each.rule.id for each in found} == expected
        assert len(found) == len(expected)
        assert all(spoilt[-1].code in each.codes for each in found)

    def test_a_year_at_its_threshold_has_one_line_beyond_it(self) -> None:
        allowed = bill_day(CLEAN_DAY, MEDICARE, FEES, YEAR, attestations=ATTESTED)
        of_pt_slp = sum(
            (each.allowed or Decimal(0) for each in allowed.lines if "GO" not in each.modifiers),
            Decimal(0),
        )
        at = attrs.evolve(YEAR, pt_slp=Decimal(2330) - of_pt_slp)
        beyond = attrs.evolve(YEAR, pt_slp=at.pt_slp + Decimal("0.01"))
        found = [
            check_day(CLEAN_DAY, MEDICARE, FEES, year, attestations=ATTESTED)
            for year in (at, beyond)
        ]
        assert [rules(each) for each in found] == [[], [("kx-threshold", ("97012",))]]

    def test_times_are_left_to_the_schedule_where_it_checks_them(self) -> None:
        day = day_of((*PT_SERVICES, timed("97116", "9:40", "9:55")))
        found = check_day(day, MEDICARE, attestations=ATTESTED, times=False)
        assert told(found) == []
        both = check_day(day, MEDICARE, attestations=ATTESTED)
        assert rules(both) == [("patient-overlap", ("97116", "97140"))]
        asked = {answer.rule.id for answer in both.answers}
        assert {answer.rule.id for answer in found.answers} < asked

    def test_the_units_of_the_times_are_those_of_the_payer(self) -> None:
        day = pt(timed("97110", "9:00", "9:23"), timed("97140", "9:15", "9:38"))
        units = "; by themselves they make 4 units, and 3 with each minute counted once"
        for payer, expected in ((MEDICARE, False), (CPT_MIDPOINT, True)):
            assert only(check_day(day, payer)).message.endswith(units) is expected

    @pytest.mark.parametrize("fees", [None, RATES])
    def test_the_place_of_the_day_may_be_told_beside_the_fees(
        self, fees: FeeSchedule | None
    ) -> None:
        exercise = (
            TimedService("97110", 15), TimedService("97110", 15, clinician="assistant"),
        )  # fmt: skip
        day = pt(UntimedService("97150", 15), *exercise)

        def found(setting: Setting | str | None) -> Finding:
            return only(check_day(day, MEDICARE, fees, setting=setting, edits=pair_edits(1)))

        for office in (None, Setting.NON_FACILITY):
            assert len(found(office).lines) == 3
        for hospital in (Setting.CRITICAL_ACCESS_HOSPITAL, "critical-access-hospital"):
            assert len(found(hospital).lines) == 2

    def test_the_lines_of_an_assistant_are_those_of_the_day_and_of_the_place(self) -> None:
        def pair(fees: FeeSchedule | None = None, on: date = DAY) -> tuple[int, ...]:
            exercise = (
                TimedService("97110", 15), TimedService("97110", 15, clinician="assistant"),
            )  # fmt: skip
            day = pt(UntimedService("97150", 15), *exercise, on=on)
            return only(check_day(day, MEDICARE, fees, edits=pair_edits(1))).lines

        hospital = attrs.evolve(RATES, setting=Setting.CRITICAL_ACCESS_HOSPITAL)
        assert (len(pair(RATES)), len(pair(hospital))) == (3, 2)
        assert (len(pair(on=date(2020, 1, 1))), len(pair(on=date(2019, 12, 31)))) == (3, 2)

    def test_a_unit_that_the_highest_fee_decides_is_billed_where_it_is_highest(self) -> None:
        policy = attrs.evolve(MEDICARE.on(DAY), tie_policy=TiePolicy.HIGHEST_FEE)
        day = pt(TimedService("97110", 20), TimedService("97112", 20))
        edits = limit_edits("97112", 1, 3)
        found = only(check_day(day, policy, RATES, edits=edits))
        assert found.message.startswith("2 units of 97112, at most 1 ")

    def test_the_edits_of_the_day_are_those_of_the_setting(self) -> None:
        day = pt(UntimedService("97150", 15), TimedService("97110", 15))
        found = [
            [
                each.rule.id
                for each in check_day(day, MEDICARE, edits=pair_edits(1), edit_setting=setting)
            ]
            for setting in EditSetting
        ]
        assert found == [["ncci-ptp"], []]

    def test_minutes_told_twice_have_their_dollars(self) -> None:
        day = pt(timed("97110", "9:00", "9:30"), timed("97112", "9:00", "9:30"))
        (found,) = check_day(day, MEDICARE, RATES).of_rule("patient-overlap")
        assert found.at_stake == Decimal("60.00")

    def test_a_charge_of_the_provider_reaches_the_claim(self) -> None:
        charges = dict.fromkeys((each.code for each in self.LINES), "1.00")
        found = check_day(CLEAN_DAY, MEDICARE, FEES, YEAR, charges=charges)
        assert [each.at_stake for each in found] == [Decimal("1.00")]

    def test_findings_come_in_the_order_of_their_lines(self) -> None:
        lines = [attrs.evolve(each, modifiers=each.modifiers[1:]) for each in self.LINES]
        found = check_claim(claim(*lines), MEDICARE, FEES, YEAR, sessions=CLEAN_DAY)
        firsts = [each.lines[0] for each in found]
        assert set(firsts) == set(range(len(lines)))
        assert firsts == sorted(firsts)


class TestNotes:
    def note(
        self, code: str, minutes: int, *, discipline: str = "PT", on: date | None = DAY
    ) -> TreatmentNote:
        return TreatmentNote(
            on,
            discipline,
            (NoteEntry(code),),
            goals="told",
            response="told",
            skilled_need="told",
            progression="told",
            assessment="told",
            timed_minutes=minutes,
            total_minutes=minutes,
            signed=True,
            credentials="PT",
        )

    @staticmethod
    def denied(findings: Findings) -> list[tuple[str, str]]:
        return [(each.rule.id, each.message) for each in findings.at_least("deny")]

    def test_a_note_is_compared_with_the_session_of_its_discipline(self) -> None:
        day = pt(TimedService("97110", 30)), ot(TimedService("97535", 15))
        agrees = check_day(day, MEDICARE, notes=[self.note("97110", 30)])
        differs = check_day(day, MEDICARE, notes=[self.note("97110", 15)])
        assert self.denied(agrees) == []
        assert self.denied(differs) == [
            ("note-minutes", "the session has 30 timed minutes and the note tells 15")
        ]

    def test_each_of_two_sessions_has_a_note_of_its_own(self) -> None:
        day = pt(TimedService("97110", 30)), pt(TimedService("97112", 15))
        notes = self.note("97110", 30), self.note("97112", 15)
        found = check_day(day, MEDICARE, notes=notes)
        assert self.denied(found) == []

    def test_the_order_of_notes_does_not_matter(self) -> None:
        day = pt(TimedService("97110", 30)), pt(TimedService("97112", 15))
        notes = self.note("97112", 15), self.note("97110", 30)
        assert self.denied(check_day(day, MEDICARE, notes=notes)) == []

    def test_one_note_may_tell_of_all_sessions_of_its_discipline(self) -> None:
        day = pt(TimedService("97110", 30)), pt(TimedService("97112", 15))
        entries = NoteEntry("97110"), NoteEntry("97112")
        note = attrs.evolve(self.note("97110", 45), entries=entries)
        assert self.denied(check_day(day, MEDICARE, notes=[note])) == []

    def test_a_note_without_a_date_is_a_finding(self) -> None:
        note = self.note("97110", 30, on=None)
        alone = check_note(note)
        found = check_day(pt(TimedService("97110", 30)), MEDICARE, notes=[note])
        assert set(self.denied(alone)) <= set(self.denied(found))

    def test_a_note_of_a_discipline_without_a_session_is_not_passed_over(self) -> None:
        note = self.note("97535", 30, discipline="OT")
        day = pt(TimedService("97110", 30))
        assert check_day(day, MEDICARE, notes=[note]) != check_day(day, MEDICARE)

    @pytest.mark.parametrize(
        ("payer", "on", "setting", "severities"),
        [
            (MEDICARE, DAY, "non-facility", ["deny"]),
            (MEDICARE, date(2020, 1, 1), "non-facility", ["deny"]),
            (MEDICARE, date(2019, 12, 31), "non-facility", []),
            (MEDICARE, DAY, "critical-access-hospital", []),
            (CPT_MIDPOINT, DAY, "non-facility", []),
        ],
    )
    def test_a_note_that_an_assistant_signed_is_compared_where_cq_applies(
        self, payer: UnitsBy, on: date, setting: str, severities: list[str]
    ) -> None:
        day = pt(TimedService("97110", 30), on=on)
        note = attrs.evolve(self.note("97110", 30, on=on), clinician="assistant")
        found = check_day(day, payer, notes=note, setting=setting)
        assert [each.severity.value for each in found.of_rule("note-clinician")] == severities
        answered = [each for each in found.answers if each.rule.id == "note-clinician"]
        assert len(answered) == len(severities)

    def test_a_note_without_a_session_is_compared_with_nobody_s_services(self) -> None:
        note = attrs.evolve(self.note("97535", 30, discipline="OT"), clinician="assistant")
        found = check_day(pt(TimedService("97110", 30)), MEDICARE, notes=note)
        assert "note-clinician" not in {each.rule.id for each in found.answers}

    def test_the_practice_says_how_a_note_is_read(self) -> None:
        day = pt(TimedService("97110", 30))
        notes = [self.note("97110", 30)]
        usual = check_day(day, MEDICARE, notes=notes)
        assert check_day(day, MEDICARE, notes=notes, practice=Practice()) == usual
        bare = [attrs.evolve(notes[0], progression="")]
        lacks = [
            len(check_day(day, MEDICARE, notes=bare, practice=Practice(progression=asked)))
            for asked in (True, False)
        ]
        assert lacks == [len(usual) + 1, len(usual)]

    def test_a_plan_is_looked_at_on_the_day(self) -> None:
        day = pt(TimedService("97110", 30))
        signed = PlanOfCare("PT", "2024-07-20", "12 weeks", certified_on="2024-07-25")
        ended = PlanOfCare("PT", "2024-01-20", "12 weeks", certified_on="2024-01-25")
        assert told(check_day(day, MEDICARE, plans=[signed])) == []
        found = check_day(day, MEDICARE, plans=[ended])
        assert list(found) == list(check_plan(ended, DAY))
        assert len(found) > 0

    def test_a_plan_of_a_discipline_that_was_not_treated_is_not_looked_at(self) -> None:
        day = pt(TimedService("97110", 30))
        signed = PlanOfCare("PT", "2024-07-20", "12 weeks", certified_on="2024-07-25")
        ended = PlanOfCare("OT", "2024-01-20", "12 weeks", certified_on="2024-01-25")
        assert check_day(day, MEDICARE, plans=[signed, ended]) == check_day(
            day, MEDICARE, plans=[signed]
        )

    def test_treated_disciplines_without_a_note_or_a_plan_are_not_answered(self) -> None:
        day = (
            pt(TimedService("97110", 30)),
            ot(TimedService("97535", 15)),
            slp(UntimedService("92507", 30)),
            ot(TimedService("97530", 15)),
        )

        def missing(**given: Any) -> list[tuple[str, str, tuple[str, ...], str]]:  # noqa: ANN401
            return [
                (each.rule.id, each.answer.value, each.about, each.remark)
                for each in check_day(day, MEDICARE, **given).answers
                if each.remark.startswith(("no note of ", "no plan of care of "))
            ]

        note = self.note("97110", 30)
        plan = PlanOfCare("OT", "2024-07-20", "12 weeks", certified_on="2024-07-25")
        assert missing() == []
        assert missing(notes=[note]) == [
            ("note-intervention", "not-in-data", ("OT",), "no note of OT is given"),
            ("note-intervention", "not-in-data", ("SLP",), "no note of SLP is given"),
        ]
        assert missing(plans=plan) == [
            ("certification-period", "not-in-data", ("PT",), "no plan of care of PT is given"),
            ("certification-period", "not-in-data", ("SLP",), "no plan of care of SLP is given"),
        ]
        others = [self.note("97535", 30, discipline="OT"), self.note("92507", 0, discipline="SLP")]
        assert missing(notes=[note, *others]) == []

    def test_a_plan_of_a_discipline_that_was_not_treated_stands_for_no_other(self) -> None:
        plan = PlanOfCare("OT", "2024-07-20", "12 weeks", certified_on="2024-07-25")
        found = check_day(pt(TimedService("97110", 30)), MEDICARE, plans=plan)
        assert [
            each.remark for each in found.unanswered if each.rule.id == "certification-period"
        ] == ["no plan of care of PT is given"]


class TestPrivacy:
    """No word of a free text and no key stands in what is displayed."""

    WORDS = "zorblatt", "quokkafield"

    def test_no_word_of_a_service_is_displayed(self) -> None:
        region, activity = self.WORDS
        texts: Clocked = {"body_region": region, "activity": f"{activity} lifting of weights 3x10"}
        day = (
            pt(
                untimed("97150", "9:00", "9:30", **texts),
                timed("97110", "9:10", "9:25", **texts),
                timed("97124", "9:20", "9:45", clinician="assistant", body_region=region),
                timed("97140", "9:20", "9:45", **texts),
                untimed("97161", "9:50", "10:00", **texts),
                untimed("97164", "9:50", "10:00", **texts),
                untimed("97010", "9:50", "10:00", **texts),
            ),
            ot(timed("97110", "9:00", "10:30", **texts)),
        )
        found = check_day(
            day, MEDICARE, FEES, Accumulators(2024, pt_slp="2330"), attestations=[("59", "97110")]
        )
        assert len({each.rule.id for each in found}) > 5
        displays = [
            repr(found),
            str(found),
            found.to_table(),
            found._repr_html_(),
            repr(found.to_dict()),
            *(repr(each) for each in found),
            *(repr(each) for each in found.answers),
        ]
        for display in displays:
            for word in self.WORDS:
                assert word not in display.lower()

    def test_no_word_of_a_wrong_call_is_displayed(self) -> None:
        region, activity = self.WORDS
        record = pt(
            TimedService("97110", 15, body_region=region, activity=activity),
            on=date(2024, 8, 2),
        )
        message = refusal(
            InvalidInputError,
            lambda: check_claim(claim(line("97110", "GP")), MEDICARE, sessions=record),
        )
        assert not any(word in message for word in self.WORDS)


def test_the_bundled_edits_are_what_is_asked_when_none_are_given() -> None:
    lines = (*GROUP_AND_EXERCISE, line("97110", "GO", units=7))
    given = claim(*lines)
    assert check_claim(given, MEDICARE) == check_claim(given, MEDICARE, edits=bundled_edits())


def test_a_note_and_a_plan_of_care_may_be_given_alone() -> None:
    day = pt(TimedService("97110", 30))
    note = TreatmentNote.for_session(day, signed=True, credentials="PT")
    plan = PlanOfCare("PT", DAY, "30 days")
    assert check_day(day, MEDICARE, notes=note, plans=plan) == check_day(
        day, MEDICARE, notes=[note], plans=[plan]
    )
    wrong: Any = "a note"
    assert refusal(InvalidInputError, lambda: check_day(day, MEDICARE, notes=wrong)) == (
        "notes holds TreatmentNote, not a text of 6 characters"
    )
    assert refusal(InvalidInputError, lambda: check_day(day, MEDICARE, plans=wrong)) == (
        "plans holds PlanOfCare, not a text of 6 characters"
    )
