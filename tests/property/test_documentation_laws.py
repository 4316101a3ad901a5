"""Test laws about documentation on generated notes, plans, and days."""

from __future__ import annotations

import datetime
from itertools import combinations_with_replacement, pairwise, product
from typing import Any

import attrs
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from therapy_billing import Clinician, Session, TimedService, build_claim
from therapy_billing.base.durations import Duration
from therapy_billing.chart.authorization_checks import authorization_balance, check_authorization
from therapy_billing.chart.authorizations import Authorization
from therapy_billing.chart.deadlines import upcoming_deadlines
from therapy_billing.chart.note_checks import check_note, check_notes
from therapy_billing.chart.notes import NoteEntry, Practice, TreatmentNote
from therapy_billing.chart.plan_checks import certification_end, check_plan
from therapy_billing.chart.plans import CertifyingRole, PlanOfCare, ProgressReport, Recertification
from therapy_billing.chart.progress_reports import check_progress, treatment_days_left
from therapy_billing.chart.rules import run_of_reports, run_of_visits, share_out
from therapy_billing.findings.records import Findings, Severity

CODES = ("97110", "97112", "97116", "97140", "97150", "97161", "97530", "97535", "G0283")
SPOKEN = "Rosa Invented"
TEXTS = ("goals", "response", "skilled_need", "progression", "assessment", "credentials")
ENTRY_TEXTS = ("activity", "body_region", "focus", "functional_goal")
START = datetime.date(2025, 12, 1)

texts = st.sampled_from([None, "", " \t", SPOKEN])
any_days = st.integers(0, 150).map(lambda count: START + datetime.timedelta(days=count))
treated = st.lists(any_days, max_size=45, unique=True).map(sorted)
entries = st.builds(
    NoteEntry,
    st.sampled_from(CODES),
    st.none() | st.integers(0, 60),
    texts,
    texts,
    texts,
    texts,
    st.sampled_from([None, True, False]),
)
notes = st.builds(
    TreatmentNote,
    st.none() | any_days,
    st.just("PT"),
    st.lists(entries, max_size=4),
    timed_minutes=st.none() | st.integers(0, 120),
    total_minutes=st.none() | st.integers(0, 120),
    signed=st.booleans(),
    clinician=st.sampled_from(Clinician),
    cosigned=st.booleans(),
    **dict.fromkeys(TEXTS, texts),
)
reports = st.builds(
    ProgressReport,
    any_days,
    st.sampled_from(Clinician),
    signed=st.sampled_from([True, True, False]),
    cosigned=st.booleans(),
)
durations = st.builds(Duration, months=st.integers(0, 4), days=st.integers(1, 120)) | st.builds(
    Duration, months=st.integers(1, 12), days=st.just(0)
)
signatures = st.none() | any_days
recertifications = st.builds(
    Recertification,
    signatures,
    st.integers(1, 200).map(lambda count: START + datetime.timedelta(days=count)),
    durations,
    certified_by=st.sampled_from(CertifyingRole),
    delay_reason=texts,
)
plans = st.builds(
    PlanOfCare,
    st.just("PT"),
    st.just(START),
    durations,
    certified_on=signatures,
    certified_by=st.sampled_from(CertifyingRole),
    recertifications=st.lists(recertifications, max_size=3),
    referral_signed_on=signatures,
    plan_sent_on=signatures,
    delay_reason=texts,
)


def kinds(findings: Findings) -> list[tuple[str, str]]:
    """Return the rule and the severity of each finding."""
    return [(each.rule.id, each.severity.value) for each in findings]


def safe_repr(findings: Findings) -> str:
    """Return everything that the displays of findings show."""
    return f"{findings} {findings!r} {findings.to_dict()} {findings._repr_html_()} {findings.found}"


