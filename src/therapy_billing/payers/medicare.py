"""Medicare Part B: units of the day's total under the eight-minute rule."""

from __future__ import annotations

from datetime import date

from therapy_billing.policies import Payer, Policy, UnitMethod
from therapy_billing.timeline import Timeline

__all__ = ["MEDICARE"]

# In force since 1 April 2000, as a secondary source reports of Transmittal 747.
MEDICARE = Payer(
    name="medicare",
    policies=Timeline(
        subject="medicare's policy",
        entries=(
            (
                date(2000, 4, 1),
                Policy(UnitMethod.CMS_EIGHT_MINUTE, minimum_minutes=8, medicare_codes=True),
            ),
        ),
        known_through=date(2026, 12, 31),
    ),
)
