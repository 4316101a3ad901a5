"""The tables of claim lines and row statuses, filled block by block."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from therapy_billing.batch.columns import Coded, Kind, Table
from therapy_billing.batch.kernel.blocks import BilledBlock
from therapy_billing.batch.kernel.code_arrays import DISCIPLINES
from therapy_billing.batch.kernel.compiled import CompiledTerms
from therapy_billing.batch.kernel.rows import STATUSES
from therapy_billing.batch.kernel.years import KX_STATES

__all__ = ["LineTable", "RowTable"]

_KINDS: Mapping[str, Kind] = {
    "row": Kind.ROW,
    "discipline": Kind.TEXT,
    "code": Kind.TEXT,
    "units": Kind.COUNT,
    "modifiers": Kind.TEXT,
    "charge": Kind.CENTS,
    "full_units": Kind.COUNT,
    "full_amount": Kind.CENTS,
    "reduced_units": Kind.COUNT,
    "reduced_amount": Kind.CENTS,
    "furnisher_share": Kind.SHARE,
    "allowed": Kind.CENTS,
    "mppr_reduction": Kind.CENTS,
    "deductible": Kind.CENTS,
    "coinsurance": Kind.CENTS,
    "assistant_reduction": Kind.CENTS,
    "sequestration": Kind.CENTS,
    "medicare_pays": Kind.CENTS,
    "patient_responsibility": Kind.CENTS,
    "provider_receives": Kind.CENTS,
    "kx": Kind.TEXT,
    "full_rate": Kind.FLAG,
    "unpriced": Kind.TEXT,
    "denied_for": Kind.TEXT,
}
_TYPES = {Kind.TEXT: np.int32, Kind.FLAG: np.bool_, Kind.COUNT: np.int32}


class LineTable:
    """
    The table of claim lines.

    Args:
        rows: How many rows the frame has. A frame rarely has more lines than rows.
    """

    def __init__(self, rows: int) -> None:
        # Memory that is never written costs nothing.
        self._columns: dict[str, NDArray[Any]] = {
            name: np.empty(rows, _TYPES.get(kind, np.int64)) for name, kind in _KINDS.items()
        }
        self._length = 0

    def add(self, block: BilledBlock) -> None:
        """Add the lines of a block."""
        lines, shared = block.lines, block.shared
        end = self._length + len(lines.day)
        if end > len(self._columns["row"]):
            for name, column in self._columns.items():
                larger = np.empty(2 * end, column.dtype)
                larger[: self._length] = column[: self._length]
                self._columns[name] = larger
        values = (
            block.day_row[lines.day],
            lines.discipline,
            lines.code,
            lines.units,
            shared.modifiers,
            lines.charge,
            lines.full_units,
            lines.full_amount,
            lines.reduced_units,
            lines.reduced_amount,
            lines.share,
            lines.allowed,
            lines.reduction,
            shared.deductible,
            shared.coinsurance,
            shared.assistant_reduction,
            shared.sequestration,
            shared.medicare_pays,
            shared.patient,
            shared.provider,
            shared.kx,
            lines.full_rate,
            lines.reason,
            shared.denied,
        )
        for column, value in zip(self._columns.values(), values, strict=True):
            column[self._length : end] = value
        self._length = end

    def table(self, compiled: CompiledTerms) -> Table:
        """Return the table."""
        texts = compiled.reasons.texts
        values = {
            "discipline": tuple(each.value for each in DISCIPLINES),
            "code": compiled.codes.codes,
            "modifiers": tuple(" ".join(each) for each in compiled.modifiers.tuples),
            "kx": tuple(each.value for each in KX_STATES),
            "unpriced": texts,
            "denied_for": texts,
        }
        columns: dict[str, tuple[Kind, Any]] = {}
        for name, kind in _KINDS.items():
            column = self._columns[name][: self._length]
            if kind is Kind.TEXT:
                columns[name] = kind, _coded(column, values[name])
            else:
                columns[name] = kind, column
        return Table(columns, self._length)


class RowTable:
    """
    The table of row statuses.

    Args:
        rows: How many rows the frame has.
    """

    def __init__(self, rows: int) -> None:
        self._status = np.zeros(rows, np.int32)
        self._reason = np.zeros(rows, np.int32)

    def add(self, block: BilledBlock) -> None:
        """Add the rows of a block."""
        self._status[block.row] = block.status
        self._reason[block.row] = block.reason

    def table(self, compiled: CompiledTerms) -> Table:
        """Return the table."""
        statuses = tuple(each.value for each in STATUSES)
        columns: dict[str, tuple[Kind, Any]] = {
            "row": (Kind.WHOLE, np.arange(len(self._status), dtype=np.int64)),
            "status": (Kind.TEXT, Coded(self._status, statuses)),
            "reason": (Kind.TEXT, _coded(self._reason, compiled.reasons.texts)),
        }
        return Table(columns, len(self._status))


def _coded(numbers: NDArray[np.int32], values: tuple[str, ...]) -> Coded:
    """Return a column of texts. An empty text is missing."""
    if values and not values[0]:
        np.copyto(numbers, -1, where=numbers == 0)
    return Coded(numbers, values)
