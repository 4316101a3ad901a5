"""Test that data packs are checked before anything is used, and that every fault is named."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.data_packs import HEAD, NO_CODE, an_assumption, faults_of, write_pack, zip_pack
from tests.paths import DATA
from tests.refusals import refusal
from therapy_billing.base import data_loader
from therapy_billing.base.errors import FileFormatError
from therapy_billing.packs.stack_checks import load_stack, verify_pack

LATER = "known_through = 2027-12-31\n"
ALL = an_assumption("payers/*.toml", "codes/therapy.toml", "codes/periods.toml")
GPCI = "effective_from,mac,locality,state,name,work_gpci,pe_gpci,mp_gpci\n"
RVUS = "effective_from,release,code,status,work_rvu,pe_rvu_nonfacility,pe_rvu_facility,mp_rvu,mult_proc\n"
PTP = "column1,column2,indicator,effective_from,deleted_on,prior_to_1996,rationale\n"
MUE = "code,units,mai,rationale\n"


def a_release(name: str, first: str, more: str = "") -> str:
    return f'[[release]]\nname = "{name}"\nfrom = {first}\nsource = "invented"\n{more}'


def a_file(kind: str, first: str, table: str, *, codes: str = '["97110", "97112"]') -> str:
    return (
        f'[[file]]\nkind = "{kind}"\nsetting = "practitioner"\nfrom = {first}\ntable = "{table}"\ncodes = {codes}\n'
        '[file.source]\ntitle = "invented"\nverified = "unverified"\n'
    )


def indices_of(year: str) -> str:
    """Return the library's latest indices as those of another year."""
    lines = (DATA / "fees" / "gpci.csv").read_text(encoding="utf-8").splitlines()
    return "".join(f"{year}{line[10:]}\n" for line in lines if line.startswith("2026-01-01"))


FEES: Mapping[str, str] = {
    "fees/releases.toml": LATER + a_release("RVU27A", "2027-01-01"),
    "fees/mpfs_rvu.csv": f"{RVUS}2027-01-01,RVU27A,97110,A,0.45,0.40,0.40,0.02,5\n",
    "fees/gpci_releases.toml": f'{LATER}[[release]]\nfrom = 2027-01-01\nsource = "invented"\n',
    "fees/gpci.csv": GPCI + indices_of("2027-01-01"),
}


def faults(tmp_path: Path, files: Mapping[str, str], more: str = "") -> list[str]:
    """Return what is wrong with a pack of these files."""
    folder = write_pack(tmp_path / "pack", files, HEAD + more)
    return faults_of(lambda: verify_pack(folder), folder)


def verified(tmp_path: Path, files: Mapping[str, str], more: str = "") -> None:
    verify_pack(write_pack(tmp_path / "pack", files, HEAD + more))


def test_a_whole_year_is_verified(tmp_path: Path) -> None:
    files = {
        **FEES,
        "payers/medicare.toml": f'name = "medicare"\n{LATER}',
        "payers/acme.toml": 'name = "acme"\nbase = "medicare"\n',
        "codes/therapy.toml": LATER,
        "codes/periods.toml": LATER,
        "parameters/medicare/kx_threshold.toml": f'{LATER}[[value]]\nfrom = 2027-01-01\namount = 1.00\nsource = "x"\nverified = "unverified"\n',
        "edits/releases.toml": a_file("mue", "2027-01-01", "mue-a")
        + a_file("ptp", "2027-01-01", "ptp-a")
        + a_file("ptp-active", "2027-04-01", "ptp-b"),
        "edits/mue_a.csv": f"{MUE}97110,8,3,Clinical: Data\n",
        "edits/ptp_a.csv": f"{PTP}97110,97112,1,2020-01-01,,,Misuse\n",
        "edits/ptp_b.csv": "column1,column2,indicator\n97110,97112,1\n",
    }
    folder = write_pack(tmp_path / "pack", files, HEAD + ALL)
    assert verify_pack(folder).name == "next-year"
    assert verify_pack(zip_pack(folder, tmp_path / "pack.zip")).paths() == tuple(sorted(files))


def test_the_checks_look_nothing_up_through_the_loader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise AssertionError

    monkeypatch.setattr(data_loader, "_stack", refuse)
    files = {**FEES, "payers/medicare.toml": f'name = "medicare"\n{LATER}', "codes/own.toml": ""}
    verified(tmp_path, files, ALL)


