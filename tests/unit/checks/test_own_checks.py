"""Checks that a caller adds to those of the library, in every function that checks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

import pytest

from tests.finding_text import said
from tests.refusals import refusal
from tests.unit.batch.logs import log_of, treated
from tests.unit.checks.claims_to_check import answers, claim, line
from therapy_billing import (
    MEDICARE,
    Authorization,
    Claim,
    ClaimLine,
    FeeSchedule,
    Findings,
    InvalidInputError,
    NoteEntry,
    PlanOfCare,
    Rule,
    ScheduleEntry,
    Session,
    TimedService,
    TreatmentNote,
    check_claim,
    check_day,
    check_log,
    check_schedule,
)
from therapy_billing.chart import (
    ProgressReport,
    check_authorization,
    check_note,
    check_notes,
    check_plan,
    check_progress,
)
from therapy_billing.checks import check_codes
from therapy_billing.checks.claimed_day import ClaimedDay
from therapy_billing.findings.report import Report

FIRST_59 = Rule(id="acme-59-first", statement="Acme wants 59 before every other modifier.")
UNITS = Rule(id="acme-97110-units", statement="Acme pays no more than 3 units of 97110.")
SERVICE = TimedService("97110", start="2026-03-02 9:00", end="2026-03-02 9:30")
SESSION = Session("2026-03-02", "PT", [SERVICE])
NOTE = TreatmentNote("2026-03-02", "PT", [NoteEntry("97110", 30)])
PLAN = PlanOfCare("PT", "2026-03-02", "12 weeks")
REPORT = ProgressReport("2026-03-02", "therapist", signed=True)
ENTRY = ScheduleEntry("row 1", "p-1", "t-1", "2026-03-02", "PT", SERVICE)
AUTHORIZATION = Authorization(12)


def check_59_first(day: ClaimedDay) -> Findings:
    report = day.report(FIRST_59)
    for index, each in enumerate(day.lines):
        if "59" in each.modifiers[1:]:
            message = f"59 is not the first modifier of {each.code}"
            report.find(
                "deny",
                message,
                "put 59 first.",
                [index],
                detail="Acme reads one modifier.",
                denied=[index],
            )
    return report.findings()


def check_units(day: ClaimedDay) -> Findings:
    report = day.report(UNITS)
    units = day.units_at(day.line_indexes.get("97110", ()))
    if units > 3:
        indexes = day.line_indexes["97110"]
        message = f"{units} units of 97110, and Acme pays 3"
        report.find("deny", message, "bill 3.", indexes, denied=indexes, units=units - 3)
    return report.findings()


def check_nothing(rule: Rule | str, *_: object) -> Findings:
    return Report(rule).findings()


Call: TypeAlias = Callable[..., Findings]
CALLS: dict[str, tuple[Call, tuple[Any, ...]]] = {
    "check_note": (lambda **own: check_note(NOTE, SESSION, **own), (NOTE, SESSION)),
    "check_notes": (lambda **own: check_notes([NOTE], **own), ((NOTE,),)),
    "check_plan": (
        lambda **own: check_plan(PLAN, "2026-03-02", **own),
        (PLAN, SESSION.date_of_service),
    ),
    "check_progress": (
        lambda **own: check_progress(["2026-03-02"], [REPORT], **own),
        ((SESSION.date_of_service,), (REPORT,)),
    ),
    "check_authorization": (
        lambda **own: check_authorization(AUTHORIZATION, ["2026-03-02"], **own),
        ((AUTHORIZATION,), (SESSION.date_of_service,)),
    ),
    "check_schedule": (lambda **own: check_schedule([ENTRY], **own), ((ENTRY,),)),
    "check_codes": (
        lambda **own: check_codes(SESSION, notes=NOTE, **own),
        ((SESSION,), (NOTE,)),
    ),
}
ON_CLAIMS: dict[str, Call] = {
    "check_claim": lambda **own: check_claim(claim(line("97110", "GP")), MEDICARE, **own),
    "check_day": lambda **own: check_day(SESSION, MEDICARE, **own),
}
EVERY = [*CALLS, *ON_CLAIMS]


def call(name: str) -> Call:
    return ON_CLAIMS[name] if name in ON_CLAIMS else CALLS[name][0]


class TestClaims:
    FEES = FeeSchedule.from_rates({"97110": "30.00", "97140": "25.00"})

    def test_a_rule_of_a_payer_is_reported_with_those_of_the_library(self) -> None:
        billed = claim(line("97110", "GP", "59", units=4), line("97140", "GP"))
        own_checks = [check_59_first, check_units]
        found = check_claim(billed, MEDICARE, self.FEES, own_checks=own_checks)
        (first,) = found.of_rule("acme-59-first")
        (units,) = found.of_rule("acme-97110-units")
        assert (first.detail, units.detail) == ("Acme reads one modifier.", "")
        assert (first.lines, first.codes, str(first.at_stake)) == ((0,), ("97110",), "120.00")
        assert (said(units), str(units.at_stake)) == (
            "4 units of 97110, and Acme pays 3",
            "30.00",
        )
        assert str(found.at_stake) == "120.00"
        plain = check_claim(billed, MEDICARE, self.FEES)
        assert found.answers[:-2] == plain.answers
        assert {each.rule.id for each in plain.found} <= {each.rule.id for each in found.found}

    def test_a_payer_rule_that_is_met_is_clean(self) -> None:
        found = check_claim(
            claim(line("97110", "GP", units=3)),
            MEDICARE,
            checks=[],
            own_checks=[check_59_first, check_units],
        )
        assert answers(found) == [("clean", (), ""), ("clean", (), "")]

    def test_check_day_and_check_log_take_the_same_checks(self) -> None:
        hour = TimedService("97110", 60)
        found = check_day(Session("2026-03-02", "PT", [hour]), MEDICARE, own_checks=[check_units])
        assert len(found.of_rule("acme-97110-units")) == 1
        run = check_log(log_of(treated("p-1", "2026-03-02")), own_checks=[check_59_first])
        (checked,) = run
        assert [each.rule.id for each in checked.findings.answers].count("acme-59-first") == 1

    def test_in_a_log_a_check_that_fails_is_an_error_of_each_day_with_its_cause(self) -> None:
        def fail(day: ClaimedDay) -> Findings:
            raise ZeroDivisionError(day.date_of_service)

        log = log_of(treated("p-1", "2026-03-02"))
        run = check_log(log, own_checks=[fail], keep_going=True)
        assert list(run) == []
        (error,) = run.errors
        assert "own check fail failed with ZeroDivisionError" in str(error)
        assert isinstance(error.__cause__, InvalidInputError)
        assert isinstance(error.__cause__.__cause__, ZeroDivisionError)
        message = refusal(InvalidInputError, lambda: check_log(log, own_checks=[7]))  # type: ignore[list-item]
        assert message.startswith("own_checks must be a list of functions")


@pytest.mark.parametrize("name", CALLS)
def test_an_own_check_sees_the_records_that_were_given(name: str) -> None:
    function, records = CALLS[name]
    rule = Rule(id="acme-rule", statement="A rule of Acme.")
    seen: list[object] = []

    def check(*given: object) -> Findings:
        seen.append(given)
        report = Report(rule)
        report.add("review", "something of Acme's own", "look at it")
        return report.findings()

    found = function(own_checks=[check])
    assert seen == [records]
    assert len(found.of_rule("acme-rule")) == 1
    assert found.answers[-1].rule is rule
    assert set(function().found) < set(found.found)


@pytest.mark.parametrize("name", EVERY)
class TestRefusals:
    def test_a_check_that_raises_is_named_and_its_error_chained(self, name: str) -> None:
        def check_of_acme(*_: object) -> Findings:
            raise KeyError("secret")

        with pytest.raises(InvalidInputError) as caught:
            call(name)(own_checks=[check_of_acme])
        assert str(caught.value) == "own check check_of_acme failed with KeyError"
        assert isinstance(caught.value.__cause__, KeyError)

    def test_a_check_that_returns_something_else(self, name: str) -> None:
        message = refusal(InvalidInputError, lambda: call(name)(own_checks=[lambda *_: None]))
        assert message == "own check <lambda> must return Findings, got None"

    def test_a_rule_of_the_library_is_not_the_callers(self, name: str) -> None:
        rules: list[Rule | str] = ["ncci-ptp", Rule(id="ncci-ptp", statement="Another rule.")]
        for rule in rules:
            check = partial(check_nothing, rule)
            message = refusal(InvalidInputError, partial(call(name), own_checks=[check]))
            assert message == (
                "own check partial must use a rule id that is not blank and not in the library, got 'ncci-ptp'"
            )

    @pytest.mark.parametrize("value", [5, None, "check", [5], [None]])
    def test_own_checks_that_are_no_functions(self, name: str, value: object) -> None:
        message = refusal(InvalidInputError, lambda: call(name)(own_checks=value))
        assert message.startswith("own_checks must be a list of functions, got ")


class TestWhatAnOwnCheckReports:
    CLAIM = Claim("2026-03-02", [ClaimLine("97110", 1, ("GP",))])

    @pytest.mark.parametrize(
        "found",
        [Findings(("x",), ()), Findings(3, 4), Findings((), ("x",))],  # type: ignore[arg-type]
    )
    def test_findings_of_anything_else_are_refused(self, found: Findings) -> None:
        message = refusal(
            InvalidInputError,
            lambda: check_claim(self.CLAIM, MEDICARE, own_checks=[lambda _: found]),
        )
        assert message.startswith("the Findings of own check <lambda> must contain only ")

    @pytest.mark.parametrize("line", [-1, 1, 99])
    def test_a_line_that_the_claim_does_not_have_is_refused(self, line: int) -> None:
        def check(_: ClaimedDay) -> Findings:
            report = Report(Rule(id="acme", statement="a rule"))
            report.add("deny", "a message", "an action", lines=[line])
            return report.findings()

        assert refusal(
            InvalidInputError, lambda: check_claim(self.CLAIM, MEDICARE, own_checks=[check])
        ) == (f"one of your own checks reports line {line}, but the claim has lines 0 to 0")

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({"denied": (5,)}, "denied must be lines and units such as ((0, 1), 2), got"),
            ({"denied": ((0,), "a")}, "denied must be lines and units such as ((0, 1), 2), got"),
            (
                {"suggested": ("XU",)},
                "suggested must be attestations such as [('XU', '97116')], got",
            ),
        ],
    )
    def test_an_invalid_part_of_a_finding_is_refused(self, given: Any, message: str) -> None:  # noqa: ANN401
        report = Report("ncci-ptp")
        call = partial(report.add, "deny", "a message", "an action", **given)
        assert refusal(InvalidInputError, call).startswith(message)

    @pytest.mark.parametrize("answer", ["clean", "finding"])
    def test_an_added_answer_must_be_an_open_one(self, answer: str) -> None:
        assert refusal(InvalidInputError, lambda: Report("ncci-ptp").answer(answer, "x")) == (
            f"answer must be not-in-data, date-out-of-range, or not-applicable, got {answer}"
        )

    def test_the_reason_of_a_library_error_is_in_the_message(self) -> None:
        def check(day: ClaimedDay) -> Findings:
            msg = f"no rule for {day.date_of_service}"
            raise InvalidInputError(msg)

        assert refusal(
            InvalidInputError, lambda: check_claim(self.CLAIM, MEDICARE, own_checks=[check])
        ) == ("own check check failed with InvalidInputError: no rule for 2026-03-02")