class TestANote:
    """Adding an element to a note never adds a finding."""

    @given(notes, st.sampled_from(TEXTS))
    def test_adding_a_text_adds_no_finding(self, note: TreatmentNote, field: str) -> None:
        before = check_note(note)
        if getattr(note, field) is not None:
            return
        added: dict[str, Any] = {field: "text"}
        after = check_note(attrs.evolve(note, **added))
        assert set(after.found) <= set(before.found)
        assert len(after) == len(before) - (field != "assessment")

    @given(notes, st.data())
    def test_adding_a_text_to_an_entry_adds_no_finding(
        self, note: TreatmentNote, data: st.DataObject
    ) -> None:
        if not note.entries:
            return
        index = data.draw(st.integers(0, len(note.entries) - 1))
        field = data.draw(st.sampled_from(ENTRY_TEXTS))
        added: dict[str, Any] = {field: "text"}
        changed = list(note.entries)
        changed[index] = attrs.evolve(changed[index], **added)
        before, after = (
            check_note(note),
            check_note(attrs.evolve(note, entries=changed)),
        )
        assert len(after) <= len(before)
        assert set(kinds(after)) <= set(kinds(before))

    @given(
        st.lists(
            st.builds(
                TimedService,
                st.sampled_from(("97110", "97112", "97530")),
                st.integers(15, 60),
                clinician=st.sampled_from(Clinician),
            ),
            min_size=1,
            max_size=5,
        ),
        st.sampled_from(("PT", "OT", "SLP")),
        st.sampled_from(("medicare", "tricare")),
        st.data(),
    )
    def test_it_must_name_the_codes_on_the_claim_and_have_their_minutes(
        self, services: list[TimedService], discipline: str, payer: str, data: st.DataObject
    ) -> None:
        session = Session(START, discipline, services)
        claimed = {line.code for line in build_claim(session, payer).lines}
        named = data.draw(st.sets(st.sampled_from(("97110", "97112", "97530"))))
        noted = data.draw(st.integers(0, 320))
        entries_of_note = [NoteEntry(code) for code in sorted(named)]
        found = check_note(
            TreatmentNote(
                START, discipline, entries_of_note, timed_minutes=noted, total_minutes=noted
            ),
            session,
            payer=payer,
        )
        missing = {code for each in found.of_rule("note-intervention") for code in each.codes}
        assert missing == claimed - named
        # A role that is paid for one service alone is paid for each of these, because all are skilled treatment.
        paid = {
            each.clinician
            for each in services
            if build_claim(Session(START, discipline, [each]), payer).lines
        }
        billed = sum(each.minutes for each in services if each.clinician in paid)
        severities = [
            each.severity.value
            for each in found.of_rule("note-minutes")
            if each.message.startswith("the session")
        ]
        if not claimed or billed <= noted <= session.timed_minutes:
            assert severities == []
        else:
            assert severities == (["deny", "review"] if noted < billed else ["review"])

    @given(notes)
    def test_adding_date_signature_and_correct_minutes_adds_no_finding(
        self, note: TreatmentNote
    ) -> None:
        minutes = sum(each.minutes or 0 for each in note.entries if each.code not in _UNTIMED)
        whole = attrs.evolve(
            note,
            date_of_service=START,
            signed=True,
            credentials="PT",
            timed_minutes=minutes,
            total_minutes=minutes,
        )
        found = check_note(whole)
        # Without a date, it is not known whether the payer accepts the author's note.
        dated = check_note(attrs.evolve(note, date_of_service=START, credentials="PT"))
        before = {*kinds(check_note(note)), *kinds(dated)}
        assert set(kinds(found)) <= before
        assert {rule for rule, _ in kinds(found)}.isdisjoint({"note-date", "note-minutes"})

    @given(notes)
    def test_the_elements_of_a_code_never_deny(self, note: TreatmentNote) -> None:
        for rule, severity in kinds(check_note(note)):
            assert (
                severity != "deny"
                or not rule.startswith("note-elements-")
                or rule.endswith("contact")
            )

    @given(notes, st.booleans(), st.booleans())
    def test_a_practice_that_requires_less_has_no_more_findings(
        self,
        note: TreatmentNote,
        progression: bool,  # noqa: FBT001 - drawn
        contact: bool,  # noqa: FBT001 - drawn
    ) -> None:
        practice = Practice(progression=progression, one_on_one_statement=contact)
        assert set(check_note(note, practice=practice).found) <= set(check_note(note).found)


