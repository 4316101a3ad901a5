"""
Bill a block of patient-days.

Steps: mark the rows that cannot be used, find the terms of each day, count units and price lines as arrays, bill the days that
the arrays do not model with the scalar path, then share the amounts in the order of each patient's year.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import TypeAlias

import attrs
import numpy as np
from numpy.typing import NDArray

from therapy_billing.base.dates import date_of_number
from therapy_billing.base.errors import InvalidInputError, TherapyBillingError
from therapy_billing.base.money import whole_cents
from therapy_billing.batch.columns import NO_DATE, NULL
from therapy_billing.batch.frame_terms import FrameTerms
from therapy_billing.batch.kernel.code_arrays import CLINICIANS, DISCIPLINES
from therapy_billing.batch.kernel.compiled import (
    ARRAYS,
    REFUSED,
    CompiledTerms,
)
from therapy_billing.batch.kernel.line_modifiers import ranks_of
from therapy_billing.batch.kernel.lines import Lines, build_lines, joined
from therapy_billing.batch.kernel.rows import STATUSES, BlockRows, RowMarks
from therapy_billing.batch.kernel.scalar_days import (
    DayRow,
    ScalarDay,
    bill_rows,
    lines_of,
    shares_of,
)
from therapy_billing.batch.kernel.segments import (
    Whole,
    bits_for,
    index_of_runs,
    marks,
    run_starts,
)
from therapy_billing.batch.kernel.units import Services, count_units
from therapy_billing.batch.kernel.years import OpeningAmounts, SharedLines, share_lines
from therapy_billing.batch.patient_years import UNKNOWN_YEAR, PatientYears
from therapy_billing.batch.row_status import RowStatus
from therapy_billing.codes.roles import Clinician
from therapy_billing.pricing.accumulators import Accumulators, Bucket, require_year
from therapy_billing.pricing.records import PricedDay
from therapy_billing.visits.treatment_log import LogDay

__all__ = ["BilledBlock", "bill_block"]

YearsOf: TypeAlias = Callable[[Whole], Sequence[Accumulators | None]]
"""A function that returns the year-to-date amounts of patients before the frame, from a row of each patient."""

_THERAPISTS = (Clinician.THERAPIST, Clinician.TOGETHER)
_IN_PART = np.array([each not in _THERAPISTS for each in CLINICIANS])
_MODELED = np.array(
    [each in (*_THERAPISTS, Clinician.PHYSICIAN, Clinician.ASSISTANT) for each in CLINICIANS]
)
_UNDATED = "a row of this patient has no date of service, so the year-to-date amounts are unknown: fix that row first"
_NO_ENTRY = "accumulators has no entry for the patient of this day: add the patient's key"


@attrs.frozen(eq=False)
class BilledBlock:
    """
    A billed block.

    Args:
        row: The rows of the frame.
        status: The index of the status of each row.
        reason: The number of the reason.
        lines: The claim lines.
        shared: Their shares.
        day_row: The first row of each day in the frame.
        tied_days: How many billed days have a tie.
        scalar_days: How many days the scalar path billed or refused.
        billed_days: How many days were billed.
        refused_days: How many days were not.
    """

    row: Whole
    status: NDArray[np.uint8]
    reason: NDArray[np.int32]
    lines: Lines
    shared: SharedLines
    day_row: Whole
    billed_days: int
    refused_days: int
    tied_days: int
    scalar_days: int


def bill_block(rows: BlockRows, compiled: CompiledTerms, years_of: YearsOf | None) -> BilledBlock:
    """
    Bill the patient-days of *rows*, which are sorted by patient and date.

    Args:
        rows: The rows of whole patients.
        compiled: The terms.
        years_of: Each patient's year-to-date amounts before the frame; None if they are not tracked.
    """
    usable = (rows.patient != NULL) & (rows.date != NO_DATE)
    if usable.all():
        return _bill(rows, compiled, years_of)
    undated = np.unique(rows.patient[(rows.patient != NULL) & (rows.date == NO_DATE)])
    billed = _bill(rows.take(usable), compiled, years_of, undated)
    return attrs.evolve(
        billed,
        row=np.concatenate([billed.row, rows.row[~usable]]),
        status=np.concatenate([billed.status, rows.marks.status[~usable]]),
        reason=np.concatenate([billed.reason, rows.marks.reason[~usable]]),
    )


def _bill(
    rows: BlockRows,
    compiled: CompiledTerms,
    years_of: YearsOf | None,
    undated: Whole | None = None,
) -> BilledBlock:
    """
    Bill rows that all have a patient and a date.

    Args:
        rows: The rows.
        compiled: The terms.
        years_of: As for :func:`bill_block`.
        undated: The patients who also have rows without a date; None if there are none.
    """
    block = _Block(rows, compiled, years_of, undated)
    block.check_rows()
    block.find_regimes()
    block.find_capped_visits()
    vector = block.bill_as_arrays()
    scalar = block.bill_by_scalar_path()
    opening = block.open_years()
    lines = joined([vector, scalar], compiled) if len(scalar.day) else vector
    if not block.billed.all():
        lines = lines.take(block.billed[lines.day])
    shared = share_lines(lines, compiled, block.regime, opening)
    return block.result(lines, block.with_own_shares(lines, shared))


class _Block:
    """The days of a block, and what is known about them so far."""

    def __init__(
        self,
        rows: BlockRows,
        compiled: CompiledTerms,
        years_of: YearsOf | None,
        undated: Whole | None,
    ) -> None:
        self._undated = undated
        self._terms: FrameTerms = compiled.terms
        self._compiled = compiled
        self._years_of = years_of
        self.rows = rows = _in_documented_order(rows, compiled)
        new_day = marks(rows.patient) | marks(rows.date)
        self._starts = np.flatnonzero(new_day)
        self._days = len(self._starts)
        self._day_of = np.cumsum(new_day) - 1
        self._marks: RowMarks = rows.marks
        self.billed = np.ones(self._days, np.bool_)
        self.regime: Whole = np.zeros(self._days, np.int32)
        self._scalar = np.zeros(self._days, np.bool_)
        self._tied = np.zeros(self._days, np.bool_)
        # The year-to-date amounts are not looked up for these days, so they are refused for another reason.
        self._contradicted = np.zeros(self._days, np.bool_)
        self._day_status = np.zeros(self._days, np.uint8)
        self._day_reason = np.zeros(self._days, np.int32)
        self._no_unit = np.zeros(len(rows.row), np.bool_)
        self._no_unit_reason = np.zeros(len(rows.row), np.int32)
        self._priced: dict[int, PricedDay] = {}
        # The days of patients whose visits are counted; the scalar path bills them in order.
        self._in_order = np.zeros(self._days, np.bool_)

    def check_rows(self) -> None:
        """Leave out the days with a row that cannot be used, and refuse the days whose rows contradict each other."""
        rows, number = self.rows, self._compiled.reasons.number
        bad = self._marks.status != 0
        if bad.any():
            self.billed = ~np.logical_or.reduceat(bad, self._starts)
            self._marks.mark(
                ~self.billed[self._day_of],
                RowStatus.OTHER_ROW,
                number("another row of the same patient and day cannot be used"),
            )
        first = self._starts[self._day_of] if rows.varying else self._starts
        for name in rows.varying:
            column = getattr(rows, name)
            self._refuse_all(
                column != column[first], f"the rows of a day must have the same {name}"
            )
        if rows.sequence is not None:
            same = np.zeros(len(rows.row), np.bool_)
            same[1:] = (
                (self._day_of[1:] == self._day_of[:-1])
                & (rows.sequence[1:] == rows.sequence[:-1])
                & (rows.code[1:] != rows.code[:-1])
            )
            self._refuse_all(same, "two codes of a day have the same sequence")
        if rows.charge is not None:
            other = self._other_charges(rows.charge)
            for code in np.unique(rows.code[other]).tolist():
                self._refuse_all(
                    other & (rows.code == code),
                    f"code {self._compiled.codes.codes[code]} has different charges on the same day",
                )
            if rows.usual_charge is not None:
                self.rows = attrs.evolve(
                    rows, charge=self._with_usual_charges(rows.charge, rows.usual_charge)
                )

    def _other_charges(self, charge: Whole) -> NDArray[np.bool_]:
        """Return the rows whose charge differs from an earlier row of the same day and code."""
        rows = self.rows
        given = np.flatnonzero(charge != NULL)
        order = given[np.lexsort((given, rows.code[given], self._day_of[given]))]
        key = self._day_of[order].astype(np.int64) * len(self._compiled.codes) + rows.code[order]
        start, own = run_starts(key), charge[order]
        wrong = np.zeros(len(rows.row), np.bool_)
        wrong[order[own != own[start][index_of_runs(start, len(order))]]] = True
        return wrong

    def _with_usual_charges(self, charge: Whole, usual: Whole) -> Whole:
        """Return the charges with the usual ones for each code of a day that has none in the frame."""
        key = self._day_of.astype(np.int64) * len(self._compiled.codes) + self.rows.code
        missing = charge == NULL
        keys, first = np.unique(key[~missing], return_index=True)
        if not len(keys):
            return usual
        at = np.minimum(np.searchsorted(keys, key), len(keys) - 1)
        of_code = np.where(keys[at] == key, charge[~missing][first[at]], usual)
        return np.where(missing, of_code, charge)

    def _refuse_all(self, rows: NDArray[np.bool_], reason: str) -> None:
        """Refuse the days of *rows* that have no bad row."""
        if rows.any():
            for day in np.unique(self._day_of[rows]).tolist():
                if self.billed[day]:
                    self._contradicted[day] = True
                    self._refuse(day, RowStatus.DAY_REFUSED, reason)

    def find_regimes(self) -> None:
        """Find the terms of each day."""
        rows, compiled = self.rows, self._compiled
        first = self._starts
        period = compiled.period_of_day[rows.date[first] - compiled.first_day]
        good = np.flatnonzero(self.billed)
        if not len(good):
            return
        self.regime[good] = compiled.regimes_of(
            rows.payer[first[good]],
            period[good],
            rows.locality[first[good]],
            rows.setting[first[good]],
        )
        state = compiled.regimes["state"][self.regime]
        self._scalar[good] = state[good] != ARRAYS

    def find_capped_visits(self) -> None:
        """Find the patients whose visits are known and capped. The scalar path bills all of their days in order."""
        if not len(self._compiled.regimes):
            return
        policy = self._compiled.regimes["policy"][self.regime]
        capped = self.billed & (policy >= 0)
        capped[capped] = self._compiled.policies["caps_visits"][policy[capped]]
        if not capped.any():
            return
        for start, end, found in self._patients():
            if (
                found is not None
                and capped[start:end].any()
                and (
                    any(found.visits(plan) is not None for plan in DISCIPLINES)
                    # The scalar path refuses the days of an earlier year.
                    or found.year > self._date(start).year
                )
            ):
                self._in_order[start:end] = True
                self._scalar[start:end] = True

    def bill_as_arrays(self) -> Lines:
        """Bill the days that the arrays model, and find those that they do not."""
        rows, compiled = self.rows, self._compiled
        arrays = self.billed & ~self._scalar
        policy = compiled.regimes["policy"][self.regime] if len(compiled.regimes) else self.regime
        at = np.flatnonzero(arrays[self._day_of])
        self._leave_out_unbilled(at, policy)
        if self._no_unit.any():
            at = at[~self._no_unit[at]]
        self._check_missing_charges(at)
        if not len(at):
            return lines_of({}, compiled)
        units = None
        if rows.units is not None:
            units = np.where(rows.units == NULL, 1, rows.units)[at]
        every = len(at) == len(rows.row)

        def taken(column: Whole) -> Whole:
            return column if every else column[at]

        services = Services(
            taken(self._day_of),
            taken(rows.code),
            taken(rows.minutes),
            taken(rows.discipline),
            taken(rows.clinician),
            units,
            None if rows.modifiers is None else taken(rows.modifiers),
            None if rows.charge is None else taken(rows.charge),
            policy,
            self._days,
        )
        regimes = compiled.regimes.arrays
        takes = regimes["takes"][self.regime]
        full = regimes["cost_sharing"] | regimes["full_share"]
        entries = count_units(services, compiled, takes, needs_roles=not full.all())
        self._tied = entries.tied
        lines = build_lines(entries, compiled, self.regime, entries.scalar)
        self._scalar |= entries.scalar & arrays
        if self._scalar.any():
            lines = lines.take(~self._scalar[lines.day])
        return lines

    def _leave_out_unbilled(self, at: Whole, policy: Whole) -> None:
        """Find the rows that make no unit because of who furnished the service."""
        rows, compiled = self.rows, self._compiled
        clinician = rows.clinician if len(at) == len(rows.row) else rows.clinician[at]
        others = at[np.flatnonzero(_IN_PART[clinician])]
        if not len(others):
            return
        day = self._day_of[others]
        makes = compiled.policies["makes_units"][
            policy[day],
            rows.clinician[others],
            rows.discipline[others],
            compiled.codes.service_class[rows.code[others]],
        ]
        unbilled = others[~makes]
        self._no_unit[unbilled] = True
        if len(unbilled):
            reasons = compiled.reasons_of_no_unit(
                policy[self._day_of[unbilled]],
                rows.clinician[unbilled],
                rows.discipline[unbilled],
                rows.code[unbilled],
            )
            self._no_unit_reason[unbilled] = reasons
        unusual = others[makes & ~_MODELED[rows.clinician[others]]]
        self._scalar[self._day_of[unusual]] = True

    def _check_missing_charges(self, at: Whole) -> None:
        """Send days to the scalar path on which a billed row has no charge, although there are charges for the day."""
        rows = self.rows
        if rows.charge is None:
            return
        given = rows.charge != NULL
        needed = np.ones(self._days, np.bool_)
        if not self._terms.charges:
            # The charge of a row that makes no unit is one of the day's charges.
            needed = np.logical_or.reduceat(given, self._starts)
        day = self._day_of[at[~given[at]]]
        self._scalar[day[needed[day]]] = True

    def bill_by_scalar_path(self) -> Lines:
        """Bill the days that the arrays do not model."""
        state = self._compiled.regimes
        known: dict[tuple[int, int], str] = {}
        self._bill_in_order()
        for day in np.flatnonzero(self._scalar & ~self._in_order).tolist():
            regime = int(self.regime[day])
            refused = state["state"][regime] == REFUSED
            start = int(self._starts[day])
            key = regime, int(self.rows.date[start])
            if refused and key in known:
                self._refuse(day, RowStatus.DAY_REFUSED, known[key])
                continue
            given = self._scalar_day(day)
            try:
                priced = bill_rows(given, self._terms)
            except TherapyBillingError as error:
                self._refuse(day, RowStatus.DAY_REFUSED, str(error))
                if refused:
                    known[key] = str(error)
                continue
            self._priced[day] = priced
            self._tied[day] = any(each.tied for each in priced.allocations)
            self._mark_unbilled(day, given, priced)
        return lines_of(self._priced, self._compiled)

    def _bill_in_order(self) -> None:
        """Bill the days of the patients whose visits are counted, one after the other."""
        if not self._in_order.any():
            return
        for start, end, found in self._patients():
            if self._in_order[start] and found is not None:
                years = PatientYears({"": found})
                for day in range(start, end):
                    self._bill_next(day, years)

    def _patients(self) -> Iterator[tuple[int, int, Accumulators | None]]:
        """Yield the first day of each patient, the day after the last, and the year-to-date amounts before the frame."""
        first = run_starts(self.rows.patient[self._starts])
        if self._years_of is not None:
            found = self._years_of(self.rows.row[self._starts[first]])
            days = first.tolist()
            yield from zip(days, [*days[1:], self._days], found, strict=True)

    def _bill_next(self, day: int, years: PatientYears) -> None:
        """Bill a day after the patient's earlier days."""
        given = self._scalar_day(day)
        log_day = LogDay("", given.day, "", (), 0)
        if self.billed[day]:
            try:
                policy = self._terms.log.policy_on(given.payer, given.day)
                priced = bill_rows(given, self._terms, years.before(log_day, policy))
            except TherapyBillingError as error:
                unknown = str(error) == UNKNOWN_YEAR
                status = RowStatus.YEAR_UNKNOWN if unknown else RowStatus.DAY_REFUSED
                self._refuse(day, status, str(error))
            else:
                years.carry(log_day, priced.accumulators)
                self._priced[day] = priced
                self._tied[day] = any(each.tied for each in priced.allocations)
                self._mark_unbilled(day, given, priced)
                return
        years.lose(log_day)

    def with_own_shares(self, lines: Lines, shared: SharedLines) -> SharedLines:
        """Return the shares with those of the days that the scalar path billed in order."""
        at = np.flatnonzero(self._in_order[lines.day])
        if not len(at):
            return shared
        priced = {day: each for day, each in self._priced.items() if self._in_order[day]}
        return shares_of(priced, self._compiled, shared, at)

    def _scalar_day(self, day: int) -> ScalarDay:
        rows, compiled = self.rows, self._compiled
        start = int(self._starts[day])
        end = int(self._starts[day + 1]) if day + 1 < self._days else len(rows.row)
        services = []
        for at in range(start, end):
            minutes = int(rows.minutes[at])
            units = NULL if rows.units is None else int(rows.units[at])
            charge = NULL if rows.charge is None else int(rows.charge[at])
            modifiers = 0 if rows.modifiers is None else int(rows.modifiers[at])
            services.append(
                DayRow(
                    DISCIPLINES[rows.discipline[at]],
                    compiled.codes.codes[rows.code[at]],
                    None if minutes == NULL else minutes,
                    None if units == NULL else units,
                    CLINICIANS[rows.clinician[at]],
                    compiled.own_modifiers[modifiers],
                    None if charge == NULL else charge,
                )
            )
        return ScalarDay(
            date_of_number(int(rows.date[start])),
            compiled.payers[rows.payer[start]],
            compiled.localities[rows.locality[start]],
            compiled.settings[rows.setting[start]],
            services,
        )

    def _mark_unbilled(self, day: int, given: ScalarDay, priced: PricedDay) -> None:
        start = int(self._starts[day])
        number = self._compiled.reasons.number
        reasons = {
            (each.discipline, each.code, each.clinician): number(each.reason)
            for each in priced.unbilled
        }
        for place, row in enumerate(given.rows):
            reason = reasons.get((row.discipline, row.code, row.clinician), 0)
            self._no_unit[start + place] = reason > 0
            self._no_unit_reason[start + place] = reason

    def _refuse(self, day: int, status: RowStatus, reason: str) -> None:
        self.billed[day] = False
        self._day_status[day] = STATUSES.index(status)
        self._day_reason[day] = self._compiled.reasons.number(reason)

    def open_years(self) -> OpeningAmounts | None:
        """Return the year-to-date amounts before each patient-year, and refuse the days whose amounts are not known."""
        if self._years_of is None:
            return None
        rows, first = self.rows, self._starts
        years = self._compiled.year_of_day[rows.date[first] - self._compiled.first_day]
        patient = rows.patient[first]
        starts = np.flatnonzero(marks(patient) | marks(years))
        of_day = index_of_runs(starts, self._days)
        unread = (~self.billed & (self._day_status == 0)) | self._contradicted | self._in_order
        tracked = ~unread
        if tracked.any():
            tracked &= self._compiled.regimes["cost_sharing"][self.regime]
        deductible = np.zeros(len(starts), np.int64)
        allowed = np.zeros((len(starts), len(Bucket)), np.int64)
        later = np.zeros(len(starts), np.int64)
        missing = np.zeros(len(starts), np.bool_)
        # Patients who start at zero do so in every year.
        for first_day, end, found in () if self._terms.starts_at_zero else self._patients():
            for number in range(of_day[first_day], of_day[end - 1] + 1):
                year = int(years[starts[number]])
                if found is None:
                    missing[number] = True
                elif found.year == year:
                    deductible[number] = whole_cents(found.deductible_met)
                    allowed[number] = [whole_cents(found.allowed(bucket)) for bucket in Bucket]
                elif found.year > year:
                    later[number] = found.year
        self._refuse_unknown_years(of_day, starts, tracked, missing, later)
        return OpeningAmounts(of_day, tracked, deductible, allowed)

    def _refuse_unknown_years(
        self,
        of_day: Whole,
        starts: Whole,
        tracked: NDArray[np.bool_],
        missing: NDArray[np.bool_],
        later: Whole,
    ) -> None:
        """Refuse the tracked days of patients without amounts, or after a day of the year that was not billed."""
        without = tracked & missing[of_day]
        for day in np.flatnonzero(without).tolist():
            self._refuse(day, RowStatus.DAY_REFUSED, _NO_ENTRY)
        other = tracked & (later[of_day] > 0)
        for day in np.flatnonzero(other).tolist():
            try:
                require_year(Accumulators(int(later[of_day[day]])), self._date(day))
            except InvalidInputError as error:
                self._refuse(day, RowStatus.DAY_REFUSED, str(error))
        if self._undated is not None:
            undated = tracked & np.isin(self.rows.patient[self._starts], self._undated)
            for day in np.flatnonzero(undated & ~missing[of_day]).tolist():
                self._refuse(day, RowStatus.YEAR_UNKNOWN, _UNDATED)
        refused = (~self.billed).astype(np.int64)
        if not refused.any():
            return
        so_far = np.cumsum(refused) - refused
        earlier = so_far - so_far[starts][of_day]
        lost = tracked & (earlier > 0) & ~missing[of_day]
        for day in np.flatnonzero(lost).tolist():
            self._refuse(day, RowStatus.YEAR_UNKNOWN, UNKNOWN_YEAR)

    def _date(self, day: int) -> date:
        return date_of_number(int(self.rows.date[self._starts[day]]))

    def result(self, lines: Lines, shared: SharedLines) -> BilledBlock:
        """Return the block with the status of every row."""
        status, reason = self._marks.status, self._marks.reason
        if not self.billed.all():
            day_status, day_reason = self._day_status[self._day_of], self._day_reason[self._day_of]
            unmarked = (status == 0) & (day_status != 0)
            status[unmarked], reason[unmarked] = day_status[unmarked], day_reason[unmarked]
        no_unit = self._no_unit & (status == 0)
        if no_unit.any():
            status[no_unit] = STATUSES.index(RowStatus.NO_UNIT)
            reason[no_unit] = self._no_unit_reason[no_unit]
        billed_days = int(np.count_nonzero(self.billed))
        return BilledBlock(
            self.rows.row,
            status,
            reason,
            lines,
            shared,
            self.rows.row[self._starts],
            billed_days,
            self._days - billed_days,
            int(np.count_nonzero(self._tied & self.billed)),
            int(np.count_nonzero(self._scalar)),
        )


