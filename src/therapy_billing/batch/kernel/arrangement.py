"""The order in which the rows of a frame are billed: by patient, by date, and as given; and the blocks of whole patients."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from therapy_billing.batch.columns import NO_DATE, NULL
from therapy_billing.batch.kernel.segments import Whole, bits_for

__all__ = ["BLOCK_ROWS", "arranged", "blocks"]

BLOCK_ROWS = 32_768
"""
About how many rows a block has, so that its columns stay in the processor's cache. A block has whole patients, so one patient
with more rows makes a larger block.
"""


def arranged(patient: Whole, date: Whole) -> Whole | None:
    """
    Return the rows by patient and date, in the given order within a day; None if they are in this order already.

    >>> arranged(np.array([7, 3, 7]), np.array([2, 1, 1])).tolist()
    [1, 2, 0]
    """
    later = patient[1:] > patient[:-1]
    if (later | ((patient[1:] == patient[:-1]) & (date[1:] >= date[:-1]))).all():
        return None
    # Missing values are the least numbers, so these rows come first.
    low, high = int(patient[patient != NULL].min(initial=0)), int(patient.max(initial=0))
    first, last = int(date[date != NO_DATE].min(initial=0)), int(date.max(initial=0))
    widths = (bits_for(high - low + 2), bits_for(last - first + 2), bits_for(len(patient)))
    if sum(widths) > 63:  # noqa: PLR2004 - the bits of a whole number
        order: Whole = np.lexsort((date, patient))
        return order
    key = np.where(patient == NULL, 0, patient - low + 1)
    key <<= widths[1]
    key |= np.where(date == NO_DATE, 0, date.astype(np.int64) - first + 1)
    key <<= widths[2]
    key |= np.arange(len(patient))
    key.sort()
    key &= (1 << widths[2]) - 1
    return key


def blocks(patient: Whole, rows: int = BLOCK_ROWS) -> Iterator[slice]:
    """
    Yield blocks of about *rows* rows of whole patients. *patient* is sorted.

    >>> [(each.start, each.stop) for each in blocks(np.array([1, 1, 2, 2, 3]), 3)]
    [(0, 4), (4, 5)]
    """
    start = 0
    while start < len(patient):
        end = min(start + rows, len(patient))
        end = int(np.searchsorted(patient, patient[end - 1], side="right"))
        yield slice(start, end)
        start = end
