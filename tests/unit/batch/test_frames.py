from __future__ import annotations

import builtins
import importlib
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pyarrow as pa
import pytest

from tests.parity.cases import check_parity, table_of
from tests.parity.generate import medicare_fees, ordinary
from tests.refusals import refusal
from therapy_billing import PAYERS, Accumulators, FeeSchedule, InvalidInputError
from therapy_billing.base.errors import FileFormatError
from therapy_billing.batch.frame_kinds import read_frame
from therapy_billing.batch.frame_terms import RowOrder, frame_terms
from therapy_billing.batch.frames import BilledFrame, bill_columns, bill_frame
from therapy_billing.batch.row_status import RowStatus

DAY = date(2026, 3, 2)
OHIO = FeeSchedule.medicare(DAY, locality="OH")
RATES = FeeSchedule.from_rates({"97110": "30.00", "97140": "20.00", "97530": "25.00"})
NO_ORDER = (
    "the documented order of each day's services decides ties: name a column for it (columns={'sequence': '...'}), "
    "or give order='rows' if the rows are in documented order, or order='code' to go by the codes"
)

Row = Mapping[str, Any]


def row(code: str | None = "97110", minutes: int | None = 30, **cells: Any) -> dict[str, Any]:  # noqa: ANN401 - any value
    given = {"patient": "P-1", "date_of_service": DAY, "discipline": "PT", "sequence": 1}
    return {**given, "code": code, "minutes": minutes, **cells}


def billed(rows: Sequence[Row], fees: Any = OHIO, **arguments: Any) -> BilledFrame:  # noqa: ANN401 - any value
    return bill_frame(table_of(rows), fees=fees, **arguments)


def units(result: BilledFrame) -> dict[tuple[Any, ...], int]:
    return {
        (line["patient"], line["date_of_service"], line["code"]): line["units"]
        for line in result.lines.to_pylist()
    }


def statuses(result: BilledFrame) -> list[str]:
    return [each["status"] for each in result.rows.to_pylist()]


def reasons(result: BilledFrame) -> list[str | None]:
    return [each["reason"] for each in result.rows.to_pylist()]


class TestArguments:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"on_error": "ignore"}, "on_error must be 'status' or 'raise', got 'ignore'"),
            ({"threads": 0}, "threads"),
            ({"columns": {"mrn": "patient"}}, "unknown column"),
            ({"columns": {"patient": "mrn"}}, "mrn"),
            ({"fees": "medicare"}, "fees must be a FeeSchedule"),
        ],
    )
    def test_an_argument_that_cannot_be_used(self, arguments: dict[str, Any], message: str) -> None:
        frame = table_of([row()])
        assert message in refusal(InvalidInputError, lambda: bill_frame(frame, **arguments))

    def test_a_frame_needs_its_columns(self) -> None:
        frame = pa.table({"patient": ["P-1"], "code": ["97110"]})
        message = refusal(InvalidInputError, lambda: bill_frame(frame, order="rows"))
        assert "date_of_service" in message

    def test_the_documented_order_must_be_known(self) -> None:
        frame = table_of([row()]).drop_columns(["sequence"])
        assert refusal(InvalidInputError, lambda: bill_frame(frame)) == NO_ORDER

    def test_a_series_that_changes_within_a_year(self) -> None:
        fees = FeeSchedule.medicare("2026-02-02", parameters=_deductible_from_march())
        frame = table_of([row()])
        message = refusal(
            InvalidInputError, lambda: bill_frame(frame, fees=fees, accumulators="start-at-zero")
        )
        assert message == "part_b_deductible must stay the same for all of 2026"
        # Without year-to-date amounts, the deductible is treated as met.
        assert billed([row()], fees).counts.days == 1


def _deductible_from_march() -> Any:  # noqa: ANN401 - any value
    from tests.own_numbers import own_numbers  # noqa: PLC0415 - only for one test

    return own_numbers("part_b_deductible", ("2020-01-01", "100"), ("2026-03-01", "200"))


