"""Test the bill command."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.commands import (
    DATA,
    HEADER,
    JULY,
    MEDICARE_2026,
    METHOD,
    NATIONAL,
    NO_SHARES,
    NO_YEAR,
    ROW,
    Outcome,
    Run,
    messages,
    refused,
    write,
    write_log,
)
from therapy_billing.base.data_loader import data_version
from therapy_billing.base.library_files import read_library_text
from therapy_billing.cli.command import main
from therapy_billing.payers.catalog import PAYERS
from therapy_billing.visits.log_columns import LOG_COLUMNS

CSV_HEADER = (
    '"patient","date_of_service","payer","discipline","code","modifiers","minutes","units",'
    '"allowed","mppr_reduction","deductible","coinsurance","assistant_reduction",'
    '"sequestration","medicare_pays","patient_responsibility","kx","unpriced","tied",'
    '"skipped_lines","remarks","data"\n'
)
BAD_MINUTES = "not readable; expected whole minutes (a timed code needs minutes, or start and end)"
OHIO_2026 = "Medicare Ohio, OH (MAC 15202, locality 00) outside a facility, RVU26C"
HEAD = "                                        allowed      MPPR  Medicare   patient  KX"
GIVEN_RATES = (
    "Remark: the amounts come from the rates that were given, not from Medicare's fee schedule."
)
NO_MPPR = "Remark: the fee schedule has no MPPR amounts, so every unit is priced in full."


# Text output


def test_bill_prints_days_amounts_ties_and_totals(run: Run) -> None:
    log = write_log(
        "P-1,2026-03-02,PT,97530,20",
        "P-1,2026-03-02,PT,97110,20",
        "P-2,2026-03-02,OT,97161,35",
    )
    assert run("bill", log) == Outcome(
        0,
        "P-1  2026-03-02  medicare\n"
        f"{HEAD}\n"
        "  97530 GP            20 min  2 units     60.12     10.02     47.14     12.02  ?\n"
        "  97110 GP            20 min   1 unit     22.21      6.85     17.41      4.44  ?\n"
        "  total               40 min  3 units     82.33     16.87     64.55     16.46  minutes and units: timed only; 40 "
        "treatment minutes in all\n"
        "  Tie: 97530 x2, 97110 x1 was chosen; also legal: 97530 x1, 97110 x2.\n"
        "\n"
        "P-2  2026-03-02  medicare\n"
        f"{HEAD}\n"
        "  97161 GO           untimed   1 unit     97.86      0.00     76.72     19.57  ?\n"
        "  total                0 min  0 units     97.86      0.00     76.72     19.57  minutes and units: timed only; 35 "
        "treatment minutes in all\n"
        "\n"
        "2 patient-days: 3 timed units, 1 untimed unit. 1 day has a tie to decide.\n"
        "medicare: $180.19 allowed. Of $180.19, Medicare pays $141.27 and patients owe $36.03.\n"
        f"Fee schedule: {MEDICARE_2026}.\n"
        f"{NATIONAL}\n"
        f"{JULY}\n"
        f"{NO_YEAR}\n"
        f"{DATA}\n",
        "",
    )


def test_bill_names_each_fee_schedule_and_each_assumption_once_in_order(run: Run) -> None:
    log = write_log(
        "P-1,2026-03-02,PT,97110,20", "P-2,2020-03-02,PT,97530,20", "P-3,2026-03-03,PT,97110,20"
    )
    assert run("bill", log).out.splitlines()[-8:] == [
        "3 patient-days: 3 timed units, 0 untimed units.",
        "medicare: $98.54 allowed. Of $98.54, Medicare pays $77.25 and patients owe $19.70.",
        f"Fee schedule: {MEDICARE_2026}.",
        "Fee schedule: Medicare national amounts outside a facility, RVU20A.",
        NATIONAL,
        JULY,
        NO_YEAR,
        DATA,
    ]


def test_days_of_another_payer_are_not_counted_for_medicare(run: Run) -> None:
    log = write(
        f"{HEADER},payer", "P-1,2026-03-02,PT,97110,8,cpt-midpoint", "P-2,2026-03-02,PT,97110,8,"
    )
    assert run("bill", log, "--locality", "OH").out.splitlines()[-9:] == [
        "2 patient-days: 2 timed units, 0 untimed units.",
        "cpt-midpoint: $27.87 allowed.",
        "medicare: $27.87 allowed. Of $27.87, Medicare pays $21.85 and patients owe $5.57.",
        f"Fee schedule: {OHIO_2026}.",
        JULY,
        f"Remark (cpt-midpoint): {METHOD}.",
        f"Remark (cpt-midpoint): {NO_SHARES}.",
        NO_YEAR.replace("Remark", "Remark (medicare)"),
        DATA,
    ]
    alone = run("bill", log, "--locality", "OH", "--payer", "cpt-midpoint").out
    assert alone.splitlines()[-7:] == [
        "2 patient-days: 2 timed units, 0 untimed units.",
        "cpt-midpoint: $55.74 allowed.",
        f"Fee schedule: {OHIO_2026}.",
        JULY,
        f"Remark: {METHOD}.",
        f"Remark: {NO_SHARES}.",
        DATA,
    ]


def test_a_payer_with_unknown_fees_has_units_and_no_amounts_until_its_rates_are_given(
    run: Run,
) -> None:
    log = write(
        f"{HEADER},payer", "P-1,2026-03-02,PT,97110,30,highmark", "P-2,2026-03-02,PT,97110,8,"
    )
    out = run("bill", log, "--locality", "OH").out
    assert "  97110 GP            30 min  2 units         ?         ?         ?         ?\n" in out
    assert "  * this payer's fees are not known\n" in out
    assert "2 patient-days: 3 timed units, 0 untimed units.\nhighmark: no amounts.\n" in out
    assert "medicare: $27.87 allowed." in out
    assert "Remark (highmark): no amounts: this payer's fees are not known" in out
    days = json.loads(run("bill", log, "--locality", "OH", "--json").out)
    assert [(day["allowed"], day["complete"]) for day in days] == [(None, False), ("27.87", True)]
    rates = write("code,amount", "97110,30.00", name="fees.csv")
    paid = run("bill", log, "--fees", rates, "--payer", "highmark").out
    assert "highmark: $90.00 allowed.\n" in paid


def test_a_payer_with_unknown_fees_needs_no_schedule_of_the_day(run: Run) -> None:
    log = write_log("P-1,2018-03-02,PT,97110,30")
    assert run("bill", log, "--payer", "highmark").status == 0
    assert run("check", log, "--payer", "highmark").status == 0
    assert run("bill", log).status == 2


def test_a_critical_access_hospital_has_amounts_that_only_count_toward_the_threshold(
    run: Run,
) -> None:
    log = write_log("P-1,2026-03-02,PT,97110,23")
    hospital = run("bill", log, "--locality", "OH", "--critical-access-hospital").out
    assert "  97110 GP            23 min  2 units     55.74      0.00         ?         ?  ?\n" in (
        hospital
    )
    assert (
        "  Medicare pays at cost. The amounts only count toward the annual threshold.\n" in hospital
    )
    assert "medicare: $55.74 allowed.\n" in hospital
    assert "Remark: Medicare pays a critical access hospital at cost" in hospital
    checked = run("check", log, "--locality", "OH", "--critical-access-hospital")
    assert checked.status == 0
    assert run("bill", log, "--facility", "--critical-access-hospital").status == 2


def test_sessions_are_pooled_and_disciplines_counted_separately(run: Run) -> None:
    log = write(
        f"{HEADER},session",
        "P-1,2026-03-02,PT,97110,4,1",
        "P-1,2026-03-02,PT,97110,4,2",
        "P-2,2026-03-02,PT,97110,4,1",
        "P-2,2026-03-02,OT,97110,4,1",
    )
    days = json.loads(run("bill", log, "--json").out)
    assert [day["total_units"] for day in days] == [1, 0]
    assert [len(day["lines"]) for day in days] == [1, 0]


def test_explain_adds_each_step_with_its_source(run: Run) -> None:
    log = write_log("P-1,2026-03-02,PT,97530,23")
    plain, explained = run("bill", log).out, run("bill", log, "--explain").out
    added = [line for line in explained.splitlines() if line not in plain.splitlines()]
    assert all(line.startswith("    ") for line in added)
    steps = [line.strip() for line in added if line.strip()[0].isdigit()]
    assert steps[:4] == [
        "1. PT: 23 timed minutes in one session (97530 23).",
        "2. 23 minutes make 2 units; 2 units cover 23 to 37 minutes.",
        "3. Full quarters make 1 unit: 97530 x1 (8 minutes left).",
        "4. 1 unit is left; it goes to the code with the most leftover minutes: 97530 (8 minutes).",
    ]
    assert len(steps) == 9
    assert steps[4].startswith(
        "5. 97530 GP: one unit is $35.07: (0.44 work + 0.60 practice expense + 0.01 malpractice) "
        "RVUs from RVU26C x $33.4009"
    )
    assert steps[-2:] == [
        "8. 97530 GP: the patient owes $12.02 of the $60.12 allowed, including $12.02 of coinsurance.",
        "9. 97530 GP: sequestration takes 2 % of what Medicare would pay, $0.96. Medicare pays $47.14.",
    ]
    assert sum("Source: " in line for line in added) >= len(steps)


def test_the_rates_of_one_payer_are_refused_for_several_payers(run: Run) -> None:
    fees = write("code,amount", "97110,30.00", name="fees.csv")
    rows = [f"P-{n},2026-03-02,PT,97110,20,{name}" for n, name in enumerate(("medicare", "humana"))]
    log = write(f"{HEADER},payer", *rows)
    assert refused(run("bill", log, "--fees", fees)) == [
        (
            "fees are the rates of one payer, but the log has rows for humana, medicare: bill each "
            "payer's rows separately"
        )
    ]
    assert run("bill", log, "--fees", fees, "--payer", "humana").status == 0
    assert run("bill", write(f"{HEADER},payer", rows[1]), "--fees", fees).status == 0


def test_units_by_another_method_have_a_remark(run: Run) -> None:
    log = write_log("P-1,2026-03-02,PT,97110,10", "P-1,2026-03-02,PT,97124,10")
    remark = "cpt-midpoint counted the units; medicare may count them differently"
    (day,) = json.loads(run("bill", log, "--method", "cpt-midpoint", "--json").out)
    assert (day["counted_by"], day["units"]) == ("cpt-midpoint", {"97110": 1, "97124": 1})
    assert day["remarks"][0] == remark
    assert f"Remark: {remark}.\n" in run("bill", log, "--method", "cpt-midpoint").out
    (same,) = json.loads(run("bill", log, "--method", "cms-eight-minute", "--json").out)
    assert (same["counted_by"], same["units"]) == ("", {"97110": 1, "97124": 0})


def test_a_line_without_a_price_has_a_reason_and_the_total_is_incomplete(run: Run) -> None:
    fees = write("code,amount", "97110,$30.00", name="fees.csv")
    log = write_log("P-1,2026-03-02,PT,97530,20", "P-1,2026-03-02,PT,97110,15")
    missing = "no price for 97530 in contract rates: the code is not in the schedule"
    assert run("bill", log, "--fees", fees) == Outcome(
        0,
        "P-1  2026-03-02  medicare\n"
        f"{HEAD}\n"
        "  97530 GP            20 min   1 unit         ?         ?         ?         ?  ?\n"
        "  97110 GP            15 min   1 unit     30.00      0.00     23.52      6.00  ?\n"
        "  total               35 min  2 units     30.00      0.00     23.52      6.00  * minutes and units: timed only; 35 "
        "treatment minutes in all\n"
        f"  * {missing}\n"
        "\n"
        "1 patient-day: 2 timed units, 0 untimed units.\n"
        "medicare: $30.00 allowed, not counting 1 claim line without a price. Of $30.00, Medicare "
        "pays $23.52 and patients owe $6.00.\n"
        "Fee schedule: contract rates.\n"
        f"{GIVEN_RATES}\n"
        f"{NO_YEAR}\n"
        f"{NO_MPPR}\n"
        f"{DATA}\n",
        "",
    )
    day = json.loads(run("bill", log, "--fees", fees, "--json").out)[0]
    assert (day["complete"], day["allowed"]) == (False, "30.00")
    assert [(line["allowed"], line["unpriced"]) for line in day["lines"]] == [
        (None, missing),
        ("30.00", ""),
    ]
    rows = list(csv.DictReader(io.StringIO(run("bill", log, "--fees", fees, "--csv").out)))
    assert [(row["allowed"], row["unpriced"]) for row in rows] == [("", missing), ("30.00", "")]


def test_a_code_that_medicare_bundles_has_no_price_and_a_reason(run: Run) -> None:
    out = run("bill", write_log("P-1,2026-03-02,PT,97010,10")).out
    assert (
        "  97010 GP           untimed   1 unit         ?         ?         ?         ?  ?\n" in out
    )
    assert (
        f"  * no price for 97010 in {MEDICARE_2026}: Medicare bundles the code into other services "
        "(status B)\n"
    ) in out
    assert "medicare: no amounts.\n" in out


# JSON and CSV output


def test_json_is_an_array_of_days(run: Run) -> None:
    log = write_log("P-1,2026-03-02,PT,97110,20", "P-2,2026-03-03,OT,97530,7")
    outcome = run("bill", log, "--json")
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out.startswith("[\n{")
    assert outcome.out.endswith("}\n]\n")
    assert outcome.out.count("\n") == 4
    days = json.loads(outcome.out)
    assert [(day["patient"], day["date_of_service"], day["payer"]) for day in days] == [
        ("P-1", "2026-03-02", "medicare"),
        ("P-2", "2026-03-03", "medicare"),
    ]
    assert [(day["total_units"], day["allowed"]) for day in days] == [(1, "29.06"), (0, "0.00")]
    assert "explanation" not in days[0]


def test_json_with_explain_includes_the_steps(run: Run) -> None:
    (day,) = json.loads(run("bill", write_log(ROW), "--json", "--explain").out)
    assert [step["rule"] for step in day["explanation"]] == [
        "pooled-day",
        "cms-eight-minute",
        "cms-whole-quarters",
        "cms-most-minutes",
        "medicare-national-amount",
        "mppr-full-unit",
        "coinsurance",
        "sequestration",
    ]


def test_csv_is_a_header_and_one_row_per_claim_line(run: Run) -> None:
    log = write_log("P-1,2026-03-02,PT,97110,20", "P-2,2026-03-03,OT,97161,30")
    remarks = "; ".join(
        line.removeprefix("Remark: ").removesuffix(".") for line in (NATIONAL, JULY, NO_YEAR)
    )
    assert run("bill", log, "--csv") == Outcome(
        0,
        f"{CSV_HEADER}"
        '"P-1","2026-03-02","medicare","PT","97110","GP","20","1","29.06","0.00","0.00","5.81",'
        f'"0.00","0.47","22.78","5.81","unknown","","no","","{remarks}","{data_version()}"\n'
        '"P-2","2026-03-03","medicare","OT","97161","GO","","1","97.86","0.00","0.00","19.57",'
        f'"0.00","1.57","76.72","19.57","unknown","","no","","{remarks}","{data_version()}"\n',
        "",
    )


@pytest.mark.parametrize(
    "key",
    ["=1+1", "+1", "-1", "@x", "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20x", "=cmd|' /C calc'!A0"],
)
@pytest.mark.parametrize("before", ["", "  ", "\t", "\u00a0", "\ufeff"])
def test_no_patient_key_starts_a_formula(run: Run, key: str, before: str) -> None:
    rows = [dict.fromkeys(LOG_COLUMNS, ""), dict.fromkeys(LOG_COLUMNS, "=1+1")]
    for row in rows:
        row.update(patient=before + key, date="2026-03-02", discipline="PT", code="97110")
        row.update(minutes="20", start="", end="", units="", clinician="", attest="", payer="")
        row["modifiers"] = ""
    with Path("log.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, LOG_COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    outcome = run("bill", "log.csv", "--csv")
    assert outcome.status == 0
    (row,) = csv.DictReader(io.StringIO(outcome.out))
    assert row["patient"].startswith("'")
    assert row["patient"].endswith(key)
    assert [cell for cell in row.values() if cell[:1] in tuple("=+-@\t\r\uff1d\uff0b")] == []


@pytest.mark.parametrize("key", ["P\x1b[2J1", "P\x9b2J1", "P\x071"])
@pytest.mark.parametrize("form", ["--csv", "--json", "--explain"])
def test_control_characters_in_a_key_never_reach_the_terminal(
    run: Run, key: str, form: str
) -> None:
    assert refused(run("bill", write_log(f"{key},2026-03-02,PT,97110,20"), form)) == [
        "log.csv, line 2, column patient: a key must not contain control characters",
        "1 error, so nothing was billed; --keep-going bills the good rows",
    ]


@pytest.mark.parametrize("key", ["P\u202e1", "P\u200b1"])
def test_invisible_and_direction_characters_are_replaced_on_a_terminal(run: Run, key: str) -> None:
    out = run("bill", write_log(f"{key},2026-03-02,PT,97110,20")).out
    assert out.splitlines()[0] == "P?1  2026-03-02  medicare"


@pytest.mark.parametrize("form", ["--csv", "--json", "--explain"])
def test_a_lone_surrogate_in_a_json_key_is_an_error_not_a_traceback(run: Run, form: str) -> None:
    row = {"patient": "P\ud800", "date": "2026-03-02", "discipline": "PT", "code": "97161"}
    Path("log.json").write_text(json.dumps([row]), encoding="utf-8")
    assert refused(run("bill", "log.json", form)) == [
        "log.json, line 1, column patient: a key must not contain control characters",
        "1 error, so nothing was billed; --keep-going bills the good rows",
    ]


def test_json_and_csv_exclude_each_other(run: Run) -> None:
    outcome = run("bill", write_log(ROW), "--json", "--csv")
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.endswith("argument --csv: not allowed with argument --json\n")


# Bad rows

BAD_LOG = (
    "P-1,2026-03-02,PT,97110,20",
    "P-2,2026-03-02,PT,97110,twenty",
    "Invented,Rosa,2026-03-02,PT,97110,20",
    "P-3,2026-03-02,physio,97110,20",
    "P-4,2026-03-02,PT,97014,",
    "P-5,2027-01-04,PT,97110,20",
)
BAD_LOG_MESSAGES = [
    f"log.csv, line 3, column minutes: {BAD_MINUTES}",
    "log.csv, line 4: the row has 6 cells, but the header names 5 columns",
    "log.csv, line 5, column discipline: not readable; expected PT, OT, or SLP (required)",
    "log.csv, line 7, column date: date out of range; the library's codes go through 2026-12-31",
]
MEDICARE_REFUSES = "log.csv, line 6: Medicare does not accept code 97014: use G0283"


@pytest.mark.parametrize("form", [[], ["--json"], ["--csv"], ["--explain"]])
def test_bad_rows_are_all_reported_and_nothing_is_billed(run: Run, form: list[str]) -> None:
    assert refused(run("bill", write_log(*BAD_LOG), *form)) == [
        *BAD_LOG_MESSAGES,
        "4 errors, so nothing was billed; --keep-going bills the good rows",
    ]


def test_keep_going_bills_the_good_rows_and_lists_the_bad(run: Run) -> None:
    outcome = run("bill", write_log(*BAD_LOG), "--keep-going")
    assert outcome.status == 1
    assert outcome.out == (
        "P-1  2026-03-02  medicare\n"
        f"{HEAD}\n"
        "  97110 GP            20 min   1 unit     29.06      0.00     22.78      5.81  ?\n"
        "  total               20 min   1 unit     29.06      0.00     22.78      5.81  minutes and units: timed only; 20 "
        "treatment minutes in all\n"
        "\n"
        "1 patient-day: 1 timed unit, 0 untimed units.\n"
        "medicare: $29.06 allowed. Of $29.06, Medicare pays $22.78 and patients owe $5.81.\n"
        f"Fee schedule: {MEDICARE_2026}.\n"
        f"{NATIONAL}\n"
        f"{JULY}\n"
        f"{NO_YEAR}\n"
        f"{DATA}\n"
    )
    assert messages(outcome) == [
        *BAD_LOG_MESSAGES,
        MEDICARE_REFUSES,
        "5 errors; the rows and days with errors were left out",
    ]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("--json", "[]\n"),
        ("--csv", CSV_HEADER),
        ("--explain", f"0 patient-days: 0 timed units, 0 untimed units.\n{DATA}\n"),
    ],
)
def test_keep_going_with_only_bad_rows_writes_an_empty_result(
    run: Run, form: str, expected: str
) -> None:
    outcome = run("bill", write_log("P-1,2026-03-02,PT,97110,x"), "--keep-going", form)
    assert (outcome.status, outcome.out) == (2, expected)
    assert messages(outcome) == [
        f"log.csv, line 2, column minutes: {BAD_MINUTES}",
        "1 error; the rows and days with errors were left out",
    ]


def test_keep_going_bills_nothing_if_the_payer_refuses_every_day(run: Run) -> None:
    log = write_log("P-1,2026-03-02,PT,97014,", "P-2,2026-03-02,PT,97014,")
    outcome = run("bill", log, "--keep-going", "--json")
    assert (outcome.status, outcome.out) == (2, "[]\n")
    assert messages(outcome) == [
        "log.csv, line 2: Medicare does not accept code 97014: use G0283",
        "log.csv, line 3: Medicare does not accept code 97014: use G0283",
        "2 errors; the rows and days with errors were left out",
    ]


def test_keep_going_without_a_bad_row_changes_nothing(run: Run) -> None:
    log = write_log(ROW)
    assert run("bill", log, "--keep-going") == run("bill", log)


def test_a_day_that_the_payer_refuses_is_reported_with_its_line(run: Run) -> None:
    log = write_log(
        "P-1,2026-03-02,PT,97110,20",
        "P-2,2026-03-02,PT,97110,20",
        "P-1,2026-03-02,PT,97014,",
        "P-3,2026-03-02,PT,97014,",
    )
    assert refused(run("bill", log)) == [
        "log.csv, line 2: Medicare does not accept code 97014: use G0283",
        "log.csv, line 5: Medicare does not accept code 97014: use G0283",
        "2 errors, so nothing was billed; --keep-going bills the good rows",
    ]
    kept = json.loads(run("bill", log, "--keep-going", "--json").out)
    assert [day["patient"] for day in kept] == ["P-2"]
    assert run("bill", log, "--payer", "cpt-midpoint").status == 0


def test_a_date_without_national_amounts_is_refused_with_the_known_dates(run: Run) -> None:
    log = write_log("P-1,2019-09-30,PT,97110,20", "P-2,2019-10-01,PT,97110,20")
    (reason, _) = refused(run("bill", log))
    assert reason.startswith("log.csv, line 2: ")
    assert "2019-10-01" in reason
    assert reason.endswith(", not on 2019-09-30")
    fees = write("code,amount", "97110,30.00", name="fees.csv")
    assert run("bill", log, "--fees", fees).status == 0


@pytest.mark.parametrize("day", ["2026-12-31", "12/31/2026"])
def test_the_last_known_day_is_billed(run: Run, day: str) -> None:
    assert run("bill", write_log(f"P-1,{day},PT,97110,20")).status == 0


def test_a_name_in_a_wrong_column_is_never_printed_except_as_a_key(run: Run) -> None:
    full = ",".join(LOG_COLUMNS)
    good = (
        "Rosa Invented,2026-03-02,PT,97110,20,,,,,Rosa's therapist,,,1,,Rosa's knee,"
        "walks with Ada Invented,Ada's row"
    )
    blank = dict.fromkeys(LOG_COLUMNS, "")
    rows = []
    for column in LOG_COLUMNS:
        if column not in ("patient", "treated_by", "session", "body_region", "activity", "key"):
            cells = {**blank, "patient": "P-1", "date": "2026-03-02", "discipline": "PT"}
            cells |= {"code": "97161" if column == "units" else "97110", "minutes": "20"}
            rows.append(",".join({**cells, column: "Ada Invented"}.values()))
    log = write(full, good, *rows)
    outcome = run("bill", log, "--keep-going", "--explain")
    assert outcome.status == 1
    assert len(messages(outcome)) == len(rows) + 1 == 12
    assert "Invented" not in outcome.err
    assert "Rosa" not in outcome.err
    assert outcome.out.splitlines()[0] == "Rosa Invented  2026-03-02  medicare"
    assert "Invented" not in outcome.out.replace("Rosa Invented  2026", "")
    assert "knee" not in outcome.out


@pytest.mark.parametrize("form", ["--json", "--csv", "--explain"])
def test_free_text_and_session_names_are_written_nowhere(run: Run, form: str) -> None:
    log = write(
        f"{HEADER},session,body_region,activity", f"{ROW},Ada's hour,left knee,walks with Ada"
    )
    outcome = run("bill", log, form)
    assert outcome.status == 0
    for word in ("Ada", "knee", "walks"):
        assert word not in outcome.out


@pytest.mark.parametrize("command", ["bill", "check"])
def test_patient_keys_that_differ_only_in_case_get_a_remark_without_the_keys(
    run: Run, command: str
) -> None:
    log = write_log("Ann,2026-03-02,PT,97110,20", ROW, "a nn,2026-03-02,PT,97110,20")
    outcome = run(command, log)
    assert outcome.status == 0
    (message,) = messages(outcome)
    assert message.startswith("remark: patient keys that differ only in case or spaces are treated")
    assert message.endswith(": lines 2 and 4")


def test_row_keys_are_only_in_json(run: Run) -> None:
    log = write(f"{HEADER},key", f"{ROW},visit-7/1", f"{ROW},visit-7/2")
    (day,) = json.loads(run("bill", log, "--json").out)
    assert day["lines"][0]["keys"] == ["visit-7/1", "visit-7/2"]
    for form in ("--csv", "--explain"):
        assert "visit-7" not in run("bill", log, form).out


def test_a_missing_file_is_an_error(run: Run) -> None:
    assert refused(run("bill", "none.csv")) == ["none.csv: No such file or directory"]
    assert refused(run("bill", "none.json")) == ["none.json: No such file or directory"]


def test_a_folder_is_not_a_log(run: Run) -> None:
    Path("folder").mkdir()
    assert refused(run("bill", "folder")) == ["folder: Is a directory"]


def test_a_file_name_reaches_the_terminal_without_control_characters(run: Run) -> None:
    assert refused(run("bill", "a\x1b[2J\n.csv")) == ["a?[2J?.csv: No such file or directory"]


def test_an_unreadable_file_has_one_error(run: Run) -> None:
    log = write("patient;date", "P-1;2026-03-02")
    assert refused(run("bill", log)) == ["log.csv, line 1: columns must be separated by commas"]
    assert refused(run("bill", log, "--keep-going")) == [
        "log.csv, line 1: columns must be separated by commas"
    ]


# Options


def test_a_json_log_is_billed_like_a_csv_log(run: Run) -> None:
    text = read_library_text("logs/clinic_day.csv")
    Path("day.csv").write_text(text, encoding="utf-8")
    rows = [
        {name: cell for name, cell in row.items() if cell}
        for row in csv.DictReader(io.StringIO(text))
    ]
    Path("day.json").write_text(json.dumps(rows), encoding="utf-8")
    for form in ("--json", "--csv", "--explain"):
        assert run("bill", "day.json", form) == run("bill", "day.csv", form)


def test_payer_overrides_the_payer_of_each_row(run: Run) -> None:
    log = write(
        f"{HEADER},payer",
        "P-1,2026-03-02,PT,97110,10,medicare",
        "P-1,2026-03-02,PT,97124,10,medicare",
    )
    plain = json.loads(run("bill", log, "--json").out)[0]
    other = json.loads(run("bill", log, "--json", "--payer", "cpt-midpoint").out)[0]
    assert (plain["payer"], plain["total_units"]) == ("medicare", 1)
    assert (other["payer"], other["total_units"]) == ("cpt-midpoint", 2)


def test_the_payer_of_a_row_is_used_without_the_option(run: Run) -> None:
    log = write(
        f"{HEADER},payer", "P-1,2026-03-02,PT,97110,10,cpt-midpoint", "P-2,2026-03-02,PT,97110,9,"
    )
    days = json.loads(run("bill", log, "--json").out)
    assert [(day["payer"], day["method"]) for day in days] == [
        ("cpt-midpoint", "cpt-midpoint"),
        ("medicare", "cms-eight-minute"),
    ]


def test_payer_overrides_an_unknown_payer(run: Run) -> None:
    log = write(f"{HEADER},payer", f"{ROW},Blue Plan", "P-2,2026-03-02,PT,97110,20,")
    assert refused(run("bill", log)) == [
        f"log.csv, line 2, column payer: unknown payer; use one of {', '.join(PAYERS)}",
        "1 error, so nothing was billed; --keep-going bills the good rows",
    ]
    outcome = run("bill", log, "--payer", "cpt-midpoint", "--json")
    assert outcome.status == 0
    assert [day["payer"] for day in json.loads(outcome.out)] == ["cpt-midpoint"] * 2


@pytest.mark.parametrize(
    ("method", "units"),
    [
        ("cms-eight-minute", {"97110": 1, "97124": 0}),
        ("cpt-midpoint", {"97110": 1, "97124": 0}),
        ("started-quarter", {"97110": 2, "97124": 1}),
        ("full-quarter", {"97110": 1, "97124": 0}),
    ],
)
@pytest.mark.parametrize("payer", ["medicare", "cpt-midpoint"])
def test_method_overrides_the_payers_method(
    run: Run, method: str, units: dict[str, int], payer: str
) -> None:
    log = write_log("P-1,2026-03-02,PT,97110,16", "P-1,2026-03-02,PT,97124,1")
    (day,) = json.loads(run("bill", log, "--json", "--method", method, "--payer", payer).out)
    assert (day["payer"], day["method"], day["units"]) == (payer, method, units)


def test_medicare_refuses_its_codes_under_another_method_too(run: Run) -> None:
    log = write_log("P-1,2026-03-02,PT,97014,")
    assert refused(run("bill", log, "--method", "started-quarter"))[0] == (
        "log.csv, line 2: Medicare does not accept code 97014: use G0283"
    )


@pytest.mark.parametrize("day", ["2020-03-02", "3/2/2020"])
def test_date_overrides_the_column(run: Run, day: str) -> None:
    log = write_log("P-1,2026-03-02,PT,97530,20", "P-1,never,PT,97530,10")
    (billed,) = json.loads(run("bill", log, "--json", "--date", day).out)
    assert (billed["date_of_service"], billed["allowed"]) == ("2020-03-02", "68.93")


def test_an_invalid_date_is_reported_with_its_option(run: Run) -> None:
    expected = [
        "--date must be a date such as 2026-03-02 or 3/2/2026 (month first), got a string of 5 characters"
    ]
    assert refused(run("units", "97530=20", "--date", "never")) == expected
    assert refused(run("bill", write_log(ROW), "--date", "never")) == expected


def test_a_date_out_of_range_is_reported_for_each_row(run: Run) -> None:
    log = write_log(ROW, ROW)
    reason = "column date: date out of range; the library's codes go through 2026-12-31"
    assert refused(run("bill", log, "--date", "2027-01-01")) == [
        f"log.csv, line 2, {reason}",
        f"log.csv, line 3, {reason}",
        "2 errors, so nothing was billed; --keep-going bills the good rows",
    ]


def test_timezone_gives_elapsed_minutes_across_a_clock_change(run: Run) -> None:
    log = write("patient,date,discipline,code,start,end", "P-1,2026-03-08,PT,97110,01:30,03:30")
    (plain,) = json.loads(run("bill", log, "--json").out)
    (zoned,) = json.loads(run("bill", log, "--json", "--timezone", "America/New_York").out)
    assert (plain["timed_minutes"], zoned["timed_minutes"]) == (120, 60)


def test_an_hour_that_happens_twice_is_refused_with_a_time_zone(run: Run) -> None:
    log = write("patient,date,discipline,code,start,end", "P-1,2026-11-01,PT,97110,01:30,02:30")
    assert run("bill", log).status == 0
    assert refused(run("bill", log, "--timezone", "America/New_York")) == [
        (
            "log.csv, line 2, column start: start occurs twice that night because clocks go back: "
            "add its UTC offset"
        ),
        "1 error, so nothing was billed; --keep-going bills the good rows",
    ]


@pytest.mark.parametrize("zone", ["Nowhere/Land", "America", "new york", "x1", "a\x1b[2J"])
def test_an_unknown_time_zone_is_refused(run: Run, zone: str) -> None:
    assert refused(run("bill", write_log(ROW), "--timezone", zone)) == [
        "--timezone must be an IANA name such as America/New_York"
    ]


@pytest.mark.parametrize("zone", ["", "log.csv", "/etc/passwd"])
def test_a_time_zone_is_neither_the_machines_own_nor_a_file(run: Run, zone: str) -> None:
    log = write_log(ROW)
    given = str(Path(zone).resolve()) if zone == "log.csv" else zone
    assert refused(run("bill", log, "--timezone", given)) == [
        "--timezone must be an IANA name such as America/New_York"
    ]


def test_fees_from_a_file_price_each_line(run: Run) -> None:
    fees = write("amount,code", "40.42,97530", "", "30,97110", name="fees.csv")
    log = write_log("P-1,2026-03-02,PT,97530,38", "P-2,1999-01-04,PT,97110,8")
    days = json.loads(run("bill", log, "--fees", fees, "--json", "--payer", "cpt-midpoint").out)
    assert [day["allowed"] for day in days] == ["121.26", "30.00"]


def test_bad_fees_are_all_reported(run: Run) -> None:
    fees = write("code,amount", "97110,free", "97530,40.42", "97530", name="fees.csv")
    for arguments in (("bill", write_log(ROW)), ("units", "97110=20")):
        lines = refused(run(*arguments, "--fees", fees))
        assert lines[:2] == [
            (
                "fees.csv, line 2, column amount: an amount must be a number of dollars such as '40.42', got a string of 4 characters"
            ),
            "fees.csv, line 4: a row must have one code and one amount",
        ]
        assert not any("--keep-going" in line for line in lines)


def test_fees_that_are_not_utf8_are_an_error_not_a_traceback(run: Run) -> None:
    Path("fees.csv").write_bytes(b"code,amount\n97110,30\xe9\n")
    expected = ["fees.csv: not UTF-8; save the file as UTF-8"]
    assert refused(run("units", "97110=20", "--fees", "fees.csv")) == expected
    assert refused(run("bill", write_log(ROW), "--fees", "fees.csv")) == expected


def test_a_missing_fee_file_is_an_error(run: Run) -> None:
    expected = ["none.csv: No such file or directory"]
    assert refused(run("bill", write_log(ROW), "--fees", "none.csv")) == expected
    assert refused(run("units", "97110=20", "--fees", "none.csv")) == expected


TIED = ("P-1,2026-03-02,PT,97110,20", "P-1,2026-03-02,PT,97530,20")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--csv", "--explain"], "--explain does not work with --csv; use --json"),
        (
            ["--ties", "highest-fee", "--prefer", "97530"],
            "--prefer needs --ties preferred-codes, not --ties highest-fee",
        ),
        (
            ["--ties", "preferred-codes"],
            "--ties preferred-codes needs --prefer, such as --prefer 97112,97530",
        ),
    ],
)
def test_an_option_without_effect_is_refused(
    capsys: pytest.CaptureFixture[str], options: list[str], reason: str
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["bill", write_log(*TIED), *options])
    assert caught.value.code == 2
    assert capsys.readouterr().err.endswith(f"error: {reason}\n")


@pytest.mark.parametrize("ties", ["documented-order", "highest-fee"])
def test_units_refuses_a_preferred_order_that_another_tie_policy_ignores(
    run: Run, ties: str
) -> None:
    outcome = run("units", "97110=20", "--ties", ties, "--prefer", "97530")
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.endswith(
        f"error: --prefer needs --ties preferred-codes, not --ties {ties}\n"
    )


def test_units_refuses_preferred_codes_without_codes(run: Run) -> None:
    outcome = run("units", "97110=20", "--ties", "preferred-codes")
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.endswith(
        "error: --ties preferred-codes needs --prefer, such as --prefer 97112,97530\n"
    )


def test_a_day_with_a_bad_row_is_billed_and_marked_in_every_format(run: Run) -> None:
    log = write_log(
        "P-1,2026-03-02,PT,97530,8",
        "P-1,2026-03-02,PT,97110,x",
        "P-1,2026-03-02,PT,97112,y",
        "P-2,2026-03-02,PT,97112,8",
        "P-3,never,PT,97112,8",
    )
    text = run("bill", log, "--keep-going")
    assert text.status == 1
    assert text.out.count("  Incomplete: lines 3, 4 of the log were left out.\n") == 1
    days = json.loads(run("bill", log, "--keep-going", "--json").out)
    assert [(day["patient"], day["skipped_lines"]) for day in days] == [
        ("P-1", [3, 4]),
        ("P-2", []),
    ]
    rows = list(csv.DictReader(io.StringIO(run("bill", log, "--keep-going", "--csv").out)))
    assert [row["skipped_lines"] for row in rows] == ["3 4", ""]


@pytest.mark.parametrize(
    ("options", "winner"),
    [
        ([], "97110"),
        (["--ties", "documented-order"], "97110"),
        (["--ties", "highest-fee"], "97530"),
        (["--ties", "highest-fee", "--fees", "fees.csv"], "97110"),
        (["--prefer", "97530"], "97530"),
        (["--prefer", "97112, 97530,97110"], "97530"),
        (["--prefer", "97112"], "97110"),
        (["--ties", "preferred-codes", "--prefer", "97530"], "97530"),
    ],
)
def test_the_options_decide_who_takes_a_tied_unit(
    run: Run, options: list[str], winner: str
) -> None:
    write("code,amount", "97110,50.00", "97530,40.00", name="fees.csv")
    (day,) = json.loads(run("bill", write_log(*TIED), "--json", *options).out)
    expected = {"97110": 1, "97530": 1, winner: 2}
    assert day["units"] == expected
    assert day["payer"] == "medicare"
    assert sorted(split["97110"] for split in day["admissible"]) == [1, 2]
    question = ("units", "97110=20", "97530=20", "--date", "2026-03-02", "--json")
    assert json.loads(run(*question, *options).out)["units"] == expected


@pytest.mark.parametrize(
    ("codes", "shown"),
    [
        ("9711", "'9711'"),
        ("97110,,97530", "an empty string"),
        ("97110,", "an empty string"),
        ("Rosa Invented", "a string of 13 characters"),
    ],
)
@pytest.mark.parametrize("options", [[], ["--keep-going"], ["--csv"]])
def test_an_invalid_preferred_code_is_one_error_without_a_row(
    run: Run, codes: str, shown: str, options: list[str]
) -> None:
    log = write_log(*TIED, "P-2,2026-03-02,PT,97110,20")
    assert refused(run("bill", log, "--prefer", codes, *options)) == [
        f"code must be five characters such as '97530' or 'G0283', got {shown}"
    ]


# Medicare's options and year-to-date amounts

PATIENTS = (
    "P-1,2026-03-04,PT,97110,30",
    "P-2,2026-03-02,OT,97161,35",
    "P-1,2026-03-02,PT,97530,30",
)


def a_year(year: int = 2026, met: object = "283.00", pt_slp: object = 0, ot: object = 0) -> Any:  # noqa: ANN401
    """Return a patient's year-to-date amounts as in a JSON file."""
    visits = dict.fromkeys(("pt_visits", "ot_visits", "slp_visits"))
    return {"year": year, "deductible_met": met, "pt_slp": pt_slp, "ot": ot, **visits}


