"""Medicare Part B: units, modifiers and money by the law of the day."""

from __future__ import annotations

from datetime import date

import attrs

from therapy_billing.law.sources import Source, Verification
from therapy_billing.law.timeline import Timeline
from therapy_billing.payers.payer_terms import PayerTerms
from therapy_billing.payers.policy import AssistantRule, EditProgram, FeeBasis, Policy, UnitMethod

__all__ = ["MEDICARE_TERMS"]

# In force since 1 April 2000, as a secondary source reports of Transmittal 747.
_2000 = Policy(
    UnitMethod.CMS_EIGHT_MINUTE,
    minimum_minutes=8,
    medicare_codes=True,
    cost_sharing=True,
    kx=True,
    edits=EditProgram.NCCI_MEDICARE,
    fee_basis=FeeBasis.MEDICARE_FEE_SCHEDULE,
)
_2011 = attrs.evolve(_2000, mppr=True)
_2020 = attrs.evolve(_2011, assistants=AssistantRule.UNITS_2020)
_2022 = attrs.evolve(_2020, assistants=AssistantRule.UNITS_2022)

MEDICARE_TERMS = PayerTerms(
    name="medicare",
    policies=Timeline(
        subject="medicare's policy",
        entries=(
            (date(2000, 4, 1), _2000),
            (date(2011, 1, 1), _2011),
            (date(2020, 1, 1), _2020),
            (date(2022, 1, 1), _2022),
        ),
        known_through=date(2026, 12, 31),
    ),
    sources=(
        Source(
            "First Coast Service Options, timed codes (4/9/2024)",
            "table of minutes and units",
            "https://medicare.fcso.com/Rehabilitation_services/0508065.asp",
            Verification.OFFICIAL,
        ),
        Source(
            "42 U.S.C. 1395m",
            "(k)(7) on the reduction of multiple procedures, (v) on assistants",
            "",
            Verification.OFFICIAL,
        ),
        Source(
            "New Grad Physical Therapy on the eight-minute rule",
            "Transmittal 747, in force since 1 April 2000",
            "https://newgradphysicaltherapy.com/8-minute-rule-vs-spm-losing-money",
            Verification.SECONDARY,
        ),
    ),
    note=(
        "Medicare Advantage plans usually count the same way, which no source that was read confirms: "
        "ask the plan."
    ),
)
