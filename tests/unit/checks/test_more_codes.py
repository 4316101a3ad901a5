"""Findings on the codes next to the most billed ones: who may bill them, telehealth, and facts that are not known."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import pytest

from tests.finding_text import said
from tests.grids import for_each
from tests.own_numbers import own_numbers
from tests.unit.checks.claims_to_check import (
    DENY,
    RATES,
    REVIEW,
    answers,
    check,
    line,
    not_applicable,
    only,
    reported,
)
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    Claim,
    ClaimLine,
    Edits,
    FeeSchedule,
    Session,
    bill_day,
    check_claim,
    check_day,
    explain,
    load_codes,
    price_day,
)
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.codes import CodeProgram, TherapyClass, UnitOf
from therapy_billing.codes.modifiers import plan_modifiers
from therapy_billing.findings.records import Answer
from therapy_billing.ncci.records import EditState
from therapy_billing.payers.payer_argument import PayerLike
from therapy_billing.visits.services import Service, service

CODES = load_codes()
NOT_THERAPISTS = [code for code, facts in CODES.items() if not facts.for_therapists]
ON = "2026-03-02"
PAYERS = (MEDICARE, CPT_MIDPOINT)
OFFICE = FeeSchedule.medicare(ON)
SPECIAL = "whether this payer pays for telehealth is not in the data"


def day_of(code: str) -> str:
    """Return a day on which *code* is in force."""
    last = CODES[code].effective_through
    return ON if last is None else str(last)


def lines_of(code: str) -> tuple[ClaimLine, ...]:
    """Return a line with the code, and the code that it follows if it is an add-on code."""
    facts = CODES[code]
    plan = [plan_modifiers()[each] for each in facts.disciplines[:1]]
    return tuple(line(each, *plan) for each in (*facts.adds_to[:1], code))


class TestTherapistCode:
    def test_the_codes_are_those_of_the_table(self) -> None:
        assert len(NOT_THERAPISTS) == 16 + 16
        assert all(CODES[code].therapy_class is TherapyClass.NEVER for code in NOT_THERAPISTS)

    @for_each(code=CODES, payer=PAYERS)
    def test_exactly_the_codes_of_no_therapist_are_for_review(
        self, code: str, payer: PayerLike
    ) -> None:
        found = check("therapist-code", *lines_of(code)[-1:], day=day_of(code), payer=payer)
        if CODES[code].for_therapists:
            assert answers(found) == [("clean", (), "")]
            return
        finding = only(found)
        assert finding.severity is REVIEW
        assert finding.message == f"{code} is not a therapist's code (unverified)"
        assert "This is general knowledge; no source in the data confirms it." in finding.detail
        assert "General knowledge: no therapist bills the code" in {
            source.title for source in finding.citation
        }

    def test_the_program_is_named(self) -> None:
        finding = only(check("therapist-code", line("98940"), payer=CPT_MIDPOINT))
        assert said(finding) == (
            "98940 is not a therapist's code (unverified). The code belongs to the program chiropractic. This is general "
            "knowledge; no source in the data confirms it."
        )

    def test_a_code_that_is_not_in_the_data_is_not_reported_here(self) -> None:
        assert reported(check("therapist-code", line("99213"))) == []

    @for_each(code=NOT_THERAPISTS)
    def test_no_discipline_is_suggested_and_no_gp_is_missed(self, code: str) -> None:
        for modifiers in ((), ("GP",)):
            claimed = line(code, *modifiers)
            assert reported(check("discipline-only", claimed, day=day_of(code))) == []
            assert reported(check("plan-modifier", claimed, day=day_of(code))) == []


class TestDisciplines:
    @pytest.mark.parametrize(
        ("code", "wrong", "allowed"),
        [("29125", "GN", "GP or GO"), ("92520", "GP", "GN"), ("95851", "GN", "GP or GO")],
    )
    def test_a_restriction_by_general_knowledge_is_for_review(
        self, code: str, wrong: str, allowed: str
    ) -> None:
        finding = only(check("discipline-only", line(code, wrong)))
        assert finding.severity is REVIEW
        assert said(finding) == (
            f"{code} has {wrong}, but can be billed with {allowed} only. This is general knowledge; no source in the data "
            "confirms it."
        )
        for plan in allowed.split(" or "):
            assert reported(check("discipline-only", line(code, plan))) == []

    def test_a_restriction_with_a_source_is_denied(self) -> None:
        finding = only(check("discipline-only", line("97161", "GO")))
        assert (finding.severity, finding.detail) == (DENY, "")

    def test_an_s_code_may_need_gp_for_another_payer_and_is_refused_by_medicare(self) -> None:
        remark = "it is not known whether this payer requires GP, GO, or GN"
        found = check("plan-modifier", line("S8990"), payer=CPT_MIDPOINT)
        assert answers(found) == [("not-in-data", ("S8990",), remark)]
        assert answers(check("plan-modifier", line("S8990"))) == [("clean", (), "")]


class TestPayableCode:
    @for_each(code=CODES)
    def test_the_status_decides(self, code: str) -> None:
        facts = CODES[code]
        found = check("payable-code", line(code), day=day_of(code))
        denied = facts.medicare_refuses or facts.medicare_status in ("I", "N")
        bundled = facts.medicare_status == "B"
        severities = [finding.severity.value for finding in found]
        assert severities == (["deny"] if denied else ["info"] if bundled else [])
        assert (
            reported(check("payable-code", line(code), day=day_of(code), payer=CPT_MIDPOINT)) == []
        )

    def test_an_ended_code_without_a_successor_is_denied_with_its_last_day(self) -> None:
        finding = only(check("payable-code", line("G2061"), day="2021-01-01"))
        assert (finding.severity, finding.message) == (
            DENY,
            "code G2061 ended on 2020-12-31: no code that replaced it is in the data",
        )


class TestClassNotKnown:
    UNKNOWN = ("92618", "92626", "92627", "92630", "92633", "96110")

    def test_whether_the_code_is_therapy_is_not_in_the_data(self) -> None:
        found = check("plan-modifier", *(line(code) for code in self.UNKNOWN), line("92626", "GN"))
        assert answers(found) == [
            (
                "not-in-data",
                self.UNKNOWN,
                "whether 92618, 92626, 92627, 92630, 92633, and 96110 is therapy is not in the data",
            )
        ]
        known = {code for code, facts in CODES.items() if facts.therapy_class is None}
        assert known == set(self.UNKNOWN)


class TestAddOns:
    def test_acupuncture_may_follow_either_first_code(self) -> None:
        for add_on in ("97811", "97814"):
            alone = only(check("add-on-alone", line(add_on), payer=CPT_MIDPOINT))
            assert said(alone) == (
                f"{add_on} without 97810 or 97813. {add_on} is an add-on code for 97810 or 97813."
            )
            for first in ("97810", "97813"):
                both = line(first), line(add_on)
                assert reported(check("add-on-alone", *both, payer=CPT_MIDPOINT)) == []

    def test_two_first_codes_of_acupuncture_are_for_review(self) -> None:
        both = line("97810"), line("97813")
        assert only(check("exclusive-codes", *both, payer=CPT_MIDPOINT)).severity is REVIEW


class TestTelehealth:
    LINES = line("97110", "GP", "95"), line("97530", "GP", "95"), line("97140", "GP")

    @pytest.mark.parametrize("day", ["2020-02-29", "2028-01-01", "2028-03-02"])
    def test_days_outside_the_waiver_and_the_law_are_for_review(self, day: str) -> None:
        medicare = MEDICARE.on(min(day, ON))
        found = check("telehealth", *self.LINES, day=day, payer=medicare)
        assert [(each.severity, each.lines) for each in found] == [(REVIEW, (0,)), (REVIEW, (1,))]
        assert found[0].message == (
            f"97110 is billed as telehealth, which Medicare does not pay therapists for on {day}"
        )
        assert [answer.answer for answer in found.answers] == [Answer.FINDING]

    @pytest.mark.parametrize(
        "day", ["2020-03-01", "2026-01-30", "2026-01-31", "2026-02-05", "2027-12-31"]
    )
    def test_days_within_are_not_in_the_data_and_never_clean(self, day: str) -> None:
        medicare = MEDICARE.on(min(day, ON))
        assert answers(check("telehealth", *self.LINES, day=day, payer=medicare)) == [
            (
                "not-in-data",
                ("97110", "97530"),
                "whether 97110 and 97530 are on CMS's list of telehealth codes is not in the data",
            )
        ]
        assert answers(check("telehealth", self.LINES[0], day=day, payer=medicare)) == [
            (
                "not-in-data",
                ("97110",),
                "whether 97110 is on CMS's list of telehealth codes is not in the data",
            )
        ]

    @pytest.mark.parametrize("day", ["2019-06-03", "2026-03-02"])
    def test_nothing_is_known_about_other_payers(self, day: str) -> None:
        found = check("telehealth", *self.LINES, day=day, payer=CPT_MIDPOINT)
        assert answers(found) == [("not-in-data", ("97110", "97530"), SPECIAL)]

    @pytest.mark.parametrize("payer", PAYERS)
    def test_a_claim_without_95_has_nothing_to_check(self, payer: PayerLike) -> None:
        found = check("telehealth", self.LINES[2], payer=payer)
        assert not_applicable(found) == "no line has a telehealth modifier"

    def test_the_users_own_days_decide(self) -> None:
        numbers = own_numbers("telehealth_disciplines", ("2020-01-01", "3"), through="2024-07-31")
        fees = attrs.evolve(RATES, parameters=numbers)
        remarks = {
            day: [
                answer[::2]
                for answer in answers(check("telehealth", self.LINES[0], day=day, fees=fees))
            ]
            for day in ("2024-07-31", "2024-08-01")
        }
        assert [found[0][0] for found in remarks.values()] == ["not-in-data", "date-out-of-range"]
        assert remarks["2024-08-01"][0][1] == (
            "telehealth_disciplines is known from 2020-01-01 through 2024-07-31, not on 2024-08-01"
        )


def claims(code: str) -> Iterator[Claim]:
    """Yield claims of one and of two units of *code*."""
    *firsts, own = lines_of(code)
    for units in (1, 2):
        yield Claim(day_of(code), [*firsts, attrs.evolve(own, units=units)])


class TestEveryCode:
    """A claim with any code gets an answer from every function under every payer; none of them fails."""

    @for_each(code=CODES, payer=PAYERS)
    def test_a_claim_is_priced_checked_and_written(self, code: str, payer: PayerLike) -> None:
        day = day_of(code)
        fees = FeeSchedule.medicare(day) if day >= "2019-10-01" else None
        for claim in claims(code):
            if day < "2018":
                # Medicare's policy begins later than these codes ended.
                continue
            priced = price_day(claim, payer, fees)
            for each in priced.lines:
                assert (each.allowed is None) is bool(each.unpriced)
            found = check_claim(claim, payer, fees)
            assert found.to_dict()
            assert found.to_table()
            assert priced.to_dict()
            assert str(priced)
            assert explain(priced).to_dict()

    @for_each(code=CODES, payer=PAYERS)
    def test_a_session_is_counted_checked_and_billed_or_refused(
        self, code: str, payer: PayerLike
    ) -> None:
        facts = CODES[code]
        day = day_of(code)
        if day < "2018":
            return
        firsts = [*facts.adds_to[:1], *([facts.beyond] if facts.beyond else [])]
        services: list[Service] = [
            service(
                each,
                60 if CODES[each].timed or CODES[each].unit_of is UnitOf.CALENDAR_MONTH else None,
            )
            for each in (*firsts, code)
            if code != "98979"
        ] or [service(code, 15)]
        session = Session(day, "SLP" if facts.disciplines else "PT", services)
        found = check_day(session, payer)
        assert found.to_dict()
        if payer is MEDICARE and (
            facts.medicare_refuses or facts.program is not CodeProgram.THERAPY
        ):
            with pytest.raises(InvalidInputError):
                bill_day(session, MEDICARE, None)
            return
        billed = bill_day(session, payer, None)
        assert billed.to_dict()
        assert explain(billed).to_dict()


class TestEdits:
    @for_each(code=[code for code, facts in CODES.items() if not facts.replaced_by])
    def test_pairs_and_limits_have_an_answer_and_never_fail(self, code: str) -> None:
        edits = Edits.bundled()
        for day in ("2024-08-01", "2026-03-02", "2026-11-30"):
            for setting in ("practitioner", "outpatient-hospital"):
                pair = edits.pair(code, "97110" if code != "97110" else "97140", day, setting)
                assert pair.edit is not None or pair.state not in (
                    EditState.IN_FORCE,
                    EditState.UNDATED,
                )
                claim = Claim(day, [line(code, "GP"), line("97140", "GP")])
                found = check_claim(
                    claim, MEDICARE, checks=["ncci-ptp", "ncci-mue"], edit_setting=setting
                )
                assert {answer.rule.id for answer in found.answers} == {"ncci-ptp", "ncci-mue"}

    def test_practitioner_edits_know_no_codes_of_other_programs(self) -> None:
        lines = line("97153"), line("97110", "GP")
        found = check("ncci-ptp", *lines, day="2024-08-01")
        assert [answer.answer for answer in found.answers] == [Answer.NOT_IN_DATA]
        hospital = check("ncci-ptp", *lines, day="2026-11-30", edit_setting="outpatient-hospital")
        assert answers(hospital) == [("clean", (), "")]
