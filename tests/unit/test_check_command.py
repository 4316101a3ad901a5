"""The command ``check``: what it tells of a log, and with what status it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeAlias

import pytest

from tests.unit.loaders.fixtures import MUE_HEAD, PTP_HEAD
from therapy_billing.command import main

HEADER = "patient,date,discipline,code,minutes"
PAIR = ("P-1,2024-08-01,PT,97150,45", "P-1,2024-08-01,PT,97110,15")
"""A group and exercise, a pair of that quarter that a modifier passes."""
NO_PLAN = "P-2,2024-08-01,PT,97110,15"


class Outcome(NamedTuple):
    """How a run ended."""

    status: int
    out: str
    err: str


Run: TypeAlias = Callable[..., Outcome]


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> Outcome:
        try:
            status = main(["check", *arguments])
        except SystemExit as left:
            assert isinstance(left.code, int)  # noqa: PT017 - argparse leaves with a number
            status = left.code
        return Outcome(status, *capsys.readouterr())

    return call


def write(*lines: str, header: str = HEADER, name: str = "log.csv") -> str:
    """Write a file of this test's folder and return its name."""
    text = "".join(f"{line}\n" for line in (header, *lines))
    Path(name).write_text(text, encoding="utf-8", newline="")
    return name


def test_something_that_would_be_denied_ends_with_1_and_is_told_with_its_source(run: Run) -> None:
    outcome = run(write(*PAIR, NO_PLAN))
    lines = outcome.out.splitlines()
    assert (outcome.status, outcome.err) == (1, "")
    assert lines[0] == "P-1  2024-08-01  medicare"
    assert lines[1] == "  deny    ncci-ptp lines 1, 2 of the claim ($25.29 at stake)"
    assert lines[2] == (
        "          97150 (column 1) and 97110 (column 2) form a pair with indicator 1: 97110 is denied "
        "without 59 or an X modifier; $43.27 is allowed with both, $17.98 when 97110 is denied"
    )
    assert lines[3].startswith("          do: the record shows neither separate times nor regions")
    assert lines[4].startswith("          source: NCCI Policy Manual")
    assert lines[-1] == "2 patient-days checked: 1 deny, 0 review, 0 note"
    assert "P-2" not in outcome.out


def test_nothing_that_would_be_denied_ends_with_0(run: Run) -> None:
    outcome = run(write(NO_PLAN))
    assert outcome.status == 0
    assert outcome.out.splitlines()[-1] == "1 patient-day checked: 0 deny, 0 review, 0 note"


def test_what_no_data_answers_is_told_once_a_rule(run: Run) -> None:
    outcome = run(write("P-1,2026-03-02,PT,97110,15", "P-2,2026-03-02,PT,97530,15"))
    (mue,) = (line for line in outcome.out.splitlines() if "ncci-mue" in line)
    assert mue == (
        "date-not-covered: ncci-mue 97110, 97530; of the quarter from 2024-07-01; that of 2026-03-02 "
        "is not held"
    )


def test_remarks_of_several_days_are_counted(run: Run) -> None:
    outcome = run(write("P-1,2026-03-02,PT,97110,15", "P-2,2025-03-02,PT,97530,15"))
    (mue,) = (line for line in outcome.out.splitlines() if "ncci-mue" in line)
    assert mue.endswith("that of 2026-03-02 is not held; and 1 more, see the days")


@pytest.mark.parametrize(
    ("severity", "status", "told"),
    [
        ("deny", 0, "0 deny, 1 review, 2 note; 3 of them not shown, by --severity deny"),
        ("review", 0, "0 deny, 1 review, 2 note; 2 of them not shown, by --severity review"),
        ("note", 0, "0 deny, 1 review, 2 note"),
    ],
)
def test_only_what_is_as_grave_as_asked_is_told_and_all_is_counted(
    run: Run, severity: str, status: int, told: str
) -> None:
    pair = [line.replace("2024-08-01", "2026-03-02") for line in PAIR]
    bundled = "P-1,2026-03-02,PT,97602,"
    outcome = run(write(*pair, bundled), "--severity", severity)
    assert outcome.status == status
    assert outcome.out.splitlines()[-1] == f"1 patient-day checked: {told}"
    assert ("97150 (column 1)" in outcome.out) is (severity != "deny")
    assert ("97602 is bundled" in outcome.out) is (severity == "note")


def test_a_severity_that_is_not_told_still_decides_how_it_ends(run: Run) -> None:
    assert run(write(*PAIR), "--severity", "deny", "--json").status == 1


def test_json_holds_each_day_and_the_schedule(run: Run) -> None:
    log = write(
        "P-1,2024-08-01,PT,97110,,09:00,09:30,T-1",
        "P-2,2024-08-01,PT,97110,,09:15,09:45,T-1",
        header="patient,date,discipline,code,minutes,start,end,treated_by",
    )
    outcome = run(log, "--json")
    record = json.loads(outcome.out)
    assert outcome.status == 1
    assert [(day["patient"], day["payer"], day["findings"]) for day in record["days"]] == [
        ("P-1", "medicare", []),
        ("P-2", "medicare", []),
    ]
    (found,) = record["schedule"]["findings"]
    assert (found["rule"], found["entries"]) == ("minutes-once", ["line 2", "line 3"])
    text = run(log).out
    assert "schedule of all patients\n  deny    minutes-once [line 2, line 3]" in text