def test_the_faults_of_all_packs_are_reported_together(tmp_path: Path) -> None:
    first = write_pack(tmp_path / "a", {"rules/units.toml": ""}, HEAD)
    second = write_pack(tmp_path / "b", {}, "")
    third = tmp_path / "c"
    third.mkdir()
    paths = tuple(map(str, (first, second, third)))
    found = faults_of(lambda: load_stack(paths), tmp_path)
    assert [fault.partition(":")[0] for fault in found] == [
        "b/pack.toml, column name",
        "b/pack.toml, column from",
        "b/pack.toml, column through",
        "c",
        "a/rules/units.toml",
    ]
    assert "a data pack cannot have this file: it may have parameters/medicare" in found[-1]


def test_two_packs_of_one_name_are_refused(tmp_path: Path) -> None:
    paths = [str(write_pack(tmp_path / name, NO_CODE, HEAD)) for name in "ab"]
    assert faults_of(lambda: load_stack(tuple(paths)), tmp_path) == [
        "b/pack.toml: two data packs have the name next-year: rename one, or use only one of them"
    ]


def test_a_file_that_is_not_utf_8_or_not_toml_is_one_fault(tmp_path: Path) -> None:
    files = dict.fromkeys(("codes/own.toml", "payers/medicare.toml", "edits/releases.toml"), "x = ")
    folder = write_pack(tmp_path / "pack", files)
    (folder / "codes" / "own.toml").write_bytes(b"\xe9")
    found = faults_of(lambda: verify_pack(folder), folder)
    assert [fault.partition(":")[0] for fault in found] == [
        "codes/own.toml",
        "edits/releases.toml, line 1",
        "payers/medicare.toml, line 1",
    ]


def test_a_correction_that_corrects_nothing_is_refused(tmp_path: Path) -> None:
    more = '[[correction]]\nfile = "codes/own.toml"\nkey = "T1027"\nsource = "x"\n'
    assert faults(tmp_path, NO_CODE, more) == [
        "pack.toml, line 4: it corrects nothing: codes/own.toml of the pack changes no earlier row with the key T1027"
    ]


def test_a_correction_that_changes_a_value_is_no_fault(tmp_path: Path) -> None:
    value = '[[value]]\nfrom = 2026-01-01\namount = 9.00\nsource = "x"\nverified = "official"\n'
    more = '[[correction]]\nfile = "parameters/medicare/kx_threshold.toml"\nkey = "2026-01-01"\nsource = "x"\n'
    verified(tmp_path, {"parameters/medicare/kx_threshold.toml": value}, more)


class TestParametersAndPayers:
    def test_an_unknown_series_and_bad_values_are_named(self, tmp_path: Path) -> None:
        files = {
            "parameters/medicare/kx.toml": "",
            "parameters/medicare/coinsurance.toml": f'{LATER}[[value]]\nfrom = 2027-01-01\namount = 20\nsource = "x"\n',
        }
        found = faults(tmp_path, files)
        assert found == [
            "parameters/medicare/coinsurance.toml, line 2, column value.verified: missing",
            "parameters/medicare/coinsurance.toml, line 4, column value.amount: a fraction belongs here, not a percentage: write 20 % as 0.20",
            found[2],
        ]
        assert found[2].startswith(
            "parameters/medicare/kx.toml: unknown series (a string of 2 characters)"
        )

    def test_the_terms_of_a_payer_are_checked(self, tmp_path: Path) -> None:
        files = {
            "payers/medicare.toml": f'name = "medicare"\n{LATER}[[policy]]\nfrom = 2027-01-01\nmppr = 1\n',
            "payers/acme.toml": 'name = "acme"\nbase = "medicare"\n[[policy]]\nmethod = "x"\n',
        }
        assert [fault.partition(": ")[0] for fault in faults(tmp_path, files, ALL)] == [
            "payers/medicare.toml, line 5, column policy.mppr",
            "payers/acme.toml, line 4, column policy.method",
            "payers/medicare.toml, line 10, column policy.mppr",
        ]

    def test_a_payer_of_an_earlier_pack_can_be_extended(self, tmp_path: Path) -> None:
        first = write_pack(
            tmp_path / "a",
            {
                "payers/acme.toml": 'name = "acme"\nknown_through = 2026-12-31\n[[policy]]\nmethod = "cpt-midpoint"\n'
            },
            HEAD.replace("next-year", "own-payer"),
        )
        second = write_pack(tmp_path / "b", {"payers/acme.toml": LATER}, HEAD + ALL)
        stack = load_stack((str(first), str(second)))
        assert stack.toml("payers/acme.toml")["known_through"].year == 2027
        assert stack.names_in("payers") == ("acme",)


