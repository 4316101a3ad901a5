"""Test bill_log: order of the days, year-to-date amounts, errors, and totals."""

from __future__ import annotations

import datetime
import io
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest

from tests.refusals import refusal
from tests.unit.batch.logs import OHIO, log_of, treated
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    PAYERS,
    Accumulators,
    FeeSchedule,
    FileFormatError,
    InvalidInputError,
    Policy,
    Setting,
    TiePolicy,
    UnitMethod,
)
from therapy_billing.base.errors import UnknownNameError
from therapy_billing.batch.billing import BillingRun, bill_log
from therapy_billing.batch.records import BilledDay
from therapy_billing.pricing import KxState
from therapy_billing.visits import LogDay

YEARS = {name: Accumulators(2026, deductible_met="283.00") for name in ("p-1", "p-2")}
NOBODY = f"unknown payer (a string of 6 characters): use {', '.join(PAYERS)}"


def unknown_day(line: int, patient: str = "p-1") -> LogDay:
    """A day that cannot be billed."""
    return treated(patient, "2026-01-02", line=line, payer="nobody")


def left(run: BillingRun) -> list[tuple[str, str]]:
    """Return the patient and the date of each result."""
    return [(each.day.patient, each.day.date_of_service.isoformat()) for each in run]


class TestOrder:
    def test_a_patients_days_are_in_date_order(self) -> None:
        log = log_of(
            treated("p-1", "2026-03-09"),
            treated("p-2", "2026-03-04"),
            treated("p-1", "2026-03-02"),
            treated("p-2", "2026-03-03"),
        )
        assert left(bill_log(log)) == [
            ("p-1", "2026-03-02"),
            ("p-2", "2026-03-03"),
            ("p-1", "2026-03-09"),
            ("p-2", "2026-03-04"),
        ]

    def test_a_day_is_billed_when_it_is_iterated_to(self) -> None:
        run = bill_log(log_of(treated("p-1", "2026-03-02"), treated("p-2", "2026-03-02")))
        assert run.totals.days == 0
        next(run)
        assert run.totals.days == 1
        assert [each.day.patient for each in run] == ["p-2"]
        assert list(run) == []


class TestYears:
    def test_the_year_carries_over_from_one_day_to_the_next(self) -> None:
        log = log_of(treated("p-1", "2026-03-02"), treated("p-1", "2026-03-03"))
        years = {"p-1": Accumulators(2026, deductible_met="240.00")}
        first, second = [each.priced for each in bill_log(log, fees=OHIO, accumulators=years)]
        assert first.accumulators_before == years["p-1"]
        assert second.accumulators_before == first.accumulators
        shares = [line.share for day in (first, second) for line in day.lines]
        assert [share.deductible for share in shares if share is not None] == [
            Decimal("43.00"),
            Decimal("0.00"),
        ]

    def test_a_new_year_starts_at_zero_in_january(self) -> None:
        log = log_of(treated("p-1", "2025-12-31"), treated("p-1", "2026-01-01"))
        years = {"p-1": Accumulators(2025, deductible_met="257.00", pt_slp="2410.00")}
        december, january = [each.priced for each in bill_log(log, fees=OHIO, accumulators=years)]
        assert december.accumulators is not None
        assert december.accumulators.year == 2025
        assert january.accumulators_before == Accumulators(2026)

    def test_kx_depends_on_the_earlier_days(self) -> None:
        log = log_of(*(treated("p-1", f"2026-03-{day:02}") for day in (2, 3, 4)))
        years = {"p-1": Accumulators(2026, deductible_met="283.00", pt_slp="2400.00")}
        run = bill_log(log, fees=OHIO, accumulators=years)
        assert [each.priced.lines[0].kx for each in run] == [
            KxState.NOT_NEEDED,
            KxState.SUGGESTED,
            KxState.SUGGESTED,
        ]
        assert run.totals.kx_lines == 2

    def test_patients_have_separate_years(self) -> None:
        log = log_of(treated("p-1", "2026-03-02"), treated("p-2", "2026-03-03"))
        years = {name: Accumulators(2026, deductible_met="283.00") for name in ("p-1", "p-2")}
        for each in bill_log(log, fees=OHIO, accumulators=years):
            assert each.priced.accumulators_before == years["p-1"]

    def test_the_callers_years_are_not_changed(self) -> None:
        years = {"p-1": Accumulators(2026)}
        list(bill_log(log_of(treated("p-1", "2026-03-02")), fees=OHIO, accumulators=years))
        assert years == {"p-1": Accumulators(2026)}

    def test_a_payer_without_cost_sharing_needs_no_year(self) -> None:
        log = log_of(treated("p-1", "2026-03-02", payer="humana"))
        (billed,) = bill_log(log, fees=OHIO, accumulators={})
        assert billed.priced.accumulators is None

    def test_a_patient_without_a_year_is_an_error(self) -> None:
        run = bill_log(
            log_of(treated("p-1", "2026-03-02", line=7)), accumulators={}, keep_going=True
        )
        assert left(run) == []
        assert [str(error) for error in run.errors] == [
            "clinic.csv, line 7: accumulators has no entry for the patient of this day: add the patient's key"
        ]


