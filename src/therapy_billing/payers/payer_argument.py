"""Interpret the ``payer`` argument: a payer, a policy, a method, or a name. Find its policy on a date."""

from __future__ import annotations

from datetime import date
from typing import TypeAlias

from therapy_billing.base.choices import find_choice
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.wording import unknown_name
from therapy_billing.payers.catalog import PAYERS
from therapy_billing.payers.payer import Payer
from therapy_billing.payers.policy import FeeBasis, Policy, UnitMethod

__all__ = ["KnownPayer", "PayerLike", "policy_of", "resolve_payer"]

KnownPayer: TypeAlias = Payer | Policy | UnitMethod
"""A payer, a policy, or a counting method."""
PayerLike: TypeAlias = KnownPayer | str
"""A payer, a policy, a counting method, or the name of a payer or method."""

_BARE = {
    method: Policy(method).with_changes(fee_basis=FeeBasis.ANY_SCHEDULE) for method in UnitMethod
}
"""The policy for each counting method that is given instead of a payer. It accepts any fee schedule."""


def resolve_payer(payer: PayerLike, what: str = "payer") -> KnownPayer:
    """
    Return *payer* itself, or the payer or method with that name.

    Args:
        payer: A payer, a policy, a method, or the name of a payer or method, in any case. If a payer and a
            method have the same name, the payer is returned.
        what: The name of the argument, for error messages.

    Raises:
        InvalidInputError: If *payer* has the wrong type, or there is no payer or method with that name.

    >>> resolve_payer(" Medicare ").name, resolve_payer("full-quarter")
    ('medicare', <UnitMethod.FULL_QUARTER: 'full-quarter'>)
    """
    if isinstance(payer, Payer | Policy | UnitMethod):
        return payer
    given: object = payer
    if not isinstance(given, str):
        msg = (
            f"{what} must be a Payer such as MEDICARE, a Policy, a UnitMethod, or the name of a payer or method, "
            f"got {safe_repr(given)}"
        )
        raise InvalidInputError(msg, field=what)
    if given in PAYERS:
        return PAYERS[given]
    method = find_choice(given, UnitMethod)
    if method is None:
        raise InvalidInputError(unknown_name("payer", given, PAYERS), field=what)
    return method


def policy_of(payer: PayerLike, day: date | None) -> tuple[Policy, str]:
    """
    Return the policy of *payer* on *day*, and the name to show in results.

    Raises:
        InvalidInputError: If *payer* is not a payer, a policy, a method, or the name of a payer or method.
        NotPublishedError: If the payer's policy is not known on that date.
    """
    match resolve_payer(payer):
        case Payer() as found:
            return found.on(day), found.name
        case Policy() as policy:
            return policy, policy.counting.method_name
        case method:
            return _BARE[method], method.value