def write_years(**years: object) -> str:
    """Write a file of year-to-date amounts by patient (P_1 is P-1), and return its name."""
    values = {key.replace("_", "-"): year for key, year in years.items()}
    return write(json.dumps(values), name="years.json")


def billed(run: Run, *arguments: str) -> list[dict[str, Any]]:
    """Return the days that a run billed."""
    outcome = run(*arguments, "--json")
    assert (outcome.status, outcome.err) == (0, "")
    days: list[dict[str, Any]] = json.loads(outcome.out)
    return days


@pytest.mark.parametrize("locality", ["15202-00", "1520200", "15202 00", "OH", "oh"])
def test_locality_uses_the_amounts_of_the_locality(run: Run, locality: str) -> None:
    (day,) = billed(run, "bill", write_log("P-1,2026-03-02,PT,97530,8"), "--locality", locality)
    assert (day["allowed"], day["fees"]) == ("33.33", OHIO_2026)
    assert not any("national" in remark for remark in day["remarks"])


@pytest.mark.parametrize(
    ("options", "allowed", "name"),
    [
        ([], "101.54", "national amounts outside a facility, RVU26C"),
        (["--facility"], "31.06", "national amounts in a facility, RVU26C"),
        (
            ["--qualifying-apm"],
            "102.05",
            "national amounts outside a facility, for qualifying APM participants, RVU26C",
        ),
        (
            ["--nonparticipating"],
            "96.46",
            "national amounts outside a facility, nonparticipating, RVU26C",
        ),
    ],
)
def test_each_medicare_option_uses_its_own_amounts(
    run: Run, options: list[str], allowed: str, name: str
) -> None:
    # 97597 has a different practice expense in a facility.
    (day,) = billed(run, "bill", write_log("P-1,2026-03-02,PT,97597,20"), *options)
    assert (day["allowed"], day["fees"]) == (allowed, f"Medicare {name}")


