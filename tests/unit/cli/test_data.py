"""Test the ``data`` command: what it prints, on which stream, and its exit status."""

from __future__ import annotations

import hashlib
import json
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import attrs
import pytest

from tests.unit.cli.commands import Run, messages, refused, write
from tests.unit.cli.test_command import process
from tests.unit.packs.small_packs import fees_of, write_pack
from therapy_billing.base.data_packs import CodesFile, Pack
from therapy_billing.base.errors import FileFormatError, InvalidInputError
from therapy_billing.cli import command, data

ROW = "97110,A,0.45,0.40,0.40,0.01,5"
HASH = "0" * 64
PERIOD = "2027-01-01 to 2027-12-31"
POLICIES = "the payers' policies of 2026 also apply in 2027"
CODES = "the codes of 2026 also apply in 2027"
MANIFEST = f"""
remark = "made for a test"

[[source]]
name = "rvu27a.zip/PPRRVU2027_Jan_nonQPP.csv"
sha256 = "{HASH}"
kind = "pprrvu"
release = "RVU27A"
rows = 1

[[source]]
name = "numbers.toml"
sha256 = "{HASH}"
kind = "numbers"
release = ""
rows = 2

[[assumption]]
id = "policy-unchanged"
text = "{POLICIES}"
by = "Ann Lee, billing manager"
date = 2026-12-30
from = 2027-01-01
through = 2027-12-31
files = ["payers/*.toml"]

[[assumption]]
id = "codes-unchanged"
text = "{CODES}"
by = "Ann Lee, billing manager"
from = 2027-01-01
through = 2027-12-31
files = ["codes/therapy.toml"]

[[correction]]
file = "codes/other_programs.toml"
key = "97153"
source = "a manual"

[[check]]
what = "amounts"
against = "PFALL27A.txt"
compared = 1234

[[check]]
what = "reduced amounts"
against = ""
compared = 0
"""
HEADLINE = "{label}, 2027-01-01 to 2027-12-31, {path}"


MISSING = "the pack needs what no download contains:\n- kx_threshold\nfill in the form"


class MissingError(InvalidInputError):
    """What the builder raises if numbers or assumptions are missing."""

    def __init__(self, message: str, form: str) -> None:
        super().__init__(message)
        self.form = form


@attrs.frozen
class Skipped:
    """A file that the builder did not read."""

    name: str
    reason: str


@attrs.frozen
class Built:
    """What the builder returns, as far as the command uses it."""

    remarks: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()


def a_pack(folder: str = "pack", *, more: str = MANIFEST, **rows: str) -> str:
    return write_pack(Path(folder), fees_of(rows.get("row", ROW)), name=folder, more=more)


def headline(path: str) -> str:
    return HEADLINE.format(label=Pack.from_folder(path).label, path=path)


def use_builder(monkeypatch: pytest.MonkeyPatch, build: Callable[..., Built]) -> None:
    monkeypatch.setattr(data, "build_pack", build)


