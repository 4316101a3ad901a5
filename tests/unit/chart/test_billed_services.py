"""Which services of a session are billed."""

from __future__ import annotations

import pytest

from therapy_billing import Session, TimedService, UntimedService
from therapy_billing.chart.billed_services import billed_services
from therapy_billing.codes.roles import Clinician
from therapy_billing.visits.services import Service


@pytest.mark.parametrize(
    ("payer", "on", "discipline", "billed"),
    [
        ("medicare", "2026-03-02", "PT", {"therapist", "assistant", "together", "physician"}),
        ("medicare", "2026-03-02", "SLP", {"therapist", "together", "physician"}),
        ("tricare", "2020-04-15", "PT", {"therapist", "together", "physician"}),
        ("medicare", "1999-12-31", "PT", {role.value for role in Clinician}),
    ],
)
def test_depends_on_the_role_and_the_payer(
    payer: str, on: str, discipline: str, billed: set[str]
) -> None:
    code = "97110" if on > "2020" else "97116"
    day = Session(on, discipline, [TimedService(code, 10, clinician=role) for role in Clinician])
    assert {each.clinician.value for each in billed_services(day, payer)} == billed


def test_depends_on_the_class_of_the_service() -> None:
    services: list[Service] = [
        UntimedService("97161", clinician="assistant"),
        UntimedService("97161", clinician="student"),
        TimedService("97110", 10, clinician="athletic-trainer"),
    ]
    assert billed_services(Session("2026-03-02", "PT", services), "medicare") == (services[0],)
