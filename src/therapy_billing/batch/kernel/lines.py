"""Claim lines as arrays: entries to lines, and their allowed amounts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from therapy_billing.base.money import EXACT, Usd, rounded_part, whole_cents
from therapy_billing.batch.columns import NULL
from therapy_billing.batch.kernel.code_arrays import DISCIPLINES
from therapy_billing.batch.kernel.compiled import MOST_CENTS, SHARE_SCALE, CompiledTerms
from therapy_billing.batch.kernel.segments import (
    Whole,
    bits_for,
    index_of_runs,
    marks,
    packed,
    run_starts,
    run_sums,
    sorted_index,
)
from therapy_billing.batch.kernel.units import Entries
from therapy_billing.fees.prices import SEVERAL_PROCEDURES
from therapy_billing.payers.caps import CapOf

__all__ = ["Lines", "build_lines", "joined", "line_order"]


@attrs.frozen(eq=False)
class Lines:
    """
    The claim lines of the days of a block, in the order of the days.

    Args:
        day: The day.
        discipline: The discipline.
        code: The code.
        units: Units.
        modifiers: The modifiers, without KX.
        charge: Cents, or NULL.
        full_units: Units at the full rate.
        full_amount: Cents for one of them.
        reduced_units: Units that MPPR reduces.
        reduced_amount: Cents for one of them.
        share: The furnisher's share, or NULL.
        allowed: Cents, or NULL.
        reduction: Cents that MPPR takes off.
        full_rate: Whether the line has the unit that MPPR does not reduce.
        reason: Why the line has no amount.
    """

    day: Whole
    discipline: Whole
    code: Whole
    units: Whole
    modifiers: Whole
    charge: Whole
    full_units: Whole
    full_amount: Whole
    reduced_units: Whole
    reduced_amount: Whole
    share: Whole
    allowed: Whole
    reduction: Whole
    full_rate: NDArray[np.bool_]
    reason: Whole

    def take(self, rows: NDArray[Any]) -> Lines:
        """Return the lines of *rows*: indexes, or one boolean per line."""
        return Lines(*(getattr(self, field.name)[rows] for field in attrs.fields(Lines)))


def joined(parts: Sequence[Lines], terms: CompiledTerms) -> Lines:
    """Return the lines of all *parts*, in the order of the days."""
    columns = [
        np.concatenate([getattr(part, field.name) for part in parts])
        for field in attrs.fields(Lines)
    ]
    lines = Lines(*columns)
    return lines.take(line_order(lines, terms))


def line_order(lines: Lines, terms: CompiledTerms) -> Whole:
    """Return the lines by day, discipline, and code. Lines with CQ or CO come last."""
    ranks = terms.modifiers.ranks[lines.modifiers]
    assistant = terms.modifiers["assistant"][lines.modifiers]
    order: Whole = np.lexsort((ranks, assistant, lines.code, lines.discipline, lines.day))
    return order


def build_lines(
    entries: Entries, terms: CompiledTerms, regime: Whole, scalar: NDArray[np.bool_]
) -> Lines:
    """
    Build and price the lines of the days that the arrays bill.

    Args:
        entries: The units.
        terms: The terms.
        regime: The regime of each day of the block.
        scalar: Whether the scalar path must bill each day of the block. Days found here are added.
    """
    line = _Line.of(entries, terms, regime)
    if entries.modifiers is not None:
        bad = terms.policies["bad_modifiers"][line.policy, entries.modifiers[line.entry]]
        scalar[line.day[bad]] = True
    _check_caps(line, terms, scalar)
    price = terms.prices_of(line.regime, line.code)
    unpaid, reason = _unpaid(line, price, terms, scalar)
    subject = terms.prices["subject"][price] & terms.regimes["mppr"][line.regime]
    if len(unpaid):
        subject[unpaid] = False
    full_rate = _full_rate(line, price, terms, subject)
    full_units = np.where(subject, full_rate, line.units)
    reduced_units = line.units - full_units
    amount, reduced = terms.prices["amount"][price], terms.prices["reduced"][price]
    is_reduced = reduced_units > 0
    unknown = is_reduced & (reduced == NULL)
    if unknown.any():
        scalar[line.day[unknown]] = True
    np.copyto(reduced, NULL, where=~is_reduced)
    # No reduced units times NULL is zero.
    of_units = full_units * amount + reduced_units * reduced
    reduction = line.units * amount - of_units
    np.copyto(amount, NULL, where=full_units == 0)
    same = np.flatnonzero(is_reduced & (reduced == terms.prices["amount"][price]))
    if len(same):
        full_units[same], reduced_units[same] = line.units[same], 0
        amount[same], reduced[same] = reduced[same], NULL
    for column, value in (
        (full_units, 0),
        (reduced_units, 0),
        (amount, NULL),
        (reduced, NULL),
        (of_units, NULL),
        (reduction, 0),
    ):
        column[unpaid] = value

    share, why = _shares(entries, line, terms)
    allowed = of_units
    partly = np.flatnonzero((share != SHARE_SCALE) & (allowed != NULL))
    if len(partly):
        unknown_share = partly[share[partly] == NULL]
        partly = partly[share[partly] != NULL]
        allowed[partly] = rounded_part(allowed[partly], share[partly], SHARE_SCALE)
        allowed[unknown_share] = NULL
        reason[unknown_share] = why[unknown_share]
    if entries.charge is not None:
        lesser = terms.regimes["lesser"][line.regime] & (line.charge != NULL) & (allowed != NULL)
        allowed = np.where(lesser, np.minimum(allowed, line.charge), allowed)
    denied = terms.modifiers["unpaid"][line.modifiers]
    _check_amount_caps(line, allowed, price, terms, scalar)
    allowed = _limited(allowed, denied, line, terms, scalar)
    if denied.any():
        allowed[denied] = 0
    without = np.flatnonzero(allowed == NULL)
    reduction[without] = NULL
    if len(without) < len(allowed):
        reason = np.where(allowed == NULL, reason, 0)
    return Lines(
        line.day,
        line.discipline,
        line.code,
        line.units,
        line.modifiers,
        line.charge,
        full_units,
        amount,
        reduced_units,
        reduced,
        share,
        allowed,
        reduction,
        full_rate,
        reason,
    )


@attrs.frozen(eq=False)
class _Line:
    """
    The lines before they are priced.

    Args:
        entry: The entry of each line.
        day: Its day.
        of_day: The number of its day among the days with lines.
        starts: The first line of each of these days.
        discipline: Its discipline.
        code: Its code.
        units: Its units.
        marked: Whether it has CQ or CO.
        modifiers: Its modifiers.
        charge: Its charge in cents, or NULL.
        regime: Its regime.
        policy: Its policy.
    """

    entry: Whole
    day: Whole
    of_day: Whole
    starts: Whole
    discipline: Whole
    code: Whole
    units: Whole
    marked: Whole
    modifiers: Whole
    charge: Whole
    regime: Whole
    policy: Whole

    @classmethod
    def of(cls, entries: Entries, terms: CompiledTerms, regime: Whole) -> _Line:
        """Return the lines of *entries*."""
        entry, second, marked, units = _split(entries)
        day, discipline, code = entries.day[entry], entries.discipline[entry], entries.code[entry]
        if second.any():
            code = np.where(second, terms.codes.add_on[code], code)
        line_regime = regime[day]
        policy = terms.regimes["policy"][line_regime]
        own = None if entries.modifiers is None else entries.modifiers[entry]
        modifiers = terms.modifiers_of(policy, discipline, code, marked, own)
        charge = np.full(len(entry), NULL)
        if entries.charge is not None:
            each = entries.charge[entry]
            charge = np.where(each == NULL, NULL, each * units)
        new_day = marks(day)
        return cls(
            entry,
            day,
            np.cumsum(new_day) - 1,
            np.flatnonzero(new_day),
            discipline,
            code,
            units,
            marked,
            modifiers,
            charge,
            line_regime,
            policy,
        )


def _split(entries: Entries) -> tuple[Whole, NDArray[np.bool_], Whole, Whole]:
    """Return for each line its entry, whether it is for the add-on code, whether it has CQ or CO, and its units."""
    rows: list[Whole] = []
    second, marked, units = [], [], []
    for count, is_second, is_marked in (
        (entries.first - entries.first_with, False, 0),
        (entries.first_with, False, 1),
        (entries.further - entries.further_with, True, 0),
        (entries.further_with, True, 1),
    ):
        at = np.flatnonzero(count > 0)
        if len(at) or not rows:
            rows.append(at)
            second.append(np.full(len(at), is_second))
            marked.append(np.full(len(at), is_marked))
            units.append(count[at])
    if len(rows) == 1:
        return rows[0], second[0], marked[0], units[0]
    entry = np.concatenate(rows)
    order = sorted_index([(entry, bits_for(len(entries.day)))], len(entry))
    columns = [np.concatenate(each)[order] for each in (second, marked, units)]
    return entry[order], columns[0], columns[1], columns[2]


def _check_caps(line: _Line, terms: CompiledTerms, scalar: NDArray[np.bool_]) -> None:
    """Send days to the scalar path on which a cap on units may take something off."""
    capped = np.flatnonzero(terms.policies["capped"][line.policy])
    if not len(capped):
        return
    for number in np.unique(line.policy[capped]).tolist():
        own = capped[line.policy[capped] == number]
        for cap in terms.policies.caps[number]:
            at = own[cap.counted[line.code[own]]]
            parts = _parts_of_cap(line, at, by_discipline=cap.by_discipline, by_code=cap.by_code)
            _send_above(line, at, parts, line.units[at], cap.limit, scalar)


def _check_amount_caps(
    line: _Line, allowed: Whole, price: Whole, terms: CompiledTerms, scalar: NDArray[np.bool_]
) -> None:
    """Send days to the scalar path on which a cap on dollars or relative value units may take something off."""
    capped = np.flatnonzero(terms.policies["caps_amounts"][line.policy])
    if not len(capped):
        return
    for number in np.unique(line.policy[capped]).tolist():
        own = capped[line.policy[capped] == number]
        for cap in terms.policies.amount_caps[number]:
            at = own[cap.counted[line.code[own]]]
            amounts, limit = allowed[at], whole_cents(cap.limit)
            if cap.of is CapOf.RVUS:
                relative = terms.prices["relative"][price[at]]
                amounts = np.where(relative == NULL, NULL, relative * line.units[at])
                limit = int(EXACT.multiply(cap.limit, Usd(SHARE_SCALE)))
            parts = _parts_of_cap(line, at, by_discipline=cap.by_discipline, by_code=False)
            _send_above(line, at, parts, np.where(amounts == NULL, 0, amounts), limit, scalar)


def _parts_of_cap(
    line: _Line, at: Whole, *, by_discipline: bool, by_code: bool
) -> list[tuple[Whole, int]]:
    """Return the columns of which each combination has a limit of its own. A code of two disciplines counts once for the day."""
    parts = [(line.of_day[at], bits_for(len(line.starts)))]
    if by_discipline:
        parts.append((line.discipline[at], bits_for(len(DISCIPLINES))))
    if by_code:
        parts.append((line.code[at], bits_for(int(line.code.max()) + 1)))
    return parts


def _send_above(
    line: _Line,
    at: Whole,
    parts: list[tuple[Whole, int]],
    amounts: Whole,
    limit: int,
    scalar: NDArray[np.bool_],
) -> None:
    """Send the days to the scalar path on which the sum of *amounts* of any combination is above the limit."""
    if len(at):
        order = sorted_index(parts, len(at))
        starts = run_starts(packed(*parts)[order])
        above = run_sums(amounts[order], starts) > limit
        scalar[line.day[at[order[starts[above]]]]] = True


def _unpaid(
    line: _Line, price: Whole, terms: CompiledTerms, scalar: NDArray[np.bool_]
) -> tuple[Whole, Whole]:
    """Return the lines without amounts of their own, and the reason of each line without a price."""
    priced = terms.prices["priced"][price]
    reason = terms.prices["reason"][price]
    too_large = terms.prices["too_large"]
    if too_large.any():
        scalar[line.day[too_large[price]]] = True
    procedure = terms.prices["procedure"][price]
    if procedure.any():
        in_day = run_sums(np.where(procedure, line.units, 0), line.starts)
        several = procedure & (in_day[line.of_day] > 1)
        priced &= ~several
        reason[several] = terms.reasons.number(SEVERAL_PROCEDURES)
    denied = terms.modifiers["unpaid"][line.modifiers]
    if denied.any():
        # What another payer then pays is not known.
        scalar[line.day[denied & ~terms.regimes["cost_sharing"][line.regime]]] = True
        priced &= ~denied
    return np.flatnonzero(~priced), reason


def _full_rate(
    line: _Line, price: Whole, terms: CompiledTerms, subject: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return whether each line has the unit that MPPR does not reduce."""
    if not subject.any():
        return np.zeros(len(subject), np.bool_)
    # If lines tie on practice expense and amount, the first one counts: a therapist's line, then by code and modifiers.
    prices, ranks = terms.prices.arrays, terms.modifiers.ranks
    rank, amount = prices["rank"], np.where(prices["subject"], prices["amount"], 0)
    last_code, last_rank = len(terms.codes), len(ranks)
    code_bits, rank_bits = bits_for(last_code + 1), bits_for(last_rank + 1)
    most = bits_for(int(amount.max()) + 1)
    of_price = packed(
        (rank, bits_for(int(rank.max()) + 1)),
        (amount, most),
        (np.zeros_like(amount), code_bits + rank_bits + 1),
    )
    of_modifiers = (~terms.modifiers["assistant"][: len(ranks)]).astype(np.int64)
    of_modifiers <<= code_bits + rank_bits
    of_modifiers |= last_rank - ranks
    key = of_price[price]
    key |= of_modifiers[line.modifiers]
    key |= (last_code - line.code) << rank_bits
    np.copyto(key, -1, where=~subject)
    best = np.maximum.reduceat(key, line.starts)
    found: NDArray[np.bool_] = subject & (key == best[line.of_day])
    return found


