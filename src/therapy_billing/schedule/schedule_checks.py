"""
Find minutes in a clinic's schedule that are double-counted or impossible.

Entries are sorted first, so their order changes nothing. Each rule looks at all entries independently. The entries of a
long log come in parts, so that they do not have to be in memory at once: a rule keeps its counts and findings. If a service
without start and end times could overlap another one, the overlap rules count as not checked, not as clean.

The dollars are the allowed amounts of the patients' whole days, as `price_day` calculates them: once as documented,
and once without the units that repeated minutes made. The biller decides which units to bill, so the library
removes the units with the lowest loss.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import SupportsIndex

import attrs

from therapy_billing.base.dates import MINUTES_OF_A_DAY
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.validation import as_tuple, parse_whole, require_type
from therapy_billing.codes.code_book import QUARTER
from therapy_billing.fees.fee_schedule import FeeSchedule
from therapy_billing.findings.own_checks import OwnCheck, run_own_checks
from therapy_billing.findings.records import Answer, Findings
from therapy_billing.findings.report import answer_all, merge_findings, with_assumptions
from therapy_billing.payers.payer_argument import PayerLike
from therapy_billing.payers.policy import Policy
from therapy_billing.schedule.co_treatment import CoTreatment
from therapy_billing.schedule.day_totals import (
    IdenticalRows,
    ImpossibleDay,
    PatientDay,
    TotalTreatment,
    check_training_meanwhile,
)
from therapy_billing.schedule.dollars import DaysInDollars, RepeatedMinutes
from therapy_billing.schedule.groups import GroupOfTwo
from therapy_billing.schedule.overlaps import MinutesOnce, PatientOverlap
from therapy_billing.schedule.patterns import NearMinimum, PatternLimits
from therapy_billing.schedule.reports import RowsCheck, check_rows
from therapy_billing.schedule.rows import (
    Row,
    billed_rows,
    in_order,
    policies_by_day,
    row_of,
    rows_of,
    without_second_clinician,
)
from therapy_billing.visits.schedule_entries import ScheduleEntry
from therapy_billing.visits.sessions import Session

__all__ = ["SCHEDULE_RULES", "TIME_RULES", "EntryChecks", "check_schedule", "check_times"]

SCHEDULE_RULES = (
    "minutes-once",
    "patient-overlap",
    "co-treatment",
    "group-of-two",
    "total-treatment",
    "patient-day",
    "identical-rows",
    "impossible-day",
    "near-minimum",
)
"""The ids of the rules that a schedule is checked against."""
TIME_RULES = (
    "patient-overlap",
    "co-treatment",
    "total-treatment",
    "patient-day",
    "identical-rows",
    "minutes-once",
)
"""The ids of the rules that the times of one patient's day are checked against."""

_USUAL = PatternLimits()
_WORKING_DAY = 480
_NONE_BILLED = "no service makes units, because of who furnished it"


