"""Treatment logs in JSON."""

from __future__ import annotations

import codecs
import csv
import io
import json
from datetime import date

import pytest

from tests.unit.visits.logs import (
    DAY,
    HEADER,
    JSON_ROW,
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
from therapy_billing import FileFormatError, Session
from therapy_billing.base.library_files import read_library_text
from therapy_billing.visits.log_columns import LOG_COLUMNS
from therapy_billing.visits.treatment_log import TreatmentLog, read_treatment_log


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (f"[{JSON_ROW}]", "day.json"),
        (f"  [\n {JSON_ROW}\n]\n ", "day.json"),
        (f"[{JSON_ROW},]", "day.json"),
        (f"\ufeff[{JSON_ROW}]", "day.json"),
        (JSON_ROW, "day.json"),
        (JSON_ROW, "day.jsonl"),
        (f"\n{JSON_ROW}\r\n\r\n", "day.jsonl"),
        (f"[{JSON_ROW}]", "DAY.JSON"),
        (JSON_ROW.replace('"patient"', '" Patient "'), "day.jsonl"),
        (JSON_ROW.replace("20}", '" 20 "}'), "day.json"),
        (JSON_ROW.replace("20}", '20, "units": null, "activity": ""}'), "day.json"),
    ],
)
def test_the_json_layout_does_not_change_the_days(
    write_log: WriteLog, content: str, name: str
) -> None:
    log = read_treatment_log(write_log(content, name))
    assert [(day.patient, day.sessions) for day in log.days] == [("P-1", one_of_97110())]
    assert log.rows == 1


def test_a_json_row_is_named_by_the_line_where_it_starts(write_log: WriteLog) -> None:
    bad = JSON_ROW.replace("20}", '"x"}')
    over_lines = bad.replace(", ", ",\n")
    path = write_log(f"[\n{JSON_ROW},\n{over_lines}\n,{bad}]", "day.json")
    assert [reason.split(",")[0] for reason in bad_rows(path)] == ["line 3", "line 8"]
    path = write_log(f"{JSON_ROW}\n\n{bad}\r\n{bad}", "day.jsonl")
    assert [reason.split(",")[0] for reason in bad_rows(path)] == ["line 3", "line 4"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", ": the log has no rows to bill"),
        ("\ufeff \n", ": the log has no rows to bill"),
        ("[]", ": the log has no rows to bill"),
        ("[", ", line 1: not valid JSON: the array is not closed, or something follows it"),
        (
            f"[\n{JSON_ROW},\n",
            ", line 2: not valid JSON: the array is not closed, or something follows it",
        ),
        (f"[\n{JSON_ROW}", ", line 2: not valid JSON: a comma or ] is missing after this row"),
        (
            f"[{JSON_ROW} {JSON_ROW}]",
            ", line 1: not valid JSON: a comma or ] is missing after this row",
        ),
        (
            f"[{JSON_ROW}]\n[]",
            ", line 1: not valid JSON: the array is not closed, or something follows it",
        ),
        (
            f"[{JSON_ROW}] {NAME}",
            ", line 1: not valid JSON: the array is not closed, or something follows it",
        ),
        ("[]]", ", line 1: not valid JSON: the array is not closed, or something follows it"),
        (f"[{JSON_ROW},,]", ", line 1: not valid JSON: Expecting value"),
        ("[" * 100_000, ", line 1: not a treatment log in JSON: nested too deeply"),
    ],
)
def test_a_file_that_is_not_json_is_refused(write_log: WriteLog, content: str, reason: str) -> None:
    assert refusal(write_log(content, "day.json")) == reason


def test_a_json_file_that_is_not_utf8_is_refused(write_log: WriteLog) -> None:
    for encoding in ("utf-16", "utf-16-le"):
        content = codecs.BOM_UTF16_LE * (encoding == "utf-16-le") + JSON_ROW.encode(encoding)
        for name in ("day.json", "day.jsonl"):
            assert refusal(write_log(content, name)) == ": not UTF-8; save the file as UTF-8"


