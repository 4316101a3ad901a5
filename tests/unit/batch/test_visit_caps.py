"""Test caps on visits in a log: the visits of the year are carried from one day to the next."""

from __future__ import annotations

import pytest

from tests.unit.batch.logs import log_of, treated
from therapy_billing import CPT_MIDPOINT, Accumulators, FeeSchedule
from therapy_billing.batch.billing import bill_log
from therapy_billing.batch.checking import check_log

RATES = FeeSchedule.from_rates({"97530": "40.00"})
CAPPED = CPT_MIDPOINT.with_changes(
    caps=[{"limit": 30, "of": "visits", "each": "discipline"}], fee_basis="contract"
)
DAYS = log_of(
    treated("p-1", "2025-12-28"), treated("p-1", "2025-12-29"), treated("p-1", "2026-01-05")
)


@pytest.mark.parametrize(
    ("before", "allowed"),
    [
        (28, ["80.00", "80.00", "80.00"]),
        (29, ["80.00", "None", "80.00"]),
        (30, ["None", "None", "80.00"]),
    ],
)
def test_visits_are_carried_and_start_at_zero_in_a_new_year(
    before: int, allowed: list[str]
) -> None:
    years = {"p-1": Accumulators(2025, pt_visits=before)}
    run = bill_log(DAYS, payer=CAPPED, fees=RATES, accumulators=years)
    days = [billed.priced for billed in run]
    assert [str(day.allowed) for day in days] == allowed
    after = [day.accumulators.visits("PT") for day in days if day.accumulators]
    assert after == [before + 1, before + 2, 1]
    assert [day.accumulators.visits("OT") for day in days if day.accumulators] == [None] * 3


def test_a_check_of_a_log_knows_the_visits_too() -> None:
    years = {"p-1": Accumulators(2025, pt_visits=30)}
    run = check_log(DAYS, payer=CAPPED, fees=RATES, accumulators=years)
    assert [str(checked.priced.allowed) for checked in run] == ["None", "None", "80.00"]


def test_a_patient_without_visits_gets_a_remark() -> None:
    for years in (None, {}, {"p-2": Accumulators(2025, pt_visits=30)}):
        run = bill_log(DAYS, payer=CAPPED, fees=RATES, accumulators=years)
        for billed in run:
            assert str(billed.priced.allowed) == "80.00"
            assert any("because pt_visits were not given" in each for each in billed.priced.remarks)


def test_a_payer_without_a_cap_on_visits_has_no_year() -> None:
    years = {"p-1": Accumulators(2025, pt_visits=30)}
    run = bill_log(
        DAYS, payer=CPT_MIDPOINT.with_changes(fee_basis="contract"), fees=RATES, accumulators=years
    )
    assert [billed.priced.accumulators for billed in run] == [None] * 3