@pytest.mark.parametrize(
    ("locality", "reason"),
    [
        ("ZZ", "unknown locality, got a string of 2 characters: use '15202-00'"),
        ("CA", "CA has 29 localities; set locality to one of these: "),
        ("00", "unknown locality, got '00': use '15202-00' or a state such as 'OH'"),
    ],
)
def test_an_invalid_locality_is_one_error_without_a_row(
    run: Run, locality: str, reason: str
) -> None:
    (message,) = refused(run("bill", write_log(*PATIENTS), "--locality", locality))
    assert message.startswith(reason)


def test_an_unknown_locality_is_one_error_without_a_row(run: Run) -> None:
    assert refused(run("bill", write_log(*PATIENTS), "--locality", "99999-99")) == [
        "MAC 99999 has no locality 99: no contractor has this number"
    ]


def test_a_name_given_as_locality_is_not_repeated(run: Run) -> None:
    outcome = run("bill", write_log(*PATIENTS), "--locality", "Rosa Invented")
    assert refused(outcome)
    assert "Rosa" not in outcome.err


@pytest.mark.parametrize(
    "options",
    [["--locality", "OH"], ["--facility"], ["--qualifying-apm"], ["--nonparticipating"]],
)
def test_options_for_medicares_amounts_are_refused_with_fees_from_a_file(
    run: Run, options: list[str]
) -> None:
    fees = write("code,amount", "97110,30.00", name="fees.csv")
    outcome = run("bill", write_log(ROW), "--fees", fees, *options)
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.endswith(
        f"error: {options[0]} changes Medicare's amounts; do not use it with --fees\n"
    )