def _shares(entries: Entries, line: _Line, terms: CompiledTerms) -> tuple[Whole, Whole]:
    """Return the furnisher's share of each line, or NULL and why it is not known."""
    share, why = np.full(len(line.entry), SHARE_SCALE), np.zeros(len(line.entry), np.int32)
    roles = entries.roles[line.entry]
    regimes = terms.regimes.arrays
    full = regimes["cost_sharing"] | regimes["full_share"]
    at = np.flatnonzero((roles > 1) & ~full[line.regime])
    if len(at):
        rows = terms.shares_of(
            line.regime[at], line.discipline[at], line.code[at], line.marked[at], roles[at]
        )
        share[at], why[at] = terms.shares["share"][rows], terms.shares["reason"][rows]
    return share, why


def _limited(
    allowed: Whole,
    denied: NDArray[np.bool_],
    line: _Line,
    terms: CompiledTerms,
    scalar: NDArray[np.bool_],
) -> Whole:
    """Return the allowed amounts with a rate per visit, and the most dollars per day."""
    visit, maximum = terms.regimes["per_visit"], terms.regimes["day_maximum"]
    if (visit != NULL).any():
        at = np.flatnonzero((visit[line.regime] != NULL) & ~denied)
        if len(at):
            allowed[at] = _per_visit(line, at, terms)
    if (maximum != NULL).any():
        most = maximum[line.regime]
        total = run_sums(np.where(allowed == NULL, 0, allowed), line.starts)[line.of_day]
        above = (most != NULL) & (total > most) & (allowed != NULL) & ~denied
        # The scalar path divides amounts that are too large for whole numbers of 64 bits.
        scalar[line.day[above & (most > MOST_CENTS)]] = True
        at = np.flatnonzero(above & (most <= MOST_CENTS))
        if len(at):
            order = at[_rank(line, at, terms, allowed[at])]
            starts = run_starts(line.day[order])
            run = index_of_runs(starts, len(order))
            allowed[order] = _share_out(most[order[starts]], allowed[order], run)
    return allowed


