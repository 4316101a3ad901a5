"""Decisions before their options are priced: each option knows how it changes the inputs of the visit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable
from datetime import date

import attrs

from therapy_billing.base.money import ZERO, Usd
from therapy_billing.codes.roles import Discipline
from therapy_billing.findings.records import Finding
from therapy_billing.law.rule_book import Rule
from therapy_billing.law.sources import Source
from therapy_billing.prepare.records import (
    Choice,
    Decision,
    DecisionKind,
    DecisionMaker,
    DecisionOption,
    DecisionScope,
)
from therapy_billing.prepare.settling import settled
from therapy_billing.prepare.visit_inputs import VisitInputs

__all__ = ["OpenDecision", "OpenOption", "unchanged"]

_DIGITS = 8


def unchanged(visit: VisitInputs) -> VisitInputs:
    """Return *visit* itself: what an option does that leaves everything as it is."""
    return visit


@attrs.frozen
class OpenOption:
    """
    An option that is not priced.

    Args:
        name: What a choice names.
        label: The answer in one sentence.
        apply: Returns the inputs with this answer.
        attests: What the author of the choice attests; empty if the option attests nothing.
    """

    name: str
    label: str
    apply: Callable[[VisitInputs], VisitInputs]
    attests: str = ""


@attrs.frozen(kw_only=True)
class OpenDecision:
    """
    A decision that is not priced. The arguments are those of :class:`~therapy_billing.prepare.Decision`.

    Args:
        subject: What it is about, in a few words: a discipline, codes. It is a part of the id.
        day: The date of service.
        needed: Whether it is still open if nobody answers it. Another answer may have settled it.
    """

    kind: DecisionKind
    subject: tuple[str, ...]
    day: date
    question: str
    answered_by: DecisionMaker
    scope: DecisionScope = DecisionScope.VISIT
    options: tuple[OpenOption, ...]
    facts: tuple[str, ...]
    rule: Rule
    has_default: bool = True
    figures: tuple[Source, ...] = ()
    discipline: Discipline | None = None
    codes: tuple[str, ...] = ()
    settles: tuple[str, ...] = ()
    may_be_denied: Usd | None = None
    needed: bool = True

    @property
    def topic(self) -> str:
        """The first part of the id, which does not depend on the facts."""
        return ":".join((self.kind.value, *self.subject))

    @property
    def id(self) -> str:
        """The id: the topic and eight digits that follow from the date or year, the facts, and the options."""
        period = self.day.isoformat() if self.scope is DecisionScope.VISIT else str(self.day.year)
        text = json.dumps([self.topic, period, self.facts, [each.name for each in self.options]])
        digest = hashlib.sha256(text.encode("ascii")).hexdigest()[:_DIGITS]
        return f"{self.topic}:{digest}"

    def priced(
        self,
        outcomes: Iterable[tuple[OpenOption, VisitInputs]],
        choice: Choice | None,
        others: Collection[OpenDecision],
        answered: Collection[OpenDecision],
    ) -> Decision:
        """
        Return the decision with the lines and dollars of each option.

        Args:
            outcomes: Each option with the inputs that it leads to.
            choice: What was chosen.
            others: The other open decisions. What they settle is not at stake here.
            answered: The decisions that were answered. A denial that is left after an answer is at stake.
        """
        open_rules = {rule for each in others for rule in each.settles}.difference(self.settles)

        def is_open(finding: Finding) -> bool:
            return finding.rule.id in open_rules and not settled(finding, answered)

        return Decision(
            id=self.id,
            kind=self.kind,
            question=self.question,
            answered_by=self.answered_by,
            scope=self.scope,
            options=tuple(_priced(option, visit, is_open) for option, visit in outcomes),
            has_default=self.has_default,
            facts=self.facts,
            rule=self.rule,
            figures=self.figures,
            discipline=self.discipline,
            codes=self.codes,
            settles=self.settles,
            may_be_denied=self.may_be_denied,
            choice=choice,
        )


def _priced(
    option: OpenOption, visit: VisitInputs, is_open: Callable[[Finding], bool]
) -> DecisionOption:
    day = visit.priced
    own = DecisionOption(name=option.name, label=option.label, attests=option.attests)
    if day is not None:
        at_stake = visit.at_stake(is_open)
        paid = at_stake is not None and not at_stake
        return attrs.evolve(
            own,
            lines=day.claim.lines,
            allowed=day.allowed,
            at_stake=at_stake,
            payer_pays=day.medicare_pays if paid else None,
            patient_owes=day.patient_responsibility if paid else None,
        )
    if not visit.billed and visit.fees is not None:
        return attrs.evolve(own, allowed=ZERO, at_stake=ZERO, payer_pays=ZERO, patient_owes=ZERO)
    return own
