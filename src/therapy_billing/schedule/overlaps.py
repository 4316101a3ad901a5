"""Minutes that were counted more than once: of one clinician, or of one patient under one plan of care."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import NamedTuple

from therapy_billing.base.wording import listed
from therapy_billing.codes.code_book import Contact, group_codes
from therapy_billing.findings.records import Answer, Findings, Severity
from therapy_billing.findings.report import Report
from therapy_billing.schedule.dollars import RepeatedMinutes
from therapy_billing.schedule.reports import find_rows
from therapy_billing.schedule.rows import (
    MINUTE,
    Row,
    all_quarters,
    alternatives,
    codes_of,
    minutes_in_words,
    timed_codes,
    untimed_codes,
)
from therapy_billing.schedule.rules import Overlap, Stay, overlaps

__all__ = [
    "NO_CLOCK",
    "advice_to_bill_once",
    "are_untimed",
    "check_minutes_once",
    "check_patient_overlap",
    "documented_minutes",
    "group_kind",
    "overlap_severity",
    "report_overlaps",
    "sweep_overlaps",
]

NO_CLOCK = "no start and end times"
"""Why nothing could be compared by the clock."""
_SOME_CLOCKS = "{} of {} services have no start and end: give them to see what they overlap"


class _Sweep(NamedTuple):
    """Overlaps with their rows, and how many of how many rows have no place in time."""

    found: list[tuple[Overlap, list[Row]]]
    unclocked: int
    looked_at: int


def sweep_overlaps(
    rows: Iterable[Row],
    owner: Callable[[Row], Hashable],
    part: Callable[[int, Row], Hashable],
) -> _Sweep:
    """Return where the time of an *owner* was spent on more than one *part*."""
    stays, clocked = [], []
    parts: dict[Hashable, set[Hashable]] = {}
    unclocked = []
    for place, row in enumerate(rows):
        whose, spent_on = owner(row), part(place, row)
        parts.setdefault((whose, row.day), set()).add(spent_on)
        if row.span is None:
            unclocked.append((whose, row.day))
        else:
            stays.append(Stay(whose, spent_on, *row.span))
            clocked.append(row)
    found = [(overlap, [clocked[place] for place in overlap.places]) for overlap in overlaps(stays)]
    # What is alone on its day overlaps nothing, whenever it was.
    open_rows = sum(len(parts[whose]) > 1 for whose in unclocked)
    return _Sweep(found, open_rows, len(clocked) + open_rows)


def report_overlaps(report: Report, *sweeps: _Sweep) -> Findings:
    """Return the findings of a rule of overlap, with how many services have no start and end."""
    unclocked = sum(sweep.unclocked for sweep in sweeps)
    looked_at = sum(sweep.looked_at for sweep in sweeps)
    if unclocked:
        remark = _SOME_CLOCKS.format(unclocked, looked_at)
        report.answer(Answer.NOT_IN_DATA, remark if unclocked < looked_at else NO_CLOCK)
    return report.findings()


def are_untimed(codes: Sequence[str]) -> str:
    """Return that *codes* are untimed, as a clause."""
    return f"{listed(codes)} {'is' if len(codes) == 1 else 'are'} untimed"


def advice_to_bill_once(rows: Sequence[Row], advice: str) -> str:
    """Return *advice* to bill minutes once, as it fits codes that have no minutes to give up."""
    untimed, timed = untimed_codes(rows), timed_codes(rows)
    if not untimed:
        return advice
    if not timed:
        return (
            "bill only the services that have separate time on record: "
            f"{are_untimed(untimed)}, so no minutes can be taken off"
        )
    return (
        f"{advice}: {are_untimed(untimed)}, so take the shared minutes off {listed(timed)}, or do "
        f"not bill {listed(untimed, 'or')}"
    )


def documented_minutes(overlap: Overlap) -> int:
    """Return the whole minutes of all parts."""
    return sum(microseconds // MINUTE for _, microseconds in overlap.spent)


def _severity(overlap: Overlap) -> Severity:
    # Seconds told twice may vanish in whole minutes, and then no payer has paid them twice.
    excess = documented_minutes(overlap) * MINUTE > overlap.there
    return Severity.DENY if excess else Severity.REVIEW


def check_minutes_once(rows: Sequence[Row], counted: RepeatedMinutes) -> Findings:
    """Find minutes of a clinician that were counted more than once. Rule ``minutes-once``."""
    attended = [row for row in rows if row.attended]
    sweep = sweep_overlaps(
        attended,
        lambda row: row.treated_by,
        # The patients of one group, and of groups side by side, share the clinician; caregivers who are
        # trained in a group do so without them.
        lambda place, row: place if row.contact is Contact.ONE_ON_ONE else group_kind(row),
    )
    report = Report("minutes-once")
    for overlap, members in sweep.found:
        _find_double_counted(report, overlap, members, counted)
    return report_overlaps(report, sweep)


def group_kind(row: Row) -> str:
    """Return whether the group is one of patients or of caregivers."""
    return "patients" if row.patient_present else "caregivers"


def _to_whom(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the codes of *rows* with those who received them."""
    for alone, present, whom in (
        (True, True, "one-on-one to {}"),
        (True, False, "to the caregivers of {}"),
        (False, True, "to a group"),
        (False, False, "to a group of caregivers"),
    ):
        given = [
            row
            for row in rows
            if (row.contact is Contact.ONE_ON_ONE, row.patient_present) == (alone, present)
        ]
        if given:
            count = len({row.patient for row in given})
            patients = "one patient" if count == 1 else f"{count} patients"
            yield f"{listed(codes_of(given))} {whom.format(patients)}"


