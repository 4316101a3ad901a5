"""Every display of a day lists the services that make no unit, on days with and without claim lines."""

from __future__ import annotations

import csv
import io
import json
from html import unescape
from pathlib import Path

import pytest

from therapy_billing import (
    MEDICARE,
    PAYERS,
    Accumulators,
    Claim,
    FeeSchedule,
    Service,
    Session,
    TimedService,
    UntimedService,
    allocate_units,
    bill_day,
    bill_log,
    build_claim,
    check_claim,
    check_day,
    check_log,
    compare_methods,
    compare_payers,
    explain,
    price_day,
    read_treatment_log,
    unit_margins,
)
from therapy_billing.batch import BilledDay
from therapy_billing.cli.command import main

DAY = "2026-10-05"
OHIO = FeeSchedule.medicare(DAY, state="OH")
UNPAID: list[Service] = [
    TimedService("97110", 15, clinician="student", key="a"),
    UntimedService("97150", clinician="aide", key="b"),
    TimedService("97530", 1, clinician="athletic-trainer", key="c"),
]
SLP = Session(DAY, "SLP", [UntimedService("92507", 45, clinician="assistant", key="d")])
ONLY_UNPAID = [Session(DAY, "PT", UNPAID), SLP]
MIXED = [Session(DAY, "PT", [TimedService("97110", 23, key="e"), *UNPAID]), SLP]
SENTENCES = (
    "15 minutes of 97110 by a student make no unit",
    "97150 by an aide makes no unit",
    "1 minute of 97530 by an athletic trainer makes no unit",
    "45 minutes of 92507 by an SLP assistant make no unit",
)
CELLS = [
    ("PT", "97110", "15", "a student"),
    ("PT", "97150", "", "an aide"),
    ("PT", "97530", "1", "an athletic trainer"),
    ("SLP", "92507", "45", "an SLP assistant"),
]
both = pytest.mark.parametrize("sessions", [ONLY_UNPAID, MIXED], ids=["only", "mixed"])


def lists_all(text: str) -> bool:
    """Return whether *text* lists every service."""
    plain = unescape(text)
    return all(sentence in plain for sentence in SENTENCES)


class TestRecords:
    @both
    def test_a_day_without_lines_is_a_day(self, sessions: list[Session]) -> None:
        claim = build_claim(sessions, MEDICARE)
        assert [line.code for line in claim.lines] == (["97110"] if sessions is MIXED else [])
        day = price_day(claim, MEDICARE, OHIO, Accumulators(2026))
        assert day == bill_day(sessions, MEDICARE, OHIO, Accumulators(2026))
        assert day.complete
        assert (day.allowed == 0) is (sessions is ONLY_UNPAID)
        assert day.accumulators is not None
        assert "4 services not billed" in repr(day)
        assert repr(allocate_units(sessions, MEDICARE)).endswith("; 4 services not billed>")

    @both
    def test_dicts_are_json_and_have_the_keys(self, sessions: list[Session]) -> None:
        day = bill_day(sessions, MEDICARE, OHIO)
        for record in (day, allocate_units(sessions, MEDICARE)):
            found = json.loads(json.dumps(record.to_dict()))["unbilled"]
            assert [each["keys"] for each in found] == [["a"], ["b"], ["c"], ["d"]]
            assert all(each["reason"] for each in found)
            assert [each["rule"]["payable"] for each in found] == [
                "therapists-own",
                "no",
                "no",
                "no",
            ]
        assert not any(f"'{key}'" in repr(day) for key in "abcd")

    @both
    def test_keys_are_on_a_line_or_with_the_unbilled(self, sessions: list[Session]) -> None:
        day = bill_day(sessions, MEDICARE, OHIO)
        of_lines = [key for line in day.lines for key in line.keys]
        of_unbilled = [key for each in day.unbilled for key in each.keys]
        assert of_lines == (["e"] if sessions is MIXED else [])
        assert of_unbilled == ["a", "b", "c", "d"]

    @both
    def test_an_explanation_has_a_step_for_each(self, sessions: list[Session]) -> None:
        day = bill_day(sessions, MEDICARE, OHIO)
        for record in (day, allocate_units(sessions, MEDICARE), build_claim(sessions, MEDICARE)):
            explanation = explain(record)
            assert lists_all(str(explanation))
            assert lists_all(explanation._repr_html_())

    @both
    def test_html_lists_each(self, sessions: list[Session]) -> None:
        assert lists_all(bill_day(sessions, MEDICARE, OHIO)._repr_html_())
        assert lists_all(allocate_units(sessions, MEDICARE)._repr_html_())

    @both
    def test_the_checks_list_each(self, sessions: list[Session]) -> None:
        claim = build_claim(sessions, MEDICARE)
        for found in (
            check_day(sessions, MEDICARE, OHIO),
            check_claim(claim, MEDICARE, OHIO, sessions=sessions),
        ):
            assert lists_all(str(found))
            listed = [each for each in found if each.rule.id.endswith("-scope")]
            assert {each.severity.value for each in listed} == {"info"}
            assert sorted(key for each in listed for key in each.keys) == ["a", "b", "c", "d"]
            assert not [each for each in found if each.severity.value == "deny"]

    def test_a_claim_without_lines_needs_no_sessions(self) -> None:
        found = check_claim(Claim(DAY, []), MEDICARE, OHIO)
        assert not [each for each in found if each.severity.value != "info"]

    @both
    def test_scenarios_accept_the_day(self, sessions: list[Session]) -> None:
        assert compare_methods(sessions, "medicare", "cpt-midpoint") is not None
        compared = compare_payers(
            sessions,
            "medicare",
            PAYERS["tricare"],
            OHIO,
            other_fees=FeeSchedule.from_rates(
                {"97110": "30", "97150": "20", "97530": "30", "92507": "60"}
            ),
        )
        assert str(compared)
        assert unit_margins(allocate_units(sessions, MEDICARE)) is not None


