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
    "CPT_MIDPOINT",
    "MEDICARE",
    "Accumulators",
    "Allocation",
    "AssistantArithmetic",
    "AssistantMinutes",
    "AssistantRule",
    "AssistantShare",
    "Bucket",
    "CapCut",
    "Claim",
    "ClaimLine",
    "Clinician",
    "CodeFacts",
    "Comparison",
    "Contract",
    "CostShare",
    "CountedCode",
    "CountyLocality",
    "Discipline",
    "Explanation",
    "FeeCoverage",
    "FeeSchedule",
    "FeeTable",
    "FileFormatError",
    "FirstPeriod",
    "Gpci",
    "GpciFile",
    "InvalidInputError",
    "KxState",
    "LogDay",
    "Margin",
    "MedicareTerms",
    "NotPublishedError",
    "Parameter",
    "Parameters",
    "Payer",
    "Policy",
    "Pool",
    "Price",
    "PricedDay",
    "PricedLine",
    "PublishedAmount",
    "Rule",
    "Rvu",
    "RvuFile",
    "Session",
    "Setting",
    "Source",
    "Step",
    "TherapyBillingError",
    "TherapyClass",
    "ThresholdState",
    "TiePolicy",
    "TimedService",
    "Timeline",
    "TreatmentLog",
    "UnitMethod",
    "UnitOf",
    "UntimedService",
    "Verification",
    "ZipArea",
    "allocate_units",
    "bill_day",
    "build_claim",
    "compare_methods",
    "explain",
    "explain_amount",
    "load_codes",
    "load_rules",
    "margins",
    "price_day",
    "read_gpci",
    "read_locality_counties",
    "read_pprrvu",
    "read_published_amounts",
    "read_treatment_log",
    "read_zip5",
    "visits_to_threshold",
]

# Where each public name lives. A name is loaded when it is first used, so importing the package
# loads nothing; type checkers read the imports above instead.
_HOME = {
    "claims": (
        "AssistantShare",
        "Claim",
        "ClaimLine",
    ),
    "codes": (
        "CodeFacts",
        "TherapyClass",
        "UnitOf",
        "load_codes",
    ),
    "contracts": ("Contract",),
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
    "loaders.gpci": (
        "GpciFile",
        "read_gpci",
    ),
    "loaders.locality_counties": ("read_locality_counties",),
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
    "parameters": (
        "Parameter",
        "Parameters",
    ),
    "payers": (
        "CPT_MIDPOINT",
        "MEDICARE",
    ),
    "pipeline.allocation": ("allocate_units",),
    "pipeline.claim_lines": ("build_claim",),
    "pipeline.comparison": (
        "Comparison",
        "Margin",
        "compare_methods",
        "margins",
    ),
    "pipeline.pricing": (
        "bill_day",
        "price_day",
        "visits_to_threshold",
    ),
    "pipeline.steps": (
        "explain",
        "explain_amount",
    ),
    "policies": (
        "AssistantArithmetic",
        "AssistantRule",
        "FirstPeriod",
        "Payer",
        "Policy",
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
    from therapy_billing.claims import AssistantShare, Claim, ClaimLine
    from therapy_billing.codes import CodeFacts, TherapyClass, UnitOf, load_codes
    from therapy_billing.contracts import Contract
    from therapy_billing.errors import (
        FileFormatError,
        InvalidInputError,
        NotPublishedError,
        TherapyBillingError,
    )
    from therapy_billing.explanations import Explanation, Rule, Step, load_rules
    from therapy_billing.fee_schedules import FeeCoverage, FeeSchedule, FeeTable, Price
    from therapy_billing.loaders.gpci import GpciFile, read_gpci
    from therapy_billing.loaders.locality_counties import read_locality_counties
    from therapy_billing.loaders.pprrvu import RvuFile, read_pprrvu
    from therapy_billing.loaders.published_amounts import read_published_amounts
    from therapy_billing.loaders.treatment_log import LogDay, TreatmentLog, read_treatment_log
    from therapy_billing.loaders.zip5 import read_zip5
    from therapy_billing.modifiers import Clinician, Discipline, Setting
    from therapy_billing.parameters import Parameter, Parameters
    from therapy_billing.payers import CPT_MIDPOINT, MEDICARE
    from therapy_billing.pipeline.allocation import allocate_units
    from therapy_billing.pipeline.claim_lines import build_claim
    from therapy_billing.pipeline.comparison import Comparison, Margin, compare_methods, margins
    from therapy_billing.pipeline.pricing import bill_day, price_day, visits_to_threshold
    from therapy_billing.pipeline.steps import explain, explain_amount
    from therapy_billing.policies import (
        AssistantArithmetic,
        AssistantRule,
        FirstPeriod,
        Payer,
        Policy,
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
