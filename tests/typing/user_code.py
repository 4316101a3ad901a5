"""User code with the types that type checkers must infer. It is type-checked, never run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, assert_type

from therapy_billing import (
    MEDICARE,
    Accumulators,
    Allocation,
    Claim,
    ClaimLine,
    Clinician,
    Contract,
    Discipline,
    Explanation,
    FeeSchedule,
    Finding,
    Findings,
    Payer,
    Policy,
    PricedDay,
    PricedLine,
    Session,
    Setting,
    TimedService,
    TreatmentLog,
    UnitMethod,
    UntimedService,
    allocate_units,
    bill_day,
    build_claim,
    check_claim,
    check_day,
    compare_methods,
    explain,
    from_json,
    price_day,
    read_treatment_log,
    to_json,
    unit_margins,
)
from therapy_billing.claims import AssistantShare
from therapy_billing.formats import json_schema
from therapy_billing.pricing import Bucket, CostShare, KxState, ThresholdState, visits_to_threshold
from therapy_billing.scenarios import Comparison, UnitMargin

service = TimedService("97530", minutes=20)
assert_type(service.minutes, int)
assert_type(service.code, str)
assert_type(service.clinician, Clinician)
assert_type(TimedService("97530", start="2026-03-02 09:00", end="2026-03-02 09:20"), TimedService)
assert_type(UntimedService("97161", minutes=35).minutes, int | None)

session = Session("2026-03-02", "PT", [service, UntimedService("97161")])
assert_type(session.date_of_service, date)
assert_type(session.discipline, Discipline)
assert_type(session.services, tuple[TimedService | UntimedService, ...])
assert_type(
    Session.from_minutes({"97530": 20}, date_of_service="2026-03-02", discipline="PT"), Session
)

allocation = allocate_units(session, MEDICARE)
assert_type(allocation, Allocation)
assert_type(allocate_units([session, session], UnitMethod.CPT_MIDPOINT), Allocation)
assert_type(allocate_units({"97530": 20}, MEDICARE), Allocation)
assert_type(allocation.units, Mapping[str, int])
assert_type(allocation.units["97530"], int)
assert_type(allocation.total_units, int)
assert_type(allocation.admissible, tuple[Mapping[str, int], ...])
assert_type(allocation.tied, bool)
assert_type(MEDICARE, Payer)
assert_type(MEDICARE.on(date(2026, 3, 2)), Policy)
assert_type(MEDICARE.on(None).with_changes(cap_per_day=4), Policy)

fees = FeeSchedule.medicare("2026-03-02")
assert_type(fees.amount("97530", units=2), Decimal)
assert_type(FeeSchedule.from_rates({"97530": "40.42"}), FeeSchedule)
day = bill_day(session, MEDICARE, fees)
assert_type(day, PricedDay)
assert_type(day.allowed, Decimal | None)
assert_type(day.medicare_pays, Decimal | None)
assert_type(day.lines[0], PricedLine)
assert_type(day.lines[0].allowed, Decimal | None)
assert_type(day.lines[0].share, CostShare | None)
assert_type(day.lines[0].kx, KxState)
assert_type(day.thresholds, tuple[ThresholdState, ...])
assert_type(day.accumulators, Accumulators | None)
claim = build_claim(session, MEDICARE, charges={"97530": "60.00", "97161": 150})
assert_type(claim, Claim)
assert_type(build_claim(allocation), Claim)
assert_type(claim.lines[0].modifiers, tuple[str, ...])
assert_type(claim.lines[0].charge, Decimal | None)
assert_type(claim.lines[0].discipline, Discipline | None)
assert_type(claim.assistants, tuple[AssistantShare, ...])
year = Accumulators(2026, deductible_met=283, pt_slp="2450.00")
assert_type(Accumulators.from_dict(year.to_dict()), Accumulators)
assert_type(
    price_day([claim, Claim("2026-03-02", [ClaimLine("97110", 2, ["GP", "CQ"])])], MEDICARE, fees),
    PricedDay,
)
attested = price_day(claim, MEDICARE, fees, year, attestations=["KX", ("KX", Discipline.PT)])
assert_type(attested.kx_suggested, tuple[PricedLine, ...])
assert_type(visits_to_threshold(attested, year), dict[Bucket, int])
contract = Contract("Blue PPO", percent_of_medicare="110", mppr=True)
assert_type(FeeSchedule.from_contract(contract, fees), FeeSchedule)
found = check_claim([claim], MEDICARE, fees, year, sessions=session, attestations=[("XU", "97530")])
assert_type(found, Findings)
assert_type(found[0], Finding)
assert_type(found[0].at_stake, Decimal | None)
assert_type(found[0].suggested, tuple[tuple[str, str], ...])
assert_type(check_claim(claim, MEDICARE, attestations=found[0].suggested), Findings)
assert_type(check_day([session], MEDICARE, setting=Setting.CRITICAL_ACCESS_HOSPITAL), Findings)
assert_type(check_day(session, MEDICARE, setting="critical-access-hospital"), Findings)
assert_type(explain(claim), Explanation)
assert_type(explain(day), Explanation)
assert_type(unit_margins(allocation), tuple[UnitMargin, ...])
assert_type(compare_methods(session, MEDICARE, UnitMethod.FULL_QUARTER), Comparison)
assert_type(read_treatment_log("day.csv"), TreatmentLog)
assert_type(to_json([session, session], indent=2), str)
assert_type(from_json(to_json(session), Session), Session)
assert_type(from_json(to_json([session]), Session, many=True), tuple[Session, ...])
assert_type(json_schema("session"), dict[str, Any])