def test_year_to_date_amounts_carry_over_by_date(run: Run) -> None:
    years = write_years(P_1=a_year(pt_slp=2400, met="253.00"), P_2=a_year(ot="2480.00"))
    log = write_log(*PATIENTS)
    days = billed(run, "bill", log, "--locality", "OH", "--accumulators", years)
    assert [(day["patient"], day["date_of_service"]) for day in days] == [
        ("P-1", "2026-03-02"),
        ("P-2", "2026-03-02"),
        ("P-1", "2026-03-04"),
    ]
    first, other, second = days
    assert first["accumulators_before"] == a_year(pt_slp="2400.00", met="253.00", ot="0.00")
    assert first["accumulators"] == a_year(pt_slp="2457.51", met="283.00", ot="0.00")
    assert second["accumulators_before"] == first["accumulators"]
    assert second["accumulators"]["pt_slp"] == "2507.00"
    assert other["accumulators"] == a_year(pt_slp="0.00", ot="2573.86")
    assert [[line["kx"] for line in day["lines"]] for day in days] == [
        ["not needed"],
        ["suggested"],
        ["suggested"],
    ]


def test_the_order_of_the_log_does_not_matter(run: Run) -> None:
    years = write_years(P_1=a_year(pt_slp=2400, met=0), P_2=a_year(met=0))
    options = ("--locality", "OH", "--accumulators", years)
    days = billed(run, "bill", write_log(*PATIENTS), *options)
    turned = billed(run, "bill", write_log(*PATIENTS[::-1], name="turned.csv"), *options)
    assert sorted(map(str, days)) == sorted(map(str, turned))