def test_the_files_of_cms_come_before_the_edits_of_the_library(run: Run) -> None:
    rows = (
        "97110\t97530\t\t20200101\t*\t0\tMutually exclusive procedures",
        "97530\t97113\t\t20200101\t*\t1\tMutually exclusive procedures",
    )
    ptp = write(*PTP_HEAD[1:], *rows, header=PTP_HEAD[0], name="ccipra-v301r0-f4.txt")
    mue_name = "MCR_MUE_PractitionerServices_Eff_04-01-2024.csv"
    mue = write(
        *MUE_HEAD[1:],
        "97110,1,3 Date of Service Edit: Clinical,Clinical: Data",
        header=MUE_HEAD[0],
        name=mue_name,
    )
    log = write("P-1,2024-05-01,PT,97110,30", "P-1,2024-05-01,PT,97530,15")
    assert run(log).status == 0
    outcome = run(log, "--edits", ptp, "--edits", mue, "--json")
    (day,) = json.loads(outcome.out)["days"]
    assert outcome.status == 1
    assert sorted(finding["rule"] for finding in day["findings"]) == ["ncci-mue", "ncci-ptp"]


def test_hospitals_have_edits_of_their_own(run: Run) -> None:
    log = write("P-1,2024-08-01,PT,98980,", "P-1,2024-08-01,PT,97750,15")
    (practitioner,) = json.loads(run(log, "--json").out)["days"]
    (hospital,) = json.loads(run(log, "--json", "--hospital").out)["days"]
    indicators = [
        [
            finding["message"].split(":")[0]
            for finding in day["findings"]
            if finding["rule"] == "ncci-ptp"
        ]
        for day in (practitioner, hospital)
    ]
    assert indicators == [
        ["98980 (column 1) and 97750 (column 2) form a pair with indicator 0"],
        ["97750 (column 1) and 98980 (column 2) form a pair with indicator 1"],
    ]


def test_the_year_goes_on_from_day_to_day(run: Run) -> None:
    Path("years.json").write_text(
        json.dumps({"P-1": {"year": 2024, "deductible_met": 240, "pt_slp": "2300", "ot": 0}}),
        encoding="utf-8",
    )
    log = write("P-1,2024-08-02,PT,97110,15", "P-1,2024-08-01,PT,97110,15")
    arguments = ("--accumulators", "years.json", "--json")
    days = json.loads(run(log, *arguments).out)["days"]
    assert [
        (day["date_of_service"], [finding["rule"] for finding in day["findings"]]) for day in days
    ] == [("2024-08-01", []), ("2024-08-02", ["kx-threshold"])]
    assert run(log, *arguments, "--attest-kx").status == 0


def test_a_bad_row_leaves_nothing_checked(run: Run) -> None:
    outcome = run(write(*PAIR, "P-3,2024-08-01,PT,97110,"))
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.splitlines()[-1] == (
        "therapy-billing: 1 error, nothing was checked; --keep-going checks the rest"
    )


def test_the_rest_is_checked_when_asked(run: Run) -> None:
    outcome = run(
        write(NO_PLAN, "P-2,2024-08-01,PT,97110,", "P-3,2017-08-01,PT,97110,15"), "--keep-going"
    )
    assert outcome.status == 1
    assert "  not whole: line 3 of the log was left out" in outcome.out
    assert outcome.err.splitlines()[-1] == (
        "therapy-billing: 2 errors; the rows and days that they name were left out"
    )


def test_a_day_that_nothing_can_price_leaves_nothing_checked(run: Run) -> None:
    assert run(write("P-3,2017-08-01,PT,97110,15")).status == 2
    assert run(write("P-3,2017-08-01,PT,97110,15"), "--keep-going").status == 2


def test_rates_of_ones_own_price_what_is_at_stake(run: Run) -> None:
    rates = write("97110,30", "97150,20", header="code,amount", name="rates.csv")
    outcome = run(write(*PAIR), "--fees", rates)
    assert "deny    ncci-ptp lines 1, 2 of the claim ($30.00 at stake)" in outcome.out
    refused = run(write(*PAIR), "--fees", rates, "--locality", "OH")
    assert refused.status == 2
    assert "--locality is of Medicare's amounts, and --fees brings its own" in refused.err


def test_a_key_that_could_steer_a_terminal_does_not(run: Run) -> None:
    assert "P-1?[2J" not in run(write(*PAIR)).out
    outcome = run(write(*(line.replace("P-1", "P\u202e1") for line in PAIR)))
    assert "P?1  2024-08-01" in outcome.out


def test_the_edits_of_medicare_are_not_those_of_medicaid(run: Run) -> None:
    outcome = run(write(*PAIR), "--payer", "nevada-medicaid")
    assert outcome.status == 0
    assert (
        "not-in-data: ncci-ptp 97110, 97150; the edits held are those of Medicare: give those of "
        "Medicaid as edits"
    ) in outcome.out
