"""Find time in which two or more disciplines treated one patient together and each documented it."""

from __future__ import annotations

from collections.abc import Sequence

from therapy_billing.base.wording import listed
from therapy_billing.codes.code_book import Contact, load_codes
from therapy_billing.findings.records import Findings
from therapy_billing.schedule.dollars import RepeatedMinutes
from therapy_billing.schedule.overlaps import (
    Sweep,
    are_untimed,
    overlap_severity,
    report_overlaps,
)
from therapy_billing.schedule.reports import RankedReport, find_rows
from therapy_billing.schedule.rows import MINUTE, Row, minutes_in_words, timed_codes, untimed_codes
from therapy_billing.schedule.rules import Overlap, share_minutes, union_length

__all__ = ["CoTreatment"]


class CoTreatment:
    """Find joint minutes that two or more disciplines documented. Rule ``co-treatment``."""

    def __init__(self, counted: RepeatedMinutes) -> None:
        self._counted = counted
        self._report = RankedReport("co-treatment")
        self._sweep = Sweep(
            lambda row: (row.patient, row.patient_present), lambda _, row: row.discipline.value
        )

    def add(self, rows: Sequence[Row]) -> None:
        """Check a part of the schedule."""
        for overlap, members, rank in self._sweep.overlaps(row for row in rows if row.attended):
            alone = any(row.contact is Contact.ONE_ON_ONE for row in members)
            if alone and len({row.treated_by for row in members}) == 1:
                # One clinician under two plans of care: the rule minutes-once reports it.
                continue
            self._find_joint_time(overlap, members)
            self._report.rank(rank)

    def findings(self) -> Findings:
        """Return the findings and answers for all parts."""
        return report_overlaps(self._report, self._sweep)

    def _find_joint_time(self, overlap: Overlap, members: Sequence[Row]) -> None:
        spent = sorted((str(plan), there // MINUTE) for plan, there in overlap.spent)
        plans = [plan for plan, _ in spent]
        did = (
            "treated one patient"
            if members[0].patient_present
            else "trained one patient's caregivers"
        )
        message = f"{listed(plans)} {did} together for {minutes_in_words(overlap.shared)}"
        documented = " + ".join(f"{minutes} {plan}" for plan, minutes in spent)
        detail = (
            f"{documented} minutes are documented in {minutes_in_words(overlap.there)} of clock time. "
            "Joint time is billed once in total."
        )
        action = (
            f"{_joint_advice(overlap, members, plans)}. Correct the times if one treatment followed "
            "the other."
        )
        arithmetic, at_stake = self._counted.arithmetic(overlap, members)
        severity = overlap_severity(overlap, members)
        find_rows(
            self._report, severity, message, action, members, at_stake, detail=detail + arithmetic
        )


def _is_once_a_day_under_several(code: str, rows: Sequence[Row]) -> bool:
    """Return whether *code* is the first code of a family and two or more disciplines recorded it."""
    disciplines = {row.discipline for row in rows if row.service.code == code}
    return load_codes()[code].first_of_family and len(disciplines) > 1


def _joint_advice(overlap: Overlap, rows: Sequence[Row], plans: Sequence[str]) -> str:
    """Return how to bill the joint minutes of two or more disciplines. The last sentence has no period."""
    untimed, timed = untimed_codes(rows), timed_codes(rows)
    if not untimed:
        once = [code for code in timed if _is_once_a_day_under_several(code, rows)]
        if once:
            verb = "is" if len(once) == 1 else "are"
            return (
                f"bill all joint minutes under one discipline, because {listed(once)} {verb} billed "
                "once a day"
            )
        joint = overlap.shared // MINUTE
        split = ""
        # An even split could give a discipline more minutes than it was present.
        spent = sum(there for _, there in overlap.spent)
        if spent - overlap.there == overlap.shared * (len(plans) - 1):
            shares = zip(share_minutes(joint, len(plans)), plans, strict=True)
            split = " + ".join(f"{minutes} {plan}" for minutes, plan in shares)
            split = f" (for example {split} of {joint})"
        return f"share the joint minutes{split}, or bill all of them under one discipline"
    advice = (
        f"bill the joint time under one discipline. {are_untimed(untimed)}, so no minutes can be "
        f"shared with {'it' if len(untimed) == 1 else 'them'}"
    )
    if len({row.discipline for row in rows if row.service.code in timed}) > 1:
        advice += f". {listed(timed)} can share time that is not billed as {listed(untimed, 'or')}"
    # An overlap has no gap, so one discipline was present alone whenever all the others were absent.
    alone = {}
    for plan in plans:
        others = [row.span for row in rows if row.span and row.discipline.value != plan]
        alone[plan] = (overlap.there - union_length(others)) // MINUTE
    if not any(alone.values()):
        return (
            f"{advice}. The record shows no minutes of one discipline alone, so bill nothing else "
            "for that time"
        )
    own = " + ".join(f"{minutes} {plan}" for plan, minutes in alone.items())
    as_documented = "timed codes as documented, and " if timed else ""
    return (
        f"{advice}. For the minutes of one discipline alone ({own}), bill {as_documented}an untimed "
        "code only if these minutes support it"
    )