def test_attest_kx_needs_year_to_date_amounts(run: Run) -> None:
    outcome = run("bill", write_log(ROW), "--attest-kx")
    assert outcome.status == 2
    assert "--attest-kx needs --accumulators" in outcome.err


def test_attest_kx_adds_kx_to_the_lines_that_need_it(run: Run) -> None:
    years = write_years(P_1=a_year(pt_slp=2470), P_2=a_year())
    options = ("bill", write_log(*PATIENTS), "--locality", "OH", "--accumulators", years)
    suggested, attested = run(*options).out, run(*options, "--attest-kx").out
    assert "Above the annual threshold without KX: 2 claim lines.\n" in suggested
    assert suggested.count("  KX suggested for ") == 2
    assert "97530 GP KX" not in suggested
    assert "without KX" not in attested
    assert "KX suggested" not in attested
    assert "  97530 GP KX         30 min" in attested
    assert "  97161 GO KX" not in attested
    assert [line for line in suggested.splitlines() if line.startswith("of $")] == [
        line for line in attested.splitlines() if line.startswith("of $")
    ]
    rows = list(csv.DictReader(io.StringIO(run(*options, "--attest-kx", "--csv").out)))
    assert [(row["modifiers"], row["kx"]) for row in rows] == [
        ("GP KX", "applied"),
        ("GO", "not needed"),
        ("GP KX", "applied"),
    ]


