from __future__ import annotations

import numpy as np
import pytest

from therapy_billing.batch.columns import NO_DATE, NULL
from therapy_billing.batch.kernel.arrangement import BLOCK_ROWS, arranged, blocks

LEAST, MOST = NULL + 2, np.iinfo(np.int64).max


def order_of(patients: list[int], days: list[int]) -> list[int] | None:
    found = arranged(np.array(patients, np.int64), np.array(days, np.int32))
    return None if found is None else found.tolist()


class TestArranged:
    @pytest.mark.parametrize(
        ("patients", "days"),
        [([], []), ([4], [9]), ([1, 1, 2], [5, 5, 1]), ([NULL, -3, 0], [NO_DATE, 1, 1])],
    )
    def test_rows_in_order_stay(self, patients: list[int], days: list[int]) -> None:
        assert order_of(patients, days) is None

    @pytest.mark.parametrize(
        ("patients", "days", "expected"),
        [
            ([2, 1], [1, 1], [1, 0]),
            ([1, 1], [2, 1], [1, 0]),
            ([2, 1, 2, 1], [1, 1, 1, 1], [1, 3, 0, 2]),
            ([1, NULL, 1], [1, 9, 0], [1, 2, 0]),
            ([1, 1, 1], [3, NO_DATE, 2], [1, 2, 0]),
            ([0, NULL, -1], [0, 0, -1], [1, 2, 0]),
            ([5, -7, 5, -7], [-3, 8, -4, 7], [3, 1, 2, 0]),
        ],
    )
    def test_by_patient_and_date_and_row(
        self, patients: list[int], days: list[int], expected: list[int]
    ) -> None:
        assert order_of(patients, days) == expected

    @pytest.mark.parametrize(
        ("patients", "days"),
        [
            ([MOST, LEAST, NULL, LEAST], [1, 2, 3, 1]),
            ([MOST, 0, MOST, 0], [3, 2, 1, 0]),
        ],
    )
    def test_keys_that_do_not_fit_into_one_number(
        self, patients: list[int], days: list[int]
    ) -> None:
        expected = sorted(range(4), key=lambda row: (patients[row], days[row], row))
        assert order_of(patients, days) == expected

    @pytest.mark.parametrize("bits", range(50, 64))
    def test_keys_of_about_63_bits(self, bits: int) -> None:
        patients = [(1 << bits) - 2, 3, (1 << bits) - 2, 3, 0]
        days = [7, 2, 6, 1, 0]
        expected = sorted(range(5), key=lambda row: (patients[row], days[row], row))
        assert order_of(patients, days) == expected


class TestBlocks:
    def test_a_patient_with_more_rows_than_a_block_stays_whole(self) -> None:
        found = blocks(np.array([1] + [2] * 7 + [3, 4]), 2)
        assert [(each.start, each.stop) for each in found] == [(0, 8), (8, 10)]

    def test_each_patient_is_a_block(self) -> None:
        found = blocks(np.array([1, 1, 2, 3, 3]), 1)
        assert [(each.start, each.stop) for each in found] == [(0, 2), (2, 3), (3, 5)]

    def test_no_rows_make_no_block(self) -> None:
        assert list(blocks(np.zeros(0, np.int64))) == []

    def test_one_block_has_all_rows(self) -> None:
        found = blocks(np.arange(BLOCK_ROWS))
        assert [(each.start, each.stop) for each in found] == [(0, BLOCK_ROWS)]
