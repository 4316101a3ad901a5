"""Tables that are filled when a key is first needed."""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from therapy_billing.base.errors import InvalidInputError

__all__ = ["GrowingColumns", "LazyTable"]

_MOST_CELLS = 1 << 27


class LazyTable:
    """
    A table from whole-number keys to ids. An id is computed when its key is first looked up.

    Args:
        compile_key: A function that returns the id of a key, zero or more.
        lock: The lock that is acquired while ids are computed.

    >>> table = LazyTable(lambda key: key * 2, RLock())
    >>> table.ids(np.array([3, 1, 3])).tolist()
    [6, 2, 6]
    """

    def __init__(self, compile_key: Callable[[int], int], lock: RLock) -> None:
        self._ids = np.zeros(0, np.int32)
        self._compile = compile_key
        self._lock = lock

    def ids(self, keys: NDArray[Any]) -> NDArray[np.int32]:
        """
        Return the ids of *keys*, which are not negative.

        Raises:
            InvalidInputError: If a key is too large.
        """
        if not len(keys):
            return np.zeros(0, np.int32)
        most = int(keys.max())
        if most >= len(self._ids):
            self._grow(most + 1)
        found: NDArray[np.int32] = self._ids[keys]
        if found.min() < 0:
            with self._lock:
                for key in np.unique(keys[found < 0]).tolist():
                    if self._ids[key] < 0:
                        self._ids[key] = self._compile(key)
                found = self._ids[keys]
        return found

    def _grow(self, size: int) -> None:
        if size > _MOST_CELLS:
            msg = "the frame has too many payers, localities, settings, and modifiers: bill it in parts, such as one payer at a time"
            raise InvalidInputError(msg, field="frame")
        with self._lock:
            ids = np.full(max(size, 2 * len(self._ids)), -1, np.int32)
            ids[: len(self._ids)] = self._ids
            self._ids = ids


class GrowingColumns:
    """
    Columns that grow by one row at a time, and are read as arrays.

    Args:
        columns: The type of the numbers of each column, by name.

    >>> columns = GrowingColumns(cents=np.int64)
    >>> columns.add(cents=4042), columns["cents"].tolist()
    (0, [4042])
    """

    def __init__(self, **columns: Any) -> None:  # noqa: ANN401 - anything that NumPy accepts as a type
        self._types = columns
        self._rows: list[tuple[Any, ...]] = []
        # One attribute, so that another thread never sees a length without its arrays.
        self._read: tuple[int, dict[str, NDArray[Any]]] = (-1, {})

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, **values: Any) -> int:  # noqa: ANN401 - the columns have several types
        """Add a row, and return its index."""
        self._rows.append(tuple(values[name] for name in self._types))
        return len(self._rows) - 1

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.arrays[name]

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """All columns. They have the same length, although another thread may add rows; two single columns may not."""
        length, arrays = self._read
        if length != len(self._rows):
            rows = tuple(self._rows)
            arrays = {
                each: np.array([row[index] for row in rows], dtype)
                for index, (each, dtype) in enumerate(self._types.items())
            }
            self._read = len(rows), arrays
        return arrays
