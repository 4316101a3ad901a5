"""Read the values of a segment, and remark on everything that a claim record cannot hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import attrs

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.validation import LARGEST
from therapy_billing.base.wording import listed
from therapy_billing.base.x12 import Segment, parse_x12_date, parse_x12_number, shown_segment
from therapy_billing.claims.coverage import Patient, Subscriber
from therapy_billing.claims.parties import BillingContact, BillingProvider, Person
from therapy_billing.claims.professional_claim import ClaimHeader, ServiceLine
from therapy_billing.claims.segment_remarks import SegmentRemark

__all__ = ["REMARK_KINDS", "Draft", "Remarks", "SegmentValues"]

REMARK_KINDS: Mapping[str, str] = {
    "bad-date": "A date is not a date, and was left out.",
    "bad-number": "An amount or a number is not a number, and was left out.",
    "blanks": "A value starts or ends with blanks. It was read without them.",
    "empty-value": "An element or component that another one needs is empty.",
    "envelope": "A count, a control number, or the syntax is wrong.",
    "fifth-modifier": "A line has a fifth modifier, in the component for a description.",
    "hierarchy": "The levels (HL) contradict each other, or one is missing.",
    "icd-9-qualifier": "A diagnosis has the qualifier of ICD-9. The code was read.",
    "lower-case": "A code is in lower case. It was read in capital letters.",
    "not-professional": "A transaction is not an 837P, and was not read.",
    "not-read": "A segment, an element, or a qualifier has no field in a claim record.",
    "numbering": "The lines are not numbered 1, 2, 3.",
    "order": "A segment is not where it belongs. It was read.",
    "principal-diagnosis": "The first diagnosis is not marked as the principal one, or another one is.",
    "repeated": "A value is given a second time. Only the first one was read.",
    "total": "The total of the claim is missing, or is not the sum of the charges of its lines.",
    "unknown-qualifier": "A qualifier names another kind of identifier than expected. The identifier was left out.",
    "version": "The version of the guide is not 005010X222A1.",
}
"""The kinds of remarks of the reader, and what they mean."""


class Remarks:
    """Collect remarks."""

    def __init__(self) -> None:
        self.found: list[SegmentRemark] = []

    def add(self, kind: str, segment: Segment, message: str) -> None:
        """Add a remark about a segment. *kind* is one of :data:`REMARK_KINDS`."""
        name = shown_segment(segment.name)
        self.found.append(SegmentRemark(kind, segment.position, name, message))


class SegmentValues:
    """The values of one segment. A value that was never asked for gets a remark."""

    def __init__(self, segment: Segment, remarks: Remarks) -> None:
        self.segment = segment
        self.name: str = segment.name
        self._remarks = remarks
        self._read: set[int] = set()
        self.is_skipped: bool = False

    def remark(self, kind: str, message: str) -> None:
        """Add a remark about this segment."""
        self._remarks.add(kind, self.segment, message)

    @property
    def has_remark(self) -> bool:
        """Whether this segment has a remark already."""
        last = self._remarks.found[-1:]
        return any(remark.position == self.segment.position for remark in last)

    def raw(self, number: int) -> str:
        """Return an element without the blanks around it."""
        self._read.add(number)
        return self.segment[number].strip()

    def text(self, number: int) -> str | None:
        """Return an element, or None if it is blank."""
        return self.raw(number) or None

    def parts(self, number: int) -> list[str]:
        """Return the components of an element."""
        self._read.add(number)
        return [part.strip() for part in self.segment.components(number)]

    def ignore(self, *numbers: int) -> None:
        """Leave elements out without a remark, because they have no meaning for a claim."""
        self._read.update(numbers)

    def number(self, number: int) -> Decimal | None:
        """Return an element as a number, or None with a remark."""
        text = self.raw(number)
        if not text:
            return None
        if text.startswith("+"):
            self.remark("bad-number", f"{self.name}{number:02} has a plus sign")
            return None
        try:
            value = parse_x12_number(text)
        except InvalidInputError:
            self.remark("bad-number", f"{self.name}{number:02} is not a number")
            return None
        if abs(value) > LARGEST:
            self.remark("bad-number", f"{self.name}{number:02} is above {LARGEST}")
            return None
        return value

    def whole(self, number: int) -> int | None:
        """Return an element as a whole number, or None with a remark."""
        found = self.number(number)
        if found is None:
            return None
        if found != found.to_integral_value():
            self.remark("bad-number", f"{self.name}{number:02} is not a whole number")
            return None
        return int(found)

    def day(self, number: int) -> date | None:
        """Return the date in an element whose qualifier is in the element before it."""
        return self.days(number)[0]

    def days(self, number: int) -> tuple[date | None, date | None]:
        """Return a date, or the first and last dates of a range, from a qualifier and the element after it."""
        form, text = self.raw(number - 1), self.raw(number)
        if not text:
            return None, None
        first, dash, last = text.partition("-")
        if form == "RD8" and dash:
            return self._day(first, number), self._day(last, number)
        if form == "D8":
            return self._day(text, number), None
        self.remark(
            "bad-date",
            f"{self.name}{number:02} is not a date of the form in {self.name}{number - 1:02}",
        )
        return None, None

    def _day(self, text: str, number: int) -> date | None:
        try:
            return parse_x12_date(text)
        except InvalidInputError:
            self.remark("bad-date", f"{self.name}{number:02} is not a date of eight digits")
            return None

    def codes(self, parts: Iterable[str], number: int) -> tuple[str, ...]:
        """Return the components that are not blank. A blank one before another gets a remark."""
        found = list(parts)
        while found and not found[-1]:
            found.pop()
        if "" in found:
            self.remark("empty-value", f"{self.name}{number:02} has an empty component")
        return tuple(filter(None, found))

    def identifier(self, number: int, *kinds: str) -> str | None:
        """Return an identifier if the qualifier before it is one of *kinds*."""
        kind, value = self.raw(number - 1), self.text(number)
        if value is None:
            if kind:
                self.remark("empty-value", f"{self.name}{number:02} is empty")
            return None
        if kind in kinds:
            return value
        message = f"{self.name}{number - 1:02} is not {listed(kinds, 'or')}, so {self.name}{number:02} was not read"
        self.remark("unknown-qualifier", message)
        return None

    def skip(self) -> None:
        """Remark that the whole segment is not read."""
        self.is_skipped = True
        self.remark("not-read", "this segment is not read")
        self._read.update(range(1, len(self.segment.elements) + 1))

    def finish(self) -> None:
        """Remark on the elements that were not read."""
        left = [
            f"{self.name}{number:02}"
            for number, element in enumerate(self.segment.elements, start=1)
            if number not in self._read and element.strip()
        ]
        if left:
            self.remark("not-read", f"{listed(left)} {'is' if len(left) == 1 else 'are'} not read")
        number = _VALUE_OF.get(self.name, 0)
        if number and not self.is_skipped and not self.segment[number].strip():
            self.remark("empty-value", f"{self.name}{number:02} is empty")
        codes = (
            part
            for each in _CODES.get(self.name, ())
            for part in self.segment.components(each)[:_COMPONENTS_OF_CODES]
        )
        if not self.is_skipped and any(code != code.upper() for code in codes):
            self.remark("lower-case", "a code is in lower case, and was read in capital letters")
        if any(element != element.strip() for element in self.segment.elements):
            self.remark("blanks", "a value starts or ends with blanks, which were left out")


_VALUE_OF: Mapping[str, int] = {"AMT": 2, "DTP": 3, "NTE": 2, "REF": 2}
"""The element of a segment without which the rest of the segment says nothing."""

_CODES: Mapping[str, tuple[int, ...]] = {
    "BHT": (6,),
    "CAS": (1,),
    "CLM": (6, 7, 8, 9, 10, 11),
    "DMG": (3,),
    "HI": tuple(range(1, 13)),
    "N4": (2,),
    "OI": (3, 6),
    "SBR": (1, 5, 9),
    "SV1": (1, 3),
    "SVD": (3,),
}
"""The elements of a segment that have codes with letters, which are capitals."""
_COMPONENTS_OF_CODES = 6
"""The component after these is a description."""

_PRIVATE: Mapping[type, tuple[str, ...]] = {
    Subscriber: ("name", "member_id", "address", "birth_date", "sex"),
    Patient: ("name", "address", "birth_date", "sex"),
    BillingContact: ("name",),
    # Free text may name a patient.
    ClaimHeader: ("note",),
    ServiceLine: ("note",),
}
"""The fields that are dropped unless the caller asks for names."""


class Draft:
    """The values of a record that is still being read."""

    def __init__(self, kind: type[attrs.AttrsInstance], **values: Any) -> None:  # noqa: ANN401 - any record
        self.kind = kind
        self.values: dict[str, Any] = values

    def set(self, field: str, value: object, values: SegmentValues) -> None:
        """Set a field. Keep the first value if there is a second one."""
        if value is None:
            return
        if self.values.get(field) is None:
            self.values[field] = value
        else:
            values.remark("repeated", "a value is given a second time; only the first one was read")

    def sub(self, field: str, kind: type[attrs.AttrsInstance]) -> Draft:
        """Return the draft in a field. Make it if there is none."""
        return self.values.setdefault(field, Draft(kind))  # type: ignore[no-any-return]

    def build(self, *, names: bool) -> Any:  # noqa: ANN401 - any record
        """Return the record. Without *names*, it has nothing that identifies a person."""
        values = {field: _built(value, names=names) for field, value in self.values.items()}
        if not names:
            for field in _PRIVATE.get(self.kind, ()):
                values.pop(field, None)
            if isinstance(values.get("name"), Person):
                del values["name"]
            if self.kind is BillingProvider and values.get("tax_id_kind") == "SY":
                # A social security number belongs to a person.
                values.pop("tax_id", None)
        return self.kind(**values)


def _built(value: object, *, names: bool) -> object:
    if isinstance(value, Draft):
        return value.build(names=names)
    if isinstance(value, list):
        return tuple(_built(each, names=names) for each in value)
    return value
