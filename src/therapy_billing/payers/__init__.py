"""
Payers and their billing policies by date of service.

- :data:`PAYERS` contains the payers that come with the library, such as :data:`MEDICARE`; :func:`load_payers` reads
  your own files.
- :class:`Payer` has a name and a :class:`Policy` for each date of service.
- A policy has four parts: :class:`Counting`, :class:`ModifierRules`, :class:`MoneyRules`, and :class:`ClaimRules`. It
  also has the table of who may furnish what, :class:`Furnishers`.
- :class:`Cap` and :class:`CodeTerms` are a payer's caps and its terms for single codes.
- :class:`UnitMethod`, :class:`TiePolicy`, and the other enums are the options of a policy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = [
    "CPT_MIDPOINT",
    "MEDICARE",
    "PAYERS",
    "AssistantArithmetic",
    "AssistantRule",
    "Cap",
    "CapEach",
    "CapOf",
    "ClaimRules",
    "CodeTerms",
    "Counting",
    "EditProgram",
    "FeeBasis",
    "FirstPeriod",
    "FurnisherRule",
    "Furnishers",
    "ModifierRules",
    "MoneyRules",
    "Payable",
    "Payer",
    "PayerLike",
    "Policy",
    "PolicyChanges",
    "SecondaryUnits",
    "ShareOf",
    "TiePolicy",
    "UnitMethod",
    "load_payers",
]

if TYPE_CHECKING:
    from therapy_billing.payers.caps import Cap, CapEach, CapOf
    from therapy_billing.payers.catalog import CPT_MIDPOINT, MEDICARE, PAYERS, load_payers
    from therapy_billing.payers.claim_rules import ClaimRules
    from therapy_billing.payers.code_terms import CodeTerms
    from therapy_billing.payers.furnishers import FurnisherRule, Furnishers, Payable, ShareOf
    from therapy_billing.payers.payer import Payer
    from therapy_billing.payers.payer_argument import PayerLike
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
        PolicyChanges,
        SecondaryUnits,
        TiePolicy,
        UnitMethod,
    )
else:
    from therapy_billing.base.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "payers.caps": ("Cap", "CapEach", "CapOf"),
            "payers.catalog": ("CPT_MIDPOINT", "MEDICARE", "PAYERS", "load_payers"),
            "payers.claim_rules": ("ClaimRules",),
            "payers.code_terms": ("CodeTerms",),
            "payers.furnishers": ("FurnisherRule", "Furnishers", "Payable", "ShareOf"),
            "payers.payer": ("Payer",),
            "payers.payer_argument": ("PayerLike",),
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
                "PolicyChanges",
                "SecondaryUnits",
                "TiePolicy",
                "UnitMethod",
            ),
        },
    )
