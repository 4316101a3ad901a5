"""
Check whether notes and progress reports support what is billed.

Goals and other descriptions are checked only for presence. The checks do not read what they say.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date

import attrs

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.validation import as_tuple, require_type
from therapy_billing.base.wording import counted
from therapy_billing.chart.authors import check_note_author, is_qualified
from therapy_billing.chart.billed_services import billed_services
from therapy_billing.chart.note_elements import OTHER_CODES, NoteElement, note_elements
from therapy_billing.chart.notes import NoteEntry, Practice, TreatmentNote
from therapy_billing.chart.plans import ProgressReport
from therapy_billing.chart.progress_reports import check_progress, visits_of
from therapy_billing.chart.rules import Run, run_of_visits
from therapy_billing.codes.code_book import Contact, known_code, therapist_only_codes
from therapy_billing.codes.modifiers import assistant_modifiers
from therapy_billing.codes.roles import Clinician, Discipline
from therapy_billing.findings.own_checks import OwnCheck, run_own_checks
from therapy_billing.findings.records import Answer, Findings, Severity
from therapy_billing.findings.report import Report, answer_all, merge_findings, with_assumptions
from therapy_billing.law.parameters import BUNDLED, Parameters
from therapy_billing.payers.payer_argument import PayerLike, resolve_payer
from therapy_billing.visits.services import Service, TimedService
from therapy_billing.visits.sessions import Session

__all__ = ["assessment_run", "check_clinician", "check_note", "check_notes", "note_rules"]

_DEFAULT_PRACTICE = Practice()
_PRESENCE = "the text was checked only for presence, not for what it says"


def note_rules() -> tuple[str, ...]:
    """Return the ids of the rules that a note is checked against."""
    elements = [element.rule for each in note_elements().values() for element in each]
    return (
        "note-date",
        "note-intervention",
        "note-minutes",
        "note-signature",
        "note-author",
        *dict.fromkeys(elements),
        "note-elements-contact",
    )


def check_note(
    note: TreatmentNote,
    session: Session | None = None,
    *,
    practice: Practice = _DEFAULT_PRACTICE,
    payer: PayerLike = "medicare",
    left_off: Collection[str] = (),
    own_checks: Iterable[OwnCheck[[TreatmentNote, Session | None]]] = (),
) -> Findings:
    """
    Find what a treatment note lacks.

    A missing element is reported as ``deny`` if the Medicare manual requires it, as ``review`` if it supports
    the code or medical necessity, and as ``info`` if it is only good practice. Goals and other descriptions
    are checked only for presence. The checks do not read what they say.

    Args:
        note: The note.
        session: The session of the day. The note must name each of its services that makes units, and have at least
            their minutes. It may also include the services and minutes that are not billed. Without a session, the
            rules ``note-intervention`` and ``note-minutes`` cannot be checked completely. They still report what the
            note itself lacks, but are never listed as clean.
        practice: What the practice requires of its notes.
        payer: The payer. Its table of furnishers decides which services make units, and whether the note counts by the
            role of its author. All other checks follow Medicare's manual. If the payer's policy is not known on that
            day, all services count as billed, and the rule ``note-author`` answers ``date-out-of-range``, unless a
            therapist or physician wrote the note.
        left_off: Codes that are not billed, although the session documents them.
        own_checks: Your own checks, each a function of the note and the session, which can be None.

    Raises:
        InvalidInputError: If the note and the session have different dates or disciplines, or one of your
            own checks fails.

    Source:
        CMS Pub. 100-02, ch. 15, section 220.3, part E. The rules for each code cite their own sources.

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
        _require_same_day(note, session)
    left_off = as_tuple(left_off, str, "left_off")
    billed = None
    if session is not None:
        billed = [each for each in billed_services(session, payer) if each.code not in left_off]
    parts = [
        _check_date(note),
        _check_interventions(note, billed),
        _check_minutes(note, session, billed),
        _check_signature(note),
        check_note_author(note, session, payer),
        *(_check_text(note, element, practice) for element in note_elements()[None]),
        *_check_entries(note, practice, left_off),
        run_own_checks(own_checks, note, session),
    ]
    found = with_assumptions(merge_findings(parts), note.date_of_service, None)
    key = () if note.key is None else (note.key,)
    return attrs.evolve(found, found=tuple(attrs.evolve(each, entries=key) for each in found))


