from __future__ import annotations

import datetime
import gzip
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.refusals import refusal
from tests.unit.cms_files import (
    MUE_HEAD,
    MUE_ROWS,
    PTP_HEAD,
    PTP_ROWS,
    faults,
    published,
    workbook,
    written,
)
from therapy_billing.base.errors import FileFormatError, InvalidInputError
from therapy_billing.codes.code_book import load_codes
from therapy_billing.law.sources import Source, Verification
from therapy_billing.ncci.mue_file import read_ncci_mue
from therapy_billing.ncci.ptp_file import read_ncci_ptp, release_of
from therapy_billing.ncci.records import EditSetting, PtpEdit

NAME = "ccipra-v322r0-f4.txt"
LINES = (*PTP_HEAD, *PTP_ROWS)
PRACTITIONER, HOSPITAL = EditSetting.PRACTITIONER, EditSetting.OUTPATIENT_HOSPITAL


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def edit(
    column1: str,
    column2: str,
    indicator: int,
    first: str,
    last: str | None,
    rationale: str,
    *,
    old: bool = False,
) -> PtpEdit:
    until = None if last is None else day(last)
    return PtpEdit(column1, column2, indicator, day(first), until, rationale, PRACTITIONER, old)


EDITS = (
    edit("29581", "97140", 1, "2018-01-01", None, "Standards of practice"),
    edit("97110", "99999", 0, "2018-01-01", None, "Standards of practice"),
    edit("97140", "97124", 0, "1996-01-01", None, "Standards of practice", old=True),
    edit("97140", "97530", 1, "2006-01-01", "2019-12-31", "Mutually exclusive"),
    edit("97140", "97530", 9, "2020-01-01", "2020-01-01", "Mutually exclusive"),
)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_rows_are_read_under_six_lines_of_captions(tmp_path: Path, end: str) -> None:
    path = written(tmp_path, NAME, LINES, end)
    file = read_ncci_ptp(path, every_code=True)
    assert file.edits == EDITS
    assert (file.setting, file.effective_from) == (PRACTITIONER, day("2026-07-01"))
    assert file.effective_through == day("2026-09-30")
    assert (file.codes, file.column1_range, file.dated) == (None, ("29581", "97140"), True)
    assert file.source == Source(
        title="NCCI PTP edits, practitioner, quarter from 2026-07-01",
        section=NAME,
        url="",
        verified=Verification.DATA_FILE,
    )


def test_pairs_of_therapy_codes_are_kept_by_default(tmp_path: Path) -> None:
    path = written(tmp_path, NAME, LINES)
    file = read_ncci_ptp(path)
    assert file.edits == (EDITS[0], *EDITS[2:])
    assert file.codes == frozenset(load_codes())
    assert file.column1_range == ("29581", "97140")
    assert read_ncci_ptp(path, codes=[" 97140", "97124"]).edits == EDITS[2:3]
    assert read_ncci_ptp(path, codes=["97140"]).edits == ()
    with pytest.raises(InvalidInputError, match="must be five characters"):
        read_ncci_ptp(path, codes=["9714"])


def test_a_csv_and_a_workbook_have_the_same_edits(tmp_path: Path) -> None:
    lines = [line.replace("\t", ",") for line in LINES]
    csv = written(tmp_path, "ccipra-v322r0-f4.csv", lines)
    assert read_ncci_ptp(csv, every_code=True).edits == EDITS
    rows: list[list[Any]] = [
        [int(cell) if cell.isdigit() else cell or None for cell in line.split("\t")]
        for line in LINES
    ]
    xlsx = workbook(tmp_path, "ccipra-v322r0-f4.xlsx", rows)
    assert read_ncci_ptp(xlsx, every_code=True).edits == EDITS


def test_captions_in_one_row_are_read_if_the_columns_moved(tmp_path: Path) -> None:
    head = (
        "Column 1\tColumn 2\tModifier\tRationale\t*=in existence prior to 1996\tEffective Date\t"
        "Deletion Date *=no data"
    )
    moved = "97140\t97530\t1\tMutually exclusive\t\t20060101\t20191231"
    path = written(tmp_path, NAME, [head, moved])
    assert read_ncci_ptp(path).edits == EDITS[3:4]


@pytest.mark.parametrize("kind", ["gz", "zip"])
def test_an_archive_is_read_and_the_name_in_it_shows_the_release(tmp_path: Path, kind: str) -> None:
    text = written(tmp_path, NAME, LINES).read_bytes()
    if kind == "gz":
        path = tmp_path / f"{NAME}.gz"
        path.write_bytes(gzip.compress(text))
    else:
        path = tmp_path / "edits.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(NAME, text)
    file = read_ncci_ptp(path, every_code=True)
    assert file.edits == EDITS
    assert (file.effective_from, file.source.section) == (day("2026-07-01"), NAME)


