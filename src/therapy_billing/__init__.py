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
    "Allocation",
    "CapCut",
    "Clinician",
    "CodeFacts",
    "Comparison",
    "CountedCode",
    "Discipline",
    "Explanation",
    "FeeSchedule",
    "FileFormatError",
    "FirstPeriod",
    "InvalidInputError",
    "LogDay",
    "Margin",
    "NotPublishedError",
    "Payer",
    "Policy",
    "Pool",
    "Price",
    "PricedDay",
    "PricedLine",
    "Rule",
    "Session",
    "Source",
    "Step",
    "TherapyBillingError",
    "TherapyClass",
    "TiePolicy",
    "TimedService",
    "Timeline",
    "TreatmentLog",
    "UnitMethod",
    "UnitOf",
    "UntimedService",
    "Verification",
    "allocate_units",
    "bill_day",
    "compare_methods",
    "explain",
    "explain_amount",
    "load_codes",
    "load_rules",
    "margins",
    "read_treatment_log",
]

# Where each public name lives. A name is loaded when it is first used, so importing the package
# loads nothing; type checkers read the imports above instead.
_HOME = {
    "codes": (
        "CodeFacts",
        "TherapyClass",
        "UnitOf",
        "load_codes",
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
    "loaders.treatment_log": (
        "LogDay",
        "TreatmentLog",
        "read_treatment_log",
    ),
    "modifiers": (
        "Clinician",
        "Discipline",
    ),
    "payers": (
        "CPT_MIDPOINT",
        "MEDICARE",
    ),
    "pipeline.allocation": ("allocate_units",),
    "pipeline.comparison": (
        "Comparison",
        "Margin",
        "compare_methods",
        "margins",
    ),
    "pipeline.pricing": ("bill_day",),
    "pipeline.steps": (
        "explain",
        "explain_amount",
    ),
    "policies": (
        "FirstPeriod",
        "Payer",
        "Policy",
        "TiePolicy",
        "UnitMethod",
    ),
    "records": (
        "Allocation",
        "CapCut",
        "CountedCode",
        "Pool",
        "PricedDay",
        "PricedLine",
        "Session",
        "TimedService",
        "UntimedService",
    ),
    "sources": (
        "Source",
        "Verification",
    ),
    "tables": (
        "FeeSchedule",
        "Price",
    ),
    "timeline": ("Timeline",),
}
_MODULES = {name: module for module, names in _HOME.items() for name in names}

if TYPE_CHECKING:
    from therapy_billing.codes import CodeFacts, TherapyClass, UnitOf, load_codes
    from therapy_billing.errors import (
        FileFormatError,
        InvalidInputError,
        NotPublishedError,
        TherapyBillingError,
    )
    from therapy_billing.explanations import Explanation, Rule, Step, load_rules
    from therapy_billing.loaders.treatment_log import (
        LogDay,
        TreatmentLog,
        read_treatment_log,
    )
    from therapy_billing.modifiers import Clinician, Discipline
    from therapy_billing.payers import CPT_MIDPOINT, MEDICARE
    from therapy_billing.pipeline.allocation import allocate_units
    from therapy_billing.pipeline.comparison import (
        Comparison,
        Margin,
        compare_methods,
        margins,
    )
    from therapy_billing.pipeline.pricing import bill_day
    from therapy_billing.pipeline.steps import explain, explain_amount
    from therapy_billing.policies import (
        FirstPeriod,
        Payer,
        Policy,
        TiePolicy,
        UnitMethod,
    )
    from therapy_billing.records import (
        Allocation,
        CapCut,
        CountedCode,
        Pool,
        PricedDay,
        PricedLine,
        Session,
        TimedService,
        UntimedService,
    )
    from therapy_billing.sources import Source, Verification
    from therapy_billing.tables import FeeSchedule, Price
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
