"""Test that results from JSON explain, price, check, and display like the originals."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from tests.payers_that_count import PAYERS_THAT_COUNT
from therapy_billing import (
    MEDICARE,
    PAYERS,
    Accumulators,
    Claim,
    FeeSchedule,
    PricedDay,
    Session,
    TimedService,
    UntimedService,
    allocate_units,
    bill_day,
    build_claim,
    check_claim,
    check_day,
    compare_methods,
    compare_payers,
    explain,
    from_json,
    price_day,
    suggest_code,
    to_dict,
    to_json,
    unit_margins,
)
from therapy_billing.base.record_dicts import DictRecord

ON = "2026-03-02"
OHIO = FeeSchedule.medicare(ON, locality="OH")
YEAR = Accumulators(2026, deductible_met="100.00", pt_slp="2400.00")
SESSION = Session(
    ON,
    "PT",
    [
        TimedService("97530", 20, clinician="assistant", key="row 1"),
        TimedService("97110", 20, clinician="together", key="row 2"),
        TimedService("97112", 9, clinician="assistant", key="row 3"),
        TimedService("97140", 8, clinician="student", key="row 4"),
        UntimedService("97161", 30, key="row 5"),
    ],
    key="visit 1",
)
OTHER = Session(ON, "OT", [TimedService("97535", 24), TimedService("97129", 40)])
SESSIONS = [SESSION, OTHER]


def again(record: Any) -> Any:  # noqa: ANN401 - any record
    return from_json(to_json(record))


def displays(record: Any) -> list[str]:  # noqa: ANN401 - any record
    """Return every display of *record*."""
    shown = [repr(record), str(record)]
    for name in ("_repr_html_", "to_table"):
        call: Callable[[], str] | None = getattr(record, name, None)
        shown += [] if call is None else [call()]
    return shown


def test_a_claim_explains_the_shares_of_an_assistant_which_its_dict_loses() -> None:
    claim = build_claim(SESSIONS, MEDICARE)
    steps = explain(claim).steps
    assert explain(again(claim)).steps == steps
    assert {"assistant-whole-units", "assistant-together", "furnisher-scope"} <= {
        step.rule.id for step in steps
    }
    # The dict of a claim has the date and the lines, and nothing to explain their units.
    assert list(to_dict(claim)) == ["date_of_service", "lines"]
    assert explain(Claim(claim.date_of_service, claim.lines)).steps == ()


@pytest.mark.parametrize("name", PAYERS_THAT_COUNT)
def test_a_day_of_each_payer_is_equal_and_explains_and_displays_the_same(name: str) -> None:
    day = bill_day(SESSIONS, PAYERS[name], OHIO, YEAR)
    copy = again(day)
    assert copy == day
    assert hash(copy) == hash(day)
    assert explain(copy) == explain(day)
    assert displays(copy) == displays(day)
    assert displays(explain(copy)) == displays(explain(day))
    assert to_dict(copy) == to_dict(day)


@pytest.mark.parametrize("name", PAYERS_THAT_COUNT)
def test_a_claim_of_each_payer_is_priced_and_checked_the_same(name: str) -> None:
    payer = PAYERS[name]
    claim = build_claim(SESSIONS, payer)
    copy = again(claim)
    assert copy == claim
    assert price_day(copy, payer, OHIO, YEAR) == price_day(claim, payer, OHIO, YEAR)
    found = check_claim(claim, payer, OHIO, YEAR)
    assert check_claim(copy, payer, OHIO, YEAR) == found
    assert again(found) == found
    assert displays(again(found)) == displays(found)


@pytest.mark.parametrize("name", PAYERS_THAT_COUNT)
def test_units_of_each_payer_are_equal_and_display_the_same(name: str) -> None:
    units = allocate_units(SESSIONS, PAYERS[name])
    copy = again(units)
    assert copy == units
    assert displays(copy) == displays(units)
    assert (copy.remarks, copy.units, copy.unbilled) == (units.remarks, units.units, units.unbilled)
    assert explain(copy) == explain(units)


@pytest.mark.parametrize("name", PAYERS)
def test_each_payer_and_its_policy_are_equal(name: str) -> None:
    assert again(PAYERS[name]) == PAYERS[name]
    assert again(PAYERS[name].on(ON)) == PAYERS[name].on(ON)


def test_a_session_from_json_is_billed_the_same() -> None:
    assert again(SESSION) == SESSION
    assert bill_day(again(SESSION), MEDICARE, OHIO, YEAR) == bill_day(SESSION, MEDICARE, OHIO, YEAR)
    assert check_day(again(SESSION), MEDICARE) == check_day(SESSION, MEDICARE)


@pytest.mark.parametrize(
    "result",
    [
        compare_methods({"97110": 8, "97124": 8}, MEDICARE, PAYERS["cpt-midpoint"]),
        compare_payers(SESSION, MEDICARE, PAYERS["bcbs-nebraska"], OHIO),
        suggest_code("squats with a band, then walking on the stairs"),
        explain(bill_day(SESSION, MEDICARE, OHIO, YEAR)),
        check_day(SESSION, MEDICARE, OHIO, YEAR),
        unit_margins(allocate_units(SESSION, MEDICARE))[0],
    ],
    ids=lambda result: type(result).__name__,
)
def test_other_results_are_equal_and_display_the_same(result: DictRecord) -> None:
    assert again(result) == result
    assert displays(again(result)) == displays(result)


def test_a_day_priced_without_fees_keeps_its_reasons() -> None:
    day = price_day(build_claim(SESSION, MEDICARE), MEDICARE, FeeSchedule.from_rates({"97110": 9}))
    copy: PricedDay = from_json(to_json(day), PricedDay)
    assert copy == day
    assert [line.unpriced for line in copy.lines] == [line.unpriced for line in day.lines]


def test_many_days_store_their_policy_once() -> None:
    day = bill_day(SESSION, MEDICARE, OHIO, YEAR)
    document = json.loads(to_json([day, attrs.evolve(day, remarks=("a remark",))]))
    assert len(document["policies"]) == 1
    assert len(to_json([day] * 10)) < 4 * len(to_json(day))