class TestADayThatFails:
    LOST = "an earlier day of this patient was left out or is incomplete, so the year-to-date amounts are unknown: fix that day first"

    def test_only_the_same_patients_later_days_fail(self) -> None:
        log = log_of(
            treated("p-1", "2026-03-02", line=2),
            treated("p-1", "2026-03-03", payer="nobody", line=3),
            treated("p-1", "2026-03-04", line=4),
            treated("p-2", "2026-03-05", line=5),
        )
        run = bill_log(log, fees=OHIO, accumulators=YEARS, keep_going=True)
        assert left(run) == [("p-1", "2026-03-02"), ("p-2", "2026-03-05")]
        assert [(error.line, str(error).partition(": ")[2]) for error in run.errors] == [
            (3, NOBODY),
            (4, self.LOST),
        ]

    def test_without_accumulators_only_that_day_fails(self) -> None:
        log = log_of(
            treated("p-1", "2026-03-02", payer="nobody"), treated("p-1", "2026-03-03", line=3)
        )
        run = bill_log(log, fees=OHIO, keep_going=True)
        assert left(run) == [("p-1", "2026-03-03")]
        assert len(run.errors) == 1

    def test_a_day_with_missing_rows_is_billed_and_ends_the_year(self) -> None:
        log = log_of(
            treated("p-1", "2026-03-02", skipped_lines=(3,)), treated("p-1", "2026-03-04", line=4)
        )
        run = bill_log(log, fees=OHIO, accumulators=YEARS, keep_going=True)
        assert left(run) == [("p-1", "2026-03-02")]
        assert [str(error) for error in run.errors] == [f"clinic.csv, line 4: {self.LOST}"]

    def test_all_errors_are_raised_together_after_the_last_day(self) -> None:
        row = FileFormatError("not whole minutes", "clinic.csv", 2, "minutes")
        log = log_of(
            unknown_day(3), treated("p-2", "2026-03-02"), unknown_day(5, "p-3"), errors=(row,)
        )
        run = bill_log(log)
        results: list[BilledDay] = []
        with pytest.raises(ExceptionGroup) as caught:
            results.extend(run)
        assert caught.value.message == "clinic.csv has bad rows or days"
        assert [str(error) for error in caught.value.exceptions] == [
            "clinic.csv, line 2, column minutes: not whole minutes",
            f"clinic.csv, line 3: {NOBODY}",
            f"clinic.csv, line 5: {NOBODY}",
        ]
        assert run.totals.days == 1
        with pytest.raises(ExceptionGroup):
            next(run)

    def test_a_run_that_keeps_going_raises_nothing(self) -> None:
        run = bill_log(log_of(unknown_day(3)), keep_going=True)
        assert list(run) == []
        assert [error.line for error in run.errors] == [3]


