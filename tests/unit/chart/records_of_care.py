"""Days, reports, notes, and plans for the tests, and summaries of findings."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

import attrs

from therapy_billing import MEDICARE
from therapy_billing.chart.notes import TreatmentNote
from therapy_billing.chart.plans import PlanOfCare, ProgressReport, Recertification
from therapy_billing.findings.records import Answer, Findings
from therapy_billing.law.sources import Source, Verification
from therapy_billing.payers.furnishers import FurnisherRule, Furnishers, Payable
from therapy_billing.payers.policy import Policy

DAY = datetime.date(2026, 3, 2)
DENY, REVIEW, LIGHT = "deny", "review", "info"


def summaries(findings: Iterable[Any]) -> list[tuple[str, str, str]]:
    """Return severity, rule, and text of each finding; the text is its message and detail."""
    return [
        (each.severity.value, each.rule.id, " / ".join(filter(None, (each.message, each.detail))))
        for each in findings
    ]


def answers(findings: Findings) -> dict[str, str]:
    """Return the first answer of each rule, after checking that it matches the findings."""
    first: dict[str, str] = {}
    for each in findings.answers:
        first.setdefault(each.rule.id, each.answer.value)
        assert (each.answer in (Answer.CLEAN, Answer.FINDING)) or each.remark
    for rule, answer in first.items():
        assert (answer == "finding") == bool(findings.of_rule(rule))
    return first


def days(count: int, first: datetime.date = DAY) -> list[datetime.date]:
    """Return *count* consecutive days."""
    return [first + datetime.timedelta(days=each) for each in range(count)]


def report(
    on: datetime.date | str,
    by: str = "therapist",
    *,
    signed: bool = True,
    cosigned: bool = False,
) -> ProgressReport:
    return ProgressReport(on, by, signed=signed, cosigned=cosigned)


def own_table(
    *rows: tuple[str, str, str], disciplines: Iterable[str] = ("PT", "OT", "SLP")
) -> Policy:
    """Return Medicare's policy with a table of *rows*: role, class of service, and whether it is payable."""
    rules = [
        FurnisherRule(
            payer="own",
            clinician=role,
            discipline=discipline,
            service=service,
            payable=Payable(payable),
            source=Source(f"{service} by {role}", "", "", Verification.UNVERIFIED),
        )
        for role, service, payable in rows
        for discipline in disciplines
    ]
    return attrs.evolve(MEDICARE.on(DAY), furnishers=Furnishers(rules))


def series(visits: str) -> list[TreatmentNote]:
    """Return the notes of *visits*, one per letter: ``a`` with an assessment, ``-`` without."""
    return [
        TreatmentNote(day, "PT", assessment="text" if each == "a" else None, key=f"row {index}")
        for index, (day, each) in enumerate(zip(days(len(visits)), visits, strict=True))
    ]


def plan(duration: str = "6 months", first: str = "2026-01-01", **given: Any) -> PlanOfCare:  # noqa: ANN401 - terms of many kinds
    terms: dict[str, Any] = {"certified_on": "2026-01-20", **given}
    return PlanOfCare("PT", first, duration, **terms)


def again(on: str | None, first: str, duration: str = "90 days", **given: Any) -> Recertification:  # noqa: ANN401 - as above
    return Recertification(on, first, duration, **given)
