"""Split the allowed amounts of a day: deductible, coinsurance, assistant reduction, and sequestration."""

from __future__ import annotations

from collections.abc import Sequence

from therapy_billing.base.money import EXACT, ZERO, Usd, total
from therapy_billing.claims.records import ClaimLine
from therapy_billing.pricing.accumulators import VISIT_FIELDS, Accumulators, Bucket
from therapy_billing.pricing.records import MedicareTerms, ThresholdState
from therapy_billing.pricing.rules.cost_sharing import CostShare, share_cost

__all__ = ["DEDUCTIBLE_ORDER", "medicare_pays_range", "shares_of_lines", "year_after"]

DEDUCTIBLE_ORDER = (
    "the deductible is applied to the largest line first; a different order would change Medicare's "
    "payment, because an assistant furnished some of the lines"
)


def shares_of_lines(
    lines: Sequence[ClaimLine],
    allowed: Sequence[Usd | None],
    order: Sequence[int],
    terms: MedicareTerms,
    accumulators: Accumulators | None,
) -> list[CostShare | None]:
    """Return the cost share of each line. The deductible is applied to the lines in the given *order*."""
    left = ZERO
    if accumulators is not None:
        left = max(ZERO, EXACT.subtract(terms.deductible.amount, accumulators.deductible_met))
    shares: list[CostShare | None] = [None] * len(lines)
    for index in order:
        amount = allowed[index]
        if amount is None:
            continue
        share = share_cost(
            amount,
            deductible_left=left,
            coinsurance=terms.coinsurance.amount,
            assistant_part=terms.assistant_payment.amount if lines[index].assistant else Usd(1),
            sequestration=terms.sequestration.amount,
        )
        if share.deductible:
            left = EXACT.subtract(left, share.deductible)
        shares[index] = share
    return shares


def medicare_pays_range(
    lines: Sequence[ClaimLine],
    allowed: Sequence[Usd | None],
    order: Sequence[int],
    terms: MedicareTerms,
    accumulators: Accumulators | None,
) -> tuple[Usd, Usd] | None:
    """
    Return the least and the most that Medicare may pay; None if the order of the lines does not matter.

    The payment depends on whether the deductible is applied first to therapists' lines or to assistants'
    lines.
    """
    if accumulators is None or accumulators.deductible_met >= terms.deductible.amount:
        return None
    if len({lines[index].assistant for index in order}) == 1 or terms.assistant_payment.amount == 1:
        return None
    therapists_first = sorted(order, key=lambda index: lines[index].assistant)
    assistants_first = sorted(order, key=lambda index: not lines[index].assistant)
    totals = [
        total(
            share.medicare_pays
            for share in shares_of_lines(lines, allowed, indexes, terms, accumulators)
            if share is not None
        )
        for indexes in (order, therapists_first, assistants_first)
    ]
    least, most = min(totals), max(totals)
    return None if least == most else (least, most)


def year_after(
    accumulators: Accumulators,
    shares: Sequence[CostShare | None],
    states: Sequence[ThresholdState],
    lines: Sequence[ClaimLine],
) -> Accumulators:
    """Return the year-to-date amounts after a day with these *shares*, *states*, and *lines*."""
    deductibles = [share.deductible for share in shares if share is not None]
    met = total([accumulators.deductible_met, *deductibles])
    allowed = {state.bucket: state.after for state in states}
    treated = {line.discipline for line in lines}
    visits = {
        name: before + (plan in treated)
        for plan, name in VISIT_FIELDS.items()
        if (before := accumulators.visits(plan)) is not None
    }
    return Accumulators(
        accumulators.year,
        met,
        allowed.get(Bucket.PT_SLP, accumulators.pt_slp),
        allowed.get(Bucket.OT, accumulators.ot),
        **visits,
    )