def test_all_bad_rows_are_reported_with_line_and_column(tmp_path: Path) -> None:
    rows = [
        "9714\t97530\t\t20060101\t*\t1\tx",
        "97140\t9753O0\t\t20060101\t*\t1\tx",
        "97140\t97530\t1\t20060101\t*\t1\tx",
        "97140\t97530\t\t\t*\t1\tx",
        "97140\t97530\t\t20060231\t*\t1\tx",
        "97140\t97530\t\t20060101\t\t1\tx",
        "97140\t97530\t\t20060101\t*\t2\tx",
        "97140\t97530\t\t20060101\t*\t1\t",
        "97140\t97530\t\t20060101\t*\t1",
    ]
    reported = faults(lambda: read_ncci_ptp(written(tmp_path, NAME, [*LINES, *rows])))
    no_day = "expected a date such as 20260701, not an empty string"
    assert reported == [
        "line 12, column Column 1: expected a five-character code, not '9714'",
        "line 13, column Column 2: expected a five-character code, not a string of 6 characters",
        "line 14, column prior to 1996: expected * or an empty cell, not '1'",
        f"line 15, column Effective Date: {no_day}",
        "line 16, column Effective Date: expected a date such as 20260701, not a string of 8 characters",
        f"line 17, column Deletion Date: {no_day}; use * if the pair is not deleted",
        "line 18, column Modifier: expected 0, 1, or 9, not '2'",
        "line 19, column Rationale: empty, or cut off at the end of the file",
        "line 20: 6 cells, expected 7",
    ]


@pytest.mark.parametrize("deleted", ["2006-01-01", "2005-12-31"])
def test_an_edit_that_is_deleted_before_it_began_or_on_that_day_is_read(
    tmp_path: Path, deleted: str
) -> None:
    row = f"97140\t97530\t\t20060101\t{deleted.replace('-', '')}\t1\tx"
    path = written(tmp_path, NAME, [*PTP_HEAD, row])
    assert read_ncci_ptp(path).edits[0].deleted_on == day(deleted)


def test_rows_in_any_order_give_the_range_of_column_1(tmp_path: Path) -> None:
    rows = [f"{code}\t97530\t\t20060101\t*\t1\tx" for code in ("97140", "97113", "G0283", "97116")]
    assert read_ncci_ptp(written(tmp_path, NAME, [*PTP_HEAD, *rows])).column1_range == (
        "97113",
        "G0283",
    )


def test_a_file_cut_within_a_row_is_never_read_as_whole(tmp_path: Path) -> None:
    whole = "\n".join(LINES).encode() + b"\n"
    between = {whole.find(line.encode()) + len(line) for line in PTP_ROWS}
    path = tmp_path / NAME
    read = 0
    for size in range(len(whole) + 1):
        path.write_bytes(whole[:size])
        try:
            file = read_ncci_ptp(path, every_code=True)
        except (ExceptionGroup, FileFormatError):
            continue
        # Cut at a row's end, with its line end or without.
        assert {size, size - 1} & between, size
        assert file.edits == EDITS[: len(file.edits)]
        read += 1
    # Five rows with a line ending, and three without it, because earlier rows have the same rationale.
    assert read == 8


@pytest.mark.parametrize(
    ("name", "setting", "first"),
    [
        ("ccipra-v322r0-f1.excerpt.txt", PRACTITIONER, "2026-07-01"),
        ("CCIPRA-v320r0-f1.TXT", PRACTITIONER, "2026-01-01"),
        ("ccipra-v303r0-f4.xlsx", PRACTITIONER, "2024-10-01"),
        ("ccioph-v301r1-f4.txt", HOSPITAL, "2024-04-01"),
        ("medicare-ncci-2026q2-hospital-ptp-edits-ccioph-v321r0-f1.zip", HOSPITAL, "2026-04-01"),
        ("medicare-ncci-2026-q4-practitioner-ptp-edits.zip", PRACTITIONER, "2026-10-01"),
        ("practitionerservicesmuetable-effective-10-01-2026.zip", PRACTITIONER, "2026-10-01"),
        ("MCR_MUE_OutpatientHospitalServices_Eff_04-01-2024.csv", HOSPITAL, "2024-04-01"),
    ],
)
def test_cms_file_names_show_setting_and_quarter(
    tmp_path: Path, name: str, setting: EditSetting, first: str
) -> None:
    path = str(written(tmp_path, name, ["x"]))
    assert release_of(path, None, None) == (setting, day(first))
    assert release_of(path, setting.value, first) == (setting, day(first))


def test_a_name_without_setting_and_quarter_needs_both(tmp_path: Path) -> None:
    path = written(tmp_path, "edits.txt", LINES)
    assert refusal(InvalidInputError, lambda: read_ncci_ptp(path, quarter="2026-07-01")) == (
        f"{path}: the file name does not show the setting: add an argument such as setting='practitioner' (--edits-setting practitioner)"
    )
    assert refusal(InvalidInputError, lambda: read_ncci_ptp(path, setting=HOSPITAL)) == (
        f"{path}: the file name does not show the quarter: add an argument such as quarter='2026-07-01' (--edits-quarter 2026-07-01)"
    )
    file = read_ncci_ptp(path, setting="Outpatient Hospital", quarter=day("2026-10-01"))
    assert (file.setting, file.effective_from) == (HOSPITAL, day("2026-10-01"))
    assert {row.setting for row in file.edits} == {HOSPITAL}


