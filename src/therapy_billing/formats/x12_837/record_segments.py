"""Write the parts that many loops of an 837P share: names, addresses, contacts, dates, and amounts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar

import attrs

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.x12 import x12_date, x12_number
from therapy_billing.base.x12_writing import X12Writer
from therapy_billing.claims.parties import Address, BillingContact, Name, Person
from therapy_billing.claims.record_fields import MOST_CHARACTERS

__all__ = ["RecordSegments", "cannot_be_written", "refuse_given", "required"]

T = TypeVar("T")

_MOST_NUMBERS = 3
"""A PER segment has room for three numbers."""


@cache
def _most(kind: type, field: str) -> int:
    found: int = attrs.fields_dict(kind)[field].metadata[MOST_CHARACTERS]
    return found


def _at(path: str, field: str) -> str:
    """Return the path of a field. The path of the submission itself is empty."""
    return f"{path}.{field}" if path else field


def required(value: T | None, path: str) -> T:
    """Return *value*, which an 837P cannot be written without."""
    if value is None:
        msg = f"{path} must be given to write an 837P"
        raise InvalidInputError(msg, field=path)
    return value


def cannot_be_written(path: str, why: str) -> InvalidInputError:
    """Return the error for a value that has no element in an 837P."""
    return InvalidInputError(f"{path} cannot be written to an 837P: {why}", field=path)


class RecordSegments:
    """
    Write records as segments.

    Each method gets the path of its record. A value that X12 cannot carry is refused with the path of its field.
    """

    def __init__(self, out: X12Writer) -> None:
        self.out = out
        self.add: Callable[..., None] = out.add

    def text(self, record: attrs.AttrsInstance, field: str, path: str) -> str:
        """Return the text of a field, or an empty string if it is None."""
        value = getattr(record, field)
        if value is None:
            return ""
        return self.out.value(value, _at(path, field), _most(type(record), field))

    def texts(self, record: attrs.AttrsInstance, path: str, *fields: str) -> list[str]:
        """Return the texts of several fields."""
        return [self.text(record, field, path) for field in fields]

    def needed(self, record: attrs.AttrsInstance, field: str, path: str) -> str:
        """Return the text of a field, which must not be None."""
        required(getattr(record, field), _at(path, field))
        return self.text(record, field, path)

    def members(self, record: attrs.AttrsInstance, field: str, path: str, most: int) -> list[str]:
        """Return the texts of a field with several. There is room for *most* of them."""
        values = getattr(record, field)
        if len(values) > most:
            at = f"{path}.{field}[{most}]"
            raise cannot_be_written(at, f"there is room for {most}")
        width = _most(type(record), field)
        return [
            self.out.value(value, f"{path}.{field}[{index}]", width)
            for index, value in enumerate(values)
        ]

    def name(
        self,
        code: str,
        name: Name | None,
        path: str,
        number: tuple[str, str] = ("", ""),
        *,
        default: str = "1",
    ) -> None:
        """
        Write an NM1 segment.

        Args:
            code: What the party is (NM101), such as ``85``.
            name: The name.
            path: The path of the record that has the name.
            number: The kind of identifier, such as ``XX``, and the identifier.
            default: NM102 if there is no name: ``1`` for a person, ``2`` for an organization.
        """
        kind, identifier = number
        at = f"{path}.name"
        match name:
            case Person():
                last, first, middle, suffix = self.texts(
                    name, at, "last", "first", "middle", "suffix"
                )
                names = ["1", last, first, middle, "", suffix]
            case None:
                names = [default, "", "", "", "", ""]
            case _:
                names = ["2", self.text(name, "name", at), "", "", "", ""]
        self.add("NM1", code, *names, kind if identifier else "", identifier)

    def address(self, address: Address | None, path: str) -> None:
        """Write the N3 and N4 segments of an address."""
        if address is None:
            return
        lines = self.texts(address, path, "line1", "line2")
        if any(lines):
            self.add("N3", *lines)
        rest = self.texts(address, path, "city", "state", "zip_code", "country")
        if any(rest):
            self.add("N4", *rest)

    def contact(self, contact: BillingContact | None, path: str) -> None:
        """Write the PER segment of a contact, or two if one has no room."""
        if contact is None:
            return
        numbers = [
            (kind, value)
            for kind, field in (
                ("TE", "phone"),
                ("EX", "extension"),
                ("EM", "email"),
                ("FX", "fax"),
            )
            if (value := self.text(contact, field, path))
        ]
        name = self.text(contact, "name", path)
        first = [part for number in numbers[:_MOST_NUMBERS] for part in number]
        self.add("PER", "IC", name, *first)
        for number in numbers[_MOST_NUMBERS:]:
            self.add("PER", "IC", "", *number)

    def demographics(self, birth_date: date | None, sex: str) -> None:
        """Write the DMG segment of a person."""
        if birth_date is not None or sex:
            self.add("DMG", *self._form(birth_date), sex)

    def day(self, kind: str, day: date | None) -> None:
        """Write a DTP segment with one date."""
        if day is not None:
            self.add("DTP", kind, *self._form(day))

    def amount(self, kind: str, amount: Decimal | None) -> None:
        """Write an AMT segment."""
        if amount is not None:
            self.add("AMT", kind, x12_number(amount))

    def reference(self, kind: str, record: attrs.AttrsInstance, field: str, path: str) -> None:
        """Write a REF segment."""
        value = self.text(record, field, path)
        if value:
            self.add("REF", kind, value)

    @staticmethod
    def _form(day: date | None) -> tuple[str, str]:
        return ("", "") if day is None else ("D8", x12_date(day))


def refuse_given(record: Any, path: str, why: str, *fields: str) -> None:  # noqa: ANN401 - any record
    """Refuse a field that has a value, because this loop of an 837P has no element for it."""
    for field in fields:
        if getattr(record, field) is not None:
            at = f"{path}.{field}"
            raise cannot_be_written(at, why)