def check_schedule(
    entries: Iterable[ScheduleEntry],
    payer: PayerLike = "medicare",
    fees: FeeSchedule | None = None,
    *,
    worked: Mapping[str, SupportsIndex] | None = None,
    near_days: int = _USUAL.days,
    near_minutes: int = _USUAL.within,
    near_share: int = _USUAL.share,
    least_average: int = _USUAL.average,
    working_day: int = _WORKING_DAY,
    own_checks: Iterable[OwnCheck[[tuple[ScheduleEntry, ...]]]] = (),
) -> Findings:
    """
    Find minutes in a clinic's schedule that are double-counted or impossible.

    Findings name entries by their keys. Supervised modalities may overlap anything. Remote monitoring has no
    time of day. Caregiver training uses the clinician's time but not the patient's. If a therapist and an
    assistant furnish a service together, one entry uses only the time of the clinician that it names. For the
    other clinician's time, give a second entry that differs only in key and clinician. It adds no minutes for
    the patient.

    Args:
        entries: All entries of the clinic, for any days, patients, and clinicians, in any order.
        payer: A payer, a policy, or a unit method. It changes units and dollars. Services that make no unit because of
            who furnished them are left out, except for ``impossible-day``, which is about the clinician's own time.
        worked: Minutes that each clinician worked on each day, by the clinician's key. Without it, a
            clinician's minutes are limited only by the 1,440 minutes of a day and by *working_day*.
        fees: The fee schedule. With it, findings of ``minutes-once``, ``patient-overlap``, and
            ``co-treatment`` show the allowed dollars of the patients' whole days, as documented and with each
            minute counted once. They show no dollars if a code is not a 15-minute code (such as an evaluation or
            a group), if a code has no price, or if the fees are for other dates. Other findings
            show no dollars.
        near_days: Fewest patient days, of a clinician or of the whole schedule, that make a pattern.
        near_minutes: Most minutes above the minimum for the day's units that count as near.
        near_share: The pattern is reported if at least this percentage of patient days is near the minimum.
        least_average: Average minutes per unit below which the pattern is reported.
        working_day: The most minutes that a clinician or a patient may have on a day without review. The
            defaults of *near_days*, *near_minutes*, *near_share*, *least_average*, and *working_day* are our
            own choice; no source has such figures.
        own_checks: Your own checks. Each is called with the entries.

    Raises:
        InvalidInputError: If there is no entry, only some times have a time zone, a number is out of
            range, or one of your own checks fails.

    Source:
        NCCI Policy Manual, ch. XI, section P; guides to one-on-one, group, and co-treatment under Part B.

    >>> from therapy_billing import TimedService
    >>> def entry(key, patient, start, end):
    ...     service = TimedService("97110", start=f"2026-03-02 {start}", end=f"2026-03-02 {end}")
    ...     return ScheduleEntry(key, patient, "clinician-1", "2026-03-02", "PT", service)
    >>> after = check_schedule([entry("a", "p1", "9:00", "9:30"), entry("b", "p2", "9:30", "10:00")])
    >>> [finding.rule.id for finding in after]
    []
    >>> at_once = check_schedule([entry("a", "p1", "9:00", "9:30"), entry("b", "p2", "9:29", "10:00")])
    >>> [(finding.rule.id, finding.entries) for finding in at_once]
    [('minutes-once', ('a', 'b'))]
    """
    minutes_worked = _checked_worked(worked)
    pattern = PatternLimits(
        parse_whole(near_days, "near_days", 1),
        parse_whole(near_minutes, "near_minutes", 0, QUARTER),
        parse_whole(near_share, "near_share", 1, 100),
        parse_whole(least_average, "least_average", 0, QUARTER),
    )
    working_day = _working_day(working_day)
    if fees is not None:
        require_type(fees, FeeSchedule, "fees")
    given = as_tuple(entries, ScheduleEntry, "entries")
    if not given:
        msg = "entries must have at least one entry"
        raise InvalidInputError(msg, field="entries")
    checks = EntryChecks(
        payer, fees, worked=minutes_worked, pattern=pattern, working_day=working_day
    )
    checks.add(given)
    return merge_findings([checks.findings(), run_own_checks(own_checks, given)])


class EntryChecks:
    """
    Check the entries of one or more payers, as for :func:`check_schedule`, in one or more parts.

    Args:
        payer: It decides units and dollars.
        fees: As for :func:`check_schedule`. With fees, all entries stay in memory.
        worked: As for :func:`check_schedule`.
        pattern: The limits of ``near-minimum``.
        working_day: As for :func:`check_schedule`.
    """

    def __init__(
        self,
        payer: PayerLike,
        fees: FeeSchedule | None,
        *,
        worked: Mapping[str, int] | None = None,
        pattern: PatternLimits = _USUAL,
        working_day: int = _WORKING_DAY,
    ) -> None:
        self._payer = payer
        self._policies: dict[date, Policy | None] = {}
        self._dollars = None if fees is None else DaysInDollars(payer, fees)
        counted = RepeatedMinutes(self._policies, self._dollars)
        # The rules about billed services, each with whether it leaves out the second clinician of a service.
        self._of_billed: list[tuple[RowsCheck, bool]] = [
            (MinutesOnce(counted), False),
            (PatientOverlap(counted), True),
            (CoTreatment(counted), True),
            (GroupOfTwo(), False),
            (TotalTreatment(), True),
            (PatientDay(working_day), True),
            (IdenticalRows(lambda row: row.treated_by), False),
        ]
        self._of_clinicians = ImpossibleDay(worked or {}, working_day)
        self._near = NearMinimum(self._policies, pattern)
        self._has_billed = False
        self._left_out_times = 0

    def add(
        self, entries: Iterable[ScheduleEntry], billed: Iterable[ScheduleEntry] | None = None
    ) -> None:
        """
        Check a part of the entries.

        Args:
            entries: All entries for one or more dates. The dates, and the times of the services, are after those of
                the parts before.
            billed: The entries that make units under the payer of each. None if the payer of the checks is the payer of
                all entries.
        """
        rows = rows_of(entries)
        policies = policies_by_day(rows, self._payer)
        self._policies.update(policies)
        paid = billed_rows(rows, policies) if billed is None else rows_of(billed)
        streams = without_second_clinician(paid)
        if self._dollars is not None:
            self._dollars.add(streams)
        self._has_billed = self._has_billed or bool(paid)
        self._left_out_times += _with_times(rows) - _with_times(paid)
        self._of_clinicians.add(rows)
        for check, of_patients in self._of_billed:
            check.add(streams if of_patients else paid)
        self._near.add(streams)

    def findings(self) -> Findings:
        """Return the findings and answers for all parts."""
        of_clinicians = self._of_clinicians.findings()
        if not self._has_billed:
            others = [rule for rule in SCHEDULE_RULES if rule != "impossible-day"]
            nothing = answer_all(others, Answer.NOT_APPLICABLE, _NONE_BILLED)
            return merge_findings([nothing, of_clinicians])
        of_billed = [check.findings() for check, _ in self._of_billed]
        if self._left_out_times:
            of_billed = _qualified(of_billed)
        found = merge_findings([*of_billed, of_clinicians, self._near.findings()])
        for day, policy in self._policies.items():
            found = with_assumptions(found, day, policy)
        return found


