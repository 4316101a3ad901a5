"""Read claims and their lines (loops 2300 to 2430 of an 837P, without the parties)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from therapy_billing.claims.coverage import Adjustment, LinePayment
from therapy_billing.claims.professional_claim import Accident, ServiceLine
from therapy_billing.formats.x12_837.open_loops import OpenClaim, OpenLoops
from therapy_billing.formats.x12_837.segment_values import Draft, SegmentValues

__all__ = ["ClaimReader"]

_MODIFIERS = slice(2, 6)
_DESCRIPTION = 6
"""The index of the component for a description. Some programs write a fifth modifier there."""
_MODIFIER_LENGTH = 2
_POINTER = re.compile("[0-9]{1,2}", re.ASCII)
_CAUSES = 3
_TRIPLETS = range(2, 20, 3)

_DIAGNOSIS_QUALIFIERS = {"ABK": True, "ABF": False, "BK": True, "BF": False}
"""Whether a qualifier marks the principal diagnosis."""

_CLAIM_DATES = {"431": "onset", "454": "initial_treatment", "304": "last_seen"}
_OTHER_AMOUNTS = {"D": "paid", "A8": "noncovered", "EAF": "remaining"}


class ClaimReader:
    """Read the segments of claims and lines."""

    def __init__(self, loops: OpenLoops) -> None:
        self._loops = loops
        self.readers: Mapping[str, Callable[[SegmentValues], None]] = {
            "CLM": self._read_clm,
            "DTP": self._read_dtp,
            "AMT": self._read_amt,
            "NTE": self._read_nte,
            "HI": self._read_hi,
            "OI": self._read_oi,
            "CAS": self._read_cas,
            "LX": self._read_lx,
            "SV1": self._read_sv1,
            "SVD": self._read_svd,
        }

    def _read_clm(self, values: SegmentValues) -> None:
        self._loops.end_claim()
        self._loops.set_entity("")
        if self._loops.coverage is None:
            values.remark("hierarchy", "the level of the subscriber (HL) is missing")
        self._loops.level_claims += 1
        claim = self._loops.claim = OpenClaim(values, self._loops.party_records())
        header = claim.header
        header.set("account", values.text(1), values)
        place, facility, frequency = (*values.parts(5), "", "", "")[:3]
        header.set("place_of_service", place or None, values)
        header.set("frequency", frequency or None, values)
        if place and not facility:
            values.remark("empty-value", "CLM05 lacks B, which says what the place of service is")
        if facility not in ("B", "") or len(values.parts(5)) > 3:  # noqa: PLR2004 - three components are read
            values.remark("not-read", "CLM05 has a component that is not read")
        for number, field in (
            (6, "signature_on_file"),
            (7, "assignment"),
            (8, "benefits_assigned"),
            (9, "release"),
            (10, "patient_signature"),
            (20, "delay_reason"),
        ):
            header.set(field, values.text(number), values)
        claim_number = self._loops.property_number or self._loops.subscriber_number
        header.set("property_casualty_number", claim_number, values)
        self._read_causes(header, values)

    def _read_causes(self, header: Draft, values: SegmentValues) -> None:
        parts = values.parts(11)
        if not parts:
            return
        accident = header.sub("accident", Accident)
        accident.set("causes", values.codes(parts[:_CAUSES], 11), values)
        for part, field in zip(parts[_CAUSES:], ("state", "country"), strict=False):
            accident.set(field, part or None, values)

    def _read_dtp(self, values: SegmentValues) -> None:
        kind, claim = values.raw(1), self._loops.claim
        if kind == "472" and claim is not None:
            self._read_date_of_service(values, claim)
        elif kind == "573" and self._loops.payment is not None:
            self._loops.payment.set("paid_on", values.day(3), values)
        elif kind == "573" and self._loops.line is None and self._loops.other is not None:
            self._loops.other.set("paid_on", values.day(3), values)
        elif claim is None or self._loops.line is not None or self._loops.other is not None:
            values.skip()
        elif kind == "439":
            accident = claim.header.sub("accident", Accident)
            accident.set("occurred_on", values.day(3), values)
        elif kind in _CLAIM_DATES:
            claim.header.set(_CLAIM_DATES[kind], values.day(3), values)
        else:
            values.skip()

    def _read_amt(self, values: SegmentValues) -> None:
        kind = values.raw(1)
        draft, field = None, None
        if self._loops.payment is not None:
            draft, field = self._loops.payment, {"EAF": "remaining"}.get(kind)
        elif self._loops.line is not None:
            pass
        elif self._loops.other is not None:
            draft, field = self._loops.other, _OTHER_AMOUNTS.get(kind)
        elif self._loops.claim is not None:
            draft, field = self._loops.claim.header, {"F5": "patient_paid"}.get(kind)
        if draft is None or field is None:
            values.skip()
        else:
            draft.set(field, values.number(2), values)

    def _read_nte(self, values: SegmentValues) -> None:
        draft = self._loops.line
        if draft is None and self._loops.claim is not None and self._loops.other is None:
            draft = self._loops.claim.header
        if draft is None or values.raw(1) != "ADD":
            values.skip()
        else:
            draft.set("note", values.text(2), values)

    def _read_hi(self, values: SegmentValues) -> None:
        if self._loops.claim is None or self._loops.line is not None:
            values.skip()
            return
        diagnoses = self._loops.claim.diagnoses
        for number in range(1, len(values.segment.elements) + 1):
            qualifier, code, *rest = (*values.parts(number), "", "")
            if not code:
                message = f"HI{number:02} has no code, and was not read"
                values.remark("not-read" if qualifier else "empty-value", message)
                continue
            if qualifier not in _DIAGNOSIS_QUALIFIERS:
                values.remark("not-read", f"HI{number:02} is not a diagnosis that is read")
                continue
            if len(qualifier) == 2:  # noqa: PLR2004 - BK and BF
                values.remark("icd-9-qualifier", f"HI{number:02} has the qualifier of ICD-9")
            if _DIAGNOSIS_QUALIFIERS[qualifier] != (not diagnoses):
                message = f"HI{number:02} must be the first diagnosis if it is the principal one, and only then"
                values.remark("principal-diagnosis", message)
            if any(rest):
                values.remark("not-read", f"HI{number:02} has a component that is not read")
            diagnoses.append(code)

    def _read_oi(self, values: SegmentValues) -> None:
        if self._loops.other is None or self._loops.line is not None:
            values.skip()
            return
        self._loops.other.set("benefits_assigned", values.text(3), values)
        self._loops.other.set("release", values.text(6), values)

    def _read_cas(self, values: SegmentValues) -> None:
        draft = self._loops.payment
        if draft is None and self._loops.line is None:
            draft = self._loops.other
        if draft is None:
            values.skip()
            return
        adjustments: list[Any] = draft.values.setdefault("adjustments", [])
        group = values.text(1)
        for number in _TRIPLETS:
            reason = values.text(number)
            amount, quantity = values.number(number + 1), values.number(number + 2)
            if (reason, amount, quantity) != (None, None, None):
                adjustments.append(Adjustment(group, reason, amount, quantity))

    def _start_line(self, claim: OpenClaim, values: SegmentValues, *, has_lx: bool) -> Draft:
        self._loops.payment = None
        self._loops.set_entity("")
        self._loops.has_lx = has_lx
        line = self._loops.line = Draft(ServiceLine, unit_measure=None)
        claim.lines.append(line)
        claim.positions.append(values.segment.position)
        if not has_lx:
            values.remark("order", "the LX segment of this line is missing")
        return line

    def _read_lx(self, values: SegmentValues) -> None:
        if self._loops.claim is None:
            values.skip()
            return
        self._loops.claim.end_early_date()
        self._start_line(self._loops.claim, values, has_lx=True)
        if values.raw(1) != str(len(self._loops.claim.lines)):
            values.remark("numbering", "LX01 is not the number of the line in the claim")

    def _read_date_of_service(self, values: SegmentValues, claim: OpenClaim) -> None:
        """Read a date of service. Without LX segments, a date may come before the SV1 segment of its line."""
        dates = values.days(3)
        line = self._loops.line
        complete = ("code", "date_of_service")
        if line is None:
            claim.early_date = (values, dates)
            return
        if not self._loops.has_lx and all(field in line.values for field in complete):
            line = self._start_line(claim, values, has_lx=False)
        self._set_dates(line, values, dates)

    def _set_dates(
        self, line: Draft, values: SegmentValues, dates: tuple[date | None, date | None]
    ) -> None:
        line.set("date_of_service", dates[0], values)
        line.set("through", dates[1], values)

    def _read_sv1(self, values: SegmentValues) -> None:
        claim, line = self._loops.claim, self._loops.line
        if claim is None:
            values.skip()
            return
        if line is None or "code" in line.values:
            line = self._start_line(claim, values, has_lx=False)
        if claim.early_date is not None:
            self._set_dates(line, *claim.early_date)
            claim.early_date = None
        self._read_procedure(line, values, 1)
        line.set("charge", values.number(2), values)
        line.set("unit_measure", values.text(3), values)
        line.set("units", values.number(4), values)
        line.set("place_of_service", values.text(5), values)
        pointers = values.codes(values.parts(7), 7)
        digits = [pointer for pointer in pointers if _POINTER.fullmatch(pointer)]
        if len(digits) < len(pointers):
            values.remark("bad-number", "SV107 has a pointer that is not a number")
        line.set("pointers", tuple(map(int, digits)) or None, values)

    def _read_procedure(self, draft: Draft, values: SegmentValues, number: int) -> None:
        """Read a code and its modifiers from a composite."""
        parts = values.parts(number)
        qualifier, code = (*parts, "", "")[:2]
        if code and qualifier != "HC":
            values.remark(
                "unknown-qualifier", f"{values.name}{number:02} does not have the qualifier HC"
            )
        draft.set("code", code or None, values)
        draft.set("modifiers", values.codes(parts[_MODIFIERS], number) or None, values)
        rest = [part for part in parts[_DESCRIPTION:] if part]
        if rest:
            fifth = parts[_DESCRIPTION]
            is_modifier = len(fifth) == _MODIFIER_LENGTH and fifth.isalnum()
            if is_modifier:
                message = (
                    f"{values.name}{number:02} has a fifth modifier, and there is room for four"
                )
                values.remark("fifth-modifier", message)
            if not is_modifier or len(rest) > 1:
                message = f"{values.name}{number:02} has a description, which is not read"
                values.remark("not-read", message)

    def _read_svd(self, values: SegmentValues) -> None:
        if self._loops.line is None:
            values.skip()
            return
        self._loops.set_entity("")
        payment = self._loops.payment = Draft(LinePayment)
        payments: list[Draft] = self._loops.line.values.setdefault("payments", [])
        payments.append(payment)
        payment.set("payer_id", values.text(1), values)
        payment.set("paid", values.number(2), values)
        self._read_procedure(payment, values, 3)
        payment.set("units", values.number(5), values)
        payment.set("bundled_line", values.whole(6), values)