class TestFees:
    def test_each_day_has_the_schedule_of_its_date(self) -> None:
        log = log_of(treated("p-1", "2025-12-31"), treated("p-2", "2026-01-02"))
        for each in bill_log(log, fees=OHIO):
            day = each.day.date_of_service
            assert each.priced.lines[0].price == OHIO(day).price("97530")

    def test_a_payer_with_its_own_fees_does_not_get_medicares(self) -> None:
        asked: list[datetime.date] = []

        def fees(day: datetime.date) -> FeeSchedule:
            asked.append(day)
            return OHIO(day)

        log = log_of(treated("p-1", "2026-03-02", payer="humana"), treated("p-2", "2026-03-03"))
        humana, medicare = [each.priced for each in bill_log(log, fees=fees)]
        assert (humana.payer, humana.allowed) == ("humana", None)
        assert medicare.allowed == Decimal("57.51")
        assert asked == [datetime.date(2026, 3, 3)]

    def test_without_fees_there_are_units_and_no_amounts(self) -> None:
        (billed,) = bill_log(log_of(treated("p-1", "2026-03-02")))
        assert (billed.priced.allowed, billed.priced.lines[0].units) == (None, 2)

    def test_one_schedule_prices_every_day_of_one_payer(self) -> None:
        rates = FeeSchedule.from_rates({"97530": "30.00"})
        log = log_of(treated("p-1", "2024-03-02"), treated("p-2", "2026-03-02"))
        assert [each.priced.allowed for each in bill_log(log, PAYERS["humana"], rates)] == [
            Decimal("60.00"),
            Decimal("60.00"),
        ]

    def test_a_function_that_returns_no_schedule_is_refused_immediately(self) -> None:
        wrong: Any = {"97530": "30.00"}
        message = refusal(
            InvalidInputError,
            lambda: bill_log(log_of(treated("p-1", "2026-03-02")), fees=lambda _: wrong),
        )
        assert message == "fees must return a FeeSchedule, got a dict"

    def test_a_message_about_payers_shows_known_names_only(self) -> None:
        rates = FeeSchedule.from_rates({"97530": "30.00"})
        log = log_of(
            treated("p-1", "2026-03-02", payer="Rosa Invented"), treated("p-2", "2026-03-02")
        )
        message = refusal(InvalidInputError, lambda: bill_log(log, fees=rates))
        assert "rows for medicare:" in message

    def test_one_schedule_is_for_one_payer(self) -> None:
        rates = FeeSchedule.from_rates({"97530": "30.00"})
        log = log_of(treated("p-1", "2026-03-02", payer="humana"), treated("p-2", "2026-03-02"))
        assert refusal(InvalidInputError, lambda: bill_log(log, fees=rates)) == (
            "fees are the rates of one payer, but the log has rows for humana, medicare: bill each "
            "payer's rows separately"
        )