_UNTIMED = frozenset({"97150", "97161", "G0283"})


class TestTextsStayPrivate:
    """The texts of notes and plans are private: no finding, answer, or deadline repeats a word of them."""

    @given(notes, plans, any_days)
    def test_findings_show_no_text(
        self, note: TreatmentNote, plan: PlanOfCare, day: datetime.date
    ) -> None:
        assert SPOKEN not in safe_repr(check_note(note))
        assert SPOKEN not in safe_repr(check_plan(plan, day))
        dated = attrs.evolve(note, date_of_service=day)
        assert SPOKEN not in safe_repr(check_notes([dated], reports=[]))
        due = upcoming_deadlines(plan, first="2025-01-01", last="2027-12-31", notes=[dated])
        assert SPOKEN not in f"{due} {[each.to_dict() for each in due]} {note!r} {plan!r}"

    @given(notes)
    def test_keys_are_shown_only_as_entries(self, note: TreatmentNote) -> None:
        found = check_note(attrs.evolve(note, key="patient-7"))
        assert all(each.entries == ("patient-7",) for each in found)
        assert "patient-7" not in repr(found.found)
        assert "patient-7" not in " ".join(
            each.message + each.detail + each.action for each in found
        )

    @given(notes, plans, treated, st.lists(reports, max_size=4), any_days)
    def test_a_check_is_repeatable_and_changes_nothing(
        self,
        note: TreatmentNote,
        plan: PlanOfCare,
        days: list[datetime.date],
        written: list[ProgressReport],
        day: datetime.date,
    ) -> None:
        before = (repr(note), repr(plan), list(days), list(written))
        first = [check_note(note), check_plan(plan, day), check_progress(days, written)]
        again = [check_note(note), check_plan(plan, day), check_progress(days, written)]
        assert [each.to_dict() for each in first] == [each.to_dict() for each in again]
        assert before == (repr(note), repr(plan), days, written)


class TestProgressReports:
    """A report is due at least once in ten treatment days, on or before the tenth."""

    @given(treated, st.lists(reports, max_size=6), reports)
    def test_another_report_never_adds_a_finding(
        self, days: list[datetime.date], written: list[ProgressReport], more: ProgressReport
    ) -> None:
        before = check_progress(days, written)
        after = check_progress(days, [*written, more])
        assert len(after) <= len(before)

    @given(treated, st.lists(reports, max_size=6))
    def test_without_a_finding_no_ten_days_in_a_row_are_without_a_report(
        self, days: list[datetime.date], written: list[ProgressReport]
    ) -> None:
        if check_progress(days, written):
            return
        counted = [
            each.written_on
            for each in written
            if each.signed
            and (
                each.written_by in (Clinician.THERAPIST, Clinician.TOGETHER, Clinician.PHYSICIAN)
                or (each.written_by is Clinician.STUDENT and each.cosigned)
            )
        ]
        for index in range(len(days) - 10):
            window = days[index], days[index + 10]
            # For each eleven treatment days in a row, a report is dated on or after the first and before the last.
            assert any(window[0] <= on < window[1] for on in counted)

    @given(treated, st.lists(reports, max_size=6))
    def test_reports_on_every_treatment_day_leave_ten_days(
        self, days: list[datetime.date], written: list[ProgressReport]
    ) -> None:
        all_days = [ProgressReport(day, "therapist", signed=True) for day in days]
        assert not check_progress(days, [*written, *all_days])
        assert treatment_days_left(days, [*written, *all_days]) == 10

    @given(
        st.lists(st.integers(0, 60), unique=True).map(sorted),
        st.lists(st.integers(0, 60)),
        st.integers(1, 12),
    )
    def test_missed_and_open_days_are_counted_once(
        self, days: list[int], written: list[int], every: int
    ) -> None:
        run = run_of_reports(days, written, every=every)
        assert 0 <= run.since < every
        assert all(later - earlier >= every for earlier, later in pairwise(run.missed))
        assert len(run.missed) * every <= len(days)