class TestCodes:
    def test_a_collision_names_both_places(self, tmp_path: Path) -> None:
        code = (
            '[[code]]\ncode = "97153"\nlabel = "x"\nminutes = 15\ndisciplines = []\ncontact = "one-on-one"\n'
            'program = "aba"\nsource = "x"\n'
        )
        (fault,) = faults(tmp_path, {"codes/own.toml": code})
        assert fault.startswith(
            "codes/own.toml, line 2, column code.code: 97153 is already in therapy_billing/data/codes/other_programs.toml, line "
        )

    def test_a_code_of_a_period_has_every_fact(self, tmp_path: Path) -> None:
        rows = '[[code]]\ncode = "98999"\nfrom = 2027-01-01\n[[code]]\ncode = "98998"\nfrom = 2027-01-01\nlabel = "x"\nfamily = "y"\n'
        found = faults(tmp_path, {"codes/periods.toml": LATER + rows}, ALL)
        assert found == [
            "codes/periods.toml, line 2, column code: label is missing, or is no source of the file",
            found[1],
        ]
        assert found[1].startswith("codes/periods.toml, line 5, column code: not readable: ")

    def test_two_rows_for_one_day_are_an_overlap(self, tmp_path: Path) -> None:
        row = (
            '[[code]]\ncode = "98975"\nlabel = "x"\nfamily = "RTM"\nperiod = "30 days"\ntherapist = true\n'
            'from = 2026-02-01\nsource = "orva"\n'
        )
        assert faults(tmp_path, {"codes/periods.toml": row}) == [
            "codes/periods.toml: 98975 has two rows for 2026-02-01: end the row from 2026-01-01 before, with a [[correction]] in pack.toml"
        ]


