"""Test the store of patient-days: what is in memory, what is in the file, and what comes back."""

from __future__ import annotations

import errno
import gc
import io
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import IO, TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from tests.unit.visits.logs import DAY, a_row
from therapy_billing import Discipline, Service, TimedService, TreatmentLog, UntimedService
from therapy_billing.base.columns import BadCellError
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.visits import LogDay, day_store, read_treatment_log
from therapy_billing.visits.day_store import ROWS_IN_MEMORY, DayStore
from therapy_billing.visits.log_days import ServiceRow
from therapy_billing.visits.treatment_log import LogInput, StoredLog, open_log

if TYPE_CHECKING:
    from typing_extensions import Buffer

NEW_YORK = ZoneInfo("America/New_York")
NEXT = DAY + timedelta(days=1)


def a_service(
    line: int,
    service: Service | None = None,
    *,
    payer: str = "",
    discipline: Discipline = Discipline.PT,
    attest: str = "",
) -> ServiceRow:
    return ServiceRow(line, payer, discipline, "", attest, service or TimedService("97110", 20))


def stored(*services: Service, zone: tzinfo | None = None) -> tuple[Service, ...]:
    """Return services of one session after they were written to the file and read back."""
    store = DayStore(zone, 1)
    for line, service in enumerate(services, start=2):
        store.add("P-1", DAY, a_service(line, service))
    store.add("P-2", DAY, a_service(99))
    day, _ = store.in_date_order()
    return day.sessions[0].services


def opened(
    log: LogInput, rows_in_memory: int = ROWS_IN_MEMORY, payer: str | None = None
) -> StoredLog:
    found = open_log(log, payer=payer, rows_in_memory=rows_in_memory, keep_going=True)
    assert isinstance(found, StoredLog)
    return found


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> list[IO[bytes]]:
    """Return the temporary files that stores make, in a list that fills during the test."""
    made: list[IO[bytes]] = []
    make = tempfile.TemporaryFile

    def keep(*, buffering: int) -> object:
        made.append(make(buffering=buffering))
        return made[-1]

    monkeypatch.setattr(day_store, "_BLOCK", 1)
    monkeypatch.setattr(tempfile, "TemporaryFile", keep)
    return made


class TestServices:
    @pytest.mark.parametrize(
        "service",
        [
            TimedService("97530", 0),
            TimedService("97530", start="2026-03-02 09:00", end="2026-03-02 09:23:40.000500"),
            TimedService("97530", start="2026-03-02 23:50", end="2026-03-03 00:10"),
            TimedService(
                "97110",
                15,
                clinician="assistant",
                body_region="Knee \ud800",
                activity="Squats, 3 x 10, \u00bd lb",
                key="row 7",
                modifiers=("95", "RT"),
                treated_by="C-1",
            ),
            UntimedService("97161"),
            UntimedService("97161", 35, start="2026-03-02 09:00", end="2026-03-02 09:35"),
            UntimedService("97597"),
            UntimedService("97598", units=3, clinician="together", key="x"),
        ],
    )
    def test_every_field_comes_back(self, service: Service) -> None:
        assert stored(service) == (service,)
        assert type(stored(service)[0]) is type(service)

    @pytest.mark.parametrize(
        "zone", [UTC, timezone(timedelta(hours=-5)), timezone(timedelta(hours=5, minutes=45))]
    )
    def test_times_keep_their_utc_offset(self, zone: tzinfo) -> None:
        start = datetime(2026, 3, 2, 9, tzinfo=zone)
        (found,) = stored(TimedService("97110", start=start, end=start + timedelta(minutes=20)))
        assert found.start == start
        assert found.start is not None
        assert found.start.utcoffset() == start.utcoffset()

    def test_times_keep_the_zone_of_the_log_and_their_fold(self) -> None:
        start = datetime(2026, 3, 2, 9, tzinfo=NEW_YORK, fold=1)
        service = TimedService("97110", start=start, end=start + timedelta(minutes=20))
        (found,) = stored(service, zone=NEW_YORK)
        assert found.start is not None
        assert (found.start.tzinfo, found.start.fold) == (NEW_YORK, 1)

    def test_a_record_longer_than_one_read_comes_back(self) -> None:
        services = [TimedService("97110", 1, key=f"row {number}") for number in range(500)]
        assert stored(*services) == tuple(services)


