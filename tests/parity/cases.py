"""
Compare `bill_frame` with the scalar path on the same rows.

`check_parity` makes a pyarrow table of the rows, calls `bill_frame`, and compares its lines and statuses with the reference.
The message of a failure shows the first patient-day that differs. All patients are invented.
"""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, Protocol

import pytest

from tests.parity.reference import (
    AMOUNTS,
    LINE_COLUMNS,
    OWN_COLUMNS,
    Expected,
    Row,
    RowResult,
    expected,
)

pa = pytest.importorskip("pyarrow")

__all__ = ["BillFrame", "FrameResult", "bill_frame", "check_parity", "table_of"]


class FrameResult(Protocol):
    """What `bill_frame` returns: two tables."""

    @property
    def lines(self) -> Any: ...  # noqa: ANN401 - pyarrow has no types

    @property
    def rows(self) -> Any: ...  # noqa: ANN401 - pyarrow has no types


BillFrame = Callable[..., FrameResult]

TYPES = {
    "patient": pa.string(),
    "date_of_service": pa.date32(),
    "minutes": pa.int64(),
    "units": pa.int64(),
    "charge": pa.decimal128(12, 2),
    "sequence": pa.int64(),
}
"""The types of the columns that are not always text."""


def bill_frame(frame: object, **arguments: Any) -> FrameResult:  # noqa: ANN401 - the arguments of bill_frame
    """Call `bill_frame` of the library."""
    bill: BillFrame = vars(importlib.import_module("therapy_billing.batch.frames"))["bill_frame"]
    return bill(frame, **arguments)


def table_of(rows: Sequence[Row]) -> Any:  # noqa: ANN401 - pyarrow has no types
    """Return the rows as a table. A column is there if a row has its key."""
    names = dict.fromkeys(column for row in rows for column in row)
    columns = {column: [row.get(column) for row in rows] for column in names}
    arrays = {name: pa.array(values, _type_of(name, values)) for name, values in columns.items()}
    return pa.table(arrays)


def _type_of(name: str, values: Iterable[object]) -> Any:  # noqa: ANN401 - pyarrow has no types
    kinds = {type(value) for value in values if value is not None}
    if float in kinds:
        return pa.float64()
    if name == "patient" and kinds == {int}:
        return pa.int64()
    return TYPES.get(name, pa.string())


def check_parity(
    rows: Sequence[Row],
    *,
    bill: BillFrame = bill_frame,
    **arguments: Any,  # noqa: ANN401 - the arguments of bill_frame
) -> Expected:
    """
    Check that `bill_frame` returns the lines and the statuses of the reference, and return the reference.

    Args:
        rows: The rows, each a dict with the columns of a frame.
        bill: The function to check.
        arguments: The arguments of `bill_frame`.

    Raises:
        AssertionError: With the first patient-day that differs.
    """
    wanted = expected(rows, **arguments)
    given = bill(table_of(rows), **arguments)
    lines = given.lines.to_pylist()
    results = given.rows.to_pylist()
    _check_columns(rows, lines)
    numbers = [result["row"] for result in results]
    assert numbers == list(range(len(rows))), "rows must have one row per input row, in input order"
    found_lines = _by_day(lines)
    wanted_lines = _by_day(wanted.lines)
    found_rows = _rows_by_day(rows, results)
    wanted_rows = _rows_by_day(rows, [_row_values(row) for row in wanted.rows])
    different = [
        day
        for day in wanted_rows
        if Counter(wanted_lines.get(day, ())) != Counter(found_lines.get(day, ()))
        or not _same_rows(wanted_rows[day], found_rows[day])
    ]
    if different:
        first = min(different, key=str)
        message = _message(first, len(different), rows, wanted_lines, found_lines)
        raise AssertionError(message + _row_message(wanted_rows[first], found_rows[first]))
    strange = sorted(set(found_lines) - set(wanted_rows), key=str)
    assert not strange, f"lines of a patient-day that is not in the frame: {strange[0]}"
    _check_order(lines)
    return wanted


Day = tuple[object, object]
Line = tuple[tuple[str, object], ...]


def _check_columns(rows: Sequence[Row], lines: Sequence[Mapping[str, Any]]) -> None:
    if not lines:
        return
    columns = {column for row in rows for column in row}
    wanted = {column for column in OWN_COLUMNS if column in columns} | set(LINE_COLUMNS)
    found = set(lines[0])
    assert found == wanted, f"missing columns: {wanted - found}; other columns: {found - wanted}"


def _by_day(lines: Iterable[Mapping[str, Any]]) -> dict[Day, list[Line]]:
    days: dict[Day, list[Line]] = {}
    for line in lines:
        day = line["patient"], _date(line["date_of_service"])
        days.setdefault(day, []).append(tuple(_canonical(line)))
    return days


def _date(value: object) -> object:
    """Return the date of a timestamp, or the value itself."""
    given = getattr(value, "date", None)
    return given() if callable(given) else value