class TestAssessments:
    """An assessment is due within the practice's number of visits."""

    @given(st.lists(st.booleans(), max_size=30), st.integers(1, 5), st.data())
    def test_another_assessment_never_adds_a_finding(
        self, assessed: list[bool], every: int, data: st.DataObject
    ) -> None:
        before = run_of_visits(assessed, every=every)
        assert (len(before.missed) == 0) == all(
            any(assessed[index : index + every]) for index in range(len(assessed) - every + 1)
        )
        if assessed:
            index = data.draw(st.integers(0, len(assessed) - 1))
            more = [*assessed[:index], True, *assessed[index + 1 :]]
            assert len(run_of_visits(more, every=every).missed) <= len(before.missed)


class TestCertification:
    """A certification lasts for the plan's duration or 90 days from the initial treatment, whichever is shorter."""

    @given(any_days, durations)
    def test_it_exceeds_neither_ninety_days_nor_the_plan(
        self, first: datetime.date, duration: Duration
    ) -> None:
        end = certification_end(PlanOfCare("PT", first, duration, certified_on=first))
        planned = first + relativedelta(months=duration.months, days=duration.days)
        assert end == min(planned, first + datetime.timedelta(days=90))
        assert first < end

    @given(plans, st.integers(-5, 320))
    def test_a_day_outside_every_interval_is_denied(self, plan: PlanOfCare, after: int) -> None:
        day = START + datetime.timedelta(days=after)
        starts = [plan.initial_treatment, *(each.effective_from for each in plan.recertifications)]
        within_ninety = any(0 <= (day - first).days <= 90 for first in starts)
        denied = any(
            each.severity is Severity.DENY
            for each in check_plan(plan, day).of_rule("certification-period")
        )
        assert denied or within_ninety

    @given(plans, recertifications, st.integers(0, 320))
    def test_another_recertification_never_adds_a_finding(
        self, plan: PlanOfCare, more: Recertification, after: int
    ) -> None:
        day = START + datetime.timedelta(days=after)
        longer = attrs.evolve(plan, recertifications=[*plan.recertifications, more])
        before, found = (
            check_plan(each, day).of_rule("certification-period") for each in (plan, longer)
        )
        assert len(found) <= len(before)

    @given(plans, any_days, any_days)
    def test_deadlines_are_in_range_and_in_order(
        self, plan: PlanOfCare, first: datetime.date, last: datetime.date
    ) -> None:
        begins, ends = sorted((first, last))
        due = upcoming_deadlines(plan, first=begins, last=ends)
        assert all(begins <= each.by <= ends for each in due)
        assert list(due) == sorted(due, key=lambda each: each.by)
        assert all(each.statement[0].islower() and each.statement[-1] != "." for each in due)
        every = upcoming_deadlines(plan, first="2025-01-01", last="2027-12-31")
        assert [each for each in every if begins <= each.by <= ends] == list(due)

    @given(plans, st.integers(-800, 400))
    def test_every_signature_outside_the_thirty_days_is_reported(
        self, plan: PlanOfCare, after: int
    ) -> None:
        # Without an order on file, nothing can replace the signature.
        day = START + datetime.timedelta(days=after)
        signed = attrs.evolve(plan, certified_on=day, referral_signed_on=None)
        found = check_plan(signed, START).of_rule("certification-timely")
        assert bool(found) == (not 0 <= after <= 30)
        assert {each.severity for each in found} <= {Severity.REVIEW}

    @given(plans)
    def test_a_signature_by_its_due_date_is_on_time(self, plan: PlanOfCare) -> None:
        unsigned = attrs.evolve(plan, certified_on=None, certified_by="physician")
        due = upcoming_deadlines(unsigned, first="2025-01-01", last="2027-12-31")
        for each in due:
            if each.what == "certification":
                signed = attrs.evolve(unsigned, certified_on=each.by)
                assert not check_plan(signed, START).of_rule("certification-timely")


