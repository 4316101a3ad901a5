"""
Columns of a frame as NumPy arrays: what the kernel reads, and what it writes.

Missing values have a number of their own, so that every column is a single array. A missing or unreadable value is never zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto, unique
from typing import Any, TypeAlias

import attrs
import numpy as np
from numpy.typing import NDArray

__all__ = ["BAD", "NO_CODE", "NO_DATE", "NULL", "Coded", "FrameColumns", "Kind", "Table"]

NULL = int(np.iinfo(np.int64).min)
"""A missing whole number or amount."""
BAD = NULL + 1
"""A value that is not a whole number, or not a whole number of cents."""
NO_DATE = int(np.iinfo(np.int32).min)
"""A date that is missing or unreadable."""
NO_CODE = -1
"""A missing text, as a code of :class:`Coded`."""


@attrs.frozen(eq=False)
class Coded:
    """
    A column of texts, each stored once.

    Args:
        codes: For each row, the index of its text in *values*, or -1 if it is missing.
        values: The texts, without duplicates. Some may be used by no row.

    >>> column = Coded(np.array([0, 1, -1, 0], np.int32), ("PT", "OT"))
    >>> len(column), column.texts()
    (4, ['PT', 'OT', None, 'PT'])
    """

    codes: NDArray[Any]
    values: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, rows: NDArray[Any]) -> Coded:
        """Return the column with only *rows*: indexes, or one boolean per row."""
        return Coded(self.codes[rows], self.values)

    def texts(self) -> list[str | None]:
        """Return the text of each row, or None if it is missing."""
        values = (*self.values, None)
        return [values[code] for code in self.codes.tolist()]


@attrs.frozen(eq=False, kw_only=True)
class FrameColumns:
    """
    The rows of a frame, one per service. All columns have the same length. A column that is None is not in the frame.

    Args:
        patient: A number per patient: equal numbers are the same patient. NULL if missing.
        date_of_service: Days since 1970-01-01. NO_DATE if missing or unreadable.
        code: The HCPCS code.
        minutes: Whole minutes. NULL if missing, BAD if not a whole number.
        discipline: The discipline, as written.
        clinician: Who furnished the service, as written.
        payer: The payer's name, as written.
        locality: The locality, as written.
        setting: The setting, as written.
        modifiers: Modifiers, separated by spaces, as written.
        units: Units of an untimed code. NULL if missing, BAD if not a whole number.
        charge: Cents for one unit. NULL if missing, BAD if not a whole number of cents.
        sequence: The documented order within the patient-day. NULL if missing, BAD if not a whole number.
    """

    patient: NDArray[np.int64]
    date_of_service: NDArray[np.int32]
    code: Coded
    minutes: NDArray[np.int64]
    discipline: Coded | None = None
    clinician: Coded | None = None
    payer: Coded | None = None
    locality: Coded | None = None
    setting: Coded | None = None
    modifiers: Coded | None = None
    units: NDArray[np.int64] | None = None
    charge: NDArray[np.int64] | None = None
    sequence: NDArray[np.int64] | None = None

    def __attrs_post_init__(self) -> None:
        columns = [getattr(self, field.name) for field in attrs.fields(FrameColumns)]
        if len({len(column) for column in columns if column is not None}) > 1:
            msg = "the columns of a frame must have the same length"
            raise ValueError(msg)

    def __len__(self) -> int:
        return len(self.patient)


@unique
class Kind(Enum):
    """What a column of a table holds."""

    WHOLE = auto()
    """Whole numbers (int64), NULL if missing."""
    COUNT = auto()
    """Whole numbers that are never missing (int32)."""
    CENTS = auto()
    """Dollars as whole cents (int64), NULL if missing."""
    SHARE = auto()
    """A share as ten-thousandths (int64), NULL if missing."""
    TEXT = auto()
    """Texts (:class:`Coded`)."""
    FLAG = auto()
    """True or false (bool)."""
    ROW = auto()
    """The index of a row of the frame that was read (int64)."""


Column: TypeAlias = "tuple[Kind, NDArray[Any] | Coded]"


@attrs.frozen(eq=False)
class Table:
    """
    A table that the kernel writes.

    Args:
        columns: The columns in order: each one's kind and its values.
        length: The number of rows.
    """

    columns: Mapping[str, Column]
    length: int

    def __attrs_post_init__(self) -> None:
        if any(len(values) != self.length for _, values in self.columns.values()):
            msg = f"every column of the table must have {self.length} rows"
            raise ValueError(msg)
