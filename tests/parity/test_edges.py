"""Frames on which the arrays differ most easily from the scalar path. All patients are invented."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import permutations
from typing import Any

import pytest

from tests.parity.cases import check_parity, table_of
from therapy_billing import Accumulators, FeeSchedule, InvalidInputError, NotPublishedError
from therapy_billing.batch import frames
from therapy_billing.batch.kernel import lazy_table
from therapy_billing.payers.caps import Cap, CapOf

OLD = FeeSchedule.from_rates({"97110": "30.00"})
NEW = FeeSchedule.from_rates({"97110": "50.00"})


def row(code: str = "97110", **cells: Any) -> dict[str, Any]:  # noqa: ANN401 - cells of a frame
    return {
        "patient": "A",
        "date_of_service": date(2026, 3, 2),
        "code": code,
        "minutes": 30,
        "discipline": "PT",
        **cells,
    }


@pytest.fixture
def busy_threads() -> Iterator[None]:
    """Let the threads take turns as often as possible."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.parametrize("by_payer", [False, True])
def test_a_fee_function_may_change_within_a_quarter(*, by_payer: bool) -> None:
    def fees(day: date) -> FeeSchedule:
        return OLD if day < date(2026, 2, 15) else NEW

    rows = [
        row(patient="A", date_of_service=date(2026, 2, 1)),
        row(patient="B", date_of_service=date(2026, 3, 1)),
    ]
    given = {"cpt-midpoint": fees} if by_payer else fees
    wanted = check_parity(rows, payer="cpt-midpoint", fees=given, order="rows")
    assert [line["allowed"] for line in wanted.lines] == [Decimal("60.00"), Decimal("100.00")]


@pytest.mark.parametrize("changed", ["NC", "OH"])
@pytest.mark.parametrize(("month", "day", "scalar_days"), [(4, 1, 0), (4, 15, 2)])
def test_the_fees_of_one_locality_may_change(
    changed: str, month: int, day: int, scalar_days: int
) -> None:
    """Quarters are periods of their own. Only a change within a quarter may need the scalar path."""

    def fees(at: date, *, locality: str) -> FeeSchedule:
        return NEW if locality == changed and at >= date(2026, month, day) else OLD

    dates = (date(2026, 3, 2), date(2026, 4, 1), date(2026, 5, 4))
    rows = [
        row(patient=f"{locality}-{at}", locality=locality, date_of_service=at)
        for locality in ("OH", "NC")
        for at in dates
    ]
    wanted = check_parity(rows, payer="cpt-midpoint", fees=fees, order="rows")
    allowed = {(line["patient"], line["allowed"] == Decimal("100.00")) for line in wanted.lines}
    assert allowed == {
        (f"{locality}-{at}", locality == changed and at >= date(2026, month, day))
        for locality in ("OH", "NC")
        for at in dates
    }
    billed = frames.bill_frame(table_of(rows), "cpt-midpoint", fees, order="rows")
    assert billed.counts.scalar_days <= scalar_days