class TestOrder:
    """Equal leftovers of two codes: the first one documented gets the unit."""

    TIED = (row("97530", 8, sequence=2), row("97140", 8, sequence=1))

    def codes(self, rows: Iterable[Row], **arguments: Any) -> list[str]:  # noqa: ANN401 - any value
        return [code for _, _, code in units(billed(list(rows), **arguments))]

    def test_the_column_decides(self) -> None:
        assert self.codes(self.TIED) == ["97140"]
        assert self.codes(reversed(self.TIED)) == ["97140"]

    def test_the_rows_decide_even_if_there_is_a_column(self) -> None:
        assert self.codes(self.TIED, order="rows") == ["97530"]
        assert self.codes(reversed(self.TIED), order=RowOrder.ROWS) == ["97140"]

    def test_the_codes_decide_even_if_there_is_a_column(self) -> None:
        rows = [row("97530", 8, sequence=1), row("97140", 8, sequence=2)]
        assert self.codes(rows, order="code") == ["97140"]
        assert self.codes(reversed(rows), order="code") == ["97140"]

    def test_the_codes_decide_however_they_are_written(self) -> None:
        rows = [row(" 97530", 8), row("97140 ", 8)]
        assert self.codes(rows, order="code") == ["97140"]

    def test_an_unknown_code_has_a_place_too(self) -> None:
        result = billed([row("99999", 8), row(None, 8), row("97140", 8)], order="code")
        assert statuses(result) == ["unknown-code", "missing-value", "other-row"]

    def test_two_rows_of_a_day_far_apart(self) -> None:
        between = [row("97140", 15, patient=f"Q-{number}") for number in range(500)]
        result = billed([row("97110", 8, sequence=2), *between, row("97110", 15, sequence=1)])
        assert units(result)["P-1", DAY, "97110"] == 2
        assert result.counts.days == 501

    def test_rows_of_a_code_with_the_same_number_are_one_place(self) -> None:
        rows = [row("97110", 8, sequence=3), row("97110", 7, sequence=3), row("97140", 8)]
        assert statuses(billed(rows)) == ["billed"] * 3

    def test_two_codes_with_the_same_number_are_refused(self) -> None:
        result = billed([row("97110", 8), row("97140", 8)])
        assert reasons(result) == ["two codes of a day have the same sequence"] * 2


class TestColumns:
    def test_columns_with_other_names(self) -> None:
        names = {"patient": "mrn", "date_of_service": "dos", "sequence": "place", "minutes": "time"}
        frame = table_of([row(), row("97140", 15, sequence=2)])
        renamed = frame.rename_columns([names.get(each, each) for each in frame.column_names])
        result = bill_frame(renamed, fees=OHIO, columns=names)
        assert result.lines.equals(bill_frame(frame, fees=OHIO).lines)

    def test_missing_keys(self) -> None:
        rows = [row(patient=None), row(date_of_service=None), row(), row(code=None, patient=None)]
        result = billed(rows)
        assert statuses(result) == ["missing-value", "missing-value", "billed", "missing-value"]
        assert reasons(result) == [
            "patient is missing",
            "date_of_service is missing, is not a date, or has a time of day",
            None,
            "patient is missing",
        ]
        assert (result.counts.days, result.counts.refused_days) == (1, 0)

    def test_no_row_has_its_keys(self) -> None:
        result = billed([row(patient=None), row(patient=None, date_of_service=None)])
        assert statuses(result) == ["missing-value"] * 2
        assert (result.lines.num_rows, result.counts.days) == (0, 0)

    def test_no_discipline_at_all(self) -> None:
        frame = table_of([row()]).drop_columns(["discipline"])
        result = bill_frame(frame, fees=OHIO)
        assert reasons(result) == ["discipline is missing"]
        assert statuses(bill_frame(frame, fees=OHIO, discipline="PT")) == ["billed"]

    @pytest.mark.parametrize(
        ("cells", "reason"),
        [
            ({"discipline": "DC"}, "discipline must be PT, OT, or SLP"),
            ({"clinician": "nobody"}, "clinician must be one of: therapist"),
            ({"payer": "nobody"}, "payer must be one of: medicare"),
            ({"setting": "moon"}, "setting must be one of: "),
            ({"modifiers": "long"}, "modifiers must be two letters or digits each"),
            ({"modifiers": "KX"}, "KX"),
            ({"minutes": 1441}, "minutes must be a whole number from 0 to 1440"),
            ({"units": 2}, "the code is timed, so its units come from its minutes"),
            ({"code": "97150", "units": 10_000}, "units must be a whole number from 1 to 9999"),
            ({"code": "97161", "units": 2}, "units must be 1"),
            ({"charge": "0.00"}, "charge must be dollars above zero"),
            ({"date_of_service": date(2050, 1, 1)}, "after the end of the library's code data"),
            ({"code": "97127"}, "97127"),
        ],
    )
    def test_a_value_that_cannot_be_used(self, cells: dict[str, Any], reason: str) -> None:
        cells = {**cells, **({"charge": Decimal(cells["charge"])} if "charge" in cells else {})}
        result = billed([{**row(), **cells}])
        assert reason in str(reasons(result)[0])
        assert result.counts.refused_rows == 1

    def test_each_code_has_its_own_reason(self) -> None:
        rows = [row("97127", 15), row("97550", 30, date_of_service=date(2023, 3, 1), patient="Q")]
        result = billed([*rows, row(patient="R")])
        assert statuses(result) == ["date-out-of-range", "date-out-of-range", "billed"]
        assert [
            code in str(text)
            for code, text in zip(("97127", "97550"), reasons(result), strict=False)
        ] == [True, True]

    @pytest.mark.parametrize("minutes", [0, 1440])
    def test_the_least_and_the_most_minutes(self, minutes: int) -> None:
        check_parity([row(minutes=minutes)], fees=OHIO)

    @pytest.mark.parametrize("count", [1, 9999])
    def test_the_least_and_the_most_units(self, count: int) -> None:
        check_parity([row("97150", None, units=count)], fees=OHIO)

    @pytest.mark.parametrize("count", [0, 10_000])
    def test_one_unit_less_and_more(self, count: int) -> None:
        assert statuses(billed([row("97150", None, units=count)])) == ["bad-value"]

    @pytest.mark.parametrize("cents", ["0.01", "99999.99"])
    def test_the_least_and_a_large_charge(self, cents: str) -> None:
        check_parity([row(charge=Decimal(cents))], fees=OHIO)

    def test_an_empty_frame(self) -> None:
        result = bill_frame(table_of([row()]).slice(0, 0), fees=OHIO, threads=2)
        assert (result.lines.num_rows, result.rows.num_rows) == (0, 0)
        assert result.counts.rows_by_status == {}


