"""Whether a plan is certified on a day, on both sides of each boundary."""

from __future__ import annotations

from typing import Any

import pytest

from tests.own_numbers import own_numbers
from tests.unit.chart.records_of_care import DENY, LIGHT, REVIEW, again, answers, plan, summaries
from therapy_billing.chart.plan_checks import certification_end, check_plan
from therapy_billing.findings.records import Severity

RULES_OF_A_PLAN = {
    "plan-author",
    "certifier",
    "certification-period",
    "certification-timely",
    "verbal-order",
    "referral-relief",
    "recertification",
    "delayed-certification",
}


class TestCertificationPeriod:
    @pytest.mark.parametrize(
        ("first", "duration", "end"),
        [
            ("2026-01-01", "89 days", "2026-03-31"),
            ("2026-01-01", "90 days", "2026-04-01"),
            ("2026-01-01", "91 days", "2026-04-01"),
            ("2026-01-01", "12 weeks", "2026-03-26"),
            ("2026-01-31", "1 month", "2026-02-28"),
            ("2028-01-31", "1 month", "2028-02-29"),
            ("2028-02-29", "1 month", "2028-03-29"),
            ("2028-02-29", "12 months", "2028-05-29"),
            ("2027-12-01", "3 months", "2028-02-29"),
            ("2026-12-01", "3 months", "2027-03-01"),
            ("2026-07-01", "3 months", "2026-09-29"),
        ],
    )
    def test_it_ends_with_the_plan_or_ninety_days_after_the_first_day(
        self, first: str, duration: str, end: str
    ) -> None:
        found = certification_end(plan(duration, first, certified_on=None))
        assert str(found) == end

    @pytest.mark.parametrize(
        ("signed", "end"), [("2007-12-31", "2008-01-30"), ("2008-01-01", "2008-03-30")]
    )
    def test_signatures_before_2008_certify_thirty_days(self, signed: str, end: str) -> None:
        assert str(certification_end(plan(first="2007-12-31", certified_on=signed))) == end

    def test_without_a_signature_the_first_day_decides_between_thirty_and_ninety(self) -> None:
        assert str(certification_end(plan(first="2007-12-31", certified_on=None))) == "2008-01-30"
        assert str(certification_end(plan(first="2008-01-01", certified_on=None))) == "2008-03-31"

    @pytest.mark.parametrize(
        ("duration", "on", "severity", "message"),
        [
            ("6 months", "2026-01-01", None, ""),
            ("6 months", "2026-03-31", None, ""),
            (
                "6 months",
                "2026-04-01",
                REVIEW,
                (
                    "2026-04-01 is the last day of the certified interval / If the first day counts as "
                    "day 1, the interval ended on 2026-03-31. The manual does not say which count applies."
                ),
            ),
            (
                "6 months",
                "2026-04-02",
                DENY,
                "2026-04-02 is 1 day after the certified interval ended on 2026-04-01 / That interval started on 2026-01-01.",
            ),
            (
                "6 months",
                "2026-04-03",
                DENY,
                "2026-04-03 is 2 days after the certified interval ended on 2026-04-01 / That interval started on 2026-01-01.",
            ),
            (
                "6 months",
                "2025-12-31",
                DENY,
                "2025-12-31 is before the initial treatment on 2026-01-01",
            ),
            ("4 weeks", "2026-01-28", None, ""),
            (
                "4 weeks",
                "2026-01-29",
                REVIEW,
                (
                    "2026-01-29 is the last day of the certified interval / If the first day counts as "
                    "day 1, the interval ended on 2026-01-28. The manual does not say which count applies."
                ),
            ),
            (
                "4 weeks",
                "2026-01-30",
                DENY,
                "2026-01-30 is 1 day after the certified interval ended on 2026-01-29 / That interval started on 2026-01-01.",
            ),
        ],
    )
    def test_the_last_day_is_a_review_and_the_next_is_denied(
        self, duration: str, on: str, severity: str | None, message: str
    ) -> None:
        found = check_plan(plan(duration), on)
        expected = [] if severity is None else [(severity, "certification-period", message)]
        assert summaries(found) == expected
        assert set(answers(found)) == RULES_OF_A_PLAN

    def test_a_recertification_certifies_its_interval(self) -> None:
        given = plan(recertifications=[again("2026-03-20", "2026-03-25", "60 days")])
        assert str(certification_end(given)) == "2026-05-24"
        for on in ("2026-04-01", "2026-04-02", "2026-05-23"):
            assert summaries(check_plan(given, on)) == []
        assert summaries(check_plan(given, "2026-05-24"))[0][0] == REVIEW
        assert summaries(check_plan(given, "2026-05-25")) == [
            (
                DENY,
                "certification-period",
                "2026-05-25 is 1 day after the certified interval ended on 2026-05-24 / That interval started on 2026-03-25.",
            )
        ]

    def test_a_gap_between_intervals_is_denied(self) -> None:
        given = plan(recertifications=[again("2026-03-20", "2026-04-04")])
        severities = [
            [each.severity.value for each in check_plan(given, f"2026-04-0{day}")]
            for day in (1, 2, 3, 4)
        ]
        assert severities == [[REVIEW], [DENY], [DENY], []]


