"""What is due in a range of dates, by the stricter count."""

from __future__ import annotations

import datetime
from typing import Any

import attrs
import pytest

from tests.own_numbers import own_numbers
from tests.refusals import refusal
from tests.unit.chart.records_of_care import again, days, plan, report, series
from therapy_billing import InvalidInputError
from therapy_billing.chart.authorizations import Authorization
from therapy_billing.chart.deadlines import upcoming_deadlines
from therapy_billing.chart.notes import Practice
from therapy_billing.chart.plans import PlanOfCare, ProgressReport


def due(*args: PlanOfCare, **given: Any) -> list[tuple[str, str, str]]:  # noqa: ANN401 - terms of many kinds
    """Return the deadlines of the surrounding years: what, by when, and the rule."""
    window = {"first": "2020-01-01", "last": "2030-01-01"}
    return [
        (each.what, str(each.by), each.rule.id)
        for each in upcoming_deadlines(*args, **(window | given))
    ]


AGAIN = ("recertification", "2026-03-31", "recertification")
SIGN = ("certification", "2026-01-30", "certification-timely")


class TestDueDates:
    def test_without_records_nothing_is_due(self) -> None:
        assert due() == []

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ({}, [AGAIN]),
            ({"certified_by": "chiropractor"}, [SIGN, AGAIN]),
            ({"certified_on": None}, [SIGN, AGAIN]),
            (
                {"certified_on": None, "verbal_order_on": "2026-01-31"},
                [("signature for the verbal order", "2026-02-13", "verbal-order"), AGAIN],
            ),
            (
                {"certified_on": None, "verbal_order_on": "2026-02-01"},
                [SIGN, ("signature for the verbal order", "2026-02-14", "verbal-order"), AGAIN],
            ),
            (
                {"certified_on": None, "referral_signed_on": "2025-12-20"},
                [SIGN, ("sending the plan", "2026-01-30", "referral-relief"), AGAIN],
            ),
            ({"certified_on": None, "referral_signed_on": "2026-01-02"}, [SIGN, AGAIN]),
            (
                {
                    "certified_on": None,
                    "referral_signed_on": "2025-12-20",
                    "plan_sent_on": "2026-01-31",
                },
                [AGAIN],
            ),
            (
                {
                    "certified_on": None,
                    "referral_signed_on": "2025-12-20",
                    "plan_sent_on": "2026-02-01",
                },
                [SIGN, AGAIN],
            ),
            (
                {
                    "recertifications": [
                        again(None, "2026-03-30", "30 days"),
                        again("2026-03-29", "2026-04-10", "30 days"),
                        again("2026-03-29", "2026-05-10", certified_by="chiropractor"),
                    ]
                },
                [
                    AGAIN,
                    ("recertification", "2026-05-09", "recertification"),
                    ("recertification", "2026-08-07", "recertification"),
                ],
            ),
        ],
    )
    def test_signatures_are_due_by_the_stricter_day(
        self, given: dict[str, Any], expected: list[tuple[str, str, str]]
    ) -> None:
        assert due(plan(**given)) == expected

    def test_an_order_of_2024_does_not_require_sending_the_plan(self) -> None:
        given = plan(first="2024-12-31", certified_on=None, referral_signed_on="2024-12-20")
        assert [what for what, _, _ in due(given)] == ["certification", "recertification"]

    @pytest.mark.parametrize(
        ("first", "last", "expected"),
        [
            ("2026-01-24", "2026-01-29", []),
            ("2026-01-24", "2026-01-30", [SIGN]),
            ("2026-01-30", "2026-01-30", [SIGN]),
            ("2026-01-31", "2026-03-30", []),
            ("2026-01-31", "2026-03-31", [AGAIN]),
        ],
    )
    def test_the_range_includes_both_ends(
        self, first: str, last: str, expected: list[tuple[str, str, str]]
    ) -> None:
        assert due(plan(certified_on=None), first=first, last=last) == expected

    def test_a_range_that_ends_before_it_begins_raises_an_error(self) -> None:
        def call() -> object:
            return upcoming_deadlines(first="2026-01-02", last="2026-01-01")

        assert refusal(InvalidInputError, call) == (
            "last 2026-01-01 is before first 2026-01-02: swap or correct the dates"
        )

    @pytest.mark.parametrize(
        ("treated", "planned", "reports", "by"),
        [
            (9, 1, [], "2026-03-11"),
            (9, 0, [], None),
            (8, 1, [], None),
            (8, 2, [], "2026-03-11"),
            (0, 10, [], "2026-03-11"),
            (10, 10, [], "2026-03-21"),
            (10, 9, [], None),
            (9, 10, ["2026-03-10"], "2026-03-20"),
            (9, 10, ["2026-03-09"], "2026-03-19"),
        ],
    )
    def test_a_progress_report_is_due_on_the_tenth_planned_day_of_its_interval(
        self, treated: int, planned: int, reports: list[str], by: str | None
    ) -> None:
        given = days(treated + planned)
        found = due(
            treatment_days=given[:treated],
            planned_days=given,
            reports=[report(on) for on in reports],
            # Start with the next treatment, because TestOverdue tests overdue reports.
            first="2026-03-12" if treated == 10 else "2026-03-01",
        )
        assert found == ([] if by is None else [("progress report", by, "progress-report")])

    @pytest.mark.parametrize(
        ("every", "assessed", "planned", "by"),
        [
            (3, "--", 1, "2026-03-04"),
            (3, "--", 0, None),
            (3, "-a", 2, None),
            (3, "-a", 3, "2026-03-06"),
            (2, "-a", 2, "2026-03-05"),
            (3, "", 3, None),
        ],
    )
    def test_an_assessment_is_due_on_its_planned_visit(
        self, every: int, assessed: str, planned: int, by: str | None
    ) -> None:
        found = due(
            notes=series(assessed),
            planned_days=days(len(assessed) + planned)[len(assessed) :],
            practice=Practice(assessment_every_visits=every),
        )
        assert found == ([] if by is None else [("assessment", by, "assessment-interval")])

    def test_the_days_of_the_notes_are_treatment_days(self) -> None:
        found = due(notes=series("a" * 9), planned_days=days(10))
        assert found == [("progress report", "2026-03-11", "progress-report")]

    def test_an_authorization_is_due_at_its_end_and_its_last_visit(self) -> None:
        given = [
            Authorization(3, effective_from="2026-03-03", effective_through="2026-03-31"),
            Authorization(7),
            Authorization(units=5),
        ]
        found = due(treatment_days=days(4), planned_days=days(6), authorizations=given)
        assert found == [
            ("authorization", "2026-03-05", "authorization"),
            ("authorization", "2026-03-31", "authorization"),
        ]

    def test_each_deadline_names_its_authorization(self) -> None:
        march = Authorization(
            3,
            effective_from="2026-03-01",
            effective_through="2026-03-08",
            discipline="PT",
            key="key-7",
        )
        later = Authorization(
            4, codes=["97110"], effective_from="2026-03-09", effective_through="2026-04-30"
        )
        found = upcoming_deadlines(
            plan(first="2026-03-01"),
            first="2026-03-01",
            last="2026-04-30",
            planned_days=[*days(3), *days(4, datetime.date(2026, 3, 9))],
            authorizations=[later, march],
        )
        named = [(str(each.by), each.statement, each.entries) for each in found]
        assert [each for each in named if "authorization" in each[1]] == [
            (
                "2026-03-04",
                (
                    "the last visit under the PT authorization of 3 visits from 2026-03-01 through "
                    "2026-03-08 is on this day; later visits count against another authorization"
                ),
                ("key-7",),
            ),
            (
                "2026-03-08",
                (
                    "the PT authorization of 3 visits from 2026-03-01 through 2026-03-08 ends on this "
                    "day; later visits count against another authorization"
                ),
                ("key-7",),
            ),
            (
                "2026-03-12",
                (
                    "the last visit under the authorization of 4 visits for 97110 from 2026-03-09 through "
                    "2026-04-30 is on this day; request another authorization if treatment continues"
                ),
                (),
            ),
            (
                "2026-04-30",
                (
                    "the authorization of 4 visits for 97110 from 2026-03-09 through 2026-04-30 ends on "
                    "this day; request another authorization if treatment continues"
                ),
                (),
            ),
        ]
        assert "key-7" not in repr(found)
        assert [each.to_dict()["entries"] for each in found if each.entries] == [
            ["key-7"],
            ["key-7"],
        ]

    @pytest.mark.parametrize(
        ("discipline", "used_up"), [("PT", ["2026-03-03"]), (None, ["2026-03-03"]), ("OT", [])]
    )
    def test_visits_under_one_plan_do_not_use_authorizations_for_another(
        self, discipline: str | None, used_up: list[str]
    ) -> None:
        found = due(
            plan(first="2026-03-01"),
            planned_days=days(3),
            authorizations=[Authorization(2, discipline=discipline)],
        )
        assert [by for what, by, _ in found if what == "authorization"] == used_up

    def test_each_deadline_says_what_to_do_and_cites_its_source(self) -> None:
        given = plan(
            certified_on=None,
            verbal_order_on="2026-02-01",
            referral_signed_on="2025-12-20",
            recertifications=[again(None, "2026-03-25", "30 days")],
        )
        found = upcoming_deadlines(
            given,
            first="2026-01-01",
            last="2026-12-31",
            notes=series("-" * 9),
            planned_days=days(12),
            authorizations=[Authorization(10, effective_through="2026-06-30")],
        )
        assert [(each.what, each.statement) for each in found] == [
            (
                "certification",
                "obtain the physician's or NPP's dated signature within 30 days of the initial treatment on 2026-01-01",
            ),
            (
                "sending the plan",
                "send the plan to the physician, so that the order on file replaces the signature",
            ),
            (
                "signature for the verbal order",
                "obtain the dated signature that confirms the verbal order of 2026-02-01",
            ),
            (
                "authorization",
                (
                    "the last visit under the authorization of 10 visits through 2026-06-30 is on this "
                    "day; request another authorization if treatment continues"
                ),
            ),
            (
                "progress report",
                "write the progress report by this day, the 10th treatment day of the reporting interval",
            ),
            (
                "assessment",
                "assess the patient by this visit; the practice requires an assessment every 3 visits",
            ),
            (
                "recertification",
                "obtain the dated signature for the interval that starts on 2026-03-25",
            ),
            (
                "recertification",
                (
                    "obtain a recertification if treatment continues; the certified interval ends on "
                    "2026-04-24"
                ),
            ),
            (
                "authorization",
                (
                    "the authorization of 10 visits through 2026-06-30 ends on this day; request "
                    "another authorization if treatment continues"
                ),
            ),
        ]
        assert all(each.to_dict()["citation"] for each in found)


