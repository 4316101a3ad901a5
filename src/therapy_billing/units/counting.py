"""Count one discipline: turn minutes by code into full units, leftover minutes, and ties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.wording import listed
from therapy_billing.codes.code_book import QUARTER, first_of_family, known_code, quarter_codes
from therapy_billing.payers.policy import Policy, UnitMethod
from therapy_billing.units.records import MinuteSplit, units_of_family
from therapy_billing.units.rules import first_period, share_by_leftovers
from therapy_billing.units.unit_terms import total_partial_minutes, unit_terms

__all__ = ["Counted", "alone_units", "count_minutes", "most_units", "split_minutes"]


class Counted(NamedTuple):
    """
    The units of one discipline before ties are decided.

    Args:
        minute_splits: The minutes of each code or code family, split into full units and leftover minutes.
        extras: For each item of *minute_splits*, 1 if its leftover minutes get a unit in every legal split, else 0.
        tied: Indexes of the items of *minute_splits* that are tied for the remaining units.
        open_units: How many of the tied items get a unit.
        pooled_minutes: Minutes in the day's total; None for methods that count each code separately.
    """

    minute_splits: list[MinuteSplit]
    extras: list[int]
    tied: tuple[int, ...]
    open_units: int
    pooled_minutes: int | None


def count_minutes(minutes: Mapping[str, int], policy: Policy) -> Counted:
    """
    Return the units of *minutes*, a mapping of timed codes to minutes, before ties and caps.

    Raises:
        InvalidInputError: If an add-on code is documented without its first code.
    """
    # Most days have only 15-minute codes that are counted as usual, so the terms of each code need not be looked up.
    quarters_only = not policy.counting.code_terms and quarter_codes().issuperset(minutes)
    if quarters_only:
        on_total = policy.counting.method is UnitMethod.CMS_EIGHT_MINUTE
        needed = None if on_total else policy.counting.partial_minutes
        splits = [
            MinuteSplit(code, None, given, 0, given // QUARTER, given % QUARTER, QUARTER, needed)
            for code, given in minutes.items()
        ]
    else:
        splits = [split_minutes(code, given, policy) for code, given in _families(minutes).items()]
        on_total = policy.counting.method is UnitMethod.CMS_EIGHT_MINUTE or any(
            split.alone_minutes is None for split in splits
        )
    if not on_total:
        return Counted(splits, [alone_units(split) for split in splits], (), 0, None)

    extras = [0] * len(splits)
    indexes: Sequence[int] = range(len(splits))
    pooled = list(minutes.values())
    if not quarters_only:
        extras = [alone_units(split) for split in splits]
        indexes = [index for index, split in enumerate(splits) if split.alone_minutes is None]
        pooled = [splits[index].whole_units * QUARTER + splits[index].leftover for index in indexes]
    _, sure, equal, open_units = share_by_leftovers(
        pooled, unit_minutes=QUARTER, partial_minutes=total_partial_minutes(policy)
    )
    for pooled_index in sure:
        extras[indexes[pooled_index]] = 1
    tied = tuple(map(indexes.__getitem__, equal))
    return Counted(splits, extras, tied, open_units, sum(pooled))


def most_units(minutes: Mapping[str, int], policy: Policy) -> dict[str, int]:
    """
    Return the most units that each code can have in any legal split of *minutes*, before caps.

    >>> most_units({"97530": 8, "97110": 8}, Policy(UnitMethod.CMS_EIGHT_MINUTE))
    {'97530': 1, '97110': 1}
    """
    counted = count_minutes(minutes, policy)
    most: dict[str, int] = {}
    for index, (split, extra) in enumerate(zip(counted.minute_splits, counted.extras, strict=True)):
        most |= units_of_family(
            split.code, split.add_on, split.full_units + int(index in counted.tied or extra)
        )
    return most


def alone_units(split: MinuteSplit) -> int:
    """Return 1 if the leftover minutes make a unit on their own, else 0."""
    return int(split.alone_minutes is not None and split.leftover >= split.alone_minutes)


def _families(minutes: Mapping[str, int]) -> dict[str, int]:
    """
    Return the minutes by code, with the minutes of an add-on code added to its first code.

    An add-on code that follows the first code of another family, as 97814 may follow 97810, keeps its own minutes.
    """
    families: dict[str, int] = {}
    for code, given in minutes.items():
        firsts = known_code(code).adds_to
        if firsts and minutes.keys().isdisjoint(firsts):
            named = listed(firsts, "or")
            msg = (
                f"add-on code {code} is documented without {named}: "
                f"record the first minutes under {named}"
            )
            raise InvalidInputError(msg)
        first = first_of_family(code)
        first = first if first in minutes else code
        families[first] = families.get(first, 0) + given
    return families


def split_minutes(code: str, minutes: int, policy: Policy) -> MinuteSplit:
    """Split the minutes of a code or code family into full units and leftover minutes."""
    facts, terms = known_code(code), unit_terms(code, policy)
    add_on = facts.add_on if facts.timed else None
    first_units, rest = 0, minutes
    if add_on is not None and terms.period > QUARTER:
        first_units, rest = first_period(
            minutes, first_minutes=terms.period, needed_minutes=terms.fewest
        )
        terms = unit_terms(add_on, policy)
        if not first_units:
            # Minutes that do not reach the first period make no unit and are not counted in the day's total.
            return MinuteSplit(code, add_on, minutes, 0, 0, minutes, terms.period, minutes + 1)
    whole, leftover = divmod(rest, terms.period)
    needed = None if terms.in_total else terms.fewest
    return MinuteSplit(code, add_on, minutes, first_units, whole, leftover, terms.period, needed)
