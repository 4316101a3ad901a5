"""What describes a payer: a name, policies by day, and where they come from."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from therapy_billing.law.sources import Source
from therapy_billing.law.timeline import Timeline
from therapy_billing.payers.policy import Policy

__all__ = ["PayerTerms", "Terms"]


class Terms(Protocol):
    """Anything that describes a payer: the terms of a file, or a payer."""

    @property
    def name(self) -> str:
        """What the payer is called in results."""

    @property
    def policies(self) -> Timeline[Policy]:
        """Its policies by their first day."""

    @property
    def sources(self) -> tuple[Source, ...]:
        """Where they come from."""

    @property
    def note(self) -> str:
        """What is not known about it, or not modeled."""


class PayerTerms(NamedTuple):
    """The terms of a payer, in the order in which a payer takes them."""

    name: str
    policies: Timeline[Policy]
    sources: tuple[Source, ...]
    note: str
