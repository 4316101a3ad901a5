"""
Turn units into claim lines with modifiers.

- :func:`build_claim` returns a :class:`Claim` with :class:`ClaimLine` records.
- :class:`AssistantShare` shows how an assistant's minutes decided CQ and CO.
- :data:`Attestation` and :data:`Charges` are argument types.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["AssistantShare", "Attestation", "Charges", "Claim", "ClaimLine", "build_claim"]

if TYPE_CHECKING:
    from therapy_billing.claims.attestations import Attestation
    from therapy_billing.claims.claim_lines import Charges, build_claim
    from therapy_billing.claims.records import AssistantShare, Claim, ClaimLine
else:
    from therapy_billing.base.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "claims.attestations": ("Attestation",),
            "claims.claim_lines": ("Charges", "build_claim"),
            "claims.records": ("AssistantShare", "Claim", "ClaimLine"),
        },
    )
