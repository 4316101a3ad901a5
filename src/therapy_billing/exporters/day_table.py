"""Priced days as text for a person."""

from __future__ import annotations

from collections.abc import Sequence

from therapy_billing.codes import known_code
from therapy_billing.explanations import Explanation
from therapy_billing.records import Allocation, PricedDay

__all__ = ["allocation_text", "counted", "day_text", "printable"]


def printable(text: str) -> str:
    r"""
    Return *text* with every character that could steer a terminal replaced.

    >>> printable("P-1\x1b[2J")
    'P-1?[2J'
    """
    return "".join(char if char.isprintable() else "?" for char in text)


def counted(count: int, noun: str) -> str:
    """
    Return *count* with its noun.

    >>> counted(1, "unit"), counted(2, "unit")
    ('1 unit', '2 units')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def allocation_text(allocation: Allocation) -> str:
    """Return the units of a day as text: a line a code, the total, and every admissible split."""
    minutes = allocation.documented_minutes
    lines = [
        f"{code:<6} {_minutes(minutes.get(code)):>8}  {_units(units):>8}"
        for code, units in allocation.units.items()
    ]
    lines.append(
        f"{'total':<6} {_minutes(allocation.timed_minutes):>8}  {_units(allocation.total_units):>8}"
        f"  {allocation.payer}"
    )
    return "\n".join(lines + _notes(allocation))


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
    allocation = day.allocation
    lines = [f"{printable(patient)}  {day.date_of_service}  {payer}"]
    for line in day.lines:
        amount = "no price" if line.amount is None else f"${line.amount}" if line.units else "-"
        lines.append(
            f"  {line.discipline.value if line.discipline else '':<4}{line.code:<6}"
            f"{_minutes(line.minutes) if known_code(line.code).timed else 'untimed':>9}"
            f" {_units(line.units):>8} {amount:>10}"
        )
    total = f"${day.total}" if day.complete else f"${day.total} *"
    lines.append(
        f"  {'total':<10}{_minutes(allocation.timed_minutes):>9}"
        f" {_units(allocation.total_units):>8} {total:>10}"
        f"  timed units; {allocation.treatment_minutes} treatment minutes"
    )
    lines += [f"  * {line.unpriced}" for line in day.lines if line.unpriced]
    lines += [f"  {note}" for note in _notes(allocation)]
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


def _minutes(count: int | None) -> str:
    return "" if count is None else f"{count} min"


def _units(count: int) -> str:
    return counted(count, "unit")
