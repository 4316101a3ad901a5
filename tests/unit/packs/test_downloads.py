"""Recognize and read the files of CMS in downloads."""

from __future__ import annotations

import gzip
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.refusals import refused
from tests.unit.cms_files import published, workbook, written
from tests.unit.packs.cms_downloads import (
    RVUS,
    amounts,
    counties,
    expected,
    gpci,
    mue,
    pprrvu,
    ptp,
    rest_of_2026,
    zip5,
    zipped,
)
from therapy_billing.base import archives
from therapy_billing.base.errors import FileFormatError, InvalidInputError
from therapy_billing.packs import downloads
from therapy_billing.packs.downloads import SkippedFile, read_downloads


def test_each_kind_is_recognized_by_its_rows(tmp_path: Path) -> None:
    paths = [
        pprrvu(tmp_path, name="a.csv"),
        gpci(tmp_path, name="b.csv"),
        counties(tmp_path, name="c.csv"),
        zip5(tmp_path, name="d.txt"),
        amounts(tmp_path, [("15202", "00", "97110", expected("97110"))], name="e.txt"),
        ptp(tmp_path, name="2027q1 practitioner f4.txt"),
        mue(tmp_path, name="2027q1 practitioner.csv"),
    ]
    found = [
        (file.name, file.kind, file.release, file.rows) for file in read_downloads(paths).files
    ]
    assert found == [
        ("e.txt", "amounts", "", 1),
        ("c.csv", "counties", "", 109),
        ("b.csv", "gpci", "GPCI 2027", 109),
        ("2027q1 practitioner.csv", "mue", "MUE practitioner 2027 Q1", 3),
        ("a.csv", "pprrvu", "RVU27A", len({**rest_of_2026(), **RVUS})),
        ("2027q1 practitioner f4.txt", "ptp", "PTP practitioner 2027 Q1 f4", 27),
        ("d.txt", "zip5", "ZIP5 2027 Q1", 2),
    ]


def test_names_show_the_release_of_amounts_and_counties(tmp_path: Path) -> None:
    row = ("15202", "00", "97110", expected("97110"))
    inner = amounts(tmp_path, [row], name="PFREV4.txt")
    paths = [
        zipped(tmp_path, "pfrev27d.zip", inner),
        amounts(tmp_path, [row, row], name="PFALL2027AR.txt"),
        counties(tmp_path),
    ]
    files = read_downloads(paths).files
    assert [(file.name, file.release, file.rows) for file in files] == [
        ("PFALL2027AR.txt", "RVU27AR", 1),
        ("pfrev27d.zip/PFREV4.txt", "RVU27D", 1),
        ("27LOCCO.csv", "LOCCO 2027", 109),
    ]


def test_a_release_within_a_quarter_is_a_reissued_one(tmp_path: Path) -> None:
    path = pprrvu(tmp_path)
    text = path.read_text().replace(",,,STATUS", ",,EFFECTIVE MARCH 9 2027,,,,,,,,\n,,,STATUS", 1)
    path.write_text(text)
    (file,) = read_downloads(path).files
    assert file.release == "RVU27AR"