def test_one_line_above_the_threshold_is_in_the_singular(run: Run) -> None:
    years = write_years(P_1=a_year(pt_slp=2480))
    out = run("bill", write_log(ROW), "--accumulators", years).out
    assert "\nAbove the annual threshold without KX: 1 claim line.\n" in out
    assert NO_YEAR not in out


def test_a_new_year_starts_at_zero(run: Run) -> None:
    log = write_log("P-1,2026-01-05,PT,97110,8", "P-1,2025-12-31,PT,97110,8")
    years = write_years(P_1=a_year(2025, met="257.00", pt_slp=2400))
    first, second = billed(run, "bill", log, "--accumulators", years)
    assert (first["date_of_service"], first["accumulators"]["pt_slp"]) == ("2025-12-31", "2428.79")
    assert second["accumulators_before"] == a_year(2026, met="0.00", pt_slp="0.00", ot="0.00")
    assert second["lines"][0]["deductible"] == second["allowed"] == "29.06"
    # The year may also end before the log begins.
    years = write_years(P_1=a_year(2024, pt_slp=2400))
    days = billed(run, "bill", log, "--accumulators", years)
    assert [day["accumulators_before"]["pt_slp"] for day in days] == ["0.00", "0.00"]


def test_amounts_of_a_later_year_are_refused(run: Run) -> None:
    years = write_years(P_1=a_year(2026))
    log = write_log("P-1,2025-12-31,PT,97110,8")
    assert refused(run("bill", log, "--accumulators", years))[0] == (
        "log.csv, line 2: accumulators are for 2026, but the date of service is in 2025: "
        "give year-to-date amounts for 2025"
    )


