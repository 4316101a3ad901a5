"""The annual threshold: year-to-date amounts, lines that need KX, and visits until the threshold."""

from __future__ import annotations

from collections.abc import Sequence

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.money import ZERO, Usd
from therapy_billing.base.validation import require_type
from therapy_billing.claims.records import ClaimLine
from therapy_billing.claims.rules.line_modifiers import ordered
from therapy_billing.codes.modifiers import liability_modifiers
from therapy_billing.codes.roles import Discipline
from therapy_billing.pricing.accumulators import BUCKET_OF, Accumulators, Bucket
from therapy_billing.pricing.records import KxState, PricedDay, ThresholdState, total_of
from therapy_billing.pricing.rules.thresholds import crossing_visit, lines_beyond

__all__ = ["lines_with_kx", "threshold_states", "visits_to_threshold"]

_KX = "KX"


def visits_to_threshold(
    day: PricedDay, accumulators: Accumulators | None = None
) -> dict[Bucket, int]:
    """
    Return which future visit like *day* will be the first to go above the annual threshold.

    Args:
        day: A priced day. Every later visit is assumed to have the same allowed amounts. Lines without a
            price do not count.
        accumulators: The year-to-date amounts before the next visit; None uses the amounts after *day*.

    Returns:
        For each bucket with an allowed amount on the day, the number of the visit that goes above the
        threshold. The next visit is 1; 0 means that the year-to-date amount is already above the threshold.

    Raises:
        InvalidInputError: If there are no year-to-date amounts, if they are for a different year from
            *day*, or if the payer has no annual threshold.

    >>> from therapy_billing import MEDICARE, FeeSchedule, Session, bill_day
    >>> visit = Session.from_minutes({"97530": 45}, date_of_service="2026-03-02", discipline="PT")
    >>> fees = FeeSchedule.medicare("2026-03-02", mac="15202", locality="00")
    >>> visits_to_threshold(bill_day(visit, MEDICARE, fees, Accumulators(2026)))
    {<Bucket.PT_SLP: 'PT and SLP'>: 30}
    """
    require_type(day, PricedDay, "day")
    if accumulators is not None:
        require_type(accumulators, Accumulators, "accumulators")
    year = day.accumulators if accumulators is None else accumulators
    if year is not None and year.year != day.date_of_service.year:
        msg = (
            f"accumulators are for {year.year}, but the day is in {day.date_of_service.year}: "
            "give both for the same year"
        )
        raise InvalidInputError(msg)
    if year is None:
        msg = "year-to-date amounts are missing: give accumulators here, or when you price the day"
        raise InvalidInputError(msg)
    if day.terms is None or day.terms.kx_threshold is None:
        msg = f"{day.payer} has no annual threshold: use a day priced for a payer with KX"
        raise InvalidInputError(msg)
    threshold = day.terms.kx_threshold.amount
    visits: dict[Bucket, int] = {}
    for bucket in Bucket:
        lines = tuple(
            line for line in day.lines if line.discipline and BUCKET_OF[line.discipline] is bucket
        )
        per_visit = total_of(lines, lambda line: line.allowed)
        if per_visit:
            visits[bucket] = crossing_visit(year.allowed(bucket), per_visit, threshold=threshold)
    return visits


def threshold_states(
    lines: Sequence[ClaimLine],
    allowed: Sequence[Usd | None],
    order: Sequence[int],
    thresholds: tuple[Usd, Usd],
    accumulators: Accumulators | None,
) -> tuple[tuple[ThresholdState, ...], list[KxState]]:
    """Return the threshold state of each bucket of the day, and whether each line needs KX."""
    threshold, review = thresholds
    if accumulators is None:
        return (), [KxState.UNKNOWN] * len(lines)
    kx = [KxState.NOT_NEEDED] * len(lines)
    buckets: dict[Bucket, list[int]] = {}
    for index in order:
        discipline = lines[index].discipline
        if discipline is None:
            kx[index] = KxState.UNKNOWN
        else:
            buckets.setdefault(BUCKET_OF[discipline], []).append(index)
    states = []
    for bucket in (bucket for bucket in Bucket if bucket in buckets):
        indexes = buckets[bucket]
        before = accumulators.allowed(bucket)
        amounts = [allowed[index] or ZERO for index in indexes]
        above, after = lines_beyond(before, amounts, threshold=threshold)
        for index, needs_kx in zip(indexes, above, strict=True):
            if needs_kx:
                denial = not liability_modifiers().isdisjoint(lines[index].modifiers)
                kx[index] = KxState.NOT_CLAIMED if denial else KxState.SUGGESTED
        states.append(ThresholdState(bucket, before, after, threshold, review))
    return tuple(states), kx


def lines_with_kx(
    lines: Sequence[ClaimLine],
    needed: Sequence[KxState],
    attested: frozenset[Discipline | None],
    order: Sequence[str],
) -> tuple[list[ClaimLine], list[KxState]]:
    """Return the lines, with KX added to lines that need it and are attested, and the KX state of each line."""
    applied, states = [], []
    for line, state in zip(lines, needed, strict=True):
        if _KX in line.modifiers:
            applied.append(line)
            states.append(KxState.APPLIED)
        elif state is KxState.SUGGESTED and not attested.isdisjoint((None, line.discipline)):
            modifiers = ordered((*line.modifiers, _KX), order=order)
            applied.append(ClaimLine(line.code, line.units, modifiers, line.charge, keys=line.keys))
            states.append(KxState.APPLIED)
        else:
            applied.append(line)
            states.append(state)
    return applied, states
