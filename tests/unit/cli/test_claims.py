"""Test the claims command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.commands import Run, messages, refused, write, write_log
from therapy_billing.base.library_files import read_library_text
from therapy_billing.batch import ClaimSpan
from therapy_billing.claims import Submission
from therapy_billing.cli.arguments import command_parser
from therapy_billing.formats import from_json, read_837p

SENT = ("--control-number", "1", "--created", "2026-03-15 12:00", "--usage", "T")
LOG, PARTIES, OUT = "log.csv", "parties.toml", "claims.837"
DECISIONS = ("remark: 1 day has a tie", "remark: 3 days have a tie", "remark: KX was not checked")


def others(messages: list[str]) -> list[str]:
    """Return *messages* without the remarks on ties and KX, which the example always has."""
    return [each for each in messages if not each.startswith(DECISIONS)]


def example(*, changed: tuple[str, str] = ("", ""), rows: int = 33) -> tuple[str, str, str]:
    """Write the example log with some of its *rows*, and its parties, with one text *changed*. Return the arguments."""
    lines = read_library_text("logs/clinic_day.csv").splitlines()
    write(*lines[: rows + 1], name=LOG)
    text = read_library_text("logs/clinic_day_parties.toml")
    if changed[0]:
        assert changed[0] in text
        text = text.replace(*changed)
    write(*text.splitlines(), name=PARTIES)
    return LOG, "--parties", PARTIES


def files() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


def test_the_example_becomes_an_837p_that_reads_back(run: Run) -> None:
    arguments = example()
    outcome = run("claims", *arguments, *SENT, "--out", OUT)
    assert outcome.status == 0
    assert outcome.out == "claims.837: 12 claims, 28 lines, $2,471.00 charged\n"
    assert messages(outcome) == [
        "remark: 3 days have a tie to decide; the claims have the split that bill shows first",
        "remark: KX was not checked for some lines: give the fees and the year-to-date amounts of their patients",
    ]
    assert files() == [OUT, LOG, PARTIES]
    (submission,) = read_837p(OUT, names=True).submissions
    assert len(submission.claims) == 12
    assert submission.reference == "EXAMPLE-0001"
    assert submission.claims[0].header.account == "1001-20260302"


def test_equal_input_gives_equal_bytes(run: Run) -> None:
    arguments = example(rows=4)
    for out in ("one", "two"):
        assert run("claims", *arguments, *SENT, "--out", out).status == 0
    assert Path("one").read_bytes() == Path("two").read_bytes()
    assert Path("one").read_bytes().startswith(b"ISA*00*")


def test_a_claim_per_patient_keeps_the_account(run: Run) -> None:
    arguments = example(rows=4)
    assert run("claims", *arguments, *SENT, "--out", OUT, "--per", "patient").status == 0
    (submission,) = read_837p(OUT).submissions
    assert [claim.header.account for claim in submission.claims] == ["1001"]


def test_the_submission_as_json_reads_back(run: Run) -> None:
    arguments = example()
    outcome = run("claims", *arguments, "--format", "json", "--out", "claims.json")
    assert outcome.status == 0
    found = from_json(Path("claims.json").read_text(encoding="utf-8"), Submission)
    assert len(found.claims) == 12
    assert found.claims[0].parties.coverage is not None


def test_denials_are_listed_with_path_and_log_line_and_nothing_is_written(run: Run) -> None:
    arguments = example(changed=('npi = "1700000023"', 'npi = "1700000024"'), rows=6)
    outcome = run("claims", *arguments, *SENT, "--out", OUT)
    assert (outcome.status, files()) == (2, [LOG, PARTIES])
    lines = outcome.out.splitlines()
    assert [line.split()[:5] for line in lines[::2]] == [
        ["DENY", "claims[0].parties.rendering_provider.npi", "lines", "2,", "6"]
    ]
    assert all(line.startswith("        Fix: ") for line in lines[1::2])
    assert all(line.endswith(". Rule: claim-npi") for line in lines[1::2])
    assert others(messages(outcome)) == [
        "nothing was written, because a payer would refuse claims; see the lines with deny"
    ]
    assert "1700000024" not in outcome.out + outcome.err


def test_the_same_finding_about_several_claims_is_listed_once(run: Run) -> None:
    arguments = example(changed=('tax_id = "123456789"\n', ""))
    lines = run("claims", *arguments, *SENT, "--out", OUT).out.splitlines()
    assert lines == [
        "DENY    claims[0].parties.billing_provider.tax_id  lines 2, 6, 8 and 9 more  the tax number is missing",
        "        Fix: add the tax number. Rule: claim-tax-id",
    ]


def test_an_old_file_stays_if_nothing_is_written(run: Run) -> None:
    write("old", name=OUT)
    arguments = example(changed=('npi = "1700000023"', ""), rows=4)
    assert run("claims", *arguments, *SENT, "--out", OUT).status == 2
    assert Path(OUT).read_text(encoding="utf-8") == "old\n"
    arguments = example(rows=4)
    assert run("claims", *arguments, *SENT, "--out", OUT).status == 0
    assert Path(OUT).read_text(encoding="utf-8").startswith("ISA*")


def test_a_rule_can_be_turned_off(run: Run) -> None:
    changed = ('npi = "1700000023"', 'npi = "1700000024"')
    arguments = example(changed=changed, rows=4)
    outcome = run("claims", *arguments, *SENT, "--out", OUT, "--without", "claim-npi")
    assert outcome.status == 0
    (message,) = others(
        refused(run("claims", *arguments, *SENT, "--out", OUT, "--without", "claim-np"))
    )
    assert message == (
        "unknown rule id in without: use ids from SUBMISSION_CHECKS; did you mean claim-npi?"
    )


def test_reviews_are_listed_and_the_file_is_written(run: Run) -> None:
    arguments = example(changed=('frequency = "1"', 'frequency = "1"\nnote = "x"'), rows=4)
    text = Path(PARTIES).read_text(encoding="utf-8")
    account = text.replace('account = "1001"', 'account = "1001-OF-A-LONG-NAME"')
    write(*account.splitlines(), name=PARTIES)
    outcome = run("claims", *arguments, *SENT, "--out", OUT)
    assert outcome.status == 0
    first, fix, last = outcome.out.splitlines()
    assert first.startswith("REVIEW  claims[0].header.account  line 2  ")
    assert fix.startswith("        Fix: ")
    assert last == "claims.837: 1 claim, 3 lines, $218.00 charged"


def test_a_finding_about_the_file_has_no_log_line(run: Run) -> None:
    arguments = example(changed=('id = "CH01"', ""), rows=4)
    outcome = run("claims", *arguments, *SENT, "--out", OUT)
    assert outcome.status == 2
    assert outcome.out.splitlines()[0].startswith("DENY    receiver.id    ")


def test_bad_rows_stop_the_run_unless_it_keeps_going(run: Run) -> None:
    arguments = example(rows=6)
    lines = Path(LOG).read_text(encoding="utf-8").splitlines()
    write(*lines, lines[-1].replace("P-1002", "P-9999"), name=LOG)
    reason = "log.csv, line 8, column patient: the parties file has no table for this patient"
    assert others(refused(run("claims", *arguments, *SENT, "--out", OUT))) == [
        reason,
        "1 error, so nothing was written; --keep-going writes the claims of the good rows",
    ]
    assert files() == [LOG, PARTIES]
    outcome = run("claims", *arguments, *SENT, "--out", OUT, "--keep-going")
    assert (outcome.status, outcome.out) == (
        1,
        "claims.837: 2 claims, 4 lines, $398.00 charged\n",
    )
    assert others(messages(outcome)) == [
        reason,
        "1 error; the rows and days with errors were left out",
    ]


def test_a_log_without_any_claim_writes_nothing(run: Run) -> None:
    arguments = example()
    write_log("P-1001,2026-03-02,PT,97110,7")
    assert others(refused(run("claims", *arguments, *SENT, "--out", OUT))) == [
        "remark: line 2: the day has no unit to bill, so it has no claim",
        "no claim could be made, so nothing was written",
    ]
    assert files() == [LOG, PARTIES]


def test_faults_of_the_parties_file_are_all_reported(run: Run) -> None:
    write_log("P-1,2026-03-02,PT,97110,20")
    write("[header]", "frequency = 1", "[patients]", '"Rosa Invented" = 1', name=PARTIES)
    assert others(refused(run("claims", LOG, "--parties", PARTIES, *SENT, "--out", OUT))) == [
        "parties.toml, line 2, column header.frequency: a string in quotation marks belongs here",
        "parties.toml, line 4, column patients.*: a table belongs here",
    ]


@pytest.mark.parametrize("out", [LOG, PARTIES, "./log.csv", "rates.csv", "own.toml", "linked.csv"])
def test_a_file_that_the_command_reads_is_never_replaced(run: Run, out: str) -> None:
    arguments = example()
    write("code,amount", "97110,30", name="rates.csv")
    write('name = "own"', 'base = "medicare"', name="own.toml")
    Path("linked.csv").symlink_to(LOG)
    before = {name: Path(name).read_bytes() for name in files()}
    options = ("--fees", "rates.csv", "--payers", "own.toml")
    assert others(refused(run("claims", *arguments, *SENT, *options, "--out", out))) == [
        "--out is a file that the command reads: choose another name"
    ]
    assert {name: Path(name).read_bytes() for name in files()} == before


@pytest.mark.parametrize("out", [".", "missing/claims.837"])
def test_the_file_must_be_in_a_folder_that_exists(run: Run, out: str) -> None:
    arguments = example()
    assert others(refused(run("claims", *arguments, *SENT, "--out", out))) == [
        "--out must be a file in a folder that exists"
    ]


def test_nothing_is_left_behind_if_writing_fails(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device", "claims.837")

    arguments = example(rows=4)
    write("old", name=OUT)
    monkeypatch.setattr(Path, "replace", fail)
    outcome = run("claims", *arguments, *SENT, "--out", OUT)
    assert (outcome.status, others(messages(outcome))) == (
        2,
        ["claims.837: No space left on device"],
    )
    assert files() == [OUT, LOG, PARTIES]
    assert Path(OUT).read_text(encoding="utf-8") == "old\n"


def test_only_its_owner_can_read_the_file(run: Run) -> None:
    assert run("claims", *example(rows=4), *SENT, "--out", OUT).status == 0
    assert Path(OUT).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (SENT[2:], "an 837P needs --control-number"),
        (SENT[:2] + SENT[4:], "an 837P needs --created"),
        (SENT[:4], "an 837P needs --usage"),
        ((*SENT, "--format", "json"), "--control-number is only for --format 837p"),
        (("--created", "x", "--format", "json"), "--created is only for --format 837p"),
        ((*SENT, "--attest-kx"), "--attest-kx needs --accumulators"),
        ((*SENT, "--fees", "x", "--facility"), "--facility changes Medicare's amounts"),
    ],
)
def test_options_must_fit_each_other(run: Run, options: tuple[str, ...], message: str) -> None:
    outcome = run("claims", *example(), "--out", OUT, *options)
    assert outcome.status == 2
    assert message in outcome.err
    assert files() == [LOG, PARTIES]


@pytest.mark.parametrize(
    ("created", "number", "message"),
    [
        ("soon", "1", "--created must be a date and time such as 2026-03-02 09:05"),
        ("2026-03-15 12:00", "0", "control_number must be from 1 to 999999999, got 0"),
        ("2026-03-01 12:00", "1", "nothing was written"),
    ],
)
def test_the_time_and_the_number_are_checked(
    run: Run, created: str, number: str, message: str
) -> None:
    options = ("--control-number", number, "--created", created, "--usage", "P")
    outcome = run("claims", *example(rows=4), *options, "--out", OUT)
    assert outcome.status == 2
    assert message in outcome.err
    assert files() == [LOG, PARTIES]


def test_own_payers_and_methods_apply(run: Run) -> None:
    write(
        'name = "own"', 'base = "cpt-midpoint"', "[[policy]]", "lines_per_claim = 1", name="o.toml"
    )
    example(changed=('payer = "medicare"\npayer_name', 'payer = "own"\npayer_name'))
    write_log("P-1001,2026-03-02,PT,97110,20", "P-1001,2026-03-02,PT,97140,20")
    options = ("--payers", "o.toml", "--out", OUT)
    outcome = run("claims", LOG, "--parties", PARTIES, *SENT, *options)
    assert outcome.status == 2
    assert "Rule: claim-line-count" in outcome.out


def test_the_example_command_prints_the_parties(run: Run) -> None:
    assert run("example", "--parties").out == read_library_text("logs/clinic_day_parties.toml")
    assert run("example").out.startswith("patient,date,")


def test_the_choices_of_per_are_the_spans_of_a_claim() -> None:
    parsed: Any = command_parser().parse_args(
        ["claims", LOG, "--parties", PARTIES, "--out", OUT, "--per", "patient"]
    )
    assert parsed.per == ClaimSpan.PATIENT.value
    for span in ClaimSpan:
        command_parser().parse_args(
            ["claims", LOG, "--parties", PARTIES, "--out", OUT, "--per", span.value]
        )