@pytest.mark.parametrize(
    ("options", "status", "last"),
    [
        ([], 2, "1 error, so nothing was billed; --keep-going bills the good rows"),
        (["--keep-going"], 1, "1 error; the rows and days with errors were left out"),
    ],
)
def test_a_patient_without_year_to_date_amounts_is_reported_by_line_not_by_key(
    run: Run, options: list[str], status: int, last: str
) -> None:
    log = write_log("P-1,2026-03-02,PT,97110,20", "Rosa Invented,2026-03-02,PT,97110,20")
    outcome = run("bill", log, "--accumulators", write_years(P_1=a_year()), *options)
    assert outcome.status == status
    assert messages(outcome) == [
        "log.csv, line 3: accumulators has no entry for the patient of this day: add the patient's key",
        last,
    ]
    assert "Rosa" not in outcome.out


def test_a_patient_of_another_payer_needs_no_year_to_date_amounts(run: Run) -> None:
    log = write(f"{HEADER},payer", "P-9,2026-03-02,PT,97110,8,cpt-midpoint")
    (day,) = billed(run, "bill", log, "--accumulators", write_years())
    assert (day["accumulators"], day["medicare_pays"]) == (None, None)


def test_year_to_date_amounts_may_be_numbers_or_strings(run: Run) -> None:
    text = '\ufeff{"P-1": {"year": 2026, "deductible_met": 283, "pt_slp": 2470.25, "ot": "1.10"}}'
    (day,) = billed(run, "bill", write_log(ROW), "--accumulators", write(text, name="y.json"))
    assert day["accumulators_before"] == a_year(pt_slp="2470.25", ot="1.10")


