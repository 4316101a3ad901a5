"""Priced days as JSON: one line that a program reads back without loss."""

from __future__ import annotations

import json
from datetime import date

import pytest

from therapy_billing import (
    MEDICARE,
    FeeSchedule,
    PricedDay,
    Session,
    TimedService,
    UntimedService,
    bill_day,
    explain,
)
from therapy_billing.exporters.day_json import day_json
from therapy_billing.records import Service

RATES = FeeSchedule.from_rates({"97530": "40.42", "97110": "30.00"})


def a_day() -> PricedDay:
    services: list[Service] = [
        TimedService("97530", 20),
        TimedService("97110", 20),
        UntimedService("97161", 30),
    ]
    return bill_day(Session(date(2026, 3, 2), "PT", services), MEDICARE, RATES)


def test_a_day_is_told_in_full() -> None:
    assert json.loads(day_json("P-1", "medicare", a_day())) == {
        "patient": "P-1",
        "date_of_service": "2026-03-02",
        "payer": "medicare",
        "method": "cms-eight-minute",
        "units": {"97530": 2, "97110": 1},
        "total_units": 3,
        "admissible": [{"97530": 2, "97110": 1}, {"97530": 1, "97110": 2}],
        "tied": True,
        "uncapped_units": {"97530": 2, "97110": 1},
        "untimed_units": {"97161": 1},
        "timed_minutes": 40,
        "treatment_minutes": 70,
        "floored_seconds": 0,
        "cuts": [],
        "fees": "contract rates, before MPPR, GPCI and adjustments",
        "lines": [
            {
                "discipline": "PT",
                "code": "97530",
                "minutes": 20,
                "units": 2,
                "amount": "80.84",
                "unpriced": "",
            },
            {
                "discipline": "PT",
                "code": "97110",
                "minutes": 20,
                "units": 1,
                "amount": "30.00",
                "unpriced": "",
            },
            {
                "discipline": "PT",
                "code": "97161",
                "minutes": None,
                "units": 1,
                "amount": None,
                "unpriced": "no price for 97161 in contract rates, before MPPR, GPCI and "
                "adjustments: the code is not in it",
            },
        ],
        "total": "110.84",
        "complete": False,
        "lines_left_out": [],
    }


def test_the_patient_comes_first_and_nothing_is_explained_unasked() -> None:
    record = json.loads(day_json("P-1", "medicare", a_day()))
    assert next(iter(record)) == "patient"
    assert "explanation" not in record


def test_the_payer_is_the_one_given() -> None:
    assert json.loads(day_json("P-1", "another", a_day()))["payer"] == "another"


def test_an_explanation_is_added_as_its_steps() -> None:
    explanation = explain(a_day())
    record = json.loads(day_json("P-1", "medicare", a_day(), (3, 14), explanation))
    assert record["lines_left_out"] == [3, 14]
    assert record["explanation"] == json.loads(json.dumps(explanation.to_dict()["steps"]))
    assert [step["rule"] for step in record["explanation"]][:2] == [
        "pooled-day",
        "cms-eight-minute",
    ]


@pytest.mark.parametrize("key", ["Ñ-1", "\x1b[2J", 'P"1', "P\n1", "\ud800", "\u2028"])
def test_a_day_is_one_line_of_printable_ascii_whatever_the_key(key: str) -> None:
    text = day_json(key, "medicare", a_day())
    assert text.isascii()
    assert text.isprintable()
    assert json.loads(text)["patient"] == key


def test_minutes_without_day_and_discipline_have_neither() -> None:
    record = json.loads(day_json("P-1", "medicare", bill_day({"97530": 20}, MEDICARE, RATES)))
    assert record["date_of_service"] is None
    assert record["lines"][0]["discipline"] is None
