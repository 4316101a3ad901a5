"""Combine the splits of all disciplines, and apply the payer's caps on units to each combination."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import attrs

from therapy_billing.base import wording
from therapy_billing.base.errors import InvalidInputError, NotPublishedError
from therapy_billing.codes.code_book import QUARTER, first_of_family, known_code
from therapy_billing.codes.roles import Discipline, ServiceClass
from therapy_billing.payers.caps import Cap, CapEach, counts_code, limit_on_day
from therapy_billing.payers.policy import Policy, TiePolicy
from therapy_billing.units.records import (
    CappedUnit,
    DisciplineUnits,
    ExtraUnits,
    ServiceGroups,
    units_of_family,
)
from therapy_billing.units.rules import BilledUnit, CutUnit, UnitCap, cap_units
from therapy_billing.units.ties import MOST_SPLITS, refuse_many_splits, require_fees
from therapy_billing.units.unit_terms import is_timed, unit_terms
from therapy_billing.visits.services import Service, UntimedService

if TYPE_CHECKING:
    from therapy_billing.fees.fee_schedule import FeeSchedule

__all__ = ["CappedDay", "UnitsByDiscipline", "WantedUnits", "combine_and_cap", "limits_of"]


UnitsByDiscipline: TypeAlias = Mapping[Discipline | None, Mapping[str, int]]
"""The units of each discipline by code."""


class CappedDay(NamedTuple):
    """
    The units of all disciplines after caps.

    Args:
        pools: How each discipline was counted, with the chosen extra units.
        codes: The timed codes, then the untimed codes that a cap counts.
        untimed_codes: The untimed codes at the end of *codes*.
        splits: Every legal split, the chosen one first.
        uncapped: The chosen split before caps.
        cuts: The units that caps removed from the chosen split.
        by_discipline: For every legal split, the units of each discipline by code, the chosen split first.
    """

    pools: tuple[DisciplineUnits, ...]
    codes: tuple[str, ...]
    untimed_codes: tuple[str, ...]
    splits: tuple[ExtraUnits, ...]
    uncapped: ExtraUnits
    cuts: tuple[CappedUnit, ...]
    by_discipline: tuple[UnitsByDiscipline, ...]


WantedUnits: TypeAlias = Sequence[tuple[Discipline | None, Mapping[str, int]]]
"""The units by code that a split must have: of a discipline, or of all disciplines together (None)."""

_NO_SUCH_SPLIT = "no legal split has the units in split: give one of the splits that allocate_units(...).admissible lists"
_EVALUATIONS = (ServiceClass.EVALUATION, ServiceClass.RE_EVALUATION)

_Way: TypeAlias = tuple[ExtraUnits, ...]
"""The extra units of each discipline."""


def combine_and_cap(
    pools: Sequence[DisciplineUnits],
    choices: Sequence[list[ExtraUnits]],
    groups: ServiceGroups,
    policy: Policy,
    fees: FeeSchedule | None,
    wanted: WantedUnits = (),
) -> CappedDay:
    """
    Combine the splits of all disciplines, and apply the payer's caps on units.

    Caps can remove more units from one legal split than from another, and a cap can have a choice between units with equal
    minutes. Only the splits that keep the most units are returned. The chosen split is the first that has the *wanted*
    units.

    Raises:
        InvalidInputError: If no legal split has the wanted units.
    """
    capped = policy.counting.capped
    sole = None if capped or wanted else _sole_split(pools, choices)
    if sole is not None:
        codes, split = sole
        return CappedDay(tuple(pools), codes, (), (split,), split, (), ())
    refuse_many_splits(math.prod(map(len, choices)))
    ways: list[_Way] = list(itertools.product(*choices))
    uncapped = [_units(pools, way) for way in ways]
    results: list[tuple[int, dict[str, int], tuple[CutUnit, ...]]] = [
        (index, units, ()) for index, units in enumerate(uncapped)
    ]
    untimed: tuple[str, ...] = ()
    if capped:
        untimed = _counted_untimed(pools, policy)
        own = {code: _untimed_units(pools, code) for code in untimed}
        uncapped = [units | own for units in uncapped]
        worth = _worth(uncapped[0], policy, fees)
        results = [
            (index, _without(uncapped[index], cuts), cuts)
            for index, way in enumerate(ways)
            for cuts in _cut_ways(pools, way, groups, policy, worth)
        ]
        most = max(sum(units.values()) for _, units, _ in results)
        results = [result for result in results if sum(result[1].values()) == most]
    made: tuple[UnitsByDiscipline, ...] = ()
    if wanted or len(results) > 1:
        made = tuple(_by_discipline(pools, ways[index], cuts) for index, _, cuts in results)
    if wanted:
        first = next((at for at, units in enumerate(made) if _has(units, wanted)), None)
        if first is None:
            raise InvalidInputError(_NO_SUCH_SPLIT, field="split")
        results.insert(0, results.pop(first))
        made = (made[first], *made[:first], *made[first + 1 :])
    chosen, _, cuts = results[0]
    documented = {service.code for _, group in groups for given in group for service in given}
    codes = tuple(
        code
        for code in uncapped[0]
        if code in documented or any(split.get(code) for split in uncapped)
    )
    splits = dict.fromkeys(tuple(units[code] for code in codes) for _, units, _ in results)
    return CappedDay(
        tuple(
            attrs.evolve(pool, extra_units=extras)
            for pool, extras in zip(pools, ways[chosen], strict=True)
        ),
        codes,
        untimed,
        tuple(splits),
        tuple(uncapped[chosen][code] for code in codes),
        tuple(_record(cut, pools, policy) for cut in cuts),
        made,
    )


def _by_discipline(
    pools: Sequence[DisciplineUnits], way: _Way, cuts: Sequence[CutUnit]
) -> UnitsByDiscipline:
    """Return the units of each discipline that the *cuts* leave."""
    units = {
        pool.discipline: _units((pool,), (extras,)) | dict(pool.untimed)
        for pool, extras in zip(pools, way, strict=True)
    }
    for cut in cuts:
        units[pools[cut.unit.pool].discipline][cut.unit.code] -= 1
    return units


def _has(units: UnitsByDiscipline, wanted: WantedUnits) -> bool:
    """Return whether *units* are the wanted ones. Codes that are not wanted may have any units."""
    return all(
        sum(own.get(code, 0) for plan, own in units.items() if discipline in (None, plan)) == count
        for discipline, by_code in wanted
        for code, count in by_code.items()
    )


def _record(cut: CutUnit, pools: Sequence[DisciplineUnits], policy: Policy) -> CappedUnit:
    unit = cut.unit
    minutes = unit.minutes if is_timed(unit.code, policy) else None
    words = cut.words or wording.counted(cut.limit, "unit")
    discipline = pools[unit.pool].discipline
    return CappedUnit(cut.rule, cut.limit, unit.code, discipline, minutes, words)


def _without(units: Mapping[str, int], cuts: Sequence[CutUnit]) -> dict[str, int]:
    left = dict(units)
    for cut in cuts:
        left[cut.unit.code] -= 1
    return left


def _sole_split(
    pools: Sequence[DisciplineUnits], choices: Sequence[list[ExtraUnits]]
) -> tuple[tuple[str, ...], ExtraUnits] | None:
    """Return the codes and units of a day with one discipline, no tie, and no code family; None for any other day."""
    if len(pools) > 1 or len(choices[0]) > 1:
        return None
    codes, units = [], []
    for split, extra in zip(pools[0].minute_splits, choices[0][0], strict=True):
        if split.add_on is not None:
            return None
        codes.append(split.code)
        units.append(split.whole_units + extra)
    return tuple(codes), tuple(units)


def _units(pools: Sequence[DisciplineUnits], way: _Way) -> dict[str, int]:
    """Return units by timed code, summed over all disciplines, if the extra units are assigned this *way*."""
    units: dict[str, int] = {}
    for pool, extras in zip(pools, way, strict=True):
        for split, extra in zip(pool.minute_splits, extras, strict=True):
            for code, own in units_of_family(split.code, split.add_on, split.full_units + extra):
                units[code] = units.get(code, 0) + own
    return units


def _untimed_units(pools: Sequence[DisciplineUnits], code: str) -> int:
    return sum(dict(pool.untimed).get(code, 0) for pool in pools)


def _counted_untimed(pools: Sequence[DisciplineUnits], policy: Policy) -> tuple[str, ...]:
    """Return the untimed codes of the day that a cap counts, and their add-on codes, in documented order."""
    codes = dict.fromkeys(code for pool in pools for code, _ in pool.untimed)
    caps = [cap for cap in policy.counting.unit_caps if cap.limit is not None]
    counted = {code for code in codes if any(counts_code(cap, code, timed=False) for cap in caps)}
    return tuple(
        code
        for code in codes
        if code in counted or not counted.isdisjoint(known_code(code).adds_to)
    )


def _worth(
    units: Mapping[str, int], policy: Policy, fees: FeeSchedule | None
) -> Mapping[str, Decimal]:
    """Return how much the tie policy prefers each code of the day."""
    match policy.counting.tie_policy:
        case TiePolicy.DOCUMENTED_ORDER:
            return {}
        case TiePolicy.PREFERRED_CODES:
            codes = policy.counting.preferred_codes
            return {code: Decimal(len(codes) - place) for place, code in enumerate(codes)}
        case TiePolicy.HIGHEST_FEE:
            schedule, worth = require_fees(fees, policy), {}
            for code in units:
                # A code without an amount cannot have the highest one.
                try:
                    worth[code] = schedule.amount(code)
                except NotPublishedError:
                    continue
            return worth


def _cut_ways(
    pools: Sequence[DisciplineUnits],
    way: _Way,
    groups: ServiceGroups,
    policy: Policy,
    worth: Mapping[str, Decimal],
) -> Iterator[tuple[CutUnit, ...]]:
    """Yield every legal way to apply the caps to a split, the preferred way first."""
    units = list(_billed_units(pools, way))
    caps = [
        applied
        for cap in policy.counting.unit_caps
        for applied in _applied(cap, units, groups, policy)
    ]
    seen: set[frozenset[tuple[str, int]]] = set()
    for number, cuts in enumerate(cap_units(units, caps, worth=worth)):
        if number >= MOST_SPLITS:
            refuse_many_splits(number + 1)
        left: dict[str, int] = {}
        for cut in cuts:
            left[cut.unit.code] = left.get(cut.unit.code, 0) + 1
        key = frozenset(left.items())
        if key not in seen:
            seen.add(key)
            yield cuts


def _billed_units(pools: Sequence[DisciplineUnits], way: _Way) -> Iterator[BilledUnit]:
    """Yield every unit of the day with its minutes: timed units first, then untimed ones."""
    for pool_index, (pool, extras) in enumerate(zip(pools, way, strict=True)):
        for code_index, (counted, extra) in enumerate(zip(pool.counted, extras, strict=True)):
            whole_minutes = counted.whole_units * counted.period
            minutes_of_units = [
                counted.minutes - whole_minutes - counted.leftover
            ] * counted.first_units
            minutes_of_units += [counted.period] * counted.whole_units + [counted.leftover] * extra
            for number, minutes in enumerate(minutes_of_units):
                code = counted.add_on if number and counted.add_on else counted.code
                yield BilledUnit(pool_index, code_index, number, code, minutes)
        families: dict[str, list[str]] = {}
        for code, times in pool.untimed:
            families.setdefault(first_of_family(code), []).extend([code] * times)
        for code_index, (first, codes) in enumerate(families.items(), len(pool.minute_splits)):
            # The first code has the first units of its family, in whatever order the codes were documented.
            for number, code in enumerate(sorted(codes, key=lambda each: each != first)):
                yield BilledUnit(pool_index, code_index, number, code, QUARTER)


def _applied(
    cap: Cap, units: Sequence[BilledUnit], groups: ServiceGroups, policy: Policy
) -> Iterator[UnitCap]:
    """Yield the cap for each set of units that has its own limit."""
    if cap.limit is None:
        return
    documented = (service.code for _, group in groups for services in group for service in services)
    limit = int(limit_on_day(cap, documented) or 0)
    counts = frozenset(
        index
        for index, unit in enumerate(units)
        if counts_code(cap, unit.code, timed=is_timed(unit.code, policy))
    )
    # The limit for a day with an evaluation is right only if the claim keeps the evaluation.
    kept = frozenset(
        index
        for index in counts
        if limit != cap.limit and known_code(units[index].code).service_class in _EVALUATIONS
    )
    sets = [counts]
    if CapEach.CODE in cap.each:
        # With another limit for each code, the limits of disciplines and providers apply to each code too.
        codes = dict.fromkeys(units[index].code for index in sorted(counts))
        sets = [frozenset(index for index in counts if units[index].code == code) for code in codes]
    for each in sets:
        for applied in _parted(cap, limit, each, units, groups, policy):
            may_lose = applied.may_lose - kept
            fits = len(applied.counts - may_lose) <= applied.limit
            yield applied._replace(may_lose=may_lose) if fits else applied


_Family: TypeAlias = tuple[int, str]
"""The index of a discipline, and a code without an add-on code or the first code of a family."""

_Started: TypeAlias = dict[_Family, int]
"""How many units each code or code family of a discipline started; a partial unit counts."""


def _parted(
    cap: Cap,
    limit: int,
    counts: frozenset[int],
    units: Sequence[BilledUnit],
    groups: ServiceGroups,
    policy: Policy,
) -> Iterator[UnitCap]:
    """
    Yield the cap for each discipline whose units are counted together.

    Units of a discipline do not show which session or provider they come from. So the limits of its sessions or providers
    are added up for each set of codes, but none of them adds more than the units that these codes started in it. Two short
    sessions then keep the unit that their minutes make together, a short session does not raise the limit of a long one,
    and a code of one provider does not use the limit of another.
    """
    if not {*cap.each} - {CapEach.CODE}:
        yield UnitCap(cap.rule, limit, counts, counts)
        return
    families: dict[_Family, list[int]] = {}
    for index in sorted(counts):
        unit = units[index]
        families.setdefault((unit.pool, first_of_family(unit.code)), []).append(index)
    codes = {units[index].code for index in counts}
    for pools, parts in _together(_parts(cap, codes, groups, policy)):
        if len(parts) == 1:
            own = frozenset(index for index in counts if units[index].pool in pools)
            yield UnitCap(cap.rule, limit, own, own, cap.words)
            continue
        # No other code can be above the limit.
        above = {family: None for part in parts if sum(part.values()) > limit for family in part}
        billed = [family for family in above if family in families]
        refuse_many_splits(2 ** len(billed))
        for count in range(1, len(billed) + 1):
            for chosen in itertools.combinations(billed, count):
                most = sum(min(limit, sum(part.get(each, 0) for each in chosen)) for part in parts)
                own = frozenset(index for each in chosen for index in families[each])
                if len(own) > most:
                    yield UnitCap(cap.rule, most, own, own, cap.words)


def limits_of(
    cap: Cap, groups: ServiceGroups, policy: Policy
) -> Iterator[tuple[frozenset[Discipline | None], int]]:
    """Yield the disciplines that share a limit of *cap*, with how many of their sessions or providers have one each."""
    codes = {
        code
        for _, group in groups
        for services in group
        for service in services
        if counts_code(cap, code := service.code, timed=is_timed(service.code, policy))
    }
    for pools, parts in _together(_parts(cap, codes, groups, policy)):
        yield frozenset(groups[pool][0] for pool in pools), len(parts)


def _parts(
    cap: Cap, codes: Collection[str], groups: ServiceGroups, policy: Policy
) -> list[_Started]:
    """Return the units that each session or provider of each discipline started, of the codes that count."""
    providers = {
        service.treated_by for _, group in groups for services in group for service in services
    }
    parts: dict[tuple[object, ...], _Started] = {}
    for pool, (_, group) in enumerate(groups):
        for session, services in enumerate(group):
            for service in services:
                family = first_of_family(service.code)
                if family not in codes and service.code not in codes:
                    continue
                key = (
                    pool if CapEach.DISCIPLINE in cap.each else None,
                    (pool, session) if CapEach.SESSION in cap.each else None,
                    # If it is not known who treated in a part of the day, the whole day counts as one provider's.
                    service.treated_by
                    if CapEach.PROVIDER in cap.each and None not in providers
                    else None,
                )
                started = parts.setdefault(key, {})
                started[pool, family] = started.get((pool, family), 0) + _started(service, policy)
    return list(parts.values())


def _started(service: Service, policy: Policy) -> int:
    """Return how many units a service started. A partial unit counts."""
    if isinstance(service, UntimedService) and not is_timed(service.code, policy):
        return service.units
    period = min(QUARTER, unit_terms(service.code, policy).period)
    return -(-(service.minutes or 0) // period)


def _together(parts: Sequence[_Started]) -> Iterator[tuple[set[int], list[_Started]]]:
    """Yield the disciplines that share a provider, with their parts."""
    groups: list[tuple[set[int], list[_Started]]] = []
    for part in parts:
        pools, own = {pool for pool, _ in part}, [part]
        for other in [group for group in groups if group[0] & pools]:
            groups.remove(other)
            pools, own = pools | other[0], [*other[1], *own]
        groups.append((pools, own))
    yield from groups
