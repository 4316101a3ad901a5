"""Bill every patient-day of a log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from therapy_billing.batch.log_run import LogRun, Years
from therapy_billing.batch.log_terms import LogFees, LogTerms
from therapy_billing.batch.records import BilledDay
from therapy_billing.batch.totals import LogTotals
from therapy_billing.claims.attestations import Attestation
from therapy_billing.codes.roles import Setting
from therapy_billing.payers.payer import Payer
from therapy_billing.payers.payer_argument import PayerLike
from therapy_billing.visits.treatment_log import LogDay, LogInput

__all__ = ["BillingRun", "bill_log"]


class BillingRun(LogRun[BilledDay]):
    """
    The billed days of a log.

    Attributes:
        totals: Totals of the days billed so far.
    """

    def __init__(
        self,
        log: LogInput,
        terms: LogTerms,
        accumulators: Years | None,
        *,
        keep_going: bool,
    ) -> None:
        super().__init__(log, terms, accumulators, keep_going=keep_going)
        self.totals: LogTotals = LogTotals()

    def _result_of(self, day: LogDay) -> BilledDay:
        priced = self._price(day)
        self.totals.add(priced)
        return BilledDay(day, priced)


def bill_log(
    log: LogInput,
    payer: PayerLike = "medicare",
    fees: LogFees | None = None,
    accumulators: Years | None = None,
    *,
    payers: Mapping[str, Payer] | None = None,
    attestations: Iterable[Attestation] = (),
    setting: Setting | str | None = None,
    policy_changes: Mapping[str, Any] | None = None,
    keep_going: bool = False,
) -> BillingRun:
    """
    Bill the patient-days of a log, one at a time.

    Each patient's days are billed in date order. The year-to-date amounts carry over from one day to the next and
    start at zero each January. If a day cannot be billed or has bad rows, the patient's year-to-date amounts are
    unknown for the rest of that calendar year. If you gave *accumulators*, later days of the year that need these amounts
    are errors too.

    This call reads all rows, because a patient-day may have rows anywhere in the log. Of a long log, most rows are kept
    in a temporary file and not in memory, so memory use grows with the number of patients. The file has no name that others
    can open. It contains patient data until the run is deleted or the program ends. Each day is billed when you iterate to it,
    and its result is not kept. Days that you give as records stay in memory.

    Args:
        log: The log, in any form that :func:`~therapy_billing.read_treatment_log` accepts.
        payer: The payer for rows that do not name one.
        fees: Either a function that returns Medicare's fee schedule for a date of service, such as
            ``FeeSchedule.medicare``, or one payer's fee schedule for all days. The function is not called for
            payers that have their own fees. With None, the days have units but no amounts.
        accumulators: Each patient's year-to-date amounts before the log, by the patient's key in the log. With
            None, they are not tracked.
        payers: The payers that rows may name. The default is :data:`~therapy_billing.PAYERS`.
        attestations: As for :func:`~therapy_billing.bill_day`. They apply to every day.
        setting: As for :func:`~therapy_billing.bill_day`.
        policy_changes: Fields of each payer's policy to replace, by name.
        keep_going: Whether to bill the good days and list the bad ones in ``errors``.

    Returns:
        The billed days. You can iterate over them once.

    Raises:
        ExceptionGroup: A group of FileFormatErrors, unless *keep_going* is set. When the file is read, it has an
            error for each bad row. After the last day, it has an error for each day that could not be billed.
        FileFormatError: If the file as a whole cannot be read.
        InvalidInputError: If an argument has the wrong type, if *fees* is a single schedule and the rows name
            several payers, or if the log has the same patient-day twice.
        OSError: If the file cannot be opened, or the temporary file cannot be written.

    >>> from functools import partial
    >>> from therapy_billing import FeeSchedule, Session
    >>> from therapy_billing.visits import LogDay
    >>> visit = Session.from_minutes({"97530": 30}, date_of_service="2026-03-02", discipline="PT")
    >>> log = [LogDay("patient-1", visit.date_of_service, "", (visit,), 2)]
    >>> run = bill_log(log, fees=partial(FeeSchedule.medicare, locality="OH"))
    >>> [str(billed.priced.allowed) for billed in run], run.totals.timed_units
    (['57.51'], 2)
    """
    terms = LogTerms(payers, payer, fees, attestations, setting, policy_changes)
    return BillingRun(log, terms, accumulators, keep_going=keep_going)
