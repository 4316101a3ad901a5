"""Whether the documented activities speak for the codes that were chosen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from therapy_billing.activities import Activities, review_activity, suggest_code
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
    given = (sessions,) if isinstance(sessions, Session) else tuple(sessions)
    found: list[Finding] = []
    looked_at = 0
    for session in given:
        for service in session.services:
            if not service.activity or not service.activity.strip():
                continue
            looked_at += 1
            found += _about(service.code, service.activity, activities)
    answers = []
    for rule in ("code-choice", "code-choice-warning"):
        answer, remark = Answer.CLEAN, ""
        if not looked_at:
            answer, remark = Answer.NOT_IN_DATA, "record the activity of each service"
        elif any(finding.rule.id == rule for finding in found):
            answer = Answer.FINDING
        answers.append(CheckAnswer(rule=rule_of(rule), answer=answer, remark=remark))
    return Findings(tuple(found), tuple(answers))


def _about(code: str, activity: str, activities: Activities | None) -> Iterator[Finding]:
    """Yield what an activity says against its code."""
    other = review_activity(code, activity, activities=activities)
    if other is not None and other.code is not None:
        reasons = other.ranked[0].reasons_for
        yield Finding(
            rule=rule_of("code-choice"),
            severity=Severity.REVIEW,
            message=f"the activity recorded for {code} speaks for {other.code}: "
            + "; ".join(reason.statement for reason in reasons),
            action=f"see whether {other.code} was given, or record what makes it {code}",
            codes=(code, other.code),
            figures=tuple(dict.fromkeys(reason.source for reason in reasons)),
        )
    for warning in suggest_code(activity, activities=activities).warnings:
        if warning.code == code:
            yield Finding(
                rule=rule_of("code-choice-warning"),
                severity=Severity.NOTE,
                message=f"{code}: {warning.statement}",
                action="record what needed a clinician's skill",
                codes=(code,),
                figures=(warning.source,),
            )
