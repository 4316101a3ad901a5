"""A payer: a name, and what it does by date of service."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import date
from operator import attrgetter

import attrs

from therapy_billing.base.dates import parse_date
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.validation import checked, require_type
from therapy_billing.law.sources import Source
from therapy_billing.law.timeline import Timeline
from therapy_billing.payers.policy import Policy, SecondaryUnits

__all__ = ["Payer"]


@attrs.frozen(field_transformer=checked)
class Payer:
    """
    A payer: a name, and its policy by date of service.

    Args:
        name: What it is called in results.
        policies: Its policies by their first day.
        sources: Where they come from, and how far that was verified; empty where nobody told.
        note: What is not known of it, or not modelled.
    """

    name: str
    policies: Timeline[Policy] = attrs.field(repr=False)
    sources: tuple[Source, ...] = attrs.field(default=(), repr=False)
    note: str = attrs.field(default="", repr=False)

    @classmethod
    def from_toml(
        cls, path: str | os.PathLike[str], *, known: Mapping[str, Payer] | None = None
    ) -> Payer:
        """
        Return the payer that a TOML file describes.

        Its keys are named as the fields of :class:`Policy`, and an enum's value is its text. Each
        ``[[policy]]`` changes the fields that it names from its day on; what it does not name stays as it
        was, in the file or in the base::

            name = "acme"
            base = "medicare"
            known_through = 2026-12-31
            note = "Caps as told by telephone."

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
            FileFormatError: If the file is not UTF-8 or no TOML.
            ExceptionGroup: Of FileFormatError, one for each fault, with its line.
            OSError: If the file cannot be read.
        """
        from therapy_billing.payers.payer_files import (  # noqa: PLC0415 - reads on demand
            read_payer_file,
        )

        return cls(*read_payer_file(path, known))

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
        terms = _unit_terms(latest)
        if any(_unit_terms(policy) != terms for _, policy in self.policies.entries[:-1]):
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

        >>> from therapy_billing import UnitMethod
        >>> first = Payer("first", Timeline("first", ((None, Policy(UnitMethod.CPT_MIDPOINT)),), date.max))
        >>> own = Policy(UnitMethod.CMS_EIGHT_MINUTE, mppr=True)
        >>> second = Payer("second", Timeline("second", ((None, own),), date.max))
        >>> behind = second.as_secondary_to(first, "2026-03-02")
        >>> behind.method.value, behind.mppr
        ('cpt-midpoint', True)
        """
        require_type(primary, Payer, "primary")
        own = self.on(date_of_service)
        if own.secondary is SecondaryUnits.OWN:
            return own
        counting = primary.on(date_of_service)
        return attrs.evolve(own, **{name: getattr(counting, name) for name in _UNIT_FIELDS})


_OF_MODIFIERS_AND_MONEY = (
    "amount_per_day",
    "assistants",
    "assistant_arithmetic",
    "mppr",
    "cost_sharing",
    "kx",
    "edits",
    "modifier_order",
    "allowed_modifiers",
    "fee_basis",
    "secondary",
)
_UNIT_FIELDS = tuple(
    field.name for field in attrs.fields(Policy) if field.name not in _OF_MODIFIERS_AND_MONEY
)
_unit_terms: Callable[[Policy], tuple[object, ...]] = attrgetter(*_UNIT_FIELDS)
"""Returns what decides the units; the rest decides modifiers and money."""