class TestArgumentsForAllRows:
    ROWS = (row("97110", 30), row("97140", 15, sequence=2))

    def test_charges_for_rows_without_one(self) -> None:
        charges = {"97110": "50.00", "97140": "10.00", "97150": "9.00", "A0001": "1.00"}
        rows = [*self.ROWS, row("97140", 8, sequence=3, charge=Decimal("11.00"), patient="P-2")]
        lesser = PAYERS["humana"]
        result = billed(rows, RATES, payer=lesser, charges=charges)
        assert [line["charge"] for line in result.lines.to_pylist()] == [100, 10, 11]
        known = {"97110": Decimal(50), "97140": Decimal(10)}
        check_parity(rows, fees=RATES, payer="humana", charges=known)
        check_parity(self.ROWS, fees=RATES, payer="humana", charges=known)

    def test_an_add_on_code_has_its_charge_without_a_row(self) -> None:
        rows = [row("97129", 45, discipline="OT")]
        charges = {"97129": Decimal(40), "97130": Decimal(30)}
        check_parity(rows, fees=OHIO, charges=charges)
        assert [line["charge"] for line in billed(rows, charges=charges).lines.to_pylist()] == [
            40,
            60,
        ]

    def test_payers(self) -> None:
        own = PAYERS["humana"].with_changes(method="cms-eight-minute")
        rows = [
            row(payer="Own"),
            row(payer="medicare", patient="P-2"),
            row(patient="P-3", payer=None),
        ]
        result = billed(rows, RATES, payers={"Own": own}, payer="medicare")
        assert statuses(result) == ["billed", "bad-value", "billed"]
        assert reasons(result)[1] == "payer must be one of: Own"

    def test_attested_kx_and_distinct_services(self) -> None:
        rows = [row("97530", 15), row("97140", 15, sequence=2), row("97116", 15, sequence=3)]
        years = {"P-1": Accumulators(2026, 300, 5000)}
        attestations = ("KX", ("59", "97140"), ("XU", "97116"))
        found = check_parity(rows, fees=OHIO, accumulators=years, attestations=attestations)
        assert [line["modifiers"] for line in found.lines] == ["GP KX", "GP KX 59", "GP KX XU"]

    def test_a_code_that_is_not_in_the_data_may_be_attested(self) -> None:
        check_parity([row()], fees=OHIO, attestations=(("59", "12345"),))

    def test_another_locality_and_setting(self) -> None:
        check_parity([row()], fees=medicare_fees, locality="NC", setting="facility")


