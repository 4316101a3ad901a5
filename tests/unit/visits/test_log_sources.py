"""The forms of a log: a path, a stream, dicts, days, or a treatment log."""

from __future__ import annotations

import codecs
import datetime
import gzip
import io
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO, Any

import pytest

from tests.refusals import refusal
from tests.unit.visits.logs import HEADER, JSON_ROW, ROW, WriteLog, one_of_97110
from therapy_billing import FileFormatError, InvalidInputError, Session, TimedService
from therapy_billing.visits import LogDay
from therapy_billing.visits.treatment_log import read_treatment_log

DAY = datetime.date(2026, 3, 2)
CSV = f"{HEADER}\n{ROW}\n"
BAD = f"{HEADER}\nP-1,2026-03-02,PT,97110,20.5\n"
NOT_TEXT = "the cell must be a string, a whole number, a date, or a time"
ACCEPTED = (
    "log must be a path, an open text or binary stream, dicts (one per row), LogDay records, or a "
    "TreatmentLog, got "
)


def cells(**changes: object) -> dict[str, object]:
    """Return a row of 97110 as a dict."""
    row = {"patient": "P-1", "date": "2026-03-02", "discipline": "PT", "code": "97110"}
    return {**row, "minutes": 20, **changes}


def sessions_of(log: Any) -> tuple[Session, ...]:  # noqa: ANN401
    """Return the sessions of the only day of *log*."""
    (day,) = read_treatment_log(log).days
    return day.sessions


def refused(log: Any) -> str:  # noqa: ANN401
    """Return the error for *log* as a whole."""
    return refusal(InvalidInputError, lambda: read_treatment_log(log))


def only_error(log: Any) -> str:  # noqa: ANN401
    """Return the only bad row of *log*."""
    with pytest.raises(ExceptionGroup) as caught:
        read_treatment_log(log)
    (error,) = caught.value.exceptions
    return str(error)


class TestStreams:
    @pytest.mark.parametrize(
        "content", [CSV, CSV.replace("\n", "\r\n"), f"[{JSON_ROW}]", f"\n {JSON_ROW}\n"]
    )
    def test_csv_and_json_are_recognized_by_their_content(self, content: str) -> None:
        bom = codecs.BOM_UTF8
        for stream in (
            io.StringIO(content),
            io.StringIO(f"\ufeff{content}"),
            io.BytesIO(content.encode()),
            io.BytesIO(bom + content.encode()),
            gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(content.encode()))),
        ):
            assert sessions_of(stream) == one_of_97110()

    @pytest.mark.parametrize("mode", ["r", "rb"])
    def test_an_open_file_is_read_and_not_closed(self, write_log: WriteLog, mode: str) -> None:
        path = write_log(CSV)
        with path.open(mode) as file:
            log = read_treatment_log(file)
            assert not file.closed
        assert (log.path, log.rows) == (str(path), 1)
        assert log.days[0].sessions == one_of_97110()

    def test_errors_name_the_stream(self, write_log: WriteLog) -> None:
        path = write_log(BAD)
        with path.open(encoding="utf-8") as file:
            assert only_error(file).startswith(f"{path}, line 2, column minutes: not readable")
        assert only_error(io.StringIO(BAD)).startswith("<stream>, line 2, column minutes: ")
        with tempfile.TemporaryFile() as file:
            # The name of this stream is a number.
            assert isinstance(file.name, int)
            message = refusal(FileFormatError, lambda: read_treatment_log(file))
        assert message.startswith(
            "<stream>, line 1: the file is empty; the first line must name the columns"
        )

    @pytest.mark.parametrize("content", [CSV, f"[{JSON_ROW}]", JSON_ROW])
    @pytest.mark.parametrize("name", ["log.csv", "log.json"])
    def test_utf_16_is_refused_in_bytes_as_in_files(
        self, write_log: WriteLog, content: str, name: str
    ) -> None:
        path = write_log(content.encode("utf-16"), name)
        for log, where in ((path, str(path)), (io.BytesIO(path.read_bytes()), "<stream>")):
            message = refusal(FileFormatError, partial(read_treatment_log, log))
            assert message == f"{where}: not UTF-8; save the file as UTF-8"

    def test_bytes_that_are_not_utf_8_are_one_bad_row(self) -> None:
        content = CSV.encode() + ROW.encode().replace(b"P-1", b"P-\xff") + b"\n"
        assert only_error(io.BytesIO(content)) == (
            "<stream>, line 3, column patient: not UTF-8; save the file as UTF-8"
        )

    def test_a_text_stream_that_cannot_decode_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "log.csv"
        path.write_bytes(CSV.encode() + b"\xff")
        with path.open(encoding="utf-8") as file:
            message = refusal(FileFormatError, lambda: read_treatment_log(file))
        assert message == f"{path}: not UTF-8; save the file as UTF-8"

    def test_a_stream_that_is_not_open_for_reading_is_refused(self, tmp_path: Path) -> None:
        closed = io.StringIO(CSV)
        closed.close()
        with (tmp_path / "out.csv").open("w", encoding="utf-8") as writing:
            streams: list[IO[str]] = [closed, writing]
            for stream in streams:
                assert refused(stream) == "log must be a stream that is open for reading"

    def test_a_stream_of_something_else_is_refused(self) -> None:
        class Numbers:
            def read(self) -> int:
                return 7

        stream: Any = Numbers()
        assert refused(stream) == ("log must be a stream of text or bytes, got 7 from its read()")


