"""Which notes, reports, and plans count by who wrote them, under which payer and on which day."""

from __future__ import annotations

import datetime
import itertools
import tomllib
from functools import cache
from typing import Any, NamedTuple

import attrs
import pytest

from tests.paths import DATA
from tests.refusals import refusal
from tests.unit.chart.records_of_care import (
    DAY,
    DENY,
    REVIEW,
    answers,
    days,
    own_table,
    plan,
    report,
    summaries,
)
from therapy_billing import InvalidInputError, Session
from therapy_billing.chart.certifications import periods_of, signature_waived
from therapy_billing.chart.deadlines import upcoming_deadlines
from therapy_billing.chart.note_checks import check_note, check_notes
from therapy_billing.chart.notes import TreatmentNote
from therapy_billing.chart.plan_checks import check_plan
from therapy_billing.chart.plans import CertifyingRole, PlanOfCare, ProgressReport
from therapy_billing.chart.progress_reports import check_progress, treatment_days_left
from therapy_billing.codes.roles import Clinician, Discipline
from therapy_billing.findings.records import Finding, Findings
from therapy_billing.law.parameters import BUNDLED
from therapy_billing.payers.policy import UnitMethod

QUALIFIED = ("therapist", "together", "physician")
OTHERS = tuple(role.value for role in Clinician if role.value not in QUALIFIED)
PAYERS = (
    "medicare",
    "tricare",
    "humana",
    "washington-workers-compensation",
    "ohio-medicaid",
    "unitedhealthcare",
)
# Each pair is the day before a change and the day of it.
DAYS = (
    "2014-12-31",
    "2015-01-01",
    "2019-12-31",
    "2020-01-01",
    "2020-04-15",
    "2020-04-16",
    "2020-12-31",
    "2021-01-01",
    "2026-03-02",
)
UNKNOWN = "medicare's policy is known from 2000-04-01 through 2026-12-31, not on 1999-12-31"


class Row(NamedTuple):
    payable: str
    title: str


@cache
def table(payer: str) -> dict[str, Any]:
    """Return the file of *payer*. It is read without the library's own reader."""
    return tomllib.loads((DATA / "payers" / f"{payer}.toml").read_text("utf-8"))


def row(payer: str, role: str, discipline: str, service: str, on: str) -> Row | None:
    """Return the row with the latest first date among the rows in force."""
    day = datetime.date.fromisoformat(on)
    file = table(payer)
    rows = [
        each
        for each in file.get("furnisher", [])
        if role in each["roles"]
        and discipline in each.get("disciplines", ["PT", "OT", "SLP"])
        and service in each["services"]
        and "setting" not in each
        and each.get("from", datetime.date.min) <= day <= each.get("through", datetime.date.max)
    ]
    if not rows:
        return None
    found = max(rows, key=lambda each: each.get("from", datetime.date.min))
    (source,) = [each for each in file["source"] if each.get("key") == found["source"]]
    return Row(found["payable"], source["title"])


def expected_of_a_note(
    payer: str, role: str, discipline: str, on: str, *, cosigned: bool
) -> tuple[str | None, str, Row | None]:
    """Return the severity of the finding, the first answer, and the row behind it."""
    if role in QUALIFIED:
        return None, "clean", None
    of_notes = row(payer, role, discipline, "documentation", on)
    found = of_notes or row(payer, role, discipline, "skilled-treatment", on)
    if found is None or found.payable == "unknown":
        accepted = cosigned or role == "assistant"
        return (None, "not-in-data", found) if accepted else (REVIEW, "finding", found)
    if found.payable == "if-signed":
        return (None, "clean", found) if cosigned else (DENY, "finding", found)
    if found.payable == "yes":
        accepted = cosigned or role == "assistant"
        return (None, "clean", found) if accepted else (REVIEW, "finding", found)
    assert found.payable in ("no", "therapists-own")
    return (REVIEW if cosigned else DENY), "finding", found


def of_rule(found: Findings, rule: str) -> tuple[tuple[Finding, ...], list[tuple[str, str]]]:
    """Return the findings and the answers of *rule*."""
    given = [(each.answer.value, each.remark) for each in found.answers if each.rule.id == rule]
    return found.of_rule(rule), given


