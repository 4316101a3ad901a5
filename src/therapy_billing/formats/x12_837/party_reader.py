"""Read the parties of an 837P: their names, addresses, contacts, birth dates, taxonomy codes, and numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from therapy_billing.claims.parties import (
    Address,
    BillingContact,
    BillingProvider,
    Name,
    Organization,
    Person,
    Provider,
    Receiver,
    ServiceFacility,
    Submitter,
)
from therapy_billing.formats.x12_837.open_loops import OpenLoops
from therapy_billing.formats.x12_837.segment_values import Draft, SegmentValues

__all__ = ["PartyReader"]

_CLAIM_REFERENCES = {
    "9F": "referral",
    "G1": "authorization",
    "F8": "payer_claim_number",
    "D9": "clearinghouse_trace",
    "EA": "medical_record",
}
_LINE_REFERENCES = {"G1": "authorization", "6R": "line_number", "9F": "referral"}
_PROVIDERS: Mapping[str, tuple[str, type[Provider | ServiceFacility]]] = {
    "82": ("rendering_provider", Provider),
    "DN": ("referring_provider", Provider),
    "DQ": ("supervising_provider", Provider),
    "77": ("service_facility", ServiceFacility),
}
_NUMBERS = {"TE": "phone", "EX": "extension", "EM": "email", "FX": "fax"}

_NOT_A_KIND = "NM102 is not 1, a person, or 2, an organization"


class PartyReader:
    """Read the segments that belong to an NM1 segment, and REF segments."""

    def __init__(self, loops: OpenLoops) -> None:
        self._loops = loops
        self.readers: Mapping[str, Callable[[SegmentValues], None]] = {
            "NM1": self._read_nm1,
            "N3": self._read_n3,
            "N4": self._read_n4,
            "PER": self._read_per,
            "DMG": self._read_dmg,
            "PRV": self._read_prv,
            "REF": self._read_ref,
        }

    def _read_nm1(self, values: SegmentValues) -> None:
        code = values.raw(1)
        if code in _PROVIDERS:
            self._read_provider(code, values)
            return
        draft = self._party(code, values)
        if draft is None:
            values.skip()
            self._loops.set_entity("not read")
            return
        self._loops.set_entity(code, draft)
        if code == "PR":
            self._read_payer(draft, values)
        elif code == "87":
            if values.raw(2) not in ("1", "2"):
                values.remark("unknown-qualifier", _NOT_A_KIND)
        elif code == "IL":
            self._set_name(draft, values, Person, Organization)
            draft.set("member_id", values.identifier(9, "MI"), values)
        elif code == "QC":
            self._set_name(draft, values, Person)
        elif code == "85":
            self._set_name(draft, values, Person, Organization)
            draft.set("npi", values.identifier(9, "XX"), values)
        else:
            kinds = (Organization,) if code == "40" else (Person, Organization)
            self._set_name(draft, values, *kinds)
            draft.set("id", values.identifier(9, "46"), values)

    def _read_payer(self, draft: Draft, values: SegmentValues) -> None:
        kind, identifier = values.text(8), values.text(9)
        if identifier is not None and kind is None:
            values.remark("unknown-qualifier", "NM108 does not say what NM109 is")
        draft.set("payer_name", self._organization_name(values), values)
        draft.set("payer_id_kind", kind, values)
        draft.set("payer_id", identifier, values)

    def _party(self, code: str, values: SegmentValues) -> Draft | None:
        """Return the draft of the party that an NM1 segment names, or None if it is not read."""
        if self._loops.claim is not None:
            if self._loops.other is None or self._loops.line is not None:
                return None
            found = {"IL": "subscriber", "PR": "coverage"}.get(code)
            if code == "IL":
                self._check_order(self._loops.other.values["coverage"], values)
            return None if found is None else self._loops.other.values[found]
        if code in ("85", "87") and self._loops.billing is None:
            values.remark("hierarchy", "the level of the billing provider (HL) is missing")
            self._loops.billing = Draft(BillingProvider)
        parties = {
            "85": self._loops.billing,
            "87": self._loops.billing,
            "IL": self._loops.subscriber,
            "PR": self._loops.coverage,
            "QC": self._loops.patient,
        }
        if code == "IL" and self._loops.coverage is not None:
            self._check_order(self._loops.coverage, values)
        if code == "41":
            return self._loops.submission.sub("submitter", Submitter)
        if code == "40":
            return self._loops.submission.sub("receiver", Receiver)
        return parties.get(code)

    def _check_order(self, coverage: Draft, values: SegmentValues) -> None:
        if coverage.values.keys() & {"payer_name", "payer_id"}:
            values.remark("order", "the subscriber follows the payer")

    def _read_provider(self, code: str, values: SegmentValues) -> None:
        field, kind = _PROVIDERS[code]
        owner = self._loops.line
        if owner is None and self._loops.claim is not None and self._loops.other is None:
            owner = self._loops.claim.parties
        if owner is None or self._loops.payment is not None:
            values.skip()
            self._loops.set_entity("not read")
            return
        if field in owner.values:
            values.remark("repeated", "this provider is given a second time, and was not read")
            values.ignore(*range(1, 13))
            self._loops.set_entity("not read")
            return
        draft = owner.sub(field, kind)
        self._loops.set_entity(code, draft)
        kinds = (Organization,) if kind is ServiceFacility else (Person, Organization)
        self._set_name(draft, values, *kinds)
        draft.set("npi", values.identifier(9, "XX"), values)

    def _organization_name(self, values: SegmentValues) -> str | None:
        if values.raw(2) != "2":
            values.remark("unknown-qualifier", "NM102 is not 2, an organization")
        return values.text(3)

    def _set_name(self, draft: Draft, values: SegmentValues, *kinds: type[Name]) -> None:
        kind = values.raw(2)
        last, first = values.text(3), values.text(4)
        if kind not in ("1", "2"):
            if last is not None or first is not None:
                values.remark("unknown-qualifier", _NOT_A_KIND)
            kind = "1" if first is not None else "2"
        name: Name
        if kind == "1":
            name = Person(last, first, values.text(5), values.text(7))
        else:
            name = Organization(last)
            if first is not None:
                values.remark("not-read", "NM104 is not read, because an organization has one name")
        if name in (Person(), Organization()):
            return
        if isinstance(name, kinds):
            draft.set("name", name, values)
        else:
            values.remark(
                "unknown-qualifier", "NM102 is not the kind of this party, so its name was not read"
            )

    def _address(self, values: SegmentValues) -> Draft | None:
        """Return the draft of the address that an N3 or N4 segment belongs to."""
        fields = {
            "85": "address",
            "87": "pay_to_address",
            "IL": "address",
            "QC": "address",
            "77": "address",
            "PR": "payer_address",
        }
        field = fields.get(self._loops.entity)
        if field is None or self._loops.entity_draft is None:
            values.skip()
            return None
        return self._loops.entity_draft.sub(field, Address)

    def _read_n3(self, values: SegmentValues) -> None:
        address = self._address(values)
        if address is not None:
            address.set("line1", values.text(1), values)
            address.set("line2", values.text(2), values)

    def _read_n4(self, values: SegmentValues) -> None:
        address = self._address(values)
        if address is not None:
            for number, field in enumerate(("city", "state", "zip_code", "country"), start=1):
                address.set(field, values.text(number), values)

    def _read_per(self, values: SegmentValues) -> None:
        draft = self._loops.entity_draft
        if self._loops.entity not in ("41", "85") or draft is None or values.raw(1) != "IC":
            values.skip()
            return
        if "contact" in draft.values and values.segment[2]:
            # Its numbers belong to another name.
            values.remark("repeated", "a second contact is not read")
            values.ignore(*range(2, 10))
            return
        contact = draft.sub("contact", BillingContact)
        contact.set("name", values.text(2), values)
        for number in (3, 5, 7):
            field = _NUMBERS.get(values.segment[number].strip())
            if field is not None:
                values.ignore(number)
                contact.set(field, values.text(number + 1), values)

    def _read_dmg(self, values: SegmentValues) -> None:
        draft = self._loops.entity_draft
        if self._loops.entity not in ("IL", "QC") or self._loops.claim is not None or draft is None:
            values.skip()
            return
        draft.set("birth_date", values.day(2), values)
        draft.set("sex", values.text(3), values)

    def _read_prv(self, values: SegmentValues) -> None:
        draft, role = self._loops.entity_draft, values.raw(1)
        if self._loops.entity == "" and self._loops.claim is None and role == "BI":
            draft = self._loops.billing if self._loops.coverage is None else None
        elif (self._loops.entity, role) != ("82", "PE"):
            draft = None
        if draft is None:
            values.skip()
        else:
            draft.set("taxonomy", values.identifier(3, "PXC"), values)

    def _read_ref(self, values: SegmentValues) -> None:
        kind, draft = values.raw(1), self._loops.entity_draft
        if self._loops.line is not None:
            self._set_reference(self._loops.line, _LINE_REFERENCES, kind, values)
        elif self._loops.other is not None:
            if (self._loops.entity, kind) == ("PR", "F8"):
                self._loops.other.set("claim_number", values.text(2), values)
            else:
                values.skip()
        elif self._loops.claim is not None:
            if kind == "Y4" and not self._loops.entity:
                values.remark("order", "this number belongs to the patient")
                self._loops.claim.header.set("property_casualty_number", values.text(2), values)
            else:
                self._set_reference(self._loops.claim.header, _CLAIM_REFERENCES, kind, values)
        elif self._loops.entity == "85" and kind in ("EI", "SY") and draft is not None:
            draft.set("tax_id_kind", kind, values)
            draft.set("tax_id", values.text(2), values)
        elif self._loops.entity == "PR" and kind == "G2" and draft is not None:
            draft.set("provider_id", values.text(2), values)
        elif self._loops.entity in ("IL", "QC") and kind == "Y4":
            self._read_property_number(values)
        else:
            values.skip()

    def _read_property_number(self, values: SegmentValues) -> None:
        """Read the claim number of workers' compensation or auto insurance."""
        number, loops = values.text(2), self._loops
        is_patient = loops.entity == "QC"
        own = loops.property_number if is_patient else loops.subscriber_number
        if own is not None or (is_patient and loops.subscriber_number not in (None, number)):
            message = "this number is given a second time; only the first one was read"
            values.remark("repeated", message)
        elif is_patient:
            loops.property_number = number
        else:
            loops.subscriber_number = number

    def _set_reference(
        self, draft: Draft, fields: Mapping[str, str], kind: str, values: SegmentValues
    ) -> None:
        field = fields.get(kind)
        if field is None:
            values.skip()
            return
        if self._loops.entity:
            values.remark("order", "this number follows a provider")
        draft.set(field, values.text(2), values)