class TestInitialSignature:
    @pytest.mark.parametrize(
        ("signed", "late"),
        [
            ("2026-01-01", None),
            ("2026-01-30", None),
            ("2026-01-31", None),
            (
                "2026-02-01",
                "1 day late / That is 31 days after the initial treatment on 2026-01-01.",
            ),
            (
                "2026-03-02",
                "30 days late / That is 60 days after the initial treatment on 2026-01-01.",
            ),
        ],
    )
    def test_it_must_be_dated_within_thirty_days(self, signed: str, late: str | None) -> None:
        found = check_plan(plan(certified_on=signed, delay_reason="reason"), "2026-01-15")
        expected = [(REVIEW, "certification-timely", f"the plan was signed on {signed}, {late}")]
        assert summaries(found) == (expected if late else [])
        assert answers(found)["delayed-certification"] == "clean"

    @pytest.mark.parametrize("signed", ["2025-01-10", "2025-12-31"])
    def test_a_signature_before_the_treatment_is_a_review(self, signed: str) -> None:
        found = check_plan(plan(certified_on=signed), "2026-01-15")
        message = f"the signature on the plan is dated {signed}, before the initial treatment on 2026-01-01"
        assert summaries(found) == [(REVIEW, "certification-timely", message)]
        assert found[0].action == "check whether the year is right."
        assert answers(found)["certification-timely"] == "finding"

    def test_a_late_one_needs_its_reason(self) -> None:
        found = check_plan(plan(certified_on="2026-02-01", delay_reason="  "), "2026-01-15")
        assert summaries(found)[1] == (
            REVIEW,
            "delayed-certification",
            (
                "the interval that starts on 2026-01-01 was certified late, on 2026-02-01, and "
                "no reason for the delay was given"
            ),
        )
        assert len(found) == 2

    @pytest.mark.parametrize(
        ("on", "severity", "message"),
        [
            (
                "2026-01-01",
                LIGHT,
                "the plan has no dated signature yet; the signature is due by 2026-01-30",
            ),
            (
                "2026-01-31",
                LIGHT,
                "the plan has no dated signature yet; the signature is due by 2026-01-30",
            ),
            (
                "2026-02-01",
                DENY,
                "the plan has no dated signature 31 days after the initial treatment on 2026-01-01",
            ),
        ],
    )
    def test_a_missing_one_is_denied_after_thirty_days(
        self, on: str, severity: str, message: str
    ) -> None:
        found = check_plan(plan(certified_on=None), on)
        assert summaries(found) == [(severity, "certification-timely", message)]
        remarks = {each.rule.id: each.remark for each in found.answers}
        assert remarks["certifier"] == remarks["delayed-certification"] == "no signature was given"

    @pytest.mark.parametrize(
        ("ordered", "signed", "expected"),
        [
            ("2026-01-31", "2026-02-14", []),
            (
                "2026-01-31",
                "2026-02-15",
                [
                    (
                        "the plan was signed on 2026-02-15, 15 days late / That is 45 days after the "
                        "initial treatment on 2026-01-01."
                    ),
                    (
                        "the verbal order of 2026-01-31 was signed on 2026-02-15, 1 day late / That is "
                        "15 days after the order, so the order does not extend the deadline for the "
                        "signature."
                    ),
                ],
            ),
            (
                "2026-02-01",
                "2026-02-02",
                [
                    (
                        "the plan was signed on 2026-02-02, 2 days late / That is 32 days after the "
                        "initial treatment on 2026-01-01."
                    )
                ],
            ),
            (
                "2026-01-05",
                "2026-01-20",
                [
                    (
                        "the verbal order of 2026-01-05 was signed on 2026-01-20, 1 day late / That is "
                        "15 days after the order, so the order does not extend the deadline for the "
                        "signature."
                    )
                ],
            ),
            ("2026-01-05", "2026-01-19", []),
        ],
    )
    def test_a_verbal_order_must_be_signed_within_fourteen_days(
        self, ordered: str, signed: str, expected: list[str]
    ) -> None:
        given = plan(certified_on=signed, verbal_order_on=ordered, delay_reason="reason")
        found = check_plan(given, "2026-01-15")
        assert [text for _, _, text in summaries(found)] == expected
        assert {each.severity for each in found} <= {Severity.REVIEW}

    @pytest.mark.parametrize(
        ("on", "expected"),
        [
            (
                "2026-02-08",
                [
                    (
                        LIGHT,
                        "verbal-order",
                        (
                            "the verbal order of 2026-01-25 is not signed yet; the signature is due by "
                            "2026-02-07"
                        ),
                    )
                ],
            ),
            (
                "2026-02-09",
                [
                    (
                        DENY,
                        "certification-timely",
                        (
                            "the plan has no dated signature 39 days after the initial treatment on "
                            "2026-01-01"
                        ),
                    ),
                    (
                        REVIEW,
                        "verbal-order",
                        "the verbal order of 2026-01-25 is still not signed after 15 days",
                    ),
                ],
            ),
        ],
    )
    def test_an_unsigned_verbal_order_counts_for_fourteen_days(
        self, on: str, expected: list[tuple[str, str, str]]
    ) -> None:
        given = plan(certified_on=None, verbal_order_on="2026-01-25")
        assert summaries(check_plan(given, on)) == expected

    def test_a_chiropractor_may_not_certify(self) -> None:
        found = check_plan(plan(certified_by="chiropractor"), "2026-01-15")
        message = (
            "a chiropractor certified the interval that starts on 2026-01-01 / A chiropractor may not "
            "certify a plan of care."
        )
        assert summaries(found) == [(DENY, "certifier", message)]

    def test_a_nonphysician_practitioner_certifies(self) -> None:
        assert summaries(check_plan(plan(certified_by="npp"), "2026-01-15")) == []

    @pytest.mark.parametrize(
        ("by", "expected"),
        [
            ("therapist", []),
            ("together", []),
            ("physician", []),
            ("assistant", [(REVIEW, "plan-author", "an assistant established the plan of care")]),
            ("student", [(REVIEW, "plan-author", "a student established the plan of care")]),
            ("aide", [(REVIEW, "plan-author", "an aide established the plan of care")]),
            (
                "athletic-trainer",
                [(REVIEW, "plan-author", "an athletic trainer established the plan of care")],
            ),
            (
                "clinical-fellow",
                [
                    (
                        REVIEW,
                        "plan-author",
                        "a clinical fellow without a license established the plan of care",
                    )
                ],
            ),
        ],
    )
    def test_only_a_therapist_or_physician_establishes_a_plan(
        self, by: str, expected: object
    ) -> None:
        assert summaries(check_plan(plan(established_by=by), "2026-01-15")) == expected


