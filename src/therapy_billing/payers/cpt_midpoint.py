"""Payers that count each code alone, a unit past the midpoint of its time."""

from __future__ import annotations

from datetime import date

from therapy_billing.law.sources import Source, Verification
from therapy_billing.law.timeline import Timeline
from therapy_billing.payers.payer_terms import PayerTerms
from therapy_billing.payers.policy import FeeBasis, Policy, UnitMethod

__all__ = ["CPT_MIDPOINT_TERMS"]

# No source names a first day for the convention.
CPT_MIDPOINT_TERMS = PayerTerms(
    name="cpt-midpoint",
    policies=Timeline(
        subject="the CPT midpoint policy",
        entries=(
            (
                None,
                Policy(UnitMethod.CPT_MIDPOINT, minimum_minutes=8, fee_basis=FeeBasis.ANY_SCHEDULE),
            ),
        ),
        known_through=date(2026, 12, 31),
    ),
    sources=(
        Source(
            "AAFP on the CPT midpoint rule",
            "",
            "https://www.aafp.org/journals/fpm/blogs/inpractice/entry/cpt_midpoint_rule.html",
            Verification.SECONDARY,
        ),
    ),
    note="A counting method, not a payer: caps, modifiers, and amounts come from the contract.",
)