def test_one_form_of_each_file_in_a_folder_or_archive_is_read(tmp_path: Path) -> None:
    inner = tmp_path / "rvu27a"
    (inner / "nested").mkdir(parents=True)
    (inner / "__MACOSX").mkdir()
    pprrvu(inner, name="PPRRVU27_JAN.csv")
    written(inner, "PPRRVU2027_Jan.txt", ["HDR", "unreadable"])
    gpci(inner / "nested")
    written(inner, ".DS_Store", ["x"])
    written(inner / "__MACOSX", "PPRRVU27_JAN.csv", ["x"])
    written(inner, "Thumbs.db", ["x"])
    written(inner, "RVU27A.pdf", ["%PDF-1.7"])
    written(inner, "PPRRVU27.pdf", ["%PDF-1.7"])
    written(inner, "OPPSCAP_Jan.csv", ["HCPCS,MOD,PRICE,A,B", "97110,,1.00,2,3"])
    written(
        inner, "ANES2027.csv", ["Contractor,Locality,Locality Name,Conversion Factor", "1,2,3,4"]
    )
    archive = zipped(tmp_path, "rvu27a.zip", *sorted(inner.glob("*.*")), inside="folder/")
    for given, shown in ((inner, ""), (archive, "rvu27a.zip/folder/")):
        found = read_downloads(given)
        names = [file.name for file in found.files]
        assert f"{shown}PPRRVU27_JAN.csv" in names
        reasons = {file.name.removeprefix(shown): file.reason for file in found.skipped}
        assert reasons["PPRRVU2027_Jan.txt"] == (
            f"another form of {shown}PPRRVU27_JAN.csv, which was read"
        )
        assert reasons["OPPSCAP_Jan.csv"] == "not a CMS file that is read"
        assert reasons["ANES2027.csv"] == "not a CMS file that is read"
        assert {"RVU27A.pdf", "PPRRVU27.pdf"} <= reasons.keys()
        assert not {".DS_Store", "Thumbs.db", "__MACOSX/PPRRVU27_JAN.csv"} & reasons.keys()
    assert [file.name for file in read_downloads(inner).of_kind("gpci")] == ["nested/GPCI2027.csv"]


def test_members_are_unpacked_from_archives_in_archives(tmp_path: Path) -> None:
    inner = zipped(tmp_path, "inner.zip", ptp(tmp_path, name="f4.txt"))
    middle = zipped(tmp_path, "ccipra-v330r0-f4.zip", inner)
    zipped_file = tmp_path / "PFALL27A.txt.gz"
    row = ("15202", "00", "97110", expected("97110"))
    zipped_file.write_bytes(gzip.compress(amounts(tmp_path, [row]).read_bytes()))
    plain = tmp_path / "ccipra-v330r0-f3.gz"
    plain.write_bytes(gzip.compress(ptp(tmp_path).read_bytes()))
    with pytest.raises(ExceptionGroup) as caught:
        read_downloads([middle])
    # The names of the two innermost archives count, and none of them shows the setting.
    assert "the file name does not show the setting" in str(caught.value.exceptions[0])
    files = read_downloads([zipped_file, plain]).files
    assert [(file.name, file.release) for file in files] == [
        ("PFALL27A.txt.gz/PFALL27A.txt", "RVU27A"),
        ("ccipra-v330r0-f3.gz/ccipra-v330r0-f3", "PTP practitioner 2027 Q1 f3"),
    ]


def test_an_archive_names_the_release_of_its_members(tmp_path: Path) -> None:
    archive = zipped(tmp_path, "2027q1-practitioner-f4.zip", ptp(tmp_path, name="edits.txt"))
    (file,) = read_downloads(archive).files
    assert file.release == "PTP practitioner 2027 Q1 f4"


def test_archives_that_are_nested_too_deep_are_refused(tmp_path: Path) -> None:
    path = pprrvu(tmp_path)
    for number in range(5):
        path = zipped(tmp_path, f"{number}.zip", path)
    with pytest.raises(ExceptionGroup) as caught:
        read_downloads(path)
    assert "archives inside archives, more than 3 deep; unpack them" in str(caught.value.exceptions)


def test_damaged_and_large_archives_are_faults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "a.zip"
    broken.write_bytes(archives.ZIP + b"rest")
    cut = tmp_path / "b.txt.gz"
    cut.write_bytes(gzip.compress(b"x" * 1000)[:20])
    large = zipped(tmp_path, "c.zip", pprrvu(tmp_path))
    monkeypatch.setattr(downloads, "LARGEST", 100)
    with pytest.raises(ExceptionGroup) as caught:
        read_downloads([broken, cut, large])
    found = [str(error) for error in caught.value.exceptions]
    assert [error.partition(": ")[0] for error in found] == ["a.zip", "b.txt.gz", "c.zip"]
    assert "MiB" in found[2]