class TestReferralRelief:
    @pytest.mark.parametrize(
        ("sent", "expected"),
        [
            ("2026-01-01", []),
            ("2026-01-31", []),
            (
                "2026-02-01",
                [
                    (
                        DENY,
                        "certification-timely",
                        (
                            "the plan has no dated signature 58 days after the initial treatment on "
                            "2026-01-01"
                        ),
                    ),
                    (
                        REVIEW,
                        "referral-relief",
                        (
                            "the plan was sent on 2026-02-01, 1 day late / The order therefore does not "
                            "replace the signature on the plan."
                        ),
                    ),
                ],
            ),
        ],
    )
    def test_an_order_replaces_the_signature_if_the_plan_was_sent_within_thirty_days(
        self, sent: str, expected: list[tuple[str, str, str]]
    ) -> None:
        given = plan(certified_on=None, referral_signed_on="2025-12-20", plan_sent_on=sent)
        assert summaries(check_plan(given, "2026-02-28")) == expected

    def test_the_answers_say_that_the_order_replaces_the_signature(self) -> None:
        given = plan(
            certified_on=None,
            verbal_order_on="2026-01-05",
            referral_signed_on="2025-12-20",
            plan_sent_on="2026-01-02",
        )
        found = check_plan(given, "2026-02-28")
        assert summaries(found) == []
        for rule in ("certification-timely", "verbal-order", "referral-relief"):
            assert answers(found)[rule] == "clean"
        remarks = {each.rule.id: each.remark for each in found.answers}
        assert remarks["certification-timely"] == remarks["verbal-order"]
        assert remarks["certification-timely"] == (
            "an order on file and a plan sent on time replace the signature; see the rule referral-relief"
        )
        assert remarks["referral-relief"] == (
            "the order of 2025-12-20 and the plan sent on 2026-01-02 replace the signature"
        )

    @pytest.mark.parametrize(
        ("ordered", "sent", "message"),
        [
            ("2026-01-01", "2026-01-01", None),
            (
                "2026-01-02",
                "2026-01-02",
                (
                    "the order is dated 2026-01-02, after the initial treatment on 2026-01-01 / The "
                    "order therefore does not replace the signature on the plan."
                ),
            ),
            (
                "2025-12-20",
                "2025-12-31",
                "the plan was sent on 2025-12-31, before the initial treatment on 2026-01-01",
            ),
        ],
    )
    def test_the_order_precedes_the_treatment_and_the_plan_is_sent_after(
        self, ordered: str, sent: str, message: str | None
    ) -> None:
        given = plan(certified_on=None, referral_signed_on=ordered, plan_sent_on=sent)
        unsigned = (
            DENY,
            "certification-timely",
            "the plan has no dated signature 31 days after the initial treatment on 2026-01-01",
        )
        expected = [] if message is None else [unsigned, (REVIEW, "referral-relief", message)]
        assert summaries(check_plan(given, "2026-02-01")) == expected

    def test_until_the_plan_is_sent_the_signature_is_due(self) -> None:
        given = plan(certified_on=None, referral_signed_on="2025-12-20")
        assert [each.severity.value for each in check_plan(given, "2026-01-31")] == [LIGHT]
        assert [each.severity.value for each in check_plan(given, "2026-02-01")] == [DENY]

    @pytest.mark.parametrize(("sent", "denied"), [("2026-01-31", False), ("2026-02-01", True)])
    def test_a_chiropractor_s_signature_does_not_matter_then(
        self,
        sent: str,
        denied: bool,  # noqa: FBT001 - a grid
    ) -> None:
        given = plan(
            certified_by="chiropractor", referral_signed_on="2025-12-20", plan_sent_on=sent
        )
        found = check_plan(given, "2026-02-28")
        assert bool(found.of_rule("certifier")) == denied
        assert bool(found.of_rule("referral-relief")) == denied

    @pytest.mark.parametrize(
        ("on", "rules"), [("2026-04-01", []), ("2026-04-02", ["recertification"])]
    )
    def test_a_recertification_still_needs_its_signature(self, on: str, rules: list[str]) -> None:
        given = plan(
            certified_on=None,
            referral_signed_on="2025-12-20",
            plan_sent_on="2026-01-02",
            recertifications=[again(None, "2026-03-25")],
        )
        found = check_plan(given, on)
        assert [each.rule.id for each in found.at_least("deny")] == rules

    @pytest.mark.parametrize(
        ("on", "answer", "severities"),
        [("2024-12-31", "not-applicable", [DENY]), ("2025-01-01", "clean", [])],
    )
    def test_it_is_for_dates_of_service_from_2025(
        self, on: str, answer: str, severities: list[str]
    ) -> None:
        given = plan(
            first="2024-11-20",
            certified_on=None,
            referral_signed_on="2024-11-18",
            plan_sent_on="2024-11-21",
        )
        found = check_plan(given, on)
        assert answers(found)["referral-relief"] == answer
        assert [each.severity.value for each in found] == severities

    @pytest.mark.parametrize("missing", ["referral_signed_on", "plan_sent_on"])
    def test_order_and_sending_are_both_needed(self, missing: str) -> None:
        terms: dict[str, Any] = {"referral_signed_on": "2025-12-20", "plan_sent_on": "2026-01-02"}
        found = check_plan(plan(certified_on=None, **(terms | {missing: None})), "2026-02-28")
        assert answers(found)["referral-relief"] == "not-in-data"
        assert [each.rule.id for each in found] == ["certification-timely"]

    @pytest.mark.parametrize(
        ("signed", "rules"),
        [
            ("2025-12-31", ["certification-timely"]),
            ("2026-01-01", []),
            ("2026-01-31", []),
            ("2026-02-01", []),
        ],
    )
    def test_with_referral_relief_no_signature_is_late(self, signed: str, rules: list[str]) -> None:
        given = plan(
            certified_on=signed, referral_signed_on="2025-12-20", plan_sent_on="2026-01-02"
        )
        assert [each.rule.id for each in check_plan(given, "2026-02-28")] == rules
        in_time = "2026-01-01" <= signed <= "2026-01-31"
        remarks = {each.rule.id: each.remark for each in check_plan(given, "2026-02-28").answers}
        assert (
            remarks["referral-relief"] == "the plan was signed on time, so the order is not needed"
        ) == in_time