COLUMN = {
    "therapist": "therapist",
    "student": "student",
    "SPT": "student",
    "OTAS": "student",
    "aide": "aide",
    "Rehab Tech": "aide",
    "technician": "aide",
    "athletic trainer": "athletic-trainer",
    "athletic-trainer": "athletic-trainer",
    "ATC": "athletic-trainer",
    "clinical fellow": "clinical-fellow",
    "NPP": "physician",
    "physician": "physician",
    "SLPA": "assistant",
}
"""Words in the clinician column of a log, each with the role."""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Return a log with one day without lines and one mixed day."""
    rows = [
        "date,patient,discipline,code,minutes,clinician,key",
        f"{DAY},only,PT,97110,15,SPT,a",
        f"{DAY},only,PT,97150,,rehab aide,b",
        f"{DAY},only,PT,97530,1,ATC,c",
        f"{DAY},only,SLP,92507,45,SLPA,d",
        f"{DAY},mixed,PT,97110,23,,e",
        f"{DAY},mixed,PT,97110,15,student,a2",
        f"{DAY},mixed,PT,97150,,aide,b2",
        f"{DAY},mixed,PT,97530,1,athletic trainer,c2",
        f"{DAY},mixed,SLP,92507,45,assistant,d2",
    ]
    path = tmp_path / "log.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def output(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return what the command prints."""
    main(arguments)
    return capsys.readouterr().out


class TestLogs:
    @pytest.mark.parametrize(("word", "role"), COLUMN.items())
    def test_every_word_for_a_role_is_read(self, tmp_path: Path, word: str, role: str) -> None:
        path = tmp_path / "log.csv"
        header = "date,patient,discipline,code,minutes,clinician"
        path.write_text(f"{header}\n{DAY},p,SLP,92526,30,{word}\n", encoding="utf-8")
        (day,) = read_treatment_log(path).days
        assert [service.clinician.value for service in day.sessions[0].services] == [role]

    def test_each_day_is_billed_and_checked(self, log: Path) -> None:
        billed = list(bill_log(log, MEDICARE, OHIO))
        assert all(isinstance(day, BilledDay) for day in billed)
        assert [len(day.priced.lines) for day in billed] == [0, 1]
        assert [len(day.priced.unbilled) for day in billed] == [4, 4]
        for checked in check_log(log, MEDICARE, OHIO):
            assert not [each for each in checked.findings if each.severity.value == "deny"]

    def test_text_lists_each_service_of_each_day(
        self, log: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for command in ("bill", "check"):
            blocks = output(capsys, command, str(log), "--payer", "medicare").split("\n\n")
            assert lists_all(next(block for block in blocks if block.startswith("only")))
            assert lists_all(next(block for block in blocks if block.startswith("mixed")))
        assert lists_all(output(capsys, "bill", str(log), "--payer", "medicare", "--explain"))

    def test_csv_has_a_row_for_each(self, log: Path, capsys: pytest.CaptureFixture[str]) -> None:
        text = output(capsys, "bill", str(log), "--payer", "medicare", "--csv")
        rows = list(csv.DictReader(io.StringIO(text)))
        for patient in ("only", "mixed"):
            own = [row for row in rows if row["patient"] == patient and row["units"] == "0"]
            found = [
                (row["discipline"], row["code"], row["minutes"], row["unpriced"].split(":")[0])
                for row in own
            ]
            assert found == [
                (plan, code, minutes, f"by {who}") for plan, code, minutes, who in CELLS
            ]
            assert {row["allowed"] for row in own} == {"0.00"}
        assert len(rows) == 9

    def test_json_has_a_record_for_each(
        self, log: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        days = json.loads(output(capsys, "bill", str(log), "--payer", "medicare", "--json"))
        assert [len(day["unbilled"]) for day in days if "unbilled" in day] == [4, 4]


class TestCaps:
    def test_unbilled_minutes_use_no_part_of_a_cap(self) -> None:
        policy = MEDICARE.on(DAY).with_changes(cap_per_day=2)
        services = [
            TimedService("97110", 45, clinician="student"),
            TimedService("97530", 30),
        ]
        counted = allocate_units(Session(DAY, "PT", services), policy)
        assert counted.units == {"97530": 2}
        assert counted.capped_units == ()
        found = check_day(Session(DAY, "PT", services), policy)
        assert "payer-cap" not in {finding.rule.id for finding in found}

    def test_a_cap_per_session_is_not_raised_by_a_session_without_units(self) -> None:
        policy = MEDICARE.on(DAY).with_changes(cap_per_session=2)
        sessions = [
            Session(DAY, "PT", [TimedService("97110", 60)]),
            Session(DAY, "PT", [TimedService("97110", 60, clinician="student")]),
        ]
        counted = allocate_units(sessions, policy)
        assert counted.units == {"97110": 2}
