from __future__ import annotations

import csv
import datetime
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.refusals import refusal
from tests.unit.cms_files import MUE_HEAD, MUE_ROWS, faults, published, workbook, written
from therapy_billing.base.errors import FileFormatError, InvalidInputError
from therapy_billing.law.sources import Source, Verification
from therapy_billing.ncci.edits import Edits
from therapy_billing.ncci.mue_file import read_ncci_mue
from therapy_billing.ncci.records import EditSetting, MueLimit

NAME = "MCR_MUE_PractitionerServices_Eff_04-01-2026.csv"
LINES = (*MUE_HEAD, *MUE_ROWS)
PRACTITIONER = EditSetting.PRACTITIONER
APRIL = datetime.date(2026, 4, 1)
LIMITS = (
    MueLimit("0001U", 12000, 1, "Nature of Analyte", PRACTITIONER),
    MueLimit("97010", 0, 3, "CMS Policy", PRACTITIONER),
    MueLimit("97161", 1, 2, "CMS Policy", PRACTITIONER),
    MueLimit("97530", 6, 3, "Clinical: Data", PRACTITIONER),
)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_limits_are_read_after_a_notice_and_captions_of_several_lines(
    tmp_path: Path, encoding: str, end: str
) -> None:
    path = tmp_path / NAME
    path.write_bytes("".join(f"{line}{end}" for line in LINES).encode(encoding))
    file = read_ncci_mue(path)
    assert file.limits == LIMITS
    assert (file.setting, file.effective_from, file.codes) == (PRACTITIONER, APRIL, None)
    assert file.effective_through == datetime.date(2026, 6, 30)
    assert file.source == Source(
        title="NCCI MUE values, practitioner, quarter from 2026-04-01",
        section=NAME,
        url="",
        verified=Verification.DATA_FILE,
    )


def test_a_limit_of_zero_is_a_limit(tmp_path: Path) -> None:
    file = read_ncci_mue(written(tmp_path, NAME, LINES))
    assert file.row("97010") == LIMITS[1]
    assert file.row("97110") is None


def test_the_codes_asked_for_are_kept(tmp_path: Path) -> None:
    file = read_ncci_mue(written(tmp_path, NAME, LINES), codes=["97530", "97110"])
    assert file.limits == LIMITS[3:]
    assert file.codes == frozenset({"97530", "97110"})
    with pytest.raises(InvalidInputError, match="must be five characters"):
        read_ncci_mue(written(tmp_path, NAME, LINES), codes=["9753"])


def test_a_workbook_in_an_archive_has_the_same_rows_and_the_csv_comes_first(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["A notice,\nof several lines"],
        list(next(csv.reader(["HCPCS/CPT Code,X MUE Values,MUE Adjudication Indicator"]))),
    ]
    rows[1].append("MUE Rationale")
    rows += [[int(c) if c.isdigit() else c for c in row.split(",")] for row in MUE_ROWS]
    xlsx = workbook(tmp_path, NAME.replace("csv", "xlsx"), rows)
    assert read_ncci_mue(xlsx).limits == LIMITS
    path = tmp_path / "practitionerservicesmuetable-effective-04-01-2026.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(xlsx, xlsx.name)
    assert read_ncci_mue(path).limits == LIMITS
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(NAME, "\n".join(LINES[:-1]) + "\n")
    assert read_ncci_mue(path).limits == LIMITS[:-1]


