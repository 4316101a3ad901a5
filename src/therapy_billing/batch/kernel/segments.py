"""Sums, maxima, and ranks within runs of equal keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Whole",
    "bits_for",
    "index_of_runs",
    "marks",
    "packed",
    "run_starts",
    "run_sums",
    "sorted_index",
]

Whole = NDArray[Any]
"""An array of whole numbers."""

_MOST_BITS = 63


def run_starts(keys: Whole) -> Whole:
    """
    Return the indexes at which a new run of equal *keys* starts.

    >>> run_starts(np.array([5, 5, 7, 5])).tolist()
    [0, 2, 3]
    """
    starts: Whole = np.flatnonzero(marks(keys))
    return starts


def marks(keys: Whole) -> NDArray[np.bool_]:
    """
    Return whether each of *keys* differs from the one before it. The first always does.

    >>> marks(np.array([5, 5, 7])).tolist()
    [True, False, True]
    """
    found = np.ones(len(keys), np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=found[1:])
    return found


def run_sums(values: Whole, starts: Whole) -> Whole:
    """
    Return the sum of *values* in each run. It is several times as fast as ``np.add.reduceat`` for short runs.

    >>> run_sums(np.array([1, 2, 3]), np.array([0, 2])).tolist()
    [3, 3]
    """
    so_far = np.cumsum(values)
    sums: Whole = so_far[np.append(starts[1:], len(values)) - 1]
    sums[1:] -= sums[:-1].copy()
    return sums


def index_of_runs(starts: Whole, length: int) -> Whole:
    """
    Return, for each of *length* rows, the number of its run.

    >>> index_of_runs(np.array([0, 2]), 3).tolist()
    [0, 0, 1]
    """
    index: Whole = np.repeat(np.arange(len(starts), dtype=np.int32), np.diff(starts, append=length))
    return index


def bits_for(count: int) -> int:
    """
    Return how many bits the numbers below *count* need.

    >>> bits_for(1), bits_for(2), bits_for(256), bits_for(257)
    (1, 1, 8, 9)
    """
    return max(1, (count - 1).bit_length())


def packed(*parts: tuple[Whole, int]) -> Whole:
    """
    Return one key for several columns. Sorting the keys sorts by the first column, then by the next.

    Args:
        parts: Each column with the bits that its numbers need. No number is negative.

    Raises:
        OverflowError: If the columns need more than 63 bits.

    >>> packed((np.array([1, 0]), 4), (np.array([2, 15]), 4)).tolist()
    [18, 15]
    """
    if sum(bits for _, bits in parts) > _MOST_BITS:
        msg = "a block has too many rows, codes, or dollars for one sort key"
        raise OverflowError(msg)
    key: Whole = parts[0][0].astype(np.int64)
    for column, bits in parts[1:]:
        key <<= bits
        key |= column
    return key


def sorted_index(parts: Sequence[tuple[Whole, int]], count: int) -> Whole:
    """
    Return the order that sorts by the first column, then by the next. Rows that are equal in all columns keep their order.

    Args:
        parts: Each column with the bits that its numbers need. No number is negative.
        count: The number of rows.

    >>> sorted_index([(np.array([1, 0, 1]), 1)], 3).tolist()
    [1, 0, 2]
    """
    bits = bits_for(count)
    if sum(width for _, width in parts) + bits > _MOST_BITS:
        order: Whole = np.lexsort([column for column, _ in reversed(parts)])
        return order
    keys = packed(*parts, (np.arange(count), bits))
    keys.sort()
    keys &= (1 << bits) - 1
    return keys
