"""Units on a claim that the payer does not pay because of who furnished them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import attrs
import pytest

from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    PAYERS,
    Claim,
    ClaimLine,
    FeeSchedule,
    Finding,
    PayerLike,
    Service,
    Session,
    Source,
    TimedService,
    UntimedService,
    bill_day,
    check_claim,
    check_day,
)
from therapy_billing.law import Verification
from therapy_billing.payers.furnishers import FurnisherRule, Furnishers, Payable

DAY = date(2026, 10, 5)
COUNTS = ("assistant-scope", "furnisher-scope", "units-of-minutes")
RATES = FeeSchedule.from_rates({"97110": "30", "97161": "100", "92507": "60", "97530": "35"})
HUMANA, TRICARE, UNITED = (PAYERS[name] for name in ("humana", "tricare", "unitedhealthcare"))


def session(*services: Service, discipline: str = "PT") -> Session:
    """Return one session."""
    return Session(DAY, discipline, services)


def check(lines: list[ClaimLine], *sessions: Session, payer: PayerLike = MEDICARE) -> list[Finding]:
    """Return the findings about units, with the dollars of contract rates."""
    fees = None if payer is MEDICARE else RATES
    return list(check_claim(Claim(DAY, lines), payer, fees, sessions=sessions, checks=COUNTS))


def shown(findings: list[Finding]) -> list[tuple[str, str, str]]:
    """Return the rule, the severity, and the message of each finding about the claim."""
    return [
        (each.rule.id, each.severity.value, each.message)
        for each in findings
        if each.severity.value != "info"
    ]


THERAPIST = TimedService("97110", 15)
STUDENT = TimedService("97110", 15, clinician="student", key="k")


class TestUnits:
    def test_units_of_a_student_are_denied_under_medicare(self) -> None:
        findings = check([ClaimLine("97110", 2, ("GP",))], session(THERAPIST, STUDENT))
        denied, listed = findings
        assert shown(findings) == [
            ("furnisher-scope", "deny", "1 unit of 97110 furnished by a student")
        ]
        assert denied.denied == ((0,), 1)
        assert denied.action == "bill 1 unit of 97110."
        assert denied.detail == (
            "The payer pays only for the therapist's own service, not for one by a student."
        )
        assert (listed.severity.value, listed.codes, listed.keys) == ("info", ("97110",), ("k",))
        assert listed.message == "15 minutes of 97110 by a student make no unit"
        assert listed.action.startswith("record the therapist only if")

    def test_without_them_they_are_only_listed(self) -> None:
        findings = check([ClaimLine("97110", 1, ("GP",))], session(THERAPIST, STUDENT))
        assert [each.severity.value for each in findings] == ["info"]

    def test_a_line_that_nobody_paid_furnished_comes_off_the_claim(self) -> None:
        aide = TimedService("97110", 15, clinician="aide")
        denied, listed = check([ClaimLine("97110", 1, ("GP",))], session(aide))
        assert denied.action == (
            "take 97110 off the claim, or correct the clinician if a therapist furnished it."
        )
        assert listed.action == "keep the service in the record, and do not bill it."

    @pytest.mark.parametrize("payer", [HUMANA, TRICARE, CPT_MIDPOINT])
    def test_it_is_a_review_if_no_source_has_the_answer(self, payer: PayerLike) -> None:
        line = ClaimLine("97110", 2, ("GP",))
        review, listed = check([line], session(THERAPIST, STUDENT), payer=payer)
        assert review.severity.value == "review"
        assert review.at_stake == Decimal(30)
        # If no source says anything, only our own reading is cited, not what another payer says.
        (source,) = review.figures
        assert (source.verified is Verification.DERIVED) is (payer is not TRICARE)
        asked = "name the payer" if payer is CPT_MIDPOINT else "ask the payer."
        assert listed.action.startswith(asked)

    def test_two_roles_are_named_together_in_any_order(self) -> None:
        aide = TimedService("97110", 15, clinician="aide")
        line = ClaimLine("97110", 3, ("GP",))
        for services in ((aide, STUDENT), (STUDENT, aide)):
            findings = check([line], session(THERAPIST, *services), payer=TRICARE)
            ((rule, severity, message),) = shown(findings)
            assert (rule, severity) == ("furnisher-scope", "deny")
            assert message.startswith("2 units of 97110 furnished by a")
            assert "a student" in message
            assert "an aide" in message

    def test_services_of_slp_assistants_have_the_rule_on_assistants(self) -> None:
        services: list[Service] = [
            UntimedService("92507", clinician="assistant"),
            TimedService("97110", 15, clinician="aide"),
        ]
        lines = [ClaimLine("92507", 1, ("GN",)), ClaimLine("97110", 1, ("GN",))]
        assert shown(check(lines, session(*services, discipline="SLP"))) == [
            ("assistant-scope", "deny", "1 unit of 92507 furnished by an SLP assistant"),
            ("furnisher-scope", "deny", "1 unit of 97110 furnished by an aide"),
        ]

    def test_without_sessions_nothing_is_known(self) -> None:
        assert check([ClaimLine("97110", 1, ("GP",))]) == []

    def test_lines_of_another_plan_are_not_theirs(self) -> None:
        lines = [ClaimLine("97110", 1, ("GP",)), ClaimLine("97110", 1, ("GO",))]
        occupational = session(STUDENT, discipline="OT")
        findings = check(lines, session(THERAPIST), occupational)
        assert [each.lines for each in findings if each.lines] == [(1,)]


class TestMinutes:
    """Other people's minutes do not change what the therapist's minutes make."""

    def test_an_aide_does_not_take_the_therapists_leftover_unit(self) -> None:
        services = [TimedService("97110", 10, clinician="aide"), TimedService("97530", 8)]
        for modifiers in (("GP",), ()):
            line = ClaimLine("97530", 1, modifiers)
            assert shown(check([line], session(*services))) == []

    def test_an_aide_in_another_plan_does_not_either(self) -> None:
        services = [TimedService("97110", 10, clinician="aide"), TimedService("97530", 8)]
        other = session(TimedService("97110", 15), discipline="OT")
        lines = [ClaimLine("97530", 1), ClaimLine("97110", 1)]
        assert shown(check(lines, session(*services), other)) == []

    def test_a_unit_tied_with_a_students_is_denied_once(self) -> None:
        services = [TimedService("97110", 10), TimedService("97530", 10, clinician="student")]
        lines = [ClaimLine("97110", 1, ("GP",)), ClaimLine("97530", 1, ("GP",))]
        assert shown(check(lines, session(*services))) == [
            ("furnisher-scope", "deny", "1 unit of 97530 furnished by a student")
        ]

    def test_units_that_nobodys_minutes_make_are_separate(self) -> None:
        findings = check([ClaimLine("97110", 4, ("GP",))], session(THERAPIST, STUDENT))
        assert {(each.rule.id, each.denied) for each in findings if each.denied} == {
            ("furnisher-scope", ((0,), 1)),
            ("units-of-minutes", ((0,), 2)),
        }


class TestEvaluations:
    EVALUATION = UntimedService("97161", 20, clinician="assistant")
    LINE = ClaimLine("97161", 1, ("GP", "CQ"))

    @pytest.mark.parametrize(
        ("payer", "severity"),
        [(MEDICARE, "deny"), (TRICARE, "deny"), (UNITED, "deny"), (HUMANA, "review")],
    )
    def test_the_payer_decides(self, payer: PayerLike, severity: str) -> None:
        for sessions in ([session(self.EVALUATION)], []):
            assert shown(check([self.LINE], *sessions, payer=payer)) == [
                ("assistant-scope", severity, "1 unit of 97161 furnished by an assistant")
            ]

    def test_a_counting_method_is_nobody_to_ask(self) -> None:
        assert check([self.LINE], session(self.EVALUATION), payer=CPT_MIDPOINT) == []

    def test_a_line_without_a_plan_shows_the_assistant_by_cq(self) -> None:
        (found,) = check([ClaimLine("97161", 1, ("CQ",))])
        assert found.severity.value == "deny"

    def test_an_evaluation_off_the_claim_has_no_finding(self) -> None:
        assert (
            shown(check([ClaimLine("97110", 1, ("GP",))], session(self.EVALUATION, THERAPIST)))
            == []
        )

    def test_the_therapists_own_units_stay(self) -> None:
        services = [TimedService("96125", 60), TimedService("96125", 60, clinician="assistant")]
        line = ClaimLine("96125", 2, ("GO",))
        (finding,) = check([line], session(*services, discipline="OT"))
        assert finding.denied == ((0,), 1)
        assert finding.action == "bill 1 unit; the therapist's own minutes make 1 unit."

    def test_a_payer_that_pays_them_has_no_finding(self) -> None:
        paid = attrs.evolve(HUMANA.on(DAY), furnishers=Furnishers([self.rule("yes")]))
        assert check([self.LINE], payer=paid) == []
        assert check([self.LINE], session(self.EVALUATION), payer=paid) == []

    def rule(self, payable: str) -> FurnisherRule:
        """Return a rule on evaluations by assistants."""
        return FurnisherRule(
            payer="acme",
            clinician="assistant",
            discipline="PT",
            service="evaluation",
            payable=Payable(payable),
            source=Source("A letter", "", "", Verification.OFFICIAL),
        )


class TestAnEvaluationThatARowRefuses:
    """Every row but ``yes`` and ``unknown`` refuses an evaluation by an assistant, and every row but ``yes`` has no amount."""

    @pytest.mark.parametrize(
        ("payable", "severity"),
        [("yes", None), ("no", "deny"), ("therapists-own", "deny"), ("unknown", "review")],
    )
    def test_the_finding_and_the_amount_agree(self, payable: str, severity: str | None) -> None:
        own = FurnisherRule(
            payer="acme",
            clinician="assistant",
            discipline="PT",
            service="evaluation",
            payable=Payable(payable),
            source=Source("A letter", "", "", Verification.OFFICIAL),
        )
        policy = attrs.evolve(
            HUMANA.on(date(2026, 3, 2)).with_changes(assistant_percent=85),
            furnishers=Furnishers([own]),
        )
        evaluation = UntimedService("97161", 30, clinician="assistant")
        record = Session("2026-03-02", "PT", [evaluation])
        rates = FeeSchedule.from_rates({"97161": "100"})
        found = check_day(record, policy, rates).of_rule("assistant-scope")
        assert [each.severity.value for each in found] == ([severity] if severity else [])
        (line,) = bill_day(record, policy, rates).lines
        assert (line.allowed == Decimal(85)) is (severity is None)
        assert (line.allowed is None) is (severity is not None)


def test_a_session_of_unbilled_services_does_not_raise_the_cap_of_a_day() -> None:
    policy = MEDICARE.on(date(2026, 3, 2)).with_changes(cap_per_session=4)
    treated = Session("2026-03-02", "PT", [TimedService("97110", 90)])
    helped = Session("2026-03-02", "PT", [TimedService("97110", 15, clinician="aide")])
    billed = Claim("2026-03-02", [ClaimLine("97110", 6, ("GP",))])
    for sessions in ([treated], [treated, helped]):
        found = check_claim(billed, policy, sessions=sessions, checks=["payer-cap"])
        assert [each.severity.value for each in found.at_least("deny")] == ["deny"]


def test_no_amount_is_shown_if_it_is_not_known_whether_the_payer_pays() -> None:
    helped = Session("2026-03-02", "PT", [TimedService("97110", 15, clinician="student")])
    assert bill_day(helped, HUMANA, None).allowed is None
    assert bill_day(helped, MEDICARE, FeeSchedule.medicare("2026-03-02")).allowed == 0


def test_an_unbilled_add_on_without_its_first_code_does_not_stop_the_checks() -> None:
    services = [TimedService("97533", 15), TimedService("97130", 15, clinician="assistant")]
    record = Session("2026-03-02", "SLP", services)
    found = check_day(record, MEDICARE)
    assert [each.severity.value for each in found.of_rule("assistant-scope")] == ["info"]
    assert not found.has_denials


@pytest.mark.parametrize("payer", [MEDICARE, TRICARE, UNITED])
def test_an_evaluation_that_comes_off_the_claim_needs_no_modifier(payer: PayerLike) -> None:
    evaluation = UntimedService("97161", 30, clinician="assistant")
    record = Session("2026-03-02", "PT", [evaluation])
    found = check_claim(
        Claim("2026-03-02", [ClaimLine("97161", 1, ("GP",))]), payer, sessions=record
    )
    rules = [each.rule.id for each in found.at_least("review")]
    assert "assistant-scope" in rules
    assert "assistant-modifier-missing" not in rules
