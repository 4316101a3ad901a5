"""Medicare Part B: units, modifiers and money by the law of the day."""

from __future__ import annotations

from datetime import date

import attrs

from therapy_billing.policies import AssistantRule, Payer, Policy, UnitMethod
from therapy_billing.timeline import Timeline

__all__ = ["MEDICARE"]

# In force since 1 April 2000, as a secondary source reports of Transmittal 747.
_2000 = Policy(
    UnitMethod.CMS_EIGHT_MINUTE,
    minimum_minutes=8,
    medicare_codes=True,
    cost_sharing=True,
    kx=True,
)
_2011 = attrs.evolve(_2000, mppr=True)
_2020 = attrs.evolve(_2011, assistants=AssistantRule.UNITS_2020)
_2022 = attrs.evolve(_2020, assistants=AssistantRule.UNITS_2022)

MEDICARE = Payer(
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
)
