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
    "AuthorizationLeft",
    "Bucket",
    "CapCut",
    "Certifier",
    "Change",
    "CheckAnswer",
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
    "CountyLocality",
    "Discipline",
    "Due",
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
    "Gpci",
    "GpciFile",
    "InvalidInputError",
    "KxState",
    "LimitAnswer",
    "LogDay",
    "Margin",
    "MedicareTerms",
    "MueFile",
    "MueLimit",
    "NotPublishedError",
    "NoteEntry",
    "PairAnswer",
    "Parameter",
    "Parameters",
    "Payer",
    "PayerDifference",
    "PayerSide",
    "PlanOfCare",
    "Policy",
    "Pool",
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
    "UnitMethod",
    "UnitOf",
    "UntimedService",
    "Verification",
    "ZipArea",
    "allocate_units",
    "authorization_left",
    "bill_day",
    "build_claim",
    "bundled_edits",
    "check_authorization",
    "check_claim",
    "check_day",
    "check_note",
    "check_notes",
    "check_plan",
    "check_progress",
    "check_schedule",
    "compare_methods",
    "diff_payers",
    "due_dates",
    "explain",
    "explain_amount",
    "load_codes",
    "load_payers",
    "load_rules",
    "margins",
    "price_day",
    "read_gpci",
    "read_locality_counties",
    "read_ncci_mue",
    "read_ncci_ptp",
    "read_pprrvu",
    "read_published_amounts",
    "read_treatment_log",
    "read_zip5",
    "review_codes",
    "suggest_code",
    "visits_to_threshold",
]

# Where each public name lives. A name is loaded when it is first used, so importing the package
# loads nothing; type checkers read the imports above instead.
_HOME = {
    "activities": (
        "Activities",
        "ActivityType",
        "CodeReason",
        "CodeSuggestion",
        "CodeWarning",
        "RankedCode",
        "suggest_code",
    ),
    "claims": (
        "AssistantShare",
        "Claim",
        "ClaimLine",
    ),
    "codes": (
        "CodeFacts",
        "Contact",
        "TherapyClass",
        "UnitOf",
        "load_codes",
    ),
    "contracts": ("Contract",),
    "documentation": (
        "Authorization",
        "Certifier",
        "Due",
        "Duration",
        "NoteEntry",
        "PlanOfCare",
        "Practice",
        "ProgressReport",
        "Recertification",
        "TreatmentNote",
    ),
    "errors": (
        "FileFormatError",
        "InvalidInputError",
        "NotPublishedError",
        "TherapyBillingError",
    ),
    "explanations": (
        "Explanation",
        "Rule",
        "Step",
        "load_rules",
    ),
    "fee_schedules": (
        "FeeCoverage",
        "FeeSchedule",
        "FeeTable",
        "Price",
    ),
    "findings": (
        "Answer",
        "CheckAnswer",
        "Finding",
        "Findings",
        "Severity",
    ),
    "loaders.gpci": (
        "GpciFile",
        "read_gpci",
    ),
    "loaders.locality_counties": ("read_locality_counties",),
    "loaders.ncci_mue": ("read_ncci_mue",),
    "loaders.ncci_ptp": ("read_ncci_ptp",),
    "loaders.pprrvu": (
        "RvuFile",
        "read_pprrvu",
    ),
    "loaders.published_amounts": ("read_published_amounts",),
    "loaders.treatment_log": (
        "LogDay",
        "TreatmentLog",
        "read_treatment_log",
    ),
    "loaders.zip5": ("read_zip5",),
    "modifiers": (
        "Clinician",
        "Discipline",
        "Setting",
    ),
    "ncci": (
        "EditCoverage",
        "EditSetting",
        "EditState",
        "Edits",
        "LimitAnswer",
        "MueFile",
        "MueLimit",
        "PairAnswer",
        "PtpEdit",
        "PtpFile",
        "bundled_edits",
    ),
    "parameters": (
        "Parameter",
        "Parameters",
    ),
    "payers": (
        "CPT_MIDPOINT",
        "MEDICARE",
        "PAYERS",
    ),
    "payers.payer": ("Payer",),
    "payers.payer_files": ("load_payers",),
    "pipeline.allocation": ("allocate_units",),
    "pipeline.authorization_checks": (
        "AuthorizationLeft",
        "authorization_left",
        "check_authorization",
    ),
    "pipeline.checks": (
        "CHECKS",
        "check_claim",
        "check_day",
    ),
    "pipeline.claim_lines": ("build_claim",),
    "pipeline.code_review": ("review_codes",),
    "pipeline.comparison": (
        "Change",
        "Comparison",
        "Margin",
        "PayerDifference",
        "PayerSide",
        "compare_methods",
        "diff_payers",
        "margins",
    ),
    "pipeline.dues": ("due_dates",),
    "pipeline.note_checks": (
        "check_note",
        "check_notes",
        "check_progress",
    ),
    "pipeline.plan_checks": ("check_plan",),
    "pipeline.pricing": (
        "bill_day",
        "price_day",
        "visits_to_threshold",
    ),
    "pipeline.schedules": ("check_schedule",),
    "pipeline.steps": (
        "explain",
        "explain_amount",
    ),
    "policies": (
        "AssistantArithmetic",
        "AssistantRule",
        "EditProgram",
        "FeeBasis",
        "FirstPeriod",
        "Policy",
        "SecondaryUnits",
        "TiePolicy",
        "UnitMethod",
    ),
    "priced_days": (
        "Accumulators",
        "Bucket",
        "KxState",
        "MedicareTerms",
        "PricedDay",
        "PricedLine",
        "ThresholdState",
    ),
    "records": (
        "Allocation",
        "AssistantMinutes",
        "CapCut",
        "CountedCode",
        "Pool",
        "ScheduleEntry",
        "Session",
        "TimedService",
        "UntimedService",
    ),
    "rules.cost_sharing": ("CostShare",),
    "sources": (
        "Source",
        "Verification",
    ),
    "tables": (
        "CountyLocality",
        "Gpci",
        "PublishedAmount",
        "Rvu",
        "ZipArea",
    ),
    "timeline": ("Timeline",),
}
_MODULES = {name: module for module, names in _HOME.items() for name in names}

