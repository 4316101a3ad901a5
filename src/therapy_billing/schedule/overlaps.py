"""Find minutes counted more than once: for one clinician, or for one patient under one plan of care."""

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
"""Why no times could be compared."""
_SOME_CLOCKS = "{} of {} services have no start and end times"


class _Sweep(NamedTuple):
    """Overlaps with their rows, and how many of the rows have no start and end."""

    found: list[tuple[Overlap, list[Row]]]
    unclocked: int
    looked_at: int


def sweep_overlaps(
    rows: Iterable[Row],
    owner: Callable[[Row], Hashable],
    part: Callable[[int, Row], Hashable],
) -> _Sweep:
    """Find overlaps: time of an *owner* that was spent on more than one *part* at the same time."""
    stays, clocked = [], []
    parts: dict[Hashable, set[Hashable]] = {}
    unclocked = []
    for index, row in enumerate(rows):
        person, spent_on = owner(row), part(index, row)
        parts.setdefault((person, row.day), set()).add(spent_on)
        if row.span is None:
            unclocked.append((person, row.day))
        else:
            stays.append(Stay(person, spent_on, *row.span))
            clocked.append(row)
    found = [
        (overlap, [clocked[index] for index in overlap.indexes]) for overlap in overlaps(stays)
    ]
    # If an owner's day has only one part, there is nothing to overlap, so no start and end are needed.
    open_rows = sum(len(parts[person]) > 1 for person in unclocked)
    return _Sweep(found, open_rows, len(clocked) + open_rows)


def report_overlaps(report: Report, *sweeps: _Sweep) -> Findings:
    """Return the findings of an overlap rule. The answer of the rule says how many services lack times."""
    unclocked = sum(sweep.unclocked for sweep in sweeps)
    looked_at = sum(sweep.looked_at for sweep in sweeps)
    if unclocked:
        remark = _SOME_CLOCKS.format(unclocked, looked_at)
        report.answer(Answer.NOT_IN_DATA, remark if unclocked < looked_at else NO_CLOCK)
    return report.findings()


def are_untimed(codes: Sequence[str]) -> str:
    """Return a clause that says that *codes* are untimed."""
    return f"{listed(codes)} {'is' if len(codes) == 1 else 'are'} untimed"


def advice_to_bill_once(rows: Sequence[Row], advice: str) -> str:
    """Return sentences that say to bill minutes once: *advice*, adjusted for untimed codes."""
    untimed, timed = untimed_codes(rows), timed_codes(rows)
    if not untimed:
        return f"{advice}."
    if not timed:
        return (
            "bill only the services that have separate time in the record. "
            f"{are_untimed(untimed)}, so no minutes can be removed."
        )
    return (
        f"{advice}. {are_untimed(untimed)}, so remove the shared minutes from {listed(timed)}, or do "
        f"not bill {listed(untimed, 'or')}."
    )


def documented_minutes(overlap: Overlap) -> int:
    """Return the sum of the whole minutes of each part."""
    return sum(microseconds // MINUTE for _, microseconds in overlap.spent)


def _severity(overlap: Overlap) -> Severity:
    # If the overlapping seconds are in partial minutes, which are dropped, no payer pays for them twice.
    excess = documented_minutes(overlap) * MINUTE > overlap.there
    return Severity.DENY if excess else Severity.REVIEW


def check_minutes_once(rows: Sequence[Row], counted: RepeatedMinutes) -> Findings:
    """Find a clinician's minutes that were counted more than once. Rule ``minutes-once``."""
    attended = [row for row in rows if row.attended]
    sweep = sweep_overlaps(
        attended,
        lambda row: row.treated_by,
        # All groups of patients at one time count as one group. Groups of caregivers are separate from
        # groups of patients.
        lambda index, row: index if row.contact is Contact.ONE_ON_ONE else group_kind(row),
    )
    report = Report("minutes-once")
    for overlap, members in sweep.found:
        _find_double_counted(report, overlap, members, counted)
    return report_overlaps(report, sweep)


def group_kind(row: Row) -> str:
    """Return ``patients`` or ``caregivers``: the members of the group."""
    return "patients" if row.patient_present else "caregivers"


def _to_whom(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the codes of *rows* with the people who received them."""
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
    message = f"{minutes_in_words(overlap.shared)} counted more than once for one clinician"
    detail = (
        f"The clinician furnished {listed(list(_to_whom(rows)))} at overlapping times. "
        f"{documented_minutes(overlap)} minutes are documented in {minutes_in_words(overlap.there)} of clock time."
    )
    action = advice_to_bill_once(rows, "bill each minute for one patient and one code")
    action += " Correct the times if they are wrong."
    group: Sequence[str] = ()
    if len(patients) > 1 and all_quarters(rows):
        group = [group_codes()[row.discipline] for row in patients.values()]
        action += (
            " If contact with each patient was brief and intermittent, bill "
            f"{alternatives(group)} x1 for each patient instead."
        )
    arithmetic, at_stake = counted.arithmetic(overlap, rows, group)
    severity = _severity(overlap)
    find_rows(report, severity, message, action, rows, at_stake, detail=detail + arithmetic)


def overlap_severity(overlap: Overlap, rows: Sequence[Row]) -> Severity:
    """Return the severity of an overlap for one patient."""
    # Two clinicians may train two caregivers of one patient at the same time.
    two_caregivers = not rows[0].patient_present and len({row.treated_by for row in rows}) > 1
    return Severity.REVIEW if two_caregivers else _severity(overlap)


def check_patient_overlap(rows: Sequence[Row], counted: RepeatedMinutes) -> Findings:
    """Find a patient's minutes that were counted more than once. Rule ``patient-overlap``."""
    attended = [row for row in rows if row.attended]
    clinicians = sweep_overlaps(
        attended,
        # The patient's time and the caregivers' time are separate.
        lambda row: (row.patient, row.discipline, row.patient_present),
        lambda _, row: row.treated_by,
    )
    # minutes-once finds the overlaps of one clinician's services, but it counts simultaneous groups as one
    # group. So one patient's overlapping groups with the same clinician are found here.
    groups = sweep_overlaps(
        [row for row in attended if row.contact is Contact.GROUP],
        lambda row: (row.patient, row.discipline, row.patient_present, row.treated_by),
        lambda index, _: index,
    )
    report = Report("patient-overlap")
    for overlap, members in (*clinicians.found, *groups.found):
        message = f"{minutes_in_words(overlap.shared)} counted more than once for one patient"
        detail = (
            f"The {members[0].discipline.value} services overlap: {listed(codes_of(members))}. "
            f"{documented_minutes(overlap)} minutes are documented in "
            f"{minutes_in_words(overlap.there)} of clock time."
        )
        arithmetic, at_stake = counted.arithmetic(overlap, members)
        action = advice_to_bill_once(
            members, "bill each minute once; a second clinician adds no minutes"
        )
        action += " Correct the times if one service followed the other."
        severity = overlap_severity(overlap, members)
        find_rows(report, severity, message, action, members, at_stake, detail=detail + arithmetic)
    return report_overlaps(report, clinicians, groups)
