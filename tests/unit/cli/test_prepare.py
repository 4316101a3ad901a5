"""Test the prepare command."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import pytest

from tests.unit.cli.commands import Run, messages, refused, write, write_log
from therapy_billing.base.library_files import read_library_text
from therapy_billing.cli import prepare as command
from therapy_billing.cli.worklist_tables import state_text, worklist_text
from therapy_billing.formats import from_json
from therapy_billing.prepare import DecisionRow, VisitStatus, WorkItem, WorkKind

WORK = "work.csv"
TIE = ("P-1,2026-03-02,PT,97530,23", "P-1,2026-03-02,PT,97110,20", "P-1,2026-03-02,PT,97112,8")
YEAR = {"year": 2026, "deductible_met": "283.00", "pt_slp": "0.00", "ot": "0.00"}
IF_NECESSARY = "If more were necessary, show why in the record."
OPTIONS = ("log.csv", "--locality", "OH", "--accumulators", "years.json")


def tie(*more: str) -> tuple[str, ...]:
    """Write a log with a tie and *more* rows. Return the arguments."""
    write(json.dumps({"P-1": YEAR, "P-2": YEAR}), name="years.json")
    write_log(*TIE, *more)
    return OPTIONS


def rows() -> list[dict[str, str]]:
    with Path(WORK).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def fill(*options: str, **cells: str) -> None:
    """Fill in the decisions file: *options* for its first rows, and *cells* in each of these."""
    filled = rows()
    for row, option in zip(filled, options, strict=False):
        row.update(option=option, author="A. Invented, PT", decided_at="3/3/2026 14:05")
        row.update(cells)
    with Path(WORK).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, filled[0])
        writer.writeheader()
        writer.writerows(filled)


def example() -> str:
    return write(*read_library_text("logs/clinic_day.csv").splitlines(), name="log.csv")


class TestWorklist:
    def test_it_shows_each_decision_with_its_options(self, run: Run) -> None:
        outcome = run("prepare", *tie(), "--out", WORK)
        assert outcome.status == 1
        assert outcome.out == (
            "To do\n\n"
            "P-1  2026-03-02  treating-clinician  $0.02\n"
            "  PT: which of 97530 or 97112 has the unit that is left?\n"
            "  - 97530=2 97112=0: Bill 97530 x2, not 97112 ($79.13 allowed) [default]\n"
            "  - 97530=1 97112=1: Bill 97530 x1 and 97112 x1 ($79.15 allowed)\n"
            f"  Decision: {rows()[0]['decision']}\n\n"
            "1 visit: 0 ready, 1 undecided, 0 blocked.\n"
            "1 open decision: the answers can change up to $0.02.\n"
        )
        assert messages(outcome) == ["work.csv: 1 decision, 0 answered"]

    def test_it_shows_denials_and_who_has_to_do_what(self, run: Run) -> None:
        arguments = tie("P-2,2026-03-02,PT,97535,200")
        outcome = run("prepare", *arguments)
        assert outcome.out.splitlines()[2:5] == [
            "P-2  2026-03-02  denial  $308.60",
            f"  13 units of 97535 exceed the limit of 8. Fix: bill at most 8 units. {IF_NECESSARY}",
            "  Rule: ncci-mue",
        ]
        assert "\n2 visits: 0 ready, 1 undecided, 1 blocked.\n" in outcome.out

    def test_visits_that_are_ready_are_billed_as_bill_prints_them(self, run: Run) -> None:
        arguments = tie("P-2,2026-03-02,PT,97110,20")
        outcome = run("prepare", *arguments)
        write_log("P-2,2026-03-02,PT,97110,20", name="ready.csv")
        billed = run("bill", "ready.csv", *arguments[1:]).out
        assert (
            f"Ready to bill\n\n{billed}\n2 visits: 1 ready, 1 undecided, 0 blocked.\n"
            in outcome.out
        )

    def test_the_defaults_of_the_example_are_what_bill_prints(self, run: Run) -> None:
        example()
        assert run("prepare", "log.csv", "--locality", "OH", "--out", WORK).status == 1
        fill(*(row["default"] for row in rows()))
        outcome = run("prepare", "log.csv", "--locality", "OH", "--decisions", WORK)
        assert outcome.status == 0
        billed = run("bill", "log.csv", "--locality", "OH").out
        assert outcome.out.endswith(
            f"\n\nReady to bill\n\n{billed}\n12 visits: 12 ready, 0 undecided, 0 blocked.\n"
        )
        assert outcome.out.count("  KX was not checked. Fix: ") == 10

    def test_a_log_that_needs_nothing_says_so(self, run: Run) -> None:
        tie()
        write_log(TIE[1])
        outcome = run("prepare", *OPTIONS)
        assert outcome.status == 0
        assert outcome.out.startswith("Nothing is left to do.\n\nReady to bill\n\nP-1  2026-03-02")

    def test_an_item_shows_what_is_known_of_it(self) -> None:
        item = WorkItem(
            kind=WorkKind.DEADLINE,
            date_of_service=date(2026, 3, 2),
            task="The progress report is due.",
            by=date(2026, 4, 1),
            about="progress-report",
            patient="P-\x1b1",
        )
        assert worklist_text([item], ()) == (
            "To do\n\nP-?1  2026-03-02  deadline  by 2026-04-01\n  The progress report is due.\n"
            "  Rule: progress-report\n\n"
        )

    def test_open_decisions_without_dollars_count_as_zero(self) -> None:
        row = DecisionRow(
            patient="P-1", date_of_service=date(2026, 3, 2), decision="a", question="?"
        )
        assert state_text({VisitStatus.UNDECIDED: 1, VisitStatus.NOT_BILLED: 2}, [row]) == (
            "3 visits: 0 ready, 1 undecided, 2 not billed, 0 blocked.\n1 open decision: the answers can change up to $0.00.\n"
        )


class TestLoop:
    def test_prepare_fill_in_prepare_again(self, run: Run) -> None:
        arguments = tie()
        outcome = run("prepare", *arguments, "--out", WORK)
        assert (outcome.status, messages(outcome)) == (1, ["work.csv: 1 decision, 0 answered"])
        assert Path(WORK).stat().st_mode & 0o777 == 0o600
        fill("97530=1 97112=1")
        outcome = run("prepare", *arguments, "--decisions", WORK, "--out", WORK)
        assert (outcome.status, messages(outcome)) == (0, ["work.csv: 1 decision, 1 answered"])
        assert "  97112 GP             8 min   1 unit     " in outcome.out
        (row,) = rows()
        assert (row["option"], row["author"], row["decided_at"]) == (
            "97530=1 97112=1",
            "A. Invented, PT",
            "2026-03-03 14:05",
        )
        before = Path(WORK).read_bytes()
        assert run("prepare", *arguments, "--decisions", WORK, "--out", WORK).status == 0
        assert Path(WORK).read_bytes() == before

    def test_an_answer_that_does_not_apply_anymore_is_listed_and_kept(self, run: Run) -> None:
        run("prepare", *tie(), "--out", WORK)
        fill("97530=1 97112=1")
        write_log(*TIE[:2])
        outcome = run("prepare", *OPTIONS, "--decisions", WORK, "--out", WORK)
        assert outcome.status == 1
        assert outcome.out == (
            "To do\n\n"
            "P-1  2026-03-02  outdated-choice\n"
            f"  {rows()[0]['question']}\n"
            f"  Decision: {rows()[0]['decision']}\n\n"
            "1 visit: 0 ready, 1 undecided, 0 blocked.\n"
        )
        assert [row["option"] for row in rows()] == ["97530=1 97112=1"]
        assert messages(outcome) == [
            "work.csv: 1 decision, 1 answered",
            "1 answer not applied; the row in the decisions file says why",
        ]

    def test_an_option_that_does_not_exist_is_an_error_with_its_line(self, run: Run) -> None:
        arguments = tie("P-2,2026-03-02,PT,97110,20")
        run("prepare", *arguments, "--out", WORK)
        fill("97112=2")
        before = Path(WORK).read_bytes()
        reason = (
            "work.csv, line 2, column option: option must be 97530=2 97112=0 or 97530=1 97112=1 for decision "
            f"{rows()[0]['decision']}"
        )
        again = (*arguments, "--decisions", WORK, "--out", WORK)
        assert refused(run("prepare", *again)) == [
            reason,
            "1 error, so nothing was prepared; --keep-going prepares the good rows",
        ]
        assert Path(WORK).read_bytes() == before
        outcome = run("prepare", *again, "--keep-going")
        assert (outcome.status, messages(outcome)) == (
            1,
            [
                reason,
                "work.csv: 1 decision, 0 answered",
                "1 error; the rows and days with errors were left out",
            ],
        )
        # The answer stays in the file, next to its question and options, so that it can be corrected.
        assert [row["option"] for row in rows()] == ["97112=2"]
        assert rows()[0]["options"]
        assert "2 visits: 1 ready, 1 undecided, 0 blocked.\n" in outcome.out

    def test_rows_that_cannot_be_read_are_all_reported(self, run: Run) -> None:
        run("prepare", *tie(), "--out", WORK)
        fill("97530=1 97112=1", author="", patient="Mary")
        assert refused(run("prepare", *OPTIONS, "--decisions", WORK, "--keep-going")) == [
            "work.csv, line 2, column author: say who decided"
        ]
        fill("97530=1 97112=1", patient="Mary")
        assert refused(run("prepare", *OPTIONS, "--decisions", WORK)) == [
            "work.csv, line 2, column patient: the log has no visit of this patient on this date",
            "1 error, so nothing was prepared; --keep-going prepares the good rows",
        ]


class TestErrors:
    def test_bad_rows_stop_the_run_unless_it_keeps_going(self, run: Run) -> None:
        arguments = tie("P-2,2026-03-02,PT,9711O,20")
        assert len(refused(run("prepare", *arguments, "--out", WORK))) == 2
        assert not Path(WORK).exists()
        outcome = run("prepare", *arguments, "--keep-going")
        assert outcome.status == 1
        assert messages(outcome)[-1] == "1 error; the rows and days with errors were left out"

    def test_a_log_without_a_good_day_does_nothing(self, run: Run) -> None:
        write_log("P-1,2099-03-02,PT,97110,20", "P-2,2026-03-02,PT,97110,")
        for options in ((), ("--json",)):
            outcome = run("prepare", "log.csv", "--keep-going", *options)
            assert outcome.status == 2

    @pytest.mark.parametrize(
        ("out", "options", "reason"),
        [
            ("log.csv", (), "--out is a file that the command reads: choose another name"),
            ("years.json", (), "--out is a file that the command reads: choose another name"),
            ("work.txt", (), "--out is a CSV file: choose a name that ends in .csv"),
            (".", (), "--out must be a file in a folder that exists"),
            ("no/work.csv", (), "--out must be a file in a folder that exists"),
            (
                WORK,
                (),
                "--out exists, and answers in it would be lost: name it also in --decisions, or choose another name",
            ),
            (
                WORK,
                ("--decisions", "other.csv"),
                "--out exists, and answers in it would be lost: name it also in --decisions, or choose another name",
            ),
            (
                WORK,
                ("--decisions", "missing.csv"),
                "--out exists, and answers in it would be lost: name it also in --decisions, or choose another name",
            ),
        ],
    )
    def test_no_file_is_overwritten_unread(
        self, run: Run, out: str, options: tuple[str, ...], reason: str
    ) -> None:
        arguments = tie()
        write("old", name=WORK)
        write("old", name="other.csv")
        assert refused(run("prepare", *arguments, *options, "--out", out)) == [reason]
        assert Path(WORK).read_text(encoding="utf-8") == "old\n"

    def test_a_decisions_file_that_is_missing_is_an_error(self, run: Run) -> None:
        assert refused(run("prepare", *tie(), "--decisions", "missing.csv")) == [
            "missing.csv: No such file or directory"
        ]

    def test_edits_that_are_for_other_claims_stop_the_run(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(command, "read_edits", lambda _: None)
        assert run("prepare", *tie()) == (2, "", "")

    def test_options_that_have_no_effect_are_refused(self, run: Run) -> None:
        outcome = run("prepare", *tie(), "--edits-quarter", "2026-07-01")
        assert outcome.status == 2
        assert "--edits-quarter is about the files of --edits" in outcome.err


class TestJson:
    def test_the_record_of_the_decisions_reads_back_and_is_the_same_each_time(
        self, run: Run
    ) -> None:
        arguments = tie()
        run("prepare", *arguments, "--out", WORK)
        fill("97530=1 97112=1")
        outcome = run("prepare", *arguments, "--decisions", WORK, "--json")
        assert outcome.status == 0
        assert run("prepare", *arguments, "--decisions", WORK, "--json").out == outcome.out
        (day,) = from_json(outcome.out)
        assert day.day.patient == "P-1"
        (decision,) = day.visit.decisions
        assert (decision.choice.option, decision.choice.author) == (
            "97530=1 97112=1",
            "A. Invented, PT",
        )