class TestTerms:
    def test_rows_without_a_payer_use_the_given_payer(self) -> None:
        log = log_of(treated("p-1", "2026-03-02"), treated("p-2", "2026-03-02", payer="medicare"))
        run = bill_log(log, PAYERS["highmark"])
        assert [each.priced.payer for each in run] == ["highmark", "medicare"]

    def test_payers_are_named_in_any_case(self) -> None:
        log = log_of(treated("p-1", "2026-03-02"), treated("p-2", "2026-03-02", payer="Medicare"))
        assert [each.priced.payer for each in bill_log(log, " HIGHMARK")] == [
            "highmark",
            "medicare",
        ]

    def test_the_payer_may_be_one_of_the_given_payers(self) -> None:
        acme = attrs.evolve(MEDICARE, name="Acme Plan")
        run = bill_log(
            log_of(treated("p-1", "2026-03-02")), "acme plan", payers={"Acme Plan": acme}
        )
        assert [each.priced.payer for each in run] == ["Acme Plan"]

    def test_rows_may_only_name_the_given_payers(self) -> None:
        log = log_of(treated("p-1", "2026-03-02", payer="humana"))
        run = bill_log(log, payers={"medicare": MEDICARE}, keep_going=True)
        assert list(run) == []
        assert "unknown payer (a string of 6 characters): use medicare" in str(run.errors[0])

    def test_a_changed_method_is_named_with_the_day(self) -> None:
        changes = {"method": "cpt-midpoint"}
        log = log_of(treated("p-1", "2026-03-02", 22))
        (billed,) = bill_log(log, policy_changes=changes)
        assert (billed.priced.payer, billed.priced.counted_by) == ("medicare", "cpt-midpoint")
        assert billed.priced.remarks[0] == (
            "cpt-midpoint counted the units; medicare may count them differently"
        )

    def test_a_patients_day_is_in_a_log_once(self) -> None:
        log = log_of(treated("p-1", "2026-03-02"), treated("p-1", "2026-03-02", line=3))
        assert refusal(InvalidInputError, lambda: bill_log(log)) == (
            "lines 2 and 3 have the same patient and date of service (2026-03-02): put all sessions of a day into one LogDay"
        )

    def test_later_changes_by_the_caller_have_no_effect(self) -> None:
        changes: dict[str, Any] = {"tie_policy": TiePolicy.DOCUMENTED_ORDER}
        run = bill_log(log_of(treated("p-1", "2026-03-02", 22)), policy_changes=changes)
        changes |= {"method": "cpt-midpoint"}
        assert next(run).priced.counted_by == ""

    def test_attestations_apply_to_every_day(self) -> None:
        log = log_of(treated("p-1", "2026-03-02"), treated("p-2", "2026-03-02"))
        years = {name: Accumulators(2026, pt_slp="2480.00") for name in ("p-1", "p-2")}
        run = bill_log(log, fees=OHIO, accumulators=years, attestations=iter(["KX"]))
        assert {each.priced.lines[0].modifiers for each in run} == {("GP", "KX")}

    def test_the_setting_applies_to_every_day(self) -> None:
        run = bill_log(
            log_of(treated("p-1", "2026-03-02")),
            fees=OHIO,
            setting="critical-access-hospital",
        )
        assert [each.priced.setting for each in run] == [Setting.CRITICAL_ACCESS_HOSPITAL]

    def test_an_unknown_payer_is_refused_with_the_known_ones(self) -> None:
        log = log_of(treated("p-1", "2026-03-02"))
        assert refusal(UnknownNameError, lambda: bill_log(log, "Rosa Invented")).startswith(
            "unknown payer (a string of 13 characters): use medicare"
        )

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({"payer": 7}, "payer must be a Payer such as MEDICARE, a Policy"),
            (
                {"fees": 7},
                "fees must be a FeeSchedule, or a function that returns Medicare's FeeSchedule for",
            ),
            ({"payers": ["medicare"]}, "payers must be a Mapping, got a list"),
            ({"fees": FeeSchedule}, "fees must be a FeeSchedule, or a function"),
            (
                {"payers": {"acme": "x"}},
                "payers must contain only Payer, got a string of 1 character",
            ),
            ({"accumulators": [2026]}, "accumulators must be a Mapping, got a list"),
            (
                {"accumulators": {"Rosa": 2026}},
                "accumulators must be an Accumulators, got 2026",
            ),
            ({"attestations": "KX"}, "attestations must be a list such as"),
            ({"setting": "home"}, "setting must be"),
            ({"policy_changes": ("method",)}, "policy_changes must be a Mapping, got a tuple"),
            (
                {"policy_changes": {"methode": 1}},
                "unknown field of a policy 'methode': use method, ",
            ),
            ({"keep_going": "yes"}, "keep_going must be True or False, got 'yes'"),
        ],
    )
    def test_invalid_arguments_are_refused(self, given: dict[str, Any], message: str) -> None:
        log = log_of(treated("p-1", "2026-03-02"))
        assert refusal(InvalidInputError, lambda: bill_log(log, **given)).startswith(message)


class TestFiles:
    ROWS = "patient,date,discipline,code,minutes\n"

    def test_a_path_is_read(self, tmp_path: Path) -> None:
        path = tmp_path / "clinic.csv"
        path.write_text(f"{self.ROWS}p-1,2026-03-02,PT,97530,30\n", encoding="utf-8")
        run = bill_log(path)
        assert left(run) == [("p-1", "2026-03-02")]
        assert run.log.path == str(path)

    def test_a_bad_row_stops_a_run_without_keep_going(self, tmp_path: Path) -> None:
        path = tmp_path / "clinic.csv"
        path.write_text(
            f"{self.ROWS}p-1,2026-03-02,PT,97530,30\np-2,2026-03-02,PT,97530,x\n", encoding="utf-8"
        )
        with pytest.raises(ExceptionGroup):
            bill_log(path)
        run = bill_log(path, keep_going=True)
        assert left(run) == [("p-1", "2026-03-02")]
        assert [(error.line, error.column) for error in run.errors] == [(3, "minutes")]