def test_the_dates_are_required() -> None:
    with pytest.raises(TypeError):
        upcoming_deadlines()  # type: ignore[call-arg]


class TestOverdue:
    """Without a first day, overdue items that are still open are listed too."""

    PLAN = PlanOfCare("PT", "2026-01-01", "12 weeks")
    DAYS = tuple(f"2026-01-{number:02}" for number in range(5, 16))

    def test_a_signature_that_is_missing_stays_on_the_list(self) -> None:
        assert upcoming_deadlines(self.PLAN, first="2026-02-01", last="2026-02-07") == ()
        (due,) = upcoming_deadlines(self.PLAN, first=None, last="2026-02-07")
        assert (due.what, str(due.by)) == ("certification", "2026-01-30")
        signed = attrs.evolve(self.PLAN, certified_on="2026-02-06", certified_by="physician")
        assert upcoming_deadlines(signed, first=None, last="2026-02-07") == ()

    @pytest.mark.parametrize(
        ("treated", "listed"), [(9, []), (10, ["2026-01-14"]), (11, ["2026-01-14"])]
    )
    def test_a_report_not_written_by_the_tenth_day_is_overdue(
        self, treated: int, listed: list[str]
    ) -> None:
        dues = upcoming_deadlines(first=None, last="2026-02-07", treatment_days=self.DAYS[:treated])
        assert [str(due.by) for due in dues] == listed

    def test_a_report_written_late_is_no_longer_due(self) -> None:
        late = ProgressReport("2026-01-16", "therapist", signed=True)
        given: dict[str, Any] = {"treatment_days": self.DAYS, "last": "2026-02-07"}
        assert upcoming_deadlines(first=None, reports=[late], **given) == ()
        assert upcoming_deadlines(first="2026-01-15", **given) == ()


