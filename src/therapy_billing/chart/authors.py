"""Find whether a note, report, or plan counts because of who wrote it, from the payer's table of furnishers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import attrs

from therapy_billing.base.errors import NotPublishedError
from therapy_billing.chart.notes import TreatmentNote
from therapy_billing.chart.plans import PlanOfCare, ProgressReport
from therapy_billing.codes.roles import Clinician, Discipline, ServiceClass
from therapy_billing.findings.records import Answer, Findings, Severity
from therapy_billing.findings.report import Report, as_sentences
from therapy_billing.law.sources import Source
from therapy_billing.payers.furnishers import (
    NO_FURNISHERS,
    QUALIFIED,
    FurnisherRule,
    Furnishers,
    Payable,
    furnisher_in_words,
    why_unbilled,
)
from therapy_billing.payers.payer_argument import PayerLike, policy_of, resolve_payer
from therapy_billing.payers.policy import FeeBasis, Policy
from therapy_billing.visits.sessions import Session

__all__ = [
    "check_note_author",
    "check_plan_author",
    "furnishers_of",
    "is_qualified",
    "is_valid_report",
    "why_invalid",
]

_COUNTS = frozenset({Payable.YES, Payable.NOT_BILLED})


def is_qualified(role: Clinician) -> bool:
    """Return whether notes, reports, and plans by *role* count under every payer."""
    return role in QUALIFIED


def furnishers_of(payer: PayerLike, day: date | None) -> tuple[Furnishers, str]:
    """
    Return the payer's table on *day*, and why it is not known; "" if it is known.

    Without a day or a known policy, the table is empty.

    >>> furnishers_of("medicare", date(1999, 12, 31))[1]
    "medicare's policy is known from 2000-04-01 through 2026-12-31, not on 1999-12-31"
    """
    policy, unknown = _policy(payer, day)
    return (NO_FURNISHERS if policy is None else policy.furnishers), unknown


def _policy(payer: PayerLike, day: date | None) -> tuple[Policy | None, str]:
    known = resolve_payer(payer)
    if day is None:
        return None, ""
    try:
        return policy_of(known, day)[0], ""
    except NotPublishedError as error:
        return None, str(error)


def check_note_author(note: TreatmentNote, session: Session | None, payer: PayerLike) -> Findings:
    """Check whether a note counts, by the role of its author. Rule ``note-author``."""
    report = Report("note-author")
    day = note.date_of_service
    if day is None and session is not None:
        day = session.date_of_service
    policy, unknown = _policy(payer, day)
    role, plan = note.author, note.discipline
    if is_qualified(role):
        return report.findings()
    if day is None or policy is None:
        undated = "the note has no date, so the payer's rule for its author is not known"
        answer = Answer.NOT_IN_DATA if day is None else Answer.OUT_OF_RANGE
        report.answer(answer, unknown or undated)
        return report.findings()
    table = policy.furnishers
    rule = table.find(role, plan, ServiceClass.DOCUMENTATION, day)
    rule = rule or table.find(role, plan, ServiceClass.SKILLED_TREATMENT, day)
    if rule is None or rule.payable is Payable.UNKNOWN:
        who = furnisher_in_words(role, plan)
        remark = f"no source says whether the payer accepts a note by {who}"
        # A counting method is no payer, so nobody can be asked. An assistant's license lets an assistant write notes.
        asked = policy.money.fee_basis is not FeeBasis.ANY_SCHEDULE
        if not note.cosigned and asked and role is not Clinician.ASSISTANT:
            action = "ask the payer, or have the therapist who furnished the service sign the note."
            detail = as_sentences([remark])
            report.add(
                Severity.REVIEW, _unsigned(who), action, detail=detail, figures=_sources([rule])
            )
        report.answer(Answer.NOT_IN_DATA, remark)
    else:
        _apply(rule, note, report)
    return report.findings()


def _apply(rule: FurnisherRule, note: TreatmentNote, report: Report) -> None:
    """Add the finding about a note by the payer's rule for its author's notes or, without one, for the treatment."""
    who = furnisher_in_words(rule.clinician, rule.discipline)
    severity = Severity.DENY
    message = _unsigned(who)
    of_notes = rule.service is ServiceClass.DOCUMENTATION
    if rule.payable in _COUNTS:
        if of_notes or note.cosigned or rule.clinician is Clinician.ASSISTANT:
            return
        severity = Severity.REVIEW
        detail = as_sentences(
            [
                f"the payer pays for treatment by {who}",
                f"no source says that it accepts a note that only {who} signed",
            ]
        )
        action = "have the therapist who directed the treatment sign the note."
    elif rule.payable is Payable.IF_SIGNED:
        if note.cosigned:
            return
        detail = rule.condition
        action = "have the therapist who furnished the service review, sign, and date the note."
    else:
        refused = f"the payer does not accept a note by {who}"
        if not of_notes:
            refused = why_unbilled(rule, rule.clinician, rule.discipline)
        silent = f"no source says that a note by {who} counts"
        action = "bill the service only if a therapist furnished it and signs a note for it."
        if note.cosigned:
            severity = Severity.REVIEW
            message = f"{who} wrote the note that a therapist cosigned"
            silent += " with a cosignature"
        detail = as_sentences([refused, silent])
    report.add(severity, message, action, detail=detail, figures=(rule.source,))


def _unsigned(who: str) -> str:
    return f"{who} wrote the note, and no therapist signed it"


def check_plan_author(plan: PlanOfCare, day: date, payer: PayerLike) -> Findings:
    """Check whether the role that established *plan* may do so. Rule ``plan-author``."""
    report = Report("plan-author")
    table, unknown = furnishers_of(payer, day)
    role, discipline = plan.established_by, plan.discipline
    if is_qualified(role):
        return report.findings()
    rule = table.find(role, discipline, ServiceClass.PLAN_OF_CARE, plan.initial_treatment)
    if rule is None or rule.payable not in _COUNTS:
        report.add(
            Severity.REVIEW,
            f"{furnisher_in_words(role, discipline)} established the plan of care",
            "have the therapist or the physician establish it.",
            figures=_sources([rule]),
        )
    if unknown:
        report.answer(Answer.OUT_OF_RANGE, unknown)
    return report.findings()


def _report_rule(
    report: ProgressReport, discipline: Discipline, table: Furnishers
) -> FurnisherRule | None:
    """Return the rule for a report by its author's role, or else the rule for notes; None if there is neither."""
    role, day = report.written_by, report.written_on
    own = table.find(role, discipline, ServiceClass.PROGRESS_REPORT, day)
    if own is not None:
        return own
    of_notes = table.find(role, discipline, ServiceClass.DOCUMENTATION, day)
    # That notes by a role count without a signature does not show that its reports count.
    return of_notes if of_notes is not None and of_notes.payable is Payable.IF_SIGNED else None


