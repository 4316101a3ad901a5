"""Test check_log: findings of each day, the schedule of all days, errors, and year-to-date amounts."""

from __future__ import annotations

import datetime
import itertools
from pathlib import Path
from typing import ClassVar

import pytest

from tests.refusals import refusal
from tests.unit.batch.logs import OHIO, log_of, treated
from therapy_billing import (
    PAYERS,
    Accumulators,
    Answer,
    Edits,
    FeeSchedule,
    InvalidInputError,
    NotPublishedError,
    ScheduleEntry,
    Session,
    TimedService,
    TreatmentLog,
    check_day,
    read_treatment_log,
)
from therapy_billing.batch import log_schedule
from therapy_billing.batch.checking import CheckingRun, check_log
from therapy_billing.batch.log_terms import LogTerms
from therapy_billing.schedule.schedule_checks import SCHEDULE_RULES
from therapy_billing.visits import LogDay

HEADER = "patient,date,discipline,code,start,end,treated_by,payer\n"


def logged(tmp_path: Path, *rows: str, keep_going: bool = False) -> TreatmentLog:
    path = tmp_path / "clinic.csv"
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return read_treatment_log(path, keep_going=keep_going)


def rules(run: CheckingRun) -> list[list[str]]:
    """Return the rules of each day's findings."""
    return [[finding.rule.id for finding in each.findings] for each in run]


def test_the_findings_of_a_day_are_those_of_check_day() -> None:
    day = treated("p-1", "2026-03-02", 500)
    (checked,) = check_log(log_of(day), fees=OHIO)
    direct = check_day(day.sessions, PAYERS["medicare"], OHIO(day.date_of_service))
    assert checked.findings == direct
    assert checked.findings.found


def test_the_dollars_of_a_day_come_with_its_findings() -> None:
    (checked,) = check_log(log_of(treated("p-1", "2026-03-02")), fees=OHIO)
    assert (checked.priced.payer, str(checked.priced.allowed)) == ("medicare", "57.51")


def test_the_year_carries_over_from_one_day_to_the_next() -> None:
    log = log_of(*(treated("p-1", f"2026-03-{day:02}") for day in (2, 3)))
    years = {"p-1": Accumulators(2026, deductible_met="283.00", pt_slp="2400.00")}
    assert rules(check_log(log, fees=OHIO, accumulators=years)) == [[], ["kx-threshold"]]


def test_a_day_that_fails_is_an_error_and_ends_the_year() -> None:
    log = log_of(
        treated("p-1", "2026-03-02", payer="nobody", line=2),
        treated("p-1", "2026-03-03", line=3),
        treated("p-2", "2026-03-03", line=4),
    )
    years = {name: Accumulators(2026) for name in ("p-1", "p-2")}
    run = check_log(log, fees=OHIO, accumulators=years, keep_going=True)
    assert [each.day.patient for each in run] == ["p-2"]
    assert [error.line for error in run.errors] == [2, 3]
    with pytest.raises(ExceptionGroup, match=r"clinic\.csv has bad rows or days"):
        list(check_log(log, fees=OHIO, accumulators=years))