class TestFees:
    def test_fees_of_a_year_are_verified(self, tmp_path: Path) -> None:
        verified(tmp_path, FEES)

    def test_a_release_and_its_rows_belong_together(self, tmp_path: Path) -> None:
        files = {**FEES, "fees/mpfs_rvu.csv": FEES["fees/mpfs_rvu.csv"].replace("RVU27A", "RVU27B")}
        assert faults(tmp_path, files) == [
            "fees/mpfs_rvu.csv: no row is for RVU27A, which fees/releases.toml lists",
            "fees/mpfs_rvu.csv: fees/releases.toml does not list RVU27B, which has rows",
        ]

    def test_bad_cells_are_named_with_line_and_column(self, tmp_path: Path) -> None:
        files = {
            **FEES,
            "fees/mpfs_rvu.csv": FEES["fees/mpfs_rvu.csv"].replace(",A,0.45,", ",,0.4,"),
        }
        assert faults(tmp_path, files) == [
            "fees/mpfs_rvu.csv, line 2, column status: a status of one letter belongs here, got an empty string",
            "fees/mpfs_rvu.csv, line 2, column work_rvu: a number with two decimals belongs here, got '0.4'",
        ]

    def test_a_missing_locality_is_named(self, tmp_path: Path) -> None:
        lines = FEES["fees/gpci.csv"].splitlines(keepends=True)
        without = "".join(line for line in lines if ",15202,00," not in line)
        files = {**FEES, "fees/gpci.csv": without}
        assert faults(tmp_path, files) == [
            (
                "fees/gpci.csv: locality 15202-00 (OHIO OH) is missing from 2027-01-01: add its row, or list it under ended in "
                "fees/gpci_releases.toml"
            )
        ]
        ended = FEES["fees/gpci_releases.toml"] + 'ended = ["15202-00"]\n'
        verified(tmp_path, {**files, "fees/gpci_releases.toml": ended})

    def test_a_release_does_not_apply_after_its_year(self, tmp_path: Path) -> None:
        later = FEES["fees/releases.toml"].replace("2027-12-31", "2028-03-31")
        assert faults(tmp_path, {**FEES, "fees/releases.toml": later}) == [
            (
                "fees/releases.toml: the release that applies from 2027-01-01 ends on 2027-12-31: add the release of January 2028, or a "
                "[[gap]]"
            )
        ]

    def test_a_stand_in_is_of_the_same_year_and_says_what_it_assumes(self, tmp_path: Path) -> None:
        more = a_release("RVU27A", "2027-01-01", "applied = 2028-01-01\n")
        later = FEES["fees/releases.toml"].replace("2027-12-31", "2028-12-31") + more
        assert faults(tmp_path, {**FEES, "fees/releases.toml": later}) == [
            "fees/releases.toml, line 6, column release: applied and assumption go together: a stand-in for a release says what it assumes",
            "fees/releases.toml: RVU27A is of 2027: it cannot stand in from 2028-01-01",
        ]

    def test_a_gap_ends_the_day_before_the_next_release(self, tmp_path: Path) -> None:
        gap = '[[gap]]\nfrom = 2027-01-01\nthrough = {}\nreason = "x"\n'
        text = LATER + gap + a_release("RVU27B", "2027-04-01")
        rvus = FEES["fees/mpfs_rvu.csv"].replace("2027-01-01,RVU27A", "2027-04-01,RVU27B")
        files = {**FEES, "fees/mpfs_rvu.csv": rvus}
        verified(tmp_path / "good", {**files, "fees/releases.toml": text.format("2027-03-31")})
        for end in ("2027-03-30", "2026-02-15"):
            bad = {**files, "fees/releases.toml": text.format(end)}
            assert faults(tmp_path / end, bad) == [
                "fees/releases.toml: the [[gap]] from 2027-01-01 must go through 2027-03-31, the day before the next release or the last day"
            ]

    def test_the_name_of_a_release_fits_its_days(self, tmp_path: Path) -> None:
        rvus = FEES["fees/mpfs_rvu.csv"]
        wrong = {
            **FEES,
            "fees/releases.toml": LATER + a_release("RVU26A", "2027-01-01"),
            "fees/mpfs_rvu.csv": rvus.replace("RVU27A", "RVU26A"),
        }
        assert faults(tmp_path / "name", wrong) == [
            "fees/releases.toml, line 2: RVU26A is no release of the quarter of 2027-01-01: RVU27A is of January to March 2027"
        ]
        other = {**FEES, "fees/mpfs_rvu.csv": rvus.replace("2027-01-01,", "2019-05-05,")}
        assert faults(tmp_path / "day", other) == [
            "fees/mpfs_rvu.csv, line 2, column effective_from: RVU27A begins on 2027-01-01, not on 2019-05-05"
        ]

    def test_relative_values_have_no_quotes(self, tmp_path: Path) -> None:
        quoted = FEES["fees/mpfs_rvu.csv"].replace(",RVU27A,", ',"RVU27A",')
        assert faults(tmp_path, {**FEES, "fees/mpfs_rvu.csv": quoted}) == [
            "fees/mpfs_rvu.csv, line 2: no cell has quotes here"
        ]

    def test_a_pack_has_no_corrections_or_shared_localities_in_its_releases(
        self, tmp_path: Path
    ) -> None:
        rvus = '[[correction]]\nrelease = "RVU26C"\ncode = "97530"\n'
        shared = '[[shared]]\nmac = "15202"\n'
        assert faults(
            tmp_path, {"fees/releases.toml": rvus, "fees/gpci_releases.toml": shared}
        ) == [
            "fees/gpci_releases.toml, line 1, column shared: a data pack cannot have this key",
            "fees/releases.toml, line 1, column correction: a data pack cannot have this key",
        ]

    def test_every_term_of_a_release_is_read(self, tmp_path: Path) -> None:
        text = f'{LATER}gap = 1\n[[release]]\nname = "RVU27A"\nfrom = 2027-01-01\nsource = ""\nby = "x"\n'
        found = faults(tmp_path, {**FEES, "fees/releases.toml": text})
        assert [fault.partition(": ")[0] for fault in found] == [
            "fees/releases.toml, line 2, column gap",
            "fees/releases.toml, line 6, column release.source",
            "fees/releases.toml, line 7, column release.by",
        ]

    def test_zip_codes_have_a_last_day_and_quarters(self, tmp_path: Path) -> None:
        release = '[[release]]\nname = "ZIP5 2027 Q1"\nfrom = {}\nsource = "invented"\n'
        rows = "effective_from,zip,state,mac,locality,plus_four\n{},43215,OH,15202,00,0\n"
        files = {
            "fees/zip5_releases.toml": release.format("2027-01-02"),
            "fees/zip5.csv": rows.format("2027-01-02"),
        }
        assert faults(tmp_path, files) == [
            (
                "fees/zip5_releases.toml, line 3, column release.from: a quarter begins on January 1, April 1, July 1, or October 1, "
                "not on 2027-01-02"
            ),
            "fees/zip5_releases.toml: known_through is missing",
        ]
        files = {
            "fees/zip5_releases.toml": LATER + release.format("2027-01-01"),
            "fees/zip5.csv": rows.format("2027-01-01"),
        }
        verified(tmp_path, files)


