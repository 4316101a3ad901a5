"""The terms that apply to every day of a log: payers, fees, attestations, setting, policy changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, TypeAlias

import attrs

from therapy_billing.base.choices import find_choice
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import as_tuple, require_text, require_type
from therapy_billing.claims.attestations import Attestation, parse_attestations
from therapy_billing.codes.roles import Setting, parse_setting
from therapy_billing.fees.fee_schedule import FeeSchedule
from therapy_billing.law.timeline import Timeline
from therapy_billing.payers.catalog import PAYERS, Payers
from therapy_billing.payers.payer import Payer
from therapy_billing.payers.payer_argument import PayerLike, policy_of, resolve_payer
from therapy_billing.payers.policy import Policy, UnitMethod
from therapy_billing.pricing.records import PricedDay
from therapy_billing.pricing.remarks import KX_UNUSED
from therapy_billing.visits.treatment_log import LogDay

__all__ = ["LogFees", "LogTerms"]

LogFees: TypeAlias = FeeSchedule | Callable[[date], FeeSchedule]
"""One fee schedule for all days, or a function that returns Medicare's schedule for a date of service."""


def _payers(value: Mapping[str, Payer] | None) -> Mapping[str, Payer]:
    if value is None:
        return PAYERS
    require_type(value, Mapping, "payers")
    if isinstance(value, Payers):
        return value
    for name in value:
        require_text(name, "payers")
    as_tuple(value.values(), Payer, "payers")
    return Payers(value, value.__getitem__)


def _payer(value: PayerLike, payers: Mapping[str, Payer]) -> Payer:
    """
    Return the payer for rows that do not name one.

    *value* is that payer, its name, or a policy or method from which a payer is made.
    """
    if isinstance(value, Payer):
        return value
    if isinstance(value, str) and (
        value in payers or not (value in PAYERS or find_choice(value, UnitMethod))
    ):
        return payers[value]
    known = resolve_payer(value)
    if isinstance(known, Payer):
        return known
    policy, name = policy_of(known, None)
    return Payer(name, Timeline(name, ((None, policy),), date.max))


def _fees(value: LogFees | None) -> LogFees | None:
    fits = isinstance(value, FeeSchedule) or (callable(value) and not isinstance(value, type))
    if value is not None and not fits:
        msg = (
            "fees must be a FeeSchedule, or a function that returns Medicare's FeeSchedule for a date "
            f"of service, got {safe_repr(value)}"
        )
        raise InvalidInputError(msg, field="fees")
    return value


def _attestations(value: Iterable[Attestation]) -> tuple[Any, ...]:
    given = value if isinstance(value, str) or not isinstance(value, Iterable) else tuple(value)
    parse_attestations(given)
    return tuple(given)


def _setting(value: Setting | str | None) -> Setting | None:
    return None if value is None else parse_setting(value)


def _policy_changes(value: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if value is None:
        return {}
    require_type(value, Mapping, "policy_changes")
    for name in value:
        require_text(name, "policy_changes")
    # Refuse a bad change now, before the first day.
    Policy(UnitMethod.CPT_MIDPOINT).with_changes(**value)
    return dict(value)


@attrs.frozen
class LogTerms:
    """
    The terms that apply to every day of a log.

    Args:
        payers: The payers that rows may name. With None: :data:`~therapy_billing.PAYERS`.
        payer: The payer for rows that do not name one, or the name of one of *payers*.
        fees: The fees for all days. With None, units and lines have no amounts.
        attestations: Attestations for every day, such as ``"KX"``.
        setting: Facility or office, where the services were furnished. None uses the setting of the fee schedule.
        policy_changes: Fields of each payer's policy to replace, by name.
    """

    payers: Mapping[str, Payer] = attrs.field(converter=_payers)
    _given_payer: PayerLike = attrs.field(alias="payer")
    payer: Payer = attrs.field(init=False)
    fees: LogFees | None = attrs.field(converter=_fees)
    attestations: tuple[Any, ...] = attrs.field(converter=_attestations)
    setting: Setting | None = attrs.field(converter=_setting)
    policy_changes: Mapping[str, Any] = attrs.field(converter=_policy_changes)

    @payer.default
    def _find_payer(self) -> Payer:
        return _payer(self._given_payer, self.payers)

    def payer_of(self, day: LogDay) -> Payer:
        """
        Return the payer of *day*.

        Raises:
            UnknownNameError: If the day names an unknown payer.
        """
        if not day.payer:
            return self.payer
        return self.payers[day.payer]

    def policy_on(self, payer: Payer, day: date) -> Policy:
        """Return the payer's policy on *day*, with the policy changes applied."""
        return payer.on(day).with_changes(**self.policy_changes)

    def as_of_payer(self, priced: PricedDay, payer: Payer, policy: Policy) -> PricedDay:
        """
        Return a priced day as a day of the log has it: with the payer's name, and the remarks that apply to a log.

        Args:
            priced: The day, priced by the policy.
            payer: The payer.
            policy: The payer's policy on the day, with the policy changes applied.
        """
        counted_by, remarks = "", priced.remarks
        if self.attestations:
            # An attestation for the whole log does not have to be used on every day.
            remarks = tuple(each for each in remarks if each != KX_UNUSED)
        if policy.counting.method is not payer.on(priced.date_of_service).counting.method:
            counted_by = policy.counting.method_name
            remark = f"{counted_by} counted the units; {payer.name} may count them differently"
            remarks = (remark, *remarks)
        return attrs.evolve(priced, payer=payer.name, counted_by=counted_by, remarks=remarks)

    def fees_on(self, day: date, policy: Policy) -> FeeSchedule | None:
        """Return the fees for *day*. None if there are none, or if they are Medicare's and the payer has its own."""
        if self.fees is None or isinstance(self.fees, FeeSchedule):
            return self.fees
        if policy.money.fee_basis.is_payers_own:
            return None
        found = self.fees(day)
        given: object = found
        if not isinstance(given, FeeSchedule):
            msg = f"fees must return a FeeSchedule, got {safe_repr(given)}"
            raise InvalidInputError(msg, field="fees")
        return found
