"""
Whether notes and progress reports bear out what is billed.

Texts are looked at for presence only: that one is there, never what it says.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

import attrs

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.validation import require_type
from therapy_billing.chart.note_elements import OTHER_CODES, NoteElement, note_elements
from therapy_billing.chart.notes import NoteEntry, Practice, TreatmentNote
from therapy_billing.chart.plans import ProgressReport
from therapy_billing.chart.progress_reports import check_progress, visits_of
from therapy_billing.chart.rules import Run, run_of_visits
from therapy_billing.codes.code_book import Contact, known_code, therapist_only_codes
from therapy_billing.codes.modifiers import assistant_modifiers
from therapy_billing.codes.roles import Clinician
from therapy_billing.findings.own_checks import OwnCheck, run_own_checks
from therapy_billing.findings.records import Answer, Findings, Severity
from therapy_billing.findings.report import Report, answer_all, merge_findings
from therapy_billing.law.parameters import BUNDLED, Parameters
from therapy_billing.visits.sessions import Session

__all__ = ["assessment_run", "check_clinician", "check_note", "check_notes", "note_rules"]

_USUAL = Practice()
_PRESENCE = "that a text is there was checked, not what it says"


def note_rules() -> tuple[str, ...]:
    """Return the ids of the rules that a note is checked against."""
    elements = [element.rule for each in note_elements().values() for element in each]
    return (
        "note-date",
        "note-intervention",
        "note-minutes",
        "note-signature",
        *dict.fromkeys(elements),
        "note-elements-contact",
    )


def check_note(
    note: TreatmentNote,
    session: Session | None = None,
    *,
    practice: Practice = _USUAL,
    own_checks: Iterable[OwnCheck[[TreatmentNote, Session | None]]] = (),
) -> Findings:
    """
    Return what a treatment note lacks.

    What Medicare's manual requires of every note is denied when it lacks; what bears out the code and the
    need is to be looked at; what makes a note good is a note. Only presence is checked: that a text is
    there, not what it says.

    Args:
        note: The note.
        session: What is billed of the day, where it is to be compared. Without it the rules
            ``note-intervention`` and ``note-minutes`` find what the note alone shows, and are never clean.
        practice: What the practice asks of its notes.
        own_checks: Your own checks, each a function of the note and the session, which can be None.

    Raises:
        InvalidInputError: If note and session are of different days or plans of care, or an own check fails.

    Source:
        CMS Pub. 100-02, ch. 15, section 220.3, part E; the elements of codes as their rules cite.

    >>> from therapy_billing.chart.notes import NoteEntry
    >>> entries = [NoteEntry("97161", 30, activity="evaluation")]
    >>> for credentials in ("PT, DPT", ""):
    ...     note = TreatmentNote(
    ...         "2026-03-02", "PT", entries, total_minutes=30, signed=True, credentials=credentials
    ...     )
    ...     print([finding.message for finding in check_note(note).at_least("deny")])
    []
    ['the note has no credentials']
    """
    require_type(note, TreatmentNote, "note")
    require_type(practice, Practice, "practice")
    if session is not None:
        require_type(session, Session, "session")
        _see_same_day(note, session)
    parts = [
        _check_date(note),
        _check_interventions(note, session),
        _check_minutes(note, session),
        _check_signature(note),
        *(_check_text(note, element, practice) for element in note_elements()[None]),
        *_check_entries(note, practice),
        run_own_checks(own_checks, note, session),
    ]
    found = merge_findings(parts)
    key = () if note.key is None else (note.key,)
    return attrs.evolve(found, found=tuple(attrs.evolve(each, entries=key) for each in found))


def check_notes(
    notes: Iterable[TreatmentNote],
    *,
    practice: Practice = _USUAL,
    reports: Iterable[ProgressReport] | None = None,
    parameters: Parameters = BUNDLED,
    own_checks: Iterable[OwnCheck[[tuple[TreatmentNote, ...]]]] = (),
) -> Findings:
    """
    Return what a patient's notes of one plan of care lack as a series.

    Args:
        notes: The notes; all notes of a day are one visit. Each alone is for :func:`~therapy_billing.chart.check_note`.
        practice: How often the practice assesses.
        reports: The progress reports; without them the tenth treatment day is not checked.
        parameters: As for :func:`~therapy_billing.chart.check_progress`.
        own_checks: Your own checks, each a function of the notes, in the order of their dates.

    Raises:
        InvalidInputError: If notes are of several plans of care, one has no date, or an own check fails.

    Source:
        A practice-facing description of 97530; CMS Pub. 100-02, ch. 15, section 220.3, part D.

    >>> visits = [TreatmentNote(f"2026-03-0{day}", "PT") for day in (2, 4, 6)]
    >>> [len(check_notes(visits[:count])) for count in (2, 3)]
    [0, 1]
    """
    require_type(practice, Practice, "practice")
    require_type(parameters, Parameters, "parameters")
    visits = visits_of(notes)
    days = list(visits)
    every = practice.assessment_every_visits
    report = Report("assessment-interval")
    for place in assessment_run(visits, practice).missed:
        report.add(
            Severity.INFO,
            f"{every} visits in a row, through {days[place]}, have no assessment; one is due every "
            f"{every} visits",
            "assess the patient and write it into the note",
            entries=(note.key for note in visits[days[place]] if note.key is not None),
        )
    if not visits:
        report.answer(Answer.NOT_IN_DATA, "no note is given")
    of_reports = (
        answer_all(["progress-report"], Answer.NOT_IN_DATA, "no reports are given: give reports")
        if reports is None
        else check_progress(days, reports, parameters=parameters)
    )
    own = run_own_checks(own_checks, tuple(itertools.chain(*visits.values())))
    return merge_findings([report.findings(remark=_PRESENCE), of_reports, own])


def assessment_run(visits: Mapping[date, Iterable[TreatmentNote]], practice: Practice) -> Run:
    """Return at which visits an assessment was missed, and how many there were since the last."""
    assessed = (any(note.assessment is not None for note in notes) for notes in visits.values())
    return run_of_visits(assessed, every=practice.assessment_every_visits)


def check_clinician(notes: Iterable[TreatmentNote], sessions: Iterable[Session]) -> Findings:
    """
    Find services recorded as a therapist's although an assistant signed their note.

    The units of an assistant carry CQ or CO, and the session decides which units are the assistant's. So
    a session that was left at the therapist bills the assistant's work without the modifier. Where the
    notes hold a therapist's signature as well, or the session names the assistant for other services,
    it is a review; with both, each of the two signed for a part, and there is no finding. A therapist's
    note on an assistant's service is no finding: the manual takes the signature of the supervising
    therapist too.

    Args:
        notes: The notes of *sessions*, of one discipline.
        sessions: What is billed.

    Source:
        CMS Pub. 100-02, ch. 15, section 220.3, part E; CMS Therapy Services page, on CQ and CO.

    >>> from therapy_billing import TimedService
    >>> for clinician in ("therapist", "assistant"):
    ...     day = Session("2026-03-02", "PT", [TimedService("97110", 15, clinician=clinician)])
    ...     note = TreatmentNote("2026-03-02", "PT", signed=True, clinician="assistant")
    ...     print([finding.severity.value for finding in check_clinician([note], [day])])
    ['deny']
    []
    """
    written, treated = tuple(notes), tuple(sessions)
    services = [service for session in treated for service in session.services]
    assistants = [note for note in written if note.by_assistant]
    countersigned = any(
        note.cosigned or (note.signed and not note.by_assistant) for note in written
    )
    recorded = any(service.clinician is not Clinician.THERAPIST for service in services)
    left = dict.fromkeys(
        service.code
        for service in services
        if service.clinician is Clinician.THERAPIST and known_code(service.code).assistant_modifier
    )
    report = Report("note-clinician")
    if not assistants or not left or (countersigned and recorded):
        return report.findings()
    signed = any(note.signed for note in assistants)
    certain = signed and not countersigned and not recorded
    codes = ", ".join(left)
    who = "an assistant" if countersigned else "only an assistant"
    verb = "signed" if signed else "wrote"
    message = f"{who} {verb} the note, and the session names the therapist for {codes}"
    modifier = assistant_modifiers().get(treated[0].discipline)
    action = "record the assistant as the clinician of what the assistant gave"
    if therapist_only_codes().issuperset(left):
        message += "; an assistant furnishes no evaluation"
        action = "have the therapist who evaluated the patient sign the note"
    elif modifier is None:
        message += "; Medicare pays no services of SLP assistants"
        action = "take the services off, or have the therapist who furnished them sign the note"
    else:
        message += f": {modifier} is missing if the assistant gave it"
        action += (
            f", so that {modifier} is billed, or have the therapist sign what the therapist gave"
        )
    report.add(
        Severity.DENY if certain else Severity.REVIEW,
        message,
        action,
        codes=left,
        entries=(note.key for note in assistants if note.key is not None),
    )
    return report.findings()


def _see_same_day(note: TreatmentNote, session: Session) -> None:
    if note.discipline is not session.discipline:
        msg = (
            f"the note is of {note.discipline.value} and the session of {session.discipline.value}"
        )
        raise InvalidInputError(msg)
    if note.date_of_service not in (None, session.date_of_service):
        msg = f"the note is of {note.date_of_service} and the session of {session.date_of_service}"
        raise InvalidInputError(msg)


def _check_date(note: TreatmentNote) -> Findings:
    report = Report("note-date")
    if note.date_of_service is None:
        action = "have who wrote the note date it, by the practice's rule for late entries"
        report.add(Severity.DENY, "the note has no date of treatment", action)
    return report.findings()


def _check_interventions(note: TreatmentNote, session: Session | None) -> Findings:
    noted = {entry.code for entry in note.entries}
    billed = () if session is None else session.services
    missing = tuple(dict.fromkeys(each.code for each in billed if each.code not in noted))
    report = Report("note-intervention")
    if missing or not noted:
        codes = ", ".join(missing)
        message = f"billed and not in the note: {codes}" if missing else "the note names no service"
        action = "bill only what the note names; add a service only where it was given"
        report.add(Severity.DENY, message, action, codes=missing)
    _see_compared(report, session)
    return report.findings()


def _check_minutes(note: TreatmentNote, session: Session | None) -> Findings:
    timed = [entry.minutes for entry in note.entries if known_code(entry.code).timed]
    told, total = note.timed_minutes, note.total_minutes
    messages = []
    if told is None and (timed or (session is not None and session.timed_minutes)):
        messages.append((Severity.DENY, "the note does not tell the total minutes of timed codes"))
    if total is None:
        messages.append((Severity.DENY, "the note does not tell the total treatment minutes"))
    if told is not None:
        if total is not None and told > total:
            message = f"the note tells {told} timed minutes and only {total} treatment minutes"
            messages.append((Severity.DENY, message))
        known = [each for each in timed if each is not None]
        if len(known) == len(timed) and sum(known) != told:
            message = (
                f"the timed services of the note are {sum(known)} minutes and its total is {told}"
            )
            messages.append((Severity.REVIEW, message))
    if session is not None:
        for what, billed, noted, more in (
            ("timed", session.timed_minutes, told, Severity.DENY),
            ("treatment", session.treatment_minutes, total, Severity.REVIEW),
        ):
            message = f"the session has {billed} {what} minutes and the note tells {noted}"
            # A note may tell more treatment time: untimed services are billed without their minutes.
            if noted is not None and (billed > noted or (billed < noted and what == "timed")):
                messages.append((more if billed > noted else Severity.REVIEW, message))
    action = "bill only the minutes that the note bears out; correct what was written wrongly"
    report = Report("note-minutes")
    for severity, message in messages:
        report.add(severity, message, action)
    _see_compared(report, session)
    return report.findings()


def _see_compared(report: Report, session: Session | None) -> None:
    if session is None:
        remark = "what is billed was not compared: no session is given"
        report.answer(Answer.NOT_IN_DATA, remark)


def _check_signature(note: TreatmentNote) -> Findings:
    action = "have who treated the patient sign, with credentials"
    missing = {"signature": not note.signed, "credentials": note.credentials is None}
    report = Report("note-signature")
    for what, lacks in missing.items():
        if lacks:
            report.add(Severity.DENY, f"the note has no {what}", action)
    if note.clinician is Clinician.ASSISTANT and not note.cosigned:
        message = "an assistant wrote the note and no therapist signed it too"
        action = "see whether the state asks for a co-signature"
        report.add(Severity.INFO, message, action)
    return report.findings()


def _check_text(note: TreatmentNote, element: NoteElement, practice: Practice) -> Findings:
    report = Report(element.rule)
    if element.field == "progression" and not practice.progression:
        return report.not_applicable("the practice does not ask for it")
    if getattr(note, element.field) is None:
        message = f"the note does not tell {element.words}"
        report.add(element.severity, message, f"write {element.words} into the notes from now on")
    return report.findings(remark=_PRESENCE)


def _check_entries(note: TreatmentNote, practice: Practice) -> Iterator[Findings]:
    """Yield what the entries lack: code by code, the other codes together, then contact."""
    entries: dict[str, list[NoteEntry]] = {}
    for entry in note.entries:
        entries.setdefault(entry.code, []).append(entry)
    by_code = note_elements()
    others = [entry for entry in note.entries if entry.code not in by_code]
    for code, elements in by_code.items():
        if code == OTHER_CODES:
            yield _check_elements(others, elements)
        elif code is not None:
            yield _check_elements(entries.get(code, ()), elements)
    alone = [each for each in note.entries if known_code(each.code).contact is Contact.ONE_ON_ONE]
    yield _check_contact(alone, practice)


def _check_elements(entries: Sequence[NoteEntry], elements: Sequence[NoteElement]) -> Findings:
    report = Report(elements[0].rule)
    if not entries:
        return report.not_applicable("the note has no such code")
    for element in elements:
        lacking = _codes_of(each for each in entries if getattr(each, element.field) is None)
        if lacking:
            message = f"for {', '.join(lacking)} the note does not tell {element.words}"
            action = (
                f"write {element.words} into the notes, and bill the code that the record bears out"
            )
            report.add(element.severity, message, action, codes=lacking)
    return report.findings(about=_codes_of(entries), remark=_PRESENCE)


def _check_contact(alone: Sequence[NoteEntry], practice: Practice) -> Findings:
    shared = _codes_of(entry for entry in alone if entry.one_on_one is False)
    silent = _codes_of(entry for entry in alone if entry.one_on_one is None)
    report = Report("note-elements-contact")
    if not alone:
        return report.not_applicable("the note has no one-on-one code")
    if shared:
        message = f"by the note, contact was not one-on-one as these codes ask: {', '.join(shared)}"
        action = "bill the group code for minutes with several patients"
        report.add(Severity.DENY, message, action, codes=shared)
    if silent and practice.one_on_one_statement:
        message = f"for {', '.join(silent)} the note does not tell that contact was one-on-one"
        report.add(Severity.INFO, message, "write it into the notes from now on", codes=silent)
    if silent:
        remark = "the note does not tell whether contact was one-on-one"
        report.answer(Answer.NOT_IN_DATA, remark, silent)
    return report.findings(about=_codes_of(alone))


def _codes_of(entries: Iterable[NoteEntry]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(entry.code for entry in entries))
