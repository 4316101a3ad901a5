from __future__ import annotations

from random import Random

import numpy as np
import pytest

from tests.refusals import refusal
from therapy_billing.batch.kernel.segments import bits_for, index_of_runs, packed, sorted_index

MESSAGE = "a block has too many rows, codes, or dollars for one sort key"


class TestPackedKeys:
    def test_63_bits_are_enough(self) -> None:
        key = packed((np.array([(1 << 40) - 1]), 40), (np.array([(1 << 23) - 1]), 23))
        assert key.tolist() == [(1 << 63) - 1]

    def test_64_bits_are_too_many(self) -> None:
        parts = (np.array([0]), 40), (np.array([0]), 24)
        assert refusal(OverflowError, lambda: packed(*parts)) == MESSAGE

    def test_a_small_type_does_not_wrap(self) -> None:
        key = packed((np.array([127], np.int8), 7), (np.array([200], np.int16), 8))
        assert key.tolist() == [127 * 256 + 200]

    def test_the_column_itself_does_not_change(self) -> None:
        column = np.array([1, 2])
        packed((column, 2), (np.array([1, 1]), 1))
        assert column.tolist() == [1, 2]

    def test_every_number_below_the_count_fits(self) -> None:
        for count in range(1, 130):
            assert (count - 1) < 1 << bits_for(count)
            assert count == 1 or (count - 1) >= 1 << (bits_for(count) - 1)


class TestSortedIndex:
    @pytest.mark.parametrize("width", [3, 29, 30, 31, 60])
    def test_by_each_column_and_then_by_row(self, width: int) -> None:
        rng = Random(width)
        columns = [[rng.randrange(1 << min(width, 3)) for _ in range(40)] for _ in range(2)]
        parts = [(np.array(column), width) for column in columns]
        expected = sorted(range(40), key=lambda row: (columns[0][row], columns[1][row], row))
        assert sorted_index(parts, 40).tolist() == expected

    @pytest.mark.parametrize("width", [27, 28, 29, 30])
    def test_keys_of_about_63_bits(self, width: int) -> None:
        most = (1 << width) - 1
        columns = [[most, 0, most, 0, 1], [most, 1, most - 1, 1, 0]]
        parts = [(np.array(column), width) for column in columns]
        expected = sorted(range(5), key=lambda row: (columns[0][row], columns[1][row], row))
        assert sorted_index(parts, 5).tolist() == expected


def test_runs_of_more_than_127_rows_have_their_own_numbers() -> None:
    starts = np.arange(300)
    assert index_of_runs(starts, 301).tolist() == [*range(300), 299]
