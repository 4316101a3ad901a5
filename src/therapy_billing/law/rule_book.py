"""What the library says about its own results: rules, and the steps that applied them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from html import escape
from types import MappingProxyType
from typing import Any

import attrs

from therapy_billing.base.data_loader import read_toml
from therapy_billing.base.validation import checked
from therapy_billing.law.sources import Source, parse_source

__all__ = ["Explanation", "Rule", "Step", "load_rules"]

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
    A rule that the library applies.

    Args:
        id: Its eternal name, such as ``cms-eight-minute``; also its anchor in the documentation.
        statement: What it says, in our own words.
        effective_from: First date of service, or None when no source names one.
        sources: Where it comes from and how far that was verified.
        function: Dotted name of the function that applies it.
    """

    id: str
    statement: str
    effective_from: date | None
    sources: tuple[Source, ...]
    function: str


@attrs.frozen
class Step:
    """
    One step of an explanation.

    Args:
        rule: The rule that was applied.
        outcome: What came of it, in a sentence.
        figures: Citations of the figures that went in, beyond the rule's own.
    """

    rule: Rule
    outcome: str
    figures: tuple[Source, ...] = ()

    @property
    def sources(self) -> tuple[Source, ...]:
        """Citations of the rule and of the figures."""
        return tuple(dict.fromkeys(self.rule.sources + self.figures))

    def to_dict(self) -> dict[str, Any]:
        """Return the step as plain values that JSON can hold."""
        effective = self.rule.effective_from
        return {
            "rule": self.rule.id,
            "outcome": self.outcome,
            "statement": self.rule.statement,
            "effective_from": effective.isoformat() if effective else None,
            "sources": [source.to_dict() for source in self.sources],
        }


@attrs.frozen
class Explanation:
    """
    The steps that led to a result, in reading order.

    As text each rule and each source is told in full where it first comes up.
    """

    steps: tuple[Step, ...]

    def __str__(self) -> str:
        lines = []
        told: dict[Rule | Source, int] = {}
        for number, step in enumerate(self.steps, start=1):
            lines.append(f"{number}. {step.outcome}")
            since = f", since {step.rule.effective_from}" if step.rule.effective_from else ""
            statement = f": {step.rule.statement}" if step.rule not in told else ""
            lines.append(f"   rule {step.rule.id}{since}{statement}")
            told.setdefault(step.rule, number)
            for source in step.sources:
                first = told.setdefault(source, number)
                short = f"{source.title} ({source.verified.value}), as in step {first}"
                lines.append(f"   source: {source if first == number else short}")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the steps as plain values that JSON can hold."""
        return {"steps": [step.to_dict() for step in self.steps]}

    def _repr_html_(self) -> str:
        items = (
            f"<li>{escape(step.outcome)}<br><small>{escape(step.rule.id)}: "
            f"{escape('; '.join(map(str, step.sources)))}</small></li>"
            for step in self.steps
        )
        return f"<ol>{''.join(items)}</ol>"


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