class TestSchedule:
    def test_it_is_available_after_the_last_day(self, tmp_path: Path) -> None:
        rows = (
            "p-1,2026-03-02,PT,97110,9:00,9:30,t-1,",
            "p-2,2026-03-02,PT,97110,9:15,9:45,t-1,",
        )
        run = check_log(logged(tmp_path, *rows), fees=OHIO)
        next(run)
        assert refusal(InvalidInputError, lambda: run.schedule) == (
            "the schedule is checked after the last day: iterate over all days of the run first"
        )
        list(run)
        (found,) = run.schedule
        assert (found.rule.id, found.entries) == ("minutes-once", ("line 2", "line 3"))
        assert found.at_stake is not None

    def test_with_several_payers_or_days_it_has_no_dollars(self, tmp_path: Path) -> None:
        first = "p-1,2026-03-02,PT,97110,9:00,9:30,t-1,"
        for other in (
            "p-2,2026-03-02,PT,97110,9:15,9:45,t-1,highmark",
            "p-2,2026-03-02,PT,97110,9:15,9:45,t-1,\np-3,2026-03-03,PT,97110,9:15,9:45,t-1,",
        ):
            run = check_log(logged(tmp_path, first, other), fees=OHIO)
            list(run)
            (found,) = run.schedule
            assert (found.rule.id, found.at_stake) == ("minutes-once", None)

    def test_a_log_without_clinicians_has_no_schedule_check(self) -> None:
        run = check_log(log_of(treated("p-1", "2026-03-02")))
        list(run)
        assert [each.rule.id for each in run.schedule.unanswered] == list(SCHEDULE_RULES)
        assert {each.remark for each in run.schedule.answers} == {
            "no row has a clinician in treated_by"
        }

    def test_days_that_were_left_out_are_not_in_it(self) -> None:
        service = TimedService("97110", start="2026-03-02 9:00", end="2026-03-02 9:30")
        day = datetime.date(2026, 3, 2)

        def seen(patient: str, payer: str, line: int) -> LogDay:
            entry = ScheduleEntry(f"line {line}", patient, "t-1", day, "PT", service)
            session = Session(day, "PT", [service])
            return LogDay(patient, day, payer, (session,), line, schedule=(entry,))

        log = log_of(seen("p-1", "", 2), seen("p-2", "nobody", 3))
        run = check_log(log, keep_going=True)
        list(run)
        assert len(run.schedule) == 0
        assert {answer.answer for answer in run.schedule.answers} >= {Answer.CLEAN}

    def test_rows_with_a_different_kind_of_time_are_errors_with_their_lines(
        self, tmp_path: Path
    ) -> None:
        rows = (
            "p-1,2026-03-02,PT,97110,9:00,9:30,t-1,",
            "p-2,2026-03-02,PT,97110,9:15,9:45,t-1,",
            "p-3,2026-03-02,PT,97110,2026-03-02T09:00-05:00,2026-03-02T09:30-05:00,t-2,",
        )
        run = check_log(logged(tmp_path, *rows), keep_going=True)
        assert len(list(run)) == 3
        assert [(error.line, error.column) for error in run.errors] == [(4, "start")]
        assert [finding.rule.id for finding in run.schedule] == ["minutes-once"]
        with pytest.raises(ExceptionGroup):
            list(check_log(logged(tmp_path, *rows)))

    def test_the_callers_own_entry_keys_are_in_no_message(self) -> None:
        def seen(patient: str, start: str, line: int) -> LogDay:
            service = TimedService("97110", start=f"2026-03-02T{start}", minutes=30, end=end(start))
            day = datetime.date(2026, 3, 2)
            entry = ScheduleEntry(f"row Rosa {line}", patient, "t-1", day, "PT", service)
            return LogDay(
                patient, day, "", (Session(day, "PT", [service]),), line, schedule=(entry,)
            )

        def end(start: str) -> str:
            return f"2026-03-02T{start.replace(':00', ':30', 1)}"

        log = log_of(seen("p-1", "09:00", 2), seen("p-2", "10:00", 3), seen("p-3", "09:00Z", 4))
        run = check_log(log, keep_going=True)
        list(run)
        assert [(error.line, error.column) for error in run.errors] == [(None, "start")]
        assert "Rosa" not in str(run.errors[0])

    def test_a_schedule_that_cannot_be_checked_is_an_error(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object, **__: object) -> None:
            msg = "not known"
            raise NotPublishedError(msg)

        monkeypatch.setattr(log_schedule, "EntryChecks", refuse)
        run = check_log(logged(tmp_path, "p-1,2026-03-02,PT,97110,9:00,9:30,t-1,"), keep_going=True)
        assert len(list(run)) == 1
        assert str(run.errors[0]).endswith("the schedule was not checked: not known")


