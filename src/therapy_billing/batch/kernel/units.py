"""
Units of patient-days as arrays: rows to entries, entries to units.

An entry is a code, or a code family, of one discipline on one day. Rows are sorted by day, discipline, and code with one
packed key, so it does not matter how many rows a day has.
"""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from therapy_billing.batch.columns import NULL
from therapy_billing.batch.kernel.code_arrays import ASSISTANT
from therapy_billing.batch.kernel.compiled import CompiledTerms
from therapy_billing.batch.kernel.policy_arrays import (
    MINUTES_LIMIT,
    MOST_LEFT,
    TIE_PREFERRED,
    TIE_SCALAR,
    CodeCell,
    MinuteCell,
)
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
from therapy_billing.claims.rules.assistants import whole_units
from therapy_billing.codes.code_book import QUARTER
from therapy_billing.units.rules import units_of

__all__ = ["Entries", "Services", "count_units"]

_MOST_OPEN = 15
"""With this many codes in all, no tie has more splits than the scalar path lists: 15 codes have at most 6,435."""


@attrs.frozen(eq=False)
class Services:
    """
    The rows of the days of a block that the arrays bill, in documented order.

    Args:
        day: The number of the day in the block, ascending.
        code: The code.
        minutes: The minutes, or NULL.
        discipline: The discipline.
        clinician: Who furnished the service.
        units: The units of an untimed code; None if every row has one.
        modifiers: The modifiers of the service; None if no row has any.
        charge: Cents for one unit, or NULL; None if no row has a charge.
        policy: The policy of each day of the block.
        days: The number of days of the block.
    """

    day: Whole
    code: Whole
    minutes: Whole
    discipline: Whole
    clinician: Whole
    units: Whole | None
    modifiers: Whole | None
    charge: Whole | None
    policy: Whole
    days: int


@attrs.frozen(eq=False)
class Entries:
    """
    The codes and code families of the days, sorted by day, discipline, and code.

    Args:
        day: The day.
        discipline: The discipline.
        code: The code, or the first code of a family.
        first: Units of the code.
        first_with: Units of the code that carry CQ or CO.
        further: Units of the add-on code.
        further_with: Units of the add-on code that carry CQ or CO.
        modifiers: The modifiers of the services; None if no row has any.
        charge: Cents for one unit, or NULL; None if no row has a charge.
        roles: 1 if a therapist furnished a part, plus 2 if an assistant did.
        scalar: Whether the scalar path must bill each day of the block.
        tied: Whether each day of the block has a tie.
    """

    day: Whole
    discipline: Whole
    code: Whole
    first: Whole
    first_with: Whole
    further: Whole
    further_with: Whole
    modifiers: Whole | None
    charge: Whole | None
    roles: Whole
    scalar: NDArray[np.bool_]
    tied: NDArray[np.bool_]


def count_units(
    services: Services, terms: CompiledTerms, takes: NDArray[np.bool_], *, needs_roles: bool = True
) -> Entries:
    """
    Count the units of every day.

    Args:
        services: The rows.
        terms: The terms.
        takes: Whether each day takes CQ and CO.
        needs_roles: Whether any payer allows less because of who furnished a service.
    """
    scalar, tied = np.zeros(services.days, np.bool_), np.zeros(services.days, np.bool_)
    rows = _sorted_rows(services, terms, scalar)
    units = _timed_units(services, terms, rows, (tied, scalar))
    untimed = np.flatnonzero(~rows.timed)
    if len(untimed):
        units[untimed] = _untimed_units(services, terms, rows, untimed)
    first, further = units, np.zeros(len(units), np.int64)
    # An add-on code is in the entry of the first code of its family.
    family = terms.codes.add_on[rows.slot] >= 0
    if family.any():
        _check_families(services, terms, rows, scalar)
        has_add_on = rows.timed & family
        first = np.where(has_add_on, np.minimum(units, 1), units)
        further = units - first
    roles: Whole = np.ones(len(units), np.int8)
    first_with, further_with = _with_assistants(
        services, terms, rows, (units, first, further), takes, scalar
    )
    if needs_roles:
        roles = _roles(services, terms, rows)
    modifiers, charge = _own_columns(services, rows, further > 0, scalar)
    return Entries(
        rows.day,
        rows.plan,
        rows.slot,
        first,
        first_with,
        further,
        further_with,
        modifiers,
        charge,
        roles,
        scalar,
        tied,
    )


