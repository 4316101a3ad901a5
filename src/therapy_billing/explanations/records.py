"""Explanations and their steps."""

from __future__ import annotations

import attrs

from therapy_billing.base.data_loader import data_version
from therapy_billing.base.format_registry import as_html, as_text
from therapy_billing.base.library_files import DataVersion
from therapy_billing.base.record_dicts import DictRecord
from therapy_billing.law.rule_book import Rule
from therapy_billing.law.sources import Source

__all__ = ["Explanation", "Step"]


@attrs.frozen
class Step(DictRecord):
    """
    One step of an explanation.

    Args:
        rule: The rule that was applied.
        outcome: The result of the step, in whole sentences.
        figures: Sources of the figures used in the step, in addition to the rule's own sources.
    """

    _dict_fields = ("rule=rule.id", "outcome", "rule.statement", "rule.effective_from", "sources")

    rule: Rule
    outcome: str
    figures: tuple[Source, ...] = ()

    @property
    def sources(self) -> tuple[Source, ...]:
        """Sources of the rule and of the figures."""
        return tuple(dict.fromkeys(self.rule.sources + self.figures))


@attrs.frozen
class Explanation(DictRecord):
    """
    The steps that led to a result, in reading order.

    The text shows each rule and each source in full the first time, and briefly after that.

    Args:
        steps: The steps.
        assumptions: What data packs assume about the data behind the result.
        data: The version of the library and the data packs that the result rests on.
    """

    steps: tuple[Step, ...]
    assumptions: tuple[str, ...] = ()
    data: DataVersion = attrs.field(factory=data_version)

    def __str__(self) -> str:
        return as_text(self)

    def _repr_html_(self) -> str:
        return as_html(self)
