"""Combine the splits of all disciplines, and apply the payer's unit limits to each combination."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Sequence

import attrs

from therapy_billing.codes.code_book import QUARTER
from therapy_billing.payers.policy import Policy
from therapy_billing.units.records import (
    CappedUnit,
    DisciplineUnits,
    ExtraUnits,
    ServiceGroups,
    Services,
    units_of_family,
)
from therapy_billing.units.rules import BilledUnit, cap_units
from therapy_billing.units.ties import refuse_many_splits
from therapy_billing.visits.services import TimedService

__all__ = ["combine_and_cap"]


def combine_and_cap(
    pools: Sequence[DisciplineUnits],
    choices: Sequence[list[ExtraUnits]],
    groups: ServiceGroups,
    policy: Policy,
) -> tuple[
    tuple[DisciplineUnits, ...],
    tuple[str, ...],
    tuple[ExtraUnits, ...],
    ExtraUnits,
    tuple[CappedUnit, ...],
]:
    """
    Return the pools, codes, splits, uncapped split, and capped units of all disciplines.

    Caps can remove more units from one legal split than from another. Only the splits that keep the
    most units are returned.
    """
    sole = _sole_split(pools, choices) if not policy.counting.capped else None
    if sole is not None:
        return (tuple(pools), *sole, ())
    refuse_many_splits(math.prod(map(len, choices)))
    ways = list(itertools.product(*choices))
    uncapped = [_units(pools, way) for way in ways]
    capped = uncapped
    cuts: tuple[CappedUnit, ...] = ()
    chosen = 0
    if policy.counting.capped:
        results = [_capped(pools, way, groups, policy) for way in ways]
        capped = [units for units, _ in results]
        kept = [sum(units.values()) for units in capped]
        chosen = kept.index(max(kept))
        cuts = results[chosen][1]
        capped = [units for units, total in zip(capped, kept, strict=True) if total == max(kept)]
        pools = [
            attrs.evolve(pool, extra_units=extras)
            for pool, extras in zip(pools, ways[chosen], strict=True)
        ]
    documented = {service.code for _, group in groups for given in group for service in given}
    codes = tuple(
        code for code in uncapped[0] if code in documented or any(split[code] for split in uncapped)
    )
    splits = dict.fromkeys(tuple(split[code] for code in codes) for split in capped)
    return (
        tuple(pools),
        codes,
        tuple(splits),
        tuple(uncapped[chosen][code] for code in codes),
        cuts,
    )


def _sole_split(
    pools: Sequence[DisciplineUnits], choices: Sequence[list[ExtraUnits]]
) -> tuple[tuple[str, ...], tuple[ExtraUnits, ...], ExtraUnits] | None:
    """Return the codes and units of a day with one discipline, no tie, and no code family; None for any other day."""
    if len(pools) > 1 or len(choices[0]) > 1:
        return None
    codes, units = [], []
    for split, extra in zip(pools[0].minute_splits, choices[0][0], strict=True):
        if split.add_on is not None:
            return None
        codes.append(split.code)
        units.append(split.whole_units + extra)
    return tuple(codes), (tuple(units),), tuple(units)


def _units(pools: Sequence[DisciplineUnits], way: Sequence[ExtraUnits]) -> dict[str, int]:
    """Return units by code, summed over all disciplines, if the extra units are assigned this *way*."""
    units: dict[str, int] = {}
    for pool, extras in zip(pools, way, strict=True):
        for split, extra in zip(pool.minute_splits, extras, strict=True):
            for code, own in units_of_family(split.code, split.add_on, split.full_units + extra):
                units[code] = units.get(code, 0) + own
    return units


def _capped(
    pools: Sequence[DisciplineUnits],
    way: Sequence[ExtraUnits],
    groups: ServiceGroups,
    policy: Policy,
) -> tuple[dict[str, int], tuple[CappedUnit, ...]]:
    """Return units by code after the policy's caps, and the units that the caps removed."""
    units = _units(pools, way)
    caps = policy.counting.cap_per_code
    per_code = dict.fromkeys(units, caps) if isinstance(caps, int) else dict(caps or ())
    per_pool: dict[int, int] = {}
    exceeding: dict[int, set[int]] = {}
    limit = policy.counting.cap_per_session
    if limit is not None:
        # The limits of the sessions are added up, but a session adds no more than the number of
        # 15-minute quarters that its codes started. So two short sessions keep the unit that their
        # minutes make together, and a short session does not raise the limit of a long one.
        for index, (_, group) in enumerate(groups):
            quarters = [_quarters(services) for services in group]
            per_pool[index] = sum(min(limit, sum(started.values())) for started in quarters)
            codes = {
                code for started in quarters if sum(started.values()) > limit for code in started
            }
            exceeding[index] = {
                number
                for number, split in enumerate(pools[index].minute_splits)
                if split.code in codes or split.add_on in codes
            }
    cuts = []
    for cap, most, unit in cap_units(
        _billed_units(pools, way),
        per_code=per_code,
        per_codes=policy.counting.cap_per_codes,
        per_pool=per_pool,
        per_day=policy.counting.cap_per_day,
        exceeding=exceeding,
    ):
        units[unit.code] -= 1
        cuts.append(CappedUnit(cap, most, unit.code, pools[unit.pool].discipline, unit.minutes))
    return units, tuple(cuts)


def _billed_units(pools: Sequence[DisciplineUnits], way: Sequence[ExtraUnits]) -> list[BilledUnit]:
    """Return every unit of the day with its minutes."""
    units = []
    for pool_index, (pool, extras) in enumerate(zip(pools, way, strict=True)):
        for code_index, (counted, extra) in enumerate(zip(pool.counted, extras, strict=True)):
            whole_minutes = counted.whole_units * counted.period
            minutes_of_units = [
                counted.minutes - whole_minutes - counted.leftover
            ] * counted.first_units
            minutes_of_units += [counted.period] * counted.whole_units + [counted.leftover] * extra
            for number, minutes in enumerate(minutes_of_units):
                code = counted.add_on if number and counted.add_on else counted.code
                units.append(BilledUnit(pool_index, code_index, number, code, minutes))
    return units


def _quarters(services: Services) -> Counter[str]:
    """Return how many 15-minute quarters each code of a session started. A partial quarter counts."""
    minutes: Counter[str] = Counter()
    for service in services:
        if isinstance(service, TimedService):
            minutes[service.code] += service.minutes
    return Counter({code: -(-given // QUARTER) for code, given in minutes.items()})
