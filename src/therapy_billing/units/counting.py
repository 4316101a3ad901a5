"""Count one discipline: minutes by code to full units, leftovers, and ties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.codes.code_book import QUARTER, CodeFacts, known_code, quarter_codes
from therapy_billing.payers.policy import Policy, UnitMethod
from therapy_billing.units.long_periods import by_midpoint
from therapy_billing.units.records import MinuteSplit, units_of_family
from therapy_billing.units.rules import first_period, midpoint_minutes, share_by_leftovers

__all__ = ["Counted", "count_minutes", "most_units"]


class Counted(NamedTuple):
    """
    The units of one discipline before a tie is decided.

    Args:
        minute_splits: The minutes of each code or family, cut into full units and a leftover.
        extras: 1 for each of them that is sure of a unit for its leftover minutes, else 0.
        tied: Places of those with equal claims to the units that are left.
        open_units: How many of the tied ones take a unit.
        pooled_minutes: Minutes of the day's total; None for methods that count each code alone.
    """

    minute_splits: list[MinuteSplit]
    extras: list[int]
    tied: tuple[int, ...]
    open_units: int
    pooled_minutes: int | None


def count_minutes(minutes: Mapping[str, int], policy: Policy) -> Counted:
    """
    Return the units of *minutes* by timed code, before ties and caps.

    Raises:
        InvalidInputError: If an add-on stands without the code it adds to.
    """
    on_total = policy.counting.method is UnitMethod.CMS_EIGHT_MINUTE
    # Most days have no family and no longer period, so no facts of codes are needed.
    quarters_only = quarter_codes().issuperset(minutes)
    if quarters_only:
        needed = None if on_total else policy.counting.partial_minutes
        splits = [
            MinuteSplit(code, None, given, 0, given // QUARTER, given % QUARTER, QUARTER, needed)
            for code, given in minutes.items()
        ]
    else:
        splits = [_split(code, given, policy) for code, given in _families(minutes).items()]
    if not on_total:
        return Counted(splits, [_alone_units(split) for split in splits], (), 0, None)

    extras = [0] * len(splits)
    places: Sequence[int] = range(len(splits))
    pooled = list(minutes.values())
    if not quarters_only:
        extras = [_alone_units(split) for split in splits]
        places = [place for place, split in enumerate(splits) if split.alone_minutes is None]
        pooled = [splits[place].whole_units * QUARTER + splits[place].leftover for place in places]
    _, sure, equal, open_units = share_by_leftovers(
        pooled, unit_minutes=QUARTER, partial_minutes=policy.counting.partial_minutes
    )
    for position in sure:
        extras[places[position]] = 1
    tied = tuple(map(places.__getitem__, equal))
    return Counted(splits, extras, tied, open_units, sum(pooled))


def most_units(minutes: Mapping[str, int], policy: Policy) -> dict[str, int]:
    """
    Return the most units of each code that a split of *minutes* by timed code has, before caps.

    >>> most_units({"97530": 8, "97110": 8}, Policy(UnitMethod.CMS_EIGHT_MINUTE))
    {'97530': 1, '97110': 1}
    """
    counted = count_minutes(minutes, policy)
    most: dict[str, int] = {}
    for place, (split, extra) in enumerate(zip(counted.minute_splits, counted.extras, strict=True)):
        most |= units_of_family(
            split.code, split.add_on, split.full_units + int(place in counted.tied or extra)
        )
    return most


def _alone_units(split: MinuteSplit) -> int:
    """Return 1 when the leftover minutes make a unit of the code alone, else 0."""
    return int(split.alone_minutes is not None and split.leftover >= split.alone_minutes)


def _families(minutes: Mapping[str, int]) -> dict[str, int]:
    """Return the minutes by code, those of an add-on with the code it adds to."""
    families: dict[str, int] = {}
    for code, given in minutes.items():
        first = known_code(code).adds_to or code
        if first not in minutes:
            msg = (
                f"code {code} makes the further units of {first}: "
                f"record the first minutes under {first}"
            )
            raise InvalidInputError(msg)
        families[first] = families.get(first, 0) + given
    return families


def _split(code: str, minutes: int, policy: Policy) -> MinuteSplit:
    """Cut the minutes of a code or family into full units and a leftover."""
    facts = known_code(code)
    add_on, period = facts.add_on, _period(facts)
    first_units, rest, further = 0, minutes, facts
    if add_on is not None and period > QUARTER:
        further = known_code(add_on)
        first_units, rest = first_period(
            minutes, first_minutes=period, needed_minutes=_alone(facts, policy)
        )
        period = _period(further)
        if not first_units:
            # Minutes short of the first period make no unit of this family, and none of another.
            return MinuteSplit(code, add_on, minutes, 0, 0, minutes, period, minutes + 1)
    whole, leftover = divmod(rest, period)
    on_total = period == QUARTER and policy.counting.method is UnitMethod.CMS_EIGHT_MINUTE
    needed = None if on_total else _alone(further, policy)
    return MinuteSplit(code, add_on, minutes, first_units, whole, leftover, period, needed)


def _period(facts: CodeFacts) -> int:
    if facts.unit_minutes is None:
        raise AssertionError(facts.code)
    return facts.unit_minutes


def _alone(facts: CodeFacts, policy: Policy) -> int:
    """Return the fewest leftover minutes that make a unit of a code counted alone."""
    period = _period(facts)
    if period == QUARTER:
        return policy.counting.partial_minutes
    return midpoint_minutes(period) if by_midpoint(facts, policy) else period