@attrs.frozen(eq=False)
class _SortedRows:
    """
    The rows by day, discipline, and code; and the entries that they make.

    Args:
        order: The rows.
        starts: The first of them of each entry.
        day: The day of each entry.
        plan: Its discipline.
        slot: Its code, or the first code of its family.
        policy: Its policy.
        cell: Its policy and code as an index into the tables of policies.
        timed: Whether its units come from its minutes.
        pools: A number per day and discipline.
        minutes: Its minutes.
        known: Whether each row, in order, has minutes; None if all do.
    """

    order: Whole
    starts: Whole
    day: Whole
    plan: Whole
    slot: Whole
    policy: Whole
    cell: Whole
    timed: NDArray[np.bool_]
    pools: Whole
    minutes: Whole
    known: NDArray[np.bool_] | None

    def entry_of_rows(self) -> Whole:
        """Return the entry of each row, in order."""
        return index_of_runs(self.starts, len(self.order))


def _sorted_rows(
    services: Services, terms: CompiledTerms, scalar: NDArray[np.bool_]
) -> _SortedRows:
    count, codes = len(services.day), len(terms.codes)
    cell = services.policy[services.day] * codes
    cell += services.code
    of_rows = terms.policies["code_cell"].ravel()[cell]
    special = of_rows & CodeCell.SCALAR
    if special.any():
        scalar[services.day[special > 0]] = True

    plan_bits, slot_bits, place_bits = 2, bits_for(codes), bits_for(count)
    keys = packed(
        (services.day, bits_for(services.days)),
        (services.discipline, plan_bits),
        (of_rows >> CodeCell.SLOT_SHIFT, slot_bits),
        (np.arange(count), place_bits),
    )
    keys.sort()
    order = keys & ((1 << place_bits) - 1)
    keys >>= place_bits
    starts = run_starts(keys)
    entry_keys = keys[starts]
    pools = entry_keys >> slot_bits
    day = pools >> plan_bits
    slot = entry_keys & ((1 << slot_bits) - 1)
    policy = services.policy[day]
    cell = policy * codes
    cell += slot
    timed = terms.policies["timed"].ravel()[cell]

    given = services.minutes[order]
    has_minutes = given != NULL
    known: NDArray[np.bool_] | None = None
    if has_minutes.all():
        minutes = given if len(starts) == count else run_sums(given, starts)
    else:
        known = has_minutes
        minutes = run_sums(np.where(has_minutes, given, 0), starts)
        # A payer that counts an untimed code by its minutes needs them.
        without = np.flatnonzero(~has_minutes)
        entries = np.searchsorted(starts, without, side="right") - 1
        scalar[day[entries[timed[entries]]]] = True
    many = minutes >= MINUTES_LIMIT
    if many.any():
        scalar[day[timed & many]] = True
    plan = pools & ((1 << plan_bits) - 1)
    return _SortedRows(order, starts, day, plan, slot, policy, cell, timed, pools, minutes, known)


def _timed_units(
    services: Services,
    terms: CompiledTerms,
    rows: _SortedRows,
    flags: tuple[NDArray[np.bool_], NDArray[np.bool_]],
) -> Whole:
    """Return the units of each entry if its code is timed."""
    at = terms.policies["kind"].ravel()[rows.cell] * MINUTES_LIMIT
    at += np.minimum(rows.minutes, MINUTES_LIMIT - 1)
    cells = terms.policies.minute_table.ravel()[at]
    units: Whole = cells & MinuteCell.UNITS
    pool_marks = marks(rows.pools)
    pool_starts = np.flatnonzero(pool_marks)
    sums = run_sums(cells >> MinuteCell.SUM_SHIFT, pool_starts)
    total = sums & ((1 << MinuteCell.MINUTES_BITS) - 1)
    whole = sums >> MinuteCell.MINUTES_BITS
    partial = terms.policies["partial"][rows.policy[pool_starts]]
    extra = units_of(total, unit_minutes=QUARTER, partial_minutes=partial) - whole
    pool = np.cumsum(pool_marks) - 1
    open_entries = np.flatnonzero((extra > 0)[pool] & (cells >> MinuteCell.IN_TOTAL_SHIFT & 1 == 1))
    if len(open_entries):
        won = _winners(cells, open_entries, pool[open_entries], extra, services, terms, rows, flags)
        units[won] += 1
    return units