def note(role: str, on: str | None = "2026-03-02", plan: str = "PT", **given: Any) -> TreatmentNote:  # noqa: ANN401 - fields of many kinds
    return TreatmentNote(on, plan, clinician=role, signed=True, **given)


class TestANote:
    @pytest.mark.parametrize("payer", PAYERS)
    @pytest.mark.parametrize("role", [role.value for role in Clinician])
    def test_counts_as_the_table_says(self, payer: str, role: str) -> None:
        for discipline, on, cosigned in itertools.product(("PT", "OT", "SLP"), DAYS, (False, True)):
            severity, answer, behind = expected_of_a_note(
                payer, role, discipline, on, cosigned=cosigned
            )
            checked = check_note(note(role, on, discipline, cosigned=cosigned), payer=payer)
            found, given = of_rule(checked, "note-author")
            at = (discipline, on, cosigned)
            assert [each.severity.value for each in found] == ([severity] if severity else []), at
            assert given[0][0] == answer, at
            # An unknown rule is also listed as not in the data.
            unknown = role not in QUALIFIED and (behind is None or behind.payable == "unknown")
            assert any(each == "not-in-data" for each, _ in given) == unknown, at
            for each in found:
                titles = [source.title for source in each.figures]
                assert titles == ([] if behind is None else [behind.title]), at

    @pytest.mark.parametrize(
        ("payer", "role", "discipline", "on", "alone", "cosigned"),
        [
            ("medicare", "student", "PT", "2020-12-31", DENY, REVIEW),
            ("medicare", "student", "PT", "2021-01-01", DENY, None),
            ("medicare", "student", "SLP", "2021-01-01", DENY, None),
            ("medicare", "assistant", "PT", "2026-03-02", None, None),
            ("medicare", "assistant", "OT", "2005-03-02", None, None),
            ("medicare", "assistant", "SLP", "2026-03-02", DENY, REVIEW),
            ("medicare", "aide", "OT", "2026-03-02", DENY, REVIEW),
            ("medicare", "athletic-trainer", "PT", "2026-03-02", DENY, REVIEW),
            ("medicare", "athletic-trainer", "OT", "2026-03-02", REVIEW, None),
            ("medicare", "clinical-fellow", "SLP", "2026-03-02", DENY, REVIEW),
            ("tricare", "assistant", "PT", "2020-04-15", DENY, REVIEW),
            ("tricare", "assistant", "PT", "2020-04-16", None, None),
            ("tricare", "student", "PT", "2026-03-02", REVIEW, None),
            ("humana", "assistant", "PT", "2019-12-31", None, None),
            ("humana", "assistant", "PT", "2020-01-01", None, None),
            ("humana", "student", "PT", "2026-03-02", REVIEW, None),
            ("washington-workers-compensation", "student", "OT", "2026-03-02", REVIEW, None),
            ("nevada-medicaid", "aide", "PT", "2026-03-02", REVIEW, None),
            ("cpt-midpoint", "aide", "PT", "2026-03-02", None, None),
            (UnitMethod.CPT_MIDPOINT, "aide", "PT", "2026-03-02", None, None),
        ],
    )
    def test_counts_as_in_these_cases(
        self,
        payer: Any,  # noqa: ANN401 - a name or a method
        role: str,
        discipline: str,
        on: str,
        alone: str | None,
        cosigned: str | None,
    ) -> None:
        severities = []
        for signed in (False, True):
            checked = check_note(note(role, on, discipline, cosigned=signed), payer=payer)
            found = checked.of_rule("note-author")
            severities.append(found[0].severity.value if found else None)
        assert severities == [alone, cosigned]

    @pytest.mark.parametrize(
        ("payer", "given", "message", "detail", "action"),
        [
            (
                "medicare",
                note("student"),
                "a student wrote the note, and no therapist signed it",
                (
                    "A student's entries count once the billing therapist has reviewed, signed, and dated "
                    "them."
                ),
                "have the therapist who furnished the service review, sign, and date the note.",
            ),
            (
                "medicare",
                note("aide"),
                "an aide wrote the note, and no therapist signed it",
                (
                    "The payer does not pay for a service by an aide. No source says that a note by an aide "
                    "counts."
                ),
                "bill the service only if a therapist furnished it and signs a note for it.",
            ),
            (
                "medicare",
                note("student", "2020-12-31", cosigned=True),
                "a student wrote the note that a therapist cosigned",
                (
                    "The payer pays only for the therapist's own service, not for one by a student. No source "
                    "says that a note by a student counts with a cosignature."
                ),
                "bill the service only if a therapist furnished it and signs a note for it.",
            ),
            (
                "humana",
                note("aide"),
                "an aide wrote the note, and no therapist signed it",
                "No source says whether the payer accepts a note by an aide.",
                "ask the payer, or have the therapist who furnished the service sign the note.",
            ),
            (
                "washington-workers-compensation",
                note("student"),
                "a student wrote the note, and no therapist signed it",
                (
                    "The payer pays for treatment by a student. No source says that it accepts a note that "
                    "only a student signed."
                ),
                "have the therapist who directed the treatment sign the note.",
            ),
            (
                own_table(("student", "documentation", "no")),
                note("student"),
                "a student wrote the note, and no therapist signed it",
                (
                    "The payer does not accept a note by a student. No source says that a note by a student "
                    "counts."
                ),
                "bill the service only if a therapist furnished it and signs a note for it.",
            ),
        ],
    )
    def test_is_reported_with_a_reason_and_a_fix(
        self,
        payer: Any,  # noqa: ANN401 - a name or a policy
        given: TreatmentNote,
        message: str,
        detail: str,
        action: str,
    ) -> None:
        (found,) = check_note(attrs.evolve(given, key="row 7"), payer=payer).of_rule("note-author")
        assert (found.message, found.detail, found.action) == (message, detail, action)
        assert found.entries == ("row 7",)

    @pytest.mark.parametrize("payable", ["yes", "not-billed"])
    def test_counts_alone_if_the_payer_says_so_about_notes(self, payable: str) -> None:
        payer = own_table(
            ("student", "documentation", payable), ("student", "skilled-treatment", "no")
        )
        assert not check_note(note("student"), payer=payer).of_rule("note-author")

    @pytest.mark.parametrize("role", OTHERS)
    def test_without_a_date_is_judged_by_the_session_s_date(self, role: str) -> None:
        session = Session.from_minutes({"97110": 15}, date_of_service=DAY, discipline="PT")
        undated = note(role, None)
        found, given = of_rule(check_note(undated), "note-author")
        remark = "the note has no date, so the payer's rule for its author is not known"
        assert (found, given) == ((), [("not-in-data", remark)])
        of_session = check_note(undated, session).of_rule("note-author")
        assert of_session == check_note(note(role), session).of_rule("note-author")
        assert bool(of_session) == (role != "assistant")

    @pytest.mark.parametrize("role", OTHERS)
    def test_is_not_judged_on_a_day_whose_policy_is_not_known(self, role: str) -> None:
        checked = check_note(note(role, "1999-12-31"))
        assert of_rule(checked, "note-author") == ((), [("date-out-of-range", UNKNOWN)])
        others = {
            rule: answer for rule, answer in answers(checked).items() if rule != "note-author"
        }
        usual = answers(check_note(note(role, "2000-04-01")))
        assert others == {rule: usual[rule] for rule in others}

    @pytest.mark.parametrize("role", QUALIFIED)
    @pytest.mark.parametrize("on", [None, "1999-12-31", "2026-03-02"])
    def test_by_a_therapist_or_physician_always_counts(self, role: str, on: str | None) -> None:
        assert of_rule(check_note(note(role, on)), "note-author") == ((), [("clean", "")])

    @pytest.mark.parametrize("role", ["therapist", "student"])
    def test_needs_a_valid_payer(self, role: str) -> None:
        message = refusal(InvalidInputError, lambda: check_note(note(role, None), payer="medicar"))
        assert message.startswith("unknown payer")


