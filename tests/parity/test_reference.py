"""Test the reference: known days, every status, and the same lines as `bill_log`, so that it is not a second opinion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any

import pytest

from tests.parity.generate import (
    PayerCase,
    amounts_before,
    medicare_fees,
    nasty,
    ordinary,
    payers,
    planted,
    several_payers,
)
from tests.parity.reference import Expected, Row, billable_days, expected, line_values
from tests.refusals import refusal
from therapy_billing import Accumulators, FeeSchedule, InvalidInputError
from therapy_billing.batch import bill_log

DAY = date(2026, 3, 2)
OHIO = partial(FeeSchedule.medicare, locality="OH")
OF_A_LOG = ("patient", "discipline", "code", "minutes", "units", "clinician", "modifiers", "payer")
"""The columns that a log has too, with the same names."""


def row(
    patient: object = "p-1", day: date | None = DAY, code: str | None = "97530", **cells: object
) -> dict[str, Any]:
    made = {"patient": patient, "date_of_service": day, "discipline": "PT", "code": code}
    return {**made, "minutes": 30, "sequence": 1, **cells}


def statuses(*rows: Row, **arguments: Any) -> list[str]:  # noqa: ANN401 - the arguments of expected
    return [each.status for each in expected(rows, **arguments).rows]


class TestLines:
    def test_a_day_has_the_amounts_of_bill_day(self) -> None:
        result = expected([row()], fees=OHIO, accumulators={"p-1": Accumulators(2026, 283)})
        (line,) = result.lines
        assert (line["patient"], line["date_of_service"], line["code"]) == ("p-1", DAY, "97530")
        assert (line["units"], line["modifiers"], line["kx"]) == (2, "GP", "not needed")
        assert (line["full_units"], line["reduced_units"]) == (1, 1)
        assert line["full_amount"] + line["reduced_amount"] == line["allowed"] == Decimal("57.51")
        assert (
            line["medicare_pays"] + line["coinsurance"] + line["sequestration"] == line["allowed"]
        )

    def test_a_line_has_the_columns_that_the_frame_has(self) -> None:
        (line,) = expected([row(locality="OH")], fees=medicare_fees).lines
        assert ("payer" in line, "setting" in line, line["locality"]) == (False, False, "OH")

    def test_a_charge_is_for_one_unit(self) -> None:
        (line,) = expected([row(charge=Decimal("50.25"))]).lines
        assert line["charge"] == Decimal("100.50")

    def test_a_line_without_fees_has_no_amounts(self) -> None:
        (line,) = expected([row()]).lines
        assert (line["allowed"], line["full_units"], line["full_amount"]) == (None, 0, None)
        assert line["unpriced"]


class TestOrder:
    TIE = (
        row(code="97530", minutes=8, sequence=2),
        row(code="97112", minutes=8, sequence=1),
        row(code="97140", minutes=8, sequence=3),
    )

    def first(self, **arguments: Any) -> list[str]:  # noqa: ANN401 - the arguments of expected
        rows = list(self.TIE)
        if arguments:
            rows = [
                {name: value for name, value in each.items() if name != "sequence"} for each in rows
            ]
        return [line["code"] for line in expected(rows, **arguments).lines]

    def test_a_sequence_decides_a_tie(self) -> None:
        assert self.first() == ["97112", "97530"]

    def test_the_order_of_the_rows_decides_a_tie(self) -> None:
        assert sorted(self.first(order="rows")) == ["97112", "97530"]

    def test_the_order_of_the_codes_decides_a_tie(self) -> None:
        assert sorted(self.first(order="code")) == ["97112", "97140"]

    def test_without_an_order_the_frame_is_refused(self) -> None:
        rows = [{name: value for name, value in row().items() if name != "sequence"}]
        assert refusal(InvalidInputError, lambda: expected(rows)) == "give the documented order"


class TestStatus:
    @pytest.mark.parametrize(
        ("cells", "status"),
        [
            ({}, "billed"),
            ({"clinician": "student"}, "no-unit"),
            ({"minutes": None}, "missing-value"),
            ({"patient": None}, "missing-value"),
            ({"date_of_service": None}, "missing-value"),
            ({"code": None}, "missing-value"),
            ({"discipline": None}, "missing-value"),
            ({"minutes": 1440}, "billed"),
            ({"minutes": 1441}, "bad-value"),
            ({"minutes": -1}, "bad-value"),
            ({"minutes": 22.5}, "bad-value"),
            ({"minutes": 22.0}, "billed"),
            ({"units": 1}, "bad-value"),
            ({"clinician": "nobody"}, "bad-value"),
            ({"payer": "nobody"}, "bad-value"),
            ({"setting": "nowhere"}, "bad-value"),
            ({"modifiers": "GP"}, "bad-value"),
            ({"code": "99999"}, "unknown-code"),
            ({"date_of_service": date(2027, 1, 1)}, "date-out-of-range"),
            ({"code": "97129", "date_of_service": date(2019, 12, 31)}, "date-out-of-range"),
            ({"locality": "nowhere"}, "day-refused"),
            ({"date_of_service": date(2019, 9, 30)}, "day-refused"),
        ],
    )
    def test_a_row_has_a_status(self, cells: Mapping[str, object], status: str) -> None:
        assert statuses({**row(), **cells}, fees=medicare_fees) == [status]

    def test_a_bad_row_stops_the_other_rows_of_its_day(self) -> None:
        rows = row(), row(minutes=None), row(day=date(2026, 3, 3)), row("p-2")
        assert statuses(*rows) == ["other-row", "missing-value", "billed", "billed"]

    @pytest.mark.parametrize("column", ["payer", "locality", "setting"])
    def test_a_day_has_one_payer_locality_and_setting(self, column: str) -> None:
        values = {"payer": ("medicare", "humana"), "locality": ("OH", "NC")}
        one, other = values.get(column, ("office", "facility"))
        rows = {**row(), column: one}, {**row(), column: other}
        assert statuses(*rows) == ["day-refused", "day-refused"]

    def test_a_lost_day_ends_its_calendar_year(self) -> None:
        days = [(2024, 12, 30), (2025, 1, 2), (2025, 12, 31), (2026, 1, 2)]
        rows = [row(day=date(*day)) for day in days]
        rows[1]["minutes"] = None
        assert statuses(*rows, accumulators="start-at-zero") == [
            "billed",
            "missing-value",
            "year-unknown",
            "billed",
        ]
        assert statuses(*rows) == ["billed", "missing-value", "billed", "billed"]

    def test_a_payer_without_cost_sharing_needs_no_year(self) -> None:
        rows = row(minutes=None), row(day=date(2026, 3, 3), payer="humana")
        assert statuses(*rows, accumulators="start-at-zero") == ["missing-value", "billed"]


class TestFees:
    def asked(self, rows: Sequence[Row], payer: str = "") -> list[dict[str, Any]]:
        """Return the keywords of each call of a function of fees, for all payers or for one."""
        calls: list[dict[str, Any]] = []

        def fees(day: date, **more: Any) -> FeeSchedule:  # noqa: ANN401 - keywords
            calls.append(more)
            return FeeSchedule.medicare(day, **more)

        expected(rows, fees={payer: fees} if payer else fees)
        return calls

    def test_a_function_gets_the_columns_that_the_frame_has(self) -> None:
        assert self.asked([row()]) == [{}]
        assert self.asked([row(locality="OH")]) == [{"locality": "OH"}]

    @pytest.mark.parametrize(
        ("setting", "asked"),
        [("CAH", "non-facility"), ("office", "non-facility"), ("FACILITY", "facility")],
    )
    def test_a_function_gets_facility_or_not(self, setting: str, asked: str) -> None:
        (more,) = self.asked([row(setting=setting)])
        assert more["setting"].value == asked

    def test_a_payer_with_its_own_fees_is_not_asked(self) -> None:
        assert self.asked([row(payer="humana")]) == []

    def test_a_function_for_a_payer_is_asked(self) -> None:
        assert self.asked([row(payer="humana"), row("p-2")], "Humana") == [{}]


# The same lines as bill_log.


def _same_as_log(rows: Sequence[Row], case: PayerCase, **more: Any) -> Expected:  # noqa: ANN401 - the arguments of expected
    """Check the reference against `bill_log` on the days without bad rows, and return the reference."""
    frame = [
        {
            name: value
            for name, value in each.items()
            if name not in ("charge", "locality", "setting")
        }
        for each in rows
    ]
    arguments = {**case.arguments, "setting": "facility", **more}
    first = expected(frame, **arguments, accumulators=None)
    bad = ("missing-value", "bad-value", "unknown-code", "date-out-of-range", "other-row")
    good = [each for each, found in zip(frame, first.rows, strict=True) if found.status not in bad]
    good = [each for each in good if not _is_contradicted(good, each)]
    years = amounts_before(Random(5), good)
    result = expected(good, **arguments, accumulators=years)
    ordered = sorted(
        good, key=lambda each: (each["patient"], each["date_of_service"], each["sequence"])
    )
    log = [
        {"date": each["date_of_service"], **{name: each.get(name) for name in OF_A_LOG}}
        for each in ordered
    ]
    run = bill_log(log, **arguments, accumulators=years, keep_going=True)
    billed = {
        (each.day.patient, each.day.date_of_service, *line_values(line).items())
        for each in run
        for line in each.priced.lines
    }
    assert {
        (line["patient"], line["date_of_service"], *_without_own(line).items())
        for line in result.lines
    } == billed
    days = {_place(good[each.row]) for each in result.rows if each.status in ("billed", "no-unit")}
    assert len(run.errors) == len({_place(each) for each in good}) - len(days)
    return result


def _place(row: Row) -> tuple[object, object]:
    return row["patient"], row["date_of_service"]


def _is_contradicted(rows: Sequence[Row], row: Row) -> bool:
    """Return whether a day has several payers, or codes with the same sequence. A frame refuses it; a log takes the first."""
    day = [each for each in rows if _place(each) == _place(row)]
    payers_of_day = {each.get("payer") for each in day}
    numbers = {(each["sequence"], each["code"]) for each in day}
    return len(payers_of_day) > 1 or len({number for number, _ in numbers}) < len(numbers)


def _without_own(line: Mapping[str, Any]) -> dict[str, Any]:
    own = ("patient", "date_of_service", "payer", "locality", "setting")
    return {name: value for name, value in line.items() if name not in own}


LOGGED = [case for case in payers() if not isinstance(case.fees, Mapping)]
OF_OHIO = PayerCase(
    "medicare", "medicare", partial(medicare_fees, locality="OH", setting="facility")
)


@pytest.mark.parametrize("case", LOGGED, ids=lambda case: case.name)
def test_every_payer_has_the_lines_of_a_log(case: PayerCase) -> None:
    changed = case
    if callable(case.fees) and not isinstance(case.fees, FeeSchedule):
        changed = PayerCase(
            case.name, case.payer, OF_OHIO.fees, case.payers, case.policy_changes, case.attestations
        )
    _same_as_log(ordinary(Random(case.name), 4, 6), changed)


@pytest.mark.parametrize("seed", range(3))
def test_nasty_days_have_the_lines_of_a_log(seed: int) -> None:
    result = _same_as_log(nasty(Random(seed)), OF_OHIO)
    assert {"billed", "no-unit", "day-refused", "year-unknown"} <= set(result.counts)


def test_days_on_a_boundary_have_the_lines_of_a_log() -> None:
    result = _same_as_log(planted(Random(1), 200).rows, OF_OHIO)
    assert set(result.counts) == {"billed"}


def test_days_of_several_payers_have_the_lines_of_a_log() -> None:
    rows, _ = several_payers(Random(2), ordinary(Random(2), 20, 10))
    _same_as_log(rows, OF_OHIO)


def test_billable_days_are_the_days_without_a_fault() -> None:
    rows = [row(), row(minutes=None), row("p-2")]
    assert billable_days(rows, expected(rows)) == [rows[2]]
