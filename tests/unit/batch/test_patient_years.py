"""Test the year-to-date amounts after a day that was left out: they are unknown until the end of its calendar year."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.refusals import refusal
from tests.unit.batch.logs import OHIO, log_of, treated
from therapy_billing import PAYERS, Accumulators, InvalidInputError, Policy
from therapy_billing.batch import bill_log
from therapy_billing.batch.patient_years import UNKNOWN_YEAR, PatientYears
from therapy_billing.payers import Cap, Counting

MEDICARE = PAYERS["medicare"].on("2026-03-02")
VISITS = Policy(Counting("cms-eight-minute", caps=(Cap(20, of="visits"),)))
SPENT = Accumulators(2024, "240.00", "1200.00", "300.00", pt_visits=7)


class TestALostDay:
    @pytest.mark.parametrize("lost", ["2024-01-02", "2024-12-31"])
    def test_the_rest_of_its_year_is_unknown(self, lost: str) -> None:
        years = PatientYears({"p-1": SPENT})
        years.lose(treated("p-1", lost))
        assert (
            refusal(InvalidInputError, lambda: years.before(treated("p-1", "2024-12-31"), MEDICARE))
            == UNKNOWN_YEAR
        )

    @pytest.mark.parametrize("later", ["2025-01-01", "2025-12-31", "2026-01-01"])
    def test_a_later_year_starts_at_zero(self, later: str) -> None:
        years = PatientYears({"p-1": SPENT})
        years.lose(treated("p-1", "2024-12-31"))
        day = treated("p-1", later)
        assert years.before(day, MEDICARE) == Accumulators(day.date_of_service.year, pt_visits=0)

    def test_a_lost_first_day_of_january_is_in_the_new_year(self) -> None:
        years = PatientYears({"p-1": SPENT})
        years.lose(treated("p-1", "2025-01-01"))
        assert (
            refusal(InvalidInputError, lambda: years.before(treated("p-1", "2025-01-02"), MEDICARE))
            == UNKNOWN_YEAR
        )
        assert years.before(treated("p-1", "2026-01-02"), MEDICARE) == Accumulators(
            2026, pt_visits=0
        )

    def test_the_next_year_can_be_lost_too(self) -> None:
        years = PatientYears({"p-1": SPENT})
        for lost in ("2024-12-31", "2025-01-01"):
            years.lose(treated("p-1", lost))
        assert (
            refusal(InvalidInputError, lambda: years.before(treated("p-1", "2025-01-02"), MEDICARE))
            == UNKNOWN_YEAR
        )

    def test_a_cap_on_visits_is_not_checked_with_lost_visits(self) -> None:
        years = PatientYears({"p-1": SPENT})
        years.lose(treated("p-1", "2024-03-02"))
        assert years.before(treated("p-1", "2024-03-03"), VISITS) is None
        assert years.before(treated("p-1", "2025-03-03"), VISITS) == Accumulators(2025, pt_visits=0)

    def test_a_patient_without_amounts_still_has_none(self) -> None:
        years = PatientYears({})
        years.lose(treated("p-1", "2024-12-31"))
        assert "no entry for the patient" in refusal(
            InvalidInputError, lambda: years.before(treated("p-1", "2025-01-02"), MEDICARE)
        )

    def test_amounts_that_are_not_tracked_cannot_be_lost(self) -> None:
        years = PatientYears(None)
        years.carry(treated("p-1", "2024-03-02"), SPENT)
        years.lose(treated("p-1", "2025-01-02"))
        assert years.before(treated("p-1", "2025-01-05"), MEDICARE) is None


def test_a_log_bills_the_year_after_a_lost_day() -> None:
    log = log_of(
        treated("p-1", "2024-12-29", line=2),
        treated("p-1", "2024-12-30", payer="nobody", line=3),
        treated("p-1", "2024-12-31", line=4),
        treated("p-1", "2025-01-02", line=5),
        treated("p-1", "2025-01-05", line=6),
    )
    run = bill_log(log, fees=OHIO, accumulators={"p-1": SPENT}, keep_going=True)
    billed = {each.day.line: each.priced for each in run}
    assert list(billed) == [2, 5, 6]
    assert [error.line for error in run.errors] == [3, 4]
    assert billed[5].accumulators_before == Accumulators(2025, pt_visits=0)
    assert billed[6].accumulators_before == billed[5].accumulators
    assert billed[5].lines[0].share is not None
    assert billed[5].lines[0].share.deductible == Decimal("56.54")


def test_a_day_with_a_skipped_row_in_january_loses_the_new_year() -> None:
    log = log_of(
        treated("p-1", "2025-01-02", skipped_lines=(3,)),
        treated("p-1", "2025-12-31", line=4),
        treated("p-1", "2026-01-05", line=5),
    )
    run = bill_log(log, accumulators={"p-1": SPENT}, keep_going=True)
    assert [each.day.line for each in run] == [2, 5]
    assert [str(error) for error in run.errors] == [f"clinic.csv, line 4: {UNKNOWN_YEAR}"]
