"""Find minutes counted more than once: for one clinician, or for one patient under one plan of care."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import NamedTuple

from therapy_billing.base.wording import listed
from therapy_billing.codes.code_book import Contact, group_codes
from therapy_billing.findings.records import Answer, Findings, Severity
from therapy_billing.findings.report import Report
from therapy_billing.schedule.dollars import RepeatedMinutes
from therapy_billing.schedule.reports import RankedReport, find_rows
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
    "MinutesOnce",
    "PatientOverlap",
    "Sweep",
    "advice_to_bill_once",
    "are_untimed",
    "documented_minutes",
    "group_kind",
    "overlap_severity",
    "report_overlaps",
]

NO_CLOCK = "no start and end times"
"""Why no times could be compared."""
_SOME_CLOCKS = "{} of {} services have no start and end times"


class _Found(NamedTuple):
    """An overlap with its rows. The rank of its owner is 0 for the owner that was seen first."""

    overlap: Overlap
    rows: list[Row]
    rank: int


class Sweep:
    """
    Find overlaps: time of an owner that was spent on more than one part at the same time.

    Args:
        owner: Return the owner of a row.
        part: Return what the time of a row is spent on, from the index of the row and the row.

    Attributes:
        unclocked: How many of the rows so far have no start and end but need them.
        looked_at: How many of the rows so far have a start and an end or need them.
    """

    def __init__(
        self, owner: Callable[[Row], Hashable], part: Callable[[int, Row], Hashable]
    ) -> None:
        self._owner = owner
        self._part = part
        self._ranks: dict[Hashable, int] = {}
        self.unclocked: int = 0
        self.looked_at: int = 0

    def overlaps(self, rows: Iterable[Row]) -> list[_Found]:
        """Return the overlaps of *rows*, which overlap no rows of earlier calls."""
        stays, clocked = [], []
        parts: dict[Hashable, set[Hashable]] = {}
        unclocked = []
        for index, row in enumerate(rows):
            person, spent_on = self._owner(row), self._part(index, row)
            parts.setdefault((person, row.day), set()).add(spent_on)
            if row.span is None:
                unclocked.append((person, row.day))
            else:
                stays.append(Stay(person, spent_on, *row.span))
                clocked.append(row)
                if row.span[0] < row.span[1]:
                    self._ranks.setdefault(person, len(self._ranks))
        # If an owner's day has only one part, there is nothing to overlap, so no start and end are needed.
        open_rows = sum(len(parts[person]) > 1 for person in unclocked)
        self.unclocked += open_rows
        self.looked_at += len(clocked) + open_rows
        return [
            _Found(
                overlap,
                [clocked[index] for index in overlap.indexes],
                self._ranks[stays[overlap.indexes[0]].owner],
            )
            for overlap in overlaps(stays)
        ]


def report_overlaps(report: Report, *sweeps: Sweep) -> Findings:
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


class MinutesOnce:
    """Find a clinician's minutes that were counted more than once. Rule ``minutes-once``."""

    def __init__(self, counted: RepeatedMinutes) -> None:
        self._counted = counted
        self._report = RankedReport("minutes-once")
        self._sweep = Sweep(
            lambda row: row.treated_by,
            # All groups of patients at one time count as one group. Groups of caregivers are separate from
            # groups of patients.
            lambda index, row: index if row.contact is Contact.ONE_ON_ONE else group_kind(row),
        )

    def add(self, rows: Sequence[Row]) -> None:
        """Check a part of the schedule."""
        for overlap, members, rank in self._sweep.overlaps(row for row in rows if row.attended):
            _find_double_counted(self._report, overlap, members, self._counted)
            self._report.rank(rank)

    def findings(self) -> Findings:
        """Return the findings and answers for all parts."""
        return report_overlaps(self._report, self._sweep)


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


class PatientOverlap:
    """Find a patient's minutes that were counted more than once. Rule ``patient-overlap``."""

    def __init__(self, counted: RepeatedMinutes) -> None:
        self._counted = counted
        self._report = RankedReport("patient-overlap")
        self._clinicians = Sweep(
            # The patient's time and the caregivers' time are separate.
            lambda row: (row.patient, row.discipline, row.patient_present),
            lambda _, row: row.treated_by,
        )
        # minutes-once finds the overlaps of one clinician's services, but it counts simultaneous groups as one
        # group. So one patient's overlapping groups with the same clinician are found here.
        self._groups = Sweep(
            lambda row: (row.patient, row.discipline, row.patient_present, row.treated_by),
            lambda index, _: index,
        )

    def add(self, rows: Sequence[Row]) -> None:
        """Check a part of the schedule."""
        attended = [row for row in rows if row.attended]
        groups = [row for row in attended if row.contact is Contact.GROUP]
        for number, found in enumerate(
            (self._clinicians.overlaps(attended), self._groups.overlaps(groups))
        ):
            for overlap, members, rank in found:
                self._find_overlap(overlap, members)
                self._report.rank(number, rank)

    def findings(self) -> Findings:
        """Return the findings and answers for all parts."""
        return report_overlaps(self._report, self._clinicians, self._groups)

    def _find_overlap(self, overlap: Overlap, members: Sequence[Row]) -> None:
        message = f"{minutes_in_words(overlap.shared)} counted more than once for one patient"
        detail = (
            f"The {members[0].discipline.value} services overlap: {listed(codes_of(members))}. "
            f"{documented_minutes(overlap)} minutes are documented in "
            f"{minutes_in_words(overlap.there)} of clock time."
        )
        arithmetic, at_stake = self._counted.arithmetic(overlap, members)
        action = advice_to_bill_once(
            members, "bill each minute once; a second clinician adds no minutes"
        )
        action += " Correct the times if one service followed the other."
        severity = overlap_severity(overlap, members)
        find_rows(
            self._report, severity, message, action, members, at_stake, detail=detail + arithmetic
        )
