"""Test the units command, help, and version."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.unit.cli.commands import DATA, HEADER, Outcome, Run, refused, write
from therapy_billing.base.data_loader import data_version
from therapy_billing.payers.catalog import PAYERS
from therapy_billing.visits.log_columns import LOG_COLUMNS


def test_units_counts_one_day(run: Run) -> None:
    assert run("units", "97530=20", "97110=20", "97112=8") == Outcome(
        0,
        "97530    20 min    1 unit\n"
        "97110    20 min    1 unit\n"
        "97112     8 min    1 unit\n"
        "total    48 min   3 units  medicare\n"
        "The next unit needs 5 more minutes; 10 minutes to spare.\n"
        f"{DATA}\n",
        "",
    )


@pytest.mark.parametrize(
    ("minutes", "last"),
    [
        ("0", "The next unit needs 8 more minutes."),
        ("6", "The next unit needs 2 more minutes."),
        ("8", "The next unit needs 15 more minutes; 0 minutes to spare."),
        ("22", "The next unit needs 1 more minute; 14 minutes to spare."),
        ("23", "The next unit needs 15 more minutes; 0 minutes to spare."),
    ],
)
def test_units_shows_the_minutes_to_the_next_unit(run: Run, minutes: str, last: str) -> None:
    assert run("units", f"97530={minutes}").out.splitlines()[-2:] == [last, DATA]


def test_units_as_json_has_units_splits_and_ties(run: Run) -> None:
    outcome = run("units", "97530=20", "97110=20", "--json")
    assert outcome.out.count("\n") == 1
    assert json.loads(outcome.out) == {
        "data": data_version().to_dict(),
        "date_of_service": None,
        "payer": "medicare",
        "method": "cms-eight-minute",
        "units": {"97530": 2, "97110": 1},
        "total_units": 3,
        "admissible": [{"97530": 2, "97110": 1}, {"97530": 1, "97110": 2}],
        "tied": True,
        "uncapped_units": {"97530": 2, "97110": 1},
        "untimed_units": {},
        "unbilled": [],
        "timed_minutes": 40,
        "treatment_minutes": 40,
        "floored_seconds": 0,
        "remarks": [],
        "capped_units": [],
    }


def test_units_of_the_readme_question_are_one_each(run: Run) -> None:
    record = json.loads(run("units", "97530=20", "97110=20", "97112=8", "--json").out)
    assert record["units"] == {"97530": 1, "97110": 1, "97112": 1}
    assert record["admissible"] == [record["units"]]
    assert (record["total_units"], record["tied"]) == (3, False)


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_units_with_explain_adds_the_steps(run: Run, form: list[str]) -> None:
    out = run("units", "97530=8", "--explain", *form).out
    assert "8 minutes make 1 unit; 1 unit covers 8 to 22 minutes." in out
    assert "pooled-day" in out
    if form:
        assert [step["rule"] for step in json.loads(out)["explanation"]] == [
            "pooled-day",
            "cms-eight-minute",
            "cms-whole-quarters",
            "cms-most-minutes",
        ]
    else:
        assert out.splitlines()[2] == "1. 8 timed minutes in one session (97530 8)."
        assert out.splitlines()[-2:] == [
            "The next unit needs 15 more minutes; 0 minutes to spare.",
            DATA,
        ]


@pytest.mark.parametrize(
    ("options", "payer", "method", "total"),
    [
        ([], "medicare", "cms-eight-minute", 1),
        (["--payer", "cpt-midpoint"], "cpt-midpoint", "cpt-midpoint", 2),
        (["--method", "cpt-midpoint"], "medicare", "cpt-midpoint", 2),
        (["--method", "full-quarter"], "medicare", "full-quarter", 0),
        (
            ["--payer", "cpt-midpoint", "--method", "cms-eight-minute"],
            "cpt-midpoint",
            "cms-eight-minute",
            1,
        ),
    ],
)
def test_units_counts_by_the_payer_and_method_given(
    run: Run, options: list[str], payer: str, method: str, total: int
) -> None:
    record = json.loads(run("units", "97110=10", "97124=10", "--json", *options).out)
    assert (record["payer"], record["method"], record["total_units"]) == (payer, method, total)


@pytest.mark.parametrize(
    ("question", "shown"),
    [
        ("97530", "'97530'"),
        ("97530=", "a string of 6 characters"),
        ("97530=20.5", "a string of 10 characters"),
        ("97530=-5", "a string of 8 characters"),
        ("97530=\u0662\u0660", "a string of 8 characters"),
        ("97530=\u00b2", "a string of 7 characters"),
        ("97530:20", "a string of 8 characters"),
        ("Rosa Invented", "a string of 13 characters"),
        ("97530=20=5", "a string of 10 characters"),
    ],
)
def test_an_invalid_question_is_refused_with_an_example(
    run: Run, question: str, shown: str
) -> None:
    assert refused(run("units", "97110=15", question)) == [
        f"give each code once, with whole minutes, such as 97530=20; got {shown}"
    ]


def test_a_repeated_code_is_refused(run: Run) -> None:
    assert refused(run("units", "97530=20", "97530=5")) == [
        "give each code once, with whole minutes, such as 97530=20; got a string of 7 characters"
    ]


@pytest.mark.parametrize("minutes", ["1441", "9999"])
def test_more_minutes_than_a_day_has_are_refused(run: Run, minutes: str) -> None:
    (reason,) = refused(run("units", f"97530={minutes}"))
    assert reason.endswith(f"must be from 0 to 1440, got {minutes}")


@pytest.mark.parametrize("minutes", ["00020", "10000", "9" * 5000])
def test_more_than_four_digits_of_minutes_are_refused(run: Run, minutes: str) -> None:
    assert refused(run("units", f"97530={minutes}")) == [
        (
            "give each code once, with whole minutes, such as 97530=20; got a string of "
            f"{6 + len(minutes)} characters"
        )
    ]


def test_four_digits_of_minutes_may_start_with_zeros(run: Run) -> None:
    assert json.loads(run("units", "97530=0020", "--json").out)["timed_minutes"] == 20


def test_the_minutes_of_a_whole_day_are_counted(run: Run) -> None:
    assert json.loads(run("units", "97530=1440", "--json").out)["total_units"] == 96


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["9753=20"], "code must be five characters such as '97530' or 'G0283', got '9753'"),
        (
            ["Rosa Invented=20"],
            (
                "code must be five characters such as '97530' or 'G0283', got a string of 13 "
                "characters"
            ),
        ),
        (
            ["97530=20", "--date", "2027-01-01"],
            "codes are known through 2026-12-31, not on 2027-01-01",
        ),
        (
            ["97530=20", "--method", "cpt-midpoint", "--date", "1999-12-31"],
            "medicare's policy is known from 2000-04-01 through 2026-12-31, not on 1999-12-31",
        ),
    ],
)
def test_what_units_cannot_count_is_refused(run: Run, arguments: list[str], reason: str) -> None:
    assert refused(run("units", *arguments)) == [reason]


@pytest.mark.parametrize("arguments", [[], ["bill"], ["units"], ["nonsense"], ["bill", "a", "b"]])
def test_an_incomplete_command_prints_its_usage(run: Run, arguments: list[str]) -> None:
    outcome = run(*arguments)
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.startswith("usage: therapy-billing")


@pytest.mark.parametrize("arguments", [["--method", "cms"], ["--ties", "any"]])
@pytest.mark.parametrize("called", [["bill", "log.csv"], ["units", "97530=20"]])
def test_an_invalid_choice_prints_the_choices(
    run: Run, called: list[str], arguments: list[str]
) -> None:
    outcome = run(*called, *arguments)
    assert (outcome.status, outcome.out) == (2, "")
    assert f"argument {arguments[0]}: invalid choice: '{arguments[1]}' (choose from " in outcome.err


@pytest.mark.parametrize(
    "called", [["bill", "log.csv"], ["check", "log.csv"], ["units", "97530=20"]]
)
def test_an_unknown_payer_prints_the_payer_names(run: Run, called: list[str]) -> None:
    assert refused(run(*called, "--payer", "Rosa Invented")) == [
        f"unknown payer (a string of 13 characters): use {', '.join(PAYERS)}"
    ]


def test_your_own_payer_is_read_from_its_file(run: Run) -> None:
    Path("own.toml").write_text(
        'name = "own"\nbase = "medicare"\n[[policy]]\nfrom = 2026-01-01\ncap_per_day = 1\n',
        encoding="utf-8",
    )
    log = write(f"{HEADER},payer", "P-1,2026-03-02,PT,97110,40,own")
    (day,) = json.loads(run("bill", log, "--payers", "own.toml", "--json").out)
    assert (day["payer"], day["lines"][0]["units"]) == ("own", 1)
    outcome = run(
        "units", "97110=40", "--payers", "own.toml", "--payer", "own", "--date", "2026-03-02"
    )
    assert "Capped from 3 units" in outcome.out


def test_help_names_every_column_of_a_log(run: Run) -> None:
    outcome = run("bill", "--help")
    assert (outcome.status, outcome.err) == (0, "")
    # The help breaks lines after a hyphen.
    text = " ".join(outcome.out.split()).replace("- ", "-")
    assert all(f"{name}: {meaning}" in text for name, meaning in LOG_COLUMNS.items())


def test_version_is_the_installed_version(run: Run) -> None:
    assert run("--version") == Outcome(0, f"{version('therapy-billing')}\n", "")


def test_the_next_unit_is_before_caps(run: Run) -> None:
    capped = run("units", "97110=75", "--payer", "nevada-medicaid", "--date", "2026-03-02").out
    assert capped.splitlines()[-2].startswith("Before caps, the next unit needs ")
