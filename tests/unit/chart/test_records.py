"""The records of documentation: what they take, refuse and never show."""

from __future__ import annotations

import datetime
import pickle
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from dateutil.relativedelta import relativedelta

from tests.refusals import refusal
from therapy_billing import (
    Clinician,
    Discipline,
    InvalidInputError,
    Session,
    TimedService,
    UntimedService,
    load_rules,
)
from therapy_billing.chart.records import (
    Authorization,
    Certifier,
    Due,
    Duration,
    NoteEntry,
    PlanOfCare,
    Practice,
    ProgressReport,
    Recertification,
    TreatmentNote,
    parse_certifier,
    parse_duration,
)

DAY = datetime.date(2026, 3, 2)
PRIVATE = "Rosa Invented climbs her stairs"
NO_DURATION = "duration is a time such as '12 weeks', '90 days' or '3 months', not {}"
NO_DAY = "{} is a day such as 2026-03-02 or 3/2/2026 (month first), not {}"
WORDS = "physician, nonphysician-practitioner, chiropractor"


class TestDuration:
    @pytest.mark.parametrize(
        ("value", "months", "days"),
        [
            ("12 weeks", 0, 84),
            (" 1 Week ", 0, 7),
            ("12-week", 0, 84),
            ("90 days", 0, 90),
            ("1day", 0, 1),
            ("3 months", 3, 0),
            ("999 weeks", 0, 6993),
            (relativedelta(weeks=12), 0, 84),
            (relativedelta(years=1, months=1, days=3), 13, 3),
            (Duration(months=2), 2, 0),
        ],
    )
    def test_it_is_read_from_what_a_plan_says(self, value: object, months: int, days: int) -> None:
        assert parse_duration(value) == Duration(months=months, days=days)

    @pytest.mark.parametrize(
        ("value", "shown"),
        [
            ("twelve weeks", "a text of 12 characters"),
            ("1000 days", "a text of 9 characters"),
            ("-3 weeks", "a text of 8 characters"),
            ("12 weeks or so", "a text of 14 characters"),
            ("90", "'90'"),
            (90, "90"),
            (relativedelta(days=1, hour=3), "a relativedelta"),
            (relativedelta(hours=12), "a relativedelta"),
            (datetime.timedelta(days=90), "a timedelta"),
        ],
    )
    def test_what_is_no_duration_is_refused(self, value: object, shown: str) -> None:
        assert refusal(InvalidInputError, lambda: parse_duration(value)) == NO_DURATION.format(
            shown
        )

    @pytest.mark.parametrize(
        "call", [lambda: parse_duration("0 weeks"), Duration, lambda: parse_duration("0 months")]
    )
    def test_it_is_longer_than_nothing(self, call: Callable[[], object]) -> None:
        assert (
            refusal(InvalidInputError, call)
            == "a duration is longer than nothing: give months or days"
        )

    @pytest.mark.parametrize(
        ("call", "message"),
        [
            (lambda: Duration(days=-1), "days is a whole number from 0 to 6993, not -1"),
            (lambda: Duration(days=6994), "days is a whole number from 0 to 6993, not 6994"),
            (lambda: Duration(months=1000), "months is a whole number from 0 to 999, not 1000"),
            (lambda: Duration(months=True), "months is a whole number from 0 to 999, not True"),
            (
                lambda: parse_duration(relativedelta(months=-1)),
                "months is a whole number from 0 to 999, not -1",
            ),
            (
                lambda: parse_duration(relativedelta(days=1.5)),  # type: ignore[arg-type]
                "days is a whole number from 0 to 6993, not 1.5",
            ),
        ],
    )
    def test_its_parts_are_whole_numbers(self, call: Callable[[], object], message: str) -> None:
        assert refusal(InvalidInputError, call) == message

    @pytest.mark.parametrize(
        ("duration", "day", "after"),
        [
            ("1 month", "2026-01-31", "2026-02-28"),
            ("1 month", "2028-01-31", "2028-02-29"),
            ("12 months", "2028-02-29", "2029-02-28"),
            ("3 months", "2026-11-30", "2027-02-28"),
            ("1 day", "2028-02-28", "2028-02-29"),
            ("1 day", "2026-02-28", "2026-03-01"),
            ("1 day", "2026-12-31", "2027-01-01"),
        ],
    )
    def test_months_end_with_the_calendars_month(self, duration: str, day: str, after: str) -> None:
        found = parse_duration(duration).after(datetime.date.fromisoformat(day))
        assert found == datetime.date.fromisoformat(after)

    @pytest.mark.parametrize(
        ("duration", "day", "message"),
        [
            ("999 months", "9990-01-01", "Duration(months=999, days=0) after 9990-01-01"),
            ("1 month", "9999-12-01", "Duration(months=1, days=0) after 9999-12-01"),
            ("1 day", "9999-12-31", "Duration(months=0, days=1) after 9999-12-31"),
        ],
    )
    def test_it_does_not_end_beyond_the_calendar(
        self, duration: str, day: str, message: str
    ) -> None:
        refused = f"{message} lies beyond the year 9999, the last of the calendar"
        given = parse_duration(duration)
        calls: tuple[Callable[[], object], ...] = (
            lambda: given.after(datetime.date.fromisoformat(day)),
            lambda: PlanOfCare("PT", day, duration),
            lambda: Recertification(None, day, duration),
        )
        assert [refusal(InvalidInputError, call) for call in calls] == [refused] * 3

    def test_it_may_end_on_the_last_day_of_the_calendar(self) -> None:
        last = datetime.date(9999, 12, 31)
        assert PlanOfCare("PT", "9999-12-30", "1 day").initial_treatment < last
        assert Duration(days=1).after(datetime.date(9999, 12, 30)) == last

    def test_months_are_added_before_days(self) -> None:
        assert Duration(months=1, days=1).after(datetime.date(2026, 1, 31)) == datetime.date(
            2026, 3, 1
        )


