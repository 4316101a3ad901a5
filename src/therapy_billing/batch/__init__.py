"""
Bill or check a whole treatment log.

- :func:`bill_log` and :func:`check_log` return a run. It yields one :class:`BilledDay` or :class:`CheckedDay` per
  patient and date of service, and updates each patient's year-to-date amounts after every day.
- :class:`BillingRun` and :class:`CheckingRun` are these runs, with their totals and errors.
- :class:`LogTotals` and :class:`PayerTotals` are the totals of a run. A :class:`Gap` is a rule that could not be
  checked on some days of the run.
- :func:`submission_of_log` returns a :class:`LogSubmission`: the claims of a log that can be sent. A :class:`ClaimSpan`
  says which days are in one claim.
- :data:`~therapy_billing.visits.LogInput` lists the types that a log may have, and :data:`LogFees` the types that
  fees may have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = [
    "BilledDay",
    "BillingRun",
    "CheckedDay",
    "CheckingRun",
    "ClaimSpan",
    "Gap",
    "LogFees",
    "LogSubmission",
    "LogTotals",
    "PayerTotals",
    "Years",
    "bill_log",
    "check_log",
    "submission_of_log",
]

if TYPE_CHECKING:
    from therapy_billing.batch.billing import BillingRun, bill_log
    from therapy_billing.batch.checking import CheckingRun, check_log
    from therapy_billing.batch.gaps import Gap
    from therapy_billing.batch.log_run import Years
    from therapy_billing.batch.log_terms import LogFees
    from therapy_billing.batch.records import BilledDay, CheckedDay
    from therapy_billing.batch.submission import ClaimSpan, LogSubmission, submission_of_log
    from therapy_billing.batch.totals import LogTotals, PayerTotals
else:
    from therapy_billing.base.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "batch.billing": ("BillingRun", "bill_log"),
            "batch.checking": ("CheckingRun", "check_log"),
            "batch.gaps": ("Gap",),
            "batch.log_run": ("Years",),
            "batch.log_terms": ("LogFees",),
            "batch.records": ("BilledDay", "CheckedDay"),
            "batch.submission": ("ClaimSpan", "LogSubmission", "submission_of_log"),
            "batch.totals": ("LogTotals", "PayerTotals"),
        },
    )
