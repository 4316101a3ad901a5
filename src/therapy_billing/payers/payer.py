"""A payer, with its policy for each date of service."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from typing import Unpack

import attrs

from therapy_billing.base.dates import parse_date
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.validation import require_type
from therapy_billing.payers.caps import CapOf
from therapy_billing.payers.payer_terms import PayerTerms
from therapy_billing.payers.policy import Counting, Policy, PolicyChanges, SecondaryUnits

__all__ = ["Payer"]


@attrs.frozen
class Payer(PayerTerms):
    """
    A payer, with its policy for each date of service.

    Args:
        name: The name of the payer, as shown in results.
        policies: The payer's policies, each with its first date of service.
        sources: The sources of the policies; each says how it was verified. Empty if there are none.
        remark: What is not known about the payer, or is not modeled.
    """

    @classmethod
    def from_file(
        cls, path: str | os.PathLike[str], *, known: Mapping[str, Payer] | None = None
    ) -> Payer:
        """
        Read a payer from a TOML file.

        The keys of a ``[[policy]]`` are the field names of the four parts of a
        :class:`~therapy_billing.Policy`. Write an enum as its value. Each ``[[policy]]`` changes the fields
        that it lists, starting on its ``from`` date. All other fields keep their value from an earlier
        ``[[policy]]`` or from the base::

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

            [[furnisher]]
            roles = ["student", "aide"]
            services = ["skilled-treatment", "group"]
            payable = "no"
            source = "handbook"

            [[source]]
            key = "handbook"
            title = "Handbook, 2025"
            verified = "secondary"

        The ``base`` is the name of a payer in :data:`~therapy_billing.PAYERS` or in *known*. Without a base,
        the file must have ``known_through``, and the first ``[[policy]]`` must have a ``method``. Only the
        first ``[[policy]]`` may omit ``from``; it then applies from the first date of the base or, without a
        base, to every date before the next ``[[policy]]``. A new method resets ``minimum_minutes`` to the
        method's own value, unless the same ``[[policy]]`` sets it. To remove a value that comes from the base,
        set a cap, ``amount_per_day``, or ``assistant_percent`` to ``"none"``, ``minimum_minutes`` to ``"own"``,
        ``allowed_modifiers`` to ``"any"``, and a field of :class:`~therapy_billing.payers.ClaimRules` to ``"unknown"``. What
        Medicare accepts on a claim is not taken from the base ``medicare``.

        Each ``[[furnisher]]`` says whether the payer pays for services by some roles: see :class:`FurnisherRule
        <therapy_billing.payers.FurnisherRule>`. From its first date, it replaces the rows of the base for the same role,
        discipline, and class of service.

        Args:
            path: The file, in UTF-8.
            known: More payers, by name, that ``base`` may name.

        Raises:
            FileFormatError: If the file is not UTF-8 or not valid TOML.
            ExceptionGroup: With one FileFormatError for each fault, with its line.
            OSError: If the file cannot be read.
        """
        from therapy_billing.payers.payer_files import (  # noqa: PLC0415 - reads on demand
            read_payer_file,
        )

        return cls(*attrs.astuple(read_payer_file(path, known), recurse=False))

    def on(self, date_of_service: date | str | None) -> Policy:
        """
        Return the policy in force on *date_of_service*.

        If the date is None and the payer has always counted units the same way, return the latest policy.

        Raises:
            NotPublishedError: If the payer's policy is not known on that date.
            InvalidInputError: If the date is None and the payer has changed how it counts units.
        """
        if date_of_service is not None:
            return self.policies.on(parse_date(date_of_service))
        _, latest = self.policies.entries[-1]
        terms = _unit_terms(latest.counting)
        if any(_unit_terms(policy.counting) != terms for _, policy in self.policies.entries[:-1]):
            msg = f"{self.name} has changed how it counts units: give date_of_service"
            raise InvalidInputError(msg)
        return latest

    def with_changes(self, **changes: Unpack[PolicyChanges]) -> Payer:
        """
        Return a payer with the same name and the changes applied to each of its policies.

        Use it to name a method for a payer whose own method no source gives. Results then show that choice.

        Raises:
            InvalidInputError: As for :meth:`Policy.with_changes <therapy_billing.Policy.with_changes>`.

        >>> from therapy_billing import PAYERS
        >>> aetna = PAYERS["aetna"].with_changes(method="cms-eight-minute")
        >>> aetna.name, aetna.on("2026-03-02").counting.method_is_choice
        ('aetna', True)
        """
        entries = tuple(
            (first, policy.with_changes(**changes)) for first, policy in self.policies.entries
        )
        return attrs.evolve(self, policies=attrs.evolve(self.policies, entries=entries))

    def as_secondary_to(self, primary: Payer, date_of_service: date | str | None) -> Policy:
        """
        Return the policy for counting units when this payer is secondary to *primary*.

        With ``SecondaryUnits.AS_PRIMARY``, units are counted as the primary payer counts them, including its
        caps, but modifiers and money rules stay this payer's own. With ``SecondaryUnits.OWN``, the whole
        policy is this payer's own. We found no source that says which is right, so the practice chooses:
        set ``secondary`` in this payer's policy. What a secondary payer allows for an assistant's units is not known either:
        give ``assistant_percent``. What it pays depends on what the primary payer paid, so results do not show it.

        Args:
            primary: The payer that is billed first.
            date_of_service: The date of service. None has the same meaning as in :meth:`on`.

        Raises:
            NotPublishedError: If the policy of either payer is not known on that date.
            InvalidInputError: If the date is None and either payer has changed how it counts units.

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
        # No source says that a secondary payer reduces an assistant's units, and Horizon's says that it does not.
        furnishers = own.furnishers.without_allowed_shares()
        if furnishers is not own.furnishers:
            own = attrs.evolve(own, furnishers=furnishers)
        if own.money.cost_sharing:
            own = attrs.evolve(own, money=attrs.evolve(own.money, pays_second=True))
        secondary = own.counting.secondary
        if secondary is SecondaryUnits.OWN:
            return own
        first = primary.on(date_of_service).counting
        unit_caps = tuple(cap for cap in first.caps if cap.of is CapOf.UNITS)
        caps = (*unit_caps, *own.counting.other_caps)
        return attrs.evolve(own, counting=attrs.evolve(first, secondary=secondary, caps=caps))


def _unit_terms(counting: Counting) -> Counting:
    """Return *counting* with only the fields that decide the units of a claim."""
    unit_caps = tuple(cap for cap in counting.caps if cap.of is CapOf.UNITS)
    return attrs.evolve(
        counting,
        caps=unit_caps,
        secondary=SecondaryUnits.AS_PRIMARY,
        unit_assumptions=(),
        method_is_choice=False,
    )
