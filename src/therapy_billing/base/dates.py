"""
Dates of service and clock times. Nothing here reads the clock of the machine.

Text is accepted only if it is a date, a clock time, or both, and nothing else. Two times in one cell, or an extra
word, are refused. The dateutil package reads dates with the month in words. The package is not allowed to fill in
missing parts or to use the time zone of the machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.safe_repr import is_missing, safe_repr

__all__ = [
    "MICROSECOND",
    "MINUTES_OF_A_DAY",
    "all_days",
    "date_of_number",
    "elapsed_seconds",
    "is_moment_form",
    "microseconds_of",
    "number_of_date",
    "parse_date",
    "parse_datetime",
    "quarter_end",
    "quarter_start",
]

MINUTES_OF_A_DAY = 1440
MICROSECOND = timedelta(microseconds=1)

_DAY = (
    r"(?P<day>\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}/\d{4}"
    r"|[A-Za-z]{3,9}\.?[ -]\d{1,2},?[ -]\d{4}|\d{1,2}[ -][A-Za-z]{3,9}\.?,?[ -]\d{4}"
    r"|\d{4}[ -][A-Za-z]{3,9}\.?[ -]\d{1,2})"
)
_CLOCK = (
    r"(?P<hour>\d{1,2})(?=:\d| ?[AaPp]\.?[Mm])(?::(?P<minute>\d{2})(?::(?P<second>\d{2}(?:\.\d{1,6})?))?)?"
    r"(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?"
    r"(?: ?(?P<offset>Z|UTC|[+-]\d{2}:?\d{2})| ?(?P<zone>[A-Za-z]{2,5}[+-]?\d{0,2}))?"
)
_DAY_FORM = re.compile(_DAY, re.ASCII)
_MOMENT_FORM = re.compile(rf"(?:{_DAY}(?:[T ]|, ?))?{_CLOCK}", re.ASCII)
_US_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NO_ZONE_NAME = "write the time zone as a UTC offset such as -05:00, not as a name"
_ZERO = datetime(1, 1, 1)  # noqa: DTZ001 - a zero for times without a time zone
_ZERO_UTC = datetime(1, 1, 1, tzinfo=UTC)
_NOON = 12
_OFFSETS = (-12 * 60, 14 * 60)


_FIRST_NUMBER = date(1970, 1, 1).toordinal()


def number_of_date(day: date) -> int:
    """
    Return the number of *day*: days since 1970-01-01, as dataframes store dates.

    >>> number_of_date(date(1970, 1, 2))
    1
    """
    return day.toordinal() - _FIRST_NUMBER


def date_of_number(number: int) -> date:
    """
    Return the date with a number.

    >>> date_of_number(20_514)
    datetime.date(2026, 3, 2)
    """
    return date.fromordinal(number + _FIRST_NUMBER)


def parse_date(value: object, *, what: str = "date_of_service") -> date:
    """
    Return *value* as a date.

    Args:
        value: A date, a datetime at midnight without a time zone (dataframes store dates this way), or text such as
            ``2026-03-02``, ``3/2/2026`` (month first), or ``March 2, 2026``.
        what: The name of the argument, for the message.

    Raises:
        InvalidInputError: If it is none of these.

    >>> parse_date("2026-03-02"), parse_date("3/2/2026"), parse_date("March 2, 2026")
    (datetime.date(2026, 3, 2), datetime.date(2026, 3, 2), datetime.date(2026, 3, 2))
    """
    if isinstance(value, datetime) and not is_missing(value):
        if value.tzinfo is None and value.time() == time():
            return value.date()
        msg = f"{what} must be a date, got a datetime: use its .date() in the clinic's time zone"
        raise InvalidInputError(msg, field=what)
    # NaT is a datetime, and every datetime is a date.
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str):
        text = value.strip()
        day = _read_day(text) if _DAY_FORM.fullmatch(text) else None
        if day is not None:
            return day
    msg = f"{what} must be a date such as 2026-03-02 or 3/2/2026 (month first), got {safe_repr(value)}"
    raise InvalidInputError(msg, field=what)


def parse_datetime(
    value: object, *, what: str, on: date | None = None, zone: tzinfo | None = None
) -> datetime:
    """
    Return *value* as a datetime.

    Args:
        value: A datetime, or text such as ``2026-03-02 09:05`` or ``3/2/2026 9:05 AM``.
        what: The name of the argument, for the message.
        on: The date to use if the text has only a clock time.
        zone: The time zone to use if the text has none.

    Raises:
        InvalidInputError: If it is not a date and time, if it has no date and *on* is None, if a clock change skips
            it, if a clock change repeats it and the text has no UTC offset, or if it is not within the years 1 to
            9999 in UTC.

    >>> parse_datetime("2026-03-02 9:05 AM", what="start")
    datetime.datetime(2026, 3, 2, 9, 5)
    """
    by_zone = False
    if isinstance(value, datetime) and not is_missing(value):
        moment = value
    elif isinstance(value, str) and (read := _read(value.strip(), on)) is not None:
        by_zone = zone is not None and read.tzinfo is None
        moment = read.replace(tzinfo=zone) if by_zone else read
    else:
        example = (
            "time such as 09:05" if on is not None else "date and time such as 2026-03-02 09:05"
        )
        msg = f"{what} must be a {example}, got {safe_repr(value)}"
        raise InvalidInputError(msg, field=what)
    if moment.tzinfo is not None:
        _require_existing(moment, what)
    # Different offsets mean that the hour is repeated or skipped. A skipped hour was refused above.
    if by_zone and moment.utcoffset() != moment.replace(fold=1).utcoffset():
        msg = f"{what} occurs twice that night because clocks go back: add its UTC offset"
        raise InvalidInputError(msg, field=what)
    return moment


def is_moment_form(text: str) -> bool:
    """
    Return whether *text* looks like a clock time, with or without a date.

    >>> is_moment_form("9:05 AM"), is_moment_form("9:00-9:20"), is_moment_form("soon")
    (True, False, False)
    """
    return _MOMENT_FORM.fullmatch(text) is not None


def elapsed_seconds(start: datetime, end: datetime) -> float:
    """
    Return the seconds from *start* to *end*.

    Python subtracts two times in the same time zone by wall clock. Both are therefore converted to UTC first, so
    that the result is right across a clock change.

    Raises:
        InvalidInputError: If one has a time zone and the other does not.

    >>> elapsed_seconds(datetime(2026, 3, 2, 9, 0), datetime(2026, 3, 2, 9, 23))
    1380.0
    """
    if (start.tzinfo is None) != (end.tzinfo is None):
        msg = "start and end must both have a time zone, or neither"
        raise InvalidInputError(msg)
    if start.tzinfo is None:
        return (end - start).total_seconds()
    return (end.astimezone(UTC) - start.astimezone(UTC)).total_seconds()


def _require_existing(moment: datetime, what: str) -> None:
    """Refuse a time that its time zone skips, or that cannot be converted to UTC."""
    if moment.utcoffset() is None:
        msg = f"{what} has a time zone without a UTC offset"
        raise InvalidInputError(msg, field=what)
    try:
        again = moment.astimezone(UTC).astimezone(moment.tzinfo)
    except (OverflowError, ValueError):
        msg = f"{what} must be within the years 1 to 9999 in UTC; check its date"
        raise InvalidInputError(msg, field=what) from None
    if again.replace(tzinfo=None) != moment.replace(tzinfo=None):
        msg = f"{what} does not exist that night: the change to daylight saving time skips it"
        raise InvalidInputError(msg, field=what)


def _read(text: str, on: date | None) -> datetime | None:
    """Return *text* as a datetime, or None if it is not one. *on* is the date to use if the text has none."""
    match = _MOMENT_FORM.fullmatch(text)
    if match is None:
        return None
    if match["zone"]:
        raise InvalidInputError(_NO_ZONE_NAME)
    clock = _read_clock(match)
    day = on if match["day"] is None else _read_day(match["day"])
    if match["day"] is None and match["offset"]:
        # Without a date, 9:00-09:30 may be 9:00 with the UTC offset -09:30, or the time from 9:00 to 9:30.
        return None
    return None if clock is None or day is None else datetime.combine(day, clock)


def _read_clock(match: re.Match[str]) -> time | None:
    """Return the clock time in *match*, or None if there is no such time."""
    hour, half = int(match["hour"]), match["half"]
    if half is not None:
        if not 1 <= hour <= _NOON:
            return None
        hour = hour % _NOON + (_NOON if half in "Pp" else 0)
    seconds = match["second"] or "0"
    zone = None
    if match["offset"] is not None:
        zone = _read_offset(match["offset"])
        if zone is None:
            return None
    try:
        return time(
            hour,
            int(match["minute"] or 0),
            int(seconds[:2]),
            int(seconds[3:].ljust(6, "0")),
            tzinfo=zone,
        )
    except ValueError:
        return None


def _read_offset(text: str) -> tzinfo | None:
    """Return the time zone of a UTC offset, or None if it is out of range or not in steps of 15 minutes."""
    if text in ("Z", "UTC"):
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    signed = -minutes if text[0] == "-" else minutes
    least, most = _OFFSETS
    if minutes % 15 or not least <= signed <= most:
        return None
    return timezone(timedelta(minutes=signed))


def _read_day(text: str) -> date | None:
    """Return *text* as a date, or None if there is no such date."""
    us = _US_DATE.fullmatch(text)
    if us is not None:
        month, day, year = us.groups()
        text = f"{year}-{month:0>2}-{day:0>2}"
    try:
        if _ISO_DATE.fullmatch(text):
            return date.fromisoformat(text)
        from dateutil import parser  # noqa: PLC0415 - slow to import, and few days are in words

        # Parse twice with different default dates. If the results differ, dateutil filled in a missing part.
        first, second = (
            parser.parse(text, default=datetime.combine(filling, time()))
            for filling in (date(2000, 1, 1), date(2001, 2, 2))
        )
    except (OverflowError, ValueError):
        return None
    return first.date() if first == second else None


def microseconds_of(moment: datetime) -> int:
    """
    Return *moment* as whole microseconds, for comparison with other times.

    Compare only times that all have a time zone, or times that all have none.

    >>> at = datetime.fromisoformat
    >>> microseconds_of(at("2026-03-02T09:00:01")) - microseconds_of(at("2026-03-02T09:00"))
    1000000
    >>> microseconds_of(at("2026-03-02T09:00-05:00")) - microseconds_of(at("2026-03-02T14:00+00:00"))
    0
    """
    # The reference time for a time with a zone is in UTC, because Python subtracts two times in the same time zone by
    # wall clock.
    return (moment - (_ZERO if moment.tzinfo is None else _ZERO_UTC)) // MICROSECOND


def all_days(value: object, what: str) -> list[date]:
    """
    Return the dates of *value*, sorted and without duplicates.

    Args:
        value: Any iterable of dates, except text.
        what: The name of the argument, for the message.

    Raises:
        InvalidInputError: If it is not such an iterable, or an item is not a date.
    """
    if isinstance(value, str) or not isinstance(value, Iterable):
        msg = f"{what} must be a list of dates, got {safe_repr(value)}"
        raise InvalidInputError(msg, field=what)
    return sorted({parse_date(day, what=f"{what}[{index}]") for index, day in enumerate(value)})


def quarter_start(day: date) -> date:
    """
    Return the first day of the calendar quarter of *day*.

    >>> quarter_start(date(2024, 3, 31)), quarter_start(date(2024, 4, 1))
    (datetime.date(2024, 1, 1), datetime.date(2024, 4, 1))
    """
    return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)


def quarter_end(first: date, *, what: str = "first") -> date:
    """
    Return the last day of the calendar quarter that begins on *first*.

    Raises:
        InvalidInputError: If no quarter begins on *first*.

    >>> quarter_end(date(2024, 1, 1)), quarter_end(date(2024, 10, 1))
    (datetime.date(2024, 3, 31), datetime.date(2024, 12, 31))
    """
    if first.day != 1 or first.month not in (1, 4, 7, 10):
        msg = f"a quarter begins on January 1, April 1, July 1, or October 1, not on {first}"
        raise InvalidInputError(msg, field=what)
    return first.replace(month=first.month + 2, day=30 if first.month in (4, 7) else 31)
