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

_FAMILIES = (
    "units",
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
)


@attrs.frozen(field_transformer=checked)
class Rule:
    """
    A rule that the library applies, or one of your own for a check of your own.

    Args:
        id: Its eternal name, such as ``cms-eight-minute``; also its anchor in the documentation.
        statement: What it says, in our own words.
        effective_from: First date of service, or None when no source names one.
        sources: Where it comes from and how far that was verified.
        function: Dotted name of the function of the library that applies it; empty for a rule of your own.

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
    for family in _FAMILIES:
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