def check_notes(
    notes: Iterable[TreatmentNote],
    *,
    practice: Practice = _DEFAULT_PRACTICE,
    reports: Iterable[ProgressReport] | None = None,
    payer: PayerLike = "medicare",
    parameters: Parameters = BUNDLED,
    own_checks: Iterable[OwnCheck[[tuple[TreatmentNote, ...]]]] = (),
) -> Findings:
    """
    Check a patient's notes under one plan of care as a series.

    Finds missing assessments and progress reports. To check a single note, use
    :func:`~therapy_billing.chart.check_note`.

    Args:
        notes: The notes. All notes of a day count as one visit.
        practice: What the practice requires. Only ``assessment_every_visits`` is used.
        reports: The progress reports. Without them, progress reports are not checked.
        payer: As for :func:`~therapy_billing.chart.check_progress`.
        parameters: As for :func:`~therapy_billing.chart.check_progress`.
        own_checks: Your own checks, each a function of the notes, in date order.

    Raises:
        InvalidInputError: If the notes are for several disciplines, a note has no date, or one of your own
            checks fails.

    Source:
        A practice-facing description of 97530; CMS Pub. 100-02, ch. 15, section 220.3, part D.

    >>> visits = [TreatmentNote(f"2026-03-0{day}", "PT") for day in (2, 4, 6)]
    >>> [len(check_notes(visits[:count])) for count in (2, 3)]
    [0, 1]
    """
    require_type(practice, Practice, "practice")
    require_type(parameters, Parameters, "parameters")
    resolve_payer(payer)
    visits = visits_of(notes)
    days = list(visits)
    disciplines = {note.discipline for written in visits.values() for note in written}
    every = practice.assessment_every_visits
    report = Report("assessment-interval")
    for index in assessment_run(visits, practice).missed:
        report.add(
            Severity.INFO,
            f"no assessment in {counted(every, 'visit')} in a row, through {days[index]}",
            "assess the patient and document the assessment in the note.",
            detail=f"The practice requires an assessment at least every {counted(every, 'visit')}.",
            entries=(note.key for note in visits[days[index]] if note.key is not None),
        )
    if not visits:
        report.answer(Answer.NOT_IN_DATA, "no notes were given")
    of_reports = (
        answer_all(["progress-report"], Answer.NOT_IN_DATA, "no progress reports were given")
        if reports is None
        else check_progress(
            days,
            reports,
            payer=payer,
            discipline=next(iter(disciplines), None),
            parameters=parameters,
        )
    )
    own = run_own_checks(own_checks, tuple(itertools.chain(*visits.values())))
    return merge_findings([report.findings(remark=_PRESENCE), of_reports, own])


def assessment_run(visits: Mapping[date, Iterable[TreatmentNote]], practice: Practice) -> Run:
    """Return the visits by which an assessment was due but missing, and the number of visits since the last of these or the last assessment."""
    assessed = (any(note.assessment is not None for note in notes) for notes in visits.values())
    return run_of_visits(assessed, every=practice.assessment_every_visits)


