"""The year of each patient as arrays: the deductible, the threshold, and the shares of Medicare and the patient."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from therapy_billing.batch.columns import NULL
from therapy_billing.batch.kernel.compiled import SHARE_SCALE, CompiledTerms
from therapy_billing.batch.kernel.line_modifiers import OWED_BY_NOBODY, OWED_BY_PATIENT
from therapy_billing.batch.kernel.lines import Lines
from therapy_billing.batch.kernel.segments import (
    Whole,
    bits_for,
    index_of_runs,
    marks,
    run_starts,
    sorted_index,
)
from therapy_billing.codes.roles import Discipline
from therapy_billing.pricing.accumulators import BUCKET_OF, Bucket
from therapy_billing.pricing.records import KxState
from therapy_billing.pricing.rules.cost_sharing import share_cents

__all__ = ["KX_STATES", "OpeningAmounts", "SharedLines", "share_lines"]

KX_STATES = tuple(KxState)
_NOT_NEEDED, _SUGGESTED = KX_STATES.index(KxState.NOT_NEEDED), KX_STATES.index(KxState.SUGGESTED)
_NOT_CLAIMED, _UNKNOWN = KX_STATES.index(KxState.NOT_CLAIMED), KX_STATES.index(KxState.UNKNOWN)
_APPLIED = KX_STATES.index(KxState.APPLIED)
_BUCKETS = tuple(Bucket)
_BUCKET_OF = np.array([_BUCKETS.index(BUCKET_OF[plan]) for plan in Discipline])


@attrs.frozen(eq=False)
class OpeningAmounts:
    """
    The year-to-date amounts of each patient-year of a block before its first day.

    Args:
        of_day: The patient-year of each day of the block.
        tracked: Whether the year-to-date amounts of each day are known and needed.
        deductible: Cents of the deductible that were met before, by patient-year.
        allowed: Cents allowed before, by patient-year and bucket.
    """

    of_day: Whole
    tracked: NDArray[np.bool_]
    deductible: Whole
    allowed: Whole


@attrs.frozen(eq=False)
class SharedLines:
    """
    The shares of the lines of a block, in cents or NULL.

    Args:
        modifiers: The modifiers, with KX if it was applied.
        kx: The index of the state in ``KX_STATES``.
        deductible: What the patient pays toward the deductible.
        coinsurance: What the patient pays after it.
        assistant_reduction: The reduction of Medicare's share for an assistant.
        sequestration: What sequestration takes off.
        medicare_pays: What Medicare pays.
        patient: What the patient owes.
        provider: What the provider receives.
        denied: The number of the text of the modifier for which Medicare denies the line.
    """

    modifiers: Whole
    kx: Whole
    deductible: Whole
    coinsurance: Whole
    assistant_reduction: Whole
    sequestration: Whole
    medicare_pays: Whole
    patient: Whole
    provider: Whole
    denied: Whole


def share_lines(
    lines: Lines, terms: CompiledTerms, regime: Whole, opening: OpeningAmounts | None
) -> SharedLines:
    """
    Share the allowed amounts of lines in the order of the days.

    Args:
        lines: The lines of the days that are billed.
        terms: The terms.
        regime: The regime of each day of the block.
        opening: The year-to-date amounts; None if they are not tracked.
    """
    line_regime = regime[lines.day]
    of_regime = terms.regimes
    known = lines.allowed != NULL
    amounts = np.where(known, lines.allowed, 0)
    shared = known & of_regime["shares_cost"][line_regime]
    deductible: Whole = np.zeros(len(amounts), np.int64)
    kx = np.where(of_regime["kx"][line_regime], _UNKNOWN, _NOT_NEEDED)
    if opening is not None and len(amounts):
        order = _order(lines, terms, amounts)
        deductible, above = _through_years(
            (lines.day[order], lines.discipline[order]),
            order,
            amounts,
            shared,
            terms,
            line_regime,
            opening,
        )
        tracked = opening.tracked[lines.day] & of_regime["kx"][line_regime]
        liable = terms.modifiers["liability"][lines.modifiers]
        state = np.where(above, np.where(liable, _NOT_CLAIMED, _SUGGESTED), _NOT_NEEDED)
        kx = np.where(tracked, state, kx)
    modifiers = lines.modifiers
    if terms.attested.kx:
        modifiers, kx = _with_kx(lines, terms, line_regime, kx)

    parts = share_cents(
        amounts - deductible if opening is not None else amounts,
        kept=(of_regime["kept"][line_regime], SHARE_SCALE),
        assistant_part=(
            np.where(
                terms.modifiers["assistant"][lines.modifiers],
                of_regime["assistant_part"][line_regime],
                SHARE_SCALE,
            ),
            SHARE_SCALE,
        ),
        sequestration=(of_regime["sequestration"][line_regime], SHARE_SCALE),
    )
    if shared.all():
        coinsurance, reduction, sequestered, pays = parts
        patient, provider = deductible + coinsurance, amounts - reduction - sequestered
        owed_parts = deductible
    else:
        coinsurance, reduction, sequestered, pays = (np.where(shared, each, NULL) for each in parts)
        patient = np.where(shared, deductible + coinsurance, NULL)
        owed_parts = np.where(shared, deductible, NULL)
        provider = np.where(shared, amounts - reduction - sequestered, NULL)
    unpaid = terms.modifiers["unpaid"][lines.modifiers]
    denied: Whole = np.zeros(len(amounts), np.int32)
    if unpaid.any():
        unpaid = unpaid & of_regime["cost_sharing"][line_regime]
        denied = np.where(unpaid, terms.modifiers["denied"][lines.modifiers], 0)
        owed = terms.modifiers["owed"][lines.modifiers]
        patient = np.where(unpaid & (owed == OWED_BY_PATIENT), lines.charge, patient)
        patient = np.where(unpaid & (owed == OWED_BY_NOBODY), NULL, patient)
        provider = np.where((pays == NULL) | (patient == NULL), NULL, pays + patient)
    return SharedLines(
        modifiers,
        kx,
        owed_parts,
        coinsurance,
        reduction,
        sequestered,
        pays,
        patient,
        provider,
        denied,
    )


def _order(lines: Lines, terms: CompiledTerms, amounts: Whole) -> Whole:
    """Return the lines by day, the largest amount first, as the scalar path ranks them."""
    most = int(amounts.max(initial=0))
    ranks = terms.modifiers.ranks
    return sorted_index(
        [
            (lines.day, bits_for(int(lines.day[-1]) + 1)),
            (most - amounts, bits_for(most + 1)),
            (lines.code, bits_for(len(terms.codes))),
            (ranks[lines.modifiers], bits_for(len(ranks))),
        ],
        len(amounts),
    )


def _through_years(
    lines: tuple[Whole, Whole],
    order: Whole,
    amounts: Whole,
    shared: NDArray[np.bool_],
    terms: CompiledTerms,
    regime: Whole,
    opening: OpeningAmounts,
) -> tuple[Whole, NDArray[np.bool_]]:
    """Return the deductible of each line, and whether it is above the annual threshold."""
    day, discipline = lines
    ranked, of_regime = amounts[order], terms.regimes
    year = opening.of_day[day]
    tracked = opening.tracked[day]
    line_regime = regime[order]
    carried = of_regime["carries"][line_regime] & tracked
    new_year = marks(year)
    start = np.flatnonzero(new_year)[np.cumsum(new_year) - 1]

    # Lines take the deductible in order until it is met, so each takes what is left of a running sum.
    subject = shared[order] & carried
    of_payer = np.where(subject, ranked, 0)
    left = of_regime["deductible"][line_regime] - opening.deductible[year]
    left -= _running(of_payer, start)
    left += of_payer
    taken = np.minimum(np.maximum(left, 0), of_payer)
    deductible = np.zeros(len(order), np.int64)
    deductible[order] = taken

    bucket = _BUCKET_OF[discipline]
    beyond = np.zeros(len(order), np.bool_)
    for number in range(len(_BUCKETS)):
        own = bucket == number
        if not own.any():
            continue
        accrued = opening.allowed[year, number] + _running(
            np.where(own & carried, ranked, 0), start
        )
        if not carried[own].all():
            # A day that Medicare pays second is not carried, but its own lines count.
            first = run_starts(day)
            accrued += _running(
                np.where(own & tracked & ~carried, ranked, 0),
                first[index_of_runs(first, len(day))],
            )
        beyond |= own & (accrued > of_regime["threshold"][line_regime])
    above = np.zeros(len(order), np.bool_)
    above[order] = beyond
    return deductible, above


def _running(amounts: Whole, start: Whole) -> Whole:
    """
    Return the sum of the amounts so far in each run.

    Args:
        amounts: The amounts.
        start: The first index of the run of each amount.
    """
    sums = np.cumsum(amounts)
    running: Whole = sums - (sums - amounts)[start]
    return running


def _with_kx(lines: Lines, terms: CompiledTerms, regime: Whole, kx: Whole) -> tuple[Whole, Whole]:
    """Return the modifiers and the KX states after the attestations."""
    attested = np.array([not terms.attested.kx.isdisjoint((None, plan)) for plan in Discipline])
    at = np.flatnonzero((kx == _SUGGESTED) & attested[lines.discipline])
    modifiers, kx = lines.modifiers.copy(), kx.copy()
    policy = terms.regimes["policy"][regime[at]]
    pairs: dict[tuple[Any, ...], int] = {}
    for pair in set(zip(modifiers[at].tolist(), policy.tolist(), strict=True)):
        number, policy_number = pair
        order = terms.policies.policies[policy_number].modifiers.modifier_order
        with terms.lock:
            pairs[pair] = terms.modifiers.with_kx(number, order)
    modifiers[at] = [
        pairs[pair] for pair in zip(modifiers[at].tolist(), policy.tolist(), strict=True)
    ]
    kx[at] = _APPLIED
    return modifiers, kx