class TestEdits:
    MUE_OF_OCTOBER = a_file("mue", "2026-10-01", "mue-a")

    def test_files_are_tables(self, tmp_path: Path) -> None:
        assert faults(tmp_path, {"edits/releases.toml": "file = [1]\n"}) == [
            "edits/releases.toml, line 1, column file: one or more [[file]] tables belong here"
        ]

    def test_a_table_and_its_file_belong_together(self, tmp_path: Path) -> None:
        files = {
            "edits/releases.toml": a_file("mue", "2027-01-01", "mue-a"),
            "edits/mue_b.csv": f"{MUE}97110,8,3,x\n",
        }
        assert faults(tmp_path, files) == [
            "edits/releases.toml, line 5, column table: the table edits/mue_a.csv is not in the pack",
            "edits/mue_b.csv: no [[file]] of edits/releases.toml names this table",
        ]

    def test_tables_without_a_list_of_files_are_refused(self, tmp_path: Path) -> None:
        assert faults(tmp_path, {"edits/mue_b.csv": MUE}) == [
            "edits/mue_b.csv: no [[file]] of edits/releases.toml names this table"
        ]

    def test_the_terms_of_a_file_are_read(self, tmp_path: Path) -> None:
        text = a_file("mue", "2027-01-02", "mue-a", codes="[]").replace("practitioner", "office")
        files = {"edits/releases.toml": text, "edits/mue_a.csv": f"{MUE}97110,8,3,x\n"}
        assert faults(tmp_path, files) == [
            "edits/releases.toml, line 3, column file.setting: one of practitioner, outpatient-hospital belongs here",
            "edits/releases.toml, line 4, column file.from: a quarter begins on January 1, April 1, July 1, or October 1, not on 2027-01-02",
            "edits/releases.toml, line 6, column file.codes: the codes that the file was searched for belong here",
        ]

    @pytest.mark.parametrize("text", ["", "code,units\n97110,8\n"])
    def test_a_table_has_the_captions_of_its_kind(self, tmp_path: Path, text: str) -> None:
        files = {
            "edits/releases.toml": a_file("mue", "2027-01-01", "mue-a"),
            "edits/mue_a.csv": text,
        }
        assert faults(tmp_path, files) == [
            "edits/mue_a.csv, line 1: the first line must be code,units,mai,rationale"
        ]

    def test_bad_rows_of_a_table_are_named(self, tmp_path: Path) -> None:
        rows = "97110,97112,2,2020-01-01,,,x\n97110,97112,1,2020-01-01,,,x\n97110\n"
        files = {
            "edits/releases.toml": a_file("ptp", "2027-01-01", "ptp-a"),
            "edits/ptp_a.csv": PTP + rows,
        }
        assert faults(tmp_path, files) == [
            "edits/ptp_a.csv, line 2, column indicator: 0, 1, or 9 belongs here, got '2'",
            "edits/ptp_a.csv, line 3: 97110/97112/2020-01-01 is also on line 2",
            "edits/ptp_a.csv, line 4: 1 cell, expected 7 cells",
        ]

    def test_a_limit_of_the_same_quarter_does_not_change(self, tmp_path: Path) -> None:
        files = {
            "edits/releases.toml": self.MUE_OF_OCTOBER,
            "edits/mue_a.csv": f"{MUE}97110,7,3,x\n",
        }
        declare = "declare a [[correction]] in pack.toml if that is right"
        assert faults(tmp_path, files) == [
            f"edits/mue_a.csv: 97110: 7 units, MAI 3 for the quarter from 2026-10-01, but edits/mue.csv has 6 units, MAI 3: {declare}",
            f"edits/mue_a.csv: 97112: none for the quarter from 2026-10-01, but edits/mue.csv has 4 units, MAI 3: {declare}",
        ]
        more = "".join(
            f'[[correction]]\nfile = "edits/mue_a.csv"\nkey = "{code}"\nsource = "CMS replaced the file"\n'
            for code in ("97110", "97112")
        )
        verified(tmp_path, files, more)

    def a_pair_file(self, rows: str, more: str = "", quarter: str = "2026-10-01") -> dict[str, str]:
        codes = '["97110", "97140", "97530"]'
        release = a_file("ptp", quarter, "ptp-a", codes=codes)
        return {
            "edits/releases.toml": release.replace("[file.source]", f"{more}[file.source]"),
            "edits/ptp_a.csv": PTP + rows,
        }

    def test_a_pair_of_the_same_quarter_does_not_change(self, tmp_path: Path) -> None:
        row = "97140,97530,1,2000-07-01,{},,x\n97110,97140,9,1999-04-01,1999-04-01,,x\n"
        verified(tmp_path / "same", self.a_pair_file(row.format("2019-12-31")))
        assert faults(tmp_path, self.a_pair_file(row.format("2019-12-30"))) == [
            (
                "edits/ptp_a.csv: 97140/97530: indicator 1, deletion date 2019-12-30 for the quarter from 2026-10-01, but "
                "edits/ptp_dated.csv has indicator 1, deletion date 2019-12-31: declare a [[correction]] in pack.toml if that is right"
            )
        ]

    def test_a_pair_that_one_file_lacks_is_a_difference(self, tmp_path: Path) -> None:
        new = "97140,97530,1,2000-07-01,2019-12-31,,x\n97530,97110,1,2026-01-01,,,x\n"
        (fault,) = faults(tmp_path, self.a_pair_file(new))
        assert fault.startswith(
            "edits/ptp_a.csv: 97530/97110: indicator 1, deletion date none for the quarter from 2026-10-01, but "
            "edits/ptp_dated.csv has none: "
        )
        verified(tmp_path / "next", self.a_pair_file(new, quarter="2027-01-01"))

    def test_pairs_outside_of_the_range_of_a_file_are_no_difference(self, tmp_path: Path) -> None:
        within = 'column1_from = "97530"\ncolumn1_through = "97530"\n'
        verified(tmp_path, self.a_pair_file("97530,99999,1,2026-01-01,,,x\n", within))

    def test_two_packs_that_disagree_are_refused_in_either_order(self, tmp_path: Path) -> None:
        row = "97530,97110,0,2027-01-01,,,x\n97530,97140,0,2027-01-01,,,x\n"
        packs = []
        for name, rows in (("a", row), ("b", row.splitlines(keepends=True)[0])):
            files = self.a_pair_file(rows, quarter="2027-01-01")
            renamed = {path.replace("ptp_a", f"ptp_{name}"): text for path, text in files.items()}
            text = renamed["edits/releases.toml"].replace("ptp-a", f"ptp-{name}")
            renamed["edits/releases.toml"] = text
            packs.append(str(write_pack(tmp_path / name, renamed, HEAD.replace("next", name))))
        for paths in (packs, packs[::-1]):
            (fault,) = faults_of(lambda paths=paths: load_stack(tuple(paths)), tmp_path)  # type: ignore[misc]
            assert "97530/97140: " in fault