class TestDates:
    def test_the_days_of_a_date_come_together_from_memory_and_from_the_file(
        self, files: list[IO[bytes]]
    ) -> None:
        rows = [
            a_row(patient=patient, date=f"2026-03-0{day}", minutes="8")
            for patient, day in (("P-1", 4), ("P-2", 2), ("P-1", 2), ("P-3", 4), ("P-2", 3))
        ]
        found = [
            [(day.date_of_service.day, day.patient) for day in days]
            for days in opened(rows, 2).by_date()
        ]
        assert found == [[(2, "P-1"), (2, "P-2")], [(3, "P-2")], [(4, "P-1"), (4, "P-3")]]
        assert len(files) == 1

    def test_a_day_with_bad_rows_only_does_not_come(self) -> None:
        rows = [a_row(minutes="8"), a_row(date="2026-03-03", minutes="x")]
        assert [len(days) for days in opened(rows).by_date()] == [1, 0]


class TestMemory:
    def test_a_short_log_makes_no_file(self, files: list[IO[bytes]]) -> None:
        log = opened([a_row(patient=f"P-{number}", minutes="8") for number in range(4096)])
        assert (len(log), files) == (4096, [])

    def test_a_log_with_one_more_row_makes_a_file(self, files: list[IO[bytes]]) -> None:
        log = opened([a_row(patient=f"P-{number}", minutes="8") for number in range(4097)])
        assert len(files) == 1
        assert [day.line for day in log] == list(range(1, 4098))

    def test_reading_all_days_into_memory_makes_no_file(self, files: list[IO[bytes]]) -> None:
        log = [a_row(patient=f"P-{number}", minutes="8") for number in range(4097)]
        assert len(read_treatment_log(log).days) == 4097
        assert files == []

    def test_the_file_is_closed_with_its_log(self, files: list[IO[bytes]]) -> None:
        log = open_log([a_row(patient=each, minutes="8") for each in "ABC"], rows_in_memory=1)
        assert not files[0].closed
        del log
        gc.collect()
        assert files[0].closed

    def test_one_long_day_stays_in_memory(self, files: list[IO[bytes]]) -> None:
        log = opened([a_row(minutes="8")] * 3, 1)
        assert [len(day.sessions[0].services) for day in log] == [3]
        assert files == []


class TestOrder:
    ROWS = (("B", NEXT), ("A", DAY), ("B", DAY), ("A", NEXT), ("B", NEXT))

    @pytest.fixture(params=[None, 1, 2, 100])
    def store(self, request: pytest.FixtureRequest) -> DayStore:
        store = DayStore(None, request.param)
        for line, (patient, day) in enumerate(self.ROWS, start=2):
            store.add(patient, day, a_service(line))
        return store

    def test_each_patients_days_are_in_date_order(self, store: DayStore) -> None:
        found = [(day.patient, day.date_of_service, day.line) for day in store.in_date_order()]
        assert found == [("B", DAY, 4), ("A", DAY, 3), ("B", NEXT, 2), ("A", NEXT, 5)]
        assert len(store) == len(found)

    def test_the_days_can_be_read_again(self, store: DayStore) -> None:
        assert list(store.in_date_order()) == list(store.in_date_order())

    def test_the_log_in_memory_has_the_order_of_the_first_rows(self, store: DayStore) -> None:
        assert [day.line for day in store.in_log_order()] == [2, 3, 4, 5]
        assert [day.line for day in store.in_log_order(forget=True)] == [2, 3, 4, 5]

    def test_the_first_line_of_each_patient_is_known(self, store: DayStore) -> None:
        assert list(store.first_lines) == [("B", 2), ("A", 3)]
        assert store.first_date == NEXT


