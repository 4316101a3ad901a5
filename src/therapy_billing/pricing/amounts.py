"""The allowed amount of each unit and line of a day."""

from __future__ import annotations

from collections.abc import Sequence

from therapy_billing.base.errors import NotPublishedError
from therapy_billing.base.money import EXACT, ZERO, Usd, total
from therapy_billing.base.wording import counted
from therapy_billing.claims.assistant_units import is_evaluation_by_assistant, units_of_therapists
from therapy_billing.claims.records import Claim, ClaimLine
from therapy_billing.codes.roles import Discipline
from therapy_billing.fees.contract import Contract
from therapy_billing.fees.fee_schedule import FeeSchedule
from therapy_billing.fees.prices import Price
from therapy_billing.payers.policy import Policy
from therapy_billing.pricing.rules.contracts import cap_day, lesser_of_charge, share_out
from therapy_billing.pricing.rules.mppr import RankedLine, full_rate_line

__all__ = [
    "UNKNOWN_FEES",
    "allowed_amounts",
    "not_paid_by_role",
    "prices_of_lines",
    "rank",
    "unit_amounts",
    "without_amounts",
]

_NO_FEES = "no fee schedule was given"
UNKNOWN_FEES = "this payer's fees are not known"


def prices_of_lines(
    lines: Sequence[ClaimLine], fees: FeeSchedule | None, policy: Policy
) -> tuple[list[Price | None], list[str]]:
    """Return the price of each line, or why it has none."""
    reason = without_amounts(fees, policy)
    if fees is None or reason:
        return [None] * len(lines), [reason] * len(lines)
    prices: list[Price | None] = []
    reasons: list[str] = []
    for line in lines:
        try:
            prices.append(fees.price(line.code))
            reasons.append("")
        except NotPublishedError as error:
            prices.append(None)
            reasons.append(str(error))
    return prices, reasons


def not_paid_by_role(claims: Sequence[Claim]) -> dict[int, str]:
    """Return why Medicare does not pay lines that an assistant furnished, by the index of the line."""
    reasons: dict[int, str] = {}
    first = 0
    for claim in claims:
        paid = {} if claim.allocation is None else units_of_therapists(claim.allocation)
        for index, line in enumerate(claim.lines, first):
            units = paid.get((line.discipline, line.code))
            if claim.allocation and is_evaluation_by_assistant(line):
                units = 0
            if units is not None:
                who = "an SLP assistant" if line.discipline is Discipline.SLP else "an assistant"
                reasons[index] = f"Medicare does not pay {line.code} furnished by {who}"
                if units:
                    reasons[index] += f"; the therapist's own minutes make {counted(units, 'unit')}"
        first += len(claim.lines)
    return reasons


def unit_amounts(
    lines: Sequence[ClaimLine], prices: Sequence[Price | None], *, mppr: bool
) -> tuple[list[tuple[Usd, ...]], int | None]:
    """
    Return the amounts of the units of each line, and the index of the line with the full-rate unit.

    All other units that are subject to MPPR are reduced. The index is None if *mppr* is False or no unit is
    subject to MPPR.
    """
    subject: list[int] = []
    ranked: list[RankedLine] = []
    if mppr:
        for index, price in enumerate(prices):
            if price is None or price.practice_expense is None:
                continue
            subject.append(index)
            line = lines[index]
            # If lines tie on practice expense and amount, a therapist's line has the full-rate unit.
            charge = line.charge or ZERO
            order = (line.assistant, line.code, line.modifiers, line.units, charge)
            ranked.append(RankedLine(price.practice_expense, price.amount, order))
    full = subject[full_rate_line(ranked)] if ranked else None
    amounts: list[tuple[Usd, ...]] = []
    for index, (line, price) in enumerate(zip(lines, prices, strict=True)):
        if price is None:
            amounts.append(())
            continue
        full_rate = line.units if index not in subject else int(index == full)
        further = line.units - full_rate
        # Price.reduced raises an error if the reduction is not known, so read it only if a unit is reduced.
        reduced = price.reduced if further else None
        units = (price.amount,) * full_rate
        amounts.append(units if reduced is None else (*units, *(reduced,) * further))
    return amounts, full


def allowed_amounts(
    lines: Sequence[ClaimLine],
    units: Sequence[tuple[Usd, ...]],
    policy: Policy,
    contract: Contract | None,
) -> list[Usd | None]:
    """Return the allowed amount of each line; None for a line without a price."""
    lesser = policy.money.cost_sharing if contract is None else contract.lesser_of_charge
    allowed: list[Usd | None] = []
    for line, amounts in zip(lines, units, strict=True):
        if not amounts:
            allowed.append(None)
            continue
        of_units = total(amounts)
        allowed.append(lesser_of_charge(of_units, line.charge) if lesser else of_units)
    maximum, visit = policy.money.amount_per_day, None
    if contract is not None:
        limits = [limit for limit in (maximum, contract.per_day_maximum) if limit is not None]
        maximum, visit = min(limits, default=None), contract.per_visit
    if maximum is None and visit is None:
        return allowed
    if visit is not None and lesser and lines:
        charges = [line.charge for line in lines if line.charge is not None]
        if len(charges) == len(lines):
            visit = lesser_of_charge(visit, total(charges))
    return _within(lines, allowed, visit, maximum)


def _within(
    lines: Sequence[ClaimLine],
    allowed: list[Usd | None],
    visit: Usd | None,
    maximum: Usd | None,
) -> list[Usd | None]:
    """Apply a rate per visit, a maximum per day, or both to the allowed amounts."""
    indexes = [index for index, amount in enumerate(allowed) if amount is not None]
    if visit is not None:
        indexes = list(range(len(lines)))
    indexes.sort(key=lambda index: rank(lines[index], allowed[index]))
    if visit is not None:
        amounts = share_out(visit, [Usd(lines[index].units) for index in indexes])
    else:
        amounts = tuple(amount for index in indexes if (amount := allowed[index]) is not None)
    if maximum is not None:
        amounts = cap_day(amounts, maximum)
    within = list(allowed)
    for index, amount in zip(indexes, amounts, strict=True):
        within[index] = amount
    return within


def rank(line: ClaimLine, allowed: Usd | None) -> tuple[object, ...]:
    """Return a sort key for the lines of a day that does not depend on their order in the claim."""
    charge = ZERO if line.charge is None else line.charge
    return (EXACT.minus(allowed or ZERO), line.code, line.modifiers, line.units, charge)


def without_amounts(fees: FeeSchedule | None, policy: Policy) -> str:
    """Return why there are no amounts for *fees* and *policy*; empty if *fees* apply to the payer."""
    if fees is not None:
        return "" if fees.gives_amounts_to(policy.money.fee_basis) else UNKNOWN_FEES
    return UNKNOWN_FEES if policy.money.fee_basis.is_payers_own else _NO_FEES
