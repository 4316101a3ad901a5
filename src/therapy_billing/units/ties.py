"""Ties: list every way to assign the remaining units among codes with equal leftover minutes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.payers.policy import Policy, TiePolicy
from therapy_billing.units.records import ExtraUnits, MinuteSplit

if TYPE_CHECKING:
    from therapy_billing.fees.fee_schedule import FeeSchedule

__all__ = [
    "MOST_SPLITS",
    "fee_schedule_class",
    "rank_tied",
    "refuse_many_splits",
    "require_fees",
    "tied_choices",
]

MOST_SPLITS = 10_000


def tied_choices(
    extras: Sequence[int], ranked: tuple[int, ...], open_units: int
) -> list[ExtraUnits]:
    """Return every way to assign *open_units* units to the *ranked* codes, the preferred way first."""
    refuse_many_splits(math.comb(len(ranked), open_units))
    choices = []
    for takers in itertools.combinations(ranked, open_units):
        choice = list(extras)
        for index in takers:
            choice[index] = 1
        choices.append(tuple(choice))
    return choices


def rank_tied(
    tied: tuple[int, ...], splits: Sequence[MinuteSplit], policy: Policy, fees: FeeSchedule | None
) -> tuple[int, ...]:
    """Return the indexes of the tied codes in the order in which the tie policy assigns units to them."""

    def next_code(index: int) -> str:
        split = splits[index]
        return split.add_on if split.add_on is not None and split.full_units else split.code

    match policy.counting.tie_policy:
        case TiePolicy.DOCUMENTED_ORDER:
            return tied
        case TiePolicy.PREFERRED_CODES:
            rank = {code: number for number, code in enumerate(policy.counting.preferred_codes)}
            return tuple(sorted(tied, key=lambda index: rank.get(next_code(index), len(rank))))
        case TiePolicy.HIGHEST_FEE:
            schedule = require_fees(fees, policy)
            # Reverse the order instead of negating: negating a Decimal rounds it in the caller's decimal context.
            return tuple(
                sorted(tied, key=lambda index: schedule.amount(next_code(index)), reverse=True)
            )


@cache
def fee_schedule_class() -> type[FeeSchedule]:
    """Return the class FeeSchedule; import it only when fees are needed."""
    from therapy_billing.fees.fee_schedule import (  # noqa: PLC0415 - counting units needs no amounts
        FeeSchedule,
    )

    return FeeSchedule


def require_fees(fees: FeeSchedule | None, policy: Policy) -> FeeSchedule:
    """Return *fees* if the tie policy can compare them, else raise an error."""
    if fees is None:
        msg = "TiePolicy.HIGHEST_FEE compares amounts: give fees as a FeeSchedule"
        raise InvalidInputError(msg)
    if not fees.gives_amounts_to(policy.money.fee_basis):
        msg = (
            "TiePolicy.HIGHEST_FEE compares the payer's own amounts, but fees has Medicare amounts: "
            "give the payer's rates or contract"
        )
        raise InvalidInputError(msg)
    return fees


def refuse_many_splits(count: int) -> None:
    """Raise an error if a day has more legal splits than any real day has."""
    if count > MOST_SPLITS:
        msg = (
            f"the day has {count} legal splits, more than the limit of {MOST_SPLITS}: check the record for "
            "too many codes with equal minutes"
        )
        raise InvalidInputError(msg)
