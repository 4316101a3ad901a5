"""
Read a record of a claim from a table of a TOML file.

The keys of a table are the fields of the record. A name is flat: ``last``, ``first``, ``middle``, and ``suffix`` of a
person, or ``name`` of an organization. No fault shows a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

import attrs

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.toml_files import Form, Key, TomlReader
from therapy_billing.base.wording import did_you_mean
from therapy_billing.claims.coverage import Adjustment, Coverage, Patient, PriorPayment, Subscriber
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
from therapy_billing.claims.professional_claim import Accident, ClaimHeader, ClaimParties

__all__ = ["TABLE", "PartyTables", "keys_of", "list_of_tables"]

T = TypeVar("T")

_PERSON = tuple(field.name for field in attrs.fields(Person))
_NAMES: Mapping[str, tuple[str, ...]] = {
    "Person": _PERSON,
    "Organization": ("name",),
    "Name": (*_PERSON, "name"),
}
"""The keys of a name, by the type of the field ``name``."""

_RECORDS: Mapping[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        Accident,
        Address,
        Adjustment,
        BillingProvider,
        ClaimHeader,
        ClaimParties,
        BillingContact,
        Coverage,
        Patient,
        PriorPayment,
        Provider,
        Receiver,
        ServiceFacility,
        Submitter,
        Subscriber,
    )
}
_TEXT = "a string in quotation marks belongs here"
_KINDS: Mapping[str, tuple[tuple[type, ...], str]] = {
    "str": ((str,), _TEXT),
    "date": ((date, str), "a date such as 2026-03-02 belongs here"),
    "Decimal": ((Decimal, int, str), "a number such as 90.00 belongs here"),
    "tuple[str, ...]": ((list,), "a list of strings in quotation marks belongs here"),
}


def _as_it_is(value: object) -> object:
    return value


def list_of_tables(value: list[object]) -> list[object]:
    """Return *value*, which must be a list of tables."""
    if not all(isinstance(each, dict) for each in value):
        raise InvalidInputError(_TABLES[1])
    return value


TABLE: Form = ((dict,), "a table belongs here", _as_it_is)
"""The form of a table."""
_TABLES: Form = ((list,), "tables belong here", list_of_tables)
_PROVIDER: Form = (
    (dict, str),
    "a table, or the key of one of the [providers], belongs here",
    _as_it_is,
)


def _type_of(field: attrs.Attribute[Any]) -> str:
    return str(field.type).removesuffix(" | None")


def _form(field: attrs.Attribute[Any]) -> Form:
    kind = _type_of(field)
    if kind == "Provider":
        return _PROVIDER
    if kind in _RECORDS:
        return TABLE
    if kind.removeprefix("tuple[").removesuffix(", ...]") in _RECORDS:
        return _TABLES
    types, wanted = _KINDS[kind]
    convert: Any = field.converter
    return types, wanted, convert


def _forms(kind: type[Any]) -> Mapping[str, Form]:
    """Return the form of each key of a table for a record of *kind*."""
    forms: dict[str, Form] = {}
    for field in attrs.fields(kind):
        if field.name == "name" and _type_of(field) in _NAMES:
            for key in _NAMES[_type_of(field)]:
                of = Organization if key == "name" else Person
                forms[key] = _form(attrs.fields_dict(of)[key])
        else:
            forms[field.name] = _form(field)
    return forms


_FORMS = {kind: _forms(kind) for kind in _RECORDS.values()}


def keys_of(kind: type[Any]) -> tuple[str, ...]:
    """
    Return the keys of a table for a record of *kind*.

    >>> keys_of(Provider)
    ('last', 'first', 'middle', 'suffix', 'name', 'npi', 'taxonomy')
    """
    return tuple(_FORMS[kind])


class PartyTables:
    """
    Read records from tables, and collect every fault.

    Args:
        reader: Collects the faults.

    Attributes:
        providers: The providers that a table may name by key.
        payers: What each coverage of a payer has, by the name of the payer.
    """

    def __init__(self, reader: TomlReader) -> None:
        self.reader = reader
        self.providers: Mapping[str, Provider] = {}
        self.payers: Mapping[str, Mapping[str, Any]] = {}

    def record(self, kind: type[T], table: Mapping[str, Any], at: Key) -> T:
        """Return the record in *table*. What cannot be read is left out of it, and is a fault."""
        return kind(**self.values(kind, table, at))

    def terms(self, table: Mapping[str, Any], forms: Mapping[str, Form], at: Key) -> dict[str, Any]:
        """Return the terms of *table* that can be read. A list of the known keys would be too long for a fault."""

        def unknown(key: str) -> str:
            return f"not a key of this table{did_you_mean(key, forms)}"

        return self.reader.terms(table, forms, at=at, unknown=unknown)

    def values(self, kind: type[Any], table: Mapping[str, Any], at: Key) -> dict[str, Any]:
        """Return the fields of a record in *table*."""
        return self._filled(kind, self.terms(table, _FORMS[kind], at), at)

    def parts(
        self,
        kinds: tuple[type[Any], ...],
        table: Mapping[str, Any],
        at: Key,
        more: Mapping[str, Form],
    ) -> tuple[dict[str, Any], ...]:
        """Return the fields of records of several *kinds* that share *table*, and last the terms of *more*."""
        forms = {key: form for kind in kinds for key, form in _FORMS[kind].items()}
        terms = self.terms(table, {**forms, **more}, at)
        split = [
            self._filled(kind, {key: terms[key] for key in _FORMS[kind] if key in terms}, at)
            for kind in kinds
        ]
        return (*split, {key: terms[key] for key in more if key in terms})

    def _filled(self, kind: type[Any], terms: dict[str, Any], at: Key) -> dict[str, Any]:
        """Return *terms* with their tables read."""
        for field in attrs.fields(kind):
            of = _type_of(field)
            if field.name == "name" and of in _NAMES:
                name = self._name(terms, _NAMES[of], at)
                if name is not None:
                    terms["name"] = name
            elif field.name in terms:
                terms[field.name] = self._member(of, terms[field.name], (*at, field.name))
        if kind is Coverage and terms.get("payer") in self.payers:
            # The key is the file's own. Its table says which payer of the library it is, if any.
            return {**self.payers[terms.pop("payer")], **terms}
        return terms

    def _member(self, of: str, value: Any, at: Key) -> Any:  # noqa: ANN401 - the value of any field
        if of == "Provider" and isinstance(value, str):
            return self.provider(value, at)
        if of in _RECORDS:
            return self.record(_RECORDS[of], value, at)
        member = _RECORDS.get(of.removeprefix("tuple[").removesuffix(", ...]"))
        if member is None:
            return value
        return [self.record(member, each, (*at, index)) for index, each in enumerate(value)]

    def provider(self, key: str, at: Key) -> Provider | None:
        """Return the provider with *key*, or add a fault that does not show the key."""
        if key not in self.providers:
            self.reader.fault(at, "no provider in [providers] has this key")
        return self.providers.get(key)

    def _name(self, terms: dict[str, Any], keys: tuple[str, ...], at: Key) -> Name | None:
        """Take the keys of a name out of *terms*, and return the name."""
        organization = terms.pop("name", None) if "name" in keys else None
        person = {key: terms.pop(key) for key in _PERSON if key in terms}
        if organization is not None and person:
            self.reader.fault(
                (*at, "name"),
                "an organization has a name, a person has last and first: use one of them",
            )
        if organization is not None:
            return Organization(organization)
        return Person(**person) if person else None