class TestAuthorizations:
    """Visits must stay within what was authorized."""

    @given(treated, st.integers(1, 40))
    def test_used_and_left_add_up_to_what_was_authorized(
        self, days: list[datetime.date], most: int
    ) -> None:
        left = authorization_balance(Authorization(most), days)
        assert left.visits_used == len(days)
        assert left.visits_left == max(0, most - len(days))
        denied = check_authorization(Authorization(most), days).has_denials
        assert denied == (len(days) > most)

    @given(treated, any_days, any_days)
    def test_a_visit_outside_its_dates_is_denied(
        self, days: list[datetime.date], first: datetime.date, last: datetime.date
    ) -> None:
        begins, ends = sorted((first, last))
        given_dates = Authorization(effective_from=begins, effective_through=ends)
        inside = [day for day in days if begins <= day <= ends]
        assert authorization_balance(given_dates, days).visits_used == len(inside)
        assert check_authorization(given_dates, days).has_denials == (len(inside) < len(days))

    @given(treated, st.lists(st.tuples(any_days, any_days, st.integers(1, 12)), max_size=4))
    def test_another_authorization_never_denies_a_visit(
        self,
        days: list[datetime.date],
        drawn: list[tuple[datetime.date, datetime.date, int]],
    ) -> None:
        given_dates = [
            Authorization(most, effective_from=min(pair), effective_through=max(pair))
            for *pair, most in drawn
        ]
        more = Authorization(5, effective_from=START)
        without, together = (
            sum(left.visits_used for left in authorization_balance([*those, more], days))
            for those in ([], given_dates)
        )
        assert together == without == len(days)
        denied = check_authorization([*given_dates, more], days).has_denials
        assert denied <= check_authorization(more, days).has_denials


Days = list[list[tuple[int, list[int]]]]
Limits = list[tuple[int | None, int | None]]

limits = st.lists(
    st.tuples(st.none() | st.integers(1, 3), st.none() | st.integers(1, 5)), min_size=1, max_size=3
)


def services_of(count: int) -> st.SearchStrategy[Days]:
    """Draw one to four days of one or two services. Each service is on one or more of *count* authorizations."""
    indexes = st.sets(st.integers(0, count - 1), min_size=1).map(sorted)
    service = st.tuples(st.integers(1, 2), indexes)
    return st.lists(st.lists(service, min_size=1, max_size=2), min_size=1, max_size=4)


def fewest_short(days: Days, given_limits: Limits) -> list[bool]:
    """Return whether each day has excess units, by trying every way to divide its units. Earlier days come first."""
    states = {tuple((visits, units) for visits, units in given_limits)}
    short = []
    for services in days:
        reached: dict[int, set[tuple[tuple[int | None, int | None], ...]]] = {}
        ways = [
            list(combinations_with_replacement([*indexes, None], units))
            for units, indexes in services
        ]
        for left in states:
            for way in product(*ways):
                taken = [index for part in way for index in part]
                after = tuple(
                    (
                        None if visits is None else visits - (index in taken),
                        None if units is None else units - taken.count(index),
                    )
                    for index, (visits, units) in enumerate(left)
                )
                if all(each is None or each >= 0 for pair in after for each in pair):
                    reached.setdefault(taken.count(None), set()).add(after)
        fewest = min(reached)
        short.append(fewest > 0)
        states = reached[fewest]
    return short


class TestShareOut:
    """A day exceeds the authorizations only if there is no way to divide its units among them."""

    @given(st.data(), limits)
    def test_no_day_has_excess_units_if_a_division_has_room(
        self, data: st.DataObject, given_limits: Limits
    ) -> None:
        days = data.draw(services_of(len(given_limits)))
        shares = share_out(days, given_limits)
        used = [[0, 0] for _ in given_limits]
        short = []
        for services, share in zip(days, shares, strict=True):
            assert sum(share.values()) == sum(units for units, _ in services)
            over = False
            for index, units in share.items():
                assert any(index in indexes for _, indexes in services)
                used[index][0] += 1
                used[index][1] += units
                over = over or any(
                    most is not None and amount > most
                    for amount, most in zip(used[index], given_limits[index], strict=True)
                )
            short.append(over)
        assert short == fewest_short(days, given_limits)
