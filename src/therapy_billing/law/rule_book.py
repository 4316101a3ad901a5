"""The rules that the library applies, each with its sources."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from types import MappingProxyType

import attrs

from therapy_billing.base.data_loader import read_toml
from therapy_billing.base.validation import checked
from therapy_billing.law.sources import Source, parse_source

__all__ = ["Rule", "load_rules"]

FAMILIES = (
    "units",
    "furnishers",
    "assistants",
    "fees",
    "mppr",
    "cost_sharing",
    "thresholds",
    "contracts",
    "edits",
    "line_modifiers",
    "time",
    "documentation",
    "code_choice",
    "claims",
)
"""The files of ``data/rules``, in the order in which a claim needs them. Each one is also a documentation page."""


@attrs.frozen(field_transformer=checked)
class Rule:
    """
    A rule that the library applies, or your own rule for your own check.

    Args:
        id: Its permanent name, such as ``cms-eight-minute``. It is also the anchor in the documentation.
        statement: What the rule requires, in our own words.
        effective_from: The first date of service to which the rule applies. None if no source names one.
        sources: Where the rule comes from, and how each source was checked.
        function: Dotted name of the library function that applies it. Empty for your own rules.

    >>> Rule(id="acme-59-first", statement="Acme wants 59 before every other modifier.").sources
    ()
    """

    id: str
    statement: str
    effective_from: date | None = None
    sources: tuple[Source, ...] = ()
    function: str = ""


@cache
def load_rules() -> Mapping[str, Rule]:
    """Return every rule by its id."""
    rules: dict[str, Rule] = {}
    for family in FAMILIES:
        table = read_toml(f"rules/{family}.toml")
        sources = {key: parse_source(row) for key, row in table["source"].items()}
        for row in table["rule"]:
            rules[row["id"]] = Rule(
                id=row["id"],
                statement=row["statement"],
                effective_from=row.get("effective_from"),
                sources=tuple(sources[key] for key in row["sources"]),
                function=row["function"],
            )
    return MappingProxyType(rules)