def test_quarters_before_the_first_edits_are_refused(tmp_path: Path) -> None:
    ptp = written(tmp_path, "edits.txt", LINES)
    mue = written(tmp_path, "limits.csv", (*MUE_HEAD, *MUE_ROWS))
    for quarter in ("1850-01-01", day("1850-01-01"), "1995-10-01"):
        for path, read in ((ptp, read_ncci_ptp), (mue, read_ncci_mue)):
            assert refusal(
                InvalidInputError, partial(read, path, setting="practitioner", quarter=quarter)
            ) == (
                f"{path}: there were no NCCI edits in the quarter from {quarter}; the first are from 1996"
            )
    file = read_ncci_ptp(ptp, setting="practitioner", quarter="1996-01-01")
    assert file.effective_from == day("1996-01-01")


def test_arguments_may_not_contradict_the_file_name(tmp_path: Path) -> None:
    path = written(tmp_path, NAME, LINES)

    def refused(**given: str) -> Callable[[], object]:
        return lambda: release_of(str(path), given.get("setting"), given.get("quarter"))

    assert refusal(InvalidInputError, refused(setting="outpatient-hospital")) == (
        f"{path}: the file name and the arguments disagree on the setting: outpatient-hospital, practitioner"
    )
    assert refusal(InvalidInputError, refused(quarter="2026-10-01")) == (
        f"{path}: the file name and the arguments disagree on the quarter: 2026-07-01, 2026-10-01"
    )
    other = str(written(tmp_path, "edits.txt", LINES))
    assert refusal(InvalidInputError, lambda: release_of(other, PRACTITIONER, "2026-07-02")) == (
        "a quarter begins on January 1, April 1, July 1, or October 1, not on 2026-07-02"
    )


@pytest.mark.parametrize(
    "name",
    [
        "medicare-ncci-2026q2-practitioner-quarterly-additions-deletions-revisions-ptp.txt",
        "medicaid-ncci-2026-q3-ptp-edits-practitioner-services.txt",
        "MCR_MUE_DMESupplierServices_Eff_10-01-2025.csv",
    ],
)
def test_a_file_of_changes_of_medicaid_or_of_suppliers_is_refused(
    tmp_path: Path, name: str
) -> None:
    path = written(tmp_path, name, LINES)
    assert refusal(FileFormatError, lambda: read_ncci_ptp(path)) == (
        f"{path}: the name is that of a Medicaid, DME supplier, or changes-only file; "
        "use the full Medicare file"
    )


def test_another_kind_of_file_and_one_without_rows_are_named(tmp_path: Path) -> None:
    path = written(tmp_path, NAME, ["ADDENDUM E (GPCIs)"])
    assert refusal(FileFormatError, lambda: read_ncci_ptp(path)) == (
        f"{path}: expected an NCCI PTP file, found a GPCI file"
    )
    path = written(tmp_path, NAME, PTP_HEAD)
    assert refusal(FileFormatError, lambda: read_ncci_ptp(path)) == (
        f"{path}: looks like an NCCI PTP file, but its rows are missing; "
        "use the csv or xlsx of the release"
    )


def test_a_row_without_its_first_code_is_not_a_caption(tmp_path: Path) -> None:
    path = written(tmp_path, NAME, [*PTP_HEAD, "\t97530\t\t20060101\t*\t1\tx", *PTP_ROWS])
    with pytest.raises(FileFormatError, match="column Column 2: no column has this caption"):
        read_ncci_ptp(path)


def test_the_excerpt_of_july_2026_is_read() -> None:
    file = read_ncci_ptp(published("ccipra-v322r0-f1.excerpt.txt"), every_code=True)
    assert (file.setting, file.effective_from) == (PRACTITIONER, day("2026-07-01"))
    assert len(file.edits) == 13
    assert file.column1_range == ("0001A", "0001U")
    by_pair = {(row.column1, row.column2): row for row in file.edits}
    assert by_pair["0001U", "0029U"] == edit(
        "0001U",
        "0029U",
        1,
        "2018-07-01",
        "2026-06-30",
        "Misuse of Column Two code with Column One code",
    )
    assert by_pair["0001A", "90473"].indicator == 9
    assert by_pair["0001U", "0030U"].deleted_on is None


def test_a_duplicate_edit_is_read_once(tmp_path: Path) -> None:
    once = read_ncci_ptp(written(tmp_path, "ccipra-v322r0-f4.txt", [*PTP_HEAD, *PTP_ROWS]))
    rows = [*PTP_HEAD, *PTP_ROWS, *PTP_ROWS]
    assert read_ncci_ptp(written(tmp_path, "ccipra-v322r0-f4.txt", rows)) == once
    assert len({*once.edits}) == len(once.edits) > 1
