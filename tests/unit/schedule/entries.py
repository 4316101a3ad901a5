"""Schedule entries that the tests share."""

from __future__ import annotations

import datetime
from decimal import Decimal

from tests.amounts import allowed_of
from therapy_billing import (
    MEDICARE,
    Claim,
    ClaimLine,
    FeeSchedule,
    TimedService,
    UntimedService,
    load_codes,
    price_day,
)
from therapy_billing.findings.records import Answer, Finding, Findings
from therapy_billing.visits.schedule_entries import ScheduleEntry
from therapy_billing.visits.services import Service

DAY = "2026-03-02"
RATES = FeeSchedule.from_rates({"97110": 30, "97530": 40, "97150": 18, "97140": 28, "92508": 23})
OHIO = FeeSchedule.medicare(DAY, mac="15202", locality="00")


def moment(clock: str, day: str = DAY) -> datetime.datetime:
    return datetime.datetime.fromisoformat(f"{day} {clock:0>5}")


def service(code: str, start: str, end: str, clinician: str = "therapist") -> Service:
    """Return a clocked service."""
    began, ended = moment(start), moment(end)
    if not load_codes()[code].timed:
        return UntimedService(code, start=began, end=ended, clinician=clinician)
    return TimedService(code, start=began, end=ended, clinician=clinician)


def service_on(day: str, code: str, start: str, end: str) -> TimedService:
    return TimedService(code, start=moment(start, day), end=moment(end, day))


def entry(
    key: str,
    given: Service,
    *,
    patient: str = "A",
    by: str = "T",
    discipline: str = "PT",
    day: str = DAY,
) -> ScheduleEntry:
    return ScheduleEntry(key, patient, by, day, discipline, given)


def reported(findings: Findings) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(each.rule.id, each.severity.value, each.entries) for each in findings]


def only(findings: Findings) -> Finding:
    (finding,) = findings
    return finding


def answers(findings: Findings, rule: str) -> list[tuple[Answer, str]]:
    return [(each.answer, each.remark) for each in findings.answers if each.rule.id == rule]


CLEAN = [(Answer.CLEAN, "")]


def medicare(*lines: tuple[str, int], plan: str = "GP", fees: FeeSchedule = OHIO) -> Decimal:
    """Return what Medicare allows for a patient's day of these lines."""
    claim = Claim(DAY, [ClaimLine(code, units, (plan,)) for code, units in lines])
    return allowed_of(price_day(claim, MEDICARE, fees))