ODD_CELLS = {
    b"P\xe9": "column patient: not UTF-8; save the file as UTF-8",
    rb"P\ud800": "column patient: a key must not contain control characters",
    rb"P\x": "not valid JSON: Invalid \\escape",
    rb"P\" \x": "not valid JSON: Invalid \\escape",
    b'P", "payer": ' + b"[" * 20_000 + b"]" * 20_000 + b', "activity": "': (
        "not a treatment log in JSON: nested too deeply"
    ),
}


@pytest.mark.parametrize("cell", ODD_CELLS, ids=range(len(ODD_CELLS)))
@pytest.mark.parametrize(
    ("name", "form"), [("day.json", b"[%b,\n%b,\n%b]"), ("day.jsonl", b"%b\n%b\n%b")]
)
def test_one_odd_cell_of_json_is_one_bad_row(
    write_log: WriteLog, cell: bytes, name: str, form: bytes
) -> None:
    row = JSON_ROW.encode()
    content = form % (row, row.replace(b"P-1", cell), row.replace(b"P-1", b"P-2"))
    path = write_log(content, name)
    log = read_treatment_log(path, keep_going=True)
    assert [day.patient for day in log.days] == ["P-1", "P-2"]
    (error,) = log.errors
    reason = str(error).removeprefix(f"{path}, line 2")
    assert reason.startswith((f": {ODD_CELLS[cell]}", f", {ODD_CELLS[cell]}"))


def test_a_tab_or_a_line_break_in_a_text_of_json_is_text(write_log: WriteLog) -> None:
    row = JSON_ROW.replace("}", ', "activity": "reach\t%sover"}')
    for name, form, end in (("day.json", "[%s]", "\n"), ("day.jsonl", "%s", "")):
        log = read_treatment_log(write_log(form % row % end, name))
        (session,) = log.days[0].sessions
        assert session.services[0].activity == f"reach\t{end}over"


@pytest.mark.parametrize("end", ['{"minutes": ', '{"minutes": [20', '{"minutes": {"a": [1, 2]'])
@pytest.mark.parametrize("keep_going", [False, True])
def test_an_object_that_is_not_closed_stops_the_reading(
    write_log: WriteLog, end: str, *, keep_going: bool
) -> None:
    path = write_log(f"[{JSON_ROW},\n{end}", "day.json")
    with pytest.raises(FileFormatError, match="line 2: not valid JSON: Expecting "):
        read_treatment_log(path, keep_going=keep_going)


@pytest.mark.parametrize("cell", [r"\x, ", r"\x}, {", "\\x\n", r'\x"]'])
def test_rows_after_an_object_with_an_unclear_end_are_not_guessed(
    write_log: WriteLog, cell: str
) -> None:
    bad = JSON_ROW.replace('P-1"', cell)
    path = write_log(f"[{JSON_ROW},\n{bad},\n{JSON_ROW}]", "day.json")
    with pytest.raises(FileFormatError, match=r"line 2: not valid JSON: Invalid \\escape"):
        read_treatment_log(path, keep_going=True)


@pytest.mark.parametrize(
    ("content", "reasons"),
    [
        (f"\n{JSON_ROW[:-1]}", ["line 2: not valid JSON: Expecting ',' delimiter"]),
        ('{"patient": "P-1', ["line 1: not valid JSON: Unterminated string starting at"]),
        (NAME, ["line 1: not valid JSON: Expecting value"]),
        (f"{JSON_ROW} {JSON_ROW}", ["line 1: not valid JSON: Extra data"]),
        (f"{HEADER}\n{ROW}", [f"line {line}: not valid JSON: Expecting value" for line in (1, 2)]),
        (
            f'{JSON_ROW}\n{{"patient": {"[" * 100_000}',
            ["line 2: not a treatment log in JSON: nested too deeply"],
        ),
    ],
)
@pytest.mark.parametrize("name", ["day.json", "day.jsonl", "day.ndjson"])
def test_a_line_that_is_not_json_is_a_bad_row(
    write_log: WriteLog, content: str, reasons: list[str], name: str
) -> None:
    assert bad_rows(write_log(content, name)) == reasons