class TestRecertification:
    @pytest.mark.parametrize(
        ("signed", "late"),
        [
            ("2026-04-01", None),
            ("2026-04-02", "1 day after the previous interval ended"),
            ("2026-05-01", "30 days after the previous interval ended"),
        ],
    )
    def test_it_must_be_signed_before_the_prior_interval_ends(
        self, signed: str, late: str | None
    ) -> None:
        given = plan(recertifications=[again(signed, "2026-04-02", delay_reason="reason")])
        message = f"the recertification that starts on 2026-04-02 was signed on {signed}, {late}"
        expected = [(REVIEW, "recertification", message)]
        assert summaries(check_plan(given, "2026-04-10")) == (expected if late else [])
        assert summaries(check_plan(given, "2026-03-10")) == []

    def test_a_late_one_needs_its_reason(self) -> None:
        given = plan(recertifications=[again("2026-04-02", "2026-04-02")])
        found = check_plan(given, "2026-04-10")
        assert [each.rule.id for each in found] == ["delayed-certification", "recertification"]
        assert "starts on 2026-04-02 was certified late, on 2026-04-02" in found[0].message

    @pytest.mark.parametrize(
        ("signed", "before"), [("2025-03-30", True), ("2025-12-31", True), ("2026-01-01", False)]
    )
    def test_one_dated_before_the_initial_treatment_is_a_review(
        self,
        signed: str,
        before: bool,  # noqa: FBT001 - a grid
    ) -> None:
        given = plan(recertifications=[again(signed, "2026-03-25")])
        message = (
            f"the signature on the recertification that starts on 2026-03-25 is dated {signed}, before "
            "the initial treatment on 2026-01-01"
        )
        found = check_plan(given, "2026-03-25")
        assert summaries(found) == ([(REVIEW, "recertification", message)] if before else [])
        assert [each.action for each in found] == ["check whether the year is right."] * before
        assert summaries(check_plan(given, "2026-03-24")) == []

    def test_an_unsigned_one_certifies_no_further_days(self) -> None:
        given = plan(recertifications=[again(None, "2026-03-25")])
        assert summaries(check_plan(given, "2026-03-30")) == []
        message = "the recertification that starts on 2026-03-25 has no dated signature"
        assert summaries(check_plan(given, "2026-04-02")) == [(DENY, "recertification", message)]
        assert [each.rule.id for each in check_plan(given, "2026-06-24")] == [
            "certification-period"
        ]

    def test_one_signed_interval_is_enough(self) -> None:
        given = plan(
            recertifications=[
                again(None, "2026-03-25", "20 days"),
                again("2026-03-26", "2026-03-26"),
            ]
        )
        assert summaries(check_plan(given, "2026-04-02")) == []

    def test_one_that_has_not_started_is_not_checked(self) -> None:
        given = plan(recertifications=[again(None, "2026-04-02")])
        found = check_plan(given, "2026-04-01")
        assert answers(found)["recertification"] == "not-in-data"
        answer = next(each for each in found.answers if each.rule.id == "recertification")
        assert answer.remark == "no recertification that starts by 2026-04-01 was given"

    def test_a_chiropractor_may_not_recertify(self) -> None:
        given = plan(
            recertifications=[again("2026-03-25", "2026-03-25", certified_by="chiropractor")]
        )
        assert summaries(check_plan(given, "2026-03-24")) == []
        message = (
            "a chiropractor certified the interval that starts on 2026-03-25 / A chiropractor may not "
            "certify a plan of care."
        )
        assert summaries(check_plan(given, "2026-03-25")) == [(DENY, "certifier", message)]


