"""Check a log: every patient-day, and the schedule of all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from therapy_billing.base.errors import FileFormatError, InvalidInputError, TherapyBillingError
from therapy_billing.base.validation import require_type
from therapy_billing.batch.gaps import Gap, GapTally
from therapy_billing.batch.log_run import LogRun, Years
from therapy_billing.batch.log_terms import LogFees, LogTerms
from therapy_billing.batch.records import CheckedDay
from therapy_billing.checks.claimed_day import ClaimedDay
from therapy_billing.checks.day import check_day
from therapy_billing.claims.attestations import Attestation
from therapy_billing.codes.roles import Setting
from therapy_billing.findings.own_checks import OwnCheck, require_own_checks
from therapy_billing.findings.records import Answer, Findings
from therapy_billing.findings.report import answer_all
from therapy_billing.ncci.edits import Edits
from therapy_billing.ncci.records import EditSetting, parse_edit_setting
from therapy_billing.payers.payer import Payer
from therapy_billing.payers.payer_argument import PayerLike
from therapy_billing.payers.policy import EditProgram
from therapy_billing.schedule.schedule_checks import SCHEDULE_RULES, check_schedule
from therapy_billing.visits.schedule_entries import ScheduleEntry
from therapy_billing.visits.treatment_log import LogDay, LogInput

__all__ = ["CheckingRun", "check_log"]


class CheckingRun(LogRun[CheckedDay]):
    """
    The checked days of a log.

    ``gaps`` holds the rules that could not be answered on the days so far. After the last day, ``schedule``
    holds what was found in the schedule of all days.
    """

    def __init__(
        self,
        log: LogInput,
        terms: LogTerms,
        accumulators: Years | None,
        edits: Edits,
        edit_setting: EditSetting,
        *,
        keep_going: bool,
        own_checks: Iterable[OwnCheck[[ClaimedDay]]] = (),
    ) -> None:
        super().__init__(log, terms, accumulators, keep_going=keep_going)
        self._schedule: Findings | None = None
        self._edits = edits
        self._edit_setting = edit_setting
        self._own_checks = require_own_checks(own_checks)
        self._gaps = GapTally()
        self._checked: list[LogDay] = []

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """The rules that could not be answered, each once, with the number of days so far."""
        return self._gaps.gaps

    @property
    def schedule(self) -> Findings:
        """
        What was found in the schedule of all days.

        Raises:
            InvalidInputError: If the run has not come to its end: until then nothing is known.
        """
        if self._schedule is None:
            msg = (
                "the schedule is checked after the last day: iterate over the run to its end first"
            )
            raise InvalidInputError(msg)
        return self._schedule

    def _result_of(self, day: LogDay) -> CheckedDay:
        terms = self._terms
        policy = terms.policy_on(terms.payer_of(day), day.date_of_service)
        year = self._years.before(day) if policy.money.cost_sharing else None
        findings = check_day(
            day.sessions,
            policy,
            terms.fees_on(day.date_of_service, policy),
            year,
            attestations=(*terms.attestations, *day.attestations),
            setting=terms.setting,
            # The files are those of Medicare: no other payer's edits are in them.
            edits=self._edits if policy.modifiers.edits is EditProgram.NCCI_MEDICARE else None,
            edit_setting=self._edit_setting,
            # The schedule tells the same, and points at the lines of the log.
            times=len(day.schedule) < sum(len(each.services) for each in day.sessions),
            own_checks=self._own_checks,
        )
        # The year goes on from day to day.
        priced = self._price(day)
        self._checked.append(day)
        self._gaps.add(findings)
        return CheckedDay(day, findings, priced)

    def _after_last_day(self) -> list[FileFormatError]:
        self._schedule, errors = _check_schedule(self._checked, self._terms, self.log.path)
        return errors


def check_log(
    log: LogInput,
    payer: PayerLike = "medicare",
    fees: LogFees | None = None,
    accumulators: Years | None = None,
    *,
    payers: Mapping[str, Payer] | None = None,
    attestations: Iterable[Attestation] = (),
    setting: Setting | str | None = None,
    policy_changes: Mapping[str, Any] | None = None,
    edits: Edits | None = None,
    edit_setting: EditSetting | str = EditSetting.PRACTITIONER,
    keep_going: bool = False,
    own_checks: Iterable[OwnCheck[[ClaimedDay]]] = (),
) -> CheckingRun:
    """
    Check the patient-days of a log, one after the other, and then the schedule of all of them.

    Rows are read as for :func:`~therapy_billing.bill_log`. Each day is checked when it is asked for, and its result is not kept.

    Args:
        log: The log, in any form that :func:`~therapy_billing.read_treatment_log` takes.
        payer: As for :func:`~therapy_billing.bill_log`.
        fees: As for :func:`~therapy_billing.bill_log`; without it findings have no dollars.
        accumulators: As for :func:`~therapy_billing.bill_log`.
        payers: As for :func:`~therapy_billing.bill_log`.
        attestations: As for :func:`~therapy_billing.bill_log`.
        setting: As for :func:`~therapy_billing.bill_log`.
        policy_changes: As for :func:`~therapy_billing.bill_log`.
        edits: Medicare's NCCI edits, for the payers that use them; None takes those that come with the library.
        edit_setting: Whose edits they are: those of practitioners or of outpatient hospitals.
        keep_going: Whether to check the good days and list the bad ones in ``errors``.
        own_checks: Your own checks of each day's claim, as for :func:`~therapy_billing.check_claim`.

    Returns:
        The checked days, to be iterated over once.

    Raises:
        ExceptionGroup: As for :func:`~therapy_billing.bill_log`.
        FileFormatError: As for :func:`~therapy_billing.bill_log`.
        InvalidInputError: As for :func:`~therapy_billing.bill_log`.
        OSError: As for :func:`~therapy_billing.bill_log`.

    >>> from therapy_billing import Session
    >>> from therapy_billing.visits import LogDay
    >>> visit = Session.from_minutes({"97530": 7}, date_of_service="2026-03-02", discipline="PT")
    >>> log = [LogDay("patient-1", visit.date_of_service, "", (visit,), 2)]
    >>> run = check_log(log)
    >>> [len(checked.findings) for checked in run], len(run.schedule)
    ([0], 0)
    """
    if edits is not None:
        require_type(edits, Edits, "edits")
    terms = LogTerms(payers, payer, fees, attestations, setting, policy_changes)
    return CheckingRun(
        log,
        terms,
        accumulators,
        Edits.bundled() if edits is None else edits,
        parse_edit_setting(edit_setting, what="edit_setting"),
        keep_going=keep_going,
        own_checks=own_checks,
    )


def _check_schedule(
    days: Sequence[LogDay], terms: LogTerms, path: str
) -> tuple[Findings, list[FileFormatError]]:
    """Return what is wrong with the schedule of *days*, and the rows that do not fit it."""
    entries, odd = _on_one_clock([entry for day in days for entry in day.schedule])
    errors = [
        FileFormatError(
            "start has a UTC offset and other rows have none, or the reverse: the schedule was "
            "checked without this row; write all with their offset, or give --timezone",
            path,
            _line_of(entry),
            "start",
        )
        for entry in odd
    ]
    if not entries:
        return _no_schedule("no row has treated_by"), errors
    dates = {entry.date_of_service for entry in entries}
    named = {terms.payer_of(day).name: terms.payer_of(day) for day in days if day.schedule}
    payer = next(iter(named.values())) if len(named) == 1 else terms.payer
    try:
        # Dollars are of one day and one payer: over several, the schedule is checked without them.
        day = min(dates)
        one = len(named) == len(dates) == 1
        fees = terms.fees_on(day, payer.on(day)) if one else None
        return check_schedule(entries, payer, fees=fees), errors
    except TherapyBillingError as error:
        errors.append(FileFormatError(f"the schedule was not checked: {error}", path))
        return _no_schedule("the schedule was not checked: see the errors"), errors


def _no_schedule(remark: str) -> Findings:
    return answer_all(SCHEDULE_RULES, Answer.NOT_IN_DATA, remark)


def _line_of(entry: ScheduleEntry) -> int | None:
    """Return the line of an entry, as the reader of logs writes it into the key."""
    word, _, number = entry.key.partition(" ")
    return int(number) if word == "line" and number.isdecimal() else None


def _on_one_clock(
    entries: Sequence[ScheduleEntry],
) -> tuple[list[ScheduleEntry], list[ScheduleEntry]]:
    """Return the entries that can be ordered, and those that cannot."""
    parts: dict[bool, list[ScheduleEntry]] = {True: [], False: []}
    for entry in entries:
        start = entry.service.start
        if start is not None:
            parts[start.tzinfo is not None].append(entry)
    # With a time zone and without one, moments have no order: the fewer rows are the odd ones.
    odd = min(parts.values(), key=len)
    left_out = {entry.key for entry in odd}
    return [entry for entry in entries if entry.key not in left_out], odd
