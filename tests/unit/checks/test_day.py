"""check_claim and check_day: all checks of a day together."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import attrs
import pytest

from tests.finding_text import said
from tests.own_numbers import own_numbers
from tests.refusals import refusal
from tests.unit.checks.claims_to_check import (
    DAY,
    GROUP_AND_EXERCISE,
    RATES,
    Clocked,
    claim,
    limit_edits,
    line,
    only,
    ot,
    pair_edits,
    pt,
    reported,
    rules,
    slp,
    timed,
    untimed,
)
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    Accumulators,
    Claim,
    ClaimLine,
    FeeSchedule,
    InvalidInputError,
    NotPublishedError,
    Session,
    Setting,
    TiePolicy,
    TimedService,
    UntimedService,
    bill_day,
    build_claim,
)
from therapy_billing.chart.note_checks import check_note, note_rules
from therapy_billing.chart.notes import NoteEntry, Practice, TreatmentNote
from therapy_billing.chart.plan_checks import PLAN_RULES, check_plan
from therapy_billing.chart.plans import PlanOfCare
from therapy_billing.checks.day import CHECKS, check_claim, check_day
from therapy_billing.findings.records import Answer, CheckAnswer, Finding, Findings
from therapy_billing.ncci.edits import Edits
from therapy_billing.ncci.records import EditSetting
from therapy_billing.payers.payer_argument import PayerLike
from therapy_billing.schedule.schedule_checks import TIME_RULES
from therapy_billing.visits.services import Service


class TestCalls:
    CLAIM = claim(line("97110", "GP"))
    NOTE = TreatmentNote(DAY, "PT", [NoteEntry("97110", 15)])

    def test_every_check_has_a_rule_and_an_answer_for_medicare(self) -> None:
        found = check_claim(self.CLAIM, MEDICARE)
        assert [answer.rule.id for answer in found.answers] == list(CHECKS)
        assert all(isinstance(answer, CheckAnswer) for answer in found.answers)
        assert [
            answer.rule.id for answer in found.answers if answer.answer is Answer.NOT_APPLICABLE
        ] == ["modifier-order", "modifier-allowed", "payer-cap", "telehealth"]

    def test_the_checks_named_are_made_in_the_order_of_all(self) -> None:
        named = {"ncci-ptp", "plan-modifier"}
        found = check_claim(self.CLAIM, MEDICARE, checks=named)
        assert [answer.rule.id for answer in found.answers] == ["plan-modifier", "ncci-ptp"]
        assert check_claim(self.CLAIM, MEDICARE, checks=[]).answers == ()

    def test_the_claim_of_the_report_has_the_modifiers_attested(self) -> None:
        billed = claim(line("97530", "GP"), line("97116", "GP"))
        year = Accumulators(2024, deductible_met="240", pt_slp="2330")
        found = check_claim(billed, MEDICARE, FEES, year, attestations=["KX", ("59", "97116")])
        assert found.claim is not None
        assert [each.modifiers for each in found.claim.lines] == [("GP", "KX"), ("GP", "KX", "59")]
        assert found.at_least("deny").claim == found.claim
        day = check_day(pt(TimedService("97110", 15)), MEDICARE, notes=self.NOTE)
        assert day.claim is not None
        assert [(each.code, each.units) for each in day.claim.lines] == [("97110", 1)]
        assert check_note(self.NOTE).claim is None

    def test_a_claim_without_a_line_is_clean(self) -> None:
        found = check_claim(claim(), MEDICARE, FeeSchedule.medicare(DAY), Accumulators(2024))
        assert reported(found) == []

    def test_there_is_a_claim_and_all_are_of_a_day(self) -> None:
        message = (
            "claims must be for one date of service: give at least one claim, all for the same date"
        )
        other = claim(line("97110", "GP"), day="2024-08-02")
        assert refusal(InvalidInputError, lambda: check_claim([], MEDICARE)) == message
        assert refusal(InvalidInputError, lambda: check_claim([self.CLAIM, other], MEDICARE)) == (
            message
        )

    def test_claims_are_claims(self) -> None:
        given: Any = ["97110"]
        assert refusal(InvalidInputError, lambda: check_claim(given, MEDICARE)) == (
            "claims must contain only Claim, got '97110'"
        )

    def test_what_is_no_sequence_of_claims_is_refused(self) -> None:
        given: Any = 5
        assert refusal(InvalidInputError, lambda: check_claim(given, MEDICARE)) == (
            "claims must contain only Claim, got 5"
        )

    def test_sessions_are_sessions(self) -> None:
        message = "sessions must contain only Session, got 5"
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
            "claims must contain only Claim, got '97110'"
        )

    def test_sessions_are_of_the_day(self) -> None:
        record = pt(TimedService("97110", 15), on=date(2024, 8, 2))
        assert (
            refusal(InvalidInputError, lambda: check_claim(self.CLAIM, MEDICARE, sessions=record))
            == "sessions must have the claim's date of service, 2024-08-01"
        )

    def test_checks_are_ids_of_rules(self) -> None:
        assert (
            refusal(InvalidInputError, lambda: check_claim(self.CLAIM, MEDICARE, checks="ncci-ptp"))
            == "checks must be a list of rule ids, got a string of 8 characters"
        )
        number: Any = 5
        assert (
            refusal(InvalidInputError, lambda: check_claim(self.CLAIM, MEDICARE, checks=number))
            == "checks must be a list of rule ids, got 5"
        )
        assert (
            refusal(
                InvalidInputError, lambda: check_claim(self.CLAIM, MEDICARE, checks=["ncci-pairs"])
            )
            == f"unknown rule id in checks: use {', '.join(CHECKS)}"
        )

    def test_an_attestation_for_a_code_on_no_line_is_an_info_only(self) -> None:
        plain = check_claim(self.CLAIM, MEDICARE)
        found = check_claim(self.CLAIM, MEDICARE, attestations=[("XU", "97116"), ("59", "97140")])
        assert reported(plain) == []
        assert reported(found) == [
            ("info", (), "59 is attested for 97140, which is not on the claim"),
            ("info", (), "XU is attested for 97116, which is not on the claim"),
        ]

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({"fees": "OH"}, "fees must be a FeeSchedule, got a string of 2 characters"),
            ({"accumulators": 5}, "accumulators must be an Accumulators, got 5"),
            ({"edits": "x"}, "edits must be an Edits, got a string of 1 character"),
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
        assert message.startswith("setting must be ")
        assert message == refusal(
            InvalidInputError, lambda: check_day(record, MEDICARE, setting="home")
        )

    def test_an_edit_setting_is_one(self) -> None:
        assert (
            refusal(
                InvalidInputError, lambda: check_claim(self.CLAIM, MEDICARE, edit_setting="home")
            )
            == "edit_setting must be practitioner or outpatient-hospital, got a string of 4 characters"
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
            == "a note is for 2024-08-02, but the sessions are for 2024-08-01: give notes and sessions of the same day"
        )

    def test_a_day_without_a_session_is_refused(self) -> None:
        assert refusal(InvalidInputError, lambda: check_day([], MEDICARE)) == (
            "sessions must have at least one session"
        )

    def test_claims_and_sessions_may_be_iterators(self) -> None:
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
    """A clean day has no finding, and a day with one fault has one."""

    def test_a_clean_day_has_no_finding(self) -> None:
        found = check_day(CLEAN_DAY, MEDICARE, FEES, YEAR, attestations=ATTESTED)
        assert reported(found) == []
        assert not found.has_denials

    def test_its_claim_is_clean_as_it_is_billed(self) -> None:
        billed = bill_day(CLEAN_DAY, MEDICARE, FEES, YEAR, attestations=ATTESTED)
        lines = [each.claim_line for each in billed.lines]
        found = check_claim(Claim(DAY, lines), MEDICARE, FEES, YEAR, sessions=CLEAN_DAY)
        assert reported(found) == []

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
                id="minutes reported twice",
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
        assert reported(found) == []

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
        assert reported(found) == []
        both = check_day(day, MEDICARE, attestations=ATTESTED)
        assert rules(both) == [("patient-overlap", ("97116", "97140"))]
        left = [
            each for each in found.answers if each.remark == "times are checked by check_schedule"
        ]
        assert {each.answer for each in left} == {Answer.NOT_APPLICABLE}
        assert {each.rule.id for each in left} == set(TIME_RULES)

    def test_the_units_of_the_times_are_those_of_the_payer(self) -> None:
        day = pt(timed("97110", "9:00", "9:23"), timed("97140", "9:15", "9:38"))
        units = " On their own, the documented minutes make 4 units; with each minute counted once, they make 3."
        for payer, expected in ((MEDICARE, False), (CPT_MIDPOINT, True)):
            assert said(only(check_day(day, payer))).endswith(units) is expected

    @pytest.mark.parametrize("fees", [None, RATES])
    def test_the_setting_may_be_given_with_the_fees(self, fees: FeeSchedule | None) -> None:
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
        policy = MEDICARE.on(DAY).with_changes(tie_policy=TiePolicy.HIGHEST_FEE)
        day = pt(TimedService("97110", 20), TimedService("97112", 20))
        edits = limit_edits("97112", 1, 3)
        found = only(check_day(day, policy, RATES, edits=edits))
        assert said(found).startswith("2 units of 97112 exceed the limit of 1. ")

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

    def test_minutes_counted_twice_have_their_dollars(self) -> None:
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
            goals="reported",
            response="reported",
            skilled_need="reported",
            progression="reported",
            assessment="reported",
            timed_minutes=minutes,
            total_minutes=minutes,
            signed=True,
            credentials="PT",
        )

    @staticmethod
    def denied(findings: Findings) -> list[tuple[str, str]]:
        return [(each.rule.id, said(each)) for each in findings.at_least("deny")]

    def test_a_note_is_compared_with_the_session_of_its_discipline(self) -> None:
        day = pt(TimedService("97110", 30)), ot(TimedService("97535", 15))
        agrees = check_day(day, MEDICARE, notes=[self.note("97110", 30)])
        differs = check_day(day, MEDICARE, notes=[self.note("97110", 15)])
        assert self.denied(agrees) == []
        assert self.denied(differs) == [
            ("note-minutes", "the session has 30 timed minutes, but the note has 15")
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

    def test_one_note_may_describe_all_sessions_of_its_discipline(self) -> None:
        day = pt(TimedService("97110", 30)), pt(TimedService("97112", 15))
        entries = NoteEntry("97110"), NoteEntry("97112")
        note = attrs.evolve(self.note("97110", 45), entries=entries)
        assert self.denied(check_day(day, MEDICARE, notes=[note])) == []

    @pytest.mark.parametrize(("minutes", "denials"), [(19, 1), (20, 0), (35, 0)])
    def test_a_note_may_omit_what_is_not_billed(self, minutes: int, denials: int) -> None:
        by_student = TimedService("97530", 15, clinician="student")
        for day in (
            [pt(TimedService("97110", 20), by_student)],
            [pt(TimedService("97110", 20)), pt(by_student)],
        ):
            found = check_day(day, MEDICARE, notes=[self.note("97110", minutes)])
            assert len(self.denied(found)) == denials

    @pytest.mark.parametrize("role", ["student", "aide"])
    def test_only_codes_of_billed_services_are_checked(self, role: str) -> None:
        walk = "gait training with cues for heel strike"
        own = TimedService("97110", 20, activity="leg press for quadriceps strength")
        other = TimedService("97110", 15, activity=walk, clinician=role)
        paid = attrs.evolve(other, clinician="therapist")
        notes = attrs.evolve(
            self.note("97110", 35),
            entries=[NoteEntry("97110", activity=own.activity), NoteEntry("97110", activity=walk)],
        )

        def of_choice(found: Findings) -> list[tuple[str, str]]:
            return [
                (each.answer.value, each.remark)
                for each in found.answers
                if each.rule.id == "code-choice"
            ]

        for written in ((), notes):
            assert of_choice(check_day(pt(own, paid), MEDICARE, notes=written)) == [("finding", "")]
            assert of_choice(check_day(pt(own, other), MEDICARE, notes=written)) == [("clean", "")]
            assert of_choice(check_day(pt(other), MEDICARE, notes=written)) == [
                ("not-applicable", "no service is billed")
            ]

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
        self, payer: PayerLike, on: date, setting: str, severities: list[str]
    ) -> None:
        day = pt(TimedService("97110", 30), on=on)
        note = attrs.evolve(self.note("97110", 30, on=on), clinician="assistant")
        found = check_day(day, payer, notes=note, setting=setting)
        assert [each.severity.value for each in found.of_rule("note-clinician")] == severities
        (answered,) = [each for each in found.answers if each.rule.id == "note-clinician"]
        assert (answered.answer is Answer.NOT_APPLICABLE) is (not severities)

    def test_a_note_without_a_session_is_compared_with_no_services(self) -> None:
        note = attrs.evolve(self.note("97535", 30, discipline="OT"), clinician="assistant")
        found = check_day(pt(TimedService("97110", 30)), MEDICARE, notes=note)
        (answered,) = [each for each in found.answers if each.rule.id == "note-clinician"]
        assert answered.answer is Answer.NOT_IN_DATA

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

    @pytest.mark.parametrize(
        ("payer", "on", "clinician", "severities"),
        [
            (MEDICARE, DAY, "student", ["deny"]),
            (MEDICARE, DAY, "assistant", []),
            ("tricare", date(2020, 4, 15), "assistant", ["deny"]),
            ("tricare", date(2020, 4, 16), "assistant", []),
            ("humana", date(2019, 12, 31), "assistant", []),
            ("humana", date(2019, 12, 31), "student", ["review"]),
            ("humana", date(2020, 1, 1), "assistant", []),
            (CPT_MIDPOINT, DAY, "student", []),
        ],
    )
    def test_the_payer_decides_whether_the_author_s_note_counts(
        self, payer: PayerLike, on: date, clinician: str, severities: list[str]
    ) -> None:
        day = pt(TimedService("97110", 30, clinician=clinician), on=on)
        for written in (on, None):
            note = attrs.evolve(self.note("97110", 30, on=written), clinician=clinician)
            found = check_day(day, payer, notes=note)
            assert [each.severity.value for each in found.of_rule("note-author")] == severities

    def test_the_payer_decides_who_may_establish_a_plan(self) -> None:
        day = pt(TimedService("97110", 30))
        signed = PlanOfCare(
            "PT", "2024-07-20", "12 weeks", certified_on="2024-07-25", established_by="assistant"
        )
        of_plan = [
            check_day(day, payer, plans=signed).of_rule("plan-author")
            for payer in (MEDICARE, CPT_MIDPOINT)
        ]
        assert [[len(each.figures) for each in found] for found in of_plan] == [[1], [0]]

    def test_a_plan_is_looked_at_on_the_day(self) -> None:
        day = pt(TimedService("97110", 30))
        signed = PlanOfCare("PT", "2024-07-20", "12 weeks", certified_on="2024-07-25")
        ended = PlanOfCare("PT", "2024-01-20", "12 weeks", certified_on="2024-01-25")
        assert reported(check_day(day, MEDICARE, plans=[signed])) == []
        found = check_day(day, MEDICARE, plans=[ended])
        assert list(found) == list(check_plan(ended, DAY))
        assert len(found) > 0

    def test_a_plan_is_looked_at_by_the_numbers_of_the_fee_schedule(self) -> None:
        day = pt(TimedService("97110", 30))
        signed = PlanOfCare("PT", "2024-07-20", "12 weeks", certified_on="2024-07-25")
        fees = attrs.evolve(RATES, parameters=own_numbers("certification_days", (None, "5")))
        found = check_day(day, MEDICARE, fees, plans=[signed])
        assert [each.rule.id for each in found] == ["certification-period"]

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
                if each.remark.endswith((" note was given", " plan of care was given"))
            ]

        note = self.note("97110", 30)
        plan = PlanOfCare("OT", "2024-07-20", "12 weeks", certified_on="2024-07-25")
        assert missing() == []
        assert missing(notes=[note]) == [
            (rule, "not-in-data", (treated,), f"no {treated} note was given")
            for treated in ("OT", "SLP")
            for rule in note_rules()
        ]
        assert missing(plans=[plan]) == [
            (rule, "not-in-data", (treated,), f"no {treated} plan of care was given")
            for treated in ("PT", "SLP")
            for rule in PLAN_RULES
        ]
        others = [self.note("97535", 30, discipline="OT"), self.note("92507", 0, discipline="SLP")]
        assert missing(notes=[note, *others]) == []

    def test_a_plan_of_a_discipline_that_was_not_treated_stands_for_no_other(self) -> None:
        plan = PlanOfCare("OT", "2024-07-20", "12 weeks", certified_on="2024-07-25")
        found = check_day(pt(TimedService("97110", 30)), MEDICARE, plans=plan)
        assert [
            each.remark for each in found.unanswered if each.rule.id == "certification-period"
        ] == ["no PT plan of care was given"]


class TestPrivacy:
    """Displays contain no free text and no key."""

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
    assert check_claim(given, MEDICARE) == check_claim(given, MEDICARE, edits=Edits.bundled())


def test_a_note_and_a_plan_of_care_may_be_given_separately() -> None:
    day = pt(TimedService("97110", 30))
    note = TreatmentNote.for_session(day, signed=True, credentials="PT")
    plan = PlanOfCare("PT", DAY, "30 days")
    assert check_day(day, MEDICARE, notes=note, plans=plan) == check_day(
        day, MEDICARE, notes=[note], plans=[plan]
    )
    wrong: Any = "a note"
    assert refusal(InvalidInputError, lambda: check_day(day, MEDICARE, notes=wrong)) == (
        "notes must contain only TreatmentNote, got a string of 6 characters"
    )
    assert refusal(InvalidInputError, lambda: check_day(day, MEDICARE, plans=wrong)) == (
        "plans must contain only PlanOfCare, got a string of 6 characters"
    )