def _per_visit(line: _Line, at: Whole, terms: CompiledTerms) -> Whole:
    """Return the part of the rate per visit of each of the lines *at*, in proportion to their units."""
    starts = run_starts(line.day[at])
    run = index_of_runs(starts, len(at))
    charge = line.charge[at]
    charged = run_sums(np.where(charge == NULL, 0, charge), starts)
    known = np.logical_and.reduceat(charge != NULL, starts)
    regime = line.regime[at[starts]]
    total = terms.regimes["per_visit"][regime]
    lesser = known & terms.regimes["lesser"][regime]
    total = np.where(lesser, np.minimum(total, charged), total)
    order = _rank(line, at, terms, np.zeros(len(at), np.int64))
    amounts = np.zeros(len(at), np.int64)
    amounts[order] = _share_out(total, line.units[at[order]], run)
    return amounts


def _rank(line: _Line, at: Whole, terms: CompiledTerms, amounts: Whole) -> Whole:
    """Return the order of the lines *at* within their days, as the scalar path ranks lines: the largest amount first."""
    return np.lexsort(
        (
            line.units[at],
            terms.modifiers.ranks[line.modifiers[at]],
            line.code[at],
            -amounts,
            line.day[at],
        )
    )


def _share_out(total: Whole, weights: Whole, run: Whole) -> Whole:
    """
    Divide the *total* of each run in proportion to *weights*. Leftover cents go to the largest remainders.

    If remainders are equal, the earlier line gets the cent. Rule ``per-visit-rate``, as
    :func:`~therapy_billing.pricing.rules.contracts.share_out` has it.
    """
    starts = run_starts(run)
    whole = run_sums(weights, starts)
    weights = np.where((whole == 0)[run], 1, weights)
    whole = run_sums(weights, starts)[run]
    exact = total[run] * weights
    shares, rest = exact // whole, exact % whole
    left = total - run_sums(shares, starts)
    order = np.lexsort((np.arange(len(run)), -rest, run))
    place = np.arange(len(run)) - starts[run]
    shares[order] += place < left[run]
    return shares