def test_a_folder_may_be_named_like_a_toml_file(tmp_path: Path) -> None:
    folder = write_pack(tmp_path / "pack.toml", NO_CODE)
    assert load_stack((str(folder),)).packs[0].name == "next-year"


def test_a_pack_that_is_given_twice_is_one_fault(tmp_path: Path) -> None:
    path = str(write_pack(tmp_path / "pack", NO_CODE))
    assert faults_of(lambda: load_stack((path, path)), tmp_path) == [
        "pack: the data pack is given twice: give it once"
    ]


@pytest.mark.parametrize(
    ("pattern", "known"),
    [
        ("payers/*.toml", True),
        ("fees/*.csv", True),
        ("payers/medicare.toml", True),
        ("payer/*.toml", False),
        ("payers/medicare", False),
        ("parameters/*", False),
        ("rules/units.toml", False),
    ],
)
def test_an_assumption_is_about_data_files(tmp_path: Path, pattern: str, known: bool) -> None:  # noqa: FBT001
    if known:
        verified(tmp_path, NO_CODE, an_assumption(pattern))
        return
    (fault,) = faults(tmp_path, NO_CODE, an_assumption(pattern))
    assert fault.startswith("pack.toml, line 12: ")
    assert "is no data file: name one, or all of a folder" in fault


def test_a_verified_pack_that_is_no_pack_is_refused(tmp_path: Path) -> None:
    assert "no pack.toml" in refusal(FileFormatError, lambda: verify_pack(tmp_path))