@pytest.mark.parametrize("keep_going", [False, True])
def test_a_syntax_error_is_reported_with_the_bad_rows_before_it(
    write_log: WriteLog, *, keep_going: bool
) -> None:
    bad = JSON_ROW.replace("20}", '"x"}')
    path = write_log(f"[{JSON_ROW},\n{bad},\n{JSON_ROW}", "day.json")
    with pytest.raises(ExceptionGroup) as caught:
        read_treatment_log(path, keep_going=keep_going)
    assert caught.value.message == f"2 bad rows in {path}"
    assert [str(error).removeprefix(f"{path}, ") for error in caught.value.exceptions] == [
        (
            "line 2, column minutes: not readable; expected whole minutes (a timed code needs "
            "minutes, or start and end)"
        ),
        "line 3: not valid JSON: a comma or ] is missing after this row",
    ]


def test_a_row_of_a_json_line_marks_its_day(write_log: WriteLog) -> None:
    bad = JSON_ROW.replace("20}", '"x"}')
    path = write_log(f"{JSON_ROW}\n{bad}\n{JSON_ROW[:-1]}\n", "day.ndjson")
    log = read_treatment_log(path, keep_going=True)
    assert [day.skipped_lines for day in log.days] == [(2,)]
    assert [error.line for error in log.errors] == [2, 3]


def test_a_complete_day_has_no_skipped_lines(write_log: WriteLog) -> None:
    assert only_day(write_log(f"{HEADER}\n{ROW}\n")).skipped_lines == ()


def test_a_line_that_is_not_json_hides_no_other_bad_line(write_log: WriteLog) -> None:
    bad = JSON_ROW.replace("20}", '"x"}')
    path = write_log(f"{bad}\n{JSON_ROW[:-1]}\n{JSON_ROW}\n{bad}\n", "day.jsonl")
    assert [reason[:6] for reason in bad_rows(path)] == ["line 1", "line 2", "line 4"]


@pytest.mark.parametrize("row", ["1", "1.5", "null", "true", "NaN", '"P-1"', "[]", f'["{NAME}"]'])
def test_a_row_that_is_not_an_object_is_refused(write_log: WriteLog, row: str) -> None:
    assert bad_rows(write_log(f"[{JSON_ROW},\n{row}]", "day.json")) == [
        "line 2: a row must be an object that names each column once"
    ]


@pytest.mark.parametrize("again", ['"minutes": 10', '"Minutes": 20', '" minutes": null'])
def test_an_object_that_names_a_column_twice_is_refused(write_log: WriteLog, again: str) -> None:
    content = JSON_ROW.replace("20}", f"20, {again}}}")
    assert bad_rows(write_log(content, "day.json")) == [
        "line 1: a row must be an object that names each column once"
    ]


@pytest.mark.parametrize(
    "value",
    ["20.5", "2e1", "-2.0", "NaN", "Infinity", "-Infinity", "true", "false", "[]", "[20]", "{}"],
)
def test_a_value_that_is_neither_text_nor_a_whole_number_is_refused(
    write_log: WriteLog, value: str
) -> None:
    content = JSON_ROW.replace("20}", f"{value}}}")
    assert bad_rows(write_log(content, "day.json")) == [
        "line 1, column minutes: the cell must be a string or a whole number"
    ]


@pytest.mark.parametrize("column", ["minutes", "units", "activity"])
def test_an_object_in_a_cell_is_refused_whatever_its_names(
    write_log: WriteLog, column: str
) -> None:
    row = JSON_ROW.replace(', "minutes": 20}', "").replace("97110", "97161")
    content = f'{row}, "{column}": {{"a": 1, "a": 2}}}}'
    assert bad_rows(write_log(content, "day.json")) == [
        f"line 1, column {column}: the cell must be a string or a whole number"
    ]


def test_a_list_of_modifiers_is_refused_with_an_example_of_the_string(write_log: WriteLog) -> None:
    content = JSON_ROW.replace("20}", '20, "modifiers": ["95"]}')
    assert bad_rows(write_log(content, "day.json")) == [
        'line 1, column modifiers: the cell must be one string with spaces between the modifiers, such as "95 GA"'
    ]


