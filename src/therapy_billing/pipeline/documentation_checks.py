"""
Whether the record bears out what is billed: notes, plans of care, progress reports, authorizations.

Texts are looked at for presence only: that one is there, never what it says. Days are counted as the
manuals word it; where the count is open, the stricter day is the one that is due and the day between
the two counts is for somebody to look at. The clock is never read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import attrs

from therapy_billing.claims import Claim
from therapy_billing.codes import Contact, known_code
from therapy_billing.dates import parse_date
from therapy_billing.documentation import (
    Authorization,
    Certifier,
    Due,
    NoteEntry,
    PlanOfCare,
    Practice,
    ProgressReport,
    Recertification,
    TreatmentNote,
    all_of,
)
from therapy_billing.errors import InvalidInputError, shown
from therapy_billing.findings import (
    Answer,
    CheckAnswer,
    Finding,
    Findings,
    Severity,
    gathered,
    rule_of,
)
from therapy_billing.modifiers import Clinician
from therapy_billing.records import Session
from therapy_billing.rules.documentation import (
    Run,
    beyond,
    certified_through,
    days_late,
    days_left,
    run_of_reports,
    run_of_visits,
)

__all__ = [
    "AuthorizationLeft",
    "authorization_left",
    "certification_end",
    "check_authorization",
    "check_note",
    "check_notes",
    "check_plan",
    "check_progress",
    "due_dates",
    "treatment_days_left",
]

_CERTIFIED_DAYS = 90
_CERTIFIED_DAYS_BEFORE_2008 = 30
_NINETY_DAYS_FROM = date(2008, 1, 1)
_SIGNED_WITHIN = 30
_ORDER_SIGNED_WITHIN = 14
_PLAN_SENT_WITHIN = 30
_REPORT_EVERY = 10
_REPORT_DELAYED_WITHIN = 7
_RELIEF_FROM = date(2025, 1, 1)
_DAY = timedelta(days=1)
_USUAL = Practice()
_NO_SIGNATURE = "no signature is given"
_OBTAIN = "obtain the dated signature before billing; a late one can still be accepted as delayed"
_DELAYED = "bill it as a delayed certification, with what shows that a physician was involved"
_PRESENCE = "that a text is there was checked, not what it says"


class _Element(NamedTuple):
    """What an entry of a note tells of a code: its field, the words for it, and what its lack leads to."""

    field: str
    words: str
    severity: Severity = Severity.REVIEW


_TEXTS = (
    _Element("goals", "the specific goals that were worked on"),
    _Element("response", "how the patient responded and improved"),
    _Element("skilled_need", "why the treatment was necessary and skilled"),
    _Element("progression", "how the treatment was raised", Severity.NOTE),
)
_ACTIVITY = (_Element("activity", "what was done"),)
_ELEMENTS: Mapping[str, tuple[_Element, ...]] = {
    "97110": (
        _Element("activity", "the exercise"),
        _Element("focus", "the parameter that the exercise trains"),
        _Element("body_region", "the muscle group or joint"),
    ),
    "97112": (
        _Element("activity", "what was done"),
        _Element("focus", "the impairment of movement control"),
    ),
    "97116": (
        _Element("activity", "what was done"),
        _Element("focus", "the deviation of gait"),
    ),
    "97140": (
        _Element("activity", "the technique"),
        _Element("body_region", "the region"),
    ),
    "97530": (
        _Element("activity", "the functional task"),
        _Element("functional_goal", "the functional goal"),
        _Element("minutes", "the one-on-one minutes", Severity.NOTE),
    ),
    "97535": (_Element("activity", "the daily activity or the instruction"),),
}


class _Fault(NamedTuple):
    """What a finding of a rule says."""

    severity: Severity
    message: str
    action: str
    codes: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()


class AuthorizationLeft(NamedTuple):
    """
    What was used of an authorization, and what is left.

    Args:
        visits_used: Days with a visit on its dates.
        visits_left: Visits that are left; None without a limit.
        units_used: Units of its codes on its dates; None where a visit was given without its claim.
        units_left: Units that are left; None without a limit, or where they could not be counted.
    """

    visits_used: int
    visits_left: int | None
    units_used: int | None
    units_left: int | None


def check_note(
    note: TreatmentNote, session: Session | None = None, practice: Practice = _USUAL
) -> Findings:
    """
    Return what a treatment note lacks.

    What Medicare's manual requires of every note is denied when it lacks; what bears out the code and the
    need is to be looked at; what makes a note good is a note. Only presence is checked: that a text is
    there, not what it says.

    Args:
        note: The note.
        session: What is billed of the day, where it is to be compared.
        practice: What the practice asks of its notes.

    Raises:
        InvalidInputError: If note and session are of different days or plans of care.

    Source:
        CMS Pub. 100-02, ch. 15, section 220.3, part E; the elements of codes as their rules cite.

    >>> from therapy_billing.documentation import NoteEntry
    >>> entries = [NoteEntry("97161", 30, activity="evaluation")]
    >>> for credentials in ("PT, DPT", ""):
    ...     note = TreatmentNote(
    ...         "2026-03-02", "PT", entries, total_minutes=30, signed=True, credentials=credentials
    ...     )
    ...     print([finding.message for finding in check_note(note).at_least("deny")])
    []
    ['the note has no credentials']
    """
    if session is not None:
        _see_same_day(note, session)
    parts = [
        _check_date(note),
        _check_interventions(note, session),
        _check_minutes(note, session),
        _check_signature(note),
        *(
            _check_text(note, element)
            for element in _TEXTS
            if element.field != "progression" or practice.progression
        ),
        *_check_entries(note, practice),
    ]
    found = gathered(parts)
    key = () if note.key is None else (note.key,)
    return attrs.evolve(found, found=tuple(attrs.evolve(each, entries=key) for each in found))


def check_notes(
    notes: Iterable[TreatmentNote],
    practice: Practice = _USUAL,
    *,
    reports: Iterable[ProgressReport] | None = None,
) -> Findings:
    """
    Return what a patient's notes of one plan of care lack as a series.

    Args:
        notes: The notes; all notes of a day are one visit. Each alone is for :func:`check_note`.
        practice: How often the practice assesses.
        reports: The progress reports; without them the tenth treatment day is not checked.

    Raises:
        InvalidInputError: If notes are of several plans of care, or one has no date.

    Source:
        A practice-facing description of 97530; CMS Pub. 100-02, ch. 15, section 220.3, part D.

    >>> visits = [TreatmentNote(f"2026-03-0{day}", "PT") for day in (2, 4, 6)]
    >>> [len(check_notes(visits[:count])) for count in (2, 3)]
    [0, 1]
    """
    given = _dated(notes)
    visits = _visits(given)
    days = list(visits)
    every = practice.assessment_every_visits
    run = run_of_visits(visits.values(), every=every)
    faults = [
        _Fault(
            Severity.NOTE,
            f"{every} visits in a row, through {days[place]}, have no assessment; one is due every "
            f"{every} visits",
            "assess the patient and write it into the note",
            entries=tuple(
                note.key for day, note in given if day == days[place] and note.key is not None
            ),
        )
        for place in run.missed
    ]
    nothing = "" if given else "no note is given"
    parts = [_answered("assessment-interval", faults, unknown=nothing, remark=_PRESENCE)]
    if reports is None:
        parts.append(_answered("progress-report", unknown="no reports are given: give reports"))
    else:
        parts.append(check_progress(days, reports))
    return gathered(parts)


def check_progress(
    treatment_days: Iterable[date | str], reports: Iterable[ProgressReport]
) -> Findings:
    """
    Return by which treatment days a progress report was missing.

    Args:
        treatment_days: The days of treatment under one plan of care; a date counts once.
        reports: The reports. One that is not signed, or is by an assistant alone, does not count.

    Raises:
        InvalidInputError: If a value is no day or no report.

    Source:
        CMS Pub. 100-02, ch. 15, section 220.3, part D.

    >>> days = [f"2026-03-{day:02}" for day in range(2, 13)]
    >>> for on in ("2026-03-11", "2026-03-12"):
    ...     print(len(check_progress(days, [ProgressReport(on, "therapist", signed=True)])))
    0
    1
    """
    days = _days(treatment_days, "treatment_days")
    given = all_of(reports, ProgressReport, "reports")
    counting = _counting(given)
    faults = []
    for place in _run_of_reports(days, counting).missed:
        first, due = days[place - _REPORT_EVERY + 1], days[place]
        unsound = sum(first <= each.written_on <= due for each in given if not _counts(each))
        late = next(((day - due).days for day in counting if day > due), None)
        message = f"no progress report by {due}, the {_REPORT_EVERY}th treatment day since {first}"
        if unsound:
            message += f"; {unsound} unsigned, or by an assistant alone, do not count"
        if late is None or late > _REPORT_DELAYED_WITHIN:
            action = "have the therapist write the report before more is billed"
            faults.append(_Fault(Severity.DENY, message, action))
        else:
            message += f"; the next one is {_told(late)} late"
            action = "have the reason for the delay in the record"
            faults.append(_Fault(Severity.REVIEW, message, action))
    nothing = "" if days else "no treatment day is given"
    return _answered("progress-report", faults, unknown=nothing)


def treatment_days_left(
    treatment_days: Iterable[date | str], reports: Iterable[ProgressReport]
) -> int:
    """
    Return on which treatment day from now the next progress report is due at the latest.

    Args:
        treatment_days: The days of treatment under one plan of care; a date counts once.
        reports: The reports.

    Source:
        CMS Pub. 100-02, ch. 15, section 220.3, part D.

    >>> days = [f"2026-03-{day:02}" for day in range(2, 12)]
    >>> treatment_days_left(days[:9], []), treatment_days_left(days, [])
    (1, 10)
    """
    days = _days(treatment_days, "treatment_days")
    given = all_of(reports, ProgressReport, "reports")
    return _REPORT_EVERY - _run_of_reports(days, _counting(given)).since


def certification_end(plan: PlanOfCare) -> date:
    """
    Return the last day of the last interval of *plan*, its first day being day 0, signed or not.

    By the count that takes the first day as day 1 it ends a day earlier.

    Source:
        CMS Pub. 100-02, ch. 15, section 220.1.3.

    >>> [str(certification_end(PlanOfCare("PT", "2026-01-01", text))) for text in ("89 days", "91 days")]
    ['2026-03-31', '2026-04-01']
    """
    return _end(_periods(plan))


def check_plan(plan: PlanOfCare, on: date | str) -> Findings:
    """
    Return what speaks against billing a service of the day *on* under *plan*.

    The manual does not say whether the initial treatment is day 0 or day 1 of the 90 days. The last day
    that only the wider count covers is to be looked at; later days are not covered.

    Args:
        plan: The plan, its signatures and its recertifications.
        on: The date of service; also the day from which a missing signature is looked at.

    Source:
        CMS Pub. 100-02, ch. 15, section 220.1.3; each rule has its own citation.

    >>> plan = PlanOfCare("PT", "2026-01-01", "6 months", certified_on="2026-01-31")
    >>> for on in ("2026-03-31", "2026-04-01", "2026-04-02"):
    ...     print([finding.severity.value for finding in check_plan(plan, on)])
    []
    ['review']
    ['deny']
    """
    day = parse_date(on, what="on")
    periods = _periods(plan)
    return gathered(
        [
            _check_author(plan),
            _check_certifier(periods, day),
            _check_period(periods, day),
            _check_initial_signature(plan, day),
            _check_verbal_order(plan, day),
            _check_relief(plan, day),
            _check_recertification(periods, day),
            _check_delay(plan, periods, day),
        ]
    )


def check_authorization(
    authorization: Authorization, visits: Iterable[Claim | date | str]
) -> Findings:
    """
    Return which visits and units lie beyond an authorization.

    Args:
        authorization: What the payer authorized.
        visits: The claims that it is for, or days of visits alone; a date is one visit. Units and codes
            are counted from claims only.

    Raises:
        InvalidInputError: If a visit is neither a claim nor a day.

    Source:
        The payer's authorization, as given; CARC 197 from guides to claim adjustment reason codes.

    >>> days = ["2026-03-02", "2026-03-04", "2026-03-06"]
    >>> for count in (1, 2, 3):
    ...     print([each.severity.value for each in check_authorization(Authorization(2), days[:count])])
    []
    ['note']
    ['deny']
    """
    use = _use(authorization, visits)
    faults = [
        *_outside(authorization, use),
        *_used_up("visits", authorization.visits, [1] * len(use.days), use.days),
    ]
    if use.by_claims:
        units = list(use.units.values())
        faults += _used_up("units", authorization.units, units, use.days)
    if use.other_codes:
        codes = ", ".join(use.other_codes)
        message = f"billed and not among the codes of the authorization: {codes}"
        action = "see whether another authorization covers it, or whether it needs none"
        faults.append(_Fault(Severity.REVIEW, message, action, use.other_codes))
    unknown = ""
    if not use.days and not use.outside and not use.other_codes:
        unknown = "no visit or claim is given"
    elif authorization.units is not None and not use.by_claims:
        unknown = "units were not counted: give claims in place of days"
    key = () if authorization.key is None else (authorization.key,)
    return _answered(
        "authorization", [fault._replace(entries=key) for fault in faults], unknown=unknown
    )


def authorization_left(
    authorization: Authorization, visits: Iterable[Claim | date | str]
) -> AuthorizationLeft:
    """
    Return what is used and left of an authorization; visits outside its dates use nothing.

    Args:
        authorization: What the payer authorized.
        visits: As for :func:`check_authorization`.

    Source:
        The payer's authorization, as given.

    >>> authorization_left(Authorization(12), ["2026-03-02", "2026-03-04"])
    AuthorizationLeft(visits_used=2, visits_left=10, units_used=None, units_left=None)
    """
    use = _use(authorization, visits)
    visits_used = len(use.days)
    units_used = sum(use.units.values()) if use.by_claims else None
    most_visits, most_units = authorization.visits, authorization.units
    return AuthorizationLeft(
        visits_used,
        None if most_visits is None else max(0, most_visits - visits_used),
        units_used,
        None if most_units is None or units_used is None else max(0, most_units - units_used),
    )


def due_dates(
    plan: PlanOfCare | None = None,
    *,
    first: date | str,
    last: date | str,
    treatment_days: Iterable[date | str] = (),
    planned_days: Iterable[date | str] = (),
    reports: Iterable[ProgressReport] = (),
    notes: Iterable[TreatmentNote] = (),
    authorizations: Iterable[Authorization] = (),
    practice: Practice = _USUAL,
) -> tuple[Due, ...]:
    """
    Return what is due from *first* through *last*, the earliest first.

    A day is the last one in time by the stricter count. What was due before *first* is not listed: the
    checks tell it.

    Args:
        plan: The plan of care.
        first: First day of the window.
        last: Last day of the window.
        treatment_days: Days of treatment under the plan; the days of *notes* join them.
        planned_days: Days on which the patient is to come; they place the tenth treatment day, the next
            assessment and the last authorized visit. Without them these have no day.
        reports: The progress reports.
        notes: The treatment notes under the plan, for assessments.
        authorizations: What payers authorized; every treatment day is counted as a visit.
        practice: How often the practice assesses.

    Raises:
        InvalidInputError: If *last* is before *first*, or a value makes no sense.

    Source:
        Each :class:`Due` cites its rule.

    >>> plan = PlanOfCare("PT", "2026-01-01", "12 weeks")
    >>> [(each.what, str(each.by)) for each in due_dates(plan, first="2026-01-26", last="2026-02-01")]
    [('certification', '2026-01-30')]
    """
    begins, ends = parse_date(first, what="first"), parse_date(last, what="last")
    if ends < begins:
        msg = f"last {ends} is before first {begins}"
        raise InvalidInputError(msg)
    given = _dated(notes)
    written = all_of(reports, ProgressReport, "reports")
    days = sorted({*_days(treatment_days, "treatment_days"), *_visits(given)})
    planned = [day for day in _days(planned_days, "planned_days") if not days or day > days[-1]]
    due = [] if plan is None else list(_due_of_plan(plan))
    left = _REPORT_EVERY - _run_of_reports(days, _counting(written)).since
    if left <= len(planned):
        statement = (
            f"Write the progress report by this day, the {_REPORT_EVERY}th treatment day of its "
            "interval."
        )
        due.append(_due("progress report", planned[left - 1], "progress-report", statement))
    every = practice.assessment_every_visits
    visits_left = every - run_of_visits(_visits(given).values(), every=every).since
    if given and visits_left <= len(planned):
        statement = f"assess the patient by this visit: one assessment in {every} visits"
        due.append(_due("assessment", planned[visits_left - 1], "assessment-interval", statement))
    for authorization in all_of(authorizations, Authorization, "authorizations"):
        due += _due_of_authorization(authorization, [*days, *planned])
    inside = [each for each in due if begins <= each.by <= ends]
    return tuple(sorted(inside, key=lambda each: (each.by, each.what, each.statement)))


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
    fault = _Fault(
        Severity.DENY,
        "the note has no date of treatment",
        "have who wrote the note date it, by the practice's rule for late entries",
    )
    return _answered("note-date", [fault] if note.date_of_service is None else [])


def _check_interventions(note: TreatmentNote, session: Session | None) -> Findings:
    noted = {entry.code for entry in note.entries}
    billed = () if session is None else session.services
    missing = tuple(dict.fromkeys(each.code for each in billed if each.code not in noted))
    faults = []
    if missing or not noted:
        codes = ", ".join(missing)
        message = f"billed and not in the note: {codes}" if missing else "the note names no service"
        action = "bill only what the note names; add a service only where it was given"
        faults.append(_Fault(Severity.DENY, message, action, missing))
    return _answered("note-intervention", faults, remark=_compared(session))


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
    return _answered(
        "note-minutes",
        [_Fault(severity, message, action) for severity, message in messages],
        remark=_compared(session),
    )


def _compared(session: Session | None) -> str:
    return "what is billed was not compared: no session is given" if session is None else ""


def _check_signature(note: TreatmentNote) -> Findings:
    action = "have who treated the patient sign, with credentials"
    missing = {"signature": not note.signed, "credentials": note.credentials is None}
    faults = [
        _Fault(Severity.DENY, f"the note has no {what}", action)
        for what, lacks in missing.items()
        if lacks
    ]
    if note.clinician is Clinician.ASSISTANT and not note.cosigned:
        message = "an assistant wrote the note and no therapist signed it too"
        action = "see whether the state asks for a co-signature"
        faults.append(_Fault(Severity.NOTE, message, action))
    return _answered("note-signature", faults)


def _check_text(note: TreatmentNote, element: _Element) -> Findings:
    fault = _Fault(
        element.severity,
        f"the note does not tell {element.words}",
        f"write {element.words} into the notes from now on",
    )
    rule = f"note-elements-{element.field.replace('_', '-')}"
    there = getattr(note, element.field) is not None
    return _answered(rule, [] if there else [fault], remark=_PRESENCE)


def _check_entries(note: TreatmentNote, practice: Practice) -> Iterator[Findings]:
    """Yield what the entries lack: code by code, the other codes together, then contact."""
    entries: dict[str, list[NoteEntry]] = {}
    for entry in note.entries:
        entries.setdefault(entry.code, []).append(entry)
    others = entries.keys() - _ELEMENTS.keys()
    for code, elements in _ELEMENTS.items():
        if code in entries:
            yield _check_elements(f"note-elements-{code}", entries[code], elements)
    if others:
        rest = [entry for entry in note.entries if entry.code in others]
        yield _check_elements("note-elements-activities", rest, _ACTIVITY)
    alone = [each for each in note.entries if known_code(each.code).contact is Contact.ONE_ON_ONE]
    if alone:
        yield _check_contact(alone, practice)


def _check_elements(
    rule: str, entries: Sequence[NoteEntry], elements: Iterable[_Element]
) -> Findings:
    faults = []
    for element in elements:
        lacking = _codes_of(each for each in entries if getattr(each, element.field) is None)
        if lacking:
            message = f"for {', '.join(lacking)} the note does not tell {element.words}"
            action = (
                f"write {element.words} into the notes, and bill the code that the record bears out"
            )
            faults.append(_Fault(element.severity, message, action, lacking))
    return _answered(rule, faults, about=_codes_of(entries), remark=_PRESENCE)


def _check_contact(alone: Sequence[NoteEntry], practice: Practice) -> Findings:
    shared = _codes_of(entry for entry in alone if entry.one_on_one is False)
    silent = _codes_of(entry for entry in alone if entry.one_on_one is None)
    faults = []
    if shared:
        message = f"by the note, contact was not one-on-one as these codes ask: {', '.join(shared)}"
        action = "bill the group code for minutes with several patients"
        faults.append(_Fault(Severity.DENY, message, action, shared))
    if silent and practice.one_on_one_statement:
        message = f"for {', '.join(silent)} the note does not tell that contact was one-on-one"
        faults.append(_Fault(Severity.NOTE, message, "write it into the notes from now on", silent))
    unknown = "the note does not tell whether contact was one-on-one" if silent else ""
    return _answered("note-elements-contact", faults, about=_codes_of(alone), unknown=unknown)


def _codes_of(entries: Iterable[NoteEntry]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(entry.code for entry in entries))


class _Period(NamedTuple):
    """A certified interval: its days, and its signature."""

    first: date
    through: date
    signed_on: date | None
    certified_by: Certifier
    delay_reason: str | None

    @property
    def ordinals(self) -> tuple[int, int]:
        """Its first and last day."""
        return self.first.toordinal(), self.through.toordinal()

    @property
    def unsigned(self) -> bool:
        """Whether nobody signed who may."""
        return self.signed_on is None or self.certified_by is Certifier.CHIROPRACTOR

    def covers(self, day: date) -> bool:
        """Return whether *day* is one of its days."""
        return self.first <= day <= self.through


def _periods(plan: PlanOfCare) -> tuple[_Period, ...]:
    """Return the interval of the initial certification, then those of the recertifications."""
    return (
        _period(plan, plan.initial_treatment),
        *(_period(each, each.effective_from) for each in plan.recertifications),
    )


def _period(part: PlanOfCare | Recertification, first: date) -> _Period:
    old = (part.certified_on or first) < _NINETY_DAYS_FROM
    through = certified_through(
        first.toordinal(),
        part.duration.after(first).toordinal(),
        most_days=_CERTIFIED_DAYS_BEFORE_2008 if old else _CERTIFIED_DAYS,
    )
    return _Period(
        first, date.fromordinal(through), part.certified_on, part.certified_by, part.delay_reason
    )


def _check_author(plan: PlanOfCare) -> Findings:
    fault = _Fault(
        Severity.REVIEW,
        "an assistant established the plan of care",
        "have the therapist or the physician establish it",
    )
    return _answered("plan-author", [fault] if plan.established_by is Clinician.ASSISTANT else [])


def _check_certifier(periods: Sequence[_Period], day: date) -> Findings:
    initial, *later = periods
    looked_at = [initial, *(period for period in later if period.covers(day))]
    signed = [period for period in looked_at if period.signed_on is not None]
    action = "have a physician or nonphysician practitioner who knows the patient certify it"
    faults = [
        _Fault(Severity.DENY, f"a chiropractor certified the interval from {period.first}", action)
        for period in signed
        if period.certified_by is Certifier.CHIROPRACTOR
    ]
    return _answered("certifier", faults, unknown="" if signed else _NO_SIGNATURE)


def _check_period(periods: Sequence[_Period], day: date) -> Findings:
    left = days_left(day.toordinal(), [period.ordinals for period in periods])
    begun = [period for period in periods if period.first <= day]
    faults = []
    if not begun:
        message = f"{day} is before the initial treatment on {periods[0].first}"
        action = "bill it under the plan of care that it was given under"
        faults.append(_Fault(Severity.DENY, message, action))
    elif left is None:
        ended = max(begun, key=lambda period: period.through)
        since = _told((day - ended.through).days)
        message = (
            f"the interval from {ended.first} was over on {ended.through}, {since} before {day}"
        )
        action = "obtain a recertification of the days after it before billing them"
        faults.append(_Fault(Severity.DENY, message, action))
    elif left == 0:
        message = (
            f"{day} is the very last day of its interval; if the first day counts as day 1, the "
            f"interval was over on {day - _DAY}"
        )
        action = "have a recertification that begins by this day"
        faults.append(_Fault(Severity.REVIEW, message, action))
    return _answered("certification-period", faults)


def _late(since: date, on: date, within: int) -> int:
    return days_late(since.toordinal(), on.toordinal(), within=within)


def _late_initially(plan: PlanOfCare, on: date) -> int:
    """Return by how many days a signature of *on* is late, a verbal order in time considered."""
    order = plan.verbal_order_on
    if (
        order is not None
        and not _late(plan.initial_treatment, order, _SIGNED_WITHIN)
        and not _late(order, on, _ORDER_SIGNED_WITHIN)
    ):
        return 0
    return _late(plan.initial_treatment, on, _SIGNED_WITHIN)


def _check_initial_signature(plan: PlanOfCare, day: date) -> Findings:
    signed = plan.certified_on
    late = _late_initially(plan, signed or day)
    passed = _told(((signed or day) - plan.initial_treatment).days)
    since = f"{passed} after the initial treatment on {plan.initial_treatment}"
    faults = []
    unknown = ""
    if signed is not None:
        if late:
            message = f"the plan was signed on {signed}, {since}: {_told(late)} late"
            faults.append(_Fault(Severity.REVIEW, message, _DELAYED))
    elif _relieved(plan, day):
        unknown = "no signature is given; an order on file may stand for it: see referral-relief"
    elif late:
        message = f"no dated signature is on the plan, {since}"
        faults.append(_Fault(Severity.DENY, message, _OBTAIN))
    elif plan.verbal_order_on is None:
        message = f"no dated signature is on the plan yet; it is due by {_signature_due(plan)}"
        faults.append(_Fault(Severity.NOTE, message, "send the plan to the physician now"))
    return _answered("certification-timely", faults, unknown=unknown)


def _check_verbal_order(plan: PlanOfCare, day: date) -> Findings:
    order, signed = plan.verbal_order_on, plan.certified_on
    if order is None:
        return _answered("verbal-order", unknown="no verbal order is given")
    late = _late(order, signed or day, _ORDER_SIGNED_WITHIN)
    passed = _told(((signed or day) - order).days)
    faults = []
    if signed is not None and late:
        message = f"the verbal order of {order} was signed on {signed}, {passed} after it: {_told(late)} late"
        action = "see whether the signature itself is in time: the order does not make it so"
        faults.append(_Fault(Severity.REVIEW, message, action))
    elif signed is None and late:
        message = f"the verbal order of {order} is not signed, {passed} after it"
        faults.append(_Fault(Severity.REVIEW, message, _OBTAIN))
    elif signed is None:
        message = f"the verbal order of {order} is not signed yet; the signature is due by {_order_due(order)}"
        faults.append(_Fault(Severity.NOTE, message, "obtain the dated signature"))
    return _answered("verbal-order", faults)


def _relieved(plan: PlanOfCare, day: date) -> bool:
    """Return whether an order on file, and the plan sent in time, may stand for the signature."""
    sent = plan.plan_sent_on
    return (
        plan.referral_signed_on is not None
        and sent is not None
        and day >= _RELIEF_FROM
        and not _late(plan.initial_treatment, sent, _PLAN_SENT_WITHIN)
    )


def _check_relief(plan: PlanOfCare, day: date) -> Findings:
    rule = "referral-relief"
    order, sent, signed = plan.referral_signed_on, plan.plan_sent_on, plan.certified_on
    if order is None or sent is None:
        return _answered(rule, unknown="no signed order with the day the plan was sent is given")
    if day < _RELIEF_FROM:
        remark = f"an order stands for the signature only since {_RELIEF_FROM}"
        answer = CheckAnswer(rule=rule_of(rule), answer=Answer.NOT_COVERED, remark=remark)
        return Findings((), (answer,))
    if signed is not None and not _late_initially(plan, signed):
        return _answered(rule, remark="the signature is in time without it")
    late = _late(plan.initial_treatment, sent, _PLAN_SENT_WITHIN)
    if late:
        message = f"the plan was sent on {sent}, {_told(late)} late: the order does not stand for the signature"
        return _answered(rule, [_Fault(Severity.REVIEW, message, _OBTAIN)])
    message = f"the signature rests on the order of {order} and on the plan sent on {sent}"
    action = "see that the order is dated and names the therapy, and that the sending is on record"
    return _answered(rule, [_Fault(Severity.REVIEW, message, action)])


def _check_recertification(periods: Sequence[_Period], day: date) -> Findings:
    initial, *later = periods
    if not any(period.first <= day for period in later):
        unknown = f"no recertification is given that begins by {day}"
        return _answered("recertification", unknown=unknown)
    signed = [initial, *(period for period in later if period.signed_on is not None)]
    uncovered = days_left(day.toordinal(), [period.ordinals for period in signed]) is None
    faults = [
        _Fault(
            Severity.DENY,
            f"the recertification from {period.first} has no dated signature",
            _OBTAIN,
        )
        for period in later
        if uncovered and period.covers(day)
    ]
    for period, late in _late_again(periods, day):
        message = (
            f"the recertification from {period.first} was signed on {period.signed_on}, {_told(late)} "
            "after the interval before it was over"
        )
        faults.append(_Fault(Severity.REVIEW, message, _DELAYED))
    return _answered("recertification", faults)


def _late_again(periods: Sequence[_Period], day: date) -> list[tuple[_Period, int]]:
    """Return the recertifications over *day* that were signed late, with the days."""
    late = []
    for place, period in enumerate(periods[1:], start=1):
        ended = _end(periods[:place])
        if period.covers(day) and period.signed_on is not None and period.signed_on > ended:
            late.append((period, (period.signed_on - ended).days))
    return late


def _end(periods: Iterable[_Period]) -> date:
    return max(period.through for period in periods)


def _check_delay(plan: PlanOfCare, periods: Sequence[_Period], day: date) -> Findings:
    late = [period for period, _ in _late_again(periods, day)]
    if plan.certified_on is not None and _late_initially(plan, plan.certified_on):
        late.insert(0, periods[0])
    faults = [
        _Fault(
            Severity.REVIEW,
            f"the interval from {period.first} was certified late, on {period.signed_on}, and no reason "
            "for the delay is given",
            "have the reason for the delay in the record",
        )
        for period in late
        if period.delay_reason is None
    ]
    nothing = all(period.signed_on is None for period in periods)
    return _answered("delayed-certification", faults, unknown=_NO_SIGNATURE if nothing else "")


class _Use(NamedTuple):
    """The visits of an authorization: units of each day on its dates, days outside, codes it is not for."""

    units: Mapping[date, int]
    outside: tuple[date, ...]
    by_claims: bool
    other_codes: tuple[str, ...]

    @property
    def days(self) -> tuple[date, ...]:
        """The days on its dates."""
        return tuple(self.units)


def _use(authorization: Authorization, visits: Iterable[Claim | date | str]) -> _Use:
    given: object = visits
    if isinstance(given, str) or not isinstance(given, Iterable):
        msg = f"visits holds claims or days, not {shown(given)}"
        raise InvalidInputError(msg)
    units: dict[date, int] = {}
    others: dict[str, None] = {}
    by_claims = True
    for visit in visits:
        if not isinstance(visit, Claim):
            by_claims = False
            units.setdefault(parse_date(visit, what="a visit"), 0)
            continue
        for line in visit.lines:
            if authorization.codes is None or line.code in authorization.codes:
                day = visit.date_of_service
                units[day] = units.get(day, 0) + line.units
            else:
                others[line.code] = None
    days = sorted(units)
    return _Use(
        {day: units[day] for day in days if _authorized_on(authorization, day)},
        tuple(day for day in days if not _authorized_on(authorization, day)),
        by_claims,
        tuple(others),
    )


def _authorized_on(authorization: Authorization, day: date) -> bool:
    first, last = authorization.effective_from, authorization.effective_through
    return (first is None or first <= day) and (last is None or day <= last)


def _outside(authorization: Authorization, use: _Use) -> Iterator[_Fault]:
    if use.outside:
        ends = {"from": authorization.effective_from, "through": authorization.effective_through}
        dates = " ".join(f"{word} {day}" for word, day in ends.items() if day is not None)
        days = ", ".join(map(str, use.outside))
        message = f"the authorization is {dates}, and visits are outside: {days}"
        action = "ask the payer for an authorization of these days before billing them"
        yield _Fault(Severity.DENY, message, action)


def _used_up(
    what: str, most: int | None, amounts: Sequence[int], days: Sequence[date]
) -> Iterator[_Fault]:
    """Yield what is to be said of visits or units that reach, or pass, the *most* authorized."""
    used = sum(amounts)
    if most is None or used < most:
        return
    over = beyond(amounts, authorized=most)
    if over:
        message = f"{used} {what} were used of {most} authorized, too many from {days[over[0]]} on"
        yield _Fault(Severity.DENY, message, "ask the payer for more before billing them")
    else:
        message = f"all {most} {what} authorized were used, the last on {days[-1]}"
        yield _Fault(Severity.NOTE, message, "ask the payer for more before the next visit")


def _signature_due(plan: PlanOfCare) -> date:
    # With the initial treatment as day 1, the 30th day is one earlier than the manual's words allow.
    return plan.initial_treatment + (_SIGNED_WITHIN - 1) * _DAY


def _order_due(order: date) -> date:
    return order + (_ORDER_SIGNED_WITHIN - 1) * _DAY


def _due(what: str, by: date, rule: str, statement: str) -> Due:
    return Due(what=what, by=by, rule=rule_of(rule), statement=statement)


def _due_of_plan(plan: PlanOfCare) -> Iterator[Due]:
    initial, *later = periods = _periods(plan)
    if initial.unsigned and not _relieved(plan, plan.initial_treatment):
        yield from _due_initially(plan)
    what = "recertification"
    for place, period in enumerate(later, start=1):
        if period.unsigned:
            by = _end(periods[:place]) - _DAY
            statement = f"obtain the dated signature for the interval from {period.first}"
            yield _due(what, by, "recertification", statement)
    ended = _end(periods)
    statement = f"obtain a recertification if treatment goes on: the interval is over on {ended}"
    yield _due(what, ended - _DAY, "recertification", statement)


def _due_initially(plan: PlanOfCare) -> Iterator[Due]:
    """Yield what is due of an initial certification without a signature that counts."""
    order, since = plan.verbal_order_on, plan.initial_treatment
    if order is not None:
        statement = f"obtain the dated signature that confirms the verbal order of {order}"
        yield _due("signature of the verbal order", _order_due(order), "verbal-order", statement)
    if order is None or _late(since, order, _SIGNED_WITHIN):
        statement = (
            f"obtain the dated signature, within 30 days of the initial treatment on {since}"
        )
        yield _due("certification", _signature_due(plan), "certification-timely", statement)
    if plan.referral_signed_on is not None and plan.plan_sent_on is None and since >= _RELIEF_FROM:
        statement = (
            "send the plan to the physician: then the order on file can stand for the signature"
        )
        yield _due("sending of the plan", _signature_due(plan), "referral-relief", statement)


def _due_of_authorization(authorization: Authorization, days: Sequence[date]) -> Iterator[Due]:
    ends, most = authorization.effective_through, authorization.visits
    what = "authorization"
    if ends is not None:
        statement = "the authorization ends on this day: ask for another if treatment goes on"
        yield _due(what, ends, "authorization", statement)
    visits = [day for day in days if _authorized_on(authorization, day)]
    if most is not None and most <= len(visits):
        statement = f"the last of {most} authorized visits is on this day: ask for more if treatment goes on"
        yield _due(what, visits[most - 1], "authorization", statement)


def _dated(notes: Iterable[TreatmentNote]) -> list[tuple[date, TreatmentNote]]:
    """Return *notes* with their days, after seeing that they make a series."""
    given = all_of(notes, TreatmentNote, "notes")
    dated = [(note.date_of_service, note) for note in given if note.date_of_service is not None]
    if len(dated) < len(given):
        msg = "a note of the series has no date: check_note tells of it, leave it out here"
        raise InvalidInputError(msg)
    disciplines = dict.fromkeys(note.discipline.value for note in given)
    if len(disciplines) > 1:
        msg = f"notes of one plan of care make a series, not of {' and '.join(disciplines)}"
        raise InvalidInputError(msg)
    return dated


def _visits(dated: Iterable[tuple[date, TreatmentNote]]) -> dict[date, bool]:
    """Return whether each day of the notes has an assessment, in the order of the days."""
    assessed: dict[date, bool] = {}
    for day, note in dated:
        assessed[day] = assessed.get(day, False) or note.assessment is not None
    return dict(sorted(assessed.items()))


def _days(value: Iterable[date | str], what: str) -> list[date]:
    given: object = value
    if isinstance(given, str) or not isinstance(given, Iterable):
        msg = f"{what} holds days, not {shown(given)}"
        raise InvalidInputError(msg)
    return sorted({parse_date(day, what=f"a day of {what}") for day in given})


def _counts(report: ProgressReport) -> bool:
    return report.signed and report.written_by is not Clinician.ASSISTANT


def _counting(reports: Iterable[ProgressReport]) -> list[date]:
    return sorted(report.written_on for report in reports if _counts(report))


def _run_of_reports(days: Iterable[date], written: Iterable[date]) -> Run:
    return run_of_reports(
        [day.toordinal() for day in days],
        [day.toordinal() for day in written],
        every=_REPORT_EVERY,
    )


def _told(days: int) -> str:
    return f"{days} day" if days == 1 else f"{days} days"


def _answered(
    rule: str,
    faults: Iterable[_Fault] = (),
    *,
    about: tuple[str, ...] = (),
    unknown: str = "",
    remark: str = "",
) -> Findings:
    """
    Return the *faults* as findings, with the answer of *rule*.

    Args:
        rule: Its id.
        faults: What was found.
        about: The codes that were looked at.
        unknown: What is not in the data; empty where all of it is.
        remark: What else belongs to the answer.
    """
    named = rule_of(rule)
    found = tuple(
        Finding(
            rule=named,
            severity=fault.severity,
            message=fault.message,
            action=fault.action,
            codes=fault.codes,
            entries=fault.entries,
        )
        for fault in faults
    )
    answer = Answer.FINDING if found else Answer.NOT_IN_DATA if unknown else Answer.CLEAN
    return Findings(
        found, (CheckAnswer(rule=named, answer=answer, about=about, remark=unknown or remark),)
    )