def test_the_date_of_service_is_required() -> None:
    with pytest.raises(TypeError):
        check_plan(plan())  # type: ignore[call-arg]


class TestYourOwnNumbers:
    def test_a_day_without_a_number_is_out_of_range(self) -> None:
        numbers = own_numbers("certification_days", (None, "90"), through="2026-01-19")
        signed = plan(certified_on="2026-01-19")
        assert summaries(check_plan(signed, "2026-02-02", parameters=numbers)) == []
        found = check_plan(plan(certified_on="2026-01-20"), "2026-02-02", parameters=numbers)
        assert summaries(found) == []
        answered = answers(found)
        assert answered.pop("plan-author") == "clean"
        assert answered == dict.fromkeys(
            (
                "certifier",
                "certification-period",
                "certification-timely",
                "verbal-order",
                "referral-relief",
                "recertification",
                "delayed-certification",
            ),
            "date-out-of-range",
        )
        usual = answers(check_plan(plan(certified_on="2026-01-20"), "2026-02-02"))
        assert set(usual) == {"plan-author", *answered}

    def test_the_end_of_a_certification_follows_the_given_numbers(self) -> None:
        numbers = own_numbers("certification_days", (None, "60"))
        assert str(certification_end(plan(), parameters=numbers)) == "2026-03-02"