def test_every_fault_of_every_file_is_reported_with_its_file_and_line(tmp_path: Path) -> None:
    first = pprrvu(tmp_path, rest=False)
    first.write_text(first.read_text().replace("0.45", "x").replace("1.54", "y"))
    second = amounts(tmp_path, [("15202", "00", "97110", expected("97110"))])
    second.write_text(second.read_text().splitlines()[0])
    third = mue(tmp_path, name="mue.csv")
    fourth = tmp_path / "GPCI2027.xlsx"
    fourth.write_bytes(b"%PDF-1.7")
    archive = zipped(tmp_path, "all.zip", first, second)
    with pytest.raises(ExceptionGroup, match="5 faults in the downloads") as caught:
        read_downloads([archive, third, fourth])
    assert all(isinstance(error, FileFormatError) for error in caught.value.exceptions)
    found = [str(error) for error in caught.value.exceptions]
    assert found[0].startswith("GPCI2027.xlsx: expected a CMS data file, found a PDF file")
    assert found[1].startswith("all.zip/PPRRVU27_JAN.csv, line 5, column WORK RVU: ")
    assert found[2].startswith("all.zip/PPRRVU27_JAN.csv, line 6, column WORK RVU: ")
    assert found[3].startswith("all.zip/PFALL27A.txt: no TRL line at the end")
    assert found[4].startswith("mue.csv: the file name does not show the quarter")


@pytest.mark.parametrize("downloads", [None, 7, b"rvu27a.zip", "", [None], ["rvu27a.zip", ""]])
def test_downloads_must_be_paths(downloads: Any) -> None:  # noqa: ANN401 - a wrong value
    error = refused(lambda: read_downloads(downloads))
    assert error.field == "downloads"
    assert str(error).startswith("downloads must be the path of a file, got ")


def test_downloads_without_a_known_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(
        InvalidInputError,
        match="no CMS file in the downloads: give a PPRRVU, GPCI, ZIP5, PTP, or MUE file",
    ) as caught:
        read_downloads(written(tmp_path, "notes.txt", ["nothing of CMS"]))
    assert caught.value.field == "downloads"
    assert str(caught.value).endswith("; skipped notes.txt")
    with pytest.raises(InvalidInputError, match="no CMS file in the downloads") as caught:
        read_downloads([])
    assert "skipped" not in str(caught.value)
    with pytest.raises(FileNotFoundError):
        read_downloads(tmp_path / "absent.csv")


def test_the_same_file_twice_is_one_download(tmp_path: Path) -> None:
    first = pprrvu(tmp_path)
    second = pprrvu(tmp_path, name="copy.csv")
    assert [file.name for file in read_downloads([first, second]).files] == ["PPRRVU27_JAN.csv"]


def test_a_form_that_is_not_known_gives_way_to_the_next_one(tmp_path: Path) -> None:
    folder = tmp_path / "rvu27a"
    folder.mkdir()
    written(folder, "GPCI2027.csv", ["a,b,c,d", "1,2,3,4"])
    gpci(folder, name="GPCI2027.txt")
    workbook(folder, "GPCI2027.xlsx", [["a"]])
    found = read_downloads(folder)
    assert [file.name for file in found.files] == ["GPCI2027.txt"]
    assert found.skipped[0] == SkippedFile("GPCI2027.csv", "not a CMS file that is read")


def test_placeholder_codes_are_not_looked_for_in_other_files(tmp_path: Path) -> None:
    rvus = {
        **RVUS,
        "GXXX1": ("0.10", "0.10", "0.10", "0.01", "5"),
        "99999": ("0.10", "0.10", "0.10", "0.01", "5"),
    }
    row = ("15202", "00", "99999", expected("97110"))
    found = read_downloads(
        [pprrvu(tmp_path, rvus=dict(sorted(rvus.items()))), amounts(tmp_path, [row])]
    )
    assert found.of_kind("amounts")[0].rows == 1


