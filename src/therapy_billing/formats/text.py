"""Priced days as text for a person."""

from __future__ import annotations

from collections.abc import Sequence

from therapy_billing.base.money import Usd
from therapy_billing.base.wording import counted
from therapy_billing.codes.code_book import load_codes
from therapy_billing.codes.modifiers import DISCIPLINE_MODIFIERS
from therapy_billing.law.rule_book import Explanation
from therapy_billing.pricing.records import KxState, PricedDay
from therapy_billing.visits.services import Allocation

__all__ = ["allocation_text", "day_text", "printable"]


def printable(text: str) -> str:
    r"""
    Return *text* with every character that could steer a terminal replaced.

    >>> printable("P-1\x1b[2J")
    'P-1?[2J'
    """
    return "".join(char if char.isprintable() else "?" for char in text)


def allocation_text(allocation: Allocation) -> str:
    """Return the units of a day as text: one line per code, the total, all splits and the remarks."""
    minutes = allocation.documented_minutes
    lines = [
        f"{code:<6} {_minutes(minutes.get(code)):>8}  {_units(units):>8}"
        for code, units in allocation.units.items()
    ]
    lines.append(
        f"{'total':<6} {_minutes(allocation.timed_minutes):>8}  {_units(allocation.total_units):>8}"
        f"  {allocation.payer}"
    )
    return "\n".join([*lines, *_notes(allocation), *allocation.remarks])


def day_text(
    patient: str,
    payer: str,
    day: PricedDay,
    lines_left_out: Sequence[int] = (),
    explanation: Explanation | None = None,
) -> str:
    """
    Return a priced day as text.

    Args:
        patient: The log's own key.
        payer: Name of the payer.
        day: The day.
        lines_left_out: Lines of the log that belong to the day and could not be read.
        explanation: Its steps, to be added.
    """
    lines = [f"{printable(patient)}  {day.date_of_service}  {payer}", _HEAD]
    for line, minutes in zip(day.lines, day.line_minutes, strict=True):
        facts = load_codes().get(line.code)
        untimed = facts is not None and not facts.timed
        lines.append(
            _row(
                f"{line.code} {' '.join(line.modifiers)}",
                "untimed" if untimed else _minutes(minutes),
                _units(line.units),
                (
                    line.allowed,
                    line.mppr_reduction,
                    line.medicare_pays,
                    line.patient_responsibility,
                ),
                _KX[line.kx],
            )
        )
    for discipline, code, given in day.not_billed:
        plan = "" if discipline is None else f" {DISCIPLINE_MODIFIERS[discipline]}"
        lines.append(f"  {code + plan:<18}{_minutes(given):>8} {_units(0):>8}")
    totals = (day.allowed, day.mppr_reduction, day.medicare_pays, day.patient_responsibility)
    timed, units, treated = "", "", ""
    if day.allocations:
        timed = _minutes(sum(allocation.timed_minutes for allocation in day.allocations))
        units = _units(sum(allocation.total_units for allocation in day.allocations))
        minutes = sum(allocation.treatment_minutes for allocation in day.allocations)
        treated = f"timed; {minutes} treatment minutes"
    lines.append(_row("total", timed, units, totals, treated if day.complete else f"* {treated}"))
    lines += dict.fromkeys(f"  * {line.unpriced}" for line in day.lines if line.unpriced)
    if day.paid_at_cost:
        lines.append("  paid at cost: the amounts only count toward the annual threshold")
    if day.medicare_pays_range is not None:
        least, most = day.medicare_pays_range
        lines.append(
            f"  Medicare may pay ${least:,} to ${most:,}: the line that takes the deductible decides"
        )
    for state in day.thresholds:
        beyond = ", beyond it" if state.beyond else ""
        review = "; may be reviewed" if state.may_be_reviewed else ""
        lines.append(
            f"  {state.bucket.value}: ${state.after} of ${state.threshold}{beyond} this year{review}"
        )
    if day.kx_suggested:
        codes = ", ".join(line.code for line in day.kx_suggested)
        lines.append(f"  KX suggested for {codes}: attest that the record shows the need")
    lines += [f"  {note}" for allocation in day.allocations for note in _notes(allocation)]
    if lines_left_out:
        listed = ", ".join(map(str, lines_left_out))
        lines.append(f"  not whole: line {listed} of the log was left out")
    if explanation is not None:
        lines += [f"    {line}" for line in str(explanation).splitlines()]
    return "\n".join(lines)


def _notes(allocation: Allocation) -> list[str]:
    notes = []
    if allocation.tied:
        splits = [
            " ".join(f"{code}x{units}" for code, units in split.items())
            for split in allocation.admissible
        ]
        notes.append(f"tied: {splits[0]} was chosen; also admissible: {' or '.join(splits[1:])}")
    if allocation.cuts:
        codes = ", ".join(cut.code for cut in allocation.cuts)
        notes.append(f"capped from {sum(allocation.uncapped_split)} units; taken from {codes}")
    for pool in allocation.pools:
        notes += [f"{code}: documented {n} times, billed once a day" for code, n in pool.repeats]
    if allocation.floored_seconds:
        seconds = counted(allocation.floored_seconds, "second")
        notes.append(f"floored beyond whole minutes: {seconds}")
    return notes


_KX = {
    KxState.NOT_NEEDED: "",
    KxState.SUGGESTED: "suggested",
    KxState.NOT_CLAIMED: "not claimed",
    KxState.APPLIED: "applied",
    KxState.UNKNOWN: "?",
}
_COLUMNS = ("allowed", "MPPR", "Medicare", "patient")
_HEAD = f"  {'':<18}{'':>8} {'':>8}" + "".join(f"{name:>10}" for name in _COLUMNS) + "  KX"


def _row(name: str, minutes: str, units: str, amounts: tuple[Usd | None, ...], remark: str) -> str:
    cells = "".join(f"{'?' if amount is None else f'{amount:,}':>10}" for amount in amounts)
    return f"  {name:<18}{minutes:>8} {units:>8}{cells}  {remark}".rstrip()


def _minutes(count: int | None) -> str:
    return "" if count is None else f"{count} min"


def _units(count: int) -> str:
    return counted(count, "unit")
