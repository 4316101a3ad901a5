"""
The tables of a document: each citation, rule, and policy is stored once, and records refer to it by its key.

A policy of Medicare has a hundred rules about who may furnish what, so a list of days would repeat it on every day.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from therapy_billing.law.rule_book import Rule
from therapy_billing.law.sources import Source
from therapy_billing.payers.policy import Policy

__all__ = [
    "TABLES",
    "Definitions",
    "JsonSchema",
    "TablesRead",
    "TablesWritten",
]

TABLES: Final[Mapping[str, type]] = MappingProxyType(
    {"sources": Source, "rules": Rule, "policies": Policy}
)
"""The record of each table. A table refers only to the tables before it."""

JsonSchema = dict[str, Any]


Writer = Callable[[object, "TablesWritten"], object]


class _TableWritten:
    """One table of a document that is being written."""

    def __init__(self, name: str) -> None:
        self.entries: dict[str, object] = {}
        self._letter = name[0]
        self._by_id: dict[int, str] = {}
        self._by_text: dict[str, str] = {}
        self._kept: list[object] = []

    def key_of(self, value: object, write: Writer, tables: TablesWritten) -> str:
        """Return the key of *value*. Values with the same JSON share a key."""
        key = self._by_id.get(id(value))
        if key is None:
            plain = write(value, tables)
            # Equal decimals can display differently, so the text decides, and not the value.
            key = self._by_text.setdefault(json.dumps(plain), self._new_key(value))
            self.entries.setdefault(key, plain)
            self._by_id[id(value)] = key
            # While the value is kept, no other object can have its id.
            self._kept.append(value)
        return key

    def _new_key(self, value: object) -> str:
        if not isinstance(value, Rule):
            return f"{self._letter}{len(self.entries) + 1}"
        key, number = value.id, 1
        while key in self.entries:
            number += 1
            key = f"{value.id}~{number}"
        return key


class TablesWritten:
    """The tables of a document that is being written."""

    def __init__(self) -> None:
        self._tables = {name: _TableWritten(name) for name in TABLES}

    def key_of(self, name: str, value: object, write: Writer) -> str:
        """Return the key of *value* in the table *name*. A new value is written with *write*, and gets the next key."""
        return self._tables[name].key_of(value, write, self)

    def entries(self) -> dict[str, dict[str, object]]:
        """Return the tables that have an entry, by name."""
        return {name: table.entries for name, table in self._tables.items() if table.entries}


TablesRead = Mapping[str, Mapping[str, object]]
"""The records of each table by key, read before the records that refer to them."""


class Definitions:
    """The schemas of the records in a schema, and the tables that they refer to."""

    def __init__(self) -> None:
        self.schemas: dict[str, JsonSchema] = {}
        self.tables: set[str] = set()
