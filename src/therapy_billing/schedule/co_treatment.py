"""Two disciplines that treat one patient together."""

from __future__ import annotations

from collections.abc import Sequence

from therapy_billing.base.wording import listed
from therapy_billing.codes.code_book import Contact, load_codes
from therapy_billing.findings.records import Findings
from therapy_billing.findings.report import Report
from therapy_billing.schedule.dollars import RepeatedMinutes
from therapy_billing.schedule.overlaps import (
    are_untimed,
    overlap_severity,
    report_overlaps,
    sweep_overlaps,
)
from therapy_billing.schedule.reports import find_rows
from therapy_billing.schedule.rows import MINUTE, Row, minutes_in_words, timed_codes, untimed_codes
from therapy_billing.schedule.rules import Overlap, share_minutes, union_length

__all__ = ["check_co_treatment"]


def check_co_treatment(rows: Sequence[Row], counted: RepeatedMinutes) -> Findings:
    """Find joint minutes of two disciplines that were documented by both. Rule ``co-treatment``."""
    sweep = sweep_overlaps(
        [row for row in rows if row.attended],
        lambda row: (row.patient, row.patient_present),
        lambda _, row: row.discipline.value,
    )
    report = Report("co-treatment")
    for overlap, members in sweep.found:
        alone = any(row.contact is Contact.ONE_ON_ONE for row in members)
        if alone and len({row.treated_by for row in members}) == 1:
            # One clinician under two plans of care: that is told by minutes-once.
            continue
        spent = sorted((str(plan), there // MINUTE) for plan, there in overlap.spent)
        plans = [plan for plan, _ in spent]
        did = (
            "treated one patient"
            if members[0].patient_present
            else "trained one patient's caregivers"
        )
        message = (
            f"{listed(plans)} {did} together for {minutes_in_words(overlap.shared)}: "
            f"{' + '.join(str(minutes) for _, minutes in spent)} minutes documented in "
            f"{minutes_in_words(overlap.there)}, and the joint time is billed once in total"
        )
        action = (
            f"{_joint_advice(overlap, members, plans)}; correct the times if the treatments "
            "followed each other"
        )
        arithmetic, at_stake = counted.arithmetic(overlap, members)
        severity = overlap_severity(overlap, members)
        find_rows(report, severity, message + arithmetic, action, members, at_stake)
    return report_overlaps(report, sweep)


def _is_once_a_day_under_several(code: str, rows: Sequence[Row]) -> bool:
    """Return whether *code* makes the first unit of a family, and two disciplines or more recorded it."""
    disciplines = {row.discipline for row in rows if row.service.code == code}
    return load_codes()[code].first_of_family and len(disciplines) > 1


def _joint_advice(overlap: Overlap, rows: Sequence[Row], plans: Sequence[str]) -> str:
    """Return what to do with the minutes of two disciplines or more, as far as they can be split."""
    untimed, timed = untimed_codes(rows), timed_codes(rows)
    if not untimed:
        once = [code for code in timed if _is_once_a_day_under_several(code, rows)]
        if once:
            verb = "is" if len(once) == 1 else "are"
            return f"bill all of the joint minutes under one discipline: {listed(once)} {verb} billed once a day"
        joint = overlap.shared // MINUTE
        split = ""
        # Who was there for a part of the joint time only might be given more than that by an even split.
        spent = sum(there for _, there in overlap.spent)
        if spent - overlap.there == overlap.shared * (len(plans) - 1):
            shares = zip(share_minutes(joint, len(plans)), plans, strict=True)
            split = " + ".join(f"{minutes} {plan}" for minutes, plan in shares)
            split = f", such as {split} of {joint}"
        return f"share the joint minutes{split}, or bill all of them under one discipline"
    advice = (
        f"bill the joint time under one discipline: {are_untimed(untimed)}, and no minutes can be "
        f"shared with {'it' if len(untimed) == 1 else 'them'}"
    )
    if len({row.discipline for row in rows if row.service.code in timed}) > 1:
        advice += f" (time that is not billed as {listed(untimed, 'or')} can be shared by {listed(timed)})"
    # An overlap has no gap: what the others leave of it is the discipline's alone.
    alone = {}
    for plan in plans:
        others = [row.span for row in rows if row.span and row.discipline.value != plan]
        alone[plan] = (overlap.there - union_length(others)) // MINUTE
    if not any(alone.values()):
        return (
            f"{advice}; the record shows no minutes of one discipline alone, so bill nothing else "
            "for that time"
        )
    own = " + ".join(f"{minutes} {plan}" for plan, minutes in alone.items())
    as_documented = "timed codes as documented, and " if timed else ""
    return (
        f"{advice}; for the minutes of one discipline alone ({own}), bill {as_documented}an untimed "
        "code only where they support it"
    )
