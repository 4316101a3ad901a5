"""The command ``check``: what it reports about a log, and its exit status."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeAlias

import pytest

from tests.unit.cms_files import MUE_HEAD, PTP_HEAD
from therapy_billing import NotPublishedError
from therapy_billing.batch import log_schedule
from therapy_billing.cli.command import main

HEADER = "patient,date,discipline,code,minutes"
PAIR = ("P-1,2024-08-01,PT,97150,45", "P-1,2024-08-01,PT,97110,15")
"""Group therapy and exercise: a pair of that quarter that a modifier allows."""
NO_PLAN = "P-2,2024-08-01,PT,97110,15"


class Outcome(NamedTuple):
    """The exit status and output of a run."""

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


def test_a_denial_exits_with_1_and_shows_its_source(run: Run) -> None:
    outcome = run(write(*PAIR, NO_PLAN))
    lines = outcome.out.splitlines()
    assert (outcome.status, outcome.err) == (1, "")
    assert lines[0] == "P-1  2024-08-01  medicare"
    message = "97110 with 97150 on the same day"
    assert lines[1] == f"  DENY    {message:<72}  $25.29 at stake"
    assert lines[2] == (
        "          NCCI bundles 97110 (column 2) into 97150 (column 1) unless 59 or an "
        "X modifier shows separate services (indicator 1). The record shows no "
        "separate times or body regions. $43.27 is allowed for the day with both codes, "
        "and $17.98 if 97110 is denied."
    )
    assert lines[3] == (
        "          Fix: bill 97150 only, or correct the record if the services were separate."
    )
    assert lines[4] == "          Rule: ncci-ptp, lines 1, 2 of the claim"
    assert lines[5].startswith("          Source: NCCI Policy Manual")
    assert lines[-1] == "2 patient-days checked: 1 deny, 0 review, 0 info."
    assert "P-2" not in outcome.out


def test_the_dollars_of_several_denials_are_counted_once_a_day(run: Run) -> None:
    log = write(
        "P-1,2024-08-01,PT,97150,45",
        "P-1,2024-08-01,PT,97110,15",
        "P-1,2024-08-01,PT,97116,15",
        "P-2,2024-08-01,PT,97150,45",
        "P-2,2024-08-01,PT,97110,15",
    )
    rates = write("97110,30", "97116,25", "97150,20", header="code,amount", name="rates.csv")
    outcome = run(log, "--fees", rates)
    assert [line for line in outcome.out.splitlines() if "at stake for the day" in line] == [
        "  $55.00 at stake for the day, each dollar counted once"
    ]
    record = json.loads(run(log, "--fees", rates, "--json").out)
    assert [day["at_stake"] for day in record["days"]] == ["55.00", "30.00"]
    assert record["schedule"]["at_stake"] is None


def test_nothing_that_would_be_denied_ends_with_0(run: Run) -> None:
    outcome = run(write(NO_PLAN))
    assert outcome.status == 0
    assert outcome.out.splitlines()[-1] == "1 patient-day checked: 0 deny, 0 review, 0 info."


def test_a_rule_without_data_is_listed_once(run: Run) -> None:
    outcome = run(write("P-1,2026-10-05,PT,97535,15", "P-2,2026-10-05,PT,97533,15"))
    (mue,) = (line for line in outcome.out.splitlines() if "ncci-mue" in line)
    assert mue == (
        "ncci-mue was not checked for 2 of 2 days (97535, 97533): the limit is for the quarter that begins 2026-04-01; the data has no limit for 2026-10-05."
    )


def test_remarks_of_several_days_are_counted(run: Run) -> None:
    outcome = run(write("P-1,2026-10-05,PT,97535,15", "P-2,2026-10-06,PT,97535,15"))
    (mue,) = (line for line in outcome.out.splitlines() if "ncci-mue" in line)
    assert mue.endswith("the data has no limit for 2026-10-05; there were other reasons as well.")


@pytest.mark.parametrize(
    ("severity", "status", "totals"),
    [
        ("deny", 0, "0 deny, 1 review, 2 info (3 not shown because of --severity deny)"),
        ("review", 0, "0 deny, 1 review, 2 info (2 not shown because of --severity review)"),
        ("info", 0, "0 deny, 1 review, 2 info"),
    ],
)
def test_only_findings_as_severe_as_asked_are_shown_and_all_are_counted(
    run: Run, severity: str, status: int, totals: str
) -> None:
    pair = [line.replace("2024-08-01", "2026-03-02") for line in PAIR]
    bundled = "P-1,2026-03-02,PT,97602,"
    outcome = run(write(*pair, bundled), "--severity", severity)
    assert outcome.status == status
    assert outcome.out.splitlines()[-1] == f"1 patient-day checked: {totals}."
    assert ("97150 (column 1)" in outcome.out) is (severity != "deny")
    assert ("97602 is bundled" in outcome.out) is (severity == "info")


def test_a_hidden_finding_still_decides_the_exit_status(run: Run) -> None:
    assert run(write(*PAIR), "--severity", "deny", "--json").status == 1


def test_json_has_each_day_and_the_schedule(run: Run) -> None:
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
    assert text.startswith("Schedule of all patients\n  DENY    ")
    assert "Rule: minutes-once, line 2, line 3\n" in text


def test_gaps_are_listed_once_with_their_days(run: Run) -> None:
    log = write(
        "P-1,2024-08-01,PT,97110,,09:00,09:30",
        "P-2,2024-08-01,PT,97110,15,,",
        "P-2,2024-08-01,PT,97530,15,,",
        header="patient,date,discipline,code,minutes,start,end",
    )
    out = run(log).out
    assert (
        "note-clinician and 17 other rules were not checked for 2 of 2 days: no notes were given.\n"
        "plan-author and 7 other rules were not checked for 2 of 2 days: no plans of care were given.\n"
        "patient-overlap and total-treatment were not checked for 1 of 2 days: no start and end times.\n"
        "minutes-once and 8 other rules were not checked in the schedule: no row has a clinician in treated_by.\n"
    ) in out
    record = json.loads(run(log, "--json").out)
    gaps = {gap["rule"]: (gap["days"], gap["of_days"]) for gap in record["gaps"]}
    assert (gaps["patient-overlap"], gaps["note-date"]) == ((1, 2), (2, 2))
    answered = [{each["rule"] for each in day["answers"]} for day in record["days"]]
    for rules in answered:
        assert "patient-overlap" in rules
        assert "note-date" not in rules


TWICE = "P-1,2026-03-02,PT,97110,15"


@pytest.mark.parametrize("same", [True, False])
def test_a_row_that_is_there_twice_is_for_review(run: Run, *, same: bool) -> None:
    outcome = run(write(TWICE, TWICE if same else f"{TWICE[:-2]}16"))
    assert outcome.status == 0
    assert ("Rule: identical-rows\n" in outcome.out) is same
    assert ("97110 (15 minutes) recorded 2 times for one patient" in outcome.out) is same


def test_with_clinicians_the_lines_are_listed(run: Run) -> None:
    header = f"{HEADER},treated_by"
    outcome = run(write(f"{TWICE},T-1", f"{TWICE},T-1", header=header))
    assert outcome.out.count("identical-rows") == 1
    assert "Rule: identical-rows, line 2, line 3\n" in outcome.out
    outcome = run(write(f"{TWICE},T-1", f"{TWICE},T-2", header=header))
    assert "identical-rows" not in outcome.out


def test_more_minutes_than_a_day_has_are_denied(run: Run) -> None:
    rows = [f"P-1,2026-03-02,PT,{code},1440" for code in ("97110", "97530", "97140")]
    outcome = run(write(*rows), "--severity", "deny")
    assert outcome.status == 1
    assert "4320 minutes documented for one patient on 2026-03-02" in outcome.out


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


PTP_F4 = (
    "97110\t97530\t\t20200101\t*\t0\tMutually exclusive procedures",
    "97530\t97113\t\t20200101\t*\t1\tMutually exclusive procedures",
)
PTP_F1 = ("00100\t36000\t\t20200101\t*\t1\tStandards of practice",)
PTP_F2 = (
    "20560\t97140\t\t20200101\t*\t1\tStandards of practice",
    "29999\t36000\t\t20200101\t*\t1\tStandards of practice",
)
DAY_OF_2026 = ("P-1,2026-03-02,PT,97110,30", "P-1,2026-03-02,PT,97530,15")


def ptp(name: str, *rows: str) -> str:
    return write(*PTP_HEAD[1:], *rows, header=PTP_HEAD[0], name=name)


def rules_of(outcome: Outcome) -> list[str]:
    (day,) = json.loads(outcome.out)["days"]
    return [finding["rule"] for finding in day["findings"]]


class TestTheSettingAndQuarterOfEdits:
    SETTING = ("--edits-setting", "practitioner")
    QUARTER = ("--edits-quarter", "2026-01-01")

    def test_they_are_for_files_with_a_name_that_does_not_show_them(self, run: Run) -> None:
        log, edits = write(*DAY_OF_2026), ptp("mine.txt", *PTP_F4)
        outcome = run(log, "--edits", edits, *self.SETTING, *self.QUARTER, "--json")
        assert (outcome.status, rules_of(outcome)) == (1, ["ncci-ptp"])

    @pytest.mark.parametrize("given", [SETTING, QUARTER])
    def test_the_missing_one_is_named_with_its_option(
        self, run: Run, given: tuple[str, str]
    ) -> None:
        outcome = run(write(*DAY_OF_2026), "--edits", ptp("mine.txt", *PTP_F4), *given)
        missing = "--edits-quarter 2026-07-01" if given == self.SETTING else "--edits-setting pra"
        assert outcome.status == 2
        assert f"({missing}" in outcome.err

    def test_a_contradiction_is_an_error(self, run: Run) -> None:
        edits = ptp("ccipra-v320r0-f4.txt", *PTP_F4)
        outcome = run(write(*DAY_OF_2026), "--edits", edits, "--edits-quarter", "2026-04-01")
        assert outcome.status == 2
        assert "disagree on the quarter: 2026-01-01, 2026-04-01" in outcome.err
        outcome = run(
            write(*DAY_OF_2026), "--edits", edits, "--edits-setting", "outpatient-hospital"
        )
        assert "disagree on the setting: outpatient-hospital, practitioner" in outcome.err

    @pytest.mark.parametrize("given", [SETTING, QUARTER])
    def test_without_a_file_they_are_refused(self, run: Run, given: tuple[str, str]) -> None:
        outcome = run(write(*DAY_OF_2026), *given)
        assert outcome.status == 2
        assert f"{given[0]} is about the files of --edits; add --edits FILE" in outcome.err

    def test_a_quarter_begins_on_its_first_day(self, run: Run) -> None:
        edits = ptp("mine.txt", *PTP_F4)
        outcome = run(
            write(*DAY_OF_2026), "--edits", edits, *self.SETTING, "--edits-quarter", "2026-02-01"
        )
        assert outcome.status == 2
        assert "a quarter begins on January 1" in outcome.err

    def test_a_quarter_before_the_first_edits_is_refused(self, run: Run) -> None:
        edits = ptp("mine.txt", *PTP_F4)
        outcome = run(
            write(*DAY_OF_2026), "--edits", edits, *self.SETTING, "--edits-quarter", "1850-01-01"
        )
        assert (outcome.status, outcome.out) == (2, "")
        assert "there were no NCCI edits in the quarter from 1850-01-01" in outcome.err


class TestPartsOfThePtpFile:
    REMARK = "this part has the column 1 codes {}; most therapy codes are in part f4"
    NOTHING = (
        "therapy-billing: the PTP files of --edits have no pair of therapy codes for {} claims, so "
        "nothing was checked"
    )

    def test_a_part_without_therapy_codes_is_not_enough(self, run: Run) -> None:
        edits = ptp("ccipra-v320r0-f1.txt", *PTP_F1)
        outcome = run(write(*DAY_OF_2026), "--edits", edits)
        assert (outcome.status, outcome.out) == (2, "")
        assert outcome.err.splitlines() == [
            f"therapy-billing: remark: {edits}: {self.REMARK.format('00100 to 00100')}",
            self.NOTHING.format("practitioner"),
        ]

    def test_a_part_with_few_therapy_codes_has_a_remark(self, run: Run) -> None:
        edits = ptp("ccipra-v320r0-f2.txt", *PTP_F2)
        outcome = run(write(*DAY_OF_2026), "--edits", edits)
        assert outcome.status == 0
        assert outcome.err.splitlines() == [
            f"therapy-billing: remark: {edits}: {self.REMARK.format('20560 to 29999')}"
        ]

    def test_all_parts_together_need_no_remark(self, run: Run) -> None:
        parts = [
            ptp(f"ccipra-v320r0-f{number}.txt", *rows)
            for number, rows in ((1, PTP_F1), (2, PTP_F2), (4, PTP_F4))
        ]
        given = [word for part in parts for word in ("--edits", part)]
        outcome = run(write(*DAY_OF_2026), *given, "--json")
        assert (outcome.status, outcome.err, rules_of(outcome)) == (1, "", ["ncci-ptp"])

    def test_a_file_for_the_other_setting_is_not_enough(self, run: Run) -> None:
        edits = ptp("ccipra-v320r0-f4.txt", *PTP_F4)
        outcome = run(write(*DAY_OF_2026), "--edits", edits, "--hospital")
        assert (outcome.status, outcome.out) == (2, "")
        assert outcome.err.splitlines() == [
            (
                f"therapy-billing: remark: {edits} is for practitioner claims and is not used; if the claims are "
                "practitioner claims, leave out --hospital"
            ),
            self.NOTHING.format("outpatient-hospital")
            + "; use files for these claims, or leave out --hospital",
        ]

    def test_a_hospital_file_needs_the_option(self, run: Run) -> None:
        edits = ptp("cciopc-v320r0-f4.txt", *PTP_F4)
        outcome = run(write(*DAY_OF_2026), "--edits", edits)
        assert (outcome.status, outcome.out) == (2, "")
        assert outcome.err.splitlines() == [
            (
                f"therapy-billing: remark: {edits} is for outpatient-hospital claims and is only used in remarks; "
                "if the claims are outpatient-hospital claims, add --hospital"
            ),
            self.NOTHING.format("practitioner") + "; use files for these claims, or add --hospital",
        ]
        outcome = run(write(*DAY_OF_2026), "--edits", edits, "--hospital", "--json")
        assert (outcome.status, outcome.err, rules_of(outcome)) == (1, "", ["ncci-ptp"])

    def test_the_option_is_not_the_reason_if_the_other_file_has_no_pair_either(
        self, run: Run
    ) -> None:
        edits = ptp("ccipra-v320r0-f1.txt", *PTP_F1)
        outcome = run(write(*DAY_OF_2026), "--edits", edits, "--hospital")
        assert outcome.status == 2
        assert outcome.err.splitlines()[1:] == [self.NOTHING.format("outpatient-hospital")]

    @pytest.mark.parametrize(
        ("setting", "given", "option"),
        [
            ("practitioner", ["--hospital"], "leave out --hospital"),
            ("outpatient-hospital", [], "add --hospital"),
        ],
    )
    def test_an_mue_file_for_the_other_setting_has_a_remark(
        self, run: Run, setting: str, given: list[str], option: str
    ) -> None:
        row = "97110,1,3 Date of Service Edit: Clinical,Clinical: Data"
        mue = write(*MUE_HEAD[1:], row, header=MUE_HEAD[0], name="limits.csv")
        if setting == "outpatient-hospital":
            head = [line.replace("Practitioner", "Outpatient Hospital") for line in MUE_HEAD]
            mue = write(*head[1:], row, header=head[0], name="limits.csv")
        named = ("--edits-setting", setting, "--edits-quarter", "2026-01-01")
        outcome = run(write(*DAY_OF_2026), "--edits", mue, *named, *given, "--json")
        assert (outcome.status, rules_of(outcome)) == (0, [])
        assert outcome.err.splitlines() == [
            (
                f"therapy-billing: remark: {mue} is for {setting} claims and is not used; if the claims are "
                f"{setting} claims, {option}"
            )
        ]

    def test_an_mue_file_alone_is_enough(self, run: Run) -> None:
        row = "97110,1,3 Date of Service Edit: Clinical,Clinical: Data"
        mue = write(*MUE_HEAD[1:], row, header=MUE_HEAD[0], name="limits.csv")
        given = ("--edits-setting", "practitioner", "--edits-quarter", "2026-01-01")
        outcome = run(write(*DAY_OF_2026), "--edits", mue, *given, "--json")
        assert (outcome.status, outcome.err, rules_of(outcome)) == (1, "", ["ncci-mue"])


class TestWhichFileItIs:
    def test_a_ptp_file_with_mue_in_its_name_is_read_as_one(self, run: Run) -> None:
        edits = ptp("mue-and-ccipra-v320r0-f4.txt", *PTP_F4)
        assert rules_of(run(write(*DAY_OF_2026), "--edits", edits, "--json")) == ["ncci-ptp"]

    @pytest.mark.parametrize(
        ("name", "wanted"), [("ccipra.txt", "an NCCI PTP file"), ("mue.csv", "an MUE file")]
    )
    def test_a_file_that_is_neither_is_named(self, run: Run, name: str, wanted: str) -> None:
        Path(name).write_bytes(b"<!DOCTYPE html>\n<html><head><title>License</title>")
        outcome = run(write(*DAY_OF_2026), "--edits", name)
        assert (outcome.status, outcome.out) == (2, "")
        assert outcome.err == (
            f"therapy-billing: {name}: expected {wanted}, found an HTML page, such as CMS's license page; "
            "accept the license and save the file itself\n"
        )

    def test_the_treatment_log_is_not_an_edit_file_and_no_value_is_shown(self, run: Run) -> None:
        log = write(*DAY_OF_2026)
        outcome = run(log, "--edits", log)
        assert outcome.status == 2
        assert outcome.err == (
            f"therapy-billing: {log}: expected an NCCI PTP file, found a treatment log\n"
        )


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
        ["97750 with 98980 on the same day"],
        ["98980 with 97750 on the same day"],
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
        "therapy-billing: 1 error, so nothing was checked; --keep-going checks the good rows"
    )


def test_the_rest_is_checked_when_asked(run: Run) -> None:
    outcome = run(
        write(NO_PLAN, "P-2,2024-08-01,PT,97110,", "P-3,2017-08-01,PT,97110,15"), "--keep-going"
    )
    assert outcome.status == 1
    assert "  Incomplete: line 3 of the log could not be read." in outcome.out
    assert outcome.err.splitlines()[-1] == (
        "therapy-billing: 2 errors; the rows and days with errors were left out"
    )


def test_a_day_that_nothing_can_price_leaves_nothing_checked(run: Run) -> None:
    assert run(write("P-3,2017-08-01,PT,97110,15")).status == 2
    assert run(write("P-3,2017-08-01,PT,97110,15"), "--keep-going").status == 2


def test_rates_of_ones_own_price_what_is_at_stake(run: Run) -> None:
    rates = write("97110,30", "97150,20", header="code,amount", name="rates.csv")
    outcome = run(write(*PAIR), "--fees", rates)
    assert "$30.00 at stake\n" in outcome.out
    assert "Rule: ncci-ptp, lines 1, 2 of the claim\n" in outcome.out
    refused = run(write(*PAIR), "--fees", rates, "--locality", "OH")
    assert refused.status == 2
    assert "--locality changes Medicare's amounts; do not use it with --fees" in refused.err


def test_a_key_that_could_steer_a_terminal_does_not(run: Run) -> None:
    assert "P-1?[2J" not in run(write(*PAIR)).out
    outcome = run(write(*(line.replace("P-1", "P\u202e1") for line in PAIR)))
    assert "P?1  2024-08-01" in outcome.out


def test_the_edits_of_medicare_are_not_those_of_medicaid(run: Run) -> None:
    outcome = run(write(*PAIR), "--payer", "nevada-medicaid")
    assert outcome.status == 0
    assert (
        "ncci-ptp and ncci-mue were not checked for 1 of 1 day (97110, 97150): the library's edits "
        "are for Medicare; load Medicaid's edits (--edits, or Edits.with_files)."
    ) in outcome.out.replace("97150, 97110", "97110, 97150")


CLOCKED = "patient,date,discipline,code,start,end,treated_by"


def clocked(patient: str, start: str, end: str, discipline: str = "PT", by: str = "T-1") -> str:
    return f"{patient},2024-08-01,{discipline},97530,{start},{end},{by}"


def test_one_row_with_an_offset_does_not_stop_the_schedule(run: Run) -> None:
    rows = [
        clocked("P-1", "09:00", "09:30"),
        clocked("P-2", "2024-08-01 09:00-05:00", "2024-08-01 09:30-05:00"),
        clocked("P-3", "09:15", "09:45"),
        "P-4,2024-08-01,PT,97150,,,T-1",
    ]
    log = write(*rows, header=CLOCKED)
    outcome = run(log, "--keep-going")
    assert outcome.status == 1
    assert "Schedule of all patients" in outcome.out
    assert "4 patient-days checked" in outcome.out
    assert outcome.err.splitlines() == [
        (
            "therapy-billing: log.csv, line 3, column start: only some start times have a UTC offset; "
            "the schedule check skipped this row: give every time an offset, or set the time zone"
        ),
        "therapy-billing: 1 error; the rows and days with errors were left out",
    ]
    refused = run(log)
    assert (refused.status, refused.out) == (2, "")
    assert refused.err.endswith(
        "1 error, so nothing was checked; --keep-going checks the good rows\n"
    )


def test_a_schedule_that_cannot_be_checked_leaves_the_days_checked(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        msg = "not known"
        raise NotPublishedError(msg)

    monkeypatch.setattr(log_schedule, "EntryChecks", refuse)
    outcome = run(write(clocked("P-1", "09:00", "09:30"), header=CLOCKED), "--keep-going")
    assert "1 patient-day checked" in outcome.out
    assert "log.csv: the schedule was not checked: not known" in outcome.err


def test_the_schedule_of_days_that_were_left_out_is_not_checked(run: Run) -> None:
    row = clocked("P-1", "09:00", "09:30").replace("2024", "2018")
    outcome = run(write(row, header=CLOCKED), "--keep-going")
    assert outcome.status == 2
    assert outcome.err.splitlines()[-1].startswith("therapy-billing: 1 error; ")


def test_two_disciplines_that_treat_together_with_one_code_are_checked(run: Run) -> None:
    rows = [
        clocked("P-1", "09:00", "09:30"),
        clocked("P-1", "09:00", "09:30", discipline="OT", by="T-2"),
    ]
    outcome = run(write(*rows, header=CLOCKED))
    assert outcome.err == ""
    assert "1 patient-day checked" in outcome.out
    assert "co-treatment" in outcome.out


def test_errors_that_are_not_listed_are_counted(run: Run) -> None:
    bad = ["P-1,2024-08-01,PT,97110,x"] * 1_003
    for lines, options, last in (
        ([*bad, NO_PLAN], ["--keep-going"], "1003 errors; the rows and days with errors"),
        (bad, [], "1003 errors, so nothing was checked"),
    ):
        outcome = run(write(*lines), *options)
        *_, rest, total = outcome.err.splitlines()
        assert rest == "therapy-billing: log.csv: 3 more errors are not listed"
        assert total.startswith(f"therapy-billing: {last}")


def test_what_the_dollars_assume_is_shown_once_with_the_payer(run: Run) -> None:
    log = write(
        "P-1,2026-03-02,PT,97110,15,",
        "P-2,2026-03-02,PT,97110,15,bcbs-nebraska",
        header=f"{HEADER},payer",
    )
    out = run(log).out.splitlines()
    assert (
        "Remark (medicare): these are national amounts; give a locality for the amounts that Medicare allows there."
        in out
    )
    assert [line for line in out if line.startswith("Remark (bcbs-nebraska): no amounts: ")]
    days = json.loads(run(log, "--json").out)["days"]
    assert [note.startswith("no amounts") for note in days[1]["remarks"]] == [True]


@pytest.mark.parametrize(
    ("payers", "dollars"),
    [
        (("medicare", "medicare"), True),
        (("bcbs-nebraska", "bcbs-nebraska"), False),
        (("medicare", "bcbs-nebraska"), False),
    ],
)
def test_a_schedule_has_dollars_for_one_payer_with_known_fees_only(
    run: Run,
    payers: tuple[str, str],
    dollars: bool,  # noqa: FBT001 - a grid
) -> None:
    rows = [
        f"P-{number},2026-03-02,PT,97110,,09:00,09:30,T-1,{payer}"
        for number, payer in enumerate(payers)
    ]
    header = "patient,date,discipline,code,minutes,start,end,treated_by,payer"
    schedule = json.loads(run(write(*rows, header=header), "--json").out)["schedule"]
    (finding,) = schedule["findings"]
    assert finding["rule"] == "minutes-once"
    assert (finding["at_stake"] is not None) is dollars


def test_a_line_about_a_rule_lists_the_first_codes_and_counts_the_others(run: Run) -> None:
    codes = (
        *("97113", "97032", "97035", "97124", "97129"),
        *("97760", "97533", "97535", "97542", "97750"),
    )
    outcome = run(write(*(f"P-1,2026-10-05,PT,{code},15" for code in codes)))
    (mue,) = (line for line in outcome.out.splitlines() if "ncci-mue" in line)
    assert f"({', '.join(codes[:8])}, and 2 more)" in mue