class TestTotals:
    def test_dollars_of_different_payers_are_never_added(self) -> None:
        log = log_of(
            treated("p-1", "2026-03-02"),
            treated("p-2", "2026-03-02", 15),
            treated("p-3", "2026-03-02", payer="humana"),
        )
        run = bill_log(log, fees=OHIO)
        allowed = [each.priced.allowed for each in run]
        totals = run.totals
        assert (totals.days, totals.timed_units, totals.tied_days) == (3, 5, 0)
        assert totals.payers["medicare"].allowed == sum(filter(None, allowed))
        assert totals.payers["humana"].allowed is None
        assert totals.payers["humana"].unpriced_lines == 1
        assert list(totals.fees) == [OHIO(datetime.date(2026, 3, 2)).name]

    def test_each_remark_is_listed_once_with_its_payers(self) -> None:
        log = log_of(
            treated("p-1", "2026-03-02", payer="humana"),
            treated("p-2", "2026-03-02", payer="humana"),
            treated("p-3", "2026-03-02"),
        )
        run = bill_log(log, fees=OHIO)
        list(run)
        assert {tuple(payers) for payers in run.totals.remarks.by_remark.values()} == {
            ("humana",),
            ("medicare",),
        }

    def test_no_repr_of_a_result_shows_a_patient(self) -> None:
        (billed,) = bill_log(log_of(treated("Rosa Invented", "2026-03-02")))
        assert "Rosa" not in repr(billed)


class TestInputs:
    ROW: Mapping[str, object] = {
        "patient": "p-1",
        "date": datetime.date(2026, 3, 2),
        "discipline": "PT",
        "code": "97530",
        "minutes": 30,
        "key": "row 7",
    }

    def test_dicts_streams_and_days_are_billed_like_a_file(self) -> None:
        content = "patient,date,discipline,code,minutes\np-1,2026-03-02,PT,97530,30\n"
        day = treated("p-1", "2026-03-02")
        for log in ([self.ROW], io.StringIO(content), io.BytesIO(content.encode()), iter([day])):
            (billed,) = bill_log(log, fees=OHIO)
            assert billed.priced.allowed == Decimal("57.51")

    def test_row_keys_are_on_the_claim_lines(self) -> None:
        (billed,) = bill_log(iter([self.ROW, {**self.ROW, "key": None}]))
        assert billed.priced.lines[0].keys == ("row 7",)

    def test_bad_rows_are_left_out_when_the_run_keeps_going(self) -> None:
        rows = [self.ROW, {**self.ROW, "patient": "p-2", "minutes": 20.5}]
        with pytest.raises(ExceptionGroup, match="1 bad row in <rows>"):
            bill_log(rows)
        run = bill_log(rows, keep_going=True)
        assert left(run) == [("p-1", "2026-03-02")]
        assert [error.line for error in run.errors] == [2]

    def test_keys_that_differ_only_in_case_get_a_remark(self) -> None:
        run = bill_log([treated("p-1", "2026-03-02"), treated("P-1", "2026-03-03", line=7)])
        (remark,) = run.remarks
        assert remark.endswith("use one key per patient: lines 2 and 7")


class TestThePayerOfALog:
    LOG = (treated("p-1", "2026-03-02", 22),)

    @pytest.mark.parametrize(
        "payer", ["eight minute rule", UnitMethod.CMS_EIGHT_MINUTE, Policy("cms-eight-minute")]
    )
    def test_a_method_or_a_policy_counts_every_day(self, payer: Any) -> None:  # noqa: ANN401
        (day,) = bill_log(log_of(*self.LOG), payer)
        assert (day.priced.payer, day.priced.lines[0].units) == ("cms-eight-minute", 1)

    def test_your_own_payers_do_not_need_another_default(self) -> None:
        own = {"acme": attrs.evolve(CPT_MIDPOINT, name="acme")}
        log = log_of(treated("p-1", "2026-03-02", 22, payer="Acme"))
        assert [day.priced.payer for day in bill_log(log, payers=own)] == ["acme"]

    def test_two_records_of_one_patient_day_are_refused_with_equal_lines(self) -> None:
        day = treated("p-1", "2026-03-02")
        assert "lines 2 and 2 have the same patient" in refusal(
            InvalidInputError, lambda: bill_log(log_of(day, day))
        )

    def test_kx_attested_for_every_day_has_no_remark(self) -> None:
        log = log_of(*self.LOG)
        (day,) = bill_log(log, accumulators=YEARS, attestations=["KX"], fees=FeeSchedule.medicare)
        assert not any("KX" in remark for remark in day.priced.remarks)

    def test_payer_names_in_different_case_are_one_payer(self) -> None:
        rates = FeeSchedule.from_rates({"97110": 30})
        days = (
            treated("p-1", "2026-03-02", payer="medicare"),
            treated("p-2", "2026-03-02", payer="Medicare"),
        )
        assert len(list(bill_log(log_of(*days), fees=rates))) == 2