class TestTheAuthor:
    @pytest.mark.parametrize(
        ("credentials", "role"),
        [
            (None, "therapist"),
            ("PT, DPT", "therapist"),
            ("PT, DPT, ATC", "therapist"),
            ("OTR/L, LAT", "therapist"),
            ("M.S., CCC-SLP", "therapist"),
            ("MD", "therapist"),
            ("PTA", "assistant"),
            ("PTA, ATC", "assistant"),
            ("COTA/L", "assistant"),
            ("SLPA", "assistant"),
            ("cota/l, OTS", "assistant"),
            ("SPT", "student"),
            ("SPTA", "student"),
            ("OTS", "student"),
            ("OTAS", "student"),
            ("OT/S", "student"),
            ("OTA/S", "student"),
            ("SLP student", "student"),
            ("Student PTA", "student"),
            ("PT intern", "student"),
            ("LAT, ATC", "athletic-trainer"),
            ("ATC", "athletic-trainer"),
            ("PT aide", "aide"),
            ("Rehab Tech", "aide"),
            ("technician", "aide"),
        ],
    )
    def test_is_read_from_the_credentials_of_a_therapist_s_note(
        self, credentials: str | None, role: str
    ) -> None:
        written = TreatmentNote(DAY, "PT", credentials=credentials)
        assert written.author is Clinician(role)
        assert written.by_assistant == (role == "assistant")

    @pytest.mark.parametrize("role", [role for role in Clinician if role.value != "therapist"])
    @pytest.mark.parametrize("credentials", [None, "PT", "PTA", "SPT", "ATC"])
    def test_is_the_clinician_if_it_is_not_the_therapist(
        self, role: Clinician, credentials: str | None
    ) -> None:
        written = TreatmentNote(DAY, "PT", clinician=role, credentials=credentials)
        assert written.author is role

    def test_decides_whether_the_note_counts(self) -> None:
        written = TreatmentNote(DAY, "PT", signed=True, credentials="SPT")
        (found,) = check_note(written).of_rule("note-author")
        assert found.message == "a student wrote the note, and no therapist signed it"


