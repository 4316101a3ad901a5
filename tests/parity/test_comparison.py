"""Test `check_parity` itself: it passes for equal results, and finds a cent, a status, and a lost line."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any

import attrs
import pytest

from tests.parity.cases import check_parity, pa
from tests.parity.generate import amounts_before, medicare_fees, nasty, ordinary
from tests.parity.reference import LINE_COLUMNS, OWN_COLUMNS, Row, expected

ROWS = ordinary(Random(7), 8, 6)
ARGUMENTS: dict[str, Any] = {"fees": medicare_fees, "accumulators": amounts_before(Random(7), ROWS)}

Line = dict[str, Any]


@attrs.frozen
class Fake:
    """A result that is made from the reference."""

    lines: Any
    rows: Any


def fake(
    change_lines: Callable[[list[Line]], list[Line]] = list,
    change_rows: Callable[[list[Line]], list[Line]] = list,
) -> Callable[..., Fake]:
    """Return a `bill_frame` that is right, except for the changes."""

    def bill(frame: Any, **arguments: Any) -> Fake:  # noqa: ANN401 - the arguments of bill_frame
        given: list[Row] = frame.to_pylist()
        found = expected(given, **arguments)
        lines = sorted((dict(line) for line in found.lines), key=_order)
        rows = [attrs.asdict(row) for row in found.rows]
        names = [name for name in OWN_COLUMNS if name in frame.column_names]
        lines = change_lines(lines)
        columns = {name: [line[name] for line in lines] for name in (*names, *LINE_COLUMNS)}
        return Fake(pa.table(columns), pa.Table.from_pylist(change_rows(rows)))

    return bill


def _order(line: Line) -> tuple[Any, ...]:
    modifiers = line["modifiers"].split()
    day = str(line["patient"]), line["date_of_service"]
    return *day, str(line["discipline"]), line["code"], bool({"CQ", "CO"} & set(modifiers))


def failure(**changes: Callable[[list[Line]], list[Line]]) -> str:
    """Return the message of a comparison with a changed result."""
    with pytest.raises(AssertionError) as caught:
        check_parity(ROWS, bill=fake(**changes), **ARGUMENTS)
    return str(caught.value)


def one(index: int, **cells: Any) -> Callable[[list[Line]], list[Line]]:  # noqa: ANN401 - cells
    """Change one line or row. A cell may be a function of its old value."""

    def change(lines: list[Line]) -> list[Line]:
        new = {
            name: value(lines[index][name]) if callable(value) else value
            for name, value in cells.items()
        }
        return [*lines[:index], {**lines[index], **new}, *lines[index + 1 :]]

    return change


def test_equal_results_pass() -> None:
    assert check_parity(ROWS, bill=fake(), **ARGUMENTS).lines


def test_equal_results_with_bad_rows_pass() -> None:
    rows = nasty(Random(1))
    check_parity(
        rows, bill=fake(), fees=medicare_fees, accumulators=amounts_before(Random(1), rows)
    )


@pytest.mark.parametrize("column", ["allowed", "medicare_pays", "coinsurance", "full_amount"])
@pytest.mark.parametrize("cents", ["0.01", "-0.01"])
def test_a_cent_is_found(column: str, cents: str) -> None:
    index = 20
    lines = expected(ROWS, **ARGUMENTS).lines
    priced = [line for line in lines if line["full_units"] and line["medicare_pays"]]
    line = sorted(priced, key=_order)[index]

    def change(lines: list[Line]) -> list[Line]:
        at = next(i for i, each in enumerate(lines) if _order(each) == _order(line))
        return one(at, **{column: lambda value: value + Decimal(cents)})(lines)

    message = failure(change_lines=change)
    assert message.startswith(
        f"1 patient-days differ. The first: {line['patient']} on {line['date_of_service']}"
    )
    assert f"{column}: expected {line[column]}, got {line[column] + Decimal(cents)}" in message


@pytest.mark.parametrize(
    "cells",
    [
        {"kx": "applied"},
        {"units": 9},
        {"full_rate": lambda value: not value},
        {"modifiers": "GP CQ XU"},
        {"charge": Decimal("1.23")},
        {"unpriced": "another reason"},
        {"locality": "nowhere"},
    ],
    ids=lambda cells: next(iter(cells)),
)
def test_a_changed_cell_is_found(cells: dict[str, Any]) -> None:
    assert "1 patient-days differ" in failure(change_lines=one(3, **cells))


def test_a_lost_line_and_a_doubled_line_are_found() -> None:
    assert "missing line" in failure(change_lines=lambda lines: lines[:-1])
    assert "unexpected line" in failure(change_lines=lambda lines: [*lines, lines[-1]])


def test_a_lost_day_is_found() -> None:
    assert "missing line" in failure(
        change_lines=lambda lines: [line for line in lines if line["patient"] != "P-0003"]
    )


def test_a_status_and_a_reason_are_found() -> None:
    message = failure(change_rows=one(5, status="no-unit", reason="x"))
    assert "row 5: expected billed (), got no-unit (x)" in message
    assert "row 5: expected billed ()" in failure(change_rows=one(5, reason="x"))


def test_a_lost_row_is_found() -> None:
    assert "in input order" in failure(change_rows=lambda rows: rows[:-1])
    assert "in input order" in failure(change_rows=lambda rows: [*rows[1:], rows[0]])


def test_lines_in_another_order_are_found() -> None:
    assert "must be" in failure(change_lines=lambda lines: [*lines[1:], lines[0]])


def test_a_lost_column_is_found() -> None:
    def bill(frame: Any, **arguments: Any) -> Fake:  # noqa: ANN401 - the arguments of bill_frame
        found = fake()(frame, **arguments)
        return Fake(found.lines.drop_columns(["kx"]), found.rows)

    with pytest.raises(AssertionError, match=r"missing columns: \{'kx'\}"):
        check_parity(ROWS, bill=bill, **ARGUMENTS)