def _in_documented_order(rows: BlockRows, compiled: CompiledTerms) -> BlockRows:
    """
    Return the rows with those of each day in documented order.

    Rows with the same sequence have the same code, or their day is refused. They are ordered by their modifiers.
    """
    sequence = rows.sequence
    if sequence is None:
        return rows
    day = np.cumsum(marks(rows.patient) | marks(rows.date))
    modifiers = (
        np.zeros(len(day), np.int64)
        if rows.modifiers is None
        else ranks_of(compiled.own_modifiers)[rows.modifiers]
    )
    same_day = day[1:] == day[:-1]
    if (~same_day | (sequence[1:] > sequence[:-1])).all():
        return rows
    low = int(sequence.min(initial=0))
    span = int(sequence.max(initial=0)) - low + 1
    sizes = (int(day[-1]) + 1, span, len(compiled.own_modifiers), len(day))
    bits = [bits_for(size) for size in sizes]
    if sum(bits) > 63:  # noqa: PLR2004 - the bits of a whole number
        return rows.take(np.lexsort((modifiers, sequence, day)))
    key = day.astype(np.int64)
    for column, width in (
        (sequence - low, bits[1]),
        (modifiers, bits[2]),
        (np.arange(len(day)), bits[3]),
    ):
        key <<= width
        key |= column
    key.sort()
    return rows.take(key & ((1 << bits[3]) - 1))