def expected_of_a_report(payer: str, discipline: str, given: ProgressReport) -> bool:
    """Return whether the table says that a report counts."""
    role, on = given.written_by.value, str(given.written_on)
    if not given.signed or role in QUALIFIED:
        return given.signed
    own = row(payer, role, discipline, "progress-report", on)
    if own is not None:
        return own.payable in ("yes", "not-billed")
    of_notes = row(payer, role, discipline, "documentation", on)
    return of_notes is not None and of_notes.payable == "if-signed" and given.cosigned


class TestAReport:
    @pytest.mark.parametrize("payer", PAYERS)
    @pytest.mark.parametrize("role", [role.value for role in Clinician])
    def test_counts_as_the_table_says(self, payer: str, role: str) -> None:
        # The ten treatment days are on both sides of the day on which Medicare accepts a student's record.
        treated = days(10, datetime.date(2020, 12, 27))
        for discipline, on, signed, cosigned in itertools.product(
            ("PT", "OT", "SLP"), ("2020-12-31", "2021-01-01"), (False, True), (False, True)
        ):
            given = report(on, role, signed=signed, cosigned=cosigned)
            counts = expected_of_a_report(payer, discipline, given)
            found = check_progress(treated, [given], payer=payer, discipline=discipline)
            at = (discipline, on, signed, cosigned)
            assert bool(found) == (not counts), at
            left = treatment_days_left(treated[:9], [given], payer=payer, discipline=discipline)
            assert (left == 1) == (not counts), at

    @pytest.mark.parametrize("cosigned", [False, True])
    def test_by_an_assistant_never_counts_under_medicare(self, cosigned: bool) -> None:  # noqa: FBT001 - a grid
        given = report("2026-03-11", "assistant", cosigned=cosigned)
        for discipline, who in (("PT", "an assistant"), ("SLP", "an SLP assistant")):
            (found,) = check_progress(days(10), [given], discipline=discipline)
            assert found.detail == f"Reports not counted: 1 by {who}."

    def test_that_does_not_count_is_listed_with_its_reason_and_source(self) -> None:
        given = [
            report("2026-03-03", signed=False),
            report("2026-03-04", "assistant"),
            report("2026-03-05", "assistant", cosigned=True),
            report("2026-03-06", "student"),
            report("2026-03-07", "aide"),
        ]
        (found,) = check_progress(days(10), given, discipline="PT")
        assert found.detail == (
            "Reports not counted: 1 not signed, 2 by an assistant, 1 by a student and not cosigned, "
            "1 by an aide."
        )
        titles = {source.title for source in found.citation} - {
            source.title for source in found.rule.sources
        }
        rows = [
            row("medicare", "assistant", "PT", "progress-report", "2026-03-04"),
            row("medicare", "student", "PT", "documentation", "2026-03-06"),
        ]
        assert {source.title for source in found.figures} == {each.title for each in rows if each}
        assert titles <= {source.title for source in found.figures}

    @pytest.mark.parametrize(
        ("rows", "given", "counts"),
        [
            ([("assistant", "progress-report", "yes")], {}, True),
            ([("assistant", "progress-report", "not-billed")], {}, True),
            ([("assistant", "progress-report", "if-signed")], {}, False),
            ([("assistant", "progress-report", "if-signed")], {"cosigned": True}, True),
            ([("assistant", "progress-report", "no")], {"cosigned": True}, False),
            (
                [
                    ("assistant", "progress-report", "no"),
                    ("assistant", "documentation", "if-signed"),
                ],
                {"cosigned": True},
                False,
            ),
            ([("assistant", "documentation", "yes")], {"cosigned": True}, False),
            ([("assistant", "documentation", "if-signed")], {"cosigned": True}, True),
        ],
    )
    def test_follows_the_payer_s_own_table(
        self,
        rows: list[tuple[str, str, str]],
        given: dict[str, bool],
        counts: bool,  # noqa: FBT001 - a grid
    ) -> None:
        written = [report("2026-03-11", "assistant", **given)]
        assert bool(check_progress(days(10), written, payer=own_table(*rows))) == (not counts)

    def test_without_a_discipline_counts_only_if_it_does_in_every_discipline(self) -> None:
        of_two = own_table(("assistant", "progress-report", "yes"), disciplines=("PT", "OT"))
        written = [report("2026-03-11", "assistant")]
        for discipline, missed in (("PT", 0), ("OT", 0), ("SLP", 1), (None, 1)):
            found = check_progress(days(10), written, payer=of_two, discipline=discipline)
            assert len(found) == missed

    @pytest.mark.parametrize("role", OTHERS)
    def test_by_another_role_is_not_judged_without_a_known_policy(self, role: str) -> None:
        treated = days(10, datetime.date(1999, 12, 22))
        numbers = BUNDLED
        found = check_progress(treated, [report("1999-12-31", role)], parameters=numbers)
        assert [each.answer.value for each in found.answers][-1] == "date-out-of-range"
        assert found.answers[-1].remark == UNKNOWN
        unsigned = check_progress(treated, [report("1999-12-31", role, signed=False)])
        assert UNKNOWN not in [each.remark for each in unsigned.answers]

    def test_is_judged_by_the_discipline_of_the_notes(self) -> None:
        of_two = own_table(("assistant", "progress-report", "yes"), disciplines=("PT", "OT"))
        written = [report("2026-03-11", "assistant")]
        for discipline, missed in (("PT", 0), ("SLP", 1)):
            notes = [TreatmentNote(day, discipline, assessment="text") for day in days(10)]
            assert len(check_notes(notes, reports=written, payer=of_two)) == missed

    def test_decides_when_the_next_one_is_due(self) -> None:
        of_two = own_table(("assistant", "progress-report", "yes"), disciplines=("PT", "OT"))
        given: dict[str, Any] = {
            "first": None,
            "last": "2026-12-31",
            "treatment_days": days(10),
            "planned_days": days(10, datetime.date(2026, 3, 12)),
            "reports": [report("2026-03-11", "assistant")],
        }
        for payer, discipline, expected in (
            (of_two, "PT", ["2026-03-21"]),
            (of_two, "SLP", ["2026-03-11", "2026-03-21"]),
            ("medicare", "PT", ["2026-03-11", "2026-03-21"]),
        ):
            of = PlanOfCare(discipline, "2026-03-02", "12 weeks", certified_on="2026-03-05")
            due = upcoming_deadlines(of, payer=payer, **given)
            assert [str(each.by) for each in due if each.what == "progress report"] == expected

    @pytest.mark.parametrize(
        "call",
        [
            lambda: check_progress([], [], payer="medicar"),
            lambda: treatment_days_left([], [], payer="medicar"),
            lambda: upcoming_deadlines(first=None, last=DAY, payer="medicar"),
            lambda: check_notes([], payer="medicar"),
            lambda: check_plan(plan(), DAY, payer="medicar"),
        ],
    )
    def test_needs_a_valid_payer(self, call: Any) -> None:  # noqa: ANN401 - functions of many kinds
        assert refusal(InvalidInputError, call).startswith("unknown payer")


