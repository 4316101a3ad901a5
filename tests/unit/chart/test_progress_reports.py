"""When a progress report is due."""

from __future__ import annotations

from typing import Any

import pytest

from tests.own_numbers import own_numbers
from tests.refusals import refusal
from tests.unit.chart.records_of_care import DAY, DENY, REVIEW, answers, days, report, summaries
from therapy_billing import InvalidInputError, NotPublishedError
from therapy_billing.chart.progress_reports import (
    check_progress,
    treatment_days_left,
)
from therapy_billing.findings.report import rule_of
from therapy_billing.law.parameters import BUNDLED


class TestCheckProgress:
    def test_the_bundled_numbers_match_the_rule(self) -> None:
        rule = rule_of("progress-report")
        every = BUNDLED.count("progress_report_treatment_days", DAY)
        within = BUNDLED.count("progress_report_delay_days", DAY)
        assert f"once in {every} treatment days" in rule.statement
        titles = [source.title for source in rule.sources]
        assert any(f"within {within} calendar days" in title for title in titles)

    @pytest.mark.parametrize(
        ("count", "expected"),
        [
            (9, []),
            (
                10,
                [
                    "no progress report by 2026-03-11, the 10th treatment day counting from 2026-03-02"
                ],
            ),
            (
                19,
                [
                    "no progress report by 2026-03-11, the 10th treatment day counting from 2026-03-02"
                ],
            ),
            (
                20,
                [
                    "no progress report by 2026-03-11, the 10th treatment day counting from 2026-03-02",
                    "no progress report by 2026-03-21, the 10th treatment day counting from 2026-03-12",
                ],
            ),
        ],
    )
    def test_ten_treatment_days_need_a_report(self, count: int, expected: list[str]) -> None:
        found = check_progress(days(count), [])
        assert summaries(found) == [(DENY, "progress-report", message) for message in expected]
        assert answers(found) == {"progress-report": "finding" if expected else "clean"}

    def test_a_date_is_one_treatment_day_however_many_sessions(self) -> None:
        assert summaries(check_progress([*days(9), *days(9)], [])) == []
        assert len(check_progress([*days(10), *days(9)], [])) == 1

    @pytest.mark.parametrize(
        ("on", "severity", "late"),
        [
            ("2026-03-02", None, ""),
            ("2026-03-11", None, ""),
            ("2026-03-12", REVIEW, " / The next report is 1 day late."),
            ("2026-03-18", REVIEW, " / The next report is 7 days late."),
            ("2026-03-19", DENY, ""),
            ("2026-03-01", DENY, ""),
        ],
    )
    def test_a_report_is_due_by_the_tenth_treatment_day(
        self, on: str, severity: str | None, late: str
    ) -> None:
        found = check_progress(days(10), [report(on)])
        assert summaries(found) == (
            []
            if severity is None
            else [
                (
                    severity,
                    "progress-report",
                    f"no progress report by 2026-03-11, the 10th treatment day counting from 2026-03-02{late}",
                )
            ]
        )

    @pytest.mark.parametrize(
        ("by", "signed", "reason"),
        [
            ("therapist", True, ""),
            ("together", True, ""),
            ("physician", True, ""),
            ("assistant", True, "1 by an assistant"),
            ("student", True, "1 by a student and not cosigned"),
            ("aide", True, "1 by an aide"),
            ("athletic-trainer", True, "1 by an athletic trainer"),
            ("clinical-fellow", True, "1 by a clinical fellow without a license"),
            ("therapist", False, "1 not signed"),
            ("assistant", False, "1 not signed"),
        ],
    )
    def test_a_report_by_an_assistant_alone_or_unsigned_does_not_count(
        self,
        by: str,
        signed: bool,  # noqa: FBT001 - a grid
        reason: str,
    ) -> None:
        found = check_progress(days(10), [report("2026-03-11", by, signed=signed)])
        assert summaries(found) == (
            []
            if not reason
            else [
                (
                    DENY,
                    "progress-report",
                    (
                        "no progress report by 2026-03-11, the 10th treatment day counting from 2026-03-02 / "
                        f"Reports not counted: {reason}."
                    ),
                )
            ]
        )

    def test_reports_that_do_not_count_are_listed_only_in_their_interval(self) -> None:
        invalid = [report(day, "assistant") for day in ("2026-03-01", "2026-03-02", "2026-03-12")]
        assert check_progress(days(10), invalid)[0].detail == (
            "Reports not counted: 1 by an assistant."
        )

    def test_without_treatment_days_nothing_is_checked(self) -> None:
        found = check_progress([], [])
        assert [each.remark for each in found.answers] == ["no treatment days were given"]
        assert answers(found) == {"progress-report": "not-in-data"}

    @pytest.mark.parametrize(
        ("treated", "reports", "message"),
        [
            ("2026-03-02", [], "treatment_days must be a list of dates, got '2026-03-02'"),
            (7, [], "treatment_days must be a list of dates, got 7"),
            (
                ["soon"],
                [],
                (
                    "treatment_days[0] must be a date such as 2026-03-02 or 3/2/2026 (month first), got a string of 4 characters"
                ),
            ),
            ([], ["2026-03-02"], "reports must contain only ProgressReport, got '2026-03-02'"),
        ],
    )
    def test_an_invalid_argument_raises_an_error(
        self,
        treated: Any,  # noqa: ANN401 - wrong kinds too
        reports: Any,  # noqa: ANN401 - wrong kinds too
        message: str,
    ) -> None:
        assert refusal(InvalidInputError, lambda: check_progress(treated, reports)) == message


