"""The modifiers that name a plan of care, an assistant, a distinct service, or liability."""

from __future__ import annotations

from therapy_billing.codes.roles import Discipline

__all__ = [
    "ASSISTANT_MODIFIERS",
    "DISCIPLINE_MODIFIERS",
    "DISTINCT_MODIFIERS",
    "LIABILITY_MODIFIERS",
]

DISCIPLINE_MODIFIERS = {Discipline.PT: "GP", Discipline.OT: "GO", Discipline.SLP: "GN"}
"""The modifier of each plan of care."""

ASSISTANT_MODIFIERS = {Discipline.PT: "CQ", Discipline.OT: "CO"}
"""The modifier of an assistant's part; there is none for SLP."""

DISTINCT_MODIFIERS = frozenset({"59", "XE", "XP", "XS", "XU"})
"""The modifiers that tell a distinct service."""

LIABILITY_MODIFIERS = frozenset({"GA", "GX", "GY", "GZ"})
"""The modifiers that say who is liable when Medicare denies the line, as the biller expects."""
