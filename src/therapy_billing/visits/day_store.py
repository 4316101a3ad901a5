"""
Store the patient-days of a log while it is read, so that a long log does not have to fit in memory.

The days that were used last stay in memory, up to a number of rows. The others are written to a temporary file without a
name, which the system deletes when it is closed, also after a crash. Memory holds the patients, and for each
patient-day only its date with its offset in the file (8 bytes) and the number of its patient (4 bytes).
"""

from __future__ import annotations

import marshal
import tempfile
import weakref
from array import array
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterator
from datetime import date, tzinfo
from io import FileIO

import attrs

from therapy_billing.visits.log_days import DayRows, LogDay, ServiceRow

__all__ = ["ROWS_IN_MEMORY", "DayStore"]

ROWS_IN_MEMORY = 4096
"""How many rows a store keeps in memory before it writes days to its file."""

# A day of a patient is one number: the date above, and the offset in the file below. The file can have 4 TB.
_OFFSET_BITS = 42
_OFFSET = (1 << _OFFSET_BITS) - 1
_NOT_WRITTEN = _OFFSET
_LENGTH = 4
_USUAL = 1024
_BLOCK = 1 << 16


@attrs.define
class _Patient:
    """A patient key, the line of its first good row, and its days in date order."""

    key: str
    number: int
    line: int = 0
    days: array[int] = attrs.field(factory=lambda: array("Q"))

    def index(self, day: date) -> int:
        """Return the index of *day*, which is added if the patient does not have it yet."""
        dated = day.toordinal() << _OFFSET_BITS
        index = bisect_left(self.days, dated)
        if index == len(self.days) or self.days[index] ^ dated > _OFFSET:
            self.days.insert(index, dated | _NOT_WRITTEN)
        return index


class DayStore:
    """
    The patient-days of a log.

    Args:
        zone: The time zone of clock times without one.
        rows_in_memory: How many rows to keep in memory; None keeps all, and no file is made.
    """

    def __init__(self, zone: tzinfo | None, rows_in_memory: int | None) -> None:
        self._zone = zone
        self._most = rows_in_memory
        self._rows = 0
        self._open: OrderedDict[tuple[str, date], DayRows] = OrderedDict()
        self._patients: dict[str, _Patient] = {}
        # The patient of each day, in the order of the first good rows.
        self._order = array("I")
        self._file = _TemporaryFile()
        self.payers: dict[str, str] = {}
        self.first_date: date | None = None

    def __len__(self) -> int:
        return len(self._order)

    @property
    def first_lines(self) -> Iterator[tuple[str, int]]:
        """Each patient key with the line of its first good row, in the order of these lines."""
        patients = list(self._patients.values())
        for number in dict.fromkeys(self._order):
            yield patients[number].key, patients[number].line

    def add(self, patient: str, day: date, row: ServiceRow) -> None:
        """
        Add a good row.

        Raises:
            BadCellError: If the row does not fit the other rows of its day. Nothing is added.
            OSError: If the temporary file cannot be written.
        """
        rows = self._rows_of(patient, day)
        is_first = not rows.has_services
        rows.add(row)
        if is_first:
            known = self._patients[patient]
            known.line = known.line or row.line
            rows.number = len(self._order)
            # One string for each payer, and no subclass of str, which marshal refuses.
            rows.payer = self.payers.setdefault(row.payer, str.__str__(row.payer))
            self._order.append(known.number)
            self.first_date = self.first_date or day
        self._rows += 1
        self._make_room()

    def skip(self, patient: str, day: date, line: int, *, only_first: bool) -> None:
        """Add the line of a bad row; with *only_first*, only if its day has no such line yet."""
        rows = self._rows_of(patient, day)
        if not (only_first and rows.skipped_lines):
            rows.skipped_lines.append(line)
            self._rows += 1
        self._make_room()

    def in_date_order(self) -> Iterator[LogDay]:
        """Yield the days with each patient's days in date order. The order of the patients is that of the log."""
        patients = list(self._patients.values())
        indexes = array("I", bytes(4 * len(patients)))
        for number in self._order:
            while True:
                rows = self._stored(patients[number], indexes[number])
                indexes[number] += 1
                if rows.has_services:
                    break
            yield rows.log_day()

    def by_date(self) -> Iterator[list[LogDay]]:
        """
        Yield the days of each date together, in date order.

        While the iteration lasts, each patient-day takes another 4 bytes of memory.
        """
        patients = list(self._patients.values())
        of_dates: dict[int, array[int]] = {}
        for patient in patients:
            for dated in patient.days:
                of_dates.setdefault(dated >> _OFFSET_BITS, array("I")).append(patient.number)
        for ordinal in sorted(of_dates):
            day = date.fromordinal(ordinal)
            stored = (
                self._stored(patients[number], patients[number].index(day))
                for number in of_dates.pop(ordinal)
            )
            yield [rows.log_day() for rows in stored if rows.has_services]

    def in_log_order(self, *, forget: bool = False) -> list[LogDay]:
        """Return the days in the order of their first good rows; with *forget*, the store is empty afterward."""
        days: list[LogDay | None] = [None] * len(self)
        for patient in self._patients.values():
            for index in range(len(patient.days)):
                rows = self._stored(patient, index)
                if forget:
                    self._open.pop((rows.patient, rows.day), None)
                if rows.has_services:
                    days[rows.number] = rows.log_day()
        return [day for day in days if day is not None]

    def _rows_of(self, patient: str, day: date) -> DayRows:
        """Return the rows of a patient-day, which stay in memory until other days need the space."""
        found = self._open.get((patient, day))
        if found is not None:
            if self._most is not None:
                self._open.move_to_end((patient, day))
            return found
        known = self._patients.get(patient)
        if known is None:
            known = self._patients[patient] = _Patient(patient, len(self._patients))
        rows = self._read(patient, day, known.days[known.index(day)] & _OFFSET)
        self._open[patient, day] = rows
        self._rows += len(rows)
        return rows

    def _make_room(self) -> None:
        """Write the days that were not used for the longest time, if there are too many rows in memory."""
        if self._most is None:
            return
        while self._rows > self._most and len(self._open) > 1:
            (patient, day), rows = self._open.popitem(last=False)
            self._rows -= len(rows)
            known = self._patients[patient]
            offset = self._file.append(marshal.dumps(rows.to_tuple()))
            known.days[known.index(day)] = day.toordinal() << _OFFSET_BITS | offset

    def _stored(self, patient: _Patient, index: int) -> DayRows:
        """Return the rows of a patient's day, from memory or from the file."""
        dated = patient.days[index]
        day = date.fromordinal(dated >> _OFFSET_BITS)
        found = self._open.get((patient.key, day))
        return self._read(patient.key, day, dated & _OFFSET) if found is None else found

    def _read(self, patient: str, day: date, offset: int) -> DayRows:
        if offset == _NOT_WRITTEN:
            return DayRows(patient, day, self._zone)
        values = marshal.loads(self._file.read(offset))  # noqa: S302 - only this store writes to its file
        return DayRows(patient, day, self._zone, values)


