"""Test the frames of ordinary days that measurements use."""

from __future__ import annotations

from typing import Any

import pytest

pa = pytest.importorskip("pyarrow")
pytest.importorskip("numpy")

from ordinary_frames import draw_frame, draw_parts, shuffled, with_texts  # noqa: E402 - needs NumPy

from tests.parity.cases import bill_frame, check_parity  # noqa: E402 - needs PyArrow
from tests.parity.generate import medicare_fees  # noqa: E402 - as above

TERMS: dict[str, Any] = {"fees": medicare_fees, "accumulators": "start-at-zero"}


def test_the_same_seed_draws_the_same_rows() -> None:
    assert draw_frame(2_000, 1, localities=True).equals(draw_frame(2_000, 1, localities=True))
    assert not draw_frame(2_000, 1).equals(draw_frame(2_000, 2))


@pytest.mark.parametrize("rows", [10, 100, 5_000])
def test_every_row_is_billed_as_arrays(rows: int) -> None:
    table = draw_frame(rows, 3, localities=True)
    assert len(table) == rows
    counts = bill_frame(table, **TERMS).counts  # type: ignore[attr-defined]
    assert (counts.billed_rows, counts.scalar_days) == (rows, 0)


def test_shuffled_texts_have_the_same_lines() -> None:
    table = draw_frame(5_000, 4)
    lines, others = (
        bill_frame(each, **TERMS).lines.drop_columns(["patient"])
        for each in (with_texts(table), with_texts(shuffled(table)))
    )
    keys = [(name, "ascending") for name in lines.column_names]
    decoded = pa.schema(
        (field.name, field.type.value_type if pa.types.is_dictionary(field.type) else field.type)
        for field in lines.schema
    )
    assert lines.cast(decoded).sort_by(keys).equals(others.cast(decoded).sort_by(keys))


def test_ordinary_days_have_the_lines_of_the_scalar_path() -> None:
    rows = draw_frame(1_500, 5, localities=True).to_pylist()
    check_parity(rows, **TERMS)


def test_parts_have_patients_of_their_own() -> None:
    parts = list(draw_parts(2_500, 6, part_rows=1_000))
    assert [len(part) for part in parts] == [1_000, 1_000, 500]
    patients = [set(part.column("patient").to_pylist()) for part in parts]
    assert len(set().union(*patients)) == sum(map(len, patients))
