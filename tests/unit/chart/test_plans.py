"""Plans of care, certifications, and progress reports."""

from __future__ import annotations

import datetime
from typing import Any

import attrs
import pytest
from dateutil.relativedelta import relativedelta

from tests.refusals import refusal
from tests.unit.chart.values import DAY, NO_DAY, PRIVATE
from therapy_billing import Clinician, Discipline, InvalidInputError
from therapy_billing.base.durations import Duration
from therapy_billing.chart.plans import (
    CertifyingRole,
    PlanOfCare,
    ProgressReport,
    Recertification,
    parse_certifier,
)

WORDS = "physician, nonphysician-practitioner, or chiropractor"


class TestCertifyingRole:
    @pytest.mark.parametrize(
        ("value", "who"),
        [
            ("Physician ", CertifyingRole.PHYSICIAN),
            ("npp", CertifyingRole.NONPHYSICIAN_PRACTITIONER),
            ("nonphysician practitioner", CertifyingRole.NONPHYSICIAN_PRACTITIONER),
            ("nonphysician_practitioner", CertifyingRole.NONPHYSICIAN_PRACTITIONER),
            (CertifyingRole.CHIROPRACTOR, CertifyingRole.CHIROPRACTOR),
        ],
    )
    def test_it_is_parsed_from_its_name(self, value: Any, who: CertifyingRole) -> None:  # noqa: ANN401
        assert parse_certifier(value) is who

    @pytest.mark.parametrize(
        ("value", "shown"), [("Dr. Invented", "a string of 12 characters"), (None, "None")]
    )
    def test_an_unknown_name_raises_an_error(self, value: Any, shown: str) -> None:  # noqa: ANN401
        message = refusal(InvalidInputError, lambda: parse_certifier(value))
        assert message == f"certified_by must be {WORDS}, got {shown}"


class TestPlanOfCare:
    def test_recertifications_are_sorted_by_first_day(self) -> None:
        later = Recertification("2026-06-25", "2026-06-30", "1 month")
        earlier = Recertification("2026-03-30", datetime.date(2026, 4, 1), "90 days")
        plan = PlanOfCare("PT", "2026-01-01", "90 days", recertifications=[later, earlier])
        assert plan.recertifications == (earlier, later)

    def test_it_accepts_what_a_clinic_writes(self) -> None:
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
        assert plan.certified_by is CertifyingRole.NONPHYSICIAN_PRACTITIONER
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
    def test_an_impossible_date_raises_an_error(self, field: str) -> None:
        days: dict[str, Any] = {"initial_treatment": "2026-01-01", field: "2026-02-30"}
        message = refusal(InvalidInputError, lambda: PlanOfCare("PT", duration="90 days", **days))
        assert message == NO_DAY.format(field, "'2026-02-30'")

    @pytest.mark.parametrize("value", [None, 20260101, datetime.datetime(2026, 1, 1, 9, 30)])  # noqa: DTZ001 - a wall clock
    def test_an_invalid_date_is_reported_with_its_field(self, value: Any) -> None:  # noqa: ANN401 - wrong kinds
        message = refusal(InvalidInputError, lambda: PlanOfCare("PT", value, "90 days"))
        assert message.startswith("initial_treatment must be a date")
        if value is not None:
            message = refusal(InvalidInputError, lambda: Recertification(value, DAY, "90 days"))
            assert message.startswith("certified_on must be a date")

    def test_a_signature_before_its_verbal_order_raises_an_error(self) -> None:
        plan = PlanOfCare("PT", "2026-01-01", "90 days", verbal_order_on="2026-01-10")
        assert refusal(
            InvalidInputError, lambda: attrs.evolve(plan, certified_on="2026-01-09")
        ) == (
            "certified_on 2026-01-09 is before verbal_order_on 2026-01-10: the signature cannot be dated before the order"
        )
        assert attrs.evolve(plan, certified_on="2026-01-10").certified_on is not None

    def test_a_further_interval_starts_after_the_initial_treatment(self) -> None:
        def plan(first: str) -> PlanOfCare:
            return PlanOfCare(
                "PT",
                "2026-01-01",
                "90 days",
                recertifications=[Recertification(None, first, "90 days")],
            )

        assert refusal(InvalidInputError, lambda: plan("2026-01-01")) == (
            "a recertification starts on 2026-01-01, but must start after initial_treatment 2026-01-01"
        )
        assert plan("2026-01-02").recertifications[0].certified_on is None

    def test_the_repr_omits_the_delay_reason(self) -> None:
        again = Recertification(None, "2026-04-01", "90 days", delay_reason=PRIVATE)
        plan = PlanOfCare(
            "PT", "2026-01-01", "90 days", delay_reason=PRIVATE, recertifications=[again]
        )
        assert plan.delay_reason == again.delay_reason == PRIVATE
        assert "Rosa" not in repr(plan)


class TestProgressReport:
    def test_author_and_signature_are_required(self) -> None:
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
            NO_DAY.format("written_on", "a string of 6 characters")
        )
