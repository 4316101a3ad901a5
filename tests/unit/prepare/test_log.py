"""Test prepare_log: the same days as bill_log, year-to-date amounts with the choices, errors, and the worklist."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from tests.paths import DATA
from tests.refusals import refused
from tests.unit.batch.logs import OHIO, log_of, treated
from tests.unit.batch.test_period_limits import monitored
from therapy_billing import (
    Accumulators,
    Choice,
    Decision,
    Edits,
    FeeSchedule,
    Session,
    TimedService,
    UntimedService,
    from_json,
    to_json,
)
from therapy_billing.batch import bill_log, check_log
from therapy_billing.prepare import (
    DecisionKind,
    LogChoice,
    PreparedDay,
    PreparingRun,
    VisitStatus,
    WorkKind,
    prepare_log,
)
from therapy_billing.visits import LogDay

EXAMPLE = DATA / "logs" / "clinic_day.csv"
MET = {"p-1": Accumulators(2026, deductible_met="283.00")}
EVERY_VISIT = "One answer is for all visits of the payer's patients in the year."
MIDPOINT = "cpt-midpoint"
UNKNOWN = "ohio-medicaid"
LOST = (
    "an earlier day of this patient was left out or is incomplete, so the year-to-date amounts are unknown: "
    "fix that day first"
)


def tied(day: str, patient: str = "p-1", payer: str = "", line: int = 2) -> LogDay:
    """A day with a tie of 97530 and 97112."""
    minutes = {"97530": 23, "97110": 20, "97112": 8}
    visit = Session.from_minutes(minutes, date_of_service=day, discipline="PT")
    return LogDay(patient, visit.date_of_service, payer, (visit,), line)


def of_kind(day: PreparedDay, kind: DecisionKind) -> Decision:
    (found,) = (each for each in day.visit.decisions if each.kind is kind)
    return found


def answer(day: PreparedDay, kind: DecisionKind, option: str, line: int = 7) -> LogChoice:
    """Answer the decision of a kind, on a line of a file."""
    found = Choice(of_kind(day, kind).id, option, "A. Invented, PT", "2026-03-03 09:30")
    return LogChoice(day.day.patient, day.day.date_of_service, found, "work.csv", line)


def prepared(*days: LogDay, **more: Any) -> tuple[PreparingRun, list[PreparedDay]]:  # noqa: ANN401 - the arguments of prepare_log
    run = prepare_log(log_of(*days), **{"fees": OHIO, **more})
    return run, list(run)


def errors_of(*days: LogDay, **more: Any) -> list[str]:  # noqa: ANN401 - the arguments of prepare_log
    """Return the errors of a run that is refused, which are those of a run that keeps going."""
    with pytest.raises(ExceptionGroup) as caught:
        prepared(*days, **more)
    errors = [str(error) for error in caught.value.exceptions]
    run, _ = prepared(*days, **more, keep_going=True)
    assert [str(error) for error in run.errors] == errors
    return errors


class TestDefaults:
    @pytest.mark.parametrize(
        "terms",
        [
            {"fees": OHIO},
            {},
            {"fees": OHIO, "attestations": ("KX",), "setting": "non-facility"},
            {"fees": OHIO, "policy_changes": {"method": "started-quarter"}},
            {"payer": MIDPOINT, "fees": OHIO},
        ],
    )
    def test_the_days_of_the_example_are_those_of_bill_log(self, terms: dict[str, Any]) -> None:
        run = prepare_log(EXAMPLE, **terms)
        days = list(run)
        billed = list(bill_log(EXAMPLE, **terms))
        assert [each.visit.priced for each in days] == [each.priced for each in billed]
        assert [each.visit.payer for each in days] == [each.priced.payer for each in billed]
        assert sum(run.counts.values()) == 12

    def test_years_and_errors_are_those_of_bill_log(self) -> None:
        log = log_of(
            treated("p-1", "2026-03-09"),
            treated("p-1", "2026-03-02", skipped_lines=(3,)),
            tied("2025-12-29", "p-2"),
            tied("2026-01-05", "p-2"),
            tied("2025-12-30", "p-2"),
        )
        years = {**MET, "p-2": Accumulators(2025, deductible_met="200.00", pt_slp="2340.00")}
        arguments: dict[str, Any] = {"fees": OHIO, "accumulators": years, "keep_going": True}
        run, billed = prepare_log(log, **arguments), bill_log(log, **arguments)
        assert [each.visit.priced for each in run] == [each.priced for each in billed]
        assert [str(error) for error in run.errors] == [str(error) for error in billed.errors]
        assert len(run.errors) == 1

    def test_limits_per_period_see_the_earlier_days_of_the_log(self) -> None:
        days = (
            monitored("2026-03-10", "98980"),
            monitored("2026-03-20", "98981"),
            monitored("2026-03-31", "98980", "98977"),
            monitored("2026-04-01", "98979"),
        )
        _, found = prepared(*days)
        checked = check_log(log_of(*days), fees=OHIO)
        for each, expected in zip(found, checked, strict=True):
            assert each.visit.findings.of_rule("period-limit") == (
                expected.findings.of_rule("period-limit")
            )
            answers = {a for a in each.visit.findings.answers if a.rule.id == "period-limit"}
            assert answers == {a for a in expected.findings.answers if a.rule.id == "period-limit"}

    def test_the_edits_are_those_of_check_log(self) -> None:
        visit = Session.from_minutes(
            {"97530": 23, "97116": 23}, date_of_service="2024-08-01", discipline="PT"
        )
        day = LogDay("p-1", visit.date_of_service, "", (visit,), 2)
        for edits in (None, Edits.bundled(), Edits([])):
            _, (found,) = prepared(day, edits=edits)
            (expected,) = check_log(log_of(day), fees=OHIO, edits=edits)
            assert found.visit.findings.of_rule("ncci-ptp") == expected.findings.of_rule("ncci-ptp")
        assert refused(lambda: prepared(day, edits="edits")).field == "edits"


class TestYears:
    DAYS = (tied("2026-03-02"), tied("2026-03-04"), tied("2026-03-09", payer=MIDPOINT))

    def test_the_amounts_follow_the_choices(self) -> None:
        _, days = prepared(*self.DAYS[:2], accumulators=MET)
        assert of_kind(days[0], DecisionKind.TIE).options[1].allowed != days[0].visit.priced.allowed  # type: ignore[union-attr]
        given = answer(days[0], DecisionKind.TIE, "97530=1 97112=1")
        _, (first, second) = prepared(*self.DAYS[:2], accumulators=MET, decisions=given)
        assert first.visit.priced is not None
        assert second.visit.priced is not None
        assert second.visit.priced.accumulators_before == first.visit.priced.accumulators
        assert first.visit.priced.accumulators.pt_slp == first.visit.priced.allowed  # type: ignore[union-attr]
        assert first.visit.priced.allowed == of_kind(first, DecisionKind.TIE).options[1].allowed

    def test_a_deductible_that_is_met_is_met_on_all_visits_of_the_year(self) -> None:
        _, days = prepared(*self.DAYS)
        given = answer(days[1], DecisionKind.DEDUCTIBLE, "met")
        run, again = prepared(*self.DAYS, decisions=given)
        assert [each.visit.priced for each in again] == [each.visit.priced for each in days]
        assert [of_kind(each, DecisionKind.DEDUCTIBLE).choice for each in again[:2]] == [
            given.choice
        ] * 2
        assert [each.visit.outdated for each in again] == [(), (), ()]
        assert [row.decision for row in run.decision_rows()].count(given.choice.decision_id) == 1

    def test_if_nothing_was_used_later_visits_have_the_amounts_after_the_first(self) -> None:
        days = (tied("2026-03-01", payer=MIDPOINT), *self.DAYS)
        _, before = prepared(*days)
        given = answer(before[1], DecisionKind.DEDUCTIBLE, "nothing-used")
        run, after = prepared(*days, decisions=given)
        _, first, second, _ = after
        expected = bill_log(log_of(*days), fees=OHIO, accumulators={"p-1": Accumulators(2026)})
        assert [each.visit.priced for each in after] == [each.priced for each in expected]
        assert of_kind(first, DecisionKind.DEDUCTIBLE).choice == given.choice
        assert not any(each.kind is DecisionKind.DEDUCTIBLE for each in second.visit.decisions)
        assert [each.visit.outdated for each in after] == [()] * 4
        assert run.errors == ()

    def test_each_year_has_its_own_deductible(self) -> None:
        days = (treated("p-1", "2025-12-30"), treated("p-1", "2026-01-05"))
        run, (old, new) = prepared(*days)
        assert [row.decision.split(":")[1] for row in run.decision_rows()] == ["2025", "2026"]
        given = [
            answer(old, DecisionKind.DEDUCTIBLE, "nothing-used"),
            answer(new, DecisionKind.DEDUCTIBLE, "met"),
        ]
        run, after = prepared(*days, decisions=given)
        assert [each.visit.priced.accumulators_before is None for each in after] == [False, True]  # type: ignore[union-attr]
        assert [each.visit.status.value for each in after] == ["ready", "ready"]
        assert [row.is_open for row in run.decision_rows()] == [False, False]

    def test_each_patient_has_an_own_answer_about_the_deductible(self) -> None:
        days = (tied("2026-03-02"), tied("2026-03-02", "p-2"), tied("2026-03-02", "p-3"))
        _, (first, second, _) = prepared(*days)
        given = [
            answer(first, DecisionKind.DEDUCTIBLE, "met"),
            answer(second, DecisionKind.DEDUCTIBLE, "nothing-used"),
        ]
        assert given[0].choice.decision_id == given[1].choice.decision_id
        _, after = prepared(*days, decisions=given)
        chosen = [of_kind(each, DecisionKind.DEDUCTIBLE).choice for each in after]
        assert chosen == [given[0].choice, given[1].choice, None]

    def test_a_choice_about_the_year_that_no_visit_uses_is_reported_once(self) -> None:
        _, days = prepared(*self.DAYS[:2])
        given = answer(days[0], DecisionKind.DEDUCTIBLE, "met")
        run, after = prepared(*self.DAYS[:2], decisions=given, accumulators=MET)
        assert [each.visit.outdated for each in after] == [(), ()]
        (item,) = (each for each in run.worklist() if each.kind is WorkKind.OUTDATED)
        assert (item.patient, item.about) == ("p-1", given.choice.decision_id)
        assert run.decision_rows()[-1].choice == given.choice

    @pytest.mark.parametrize(
        "bad",
        [
            treated("p-1", "2026-03-01", payer="nobody"),
            treated("p-1", "2026-03-01", skipped_lines=(3,)),
        ],
    )
    def test_nothing_was_used_is_refused_after_a_day_that_was_left_out(self, bad: LogDay) -> None:
        _, days = prepared(*self.DAYS)
        given = answer(days[0], DecisionKind.DEDUCTIBLE, "nothing-used")
        run, after = prepared(bad, *self.DAYS, decisions=given, keep_going=True)
        assert [error.reason for error in run.errors][-2:] == [LOST, LOST]
        assert str(after[-1].visit.date_of_service) == "2026-03-09"
        met = answer(days[0], DecisionKind.DEDUCTIBLE, "met")
        run, _ = prepared(bad, *self.DAYS, decisions=met, keep_going=True)
        assert LOST not in [error.reason for error in run.errors]


class TestUnknownMethods:
    def test_the_method_is_a_decision_and_no_year_is_lost(self) -> None:
        days = (tied("2026-03-02", payer=UNKNOWN), tied("2026-03-04"))
        run, (unknown, medicare) = prepared(*days, accumulators=MET)
        assert (unknown.visit.payer, unknown.visit.claim) == (UNKNOWN, None)
        decision = of_kind(unknown, DecisionKind.UNIT_METHOD)
        assert decision.facts == (
            f"no source in the library's data says how {UNKNOWN} counts units",
        )
        assert medicare.visit.priced is not None
        assert run.counts == {VisitStatus.UNDECIDED: 2}
        given = answer(unknown, DecisionKind.UNIT_METHOD, "cms-eight-minute")
        _, (decided, _) = prepared(*days, accumulators=MET, decisions=given)
        assert decided.visit.priced is not None
        assert (decided.visit.payer, decided.visit.priced.payer) == (UNKNOWN, UNKNOWN)

    def test_one_answer_is_for_all_visits_of_the_payer_in_the_year(self) -> None:
        days = (
            tied("2026-03-02", payer=UNKNOWN),
            tied("2026-03-02", "p-2", UNKNOWN),
            tied("2026-03-02", "p-3", "aetna"),
            tied("2025-12-30", "p-4", UNKNOWN),
        )
        run, visits = prepared(*days)
        assert [(row.patient, row.question) for row in run.decision_rows()] == [
            (patient, f"How does {payer} count units? {EVERY_VISIT}")
            for patient, payer in (("p-1", UNKNOWN), ("p-3", "aetna"), ("p-4", UNKNOWN))
        ]
        given = answer(visits[1], DecisionKind.UNIT_METHOD, "cms-eight-minute")
        run, after = prepared(*days, decisions=given)
        assert [each.visit.claim is None for each in after] == [False, False, True, True]
        assert [
            row.choice for row in run.decision_rows() if row.decision == given.choice.decision_id
        ] == [given.choice]
        assert run.errors == ()

    def test_the_dollars_of_a_decision_about_a_payer_are_those_of_all_its_visits(self) -> None:
        days = (tied("2026-03-02"), tied("2026-03-04", "p-2"), tied("2026-03-04"))
        rates = FeeSchedule.from_rates({"97530": "40", "97110": "30", "97112": "20"})
        run, visits = prepared(*days, payer=UNKNOWN, fees=rates)
        one = of_kind(visits[0], DecisionKind.UNIT_METHOD).dollars
        assert one is not None
        (row,), (item,) = run.decision_rows(), run.worklist()
        assert (row.dollars, item.dollars) == (3 * one, 3 * one)

    def test_a_visit_without_a_claim_loses_the_year_that_it_belongs_to(self) -> None:
        days = (tied("2026-03-02", line=2), tied("2026-03-04", line=5))
        changes = {"method": "unknown"}
        errors = errors_of(*days, accumulators=MET, policy_changes=changes)
        assert errors == [f"clinic.csv, line 5: {LOST}"]


class TestChoices:
    DAYS = (tied("2026-03-02", line=4), tied("2026-03-04", "p-2", line=9))

    def test_an_option_that_the_decision_lacks_is_an_error_with_its_line(self) -> None:
        _, days = prepared(*self.DAYS)
        given = answer(days[0], DecisionKind.TIE, "97110=9", line=3)
        decision = given.choice.decision_id
        options = "97530=2 97112=0 or 97530=1 97112=1"
        assert errors_of(*self.DAYS, decisions=given) == [
            f"work.csv, line 3, column option: option must be {options} for decision {decision}"
        ]
        run, rest = prepared(*self.DAYS, decisions=given, keep_going=True)
        assert [each.day.patient for each in rest] == ["p-1", "p-2"]
        row = next(each for each in run.decision_rows() if each.decision == decision)
        assert (row.patient, row.choice, row.is_open) == ("p-1", given.choice, True)
        assert row.question == "PT: which of 97530 or 97112 has the unit that is left?"
        assert decision in {item.about for item in run.worklist()}

    def test_a_wrong_answer_about_a_year_is_reported_once(self) -> None:
        _, days = prepared(*self.DAYS)
        given = answer(days[0], DecisionKind.DEDUCTIBLE, "mett", line=3)
        later = treated("p-1", "2026-03-09")
        (error,) = errors_of(*self.DAYS, later, decisions=given)
        assert error.startswith(
            "work.csv, line 3, column option: option must be met or nothing-used"
        )

    def test_a_visit_with_rows_that_could_not_be_read_is_blocked(self) -> None:
        run, (day,) = prepared(treated("p-1", "2026-03-02", skipped_lines=(3, 5)), keep_going=True)
        assert day.visit.status is VisitStatus.BLOCKED
        assert run.totals.days == 0
        item = next(each for each in run.worklist() if each.kind is WorkKind.INCOMPLETE)
        assert (
            item.task == "Lines 3 and 5 of the log could not be read, so the visit is incomplete."
        )

    def test_an_error_of_the_log_keeps_its_line(self) -> None:
        _, days = prepared(*self.DAYS)
        given = answer(days[0], DecisionKind.TIE, "97530=1 97112=1")
        bad = treated("p-1", "2026-03-02", payer="nobody", line=6)
        (error,) = errors_of(bad, decisions=given)
        assert error.startswith("clinic.csv, line 6: unknown payer")

    def test_an_error_of_a_visit_is_not_one_of_its_choices(self) -> None:
        _, days = prepared(*self.DAYS)
        given = answer(days[0], DecisionKind.TIE, "97530=1 97112=1")
        refused_code = Session("2026-03-02", "PT", [UntimedService("97014")])
        bad = attrs.evolve(self.DAYS[0], sessions=(*self.DAYS[0].sessions, refused_code))
        (error,) = errors_of(bad, decisions=given)
        assert "Medicare does not accept code 97014" in error

    def test_a_choice_for_no_visit_of_the_log_is_an_error_and_is_kept(self) -> None:
        _, days = prepared(*self.DAYS)
        given = [
            answer(days[0], DecisionKind.TIE, "97530=1 97112=1", line=3),
            answer(days[0], DecisionKind.DEDUCTIBLE, "met", line=4),
        ]
        assert errors_of(self.DAYS[1], decisions=given) == [
            "work.csv, line 3, column patient: the log has no visit of this patient on this date",
            "work.csv, line 4, column patient: the log has no visit of this patient",
        ]
        run, _ = prepared(self.DAYS[1], decisions=given, keep_going=True)
        assert [row.choice for row in run.decision_rows()[-2:]] == [each.choice for each in given]

    def test_a_choice_that_does_not_apply_anymore_is_listed(self) -> None:
        _, days = prepared(*self.DAYS)
        given = answer(days[0], DecisionKind.TIE, "97530=1 97112=1")
        run, (first, _) = prepared(
            treated("p-1", "2026-03-02"),
            self.DAYS[1],
            decisions=given,
            accumulators={**MET, "p-2": MET["p-1"]},
        )
        assert [each.choice for each in first.visit.outdated] == [given.choice]
        assert run.decision_rows()[0].choice == given.choice
        assert run.counts == {VisitStatus.UNDECIDED: 2}

    def test_an_id_that_was_cut_short_answers_nothing(self) -> None:
        _, days = prepared(*self.DAYS)
        whole = answer(days[0], DecisionKind.TIE, "97530=1 97112=1")
        topic = whole.choice.decision_id.rpartition(":")[0]
        given = attrs.evolve(whole, choice=attrs.evolve(whole.choice, decision_id=topic))
        _, (first, _) = prepared(*self.DAYS, decisions=given)
        assert [each.choice for each in first.visit.outdated] == [given.choice]
        assert of_kind(first, DecisionKind.TIE).is_open

    def test_answers_about_a_payers_year_that_differ_are_refused_in_any_order(self) -> None:
        def by_both(day: str, patient: str) -> LogDay:
            services = [TimedService("97110", 22), TimedService("97110", 1, clinician="assistant")]
            visit = Session(day, "PT", services)
            return LogDay(patient, visit.date_of_service, "", (visit,), 2)

        log = [by_both("2026-03-02", "p-1"), by_both("2026-03-03", "p-2")]
        years = {patient: Accumulators(2026, deductible_met="283.00") for patient in ("p-1", "p-2")}
        first = next(prepare_log(log, fees=OHIO, accumulators=years))
        method = of_kind(first, DecisionKind.ASSISTANT)
        names = [option.name for option in method.options]

        def answers(*options: str) -> list[LogChoice]:
            return [
                LogChoice(
                    each.patient,
                    each.date_of_service,
                    Choice(method.id, option, "A", "2026-03-04 09:00"),
                )
                for each, option in zip(log, options, strict=True)
            ]

        for given in (answers(*names[:2]), answers(*names[1::-1])):
            with pytest.raises(ExceptionGroup) as caught:
                list(prepare_log(log, fees=OHIO, accumulators=years, decisions=given))
            assert "two answers to a decision about a year differ: keep one of them" in str(
                caught.value.exceptions[0]
            )
        same = answers(names[1], names[1])
        days = [
            to_json(each)
            for each in prepare_log(log, fees=OHIO, accumulators=years, decisions=same)
        ]
        assert days == [
            to_json(each)
            for each in prepare_log(log, fees=OHIO, accumulators=years, decisions=same[::-1])
        ]

    def test_a_decision_is_answered_only_once(self) -> None:
        _, days = prepared(*self.DAYS)
        given = [answer(days[0], DecisionKind.TIE, "97530=1 97112=1")] * 2
        error = refused(lambda: prepared(*self.DAYS, decisions=given))
        assert (str(error), error.field) == (
            "decisions must answer each decision of a visit only once",
            "decisions",
        )


class TestWorklist:
    def test_it_merges_all_visits_with_the_most_dollars_first(self) -> None:
        days = (treated("p-2", "2026-03-02"), *TestYears.DAYS)
        run, visits = prepared(*days)
        assert [
            (each.patient, str(each.date_of_service), each.about.partition(":")[0])
            for each in run.worklist()
        ] == [
            ("p-1", "2026-03-02", "deductible"),
            ("p-2", "2026-03-02", "deductible"),
            ("p-1", "2026-03-02", "tie"),
            ("p-1", "2026-03-04", "tie"),
            ("p-1", "2026-03-02", "kx-threshold"),
            ("p-2", "2026-03-02", "kx-threshold"),
        ]
        assert len(run.decision_rows()) == 4
        assert "p-1" not in f"{run.worklist()}{run.decision_rows()}{visits}"

    def test_totals_are_those_of_the_ready_visits(self) -> None:
        run, _ = prepared(*TestYears.DAYS)
        assert (run.totals.days, list(run.totals.payers)) == (1, [MIDPOINT])
        assert run.counts == {VisitStatus.UNDECIDED: 2, VisitStatus.READY: 1}

    def test_a_prepared_day_is_written_and_read_back(self) -> None:
        _, days = prepared(*TestYears.DAYS)
        assert list(from_json(to_json(days))) == days
        assert list(days[0].to_dict())[:2] == ["patient", "date_of_service"]
