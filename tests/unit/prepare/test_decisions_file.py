"""Test that a decisions file is written whole, survives a spreadsheet, and is read strictly."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest

from tests.refusals import refusal
from tests.unit.prepare.visits import ABOVE, DAY, choice, only, prepared, pt, timed
from therapy_billing import Choice, FileFormatError, Session, UntimedService
from therapy_billing.prepare import (
    DECISION_COLUMNS,
    DecisionKind,
    DecisionRow,
    LogChoice,
    read_decisions,
    write_decisions,
)
from therapy_billing.prepare.decisions_file import decision_rows

NEEDED = "patient,date_of_service,decision,option,author,decided_at"
GOOD = "P-1,2026-03-02,tie:PT:1957ce54,97530=2 97112=0,A. Invented,2026-03-03 14:05"
AT = "2026-03-03 14:05"
NO_DATE = "date_of_service must be a date such as 2026-03-02 or 3/2/2026 (month first)"


def row(
    patient: str = "P-1", *, option: str = "met", author: str = "A. Invented", at: str = AT
) -> DecisionRow:
    return DecisionRow(
        patient=patient,
        date_of_service=date(2026, 3, 2),
        decision="a:b",
        question="Which?",
        choice=Choice("a:b", option, author, at),
    )


def read(
    tmp_path: Path, *lines: str, name: str = "work.csv", encoding: str = "utf-8"
) -> Sequence[LogChoice]:
    path = tmp_path / name
    path.write_text("\n".join(lines), encoding=encoding, newline="")
    return read_decisions(path)


def faults(tmp_path: Path, *lines: str, name: str = "work.csv") -> list[str]:
    """Return where and what the bad rows are."""
    with pytest.raises(ExceptionGroup) as caught:
        read(tmp_path, *lines, name=name)
    return [str(error).removeprefix(f"{tmp_path / name}") for error in caught.value.exceptions]


def fault(tmp_path: Path, *lines: str, name: str = "work.csv") -> str:
    """Return why the file cannot be read as a whole."""
    call: Callable[[], object] = lambda: read(tmp_path, *lines, name=name)  # noqa: E731
    return refusal(FileFormatError, call).removeprefix(f"{tmp_path / name}")


class TestWriting:
    def test_a_row_shows_what_there_is_to_decide(self, tmp_path: Path) -> None:
        visit = prepared(pt(timed("97530", 23), timed("97110", 20)), accumulators=ABOVE)
        decided = only(visit, DecisionKind.KX)
        write_decisions(decision_rows("P-1", visit), tmp_path / "work.csv")
        with (tmp_path / "work.csv").open(encoding="utf-8-sig", newline="") as file:
            (found,) = csv.DictReader(file)
        assert list(found) == list(DECISION_COLUMNS)
        assert found == {
            "patient": "P-1",
            "date_of_service": "2026-03-02",
            "decision": decided.id,
            "question": decided.question,
            "answered_by": "treating-clinician",
            "dollars": str(decided.dollars),
            "options": (
                f"no-kx: Bill them without KX; the payer denies them (${decided.options[0].expected} after denials) | "
                f"attest: Bill them with KX (${decided.options[1].expected} after denials). "
                "You attest: The services are medically necessary, and the record shows why"
            ),
            "default": "no-kx",
            "option": "",
            "author": "",
            "decided_at": "",
        }

    def test_options_show_the_dollars_in_which_they_differ(self) -> None:
        day = pt(timed("97530", 23), timed("97110", 20), timed("97112", 8))
        tie, deductible = decision_rows("P-1", prepared(day, accumulators=None))
        assert tie.options == (
            "97530=2 97112=0: Bill 97530 x2, not 97112 ($79.13 allowed)",
            "97530=1 97112=1: Bill 97530 x1 and 97112 x1 ($79.15 allowed)",
        )
        assert [option.rpartition(" (")[2] for option in deductible.options] == [
            "Medicare pays $62.04)",
            "Medicare pays $0.00)",
        ]
        tie, *_ = decision_rows("P-1", prepared(day, fees=None))
        assert tie.options[0] == "97530=2 97112=0: Bill 97530 x2, not 97112"

    def test_options_show_what_medicare_pays_if_that_differs_more(self) -> None:
        day = pt(timed("97530", 20), timed("97112", 20, "assistant"))
        (tie,) = decision_rows("P-1", prepared(day))
        assert [option.rpartition(" (")[2] for option in tie.options] == [
            "Medicare pays $61.22)",
            "Medicare pays $58.38)",
        ]

    def test_the_default_shows_what_may_be_denied(self) -> None:
        slp = Session(DAY, "SLP", [UntimedService("92507")])
        (pair,) = decision_rows("P-1", prepared(pt(timed("97110", 20)), slp))
        assert [option.partition(" (")[2].partition(")")[0] for option in pair.options] == [
            "$94.96 allowed; $21.62 may be denied",
            "$94.96 allowed",
            "$94.96 allowed",
        ]

    def test_what_was_answered_is_kept(self, tmp_path: Path) -> None:
        visit = prepared(pt(timed("97530", 23)), accumulators=ABOVE)
        given = choice(only(visit, DecisionKind.KX), "attest")
        old = Choice("tie:PT:00000000", "97530=1", "B. Invented", AT)
        again = prepared(pt(timed("97530", 23)), accumulators=ABOVE, decisions=[given, old])
        rows = tuple(decision_rows("P-1", again))
        assert [each.is_open for each in rows] == [False, False]
        assert (rows[1].question, rows[1].options) == (
            f"The choice 97530=1 was not applied: {again.outdated[0].reason}. Delete this row.",
            (),
        )
        write_decisions(rows, tmp_path / "work.csv")
        assert [each.choice for each in read_decisions(tmp_path / "work.csv")] == [given, old]

    @pytest.mark.parametrize(
        "text",
        ["=1+1", "+1", "-1", "@x", "007", "3-2", "1e5", "'x", 'a "b", c', "ö", "a\nb", "\tx"],
    )
    def test_keys_and_names_are_read_back_equal(self, tmp_path: Path, text: str) -> None:
        path = tmp_path / "work.csv"
        write_decisions([row(text, author=text.strip())], path)
        (found,) = read_decisions(path)
        assert (found.patient, found.choice.author) == (text, text.strip())
        first = path.read_bytes()
        write_decisions([row(found.patient, author=found.choice.author)], path)
        assert path.read_bytes() == first
        with path.open(encoding="utf-8-sig", newline="") as file:
            assert not any(
                cell.startswith(tuple("=+-@\t")) for line in csv.reader(file) for cell in line
            )

    @pytest.mark.parametrize(
        "at", [AT, "2026-03-03 14:05:09", "2026-03-03 14:05:00.250", "2026-03-03 14:05-05:00"]
    )
    def test_times_are_read_back_equal(self, tmp_path: Path, at: str) -> None:
        write_decisions([row(at=at)], tmp_path / "work.csv")
        assert read_decisions(tmp_path / "work.csv")[0].choice == row(at=at).choice

    def test_a_file_is_written_whole_or_not_at_all(self, tmp_path: Path) -> None:
        path = tmp_path / "work.csv"
        path.write_text("old", encoding="utf-8")
        with pytest.raises(UnicodeEncodeError):
            write_decisions([row("\ud800")], path)
        assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [
            ("work.csv", "old")
        ]


class TestReading:
    def test_columns_may_have_any_order_and_others_are_ignored(self, tmp_path: Path) -> None:
        header = "Notes, DECIDED_AT ,author,option,decision,date_of_service,Patient"
        (found,) = read(
            tmp_path, f"\ufeff{header}", "x,3/3/2026 14:05, A. I. ,met,a:b,3/2/2026,P-1", ""
        )
        assert found == LogChoice("P-1", "2026-03-02", Choice("a:b", "met", "A. I.", AT))
        assert (found.line, found.path) == (2, str(tmp_path / "work.csv"))

    @pytest.mark.parametrize(
        "at", ["3/3/2026 14:05", "3/3/2026 2:05 PM", "3/3/2026 14:05:00", "2026-03-03T14:05"]
    )
    def test_the_times_of_spreadsheets_are_read(self, tmp_path: Path, at: str) -> None:
        (found,) = read(tmp_path, NEEDED, f"P-1,2026-03-02,a:b,met,A.,{at}")
        assert found.choice.decided_at.isoformat(" ", "minutes") == AT

    def test_rows_without_an_answer_are_open(self, tmp_path: Path) -> None:
        assert read(tmp_path, NEEDED, "P-1,2026-03-02,a:b,, ,", ",,,,,", "P-2,2026-03-02,a:b") == ()

    def test_excels_older_csv_is_read(self, tmp_path: Path) -> None:
        (found,) = read(tmp_path, NEEDED, GOOD.replace("Invented", "Inventé"), encoding="cp1252")
        assert found.choice.author == "A. Inventé"

    def test_a_json_list_is_read(self, tmp_path: Path) -> None:
        names, cells = NEEDED.split(","), GOOD.split(",")
        entries = [dict(zip(names, cells, strict=True)), {"patient": "P-2", "option": None}]
        (found,) = read(tmp_path, json.dumps(entries), name="work.json")
        assert found == read(tmp_path, NEEDED, GOOD)[0]
        assert found.line is None

    def test_every_bad_row_is_reported_and_no_cell_is_quoted(self, tmp_path: Path) -> None:
        found = faults(
            tmp_path,
            NEEDED,
            "Mary,2026-03-02,a:b,met,Rosa Invented,",
            "Mary,2026-03-02,a:b,,Rosa Invented,2026-03-03 14:05",
            ",2026-03-02,a:b,met,,2026-03-03 14:05",
            "Mary,Monday last,a:b,met,Rosa Invented,2026-03-03 14:05",
            "Mary,2026-03-02,a:b,met,Rosa Invented,around noon",
            "Mary,2026-03-02,,met,Rosa Invented,2026-03-03 14:05",
            "Mary,,a:b,met,Rosa Invented,2026-03-03 14:05",
            '"two',
            'lines",2026-03-02,a:b,met,,2026-03-03 14:05',
            f"{GOOD},Rosa",
            GOOD,
            GOOD,
            f"Mary,2026-03-02,c:d,met,{'R' * 1001},2026-03-03 14:05",
            f"Mary,2026-03-02,{'c' * 1001},met,Rosa Invented,2026-03-03 14:05",
        )
        assert found == [
            ", line 2, column decided_at: say when it was decided, such as 2026-03-02 17:40",
            ", line 3, column option: no option is chosen: name one, or clear the author and the time",
            ", line 4, column patient: the key of the patient is missing",
            f", line 5, column date_of_service: {NO_DATE}, got a string of 11 characters",
            ", line 6, column decided_at: decided_at must be a date and time such as 2026-03-02 09:05, got a string of 11 characters",
            ", line 7, column decision: the id of the decision is missing",
            ", line 8, column date_of_service: the date of the visit is missing",
            ", line 9, column author: say who decided",
            ", line 11: the row has 7 cells, but the header names 6 columns",
            ", line 13, column decision: this decision is already answered in line 12: keep one of the answers",
            ", line 14, column author: author must have at most 1000 characters, got 1001",
            ", line 15, column decision: decision_id must have at most 1000 characters, got 1001",
        ]

    def test_a_decision_about_a_year_is_answered_once(self, tmp_path: Path) -> None:
        one = "P-1,2026-03-02,deductible:2026:369df5e8,met,A.,2026-03-03 14:05"
        other = one.replace("03-02", "04-02")
        assert faults(tmp_path, NEEDED, one, other) == [
            ", line 3, column decision: this decision is already answered in line 2: keep one of the answers"
        ]
        assert len(read(tmp_path, NEEDED, one, other.replace("P-1", "P-2"), GOOD)) == 3

    def test_bad_entries_of_a_json_list_are_reported(self, tmp_path: Path) -> None:
        good = dict(zip(NEEDED.split(","), GOOD.split(","), strict=True))
        entries = [3, {**good, "patient": 1001}, {**good, "author": ""}, good, good]
        assert faults(tmp_path, json.dumps(entries), name="work.json") == [
            ": entry 1: an object belongs here",
            ", column patient: entry 2: a string belongs here",
            ", column author: entry 3: say who decided",
            ", column decision: entry 5: this decision is already answered in entry 4: keep one of the answers",
        ]

    def test_a_quote_that_does_not_end_is_reported(self, tmp_path: Path) -> None:
        assert faults(tmp_path, NEEDED, '"P-1,2026-03-02') == [
            ", line 2: not valid CSV: unexpected end of data"
        ]

    @pytest.mark.parametrize(
        ("lines", "name", "reason"),
        [
            ([], "work.csv", ": the file is empty; the first line must name the columns"),
            (['"a'], "work.csv", ", line 1: not valid CSV: unexpected end of data"),
            (["patient;decision"], "work.csv", ", line 1: columns must be separated by commas"),
            (["patient\tdecision"], "work.csv", ", line 1: columns must be separated by commas"),
            (
                ["Mary", "x"],
                "work.csv",
                ", line 1: the header must have patient, date_of_service, decision, option, author, and decided_at",
            ),
            (
                [f"{NEEDED},Option"],
                "work.csv",
                ", line 1, column option: the header names this column twice",
            ),
            (["PK\0\0"], "work.csv", ": neither CSV nor JSON: save the file as CSV UTF-8"),
            (["[1,"], "work.json", ": not valid JSON"),
            (["[" + "9" * 5000 + "]"], "work.json", ": not valid JSON"),
            (["{}"], "work.json", ": the file must have a JSON list of objects, one per decision"),
        ],
    )
    def test_a_file_that_is_something_else_is_refused(
        self, tmp_path: Path, lines: list[str], name: str, reason: str
    ) -> None:
        assert fault(tmp_path, *lines, name=name) == reason

    def test_no_display_shows_who_the_patient_is(self) -> None:
        given = LogChoice("Mary", "2026-03-02", Choice("a:b", "met", "A. Invented", AT))
        assert "Mary" not in f"{given}{row('Mary')}"
