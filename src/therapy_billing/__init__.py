"""
Minutes of US outpatient therapy to billable units, with the rule and the source of every number.

>>> from therapy_billing import MEDICARE, allocate_units
>>> allocate_units({"97530": 20, "97110": 20, "97112": 8}, MEDICARE)
<Allocation 97530 x1, 97110 x1, 97112 x1; 3 units of 48 timed minutes; medicare>
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

__all__ = [
    "CHECKS",
    "CPT_MIDPOINT",
    "MEDICARE",
    "PAYERS",
    "Accumulators",
    "Activities",
    "ActivityType",
    "Allocation",
    "Answer",
    "AssistantArithmetic",
    "AssistantMinutes",
    "AssistantRule",
    "AssistantShare",
    "Authorization",
    "AuthorizationBalance",
    "BilledDay",
    "BillingRun",
    "Bucket",
    "CappedUnit",
    "CertifyingRole",
    "Change",
    "CheckAnswer",
    "CheckedDay",
    "CheckingRun",
    "Claim",
    "ClaimLine",
    "Clinician",
    "CodeFacts",
    "CodeReason",
    "CodeSuggestion",
    "CodeWarning",
    "Comparison",
    "Contact",
    "Contract",
    "CostShare",
    "CountedCode",
    "Counting",
    "CountyLocality",
    "Deadline",
    "Discipline",
    "DisciplineUnits",
    "Duration",
    "EditCoverage",
    "EditProgram",
    "EditSetting",
    "EditState",
    "Edits",
    "Explanation",
    "FeeBasis",
    "FeeCoverage",
    "FeeSchedule",
    "FeeTable",
    "FileFormatError",
    "Finding",
    "Findings",
    "FirstPeriod",
    "Gap",
    "Gpci",
    "GpciFile",
    "InvalidInputError",
    "KxState",
    "LimitAnswer",
    "LogDay",
    "LogTotals",
    "MedicareTerms",
    "ModifierRules",
    "MoneyRules",
    "MueFile",
    "MueLimit",
    "NotPublishedError",
    "NoteEntry",
    "PairAnswer",
    "Parameter",
    "Parameters",
    "Payer",
    "PayerComparison",
    "PayerSide",
    "PayerTotals",
    "PlanOfCare",
    "Policy",
    "Practice",
    "Price",
    "PricedDay",
    "PricedLine",
    "ProgressReport",
    "PtpEdit",
    "PtpFile",
    "PublishedAmount",
    "RankedCode",
    "Recertification",
    "Rule",
    "Rvu",
    "RvuFile",
    "ScheduleEntry",
    "SecondaryUnits",
    "Service",
    "Session",
    "Setting",
    "Severity",
    "Source",
    "Step",
    "TherapyBillingError",
    "TherapyClass",
    "ThresholdState",
    "TiePolicy",
    "TimedService",
    "Timeline",
    "TreatmentLog",
    "TreatmentNote",
    "UnitMargin",
    "UnitMethod",
    "UnitOf",
    "UntimedService",
    "Verification",
    "ZipArea",
    "allocate_units",
    "authorization_balance",
    "bill_day",
    "bill_log",
    "build_claim",
    "check_authorization",
    "check_claim",
    "check_codes",
    "check_day",
    "check_log",
    "check_note",
    "check_notes",
    "check_plan",
    "check_progress",
    "check_schedule",
    "compare_methods",
    "compare_payers",
    "explain",
    "explain_amount",
    "load_codes",
    "load_payers",
    "load_rules",
    "price_day",
    "read_gpci",
    "read_locality_counties",
    "read_ncci_mue",
    "read_ncci_ptp",
    "read_pprrvu",
    "read_published_amounts",
    "read_treatment_log",
    "read_zip5",
    "service",
    "suggest_code",
    "to_dict",
    "unit_margins",
    "upcoming_deadlines",
    "visits_to_threshold",
]

# Where each public name lives. A name is loaded when it is first used, so importing the package
# loads nothing; type checkers read the imports above instead.
_HOME = {
    "base.durations": ("Duration",),
    "base.errors": (
        "FileFormatError",
        "InvalidInputError",
        "NotPublishedError",
        "TherapyBillingError",
    ),
    "base.record_dicts": ("to_dict",),
    "batch.billing": ("BillingRun", "bill_log"),
    "batch.checking": ("CheckingRun", "check_log"),
    "batch.gaps": ("Gap",),
    "batch.records": ("BilledDay", "CheckedDay"),
    "batch.totals": ("LogTotals", "PayerTotals"),
    "chart.authorization_checks": (
        "AuthorizationBalance",
        "authorization_balance",
        "check_authorization",
    ),
    "chart.authorizations": ("Authorization",),
    "chart.deadlines": ("Deadline", "upcoming_deadlines"),
    "chart.note_checks": ("check_note", "check_notes"),
    "chart.notes": ("NoteEntry", "Practice", "TreatmentNote"),
    "chart.plan_checks": ("check_plan",),
    "chart.plans": ("CertifyingRole", "PlanOfCare", "ProgressReport", "Recertification"),
    "chart.progress_reports": ("check_progress",),
    "checks.code_checks": ("check_codes",),
    "checks.day": ("CHECKS", "check_claim", "check_day"),
    "claims.claim_lines": ("build_claim",),
    "claims.records": ("AssistantShare", "Claim", "ClaimLine"),
    "code_choice.activities": ("Activities",),
    "code_choice.records": (
        "ActivityType",
        "CodeReason",
        "CodeSuggestion",
        "CodeWarning",
        "RankedCode",
    ),
    "code_choice.suggestion": ("suggest_code",),
    "codes.code_book": ("CodeFacts", "Contact", "TherapyClass", "UnitOf", "load_codes"),
    "codes.roles": ("Clinician", "Discipline", "Setting"),
    "explanations.records": ("Explanation", "Step"),
    "explanations.steps": ("explain", "explain_amount"),
    "fees.contract": ("Contract",),
    "fees.county_file": ("read_locality_counties",),
    "fees.fee_schedule": ("FeeSchedule",),
    "fees.gpci_file": ("GpciFile", "read_gpci"),
    "fees.pprrvu_file": ("RvuFile", "read_pprrvu"),
    "fees.prices": ("FeeCoverage", "FeeTable", "Price"),
    "fees.published_amounts_file": ("read_published_amounts",),
    "fees.records": ("CountyLocality", "Gpci", "PublishedAmount", "Rvu", "ZipArea"),
    "fees.zip5_file": ("read_zip5",),
    "findings.records": ("Answer", "CheckAnswer", "Finding", "Findings", "Severity"),
    "law.parameters": ("Parameter", "Parameters"),
    "law.rule_book": ("Rule", "load_rules"),
    "law.sources": ("Source", "Verification"),
    "law.timeline": ("Timeline",),
    "ncci.edits": ("Edits",),
    "ncci.mue_file": ("read_ncci_mue",),
    "ncci.ptp_file": ("read_ncci_ptp",),
    "ncci.records": (
        "EditCoverage",
        "EditSetting",
        "EditState",
        "LimitAnswer",
        "MueFile",
        "MueLimit",
        "PairAnswer",
        "PtpEdit",
        "PtpFile",
    ),
    "payers.catalog": ("CPT_MIDPOINT", "MEDICARE", "PAYERS", "load_payers"),
    "payers.payer": ("Payer",),
    "payers.policy": (
        "AssistantArithmetic",
        "AssistantRule",
        "Counting",
        "EditProgram",
        "FeeBasis",
        "FirstPeriod",
        "ModifierRules",
        "MoneyRules",
        "Policy",
        "SecondaryUnits",
        "TiePolicy",
        "UnitMethod",
    ),
    "pricing.accumulators": ("Accumulators", "Bucket"),
    "pricing.annual_threshold": ("visits_to_threshold",),
    "pricing.day": ("bill_day", "price_day"),
    "pricing.records": ("KxState", "MedicareTerms", "PricedDay", "PricedLine", "ThresholdState"),
    "pricing.rules.cost_sharing": ("CostShare",),
    "scenarios.methods": ("Comparison", "compare_methods"),
    "scenarios.payer_comparison": ("Change", "PayerComparison", "PayerSide", "compare_payers"),
    "scenarios.unit_margins": ("UnitMargin", "unit_margins"),
    "schedule.schedule_checks": ("check_schedule",),
    "units.allocation_record": ("Allocation",),
    "units.allocator": ("allocate_units",),
    "units.records": ("AssistantMinutes", "CappedUnit", "CountedCode", "DisciplineUnits"),
    "visits.schedule_entries": ("ScheduleEntry",),
    "visits.services": ("Service", "TimedService", "UntimedService", "service"),
    "visits.sessions": ("Session",),
    "visits.treatment_log": ("LogDay", "TreatmentLog", "read_treatment_log"),
}
_MODULES = {name: module for module, names in _HOME.items() for name in names}

if TYPE_CHECKING:
    from therapy_billing.base.durations import Duration
    from therapy_billing.base.errors import (
        FileFormatError,
        InvalidInputError,
        NotPublishedError,
        TherapyBillingError,
    )
    from therapy_billing.base.record_dicts import to_dict
    from therapy_billing.batch.billing import BillingRun, bill_log
    from therapy_billing.batch.checking import CheckingRun, check_log
    from therapy_billing.batch.gaps import Gap
    from therapy_billing.batch.records import BilledDay, CheckedDay
    from therapy_billing.batch.totals import LogTotals, PayerTotals
    from therapy_billing.chart.authorization_checks import (
        AuthorizationBalance,
        authorization_balance,
        check_authorization,
    )
    from therapy_billing.chart.authorizations import Authorization
    from therapy_billing.chart.deadlines import Deadline, upcoming_deadlines
    from therapy_billing.chart.note_checks import check_note, check_notes
    from therapy_billing.chart.notes import NoteEntry, Practice, TreatmentNote
    from therapy_billing.chart.plan_checks import check_plan
    from therapy_billing.chart.plans import (
        CertifyingRole,
        PlanOfCare,
        ProgressReport,
        Recertification,
    )
    from therapy_billing.chart.progress_reports import check_progress
    from therapy_billing.checks.code_checks import check_codes
    from therapy_billing.checks.day import CHECKS, check_claim, check_day
    from therapy_billing.claims.claim_lines import build_claim
    from therapy_billing.claims.records import AssistantShare, Claim, ClaimLine
    from therapy_billing.code_choice.activities import Activities
    from therapy_billing.code_choice.records import (
        ActivityType,
        CodeReason,
        CodeSuggestion,
        CodeWarning,
        RankedCode,
    )
    from therapy_billing.code_choice.suggestion import suggest_code
    from therapy_billing.codes.code_book import CodeFacts, Contact, TherapyClass, UnitOf, load_codes
    from therapy_billing.codes.roles import Clinician, Discipline, Setting
    from therapy_billing.explanations.records import Explanation, Step
    from therapy_billing.explanations.steps import explain, explain_amount
    from therapy_billing.fees.contract import Contract
    from therapy_billing.fees.county_file import read_locality_counties
    from therapy_billing.fees.fee_schedule import FeeSchedule
    from therapy_billing.fees.gpci_file import GpciFile, read_gpci
    from therapy_billing.fees.pprrvu_file import RvuFile, read_pprrvu
    from therapy_billing.fees.prices import FeeCoverage, FeeTable, Price
    from therapy_billing.fees.published_amounts_file import read_published_amounts
    from therapy_billing.fees.records import CountyLocality, Gpci, PublishedAmount, Rvu, ZipArea
    from therapy_billing.fees.zip5_file import read_zip5
    from therapy_billing.findings.records import Answer, CheckAnswer, Finding, Findings, Severity
    from therapy_billing.law.parameters import Parameter, Parameters
    from therapy_billing.law.rule_book import Rule, load_rules
    from therapy_billing.law.sources import Source, Verification
    from therapy_billing.law.timeline import Timeline
    from therapy_billing.ncci.edits import Edits
    from therapy_billing.ncci.mue_file import read_ncci_mue
    from therapy_billing.ncci.ptp_file import read_ncci_ptp
    from therapy_billing.ncci.records import (
        EditCoverage,
        EditSetting,
        EditState,
        LimitAnswer,
        MueFile,
        MueLimit,
        PairAnswer,
        PtpEdit,
        PtpFile,
    )
    from therapy_billing.payers.catalog import CPT_MIDPOINT, MEDICARE, PAYERS, load_payers
    from therapy_billing.payers.payer import Payer
    from therapy_billing.payers.policy import (
        AssistantArithmetic,
        AssistantRule,
        Counting,
        EditProgram,
        FeeBasis,
        FirstPeriod,
        ModifierRules,
        MoneyRules,
        Policy,
        SecondaryUnits,
        TiePolicy,
        UnitMethod,
    )
    from therapy_billing.pricing.accumulators import Accumulators, Bucket
    from therapy_billing.pricing.annual_threshold import visits_to_threshold
    from therapy_billing.pricing.day import bill_day, price_day
    from therapy_billing.pricing.records import (
        KxState,
        MedicareTerms,
        PricedDay,
        PricedLine,
        ThresholdState,
    )
    from therapy_billing.pricing.rules.cost_sharing import CostShare
    from therapy_billing.scenarios.methods import Comparison, compare_methods
    from therapy_billing.scenarios.payer_comparison import (
        Change,
        PayerComparison,
        PayerSide,
        compare_payers,
    )
    from therapy_billing.scenarios.unit_margins import UnitMargin, unit_margins
    from therapy_billing.schedule.schedule_checks import check_schedule
    from therapy_billing.units.allocation_record import Allocation
    from therapy_billing.units.allocator import allocate_units
    from therapy_billing.units.records import (
        AssistantMinutes,
        CappedUnit,
        CountedCode,
        DisciplineUnits,
    )
    from therapy_billing.visits.schedule_entries import ScheduleEntry
    from therapy_billing.visits.services import Service, TimedService, UntimedService, service
    from therapy_billing.visits.sessions import Session
    from therapy_billing.visits.treatment_log import LogDay, TreatmentLog, read_treatment_log
else:

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            msg = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(msg)
        value = getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