class TestBuild:
    ARGUMENTS = ("data", "build", "downloads", "--out", "pack", "--through", "2027-12-31")

    def test_a_new_pack_is_described(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        given: list[Any] = []

        def build(downloads: Sequence[str], out: str, **terms: object) -> Built:
            given.append((downloads, out, terms))
            a_pack(out)
            skipped = Skipped("rvu27a.zip/ANES2027.csv", "not a file that is needed")
            return Built(("code 97999 is new: say how it counts",), (skipped,))

        use_builder(monkeypatch, build)
        outcome = run(
            *self.ARGUMENTS, "--numbers", "n.toml", "--assume", "policy-unchanged", "--by", "Ann Lee",
            "--date", "12/30/2026", "--invented", "2026 as 2027",
            "--name", "clinic-2027",
        )  # fmt: skip
        assert (outcome.status, outcome.err) == (0, "")
        terms = {
            "through": date(2027, 12, 31),
            "numbers": "n.toml",
            "assume": ("policy-unchanged",),
            "by": "Ann Lee",
            "date": date(2026, 12, 30),
            "invented": "2026 as 2027",
            "name": "clinic-2027",
        }
        assert given == [(["downloads"], "pack", terms)]
        lines = outcome.out.splitlines()
        assert lines[:9] == [
            "Sources:",
            "  rvu27a.zip/PPRRVU2027_Jan_nonQPP.csv: pprrvu, RVU27A, 1 row",
            "  numbers.toml: numbers, 2 rows",
            "Not read:",
            "  rvu27a.zip/ANES2027.csv: not a file that is needed",
            "Verified:",
            "  amounts: 1234 values compared with PFALL27A.txt; all agree",
            "  reduced amounts: not verified, because nothing to compare them with was at hand",
            "Changes from the data in use on 2026-12-31:",
        ]
        assert "  Relative values: 1 changed" in lines
        assert lines[-6:] == [
            "Assumptions:",
            f"  policy-unchanged (Ann Lee, billing manager, 2026-12-30), {PERIOD}: {POLICIES}",
            f"  codes-unchanged (Ann Lee, billing manager), {PERIOD}: {CODES}",
            "Remarks:",
            "  code 97999 is new: say how it counts",
            f"Pack: {headline('pack')}",
        ]

    def test_without_the_option_the_builder_chooses_the_name(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        names: list[object] = []

        def build(_: Sequence[str], out: str, **terms: object) -> Built:
            names.append(terms["name"])
            a_pack(out)
            return Built()

        use_builder(monkeypatch, build)
        assert run(*self.ARGUMENTS).status == 0
        assert names == [None]

    def test_a_name_that_no_pack_can_have_is_refused(self, run: Run) -> None:
        (message,) = refused(run(*self.ARGUMENTS, "--name", "next year"))
        assert message.startswith("name must be of letters, digits, hyphens, ")

    def test_parts_without_a_line_say_so(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        a_pack(more="")
        use_builder(monkeypatch, lambda *_, **__: Built())
        out = run(*self.ARGUMENTS).out
        for title in ("Sources", "Not read", "Verified", "Assumptions", "Remarks"):
            assert f"{title}: none\n" in out

    def missing(self, *_: object, **__: object) -> Built:
        raise MissingError(MISSING, "kx_threshold = \n")

    def test_missing_numbers_print_the_form(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        use_builder(monkeypatch, self.missing)
        outcome = run(*self.ARGUMENTS)
        assert outcome.status == 2
        assert outcome.out == "kx_threshold = \n"
        assert messages(outcome) == MISSING.splitlines()

    def test_a_missing_assumption_has_no_form(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def build(*_: object, **__: object) -> Built:
            raise MissingError("assume codes-unchanged", "")

        use_builder(monkeypatch, build)
        assert refused(run(*self.ARGUMENTS, "--form", "a.toml")) == ["assume codes-unchanged"]
        assert not Path("a.toml").exists()

    def test_the_form_goes_to_a_new_file(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        use_builder(monkeypatch, self.missing)
        assert refused(run(*self.ARGUMENTS, "--form", "numbers.toml")) == [
            *MISSING.splitlines(),
            "the form is in numbers.toml: fill it in, and give it with --numbers numbers.toml",
        ]
        assert Path("numbers.toml").read_bytes() == b"kx_threshold = \n"

    def test_the_form_overwrites_no_file(self, run: Run) -> None:
        write("mine", name="numbers.toml")
        assert refused(run(*self.ARGUMENTS, "--form", "numbers.toml")) == [
            "--form numbers.toml: the file is there already; give the name of a new file"
        ]
        assert Path("numbers.toml").read_text(encoding="utf-8") == "mine\n"

    def test_another_fault_is_reported_as_it_is(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def build(*_: object, **__: object) -> Built:
            reason = "the computed amount is 28.40, not 28.41"
            raise FileFormatError(reason, "PFALL27A.txt", 7)

        use_builder(monkeypatch, build)
        assert refused(run(*self.ARGUMENTS)) == [
            "PFALL27A.txt, line 7: the computed amount is 28.40, not 28.41"
        ]

    def test_every_fault_of_a_group_is_reported(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def build(*_: object, **__: object) -> Built:
            faults = [FileFormatError(f"fault {number}", "a.csv", number) for number in (1, 2)]
            raise ExceptionGroup("bad downloads", faults)

        use_builder(monkeypatch, build)
        assert refused(run(*self.ARGUMENTS)) == ["a.csv, line 1: fault 1", "a.csv, line 2: fault 2"]

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (("--assume", "codes-unchanged"), "--assume needs --by"),
            (("--invented", "2026 as 2027"), "--invented needs --by"),
            (("--form", "a.toml", "--numbers", "b.toml"), "use one of them"),
            (("--assume", "nothing"), "invalid choice: 'nothing'"),
        ],
    )
    def test_options_without_effect_are_refused(
        self, run: Run, options: tuple[str, ...], message: str
    ) -> None:
        outcome = run(*self.ARGUMENTS, *options)
        assert outcome.status == 2
        assert message in outcome.err

    def test_what_is_no_date_is_refused(self, run: Run) -> None:
        arguments = [*self.ARGUMENTS[:-1], "soon"]
        (message,) = refused(run(*arguments))
        assert message.startswith("--through must be a date such as 2026-03-02")


class TestNeeded:
    def test_the_list_is_text(self, run: Run) -> None:
        outcome = run("data", "needed", "--through", "2027-03-31")
        assert (outcome.status, outcome.err) == (0, "")
        assert outcome.out.startswith("Needed for dates of service through 2027-03-31:\n")
        assert "\n  2027-01-01 to 2027-03-31: rvu27a.zip\n" in outcome.out

    def test_the_list_is_json(self, run: Run) -> None:
        found = json.loads(run("data", "needed", "--through", "2027-03-31", "--json").out)
        assert found["through"] == "2027-03-31"
        first = found["needed"][0]
        assert (first["kind"], first["names"]) == ("rvu", ["rvu27a.zip"])
        assert first["effective_through"] == "2027-03-31"
        assert first["source"]["verified"] == "secondary"


class TestShow:
    def test_a_pack_is_shown_whole(self, run: Run) -> None:
        path = a_pack()
        outcome = run("data", "show", path)
        assert (outcome.status, outcome.err) == (0, "")
        lines = outcome.out.splitlines()
        assert lines[:2] == [headline(path), "made for a test"]
        assert lines[5:8] == ["Data files:", "  fees/mpfs_rvu.csv", "  fees/releases.toml"]
        assert lines[-2:] == [
            "Corrections of earlier values:",
            "  codes/other_programs.toml, 97153: a manual",
        ]

    def test_a_listed_data_file_has_its_rows(self, run: Run) -> None:
        path = a_pack(more="")
        pack = Pack.from_folder(path)
        tables = "".join(
            f'[[table]]\npath = "{each}"\nsha256 = "{_sha256(Path(path, each))}"\nrows = 1\n'
            for each in pack.paths()
        )
        lines = run("data", "show", a_pack(more=tables)).out.splitlines()
        assert lines[1:5] == [
            "Sources: none",
            "Data files:",
            "  fees/mpfs_rvu.csv: 1 row",
            "  fees/releases.toml: 1 row",
        ]

    def test_a_pack_is_shown_as_json(self, run: Run) -> None:
        path = a_pack()
        found = json.loads(run("data", "show", path, "--json").out)
        assert list(found) == [
            "name", "path", "sha256", "effective_from", "effective_through", "remark", "sources",
            "tables", "assumptions", "corrections", "checks",
        ]  # fmt: skip
        assert found["sha256"] == Pack.from_folder(path).sha256
        assert found["assumptions"][0]["made_on"] == "2026-12-30"

    def test_what_is_no_pack_is_refused(self, run: Run) -> None:
        Path("empty").mkdir()
        (message,) = refused(run("data", "show", "empty"))
        assert message.startswith("empty: no pack.toml: a data pack is a folder")
        assert refused(run("data", "show", "missing")) == ["missing: No such file or directory"]

    def test_without_a_pack_the_data_in_use_is_shown(self, run: Run) -> None:
        lines = run("data", "show").out.splitlines()
        assert lines[0].startswith("Library: therapy_billing ")
        assert lines[1:3] == ["No data pack is in use.", "Data in use:"]
        assert "  relative values: through 2026-12-31" in lines

    def test_packs_in_use_are_listed(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        pack = Pack.from_folder(a_pack())
        monkeypatch.setattr(data, "active_packs", lambda: (pack,))
        assert run("data", "show").out.splitlines()[1:3] == [
            "Data packs in use, the last one on top:",
            f"  {headline('pack')}",
        ]
        found = json.loads(run("data", "show", "--json").out)
        assert list(found) == ["library", "packs", "periods"]
        assert [each["name"] for each in found["packs"]] == ["pack"]
        assert {each["kind"] for each in found["periods"]} >= {
            "codes",
            "fees",
            "zip5",
            "ptp",
            "mue",
        }

    def test_a_pack_of_the_option_and_one_of_the_environment_are_in_use(self) -> None:
        for name in ("low", "high"):
            write_pack(Path(name), {"codes/own.toml": "# no code\n"}, name=name)
        done = process("data", "show", "--data", "high", "--json", THERAPY_BILLING_DATA="low")
        assert (done.returncode, done.stderr) == (0, "")
        assert [each["name"] for each in json.loads(done.stdout)["packs"]] == ["low", "high"]

    def test_packs_are_used_before_the_first_look_up(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        used: list[tuple[str, ...]] = []
        monkeypatch.setattr(command, "use_data", lambda *paths: used.append(paths))
        run("data", "show", "--data", "a", "--codes", "b.txt", "--data", "c")
        assert used == [("a", "c", "b.txt")]
        assert [type(path) is CodesFile for path in used[0]] == [False, False, True]

    @pytest.mark.parametrize("option", ["--data", "--codes"])
    def test_an_empty_path_is_refused(self, run: Run, option: str) -> None:
        assert refused(run("data", "show", option, "")) == [
            f"{option} must be the path of a file, got an empty string"
        ]


class TestVerify:
    def test_a_pack_without_fault_has_status_0(self, run: Run) -> None:
        path = write_pack(Path("pack"), {"codes/own.toml": "# no code\n"})
        outcome = run("data", "verify", path)
        assert (outcome.status, outcome.err) == (0, "")
        assert outcome.out == f"No fault found in 1 data file: {headline(path)}\n"

    def test_several_packs_are_checked_together(self, run: Run) -> None:
        paths = [
            write_pack(Path(name), {"codes/own.toml": "# no code\n"}, name=name)
            for name in ("low", "high")
        ]
        outcome = run("data", "verify", *paths)
        assert outcome.status == 0
        assert outcome.out.splitlines() == [
            f"No fault found in 1 data file: {headline(path)}" for path in paths
        ]

    def test_every_fault_is_listed_with_file_and_line(self, run: Run) -> None:
        series = (
            'unit = "USD"\nknown_through = 2027-12-31\n[[value]]\nfrom = 2027-01-01\namount = "x"\n'
        )
        files = {
            "parameters/medicare/kx_threshold.toml": series,
            **fees_of("97110,A,x,0.40,0.40,0.01,5"),
        }
        found = refused(run("data", "verify", write_pack(Path("pack"), files)))
        assert any(line.startswith("pack/fees/mpfs_rvu.csv, line 2") for line in found)
        assert any(
            line.startswith("pack/parameters/medicare/kx_threshold.toml, line 5") for line in found
        )


class TestDiff:
    def test_two_packs_are_compared(self, run: Run) -> None:
        a_pack("old", more="")
        a_pack("new", more="", row=ROW.replace("0.45", "0.44"))
        outcome = run("data", "diff", "old", "new")
        assert (outcome.status, outcome.err) == (0, "")
        assert outcome.out.splitlines() == [
            "From old to new:",
            "Relative values: 1 changed",
            "  changed 97110: work RVU 0.45 to 0.44",
        ]

    def test_the_word_library_stands_for_the_librarys_data(self, run: Run) -> None:
        a_pack("new", more="")
        outcome = run("data", "diff", "library", "new", "--limit", "1")
        lines = outcome.out.splitlines()
        assert lines[0] == "From library to new:"
        assert lines[1].startswith("Codes in the fee schedule: ")
        assert lines[3].startswith("  and ")
        assert lines[-1].startswith(
            "Remark: not compared, because only library has it: Code book; "
        )

    def test_the_changes_are_json(self, run: Run) -> None:
        a_pack("old", more="")
        a_pack("new", more="", row=ROW.replace("A", "R"))
        assert json.loads(run("data", "diff", "old", "new", "--json").out) == {
            "before": "old",
            "after": "new",
            "changes": [
                {
                    "kind": "status",
                    "type": "changed",
                    "key": "97110",
                    "setting": None,
                    "before": {"STATUS CODE": "A"},
                    "after": {"STATUS CODE": "R"},
                }
            ],
            "remarks": [],
        }

    def test_a_limit_below_zero_is_refused(self, run: Run) -> None:
        outcome = run("data", "diff", "library", "library", "--limit", "-1")
        assert outcome.status == 2
        assert "--limit must be 0 or more, got -1" in outcome.err
        assert run("data", "diff", "library", "library", "--limit", "0").status == 0


def test_a_bad_pack_in_the_environment_is_reported_by_every_command(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def parser() -> ArgumentParser:
        raise ExceptionGroup("bad data packs", [FileFormatError("empty", "pack/pack.toml")])

    monkeypatch.setattr(command, "command_parser", parser)
    assert refused(run("example")) == ["pack/pack.toml: empty"]


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