class TestDicts:
    @pytest.mark.parametrize(
        "changes",
        [
            {},
            {"date": DAY, "code": 97110, "minutes": "20 "},
            {"date": datetime.datetime(2026, 3, 2), "code": 97110.0, "minutes": 20.0},  # noqa: DTZ001
            {"units": None, "payer": float("nan"), " Activity ": None},
        ],
    )
    def test_cells_may_come_from_a_data_frame_or_a_database(
        self, changes: dict[str, object]
    ) -> None:
        assert sessions_of([cells(**changes)]) == one_of_97110()

    @pytest.mark.parametrize("start", [datetime.time(9, 5), datetime.datetime(2026, 3, 2, 9, 5)])  # noqa: DTZ001
    def test_clock_times_are_times_or_datetimes(self, start: datetime.time) -> None:
        row = cells(minutes=None, start=start, end="9:28 AM")
        assert sessions_of([row])[0].services[0].minutes == 23

    def test_a_generator_is_read_once(self) -> None:
        made = []

        def rows() -> Iterator[dict[str, object]]:
            for minutes in (20, 8):
                made.append(minutes)
                yield cells(minutes=minutes)

        log = read_treatment_log(rows())
        assert made == [20, 8]
        assert (log.path, log.rows, log.days[0].line) == ("<rows>", 2, 1)
        assert log.days[0].sessions[0].timed_minutes == 28

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"minutes": 20.5}, f", column minutes: {NOT_TEXT}"),
            ({"minutes": True}, f", column minutes: {NOT_TEXT}"),
            ({"minutes": [20]}, f", column minutes: {NOT_TEXT}"),
            ({"minutes": float("inf")}, f", column minutes: {NOT_TEXT}"),
            ({"minutes": 10**5000}, f", column minutes: {NOT_TEXT}"),
            (
                {"patient": None},
                ", column patient: empty; expected your own key for the patient (required)",
            ),
            (
                {"date": datetime.datetime(2026, 3, 2, 9)},  # noqa: DTZ001
                (
                    ", column date: date must be a date, got a datetime: use its .date() in the clinic's time zone"
                ),
            ),
            (
                {"date": datetime.time(9)},
                (
                    ", column date: not readable; expected date of service, such as 2026-03-02 or 3/2/2026 (required)"
                ),
            ),
            ({"Patient": "P-2"}, ": a row must name each column once"),
        ],
    )
    def test_a_bad_row_is_named_by_its_number(
        self, changes: dict[str, object], reason: str
    ) -> None:
        rows = [cells(), cells(**changes)]
        assert only_error(rows) == f"<rows>, line 2{reason}"
        assert len(read_treatment_log(rows, keep_going=True).days) == 1

    def test_a_row_that_is_not_a_dict_is_a_bad_row(self) -> None:
        assert only_error([cells(), "Rosa Invented"]) == (
            "<rows>, line 2: a row must be a dict of cells by column, got a string of 13 characters"
        )

    def test_an_unknown_name_is_not_shown(self) -> None:
        message = only_error([cells(**{"Rosa Invented": 1})])
        assert message.startswith("<rows>, line 1: unknown column; the columns are patient, date, ")
        assert "Rosa" not in message

    def test_a_log_without_rows_is_refused(self) -> None:
        assert refusal(FileFormatError, lambda: read_treatment_log([])) == (
            "<rows>: the log has no rows to bill"
        )

    def test_arguments_for_date_and_payer_replace_their_columns(self) -> None:
        row = cells(payer="nobody")
        del row["date"]
        (day,) = read_treatment_log([row], date_of_service=DAY, payer="medicare").days
        assert (day.date_of_service, day.payer) == (DAY, "medicare")


class TestDays:
    VISIT = Session(DAY, "PT", [TimedService("97110", 20), TimedService("97140", 15)])
    LOG_DAY = LogDay("P-1", DAY, "", (VISIT,), 2)

    def test_days_are_used_unchanged(self) -> None:
        log = read_treatment_log(iter([self.LOG_DAY]))
        assert (log.days, log.rows, log.errors) == ((self.LOG_DAY,), 2, ())
        assert read_treatment_log(log) is log

    def test_something_else_among_days_is_refused(self) -> None:
        mixed: Any = [self.LOG_DAY, cells()]
        assert refused(mixed) == ("log must contain only LogDay, got a dict")

    @pytest.mark.parametrize(
        "options",
        [{"date_of_service": DAY}, {"payer": "medicare"}, {"zone": datetime.UTC}],
    )
    def test_options_about_rows_are_refused(self, options: dict[str, Any]) -> None:
        message = refusal(InvalidInputError, lambda: read_treatment_log([self.LOG_DAY], **options))
        assert message == (
            "this log has already been read: leave out date_of_service, payer, and zone"
        )


@pytest.mark.parametrize(
    ("log", "shown"),
    [
        (None, "None"),
        (7, "7"),
        (b"day.csv", "a bytes"),
        (["day.csv"], "a list"),
        ({"patient": "P-1"}, "a dict"),
        (io.StringIO, "a type"),
        (TestDays.LOG_DAY, "a LogDay"),
    ],
)
def test_anything_else_is_refused_with_what_is_accepted(log: Any, shown: str) -> None:  # noqa: ANN401
    assert refused(log) == ACCEPTED + shown