class TestAPlan:
    @pytest.mark.parametrize("payer", PAYERS)
    @pytest.mark.parametrize("role", [role.value for role in Clinician])
    def test_is_established_by_whom_the_table_says(self, payer: str, role: str) -> None:
        for discipline in ("PT", "OT", "SLP"):
            given = PlanOfCare(discipline, DAY, "12 weeks", certified_on=DAY, established_by=role)
            behind = row(payer, role, discipline, "plan-of-care", str(DAY))
            found = check_plan(given, DAY, payer=payer).of_rule("plan-author")
            assert [each.severity.value for each in found] == (
                [] if role in QUALIFIED else [REVIEW]
            )
            for each in found:
                titles = [source.title for source in each.figures]
                assert titles == ([] if behind is None else [behind.title])

    @pytest.mark.parametrize(
        ("payable", "expected"),
        [("yes", []), ("not-billed", []), ("no", [REVIEW]), ("unknown", [REVIEW])],
    )
    def test_follows_the_payer_s_own_table(self, payable: str, expected: list[str]) -> None:
        payer = own_table(("assistant", "plan-of-care", payable))
        found = check_plan(plan(established_by="assistant"), DAY, payer=payer)
        assert [each.severity.value for each in found] == expected

    def test_by_an_slp_assistant_is_named_so(self) -> None:
        given = PlanOfCare("SLP", DAY, "12 weeks", certified_on=DAY, established_by="assistant")
        assert summaries(check_plan(given, DAY)) == [
            (REVIEW, "plan-author", "an SLP assistant established the plan of care")
        ]

    @pytest.mark.parametrize(
        ("role", "expected"),
        [
            ("student", [("finding", ""), ("date-out-of-range", UNKNOWN)]),
            ("therapist", [("clean", "")]),
            ("physician", [("clean", "")]),
        ],
    )
    def test_is_not_judged_by_a_table_that_is_not_known(
        self, role: str, expected: list[tuple[str, str]]
    ) -> None:
        given = PlanOfCare("PT", "1999-12-31", "12 weeks", established_by=role)
        assert of_rule(check_plan(given, "1999-12-31"), "plan-author")[1] == expected

    @pytest.mark.parametrize("discipline", [each.value for each in Discipline])
    def test_is_certified_by_whom_the_table_says(self, discipline: str) -> None:
        of_physician = row("medicare", "physician", discipline, "certification", str(DAY))
        assert of_physician is not None
        assert of_physician.payable == "yes"
        for certifier in ("physician", "nonphysician-practitioner"):
            signed = PlanOfCare(
                discipline, DAY, "12 weeks", certified_on=DAY, certified_by=certifier
            )
            assert not periods_of(signed, BUNDLED)[0].unsigned
        # No therapist, assistant, or student is a role that can certify.
        assert {each.value for each in CertifyingRole}.isdisjoint(QUALIFIED[:2] + OTHERS)
        for on, payable in (("2024-12-31", "no"), ("2025-01-01", "if-ordered")):
            of_therapist = row("medicare", "therapist", discipline, "certification", on)
            assert of_therapist is not None
            assert of_therapist.payable == payable
            ordered = PlanOfCare(discipline, on, "12 weeks", referral_signed_on=on, plan_sent_on=on)
            day = datetime.date.fromisoformat(on)
            assert signature_waived(ordered, day, BUNDLED) == (payable == "if-ordered")
