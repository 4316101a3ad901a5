"""JSON Schema (draft 2020-12) for each record that JSON documents hold."""

from __future__ import annotations

import json
import pkgutil
from functools import cache
from typing import Any

from therapy_billing.base.errors import UnknownNameError
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import require_text
from therapy_billing.base.wording import did_you_mean, near_word
from therapy_billing.formats.json.kinds import KINDS, load_kind
from therapy_billing.formats.json.record_forms import record_form
from therapy_billing.formats.json.tables import TABLES, Definitions, JsonSchema

__all__ = ["VERSION", "build_schema", "json_schema", "json_schema_names", "tables_of"]

VERSION = 1
"""The version of the form of all documents."""


def json_schema_names() -> tuple[str, ...]:
    """
    Return the names of the records that :func:`~therapy_billing.to_json` writes, in order.

    >>> json_schema_names()[:3]
    ('accumulators', 'allocation', 'authorization')
    """
    return tuple(KINDS)


def json_schema(name: str) -> dict[str, Any]:
    """
    Return the JSON Schema (draft 2020-12) of the documents for the record *name*.

    The schema has no references to other files. It checks the form of a document;
    :func:`~therapy_billing.from_json` also checks what the records require, such as valid codes.

    Args:
        name: One of :func:`json_schema_names`, such as ``session``.

    Raises:
        InvalidInputError: If there is no such schema.

    >>> json_schema("session")["title"]
    'therapy-billing/session, version 1'
    """
    require_text(name, "name")
    if name not in KINDS:
        known = repr(name) if near_word(name, KINDS, sure=True) else safe_repr(name)
        msg = f"name must be a name in json_schema_names(), got {known}{did_you_mean(name, KINDS)}"
        raise UnknownNameError(msg, field="name")
    content = pkgutil.get_data(__package__ or "", f"schemas/{name}.v{VERSION}.json")
    schema: dict[str, Any] = json.loads(content or b"")
    return schema


@cache
def tables_of(name: str) -> frozenset[str]:
    """
    Return the tables that documents for the record *name* may have.

    >>> sorted(tables_of("finding")), sorted(tables_of("session"))
    (['rules', 'sources'], [])
    """
    definitions = Definitions()
    record_form(load_kind(name)).schema(definitions)
    return frozenset(definitions.tables)


def build_schema(name: str) -> JsonSchema:
    """
    Return the JSON Schema of the record *name*, made from the same forms that write and read it.

    :func:`json_schema` returns the same schema from a file of the library.

    >>> build_schema("session") == json_schema("session")
    True
    """
    definitions = Definitions()
    record = record_form(load_kind(name)).schema(definitions)
    text = {"type": "string"}
    tables = {
        table: {
            "type": "object",
            "additionalProperties": {"$ref": f"#/$defs/{kind.__name__}"},
        }
        for table, kind in TABLES.items()
        if table in definitions.tables
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:therapy-billing:{name}:{VERSION}",
        "title": f"therapy-billing/{name}, version {VERSION}",
        "type": "object",
        "properties": {
            "schema": {"const": f"therapy-billing/{name}"},
            "schema_version": {"const": VERSION},
            "library": text,
            "data_packs": {"type": "array", "items": text},
            **tables,
            "record": record,
            "records": {"type": "array", "items": record, "minItems": 1},
        },
        "required": ["schema", "schema_version", "library", "data_packs"],
        "oneOf": [{"required": ["record"]}, {"required": ["records"]}],
        "additionalProperties": False,
        "$defs": definitions.schemas,
    }