@pytest.mark.parametrize(
    "text",
    ["", "{", '{"P-1": 1,}', "[" * 100_000, "{'P-1': 1}"],
)
def test_accumulators_that_are_not_json_are_an_error(run: Run, text: str) -> None:
    name = write(text, name="years.json")
    assert refused(run("bill", write_log(ROW), "--accumulators", name)) == [
        "years.json: not valid JSON"
    ]


def test_accumulators_that_are_not_utf8_are_an_error(run: Run) -> None:
    Path("years.json").write_bytes(b'{"P-1\xe9": 1}')
    assert refused(run("bill", write_log(ROW), "--accumulators", "years.json")) == [
        "years.json: not valid JSON"
    ]


@pytest.mark.parametrize("number", ["1e99999999999999999999", "9" * 5000, "1e400", "-0.5", "1.234"])
@pytest.mark.parametrize("name", ["year", "pt_slp"])
def test_a_number_that_is_not_an_amount_is_an_error_not_a_traceback(
    run: Run, number: str, name: str
) -> None:
    numbers = {"year": "2026", "deductible_met": "0", "pt_slp": "0", "ot": "0", name: number}
    text = ", ".join(f'"{key}": {value}' for key, value in numbers.items())
    years = write(f'{{"P-1": {{{text}}}}}', name="years.json")
    (reason,) = refused(run("bill", write_log(ROW), "--accumulators", years))
    assert reason.startswith("years.json: ")


@pytest.mark.parametrize("text", ["[]", "1", "null", '"Rosa Invented"', "[[1]]"])
def test_accumulators_must_be_an_object(run: Run, text: str) -> None:
    years = write(text, name="years.json")
    assert refused(run("bill", write_log(ROW), "--accumulators", years)) == [
        "years.json: the file must contain a JSON object that maps each patient key to year-to-date amounts"
    ]


def test_bad_accumulators_are_all_reported_by_number_not_by_key(run: Run) -> None:
    years = write_years(
        P_1=a_year(),
        Rosa=7,
        Ada={**a_year(), "name": "Ada Invented"},
        Eve=a_year(year=True),
        Ida=a_year(met="Ida Invented"),
        Una=a_year(met=-1),
    )
    names = "values must be a mapping with exactly these keys: deductible_met, ot, pt_slp, year; and optionally ot_visits, pt_visits, slp_visits"
    outcome = run("bill", write_log(ROW), "--accumulators", years)
    assert refused(outcome) == [
        f"years.json: patient 2 of the file: {names}",
        f"years.json: patient 3 of the file: {names}",
        "years.json: patient 4 of the file: year must be a whole number, got True",
        (
            "years.json: patient 5 of the file: deductible_met must be a number of dollars such as '40.42', got a string of 12 characters"
        ),
        "years.json: patient 6 of the file: deductible_met must be zero or more, got -1",
    ]
    for name in ("Rosa", "Ada", "Eve", "Ida", "Una", "Invented"):
        assert name not in outcome.err


def test_a_patient_listed_twice_in_accumulators_is_refused(run: Run) -> None:
    text = f'{{"P-1": {json.dumps(a_year())}, "P-1": {json.dumps(a_year(pt_slp=2480))}}}'
    outcome = run("bill", write_log(ROW), "--accumulators", write(text, name="years.json"))
    assert refused(outcome)
    assert "P-1" not in outcome.err


def test_a_missing_accumulators_file_is_an_error(run: Run) -> None:
    assert refused(run("bill", write_log(ROW), "--accumulators", "none.json")) == [
        "none.json: No such file or directory"
    ]


def test_after_a_refused_day_year_to_date_amounts_are_unknown(run: Run) -> None:
    log = write_log(
        "P-1,2026-03-02,PT,97014,", "P-1,2026-03-03,PT,97110,8", "P-1,2026-03-04,PT,97110,8"
    )
    years = write_years(P_1=a_year(pt_slp=100))
    outcome = run("bill", log, "--accumulators", years, "--keep-going", "--json")
    assert (outcome.status, outcome.out) == (2, "[]\n")
    later = "an earlier day of this patient was left out or is incomplete, so the year-to-date amounts are unknown: fix that day first"
    assert messages(outcome) == [
        "log.csv, line 2: Medicare does not accept code 97014: use G0283",
        f"log.csv, line 3: {later}",
        f"log.csv, line 4: {later}",
        "3 errors; the rows and days with errors were left out",
    ]


def test_after_a_day_with_a_bad_row_year_to_date_amounts_are_unknown(run: Run) -> None:
    log = write_log(
        "P-1,2026-03-02,PT,97110,8", "P-1,2026-03-02,PT,97140,x", "P-1,2026-03-03,PT,97110,8"
    )
    years = write_years(P_1=a_year(pt_slp=100))
    outcome = run("bill", log, "--accumulators", years, "--keep-going", "--json")
    assert outcome.status == 1
    (day,) = json.loads(outcome.out)
    assert day["skipped_lines"] == [3]
    assert "line 4: an earlier day of this patient was left out" in outcome.err


def test_another_method_keeps_medicares_amounts(run: Run) -> None:
    years = write_years(P_1=a_year(pt_slp=2480))
    log = write_log("P-1,2026-03-02,PT,97110,15")
    (day,) = billed(
        run, "bill", log, "--method", "full-quarter", "--accumulators", years, "--attest-kx"
    )
    assert (day["method"], day["payer"]) == ("full-quarter", "medicare")
    assert day["lines"][0]["modifiers"] == ["GP", "KX"]


def test_the_assistants_units_are_on_a_separate_line(run: Run) -> None:
    log = write(
        f"{HEADER},clinician",
        "P-1,2026-03-02,PT,97110,12,therapist",
        "P-1,2026-03-02,PT,97110,14,assistant",
    )
    (day,) = billed(run, "bill", log, "--explain")
    assert [(line["modifiers"], line["units"]) for line in day["lines"]] == [
        (["GP"], 1),
        (["GP", "CQ"], 1),
    ]
    rules = [step["rule"] for step in day["explanation"]]
    assert "assistant-units-2022" in rules
    assert "assistant-payment" in rules


def test_no_reason_in_a_csv_cell_starts_a_formula(run: Run) -> None:
    fees = write("code,amount", "97110,30.00", name="fees.csv")
    log = write_log("=1+1,2026-03-02,PT,97530,20")
    (row,) = csv.DictReader(io.StringIO(run("bill", log, "--fees", fees, "--csv").out))
    assert row["patient"] == "'=1+1"
    assert [cell for cell in row.values() if cell[:1] in tuple("=+-@")] == []
