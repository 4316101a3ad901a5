"""The loops of an 837P that are open while it is read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from therapy_billing.base.money import total
from therapy_billing.claims.coverage import Coverage
from therapy_billing.claims.professional_claim import (
    ClaimHeader,
    ClaimParties,
    ProfessionalClaim,
)
from therapy_billing.claims.submission import Submission
from therapy_billing.formats.x12_837.records import ClaimPosition
from therapy_billing.formats.x12_837.segment_values import Draft, SegmentValues

__all__ = ["OpenClaim", "OpenLoops"]


class OpenClaim:
    """A claim that is still being read."""

    def __init__(self, values: SegmentValues, parties: Draft) -> None:
        self.values = values
        self.header: Draft = Draft(ClaimHeader)
        self.parties = parties
        self.lines: list[Draft] = []
        self.positions: list[int] = []
        self.charge: Decimal | None = values.number(2)
        self.diagnoses: list[str] = []
        self.early_date: tuple[SegmentValues, tuple[date | None, date | None]] | None = None
        """A date of service before any line."""

    def end_early_date(self) -> None:
        """Remark on a date of service that belongs to no line."""
        if self.early_date is not None:
            self.early_date[0].remark("not-read", "this date is before any line, and was not read")
            self.early_date = None


class OpenLoops:
    """
    The drafts of the loops that are open, from the transaction to the payment of a line.

    Args:
        payers: The library's name of each payer, by payer id.
        names: Whether names and other data of persons are kept.
    """

    def __init__(self, payers: Mapping[str, str], *, names: bool) -> None:
        self.payers = payers
        self.names = names
        self.submission: Draft = Draft(Submission, purpose=None, use=None)
        self.claims: list[ProfessionalClaim] = []
        self.positions: list[ClaimPosition] = []
        self.billing: Draft | None = None
        self.coverage: Draft | None = None
        self.subscriber: Draft | None = None
        self.patient: Draft | None = None
        self.relationship: str | None = None
        self.property_number: str | None = None
        self.subscriber_number: str | None = None
        """The claim number of workers' compensation or auto insurance at the subscriber. It is also that of the patient."""
        self.parties: Draft | None = None
        self.level_claims: int = 0
        self.claim: OpenClaim | None = None
        self.other: Draft | None = None
        self.line: Draft | None = None
        self.has_lx: bool = False
        self.payment: Draft | None = None
        self.entity: str = ""
        self.entity_draft: Draft | None = None

    def set_entity(self, entity: str, draft: Draft | None = None) -> None:
        """Set the party that the next segments belong to: the code of its NM1 segment, and its draft."""
        self.entity = entity
        self.entity_draft = draft

    def party_records(self) -> Draft:
        """Return the parties of the level. Claims of one level share these records."""
        if self.parties is None:
            coverage = self.coverage
            if coverage is not None:
                coverage = Draft(Coverage, **coverage.values)
                self._complete(coverage)
            found = {
                "billing_provider": self.billing,
                "coverage": coverage,
                "subscriber": self.subscriber,
                "patient": self.patient,
            }
            built = {
                field: draft.build(names=self.names)
                for field, draft in found.items()
                if draft is not None
            }
            self.parties = Draft(ClaimParties, **built)
        return Draft(ClaimParties, **self.parties.values)

    def _complete(self, coverage: Draft) -> None:
        """Add the relationship of the patient and the library's name of the payer to a coverage."""
        if self.relationship is not None:
            coverage.values["relationship"] = self.relationship
        self._name_payer(coverage)

    def _name_payer(self, coverage: Draft) -> None:
        name = self.payers.get(coverage.values.get("payer_id") or "")
        if name is not None:
            coverage.values["payer"] = name

    def end_claim(self) -> None:
        """Build the claim that is open, if there is one, and close it."""
        claim = self.claim
        if claim is None:
            return
        self.claim = self.other = self.line = self.payment = None
        claim.end_early_date()
        for prior in claim.parties.values.get("prior_payments", ()):
            self._name_payer(prior.values["coverage"])
        if claim.diagnoses:
            claim.header.values["diagnoses"] = tuple(claim.diagnoses)
        charges = [line.values.get("charge") for line in claim.lines]
        known = [charge for charge in charges if charge is not None]
        if not claim.values.raw(2):
            claim.values.remark("total", "CLM02 is missing")
        is_known = claim.charge is not None and len(known) == len(charges)
        if is_known and claim.charge != total(known):
            claim.values.remark("total", "CLM02 is not the sum of the charges of the lines")
        names = self.names
        self.claims.append(
            ProfessionalClaim(
                claim.header.build(names=names),
                claim.parties.build(names=names),
                tuple(line.build(names=names) for line in claim.lines),
            )
        )
        position = claim.values.segment.position
        self.positions.append(ClaimPosition(position, tuple(claim.positions)))
