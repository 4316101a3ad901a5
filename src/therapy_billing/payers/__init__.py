"""Payers: which rule and which number, from which day."""

from __future__ import annotations

from therapy_billing.payers.cpt_midpoint import CPT_MIDPOINT
from therapy_billing.payers.medicare import MEDICARE

__all__ = ["CPT_MIDPOINT", "MEDICARE", "PAYERS"]

PAYERS = {payer.name: payer for payer in (MEDICARE, CPT_MIDPOINT)}
"""The payers that come with the library, by name."""