def _with_times(rows: Iterable[Row]) -> int:
    return sum(row.span is not None for row in rows)


def _qualified(parts: Iterable[Findings]) -> list[Findings]:
    """Return *parts*. Their remarks about missing times also say that services without units were left out."""
    return [
        attrs.evolve(
            part,
            answers=tuple(
                attrs.evolve(
                    each, remark=f"{each.remark}; services that make no units were left out"
                )
                if each.answer is Answer.NOT_IN_DATA
                else each
                for each in part.answers
            ),
        )
        for part in parts
    ]


def check_times(
    sessions: Session | Iterable[Session],
    payer: PayerLike = "medicare",
    *,
    fees: FeeSchedule | None = None,
    working_day: int = _WORKING_DAY,
) -> Findings:
    """
    Find minutes of one patient's day that are double-counted or impossible.

    Sessions name no clinician and no other patient; use :func:`~therapy_billing.check_schedule` to check clinicians and
    several patients. Caregiver training uses none of the patient's time.

    Args:
        sessions: The sessions of one patient on one day, in any disciplines.
        payer: A payer, a policy, or a unit method. It changes units and dollars. Services that make no unit because of
            who furnished them are left out.
        fees: The fee schedule. With it, findings show dollars as in :func:`~therapy_billing.check_schedule`.
        working_day: The most minutes that the patient's day may have without review. The default is our own
            choice; no source has such a figure.

    Raises:
        InvalidInputError: If there is no session, the sessions have different dates, only some times have a
            time zone, or a number is out of range.

    Source:
        As for :func:`~therapy_billing.check_schedule`.

    >>> from therapy_billing import TimedService
    >>> def services(start):
    ...     return [
    ...         TimedService("97110", start="2026-03-02 9:00", end="2026-03-02 9:30"),
    ...         TimedService("97140", start=f"2026-03-02 {start}", end="2026-03-02 9:45"),
    ...     ]
    >>> len(check_times(Session("2026-03-02", "PT", services("9:30"))))
    0
    >>> [finding.codes for finding in check_times(Session("2026-03-02", "PT", services("9:29")))]
    [('97110', '97140')]
    >>> def unclocked(*minutes):
    ...     return Session("2026-03-02", "PT", [TimedService("97110", each) for each in minutes])
    >>> for minutes in ((240, 240), (300, 181), (1400, 41)):
    ...     print([(each.rule.id, each.severity.value) for each in check_times(unclocked(*minutes))])
    [('identical-rows', 'review')]
    [('patient-day', 'review')]
    [('patient-day', 'deny')]
    """
    given = as_tuple(sessions, Session, "sessions")
    working_day = _working_day(working_day)
    if len({session.date_of_service for session in given}) != 1:
        msg = "sessions must be for one date of service: give at least one session, all for the same date"
        raise InvalidInputError(msg)
    # Sessions name no clinician. Each service gets a clinician of its own, so that every overlap is found as an
    # overlap of the patient's time.
    rows = in_order(
        row_of(
            "", "", f"{index} {number}", session.date_of_service, session.discipline, index, service
        )
        for index, session in enumerate(given)
        for number, service in enumerate(session.services)
    )
    policies = policies_by_day(rows, payer)
    billed = billed_rows(rows, policies)
    if not billed:
        return answer_all(TIME_RULES, Answer.NOT_APPLICABLE, _NONE_BILLED)
    dollars = None if fees is None else DaysInDollars(payer, fees)
    if dollars is not None:
        dollars.add(billed)
    counted = RepeatedMinutes(policies, dollars)
    checks: list[RowsCheck] = [
        PatientOverlap(counted),
        CoTreatment(counted),
        TotalTreatment(),
        PatientDay(working_day),
        IdenticalRows(lambda _: ""),
    ]
    of_billed = [check_rows(check, billed) for check in checks]
    if _with_times(rows) != _with_times(billed):
        of_billed = _qualified(of_billed)
    return merge_findings([*of_billed, check_training_meanwhile(billed)])


def _checked_worked(worked: Mapping[str, SupportsIndex] | None) -> Mapping[str, int]:
    """Return the minutes worked by each clinician. Each value must be from 0 to 1,440, the minutes in a day."""
    if worked is None:
        return {}
    require_type(worked, Mapping, "worked")
    return {
        clinician: parse_whole(minutes, "worked", 0, MINUTES_OF_A_DAY)
        for clinician, minutes in worked.items()
    }


def _working_day(minutes: SupportsIndex) -> int:
    return parse_whole(minutes, "working_day", 1, MINUTES_OF_A_DAY)
