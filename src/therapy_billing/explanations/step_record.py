"""One step of an explanation."""

from __future__ import annotations

import attrs

from therapy_billing.base.record_dicts import DictRecord
from therapy_billing.law.rule_book import Rule
from therapy_billing.law.sources import Source

__all__ = ["Step"]


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
