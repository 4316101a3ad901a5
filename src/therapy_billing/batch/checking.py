"""Check every patient-day of a log, and the schedule of all days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from therapy_billing.base.errors import FileFormatError, InvalidInputError
from therapy_billing.base.validation import require_type
from therapy_billing.batch.earlier_claims import EarlierClaims, within_log
from therapy_billing.batch.gaps import Gap, GapTally
from therapy_billing.batch.log_run import LogRun, Years
from therapy_billing.batch.log_schedule import LogSchedule
from therapy_billing.batch.log_terms import LogFees, LogTerms
from therapy_billing.batch.records import CheckedDay
from therapy_billing.checks.claimed_day import ClaimedDay
from therapy_billing.checks.day import check_day
from therapy_billing.claims.attestations import Attestation
from therapy_billing.codes.roles import Setting
from therapy_billing.findings.own_checks import OwnCheck, require_own_checks
from therapy_billing.findings.records import Findings
from therapy_billing.ncci.edits import Edits
from therapy_billing.ncci.records import EditSetting, parse_edit_setting
from therapy_billing.payers.payer import Payer
from therapy_billing.payers.payer_argument import PayerLike
from therapy_billing.payers.policy import EditProgram
from therapy_billing.visits.treatment_log import LogDay, LogInput

__all__ = ["CheckingRun", "check_log"]


class CheckingRun(LogRun[CheckedDay]):
    """
    The checked days of a log.

    ``gaps`` lists the rules that could not be checked on the days so far. After the last day, ``schedule`` has the
    findings about the schedule of all days.
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
        self._scheduled = LogSchedule(self._log, terms)
        self._earlier = EarlierClaims()

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """The rules that could not be checked on the days so far, each with its reason and number of days."""
        return self._gaps.gaps

    @property
    def schedule(self) -> Findings:
        """
        The findings about the schedule of all days.

        Raises:
            InvalidInputError: If the run has not finished. The schedule is checked after the last day.
        """
        if self._schedule is None:
            msg = (
                "the schedule is checked after the last day: iterate over all days of the run first"
            )
            raise InvalidInputError(msg)
        return self._schedule

    def _result_of(self, day: LogDay) -> CheckedDay:
        terms = self._terms
        payer = terms.payer_of(day)
        earlier = self._earlier.before(day, payer)
        policy = terms.policy_on(payer, day.date_of_service)
        year = self._years.before(day, policy)
        findings = check_day(
            day.sessions,
            policy,
            terms.fees_on(day.date_of_service, policy),
            year,
            attestations=(*terms.attestations, *day.attestations),
            setting=terms.setting,
            earlier=earlier,
            # The edit files are Medicare's and do not contain the edits of other payers.
            edits=self._edits if policy.modifiers.edits is EditProgram.NCCI_MEDICARE else None,
            edit_setting=self._edit_setting,
            # If every service is in the schedule, the schedule check reports the overlaps, with their lines in the log.
            times=len(day.schedule) < sum(len(each.services) for each in day.sessions),
            own_checks=self._own_checks,
        )
        # Pricing also updates the patient's year-to-date amounts for the next day.
        priced = self._price(day)
        self._earlier.carry(day, payer, earlier, findings.claim)
        findings = within_log(findings, earlier)
        self._scheduled.add(day, payer)
        self._gaps.add(findings)
        return CheckedDay(day, findings, priced)

    def _lose(self, day: LogDay) -> None:
        super()._lose(day)
        self._scheduled.lose(day)

    def _after_last_day(self) -> list[FileFormatError]:
        self._schedule, errors = self._scheduled.check(self._days())
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
    Check the patient-days of a log, one at a time, and then the schedule of all days.

    Rows are read as for :func:`~therapy_billing.bill_log`. Each day is checked when you iterate to it, and its
    result is not kept. After the last day, the rows that name the clinician are read again, date by date, to check the schedule. Codes that are
    counted over a period are compared with the patient's earlier days in the log for the same payer.

    Args:
        log: The log, in any form that :func:`~therapy_billing.read_treatment_log` accepts.
        payer: As for :func:`~therapy_billing.bill_log`.
        fees: As for :func:`~therapy_billing.bill_log`. Without fees, findings have no dollar amounts.
        accumulators: As for :func:`~therapy_billing.bill_log`.
        payers: As for :func:`~therapy_billing.bill_log`.
        attestations: As for :func:`~therapy_billing.bill_log`.
        setting: As for :func:`~therapy_billing.bill_log`.
        policy_changes: As for :func:`~therapy_billing.bill_log`.
        edits: Medicare's NCCI edits, for the payers that use them. The default is the edits in the library's data.
        edit_setting: Whether to use the edits for practitioners or the edits for outpatient hospitals.
        keep_going: Whether to check the good days and list the bad ones in ``errors``.
        own_checks: Your own checks of each day's claim, as for :func:`~therapy_billing.check_claim`.

    Returns:
        The checked days. You can iterate over them once.

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