def _winners(
    cells: Whole,
    entries: Whole,
    pool: Whole,
    extra: Whole,
    services: Services,
    terms: CompiledTerms,
    rows: _SortedRows,
    flags: tuple[NDArray[np.bool_], NDArray[np.bool_]],
) -> Whole:
    """Return the *entries* whose leftover minutes get a unit of the day's total: those with the most, the first of a tie."""
    of_entries = cells[entries]
    left = of_entries >> MinuteCell.LEFT_SHIFT & MinuteCell.LEFT
    place = rows.order[rows.starts[entries]]
    parts = [(pool, bits_for(len(extra))), (QUARTER - left, bits_for(QUARTER + 1))]
    tie = terms.policies["tie"][rows.policy[entries]]
    if (tie == TIE_PREFERRED).any():
        add_on = terms.codes.add_on[rows.slot[entries]]
        next_code = np.where(
            (of_entries & MinuteCell.UNITS > 0) & (add_on >= 0), add_on, rows.slot[entries]
        )
        rank = terms.policies["preference"][rows.policy[entries], next_code]
        parts.append((np.where(tie == TIE_PREFERRED, rank, 0), bits_for(len(terms.codes) + 1)))
    parts.append((place, bits_for(len(services.day))))
    ranked = sorted_index(parts, len(entries))
    sorted_pool = pool[ranked]
    new_pool = marks(sorted_pool)
    run = np.flatnonzero(new_pool)
    rank = np.arange(len(ranked)) - run[np.cumsum(new_pool) - 1]
    wins = rank < extra[sorted_pool]
    last = np.flatnonzero(wins[:-1] & ~wins[1:] & ~new_pool[1:])
    with_tie = ranked[last[left[ranked[last]] == left[ranked[last + 1]]]]
    if len(with_tie):
        tied, scalar = flags
        days = rows.day[entries[with_tie]]
        tied[days] = True
        scalar[days[tie[with_tie] == TIE_SCALAR]] = True
        # A day with many tied codes may have more legal splits than the scalar path lists.
        many = np.bincount(rows.day[entries], minlength=len(tied)) > _MOST_OPEN
        scalar[tied & many] = True
    found: Whole = entries[ranked[np.flatnonzero(wins)]]
    return found


def _untimed_units(
    services: Services, terms: CompiledTerms, rows: _SortedRows, untimed: Whole
) -> Whole:
    """Return the units of the entries with untimed codes."""
    if services.units is None:
        ends = np.append(rows.starts[1:], len(rows.order))
        units: Whole = ends[untimed] - rows.starts[untimed]
    else:
        units = run_sums(services.units[rows.order], rows.starts)[untimed]
    return np.where(terms.codes.once[rows.slot[untimed]], 1, units)


def _check_families(
    services: Services, terms: CompiledTerms, rows: _SortedRows, scalar: NDArray[np.bool_]
) -> None:
    """Send days to the scalar path that document an add-on code without the first code of its own family."""
    codes = services.code[rows.order]
    is_add_on = terms.codes.is_add_on[codes]
    if not is_add_on.any():
        return
    is_first = (codes == rows.slot[rows.entry_of_rows()]) & ~is_add_on
    has_first = np.logical_or.reduceat(is_first, rows.starts)
    has_add_on = np.logical_or.reduceat(is_add_on, rows.starts)
    scalar[rows.day[rows.timed & has_add_on & ~has_first]] = True


def _with_assistants(
    services: Services,
    terms: CompiledTerms,
    rows: _SortedRows,
    units: tuple[Whole, Whole, Whole],
    takes: NDArray[np.bool_],
    scalar: NDArray[np.bool_],
) -> tuple[Whole, Whole]:
    """Return the units with CQ or CO of each entry's code and of its add-on code."""
    count = len(rows.starts)
    first_with, further_with = np.zeros(count, np.int64), np.zeros(count, np.int64)
    clinician = services.clinician[rows.order]
    by_assistant = np.flatnonzero(clinician == ASSISTANT)
    if not len(by_assistant):
        return first_with, further_with
    of_row = np.searchsorted(rows.starts, by_assistant, side="right") - 1
    at = of_row[marks(of_row)]
    given = services.minutes[rows.order[by_assistant]]
    given[given == NULL] = 0
    runs = run_starts(of_row)
    assistant = run_sums(given, runs)
    documented = np.ones(len(at), np.bool_)
    if rows.known is not None:
        documented = np.logical_and.reduceat(rows.known, rows.starts)[at]

    unpaid = terms.codes.therapist_only[rows.slot[at]] & (
        (assistant > 0) | ~documented | ~rows.timed[at]
    )
    scalar[rows.day[at[unpaid]]] = True
    carries = takes[rows.day[at]] & terms.codes.assistant_plan[rows.plan[at]]
    at, assistant, documented = at[carries], assistant[carries], documented[carries]
    if not len(at):
        return first_with, further_with
    total_units, minutes, timed = units[0][at], rows.minutes[at], rows.timed[at]
    exceeds = assistant >= _fewest(terms, rows.policy[at], minutes)
    scalar[rows.day[at[minutes >= 2 * MINUTES_LIMIT]]] = True
    split_row = terms.policies["split_row"].ravel()[rows.cell[at]]
    therapist_whole, assistant_whole, therapist_left, assistant_left = whole_units(
        minutes - assistant, assistant, total_units, QUARTER, smaller=np.minimum
    )
    left = total_units - therapist_whole - assistant_whole
    by_quarters = timed & (split_row >= 0)
    scalar[rows.day[at[by_quarters & (left > MOST_LEFT)]]] = True
    left_with = terms.policies.split_table[
        np.where(by_quarters, split_row, 0),
        therapist_left,
        assistant_left,
        np.minimum(left, MOST_LEFT),
    ]
    undocumented = ~documented | (minutes == 0)
    whole = np.where(
        timed, exceeds, terms.codes.takes_modifier[rows.slot[at]] & (undocumented | exceeds)
    )
    first_with[at] = np.where(
        by_quarters, assistant_whole + left_with, np.where(whole, total_units, 0)
    )
    _share_family(services, terms, rows, at[timed], units, (first_with, further_with))
    return first_with, further_with