def test_rows_of_a_day_with_many_modifiers_of_other_days(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sequence decides a tie, although the numbers of the modifiers need more bits than those of the rows."""
    pairs = [f"{first} {second}" for first, second in permutations(("95", "GX", "LT", "RT"), 2)]
    rows = [
        row(code, patient=pair, minutes=8, sequence=place, modifiers=pair if place == 1 else None)
        for pair in pairs
        for code, place in (("97110", 2), ("97112", 1))
    ]
    monkeypatch.setattr(frames, "bill_columns", partial(frames.bill_columns, block_rows=1))
    wanted = check_parity(rows, fees=FeeSchedule.medicare, locality="OH")
    assert {line["code"] for line in wanted.lines if line["units"]} == {"97112"}


def test_a_row_without_a_sequence_is_not_billed() -> None:
    rows = [row("97110", sequence=1), row("97112", sequence=None)]
    rows.append(row("97112", patient="B", sequence=1))
    wanted = check_parity(rows, fees=FeeSchedule.medicare, locality="OH")
    assert wanted.counts == {"missing-value": 1, "other-row": 1, "billed": 1}


def test_a_missing_discipline_counts_before_an_unknown_code() -> None:
    rows = [row("99998", discipline=None), row(patient="B")]
    wanted = check_parity(rows, fees=FeeSchedule.medicare, locality="OH", order="rows")
    assert wanted.counts == {"missing-value": 1, "billed": 1}


def test_a_day_without_fees_of_a_patient_without_year_to_date_amounts() -> None:
    """The missing amounts are the reason, as in the scalar path, although the day has no fees either."""

    def fees(at: date) -> FeeSchedule:
        if at < date(2026, 2, 1):
            msg = f"no fees on {at}"
            raise NotPublishedError(msg)
        return FeeSchedule.medicare(at, locality="OH")

    rows = [row(patient=key, date_of_service=date(2026, at, 5)) for key in "AB" for at in (1, 2)]
    wanted = check_parity(rows, fees=fees, accumulators={"A": Accumulators(2026)}, order="rows")
    assert wanted.counts == {"day-refused": 3, "year-unknown": 1}


def test_a_code_without_a_unit_does_not_take_the_preference_of_its_add_on() -> None:
    rows = [row("97129", minutes=8), row("97110", minutes=8)]
    changes = {"tie_policy": "preferred-codes", "preferred_codes": ("97130", "97110")}
    wanted = check_parity(
        rows, fees=FeeSchedule.medicare, locality="OH", policy_changes=changes, order="rows"
    )
    assert [line["code"] for line in wanted.lines if line["units"]] == ["97110"]


def test_a_fee_function_needs_fees_only_for_the_dates_of_the_frame() -> None:
    fees = {date(2026, 1, 7): OLD, date(2026, 4, 7): NEW}
    rows = [row(date_of_service=day) for day in fees]
    check_parity(rows, payer="cpt-midpoint", fees=fees.__getitem__, order="rows")


def test_a_fee_function_may_fail_on_a_date_of_another_payer() -> None:
    fees = {date(2026, 1, 7): OLD, date(2026, 1, 9): NEW}
    rows = [
        row(date_of_service=date(2026, 1, day), payer=payer)
        for day, payer in ((7, "cpt-midpoint"), (8, "aetna"), (9, "cpt-midpoint"))
    ]
    check_parity(rows, fees={"cpt-midpoint": fees.__getitem__}, order="rows")


def test_the_charge_of_a_row_without_a_unit_counts_as_a_charge_of_the_day() -> None:
    rows = [
        row("92507", minutes=None),
        row("92526", minutes=None, clinician="clinical-fellow", charge=Decimal("104.98")),
    ]
    wanted = check_parity(
        rows, payer="cpt-midpoint", fees=FeeSchedule.medicare, clinician="therapist", order="rows"
    )
    assert wanted.counts == {"day-refused": 2}


def test_charges_of_other_codes_do_not_cover_a_day() -> None:
    wanted = check_parity([row()], charges={"97530": Decimal("77.70")}, order="rows")
    assert wanted.counts == {"day-refused": 1}


def test_a_charge_of_the_frame_replaces_the_charge_of_the_argument() -> None:
    rows = [row(charge=Decimal("40.00")), row(charge=None), row("97530", charge=None)]
    usual = {"97110": Decimal("77.70"), "97530": Decimal("55.00")}
    wanted = check_parity(rows, charges=usual, order="rows")
    assert [line["charge"] for line in wanted.lines] == [Decimal("160.00"), Decimal("110.00")]


def test_a_refused_day_names_the_code_with_several_charges() -> None:
    rows = [row("97530"), row(charge=Decimal("40.00")), row(charge=Decimal("41.00"))]
    wanted = check_parity(rows, order="rows")
    assert wanted.counts == {"day-refused": 3}
    assert "97110" in wanted.rows[0].reason


def test_amounts_of_a_later_year_refuse_a_day_with_a_cap_on_visits() -> None:
    wanted = check_parity(
        [row(date_of_service=date(2022, 9, 19))],
        payer="cms-eight-minute",
        fees=OLD,
        accumulators={"A": Accumulators(2023)},
        policy_changes={"caps": [Cap(4, of=CapOf.VISITS)]},
        order="rows",
    )
    assert wanted.counts == {"day-refused": 1}


@pytest.mark.usefixtures("busy_threads")
def test_threads_that_add_prices_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    small = partial(frames.bill_columns, block_rows=1)
    monkeypatch.setattr(frames, "bill_columns", small)
    codes = ("97110", "97112", "97116", "97140", "97530", "97535", "97035", "97032", "97542")
    localities = ("15202-00", "01182-18", "TX", "OH", "FL", "13202-01")
    rows = [
        row(
            codes[number % 9],
            patient=f"P{number}",
            locality=localities[number % 6],
            date_of_service=date(2019 + number % 7, 12, 5),
            modifiers=f"U{number % 8 + 1}",
        )
        for number in range(300)
    ]
    table, fees = table_of(rows), FeeSchedule.medicare
    one = frames.bill_frame(table, fees=fees, order="rows")
    for _ in range(3):
        many = frames.bill_frame(table, fees=fees, order="rows", threads=8)
        assert many.lines.to_pylist() == one.lines.to_pylist()
        assert many.rows.to_pylist() == one.rows.to_pylist()


def test_years_that_python_has_no_dates_for() -> None:
    pa = pytest.importorskip("pyarrow")
    table = table_of([row(patient="A"), row(patient="B"), row(patient="C")])
    days = pa.array([2**31 - 1, 20514, -(2**31) + 1], pa.int32()).cast(pa.date32())
    table = table.set_column(
        table.schema.get_field_index("date_of_service"), "date_of_service", days
    )
    billed = frames.bill_frame(table, order="rows")
    statuses = billed.rows.column("status").to_pylist()
    assert statuses == ["missing-value", "billed", "missing-value"]


@pytest.mark.parametrize("number", [2**63, 2**63 + 1])
def test_patients_with_large_unsigned_numbers(number: int) -> None:
    pa = pytest.importorskip("pyarrow")
    table = table_of([row(), row()]).drop_columns(["patient"])
    table = table.append_column("patient", pa.array([number, 5], pa.uint64()))
    billed = frames.bill_frame(table, order="rows")
    assert billed.lines.column("patient").to_pylist() == sorted(
        [number, 5], reverse=billed.lines.column("patient")[0].as_py() == number
    )
    assert billed.counts.days == 2


def test_more_combinations_of_texts_than_the_memory_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lazy_table, "_MOST_CELLS", 100)
    rows = [row(patient=f"P{number}", locality=f"L{number}") for number in range(200)]
    with pytest.raises(InvalidInputError, match="bill it in parts"):
        frames.bill_frame(table_of(rows), order="rows")


def test_a_column_is_not_a_frame() -> None:
    with pytest.raises(InvalidInputError, match="frame must be a pandas"):
        frames.bill_frame(table_of([row()]).column("code"), order="rows")


@pytest.mark.parametrize("columns", [["patient"], "patient", {"patient": ["mrn"]}, []])
def test_columns_must_be_names(columns: Any) -> None:  # noqa: ANN401 - not a mapping
    with pytest.raises(InvalidInputError, match="columns"):
        frames.bill_frame(table_of([row()]), columns=columns, order="rows")