@pytest.mark.parametrize("value", ["-20", "10000", "9" * 5000])
def test_a_whole_number_out_of_range_is_refused(write_log: WriteLog, value: str) -> None:
    content = JSON_ROW.replace("20}", f"{value}}}")
    assert bad_rows(write_log(content, "day.json")) == [
        (
            "line 1, column minutes: not readable; expected whole minutes (a timed code needs "
            "minutes, or start and end)"
        )
    ]


def test_a_code_may_be_a_whole_number(write_log: WriteLog) -> None:
    content = JSON_ROW.replace('"97110"', "97110")
    assert only_day(write_log(content, "day.json")).sessions == one_of_97110()


@pytest.mark.parametrize("name", [NAME, "minuts", ""])
def test_an_unknown_name_is_never_shown(write_log: WriteLog, name: str) -> None:
    content = JSON_ROW.replace("20}", f'20, "{name}": 1}}')
    assert bad_rows(write_log(content, "day.json")) == [
        f"line 1: unknown column; the columns are {KNOWN}"
    ]


@pytest.mark.parametrize("column", ["patient", "date", "discipline", "code"])
@pytest.mark.parametrize("left_out", [False, True], ids=["null", "left out"])
def test_a_json_row_without_a_required_column_is_refused(
    write_log: WriteLog, column: str, *, left_out: bool
) -> None:
    row = json.loads(JSON_ROW)
    if left_out:
        del row[column]
    else:
        row[column] = None
    assert bad_rows(write_log(json.dumps(row), "day.json")) == [
        f"line 1, column {column}: empty; expected {LOG_COLUMNS[column]}"
    ]


def test_a_json_log_without_dates_needs_a_given_day(write_log: WriteLog) -> None:
    path = write_log(JSON_ROW.replace('"date": "2026-03-02", ', ""), "day.json")
    assert read_treatment_log(path, date_of_service=DAY).days[0].sessions == one_of_97110()
    assert len(bad_rows(path)) == 1


def _by_day(log: TreatmentLog) -> list[tuple[str, date, str, tuple[Session, ...]]]:
    return [(day.patient, day.date_of_service, day.payer, day.sessions) for day in log.days]


@pytest.mark.parametrize("empty", ["left out", "null", "text"])
@pytest.mark.parametrize("form", ["day.json", "day.jsonl"])
def test_the_same_rows_as_csv_and_as_json_are_the_same_days(
    write_log: WriteLog, form: str, empty: str
) -> None:
    text = read_library_text("logs/clinic_day.csv")
    rows: list[dict[str, str | int | None]] = []
    for cells in csv.DictReader(io.StringIO(text)):
        row: dict[str, str | int | None] = {}
        for name, cell in cells.items():
            if name == "minutes" and cell:
                row[name] = int(cell)
            elif cell or empty == "text":
                row[name] = cell
            elif empty == "null":
                row[name] = None
        rows.append(row)
    content = (
        json.dumps(rows, indent=1)
        if form == "day.json"
        else "\n".join(json.dumps(row) for row in rows)
    )
    from_csv = read_treatment_log(write_log(text))
    from_json = read_treatment_log(write_log(content, form))
    assert _by_day(from_json) == _by_day(from_csv)
    assert from_json.rows == from_csv.rows == 33
    assert len(from_csv.days) == 12


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("20.5}", ", column minutes: the cell must be a string or a whole number"),
        ('20, "note": "x"}', f": unknown column; the columns are {', '.join(LOG_COLUMNS)}"),
    ],
)
def test_a_bad_object_that_names_its_day_marks_that_day(
    write_log: WriteLog, cell: str, reason: str
) -> None:
    path = write_log(f"{JSON_ROW.replace('20}', cell)}\n{JSON_ROW}", "day.jsonl")
    log = read_treatment_log(path, keep_going=True)
    assert [day.skipped_lines for day in log.days] == [(1,)]
    assert [str(error) for error in log.errors] == [f"{path}, line 1{reason}"]


def test_a_row_with_a_byte_that_is_not_utf8_marks_its_day(write_log: WriteLog) -> None:
    rows = as_csv(a_row(minutes="20", activity=""), a_row(minutes="20", activity="caf"))
    log = read_treatment_log(write_log(rows.encode()[:-1] + b"\xe9\n"), keep_going=True)
    assert [day.skipped_lines for day in log.days] == [(3,)]
