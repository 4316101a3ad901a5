"""Payers that count each code alone, a unit past the midpoint of its time."""

from __future__ import annotations

from datetime import date

from therapy_billing.policies import Payer, Policy, UnitMethod
from therapy_billing.timeline import Timeline

__all__ = ["CPT_MIDPOINT"]

# No source names a first day for the convention.
CPT_MIDPOINT = Payer(
    name="cpt-midpoint",
    policies=Timeline(
        subject="the CPT midpoint policy",
        entries=((None, Policy(UnitMethod.CPT_MIDPOINT, minimum_minutes=8)),),
        known_through=date(2026, 12, 31),
    ),
)
