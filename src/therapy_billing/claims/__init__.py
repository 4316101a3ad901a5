"""
Turn units into claim lines with modifiers, and claim lines into a claim that can be sent.

- :func:`build_claim` returns a :class:`Claim` with :class:`ClaimLine` records.
- :class:`AssistantShare` shows how an assistant's minutes decided CQ and CO.
- :data:`Attestation`, :data:`Charges`, and :data:`Pointers` are argument types.
- :func:`build_submission` returns a :class:`Submission` of :class:`ProfessionalClaim` records, each with its
  :class:`ClaimHeader`, :class:`ClaimParties`, and :class:`ServiceLine` records.
- :class:`SegmentRemark` is what a reader of a claim file skipped or found odd.
- :func:`read_parties_file` returns a :class:`PartiesFile` with the :class:`PatientParties` of each patient of a log.
- :class:`Npi`, :class:`Mbi`, :class:`DiagnosisCode`, :class:`TaxonomyCode`, :class:`TaxId`, and :class:`Zip9` check one
  identifier.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = [
    "Accident",
    "Address",
    "Adjustment",
    "AssistantShare",
    "Attestation",
    "BillingContact",
    "BillingProvider",
    "Charges",
    "Claim",
    "ClaimHeader",
    "ClaimLine",
    "ClaimParties",
    "Coverage",
    "DiagnosisCode",
    "LinePayment",
    "Mbi",
    "Npi",
    "Organization",
    "PartiesFile",
    "Patient",
    "PatientParties",
    "Person",
    "Pointers",
    "PriorPayment",
    "ProfessionalClaim",
    "Provider",
    "Receiver",
    "SegmentRemark",
    "ServiceFacility",
    "ServiceLine",
    "Submission",
    "Submitter",
    "Subscriber",
    "TaxId",
    "TaxonomyCode",
    "Zip9",
    "build_claim",
    "build_submission",
    "read_parties_file",
]

if TYPE_CHECKING:
    from therapy_billing.claims.attestations import Attestation
    from therapy_billing.claims.claim_lines import Charges, build_claim
    from therapy_billing.claims.coverage import (
        Adjustment,
        Coverage,
        LinePayment,
        Patient,
        PriorPayment,
        Subscriber,
    )
    from therapy_billing.claims.identifiers import (
        DiagnosisCode,
        Mbi,
        Npi,
        TaxId,
        TaxonomyCode,
        Zip9,
    )
    from therapy_billing.claims.parties import (
        Address,
        BillingContact,
        BillingProvider,
        Organization,
        Person,
        Provider,
        Receiver,
        ServiceFacility,
        Submitter,
    )
    from therapy_billing.claims.parties_file import PartiesFile, PatientParties, read_parties_file
    from therapy_billing.claims.professional_claim import (
        Accident,
        ClaimHeader,
        ClaimParties,
        ProfessionalClaim,
        ServiceLine,
    )
    from therapy_billing.claims.records import AssistantShare, Claim, ClaimLine
    from therapy_billing.claims.segment_remarks import SegmentRemark
    from therapy_billing.claims.submission import Pointers, Submission, build_submission
else:
    from therapy_billing.base.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "claims.attestations": ("Attestation",),
            "claims.claim_lines": ("Charges", "build_claim"),
            "claims.coverage": (
                "Adjustment",
                "Coverage",
                "LinePayment",
                "Patient",
                "PriorPayment",
                "Subscriber",
            ),
            "claims.identifiers": ("DiagnosisCode", "Mbi", "Npi", "TaxId", "TaxonomyCode", "Zip9"),
            "claims.parties": (
                "Address",
                "BillingProvider",
                "BillingContact",
                "Organization",
                "Person",
                "Provider",
                "Receiver",
                "ServiceFacility",
                "Submitter",
            ),
            "claims.parties_file": ("PartiesFile", "PatientParties", "read_parties_file"),
            "claims.professional_claim": (
                "Accident",
                "ClaimHeader",
                "ClaimParties",
                "ProfessionalClaim",
                "ServiceLine",
            ),
            "claims.records": ("AssistantShare", "Claim", "ClaimLine"),
            "claims.segment_remarks": ("SegmentRemark",),
            "claims.submission": ("Pointers", "Submission", "build_submission"),
        },
    )