def test_a_member_with_a_path_that_leaves_the_folder_is_read_by_its_name(tmp_path: Path) -> None:
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("empty/", "")
        file.writestr("/abs/PPRRVU27_JAN.csv", pprrvu(tmp_path).read_bytes())
    (found,) = read_downloads(archive).files
    assert found.name == "a.zip/abs/PPRRVU27_JAN.csv"


def test_cms_archive_of_a_release_is_read() -> None:
    found = read_downloads(published("rvu25d_tiny.zip"))
    assert [(file.name, file.release) for file in found.files] == [
        ("rvu25d_tiny.zip/25LOCCO.csv", "LOCCO 2025"),
        ("rvu25d_tiny.zip/GPCI2025.csv", "GPCI 2025"),
        ("rvu25d_tiny.zip/PPRRVU2025_Oct.csv", "RVU25D"),
    ]
    assert len(found.skipped) == 13


def test_cms_zip5_file_shows_its_quarter() -> None:
    (file,) = read_downloads(published("ZIP5_OCT2025.txt")).files
    assert (file.release, file.rows) == ("ZIP5 2025 Q4", 42956)
    assert file.content.effective_from == date(2025, 10, 1)  # type: ignore[union-attr]


def test_names_do_not_depend_on_where_the_files_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "downloads"
    (folder / "edits").mkdir(parents=True)
    zipped(folder, "rvu27a.zip", pprrvu(tmp_path))
    mue(folder / "edits")
    expected_names = [
        "edits/MCR_MUE_PractitionerServices_Eff_01-01-2027.csv",
        "rvu27a.zip/PPRRVU27_JAN.csv",
    ]
    monkeypatch.chdir(folder)
    for given in (folder, "."):
        assert [file.name for file in read_downloads(given).files] == expected_names


def test_files_in_two_folders_are_no_forms_of_each_other(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        folder.mkdir()
    pprrvu(one, name="a.csv")
    gpci(two, name="a.txt")
    for order in ([one, two], [two, one]):
        assert [file.kind for file in read_downloads(order).files] == ["gpci", "pprrvu"]


def test_a_file_that_only_mentions_a_kind_is_skipped(tmp_path: Path) -> None:
    log = written(tmp_path, "build-log.txt", ["read the GPCI file", "done"])
    found = read_downloads([log, pprrvu(tmp_path)])
    (skipped,) = found.skipped
    assert skipped.name == "build-log.txt"
    assert skipped.reason.startswith("looks like a GPCI file, but its rows are missing")
    named = written(tmp_path, "GPCI2027.txt", ["read the GPCI file", "done"])
    with pytest.raises(ExceptionGroup) as caught:
        read_downloads(named)
    assert "GPCI2027.txt: looks like a GPCI file" in str(caught.value.exceptions[0])


def test_a_pair_with_two_rows_is_refused_with_its_line(tmp_path: Path) -> None:
    pair = "97530\t97116\t\t20270101\t{}\t{}\tStandards"
    rows = [
        pair.format("*", 1),
        "97116\t97530\t\t20270101\t*\t1\tStandards",
        "97530\t97116\t\t20200101\t20261231\t1\tStandards",
        pair.format("*", 0),
    ]
    archive = zipped(tmp_path, "edits.zip", ptp(tmp_path, rows=rows))
    with pytest.raises(ExceptionGroup) as caught:
        read_downloads(archive)
    assert [str(error) for error in caught.value.exceptions] == [
        (
            "edits.zip/ccipra-v330r0-f4.txt, line 10: 97530/97116 from 2027-01-01 is also on line 7, with other values; use the "
            "file as CMS published it"
        )
    ]


def test_amounts_of_another_year_than_the_name_shows_are_refused(tmp_path: Path) -> None:
    path = amounts(tmp_path, [("15202", "00", "97110", expected("97110"))], year=2026)
    with pytest.raises(ExceptionGroup) as caught:
        read_downloads(path)
    assert [str(error) for error in caught.value.exceptions] == [
        "PFALL27A.txt, column YEAR: the name shows a release of 2027, but YEAR is 2026 in its rows; use the file with its own name"
    ]