def _canonical(line: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """Yield the values of a line in one form, whatever types the columns have."""
    for column in OWN_COLUMNS:
        if column in line:
            yield column, _date(line[column])
    for column in LINE_COLUMNS:
        value = line[column]
        if isinstance(value, Enum):
            value = value.value
        if column in AMOUNTS and value is not None:
            # A sum of cents in a float is the nearest float to its decimal number.
            value = Decimal(str(value))
        if column in ("unpriced", "denied_for", "modifiers"):
            value = value or ""
        if column in ("full_units", "reduced_units"):
            value = value or 0
        if (
            column in ("full_amount", "reduced_amount")
            and not line[column.replace("amount", "units")]
        ):
            # The amount of no units says nothing.
            value = None
        yield column, value


def _row_values(row: RowResult) -> dict[str, Any]:
    return {"row": row.row, "status": row.status, "reason": row.reason}


def _rows_by_day(
    rows: Sequence[Row], results: Iterable[Mapping[str, Any]]
) -> dict[Day, list[tuple[int, str, str]]]:
    days: dict[Day, list[tuple[int, str, str]]] = {}
    for result in results:
        index, status = result["row"], result["status"]
        row = rows[index]
        day = row.get("patient"), row.get("date_of_service")
        text = str(status.value if isinstance(status, Enum) else status)
        days.setdefault(day, []).append((index, text, result["reason"] or ""))
    return days


def _same_rows(
    wanted: Sequence[tuple[int, str, str]], found: Sequence[tuple[int, str, str]]
) -> bool:
    return len(wanted) == len(found) and all(
        one[:2] == other[:2] and _same_reason(one[1], one[2], other[2])
        for one, other in zip(wanted, found, strict=True)
    )


def _same_reason(status: str, wanted: str, found: str) -> bool:
    """Compare reasons. The reason of a refused day is the message of the scalar path; others are free text."""
    return wanted == found if status in ("billed", "day-refused") else bool(found)


def _message(
    day: Day,
    days: int,
    rows: Sequence[Row],
    wanted: Mapping[Day, Sequence[Line]],
    found: Mapping[Day, Sequence[Line]],
) -> str:
    patient, on = day
    lines = [f"{days} patient-days differ. The first: {patient} on {on}", "rows:"]
    for index, row in enumerate(rows):
        if (row.get("patient"), row.get("date_of_service")) == day:
            cells = {
                column: value
                for column, value in row.items()
                if value is not None and column not in ("patient", "date_of_service")
            }
            lines.append(f"  {index}: {cells}")
    wanted_lines, found_lines = wanted.get(day, ()), found.get(day, ())
    missing = list((Counter(wanted_lines) - Counter(found_lines)).elements())
    extra = list((Counter(found_lines) - Counter(wanted_lines)).elements())
    for line in list(missing):
        # A line with the same key differs in some columns only.
        same = next((other for other in extra if _line_key(other) == _line_key(line)), None)
        if same is None:
            lines.append(f"missing line: {_shown(line)}")
            continue
        extra.remove(same)
        differences = [
            f"{name}: expected {value}, got {dict(same)[name]}"
            for name, value in line
            if dict(same)[name] != value
        ]
        lines.append(f"line {' '.join(map(str, _line_key(line)))}: {'; '.join(differences)}")
    lines += [f"unexpected line: {_shown(line)}" for line in extra]
    return "\n".join(lines) + "\n"


def _line_key(line: Line) -> tuple[object, ...]:
    values = dict(line)
    return values["discipline"], values["code"], values["modifiers"]


def _shown(line: Line) -> dict[str, object]:
    return {name: value for name, value in line if value not in (None, "")}


def _row_message(
    wanted: Sequence[tuple[int, str, str]], found: Sequence[tuple[int, str, str]]
) -> str:
    return "\n".join(
        f"row {one[0]}: expected {one[1]} ({one[2]}), got {other[1]} ({other[2]})"
        for one, other in zip(wanted, found, strict=False)
        if not _same_rows([one], [other])
    )


def _check_order(lines: Sequence[Mapping[str, Any]]) -> None:
    """Check the order: patient, date, discipline, code, then lines without CQ and CO first."""
    patients: list[object] = []
    days: dict[object, list[date]] = {}
    of_day: dict[Day, list[tuple[Any, ...]]] = {}
    for line in lines:
        patient, on = line["patient"], _date(line["date_of_service"])
        if not patients or patients[-1] != patient:
            patients.append(patient)
        assert isinstance(on, date)
        days.setdefault(patient, []).append(on)
        of_day.setdefault((patient, on), []).append(_place(line))
    assert len(set(patients)) == len(patients), "the lines of a patient must be next to each other"
    for of_patient in days.values():
        assert of_patient == sorted(of_patient), "the lines of a patient must be in date order"
    for day, places in of_day.items():
        disciplines = [place[0] for place in places]
        runs = [
            one
            for one, before in zip(disciplines, [None, *disciplines], strict=False)
            if one != before
        ]
        assert len(runs) == len(set(disciplines)), f"{day}: disciplines must not alternate"
        for discipline in runs:
            own = [place[1:] for place in places if place[0] == discipline]
            assert own == sorted(own), (
                f"{day}: lines must be ordered by code, and CQ and CO come last"
            )


def _place(line: Mapping[str, Any]) -> tuple[Any, ...]:
    modifiers = (line["modifiers"] or "").split()
    return line["discipline"], line["code"], bool({"CQ", "CO"} & set(modifiers))