class TestCertifier:
    @pytest.mark.parametrize(
        ("value", "who"),
        [
            ("Physician ", Certifier.PHYSICIAN),
            ("npp", Certifier.NONPHYSICIAN_PRACTITIONER),
            ("nonphysician practitioner", Certifier.NONPHYSICIAN_PRACTITIONER),
            ("nonphysician_practitioner", Certifier.NONPHYSICIAN_PRACTITIONER),
            (Certifier.CHIROPRACTOR, Certifier.CHIROPRACTOR),
        ],
    )
    def test_it_is_read_from_its_name(self, value: object, who: Certifier) -> None:
        assert parse_certifier(value) is who

    @pytest.mark.parametrize(
        ("value", "shown"), [("Dr. Invented", "a text of 12 characters"), (None, "None")]
    )
    def test_a_name_that_it_does_not_know_is_refused(self, value: object, shown: str) -> None:
        message = refusal(InvalidInputError, lambda: parse_certifier(value))
        assert message == f"certified_by is one of {WORDS}, not {shown}"


class TestNoteEntry:
    def test_a_text_of_blanks_is_missing(self) -> None:
        entry = NoteEntry("97530", 20, "  ", "\t\n", "", " ")
        assert (entry.activity, entry.body_region, entry.focus, entry.functional_goal) == (
            None,
            None,
            None,
            None,
        )

    def test_it_reads_what_a_clinic_writes(self) -> None:
        entry = NoteEntry(" g0283 ", None, " pads ", one_on_one=False)
        assert (entry.code, entry.minutes, entry.activity, entry.one_on_one) == (
            "G0283",
            None,
            "pads",
            False,
        )

    @pytest.mark.parametrize(
        ("call", "message"),
        [
            (
                lambda: NoteEntry("12345"),
                "code '12345' is not among the therapy codes known here: see load_codes()",
            ),
            (lambda: NoteEntry("97110", -1), "minutes is from 0 to 1440, not -1"),
            (
                lambda: NoteEntry("97110", activity=7),  # type: ignore[arg-type]
                "activity must be text, got 7; use None when there is none",
            ),
            (
                lambda: NoteEntry("97110", one_on_one="yes"),  # type: ignore[arg-type]
                "one_on_one must be True or False, got 'yes'",
            ),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, call: Callable[[], object], message: str) -> None:
        assert refusal(InvalidInputError, call) == message


class TestTreatmentNote:
    def test_it_may_lack_everything_but_its_plan(self) -> None:
        note = TreatmentNote(None, "ot")
        assert (note.date_of_service, note.discipline, note.entries) == (None, Discipline.OT, ())
        assert (note.timed_minutes, note.total_minutes, note.signed, note.cosigned) == (
            None,
            None,
            False,
            False,
        )
        assert (note.clinician, note.key, note.goals) == (Clinician.THERAPIST, None, None)

    @pytest.mark.parametrize(
        ("call", "message"),
        [
            (
                lambda: TreatmentNote("soon", "PT"),
                NO_DAY.format("date_of_service", "a text of 4 characters"),
            ),
            (
                lambda: TreatmentNote(DAY, "PT", 7),  # type: ignore[arg-type]
                "entries holds NoteEntry, not 7",
            ),
            (
                lambda: TreatmentNote(DAY, "PT", ["97110"]),  # type: ignore[list-item]
                "entries holds NoteEntry, not '97110'",
            ),
            (
                lambda: TreatmentNote(DAY, "PT", signed=None),  # type: ignore[arg-type]
                "signed must be True or False, got None",
            ),
            (
                lambda: TreatmentNote(DAY, "PT", total_minutes=1441),
                "total_minutes is from 0 to 1440, not 1441",
            ),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, call: Callable[[], object], message: str) -> None:
        assert refusal(InvalidInputError, call) == message

    def test_it_takes_codes_minutes_and_texts_from_a_session(self) -> None:
        session = Session(
            DAY,
            "PT",
            [
                UntimedService("97161", 30),
                TimedService("97530", 20, activity="lifting", body_region="arm"),
                TimedService("97530", 5, clinician="assistant"),
            ],
        )
        note = TreatmentNote.for_session(
            session,
            focus={"97530": "strength", "97110": "not given"},
            functional_goals={"97530": "shopping"},
            one_on_one=True,
            goals="g",
            response="r",
            skilled_need="s",
            progression="p",
            assessment="a",
            signed=True,
            credentials="PT",
            clinician="together",
            cosigned=True,
            key="row 7",
        )
        assert note == TreatmentNote(
            DAY,
            "PT",
            [
                NoteEntry("97161", 30, one_on_one=True),
                NoteEntry("97530", 20, "lifting", "arm", "strength", "shopping", one_on_one=True),
                NoteEntry("97530", 5, None, None, "strength", "shopping", one_on_one=True),
            ],
            goals="g",
            response="r",
            skilled_need="s",
            progression="p",
            assessment="a",
            timed_minutes=25,
            total_minutes=55,
            signed=True,
            credentials="PT",
            clinician=Clinician.TOGETHER,
            cosigned=True,
            key="row 7",
        )

    def test_a_session_alone_fills_no_text(self) -> None:
        session = Session.from_minutes({"97110": 15}, date_of_service=DAY, discipline="PT")
        expected = TreatmentNote(
            DAY, "PT", [NoteEntry("97110", 15)], timed_minutes=15, total_minutes=15
        )
        assert TreatmentNote.for_session(session) == expected

    def test_no_text_and_no_key_is_in_its_repr(self) -> None:
        entry = NoteEntry("97530", 20, PRIVATE, PRIVATE, PRIVATE, PRIVATE)
        texts: dict[str, Any] = dict.fromkeys(
            (
                "goals",
                "response",
                "skilled_need",
                "progression",
                "assessment",
                "credentials",
                "key",
            ),
            PRIVATE,
        )
        note = attrs.evolve(TreatmentNote(DAY, "PT", [entry]), **texts)
        assert note.goals == note.key == PRIVATE
        assert "Rosa" not in f"{entry!r} {entry} {note!r} {note}"


class TestPlanOfCare:
    def test_recertifications_stand_in_the_order_of_their_days(self) -> None:
        later = Recertification("2026-06-25", "2026-06-30", "1 month")
        earlier = Recertification("2026-03-30", datetime.date(2026, 4, 1), "90 days")
        plan = PlanOfCare("PT", "2026-01-01", "90 days", recertifications=[later, earlier])
        assert plan.recertifications == (earlier, later)

    def test_it_reads_what_a_clinic_writes(self) -> None:
        plan = PlanOfCare(
            "pt",
            "1/5/2026",
            relativedelta(weeks=12),
            certified_on="January 20, 2026",
            certified_by="npp",
            verbal_order_on="2026-01-20",
            established_by="therapist",
            referral_signed_on="2025-12-30",
            plan_sent_on=datetime.date(2026, 1, 6),
            delay_reason=" ",
        )
        assert (plan.discipline, plan.duration) == (Discipline.PT, Duration(days=84))
        assert plan.initial_treatment == datetime.date(2026, 1, 5)
        assert plan.certified_on == plan.verbal_order_on == datetime.date(2026, 1, 20)
        assert plan.certified_by is Certifier.NONPHYSICIAN_PRACTITIONER
        assert (plan.referral_signed_on, plan.plan_sent_on, plan.delay_reason) == (
            datetime.date(2025, 12, 30),
            datetime.date(2026, 1, 6),
            None,
        )

    @pytest.mark.parametrize(
        "field",
        [
            "initial_treatment",
            "certified_on",
            "verbal_order_on",
            "referral_signed_on",
            "plan_sent_on",
        ],
    )
    def test_a_day_that_no_calendar_has_is_refused(self, field: str) -> None:
        days: dict[str, Any] = {"initial_treatment": "2026-01-01", field: "2026-02-30"}
        message = refusal(InvalidInputError, lambda: PlanOfCare("PT", duration="90 days", **days))
        assert message == NO_DAY.format(field, "'2026-02-30'")

    @pytest.mark.parametrize("value", [None, 20260101, datetime.datetime(2026, 1, 1, 9, 30)])  # noqa: DTZ001 - a wall clock
    def test_what_is_no_day_is_refused_by_the_name_of_its_field(self, value: Any) -> None:  # noqa: ANN401 - wrong kinds
        message = refusal(InvalidInputError, lambda: PlanOfCare("PT", value, "90 days"))
        assert message.startswith("initial_treatment is a ")
        if value is not None:
            message = refusal(InvalidInputError, lambda: Recertification(value, DAY, "90 days"))
            assert message.startswith("certified_on is a ")

    def test_a_signature_before_the_order_that_it_confirms_is_refused(self) -> None:
        plan = PlanOfCare("PT", "2026-01-01", "90 days", verbal_order_on="2026-01-10")
        assert refusal(
            InvalidInputError, lambda: attrs.evolve(plan, certified_on="2026-01-09")
        ) == ("certified_on 2026-01-09 is before verbal_order_on 2026-01-10, which it confirms")
        assert attrs.evolve(plan, certified_on="2026-01-10").certified_on is not None

    def test_a_further_interval_begins_after_the_initial_treatment(self) -> None:
        def plan(first: str) -> PlanOfCare:
            return PlanOfCare(
                "PT",
                "2026-01-01",
                "90 days",
                recertifications=[Recertification(None, first, "90 days")],
            )

        assert refusal(InvalidInputError, lambda: plan("2026-01-01")) == (
            "a recertification from 2026-01-01 does not begin after initial_treatment 2026-01-01"
        )
        assert plan("2026-01-02").recertifications[0].certified_on is None

    def test_the_reason_of_a_delay_is_in_no_repr(self) -> None:
        again = Recertification(None, "2026-04-01", "90 days", delay_reason=PRIVATE)
        plan = PlanOfCare(
            "PT", "2026-01-01", "90 days", delay_reason=PRIVATE, recertifications=[again]
        )
        assert plan.delay_reason == again.delay_reason == PRIVATE
        assert "Rosa" not in repr(plan)


class TestProgressReport:
    def test_who_wrote_it_and_whether_it_is_signed_are_always_told(self) -> None:
        report = ProgressReport("3/2/2026", "Together", signed=True)
        assert (report.written_on, report.written_by, report.signed) == (
            DAY,
            Clinician.TOGETHER,
            True,
        )
        assert (
            refusal(InvalidInputError, lambda: ProgressReport(DAY, "therapist", "yes"))  # type: ignore[arg-type]
            == "signed must be True or False, got 'yes'"
        )
        assert refusal(InvalidInputError, lambda: ProgressReport("x1y2z3", "therapist", True)) == (  # noqa: FBT003
            NO_DAY.format("written_on", "a text of 6 characters")
        )


class TestAuthorization:
    def test_what_is_not_given_is_no_limit(self) -> None:
        assert Authorization() == Authorization(
            None, None, None, effective_from=None, effective_through=None, key=None
        )

    def test_codes_stand_once(self) -> None:
        assert Authorization(codes=["97110", " 97530", "97110"]).codes == ("97110", "97530")

    def test_it_may_be_for_one_day(self) -> None:
        one = Authorization(effective_from=DAY, effective_through="3/2/2026", key=" A1 ")
        assert (one.effective_from, one.effective_through, one.key) == (DAY, DAY, "A1")

    @pytest.mark.parametrize(
        ("call", "message"),
        [
            (lambda: Authorization(0), "visits is a whole number from 1, not 0"),
            (lambda: Authorization(True), "visits is a whole number from 1, not True"),  # noqa: FBT003
            (
                lambda: Authorization(discipline="aquatics"),
                "discipline is PT, OT or SLP, not a text of 8 characters",
            ),
            (lambda: Authorization(units=-1), "units is a whole number from 1, not -1"),
            (
                lambda: Authorization(units="12"),  # type: ignore[arg-type]
                "units is a whole number from 1, not '12'",
            ),
            (
                lambda: Authorization(codes="97110"),
                "codes is a sequence such as ('97110', '97530'), or None for any code",
            ),
            (
                lambda: Authorization(codes=[]),
                "codes is a sequence such as ('97110', '97530'), or None for any code",
            ),
            (
                lambda: Authorization(codes=[97110]),  # type: ignore[list-item]
                "codes holds str, not 97110",
            ),
            (
                lambda: Authorization(effective_from="2026-03-02", effective_through="2026-03-01"),
                "effective_through 2026-03-01 is before effective_from 2026-03-02",
            ),
            (
                lambda: Authorization(effective_from="2026-03-32"),
                NO_DAY.format("effective_from", "'2026-03-32'"),
            ),
            (
                lambda: Authorization(effective_through="2026-03-32"),
                NO_DAY.format("effective_through", "'2026-03-32'"),
            ),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, call: Callable[[], object], message: str) -> None:
        assert refusal(InvalidInputError, call) == message

    def test_its_key_is_in_no_repr(self) -> None:
        assert "Rosa" not in repr(Authorization(12, key=PRIVATE))


class TestPractice:
    def test_it_assesses_every_third_visit_unless_it_says_otherwise(self) -> None:
        assert Practice() == Practice(
            assessment_every_visits=3, progression=True, one_on_one_statement=True
        )
        assert attrs.evolve(Practice(), assessment_every_visits=1).assessment_every_visits == 1

    @pytest.mark.parametrize(("value", "shown"), [(0, "0"), (None, "None"), (True, "True")])
    def test_so_many_visits_are_at_least_one(self, value: object, shown: str) -> None:
        message = refusal(
            InvalidInputError,
            lambda: Practice(assessment_every_visits=value),  # type: ignore[arg-type]
        )
        assert message == f"assessment_every_visits is a whole number from 1, not {shown}"


class TestDue:
    def test_it_is_told_as_plain_values(self) -> None:
        rule = load_rules()["progress-report"]
        due = Due(what="progress report", by=DAY, rule=rule, statement="write it")
        assert due.to_dict() == {
            "what": "progress report",
            "by": "2026-03-02",
            "rule": "progress-report",
            "statement": "write it",
            "entries": [],
            "citation": [source.to_dict() for source in rule.sources],
        }


@pytest.mark.parametrize(
    "record",
    [
        TreatmentNote(DAY, "PT", [NoteEntry("97110", 15, "steps")], key="1"),
        PlanOfCare(
            "PT", DAY, "90 days", recertifications=[Recertification(None, "2026-06-01", "9 days")]
        ),
        ProgressReport(DAY, "therapist", signed=True),
        Authorization(12, codes=["97110"]),
        Practice(),
    ],
    ids=lambda record: type(record).__name__,
)
def test_a_record_can_be_compared_copied_and_never_changed(record: object) -> None:
    assert pickle.loads(pickle.dumps(record)) == record  # noqa: S301 - our own bytes
    assert hash(record) == hash(pickle.loads(pickle.dumps(record)))  # noqa: S301 - our own bytes
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        record.key = "another"  # type: ignore[attr-defined]
