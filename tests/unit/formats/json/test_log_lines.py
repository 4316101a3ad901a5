"""Test the JSON output: one line that a program reads back without loss."""

from __future__ import annotations

import json
from datetime import date

import pytest

from therapy_billing import (
    MEDICARE,
    Accumulators,
    Claim,
    ClaimLine,
    FeeSchedule,
    PricedDay,
    Session,
    TimedService,
    UntimedService,
    bill_day,
    explain,
    price_day,
)
from therapy_billing.base.data_loader import data_version
from therapy_billing.batch import BilledDay
from therapy_billing.formats.json.log_lines import billed_day_json
from therapy_billing.visits import LogDay

RATES = FeeSchedule.from_rates({"97530": "40.42", "97110": "30.00"})


SESSION = Session(
    date(2026, 3, 2),
    "PT",
    [TimedService("97530", 20), TimedService("97110", 20), UntimedService("97161", 30)],
)


def a_day() -> PricedDay:
    return bill_day(SESSION, MEDICARE, RATES, Accumulators(2026))


def billed(
    priced: PricedDay, patient: str = "P-1", skipped_lines: tuple[int, ...] = ()
) -> BilledDay:
    day = LogDay(patient, priced.date_of_service, "", [SESSION], 2, skipped_lines)
    return BilledDay(day, priced)


def test_a_day_has_every_field() -> None:
    assert json.loads(billed_day_json(billed(a_day()))) == {
        "patient": "P-1",
        "data": data_version().to_dict(),
        "date_of_service": "2026-03-02",
        "payer": "medicare",
        "method": "cms-eight-minute",
        "units": {"97530": 2, "97110": 1},
        "total_units": 3,
        "admissible": [{"97530": 2, "97110": 1}, {"97530": 1, "97110": 2}],
        "tied": True,
        "uncapped_units": {"97530": 2, "97110": 1},
        "untimed_units": {"97161": 1},
        "unbilled": [],
        "timed_minutes": 40,
        "treatment_minutes": 70,
        "floored_seconds": 0,
        "capped_units": [],
        "fees": "contract rates",
        "setting": "non-facility",
        "counted_by": "",
        "paid_at_cost": False,
        "medicare_pays_range": None,
        "lines": [
            {
                "discipline": "PT",
                "code": "97530",
                "units": 2,
                "modifiers": ["GP"],
                "charge": None,
                "keys": [],
                "unit_amounts": ["40.42", "40.42"],
                "furnisher_share": "1",
                "allowed": "80.84",
                "mppr_reduction": "0.00",
                "deductible": "80.84",
                "coinsurance": "0.00",
                "assistant_reduction": "0.00",
                "sequestration": "0.00",
                "medicare_pays": "0.00",
                "patient_responsibility": "80.84",
                "provider_receives": "80.84",
                "kx": "not needed",
                "unpriced": "",
                "denied_for": "",
                "minutes": 20,
            },
            {
                "discipline": "PT",
                "code": "97110",
                "units": 1,
                "modifiers": ["GP"],
                "charge": None,
                "keys": [],
                "unit_amounts": ["30.00"],
                "furnisher_share": "1",
                "allowed": "30.00",
                "mppr_reduction": "0.00",
                "deductible": "30.00",
                "coinsurance": "0.00",
                "assistant_reduction": "0.00",
                "sequestration": "0.00",
                "medicare_pays": "0.00",
                "patient_responsibility": "30.00",
                "provider_receives": "30.00",
                "kx": "not needed",
                "unpriced": "",
                "denied_for": "",
                "minutes": 20,
            },
            {
                "discipline": "PT",
                "code": "97161",
                "units": 1,
                "modifiers": ["GP"],
                "charge": None,
                "keys": [],
                "unit_amounts": [],
                "furnisher_share": "1",
                "allowed": None,
                "mppr_reduction": None,
                "deductible": None,
                "coinsurance": None,
                "assistant_reduction": None,
                "sequestration": None,
                "medicare_pays": None,
                "patient_responsibility": None,
                "provider_receives": None,
                "kx": "not needed",
                "unpriced": "no price for 97161 in contract rates: the code is not in the schedule",
                "denied_for": "",
                "minutes": None,
            },
        ],
        "allowed": "110.84",
        "mppr_reduction": "0.00",
        "medicare_pays": "0.00",
        "patient_responsibility": "110.84",
        "provider_receives": "110.84",
        "caps": [],
        "complete": False,
        "thresholds": [
            {
                "bucket": "PT and SLP",
                "before": "0.00",
                "after": "110.84",
                "threshold": "2480.00",
                "beyond": False,
                "may_be_reviewed": False,
            }
        ],
        "accumulators_before": {
            "year": 2026,
            "deductible_met": "0.00",
            "pt_slp": "0.00",
            "ot": "0.00",
            "pt_visits": None,
            "ot_visits": None,
            "slp_visits": None,
        },
        "accumulators": {
            "year": 2026,
            "deductible_met": "110.84",
            "pt_slp": "110.84",
            "ot": "0.00",
            "pt_visits": None,
            "ot_visits": None,
            "slp_visits": None,
        },
        "remarks": [
            "the amounts come from the rates that were given, not from Medicare's fee schedule",
            "the fee schedule has no MPPR amounts, so every unit is priced in full",
        ],
        "skipped_lines": [],
    }


def test_the_patient_comes_first_and_there_is_no_explanation_by_default() -> None:
    record = json.loads(billed_day_json(billed(a_day())))
    assert next(iter(record)) == "patient"
    assert "explanation" not in record


def test_an_explanation_is_a_list_of_steps() -> None:
    explanation = explain(a_day())
    record = json.loads(billed_day_json(billed(a_day(), skipped_lines=(3, 14)), explanation))
    assert record["skipped_lines"] == [3, 14]
    assert record["explanation"] == json.loads(json.dumps(explanation.to_dict()["steps"]))
    assert [step["rule"] for step in record["explanation"]][:2] == [
        "pooled-day",
        "cms-eight-minute",
    ]


@pytest.mark.parametrize("key", ["Ñ-1", "\x1b[2J", 'P"1', "P\n1", "\ud800", "\u2028"])
def test_a_day_is_one_line_of_printable_ascii_for_any_key(key: str) -> None:
    text = billed_day_json(billed(a_day(), key))
    assert text.isascii()
    assert text.isprintable()
    assert json.loads(text)["patient"] == key


def test_a_hand_written_claim_has_no_allocation_fields() -> None:
    day = price_day(Claim("2026-03-02", [ClaimLine("97530", 1)]), MEDICARE, RATES)
    record = json.loads(billed_day_json(billed(day)))
    assert record["lines"][0]["discipline"] is None
    assert (record["payer"], record["date_of_service"]) == ("medicare", "2026-03-02")
    assert (record["thresholds"], record["accumulators"]) == ([], None)
    assert "units" not in record


def test_the_accumulators_of_a_day_can_be_passed_to_the_next() -> None:
    record = json.loads(billed_day_json(billed(a_day())))
    assert Accumulators.from_dict(record["accumulators"]) == a_day().accumulators
