"""The edits of a pack."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

from tests.unit.cms_files import published
from tests.unit.packs.cms_downloads import mue, pairs_of_2026, ptp
from therapy_billing.base.errors import FileFormatError
from therapy_billing.codes.code_book import load_codes
from therapy_billing.ncci.edits import Edits
from therapy_billing.ncci.records import EditSetting, MueFile
from therapy_billing.packs.downloads import read_downloads
from therapy_billing.packs.edit_tables import EditTable, edit_tables, find_edits
from therapy_billing.packs.numbers import Extract

F1 = ("0001A\t97110\t\t20180101\t*\t0\tStandards", "20560\t97110\t\t20180101\t*\t0\tStandards")


def found(
    *paths: Path, extracts: tuple[Extract, ...] = ()
) -> tuple[tuple[EditTable, ...], list[str]]:
    faults: list[FileFormatError] = []
    files = read_downloads(paths)
    tables = find_edits((*files.of_kind("mue"), *files.of_kind("ptp")), extracts, faults)
    return tables, list(map(str, faults))


def test_each_quarter_and_setting_has_a_table(tmp_path: Path) -> None:
    paths = [
        ptp(tmp_path),
        ptp(tmp_path, name="ccioph-v330r0-f4.txt"),
        ptp(tmp_path, name="ccipra-v331r0-f4.txt"),
        mue(tmp_path),
        mue(tmp_path, name="MCR_MUE_PractitionerServices_Eff_04-01-2027.csv"),
    ]
    tables, faults = found(*paths)
    assert faults == []
    assert [table.table for table in tables] == [
        "mue-practitioner-2027q1",
        "mue-practitioner-2027q2",
        "ptp-outpatient-hospital-2027q1",
        "ptp-practitioner-2027q1",
        "ptp-practitioner-2027q2",
    ]
    written = edit_tables(tables)
    assert written["edits/mue_practitioner_2027q1.csv"] == (
        "code,units,mai,rationale\n97110,6,3,Clinical: Data\n97530,6,3,Clinical: Data\n"
    )
    captions, *pairs = written["edits/ptp_practitioner_2027q1.csv"].splitlines()
    assert captions == "column1,column2,indicator,effective_from,deleted_on,prior_to_1996,rationale"
    assert len(pairs) == len(pairs_of_2026()) + 2
    assert "97140,97530,1,2006-01-01,2019-12-31,,Mutually exclusive" in pairs
    assert "97530,97116,1,2027-01-01,,*,Standards of practice" in pairs
    rows = tomllib.loads(written["edits/releases.toml"])["file"]
    assert rows[0]["codes"] == sorted(load_codes())
    assert rows[0]["source"] == {
        "title": "NCCI MUE values, practitioner, quarter from 2027-01-01",
        "section": "MCR_MUE_PractitionerServices_Eff_01-01-2027.csv",
        "verified": "data-file",
    }
    assert "column1_from" not in rows[0]
    assert (rows[2]["column1_from"], rows[2]["column1_through"]) == ("97110", "V5364")
    assert edit_tables(()) == {}


def test_four_parts_are_one_table_without_a_range(tmp_path: Path) -> None:
    parts = [ptp(tmp_path, name="ccipra-v330r0-f1.txt", rows=F1)]
    parts += [
        ptp(
            tmp_path,
            name=f"ccipra-v330r0-f{n}.txt",
            rows=[f"{n}0001\t97110\t\t20180101\t*\t0\tStandards"],
        )
        for n in (2, 3)
    ]
    (table,), faults = found(*parts, ptp(tmp_path))
    assert faults == []
    assert (table.table, table.column1) == ("ptp-practitioner-2027q1", None)
    assert len(table.files) == 4
    assert ("20560", "97110") in {row[:2] for row in table.rows}


def test_parts_that_do_not_follow_each_other_have_tables_of_their_own(tmp_path: Path) -> None:
    first = ptp(tmp_path, name="ccipra-v330r0-f1.txt", rows=F1)
    tables, faults = found(first, ptp(tmp_path))
    assert faults == []
    assert [(table.table, table.column1) for table in tables] == [
        ("ptp-practitioner-2027q1-1", ("0001A", "20560")),
        ("ptp-practitioner-2027q1-2", ("97110", "V5364")),
    ]
    unnamed = ptp(tmp_path, name="ccipra v330r0 whole.txt")
    (table,), faults = found(unnamed)
    assert (table.column1, faults) == (("97110", "V5364"), [])


def test_f1_in_place_of_f4_is_refused(tmp_path: Path) -> None:
    _, faults = found(ptp(tmp_path, name="ccipra-v330r0-f1.txt", rows=F1))
    assert faults == [
        (
            "ccipra-v330r0-f1.txt: f1 in place of f4: the column 1 codes end with 20560, and most therapy codes are in part f4; "
            "add f4 of 2027-01-01"
        )
    ]
    _, faults = found(ptp(tmp_path, name="ccipra-v330r0.txt", rows=F1))
    assert faults[0].startswith("ccipra-v330r0.txt: this part in place of f4: ")


def test_half_of_f4_is_refused(tmp_path: Path) -> None:
    _, faults = found(ptp(tmp_path, rows=["97110\t97530\t\t20060101\t*\t1\tMutually exclusive"]))
    assert len(faults) == 1
    assert faults[0].startswith(
        "ccipra-v330r0-f4.txt: half a download: the file ends with 97110, before 97598, "
    )


def test_a_file_without_pairs_of_earlier_files_is_refused(tmp_path: Path) -> None:
    kept = [row for row in pairs_of_2026() if not row.startswith("97163\t")]
    path = ptp(tmp_path, rows=[*kept, "V5364\tV5363\t\t20180101\t*\t0\tStandards"])
    _, faults = found(path)
    assert faults == [
        (
            f"{path.name}: half a download: pairs of earlier files are missing, and CMS keeps them even if they are deleted: "
            "97163/97140, 97163/97161, 97163/97162; download it again"
        )
    ]
    few = ptp(tmp_path, rows=[row for row in pairs_of_2026() if row.startswith(("97110", "97598"))])
    _, faults = found(few)
    assert "and 10 more; download it again" in faults[0]
    # CMS publishes the settings separately, and the library has no first days for hospitals.
    hospital = ptp(
        tmp_path,
        name="ccioph-v330r0-f4.txt",
        rows=[*kept, "V5364\tV5363\t\t20180101\t*\t0\tStandards"],
    )
    assert found(hospital)[1] == []


def test_a_file_is_compared_with_an_earlier_one_of_the_downloads(tmp_path: Path) -> None:
    last = "V5364\tV5363\t\t20180101\t*\t0\tStandards"
    later = ptp(tmp_path, name="ccipra-v331r0-f4.txt", rows=[*pairs_of_2026(), last])
    pair = "97530\t97113\t\t20200101\t*\t1\tStandards"
    first = ptp(tmp_path, rows=[*pairs_of_2026(), pair, last])
    hospital = ptp(tmp_path, name="ccioph-v331r0-f4.txt", rows=[*pairs_of_2026(), last])
    _, faults = found(first, hospital, later, mue(tmp_path))
    assert faults == [
        (
            "ccipra-v331r0-f4.txt: half a download: pairs of earlier files are missing, and CMS keeps them even if they are "
            "deleted: 97530/97113; download it again"
        )
    ]


def test_an_extract_may_lack_pairs_of_other_codes_only(tmp_path: Path) -> None:
    path = ptp(tmp_path, rows=["97110\t97140\t\t19990401\t19990401\t9\tStandards"])
    assert found(path, extracts=(Extract(path.name, ("97110", "97140")),))[1] == []
    _, faults = found(path, extracts=(Extract(path.name, ("97110", "97112", "97140")),))
    assert "97112/97140; download it again" in faults[0]


def test_the_parts_of_an_extract_are_one_table(tmp_path: Path) -> None:
    first = ptp(tmp_path, name="ccipra-v330r0-f1.txt", rows=[pairs_of_2026()[0]])
    last = ptp(tmp_path, rows=["V5364\t97110\t\t20180101\t*\t0\tStandards"])
    codes = ("97110", "97140", "V5364")
    extracts = (Extract(first.name, codes), Extract(last.name, codes))
    (table,), faults = found(first, last, extracts=extracts)
    assert (len(table.files), table.column1, faults) == (2, None, [])


def test_a_pair_that_begins_after_the_quarter_is_refused(tmp_path: Path) -> None:
    last = "97530\t97113\t\t{}\t*\t1\tStandards"
    path = ptp(tmp_path, rows=[*pairs_of_2026(), last.format("20270331")])
    assert found(path)[1] == []
    path = ptp(tmp_path, rows=[*pairs_of_2026(), last.format("20270401")])
    assert found(path)[1] == [
        (
            f"{path.name}, column Effective Date: 97530/97113 begins on 2027-04-01, after the quarter of the file, which ends on "
            "2027-03-31"
        )
    ]


def test_half_of_an_mue_file_is_refused(tmp_path: Path) -> None:
    path = mue(tmp_path, rows=["97010,0,3 Date of Service Edit: Clinical,CMS Policy"])
    before = max(
        (
            file
            for file in Edits.bundled().files
            if isinstance(file, MueFile) and file.setting is EditSetting.PRACTITIONER
        ),
        key=lambda file: file.effective_from,
    )
    last = max(limit.code for limit in before.limits)
    _, faults = found(path)
    assert faults == [
        (
            f"{path.name}: half a download: the file ends with 97010, before {last}, the last code in the earlier data; download "
            "it again"
        )
    ]


def test_an_extract_answers_only_for_its_codes(tmp_path: Path) -> None:
    limits = mue(tmp_path, rows=["97110,6,3 Date,Data", "97530,6,3 Date,Data"])
    pairs = ptp(
        tmp_path,
        rows=[
            "97110\t97530\t\t20060101\t*\t1\tExclusive",
            "97110\t97112\t\t20060101\t*\t1\tExclusive",
            "97530\t97110\t\t19960101\t19960101\t9\tExclusive",
        ],
    )
    codes = ("97110", "97530", "99999")
    tables, faults = found(
        limits, pairs, extracts=(Extract(limits.name, codes), Extract(pairs.name, codes))
    )
    assert faults == []
    assert [table.codes for table in tables] == [("97110", "97530")] * 2
    assert [len(table.rows) for table in tables] == [2, 2]
    assert tables[1].column1 is None


def test_an_extract_must_name_a_file(tmp_path: Path) -> None:
    _, faults = found(mue(tmp_path), extracts=(Extract("absent.csv", ("97110",)),))
    assert faults == [
        "absent.csv: no MUE or PTP file of the downloads has this name, which an [[extract]] gives: absent.csv"
    ]


def test_two_different_files_of_a_quarter_are_refused(tmp_path: Path) -> None:
    other = mue(
        tmp_path,
        name="b MCR_MUE_PractitionerServices_Eff_01-01-2027.csv",
        rows=["97110,5,3 Date,Data", "V5364,1,3 Date,Data"],
    )
    again = tmp_path / "again-ccipra-v330r0-f4.txt"
    again.write_text(
        ptp(tmp_path).read_text().replace("19960101", "19970101").replace("20060101", "20070101")
    )
    same = tmp_path / "same-ccipra-v330r0-f4.txt"
    same.write_text(ptp(tmp_path).read_text() + "\n")
    _, faults = found(mue(tmp_path), other, ptp(tmp_path), again, same)
    assert [fault.partition(": ")[2].partition(":")[0] for fault in faults] == [
        "two releases of one date"
    ] * len(faults)
    assert {fault.partition(": ")[0] for fault in faults} >= {other.name}
    assert any("their limits differ" in fault for fault in faults)
    assert any("their pairs differ" in fault for fault in faults)


def test_equal_files_of_a_quarter_are_one_table(tmp_path: Path) -> None:
    again = tmp_path / "again_MCR_MUE_PractitionerServices_Eff_01-01-2027.csv"
    again.write_bytes(mue(tmp_path).read_bytes() + b"\n")
    (table,), faults = found(mue(tmp_path), again)
    assert (len(table.files), faults) == (2, [])


def test_cms_mue_file_gives_the_limits_of_the_library() -> None:
    (table,), faults = found(published("MCR_MUE_PractitionerServices_Eff_04-01-2026.csv"))
    assert faults == []
    known = next(
        file
        for file in Edits.bundled().files
        if isinstance(file, MueFile) and file.effective_from == date(2026, 4, 1)
    )
    rows = {row[0]: row[1:] for row in table.rows}
    for limit in known.limits:
        assert rows[limit.code] == (limit.units, limit.mai, limit.rationale)


def test_cms_first_part_is_refused_in_place_of_f4() -> None:
    _, faults = found(published("ccipra-v322r0-f1.excerpt.txt"))
    assert "f1 in place of f4" in faults[0]
