"""Which payers come with the library, and where each one is described."""

from __future__ import annotations

from therapy_billing.payers.cpt_midpoint import CPT_MIDPOINT_TERMS
from therapy_billing.payers.medicare import MEDICARE_TERMS

__all__ = ["IN_CODE", "IN_FILES"]

IN_CODE = {terms.name: terms for terms in (MEDICARE_TERMS, CPT_MIDPOINT_TERMS)}
IN_FILES = (
    "bcbs-nebraska",
    "california-workers-compensation",
    "highmark",
    "humana",
    "medicaid-ncci",
    "nevada-medicaid",
    "tricare",
    "unitedhealthcare",
)
