"""
Test `bill_frame` against the scalar path, to the cent: every payer, rows of every kind, and Hypothesis days.

The unit lines, the amounts, and the status of every row must be those of `bill_day`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.parity.cases import bill_frame, check_parity, table_of
from tests.parity.generate import (
    CHANGES,
    RATES,
    TIMED,
    PayerCase,
    amounts_before,
    every_code,
    medicare_fees,
    nasty,
    ordinary,
    payers,
    planted,
    several_payers,
)
from tests.parity.reference import Row
from therapy_billing import Accumulators, FeeSchedule, InvalidInputError

pytest.importorskip("numpy")

CASES = {case.name: case for case in payers()}
BOUNDARY_CASES = (
    "medicare",
    "medicare-kx-attested",
    "medicare-changed",
    "method-cpt-midpoint",
    "method-started-quarter",
    "method-full-quarter",
    "tie-highest-fee",
    "tie-preferred-codes",
    "assistant-units-2020-assistant-exact",
    "assistant-units-2020-assistant-simple-method",
    "assistant-units-2020-assistant-percentage-method",
    "assistant-units-2022-assistant-exact",
    "assistant-units-2022-assistant-simple-method",
    "assistant-units-2022-assistant-percentage-method",
    "cap-per-day",
    "contract-percent-all",
)
NASTY_CASES = (
    "medicare",
    "medicare-without-fees",
    "humana-rates",
    "method-cpt-midpoint",
    "code-terms",
    "cap-discipline",
    "contract-lesser-maximum",
    "period-midpoint",
    "cap-visits",
)


def without(rows: Sequence[Row], *columns: str) -> list[dict[str, Any]]:
    return [{name: cell for name, cell in row.items() if name not in columns} for row in rows]


class TestPayers:
    """Every payer has the lines and amounts of the scalar path."""

    @pytest.mark.parametrize("case", CASES.values(), ids=CASES)
    def test_ordinary_days(self, case: PayerCase) -> None:
        rows = ordinary(Random(case.name), 3, 4)
        years = amounts_before(Random(case.name), rows)
        check_parity(rows, **case.arguments, accumulators=years)

    @pytest.mark.parametrize("name", BOUNDARY_CASES)
    def test_days_on_a_boundary(self, name: str) -> None:
        drawn = planted(Random(name), 250)
        check_parity(drawn.rows, **CASES[name].arguments, accumulators=drawn.accumulators)

    @pytest.mark.parametrize("name", NASTY_CASES)
    def test_nasty_days(self, name: str) -> None:
        rows = nasty(Random(name))
        years = amounts_before(Random(name), rows)
        check_parity(rows, **CASES[name].arguments, accumulators=years)

    @pytest.mark.parametrize("name", ["medicare", "method-cpt-midpoint-rates", "humana-rates"])
    def test_every_code(self, name: str) -> None:
        rows = every_code(Random(name))
        check_parity(rows, **CASES[name].arguments, accumulators="start-at-zero")

    @pytest.mark.parametrize("seed", range(3))
    def test_days_of_several_payers(self, seed: int) -> None:
        rows, case = several_payers(Random(seed), ordinary(Random(seed), 12, 8))
        check_parity(rows, **case.arguments, accumulators=amounts_before(Random(seed), rows))


class TestYears:
    """Each patient's year-to-date amounts carry over, start at zero in January, and end with a bad day."""

    ROWS = ordinary(Random("years"), 12, 15)

    def test_many_days_pass_the_threshold(self) -> None:
        found = check_parity(
            self.ROWS, fees=medicare_fees, accumulators=amounts_before(Random(1), self.ROWS)
        )
        assert {"suggested", "not needed"} <= {line["kx"] for line in found.lines}

    def test_years_that_start_at_zero(self) -> None:
        check_parity(self.ROWS, fees=medicare_fees, accumulators="start-at-zero")

    def test_years_that_are_not_tracked(self) -> None:
        check_parity(self.ROWS, fees=medicare_fees)

    def test_bad_rows_end_the_year(self) -> None:
        rng = Random(3)
        rows = [{**row, "minutes": -1} if rng.random() < 0.01 else row for row in self.ROWS]
        found = check_parity(rows, fees=medicare_fees, accumulators="start-at-zero")
        assert {"bad-value", "other-row", "year-unknown", "billed"} <= set(found.counts)

    def test_a_patient_without_amounts(self) -> None:
        years = amounts_before(Random(1), self.ROWS)
        del years["P-0002"]
        found = check_parity(self.ROWS, fees=medicare_fees, accumulators=years)
        assert found.counts["day-refused"]

    def test_a_lost_day_at_the_end_of_a_year(self) -> None:
        days = [date(2024, 12, 31) + timedelta(days=offset) for offset in (-1, 0, 1, 2, 365, 366)]
        rows = [
            {
                "patient": f"P-{lost}",
                "date_of_service": day,
                "discipline": "PT",
                "code": "97110",
                "minutes": None if index == lost else 30,
                "sequence": 1,
            }
            for lost in range(len(days))
            for index, day in enumerate(days)
        ]
        check_parity(rows, fees=medicare_fees, accumulators="start-at-zero")

    def test_amounts_for_another_year(self) -> None:
        years = {patient: Accumulators(2024) for patient in {row["patient"] for row in self.ROWS}}
        check_parity(self.ROWS, fees=medicare_fees, accumulators=years)


