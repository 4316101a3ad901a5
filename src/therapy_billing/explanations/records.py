"""The steps that led to a result."""

from __future__ import annotations

from typing import Any

import attrs

from therapy_billing.base.format_registry import as_html, as_text
from therapy_billing.law.rule_book import Rule
from therapy_billing.law.sources import Source

__all__ = ["Explanation", "Step"]


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
        return as_text(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the steps as plain values that JSON can hold."""
        return {"steps": [step.to_dict() for step in self.steps]}

    def _repr_html_(self) -> str:
        return as_html(self)