@pytest.mark.parametrize(
    ("count", "reports", "left"),
    [
        (0, [], 10),
        (1, [], 9),
        (9, [], 1),
        (10, [], 10),
        (7, ["2026-03-08"], 10),
        (8, ["2026-03-08"], 9),
    ],
)
def test_treatment_days_left_counts_to_the_tenth_day(
    count: int, reports: list[str], left: int
) -> None:
    assert treatment_days_left(days(count), [report(on) for on in reports]) == left


class TestYourOwnNumbers:
    def test_the_interval_on_the_last_treatment_day_applies(self) -> None:
        numbers = own_numbers("progress_report_treatment_days", (None, "10"), ("2026-03-11", "4"))
        assert summaries(check_progress(days(9), [], parameters=numbers)) == []
        found = check_progress(days(10), [], parameters=numbers)
        assert [each.message for each in found] == [
            "no progress report by 2026-03-05, the 4th treatment day counting from 2026-03-02",
            "no progress report by 2026-03-09, the 4th treatment day counting from 2026-03-06",
        ]
        left = [treatment_days_left(days(count), [], parameters=numbers) for count in (9, 10)]
        assert left == [1, 2]

    def test_without_treatment_days_the_latest_interval_applies(self) -> None:
        numbers = own_numbers("progress_report_treatment_days", (None, "10"), ("2026-03-11", "4"))
        assert treatment_days_left([], [], parameters=numbers) == 4

    def test_the_delay_on_the_last_treatment_day_applies(self) -> None:
        numbers = own_numbers("progress_report_delay_days", (None, "7"), ("2026-03-11", "1"))
        late = [report("2026-03-13")]
        found = check_progress(days(10), late, parameters=numbers)
        assert [each.severity.value for each in found] == [DENY]
        assert [each.severity.value for each in check_progress(days(10), late)] == [REVIEW]

    @pytest.mark.parametrize(
        "series", ["progress_report_treatment_days", "progress_report_delay_days"]
    )
    def test_a_day_without_a_number_is_out_of_range(self, series: str) -> None:
        numbers = own_numbers(series, (None, "10"), through="2026-03-10")
        assert answers(check_progress(days(9), [], parameters=numbers)) == {
            "progress-report": "clean"
        }
        found = check_progress(days(10), [], parameters=numbers)
        assert answers(found) == {"progress-report": "date-out-of-range"}
        assert [each.remark for each in found.answers] == [
            f"{series} is known through 2026-03-10, not on 2026-03-11"
        ]

    def test_days_left_are_not_guessed(self) -> None:
        numbers = own_numbers("progress_report_treatment_days", (None, "10"), through="2026-03-10")
        with pytest.raises(NotPublishedError):
            treatment_days_left(days(10), [], parameters=numbers)