def is_valid_report(
    report: ProgressReport, discipline: Discipline | None, table: Furnishers
) -> bool:
    """
    Return whether a report counts: it is signed, and its author's role may write it.

    Without a discipline, it counts only if it does in every discipline.
    """
    if not report.signed or is_qualified(report.written_by):
        return report.signed
    rules = [_report_rule(report, each, table) for each in _disciplines(discipline)]
    return all(
        rule is not None
        and (rule.payable in _COUNTS or (rule.payable is Payable.IF_SIGNED and report.cosigned))
        for rule in rules
    )


def why_invalid(
    reports: Iterable[ProgressReport], discipline: Discipline | None, table: Furnishers
) -> tuple[str, list[Source]]:
    """Return why *reports* do not count: how many there are for each reason, and the sources."""
    counts: dict[str, int] = {}
    sources: list[Source] = []
    for report in reports:
        reason = "not signed"
        if report.signed:
            reason = f"by {furnisher_in_words(report.written_by, discipline)}"
            if is_valid_report(attrs.evolve(report, cosigned=True), discipline, table):
                reason += " and not cosigned"
            sources += _sources(
                _report_rule(report, each, table) for each in _disciplines(discipline)
            )
        counts[reason] = counts.get(reason, 0) + 1
    return ", ".join(f"{count} {reason}" for reason, count in counts.items()), sources


def _disciplines(discipline: Discipline | None) -> tuple[Discipline, ...]:
    return tuple(Discipline) if discipline is None else (discipline,)


def _sources(rules: Iterable[FurnisherRule | None]) -> list[Source]:
    return [rule.source for rule in rules if rule is not None]