class _TemporaryFile:
    """Records of bytes. The last ones are in memory, and the others are in a file that is deleted with this object."""

    def __init__(self) -> None:
        self._file: FileIO | None = None
        self._written = 0
        self._pending = bytearray()

    def append(self, data: bytes) -> int:
        """
        Add a record, and return its offset.

        Raises:
            OSError: If the file cannot be written.
        """
        offset = self._written + len(self._pending)
        self._pending += len(data).to_bytes(_LENGTH, "little")
        self._pending += data
        if len(self._pending) >= _BLOCK:
            try:
                self._write()
            except OSError as error:
                reason = (
                    f"a long log needs a temporary file, which could not be written ({error.strerror}): "
                    "free disk space, or set TMPDIR to a folder with more space"
                )
                raise OSError(error.errno, reason) from error
        return offset

    def read(self, offset: int) -> bytes:
        """Return the record at *offset*."""
        # Most records are short, so that one read has the length and the record.
        start = self._bytes(offset, _USUAL)
        length = int.from_bytes(start[:_LENGTH], "little")
        if _LENGTH + length <= len(start):
            return start[_LENGTH : _LENGTH + length]
        return self._bytes(offset + _LENGTH, length)

    def _bytes(self, offset: int, count: int) -> bytes:
        if self._file is None or offset >= self._written:
            start = offset - self._written
            return bytes(self._pending[start : start + count])
        self._file.seek(offset)
        return self._file.read(count)

    def _write(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - open as long as this object
            weakref.finalize(self, self._file.close)
        self._file.seek(self._written)
        rest = memoryview(self._pending)
        # A disk that is almost full takes a part, and raises an error at the next call.
        while rest:
            rest = rest[self._file.write(rest) :]
        self._written += len(self._pending)
        self._pending = bytearray()