class TestBadRows:
    @pytest.mark.parametrize("most", [None, 1, 100])
    def test_a_day_without_a_good_row_is_not_a_day(self, most: int | None) -> None:
        store = DayStore(None, most)
        store.skip("A", DAY, 2, only_first=False)
        store.skip("B", DAY, 3, only_first=False)
        store.add("A", NEXT, a_service(4))
        assert [(day.patient, day.skipped_lines) for day in store.in_date_order()] == [("A", ())]
        assert list(store.first_lines) == [("A", 4)]
        assert len(store) == len(store.in_log_order()) == 1

    @pytest.mark.parametrize("most", [None, 1, 100])
    def test_a_full_list_of_errors_keeps_only_the_first_line_of_a_day(
        self, most: int | None
    ) -> None:
        store = DayStore(None, most)
        for line in (2, 3):
            store.skip("A", DAY, line, only_first=True)
            store.skip("B", DAY, line + 10, only_first=False)
        store.add("A", DAY, a_service(4))
        store.add("B", DAY, a_service(5))
        found = [day.skipped_lines for day in store.in_date_order()]
        assert found == [(2,), (12, 13)]

    @pytest.mark.parametrize("most", [None, 1])
    @pytest.mark.parametrize(
        ("first", "second", "column"),
        [
            (a_service(2, payer="medicare"), a_service(4, payer="tricare"), "payer"),
            (a_service(2, attest="59"), a_service(4, attest="XU"), "attest"),
            (a_service(2), a_service(4, attest="KX"), "attest"),
        ],
    )
    def test_a_row_is_compared_with_stored_rows_of_its_day(
        self, most: int | None, first: ServiceRow, second: ServiceRow, column: str
    ) -> None:
        store = DayStore(None, most)
        store.add("A", DAY, first)
        store.add("B", DAY, a_service(3))
        with pytest.raises(BadCellError) as caught:
            store.add("A", DAY, second)
        assert caught.value.column == column
        day, _ = store.in_date_order()
        assert [len(session.services) for session in day.sessions] == [1]

    @pytest.mark.parametrize("most", [None, 1])
    def test_a_service_with_the_times_of_a_stored_one_is_a_duplicate(
        self, most: int | None
    ) -> None:
        def at(hour: int, offset: int) -> TimedService:
            start = datetime(2026, 3, 2, hour, tzinfo=timezone(timedelta(hours=offset)))
            return TimedService("97110", start=start, end=start + timedelta(minutes=20))

        store = DayStore(None, most)
        store.add("A", DAY, a_service(2, at(9, -5)))
        store.add("A", DAY, a_service(3, TimedService("97110", 20)))
        store.add("B", DAY, a_service(4))
        # 9:00 in New York is 8:00 in Chicago.
        with pytest.raises(BadCellError, match="same start and end"):
            store.add("A", DAY, a_service(5, at(8, -6)))
        store.add("A", DAY, a_service(6, at(9, -6)))
        store.add("A", DAY, a_service(7, at(8, -6), discipline=Discipline.OT))


class FullDisk(io.FileIO):
    """A file that takes three bytes, and has no space for more."""

    taken = 0

    def write(self, data: Buffer, /) -> int:
        if self.taken:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.taken = 3
        return super().write(bytes(data)[:3])


class TestFullDisk:
    REASON = (
        "a long log needs a temporary file, which could not be written (No space left on device): "
        "free disk space, or set TMPDIR to a folder with more space"
    )

    @pytest.fixture(autouse=True)
    def full(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
        monkeypatch.setattr(day_store, "_BLOCK", 1)
        path = tmp_path / "disk"
        path.touch()
        monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: FullDisk(path, "r+"))
        yield
        gc.collect()

    def test_the_error_says_what_to_do(self) -> None:
        with pytest.raises(OSError, match="a long log needs") as caught:
            open_log([a_row(patient=each, minutes="8") for each in "ABC"], rows_in_memory=1)
        assert (caught.value.errno, caught.value.strerror) == (errno.ENOSPC, self.REASON)

    def test_a_short_log_needs_no_space(self) -> None:
        log = opened([a_row(patient=each, minutes="8") for each in "ABC"])
        assert len(list(log)) == 3


class TestLogs:
    def log(self) -> StoredLog:
        return opened([a_row(patient=each, minutes="8") for each in "Aab"], 1)

    def test_a_stored_log_is_used_as_it_is(self) -> None:
        log = self.log()
        assert open_log(log) is log
        with pytest.raises(InvalidInputError, match="already been read"):
            open_log(log, payer="medicare")

    def test_a_stored_log_can_be_read_into_memory_more_than_once(self) -> None:
        log = self.log()
        read = read_treatment_log(log)
        assert isinstance(read, TreatmentLog)
        assert read == log.in_memory()
        assert (read.rows, read.path, read.errors) == (log.rows, log.path, log.errors)
        assert read.remarks == log.remarks != ()

    def test_days_that_were_given_are_not_stored(self) -> None:
        day: LogDay = next(iter(self.log()))
        assert isinstance(open_log([day]), TreatmentLog)

    def test_a_log_of_bad_rows_has_no_first_date(self) -> None:
        log = opened([a_row(minutes="x")])
        assert (log.first_date, log.payers, len(log)) == (None, (), 0)
        assert list(log) == []
        assert log.remarks == ()

    def test_a_payer_that_is_no_plain_string_can_be_stored(self) -> None:
        class Name(str):
            __slots__ = ()

        rows = [a_row(patient=each, minutes="8") for each in "ABC"]
        log = opened(rows, 1, Name("acme"))
        assert [day.payer for day in log] == ["acme"] * 3
        named = [{key: Name(cell) for key, cell in row.items()} for row in rows]
        assert len(list(opened(named, 1))) == 3


def test_a_date_in_the_year_9999_fits_into_the_number_of_a_day() -> None:
    store = DayStore(None, 1)
    for patient in "AB":
        for day in (date.max, date.min):
            store.skip(patient, day, 2, only_first=False)
    assert store.in_log_order() == []
