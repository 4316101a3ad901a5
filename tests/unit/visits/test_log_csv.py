"""Treatment logs in CSV."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.visits.logs import (
    DAY,
    HEADER,
    KNOWN,
    NAME,
    ROW,
    WriteLog,
    a_row,
    as_csv,
    bad_rows,
    one_of_97110,
    only_day,
    refusal,
)
from therapy_billing import FileFormatError, Session, TimedService, UntimedService
from therapy_billing.base.wording import counted
from therapy_billing.visits.treatment_log import read_treatment_log

# The file


@pytest.mark.parametrize(
    "content",
    [
        f"{HEADER}\n{ROW}\n",
        f"{HEADER}\n{ROW}",
        f"\ufeff{HEADER}\n{ROW}\n",
        f"{HEADER}\r\n{ROW}\r\n",
        f"{HEADER}\r{ROW}\r",
        f"{HEADER}\r{ROW}",
        f"{HEADER}\n\n{ROW}\n\n",
        f"{HEADER}\n , ,,,\n{ROW}\n,,,,\n",
        "Patient, DATE ,Discipline,Code,Minutes\n P-1 , 2026-03-02 , pt , 97110 , 20 \n",
        "minutes,code,discipline,date,patient\n20,97110,PT,3/2/2026,P-1\n",
        f'"patient","date","discipline","code","minutes"\n{ROW}\n',
        f'\ufeff"patient",date,discipline,code,minutes\n{ROW}\n',
    ],
    ids=[
        "as usual",
        "no newline at the end",
        "byte order mark",
        "CRLF",
        "CR",
        "CR and none at the end",
        "blank lines",
        "lines of empty cells",
        "capitals and blanks",
        "another order of columns",
        "quoted header",
        "byte order mark before a quote",
    ],
)
def test_the_csv_dialect_does_not_change_the_days(write_log: WriteLog, content: str) -> None:
    log = read_treatment_log(write_log(content))
    (day,) = log.days
    assert (day.patient, day.date_of_service, day.payer, day.sessions) == (
        "P-1",
        DAY,
        "",
        one_of_97110(),
    )
    assert (log.errors, log.rows) == ((), 1)


def test_a_day_has_the_line_where_it_starts(write_log: WriteLog) -> None:
    rows = "P-1,2026-03-02,PT,97110,20\n\nP-2,2026-03-02,PT,97110,20\nP-1,2026-03-02,PT,97530,20\n"
    days = read_treatment_log(write_log(f"{HEADER}\n{rows}")).days
    assert [(day.patient, day.line) for day in days] == [("P-1", 2), ("P-2", 4)]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_a_bad_row_is_named_by_its_first_line(write_log: WriteLog, newline: str) -> None:
    lines = [
        "patient,date,discipline,code,minutes,activity",
        f'{ROW},"stairs{newline}and ramps{newline}twice"',
        "",
        'P-2,2026-03-02,PT,97110,x,"one',
        'two"',
        "P-3,2026-03-02,PT,97110,y,",
    ]
    assert bad_rows(write_log(newline.join(lines))) == [
        (
            "line 6, column minutes: not readable; expected whole minutes (a timed code needs "
            "minutes, or start and end)"
        ),
        (
            "line 8, column minutes: not readable; expected whole minutes (a timed code needs "
            "minutes, or start and end)"
        ),
    ]


def test_a_quoted_newline_stays_in_its_cell(write_log: WriteLog) -> None:
    content = f'patient,date,discipline,code,minutes,activity\n{ROW},"one\ntwo"\n'
    (service,) = only_day(write_log(content)).sessions[0].services
    assert service == TimedService("97110", 20, activity="one\ntwo")


@pytest.mark.parametrize(
    ("row", "cells"),
    [("P-1,2026-03-02,PT,97110", 4), (f"{ROW},", 6), (f"{ROW},{NAME}", 6), ("P-1", 1)],
)
def test_a_row_with_another_number_of_cells_is_refused(
    write_log: WriteLog, row: str, cells: int
) -> None:
    assert bad_rows(write_log(f"{HEADER}\n{ROW}\n{row}\n")) == [
        f"line 3: the row has {counted(cells, 'cell')}, but the header names 5 columns"
    ]


def test_an_unquoted_comma_shifts_no_cell(write_log: WriteLog) -> None:
    content = f"{HEADER}\nInvented, Rosa,2026-03-02,PT,97110,20\n"
    assert bad_rows(write_log(content)) == [
        "line 2: the row has 6 cells, but the header names 5 columns"
    ]


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (f"{HEADER},{NAME}", f"column 6 is unknown; the columns are {KNOWN}"),
        (f"{NAME},{HEADER}", f"column 1 is unknown; the columns are {KNOWN}"),
        (f"{HEADER},", f"column 6 is unknown; the columns are {KNOWN}"),
        (ROW, f"column 1 is unknown; the columns are {KNOWN}"),
        (
            "patient,date,discipline,code,minuts",
            f"column 5 is unknown; the columns are {KNOWN}; did you mean minutes?",
        ),
        (
            "patient,date,disciplin,code,minutes",
            f"column 3 is unknown; the columns are {KNOWN}; did you mean discipline?",
        ),
        (
            "patients,date,discipline,code",
            f"column 1 is unknown; the columns are {KNOWN}; did you mean patient?",
        ),
    ],
    ids=[
        "a name at the end",
        "a name at the start",
        "no name",
        "a row without header",
        "minutes misspelled",
        "discipline misspelled",
        "patient misspelled",
    ],
)
def test_an_unknown_column_is_named_by_its_number(
    write_log: WriteLog, header: str, reason: str
) -> None:
    assert refusal(write_log(f"{header}\n{ROW}\n")) == f", line 1: {reason}"


@pytest.mark.parametrize("again", ["code", " Code ", "CODE"])
def test_a_repeated_column_is_refused(write_log: WriteLog, again: str) -> None:
    content = f"{HEADER},{again}\n{ROW},97530\n"
    assert (
        refusal(write_log(content)) == ", line 1, column code: the header names this column twice"
    )


@pytest.mark.parametrize(
    ("column", "holds"),
    [
        ("patient", "your own key for the patient (required)"),
        ("date", "date of service, such as 2026-03-02 or 3/2/2026 (required)"),
        ("discipline", "PT, OT, or SLP (required)"),
        ("code", "HCPCS or CPT code (required)"),
    ],
)
def test_a_missing_column_is_named_with_its_contents(
    write_log: WriteLog, column: str, holds: str
) -> None:
    header = ",".join(name for name in HEADER.split(",") if name != column)
    assert (
        refusal(write_log(f"{header}\n"))
        == f", line 1, column {column}: missing from the header; expected {holds}"
    )


def test_the_columns_beyond_the_required_ones_may_be_left_out(write_log: WriteLog) -> None:
    content = "patient,date,discipline,code\nP-1,2026-03-02,PT,97161\n"
    assert only_day(write_log(content)).sessions == (Session(DAY, "PT", [UntimedService("97161")]),)


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_another_separator_is_reported(write_log: WriteLog, mark: str) -> None:
    content = f"{HEADER}\n{ROW}\n".replace(",", mark)
    assert refusal(write_log(content)) == ", line 1: columns must be separated by commas"


def test_a_single_column_is_no_other_separator(write_log: WriteLog) -> None:
    assert refusal(write_log("patient\nP-1\n")) == (
        ", line 1, column date: missing from the header; expected date of service, such as 2026-03-02 or 3/2/2026 (required)"
    )


@pytest.mark.parametrize("mark", [";", "|"])
def test_a_mark_within_one_of_many_columns_is_no_separator(write_log: WriteLog, mark: str) -> None:
    assert (
        refusal(write_log(f"{NAME}{mark},{HEADER}\n"))
        == f", line 1: column 1 is unknown; the columns are {KNOWN}"
    )


@pytest.mark.parametrize("content", ["", "\ufeff"])
def test_an_empty_file_error_lists_the_columns(write_log: WriteLog, content: str) -> None:
    assert (
        refusal(write_log(content))
        == f", line 1: the file is empty; the first line must name the columns: {KNOWN}"
    )


@pytest.mark.parametrize("content", [HEADER, f"{HEADER}\n", f"{HEADER}\n\n,,,,\n"])
def test_a_header_alone_is_nothing_to_bill(write_log: WriteLog, content: str) -> None:
    assert refusal(write_log(content)) == ": the log has no rows to bill"


def test_a_byte_that_is_not_utf8_affects_its_own_row_only(write_log: WriteLog) -> None:
    content = (
        b"patient,date,discipline,code,minutes,activity\n"
        b"P-1,2026-03-02,PT,97110,20,caf\xe9\n"
        b"P-2,2026-03-02,PT,97110,x,\n"
        b"P\xe9,2026-03-02,PT,97110,20,\n"
        b"P-4,2026-03-02,PT,97110,20,caf\xc3\xa9\n"
    )
    path = write_log(content)
    log = read_treatment_log(path, keep_going=True)
    assert [str(error).removeprefix(f"{path}, ") for error in log.errors] == [
        "line 2, column activity: not UTF-8; save the file as UTF-8",
        (
            "line 3, column minutes: not readable; expected whole minutes (a timed code needs "
            "minutes, or start and end)"
        ),
        "line 4, column patient: not UTF-8; save the file as UTF-8",
    ]
    (day,) = log.days
    assert day.sessions[0].services == (TimedService("97110", 20, activity="café"),)


def test_a_key_outside_ascii_is_kept(write_log: WriteLog) -> None:
    assert only_day(write_log(f"{HEADER}\nÑ-1,2026-03-02,PT,97110,20\n")).patient == "Ñ-1"


def test_a_byte_of_zero_makes_a_cell_unreadable(write_log: WriteLog) -> None:
    content = f"{HEADER}\nP-1,2026-03-02,PT,97110,2\x000\n{ROW}\nP-2,2026-03-02,PT,97\x00110,20\n"
    assert bad_rows(write_log(content)) == [
        (
            "line 2, column minutes: not readable; expected whole minutes (a timed code needs "
            "minutes, or start and end)"
        ),
        "line 4, column code: not readable; expected HCPCS or CPT code (required)",
    ]


def test_an_unclosed_quote_is_named_by_the_line_where_it_opens(write_log: WriteLog) -> None:
    content = f'{HEADER}\n{ROW}\nP-2,2026-03-02,PT,97110,"20\n{ROW}\n{ROW}\n'
    assert bad_rows(write_log(content)) == ["line 3: not valid CSV: unexpected end of data"]


def test_text_after_a_closing_quote_affects_its_own_row_only(write_log: WriteLog) -> None:
    content = f'{HEADER}\n"{NAME}"x,2026-03-02,PT,97110,20\n{ROW}\nP-3,2026-03-02,PT,97110,x\n'
    path = write_log(content)
    assert [reason.split(":")[0] for reason in bad_rows(path)] == [
        "line 2",
        "line 4, column minutes",
    ]
    assert bad_rows(path)[0] == "line 2: not valid CSV: ',' expected after '\"'"
    assert [day.line for day in read_treatment_log(path, keep_going=True).days] == [3]


def test_a_header_with_an_unclosed_quote_is_not_valid_csv(write_log: WriteLog) -> None:
    assert refusal(write_log(f'"{HEADER}\n')) == ", line 1: not valid CSV: unexpected end of data"


def test_a_very_long_cell_affects_its_own_row_only(write_log: WriteLog) -> None:
    content = f"{HEADER}\n{'P' * 131_073},2026-03-02,PT,97110,20\n{ROW}\n"
    path = write_log(content)
    assert bad_rows(path) == ["line 2: not valid CSV: field larger than field limit (131072)"]
    assert len(read_treatment_log(path, keep_going=True).days) == 1


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_treatment_log(tmp_path / "none.csv")
    with pytest.raises(FileNotFoundError):
        read_treatment_log(tmp_path / "none.json")
    with pytest.raises(IsADirectoryError):
        read_treatment_log(tmp_path)


def test_a_path_may_be_a_text(write_log: WriteLog) -> None:
    path = write_log(f"{HEADER}\n{ROW}\n")
    assert read_treatment_log(str(path)) == read_treatment_log(path)


def test_blank_lines_before_the_header_are_skipped(write_log: WriteLog) -> None:
    path = write_log(f"\n  ,\n{HEADER}\n{ROW}\n")
    (day,) = read_treatment_log(path).days
    assert (day.line, day.sessions) == (4, one_of_97110())


@pytest.mark.parametrize("content", ["\n", "\n , \n\n", "\ufeff\r\n"])
def test_a_file_with_only_blank_lines_is_empty(write_log: WriteLog, content: str) -> None:
    assert (
        refusal(write_log(content))
        == f", line 1: the file is empty; the first line must name the columns: {KNOWN}"
    )


@pytest.mark.parametrize(
    "header", ["patient,date,disc,code", "a;b", "patient,patient,code", "patient,code"]
)
def test_a_header_error_names_the_line_of_the_header(write_log: WriteLog, header: str) -> None:
    with pytest.raises(FileFormatError) as caught:
        read_treatment_log(write_log(f"\n\n{header}\n"))
    assert caught.value.line == 3


def test_an_unclosed_quote_affects_its_own_row_only(write_log: WriteLog) -> None:
    header = "patient,date,discipline,code,minutes,body_region"
    lines = [f"P-{n},2026-03-02,PT,97110,20,knee" for n in range(1, 8)]
    for bad in ('P-9,2026-03-02,PT,97110,20,"knee', 'P-9,2026-03-02,"PT,97110,20,knee'):
        for others in (lines, [*lines, 'P-8,2026-03-02,PT,97110,20,"the ""left"" knee\nand hip"']):
            text = "\n".join([header, *others[:2], bad, *others[2:]]) + "\n"
            log = read_treatment_log(write_log(text), keep_going=True)
            assert [day.patient for day in log.days] == [
                f"P-{n}" for n in range(1, len(others) + 1)
            ]
            assert [error.line for error in log.errors] == [4]
            assert [day.line for day in log.days] == [2, 3, *range(5, len(others) + 3)]


def test_two_unclosed_quotes_affect_their_own_rows_only(write_log: WriteLog) -> None:
    header = "patient,body_region,date,discipline,code,minutes"
    good = ",knee,2026-03-02,PT,97110,20"
    bad = ',"knee,2026-03-02,PT,97110,20'
    text = "\n".join([header, f"P-1{bad}", f"P-2{good}", f"P-3{bad}", f"P-4{good}"]) + "\n"
    log = read_treatment_log(write_log(text), keep_going=True)
    assert [day.patient for day in log.days] == ["P-2", "P-4"]
    assert [error.line for error in log.errors] == [2, 4]


def test_a_cell_above_the_csv_limit_affects_its_own_row_only(write_log: WriteLog) -> None:
    path = write_log(as_csv(a_row(minutes="1" * 140_000), a_row(patient="P-2", minutes="20")))
    log = read_treatment_log(path, keep_going=True)
    assert [day.patient for day in log.days] == ["P-2"]
    assert [error.line for error in log.errors] == [2]