def _find_double_counted(
    report: Report, overlap: Overlap, rows: Sequence[Row], counted: RepeatedMinutes
) -> None:
    patients = {row.patient: row for row in rows}
    message = (
        f"one clinician gave {listed(list(_to_whom(rows)))} at times that overlap: "
        f"{documented_minutes(overlap)} minutes documented in "
        f"{minutes_in_words(overlap.there)}, {minutes_in_words(overlap.shared)} of them counted more than once"
    )
    action = advice_to_bill_once(rows, "bill each minute for one patient and one code")
    action += "; correct the times if the clock is wrong"
    group: Sequence[str] = ()
    if len(patients) > 1 and all_quarters(rows):
        group = [group_codes()[row.discipline] for row in patients.values()]
        action += (
            "; where contact with each was brief and intermittent, bill "
            f"{alternatives(group)} x1 for each patient in place of these"
        )
    arithmetic, at_stake = counted.arithmetic(overlap, rows, group)
    severity = _severity(overlap)
    find_rows(report, severity, message + arithmetic, action, rows, at_stake)


def overlap_severity(overlap: Overlap, rows: Sequence[Row]) -> Severity:
    """Return how grave an overlap of one patient is."""
    # Two clinicians may train two caregivers of a patient at once.
    two_caregivers = not rows[0].patient_present and len({row.treated_by for row in rows}) > 1
    return Severity.REVIEW if two_caregivers else _severity(overlap)


def check_patient_overlap(rows: Sequence[Row], counted: RepeatedMinutes) -> Findings:
    """Find minutes of a patient that were counted more than once. Rule ``patient-overlap``."""
    attended = [row for row in rows if row.attended]
    hands = sweep_overlaps(
        attended,
        # The time of the patient, and apart from it that of the patient's caregivers.
        lambda row: (row.patient, row.discipline, row.patient_present),
        lambda _, row: row.treated_by,
    )
    # A clinician's own services are told by minutes-once, which takes groups side by side for one.
    groups = sweep_overlaps(
        [row for row in attended if row.contact is Contact.GROUP],
        lambda row: (row.patient, row.discipline, row.patient_present, row.treated_by),
        lambda place, _: place,
    )
    report = Report("patient-overlap")
    for overlap, members in (*hands.found, *groups.found):
        message = (
            f"{listed(codes_of(members))} for one patient under {members[0].discipline.value} at "
            f"times that overlap: {documented_minutes(overlap)} minutes documented in "
            f"{minutes_in_words(overlap.there)}, {minutes_in_words(overlap.shared)} of them counted more than once"
        )
        arithmetic, at_stake = counted.arithmetic(overlap, members)
        action = advice_to_bill_once(
            members, "bill the minutes once, a second pair of hands adds none"
        )
        action += "; correct the times if the services followed each other"
        severity = overlap_severity(overlap, members)
        find_rows(report, severity, message + arithmetic, action, members, at_stake)
    return report_overlaps(report, hands, groups)
