"""What a caller names as payer, and its policy on a day."""

from __future__ import annotations

from datetime import date
from typing import TypeAlias

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.payers.payer import Payer
from therapy_billing.payers.policy import FeeBasis, Policy, UnitMethod

__all__ = ["PayerLike", "policy_of", "require_payer"]

PayerLike: TypeAlias = Payer | Policy | UnitMethod
"""What decides the units: a payer, a policy, or a bare method."""

_BARE = {
    method: Policy(method).with_changes(fee_basis=FeeBasis.ANY_SCHEDULE) for method in UnitMethod
}
"""The policy of a bare method, which belongs to no payer."""


def policy_of(payer: PayerLike, day: date | None) -> tuple[Policy, str]:
    """
    Return what *payer* does on *day*, and its name for results.

    Raises:
        InvalidInputError: If it is neither a payer, a policy nor a method.
        NotPublishedError: If the payer's policy is not known on the day.
    """
    match payer:
        case Payer():
            return payer.on(day), payer.name
        case Policy():
            return payer, payer.counting.method.value
        case UnitMethod():
            return _BARE[payer], payer.value
        case _:
            raise _no_payer(payer, "payer")


def require_payer(payer: object, what: str) -> None:
    """
    Refuse what is neither a payer, a policy nor a method.

    Raises:
        InvalidInputError: If it is none of these; *what* is the name of the argument.
    """
    if not isinstance(payer, Payer | Policy | UnitMethod):
        raise _no_payer(payer, what)


def _no_payer(payer: object, what: str) -> InvalidInputError:
    msg = f"{what} is a Payer such as MEDICARE, a Policy or a UnitMethod, not {safe_repr(payer)}"
    return InvalidInputError(msg)
