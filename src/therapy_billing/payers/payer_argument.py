"""What a caller names as payer, and its policy on a day."""

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
"""What decides the units: a payer, a policy, or a bare method."""
PayerLike: TypeAlias = KnownPayer | str
"""The same, or the name of a payer or of a method."""

_BARE = {
    method: Policy(method).with_changes(fee_basis=FeeBasis.ANY_SCHEDULE) for method in UnitMethod
}
"""The policy of a bare method, which belongs to no payer."""


def resolve_payer(payer: PayerLike, what: str = "payer") -> KnownPayer:
    """
    Return the payer, the policy, or the method that *payer* is or names.

    Args:
        payer: One of these; or the name of a payer or of a method, in any case. A payer's name wins.
        what: The name of the argument, for the message.

    Raises:
        InvalidInputError: If it is none of these.

    >>> resolve_payer(" Medicare ").name, resolve_payer("full-quarter")
    ('medicare', <UnitMethod.FULL_QUARTER: 'full-quarter'>)
    """
    if isinstance(payer, Payer | Policy | UnitMethod):
        return payer
    given: object = payer
    if not isinstance(given, str):
        msg = (
            f"{what} must be a Payer such as MEDICARE, a Policy, a UnitMethod, or the name of a payer, "
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
    Return what *payer* does on *day*, and its name for results.

    Raises:
        InvalidInputError: If it is neither a payer, a policy, a method, nor the name of one.
        NotPublishedError: If the payer's policy is not known on the day.
    """
    match resolve_payer(payer):
        case Payer() as found:
            return found.on(day), found.name
        case Policy() as policy:
            return policy, policy.counting.method.value
        case method:
            return _BARE[method], method.value