def test_all_bad_rows_are_reported_with_line_and_column(tmp_path: Path) -> None:
    rows = [
        "9753O0,1,3 Date of Service Edit: Clinical,CMS Policy",
        "97110,,3 Date of Service Edit: Clinical,CMS Policy",
        "97110,-1,3 Date of Service Edit: Clinical,CMS Policy",
        "97110,1,4 Date of Service Edit: Clinical,CMS Policy",
        "97110,1,33 Edits,CMS Policy",
        "97110,1,3 Date of Service Edit: Clinical,",
        "97110,1",
        "97110,1,3 Date of Service Edit: Clinical,CMS Policy,5",
        "97530,1,3 Date of Service Edit: Clinical,CMS Policy",
    ]
    reported = faults(lambda: read_ncci_mue(written(tmp_path, NAME, [*LINES, *rows])))
    text = "expected text that begins with 1, 2, or 3, not a string of"
    assert reported == [
        "line 10, column code: expected a five-character code, not a string of 6 characters",
        "line 11, column units: expected a whole number of units, zero or more, not an empty string",
        "line 12, column units: expected a whole number of units, zero or more, not '-1'",
        f"line 13, column indicator: {text} 32 characters",
        f"line 14, column indicator: {text} 8 characters",
        "line 15, column rationale: empty, or cut off at the end of the file",
        "line 16: 2 cells, expected 4",
        "line 17: 5 cells, expected 4",
        "line 18, column code: 97530 is listed twice",
    ]


def test_a_file_cut_within_a_row_is_never_read_as_whole(tmp_path: Path) -> None:
    whole = "\n".join(LINES).encode() + b"\n"
    between = {whole.find(line.encode()) + len(line) for line in MUE_ROWS}
    path = tmp_path / NAME
    read = 0
    for size in range(len(whole) + 1):
        path.write_bytes(whole[:size])
        try:
            file = read_ncci_mue(path)
        except (ExceptionGroup, FileFormatError):
            continue
        # Cut at a row's end, with its line end or without.
        assert {size, size - 1} & between, size
        assert file.limits == LIMITS[: len(file.limits)]
        read += 1
    # Four rows with a line ending, and one without it, because an earlier row has the same rationale.
    assert read == 5


def test_the_caption_shows_the_setting_too(tmp_path: Path) -> None:
    path = written(tmp_path, "mue.csv", LINES)
    assert read_ncci_mue(path, quarter="2026-04-01").setting is PRACTITIONER
    assert refusal(InvalidInputError, lambda: read_ncci_mue(path)) == (
        f"{path}: the file name does not show the quarter: add an argument such as quarter='2026-07-01' (--edits-quarter 2026-07-01)"
    )
    named = written(tmp_path, "MCR_MUE_OutpatientHospitalServices_Eff_04-01-2026.csv", LINES)
    assert refusal(InvalidInputError, lambda: read_ncci_mue(named)) == (
        f"{named}: the file name and the arguments disagree on the setting: "
        "outpatient-hospital, practitioner"
    )


def test_another_kind_of_file_and_one_without_rows_are_named(tmp_path: Path) -> None:
    path = written(tmp_path, NAME, ["ADDENDUM E (GPCIs)"])
    assert refusal(FileFormatError, lambda: read_ncci_mue(path)) == (
        f"{path}: expected an MUE file, found a GPCI file"
    )
    path = written(tmp_path, NAME, MUE_HEAD)
    assert refusal(FileFormatError, lambda: read_ncci_mue(path)) == (
        f"{path}: the file has no data rows; is it cut short?"
    )


def test_the_published_file_of_april_2026_is_read_and_is_the_one_bundled() -> None:
    file = read_ncci_mue(published(NAME))
    assert (file.setting, file.effective_from) == (PRACTITIONER, APRIL)
    assert len(file.limits) == 15095
    assert sum(limit.mai == 1 for limit in file.limits) == 41
    kept = [row for row in file.limits if Edits.bundled().limit(row.code, APRIL).quarter == APRIL]
    assert len(kept) == 170
    for limit in kept:
        assert Edits.bundled().limit(limit.code, APRIL).limit == limit


def test_an_unknown_setting_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, NAME, MUE_HEAD)
    message = refusal(InvalidInputError, lambda: read_ncci_mue(path, setting="home"))
    assert (
        message
        == "setting must be practitioner or outpatient-hospital, got a string of 4 characters"
    )
