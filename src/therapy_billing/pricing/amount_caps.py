"""The payer's caps on dollars, relative value units, and visits, and what every cap takes off a day."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

import attrs

from therapy_billing.base.errors import NotPublishedError
from therapy_billing.base.money import EXACT, ZERO, Usd, cents, times, total
from therapy_billing.base.wording import listed, ordinal
from therapy_billing.claims.claim_lines import build_claim
from therapy_billing.claims.records import Claim, ClaimLine
from therapy_billing.codes.roles import Discipline
from therapy_billing.fees.contract import Contract
from therapy_billing.fees.fee_schedule import FeeSchedule
from therapy_billing.payers.caps import Cap, CapEach, CapOf, limit_on_day
from therapy_billing.payers.policy import Policy
from therapy_billing.pricing.accumulators import VISIT_FIELDS, Accumulators
from therapy_billing.units.allocation_record import Allocation
from therapy_billing.units.records import CappedUnit

__all__ = [
    "AmountLimit",
    "amount_limits",
    "beyond_visits",
    "claims_before_caps",
    "needs_relative_values",
    "unknown_limits",
]

_DAY_MAXIMUM = "per-day-maximum"


class AmountLimit(NamedTuple):
    """
    The most dollars that the payer allows for some lines of a day.

    Args:
        rule: Id of the rule.
        words: The limit in words.
        dollars: The most dollars.
        indexes: Indexes of the lines that share it.
    """

    rule: str
    words: str
    dollars: Usd
    indexes: tuple[int, ...]


def needs_relative_values(policy: Policy, fees: FeeSchedule) -> bool:
    """Return whether the payer caps relative value units, and *fees* has none."""
    return fees.conversion_factor is None and any(
        cap.of is CapOf.RVUS and cap.limit is not None for cap in policy.counting.caps
    )


def amount_limits(
    lines: Sequence[ClaimLine],
    policy: Policy,
    contract: Contract | None,
    fees: FeeSchedule | None,
) -> list[AmountLimit]:
    """
    Return the limits on dollars: of each discipline first, then the lowest limit of the day.

    A cap on relative value units is a limit on dollars too, because the payer pays its conversion factor for each. It is
    returned only for lines that have more relative value units than the cap.
    """
    every = tuple(range(len(lines)))
    found: list[AmountLimit] = []
    if policy.money.amount_per_day is not None:
        dollars = policy.money.amount_per_day
        found.append(AmountLimit(_DAY_MAXIMUM, f"${dollars} per day", dollars, every))
    if contract is not None and contract.per_day_maximum is not None:
        dollars = contract.per_day_maximum
        words = f"${dollars} per day under {contract.name}"
        found.append(AmountLimit(_DAY_MAXIMUM, words, dollars, every))
    for cap in policy.counting.other_caps:
        for indexes in _groups(cap, lines):
            limit = limit_on_day(cap, (line.code for line in lines))
            if cap.of is CapOf.VISITS or limit is None:
                continue
            dollars = cents(limit)
            if cap.of is CapOf.RVUS:
                values = _relative_values(lines, indexes, fees)
                if fees is None or values is None or values <= limit:
                    continue
                dollars = cents(EXACT.multiply(limit, fees.conversion_factor or ZERO))
            found.append(AmountLimit(cap.rule, cap.words, dollars, indexes))
    of_day = [limit for limit in found if limit.indexes == every]
    narrower = [limit for limit in found if limit.indexes != every]
    lowest = sorted(of_day, key=lambda limit: limit.dollars)[:1]
    return [*sorted(narrower, key=lambda limit: limit.dollars), *lowest]


def _groups(cap: Cap, lines: Sequence[ClaimLine]) -> Iterator[tuple[int, ...]]:
    """Yield the indexes of the lines that share a limit of *cap*."""
    counting = [
        index for index, line in enumerate(lines) if not cap.codes or line.code in cap.codes
    ]
    plans: list[Discipline | None] = [None]
    if CapEach.DISCIPLINE in cap.each:
        plans = list(dict.fromkeys(lines[index].discipline for index in counting))
    for plan in plans:
        own = tuple(
            index
            for index in counting
            if CapEach.DISCIPLINE not in cap.each or lines[index].discipline is plan
        )
        if own:
            yield own


def _relative_values(
    lines: Sequence[ClaimLine], indexes: Collection[int], fees: FeeSchedule | None
) -> Usd | None:
    """Return the relative value units of the lines; None if *fees* has none."""
    if fees is None or fees.conversion_factor is None:
        return None
    values = []
    for index in indexes:
        try:
            value = fees.relative_value(lines[index].code)
        except NotPublishedError:
            # The line has no amount, with the reason.
            continue
        values.append(times(value, lines[index].units))
    return total(values)


def unknown_limits(policy: Policy) -> Iterator[str]:
    """Yield a remark for each cap on dollars, relative value units, or visits whose number no source gives."""
    for cap in policy.counting.other_caps:
        if cap.limit is None:
            yield f"the payer has a cap that was not applied, because no source gives its number: {cap.words}"


def beyond_visits(
    lines: Sequence[ClaimLine], policy: Policy | None, accumulators: Accumulators | None
) -> tuple[dict[int, str], tuple[tuple[Cap, tuple[int, ...]], ...], tuple[str, ...]]:
    """
    Return why lines are above the payer's cap on visits, the caps with their lines, and what was not checked.

    A visit above the cap has no amount, because it is not known whether the payer authorizes it. Without a policy, nothing
    is checked.
    """
    reasons: dict[int, str] = {}
    above: list[tuple[Cap, tuple[int, ...]]] = []
    remarks: list[str] = []
    for cap in () if policy is None else policy.counting.other_caps:
        if cap.of is not CapOf.VISITS or cap.limit is None:
            continue
        for indexes in _groups(cap, lines):
            plans = dict.fromkeys(lines[index].discipline for index in indexes)
            visits, unknown = _visits(
                accumulators, plans if CapEach.DISCIPLINE in cap.each else tuple(Discipline)
            )
            lost: list[int] = []
            # A visit is one discipline on one day, so PT and OT on one day are two visits.
            for plan in plans:
                visits += 1
                own = [index for index in indexes if lines[index].discipline is plan]
                if visits > cap.limit:
                    lost += own
                    least = "at least " if unknown else ""
                    reason = (
                        f"this is {least}the {ordinal(visits)} visit of the year, and the payer's cap is {cap.words}: "
                        "ask for an authorization"
                    )
                    reasons |= dict.fromkeys(own, reason)
                elif unknown:
                    remarks.append(
                        f"the cap was not checked ({cap.words}), because {listed(unknown)} were not given"
                    )
            if lost:
                above.append((cap, tuple(sorted(lost))))
    return reasons, tuple(above), tuple(dict.fromkeys(remarks))


def _visits(
    accumulators: Accumulators | None, plans: Iterable[Discipline | None]
) -> tuple[int, list[str]]:
    """Return the known visits of the year before this day, and the names of those that are not known."""
    known, unknown = 0, []
    for plan in plans:
        count = None if accumulators is None or plan is None else accumulators.visits(plan)
        if count is None:
            name = "the visits of the discipline" if plan is None else VISIT_FIELDS[plan]
            unknown.append(name)
        else:
            known += count
    return known, unknown


def claims_before_caps(claims: Sequence[Claim]) -> Iterator[tuple[CappedUnit, tuple[Claim, ...]]]:
    """
    Yield the first unit that each cap removed, in the order applied, and the claims before that cap.

    Charges that the claims do not show are not known, so a line that a cap removed has none.
    """
    made = [claim.allocation for claim in claims]
    before = [
        claim if allocation is None else _with_cuts(claim, allocation, 0)
        for claim, allocation in zip(claims, made, strict=True)
    ]
    for index, allocation in enumerate(made):
        if allocation is None:
            continue
        cuts = allocation.capped_units
        for number, cut in enumerate(cuts):
            if number and (cuts[number - 1].cap, cuts[number - 1].words) == (cut.cap, cut.words):
                continue
            before[index] = _with_cuts(claims[index], allocation, number)
            yield cut, tuple(before)
        before[index] = _with_cuts(claims[index], allocation, len(cuts))


def _with_cuts(claim: Claim, allocation: Allocation, count: int) -> Claim:
    """Return the claim for the units that are left after the first *count* were removed."""
    if not allocation.capped_units:
        return claim
    fuller = attrs.evolve(allocation, capped_units=allocation.capped_units[:count])
    built = build_claim(fuller, setting=claim.setting)
    charges = {
        line.code: EXACT.divide(line.charge, Usd(line.units))
        for line in claim.lines
        if line.charge is not None
    }
    lines = [
        attrs.evolve(line, charge=cents(EXACT.multiply(charges[line.code], Usd(line.units))))
        if line.code in charges
        else line
        for line in built.lines
    ]
    return attrs.evolve(built, lines=lines)
