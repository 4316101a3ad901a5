"""Bill a log: every patient-day from minutes to money."""

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
        totals: What the days so far add up to.
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
    Bill the patient-days of a log, one after the other.

    Each patient's days come in the order of their dates. The year is carried from one day to the next, and a new
    year begins in January. After a day that could not be billed, or that has rows missing, the patient's year
    is not known. Where *accumulators* are given, later days of the patient that need the year are errors too.

    All rows are read when this is called, and stay in memory, as a patient-day may have rows anywhere in the log.
    Each day is billed when it is asked for, and its result is not kept.

    Args:
        log: The log, in any form that :func:`~therapy_billing.read_treatment_log` takes.
        payer: The payer of rows that name none.
        fees: A function that gives Medicare's fee schedule for a date of service, such as
            ``FeeSchedule.medicare``, which is not asked about payers with fees of their own; or one schedule of
            one payer for all days. None gives units without amounts.
        accumulators: Each patient's year before the log, by the log's own key; None keeps no year.
        payers: The payers that rows may name; None takes :data:`~therapy_billing.PAYERS`.
        attestations: As for :func:`~therapy_billing.bill_day`, for every day.
        setting: As for :func:`~therapy_billing.bill_day`.
        policy_changes: Fields of each payer's policy to replace, by name.
        keep_going: Whether to bill the good days and list the bad ones in ``errors``.

    Returns:
        The billed days, to be iterated over once.

    Raises:
        ExceptionGroup: Of FileFormatError, unless *keep_going*: when the file is read, one for each bad row;
            after the last day, one for each day that could not be billed.
        FileFormatError: If the file as a whole cannot be read.
        InvalidInputError: If an argument is of the wrong kind, *fees* are one schedule and the rows name
            several payers, or a patient's day is in the log twice.
        OSError: If the file cannot be opened.

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
