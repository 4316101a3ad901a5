"""Find clinicians whose units are often near the minimum minutes."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

from therapy_billing.codes.code_book import QUARTER
from therapy_billing.findings.records import Answer, Findings, Severity
from therapy_billing.findings.report import Report
from therapy_billing.payers.policy import UnitMethod
from therapy_billing.schedule.reports import find_rows
from therapy_billing.schedule.rows import PoliciesByDay, Row, all_quarters
from therapy_billing.schedule.rules import near_minimum
from therapy_billing.units.rules import units_of
from therapy_billing.visits.services import TimedService

__all__ = ["PatternLimits", "check_near_minimum"]


class PatternLimits(NamedTuple):
    """The limits that decide whether units are often near the minimum."""

    days: int = 20
    within: int = 2
    share: int = 50
    average: int = 12


class _Tally:
    """Counts of patient days with units and of those near the minimum, with the total minutes and units."""

    def __init__(self) -> None:
        self.days = self.near_days = self.minutes = self.units = 0
        self.rows: list[Row] = []
        self.near_rows: list[Row] = []

    def add(self, rows: Sequence[Row], minutes: int, units: int, *, near: bool) -> None:
        self.days += 1
        self.near_days += near
        self.minutes += minutes
        self.units += units
        self.rows += rows
        if near:
            self.near_rows += rows


def check_near_minimum(
    rows: Sequence[Row], policies: PoliciesByDay, pattern: PatternLimits
) -> Findings:
    """Find clinicians whose units are often near the minimum minutes. Rule ``near-minimum``."""
    tallies = _tallies(rows, policies, pattern)
    enough = [(who, tally) for who, tally in tallies if tally.days >= pattern.days]
    report = Report("near-minimum")
    for who, tally in enough:
        if _is_near(tally, pattern):
            _find_pattern(report, who, tally, pattern)
    if not enough:
        remark = f"a pattern needs at least {pattern.days} patient days"
        report.answer(Answer.NOT_IN_DATA, remark)
    unknown = sum(policy is None or policy.counting.method is None for policy in policies.values())
    if unknown:
        remark = f"how the payer counts units is not known for {unknown} of {len(policies)} days"
        report.answer(Answer.OUT_OF_RANGE, remark)
    return report.findings()


def _tallies(
    rows: Sequence[Row], policies: PoliciesByDay, pattern: PatternLimits
) -> list[tuple[str, _Tally]]:
    """Return the tally of each clinician and, if there are several, the tally of the whole schedule."""
    sessions: dict[Hashable, list[Row]] = {}
    for row in rows:
        if isinstance(row.service, TimedService):
            sessions.setdefault(row.session, []).append(row)
    schedule = _Tally()
    clinicians: dict[str, _Tally] = {}
    for members in sessions.values():
        policy = policies[members[0].day]
        if policy is None or policy.counting.method is None:
            continue
        totals, partial = _totals(members, policy.counting.method), policy.counting.partial_minutes
        units = [
            units_of(minutes, unit_minutes=QUARTER, partial_minutes=partial) for minutes in totals
        ]
        if not any(units):
            continue
        near = all(
            near_minimum(
                minutes,
                unit_minutes=QUARTER,
                partial_minutes=partial,
                within=pattern.within,
            )
            for minutes, made in zip(totals, units, strict=True)
            if made
        )
        of_day = (sum(totals), sum(units))
        schedule.add((), *of_day, near=near)
        parts: dict[str, list[Row]] = {}
        for row in members:
            parts.setdefault(row.treated_by, []).append(row)
        for clinician, part in parts.items():
            clinicians.setdefault(clinician, _Tally()).add(part, *of_day, near=near)
    tallies = [("one clinician", tally) for tally in clinicians.values()]
    if len(tallies) > 1:
        tallies.append(("the whole schedule", schedule))
    return tallies


def _totals(rows: Sequence[Row], method: UnitMethod) -> list[int]:
    """Return the minutes that are counted together: one sum, or one per code; empty if not all are 15-minute codes."""
    if not all_quarters(rows):
        return []
    minutes: dict[str, int] = {}
    for row in rows:
        code = row.service.code
        minutes[code] = minutes.get(code, 0) + (row.service.minutes or 0)
    by_code = list(minutes.values())
    return [sum(by_code)] if method is UnitMethod.CMS_EIGHT_MINUTE else by_code


def _is_near(tally: _Tally, pattern: PatternLimits) -> bool:
    often = tally.near_days * 100 >= pattern.share * tally.days
    return often or tally.minutes < pattern.average * tally.units


def _find_pattern(report: Report, who: str, tally: _Tally, pattern: PatternLimits) -> None:
    find_rows(
        report,
        Severity.INFO,
        f"units are often near the minimum minutes for {who}",
        "check each day's minutes against the record.",
        tally.near_rows or tally.rows,
        detail=(
            f"On {tally.near_days} of {tally.days} patient days, the minutes are at most "
            f"{pattern.within} above the minimum for the units. The average is {tally.minutes / tally.units:.1f} "
            "minutes per unit."
        ),
    )
