"""Test the rules that a run could not check: each once, with the number of days."""

from __future__ import annotations

from tests.unit.batch.logs import OHIO, log_of, treated
from therapy_billing.batch.checking import check_log
from therapy_billing.batch.gaps import Gap, GapTally
from therapy_billing.findings.records import Answer, Findings
from therapy_billing.findings.report import answer_all, merge_findings


def day(remark: str, *about: str) -> Findings:
    return answer_all(["ncci-mue"], Answer.NOT_IN_DATA, remark, about)


def gap_of(*days: Findings) -> Gap:
    tally = GapTally()
    for each in days:
        tally.add(each)
    (gap,) = tally.gaps
    return gap


def test_days_with_a_gap_are_counted_out_of_all_days() -> None:
    gap = gap_of(day("no edits", "97110"), Findings(), day("no edits", "97140", "97110"))
    assert (gap.days, gap.of_days, gap.about) == (2, 3, ("97110", "97140"))
    assert (gap.remark, gap.varies) == ("no edits", False)


def test_a_day_counts_once_and_different_remarks_are_marked() -> None:
    gap = gap_of(merge_findings([day("no edits", "97110"), day("no file", "97140")]))
    assert (gap.days, gap.remark, gap.varies) == (1, "no edits", True)
    assert gap_of(day("no file"), day("no edits"), day("no file")).varies


def test_a_rule_that_does_not_apply_is_not_a_gap() -> None:
    tally = GapTally()
    tally.add(answer_all(["ncci-mue"], Answer.NOT_APPLICABLE, "no edits"))
    assert tally.gaps == ()


def test_json_includes_the_count() -> None:
    assert gap_of(day("no edits", "97110"), Findings()).to_dict() == {
        "rule": "ncci-mue",
        "answer": "not-in-data",
        "days": 1,
        "of_days": 2,
        "about": ["97110"],
        "remark": "no edits",
        "varies": False,
    }


def test_a_run_counts_its_days() -> None:
    log = log_of(*(treated("p-1", f"2026-03-{on:02}") for on in (2, 3, 4)))
    run = check_log(log, fees=OHIO)
    next(run)
    assert {(gap.days, gap.of_days) for gap in run.gaps} == {(1, 1)}
    list(run)
    notes = [gap for gap in run.gaps if gap.remark == "no notes were given"]
    assert {(gap.days, gap.of_days) for gap in notes} == {(3, 3)}
