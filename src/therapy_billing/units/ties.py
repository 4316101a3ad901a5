"""Ties: every way to give the units that equal leftovers leave open, the chosen one first."""

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

__all__ = ["fee_schedule_class", "rank_tied", "refuse_many_splits", "require_fees", "tied_choices"]

_MOST_SPLITS = 10_000


def tied_choices(
    extras: Sequence[int], ranked: tuple[int, ...], open_units: int
) -> list[ExtraUnits]:
    """Return every way to give *open_units* to the tied codes, the first *ranked* first."""
    refuse_many_splits(math.comb(len(ranked), open_units))
    choices = []
    for takers in itertools.combinations(ranked, open_units):
        choice = list(extras)
        for place in takers:
            choice[place] = 1
        choices.append(tuple(choice))
    return choices


def rank_tied(
    tied: tuple[int, ...], splits: Sequence[MinuteSplit], policy: Policy, fees: FeeSchedule | None
) -> tuple[int, ...]:
    """Return the tied codes in the order in which the tie policy gives them a unit."""

    def next_code(place: int) -> str:
        split = splits[place]
        return split.add_on if split.add_on is not None and split.full_units else split.code

    match policy.counting.tie_policy:
        case TiePolicy.DOCUMENTED_ORDER:
            return tied
        case TiePolicy.PREFERRED_CODES:
            rank = {code: number for number, code in enumerate(policy.counting.preferred_codes)}
            return tuple(sorted(tied, key=lambda place: rank.get(next_code(place), len(rank))))
        case TiePolicy.HIGHEST_FEE:
            schedule = require_fees(fees, policy)
            # Reversed, not negated: a minus would round by the program's decimal context.
            return tuple(
                sorted(tied, key=lambda place: schedule.amount(next_code(place)), reverse=True)
            )


@cache
def fee_schedule_class() -> type[FeeSchedule]:
    """Return FeeSchedule, loaded when fees are given."""
    from therapy_billing.fees.fee_schedule import (  # noqa: PLC0415 - units alone need no amounts
        FeeSchedule,
    )

    return FeeSchedule


def require_fees(fees: FeeSchedule | None, policy: Policy) -> FeeSchedule:
    """Return the fees that a tie policy compares, or refuse to go on without them."""
    if fees is None:
        msg = "TiePolicy.HIGHEST_FEE compares amounts: give fees, a FeeSchedule"
        raise InvalidInputError(msg)
    if not fees.gives_amounts_to(policy.money.fee_basis):
        msg = (
            "TiePolicy.HIGHEST_FEE compares the payer's amounts, and Medicare's fee schedule is not its own: "
            "give its rates or its contract"
        )
        raise InvalidInputError(msg)
    return fees


def refuse_many_splits(count: int) -> None:
    """Refuse a day with more splits than any real one has."""
    if count > _MOST_SPLITS:
        msg = (
            f"{count} splits are admissible, more than {_MOST_SPLITS}: so many equal codes on a "
            "day look like a mistake in the record"
        )
        raise InvalidInputError(msg)