def check_clinician(
    notes: Iterable[TreatmentNote],
    sessions: Iterable[Session],
    *,
    left_off: Collection[tuple[Discipline, str]] = (),
) -> Findings:
    """
    Find services that the session records for the therapist although an assistant wrote or signed the note.

    Units furnished by an assistant need CQ or CO, and the session says who furnished them. If the session
    wrongly names the therapist, the assistant's units are billed without the modifier.

    The finding is a denial if only an assistant signed and the session names no assistant. It is a review if
    the assistant's note is not signed, if a therapist also signed, or if the session names an assistant for
    other services. If the therapist signed and the session names an assistant too, each clinician may have
    signed for their own services, so there is no finding. A therapist's note for an assistant's service is
    not a finding either, because the manual accepts the signature of the supervising therapist. Notes by other roles,
    such as students, are checked by the rule ``note-author``.

    Args:
        notes: The notes for *sessions*, all of one discipline.
        sessions: The documented sessions. Only services by the therapist are compared, and these are always billed. A
            service by an assistant explains the assistant's note even if it is not billed.
        left_off: Codes that are not billed, each with its discipline.

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
        note.cosigned or (note.signed and is_qualified(note.author)) for note in written
    )
    recorded = any(
        service.clinician in (Clinician.ASSISTANT, Clinician.TOGETHER) for service in services
    )
    left = dict.fromkeys(
        service.code
        for session in treated
        for service in session.services
        if service.clinician is Clinician.THERAPIST
        and known_code(service.code).assistant_modifier
        and (session.discipline, service.code) not in left_off
    )
    report = Report("note-clinician")
    if not assistants or not left or (countersigned and recorded):
        return report.findings()
    signed = any(note.signed for note in assistants)
    certain = signed and not countersigned and not recorded
    codes = ", ".join(left)
    who = "an assistant" if countersigned else "only an assistant"
    verb = "signed" if signed else "wrote"
    message = f"{who} {verb} the note, but the session names the therapist for {codes}"
    modifier = assistant_modifiers().get(treated[0].discipline)
    if therapist_only_codes().issuperset(left):
        detail = "An assistant may not furnish an evaluation or re-evaluation."
        action = "have the therapist who evaluated the patient sign the note."
    elif modifier is None:
        detail = "Medicare does not pay for services of SLP assistants."
        action = "remove the services, or have the therapist who furnished them sign the note."
    else:
        detail = f"If the assistant furnished these services, {modifier} is missing."
        action = (
            f"record the assistant as the clinician for these services, so that {modifier} is billed. "
            "If the therapist furnished them, have the therapist sign the note."
        )
    report.add(
        Severity.DENY if certain else Severity.REVIEW,
        message,
        action,
        detail=detail,
        codes=left,
        entries=(note.key for note in assistants if note.key is not None),
    )
    return report.findings()


def _require_same_day(note: TreatmentNote, session: Session) -> None:
    if note.discipline is not session.discipline:
        msg = (
            f"the note is for {note.discipline.value}, but the session is for {session.discipline.value}: "
            "give a note and a session of the same discipline"
        )
        raise InvalidInputError(msg)
    if note.date_of_service not in (None, session.date_of_service):
        msg = (
            f"the note is for {note.date_of_service}, but the session is for {session.date_of_service}: "
            "give a note and a session of the same day"
        )
        raise InvalidInputError(msg)


def _check_date(note: TreatmentNote) -> Findings:
    report = Report("note-date")
    if note.date_of_service is None:
        action = "have the author date the note, following the practice's policy for late entries."
        report.add(Severity.DENY, "the note has no date of treatment", action)
    return report.findings()


def _check_interventions(note: TreatmentNote, billed: Sequence[Service] | None) -> Findings:
    noted = {entry.code for entry in note.entries}
    missing = tuple(dict.fromkeys(each.code for each in billed or () if each.code not in noted))
    report = Report("note-intervention")
    if missing or not noted:
        codes = ", ".join(missing)
        message = f"billed but not in the note: {codes}" if missing else "the note names no service"
        action = (
            "bill only what the note names. Add a service to the note only if it was furnished."
        )
        report.add(Severity.DENY, message, action, codes=missing)
    _answer_if_not_compared(report, billed)
    return report.findings()


def _check_minutes(
    note: TreatmentNote, session: Session | None, billed: Sequence[Service] | None
) -> Findings:
    timed = [entry.minutes for entry in note.entries if known_code(entry.code).timed]
    timed_total, total = note.timed_minutes, note.total_minutes
    messages = []
    if timed_total is None and (timed or _timed_minutes(billed or ())):
        messages.append((Severity.DENY, "the note does not state the total minutes of timed codes"))
    if total is None:
        messages.append((Severity.DENY, "the note does not state the total treatment minutes"))
    if timed_total is not None:
        if total is not None and timed_total > total:
            message = (
                f"the note has {timed_total} timed minutes but only {total} total treatment minutes"
            )
            messages.append((Severity.DENY, message))
        known = [each for each in timed if each is not None]
        if len(known) == len(timed) and sum(known) != timed_total:
            message = (
                f"the timed services in the note add up to {sum(known)} minutes, "
                f"but its timed total is {timed_total}"
            )
            messages.append((Severity.REVIEW, message))
    if session is not None and billed:
        messages += _differences(note, session, billed)
    action = "bill only the minutes that the note supports, and correct any wrong entry."
    report = Report("note-minutes")
    for severity, message in messages:
        report.add(severity, message, action)
    _answer_if_not_compared(report, billed)
    return report.findings()


def _differences(
    note: TreatmentNote, session: Session, billed: Sequence[Service]
) -> Iterator[tuple[Severity, str]]:
    """Yield where the note has fewer minutes than are billed, or more timed minutes than are documented."""
    for what, least, most, noted, severity in (
        (
            "timed",
            _timed_minutes(billed),
            session.timed_minutes,
            note.timed_minutes,
            Severity.DENY,
        ),
        (
            "treatment",
            sum(each.minutes or 0 for each in billed),
            session.treatment_minutes,
            note.total_minutes,
            Severity.REVIEW,
        ),
    ):
        if noted is None:
            continue
        if noted < least:
            verb = "has" if least == most else "bills"
            message = f"the session {verb} {least} {what} minutes, but the note has {noted}"
            yield severity, message
        # The note may have more treatment minutes, because a session may omit the minutes of untimed services.
        elif noted > most and what == "timed":
            message = f"the session has {most} timed minutes, but the note has {noted}"
            yield Severity.REVIEW, message


def _timed_minutes(services: Iterable[Service]) -> int:
    return sum(each.minutes for each in services if isinstance(each, TimedService))


def _answer_if_not_compared(report: Report, billed: Sequence[Service] | None) -> None:
    if billed is None:
        remark = "no session was given, so the note was not compared with what is billed"
        report.answer(Answer.NOT_IN_DATA, remark)
    elif not billed:
        report.answer(Answer.NOT_APPLICABLE, "no service of the session is billed")


def _check_signature(note: TreatmentNote) -> Findings:
    action = "have the clinician who treated the patient sign with credentials."
    missing = {"signature": not note.signed, "credentials": note.credentials is None}
    report = Report("note-signature")
    for what, lacks in missing.items():
        if lacks:
            report.add(Severity.DENY, f"the note has no {what}", action)
    if note.by_assistant and not note.cosigned:
        message = "an assistant wrote the note, and no therapist cosigned it"
        action = "check whether your state requires a cosignature."
        report.add(Severity.INFO, message, action)
    return report.findings()


def _check_text(note: TreatmentNote, element: NoteElement, practice: Practice) -> Findings:
    report = Report(element.rule)
    if element.field == "progression" and not practice.progression:
        return report.not_applicable("the practice does not require this statement")
    if getattr(note, element.field) is None:
        message = f"the note does not state {element.words}"
        report.add(element.severity, message, f"have future notes state {element.words}.")
    return report.findings(remark=_PRESENCE)


def _check_entries(
    note: TreatmentNote, practice: Practice, left_off: Collection[str]
) -> Iterator[Findings]:
    """Yield the findings about the note's services: first what each lacks, then whether contact was one-on-one."""
    entries: dict[str, list[NoteEntry]] = {}
    billed = [entry for entry in note.entries if entry.code not in left_off]
    for entry in billed:
        entries.setdefault(entry.code, []).append(entry)
    by_code = note_elements()
    others = [entry for entry in billed if entry.code not in by_code]
    for code, elements in by_code.items():
        if code == OTHER_CODES:
            yield _check_elements(others, elements)
        elif code is not None:
            yield _check_elements(entries.get(code, ()), elements)
    alone = [each for each in billed if known_code(each.code).contact is Contact.ONE_ON_ONE]
    yield _check_contact(alone, practice)


def _check_elements(entries: Sequence[NoteEntry], elements: Sequence[NoteElement]) -> Findings:
    report = Report(elements[0].rule)
    if not entries:
        return report.not_applicable("the note has none of these codes")
    for element in elements:
        lacking = _codes_of(each for each in entries if getattr(each, element.field) is None)
        if lacking:
            message = f"for {', '.join(lacking)}, the note does not state {element.words}"
            action = (
                f"have future notes state {element.words}. Bill the code that the record supports."
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
        message = f"the note says that contact was not one-on-one for {', '.join(shared)}"
        action = "bill the group code for minutes with several patients."
        detail = "These codes require one-on-one contact."
        report.add(Severity.DENY, message, action, detail=detail, codes=shared)
    if silent and practice.one_on_one_statement:
        message = f"the note does not say that contact was one-on-one for {', '.join(silent)}"
        action = "have future notes state when contact was one-on-one."
        report.add(Severity.INFO, message, action, codes=silent)
    if silent:
        remark = "the note does not say whether contact was one-on-one"
        report.answer(Answer.NOT_IN_DATA, remark, silent)
    return report.findings(about=_codes_of(alone))


def _codes_of(entries: Iterable[NoteEntry]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(entry.code for entry in entries))