if TYPE_CHECKING:
    from therapy_billing.activities import (
        Activities,
        ActivityType,
        CodeReason,
        CodeSuggestion,
        CodeWarning,
        RankedCode,
        suggest_code,
    )
    from therapy_billing.claims import AssistantShare, Claim, ClaimLine
    from therapy_billing.codes import CodeFacts, Contact, TherapyClass, UnitOf, load_codes
    from therapy_billing.contracts import Contract
    from therapy_billing.documentation import (
        Authorization,
        Certifier,
        Due,
        Duration,
        NoteEntry,
        PlanOfCare,
        Practice,
        ProgressReport,
        Recertification,
        TreatmentNote,
    )
    from therapy_billing.errors import (
        FileFormatError,
        InvalidInputError,
        NotPublishedError,
        TherapyBillingError,
    )
    from therapy_billing.explanations import Explanation, Rule, Step, load_rules
    from therapy_billing.fee_schedules import FeeCoverage, FeeSchedule, FeeTable, Price
    from therapy_billing.findings import Answer, CheckAnswer, Finding, Findings, Severity
    from therapy_billing.loaders.gpci import GpciFile, read_gpci
    from therapy_billing.loaders.locality_counties import read_locality_counties
    from therapy_billing.loaders.ncci_mue import read_ncci_mue
    from therapy_billing.loaders.ncci_ptp import read_ncci_ptp
    from therapy_billing.loaders.pprrvu import RvuFile, read_pprrvu
    from therapy_billing.loaders.published_amounts import read_published_amounts
    from therapy_billing.loaders.treatment_log import LogDay, TreatmentLog, read_treatment_log
    from therapy_billing.loaders.zip5 import read_zip5
    from therapy_billing.modifiers import Clinician, Discipline, Setting
    from therapy_billing.ncci import (
        EditCoverage,
        Edits,
        EditSetting,
        EditState,
        LimitAnswer,
        MueFile,
        MueLimit,
        PairAnswer,
        PtpEdit,
        PtpFile,
        bundled_edits,
    )
    from therapy_billing.parameters import Parameter, Parameters
    from therapy_billing.payers import CPT_MIDPOINT, MEDICARE, PAYERS
    from therapy_billing.payers.payer import Payer
    from therapy_billing.payers.payer_files import load_payers
    from therapy_billing.pipeline.allocation import allocate_units
    from therapy_billing.pipeline.authorization_checks import (
        AuthorizationLeft,
        authorization_left,
        check_authorization,
    )
    from therapy_billing.pipeline.checks import CHECKS, check_claim, check_day
    from therapy_billing.pipeline.claim_lines import build_claim
    from therapy_billing.pipeline.code_review import review_codes
    from therapy_billing.pipeline.comparison import (
        Change,
        Comparison,
        Margin,
        PayerDifference,
        PayerSide,
        compare_methods,
        diff_payers,
        margins,
    )
    from therapy_billing.pipeline.dues import due_dates
    from therapy_billing.pipeline.note_checks import check_note, check_notes, check_progress
    from therapy_billing.pipeline.plan_checks import check_plan
    from therapy_billing.pipeline.pricing import bill_day, price_day, visits_to_threshold
    from therapy_billing.pipeline.schedules import check_schedule
    from therapy_billing.pipeline.steps import explain, explain_amount
    from therapy_billing.policies import (
        AssistantArithmetic,
        AssistantRule,
        EditProgram,
        FeeBasis,
        FirstPeriod,
        Policy,
        SecondaryUnits,
        TiePolicy,
        UnitMethod,
    )
    from therapy_billing.priced_days import (
        Accumulators,
        Bucket,
        KxState,
        MedicareTerms,
        PricedDay,
        PricedLine,
        ThresholdState,
    )
    from therapy_billing.records import (
        Allocation,
        AssistantMinutes,
        CapCut,
        CountedCode,
        Pool,
        ScheduleEntry,
        Session,
        TimedService,
        UntimedService,
    )
    from therapy_billing.rules.cost_sharing import CostShare
    from therapy_billing.sources import Source, Verification
    from therapy_billing.tables import CountyLocality, Gpci, PublishedAmount, Rvu, ZipArea
    from therapy_billing.timeline import Timeline
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
