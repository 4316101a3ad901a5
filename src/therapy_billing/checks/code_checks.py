"""Check whether the documented activities support the codes that were chosen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from therapy_billing.base.validation import as_tuple, require_type
from therapy_billing.chart.billed_services import is_billed
from therapy_billing.chart.note_groups import NoteGroup, group_notes
from therapy_billing.chart.notes import NoteEntry, TreatmentNote
from therapy_billing.code_choice.activities import Activities
from therapy_billing.code_choice.records import CodeSuggestion
from therapy_billing.code_choice.suggestion import suggest_code
from therapy_billing.findings.own_checks import OwnCheck, run_own_checks
from therapy_billing.findings.records import Answer, Findings, Severity
from therapy_billing.findings.report import (
    Report,
    answer_all,
    as_sentences,
    merge_findings,
    with_assumptions,
)
from therapy_billing.payers.furnishers import Furnishers
from therapy_billing.visits.services import Service
from therapy_billing.visits.sessions import Session

__all__ = ["check_billed_codes", "check_codes"]


_RULES = ("code-choice", "code-choice-warning")


class _Described(NamedTuple):
    """
    What the record says about one service.

    Args:
        code: The code of the service.
        activity: What was done.
        purpose: Why it was done.
        goals: The goals of the whole note, if the note has no goal for this service.
    """

    code: str
    activity: str
    purpose: str | None = None
    goals: str | None = None


def check_codes(
    sessions: Session | Iterable[Session],
    *,
    notes: TreatmentNote | Iterable[TreatmentNote] = (),
    activities: Activities | None = None,
    own_checks: Iterable[OwnCheck[[tuple[Session, ...], tuple[TreatmentNote, ...]]]] = (),
) -> Findings:
    """
    Find services with a documented activity that supports a different code or needs more documentation.

    Each finding is a question for the clinician, who knows what was done and why. No code is changed.

    Args:
        sessions: One or more sessions. Services without an activity are not checked.
        notes: The treatment notes of the day. The activity, focus, and functional goal of a note entry are
            read together with the activity of the service. If the entry has no functional goal, the goals
            of the whole note are read instead. If the note is about several services, its goals can
            support the chosen code but never contradict it.
        activities: The activity catalog; None for the library's.
        own_checks: Your own checks. Each is called with the sessions and the notes.

    Raises:
        InvalidInputError: If a note is for another date, or one of your own checks fails.

    Source:
        Published descriptions of what supports each code; see the activity catalog.

    >>> from therapy_billing import NoteEntry, Session, TimedService, TreatmentNote
    >>> day = Session("2026-03-02", "PT", [TimedService("97530", 15, activity="sit-to-stand x10")])
    >>> [finding.codes for finding in check_codes(day)]
    [('97530', '97110'), ('97530',)]
    >>> entry = NoteEntry("97530", functional_goal="rise from the toilet at home")
    >>> len(check_codes(day, notes=TreatmentNote("2026-03-02", "PT", [entry])))
    0
    """
    given = as_tuple(sessions, Session, "sessions")
    written = as_tuple(notes, TreatmentNote, "notes")
    catalogue = Activities.bundled() if activities is None else activities
    require_type(catalogue, Activities, "activities")
    described = [each for *_, each in _described(given, written)]
    found = _check_described(described, catalogue)
    every = merge_findings([found, run_own_checks(own_checks, given, written)])
    return with_assumptions(every, given[0].date_of_service if given else None, None)


def check_billed_codes(
    sessions: Sequence[Session], notes: Sequence[TreatmentNote], furnishers: Furnishers
) -> Findings:
    """Check as :func:`check_codes` does, but only the services that make units under *furnishers*."""
    # Note entries are matched with all services first, because a note may also describe those that are not billed.
    described = [
        each
        for session, service, each in _described(sessions, notes)
        if is_billed(service, session, furnishers)
    ]
    if not described:
        return answer_all(_RULES, Answer.NOT_APPLICABLE, "no service is billed")
    return _check_described(described, Activities.bundled())


def _check_described(described: Sequence[_Described], activities: Activities) -> Findings:
    choice, warning = reports = [Report(rule) for rule in _RULES]
    silent: list[str] = []
    unclear: list[str] = []
    for each in described:
        if not each.activity.strip():
            silent.append(each.code)
            continue
        suggestion = _suggested(each, activities)
        if suggestion.code is None:
            unclear.append(each.code)
        _check_choice(choice, each.code, suggestion)
        _check_warnings(warning, each.code, suggestion)
    for report in reports:
        if not described:
            report.answer(Answer.NOT_IN_DATA, "no services were given")
        if silent:
            report.answer(Answer.NOT_IN_DATA, "no activity is recorded", silent)
        if unclear:
            report.answer(
                Answer.NOT_IN_DATA, "the recorded activity does not point to a code", unclear
            )
    return merge_findings(report.findings() for report in reports)


def _described(
    sessions: Sequence[Session], notes: Sequence[TreatmentNote]
) -> Iterator[tuple[Session, Service, _Described]]:
    """Yield each service with its session and what is said about it, in the order of the sessions."""
    indexes = [
        (index, number)
        for index, session in enumerate(sessions)
        for number in range(len(session.services))
    ]
    said: dict[tuple[int, int], _Described] = {}
    for group in group_notes(sessions, notes) if sessions else ():
        of_group = [key for key in indexes if key[0] in group.session_indexes]
        for code in dict.fromkeys(sessions[at].services[number].code for at, number in of_group):
            keys = [key for key in of_group if sessions[key[0]].services[key[1]].code == code]
            entries = [each for note in group.notes for each in note.entries if each.code == code]
            for index, (at, number) in enumerate(keys):
                # Only the order shows which entry belongs to which service with the same code.
                own = [entries[index]] if len(entries) == len(keys) else entries
                service = sessions[at].services[number]
                said[at, number] = _by_note(service, own, group, alone=len(of_group) == 1)
    for at, number in indexes:
        service = sessions[at].services[number]
        alone = _Described(service.code, service.activity or "")
        yield sessions[at], service, said.get((at, number), alone)


def _by_note(
    service: Service, entries: Sequence[NoteEntry], group: NoteGroup, *, alone: bool
) -> _Described:
    activity = _joined(service.activity, *(entry.activity for entry in entries))
    focus = _joined(*(entry.focus for entry in entries))
    goal = _joined(*(entry.functional_goal for entry in entries))
    goals = "" if goal else _joined(*(note.goals for note in group.notes))
    if alone:
        goal, goals = goal or goals, ""
    return _Described(service.code, activity, _joined(focus, goal) or None, goals or None)


def _joined(*texts: str | None) -> str:
    """Join the texts that are not empty, each once, with line breaks."""
    return "\n".join(dict.fromkeys(text for text in texts if text))


def _suggested(described: _Described, activities: Activities) -> CodeSuggestion:
    code, activity, purpose, goals = described
    own = suggest_code(activity, purpose, activities=activities)
    if goals is None or own.code == code:
        return own
    general = suggest_code(activity, _joined(purpose, goals), activities=activities)
    return own if general.contradicts(code) else general


def _check_choice(report: Report, code: str, suggestion: CodeSuggestion) -> None:
    """Report an activity that supports a different code."""
    if suggestion.contradicts(code):
        best = suggestion.ranked[0]
        report.add(
            Severity.REVIEW,
            f"the activity recorded for {code} supports {best.code}",
            f"check whether {best.code} was furnished; if not, record what makes the service {code}.",
            detail=as_sentences(reason.statement for reason in best.reasons_for),
            codes=(code, best.code),
            figures=dict.fromkeys(reason.source for reason in best.reasons_for),
        )


def _check_warnings(report: Report, code: str, suggestion: CodeSuggestion) -> None:
    """Report what the documentation of an activity still needs."""
    for warning in suggestion.warnings:
        if warning.code == code:
            report.add(
                Severity.INFO,
                f"the record may not support {code}",
                "record what required a clinician's skill.",
                detail=as_sentences([warning.statement]),
                codes=(code,),
                figures=(warning.source,),
            )
