from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from therapy_billing.batch.columns import Coded, FrameColumns, Kind, Table

COLUMN = Coded(np.array([0, 1, -1, 0], np.int32), ("PT", "OT"))


def test_a_coded_column_has_the_length_of_its_codes() -> None:
    assert len(COLUMN) == 4


@pytest.mark.parametrize(
    "rows", [np.array([2, 1]), np.array([False, True, True, False])], ids=["indexes", "booleans"]
)
def test_take_keeps_only_the_rows_and_all_values(rows: NDArray[np.int64]) -> None:
    taken = COLUMN.take(rows)
    assert sorted(taken.texts(), key=str) == [None, "OT"]
    assert taken.values is COLUMN.values


def test_texts_shows_missing_values_as_none() -> None:
    assert COLUMN.texts() == ["PT", "OT", None, "PT"]


def columns(rows: int, minutes: int) -> FrameColumns:
    return FrameColumns(
        patient=np.zeros(rows, np.int64),
        date_of_service=np.zeros(rows, np.int32),
        code=COLUMN,
        minutes=np.zeros(minutes, np.int64),
    )


def test_frame_columns_have_one_length() -> None:
    assert len(columns(4, 4)) == 4
    with pytest.raises(ValueError, match="same length"):
        columns(4, 3)


def test_every_column_of_a_table_has_its_length() -> None:
    values = np.array([1, 2], np.int64)
    assert Table({"units": (Kind.WHOLE, values)}, 2).length == 2
    with pytest.raises(ValueError, match="must have 3 rows"):
        Table({"units": (Kind.WHOLE, values)}, 3)