class TestYears:
    """Year-to-date amounts by the patient's own value in the frame."""

    LATER = (DAY, date(2027, 1, 4), date(2027, 1, 5))

    @pytest.mark.parametrize("patients", [("P-1", "P-2"), (7, 9)])
    def test_a_mapping(self, patients: tuple[Any, Any]) -> None:
        rows = [row(patient=patient) for patient in patients]
        years = {patients[0]: Accumulators(2026, 0), patients[1]: Accumulators(2026, 283)}
        found = check_parity(rows, fees=OHIO, accumulators=years)
        assert [line["deductible"] > 0 for line in found.lines] == [True, False]

    def test_a_patient_without_amounts(self) -> None:
        result = billed(
            [row(patient="P-1"), row(patient="P-2")], accumulators={"P-1": Accumulators(2026)}
        )
        assert statuses(result) == ["billed", "day-refused"]
        assert "accumulators has no entry for the patient of this day" in str(reasons(result)[1])

    def test_amounts_of_a_later_year(self) -> None:
        found = check_parity([row()], fees=OHIO, accumulators={"P-1": Accumulators(2027)})
        assert found.counts["day-refused"] == 1

    def test_amounts_of_an_earlier_year(self) -> None:
        years = {"P-1": Accumulators(2025, 257, 9000)}
        found = check_parity([row()], fees=OHIO, accumulators=years)
        assert found.lines[0]["deductible"] > 0

    def test_every_year_starts_at_zero(self) -> None:
        days = [date(2024, 12, 30), date(2025, 1, 2), date(2025, 1, 3), date(2026, 1, 2)]
        rows = [row(date_of_service=day, minutes=60) for day in days]
        check_parity(rows, fees=medicare_fees, accumulators="start-at-zero")
        check_parity(rows, fees=medicare_fees, accumulators={"P-1": Accumulators(2024, 240)})

    def test_a_day_after_one_that_was_not_billed(self) -> None:
        rows = [row(minutes=None), row(date_of_service=DAY + timedelta(days=1))]
        result = billed(rows, accumulators="start-at-zero")
        assert statuses(result) == ["missing-value", "year-unknown"]


def _result(block_rows: int, threads: int, rows: Sequence[Row]) -> Any:  # noqa: ANN401 - any value
    columns, source = read_frame(table_of(rows), {})
    terms = frame_terms("medicare", medicare_fees, "start-at-zero")
    lines, found, counts = bill_columns(
        columns, source, terms, threads=threads, block_rows=block_rows
    )
    own = {name: source.names[name] for name in ("patient", "date_of_service")}
    return source.write(lines, own), source.write(found, {}), counts


class TestBlocks:
    """The size of a block and the number of threads change nothing."""

    ROWS = (*ordinary(Random("blocks"), 9, 4), row(patient=None), row(date_of_service=None))
    WHOLE = _result(131_072, 1, ROWS)

    @pytest.mark.parametrize(
        ("block_rows", "threads"), [(1, 1), (2, 1), (1, 2), (7, 3), (131_072, 2)]
    )
    def test_the_same_result(self, block_rows: int, threads: int) -> None:
        lines, rows, counts = _result(block_rows, threads, self.ROWS)
        assert lines.to_pylist() == self.WHOLE[0].to_pylist()
        assert rows.to_pylist() == self.WHOLE[1].to_pylist()
        assert counts == self.WHOLE[2]

    def test_threads_of_bill_frame(self) -> None:
        one, two = (billed(self.ROWS, medicare_fees, threads=threads) for threads in (1, 2))
        assert one.lines.equals(two.lines)
        assert one.rows.equals(two.rows)

    def test_a_patient_with_more_rows_than_a_block(self) -> None:
        rows = [row("97110", 1, sequence=number) for number in range(300)]
        lines, found, _ = _result(100, 1, [*rows, row(patient="P-0")])
        assert [line["units"] for line in lines.to_pylist()] == [20, 2]
        assert {each["status"] for each in found.to_pylist()} == {"billed"}