class TestSchedulesOfSeveralPayers:
    """The payer of each row decides whether it is billed. Washington pays for students, and Medicare does not."""

    WASHINGTON = "washington-workers-compensation"
    DAY = datetime.date(2026, 10, 5)

    def seen(self, line: int, payer: str, clinician: str, *, treated_by: str = "t-1") -> LogDay:
        """Return a patient's day with one service from 9:00 to 9:30."""
        service = TimedService(
            "97110", start=f"{self.DAY} 9:00", end=f"{self.DAY} 9:30", clinician=clinician
        )
        entry = ScheduleEntry(f"line {line}", f"p-{line}", treated_by, self.DAY, "PT", service)
        session = Session(self.DAY, "PT", [service])
        return LogDay(f"p-{line}", self.DAY, payer, (session,), line, schedule=(entry,))

    def found(
        self, *days: LogDay, payer: str = "medicare"
    ) -> list[tuple[str, str, tuple[str, ...]]]:
        """Return the findings about the schedule, after checking that the order of the days does not matter."""
        results = []
        for given in (days, days[::-1]):
            run = check_log(log_of(*given), payer, policy_changes={"method": "cpt-midpoint"})
            assert len(list(run)) == len(days)
            results.append(
                [(each.rule.id, each.severity.value, each.entries) for each in run.schedule]
            )
        assert results[0] == results[1]
        return results[0]

    TWICE: ClassVar = [("minutes-once", "deny", ("line 2", "line 3"))]

    def test_a_row_of_another_payer_hides_no_overlap(self) -> None:
        students = [self.seen(line, self.WASHINGTON, "student") for line in (2, 3)]
        assert self.found(*students) == self.TWICE
        other = self.seen(4, "medicare", "therapist", treated_by="t-2")
        for payer in ("medicare", self.WASHINGTON):
            assert self.found(*students, other, payer=payer) == self.TWICE

    def test_only_the_rows_that_their_own_payer_bills_overlap(self) -> None:
        for payers in itertools.product(("medicare", self.WASHINGTON), repeat=3):
            days = [self.seen(line, payer, "student") for line, payer in enumerate(payers, start=2)]
            billed = [f"line {day.line}" for day in days if day.payer == self.WASHINGTON]
            wanted = [("minutes-once", "deny", tuple(billed))] if len(billed) > 1 else []
            assert self.found(*days) == wanted
            assert self.found(*days, payer=self.WASHINGTON) == wanted

    def test_rows_without_times_are_billed_by_their_own_payer_too(self) -> None:
        def same(line: int, payer: str) -> LogDay:
            service = TimedService("97110", 20, clinician="student")
            entries = [
                ScheduleEntry(f"line {line + more}", f"p-{line}", "t-1", self.DAY, "PT", service)
                for more in (0, 1)
            ]
            session = Session(self.DAY, "PT", [service, service])
            return LogDay(f"p-{line}", self.DAY, payer, (session,), line, schedule=tuple(entries))

        wanted = [("identical-rows", "review", ("line 2", "line 3"))]
        assert self.found(same(2, self.WASHINGTON), same(4, "medicare")) == wanted

    def test_rows_without_a_payer_have_the_payer_of_the_log(self) -> None:
        students = [self.seen(line, "", "student") for line in (2, 3)]
        other = self.seen(4, "humana", "therapist", treated_by="t-2")
        assert self.found(*students, other, payer=self.WASHINGTON) == self.TWICE
        assert self.found(*students, other) == []

    def test_the_policy_of_the_day_with_its_changes_decides(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pays = PAYERS[self.WASHINGTON].on(self.DAY)
        monkeypatch.setattr(
            LogTerms, "policy_on", lambda terms, *_: pays.with_changes(**terms.policy_changes)
        )
        students = [self.seen(line, "medicare", "student") for line in (2, 3)]
        other = self.seen(4, "humana", "therapist", treated_by="t-2")
        for days in (students, [*students, other]):
            assert self.found(*days) == self.TWICE


def test_a_catalog_of_payers_is_taken_as_it_is() -> None:
    log = log_of(treated("p-1", "2026-03-02", payer="humana"))
    results = [[each.findings for each in check_log(log, payers=given)] for given in (None, PAYERS)]
    assert results[0] == results[1]


class TestEdits:
    NONE = Edits(())

    def test_the_given_edits_apply_to_medicare_only(self) -> None:
        log = log_of(treated("p-1", "2024-08-01"), treated("p-2", "2024-08-01", payer="highmark"))
        medicare, other = [each.findings for each in check_log(log, edits=self.NONE)]
        open_rules = {answer.rule.id for answer in medicare.unanswered}
        assert "ncci-mue" in open_rules
        bundled = next(check_log(log_of(treated("p-2", "2024-08-01", payer="highmark"))))
        assert other == bundled.findings

    def test_the_library_has_bundled_edits(self) -> None:
        (checked,) = check_log(log_of(treated("p-1", "2024-08-01")))
        assert "ncci-mue" not in {answer.rule.id for answer in checked.findings.unanswered}

    def test_an_unknown_edit_setting_is_refused(self) -> None:
        log = log_of(treated("p-1", "2026-03-02"))
        message = refusal(InvalidInputError, lambda: check_log(log, edit_setting="home"))
        assert "practitioner or outpatient-hospital" in message


def test_the_rates_of_one_payer_are_refused_for_several_payers() -> None:
    rates = FeeSchedule.from_rates({"97530": "30.00"})
    log = log_of(treated("p-1", "2026-03-02", payer="humana"), treated("p-2", "2026-03-02"))
    message = refusal(InvalidInputError, lambda: check_log(log, fees=rates))
    assert message.startswith("fees are the rates of one payer")
