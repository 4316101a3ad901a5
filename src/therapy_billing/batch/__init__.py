"""
Bill or check a whole treatment log.

- :func:`bill_log` and :func:`check_log` return a run. It yields one :class:`BilledDay` or :class:`CheckedDay` per
  patient and date of service, and updates each patient's year-to-date amounts after every day.
- :class:`BillingRun` and :class:`CheckingRun` are these runs, with their totals and errors.
- :class:`LogTotals` and :class:`PayerTotals` are the totals of a run. A :class:`Gap` is a rule that could not be
  checked on some days of the run.
- :func:`submission_of_log` returns a :class:`LogSubmission`: the claims of a log that can be sent. A :class:`ClaimSpan`
  says which days are in one claim.
- :func:`bill_frame` bills the rows of a dataframe, millions at once. It needs the extra ``batch``. A :class:`BilledFrame` has the
  claim lines, the :class:`RowStatus` of every row, and :class:`FrameCounts`. :class:`RowOrder` names the documented order of rows.
- :func:`bill_file` bills CSV and Parquet files that may be larger than memory. It needs the extra ``files``. A :class:`FileBill` has
  the files of the output. :func:`text_progress` draws a progress bar.
- :data:`~therapy_billing.visits.LogInput` lists the types that a log may have, and :data:`LogFees` the types that
  fees may have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = [
    "BilledDay",
    "BilledFrame",
    "BillingRun",
    "CheckedDay",
    "CheckingRun",
    "ClaimSpan",
    "FileBill",
    "FrameCounts",
    "FrameFees",
    "FrameYears",
    "Gap",
    "LogFees",
    "LogSubmission",
    "LogTotals",
    "PayerTotals",
    "RowOrder",
    "RowStatus",
    "Years",
    "bill_file",
    "bill_frame",
    "bill_log",
    "check_log",
    "submission_of_log",
    "text_progress",
]

if TYPE_CHECKING:
    from therapy_billing.batch.billing import BillingRun, bill_log
    from therapy_billing.batch.checking import CheckingRun, check_log
    from therapy_billing.batch.files import FileBill, bill_file, text_progress
    from therapy_billing.batch.frame_terms import FrameFees, FrameYears, RowOrder
    from therapy_billing.batch.frames import BilledFrame, FrameCounts, bill_frame
    from therapy_billing.batch.gaps import Gap
    from therapy_billing.batch.log_run import Years
    from therapy_billing.batch.log_terms import LogFees
    from therapy_billing.batch.records import BilledDay, CheckedDay
    from therapy_billing.batch.row_status import RowStatus
    from therapy_billing.batch.submission import ClaimSpan, LogSubmission, submission_of_log
    from therapy_billing.batch.totals import LogTotals, PayerTotals
else:
    from therapy_billing.base.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "batch.billing": ("BillingRun", "bill_log"),
            "batch.checking": ("CheckingRun", "check_log"),
            "batch.files": ("FileBill", "bill_file", "text_progress"),
            "batch.frame_terms": ("FrameFees", "FrameYears", "RowOrder"),
            "batch.frames": ("BilledFrame", "FrameCounts", "bill_frame"),
            "batch.gaps": ("Gap",),
            "batch.log_run": ("Years",),
            "batch.log_terms": ("LogFees",),
            "batch.records": ("BilledDay", "CheckedDay"),
            "batch.row_status": ("RowStatus",),
            "batch.submission": ("ClaimSpan", "LogSubmission", "submission_of_log"),
            "batch.totals": ("LogTotals", "PayerTotals"),
        },
    )
