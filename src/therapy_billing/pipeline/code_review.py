"""Whether the documented activities speak for the codes that were chosen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from therapy_billing.activities import Activities, CodeSuggestion, suggest_code
from therapy_billing.errors import each_of
from therapy_billing.findings import Answer, CheckAnswer, Finding, Findings, Severity, rule_of
from therapy_billing.records import Session

__all__ = ["review_codes"]


def review_codes(
    sessions: Session | Iterable[Session], *, activities: Activities | None = None
) -> Findings:
    """
    Return which services have a documented activity that speaks for another code, or warns.

    It is a question to the clinician, who knows what was done and why; no finding changes a code.

    Args:
        sessions: One or several sessions; services without an activity are not looked at.
        activities: The catalogue; None takes the one that comes with the library.

    Source:
        Published descriptions of what supports each code; see the catalogue.

    >>> from therapy_billing import Session, TimedService
    >>> step_ups = TimedService("97530", 15, activity="step-ups 3x10 for quadriceps strength")
    >>> [finding.codes for finding in review_codes(Session("2026-03-02", "PT", [step_ups]))]
    [('97530', '97110'), ('97530',)]
    """
    given = each_of(sessions, Session, "sessions")
    found: list[Finding] = []
    silent: list[str] = []
    unclear: list[str] = []
    looked_at = 0
    for session in given:
        for service in session.services:
            if not service.activity or not service.activity.strip():
                silent.append(service.code)
                continue
            looked_at += 1
            suggestion = suggest_code(service.activity, activities=activities)
            if suggestion.code is None:
                unclear.append(service.code)
            found += _about(service.code, suggestion)
    answers = []
    for rule in ("code-choice", "code-choice-warning"):
        of_rule = [finding for finding in found if finding.rule.id == rule]
        if of_rule:
            answers.append(_answer(rule, Answer.FINDING))
        elif looked_at and not unclear:
            answers.append(_answer(rule, Answer.CLEAN))
        if silent:
            answers.append(_answer(rule, Answer.NOT_IN_DATA, silent, "no activity is recorded"))
        if unclear:
            answers.append(_answer(rule, Answer.NOT_IN_DATA, unclear, "the activity does not tell"))
    return Findings(tuple(found), tuple(answers))


def _answer(rule: str, answer: Answer, about: Iterable[str] = (), remark: str = "") -> CheckAnswer:
    codes = tuple(dict.fromkeys(about))
    return CheckAnswer(rule=rule_of(rule), answer=answer, about=codes, remark=remark)


def _about(code: str, suggestion: CodeSuggestion) -> Iterator[Finding]:
    """Yield what an activity says against its code."""
    if suggestion.speaks_against(code):
        best = suggestion.ranked[0]
        yield Finding(
            rule=rule_of("code-choice"),
            severity=Severity.REVIEW,
            message=f"the activity recorded for {code} speaks for {best.code}: "
            + "; ".join(reason.statement for reason in best.reasons_for),
            action=f"see whether {best.code} was given, or record what makes it {code}",
            codes=(code, best.code),
            figures=tuple(dict.fromkeys(reason.source for reason in best.reasons_for)),
        )
    for warning in suggestion.warnings:
        if warning.code == code:
            yield Finding(
                rule=rule_of("code-choice-warning"),
                severity=Severity.NOTE,
                message=f"{code}: {warning.statement}",
                action="record what needed a clinician's skill",
                codes=(code,),
                figures=(warning.source,),
            )