class TestResult:
    ROWS = (
        row(),
        row("97140", None, patient="P-2"),
        row("97161", 20, patient="P-3", clinician="aide"),
    )

    def test_counts(self) -> None:
        counts = billed(self.ROWS).counts
        assert (counts.rows, counts.billed_rows, counts.refused_rows) == (3, 2, 1)
        assert (counts.days, counts.refused_days, counts.lines) == (2, 1, 1)
        assert counts.rows_by_status == {
            RowStatus.BILLED: 1,
            RowStatus.NO_UNIT: 1,
            RowStatus.MISSING_VALUE: 1,
        }

    def test_counts_are_added(self) -> None:
        one, other = (
            billed(self.ROWS).counts,
            billed([row("97110", 8), row("97140", 8, sequence=2)]).counts,
        )
        both = one + other
        assert (both.rows, both.days, both.lines, both.tied_days) == (5, 3, 2, 1)
        assert both.rows_by_status[RowStatus.BILLED] == 3
        assert both.scalar_days == one.scalar_days + other.scalar_days

    def test_tied_and_scalar_days(self) -> None:
        tied = [row("97110", 8), row("97140", 8, sequence=2)]
        long = [row("97110", 600, patient="P-2")]
        family = [row("97130", 15, patient="P-3"), row("97129", 15, patient="P-3", sequence=2)]
        counts = billed([*tied, *long, *family]).counts
        assert (counts.days, counts.tied_days, counts.scalar_days) == (3, 1, 1)

    def test_repr(self) -> None:
        assert (
            repr(billed(self.ROWS))
            == "<BilledFrame 3 rows in, 1 line out; 2 days billed, 1 refused>"
        )

    def test_repr_of_many(self) -> None:
        result = billed([row(patient=f"P-{number}") for number in range(1200)])
        assert (
            repr(result)
            == "<BilledFrame 1,200 rows in, 1,200 lines out; 1,200 days billed, 0 refused>"
        )


class TestErrors:
    """With on_error="raise", the first rows that were not billed are errors."""

    def errors(self, rows: Sequence[Row]) -> ExceptionGroup[FileFormatError]:
        with pytest.raises(ExceptionGroup) as caught:
            billed(rows, on_error="raise")
        return caught.value

    def test_every_row_that_was_not_billed(self) -> None:
        found = self.errors([row(), row(minutes=None, patient="P-2"), row("97140", patient="P-2")])
        assert found.message == "2 rows were not billed; the first 2 are listed"
        assert [str(each) for each in found.exceptions] == [
            "<frame>, line 2: minutes are missing, and the code is timed",
            "<frame>, line 3: another row of the same patient and day cannot be used",
        ]

    def test_the_first_hundred(self) -> None:
        found = self.errors([row(minutes=None, patient=f"P-{number}") for number in range(1234)])
        assert found.message == "1,234 rows were not billed; the first 100 are listed"
        assert len(found.exceptions) == 100
        assert "line 100:" in str(found.exceptions[-1])

    def test_a_frame_without_errors(self) -> None:
        rows = [row(), row("97161", 20, patient="P-3", clinician="aide")]
        assert billed(rows, on_error="raise").counts.billed_rows == 2


def test_numpy_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without_numpy(name: str, *arguments: Any) -> Any:  # noqa: ANN401 - any value
        if name.partition(".")[0] == "numpy":
            raise ModuleNotFoundError(name=name)
        return real(name, *arguments)

    monkeypatch.delitem(sys.modules, "therapy_billing.batch.frames")
    monkeypatch.setattr(builtins, "__import__", without_numpy)
    message = refusal(
        ModuleNotFoundError, lambda: importlib.import_module("therapy_billing.batch.frames")
    )
    assert message == "bill_frame needs NumPy: pip install 'therapy-billing[batch]'"


def test_the_library_works_without_numpy() -> None:
    program = (
        "import sys; sys.modules['numpy'] = None; import therapy_billing, therapy_billing.batch as batch; "
        "print(batch.RowStatus.BILLED, batch.RowOrder.CODE)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "RowStatus.BILLED RowOrder.CODE\n"), done.stderr