def test_deadlines_follow_the_given_numbers() -> None:
    numbers = own_numbers("certification_signature_days", (None, "10"))
    (due,) = upcoming_deadlines(
        PlanOfCare("PT", "2026-01-01", "12 weeks"),
        first="2026-01-01",
        last="2026-01-31",
        parameters=numbers,
    )
    assert (due.what, str(due.by)) == ("certification", "2026-01-10")
    assert "within 10 days" in due.statement
    every = own_numbers("progress_report_treatment_days", (None, "2"))
    (due,) = upcoming_deadlines(
        first="2026-01-01",
        last="2026-01-31",
        treatment_days=["2026-01-05"],
        planned_days=["2026-01-06"],
        parameters=every,
    )
    assert (due.what, str(due.by)) == ("progress report", "2026-01-06")


def test_the_deadline_to_send_the_plan_follows_the_given_numbers() -> None:
    plan = PlanOfCare("PT", "2026-01-01", "12 weeks", referral_signed_on="2025-12-29")
    numbers = own_numbers("plan_sent_days", ("2025-01-01", "5"))
    due = upcoming_deadlines(plan, first="2026-01-01", last="2026-01-31", parameters=numbers)
    assert [(each.what, str(each.by)) for each in due] == [
        ("sending the plan", "2026-01-05"),
        ("certification", "2026-01-30"),
    ]