def _fewest(terms: CompiledTerms, policy: Whole, minutes: Whole) -> Whole:
    """Return the fewest minutes of an assistant that exceed the de minimis share of *minutes*."""
    table = terms.policies.fewest_table
    row = terms.policies["exceeding"][policy]
    fewest: Whole = table[row, np.minimum(minutes, table.shape[1] - 1)]
    return fewest


def _roles(services: Services, terms: CompiledTerms, rows: _SortedRows) -> Whole:
    """Return who furnished each entry: 1 for a therapist, plus 2 for an assistant."""
    # Timed services of 0 minutes do not count as furnished by anybody.
    furnished = (services.minutes != 0) | ~terms.codes.timed[services.code]
    bits = np.where(services.clinician == ASSISTANT, 2, 1).astype(np.int8)
    bits[~furnished] = 0
    roles: Whole = np.bitwise_or.reduceat(bits[rows.order], rows.starts)
    return roles


def _share_family(
    services: Services,
    terms: CompiledTerms,
    rows: _SortedRows,
    timed: Whole,
    units: tuple[Whole, Whole, Whole],
    carried: tuple[Whole, Whole],
) -> None:
    """
    Divide the units with CQ or CO of families between the first code and the add-on code.

    The first unit carries the modifier if the assistant's minutes under the first code exceed the de minimis share.
    """
    family = timed[terms.codes.add_on[rows.slot[timed]] >= 0]
    if not len(family):
        return
    first_with, further_with = carried
    codes, entry = services.code[rows.order], rows.entry_of_rows()
    given = services.minutes[rows.order]
    given[given == NULL] = 0
    own = codes == rows.slot[entry]
    own_total = np.bincount(entry[own], given[own], len(rows.starts))[family].astype(np.int64)
    own &= services.clinician[rows.order] == ASSISTANT
    own_assistant = np.bincount(entry[own], given[own], len(rows.starts))[family]
    in_first = own_assistant >= _fewest(terms, rows.policy[family], own_total)
    every, first, further = first_with[family], units[1][family], units[2][family]
    of_first = np.where(in_first, np.minimum(first, every), np.maximum(every - further, 0))
    first_with[family] = of_first
    further_with[family] = every - of_first


def _own_columns(
    services: Services, rows: _SortedRows, splits: NDArray[np.bool_], scalar: NDArray[np.bool_]
) -> tuple[Whole | None, Whole | None]:
    """Return the modifiers and the charge of each entry. Days on which they differ within an entry go to the scalar path."""
    modifiers = charge = None
    if services.modifiers is not None:
        own = services.modifiers[rows.order]
        modifiers = own[rows.starts]
        differs = np.maximum.reduceat(own, rows.starts) != np.minimum.reduceat(own, rows.starts)
        scalar[rows.day[differs]] = True
    if services.charge is not None:
        own = services.charge[rows.order]
        charge = own[rows.starts]
        differs = np.maximum.reduceat(own, rows.starts) != np.minimum.reduceat(own, rows.starts)
        # The charge of an add-on code may be on rows of its own, or missing.
        scalar[rows.day[differs | (splits & (charge != NULL))]] = True
    return modifiers, charge
