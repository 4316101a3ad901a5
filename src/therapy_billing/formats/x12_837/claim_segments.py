"""Write a claim and its lines as the segments of an 837P (loops 2300 to 2430)."""

from __future__ import annotations

from collections.abc import Iterable

from therapy_billing.base.money import total
from therapy_billing.base.x12 import x12_date, x12_number
from therapy_billing.claims.coverage import Adjustment, Coverage, LinePayment, PriorPayment
from therapy_billing.claims.parties import Provider, ServiceFacility
from therapy_billing.claims.professional_claim import (
    Accident,
    ClaimHeader,
    ProfessionalClaim,
    ServiceLine,
)
from therapy_billing.formats.x12_837.record_segments import (
    RecordSegments,
    cannot_be_written,
    refuse_given,
    required,
)

__all__ = ["ClaimSegments"]

_MOST_DIAGNOSES = 12
_MOST_MODIFIERS = 4
_MOST_POINTERS = 4
_MOST_CAUSES = 2
_MOST_ADJUSTMENTS = 6
"""A CAS segment has room for six adjustments."""


class ClaimSegments:
    """Write claims. The methods are in the order of the loops, and each writes segments in the order of the guide."""

    def __init__(self, segments: RecordSegments) -> None:
        self._segments = segments
        self._add = segments.add

    def claim(self, claim: ProfessionalClaim, path: str) -> None:
        """Write loops 2300 to 2430 of a claim."""
        parties, at = claim.parties, f"{path}.parties"
        charges = [
            required(line.charge, f"{path}.lines[{index}].charge")
            for index, line in enumerate(claim.lines)
        ]
        self._header(claim.header, f"{path}.header", x12_number(total(charges)))
        self._referring(parties.referring_provider, f"{at}.referring_provider")
        self._rendering(parties.rendering_provider, f"{at}.rendering_provider")
        self._facility(parties.service_facility, f"{at}.service_facility")
        self._supervising(parties.supervising_provider, f"{at}.supervising_provider")
        for index, prior in enumerate(parties.prior_payments):
            self._prior_payment(prior, f"{at}.prior_payments[{index}]")
        for index, line in enumerate(claim.lines):
            self._add("LX", str(index + 1))
            self._line(line, f"{path}.lines[{index}]")

    def _header(self, header: ClaimHeader, path: str, charge: str) -> None:
        segments, text = self._segments, self._segments.text
        place = segments.needed(header, "place_of_service", path)
        codes = ("signature_on_file", "assignment", "benefits_assigned", "release")
        self._add(
            "CLM",
            segments.needed(header, "account", path),
            charge,
            "",
            "",
            (place, "B", segments.needed(header, "frequency", path)),
            *segments.texts(header, path, *codes, "patient_signature"),
            self._causes(header.accident, f"{path}.accident"),
            *[""] * 8,
            text(header, "delay_reason", path),
        )
        segments.day("431", header.onset)
        segments.day("454", header.initial_treatment)
        segments.day("304", header.last_seen)
        if header.accident is not None:
            segments.day("439", header.accident.occurred_on)
        segments.amount("F5", header.patient_paid)
        for kind, field in (
            ("9F", "referral"),
            ("G1", "authorization"),
            ("F8", "payer_claim_number"),
            ("D9", "clearinghouse_trace"),
            ("EA", "medical_record"),
        ):
            segments.reference(kind, header, field, path)
        self._note(text(header, "note", path))
        codes_of = segments.members(header, "diagnoses", path, _MOST_DIAGNOSES)
        if codes_of:
            first, *others = codes_of
            self._add("HI", ("ABK", first), *(("ABF", code) for code in others))

    def _causes(self, accident: Accident | None, path: str) -> tuple[str, ...]:
        if accident is None:
            return ()
        causes = self._segments.members(accident, "causes", path, _MOST_CAUSES)
        causes += [""] * (_MOST_CAUSES + 1 - len(causes))
        return (*causes, *self._segments.texts(accident, path, "state", "country"))

    def _note(self, note: str) -> None:
        if note:
            self._add("NTE", "ADD", note)

    def _provider(self, code: str, provider: Provider, path: str) -> None:
        npi = self._segments.text(provider, "npi", path)
        self._segments.name(code, provider.name, path, ("XX", npi))

    def _rendering(self, provider: Provider | None, path: str) -> None:
        if provider is not None:
            self._provider("82", provider, path)
            taxonomy = self._segments.text(provider, "taxonomy", path)
            if taxonomy:
                self._add("PRV", "PE", "PXC", taxonomy)

    def _referring(self, provider: Provider | None, path: str) -> None:
        if provider is not None:
            refuse_given(provider, path, "only a rendering provider has one", "taxonomy")
            self._provider("DN", provider, path)

    def _supervising(self, provider: Provider | None, path: str) -> None:
        if provider is not None:
            refuse_given(provider, path, "only a rendering provider has one", "taxonomy")
            self._provider("DQ", provider, path)

    def _facility(self, facility: ServiceFacility | None, path: str) -> None:
        if facility is not None:
            npi = self._segments.text(facility, "npi", path)
            self._segments.name("77", facility.name, path, ("XX", npi), default="2")
            self._segments.address(facility.address, f"{path}.address")

    def _prior_payment(self, prior: PriorPayment, path: str) -> None:
        """Write loops 2320 to 2330B."""
        segments = self._segments
        coverage = required(prior.coverage, f"{path}.coverage")
        subscriber = required(prior.subscriber, f"{path}.subscriber")
        at = f"{path}.coverage"
        refuse_given(coverage, at, "loop 2330B has no element for it", "provider_id")
        why = "loop 2330A has no element for it"
        refuse_given(subscriber, f"{path}.subscriber", why, "birth_date", "sex")
        self.subscriber_information(coverage, at, segments.text(coverage, "relationship", at))
        self._adjustments(prior.adjustments, f"{path}.adjustments")
        segments.amount("D", prior.paid)
        segments.amount("A8", prior.noncovered)
        segments.amount("EAF", prior.remaining)
        benefits, release = segments.texts(prior, path, "benefits_assigned", "release")
        self._add("OI", "", "", benefits, "", "", release)
        member = segments.text(subscriber, "member_id", f"{path}.subscriber")
        segments.name("IL", subscriber.name, f"{path}.subscriber", ("MI", member))
        segments.address(subscriber.address, f"{path}.subscriber.address")
        self.payer(coverage, at)
        segments.day("573", prior.paid_on)
        segments.reference("F8", prior, "claim_number", path)

    def subscriber_information(self, coverage: Coverage, path: str, relationship: str) -> None:
        """Write the SBR segment of a coverage."""
        text = self._segments.texts
        order, group, name, msp, filing = text(
            coverage, path, "order", "group_number", "group_name", "msp_type", "filing_indicator"
        )
        self._add("SBR", order, relationship, group, name, msp, "", "", "", filing)

    def payer(self, coverage: Coverage, path: str) -> None:
        """Write the NM1, N3, and N4 segments of a payer (loops 2010BB and 2330B)."""
        name, kind, identifier = self._segments.texts(
            coverage, path, "payer_name", "payer_id_kind", "payer_id"
        )
        self._add("NM1", "PR", "2", name, "", "", "", "", kind if identifier else "", identifier)
        self._segments.address(coverage.payer_address, f"{path}.payer_address")

    def _line(self, line: ServiceLine, path: str) -> None:
        """Write loops 2400 to 2430 of a line, after its LX segment."""
        segments = self._segments
        code = segments.needed(line, "code", path)
        modifiers = segments.members(line, "modifiers", path, _MOST_MODIFIERS)
        units = x12_number(required(line.units, f"{path}.units"))
        measure, place = segments.texts(line, path, "unit_measure", "place_of_service")
        if len(line.pointers) > _MOST_POINTERS:
            at = f"{path}.pointers[{_MOST_POINTERS}]"
            raise cannot_be_written(at, f"there is room for {_MOST_POINTERS}")
        charge = x12_number(required(line.charge, f"{path}.charge"))
        pointers = tuple(map(str, line.pointers))
        self._add("SV1", ("HC", code, *modifiers), charge, measure, units, place, "", pointers)
        self._line_dates(line, path)
        for kind, field in (("G1", "authorization"), ("6R", "line_number"), ("9F", "referral")):
            segments.reference(kind, line, field, path)
        self._note(segments.text(line, "note", path))
        self._rendering(line.rendering_provider, f"{path}.rendering_provider")
        self._facility(line.service_facility, f"{path}.service_facility")
        self._supervising(line.supervising_provider, f"{path}.supervising_provider")
        self._referring(line.referring_provider, f"{path}.referring_provider")
        for index, payment in enumerate(line.payments):
            self._payment(payment, f"{path}.payments[{index}]")

    def _line_dates(self, line: ServiceLine, path: str) -> None:
        first = required(line.date_of_service, f"{path}.date_of_service")
        if line.through is None:
            self._segments.day("472", first)
        else:
            self._add("DTP", "472", "RD8", f"{x12_date(first)}-{x12_date(line.through)}")

    def _payment(self, payment: LinePayment, path: str) -> None:
        """Write loop 2430."""
        segments = self._segments
        bundled = "" if payment.bundled_line is None else str(payment.bundled_line)
        self._add(
            "SVD",
            segments.needed(payment, "payer_id", path),
            x12_number(required(payment.paid, f"{path}.paid")),
            (
                "HC",
                segments.needed(payment, "code", path),
                *segments.members(payment, "modifiers", path, _MOST_MODIFIERS),
            ),
            "",
            x12_number(required(payment.units, f"{path}.units")),
            bundled,
        )
        self._adjustments(payment.adjustments, f"{path}.adjustments")
        segments.day("573", payment.paid_on)
        segments.amount("EAF", payment.remaining)

    def _adjustments(self, adjustments: Iterable[Adjustment], path: str) -> None:
        """Write one CAS segment for each group, or more if a group has more than six adjustments."""
        by_group: dict[str, list[tuple[str, str, str]]] = {}
        for index, each in enumerate(adjustments):
            at = f"{path}[{index}]"
            group = self._segments.needed(each, "group", at)
            reason = self._segments.needed(each, "reason", at)
            amount = x12_number(required(each.amount, f"{at}.amount"))
            quantity = "" if each.quantity is None else x12_number(each.quantity)
            by_group.setdefault(group, []).append((reason, amount, quantity))
        for group, found in by_group.items():
            for start in range(0, len(found), _MOST_ADJUSTMENTS):
                some = found[start : start + _MOST_ADJUSTMENTS]
                self._add("CAS", group, *(part for each in some for part in each))
