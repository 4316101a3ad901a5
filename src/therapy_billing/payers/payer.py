"""A payer: a name, and what it does by date of service."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import date
from operator import attrgetter

import attrs

from therapy_billing.base.dates import parse_date
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.validation import require_type
from therapy_billing.payers.payer_terms import PayerTerms
from therapy_billing.payers.policy import Counting, Policy, SecondaryUnits

__all__ = ["Payer"]


@attrs.frozen
class Payer(PayerTerms):
    """
    A payer: a name, and its policy by date of service.

    Args:
        name: What it is called in results.
        policies: Its policies by their first day.
        sources: Where they come from, and how far that was verified; empty where none is known.
        remark: What is not known about it, or not modeled.
    """

    @classmethod
    def from_file(
        cls, path: str | os.PathLike[str], *, known: Mapping[str, Payer] | None = None
    ) -> Payer:
        """
        Return the payer that a TOML file describes.

        Its keys are named as the fields of :class:`~therapy_billing.Policy`, and an enum's value is its text. Each
        ``[[policy]]`` changes the fields that it names from its day on; what it does not name stays as it
        was, in the file or in the base::

            name = "acme"
            base = "medicare"
            known_through = 2026-12-31
            remark = "Caps reported by phone."

            [[policy]]
            from = 2025-01-01
            method = "cpt-midpoint"
            cap_per_day = 4
            cap_per_code = { 97110 = 3 }

            [[policy.cap_per_codes]]
            codes = ["97110", "97112"]
            units = 4

            [[source]]
            title = "Provider manual"
            verified = "secondary"

        A *base* is a payer of the library, or one of *known*; without one the first ``[[policy]]`` names the
        method, and ``known_through`` is told. Only the first ``[[policy]]`` may leave ``from`` out: it then
        holds since ever, or since the base is known. A new method brings its own fewest minutes, unless the
        same ``[[policy]]`` names ``minimum_minutes``. A cap of the base is lifted by ``"none"``, its fewest
        minutes by ``"own"``, its list of allowed modifiers by ``"any"``.

        Args:
            path: The file, in UTF-8.
            known: Further payers that ``base`` may name.

        Raises:
            FileFormatError: If the file is not UTF-8 or not valid TOML.
            ExceptionGroup: Of FileFormatError, one for each fault, with its line.
            OSError: If the file cannot be read.
        """
        from therapy_billing.payers.payer_files import (  # noqa: PLC0415 - reads on demand
            read_payer_file,
        )

        return cls(*attrs.astuple(read_payer_file(path, known), recurse=False))

    def on(self, date_of_service: date | str | None) -> Policy:
        """
        Return the policy in force on *date_of_service*.

        Without a day it is the latest, as long as units were counted the same way before.

        Raises:
            NotPublishedError: If the payer's policy is not known on that day.
            InvalidInputError: If no day is given and the way units are counted has changed over time.
        """
        if date_of_service is not None:
            return self.policies.on(parse_date(date_of_service))
        _, latest = self.policies.entries[-1]
        terms = _unit_terms(latest.counting)
        if any(_unit_terms(policy.counting) != terms for _, policy in self.policies.entries[:-1]):
            msg = f"{self.name} has changed its policy over time: give date_of_service"
            raise InvalidInputError(msg)
        return latest

    def as_secondary_to(self, primary: Payer, date_of_service: date | str | None) -> Policy:
        """
        Return the policy under which units are counted for this payer behind a *primary* one.

        With ``SecondaryUnits.AS_PRIMARY`` it has everything of the primary that decides units, from the
        method to the caps, and all else of this payer; with ``OWN`` it is this payer's own. No source
        that was read settles which is right: it is the practice's choice, told in the policy.

        Args:
            primary: The payer that is billed first.
            date_of_service: The day; None as for :meth:`on`.

        Raises:
            NotPublishedError: If the policy of either is not known on that day.
            InvalidInputError: If no day is given and the way either counts has changed over time.

        >>> from therapy_billing.law import Timeline
        >>> from therapy_billing.payers import MoneyRules
        >>> first = Payer("first", Timeline("first", ((None, Policy("cpt-midpoint")),), date.max))
        >>> own = Policy("cms-eight-minute", money=MoneyRules(mppr=True))
        >>> second = Payer("second", Timeline("second", ((None, own),), date.max))
        >>> behind = second.as_secondary_to(first, "2026-03-02")
        >>> behind.counting.method.value, behind.money.mppr
        ('cpt-midpoint', True)
        """
        require_type(primary, Payer, "primary")
        own = self.on(date_of_service)
        secondary = own.counting.secondary
        if secondary is SecondaryUnits.OWN:
            return own
        counting = attrs.evolve(primary.on(date_of_service).counting, secondary=secondary)
        return attrs.evolve(own, counting=counting)


_unit_terms: Callable[[Counting], tuple[object, ...]] = attrgetter(
    *(field.name for field in attrs.fields(Counting) if field.name != "secondary")
)
"""Return what decides the units of a claim; whose units a secondary payer gets is another question."""