class TestOrder:
    """The documented order decides ties."""

    DRAWN = planted(Random("order"), 150)

    def test_the_order_of_the_rows(self) -> None:
        rows = without(self.DRAWN.rows, "sequence")
        check_parity(rows, fees=medicare_fees, order="rows")

    def test_the_order_of_the_codes(self) -> None:
        rows = without(self.DRAWN.rows, "sequence")
        Random(1).shuffle(rows)
        check_parity(rows, fees=medicare_fees, order="code")

    def test_the_sequence(self) -> None:
        rows = list(self.DRAWN.rows)
        Random(2).shuffle(rows)
        check_parity(rows, fees=medicare_fees)

    def test_no_order_is_refused(self) -> None:
        frame = table_of(without(self.DRAWN.rows, "sequence"))
        with pytest.raises(InvalidInputError):
            bill_frame(frame, fees=medicare_fees)


class TestColumns:
    """A column that is not in the frame has the value of its argument."""

    ROWS = ordinary(Random("columns"), 6, 6)

    def test_only_the_needed_columns(self) -> None:
        kept = ("patient", "date_of_service", "code", "minutes", "sequence")
        rows = [{name: row[name] for name in kept} for row in self.ROWS]
        check_parity(rows, discipline="PT", fees=RATES)

    @pytest.mark.parametrize("setting", ["office", "facility", "critical-access-hospital"])
    def test_values_for_all_rows(self, setting: str) -> None:
        rows = without(self.ROWS, "locality", "setting", "clinician")
        more: Mapping[str, Any] = {"locality": "NC", "setting": setting, "clinician": "assistant"}
        check_parity(rows, fees=medicare_fees, **more)

    def test_patients_with_numbers(self) -> None:
        rows = [{**row, "patient": int(row["patient"][2:])} for row in self.ROWS]
        years = {row["patient"]: Accumulators(2019) for row in rows}
        check_parity(rows, fees=medicare_fees, accumulators=years)

    def test_minutes_of_a_float_column(self) -> None:
        rows = [
            {**row, "minutes": None if row["minutes"] is None else float(row["minutes"])}
            for row in self.ROWS
        ]
        rows[4]["minutes"] = 22.5
        check_parity(rows, fees=medicare_fees)

    def test_one_schedule_for_all_rows(self) -> None:
        check_parity(self.ROWS, payer="humana", fees=RATES)

    def test_one_schedule_of_medicare(self) -> None:
        first = date(2023, 3, 30)
        rows = [
            {**row, "date_of_service": first + timedelta(days=row["date_of_service"].day)}
            for row in without(self.ROWS, "sequence")
        ]
        fees = FeeSchedule.medicare("2023-05-05", locality="OH")
        found = check_parity(rows, fees=fees, order="rows")
        assert {"billed", "day-refused"} <= set(found.counts)

    def test_an_empty_frame(self) -> None:
        frame = table_of(self.ROWS).slice(0, 0)
        result = bill_frame(frame, fees=medicare_fees)
        assert (result.lines.num_rows, result.rows.num_rows) == (0, 0)


CODES = (
    *TIMED,
    "97035",
    "97129",
    "97130",
    "97150",
    "97161",
    "G0283",
    "97550",
    "97551",
    "92507",
    "29125",
)
CLINICIANS = ("therapist", "therapist", "assistant", "together", "student")
MODIFIERS = (None, None, None, None, "95", "GA", "GY")


@st.composite
def services(draw: st.DrawFn) -> dict[str, Any]:
    """One service, without its day."""
    code = draw(st.sampled_from(CODES))
    minutes = st.one_of(st.sampled_from((4, 5, 7, 8, 15, 22, 23)), st.integers(0, 61))
    return {
        "discipline": draw(st.sampled_from(("PT", "PT", "OT", "SLP"))),
        "code": code,
        "minutes": draw(minutes),
        "clinician": draw(st.sampled_from(CLINICIANS)),
        "modifiers": draw(st.sampled_from(MODIFIERS)),
    }


@st.composite
def frames(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A few days of a few patients."""
    rows: list[dict[str, Any]] = []
    for patient in range(draw(st.integers(1, 4))):
        for day in draw(st.sets(st.sampled_from(CHANGES), min_size=1, max_size=3)):
            has_charges = draw(st.booleans())
            for number, row in enumerate(draw(st.lists(services(), min_size=1, max_size=6))):
                charge = Decimal(20 + int(row["code"][-2:]) % 40) if has_charges else None
                rows.append(
                    {
                        "patient": f"H-{patient}",
                        "date_of_service": day,
                        "sequence": number,
                        "charge": charge,
                        **row,
                    }
                )
    return rows


OF_HYPOTHESIS = (
    "medicare",
    "method-cpt-midpoint",
    "method-full-quarter",
    "tie-highest-fee",
    "assistant-units-2020-assistant-percentage-method",
    "assistant-units-2022-assistant-exact",
    "caps-together",
    "contract-lesser-maximum",
    "contract-percent-all",
)


@given(rows=frames(), name=st.sampled_from(OF_HYPOTHESIS), tracked=st.booleans())
def test_a_day_has_the_lines_of_the_scalar_path(
    rows: list[dict[str, Any]], name: str, *, tracked: bool
) -> None:
    years = "start-at-zero" if tracked else None
    check_parity(rows, **CASES[name].arguments, accumulators=years)
